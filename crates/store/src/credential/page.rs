//! Credentials and photos of many subjects at once, for runs over everybody: one statement a page instead of one a subject.

use luzheng_domain::credential::CredentialKind;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Credential, SELECT, credential};
use crate::{db::Tx, error::Error, value::values};

impl Tx {
    /// The current credentials of a kind whose subjects lie after `after` up to and including `through`, by subject.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn current_credentials_between(
        &mut self,
        kind: CredentialKind,
        after: Uuid,
        through: Uuid,
    ) -> Result<Vec<Credential>, Error> {
        let sql = format!(
            "{SELECT} AND m.subject > $1 AND m.subject <= $2 WHERE c.subject > $1 AND c.subject <= $2 AND c.kind = $3 \
             AND c.ended_at IS NULL ORDER BY c.subject"
        );
        let rows = self.rows(AssertSqlSafe(sql), values![after, through, kind.number()]).await?;
        rows.into_iter().map(credential).collect()
    }

    /// Which of the subjects after `after` up to and including `through` ever had a credential of a kind that is over now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn subjects_with_past_credentials(
        &mut self,
        kind: CredentialKind,
        after: Uuid,
        through: Uuid,
    ) -> Result<Vec<Uuid>, Error> {
        let sql = "SELECT DISTINCT subject FROM credential WHERE subject > $1 AND subject <= $2 AND kind = $3 AND ended_at IS NOT NULL";
        let rows = self.rows(sql, values![after, through, kind.number()]).await?;
        rows.into_iter().map(|mut row| row.id()).collect()
    }

    /// The current photos of the drivers after `after` up to and including `through`: driver and photo.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn current_photos_between(&mut self, after: Uuid, through: Uuid) -> Result<Vec<(Uuid, Uuid)>, Error> {
        let sql = "SELECT driver, id FROM driver_photo WHERE driver > $1 AND driver <= $2 AND state = 'current' ORDER BY driver";
        let rows = self.rows(sql, values![after, through]).await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.id()?))).collect()
    }
}
