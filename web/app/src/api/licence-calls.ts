import { api, ask, fetchRaw, idempotencyKey, RequestFailed } from './client';
import type {
  Channels,
  ChannelWish,
  Deadline,
  DeviceChallenge,
  Held,
  Licence,
  LicenceLiveCode,
  NewDevice,
  NewProof,
  OpenedProof,
  Points,
  Proof,
  ProofWish,
  PushSubscriptionWish,
} from './licence';

/** The signed-in person's licence; not found (`no_licence`) when they are no driver. */
export async function getLicence(): Promise<Licence> {
  return (await ask(api.GET('/api/v1/citizen/licence'))) as Licence;
}

/** The holder's photo, or null when there is none; never kept. */
export async function getLicencePhoto(): Promise<Blob | null> {
  try {
    const answer = await fetchRaw('/api/v1/citizen/licence/photo', { cache: 'no-store' });
    return answer.ok ? await answer.blob() : null;
  } catch {
    return null;
  }
}

/** Points of the cycle, and of those before. */
export async function getPoints(): Promise<Points> {
  return (await ask(api.GET('/api/v1/citizen/licence/points'))) as Points;
}

/** A new live code of one's own licence. */
export async function postLicenceLive(): Promise<LicenceLiveCode> {
  return (await ask(
    api.POST('/api/v1/citizen/licence/live', { headers: idempotencyKey() }),
  )) as LicenceLiveCode;
}

/** What a device has to sign to be bound. */
export async function postDeviceChallenge(): Promise<DeviceChallenge> {
  return (await ask(
    api.POST('/api/v1/citizen/licence/device/challenge', { headers: idempotencyKey() }),
  )) as DeviceChallenge;
}

/** Binds the licence to this device's key; another device's ends with it. */
export async function postDevice(body: NewDevice): Promise<Held> {
  return (await ask(api.POST('/api/v1/citizen/licence/device', { body, headers: idempotencyKey() }))) as Held;
}

/** The licence as bound to this device's key; not found (`not_this_device`) when it is bound elsewhere or nowhere. */
export async function getDevice(key: string): Promise<Held> {
  return (await ask(api.GET('/api/v1/citizen/licence/device', { params: { query: { key } } }))) as Held;
}

/** Ends the binding to a device. */
export async function postDeviceEnd(): Promise<void> {
  await ask(api.POST('/api/v1/citizen/licence/device/end', { headers: idempotencyKey() }));
}

/** One's own proofs, newest first. */
export async function getProofs(): Promise<Proof[]> {
  return ((await ask(api.GET('/api/v1/citizen/proofs'))) as { items: Proof[] }).items;
}

/** Makes a proof for one purpose; the answer is the only one with its link. */
export async function postProof(body: ProofWish): Promise<NewProof> {
  return (await ask(api.POST('/api/v1/citizen/proofs', { body, headers: idempotencyKey() }))) as NewProof;
}

/** Ends a proof before its time. */
export async function postProofRevoke(id: string): Promise<Proof> {
  return (await ask(
    api.POST('/api/v1/citizen/proofs/{id}/revoke', { params: { path: { id } }, headers: idempotencyKey() }),
  )) as Proof;
}

/** Opens a proof that somebody sent; needs no sign-in. */
export async function postProofOpen(token: string): Promise<OpenedProof> {
  return (await ask(
    api.POST('/api/v1/proofs/open', { body: { token }, headers: idempotencyKey() }),
  )) as OpenedProof;
}

/** Every due date of one's vehicles and licence. */
export async function getDeadlines(): Promise<Deadline[]> {
  return ((await ask(api.GET('/api/v1/citizen/deadlines'))) as { items: Deadline[] }).items;
}

/** The due dates as a calendar file. */
export async function getCalendar(): Promise<Blob> {
  let answer: Response;
  try {
    answer = await fetchRaw('/api/v1/citizen/deadlines.ics');
  } catch {
    throw new RequestFailed('offline', null, 'no connection');
  }
  if (!answer.ok) throw new RequestFailed('server', null, `HTTP ${answer.status}`);
  return answer.blob();
}

/** The key with which the server signs its pushes. */
export async function getPushKey(): Promise<string> {
  return ((await ask(api.GET('/api/v1/push/key'))) as { public_key: string }).public_key;
}

/** Registers this browser for pushes. */
export async function postPushSubscription(body: PushSubscriptionWish): Promise<void> {
  await ask(api.POST('/api/v1/citizen/push/subscriptions', { body, headers: idempotencyKey() }));
}

/** Ends this browser's pushes. */
export async function postPushEnd(endpoint: string): Promise<void> {
  await ask(
    api.POST('/api/v1/citizen/push/subscriptions/end', { body: { endpoint }, headers: idempotencyKey() }),
  );
}

/** Where notices go. */
export async function getChannels(): Promise<Channels> {
  return (await ask(api.GET('/api/v1/citizen/channels'))) as Channels;
}

/** Changes where notices go. */
export async function putChannels(body: ChannelWish): Promise<Channels> {
  return (await ask(api.PUT('/api/v1/citizen/channels', { body, headers: idempotencyKey() }))) as Channels;
}
