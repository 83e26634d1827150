import { NavigationRoute } from 'workbox-routing';
import { describe, expect, it, vi } from 'vitest';
import openapi from '../../api/openapi.json';
import { NEVER_CACHED } from '@/never-cached';
import { router } from '@/router';

// workbox tells of every match while it is developed with
vi.spyOn(console, 'groupCollapsed').mockReturnValue(undefined);
vi.spyOn(console, 'log').mockReturnValue(undefined);
vi.spyOn(console, 'debug').mockReturnValue(undefined);

/** The route by which the service worker answers addresses that are opened, as `sw.ts` makes it. */
const route = new NavigationRoute(async () => new Response('the app'), { denylist: NEVER_CACHED });
const answers = (path: string): boolean => {
  const url = new URL(path, 'https://demo.example');
  const request = { mode: 'navigate', url: url.href } as Request;
  return Boolean(route.match({ url, request, event: {} as ExtendableEvent, sameOrigin: true }));
};
/** A path of the description with its places filled in. */
const filled = (path: string): string => path.replace(/\{\w+\}/g, '01970000-0000-7000-8000-000000000001');

describe('the service worker', () => {
  const paths = Object.keys(openapi.paths);

  it('leaves every path of the server to the network, whatever comes to be described', () => {
    expect(paths.length).toBeGreaterThan(60);
    for (const path of paths) {
      expect(answers(filled(path)), path).toBe(false);
      expect(answers(`${filled(path)}?size=a4&lang=zh`), path).toBe(false);
    }
  });

  it.each([
    '/api/v1/citizen/marks/m1/print.pdf',
    '/api/v1/citizen/marks/m1/live',
    '/api/v1/citizen/licence/photo',
    '/api/v1/citizen/notices',
    '/api/v1/citizen/looks',
    '/api/v1/notices/check',
    '/api/v1/session/code/confirm',
    '/api/v1/session/identity-platform/start?purpose=sign_in',
    '/api/v1/session/identity-platform/callback?code=x&state=y',
    '/api/v1/citizen/passkeys/begin',
    '/api/v1/citizen/filings/scan',
    '/api/v1/divisions?under=320500',
    '/status/1',
    '/pack',
    '/pack/lz-12.lzpack',
    '/api/v1/officer/look-ups',
    '/api/v1/officer/shards/32',
    '/api/v1/officer/reader-keys',
    '/api/v1/bound/sign-in',
    '/oauth/token',
    '/.well-known/luzheng/trust',
    '/desk/review',
  ])('never answers %s', (path) => {
    expect(answers(path)).toBe(false);
  });

  it('answers every screen of the app', () => {
    const screens = router.getRoutes().map(({ path }) => path);
    expect(screens.length).toBeGreaterThan(20);
    for (const path of screens) {
      expect(answers(path.replace(/:rest.*/, 'nowhere').replace(/:\w+/g, 'x1')), path).toBe(true);
    }
  });
});
