//! What a record proves by itself: who signed it, that nothing was changed, and what in it does not fit together.
//!
//! No trust list and no network: the credentials inside stay bytes here ([`super::weigh()`] judges them). The same function stands in
//! `web/verify/src/accident-examine.ts` and gives the same JSON.

use luzheng_domain::accident::{Circumstances, Path, table};
use serde::Serialize;

use super::code::Record;
use super::endorse::{Endorsement, PlateSeen, Role, Signed};
use super::key::RecordKey;
use super::view::{RecordView, view};
use super::wire::{Offer, Party, Statement};
use super::{AccidentError, CLOCK_TOLERANCE, CLOCKS_APART, digest};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both parties signed the same thing, and it is unchanged.
    Complete,
    /// Genuine as far as it goes: one party alone signed it.
    OneSided,
    /// Changed, or put together from different records.
    NotGenuine,
    /// Not a record of ours, or damaged.
    Unreadable,
}

impl Verdict {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::OneSided => "one_sided",
            Self::NotGenuine => "not_genuine",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A step of the examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Within its ceiling.
    Size,
    /// Written as the format says, in a version that is known.
    Form,
    /// Two parties with two keys.
    Keys,
    /// Offer and statement name the same record.
    Record,
    /// The first party's signature is its key's.
    FirstSignature,
    /// It is over this offer and this statement, in the first party's role.
    FirstContent,
    /// The second party's signature is its key's.
    SecondSignature,
    /// It is over this offer and this statement, in the second party's role.
    SecondContent,
}

impl StepName {
    /// Every step, in order.
    pub const ALL: [Self; 8] = [
        Self::Size,
        Self::Form,
        Self::Keys,
        Self::Record,
        Self::FirstSignature,
        Self::FirstContent,
        Self::SecondSignature,
        Self::SecondContent,
    ];
}

/// How a step went: passed, failed with a reason, or (`None`) not reached, as for a party that did not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// How it went.
    pub ok: Option<bool>,
    /// For a failed one the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

/// Something in a record that does not fit together. It makes a record no less genuine; it wants an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Contradiction {
    /// Both parties name the same vehicle.
    SameVehicle,
    /// The two phones' clocks lie more than [`CLOCKS_APART`] apart.
    ClocksApart,
    /// A phone says that it signed before it began.
    SignedBeforeMade,
    /// The accident is said to have happened after the record was made.
    HappenedLater,
    /// A phone's time lies in the future of whoever examines.
    InFuture,
    /// Who is responsible was agreed although it was for the police to say.
    PoliceRequired,
    /// A party saw another plate than the one in the record.
    PlateDiffers,
    /// A code was shown and nothing says how it was judged, or the other way round.
    NotLookedAt,
    /// A mark names another plate than its party.
    MarkOfOtherVehicle,
    /// A credential in the record is not genuine.
    CredentialNotGenuine,
    /// A credential was made after the record.
    CredentialLater,
    /// A licence was signed by its device long before or after the record.
    LicenceOld,
    /// A phone recorded a code as valid that was past its last day, or the other way round.
    SeenOtherwise,
}

/// The examination of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Examination {
    /// What it is.
    pub verdict: Verdict,
    /// Why it is unreadable, not genuine or one-sided.
    pub reason: Option<&'static str>,
    /// Every step by name, in order.
    pub steps: Vec<Step>,
    /// What does not fit together, in a fixed order.
    pub contradictions: Vec<Contradiction>,
    /// What it says; null unless it is complete or one-sided.
    pub record: Option<RecordView>,
    /// The record itself, for [`super::weigh()`].
    #[serde(skip)]
    pub(super) open: Option<Open>,
}

/// A record taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Open {
    pub(super) offer: Offer,
    pub(super) statement: Option<Statement>,
    pub(super) first: Option<Signed>,
    pub(super) second: Option<Signed>,
}

struct Run {
    steps: Vec<Step>,
}

impl Run {
    fn pass(&mut self, name: StepName) {
        self.steps[name as usize].ok = Some(true);
    }

    fn fail(mut self, name: StepName, reason: &'static str, verdict: Verdict) -> Examination {
        let step = &mut self.steps[name as usize];
        (step.ok, step.detail) = (Some(false), Some(reason));
        Examination {
            verdict,
            reason: Some(reason),
            steps: self.steps,
            contradictions: Vec::new(),
            record: None,
            open: None,
        }
    }
}

/// Examines a record; `now` in seconds since 1970 is the examiner's.
pub fn examine(bytes: &[u8], now: i64) -> Examination {
    let mut run = Run { steps: StepName::ALL.map(|name| Step { name, ok: None, detail: None }).to_vec() };
    let record = match Record::decode(bytes) {
        Ok(record) => record,
        Err(AccidentError::TooLarge) => return run.fail(StepName::Size, "too_large", Verdict::Unreadable),
        Err(error) => {
            run.pass(StepName::Size);
            let reason = if matches!(error, AccidentError::Version(_)) { "unsupported_version" } else { "malformed" };
            return run.fail(StepName::Form, reason, Verdict::Unreadable);
        }
    };
    run.pass(StepName::Size);
    let Some(open) = take_apart(&record) else {
        return run.fail(StepName::Form, "malformed", Verdict::Unreadable);
    };
    run.pass(StepName::Form);
    let keys = match check_keys(&open) {
        Ok(keys) => keys,
        Err(reason) => return run.fail(StepName::Keys, reason, Verdict::NotGenuine),
    };
    run.pass(StepName::Keys);
    if open.statement.as_ref().is_some_and(|statement| statement.record != open.offer.record) {
        return run.fail(StepName::Record, "other_record", Verdict::NotGenuine);
    }
    run.pass(StepName::Record);
    let expected = digest(&record.offer, &record.statement);
    let parties = [
        (&open.first, Some(&keys.0), Role::First, StepName::FirstSignature, StepName::FirstContent),
        (&open.second, keys.1.as_ref(), Role::Second, StepName::SecondSignature, StepName::SecondContent),
    ];
    for (signed, key, role, signature, content) in parties {
        let (Some(signed), Some(key)) = (signed, key) else { continue };
        if !key.signed(&signed.to_be_signed(), &signed.signature) {
            return run.fail(signature, "bad_signature", Verdict::NotGenuine);
        }
        run.pass(signature);
        if signed.endorsement.role != role {
            return run.fail(content, "wrong_role", Verdict::NotGenuine);
        }
        if signed.endorsement.digest != expected {
            return run.fail(content, "other_content", Verdict::NotGenuine);
        }
        run.pass(content);
    }
    let (verdict, reason) = match (&open.first, &open.second) {
        (Some(_), Some(_)) => (Verdict::Complete, None),
        (Some(_), None) => (Verdict::OneSided, Some("first_only")),
        _ => (Verdict::OneSided, Some("second_only")),
    };
    Examination {
        verdict,
        reason,
        contradictions: contradictions(&open, now),
        record: Some(view(&open)),
        steps: run.steps,
        open: Some(open),
    }
}

fn take_apart(record: &Record) -> Option<Open> {
    let signed = |bytes: &[u8]| if bytes.is_empty() { Some(None) } else { Signed::read(bytes).ok().map(Some) };
    Some(Open {
        offer: Offer::decode(&record.offer).ok()?,
        statement: if record.statement.is_empty() { None } else { Some(Statement::decode(&record.statement).ok()?) },
        first: signed(&record.first)?,
        second: signed(&record.second)?,
    })
}

fn check_keys(open: &Open) -> Result<(RecordKey, Option<RecordKey>), &'static str> {
    let first = RecordKey::read(&open.offer.key).ok_or("bad_key")?;
    let second = match &open.statement {
        None => None,
        Some(statement) if statement.key == open.offer.key => return Err("same_key"),
        Some(statement) => Some(RecordKey::read(&statement.key).ok_or("bad_key")?),
    };
    Ok((first, second))
}

/// Everything that either party said or saw that decides who deals with the accident.
fn circumstances(open: &Open) -> Circumstances {
    let seen = |signed: &Option<Signed>| {
        let endorsement = signed.as_ref().map(|signed| &signed.endorsement);
        endorsement.map_or(Circumstances::NONE, seen_circumstances)
    };
    let second = open.statement.as_ref().map_or(Circumstances::NONE, |statement| statement.circumstances);
    open.offer.circumstances.and(second).and(seen(&open.first)).and(seen(&open.second))
}

fn seen_circumstances(endorsement: &Endorsement) -> Circumstances {
    [("inspection_mark", endorsement.mark), ("driving_licence", endorsement.licence)]
        .into_iter()
        .filter_map(|(kind, seen)| {
            luzheng_domain::accident::finding(kind, seen?.reason.map(|r| r.code()))?.circumstance
        })
        .fold(Circumstances::NONE, Circumstances::with)
}

pub(super) fn path(open: &Open) -> Path {
    circumstances(open).list().map(|c| table().gate(c).path).max().unwrap_or(Path::Settle)
}

fn contradictions(open: &Open, now: i64) -> Vec<Contradiction> {
    use luzheng_domain::accident::Responsibility;
    let mut found = Vec::new();
    let mut note = |is: bool, what: Contradiction| {
        if is {
            found.push(what);
        }
    };
    let offer = &open.offer;
    let statement = open.statement.as_ref();
    let made: Vec<u32> = [Some(offer.made_at), statement.map(|s| s.made_at)].into_iter().flatten().collect();
    let signed = [(&open.first, Some(offer.made_at)), (&open.second, statement.map(|s| s.made_at))];
    let signatures = signed.iter().filter_map(|(signed, made)| Some((&signed.as_ref()?.endorsement, (*made)?)));
    note(
        statement.is_some_and(|s| s.party.plate == offer.party.plate && s.party.plate_type == offer.party.plate_type),
        Contradiction::SameVehicle,
    );
    note(statement.is_some_and(|s| s.made_at.abs_diff(offer.made_at) > CLOCKS_APART), Contradiction::ClocksApart);
    note(
        signatures.clone().any(|(e, made)| e.signed_at.saturating_add(CLOCK_TOLERANCE) < made),
        Contradiction::SignedBeforeMade,
    );
    note(
        made.iter().all(|made| made.saturating_add(CLOCK_TOLERANCE) < offer.happened_at),
        Contradiction::HappenedLater,
    );
    note(
        made.iter().any(|made| i64::from(*made) > now.saturating_add(CLOCK_TOLERANCE.into())),
        Contradiction::InFuture,
    );
    let path = path(open);
    let agreed = offer.responsibility != Responsibility::Undecided;
    note((agreed && !path.may_agree()) || !path.may_record(), Contradiction::PoliceRequired);
    note(signatures.clone().any(|(e, _)| e.plate == PlateSeen::Differs), Contradiction::PlateDiffers);
    note(not_looked_at(open), Contradiction::NotLookedAt);
    found
}

/// Whether what a phone says it judged is not what the other party showed.
fn not_looked_at(open: &Open) -> bool {
    let differs = |signed: &Option<Signed>, party: Option<&Party>| {
        let Some(signed) = signed else { return false };
        let shown = |code: fn(&Party) -> bool| party.is_some_and(code);
        signed.endorsement.mark.is_some() != shown(|party| party.mark.is_some())
            || signed.endorsement.licence.is_some() != shown(|party| party.licence.is_some())
    };
    differs(&open.first, open.statement.as_ref().map(|s| &s.party)) || differs(&open.second, Some(&open.offer.party))
}
