//! How vehicles stood at moments, as known at moments: what an insurer asks of the day of an accident. What the answer means is in
//! `docs/state-at.md`.

pub mod partner;
pub(crate) mod past;
pub mod view;

use crate::usecase::error::Used;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::region::Division;
use luzheng_domain::vehicle::at::mark::{MarkAt, MarkLife, mark_at};
use luzheng_domain::vehicle::at::{Timeline, VehicleAt, day_of};
use luzheng_domain::vehicle::{Plate, StatusSet, YearMonth};
use luzheng_store::Tx;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Most questions of one call.
pub const MAX_QUESTIONS: usize = 1_000;
/// Most changes of an answer that are told; the newest are left out.
pub const MAX_CHANGES: usize = 20;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The plate, as it was then.
    pub plate: Plate,
    /// The moment.
    pub at: Timestamp,
    /// As known when; not given: at that moment.
    pub known_at: Option<Timestamp>,
}

/// How the vehicle stood that carried the plate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    /// Which vehicle.
    pub vehicle: Uuid,
    /// Its owner then.
    pub owner: Uuid,
    /// Where it was registered.
    pub division: Division,
    /// Whether it was in inspection validity.
    pub in_validity: bool,
    /// The validity that ran or had run.
    pub valid_until: Option<YearMonth>,
    /// The state letters.
    pub status: StatusSet,
    /// The mark that had begun last.
    pub mark: Option<MarkAt>,
    /// The last day of compulsory insurance that was known, and whether it ran.
    pub insurance: Option<(Date, bool)>,
}

/// What an answer differs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Differs {
    /// Which vehicle carried the plate, or whether one did.
    Vehicle,
    /// The validity.
    Validity,
    /// The letters.
    Status,
    /// The mark.
    Mark,
    /// The insurance.
    Insurance,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// As known then; `None`: no vehicle was known to carry the plate.
    pub then: Option<Stood>,
    /// As known now.
    pub now: Option<Stood>,
    /// The vehicle that carries the plate now.
    pub carries_now: Option<Uuid>,
    /// When the answer changed since, and in what.
    pub changes: Vec<(Timestamp, Vec<Differs>)>,
}

/// What is needed to answer about one plate.
struct Candidate<'a> {
    vehicle: Uuid,
    timeline: &'a Timeline,
    marks: &'a [MarkLife],
}

impl Candidate<'_> {
    fn stood(&self, found: &VehicleAt, at: Timestamp, known_at: Timestamp) -> Stood {
        let (day, facts) = (day_of(at), &found.facts);
        Stood {
            vehicle: self.vehicle,
            owner: facts.owner,
            division: facts.division,
            in_validity: found.in_validity(day),
            valid_until: facts.valid_until,
            status: facts.status,
            mark: mark_at(self.marks, at, known_at),
            insurance: facts.insurance_until.zip(found.insured(day)),
        }
    }
}

/// The vehicle that carried a plate at a moment, as known at a moment. Of two that are said to have carried it, one that was in the register before
/// one that had left it, then the one that got it later, then the one with the greater id.
fn carrier<'c, 'a>(
    candidates: &'c [Candidate<'a>],
    plate: &Plate,
    at: Timestamp,
    known_at: Timestamp,
) -> Option<(&'c Candidate<'a>, VehicleAt)> {
    let carried = |candidate: &'c Candidate<'a>| {
        let found = candidate.timeline.at(at, known_at)?;
        (found.facts.plate == *plate).then_some((candidate, found))
    };
    let rank =
        |(candidate, found): &(&Candidate<'_>, VehicleAt)| (found.in_register(), found.plate_from, candidate.vehicle);
    candidates.iter().filter_map(carried).max_by_key(rank)
}

fn stood(candidates: &[Candidate<'_>], plate: &Plate, at: Timestamp, known_at: Timestamp) -> Option<Stood> {
    carrier(candidates, plate, at, known_at).map(|(candidate, found)| candidate.stood(&found, at, known_at))
}

/// What two answers differ in.
fn differing(before: Option<&Stood>, after: Option<&Stood>) -> Vec<Differs> {
    let (before, after) = match (before, after) {
        (None, None) => return Vec::new(),
        (Some(before), Some(after)) if before.vehicle == after.vehicle => (before, after),
        _ => return vec![Differs::Vehicle],
    };
    let validity = (before.valid_until, before.in_validity) != (after.valid_until, after.in_validity);
    [
        (validity, Differs::Validity),
        (before.status != after.status, Differs::Status),
        (before.mark != after.mark, Differs::Mark),
        (before.insurance != after.insurance, Differs::Insurance),
    ]
    .into_iter()
    .filter_map(|(differs, what)| differs.then_some(what))
    .collect()
}

/// Every moment after one up to now at which something became known about the candidates.
fn learned(candidates: &[Candidate<'_>], after: Timestamp, now: Timestamp) -> BTreeSet<Timestamp> {
    let mut moments = BTreeSet::new();
    for candidate in candidates {
        moments.extend(candidate.timeline.learned_between(after, now));
        let marks = candidate.marks.iter();
        let known = marks.flat_map(|m| m.events.iter().map(|e| e.known_from).chain([m.begun_at]));
        moments.extend(known.filter(|at| *at > after && *at <= now));
    }
    moments
}

fn changes(
    candidates: &[Candidate<'_>],
    question: &Question,
    then: Option<&Stood>,
    known_at: Timestamp,
    now: Timestamp,
) -> Vec<(Timestamp, Vec<Differs>)> {
    let mut changes = Vec::new();
    let mut before = then.cloned();
    for moment in learned(candidates, known_at, now) {
        let after = stood(candidates, &question.plate, question.at, moment);
        let differs = differing(before.as_ref(), after.as_ref());
        if !differs.is_empty() {
            changes.push((moment, differs));
        }
        if changes.len() == MAX_CHANGES {
            break;
        }
        before = after;
    }
    changes
}

/// Answers questions, each by itself, in six statements for all of them.
///
/// # Errors
/// The store.
pub async fn answer(tx: &mut Tx, questions: &[Question], now: Timestamp) -> Used<Vec<Answered>> {
    let numbers: BTreeSet<&str> = questions.iter().map(|question| question.plate.number.as_str()).collect();
    let carriers = tx.carriers(numbers.into_iter().map(str::to_owned).collect()).await?;
    let ids: BTreeSet<Uuid> = carriers.iter().map(|carrier| carrier.vehicle).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let timelines = tx.timelines(ids.clone()).await?;
    let marks = tx.mark_lives(ids).await?;
    let mut by_plate: HashMap<(&str, &str), Vec<Candidate<'_>>> = HashMap::new();
    let mut now_with: HashMap<(&str, &str), Uuid> = HashMap::new();
    for carrier in &carriers {
        let plate = (carrier.plate_number.as_str(), carrier.plate_type.as_str());
        if carrier.now {
            now_with.insert(plate, carrier.vehicle);
        }
        if let Some(timeline) = timelines.get(&carrier.vehicle) {
            let marks = marks.get(&carrier.vehicle).map_or(&[][..], Vec::as_slice);
            by_plate.entry(plate).or_default().push(Candidate { vehicle: carrier.vehicle, timeline, marks });
        }
    }
    let none = Vec::new();
    Ok(questions
        .iter()
        .map(|question| {
            let plate = (question.plate.number.as_str(), question.plate.plate_type.code());
            let candidates = by_plate.get(&plate).unwrap_or(&none);
            let known_at = question.known_at.unwrap_or(question.at);
            let then = stood(candidates, &question.plate, question.at, known_at);
            let as_now = stood(candidates, &question.plate, question.at, now);
            let changes =
                if then == as_now { Vec::new() } else { changes(candidates, question, then.as_ref(), known_at, now) };
            Answered { then, now: as_now, carries_now: now_with.get(&plate).copied(), changes }
        })
        .collect())
}

/// The vehicle that an event speaks of which names it by its plate: the one that carried it then. `None`: the plate was never with anybody else, so
/// that whoever carries it now is meant.
///
/// # Errors
/// The store.
pub(crate) async fn carried_then(tx: &mut Tx, plate: &Plate, at: Timestamp, now: Timestamp) -> Used<Option<Uuid>> {
    let code = plate.plate_type.code();
    let mut carriers = tx.carriers(vec![plate.number.as_str().to_owned()]).await?;
    carriers.retain(|carrier| carrier.plate_type == code);
    if carriers.iter().all(|carrier| carrier.now) {
        return Ok(None);
    }
    let timelines = tx.timelines(carriers.iter().map(|carrier| carrier.vehicle).collect()).await?;
    let candidates: Vec<Candidate<'_>> = carriers
        .iter()
        .filter_map(|carrier| {
            let timeline = timelines.get(&carrier.vehicle)?;
            Some(Candidate { vehicle: carrier.vehicle, timeline, marks: &[] })
        })
        .collect();
    Ok(carrier(&candidates, plate, at, now).map(|(candidate, _)| candidate.vehicle))
}
