/** The middle of some figures; of an even number the mean of the middle two; of none nothing. */
export function median(figures: readonly number[]): number | null {
  if (figures.length === 0) return null;
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/** Seconds as people say them: 45 s, 3 min, 2 h 5 min. `zh` and `en` differ in their units. */
export function span(seconds: number, english: boolean): string {
  const [h, min, s] = english ? [' h', ' min', ' s'] : [' 小时', ' 分钟', ' 秒'];
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))}${s}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${min}`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)}${h}` : `${Math.floor(minutes / 60)}${h} ${rest}${min}`;
}
