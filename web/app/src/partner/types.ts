/** The server's answers to partners, as the screens use them. */
import type { Report } from '@luzheng/verify';
import type { Text } from '@/api/types';

/** What a partner may ask. */
export type Scope =
  'verify.marks' | 'verify.licences' | 'state' | 'proofs' | 'subscriptions' | 'accidents' | 'officer';

/** One window of a quota. */
export interface Window {
  limit: number;
  used: number;
  resets_in_s: number;
}

/** A partner, as it is told about itself. */
export interface PartnerMe {
  id: string;
  name: Text;
  kind: string;
  kind_text: Text;
  /** The person, on this page. */
  member: string | null;
  scopes: { code: Scope; text: Text }[];
  regions: { code: string; name: Text }[];
  purposes: { code: string; text: Text }[];
  quota: { day: Window; minute: Window };
  as_of: string | null;
}

/** One code of a batch. */
export interface CodeToCheck {
  id?: string;
  code: string;
  expected_plate?: string;
}
/** What came of it. */
export interface CheckedCode {
  id: string | null;
  report?: Report;
  outside_region?: boolean;
  error?: { code: string; detail: string };
}
export interface CheckedCodes {
  items: CheckedCode[];
  status: { as_of: string; age_s: number } | null;
  check: string;
}

/** A licence at the counter. */
export interface CheckedLicence {
  report: Report;
  outside_region: boolean;
  hand_over: 'yes' | 'no' | 'ask';
  advice: Text;
  classes: { code: string; name: Text; may_drive: Text }[];
  practice: { running: boolean; until: string | null; classes: string[] } | null;
  practice_unknown: boolean;
}

/** A line of the own log. */
export interface LogLine {
  id: string;
  at: string;
  purpose: string;
  purpose_text: Text;
  how: 'interface' | 'page' | 'pick_up';
  member: string | null;
  asked: number;
  valid: number;
  attention: number;
  not_valid: number;
  unreadable: number;
  cannot_tell: number;
  refused: number;
}
export interface LogPage {
  items: LogLine[];
  next: string | null;
  explanation: Text;
}

/** How a vehicle stood. */
export interface StateThen {
  known: boolean;
  in_validity: boolean | null;
  valid_until: string | null;
  status: { letter: string; name: Text }[] | null;
  mark: { state: string; reason: string | null; valid_until: string } | null;
  insurance: { until: string; ran: boolean } | null;
  same_vehicle: boolean | null;
}
/** The answer to one question about a moment. */
export interface StateAnswer {
  id: string | null;
  as_known_then: StateThen | null;
  as_known_now: StateThen | null;
  changed: boolean | null;
  changes: { known_at: string; what: Text }[];
  error: { code: string; detail: string } | null;
}

/** A received proof in brief. */
export interface ProofBrief {
  id: string;
  received_at: string;
  kept_until: string;
  purpose: string;
  case_reference: string;
}
/** A received proof with what it showed. */
export interface ReceivedProof extends ProofBrief {
  purpose_text: Text;
  snapshot: Record<string, unknown>;
  live: 'open' | 'expired' | 'revoked';
  evidence: unknown;
}
