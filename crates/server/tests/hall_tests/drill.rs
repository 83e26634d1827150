//! The drill: an issuing key is compromised. It leaves the trust list, and everything it signed is issued anew.

use crate::hall::Hall;
use luzheng::usecase::catch_up;
use luzheng::usecase::key::{Retirement, retire};
use luzheng_credential::sign::KeyId;
use luzheng_credential::verify::{Reason as Why, Verdict};
use luzheng_store::credential::CredentialState;

#[tokio::test]
async fn a_compromised_key_is_replaced_with_everything_it_signed() {
    for hall in Hall::open_all().await {
        let mut cars = Vec::new();
        for number in 1..=12 {
            cars.push(hall.car(number).await);
        }
        let mut before = Vec::new();
        for car in &cars {
            before.push(hall.current(*car).await.unwrap());
        }
        let kid = KeyId::new(before[0].kid.unwrap());
        let successor = retire(&hall.app, kid, Retirement::Compromised, "compromised", None, "operator").await.unwrap();
        assert_eq!(
            hall.verdict(&before[0]).await,
            (Verdict::NotValid, Some(Why::UnknownIssuer)),
            "at once, before anything is issued anew"
        );
        catch_up(&hall.app).await.unwrap();
        for (car, old) in cars.iter().zip(&before) {
            let new = hall.current(*car).await.expect("issued anew");
            assert_ne!(new.id, old.id);
            assert_eq!(new.kid, Some(*successor.as_bytes()));
            assert_eq!(new.valid_until, old.valid_until);
            assert_eq!(hall.verdict(&new).await, (Verdict::Valid, None));
            assert_eq!(hall.verdict(old).await, (Verdict::NotValid, Some(Why::UnknownIssuer)));
            let marks = hall.marks(*car).await;
            assert_eq!(marks.iter().filter(|m| !matches!(m.state, CredentialState::Ended { .. })).count(), 1);
        }
        let again = retire(&hall.app, kid, Retirement::Compromised, "compromised", None, "operator").await.unwrap_err();
        assert_eq!(again.code, "already_retired");
        hall.check_everything().await;
    }
}
