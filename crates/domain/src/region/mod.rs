//! Divisions (GB/T 2260) with their dates, and where which credential is open.

pub mod division;
pub mod rollout;

pub use division::{
    Division, DivisionRow, Level, NotADivision, Province, division_name, divisions_under, find_division, provinces,
};
