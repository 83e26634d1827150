//! How notices reach people outside this system: what they allow, the browsers they named, and what became of each delivery.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    bulk::claim_deliveries,
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most deliveries one claim may take.
pub const MAX_CLAIM: u32 = 500;
/// The most browsers of one person that are told.
pub const MAX_SUBSCRIPTIONS: u32 = 20;

/// What a person allows besides the notices in the app.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ChannelSetting {
    /// Text messages to the phone that the register knows.
    pub sms: bool,
    /// Mail to this address; sealed at rest.
    pub email: Option<String>,
}

/// A browser that wants to be told; sealed at rest.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// Its id.
    pub id: Uuid,
    /// Where its push service takes messages.
    pub endpoint: String,
    /// The browser's P-256 public key, uncompressed.
    pub p256dh: [u8; 65],
    /// The secret it shared with us.
    pub auth: [u8; 16],
    /// When it was named.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for ChannelSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelSetting").field("sms", &self.sms).field("email", &self.email.is_some()).finish()
    }
}

impl std::fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushSubscription").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A notice that is to go out over one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDelivery<'a> {
    /// To whom.
    pub owner: Uuid,
    /// The notice.
    pub notice: Uuid,
    /// The stable word of the channel.
    pub channel: &'a str,
    /// Not before.
    pub due_at: Timestamp,
    /// When it was ordered.
    pub created_at: Timestamp,
}

/// A delivery that a worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// To whom.
    pub owner: Uuid,
    /// The notice.
    pub notice: Uuid,
    /// The stable word of the channel.
    pub channel: String,
    /// Which attempt this is, from 1.
    pub attempts: u32,
    /// The claim; recording what became of it needs it.
    pub lease: Uuid,
    /// When it was ordered.
    pub created_at: Timestamp,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The notice.
    pub notice: Uuid,
    /// The stable word of the channel.
    pub channel: String,
    /// `waiting`, `sent` or `given_up`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// Why the last attempt failed, without any address.
    pub error: Option<String>,
    /// When it was sent or given up.
    pub settled_at: Option<Timestamp>,
}

/// How the deliveries stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryCounts {
    /// Waiting or on their way.
    pub waiting: u64,
    /// Given up.
    pub given_up: u64,
}

const SUBSCRIPTION: &[(&str, Kind)] = &[
    ("owner", Kind::Id),
    ("id", Kind::Id),
    ("endpoint_digest", Kind::Bytes),
    ("endpoint", Kind::Bytes),
    ("keys", Kind::Bytes),
    ("created_at", Kind::Int),
];

impl Tx {
    /// What a person allows; who never said anything has the default.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn channel_setting(&mut self, owner: Uuid) -> Result<ChannelSetting, Error> {
        let row = self.row("SELECT sms, email FROM channel_setting WHERE owner = $1", values![owner]).await?;
        let Some(mut row) = row else { return Ok(ChannelSetting::default()) };
        let sms = row.flag()?;
        let open = |sealed: Vec<u8>| self.vault().open_text("channel_setting", "email", owner.as_bytes(), &sealed);
        Ok(ChannelSetting { sms, email: row.opt_bytes()?.map(open).transpose()? })
    }

    /// Records what a person allows.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_channel_setting(
        &mut self,
        owner: Uuid,
        setting: &ChannelSetting,
        now: Timestamp,
    ) -> Result<(), Error> {
        let seal = |email: &String| self.vault().seal("channel_setting", "email", owner.as_bytes(), email.as_bytes());
        let email = setting.email.as_ref().map(seal).transpose()?;
        let sql = "INSERT INTO channel_setting (owner, sms, email, updated_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (owner) DO UPDATE SET sms = excluded.sms, email = excluded.email, updated_at = excluded.updated_at";
        self.execute(sql, values![owner, setting.sms, email, now]).await.map(drop)
    }

    /// Records a browser that wants to be told; one that is known by its endpoint gets the new keys under its old id. Beyond
    /// [`MAX_SUBSCRIPTIONS`] the oldest ones give way.
    ///
    /// # Errors
    /// `Conflict { what: "push_subscription_once" }` when two record the same one at once; `Engine`.
    pub async fn put_push_subscription(&mut self, owner: Uuid, subscription: &PushSubscription) -> Result<(), Error> {
        let digest = self.endpoint_digest(owner, &subscription.endpoint);
        let known = "SELECT id FROM push_subscription WHERE owner = $1 AND endpoint_digest = $2 FOR UPDATE";
        let known = match self.row(known, values![owner, digest]).await? {
            Some(mut row) => Some(row.id()?),
            None => None,
        };
        let id = known.unwrap_or(subscription.id);
        let mut keys = [0_u8; 81];
        keys[..65].copy_from_slice(&subscription.p256dh);
        keys[65..].copy_from_slice(&subscription.auth);
        let keys = self.vault().seal("push_subscription", "keys", id.as_bytes(), &keys)?;
        if known.is_some() {
            let sql = "UPDATE push_subscription SET keys = $3, created_at = $4 WHERE owner = $1 AND id = $2";
            return self.execute(sql, values![owner, id, keys, subscription.created_at]).await.map(drop);
        }
        let endpoint =
            self.vault().seal("push_subscription", "endpoint", id.as_bytes(), subscription.endpoint.as_bytes())?;
        let row = values![owner, id, digest, endpoint, keys, subscription.created_at];
        self.insert_many("push_subscription", SUBSCRIPTION, row).await?;
        let sql = "DELETE FROM push_subscription WHERE owner = $1 AND id NOT IN \
                   (SELECT id FROM push_subscription WHERE owner = $1 ORDER BY created_at DESC, id DESC LIMIT $2)";
        self.execute(sql, values![owner, MAX_SUBSCRIPTIONS]).await.map(drop)
    }

    /// The browsers of a person that want to be told, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn push_subscriptions(&mut self, owner: Uuid) -> Result<Vec<PushSubscription>, Error> {
        let sql =
            "SELECT id, endpoint, keys, created_at FROM push_subscription WHERE owner = $1 ORDER BY created_at, id";
        let rows = self.rows(sql, values![owner]).await?;
        rows.into_iter().map(|row| self.push_subscription(row)).collect()
    }

    /// Forgets a browser by its endpoint. Answers whether it was known.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_push_subscription(&mut self, owner: Uuid, endpoint: &str) -> Result<bool, Error> {
        let digest = self.endpoint_digest(owner, endpoint);
        let sql = "DELETE FROM push_subscription WHERE owner = $1 AND endpoint_digest = $2";
        Ok(self.execute(sql, values![owner, digest]).await? == 1)
    }

    fn endpoint_digest(&self, owner: Uuid, endpoint: &str) -> [u8; 16] {
        let mut all = owner.as_bytes().to_vec();
        all.extend_from_slice(endpoint.as_bytes());
        self.vault().index("push endpoint", &all)
    }

    fn push_subscription(&self, mut row: Row) -> Result<PushSubscription, Error> {
        let id = row.id()?;
        let endpoint = self.vault().open_text("push_subscription", "endpoint", id.as_bytes(), &row.bytes()?)?;
        let keys = self.vault().open("push_subscription", "keys", id.as_bytes(), &row.bytes()?)?;
        let wrong = || Error::broken("push_subscription", id, "keys of another length");
        let (p256dh, auth) = keys.split_at_checked(65).ok_or_else(wrong)?;
        Ok(PushSubscription {
            id,
            endpoint,
            p256dh: p256dh.try_into().map_err(|_| wrong())?,
            auth: auth.try_into().map_err(|_| wrong())?,
            created_at: row.time()?,
        })
    }

    /// Orders a delivery, once per owner, notice and channel. Answers whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn add_delivery(&mut self, new: &NewDelivery<'_>) -> Result<bool, Error> {
        let sql = "INSERT INTO delivery (owner, notice, channel, state, due_at, attempts, created_at) VALUES ($1, $2, $3, 'waiting', $4, 0, $5) \
                   ON CONFLICT (owner, notice, channel) DO NOTHING";
        let values = values![new.owner, new.notice, new.channel, new.due_at, new.created_at];
        Ok(self.execute(sql, values).await? == 1)
    }

    /// Claims up to `limit` (at most [`MAX_CLAIM`]) due deliveries until `until`. When the worker dies they are due again then. Commit
    /// this transaction before sending.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn claim_deliveries(
        &mut self,
        now: Timestamp,
        lease: Uuid,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, Error> {
        let sql = claim_deliveries(self.engine());
        let rows = self.rows(sql, values![now, lease, until, limit.min(MAX_CLAIM)]).await?;
        let delivery = |mut row: Row| {
            Ok(Delivery {
                owner: row.id()?,
                notice: row.id()?,
                channel: row.text()?,
                attempts: row.number()?,
                lease: row.id()?,
                created_at: row.time()?,
            })
        };
        let mut claimed = rows.into_iter().map(delivery).collect::<Result<Vec<_>, Error>>()?;
        claimed.sort_by(|one, other| (one.notice, &one.channel).cmp(&(other.notice, &other.channel)));
        Ok(claimed)
    }

    /// Records that a delivery reached the other side. `false`: the lease was lost.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn delivery_sent(&mut self, delivery: &Delivery, at: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE delivery SET state = 'sent', lease = NULL, error = NULL, settled_at = $5 \
                   WHERE owner = $1 AND notice = $2 AND channel = $3 AND lease = $4 AND state = 'waiting'";
        self.settle_delivery(sql, delivery, values![at]).await
    }

    /// Records a failed attempt that is repeated at `again`. `error` says why, without any address. `false`: the lease was lost.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn delivery_failed(&mut self, delivery: &Delivery, error: &str, again: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE delivery SET lease = NULL, error = $5, due_at = $6 \
                   WHERE owner = $1 AND notice = $2 AND channel = $3 AND lease = $4 AND state = 'waiting'";
        self.settle_delivery(sql, delivery, values![error, again]).await
    }

    /// Records that a delivery is not tried again. `false`: the lease was lost.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn delivery_given_up(&mut self, delivery: &Delivery, error: &str, at: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE delivery SET state = 'given_up', lease = NULL, error = $5, settled_at = $6 \
                   WHERE owner = $1 AND notice = $2 AND channel = $3 AND lease = $4 AND state = 'waiting'";
        self.settle_delivery(sql, delivery, values![error, at]).await
    }

    async fn settle_delivery(
        &mut self,
        sql: &'static str,
        delivery: &Delivery,
        rest: Vec<crate::value::Value>,
    ) -> Result<bool, Error> {
        let mut values = values![delivery.owner, delivery.notice, &delivery.channel, delivery.lease];
        values.extend(rest);
        Ok(self.execute(sql, values).await? == 1)
    }

    /// What became of the deliveries of a notice, by channel.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn deliveries_of(&mut self, owner: Uuid, notice: Uuid) -> Result<Vec<DeliveryRecord>, Error> {
        let sql = "SELECT notice, channel, state, attempts, error, settled_at FROM delivery WHERE owner = $1 AND notice = $2 ORDER BY channel";
        let record = |mut row: Row| {
            Ok(DeliveryRecord {
                notice: row.id()?,
                channel: row.text()?,
                state: row.text()?,
                attempts: row.number()?,
                error: row.opt_text()?,
                settled_at: row.opt_time()?,
            })
        };
        self.rows(sql, values![owner, notice]).await?.into_iter().map(record).collect()
    }

    /// How the deliveries stand.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn delivery_counts(&mut self) -> Result<DeliveryCounts, Error> {
        let waiting = self.one("SELECT COUNT(*) FROM delivery WHERE state = 'waiting'", values![]).await?.number()?;
        let given_up = self.one("SELECT COUNT(*) FROM delivery WHERE state = 'given_up'", values![]).await?.number()?;
        Ok(DeliveryCounts { waiting, given_up })
    }

    /// When the next delivery is due.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn next_delivery_due(&mut self) -> Result<Option<Timestamp>, Error> {
        self.one("SELECT MIN(due_at) FROM delivery WHERE state = 'waiting'", values![]).await?.opt_time()
    }
}
