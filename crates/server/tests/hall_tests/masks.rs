//! Who is shown what of a car and its owner, by role and scope: what must never stand in a view does not, and what makes the view useful does.

use crate::browser::{Browser, Reply};
use crate::device::{Device, officer};
use crate::hall::{Hall, plate, vin};
use crate::partner::token_for;
use crate::watch::{code, staff};
use axum::http::header;
use luzheng_store::Engine;
use serde_json::{Value, json};

/// What stands in the register about car 1 and its owner (`hall::registered`).
const NAME: &str = "张三丰";
const IDENTITY: &str = "11010519491231002X";
const PHONE: &str = "13800001234";

/// A view, and what it was given for.
struct View {
    whose: &'static str,
    reply: Reply,
    /// What must stand in it.
    useful: Vec<String>,
}

async fn as_partner(hall: &Hall, token: &str, path: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {token}");
    let device = Device::new(hall);
    device.send("POST", path, &[(header::AUTHORIZATION.as_str(), &bearer)], Some(body)).await
}

#[tokio::test]
async fn nobody_is_shown_an_owner_in_the_open() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = Hall::open(engine).await;
        let car = hall.car(1).await;
        let (code, mark) = (code(&hall, car).await, hall.current(car).await.unwrap());
        let batch = json!({"items": [{"code": code}], "purpose": "claim"});
        let states = json!({
            "items": [{"plate_number": plate(1), "plate_type": "02", "at": "2026-11-01T00:00:00Z", "known_at": "2026-11-02T00:00:00Z"}],
            "purpose": "claim"
        });
        let marks = token_for(&hall, "verify.marks").await;
        let state = token_for(&hall, "state").await;
        officer(&hall, "320500001").await;
        let on_duty = Device::of_officer(&hall, "320500001").await;
        let look_up = json!({"by": "plate", "plate_number": plate(1), "plate_type": "02", "purpose": "roadside_check"});
        let by_code = json!({"code": code, "purpose": "roadside_check"});
        let credential = format!("/api/v1/staff/credentials/{}?purpose=counter", mark.id);
        let views = [
            View {
                whose: "anyone",
                reply: Browser::new(&hall).post("/api/v1/verify", &json!({"code": code})).await,
                useful: vec![plate(1), "\"valid\"".into()],
            },
            View {
                whose: "a partner with verify.marks",
                reply: as_partner(&hall, &marks, "/api/v1/partner/verify", &batch).await,
                useful: vec![plate(1), "\"valid\"".into()],
            },
            View {
                whose: "a partner with state",
                reply: as_partner(&hall, &state, "/api/v1/partner/states", &states).await,
                useful: vec!["as_known_then".into(), "as_known_now".into()],
            },
            View {
                whose: "an officer who looks a plate up",
                reply: on_duty.post("/api/v1/officer/look-ups", &look_up).await,
                useful: vec![plate(1), "look_id".into(), "owner_masked".into()],
            },
            View {
                whose: "an officer who scans",
                reply: on_duty.post("/api/v1/officer/verify", &by_code).await,
                useful: vec![plate(1), "\"valid\"".into()],
            },
            View { whose: "staff", reply: staff(&hall).await.get(&credential).await, useful: vec![plate(1)] },
        ];
        for View { whose, reply, useful } in views {
            let text = reply.is(200).text;
            for hidden in [NAME, IDENTITY, &IDENTITY[6..14], PHONE, &vin(1)] {
                assert!(!text.contains(hidden), "{whose} is shown {hidden}: {text}");
            }
            for word in useful {
                assert!(text.contains(&word), "{whose} is not shown {word}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_scope_opens_its_own_door_and_no_other() {
    let hall = Hall::open(Engine::Sqlite).await;
    let car = hall.car(1).await;
    let code = code(&hall, car).await;
    let batch = json!({"items": [{"code": code}], "purpose": "claim"});
    let states = json!({
        "items": [{"plate_number": plate(1), "plate_type": "02", "at": "2026-11-01T00:00:00Z", "known_at": "2026-11-02T00:00:00Z"}],
        "purpose": "claim"
    });
    // Scope; may it judge a mark, is it told of another's kind only that the scope is missing, may it ask for states.
    let table = [
        ("verify.marks", 200, true, 403),
        ("verify.licences", 200, false, 403),
        ("state", 403, false, 200),
        ("proofs", 403, false, 403),
        ("subscriptions", 403, false, 403),
        ("accidents", 403, false, 403),
    ];
    for (scope, may_verify, is_told, may_ask) in table {
        let token = token_for(&hall, scope).await;
        let judged = as_partner(&hall, &token, "/api/v1/partner/verify", &batch).await;
        assert_eq!(judged.status.as_u16(), may_verify, "{scope}: {}", judged.text);
        assert_eq!(judged.text.contains(&plate(1)), is_told, "{scope}: {}", judged.text);
        let asked = as_partner(&hall, &token, "/api/v1/partner/states", &states).await;
        assert_eq!(asked.status.as_u16(), may_ask, "{scope}: {}", asked.text);
        // No scope of a partner is a way to the register itself.
        let look_up = json!({"by": "plate", "plate_number": plate(1), "plate_type": "02", "purpose": "roadside_check"});
        let refused = as_partner(&hall, &token, "/api/v1/officer/look-ups", &look_up).await;
        assert!(matches!(refused.status.as_u16(), 401 | 403), "{scope}: {}", refused.text);
        assert!(!refused.text.contains(NAME));
    }
}
