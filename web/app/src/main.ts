import { createApp } from 'vue';
import App from './App.vue';
import { applySettings } from './composables/settings';
import { hearFromServer } from './composables/session';
import './composables/simple';
import { i18n } from './i18n';
import { router } from './router';
import './styles/tokens.css';
import './styles/base.css';

/** Late enough not to compete with the first screen. */
const PREPARE_AFTER_MS = 1_500;

async function start(): Promise<void> {
  // the mock back end is its own build mode; production bundles never contain it
  if (import.meta.env.MODE === 'mock') {
    const { startMocks } = await import('./mocks');
    await startMocks();
  }
  applySettings();
  void hearFromServer();
  createApp(App).use(i18n).use(router).mount('#app');
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    const { registerSW } = await import('virtual:pwa-register');
    registerSW({ immediate: true });
  }
  // when the page has settled: what a checker needs the day there is no network
  setTimeout(() => void import('./verifier/service').then(({ prepare }) => prepare()), PREPARE_AFTER_MS);
}

void start();
