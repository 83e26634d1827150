//! Status lists: which index a credential gets, what its value is, what was published.

use std::sync::Mutex;

use aws_lc_rs::rand;
use jiff::{Timestamp, civil::Date};
use luzheng_domain::credential::CredentialKind;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    db::{Store, Tx},
    error::Error,
    permutation::{self, Permutation},
    value::values,
};

/// Entries of a list.
pub const LIST_SIZE: u32 = permutation::SIZE;
/// Small requests are served from a block of this many indices kept in memory: one short transaction per block.
const BLOCK: u32 = 64;
/// The most indices one call may ask for.
pub const MAX_ALLOCATION: u32 = 100_000;

/// "lists" in ASCII: the advisory lock that keeps two from opening a list at once.
const LIST_LOCK: i64 = 0x6c_6973_7473;

/// Where a credential's status stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusIndex {
    /// The list's number, from 1.
    pub list: u32,
    /// The entry, from 0 to [`LIST_SIZE`] - 1.
    pub index: u32,
}

/// A status list as handed out so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusListState {
    /// The list's number, from 1.
    pub list: u32,
    /// How many entries it has.
    pub size: u32,
    /// How many of them were handed out.
    pub used: u32,
    /// How many bits an entry takes: 2 or 4.
    pub bits: u8,
}

/// How many bits an entry of a list for this kind takes. Marks and licences never share a list.
pub const fn bits_for(kind: CredentialKind) -> u8 {
    match kind {
        CredentialKind::InspectionMark => 2,
        CredentialKind::DrivingLicence => 4,
    }
}

/// The value of a status entry, as published in two or four bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusValue {
    /// 0: nothing against it.
    Valid = 0,
    /// 1: revoked.
    Invalid = 1,
    /// 2: suspended.
    Suspended = 2,
    /// 3: a newer credential took its place.
    Superseded = 3,
    /// 12 (application specific, only in lists of four bits): suspended, and not valid meanwhile.
    Stopped = 12,
}

impl StatusValue {
    /// The two or four bits.
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// Whether this is the value of something suspended, which may be lifted again.
    pub const fn suspends(self) -> bool {
        matches!(self, Self::Suspended | Self::Stopped)
    }

    pub(crate) fn of(bits: i64, index: StatusIndex) -> Result<Self, Error> {
        match bits {
            0 => Ok(Self::Valid),
            1 => Ok(Self::Invalid),
            2 => Ok(Self::Suspended),
            3 => Ok(Self::Superseded),
            12 => Ok(Self::Stopped),
            other => {
                Err(Error::broken("status_entry", format!("{}/{}", index.list, index.index), format!("value {other}")))
            }
        }
    }
}

/// A signed publication of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The list's number.
    pub list: u32,
    /// Counts up per list, from 1.
    pub seq: i64,
    /// Signed at.
    pub iat: Timestamp,
    /// Readers refuse it from then on.
    pub exp: Timestamp,
    /// The list as a JWT.
    pub jwt: Vec<u8>,
    /// The list as a CWT.
    pub cwt: Vec<u8>,
}

/// A change that no publication contains yet. Opaque: read them, publish, then [`Tx::clear_dirty`] exactly these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirtyMark {
    /// The list that changed.
    pub list: u32,
    pub(crate) index: i64,
    pub(crate) version: i64,
}

/// Indices taken from the database and not handed out yet. Those lost in a crash stay 0 and harm nobody.
#[derive(Debug, Default)]
pub(crate) struct Reserve {
    two: Mutex<Vec<StatusIndex>>,
    four: Mutex<Vec<StatusIndex>>,
}

impl Reserve {
    fn of(&self, bits: u8) -> std::sync::MutexGuard<'_, Vec<StatusIndex>> {
        let reserve = if bits == 2 { &self.two } else { &self.four };
        reserve.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn take(&self, bits: u8, wanted: usize) -> Vec<StatusIndex> {
        let mut reserve = self.of(bits);
        let from = reserve.len().saturating_sub(wanted);
        reserve.split_off(from)
    }

    fn keep(&self, bits: u8, rest: Vec<StatusIndex>) {
        self.of(bits).extend(rest);
    }
}

impl Store {
    /// Hands out `count` fresh random places in status lists for this kind of credential, in a short transaction of its own, opening a new list when one is
    /// full. Call it *before* [`Store::write`]: on `SQLite` it waits for the writer's turn itself. Places that are never used stay
    /// 0, which harms nobody. `now` dates a new list.
    ///
    /// # Errors
    /// `Engine`; also when `count` is above [`MAX_ALLOCATION`].
    pub async fn allocate_status(
        &self,
        kind: CredentialKind,
        count: u32,
        now: Timestamp,
    ) -> Result<Vec<StatusIndex>, Error> {
        if count > MAX_ALLOCATION {
            return Err(Error::fatal(format!("{count} status indices at once; at most {MAX_ALLOCATION}")));
        }
        let bits = bits_for(kind);
        let mut indices = self.reserve().take(bits, count as usize);
        let missing = count - u32::try_from(indices.len()).unwrap_or(count);
        if missing > 0 {
            let mut tx = self.write().await?;
            let mut fresh = tx.advance_status(bits, missing.max(BLOCK), now).await?;
            tx.commit().await?;
            self.reserve().keep(bits, fresh.split_off(missing as usize));
            indices.append(&mut fresh);
        }
        Ok(indices)
    }
}

impl Tx {
    async fn advance_status(&mut self, bits: u8, count: u32, now: Timestamp) -> Result<Vec<StatusIndex>, Error> {
        let mut indices = Vec::with_capacity(count as usize);
        while indices.len() < count as usize {
            let newest = self
                .row(
                    "SELECT list, size, used, secret FROM status_list WHERE bits = $1 ORDER BY list DESC LIMIT 1 FOR UPDATE",
                    values![bits],
                )
                .await?;
            let (list, size, used, secret) = match newest {
                Some(mut row) => (row.number::<u32>()?, row.number::<u32>()?, row.number::<u32>()?, Some(row.bytes()?)),
                None => (0, 0, 0, None),
            };
            let Some(secret) = secret.filter(|_| used < size) else {
                self.open_list(bits, now).await?;
                continue;
            };
            let secret = Zeroizing::new(self.vault().open("status_list", "secret", &list.to_be_bytes(), &secret)?);
            let permutation = Permutation::new(&secret);
            let missing = count - u32::try_from(indices.len()).unwrap_or(count);
            let last = used + missing.min(size - used);
            indices.extend((used..last).map(|number| StatusIndex { list, index: permutation.of(number) }));
            self.execute("UPDATE status_list SET used = $2 WHERE list = $1", values![list, last]).await?;
        }
        Ok(indices)
    }

    /// A new list is also a change to publish: without it its credentials would have no status at all.
    async fn open_list(&mut self, bits: u8, now: Timestamp) -> Result<(), Error> {
        // Two that find the last list full at once: the second one waits here and then finds the first one's list.
        self.lock_out_others(LIST_LOCK).await?;
        let open = "SELECT list FROM status_list WHERE bits = $1 AND used < size LIMIT 1";
        if self.row(open, values![bits]).await?.is_some() {
            return Ok(());
        }
        let list: u32 = self.one("SELECT COALESCE(MAX(list), 0) + 1 FROM status_list", values![]).await?.number()?;
        let mut secret = Zeroizing::new([0_u8; 32]);
        rand::fill(secret.as_mut_slice()).map_err(|_| Error::fatal("no randomness"))?;
        let sealed = self.vault().seal("status_list", "secret", &list.to_be_bytes(), secret.as_slice())?;
        self.execute(
            "INSERT INTO status_list (list, size, used, secret, created_at, bits) VALUES ($1, $2, 0, $3, $4, $5)",
            values![list, LIST_SIZE, sealed, now, bits],
        )
        .await?;
        self.execute("INSERT INTO status_dirty (list, idx, version) VALUES ($1, -1, 0) ON CONFLICT (list, idx, version) DO NOTHING", values![list]).await?;
        Ok(())
    }

    /// Sets a status and marks its list for publication. Answers whether the value changed.
    ///
    /// # Errors
    /// `Broken` when nothing was reserved at this index, or the list has not the bits to say it; `Engine`.
    pub async fn set_status_value(&mut self, at: StatusIndex, value: StatusValue) -> Result<bool, Error> {
        let row = self
            .row(
                "SELECT value, version FROM status_entry WHERE list = $1 AND idx = $2 FOR UPDATE",
                values![at.list, at.index],
            )
            .await?;
        let Some(mut row) = row else {
            return Err(Error::broken(
                "status_entry",
                format!("{}/{}", at.list, at.index),
                "no credential stands here",
            ));
        };
        let (before, version) = (StatusValue::of(row.int()?, at)?, row.int()? + 1);
        if before == value {
            return Ok(false);
        }
        if value.bits() > 3 {
            self.must_have_four_bits(at).await?;
        }
        self.execute(
            "UPDATE status_entry SET value = $3, version = $4 WHERE list = $1 AND idx = $2",
            values![at.list, at.index, value.bits(), version],
        )
        .await?;
        self.execute(
            "INSERT INTO status_dirty (list, idx, version) VALUES ($1, $2, $3)",
            values![at.list, at.index, version],
        )
        .await?;
        Ok(true)
    }

    async fn must_have_four_bits(&mut self, at: StatusIndex) -> Result<(), Error> {
        let bits = self.row("SELECT bits FROM status_list WHERE list = $1", values![at.list]).await?;
        match bits.map(|mut row| row.int()).transpose()? {
            Some(4) => Ok(()),
            _ => Err(Error::broken("status_list", at.list, "its entries have too few bits for this value")),
        }
    }

    /// The status that stands at an index now, whether published or not; `None` when nothing was reserved there.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn status_value(&mut self, at: StatusIndex) -> Result<Option<StatusValue>, Error> {
        match self
            .row("SELECT value FROM status_entry WHERE list = $1 AND idx = $2", values![at.list, at.index])
            .await?
        {
            Some(mut row) => Ok(Some(StatusValue::of(row.int()?, at)?)),
            None => Ok(None),
        }
    }

    /// All lists by number.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn status_lists(&mut self) -> Result<Vec<StatusListState>, Error> {
        let rows = self.rows("SELECT list, size, used, bits FROM status_list ORDER BY list", values![]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(StatusListState {
                    list: row.number()?,
                    size: row.number()?,
                    used: row.number()?,
                    bits: row.number()?,
                })
            })
            .collect()
    }

    /// The entries of a list that are not 0, in the order of their index. Entries whose credential expired before `today` are left
    /// out: they return to 0.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn list_values(&mut self, list: u32, today: Date) -> Result<Vec<(u32, StatusValue)>, Error> {
        let sql =
            "SELECT idx, value FROM status_entry WHERE list = $1 AND value <> 0 AND expires_on >= $2 ORDER BY idx";
        let rows = self.rows(sql, values![list, today]).await?;
        rows.into_iter()
            .map(|mut row| {
                let index = row.number()?;
                Ok((index, StatusValue::of(row.int()?, StatusIndex { list, index })?))
            })
            .collect()
    }

    /// Which credential or holding stands at an index: its subject and id.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn credential_at(&mut self, at: StatusIndex) -> Result<Option<(Uuid, Uuid)>, Error> {
        let row = self
            .row(
                "SELECT subject, credential FROM status_entry WHERE list = $1 AND idx = $2",
                values![at.list, at.index],
            )
            .await?;
        row.map(|mut row| Ok((row.id()?, row.id()?))).transpose()
    }

    /// Changes that no publication contains. Read them in the *same* [`Store::read`] transaction as the values that are published.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn dirty_marks(&mut self, limit: u32) -> Result<Vec<DirtyMark>, Error> {
        let rows = self
            .rows("SELECT list, idx, version FROM status_dirty ORDER BY list, idx, version LIMIT $1", values![limit])
            .await?;
        rows.into_iter()
            .map(|mut row| Ok(DirtyMark { list: row.number()?, index: row.int()?, version: row.int()? }))
            .collect()
    }

    /// Forgets marks whose change was published. Marks that came meanwhile stay.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn clear_dirty(&mut self, marks: &[DirtyMark]) -> Result<(), Error> {
        for mark in marks {
            self.execute(
                "DELETE FROM status_dirty WHERE list = $1 AND idx = $2 AND version = $3",
                values![mark.list, mark.index, mark.version],
            )
            .await?;
        }
        Ok(())
    }
}
