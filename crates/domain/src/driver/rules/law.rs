//! Which clause answers which question on which day, and with what number: `data/driver/law.csv` over `data/driver/clauses.toml`.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::super::points;
use crate::clause::{Clause, Clauses};
use crate::table::{self, TableError};

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)+) => {
        /// A question the law answers, perhaps with a number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Topic { $($(#[$doc])* $variant,)+ }

        impl Topic {
            /// Every topic.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in `law.csv`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

topics! {
    /// Days before the end of the validity in which it can be renewed.
    WindowDays = "window_days";
    /// 6 clean years give 10, 10 clean years give a long-term licence.
    LongerTerm = "longer_term";
    /// Years of a licence that is not entitled to a longer term.
    OrdinaryTermYears = "ordinary_term_years";
    /// No driving past the validity.
    Expired = "expired";
    /// Years past the validity after which the licence is cancelled.
    LapseYears = "lapse_years";
    /// Years after that cancellation in which it can be restored.
    LapseRestoreYears = "lapse_restore_years";
    /// The age from which a certificate is due every cycle.
    MedicalAge = "medical_age";
    /// Every how many cycles a holder of C5 submits one.
    MedicalC5Cycles = "medical_c5_cycles";
    /// Days after the end of the cycle in which it is submitted.
    MedicalDays = "medical_days";
    /// Years after the end of the cycle after which the licence is cancelled.
    MedicalCancelYears = "medical_cancel_years";
    /// Years past the validity within which a certificate still restores it.
    MedicalRestoreYears = "medical_restore_years";
    /// Months a certificate is valid.
    CertificateMonths = "certificate_months";
    /// Days after a cycle with points in which holders of heavy classes are reviewed.
    ReviewDays = "review_days";
    /// The same for the others after a fatal accident.
    ReviewAccidentDays = "review_accident_days";
    /// The age from which a responsible accident with serious injury leads to a review.
    ReviewOldAge = "review_old_age";
    /// Hours of study at such a review.
    ReviewStudyHours = "review_study_hours";
    /// The age from which heavy classes may not be driven.
    HeavyAge = "heavy_age";
    /// The age from which C3, C4, C6, D and E may not be driven.
    LightAge = "light_age";
    /// Days to exchange the licence after the office's notice.
    ExchangeDays = "exchange_days";
    /// The longest extension of heavy classes, in years.
    ExtensionYears = "extension_years";
    /// Heavy classes lost at 60 before 2025 can be asked back.
    RestoreHeavy = "restore_heavy";
    /// The age from which a licence with M, N or P only is cancelled.
    CancelHeavyAge = "cancel_heavy_age";
    /// The age from which a licence with C3 or C4 only is cancelled.
    CancelLightAge = "cancel_light_age";
    /// Months of the practice period.
    PracticeMonths = "practice_months";
    /// 1 when every added class begins one, 0 when only the first car and the first motorcycle class do.
    PracticeEveryClass = "practice_every_class";
    /// What is forbidden in it.
    PracticeLimits = "practice_limits";
    /// Points for offences within it that cancel the class.
    PracticeCancelPoints = "practice_cancel_points";
    /// The longest deferral, in years.
    DeferralYears = "deferral_years";
    /// Years past the validity in which it can still be applied for.
    DeferralAfterExpiryYears = "deferral_after_expiry_years";
    /// Which classes can be obtained first.
    FirstClass = "first_class";
    /// Which classes can be added.
    AddedClass = "added_class";
    /// Clean cycles before adding any class, beside the running one.
    AddedClean = "added_clean";
    /// Clean cycles of a student who adds A1 or A2.
    StudentAdds = "student_adds";
    /// The electronic licence.
    Electronic = "electronic";
    /// The points cycle.
    PointsCycle = "points_cycle";
    /// 12 points in a cycle.
    PointsFull = "points_full";
}

/// The oldest day anything is answered for: the Road Traffic Safety Law and its Regulation came into force on it.
pub const FIRST_DAY: Date = jiff::civil::date(2004, 5, 1);

/// The last day anything is answered for; far enough for anybody and near enough for every loop to end.
pub const LAST_DAY: Date = jiff::civil::date(2199, 12, 31);

/// The law on one topic on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Law {
    /// The clause.
    pub clause: &'static Clause,
    /// Its number, 0 when it has none.
    pub value: i32,
    /// The first day this row answers; `None` = it is the oldest one known.
    pub from: Option<Date>,
    /// The last day this row answers.
    pub to: Option<Date>,
}

struct Row {
    topic: Topic,
    from: Option<Date>,
    to: Option<Date>,
    value: i32,
    clause: &'static Clause,
}

static CLAUSES: LazyLock<Clauses> = LazyLock::new(|| {
    Clauses::read("driver/clauses.toml", include_str!("../../../data/driver/clauses.toml"))
        .expect("the embedded clauses are checked by a test")
});

static LAW: LazyLock<Vec<(Topic, Law)>> = LazyLock::new(|| {
    read(include_str!("../../../data/driver/law.csv"))
        .expect("the embedded table is checked by a test")
        .into_iter()
        .map(|row| (row.topic, Law { clause: row.clause, value: row.value, from: row.from, to: row.to }))
        .collect()
});

/// Every clause about licences.
pub fn clauses() -> &'static [Clause] {
    CLAUSES.all()
}

/// The clause of an id, e.g. `R162 Art.63`, or `R163 Art.3` from the clauses about points.
pub fn clause(id: &str) -> Option<&'static Clause> {
    CLAUSES.get(id).or_else(|| points::clause(id))
}

/// The law on a topic on a day; `None` before its first row.
pub fn find_law(topic: Topic, day: Date) -> Option<Law> {
    rows_of(topic).find(|law| law.from.is_none_or(|from| from <= day) && law.to.is_none_or(|to| day <= to))
}

/// The law on a topic whose rows reach back to the beginning.
pub(crate) fn law(topic: Topic, day: Date) -> Law {
    find_law(topic, day)
        .expect("read() checks that the rows of a topic leave no gap, and a test which topics begin at once")
}

/// The rows of a topic, oldest first.
pub(super) fn rows_of(topic: Topic) -> impl Iterator<Item = Law> {
    LAW.iter().filter(move |(t, _)| *t == topic).map(|(_, law)| *law)
}

/// Reads and checks `law.csv`: every topic has rows, they follow one another without gap, and every clause exists and is in force on all
/// days of its row, except on days before the oldest row known.
fn read(text: &str) -> Result<Vec<Row>, TableError> {
    let mut last: Vec<(Topic, Option<Date>)> = Vec::new();
    let rows = table::rows("driver/law", text, b',', |row| {
        let code = row.some("topic")?;
        let topic = Topic::ALL.iter().copied().find(|t| t.code() == code);
        let topic = topic.ok_or_else(|| row.wrong(format!("topic: {code:?} is not known")))?;
        let (from, to): (Option<Date>, Option<Date>) =
            (row.parse_optional("in_force_from")?, row.parse_optional("in_force_to")?);
        match last.iter_mut().find(|(t, _)| *t == topic) {
            None => last.push((topic, to)),
            Some((_, end)) => {
                if end.and_then(|end| end.tomorrow().ok()) != from || from.is_none() {
                    return Err(row.wrong("the row does not begin on the day after the one before of its topic"));
                }
                *end = to;
            }
        }
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err(row.wrong("the row ends before it begins"));
        }
        let id = row.some("clause")?;
        let clause = clause(id).ok_or_else(|| row.wrong(format!("clause: {id:?} is not defined")))?;
        let begins = from.is_none_or(|from| clause.in_force_from <= from);
        let ends = clause.in_force_to.is_none_or(|end| to.is_some_and(|to| to <= end));
        if !begins || !ends {
            return Err(row.wrong(format!("the row applies on days on which {id:?} is not in force")));
        }
        if !matches!(row.some("confidence")?, "H" | "M" | "L") {
            return Err(row.wrong("confidence: one of H, M, L"));
        }
        Ok(Row { topic, from, to, value: row.parse_optional("value")?.unwrap_or(0), clause })
    })?;
    for topic in Topic::ALL {
        match last.iter().find(|(t, _)| t == topic) {
            Some((_, None)) => {}
            _ => {
                let problem = format!("topic {}: no row, or the last one ends", topic.code());
                return Err(TableError { table: "driver/law", line: 0, problem });
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TABLE: &str = include_str!("../../../data/driver/law.csv");

    #[test]
    fn the_embedded_table_loads_and_most_topics_reach_back() {
        read(TABLE).map(|rows| assert!(rows.len() > 50)).expect("loads");
        // law() is only asked about these.
        for topic in Topic::ALL {
            let later = matches!(
                topic,
                Topic::ReviewAccidentDays
                    | Topic::ReviewOldAge
                    | Topic::ReviewStudyHours
                    | Topic::ExtensionYears
                    | Topic::RestoreHeavy
                    | Topic::PracticeLimits
                    | Topic::PracticeCancelPoints
                    | Topic::FirstClass
                    | Topic::AddedClass
                    | Topic::AddedClean
                    | Topic::StudentAdds
                    | Topic::Electronic
            );
            assert_eq!(find_law(*topic, FIRST_DAY).is_none(), later, "{topic:?}");
            assert!(find_law(*topic, LAST_DAY).is_some(), "{topic:?}");
        }
    }

    #[test]
    fn the_rule_changes_on_its_day() {
        for (topic, day, value, id) in [
            (Topic::HeavyAge, date(2024, 12, 31), 60, "R162 Art.65 par.1"),
            (Topic::HeavyAge, date(2025, 1, 1), 63, "R172 Art.65 par.1"),
            (Topic::MedicalAge, date(2016, 3, 31), 60, "R123 medical 60"),
            (Topic::MedicalAge, date(2016, 4, 1), 70, "R139 medical 70"),
            (Topic::MedicalAge, date(2022, 4, 1), 70, "R162 Art.74 par.1"),
            (Topic::WindowDays, date(2022, 3, 31), 90, "R123 renewal"),
            (Topic::WindowDays, date(2022, 4, 1), 90, "R162 Art.63"),
        ] {
            let law = law(topic, day);
            assert_eq!((law.value, law.clause.id.as_str()), (value, id), "{topic:?} on {day}");
        }
        assert_eq!(find_law(Topic::ExtensionYears, date(2024, 12, 31)), None);
    }

    #[test]
    fn broken_tables_are_refused() {
        for (from, to, why) in [
            ("window_days,2022-04-01", "window_days,2022-04-02", "day after"),
            ("heavy_age,2025-01-01,,63", "heavy_age,2025-01-01,2024-01-01,63", "ends before"),
            ("2025-01-01,,63,R172 Art.65 par.1", "2025-01-01,,63,R162 Art.65 par.1", "not in force"),
            ("H\nlonger_term,,", "X\nlonger_term,,", "confidence"),
            ("electronic,2022-04-01,,,R162 Art.61,H", "", "electronic: no row"),
            ("electronic,", "electricity,", "not known"),
            ("R162 Art.61", "R162 Art.999", "not defined"),
        ] {
            assert!(TABLE.contains(from), "{from}");
            let error = read(&TABLE.replacen(from, to, 1)).err().expect(from).to_string();
            assert!(error.contains(why), "{from}: {error}");
        }
    }
}
