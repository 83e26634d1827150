/** Words for what the server refused an officer. */
import { useI18n } from 'vue-i18n';
import { RequestFailed } from '@/api/client';

/** Codes with words of their own. */
const KNOWN = new Set([
  'off_duty',
  'outside_duty',
  'too_often',
  'bad_plate',
  'bad_vin',
  'bad_number',
  'database_away',
]);

export function useOfficerWords(): {
  /** What to say about a failure. */
  problem(failure: unknown): string;
} {
  const { t } = useI18n();
  return {
    problem: (failure) => {
      if (!(failure instanceof RequestFailed)) return t('officer.refused.server');
      if (failure.kind === 'offline') return t('officer.refused.offline');
      if (failure.code !== null && KNOWN.has(failure.code)) return t(`officer.refused.${failure.code}`);
      if (failure.kind === 'signed_out') return t('officer.refused.signed_out');
      return t(failure.kind === 'refused' ? 'officer.refused.refused' : 'officer.refused.server');
    },
  };
}
