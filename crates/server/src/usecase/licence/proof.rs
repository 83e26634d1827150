//! A proof for somebody far away: one named purpose, a recipient, an end; the link's token stands after its `#` and is kept as a digest only.
//! Whoever has the link sees the licence as of now, and the holder sees that it was opened.

use super::live::{self, Standing};
use super::{face_name, own_driver};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::look::{self, For, Look, Looker, Part, Way};
use crate::usecase::received_proof;
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::kind::driving_licence::LicenceTerm;
use luzheng_domain::driver::LicenceEffect;
use luzheng_store::Tx;
use luzheng_store::proof as stored;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest time a proof may be open, in hours: 30 days.
pub const MAX_HOURS: u32 = 720;
/// Most proofs of one person that are open at once.
pub const MAX_OPEN: u32 = 20;
/// How often one proof may be opened within a minute.
pub const MAX_OPENINGS_A_MINUTE: usize = 10;
/// Longest recipient, in characters.
pub const MAX_RECIPIENT: usize = 60;
/// Longest note, in characters.
pub const MAX_NOTE: usize = 200;
/// Length of a token as text: 32 bytes in hexadecimal digits.
const TOKEN_LEN: usize = 64;

/// What a proof may be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Renting a vehicle.
    Rental,
    /// Work as a driver.
    Employment,
    /// Insuring a vehicle.
    Insurance,
    /// After an accident, to the other side.
    TrafficAccident,
    /// Anything else; the note says what.
    Other,
}

impl Purpose {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Rental, Self::Employment, Self::Insurance, Self::TrafficAccident, Self::Other];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rental => "rental",
            Self::Employment => "employment",
            Self::Insurance => "insurance",
            Self::TrafficAccident => "traffic_accident",
            Self::Other => "other",
        }
    }

    /// The purpose of a word.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// The words for people.
    pub fn text(self) -> Text {
        match self {
            Self::Rental => Text::new("租赁车辆", "renting a vehicle"),
            Self::Employment => Text::new("应聘驾驶岗位", "work as a driver"),
            Self::Insurance => Text::new("办理保险", "insuring a vehicle"),
            Self::TrafficAccident => Text::new("处理交通事故", "handling a traffic accident"),
            Self::Other => Text::new("其他用途", "another purpose"),
        }
    }

    /// Whether the points belong to it: whoever employs or insures a driver may see them, a lessor or the other side of an accident need not.
    const fn shows_points(self) -> bool {
        matches!(self, Self::Employment | Self::Insurance)
    }
}

/// What a proof is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProof {
    /// For what.
    pub purpose: Purpose,
    /// For whom, in own words.
    pub recipient: String,
    /// Anything else to be remembered.
    pub note: Option<String>,
    /// For how many hours, 1 to 720.
    pub hours: u32,
}

/// One time that a proof was opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Opening {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// That a partner received a proof.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProofReceipt)]
pub struct Receipt {
    /// By whom.
    pub by: Text,
    /// For what, in words.
    pub purpose: Text,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Until when the partner may have what it showed kept here, also when the proof is over.
    #[schema(value_type = String, format = DateTime)]
    pub kept_until: Timestamp,
}

/// A proof as its holder sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Proof {
    /// The proof.
    pub id: Uuid,
    /// For what: a stable word.
    pub purpose: String,
    /// For what, in words.
    pub purpose_text: Text,
    /// For whom.
    pub recipient: String,
    /// Anything else to be remembered.
    pub note: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it can be opened.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// `open`, `expired` or `revoked`.
    pub state: String,
    /// When it was opened, the latest first.
    pub openings: Vec<Opening>,
    /// Which partners received it, the earliest first.
    pub received: Vec<Receipt>,
}

/// A proof that was just made, with its link.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProofLink {
    /// The proof.
    #[serde(flatten)]
    pub proof: Proof,
    /// The address below this site. It is told this once; the token in it is not kept.
    pub link: String,
}

/// What somebody sees who opens a proof.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProofView {
    /// For what it was made: a stable word.
    pub purpose: String,
    /// For what it was made, in words.
    pub purpose_text: Text,
    /// For whom it was made.
    pub recipient: String,
    /// The holder's name, masked.
    pub holder: String,
    /// The classes.
    pub classes: String,
    /// The last day of validity; absent for a long-term licence.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    /// `normal`, `red`, `invalid` or `withdrawn`.
    pub state: String,
    /// The state in words.
    pub state_text: Text,
    /// `black` or `red`; absent when nothing is shown.
    pub colour: Option<String>,
    /// Points in the running cycle, where the purpose asks for them.
    pub points: Option<u32>,
    /// A live code of now; absent when the licence may not be shown.
    pub code: Option<String>,
    /// As of when all this is so.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// Until when the proof can be opened.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

fn state(proof: &stored::Proof, now: Timestamp) -> &'static str {
    match proof.revoked_at {
        Some(_) => "revoked",
        None if proof.expires_at <= now => "expired",
        None => "open",
    }
}

async fn view(tx: &mut Tx, proof: stored::Proof, now: Timestamp) -> Used<Proof> {
    let received = received_proof::receipts(tx, proof.subject, proof.id).await?;
    let openings = tx.proof_openings(proof.subject, proof.id).await?;
    Ok(Proof {
        id: proof.id,
        purpose_text: purpose_of(&proof)?.text(),
        state: state(&proof, now).into(),
        purpose: proof.purpose,
        recipient: proof.recipient,
        note: proof.note,
        created_at: proof.created_at,
        expires_at: proof.expires_at,
        revoked_at: proof.revoked_at,
        openings: openings.into_iter().map(|at| Opening { at }).collect(),
        received,
    })
}

fn purpose_of(proof: &stored::Proof) -> Used<Purpose> {
    Purpose::from_code(&proof.purpose)
        .ok_or_else(|| UseError::broken("broken_row", format!("proof {} is for {:?}", proof.id, proof.purpose)))
}

/// One's own proofs, the newest first.
///
/// # Errors
/// The person is no driver; the store.
pub async fn list(app: &App, session: &Session) -> Used<Vec<Proof>> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let driver = own_driver(&mut tx, session).await?;
    let mut items = Vec::new();
    for proof in tx.proofs_of(driver.id).await? {
        items.push(view(&mut tx, proof, now).await?);
    }
    Ok(items)
}

fn text<'a>(text: &'a str, field: &str, most: usize) -> Used<&'a str> {
    let text = text.trim();
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(UseError::invalid("bad_text", format!("{field} has at most {most} characters on one line")));
    }
    Ok(text)
}

/// Makes a proof.
///
/// # Errors
/// A recipient or a time that cannot be; too many open proofs; no electronic licence; the store.
pub async fn make(app: &App, session: &Session, new: &NewProof) -> Used<ProofLink> {
    let now = app.clock.now();
    let recipient = text(&new.recipient, "recipient", MAX_RECIPIENT)?;
    let note = text(new.note.as_deref().unwrap_or_default(), "note", MAX_NOTE)?;
    if recipient.is_empty() {
        return Err(UseError::invalid("recipient_needed", "a proof names for whom it is"));
    }
    if !(1..=MAX_HOURS).contains(&new.hours) {
        return Err(UseError::invalid("bad_hours", format!("a proof is open for 1 to {MAX_HOURS} hours")));
    }
    let expires_at = now.checked_add(SignedDuration::from_hours(i64::from(new.hours))).unwrap_or(now);
    let token = chance::token();
    let mut tx = app.store.write().await?;
    let driver = own_driver(&mut tx, session).await?;
    // Locked, so that two calls at once cannot both be the last one that is allowed.
    tx.lock_driver(driver.id).await?;
    let today = china_date(now);
    live::may_be_shown(&live::shown_credential(&mut tx, &driver).await?, &Standing::of(&driver.facts, today), today)?;
    if tx.open_proof_count(driver.id, now).await? >= MAX_OPEN {
        let sentence = format!("{MAX_OPEN} proofs are open already; take one back first");
        return Err(UseError::refused("too_many_proofs", sentence));
    }
    let id = chance::new_id(now);
    tx.put_proof(&stored::NewProof {
        subject: driver.id,
        id,
        token_hash: journal::sha256(token.as_bytes()),
        purpose: new.purpose.code(),
        recipient,
        note: (!note.is_empty()).then_some(note),
        created_at: now,
        expires_at,
    })
    .await?;
    let detail = serde_json::json!({"proof": id, "purpose": new.purpose.code(), "hours": new.hours});
    journal::note(&mut tx, now, &session.actor(), "proof.made", Some(driver.id), &detail).await?;
    let proof = tx.find_proof(driver.id, id).await?.ok_or_else(|| UseError::broken("no_proof", "it is not there"))?;
    let proof = view(&mut tx, proof, now).await?;
    tx.commit().await?;
    Ok(ProofLink { proof, link: format!("/proof#{token}") })
}

/// Takes a proof back. Doing it again changes nothing.
///
/// # Errors
/// Not the person's; the store.
pub async fn revoke(app: &App, session: &Session, id: Uuid) -> Used<Proof> {
    let now = app.clock.now();
    let missing = || UseError::not_found("proof of yours");
    let mut tx = app.store.write().await?;
    let driver = own_driver(&mut tx, session).await?;
    tx.find_proof(driver.id, id).await?.ok_or_else(missing)?;
    if tx.revoke_proof(driver.id, id, now).await? {
        let detail = serde_json::json!({"proof": id});
        journal::note(&mut tx, now, &session.actor(), "proof.revoked", Some(driver.id), &detail).await?;
    }
    let proof = tx.find_proof(driver.id, id).await?.ok_or_else(missing)?;
    let proof = view(&mut tx, proof, now).await?;
    tx.commit().await?;
    Ok(proof)
}

fn missing() -> UseError {
    UseError::new(Kind::NotFound, "no_proof", "there is no such proof")
}

/// What a token is found by.
fn hash(token: &str) -> Used<[u8; 32]> {
    if token.len() != TOKEN_LEN || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(missing());
    }
    Ok(journal::sha256(token.as_bytes()))
}

/// The proof of a token, also one that is over.
///
/// # Errors
/// `no_proof`; the store.
pub(crate) async fn of_token(tx: &mut Tx, token: &str) -> Used<stored::Proof> {
    tx.find_proof_by_token(hash(token)?).await?.ok_or_else(missing)
}

/// Whether a proof can be opened: `open`, `expired` or `revoked`.
pub(crate) fn state_of(proof: &stored::Proof, now: Timestamp) -> &'static str {
    state(proof, now)
}

/// The proof of a token, if it can be opened now. Recorded before anything is shown. `partner`: by whom, when it is received by one.
async fn opened(app: &App, token: &str, partner: Option<&str>, now: Timestamp) -> Used<stored::Proof> {
    let hash = hash(token)?;
    let mut tx = app.store.write().await?;
    let proof = tx.find_proof_by_token(hash).await?.ok_or_else(missing)?;
    match state(&proof, now) {
        "revoked" => return Err(UseError::new(Kind::Gone, "proof_revoked", "the holder took this proof back")),
        "expired" => return Err(UseError::new(Kind::Gone, "proof_expired", "this proof is past its end")),
        _ => {}
    }
    let minute_ago = now.checked_sub(SignedDuration::from_mins(1)).unwrap_or(now);
    let recent = tx.proof_openings(proof.subject, proof.id).await?.into_iter().filter(|at| *at > minute_ago).count();
    if recent >= MAX_OPENINGS_A_MINUTE {
        return Err(UseError::new(Kind::TooOften, "proof_too_often", "this proof is opened too often; wait a minute"));
    }
    tx.add_proof_opening(&proof, chance::new_id(now), now).await?;
    let detail = serde_json::json!({"proof": proof.id});
    journal::note(&mut tx, now, "proof", "proof.opened", Some(proof.subject), &detail).await?;
    if let Some(driver) = tx.find_driver(proof.subject).await? {
        let purpose = purpose_of(&proof)?;
        let part = if purpose.shows_points() { Part::LicenceWithPoints } else { Part::Licence };
        let seen = Look {
            by: if partner.is_some() { Looker::Partner } else { Looker::LinkHolder },
            looker: None,
            purpose: For::Proof(purpose),
            about: look::about_licence(driver.id, &driver.facts),
            part,
            way: Way::Link,
            recipient: Some(partner.unwrap_or(&proof.recipient)),
        };
        look::record(&mut tx, driver.owner, &seen, now).await?;
    }
    tx.commit().await?;
    Ok(proof)
}

/// Opens a proof: the licence as of now, with a live code while it may be shown.
///
/// # Errors
/// `no_proof`, `proof_expired`, `proof_revoked`, `proof_too_often`; keys or the store unavailable.
pub async fn open(app: &App, token: &str) -> Used<ProofView> {
    open_for(app, token, None).await.map(|(_, view)| view)
}

/// As [`open`], for a partner that receives it under its own name.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_for(app: &App, token: &str, partner: Option<&str>) -> Used<(stored::Proof, ProofView)> {
    let now = app.clock.now();
    let proof = opened(app, token, partner, now).await?;
    let purpose = purpose_of(&proof)?;
    let mut tx = app.store.read().await?;
    let driver = tx
        .find_driver(proof.subject)
        .await?
        .ok_or_else(|| UseError::broken("no_subject", format!("proof {} has no driver", proof.id)))?;
    let credential = live::shown_credential(&mut tx, &driver).await?;
    drop(tx);
    let today = china_date(now);
    let standing = Standing::of(&driver.facts, today);
    let face = driver.facts.effective_status(today).face();
    // A licence that may not be shown is not an error here: that it may not is the answer.
    let code = match live::may_be_shown(&credential, &standing, today) {
        Ok(_) => Some(live::make_live(app, &driver, &credential, &format!("proof:{}", proof.id)).await?.code),
        Err(error) if error.kind == Kind::Refused => None,
        Err(error) => return Err(error),
    };
    let state = match standing.effect {
        LicenceEffect::Withdrawn(_) => "withdrawn",
        LicenceEffect::Stopped(_) => "invalid",
        _ if code.is_none() => "invalid",
        LicenceEffect::Red(_) => "red",
        LicenceEffect::Normal => "normal",
    };
    let view = ProofView {
        purpose: purpose.code().into(),
        purpose_text: purpose.text(),
        recipient: proof.recipient.clone(),
        holder: face_name(&driver.facts),
        classes: credential.class.clone(),
        valid_until: match super::term(credential.valid_until)? {
            LicenceTerm::Until(day) => Some(day),
            LicenceTerm::LongTerm => None,
        },
        state: state.into(),
        state_text: face.sentence.into(),
        colour: face.colour.filter(|_| code.is_some()).map(|c| c.code().into()),
        points: purpose.shows_points().then_some(standing.points),
        code,
        as_of: now,
        expires_at: proof.expires_at,
    };
    Ok((proof, view))
}
