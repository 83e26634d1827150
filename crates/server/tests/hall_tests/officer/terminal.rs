//! Terminals that the police have already: a client's token, and the number of the officer who holds the terminal.

use super::told;
use crate::device::{Device, officer};
use crate::hall::{Hall, plate};
use crate::inbox::owner_of;
use crate::partner::token_for;
use luzheng::usecase::officer::register;
use serde_json::json;

const PATH: &str = "/api/v1/officer/look-ups";

#[tokio::test]
async fn a_terminal_looks_up_for_an_officer_on_duty() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        officer(&hall, "051201").await;
        register::relieve(&hall.app, "051201", None, "operator").await.unwrap();
        let car = hall.car(1).await;
        let (good, other) = (token_for(&hall, "officer").await, token_for(&hall, "verify.marks").await);
        let nobody = Device::new(&hall);
        let ask = json!({"by": "plate", "plate_number": plate(1), "plate_type": "02", "purpose": "roadside_check"});
        let call = async |bearer: &str, number: Option<&str>| {
            let bearer = format!("Bearer {bearer}");
            let mut headers = vec![("authorization", bearer.as_str())];
            headers.extend(number.map(|number| ("luzheng-officer", number)));
            nobody.send("POST", PATH, &headers, Some(&ask)).await
        };
        let found = call(&good, Some("051200")).await.is(200).json();
        assert_eq!(found["vehicle"]["plate_number"], "苏E00001");
        assert_eq!(call(&good, None).await.is(401).code(), "officer_needed");
        assert_eq!(call(&good, Some("999999")).await.is(401).code(), "officer_unknown");
        assert_eq!(call(&good, Some("051201")).await.is(403).code(), "off_duty");
        assert_eq!(call("nonsense", Some("051200")).await.is(401).code(), "invalid_token");
        assert_eq!(call(&other, Some("051200")).await.is(403).code(), "insufficient_scope");
        let [look] = &told(&hall, &owner_of(&hall, car).await).await[..] else { panic!("one look") };
        assert_eq!(look.how.en, "on-line, by a terminal of the police");
        // A terminal has no key of its own: what is for enrolled devices is not for it.
        let bearer = format!("Bearer {good}");
        let headers = [("authorization", bearer.as_str()), ("luzheng-officer", "051200")];
        for path in ["/api/v1/officer/reader-keys", "/api/v1/officer/me"] {
            assert_eq!(nobody.send("GET", path, &headers, None).await.is(403).code(), "needs_device", "{path}");
        }
        register::end(&hall.app, "051200", "left", "operator").await.unwrap();
        assert_eq!(call(&good, Some("051200")).await.is(401).code(), "officer_unknown");
    }
}
