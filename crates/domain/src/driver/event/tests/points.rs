//! Points through events: 12 reached, cleared, annulled, taken off.

use serde_json::json;

use super::super::LicenceDecision as D;
use super::*;
use crate::credential::Reason as R;
use crate::driver::notice::DriverNotice as N;

fn full() -> Licence {
    life(&[
        (
            "driver.points_entered",
            "2025-12-01",
            json!({"points": 6, "penalty_number": "a", "fine_due_on": "2025-12-16"}),
        ),
        ("driver.points_entered", "2025-12-02", json!({"points": 6, "penalty_number": "b"})),
        ("driver.status_changed", "2025-12-03", json!({"status": "BU"})),
    ])
}

/// R163 Art. 23: study, tests and fines; the last of them clears.
#[test]
fn education_and_the_last_fine_clear_the_points_and_the_letter() {
    let passed = happens(&full(), "driver.education_passed", "2026-01-10", json!({})).expect("applies");
    assert_eq!((passed.sum, passed.after.status.to_string().as_str()), (12, "UB"), "a fine is open");
    assert_eq!((passed.decision, passed.notices.as_slice()), (D::Nothing, [].as_slice()));
    let paid =
        happens(&passed.after, "driver.fine_paid", "2026-01-12", json!({"penalty_number": "a"})).expect("applies");
    assert_eq!((paid.sum, paid.after.status.to_string().as_str()), (0, "U"), "held until the register says otherwise");
    assert_eq!(paid.notices, [N::PointsCleared]);
    assert_eq!(paid.decision, D::Nothing, "still red while it is held");
    let back = happens(&paid.after, "driver.status_changed", "2026-01-13", json!({"status": "A"})).expect("applies");
    assert_eq!(
        (back.decision, back.notices.as_slice()),
        (D::Lift { reason: R::Restored }, [N::LicenceRestored].as_slice())
    );
}

#[test]
fn with_the_fines_paid_the_education_clears_and_ends_out_of_use() {
    let mut licence = full();
    licence.status = "BJ".parse().expect("a state");
    let paid = happens(&licence, "driver.fine_paid", "2026-01-05", json!({"penalty_number": "a"})).expect("applies");
    assert_eq!((paid.sum, paid.decision), (12, D::Nothing));
    let passed = happens(&paid.after, "driver.education_passed", "2026-01-10", json!({})).expect("applies");
    assert_eq!((passed.sum, passed.after.status.to_string().as_str()), (0, "A"));
    assert_eq!(passed.decision, D::Lift { reason: R::Restored });
    assert_eq!(passed.notices, [N::PointsCleared, N::LicenceRestored]);
}

#[test]
fn an_annulled_penalty_takes_its_points_and_the_letter_with_it() {
    let mut licence = full();
    licence.status = "B".parse().expect("a state");
    let annulled = happens(&licence, "driver.points_annulled", "2026-01-10", json!({"penalty_number": "b"}));
    let annulled = annulled.expect("applies");
    assert_eq!((annulled.sum, annulled.points), (6, Some(6)));
    assert_eq!(annulled.decision, D::Lift { reason: R::Restored });
    assert_eq!(annulled.notices, [N::PointsAnnulled, N::LicenceRestored]);
}

#[test]
fn reductions_take_points_off() {
    let licence = life(&[("driver.points_entered", "2025-12-01", json!({"points": 3}))]);
    let reduced = happens(&licence, "driver.points_reduced", "2025-12-20", json!({"way": "on_site"})).expect("applies");
    assert_eq!((reduced.sum, reduced.points), (1, Some(2)));
    assert_eq!(reduced.notices, [N::PointsReduced]);
    assert_eq!(reduced.decision, D::Nothing);
}

#[test]
fn a_number_said_again_changes_nothing_and_with_other_values_is_refused() {
    let licence = life(&[("driver.points_entered", "2025-12-01", json!({"points": 3, "penalty_number": "a"}))]);
    let paid =
        happens(&licence, "driver.fine_paid", "2025-12-03", json!({"penalty_number": "a"})).expect("applies").after;
    let again = json!({"points": 3, "penalty_number": "a", "decided_on": "2025-12-01"});
    let again = happens(&paid, "driver.points_entered", "2025-12-05", again).expect("applies");
    assert_eq!((again.after, again.notices.as_slice()), (paid.clone(), [].as_slice()));
    let other = json!({"points": 6, "penalty_number": "a", "decided_on": "2025-12-01"});
    assert_eq!(happens(&paid, "driver.points_entered", "2025-12-05", other), Err(EventRefused::NumberTaken));
    let reduced = life(&[("driver.points_reduced", "2025-12-01", json!({"way": "online", "reduction_number": "r"}))]);
    let other = json!({"way": "on_site", "reduction_number": "r", "reduced_on": "2025-12-01"});
    assert_eq!(happens(&reduced, "driver.points_reduced", "2025-12-05", other), Err(EventRefused::NumberTaken));
    let taught = life(&[("driver.education_passed", "2025-12-01", json!({"education_number": "m"}))]);
    let other = json!({"education_number": "m", "passed_on": "2025-12-02"});
    assert_eq!(happens(&taught, "driver.education_passed", "2025-12-05", other), Err(EventRefused::NumberTaken));
}

#[test]
fn a_late_decision_counts_in_its_own_cycle() {
    // The cycle ends on 2025-11-03; the decision of October is reported in December.
    let licence = licence();
    let late = json!({"points": 9, "decided_on": "2025-10-20", "offence_on": "2025-10-01"});
    let outcome = happens(&licence, "driver.points_entered", "2025-12-01", late).expect("applies");
    assert_eq!((outcome.sum, outcome.decision), (0, D::Nothing));
    assert_eq!(outcome.after.points.sum_on(licence.first_issued_on, day("2025-11-03")), 9);
}
