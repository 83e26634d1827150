//! A small hall of the vehicle office: the system on a fresh database, with a fixed clock and a way to check everything.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use jiff::Timestamp;
use luzheng::app::{App, Opening};
use luzheng::clock::Clock;
use luzheng::config::{AccountSettings, Outgoing, ReviewSettings, Roles, Settings, SignInSettings};
use luzheng::usecase::catch_up;
use luzheng::usecase::event::{EventReceipt, apply_event};
use luzheng::usecase::{journal, verify};
use luzheng_credential::qr::text;
use luzheng_credential::verify::{Reason, Verdict};
use luzheng_domain::credential::CredentialKind;
use luzheng_store::Engine;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::testing::{TestStore, empty};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// The feed's token in tests.
pub const FEED_TOKEN: &str = "feed-token-for-tests";

/// The system on one engine.
pub struct Hall {
    pub app: Arc<App>,
    _keys: TempDir,
    _place: TestStore,
}

impl Hall {
    /// One hall per engine; in each it is noon of 2026-11-20.
    pub async fn open_all() -> Vec<Self> {
        vec![Self::open(Engine::Sqlite).await, Self::open(Engine::Postgres).await]
    }

    pub async fn open(engine: Engine) -> Self {
        Self::open_reviewing(engine, ReviewSettings::default()).await
    }

    /// A hall whose office reviews photos as these settings say.
    pub async fn open_reviewing(engine: Engine, review: ReviewSettings) -> Self {
        Self::open_changed(engine, |settings| settings.review = review).await
    }

    /// A hall with other settings.
    pub async fn open_changed(engine: Engine, change: impl FnOnce(&mut Settings)) -> Self {
        let place = empty(engine).await;
        let keys = TempDir::new().unwrap();
        let mut settings = Settings {
            database: place.url.clone(),
            data_dir: keys.path().to_owned(),
            listen: "127.0.0.1:0".into(),
            code_host: "localhost".into(),
            status_uri: "https://localhost/status/{list}".into(),
            feed_token: Some(FEED_TOKEN.into()),
            roles: Roles::ALL,
            demo: true,
            secure_cookies: false,
            account: AccountSettings::default(),
            bound: luzheng::config::BoundSettings::default(),
            outgoing: Outgoing { allow_private: true, ..Outgoing::default() },
            pack: luzheng::config::PackSettings::default(),
            paper: luzheng::config::PaperSettings {
                offices: Some(luzheng::config::DEMO_OFFICES.into()),
                ..luzheng::config::PaperSettings::default()
            },
            partner: luzheng::config::PartnerSettings::default(),
            review: ReviewSettings::default(),
            sign_in: SignInSettings::localhost(),
            retention: luzheng::config::RetentionSettings::default(),
            webhook: luzheng::config::WebhookSettings::default(),
            watch: luzheng::config::WatchSettings::default(),
        };
        change(&mut settings);
        let clock = Clock::fixed("2026-11-20T12:00:00+08:00".parse::<Timestamp>().unwrap());
        let (app, _) = App::open(settings, clock, Opening::PrepareWhenEmpty).await.unwrap();
        Self { app, _keys: keys, _place: place }
    }

    pub fn engine(&self) -> Engine {
        self.app.store.engine()
    }

    pub async fn event(&self, event: &Value) -> EventReceipt {
        apply_event(&self.app, &event.to_string()).await.unwrap()
    }

    pub async fn run_jobs(&self) {
        catch_up(&self.app).await.unwrap();
    }

    /// Registers a car of 2024 (years 2 and 4 exempt) and signs its mark; answers with its id.
    pub async fn car(&self, number: u32) -> Uuid {
        let receipt = self.event(&registered(number)).await;
        self.run_jobs().await;
        receipt.vehicle.unwrap()
    }

    pub async fn marks(&self, vehicle: Uuid) -> Vec<Credential> {
        self.app.store.read().await.unwrap().credentials_of(vehicle).await.unwrap()
    }

    pub async fn current(&self, vehicle: Uuid) -> Option<Credential> {
        self.app
            .store
            .read()
            .await
            .unwrap()
            .find_current_credential(vehicle, CredentialKind::InspectionMark)
            .await
            .unwrap()
    }

    /// The verdict on a credential's static code, as anybody gets it on-line.
    pub async fn verdict(&self, credential: &Credential) -> (Verdict, Option<Reason>) {
        let signed = self
            .app
            .store
            .read()
            .await
            .unwrap()
            .find_signed(credential.subject, credential.id)
            .await
            .unwrap()
            .expect("it is signed");
        let report = verify::online(&self.app, &text::primary("localhost", &signed.message), None, None);
        (report.verdict(), report.reason())
    }

    /// Re-reads everything and holds every invariant against it.
    pub async fn check_everything(&self) {
        let proof = journal::prove(&self.app, &|_| ()).await.unwrap();
        assert_eq!(proof.problems, Vec::<String>::new(), "{:?}", self.engine());
        let mut after = None;
        let places = crate::licence::check_licences(self).await;
        let mut seen_places: std::collections::HashSet<_> = places.iter().copied().collect();
        assert_eq!(seen_places.len(), places.len(), "two licences or holdings share a status entry");
        loop {
            let page = self.app.store.read().await.unwrap().vehicles(after, 500).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for vehicle in &page {
                let marks = self.marks(vehicle.id).await;
                let current = marks.iter().filter(|c| !matches!(c.state, CredentialState::Ended { .. })).count();
                assert!(current <= 1, "vehicle {} has {current} current marks", vehicle.id);
                for mark in &marks {
                    assert!(seen_places.insert(mark.status), "two credentials share status entry {:?}", mark.status);
                }
            }
        }
    }
}

/// A frame number that is nobody's: not of a Chinese maker, so its check digit is advice.
pub fn vin(number: u32) -> String {
    format!("WVWZZZ1KZ{number:08}")
}

pub fn plate(number: u32) -> String {
    format!("苏E{number:05}")
}

fn event(id: &str, event_type: &str, number: u32, occurred_at: &str, data: Value) -> Value {
    json!({"source": "test", "id": id, "type": event_type, "occurred_at": occurred_at, "subject": {"vin": vin(number)}, "data": data})
}

pub fn registered(number: u32) -> Value {
    event(
        &format!("reg-{number}"),
        "vehicle.registered",
        number,
        "2025-03-10T09:30:00+08:00",
        json!({
            "plate_number": plate(number), "plate_type": "02", "vehicle_type": "K33", "use_nature": "A", "seats": 5,
            "registered_on": "2025-03-10", "manufactured_on": "2025-02-01", "energy": "A", "division": "320500",
            "insurance_until": "2027-03-09", "owner_kind": "individual", "owner_id": "11010519491231002X",
            "owner_name": "张三丰", "phone": "13800001234"
        }),
    )
}

pub fn status(number: u32, id: &str, letters: &str, at: &str) -> Value {
    event(id, "vehicle.status_changed", number, at, json!({"status": letters}))
}

pub fn transferred(number: u32, id: &str, at: &str) -> Value {
    let data = json!({
        "owner_kind": "organisation", "owner_id": "91110000600037341L", "owner_name": "苏州某某汽车服务有限公司",
        "plate_number": plate(number + 50_000), "plate_type": "02"
    });
    event(id, "vehicle.transferred", number, at, data)
}

pub fn plate_changed(number: u32, id: &str, at: &str) -> Value {
    event(id, "vehicle.plate_changed", number, at, json!({"plate_number": plate(number + 60_000), "plate_type": "02"}))
}

pub fn deregistered(number: u32, id: &str, at: &str) -> Value {
    event(id, "vehicle.deregistered", number, at, json!({"cause": "scrapped"}))
}

pub fn changed(number: u32, id: &str, at: &str) -> Value {
    event(id, "vehicle.changed", number, at, json!({"use_nature": "T"}))
}
