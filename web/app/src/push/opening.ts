import type { Router } from 'vue-router';
import { GO_TO } from '@/update/message';
import { hasUnsaved } from '@/update/unsaved';
import { pathOf } from './message';

/** Goes where a tapped notification leads, without loading the page anew; says no while something is unsaved here. */
export function openFromNotices(router: Router): void {
  navigator.serviceWorker?.addEventListener('message', (event: MessageEvent<unknown>) => {
    const { type, path } = (event.data ?? {}) as { type?: unknown; path?: unknown };
    if (type !== GO_TO) return;
    const free = !hasUnsaved();
    event.ports[0]?.postMessage(free);
    if (free) void router.push(pathOf(path, location.origin));
  });
}
