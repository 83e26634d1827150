/** Answers about notices, whether one is genuine, and who looked at one's record. */
import type { components } from '@luzheng/api';
import { api, ask, idempotencyKey, RequestFailed } from './client';
import type { Narrow, Present } from './types';

type Schemas = components['schemas'];

/** What a notice or a look is about. */
export type About = Narrow<Schemas['AboutView'], { kind: 'vehicle' | 'licence' }>;
/** A notice in the inbox. */
export type Notice = Narrow<Schemas['NoticeView'], { about: About | null }>;
/** A page, newest first; `next` is the `after` of the one that follows. */
export interface Page<T> {
  items: T[];
  next: string | null;
}
/** What anybody is told about a notice code. */
export type NoticeCheck = Present<Schemas['NoticeCheck']>;
export type LookerRole = 'staff' | 'officer' | 'partner' | 'anyone_with_link' | 'system';
/** One look at one's record. */
export type Look = Narrow<Schemas['LookView'], { about: About; by_role: LookerRole }>;

/** A page of notices, newest first. */
export async function getInbox(unread: boolean, after?: string | null): Promise<Page<Notice>> {
  const query = { ...(unread && { unread }), ...(after && { after }) };
  return (await ask(api.GET('/api/v1/citizen/notices', { params: { query } }))) as Page<Notice>;
}

/** How many pages are read to find one notice. */
const SEARCHED_PAGES = 10;

/** One notice of one's own; not found when it is not among the newest. */
export async function getNotice(id: string): Promise<Notice> {
  let after: string | null = null;
  for (let page = 0; page < SEARCHED_PAGES; page++) {
    const { items, next }: Page<Notice> = await getInbox(false, after);
    const found = items.find((notice) => notice.id === id);
    if (found) return found;
    if (next === null) break;
    after = next;
  }
  throw new RequestFailed('not_found', null, 'no such notice');
}

/** Marks a notice as read. */
export async function postRead(id: string): Promise<void> {
  const params = { path: { id } };
  await ask(api.POST('/api/v1/citizen/notices/{id}/read', { params, headers: idempotencyKey() }));
}

/** Marks a notice as not read. */
export async function postUnread(id: string): Promise<void> {
  const params = { path: { id } };
  await ask(api.POST('/api/v1/citizen/notices/{id}/unread', { params, headers: idempotencyKey() }));
}

/** Marks all notices as read. */
export async function postReadAll(): Promise<void> {
  await ask(api.POST('/api/v1/citizen/notices/read-all', { headers: idempotencyKey() }));
}

/** Whether a notice code is ours; anybody may ask. */
export async function postNoticeCheck(code: string): Promise<NoticeCheck> {
  const body = { code };
  return (await ask(api.POST('/api/v1/notices/check', { body, headers: idempotencyKey() }))) as NoticeCheck;
}

/** A page of looks at one's record, newest first. */
export async function getLooks(after?: string | null): Promise<Page<Look>> {
  const query = after ? { after } : {};
  return (await ask(api.GET('/api/v1/citizen/looks', { params: { query } }))) as Page<Look>;
}
