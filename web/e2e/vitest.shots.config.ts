import { defineConfig } from 'vitest/config';

// not tests: `npm run shots` takes a picture of every screen into the folder named by LUZHENG_SHOTS
export default defineConfig({
  test: {
    include: ['shots/**/*.shots.ts'],
    globalSetup: ['src/mock.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
