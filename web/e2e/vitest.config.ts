import { defineConfig } from 'vitest/config';

/** Journeys that read and write: these run once more with PostgreSQL behind the server (`npm run e2e:postgres`). */
const JOURNEYS = [
  'account',
  'identity-platform',
  'vault',
  'owner',
  'licence',
  'apply',
  'desk',
  'desk-paper',
  'desk-flags',
  'event',
  'filing',
  'markcase',
  'inbox',
  'present',
];
const onPostgres = process.env.LUZHENG_E2E_ENGINE === 'postgres';

// one browser and a few servers at a time: these tests measure nothing, but they do share a machine
export default defineConfig({
  test: {
    include: onPostgres ? JOURNEYS.map((name) => `tests/${name}.test.ts`) : ['tests/**/*.test.ts'],
    globalSetup: ['src/shared.ts'],
    fileParallelism: false,
    // a busy machine is no fault of what is tested
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 60_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
