//! Points (记分, R163): what an offence is worth, what counts when, and what takes points away.

mod account;
mod cycle;
mod percent;
mod standing;
mod table;

pub use account::{
    Education, Item, LIMIT, MAX_REDUCED_PER_CYCLE, NotAnItem, Opening, PointsAccount, PointsEntry, Reduction,
    ReductionWay,
};
pub use cycle::{Cycle, LEAP_DAY_ANNIVERSARY, LeapDay, cycle_of};
pub use percent::{NotAPercent, Percent};
pub use standing::{Clears, Counted, PastCycle, Standing};
pub(crate) use table::named;
pub use table::{
    Offence, POINTS_SINCE, PassengerVehicle, Road, VehicleGroup, clause, offence, offences, overload_goods,
    overload_people, speeding,
};
