import type { Points, PointsEntry } from '@/api/licence';
import { daysBetween } from '@/i18n/format';

/** A stretch of the points bar: one entry's points, stacked from 0. */
export interface Block {
  id: string;
  from: number;
  to: number;
  carried: boolean;
}

/** The points of a cycle on a scale, and the cycle's days on a line from 0 to 1. */
export interface PointsPlot {
  blocks: Block[];
  /** The end of the scale: the limit, or more when the sum goes beyond it. */
  top: number;
  /** Marks of the scale. */
  marks: number[];
  /** What is left before the limit; never below 0. */
  left: number;
  /** Where today stands in the cycle, 0 to 1. */
  today: number;
  /** Days until the cycle ends, today not counted; 0 on its last day. */
  daysLeft: number;
  /** Where the decisions of this cycle stand on the line. */
  decisions: { id: string; at: number; points: number }[];
}

/** Whole cycles go by anniversaries; `today` is the Chinese day. */
export function pointsPlot(points: Points, today: string): PointsPlot {
  const counted = points.entries.filter((entry) => entry.counts);
  const sorted = [...counted].sort(byDecision);
  const blocks: Block[] = [];
  let at = 0;
  for (const entry of sorted) {
    blocks.push({ id: entry.id, from: at, to: at + entry.points, carried: entry.carried });
    at += entry.points;
  }
  // reduction lowers the sum without naming an entry: it comes off the top
  if (at > points.sum) shorten(blocks, points.sum);
  // an import may know the sum without its entries
  else if (at < points.sum) blocks.push({ id: 'opening', from: at, to: points.sum, carried: false });
  const top = Math.max(points.limit, points.sum);
  const length = Math.max(1, daysBetween(points.cycle_start, points.cycle_end));
  const place = (day: string): number =>
    Math.min(1, Math.max(0, daysBetween(points.cycle_start, day) / length));
  return {
    blocks,
    top,
    marks: scale(points.limit, top),
    left: Math.max(0, points.limit - points.sum),
    today: place(today),
    daysLeft: Math.max(0, daysBetween(today, points.cycle_end)),
    decisions: sorted
      .filter((entry) => !entry.carried && entry.decided_on !== null)
      .map((entry) => ({ id: entry.id, at: place(entry.decided_on ?? today), points: entry.points })),
  };
}

function byDecision(a: PointsEntry, b: PointsEntry): number {
  if (a.carried !== b.carried) return a.carried ? -1 : 1;
  return (a.decided_on ?? '').localeCompare(b.decided_on ?? '');
}

function shorten(blocks: Block[], sum: number): void {
  for (const block of blocks) block.to = Math.min(block.to, sum);
  while (blocks.length > 0 && (blocks[blocks.length - 1]?.from ?? 0) >= sum) blocks.pop();
}

function scale(limit: number, top: number): number[] {
  const marks = [0, limit / 4, limit / 2, (limit * 3) / 4, limit];
  return top > limit ? [...marks, top] : marks;
}
