/** The calls of an officer's device. */
import type { components } from '@luzheng/api';
import { idempotencyKey } from '@/api/client';
import { askBound, fetchBound } from '@/bound/client';
import type { BoundMe } from '@/bound/types';
import type { AdviceRow } from './advise';
import type {
  Asked,
  HandedIn,
  LookedUp,
  OfflineLook,
  Procedure,
  Purpose,
  SealedReaderKey,
  ShardItem,
  Verified,
} from './types';

const OFFICER = '/api/v1/officer';

/** Where one is on duty from now on. */
export const putDuty = (division: string): Promise<BoundMe> =>
  askBound('PUT', `${OFFICER}/duty`, { body: { division } });
/** A scanned code against register and status, and its sealed part. */
export const postVerify = (code: string, purpose: Purpose, expected_plate?: string): Promise<Verified> =>
  askBound('POST', `${OFFICER}/verify`, {
    body: { code, purpose, ...(expected_plate === undefined ? {} : { expected_plate }) },
  });
/** What the register has, when nothing is shown. */
export const postLookUp = (asked: Asked, purpose: Purpose): Promise<LookedUp> =>
  askBound('POST', `${OFFICER}/look-ups`, { body: { ...asked, purpose } });
/** The holder's photo, for as long as the look is recent; the caller revokes the address. */
export async function getPhoto(look: string): Promise<string | null> {
  const answer = await fetchBound(`${OFFICER}/look-ups/${encodeURIComponent(look)}/photo`);
  return answer.ok ? URL.createObjectURL(await answer.blob()) : null;
}
export const getProcedures = (): Promise<{ items: Procedure[]; version: string }> =>
  askBound('GET', `${OFFICER}/procedures`);
/** The rows of advice as they stand at the office now. */
export const getAdvice = (): Promise<{ rows: AdviceRow[]; version: string }> =>
  askBound('GET', `${OFFICER}/advice`);
export const getReaderKeys = async (): Promise<SealedReaderKey[]> =>
  (await askBound<{ keys: SealedReaderKey[] }>('GET', `${OFFICER}/reader-keys`)).keys;
/** Hands in looks made off-line; a repetition counts once. */
export const postLooks = (items: readonly OfflineLook[]): Promise<HandedIn> =>
  askBound('POST', `${OFFICER}/looks`, { body: { items }, headers: idempotencyKey() });
export const getShards = async (): Promise<ShardItem[]> =>
  (await askBound<{ items: components['schemas']['ShardView'][] }>('GET', `${OFFICER}/shards`)).items.map(
    (it) => ({ ...it, province: String(it.province) }),
  );
