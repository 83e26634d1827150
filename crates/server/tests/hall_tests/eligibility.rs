//! May the mark be applied for: every condition, and the register's events that settle it, on both engines.

use crate::hall::{Hall, plate, vin};
use jiff::SignedDuration;
use luzheng::usecase::eligibility::{ConditionView, EligibilityView, view};
use luzheng::usecase::error::UseError;
use luzheng::usecase::event::{EventReceipt, Outcome};
use luzheng::usecase::session::{Level, Role, Session};
use luzheng::usecase::view::Text;
use serde_json::{Value, json};
use uuid::Uuid;

/// An event about a car of these tests.
pub fn event(number: u32, id: &str, event_type: &str, at: &str, data: Value) -> Value {
    json!({"source": "test", "id": id, "type": event_type, "occurred_at": at, "subject": {"vin": vin(number)}, "data": data})
}

/// An owner's number that differs for each car.
pub fn owner_number(number: u32) -> String {
    let body = format!("110105194912{:02}{:03}", 10 + number % 20, number % 1000);
    let check = luzheng_domain::vehicle::citizen::check_character(&body).unwrap();
    format!("{body}{check}")
}

/// A private car of Suzhou that is due in December 2026: its window is open, no inspection is needed.
pub fn due(number: u32) -> Value {
    event(
        number,
        &format!("reg-{number}"),
        "vehicle.registered",
        "2024-12-10T09:30:00+08:00",
        json!({
            "plate_number": plate(number), "plate_type": "02", "vehicle_type": "K33", "use_nature": "A", "seats": 5,
            "registered_on": "2024-12-10", "energy": "A", "division": "320500", "owner_kind": "individual",
            "owner_id": owner_number(number), "owner_name": "张三丰", "phone": "13800001234"
        }),
    )
}

pub fn insured(number: u32, id: &str, until: &str) -> Value {
    let data =
        json!({"insurer": "示范财产保险股份有限公司", "insurance_until": until, "policy_number": "XG2026000123"});
    event(number, id, "vehicle.insured", "2026-03-10T09:00:00+08:00", data)
}

pub fn taxed(number: u32, id: &str, year: u16) -> Value {
    event(number, id, "vehicle.taxed", "2026-03-10T09:05:00+08:00", json!({"year": year}))
}

pub fn violation(number: u32, id: &str, violation: &str, at: &str) -> Value {
    let data = json!({
        "violation_id": violation, "occurred_at": at, "place": "苏州市示范大道", "act": "违反道路交通信号灯通行",
        "act_en": "passing a red light", "law": "《道路交通安全法》第三十八条", "fine": 200, "points": 6
    });
    event(number, id, "vehicle.violation_recorded", "2026-11-18T09:00:00+08:00", data)
}

pub fn handled(number: u32, id: &str, violation: &str) -> Value {
    event(number, id, "vehicle.violation_handled", "2026-11-19T09:00:00+08:00", json!({"violation_id": violation}))
}

/// An owner with a car that is due, whatever else is known of it.
pub struct Owner {
    pub session: Session,
    pub vehicle: Uuid,
}

impl Owner {
    /// Nothing but the registration.
    pub async fn of(hall: &Hall, number: u32) -> Self {
        let vehicle = hall.event(&due(number)).await.vehicle.unwrap();
        hall.run_jobs().await;
        let stored = hall.app.store.read().await.unwrap().find_vehicle(vehicle).await.unwrap().unwrap();
        let person = Uuid::from_u128(500_000 + u128::from(number));
        let session = Session::acting(person, Role::Citizen, Some(stored.facts.owner), Text::new("张三丰", "Zhang"));
        Self { session, vehicle }
    }

    /// Insured and taxed: ready to apply.
    pub async fn ready(hall: &Hall, number: u32) -> Self {
        let owner = Self::of(hall, number).await;
        applied(&hall.event(&insured(number, &format!("ins-{number}"), "2027-03-09")).await);
        applied(&hall.event(&taxed(number, &format!("tax-{number}"), 2026)).await);
        owner
    }

    pub async fn asks(&self, hall: &Hall) -> EligibilityView {
        view(&hall.app, &self.session, self.vehicle).await.unwrap()
    }

    pub async fn letters(&self, hall: &Hall) -> String {
        let stored = hall.app.store.read().await.unwrap().find_vehicle(self.vehicle).await.unwrap().unwrap();
        stored.facts.status.letters()
    }

    /// The kinds of their notices, sorted: in a hall where time stands still no one comes before another.
    pub async fn notices(&self, hall: &Hall) -> Vec<String> {
        let mut tx = hall.app.store.read().await.unwrap();
        let owner = self.session.owner.unwrap();
        let mut kinds: Vec<String> =
            tx.notices(owner, None, 50).await.unwrap().into_iter().map(|notice| notice.kind).collect();
        kinds.sort();
        kinds
    }
}

pub fn applied(receipt: &EventReceipt) {
    assert_eq!(receipt.outcome, Outcome::Applied, "{:?}", receipt.detail);
}

pub fn refusal<T: std::fmt::Debug>(answer: Result<T, UseError>) -> &'static str {
    answer.expect_err("refused").code
}

fn missing(view: &EligibilityView) -> Vec<&str> {
    view.checks.iter().filter(|check| !check.ok).map(|check| check.code.as_str()).collect()
}

fn check<'v>(view: &'v EligibilityView, code: &str) -> &'v ConditionView {
    view.checks.iter().find(|check| check.code == code).unwrap()
}

#[tokio::test]
async fn what_is_missing_is_told_at_once_and_goes_as_it_arrives() {
    for hall in Hall::open_all().await {
        let owner = Owner::of(&hall, 1).await;
        let before = owner.asks(&hall).await;
        assert_eq!((before.service.as_str(), before.state.as_str()), ("exempt_mark", "missing"));
        assert_eq!(missing(&before), ["insurance", "tax"], "{:?}", hall.engine());
        assert_eq!(before.checks.len(), 8);
        assert_eq!((before.due.as_deref(), before.next_valid_until.as_deref()), (Some("2026-12"), Some("2028-12")));
        applied(&hall.event(&violation(1, "v1", "V-1", "2026-11-02T08:00:00+08:00")).await);
        applied(&hall.event(&violation(1, "v2", "V-2", "2026-11-01T08:00:00+08:00")).await);
        applied(&hall.event(&insured(1, "i1", "2027-03-09")).await);
        let with_two = owner.asks(&hall).await;
        assert_eq!(missing(&with_two), ["violations", "tax"]);
        let violations = &check(&with_two, "violations").violations;
        assert_eq!(violations.iter().map(|v| v.id.as_str()).collect::<Vec<_>>(), ["V-2", "V-1"], "oldest first");
        assert_eq!((violations[0].fine_cny, violations[0].points), (Some(200), Some(6)));
        assert!(check(&with_two, "violations").clause.is_some() && check(&with_two, "violations").what_to_do.is_some());
        let insurance = check(&with_two, "insurance").insurance.as_ref().unwrap();
        assert_eq!(insurance.insurer.as_deref(), Some("示范财产保险股份有限公司"));
        assert_eq!(insurance.until.map(|day| day.to_string()).as_deref(), Some("2027-03-09"));
        for (id, violation) in [("h1", "V-1"), ("h2", "V-2")] {
            applied(&hall.event(&handled(1, id, violation)).await);
        }
        applied(&hall.event(&taxed(1, "t1", 2026)).await);
        let ready = owner.asks(&hall).await;
        assert_eq!((ready.state.as_str(), ready.may_apply, missing(&ready)), ("ready", true, vec![]));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn the_letter_g_follows_from_open_violations() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 2).await;
        assert_eq!(owner.letters(&hall).await, "A");
        applied(&hall.event(&violation(2, "v1", "V-1", "2026-11-02T08:00:00+08:00")).await);
        assert_eq!(owner.letters(&hall).await, "G");
        // The register of vehicles states its letters without it: the violation is open all the same.
        let status =
            |id: &str, letters: &str, at: &str| event(2, id, "vehicle.status_changed", at, json!({"status": letters}));
        applied(&hall.event(&status("s1", "L", "2026-11-19T10:00:00+08:00")).await);
        assert_eq!(owner.letters(&hall).await, "GL");
        applied(&hall.event(&status("s2", "A", "2026-11-19T11:00:00+08:00")).await);
        assert_eq!(owner.letters(&hall).await, "G");
        applied(&hall.event(&handled(2, "h1", "V-1")).await);
        assert_eq!(owner.letters(&hall).await, "A");
        // What the register states by itself is the register's to take back.
        applied(&hall.event(&status("s3", "G", "2026-11-19T12:00:00+08:00")).await);
        applied(&hall.event(&violation(2, "v2", "V-2", "2026-11-03T08:00:00+08:00")).await);
        applied(&hall.event(&handled(2, "h2", "V-2")).await);
        assert_eq!(owner.letters(&hall).await, "G");
        assert_eq!(check(&owner.asks(&hall).await, "violations").violations.len(), 0);
        assert_eq!(missing(&owner.asks(&hall).await), ["violations"]);
    }
}

#[tokio::test]
async fn records_are_applied_once_wait_for_their_subject_and_are_corrected() {
    for hall in Hall::open_all().await {
        // Before the vehicle is known, and before the violation is.
        assert_eq!(hall.event(&insured(3, "i1", "2027-03-09")).await.outcome, Outcome::Parked);
        let owner = Owner::of(&hall, 3).await;
        assert_eq!(missing(&owner.asks(&hall).await), ["tax"], "the insurance waited");
        assert_eq!(hall.event(&handled(3, "h1", "V-1")).await.outcome, Outcome::Parked);
        let recorded = violation(3, "v1", "V-1", "2026-11-02T08:00:00+08:00");
        applied(&hall.event(&recorded).await);
        hall.run_jobs().await;
        assert_eq!(missing(&owner.asks(&hall).await), ["tax"], "it was handled before we heard of it");
        assert_eq!(hall.event(&recorded).await.outcome, Outcome::Seen);
        // The same number with other values is refused; a correction says what is right.
        let mut other = violation(3, "v1b", "V-1", "2026-11-02T08:00:00+08:00");
        other["data"]["fine"] = 500.into();
        let refused = hall.event(&other).await;
        assert_eq!(refused.outcome, Outcome::Refused);
        assert!(refused.detail.unwrap().contains("violation_differs"));
        let correct = |id: &str, of: &str, event_type: &str, mut data: Value| {
            data["corrects"] = json!({"source": "test", "id": of});
            event(3, id, event_type, "2026-11-20T08:00:00+08:00", data)
        };
        let not_handled =
            correct("c1", "h1", "vehicle.violation_handled.corrected", json!({"violation_id": "V-1", "void": true}));
        applied(&hall.event(&not_handled).await);
        let cheaper =
            correct("c2", "v1", "vehicle.violation_recorded.corrected", json!({"violation_id": "V-1", "fine": 100}));
        applied(&hall.event(&cheaper).await);
        let open = owner.asks(&hall).await;
        assert_eq!(check(&open, "violations").violations[0].fine_cny, Some(100));
        assert_eq!(owner.letters(&hall).await, "G");
        let never =
            correct("c3", "v1", "vehicle.violation_recorded.corrected", json!({"violation_id": "V-1", "void": true}));
        applied(&hall.event(&never).await);
        assert_eq!(owner.letters(&hall).await, "A");
        let shorter = json!({"insurer": "示范财产保险股份有限公司", "insurance_until": "2026-11-19"});
        applied(&hall.event(&correct("c4", "i1", "vehicle.insured.corrected", shorter)).await);
        assert_eq!(missing(&owner.asks(&hall).await), ["insurance", "tax"]);
        // A policy that ends earlier than what is known takes nobody's place.
        applied(&hall.event(&insured(3, "i2", "2027-06-30")).await);
        applied(&hall.event(&insured(3, "i3", "2027-01-31")).await);
        let until = check(&owner.asks(&hall).await, "insurance").insurance.clone().unwrap().until;
        assert_eq!(until.map(|day| day.to_string()).as_deref(), Some("2027-06-30"));
        applied(&hall.event(&taxed(3, "t1", 2026)).await);
        applied(&hall.event(&correct("c5", "t1", "vehicle.taxed.corrected", json!({"void": true}))).await);
        assert_eq!(missing(&owner.asks(&hall).await), ["tax"]);
        // What other registers say is not late because something else happened to the vehicle since.
        applied(
            &hall.event(&event(3, "s1", "vehicle.changed", "2026-11-20T09:00:00+08:00", json!({"colour": "B"}))).await,
        );
        applied(&hall.event(&violation(3, "v9", "V-9", "2026-11-05T08:00:00+08:00")).await);
        // And the register's own events are not late because another one spoke.
        let between = event(3, "s2", "vehicle.changed", "2026-11-20T10:00:00+08:00", json!({"colour": "J"}));
        applied(&hall.event(&between).await);
    }
}

#[tokio::test]
async fn the_mark_that_violations_withheld_follows_when_they_are_handled() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 4).await;
        applied(&hall.event(&violation(4, "v1", "V-1", "2026-11-02T08:00:00+08:00")).await);
        let granted = event(4, "g1", "vehicle.mark_granted", "2026-11-19T08:00:00+08:00", json!({}));
        applied(&hall.event(&granted).await);
        hall.run_jobs().await;
        assert_eq!(hall.current(owner.vehicle).await.unwrap().valid_until, 202_612, "the new one is withheld");
        applied(&hall.event(&handled(4, "h1", "V-1")).await);
        hall.run_jobs().await;
        assert_eq!(hall.current(owner.vehicle).await.unwrap().valid_until, 202_812);
        let told = owner.notices(&hall).await;
        assert_eq!(told, ["mark_issued", "mark_issued", "mark_withheld"]);
        assert_eq!(owner.asks(&hall).await.state, "done");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn nobody_reads_what_is_not_theirs_and_a_low_level_is_told() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 5).await;
        let other = Owner::ready(&hall, 6).await;
        assert_eq!(refusal(view(&hall.app, &other.session, owner.vehicle).await), "not_found");
        let low = Session { level: Level::L2, ..owner.session.clone() };
        let seen = view(&hall.app, &low, owner.vehicle).await.unwrap();
        assert_eq!((seen.state.as_str(), missing(&seen)), ("missing", vec!["identity"]));
        // The window: the day before it opens, and the car that was renewed.
        let stored = hall.app.store.read().await.unwrap().find_vehicle(owner.vehicle).await.unwrap().unwrap();
        assert_eq!(stored.facts.valid_until.unwrap().to_string(), "2026-12");
        hall.app.clock.advance(SignedDuration::from_hours(24 * 42));
        let overdue = owner.asks(&hall).await;
        assert_eq!((overdue.state.as_str(), overdue.may_apply), ("ready", true), "{:?}", overdue.as_of);
    }
}
