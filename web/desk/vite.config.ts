import { fileURLToPath, URL } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { configDefaults, defineConfig } from 'vitest/config';

/** The server to talk to in development; the production bundle is served by it. */
const SERVER = process.env.LUZHENG_SERVER ?? 'http://localhost:8080';

export default defineConfig({
  base: '/desk/',
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // the server refuses calls from another origin, so the proxy speaks as its own
  server: { proxy: { '/api': { target: SERVER, changeOrigin: true, headers: { origin: SERVER } } } },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'], exclude: configDefaults.exclude },
});
