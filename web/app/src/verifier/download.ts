/** Fetching large files: with progress, with an end, and not on a connection that somebody pays for by the megabyte. */
import { RequestFailed } from '@/api/client';

/** How far a download is. */
export interface Progress {
  done: number;
  of: number;
}

interface Connection {
  type?: string;
  saveData?: boolean;
}

/** Whether megabytes may be fetched unasked. Where the browser does not say, the size alone decides. */
export function mayFetchQuietly(): boolean {
  const { connection } = navigator as Navigator & { connection?: Connection };
  return connection?.saveData !== true && connection?.type !== 'cellular';
}

/** Whether so many bytes fit, as far as the browser tells. */
export async function hasRoom(bytes: number): Promise<boolean> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || quota - (usage ?? 0) > bytes * 1.1;
  } catch {
    return true;
  }
}

/** Reads an answer piece by piece; throws beyond `ceiling` bytes. */
export async function readAll(
  answer: Response,
  {
    expected,
    ceiling,
    progress,
    take,
  }: {
    expected: number;
    ceiling: number;
    progress: (now: Progress) => void;
    take: (piece: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  },
): Promise<void> {
  if (!answer.ok || answer.body === null)
    throw new RequestFailed(answer.status === 404 ? 'not_found' : 'server', null, `HTTP ${answer.status}`);
  const reader = answer.body.getReader();
  let done = 0;
  progress({ done, of: expected });
  for (;;) {
    const { done: ended, value } = await reader.read();
    if (ended) return;
    done += value.length;
    if (done > ceiling) {
      await reader.cancel();
      throw new RequestFailed('server', 'too_large', 'larger than any file of ours');
    }
    await take(Uint8Array.from(value));
    progress({ done, of: Math.max(expected, done) });
  }
}
