//! Every day that somebody has to keep in mind, for vehicles and for licences, from one engine: what is due when, why, by which clause, and
//! on which days people are told.
//!
//! A notice is said once per (subject, kind, due day, step): [`Deadline::key`] is what makes it so across restarts. Everything is computed
//! from the facts of the day; nothing is scheduled ahead, so a changed fact changes the deadlines by itself.

mod licence;
#[cfg(test)]
mod tests;
mod vehicle;
mod words;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use licence::of_licence;
pub use vehicle::of_vehicle;

use crate::clause::{Clause, Clauses};
use crate::text::Text;

/// For so many days after it, news of something that ended by itself (a practice period, a cycle of points) is still told, in case the
/// daily run was down.
pub const NEWS_DAYS: i32 = 7;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        /// What is due.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum DeadlineKind { $($(#[$doc])* $variant,)+ }

        impl DeadlineKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The title.
            pub const fn title(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }
        }
    };
}

kinds! {
    /// An inspection at a station.
    Inspection = "inspection", "机动车检验", "Vehicle inspection";
    /// The inspection mark of an exempt vehicle.
    MarkApplication = "mark_application", "申领检验标志", "Inspection mark";
    /// The end of compulsory insurance.
    Insurance = "insurance", "交强险到期", "Compulsory insurance";
    /// Renewal of the licence (R162 Art. 63).
    Renewal = "renewal", "驾驶证期满换证", "Licence renewal";
    /// A medical certificate (R162 Art. 74).
    Medical = "medical", "提交身体条件证明", "Medical certificate";
    /// A review (R162 Art. 72).
    Review = "review", "驾驶证审验", "Licence review";
    /// Classes that the age takes away (R162 Art. 65).
    Downgrade = "downgrade", "超龄降级换证", "Downgrade by age";
    /// The extension of heavy classes beyond 63 (R172).
    Extension = "extension", "申请延长准驾资格", "Extension of heavy classes";
    /// The licence is cancelled by time (R162 Art. 79).
    Cancellation = "cancellation", "驾驶证将被注销", "Cancellation of the licence";
    /// A cancelled licence can be restored (R162 Art. 79).
    Restoration = "restoration", "恢复驾驶资格", "Restoring the licence";
    /// A deferral ends (R162 Art. 75).
    DeferralEnd = "deferral_end", "延期办理到期", "End of the deferral";
    /// The practice period ends (R162 Art. 76).
    PracticeEnd = "practice_end", "实习期结束", "End of the practice period";
    /// The cycle of points ends (R163 Art. 3, 15).
    PointsCycleEnd = "points_cycle_end", "记分周期结束", "End of the points cycle";
    /// The last day to pay a fine.
    Fine = "fine", "缴纳罚款", "Fine to pay";
}

impl DeadlineKind {
    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Whether it ends by itself, with nothing to be done and nothing overdue.
    pub const fn ends_by_itself(self) -> bool {
        matches!(self, Self::PracticeEnd | Self::PointsCycleEnd | Self::Extension)
    }
}

/// The days on which people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepCode {
    /// It can be handled from today.
    Opens,
    /// 30 days are left.
    Days30,
    /// 7 days are left.
    Days7,
    /// One day is left.
    Day1,
    /// The day after the last one.
    After,
}

impl StepCode {
    /// Every step, in order.
    pub const ALL: [Self; 5] = [Self::Opens, Self::Days30, Self::Days7, Self::Day1, Self::After];

    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Days30 => "days30",
            Self::Days7 => "days7",
            Self::Day1 => "day1",
            Self::After => "after",
        }
    }

    /// The step of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.code() == code)
    }

    /// How many days before the last day; -1 is the day after it. `None` for the opening, which has a day of its own.
    const fn days_before(self) -> Option<i32> {
        match self {
            Self::Opens => None,
            Self::Days30 => Some(30),
            Self::Days7 => Some(7),
            Self::Day1 => Some(1),
            Self::After => Some(-1),
        }
    }
}

/// One day on which people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Step {
    /// Which.
    pub code: StepCode,
    /// The day.
    pub on: Date,
}

/// Where a deadline stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineState {
    /// It cannot be handled yet.
    Upcoming,
    /// It can be handled, or has no window.
    Open,
    /// The last day has passed.
    Overdue,
    /// It ended by itself: news, and nothing for the timeline.
    Past,
}

impl DeadlineState {
    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Past => "past",
        }
    }
}

/// A day to keep in mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline<'c> {
    /// What is due.
    pub kind: DeadlineKind,
    /// The first day on which it can be handled; absent when there is no window.
    pub opens_on: Option<Date>,
    /// The last day in time.
    pub due_on: Date,
    /// Why, with the subject's own facts.
    pub why: Text,
    /// What is to be done; absent when nothing is.
    pub action: Option<Text>,
    /// What follows after the last day.
    pub consequence: Option<Text>,
    /// The clause it rests on.
    pub clause: &'c Clause,
    /// The days on which people are told, in order.
    pub steps: Vec<Step>,
}

impl<'c> Deadline<'c> {
    /// A deadline that is told on the days of these steps; a day before the window opens is left out.
    fn new(
        kind: DeadlineKind,
        window: (Option<Date>, Date),
        codes: &[StepCode],
        why: Text,
        clause: &'c Clause,
    ) -> Self {
        let (opens_on, due_on) = window;
        let mut steps: Vec<Step> = codes.iter().filter_map(|code| step(*code, opens_on, due_on)).collect();
        steps.sort_by_key(|step| (step.on, step.code));
        // Two reasons to say something on one day are one notice: the later step says more.
        steps.reverse();
        steps.dedup_by_key(|step| step.on);
        steps.reverse();
        Self { kind, opens_on, due_on, why, action: None, consequence: None, clause, steps }
    }

    fn todo(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.action = Some(Text::made(zh, en));
        self
    }

    fn otherwise(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.consequence = Some(Text::made(zh, en));
        self
    }

    /// Where it stands on a day.
    pub fn state(&self, today: Date) -> DeadlineState {
        if today > self.due_on {
            if self.kind.ends_by_itself() { DeadlineState::Past } else { DeadlineState::Overdue }
        } else if self.opens_on.is_some_and(|opens| today < opens) {
            DeadlineState::Upcoming
        } else {
            DeadlineState::Open
        }
    }

    /// Days from a day to the last one; negative when it has passed.
    pub fn days_left(&self, today: Date) -> i32 {
        today.until(self.due_on).map_or(0, |span| span.get_days())
    }

    /// The steps whose day lies after `since` and not after `today`: what a run on `today` has to say when the last one was on `since`.
    /// Of several, people are told only the last: pass the result through `.last()` to do so.
    pub fn steps_due(&self, since_exclusive: Date, today: Date) -> impl Iterator<Item = Step> {
        self.steps.iter().copied().filter(move |step| since_exclusive < step.on && step.on <= today)
    }

    /// What a notice is said once for: `deadline:{subject}:{kind}:{due_on}:{step}`.
    pub fn key(&self, subject: &str, step: StepCode) -> String {
        format!("deadline:{subject}:{}:{}:{}", self.kind.code(), self.due_on, step.code())
    }
}

fn step(code: StepCode, opens_on: Option<Date>, due_on: Date) -> Option<Step> {
    let on = match code.days_before() {
        None => opens_on?,
        Some(days) => due_on.checked_sub(days.days()).ok()?,
    };
    (opens_on.is_none_or(|opens| on >= opens)).then_some(Step { code, on })
}

static CLAUSES: std::sync::LazyLock<Clauses> = std::sync::LazyLock::new(|| {
    Clauses::read("deadlines/clauses.toml", include_str!("../../data/deadlines/clauses.toml"))
        .expect("the embedded clauses are checked by a test")
});

fn clause(id: &str) -> &'static Clause {
    CLAUSES.get(id).expect("a test checks that every clause named here is in the data")
}

const ALL_STEPS: &[StepCode] = &StepCode::ALL;
const NO_WINDOW: &[StepCode] = &[StepCode::Days30, StepCode::Days7, StepCode::Day1, StepCode::After];

/// A day as Chinese text has it: 2023年8月1日.
fn zh(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}
