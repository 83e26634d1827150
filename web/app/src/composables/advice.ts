import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Vehicle } from '@/api/types';
import { chinaDay, useFormats } from '@/i18n/format';
import { adviceFor, blockersOf, type Advice } from '@/vehicle/advice';
import { nowMs } from './clock';

/** A vehicle's advice in words. */
export interface AdviceWords extends Advice {
  title: string;
  text: string;
  /** "190 days left", or how long overdue; null when no date applies. */
  countdown: string | null;
  /** What has to be done first, each as a phrase. */
  blockers: string[];
}

/** {@link adviceFor} with its sentences in the current language. */
export function useAdvice(vehicle: () => Vehicle): ComputedRef<AdviceWords> {
  const { t } = useI18n();
  const { day, tx } = useFormats();
  return computed(() => {
    const it = vehicle();
    const advice = adviceFor(it);
    const inspection = it.inspection;
    const relevant = advice.key === 'fine' ? inspection?.window_opens : inspection?.last_day;
    const text = t(`advice.${advice.key}.text`, { day: relevant ? day(relevant) : '' });
    const reason = advice.key === 'suspended' ? it.mark?.reason_text : null;
    return {
      ...advice,
      title: reason ? t('advice.suspended.because', { reason: tx(reason) }) : t(`advice.${advice.key}.title`),
      text,
      blockers:
        advice.key === 'suspended'
          ? []
          : blockersOf(it, chinaDay(nowMs())).map((b) => t(`advice.blocker.${b}`)),
      countdown: inspection ? countdown(inspection.days_left) : null,
    };
  });

  function countdown(days: number): string {
    if (days === 0) return t('vehicles.lastDay');
    if (days < 0) return t('vehicles.daysOver', { n: -days }, -days);
    return t('vehicles.daysLeft', { n: days }, days);
  }
}
