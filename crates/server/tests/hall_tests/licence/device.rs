//! On the holder's own device: one at a time, with a key that it has proved.

use super::world::*;
use crate::hall::Hall;
use aws_lc_rs::signature::KeyPair;
use jiff::SignedDuration;
use luzheng::usecase::key::{Retirement, retire};
use luzheng::usecase::licence::device;
use luzheng::usecase::licence::holding::{self, NewDevice};
use luzheng::usecase::session::Session;
use luzheng::usecase::verify;
use luzheng_credential::sign::KeyId;
use luzheng_credential::verify::{Reason as Why, Verdict};
use luzheng_store::Engine;

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
        for (hours, expected) in [(24, REPLAYED), (-24, (Verdict::CannotTell, Some(Why::ClockWrong)))] {
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
