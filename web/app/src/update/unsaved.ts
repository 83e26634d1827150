import { onScopeDispose } from 'vue';

/**
 * What a reload would lose. Two things are counted: fields that somebody has typed into and that are still on the
 * page, which needs nothing of any screen, and holds that screens take for what is not in a field: a photo that was
 * chosen, a code that is being shown.
 */
const holds = new Set<() => boolean>();
const touched = new Set<Field>();
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

let used = false;

/** Kinds of input whose loss nobody would notice. */
const TRIFLES = new Set(['search', 'button', 'submit', 'hidden', 'file']);

function isField(target: EventTarget | null): target is Field {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !TRIFLES.has(target.type))
  );
}

/** Begins to notice typing; once, when the app starts. */
export function watchTyping(root: EventTarget = document): void {
  const note = (event: Event): void => {
    if (isField(event.target)) touched.add(event.target);
  };
  root.addEventListener('input', note);
  root.addEventListener('change', note);
  const use = (): void => {
    used = true;
  };
  for (const act of ['pointerdown', 'keydown']) root.addEventListener(act, use, { once: true });
}

/** Whether anybody has done anything on this page since it was opened. */
export const isUsed = (): boolean => used;

/** Holds reloads back while `busy` says so, for as long as the calling scope lives. */
export function useHold(busy: () => boolean = () => true): void {
  holds.add(busy);
  onScopeDispose(() => holds.delete(busy));
}

/** Whether a reload now would lose something. */
export function hasUnsaved(): boolean {
  for (const field of touched) {
    // a form that was sent or left is gone from the page, and a field that was emptied has nothing to lose
    if (!field.isConnected) touched.delete(field);
    else if (filled(field)) return true;
  }
  return [...holds].some((busy) => busy());
}

function filled(field: Field): boolean {
  if (field instanceof HTMLInputElement && (field.type === 'radio' || field.type === 'checkbox')) {
    // settings are kept the moment they are made; in a form other fields are filled as well
    return false;
  }
  return field.value.trim() !== '';
}
