//! Points taken off by learning (R163 Art. 25 to 28, 31).

use super::*;
use crate::driver::Licence;
use crate::driver::points::{ReductionFacts, ReductionRefused, may_reduce, reduction_points, serious_items};

fn licence(account: PointsAccount) -> Licence {
    serde_json::from_value(serde_json::json!({
        "number": "11010519491231002X", "name": "张三丰", "sex": "male", "nationality": "中国", "birth_date": "1985-05-05",
        "classes": "C1", "first_issued_on": "2018-06-10", "valid_from": "2024-06-10", "valid_until": "2034-06-10",
        "division": "320500", "status": "A", "points": serde_json::to_value(account).expect("serialises"),
    }))
    .expect("a licence")
}

const NOTHING: ReductionFacts = ReductionFacts { vehicle_overdue: false, cheated_on: None };

fn refused(licence: &Licence, facts: &ReductionFacts, on: &str) -> Vec<(ReductionRefused, String)> {
    may_reduce(licence, facts, day(on)).into_iter().map(|no| (no, no.clause().id.clone())).collect()
}

#[test]
fn case_16_three_points_two_then_none() {
    let mut account = account([entry("A", 3, "2024-07-01")]);
    let first = day("2018-06-10");
    assert_eq!(may_reduce(&licence(account.clone()), &NOTHING, day("2024-08-01")), []);
    assert_eq!(account.reduction_on(first, ReductionWay::Online, day("2024-08-01")), 1);
    account.reductions.push(reduced(ReductionWay::Online, 1, "2024-08-01"));
    assert_eq!(account.sum_on(first, day("2024-08-01")), 2);
    assert_eq!(account.reduction_on(first, ReductionWay::OnSite, day("2024-08-02")), 2);
    account.reductions.push(reduced(ReductionWay::OnSite, 2, "2024-08-02"));
    assert_eq!(account.sum_on(first, day("2024-08-02")), 0);
    // No credit below zero: a penalty after it counts in full.
    account.reductions.push(reduced(ReductionWay::OnSite, 2, "2024-08-03"));
    account.entries.push(entry("B", 3, "2024-08-04"));
    let standing = account.standing_on(first, day("2024-08-04"));
    assert_eq!((standing.sum, standing.reduced_in_cycle), (3, 3));
    // Taken back for fraud (Art. 31): the points are there again.
    account.reductions.truncate(2);
    account.reductions[1].revoked_on = Some(day("2024-09-01"));
    assert_eq!(account.sum_on(first, day("2024-08-31")), 3);
    assert_eq!(account.sum_on(first, day("2024-09-01")), 5);
}

/// Six points are the most of one cycle; the rest up to it is granted.
#[test]
fn case_17_with_five_used_an_on_site_study_takes_one() {
    assert_eq!(reduction_points(ReductionWay::OnSite, 6, 5), 1);
    assert_eq!(reduction_points(ReductionWay::OnSite, 6, 6), 0);
    assert_eq!(reduction_points(ReductionWay::OnSite, 1, 0), 1);
    assert_eq!(reduction_points(ReductionWay::Volunteer, 11, 0), 1);
    let mut account = account([entry("A", 9, "2024-07-01")]);
    for n in 1..=3 {
        account.reductions.push(reduced(ReductionWay::OnSite, 2, &format!("2024-08-0{n}")));
    }
    assert_eq!(
        refused(&licence(account.clone()), &NOTHING, "2024-09-01"),
        [(ReductionRefused::CeilingReached, "R163 Art.25".to_owned())]
    );
    // The next cycle has its own six, and its own points.
    account.entries.push(entry("B", 3, "2025-07-01"));
    assert_eq!(may_reduce(&licence(account.clone()), &NOTHING, day("2025-07-02")), []);
    assert_eq!(account.sum_on(day("2018-06-10"), day("2025-07-02")), 3);
}

#[test]
fn case_19_an_own_car_past_its_inspection_refuses() {
    let facts = ReductionFacts { vehicle_overdue: true, ..NOTHING };
    let licence = licence(account([entry("A", 3, "2024-07-01")]));
    assert_eq!(
        refused(&licence, &facts, "2024-08-01"),
        [(ReductionRefused::VehicleOverdue, "R163 Art.26(4)".to_owned())]
    );
}

#[test]
fn case_20_drink_driving_two_cycles_ago_refuses() {
    // The running cycle begins on 2024-06-10; two before it, on 2022-06-10.
    let of = |decided: &str| {
        let mut account = account([with_item("D", "8(1)", decided), entry("A", 3, "2024-07-01")]);
        account.educations.push(passed("2022-09-01"));
        may_reduce(&licence(account), &NOTHING, day("2024-08-01"))
    };
    assert_eq!(of("2022-06-10"), [ReductionRefused::SeriousOffence]);
    assert_eq!(of("2022-06-09"), [], "three cycles ago is long enough");
    assert_eq!(serious_items().count(), 5);
}

#[test]
fn every_other_refusal_names_its_clause() {
    use ReductionRefused as No;
    let good = licence(account([entry("A", 3, "2024-07-01")]));
    let with = |change: fn(&mut Licence)| {
        let mut changed = good.clone();
        change(&mut changed);
        may_reduce(&changed, &NOTHING, day("2024-08-01"))
    };
    assert_eq!(may_reduce(&good, &NOTHING, day("2024-08-01")), []);
    assert_eq!(with(|l| l.points = PointsAccount::default()), [No::NoPoints]);
    assert_eq!(with(|l| l.points.entries.push(entry("B", 9, "2024-07-02"))), [No::Full]);
    assert_eq!(with(|l| l.status = "H".parse().expect("a state")), [No::OpenOffences]);
    assert_eq!(with(|l| l.status = "S".parse().expect("a state")), [No::ReviewOverdue]);
    assert_eq!(with(|l| l.status = "U".parse().expect("a state")), [No::Held]);
    assert_eq!(with(|l| l.status = "D".parse().expect("a state")), [No::Held]);
    let young = with(|l| {
        l.first_issued_on = day("2024-01-10");
        l.valid_from = day("2024-01-10");
        l.valid_until = Some(day("2030-01-10"));
    });
    assert_eq!(young, [No::Practice]);
    let twice = with(|l| l.points.educations = vec![passed("2024-06-09"), passed("2024-06-11")]);
    assert_eq!(twice, [No::Educations]);
    let once = with(|l| l.points.educations = vec![passed("2023-06-09"), passed("2024-06-11")]);
    assert_eq!(once, [], "the first was in the cycle before the last");
    let cheated =
        |on: &str| may_reduce(&good, &ReductionFacts { cheated_on: Some(day(on)), ..NOTHING }, day("2024-08-01"));
    assert_eq!(cheated("2022-06-10"), [No::Cheated]);
    assert_eq!(cheated("2022-06-09"), []);
}
