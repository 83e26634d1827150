//! What is due for a person: the timeline, the calendar file, and the daily run that tells people in time.

pub mod ics;
pub mod run;

use super::error::{Kind, UseError, Used};
use super::session::Session;
use super::view::{AboutView, ClauseView, Text};
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::citizen::relation::looked_after;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::clause::Clause;
use luzheng_domain::deadline::{Deadline, DeadlineState, StepCode, of_licence, of_vehicle};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What stands before the kind of a deadline in the kind of its notice.
const NOTICE_PREFIX: &str = "deadline_";
/// How every deadline's key begins.
const KEY_PREFIX: &str = "deadline:";
/// The most notices of one person that are looked through for what was said.
const SAID: u32 = 1_000;

/// One thing that is due.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadlineView {
    /// The same for the same deadline, whenever it is asked for.
    pub id: String,
    /// About what.
    pub about: AboutView,
    /// `inspection`, `renewal`, `medical` …
    pub kind: String,
    /// One line.
    pub title: Text,
    /// Why it is due, with the subject's own facts.
    pub why: Text,
    /// The first day on which it can be handled.
    #[schema(value_type = Option<String>, format = Date)]
    pub opens_on: Option<Date>,
    /// The last day in time.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// Days until then; negative when it has passed.
    pub days_left: i32,
    /// `upcoming`, `open` or `overdue`.
    pub state: String,
    /// What is to be done.
    pub action: Option<Text>,
    /// What follows otherwise.
    pub consequence: Option<Text>,
    /// The clause that says so.
    pub clause: ClauseView,
    /// On which days people are told, and when they were.
    pub notices: Vec<StepView>,
}

/// One day on which people are told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepView {
    /// `opens`, `days30`, `days7`, `day1` or `after`.
    pub step: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// When it was said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
}

/// The languages of a calendar file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The first of the two in a list such as `en-GB,zh;q=0.8`; Chinese when there is neither.
    pub fn wanted(list: Option<&str>) -> Self {
        let words = list.unwrap_or_default().split(',').map(|word| word.trim().to_ascii_lowercase());
        words
            .map(|word| (word.starts_with("en"), word.starts_with("zh")))
            .find(|(en, zh)| *en || *zh)
            .map_or(Self::Chinese, |(english, _)| if english { Self::English } else { Self::Chinese })
    }

    /// The language tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    fn of(self, text: &Text) -> &str {
        match self {
            Self::Chinese => &text.zh,
            Self::English => &text.en,
        }
    }
}

/// A clause as it is shown.
pub(crate) fn clause_view(clause: &Clause) -> ClauseView {
    ClauseView {
        id: clause.id.to_string(),
        title: clause.title.clone().into(),
        text: clause.text.clone().into(),
        source: clause.source.to_string(),
        in_force_from: clause.in_force_from,
    }
}

/// What deadline notices of a person were said, by key.
type Said = BTreeMap<String, Timestamp>;

fn view(about: &AboutView, deadline: &Deadline<'_>, said: &Said, today: Date) -> Option<DeadlineView> {
    let state = deadline.state(today);
    if state == DeadlineState::Past {
        return None;
    }
    let subject = about.id.to_string();
    let step = |code: StepCode, on| StepView {
        step: code.code().into(),
        on,
        sent_at: said.get(&deadline.key(&subject, code)).copied(),
    };
    Some(DeadlineView {
        id: format!("{subject}:{}:{}", deadline.kind.code(), deadline.due_on),
        about: about.clone(),
        kind: deadline.kind.code().into(),
        title: deadline.kind.title().into(),
        why: deadline.why.clone().into(),
        opens_on: deadline.opens_on,
        due_on: deadline.due_on,
        days_left: deadline.days_left(today),
        state: state.code().into(),
        action: deadline.action.clone().map(Into::into),
        consequence: deadline.consequence.clone().map(Into::into),
        clause: clause_view(deadline.clause),
        notices: deadline.steps.iter().map(|s| step(s.code, s.on)).collect(),
    })
}

/// Everything that is due for the vehicles that the signed-in person owns or manages, and for their licence; what is due first comes first.
///
/// # Errors
/// The store.
pub async fn timeline(app: &App, session: &Session) -> Used<Vec<DeadlineView>> {
    let owner = session.owner.ok_or_else(|| {
        UseError::new(Kind::Forbidden, "no_register_record", "this account is not linked to anybody in the register")
    })?;
    let today = china_date(app.clock.now());
    let mut tx = app.store.read().await?;
    let said: Said = tx.notices_said(owner, KEY_PREFIX, SAID).await?.into_iter().collect();
    let mut items = Vec::new();
    for vehicle in looked_after(&mut tx, owner).await? {
        let label = vehicle.facts.plate.number.to_string();
        let about = AboutView { kind: "vehicle".into(), id: vehicle.id, label };
        let due = of_vehicle(&vehicle.facts, app.rules, today);
        items.extend(due.iter().filter_map(|deadline| view(&about, deadline, &said, today)));
    }
    if let Some(driver) = tx.find_driver_of_owner(owner).await? {
        let about = AboutView { kind: "licence".into(), id: driver.id, label: driver.facts.classes.to_string() };
        let due = of_licence(&driver.facts, today);
        items.extend(due.iter().filter_map(|deadline| view(&about, deadline, &said, today)));
    }
    items.sort_by(|one, other| (one.due_on, &one.id).cmp(&(other.due_on, &other.id)));
    Ok(items)
}

/// The timeline as a calendar file, in one language.
///
/// # Errors
/// The store.
pub async fn calendar(app: &App, session: &Session, language: Language) -> Used<String> {
    let items = timeline(app, session).await?;
    let entries: Vec<ics::Entry> = items.iter().map(|item| entry(item, language)).collect();
    let name = language.of(&Text::new("路证：到期提醒", "Luzheng: due dates")).to_owned();
    Ok(ics::calendar(&name, language.tag(), &entries, app.clock.now()))
}

fn entry(item: &DeadlineView, language: Language) -> ics::Entry {
    let mut description = language.of(&item.why).to_owned();
    for more in [&item.action, &item.consequence].into_iter().flatten() {
        description.push('\n');
        description.push_str(language.of(more));
    }
    description.push('\n');
    description.push_str(language.of(&item.clause.title));
    let days_before =
        |step: &StepView| step.on.until(item.due_on).ok().and_then(|span| u16::try_from(span.get_days()).ok());
    ics::Entry {
        uid: format!("{}@luzheng", item.id),
        day: item.due_on,
        summary: format!("{} {}", language.of(&item.title), item.about.label),
        description,
        alarms: item.notices.iter().filter_map(days_before).collect(),
    }
}

/// What is stored of a deadline's notice: its words, made on the day they were said. Dates, plates and classes; nothing that names a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Params {
    step: StepCode,
    due_on: Date,
    title: Text,
    body: Text,
    /// What is due; absent in notices of before there was this.
    #[serde(default)]
    about: Option<AboutView>,
}

/// Title and body of a deadline's notice; `None` for a notice of another sort.
pub(crate) fn words(kind: &str, params: &str) -> Option<(Text, Text)> {
    kind.strip_prefix(NOTICE_PREFIX)?;
    let params: Params = serde_json::from_str(params).ok()?;
    Some((params.title, params.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_we_speak_is_taken() {
        for (list, language) in [
            (None, Language::Chinese),
            (Some("en"), Language::English),
            (Some("en-GB,zh;q=0.8"), Language::English),
            (Some("fr, zh-TW, en"), Language::Chinese),
            (Some("fr"), Language::Chinese),
            (Some(""), Language::Chinese),
        ] {
            assert_eq!(Language::wanted(list), language, "{list:?}");
        }
    }
}
