/** Seeded mutations of everything that comes from outside: always an answer, never an exception. */
import { expect, test } from 'vitest';
import { StatusError, TrustError, TrustList, VERDICT_OF_REASON, openToken, verify } from '../src/index.js';
import * as issuer from './issuer.js';
import { LIVE, MARK, MARK_SM2, NOW, ROOT, ROOTS } from './issuer.js';
import { mutate } from './mutate.js';
import { seeded } from './random.js';

const trust = await issuer.trustList();
const status = await issuer.statusBook();
const question = { now: NOW, clockConfirmed: true, ourHosts: [issuer.HOST] };

async function answers(text: string): Promise<void> {
  const report = await verify(text, { trust, status, question });
  expect(report.checks).toHaveLength(14);
  expect(report.verdict).toBe(report.reason === null ? 'valid' : VERDICT_OF_REASON[report.reason]);
  expect(report.checks.some(({ ok }) => ok === false)).toBe(report.reason !== null);
}

test('mutated messages', async () => {
  const random = seeded(1);
  const codes = [
    await issuer.message(issuer.markClaims(), MARK),
    await issuer.message(issuer.liveClaims(NOW), LIVE),
    await issuer.held(NOW, await issuer.message(issuer.licenceClaims(), MARK)),
  ];
  for (let round = 0; round < 3000; round++) {
    const code = mutate(random, codes[round % codes.length] ?? new Uint8Array());
    await answers(round % 2 ? issuer.primary(code) : issuer.compact(code));
  }
});

test('mutated claims under a good signature', async () => {
  const random = seeded(2);
  const claims = issuer.encode(issuer.markClaims());
  for (let round = 0; round < 1500; round++) {
    const signer = round % 50 === 0 ? MARK_SM2 : MARK;
    await answers(issuer.primary(await issuer.message(mutate(random, claims), signer)));
  }
});

test('mutated texts', async () => {
  const random = seeded(3);
  const text = issuer.primary(await issuer.message(issuer.markClaims(), MARK));
  const alphabet = [
    '0',
    '9',
    '#',
    '/',
    'V',
    '?d=',
    'LZ1:',
    ' ',
    '\n',
    '苏',
    '𬭎',
    '\ud800',
    '\0',
    'https://',
    '%',
  ];
  for (let round = 0; round < 3000; round++) {
    const at = random.below(text.length);
    await answers(
      text.slice(0, at) + (alphabet[random.below(alphabet.length)] ?? '') + text.slice(at + random.below(3)),
    );
  }
});

test('mutated trust lists and status lists are refused by name or open', async () => {
  const random = seeded(4);
  const lists = await issuer.trustJson(issuer.trustPayload(), ROOT);
  const jwt = await issuer.statusJwt(issuer.statusClaims(3), issuer.statusBytes({ 1: 1 }));
  const cwt = await issuer.statusCwt(issuer.statusClaims(3), issuer.statusBytes({ 1: 1 }));
  const refused = (error: unknown) => {
    if (!(error instanceof TrustError || error instanceof StatusError)) throw error;
  };
  for (let round = 0; round < 600; round++) {
    const text = (original: string) =>
      new TextDecoder().decode(mutate(random, new TextEncoder().encode(original)));
    await TrustList.open(text(lists), ROOTS).catch(refused);
    await openToken(text(jwt), trust).catch(refused);
    await openToken(mutate(random, cwt), trust).catch(refused);
  }
});

test('mutated payloads of a trust list under a good signature', async () => {
  const random = seeded(5);
  const values = [null, -1, 1.5, 1e300, '', 'x', [], {}, true, [null], [{}], NOW];
  for (let round = 0; round < 300; round++) {
    const payload: Record<string, unknown> = issuer.trustPayload();
    const entry: Record<string, unknown> = { ...issuer.ENTRIES[round % issuer.ENTRIES.length] };
    const target = round % 3 === 0 ? payload : entry;
    const names = Object.keys(target);
    target[names[random.below(names.length)] ?? ''] = values[random.below(values.length)];
    if (target === entry) payload.keys = [entry];
    await TrustList.open(await issuer.trustJson(payload, ROOT), ROOTS).catch((error: unknown) => {
      if (!(error instanceof TrustError)) throw error;
    });
  }
});
