import { ref, watch } from 'vue';
import { i18n, languageOf, languages, loadLanguage, type Locale } from '@/i18n';
import { keep } from '@/storage/db';

export type Theme = 'system' | 'light' | 'dark';

function read(key: string): string | null {
  try {
    return localStorage.getItem(`luzheng.${key}`);
  } catch {
    return null;
  }
}
function write(key: string, value: string): void {
  try {
    localStorage.setItem(`luzheng.${key}`, value);
  } catch {
    // a browser that keeps nothing still shows everything
  }
}

const asLocale = (value: string | null): Locale => (value !== null && languages.has(value) ? value : 'zh-CN');
const asTheme = (value: string | null): Theme => (value === 'light' || value === 'dark' ? value : 'system');

/** Chinese unless the person chose otherwise: the product is Chinese first. */
export const locale = ref<Locale>(asLocale(read('locale')));
export const largeType = ref(read('large-type') === 'on');
export const theme = ref<Theme>(asTheme(read('theme')));

/** Applies the settings to the page now and whenever they change. */
export function applySettings(): void {
  const root = document.documentElement;
  watch(
    locale,
    async (value) => {
      // a language that cannot be fetched now is not taken: half a language helps nobody
      if (!(await loadLanguage(value))) {
        locale.value = i18n.global.locale.value;
        return;
      }
      if (locale.value !== value) return;
      i18n.global.locale.value = value;
      root.lang = value;
      root.dir = languageOf(value).direction;
      write('locale', value);
      // the service worker, which shows pushes, has no local storage
      void keep('verifier', 'settings/locale', value, Date.now());
    },
    { immediate: true },
  );
  watch(
    largeType,
    (value) => {
      root.classList.toggle('large-type', value);
      write('large-type', value ? 'on' : 'off');
    },
    { immediate: true },
  );
  watch(
    theme,
    (value) => {
      if (value === 'system') delete root.dataset['theme'];
      else root.dataset['theme'] = value;
      write('theme', value);
    },
    { immediate: true },
  );
}
