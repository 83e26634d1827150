//! The people of the demonstration, read from `demo/cast.toml`. Dates there are relative to the day the demonstration starts.

mod entry;
pub mod faces;
mod licence;

pub use licence::{Application, CastLicence, Photo};

use entry::{CitizenEntry, File, PersonEntry, VehicleEntry};

pub use entry::PaperStage;

use aws_lc_rs::digest;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use luzheng_domain::region::Division;
use luzheng_domain::text::Text;
use luzheng_domain::vehicle::owner::OwnerNumberError;
use luzheng_domain::vehicle::{OwnerDetails, OwnerKind, OwnerNumber, PlateNumber, YearMonth};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::synth::{
    self, ALL_COLUMNS, Register, Row, SynthError, build_citizen_number, build_vin, credit_code, registration,
};
pub use crate::usecase::session::Role;

/// About how many vehicles the demonstration has, the cast included.
pub const VEHICLES: u64 = 2_000;
/// How many drivers the demonstration has around the cast.
pub const DRIVERS: u64 = 1_000;
/// How many of them have just sent a photo that waits for the office.
pub const WAITING: usize = 20;
/// Seed of the fictional vehicles and drivers around the cast.
const SEED: u64 = 2026;
/// Makers' code of the cast's frame numbers and the family in them.
const MAKER: &[u8; 3] = b"LZX";
const FAMILY: &[u8; 3] = b"DEM";
/// How long before the demonstration's day its register exports were made, in days: every event of the cast comes after it.
pub const EXPORT_DAYS: i32 = 400;
/// The source of the cast's events.
const SOURCE: &str = "demo";

/// Everybody with a name.
#[derive(Debug, Clone)]
pub struct Cast {
    /// In the order of the file, which is the order of the sign-in list.
    pub people: Vec<Person>,
}

/// One fictional person or unit that can be signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account: the same on every machine.
    pub id: Uuid,
    /// The word other parts refer to, e.g. `due-this-month`.
    pub key: String,
    /// As what they sign in.
    pub role: Role,
    /// The name.
    pub name: Text,
    /// What is interesting.
    pub case: Text,
    /// As whom the register knows them; `None` for officers, insurers and staff.
    pub owner: Option<OwnerDetails>,
    /// The plates they have after all events.
    pub plates: Vec<String>,
    /// Their vehicles as rows of an import.
    pub vehicles: Vec<Row>,
    /// What happens then, one event each, in the order of the times.
    pub events: Vec<Value>,
    /// What a test holds each vehicle to, by frame number: inspection state, action, state of the mark.
    pub expected: Vec<(String, String)>,
    /// Their driving licence.
    pub licence: Option<CastLicence>,
    /// How far their mark on paper is.
    pub paper: Option<PaperStage>,
}

/// Why the cast cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// The file is not the TOML it should be.
    #[error("the cast: {0}")]
    Toml(#[from] toml::de::Error),
    /// Something about one person is wrong.
    #[error("the cast, {key}: {problem}")]
    Person {
        /// The person's key.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

/// The cast as of a day.
///
/// # Panics
/// Never: the embedded file is checked by a test.
pub fn cast(today: Date) -> Cast {
    load(include_str!("../../../demo/cast.toml"), today).expect("the embedded cast is checked by a test")
}

/// The fictional vehicles around the cast: with it about [`VEHICLES`].
///
/// # Errors
/// The day is before 2021 or after 2100.
pub fn background(cast: &Cast, today: Date) -> Result<Register, SynthError> {
    Register::new(VEHICLES.saturating_sub(cast.vehicles().count() as u64), SEED, today)
}

/// The drivers around the cast as a register export. Some of them own vehicles around the cast.
///
/// # Errors
/// The day is before 2021 or after 2100.
pub fn background_drivers(today: Date) -> Result<String, SynthError> {
    synth::drivers_csv(DRIVERS, SEED, today)
}

impl Cast {
    /// Every vehicle of the import, in order.
    pub fn vehicles(&self) -> impl Iterator<Item = &Row> {
        self.people.iter().flat_map(|person| &person.vehicles)
    }

    /// Every event, in the order of the times.
    pub fn events(&self) -> Vec<&Value> {
        let mut events: Vec<&Value> = self.people.iter().flat_map(|person| &person.events).collect();
        events.sort_by_key(|event| event["occurred_at"].as_str().unwrap_or_default().to_owned());
        events
    }

    /// The vehicles as a CSV file.
    pub fn vehicles_csv(&self) -> String {
        let mut text = ALL_COLUMNS.join(",") + "\n";
        for row in self.vehicles() {
            row.write_csv(&mut text, true);
            text.push('\n');
        }
        text
    }

    /// Everybody's licences.
    pub fn licences(&self) -> impl Iterator<Item = (&Person, &CastLicence)> {
        self.people.iter().filter_map(|person| Some((person, person.licence.as_ref()?)))
    }

    /// The licences as a CSV file.
    pub fn drivers_csv(&self) -> String {
        licence::csv(self.licences().map(|(_, licence)| licence).filter(|licence| licence.imported))
    }

    /// The events as NDJSON.
    pub fn events_ndjson(&self) -> String {
        self.events().iter().map(|event| format!("{event}\n")).collect()
    }
}

/// Reads a cast as of a day.
///
/// # Errors
/// The file is no such TOML, or something about one person is wrong: the error names the person.
pub fn load(text: &str, today: Date) -> Result<Cast, CastError> {
    let file: File = toml::from_str(text)?;
    let mut owners = Vec::new();
    for entry in &file.person {
        let owner = owner(entry, today).map_err(|problem| CastError::Person { key: entry.key.clone(), problem })?;
        owners.push((entry.key.clone(), owner));
    }
    let mut people = Vec::new();
    let (mut serial, mut licences) = (0, 0);
    for entry in file.person {
        let key = entry.key.clone();
        let person = Reading { today, owners: &owners, serial: &mut serial, licences: &mut licences }.person(entry);
        people.push(person.map_err(|problem| CastError::Person { key, problem })?);
    }
    Ok(Cast { people })
}

/// As whom the register knows somebody.
fn owner(entry: &PersonEntry, today: Date) -> Result<Option<OwnerDetails>, String> {
    let (kind, number) = match (&entry.citizen, &entry.unit, &entry.passport) {
        (Some(citizen), None, None) => {
            let number = build_citizen_number(division(citizen.province)?, citizen.born(today)?, citizen.sequence);
            (OwnerKind::Individual, number)
        }
        (None, Some(unit), None) => {
            (OwnerKind::Organisation, credit_code(&unit.code, division(unit.division)?, unit.number))
        }
        (None, None, Some(passport)) => (OwnerKind::Individual, passport.clone()),
        (None, None, None) => return Ok(None),
        _ => return Err("more than one identity".to_owned()),
    };
    let number = OwnerNumber::parse(&number, kind).map_err(|e: OwnerNumberError| e.to_string())?.value;
    Ok(Some(OwnerDetails { kind, number, name: entry.name[0].clone(), phone: entry.phone.clone() }))
}

fn division(code: u32) -> Result<Division, String> {
    Division::new(code).ok_or_else(|| format!("{code} is no division"))
}

struct Reading<'c> {
    today: Date,
    owners: &'c [(String, Option<OwnerDetails>)],
    serial: &'c mut u64,
    licences: &'c mut u64,
}

impl Reading<'_> {
    fn person(mut self, entry: PersonEntry) -> Result<Person, String> {
        let role = Role::parse(&entry.role).ok_or_else(|| format!("{} is no role", entry.role))?;
        let owner = self.owner(&entry.key)?;
        let mut person = Person {
            id: account(&entry.key),
            key: entry.key,
            role,
            name: text(entry.name),
            case: text(entry.case),
            owner,
            plates: Vec::new(),
            vehicles: Vec::new(),
            events: Vec::new(),
            expected: Vec::new(),
            licence: None,
            paper: entry.paper,
        };
        if let Some(licence) = entry.licence {
            self.licence(&mut person, entry.citizen.as_ref(), licence)?;
        }
        for vehicle in entry.vehicle {
            self.vehicle(&mut person, vehicle)?;
        }
        if let Some(shows) = entry.shows {
            person.plates = shows;
        }
        Ok(person)
    }

    fn owner(&self, key: &str) -> Result<Option<OwnerDetails>, String> {
        let found = self.owners.iter().find(|(known, _)| known == key);
        found.map(|(_, owner)| owner.clone()).ok_or_else(|| format!("there is nobody with the key {key}"))
    }

    fn licence(
        &mut self,
        person: &mut Person,
        citizen: Option<&CitizenEntry>,
        entry: licence::LicenceEntry,
    ) -> Result<(), String> {
        let owner = person.owner.clone().ok_or("a licence needs somebody with a number")?;
        let born = citizen.map(|c| c.born(self.today)).transpose()?;
        *self.licences += 1;
        let (licence, events) = entry.read(&person.key, &owner, born, *self.licences, self.today)?;
        person.licence = Some(licence);
        person.events.extend(events);
        Ok(())
    }

    fn vehicle(&mut self, person: &mut Person, entry: VehicleEntry) -> Result<(), String> {
        *self.serial += 1;
        let owner = person.owner.clone().ok_or("vehicles need an owner with a number")?;
        let number: PlateNumber = entry.plate.parse().map_err(|e| format!("{}: {e}", entry.plate))?;
        let row = self.row(&entry, &number, &owner)?;
        person.plates.push(number.as_str().to_owned());
        person.expected.push((row.vin.clone(), entry.expect.clone()));
        if let Some(days_ago) = entry.registered {
            let data = registration(&row);
            person.events.push(self.event(
                &person.key,
                &row.vin,
                "vehicle.registered",
                days_ago,
                person.events.len(),
                data,
            ));
        }
        for event in entry.event {
            let mut data = event.data(self.today);
            if let Some(to) = &event.to {
                let new = self.owner(to)?.ok_or_else(|| format!("{to} has no number"))?;
                data.extend(synth::owner(&owned_by(row.clone(), &new)));
            }
            let made = self.event(&person.key, &row.vin, &event.event_type, event.days_ago, person.events.len(), data);
            person.events.push(made);
        }
        if entry.registered.is_none() {
            person.vehicles.push(row);
        }
        Ok(())
    }

    /// The row of a vehicle: when it is due and how old it is then give the registration; or it was registered some days ago.
    fn row(&self, entry: &VehicleEntry, number: &PlateNumber, owner: &OwnerDetails) -> Result<Row, String> {
        let (registered_on, valid_until) = match (entry.due, entry.age, entry.registered) {
            (Some(due), Some(age), None) => {
                let due = YearMonth::of(self.today).add_months(due);
                let day = Span::new().days(i64::try_from(*self.serial % 28).unwrap_or(0));
                (due.add_months(-age).first_day().saturating_add(day).min(self.today), Some(due))
            }
            (None, None, Some(days_ago)) => (self.before(days_ago), None),
            _ => return Err(format!("{}: due and age, or registered", entry.plate)),
        };
        let manufactured_on = registered_on.saturating_sub(entry.stood.days());
        let built = || build_vin(MAKER, FAMILY, *self.serial * 7_919, manufactured_on.year());
        Ok(Row {
            plate_number: number.as_str().to_owned(),
            plate_type: entry.plate_type.clone(),
            vin: entry.vin.clone().unwrap_or_else(built),
            vehicle_type: entry.vehicle_type.clone(),
            use_nature: entry.use_nature,
            seats: entry.seats,
            registered_on,
            manufactured_on: Some(manufactured_on),
            energy: entry.energy.clone(),
            owner_kind: owner.kind,
            owner_id: owner.number.as_str().to_owned(),
            owner_name: owner.name.clone(),
            phone: owner.phone.clone().unwrap_or_default(),
            division: entry.division,
            status: entry.status.clone(),
            valid_until,
            insurance_until: Some(self.today.saturating_add(entry.insured.days())),
            colour: entry.colour.clone(),
            casualty_accident: entry.casualty_accident,
            illegal_modification: entry.illegal_modification,
        })
    }

    fn before(&self, days: i32) -> Date {
        self.today.saturating_sub(days.days())
    }

    /// One event, at ten in the morning in China; several of one person a minute apart.
    fn event(
        &self,
        key: &str,
        vin: &str,
        event_type: &str,
        days_ago: i32,
        nth: usize,
        data: Map<String, Value>,
    ) -> Value {
        json!({
            "source": SOURCE,
            "id": format!("{key}-{nth}-{}", self.before(days_ago)),
            "type": event_type,
            "occurred_at": format!("{}T10:{:02}:00+08:00", self.before(days_ago), nth % 60),
            "subject": {"vin": vin},
            "data": data,
        })
    }
}

/// The row in the hands of another owner.
fn owned_by(mut row: Row, owner: &OwnerDetails) -> Row {
    row.owner_kind = owner.kind;
    row.owner_id = owner.number.as_str().to_owned();
    row.owner_name = owner.name.clone();
    row.phone = owner.phone.clone().unwrap_or_default();
    row
}

fn text([zh, en]: [String; 2]) -> Text {
    Text::made(zh, en)
}

/// The account of a key: the same everywhere, so that mocks and tests can name it (a version 8 UUID of RFC 9562).
fn account(key: &str) -> Uuid {
    let hash = digest::digest(&digest::SHA256, format!("luzheng demo {key}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
#[path = "demo_cast_tests.rs"]
mod tests;
