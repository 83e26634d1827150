//! Partners: who may verify on-line, with which keys, how much of their quota is used, and what they checked.

use jiff::{Timestamp, civil::Date};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    status::StatusIndex,
    value::{Kind, Row, values},
};

/// The most rows of one page of checks.
pub const MAX_PAGE: u32 = 100;
/// The most places in status lists that one statement looks up.
pub const MAX_PLACES: usize = 400;

/// A partner as the store keeps it; what the words mean is the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerClient {
    /// Its id, which is its OAuth client id.
    pub id: Uuid,
    /// The firm's name.
    pub name: String,
    /// The firm's name in English.
    pub name_en: String,
    /// What kind of firm or office.
    pub kind: String,
    /// Scopes, separated by spaces.
    pub scopes: String,
    /// Division codes separated by spaces, or `all`.
    pub regions: String,
    /// Most codes a day.
    pub day_limit: u32,
    /// Most codes a minute.
    pub minute_limit: u32,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// A public key of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerKey {
    /// Whose.
    pub client: Uuid,
    /// The first 8 bytes of SHA-256 over the key.
    pub key: [u8; 8],
    /// What the partner calls it.
    pub kid: String,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Since when it counts.
    pub added_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// A person of a partner who uses the hosted page.
#[derive(Clone, PartialEq, Eq)]
pub struct PartnerMember {
    /// Of which partner.
    pub client: Uuid,
    /// Who.
    pub id: Uuid,
    /// The name; sealed at rest.
    pub name: String,
    /// Since when.
    pub added_at: Timestamp,
    /// Until when.
    pub ended_at: Option<Timestamp>,
}

impl std::fmt::Debug for PartnerMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerMember").field("client", &self.client).field("id", &self.id).finish_non_exhaustive()
    }
}

/// One call in which a partner checked codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerCheck {
    /// Who.
    pub client: Uuid,
    /// Its id, made by the application; newer ids are newer checks.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Which member, when it was done on the hosted page.
    pub member: Option<Uuid>,
    /// What for.
    pub purpose: String,
    /// By which way.
    pub how: String,
    /// How many codes.
    pub asked: u32,
    /// How many of each verdict: valid, attention, not valid, unreadable, cannot tell; last: refused without a verdict.
    pub counts: [u32; 6],
    /// 18 bytes for each code: keyed digest of the subject, verdict, reason.
    pub entries: Vec<u8>,
}

/// Whose a place in a status list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    /// The place.
    pub at: StatusIndex,
    /// The vehicle or the driver.
    pub subject: Uuid,
    /// The owner in the register: of the vehicle, or the driver themselves.
    pub owner: Uuid,
}

const CHECK: &[(&str, Kind)] = &[
    ("client", Kind::Id),
    ("id", Kind::Id),
    ("at", Kind::Int),
    ("member", Kind::Id),
    ("purpose", Kind::Text),
    ("how", Kind::Text),
    ("asked", Kind::Int),
    ("valid", Kind::Int),
    ("attention", Kind::Int),
    ("not_valid", Kind::Int),
    ("unreadable", Kind::Int),
    ("cannot_tell", Kind::Int),
    ("refused", Kind::Int),
    ("entries", Kind::Bytes),
];

fn client(mut row: Row) -> Result<PartnerClient, Error> {
    Ok(PartnerClient {
        id: row.id()?,
        name: row.text()?,
        name_en: row.text()?,
        kind: row.text()?,
        scopes: row.text()?,
        regions: row.text()?,
        day_limit: row.number()?,
        minute_limit: row.number()?,
        created_at: row.time()?,
        ended_at: row.opt_time()?,
    })
}

fn key(mut row: Row) -> Result<PartnerKey, Error> {
    Ok(PartnerKey {
        client: row.id()?,
        key: row.array()?,
        kid: row.text()?,
        spki: row.bytes()?,
        added_at: row.time()?,
        ended_at: row.opt_time()?,
    })
}

fn check(mut row: Row) -> Result<PartnerCheck, Error> {
    Ok(PartnerCheck {
        client: row.id()?,
        id: row.id()?,
        at: row.time()?,
        member: row.opt_id()?,
        purpose: row.text()?,
        how: row.text()?,
        asked: row.number()?,
        counts: [row.number()?, row.number()?, row.number()?, row.number()?, row.number()?, row.number()?],
        entries: row.bytes()?,
    })
}

impl Tx {
    /// Records a partner, or changes what it may do. When it was registered stays.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_partner(&mut self, c: &PartnerClient) -> Result<(), Error> {
        let sql = "INSERT INTO partner_client (id, name, name_en, kind, scopes, regions, day_limit, minute_limit, created_at, ended_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
                   name_en = excluded.name_en, kind = excluded.kind, scopes = excluded.scopes, regions = excluded.regions, \
                   day_limit = excluded.day_limit, minute_limit = excluded.minute_limit, ended_at = excluded.ended_at";
        let row = values![
            c.id,
            &c.name,
            &c.name_en,
            &c.kind,
            &c.scopes,
            &c.regions,
            c.day_limit,
            c.minute_limit,
            c.created_at,
            c.ended_at,
        ];
        self.execute(sql, row).await.map(drop)
    }

    /// All partners, those that were ended too, the oldest first.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn partners(&mut self) -> Result<Vec<PartnerClient>, Error> {
        let sql = "SELECT id, name, name_en, kind, scopes, regions, day_limit, minute_limit, created_at, ended_at FROM partner_client ORDER BY id";
        self.rows(sql, values![]).await?.into_iter().map(client).collect()
    }

    /// Records a key of a partner.
    ///
    /// # Errors
    /// `Conflict { what: "partner_key_key" }` when the partner has had it before; `Engine`.
    pub async fn put_partner_key(&mut self, k: &PartnerKey) -> Result<(), Error> {
        let sql =
            "INSERT INTO partner_key (client, key, kid, spki, added_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6)";
        let row = values![k.client, k.key, &k.kid, k.spki.as_slice(), k.added_at, k.ended_at];
        self.execute(sql, row).await.map(drop)
    }

    /// Ends a key of a partner. Answers whether there was one that counted.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_partner_key(&mut self, client: Uuid, key: [u8; 8], now: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE partner_key SET ended_at = $3 WHERE client = $1 AND key = $2 AND ended_at IS NULL";
        Ok(self.execute(sql, values![client, key, now]).await? == 1)
    }

    /// All keys of all partners, those that were ended too, each partner's oldest first.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn partner_keys(&mut self) -> Result<Vec<PartnerKey>, Error> {
        let sql = "SELECT client, key, kid, spki, added_at, ended_at FROM partner_key ORDER BY client, added_at, key";
        self.rows(sql, values![]).await?.into_iter().map(key).collect()
    }

    /// Records a person of a partner.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Broken` when the name is too long; `Engine`.
    pub async fn put_partner_member(&mut self, m: &PartnerMember) -> Result<(), Error> {
        let name = self.vault().seal("partner_member", "name", m.id.as_bytes(), m.name.as_bytes())?;
        let sql = "INSERT INTO partner_member (client, id, name, added_at, ended_at) VALUES ($1, $2, $3, $4, $5)";
        self.execute(sql, values![m.client, m.id, name, m.added_at, m.ended_at]).await.map(drop)
    }

    /// Ends a person of a partner. Answers whether there was one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_partner_member(&mut self, client: Uuid, id: Uuid, now: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE partner_member SET ended_at = $3 WHERE client = $1 AND id = $2 AND ended_at IS NULL";
        Ok(self.execute(sql, values![client, id, now]).await? == 1)
    }

    /// All people of all partners, those that were ended too, each partner's oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn partner_members(&mut self) -> Result<Vec<PartnerMember>, Error> {
        let sql = "SELECT client, id, name, added_at, ended_at FROM partner_member ORDER BY client, id";
        let rows = self.rows(sql, values![]).await?;
        rows.into_iter()
            .map(|mut row| {
                let (client, id) = (row.id()?, row.id()?);
                let name = self.vault().open_text("partner_member", "name", id.as_bytes(), &row.bytes()?)?;
                Ok(PartnerMember { client, id, name, added_at: row.time()?, ended_at: row.opt_time()? })
            })
            .collect()
    }

    /// How much of a day's quota each partner has used.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn partner_usage(&mut self, day: Date) -> Result<Vec<(Uuid, u64)>, Error> {
        let rows = self.rows("SELECT client, used FROM partner_usage WHERE day = $1", values![day]).await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.number()?))).collect()
    }

    /// Adds to what a partner has used of a day's quota.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn add_partner_usage(&mut self, client: Uuid, day: Date, used: u32) -> Result<(), Error> {
        let sql = "INSERT INTO partner_usage (client, day, used) VALUES ($1, $2, $3) \
                   ON CONFLICT (client, day) DO UPDATE SET used = partner_usage.used + excluded.used";
        self.execute(sql, values![client, day, used]).await.map(drop)
    }

    /// Records that an assertion was used. Answers whether this was the first time.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn use_partner_assertion(
        &mut self,
        client: Uuid,
        digest: [u8; 32],
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "INSERT INTO partner_assertion (client, digest, expires_at) VALUES ($1, $2, $3) ON CONFLICT (client, digest) DO NOTHING";
        Ok(self.execute(sql, values![client, digest, expires_at]).await? == 1)
    }

    /// Records checks, many in one statement.
    ///
    /// # Errors
    /// `Conflict` when an id is taken; `Engine`.
    pub async fn add_partner_checks(&mut self, checks: &[PartnerCheck]) -> Result<(), Error> {
        let rows = checks.iter().flat_map(|c| {
            let [valid, attention, not_valid, unreadable, cannot_tell, refused] = c.counts;
            values![
                c.client,
                c.id,
                c.at,
                c.member,
                &c.purpose,
                &c.how,
                c.asked,
                valid,
                attention,
                not_valid,
                unreadable,
                cannot_tell,
                refused,
                c.entries.as_slice(),
            ]
        });
        self.insert_many("partner_check", CHECK, rows.collect()).await
    }

    /// What a partner checked, the newest first, those before `before` when a page follows another.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn partner_checks(
        &mut self,
        client: Uuid,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<PartnerCheck>, Error> {
        let sql = "SELECT client, id, at, member, purpose, how, asked, valid, attention, not_valid, unreadable, cannot_tell, refused, entries \
                   FROM partner_check WHERE client = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let row = values![client, before.unwrap_or(Uuid::max()), limit.min(MAX_PAGE)];
        self.rows(sql, row).await?.into_iter().map(check).collect()
    }

    /// Forgets assertions that have expired and usage of days before `day`. Answers how many rows went.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep_partners(&mut self, now: Timestamp, day: Date) -> Result<u64, Error> {
        let assertions = self.execute("DELETE FROM partner_assertion WHERE expires_at < $1", values![now]).await?;
        Ok(assertions + self.execute("DELETE FROM partner_usage WHERE day < $1", values![day]).await?)
    }

    /// Whose these places in status lists are; a place that nobody has is left out. At most [`MAX_PLACES`] at a time are asked for.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn whose_places(&mut self, places: &[StatusIndex]) -> Result<Vec<Whose>, Error> {
        let mut found = Vec::with_capacity(places.len());
        for some in places.chunks(MAX_PLACES) {
            // Numbers only, so they may stand in the text: a list of pairs has no other form that both engines read.
            let pairs: Vec<String> = some.iter().map(|at| format!("({},{})", at.list, at.index)).collect();
            let sql = format!(
                "WITH asked (list, idx) AS (VALUES {}) \
                 SELECT e.list, e.idx, e.subject, COALESCE(v.owner, d.owner) FROM asked a \
                 JOIN status_entry e ON e.list = a.list AND e.idx = a.idx \
                 LEFT JOIN vehicle v ON v.id = e.subject LEFT JOIN driver d ON d.id = e.subject \
                 WHERE v.owner IS NOT NULL OR d.owner IS NOT NULL",
                pairs.join(",")
            );
            for mut row in self.rows(AssertSqlSafe(sql), values![]).await? {
                let at = StatusIndex { list: row.number()?, index: row.number()? };
                found.push(Whose { at, subject: row.id()?, owner: row.id()? });
            }
        }
        Ok(found)
    }
}

#[cfg(all(test, feature = "testing"))]
#[path = "partner_tests.rs"]
mod tests;
