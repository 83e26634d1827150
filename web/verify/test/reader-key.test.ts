/** A reader's key wrapped to a device: the example of `docs/officer-keys.md`, which another library made. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { concat, fromBase64Url, toBase64Url } from '../src/bytes.js';
import { ReaderKey, unwrapReaderKey } from '../src/officer.js';
import { unwrap } from '../src/reader-key.js';

const DOCUMENT = readFileSync(
  fileURLToPath(new URL('../../../docs/officer-keys.md', import.meta.url)),
  'utf8',
);
const named = (name: string): string => {
  const [, value] = new RegExp(`^${name}:\\s+([\\w-]+)$`, 'm').exec(DOCUMENT) ?? [];
  if (value === undefined) throw new Error(`the document has no ${name}`);
  return value;
};
const bytes = (text: string) => fromBase64Url(text) ?? new Uint8Array();
const [d, x, y] = [named('device d'), named('device x'), named('device y')];
const point = concat(Uint8Array.of(4), bytes(x), bytes(y));
const jwk = { kty: 'EC', crv: 'P-256', d, x, y };
const device = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, [
  'deriveBits',
]);
const wrapped = { number: 2, sealed: named('sealed') };

test('the example opens', async () => {
  expect(toBase64Url((await unwrap(wrapped, device, point)) ?? new Uint8Array())).toBe(named('reader key'));
  expect(await unwrapReaderKey(wrapped, device, point)).toBeInstanceOf(ReaderKey);
});

test('under another number, for another device, altered or cut it does not', async () => {
  expect(await unwrapReaderKey({ ...wrapped, number: 3 }, device, point)).toBeNull();
  expect(await unwrapReaderKey(wrapped, device, point.slice(0, 64))).toBeNull();
  const other = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const theirs = new Uint8Array(await crypto.subtle.exportKey('raw', other.publicKey));
  expect(await unwrapReaderKey(wrapped, other.privateKey, theirs)).toBeNull();
  const sealed = bytes(wrapped.sealed);
  for (let byte = 0; byte < sealed.length; byte++) {
    const altered = sealed.slice();
    altered[byte] = (altered[byte] ?? 0) ^ 1;
    expect(
      await unwrap({ number: 2, sealed: toBase64Url(altered) }, device, point),
      `byte ${byte}`,
    ).toBeNull();
  }
  for (const text of ['', 'A', '!', wrapped.sealed.slice(1), `${wrapped.sealed}AAAA`, 'A'.repeat(100_000)])
    expect(await unwrap({ number: 2, sealed: text }, device, point)).toBeNull();
});
