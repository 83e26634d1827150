//! Applying for the electronic licence, on both engines: who may, what happens at once, photos and their limits.

use crate::hall::Hall;
use jiff::SignedDuration;
use jiff::civil::Date;
use luzheng::clock::china_midnight;
use luzheng::config::ReviewSettings;
use luzheng::photo::accept_register_photo;
use luzheng::synth::portrait::{Look, Scene, card_photo, jpeg};
use luzheng::usecase::application::{
    self, Application, CaseView, PhotoChoice, PhotoOrigin, UPLOADS_PER_DAY, Upload, UploadView, apply,
};
use luzheng::usecase::error::{UseError, Used};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::Text;
use luzheng_domain::case::CaseKind;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::{Licence, LicenceNumber, PointsAccount, Sex};
use luzheng_domain::region::Division;
use luzheng_store::Engine;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::owner_of;
use luzheng_store::photo::{NewPhoto, PhotoState};
use luzheng_store::vehicle::Source;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use uuid::Uuid;

/// No second looks: which decision is drawn for one depends on a key that is made anew for each hall.
pub const ALONE: ReviewSettings = ReviewSettings { grace_s: 10, second_look_permille: 0, lease_s: 300 };

/// A hall per engine, with the office's settings.
pub async fn halls(review: ReviewSettings) -> Vec<Hall> {
    vec![Hall::open_reviewing(Engine::Sqlite, review).await, Hall::open_reviewing(Engine::Postgres, review).await]
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A licence in order, with these state letters.
pub fn licence(number: u32, letters: &str, division: u32) -> Licence {
    Licence {
        number: LicenceNumber::parse(&format!("E{number:08}")).unwrap().value,
        name: "欧阳䶮".into(),
        sex: Sex::Female,
        nationality: "中国".into(),
        birth_date: day("1990-01-02"),
        phone: None,
        classes: "C1".parse().unwrap(),
        class_dates: BTreeMap::new(),
        first_issued_on: day("2015-03-04"),
        valid_from: day("2021-03-04"),
        valid_until: Some(day("2031-03-04")),
        file_number: None,
        division: Division::new(division).unwrap(),
        status: letters.parse().unwrap(),
        points: PointsAccount::default(),
        last_medical_on: None,
        last_reviewed_on: None,
        deferred_until: None,
        extended_until: None,
    }
}

/// A signed-in holder and the driver they are.
pub struct Holder {
    pub session: Session,
    pub driver: Uuid,
}

impl Holder {
    /// A driver in the store, without a photo.
    pub async fn new(hall: &Hall, number: u32, letters: &str) -> Self {
        Self::of(hall, number, &licence(number, letters, 320_500)).await
    }

    pub async fn of(hall: &Hall, number: u32, licence: &Licence) -> Self {
        let now = hall.app.clock.now();
        let number = u128::from(number);
        let mut tx = hall.app.store.write().await.unwrap();
        let owner = tx.put_owner(id(900_000 + number), &owner_of(licence).unwrap(), now, now).await.unwrap().id();
        let driver = id(800_000 + number);
        tx.insert_driver(driver, owner, licence, &Source { cause: "test", true_from: now, known_from: now })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let name = Text::new("欧阳", "Ouyang");
        Self { session: Session::acting(id(700_000 + number), Role::Citizen, Some(owner), name), driver }
    }

    /// Gives them a photo of the register.
    pub async fn with_stored(self, hall: &Hall) -> Self {
        // Drawn once: every holder may have the same face.
        static CARD: OnceLock<Vec<u8>> = OnceLock::new();
        let photo = CARD.get_or_init(|| accept_register_photo(&card_photo(1, 1, true)).unwrap().jpeg);
        self.put(hall, 1, photo, PhotoOrigin::Register, true).await;
        self
    }

    pub async fn put(&self, hall: &Hall, number: u128, bytes: &[u8], origin: PhotoOrigin, current: bool) -> Uuid {
        let photo = id(600_000 + number);
        let mut tx = hall.app.store.write().await.unwrap();
        tx.put_photo(&NewPhoto {
            driver: self.driver,
            id: photo,
            bytes,
            width: 260,
            height: 378,
            origin,
            taken_on: None,
            checks: "[]",
            created_at: hall.app.clock.now(),
        })
        .await
        .unwrap();
        if current {
            tx.set_current_photo(self.driver, photo).await.unwrap();
        }
        tx.commit().await.unwrap();
        photo
    }

    pub async fn apply(&self, hall: &Hall, photo: PhotoChoice) -> Used<CaseView> {
        apply(&hall.app, &self.session, &asked(CaseKind::First, photo)).await
    }

    /// A photo that waits to be asked for, without the work of decoding one.
    pub async fn sent(&self, hall: &Hall, number: u128) -> PhotoChoice {
        PhotoChoice::New(self.put(hall, number, format!("photo {number}").as_bytes(), PhotoOrigin::Camera, false).await)
    }

    pub async fn licences(&self, hall: &Hall) -> Vec<Credential> {
        let all = hall.app.store.read().await.unwrap().credentials_of(self.driver).await.unwrap();
        all.into_iter().filter(|c| c.kind == CredentialKind::DrivingLicence).collect()
    }

    pub async fn notices(&self, hall: &Hall) -> Vec<String> {
        let mut tx = hall.app.store.read().await.unwrap();
        let mut kinds: Vec<String> =
            tx.notices(self.session.owner.unwrap(), None, 50).await.unwrap().into_iter().map(|n| n.kind).collect();
        kinds.reverse();
        kinds
    }
}

pub fn asked(kind: CaseKind, photo: PhotoChoice) -> Application {
    Application { kind, photo, urgent: false, idempotency_key: None }
}

pub fn code<T: std::fmt::Debug>(answer: Used<T>) -> &'static str {
    let UseError { code, .. } = answer.unwrap_err();
    code
}

fn what(case: &CaseView) -> Vec<&str> {
    case.actions.iter().map(|a| a.what.as_str()).collect()
}

/// Section 5.3 and case 69, a letter at a time: A, H and I may apply, nobody else.
#[tokio::test]
async fn who_may_apply_says_the_state() {
    for hall in halls(ALONE).await {
        let refusals = [
            ("B", "over_points"),
            ("C", "in_transfer"),
            ("D", "licence_suspended"),
            ("E", "licence_annulled"),
            ("F", "licence_revoked"),
            ("G", "licence_cancelled"),
            ("J", "out_of_use"),
            ("K", "licence_seized"),
            ("L", "licence_locked"),
            ("M", "licence_expired"),
            ("N", "deferred"),
            ("P", "deferred"),
            ("R", "cancelled_recoverable"),
            ("S", "review_overdue"),
            ("T", "deferred"),
            ("U", "licence_held"),
            ("Z", "other_state"),
            ("HU", "licence_held"),
        ];
        let mut number = 0;
        for letters in ["A", "H", "I"] {
            number += 1;
            let holder = Holder::new(&hall, number, letters).await.with_stored(&hall).await;
            assert_eq!(holder.apply(&hall, PhotoChoice::Stored).await.unwrap().status, "issued", "{letters}");
        }
        for (letters, refusal) in refusals {
            number += 1;
            let holder = Holder::new(&hall, number, letters).await.with_stored(&hall).await;
            assert_eq!(code(holder.apply(&hall, PhotoChoice::Stored).await), refusal, "{letters}");
            assert!(holder.licences(&hall).await.is_empty());
            let mut tx = hall.app.store.read().await.unwrap();
            assert!(tx.cases_of(holder.session.owner.unwrap()).await.unwrap().is_empty(), "{letters}");
        }
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn with_a_stored_photo_the_licence_is_there_at_once() {
    for hall in halls(ALONE).await {
        let holder = Holder::new(&hall, 1, "A").await.with_stored(&hall).await;
        let mut asked = asked(CaseKind::First, PhotoChoice::Stored);
        asked.idempotency_key = Some("k1".into());
        let case = apply(&hall.app, &holder.session, &asked).await.unwrap();
        assert_eq!((case.status.as_str(), case.expected_by, case.can_withdraw), ("issued", None, false));
        assert_eq!(what(&case), ["submitted", "accepted", "issued"]);
        let [licence] = &holder.licences(&hall).await[..] else { panic!("one licence") };
        assert_eq!((&licence.state, licence.photo), (&CredentialState::Current, Some(id(600_001))));
        assert_eq!(holder.notices(&hall).await, ["licence_issued"]);
        // The same call again, and another call under the same key.
        let again = apply(&hall.app, &holder.session, &asked).await.unwrap();
        assert_eq!((again.id, again.actions.len()), (case.id, 3));
        asked.urgent = true;
        assert_eq!(code(apply(&hall.app, &holder.session, &asked).await), "idempotency_key_reused");
        assert_eq!(code(holder.apply(&hall, PhotoChoice::Stored).await), "already_issued");
        assert_eq!(holder.licences(&hall).await.len(), 1);
        let mut tx = hall.app.store.read().await.unwrap();
        let driver = tx.find_driver(holder.driver).await.unwrap().unwrap();
        assert_eq!(driver.applied_on, Some(hall.app.clock.today()));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn of_many_applications_at_once_one_counts() {
    for hall in halls(ALONE).await {
        let holder = Holder::new(&hall, 1, "A").await.with_stored(&hall).await;
        let calls = (0..8).map(|_| holder.apply(&hall, PhotoChoice::Stored));
        let answers = futures_util::future::join_all(calls).await;
        assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_eq!(code(answer), "already_issued");
        }
        assert_eq!(holder.licences(&hall).await.len(), 1);
    }
}

#[tokio::test]
async fn place_photo_and_person_decide_too() {
    for hall in halls(ALONE).await {
        let far = Holder::of(&hall, 1, &licence(1, "A", 810_000)).await.with_stored(&hall).await;
        assert_eq!(code(far.apply(&hall, PhotoChoice::Stored).await), "region_not_open");
        let holder = Holder::new(&hall, 2, "A").await;
        assert_eq!(code(holder.apply(&hall, PhotoChoice::Stored).await), "photo_needed");
        let stranger = Holder::new(&hall, 3, "A").await;
        let theirs = stranger.sent(&hall, 30).await;
        assert_eq!(code(holder.apply(&hall, theirs).await), "not_found");
        let replacing = asked(CaseKind::PhotoReplacement, theirs);
        assert_eq!(code(apply(&hall.app, &stranger.session, &replacing).await), "not_issued");
        let nobody = Session { owner: None, ..stranger.session.clone() };
        assert_eq!(code(apply(&hall.app, &nobody, &asked(CaseKind::First, theirs)).await), "no_register_record");
        let no_driver = Session { owner: Some(id(5)), ..stranger.session.clone() };
        assert_eq!(code(apply(&hall.app, &no_driver, &asked(CaseKind::First, theirs)).await), "no_licence");
        // One application at a time, and it can be given up.
        let case = stranger.apply(&hall, theirs).await.unwrap();
        assert_eq!((case.status.as_str(), case.can_withdraw), ("under_review", true));
        assert_eq!(case.expected_by, Some(china_midnight(day("2026-11-24"))), "Friday noon: Monday's end");
        assert_eq!(code(stranger.apply(&hall, theirs).await), "case_open");
        assert_eq!(code(application::withdraw(&hall.app, &holder.session, case.id).await), "not_found");
        assert_eq!(application::withdraw(&hall.app, &stranger.session, case.id).await.unwrap().status, "withdrawn");
        assert_eq!(application::withdraw(&hall.app, &stranger.session, case.id).await.unwrap().actions.len(), 3);
        assert_eq!(stranger.apply(&hall, theirs).await.unwrap().status, "under_review");
        assert_eq!(application::cases(&hall.app, &stranger.session).await.unwrap().len(), 2);
        assert_eq!(stranger.notices(&hall).await, ["application_received", "application_received"]);
    }
}

/// Section 5.4: the register's photo may be replaced at once, one's own after six months.
#[tokio::test]
async fn a_photo_is_replaced_after_its_time() {
    for hall in halls(ALONE).await {
        let holder = Holder::new(&hall, 1, "A").await.with_stored(&hall).await;
        holder.apply(&hall, PhotoChoice::Stored).await.unwrap();
        let stored = asked(CaseKind::PhotoReplacement, PhotoChoice::Stored);
        assert_eq!(code(apply(&hall.app, &holder.session, &stored).await), "photo_needed");
        let replace = async |photo| apply(&hall.app, &holder.session, &asked(CaseKind::PhotoReplacement, photo)).await;
        let case = replace(holder.sent(&hall, 2).await).await.unwrap();
        assert_eq!(case.status, "under_review");
        application::withdraw(&hall.app, &holder.session, case.id).await.unwrap();
        // The one that the holder sent becomes the licence's.
        let mut tx = hall.app.store.write().await.unwrap();
        tx.set_current_photo(holder.driver, id(600_002)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(code(replace(holder.sent(&hall, 3).await).await), "photo_too_fresh");
        hall.app.clock.advance(SignedDuration::from_hours(24 * 180));
        assert_eq!(code(replace(holder.sent(&hall, 4).await).await), "photo_too_fresh");
        hall.app.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(replace(holder.sent(&hall, 5).await).await.unwrap().status, "under_review");
    }
}

#[tokio::test]
async fn an_urgent_application_is_possible_once_a_day() {
    for hall in halls(ALONE).await {
        let holder = Holder::new(&hall, 1, "A").await;
        let urgent = |photo| Application { urgent: true, ..asked(CaseKind::First, photo) };
        let photo = holder.sent(&hall, 1).await;
        let case = apply(&hall.app, &holder.session, &urgent(photo)).await.unwrap();
        assert!(case.urgent);
        application::withdraw(&hall.app, &holder.session, case.id).await.unwrap();
        assert_eq!(code(apply(&hall.app, &holder.session, &urgent(photo)).await), "urgent_once_a_day");
        hall.app.clock.advance(SignedDuration::from_hours(12));
        assert!(apply(&hall.app, &holder.session, &urgent(photo)).await.unwrap().urgent);
    }
}

async fn send(hall: &Hall, holder: &Holder, bytes: Vec<u8>) -> Used<UploadView> {
    let upload = Upload { bytes, origin: PhotoOrigin::Camera, taken_on: None };
    application::upload(&hall.app, &holder.session, upload).await
}

#[tokio::test]
async fn photos_are_looked_at_sealed_and_forgotten() {
    let good = jpeg(&Scene::nominal(Look::of(1, 0, false), 600, 872).draw(), 90);
    let small = jpeg(&Scene::nominal(Look::of(1, 0, false), 519, 754).draw(), 90);
    for hall in halls(ALONE).await {
        let holder = Holder::new(&hall, 1, "A").await;
        assert_eq!(code(send(&hall, &holder, b"GIF89a".to_vec()).await), "photo_not_a_picture");
        assert_eq!(code(send(&hall, &holder, good[..good.len() / 2].to_vec()).await), "photo_truncated");
        let refused = send(&hall, &holder, small.clone()).await.unwrap();
        assert_eq!((refused.accepted, refused.id, refused.checks.len()), (false, None, 8));
        let sent = send(&hall, &holder, good.clone()).await.unwrap();
        let photo = sent.id.unwrap();
        assert!(sent.accepted && sent.checks.iter().all(|c| c.ok));
        assert_eq!(send(&hall, &holder, good.clone()).await.unwrap().id, Some(photo), "the same picture, the same id");
        let mut tx = hall.app.store.write().await.unwrap();
        let kept = tx.photo_info(holder.driver, photo).await.unwrap().unwrap();
        assert_eq!((kept.width, kept.height, kept.state), (520, 756, PhotoState::Pending));
        tx.refuse_photo(holder.driver, photo).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(code(send(&hall, &holder, good.clone()).await), "photo_refused_before");
        for number in 0..UPLOADS_PER_DAY as u128 {
            holder.sent(&hall, number).await;
        }
        assert_eq!(code(send(&hall, &holder, good.clone()).await), "too_many_photos");
        let asked_for = PhotoChoice::New(id(600_003));
        holder.apply(&hall, asked_for).await.unwrap();
        let left = async || hall.app.store.read().await.unwrap().photos_of(holder.driver).await.unwrap().len();
        assert_eq!(left().await, 1 + UPLOADS_PER_DAY);
        application::sweep(&hall.app).await.unwrap();
        assert_eq!(left().await, 1 + UPLOADS_PER_DAY);
        hall.app.clock.advance(SignedDuration::from_hours(25));
        application::sweep(&hall.app).await.unwrap();
        assert_eq!(left().await, 2, "what a case asks for, and what was refused, stay");
        hall.app.clock.advance(SignedDuration::from_hours(24 * 30));
        application::sweep(&hall.app).await.unwrap();
        assert_eq!(left().await, 1);
    }
}

#[tokio::test]
async fn an_album_photo_is_recent() {
    for hall in halls(ALONE).await {
        let holder = Holder::new(&hall, 1, "A").await;
        let album = async |taken_on: Option<&str>| {
            let upload = Upload { bytes: Vec::new(), origin: PhotoOrigin::Album, taken_on: taken_on.map(day) };
            code(application::upload(&hall.app, &holder.session, upload).await)
        };
        assert_eq!(album(None).await, "taken_on_needed");
        assert_eq!(album(Some("2026-05-19")).await, "photo_too_old");
        assert_eq!(album(Some("2026-11-21")).await, "photo_too_old");
        // Recent enough: the file itself is looked at next.
        assert_eq!(album(Some("2026-05-20")).await, "photo_not_a_picture");
    }
}
