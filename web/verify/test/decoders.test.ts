import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeBase45, encodeBase45 } from '../src/base45.js';
import { fromBase64, fromBase64Url, fromHex, fromUtf8, toBase64Url, toHex, utf8 } from '../src/bytes.js';
import { decodeCbor } from '../src/cbor.js';
import { P256, SM2P256, decompress, isOnCurve, isSoundEd25519 } from '../src/curves.js';
import { glimpse } from '../src/glimpse.js';
import { inflateExactly } from '../src/inflate.js';
import { samePlate } from '../src/plates.js';
import { joinSpki, parseSpki } from '../src/spki.js';
import {
  MAX_MESSAGE,
  MAX_TEXT,
  compactText,
  decodeDigits,
  decodeText,
  encodeDigits,
  primaryText,
} from '../src/text.js';
import { endOfDay, endOfMonth, rfc3339, tenYearsAfter } from '../src/time.js';
import {
  DEVICE,
  MARK,
  MARK_ED,
  MARK_SM2,
  type Value,
  devicePoint,
  encode,
  markClaims,
  plain,
} from './issuer.js';
import { seeded } from './random.js';

const hex = (text: string) => fromHex(text) ?? new Uint8Array([1]);

describe('Base45', () => {
  test('agrees with RFC 9285', () => {
    for (const [text, encoded] of [
      ['AB', 'BB8'],
      ['Hello!!', '%69 VD92EX0'],
      ['base-45', 'UJCLQE7W581'],
      ['ietf!', 'QED8WEX0'],
    ] as const) {
      expect(encodeBase45(utf8(text))).toBe(encoded);
      expect(decodeBase45(encoded)).toEqual({ bytes: utf8(text) });
    }
  });

  test('refuses what no bytes are written as', () => {
    expect(decodeBase45('GGW'), '65536').toBeNull();
    expect(decodeBase45('FGW'), '65535').toEqual({ bytes: Uint8Array.of(255, 255) });
    expect(decodeBase45('BB8U5'), 'a tail of 255').toEqual({ bytes: Uint8Array.of(0x41, 0x42, 255) });
    expect(decodeBase45('BB8V5'), 'a tail of 256').toEqual({ cut: utf8('AB') });
    expect(decodeBase45('::'), 'a tail of 2024').toEqual({ cut: new Uint8Array() });
    expect(decodeBase45('BB8V'), 'a lone character').toEqual({ cut: utf8('AB') });
    for (const text of ['bb8', 'BB8,', '苏']) expect(decodeBase45(text), text).toBeNull();
  });
});

describe('the text forms', () => {
  const widths = [0, 3, 5, 8, 10, 13, 15, 17];

  test('digits: one length and one range for each group', () => {
    for (let bytes = 1; bytes <= 7; bytes++) {
      const width = widths[bytes] ?? 0;
      const top = (1n << BigInt(8 * bytes)) - 1n;
      const written = top.toString().padStart(width, '0');
      expect(decodeDigits(written)).toEqual({ bytes: new Uint8Array(bytes).fill(255) });
      expect(encodeDigits(new Uint8Array(bytes).fill(255))).toBe(written);
      const over = decodeDigits((top + 1n).toString().padStart(width, '0'));
      expect(over).toEqual(bytes === 7 ? null : { cut: new Uint8Array() });
    }
    for (let width = 0; width < 17; width++) {
      if (!widths.includes(width)) expect(decodeDigits('0'.repeat(width))).toEqual({ cut: new Uint8Array() });
    }
    expect(encodeDigits(Uint8Array.of(1, 2)), 'little-endian').toBe('00513');
    for (const text of ['00x', '００１', '+00', '00 ']) expect(decodeDigits(text), text).toBeNull();
  });

  test('addresses and the compact form', () => {
    const message = utf8('some bytes');
    const digits = encodeDigits(message);
    for (const head of ['HTTPS://A.EXAMPLE/V#', 'https://a.example/v#', 'hTTps://a.Example/V?d=']) {
      const decoded = decodeText(`\n ${head}${digits}\r\n`);
      expect(decoded.payload, head).toEqual({ message });
      expect(decoded.host?.toLowerCase()).toBe('a.example');
    }
    expect(decodeText(`https://192.168.1.7:8443/V#${digits}`).host).toBe('192.168.1.7:8443');
    expect(decodeText(compactText(message))).toEqual({ host: null, payload: { message } });
    expect(decodeText('LZ1:')).toEqual({ host: null, payload: { message: new Uint8Array() } });
  });

  test('other texts are no codes', () => {
    const others = [
      '',
      ' ',
      'LZ1',
      'lz1:BB8',
      'LZ2:BB8',
      'HTTP://A/V#000',
      'HTTPS://A/W#000',
      'HTTPS:///V#000',
      '苏B12345',
    ];
    const more = [
      'HTTPS://A/V',
      'HTTPS://A/V#00 0',
      'HTTPS://A/V#００１',
      'HTTPS://a@b/V#000',
      'HTTPS://A/V?e=000',
      'HTTPS://A/V#\n000',
    ];
    for (const text of [...others, ...more]) {
      expect(decodeText(text).payload, JSON.stringify(text)).toEqual({ fault: 'not_a_code' });
    }
  });

  test('ceilings', () => {
    expect(decodeText('苏'.repeat(MAX_TEXT + 1)).payload).toEqual({ fault: 'too_large' });
    expect(decodeText('𬭎'.repeat(MAX_TEXT)).payload, 'characters, not units').toEqual({
      fault: 'not_a_code',
    });
    for (const write of [(m: Uint8Array) => primaryText('h', m), compactText]) {
      expect(decodeText(write(new Uint8Array(MAX_MESSAGE))).payload).toEqual({
        message: new Uint8Array(MAX_MESSAGE),
      });
      expect(decodeText(write(new Uint8Array(MAX_MESSAGE + 1))).payload).toEqual({ fault: 'too_large' });
    }
  });

  test('every message comes back from both forms', () => {
    const random = seeded(45);
    for (let round = 0; round < 300; round++) {
      const message = random.bytes(random.below(80));
      expect(decodeText(primaryText('h', message)).payload).toEqual({ message });
      expect(decodeText(compactText(message)).payload).toEqual({ message });
    }
  });

  test('a payload that is accepted is the one that is written', () => {
    const random = seeded(46);
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
    for (let round = 0; round < 2000; round++) {
      const compact = Array.from({ length: random.below(9) }, () => alphabet[random.below(45)]).join('');
      const spelled = decodeBase45(compact);
      if (spelled && 'bytes' in spelled) expect(encodeBase45(spelled.bytes)).toBe(compact);
      const digits = Array.from({ length: random.below(40) }, () => random.below(10)).join('');
      const read = decodeDigits(digits);
      if (read && 'bytes' in read) expect(encodeDigits(read.bytes)).toBe(digits);
    }
  });
});

describe('CBOR', () => {
  test('reads the deterministic examples of RFC 8949 appendix A', () => {
    const examples: readonly [string, unknown][] = [
      ['00', 0],
      ['17', 23],
      ['1818', 24],
      ['1903e8', 1000],
      ['1b000000e8d4a51000', 1_000_000_000_000],
      ['1bffffffffffffffff', 18446744073709551615n],
      ['3bffffffffffffffff', -18446744073709551616n],
      ['20', -1],
      ['3903e7', -1000],
      ['f4', false],
      ['f5', true],
      ['f6', null],
      ['4401020304', Uint8Array.of(1, 2, 3, 4)],
      ['62c3bc', 'ü'],
      ['83010203', [1, 2, 3]],
      [
        'a201020304',
        new Map([
          [1, 2],
          [3, 4],
        ]),
      ],
      ['c11a514b67b0', { tag: 1n, value: 1363896240 }],
    ];
    for (const [bytes, value] of examples) {
      expect(plain(decodeCbor(hex(bytes))), bytes).toEqual(value);
    }
  });

  test.each([
    ['a longer head', '1817'],
    ['a longer head of two bytes', '1900ff'],
    ['a longer head of four bytes', '1a0000ffff'],
    ['a longer head of eight bytes', '1b00000000ffffffff'],
    ['an indefinite array', '9f01ff'],
    ['an indefinite map', 'bf0102ff'],
    ['an indefinite string', '5f4101ff'],
    ['a lone break', 'ff'],
    ['a reserved head', '1c'],
    ['a half float', 'f93c00'],
    ['a double', 'fb3ff199999999999a'],
    ['undefined', 'f7'],
    ['another simple value', 'f0'],
    ['a key twice', 'a201020103'],
    ['keys out of order', 'a203040102'],
    ['text before a number', 'a26161010102'],
    ['bad UTF-8', '61ff'],
    ['a surrogate in UTF-8', '63eda080'],
    ['a trailing byte', '0000'],
    ['nothing', ''],
    ['an early end', '6261'],
    ['an array that promises more than there is', '9bffffffffffffffff'],
    ['a string of 2^64 bytes', '5bffffffffffffffff'],
    ['nesting without end', '81'.repeat(40) + '00'],
  ])('refuses %s', (_, bytes) => {
    expect(decodeCbor(hex(bytes))).toBeUndefined();
  });

  test('whatever is accepted is written again as it was', () => {
    const random = seeded(8949);
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = random.bytes(1 + random.below(6));
      const value = decodeCbor(bytes);
      if (value === undefined || bytes[0] === undefined || bytes[0] >> 5 === 6) continue;
      const written = plain(value);
      if (JSON.stringify(written)?.includes('tag')) continue;
      accepted++;
      expect(toHex(encode(written as Value))).toBe(toHex(bytes));
    }
    expect(accepted).toBeGreaterThan(500);
  });
});

describe('the glimpse at refused claims', () => {
  const all = { kind: 1n, mode: 0n, authority: 320200n, iat: BigInt(markClaims().get(6) as number) };

  test('sees the four values through what the strict reader refuses', () => {
    expect(glimpse(encode(markClaims()))).toEqual(all);
    const strange = [
      hex('9f01ff'),
      hex('bf0102ff'),
      hex('5f4101ff'),
      hex('fb3ff199999999999a'),
      hex('c101'),
      hex('f7'),
      hex('7f6161ff'),
    ];
    for (const value of strange) {
      const body = markClaims().get(-70001) as Map<Value, Value>;
      const entries = [...body].map(([k, v]) => [...encode(k), ...encode(v)]);
      const inner = [0xa0 + body.size + 1, ...encode(0), ...value, ...entries.flat()];
      const bytes = [0xa3, 4, 0, 6, ...encode(all.iat), ...encode(-70001), ...inner];
      expect(glimpse(Uint8Array.from(bytes)), toHex(value)).toEqual(all);
    }
  });

  test('stops at what is no CBOR and keeps what it had', () => {
    expect(glimpse(hex('a306057f'))).toEqual({ iat: 5n });
    expect(glimpse(hex('a2061c'))).toEqual({});
    expect(glimpse(hex('a3060561ff0006')), 'text that is no UTF-8').toEqual({ iat: 5n });
    expect(glimpse(hex('80'))).toEqual({});
    expect(glimpse(hex('bf0605ff')), 'an indefinite map counts as empty').toEqual({});
    expect(glimpse(new Uint8Array())).toEqual({});
    expect(glimpse(hex('a106' + '9f'.repeat(900)))).toEqual({});
    expect(glimpse(hex('a2' + '00ff' + '0605')), 'a lone break counts as an item').toEqual({ iat: 5n });
  });
});

describe('keys', () => {
  test('a SubjectPublicKeyInfo has one spelling', () => {
    for (const { key } of [MARK, MARK_SM2, MARK_ED]) {
      expect(parseSpki(key.spki)?.algorithm).toBe(key.algorithm);
      expect(parseSpki(key.spki.slice(0, -1))).toBeNull();
      expect(parseSpki(Uint8Array.from([...key.spki, 0]))).toBeNull();
      for (let at = 0; at < key.spki.length - 64; at++) {
        const other = key.spki.slice();
        other[at] = (other[at] ?? 0) ^ 1;
        expect(parseSpki(other), `byte ${at}`).toBeNull();
      }
    }
  });

  test('points off the curve and of small order are refused', () => {
    for (const [curve, signer] of [
      [P256, MARK],
      [SM2P256, MARK_SM2],
    ] as const) {
      const point = signer.key.spki.slice(-64);
      expect(isOnCurve(curve, point)).toBe(true);
      point[63] = (point[63] ?? 0) ^ 1;
      expect(isOnCurve(curve, point)).toBe(false);
    }
    expect(isOnCurve(P256, MARK_SM2.key.spki.slice(-64))).toBe(false);
    expect(isSoundEd25519(MARK_ED.key.spki.slice(-32))).toBe(true);
    const small = [
      '0100000000000000000000000000000000000000000000000000000000000000',
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0000000000000000000000000000000000000000000000000000000000000080',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ];
    for (const point of small) expect(isSoundEd25519(hex(point)), point).toBe(false);
    expect(parseSpki(joinSpki('EdDSA', hex(small[0] ?? '')))).toBeNull();
  });

  test('compressed points expand to the point they came from', () => {
    expect(decompress(P256, devicePoint())).toEqual(DEVICE.key.spki.slice(-64));
    const other = devicePoint();
    other[0] = (other[0] ?? 0) ^ 1;
    expect(decompress(P256, other)?.slice(0, 32)).toEqual(DEVICE.key.spki.slice(-64, -32));
    expect(decompress(P256, other)).not.toEqual(DEVICE.key.spki.slice(-64));
    expect(decompress(P256, devicePoint().slice(0, 32))).toBeNull();
    expect(decompress(P256, Uint8Array.of(4, ...devicePoint().slice(1)))).toBeNull();
    expect(decompress(P256, new Uint8Array(33).fill(0xff).fill(2, 0, 1)), 'x not below p').toBeNull();
  });
});

describe('small texts', () => {
  test('base64 has one spelling', () => {
    expect(fromBase64Url('_-8')).toEqual(Uint8Array.of(0xff, 0xef));
    expect(toBase64Url(Uint8Array.of(0xff, 0xef))).toBe('_-8');
    expect(fromBase64('/+8=')).toEqual(Uint8Array.of(0xff, 0xef));
    for (const text of ['_-9', '_-8=', '/+8', 'A', '_- 8', '苏苏苏苏'])
      expect(fromBase64Url(text), text).toBeNull();
    for (const text of ['/+9=', '/+8', '_-8=', '====', 'AA=A', 'A==='])
      expect(fromBase64(text), text).toBeNull();
    expect(fromBase64('')).toEqual(new Uint8Array());
  });

  test('hexadecimal is lower-case and even', () => {
    for (const text of ['0', 'AB', '0g', ' 00']) expect(fromHex(text), text).toBeNull();
    expect(fromHex('00ff')).toEqual(Uint8Array.of(0, 255));
  });

  test('UTF-8 keeps a byte-order mark, which is a character of the text', () => {
    expect(fromUtf8(hex('efbbbf61'))).toBe('\ufeffa');
    expect(fromUtf8(hex('ff'))).toBeNull();
  });

  test('plates: spelling does not matter and characters do', () => {
    for (const typed of [
      '苏B12345',
      '苏b12345',
      '苏B·12345',
      '苏Ｂ１２３４５',
      ' 苏 B-12345\u3000',
      '苏B．12345',
      '苏B•12345',
    ]) {
      expect(samePlate(typed, '苏B12345'), typed).toBe(true);
    }
    for (const other of ['苏B12346', '苏B1234', '苏B123456', '沪B12345', '', 'B12345', '苏В12345']) {
      expect(samePlate(other, '苏B12345'), other).toBe(false);
    }
  });
});

describe('the calendar at +08:00', () => {
  test('ends', () => {
    expect(rfc3339(endOfMonth(202611) ?? 0)).toBe('2026-11-30T16:00:00Z');
    expect(rfc3339(endOfMonth(202612) ?? 0)).toBe('2026-12-31T16:00:00Z');
    expect(rfc3339(endOfDay(20280228) ?? 0)).toBe('2028-02-28T16:00:00Z');
    expect(rfc3339(endOfDay(20280229) ?? 0)).toBe('2028-02-29T16:00:00Z');
    for (const month of [202600, 202613, 189912, 999901, 0, 5])
      expect(endOfMonth(month), String(month)).toBeNull();
    for (const day of [20270229, 20260431, 20261301, 20260100, 99990101, 0])
      expect(endOfDay(day), String(day)).toBeNull();
  });

  test('ten years, also from 29 February, and by the date in China', () => {
    const at = (text: string) => Date.parse(text) / 1000;
    expect(rfc3339(tenYearsAfter(at('2024-02-29T03:00:00Z')) ?? 0)).toBe('2034-02-28T03:00:00Z');
    expect(rfc3339(tenYearsAfter(at('2024-02-28T20:00:00Z')) ?? 0), 'the 29th in China').toBe(
      '2034-02-27T20:00:00Z',
    );
    expect(rfc3339(tenYearsAfter(at('2026-11-21T08:00:07Z')) ?? 0)).toBe('2036-11-21T08:00:07Z');
  });
});

describe('inflating with a ceiling', () => {
  test('exactly so many bytes, or nothing', async () => {
    const data = new Uint8Array(5000).fill(7);
    const packed = new Uint8Array(deflateSync(data));
    expect(await inflateExactly(packed, 5000)).toEqual(data);
    expect(await inflateExactly(packed, 4999), 'one too many').toBeNull();
    expect(await inflateExactly(packed, 5001), 'one too few').toBeNull();
    expect(await inflateExactly(packed.slice(0, -1), 5000), 'cut').toBeNull();
    expect(await inflateExactly(Uint8Array.from([...packed, 0]), 5000), 'a byte after the stream').toBeNull();
    expect(await inflateExactly(new Uint8Array(20), 5000), 'no stream').toBeNull();
    expect(await inflateExactly(new Uint8Array(), 0), 'nothing at all').toBeNull();
    const bomb = new Uint8Array(deflateSync(new Uint8Array(64 << 20)));
    expect(await inflateExactly(bomb, 5000), 'a bomb').toBeNull();
  });
});
