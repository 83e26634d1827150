//! What an import of drivers says, and what became of it.

use jiff::{Timestamp, civil::Date};
use luzheng_domain::driver::Licence;
use uuid::Uuid;

use crate::driver::StoredDriver;

/// Which columns an export has. What an export does not say stays as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each column that an export may lack")]
pub struct DriverSays {
    /// 国籍.
    pub nationality: bool,
    /// 手机号码.
    pub phone: bool,
    /// 档案编号.
    pub file_number: bool,
    /// 驾驶证状态.
    pub status: bool,
    /// 累积记分: a sum as of a day ([`Licence::points`] with an `opening` alone), or a whole account.
    pub points: bool,
    /// Since when each class is held.
    pub class_dates: bool,
    /// When medical certificate and review were last, until when deferred or extended.
    pub deadlines: bool,
}

impl DriverSays {
    /// An export with every column.
    pub const EVERYTHING: Self = Self {
        nationality: true,
        phone: true,
        file_number: true,
        status: true,
        points: true,
        class_dates: true,
        deadlines: true,
    };

    /// The licence as the export says it, completed with what is known.
    pub fn fill(&self, said: &Licence, known: &Licence) -> Licence {
        let mut facts = said.clone();
        if !self.nationality {
            facts.nationality.clone_from(&known.nationality);
        }
        if !self.phone {
            facts.phone.clone_from(&known.phone);
        }
        if !self.file_number {
            facts.file_number.clone_from(&known.file_number);
        }
        if !self.status {
            facts.status = known.status;
        }
        if !self.class_dates {
            facts.class_dates = known.class_dates.clone();
            facts.class_dates.retain(|class, _| said.classes.has(*class));
        }
        if !self.deadlines {
            facts.last_medical_on = known.last_medical_on;
            facts.last_reviewed_on = known.last_reviewed_on;
            facts.deferred_until = known.deferred_until;
            facts.extended_until = known.extended_until;
        }
        match (self.points, said.points.opening) {
            (false, _) => facts.points = known.points.clone(),
            (true, Some(sum)) if said.points.entries.is_empty() => {
                facts.points = known.points.stated(facts.first_issued_on, sum.points, sum.as_of);
            }
            (true, _) => {}
        }
        facts
    }
}

/// The picture of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverPhoto {
    /// The id it gets if it is new.
    pub id: Uuid,
    /// The picture; sealed at rest.
    pub bytes: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The day it was taken, when that is known.
    pub taken_on: Option<Date>,
}

/// One row of a register of drivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverRow {
    /// The id the driver gets if it is new.
    pub new_driver: Uuid,
    /// The id the owner record gets if nobody with this number is known.
    pub new_owner: Uuid,
    /// Since when the facts of a driver that is new to us count as true; those of a known one count from the source's `true_from`.
    pub true_from: Timestamp,
    /// The licence.
    pub licence: Licence,
    /// What of it the export really says.
    pub says: DriverSays,
    /// The picture, if the export has one.
    pub photo: Option<DriverPhoto>,
    /// The day the person asked for the electronic licence, if the export says so.
    pub applied_on: Option<Date>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverImported {
    /// A new driver.
    Inserted(Uuid),
    /// Known, nothing new: the licence is the one we know, or the one the last import brought and events have changed since.
    Unchanged(Uuid),
    /// Left alone: something that happened after the export is known.
    Newer(Uuid),
    /// Known with another licence or another picture.
    Changed {
        /// The driver as known before.
        before: Box<StoredDriver>,
        /// The licence as it is now.
        after: Box<Licence>,
        /// Its version now: that of `before` when only the picture changed.
        version: u32,
        /// The new picture, if it took the place of the one before.
        photo: Option<Uuid>,
    },
}
