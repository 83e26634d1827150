//! Points (记分, R163): what an offence is worth, what counts when, and what takes points away.

mod account;
mod cycle;
mod standing;

pub use account::{
    Education, Item, LIMIT, MAX_REDUCED_PER_CYCLE, NotAnItem, Opening, PointsAccount, PointsEntry, Reduction,
    ReductionWay,
};
pub use cycle::{Cycle, LEAP_DAY_ANNIVERSARY, LeapDay, cycle_of};
pub use standing::{Clears, Counted, PastCycle, Standing};
