/** The calls of a partner's device. */
import { idempotencyKey, RequestFailed } from '@/api/client';
import { askBound } from '@/bound/client';
import type {
  CheckedCodes,
  CheckedLicence,
  CodeToCheck,
  LogPage,
  PartnerMe,
  ProofBrief,
  ReceivedProof,
  StateAnswer,
} from './types';

const PARTNER = '/api/v1/partner';

export const getMe = (): Promise<PartnerMe> => askBound('GET', `${PARTNER}/me`);
export const postVerify = (
  items: readonly CodeToCheck[],
  purpose: string,
  signal?: AbortSignal,
): Promise<CheckedCodes> =>
  askBound('POST', `${PARTNER}/verify`, { body: { items, purpose }, ...(signal ? { signal } : {}) });
/** A licence at the counter; null when the code is that of a mark. */
export async function postLicence(code: string, purpose: string): Promise<CheckedLicence | null> {
  try {
    return await askBound<CheckedLicence>('POST', `${PARTNER}/licences/check`, { body: { code, purpose } });
  } catch (failure) {
    if (failure instanceof RequestFailed && failure.code === 'not_a_licence') return null;
    throw failure;
  }
}
export const getLog = (after: string | null): Promise<LogPage> =>
  askBound('GET', `${PARTNER}/checks${after === null ? '' : `?after=${encodeURIComponent(after)}`}`);
/** How a vehicle stood at a moment, as known then and now. */
export async function postState(
  question: { plate_number: string; plate_type: string; at: string; known_at?: string },
  purpose: string,
): Promise<StateAnswer> {
  const { items } = await askBound<{ items: StateAnswer[] }>('POST', `${PARTNER}/states`, {
    body: { items: [question], purpose },
  });
  const [answer] = items;
  if (!answer) throw new RequestFailed('server', null, 'one question, no answer');
  return answer;
}
export const postProof = (link: string, purpose: string, case_reference: string): Promise<ReceivedProof> =>
  askBound('POST', `${PARTNER}/proofs`, {
    body: { link, purpose, case_reference },
    headers: idempotencyKey(),
  });
export const getProofs = (after: string | null): Promise<{ items: ProofBrief[]; next: string | null }> =>
  askBound('GET', `${PARTNER}/proofs${after === null ? '' : `?after=${encodeURIComponent(after)}`}`);
export const getProof = (id: string): Promise<ReceivedProof> =>
  askBound('GET', `${PARTNER}/proofs/${encodeURIComponent(id)}`);
