import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Argon from '@/storage/argon';
import type * as Db from '@/storage/db';
import type { Box } from '@/storage/seal';
import type * as Vault from '@/storage/vault';
import type * as Ways from '@/storage/ways';
import type { VaultHeader } from '@/storage/ways';

/** Argon2id as in the app, at a cost that lets a test open a vault many times. */
const PIN = '482913';
const OTHER = '739104';
const SECRET_WORDS = ['张小丰', '苏B·12345', 'LSVAM4187C2184847'];

let vault: typeof Vault;
let db: typeof Db;
let ways: typeof Ways;

/** The app as after a reload: nothing in memory, the disk as it was. */
async function reload(): Promise<void> {
  vi.resetModules();
  vi.doMock('@/storage/argon', async (original) => {
    const real = await original<typeof Argon>();
    return {
      ...real,
      stretch: (secret: string, salt: Uint8Array<ArrayBuffer>) =>
        real.runArgon({ secret: real.normalised(secret), salt, cost: { memory_kib: 64, passes: 1 } }),
    };
  });
  vault = await import('@/storage/vault');
  db = await import('@/storage/db');
  ways = await import('@/storage/ways');
  await vault.findVault();
}

/** The database below the app. */
const below = () => openDB('luzheng');

/** Everything that lies on the disk, as text in which words would be found. */
async function everything(): Promise<string> {
  const raw = await below();
  const parts: string[] = [];
  for (const store of raw.objectStoreNames) {
    for (const value of [...(await raw.getAllKeys(store)), ...(await raw.getAll(store))]) {
      parts.push(
        JSON.stringify(value, (_, it: unknown) =>
          it instanceof Uint8Array ? [...it].map((b) => String.fromCharCode(b)).join('') : it,
        ),
      );
    }
  }
  raw.close();
  return parts.join('\n');
}

const prf = (fill: number, credential = 1) => ({
  credential: Uint8Array.of(credential, 2, 3),
  secret: new Uint8Array(32).fill(fill),
});

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  await reload();
});
afterEach(() => vi.useRealTimers());

describe('without a vault', () => {
  it('personal things are there until the page is left, and never on the disk', async () => {
    expect(await db.keep('answers', 'me', { name: SECRET_WORDS[0] }, 1)).toBe(true);
    expect((await db.recall('answers', 'me'))?.value).toEqual({ name: SECRET_WORDS[0] });
    expect(await everything()).not.toContain(SECRET_WORDS[0]);
    await reload();
    expect(await db.recall('answers', 'me')).toBeNull();
  });

  it('public things are kept as ever', async () => {
    await db.keep('verifier', 'trust/list', Uint8Array.of(1, 2), 5);
    await reload();
    expect(await db.recall('verifier', 'trust/list')).toEqual({ value: Uint8Array.of(1, 2), saved_at: 5 });
    expect(await db.listKept('verifier')).toEqual([{ key: 'trust/list', saved_at: 5 }]);
  });
});

describe('a vault with a PIN', () => {
  beforeEach(async () => {
    await db.keep('answers', 'before', 'seen before the vault', 1);
    expect(await vault.createVault({ pin: PIN })).toEqual({ done: true });
    await db.keep('answers', 'me', { name: SECRET_WORDS[0], plates: SECRET_WORDS }, 7);
  });

  it('takes in what memory held, and gives everything back after a reload', async () => {
    await reload();
    expect(vault.vaultState.value).toBe('locked');
    expect(await db.recall('answers', 'me')).toBeNull();
    expect(await db.keep('answers', 'x', 'y', 1)).toBe(false);
    expect(await vault.openWithPin(PIN)).toEqual({ opened: true });
    expect(await vault.findVault()).toBe('open');
    expect(await db.recall('answers', 'me')).toEqual({
      value: { name: SECRET_WORDS[0], plates: SECRET_WORDS },
      saved_at: 7,
    });
    expect((await db.recall('answers', 'before'))?.value).toBe('seen before the vault');
  });

  it('shows nothing to whoever reads the disk: neither words nor the names of things', async () => {
    const all = await everything();
    for (const word of [...SECRET_WORDS, PIN, '"me"', 'before']) expect(all).not.toContain(word);
    expect(
      (await (await below()).getAllKeys('sealed')).every((key) =>
        /^answers\/[0-9a-f]{32}$/.test(String(key)),
      ),
    ).toBe(true);
  });

  it('takes full-width digits for the same PIN', async () => {
    await reload();
    expect(await vault.openWithPin('４８２９１３')).toEqual({ opened: true });
  });

  it('locks at once, and forgets its keys', async () => {
    vault.lock();
    expect(vault.vaultState.value).toBe('locked');
    expect(vault.openKeys()).toBeNull();
    expect(await db.recall('answers', 'me')).toBeNull();
  });

  it('does not open a thing that was changed', async () => {
    const raw = await below();
    for (const key of await raw.getAllKeys('sealed')) {
      const box = (await raw.get('sealed', key)) as Box;
      box.data[0] = (box.data[0] ?? 0) ^ 1;
      await raw.put('sealed', box, key);
    }
    raw.close();
    expect(await db.recall('answers', 'me')).toBeNull();
  });

  it('does not open a thing in another place: another name, another shelf', async () => {
    await db.keep('answers', 'licence', 'of the answers', 1);
    await db.keep('device', 'licence', 'of the device', 1);
    const keys = vault.openKeys();
    if (keys === null) throw new Error('it is open');
    const { sealedName } = await import('@/storage/seal');
    const raw = await below();
    const box = (await raw.get('sealed', await sealedName(keys, 'answers', 'licence'))) as Box;
    await raw.put('sealed', box, await sealedName(keys, 'device', 'licence'));
    await raw.put('sealed', box, await sealedName(keys, 'answers', 'me'));
    raw.close();
    expect(await db.recall('device', 'licence')).toBeNull();
    expect(await db.recall('answers', 'me')).toBeNull();
    expect((await db.recall('answers', 'licence'))?.value).toBe('of the answers');
  });

  it('forgets one thing, one shelf, and at its end everything', async () => {
    await db.keep('device', 'key', 'k', 1);
    await db.forget('answers', 'me');
    expect(await db.recall('answers', 'me')).toBeNull();
    await db.forgetAll('answers');
    expect(await db.recall('answers', 'before')).toBeNull();
    expect((await db.recall('device', 'key'))?.value).toBe('k');
    await vault.destroy();
    expect(vault.vaultState.value).toBe('none');
    const raw = await below();
    expect([await raw.count('sealed'), await raw.count('vault')]).toEqual([0, 0]);
    raw.close();
    await reload();
    expect(vault.vaultState.value).toBe('none');
  });

  it('is opened by its own wrapping only, not by that of another vault', async () => {
    const mine = (await (await below()).get('vault', 'header')) as VaultHeader;
    await vault.destroy();
    await vault.createVault({ pin: OTHER });
    const raw = await below();
    const theirs = (await raw.get('vault', 'header')) as VaultHeader;
    await raw.put('vault', { ...theirs, pin: mine.pin }, 'header');
    raw.close();
    await reload();
    expect(await vault.openWithPin(PIN)).toMatchObject({ opened: false, why: 'wrong' });
  });

  it('with a header that nobody wrote is locked and opens for nobody', async () => {
    const raw = await below();
    const found = (await raw.get('vault', 'header')) as VaultHeader;
    if (found.pin) found.pin.cost = { memory_kib: 4_194_304, passes: 3 };
    await raw.put('vault', found, 'header');
    raw.close();
    await reload();
    expect(vault.vaultState.value).toBe('locked');
    expect(await vault.openWithPin(PIN)).toEqual({ opened: false, why: 'impossible' });
  });
});

describe('wrong PINs', () => {
  const START = Date.parse('2026-11-22T01:00:00Z');
  beforeEach(async () => {
    await vault.createVault({ pin: PIN });
    await db.keep('answers', 'me', SECRET_WORDS[0], 1);
    vi.useFakeTimers({ now: START, toFake: ['Date'] });
    await reload();
  });

  it('are let off twice, then wait longer and longer', async () => {
    expect(await vault.openWithPin(OTHER)).toMatchObject({ why: 'wrong', tries_left: 9, wait_ms: 0 });
    expect(await vault.openWithPin(OTHER)).toMatchObject({ why: 'wrong', tries_left: 8, wait_ms: 0 });
    expect(await vault.openWithPin(OTHER)).toMatchObject({ why: 'wrong', tries_left: 7, wait_ms: 30_000 });
    // too early: not even the right one is looked at, and it costs no try
    vi.setSystemTime(START + 29_999);
    expect(await vault.openWithPin(PIN)).toMatchObject({ why: 'wait', tries_left: 7, wait_ms: 1 });
    vi.setSystemTime(START + 30_000);
    expect(await vault.openWithPin(PIN)).toEqual({ opened: true });
    expect(vault.triesLeft.value).toBe(10);
  });

  it('are remembered by the next opening of the app', async () => {
    for (let i = 0; i < 3; i++) await vault.openWithPin(OTHER);
    await reload();
    expect(vault.triesLeft.value).toBe(7);
    expect(await vault.openWithPin(PIN)).toMatchObject({ why: 'wait' });
  });

  it('do not lock for as long as a clock was ahead', async () => {
    vi.setSystemTime(START + 400 * 86_400_000);
    for (let i = 0; i < 3; i++) await vault.openWithPin(OTHER);
    vi.setSystemTime(START);
    expect(await vault.openWithPin(PIN)).toMatchObject({ why: 'wait', wait_ms: 30_000 });
    vi.setSystemTime(START + 30_000);
    expect(await vault.openWithPin(PIN)).toEqual({ opened: true });
  });

  it('delete everything at the tenth', async () => {
    let at = START;
    for (let i = 1; i <= 9; i++) {
      expect(await vault.openWithPin(OTHER)).toMatchObject({ why: 'wrong', tries_left: 10 - i });
      at += 3_600_000;
      vi.setSystemTime(at);
    }
    expect(await vault.openWithPin(OTHER)).toEqual({ opened: false, why: 'wiped' });
    expect(vault.vaultState.value).toBe('none');
    const raw = await below();
    expect([await raw.count('sealed'), await raw.count('vault')]).toEqual([0, 0]);
    raw.close();
  });
});

describe('a passkey', () => {
  it('opens with its secret, and with no other', async () => {
    expect(await vault.createVault({ passkey: prf(7) })).toEqual({ done: true });
    await db.keep('answers', 'me', 'mine', 1);
    await reload();
    expect(vault.vaultWays.value).toMatchObject({ pin: false, passkeys: [Uint8Array.of(1, 2, 3)] });
    expect(await vault.openWithPasskey(prf(8))).toMatchObject({ opened: false });
    expect(await vault.openWithPasskey(prf(7, 9))).toMatchObject({ opened: false });
    expect(await vault.openWithPin(PIN)).toEqual({ opened: false, why: 'impossible' });
    expect(await vault.openWithPasskey(prf(7))).toEqual({ opened: true });
    expect((await db.recall('answers', 'me'))?.value).toBe('mine');
  });

  it('is added to a PIN and a PIN to it, each proved by the other', async () => {
    await vault.createVault({ pin: PIN });
    await db.keep('answers', 'me', 'mine', 1);
    expect(await vault.addPasskey(prf(7), { pin: OTHER })).toMatchObject({
      done: false,
      why: { why: 'wrong' },
    });
    expect(await vault.addPasskey(prf(7), { pin: PIN })).toEqual({ done: true });
    await reload();
    expect(await vault.openWithPasskey(prf(7))).toEqual({ opened: true });
    expect(await vault.setPin(OTHER, { passkey: prf(8) })).toMatchObject({ done: false });
    expect(await vault.setPin(OTHER, { passkey: prf(7) })).toEqual({ done: true });
    await reload();
    expect(await vault.openWithPin(PIN)).toMatchObject({ opened: false, why: 'wrong' });
    expect(await vault.openWithPin(OTHER)).toEqual({ opened: true });
    expect((await db.recall('answers', 'me'))?.value).toBe('mine');
  });

  it('or the PIN can be taken away, but not the last way in', async () => {
    await vault.createVault({ pin: PIN });
    expect(await vault.removeWay('pin', { pin: PIN })).toMatchObject({ done: false, why: 'full' });
    await vault.addPasskey(prf(7), { pin: PIN });
    expect(await vault.removeWay('pin', { pin: PIN })).toEqual({ done: true });
    expect(vault.vaultWays.value.pin).toBe(false);
    expect(await vault.openWithPasskey(prf(7))).toEqual({ opened: true });
  });
});

describe('a PIN or password', () => {
  it.each([
    ['12345', 'short'],
    ['000000', 'simple'],
    ['123456', 'simple'],
    ['987654', 'simple'],
    ['121212', 'simple'],
    ['123123', 'simple'],
    ['abc1234', 'short'],
    ['abcabcabc', 'simple'],
    ['9'.repeat(129), 'long'],
    [PIN, null],
    ['19560813', null],
    ['三张车票 2026', null],
  ])('%s: %s', (secret, fault) => {
    expect(ways.pinFault(secret)).toBe(fault);
  });

  it('that is not good makes no vault', async () => {
    expect(await vault.createVault({ pin: '111111' })).toEqual({ done: false, why: 'simple' });
    expect(vault.vaultState.value).toBe('none');
  });
});

describe('Argon2id', () => {
  it('is the one of RFC 9106, as an independent implementation computes it', async () => {
    const { argon2id } = await import('@noble/hashes/argon2.js');
    const { runArgon } = await vi.importActual<typeof Argon>('@/storage/argon');
    const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
    const made = await runArgon({ secret: PIN, salt, cost: { memory_kib: 256, passes: 3 } });
    expect([...made]).toEqual([...argon2id(PIN, salt, { m: 256, t: 3, p: 1, dkLen: 32 })]);
  });
});

describe('what versions before kept in the open', () => {
  it('is deleted, and the public shelf stays', async () => {
    globalThis.indexedDB = new IDBFactory();
    const old = await openDB('luzheng', 2, {
      upgrade(raw) {
        for (const store of ['answers', 'verifier', 'device']) raw.createObjectStore(store);
      },
    });
    await old.put('answers', { value: { name: SECRET_WORDS[0] }, saved_at: 1 }, 'me');
    await old.put('device', { value: SECRET_WORDS[2], saved_at: 1 }, 'licence');
    await old.put('verifier', { value: 'trust', saved_at: 1 }, 'trust/list');
    old.close();
    await reload();
    expect((await db.recall('verifier', 'trust/list'))?.value).toBe('trust');
    const raw = await below();
    expect([...raw.objectStoreNames]).toEqual(['sealed', 'vault', 'verifier']);
    raw.close();
    expect(await everything()).not.toContain(SECRET_WORDS[0]);
    expect(vault.vaultState.value).toBe('none');
  });
});
