//! What registers tell of a vehicle besides its facts: violations, insurance, tax.

use std::borrow::Cow;

use jiff::Timestamp;
use luzheng_domain::vehicle::standing::{Insurance, RecordedViolation, Standing, VehicleTax, Violation};
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The most open violations of one vehicle that are read.
pub const MAX_OPEN: u32 = 500;

/// The place of a sealed violation: vehicle, then its number.
fn place(vehicle: Uuid, number: &str) -> Vec<u8> {
    let mut place = vehicle.as_bytes().to_vec();
    place.extend_from_slice(number.as_bytes());
    place
}

impl Tx {
    /// Everything known of a vehicle's standing; nothing known is [`Standing::default`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn standing(&mut self, vehicle: Uuid) -> Result<Standing, Error> {
        let sql = "SELECT insurer, insured_until, policy, tax_year, tax_exempt, own_letter FROM vehicle_standing WHERE vehicle = $1";
        let mut standing = match self.row(sql, values![vehicle]).await? {
            Some(row) => self.stored_standing(vehicle, row)?,
            None => Standing::default(),
        };
        let sql = "SELECT number, body FROM vehicle_violation \
                   WHERE vehicle = $1 AND handled_at IS NULL AND voided_at IS NULL ORDER BY number LIMIT $2";
        for mut row in self.rows(sql, values![vehicle, MAX_OPEN]).await? {
            let (number, body) = (row.text()?, row.bytes()?);
            standing.open.push(self.violation(vehicle, &number, &body)?);
        }
        standing.open.sort_by(|a, b| (a.occurred_at, &a.number).cmp(&(b.occurred_at, &b.number)));
        Ok(standing)
    }

    /// Whether any violation of a vehicle is open.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn has_open_violations(&mut self, vehicle: Uuid) -> Result<bool, Error> {
        let sql = "SELECT number FROM vehicle_violation WHERE vehicle = $1 AND handled_at IS NULL AND voided_at IS NULL LIMIT 1";
        Ok(self.row(sql, values![vehicle]).await?.is_some())
    }

    fn stored_standing(&self, vehicle: Uuid, mut row: Row) -> Result<Standing, Error> {
        let (insurer, until, policy) = (row.opt_text()?, row.opt_date()?, row.opt_bytes()?);
        let (year, exempt, own_letter) = (row.opt_int()?, row.opt_int()?, row.flag()?);
        let open = |sealed: Vec<u8>| self.vault().open_text("vehicle_standing", "policy", vehicle.as_bytes(), &sealed);
        let insurance = match (insurer, until) {
            (Some(insurer), Some(until)) => {
                Some(Insurance { insurer, until, policy_number: policy.map(open).transpose()? })
            }
            _ => None,
        };
        let year = year.map(|year| i16::try_from(year).map_err(|_| broken(vehicle, format!("tax_year {year}"))));
        Ok(Standing {
            open: Vec::new(),
            insurance,
            tax: year.transpose()?.map(|year| VehicleTax { year, exempt: exempt == Some(1) }),
            letter_by_violations: own_letter,
        })
    }

    fn violation(&self, vehicle: Uuid, number: &str, sealed: &[u8]) -> Result<Violation, Error> {
        let plain = self.vault().open("vehicle_violation", "body", &place(vehicle, number), sealed)?;
        serde_json::from_slice(&plain).map_err(|error| Error::broken("vehicle_violation", number, error.to_string()))
    }

    /// A violation by its number, also one that is handled; not one that never was.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_violation(&mut self, vehicle: Uuid, number: &str) -> Result<Option<RecordedViolation>, Error> {
        let sql =
            "SELECT body, handled_at FROM vehicle_violation WHERE vehicle = $1 AND number = $2 AND voided_at IS NULL";
        let Some(mut row) = self.row(sql, values![vehicle, number]).await? else { return Ok(None) };
        let (body, handled) = (row.bytes()?, row.opt_time()?);
        Ok(Some(RecordedViolation { violation: self.violation(vehicle, number, &body)?, handled: handled.is_some() }))
    }

    /// Records how a violation is from now on.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn put_violation(
        &mut self,
        vehicle: Uuid,
        recorded: &RecordedViolation,
        cause: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let number = &recorded.violation.number;
        let plain = serde_json::to_vec(&recorded.violation)
            .map_err(|e| Error::broken("vehicle_violation", number, e.to_string()))?;
        let body = self.vault().seal("vehicle_violation", "body", &place(vehicle, number), &plain)?;
        let sql = "INSERT INTO vehicle_violation (vehicle, number, body, cause, known_at, handled_at) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (vehicle, number) DO UPDATE SET body = excluded.body, cause = excluded.cause, handled_at = excluded.handled_at, voided_at = NULL";
        self.execute(sql, values![vehicle, number, body, cause, now, recorded.handled.then_some(now)]).await.map(drop)
    }

    /// Records that a violation never was.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn void_violation(&mut self, vehicle: Uuid, number: &str, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE vehicle_violation SET voided_at = $3 WHERE vehicle = $1 AND number = $2";
        self.execute(sql, values![vehicle, number, now]).await.map(drop)
    }

    /// Records insurance, tax and whose the letter G is; the violations of `standing` are written by themselves.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn put_standing(&mut self, vehicle: Uuid, standing: &Standing, now: Timestamp) -> Result<(), Error> {
        let insurance = standing.insurance.as_ref();
        let seal = |text: &String| self.vault().seal("vehicle_standing", "policy", vehicle.as_bytes(), text.as_bytes());
        let policy = insurance.and_then(|i| i.policy_number.as_ref()).map(seal).transpose()?;
        let sql = "INSERT INTO vehicle_standing (vehicle, insurer, insured_until, policy, tax_year, tax_exempt, own_letter, updated_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (vehicle) DO UPDATE SET insurer = excluded.insurer, insured_until = excluded.insured_until, policy = excluded.policy, \
                   tax_year = excluded.tax_year, tax_exempt = excluded.tax_exempt, own_letter = excluded.own_letter, updated_at = excluded.updated_at";
        let values = values![
            vehicle,
            insurance.map(|i| i.insurer.clone()),
            insurance.map(|i| i.until),
            policy,
            standing.tax.map(|tax| i32::from(tax.year)),
            standing.tax.map(|tax| tax.exempt),
            standing.letter_by_violations,
            now,
        ];
        self.execute(sql, values).await.map(drop)
    }
}

fn broken(vehicle: Uuid, found: impl Into<Cow<'static, str>>) -> Error {
    Error::broken("vehicle_standing", vehicle, found.into())
}
