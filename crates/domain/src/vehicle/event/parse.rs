//! Reading one event.

use uuid::Uuid;

use super::columns::{CHANGE, Columns, OWNER, read_plate};
use super::{
    Cause, Changes, Correction, Event, EventData, EventType, Inspected, InspectionResult, MarkGranted, PlateChanged,
    Registered, SubjectRef, Transferred, record,
};
use crate::checked::Warning;
use crate::event::json::{Node, Object};
use crate::event::{ENVELOPE, EventError, EventProblem, MAX_EVENT_BYTES, local_day, read_instant, read_key};
use crate::vehicle::{StatusSet, Vehicle, Vin};

impl Event {
    /// Reads one event. Every error names the place (a JSON pointer), a stable code and a sentence.
    pub fn parse(bytes: &[u8]) -> Result<Self, EventError> {
        let node = Node::read(bytes, MAX_EVENT_BYTES)?;
        let event = Object::open(&node, "", ENVELOPE)?;
        let key = read_key(&event)?;
        let (event_type, corrected) = read_type(&event)?;
        let occurred_at = read_instant(&event)?;
        let mut warnings = Vec::new();
        let subject = read_subject(&event, &mut warnings)?;
        let data = event.get("data")?;
        let object = Object::open(data, "/data", &members(event_type, corrected))?;
        let mut columns = Columns { object: &object, warnings: &mut warnings, on: local_day(occurred_at) };
        let data = if event_type.is_record() {
            EventData::Record(Box::new(record::read(event_type, corrected, &columns)?))
        } else if corrected {
            EventData::Corrected(Box::new(read_correction(event_type, &mut columns)?))
        } else {
            read_data(event_type, &mut columns, &subject)?
        };
        Ok(Self { key, occurred_at, subject, data, warnings: Self::tidy(warnings) })
    }
}

/// The members that `data` of a type may have.
fn members(event_type: EventType, corrected: bool) -> Vec<&'static str> {
    if event_type.is_record() {
        return record::members(event_type, corrected);
    }
    let plate = ["plate_number", "plate_type", "division"];
    let mut known: Vec<&'static str> = Vec::new();
    match event_type {
        EventType::Registered => {
            known.extend(CHANGE);
            known.extend(OWNER);
            known.extend(["vin", "registered_on", "valid_until", "status"]);
        }
        EventType::Inspected if !corrected => {
            known.extend(["inspected_on", "result", "paper_mark", "valid_until", "insurance_until"]);
        }
        EventType::MarkGranted if !corrected => {
            known.extend(["granted_on", "paper_mark", "valid_until", "insurance_until"]);
        }
        EventType::Inspected | EventType::MarkGranted => known.extend(["paper_mark", "valid_until", "insurance_until"]),
        EventType::Transferred => {
            known.extend(OWNER);
            known.extend(plate);
            known.push("insurance_until");
        }
        EventType::Changed => {
            known.extend(CHANGE);
            if corrected {
                known.push("valid_until");
            }
        }
        EventType::PlateChanged => known.extend(plate),
        EventType::Deregistered if !corrected => known.push("cause"),
        EventType::StatusChanged | EventType::Deregistered => known.push("status"),
        EventType::ViolationRecorded | EventType::ViolationHandled | EventType::Insured | EventType::Taxed => {}
    }
    if corrected {
        known.push("corrects");
    }
    known
}

fn read_type(event: &Object<'_>) -> Result<(EventType, bool), EventError> {
    let word = event.get_text("type")?;
    EventType::ALL
        .into_iter()
        .flat_map(|t| [(t.code(), t, false), (t.corrected_code(), t, true)])
        .find(|(code, ..)| *code == word)
        .map(|(_, event_type, corrected)| (event_type, corrected))
        .ok_or_else(|| event.wrong("type", EventProblem::UnknownType(word.chars().take(64).collect())))
}

fn read_subject(event: &Object<'_>, warnings: &mut Vec<Warning>) -> Result<SubjectRef, EventError> {
    let subject = Object::open(event.get("subject")?, "/subject", &["vin", "plate_number", "plate_type"])?;
    let by_plate = subject.has_any(&["plate_number", "plate_type"]);
    match (subject.find_text("vin")?, by_plate) {
        (Some(vin), false) => {
            // A reference is not checked against its check digit: it names what the register holds.
            let vin: Vin = vin.parse().map_err(|e: crate::vehicle::VinError| subject.unreadable("vin", e.code(), e))?;
            Ok(SubjectRef::Vin(vin))
        }
        (None, true) => match read_plate(&subject, warnings)? {
            Some(plate) => Ok(SubjectRef::Plate(plate)),
            None => Err(subject.wrong_here(EventProblem::Missing)),
        },
        (Some(_), true) => Err(subject.wrong("vin", EventProblem::Contradicts("the plate: one subject is enough"))),
        (None, false) => Err(subject.wrong_here(EventProblem::Together("vin, or plate_number and plate_type,"))),
    }
}

fn read_data(
    event_type: EventType,
    columns: &mut Columns<'_, '_>,
    subject: &SubjectRef,
) -> Result<EventData, EventError> {
    let object = columns.object;
    Ok(match event_type {
        EventType::Registered => EventData::Registered(Box::new(read_registered(columns, subject)?)),
        EventType::Inspected => EventData::Inspected(Inspected {
            inspected_on: columns.date("inspected_on")?,
            result: match object.get_text("result")? {
                "pass" => InspectionResult::Pass,
                "fail" => InspectionResult::Fail,
                _ => return Err(object.unreadable("result", "inspection_result", "pass or fail is needed")),
            },
            paper_mark: columns.paper_mark()?,
            valid_until: columns.month("valid_until")?,
            insurance_until: columns.date("insurance_until")?,
        }),
        EventType::MarkGranted => EventData::MarkGranted(MarkGranted {
            granted_on: columns.date("granted_on")?,
            paper_mark: columns.paper_mark()?,
            valid_until: columns.month("valid_until")?,
            insurance_until: columns.date("insurance_until")?,
        }),
        EventType::Transferred => EventData::Transferred(Box::new(Transferred {
            owner: columns.owner()?,
            plate: columns.plate()?,
            division: columns.division()?,
            insurance_until: columns.date("insurance_until")?,
        })),
        EventType::Changed => {
            let changes = columns.changes()?;
            if changes == Changes::default() {
                return Err(object.wrong_here(EventProblem::NothingChanged));
            }
            EventData::Changed(Box::new(changes))
        }
        EventType::PlateChanged => EventData::PlateChanged(PlateChanged {
            plate: columns.plate()?.ok_or_else(|| object.wrong("plate_number", EventProblem::Missing))?,
            division: columns.division()?,
        }),
        EventType::StatusChanged => {
            EventData::StatusChanged(columns.status()?.ok_or_else(|| object.wrong("status", EventProblem::Missing))?)
        }
        EventType::Deregistered => {
            let word = object.get_text("cause")?;
            let cause = Cause::WORDS.iter().find(|(known, _)| *known == word).map(|(_, cause)| *cause);
            let sentence = || Cause::WORDS.map(|(word, _)| word).join(", ") + " is needed";
            EventData::Deregistered(
                cause.ok_or_else(|| object.unreadable("cause", "deregistration_cause", sentence()))?,
            )
        }
        EventType::ViolationRecorded | EventType::ViolationHandled | EventType::Insured | EventType::Taxed => {
            EventData::Record(Box::new(record::read(event_type, false, columns)?))
        }
    })
}

fn read_registered(columns: &mut Columns<'_, '_>, subject: &SubjectRef) -> Result<Registered, EventError> {
    let object = columns.object;
    let missing = |member: &str| object.wrong(member, EventProblem::Missing);
    let changes = columns.changes()?;
    let stated = columns.vin(changes.manufactured_on)?;
    let (vin, named) = match subject {
        SubjectRef::Vin(vin) => (stated.unwrap_or_else(|| vin.clone()), Some(vin)),
        SubjectRef::Plate(_) => (stated.ok_or_else(|| missing("vin"))?, None),
    };
    if named.is_some_and(|named| *named != vin) {
        return Err(object.wrong("vin", EventProblem::Contradicts("/subject/vin")));
    }
    let plate = changes.plate.ok_or_else(|| missing("plate_number"))?;
    if matches!(subject, SubjectRef::Plate(named) if *named != plate) {
        return Err(object.wrong("plate_number", EventProblem::Contradicts("/subject/plate_number")));
    }
    let vehicle = Vehicle {
        plate,
        vin,
        vehicle_type: changes.vehicle_type.ok_or_else(|| missing("vehicle_type"))?,
        use_nature: changes.use_nature.ok_or_else(|| missing("use_nature"))?,
        seats: changes.seats.ok_or_else(|| missing("seats"))?,
        registered_on: columns.date("registered_on")?.ok_or_else(|| missing("registered_on"))?,
        manufactured_on: changes.manufactured_on,
        energy: changes.energy,
        colour: changes.colour.map(|colour| colour.code().to_owned()),
        division: changes.division.ok_or_else(|| missing("division"))?,
        status: columns.status()?.unwrap_or(StatusSet::NORMAL),
        valid_until: columns.month("valid_until")?,
        insurance_until: changes.insurance_until,
        casualty_accident: changes.casualty_accident.unwrap_or(false),
        illegal_modification: changes.illegal_modification.unwrap_or(false),
        owner: Uuid::nil(),
    };
    Ok(Registered { vehicle, owner: columns.owner()? })
}

fn read_correction(of: EventType, columns: &mut Columns<'_, '_>) -> Result<Correction, EventError> {
    let object = columns.object;
    let corrects = Object::open(object.get("corrects")?, "/data/corrects", &["source", "id"])?;
    let corrects = read_key(&corrects)?;
    if object.len() == 1 {
        return Err(object.wrong_here(EventProblem::NothingChanged));
    }
    let changes = columns.changes()?;
    Ok(Correction {
        of,
        corrects,
        vin: columns.vin(changes.manufactured_on)?,
        changes,
        registered_on: columns.date("registered_on")?,
        valid_until: columns.month("valid_until")?,
        status: columns.status()?,
        owner: if object.has_any(OWNER) { Some(columns.owner()?) } else { None },
        paper_mark: columns.paper_mark()?,
    })
}
