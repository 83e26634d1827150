import { RequestFailed } from '@/api/client';

/** Codes of refusals that have words of their own under `filing.failed`. */
const CODES = new Set([
  'wrong_code',
  'code_spent',
  'no_consent',
  'filed_vehicles_full',
  'filers_full',
  'managers_full',
  'managed_vehicles_full',
  'own_vehicle',
  'already_shared',
  'plate_type_excluded',
  'operating_unit_vehicle',
  'vehicle_out_of_use',
  'filing_barred',
  'not_a_person',
  'person_not_found',
  'unit_full',
  'too_many_units',
  'member_already',
  'too_often',
  'reauthenticate',
  'assurance_needed',
]);
/** The other side was quicker, or it was over already. */
const GONE = new Set(['not_found', 'not_possible_now', 'not_yours_to_answer']);

/** The words under `filing.failed` for what went wrong. */
export function filingFault(failure: unknown): string {
  if (!(failure instanceof RequestFailed)) return 'server';
  if (failure.code !== null && GONE.has(failure.code)) return 'gone';
  if (failure.code !== null && CODES.has(failure.code)) return failure.code;
  if (failure.kind === 'not_found') return 'gone';
  return failure.kind === 'offline' || failure.kind === 'server' ? failure.kind : 'refused';
}

/** The token of a filing link: behind `#`, or the bare text when there is no link around it. Null when it cannot be one. */
export function tokenOf(text: string): string | null {
  /** Longest token that the server makes. */
  const MOST = 128;
  const bare = text.includes('#') ? text.slice(text.indexOf('#') + 1) : '';
  return bare.length > 0 && bare.length <= MOST && /^[\w-]+$/.test(bare) ? bare : null;
}
