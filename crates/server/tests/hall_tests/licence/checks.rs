//! What must hold of every licence, for every hall.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use crate::hall::Hall;
use luzheng::usecase::licence::face_name;
use luzheng_domain::credential::CredentialKind;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::StoredDriver;
use luzheng_store::status::{StatusIndex, StatusValue};

const KIND: CredentialKind = CredentialKind::DrivingLicence;

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
            let current: Vec<_> =
                licences.iter().filter(|c| !matches!(c.state, CredentialState::Ended { .. })).collect();
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
