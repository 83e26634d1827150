//! Packs and shards that were made, and the plates that stand in a shard.

use jiff::Timestamp;
use luzheng_domain::{
    credential::CredentialKind,
    vehicle::{StatusSet, YearMonth},
};

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
    vehicle::MAX_PAGE,
};

/// A pack or a shard as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePack {
    /// 0 for a pack; of a shard the first two digits of its province's division code.
    pub scope: u32,
    /// Counts up within the scope, from 1.
    pub seq: u32,
    /// As of when.
    pub made_at: Timestamp,
    /// From when on readers refuse it.
    pub expires_at: Timestamp,
    /// How many lists, or plates.
    pub items: u32,
    /// Bytes of the file.
    pub size: u64,
    /// What binds the whole file: of a pack its SHA-256, of a shard that of what stands before the blocks.
    pub digest: [u8; 32],
}

/// What has become of a vehicle's mark, as far as a shard tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlateMark {
    /// None was issued.
    None,
    /// In force.
    Current,
    /// Withdrawn for now.
    Suspended,
    /// Withdrawn for good.
    Revoked,
}

/// A plate with what the register knows of its vehicle now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlateRow {
    /// As written in the register.
    pub number: String,
    /// Two digits.
    pub plate_type: String,
    /// The last month of the inspection's validity.
    pub valid_until: Option<YearMonth>,
    /// The state letters.
    pub status: StatusSet,
    /// The mark.
    pub mark: PlateMark,
}

fn made_pack(mut row: Row) -> Result<MadePack, Error> {
    Ok(MadePack {
        scope: row.number()?,
        seq: row.number()?,
        made_at: row.time()?,
        expires_at: row.time()?,
        items: row.number()?,
        size: row.number()?,
        digest: row.array()?,
    })
}

fn plate_row(mut row: Row) -> Result<PlateRow, Error> {
    let (number, plate_type) = (row.text()?, row.text()?);
    let broken = |what: String| Error::broken("plate", &number, what);
    let month = |found: i64| {
        let month = u32::try_from(found).ok().and_then(YearMonth::from_yyyymm);
        month.ok_or_else(|| broken(format!("valid_until: {found}")))
    };
    let valid_until = row.opt_int()?.map(month).transpose()?;
    let status = row.text()?.parse::<StatusSet>().map_err(|error| broken(format!("status: {error}")))?;
    let mark = match row.int()? {
        0 => PlateMark::None,
        1 => PlateMark::Current,
        2 => PlateMark::Suspended,
        _ => PlateMark::Revoked,
    };
    Ok(PlateRow { number, plate_type, valid_until, status, mark })
}

impl Tx {
    /// The number that the next pack or shard of a scope must carry.
    ///
    /// # Errors
    /// `Broken` after 2^32 of them; `Engine`.
    pub async fn next_pack_seq(&mut self, scope: u32) -> Result<u32, Error> {
        self.one("SELECT COALESCE(MAX(seq), 0) + 1 FROM pack WHERE scope = $1", values![scope]).await?.number()
    }

    /// Records one that was made.
    ///
    /// # Errors
    /// `Conflict` when its number is taken; `Engine`.
    pub async fn put_pack(&mut self, made: &MadePack) -> Result<(), Error> {
        let MadePack { scope, seq, made_at, expires_at, items, size, digest } = made;
        let size = i64::try_from(*size).map_err(|_| Error::broken("pack", seq, format!("{size} bytes")))?;
        let sql = "INSERT INTO pack (scope, seq, made_at, expires_at, items, size, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = values![*scope, *seq, *made_at, *expires_at, *items, size, digest.as_slice()];
        self.execute(sql, values).await.map(drop)
    }

    /// Those of a scope that were made at or after `since`, newest first, at most `limit`.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn packs_since(&mut self, scope: u32, since: Timestamp, limit: u32) -> Result<Vec<MadePack>, Error> {
        let sql = "SELECT scope, seq, made_at, expires_at, items, size, digest FROM pack \
                   WHERE scope = $1 AND made_at >= $2 ORDER BY seq DESC LIMIT $3";
        self.rows(sql, values![scope, since, limit.min(MAX_PAGE)]).await?.into_iter().map(made_pack).collect()
    }

    /// The plates that begin with a character, by the bytes of the number and then the type, after the one given; at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn plates_of(&mut self, first: char, after: Option<&PlateRow>) -> Result<Vec<PlateRow>, Error> {
        // All texts that begin with a character lie between it and the next one.
        let end = char::from_u32(u32::from(first) + 1).unwrap_or(char::MAX).to_string();
        let (number, plate_type) =
            after.map_or((first.to_string(), String::new()), |last| (last.number.clone(), last.plate_type.clone()));
        let sql = "SELECT p.plate_number, p.plate_type, f.valid_until, f.status, CAST(CASE \
                   WHEN c.id IS NOT NULL AND c.suspended_at IS NULL THEN 1 WHEN c.id IS NOT NULL THEN 2 \
                   WHEN EXISTS (SELECT 1 FROM credential x WHERE x.subject = v.id AND x.kind = $4) THEN 3 ELSE 0 END AS BIGINT) \
                   FROM plate p JOIN vehicle v ON v.id = p.vehicle \
                   JOIN vehicle_fact f ON f.vehicle = v.id AND f.version = v.version \
                   LEFT JOIN credential c ON c.subject = v.id AND c.kind = $4 AND c.ended_at IS NULL \
                   WHERE (p.plate_number, p.plate_type) > ($1, $2) AND p.plate_number < $3 \
                   ORDER BY p.plate_number, p.plate_type LIMIT $5";
        let values = values![number, plate_type, end, CredentialKind::InspectionMark.number(), MAX_PAGE];
        self.rows(sql, values).await?.into_iter().map(plate_row).collect()
    }
}
