import { RequestFailed } from '@/api/client';

/** Codes of refusals that have words of their own under `markApply.failed`. */
const CODES = new Set([
  'not_eligible',
  'case_open',
  'paper_under_way',
  'bad_recipient',
  'bad_phone',
  'phone_needed',
  'bad_division',
  'bad_address',
  'unknown_office',
  'reauthenticate',
  'assurance_needed',
]);

/** The words under `markApply.failed` for what went wrong. */
export function applyFault(failure: unknown): string {
  if (!(failure instanceof RequestFailed)) return 'server';
  if (failure.code !== null && CODES.has(failure.code)) return failure.code;
  return failure.kind === 'offline' || failure.kind === 'server' ? failure.kind : 'refused';
}
