/** What the server says about a device that was bound to an officer or to a member of a partner. Generated types, narrowed as in `api/types.ts`. */
import type { components } from '@luzheng/api';
import type { Narrow, Present } from '@/api/types';

type Schemas = components['schemas'];

/** Whose device it is. */
export type BoundKind = 'officer' | 'partner_member';
/** What enrolling answers. */
export type Enrolled = Narrow<Schemas['Enrolled'], { kind: BoundKind }>;
/** A nonce to be signed: 32 bytes in base64url. */
export type Challenge = Present<Schemas['Challenge']>;
/** A division and its name. */
export type DutyPlace = Present<Schemas['DutyDivision']>;
/** An officer's duty now: where it may be, and where it is. */
export type Duty = Narrow<Schemas['DutyView'], { divisions: DutyPlace[]; current: DutyPlace }>;
/** The firm of a member. */
export type BoundPartner = Present<Schemas['BoundPartner']>;
/**
 * The session of a bound device. Its id is named in every proof (`sid`), so that a stolen cookie is of no use with
 * another key, nor a key with another cookie.
 */
export type BoundMe = Narrow<
  Schemas['BoundMe'],
  { kind: BoundKind; duty: Duty | null; partner: BoundPartner | null }
>;
