import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VERDICT_OF_REASON, type Reason, type Report } from '@luzheng/verify';
import { advice as rows } from 'virtual:roadside';
import type * as Client from '@/api/client';
import type * as Chunks from '@/officer/chunks';
import type { choosePurpose } from '@/officer/purpose';
import type * as Queue from '@/officer/queue';
import type * as Argon from '@/storage/argon';
import type * as Vault from '@/storage/vault';
import { adviceOn, adviseBy, type Circumstances } from '@/officer/advise';
import { ageTone, STALE_AFTER_MS, USELESS_AFTER_MS } from '@/officer/age';
import { proceduresFor } from '@/officer/fit';
import {
  circumstancesOf,
  glanceOfCode,
  glanceOfLookUp,
  glanceOfPlate,
  WORDS,
  type PlateEntry,
} from '@/officer/glance';
import { plateShown, samePlate, typedPlate, wholePlate } from '@/officer/plate';
import { MAX_TYPED, ScannerKeys } from '@/officer/scanner-keys';
import { provinceOf } from '@/officer/shards';
import { bytesText } from '@/officer/sizes';
import { PROCEDURES, type LookedUp, type OfficerVehicle } from '@/officer/types';
import { unwrap } from '../../verify/src/reader-key';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';
import { CLEAR_AFTER_MS, useClearing } from '@/officer/clearing';
import en from '@/i18n/en';
import { effectScope } from 'vue';

const DAY = '2026-11-22';

describe('the two words', () => {
  const report = (
    reason: Reason | null,
    kind: 'inspection_mark' | 'driving_licence' = 'inspection_mark',
  ): Report => ({
    verdict: reason === null ? 'valid' : VERDICT_OF_REASON[reason],
    reason,
    checks: [],
    credential: {
      kind,
      mode: 'static',
      subject: '苏B12345',
      class: '02',
      valid_until: '2027-05',
      authority: '320200',
    },
    hints: [],
    status: null,
    checked_at: '2026-11-22T00:00:00Z',
  });
  const TONES = {
    valid: 'ok',
    attention: 'warn',
    not_valid: 'bad',
    unreadable: 'idle',
    cannot_tell: 'idle',
  } as const;
  const reasons = Object.keys(VERDICT_OF_REASON) as Reason[];

  it('have the colour of the verdict, whatever the reason', () => {
    for (const reason of [null, ...reasons]) {
      for (const kind of ['inspection_mark', 'driving_licence'] as const) {
        const it = report(reason, kind);
        expect(glanceOfCode(it, null).tone, `${reason} ${kind}`).toBe(TONES[it.verdict]);
      }
    }
  });

  it('are never better than the verdict, whatever the register has', () => {
    const order = ['ok', 'warn', 'idle', 'bad'];
    for (const reason of [null, ...reasons]) {
      for (const state of [
        'in_order',
        'not_shown_no_offence',
        'overdue',
        'withdrawn',
        'stolen',
        'cannot_tell',
      ] as const) {
        const alone = glanceOfCode(report(reason), null).tone;
        const known = glanceOfCode(report(reason), state).tone;
        expect(order.indexOf(known), `${reason} ${state}`).toBeGreaterThanOrEqual(order.indexOf(alone));
      }
    }
  });

  it('say revoked of nothing that is not', () => {
    for (const reason of reasons) {
      if (reason !== 'revoked') expect(glanceOfCode(report(reason), null).word, reason).not.toBe('withdrawn');
    }
    expect(glanceOfCode(report('suspended'), 'withdrawn').word).toBe('suspended');
    expect(glanceOfCode(report('revoked', 'driving_licence'), null).word).toBe('not_usable');
  });

  it('of a forged code are about the code, also when its plate is stolen', () => {
    expect(glanceOfCode(report('bad_signature'), 'stolen')).toMatchObject({
      tone: 'bad',
      word: 'not_genuine',
    });
    expect(glanceOfCode(report('wrong_subject'), 'in_order')).toMatchObject({
      tone: 'bad',
      word: 'wrong_plate',
    });
    expect(glanceOfCode(report(null), 'stolen')).toMatchObject({ tone: 'bad', word: 'stolen' });
  });

  it('are there in both languages, and short', () => {
    for (const word of WORDS) expect(en.officer.words[word].split(' ').length, word).toBeLessThanOrEqual(2);
  });

  it('of a look-up are the register’s', () => {
    const vehicle = {
      red: false,
      mark: { state: 'current', valid_until: '2027-05' },
    } as unknown as OfficerVehicle;
    const answer = (state: LookedUp['advice']['state'], more: Partial<LookedUp> = {}): LookedUp => ({
      vehicle,
      driver: null,
      vehicles: [],
      as_of: '',
      look_id: '',
      advice: {
        code: '',
        state,
        title: { zh: '', en: '' },
        text: { zh: '', en: '' },
        clause: null,
        steps: [],
      },
      ...more,
    });
    expect(glanceOfLookUp(answer('not_shown_no_offence'))).toMatchObject({ tone: 'ok', word: 'no_offence' });
    expect(glanceOfLookUp(answer('overdue'))).toMatchObject({ tone: 'bad', word: 'overdue' });
    expect(glanceOfLookUp(answer('cannot_tell'))).toMatchObject({ tone: 'idle', word: 'cannot_tell' });
    expect(glanceOfLookUp(answer('cannot_tell', { vehicle: null }))).toMatchObject({
      tone: 'idle',
      word: 'not_found',
    });
    expect(
      glanceOfLookUp(
        answer('withdrawn', {
          vehicle: { ...vehicle, mark: { state: 'suspended', valid_until: '2027-05' } },
        }),
      ).word,
    ).toBe('suspended');
    expect(glanceOfLookUp(answer('in_order', { vehicle: { ...vehicle, red: true } }))).toMatchObject({
      tone: 'warn',
    });
  });
});

describe('what applies', () => {
  const seen = (more: Partial<Circumstances>): Circumstances => ({
    about: 'mark',
    shown: 'nothing',
    letters: null,
    overdue: null,
    mark: null,
    ...more,
  });
  it.each([
    [{ letters: 'C', overdue: true }, 'stolen'],
    [{ letters: 'GQ', overdue: true }, 'overdue'],
    [{ letters: 'A', overdue: false, mark: 'current' }, 'not_shown'],
    [{ letters: 'A', overdue: false, mark: 'suspended' }, 'mark_suspended'],
    [{ shown: 'expired' }, 'code_expired'],
    [{ shown: 'bad_signature', letters: 'A', overdue: false }, 'forged'],
    [{}, 'cannot_tell'],
    [{ about: 'licence', shown: 'valid' }, 'licence_in_order'],
  ] as const)('%o is %s', (circumstances, code) => {
    expect(adviceOn(DAY, seen(circumstances as Partial<Circumstances>)).code).toBe(code);
  });

  it('turns not knowing into nobody’s offence', () => {
    for (const shown of ['nothing', 'status_unavailable', 'clock_wrong', 'truncated'])
      expect(adviceOn(DAY, seen({ shown })).state, shown).toBe('cannot_tell');
  });

  it('is not in force before its clause', () => {
    expect(adviceOn('2019-01-01', seen({ letters: 'A', overdue: false })).code).not.toBe('not_shown');
    expect(adviceOn('2020-06-20', seen({ letters: 'A', overdue: false })).code).toBe('not_shown');
  });

  it('is never taken from rows that could leave a question open', () => {
    const before = adviceOn(DAY, seen({}));
    adviseBy(rows.filter(({ code }) => code !== 'cannot_tell'));
    expect(adviceOn(DAY, seen({}))).toBe(before);
    adviseBy(rows);
  });
});

describe('carried data', () => {
  const HOUR = 3_600_000;
  const entry = (more: Partial<PlateEntry> = {}): PlateEntry => ({
    plate: '苏B12345',
    type: '02',
    validUntil: '2027-05',
    mark: 'current',
    letters: [],
    ...more,
  });
  const at = (it: PlateEntry, age: number, month = '2026-11') =>
    glanceOfPlate(adviceOn(DAY, circumstancesOf(it, month)), age);

  it('are green to a day, amber beyond, grey from a week on', () => {
    expect(
      [0, STALE_AFTER_MS, STALE_AFTER_MS + 1, USELESS_AFTER_MS - 1, USELESS_AFTER_MS].map(ageTone),
    ).toEqual(['ok', 'ok', 'warn', 'warn', 'idle']);
  });

  it('have the last month valid to its end, and the next one not', () => {
    expect(at(entry({ validUntil: '2026-11' }), HOUR)).toMatchObject({ tone: 'ok', word: 'no_offence' });
    expect(at(entry({ validUntil: '2026-10' }), HOUR)).toMatchObject({ tone: 'bad', word: 'overdue' });
  });

  it('of more than a day hold nothing against anybody but a theft', () => {
    const old = 30 * HOUR;
    expect(at(entry({ validUntil: '2020-01' }), old)).toMatchObject({ tone: 'warn', word: 'maybe_overdue' });
    expect(at(entry({ letters: ['E'] }), old)).toMatchObject({ tone: 'warn', word: 'maybe_withdrawn' });
    expect(at(entry(), old)).toMatchObject({ tone: 'warn', word: 'stale' });
    expect(at(entry({ letters: ['C'] }), old)).toMatchObject({ tone: 'bad', word: 'stolen' });
    for (const it of [entry(), entry({ letters: ['C'] }), entry({ validUntil: '2020-01' })])
      expect(at(it, 8 * 24 * HOUR)).toMatchObject({ tone: 'idle', word: 'cannot_tell' });
  });

  it('without the plate say so, and no more', () => {
    expect(glanceOfPlate(null, HOUR)).toMatchObject({ tone: 'idle', word: 'not_found' });
    expect(at(entry({ validUntil: null }), HOUR)).toMatchObject({ tone: 'idle', word: 'cannot_tell' });
  });

  it('are of the province of the plate', () => {
    expect(['苏B12345', '京A12345', '新A12345', 'X12345', ''].map(provinceOf)).toEqual([
      '32',
      '11',
      '65',
      null,
      null,
    ]);
  });
});

describe('procedures', () => {
  it('fit what was met, and that nobody’s phone is taken fits always', () => {
    const all = WORDS.flatMap((word) =>
      [true, false].map((scanned) => proceduresFor({ word, scanned, offline: scanned })),
    );
    for (const codes of all) {
      expect(codes.at(-1)).toBe('never_take_phone');
      expect(new Set(codes).size).toBe(codes.length);
    }
    expect(new Set(all.flat())).toEqual(new Set(PROCEDURES));
    expect(proceduresFor({ word: 'wrong_plate', scanned: true, offline: false })[0]).toBe('suspected_copy');
  });
});

describe('a plate typed with gloves on', () => {
  it('takes what fits, and leaves out what cannot be', () => {
    expect(typedPlate('苏b·1O3i5 ', '02')).toBe('苏B10315');
    expect(typedPlate('B苏B12345', '02')).toBe('苏B12345');
    expect(typedPlate('苏B1234567', '02')).toBe('苏B12345');
  });
  it('gets the character that its kind ends with', () => {
    expect(wholePlate('苏B1234', '16')).toBe('苏B1234学');
    expect(wholePlate('粤Z1234', '26')).toBe('粤Z1234港');
    expect(wholePlate('苏B1234', '02')).toBeNull();
    expect([plateShown('苏B1234', '16'), plateShown('苏', '02')]).toEqual(['苏B·1234学', '苏']);
  });
  it('is the same however it is spelt', () => {
    expect(samePlate('苏B·12345', '苏b12345')).toBe(true);
    expect(samePlate('苏B12345', '苏B12346')).toBe(false);
  });
});

describe('a scanner that types', () => {
  const type = (text: string, keys = new ScannerKeys(), from = 0): string | null => {
    let found: string | null = null;
    [...text].forEach((key, i) => (found = keys.take(key === '\n' ? 'Enter' : key, from + i * 5) ?? found));
    return found;
  };
  it('is heard when it types a code and Enter', () => {
    expect(type('HTTPS://A.CN/V#12345\n')).toBe('HTTPS://A.CN/V#12345');
    expect(type('LZ1:ABC$%\n')).toBe('LZ1:ABC$%');
    expect(type('xxLZ1:ABC\n')).toBe('LZ1:ABC');
  });
  it('is not heard in what a person presses', () => {
    expect(type('hello\n')).toBeNull();
    expect(type('LZ1:\n')).toBeNull();
    const keys = new ScannerKeys();
    type('LZ1:AB', keys);
    expect(keys.busy).toBe(true);
    expect(type('C\n', keys, 5_000)).toBeNull();
  });
  it('ends with a text that is too long', () => {
    expect(type(`LZ1:${'A'.repeat(MAX_TYPED)}\n`)).toBeNull();
  });
});

describe('a reader’s key', () => {
  // the example of docs/officer-keys.md, made with another library
  const D = 'FEmlqATthB4HiJWr3EOLx-XBbtGyyHVki7msX2WPoV0';
  const X = 'lc49HzbCGKBmDokBsy_BkmaHXhl92Jlv6tlf_HB7UTc';
  const Y = 'Xgxe9MTQ9B1vcZh9Siw2JyeGqvEEJ6Jc8r550NysFqs';
  const SEALED =
    'AQTxibjCKSyKpa5L8CzTBXpKTVrxX62EPBT-bG2AM4eIeKLQLL1y-UcKGVXMNpE84A-y5qTCU9Dj7t-yL65OxX-KrNYXY582XYL-FQsVWUJuuC1ILWx8RDEjHlmb6GMktZgLu_2BoK8E7zi9J-rxeHpc';
  const bytes = (text: string): Uint8Array => fromBase64Url(text) ?? new Uint8Array();
  const device = async (): Promise<[CryptoKey, Uint8Array]> => [
    await crypto.subtle.importKey(
      'jwk',
      { kty: 'EC', crv: 'P-256', d: D, x: X, y: Y },
      { name: 'ECDH', namedCurve: 'P-256' },
      false,
      ['deriveBits'],
    ),
    new Uint8Array([4, ...bytes(X), ...bytes(Y)]),
  ];

  it('opens for the device and the number that it was wrapped for', async () => {
    const key = await unwrap({ number: 2, sealed: SEALED }, ...(await device()));
    expect(key && toBase64Url(key)).toBe('0NHCv4-__Ak64D7VM_rLykSffjrVK_iWoNJKMjdVx3w');
  });
  it('opens for no other number, and not when anything was changed', async () => {
    const held = await device();
    expect(await unwrap({ number: 3, sealed: SEALED }, ...held)).toBeNull();
    expect(await unwrap({ number: 2, sealed: SEALED.slice(0, -4) }, ...held)).toBeNull();
    const altered = bytes(SEALED);
    for (const at of [0, 1, 40, 70, altered.length - 1]) {
      const copy = Uint8Array.from(altered);
      copy[at] = (copy[at] ?? 0) ^ 1;
      expect(await unwrap({ number: 2, sealed: toBase64Url(copy) }, ...held), String(at)).toBeNull();
    }
  });
});

describe('sizes', () => {
  it('are read as people say them', () => {
    expect([1, 148_000, 9_100_000, 84_000_000, 10_700_000_000].map((n) => bytesText(n, 'en'))).toEqual([
      '1 KB',
      '148 KB',
      '9.1 MB',
      '84 MB',
      '10.7 GB',
    ]);
  });
});

describe('what the vault keeps in pieces', () => {
  const PIN = '482913';
  let chunks: typeof Chunks;
  let vault: typeof Vault;
  beforeEach(async () => {
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
    chunks = await import('@/officer/chunks');
    await vault.findVault();
  });
  afterEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });
  const big = (): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length: chunks.PIECE * 2 + 77 }, (_, i) => (i * 7) & 255);
  async function kept(bytes: Uint8Array<ArrayBuffer>) {
    const writer = new chunks.SealedWriter('32/1');
    // as it comes from the network: in lengths that fit nothing
    for (let at = 0; at < bytes.length; at += 50_001) await writer.write(bytes.subarray(at, at + 50_001));
    return writer.close();
  }

  it.each(['with a vault', 'without one'])('is read from any place, %s', async (how) => {
    if (how === 'with a vault') await vault.createVault({ pin: PIN });
    const bytes = big();
    const file = await kept(bytes);
    expect(file.size).toBe(bytes.length);
    for (const [from, to] of [
      [0, 10],
      [chunks.PIECE - 5, chunks.PIECE + 5],
      [0, bytes.length],
      [bytes.length - 3, bytes.length + 100],
    ] as const)
      expect(new Uint8Array(await file.slice(from, to).arrayBuffer())).toEqual(bytes.slice(from, to));
  });

  it('is not read while the vault is locked, nor when a piece is missing', async () => {
    await vault.createVault({ pin: PIN });
    const file = await kept(big());
    vault.lock();
    await expect(file.slice(0, 5).arrayBuffer()).rejects.toThrow();
    await vault.openWithPin(PIN);
    const again = new chunks.SealedFile(file.name, file.size);
    expect((await again.slice(0, 5).arrayBuffer()).byteLength).toBe(5);
    await chunks.forgetFile(file.name, file.size);
    await expect(new chunks.SealedFile(file.name, file.size).slice(0, 5).arrayBuffer()).rejects.toThrow();
  });
});

describe('looks made off-line', () => {
  let queue: typeof Queue;
  let choose: typeof choosePurpose;
  let answer: Parameters<typeof Client.answerWith>[0];
  let handed: unknown[][];
  const LOOK = {
    by: 'shard',
    code_digest: null,
    status: null,
    subject: '苏B12345',
    plate_type: '02',
    verdict: 'valid',
    reason: null,
  } as const;
  const ok = (body: unknown): Response =>
    new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' } });

  beforeEach(async () => {
    vi.resetModules();
    const api = await import('@/api/client');
    handed = [];
    api.answerWith(async (request) => answer(request));
    answer = async (request) => {
      const path = new URL(request.url).pathname;
      if (path.endsWith('/enrol'))
        return ok({ device_id: 'd', kind: 'officer', name: { zh: '', en: '' }, number: '1' });
      if (path.endsWith('/challenge')) return ok({ challenge: 'AAEC', expires_at: '' });
      if (path.endsWith('/sign-in')) return ok({ session_id: 's', kind: 'officer', duty: null });
      handed.push(((await request.json()) as { items: unknown[] }).items);
      return ok({ taken: handed.at(-1)?.length, known: 0, refused: [] });
    };
    const session = await import('@/bound/session');
    await session.enrol('K7M2-9QXT-4FDA', 'x', 'officer');
    queue = await import('@/officer/queue');
    choose = (await import('@/officer/purpose')).choosePurpose;
    choose('roadside_check');
  });
  afterEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });

  it('are noted with purpose and time, and handed in once', async () => {
    expect(await queue.noteLook(LOOK)).toBe(true);
    expect(await queue.noteLook({ ...LOOK, subject: '苏B54321' })).toBe(true);
    expect(queue.looksWaiting.value).toBe(2);
    expect(await queue.handIn()).toBe(true);
    expect(queue.looksWaiting.value).toBe(0);
    expect(handed).toHaveLength(1);
    expect(handed[0]?.[0]).toMatchObject({
      ...LOOK,
      purpose: 'roadside_check',
      id: expect.stringMatching(/^[\w-]{22}$/),
    });
  });

  it('without a purpose are not made', async () => {
    choose(null);
    expect(await queue.noteLook(LOOK)).toBe(false);
    expect(queue.looksWaiting.value).toBe(0);
  });

  it('stay, with their ids, while the server does not take them', async () => {
    await queue.noteLook(LOOK);
    const before = answer;
    answer = async () => {
      throw new TypeError('no network');
    };
    expect(await queue.handIn()).toBe(false);
    expect([queue.looksWaiting.value, queue.handInFailed.value]).toEqual([1, true]);
    answer = before;
    expect(await queue.handIn()).toBe(true);
    expect(queue.looksWaiting.value).toBe(0);
  });

  it('are still there after the vault was closed', async () => {
    await queue.noteLook(LOOK);
    queue.closeQueue();
    expect(queue.looksWaiting.value).toBe(0);
    await queue.openQueue();
    expect(queue.looksWaiting.value).toBe(1);
  });
});

describe('a result on the screen', () => {
  const hidden = vi.spyOn(document, 'hidden', 'get');
  beforeEach(() => {
    vi.useFakeTimers();
    hidden.mockReturnValue(false);
  });
  afterEach(() => vi.useRealTimers());
  function watched() {
    const clear = vi.fn();
    const scope = effectScope();
    scope.run(() => useClearing(clear));
    return { clear, scope };
  }

  it('goes when the app goes to the background', () => {
    const { clear, scope } = watched();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(clear).not.toHaveBeenCalled();
    hidden.mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(clear).toHaveBeenCalledOnce();
    scope.stop();
  });

  it('goes when nobody touches it, and stays while somebody does', () => {
    const { clear, scope } = watched();
    vi.advanceTimersByTime(CLEAR_AFTER_MS - 1);
    window.dispatchEvent(new Event('pointerdown'));
    vi.advanceTimersByTime(CLEAR_AFTER_MS - 1);
    expect(clear).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(clear).toHaveBeenCalledOnce();
    scope.stop();
    vi.advanceTimersByTime(CLEAR_AFTER_MS * 2);
    expect(clear).toHaveBeenCalledOnce();
  });
});
