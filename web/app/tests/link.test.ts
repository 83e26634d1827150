import { describe, expect, it } from 'vitest';
import { NEVER_CACHED } from '@/never-cached';
import { codeOfLocation } from '@/verifier/link';

const at = (href: string): URL => new URL(href);

describe('the verifier page’s address', () => {
  it('carries the code behind the #', () => {
    expect(codeOfLocation(at('https://demo.example/V#12345'))).toBe('https://demo.example/V#12345');
    expect(codeOfLocation(at('http://localhost:8080/V#12345'))).toBe('https://localhost:8080/V#12345');
  });
  it('takes ?d= as people paste it', () => {
    expect(codeOfLocation(at('https://demo.example/V?d=12345'))).toBe('https://demo.example/V#12345');
  });
  it('may carry none, or one that does not decode', () => {
    expect(codeOfLocation(at('https://demo.example/V'))).toBeNull();
    expect(codeOfLocation(at('https://demo.example/V#%E0%A4%A'))).toContain('%E0%A4%A');
  });
});

describe('the service worker', () => {
  const never = (path: string): boolean => NEVER_CACHED.some((pattern) => pattern.test(path));
  it('keeps its hands off sessions, sign-in and the verifier’s data', () => {
    for (const path of [
      '/api/v1/demo/sign-in',
      '/api/v1/citizen/me',
      '/status/3',
      '/.well-known/luzheng/trust',
      '/metrics',
    ]) {
      expect(never(path), path).toBe(true);
    }
  });
  it('answers the app’s own pages', () => {
    for (const path of ['/', '/V', '/vehicles/1', '/scan', '/settings'])
      expect(never(path), path).toBe(false);
  });
});
