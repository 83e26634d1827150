//! Accounts of citizens: phone, level, link to the register, devices they signed in on, and what happened to them.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The most entries of one answer.
pub const MAX_PAGE: u32 = 1_000;

/// What a citizen's account has besides its person.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The person.
    pub person: Uuid,
    /// The phone that signs in, digits with a leading `+` for foreign ones; sealed at rest.
    pub phone: Option<String>,
    /// How sure we are who it is, 1 to 4.
    pub level: u8,
    /// By which way that was found out.
    pub how: String,
    /// Since when.
    pub changed_at: Timestamp,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("person", &self.person).field("level", &self.level).finish_non_exhaustive()
    }
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// The account's person.
    pub person: Uuid,
    /// Its id, ordered by time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What: a stable word.
    pub what: String,
    /// On which device; sealed at rest.
    pub device: Option<String>,
}

const COLUMNS: &str = "SELECT person, phone, level, how, changed_at FROM account";

impl Tx {
    fn phone_index(&self, phone: &str) -> [u8; 16] {
        self.vault().index("account phone", phone.as_bytes())
    }

    /// Records an account, or changes it; the phone's look-up is [`Tx::take_phone`]'s.
    ///
    /// # Errors
    /// `Broken` when the phone is too long; `Engine`.
    pub async fn put_account(&mut self, account: &Account) -> Result<(), Error> {
        let Account { person, phone, level, how, changed_at } = account;
        let seal = |phone: &String| self.vault().seal("account", "phone", person.as_bytes(), phone.as_bytes());
        let phone = phone.as_ref().map(seal).transpose()?;
        let sql = "INSERT INTO account (person, phone, level, how, changed_at) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (person) DO UPDATE SET phone = excluded.phone, level = excluded.level, how = excluded.how, changed_at = excluded.changed_at";
        self.execute(sql, values![*person, phone, *level, how, *changed_at]).await.map(drop)
    }

    /// One account.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_account(&mut self, person: Uuid) -> Result<Option<Account>, Error> {
        let row = self.row(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE person = $1")), values![person]).await?;
        row.map(|row| self.account(row)).transpose()
    }

    /// One account, kept from others until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_account(&mut self, person: Uuid) -> Result<Option<Account>, Error> {
        let sql = format!("{COLUMNS} WHERE person = $1 FOR UPDATE");
        let row = self.row(sqlx::AssertSqlSafe(sql), values![person]).await?;
        row.map(|row| self.account(row)).transpose()
    }

    fn account(&self, mut row: Row) -> Result<Account, Error> {
        let person = row.id()?;
        let open = |sealed: Vec<u8>| self.vault().open_text("account", "phone", person.as_bytes(), &sealed);
        let phone = row.opt_bytes()?.map(open).transpose()?;
        Ok(Account { person, phone, level: row.number()?, how: row.text()?, changed_at: row.time()? })
    }

    /// Whose a phone is.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn person_of_phone(&mut self, phone: &str) -> Result<Option<Uuid>, Error> {
        let index = self.phone_index(phone);
        let row = self.row("SELECT person FROM account_phone WHERE phone_index = $1", values![index]).await?;
        row.map(|mut row| row.id()).transpose()
    }

    /// Gives a phone to a person unless it is somebody's. Answers whose it is now; of many at the same time one gets it, the others wait for its commit.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn take_phone(&mut self, phone: &str, person: Uuid) -> Result<Uuid, Error> {
        let index = self.phone_index(phone);
        let sql =
            "INSERT INTO account_phone (phone_index, person) VALUES ($1, $2) ON CONFLICT (phone_index) DO NOTHING";
        if self.execute(sql, values![index, person]).await? == 1 {
            return Ok(person);
        }
        self.one("SELECT person FROM account_phone WHERE phone_index = $1", values![index]).await?.id()
    }

    /// Takes a phone from whoever has it.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn free_phone(&mut self, phone: &str) -> Result<(), Error> {
        let index = self.phone_index(phone);
        self.execute("DELETE FROM account_phone WHERE phone_index = $1", values![index]).await.map(drop)
    }

    /// Whose account a person of the register has.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn person_of_owner(&mut self, owner: Uuid) -> Result<Option<Uuid>, Error> {
        let row = self.row("SELECT person FROM account_owner WHERE owner = $1", values![owner]).await?;
        row.map(|mut row| row.id()).transpose()
    }

    /// Links a person of the register to an account unless it has one. Answers whose it is now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn take_owner(&mut self, owner: Uuid, person: Uuid) -> Result<Uuid, Error> {
        let sql = "INSERT INTO account_owner (owner, person) VALUES ($1, $2) ON CONFLICT (owner) DO NOTHING";
        if self.execute(sql, values![owner, person]).await? == 1 {
            return Ok(person);
        }
        self.one("SELECT person FROM account_owner WHERE owner = $1", values![owner]).await?.id()
    }

    /// Ends the link of a person of the register to whatever account has it.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn free_owner(&mut self, owner: Uuid) -> Result<(), Error> {
        self.execute("DELETE FROM account_owner WHERE owner = $1", values![owner]).await.map(drop)
    }

    /// Records that a person signed in on a device. Answers whether it was the first time there.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn note_device(&mut self, person: Uuid, device_hash: [u8; 32], now: Timestamp) -> Result<bool, Error> {
        let sql = "INSERT INTO known_device (person, device_hash, first_at, last_at) VALUES ($1, $2, $3, $3) \
                   ON CONFLICT (person, device_hash) DO NOTHING";
        if self.execute(sql, values![person, device_hash, now]).await? == 1 {
            return Ok(true);
        }
        let sql = "UPDATE known_device SET last_at = $3 WHERE person = $1 AND device_hash = $2";
        self.execute(sql, values![person, device_hash, now]).await?;
        Ok(false)
    }

    /// On how many devices a person has signed in.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn known_devices(&mut self, person: Uuid) -> Result<u32, Error> {
        self.one("SELECT COUNT(*) FROM known_device WHERE person = $1", values![person]).await?.number()
    }

    /// Forgets the devices a person signed in on: the next sign-in on any is the first.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn forget_devices(&mut self, person: Uuid) -> Result<u64, Error> {
        self.execute("DELETE FROM known_device WHERE person = $1", values![person]).await
    }

    /// Records something that happened to an account.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn add_account_event(&mut self, event: &AccountEvent) -> Result<(), Error> {
        let AccountEvent { person, id, at, what, device } = event;
        let seal = |name: &String| self.vault().seal("account_event", "device", id.as_bytes(), name.as_bytes());
        let device = device.as_ref().map(seal).transpose()?;
        let sql = "INSERT INTO account_event (person, id, at, what, device) VALUES ($1, $2, $3, $4, $5)";
        self.execute(sql, values![*person, *id, *at, what, device]).await.map(drop)
    }

    /// What happened to an account, newest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn account_events(&mut self, person: Uuid, limit: u32) -> Result<Vec<AccountEvent>, Error> {
        let sql = "SELECT person, id, at, what, device FROM account_event WHERE person = $1 ORDER BY id DESC LIMIT $2";
        let rows = self.rows(sql, values![person, limit.min(MAX_PAGE)]).await?;
        rows.into_iter().map(|row| self.account_event(row)).collect()
    }

    fn account_event(&self, mut row: Row) -> Result<AccountEvent, Error> {
        let (person, id, at, what) = (row.id()?, row.id()?, row.time()?, row.text()?);
        let open = |sealed: Vec<u8>| self.vault().open_text("account_event", "device", id.as_bytes(), &sealed);
        Ok(AccountEvent { person, id, at, what, device: row.opt_bytes()?.map(open).transpose()? })
    }

    /// Forgets what happened to accounts before `kept_since`.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep_account_events(&mut self, kept_since: Timestamp) -> Result<u64, Error> {
        self.execute("DELETE FROM account_event WHERE at < $1", values![kept_since]).await
    }
}
