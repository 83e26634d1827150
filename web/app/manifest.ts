import type { ManifestOptions } from 'vite-plugin-pwa';

/** A text of the manifest in another language (`*_localized`, which browsers that do not know it pass over). */
type Localised = Readonly<Record<string, string>>;
interface Shortcut {
  name: string;
  short_name: string;
  url: string;
  name_localized: Localised;
  icons: { src: string; sizes: string; type: string }[];
}

const ICON = { src: '/icon-192.png', sizes: '192x192', type: 'image/png' };
const shortcut = (url: string, name: string, english: string): Shortcut => ({
  name,
  short_name: name,
  url,
  name_localized: { en: english },
  icons: [ICON],
});
const screen = (
  file: string,
  sizes: string,
  wide: boolean,
  label: string,
): { src: string; sizes: string; type: string; form_factor: 'wide' | 'narrow'; label: string } => ({
  src: `/screens/${file}`,
  sizes,
  type: 'image/png',
  form_factor: wide ? 'wide' : 'narrow',
  label,
});

/** What the home screen and the installation dialogue show. */
export const manifest: Partial<ManifestOptions> & Record<string, unknown> = {
  id: '/',
  name: '路证 Luzheng',
  name_localized: { en: 'Luzheng: electronic road credentials' },
  short_name: '路证',
  short_name_localized: { en: 'Luzheng' },
  description: '机动车检验标志和驾驶证电子凭证 Electronic inspection marks and driving licences',
  description_localized: { en: 'Electronic inspection marks and driving licences' },
  lang: 'zh-CN',
  dir: 'ltr',
  categories: ['government', 'utilities'],
  start_url: '/',
  scope: '/',
  display: 'standalone',
  theme_color: '#0d4453',
  background_color: '#edf1f3',
  icons: [
    { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
    ICON,
    { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: '/icon-512-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
  shortcuts: [
    shortcut('/show', '出示检验标志', 'Show the inspection mark'),
    shortcut('/licence/show', '出示驾驶证', 'Show the licence'),
    shortcut('/scan', '扫码核验', 'Scan to check'),
  ],
  screenshots: [
    screen('vehicles.png', '780x1688', false, '我的车辆和到期时间'),
    screen('mark.png', '780x1688', false, '检验标志电子凭证'),
    screen('live.png', '780x1688', false, '当面出示动态码'),
    screen('vehicles-wide.png', '1280x800', true, '在电脑上'),
  ],
};
