import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router';
import { leaving, wayBack } from './account/back';
import { hearFromServer, me, meta, restoreSession } from './composables/session';
import { simple } from './composables/simple';
import { vaultState } from './storage/vault';
import { surface, surfaceOf } from './surface';

declare module 'vue-router' {
  interface RouteMeta {
    /** Needs somebody signed in. */
    private?: boolean;
    /** Fills the screen, without the main navigation. */
    full?: boolean;
    /** Has its own action under the thumb: no tabs on a phone. */
    action?: boolean;
    /** Screens of one frame: going from one to the next keeps it. */
    frame?: string;
  }
}

/** Every screen has an address; nothing personal stands in one. */
export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', name: 'welcome', component: () => import('./views/WelcomeView.vue') },
    {
      path: '/home',
      name: 'home',
      component: () => import('./views/SimpleHomeView.vue'),
      meta: { private: true },
    },
    {
      path: '/vehicles',
      name: 'vehicles',
      component: () => import('./views/VehiclesView.vue'),
      meta: { private: true },
    },
    {
      path: '/vehicles/:id',
      name: 'vehicle',
      component: () => import('./views/VehicleView.vue'),
      props: true,
      meta: { private: true },
    },
    {
      path: '/vehicles/:id/apply-mark',
      name: 'apply-mark',
      component: () => import('./views/EligibilityView.vue'),
      props: true,
      meta: { private: true, action: true },
    },
    {
      path: '/vehicles/:id/paper',
      name: 'paper',
      component: () => import('./views/PaperView.vue'),
      props: true,
      meta: { private: true, action: true },
    },
    {
      path: '/vehicles/:id/holders',
      name: 'holders',
      component: () => import('./views/HoldersView.vue'),
      props: true,
      meta: { private: true },
    },
    {
      path: '/vehicles/:id/consent',
      name: 'consent',
      component: () => import('./views/ConsentView.vue'),
      props: true,
      meta: { private: true, full: true },
    },
    {
      path: '/file',
      name: 'file',
      component: () => import('./views/FileVehicleView.vue'),
      meta: { private: true },
    },
    {
      path: '/filings',
      name: 'filings',
      component: () => import('./views/FilingsView.vue'),
      meta: { private: true },
    },
    {
      path: '/units',
      name: 'units',
      component: () => import('./views/UnitsView.vue'),
      meta: { private: true },
    },
    {
      path: '/units/:id',
      name: 'unit',
      component: () => import('./views/UnitView.vue'),
      props: true,
      meta: { private: true },
    },
    {
      path: '/cases',
      name: 'cases',
      component: () => import('./views/CasesView.vue'),
      meta: { private: true },
    },
    {
      path: '/marks/:id',
      name: 'mark',
      component: () => import('./views/MarkView.vue'),
      props: true,
      meta: { private: true, action: true },
    },
    {
      path: '/marks/:id/live',
      name: 'live',
      component: () => import('./views/LiveView.vue'),
      props: true,
      meta: { private: true, full: true },
    },
    {
      path: '/marks/:id/kept',
      name: 'mark-kept',
      component: () => import('./views/KeptMarkView.vue'),
      props: true,
      meta: { private: true, full: true },
    },
    {
      path: '/show',
      name: 'show',
      component: () => import('./views/ShowView.vue'),
      meta: { private: true },
    },
    {
      path: '/licence',
      name: 'licence',
      component: () => import('./views/LicenceView.vue'),
      meta: { private: true },
    },
    {
      path: '/licence/show',
      name: 'licence-show',
      component: () => import('./views/LicenceShowView.vue'),
      props: { act: 'face' },
      meta: { private: true, full: true },
    },
    {
      path: '/licence/code',
      name: 'licence-code',
      component: () => import('./views/LicenceShowView.vue'),
      props: { act: 'code' },
      meta: { private: true, full: true },
    },
    {
      path: '/licence/points',
      name: 'points',
      component: () => import('./views/PointsView.vue'),
      meta: { private: true },
    },
    {
      path: '/licence/proofs',
      name: 'proofs',
      component: () => import('./views/ProofsView.vue'),
      meta: { private: true },
    },
    {
      path: '/licence/apply',
      name: 'apply',
      component: () => import('./views/ApplyView.vue'),
      meta: { private: true },
    },
    {
      path: '/cases/:id',
      name: 'case',
      component: () => import('./views/CaseView.vue'),
      props: true,
      meta: { private: true },
    },
    {
      path: '/timeline',
      name: 'timeline',
      component: () => import('./views/TimelineView.vue'),
      meta: { private: true },
    },
    { path: '/proof', name: 'proof', component: () => import('./views/ProofView.vue') },
    { path: '/scan', name: 'scan', component: () => import('./views/ScanView.vue') },
    { path: '/V', name: 'verify', component: () => import('./views/VerifyView.vue') },
    {
      path: '/notices',
      name: 'notices',
      component: () => import('./views/NoticesView.vue'),
      meta: { private: true },
    },
    {
      path: '/notices/:id',
      name: 'notice',
      component: () => import('./views/NoticeView.vue'),
      props: true,
      meta: { private: true },
    },
    // a camera that reads the first code of an accident record opens it at `/A`
    {
      path: '/accident',
      alias: '/A',
      name: 'accident',
      component: () => import('./views/AccidentView.vue'),
      meta: { action: true },
    },
    { path: '/notice', name: 'notice-check', component: () => import('./views/NoticeCheckView.vue') },
    {
      path: '/looks',
      name: 'looks',
      component: () => import('./views/LooksView.vue'),
      meta: { private: true },
    },
    { path: '/sign-in', name: 'sign-in', component: () => import('./views/SignInView.vue') },
    {
      path: '/identity',
      name: 'identity',
      component: () => import('./views/IdentityView.vue'),
      meta: { private: true },
    },
    {
      path: '/settings',
      name: 'settings',
      component: () => import('./views/SettingsView.vue'),
    },
    {
      path: '/settings/security',
      name: 'security',
      component: () => import('./views/SecurityView.vue'),
      meta: { private: true },
    },
    {
      path: '/officer',
      component: () => import('./views/officer/OfficerFrame.vue'),
      meta: { frame: 'officer' },
      children: [
        {
          path: '',
          name: 'officer',
          component: () => import('./views/officer/OfficerScanView.vue'),
        },
        {
          path: 'look-up',
          name: 'officer-look-up',
          component: () => import('./views/officer/OfficerLookUpView.vue'),
        },
        {
          path: 'procedures',
          name: 'officer-procedures',
          component: () => import('./views/officer/OfficerProceduresView.vue'),
        },
        {
          path: 'procedures/:code',
          name: 'officer-procedure',
          component: () => import('./views/officer/OfficerProcedureView.vue'),
          props: true,
        },
        {
          path: 'data',
          name: 'officer-data',
          component: () => import('./views/officer/OfficerDataView.vue'),
        },
        {
          path: 'device',
          name: 'officer-device',
          component: () => import('./views/officer/OfficerDeviceView.vue'),
        },
      ],
    },
    {
      path: '/partner',
      component: () => import('./views/partner/PartnerFrame.vue'),
      meta: { frame: 'partner' },
      children: [
        {
          path: '',
          name: 'partner',
          component: () => import('./views/partner/PartnerCheckView.vue'),
        },
        {
          path: 'many',
          name: 'partner-many',
          component: () => import('./views/partner/PartnerManyView.vue'),
        },
        {
          path: 'state',
          name: 'partner-state',
          component: () => import('./views/partner/PartnerStateView.vue'),
        },
        {
          path: 'accident',
          name: 'partner-accident',
          component: () => import('./views/partner/PartnerAccidentView.vue'),
        },
        {
          path: 'proofs',
          name: 'partner-proofs',
          component: () => import('./views/partner/PartnerProofsView.vue'),
        },
        {
          path: 'log',
          name: 'partner-log',
          component: () => import('./views/partner/PartnerLogView.vue'),
        },
        {
          path: 'account',
          name: 'partner-account',
          component: () => import('./views/partner/PartnerAccountView.vue'),
        },
      ],
    },
    // every component in every state; a production build has no trace of it
    ...(import.meta.env.MODE === 'mock'
      ? [{ path: '/gallery', name: 'gallery', component: () => import('./gallery/GalleryView.vue') }]
      : []),
    { path: '/:rest(.*)*', name: 'not-found', component: () => import('./views/NotFoundView.vue') },
  ],
});

/** What strangers open: it must not wait for a session, nor for the network. */
const FOR_ANYBODY = new Set(['verify', 'scan', 'proof', 'notice-check', 'accident', 'gallery']);
/** Screens that show nothing personal, and so stand open while the vault is locked. */
const WITHOUT_OPENING = new Set([...FOR_ANYBODY, 'not-found']);

/** Whether the lock screen stands before a screen while the vault is locked. */
export const behindLock = (to: Pick<RouteLocationNormalized, 'name'>): boolean =>
  // the other surfaces have a gate of their own
  surface === 'citizen' && !WITHOUT_OPENING.has(String(to.name));

/** Where one signs in: the demonstration's people, or the ways of a real system; and then back to where one was. */
export async function entrance(from?: Pick<RouteLocationNormalized, 'path' | 'fullPath' | 'hash'>): Promise<{
  name: string;
  query: Record<string, string>;
}> {
  if (meta.value === null) await hearFromServer();
  const name = meta.value?.demo === false ? 'sign-in' : 'welcome';
  return { name, query: from ? { return: leaving(from) } : {} };
}

router.beforeEach(async (to) => {
  // each surface is a page of its own, so that what it keeps stays apart
  if (surfaceOf(to.path) !== surface) {
    location.assign(to.fullPath);
    return false;
  }
  if (surface !== 'citizen') return true;
  if (FOR_ANYBODY.has(String(to.name))) {
    void restoreSession();
    return true;
  }
  await restoreSession();
  // the lock screen takes the place of the screen, which is not begun
  if (vaultState.value === 'locked' && behindLock(to)) return true;
  if (to.meta.private && !me.value) return entrance(to);
  if ((to.name === 'welcome' || to.name === 'sign-in') && me.value)
    return wayBack(to.query['return'], start());
  // where the app begins is a habit: each mode has its own first screen
  if (to.name === 'home' && !simple.value) return { name: 'vehicles' };
  return true;
});

/** The first screen of whoever is signed in. */
export const start = (): string => (simple.value ? '/home' : '/vehicles');
