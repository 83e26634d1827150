import { createApp } from 'vue';
import App from './App.vue';
import { applySettings } from './composables/settings';
import { hearFromServer } from './composables/session';
import './composables/simple';
import { i18n } from './i18n';
import { router } from './router';
import { askToKeepVault, listenForInstall } from './install/prompt';
import { openFromNotices } from './push/opening';
import { mendMissingParts } from './update/chunks';
import { watchTyping } from './update/unsaved';
import { keepUpToDate, thisBrowser } from './update/worker';
import './styles/tokens.css';
import './styles/base.css';

/** Late enough not to compete with the first screen. */
const PREPARE_AFTER_MS = 1_500;

listenForInstall();

async function start(): Promise<void> {
  // the mock back end is its own build mode; production bundles never contain it
  if (import.meta.env.MODE === 'mock') {
    const { startMocks } = await import('./mocks');
    await startMocks();
  }
  applySettings();
  watchTyping();
  mendMissingParts(router);
  openFromNotices(router);
  askToKeepVault();
  void hearFromServer();
  createApp(App).use(i18n).use(router).mount('#app');
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    void keepUpToDate(thisBrowser()).catch(() => {
      // a browser that allows no worker has the app with a network only
    });
  }
  // when the page has settled: what a checker needs the day there is no network
  setTimeout(() => void import('./verifier/service').then(({ prepare }) => prepare()), PREPARE_AFTER_MS);
}

void start();
