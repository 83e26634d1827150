//! Many vehicles or owners at once, for imports, reconciling and checks over everything.

use luzheng_domain::vehicle::Vin;
use uuid::Uuid;

use crate::{
    bulk::Keys,
    db::Tx,
    error::Error,
    owner::{OWNER, StoredOwner},
    vehicle::{CURRENT, FACT_COLUMNS, StoredVehicle, stored_vehicle},
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
}
