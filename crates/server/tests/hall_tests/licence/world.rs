//! A driver who is signed in and a phone that holds the licence: what the tests of the licence stand on.

use crate::hall::Hall;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use luzheng::usecase::error::Used;
use luzheng::usecase::event::{EventReceipt, Outcome};
use luzheng::usecase::licence::holding::{self, Held, NewDevice};
use luzheng::usecase::licence::live::{self, LicenceLive};
use luzheng::usecase::licence::{Cause, Places, device, issue};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::verify;
use luzheng::usecase::view::Text;
use luzheng_credential::qr::{message, text};
use luzheng_credential::verify::{Reason as Why, Verdict};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_store::credential::Credential;
use luzheng_store::photo::{NewPhoto, PhotoOrigin};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const KIND: CredentialKind = CredentialKind::DrivingLicence;
pub(super) const VALID: (Verdict, Option<Why>) = (Verdict::Valid, None);
pub(super) const RED: (Verdict, Option<Why>) = (Verdict::Attention, Some(Why::StateRed));
pub(super) const STOPPED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Suspended));
pub(super) const REVOKED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Revoked));
pub(super) const SUPERSEDED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Superseded));
pub(super) const REPLAYED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Replayed));

/// A citizen number of somebody born on 1990-01-01 in Suzhou, with its check digit (GB 11643).
pub(super) fn number(serial: u32) -> String {
    let digits = format!("32050019900101{serial:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(d, w)| d.to_digit(10).unwrap() * w).sum();
    format!("{digits}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][sum as usize % 11])
}

pub(super) fn driver_event(serial: u32, id: &str, kind: &str, data: Value) -> Value {
    let at = "2026-11-20T11:00:00+08:00";
    json!({
        "source": "drivers", "id": format!("{serial}-{id}"), "type": format!("driver.{kind}"), "occurred_at": at,
        "subject": {"licence_number": number(serial)}, "data": data
    })
}

pub(super) fn issued(serial: u32) -> Value {
    let mut event = driver_event(
        serial,
        "issued",
        "licence_issued",
        json!({
            "name": "张三丰", "sex": "male", "classes": "C1", "first_issued_on": "2022-05-06",
            "valid_until": "2028-05-06", "division": "320500"
        }),
    );
    event["occurred_at"] = "2022-05-06T09:00:00+08:00".into();
    event
}

pub(super) fn state(serial: u32, id: &str, letters: &str) -> Value {
    driver_event(serial, id, "status_changed", json!({"status": letters}))
}

pub(super) fn classes(serial: u32, id: &str, classes: &str) -> Value {
    driver_event(serial, id, "licence_changed", json!({"classes": classes}))
}

/// A phone: a key pair that does not leave it.
pub(super) struct Phone(pub(super) EcdsaKeyPair);

impl Phone {
    pub(super) fn new() -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap())
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(&SystemRandom::new(), bytes).unwrap().as_ref().try_into().unwrap()
    }

    pub(super) fn point(&self) -> String {
        device::to_text(&device::read_key(self.0.public_key().as_ref()).unwrap())
    }

    /// Answers a challenge of the server.
    pub(super) async fn device(&self, hall: &Hall, session: &Session) -> NewDevice {
        let given = holding::challenge(&hall.app, session).await.unwrap();
        let bytes = device::from_text(&given.challenge, "challenge").unwrap();
        NewDevice {
            public_key: device::to_text(self.0.public_key().as_ref()),
            name: "手机".into(),
            challenge: given.challenge,
            signature: device::to_text(&self.sign(&bytes)),
        }
    }

    /// The code it shows now, made around what it holds.
    pub(super) fn shows(&self, hall: &Hall, held: &Held) -> String {
        let inner = device::from_text(held.message.as_ref().unwrap(), "message").unwrap();
        let now = hall.app.clock.now().as_second();
        let wrapped = message::wrap(now, &inner, |bytes| Ok::<_, ()>(self.sign(bytes))).unwrap();
        text::primary("localhost", &wrapped)
    }
}

/// A driver who is signed in.
pub(super) struct Holder<'a> {
    pub(super) hall: &'a Hall,
    pub(super) id: Uuid,
    pub(super) serial: u32,
    pub(super) session: Session,
}

impl<'a> Holder<'a> {
    /// A driver without an electronic licence.
    pub(super) async fn new(hall: &'a Hall, serial: u32) -> Self {
        Self::of(hall, serial, &issued(serial)).await
    }

    /// As the event that issued the licence says.
    pub(super) async fn of(hall: &'a Hall, serial: u32, issued: &Value) -> Self {
        let receipt = hall.event(issued).await;
        assert_eq!(receipt.outcome, Outcome::Applied, "{:?}", receipt.detail);
        let id = receipt.driver.unwrap();
        let owner = hall.app.store.read().await.unwrap().find_driver(id).await.unwrap().unwrap().owner;
        let name = Text::new("张三丰", "Zhang Sanfeng");
        let person = Uuid::from_u128(1_000 + u128::from(serial));
        let session = Session::acting(person, Role::Citizen, Some(owner), name);
        Self { hall, id, serial, session }
    }

    /// With a photo, and with a licence on application.
    pub(super) async fn with_licence(hall: &'a Hall, serial: u32) -> Self {
        Self::new(hall, serial).await.applied().await
    }

    /// The same, after the application.
    pub(super) async fn applied(self) -> Self {
        let photo = self.photo(1).await;
        self.apply(photo).await.unwrap();
        self.hall.run_jobs().await;
        self
    }

    pub(super) async fn photo(&self, which: u128) -> Uuid {
        let id = Uuid::from_u128(self.id.as_u128() ^ which);
        let now = self.hall.app.clock.now();
        let bytes = format!("photo {which}");
        let mut tx = self.hall.app.store.write().await.unwrap();
        tx.put_photo(&NewPhoto {
            driver: self.id,
            id,
            bytes: bytes.as_bytes(),
            width: 520,
            height: 756,
            origin: PhotoOrigin::Register,
            taken_on: None,
            checks: "[]",
            created_at: now,
        })
        .await
        .unwrap();
        tx.set_current_photo(self.id, id).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(super) async fn apply(&self, photo: Uuid) -> Used<Uuid> {
        let now = self.hall.app.clock.now();
        let mut places = Places::take(&self.hall.app, now).await.unwrap();
        let mut tx = self.hall.app.store.write().await.unwrap();
        let driver = tx.lock_driver(self.id).await.unwrap().unwrap();
        let cause = Cause { actor: "staff:test", cause: "case", true_at: now, now };
        let id = issue::issue_to(&mut tx, &driver, photo, Reason::Applied, &cause, &mut places).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    pub(super) async fn event(&self, event: Value) -> EventReceipt {
        let receipt = self.hall.event(&event).await;
        assert_eq!(receipt.outcome, Outcome::Applied, "{event}: {:?}", receipt.detail);
        self.hall.run_jobs().await;
        receipt
    }

    pub(super) async fn live(&self) -> Used<LicenceLive> {
        live::live(&self.hall.app, &self.session).await
    }

    pub(super) async fn bind(&self, phone: &Phone) -> Held {
        let new = phone.device(self.hall, &self.session).await;
        let bound = holding::bind(&self.hall.app, &self.session, &new).await.unwrap();
        assert_eq!((bound.message, bound.state.as_str()), (None, "current"), "it is signed in the background");
        self.hall.run_jobs().await;
        self.held(phone).await.unwrap()
    }

    pub(super) async fn held(&self, phone: &Phone) -> Used<Held> {
        holding::held(&self.hall.app, &self.session, &phone.point()).await
    }

    pub(super) async fn current(&self) -> Option<Credential> {
        let mut tx = self.hall.app.store.read().await.unwrap();
        tx.find_current_credential(self.id, KIND).await.unwrap()
    }

    pub(super) fn verdict(&self, code: &str) -> (Verdict, Option<Why>) {
        let report = verify::online(&self.hall.app, code, None, None);
        (report.verdict(), report.reason())
    }
}
