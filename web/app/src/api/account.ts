/** Sign-in, levels, sessions, passkeys. Generated types, narrowed as in `types.ts`. */
import type { components } from '@luzheng/api';
import { api, ask, idempotencyKey } from './client';
import type { Level, Me, Narrow, Present, SignInWay, Text } from './types';

export type { Level, SignInWay } from './types';
type Schemas = components['schemas'];

/** The ways in that this server offers. */
export type Ways = Narrow<Schemas['SignInWays'], { identity_platform: { name: Text } | null }>;
/** A one-time code is on its way. */
export type CodeSent = Present<Schemas['CodeSent']>;
export type SignedIn = Narrow<Schemas['SignedIn'], { me: Me }>;
export type Session = Narrow<Schemas['SessionView'], { how: SignInWay }>;
export type LevelStep = Narrow<Schemas['LevelView'], { level: Level }>;
/** The account, with sign-ins, refusals and changes, newest first. */
export type Account = Narrow<
  Schemas['AccountView'],
  { level: Level; levels: LevelStep[]; history: Present<Schemas['HappeningView']>[] }
>;
export type Passkey = Present<Schemas['PasskeyView']>;
/** A fictional person who signs in by phone. */
export type DemoPhone = Present<Schemas['ByPhone']>;
/** A ceremony begun; `options` is what the browser is given, in JSON. */
export type Ceremony = Narrow<
  Schemas['PasskeyChallenge'],
  { options: { publicKey: Record<string, unknown> } }
>;

const headers = idempotencyKey;

export const getDemoPhones = async (): Promise<DemoPhone[]> =>
  (await ask(api.GET('/api/v1/demo/sign-ins'))).by_phone;
export const getWays = async (): Promise<Ways> => (await ask(api.GET('/api/v1/session/ways'))) as Ways;

/** Sends a code to a phone, known or not. */
export const postCode = (phone: string): Promise<CodeSent> =>
  ask(api.POST('/api/v1/session/code', { body: { phone }, headers: headers() }));
/** Signs in with the code that the phone got. */
export const postCodeConfirm = async (phone: string, code: string, device_name: string): Promise<SignedIn> =>
  (await ask(
    api.POST('/api/v1/session/code/confirm', { body: { phone, code, device_name }, headers: headers() }),
  )) as SignedIn;

/** Sends a code to the account's own phone. */
export const postReauthenticateCode = (): Promise<CodeSent> =>
  ask(api.POST('/api/v1/session/reauthenticate/code', { headers: headers() }));
/** Proves again who one is; the old cookie is dead. */
export const postReauthenticate = async (by: { code: string } | { demo: true }): Promise<Me> =>
  (await ask(
    api.POST('/api/v1/session/reauthenticate', {
      body: { code: null, demo: false, ...by },
      headers: headers(),
    }),
  )) as Me;

/** Name and number against the register. */
export const postIdentity = async (name: string, id_number: string): Promise<Me> =>
  (await ask(api.POST('/api/v1/citizen/identity', { body: { name, id_number }, headers: headers() }))) as Me;
/** The digits that a counter gave. */
export const postIdentityCounter = async (code: string): Promise<Me> =>
  (await ask(api.POST('/api/v1/citizen/identity/counter', { body: { code }, headers: headers() }))) as Me;
export const getAccount = async (): Promise<Account> =>
  (await ask(api.GET('/api/v1/citizen/account'))) as Account;
/** Sends a code to a phone that is to become the account's. */
export const postPhoneCode = (phone: string): Promise<CodeSent> =>
  ask(api.POST('/api/v1/citizen/phone/code', { body: { phone }, headers: headers() }));
export const postPhone = async (phone: string, code: string): Promise<Me> =>
  (await ask(api.POST('/api/v1/citizen/phone', { body: { phone, code }, headers: headers() }))) as Me;

export const getSessions = async (): Promise<Session[]> =>
  (await ask(api.GET('/api/v1/citizen/sessions'))).items as Session[];
export async function postSessionEnd(id: string): Promise<void> {
  await ask(api.POST('/api/v1/citizen/sessions/{id}/end', { params: { path: { id } }, headers: headers() }));
}
export const postSessionsEndOthers = (): Promise<{ ended: number }> =>
  ask(api.POST('/api/v1/citizen/sessions/end-others', { headers: headers() }));
export async function postSessionsEndAll(): Promise<void> {
  await ask(api.POST('/api/v1/citizen/sessions/end-all', { headers: headers() }));
}

export const getPasskeys = async (): Promise<Passkey[]> =>
  (await ask(api.GET('/api/v1/citizen/passkeys'))).items as Passkey[];
export const postPasskeyBegin = async (): Promise<Ceremony> =>
  (await ask(api.POST('/api/v1/citizen/passkeys/begin', { headers: headers() }))) as Ceremony;
export const postPasskeyFinish = async (
  challenge_id: string,
  name: string,
  credential: Record<string, unknown>,
): Promise<Passkey> =>
  (await ask(
    api.POST('/api/v1/citizen/passkeys/finish', {
      body: { challenge_id, name, credential: asSent(credential) },
      headers: headers(),
    }),
  )) as Passkey;
export async function postPasskeyEnd(id: string): Promise<void> {
  await ask(api.POST('/api/v1/citizen/passkeys/{id}/end', { params: { path: { id } }, headers: headers() }));
}
export const postSignInBegin = async (): Promise<Ceremony> =>
  (await ask(api.POST('/api/v1/session/passkey/begin', { headers: headers() }))) as Ceremony;
export const postSignInFinish = async (
  challenge_id: string,
  credential: Record<string, unknown>,
): Promise<SignedIn> =>
  (await ask(
    api.POST('/api/v1/session/passkey/finish', {
      body: { challenge_id, credential: asSent(credential) },
      headers: headers(),
    }),
  )) as SignedIn;
export const postReauthenticateBegin = async (): Promise<Ceremony> =>
  (await ask(api.POST('/api/v1/session/reauthenticate/passkey/begin', { headers: headers() }))) as Ceremony;
export const postReauthenticateFinish = async (
  challenge_id: string,
  credential: Record<string, unknown>,
): Promise<Me> =>
  (await ask(
    api.POST('/api/v1/session/reauthenticate/passkey/finish', {
      body: { challenge_id, credential: asSent(credential) },
      headers: headers(),
    }),
  )) as Me;

/** The description has no shape for what a browser answers: an object of the standard's. */
const asSent = (credential: Record<string, unknown>): Record<string, never> =>
  credential as Record<string, never>;

/** Where the identity platform is entered; `back` is a path of this app. */
export const platformAddress = (purpose: 'sign_in' | 'reauthenticate' | 'raise', back: string): string =>
  `/api/v1/session/identity-platform/start?${new URLSearchParams({ purpose, return: back })}`;
