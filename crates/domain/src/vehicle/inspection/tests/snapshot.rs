//! The whole table as dated answers, in a file that stands in review beside every change of a rule.

use std::fmt::Write as _;

use super::super::{CycleFacts, InspectionAction, InspectionRules};
use super::{day, vehicle};
use crate::vehicle::YearMonth;

/// Set to renew the file after a wanted change.
const RENEW: &str = "LUZHENG_RENEW_SNAPSHOT";
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/inspection/snapshot.txt");

/// One vehicle of every class.
fn vehicles() -> Vec<(&'static str, CycleFacts)> {
    let lost = |facts: CycleFacts| CycleFacts { casualty_accident: true, ..facts };
    let of = |code, use_nature, seats| vehicle(code, use_nature, seats, "2000-01-15");
    vec![
        ("PAX K33 A 5", of("K33", 'A', 5)),
        ("PAX_7_9 K32 A 7", of("K32", 'A', 7)),
        ("PAX_OVER_9 K31 A 10", of("K31", 'A', 10)),
        ("PAX_VOID K33 A 5, casualty accident", lost(of("K33", 'A', 5))),
        ("VAN K39 A 7", of("K39", 'A', 7)),
        ("MOTO M21 A 2", of("M21", 'A', 2)),
        ("MOTO_VOID M21 A 2, casualty accident", lost(of("M21", 'A', 2))),
        ("OPPAX K33 D 5", of("K33", 'D', 5)),
        ("BIGPAX K21 A 19", of("K21", 'A', 19)),
        ("TRUCK H11 F 2", of("H11", 'F', 2)),
        ("SCHOOL K18 P 40", of("K18", 'P', 40)),
        ("SCHOOL_PLATE K11 S 40", of("K11", 'S', 40)),
        ("OTHER B11 F 0", of("B11", 'F', 0)),
    ]
}

/// Registration months on both sides of every change.
const REGISTERED: [&str; 12] = [
    "2001-06", "2005-10", "2007-09", "2010-08", "2010-09", "2012-09", "2012-10", "2014-10", "2014-11", "2016-12",
    "2018-09", "2022-10",
];

/// The answers on the first and the last day of each point's month, on-time renewals before it, until 2031. Points with the same rule
/// stand in one line.
fn render() -> String {
    let rules = InspectionRules::builtin();
    let mut text = String::from(
        "# Written by the test `the_table_answers_as_recorded`; renew it with the change of a rule.\n\
         # Per class and registration month the points of a life with every step on time: month, action asked on the first day of the\n\
         # month / on its last day, and the rule of the last day.\n",
    );
    for (name, facts) in vehicles() {
        let _ = write!(text, "\n{name}\n");
        for registered in REGISTERED {
            let facts = CycleFacts { registered_on: day(&format!("{registered}-15")), ..facts.clone() };
            let mut line = String::new();
            let mut rule_before = String::new();
            let mut month: YearMonth = "2004-06".parse().expect("a month");
            month = month.max(YearMonth::of(facts.registered_on).add_months(1));
            while month < "2031-01".parse().expect("a month") {
                let last = rules.answer(&facts, month.last_day()).expect("an answer");
                if last.due == month {
                    let first = rules.answer(&facts, month.first_day()).expect("an answer");
                    let letter = |action| if action == InspectionAction::Inspect { 'I' } else { 'M' };
                    if last.rule != rule_before {
                        let _ = write!(line, "\n    {}:", last.rule);
                        rule_before = last.rule.to_owned();
                    }
                    let _ = write!(line, " {month}{}{}", letter(first.action), letter(last.action));
                }
                month = last.due.max(month.add_months(1));
            }
            let _ = writeln!(text, "  registered {registered}{line}");
        }
    }
    text
}

#[test]
fn the_table_answers_as_recorded() {
    let now = render();
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(FILE, &now).expect("the snapshot can be written");
    }
    let recorded = std::fs::read_to_string(FILE).expect("the snapshot is there");
    for (n, (now, recorded)) in now.lines().zip(recorded.lines()).enumerate() {
        assert_eq!(
            now,
            recorded,
            "line {} of snapshot.txt; if the change is wanted, run this test with {RENEW}=1",
            n + 1
        );
    }
    assert_eq!(now.lines().count(), recorded.lines().count(), "if the change is wanted, run this test with {RENEW}=1");
}
