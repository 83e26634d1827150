//! Vehicles: their facts in two times, and what they are found by.

use std::str::FromStr;

use jiff::Timestamp;
use luzheng_domain::{
    region::Division,
    vehicle::{Plate, UseNature, Vehicle, Vin, YearMonth},
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, Value, values},
};

/// A vehicle as one version of our copy of the register knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVehicle {
    /// Our id of it.
    pub id: Uuid,
    /// Counts up with every new fact, from 1.
    pub version: u32,
    /// Since when this is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// The event or import that said so.
    pub cause: String,
    /// The facts.
    pub facts: Vehicle,
}

/// Where a new fact comes from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Since when it is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// The event or import that says so.
    pub cause: &'a str,
}

/// The most rows one page may have.
pub const MAX_PAGE: u32 = 5_000;

/// The columns of a whole vehicle, in the order [`stored_vehicle`] reads them.
pub(crate) const FACT_COLUMNS: &str = "f.vehicle, f.version, f.true_from, f.known_from, f.cause, f.plate_number, f.plate_type, f.vin, f.vehicle_type, f.use_nature, \
                     f.seats, f.registered_on, f.manufactured_on, f.energy, f.colour, f.division, f.status, f.valid_until, f.insurance_until, \
                     f.casualty_accident, f.illegal_modification, f.owner";

/// Current facts: the fact of the vehicle's own version.
pub(crate) const CURRENT: &str = "FROM vehicle v JOIN vehicle_fact f ON f.vehicle = v.id AND f.version = v.version";

pub(crate) const VEHICLE_FACT: &[(&str, Kind)] = &[
    ("vehicle", Kind::Id),
    ("version", Kind::Int),
    ("true_from", Kind::Int),
    ("known_from", Kind::Int),
    ("cause", Kind::Text),
    ("plate_number", Kind::Text),
    ("plate_type", Kind::Text),
    ("vin", Kind::Text),
    ("vehicle_type", Kind::Text),
    ("use_nature", Kind::Text),
    ("seats", Kind::Int),
    ("registered_on", Kind::Int),
    ("manufactured_on", Kind::Int),
    ("energy", Kind::Text),
    ("colour", Kind::Text),
    ("division", Kind::Int),
    ("status", Kind::Text),
    ("valid_until", Kind::Int),
    ("insurance_until", Kind::Int),
    ("casualty_accident", Kind::Int),
    ("illegal_modification", Kind::Int),
    ("owner", Kind::Id),
];
pub(crate) const VEHICLE: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("version", Kind::Int),
    ("vin", Kind::Text),
    ("plate_number", Kind::Text),
    ("plate_type", Kind::Text),
    ("owner", Kind::Id),
    ("division", Kind::Int),
];
pub(crate) const PLATE: &[(&str, Kind)] =
    &[("plate_number", Kind::Text), ("plate_type", Kind::Text), ("vehicle", Kind::Id)];
pub(crate) const VIN: &[(&str, Kind)] = &[("vin", Kind::Text), ("vehicle", Kind::Id)];

pub(crate) fn fact_values(id: Uuid, version: u32, source: &Source<'_>, v: &Vehicle) -> Vec<Value> {
    values![
        id,
        version,
        source.true_from,
        source.known_from,
        source.cause,
        v.plate.number.as_str(),
        v.plate.plate_type.code(),
        v.vin.as_str(),
        v.vehicle_type.code(),
        v.use_nature.letter().to_string(),
        v.seats,
        v.registered_on,
        v.manufactured_on,
        v.energy.as_ref().map(|e| e.code()),
        v.colour.as_deref(),
        v.division.code(),
        v.status.letters(),
        v.valid_until.map(YearMonth::yyyymm),
        v.insurance_until,
        v.casualty_accident,
        v.illegal_modification,
        v.owner,
    ]
}

pub(crate) fn current_values(id: Uuid, version: u32, v: &Vehicle) -> Vec<Value> {
    values![id, version, v.vin.as_str(), v.plate.number.as_str(), v.plate.plate_type.code(), v.owner, v.division.code()]
}

fn parsed<T: FromStr>(id: Uuid, column: &str, text: &str) -> Result<T, Error>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| Error::broken("vehicle_fact", id, format!("{column}: {error}")))
}

pub(crate) fn stored_vehicle(mut row: Row) -> Result<StoredVehicle, Error> {
    let id = row.id()?;
    let broken =
        |column: &str, found: &dyn std::fmt::Display| Error::broken("vehicle_fact", id, format!("{column}: {found}"));
    let (version, true_from, known_from, cause) = (row.number()?, row.time()?, row.time()?, row.text()?);
    // The layout of the plate was judged when it came in; rules that change later must not make old facts unreadable.
    let plate = Plate {
        number: parsed(id, "plate_number", &row.text()?)?,
        plate_type: parsed(id, "plate_type", &row.text()?)?,
    };
    let vin = parsed(id, "vin", &row.text()?)?;
    let vehicle_type = parsed(id, "vehicle_type", &row.text()?)?;
    let use_nature: UseNature = parsed(id, "use_nature", &row.text()?)?;
    let (seats, registered_on, manufactured_on) = (row.number()?, row.date()?, row.opt_date()?);
    let energy = row.opt_text()?.map(|text| parsed(id, "energy", &text)).transpose()?;
    let colour = row.opt_text()?;
    let division = row.number::<u32>()?;
    let division = Division::new(division).ok_or_else(|| broken("division", &division))?;
    let status = parsed(id, "status", &row.text()?)?;
    let month = |number: i64| {
        u32::try_from(number).ok().and_then(YearMonth::from_yyyymm).ok_or_else(|| broken("valid_until", &number))
    };
    let valid_until = row.opt_int()?.map(month).transpose()?;
    let facts = Vehicle {
        plate,
        vin,
        vehicle_type,
        use_nature,
        seats,
        registered_on,
        manufactured_on,
        energy,
        colour,
        division,
        status,
        valid_until,
        insurance_until: row.opt_date()?,
        casualty_accident: row.flag()?,
        illegal_modification: row.flag()?,
        owner: row.id()?,
    };
    Ok(StoredVehicle { id, version, true_from, known_from, cause, facts })
}

impl Tx {
    /// The vehicle with this id, as known now.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_vehicle(&mut self, id: Uuid) -> Result<Option<StoredVehicle>, Error> {
        self.row(AssertSqlSafe(format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE v.id = $1")), values![id])
            .await?
            .map(stored_vehicle)
            .transpose()
    }

    /// As [`Tx::find_vehicle`], locked: nobody else changes this vehicle until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_vehicle(&mut self, id: Uuid) -> Result<Option<StoredVehicle>, Error> {
        // Two statements: a query that waited for the lock would join the new version with the facts of its own, older snapshot.
        if self.row("SELECT id FROM vehicle WHERE id = $1 FOR UPDATE", values![id]).await?.is_none() {
            return Ok(None);
        }
        self.find_vehicle(id).await
    }

    /// The id of the vehicle that carries this plate now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn vehicle_id_by_plate(&mut self, plate: &Plate) -> Result<Option<Uuid>, Error> {
        let sql = "SELECT vehicle FROM plate WHERE plate_number = $1 AND plate_type = $2";
        self.row(sql, values![plate.number.as_str(), plate.plate_type.code()])
            .await?
            .map(|mut row| row.id())
            .transpose()
    }

    /// The id of the vehicle with this identification number.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn vehicle_id_by_vin(&mut self, vin: &Vin) -> Result<Option<Uuid>, Error> {
        self.row("SELECT vehicle FROM vin WHERE vin = $1", values![vin.as_str()])
            .await?
            .map(|mut row| row.id())
            .transpose()
    }

    /// The vehicle that carries this plate now.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_vehicle_by_plate(&mut self, plate: &Plate) -> Result<Option<StoredVehicle>, Error> {
        match self.vehicle_id_by_plate(plate).await? {
            Some(id) => self.find_vehicle(id).await,
            None => Ok(None),
        }
    }

    /// As [`Tx::find_vehicle_by_plate`], locked.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_vehicle_by_plate(&mut self, plate: &Plate) -> Result<Option<StoredVehicle>, Error> {
        let Some(id) = self.vehicle_id_by_plate(plate).await? else { return Ok(None) };
        // While waiting for the lock the plate may have gone to another vehicle.
        Ok(self.lock_vehicle(id).await?.filter(|vehicle| vehicle.facts.plate == *plate))
    }

    /// The vehicle with this identification number.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_vehicle_by_vin(&mut self, vin: &Vin) -> Result<Option<StoredVehicle>, Error> {
        match self.vehicle_id_by_vin(vin).await? {
            Some(id) => self.find_vehicle(id).await,
            None => Ok(None),
        }
    }

    /// As [`Tx::find_vehicle_by_vin`], locked.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_vehicle_by_vin(&mut self, vin: &Vin) -> Result<Option<StoredVehicle>, Error> {
        match self.vehicle_id_by_vin(vin).await? {
            Some(id) => self.lock_vehicle(id).await,
            None => Ok(None),
        }
    }

    /// The vehicles an owner has now, by id, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn vehicles_of_owner(&mut self, owner: Uuid) -> Result<Vec<StoredVehicle>, Error> {
        let sql = format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE v.owner = $1 ORDER BY v.id LIMIT $2");
        self.rows(AssertSqlSafe(sql), values![owner, MAX_PAGE]).await?.into_iter().map(stored_vehicle).collect()
    }

    /// What was known at `known_at` about the vehicle at `true_at`. A later version is true from its `true_from` on, also when that
    /// lies before earlier versions: it is what we know better. `None`: nothing was known or the vehicle was not there yet.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn vehicle_at(
        &mut self,
        id: Uuid,
        true_at: Timestamp,
        known_at: Timestamp,
    ) -> Result<Option<StoredVehicle>, Error> {
        let sql = format!(
            "SELECT {FACT_COLUMNS} FROM vehicle_fact f WHERE f.vehicle = $1 AND f.true_from <= $2 AND f.known_from <= $3 ORDER BY f.version DESC LIMIT 1"
        );
        self.row(AssertSqlSafe(sql), values![id, true_at, known_at]).await?.map(stored_vehicle).transpose()
    }

    /// All facts ever known about a vehicle, oldest version first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn vehicle_history(&mut self, id: Uuid) -> Result<Vec<StoredVehicle>, Error> {
        let sql = format!("SELECT {FACT_COLUMNS} FROM vehicle_fact f WHERE f.vehicle = $1 ORDER BY f.version LIMIT $2");
        self.rows(AssertSqlSafe(sql), values![id, MAX_PAGE]).await?.into_iter().map(stored_vehicle).collect()
    }

    /// Records a vehicle that was not known, with its look-ups.
    ///
    /// # Errors
    /// `Conflict { what }` with `vin_key` or `plate_key` when another vehicle has them; `Engine`.
    pub async fn insert_vehicle(&mut self, id: Uuid, facts: &Vehicle, source: &Source<'_>) -> Result<(), Error> {
        self.insert_many("vin", VIN, values![facts.vin.as_str(), id]).await?;
        self.insert_many("plate", PLATE, values![facts.plate.number.as_str(), facts.plate.plate_type.code(), id])
            .await?;
        self.insert_many("vehicle", VEHICLE, current_values(id, 1, facts)).await?;
        self.insert_many("vehicle_fact", VEHICLE_FACT, fact_values(id, 1, source, facts)).await
    }

    /// Records a new version of a vehicle's facts and moves the look-ups when plate or VIN changed. `before` is the vehicle as locked
    /// by this transaction. Answers the new version.
    ///
    /// # Errors
    /// `Conflict { what }` with `plate_key` or `vin_key` when another vehicle has them, with `vehicle_fact_key` when somebody else
    /// recorded a version meanwhile; `Engine`.
    pub async fn append_vehicle_fact(
        &mut self,
        before: &StoredVehicle,
        facts: &Vehicle,
        source: &Source<'_>,
    ) -> Result<u32, Error> {
        let (id, version) = (before.id, before.version + 1);
        if before.facts.plate != facts.plate {
            self.release_plate(id, &before.facts.plate).await?;
            self.insert_many("plate", PLATE, values![facts.plate.number.as_str(), facts.plate.plate_type.code(), id])
                .await?;
        }
        if before.facts.vin != facts.vin {
            self.execute("DELETE FROM vin WHERE vin = $1 AND vehicle = $2", values![before.facts.vin.as_str(), id])
                .await?;
            self.insert_many("vin", VIN, values![facts.vin.as_str(), id]).await?;
        }
        self.insert_many("vehicle_fact", VEHICLE_FACT, fact_values(id, version, source, facts)).await?;
        let sql = "UPDATE vehicle SET version = $2, vin = $3, plate_number = $4, plate_type = $5, owner = $6, division = $7 WHERE id = $1 AND version = $8";
        let mut values = current_values(id, version, facts);
        values.push(Value::from(before.version));
        match self.execute(sql, values).await? {
            1 => {}
            _ => return Err(Error::Conflict { what: "vehicle_fact_key".to_owned() }),
        }
        self.tell_of_facts(id, &before.facts, facts, source.known_from).await?;
        Ok(version)
    }

    /// Frees a plate, so that another vehicle can get it. Answers whether this vehicle had it.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn release_plate(&mut self, vehicle: Uuid, plate: &Plate) -> Result<bool, Error> {
        let sql = "DELETE FROM plate WHERE plate_number = $1 AND plate_type = $2 AND vehicle = $3";
        let had = self.execute(sql, values![plate.number.as_str(), plate.plate_type.code(), vehicle]).await? == 1;
        if had {
            self.remember_carrier(plate, vehicle).await?;
        }
        Ok(had)
    }
}
