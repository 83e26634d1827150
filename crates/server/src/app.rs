//! The system as one value: store, settings, clock, keys, rules, and what has been published.

use crate::clock::Clock;
use crate::config::Settings;
use crate::keyring::{self, Keyring, KeyringError};
use crate::outside::{self, push};
use crate::usecase::channel::Ways;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::identity_platform::Platform;
use crate::usecase::partner::{self, Partners};
use crate::usecase::passkey::Passkeys;
use crate::usecase::subscription;
use crate::usecase::throttle::Throttle;
use crate::usecase::watch::Watch;
use crate::usecase::{key, trust};
use crate::usecase::{notice_code, notify};
use luzheng_domain::vehicle::inspection::InspectionRules;
use luzheng_store::{SchemaState, Store, Vault};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::{Arc, OnceLock, RwLock};

/// Everything the use cases need.
pub struct App {
    /// The data.
    pub store: Store,
    /// What this process was told.
    pub settings: Settings,
    /// The clock.
    pub clock: Clock,
    /// Secrets and signers.
    pub keyring: Keyring,
    /// The rules of the inspection cycle.
    pub rules: &'static InspectionRules,
    /// What is published now: trust list, root, status lists. Verification reads only this.
    pub published: RwLock<Arc<trust::Published>>,
    /// Issuing keys by use and region, as the store lists them; read anew when it changes.
    pub keys: RwLock<Arc<key::KeyTable>>,
    /// Counters.
    pub metrics: PrometheusHandle,
    /// How notices leave the system.
    pub ways: Ways,
    /// Passkeys of our site, when it has a domain.
    pub passkeys: Option<Passkeys>,
    /// The government identity platform, when there is one.
    pub platform: Option<Arc<dyn Platform>>,
    /// How often codes of notices are checked from where.
    pub notice_checks: Throttle,
    /// How often which officer looks.
    pub officer_looks: Throttle,
    /// Looks out for copied codes and for enumeration.
    pub watch: Watch,
    /// Who may verify as a partner, and how much of it they have used.
    pub partners: Partners,
    /// How webhooks reach partners.
    pub webhooks: Arc<dyn subscription::Sender>,
}

/// What to do with a store that holds nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Make the schema, the secrets and the first keys.
    PrepareWhenEmpty,
    /// Refuse: somebody expects data here.
    MustBePrepared,
}

impl From<KeyringError> for UseError {
    fn from(error: KeyringError) -> Self {
        UseError::unavailable("keys_unavailable", error.to_string(), error)
    }
}

fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            // A recorder of the host program (none in our binary) would be kept.
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

impl App {
    /// Opens the system. An empty store is prepared when the opening allows it; then a sentence says what was made.
    ///
    /// # Errors
    /// Database or keys unavailable; an older schema (run `luzheng migrate`); an empty store that must not be.
    pub async fn open(settings: Settings, clock: Clock, opening: Opening) -> Used<(Arc<App>, Option<String>)> {
        Self::open_any(settings, clock, opening, false).await
    }

    /// As [`App::open`], bringing an older schema up to date first.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn migrate(settings: Settings, clock: Clock) -> Used<(Arc<App>, Option<String>)> {
        Self::open_any(settings, clock, Opening::PrepareWhenEmpty, true).await
    }

    async fn open_any(
        settings: Settings,
        clock: Clock,
        opening: Opening,
        migrate: bool,
    ) -> Used<(Arc<App>, Option<String>)> {
        let fresh_secrets = !settings.data_dir.join("secrets/master.key").exists();
        let may_make = opening == Opening::PrepareWhenEmpty;
        // The vault is needed to connect; a master key made for a store that turns out to hold data would not open it, and migrate says so.
        let master = keyring::master_key(&settings.data_dir, may_make)?;
        let store = Store::connect(&settings.database, Vault::new(&master)).await?;
        let prepared = match store.schema_state().await? {
            SchemaState::Empty if may_make => {
                store.migrate().await?;
                true
            }
            SchemaState::Empty => {
                return Err(UseError::new(
                    Kind::Unavailable,
                    "not_prepared",
                    "this database is empty; run `luzheng migrate` first",
                ));
            }
            SchemaState::Ready { .. } => false,
            SchemaState::Differs { script } => {
                return Err(UseError::new(
                    Kind::Unavailable,
                    "schema_differs",
                    format!("the schema script {script} in this database is not the one this program knows"),
                ));
            }
            SchemaState::Behind { .. } if migrate => {
                store.migrate().await?;
                false
            }
            SchemaState::Behind { .. } => {
                return Err(UseError::new(
                    Kind::Unavailable,
                    "schema_behind",
                    "this database was made by an older version; make a backup, then run `luzheng migrate`",
                ));
            }
            SchemaState::Ahead { .. } => {
                return Err(UseError::new(
                    Kind::Unavailable,
                    "schema_ahead",
                    "this database was made by a newer version of Luzheng",
                ));
            }
        };
        if !prepared && fresh_secrets && std::env::var_os("LUZHENG_MASTER_KEY").is_none() && may_make {
            // Nothing may be written under a key that does not belong to this store.
            let _ = std::fs::remove_file(settings.data_dir.join("secrets/master.key"));
            return Err(KeyringError::Missing(settings.data_dir.join("secrets/master.key")).into());
        }
        notice_code::prepare(&store).await?;
        let keyring = Keyring::open(&settings.data_dir, may_make)?;
        let ways = outside::ways(&settings, &notify::push_key(&store, push::generate).await?)?;
        let passkeys = settings.sign_in.passkey.as_ref().map(Passkeys::new).transpose();
        let passkeys = passkeys.map_err(|why| UseError::new(Kind::Unavailable, "passkey_settings", why))?;
        let platform = outside::platform(&settings)?;
        let webhooks = Arc::new(outside::webhook::Webhooks::new(settings.outgoing.allow_private));
        let watch = Watch::new(settings.watch);
        let officer_looks = Throttle::new(settings.bound.looks_a_minute);
        let app = Arc::new(App {
            store,
            settings,
            clock,
            keyring,
            rules: InspectionRules::builtin(),
            published: RwLock::default(),
            keys: RwLock::default(),
            metrics: recorder(),
            ways,
            passkeys,
            platform,
            notice_checks: Throttle::new(notice_code::CHECKS_A_MINUTE),
            officer_looks,
            watch,
            partners: Partners::default(),
            webhooks,
        });
        let said = key::lay_foundation(&app).await?;
        trust::refresh(&app).await?;
        partner::registry::refresh(&app).await?;
        if app.settings.roles.signer {
            trust::follow_settings(&app).await?;
        }
        let said = match (prepared, said) {
            (true, Some(keys)) => Some(format!("prepared a new store; {keys}")),
            (true, None) => Some("prepared a new store".into()),
            (false, said) => said,
        };
        Ok((app, said))
    }

    /// What is published now.
    pub fn published(&self) -> Arc<trust::Published> {
        self.published.read().map(|p| Arc::clone(&p)).unwrap_or_default()
    }

    /// The issuing keys as last read.
    pub fn key_table(&self) -> Arc<key::KeyTable> {
        self.keys.read().map(|k| Arc::clone(&k)).unwrap_or_default()
    }
}
