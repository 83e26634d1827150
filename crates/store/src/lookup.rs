//! Many vehicles or owners at once, for imports, issuing in bulk, reconciling and checks over everything.

use luzheng_domain::{credential::CredentialKind, region::Division, vehicle::Vin};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    bulk::Keys,
    db::Tx,
    error::Error,
    owner::{OWNER, StoredOwner},
    value::{Value, values},
    vehicle::{CURRENT, FACT_COLUMNS, MAX_PAGE, StoredVehicle, stored_vehicle},
};

impl Tx {
    /// The known ones of these vehicles, in no particular order.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn vehicles_by_vins(&mut self, vins: &[Vin]) -> Result<Vec<StoredVehicle>, Error> {
        let keys = vins.iter().map(|vin| vin.as_str().to_owned()).collect();
        let sql = format!("SELECT {FACT_COLUMNS} {CURRENT} JOIN vin n ON n.vehicle = v.id WHERE n.vin IN (*)");
        self.rows_for(&sql, Keys::Texts(keys)).await?.into_iter().map(stored_vehicle).collect()
    }

    /// The known ones of these owners, in no particular order.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn owners(&mut self, ids: Vec<Uuid>) -> Result<Vec<StoredOwner>, Error> {
        let rows = self.rows_for(&format!("{OWNER} WHERE o.id IN (*)"), Keys::Ids(ids)).await?;
        rows.into_iter().map(|row| self.stored_owner(row)).collect()
    }

    /// Vehicles without a current credential of this kind, by id after `after`, at most `limit` (and [`MAX_PAGE`]), registered in one of
    /// these areas (trailing `00` pairs stand for everything below; none: everywhere).
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn vehicles_without_mark(
        &mut self,
        kind: CredentialKind,
        after: Option<Uuid>,
        areas: &[Division],
        limit: u32,
    ) -> Result<Vec<StoredVehicle>, Error> {
        let after = after.unwrap_or(Uuid::nil());
        let mut values = values![after, kind.number(), limit.min(MAX_PAGE)];
        let within = within("v.division", areas, &mut values);
        // First where the page ends, then the page: with both ends given, and given for each table, the engine reads just this
        // stretch of every index. With the lower one alone PostgreSQL reads the others from their beginning, page after page.
        let vacant = format!(
            "v.id > $1{within} AND NOT EXISTS (SELECT 1 FROM credential c WHERE c.subject = v.id AND c.subject > $1 \
             AND c.kind = $2 AND c.ended_at IS NULL)"
        );
        let sql = format!("SELECT v.id FROM vehicle v WHERE {vacant} ORDER BY v.id LIMIT $3");
        let sql = format!("SELECT id FROM ({sql}) AS page ORDER BY id DESC LIMIT 1");
        let Some(mut last) = self.row(AssertSqlSafe(sql), values.clone()).await? else { return Ok(Vec::new()) };
        values[2] = Value::from(last.id()?);
        let sql = format!(
            "SELECT {FACT_COLUMNS} {CURRENT} WHERE {vacant} AND v.id <= $3 AND f.vehicle > $1 AND f.vehicle <= $3 ORDER BY v.id"
        );
        self.rows(AssertSqlSafe(sql), values).await?.into_iter().map(stored_vehicle).collect()
    }

    /// All vehicles by id after `after`, at most `limit` (and [`MAX_PAGE`]): for reconciling and for checks over everything.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn vehicles(&mut self, after: Option<Uuid>, limit: u32) -> Result<Vec<StoredVehicle>, Error> {
        let sql = format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE v.id > $1 AND f.vehicle > $1 ORDER BY v.id LIMIT $2");
        let values = values![after.unwrap_or(Uuid::nil()), limit.min(MAX_PAGE)];
        self.rows(AssertSqlSafe(sql), values).await?.into_iter().map(stored_vehicle).collect()
    }

    /// How many vehicles are known.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn vehicle_count(&mut self) -> Result<u64, Error> {
        self.one("SELECT COUNT(*) FROM vehicle", values![]).await?.number()
    }
}

/// The condition that a column is in one of these areas, with its values; nothing when there are none.
pub(crate) fn within(column: &str, areas: &[Division], values: &mut Vec<Value>) -> String {
    let mut conditions = Vec::with_capacity(areas.len());
    for area in areas {
        let (low, high) = range(*area);
        conditions.push(format!("{column} BETWEEN ${} AND ${}", values.len() + 1, values.len() + 2));
        values.extend(values![low, high]);
    }
    if conditions.is_empty() { String::new() } else { format!(" AND ({})", conditions.join(" OR ")) }
}

/// The codes that an area stands for: `320000` means all of 32xxxx.
fn range(area: Division) -> (u32, u32) {
    match area.code() {
        code if code % 10_000 == 0 => (code, code + 9_999),
        code if code % 100 == 0 => (code, code + 99),
        code => (code, code),
    }
}
