//! Vehicles: what identifies them, what they are, and how their inspection mark lives.

pub mod at;
pub mod citizen;
pub mod class;
pub mod eligibility;
pub mod energy;
pub mod event;
pub mod filing;
pub mod filing_notice;
pub mod inspection;
pub mod notice;
pub mod organisation;
pub mod owner;
pub mod plate;
mod plate_shape;
pub mod sharing;
pub mod standing;
pub mod status;
pub mod unit;
pub mod vin;
pub mod year_month;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use class::{UseNature, VehicleGroup, VehicleType};
pub use energy::{Colour, Energy};
pub use owner::{Document, OwnerDetails, OwnerKind, OwnerNumber, OwnerNumberError};
pub use plate::{Plate, PlateColour, PlateError, PlateNumber, PlateType};
pub use status::{MarkEffect, StatusLetter, StatusSet};
pub use unit::UnitRole;
pub use vin::{Vin, VinError};
pub use year_month::YearMonth;

use crate::region::Division;

/// The facts of one vehicle as one version of the register states them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Plate number and kind: together the key of a vehicle in traffic.
    pub plate: Plate,
    /// The frame number: the key of the vehicle itself.
    pub vin: Vin,
    /// 车辆类型, e.g. K33.
    pub vehicle_type: VehicleType,
    /// 使用性质, e.g. A.
    pub use_nature: UseNature,
    /// Persons it may carry, the driver included (核定载客人数).
    pub seats: u16,
    /// 注册登记日期: every inspection period runs from this day (Regulation Art. 16).
    pub registered_on: Date,
    /// 出厂日期; absent in old records.
    pub manufactured_on: Option<Date>,
    /// 能源种类.
    pub energy: Option<Energy>,
    /// Body colour letters (车身颜色), as in the register.
    pub colour: Option<String>,
    /// The registering office's division.
    pub division: Division,
    /// 机动车状态.
    pub status: StatusSet,
    /// 检验有效期止: valid to the last day of this month. Absent when never recorded.
    pub valid_until: Option<YearMonth>,
    /// 交强险终止日期: the last insured day.
    pub insurance_until: Option<Date>,
    /// Whether an accident with casualties voids the exemption from on-line inspection.
    pub casualty_accident: bool,
    /// Whether a punished illegal modification voids it.
    pub illegal_modification: bool,
    /// The owner's record.
    pub owner: Uuid,
}
