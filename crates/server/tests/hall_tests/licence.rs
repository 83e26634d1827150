//! The electronic licence from its issue to its end: live, on a device, issued anew by itself, in every state, in bulk.

use crate::hall::Hall;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use jiff::SignedDuration;
use luzheng::usecase::credential::{Act, Request, by_hand};
use luzheng::usecase::error::{Kind, Used};
use luzheng::usecase::event::{EventReceipt, Outcome, apply_event};
use luzheng::usecase::issue::BulkOptions;
use luzheng::usecase::key::{Retirement, retire};
use luzheng::usecase::licence::holding::{self, Held, NewDevice};
use luzheng::usecase::licence::live::{self, LicenceLive};
use luzheng::usecase::licence::proof::{self, NewProof, Purpose};
use luzheng::usecase::licence::{Cause, Places, bulk, device, face_name, issue};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::verify;
use luzheng::usecase::view::Text;
use luzheng_credential::kind::Claims;
use luzheng_credential::qr::{message, text};
use luzheng_credential::sign::KeyId;
use luzheng_credential::verify::{Reason as Why, Verdict};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_store::Engine;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::StoredDriver;
use luzheng_store::photo::{NewPhoto, PhotoOrigin};
use luzheng_store::status::{StatusIndex, StatusValue};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

const KIND: CredentialKind = CredentialKind::DrivingLicence;
const VALID: (Verdict, Option<Why>) = (Verdict::Valid, None);
const RED: (Verdict, Option<Why>) = (Verdict::Attention, Some(Why::StateRed));
const STOPPED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Suspended));
const REVOKED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Revoked));
const SUPERSEDED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Superseded));
const REPLAYED: (Verdict, Option<Why>) = (Verdict::NotValid, Some(Why::Replayed));

/// A citizen number of somebody born on 1990-01-01 in Suzhou, with its check digit (GB 11643).
fn number(serial: u32) -> String {
    let digits = format!("32050019900101{serial:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(d, w)| d.to_digit(10).unwrap() * w).sum();
    format!("{digits}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][sum as usize % 11])
}

fn driver_event(serial: u32, id: &str, kind: &str, data: Value) -> Value {
    let at = "2026-11-20T11:00:00+08:00";
    json!({
        "source": "drivers", "id": format!("{serial}-{id}"), "type": format!("driver.{kind}"), "occurred_at": at,
        "subject": {"licence_number": number(serial)}, "data": data
    })
}

fn issued(serial: u32) -> Value {
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

fn state(serial: u32, id: &str, letters: &str) -> Value {
    driver_event(serial, id, "status_changed", json!({"status": letters}))
}

fn classes(serial: u32, id: &str, classes: &str) -> Value {
    driver_event(serial, id, "licence_changed", json!({"classes": classes}))
}

/// A phone: a key pair that does not leave it.
struct Phone(EcdsaKeyPair);

impl Phone {
    fn new() -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap())
    }

    fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(&SystemRandom::new(), bytes).unwrap().as_ref().try_into().unwrap()
    }

    fn point(&self) -> String {
        device::to_text(&device::read_key(self.0.public_key().as_ref()).unwrap())
    }

    /// Answers a challenge of the server.
    async fn device(&self, hall: &Hall, session: &Session) -> NewDevice {
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
    fn shows(&self, hall: &Hall, held: &Held) -> String {
        let inner = device::from_text(held.message.as_ref().unwrap(), "message").unwrap();
        let now = hall.app.clock.now().as_second();
        let wrapped = message::wrap(now, &inner, |bytes| Ok::<_, ()>(self.sign(bytes))).unwrap();
        text::primary("localhost", &wrapped)
    }
}

/// A driver who is signed in.
struct Holder<'a> {
    hall: &'a Hall,
    id: Uuid,
    serial: u32,
    session: Session,
}

impl<'a> Holder<'a> {
    /// A driver without an electronic licence.
    async fn new(hall: &'a Hall, serial: u32) -> Self {
        let receipt = hall.event(&issued(serial)).await;
        assert_eq!(receipt.outcome, Outcome::Applied, "{:?}", receipt.detail);
        let id = receipt.driver.unwrap();
        let owner = hall.app.store.read().await.unwrap().find_driver(id).await.unwrap().unwrap().owner;
        let name = Text::new("张三丰", "Zhang Sanfeng");
        let session =
            Session { person: Uuid::from_u128(1_000 + u128::from(serial)), role: Role::Citizen, owner: Some(owner), name };
        Self { hall, id, serial, session }
    }

    /// With a photo, and with a licence on application.
    async fn with_licence(hall: &'a Hall, serial: u32) -> Self {
        let holder = Self::new(hall, serial).await;
        let photo = holder.photo(1).await;
        holder.apply(photo).await.unwrap();
        hall.run_jobs().await;
        holder
    }

    async fn photo(&self, which: u128) -> Uuid {
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

    async fn apply(&self, photo: Uuid) -> Used<Uuid> {
        let now = self.hall.app.clock.now();
        let mut places = Places::take(&self.hall.app, now).await.unwrap();
        let mut tx = self.hall.app.store.write().await.unwrap();
        let driver = tx.lock_driver(self.id).await.unwrap().unwrap();
        let cause = Cause { actor: "staff:test", cause: "case", true_at: now, now };
        let id = issue::issue_to(&mut tx, &driver, photo, Reason::Applied, &cause, &mut places).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    async fn event(&self, event: Value) -> EventReceipt {
        let receipt = self.hall.event(&event).await;
        assert_eq!(receipt.outcome, Outcome::Applied, "{event}: {:?}", receipt.detail);
        self.hall.run_jobs().await;
        receipt
    }

    async fn live(&self) -> Used<LicenceLive> {
        live::live(&self.hall.app, &self.session).await
    }

    async fn bind(&self, phone: &Phone) -> Held {
        let new = phone.device(self.hall, &self.session).await;
        let bound = holding::bind(&self.hall.app, &self.session, &new).await.unwrap();
        assert_eq!((bound.message, bound.state.as_str()), (None, "current"), "it is signed in the background");
        self.hall.run_jobs().await;
        self.held(phone).await.unwrap()
    }

    async fn held(&self, phone: &Phone) -> Used<Held> {
        holding::held(&self.hall.app, &self.session, &phone.point()).await
    }

    async fn current(&self) -> Option<Credential> {
        let mut tx = self.hall.app.store.read().await.unwrap();
        tx.find_current_credential(self.id, KIND).await.unwrap()
    }

    fn verdict(&self, code: &str) -> (Verdict, Option<Why>) {
        let report = verify::online(&self.hall.app, code, None, None);
        (report.verdict(), report.reason())
    }
}

/// What must hold of every driver, whatever happened: at most one licence and one holding that are current and go together, and status
/// entries that say what the rows say. Answers the places in status lists.
pub async fn check_licences(hall: &Hall) -> Vec<StatusIndex> {
    let mut places = Vec::new();
    let mut after = None;
    loop {
        let mut tx = hall.app.store.read().await.unwrap();
        let page = tx.drivers_page(after, &[], 500).await.unwrap();
        let Some(last) = page.last() else { return places };
        after = Some(last.id);
        for driver in &page {
            let licences = tx.credentials_of(driver.id).await.unwrap();
            let holdings = tx.holdings_of(driver.id).await.unwrap();
            let current: Vec<_> = licences.iter().filter(|c| !matches!(c.state, CredentialState::Ended { .. })).collect();
            assert!(current.len() <= 1, "driver {} has {} current licences", driver.id, current.len());
            for licence in &licences {
                assert_eq!(licence.kind, KIND);
                let value = tx.status_value(licence.status).await.unwrap().unwrap();
                let agrees = match licence.state {
                    CredentialState::Current => value == StatusValue::Valid,
                    CredentialState::Suspended { .. } => value.suspends(),
                    CredentialState::Ended { .. } => matches!(value, StatusValue::Invalid | StatusValue::Superseded),
                };
                assert!(agrees, "licence {} is {:?} and its entry says {value:?}", licence.id, licence.state);
            }
            if let [current] = current.as_slice() {
                check_face(current, driver);
            }
            let held: Vec<_> = holdings.iter().filter(|h| h.ended.is_none()).collect();
            assert!(held.len() <= 1, "driver {} has {} current holdings", driver.id, held.len());
            if let [held] = held.as_slice() {
                let licence = current.first().expect("a holding has its licence");
                assert_eq!(held.credential, licence.id, "the holding is of the current licence");
                assert_eq!(Some(held.value), tx.status_value(licence.status).await.unwrap(), "both say the same");
            }
            for ended in holdings.iter().filter(|h| h.ended.is_some()) {
                assert!(matches!(ended.value, StatusValue::Invalid | StatusValue::Superseded), "{ended:?}");
            }
            places.extend(licences.iter().map(|c| c.status).chain(holdings.iter().map(|h| h.status)));
        }
    }
}

/// A current licence says what the register says.
fn check_face(current: &Credential, driver: &StoredDriver) {
    let facts = &driver.facts;
    assert_eq!(current.class, facts.classes.to_string());
    assert_eq!(current.subject_name, face_name(facts));
    assert_eq!(current.authority, facts.division.code());
}

#[tokio::test]
async fn a_live_code_says_what_is_so_now_and_is_dead_after_a_minute() {
    for hall in Hall::open_all().await {
        let holder = Holder::new(&hall, 1).await;
        assert_eq!(holder.live().await.unwrap_err().code, "no_electronic_licence");
        let photo = holder.photo(1).await;
        holder.apply(photo).await.unwrap();
        hall.run_jobs().await;
        let shown = holder.live().await.unwrap();
        assert_eq!((shown.state.as_str(), shown.colour.as_str(), shown.points), ("normal", "black", 0));
        assert_eq!(shown.status.iter().map(|s| s.letter.as_str()).collect::<Vec<_>>(), ["A"]);
        let report = verify::online(&hall.app, &shown.code, None, None);
        assert_eq!((report.verdict(), report.reason()), VALID, "{}", serde_json::to_string(&report).unwrap());
        let Some(Claims::DrivingLicence(claims)) = report.claims() else { panic!("{report:?}") };
        assert_eq!((claims.name.as_str(), claims.classes.as_str(), claims.is_red()), ("张*丰", "C1", false));
        check_sealed_part(&hall, claims).await;
        hall.app.clock.advance(SignedDuration::from_secs(59));
        assert_eq!(holder.verdict(&shown.code), VALID);
        hall.app.clock.advance(SignedDuration::from_secs(2));
        assert_eq!(holder.verdict(&shown.code), REPLAYED, "61 s after it was made");
        holder
            .event(driver_event(1, "p", "points_entered", json!({"item": "9(1)", "decided_on": "2026-11-20", "points": 9})))
            .await;
        let shown = holder.live().await.unwrap();
        assert_eq!((shown.state.as_str(), shown.points), ("normal", 9), "as of now");
        hall.check_everything().await;
    }
}

/// Officers read the licence number and the full name in it.
async fn check_sealed_part(hall: &Hall, claims: &luzheng_credential::kind::DrivingLicence) {
    use luzheng_credential::kind::driving_licence::LicenceMode;
    use luzheng_credential::seal;
    let LicenceMode::Live { live, .. } = &claims.mode else { panic!("a live code") };
    let key = luzheng::usecase::key::reader_key(&hall.app).await.unwrap();
    let sealed = live.sealed.as_ref().expect("there is a reader key");
    let plain = seal::open(&key, seal::INFO_DRIVING_LICENCE, &sealed.bytes).unwrap();
    assert_eq!(std::str::from_utf8(&plain).unwrap(), format!("{},张三丰", number(1)));
}

#[tokio::test]
async fn every_state_has_its_verdict_live_and_held() {
    let verdicts = [
        ("H", VALID),
        ("I", VALID),
        ("HI", VALID),
        ("C", VALID),
        ("B", RED),
        ("D", RED),
        ("K", RED),
        ("M", RED),
        ("S", RED),
        ("U", RED),
        ("Z", RED),
        ("N", RED),
        ("T", RED),
        ("P", RED),
        ("HU", RED),
        ("J", STOPPED),
        ("L", STOPPED),
        ("BJ", STOPPED),
        ("E", REVOKED),
        ("F", REVOKED),
        ("G", REVOKED),
        ("R", REVOKED),
    ];
    for hall in Hall::open_all().await {
        for (serial, (letters, expected)) in (1..).zip(verdicts) {
            let holder = Holder::with_licence(&hall, serial).await;
            let phone = Phone::new();
            let held = holder.bind(&phone).await;
            let (before, held_before) = (holder.live().await.unwrap().code, phone.shows(&hall, &held));
            assert_eq!((holder.verdict(&before), holder.verdict(&held_before)), (VALID, VALID), "{letters}");
            holder.event(state(serial, "bad", letters)).await;
            assert_eq!(holder.verdict(&before), expected, "{letters}: a live code that was made before");
            assert_eq!(holder.verdict(&held_before), expected, "{letters}: what the device holds");
            match holder.live().await {
                Ok(live) => {
                    assert_eq!(holder.verdict(&live.code), expected, "{letters}: a live code made in it");
                    assert_eq!(live.colour == "red", expected == RED, "{letters}");
                }
                Err(error) => {
                    let code = if expected == STOPPED { "licence_stopped" } else { "licence_withdrawn" };
                    assert_eq!((error.kind, error.code), (Kind::Refused, code), "{letters}");
                }
            }
            assert_eq!(holder.held(&phone).await.is_ok(), expected != REVOKED, "{letters}");
            holder.event(state(serial, "good", "A")).await;
            let after = if expected == REVOKED { REVOKED } else { VALID };
            assert_eq!(holder.verdict(&held_before), after, "{letters}: and in order again");
        }
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_the_licence_says_changes_and_it_is_issued_anew_by_itself() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let phone = Phone::new();
        let first = holder.bind(&phone).await;
        let old = holder.current().await.unwrap();
        let (live, held) = (holder.live().await.unwrap().code, phone.shows(&hall, &first));
        let changes = [
            (classes(1, "class", "C1D"), Reason::ClassChanged),
            (driver_event(1, "term", "licence_changed", json!({"valid_until": "long-term"})), Reason::Renewed),
            (driver_event(1, "office", "licence_changed", json!({"division": "310100"})), Reason::IssuerChanged),
            (driver_event(1, "name", "licence_changed", json!({"name": "欧阳娜娜依古丽"})), Reason::NameChanged),
        ];
        let mut last = (old.id, first.id);
        for (event, reason) in changes {
            holder.event(event).await;
            let now = holder.current().await.expect("issued anew");
            assert_eq!((now.replaces, now.reason), (Some(last.0), reason));
            let held = holder.held(&phone).await.expect("the same device holds it, without its holder doing anything");
            assert_ne!(held.id, last.1);
            assert_eq!(held.classes, now.class);
            assert_eq!(holder.verdict(&phone.shows(&hall, &held)), VALID, "{reason}");
            assert_eq!(holder.verdict(&holder.live().await.unwrap().code), VALID, "{reason}");
            last = (now.id, held.id);
        }
        assert_eq!((holder.verdict(&live), holder.verdict(&held)), (SUPERSEDED, SUPERSEDED), "the old codes");
        let now = holder.current().await.unwrap();
        assert_eq!((now.subject_name.as_str(), now.valid_until, now.class.as_str()), ("欧**丽", 0, "C1D"));
        let photo = holder.photo(2).await;
        holder.apply(photo).await.unwrap();
        hall.run_jobs().await;
        assert_eq!(holder.current().await.unwrap().photo, Some(photo), "a new photo as well");
        assert_eq!(holder.verdict(&phone.shows(&hall, &holder.held(&phone).await.unwrap())), VALID);
        // Issued anew while red: the new one is red from its first moment.
        holder.event(state(1, "held", "U")).await;
        holder.event(classes(1, "down", "C1")).await;
        assert_eq!(holder.verdict(&phone.shows(&hall, &holder.held(&phone).await.unwrap())), RED);
        assert_eq!(holder.live().await.unwrap().colour, "red");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn never_two_current_whatever_comes_at_once() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let phones: Vec<_> = (0..4).map(|_| Phone::new()).collect();
        holder.bind(&phones[0]).await;
        let mut events: Vec<Value> = Vec::new();
        for (n, wanted) in ["C1D", "C1E", "C1", "C1DE", "B2", "C2"].iter().enumerate() {
            events.push(classes(1, &format!("c{n}"), wanted));
        }
        for (n, letters) in ["U", "A", "J", "A", "D", "L", "A"].iter().enumerate() {
            events.push(state(1, &format!("s{n}"), letters));
        }
        let mut all = tokio::task::JoinSet::new();
        for event in events {
            let app = Arc::clone(&hall.app);
            all.spawn(async move { drop(apply_event(&app, &event.to_string()).await.unwrap()) });
        }
        for phone in &phones {
            let (app, session) = (Arc::clone(&hall.app), holder.session.clone());
            let device = phone.device(&hall, &session).await;
            all.spawn(async move {
                // A licence that is stopped just now is not bound; a race on the one place is told as a conflict.
                if let Err(error) = holding::bind(&app, &session, &device).await {
                    let may = matches!(error.kind, Kind::Refused | Kind::Conflict) || error.retryable();
                    assert!(may, "{error:?}");
                }
            });
        }
        for _ in 0..2 {
            let app = Arc::clone(&hall.app);
            let options = BulkOptions { divisions: vec![], workers: 1, actor: "operator".into() };
            all.spawn(async move {
                if let Err(error) = bulk::bulk(&app, &options, &|_| ()).await {
                    assert!(error.kind == Kind::Conflict || error.retryable(), "{error:?}");
                }
            });
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
        hall.run_jobs().await;
        assert!(holder.current().await.is_some());
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn one_device_at_a_time() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let (old, new) = (Phone::new(), Phone::new());
        let held = holder.bind(&old).await;
        let screenshot = old.shows(&hall, &held);
        assert_eq!(holder.verdict(&screenshot), VALID);
        let again = holding::bind(&hall.app, &holder.session, &old.device(&hall, &holder.session).await).await.unwrap();
        assert_eq!(again.id, held.id, "the same device once more changes nothing");
        holder.bind(&new).await;
        assert_eq!(holder.verdict(&old.shows(&hall, &held)), REVOKED, "the replaced device");
        assert_eq!(holder.held(&old).await.unwrap_err().code, "not_this_device");
        let now_held = holder.held(&new).await.unwrap();
        let screenshot = new.shows(&hall, &now_held);
        // Somebody else's key around the same licence is no signature of the device.
        assert_eq!(holder.verdict(&old.shows(&hall, &now_held)), (Verdict::NotValid, Some(Why::BadSignature)));
        hall.app.clock.advance(SignedDuration::from_secs(61));
        assert_eq!(holder.verdict(&screenshot), REPLAYED, "a screenshot, a minute later");
        for (hours, expected) in
            [(24, REPLAYED), (-24, (Verdict::CannotTell, Some(Why::ClockWrong)))]
        {
            let at = hall.app.clock.now().checked_add(SignedDuration::from_hours(hours)).unwrap();
            let report = verify::online(&hall.app, &new.shows(&hall, &now_held), None, Some(at));
            assert_eq!((report.verdict(), report.reason()), expected, "the reader's clock is {hours} h off");
        }
        holding::give_up(&hall.app, &holder.session).await.unwrap();
        holding::give_up(&hall.app, &holder.session).await.expect("twice is no error");
        hall.run_jobs().await;
        assert_eq!(holder.verdict(&new.shows(&hall, &now_held)), REVOKED, "given up");
        assert_eq!(holder.verdict(&holder.live().await.unwrap().code), VALID, "the licence itself stays");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_device_proves_its_key() {
    let hall = Hall::open(Engine::Sqlite).await;
    let (holder, other) = (Holder::with_licence(&hall, 1).await, Holder::with_licence(&hall, 2).await);
    let phone = Phone::new();
    let good = phone.device(&hall, &holder.session).await;
    let refused = async |session: &Session, change: &dyn Fn(&mut NewDevice)| {
        let mut bad = good.clone();
        change(&mut bad);
        holding::bind(&hall.app, session, &bad).await.unwrap_err().code
    };
    let nothing = |_: &mut NewDevice| ();
    assert_eq!(refused(&other.session, &nothing).await, "bad_challenge", "another person's challenge");
    assert_eq!(refused(&holder.session, &|d| d.challenge = device::to_text(b"mine")).await, "bad_challenge");
    let foreign = device::to_text(Phone::new().0.public_key().as_ref());
    assert_eq!(refused(&holder.session, &|d| d.public_key.clone_from(&foreign)).await, "bad_signature");
    assert_eq!(refused(&holder.session, &|d| d.signature = device::to_text(&[1; 64])).await, "bad_signature");
    assert_eq!(refused(&holder.session, &|d| d.public_key = "AAAA".into()).await, "bad_device_key");
    assert_eq!(refused(&holder.session, &|d| d.public_key = "A".repeat(600)).await, "bad_base64");
    assert_eq!(refused(&holder.session, &|d| d.name = " ".into()).await, "bad_device_name");
    assert_eq!(refused(&holder.session, &|d| d.name = "x".repeat(41)).await, "bad_device_name");
    hall.app.clock.advance(SignedDuration::from_secs(device::CHALLENGE_SECONDS + 1));
    assert_eq!(refused(&holder.session, &nothing).await, "challenge_expired");
    assert!(holder.held(&phone).await.is_err(), "nothing was bound");
    hall.check_everything().await;
}

#[tokio::test]
async fn a_proof_shows_what_is_so_when_it_is_opened() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let new = |hours| NewProof { purpose: Purpose::Rental, recipient: "某租车公司".into(), note: None, hours };
        let made = proof::make(&hall.app, &holder.session, &new(24)).await.unwrap();
        let token = made.link.strip_prefix("/proof#").unwrap();
        let seen = proof::open(&hall.app, token).await.unwrap();
        assert_eq!((seen.holder.as_str(), seen.classes.as_str(), seen.state.as_str()), ("张*丰", "C1", "normal"));
        assert_eq!(seen.points, None, "a lessor need not know them");
        assert_eq!(holder.verdict(seen.code.as_ref().unwrap()), VALID);
        holder.event(state(1, "b", "U")).await;
        let seen = proof::open(&hall.app, token).await.unwrap();
        assert_eq!((seen.state.as_str(), seen.colour.as_deref()), ("red", Some("red")));
        assert_eq!(holder.verdict(seen.code.as_ref().unwrap()), RED);
        holder.event(state(1, "j", "J")).await;
        let seen = proof::open(&hall.app, token).await.unwrap();
        assert_eq!((seen.state.as_str(), seen.code, seen.colour), ("invalid", None, None));
        let listed = proof::list(&hall.app, &holder.session).await.unwrap();
        assert_eq!((listed[0].openings.len(), listed[0].state.as_str()), (3, "open"), "the holder sees each opening");
        for _ in 3..proof::MAX_OPENINGS_A_MINUTE {
            proof::open(&hall.app, token).await.unwrap();
        }
        assert_eq!(proof::open(&hall.app, token).await.unwrap_err().kind, Kind::TooOften);
        hall.app.clock.advance(SignedDuration::from_secs(61));
        proof::open(&hall.app, token).await.expect("a minute later it is open again");
        for wrong in ["", "x", &"0".repeat(64), &token.to_uppercase().replace('A', "B")] {
            assert_eq!(proof::open(&hall.app, wrong).await.unwrap_err().code, "no_proof");
        }
        proof::revoke(&hall.app, &holder.session, made.proof.id).await.unwrap();
        let twice = proof::revoke(&hall.app, &holder.session, made.proof.id).await.unwrap();
        assert_eq!(twice.state, "revoked");
        let gone = proof::open(&hall.app, token).await.unwrap_err();
        assert_eq!((gone.kind, gone.code), (Kind::Gone, "proof_revoked"));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn proofs_have_an_end_and_a_number() {
    let hall = Hall::open(Engine::Sqlite).await;
    let (holder, other) = (Holder::with_licence(&hall, 1).await, Holder::with_licence(&hall, 2).await);
    let make = async |hours, recipient: &str| {
        let new = NewProof { purpose: Purpose::Employment, recipient: recipient.into(), note: Some("x".into()), hours };
        proof::make(&hall.app, &holder.session, &new).await
    };
    assert_eq!(make(0, "甲").await.unwrap_err().code, "bad_hours");
    assert_eq!(make(721, "甲").await.unwrap_err().code, "bad_hours");
    assert_eq!(make(1, " ").await.unwrap_err().code, "recipient_needed");
    assert_eq!(make(1, &"甲".repeat(61)).await.unwrap_err().code, "bad_text");
    let first = make(1, "甲").await.unwrap();
    for _ in 1..proof::MAX_OPEN {
        make(720, "甲").await.unwrap();
    }
    assert_eq!(make(1, "甲").await.unwrap_err().code, "too_many_proofs");
    assert_eq!(proof::revoke(&hall.app, &other.session, first.proof.id).await.unwrap_err().kind, Kind::NotFound);
    hall.app.clock.advance(SignedDuration::from_hours(1));
    let gone = proof::open(&hall.app, first.link.strip_prefix("/proof#").unwrap()).await.unwrap_err();
    assert_eq!((gone.kind, gone.code), (Kind::Gone, "proof_expired"));
    make(1, "甲").await.expect("one has run out");
    let seen = make(1, "甲").await;
    assert_eq!(seen.unwrap_err().code, "too_many_proofs");
    hall.check_everything().await;
}

#[tokio::test]
async fn staff_stops_restores_and_revokes() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let phone = Phone::new();
        let held = holder.bind(&phone).await;
        let act = async |act| {
            let id = holder.current().await.unwrap().id;
            let request =
                Request { act, reason: "by_hand".into(), note: None, actor: "staff:1".into(), idempotency_key: None };
            let done = by_hand(&hall.app, id, request).await;
            hall.run_jobs().await;
            done
        };
        act(Act::Suspend).await.unwrap();
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), STOPPED);
        assert_eq!(holder.live().await.unwrap_err().code, "licence_stopped");
        assert_eq!(act(Act::Suspend).await.unwrap_err().code, "already_suspended");
        // The register's state does not lift what staff did, and a re-issue does not shake it off.
        holder.event(state(1, "u", "U")).await;
        holder.event(state(1, "a", "A")).await;
        holder.event(classes(1, "c", "C1D")).await;
        let held = holder.held(&phone).await.unwrap();
        assert_eq!((holder.verdict(&phone.shows(&hall, &held)), held.state.as_str()), (STOPPED, "stopped"));
        holder.event(state(1, "d", "D")).await;
        act(Act::Restore).await.unwrap();
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), RED, "then the register's state counts again");
        assert_eq!(act(Act::Restore).await.unwrap_err().code, "set_by_register");
        holder.event(state(1, "e", "A")).await;
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), VALID);
        let view = act(Act::Revoke).await.unwrap();
        assert_eq!((view.state.as_str(), view.kind.as_str(), view.plate_type.as_str()), ("ended", "driving_licence", "C1D"));
        assert_eq!(holder.verdict(&phone.shows(&hall, &held)), REVOKED);
        assert_eq!(holder.live().await.unwrap_err().code, "licence_withdrawn");
        let owner = holder.session.owner.unwrap();
        let notices = hall.app.store.read().await.unwrap().notices(owner, None, 50).await.unwrap();
        let kinds: HashSet<_> = notices.iter().map(|n| n.kind.as_str()).collect();
        for kind in ["licence_stopped", "licence_restored", "licence_withdrawn"] {
            assert!(kinds.contains(kind), "{kinds:?}");
        }
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_compromised_licence_key_is_replaced_on_every_device() {
    for hall in Hall::open_all().await {
        let mut all = Vec::new();
        for serial in 1..=5 {
            let holder = Holder::with_licence(&hall, serial).await;
            let phone = Phone::new();
            let held = holder.bind(&phone).await;
            all.push((holder, phone, held));
        }
        let mut tx = hall.app.store.read().await.unwrap();
        let kid = tx.find_current_holding(all[0].0.id).await.unwrap().unwrap().signed.unwrap().0;
        drop(tx);
        retire(&hall.app, KeyId::new(kid), Retirement::Compromised, "compromised", None, "operator").await.unwrap();
        for (holder, phone, held) in &all {
            let unknown = (Verdict::NotValid, Some(Why::UnknownIssuer));
            assert_eq!(holder.verdict(&phone.shows(&hall, held)), unknown, "at once");
        }
        hall.run_jobs().await;
        for (holder, phone, held) in &all {
            let new = holder.held(phone).await.unwrap();
            assert_ne!(new.id, held.id, "driver {}", holder.serial);
            assert_eq!(holder.verdict(&phone.shows(&hall, &new)), VALID);
            let licence = holder.current().await.unwrap();
            assert_eq!(licence.replaces, None, "the licence itself was not signed by that key and stays");
        }
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn bulk_migrates_follows_and_signs_once_however_often_it_runs() {
    for hall in Hall::open_all().await {
        let mut holders = Vec::new();
        for serial in 1..=8 {
            let holder = Holder::new(&hall, serial).await;
            if serial != 8 {
                holder.photo(1).await;
            }
            holders.push(holder);
        }
        hall.event(&state(6, "f", "F")).await;
        hall.event(&state(5, "u", "U")).await;
        let mut tx = hall.app.store.write().await.unwrap();
        for holder in &holders[1..] {
            tx.set_applied(holder.id, "2025-01-01".parse().unwrap()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let run = async || {
            let options = BulkOptions { divisions: vec![], workers: 2, actor: "operator".into() };
            let summary = bulk::bulk(&hall.app, &options, &|_| ()).await.unwrap();
            (summary.migrated, summary.reissued, summary.restated, summary.signed, summary.skipped)
        };
        let (migrated, reissued, restated, signed, skipped) = run().await;
        assert_eq!((migrated, reissued, restated, signed), (5, 0, 0, 0), "2, 3, 4, 5 and 7");
        assert_eq!(skipped.into_iter().collect::<Vec<_>>(), [("licence_revoked".to_owned(), 1)]);
        hall.run_jobs().await;
        assert!(holders[0].current().await.is_none(), "nobody gets one unasked");
        assert_eq!(holders[4].live().await.unwrap().colour, "red");
        assert_eq!(run().await.0, 0, "nobody gets two");

        // A device is bound and the process dies before it is signed; the register learns of a class without an event.
        let phone = Phone::new();
        let device = phone.device(&hall, &holders[1].session).await;
        holding::bind(&hall.app, &holders[1].session, &device).await.unwrap();
        quietly_change(&hall, holders[2].id).await;
        let (migrated, reissued, restated, signed, _) = run().await;
        assert_eq!((migrated, reissued, restated, signed), (0, 1, 0, 1));
        hall.run_jobs().await;
        let held = holders[1].held(&phone).await.unwrap();
        assert_eq!(holders[1].verdict(&phone.shows(&hall, &held)), VALID);
        assert_eq!(holders[2].current().await.unwrap().class, "C1D");
        let (migrated, reissued, restated, signed, _) = run().await;
        assert_eq!((migrated, reissued, restated, signed), (0, 0, 0, 0));

        // One that ended is not brought back by the run.
        hall.event(&state(7, "g", "G")).await;
        hall.event(&state(7, "a", "A")).await;
        let (migrated, .., skipped) = run().await;
        assert_eq!((migrated, skipped.get("ended_before")), (0, Some(&1)));
        hall.check_everything().await;
    }
}

/// New facts as an import brings them: no decision is carried out with them.
async fn quietly_change(hall: &Hall, driver: Uuid) {
    let now = hall.app.clock.now();
    let mut tx = hall.app.store.write().await.unwrap();
    let before = tx.lock_driver(driver).await.unwrap().unwrap();
    let mut facts = before.facts.clone();
    facts.classes = "C1D".parse().unwrap();
    let source = luzheng_store::vehicle::Source { true_from: now, known_from: now, cause: "import" };
    tx.append_driver_fact(&before, &facts, &source).await.unwrap();
    tx.commit().await.unwrap();
}
