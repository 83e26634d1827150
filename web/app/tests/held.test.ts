import { MemoryStorage, StatusStore, TrustStore, decodeText, verify, type Report } from '@luzheng/verify';
import { beforeAll, describe, expect, it } from 'vitest';
import { lackOf } from '@/composables/heldCode';
import { heldCode, makeDeviceKey, openDeviceKey, pointsOf, signerOf, wrap } from '@/licence/held';
import { LICENCE_LIST, heldMessage, rootFile, statusList, trustList } from '@/mocks/issuer';

/** The wrapper is judged by the verifier itself; the issuer is the mock's, whose keys are real. */
const NOW = Math.floor(Date.parse('2026-11-22T01:00:00Z') / 1000);
const claims = {
  maskedName: '张*丰',
  classes: 'C1D',
  validUntil: '2030-05-31',
  authority: '320200',
  index: 7,
};
const HOST = 'demo.example';

let inner: Uint8Array<ArrayBuffer>;
let device: CryptoKeyPair;
let other: CryptoKeyPair;

async function judge(code: string, now: number, values = new Map<number, number>()): Promise<Report> {
  const trust = await TrustStore.open(new MemoryStorage(), await rootFile());
  const list = await trust.update(await trustList(NOW - 60));
  const status = await StatusStore.open(new MemoryStorage(), list);
  await status.update(await statusList(LICENCE_LIST, 4, values, NOW - 30), list);
  return verify(code, {
    trust: list,
    status: status.book,
    question: { now, clockConfirmed: true, ourHosts: [HOST] },
  });
}

beforeAll(async () => {
  device = (await makeDeviceKey()).pair;
  other = (await makeDeviceKey()).pair;
  inner = await heldMessage(claims, NOW - 86_400, (await pointsOf(device)).compressed);
});

describe('the key of a device', () => {
  it('cannot be read by a script once it is in use', async () => {
    expect(device.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', device.privateKey)).rejects.toThrow();
  });

  it('is the same key when it comes back out of the vault', async () => {
    const { pair, pkcs8 } = await makeDeviceKey();
    const { uncompressed } = await pointsOf(pair);
    const again = await openDeviceKey(pkcs8, uncompressed);
    expect(again.privateKey.extractable).toBe(false);
    const bytes = Uint8Array.of(1, 2, 3);
    const signature = Uint8Array.from(await signerOf(again)(bytes));
    expect(
      await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, pair.publicKey, signature, bytes),
    ).toBe(true);
  });

  it('is known by its compressed point', async () => {
    const { uncompressed, compressed } = await pointsOf(device);
    expect(uncompressed).toHaveLength(65);
    expect(compressed).toHaveLength(33);
    expect(compressed[0]).toBe(((uncompressed[64] ?? 0) & 1) === 1 ? 3 : 2);
    expect([...compressed.subarray(1)]).toEqual([...uncompressed.subarray(1, 33)]);
  });
});

describe('a code made on the device', () => {
  it('is valid, as a held licence', async () => {
    const report = await judge(await heldCode(inner, NOW, signerOf(device), HOST), NOW + 1);
    expect(report).toMatchObject({ verdict: 'valid', reason: null });
    expect(report.credential).toMatchObject({
      kind: 'driving_licence',
      mode: 'held',
      subject: '张*丰',
      class: 'C1D',
      valid_until: '2030-05-31',
    });
  });

  it('is long-term when the licence is', async () => {
    const { compressed } = await pointsOf(device);
    const longTerm = await heldMessage({ ...claims, validUntil: null }, NOW - 86_400, compressed);
    const report = await judge(await heldCode(longTerm, NOW, signerOf(device), HOST), NOW);
    expect(report.verdict).toBe('valid');
    expect(report.credential?.valid_until).toBe('long-term');
  });

  it('is a copy after 60 s', async () => {
    const code = await heldCode(inner, NOW, signerOf(device), HOST);
    expect((await judge(code, NOW + 59)).verdict).toBe('valid');
    expect(await judge(code, NOW + 61)).toMatchObject({ verdict: 'not_valid', reason: 'replayed' });
  });

  it('needs the key that the issuer bound', async () => {
    const code = await heldCode(inner, NOW, signerOf(other), HOST);
    expect(await judge(code, NOW)).toMatchObject({ verdict: 'not_valid', reason: 'bad_signature' });
  });

  it.each([
    [2, 'attention', 'state_red'],
    [12, 'not_valid', 'suspended'],
    [1, 'not_valid', 'revoked'],
    [3, 'not_valid', 'superseded'],
  ])('with status %i is %s: %s', async (value, verdict, reason) => {
    const code = await heldCode(inner, NOW, signerOf(device), HOST);
    expect(await judge(code, NOW, new Map([[claims.index, value]]))).toMatchObject({ verdict, reason });
  });

  it('fits the limit of 320 bytes', async () => {
    const message = await wrap(inner, NOW, signerOf(device));
    expect(message.length).toBeLessThanOrEqual(320);
    const decoded = decodeText(await heldCode(inner, NOW, signerOf(device), HOST));
    expect(decoded).toBeTruthy();
  });

  it('is deterministic CBOR at every length of a head', async () => {
    const seen: number[] = [];
    for (const length of [1, 23, 24, 255, 256, 1_024]) {
      const message = await wrap(new Uint8Array(length), NOW, async () => new Uint8Array(64));
      expect([...message.subarray(0, 5)]).toEqual([0xd2, 0x84, 0x43, 0xa1, 0x01]);
      seen.push(message.length - length);
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('is refused without a message, or with one that no issuer makes', async () => {
    const sign = signerOf(device);
    await expect(wrap(new Uint8Array(), NOW, sign)).rejects.toThrow(RangeError);
    await expect(wrap(new Uint8Array(1_025), NOW, sign)).rejects.toThrow(RangeError);
    await expect(wrap(inner, -1, sign)).rejects.toThrow(RangeError);
    await expect(wrap(inner, Number.NaN, sign)).rejects.toThrow(RangeError);
  });
});

describe('what is kept on the phone', () => {
  const kept = { message: new Uint8Array(8), state: 'current', valid_until: '2026-11-22' } as const;
  it('is shown up to the last day of the licence', () => {
    expect(lackOf(kept, '2026-11-22')).toBeNull();
    expect(lackOf(kept, '2026-11-23')).toBe('over');
    expect(lackOf({ ...kept, valid_until: null }, '2099-01-01')).toBeNull();
  });
  it('is shown red, but not when it was stopped', () => {
    expect(lackOf({ ...kept, state: 'red' }, '2026-11-22')).toBeNull();
    expect(lackOf({ ...kept, state: 'stopped' }, '2026-11-22')).toBe('stopped');
  });
  it('is nothing while the issuer is signing', () => {
    expect(lackOf(null, '2026-11-22')).toBe('none');
    expect(lackOf({ ...kept, message: null }, '2026-11-22')).toBe('none');
  });
});
