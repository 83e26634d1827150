//! May the mark be applied for, and if not, what is missing: always the whole list at once (R162 Art. 3), each entry with its clause.
//!
//! The conditions are those of `domain-vehicle.md` 4.5: violations and accidents handled (L3 Art. 54), compulsory insurance (L7 Art. 4), vehicle
//! tax (L8 Art. 10), a state that allows it, an applicant who is known, the window open, the region open. Unlike an event of the register, an
//! application needs every fact: what is not known is missing.
//!
//! **Tax**: it is collected with the compulsory insurance, and the year's own deadline is the province's. So the year before counts as well as
//! long as the insurance with which it was paid still runs (our reading; practice, M).
//!
//! **Overdue**: the mark can still be applied for (case T49); an inspection that was missed meanwhile comes first.

#[cfg(test)]
mod tests;
mod words;

use std::sync::LazyLock;

use jiff::civil::Date;

use super::inspection::{
    CycleFacts, InspectionAction, InspectionAnswer, InspectionError, InspectionRules, InspectionState,
};
use super::standing::{OPEN_VIOLATIONS, Standing};
use super::{MarkEffect, StatusLetter, Vehicle};
use crate::clause::{Clause, Clauses};
use crate::credential::CredentialKind;
use crate::region::rollout;
use crate::text::Text;

static CLAUSES: LazyLock<Clauses> = LazyLock::new(|| {
    Clauses::read("eligibility", include_str!("../../../data/eligibility/clauses.toml"))
        .expect("the embedded clauses are checked by a test")
});

/// A clause behind a condition, by its id in `data/eligibility/clauses.toml`.
pub fn clause(id: &str) -> Option<&'static Clause> {
    CLAUSES.get(id)
}

/// Which service leads to the next mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// The mark is applied for without inspection.
    ExemptMark,
    /// An inspection at a station comes first.
    Inspection,
    /// None: the vehicle has left the register.
    None,
}

impl Service {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ExemptMark => "exempt_mark",
            Self::Inspection => "inspection",
            Self::None => "none",
        }
    }
}

/// Where a vehicle stands towards the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Readiness {
    /// Everything is there: the application would be granted at once.
    Ready,
    /// The window is open, and something is missing.
    Missing,
    /// The window is not open yet.
    NotYet,
    /// The point whose window is open was handled already.
    Done,
    /// This service is not for this vehicle.
    NotForThisVehicle,
}

impl Readiness {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Missing => "missing",
            Self::NotYet => "not_yet",
            Self::Done => "done",
            Self::NotForThisVehicle => "not_for_this_vehicle",
        }
    }
}

/// A condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// No violation is open.
    Violations,
    /// No accident is open.
    Accidents,
    /// Compulsory insurance is in force.
    Insurance,
    /// Vehicle tax is paid.
    Tax,
    /// No state letter forbids it.
    State,
    /// The applicant is known well enough.
    Identity,
    /// The window is open.
    Window,
    /// The region is open.
    Region,
}

impl Condition {
    /// Every condition, in the order in which they are told.
    pub const ALL: [Self; 8] = [
        Self::Violations,
        Self::Accidents,
        Self::Insurance,
        Self::Tax,
        Self::State,
        Self::Identity,
        Self::Window,
        Self::Region,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Violations => "violations",
            Self::Accidents => "accidents",
            Self::Insurance => "insurance",
            Self::Tax => "tax",
            Self::State => "state",
            Self::Identity => "identity",
            Self::Window => "window",
            Self::Region => "region",
        }
    }
}

/// One condition, looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Check<'r> {
    /// Which.
    pub condition: Condition,
    /// Whether it is met.
    pub ok: bool,
    /// How it stands, in a sentence.
    pub text: Text,
    /// What puts it right; `None` when it is met or time alone helps.
    pub what_to_do: Option<Text>,
    /// The clause behind it.
    pub clause: Option<&'r Clause>,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Eligibility<'r> {
    /// Which service leads to the next mark.
    pub service: Service,
    /// Where the vehicle stands towards it.
    pub readiness: Readiness,
    /// Every condition, met or not, in the order of [`Condition::ALL`].
    pub checks: Vec<Check<'r>>,
    /// The cycle's answer; `None` for a vehicle that has left the register.
    pub answer: Option<InspectionAnswer<'r>>,
}

impl Eligibility<'_> {
    /// Whether an application would be granted now.
    pub fn may_apply(&self) -> bool {
        self.readiness == Readiness::Ready
    }

    /// The conditions that are not met.
    pub fn missing(&self) -> impl Iterator<Item = &Check<'_>> {
        self.checks.iter().filter(|check| !check.ok)
    }
}

/// Looks at every condition for the next mark of a vehicle on a day. `confirmed`: the applicant is a person confirmed well enough.
///
/// # Errors
/// The facts make no sense to the inspection rules.
pub fn eligibility<'r>(
    vehicle: &Vehicle,
    standing: &Standing,
    confirmed: bool,
    rules: &'r InspectionRules,
    today: Date,
) -> Result<Eligibility<'r>, InspectionError> {
    if vehicle.status.mark_effect().0 == MarkEffect::Revoke {
        let checks = checks(vehicle, standing, confirmed, None, today);
        return Ok(Eligibility {
            service: Service::None,
            readiness: Readiness::NotForThisVehicle,
            checks,
            answer: None,
        });
    }
    let facts = CycleFacts::from(vehicle);
    let answer = rules.answer(&facts, today)?;
    let handled = handled_point(&facts, rules, today)?;
    let action = handled.as_ref().map_or(answer.action, |point| point.action);
    let service = match action {
        InspectionAction::ApplyMark => Service::ExemptMark,
        InspectionAction::Inspect => Service::Inspection,
    };
    let checks = checks(vehicle, standing, confirmed, Some(&answer), today);
    let readiness = if handled.is_some() {
        Readiness::Done
    } else if service != Service::ExemptMark {
        Readiness::NotForThisVehicle
    } else if answer.state == InspectionState::NotDue {
        Readiness::NotYet
    } else if checks.iter().all(|check| check.ok) {
        Readiness::Ready
    } else {
        Readiness::Missing
    };
    Ok(Eligibility { service, readiness, checks, answer: Some(answer) })
}

/// The point whose window is open today, when the vehicle's validity shows that it was handled already.
fn handled_point<'r>(
    facts: &CycleFacts,
    rules: &'r InspectionRules,
    today: Date,
) -> Result<Option<InspectionAnswer<'r>>, InspectionError> {
    let Some(valid_until) = facts.valid_until else { return Ok(None) };
    let on_time = rules.answer(&CycleFacts { valid_until: None, ..facts.clone() }, today)?;
    Ok(Some(on_time).filter(|point| point.state == InspectionState::WindowOpen && valid_until > point.due))
}

/// The letters that have a condition of their own.
const ACCIDENTS: [char; 2] = ['I', 'N'];
const STOLEN: char = 'C';
const SEALED: char = 'K';

fn checks<'r>(
    vehicle: &Vehicle,
    standing: &Standing,
    confirmed: bool,
    answer: Option<&InspectionAnswer<'r>>,
    today: Date,
) -> Vec<Check<'r>> {
    let insured = insured(vehicle, today);
    Condition::ALL
        .into_iter()
        .map(|condition| match condition {
            Condition::Violations => {
                let ok = standing.open.is_empty() && !vehicle.status.has(OPEN_VIOLATIONS);
                check(condition, ok, words::violations(ok, standing.open.len()), "L3 Art.54 par.2")
            }
            Condition::Accidents => {
                let ok = !ACCIDENTS.iter().any(|letter| vehicle.status.has(*letter));
                check(condition, ok, words::accidents(ok), "L3 Art.54 par.2")
            }
            Condition::Insurance => {
                check(condition, insured, words::insurance(vehicle.insurance_until, insured), "L7 Art.4")
            }
            Condition::Tax => {
                let ok = taxed(standing, insured, today);
                check(condition, ok, words::tax(standing.tax, ok, today), "L8 Art.10")
            }
            Condition::State => state(vehicle),
            Condition::Identity => check(condition, confirmed, words::identity(confirmed), "L3 Art.55"),
            Condition::Window => window(answer),
            Condition::Region => {
                let ok = rollout::is_open(CredentialKind::InspectionMark, vehicle.division, today);
                check(condition, ok, words::region(ok), "roll-out")
            }
        })
        .collect()
}

fn check<'r>(condition: Condition, ok: bool, said: (Text, Option<Text>), clause_id: &str) -> Check<'r> {
    let (text, what_to_do) = said;
    Check { condition, ok, text, what_to_do: what_to_do.filter(|_| !ok), clause: clause(clause_id) }
}

/// Whether compulsory insurance is known to be in force on a day; the last insured day counts.
pub fn insured(vehicle: &Vehicle, today: Date) -> bool {
    vehicle.insurance_until.is_some_and(|last| last >= today)
}

/// Whether the tax is known to be settled: of this year, or of the last one while the insurance with which it was paid still runs.
fn taxed(standing: &Standing, insured: bool, today: Date) -> bool {
    standing.tax.is_some_and(|tax| tax.year >= today.year() || (tax.year + 1 == today.year() && insured))
}

fn state<'r>(vehicle: &Vehicle) -> Check<'r> {
    let own = |letter: &StatusLetter| letter.letter() == OPEN_VIOLATIONS || ACCIDENTS.contains(&letter.letter());
    let blocking = vehicle.status.iter().find(|letter| !own(letter) && letter.reason().is_some());
    let clause_id = match blocking.map(StatusLetter::letter) {
        Some(STOLEN) => "L3 Art.76",
        Some(SEALED) => "L3 Art.15(8)",
        _ => "L3 Art.55",
    };
    check(Condition::State, blocking.is_none(), words::state(blocking), clause_id)
}

fn window<'r>(answer: Option<&InspectionAnswer<'r>>) -> Check<'r> {
    let ok = answer.is_some_and(|answer| answer.state != InspectionState::NotDue);
    let text = words::window(answer);
    Check {
        condition: Condition::Window,
        ok,
        text,
        what_to_do: None,
        clause: answer.map(|answer| answer.window_clause),
    }
}

/// Why no paper mark can be ordered, if so (L3 Art. 57): it repeats what the electronic one says, so there must be one, within its validity and
/// with compulsory insurance in force.
pub fn paper_missing(vehicle: &Vehicle, has_mark: bool, today: Date) -> Vec<Check<'static>> {
    let in_validity = vehicle.valid_until.is_some_and(|month| month.last_day() >= today);
    let insured = insured(vehicle, today);
    let mut list = vec![
        check(Condition::Insurance, insured, words::insurance(vehicle.insurance_until, insured), "L3 Art.57"),
        check(Condition::Window, in_validity && has_mark, words::no_mark(), "L3 Art.57"),
    ];
    let state = state(vehicle);
    list.push(state);
    list.retain(|check| !check.ok);
    list
}
