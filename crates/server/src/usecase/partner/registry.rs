//! Which partners there are, in memory with its age: no call asks the database who is calling, so that verification goes on when it is stopped.
//! Every process reads it anew every few seconds (`jobs`, task "partners"; at most half a minute apart after failures): a partner that was ended
//! is out of the door by then.

use super::quota;
use super::scope::{ClientKind, Regions, Scope, Scopes, lacks};
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_credential::sign::{KeyId, PublicKey};
use luzheng_domain::region::Division;
use luzheng_store::partner as stored;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A client that is not known is looked for at most so often, in seconds: it may have been registered a moment ago.
const LOOK_AGAIN_S: i64 = 1;
/// How long a call waits for the database when it looks for such a client.
const PATIENCE: Duration = Duration::from_secs(2);

/// A public key of a partner that counts.
#[derive(Debug, Clone)]
pub struct ClientKey {
    /// Its identifier: the first 8 bytes of SHA-256 over the key.
    pub id: KeyId,
    /// What the partner calls it; may be empty.
    pub kid: String,
    /// The key.
    pub public: PublicKey,
}

/// A person of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The holder of bound devices.
    pub id: Uuid,
    /// The name.
    pub name: String,
}

/// A partner that may ask, as a token or a session narrows it down.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id, which is its OAuth client id.
    pub id: Uuid,
    /// The firm's name.
    pub name: Text,
    /// What kind of firm or office.
    pub kind: ClientKind,
    /// What it may ask, here and now.
    pub scopes: Scopes,
    /// Where.
    pub regions: Regions,
    /// Most codes a day.
    pub day_limit: u32,
    /// Most codes a minute.
    pub minute_limit: u32,
    /// Its keys that count.
    pub keys: Vec<ClientKey>,
}

impl Client {
    /// Refuses a partner without this scope.
    ///
    /// # Errors
    /// `insufficient_scope`, naming it.
    pub fn require(&self, scope: Scope) -> Used<()> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(lacks(scope)) }
    }

    /// Whether a division lies in its regions.
    pub fn covers(&self, division: Division) -> bool {
        self.regions.covers(division)
    }

    /// As [`Client::covers`], for a code; what is no division is nowhere.
    pub fn covers_code(&self, code: u32) -> bool {
        Division::new(code).map_or(self.regions == Regions::All, |division| self.covers(division))
    }

    /// How the journal names it.
    pub fn actor(&self) -> String {
        format!("partner:{}", self.id)
    }
}

/// All partners as last read.
#[derive(Debug, Default)]
pub struct Registry {
    /// When it was read; `None`: never yet.
    pub as_of: Option<Timestamp>,
    clients: HashMap<Uuid, Arc<Client>>,
    members: HashMap<Uuid, (Uuid, Member)>,
}

impl Registry {
    /// A partner that may ask.
    pub fn find(&self, id: Uuid) -> Option<&Arc<Client>> {
        self.clients.get(&id)
    }

    /// A person of a partner that may ask, with the partner.
    pub fn member(&self, id: Uuid) -> Option<(&Arc<Client>, &Member)> {
        let (client, member) = self.members.get(&id)?;
        Some((self.clients.get(client)?, member))
    }
}

fn broken(id: Uuid, what: impl std::fmt::Display) -> UseError {
    UseError::broken("broken_row", format!("partner {id}: {what}"))
}

/// A partner from its row.
///
/// # Errors
/// A word that this version does not know.
pub(super) fn client(row: &stored::PartnerClient) -> Used<Client> {
    Ok(Client {
        id: row.id,
        name: Text::new(&row.name, &row.name_en),
        kind: ClientKind::from_code(&row.kind).ok_or_else(|| broken(row.id, format!("kind {}", row.kind)))?,
        scopes: Scopes::parse(&row.scopes).map_err(|word| broken(row.id, format!("scope {word}")))?,
        regions: Regions::parse(&row.regions).map_err(|word| broken(row.id, format!("region {word}")))?,
        day_limit: row.day_limit,
        minute_limit: row.minute_limit,
        keys: Vec::new(),
    })
}

fn build(
    clients: &[stored::PartnerClient],
    keys: Vec<stored::PartnerKey>,
    members: Vec<stored::PartnerMember>,
    now: Timestamp,
) -> Used<Registry> {
    let mut open = HashMap::new();
    for row in clients.iter().filter(|row| row.ended_at.is_none()) {
        open.insert(row.id, client(row)?);
    }
    for key in keys.into_iter().filter(|key| key.ended_at.is_none()) {
        let public = PublicKey::from_spki(&key.spki).map_err(|e| broken(key.client, e))?;
        if let Some(client) = open.get_mut(&key.client) {
            client.keys.push(ClientKey { id: KeyId::new(key.key), kid: key.kid, public });
        }
    }
    let members = members.into_iter().filter(|m| m.ended_at.is_none());
    Ok(Registry {
        as_of: Some(now),
        clients: open.into_iter().map(|(id, client)| (id, Arc::new(client))).collect(),
        members: members.map(|m| (m.id, (m.client, Member { id: m.id, name: m.name }))).collect(),
    })
}

/// Reads the partners and the day's usage anew.
///
/// # Errors
/// The store; then what was known before stays.
pub async fn refresh(app: &App) -> Used<()> {
    let _one_at_a_time = app.partners.reading.lock().await;
    let now = app.clock.now();
    let day = china_date(now);
    let mut tx = app.store.read().await?;
    let clients = tx.partners().await?;
    let (keys, members) = (tx.partner_keys().await?, tx.partner_members().await?);
    let usage = tx.partner_usage(day).await?;
    drop(tx);
    let registry = Arc::new(build(&clients, keys, members, now)?);
    if let Ok(mut place) = app.partners.registry.write() {
        *place = registry;
    }
    quota::take_over(app, day, usage, now);
    Ok(())
}

/// The partners as last read.
///
/// # Errors
/// `registry_stale` when that is too long ago to say who may still ask: fail closed.
pub fn current(app: &App, now: Timestamp) -> Used<Arc<Registry>> {
    let registry = app.partners.registry();
    let fresh = registry
        .as_of
        .is_some_and(|as_of| now.duration_since(as_of).as_secs() <= i64::from(app.settings.partner.registry_max_age_s));
    if fresh {
        Ok(registry)
    } else {
        Err(UseError::new(
            Kind::Unavailable,
            "registry_stale",
            "the list of partners could not be read for too long; please try again shortly",
        ))
    }
}

/// A partner that may ask. One that is not known is looked for once more in the store: it may be new.
///
/// # Errors
/// `registry_stale`.
pub async fn find(app: &App, id: Uuid, now: Timestamp) -> Used<Option<Arc<Client>>> {
    if let Ok(registry) = current(app, now)
        && let Some(client) = registry.find(id)
    {
        return Ok(Some(Arc::clone(client)));
    }
    look_again(app, now).await;
    Ok(current(app, now)?.find(id).cloned())
}

/// A person of a partner with the partner, as [`find`].
///
/// # Errors
/// `registry_stale`.
pub async fn find_member(app: &App, id: Uuid, now: Timestamp) -> Used<Option<(Arc<Client>, Member)>> {
    let known = |registry: &Registry| registry.member(id).map(|(client, member)| (Arc::clone(client), member.clone()));
    if let Ok(registry) = current(app, now)
        && let Some(found) = known(&registry)
    {
        return Ok(Some(found));
    }
    look_again(app, now).await;
    Ok(known(current(app, now)?.as_ref()))
}

/// Reads anew, unless that was just done. When the database does not answer soon, what is known has to do.
async fn look_again(app: &App, now: Timestamp) {
    let as_of = app.partners.registry().as_of;
    if as_of.is_some_and(|as_of| now.duration_since(as_of).as_secs() < LOOK_AGAIN_S) {
        return;
    }
    match tokio::time::timeout(PATIENCE, refresh(app)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(code = error.code, %error, "the partners could not be read"),
        Err(_) => tracing::warn!("the partners could not be read in time"),
    }
}
