//! Settings: one TOML file, each value also as a `LUZHENG_*` variable (the variable wins).
//!
//! Secrets never stand in the file's own text: the file names where they lie.

mod account;
mod bound;
mod outgoing;
mod pack;
mod paper;
mod partner;
mod retention;
mod review;
mod sign_in;
mod watch;
mod webhook;

pub use account::AccountSettings;
pub use bound::BoundSettings;
pub use outgoing::{Encryption, MailServer, Outgoing, SmsGateway};
pub use pack::PackSettings;
pub use paper::{DEMO_OFFICES, PaperSettings};
pub use partner::PartnerSettings;
pub use retention::RetentionSettings;
pub use review::ReviewSettings;
pub use sign_in::{ClaimNames, PasskeySettings, PlatformSettings, SignInSettings};
pub use watch::{LookUpLimits, WatchSettings};
pub use webhook::WebhookSettings;

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A setting that is missing, malformed or contradicts another.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration {path} is wrong: {why}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        why: String,
    },
    /// A variable or value that cannot be used.
    #[error("{name}: {why}")]
    Value {
        /// The variable or key.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// What the file may say. Unknown keys are refused, so that a misspelt one is not silently without effect.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    database: Option<String>,
    data_dir: Option<PathBuf>,
    listen: Option<String>,
    code_host: Option<String>,
    status_uri: Option<String>,
    feed_token_file: Option<PathBuf>,
    roles: Option<Vec<String>>,
    account: account::AccountTable,
    bound: bound::BoundTable,
    outgoing: outgoing::OutgoingTable,
    pack: pack::PackTable,
    paper: paper::PaperTable,
    partner: partner::PartnerTable,
    retention: retention::RetentionTable,
    review: review::ReviewTable,
    sign_in: sign_in::SignInTable,
    watch: watch::WatchTable,
    webhook: webhook::WebhookTable,
}

/// Which parts of the system a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Answers HTTP.
    pub web: bool,
    /// Runs jobs that need no signing key: notices, sealing, expiry.
    pub jobs: bool,
    /// Holds the keys: signs marks, status lists, live codes.
    pub signer: bool,
}

impl Roles {
    /// Everything in one process.
    pub const ALL: Self = Self { web: true, jobs: true, signer: true };

    /// Reads `web,jobs,signer`.
    ///
    /// # Errors
    /// A word that is none of the three, or no word at all.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut roles = Self { web: false, jobs: false, signer: false };
        for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            match word {
                "web" => roles.web = true,
                "jobs" => roles.jobs = true,
                "signer" => roles.signer = true,
                other => {
                    return Err(ConfigError::Value {
                        name: "LUZHENG_ROLES",
                        why: format!("“{other}” is not a role; the roles are web, jobs, signer"),
                    });
                }
            }
        }
        if roles == (Self { web: false, jobs: false, signer: false }) {
            return Err(ConfigError::Value { name: "LUZHENG_ROLES", why: "no role given".into() });
        }
        Ok(roles)
    }
}

/// Everything a process is told from outside.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// Where keys and secrets lie.
    pub data_dir: PathBuf,
    /// Address to listen on.
    pub listen: String,
    /// Host written into codes, upper case in the symbol. Verification ignores it.
    pub code_host: String,
    /// URI template of status lists, as the trust list states it (`{list}` is the list's number).
    pub status_uri: String,
    /// What the feed and HTTP imports must present; without it they are shut.
    pub feed_token: Option<String>,
    /// The parts this process runs.
    pub roles: Roles,
    /// Demo sign-ins are offered. Only `luzheng demo` sets this.
    pub demo: bool,
    /// Cookies carry `Secure` (the site is reached through TLS).
    pub secure_cookies: bool,
    /// How long sessions last, and how often things may be tried.
    pub account: AccountSettings,
    /// Devices of those who check.
    pub bound: BoundSettings,
    /// How notices leave the system.
    pub outgoing: Outgoing,
    /// When packs for readers without a network are made.
    pub pack: PackSettings,
    /// How marks on paper are made and handed out.
    pub paper: PaperSettings,
    /// What partners get unless something else is said.
    pub partner: PartnerSettings,
    /// How long records about checks are kept.
    pub retention: RetentionSettings,
    /// How the office reviews photos.
    pub review: ReviewSettings,
    /// How people sign in.
    pub sign_in: SignInSettings,
    /// What the watch over checks takes for unusual.
    pub watch: WatchSettings,
    /// How partners are told of changes.
    pub webhook: WebhookSettings,
}

fn variable(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// A number of the file, overridden by its variable, or the standard one; within its bounds, whoever says it.
fn bounded(name: &'static str, from_file: Option<u32>, standard: u32, low: u32, high: u32) -> Result<u32, ConfigError> {
    let said = match variable(name) {
        Some(text) => Some(
            text.parse::<u32>()
                .map_err(|_| ConfigError::Value { name, why: format!("“{text}” is no whole number") })?,
        ),
        None => from_file,
    };
    let value = said.unwrap_or(standard);
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(ConfigError::Value { name, why: format!("{value} is not between {low} and {high}") })
    }
}

impl Settings {
    /// Reads the file (if one is named) and the variables.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file or variable.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let from_file = match file {
            None => File::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
                toml::from_str(&text).map_err(|e| ConfigError::Malformed { path: path.into(), why: e.to_string() })?
            }
        };
        let database = variable("LUZHENG_DATABASE").or(from_file.database).ok_or(ConfigError::Value {
            name: "LUZHENG_DATABASE",
            why: "no database named; set it to sqlite:PATH or postgres://…".into(),
        })?;
        let data_dir = variable("LUZHENG_DATA_DIR")
            .map(PathBuf::from)
            .or(from_file.data_dir)
            .unwrap_or_else(|| default_data_dir(&database));
        let code_host = variable("LUZHENG_CODE_HOST").or(from_file.code_host).unwrap_or_else(|| "localhost".into());
        let status_uri = variable("LUZHENG_STATUS_URI")
            .or(from_file.status_uri)
            .unwrap_or_else(|| format!("https://{code_host}/status/{{list}}"));
        let feed_token = match (variable("LUZHENG_FEED_TOKEN"), from_file.feed_token_file) {
            (Some(token), _) => Some(token),
            (None, Some(path)) => Some(
                std::fs::read_to_string(&path)
                    .map_err(|source| ConfigError::Unreadable { path, source })?
                    .trim()
                    .to_owned(),
            ),
            (None, None) => None,
        };
        if feed_token.as_ref().is_some_and(|t| t.len() < 16) {
            return Err(ConfigError::Value {
                name: "LUZHENG_FEED_TOKEN",
                why: "a feed token has at least 16 characters".into(),
            });
        }
        let roles = match (variable("LUZHENG_ROLES"), from_file.roles) {
            (Some(text), _) => Roles::parse(&text)?,
            (None, Some(list)) => Roles::parse(&list.join(","))?,
            (None, None) => Roles::ALL,
        };
        let outgoing = Outgoing::read(from_file.outgoing)?;
        let site_url = format!("https://{}", code_host.to_ascii_lowercase());
        let sign_in = SignInSettings::read(from_file.sign_in, &site_url, outgoing.allow_private)?;
        Ok(Self {
            database,
            data_dir,
            listen: variable("LUZHENG_LISTEN").or(from_file.listen).unwrap_or_else(|| "127.0.0.1:8080".into()),
            code_host,
            status_uri,
            feed_token,
            roles,
            demo: false,
            secure_cookies: true,
            account: AccountSettings::read(&from_file.account)?,
            bound: BoundSettings::read(&from_file.bound)?,
            outgoing,
            pack: PackSettings::read(&from_file.pack)?,
            paper: PaperSettings::read(from_file.paper)?,
            partner: PartnerSettings::read(&from_file.partner)?,
            retention: RetentionSettings::read(&from_file.retention)?,
            review: ReviewSettings::read(&from_file.review)?,
            sign_in,
            watch: WatchSettings::read(&from_file.watch)?,
            webhook: WebhookSettings::read(&from_file.webhook)?,
        })
    }
}

/// Beside an SQLite file; under `./luzheng-data` for a server, apart for each database so that keys are never mixed.
pub fn default_data_dir(database: &str) -> PathBuf {
    match database.strip_prefix("sqlite:") {
        Some(path) => PathBuf::from(format!("{}-keys", path.split('?').next().unwrap_or(path))),
        None => {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, database.as_bytes());
            PathBuf::from("luzheng-data").join(hex::encode(&digest.as_ref()[..6]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_three_words() {
        assert_eq!(Roles::parse("web, jobs,signer").unwrap(), Roles::ALL);
        assert!(!Roles::parse("web").unwrap().signer);
        assert!(Roles::parse("web,cook").is_err());
        assert!(Roles::parse("").is_err());
    }

    #[test]
    fn keys_of_two_databases_lie_apart() {
        assert_eq!(default_data_dir("sqlite:a/b.db"), PathBuf::from("a/b.db-keys"));
        assert_ne!(default_data_dir("postgres://h/a"), default_data_dir("postgres://h/b"));
    }
}
