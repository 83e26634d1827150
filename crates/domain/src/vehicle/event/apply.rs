//! What an event does to a vehicle and its mark.
//!
//! The choices, where the law leaves one:
//!
//! - **What keeps a mark from being issued** ([`may_issue`]): the region not open on the day, a state that blocks (open violations G and
//!   accidents I, N by L3 Art. 54; stolen, sealed, impounded, locked), compulsory insurance known to have ended (L3 Art. 54, 55, and
//!   even for a replacement Art. 57), a validity that has run out or is not known. Insurance that is not on record does not block: the
//!   register checked it, we have only not been told. Vehicle tax blocks an
//!   application, not an event: what the register granted is a fact.
//! - **An inspection that passed while something blocks** still renews the validity: it is a fact. The mark follows when the block is
//!   lifted or a newer insurance is reported ([`MarkDecision::Restore`] issues what is missing).
//! - **An inspection before the window** (after a change of engine or body) renews nothing: the clock is the registration month.
//! - **A change of use or body** computes the cycle anew and never lengthens the running validity: the earlier of the running validity
//!   and the point the new class faces. Only an inspection lengthens it.
//! - **A transfer** leaves the clock alone (L2 Art. 16: periods run from the registration).
//! - **A correction** computes the validity from the right facts, in both directions, unless the vehicle is overdue: then it stays so.
//! - **Once out of the register** (E, P) only a correction brings a vehicle back.

use jiff::civil::Date;

use super::decision::MarkDecision;
use super::gate::{MOVED_OUT, OVERDUE, allowed, may_issue};
use super::{
    Cause, Changes, Correction, Event, EventData, EventRefused, EventType, Inspected, InspectionResult, MarkGranted,
    PlateChanged, Registered, SubjectRef, Transferred, apply_record,
};
use crate::credential::Reason;
use crate::vehicle::inspection::{CycleFacts, InspectionAction, InspectionRules, InspectionState};
use crate::vehicle::notice::NoticeKind;
use crate::vehicle::standing::Standing;
use crate::vehicle::{MarkEffect, OwnerDetails, StatusLetter, StatusSet, Vehicle, YearMonth};

/// What an event leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The vehicle after the event. `owner` is the former one; when `new_owner` is there, the caller puts the new owner's id.
    pub after: Vehicle,
    /// The owner the event names.
    pub new_owner: Option<OwnerDetails>,
    /// What happens to the mark.
    pub mark: MarkDecision,
    /// What people are told at once. A mark that `Restore` issues because it was missing is told with `MarkIssued` by whoever issues it.
    pub notices: Vec<NoticeKind>,
    /// The serial of the paper mark handed out.
    pub paper_mark: Option<String>,
}

/// Applies an event to the vehicle as it is known (`None`: not at all) on a day.
pub fn apply(
    before: Option<&Vehicle>,
    event: &Event,
    rules: &InspectionRules,
    today: Date,
) -> Result<Outcome, EventRefused> {
    let on = event.occurred_on();
    not_after(on, today)?;
    let step = Applying { rules, today, on };
    let Some(before) = before else {
        return match &event.data {
            EventData::Registered(registered) => step.registered(registered),
            _ => Err(EventRefused::UnknownVehicle),
        };
    };
    if matches!(&event.subject, SubjectRef::Vin(vin) if *vin != before.vin) {
        return Err(EventRefused::OtherVehicle);
    }
    allowed(before, event)?;
    match &event.data {
        EventData::Registered(_) => Err(EventRefused::AlreadyRegistered),
        EventData::Inspected(inspected) => step.inspected(before, inspected),
        EventData::MarkGranted(granted) => step.granted(before, granted),
        EventData::Transferred(transferred) => step.transferred(before, transferred),
        EventData::Changed(changes) => step.changed(before, changes),
        EventData::PlateChanged(changed) => step.plate_changed(before, changed),
        EventData::StatusChanged(status) => step.status_changed(before, *status),
        EventData::Deregistered(cause) => Ok(step.deregistered(before, *cause)),
        EventData::Corrected(correction) => step.corrected(before, correction),
        // Whoever knows the vehicle's standing asks `apply_record`; on its own a record meets a vehicle of which nothing else is known.
        EventData::Record(record) => {
            apply_record(before, &Standing::default(), None, record, on, today).map(|found| found.outcome)
        }
    }
}

pub(super) fn not_after(day: Date, today: Date) -> Result<(), EventRefused> {
    if day > today { Err(EventRefused::InTheFuture { day, today }) } else { Ok(()) }
}

fn without(status: StatusSet, letter: char) -> StatusSet {
    StatusLetter::new(letter).map_or(status, |letter| status.without(letter))
}

/// Whether what a mark shows differs.
fn face_differs(before: &Vehicle, after: &Vehicle) -> bool {
    before.plate != after.plate
        || before.valid_until != after.valid_until
        || before.vehicle_type != after.vehicle_type
        || before.division != after.division
}

struct Applying<'r> {
    rules: &'r InspectionRules,
    today: Date,
    on: Date,
}

impl Applying<'_> {
    fn outcome(after: Vehicle, mark: MarkDecision) -> Outcome {
        let notices = NoticeKind::of(&mark);
        Outcome { after, new_owner: None, mark, notices, paper_mark: None }
    }

    /// A mark that was never suspended cannot be reported as restored.
    fn outcome_of(before: &Vehicle, after: Vehicle, mark: MarkDecision) -> Outcome {
        let mut outcome = Self::outcome(after, mark);
        if before.status.mark_effect().0 != MarkEffect::Suspend {
            outcome.notices.retain(|kind| *kind != NoticeKind::MarkRestored);
        }
        outcome
    }

    /// A new mark in the place of the old one; where none may be issued, a mark that would be wrong is revoked.
    fn replace(&self, before: &Vehicle, after: &Vehicle, reason: Reason) -> MarkDecision {
        match may_issue(after, self.today) {
            Err(_) if before.status.mark_effect().0 == MarkEffect::Revoke => MarkDecision::Nothing { because: None },
            Ok(()) => MarkDecision::Supersede { reason, flag_old: true },
            Err(_) if face_differs(before, after) => MarkDecision::Revoke { reason },
            Err(because) => MarkDecision::Nothing { because: Some(because) },
        }
    }

    fn registered(&self, registered: &Registered) -> Result<Outcome, EventRefused> {
        let mut after = registered.vehicle.clone();
        not_after(after.registered_on, self.today)?;
        let facts = CycleFacts::from(&after);
        let first = self.rules.valid_until_after_registration(&facts)?;
        after.valid_until = after.valid_until.or(Some(first));
        let mark = match may_issue(&after, self.today) {
            Ok(()) => MarkDecision::Issue { reason: Reason::Registered },
            Err(because) => MarkDecision::Nothing { because: Some(because) },
        };
        Ok(Outcome { new_owner: Some(registered.owner.clone()), ..Self::outcome(after, mark) })
    }

    fn renewed(&self, before: &Vehicle, renewal: &Renewal<'_>) -> Result<Outcome, EventRefused> {
        let mut after = before.clone();
        after.insurance_until = renewal.insurance_until.or(before.insurance_until);
        let answer = self.rules.answer(&CycleFacts::from(before), renewal.day)?;
        let next = match answer.state {
            InspectionState::WindowOpen | InspectionState::Overdue => Some(answer.next_valid_until),
            // Before the window nothing is renewed; a vehicle without a recorded validity gets the one it has by the rules.
            InspectionState::NotDue => before.valid_until.is_none().then_some(answer.due),
        };
        let computed = next.or(before.valid_until);
        if let (Some(stated), Some(computed)) = (renewal.stated, computed)
            && stated != computed
        {
            return Err(EventRefused::ValidityDiffers { stated, computed });
        }
        after.valid_until = computed;
        let mark = if next.is_none() {
            MarkDecision::Nothing { because: None }
        } else {
            after.status = without(after.status, OVERDUE);
            // In time: the old mark runs to its own end anyway, and its print stays good until then.
            let flag_old = answer.state == InspectionState::Overdue;
            match may_issue(&after, self.today) {
                Ok(()) => MarkDecision::Supersede { reason: Reason::Renewed, flag_old },
                Err(because) => MarkDecision::Nothing { because: Some(because) },
            }
        };
        Ok(Outcome { paper_mark: renewal.paper_mark.clone(), ..Self::outcome(after, mark) })
    }

    fn inspected(&self, before: &Vehicle, inspected: &Inspected) -> Result<Outcome, EventRefused> {
        let day = inspected.inspected_on.unwrap_or(self.on);
        not_after(day, self.today)?;
        if inspected.result == InspectionResult::Fail {
            let mut outcome = Self::outcome(before.clone(), MarkDecision::Nothing { because: None });
            outcome.notices = vec![NoticeKind::InspectionFailed];
            return Ok(outcome);
        }
        self.renewed(
            before,
            &Renewal {
                day,
                stated: inspected.valid_until,
                insurance_until: inspected.insurance_until,
                paper_mark: &inspected.paper_mark,
            },
        )
    }

    fn granted(&self, before: &Vehicle, granted: &MarkGranted) -> Result<Outcome, EventRefused> {
        let day = granted.granted_on.unwrap_or(self.on);
        not_after(day, self.today)?;
        let answer = self.rules.answer(&CycleFacts::from(before), day)?;
        if answer.action == InspectionAction::Inspect {
            let (rule, clause) = (answer.rule.to_owned(), answer.clause.id.clone());
            return Err(EventRefused::NeedsInspection { rule, clause, due: answer.due });
        }
        if answer.state == InspectionState::NotDue {
            return Err(EventRefused::TooEarly { day, window_opens: answer.window_opens });
        }
        self.renewed(
            before,
            &Renewal {
                day,
                stated: granted.valid_until,
                insurance_until: granted.insurance_until,
                paper_mark: &granted.paper_mark,
            },
        )
    }

    fn transferred(&self, before: &Vehicle, transferred: &Transferred) -> Result<Outcome, EventRefused> {
        let mut after = before.clone();
        after.plate = transferred.plate.clone().unwrap_or(after.plate);
        after.division = transferred.division.unwrap_or(after.division);
        after.insurance_until = transferred.insurance_until.or(after.insurance_until);
        after.status = without(after.status, MOVED_OUT);
        let mark = match may_issue(&after, self.today) {
            Ok(()) => MarkDecision::RevokeAndIssue { revoke: Reason::Transferred, issue: Reason::Transferred },
            Err(_) => MarkDecision::Revoke { reason: Reason::Transferred },
        };
        Ok(Outcome { new_owner: Some(transferred.owner.clone()), ..Self::outcome(after, mark) })
    }

    fn changed(&self, before: &Vehicle, changes: &Changes) -> Result<Outcome, EventRefused> {
        let mut after = before.clone();
        put(&mut after, changes);
        if changes.plate.is_some() || changes.division.is_some() {
            after.status = without(after.status, MOVED_OUT);
        }
        if cycle_differs(before, &after) {
            let faced = self.rules.valid_until_when_on_time(&CycleFacts::from(&after), self.on)?;
            after.valid_until = Some(after.valid_until.map_or(faced, |running| running.min(faced)));
        }
        // What is no registered fact of the vehicle (insurance, the flags) makes no new mark by itself.
        let unseen = Vehicle {
            insurance_until: after.insurance_until,
            casualty_accident: after.casualty_accident,
            illegal_modification: after.illegal_modification,
            ..before.clone()
        };
        let mark = if after == unseen {
            self.unblocked(before, &after)
        } else {
            self.replace(before, &after, Reason::Changed)
        };
        Ok(Self::outcome_of(before, after, mark))
    }

    /// What kept a mark from being issued is gone: one that is missing now follows.
    fn unblocked(&self, before: &Vehicle, after: &Vehicle) -> MarkDecision {
        match (may_issue(before, self.today), may_issue(after, self.today)) {
            (Err(_), Ok(())) => MarkDecision::Restore { reason: Reason::Restored },
            _ => MarkDecision::Nothing { because: None },
        }
    }

    fn plate_changed(&self, before: &Vehicle, changed: &PlateChanged) -> Result<Outcome, EventRefused> {
        if changed.plate == before.plate {
            return Err(EventRefused::SamePlate);
        }
        let mut after = before.clone();
        after.plate = changed.plate.clone();
        after.division = changed.division.unwrap_or(after.division);
        after.status = without(after.status, MOVED_OUT);
        let mark = self.replace(before, &after, Reason::PlateChanged);
        Ok(Self::outcome(after, mark))
    }

    fn status_changed(&self, before: &Vehicle, status: StatusSet) -> Result<Outcome, EventRefused> {
        let after = Vehicle { status, ..before.clone() };
        let mark = self.by_status(before, &after);
        Ok(Self::outcome_of(before, after, mark))
    }

    /// What a new state means for the mark.
    fn by_status(&self, before: &Vehicle, after: &Vehicle) -> MarkDecision {
        let (was, _) = before.status.mark_effect();
        let (is, reason) = after.status.mark_effect();
        let reason = reason.unwrap_or(Reason::Restored);
        match (was, is) {
            (MarkEffect::Revoke, MarkEffect::Revoke) | (MarkEffect::Suspend, MarkEffect::Suspend) => {
                MarkDecision::Nothing { because: None }
            }
            (_, MarkEffect::Revoke) => MarkDecision::Revoke { reason },
            // A revoked mark is gone for good: there is nothing to suspend.
            (MarkEffect::Revoke, MarkEffect::Suspend) => MarkDecision::Nothing { because: Some(reason) },
            (MarkEffect::None, MarkEffect::Suspend) => MarkDecision::Suspend { reason },
            (MarkEffect::Suspend, MarkEffect::None) => MarkDecision::Restore { reason: Reason::Restored },
            (MarkEffect::Revoke, MarkEffect::None) => match may_issue(after, self.today) {
                Ok(()) => MarkDecision::Issue { reason: Reason::Restored },
                Err(because) => MarkDecision::Nothing { because: Some(because) },
            },
            (MarkEffect::None, MarkEffect::None) => self.unblocked(before, after),
        }
    }

    fn deregistered(&self, before: &Vehicle, cause: Cause) -> Outcome {
        let mut after = before.clone();
        let letters: &[char] = if cause == Cause::DeclaredVoid { &['P'] } else { &['E'] };
        for letter in letters.iter().filter_map(|l| StatusLetter::new(*l)) {
            after.status = after.status.with(letter);
        }
        Self::outcome(after, MarkDecision::Revoke { reason: cause.reason() })
    }

    fn corrected(&self, before: &Vehicle, correction: &Correction) -> Result<Outcome, EventRefused> {
        let mut after = before.clone();
        put(&mut after, &correction.changes);
        after.vin = correction.vin.clone().unwrap_or(after.vin);
        after.registered_on = correction.registered_on.unwrap_or(after.registered_on);
        not_after(after.registered_on, self.today)?;
        after.status = correction.status.unwrap_or(after.status);
        let overdue = before.valid_until.is_some_and(|month| month.last_day() < self.today);
        if let Some(stated) = correction.valid_until {
            after.valid_until = Some(stated);
        } else if cycle_differs(before, &after) && !overdue {
            after.valid_until = Some(self.rules.valid_until_when_on_time(&CycleFacts::from(&after), self.today)?);
        }
        // The facts must have an answer, also when the validity is stated.
        self.rules.answer(&CycleFacts::from(&after), self.today)?;
        let mark = self.by_correction(before, &after, correction);
        let outcome = Self::outcome_of(before, after, mark);
        Ok(Outcome { new_owner: correction.owner.clone(), paper_mark: correction.paper_mark.clone(), ..outcome })
    }

    fn by_correction(&self, before: &Vehicle, after: &Vehicle, correction: &Correction) -> MarkDecision {
        if before.status != after.status {
            let by_status = self.by_status(before, after);
            if after.status.mark_effect().0 != MarkEffect::None || !face_differs(before, after) {
                return by_status;
            }
        }
        if face_differs(before, after) {
            return self.replace(before, after, Reason::Corrected);
        }
        // Another owner: the mark that the wrong one holds ends, the right one gets one.
        match (correction.of, &correction.owner, may_issue(after, self.today)) {
            (EventType::Transferred, Some(_), Ok(())) => {
                MarkDecision::RevokeAndIssue { revoke: Reason::Corrected, issue: Reason::Corrected }
            }
            (EventType::Transferred, Some(_), Err(_)) => MarkDecision::Revoke { reason: Reason::Corrected },
            _ => MarkDecision::Nothing { because: None },
        }
    }
}

/// A point that was handled.
struct Renewal<'e> {
    day: Date,
    stated: Option<YearMonth>,
    insurance_until: Option<Date>,
    paper_mark: &'e Option<String>,
}

fn put(vehicle: &mut Vehicle, changes: &Changes) {
    vehicle.vehicle_type = changes.vehicle_type.unwrap_or(vehicle.vehicle_type);
    vehicle.use_nature = changes.use_nature.unwrap_or(vehicle.use_nature);
    vehicle.seats = changes.seats.unwrap_or(vehicle.seats);
    vehicle.manufactured_on = changes.manufactured_on.or(vehicle.manufactured_on);
    vehicle.energy = changes.energy.or(vehicle.energy);
    if let Some(colour) = &changes.colour {
        vehicle.colour = Some(colour.code().to_owned());
    }
    vehicle.division = changes.division.unwrap_or(vehicle.division);
    if let Some(plate) = &changes.plate {
        vehicle.plate = plate.clone();
    }
    vehicle.insurance_until = changes.insurance_until.or(vehicle.insurance_until);
    vehicle.casualty_accident = changes.casualty_accident.unwrap_or(vehicle.casualty_accident);
    vehicle.illegal_modification = changes.illegal_modification.unwrap_or(vehicle.illegal_modification);
}

/// Whether anything that the cycle depends on differs, the validity aside.
fn cycle_differs(before: &Vehicle, after: &Vehicle) -> bool {
    let facts = |vehicle: &Vehicle| CycleFacts { valid_until: None, ..CycleFacts::from(vehicle) };
    facts(before) != facts(after)
}
