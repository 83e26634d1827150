/** Reads what a hardware scanner types: a burst of keys that begins as a code does and ends with Enter or Tab. */

/** How every code begins, in capitals. */
const BEGINNINGS = ['HTTPS://', 'LZ1:'];
/** The longest text that can be a code. */
export const MAX_TYPED = 4_296;
/** Keys that follow each other more slowly than this are a person's. */
const PAUSE_MS = 1_000;

/** Collects keys; one for each screen that listens. */
export class ScannerKeys {
  private text = '';
  private last = Number.NEGATIVE_INFINITY;

  /** Takes a key (`KeyboardEvent.key`) at a time (ms); the code when one is complete, otherwise null. */
  take(key: string, at: number): string | null {
    if (at - this.last > PAUSE_MS) this.text = '';
    this.last = at;
    if (key === 'Enter' || key === 'Tab') {
      const text = this.text;
      this.text = '';
      return isWhole(text) ? text : null;
    }
    // Shift and the like
    if ([...key].length !== 1) return null;
    const next = this.text + key;
    // a key that cannot go on begins anew
    this.text = begins(next) ? next : begins(key) ? key : '';
    return null;
  }

  /** Whether a code is being typed, so that its keys must not do anything else. */
  get busy(): boolean {
    return this.text.length > 0;
  }
}

function begins(text: string): boolean {
  if (text.length > MAX_TYPED) return false;
  const head = text.toUpperCase();
  return BEGINNINGS.some((it) => it.startsWith(head) || head.startsWith(it));
}
function isWhole(text: string): boolean {
  const head = text.toUpperCase();
  return BEGINNINGS.some((it) => head.startsWith(it) && head.length > it.length);
}
