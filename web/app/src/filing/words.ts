import { RequestFailed } from '@/api/client';

/** Codes of refusals that have words of their own under `filing.failed`. */
const CODES = new Set([
  'wrong_code',
  'consent_used',
  'consent_expired',
  'unknown_consent',
  'not_found',
  'too_many_vehicles',
  'too_many_filers',
  'own_vehicle',
  'already_filed',
  'not_fileable',
  'too_often',
  'locked',
  'code_expired',
  'unknown_person',
  'already_manager',
  'self',
  'gone',
  'reauthenticate',
  'assurance_needed',
]);

/** The words under `filing.failed` for what went wrong. */
export function filingFault(failure: unknown): string {
  if (!(failure instanceof RequestFailed)) return 'server';
  if (failure.code !== null && CODES.has(failure.code)) return failure.code;
  return failure.kind === 'offline' || failure.kind === 'server' ? failure.kind : 'refused';
}

/** The token of a filing link: behind `#`, or the bare text when there is no link around it. Null when it cannot be one. */
export function tokenOf(text: string): string | null {
  /** Longest token that the server makes. */
  const MOST = 128;
  const bare = text.includes('#') ? text.slice(text.indexOf('#') + 1) : '';
  return bare.length > 0 && bare.length <= MOST && /^[\w-]+$/.test(bare) ? bare : null;
}
