//! What registers tell of a vehicle besides its own facts: open violations, compulsory insurance, vehicle tax. A mark is granted only when all
//! three are in order (L3 Art. 54, 55; L8 Art. 10).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A traffic violation recorded against a vehicle, as its register states it. Place and time say where somebody was: personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Its number in the violations' register.
    pub number: String,
    /// When it was committed.
    pub occurred_at: Timestamp,
    /// Where, as written.
    pub place: String,
    /// What was done, as written; in English only when the register has it.
    pub act: Text,
    /// The clause that was broken, as written.
    pub law: String,
    /// The fine that is due, in yuan; `None` before it is known.
    pub fine_cny: Option<u16>,
    /// The points that go with it, 0 to 12; `None` before they are known.
    pub points: Option<u8>,
}

/// A recorded violation and whether it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedViolation {
    /// The violation.
    pub violation: Violation,
    /// Handled: decided about, whoever pays when.
    pub handled: bool,
}

/// Compulsory third-party insurance (交强险).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insurance {
    /// The company.
    pub insurer: String,
    /// The last insured day.
    pub until: Date,
    /// The policy's number.
    pub policy_number: Option<String>,
}

/// Vehicle and vessel tax (车船税) of one calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleTax {
    /// The year it was paid for.
    pub year: i16,
    /// Exempt in that year: nothing was to be paid.
    pub exempt: bool,
}

/// Everything of this that is known about one vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Violations that are not handled, oldest first.
    pub open: Vec<Violation>,
    /// The newest insurance that was reported. The vehicle's own `insurance_until` is what counts; this says with whom.
    pub insurance: Option<Insurance>,
    /// The newest year of the tax.
    pub tax: Option<VehicleTax>,
    /// The state letter G stands in the vehicle's facts only because of `open`: it goes with the last of them.
    pub letter_by_violations: bool,
}

/// The letter of open violations.
pub(crate) const OPEN_VIOLATIONS: char = 'G';
