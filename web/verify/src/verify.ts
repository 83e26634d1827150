/**
 * The one way to a verdict. The order of the checks is that of the format's description; the first failure
 * is the reason, and every check is named in the answer: passed, failed, or not reached.
 */
import type { Bytes } from './bytes.js';
import { type Claims, LIVE_SECONDS, readClaims } from './claims.js';
import { type Message, splitMessage, toBeSigned } from './cose.js';
import { importDeviceKey } from './keys.js';
import {
  CHECKS,
  type Check,
  type CheckName,
  type CredentialSummary,
  type Hint,
  type Reason,
  type Report,
  type StatusAge,
  VERDICT_OF_REASON,
} from './report.js';
import type { StatusList, StatusSource, StatusValue } from './status.js';
import { decodeText, isForeign } from './text.js';
import { rfc3339 } from './time.js';
import { type TrustKey, type TrustList, permitsRegion } from './trust.js';

/** Clocks may differ by this much, in seconds, before an answer becomes `clock_wrong`. */
export const CLOCK_TOLERANCE = 90;
/** A live code may come this much early, in seconds. */
export const LIVE_EARLY = 5;
/** A reader whose clock is not confirmed accepts a live code for this long, in seconds. */
export const LIVE_SECONDS_UNCONFIRMED = 90;
/** A status older than this, in seconds, asks for attention. */
export const STATUS_STALE = 24 * 3600;

/** What is asked about a code. */
export interface Question {
  /** The instant to judge at, in seconds since 1970. */
  readonly now: number;
  /** Whether something outside confirmed the clock lately. */
  readonly clockConfirmed: boolean;
  /** The plate number on the vehicle, when the checker gave it. */
  readonly expectedPlate?: string;
  /** Hosts whose addresses are ours; another adds the hint `foreign_host`. */
  readonly ourHosts?: readonly string[];
}

/** What a verdict is made from besides the code. */
export interface Evidence {
  readonly trust: TrustList | null;
  readonly status: StatusSource;
  readonly question: Question;
}

/** Decides about a text. Never throws: whatever the text is, the answer is a report. */
export async function verify(text: string, evidence: Evidence): Promise<Report> {
  const judgement = new Judgement(text, evidence);
  const reason = await judgement.reach();
  return judgement.report(reason);
}

/** A failure that ends the checking. */
interface Failure {
  readonly check: CheckName;
  readonly reason: Reason;
}

class Judgement {
  private readonly passed = new Set<CheckName>();
  private readonly hints: Hint[] = [];
  private credential: CredentialSummary | null = null;
  private statusAge: StatusAge | null = null;

  constructor(
    private readonly text: string,
    private readonly evidence: Evidence,
  ) {}

  async reach(): Promise<Failure | null> {
    const message = this.envelope();
    if ('reason' in message) return message;
    const issuer = this.issuer(message);
    if ('reason' in issuer) return issuer;
    const signature = await this.signature(message, issuer);
    if (signature !== null) return signature;
    const claims = this.claims(message, issuer);
    if ('reason' in claims) return claims;
    return (await this.device(message, claims)) ?? this.facts(message, claims);
  }

  private facts(message: Message, claims: Claims): Failure | null {
    const list = this.evidence.status.find(claims.list);
    return (
      this.clock(message, claims, list) ??
      this.time(message, claims) ??
      this.status(claims, list) ??
      this.subject(claims) ??
      this.attention(claims, list)
    );
  }

  private envelope(): Message | Failure {
    const { host, payload } = decodeText(this.text);
    if (isForeign(host, this.evidence.question.ourHosts ?? [])) this.hints.push('foreign_host');
    if ('fault' in payload) {
      if (payload.fault === 'too_large') return { check: 'size', reason: 'too_large' };
      this.passed.add('size');
      return { check: 'envelope', reason: 'not_a_credential' };
    }
    this.passed.add('size');
    const cut = 'cut' in payload;
    const message = splitMessage(cut ? payload.cut : payload.message);
    if ('fault' in message) return { check: 'envelope', reason: message.fault };
    if (cut) return { check: 'envelope', reason: 'not_a_credential' };
    this.passed.add('envelope');
    return message;
  }

  private issuer(message: Message): TrustKey | Failure {
    const { trust, question } = this.evidence;
    if (trust === null || question.now >= trust.exp) return { check: 'issuer', reason: 'trust_list_expired' };
    const key = trust.find(message.issued.kid);
    if (key === undefined || key.use === 'status') return { check: 'issuer', reason: 'unknown_issuer' };
    this.passed.add('issuer');
    return key;
  }

  private async signature(message: Message, issuer: TrustKey): Promise<Failure | null> {
    const key = await issuer.publicKey();
    const agreed = key !== null && key.algorithm === message.issued.algorithm;
    if (!agreed || !(await key.verify(toBeSigned(message.issued), message.issued.signature))) {
      return { check: 'signature', reason: 'bad_signature' };
    }
    this.passed.add('signature');
    return null;
  }

  private claims(message: Message, issuer: TrustKey): Claims | Failure {
    const claims = readClaims(message.issued.payload);
    if ('fault' in claims) return { check: 'claims', reason: claims.fault };
    if ((claims.mode === 'held') !== (message.wrapper !== null)) return { check: 'claims', reason: 'malformed' };
    this.passed.add('claims');
    if (issuer.use !== requiredUse(claims) || !permitsRegion(issuer.regions, claims.authority)) {
      this.passed.delete('issuer');
      return { check: 'issuer', reason: 'unknown_issuer' };
    }
    this.credential = summary(claims);
    if (claims.kind === 'inspection_mark') this.hints.unshift('compare_plate');
    return claims;
  }

  private async device(message: Message, claims: Claims): Promise<Failure | null> {
    if (message.wrapper === null) return null;
    const key = await importDeviceKey(claims.deviceKey ?? (new Uint8Array() as Bytes));
    if (key !== null && (await key.verify(toBeSigned(message.wrapper), message.wrapper.signature))) return null;
    this.passed.delete('signature');
    return { check: 'signature', reason: 'bad_signature' };
  }

  private clock(message: Message, claims: Claims, list: StatusList | undefined): Failure | null {
    const { trust, question } = this.evidence;
    const instants = [trust?.iat ?? 0, list?.iat ?? 0, claims.iat, message.wrapper?.iat ?? 0];
    if (instants.some((iat) => question.now < iat - CLOCK_TOLERANCE)) return { check: 'clock', reason: 'clock_wrong' };
    this.passed.add('clock');
    return null;
  }

  private time(message: Message, claims: Claims): Failure | null {
    const { now, clockConfirmed } = this.evidence.question;
    const shown = message.wrapper?.iat ?? (claims.mode === 'live' ? claims.iat : null);
    if (now < (shown ?? claims.iat) - LIVE_EARLY) return { check: 'time', reason: 'not_yet_valid' };
    if (shown !== null) {
      if (!clockConfirmed) this.hints.push('clock_unconfirmed');
      const life = clockConfirmed ? LIVE_SECONDS : LIVE_SECONDS_UNCONFIRMED;
      if (now >= shown + life) return { check: 'time', reason: 'replayed' };
    }
    if (claims.mode !== 'live' && now >= claims.exp) return { check: 'time', reason: 'expired' };
    this.passed.add('time');
    return null;
  }

  private status(claims: Claims, list: StatusList | undefined): Failure | null {
    const { now } = this.evidence.question;
    if (list !== undefined) this.statusAge = { as_of: rfc3339(list.iat), age_s: Math.max(0, now - list.iat) };
    const value = list === undefined || now >= list.exp ? undefined : list.at(claims.index);
    const reason = value === undefined ? 'status_unavailable' : REASON_OF_STATUS[value];
    if (reason !== null && !(reason === 'suspended' && claims.kind === 'driving_licence')) {
      return { check: 'status', reason };
    }
    this.passed.add('status');
    return null;
  }

  private subject(claims: Claims): Failure | null {
    const expected = this.evidence.question.expectedPlate;
    if (expected !== undefined && claims.kind === 'inspection_mark' && expected !== claims.subject) {
      return { check: 'subject', reason: 'wrong_subject' };
    }
    this.passed.add('subject');
    return null;
  }

  private attention(claims: Claims, list: StatusList | undefined): Failure | null {
    const red = claims.red || list?.at(claims.index) === 'suspended';
    if (red) return { check: 'attention', reason: 'state_red' };
    if (list !== undefined && this.evidence.question.now - list.iat > STATUS_STALE) {
      return { check: 'attention', reason: 'status_stale' };
    }
    this.passed.add('attention');
    return null;
  }

  report(failure: Failure | null): Report {
    const checks = CHECKS.map((name): Check => {
      if (failure?.check === name) return { name, ok: false, detail: failure.reason };
      return { name, ok: this.passed.has(name) ? true : null };
    });
    return {
      verdict: failure === null ? 'valid' : VERDICT_OF_REASON[failure.reason],
      reason: failure?.reason ?? null,
      checks,
      credential: this.credential,
      hints: this.hints,
      status: this.statusAge,
      checked_at: rfc3339(this.evidence.question.now),
    };
  }
}

const REASON_OF_STATUS: Record<StatusValue, Reason | null> = {
  valid: null,
  revoked: 'revoked',
  suspended: 'suspended',
  superseded: 'superseded',
};

function requiredUse(claims: Claims): TrustKey['use'] {
  if (claims.mode === 'live') return 'live';
  return claims.kind === 'inspection_mark' ? 'mark' : 'licence';
}

function summary(claims: Claims): CredentialSummary {
  const digits = claims.validUntil.toString();
  const parts = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].filter((part) => part !== '');
  return {
    kind: claims.kind,
    mode: claims.mode,
    subject: claims.subject,
    class: claims.class,
    valid_until: claims.validUntil === 0 ? 'long-term' : parts.join('-'),
    authority: claims.authority.toString().padStart(6, '0'),
  };
}
