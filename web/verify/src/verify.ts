/**
 * The one way to a verdict: text in, report out, in the order that the format's description gives; the first
 * failure is the reason. Claims are looked at only after a signature over them held, so what depends on them
 * (is the kind known, may the key sign it) is checked right after the signature.
 */
import { type Claims, LIVE_SECONDS, type Mode, type Kind, kindOf, modeOf, readClaims } from './claims.js';
import { type EnvelopeFault, type Message, splitMessage, toBeSigned } from './cose.js';
import { type Glimpse, glimpse } from './glimpse.js';
import { PublicKey } from './keys.js';
import { samePlate } from './plates.js';
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
import type { StatusAnswer, StatusSource } from './status.js';
import { decodeText, isForeign } from './text.js';
import { rfc3339 } from './time.js';
import type { KeyUse, TrustKey, TrustList } from './trust.js';

/** How far before the data a reader's clock may stand, in seconds. */
export const CLOCK_TOLERANCE = 90;
/** How long before its `iat` a live code is accepted, in seconds. */
export const LIVE_EARLY = 5;
/** How long after its `iat` a live code is accepted by a reader whose clock is not confirmed, in seconds. */
export const LIVE_UNCONFIRMED = 90;
/** The age in seconds above which a status asks for attention. */
export const STALE_AFTER = 24 * 3600;

/** What is asked about a code. */
export interface Question {
  /** The instant to judge at, in seconds since 1970. */
  readonly now: number;
  /** Whether that comes from a clock that something outside confirmed, or just from the device. */
  readonly clockConfirmed: boolean;
  /** The plate in front of the checker, in any spelling. */
  readonly expectedPlate?: string | undefined;
  /** Hosts that are ours, with their port if any. A text that names another gets the hint `foreign_host`. */
  readonly ourHosts: readonly string[];
}

/** What a verdict is made from besides the code. */
export interface Evidence {
  /** `null` when there is none: nothing can be said then, and the answer is `cannot_tell`. */
  readonly trust: TrustList | null;
  readonly status: StatusSource;
  readonly question: Question;
}

/** Judges a code. Never throws: whatever the text is, the answer is a report. */
export async function verify(text: string, evidence: Evidence): Promise<Report> {
  return (await verifyWithClaims(text, evidence)).report;
}

/** As {@link verify}, with the claims themselves: `null` as long as no signature over them was found good. */
export async function verifyWithClaims(
  text: string,
  { trust, status, question }: Evidence,
): Promise<{ readonly report: Report; readonly claims: Claims | null }> {
  const run = new Run(question);
  try {
    run.reason = await judge(run, text, trust, status);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    run.fail(error);
  }
  return { report: run.report(), claims: run.claims };
}

/** A failed check ends the judging. */
class Failure extends Error {
  constructor(
    readonly check: CheckName,
    readonly reason: Reason,
    readonly detail: string = reason,
  ) {
    super(detail);
  }
}

class Run {
  readonly now: number;
  readonly hints: Hint[] = [];
  claims: Claims | null = null;
  status: StatusAge | null = null;
  reason: Reason | null = null;
  private readonly outcomes = new Map<CheckName, Check>();

  constructor(readonly question: Question) {
    this.now = Math.floor(question.now);
  }

  pass(name: CheckName): void {
    this.outcomes.set(name, { name, ok: true });
  }

  fail({ check, reason, detail }: Pick<Failure, 'check' | 'reason' | 'detail'>): void {
    this.outcomes.set(check, { name: check, ok: false, detail });
    this.reason ??= reason;
  }

  report(): Report {
    const verdict = this.reason === null ? 'valid' : VERDICT_OF_REASON[this.reason];
    const genuine = verdict === 'valid' || verdict === 'attention';
    if (genuine && this.question.expectedPlate === undefined && this.claims?.mode === 'static') {
      this.hints.push('compare_plate');
    }
    return {
      verdict,
      reason: this.reason,
      checks: CHECKS.map((name) => this.outcomes.get(name) ?? { name, ok: null }),
      credential: this.claims === null ? null : shown(this.claims),
      hints: this.hints,
      status: this.status,
      checked_at: rfc3339(this.now),
    };
  }
}

async function judge(
  run: Run,
  text: string,
  trust: TrustList | null,
  status: StatusSource,
): Promise<Reason | null> {
  const message = readText(run, text);
  if (trust === null) throw new Failure('trust_list', 'trust_list_expired', 'no_trust_list');
  if (run.now >= trust.exp) throw new Failure('trust_list', 'trust_list_expired');
  run.pass('trust_list');

  const claims = await believe(run, message, trust);
  const answer = await status.lookUp(claims.list, claims.index);
  if (answer) run.status = { as_of: rfc3339(answer.iat), age_s: Math.max(0, run.now - answer.iat) };
  // from here on the answer may show what the credential says, whatever the verdict
  run.claims = claims;
  checkTimes(run, claims, message.wrapper?.iat, trust.iat, answer?.iat);
  const suspended = checkStatus(run, claims.kind, answer);
  checkSubject(run, claims);
  return askForAttention(run, claims.red || suspended, answer);
}

function readText(run: Run, text: string): Message {
  const { host, payload } = decodeText(text);
  if (isForeign(host, run.question.ourHosts)) run.hints.push('foreign_host');
  if ('fault' in payload && payload.fault === 'too_large') throw new Failure('size', 'too_large');
  run.pass('size');
  if ('fault' in payload) throw new Failure('envelope', 'not_a_credential');
  if ('cut' in payload) {
    // a text that was cut: is what is left the beginning of a message?
    const rest = splitMessage(payload.cut);
    const begun = 'fault' in rest && rest.fault === 'truncated';
    throw new Failure('envelope', begun ? 'truncated' : 'not_a_credential');
  }
  const message = splitMessage(payload.message);
  if ('fault' in message) throw envelopeFailure(message.fault);
  run.pass('envelope');
  return message;
}

function envelopeFailure(fault: EnvelopeFault): Failure {
  if (fault === 'too_large') return new Failure('size', fault);
  return new Failure('envelope', fault, fault === 'unsupported_version' ? 'algorithm' : fault);
}

// key, signature, version, permission, claims, and for a held licence the device's signature
async function believe(run: Run, message: Message, trust: TrustList): Promise<Claims> {
  const { issued } = message;
  const key = trust.find(issued.kid);
  if (key === undefined) throw new Failure('key', 'unknown_issuer');
  if (key.use === 'status') throw new Failure('key', 'unknown_issuer', 'use');
  run.pass('key');
  if (key.publicKey.algorithm !== issued.algorithm)
    throw new Failure('signature', 'bad_signature', 'algorithm');
  if (!(await key.publicKey.verify(toBeSigned(issued), issued.signature))) {
    throw new Failure('signature', 'bad_signature');
  }
  run.pass('signature');
  const claims = readClaims(issued.payload);
  checkPermission(run, glimpse(issued.payload), key);
  if (claims === null) throw new Failure('claims', 'malformed');
  await checkWrapper(run, message, claims);
  return claims;
}

// version and permission, from as much as can be made out; what cannot is left to the check of the claims
function checkPermission(run: Run, seen: Glimpse, key: TrustKey): void {
  if (seen.kind === undefined || seen.mode === undefined) throw new Failure('claims', 'malformed');
  const kind = kindOf(seen.kind);
  if (kind === undefined) throw new Failure('version', 'unsupported_version', 'kind');
  const mode = modeOf(kind, seen.mode);
  if (mode === undefined) throw new Failure('version', 'unsupported_version', 'mode');
  run.pass('version');
  if (seen.authority === undefined || seen.iat === undefined) throw new Failure('claims', 'malformed');
  const objection = key.objection(neededUse(kind, mode), Number(seen.authority), Number(seen.iat));
  if (objection !== null) throw new Failure('permission', 'unknown_issuer', objection);
  run.pass('permission');
}

function neededUse(kind: Kind, mode: Mode): KeyUse {
  if (mode === 'live') return 'live';
  return kind === 'inspection_mark' ? 'mark' : 'licence';
}

// a held licence must come wrapped, anything else must not; and the device it names must have signed the wrapper
async function checkWrapper(run: Run, { wrapper }: Message, { deviceKey }: Claims): Promise<void> {
  if ((wrapper === null) !== (deviceKey === null)) throw new Failure('claims', 'malformed', 'wrapper');
  if (wrapper !== null && deviceKey !== null) {
    const key = await PublicKey.fromDevicePoint(deviceKey);
    if (key === null) throw new Failure('claims', 'malformed');
    run.pass('claims');
    if (!(await key.verify(toBeSigned(wrapper), wrapper.signature))) {
      throw new Failure('signature', 'bad_signature', 'device');
    }
  }
  run.pass('claims');
}

// clock, then dates: not yet, replayed, expired
function checkTimes(
  run: Run,
  claims: Claims,
  wrappedAt: number | undefined,
  trustIat: number,
  statusIat: number | undefined,
): void {
  const { now } = run;
  for (const iat of [trustIat, statusIat, claims.iat, wrappedAt]) {
    if (iat !== undefined && now + CLOCK_TOLERANCE < iat) throw new Failure('clock', 'clock_wrong');
  }
  run.pass('clock');
  // the moment at which the code was made for showing, if it lives for a minute only
  const shownAt = wrappedAt ?? (claims.mode === 'live' ? claims.iat : undefined);
  let late = false;
  if (shownAt === undefined) {
    if (now < claims.iat) throw new Failure('dates', 'not_yet_valid');
  } else {
    const age = now - shownAt;
    const early = age < -LIVE_EARLY || (wrappedAt !== undefined && now + LIVE_EARLY < claims.iat);
    if (early) throw new Failure('dates', 'not_yet_valid');
    late = age >= LIVE_SECONDS;
    if (late && (run.question.clockConfirmed || age >= LIVE_UNCONFIRMED))
      throw new Failure('dates', 'replayed');
  }
  if (now >= claims.validBefore) throw new Failure('dates', 'expired');
  run.pass('dates');
  if (late) run.hints.push('clock_unconfirmed');
}

// a licence that is suspended stays genuine and is shown red, as its holder's screen shows it
function checkStatus(run: Run, kind: Kind, answer: StatusAnswer | undefined): boolean {
  if (answer === undefined || run.now >= answer.exp) throw new Failure('status', 'status_unavailable');
  const red = answer.value === 'suspended' && kind === 'driving_licence';
  if (answer.value === 'stopped') throw new Failure('status', 'suspended');
  if (answer.value !== 'valid' && !red) throw new Failure('status', answer.value);
  run.pass('status');
  return red;
}

function checkSubject(run: Run, claims: Claims): void {
  const expected = run.question.expectedPlate;
  if (expected === undefined) return;
  if (!samePlate(expected, claims.subject)) throw new Failure('subject', 'wrong_subject');
  run.pass('subject');
}

// what does not make a credential bad but asks for a look; the first is the reason
function askForAttention(run: Run, red: boolean, answer: StatusAnswer | undefined): Reason | null {
  const stale = answer !== undefined && run.now - answer.iat > STALE_AFTER;
  if (red) run.fail(new Failure('state', 'state_red'));
  else run.pass('state');
  if (stale) run.fail(new Failure('freshness', 'status_stale'));
  else run.pass('freshness');
  return run.reason;
}

function shown(claims: Claims): CredentialSummary {
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
