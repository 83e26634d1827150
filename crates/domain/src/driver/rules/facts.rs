//! What the rules depend on: the facts of one licence as seen on one day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::class::{ClassSet, LicenceClass};
use super::super::licence::Licence;
use super::super::points::{Cycle, LIMIT, PointsAccount, cycle_of};
use super::super::status::StateLetter;

/// What is known about medical certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MedicalRecord {
    /// Nothing is known: every earlier one is taken as submitted in time. The register's letters tell when that is wrong.
    Unknown,
    /// It is known that none was ever submitted.
    Never,
    /// The last was submitted on this day.
    On(Date),
}

/// What is known about reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewRecord {
    /// Nothing is known: every earlier one is taken as passed in time.
    Unknown,
    /// The last was passed on this day; `None` = none since the licence or its renewal.
    Last(Option<Date>),
}

/// One licence on one day. Made from a [`Licence`] by [`LicenceFacts::of`], or field by field from a row of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceFacts {
    /// The day asked about.
    pub as_of: Date,
    /// 准驾车型.
    pub classes: ClassSet,
    /// Since when each class is held; the others since the first issue.
    pub class_dates: BTreeMap<LicenceClass, Date>,
    /// 初次领证日期.
    pub first_issued_on: Date,
    /// 出生日期.
    pub birth_date: Date,
    /// 有效期始.
    pub valid_from: Date,
    /// 有效期止; `None` = 长期.
    pub valid_until: Option<Date>,
    /// The points on the day asked about.
    pub points: u32,
    /// The days on which 12 points were reached, oldest first.
    pub full_on: Vec<Date>,
    /// The cycles that are known to have points in them, oldest first, the running one included.
    pub cycles_with_points: Vec<Cycle>,
    /// Medical certificates.
    pub medical: MedicalRecord,
    /// Reviews.
    pub reviews: ReviewRecord,
    /// The last day of a deferral.
    pub deferred_until: Option<Date>,
    /// The last day of an extension of the heavy classes.
    pub extended_until: Option<Date>,
}

impl LicenceFacts {
    /// The facts of a licence on a day.
    pub fn of(licence: &Licence, as_of: Date) -> Self {
        let (points, full_on, cycles_with_points) = points(&licence.points, licence.first_issued_on, as_of);
        // The register may state a deferral without its end: then it lasts at least today.
        let deferred = licence.status.has_any(&[StateLetter::N, StateLetter::T, StateLetter::P]);
        Self {
            as_of,
            classes: licence.classes,
            class_dates: licence.class_dates.clone(),
            first_issued_on: licence.first_issued_on,
            birth_date: licence.birth_date,
            valid_from: licence.valid_from,
            valid_until: licence.valid_until,
            points,
            full_on,
            cycles_with_points,
            medical: licence.last_medical_on.map_or(MedicalRecord::Unknown, MedicalRecord::On),
            reviews: ReviewRecord::Last(licence.last_reviewed_on),
            deferred_until: licence.deferred_until.or(deferred.then_some(as_of)),
            extended_until: licence.extended_until,
        }
    }

    /// The running points cycle.
    pub fn cycle(&self) -> Cycle {
        cycle_of(self.first_issued_on, self.as_of)
    }

    /// Since when a class that stands on the licence is held.
    pub fn held_since(&self, class: LicenceClass) -> Option<Date> {
        self.classes.has(class).then(|| self.class_dates.get(&class).copied().unwrap_or(self.first_issued_on))
    }

    /// Since when vehicles of a class may be driven, by the class itself or one that includes it.
    pub fn covered_since(&self, class: LicenceClass) -> Option<Date> {
        self.classes.iter().filter(|held| held.covers(class)).filter_map(|held| self.held_since(held)).min()
    }

    /// Whether a deferral runs on the day asked about (R162 Art. 75).
    pub fn is_deferred(&self) -> bool {
        self.deferred_until.is_some_and(|until| self.as_of <= until)
    }

    /// Whether 12 points were reached in a cycle.
    pub fn full_in(&self, cycle: Cycle) -> bool {
        self.full_on.iter().any(|day| cycle.contains(*day))
    }
}

/// The sum, the days on which 12 were reached, and the cycles with points.
fn points(account: &PointsAccount, first_issued_on: Date, as_of: Date) -> (u32, Vec<Date>, Vec<Cycle>) {
    if *account == PointsAccount::default() {
        return (0, Vec::new(), Vec::new());
    }
    let standing = account.standing_on(first_issued_on, as_of);
    let mut with: Vec<Cycle> =
        standing.past.iter().filter(|past| past.sum > 0 || past.full).map(|past| past.cycle).collect();
    if standing.sum > 0 || standing.full_in_cycle {
        with.push(standing.cycle);
    }
    let full = account.full_cycles(first_issued_on, as_of);
    let days = full.into_iter().map(|cycle| reached(account, first_issued_on, cycle)).collect();
    (standing.sum, days, with)
}

/// The day of a full cycle on which 12 points were reached: the first decision, or statement of an import, after which they were there.
fn reached(account: &PointsAccount, first_issued_on: Date, cycle: Cycle) -> Date {
    let mut days: Vec<Date> = account.entries.iter().map(|entry| entry.decided_on).collect();
    days.extend(account.opening.map(|opening| opening.as_of));
    days.retain(|day| cycle.contains(*day));
    days.sort_unstable();
    days.into_iter().find(|day| account.sum_on(first_issued_on, *day) >= LIMIT).unwrap_or(cycle.start)
}
