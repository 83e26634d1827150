/** A plate that goes from a scan to its look-up: in memory, never in an address. */
let asked: { plate: string; type: string } | null = null;

export function askNext(plate: string, type: string): void {
  asked = { plate, type };
}
/** Takes it, once. */
export function takeAsked(): { plate: string; type: string } | null {
  const it = asked;
  asked = null;
  return it;
}
export function forgetAsked(): void {
  asked = null;
}
