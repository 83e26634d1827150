import { computed, reactive } from 'vue';
import * as api from './api';
import { CallFailed } from './api';
import type { Flag, FlagState, Outcome } from './types';

/** The lists; the keys 1 and 2 choose them. */
export const FLAG_STATES: readonly FlagState[] = ['open', 'settled'];
/** What was found, with its key. */
export const OUTCOME_KEYS: Readonly<Record<Outcome, string>> = { copied: 'C', nothing: 'N', handed_on: 'H' };

/** What a key means at the flags. Everything can be done with these alone. */
export type FlagCommand =
  | { do: 'move'; by: 1 | -1 }
  | { do: 'tab'; state: FlagState }
  | { do: 'settle'; outcome: Outcome }
  | { do: 'undo' }
  | { do: 'help' }
  | { do: 'close' };

const KEYS: Readonly<Record<string, FlagCommand>> = {
  j: { do: 'move', by: 1 },
  k: { do: 'move', by: -1 },
  ArrowDown: { do: 'move', by: 1 },
  ArrowUp: { do: 'move', by: -1 },
  '1': { do: 'tab', state: 'open' },
  '2': { do: 'tab', state: 'settled' },
  u: { do: 'undo' },
  '?': { do: 'help' },
  Escape: { do: 'close' },
  ...Object.fromEntries(
    Object.entries(OUTCOME_KEYS).map(([outcome, key]) => [
      key.toLowerCase(),
      { do: 'settle', outcome: outcome as Outcome },
    ]),
  ),
};

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  /** Whether the focus is where letters are text. */
  readonly typing: boolean;
}

/** The command of a key; none with a modifier, none while something is written but Escape, and no decision by a key held down. */
export function flagCommandOf(pressed: Pressed): FlagCommand | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  if (pressed.typing) return pressed.key === 'Escape' ? { do: 'close' } : null;
  const command = KEYS[pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key] ?? null;
  return command && pressed.repeat && command.do !== 'move' ? null : command;
}

interface Flags {
  state: FlagState;
  items: Flag[];
  open: number;
  next: string | null;
  /** The flag in hand. */
  chosen: string | null;
  busy: boolean;
  loaded: boolean;
  /** The last one that was settled here. */
  last: Flag | null;
  trouble: { kind: 'lost' | 'gone' | 'problem'; detail: string } | null;
}

/** The API that the list calls; tests give another. */
export type FlagCalls = Pick<typeof api, 'getFlags' | 'settleFlag' | 'reopenFlag'>;

/** The flags as a value that the screen shows. */
export function openFlags(calls: FlagCalls = api) {
  const flags = reactive<Flags>({
    state: 'open',
    items: [],
    open: 0,
    next: null,
    chosen: null,
    busy: false,
    loaded: false,
    last: null,
    trouble: null,
  });
  let turn = 0;

  function failed(error: unknown): boolean {
    const failure = error instanceof CallFailed ? error : new CallFailed(-1, null, String(error));
    const lost = failure.status === 0 || failure.status >= 502;
    const gone = failure.status === 404 || failure.status === 409;
    flags.trouble = { kind: lost ? 'lost' : gone ? 'gone' : 'problem', detail: lost ? '' : failure.message };
    return lost;
  }

  /** Looks at the list from its beginning. */
  async function look(): Promise<void> {
    const mine = ++turn;
    try {
      const page = await calls.getFlags(flags.state, null);
      if (mine !== turn) return;
      Object.assign(flags, { items: page.items, open: page.open, next: page.next, loaded: true });
      if (!page.items.some(({ id }) => id === flags.chosen)) flags.chosen = page.items[0]?.id ?? null;
      if (flags.trouble?.kind === 'lost') flags.trouble = null;
    } catch (error) {
      if (mine === turn) failed(error);
    }
  }

  async function more(): Promise<void> {
    if (flags.next === null || flags.busy) return;
    const mine = ++turn;
    try {
      const page = await calls.getFlags(flags.state, flags.next);
      if (mine === turn)
        Object.assign(flags, { items: [...flags.items, ...page.items], open: page.open, next: page.next });
    } catch (error) {
      if (mine === turn) failed(error);
    }
  }

  async function tab(state: FlagState): Promise<void> {
    Object.assign(flags, { state, items: [], next: null, chosen: null, loaded: false, trouble: null });
    await look();
  }

  async function change(call: () => Promise<Flag>): Promise<Flag | null> {
    if (flags.busy) return null;
    Object.assign(flags, { busy: true, trouble: null });
    let made: Flag | null = null;
    let lost = false;
    try {
      made = await call();
    } catch (error) {
      lost = failed(error);
    } finally {
      flags.busy = false;
    }
    // a look that succeeds would hide that the step did not
    if (!lost && made === null) await look();
    return made;
  }

  return {
    flags: flags as Readonly<Flags>,
    chosen: computed(() => flags.items.find(({ id }) => id === flags.chosen) ?? null),
    look,
    more,
    tab,
    choose: (id: string): void => {
      flags.chosen = id;
    },
    move(by: 1 | -1): void {
      const at = flags.items.findIndex(({ id }) => id === flags.chosen);
      flags.chosen = (flags.items[at + by] ?? flags.items[at])?.id ?? null;
    },
    /** Says what was found; the next one is in hand then. Whether it was done. */
    async settle(flag: Flag, outcome: Outcome, note: string): Promise<boolean> {
      const at = flags.items.findIndex(({ id }) => id === flag.id);
      const made = await change(() => calls.settleFlag(flag.id, outcome, note.trim() || null));
      if (!made) return false;
      flags.last = made;
      flags.chosen = (flags.items[at + 1] ?? flags.items[at - 1])?.id ?? null;
      await look();
      return true;
    },
    /** Opens a settled one again and has it in hand. */
    async reopen(flag: Flag | null): Promise<void> {
      const made = flag && (await change(() => calls.reopenFlag(flag.id)));
      if (!made) return;
      flags.last = null;
      await tab('open');
      flags.chosen = made.id;
    },
  };
}
