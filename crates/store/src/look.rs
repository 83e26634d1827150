//! Who looked at a person's data, when and why. Rows are added and never changed; who it was by name is in the journal only.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most rows of one page.
pub const MAX_PAGE: u32 = 100;

/// One look at somebody's data. The codes are the server's; label and recipient are sealed at rest.
#[derive(Clone, PartialEq, Eq)]
pub struct Look {
    /// Its id, made by the application; newer ids are newer looks.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// In which role somebody looked.
    pub by_role: String,
    /// What for.
    pub purpose: String,
    /// What kind of thing was looked at: `vehicle` or `licence`.
    pub about: String,
    /// The vehicle or the driver.
    pub subject: Uuid,
    /// Which part was seen.
    pub what: String,
    /// By which way.
    pub how: String,
    /// How the person knows the thing: a plate, the classes of a licence.
    pub label: String,
    /// For whom a proof was made, in its holder's words.
    pub recipient: Option<String>,
}

impl std::fmt::Debug for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look")
            .field("id", &self.id)
            .field("by_role", &self.by_role)
            .field("purpose", &self.purpose)
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

const LOOK: &[(&str, Kind)] = &[
    ("owner", Kind::Id),
    ("id", Kind::Id),
    ("at", Kind::Int),
    ("by_role", Kind::Text),
    ("purpose", Kind::Text),
    ("about", Kind::Text),
    ("subject", Kind::Id),
    ("what", Kind::Text),
    ("how", Kind::Text),
    ("label", Kind::Bytes),
    ("recipient", Kind::Bytes),
];

impl Tx {
    /// Records a look at an owner's data.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Broken` when a text is too long to be sealed; `Engine`.
    pub async fn add_look(&mut self, owner: Uuid, look: &Look) -> Result<(), Error> {
        self.add_looks(&[(owner, look)]).await
    }

    /// Records looks, each at an owner's data, many in one statement: all or none.
    ///
    /// # Errors
    /// As [`Tx::add_look`].
    pub async fn add_looks(&mut self, looks: &[(Uuid, &Look)]) -> Result<(), Error> {
        let mut rows = Vec::with_capacity(looks.len() * LOOK.len());
        for (owner, look) in looks {
            let seal = |field: &str, text: &str| self.vault().seal("look", field, look.id.as_bytes(), text.as_bytes());
            let label = seal("label", &look.label)?;
            let recipient = look.recipient.as_deref().map(|text| seal("recipient", text)).transpose()?;
            let Look { id, at, by_role, purpose, about, subject, what, how, .. } = look;
            rows.extend(values![*owner, *id, *at, by_role, purpose, about, *subject, what, how, label, recipient]);
        }
        self.insert_many("look", LOOK, rows).await
    }

    /// The looks at an owner's data, newest first, those before `before` when a page follows another.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn looks(&mut self, owner: Uuid, before: Option<Uuid>, limit: u32) -> Result<Vec<Look>, Error> {
        let sql = "SELECT id, at, by_role, purpose, about, subject, what, how, label, recipient FROM look WHERE owner = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let rows = self.rows(sql, values![owner, before.unwrap_or(Uuid::max()), limit.min(MAX_PAGE)]).await?;
        rows.into_iter().map(|row| self.look(row)).collect()
    }

    fn look(&self, mut row: Row) -> Result<Look, Error> {
        let (id, at) = (row.id()?, row.time()?);
        let (by_role, purpose, about) = (row.text()?, row.text()?, row.text()?);
        let (subject, what, how) = (row.id()?, row.text()?, row.text()?);
        let open = |field: &str, sealed: Vec<u8>| self.vault().open_text("look", field, id.as_bytes(), &sealed);
        let label = open("label", row.bytes()?)?;
        let recipient = row.opt_bytes()?.map(|sealed| open("recipient", sealed)).transpose()?;
        Ok(Look { id, at, by_role, purpose, about, subject, what, how, label, recipient })
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing;

    fn look(number: u128, recipient: Option<&str>) -> Look {
        Look {
            id: Uuid::from_u128(number),
            at: Timestamp::from_second(1_760_000_000).expect("a time"),
            by_role: "staff".into(),
            purpose: "counter".into(),
            about: "vehicle".into(),
            subject: Uuid::from_u128(99),
            what: "credential".into(),
            how: "desk".into(),
            label: "苏E00001".into(),
            recipient: recipient.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn looks_are_listed_to_whom_they_belong_and_sealed_at_rest() {
        let (owner, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for db in testing::engines().await {
            let mut tx = db.write().await.expect("writes");
            for (whose, number, recipient) in [(owner, 10, None), (owner, 11, Some("某租车公司")), (other, 12, None)]
            {
                tx.add_look(whose, &look(number, recipient)).await.expect("added");
            }
            assert!(tx.add_look(other, &look(12, None)).await.is_err(), "nothing is written twice");
            drop(tx);
            let mut tx = db.write().await.expect("writes");
            for (whose, number, recipient) in [(owner, 10, None), (owner, 11, Some("某租车公司")), (other, 12, None)]
            {
                tx.add_look(whose, &look(number, recipient)).await.expect("added");
            }
            tx.commit().await.expect("commits");
            let mut tx = db.read().await.expect("reads");
            assert_eq!(tx.looks(owner, None, 10).await.expect("lists"), [look(11, Some("某租车公司")), look(10, None)]);
            assert_eq!(tx.looks(owner, Some(Uuid::from_u128(11)), 10).await.expect("lists"), [look(10, None)]);
            assert_eq!(tx.looks(owner, None, 1).await.expect("lists").len(), 1);
            for mut row in tx.raw_rows("SELECT label FROM look", vec![]).await.expect("rows") {
                let sealed = row.bytes().expect("bytes");
                assert!(!sealed.windows(3).any(|part| part == "苏".as_bytes()), "a plate stands open in the table");
            }
        }
    }
}
