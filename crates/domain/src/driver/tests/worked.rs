//! `rules licence`: the worked cases, the answering of files, what is refused.

use super::super::cases::{CasesError, CasesSummary, answer_licence_cases, check_licence_cases};

/// The worked cases without their comment lines, which the reader of cases does not know.
fn worked() -> String {
    include_str!("licence_cases.csv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .fold(String::new(), |text, l| text + l + "\n")
}

fn answers(input: &str) -> (Vec<String>, CasesSummary) {
    let mut out = Vec::new();
    let summary = answer_licence_cases(input.as_bytes(), &mut out).expect("readable");
    (String::from_utf8(out).expect("UTF-8").lines().map(str::to_owned).collect(), summary)
}

#[test]
fn every_worked_case_is_answered_as_expected() {
    let mut differences = Vec::new();
    let summary = check_licence_cases(worked().as_bytes(), &mut differences).expect("readable");
    assert_eq!(String::from_utf8(differences).expect("UTF-8"), "id,line,column,expected,answered\n");
    assert_eq!(summary.different, 0);
}
