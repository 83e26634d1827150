use jiff::civil::{Date, date};

use super::*;

const TODAY: Date = date(2026, 11, 22);

fn path(present: &[Circumstance]) -> Path {
    let set = present.iter().fold(Circumstances::NONE, |set, c| set.with(*c));
    decide(set, TODAY).expect("in force").path
}

#[test]
fn each_circumstance_leads_where_its_clause_says() {
    use Circumstance as C;
    for (circumstance, expected, clause) in [
        (C::Injured, Path::CallAndStay, "R146 Art.13"),
        (C::NoLicence, Path::CallAndStay, "R146 Art.13"),
        (C::DrinkOrDrugs, Path::CallAndStay, "R146 Art.13"),
        (C::Overloaded, Path::CallAndStay, "R146 Art.13"),
        (C::NoPlate, Path::CallAndStay, "R146 Art.13"),
        (C::CannotMove, Path::CallAndStay, "R146 Art.13"),
        (C::PartyLeft, Path::CallAndStay, "R146 Art.13"),
        (C::Deliberate, Path::CallAndStay, "R146 Art.13"),
        (C::DangerousGoods, Path::CallAndStay, "R146 Art.15"),
        (C::NoMark, Path::MoveThenCall, "R146 Art.14"),
        (C::NoInsurance, Path::MoveThenCall, "R146 Art.14"),
        (C::HitFacility, Path::MoveThenCall, "R146 Art.14"),
        (C::NoVehicle, Path::OtherWay, "R146 Art.19"),
    ] {
        let decision = decide(Circumstances::NONE.with(circumstance), TODAY).expect("in force");
        assert_eq!(decision.path, expected, "{circumstance:?}");
        assert_eq!(decision.clause.id, clause, "{circumstance:?}");
        assert_eq!(decision.gates.len(), 1);
        assert!(!decision.path.may_agree(), "{circumstance:?}");
    }
}

#[test]
fn of_several_the_gravest_counts_and_only_its_reasons_are_named() {
    use Circumstance as C;
    assert_eq!(path(&[]), Path::Settle);
    assert_eq!(path(&[C::NoMark, C::NoVehicle]), Path::MoveThenCall);
    assert_eq!(path(&[C::NoMark, C::Injured, C::HitFacility]), Path::CallAndStay);
    let set = Circumstances::NONE.with(C::NoMark).with(C::Injured);
    let decision = decide(set, TODAY).expect("in force");
    assert_eq!(decision.gates.iter().map(|gate| gate.code).collect::<Vec<_>>(), [C::Injured]);
    assert!(Path::Settle.may_agree() && Path::Settle.may_record());
    assert!(Path::MoveThenCall.may_record() && !Path::MoveThenCall.may_agree());
    assert!(!Path::CallAndStay.may_record() && !Path::OtherWay.may_record());
}

#[test]
fn the_rules_begin_on_their_day() {
    assert_eq!(decide(Circumstances::NONE, date(2018, 4, 30)), Err(NoRules(date(2018, 4, 30))));
    assert!(decide(Circumstances::NONE, date(2018, 5, 1)).is_ok());
}

#[test]
fn an_expired_or_withdrawn_mark_steers_out_of_settling_and_what_cannot_be_told_accuses_nobody() {
    let of = |kind, reason| finding(kind, Some(reason)).and_then(|finding| finding.circumstance);
    for reason in ["expired", "revoked", "suspended", "wrong_subject", "bad_signature"] {
        assert_eq!(of("inspection_mark", reason), Some(Circumstance::NoMark), "{reason}");
    }
    for reason in ["status_unavailable", "trust_list_expired", "clock_wrong", "superseded", "replayed", "status_stale"]
    {
        assert_eq!(of("inspection_mark", reason), None, "{reason}");
        assert_eq!(of("driving_licence", reason), None, "{reason}");
    }
    for reason in ["expired", "revoked", "suspended", "state_red"] {
        assert_eq!(of("driving_licence", reason), Some(Circumstance::NoLicence), "{reason}");
    }
    let valid = finding("inspection_mark", None).expect("known");
    assert_eq!((valid.seen, valid.circumstance), (Seen::InOrder, None));
    assert!(valid.text.zh.contains("交强险"), "a mark says nothing about insurance");
    assert_eq!(finding("inspection_mark", Some("no such reason")), None);
    assert_eq!(finding("passport", None), None);
}

#[test]
fn what_one_is_responsible_for_the_other_is_not() {
    for share in Responsibility::ALL {
        assert_eq!(share.other().other(), share);
        assert_eq!(Responsibility::from_number(share.number().into()), Some(share));
        let code = serde_json::to_value(share).expect("a word");
        assert_eq!(code.as_str(), Some(share.word().code.as_str()));
    }
    assert_eq!(Responsibility::from_number(6), None);
    assert_eq!(Responsibility::from_number(u64::MAX), None);
}

#[test]
fn bits_without_a_meaning_are_refused() {
    assert_eq!(Circumstances::from_bits(1 << 13), None);
    assert_eq!(Circumstances::from_bits(u64::MAX), None);
    let all = Circumstances::from_bits((1 << 13) - 1).expect("all");
    assert_eq!(all.list().count(), Circumstance::ALL.len());
    for circumstance in Circumstance::ALL {
        let code = serde_json::to_value(circumstance).expect("a word");
        assert_eq!(code.as_str(), Some(circumstance.code()));
    }
}

#[test]
fn a_table_that_leaves_something_out_is_refused() {
    let json = include_str!("../../data/accident/gates.json");
    assert!(Table::read(json).is_ok());
    let broken = |from: &str, to: &str| {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from}");
        Table::read(&changed).expect_err("broken").0
    };
    assert!(broken("\"code\": \"injured\"", "\"code\": \"no_mark\"").contains("circumstance"));
    assert!(broken("\"id\": \"R146 Art.13\"", "\"id\": \"R146 Art.12\"").contains("clause"));
    assert!(broken("\"seen\": \"expired\"", "\"seen\": \"withdrawn\"").contains("not there once"));
    assert!(broken("\"code\": \"settle\",", "\"code\": \"settle\", \"more\": 1,").contains("more"));
    assert!(Table::read(&" ".repeat(MAX_TABLE_BYTES + 1)).expect_err("large").0.contains("larger"));
}

#[test]
fn every_path_has_a_title_for_people() {
    for path in Path::ALL {
        assert!(!title(path).zh.is_empty() && !title(path).en.is_empty());
        assert_eq!(serde_json::to_value(path).expect("a word").as_str(), Some(path.code()));
    }
}
