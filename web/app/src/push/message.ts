/** What a push carries, and where a tap on it leads. */

/** Longest push that is read, in characters; push services carry 4 KB. */
const MAX_PUSH = 8_192;
const MAX_TEXT = 400;

/** A notification as it is shown. */
export interface PushMessage {
  title: string;
  body: string;
  /** One notification a notice: a repeated push replaces the first. */
  tag: string;
  /** A path of this app. */
  path: string;
}

/** Reads a push in the person's language; null when there is nothing to show. */
export function readPush(text: string, english: boolean, origin: string): PushMessage | null {
  if (text.length > MAX_PUSH) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof data !== 'object' || data === null) return null;
  const { id, title, body, url, code } = data as Record<string, unknown>;
  const words = wordsOf(title, english);
  if (words === '') return null;
  return {
    title: words,
    body: withCode(wordsOf(body, english), code, english),
    tag: typeof id === 'string' ? id.slice(0, MAX_TEXT) : 'luzheng',
    path: screenOf(id, pathOf(url, origin)),
  };
}

/** A push about a notice opens that notice. */
function screenOf(id: unknown, path: string): string {
  return path === '/notices' && typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? `/notices/${id}` : path;
}

/** Longest notice code that is shown. */
const MAX_CODE = 40;

/** The code by which anybody can check the notice stands below what it says. */
function withCode(body: string, code: unknown, english: boolean): string {
  if (typeof code !== 'string' || code === '' || code.length > MAX_CODE) return body;
  return `${body}\n${english ? 'Notice code' : '通知编号'} ${code}`.trim();
}

function wordsOf(value: unknown, english: boolean): string {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  if (typeof value !== 'object' || value === null) return '';
  const { zh, en } = value as Record<string, unknown>;
  return wordsOf(english && typeof en === 'string' ? en : typeof zh === 'string' ? zh : '', english);
}

/** A path of this app; whatever else stands there leads to the inbox (or nowhere): a tap never leads away. */
export function pathOf(url: unknown, origin: string): string;
export function pathOf(url: unknown, origin: string, otherwise: null): string | null;
export function pathOf(url: unknown, origin: string, otherwise: string | null = '/notices'): string | null {
  if (typeof url !== 'string') return otherwise;
  try {
    const target = new URL(url, origin);
    return target.origin === origin ? target.pathname : otherwise;
  } catch {
    return otherwise;
  }
}
