//! Events that leave the vehicle itself as it is: violations, insurance, tax.
//!
//! - **The letter G follows from the list**: while a violation is open the vehicle's state has G (GA/T 16.17), whoever says what about the other
//!   letters; with the last one handled it goes, unless the register of vehicles had stated it by itself.
//! - **Insurance** that runs longer than what is known takes its place, and the vehicle's `insurance_until` with it; one that ends earlier changes
//!   nothing, a correction does.
//! - **They come from other registers** than the vehicle: none is late because something else happened to the vehicle since.

use jiff::civil::Date;

use super::apply::not_after;
use super::columns::Columns;
use super::gate::may_issue;
use super::{EventKey, EventRefused, EventType, MarkDecision, Outcome};
use crate::credential::Reason;
use crate::event::json::Object;
use crate::event::{EventError, EventProblem, read_instant, read_key};
use crate::text::Text;
use crate::vehicle::standing::{Insurance, OPEN_VIOLATIONS, RecordedViolation, Standing, VehicleTax, Violation};
use crate::vehicle::{StatusLetter, StatusSet, Vehicle};

/// The longest number of a violation or a policy, in characters.
pub const MAX_NUMBER_CHARS: usize = 64;
/// The most points of one violation (R163).
const MAX_POINTS: u16 = 12;

/// What such an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A violation was recorded.
    Violation(Violation),
    /// A violation was handled: the driver came and it was decided about.
    Handled {
        /// Its number.
        number: String,
    },
    /// Compulsory insurance was taken out.
    Insured(Insurance),
    /// The tax of a year was paid, or the vehicle is exempt.
    Taxed(VehicleTax),
    /// An earlier one stated something wrong.
    Corrected(RecordCorrection),
}

/// What was wrong in an earlier record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCorrection {
    /// The type of the corrected event.
    pub of: EventType,
    /// The corrected event.
    pub corrects: EventKey,
    /// What is right.
    pub right: RightRecord,
}

/// The right values of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RightRecord {
    /// A violation never was: the wrong plate was read, an objection was upheld (L4 Art. 22).
    NoViolation {
        /// Its number.
        number: String,
    },
    /// What is right about a violation; what is absent stays.
    Violation {
        /// Its number.
        number: String,
        /// The right values.
        values: ViolationValues,
    },
    /// A violation is not handled after all.
    NotHandled {
        /// Its number.
        number: String,
    },
    /// The right insurance, as a whole.
    Insurance(Insurance),
    /// The right tax.
    Tax(VehicleTax),
    /// No tax was paid.
    NoTax,
}

/// Values of a violation, each of them or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViolationValues {
    /// When.
    pub occurred_at: Option<jiff::Timestamp>,
    /// Where.
    pub place: Option<String>,
    /// What, in Chinese.
    pub act: Option<String>,
    /// What, in English.
    pub act_en: Option<String>,
    /// The clause.
    pub law: Option<String>,
    /// The fine.
    pub fine_cny: Option<u16>,
    /// The points.
    pub points: Option<u8>,
}

impl ViolationValues {
    /// A violation with these values in the place of its own.
    fn put(&self, violation: &Violation) -> Violation {
        let act = &violation.act;
        Violation {
            number: violation.number.clone(),
            occurred_at: self.occurred_at.unwrap_or(violation.occurred_at),
            place: self.place.clone().unwrap_or_else(|| violation.place.clone()),
            act: match (&self.act, &self.act_en) {
                (Some(zh), Some(en)) => Text::made(zh, en),
                (Some(zh), None) => Text::made(zh, zh),
                (None, Some(en)) => Text::made(act.zh.clone(), en),
                (None, None) => act.clone(),
            },
            law: self.law.clone().unwrap_or_else(|| violation.law.clone()),
            fine_cny: self.fine_cny.or(violation.fine_cny),
            points: self.points.or(violation.points),
        }
    }
}

impl Record {
    /// The number of the violation it names.
    pub fn violation_number(&self) -> Option<&str> {
        match self {
            Self::Violation(violation) => Some(&violation.number),
            Self::Handled { number } => Some(number),
            Self::Corrected(correction) => match &correction.right {
                RightRecord::NoViolation { number }
                | RightRecord::Violation { number, .. }
                | RightRecord::NotHandled { number } => Some(number),
                RightRecord::Insurance(_) | RightRecord::Tax(_) | RightRecord::NoTax => None,
            },
            Self::Insured(_) | Self::Taxed(_) => None,
        }
    }

    /// The type; for a correction, that of the event it corrects.
    pub(super) const fn event_type(&self) -> EventType {
        match self {
            Self::Violation(_) => EventType::ViolationRecorded,
            Self::Handled { .. } => EventType::ViolationHandled,
            Self::Insured(_) => EventType::Insured,
            Self::Taxed(_) => EventType::Taxed,
            Self::Corrected(correction) => correction.of,
        }
    }
}

/// What has to be written down about violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViolationChange {
    /// Nothing.
    None,
    /// This is how the violation is from now on.
    Put(RecordedViolation),
    /// It never was.
    Void {
        /// Its number.
        number: String,
    },
}

/// What a record leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOutcome {
    /// What it means for the vehicle and its mark.
    pub outcome: Outcome,
    /// The standing from now on.
    pub standing: Standing,
    /// What has to be written down about violations.
    pub violation: ViolationChange,
}

/// Applies a record to a vehicle on a day. `named` is the violation that it names, when it is known already.
///
/// # Errors
/// [`EventRefused`]: from the future, about a violation that is not known (yet), or saying of a known one something else than before.
pub fn apply_record(
    before: &Vehicle,
    standing: &Standing,
    named: Option<&RecordedViolation>,
    record: &Record,
    on: Date,
    today: Date,
) -> Result<RecordOutcome, EventRefused> {
    not_after(on, today)?;
    let mut after = before.clone();
    let mut new = standing.clone();
    let known = || named.ok_or(EventRefused::UnknownViolation);
    let put = |violation: &Violation, handled| {
        ViolationChange::Put(RecordedViolation { violation: violation.clone(), handled })
    };
    let violation = match record {
        Record::Violation(violation) => match named {
            None => put(violation, false),
            Some(known) if known.violation == *violation => ViolationChange::None,
            Some(_) => return Err(EventRefused::ViolationDiffers),
        },
        Record::Handled { .. } => put(&known()?.violation, true),
        Record::Insured(insurance) => {
            if before.insurance_until.is_none_or(|until| insurance.until >= until) {
                after.insurance_until = Some(insurance.until);
                new.insurance = Some(insurance.clone());
            }
            ViolationChange::None
        }
        Record::Taxed(tax) => {
            if new.tax.is_none_or(|known| tax.year >= known.year) {
                new.tax = Some(*tax);
            }
            ViolationChange::None
        }
        Record::Corrected(correction) => match &correction.right {
            RightRecord::NoViolation { number } => {
                known()?;
                ViolationChange::Void { number: number.clone() }
            }
            RightRecord::Violation { values, .. } => {
                let known = known()?;
                put(&values.put(&known.violation), known.handled)
            }
            RightRecord::NotHandled { .. } => put(&known()?.violation, false),
            RightRecord::Insurance(insurance) => {
                after.insurance_until = Some(insurance.until);
                new.insurance = Some(insurance.clone());
                ViolationChange::None
            }
            RightRecord::Tax(tax) => {
                new.tax = Some(*tax);
                ViolationChange::None
            }
            RightRecord::NoTax => {
                new.tax = None;
                ViolationChange::None
            }
        },
    };
    list(&mut new.open, &violation);
    letter(&mut after, &mut new);
    let mark = match (may_issue(before, today), may_issue(&after, today)) {
        (Err(_), Ok(())) => MarkDecision::Restore { reason: Reason::Restored },
        _ => MarkDecision::Nothing { because: None },
    };
    // A mark that was never suspended is not told as restored: one that was missing is told by whoever issues it.
    let outcome = Outcome { after, new_owner: None, mark, notices: Vec::new(), paper_mark: None };
    Ok(RecordOutcome { outcome, standing: new, violation })
}

/// Keeps the list of open violations in step.
fn list(open: &mut Vec<Violation>, change: &ViolationChange) {
    match change {
        ViolationChange::None => {}
        ViolationChange::Void { number } => open.retain(|v| v.number != *number),
        ViolationChange::Put(recorded) => {
            open.retain(|v| v.number != recorded.violation.number);
            if !recorded.handled {
                open.push(recorded.violation.clone());
                open.sort_by(|a, b| (a.occurred_at, &a.number).cmp(&(b.occurred_at, &b.number)));
            }
        }
    }
}

/// Keeps the letter G in step with the list.
fn letter(after: &mut Vehicle, standing: &mut Standing) {
    let Some(letter) = StatusLetter::new(OPEN_VIOLATIONS) else { return };
    let stands = after.status.has(OPEN_VIOLATIONS);
    if !standing.open.is_empty() && !stands {
        after.status = after.status.with(letter);
        standing.letter_by_violations = true;
    } else if standing.open.is_empty() && standing.letter_by_violations {
        after.status = after.status.without(letter);
        standing.letter_by_violations = false;
    }
}

/// The state as it counts when the register of vehicles states one while violations are open, and whether G is in it only because of them.
pub fn stated_with_violations(stated: StatusSet, any_open: bool) -> (StatusSet, bool) {
    match StatusLetter::new(OPEN_VIOLATIONS) {
        Some(letter) if any_open && !stated.has(OPEN_VIOLATIONS) => (stated.with(letter), true),
        _ => (stated, false),
    }
}

/// The members that `data` of such an event may have.
pub(super) fn members(event_type: EventType, corrected: bool) -> Vec<&'static str> {
    let mut known: Vec<&'static str> = match event_type {
        EventType::ViolationRecorded => {
            vec!["violation_id", "occurred_at", "place", "act", "act_en", "law", "fine", "points"]
        }
        EventType::ViolationHandled => vec!["violation_id"],
        EventType::Insured => vec!["insurer", "insurance_until", "policy_number"],
        EventType::Taxed => vec!["year", "exempt"],
        _ => Vec::new(),
    };
    if corrected {
        known.push("corrects");
        if event_type != EventType::Insured {
            known.push("void");
        }
    }
    known
}

/// Reads such an event.
pub(super) fn read(event_type: EventType, corrected: bool, columns: &Columns<'_, '_>) -> Result<Record, EventError> {
    let object = columns.object;
    if corrected {
        return read_correction(event_type, columns).map(Record::Corrected);
    }
    Ok(match event_type {
        EventType::ViolationRecorded => {
            let number = number(object, "violation_id")?;
            let values = violation_values(object)?;
            let missing = |member: &str| object.wrong(member, EventProblem::Missing);
            let act = values.act.ok_or_else(|| missing("act"))?;
            Record::Violation(Violation {
                number,
                occurred_at: values.occurred_at.ok_or_else(|| missing("occurred_at"))?,
                place: values.place.ok_or_else(|| missing("place"))?,
                act: Text::made(act.clone(), values.act_en.unwrap_or(act)),
                law: values.law.ok_or_else(|| missing("law"))?,
                fine_cny: values.fine_cny,
                points: values.points,
            })
        }
        EventType::ViolationHandled => Record::Handled { number: number(object, "violation_id")? },
        EventType::Insured => Record::Insured(insurance(columns)?),
        // `read` is asked for these four types only.
        _ => Record::Taxed(tax(object)?),
    })
}

fn read_correction(of: EventType, columns: &Columns<'_, '_>) -> Result<RecordCorrection, EventError> {
    let object = columns.object;
    let corrects = Object::open(object.get("corrects")?, "/data/corrects", &["source", "id"])?;
    let corrects = read_key(&corrects)?;
    let void = object.find_flag("void")?;
    if void == Some(false) {
        return Err(object.unreadable("void", "void", "true, or left out, is needed"));
    }
    let void = void.is_some();
    let alone = |members: &[&str]| {
        if void && object.has_any(members) {
            Err(object.wrong("void", EventProblem::Contradicts("the right values")))
        } else {
            Ok(())
        }
    };
    let right = match of {
        EventType::ViolationRecorded => {
            let number = number(object, "violation_id")?;
            let values = violation_values(object)?;
            alone(&["occurred_at", "place", "act", "act_en", "law", "fine", "points"])?;
            if !void && values == ViolationValues::default() {
                return Err(object.wrong_here(EventProblem::NothingChanged));
            }
            if void { RightRecord::NoViolation { number } } else { RightRecord::Violation { number, values } }
        }
        EventType::ViolationHandled => {
            let number = number(object, "violation_id")?;
            if !void {
                return Err(object.wrong("void", EventProblem::Missing));
            }
            RightRecord::NotHandled { number }
        }
        EventType::Insured => RightRecord::Insurance(insurance(columns)?),
        _ if void => {
            // Read before they are refused, so that the nearest fault is named.
            year(object)?;
            object.find_flag("exempt")?;
            alone(&["year", "exempt"])?;
            RightRecord::NoTax
        }
        _ => RightRecord::Tax(tax(object)?),
    };
    Ok(RecordCorrection { of, corrects, right })
}

/// A number of letters, digits and hyphens.
fn number(object: &Object<'_>, member: &str) -> Result<String, EventError> {
    let text = object.get_text(member)?;
    let fits =
        text.len() <= MAX_NUMBER_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if fits {
        return Ok(text.to_owned());
    }
    let sentence = format!("up to {MAX_NUMBER_CHARS} letters, digits, hyphens and underscores are needed");
    Err(object.unreadable(member, "number", sentence))
}

fn violation_values(object: &Object<'_>) -> Result<ViolationValues, EventError> {
    let text = |member: &str| object.find_text(member).map(|text| text.map(str::to_owned));
    let points = object.find_small_number("points")?;
    if points.is_some_and(|points| points > MAX_POINTS) {
        return Err(object.unreadable("points", "points", format!("0 to {MAX_POINTS} points are needed")));
    }
    Ok(ViolationValues {
        occurred_at: match object.find("occurred_at") {
            Some(_) => Some(read_instant(object)?),
            None => None,
        },
        place: text("place")?,
        act: text("act")?,
        act_en: text("act_en")?,
        law: text("law")?,
        fine_cny: object.find_small_number("fine")?,
        points: points.and_then(|points| u8::try_from(points).ok()),
    })
}

fn insurance(columns: &Columns<'_, '_>) -> Result<Insurance, EventError> {
    let object = columns.object;
    let until = columns.date("insurance_until")?;
    Ok(Insurance {
        insurer: object.get_text("insurer")?.to_owned(),
        until: until.ok_or_else(|| object.wrong("insurance_until", EventProblem::Missing))?,
        policy_number: match object.find("policy_number") {
            Some(_) => Some(number(object, "policy_number")?),
            None => None,
        },
    })
}

fn year(object: &Object<'_>) -> Result<Option<i16>, EventError> {
    let Some(year) = object.find_small_number("year")? else { return Ok(None) };
    match i16::try_from(year) {
        Ok(year) if (1990..2200).contains(&year) => Ok(Some(year)),
        _ => Err(object.unreadable("year", "year", "a year from 1990 to 2199 is needed")),
    }
}

fn tax(object: &Object<'_>) -> Result<VehicleTax, EventError> {
    let year = year(object)?.ok_or_else(|| object.wrong("year", EventProblem::Missing))?;
    Ok(VehicleTax { year, exempt: object.find_flag("exempt")?.unwrap_or(false) })
}
