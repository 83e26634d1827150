//! What applies at the roadside: what an officer is told when a mark or a licence was shown, or nothing was.
//!
//! The answers are data: an ordered list of rows with conditions, words, steps and a clause (`data/roadside/advice.toml`). The first row whose conditions
//! all hold, and whose clause is in force on the day, is the answer. A reader without network goes through the same rows with what it knows; a
//! condition about something that is not known does not hold, so that not knowing never turns into an offence.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clause::{Clause, Clauses};
use crate::driver::{LicenceStatus, StateLetter};
use crate::text::Text;
use crate::vehicle::YearMonth;
use crate::vehicle::status::{StatusLetter, StatusSet};

mod procedure;
#[cfg(test)]
mod tests;

pub use procedure::{Procedure, procedures};

/// The largest document that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// The word for having been shown nothing.
pub const NOTHING: &str = "nothing";
/// The word for a code that was found valid. Other codes are named by the reason of their verdict.
pub const VALID: &str = "valid";

/// Words that may stand in `shown`: these two, and the reasons of verdicts (`product.md`, the same everywhere).
pub const SHOWN: [&str; 21] = [
    NOTHING,
    VALID,
    "too_large",
    "truncated",
    "not_a_credential",
    "unsupported_version",
    "trust_list_expired",
    "unknown_issuer",
    "bad_signature",
    "malformed",
    "clock_wrong",
    "not_yet_valid",
    "replayed",
    "expired",
    "status_unavailable",
    "revoked",
    "suspended",
    "superseded",
    "wrong_subject",
    "state_red",
    "status_stale",
];

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

words! {
    /// What it is about.
    About {
        /// A vehicle and its inspection mark.
        Mark = "mark",
        /// A driver and the licence.
        Licence = "licence",
    }
}

words! {
    /// What applies.
    AdviceState {
        /// Nothing to object to.
        InOrder = "in_order",
        /// No mark was shown, or one that does not count, and that is no offence.
        NotShownNoOffence = "not_shown_no_offence",
        /// The inspection is overdue.
        Overdue = "overdue",
        /// The mark does not count now: the vehicle is out of the register, sealed, or the mark was suspended or revoked.
        Withdrawn = "withdrawn",
        /// The vehicle counts as stolen.
        Stolen = "stolen",
        /// What was shown is genuine and belongs to another vehicle or person.
        WrongVehicle = "wrong_vehicle",
        /// With this licence nobody may drive now.
        LicenceNotUsable = "licence_not_usable",
        /// The licence is in order and was not shown: the duty to carry it remains.
        NotCarried = "not_carried",
        /// Nothing reliable is known; nobody's offence.
        CannotTell = "cannot_tell",
    }
}

words! {
    /// How a vehicle's mark stands.
    MarkSeen {
        /// There is none.
        None = "none",
        /// It counts.
        Current = "current",
        /// Suspended.
        Suspended = "suspended",
        /// Revoked.
        Revoked = "revoked",
    }
}

/// What is known when the question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<'a> {
    /// What it is about.
    pub about: About,
    /// One of [`SHOWN`].
    pub shown: &'a str,
    /// State letters of the vehicle or the licence, `A` when normal; `None` when they are not known.
    pub letters: Option<&'a str>,
    /// Whether the vehicle is past its validity; `None` when that is not known.
    pub overdue: Option<bool>,
    /// The vehicle's mark; `None` when that is not known.
    pub mark: Option<MarkSeen>,
}

/// One row: conditions and what is said when they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The row's stable word.
    pub code: String,
    /// What applies.
    pub state: AdviceState,
    /// What it is about.
    pub about: About,
    /// Words of which what was shown must be one; `None`: anything.
    pub shown: Option<Vec<String>>,
    /// Letters of which one must be set; `None`: whatever they are.
    pub letters: Option<String>,
    /// Whether it must be past its validity or not.
    pub overdue: Option<bool>,
    /// What the mark must be; `None`: whatever it is.
    pub mark: Option<Vec<MarkSeen>>,
    /// In a few words.
    pub title: Text,
    /// In a sentence or two.
    pub text: Text,
    /// The clause behind it.
    pub clause: Option<Clause>,
    /// What to do, in this order.
    pub steps: Vec<Text>,
}

impl Advice {
    /// Whether the row holds for what is known, and its clause on that day.
    fn holds(&self, seen: &Seen<'_>, on: Date) -> bool {
        let letters =
            |wanted: &String| seen.letters.is_some_and(|set| set.chars().any(|letter| wanted.contains(letter)));
        self.about == seen.about
            && self.shown.as_ref().is_none_or(|words| words.iter().any(|word| word == seen.shown))
            && self.letters.as_ref().is_none_or(letters)
            && self.overdue.is_none_or(|wanted| seen.overdue == Some(wanted))
            && self.mark.as_ref().is_none_or(|marks| seen.mark.is_some_and(|mark| marks.contains(&mark)))
            && self.clause.as_ref().is_none_or(|clause| in_force(clause, on))
    }

    fn is_last(&self) -> bool {
        let Self { shown, letters, overdue, mark, clause, .. } = self;
        shown.is_none() && letters.is_none() && overdue.is_none() && mark.is_none() && clause.is_none()
    }
}

/// Whether a clause is in force on a day.
pub(crate) fn in_force(clause: &Clause, on: Date) -> bool {
    clause.in_force_from <= on && clause.in_force_to.is_none_or(|to| on <= to)
}

/// Whether a vehicle is past its validity on a day: by the month in the register, whose last day still counts; without one by the letter Q.
pub fn overdue(valid_until: Option<YearMonth>, status: StatusSet, on: Date) -> Option<bool> {
    match valid_until {
        Some(month) => Some(month.last_day() < on),
        None => status.has('Q').then_some(true),
    }
}

/// The first day on which a vehicle is overdue.
pub fn overdue_since(valid_until: YearMonth) -> Date {
    valid_until.add_months(1).first_day()
}

/// What applies on a day.
///
/// # Panics
/// Never: the embedded rows end with one that always holds, and a test makes sure of it.
pub fn advise(seen: &Seen<'_>, on: Date) -> &'static Advice {
    advice().iter().find(|row| row.holds(seen, on)).expect("the last row of each subject has no conditions")
}

/// The rows in their order, for readers without network.
pub fn advice() -> &'static [Advice] {
    &ADVICE
}

static CLAUSES: LazyLock<Clauses> = LazyLock::new(|| {
    Clauses::read("roadside/clauses.toml", include_str!("../../data/roadside/clauses.toml"))
        .expect("the embedded clauses are checked by a test")
});

static ADVICE: LazyLock<Vec<Advice>> = LazyLock::new(|| {
    load(include_str!("../../data/roadside/advice.toml"), &CLAUSES).expect("the embedded rows are checked by a test")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    advice: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    state: AdviceState,
    about: About,
    shown: Option<Vec<String>>,
    letters: Option<String>,
    overdue: Option<bool>,
    mark: Option<Vec<MarkSeen>>,
    clause: Option<String>,
    title_zh: String,
    title_en: String,
    text_zh: String,
    text_en: String,
    steps: Vec<(String, String)>,
}

fn clause_of(id: Option<&String>, clauses: &Clauses) -> Result<Option<Clause>, String> {
    id.map(|id| clauses.get(id).cloned().ok_or_else(|| format!("there is no clause {id:?}"))).transpose()
}

fn steps_of(steps: Vec<(String, String)>) -> Result<Vec<Text>, String> {
    if steps.iter().any(|(zh, en)| zh.trim().is_empty() || en.trim().is_empty()) {
        return Err("a step is empty".into());
    }
    Ok(steps.into_iter().map(|(zh, en)| Text::made(zh, en)).collect())
}

fn is_letter(about: About, letter: char) -> bool {
    match about {
        About::Mark => letter == 'A' || StatusLetter::new(letter).is_some(),
        About::Licence => StateLetter::from_char(letter).is_some(),
    }
}

/// Reads the rows. Unknown words or letters, a word given twice, a missing clause, or no last row for a subject are errors.
fn load(text: &str, clauses: &Clauses) -> Result<Vec<Advice>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("larger than {MAX_BYTES} bytes"));
    }
    let document: Document = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut rows: Vec<Advice> = Vec::with_capacity(document.advice.len());
    for row in document.advice {
        let code = row.code.clone();
        let wrong = |problem: String| format!("{code}: {problem}");
        if rows.iter().any(|known| known.code == row.code) {
            return Err(wrong("given twice".into()));
        }
        if let Some(word) = row.shown.iter().flatten().find(|word| !SHOWN.contains(&word.as_str())) {
            return Err(wrong(format!("{word:?} is nothing that can be shown")));
        }
        if row.letters.as_ref().is_some_and(|set| set.is_empty() || !set.chars().all(|c| is_letter(row.about, c))) {
            return Err(wrong("letters that there are not".into()));
        }
        if [&row.code, &row.title_zh, &row.title_en, &row.text_zh, &row.text_en].iter().any(|t| t.trim().is_empty()) {
            return Err(wrong("an empty text".into()));
        }
        rows.push(Advice {
            state: row.state,
            about: row.about,
            shown: row.shown,
            letters: row.letters,
            overdue: row.overdue,
            mark: row.mark,
            title: Text::made(row.title_zh, row.title_en),
            text: Text::made(row.text_zh, row.text_en),
            clause: clause_of(row.clause.as_ref(), clauses).map_err(&wrong)?,
            steps: steps_of(row.steps).map_err(&wrong)?,
            code: row.code,
        });
    }
    for about in About::ALL {
        if !rows.iter().rfind(|row| row.about == *about).is_some_and(Advice::is_last) {
            return Err(format!("{}: the last row has conditions", about.code()));
        }
    }
    Ok(rows)
}

/// The text of a licence's letters, as [`Seen::letters`] wants them.
pub fn licence_letters(status: LicenceStatus) -> String {
    status.to_string()
}
