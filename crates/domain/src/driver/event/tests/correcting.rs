//! Corrections: the right value, or that it never happened.

use serde_json::json;

use super::super::LicenceDecision as D;
use super::*;
use crate::credential::Reason as R;
use crate::driver::LicenceEffect;

fn corrected(before: &Licence, event_type: &str, on: &str, mut data: Value) -> Result<Outcome, EventRefused> {
    data["corrects"] = json!({"source": "test", "id": "e1"});
    happens(before, &format!("{event_type}.corrected"), on, data)
}

#[test]
fn a_corrected_face_supersedes_as_corrected() {
    let outcome = corrected(
        &licence(),
        "driver.licence_issued",
        "2021-01-01",
        json!({"name": "张四", "valid_until": "2027-11-04"}),
    );
    let outcome = outcome.expect("applies");
    assert_eq!(outcome.decision, D::Supersede { reason: R::Corrected, effect: LicenceEffect::Normal });
    assert_eq!(outcome.after.last_reviewed_on, None, "a corrected day is no renewal");
    let same = corrected(&licence(), "driver.licence_changed", "2021-01-01", json!({"phone": "13900001234"}));
    assert_eq!(same.expect("applies").decision, D::Nothing);
}

/// Another first issue means other cycles: points that counted may be in the past.
#[test]
fn a_corrected_first_issue_moves_the_cycles() {
    let licence = life(&[("driver.points_entered", "2025-12-01", json!({"points": 12}))]);
    assert_eq!(licence.points.sum_on(licence.first_issued_on, day("2026-06-01")), 12);
    let three = life(&[("driver.points_entered", "2025-12-01", json!({"points": 3}))]);
    let outcome = corrected(
        &three,
        "driver.licence_issued",
        "2026-06-01",
        json!({"first_issued_on": "2020-01-04", "valid_from": "2020-01-04"}),
    );
    assert_eq!(outcome.expect("applies").sum, 0);
    let future = json!({"first_issued_on": "2026-06-02", "valid_from": "2026-06-02"});
    let refused = corrected(&three, "driver.licence_issued", "2026-06-01", future).expect_err("refused");
    assert_eq!(refused.code(), "in_the_future");
}

#[test]
fn corrected_penalties() {
    let licence = life(&[("driver.points_entered", "2025-12-01", json!({"item": "8(1)"}))]);
    assert_eq!(licence.effective_status(day("2025-12-02")).to_string(), "B");
    // Without a number, the penalty is the one of the corrected event.
    let outcome =
        corrected(&licence, "driver.points_entered", "2025-12-02", json!({"item": "11(6)"})).expect("applies");
    assert_eq!((outcome.sum, outcome.points), (3, Some(3)));
    assert_eq!(outcome.decision, D::Lift { reason: R::Restored });
    let void = corrected(&licence, "driver.points_entered", "2025-12-03", json!({"void": true})).expect("applies");
    assert_eq!(void.sum, 0);
    assert_eq!(void.after.points.entries[0].annulled_on, Some(day("2025-12-03")));
    let order = json!({"offence_on": "2025-12-02"});
    assert_eq!(
        corrected(&licence, "driver.points_entered", "2025-12-03", order).expect_err("refused").code(),
        "days_contradict"
    );
    let unknown = json!({"penalty_number": "x", "points": 1});
    assert_eq!(corrected(&licence, "driver.points_entered", "2025-12-03", unknown), Err(EventRefused::UnknownPenalty));
}

#[test]
fn corrected_fines_and_annulments() {
    let licence = life(&[
        (
            "driver.points_entered",
            "2025-10-01",
            json!({"points": 6, "penalty_number": "a", "fine_due_on": "2025-10-16"}),
        ),
        ("driver.fine_paid", "2025-10-10", json!({"penalty_number": "a"})),
    ]);
    let first = licence.first_issued_on;
    assert_eq!(licence.points.sum_on(first, day("2025-11-04")), 0);
    let unpaid = corrected(&licence, "driver.fine_paid", "2025-11-05", json!({"penalty_number": "a", "void": true}));
    assert_eq!(unpaid.expect("applies").sum, 6, "carried after all");
    let annulled = happens(&licence, "driver.points_annulled", "2025-10-20", json!({"penalty_number": "a"}));
    let annulled = annulled.expect("applies").after;
    let stands =
        corrected(&annulled, "driver.points_annulled", "2025-10-21", json!({"penalty_number": "a", "void": true}));
    assert_eq!(stands.expect("applies").sum, 6);
}

#[test]
fn corrected_reductions_educations_and_the_rest() {
    let licence = life(&[
        ("driver.points_entered", "2025-12-01", json!({"points": 3, "penalty_number": "a"})),
        ("driver.points_reduced", "2025-12-02", json!({"way": "on_site"})),
    ]);
    let void = corrected(&licence, "driver.points_reduced", "2025-12-03", json!({"void": true})).expect("applies");
    assert_eq!(void.sum, 3);
    let less = corrected(&licence, "driver.points_reduced", "2025-12-03", json!({"points": 1})).expect("applies");
    assert_eq!(less.sum, 2);
    let unknown = json!({"reduction_number": "x", "void": true});
    assert_eq!(
        corrected(&licence, "driver.points_reduced", "2025-12-03", unknown),
        Err(EventRefused::UnknownStatement)
    );

    let taught = life(&[
        ("driver.points_entered", "2025-12-01", json!({"points": 12, "penalty_number": "a"})),
        ("driver.education_passed", "2025-12-20", json!({})),
    ]);
    let again = corrected(&taught, "driver.education_passed", "2025-12-21", json!({"void": true})).expect("applies");
    assert_eq!((again.sum, again.decision), (12, D::Red { reason: R::OverPoints }));

    let reviewed = life(&[("driver.reviewed", "2025-12-01", json!({}))]);
    let not = corrected(&reviewed, "driver.reviewed", "2025-12-02", json!({"void": true})).expect("applies");
    assert_eq!(not.after.last_reviewed_on, None);
    let medical = life(&[("driver.medical_submitted", "2025-12-01", json!({}))]);
    let earlier = corrected(&medical, "driver.medical_submitted", "2025-12-02", json!({"submitted_on": "2025-11-01"}));
    assert_eq!(earlier.expect("applies").after.last_medical_on, Some(day("2025-11-01")));
    let deferred = life(&[("driver.deferred", "2025-12-01", json!({"deferred_until": "2027-01-01"}))]);
    assert_eq!(deferred.status.to_string(), "NTP");
    let not = corrected(&deferred, "driver.deferred", "2025-12-02", json!({"void": true})).expect("applies");
    assert_eq!((not.after.status.to_string().as_str(), not.after.deferred_until), ("A", None));
    assert_eq!(not.decision, D::Lift { reason: R::Restored });
    let status = life(&[("driver.status_changed", "2025-12-01", json!({"status": "D"}))]);
    let lifted = corrected(&status, "driver.status_changed", "2025-12-02", json!({"status": "A"})).expect("applies");
    assert_eq!(lifted.decision, D::Lift { reason: R::Restored });
    let photo = corrected(&licence, "driver.photo_changed", "2025-12-03", json!({"photo": PHOTO})).expect("applies");
    assert_eq!(photo.decision, D::Supersede { reason: R::Corrected, effect: LicenceEffect::Normal });
    assert!(photo.photo.is_some());
}
