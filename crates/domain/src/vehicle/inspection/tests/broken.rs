//! Tables that must not load, and what the built-in one promises.

use super::super::{BUILTIN, Confidence, InspectionRules, RuleDocuments, RulesError};
use crate::vehicle::{UseNature, VehicleType};

fn load(documents: &RuleDocuments<'_>) -> Result<InspectionRules, RulesError> {
    InspectionRules::load(documents)
}

/// The built-in rules with one text replaced by another, which must be there.
fn rules_with(from: &str, to: &str) -> Result<InspectionRules, RulesError> {
    assert!(BUILTIN.rules.contains(from), "{from}");
    load(&RuleDocuments { rules: &BUILTIN.rules.replacen(from, to, 1), ..BUILTIN })
}

fn assignment_with(from: &str, to: &str) -> Result<InspectionRules, RulesError> {
    assert!(BUILTIN.assignment.contains(from), "{from}");
    load(&RuleDocuments { assignment: &BUILTIN.assignment.replacen(from, to, 1), ..BUILTIN })
}

#[test]
fn the_built_in_table_loads() {
    let rules = load(&BUILTIN).expect("loads");
    assert_eq!(rules.first_day.to_string(), "2004-05-01");
    assert_eq!(rules.classes.len(), 13);
    assert!(rules.rules.iter().any(|r| r.confidence == Confidence::Low));
}

/// Taking any single rule away leaves a gap, doubling it an ambiguity: no row is there for nothing.
#[test]
fn every_rule_is_needed_and_none_may_be_doubled() {
    let lines: Vec<&str> = BUILTIN.rules.lines().collect();
    let mut tried = 0;
    for (n, line) in lines.iter().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.starts_with("id,")) {
        let without: Vec<&str> = lines.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, l)| *l).collect();
        let gap = load(&RuleDocuments { rules: &(without.join("\n") + "\n"), ..BUILTIN });
        assert_eq!(gap.map_err(|e| e.code()).err(), Some("rules_gap"), "{line}");
        let double = format!("{}\ndouble.{line}\n", lines.join("\n"));
        let ambiguous = load(&RuleDocuments { rules: &double, ..BUILTIN });
        assert_eq!(ambiguous.map_err(|e| e.code()).err(), Some("rules_ambiguous"), "{line}");
        tried += 1;
    }
    assert_eq!(tried, 47);
}

/// The same for the rows that say which vehicle belongs to which class.
#[test]
fn every_row_of_the_assignment_is_needed_and_none_may_be_doubled() {
    let lines: Vec<&str> = BUILTIN.assignment.lines().collect();
    for (n, line) in lines.iter().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.starts_with("class,")) {
        let without: Vec<&str> = lines.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, l)| *l).collect();
        let gap = load(&RuleDocuments { assignment: &(without.join("\n") + "\n"), ..BUILTIN });
        assert_eq!(gap.map_err(|e| e.code()).err(), Some("rules_class_gap"), "{line}");
        let ambiguous = load(&RuleDocuments { assignment: &format!("{}\n{line}\n", lines.join("\n")), ..BUILTIN });
        assert_eq!(ambiguous.map_err(|e| e.code()).err(), Some("rules_class_ambiguous"), "{line}");
    }
}

#[test]
fn a_gap_or_an_overlap_of_one_day_one_month_or_one_seat_is_found() {
    let code =
        |result: Result<InspectionRules, RulesError>| result.map_err(|e| e.to_string()).err().unwrap_or_default();
    for (from, to, message) in [
        (
            "pax.2014.exempt,PAX,2014-09-01,2020-11-19",
            "pax.2014.exempt,PAX,2014-09-01,2020-11-18",
            "no rule for class PAX at 0 months, decided on 2020-11-19, registered on 2010-09-01",
        ),
        (
            "pax.2014.exempt,PAX,2014-09-01,2020-11-19,2010-09-01",
            "pax.2014.exempt,PAX,2014-09-01,2020-11-19,2010-09-02",
            "no rule for class PAX at 0 months, decided on 2014-09-01, registered on 2010-09-01",
        ),
        (
            "pax.2014.exempt,PAX,2014-09-01,2020-11-19,2010-09-01",
            "pax.2014.exempt,PAX,2014-09-01,2020-11-19,2010-08-31",
            "rules \"pax.2014.before-cohort\" and \"pax.2014.exempt\" both speak for class PAX at 0 months, decided on 2014-09-01, \
             registered on 2010-08-31",
        ),
        (
            "pax.2004.to6,PAX,2004-05-01,2014-08-31",
            "pax.2004.to6,PAX,2004-05-01,2014-09-01",
            "rules \"pax.2004.to6\" and \"pax.2014.before-cohort\" both speak for class PAX at 0 months, decided on 2014-09-01, \
             registered on 1900-01-01",
        ),
        (
            "moto.2022.year6,MOTO,2022-10-01,,,,6y,6y1m",
            "moto.2022.year6,MOTO,2022-10-01,,,,6y1m,6y2m",
            "no rule for class MOTO at 72 months, decided on 2022-10-01, registered on 1900-01-01",
        ),
        (
            "oppax.over5,OPPAX,2004-05-01,,,,5y,",
            "oppax.over5,OPPAX,2004-05-01,,,,5y,20y",
            "no rule for class OPPAX at 240 months, decided on 2004-05-01, registered on 1900-01-01",
        ),
    ] {
        assert_eq!(code(rules_with(from, to)), message);
    }
    assert_eq!(
        code(assignment_with("PAX_7_9,K3 K4 K16,K38 K39 K49,A,7,9", "PAX_7_9,K3 K4 K16,K38 K39 K49,A,8,9")),
        "assignment.csv: no class for type K16, use A, 7 seats, exemption lost: false"
    );
    assert!(
        code(assignment_with("PAX,K3 K4 K16,K38 K39 K49,A,1,6", "PAX,K3 K4 K16,K38 K39 K49,A,1,7"))
            .contains("both fit type K16, use A, 7 seats")
    );
}

#[test]
fn rows_that_make_no_sense_are_refused_with_their_line() {
    for (from, to, message) in [
        ("apply_mark,24", "perhaps,24", "action: \"perhaps\" is neither apply_mark nor inspect"),
        ("inspect,24", "inspect,0", "step_months is at least 1"),
        ("inspect,24", "inspect,300", "step_months: \"300\" cannot be read"),
        ("2014-08-31", "2014-02-30", "in_force_to: \"2014-02-30\" cannot be read"),
        (",6y,15y,", ",6 years,15y,", "age_from: \"6 years\" is not an age such as 6y or 6y1m"),
        (",6y1m,", ",6y12m,", "age_below: \"6y12m\" is not an age such as 6y or 6y1m"),
        ("24,registration", "24,whenever", "next: \"whenever\" is none of registration, half_year_kept, point"),
        ("L2 Art.16(3),H", "L9 Art.1,H", "clause: \"L9 Art.1\" is not defined"),
        ("L2 Art.16(3),H", "L2 Art.16(3),X", "confidence: \"X\" is none of H, M, L"),
        ("pax.2004.to6,PAX,", "pax.2004.to6,CAR,", "class: \"CAR\" is not defined"),
    ] {
        let error = rules_with(from, to).expect_err(to);
        assert_eq!(error.code(), "rules_row", "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.to_string().starts_with("table rules.csv, line "), "{error}");
    }
    assert!(matches!(assignment_with(",1,6,kept", ",6,1,kept"), Err(RulesError::Table(_))));
    assert!(matches!(rules_with("pax.2004.over15", "pax.2004.to6"), Err(RulesError::Twice { .. })));
}

#[test]
fn a_rule_stays_inside_its_clause() {
    let clause = BUILTIN.clauses.replacen("in_force_to = \"2022-09-30\"", "in_force_to = \"2022-09-29\"", 1);
    let error = load(&RuleDocuments { clauses: &clause, ..BUILTIN }).expect_err("too short");
    assert_eq!((error.code(), error.to_string().contains("pax.2020.exempt")), ("rules_outside_clause", true));
    let early = BUILTIN.clauses.replacen("in_force_from = \"2014-09-01\"", "in_force_from = \"2014-09-02\"", 1);
    let error = load(&RuleDocuments { clauses: &early, ..BUILTIN }).expect_err("too late");
    assert_eq!(error.code(), "rules_outside_clause");
}

#[test]
fn documents_that_are_no_tables_are_refused() {
    let code = |documents: RuleDocuments<'_>| load(&documents).map_err(|e| e.code()).err();
    assert_eq!(code(RuleDocuments { clauses: "", ..BUILTIN }), Some("rules_document"));
    assert_eq!(code(RuleDocuments { clauses: "[[clause]]\nid = 1\n", ..BUILTIN }), Some("rules_document"));
    assert_eq!(code(RuleDocuments { classes: "[[class]]\nid = \"A\"\n", ..BUILTIN }), Some("rules_document"));
    assert_eq!(code(RuleDocuments { rules: "", ..BUILTIN }), Some("rules_document"));
    let no_void = BUILTIN.clauses.replacen("id = \"void casualty\"", "id = \"void other\"", 1);
    assert_eq!(code(RuleDocuments { clauses: &no_void, ..BUILTIN }), Some("rules_document"));
    let twice = BUILTIN.clauses.replacen("id = \"P2020\"", "id = \"P2022\"", 1);
    assert_eq!(code(RuleDocuments { clauses: &twice, ..BUILTIN }), Some("rules_twice"));
    let large = "#".repeat(super::super::MAX_DOCUMENT_BYTES + 1);
    assert_eq!(code(RuleDocuments { clauses: &large, ..BUILTIN }), Some("rules_document"));
    let zero = BUILTIN.classes.replacen("window_months = 3", "window_months = 0", 1);
    assert_eq!(code(RuleDocuments { classes: &zero, ..BUILTIN }), Some("rules_document"));
}

/// The assignment and the code table of uses tell the same story about 营运 and 非营运.
#[test]
fn the_assignment_agrees_with_the_table_of_uses() {
    let rules = InspectionRules::builtin();
    let sedan = VehicleType::from_code("K33").expect("a type");
    for use_nature in UseNature::all() {
        let row =
            rules.assignment.iter().find(|r| r.fits(sedan.code(), use_nature.letter(), 5, false)).expect("a class");
        let class = rules.classes[row.class].id.as_str();
        let wanted = match use_nature.operation() {
            crate::vehicle::class::Operation::NonOperating => "PAX",
            crate::vehicle::class::Operation::SchoolBus => "SCHOOL_PLATE",
            crate::vehicle::class::Operation::OperatingPassenger | crate::vehicle::class::Operation::OperatingGoods => {
                "OPPAX"
            }
        };
        assert_eq!(class, wanted, "{use_nature}");
    }
}
