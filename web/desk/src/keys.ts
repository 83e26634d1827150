/** What a key means at the desk. Everything can be done with these alone. */
export type Command =
  | { do: 'next' }
  | { do: 'approve' }
  | { do: 'reject'; key: string }
  | { do: 'choose' }
  | { do: 'undo' }
  | { do: 'release' }
  | { do: 'zoom' }
  | { do: 'guides' }
  | { do: 'help' }
  | { do: 'close' };

const LETTERS: Readonly<Record<string, Command>> = {
  n: { do: 'next' },
  a: { do: 'approve' },
  r: { do: 'choose' },
  u: { do: 'undo' },
  s: { do: 'release' },
  z: { do: 'zoom' },
  g: { do: 'guides' },
  '?': { do: 'help' },
  Escape: { do: 'close' },
};

/** The parts of a keyboard event that matter here. */
export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  /** Whether the focus is where letters are text. */
  readonly typing: boolean;
}

/**
 * The command of a key. None while a note is written (but Escape leaves it), with a modifier (the browser's own), or
 * when a key is held down: a photo must never be decided by a key that was pressed for the one before.
 */
export function commandOf(pressed: Pressed): Command | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.repeat) return null;
  if (pressed.typing) return pressed.key === 'Escape' ? { do: 'close' } : null;
  if (/^[1-9]$/.test(pressed.key)) return { do: 'reject', key: pressed.key };
  return LETTERS[pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key] ?? null;
}
