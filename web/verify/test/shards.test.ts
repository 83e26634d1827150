/** Shards beyond the vectors: exact answers, every length, single bits, mutations. */
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../src/bytes.js';
import { openShard } from '../src/officer.js';
import { PackError } from '../src/packs.js';
import { MAX_SHARD } from '../src/shard.js';
import * as issuer from './issuer.js';
import { NOW } from './issuer.js';
import { mutate } from './mutate.js';
import { type ShardPlate, shardFile, word } from './packer.js';
import { seeded } from './random.js';

const question = { now: NOW, heldSeq: 0 };
const trust = await issuer.trustList();

describe('a shard', () => {
  const blocks = [
    [
      { plate: '苏A00001', type: 2 },
      { plate: '苏A00001', type: 7, mark: 3, letters: 1 << 4 },
      { plate: '苏B12345', type: 1, months: 0, mark: 0 },
    ],
    [
      { plate: '苏B12345', type: 2, months: 1 },
      { plate: '苏B12346', type: 2, mark: 2, letters: (1 << 2) | (1 << 6) },
    ],
  ];
  const open = async (file: Bytes) => openShard(file, trust, question);

  test('finds every type of a plate, over two blocks, in any spelling', async () => {
    const shard = await open(await shardFile(blocks));
    expect(await shard.find('苏b·12345')).toEqual([
      { type: '01', validUntil: null, mark: 'none', letters: ['A'] },
      { type: '02', validUntil: '1970-01', mark: 'current', letters: ['A'] },
    ]);
    expect(await shard.find('苏B12346', '02')).toEqual([
      { type: '02', validUntil: '2027-05', mark: 'suspended', letters: ['C', 'G'] },
    ]);
    expect(await shard.find('苏A00001', '02')).toHaveLength(1);
    for (const absent of ['苏A00000', '苏C00000', '', '苏B1234', '浙A00001'])
      expect(await shard.find(absent)).toEqual([]);
    expect(shard.province).toBe(32);
  });

  test.each<[string, readonly ShardPlate[], string]>([
    ['a mark of tomorrow', [{ plate: '苏A1', type: 2, mark: 4 }], 'broken_pack'],
    ['letters beyond Z', [{ plate: '苏A1', type: 2, letters: 1 << 26 }], 'broken_pack'],
    ['the letter A as a bit', [{ plate: '苏A1', type: 2, letters: 1 }], 'broken_pack'],
    [
      'out of order',
      [
        { plate: '苏A1', type: 2 },
        { plate: '苏A0', type: 2 },
      ],
      'broken_pack',
    ],
    [
      'twice',
      [
        { plate: '苏A1', type: 2 },
        { plate: '苏A1', type: 2 },
      ],
      'broken_pack',
    ],
  ])('a block with %s is no answer', async (_, plates, expected) => {
    const shard = await open(await shardFile([plates]));
    expect(await word(shard.find('苏A9'))).toBe(expected);
  });

  test('indices that are not as they must be', async () => {
    const long = 'x'.repeat(33);
    for (const wrong of [
      [[{ plate: long, type: 2 }]],
      [[{ plate: '苏A1', type: 100 }]],
      [blocks[1] ?? [], blocks[0] ?? []],
    ])
      expect(await word(open(await shardFile(wrong)))).toBe('broken_pack');
    expect(await word(open(await shardFile(blocks, { body: { 3: 4 } })))).toBe('broken_pack');
    expect(await word(open(await shardFile(blocks, { body: { 2: 10 } })))).toBe('broken_pack');
    expect(await word(open(await shardFile(blocks, { body: { 6: new Uint8Array(32).fill(1) } })))).toBe(
      'broken_pack',
    );
    expect(await word(open(await shardFile([])))).toBe('opened');
  });

  test('a file has a ceiling, and what cannot be read is broken', async () => {
    const blob = (size: number) => ({
      size,
      slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }),
    });
    expect(await word(openShard(blob(MAX_SHARD + 1), trust, question))).toBe('too_large');
    expect(await word(openShard(blob(100), trust, question))).toBe('broken_pack');
  });

  test('cut anywhere, longer, or with any bit changed', async () => {
    const file = await shardFile(blocks);
    for (let length = 0; length < file.length; length++)
      expect(await word(open(file.slice(0, length)))).toBe('broken_pack');
    const whole = await (await open(file)).find('苏B12345');
    for (let bit = 0; bit < file.length * 8; bit += 3) {
      const altered = file.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if ((await word(open(altered))) !== 'opened') continue;
      const found = await (await open(altered)).find('苏B12345').catch((error: unknown) => {
        if (error instanceof PackError) return null;
        throw error;
      });
      if (found !== null) expect(found, `bit ${bit}`).toEqual(whole);
    }
  });

  test('mutations: never anything but a refusal of our own', async () => {
    const random = seeded(15);
    const file = await shardFile(blocks);
    for (let round = 0; round < 1500; round++) {
      const opened = open(mutate(random, file)).then((shard) => shard.find('苏B12345'));
      await word(opened);
    }
  });
});
