//! What events decide about credentials.

use serde_json::json;

use super::super::{CurrentLicence, FaceFacts, LicenceDecision as D, LicenceStep as S, ShownState};
use super::*;
use crate::credential::Reason as R;
use crate::driver::LicenceEffect;
use crate::driver::notice::DriverNotice as N;

fn decides(before: &Licence, event_type: &str, on: &str, data: Value) -> D {
    happens(before, event_type, on, data).expect("applies").decision
}

fn supersedes(reason: R) -> D {
    D::Supersede { reason, effect: LicenceEffect::Normal }
}

#[test]
fn an_issue_never_issues_a_credential() {
    let issued = event("driver.licence_issued", "2020-11-04", issue_with(json!({"photo": PHOTO, "points": 3})));
    let outcome = apply(None, &issued, day("2020-11-05")).expect("issued");
    assert_eq!((outcome.decision, outcome.notices.as_slice(), outcome.sum), (D::Nothing, [].as_slice(), 3));
    assert_eq!(outcome.photo.as_deref(), Some(&[0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10][..]));
    let licence = outcome.after;
    assert_eq!((licence.nationality.as_str(), licence.birth_date), ("中国", day("1985-05-05")));
    assert_eq!(licence.valid_from, day("2020-11-04"));
    // Points as the issue states them count in their cycle.
    assert_eq!(licence.points.sum_on(licence.first_issued_on, day("2021-11-03")), 3);
}

#[test]
fn what_changes_on_the_face_supersedes_and_names_why() {
    let licence = licence();
    let changed = |data: Value| decides(&licence, "driver.licence_changed", "2026-09-01", data);
    assert_eq!(changed(json!({"classes": "C1D"})), supersedes(R::ClassChanged));
    assert_eq!(changed(json!({"name": "李四"})), supersedes(R::NameChanged));
    assert_eq!(changed(json!({"valid_from": "2026-11-04", "valid_until": "2036-11-04"})), supersedes(R::Renewed));
    assert_eq!(changed(json!({"valid_until": "long-term"})), supersedes(R::Renewed));
    assert_eq!(changed(json!({"valid_until": "2026-10-04"})), supersedes(R::ValidityChanged));
    assert_eq!(changed(json!({"division": "320100"})), supersedes(R::IssuerChanged));
    assert_eq!(
        decides(&licence, "driver.photo_changed", "2026-09-01", json!({"photo": PHOTO})),
        supersedes(R::PhotoChanged)
    );
    // The weightiest difference is the reason; what does not stand on the face is none.
    assert_eq!(changed(json!({"classes": "C1D", "division": "320100"})), supersedes(R::ClassChanged));
    assert_eq!(changed(json!({"phone": "13900001234", "file_number": "320500123456"})), D::Nothing);
    // The masked name is what stands there.
    assert_eq!(changed(json!({"name": "张四丰"})), D::Nothing);
}

/// Case 72: a renewal supersedes by itself; the holder need not apply again.
#[test]
fn case_72_a_renewal_in_time_ends_overdue_letters_and_counts_as_review() {
    let mut licence = licence();
    licence.status = "M".parse().expect("a state");
    let outcome = happens(&licence, "driver.licence_changed", "2027-01-10", json!({"valid_until": "2036-11-04"}));
    let outcome = outcome.expect("applies");
    assert_eq!(outcome.after.status.to_string(), "A");
    assert_eq!(outcome.after.last_reviewed_on, Some(day("2027-01-10")));
    assert_eq!(outcome.decision, supersedes(R::Renewed));
    assert_eq!(outcome.notices, [N::LicenceReplaced]);
}

/// Case 70: a driver who reaches 12 keeps the credential, and it turns red.
#[test]
fn case_70_twelve_points_turn_the_code_red() {
    let licence = life(&[("driver.points_entered", "2025-12-01", json!({"points": 6, "penalty_number": "a"}))]);
    let reached = happens(&licence, "driver.points_entered", "2025-12-02", json!({"points": 6, "penalty_number": "b"}));
    let reached = reached.expect("applies");
    assert_eq!(reached.decision, D::Red { reason: R::OverPoints });
    assert_eq!((reached.sum, reached.points), (12, Some(6)));
    assert_eq!(reached.notices, [N::PointsFull]);
    let current = CurrentLicence { state: ShownState::Normal };
    assert_eq!(reached.decision.steps(Some(&current)), [S::Red { reason: R::OverPoints }]);
    assert_eq!(reached.decision.steps(None), []);
    // Held on top of it: still red, and nothing new to do.
    let held = happens(&reached.after, "driver.status_changed", "2025-12-03", json!({"status": "U"})).expect("applies");
    assert_eq!(held.decision, D::Nothing);
}

#[test]
fn states_stop_lift_and_withdraw() {
    let to = |from: &str, to: &str| {
        let mut licence = licence();
        licence.status = from.parse().expect("a state");
        decides(&licence, "driver.status_changed", "2025-12-01", json!({"status": to}))
    };
    assert_eq!(to("A", "D"), D::Red { reason: R::LicenceSuspended });
    assert_eq!(to("D", "A"), D::Lift { reason: R::Restored });
    assert_eq!(to("D", "J"), D::Stop { reason: R::OutOfUse });
    assert_eq!(to("J", "D"), D::Red { reason: R::LicenceSuspended });
    assert_eq!(to("A", "F"), D::Withdraw { reason: R::LicenceRevoked });
    assert_eq!(to("D", "DG"), D::Withdraw { reason: R::LicenceCancelled });
    assert_eq!(to("A", "H"), D::Nothing, "open violations leave it black");
    // What was withdrawn is applied for anew: nothing brings the old one back.
    assert_eq!(to("R", "A"), D::Withdraw { reason: R::CancelledRecoverable });
    assert_eq!(to("R", "A").steps(None), []);
    assert_eq!(to("F", "G"), D::Nothing);
}

/// Time cancelled the licence, it is restored before the daily run came by: the old credential ends all the same, whatever the run's hour.
#[test]
fn what_time_withdrew_ends_also_when_the_daily_run_comes_after_the_restoration() {
    let licence = licence();
    assert_eq!(licence.effective_status(day("2027-11-05")).to_string(), "R");
    let restored = json!({"valid_from": "2027-11-05", "valid_until": "2033-11-05"});
    let decision = decides(&licence, "driver.licence_changed", "2027-11-05", restored);
    let reason = R::CancelledRecoverable;
    assert_eq!(decision.steps(Some(&CurrentLicence { state: ShownState::Red })), [S::Withdraw { reason }]);
}

#[test]
fn a_new_credential_starts_in_the_state_of_its_licence() {
    let mut licence = licence();
    licence.status = "D".parse().expect("a state");
    let decision = decides(&licence, "driver.licence_changed", "2025-12-01", json!({"classes": "C2"}));
    let effect = LicenceEffect::Red(R::LicenceSuspended);
    assert_eq!(decision, D::Supersede { reason: R::ClassChanged, effect });
    let current = CurrentLicence { state: ShownState::Red };
    assert_eq!(
        decision.steps(Some(&current)),
        [
            S::Supersede { reason: R::ClassChanged },
            S::Issue { reason: R::ClassChanged },
            S::Red { reason: R::LicenceSuspended },
        ]
    );
    // A change that ends the licence withdraws; nothing is superseded.
    let ended = decides(&licence, "driver.licence_changed", "2025-12-01", json!({"classes": "C2", "status": "F"}));
    assert_eq!(ended, D::Withdraw { reason: R::LicenceRevoked });
}

/// The daily run: time alone changed the state. What is so already is no step.
#[test]
fn the_decision_towards_a_state_leaves_out_what_is_so() {
    let licence = licence();
    let expired = FaceFacts::of(&licence, day("2026-11-05"));
    assert_eq!(expired.effect, LicenceEffect::Red(R::LicenceExpired));
    let decision = D::towards(expired.effect);
    let step = |state| decision.steps(Some(&CurrentLicence { state }));
    assert_eq!(step(ShownState::Normal), [S::Red { reason: R::LicenceExpired }]);
    assert_eq!(step(ShownState::Red), []);
    assert_eq!(step(ShownState::Stopped), [S::Red { reason: R::LicenceExpired }]);
    let lapsed = D::towards(FaceFacts::of(&licence, day("2027-11-05")).effect);
    assert_eq!(lapsed, D::Withdraw { reason: R::CancelledRecoverable });
    let normal = D::towards(FaceFacts::of(&licence, day("2026-11-04")).effect);
    assert_eq!(normal.steps(Some(&CurrentLicence { state: ShownState::Normal })), []);
    assert_eq!(D::between(&expired, &expired, false, false), D::Nothing);
}

#[test]
fn refusals_name_what_is_wrong_and_whether_it_may_pass() {
    let licence = licence();
    let refused = |before: Option<&Licence>, event_type: &str, on: &str, data: Value| {
        let error = apply(before, &event(event_type, on, data), day("2026-01-10")).expect_err("refused");
        (error.code(), error.may_pass())
    };
    let here = Some(&licence);
    assert_eq!(refused(None, "driver.status_changed", "2026-01-01", json!({"status": "A"})), ("unknown_driver", true));
    assert_eq!(refused(here, "driver.licence_issued", "2026-01-01", issue()), ("already_issued", false));
    assert_eq!(refused(here, "driver.status_changed", "2026-01-11", json!({"status": "A"})), ("in_the_future", true));
    let paid = json!({"penalty_number": "x"});
    assert_eq!(refused(here, "driver.fine_paid", "2026-01-01", paid), ("unknown_penalty", true));
    let order = json!({"valid_from": "2027-01-01", "valid_until": "2026-12-31"});
    assert_eq!(refused(here, "driver.licence_changed", "2026-01-01", order), ("days_contradict", false));
    let dates = json!({"class_dates": {"A1": "2020-01-01"}});
    assert_eq!(refused(here, "driver.licence_changed", "2026-01-01", dates), ("class_not_held", false));
    let later = json!({"points": 3, "decided_on": "2026-01-11", "offence_on": "2026-01-01"});
    assert_eq!(refused(here, "driver.points_entered", "2026-01-01", later), ("in_the_future", true));
    let past = json!({"deferred_until": "2025-12-31"});
    assert_eq!(refused(here, "driver.deferred", "2026-01-01", past), ("days_contradict", false));
    let mut other = licence.clone();
    other.number = crate::driver::LicenceNumber::parse("11010519491231002X").expect("a number").value;
    assert_eq!(
        refused(Some(&other), "driver.status_changed", "2026-01-01", json!({"status": "A"})),
        ("other_driver", false)
    );
}

#[test]
fn after_a_licence_ended_another_one_may_be_issued() {
    let mut licence = life(&[("driver.points_entered", "2021-01-01", json!({"points": 9}))]);
    licence.status = "F".parse().expect("a state");
    let data = issue_with(json!({"first_issued_on": "2025-01-10", "valid_until": "2031-01-10"}));
    let outcome = happens(&licence, "driver.licence_issued", "2025-01-10", data).expect("issued anew");
    assert_eq!(outcome.decision, D::Nothing);
    assert_eq!((outcome.after.first_issued_on, outcome.sum), (day("2025-01-10"), 0));
}

#[test]
fn classes_are_held_since_the_day_they_came() {
    use crate::driver::LicenceClass::{C1, D};
    let licence = life(&[("driver.licence_changed", "2023-03-03", json!({"classes": "C1D"}))]);
    assert_eq!((licence.held_since(C1), licence.held_since(D)), (Some(day("2020-11-04")), Some(day("2023-03-03"))));
    let stated = json!({"classes": "C1D", "class_dates": {"D": "2023-03-01"}});
    let licence = life(&[("driver.licence_changed", "2023-03-03", stated)]);
    assert_eq!(licence.held_since(D), Some(day("2023-03-01")));
    let less =
        happens(&licence, "driver.licence_changed", "2024-01-01", json!({"classes": "C1"})).expect("applies").after;
    assert!(less.class_dates.is_empty());
}

#[test]
fn medicals_reviews_and_deferrals_are_kept() {
    let mut licence = life(&[
        ("driver.medical_submitted", "2025-07-01", json!({"submitted_on": "2025-06-30"})),
        ("driver.reviewed", "2025-07-02", json!({})),
    ]);
    assert_eq!(licence.last_medical_on, Some(day("2025-06-30")));
    assert_eq!(licence.last_reviewed_on, Some(day("2025-07-02")));
    // An older one that comes late does not take the place of a newer one.
    let late = happens(&licence, "driver.medical_submitted", "2025-07-03", json!({"submitted_on": "2024-06-30"}));
    assert_eq!(late.expect("applies").after.last_medical_on, Some(day("2025-06-30")));
    licence.status = "MS".parse().expect("a state");
    let deferred =
        happens(&licence, "driver.deferred", "2027-01-01", json!({"deferred_until": "2029-01-01", "defers": "NT"}));
    let deferred = deferred.expect("applies");
    assert_eq!(deferred.after.status.to_string(), "NT");
    assert_eq!(deferred.after.deferred_until, Some(day("2029-01-01")));
    assert_eq!(deferred.decision, D::Nothing, "red before, red now");
}
