//! 学法减分: whether points can be taken off by learning, and how many (R163 Art. 25 to 28). And whether one more offence can be settled (Art. 14).

use jiff::civil::Date;

use super::account::{Item, LIMIT, MAX_REDUCED_PER_CYCLE, PointsAccount, ReductionWay};
use super::cycle::{Cycle, cycle_of};
use super::table::named;
use crate::clause::Clause;
use crate::driver::rules::{LicenceFacts, practice};
use crate::driver::{Licence, StateLetter};
use crate::text::Text;

/// "最近三个记分周期" counts the running cycle and the two before it. The order does not say whether the running one is among them; the numbers
/// of the other items do count it (Art. 26(1): "本记分周期内或者上一个记分周期内").
pub const RECENT_CYCLES: u32 = 3;

/// So many full-12 educations in this cycle and the one before refuse a reduction (Art. 26(1)).
pub const TOO_MANY_EDUCATIONS: usize = 2;

/// Whether points of the cap that one go would exceed are granted: with 5 of 6 used, an on-site study takes off 1. The order gives a ceiling
/// of the sum, not of the single go, so the rest up to it is granted.
pub const GRANTS_REST_OF_CEILING: bool = true;

/// Offences whose penalty refuses a reduction for three cycles (Art. 26(2)).
pub const SERIOUS: [(u8, u8); 5] = [(8, 1), (8, 2), (8, 3), (8, 7), (10, 10)];

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $clause:literal, $zh:literal, $en:literal;)+) => {
        /// Why no points can be taken off.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ReductionRefused { $($(#[$doc])* $variant,)+ }

        impl ReductionRefused {
            /// Every refusal.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The sentence for people.
            pub const fn text(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }

            /// The clause it rests on.
            pub fn clause(self) -> &'static Clause {
                named(match self { $(Self::$variant => $clause,)+ })
            }
        }
    };
}

refusals! {
    /// 12 points or more.
    Full = "full", "R163 Art.25", "累积记分已满12分，须参加满分教育", "12 points are reached: the full-12 education comes first.";
    /// Nothing to take off.
    NoPoints = "no_points", "R163 Art.25", "当前没有记分", "There are no points to take off.";
    /// 6 points were taken off in this cycle.
    CeilingReached = "ceiling_reached", "R163 Art.25", "本记分周期内已扣减6分", "6 points were taken off in this cycle already.";
    /// Own offences are not handled.
    OpenOffences = "open_offences", "R163 Art.25", "有未处理的交通违法行为", "Offences are not yet handled.";
    /// Two or more educations in this cycle or the one before.
    Educations = "educations", "R163 Art.26(1)", "本周期或上一周期内有二次以上满分教育记录", "Two or more full-12 educations in this cycle or the one before.";
    /// A serious offence in the last three cycles.
    SeriousOffence = "serious_offence", "R163 Art.26(2)", "最近三个记分周期内有酒驾、逃逸、使用假牌假证或买分卖分的处罚", "A penalty for drink-driving, hit and run, false plates or papers, or trading points in the last three cycles.";
    /// In the practice period.
    Practice = "practice", "R163 Art.26(3)", "驾驶证在实习期内", "The licence is in its practice period.";
    /// The review is overdue.
    ReviewOverdue = "review_overdue", "R163 Art.26(3)", "驾驶证逾期未审验", "The review is overdue.";
    /// The licence is held or suspended.
    Held = "held", "R163 Art.26(3)", "驾驶证被扣留或者暂扣", "The licence is held or suspended.";
    /// An own vehicle is past its inspection or was not deregistered.
    VehicleOverdue = "vehicle_overdue", "R163 Art.26(4)", "名下有逾期未检验或者未按规定注销的机动车", "An own vehicle is past its inspection or was not deregistered as prescribed.";
    /// Cheating in the last three cycles.
    Cheated = "cheated", "R163 Art.26(5)", "最近三个记分周期内有弄虚作假、冒名顶替记录", "Cheating at an education in the last three cycles.";
}

/// What a reduction depends on besides the licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReductionFacts {
    /// Whether an own vehicle is past its inspection or should have been deregistered.
    pub vehicle_overdue: bool,
    /// The last time the driver cheated at an education, if ever.
    pub cheated_on: Option<Date>,
}

/// Every reason why a driver cannot have points taken off on a day; empty when it is possible.
pub fn may_reduce(licence: &Licence, facts: &ReductionFacts, day: Date) -> Vec<ReductionRefused> {
    use ReductionRefused as No;
    let account = &licence.points;
    let first = licence.first_issued_on;
    let standing = account.standing_on(first, day);
    let status = licence.effective_status(day);
    let recent = |on: Date| on <= day && is_recent(first, on, day, RECENT_CYCLES);
    let serious = account.entries.iter().any(|entry| {
        entry.annulled_on.is_none_or(|on| on > day)
            && entry.item.is_some_and(|item| SERIOUS.contains(&(item.article(), item.number())))
            && recent(entry.decided_on)
    });
    let educations = account.educations.iter().filter(|e| e.passed_on <= day && is_recent(first, e.passed_on, day, 2));
    let practising = !practice::running(&LicenceFacts::of(licence, day)).is_empty();
    let mut list = vec![
        (standing.full, No::Full),
        (standing.sum == 0, No::NoPoints),
        (standing.reduced_in_cycle >= MAX_REDUCED_PER_CYCLE, No::CeilingReached),
        (status.has(StateLetter::H), No::OpenOffences),
        (educations.count() >= TOO_MANY_EDUCATIONS, No::Educations),
        (serious, No::SeriousOffence),
        (practising, No::Practice),
        (status.has(StateLetter::S), No::ReviewOverdue),
        (status.has_any(&[StateLetter::U, StateLetter::D]), No::Held),
        (facts.vehicle_overdue, No::VehicleOverdue),
        (facts.cheated_on.is_some_and(recent), No::Cheated),
    ];
    list.retain(|(applies, _)| *applies);
    list.into_iter().map(|(_, refused)| refused).collect()
}

/// Whether a day lies in the cycle of another day or one of the `cycles - 1` before it.
fn is_recent(first_issued_on: Date, on: Date, day: Date, cycles: u32) -> bool {
    let now: Cycle = cycle_of(first_issued_on, day);
    cycle_of(first_issued_on, on).number.saturating_add(cycles) > now.number
}

/// How many points one go takes off: what the way gives, no more than there are, and no more than is left of the 6 of the cycle.
pub fn reduction_points(way: ReductionWay, sum: u32, reduced_in_cycle: u32) -> u32 {
    let left = MAX_REDUCED_PER_CYCLE.saturating_sub(reduced_in_cycle);
    let points = u32::from(way.points());
    if points > left && !GRANTS_REST_OF_CEILING { 0 } else { points.min(left).min(sum) }
}

impl PointsAccount {
    /// How many points one go would take off on a day.
    pub fn reduction_on(&self, first_issued_on: Date, way: ReductionWay, day: Date) -> u32 {
        let standing = self.standing_on(first_issued_on, day);
        reduction_points(way, standing.sum, standing.reduced_in_cycle)
    }
}

/// Where an offence is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Desk {
    /// At a counter.
    Counter,
    /// In the app.
    App,
}

/// Whose vehicle it was done with, as Art. 14 tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettledVehicle {
    /// The vehicle whose offences are settled in this one go, all of them.
    TheSame,
    /// Another one.
    Another,
}

/// Why an offence cannot be settled here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSettled {
    /// The clause.
    pub clause: &'static Clause,
}

/// Whether an offence of so many points can be settled while a sum stands. At the counter all offences of one vehicle can, and those of
/// another only below 12 points (Art. 14); the app settles only what stays below 12 (domain-driver.md 8.3).
pub fn may_settle(sum: u32, points: u32, vehicle: SettledVehicle, desk: Desk) -> Result<(), NotSettled> {
    if desk == Desk::App && sum.saturating_add(points) >= LIMIT {
        return Err(NotSettled { clause: named("app settlement") });
    }
    if vehicle == SettledVehicle::Another && sum >= LIMIT {
        return Err(NotSettled { clause: named("R163 Art.14") });
    }
    Ok(())
}

/// The serious items as items.
pub fn serious_items() -> impl Iterator<Item = Item> {
    SERIOUS.into_iter().filter_map(|(article, number)| Item::new(article, number))
}
