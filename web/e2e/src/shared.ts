/** One populated country for all test files: starting it takes longer than all of them. A test that breaks it starts its own. */
import type { TestProject } from 'vitest/node';
import { startDemo } from './demo.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the shared demo is. */
    origin: string;
  }
}

/** The token with which the tests speak as the register. */
export const FEED_TOKEN = 'e2e-feed-token-0123456789';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const demo = await startDemo({ LUZHENG_FEED_TOKEN: FEED_TOKEN });
  const front = await fetch(demo.origin);
  if (!front.ok) {
    await demo.close();
    throw new Error(`the demo has no front end: ${await front.text()}`);
  }
  project.provide('origin', demo.origin);
  return () => demo.close();
}
