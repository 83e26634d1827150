/** Words for what the server refused on the way in. */
import { useI18n } from 'vue-i18n';
import { RequestFailed } from '@/api/client';
import { useFormats } from '@/i18n/format';

/** At least a second, so that nobody is told to wait "just now". */
const waitText = (t: (key: string, named: Record<string, unknown>) => string, seconds: number): string =>
  seconds < 60
    ? t('account.wait.seconds', { n: Math.max(1, Math.ceil(seconds)) })
    : t('account.wait.minutes', { n: Math.ceil(seconds / 60) });

export interface AccountWords {
  /** What to say about a failure on the way in. */
  problem(failure: unknown): string;
  /** A time to wait, in words. */
  wait(ms: number): string;
  /** A moment as `today 14:05` would be read: date and time. */
  moment(when: string): string;
}

export function useAccountWords(): AccountWords {
  const { t } = useI18n();
  const { instant } = useFormats();
  const wait = (ms: number): string => waitText(t, ms / 1000);
  return {
    wait,
    moment: (when) => instant(when),
    problem: (failure) => {
      if (!(failure instanceof RequestFailed)) return t('account.signIn.problem.failed');
      const { retry_after_s, tries_left } = failure.more;
      const pause = wait((retry_after_s ?? 60) * 1000);
      if (failure.kind === 'offline') return t('account.signIn.problem.offline');
      switch (failure.code) {
        case 'wrong_code':
          return tries_left === 0
            ? t('account.signIn.problem.wrongCodeLast')
            : t('account.signIn.problem.wrongCode', { n: tries_left ?? '?' });
        case 'locked':
          return t('account.signIn.problem.locked', { wait: pause });
        case 'too_often':
          return t('account.signIn.problem.tooOften', { wait: pause });
        case 'code_expired':
          return t('account.signIn.problem.expired');
        case 'identity_mismatch':
          return t('account.level.mismatch');
        default:
          return t('account.signIn.problem.failed');
      }
    },
  };
}
