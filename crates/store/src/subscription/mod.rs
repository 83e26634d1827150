//! Who is told of which changes, and what is still to be said. What is to be said is written by the same transaction as the change, so that
//! nothing is said that did not happen and nothing that happened is forgotten.

mod webhook;

use jiff::Timestamp;
use luzheng_domain::vehicle::{StatusSet, Vehicle};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    bulk::Keys,
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most rows of one page.
pub const MAX_PAGE: u32 = 100;
/// The most subscriptions of one partner that are listed.
pub const MAX_SUBSCRIPTIONS: u32 = 200;

pub use webhook::{MAX_CLAIM, Webhook};

/// A kind of change that partners are told of: what a subscription names in `events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// A mark was issued, suspended, restored or ended.
    Mark,
    /// The inspection validity changed.
    Validity,
    /// The state letters changed.
    Status,
    /// The vehicle got other plates.
    Plate,
    /// The vehicle got another owner. The last one of this vehicle: the new owner's affairs are not the partner's.
    Transferred,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Mark, Self::Validity, Self::Status, Self::Plate, Self::Transferred];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mark => "mark_changed",
            Self::Validity => "validity_changed",
            Self::Status => "status_changed",
            Self::Plate => "plate_changed",
            Self::Transferred => "transferred",
        }
    }

    /// The change of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.code() == code)
    }
}

/// A subscription to be recorded.
#[derive(Clone)]
pub struct NewSubscription<'a> {
    /// Whose.
    pub client: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Where webhooks go; sealed at rest.
    pub url: &'a str,
    /// Of which changes.
    pub events: &'a [Change],
    /// What for: the code of a purpose.
    pub purpose: &'a str,
    /// The partner's own words for it, such as the number of a contract; sealed at rest.
    pub reference: &'a str,
    /// When.
    pub at: Timestamp,
}

/// A subscription as recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub client: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Where webhooks go, opened.
    pub url: String,
    /// Of which changes.
    pub events: Vec<Change>,
    /// What for.
    pub purpose: String,
    /// The partner's own words, opened.
    pub reference: String,
    /// `active`, `paused` or `ended`.
    pub state: String,
    /// Why it is paused or ended.
    pub why: Option<String>,
    /// Since when no webhook was taken; `None`: the last one was.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its state changed last.
    pub changed_at: Timestamp,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// A vehicle that a subscription is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The vehicle.
    pub vehicle: Uuid,
    /// The plate that the partner named.
    pub plate_number: String,
    /// Its kind.
    pub plate_type: String,
    /// How much was said of it.
    pub seq: u64,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Why.
    pub why: Option<String>,
}

const SUBSCRIPTION: &str = "SELECT client, id, url, events, purpose, reference, state, why, failing_since, created_at, changed_at FROM subscription";
pub(super) const NEW_WEBHOOK: &[(&str, Kind)] = &[
    ("vehicle", Kind::Id),
    ("client", Kind::Id),
    ("subscription", Kind::Id),
    ("seq", Kind::Int),
    ("kind", Kind::Text),
    ("detail", Kind::Text),
    ("created_at", Kind::Int),
    ("state", Kind::Text),
    ("due_at", Kind::Int),
    ("attempts", Kind::Int),
];
const SUBJECT: &[(&str, Kind)] = &[
    ("vehicle", Kind::Id),
    ("client", Kind::Id),
    ("subscription", Kind::Id),
    ("plate_number", Kind::Text),
    ("plate_type", Kind::Text),
    ("seq", Kind::Int),
    ("added_at", Kind::Int),
];

/// What a new version of a vehicle's facts is to be told as, with what is said of it. Letters are not told: that something changed is, and what a
/// partner may know of it it asks.
fn changes_of(before: &Vehicle, after: &Vehicle) -> Vec<(Change, String)> {
    let mut changes = Vec::new();
    let empty = || "{}".to_owned();
    let red = |status: StatusSet| !status.is_normal();
    if before.valid_until != after.valid_until {
        let month = after.valid_until.map(|month| month.to_string());
        changes.push((Change::Validity, serde_json::json!({ "valid_until": month }).to_string()));
    }
    if before.status != after.status {
        changes.push((Change::Status, serde_json::json!({ "normal": !red(after.status) }).to_string()));
    }
    if before.plate != after.plate {
        changes.push((Change::Plate, empty()));
    }
    if before.owner != after.owner {
        changes.push((Change::Transferred, empty()));
    }
    changes
}

impl Tx {
    /// Orders what is to be said of a vehicle whose facts changed.
    pub(crate) async fn tell_of_facts(
        &mut self,
        vehicle: Uuid,
        before: &Vehicle,
        after: &Vehicle,
        at: Timestamp,
    ) -> Result<(), Error> {
        let changes = changes_of(before, after);
        if changes.is_empty() {
            return Ok(());
        }
        self.tell(vehicle, &changes, at).await
    }

    /// Orders what is to be said of a vehicle whose mark changed: `current`, `suspended` or `ended`.
    pub(crate) async fn tell_of_mark(&mut self, vehicle: Uuid, state: &str, at: Timestamp) -> Result<(), Error> {
        let detail = serde_json::json!({"mark": {"state": state}}).to_string();
        self.tell(vehicle, &[(Change::Mark, detail)], at).await
    }

    /// As [`Tx::tell_of_mark`] for vehicles that got a mark; one statement when nobody wants to know.
    pub(crate) async fn tell_of_new_marks(&mut self, vehicles: Vec<Uuid>, at: Timestamp) -> Result<(), Error> {
        let sql = "SELECT DISTINCT vehicle FROM subscription_subject WHERE vehicle IN (*) AND ended_at IS NULL";
        let wanted = self.rows_for(sql, Keys::Ids(vehicles)).await?;
        for mut row in wanted {
            self.tell_of_mark(row.id()?, "current", at).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, vehicle: Uuid, changes: &[(Change, String)], at: Timestamp) -> Result<(), Error> {
        // In the order of the key, so that two who lock the same ones do not deadlock; the subscriptions themselves are not locked, since one may
        // be about very many vehicles.
        let sql = "SELECT client FROM subscription_subject WHERE vehicle = $1 AND ended_at IS NULL ORDER BY client, subscription FOR UPDATE";
        if self.rows(sql, values![vehicle]).await?.is_empty() {
            return Ok(());
        }
        let sql = "SELECT s.client, s.subscription, s.seq, p.events FROM subscription_subject s \
                   JOIN subscription p ON p.client = s.client AND p.id = s.subscription \
                   WHERE s.vehicle = $1 AND s.ended_at IS NULL AND p.state <> 'ended' ORDER BY s.client, s.subscription";
        for mut row in self.rows(sql, values![vehicle]).await? {
            let (client, subscription, mut seq, events) = (row.id()?, row.id()?, row.number::<u64>()?, row.text()?);
            let mut rows = Vec::new();
            for (change, detail) in changes {
                if events.split(' ').any(|word| word == change.code()) {
                    seq += 1;
                    let seq = i64::try_from(seq).map_err(Error::fatal)?;
                    rows.extend(values![
                        vehicle,
                        client,
                        subscription,
                        seq,
                        change.code(),
                        detail,
                        at,
                        "waiting",
                        at,
                        0_u8
                    ]);
                }
            }
            // A new owner's affairs are not what the partner has a reason to know.
            let over = changes.iter().any(|(change, _)| *change == Change::Transferred);
            if rows.is_empty() && !over {
                continue;
            }
            self.insert_many("webhook", NEW_WEBHOOK, rows).await?;
            let sql = "UPDATE subscription_subject SET seq = $4, ended_at = $5, why = $6 \
                       WHERE vehicle = $1 AND client = $2 AND subscription = $3";
            let seq = i64::try_from(seq).map_err(Error::fatal)?;
            let why = over.then_some("transferred");
            self.execute(sql, values![vehicle, client, subscription, seq, over.then_some(at), why]).await?;
        }
        Ok(())
    }

    /// Records a subscription.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Engine`.
    pub async fn put_subscription(&mut self, new: &NewSubscription<'_>) -> Result<(), Error> {
        let seal =
            |field: &str, text: &str| self.vault().seal("subscription", field, new.id.as_bytes(), text.as_bytes());
        let (url, reference) = (seal("url", new.url)?, seal("reference", new.reference)?);
        let events = new.events.iter().map(|event| event.code()).collect::<Vec<_>>().join(" ");
        let sql = "INSERT INTO subscription (client, id, url, events, purpose, reference, state, created_at, changed_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $7)";
        self.execute(sql, values![new.client, new.id, url, events, new.purpose, reference, new.at]).await.map(drop)
    }

    /// Adds vehicles to a subscription, each under the plate that the partner named.
    ///
    /// # Errors
    /// `Conflict` when one of them is in it already; `Engine`.
    pub async fn add_subjects(
        &mut self,
        client: Uuid,
        subscription: Uuid,
        subjects: &[(Uuid, String, String)],
        at: Timestamp,
    ) -> Result<(), Error> {
        let rows = subjects.iter().flat_map(|(vehicle, number, plate_type)| {
            values![*vehicle, client, subscription, number, plate_type, 0_u8, at]
        });
        self.insert_many("subscription_subject", SUBJECT, rows.collect()).await
    }

    /// The subscriptions of a partner, newest first, those that are over included.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn subscriptions_of(&mut self, client: Uuid) -> Result<Vec<Subscription>, Error> {
        let sql = format!("{SUBSCRIPTION} WHERE client = $1 ORDER BY id DESC LIMIT $2");
        let rows = self.rows(AssertSqlSafe(sql), values![client, MAX_SUBSCRIPTIONS]).await?;
        rows.into_iter().map(|row| self.subscription_of(row)).collect()
    }

    /// One subscription of a partner.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_subscription(&mut self, client: Uuid, id: Uuid) -> Result<Option<Subscription>, Error> {
        let sql = format!("{SUBSCRIPTION} WHERE client = $1 AND id = $2");
        let row = self.row(AssertSqlSafe(sql), values![client, id]).await?;
        row.map(|row| self.subscription_of(row)).transpose()
    }

    fn subscription_of(&self, mut row: Row) -> Result<Subscription, Error> {
        let (client, id) = (row.id()?, row.id()?);
        let open = |field: &str, sealed: Vec<u8>| self.vault().open_text("subscription", field, id.as_bytes(), &sealed);
        let url = open("url", row.bytes()?)?;
        let words = row.text()?;
        let events = words
            .split(' ')
            .map(|word| {
                Change::from_code(word).ok_or_else(|| Error::broken("subscription", id, format!("event {word:?}")))
            })
            .collect::<Result<_, _>>()?;
        let purpose = row.text()?;
        let reference = open("reference", row.bytes()?)?;
        Ok(Subscription {
            client,
            id,
            url,
            events,
            purpose,
            reference,
            state: row.text()?,
            why: row.opt_text()?,
            failing_since: row.opt_time()?,
            created_at: row.time()?,
            changed_at: row.time()?,
        })
    }

    /// The vehicles of a subscription, by plate, at most `limit` after `after`.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn subjects_of(&mut self, client: Uuid, subscription: Uuid, limit: u32) -> Result<Vec<Subject>, Error> {
        let sql = "SELECT vehicle, plate_number, plate_type, seq, ended_at, why FROM subscription_subject \
                   WHERE client = $1 AND subscription = $2 ORDER BY plate_number, plate_type LIMIT $3";
        let subject = |mut row: Row| {
            Ok(Subject {
                vehicle: row.id()?,
                plate_number: row.text()?,
                plate_type: row.text()?,
                seq: row.number()?,
                ended_at: row.opt_time()?,
                why: row.opt_text()?,
            })
        };
        self.rows(sql, values![client, subscription, limit]).await?.into_iter().map(subject).collect()
    }

    /// How many vehicles a partner's subscriptions are about.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn subject_count(&mut self, client: Uuid) -> Result<u64, Error> {
        let sql = "SELECT COUNT(*) FROM subscription_subject WHERE client = $1 AND ended_at IS NULL";
        self.one(sql, values![client]).await?.number()
    }

    /// The plate under which a vehicle stands in a subscription, if it still does.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_subject(
        &mut self,
        vehicle: Uuid,
        client: Uuid,
        subscription: Uuid,
    ) -> Result<Option<Subject>, Error> {
        let sql = "SELECT plate_number, plate_type, seq, ended_at, why FROM subscription_subject \
                   WHERE vehicle = $1 AND client = $2 AND subscription = $3";
        let row = self.row(sql, values![vehicle, client, subscription]).await?;
        row.map(|mut row| {
            Ok(Subject {
                vehicle,
                plate_number: row.text()?,
                plate_type: row.text()?,
                seq: row.number()?,
                ended_at: row.opt_time()?,
                why: row.opt_text()?,
            })
        })
        .transpose()
    }

    /// Ends one vehicle of a subscription. The first reason stays.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_subject(
        &mut self,
        vehicle: Uuid,
        client: Uuid,
        subscription: Uuid,
        why: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        let sql = "UPDATE subscription_subject SET ended_at = $4, why = $5 \
                   WHERE vehicle = $1 AND client = $2 AND subscription = $3 AND ended_at IS NULL";
        self.execute(sql, values![vehicle, client, subscription, at, why]).await.map(drop)
    }

    /// Puts a subscription into another state: `active`, `paused` or `ended`. One that is ended stays so; ending withholds what is still to be
    /// said, resuming makes it due. Answers whether anything changed.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn set_subscription_state(
        &mut self,
        client: Uuid,
        id: Uuid,
        state: &str,
        why: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "UPDATE subscription SET state = $3, why = $4, changed_at = $5, failing_since = NULL \
                   WHERE client = $1 AND id = $2 AND state <> 'ended' AND state <> $3";
        if self.execute(sql, values![client, id, state, why, at]).await? == 0 {
            return Ok(false);
        }
        match state {
            "ended" => {
                let sql = "UPDATE webhook SET state = 'withheld', settled_at = $3, lease = NULL, error = 'subscription_ended' \
                           WHERE client = $1 AND subscription = $2 AND state = 'waiting'";
                self.execute(sql, values![client, id, at]).await?;
                let sql = "UPDATE subscription_subject SET ended_at = $3, why = 'subscription_ended' \
                           WHERE client = $1 AND subscription = $2 AND ended_at IS NULL";
                self.execute(sql, values![client, id, at]).await?;
            }
            "active" => {
                let sql = "UPDATE webhook SET due_at = $3, attempts = 0 WHERE client = $1 AND subscription = $2 AND state = 'waiting'";
                self.execute(sql, values![client, id, at]).await?;
            }
            _ => {}
        }
        Ok(true)
    }

    /// Subscriptions that were paused before a time, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn paused_since_before(&mut self, before: Timestamp) -> Result<Vec<(Uuid, Uuid)>, Error> {
        let sql = "SELECT client, id FROM subscription WHERE state = 'paused' AND changed_at < $1 ORDER BY changed_at LIMIT $2";
        let rows = self.rows(sql, values![before, MAX_PAGE]).await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.id()?))).collect()
    }
}
