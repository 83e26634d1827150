/** Sign-in, levels, sessions, passkeys. */
import { send } from './send';
import type { Level, Me, SignInWay, Text } from './types';

export type { Level, SignInWay } from './types';

/** The ways in that this server offers. */
export interface Ways {
  code: boolean;
  passkey: boolean;
  identity_platform: { name: Text } | null;
  demo: boolean;
}
/** A one-time code is on its way. */
export interface CodeSent {
  resend_after_s: number;
  expires_at: string;
  to_masked: string;
}
export interface SignedIn {
  me: Me;
  new_device: boolean;
}
export interface Session {
  id: string;
  device: string;
  how: SignInWay;
  created_at: string;
  last_seen_at: string;
  current: boolean;
}
export interface LevelStep {
  level: Level;
  name: Text;
  how: Text;
  allows: Text[];
  reached: boolean;
}
export interface Account {
  phone_masked: string | null;
  level: Level;
  level_text: Text;
  levels: LevelStep[];
  /** Sign-ins, refusals and changes, newest first. */
  history: { at: string; what: Text; device: string | null }[];
}
export interface Passkey {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
  synced: boolean;
}
/** A ceremony begun; `options` is what the browser is given, in JSON. */
export interface Ceremony {
  challenge_id: string;
  options: { publicKey: Record<string, unknown> };
}

const V1 = '/api/v1';
const post = <T>(path: string, body: object = {}): Promise<T> => send<T>('POST', V1 + path, body);

export const getWays = (): Promise<Ways> => send<Ways>('GET', `${V1}/session/ways`);
export const postCode = (phone: string): Promise<CodeSent> => post('/session/code', { phone });
export const postCodeConfirm = (phone: string, code: string, device_name: string): Promise<SignedIn> =>
  post('/session/code/confirm', { phone, code, device_name });
export const postReauthenticateCode = (): Promise<CodeSent> => post('/session/reauthenticate/code');
export const postReauthenticate = (body: { code: string } | { demo: true }): Promise<Me> =>
  post('/session/reauthenticate', { code: null, demo: false, ...body });

export const postIdentity = (name: string, id_number: string): Promise<Me> =>
  post('/citizen/identity', { name, id_number });
export const postIdentityCounter = (code: string): Promise<Me> => post('/citizen/identity/counter', { code });
export const getAccount = (): Promise<Account> => send<Account>('GET', `${V1}/citizen/account`);
export const postPhoneCode = (phone: string): Promise<CodeSent> => post('/citizen/phone/code', { phone });
export const postPhone = (phone: string, code: string): Promise<Me> =>
  post('/citizen/phone', { phone, code });

export const getSessions = async (): Promise<Session[]> =>
  (await send<{ items: Session[] }>('GET', `${V1}/citizen/sessions`)).items;
export const postSessionEnd = (id: string): Promise<void> => post(`/citizen/sessions/${id}/end`);
export const postSessionsEndOthers = (): Promise<{ ended: number }> => post('/citizen/sessions/end-others');
export const postSessionsEndAll = (): Promise<void> => post('/citizen/sessions/end-all');

export const getPasskeys = async (): Promise<Passkey[]> =>
  (await send<{ items: Passkey[] }>('GET', `${V1}/citizen/passkeys`)).items;
export const postPasskeyBegin = (): Promise<Ceremony> => post('/citizen/passkeys/begin');
export const postPasskeyFinish = (challenge_id: string, name: string, credential: object): Promise<Passkey> =>
  post('/citizen/passkeys/finish', { challenge_id, name, credential });
export const postPasskeyEnd = (id: string): Promise<void> => post(`/citizen/passkeys/${id}/end`);
export const postSignInBegin = (): Promise<Ceremony> => post('/session/passkey/begin');
export const postSignInFinish = (challenge_id: string, credential: object): Promise<SignedIn> =>
  post('/session/passkey/finish', { challenge_id, credential });
export const postReauthenticateBegin = (): Promise<Ceremony> => post('/session/reauthenticate/passkey/begin');
export const postReauthenticateFinish = (challenge_id: string, credential: object): Promise<Me> =>
  post('/session/reauthenticate/passkey/finish', { challenge_id, credential });

/** Where the identity platform is entered; `back` is a path of this app. */
export const platformAddress = (purpose: 'sign_in' | 'reauthenticate' | 'raise', back: string): string =>
  `${V1}/session/identity-platform/start?${new URLSearchParams({ purpose, return: back })}`;
