/** What the rules found, as the screen shows it, whether the device or the server measured. */
import type { Text } from '@/api/types';
import type { Finding } from '@/photo/rules';
import type { Check } from './calls';

/** One rule's result in words. */
export interface Shown {
  readonly rule: string;
  readonly ok: boolean;
  /** The photo cannot be sent because of it. */
  readonly refuses: boolean;
  readonly title: string;
  readonly fix: string;
}

/** Findings of the device. What could not be measured without a face says nothing: the rule about the face does. */
export function ofDevice(findings: readonly Finding[], t: (key: string) => string): Shown[] {
  return findings
    .filter(({ found }) => found !== 'nothing')
    .map(({ rule, found, ok, refuses }) => ({
      rule,
      ok,
      refuses: refuses && !ok,
      title: t(`photo.${rule}.${found}`),
      fix: ok ? '' : t(`photo.${rule}.${found}Fix`),
    }));
}

/** Findings of the server. */
export function ofServer(checks: readonly Check[], tx: (text: Text) => string): Shown[] {
  return checks.map(({ rule, ok, advice_only, text, fix }) => ({
    rule,
    ok,
    refuses: !ok && !advice_only,
    title: tx(text),
    fix: tx(fix),
  }));
}

/** Rules that the server found broken and the device had not. */
export function newlyFailed(server: readonly Check[], device: readonly Finding[]): string[] {
  const known = new Set(device.filter(({ ok }) => !ok).map(({ rule }) => rule as string));
  return server.filter(({ ok, rule }) => !ok && !known.has(rule)).map(({ rule }) => rule);
}
