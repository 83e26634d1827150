//! `rules licence`: the worked cases, the answering of files, what is refused.

use super::super::cases::{CasesError, CasesSummary, answer_licence_cases, check_licence_cases};

/// The worked cases without their comment lines, which the reader of cases does not know.
fn worked() -> String {
    let lines = include_str!("licence_cases.csv").lines().filter(|l| !l.starts_with('#'));
    lines.fold(String::new(), |text, l| text + l + "\n")
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
    assert_eq!((summary.rows, summary.different), (66, 0));
    assert!(summary.compared > 400, "{summary:?}");
}

#[test]
fn a_difference_is_reported() {
    let text = worked().replacen("2011-10-01,A,2017-01-01,10,", "2011-10-01,M,2017-01-02,6,", 1);
    let text = text.replacen("1985-01-01,,0,,2026-11-04,A,2026-08-06,", "1985-01-01,,0,,2026-11-04,A,-,", 1);
    let mut differences = Vec::new();
    let summary = check_licence_cases(text.as_bytes(), &mut differences).expect("readable");
    assert_eq!(summary.different, 4);
    let report = String::from_utf8(differences).expect("UTF-8");
    assert!(report.contains("1,2,status,M,A\n") && report.contains("1,2,renewal_term,6,10\n"), "{report}");
    assert!(report.contains("2+1,4,renewal_opens,,2026-08-06\n"), "{report}");
}

#[test]
fn rows_are_answered_in_any_column_order_with_foreign_columns() {
    let (lines, summary) = answers(
        "\u{FEFF}as_of,note,birth_date,valid_until,valid_from,first_issued_on,classes,id\n2024-03-16,\"a, b\",1990-01-01,2024-03-15,2018-03-15,2018-03-15,dｃ1,x\n",
    );
    assert_eq!(summary, CasesSummary { answered: 1, refused: 0 });
    assert_eq!(
        lines[0],
        "id,status,renewal_opens,renewal_term,cancel_after,medical_due,review_due,downgrade_on,cycle_start,cycle_end,in_practice_until,clause,error"
    );
    assert_eq!(
        lines[1],
        "x,M,2023-12-16,10,2025-03-15,,,2060-01-01,2024-03-15,2025-03-14,,L2 Art.28; R162 Art.63; R162 Art.62; R162 Art.79(8); R162 Art.65 par.2; R163 Art.3,"
    );
}

#[test]
fn a_refused_row_says_why_and_the_others_are_answered() {
    let head =
        "id,classes,first_issued_on,valid_from,valid_until,birth_date,full_cycles,cycle_points,last_medical_on,as_of";
    for (row, why) in [
        (
            "a,C7,2018-03-15,2018-03-15,2024-03-15,1990-01-01,,0,,2024-01-01",
            "classes: \"C7\" is not a set of classes such as C1D (line 2, cell)",
        ),
        (
            "a,,2018-03-15,2018-03-15,2024-03-15,1990-01-01,,0,,2024-01-01",
            "classes: empty, but a set of classes such as C1D is needed (line 2, cell)",
        ),
        (
            "a,C1,2018-02-29,2018-03-15,2024-03-15,1990-01-01,,0,,2024-01-01",
            "first_issued_on: \"2018-02-29\" is not a day such as 2026-11-21 (line 2, cell)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,2024-03-15,,,0,,2024-01-01",
            "birth_date: empty, but a day is needed (line 2, cell)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,forever,1990-01-01,,0,,2024-01-01",
            "valid_until: \"FOREVER\" is not a day such as 2026-11-21 (line 2, cell)",
        ),
        (
            "a,C1,2018-03-15,,2024-03-15,1990-01-01,,0,,2024-01-01",
            "valid_from: empty, but a day, since valid_until is given, is needed (line 2, cell)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,2024-03-15,1990-01-01,2020-13-01,0,,2024-01-01",
            "full_cycles: \"2020-13-01\" is not days such as 2023-05-01;2024-06-01 (line 2, cell)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,2024-03-15,1990-01-01,,-1,,2024-01-01",
            "cycle_points: \"-1\" is not a number of points such as 3 (line 2, cell)",
        ),
        ("a,C1,2018-03-15", "row: the row has 3 cells, the header 10 (line 2, cell)"),
        (
            "a,C1,2018-03-15,2018-03-15,2024-03-15,2018-03-15,,0,,2024-01-01",
            "born on 2018-03-15, but first issued on 2018-03-15 (line 2, born_after_issue)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,2024-03-15,1990-01-01,,0,,2018-03-14",
            "2018-03-14 is before the first issue on 2018-03-15 (line 2, before_issue)",
        ),
        (
            "a,C1,2018-03-15,2018-03-14,2024-03-15,1990-01-01,,0,,2024-01-01",
            "valid from 2018-03-14, before the first issue on 2018-03-15 (line 2, valid_before_issue)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,2018-03-15,1990-01-01,,0,,2024-01-01",
            "valid from 2018-03-15 until 2018-03-15 (line 2, validity_empty)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,2024-03-15,1990-01-01,2024-01-02,0,,2024-01-01",
            "12 points on 2024-01-02, outside 2018-03-15 (first issue) to 2024-01-01 (as_of) (line 2, full_cycle_outside)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,2024-03-15,1990-01-01,,0,2024-01-02,2024-01-01",
            "the certificate of 2024-01-02 is later than 2024-01-01 (as_of) (line 2, medical_later)",
        ),
        (
            "a,C1,1999-03-15,1999-03-15,,1970-01-01,,0,,2004-04-30",
            "as_of 2004-04-30 is outside 2004-05-01 to 2199-12-31 (line 2, date_out_of_range)",
        ),
        (
            "a,C1,2018-03-15,2018-03-15,,1990-01-01,,0,,2200-01-01",
            "as_of 2200-01-01 is outside 2004-05-01 to 2199-12-31 (line 2, date_out_of_range)",
        ),
    ] {
        let good = "ok,C1,2018-03-15,2018-03-15,2024-03-15,1990-01-01,,,,2024-01-01";
        let (lines, summary) = answers(&format!("{head}\n{row}\n{good}\n"));
        assert_eq!(summary, CasesSummary { answered: 1, refused: 1 }, "{row}");
        let mut reader = csv::Reader::from_reader(lines[1].as_bytes());
        let record = reader.headers().expect("a row").clone();
        let expected: Vec<&str> = std::iter::once("a").chain([""; 11]).chain([why]).collect();
        assert_eq!(record.iter().collect::<Vec<_>>(), expected, "{row}");
        assert!(lines[2].starts_with("ok,A,2023-12-16,10,"), "{}", lines[2]);
    }
    let many = vec!["2020-01-01"; 201].join(";");
    let (lines, _) =
        answers(&format!("{head}\na,C1,2018-03-15,2018-03-15,2024-03-15,1990-01-01,{many},0,,2024-01-01\n"));
    assert!(lines[1].contains("full_cycles: more than 200 days (line 2, cell)"), "{}", lines[1]);
}

#[test]
fn a_file_that_is_no_table_of_cases_is_refused_whole() {
    let refused = |text: &[u8]| answer_licence_cases(text, std::io::sink()).expect_err("refused").code();
    assert_eq!(refused(b""), "cases_missing_column");
    assert_eq!(refused(b"id,classes,first_issued_on,as_of\n"), "cases_missing_column");
    assert_eq!(refused(b"id,id,classes,first_issued_on,birth_date,as_of\n"), "cases_double_column");
    let broken = b"id,classes,first_issued_on,birth_date,as_of\n\xff\xfe,C1,2018-03-15,1990-01-01,2024-01-01\n";
    assert_eq!(refused(broken), "cases_not_csv");
    let nothing = check_licence_cases("id,classes,first_issued_on,birth_date,as_of\n".as_bytes(), std::io::sink());
    assert!(matches!(nothing, Err(CasesError::NothingExpected)));
}

#[test]
fn an_endless_input_is_refused() {
    struct Endless(bool);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let head = b"id,classes,first_issued_on,birth_date,as_of\n";
            if !self.0 {
                self.0 = true;
                buffer[..head.len()].copy_from_slice(head);
                return Ok(head.len());
            }
            buffer.fill(b'\n');
            Ok(buffer.len())
        }
    }
    assert!(matches!(answer_licence_cases(Endless(false), std::io::sink()), Err(CasesError::TooLarge)));
}
