//! Points (记分, R163): what an offence is worth, what counts when, and what takes points away.

mod account;
mod cases;
mod cycle;
mod full;
mod percent;
mod reduce;
mod standing;
mod table;
#[cfg(test)]
mod tests;

pub use account::{
    Education, Item, LIMIT, MAX_REDUCED_PER_CYCLE, NotAnItem, Opening, PointsAccount, PointsEntry, Reduction,
    ReductionWay,
};
pub use cases::{POINTS_COLUMNS, answer_points_cases, check_points_cases};
pub use cycle::{Cycle, LEAP_DAY_ANNIVERSARY, LeapDay, cycle_of};
pub use full::{
    Full12, OUT_OF_USE_DAYS, REBOOK_DAYS, STUDY_DAY_ABOVE_MINUTES, Study, StudyGap, Test, full12, is_study_day,
    rebook_from, take_part_by,
};
pub use percent::{NotAPercent, Percent};
pub use reduce::{
    Desk, GRANTS_REST_OF_CEILING, NotSettled, RECENT_CYCLES, ReductionFacts, ReductionRefused, SERIOUS, SettledVehicle,
    TOO_MANY_EDUCATIONS, may_reduce, may_settle, reduction_points, serious_items,
};
pub use standing::{Clears, Counted, PastCycle, Standing};
pub(crate) use table::named;
pub use table::{
    Offence, POINTS_SINCE, PassengerVehicle, Road, VehicleGroup, clause, offence, offences, overload_goods,
    overload_people, speeding,
};
