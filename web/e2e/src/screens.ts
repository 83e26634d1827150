/** Every screen of the app with the person of the mock country who sees something there. A test holds this table to the router. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { PHONE } from './browser.ts';

/** A form that a screen takes when its data are not (yet) there. */
export type Form = 'loading' | 'server' | 'offline' | 'empty';

/** One screen. */
export interface Screen {
  /** For pictures and messages. */
  readonly name: string;
  /** The route's name in the router. */
  readonly route: string;
  readonly path: string;
  /** Who is signed in; nobody when absent. */
  readonly person?: string;
  /** It is a screen of the simple mode only. */
  readonly simple?: boolean;
  /** It says that there is no such thing, and is meant to. */
  readonly nothing?: boolean;
  /** What has to be there besides a heading before it is looked at. */
  readonly ready?: string;
  /** The forms besides the usual one that it has. */
  readonly forms: readonly Form[];
}

const DATA: readonly Form[] = ['loading', 'server', 'offline'];
const LIST: readonly Form[] = [...DATA, 'empty'];

/** All of them. */
export const SCREENS: readonly Screen[] = [
  { name: 'welcome', route: 'welcome', path: '/', forms: [] },
  { name: 'sign-in', route: 'sign-in', path: '/sign-in', forms: [] },
  { name: 'identity', route: 'identity', path: '/identity', person: 'p-apply', forms: [] },
  { name: 'home', route: 'home', path: '/home', person: 'p-apply', forms: DATA, simple: true },
  { name: 'vehicles', route: 'vehicles', path: '/vehicles', person: 'p-apply', forms: LIST },
  { name: 'vehicles-many', route: 'vehicles', path: '/vehicles', person: 'p-family', forms: [] },
  { name: 'vehicle', route: 'vehicle', path: '/vehicles/v-apply', person: 'p-apply', forms: DATA },
  { name: 'vehicle-overdue', route: 'vehicle', path: '/vehicles/v-overdue', person: 'p-overdue', forms: [] },
  { name: 'vehicle-filed', route: 'vehicle', path: '/vehicles/v-fine', person: 'p-family', forms: [] },
  {
    name: 'apply-mark',
    route: 'apply-mark',
    path: '/vehicles/v-apply/apply-mark',
    person: 'p-apply',
    forms: DATA,
  },
  {
    name: 'apply-mark-missing',
    route: 'apply-mark',
    path: '/vehicles/v-missing/apply-mark',
    person: 'p-missing',
    forms: [],
  },
  { name: 'paper', route: 'paper', path: '/vehicles/v-fine/paper', person: 'p-fine', forms: DATA },
  { name: 'holders', route: 'holders', path: '/vehicles/v-apply/holders', person: 'p-apply', forms: DATA },
  { name: 'consent', route: 'consent', path: '/vehicles/v-apply/consent', person: 'p-apply', forms: [] },
  { name: 'file', route: 'file', path: '/file', person: 'p-apply', forms: [] },
  { name: 'filings', route: 'filings', path: '/filings', person: 'p-family', forms: DATA },
  { name: 'units', route: 'units', path: '/units', person: 'p-family', forms: LIST },
  { name: 'unit', route: 'unit', path: '/units/u-yanbei', person: 'p-family', forms: DATA },
  { name: 'cases', route: 'cases', path: '/cases', person: 'p-family', forms: LIST },
  { name: 'mark', route: 'mark', path: '/marks/m-apply', person: 'p-apply', forms: DATA },
  { name: 'mark-suspended', route: 'mark', path: '/marks/m-stolen', person: 'p-stolen', forms: [] },
  { name: 'live', route: 'live', path: '/marks/m-apply/live', person: 'p-apply', forms: [] },
  { name: 'mark-kept', route: 'mark-kept', path: '/marks/m-apply/kept', person: 'p-apply', forms: [] },
  { name: 'show', route: 'show', path: '/show', person: 'p-family', forms: DATA },
  { name: 'licence', route: 'licence', path: '/licence', person: 'd-normal', forms: DATA },
  { name: 'licence-red', route: 'licence', path: '/licence', person: 'd-full', forms: [] },
  { name: 'licence-none', route: 'licence', path: '/licence', person: 'd-none', forms: [] },
  { name: 'licence-show', route: 'licence-show', path: '/licence/show', person: 'd-normal', forms: [] },
  { name: 'licence-code', route: 'licence-code', path: '/licence/code', person: 'd-normal', forms: [] },
  { name: 'points', route: 'points', path: '/licence/points', person: 'd-nine', forms: DATA },
  { name: 'points-full', route: 'points', path: '/licence/points', person: 'd-full', forms: [] },
  { name: 'proofs', route: 'proofs', path: '/licence/proofs', person: 'd-normal', forms: LIST },
  { name: 'apply', route: 'apply', path: '/licence/apply', person: 'd-none', forms: DATA },
  { name: 'case', route: 'case', path: '/cases/case-d-rejected', person: 'd-rejected', forms: DATA },
  { name: 'timeline', route: 'timeline', path: '/timeline', person: 'd-nine', forms: LIST },
  { name: 'notices', route: 'notices', path: '/notices', person: 'p-apply', forms: LIST },
  { name: 'notice', route: 'notice', path: '/notices/n1', person: 'p-apply', forms: DATA },
  { name: 'notice-check', route: 'notice-check', path: '/notice', forms: [] },
  { name: 'looks', route: 'looks', path: '/looks', person: 'p-apply', forms: LIST },
  { name: 'settings', route: 'settings', path: '/settings', person: 'p-apply', forms: [] },
  { name: 'settings-nobody', route: 'settings', path: '/settings', forms: [] },
  { name: 'security', route: 'security', path: '/settings/security', person: 'p-apply', forms: DATA },
  {
    name: 'scan',
    route: 'scan',
    path: '/scan',
    forms: [],
    ready: '[data-testid=finder]:not([data-state=starting])',
  },
  { name: 'verify', route: 'verify', path: '/V', forms: [] },
  { name: 'officer-enrol', route: 'officer', path: '/officer', forms: [], ready: '[data-testid=enrol]' },
  {
    name: 'officer',
    route: 'officer',
    path: '/officer',
    person: 'officer-suzhou',
    forms: [],
    ready: '[data-testid=purpose]',
  },
  {
    name: 'officer-look-up',
    route: 'officer-look-up',
    path: '/officer/look-up',
    person: 'officer-suzhou',
    forms: [],
  },
  {
    name: 'officer-procedures',
    route: 'officer-procedures',
    path: '/officer/procedures',
    person: 'officer-suzhou',
    forms: [],
  },
  {
    name: 'officer-procedure',
    route: 'officer-procedure',
    path: '/officer/procedures/flat_battery',
    person: 'officer-suzhou',
    forms: [],
  },
  {
    name: 'officer-data',
    route: 'officer-data',
    path: '/officer/data',
    person: 'officer-suzhou',
    forms: [],
    ready: '[data-province]',
  },
  {
    name: 'officer-device',
    route: 'officer-device',
    path: '/officer/device',
    person: 'officer-suzhou',
    forms: [],
  },
  { name: 'accident', route: 'accident', path: '/accident', forms: [], ready: '[data-testid=not-hurt]' },
  { name: 'proof', route: 'proof', path: '/proof#none', forms: [], nothing: true },
  { name: 'not-found', route: 'not-found', path: '/no/such/page', forms: [], nothing: true },
  { name: 'partner-enrol', route: 'partner', path: '/partner', forms: [], ready: '[data-testid=enrol]' },
  {
    name: 'partner',
    route: 'partner',
    path: '/partner',
    person: 'insurer',
    forms: ['loading', 'server', 'offline'],
  },
  { name: 'partner-many', route: 'partner-many', path: '/partner/many', person: 'insurer', forms: [] },
  { name: 'partner-state', route: 'partner-state', path: '/partner/state', person: 'insurer', forms: [] },
  {
    name: 'partner-proofs',
    route: 'partner-proofs',
    path: '/partner/proofs',
    person: 'insurer',
    forms: LIST,
  },
  {
    name: 'partner-accident',
    route: 'partner-accident',
    path: '/partner/accident',
    person: 'insurer',
    forms: [],
  },
  { name: 'partner-log', route: 'partner-log', path: '/partner/log', person: 'insurer', forms: LIST },
  {
    name: 'partner-account',
    route: 'partner-account',
    path: '/partner/account',
    person: 'insurer',
    forms: [],
  },
];

/** How a screen is looked at. */
export interface Look {
  readonly locale: string;
  readonly simple: boolean;
  readonly dark: boolean;
}

/** A phone that has these settings; who is signed in is set with {@link openScreen}. */
export async function phone(
  browser: Browser,
  origin: string,
  look: Look,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: origin,
    ...PHONE,
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
    ...options,
  });
  await context.addInitScript((wanted) => {
    localStorage.setItem('luzheng.locale', wanted.locale);
    localStorage.setItem('luzheng.simple', wanted.simple ? 'on' : 'off');
    localStorage.setItem('luzheng.large-type', wanted.simple ? 'on' : 'off');
    localStorage.setItem('luzheng.theme', wanted.dark ? 'dark' : 'light');
  }, look);
  return context;
}

/** Opens a screen and waits until nothing of it is on its way any more. */
export async function openScreen(page: Page, screen: Screen, form?: Form): Promise<void> {
  const faults: Record<Form, string> = {
    loading: 'slow',
    server: 'server',
    offline: 'offline',
    empty: 'empty',
  };
  // settings of the person are set on a page without scripts of the app
  await page.goto('/robots.txt-none/../icon.svg');
  await page.evaluate(
    ({ person, fault }) => {
      if (person === null) localStorage.removeItem('luzheng.mock.signed-in');
      else localStorage.setItem('luzheng.mock.signed-in', person);
      if (fault === null) sessionStorage.removeItem('luzheng.mock.fault');
      else sessionStorage.setItem('luzheng.mock.fault', fault);
    },
    { person: screen.person ?? null, fault: form === undefined ? null : faults[form] },
  );
  await page.goto(screen.path);
  await page.locator('main h1, main [role=heading]').first().waitFor();
  if (form === 'loading') return;
  if (screen.ready !== undefined) await page.locator(screen.ready).first().waitFor();
  await page.waitForFunction(
    () => document.querySelector('main [role=status].skeleton, main .skeleton') === null,
  );
  if (form !== undefined || screen.nothing) return;
  // a screen of something that is not there would pass every look
  const code = await page.locator('[data-testid=status-panel][data-icon=question]').count();
  if (code > 0) throw new Error(`${screen.name}: there is nothing at ${screen.path}`);
}
