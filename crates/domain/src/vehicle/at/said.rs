//! What one statement says of a vehicle, and how statements are laid one upon the other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{VehicleAt, with_violations};
use crate::region::Division;
use crate::vehicle::event::{Correction, Event, EventData, InspectionResult, Record, RightRecord};
use crate::vehicle::inspection::{CycleFacts, InspectionRules, InspectionState};
use crate::vehicle::{Energy, Plate, StatusLetter, StatusSet, UseNature, Vehicle, VehicleType, Vin, YearMonth};

/// The letter of a vehicle whose inspection is overdue.
const OVERDUE: char = 'Q';

/// Letters that a statement sets and takes away; of the others it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letters {
    /// Set.
    pub set: StatusSet,
    /// Taken away.
    pub cleared: StatusSet,
}

/// What a statement says of compulsory insurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsuranceSaid {
    /// The last insured day.
    pub until: Date,
    /// A policy was reported: it lengthens what is known and never shortens it.
    pub at_least: bool,
}

/// What a statement says of one violation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViolationSaid {
    /// Its number.
    pub number: String,
    /// Whether it is open from then on.
    pub open: bool,
}

/// What one statement says. What is absent is not spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is the member of Vehicle of the same name")]
pub struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate: Option<Plate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vin: Option<Vin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_type: Option<VehicleType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_nature: Option<UseNature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_on: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufactured_on: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy: Option<Energy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<Division>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letters: Option<Letters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<YearMonth>,
    /// On this day the point of the cycle was handled: the validity follows from what was so then, by the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insurance: Option<InsuranceSaid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub casualty_accident: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub illegal_modification: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violation: Option<ViolationSaid>,
}

impl Letters {
    /// What a statement of the whole state says: of every letter, whether it is set.
    pub fn whole(state: StatusSet) -> Self {
        let all = ('B'..='Z').filter_map(StatusLetter::new);
        Self { set: state, cleared: StatusSet::of(all.filter(|letter| !state.has(letter.letter()))) }
    }

    /// What differs, if anything does.
    fn difference(before: StatusSet, after: StatusSet) -> Option<Self> {
        let without = |of: StatusSet, other: StatusSet| StatusSet::of(of.iter().filter(|l| !other.has(l.letter())));
        let letters = Self { set: without(after, before), cleared: without(before, after) };
        (letters != Self::default()).then_some(letters)
    }

    fn put(self, state: StatusSet) -> StatusSet {
        let kept = state.iter().filter(|letter| !self.cleared.has(letter.letter()));
        StatusSet::of(kept.chain(self.set.iter()))
    }
}

/// The new value, when it differs.
fn differs<T: PartialEq + Clone>(before: &T, after: &T) -> Option<T> {
    (before != after).then(|| after.clone())
}

impl Said {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What differs between two versions of the facts. That something is not known any more cannot be said.
    pub fn difference(before: &Vehicle, after: &Vehicle) -> Self {
        let insurance = differs(&before.insurance_until, &after.insurance_until).flatten();
        Self {
            plate: differs(&before.plate, &after.plate),
            vin: differs(&before.vin, &after.vin),
            vehicle_type: differs(&before.vehicle_type, &after.vehicle_type),
            use_nature: differs(&before.use_nature, &after.use_nature),
            seats: differs(&before.seats, &after.seats),
            registered_on: differs(&before.registered_on, &after.registered_on),
            manufactured_on: differs(&before.manufactured_on, &after.manufactured_on).flatten(),
            energy: differs(&before.energy, &after.energy).flatten(),
            colour: differs(&before.colour, &after.colour).flatten(),
            division: differs(&before.division, &after.division),
            letters: Letters::difference(before.status, after.status),
            valid_until: differs(&before.valid_until, &after.valid_until).flatten(),
            handled: None,
            insurance: insurance.map(|until| InsuranceSaid { until, at_least: false }),
            casualty_accident: differs(&before.casualty_accident, &after.casualty_accident),
            illegal_modification: differs(&before.illegal_modification, &after.illegal_modification),
            owner: differs(&before.owner, &after.owner),
            violation: None,
        }
    }

    /// What an event of the register of vehicles says that led from one version of the facts to another: what differs, and what it states by name
    /// also where nothing differs. Not for corrections and records, which have their own.
    pub fn of_event(event: &Event, before: &Vehicle, after: &Vehicle) -> Self {
        let mut said = Self::difference(before, after);
        match &event.data {
            EventData::StatusChanged(state) => said.letters = Some(Letters::whole(*state)),
            EventData::PlateChanged(changed) => {
                said.plate = Some(changed.plate.clone());
                said.division = changed.division.or(said.division);
            }
            EventData::Transferred(transferred) => {
                said.owner = Some(after.owner);
                said.plate = transferred.plate.clone().or(said.plate);
                said.division = transferred.division.or(said.division);
                said.state_insurance(transferred.insurance_until);
            }
            EventData::Inspected(inspected) => {
                if inspected.result == InspectionResult::Pass {
                    said.handle(inspected.inspected_on.unwrap_or(event.occurred_on()), inspected.valid_until);
                }
                said.state_insurance(inspected.insurance_until);
            }
            EventData::MarkGranted(granted) => {
                said.handle(granted.granted_on.unwrap_or(event.occurred_on()), granted.valid_until);
                said.state_insurance(granted.insurance_until);
            }
            EventData::Changed(changes) => said.state(changes),
            EventData::Registered(_) | EventData::Deregistered(_) | EventData::Corrected(_) | EventData::Record(_) => {}
        }
        said
    }

    /// The point was handled. What the register states of the validity stands; what it leaves to the rules follows from what was so then, also when
    /// that becomes known later.
    fn handle(&mut self, day: Date, stated: Option<YearMonth>) {
        if stated.is_none() {
            (self.valid_until, self.letters, self.handled) = (None, None, Some(day));
        }
    }

    fn state_insurance(&mut self, until: Option<Date>) {
        if let Some(until) = until {
            self.insurance = Some(InsuranceSaid { until, at_least: false });
        }
    }

    /// Says by name what a change names.
    fn state(&mut self, changes: &crate::vehicle::event::Changes) {
        self.plate = changes.plate.clone().or_else(|| self.plate.take());
        self.vehicle_type = changes.vehicle_type.or(self.vehicle_type);
        self.use_nature = changes.use_nature.or(self.use_nature);
        self.seats = changes.seats.or(self.seats);
        self.manufactured_on = changes.manufactured_on.or(self.manufactured_on);
        self.energy = changes.energy.or(self.energy);
        self.colour = changes.colour.as_ref().map(|c| c.code().to_owned()).or_else(|| self.colour.take());
        self.division = changes.division.or(self.division);
        self.casualty_accident = changes.casualty_accident.or(self.casualty_accident);
        self.illegal_modification = changes.illegal_modification.or(self.illegal_modification);
        self.state_insurance(changes.insurance_until);
    }

    /// What a correction states, from the moment of what it corrects on. `owner` is the record of the owner it names.
    pub fn of_correction(correction: &Correction, owner: Option<Uuid>) -> Self {
        let mut said = Self {
            vin: correction.vin.clone(),
            registered_on: correction.registered_on,
            valid_until: correction.valid_until,
            letters: correction.status.map(Letters::whole),
            owner,
            ..Self::default()
        };
        said.state(&correction.changes);
        said
    }

    /// What a record of another register says.
    pub fn of_record(record: &Record) -> Self {
        let violation = |number: &str, open| Some(ViolationSaid { number: number.to_owned(), open });
        let insurance = |until, at_least| Some(InsuranceSaid { until, at_least });
        match record {
            Record::Violation(of) => Self { violation: violation(&of.number, true), ..Self::default() },
            Record::Handled { number } => Self { violation: violation(number, false), ..Self::default() },
            Record::Insured(of) => Self { insurance: insurance(of.until, true), ..Self::default() },
            Record::Taxed(_) => Self::default(),
            Record::Corrected(correction) => match &correction.right {
                RightRecord::NoViolation { number } => Self { violation: violation(number, false), ..Self::default() },
                RightRecord::NotHandled { number } => Self { violation: violation(number, true), ..Self::default() },
                RightRecord::Insurance(of) => Self { insurance: insurance(of.until, false), ..Self::default() },
                RightRecord::Violation { .. } | RightRecord::Tax(_) | RightRecord::NoTax => Self::default(),
            },
        }
    }

    /// What is left of this when everything is taken out that `other` says too.
    #[must_use]
    pub fn beside(self, other: &Self) -> Self {
        self.keep(other, false)
    }

    /// What is left of this when everything is taken out that `other` does not say.
    #[must_use]
    pub fn only(self, other: &Self) -> Self {
        self.keep(other, true)
    }

    fn keep(self, other: &Self, spoken: bool) -> Self {
        fn kept<T, U>(own: Option<T>, other: Option<&U>, spoken: bool) -> Option<T> {
            own.filter(|_| other.is_some() == spoken)
        }
        Self {
            plate: kept(self.plate, other.plate.as_ref(), spoken),
            vin: kept(self.vin, other.vin.as_ref(), spoken),
            vehicle_type: kept(self.vehicle_type, other.vehicle_type.as_ref(), spoken),
            use_nature: kept(self.use_nature, other.use_nature.as_ref(), spoken),
            seats: kept(self.seats, other.seats.as_ref(), spoken),
            registered_on: kept(self.registered_on, other.registered_on.as_ref(), spoken),
            manufactured_on: kept(self.manufactured_on, other.manufactured_on.as_ref(), spoken),
            energy: kept(self.energy, other.energy.as_ref(), spoken),
            colour: kept(self.colour, other.colour.as_ref(), spoken),
            division: kept(self.division, other.division.as_ref(), spoken),
            letters: kept(self.letters, other.letters.map(drop).or(other.handled.map(drop)).as_ref(), spoken),
            valid_until: kept(
                self.valid_until,
                other.valid_until.map(drop).or(other.handled.map(drop)).as_ref(),
                spoken,
            ),
            handled: kept(self.handled, other.handled.as_ref(), spoken),
            insurance: kept(self.insurance, other.insurance.as_ref(), spoken),
            casualty_accident: kept(self.casualty_accident, other.casualty_accident.as_ref(), spoken),
            illegal_modification: kept(self.illegal_modification, other.illegal_modification.as_ref(), spoken),
            owner: kept(self.owner, other.owner.as_ref(), spoken),
            violation: kept(self.violation, other.violation.as_ref(), spoken),
        }
    }
}

/// Statements on their way to an answer.
pub(super) struct Folding {
    facts: Vehicle,
    plate_from: Timestamp,
    violations: BTreeMap<String, bool>,
}

impl Folding {
    pub(super) fn begin(first: &Vehicle, from: Timestamp) -> Self {
        Self { facts: first.clone(), plate_from: from, violations: BTreeMap::new() }
    }

    pub(super) fn take(&mut self, said: &Said, from: Timestamp) {
        let facts = &mut self.facts;
        if let Some(plate) = &said.plate {
            if facts.plate != *plate {
                self.plate_from = from;
            }
            facts.plate.clone_from(plate);
        }
        put(&mut facts.vin, said.vin.as_ref());
        put(&mut facts.vehicle_type, said.vehicle_type.as_ref());
        put(&mut facts.use_nature, said.use_nature.as_ref());
        put(&mut facts.seats, said.seats.as_ref());
        put(&mut facts.registered_on, said.registered_on.as_ref());
        put(&mut facts.division, said.division.as_ref());
        put(&mut facts.casualty_accident, said.casualty_accident.as_ref());
        put(&mut facts.illegal_modification, said.illegal_modification.as_ref());
        put(&mut facts.owner, said.owner.as_ref());
        facts.manufactured_on = said.manufactured_on.or(facts.manufactured_on);
        facts.energy = said.energy.or(facts.energy);
        facts.valid_until = said.valid_until.or(facts.valid_until);
        if let Some(colour) = &said.colour {
            facts.colour = Some(colour.clone());
        }
        if let Some(letters) = said.letters {
            facts.status = letters.put(facts.status);
        }
        if let Some(day) = said.handled {
            renew(facts, day);
        }
        if let Some(InsuranceSaid { until, at_least }) = said.insurance {
            facts.insurance_until = match facts.insurance_until {
                Some(known) if at_least => Some(known.max(until)),
                _ => Some(until),
            };
        }
        if let Some(ViolationSaid { number, open }) = &said.violation {
            self.violations.insert(number.clone(), *open);
        }
    }

    pub(super) fn end(mut self) -> VehicleAt {
        let open = self.violations.values().filter(|open| **open).count();
        let open = u32::try_from(open).unwrap_or(u32::MAX);
        self.facts.status = with_violations(self.facts.status, open);
        VehicleAt { facts: self.facts, plate_from: self.plate_from, open_violations: open }
    }
}

/// The validity after a point was handled on a day, by the rules of that day, as [`crate::vehicle::event::apply()`] gives it; facts without an
/// answer change nothing.
fn renew(facts: &mut Vehicle, day: Date) {
    let Ok(answer) = InspectionRules::builtin().answer(&CycleFacts::from(&*facts), day) else { return };
    match answer.state {
        InspectionState::WindowOpen | InspectionState::Overdue => {
            facts.valid_until = Some(answer.next_valid_until);
            facts.status = StatusLetter::new(OVERDUE).map_or(facts.status, |letter| facts.status.without(letter));
        }
        InspectionState::NotDue => facts.valid_until = facts.valid_until.or(Some(answer.due)),
    }
}

fn put<T: Clone>(place: &mut T, said: Option<&T>) {
    if let Some(value) = said {
        place.clone_from(value);
    }
}
