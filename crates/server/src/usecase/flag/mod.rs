//! Flags: what the watch over checks raised, shown to staff, and what they found.

mod words;

use super::error::{Kind, UseError, Used};
use super::journal;
use super::session::Session;
use super::view::Text;
use super::watch::{COPIED_CODE, CopiedDetail, EnumerationDetail, Sort};
use crate::app::App;
use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use luzheng_store::Tx;
use luzheng_store::flag::{Flag, Settled};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use words::{copied, enumerated, sighting, sort_text};

/// Flags on a page.
const PAGE: u32 = 50;
/// Longest note, in characters.
const MAX_NOTE: usize = 500;

/// What staff found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The code is copied; what follows is a step of its own (suspend, revoke, tell the owner).
    Copied,
    /// There is nothing in it.
    Nothing,
    /// Somebody else goes on with it.
    HandedOn,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Copied, Self::Nothing, Self::HandedOn];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Copied => "copied",
            Self::Nothing => "nothing",
            Self::HandedOn => "handed_on",
        }
    }

    /// In words.
    pub fn text(self) -> Text {
        match self {
            Self::Copied => Text::new("确认被复制或滥用", "Copied or misused"),
            Self::Nothing => Text::new("未发现问题", "Nothing in it"),
            Self::HandedOn => Text::new("已移交处理", "Handed on"),
        }
    }

    /// The outcome of a word.
    ///
    /// # Errors
    /// `unknown_outcome`.
    pub fn parse(code: &str) -> Used<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code).ok_or_else(|| {
            let known = Self::ALL.map(Self::code).join(", ");
            UseError::invalid("unknown_outcome", format!("“{code}” is no outcome; outcome is one of {known}"))
        })
    }
}

/// A check that is part of a flag.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagSighting {
    /// Roughly where: `31.3,120.6` (tenths of a degree) or a division's code.
    pub place: String,
    /// The same in words.
    pub place_text: Text,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// By what sort of checker.
    pub by: Text,
}

/// The credential that a flag is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagCredential {
    /// The credential, to be looked up with a purpose.
    pub id: Uuid,
    /// `inspection_mark` or `driving_licence`.
    pub kind: String,
    /// The plate of a mark. Of a licence nothing stands here: it is looked up.
    pub plate: Option<String>,
}

/// Who asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagCaller {
    /// `anyone`, `citizen`, `officer` or `partner`.
    pub sort: String,
    /// In words: an officer's number, a partner's name.
    pub text: Text,
    /// The account, officer or client. A network address is never kept.
    pub id: Option<Uuid>,
}

/// How a flag was settled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagOutcome {
    /// `copied`, `nothing` or `handed_on`.
    pub outcome: String,
    /// In words.
    pub text: Text,
    /// In own words.
    pub note: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whether the person who asks settled it.
    pub by_me: bool,
}

/// A flag.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagView {
    /// Its id.
    pub id: Uuid,
    /// `copied_code` or `enumeration`.
    pub kind: String,
    /// What it is, in words.
    pub title: Text,
    /// `live_elsewhere`, `distant_places`, `many_checkers`, `in_a_row`, `many_misses` or `too_many`.
    pub rule: String,
    /// Why it was raised, in words.
    pub why: Text,
    /// When it was raised first.
    #[schema(value_type = String, format = DateTime)]
    pub raised_at: Timestamp,
    /// When it was raised last.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// How often.
    pub times: u32,
    /// The credential, when it is about a code.
    pub credential: Option<FlagCredential>,
    /// Where and when the code was checked, newest last.
    pub sightings: Vec<FlagSighting>,
    /// By about how many checkers.
    pub checkers: Option<u32>,
    /// Who asked, when it is about look-ups.
    pub caller: Option<FlagCaller>,
    /// Look-ups in the window, those that found nothing, those next to another.
    pub look_ups: Option<[u32; 3]>,
    /// What to do, step by step.
    pub steps: Vec<Text>,
    /// How it was settled, unless it is open.
    pub settled: Option<FlagOutcome>,
}

/// A page of flags.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagPage {
    /// Newest first.
    pub items: Vec<FlagView>,
    /// How many are open in all.
    pub open: u64,
    /// What the next page follows, when there is one.
    pub next: Option<Uuid>,
}

/// Open or settled flags, newest first.
///
/// # Errors
/// The store.
pub async fn list(app: &App, session: &Session, open: bool, before: Option<Uuid>) -> Used<FlagPage> {
    let mut tx = app.store.read().await?;
    let rows = tx.flags(open, before, PAGE).await?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|flag| flag.id);
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(view(&mut tx, row, session).await?);
    }
    Ok(FlagPage { items, open: tx.open_flags().await?, next })
}

/// Settles an open flag. Saying the same again changes nothing.
///
/// # Errors
/// `note_too_long`; `not_found`; `settled_before` when it was settled otherwise or by somebody else; the store.
pub async fn settle(app: &App, session: &Session, id: Uuid, outcome: Outcome, note: Option<&str>) -> Used<FlagView> {
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(UseError::invalid("note_too_long", format!("a note has at most {MAX_NOTE} characters")));
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let flag = tx.lock_flag(id).await?.ok_or_else(|| UseError::not_found("flag"))?;
    if let Some(before) = &flag.settled {
        if before.by == session.person && before.outcome == outcome.code() && before.note.as_deref() == note {
            return view(&mut tx, flag, session).await;
        }
        return Err(UseError::new(Kind::Conflict, "settled_before", "this flag was settled already"));
    }
    let settled =
        Settled { at: now, outcome: outcome.code().into(), note: note.map(str::to_owned), by: session.person };
    tx.settle_flag(id, Some(&settled)).await?;
    let detail = serde_json::json!({"flag": id, "outcome": outcome.code()});
    let subject = flag.credential.map(|(subject, _)| subject);
    journal::note(&mut tx, now, &session.actor(), "flag.settled", subject, &detail).await?;
    let shown = view(&mut tx, Flag { settled: Some(settled), ..flag }, session).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Opens a settled flag again: what was decided can always be looked at anew.
///
/// # Errors
/// `not_found`; `open_again` when the same was raised anew and is open; the store.
pub async fn reopen(app: &App, session: &Session, id: Uuid) -> Used<FlagView> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let flag = tx.lock_flag(id).await?.ok_or_else(|| UseError::not_found("flag"))?;
    if flag.settled.is_some() {
        if tx.open_flag(flag.dedupe).await?.is_some() {
            let why = "the same was raised again since and is open; settle that one";
            return Err(UseError::new(Kind::Conflict, "open_again", why));
        }
        tx.settle_flag(id, None).await?;
        let detail = serde_json::json!({"flag": id});
        let subject = flag.credential.map(|(subject, _)| subject);
        journal::note(&mut tx, now, &session.actor(), "flag.reopened", subject, &detail).await?;
    }
    let shown = view(&mut tx, Flag { settled: None, ..flag }, session).await?;
    tx.commit().await?;
    Ok(shown)
}

async fn view(tx: &mut Tx, flag: Flag, session: &Session) -> Used<FlagView> {
    let broken = |e: serde_json::Error| UseError::broken("broken_flag", format!("flag {}: {e}", flag.id));
    let mut shown = FlagView {
        id: flag.id,
        kind: flag.kind.clone(),
        title: Text::new("", ""),
        rule: String::new(),
        why: Text::new("", ""),
        raised_at: flag.raised_at,
        last_at: flag.last_at,
        times: flag.times,
        credential: None,
        sightings: Vec::new(),
        checkers: None,
        caller: None,
        look_ups: None,
        steps: Vec::new(),
        settled: flag.settled.as_ref().map(|settled| outcome(settled, session)),
    };
    if flag.kind == COPIED_CODE {
        let detail: CopiedDetail = serde_json::from_str(&flag.detail).map_err(broken)?;
        let live = if detail.live { ("动态码", "A live code") } else { ("静态码", "A static code") };
        shown.title = Text::new(format!("{}疑似被复制", live.0), format!("{} may be copied", live.1));
        (shown.rule, shown.why, shown.steps) = copied(detail.rule);
        shown.sightings = detail.sightings.iter().map(sighting).collect();
        shown.checkers = Some(detail.checkers);
        shown.credential = credential(tx, &flag, detail.of).await?;
    } else {
        let detail: EnumerationDetail = serde_json::from_str(&flag.detail).map_err(broken)?;
        shown.title = Text::new("疑似批量试查号牌", "Plates may be gone through one by one");
        (shown.rule, shown.why, shown.steps) = enumerated(detail.rule);
        shown.look_ups = Some([detail.looks, detail.misses, detail.neighbours]);
        shown.caller = match &flag.caller {
            Some((sort, id)) => Some(caller(tx, sort, *id).await?),
            None => None,
        };
    }
    Ok(shown)
}

fn outcome(settled: &Settled, session: &Session) -> FlagOutcome {
    let text = Outcome::parse(&settled.outcome).map_or_else(|_| Text::new("", ""), Outcome::text);
    FlagOutcome {
        outcome: settled.outcome.clone(),
        text,
        note: settled.note.clone(),
        at: settled.at,
        by_me: settled.by == session.person,
    }
}

async fn credential(tx: &mut Tx, flag: &Flag, of: String) -> Used<Option<FlagCredential>> {
    let Some((subject, id)) = flag.credential else { return Ok(None) };
    let found = tx.find_credential(id).await?.filter(|found| found.subject == subject);
    let plate = found.filter(|found| found.kind == CredentialKind::InspectionMark).map(|found| found.subject_name);
    Ok(Some(FlagCredential { id, kind: of, plate }))
}

async fn caller(tx: &mut Tx, sort: &str, id: Option<Uuid>) -> Used<FlagCaller> {
    let known = [Sort::Anyone, Sort::Citizen, Sort::Officer, Sort::Partner].into_iter().find(|s| s.code() == sort);
    let text = match (known, id) {
        (Some(Sort::Officer), Some(id)) => tx.find_officer(id).await?.map(|officer| {
            Text::new(format!("交通警察，警号 {}", officer.number), format!("police officer {}", officer.number))
        }),
        (Some(Sort::Partner), Some(id)) => {
            let partners = tx.partners().await?;
            partners
                .into_iter()
                .find(|partner| partner.id == id)
                .map(|partner| Text::new(partner.name, partner.name_en))
        }
        _ => None,
    };
    let text = text.or_else(|| known.map(sort_text)).unwrap_or_else(|| Text::new("", ""));
    Ok(FlagCaller { sort: sort.to_owned(), text, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_have_words() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.code()).unwrap(), outcome);
        }
        assert_eq!(Outcome::parse("revoked").unwrap_err().code, "unknown_outcome");
    }
}
