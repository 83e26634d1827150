import type {
  Barred,
  CounterCode,
  CounterPerson,
  CredentialSeen,
  Flag,
  FlagPage,
  FlagState,
  LookPurpose,
  Me,
  NewUnit,
  Outcome,
  PaperOrder,
  PaperPage,
  PaperState,
  PaperStep,
  Queue,
  Reason,
  Review,
  SignIn,
  StepBody,
  UnitFiled,
} from './types';

/** A call that gave no usable answer. */
export class CallFailed extends Error {
  constructor(
    /** HTTP status; 0 when there was no connection. */
    readonly status: number,
    /** The server's stable code, when it gave one. */
    readonly code: string | null,
    detail: string,
  ) {
    super(detail);
    this.name = 'CallFailed';
  }
}

async function call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, credentials: 'same-origin' };
  if (method === 'POST') {
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0'));
    init.headers = { 'content-type': 'application/json', 'idempotency-key': key.join('') };
    init.body = JSON.stringify(body ?? {});
  }
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (cause) {
    throw new CallFailed(0, null, cause instanceof Error ? cause.message : 'no connection');
  }
  if (answer.status === 204) return null as T;
  const said = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (!answer.ok)
    throw new CallFailed(answer.status, said.code ?? null, said.detail ?? `HTTP ${answer.status}`);
  return said as T;
}

const review = (id: string, act: string): string => `/api/v1/staff/reviews/${id}/${act}`;

export const getStaff = (): Promise<Me> => call('GET', '/api/v1/staff/me');
export const getSignIns = (): Promise<{ items: SignIn[] }> => call('GET', '/api/v1/demo/sign-ins');
export const signIn = (id: string): Promise<Me> => call('POST', '/api/v1/demo/sign-in', { id });
export const signOut = (): Promise<null> => call('POST', '/api/v1/session/sign-out');
export const getQueue = (): Promise<Queue> => call('GET', '/api/v1/staff/reviews');
export const getReasons = (): Promise<{ items: Reason[] }> => call('GET', '/api/v1/staff/review-reasons');
/** The next photo, urgent ones first; null when the queue is empty. */
export const claimNext = (): Promise<Review | null> => call('POST', '/api/v1/staff/reviews/next');
export const approve = (id: string): Promise<Review> => call('POST', review(id, 'approve'));
export const reject = (id: string, reason: string, note: string | null): Promise<Review> =>
  call('POST', review(id, 'reject'), { reason, note });
export const release = (id: string): Promise<null> => call('POST', review(id, 'release'));
export const undo = (id: string): Promise<Review> => call('POST', review(id, 'undo'));
export const photoOf = (id: string): string => review(id, 'photo');

const paper = (id: string, act: string): string => `/api/v1/staff/papers/${id}/${act}`;
/** A page of orders in a state, with how many are in each. */
export const getPapers = (state: PaperState, after: string | null): Promise<PaperPage> =>
  call('GET', `/api/v1/staff/papers?state=${state}${after === null ? '' : `&after=${after}`}`);
export const stepPaper = (id: string, step: PaperStep, body: StepBody): Promise<PaperOrder> =>
  call('POST', paper(id, step), body);
export const undoPaper = (id: string): Promise<PaperOrder> => call('POST', paper(id, 'undo'));
export const sheetOf = (id: string): string => paper(id, 'sheet.pdf');

/** A code for somebody whose document was seen; told this once. */
export const makeCounterCode = (person: CounterPerson): Promise<CounterCode> =>
  call('POST', '/api/v1/staff/counter-codes', person);
export const fileUnit = (unit: NewUnit): Promise<UnitFiled> => call('POST', '/api/v1/staff/units', unit);
export const barFromFiling = (bar: { id_number: string; reason: string }): Promise<Barred> =>
  call('POST', '/api/v1/staff/filing-bars', bar);

/** What the watch over checks raised, newest first. */
export const getFlags = (state: FlagState, after: string | null): Promise<FlagPage> =>
  call('GET', `/api/v1/staff/flags?state=${state}${after === null ? '' : `&after=${after}`}`);
export const settleFlag = (id: string, outcome: Outcome, note: string | null): Promise<Flag> =>
  call('POST', `/api/v1/staff/flags/${id}/settle`, { outcome, note });
export const reopenFlag = (id: string): Promise<Flag> => call('POST', `/api/v1/staff/flags/${id}/reopen`);
export const getLookPurposes = (): Promise<{ items: LookPurpose[] }> =>
  call('GET', '/api/v1/staff/look-purposes');
/** A credential with its history; the person whose it is sees that it was looked at, and what for. */
export const getCredential = (id: string, purpose: string): Promise<CredentialSeen> =>
  call('GET', `/api/v1/staff/credentials/${id}?purpose=${encodeURIComponent(purpose)}`);
