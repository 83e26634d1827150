//! Text in, verdict out: the one function that decides, for server, command line and bulk alike. The browser's verifier follows
//! the same order and passes the same vectors.
//!
//! The order is that of `docs/qr-format.md`, and the first failure is the reason. Claims are looked at only after a signature
//! over them was found good; what depends on claims (is the kind known, may the key sign it) is therefore checked right after the
//! signature and before the claims are judged in full.

mod device;
mod plate;
mod report;

use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;

pub(crate) use plate::same_plate;
pub use report::{Check, CheckName, Hint, Reason, Report, StatusAge, Verdict};

use device::DeviceKey;

use crate::kind::{self, Claims, LIVE_SECONDS, Mode};
use crate::qr::message::{self, EnvelopeError, Message};
use crate::qr::text::{self, Recognised, TextError};
use crate::status_list::{StatusAnswer, StatusSource, StatusValue};
use crate::trust::{KeyUse, NotPermitted, TrustKey, TrustList};

/// How far before the data a reader's clock may stand, in seconds.
pub const CLOCK_TOLERANCE: i64 = 90;
/// How long before its `iat` a live code is accepted, in seconds.
pub const LIVE_EARLY: i64 = 5;
/// How long after its `iat` a live code is accepted by a reader whose clock is not confirmed, in seconds.
pub const LIVE_UNCONFIRMED: i64 = 90;
/// The age in seconds above which a status asks for attention.
pub const STALE_AFTER: i64 = 24 * 60 * 60;

/// What is asked about a code.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The time to judge at.
    pub now: Timestamp,
    /// Whether that time comes from a clock that was confirmed (by a server, by the network), or just from a device.
    pub clock_confirmed: bool,
    /// The plate in front of the checker, in any spelling.
    pub expected_plate: Option<&'a str>,
    /// The hosts that are ours. A text that names another gets the hint `foreign_host`.
    pub our_hosts: &'a [String],
}

/// A failure: in which check, the reason, and a closer word where there is one.
struct Failure {
    check: CheckName,
    reason: Reason,
    detail: &'static str,
}

fn fail(check: CheckName, reason: Reason) -> Failure {
    Failure { check, reason, detail: reason.code() }
}

/// Judges a code. `trust` is the verifier's trust list, already opened; without one nothing can be said, and the answer is
/// `cannot_tell` (`trust_list_expired`, detail `no_trust_list`).
pub fn verify(text: &str, trust: Option<&TrustList>, status: &dyn StatusSource, question: &Question<'_>) -> Report {
    run(text, trust, status, question, true)
}

/// As [`verify`] for the issuer's own look at what it has just signed: a held licence comes without the wrapper that only its
/// holder's device can make.
pub(crate) fn verify_issued(
    text: &str,
    trust: Option<&TrustList>,
    status: &dyn StatusSource,
    question: &Question<'_>,
) -> Report {
    run(text, trust, status, question, false)
}

fn run(
    text: &str,
    trust: Option<&TrustList>,
    status: &dyn StatusSource,
    question: &Question<'_>,
    wrapper_needed: bool,
) -> Report {
    let mut run = Run {
        wrapper_needed,
        question,
        now: question.now.as_second(),
        checks: CheckName::ALL.map(|name| Check { name, ok: None, detail: None }),
        claims: None,
        hints: Vec::new(),
        status: None,
    };
    let outcome = run.judge(text, trust, status);
    run.report(outcome)
}

struct Run<'a> {
    wrapper_needed: bool,
    question: &'a Question<'a>,
    now: i64,
    checks: [Check; CheckName::ALL.len()],
    claims: Option<Claims>,
    hints: Vec<Hint>,
    status: Option<StatusAge>,
}

impl Run<'_> {
    fn passed(&mut self, check: CheckName) {
        self.checks[check as usize].ok = Some(true);
    }

    fn failed(&mut self, failure: &Failure) {
        let check = &mut self.checks[failure.check as usize];
        (check.ok, check.detail) = (Some(false), Some(failure.detail));
    }

    fn report(mut self, outcome: Result<Option<Reason>, Failure>) -> Report {
        let reason = match outcome {
            Ok(reason) => reason,
            Err(failure) => {
                self.failed(&failure);
                Some(failure.reason)
            }
        };
        let verdict = reason.map_or(Verdict::Valid, Reason::verdict);
        if matches!(verdict, Verdict::Valid | Verdict::Attention)
            && self.question.expected_plate.is_none()
            && self.claims.as_ref().is_some_and(|claims| claims.mode() == Mode::Static)
        {
            self.hints.push(Hint::ComparePlate);
        }
        Report {
            verdict,
            reason,
            checks: self.checks,
            claims: self.claims,
            hints: self.hints,
            status: self.status,
            checked_at: Timestamp::from_second(self.now).unwrap_or(self.question.now),
        }
    }

    /// Makes the checks in their order. `Ok` carries a reason that only asks for attention.
    fn judge(
        &mut self,
        text: &str,
        trust: Option<&TrustList>,
        status: &dyn StatusSource,
    ) -> Result<Option<Reason>, Failure> {
        let bytes = self.read_text(text)?;
        let message = message::split(&bytes).map_err(|error| envelope_failure(&error))?;
        self.passed(CheckName::Envelope);

        let trust =
            trust.ok_or(Failure { detail: "no_trust_list", ..fail(CheckName::TrustList, Reason::TrustListExpired) })?;
        if self.now >= trust.exp() {
            return Err(fail(CheckName::TrustList, Reason::TrustListExpired));
        }
        self.passed(CheckName::TrustList);

        let claims = self.read_claims(&message, trust)?;
        let answer = status.look_up(claims.status().list, claims.status().index);
        if let Some(answer) = answer {
            self.status = age(&answer, self.now);
        }
        let wrapped_at = message.wrapper.map(|wrapper| wrapper.iat);
        // From here on the answer may show what the credential says, whatever the verdict.
        let claims = &*self.claims.insert(claims);
        let hint = check_times(
            claims,
            wrapped_at,
            trust.iat(),
            answer.map(|a| a.iat),
            self.now,
            self.question.clock_confirmed,
        );
        let kind = claims.kind();
        let red = matches!(claims, Claims::DrivingLicence(licence) if licence.is_red());
        let same_plate = self.question.expected_plate.map(|plate| plate::same_plate(plate, claims.subject()));
        let hint = hint.inspect_err(|failure| {
            // Clock and dates are one pass; a failure of the second means that the first passed.
            if failure.check == CheckName::Dates {
                self.checks[CheckName::Clock as usize].ok = Some(true);
            }
        })?;
        self.passed(CheckName::Clock);
        self.passed(CheckName::Dates);
        self.hints.extend(hint);

        let (answer, suspended) = check_status(kind, answer, self.now)?;
        self.passed(CheckName::Status);
        match same_plate {
            Some(false) => return Err(fail(CheckName::Subject, Reason::WrongSubject)),
            Some(true) => self.passed(CheckName::Subject),
            None => {}
        }
        Ok(self.ask_for_attention(red || suspended, &answer))
    }

    fn read_text(&mut self, text: &str) -> Result<Vec<u8>, Failure> {
        let recognised = match text::recognise(text) {
            Err(TextError::TooLarge) => return Err(fail(CheckName::Size, Reason::TooLarge)),
            other => other,
        };
        if recognised.as_ref().is_ok_and(|text| text.is_foreign(self.question.our_hosts)) {
            self.hints.push(Hint::ForeignHost);
        }
        let bytes = recognised.as_ref().map_err(Clone::clone).and_then(Recognised::message);
        if bytes == Err(TextError::TooLarge) {
            return Err(fail(CheckName::Size, Reason::TooLarge));
        }
        self.passed(CheckName::Size);
        bytes.map_err(|error| match error {
            // A text that was cut: is what is left the beginning of a message?
            TextError::Cut(read) if message::split(&read) == Err(EnvelopeError::Truncated) => {
                fail(CheckName::Envelope, Reason::Truncated)
            }
            _ => fail(CheckName::Envelope, Reason::NotACredential),
        })
    }

    /// Key, signature, version, permission, claims, and for a held licence the device's signature.
    fn read_claims(&mut self, message: &Message<'_>, trust: &TrustList) -> Result<Claims, Failure> {
        let issued = &message.issued;
        let key = trust.find(issued.kid).ok_or(fail(CheckName::Key, Reason::UnknownIssuer))?;
        if key.key_use == KeyUse::Status {
            return Err(Failure { detail: "use", ..fail(CheckName::Key, Reason::UnknownIssuer) });
        }
        self.passed(CheckName::Key);
        if key.public_key.algorithm() != issued.algorithm {
            return Err(Failure { detail: "algorithm", ..fail(CheckName::Signature, Reason::BadSignature) });
        }
        key.public_key
            .verify(&issued.to_be_signed(), issued.signature)
            .map_err(|_| fail(CheckName::Signature, Reason::BadSignature))?;
        self.passed(CheckName::Signature);
        let decoded = Claims::decode(issued.claims);
        let glimpse = match &decoded {
            Ok(claims) => kind::Glimpse {
                kind: Some(u64::from(claims.kind().number())),
                mode: Some(u64::from(claims.mode().number())),
                authority: Some(u64::from(claims.authority())),
                iat: Some(claims.iat()),
            },
            Err(_) => kind::glimpse(issued.claims),
        };
        self.check_glimpse(&glimpse, key)?;
        let claims = decoded.map_err(|_| fail(CheckName::Claims, Reason::Malformed))?;
        self.check_wrapper(message, &claims)?;
        Ok(claims)
    }

    /// Version and permission, from as much as can be made out of the claims. What cannot be made out is left to the check of the
    /// claims themselves.
    fn check_glimpse(&mut self, glimpse: &kind::Glimpse, key: &TrustKey) -> Result<(), Failure> {
        let unsupported = |detail| Failure { detail, ..fail(CheckName::Version, Reason::UnsupportedVersion) };
        let (Some(kind), Some(mode)) = (glimpse.kind, glimpse.mode) else {
            return Err(fail(CheckName::Claims, Reason::Malformed));
        };
        let kind = u8::try_from(kind).ok().and_then(CredentialKind::from_number).ok_or(unsupported("kind"))?;
        let mode = Mode::known(kind, mode).ok_or(unsupported("mode"))?;
        self.passed(CheckName::Version);
        let (Some(authority), Some(iat)) = (glimpse.authority, glimpse.iat) else {
            return Err(fail(CheckName::Claims, Reason::Malformed));
        };
        let authority = u32::try_from(authority).unwrap_or(u32::MAX);
        key.permits(KeyUse::needed(kind, mode), Some(authority), iat).map_err(|why| {
            let detail = match why {
                NotPermitted::Use => "use",
                NotPermitted::Region => "region",
                NotPermitted::Dates => "key_dates",
            };
            Failure { detail, ..fail(CheckName::Permission, Reason::UnknownIssuer) }
        })?;
        self.passed(CheckName::Permission);
        Ok(())
    }

    /// A held licence must come wrapped, anything else must not; and the wrapper must be signed by the device it names.
    fn check_wrapper(&mut self, message: &Message<'_>, claims: &Claims) -> Result<(), Failure> {
        let device_key = match claims {
            Claims::DrivingLicence(licence) => licence.device_key(),
            Claims::InspectionMark(_) => None,
        };
        match (message.wrapper, device_key) {
            (None, None) => {}
            (None, Some(point)) if !self.wrapper_needed => {
                DeviceKey::read(point).ok_or(fail(CheckName::Claims, Reason::Malformed))?;
            }
            (Some(wrapper), Some(point)) => {
                let key = DeviceKey::read(point).ok_or(fail(CheckName::Claims, Reason::Malformed))?;
                self.passed(CheckName::Claims);
                if !key.signed(&wrapper.to_be_signed(), wrapper.signature) {
                    return Err(Failure { detail: "device", ..fail(CheckName::Signature, Reason::BadSignature) });
                }
            }
            _ => return Err(Failure { detail: "wrapper", ..fail(CheckName::Claims, Reason::Malformed) }),
        }
        self.passed(CheckName::Claims);
        Ok(())
    }

    /// What does not make a credential bad but asks for a look; the first is the reason.
    fn ask_for_attention(&mut self, red: bool, answer: &StatusAnswer) -> Option<Reason> {
        let stale = self.now - answer.iat > STALE_AFTER;
        let mut reason = None;
        for (check, asked, why) in
            [(CheckName::State, red, Reason::StateRed), (CheckName::Freshness, stale, Reason::StatusStale)]
        {
            if asked {
                self.failed(&fail(check, why));
                reason = reason.or(Some(why));
            } else {
                self.passed(check);
            }
        }
        reason
    }
}

fn envelope_failure(error: &EnvelopeError) -> Failure {
    match error {
        EnvelopeError::TooLarge => fail(CheckName::Size, Reason::TooLarge),
        EnvelopeError::Truncated => fail(CheckName::Envelope, Reason::Truncated),
        EnvelopeError::NotACredential(_) => fail(CheckName::Envelope, Reason::NotACredential),
        EnvelopeError::UnknownAlgorithm(_) => {
            Failure { detail: "algorithm", ..fail(CheckName::Envelope, Reason::UnsupportedVersion) }
        }
    }
}

fn age(answer: &StatusAnswer, now: i64) -> Option<StatusAge> {
    let as_of = Timestamp::from_second(answer.iat).ok()?;
    Some(StatusAge { as_of, age_s: (now - answer.iat).max(0) })
}

/// Clock, then dates: not yet, replayed, expired.
fn check_times(
    claims: &Claims,
    wrapped_at: Option<i64>,
    trust_iat: i64,
    status_iat: Option<i64>,
    now: i64,
    clock_confirmed: bool,
) -> Result<Option<Hint>, Failure> {
    let made = [Some(trust_iat), status_iat, Some(claims.iat()), wrapped_at];
    if made.into_iter().flatten().any(|iat| now.saturating_add(CLOCK_TOLERANCE) < iat) {
        return Err(fail(CheckName::Clock, Reason::ClockWrong));
    }
    let dates = |reason| fail(CheckName::Dates, reason);
    let mut hint = None;
    // The moment at which the code was made for showing, if it lives for a minute only.
    let shown_at = wrapped_at.or((claims.mode() == Mode::Live).then(|| claims.iat()));
    if let Some(shown_at) = shown_at {
        let age = now.saturating_sub(shown_at);
        if age < -LIVE_EARLY || (wrapped_at.is_some() && now.saturating_add(LIVE_EARLY) < claims.iat()) {
            return Err(dates(Reason::NotYetValid));
        }
        if age >= LIVE_SECONDS {
            if clock_confirmed || age >= LIVE_UNCONFIRMED {
                return Err(dates(Reason::Replayed));
            }
            hint = Some(Hint::ClockUnconfirmed);
        }
    } else if now < claims.iat() {
        return Err(dates(Reason::NotYetValid));
    }
    if now >= claims.valid_before() {
        return Err(dates(Reason::Expired));
    }
    Ok(hint)
}

/// The status, and whether it shows a licence red. A licence that is suspended stays genuine and is shown red, as its holder's
/// screen shows it; that comes after everything that makes a credential bad.
fn check_status(kind: CredentialKind, answer: Option<StatusAnswer>, now: i64) -> Result<(StatusAnswer, bool), Failure> {
    let bad = |reason| Err(fail(CheckName::Status, reason));
    let Some(answer) = answer.filter(|answer| now < answer.exp) else { return bad(Reason::StatusUnavailable) };
    match (answer.value, kind) {
        (StatusValue::Valid, _) => Ok((answer, false)),
        (StatusValue::Suspended, CredentialKind::DrivingLicence) => Ok((answer, true)),
        (StatusValue::Invalid, _) => bad(Reason::Revoked),
        (StatusValue::Suspended, CredentialKind::InspectionMark) => bad(Reason::Suspended),
        (StatusValue::Stopped, _) => bad(Reason::Suspended),
        (StatusValue::Superseded, _) => bad(Reason::Superseded),
    }
}
