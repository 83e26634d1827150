//! At 12 points: how long the full-12 education takes, which tests it ends with, and when it is complete (R163 Art. 17 to 24, 29).

use jiff::civil::Date;

use super::account::{LIMIT, PointsAccount};
use super::cycle::cycle_of;
use super::table::named;
use crate::calendar::{self, NoCalendar, Order};
use crate::clause::Clause;
use crate::driver::ClassSet;
use crate::driver::rules::review::HEAVY;
use crate::text::Text;

/// After a failed test it can be booked again so many days later (Art. 21, 22).
pub const REBOOK_DAYS: u32 = 10;

/// Who does not take part within so many days of the notice has the licence announced out of use (Art. 29).
pub const OUT_OF_USE_DAYS: u32 = 30;

/// More than this makes a day of study, on site without a break or on line in total (Art. 19).
pub const STUDY_DAY_ABOVE_MINUTES: u32 = 180;

/// The lengths of the education of one kind of licence.
struct Lengths {
    days: u32,
    most: u32,
    guided_min: u32,
    onsite_min: u32,
}

const ORDINARY: Lengths = Lengths { days: 7, most: 60, guided_min: 5, onsite_min: 2 };
/// With A1, A2, A3, B1 or B2.
const HEAVY_CLASSES: Lengths = Lengths { days: 30, most: 120, guided_min: 10, onsite_min: 5 };

/// A test at the end of the education.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Test {
    /// 科目一, law and knowledge.
    Law,
    /// 科目二, driving in the yard.
    Yard,
    /// 科目三, driving on the road.
    Road,
}

impl Test {
    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Yard => "yard",
            Self::Road => "road",
        }
    }

    /// The name for people.
    pub const fn name(self) -> Text {
        match self {
            Self::Law => Text::fixed("科目一（道路交通安全法律、法规和相关知识考试）", "Subject 1 (law and knowledge)"),
            Self::Yard => Text::fixed("科目二（场地驾驶技能考试）", "Subject 2 (yard)"),
            Self::Road => Text::fixed("科目三（道路驾驶技能考试）", "Subject 3 (road)"),
        }
    }
}

/// What the education asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Full12 {
    /// Which education within the cycle this is, from 1.
    pub nth: u32,
    /// The points that made it necessary.
    pub sum: u32,
    /// Days of study.
    pub study_days: u32,
    /// Of these, days on site or on line at least.
    pub guided_min_days: u32,
    /// Of these, days on site at least.
    pub onsite_min_days: u32,
    /// The tests, in their order.
    pub tests: Vec<Test>,
    /// The clause of the length.
    pub clause: &'static Clause,
    /// The clause of the tests.
    pub test_clause: &'static Clause,
}

/// What the education asks of a holder of these classes, the `nth` time in a cycle (from 1), with so many points. `None` below 12 points.
///
/// The length grows by one unit for each education before in the cycle and for each further 12 points that stand; the points that an earlier
/// education cleared do not count again.
pub fn full12(classes: ClassSet, nth: u32, sum: u32) -> Option<Full12> {
    if sum < LIMIT {
        return None;
    }
    let nth = nth.max(1);
    let lengths = if classes.has_any(&HEAVY) { HEAVY_CLASSES } else { ORDINARY };
    let extra = (nth - 1).saturating_add(sum / LIMIT - 1);
    let study_days = lengths.days.saturating_mul(extra.saturating_add(1)).min(lengths.most);
    let (tests, test_clause) = match (nth, sum) {
        (3.., _) | (_, 36..) => (vec![Test::Law, Test::Yard, Test::Road], "R163 Art.22"),
        (2, _) | (_, 24..) => (vec![Test::Law, Test::Road], "R163 Art.22"),
        _ => (vec![Test::Law], "R163 Art.21"),
    };
    Some(Full12 {
        nth,
        sum,
        study_days,
        guided_min_days: lengths.guided_min,
        onsite_min_days: lengths.onsite_min,
        tests,
        clause: named("R163 Art.18"),
        test_clause: named(test_clause),
    })
}

impl PointsAccount {
    /// What the education asks for on a day; `None` while the points are below 12.
    pub fn full12(&self, first_issued_on: Date, classes: ClassSet, day: Date) -> Option<Full12> {
        let standing = self.standing_on(first_issued_on, day);
        let since = standing.full_since.unwrap_or(day);
        // The education belongs to the cycle in which 12 points were reached, also when it is done in the next one.
        let cycle = cycle_of(first_issued_on, since);
        let before = self.educations.iter().filter(|e| cycle.contains(e.passed_on) && e.passed_on <= since).count();
        full12(classes, u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1), standing.sum)
    }
}

/// Days of study that were done; a day with both is one day on site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Study {
    /// Days on site.
    pub onsite_days: u32,
    /// Days on line.
    pub online_days: u32,
    /// Days of self-study.
    pub self_days: u32,
}

/// What of the study is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StudyGap {
    /// So many days on site.
    OnSite(u32),
    /// So many days on site or on line.
    Guided(u32),
    /// So many days altogether.
    Days(u32),
}

impl Full12 {
    /// What is missing; empty when the study is complete.
    pub fn missing(&self, study: Study) -> Vec<StudyGap> {
        let guided = study.onsite_days.saturating_add(study.online_days);
        let all = guided.saturating_add(study.self_days);
        let gap = |needed: u32, done: u32| Some(needed.saturating_sub(done)).filter(|gap| *gap > 0);
        let onsite = gap(self.onsite_min_days, study.onsite_days).map(StudyGap::OnSite);
        let guided = gap(self.guided_min_days, guided).map(StudyGap::Guided);
        let days = gap(self.study_days, all).map(StudyGap::Days);
        [onsite, guided, days].into_iter().flatten().collect()
    }

    /// The steps in their order, for people.
    pub fn steps(&self) -> Vec<Text> {
        let (days, guided, onsite) = (self.study_days, self.guided_min_days, self.onsite_min_days);
        let names = |pick: fn(Text) -> std::borrow::Cow<'static, str>, between: &str| {
            self.tests.iter().map(|test| pick(test.name()).into_owned()).collect::<Vec<_>>().join(between)
        };
        vec![
            Text::fixed(
                "驾驶证由公安机关交通管理部门扣留，并送达满分教育通知书",
                "The licence is held by the traffic police and the notice of full-12 education is served.",
            ),
            Text::made(
                format!(
                    "参加满分学习{days}天，其中现场、网络学习合计不少于{guided}天，现场学习不少于{onsite}天，其余自主学习"
                ),
                format!(
                    "Study for {days} days: at least {guided} on site or on line, of which {onsite} on site; the rest by yourself."
                ),
            ),
            Text::made(
                format!("通过考试：{}", names(|text| text.zh, "、")),
                format!("Pass the tests: {}.", names(|text| text.en, ", ")),
            ),
            Text::fixed("缴清罚款", "Pay all fines."),
            Text::fixed("记分清除，发还驾驶证", "The points are cleared and the licence is given back."),
        ]
    }
}

/// Whether the minutes of one day make a day of study, on site without a break or on line in total. Both together still make one day.
pub const fn is_study_day(onsite_minutes: u32, online_minutes: u32) -> bool {
    onsite_minutes > STUDY_DAY_ABOVE_MINUTES || online_minutes > STUDY_DAY_ABOVE_MINUTES
}

/// The last day to take part after the notice; from the day after, the licence can be announced out of use (Art. 29, 36).
pub fn take_part_by(notified_on: Date) -> Result<Date, NoCalendar> {
    calendar::deadline(Order::R163, OUT_OF_USE_DAYS, notified_on)
}

/// The day from which a failed test can be booked again (Art. 21, 36).
pub fn rebook_from(failed_on: Date) -> Result<Date, NoCalendar> {
    calendar::deadline(Order::R163, REBOOK_DAYS, failed_on)
}
