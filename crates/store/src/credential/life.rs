//! What happens to a credential after it was reserved: suspended, restored, ended. Each step is recorded with true and known time.

use jiff::Timestamp;
use luzheng_domain::credential::{CredentialKind, Reason};
use uuid::Uuid;

use super::{Credential, reason};
use crate::{
    db::Tx,
    error::Error,
    status::StatusValue,
    value::{Row, Value, values},
};

/// Who does something to a credential, why, and when.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The person or the program.
    pub actor: &'a str,
    /// Why.
    pub reason: Reason,
    /// For people.
    pub note: Option<&'a str>,
    /// Since when it is so in the world.
    pub true_at: Timestamp,
    /// Since when we know it.
    pub known_at: Timestamp,
}

/// A recorded step in a credential's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialChange {
    /// `suspended`, `restored` or `ended`.
    pub what: String,
    /// Since when it is so in the world.
    pub true_at: Timestamp,
    /// Since when we know it.
    pub known_at: Timestamp,
    /// The person or the program.
    pub actor: String,
    /// Why.
    pub reason: Reason,
    /// For people.
    pub note: Option<String>,
}

impl Tx {
    /// Suspends a current credential; its status gets `value`, which is `Suspended` or, for licences, `Stopped`. Answers `false` when it
    /// is ended or suspended already.
    ///
    /// # Errors
    /// `Broken` when `value` does not suspend, or the credential stands in a list that cannot say it; `Engine`.
    pub async fn suspend_credential(
        &mut self,
        credential: &Credential,
        value: StatusValue,
        by: &By<'_>,
    ) -> Result<bool, Error> {
        if !value.suspends() {
            return Err(Error::broken("credential", credential.id, format!("{value:?} does not suspend")));
        }
        let sql = "UPDATE credential SET suspended_at = $3, suspend_reason = $4 WHERE subject = $1 AND id = $2 AND ended_at IS NULL AND suspended_at IS NULL";
        let done =
            self.execute(sql, values![credential.subject, credential.id, by.known_at, by.reason.code()]).await? == 1;
        if done {
            self.note_change(credential, "suspended", by).await?;
            self.set_status_value(credential.status, value).await?;
        }
        Ok(done)
    }

    /// Lifts a suspension and clears the status. Answers `false` when there is nothing to lift.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn restore_credential(&mut self, credential: &Credential, by: &By<'_>) -> Result<bool, Error> {
        let sql = "UPDATE credential SET suspended_at = NULL, suspend_reason = NULL WHERE subject = $1 AND id = $2 AND ended_at IS NULL AND suspended_at IS NOT NULL";
        let done = self.execute(sql, values![credential.subject, credential.id]).await? == 1;
        if done {
            self.note_change(credential, "restored", by).await?;
            self.set_status_value(credential.status, StatusValue::Valid).await?;
        }
        Ok(done)
    }

    /// Ends a credential. `flag` is the status it gets; `Valid` leaves the status as it is (an on-time renewal lets the old mark run
    /// out by itself). Answers `false` when it is ended already.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn end_credential(
        &mut self,
        credential: &Credential,
        flag: StatusValue,
        by: &By<'_>,
    ) -> Result<bool, Error> {
        let sql =
            "UPDATE credential SET ended_at = $3, end_reason = $4 WHERE subject = $1 AND id = $2 AND ended_at IS NULL";
        let done =
            self.execute(sql, values![credential.subject, credential.id, by.known_at, by.reason.code()]).await? == 1;
        if done {
            self.note_change(credential, "ended", by).await?;
            if flag != StatusValue::Valid {
                self.set_status_value(credential.status, flag).await?;
            }
        }
        Ok(done)
    }

    /// The steps in a credential's life after it was reserved, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn credential_changes(
        &mut self,
        subject: Uuid,
        credential: Uuid,
    ) -> Result<Vec<CredentialChange>, Error> {
        let sql = "SELECT what, true_at, known_at, actor, reason, note FROM credential_change WHERE subject = $1 AND credential = $2 ORDER BY version";
        let rows = self.rows(sql, values![subject, credential]).await?;
        let change = |mut row: Row| {
            Ok(CredentialChange {
                what: row.text()?,
                true_at: row.time()?,
                known_at: row.time()?,
                actor: row.text()?,
                reason: reason("credential_change", credential, &row.text()?)?,
                note: row.opt_text()?,
            })
        };
        rows.into_iter().map(change).collect()
    }

    async fn note_change(&mut self, credential: &Credential, what: &str, by: &By<'_>) -> Result<(), Error> {
        let sql = "INSERT INTO credential_change (subject, credential, version, what, true_at, known_at, actor, reason, note) \
                   SELECT $1, $2, COALESCE(MAX(version), 0) + 1, $3, $4, $5, $6, $7, $8 FROM credential_change WHERE subject = $1 AND credential = $2";
        let values: Vec<Value> = values![
            credential.subject,
            credential.id,
            what,
            by.true_at,
            by.known_at,
            by.actor,
            by.reason.code(),
            by.note
        ];
        self.execute(sql, values).await?;
        match (credential.kind, what) {
            (CredentialKind::DrivingLicence, _) => Ok(()),
            (CredentialKind::InspectionMark, "restored") => {
                self.tell_of_mark(credential.subject, "current", by.known_at).await
            }
            (CredentialKind::InspectionMark, what) => self.tell_of_mark(credential.subject, what, by.known_at).await,
        }
    }
}
