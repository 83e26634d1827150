import { defineConfig } from 'vitest/config';

// every screen on the mock back end: accessibility, languages, reflow, and its other forms
export default defineConfig({
  test: {
    include: ['screens/**/*.test.ts'],
    globalSetup: ['src/mock.ts'],
    fileParallelism: false,
    // a busy machine is no fault of what is tested
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
