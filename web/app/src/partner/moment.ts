/** Moments as people type them: `2026-11-20 08:30`, `2026年11月20日 8:30`, `20261120 0830`. Always the time in China. */
export function momentOf(text: string): string | null {
  const digits = text
    .normalize('NFKC')
    .trim()
    .replace(/^(\d{4})(\d{2})(\d{2})/, '$1-$2-$3')
    .replace(/(\d{2})(\d{2})$/, (all, hour: string, minute: string, at: number, whole: string) =>
      /\d{4}-\d{2}-\d{2}[ T]$/.test(whole.slice(0, at)) ? `${hour}:${minute}` : all,
    );
  const found = /^(\d{4})\D+(\d{1,2})\D+(\d{1,2})(?:\D+(\d{1,2})(?:\D+(\d{1,2}))?)?\D*$/.exec(digits);
  if (!found) return null;
  const [year, month, day, hour, minute] = [1, 2, 3, 4, 5].map((i) => Number(found[i] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${year}-${two(month)}-${two(day)}`;
  // a day that the calendar has, and an hour of it
  const back = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(back.getTime()) || back.toISOString().slice(0, 10) !== date) return null;
  if (hour > 23 || minute > 59) return null;
  return `${date}T${two(hour)}:${two(minute)}:00+08:00`;
}
