/** Characters of a notice code, without the hyphens between its groups. */
const LENGTH = { least: 12, most: 16 } as const;
/** Nobody types more than this; a link with a code is shorter too. */
const MAX_TEXT = 300;
/** Crockford's alphabet: no I, L, O or U. */
const CODE = new RegExp(`^[0-9A-HJKMNP-TV-Z]{${LENGTH.least},${LENGTH.most}}$`);

/**
 * The notice code in what somebody typed, pasted or scanned: in groups or not, upper or lower case, full width, with
 * the letters that look like digits, or as the link that stands in a message. Null when there is none.
 */
export function noticeCodeOf(text: string): string | null {
  if (text.length > MAX_TEXT) return null;
  const typed = text.includes('#') ? text.slice(text.indexOf('#') + 1) : text;
  const plain = safeDecode(typed)
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-‐-―−－_.·]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  return CODE.test(plain) ? (plain.match(/.{1,4}/g) ?? []).join('-') : null;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Pages of ours that a scanned link may lead to: what stands behind `#` is theirs to read. */
const PAGES = ['/notice', '/proof', '/file', '/A'] as const;

/** Where in this app a scanned link of this server leads; null for everything else, codes of credentials among it. */
export function ownPageOf(text: string, hosts: readonly string[]): string | null {
  let link: URL;
  try {
    link = new URL(text);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(link.protocol) || !hosts.includes(link.host)) return null;
  const page = PAGES.find((path) => path === link.pathname);
  return page && link.hash.length > 1 ? `${page}${link.hash}` : null;
}
