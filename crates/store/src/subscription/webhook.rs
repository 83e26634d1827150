//! What is to be said to partners, on its way out: claimed with a lease, settled once, kept for a while.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{MAX_PAGE, NEW_WEBHOOK};
use crate::{
    bulk::claim_webhooks,
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The most webhooks that one claim takes.
pub const MAX_CLAIM: u32 = 100;

/// One thing to be said to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// About which vehicle; nil for a trial.
    pub vehicle: Uuid,
    /// To whom.
    pub client: Uuid,
    /// By which subscription.
    pub subscription: Uuid,
    /// The place among what is said of this vehicle, from 1.
    pub seq: u64,
    /// Which change: the code of a `Change`, or `test`.
    pub kind: String,
    /// What changed, as JSON.
    pub detail: String,
    /// When it changed.
    pub created_at: Timestamp,
    /// `waiting`, `sent`, `dead` or `withheld`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// The claim.
    pub lease: Option<Uuid>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
}

const WEBHOOK: &str =
    "vehicle, client, subscription, seq, kind, detail, created_at, state, attempts, due_at, lease, error, settled_at";

fn webhook(mut row: Row) -> Result<Webhook, Error> {
    Ok(Webhook {
        vehicle: row.id()?,
        client: row.id()?,
        subscription: row.id()?,
        seq: row.number()?,
        kind: row.text()?,
        detail: row.text()?,
        created_at: row.time()?,
        state: row.text()?,
        attempts: row.number()?,
        due_at: row.time()?,
        lease: row.opt_id()?,
        error: row.opt_text()?,
        settled_at: row.opt_time()?,
    })
}

impl Tx {
    /// Orders a trial: a webhook about nothing.
    ///
    /// # Errors
    /// `Conflict` when two are ordered at the same time; `Engine`.
    pub async fn order_trial(&mut self, client: Uuid, subscription: Uuid, at: Timestamp) -> Result<u64, Error> {
        let sql =
            "SELECT COALESCE(MAX(seq), 0) + 1 FROM webhook WHERE vehicle = $1 AND client = $2 AND subscription = $3";
        let seq: u32 = self.one(sql, values![Uuid::nil(), client, subscription]).await?.number()?;
        let row = values![Uuid::nil(), client, subscription, seq, "test", "{}", at, "waiting", at, 0_u8];
        self.insert_many("webhook", NEW_WEBHOOK, row).await?;
        Ok(seq.into())
    }

    /// Claims what is due, at most `limit` (and [`MAX_CLAIM`]), until `until`: of each vehicle and subscription only the first that is not settled,
    /// and nothing of a subscription that is paused. Commit before sending.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn claim_webhooks(
        &mut self,
        now: Timestamp,
        lease: Uuid,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Webhook>, Error> {
        let sql = claim_webhooks(self.engine(), WEBHOOK);
        let rows = self.rows(AssertSqlSafe(sql), values![now, lease, until, limit.min(MAX_CLAIM)]).await?;
        let mut claimed = rows.into_iter().map(webhook).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|w| (w.created_at, w.vehicle, w.subscription, w.seq));
        Ok(claimed)
    }

    /// Records that a webhook was settled: `sent`, `dead` or `withheld`. `false`: the lease was lost.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn settle_webhook(
        &mut self,
        webhook: &Webhook,
        state: &str,
        error: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "UPDATE webhook SET state = $6, error = $7, settled_at = $8, lease = NULL \
                   WHERE vehicle = $1 AND client = $2 AND subscription = $3 AND seq = $4 AND lease = $5 AND state = 'waiting'";
        let Webhook { vehicle, client, subscription, lease, .. } = webhook;
        let seq = i64::try_from(webhook.seq).map_err(Error::fatal)?;
        let done = self.execute(sql, values![*vehicle, *client, *subscription, seq, *lease, state, error, at]).await?;
        if done == 1 && state == "sent" {
            let sql = "UPDATE subscription SET failing_since = NULL WHERE client = $1 AND id = $2";
            self.execute(sql, values![*client, *subscription]).await?;
        }
        Ok(done == 1)
    }

    /// Records a try that failed, to be made again at a time. `false`: the lease was lost.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_webhook_off(
        &mut self,
        webhook: &Webhook,
        error: &str,
        again: Timestamp,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "UPDATE webhook SET due_at = $6, error = $7, lease = NULL \
                   WHERE vehicle = $1 AND client = $2 AND subscription = $3 AND seq = $4 AND lease = $5 AND state = 'waiting'";
        let Webhook { vehicle, client, subscription, lease, .. } = webhook;
        let seq = i64::try_from(webhook.seq).map_err(Error::fatal)?;
        let done = self.execute(sql, values![*vehicle, *client, *subscription, seq, *lease, again, error]).await?;
        if done == 1 {
            let sql =
                "UPDATE subscription SET failing_since = COALESCE(failing_since, $3) WHERE client = $1 AND id = $2";
            self.execute(sql, values![*client, *subscription, at]).await?;
        }
        Ok(done == 1)
    }

    /// What was said or is to be said by a subscription, newest first, in one state or in all.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn webhooks_of(
        &mut self,
        client: Uuid,
        subscription: Uuid,
        state: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Webhook>, Error> {
        let sql = format!(
            "SELECT {WEBHOOK} FROM webhook WHERE client = $1 AND subscription = $2 AND ($3 = '' OR state = $3) \
             ORDER BY created_at DESC, vehicle, seq DESC LIMIT $4"
        );
        let values = values![client, subscription, state.unwrap_or_default(), limit.min(MAX_PAGE)];
        self.rows(AssertSqlSafe(sql), values).await?.into_iter().map(webhook).collect()
    }

    /// How many webhooks of a subscription stand in each state, as `(waiting, sent, dead, withheld)`.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn webhook_counts(&mut self, client: Uuid, subscription: Uuid) -> Result<[u64; 4], Error> {
        let sql = "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'sent' THEN 1 END), \
                   COUNT(CASE WHEN state = 'dead' THEN 1 END), COUNT(CASE WHEN state = 'withheld' THEN 1 END) \
                   FROM webhook WHERE client = $1 AND subscription = $2";
        let mut row = self.one(sql, values![client, subscription]).await?;
        Ok([row.number()?, row.number()?, row.number()?, row.number()?])
    }

    /// Makes the dead letters of a subscription due once more, in their order; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn retry_dead_webhooks(&mut self, client: Uuid, subscription: Uuid, at: Timestamp) -> Result<u64, Error> {
        let sql = "UPDATE webhook SET state = 'waiting', attempts = 0, due_at = $3, settled_at = NULL, error = NULL \
                   WHERE client = $1 AND subscription = $2 AND state = 'dead'";
        self.execute(sql, values![client, subscription, at]).await
    }

    /// Forgets what was settled before a time; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn forget_webhooks(&mut self, before: Timestamp) -> Result<u64, Error> {
        let sql = "DELETE FROM webhook WHERE state <> 'waiting' AND settled_at < $1";
        self.execute(sql, values![before]).await
    }
}
