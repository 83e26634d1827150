/** What a page says to a waiting service worker so that it takes over. */
export const TAKE_OVER = 'SKIP_WAITING';
/** What a service worker says to a page whose notification was tapped: go there, and answer whether you do. */
export const GO_TO = 'GO_TO';
