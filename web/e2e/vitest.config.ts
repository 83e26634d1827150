import { defineConfig } from 'vitest/config';

// one browser and a few servers at a time: these tests measure nothing, but they do share a machine
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['src/shared.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
