//! A partner receives a proof that a driver made: what it shows is signed as evidence and kept, sealed, for the dispute that may come, also after
//! the driver took the proof back; and the driver sees who received it, for what, and until when it is kept.
//!
//! The driver gave the link away for a purpose; that is the basis, wherever the licence was issued. It is the basis too for asking how the licence
//! stood at a moment while the proof was open.

pub mod state;

use super::error::{UseError, Used};
use super::licence::proof::{self, ProofView, Receipt};
use super::partner::{Call, Purpose, Scope};
use super::{journal, key::KeyTable};
use crate::app::App;
use crate::chance;
use crate::usecase::trust;
use crate::usecase::view::Text;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::evidence;
use luzheng_credential::trust::KeyUse;
use luzheng_store::Tx;
use luzheng_store::received_proof as stored;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest number of a case, in characters.
pub const MAX_REFERENCE: usize = 64;
/// Longest link that is read, in bytes: an address and a token.
const MAX_LINK: usize = 512;
/// Received proofs on a page.
const PAGE: u32 = 50;

/// A proof to be received.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProofToReceive)]
pub struct NewReceived {
    /// The link that the driver sent, or the token after its `#`.
    pub link: String,
    /// What for: the code of a purpose. The driver is told.
    pub purpose: Option<String>,
    /// The partner's own number of the case, on one line.
    pub case_reference: String,
}

/// A proof as a partner received it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReceivedProof)]
pub struct Received {
    /// Its id here.
    pub id: Uuid,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Until when it is kept.
    #[schema(value_type = String, format = DateTime)]
    pub kept_until: Timestamp,
    /// What for: a code.
    pub purpose: String,
    /// What for, in words.
    pub purpose_text: Text,
    /// The partner's own number of the case.
    pub case_reference: String,
    /// What it showed when it was received.
    #[schema(value_type = ProofView)]
    pub snapshot: serde_json::Value,
    /// `open`, `expired` or `revoked`: whether the proof itself can still be opened.
    pub live: String,
    /// The evidence, verified off-line by `luzheng evidence --root …`: keep it as it is.
    #[schema(value_type = Object)]
    pub evidence: Box<RawValue>,
}

/// A page of received proofs, without the evidence.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReceivedProofPage)]
pub struct Page {
    /// The newest first.
    pub items: Vec<Brief>,
    /// Where the next page begins (`after`).
    pub next: Option<Uuid>,
}

/// A received proof in brief.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReceivedProofBrief)]
pub struct Brief {
    /// Its id here.
    pub id: Uuid,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Until when it is kept.
    #[schema(value_type = String, format = DateTime)]
    pub kept_until: Timestamp,
    /// What for: a code.
    pub purpose: String,
    /// The partner's own number of the case.
    pub case_reference: String,
}

fn reference(text: &str) -> Used<&str> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_REFERENCE || text.chars().any(char::is_control) {
        let why = format!("case_reference is 1 to {MAX_REFERENCE} characters on one line");
        return Err(UseError::invalid("case_reference", why));
    }
    Ok(text)
}

/// The token of a link.
fn token(link: &str) -> Used<&str> {
    let link = link.trim();
    if link.len() > MAX_LINK {
        return Err(UseError::invalid("bad_link", format!("a link has at most {MAX_LINK} bytes")));
    }
    Ok(link.rsplit_once('#').map_or(link, |(_, token)| token))
}

/// The same proof received for the same case is one: told apart by a digest over both.
fn digest(purpose: Purpose, reference: &str) -> [u8; 32] {
    journal::sha256(format!("{}\n{reference}", purpose.code()).as_bytes())
}

/// What is stated and signed.
fn statement(
    call: &Call,
    row: &stored::ReceivedProof,
    opened: &luzheng_store::proof::Proof,
    view: &ProofView,
) -> serde_json::Value {
    serde_json::json!({
        "iat": row.received_at.as_second(),
        "kind": "received_proof",
        "id": row.id,
        "received_by": {"id": call.client.id, "name": call.client.name},
        "received_for": row.purpose,
        "case_reference": row.reference,
        "proof": {
            "id": opened.id, "made_for": opened.purpose, "recipient": opened.recipient,
            "made_at": opened.created_at, "ends_at": opened.expires_at,
        },
        "shown": view,
    })
}

fn sign(app: &App, statement: &serde_json::Value, now: Timestamp) -> Used<String> {
    let table: std::sync::Arc<KeyTable> = app.key_table();
    let key = table.pick(KeyUse::Status, 0, now);
    let key =
        key.ok_or_else(|| UseError::new(super::error::Kind::Unavailable, "no_status_key", "no key can sign this now"))?;
    let signer = super::signer(app, key)?;
    let list = trust::current_list(app)?;
    let list = std::str::from_utf8(&list).map_err(|e| UseError::broken("trust_list", e.to_string()))?;
    evidence::sign(statement, list, &*signer).map_err(|e| UseError::broken("evidence", e.to_string()))
}

/// Receives a proof. The same proof for the same case again is answered as it was received first.
///
/// # Errors
/// `insufficient_scope`, `purpose_needed`, `unknown_purpose`, `case_reference`, `bad_link`; `no_proof`, `proof_expired`, `proof_revoked`,
/// `proof_too_often`; keys or the store unavailable.
pub async fn receive(app: &App, call: &Call, new: &NewReceived) -> Used<Received> {
    call.client.require(Scope::Proofs)?;
    let purpose = Purpose::read(new.purpose.as_deref())?;
    let reference = reference(&new.case_reference)?;
    let (token, digest) = (token(&new.link)?, digest(purpose, reference));
    let mut tx = app.store.read().await?;
    let found = proof::of_token(&mut tx, token).await?;
    if let Some(before) = tx.received_before(call.client.id, found.id, digest).await? {
        return view(&mut tx, before, app.clock.now()).await;
    }
    drop(tx);
    let (opened, shown) = proof::open_for(app, token, Some(&call.client.name.zh)).await?;
    let now = app.clock.now();
    let days = i64::from(app.settings.retention.proof_days);
    let mut row = stored::ReceivedProof {
        client: call.client.id,
        id: chance::new_id(now),
        subject: opened.subject,
        proof: opened.id,
        purpose: purpose.code().into(),
        reference: reference.into(),
        received_at: now,
        keep_until: now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX),
        digest,
        evidence: Vec::new(),
    };
    let bundle = sign(app, &statement(call, &row, &opened, &shown), now)?;
    row.evidence = bundle.into_bytes();
    let mut tx = app.store.write().await?;
    match tx.put_received_proof(&row).await {
        Ok(()) => {}
        // Twice at once: the other call was first, and what it received is the answer.
        Err(luzheng_store::Error::Conflict { .. }) => {
            drop(tx);
            let mut tx = app.store.read().await?;
            let first = tx.received_before(call.client.id, opened.id, digest).await?;
            let first = first.ok_or_else(|| UseError::broken("received_proof", "it is there and is not"))?;
            return view(&mut tx, first, now).await;
        }
        Err(error) => return Err(error.into()),
    }
    // The digest stands in the sealed journal: that this was stated then can be shown without the evidence.
    let detail = serde_json::json!({
        "received": row.id, "proof": row.proof, "purpose": row.purpose, "evidence": hex::encode(journal::sha256(&row.evidence)),
    });
    journal::note(&mut tx, now, &call.client.actor(), "proof.received", Some(row.subject), &detail).await?;
    tx.commit().await?;
    let mut tx = app.store.read().await?;
    view(&mut tx, row, now).await
}

async fn view(tx: &mut Tx, row: stored::ReceivedProof, now: Timestamp) -> Used<Received> {
    let broken = |why: String| UseError::broken("broken_row", format!("received proof {}: {why}", row.id));
    let bundle = String::from_utf8(row.evidence).map_err(|e| broken(e.to_string()))?;
    let snapshot = shown(&bundle).ok_or_else(|| broken("its evidence cannot be read".into()))?;
    let live = tx.find_proof(row.subject, row.proof).await?;
    Ok(Received {
        id: row.id,
        received_at: row.received_at,
        kept_until: row.keep_until,
        purpose_text: purpose_text(&row.purpose),
        purpose: row.purpose,
        case_reference: row.reference,
        snapshot,
        live: live.map_or("expired", |proof| proof::state_of(&proof, now)).into(),
        evidence: RawValue::from_string(bundle).map_err(|e| UseError::broken("evidence", e.to_string()))?,
    })
}

/// What a bundle of our own says was shown.
fn shown(bundle: &str) -> Option<serde_json::Value> {
    use base64::Engine as _;
    let bundle: serde_json::Value = serde_json::from_str(bundle).ok()?;
    let body = bundle.get("statement")?.as_str()?.split('.').nth(1)?;
    let body = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(body).ok()?;
    serde_json::from_slice::<serde_json::Value>(&body).ok()?.get_mut("shown").map(serde_json::Value::take)
}

fn purpose_text(code: &str) -> Text {
    Purpose::from_code(code).map_or_else(|| Text::new(code, code), Purpose::text)
}

/// A proof that the partner received.
///
/// # Errors
/// `insufficient_scope`; none of the partner's, or not kept any more; the store.
pub async fn get(app: &App, call: &Call, id: Uuid) -> Used<Received> {
    call.client.require(Scope::Proofs)?;
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let row = tx.find_received_proof(call.client.id, id).await?.filter(|row| row.keep_until > now);
    view(&mut tx, row.ok_or_else(|| UseError::not_found("received proof"))?, now).await
}

/// What the partner received, newest first.
///
/// # Errors
/// `insufficient_scope`; the store.
pub async fn list(app: &App, call: &Call, after: Option<Uuid>) -> Used<Page> {
    call.client.require(Scope::Proofs)?;
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let rows = tx.received_proofs(call.client.id, after, PAGE + 1).await?;
    let more = rows.len() > PAGE as usize;
    let rows: Vec<stored::ReceivedProof> = rows.into_iter().take(PAGE as usize).collect();
    let next = if more { rows.last().map(|row| row.id) } else { None };
    let brief = |row: stored::ReceivedProof| Brief {
        id: row.id,
        received_at: row.received_at,
        kept_until: row.keep_until,
        purpose: row.purpose,
        case_reference: row.reference,
    };
    Ok(Page { items: rows.into_iter().filter(|row| row.keep_until > now).map(brief).collect(), next })
}

/// By whom a proof was received, for its holder.
///
/// # Errors
/// The store.
pub(crate) async fn receipts(tx: &mut Tx, subject: Uuid, of: Uuid) -> Used<Vec<Receipt>> {
    let mut received = tx.receipts_of(subject).await?;
    received.retain(|receipt| receipt.proof == of);
    if received.is_empty() {
        return Ok(Vec::new());
    }
    let partners = tx.partners().await?;
    let name = |id: Uuid| {
        let named = partners.iter().find(|partner| partner.id == id);
        named.map_or_else(|| Text::new("核验单位", "a partner"), |p| Text::new(&p.name, &p.name_en))
    };
    let receipt = |receipt: stored::Receipt| Receipt {
        by: name(receipt.client),
        purpose: purpose_text(&receipt.purpose),
        at: receipt.received_at,
        kept_until: receipt.keep_until,
    };
    Ok(received.into_iter().map(receipt).collect())
}

/// Forgets what was kept long enough; answers whether there may be more.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<bool> {
    let mut tx = app.store.write().await?;
    let gone = tx.forget_received_proofs(app.clock.now()).await?;
    tx.commit().await?;
    Ok(gone > 0)
}
