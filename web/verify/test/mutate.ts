import type { Bytes } from '../src/bytes.js';
import type { Random } from './random.js';

/** Changes bytes in one to four places: a byte removed, put in, overwritten, a stretch repeated, a head of CBOR planted. */
export function mutate(random: Random, bytes: Bytes): Bytes {
  const out = [...bytes];
  for (let change = random.below(4); change >= 0; change--) {
    const at = random.below(out.length + 1);
    switch (random.below(5)) {
      case 0:
        out.splice(at, 1);
        break;
      case 1:
        out.splice(at, 0, random.below(256));
        break;
      case 2:
        out.splice(
          at,
          random.below(20),
          ...out.slice(random.below(out.length + 1)).slice(0, random.below(20)),
        );
        break;
      case 3:
        out[at] = [0, 0x18, 0x1b, 0x5f, 0x7f, 0x9f, 0xbf, 0xff, 0xa0, 0xd2][random.below(10)] ?? 0;
        break;
      default:
        out[at] = random.below(256);
    }
  }
  return Uint8Array.from(out);
}
