//! The journal: entries commit with their fact; one sealer moves them into signed, chained blocks; anyone with the keys can check it.

use std::error::Error as StdError;

use aws_lc_rs::digest;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    bulk::Keys,
    db::{Store, Tx},
    error::Error,
    journal::{self, Hash, MAX_BLOCK_BYTES},
    value::{Kind, Row, values},
};

/// The most entries of one block.
pub const MAX_BLOCK_ENTRIES: u32 = 1_000;
/// The longest detail of an entry, in bytes.
pub const MAX_DETAIL: usize = 8 * 1024;
/// Blocks read at a time while verifying.
const PAGE: u32 = 16;
/// "audit" in ASCII: the advisory lock that keeps two sealers apart.
const SEAL_LOCK: i64 = 0x61_7564_6974;
/// Where the newest block's number and hash are kept a second time.
const HEAD: &str = "audit_head";

/// One entry of the journal. No names, numbers or phones: people are referred to by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id, made by the application; entries are sealed in the order of their ids.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who: a person's id or a program's name.
    pub actor: String,
    /// What was done, for example `credential.revoked`.
    pub action: String,
    /// To whom or what.
    pub subject: Option<Uuid>,
    /// Why it was looked at, where a purpose must be given.
    pub purpose: Option<String>,
    /// Everything else, as JSON.
    pub detail: String,
}

/// A signature over a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockSignature {
    /// The key.
    pub kid: [u8; 8],
    /// The signature.
    pub signature: Vec<u8>,
}

/// The end of the chain. Whoever keeps one outside the database can later prove that nothing before it was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The newest block's number.
    pub block: i64,
    /// Its hash.
    pub hash: Hash,
}

/// The first place where the journal does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditBreak {
    /// The block, 0 when it is not one block.
    pub block: i64,
    /// What is wrong.
    pub why: String,
}

/// What verifying the journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Good blocks before the first break.
    pub blocks: u64,
    /// Their entries.
    pub entries: u64,
    /// The end of the good chain.
    pub head: Option<AuditHead>,
    /// The first break; `None`: the journal holds.
    pub broken: Option<AuditBreak>,
    /// Entries that are not sealed yet and could still be altered unnoticed.
    pub unsealed: u64,
}

/// Signs a block's message. An error leaves the entries in the tail.
pub type SignBlock<'a> = &'a (dyn Fn(&[u8]) -> Result<BlockSignature, Box<dyn StdError + Send + Sync>> + Send + Sync);
/// Checks a signature: key id, message, signature.
pub type CheckBlock<'a> = &'a (dyn Fn(&[u8; 8], &[u8], &[u8]) -> bool + Send + Sync);

const TAIL: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("at", Kind::Int),
    ("actor", Kind::Text),
    ("action", Kind::Text),
    ("subject", Kind::Id),
    ("purpose", Kind::Text),
    ("detail", Kind::Text),
];

fn tail_entry(mut row: Row) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        id: row.id()?,
        at: row.time()?,
        actor: row.text()?,
        action: row.text()?,
        subject: row.opt_id()?,
        purpose: row.opt_text()?,
        detail: row.text()?,
    })
}

struct Block {
    number: i64,
    prev: Vec<u8>,
    entries: Vec<u8>,
    count: i64,
    hash: Vec<u8>,
    kid: Vec<u8>,
    signature: Vec<u8>,
    sealed_at: Timestamp,
}

fn block(mut row: Row) -> Result<Block, Error> {
    Ok(Block {
        number: row.int()?,
        prev: row.bytes()?,
        entries: row.bytes()?,
        count: row.int()?,
        hash: row.bytes()?,
        kid: row.bytes()?,
        signature: row.bytes()?,
        sealed_at: row.time()?,
    })
}

impl Tx {
    /// Enters something in the journal; it commits with the fact.
    ///
    /// # Errors
    /// `Conflict` when an id is taken; `Broken` when a detail is longer than [`MAX_DETAIL`]; `Engine`.
    pub async fn audit(&mut self, entries: &[AuditEntry]) -> Result<(), Error> {
        if let Some(entry) = entries.iter().find(|entry| entry.detail.len() > MAX_DETAIL) {
            return Err(Error::broken(
                "audit_tail",
                entry.id,
                format!("a detail of {} bytes; at most {MAX_DETAIL}", entry.detail.len()),
            ));
        }
        let rows = entries
            .iter()
            .flat_map(|e| values![e.id, e.at, &e.actor, &e.action, e.subject, e.purpose.as_deref(), &e.detail]);
        self.insert_many("audit_tail", TAIL, rows.collect()).await
    }

    /// Moves up to `max` (at most [`MAX_BLOCK_ENTRIES`]) entries from the tail into one signed block; answers its head, or `None` when the tail
    /// is empty. The caller commits; until then nothing has happened.
    ///
    /// # Errors
    /// `Engine`, also when signing failed.
    pub async fn seal_audit(
        &mut self,
        sign: SignBlock<'_>,
        max: u32,
        now: Timestamp,
    ) -> Result<Option<AuditHead>, Error> {
        self.lock_out_others(SEAL_LOCK).await?;
        let sql = "SELECT id, at, actor, action, subject, purpose, detail FROM audit_tail ORDER BY id LIMIT $1";
        let rows = self.rows(sql, values![max.min(MAX_BLOCK_ENTRIES)]).await?;
        let entries = rows.into_iter().map(tail_entry).collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(None);
        }
        let newest = self.row("SELECT block, hash FROM audit_block ORDER BY block DESC LIMIT 1", values![]).await?;
        let (before, prev): (i64, Hash) = match newest {
            Some(mut row) => (row.int()?, row.array()?),
            None => (0, journal::GENESIS),
        };
        let number = before + 1;
        let bytes = journal::encode(&entries);
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let hash = journal::hash(number, &prev, count, now, &bytes);
        let signed = sign(&journal::message(number, &hash)).map_err(Error::fatal)?;
        let sql = "INSERT INTO audit_block (block, prev_hash, entries, entry_count, hash, kid, signature, sealed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.execute(sql, values![number, prev, bytes, count, hash, signed.kid, signed.signature, now]).await?;
        let index =
            (0_i64..).zip(&entries).flat_map(|(pos, entry)| values![entry.subject.unwrap_or(Uuid::nil()), number, pos]);
        self.insert_many(
            "audit_entry",
            &[("subject", Kind::Id), ("block", Kind::Int), ("pos", Kind::Int)],
            index.collect(),
        )
        .await?;
        self.rows_for(
            "DELETE FROM audit_tail WHERE id IN (*)",
            Keys::Ids(entries.iter().map(|entry| entry.id).collect()),
        )
        .await?;
        let head = AuditHead { block: number, hash };
        self.put_meta(HEAD, &[number.to_be_bytes().as_slice(), &hash].concat()).await?;
        Ok(Some(head))
    }

    /// What the journal says about a subject, newest first, sealed and unsealed.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn audit_of(&mut self, subject: Uuid, limit: u32) -> Result<Vec<AuditEntry>, Error> {
        let sql = "SELECT id, at, actor, action, subject, purpose, detail FROM audit_tail WHERE subject = $1 ORDER BY id DESC LIMIT $2";
        let rows = self.rows(sql, values![subject, limit]).await?;
        let mut found = rows.into_iter().map(tail_entry).collect::<Result<Vec<_>, _>>()?;
        let sql = "SELECT block, pos FROM audit_entry WHERE subject = $1 ORDER BY block DESC, pos DESC LIMIT $2";
        let mut opened: Option<(i64, Vec<AuditEntry>)> = None;
        for mut row in self.rows(sql, values![subject, limit]).await? {
            let (number, pos) = (row.int()?, row.number::<usize>()?);
            if opened.as_ref().is_none_or(|(open, _)| *open != number) {
                let bytes =
                    self.one("SELECT entries FROM audit_block WHERE block = $1", values![number]).await?.bytes()?;
                opened =
                    Some((number, journal::decode(&bytes).map_err(|why| Error::broken("audit_block", number, why))?));
            }
            let entry = opened.as_ref().and_then(|(_, entries)| entries.get(pos));
            found.push(entry.cloned().ok_or_else(|| {
                Error::broken("audit_entry", format!("{number}/{pos}"), "no such entry in the block")
            })?);
        }
        found.truncate(limit as usize);
        Ok(found)
    }

    /// How many entries are not sealed yet.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn unsealed_entries(&mut self) -> Result<u64, Error> {
        self.one("SELECT COUNT(*) FROM audit_tail", values![]).await?.number()
    }

    /// The end of the chain as the newest block has it.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn audit_head(&mut self) -> Result<Option<AuditHead>, Error> {
        let row = self.row("SELECT block, hash FROM audit_block ORDER BY block DESC LIMIT 1", values![]).await?;
        row.map(|mut row| Ok(AuditHead { block: row.int()?, hash: row.array()? })).transpose()
    }

    async fn kept_head(&mut self) -> Result<Option<AuditHead>, Error> {
        let Some(bytes) = self.meta(HEAD).await? else { return Ok(None) };
        let head = bytes.split_first_chunk::<8>().and_then(|(block, hash)| {
            Some(AuditHead { block: i64::from_be_bytes(*block), hash: hash.try_into().ok()? })
        });
        head.map(Some).ok_or_else(|| Error::broken("meta", HEAD, "not a block number and a hash"))
    }
}

/// What was seen of the chain so far.
struct Progress {
    report: AuditReport,
    prev: Hash,
    index: IndexSum,
    noted: Vec<AuditHead>,
}

impl Progress {
    fn check(&mut self, block: &Block, check: CheckBlock<'_>) -> Result<(), String> {
        let expected = self.report.head.map_or(1, |head| head.block + 1);
        if block.number != expected {
            return Err(format!("block {expected} is missing"));
        }
        if block.prev != self.prev {
            return Err("does not follow from the block before it".to_owned());
        }
        if block.entries.len() > MAX_BLOCK_BYTES {
            return Err("too large".to_owned());
        }
        let hash = journal::hash(block.number, &self.prev, block.count, block.sealed_at, &block.entries);
        if block.hash != hash {
            return Err("its content was changed".to_owned());
        }
        let kid: [u8; 8] = block.kid.as_slice().try_into().map_err(|_| "its key id has not 8 bytes".to_owned())?;
        if !check(&kid, &journal::message(block.number, &hash), &block.signature) {
            return Err("its signature does not verify".to_owned());
        }
        let entries = journal::decode(&block.entries)?;
        if i64::try_from(entries.len()) != Ok(block.count) {
            return Err(format!("holds {} entries but says {}", entries.len(), block.count));
        }
        if let Some(noted) = self.noted.iter().find(|noted| noted.block == block.number && noted.hash != hash) {
            return Err(format!("is not the block noted earlier with hash {}", hex::encode(noted.hash)));
        }
        for (pos, entry) in (0_i64..).zip(&entries) {
            self.index.add(entry.subject.unwrap_or(Uuid::nil()), block.number, pos);
        }
        self.prev = hash;
        self.report.blocks += 1;
        self.report.entries += entries.len() as u64;
        self.report.head = Some(AuditHead { block: block.number, hash });
        Ok(())
    }
}

/// A sum over the index's rows that does not depend on their order: a row more, less or changed gives another one.
#[derive(Debug, Default, PartialEq, Eq)]
struct IndexSum([u128; 2]);

impl IndexSum {
    fn add(&mut self, subject: Uuid, block: i64, pos: i64) {
        let row = [subject.as_bytes().as_slice(), &block.to_be_bytes(), &pos.to_be_bytes()].concat();
        let hash = digest::digest(&digest::SHA256, &row);
        for (sum, half) in self.0.iter_mut().zip(hash.as_ref().chunks_exact(16)) {
            *sum = sum.wrapping_add(u128::from_be_bytes(half.try_into().expect("halves of 32 bytes have 16")));
        }
    }
}

impl Store {
    /// Verifies the whole journal in bounded memory: numbers, chain, content, signatures, the index by subject, and that the heads
    /// noted elsewhere (`noted`, and the one in the database) are still part of the chain.
    ///
    /// # Errors
    /// `Engine` when the database fails. A broken journal is not an error but the report's answer.
    pub async fn verify_audit(&self, check: CheckBlock<'_>, noted: Option<AuditHead>) -> Result<AuditReport, Error> {
        let mut tx = self.read().await?;
        let report =
            AuditReport { blocks: 0, entries: 0, head: None, broken: None, unsealed: tx.unsealed_entries().await? };
        let noted = noted.into_iter().chain(tx.kept_head().await?).collect();
        let mut progress = Progress { report, prev: journal::GENESIS, index: IndexSum::default(), noted };
        loop {
            let after = progress.report.head.map_or(0, |head| head.block);
            let sql = "SELECT block, prev_hash, entries, entry_count, hash, kid, signature, sealed_at FROM audit_block WHERE block > $1 ORDER BY block LIMIT $2";
            let rows = tx.rows(sql, values![after, PAGE]).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let block = block(row)?;
                if let Err(why) = progress.check(&block, check) {
                    progress.report.broken = Some(AuditBreak { block: block.number, why });
                    return Ok(progress.report);
                }
            }
        }
        let last = progress.report.head.map_or(0, |head| head.block);
        let cut = progress.noted.iter().find(|noted| noted.block > last);
        progress.report.broken = match cut {
            Some(noted) => Some(AuditBreak {
                block: last + 1,
                why: format!(
                    "the chain ends at block {last}, but block {} was noted: blocks were cut off",
                    noted.block
                ),
            }),
            None if tx.index_sum().await? != progress.index => {
                Some(AuditBreak { block: 0, why: "the index by subject does not agree with the blocks".to_owned() })
            }
            None => None,
        };
        Ok(progress.report)
    }
}

impl Tx {
    async fn index_sum(&mut self) -> Result<IndexSum, Error> {
        use futures_util::TryStreamExt as _;
        let mut sum = IndexSum::default();
        let mut rows = self.stream("SELECT subject, block, pos FROM audit_entry", values![])?;
        while let Some(mut row) = rows.try_next().await? {
            sum.add(row.id()?, row.int()?, row.int()?);
        }
        Ok(sum)
    }
}
