//! Where somebody's points stand on a day: what counts, from which cycle, and what clears it.
//!
//! The account is folded day by day up to the day asked about:
//!
//! - a penalty counts from the day of its decision (R163 Art. 13), an annulled one never did (Art. 16);
//! - at the end of a cycle with fewer than 12 points all are cleared, but each penalty whose fine is then overdue and unpaid goes over
//!   into the next cycle with its own points (Art. 15: per penalty, not the whole sum as the older Regulation Art. 24 reads). It stays for
//!   that whole cycle; paying meanwhile means that it goes at the next end;
//! - at 12 points time clears nothing: education, tests and the fines of everything decided until then do (Art. 23), on the day the last
//!   of them is done; what was decided after the tests stays;
//! - the figure of an import takes the place of everything known when it was read; what is reported later counts on top of it.

use jiff::civil::Date;

use super::account::{LIMIT, PointsAccount, PointsEntry};
use super::cycle::{Cycle, cycle_of};
use crate::text::Text;

/// When points go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clears {
    /// By themselves, on this day: the first of the next cycle.
    OnDay(Date),
    /// On the first day of the next cycle, if the fine is paid before.
    FineFirst {
        /// The last day of the cycle: the fine must be paid by then.
        by: Date,
    },
    /// Not by time: full-12 education, tests and fines clear them.
    EducationFirst,
}

impl Clears {
    /// The sentence for people.
    pub fn text(self) -> Text {
        match self {
            Self::OnDay(day) => Text::made(format!("{}清除", zh(day)), format!("Cleared on {day}.")),
            Self::FineFirst { by } => Text::made(
                format!("{}前缴清罚款后方可清除，否则转入下一记分周期", zh(by)),
                format!(
                    "Cleared at the end of the cycle only if the fine is paid by {by}; otherwise it is carried over."
                ),
            ),
            Self::EducationFirst => Text::fixed(
                "须完成满分教育、考试合格并缴清罚款后清除",
                "Cleared after the full-12 education, its tests and all fines.",
            ),
        }
    }
}

fn zh(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// A penalty that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The penalty.
    pub entry: PointsEntry,
    /// Whether it came over from an earlier cycle.
    pub carried: bool,
    /// When it goes.
    pub clears: Clears,
}

/// A cycle that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PastCycle {
    /// Which.
    pub cycle: Cycle,
    /// The points on its last day.
    pub sum: u32,
    /// Whether 12 points were reached by a decision of this cycle.
    pub full: bool,
}

/// Where the points stand on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The cycle of the day.
    pub cycle: Cycle,
    /// The accumulated points.
    pub sum: u32,
    /// The penalties that count, by the day of decision.
    pub counted: Vec<Counted>,
    /// Points of an import's figure that still count.
    pub opening: u32,
    /// Points taken off what counts.
    pub reduced: u32,
    /// Points taken off by learning in this cycle, for the ceiling of 6.
    pub reduced_in_cycle: u32,
    /// Whether the sum is 12 or more: education is needed, time clears nothing.
    pub full: bool,
    /// The day of the decision that reached 12, while it is full.
    pub full_since: Option<Date>,
    /// Whether 12 points were reached in this cycle, also when they are cleared again.
    pub full_in_cycle: bool,
    /// The day on which the points go by themselves: the first of the next cycle; absent when there are none or it is full.
    pub clears_on: Option<Date>,
    /// The cycles before, from the first with anything in it, oldest first.
    pub past: Vec<PastCycle>,
}

impl PointsAccount {
    /// The accumulated points of a licence first issued on a day, as of another day.
    pub fn sum_on(&self, first_issued_on: Date, day: Date) -> u32 {
        if *self == Self::default() { 0 } else { self.standing_on(first_issued_on, day).sum }
    }

    /// Everything about the points as of a day; what was decided, paid, passed or annulled after it is not known yet.
    pub fn standing_on(&self, first_issued_on: Date, day: Date) -> Standing {
        let happenings = self.happenings(day);
        let now = cycle_of(first_issued_on, day);
        let mut cycle = happenings.first().map_or(now, |first| cycle_of(first_issued_on, first.on));
        let mut fold = Fold::new(self, day);
        let mut past = Vec::new();
        let mut left = happenings.as_slice();
        loop {
            let here = left.partition_point(|h| h.on <= cycle.end);
            for happening in &left[..here] {
                fold.take(*happening);
            }
            left = &left[here..];
            if cycle.number >= now.number {
                break;
            }
            past.push(PastCycle { cycle, sum: fold.sum(), full: fold.reached });
            fold.end(cycle);
            cycle = cycle.next(first_issued_on);
        }
        fold.standing(now, past)
    }

    /// The cycles in which 12 points were reached, up to a day, oldest first.
    pub fn full_cycles(&self, first_issued_on: Date, day: Date) -> Vec<Cycle> {
        if *self == Self::default() {
            return Vec::new();
        }
        let standing = self.standing_on(first_issued_on, day);
        let past = standing.past.iter().filter(|past| past.full).map(|past| past.cycle);
        past.chain(standing.full_in_cycle.then_some(standing.cycle)).collect()
    }

    /// The points of penalties for offences within a time, both days included, as known on a day: 12 of them within the practice period cancel
    /// the class (R162 Art. 80). Here the day of the offence counts, not that of the decision.
    pub fn points_for_offences(&self, from: Date, until: Date, day: Date) -> u32 {
        let stands = |entry: &&PointsEntry| entry.decided_on <= day && entry.annulled_on.is_none_or(|on| on > day);
        let within = self.entries.iter().filter(stands).filter(|entry| (from..=until).contains(&entry.offence_on));
        within.map(|entry| u32::from(entry.points)).sum()
    }

    /// The account after an import that states the sum as of a day: unchanged when that is what it gives anyway, or when a newer figure is known.
    pub fn stated(&self, first_issued_on: Date, points: u8, as_of: Date) -> Self {
        let older = self.opening.is_some_and(|known| known.as_of > as_of);
        if older || self.sum_on(first_issued_on, as_of) == u32::from(points) {
            return self.clone();
        }
        let covers = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        Self { opening: Some(super::account::Opening { points, as_of, covers }), ..self.clone() }
    }

    /// What happened up to a day, in order. Within a day the figure of an import comes first, then decisions, reductions, what clears.
    fn happenings(&self, day: Date) -> Vec<Happening> {
        let mut list = Vec::new();
        let mut add = |on: Date, what: What| {
            if on <= day {
                list.push(Happening { on, what });
            }
        };
        if let Some(opening) = self.opening {
            add(opening.as_of, What::Stated);
        }
        for (n, entry) in self.entries.iter().enumerate() {
            if entry.annulled_on.is_some_and(|on| on <= day) {
                continue;
            }
            add(entry.decided_on, What::Decided(n));
            // Paying may be the last thing an education waited for; before the decision it changes nothing.
            if let Some(on) = entry.fine_paid_on {
                add(on.max(entry.decided_on), What::Paid);
            }
        }
        for (n, reduction) in self.reductions.iter().enumerate() {
            if reduction.revoked_on.is_none_or(|on| on > day) {
                add(reduction.on, What::Reduced(n));
            }
        }
        for education in &self.educations {
            add(education.passed_on, What::Passed);
        }
        list.sort_by_key(|h| (h.on, h.what));
        list
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Stated,
    Decided(usize),
    Reduced(usize),
    Passed,
    Paid,
}

#[derive(Debug, Clone, Copy)]
struct Happening {
    on: Date,
    what: What,
}

#[derive(Debug)]
struct Fold<'a> {
    account: &'a PointsAccount,
    /// Nothing after this day is known.
    known: Date,
    /// Indexes of the entries that count, and whether each was carried over.
    open: Vec<(usize, bool)>,
    opening: u32,
    reduced: u32,
    reduced_in_cycle: u32,
    /// An education that was passed and waits for fines: clears what was decided until then.
    passed: Option<Date>,
    reached: bool,
    full_since: Option<Date>,
}

impl<'a> Fold<'a> {
    const fn new(account: &'a PointsAccount, known: Date) -> Self {
        Self {
            account,
            known,
            open: Vec::new(),
            opening: 0,
            reduced: 0,
            reduced_in_cycle: 0,
            passed: None,
            reached: false,
            full_since: None,
        }
    }

    fn entry(&self, n: usize) -> &'a PointsEntry {
        &self.account.entries[n]
    }

    fn sum(&self) -> u32 {
        let counted: u32 = self.open.iter().map(|(n, _)| u32::from(self.entry(*n).points)).sum();
        (counted + self.opening).saturating_sub(self.reduced)
    }

    fn take(&mut self, happening: Happening) {
        match happening.what {
            What::Stated => self.stated(),
            What::Decided(n) => self.open.push((n, false)),
            What::Reduced(n) => {
                let points = u32::from(self.account.reductions[n].points).min(self.sum());
                self.reduced += points;
                self.reduced_in_cycle += points;
            }
            What::Passed => self.passed = Some(happening.on),
            What::Paid => {}
        }
        self.clear_by_education(happening.on);
        if self.sum() < LIMIT {
            self.full_since = None;
        } else {
            self.full_since = self.full_since.or(Some(happening.on));
            self.reached |= matches!(happening.what, What::Stated | What::Decided(_));
        }
    }

    fn stated(&mut self) {
        let Some(opening) = self.account.opening else { return };
        self.open.retain(|(n, _)| *n >= opening.covers as usize);
        self.opening = u32::from(opening.points);
        self.reduced = 0;
        self.passed = None;
    }

    /// Everything decided until the tests were passed goes, once every fine among it is paid.
    fn clear_by_education(&mut self, today: Date) {
        let Some(passed) = self.passed else { return };
        let covered = |entry: &PointsEntry| entry.decided_on <= passed;
        let settled = |entry: &PointsEntry| match entry.fine_paid_on {
            Some(paid) => paid <= today,
            None => entry.fine_due_on.is_none(),
        };
        if self.open.iter().map(|(n, _)| self.entry(*n)).filter(|e| covered(e)).all(settled) {
            let account = self.account;
            self.open.retain(|(n, _)| !covered(&account.entries[*n]));
            self.opening = 0;
            self.reduced = 0;
            self.passed = None;
        }
    }

    fn end(&mut self, cycle: Cycle) {
        if self.sum() >= LIMIT {
            for (_, carried) in &mut self.open {
                *carried = true;
            }
        } else {
            let account = self.account;
            self.open.retain(|(n, _)| overdue_unpaid(&account.entries[*n], cycle.end, cycle.end));
            for (_, carried) in &mut self.open {
                *carried = true;
            }
            self.opening = 0;
            self.reduced = 0;
            self.passed = None;
        }
        self.reduced_in_cycle = 0;
        self.reached = false;
    }

    fn standing(self, cycle: Cycle, past: Vec<PastCycle>) -> Standing {
        let sum = self.sum();
        let full = sum >= LIMIT;
        let counted = self.open.iter().map(|(n, carried)| {
            let entry = self.entry(*n);
            let clears = if full {
                Clears::EducationFirst
            } else if overdue_unpaid(entry, cycle.end, self.known) {
                Clears::FineFirst { by: cycle.end }
            } else {
                Clears::OnDay(cycle.next_start())
            };
            Counted { entry: entry.clone(), carried: *carried, clears }
        });
        Standing {
            cycle,
            sum,
            counted: counted.collect(),
            opening: self.opening,
            reduced: self.reduced,
            reduced_in_cycle: self.reduced_in_cycle,
            full,
            full_since: self.full_since,
            full_in_cycle: self.reached,
            clears_on: (sum > 0 && !full).then(|| cycle.next_start()),
            past,
        }
    }
}

/// Whether the fine of a penalty is overdue after a day, as far as payments up to `known` tell. A fine that is due on the last day of a
/// cycle and not paid on it is overdue when the next one begins.
fn overdue_unpaid(entry: &PointsEntry, after: Date, known: Date) -> bool {
    entry.fine_due_on.is_some_and(|due| due <= after) && entry.fine_paid_on.is_none_or(|paid| paid > known)
}
