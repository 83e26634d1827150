/** Records that this phone keeps: sealed in the vault; in memory, and so only until the page is closed, while there is none. */
import { keep, recall } from '@/storage/db';
import { nowMs } from '@/composables/clock';

const SHELF = 'device';
const NAME = 'accident-records';
/** The oldest goes when there are more. */
const MOST = 20;

/** One of them. */
export interface KeptAccident {
  /** The record's name. */
  id: string;
  /** When it happened, in seconds since 1970. */
  happenedAt: number;
  plates: string[];
  /** Both signed. */
  complete: boolean;
  /** `LZA1:…`. */
  text: string;
}

/** All that are kept, the newest first. */
export async function keptAccidents(): Promise<KeptAccident[]> {
  return (await recall<KeptAccident[]>(SHELF, NAME))?.value ?? [];
}

let turn: Promise<boolean> = Promise.resolve(true);

/** Keeps a record; one that both signed is never replaced by one that only one did. False when it could not be kept. */
export function keepAccident(record: KeptAccident): Promise<boolean> {
  turn = turn.then(async () => {
    const all = await keptAccidents();
    const before = all.find(({ id }) => id === record.id);
    if (before?.complete && !record.complete) return true;
    const rest = all.filter(({ id }) => id !== record.id);
    return keep(SHELF, NAME, [record, ...rest].slice(0, MOST), nowMs());
  });
  return turn;
}

/** Deletes one. */
export function dropAccident(id: string): Promise<boolean> {
  turn = turn.then(async () =>
    keep(
      SHELF,
      NAME,
      (await keptAccidents()).filter((it) => it.id !== id),
      nowMs(),
    ),
  );
  return turn;
}
