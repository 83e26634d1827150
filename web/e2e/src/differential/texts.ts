/** Mutations of the text of a code: characters, forms, hosts, and digit groups at and over their ranges. */
import * as issuer from '../../../verify/test/issuer.ts';
import type { Random } from '../../../verify/test/random.ts';

const GROUP = 17;
/** The largest number that seven bytes spell, and the next. */
const LARGEST = (1n << 56n) - 1n;

const PIECES = [
  ...['0', '9', '#', '/', 'V', 'v', '?d=', '?D=', 'LZ1:', 'lz1:', ' ', '\n', '\t', '\v', '\f', '\r'],
  ...['\u0000', '\u0085', '\u00a0', '\u2003', '\u2028', '\ufeff', '\u3000', '苏', '𬭎', '٣', '０', 'ſ', 'K'],
  ...[':', '%', '%23', '@', '[::1]', '..', 'https://', 'HTTP://', 'a', 'Z', '-', '+', '$', '*', '.'],
];
const HOSTS = [
  ...['other.example', 'LUZHENG.EXAMPLE', 'luzheng.example:443', 'luzheng.example.', '[::1]:8080', '1.2.3.4'],
  ...['', 'user@luzheng.example', 'xn--fiq.example', '路证.example', 'luzheng_example', 'a/b', '-', ':'],
];

/** One to three changes of a text. */
export function mutateText(random: Random, text: string): string {
  let characters = [...text];
  for (let change = random.below(3); change >= 0; change--) characters = [...changeText(random, characters)];
  return characters.join('');
}

function changeText(random: Random, text: readonly string[]): readonly string[] {
  // most of what is interesting stands at the beginning
  const at = random.below(random.below(2) ? 40 : text.length + 1);
  const piece = PIECES[random.below(PIECES.length)] ?? '';
  switch (random.below(10)) {
    case 0:
      return [...text.slice(0, at), ...text.slice(at + 1 + random.below(3))];
    case 1:
      return [...text.slice(0, at), piece, ...text.slice(at)];
    case 2:
      return [...text.slice(0, at), piece, ...text.slice(at + 1)];
    case 3:
      return [piece, ...text, PIECES[random.below(PIECES.length)] ?? ''];
    case 4:
      return [...(random.below(2) ? text.join('').toLowerCase() : text.join('').toUpperCase())];
    case 5:
      return [
        ...text.join('').replace(/^(https:\/\/)[^/]*/i, `$1${HOSTS[random.below(HOSTS.length)] ?? ''}`),
      ];
    case 6:
      return [...text.join('').replace('/V#', random.below(2) ? '/V?d=' : '/v#')];
    case 7:
      return [...text, ...text.slice(at)];
    case 8:
      return text.slice(0, at);
    default:
      return lengthened(random, text);
  }
}

// to the ceilings and beyond: 4,296 characters, 1,024 bytes
function lengthened(random: Random, text: readonly string[]): readonly string[] {
  const fill = ['0', ' ', '苏', 'A', '𬭎'][random.below(5)] ?? '0';
  const lengths = [2487, 2488, 2490, 1536, 1537, 1540, 4295, 4296, 4297, 5000].map(
    (length) => length + random.below(3),
  );
  const wanted = lengths[random.below(lengths.length)] ?? 4297;
  return [...text, ...Array.from({ length: Math.max(0, wanted - text.length) }, () => fill)];
}

/** Changes the digits after `#`: whole groups at and over their range, and tails of every length. */
export function mutateDigits(random: Random, primary: string): string {
  const [head = '', digits = ''] = primary.split('#');
  const groups = digits.match(/\d{1,17}/g) ?? [];
  const at = random.below(groups.length);
  switch (random.below(7)) {
    case 0:
      groups[at] = (LARGEST + BigInt(random.below(3)) - 1n).toString().padStart(GROUP, '0');
      break;
    case 1:
      groups[at] = '9'.repeat(groups[at]?.length ?? 0);
      break;
    case 2:
      groups[at] = random.below(2) ? '' : `0${groups[at] ?? ''}`;
      break;
    case 3:
      groups.splice(at, groups.length, tail(random));
      break;
    case 4:
      groups[groups.length - 1] = tail(random);
      break;
    case 5:
      groups[at] = String(BigInt(groups[at] ?? 0) ^ (1n << BigInt(random.below(56)))).padStart(
        groups[at]?.length ?? 0,
        '0',
      );
      break;
    default:
      return `${head}${random.below(2) ? '#' : '?d='}${random.below(4) ? digits.slice(0, random.below(digits.length)) : issuer.HOST}`;
  }
  return `${head}#${groups.join('')}`;
}

function tail(random: Random): string {
  const length = random.below(GROUP);
  const bits = [0, 0, 0, 8, 0, 16, 0, 0, 24, 0, 32, 0, 0, 40, 0, 48, 0][length] ?? 0;
  const edge = (1n << BigInt(bits)) - 1n + BigInt(random.below(2));
  return bits > 0 && random.below(2) ? edge.toString().padStart(length, '0') : '9'.repeat(length);
}
