import type { Storage } from '@luzheng/verify';
import { nowMs } from '@/composables/clock';
import { keep, listKept, recall } from '@/storage/db';

type Held = string | Uint8Array<ArrayBuffer>;

/** The verifier's trust and status files in IndexedDB; a browser that keeps nothing holds them in memory. */
export class BrowserStorage implements Storage {
  private readonly held = new Map<string, Held>();

  async get(name: string): Promise<Held | undefined> {
    return this.held.get(name) ?? (await recall<Held>('verifier', name))?.value;
  }

  async set(name: string, value: Held): Promise<void> {
    this.held.set(name, value);
    await keep('verifier', name, value, nowMs());
  }

  async names(prefix: string): Promise<readonly string[]> {
    const kept = (await listKept('verifier')).map(({ key }) => key);
    return [...new Set([...kept, ...this.held.keys()])].filter((name) => name.startsWith(prefix));
  }
}
