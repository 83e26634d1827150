import { computed, reactive } from 'vue';
import * as api from './api';
import { CallFailed } from './api';
import { median } from './median';
import type { Queue, Reason, Review } from './types';

/** What the reviewer sees: one photo at a time, and what became of the one before. */
interface Desk {
  queue: Queue | null;
  reasons: Reason[];
  current: Review | null;
  /** When the photo of `current` was on the screen, ms. */
  seenAt: number | null;
  last: { review: Review; reason: Reason | null } | null;
  state: 'idle' | 'claiming' | 'deciding' | 'looking' | 'empty';
  trouble: { kind: 'lost' | 'gone' | 'problem'; detail: string } | null;
  /** Seconds from picture to decision, one for each photo of this session. */
  seconds: number[];
}

/** The API that the desk calls; tests give another. */
export type Calls = Pick<
  typeof api,
  'getQueue' | 'getReasons' | 'claimNext' | 'approve' | 'reject' | 'release' | 'undo'
>;

/** The reviewer's work as a value that the screen shows. */
export function openDesk(calls: Calls = api, now: () => number = () => Date.now()) {
  const desk = reactive<Desk>({
    queue: null,
    reasons: [],
    current: null,
    seenAt: null,
    last: null,
    state: 'idle',
    trouble: null,
    seconds: [],
  });

  function failed(error: unknown): void {
    const failure = error instanceof CallFailed ? error : new CallFailed(-1, null, String(error));
    if (failure.status === 0 || failure.status >= 502) desk.trouble = { kind: 'lost', detail: '' };
    else if (failure.status === 404 || failure.status === 409) {
      desk.trouble = { kind: 'gone', detail: failure.message };
      desk.current = null;
      desk.state = 'idle';
    } else desk.trouble = { kind: 'problem', detail: failure.message };
  }

  /** Looks at the queue; `wake` when time has passed, so that photos that came since may be taken. */
  async function look(wake = true): Promise<void> {
    try {
      desk.queue = await calls.getQueue();
      if (desk.reasons.length === 0) desk.reasons = (await calls.getReasons()).items;
      // a page that was loaded again goes on with what it had in hand
      const open = desk.queue.mine.find((review) => review.decided === null);
      if (desk.current === null && desk.state === 'idle' && open) show(open);
      if (wake && desk.state === 'empty' && desk.queue.waiting > 0) desk.state = 'idle';
      if (desk.trouble?.kind === 'lost') desk.trouble = null;
    } catch (error) {
      failed(error);
    }
  }

  function show(review: Review): void {
    desk.current = review;
    desk.seenAt = null;
    desk.state = 'looking';
  }

  async function next(): Promise<void> {
    if (desk.state === 'claiming' || desk.state === 'deciding' || desk.current) return;
    desk.state = 'claiming';
    desk.trouble = null;
    try {
      const review = await calls.claimNext();
      if (review) show(review);
      else desk.state = 'empty';
    } catch (error) {
      desk.state = 'idle';
      failed(error);
    }
    void look(false);
  }

  async function decide(act: (id: string) => Promise<Review>, reason: Reason | null): Promise<void> {
    const review = desk.current;
    // a photo that has not been on the screen cannot be decided
    if (!review || desk.state !== 'looking' || desk.seenAt === null) return;
    const took = (now() - desk.seenAt) / 1000;
    desk.state = 'deciding';
    desk.trouble = null;
    try {
      const decided = await act(review.id);
      desk.seconds.push(took);
      desk.last = { review: decided, reason };
      desk.current = null;
      desk.state = 'idle';
      await next();
    } catch (error) {
      desk.state = 'looking';
      failed(error);
    }
  }

  return {
    desk: desk as Readonly<Desk>,
    medianSeconds: computed(() => median(desk.seconds)),
    look,
    next,
    /** The picture is on the screen: from now on it can be decided, and the time counts. */
    seen: (): void => {
      desk.seenAt ??= now();
    },
    approve: (): Promise<void> => decide((id) => calls.approve(id), null),
    reject: (reason: Reason, note: string): Promise<void> =>
      decide((id) => calls.reject(id, reason.code, note.trim() === '' ? null : note.trim()), reason),
    /** Puts the photo in hand back for somebody else. */
    async release(): Promise<void> {
      const review = desk.current;
      if (!review || desk.state !== 'looking') return;
      try {
        await calls.release(review.id);
        desk.current = null;
        desk.state = 'idle';
      } catch (error) {
        failed(error);
      }
      void look();
    },
    /** Takes the last decision back while it has not taken effect; the photo in hand is put back first. */
    async undo(): Promise<void> {
      const last = desk.last;
      if (!last) return;
      desk.trouble = null;
      try {
        const review = await calls.undo(last.review.id);
        if (desk.current) await calls.release(desk.current.id);
        desk.last = null;
        desk.seconds.pop();
        show(review);
      } catch (error) {
        desk.last = null;
        failed(error);
      }
      void look();
    },
  };
}
