import { readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import vue from '@vitejs/plugin-vue';
import type { Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { configDefaults, defineConfig } from 'vitest/config';
import { manifest } from './manifest';
import { accidentTable } from './accident-table';
import { roadside } from './roadside';

const DIVISIONS = fileURLToPath(new URL('../../crates/domain/data/divisions.tsv', import.meta.url));

/** Provinces and prefectures in force, from the same table as the server's, as a module. */
function divisions(): Plugin {
  const id = 'virtual:divisions';
  return {
    name: 'luzheng-divisions',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load(resolved) {
      if (resolved !== `\0${id}`) return null;
      this.addWatchFile(DIVISIONS);
      const rows = readFileSync(DIVISIONS, 'utf8')
        .split('\n')
        .filter((line) => /^\d{4}00\t/.test(line))
        .map((line) => line.split('\t'))
        .filter(([, , , , , , validTo]) => !validTo?.trim())
        .map(([code, name, english]) => [code, [name, english || name]]);
      return `export const places = ${JSON.stringify(Object.fromEntries(rows))};`;
    },
  };
}

/** The server to talk to in development; the production bundle is served by it. */
const SERVER = process.env.LUZHENG_SERVER ?? 'http://localhost:8080';
const proxied = ['/api', '/status', '/pack', '/oauth', '/.well-known', '/openapi.json'];

// the server refuses calls from another origin, so the proxy speaks as its own
const proxy = Object.fromEntries(
  proxied.map((path) => [path, { target: SERVER, changeOrigin: true, headers: { origin: SERVER } }]),
);

/** What the server sends, and stricter where the app allows. */
const CSP =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export default defineConfig({
  plugins: [
    vue(),
    divisions(),
    accidentTable(),
    roadside(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      // a new version waits until nothing is lost by it (src/update)
      registerType: 'prompt',
      injectRegister: false,
      injectManifest: {
        globPatterns: ['**/*.{html,js,css,wasm,bin,svg,png,webmanifest}'],
        // only the browser's own installation dialogue shows these
        globIgnores: ['screens/**'],
        maximumFileSizeToCacheInBytes: 3 * 1024 * 1024,
      },
      manifest,
    }),
  ],
  resolve: {
    // the verifier's TypeScript is compiled with the app, so that neither can be stale
    conditions: ['source', 'module', 'browser', 'development|production'],
    alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) },
  },
  worker: { format: 'es' },
  server: { proxy: proxy },
  preview: {
    headers: { 'content-security-policy': CSP },
    proxy: proxy,
  },
  build: {
    target: 'es2022',
    // everything a page needs comes from its own origin as a file; data: URLs would need a wider CSP
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
    exclude: configDefaults.exclude,
  },
});
