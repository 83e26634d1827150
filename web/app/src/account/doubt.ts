/** When the server doubts: "is it still you?" asks and repeats the call, "who are you?" leads to the levels. */
import { readonly, ref, shallowRef } from 'vue';
import { whenDoubted, type Doubt } from '@/api/client';
import type { Level } from '@/api/account';
import type { Me, Problem } from '@/api/types';
import { knowAs } from '@/composables/session';

/** The level that something needs, and where the person was when it turned out. */
export interface Wanting {
  level: Level;
  from: string;
}

const asking = ref<'step' | 'device' | null>(null);
const lacking = shallowRef<Wanting | null>(null);
let answering: ((sure: boolean) => void) | null = null;
let waiting: Promise<boolean> | null = null;

/** Why the person is being asked whether it is still them; null when they are not. */
export const againAsked = readonly(asking);
/** The level that the last refused thing needs. */
export const wanting = readonly(lacking);

/** The person has shown that it is them, and calls that waited are repeated; or they would not. */
export async function answerAgain(me: Me | null): Promise<void> {
  if (me) await knowAs(me);
  asking.value = null;
  waiting = null;
  answering?.(me !== null);
  answering = null;
}

/** Listens to the server's doubts; `toLevels` shows the screen of levels, `here` is where the person is. */
export function hearDoubts(toLevels: () => Promise<unknown>, here: () => string): void {
  whenDoubted(async (doubt: Doubt, problem: Problem) => {
    if (doubt === 'assurance_needed') {
      // several calls of one screen ask for it at once
      if (!here().startsWith('/identity')) {
        lacking.value = { level: levelIn(problem.detail ?? ''), from: here() };
        await toLevels();
      }
      return false;
    }
    waiting ??= new Promise<boolean>((resolve) => {
      answering = resolve;
      asking.value = problem.status === 401 ? 'device' : 'step';
    });
    return waiting;
  });
}

/** Forgets why the levels were shown. */
export function enough(): void {
  lacking.value = null;
}

/** The level that a refusal names; without one, the first that is more than a phone. */
export function levelIn(detail: string): Level {
  return (/\bL[1-4]\b/.exec(detail)?.[0] as Level | undefined) ?? 'L2';
}
