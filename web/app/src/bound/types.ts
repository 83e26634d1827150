/** What the server says about a device that was bound to an officer or to a member of a partner. */
import type { Text } from '@/api/types';

/** Whose device it is. */
export type BoundKind = 'officer' | 'partner_member';

/** What enrolling answers. */
export interface Enrolled {
  device_id: string;
  kind: BoundKind;
  name: Text;
  /** The officer's number (警号). */
  number: string | null;
}

/** A nonce to be signed. */
export interface Challenge {
  /** 32 bytes in base64url. */
  challenge: string;
  expires_at: string;
}

/** A division and its name. */
export interface DutyPlace {
  code: string;
  name: Text;
}

/** An officer's duty now. */
export interface Duty {
  /** Where one may be on duty now. */
  divisions: DutyPlace[];
  /** Where one is, as chosen. */
  current: DutyPlace;
  until: string | null;
}

/** The session of a bound device. */
export interface BoundMe {
  /** Named in every proof (`sid`), so that a stolen cookie is of no use with another key, nor a key with another cookie. */
  session_id: string;
  kind: BoundKind;
  name: Text;
  number: string | null;
  device_id: string;
  device_name: string;
  duty: Duty | null;
  partner: { id: string; name: Text; scopes: string[]; regions: string[] } | null;
  expires_at: string;
}
