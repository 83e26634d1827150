import { fetchRaw, idempotencyKey, refusal, RequestFailed } from './client';

/** One call of the API by its path, through the same transport as the typed client. */
export async function send<T>(
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  key: string | null = null,
): Promise<T> {
  const init: RequestInit = { method, credentials: 'same-origin' };
  if (method === 'POST') {
    const idempotent = key === null ? idempotencyKey() : { 'Idempotency-Key': key };
    init.headers = { 'content-type': 'application/json', ...idempotent };
    init.body = JSON.stringify(body ?? {});
  }
  let answer: Response;
  try {
    answer = await fetchRaw(path, init);
  } catch (cause) {
    throw new RequestFailed('offline', null, cause instanceof Error ? cause.message : 'no connection');
  }
  if (answer.status === 204) return undefined as T;
  const said = (await answer.json().catch(() => ({}))) as unknown;
  if (!answer.ok) throw refusal(answer, said);
  return said as T;
}
