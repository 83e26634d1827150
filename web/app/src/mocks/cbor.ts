/** As much deterministic CBOR (RFC 8949 4.2) as the mock's credentials need. */
export type Item = number | string | boolean | Uint8Array | Item[] | Map<number, Item> | Tagged;

export class Tagged {
  constructor(
    readonly tag: number,
    readonly item: Item,
  ) {}
}

function head(major: number, value: number): number[] {
  const first = major << 5;
  if (value < 24) return [first | value];
  if (value < 0x100) return [first | 24, value];
  if (value < 0x10000) return [first | 25, value >> 8, value & 0xff];
  return [first | 26, (value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function bytesOf(item: Item): number[] {
  if (typeof item === 'number') return item >= 0 ? head(0, item) : head(1, -1 - item);
  if (typeof item === 'boolean') return [item ? 0xf5 : 0xf4];
  if (typeof item === 'string') {
    const text = new TextEncoder().encode(item);
    return [...head(3, text.length), ...text];
  }
  if (item instanceof Uint8Array) return [...head(2, item.length), ...item];
  if (item instanceof Tagged) return [...head(6, item.tag), ...bytesOf(item.item)];
  if (Array.isArray(item)) return [...head(4, item.length), ...item.flatMap(bytesOf)];
  const entries = [...item].map(([key, value]) => ({ key: bytesOf(key), value: bytesOf(value) }));
  entries.sort((a, b) => {
    for (let i = 0; i < Math.min(a.key.length, b.key.length); i++) {
      const difference = (a.key[i] ?? 0) - (b.key[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.key.length - b.key.length;
  });
  return [...head(5, entries.length), ...entries.flatMap(({ key, value }) => [...key, ...value])];
}

export function encode(item: Item): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytesOf(item));
}
