import { computed, reactive } from 'vue';
import * as api from './api';
import { CallFailed } from './api';
import type { PaperOrder, PaperState, PaperStep, StepBody } from './types';

/** The states in the order of the work; the keys 1 to 8 choose them. */
export const STATES: readonly PaperState[] = [
  'ordered',
  'produced',
  'dispatched',
  'ready',
  'delivered',
  'collected',
  'returned',
  'cancelled',
];

/** What a key means at the papers. Everything can be done with these alone. */
export type PaperCommand =
  | { do: 'move'; by: 1 | -1 }
  | { do: 'tab'; state: PaperState }
  | { do: 'step'; step: PaperStep }
  | { do: 'sheet' }
  | { do: 'undo' }
  | { do: 'help' }
  | { do: 'close' };

export const STEP_KEYS: Readonly<Record<PaperStep, string>> = {
  produced: 'P',
  dispatched: 'D',
  ready: 'R',
  delivered: 'V',
  collected: 'C',
  returned: 'X',
};

const KEYS: Readonly<Record<string, PaperCommand>> = {
  j: { do: 'move', by: 1 },
  k: { do: 'move', by: -1 },
  ArrowDown: { do: 'move', by: 1 },
  ArrowUp: { do: 'move', by: -1 },
  s: { do: 'sheet' },
  u: { do: 'undo' },
  '?': { do: 'help' },
  Escape: { do: 'close' },
  ...Object.fromEntries(
    Object.entries(STEP_KEYS).map(([step, key]) => [
      key.toLowerCase(),
      { do: 'step', step: step as PaperStep },
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

/** The command of a key; none with a modifier, none while something is written but Escape, and no step by a key held down. */
export function paperCommandOf(pressed: Pressed): PaperCommand | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  if (pressed.typing) return pressed.key === 'Escape' ? { do: 'close' } : null;
  const state = /^[1-8]$/.test(pressed.key) ? STATES[Number(pressed.key) - 1] : undefined;
  const command: PaperCommand | null = state
    ? { do: 'tab', state }
    : (KEYS[pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key] ?? null);
  return command && pressed.repeat && command.do !== 'move' ? null : command;
}

interface Papers {
  state: PaperState;
  items: PaperOrder[];
  counts: Record<string, number>;
  next: string | null;
  /** The order in hand. */
  chosen: string | null;
  busy: boolean;
  loaded: boolean;
  /** The last step, for as long as it can be taken back. */
  last: PaperOrder | null;
  trouble: { kind: 'lost' | 'gone' | 'problem'; detail: string } | null;
}

/** The API that the queue calls; tests give another. */
export type PaperCalls = Pick<typeof api, 'getPapers' | 'stepPaper' | 'undoPaper'>;

/** The papers' queue as a value that the screen shows. */
export function openPapers(calls: PaperCalls = api) {
  const papers = reactive<Papers>({
    state: 'ordered',
    items: [],
    counts: {},
    next: null,
    chosen: null,
    busy: false,
    loaded: false,
    last: null,
    trouble: null,
  });
  let turn = 0;

  function failed(error: unknown): void {
    const failure = error instanceof CallFailed ? error : new CallFailed(-1, null, String(error));
    if (failure.status === 0 || failure.status >= 502) papers.trouble = { kind: 'lost', detail: '' };
    else if (failure.status === 404 || failure.status === 422)
      papers.trouble = { kind: 'gone', detail: failure.message };
    else papers.trouble = { kind: 'problem', detail: failure.message };
  }

  /** Looks at the list of the present state from its beginning. */
  async function look(): Promise<void> {
    const mine = ++turn;
    try {
      const page = await calls.getPapers(papers.state, null);
      if (mine !== turn) return;
      Object.assign(papers, { items: page.items, counts: page.counts, next: page.next, loaded: true });
      if (!page.items.some(({ id }) => id === papers.chosen)) papers.chosen = page.items[0]?.id ?? null;
      if (papers.trouble?.kind === 'lost') papers.trouble = null;
    } catch (error) {
      if (mine === turn) failed(error);
    }
  }

  async function more(): Promise<void> {
    if (papers.next === null || papers.busy) return;
    const mine = ++turn;
    try {
      const page = await calls.getPapers(papers.state, papers.next);
      if (mine !== turn) return;
      Object.assign(papers, {
        items: [...papers.items, ...page.items],
        counts: page.counts,
        next: page.next,
      });
    } catch (error) {
      failed(error);
    }
  }

  async function tab(state: PaperState): Promise<void> {
    Object.assign(papers, { state, items: [], next: null, chosen: null, loaded: false, trouble: null });
    await look();
  }

  /** The order that will be in hand when this one has left the list. */
  function neighbour(id: string): string | null {
    const at = papers.items.findIndex((one) => one.id === id);
    return (papers.items[at + 1] ?? papers.items[at - 1])?.id ?? null;
  }

  async function change(id: string, call: () => Promise<PaperOrder>, undone: boolean): Promise<boolean> {
    if (papers.busy) return false;
    papers.busy = true;
    papers.trouble = null;
    let done = false;
    let lost = false;
    try {
      const order = await call();
      papers.last = undone ? null : order;
      papers.chosen = undone ? id : neighbour(id);
      // what was taken back is in hand again, where it is
      if (undone) Object.assign(papers, { state: order.state, items: [], loaded: false });
      done = true;
    } catch (error) {
      failed(error);
      lost = error instanceof CallFailed && (error.status === 0 || error.status >= 502);
      if (undone && !lost) papers.last = null;
    } finally {
      papers.busy = false;
    }
    // a look that succeeds would hide that the step did not
    if (!lost) await look();
    return done;
  }

  return {
    papers: papers as Readonly<Papers>,
    chosen: computed(() => papers.items.find(({ id }) => id === papers.chosen) ?? null),
    look,
    more,
    tab,
    choose: (id: string): void => {
      papers.chosen = id;
    },
    move(by: 1 | -1): void {
      const at = papers.items.findIndex(({ id }) => id === papers.chosen);
      papers.chosen = (papers.items[at + by] ?? papers.items[at])?.id ?? null;
    },
    step: (order: PaperOrder, step: PaperStep, body: StepBody = {}): Promise<boolean> =>
      change(order.id, () => calls.stepPaper(order.id, step, body), false),
    undo: async (): Promise<void> => {
      const { last } = papers;
      if (last) await change(last.id, () => calls.undoPaper(last.id), true);
    },
    /** The last step can no longer be taken back. */
    forgetLast: (): void => {
      papers.last = null;
    },
  };
}
