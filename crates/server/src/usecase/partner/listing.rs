//! Partners as an operator sees them, and which one is meant.

use crate::app::App;
use crate::usecase::error::{UseError, Used};
use jiff::Timestamp;
use luzheng_credential::sign::{KeyId, PublicKey};
use luzheng_store::partner::{PartnerClient, PartnerKey, PartnerMember};
use serde::Serialize;
use uuid::Uuid;

/// A key of a partner, as an operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyView {
    /// Its identifier.
    pub key: KeyId,
    /// What the partner calls it.
    pub kid: String,
    /// `ES256` or `EdDSA`.
    pub alg: String,
    /// Since when it counts.
    pub added_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// A person of a partner, as an operator sees them.
#[derive(Debug, Clone, Serialize)]
pub struct MemberView {
    /// Who.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// Since when.
    pub added_at: Timestamp,
    /// Until when.
    pub ended_at: Option<Timestamp>,
}

/// A partner, as an operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct PartnerView {
    /// Its OAuth client id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// What kind.
    pub kind: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// Most codes a day.
    pub day_limit: u32,
    /// Most codes a minute.
    pub minute_limit: u32,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Its keys.
    pub keys: Vec<KeyView>,
    /// Its people.
    pub members: Vec<MemberView>,
}

/// All partners with keys and people, those that were ended too, the oldest first.
///
/// # Errors
/// The store.
pub async fn list(app: &App) -> Used<Vec<PartnerView>> {
    let mut tx = app.store.read().await?;
    let (clients, keys, members) = (tx.partners().await?, tx.partner_keys().await?, tx.partner_members().await?);
    let key = |key: &PartnerKey| KeyView {
        key: KeyId::new(key.key),
        kid: key.kid.clone(),
        alg: PublicKey::from_spki(&key.spki).map_or_else(|_| "?".into(), |public| public.algorithm().name().into()),
        added_at: key.added_at,
        ended_at: key.ended_at,
    };
    let member =
        |m: &PartnerMember| MemberView { id: m.id, name: m.name.clone(), added_at: m.added_at, ended_at: m.ended_at };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Ok(clients
        .into_iter()
        .map(|client| PartnerView {
            keys: keys.iter().filter(|k| k.client == client.id).map(key).collect(),
            members: members.iter().filter(|m| m.client == client.id).map(member).collect(),
            id: client.id,
            name: client.name,
            name_en: client.name_en,
            kind: client.kind,
            scopes: words(&client.scopes),
            regions: words(&client.regions),
            day_limit: client.day_limit,
            minute_limit: client.minute_limit,
            created_at: client.created_at,
            ended_at: client.ended_at,
        })
        .collect())
}

/// The partner that is meant by an id, the beginning of one (8 characters or more), or a name.
///
/// # Errors
/// There is no such partner, or more than one.
pub async fn meant(app: &App, text: &str) -> Used<Uuid> {
    let mut tx = app.store.read().await?;
    let fits = |client: &&PartnerClient| {
        let id = client.id.to_string();
        client.name == text || client.name_en == text || id == text || (text.len() >= 8 && id.starts_with(text))
    };
    let clients = tx.partners().await?;
    let mut open = clients.iter().filter(|client| client.ended_at.is_none()).filter(fits);
    match (open.next(), open.next()) {
        (Some(client), None) => Ok(client.id),
        (Some(_), Some(_)) => {
            Err(UseError::invalid("ambiguous", format!("more than one partner is meant by “{text}”")))
        }
        (None, _) => Err(UseError::not_found(&format!("partner “{text}”"))),
    }
}
