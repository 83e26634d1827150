/** Words for verdicts in few characters, and for what the server refused a partner. */
import { sentenceOf, VERDICT_TITLES } from '@luzheng/verify';
import { useI18n } from 'vue-i18n';
import { RequestFailed } from '@/api/client';
import { useFormats } from '@/i18n/format';
import { licenceWords } from '@/licence/verdict';
import type { Fate } from './fate';
import type { CheckedCode } from './types';

/** Codes with words of their own. */
const KNOWN = new Set([
  'quota_minute',
  'quota_day',
  'batch_over_quota',
  'insufficient_scope',
  'too_many_look_ups',
  'registry_stale',
  'bad_plate',
  'no_proof',
  'proof_expired',
  'proof_revoked',
  'bad_link',
  'case_reference',
]);

export interface PartnerWords {
  /** What to say about a failure. */
  problem(failure: unknown): string;
  /** The verdict, or "not checked". */
  fate(fate: Fate): string;
  /** Why, in a sentence. */
  why(checked: CheckedCode): string;
}

export function usePartnerWords(): PartnerWords {
  const { t } = useI18n();
  const { tx } = useFormats();
  return {
    problem: (failure) => {
      if (!(failure instanceof RequestFailed)) return t('partner.refused.server');
      if (failure.kind === 'offline') return t('partner.refused.offline');
      if (failure.code !== null && KNOWN.has(failure.code)) return t(`partner.refused.${failure.code}`);
      if (failure.kind === 'signed_out') return t('partner.refused.signed_out');
      return t(failure.kind === 'refused' ? 'partner.refused.refused' : 'partner.refused.server');
    },
    fate: (fate) => (fate === 'refused' ? t('partner.fate.refused') : tx(VERDICT_TITLES[fate])),
    why: (checked) => {
      if (!checked.report)
        return t(checked.error?.code === 'scope' ? 'partner.item.scope' : 'partner.item.bad');
      if (checked.outside_region) return t('partner.item.outside');
      const own = licenceWords(checked.report);
      return own ? t(`verify.licence.${own}`) : tx(sentenceOf(checked.report));
    },
  };
}
