/** Forwarding a mark: its picture where files can be shared, words with a link otherwise. */

/** What the browser can do; tests put their own in. */
export type Sharer = Partial<Pick<Navigator, 'share' | 'canShare'>>;

/** What came of it: `closed` when the person changed their mind. */
export type Shared = 'shared' | 'closed' | 'copied' | 'show';

/** What goes along. */
export interface Parcel {
  file: File;
  title: string;
  text: string;
  /** The page that checks the code. */
  link: string;
}

/** Whether pictures can be forwarded here. */
export function sharesFiles(sharer: Sharer): boolean {
  try {
    return sharer.canShare?.({ files: [new File(['x'], 'x.png', { type: 'image/png' })] }) ?? false;
  } catch {
    return false;
  }
}

/** Forwards: picture and words, or words, or the link on the clipboard, or (`show`) the link to be copied by hand. */
export async function forward(
  sharer: Sharer,
  parcel: Parcel,
  copy: (text: string) => Promise<boolean>,
): Promise<Shared> {
  const { file, title, text, link } = parcel;
  const offers: ShareData[] = [];
  if (sharesFiles(sharer)) offers.push({ files: [file], title, text });
  if (sharer.share) offers.push({ title, text });
  for (const offer of offers) {
    try {
      await sharer.share?.(offer);
      return 'shared';
    } catch (reason) {
      if (reason instanceof DOMException && reason.name === 'AbortError') return 'closed';
      // not allowed, or not this kind of file: the next way
    }
  }
  return (await copy(`${text}\n${link}`)) ? 'copied' : 'show';
}

/** The address that checks a code: this server's own where it is the one that the code names. */
export function checkingLink(code: string, origin: string): string {
  const [address = '', digits = ''] = code.split('#');
  try {
    return new URL(address).host === new URL(origin).host ? `${origin}/V#${digits}` : code;
  } catch {
    return code;
  }
}
