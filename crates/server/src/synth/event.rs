//! What happens on the day of the register: vehicles are newly registered, inspected, sold, stolen, scrapped; violations come and go.
//! Every event is one that the rules accept for the vehicle as the register has it.

use jiff::ToSpan;
use luzheng_domain::region::Division;
use luzheng_domain::vehicle::inspection::{CycleFacts, InspectionAction, InspectionRules, InspectionState};
use luzheng_domain::vehicle::{OwnerKind, StatusLetter, StatusSet, UseNature, VehicleType};
use serde_json::{Map, Value, json};

use super::chance::{Purpose, Stream};
use super::row::Row;
use super::vehicle::Register;
use super::{SynthError, name, number};

/// One new registration for so many vehicles of the register.
const VEHICLES_PER_REGISTRATION: u64 = 500;
/// New owners are counted from here, so that they are nobody in the register.
const NEW_OWNERS_FROM: u64 = 9_000_000;

/// The event of a vehicle of the register, if it has one.
pub(super) fn of(register: &Register, vehicle: u64, row: &Row) -> Result<Option<Value>, SynthError> {
    let wrong = |problem: String| SynthError::Row { row: vehicle, problem };
    let mut chance = Stream::new(register.seed, Purpose::Event, vehicle);
    let status: StatusSet =
        row.status.parse().map_err(|e: luzheng_domain::vehicle::status::StatusError| wrong(e.to_string()))?;
    if status.has('E') || status.has('P') {
        return Ok(None);
    }
    let stopped = ['C', 'K', 'B'].iter().any(|letter| status.has(*letter));
    let renewed =
        if stopped || !chance.in_thousand(150) { None } else { renewal(register, row, &mut chance).map_err(wrong)? };
    let (event_type, data) = match renewed {
        Some(renewed) => renewed,
        None if !chance.in_thousand(20) => return Ok(None),
        None => match chance.below(10) {
            0..3 => ("status_changed", json!({"status": with(status, 'G')})),
            3 | 4 => ("status_changed", json!({"status": "A"})),
            5 => ("status_changed", json!({"status": with(status, 'C')})),
            6 => ("status_changed", json!({"status": with(status, 'L')})),
            7 if !stopped => ("changed", json!({"colour": *chance.pick::<&str>(&["A", "J", "B", "H", "E"])})),
            8 if !stopped => {
                ("transferred", Value::Object(new_owner(register, vehicle, row, &mut chance).map_err(wrong)?))
            }
            _ => ("deregistered", json!({"cause": "scrapped"})),
        },
    };
    Ok(Some(envelope(register, &mut chance, vehicle, event_type, &row.vin, data)))
}

/// What other registers say of a vehicle on that day: insurers, tax offices, the register of violations. Most vehicles have nothing new; what one
/// has comes in the order in which it can be applied.
pub(super) fn records(register: &Register, vehicle: u64, row: &Row) -> Vec<Value> {
    let mut chance = Stream::new(register.seed, Purpose::Record, vehicle);
    let mut records = Vec::new();
    let mut say = |chance: &mut Stream, event_type: &str, data: Value| {
        let nth = records.len();
        let mut event = envelope(register, chance, vehicle, event_type, &row.vin, data);
        event["id"] = format!("{:x}-{vehicle:08}-r{nth}", register.seed).into();
        records.push(event);
    };
    if chance.in_thousand(40) {
        let until = register.as_of.saturating_add(364.days()).to_string();
        let policy = format!("XG{:010}", chance.below(10_000_000_000));
        let data =
            json!({"insurer": *chance.pick::<&str>(INSURERS), "insurance_until": until, "policy_number": policy});
        say(&mut chance, "insured", data);
        let exempt = matches!(row.use_nature, 'H' | 'I' | 'J') || row.energy == "C";
        say(&mut chance, "taxed", json!({"year": register.as_of.year(), "exempt": exempt}));
    }
    if chance.in_thousand(60) {
        let (act, act_en, law, fine, points) = *chance.pick(VIOLATIONS);
        let number = format!("{:06}-XG-{vehicle:08}", row.division);
        let at = register.as_of.saturating_sub(chance.between(1, 5).days()).at(0, 0, 0, 0);
        let at = at.saturating_add(chance.between(6 * 3600, 23 * 3600).seconds());
        let data = json!({
            "violation_id": number, "occurred_at": format!("{at}+08:00"), "place": "示范大道与模型路口（虚构）",
            "act": act, "act_en": act_en, "law": law, "fine": fine, "points": points,
        });
        say(&mut chance, "violation_recorded", data);
        // Two in three are handled at once.
        if chance.in_thousand(667) {
            say(&mut chance, "violation_handled", json!({"violation_id": number}));
        }
    }
    records
}

/// Fictional insurers.
const INSURERS: &[&str] = &["虚构财产保险股份有限公司", "示范财产保险股份有限公司", "样板财产保险股份有限公司"];

/// Frequent violations: what, in English, the clause, the fine, the points.
const VIOLATIONS: &[(&str, &str, &str, u16, u8)] = &[
    ("违反规定停放机动车", "Parking where it is not allowed", "《中华人民共和国道路交通安全法》第五十六条", 50, 0),
    ("驾驶机动车违反道路交通信号灯通行", "Passing a red light", "《中华人民共和国道路交通安全法》第三十八条", 200, 6),
    ("驾驶机动车违反禁止标线指示", "Crossing a forbidden line", "《中华人民共和国道路交通安全法》第三十八条", 100, 1),
    (
        "驾驶机动车超过规定时速百分之二十未达百分之五十",
        "Speeding by 20 to 50 per cent",
        "《中华人民共和国道路交通安全法》第四十二条",
        200,
        6,
    ),
    ("驾驶机动车不按规定使用安全带", "Without a seat belt", "《中华人民共和国道路交通安全法》第五十一条", 50, 1),
];

/// The registrations of the day: vehicles behind the last one of the register.
pub(super) fn registrations(register: &Register) -> impl Iterator<Item = Result<Value, SynthError>> {
    let (register, first) = (*register, register.vehicles());
    (first..first + first / VEHICLES_PER_REGISTRATION).map(move |vehicle| {
        let mut row = register.row(vehicle)?;
        row.registered_on = register.as_of;
        row.manufactured_on = Some(register.as_of.saturating_sub(45.days()));
        row.insurance_until = Some(register.as_of.saturating_add(364.days()));
        let mut chance = Stream::new(register.seed, Purpose::Event, vehicle);
        let data = Value::Object(registration(&row));
        Ok(envelope(&register, &mut chance, vehicle, "registered", &row.vin, data))
    })
}

/// The inspection, or the grant without one, of a vehicle whose window is open or that is overdue.
fn renewal(register: &Register, row: &Row, chance: &mut Stream) -> Result<Option<(&'static str, Value)>, String> {
    let facts = CycleFacts {
        vehicle_type: VehicleType::from_code(&row.vehicle_type).map_err(|e| e.to_string())?,
        use_nature: UseNature::from_letter(row.use_nature).ok_or("use nature")?,
        seats: row.seats,
        registered_on: row.registered_on,
        manufactured_on: row.manufactured_on,
        casualty_accident: row.casualty_accident,
        illegal_modification: row.illegal_modification,
        valid_until: row.valid_until,
    };
    let answer = InspectionRules::builtin().answer(&facts, register.as_of).map_err(|e| e.to_string())?;
    if answer.state == InspectionState::NotDue {
        return Ok(None);
    }
    let insured = register.as_of.saturating_add(364.days()).to_string();
    let data = match answer.action {
        InspectionAction::ApplyMark => ("mark_granted", json!({"insurance_until": insured})),
        InspectionAction::Inspect if chance.in_thousand(60) => ("inspected", json!({"result": "fail"})),
        InspectionAction::Inspect => {
            let paper = format!("XG{:08}", chance.below(100_000_000));
            ("inspected", json!({"result": "pass", "paper_mark": paper, "insurance_until": insured}))
        }
    };
    Ok(Some(data))
}

/// A person of the same province who was nobody in the register.
fn new_owner(register: &Register, vehicle: u64, row: &Row, chance: &mut Stream) -> Result<Map<String, Value>, String> {
    let province = Division::new(row.division).ok_or("division")?.province();
    let buyer = Row {
        owner_kind: OwnerKind::Individual,
        owner_id: number::citizen_number(register.seed, province, NEW_OWNERS_FROM + vehicle % NEW_OWNERS_FROM),
        owner_name: name::person(chance),
        phone: number::phone(chance),
        ..row.clone()
    };
    Ok(owner(&buyer))
}

fn envelope(register: &Register, chance: &mut Stream, vehicle: u64, event_type: &str, vin: &str, data: Value) -> Value {
    let at = register.as_of.at(0, 0, 0, 0).saturating_add(chance.between(8 * 3600, 18 * 3600).seconds());
    json!({
        "source": "synth",
        "id": format!("{:x}-{vehicle:08}", register.seed),
        "type": format!("vehicle.{event_type}"),
        "occurred_at": format!("{at}+08:00"),
        "subject": {"vin": vin},
        "data": data,
    })
}

/// The letters with one more.
fn with(status: StatusSet, letter: char) -> String {
    StatusLetter::new(letter).map_or(status, |letter| status.with(letter)).letters()
}

/// The columns of the owner of a row, as the data of an event has them.
pub(crate) fn owner(row: &Row) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("owner_kind".into(), row.owner_kind.code().into());
    data.insert("owner_id".into(), row.owner_id.clone().into());
    data.insert("owner_name".into(), row.owner_name.clone().into());
    if !row.phone.is_empty() {
        data.insert("phone".into(), row.phone.clone().into());
    }
    data
}

/// The data of a `vehicle.registered` event of a row: state and validity follow from the registration.
pub(crate) fn registration(row: &Row) -> Map<String, Value> {
    let mut data = owner(row);
    for (column, text) in [
        ("plate_number", row.plate_number.clone()),
        ("plate_type", row.plate_type.clone()),
        ("vehicle_type", row.vehicle_type.clone()),
        ("use_nature", row.use_nature.to_string()),
        ("registered_on", row.registered_on.to_string()),
        ("manufactured_on", row.manufactured_on.map(|day| day.to_string()).unwrap_or_default()),
        ("energy", row.energy.clone()),
        ("colour", row.colour.clone()),
        ("division", row.division.to_string()),
        ("insurance_until", row.insurance_until.map(|day| day.to_string()).unwrap_or_default()),
    ] {
        if !text.is_empty() {
            data.insert(column.into(), text.into());
        }
    }
    data.insert("seats".into(), row.seats.into());
    data
}
