import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { isMissingPart, remedyFor } from '@/update/chunks';
import { TAKE_OVER } from '@/update/message';
import type * as Unsaved from '@/update/unsaved';
import type * as Worker from '@/update/worker';

/** A service worker as a page sees it. */
class FakeWorker extends EventTarget {
  state: ServiceWorkerState = 'installing';
  readonly heard: unknown[] = [];
  postMessage(message: unknown): void {
    this.heard.push(message);
  }
  become(state: ServiceWorkerState): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}
class FakeRegistration extends EventTarget {
  installing: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  readonly update = vi.fn(async () => undefined);
}

/** A browser with one page. */
function browser(already: { controlled: boolean; waiting?: FakeWorker }) {
  const registration = new FakeRegistration();
  registration.waiting = already.waiting ?? null;
  const container = Object.assign(new EventTarget(), {
    controller: already.controlled ? ({} as ServiceWorker) : null,
  });
  const document = Object.assign(new EventTarget(), { hidden: false });
  const state = { opened: 60_000, unsaved: false, used: true };
  const reload = vi.fn();
  return {
    registration,
    container,
    document,
    state,
    reload,
    surroundings: {
      register: async () => registration as unknown as ServiceWorkerRegistration,
      container,
      document,
      window: new EventTarget(),
      sinceOpened: () => state.opened,
      reload,
      unsaved: () => state.unsaved,
      used: () => state.used,
      whenLoaded: (then) => then(),
    } satisfies Worker.Surroundings,
    /** A new version is found and installed. */
    arrive(): FakeWorker {
      const worker = new FakeWorker();
      registration.installing = worker;
      registration.dispatchEvent(new Event('updatefound'));
      registration.waiting = worker;
      worker.become('installed');
      return worker;
    },
    hide(): void {
      document.hidden = true;
      document.dispatchEvent(new Event('visibilitychange'));
    },
    takeOver(): void {
      container.controller = {} as ServiceWorker;
      container.dispatchEvent(new Event('controllerchange'));
    },
  };
}

let update: typeof Worker;
beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  update = await import('@/update/worker');
});
afterEach(() => vi.useRealTimers());

describe('a new version', () => {
  it('waits until the person says so, and then reloads the page on it', async () => {
    const page = browser({ controlled: true });
    await update.keepUpToDate(page.surroundings);
    const worker = page.arrive();
    expect(update.updateOffered.value).toBe(true);
    expect(worker.heard).toEqual([]);
    update.applyUpdate();
    expect(worker.heard).toEqual([{ type: TAKE_OVER }]);
    expect(page.reload).not.toHaveBeenCalled();
    page.takeOver();
    expect(page.reload).toHaveBeenCalledTimes(1);
  });

  it('that the browser lets take over late leaves the page usable, and never replaces what was typed meanwhile', async () => {
    const page = browser({ controlled: true });
    await update.keepUpToDate(page.surroundings);
    page.arrive();
    update.applyUpdate();
    expect(update.updateRunning.value).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(update.updateRunning.value).toBe(false);
    expect(update.updateOffered.value).toBe(true);
    page.state.unsaved = true;
    page.takeOver();
    expect(page.reload).not.toHaveBeenCalled();
    expect(update.updateOffered.value).toBe(true);
    page.state.unsaved = false;
    page.takeOver();
    expect(page.reload).toHaveBeenCalledTimes(1);
  });

  it('put off is quiet, and comes in the background', async () => {
    const page = browser({ controlled: true });
    await update.keepUpToDate(page.surroundings);
    const worker = page.arrive();
    update.putUpdateOff();
    expect(update.updateOffered.value).toBe(false);
    expect(update.updateReady.value).toBe(true);
    page.hide();
    expect(worker.heard).toEqual([{ type: TAKE_OVER }]);
  });

  it('does not come in the background while something is unsaved', async () => {
    const page = browser({ controlled: true });
    await update.keepUpToDate(page.surroundings);
    const worker = page.arrive();
    page.state.unsaved = true;
    page.hide();
    expect(worker.heard).toEqual([]);
    page.state.unsaved = false;
    page.hide();
    expect(worker.heard).toEqual([{ type: TAKE_OVER }]);
  });

  it.each([
    [{ used: false, unsaved: false }, 1],
    [{ used: true, unsaved: false }, 0],
    [{ used: false, unsaved: true }, 0],
  ])(
    'that waited for the next start comes when the page is quiet, unless somebody is at it already: %j',
    async (how, said) => {
      const worker = new FakeWorker();
      const page = browser({ controlled: true, waiting: worker });
      Object.assign(page.state, how);
      await update.keepUpToDate(page.surroundings);
      expect(worker.heard).toEqual([]);
      vi.advanceTimersByTime(1_000);
      expect(worker.heard).toHaveLength(said);
      expect(update.updateOffered.value).toBe(true);
    },
  );

  it('on a first visit replaces nothing and reloads nothing', async () => {
    const page = browser({ controlled: false });
    await update.keepUpToDate(page.surroundings);
    page.arrive();
    page.takeOver();
    expect(update.updateOffered.value).toBe(false);
    expect(page.reload).not.toHaveBeenCalled();
  });

  it('taken in another tab is offered here, and comes when this tab is in the background', async () => {
    const page = browser({ controlled: true });
    await update.keepUpToDate(page.surroundings);
    page.takeOver();
    expect(page.reload).not.toHaveBeenCalled();
    expect(update.updateOffered.value).toBe(true);
    page.hide();
    expect(page.reload).toHaveBeenCalledTimes(1);
  });

  it('is asked for when the page is looked at again, not at every glance', async () => {
    const page = browser({ controlled: true });
    await update.keepUpToDate(page.surroundings);
    const glance = (after: number): void => {
      page.state.opened = after;
      page.document.hidden = false;
      page.document.dispatchEvent(new Event('visibilitychange'));
    };
    glance(60_000);
    expect(page.registration.update).toHaveBeenCalledTimes(0);
    glance(11 * 60_000);
    glance(12 * 60_000);
    expect(page.registration.update).toHaveBeenCalledTimes(1);
    glance(22 * 60_000);
    expect(page.registration.update).toHaveBeenCalledTimes(2);
  });
});

describe('what a reload would lose', () => {
  let unsaved: typeof Unsaved;
  beforeEach(async () => {
    unsaved = await import('@/update/unsaved');
    document.body.innerHTML =
      '<form><input id="a"><textarea id="b"></textarea><input id="s" type="search"><input id="r" type="radio"></form>';
    unsaved.watchTyping(document);
  });
  const type = (id: string, text: string): void => {
    const field = document.querySelector<HTMLInputElement>(`#${id}`);
    if (!field) throw new Error(id);
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };

  it('is what was typed, until it is emptied or gone from the page', () => {
    expect(unsaved.hasUnsaved()).toBe(false);
    type('a', '张三');
    expect(unsaved.hasUnsaved()).toBe(true);
    type('a', ' ');
    expect(unsaved.hasUnsaved()).toBe(false);
    type('b', '理由');
    document.body.innerHTML = '';
    expect(unsaved.hasUnsaved()).toBe(false);
  });

  it('is no search and no choice of a setting', () => {
    type('s', '苏B');
    type('r', 'on');
    expect(unsaved.hasUnsaved()).toBe(false);
  });

  it('is what a screen holds, while it holds it', () => {
    let busy = false;
    const scope = effectScope();
    scope.run(() => unsaved.useHold(() => busy));
    expect(unsaved.hasUnsaved()).toBe(false);
    busy = true;
    expect(unsaved.hasUnsaved()).toBe(true);
    scope.stop();
    expect(unsaved.hasUnsaved()).toBe(false);
  });
});

describe('a part of an older version that is gone', () => {
  it.each([
    'Failed to fetch dynamically imported module: https://x/assets/MarkView-abc.js',
    'error loading dynamically imported module',
    'Importing a module script failed.',
    'Unable to preload CSS for /assets/MarkView-abc.css',
  ])('is told by “%s”', (message) => {
    expect(isMissingPart(new TypeError(message))).toBe(true);
  });
  it('is not every error', () => {
    expect(isMissingPart(new Error('x is undefined'))).toBe(false);
    expect(isMissingPart('Failed to fetch dynamically imported module')).toBe(false);
  });

  const state = { online: true, unsaved: false, reloadedAt: 0, now: 1_000_000 };
  it('is mended by loading the page anew, once', () => {
    expect(remedyFor(state)).toBe('reload');
    expect(remedyFor({ ...state, reloadedAt: state.now - 9_999 })).toBe('tell');
    expect(remedyFor({ ...state, reloadedAt: state.now - 10_000 })).toBe('reload');
  });
  it('is told and not mended while something is unsaved', () => {
    expect(remedyFor({ ...state, unsaved: true })).toBe('tell');
  });
  it('is left alone without a network', () => {
    expect(remedyFor({ ...state, online: false, unsaved: true })).toBe('nothing');
  });
});
