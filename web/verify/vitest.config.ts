import { defineConfig } from 'vitest/config';

// the limit is for a busy machine: nothing here waits
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
});
