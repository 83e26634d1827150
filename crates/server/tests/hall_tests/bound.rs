//! Enrolled devices: codes that are good once, signing in by the key, and a proof with every call.

use crate::device::{Device, division, officer};
use crate::hall::Hall;
use jiff::SignedDuration;
use luzheng::usecase::bound;
use luzheng::usecase::officer::register;
use serde_json::json;
use uuid::Uuid;

const ME: &str = "/api/v1/bound/me";

fn wait(hall: &Hall, seconds: i64) {
    hall.app.clock.advance(SignedDuration::from_secs(seconds));
}

#[tokio::test]
async fn a_device_is_enrolled_once_signs_in_and_is_known() {
    for hall in Hall::open_all().await {
        let id = officer(&hall, "051200").await;
        let code = register::enrolment(&hall.app, "051200", "operator").await.unwrap();
        assert_eq!((code.code.len(), code.code.matches('-').count()), (14, 2));
        let mut device = Device::new(&hall);
        let made = device.enrol(&code.code.to_lowercase().replace('-', " ")).await.is(201).json();
        assert_eq!((made["kind"].as_str(), made["number"].as_str()), (Some("officer"), Some("051200")));
        assert_eq!(Device::new(&hall).enrol(&code.code).await.is(403).code(), "wrong_code", "a code is good once");
        device.id = made["device_id"].as_str().unwrap().parse().unwrap();
        let me = device.sign_in().await.is(200).json();
        assert_eq!(me, device.get(ME).await.is(200).json());
        assert_eq!(me["device_name"], "巡逻手机");
        assert_eq!(me["name"]["zh"], "苏警官");
        assert_eq!(me["duty"]["current"]["code"], "320500");
        assert!(me["duty"]["until"].is_null() && me["partner"].is_null());
        assert_eq!(device.get("/api/v1/officer/me").await.is(200).json()["session_id"], me["session_id"]);
        let noted = hall.app.store.read().await.unwrap().audit_of(id, 50).await.unwrap();
        let actions: Vec<_> = noted.iter().map(|entry| entry.action.as_str()).collect();
        for action in
            ["officer.added", "officer.duty_allowed", "device.code_made", "device.enrolled", "device.signed_in"]
        {
            assert!(actions.contains(&action), "{action} of {actions:?}");
        }
        let said: String = noted.iter().map(|entry| entry.detail.as_str()).collect();
        assert!(!said.contains(&code.code) && !said.contains("苏警官"), "{said}");
    }
}

#[tokio::test]
async fn codes_end_after_a_day_and_after_five_wrong_ones() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let code = async || register::enrolment(&hall.app, "051200", "operator").await.unwrap().code;
        let (late, last) = (code().await, code().await);
        wait(&hall, 24 * 3_600 - 1);
        Device::new(&hall).enrol(&last).await.is(201);
        wait(&hall, 1);
        assert_eq!(Device::new(&hall).enrol(&late).await.is(403).code(), "wrong_code", "the first second too late");
        let good = code().await;
        let swapped = format!("{}-{}-{}", &good[..4], &good[10..14], &good[5..9]);
        let left = [4, 3, 2, 1, 0];
        for left in left {
            let reply = Device::new(&hall).enrol(&swapped).await.is(403).json();
            assert_eq!((reply["code"].as_str(), reply["tries_left"].as_u64()), (Some("wrong_code"), Some(left)));
        }
        assert_eq!(Device::new(&hall).enrol(&good).await.is(403).code(), "wrong_code", "five wrong ones end it");
        for text in ["", "nonsense", "0000-0000-0000"] {
            let reply = Device::new(&hall).enrol(text).await.is(403).json();
            assert_eq!((reply["code"].as_str(), reply["tries_left"].as_u64()), (Some("wrong_code"), Some(0)), "{text}");
        }
    }
}

#[tokio::test]
async fn only_the_enrolled_key_signs_in_and_only_here() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let mut device = Device::of_officer(&hall, "051200").await;
        let path = "/api/v1/bound/sign-in";
        let challenge = device.challenge().await;
        let answer = device.answer(&challenge, "localhost");
        device.plain("POST", path, Some(&answer)).await.is(200);
        assert_eq!(device.plain("POST", path, Some(&answer)).await.is(410).code(), "challenge_gone", "answered once");
        let late = device.answer(&device.challenge().await, "localhost");
        wait(&hall, 120);
        assert_eq!(device.plain("POST", path, Some(&late)).await.is(410).code(), "challenge_gone");
        let elsewhere = device.answer(&device.challenge().await, "luzheng.evil.example");
        assert_eq!(device.plain("POST", path, Some(&elsewhere)).await.is(401).code(), "device_refused");
        let mut thief = Device::new(&hall);
        thief.id = device.id;
        assert_eq!(thief.sign_in().await.is(401).code(), "device_refused", "another key");
        let mut nobody = Device::new(&hall);
        nobody.id = Uuid::from_u128(9);
        let known =
            device.plain("POST", "/api/v1/bound/challenge", Some(&json!({"device_id": device.id}))).await.json();
        let unknown =
            device.plain("POST", "/api/v1/bound/challenge", Some(&json!({"device_id": nobody.id}))).await.json();
        assert_eq!(
            known.as_object().unwrap().len(),
            unknown.as_object().unwrap().len(),
            "unknown devices look the same"
        );
        assert_eq!(nobody.sign_in().await.is(401).code(), "device_refused");
        let another = device.answer(&nobody.challenge().await, "localhost");
        assert_eq!(device.plain("POST", path, Some(&another)).await.is(410).code(), "challenge_gone", "another's");
        device.sign_in().await.is(200);
    }
}

#[tokio::test]
async fn every_call_needs_a_proof_of_its_own() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let (device, other) = (Device::of_officer(&hall, "051200").await, Device::of_officer(&hall, "051200").await);
        let refused = async |proof: &str| {
            let reply = device.with_proof("GET", ME, proof, None).await;
            (reply.status.as_u16(), reply.code())
        };
        let wrong = (401, "device_proof".to_owned());
        let bare = device.send("GET", ME, &[("cookie", &device.cookie)], None).await;
        assert_eq!((bare.status.as_u16(), bare.code()), wrong, "a cookie alone is worth nothing");
        let good = device.proof(&device.payload("GET", ME));
        assert_eq!(device.send("GET", ME, &[("dpop", &good)], None).await.is(401).code(), "sign_in_required");
        device.with_proof("GET", ME, &good, None).await.is(200);
        assert_eq!(refused(&good).await, wrong, "shown before");
        wait(&hall, 299);
        assert_eq!(refused(&good).await, wrong, "shown before, and still within its time");
        bound::sweep(&hall.app).await.unwrap();
        assert_eq!(refused(&good).await, wrong, "nothing is forgotten too early");
        wait(&hall, 2);
        assert_eq!(refused(&good).await, (401, "device_clock".to_owned()));
        assert_eq!(refused(&other.proof(&device.payload("GET", ME))).await, wrong, "another device's key");
        assert_eq!(refused(&device.proof(&other.payload("GET", ME))).await, wrong, "another session");
        assert_eq!(refused(&device.proof(&device.payload("POST", ME))).await, wrong, "another method");
        assert_eq!(refused(&device.proof(&device.payload("GET", "/api/v1/officer/me"))).await, wrong, "another path");
        let mut early = device.payload("GET", ME);
        early["iat"] = (early["iat"].as_i64().unwrap() + 301).into();
        assert_eq!(refused(&device.proof(&early)).await, (401, "device_clock".to_owned()));
        let twice = device.proof(&device.payload("GET", ME));
        let reply =
            device.send("GET", ME, &[("cookie", &device.cookie), ("dpop", &twice), ("dpop", &twice)], None).await;
        assert_eq!((reply.status.as_u16(), reply.code()), wrong, "two proofs are none");
        let again = device.proof(&device.payload("PUT", "/api/v1/officer/duty"));
        let headers = [("cookie", device.cookie.as_str()), ("dpop", &again), ("origin", "https://evil.example")];
        let foreign = device.send("PUT", "/api/v1/officer/duty", &headers, Some(&json!({"division": "320500"}))).await;
        assert_eq!(foreign.is(403).code(), "foreign_origin");
        device.get(ME).await.is(200);
    }
}

#[tokio::test]
async fn sessions_end_idle_at_the_shift_s_end_and_with_the_device() {
    for hall in Hall::open_all().await {
        let id = officer(&hall, "051200").await;
        let mut device = Device::of_officer(&hall, "051200").await;
        wait(&hall, 899);
        device.get(ME).await.is(200);
        wait(&hall, 899);
        device.get(ME).await.is(200);
        wait(&hall, 900);
        assert_eq!(device.get(ME).await.is(401).code(), "sign_in_required", "a quarter of an hour unused");
        device.sign_in().await.is(200);
        let before = device.cookie.clone();
        device.sign_in().await.is(200);
        let proof = device.proof(&device.payload("GET", ME));
        let old = device.send("GET", ME, &[("cookie", &before), ("dpop", &proof)], None).await;
        assert_eq!(old.is(401).code(), "sign_in_required", "one session a device");
        for _ in 0..60 {
            wait(&hall, 719);
            device.get(ME).await.is(200);
        }
        wait(&hall, 60);
        assert_eq!(device.get(ME).await.is(401).code(), "sign_in_required", "twelve hours");
        device.sign_in().await.is(200);
        device.send("POST", "/api/v1/bound/sign-out", &[("cookie", &device.cookie)], None).await.is(204);
        assert_eq!(device.get(ME).await.is(401).code(), "sign_in_required");
        device.sign_in().await.is(200);
        bound::end_device(&hall.app, device.id, "lost", "operator").await.unwrap();
        assert_eq!(device.get(ME).await.is(401).code(), "sign_in_required", "over at once");
        assert_eq!(device.sign_in().await.is(401).code(), "device_ended");
        let again = bound::end_device(&hall.app, device.id, "lost", "operator").await.unwrap_err();
        assert_eq!(again.code, "device_ended");
        // The whole access of an officer.
        let mut second = Device::of_officer(&hall, "051200").await;
        let waiting = register::enrolment(&hall.app, "051200", "operator").await.unwrap().code;
        assert_eq!(register::end(&hall.app, "051200", "left", "operator").await.unwrap(), 1);
        assert_eq!(second.get(ME).await.is(401).code(), "sign_in_required");
        assert_eq!(second.sign_in().await.is(401).code(), "device_ended");
        assert_eq!(Device::new(&hall).enrol(&waiting).await.is(403).code(), "wrong_code");
        let noted = hall.app.store.read().await.unwrap().audit_of(id, 99).await.unwrap();
        assert_eq!(noted.iter().filter(|entry| entry.action == "device.ended").count(), 2);
    }
}

#[tokio::test]
async fn duty_is_chosen_among_what_is_allowed_and_noted() {
    for hall in Hall::open_all().await {
        let id = officer(&hall, "051200").await;
        let device = Device::of_officer(&hall, "051200").await;
        let duty = "/api/v1/officer/duty";
        let choose = async |code: &str| device.call("PUT", duty, Some(&json!({"division": code}))).await;
        assert_eq!(choose("440300").await.is(403).code(), "outside_duty");
        assert_eq!(choose("320000").await.is(403).code(), "outside_duty", "what is above is not allowed");
        assert_eq!(choose("Suzhou").await.is(400).code(), "bad_division");
        let me = choose("320505").await.is(200).json();
        assert_eq!(
            (me["duty"]["current"]["code"].as_str(), me["duty"]["divisions"][0]["code"].as_str()),
            (Some("320505"), Some("320500"))
        );
        assert_eq!(device.get(ME).await.is(200).json()["duty"]["current"]["code"], "320505");
        let noted = hall.app.store.read().await.unwrap().audit_of(id, 50).await.unwrap();
        let chosen = noted.iter().find(|entry| entry.action == "officer.duty_chosen").unwrap();
        assert!(chosen.detail.contains("320505") && chosen.actor == "officer:051200", "{chosen:?}");
        // A duty ends: what was chosen in it counts no more, and without any the officer is off duty.
        let now = hall.app.clock.now();
        let until = now.checked_add(SignedDuration::from_secs(100)).unwrap();
        register::relieve(&hall.app, "051200", None, "operator").await.unwrap();
        register::allow(&hall.app, "051200", division(320_200), None, Some(until), "operator").await.unwrap();
        let me = device.get(ME).await.is(200).json();
        assert_eq!(me["duty"]["current"]["code"], "320200");
        assert_eq!(me["duty"]["until"].as_str().unwrap(), until.to_string());
        wait(&hall, 99);
        assert!(device.get(ME).await.is(200).json()["duty"].is_object(), "the last second");
        wait(&hall, 1);
        assert!(device.get(ME).await.is(200).json()["duty"].is_null(), "the first second after it");
        assert_eq!(choose("320200").await.is(403).code(), "off_duty");
    }
}

#[tokio::test]
async fn the_demonstration_enrols_its_officers_with_one_tap() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    let device = Device::new(&hall);
    let path = "/api/v1/demo/enrolments";
    for who in ["nobody", "staff-wuxi", "filer"] {
        device.plain("POST", path, Some(&json!({"person": who}))).await.is(404);
    }
    let code = device.plain("POST", path, Some(&json!({"person": "officer-suzhou"}))).await.is(200).json();
    // Nobody has settled a country in this hall: the code is there, the officer is not.
    assert_eq!(device.enrol(code["code"].as_str().unwrap()).await.is(403).code(), "wrong_code");
}
