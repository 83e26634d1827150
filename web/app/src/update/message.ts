/** What a page says to a waiting service worker so that it takes over. */
export const TAKE_OVER = 'SKIP_WAITING';
