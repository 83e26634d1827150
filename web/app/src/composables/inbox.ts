import { ref, type Ref } from 'vue';
import { getInbox, postRead, postReadAll, postUnread, type Notice } from '@/api/inbox';
import { keep } from '@/storage/db';
import { nowMs } from './clock';
import { useResource, type Resource } from './resource';
import { noticesRead } from './session';

/** The inbox as a screen has it. */
export interface Inbox extends Resource<Notice[]> {
  /** Only what is unread. */
  unreadOnly: Ref<boolean>;
  /** There are earlier ones. */
  more: Readonly<Ref<boolean>>;
  /** The last act did not work. */
  failed: Readonly<Ref<boolean>>;
  /** Those that were unread when all were marked as read: what an undo brings back. */
  undoable: Readonly<Ref<readonly string[]>>;
  fetchMore(): Promise<void>;
  show(unread: boolean): Promise<void>;
  readAll(): Promise<void>;
  undo(): Promise<void>;
}

/** Pages of unread notices that are looked through for an undo; beyond them nobody remembers what was unread. */
const UNDO_PAGES = 5;

/** The signed-in person's notices, newest first. */
export function useInbox(): Inbox {
  const unreadOnly = ref(false);
  const next = ref<string | null>(null);
  const more = ref(false);
  const failed = ref(false);
  const undoable = ref<string[]>([]);
  let busy = false;

  const resource = useResource(
    () => (unreadOnly.value ? 'notices/unread' : 'notices'),
    () => page(null),
  );

  async function page(after: string | null): Promise<Notice[]> {
    const answer = await getInbox(unreadOnly.value, after);
    next.value = answer.next;
    more.value = answer.next !== null;
    // each opens without a network too
    for (const notice of answer.items) void keep('answers', `notice/${notice.id}`, notice, nowMs());
    return answer.items;
  }

  /** One thing at a time, and what fails is said. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    if (busy) return;
    busy = true;
    failed.value = false;
    try {
      await work();
    } catch {
      failed.value = true;
    } finally {
      busy = false;
    }
  }

  const fetchMore = (): Promise<void> =>
    attempt(async () => {
      if (next.value === null) return;
      const older = await page(next.value);
      resource.data.value = [...(resource.data.value ?? []), ...older];
    });

  async function show(unread: boolean): Promise<void> {
    if (unreadOnly.value === unread) return;
    unreadOnly.value = unread;
    resource.data.value = null;
    more.value = false;
    await resource.reload();
  }

  const readAll = (): Promise<void> =>
    attempt(async () => {
      const unread = await allUnread();
      await postReadAll();
      setRead(unread, true);
      undoable.value = unread;
    });

  const undo = (): Promise<void> =>
    attempt(async () => {
      for (const id of undoable.value) await postUnread(id);
      setRead(undoable.value, false);
      undoable.value = [];
      if (unreadOnly.value) await resource.reload();
    });

  /** Asked of the server: what is unread may lie on pages that were not opened. */
  async function allUnread(): Promise<string[]> {
    const found: string[] = [];
    let after: string | null = null;
    for (let i = 0; i < UNDO_PAGES; i++) {
      const { items, next: following }: { items: Notice[]; next: string | null } = await getInbox(
        true,
        after,
      );
      found.push(...items.map(({ id }) => id));
      if (following === null) break;
      after = following;
    }
    return found;
  }

  function setRead(ids: readonly string[], read: boolean): void {
    const at = new Date(nowMs()).toISOString();
    for (const notice of resource.data.value ?? []) {
      if (ids.includes(notice.id)) notice.read_at = read ? at : null;
    }
    noticesRead(read ? ids.length : -ids.length);
  }

  return { ...resource, unreadOnly, more, failed, undoable, fetchMore, show, readAll, undo };
}

/** Marks a notice as read or unread, here and at the server; false when the server could not be asked. */
export async function markNotice(notice: Notice, read: boolean): Promise<boolean> {
  if ((notice.read_at !== null) === read) return true;
  try {
    await (read ? postRead(notice.id) : postUnread(notice.id));
  } catch {
    return false;
  }
  notice.read_at = read ? new Date(nowMs()).toISOString() : null;
  noticesRead(read ? 1 : -1);
  return true;
}
