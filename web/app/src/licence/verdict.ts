import type { Report } from '@luzheng/verify';

/** What the verdict of a licence says in the words of a licence, where a mark's words would mislead. */
const OWN_WORDS = ['expired', 'revoked', 'suspended', 'superseded', 'state_red', 'replayed'] as const;
export type LicenceWords = (typeof OWN_WORDS)[number] | 'valid' | 'replayedHeld';

/** Key below `verify.licence`, or null when the common sentence serves. */
export function licenceWords(report: Pick<Report, 'reason' | 'credential'>): LicenceWords | null {
  if (report.credential?.kind !== 'driving_licence') return null;
  if (report.reason === null) return 'valid';
  if (report.reason === 'replayed' && report.credential.mode === 'held') return 'replayedHeld';
  return OWN_WORDS.find((reason) => reason === report.reason) ?? null;
}
