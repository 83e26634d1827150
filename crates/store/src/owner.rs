//! Owners: who they are is sealed; they are found by a keyed digest of their number.

use jiff::Timestamp;
use luzheng_domain::vehicle::{OwnerDetails, OwnerKind, OwnerNumber};
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, Value, values},
    vault::Vault,
};

/// An owner as known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOwner {
    /// Our id.
    pub id: Uuid,
    /// Counts up with every new fact, from 1.
    pub version: u32,
    /// Since when this is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// Who it is, opened.
    pub details: OwnerDetails,
}

/// What recording an owner did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerPut {
    /// Not known before.
    New(Uuid),
    /// Known with other details; a new version was recorded.
    Changed(Uuid),
    /// Known with the same details.
    Unchanged(Uuid),
}

impl OwnerPut {
    /// The owner's id.
    pub const fn id(self) -> Uuid {
        match self {
            Self::New(id) | Self::Changed(id) | Self::Unchanged(id) => id,
        }
    }
}

pub(crate) const OWNER: &str = "SELECT f.owner, f.version, f.true_from, f.known_from, f.kind, f.number, f.name, f.phone \
                     FROM owner o JOIN owner_fact f ON f.owner = o.id AND f.version = o.version";

pub(crate) const OWNER_NUMBER: &[(&str, Kind)] = &[("number_index", Kind::Bytes), ("owner", Kind::Id)];
pub(crate) const OWNER_ROW: &[(&str, Kind)] = &[("id", Kind::Id), ("version", Kind::Int)];
pub(crate) const OWNER_FACT: &[(&str, Kind)] = &[
    ("owner", Kind::Id),
    ("version", Kind::Int),
    ("true_from", Kind::Int),
    ("known_from", Kind::Int),
    ("kind", Kind::Text),
    ("number", Kind::Bytes),
    ("name", Kind::Bytes),
    ("phone", Kind::Bytes),
    ("digest", Kind::Bytes),
];

/// The keyed digest by which a number is found.
pub(crate) fn number_index(vault: &Vault, number: &OwnerNumber) -> [u8; 16] {
    vault.index("owner number", number.as_str().as_bytes())
}

/// A keyed digest of everything: equal exactly when nothing changed.
pub(crate) fn details_digest(vault: &Vault, details: &OwnerDetails) -> [u8; 16] {
    let mut all = Vec::with_capacity(96);
    for part in [
        Some(details.kind.code()),
        Some(details.number.as_str()),
        Some(details.name.as_str()),
        details.phone.as_deref(),
    ] {
        let part = part.map_or(&b"-"[..], str::as_bytes);
        all.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        all.extend_from_slice(part);
    }
    vault.index("owner details", &all)
}

pub(crate) fn owner_fact_values(
    vault: &Vault,
    id: Uuid,
    version: u32,
    times: (Timestamp, Timestamp),
    details: &OwnerDetails,
) -> Result<Vec<Value>, Error> {
    let seal = |field: &str, text: &str| vault.seal("owner_fact", field, id.as_bytes(), text.as_bytes());
    let phone = details.phone.as_deref().map(|phone| seal("phone", phone)).transpose()?;
    Ok(values![
        id,
        version,
        times.0,
        times.1,
        details.kind.code(),
        seal("number", details.number.as_str())?,
        seal("name", &details.name)?,
        phone,
        details_digest(vault, details),
    ])
}

impl Tx {
    /// The owner with this id.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_owner(&mut self, id: Uuid) -> Result<Option<StoredOwner>, Error> {
        let row = self.row(sqlx::AssertSqlSafe(format!("{OWNER} WHERE o.id = $1")), values![id]).await?;
        row.map(|row| self.stored_owner(row)).transpose()
    }

    /// The owner with this identity number.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_owner_by_number(&mut self, number: &OwnerNumber) -> Result<Option<StoredOwner>, Error> {
        let index = number_index(self.vault(), number);
        match self.row("SELECT owner FROM owner_number WHERE number_index = $1", values![index]).await? {
            Some(mut row) => {
                let id = row.id()?;
                self.find_owner(id).await
            }
            None => Ok(None),
        }
    }

    /// Records who an owner is: a new owner under `new_id`, a new version when something changed, nothing otherwise.
    ///
    /// # Errors
    /// `Conflict` when two change the same owner at once; `Broken`, `Engine`.
    pub async fn put_owner(
        &mut self,
        new_id: Uuid,
        details: &OwnerDetails,
        true_from: Timestamp,
        known_from: Timestamp,
    ) -> Result<OwnerPut, Error> {
        let index = number_index(self.vault(), &details.number);
        let sql =
            "INSERT INTO owner_number (number_index, owner) VALUES ($1, $2) ON CONFLICT (number_index) DO NOTHING";
        if self.execute(sql, values![index, new_id]).await? == 1 {
            self.execute("INSERT INTO owner (id, version) VALUES ($1, 1)", values![new_id]).await?;
            self.insert_owner_fact(new_id, 1, (true_from, known_from), details).await?;
            return Ok(OwnerPut::New(new_id));
        }
        let id = self.one("SELECT owner FROM owner_number WHERE number_index = $1", values![index]).await?.id()?;
        let version = match self.row("SELECT version FROM owner WHERE id = $1 FOR UPDATE", values![id]).await? {
            Some(mut row) => row.number::<u32>()?,
            None => return Err(Error::broken("owner_number", id, "points to no owner")),
        };
        let known = self
            .one("SELECT digest FROM owner_fact WHERE owner = $1 AND version = $2", values![id, version])
            .await?
            .bytes()?;
        if known == details_digest(self.vault(), details) {
            return Ok(OwnerPut::Unchanged(id));
        }
        self.insert_owner_fact(id, version + 1, (true_from, known_from), details).await?;
        self.execute("UPDATE owner SET version = $2 WHERE id = $1", values![id, version + 1]).await?;
        Ok(OwnerPut::Changed(id))
    }

    async fn insert_owner_fact(
        &mut self,
        id: Uuid,
        version: u32,
        times: (Timestamp, Timestamp),
        details: &OwnerDetails,
    ) -> Result<(), Error> {
        let values = owner_fact_values(self.vault(), id, version, times, details)?;
        self.insert_many("owner_fact", OWNER_FACT, values).await
    }

    pub(crate) fn stored_owner(&self, mut row: Row) -> Result<StoredOwner, Error> {
        let (id, version, true_from, known_from) = (row.id()?, row.number()?, row.time()?, row.time()?);
        let kind = match row.text()?.as_str() {
            "individual" => OwnerKind::Individual,
            "organisation" => OwnerKind::Organisation,
            other => return Err(Error::broken("owner_fact", id, format!("kind {other:?}"))),
        };
        let open = |field: &str, sealed: Vec<u8>| self.vault().open_text("owner_fact", field, id.as_bytes(), &sealed);
        let number = open("number", row.bytes()?)?;
        let number = OwnerNumber::parse(&number, kind)
            .map_err(|error| Error::broken("owner_fact", id, format!("number: {}", error.code())))?
            .value;
        let name = open("name", row.bytes()?)?;
        let phone = row.opt_bytes()?.map(|sealed| open("phone", sealed)).transpose()?;
        Ok(StoredOwner { id, version, true_from, known_from, details: OwnerDetails { kind, number, name, phone } })
    }
}
