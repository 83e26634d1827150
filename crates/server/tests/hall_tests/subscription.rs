//! Partners are told of changes: signed, in order, once under one id however often, and only what they may know.

use crate::hall::{Hall, plate, plate_changed, status, transferred, vin};
use crate::state_at::insurer;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use luzheng::app::App;
use luzheng::usecase::partner::admin::{self, Change};
use luzheng::usecase::partner::{Call, Regions, Scopes, registry};
use luzheng::usecase::subscription::deliver::{deliver, sweep};
use luzheng::usecase::subscription::view::{NewSubscriptionBody, SubscriptionView};
use luzheng::usecase::subscription::{self, keys};
use luzheng_store::Engine;
use luzheng_store::testing::Fault;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// One call that an endpoint got.
#[derive(Debug, Clone)]
struct Got {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn seq(&self) -> u64 {
        self.json()["data"]["seq"].as_u64().unwrap()
    }
}

/// What happens while an endpoint has a call.
type During = Box<dyn Fn() + Send>;

/// A partner's endpoint.
#[derive(Clone, Default)]
struct Endpoint {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    during: Arc<Mutex<Option<During>>>,
}

async fn take(State(endpoint): State<Endpoint>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    endpoint.got.lock().unwrap().push(Got {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    if let Some(during) = endpoint.during.lock().unwrap().take() {
        during();
    }
    let answer = endpoint.answers.lock().unwrap().pop_front().unwrap_or(200);
    StatusCode::from_u16(answer).unwrap()
}

impl Endpoint {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Self { url: format!("http://{}/hooks", listener.local_addr().unwrap()), ..Self::default() };
        let site = Router::new().route("/hooks", post(take)).with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, site).await });
        endpoint
    }

    fn will_answer(&self, answers: impl IntoIterator<Item = u16>) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    fn forget(&self) {
        self.got.lock().unwrap().clear();
    }
}

fn body(endpoint: &Endpoint, numbers: &[u32], events: &[&str]) -> NewSubscriptionBody {
    let subjects: Vec<Value> = numbers.iter().map(|n| json!({"plate_number": plate(*n), "plate_type": "02"})).collect();
    serde_json::from_value(json!({"subjects": subjects, "events": events, "url": endpoint.url, "purpose": "underwriting", "reference": "P-1"})).unwrap()
}

const ALL: [&str; 5] = ["mark_changed", "validity_changed", "status_changed", "plate_changed", "transferred"];

async fn subscribe(
    hall: &Hall,
    call: &Call,
    endpoint: &Endpoint,
    numbers: &[u32],
    events: &[&str],
) -> SubscriptionView {
    subscription::begin(&hall.app, call, &body(endpoint, numbers, events), None).await.unwrap()
}

/// Sends until nothing is due.
async fn send(app: &App) -> usize {
    let mut sent = 0;
    loop {
        match deliver(app).await.unwrap() {
            0 => return sent,
            some => sent += some,
        }
    }
}

async fn get(hall: &Hall, call: &Call, id: Uuid) -> Value {
    serde_json::to_value(subscription::get(&hall.app, call, id).await.unwrap()).unwrap()
}

/// Whether a call was signed by one of the published keys.
async fn genuine(app: &App, got: &Got) -> bool {
    let signed = format!("{}.{}.{}", got.id, got.timestamp, got.body);
    let keys = keys::published(app).await.unwrap().keys;
    got.signature.split(' ').any(|one| {
        let signature = BASE64_STANDARD.decode(one.strip_prefix("v1a,").unwrap()).unwrap();
        keys.iter().any(|key| {
            let public = BASE64_STANDARD.decode(key.public_key.strip_prefix("whpk_").unwrap()).unwrap();
            UnparsedPublicKey::new(&ED25519, &public).verify(signed.as_bytes(), &signature).is_ok()
        })
    })
}

#[tokio::test]
async fn changes_are_told_signed_and_in_order() {
    for hall in Hall::open_all().await {
        let (endpoint, call) = (Endpoint::open().await, insurer(&hall, "subscriptions", "all").await);
        hall.car(1).await;
        hall.car(2).await;
        let made = subscribe(&hall, &call, &endpoint, &[1, 2, 3], &ALL).await;
        assert_eq!((made.subjects.as_ref().unwrap().len(), made.refused[0].code.as_str()), (2, "unknown_plate"));
        hall.event(&status(1, "s1", "C", "2026-11-20T11:00:00+08:00")).await;
        hall.event(&status(1, "s2", "A", "2026-11-20T11:30:00+08:00")).await;
        hall.event(&plate_changed(2, "p2", "2026-11-20T11:30:00+08:00")).await;
        assert_eq!(send(&hall.app).await, 7);
        let got = endpoint.got();
        for one in &got {
            assert!(genuine(&hall.app, one).await, "{one:?}");
            let altered = Got { body: one.body.replace("seq", "sep"), ..one.clone() };
            assert!(!genuine(&hall.app, &altered).await);
        }
        let told = |number: u32| -> Vec<(u64, String)> {
            let of = got.iter().filter(|g| g.json()["data"]["plate_number"] == plate(number));
            of.map(|g| (g.seq(), g.json()["type"].as_str().unwrap().to_owned())).collect()
        };
        let words = |list: &[&str]| -> Vec<(u64, String)> {
            (1..).zip(list).map(|(seq, word)| (seq, format!("vehicle.{word}"))).collect()
        };
        assert_eq!(told(1), words(&["status_changed", "mark_changed", "status_changed", "mark_changed"]));
        assert_eq!(told(2), words(&["plate_changed", "mark_changed", "mark_changed"]));
        let states: Vec<Value> = got
            .iter()
            .filter(|g| g.json()["type"] == "vehicle.mark_changed")
            .map(|g| g.json()["data"]["mark"]["state"].clone())
            .collect();
        assert!(states.contains(&json!("suspended")) && states.contains(&json!("ended")), "{states:?}");
        for one in &got {
            assert!(
                !one.body.contains("张") && !one.body.contains(&vin(1)) && !one.body.contains(&plate(60_002)),
                "nothing else: {}",
                one.body
            );
        }
        let view = get(&hall, &call, made.id).await;
        assert_eq!((&view["webhooks"]["sent"], &view["webhooks"]["waiting"]), (&json!(7), &json!(0)));
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_fails_is_said_again_before_anything_later() {
    for hall in Hall::open_all().await {
        let (endpoint, call) = (Endpoint::open().await, insurer(&hall, "subscriptions", "all").await);
        hall.car(1).await;
        let made = subscribe(&hall, &call, &endpoint, &[1], &["status_changed"]).await;
        endpoint.will_answer([500, 302]);
        hall.event(&status(1, "s1", "L", "2026-11-20T11:00:00+08:00")).await;
        hall.event(&status(1, "s2", "A", "2026-11-20T11:30:00+08:00")).await;
        assert_eq!(send(&hall.app).await, 1, "the second waits for the first");
        assert_eq!(get(&hall, &call, made.id).await["failing_since"], json!(hall.app.clock.now()));
        hall.app.clock.advance(SignedDuration::from_secs(6));
        assert_eq!(send(&hall.app).await, 1, "a redirect is no success");
        hall.app.clock.advance(SignedDuration::from_secs(340));
        assert_eq!(send(&hall.app).await, 2);
        let got = endpoint.got();
        assert_eq!(got.iter().map(Got::seq).collect::<Vec<_>>(), [1, 1, 1, 2]);
        assert!(
            got[..3].iter().all(|one| (&one.id, &one.body) == (&got[0].id, &got[0].body)),
            "the same bytes under one id"
        );
        assert!(got[0].timestamp < got[1].timestamp && got[0].signature != got[1].signature, "signed anew at each try");
        assert_eq!(get(&hall, &call, made.id).await["failing_since"], Value::Null);
    }
}

#[tokio::test]
async fn who_dies_between_sending_and_recording_says_it_twice_under_one_id() {
    for hall in Hall::open_all().await {
        let (endpoint, call) = (Endpoint::open().await, insurer(&hall, "subscriptions", "all").await);
        hall.car(1).await;
        let made = subscribe(&hall, &call, &endpoint, &[1], &["status_changed"]).await;
        sweep(&hall.app).await.unwrap();
        hall.event(&status(1, "s1", "L", "2026-11-20T11:00:00+08:00")).await;
        let app = Arc::clone(&hall.app);
        *endpoint.during.lock().unwrap() = Some(Box::new(move || app.store.faults().fail_next_commit(Fault::Lost)));
        assert!(deliver(&hall.app).await.is_err(), "it was sent, and that was not recorded");
        assert_eq!(send(&hall.app).await, 0, "somebody holds it");
        hall.app.clock.advance(SignedDuration::from_secs(121));
        assert_eq!(send(&hall.app).await, 1);
        let got = endpoint.got();
        assert_eq!((got.len(), &got[0].id, &got[0].body), (2, &got[1].id, &got[1].body));
        assert_eq!(get(&hall, &call, made.id).await["webhooks"]["sent"], 1);
    }
}

#[tokio::test]
async fn an_endpoint_that_takes_nothing_for_three_days_is_left_alone_until_it_is_resumed() {
    for hall in Hall::open_all().await {
        let (endpoint, call) = (Endpoint::open().await, insurer(&hall, "subscriptions", "all").await);
        hall.car(1).await;
        let made = subscribe(&hall, &call, &endpoint, &[1], &["status_changed"]).await;
        hall.event(&status(1, "s1", "L", "2026-11-20T11:00:00+08:00")).await;
        hall.event(&status(1, "s2", "A", "2026-11-20T11:30:00+08:00")).await;
        endpoint.will_answer(std::iter::repeat_n(503, 10));
        for _ in 0..10 {
            assert_eq!(send(&hall.app).await, 1);
            hall.app.clock.advance(SignedDuration::from_hours(27));
        }
        let view = get(&hall, &call, made.id).await;
        assert_eq!((view["state"].as_str(), view["why"].as_str()), (Some("paused"), Some("endpoint_failing")));
        assert!(view["notice"]["zh"].as_str().unwrap().contains("已暂停"));
        assert_eq!((&view["webhooks"]["dead"], &view["webhooks"]["waiting"]), (&json!(1), &json!(1)));
        assert_eq!(send(&hall.app).await, 0, "nothing is sent while it is paused");
        let dead = subscription::webhooks(&hall.app, &call, made.id, Some("dead")).await.unwrap();
        assert_eq!(
            (dead.items.len(), dead.items[0].attempts, dead.items[0].error.as_deref()),
            (1, 10, Some("answered 503"))
        );
        endpoint.forget();
        subscription::resume(&hall.app, &call, made.id).await.unwrap();
        assert_eq!(subscription::retry(&hall.app, &call, made.id).await.unwrap(), 1);
        assert_eq!(send(&hall.app).await, 2);
        assert_eq!(endpoint.got().iter().map(Got::seq).collect::<Vec<_>>(), [1, 2], "in their order");
        // Gone is gone: paused at once; and what is paused for long is ended.
        endpoint.will_answer([410]);
        hall.event(&status(1, "s3", "L", &hall.app.clock.now().to_string())).await;
        assert_eq!(send(&hall.app).await, 1);
        assert_eq!(get(&hall, &call, made.id).await["why"], "endpoint_gone");
        hall.app.clock.advance(SignedDuration::from_hours(24 * 31));
        sweep(&hall.app).await.unwrap();
        let view = get(&hall, &call, made.id).await;
        assert_eq!((view["state"].as_str(), &view["webhooks"]["withheld"]), (Some("ended"), &json!(1)));
        assert_eq!(subscription::resume(&hall.app, &call, made.id).await.unwrap_err().code, "subscription_ended");
    }
}

#[tokio::test]
async fn only_what_a_partner_may_know_is_said() {
    for hall in Hall::open_all().await {
        let endpoint = Endpoint::open().await;
        let call = insurer(&hall, "subscriptions", "320500").await;
        hall.car(1).await;
        hall.car(2).await;
        let made = subscribe(&hall, &call, &endpoint, &[1, 2], &ALL).await;
        // The register moves the vehicle out of the partner's regions.
        let moved = json!({"source": "test", "id": "m1", "type": "vehicle.changed", "occurred_at": "2026-11-20T11:00:00+08:00",
            "subject": {"vin": vin(1)}, "data": {"division": "310100", "plate_number": "沪A12345", "plate_type": "02"}});
        hall.event(&moved).await;
        // A transfer is the last that is said of a vehicle.
        hall.event(&transferred(2, "t2", "2026-11-20T11:00:00+08:00")).await;
        hall.event(&status(2, "s2", "L", "2026-11-20T11:30:00+08:00")).await;
        send(&hall.app).await;
        let got = endpoint.got();
        assert!(got.iter().all(|one| one.json()["data"]["plate_number"] == plate(2)), "{got:?}");
        assert_eq!(got.last().unwrap().json()["type"], "vehicle.transferred");
        let view = get(&hall, &call, made.id).await;
        let why: Vec<&str> = view["subjects"].as_array().unwrap().iter().map(|s| s["why"].as_str().unwrap()).collect();
        assert_eq!(why, ["outside_region", "transferred"]);
        // Without the scope nothing more is said, and the subscription is over.
        hall.car(3).await;
        let second = subscribe(&hall, &call, &endpoint, &[3], &ALL).await;
        endpoint.forget();
        let change =
            Change { scopes: Some(Scopes::parse("state").unwrap()), regions: Some(Regions::All), ..Change::default() };
        admin::change(&hall.app, call.client.id, &change, "test").await.unwrap();
        registry::refresh(&hall.app).await.unwrap();
        hall.event(&status(3, "s3", "L", "2026-11-20T11:30:00+08:00")).await;
        send(&hall.app).await;
        assert!(endpoint.got().is_empty());
        assert_eq!(get(&hall, &call, second.id).await["why"], "insufficient_scope");
        // The owners saw that somebody was told.
        let mut tx = hall.app.store.read().await.unwrap();
        let mut counts = std::collections::BTreeMap::new();
        for mut row in tx.raw_rows("SELECT what, COUNT(*) FROM look GROUP BY what", vec![]).await.unwrap() {
            counts.insert(row.text().unwrap(), row.int().unwrap());
        }
        assert_eq!(counts.get("changes"), Some(&3));
    }
}

#[tokio::test]
async fn what_cannot_be_subscribed_is_refused_and_a_repetition_is_one() {
    let hall = Hall::open(Engine::Sqlite).await;
    let (endpoint, call) = (Endpoint::open().await, insurer(&hall, "subscriptions", "320500").await);
    let (elsewhere, without) = (insurer(&hall, "subscriptions", "310000").await, insurer(&hall, "state", "all").await);
    hall.car(1).await;
    let good = body(&endpoint, &[1], &["mark_changed"]);
    let refused = async |call: &Call, new: &NewSubscriptionBody| {
        subscription::begin(&hall.app, call, new, None).await.unwrap_err().code
    };
    assert_eq!(refused(&without, &good).await, "insufficient_scope");
    assert_eq!(refused(&elsewhere, &good).await, "no_subject");
    assert_eq!(
        refused(&call, &NewSubscriptionBody { purpose: Some("claim".into()), ..good.clone() }).await,
        "purpose_not_lasting"
    );
    assert_eq!(
        refused(&call, &NewSubscriptionBody { reference: " ".into(), ..good.clone() }).await,
        "reference_needed"
    );
    assert_eq!(refused(&call, &NewSubscriptionBody { url: "ftp://x".into(), ..good.clone() }).await, "bad_url");
    assert_eq!(
        refused(&call, &NewSubscriptionBody { events: vec!["all".into()], ..good.clone() }).await,
        "unknown_event"
    );
    assert_eq!(refused(&call, &NewSubscriptionBody { subjects: Vec::new(), ..good.clone() }).await, "bad_request");
    let first = subscription::begin(&hall.app, &call, &good, Some("k1")).await.unwrap();
    let again = subscription::begin(&hall.app, &call, &good, Some("k1")).await.unwrap();
    assert_eq!(first.id, again.id);
    let other = NewSubscriptionBody { reference: "P-2".into(), ..good.clone() };
    assert_eq!(
        subscription::begin(&hall.app, &call, &other, Some("k1")).await.unwrap_err().code,
        "idempotency_key_reused"
    );
    let trial = subscription::try_out(&hall.app, &call, first.id).await.unwrap();
    assert_eq!(subscription::try_out(&hall.app, &call, first.id).await.unwrap_err().code, "too_many_trials");
    assert_eq!(send(&hall.app).await, 1);
    let got = endpoint.got();
    assert_eq!((got[0].id.as_str(), got[0].json()["type"].as_str()), (trial.id.as_str(), Some("test")));
    assert!(genuine(&hall.app, &got[0]).await);
    assert_eq!(subscription::get(&hall.app, &elsewhere, first.id).await.unwrap_err().code, "not_found");
    hall.event(&status(1, "s1", "L", "2026-11-20T11:00:00+08:00")).await;
    assert_eq!(subscription::end(&hall.app, &call, first.id).await.unwrap().state, "ended");
    assert_eq!(send(&hall.app).await, 0, "what was still to be said is not");
    // A key gives way to a new one, and signs along for a while.
    let key = |keys: &keys::KeyList| keys.keys.iter().map(|k| k.id.clone()).collect::<Vec<_>>();
    let before = key(&keys::published(&hall.app).await.unwrap());
    hall.app.clock.advance(SignedDuration::from_hours(24 * 181));
    let after = key(&keys::published(&hall.app).await.unwrap());
    assert_eq!((before.len(), after.len(), &after[1]), (1, 2, &before[0]));
    hall.app.clock.advance(SignedDuration::from_hours(24 * 31));
    assert_eq!(key(&keys::published(&hall.app).await.unwrap()), after[..1]);
}
