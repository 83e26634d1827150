//! Who may apply for a class: ages, first issue, adding a class, bars (R162 Art. 14 to 18). The rules are known from 2022-04-01 on.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::super::class::LicenceClass;
use super::super::points::Cycle;
use super::day::{days_after, reaches, years_after};
use super::facts::LicenceFacts;
use super::law::{Topic, clause, find_law};
use super::review::HEAVY;
use crate::clause::Clause;
use crate::table::{self, Row, TableError};
use crate::text::Text;

/// Whether a history shorter than the clean cycles a class asks for is enough. Art. 17 asks for the absence of a record of 12 points, not for a number
/// of cycles, so it is.
pub const FEWER_CYCLES_ARE_CLEAN: bool = true;

/// A class may be applied for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// The clause that allows it.
    pub clause: &'static Clause,
    /// Whether the tests of memory, judgement and reaction are asked for (Art. 14(2)9: from 70 on; D, E and C6 from 60 on).
    pub ability_tests: bool,
}

/// A class may not be applied for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {} ({})", why.en, clause.id)]
pub struct Refusal {
    /// The stable code.
    pub code: &'static str,
    /// Why, for people.
    pub why: Text,
    /// The first day on which this reason is gone, when time alone removes it.
    pub until: Option<Date>,
    /// The clause.
    pub clause: &'static Clause,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Refused by a clause.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// Asked about a day before the rules we know.
    #[error("the rules about applications before 2022-04-01 are not known")]
    BeforeRules,
}

/// An event of a person's past that may bar from a class, by the code of `bars.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarEvent {
    /// Which bar.
    pub bar: Bar,
    /// The day from which the years count.
    pub on: Date,
}

/// A bar: a row of `bars.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bar(usize);

struct AgeRow {
    classes: Vec<LicenceClass>,
    student: Option<bool>,
    from: Date,
    to: Option<Date>,
    age_from: i32,
    age_to: Option<i32>,
    tests_from: Option<i32>,
    clause: &'static Clause,
}

struct AddedRow {
    class: LicenceClass,
    held: Vec<LicenceClass>,
    years: i32,
    clean_cycles: u32,
    clause: &'static Clause,
}

struct BarRow {
    code: String,
    name: Text,
    heavy_only: bool,
    years: Option<i32>,
    clause: &'static Clause,
}

static AGES: LazyLock<Vec<AgeRow>> = LazyLock::new(|| {
    read_ages(include_str!("../../../data/driver/ages.csv")).expect("the embedded table is checked by a test")
});
static ADDED: LazyLock<Vec<AddedRow>> = LazyLock::new(|| {
    read_added(include_str!("../../../data/driver/added.csv")).expect("the embedded table is checked by a test")
});
static BARS: LazyLock<Vec<BarRow>> = LazyLock::new(|| {
    read_bars(include_str!("../../../data/driver/bars.csv")).expect("the embedded table is checked by a test")
});

fn class_list(row: &Row<'_>, column: &str) -> Result<Vec<LicenceClass>, TableError> {
    let one = |code: &str| LicenceClass::from_code(code).ok_or_else(|| row.wrong(format!("{column}: {code:?}")));
    row.some(column)?.split_ascii_whitespace().map(one).collect()
}

fn known_clause(row: &Row<'_>) -> Result<&'static Clause, TableError> {
    let id = row.some("clause")?;
    clause(id).ok_or_else(|| row.wrong(format!("clause: {id:?} is not defined")))
}

fn read_ages(text: &str) -> Result<Vec<AgeRow>, TableError> {
    let rows = table::rows("driver/ages", text, b',', |row| {
        let student = match row.some("student")? {
            "any" => None,
            "yes" => Some(true),
            "no" => Some(false),
            other => return Err(row.wrong(format!("student: {other:?} is none of any, yes, no"))),
        };
        Ok(AgeRow {
            classes: class_list(row, "classes")?,
            student,
            from: row.parse("in_force_from")?,
            to: row.parse_optional("in_force_to")?,
            age_from: row.parse("age_from")?,
            age_to: row.parse_optional("age_to")?,
            tests_from: row.parse_optional("tests_from")?,
            clause: known_clause(row)?,
        })
    })?;
    // Exactly one row for every class, student or not, on the first day of every row and at the end of time.
    let days: Vec<Date> = rows.iter().map(|row| row.from).chain([super::law::LAST_DAY]).collect();
    for class in LicenceClass::ALL {
        for (day, student) in days.iter().flat_map(|day| [(*day, true), (*day, false)]) {
            let fitting = rows.iter().filter(|row| row.fits(*class, student, day)).count();
            if fitting != 1 {
                let problem = format!("{fitting} rows for {class} on {day}, student: {student}");
                return Err(TableError { table: "driver/ages", line: 0, problem });
            }
        }
    }
    Ok(rows)
}

fn read_added(text: &str) -> Result<Vec<AddedRow>, TableError> {
    table::rows("driver/added", text, b',', |row| {
        Ok(AddedRow {
            class: row.parse("class")?,
            held: class_list(row, "held")?,
            years: row.parse("years")?,
            clean_cycles: row.parse("clean_cycles")?,
            clause: known_clause(row)?,
        })
    })
}

fn read_bars(text: &str) -> Result<Vec<BarRow>, TableError> {
    let mut seen: Vec<String> = Vec::new();
    table::rows("driver/bars", text, b',', |row| {
        let code = row.some("code")?.to_owned();
        if seen.contains(&code) {
            return Err(row.wrong(format!("code: {code:?} is given twice")));
        }
        seen.push(code.clone());
        let heavy_only = match row.some("classes")? {
            "any" => false,
            "heavy" => true,
            other => return Err(row.wrong(format!("classes: {other:?} is neither any nor heavy"))),
        };
        Ok(BarRow {
            code,
            name: Text::made(row.some("name_zh")?, row.some("name_en")?),
            heavy_only,
            years: row.parse_optional("years")?,
            clause: known_clause(row)?,
        })
    })
}

impl AgeRow {
    fn fits(&self, class: LicenceClass, student: bool, day: Date) -> bool {
        self.classes.contains(&class)
            && self.student.is_none_or(|s| s == student)
            && self.from <= day
            && self.to.is_none_or(|to| day <= to)
    }
}

impl Bar {
    /// The bar of a code, e.g. `annulled`.
    pub fn from_code(code: &str) -> Option<Self> {
        BARS.iter().position(|row| row.code == code).map(Self)
    }

    /// Every bar, in the order of the articles.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..BARS.len()).map(Self)
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        &BARS[self.0].code
    }

    /// The name for people.
    pub fn name(self) -> Text {
        BARS[self.0].name.clone()
    }

    /// How many years it lasts; `None` = for ever.
    pub fn years(self) -> Option<i32> {
        BARS[self.0].years
    }
}

fn refused(code: &'static str, why: Text, until: Option<Date>, clause: &'static Clause) -> EntryError {
    EntryError::Refused(Box::new(Refusal { code, why, until, clause }))
}

/// Whether the age allows a class on a day (Art. 14(1)). `student`: in full-time vocational driver training.
pub fn age(class: LicenceClass, birth_date: Date, student: bool, day: Date) -> Result<Allowed, EntryError> {
    let row = AGES.iter().find(|row| row.fits(class, student, day)).ok_or(EntryError::BeforeRules)?;
    let from = reaches(birth_date, row.age_from);
    if day < from {
        let why = Text::made(format!("未满{}周岁", row.age_from), format!("Younger than {}.", row.age_from));
        return Err(refused("too_young", why, Some(from), row.clause));
    }
    if let Some(limit) = row.age_to
        && day > last_day_of_age(birth_date, limit)
    {
        let why = Text::made(format!("超过{limit}周岁"), format!("Older than {limit}."));
        return Err(refused("too_old", why, None, row.clause));
    }
    let ability_tests = row.tests_from.is_some_and(|age| reaches(birth_date, age) <= day);
    Ok(Allowed { clause: row.clause, ability_tests })
}

/// The last day on which an upper age allows an application.
fn last_day_of_age(birth_date: Date, limit: i32) -> Date {
    if super::day::UPPER_AGE_IS_THE_BIRTHDAY {
        reaches(birth_date, limit)
    } else {
        days_after(reaches(birth_date, limit + 1), -1)
    }
}

/// Whether something in the past bars from a class on a day (Art. 15 and 18): the bar that lasts longest.
pub fn barred(class: LicenceClass, events: &[BarEvent], day: Date) -> Result<(), EntryError> {
    find_law(Topic::FirstClass, day).ok_or(EntryError::BeforeRules)?;
    let bars = events.iter().filter(|event| event.on <= day).filter_map(|event| {
        let row = &BARS[event.bar.0];
        let ends = row.years.map(|years| years_after(event.on, years));
        let applies = (!row.heavy_only || HEAVY.contains(&class)) && ends.is_none_or(|end| day < end);
        applies.then_some((ends, row))
    });
    // For ever first, then the latest end.
    match bars.max_by_key(|(ends, _)| (ends.is_none(), *ends)) {
        None => Ok(()),
        Some((ends, row)) => Err(refused("barred", row.name.clone(), ends, row.clause)),
    }
}

/// Whether a person without a licence may apply for a class (Art. 14 to 16, 18).
pub fn first(class: LicenceClass, birth_date: Date, events: &[BarEvent], day: Date) -> Result<Allowed, EntryError> {
    use LicenceClass::{A1, A2, B1, C6};
    let rule = find_law(Topic::FirstClass, day).ok_or(EntryError::BeforeRules)?;
    if matches!(class, A1 | A2 | B1 | C6) {
        let why = Text::fixed("该准驾车型不能初次申领，只能增加", "This class cannot be obtained first, only added.");
        return Err(refused("not_first", why, None, rule.clause));
    }
    barred(class, events, day)?;
    let aged = age(class, birth_date, false, day)?;
    Ok(Allowed { clause: rule.clause, ..aged })
}

/// Whether the holder of a licence may add a class on the day asked about (Art. 14 to 18). `student`: in full-time vocational driver training, with C1
/// obtained at school.
pub fn add(
    facts: &LicenceFacts,
    class: LicenceClass,
    student: bool,
    events: &[BarEvent],
) -> Result<Allowed, EntryError> {
    let day = facts.as_of;
    let rule = find_law(Topic::AddedClass, day).ok_or(EntryError::BeforeRules)?;
    if class == LicenceClass::C5 {
        let why = Text::fixed("该准驾车型不能增加", "This class cannot be added.");
        return Err(refused("not_added", why, None, rule.clause));
    }
    if facts.classes.covers(class) {
        let why = Text::fixed("已具有该准驾车型资格", "The class is held, or included in one that is.");
        return Err(refused("already_held", why, None, rule.clause));
    }
    barred(class, events, day)?;
    let aged = age(class, facts.birth_date, student, day)?;
    let general = find_law(Topic::AddedClean, day).ok_or(EntryError::BeforeRules)?;
    clean(facts, u32::try_from(general.value).unwrap_or(0), general.clause)?;
    let by_school = student && facts.covered_since(LicenceClass::C1).is_some();
    if by_school && let Some(law) = find_law(Topic::StudentAdds, day).filter(|_| is_a1_or_a2(class)) {
        return Ok(Allowed { clause: law.clause, ..aged });
    }
    let clause = experience(facts, class)?.unwrap_or(general.clause);
    Ok(Allowed { clause, ..aged })
}

fn is_a1_or_a2(class: LicenceClass) -> bool {
    matches!(class, LicenceClass::A1 | LicenceClass::A2)
}

/// The years and clean cycles that C6, B1, A2 and A1 ask for; `Ok(None)` for the other classes. The way that opens first counts.
fn experience(facts: &LicenceFacts, class: LicenceClass) -> Result<Option<&'static Clause>, EntryError> {
    let ways: Vec<&AddedRow> = ADDED.iter().filter(|row| row.class == class).collect();
    let Some(any) = ways.first() else { return Ok(None) };
    let opens = |row: &AddedRow| {
        let since = row.held.iter().filter_map(|held| facts.covered_since(*held)).min()?;
        Some(years_after(since, row.years))
    };
    let best = ways.iter().filter_map(|row| opens(row).map(|on| (on, *row))).min_by_key(|(on, _)| *on);
    let Some((on, row)) = best else {
        let why = Text::fixed("不具有要求的准驾车型", "None of the classes it asks for is held.");
        return Err(refused("class_missing", why, None, any.clause));
    };
    if facts.as_of < on {
        let why =
            Text::made(format!("准驾资格未满{}年", row.years), format!("Held for less than {} years.", row.years));
        return Err(refused("too_short", why, Some(on), row.clause));
    }
    clean(facts, row.clean_cycles, row.clause)?;
    Ok(Some(row.clause))
}

/// No 12 points in the running cycle and so many before it.
fn clean(facts: &LicenceFacts, cycles: u32, clause: &'static Clause) -> Result<(), EntryError> {
    let now = facts.cycle();
    if !FEWER_CYCLES_ARE_CLEAN && now.number <= cycles {
        let until = Cycle::nth(facts.first_issued_on, cycles + 1).start;
        let why = Text::made(format!("未满{cycles}个记分周期"), format!("Fewer than {cycles} points cycles."));
        return Err(refused("cycles_missing", why, Some(until), clause));
    }
    let oldest = now.number.saturating_sub(cycles).max(1);
    let full = (oldest..=now.number).map(|n| Cycle::nth(facts.first_issued_on, n)).rfind(|c| facts.full_in(*c));
    match full {
        None => Ok(()),
        Some(full) => {
            // The full cycle must lie further back than the clean ones.
            let until = Cycle::nth(facts.first_issued_on, full.number + cycles + 1).start;
            let why = Text::made(
                format!("{}至{}的记分周期记满12分", full.start, full.end),
                format!("12 points in the cycle {} to {}.", full.start, full.end),
            );
            Err(refused("cycle_full", why, Some(until), clause))
        }
    }
}
