/** Words for what the server refused an officer. */
import { useI18n } from 'vue-i18n';
import { RequestFailed } from '@/api/client';

/** Codes with words of their own, and which. */
const WORDS: Readonly<Record<string, string>> = {
  off_duty: 'off_duty',
  outside_duty: 'outside_duty',
  too_often: 'too_often',
  too_many_look_ups: 'too_often',
  bad_plate: 'bad_plate',
  bad_plate_type: 'bad_plate',
  bad_vin: 'bad_vin',
  bad_id_number: 'bad_number',
  bad_licence_number: 'bad_number',
};

export function useOfficerWords(): {
  /** What to say about a failure. */
  problem(failure: unknown): string;
} {
  const { t } = useI18n();
  return {
    problem: (failure) => {
      if (!(failure instanceof RequestFailed)) return t('officer.refused.server');
      if (failure.kind === 'offline') return t('officer.refused.offline');
      const known = failure.code === null ? undefined : WORDS[failure.code];
      if (known !== undefined) return t(`officer.refused.${known}`);
      if (failure.kind === 'signed_out') return t('officer.refused.signed_out');
      return t(failure.kind === 'refused' ? 'officer.refused.refused' : 'officer.refused.server');
    },
  };
}
