/** Answers about notices, whether one is genuine, and who looked at one's record. */
import { RequestFailed } from './client';
import { send } from './send';
import type { Text } from './types';

/** What a notice or a look is about. */
export interface About {
  kind: 'vehicle' | 'licence';
  id: string;
  label: string;
}

/** A notice in the inbox. */
export interface Notice {
  id: string;
  kind: string;
  title: Text;
  body: Text;
  created_at: string;
  read_at: string | null;
  /** Short signed code by which anybody can ask whether it is genuine. */
  code: string;
  about: About | null;
  /** Where in the app one sees to it. */
  path: string | null;
}
/** A page, newest first; `next` is the `after` of the one that follows. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** What anybody is told about a notice code. */
export interface NoticeCheck {
  genuine: boolean;
  title: Text | null;
  sent_at: string | null;
  to_masked: string | null;
  about_masked: string | null;
}

export type LookerRole = 'staff' | 'officer' | 'partner' | 'anyone_with_link' | 'system';
/** One look at one's record. */
export interface Look {
  id: string;
  at: string;
  by: Text;
  by_role: LookerRole;
  purpose: string;
  purpose_text: Text;
  about: About;
  what: Text;
  how: Text;
}

/** A page of notices, newest first. */
export function getInbox(unread: boolean, after?: string | null): Promise<Page<Notice>> {
  const query = new URLSearchParams({ ...(unread && { unread: 'true' }), ...(after && { after }) });
  return send('GET', `/api/v1/citizen/notices${query.size ? `?${query}` : ''}`);
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

export const postRead = (id: string): Promise<void> => send('POST', `/api/v1/citizen/notices/${id}/read`);
export const postUnread = (id: string): Promise<void> => send('POST', `/api/v1/citizen/notices/${id}/unread`);
export const postReadAll = (): Promise<void> => send('POST', '/api/v1/citizen/notices/read-all');

/** Whether a notice code is ours; anybody may ask. */
export const postNoticeCheck = (code: string): Promise<NoticeCheck> =>
  send('POST', '/api/v1/notices/check', { code });

/** A page of looks at one's record, newest first. */
export const getLooks = (after?: string | null): Promise<Page<Look>> =>
  send('GET', `/api/v1/citizen/looks${after ? `?after=${encodeURIComponent(after)}` : ''}`);
