import type { components } from '@luzheng/api';
import { api, ask, idempotencyKey, RequestFailed, type FailureKind } from '@/api/client';
import type { CaseView } from '@/api/licence';
import type { Narrow, Present, Problem } from '@/api/types';

type Schemas = components['schemas'];
/** What one rule says about an uploaded photo, measured by the server. */
export type Check = Present<Schemas['CheckView']>;
/** What became of an uploaded photo. */
export type Uploaded = Narrow<Schemas['UploadView'], { checks: Check[] }>;
export type Wish = Schemas['NewApplication'];
/** Where a photo comes from; the day it was taken when it is from an album. */
export interface Origin {
  readonly from: 'camera' | 'album';
  /** `2026-11-02`. */
  readonly takenOn: string | null;
}

/** Hands an application in. */
export async function postApplication(body: Wish): Promise<CaseView> {
  return (await ask(
    api.POST('/api/v1/citizen/licence/applications', { body, headers: idempotencyKey() }),
  )) as CaseView;
}

/** One's own application. */
export async function getCase(id: string): Promise<CaseView> {
  return (await ask(api.GET('/api/v1/citizen/cases/{id}', { params: { path: { id } } }))) as CaseView;
}

/** Gives an application up. */
export async function postWithdraw(id: string): Promise<CaseView> {
  return (await ask(
    api.POST('/api/v1/citizen/cases/{id}/withdraw', { params: { path: { id } }, headers: idempotencyKey() }),
  )) as CaseView;
}

/** Sends another photo after one was not accepted. */
export async function postResubmit(id: string, photo: string): Promise<CaseView> {
  return (await ask(
    api.POST('/api/v1/citizen/cases/{id}/resubmit', {
      params: { path: { id } },
      body: { photo },
      headers: idempotencyKey(),
    }),
  )) as CaseView;
}

/** How an upload travels: `fetch` cannot tell how far it is, so not the client's. */
export type Carrier = (path: string, photo: Blob, told: (share: number) => void) => Promise<Response>;
let carrier: Carrier = byXhr;

/** Lets the mock back end take photos instead of the network. */
export function carryWith(other: Carrier): void {
  carrier = other;
}

/** Sends a photo; `told` hears how much of it is on its way, 0 to 1. */
export async function postPhoto(
  photo: Blob,
  origin: Origin,
  told: (share: number) => void,
): Promise<Uploaded> {
  const query = new URLSearchParams({ origin: origin.from });
  if (origin.takenOn !== null) query.set('taken_on', origin.takenOn);
  let answer: Response;
  try {
    answer = await carrier(`/api/v1/citizen/licence/photos?${query.toString()}`, photo, told);
  } catch {
    throw new RequestFailed('offline', null, 'no connection');
  }
  const said = (await answer.json().catch(() => ({}))) as unknown;
  if (answer.ok) return said as Uploaded;
  const problem = said as Problem;
  throw new RequestFailed(kindOf(answer.status), problem.code ?? null, problem.detail ?? `${answer.status}`);
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'signed_out';
  if (status === 404) return 'not_found';
  if (status >= 502 && status <= 504) return 'offline';
  return status < 500 ? 'refused' : 'server';
}

function byXhr(path: string, photo: Blob, told: (share: number) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', 'image/jpeg');
    for (const [name, value] of Object.entries(idempotencyKey())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) told(event.loaded / event.total);
    });
    request.addEventListener('load', () =>
      resolve(new Response(request.responseText || null, { status: request.status })),
    );
    request.addEventListener('error', () => reject(new TypeError('no connection')));
    request.addEventListener('abort', () => reject(new TypeError('aborted')));
    request.send(photo);
  });
}
