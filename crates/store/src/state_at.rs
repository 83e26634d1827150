//! Histories of vehicles for questions about a moment: statements beside the facts, who carried a plate, and the lives of marks. Everything for
//! many vehicles at once is read in a handful of statements.

use std::collections::HashMap;

use jiff::Timestamp;
use luzheng_domain::{
    credential::CredentialKind,
    vehicle::{
        Plate, YearMonth,
        at::{
            MAX_STATEMENTS, Recorded, Said, Statement, Timeline, Version,
            mark::{MarkEvent, MarkHappening, MarkLife},
        },
    },
};
use uuid::Uuid;

use crate::{
    bulk::Keys,
    credential::reason,
    db::Tx,
    error::Error,
    value::{Row, values},
    vehicle::{FACT_COLUMNS, StoredVehicle, stored_vehicle},
};

/// A statement to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewStatement<'a> {
    /// About which vehicle; it is locked.
    pub vehicle: Uuid,
    /// The version of its facts once this is known.
    pub version: u32,
    /// Whether that version came of this.
    pub explains: bool,
    /// Whether an event that happened before this is late.
    pub decides: bool,
    /// Since when it is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// The event that says so.
    pub cause: &'a str,
    /// What it says.
    pub said: &'a Said,
}

/// A vehicle that carries a plate or carried it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// The plate's number.
    pub plate_number: String,
    /// The plate's kind.
    pub plate_type: String,
    /// The vehicle.
    pub vehicle: Uuid,
    /// Whether it carries it now.
    pub now: bool,
}

const STATEMENT: &str =
    "SELECT vehicle, number, version, explains, true_from, known_from, cause, said FROM vehicle_statement";

fn recorded(mut row: Row) -> Result<(Uuid, Recorded), Error> {
    let vehicle = row.id()?;
    let (number, version, explains) = (row.number()?, row.number()?, row.flag()?);
    let (true_from, known_from, cause) = (row.time()?, row.time()?, row.text()?);
    let said = serde_json::from_str(&row.text()?)
        .map_err(|error| Error::broken("vehicle_statement", vehicle, format!("number {number}: {error}")))?;
    Ok((vehicle, Recorded { version, number, explains, statement: Statement { true_from, known_from, cause, said } }))
}

fn timeline(mut facts: Vec<StoredVehicle>, mut recorded: Vec<Recorded>) -> Option<Timeline> {
    facts.sort_by_key(|fact| fact.version);
    recorded.sort_by_key(|one| one.number);
    let versions: Vec<Version<'_>> = facts
        .iter()
        .map(|fact| Version {
            version: fact.version,
            true_from: fact.true_from,
            known_from: fact.known_from,
            cause: &fact.cause,
            facts: &fact.facts,
        })
        .collect();
    Timeline::of(&versions, &recorded)
}

impl Tx {
    /// Records what an event says of a vehicle. One that says nothing is not recorded.
    ///
    /// # Errors
    /// `Broken` when a vehicle would have more than [`MAX_STATEMENTS`]; `Engine`.
    pub async fn add_statement(&mut self, new: &NewStatement<'_>) -> Result<(), Error> {
        let said = serde_json::to_string(new.said)
            .map_err(|e| Error::broken("vehicle_statement", new.vehicle, e.to_string()))?;
        let sql = "SELECT COALESCE(MAX(number), -1) + 1 FROM vehicle_statement WHERE vehicle = $1";
        let number: u32 = self.one(sql, values![new.vehicle]).await?.number()?;
        if number as usize >= MAX_STATEMENTS {
            let why = format!("more than {MAX_STATEMENTS} statements");
            return Err(Error::broken("vehicle_statement", new.vehicle, why));
        }
        let sql = "INSERT INTO vehicle_statement (vehicle, number, version, explains, decides, true_from, known_from, cause, said) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let row = values![
            new.vehicle,
            number,
            new.version,
            new.explains,
            new.decides,
            new.true_from,
            new.known_from,
            new.cause,
            said
        ];
        self.execute(sql, row).await.map(drop)
    }

    /// The latest moment of the world of which the register of vehicles has said something by an event.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn last_deciding(&mut self, vehicle: Uuid) -> Result<Option<Timestamp>, Error> {
        let sql = "SELECT MAX(true_from) FROM vehicle_statement WHERE vehicle = $1 AND decides = 1";
        self.one(sql, values![vehicle]).await?.opt_time()
    }

    /// The history of one vehicle; `None` when it is not known.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn timeline(&mut self, vehicle: Uuid) -> Result<Option<Timeline>, Error> {
        Ok(self.timelines(vec![vehicle]).await?.remove(&vehicle))
    }

    /// The histories of vehicles, in two statements. Unknown ones are missing from the answer.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn timelines(&mut self, vehicles: Vec<Uuid>) -> Result<HashMap<Uuid, Timeline>, Error> {
        let sql = format!("SELECT {FACT_COLUMNS} FROM vehicle_fact f WHERE f.vehicle IN (*)");
        let mut facts: HashMap<Uuid, Vec<StoredVehicle>> = HashMap::with_capacity(vehicles.len());
        for row in self.rows_for(&sql, Keys::Ids(vehicles.clone())).await? {
            let fact = stored_vehicle(row)?;
            facts.entry(fact.id).or_default().push(fact);
        }
        let mut said: HashMap<Uuid, Vec<Recorded>> = HashMap::new();
        for row in self.rows_for(&format!("{STATEMENT} WHERE vehicle IN (*)"), Keys::Ids(vehicles)).await? {
            let (vehicle, one) = recorded(row)?;
            said.entry(vehicle).or_default().push(one);
        }
        let with = |(id, facts): (Uuid, Vec<StoredVehicle>)| {
            timeline(facts, said.remove(&id).unwrap_or_default()).map(|timeline| (id, timeline))
        };
        Ok(facts.into_iter().filter_map(with).collect())
    }

    /// Every vehicle that carries a plate of these numbers, whatever its kind, or carried one: each once for a plate.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn carriers(&mut self, numbers: Vec<String>) -> Result<Vec<Carrier>, Error> {
        let carrier = |mut row: Row, now| {
            Ok::<_, Error>(Carrier { plate_number: row.text()?, plate_type: row.text()?, vehicle: row.id()?, now })
        };
        let sql = "SELECT plate_number, plate_type, vehicle FROM plate WHERE plate_number IN (*)";
        let rows = self.rows_for(sql, Keys::Texts(numbers.clone())).await?;
        let mut found = rows.into_iter().map(|row| carrier(row, true)).collect::<Result<Vec<_>, _>>()?;
        let sql = "SELECT plate_number, plate_type, vehicle FROM plate_past WHERE plate_number IN (*)";
        for row in self.rows_for(sql, Keys::Texts(numbers)).await? {
            let past = carrier(row, false)?;
            let known = |c: &Carrier| {
                c.vehicle == past.vehicle && c.plate_number == past.plate_number && c.plate_type == past.plate_type
            };
            if !found.iter().any(known) {
                found.push(past);
            }
        }
        Ok(found)
    }

    /// Remembers that a vehicle carried a plate once. Doing it again changes nothing.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn remember_carrier(&mut self, plate: &Plate, vehicle: Uuid) -> Result<(), Error> {
        let sql =
            "INSERT INTO plate_past (plate_number, plate_type, vehicle) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        self.execute(sql, values![plate.number.as_str(), plate.plate_type.code(), vehicle]).await.map(drop)
    }

    /// The lives of the marks of vehicles, in two statements, each vehicle's in the order in which they began.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn mark_lives(&mut self, vehicles: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<MarkLife>>, Error> {
        let sql =
            "SELECT credential, version, what, true_at, known_at, reason FROM credential_change WHERE subject IN (*)";
        let mut steps: HashMap<Uuid, Vec<(u32, MarkEvent)>> = HashMap::new();
        for mut row in self.rows_for(sql, Keys::Ids(vehicles.clone())).await? {
            let (credential, version, what) = (row.id()?, row.number()?, row.text()?);
            let what = match what.as_str() {
                "suspended" => MarkHappening::Suspended,
                "restored" => MarkHappening::Restored,
                "ended" => MarkHappening::Ended,
                other => return Err(Error::broken("credential_change", credential, format!("what {other:?}"))),
            };
            let (true_from, known_from) = (row.time()?, row.time()?);
            let reason = reason("credential_change", credential, &row.text()?)?;
            steps.entry(credential).or_default().push((version, MarkEvent { what, true_from, known_from, reason }));
        }
        let sql = format!(
            "SELECT subject, id, valid_until, reserved_at FROM credential WHERE kind = {} AND subject IN (*)",
            CredentialKind::InspectionMark.number()
        );
        let mut lives: HashMap<Uuid, Vec<(Uuid, MarkLife)>> = HashMap::new();
        for mut row in self.rows_for(&sql, Keys::Ids(vehicles)).await? {
            let (subject, id, month, begun_at) = (row.id()?, row.id()?, row.number::<u32>()?, row.time()?);
            let valid_until = YearMonth::from_yyyymm(month)
                .ok_or_else(|| Error::broken("credential", id, format!("valid_until {month}")))?;
            let mut events = steps.remove(&id).unwrap_or_default();
            events.sort_by_key(|(version, _)| *version);
            let events = events.into_iter().map(|(_, event)| event).collect();
            lives.entry(subject).or_default().push((id, MarkLife { begun_at, valid_until, events }));
        }
        let ordered = |mut all: Vec<(Uuid, MarkLife)>| {
            // Of two that began at the same moment the one that is still there took the other's place.
            let counts = |life: &MarkLife| !life.events.iter().any(|e| e.what == MarkHappening::Ended);
            all.sort_by_key(|(id, life)| (life.begun_at, counts(life), *id));
            all.into_iter().map(|(_, life)| life).collect()
        };
        Ok(lives.into_iter().map(|(vehicle, all)| (vehicle, ordered(all))).collect())
    }
}
