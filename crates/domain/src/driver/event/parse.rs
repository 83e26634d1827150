//! Reading one event.

use jiff::civil::Date;

use super::columns::{CHANGE, Columns, ORIGIN, licence_number};
use super::{
    Changes, Corrected, Correction, EntryChanges, Event, EventData, EventType, LicenceIssued, MAX_EVENT_BYTES,
};
use crate::driver::points::{
    Education, Item, Opening, POINTS_SINCE, PointsAccount, PointsEntry, Reduction, ReductionWay,
};
use crate::driver::{Licence, LicenceNumber, LicenceStatus};
use crate::event::json::{Node, Object};
use crate::event::{ENVELOPE, EventError, EventKey, EventProblem, local_day, read_instant, read_key};

/// The nationality of a licence when the event leaves it out.
const DEFAULT_NATIONALITY: &str = "中国";

/// The most points one penalty can carry, and the most an opening figure can.
const MAX_ENTRY_POINTS: u16 = 12;
const MAX_OPENING_POINTS: u16 = 255;

impl Event {
    /// Reads one event. Every error names the place (a JSON pointer), a stable code and a sentence.
    pub fn parse(bytes: &[u8]) -> Result<Self, EventError> {
        let node = Node::read(bytes, MAX_EVENT_BYTES)?;
        let event = Object::open(&node, "", ENVELOPE)?;
        let key = read_key(&event)?;
        let (event_type, corrected) = read_type(&event)?;
        let occurred_at = read_instant(&event)?;
        let mut warnings = Vec::new();
        let subject = Object::open(event.get("subject")?, "/subject", &["licence_number"])?;
        let subject = licence_number(&subject, &mut warnings)?;
        let object = Object::open(event.get("data")?, "/data", &members(event_type, corrected))?;
        let mut columns = Columns { object: &object, warnings: &mut warnings, on: local_day(occurred_at) };
        let data = if corrected {
            EventData::Corrected(Box::new(read_correction(event_type, &mut columns)?))
        } else {
            read_data(event_type, &mut columns, &key, &subject)?
        };
        warnings.sort_unstable();
        warnings.dedup();
        Ok(Self { key, occurred_at, subject, data, warnings })
    }
}

/// The members that `data` of a type may have.
fn members(event_type: EventType, corrected: bool) -> Vec<&'static str> {
    let mut known: Vec<&'static str> = match event_type {
        EventType::LicenceIssued if corrected => [CHANGE, ORIGIN, &["photo"]].concat(),
        EventType::LicenceIssued => [CHANGE, ORIGIN, &["points", "photo"]].concat(),
        EventType::LicenceChanged => CHANGE.to_vec(),
        EventType::PointsEntered => {
            vec!["penalty_number", "item", "points", "offence_on", "decided_on", "fine_due_on"]
        }
        EventType::FinePaid => vec!["penalty_number", "paid_on"],
        EventType::PointsAnnulled => vec!["penalty_number", "annulled_on"],
        EventType::PointsReduced if corrected => vec!["reduction_number", "points", "reduced_on"],
        EventType::PointsReduced => vec!["reduction_number", "way", "points", "reduced_on"],
        EventType::EducationPassed => vec!["education_number", "passed_on"],
        EventType::StatusChanged => vec!["status"],
        EventType::MedicalSubmitted => vec!["submitted_on"],
        EventType::Reviewed => vec!["reviewed_on"],
        EventType::Deferred => vec!["deferred_until", "defers"],
        EventType::PhotoChanged => vec!["photo"],
    };
    if corrected {
        known.push("corrects");
        if may_be_void(event_type) {
            known.push("void");
        }
    }
    known
}

/// Whether a correction may say that the reported thing never happened.
const fn may_be_void(event_type: EventType) -> bool {
    !matches!(
        event_type,
        EventType::LicenceIssued | EventType::LicenceChanged | EventType::StatusChanged | EventType::PhotoChanged
    )
}

fn read_type(event: &Object<'_>) -> Result<(EventType, bool), EventError> {
    let word = event.get_text("type")?;
    EventType::ALL
        .iter()
        .flat_map(|t| [(t.code(), *t, false), (t.corrected_code(), *t, true)])
        .find(|(code, ..)| *code == word)
        .map(|(_, event_type, corrected)| (event_type, corrected))
        .ok_or_else(|| event.wrong("type", EventProblem::UnknownType(word.chars().take(64).collect())))
}

fn read_data(
    event_type: EventType,
    columns: &mut Columns<'_, '_>,
    key: &EventKey,
    subject: &LicenceNumber,
) -> Result<EventData, EventError> {
    let object = columns.object;
    Ok(match event_type {
        EventType::LicenceIssued => EventData::LicenceIssued(Box::new(read_issued(columns, subject)?)),
        EventType::LicenceChanged => {
            let changes = columns.changes()?;
            if changes == Changes::default() {
                return Err(object.wrong_here(EventProblem::NothingChanged));
            }
            EventData::LicenceChanged(Box::new(changes))
        }
        EventType::PointsEntered => EventData::PointsEntered(read_entry(columns, key)?),
        EventType::FinePaid => EventData::FinePaid {
            penalty_number: columns.needed("penalty_number", columns.number("penalty_number")?)?,
            paid_on: columns.date_or_event("paid_on")?,
        },
        EventType::PointsAnnulled => EventData::PointsAnnulled {
            penalty_number: columns.needed("penalty_number", columns.number("penalty_number")?)?,
            annulled_on: columns.date_or_event("annulled_on")?,
        },
        EventType::PointsReduced => EventData::PointsReduced(read_reduction(columns, key)?),
        EventType::EducationPassed => EventData::EducationPassed(Education {
            id: columns.number("education_number")?.unwrap_or_else(|| key.id.clone()),
            passed_on: columns.date_or_event("passed_on")?,
        }),
        EventType::StatusChanged => EventData::StatusChanged(columns.needed("status", columns.status()?)?),
        EventType::MedicalSubmitted => EventData::MedicalSubmitted(columns.date_or_event("submitted_on")?),
        EventType::Reviewed => EventData::Reviewed(columns.date_or_event("reviewed_on")?),
        EventType::Deferred => EventData::Deferred(columns.needed("deferred_until", columns.deferral()?)?),
        EventType::PhotoChanged => EventData::PhotoChanged(columns.needed("photo", columns.photo()?)?),
    })
}

fn read_issued(columns: &mut Columns<'_, '_>, subject: &LicenceNumber) -> Result<LicenceIssued, EventError> {
    let object = columns.object;
    let missing = |member: &str| object.wrong(member, EventProblem::Missing);
    let changes = columns.changes()?;
    let first_issued_on = changes.first_issued_on.ok_or_else(|| missing("first_issued_on"))?;
    let birth_date = match (changes.birth_date, subject.birth_date()) {
        (Some(stated), Some(number)) if stated != number => {
            return Err(object.wrong("birth_date", EventProblem::Contradicts("/subject/licence_number")));
        }
        (stated, number) => stated.or(number).ok_or_else(|| missing("birth_date"))?,
    };
    let opening = columns.points(0, MAX_OPENING_POINTS)?.filter(|points| *points > 0);
    let licence = Licence {
        number: subject.clone(),
        name: changes.name.ok_or_else(|| missing("name"))?,
        sex: changes.sex.ok_or_else(|| missing("sex"))?,
        nationality: changes.nationality.unwrap_or_else(|| DEFAULT_NATIONALITY.to_owned()),
        birth_date,
        phone: changes.phone,
        classes: changes.classes.ok_or_else(|| missing("classes"))?,
        class_dates: changes.class_dates,
        first_issued_on,
        valid_from: changes.valid_from.unwrap_or(first_issued_on),
        valid_until: changes.valid_until.ok_or_else(|| missing("valid_until"))?,
        file_number: changes.file_number,
        division: changes.division.ok_or_else(|| missing("division"))?,
        status: changes.status.unwrap_or(LicenceStatus::NORMAL),
        points: PointsAccount {
            opening: opening.map(|points| Opening { points, as_of: columns.on, covers: 0 }),
            ..PointsAccount::default()
        },
        last_medical_on: None,
        last_reviewed_on: None,
        deferred_until: None,
        extended_until: changes.extended_until,
    };
    Ok(LicenceIssued { licence, photo: columns.photo()? })
}

/// The points of a penalty: those of its item; without an item those that are stated. When both are there they must agree.
fn read_points(columns: &Columns<'_, '_>, item: Option<Item>, decided_on: Date) -> Result<u8, EventError> {
    let stated = columns.points(0, MAX_ENTRY_POINTS)?;
    // Before the tables of R163 the items and values were others.
    let of_item = item.filter(|_| decided_on >= POINTS_SINCE).map(Item::points);
    match (stated, of_item) {
        (Some(stated), Some(right)) if stated != right => {
            Err(columns.object.wrong("points", EventProblem::Contradicts("/data/item")))
        }
        (stated, of_item) => columns.needed("points", stated.or(of_item)),
    }
}

fn read_entry(columns: &Columns<'_, '_>, key: &EventKey) -> Result<PointsEntry, EventError> {
    let item = columns.item()?;
    let decided_on = columns.date_or_event("decided_on")?;
    let offence_on = columns.date("offence_on")?.unwrap_or(decided_on);
    if offence_on > decided_on {
        return Err(columns.object.wrong("offence_on", EventProblem::Contradicts("/data/decided_on")));
    }
    Ok(PointsEntry {
        id: columns.number("penalty_number")?.unwrap_or_else(|| key.id.clone()),
        item,
        points: read_points(columns, item, decided_on)?,
        offence_on,
        decided_on,
        fine_due_on: columns.date("fine_due_on")?,
        fine_paid_on: None,
        annulled_on: None,
    })
}

fn read_reduction(columns: &Columns<'_, '_>, key: &EventKey) -> Result<Reduction, EventError> {
    let word = columns.object.get_text("way")?;
    let way = ReductionWay::from_code(word).ok_or_else(|| {
        let sentence = ReductionWay::ALL.map(ReductionWay::code).join(", ") + " is needed";
        columns.object.unreadable("way", "reduction_way", sentence)
    })?;
    Ok(Reduction {
        id: columns.number("reduction_number")?.unwrap_or_else(|| key.id.clone()),
        way,
        points: columns.points(0, u16::from(way.points()))?.unwrap_or_else(|| way.points()),
        on: columns.date_or_event("reduced_on")?,
        revoked_on: None,
    })
}

fn read_correction(of: EventType, columns: &mut Columns<'_, '_>) -> Result<Correction, EventError> {
    let object = columns.object;
    let corrects = Object::open(object.get("corrects")?, "/data/corrects", &["source", "id"])?;
    let corrects = read_key(&corrects)?;
    if object.len() == 1 {
        return Err(object.wrong_here(EventProblem::NothingChanged));
    }
    let void = if may_be_void(of) { columns.flag("void")? } else { false };
    let what = read_corrected(of, columns, &corrects, void)?;
    Ok(Correction { of, corrects, what })
}

fn read_corrected(
    of: EventType,
    columns: &mut Columns<'_, '_>,
    corrects: &EventKey,
    void: bool,
) -> Result<Corrected, EventError> {
    let object = columns.object;
    // Of a thing with a day: the right day, or that it never happened.
    let right_day = |columns: &Columns<'_, '_>, member: &'static str| match (columns.date(member)?, void) {
        (Some(_), true) => Err(object.wrong(member, EventProblem::Contradicts("/data/void"))),
        (None, false) => Err(object.wrong(member, EventProblem::Missing)),
        (day, _) => Ok(day),
    };
    // A number that the first event left out was that event's id.
    let number = |columns: &Columns<'_, '_>, member: &'static str| {
        Ok::<_, EventError>(columns.number(member)?.unwrap_or_else(|| corrects.id.clone()))
    };
    Ok(match of {
        EventType::LicenceIssued | EventType::LicenceChanged | EventType::StatusChanged => {
            let changes = Box::new(columns.changes()?);
            Corrected::Facts { changes, photo: columns.photo()? }
        }
        EventType::PointsEntered => {
            let changes = EntryChanges {
                item: columns.item()?,
                points: columns.points(0, MAX_ENTRY_POINTS)?,
                offence_on: columns.date("offence_on")?,
                decided_on: columns.date("decided_on")?,
                fine_due_on: columns.date("fine_due_on")?,
                void,
            };
            if changes == EntryChanges::default() {
                return Err(object.wrong_here(EventProblem::NothingChanged));
            }
            Corrected::Entry { penalty_number: number(columns, "penalty_number")?, changes }
        }
        EventType::FinePaid => Corrected::Fine {
            penalty_number: columns.needed("penalty_number", columns.number("penalty_number")?)?,
            paid_on: right_day(columns, "paid_on")?,
        },
        EventType::PointsAnnulled => Corrected::Annulment {
            penalty_number: columns.needed("penalty_number", columns.number("penalty_number")?)?,
            annulled_on: right_day(columns, "annulled_on")?,
        },
        EventType::PointsReduced => {
            let (points, on) = (columns.points(0, 2)?, columns.date("reduced_on")?);
            if points.is_none() && on.is_none() && !void {
                return Err(object.wrong_here(EventProblem::NothingChanged));
            }
            Corrected::Reduction { number: number(columns, "reduction_number")?, points, on, void }
        }
        EventType::EducationPassed => Corrected::Education {
            number: number(columns, "education_number")?,
            passed_on: right_day(columns, "passed_on")?,
        },
        EventType::MedicalSubmitted => Corrected::Medical(right_day(columns, "submitted_on")?),
        EventType::Reviewed => Corrected::Review(right_day(columns, "reviewed_on")?),
        EventType::Deferred => match (columns.deferral()?, void) {
            (Some(_), true) => return Err(object.wrong("deferred_until", EventProblem::Contradicts("/data/void"))),
            (None, false) => return Err(object.wrong("deferred_until", EventProblem::Missing)),
            (deferral, _) => Corrected::Deferral(deferral),
        },
        EventType::PhotoChanged => Corrected::Photo(columns.needed("photo", columns.photo()?)?),
    })
}
