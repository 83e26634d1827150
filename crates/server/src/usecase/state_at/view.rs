//! Questions and answers as partners send and get them.

use super::{Answered, Differs, Stood};
use crate::usecase::error::{UseError, Used};
use crate::usecase::view::Text;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::vehicle::at::mark::MarkStanding;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest id of an item, in characters.
pub const MAX_ID: usize = 64;

/// One question.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StateQuestion)]
pub struct Asked {
    /// The partner's own id of it; given back.
    pub id: Option<String>,
    /// The plate as it was then.
    pub plate_number: String,
    /// Its kind (GA/T 16.7).
    pub plate_type: String,
    /// The moment; not in the future.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// As known when, for `as_known_then`; not given: at that moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub known_at: Option<Timestamp>,
}

/// Questions, 1 to 1,000.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StateQuestions)]
pub struct Questions {
    /// The questions.
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Vec<Asked>,
    /// What for: the code of a purpose.
    pub purpose: Option<String>,
}

/// The mark that had begun last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StateMark)]
pub struct MarkView {
    /// `current`, `suspended` or `ended`.
    pub state: String,
    /// Why it was suspended or over: a code.
    pub reason: Option<String>,
    /// The validity that it names, e.g. `2027-05`.
    pub valid_until: String,
}

/// Compulsory insurance as it was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StateInsurance)]
pub struct InsuranceView {
    /// The last insured day.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
    /// Whether that day was not over.
    pub ran: bool,
}

/// A state letter with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StateLetter)]
pub struct LetterView {
    /// The letter (GA/T 16.17).
    pub letter: String,
    /// Its name.
    pub name: Text,
}

/// How the vehicle stood that carried the plate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StateAt)]
pub struct StateView {
    /// Whether a vehicle was known to carry the plate. Everything else is null when not.
    pub known: bool,
    /// Whether it was in inspection validity.
    pub in_validity: Option<bool>,
    /// The validity, e.g. `2027-05`: to the end of that month, China time.
    pub valid_until: Option<String>,
    /// State letters; empty: normal.
    pub status: Option<Vec<LetterView>>,
    /// The mark.
    pub mark: Option<MarkView>,
    /// Insurance, when any was known.
    pub insurance: Option<InsuranceView>,
    /// Whether the vehicle that carries the plate now is that one; null when nobody carries it now.
    pub same_vehicle: Option<bool>,
}

/// That the answer changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StateChange)]
pub struct ChangeView {
    /// When it became known here.
    #[schema(value_type = String, format = DateTime)]
    pub known_at: Timestamp,
    /// What.
    pub what: Text,
}

/// Why an item has no answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StateItemError)]
pub struct ItemError {
    /// `bad_item`, `in_the_future` or `outside_region`.
    pub code: String,
    /// In a sentence.
    pub detail: String,
}

/// One answer, or why there is none.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StateAnswer)]
pub struct ItemView {
    /// The partner's own id.
    pub id: Option<String>,
    /// As known at that moment, or at `known_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_known_then: Option<StateView>,
    /// As known now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_known_now: Option<StateView>,
    /// Whether they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    /// When the answer changed in between, oldest first, at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeView>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
}

/// Answers in the order of the questions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StateAnswers)]
pub struct Answers {
    /// The answers.
    pub items: Vec<ItemView>,
    /// When "now" was.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
}

impl Differs {
    /// The words for people.
    pub fn text(self) -> Text {
        match self {
            Self::Vehicle => Text::new("当时使用该号牌的机动车", "which vehicle carried the plate"),
            Self::Validity => Text::new("检验有效期", "the inspection validity"),
            Self::Status => Text::new("机动车状态", "the state of the vehicle"),
            Self::Mark => Text::new("检验标志", "the inspection mark"),
            Self::Insurance => Text::new("交强险", "compulsory insurance"),
        }
    }
}

/// Refuses an id that is too long.
///
/// # Errors
/// `bad_item`.
pub fn checked_id(id: Option<&str>) -> Used<()> {
    match id {
        Some(id) if id.chars().count() > MAX_ID => {
            Err(UseError::invalid("bad_item", format!("`id` has more than {MAX_ID} characters")))
        }
        _ => Ok(()),
    }
}

impl StateView {
    fn of(stood: Option<&Stood>, answered: &Answered) -> Self {
        let Some(stood) = stood else {
            return Self {
                known: false,
                in_validity: None,
                valid_until: None,
                status: None,
                mark: None,
                insurance: None,
                same_vehicle: None,
            };
        };
        let mark = stood.mark.map(|mark| {
            let (state, reason) = match mark.standing {
                MarkStanding::Current => ("current", None),
                MarkStanding::Suspended(reason) => ("suspended", Some(reason)),
                MarkStanding::Ended(reason) => ("ended", Some(reason)),
            };
            let reason = reason.map(|reason| reason.code().to_owned());
            MarkView { state: state.into(), reason, valid_until: mark.valid_until.to_string() }
        });
        let letters = stood.status.iter().map(|l| LetterView { letter: l.letter().to_string(), name: l.name().into() });
        Self {
            known: true,
            in_validity: Some(stood.in_validity),
            valid_until: stood.valid_until.map(|month| month.to_string()),
            status: Some(letters.collect()),
            mark,
            insurance: stood.insurance.map(|(until, ran)| InsuranceView { until, ran }),
            same_vehicle: answered.carries_now.map(|now| now == stood.vehicle),
        }
    }
}

impl ItemView {
    /// An answer.
    pub fn answered(id: Option<String>, answered: &Answered) -> Self {
        let words = |differs: &[Differs]| {
            let join = |pick: fn(&Text) -> &String, between: &str| {
                let all: Vec<String> = differs.iter().map(|d| pick(&d.text()).clone()).collect();
                all.join(between)
            };
            Text::new(join(|text| &text.zh, "、"), join(|text| &text.en, ", "))
        };
        let changes =
            answered.changes.iter().map(|(at, differs)| ChangeView { known_at: *at, what: words(differs) }).collect();
        Self {
            id,
            as_known_then: Some(StateView::of(answered.then.as_ref(), answered)),
            as_known_now: Some(StateView::of(answered.now.as_ref(), answered)),
            changed: Some(answered.then != answered.now),
            changes,
            error: None,
        }
    }

    /// No answer.
    pub fn refused(id: Option<String>, code: &str, detail: impl Into<String>) -> Self {
        let error = Some(ItemError { code: code.into(), detail: detail.into() });
        Self { id, as_known_then: None, as_known_now: None, changed: None, changes: Vec::new(), error }
    }
}
