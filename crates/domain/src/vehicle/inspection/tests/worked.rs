//! The worked cases, the answering of files, and the sentences.

use super::super::cases::{CasesError, CasesSummary, CheckSummary, answer_cases, check_cases};
use super::{ask, valid, vehicle};

/// The worked cases without their comment lines, which the reader of cases does not know.
fn worked() -> String {
    include_str!("worked_cases.csv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .fold(String::new(), |text, l| text + l + "\n")
}

fn answers(input: &str) -> (Vec<String>, CasesSummary) {
    let mut out = Vec::new();
    let summary = answer_cases(input.as_bytes(), &mut out).expect("readable");
    (String::from_utf8(out).expect("UTF-8").lines().map(str::to_owned).collect(), summary)
}

#[test]
fn every_worked_case_is_answered_as_expected() {
    let mut differences = Vec::new();
    let summary = check_cases(worked().as_bytes(), &mut differences).expect("readable");
    assert_eq!(String::from_utf8(differences).expect("UTF-8"), "id,line,column,expected,answered\n");
    assert_eq!(summary, CheckSummary { rows: 34, compared: 236, different: 0 });
}

#[test]
fn a_difference_is_reported() {
    let text = worked().replacen("window_open,2016-09", "overdue,2016-08", 1);
    let mut differences = Vec::new();
    let summary = check_cases(text.as_bytes(), &mut differences).expect("readable");
    assert_eq!(summary.different, 2);
    let report = String::from_utf8(differences).expect("UTF-8");
    assert!(report.contains("T01,2,state,overdue,window_open\n"), "{report}");
    assert!(report.contains("T01,2,next_valid_until,2016-08,2016-09\n"), "{report}");
}

#[test]
fn rows_are_answered_in_any_column_order_with_foreign_columns() {
    let (lines, summary) = answers(
        "\u{FEFF}as_of,note,seats,use_nature,vehicle_type,registered_on,id\n2023-09-01,\"a, b\",5,A,k33,2019-10-09,x\n",
    );
    assert_eq!(summary, CasesSummary { answered: 1, refused: 0 });
    assert_eq!(lines[0], "id,state,action,due,window_opens,next_valid_until,rule,clause,error");
    assert_eq!(lines[1], "x,window_open,apply_mark,2023-10,2023-08-01,2025-10,pax.2022.exempt,P2022,");
}

#[test]
fn a_refused_row_says_why_and_the_others_are_answered() {
    let head = "id,vehicle_type,use_nature,seats,registered_on,manufactured_on,casualty_accident,illegal_modification,valid_until,as_of";
    for (row, why) in [
        ("a,K93,A,5,2019-10-09,,0,0,,2023-09-01", "vehicle_type: \"K93\" is not a type such as K33 (line 2, cell)"),
        ("a,K33,Z,5,2019-10-09,,0,0,,2023-09-01", "use_nature: \"Z\" is not a use such as A (line 2, cell)"),
        ("a,K33,A,-5,2019-10-09,,0,0,,2023-09-01", "seats: \"-5\" is not a number from 0 to 65535 (line 2, cell)"),
        (
            "a,K33,A,5,2019-02-29,,0,0,,2023-09-01",
            "registered_on: \"2019-02-29\" is not a day such as 2026-11-21 (line 2, cell)",
        ),
        ("a,K33,A,5,,,0,0,,2023-09-01", "registered_on: empty, but a day is needed (line 2, cell)"),
        ("a,K33,A,5,2019-10-09,,2,0,,2023-09-01", "casualty_accident: \"2\" is not 0 or 1 (line 2, cell)"),
        (
            "a,K33,A,5,2019-10-09,,0,0,2023-13,2023-09-01",
            "valid_until: \"2023-13\" is not a month such as 2027-05 (line 2, cell)",
        ),
        ("a,K33,A,5,2019-10-09,,0,0,,", "as_of: empty, but a day is needed (line 2, cell)"),
        ("a,K33,A,5,2019-10-09", "row: the row has 5 cells, the header 10 (line 2, cell)"),
        (
            "a,K33,A,0,2019-10-09,,0,0,,2023-09-01",
            "the number of seats is 0, and the class of a K33 depends on it (line 2, seats_missing)",
        ),
        (
            "a,K33,A,5,2019-10-09,,0,0,,2019-10-08",
            "2019-10-08 is before the registration on 2019-10-09 (line 2, before_registration)",
        ),
        (
            "a,K33,A,5,1999-10-09,,0,0,,2004-04-30",
            "2004-04-30 is before 2004-05-01, the first day of the oldest rule (line 2, before_rules)",
        ),
        (
            "a,K33,A,5,2019-10-09,2019-10-10,0,0,,2023-09-01",
            "the vehicle was registered on 2019-10-09 but manufactured on 2019-10-10 (line 2, manufactured_after_registration)",
        ),
        (
            "a,K33,A,5,2019-10-09,,0,0,2019-09,2023-09-01",
            "the validity ends in 2019-09, before the registration on 2019-10-09 (line 2, valid_before_registration)",
        ),
        (
            "a,K33,A,5,2019-10-09,,0,0,,2200-01-01",
            "the day asked about 2200-01-01 is outside 1900-01-01 to 2199-12-31 (line 2, date_out_of_range)",
        ),
    ] {
        let (lines, summary) = answers(&format!("{head}\n{row}\nok,K33,A,5,2019-10-09,,,,,2023-09-01\n"));
        assert_eq!(summary, CasesSummary { answered: 1, refused: 1 }, "{row}");
        let mut reader = csv::Reader::from_reader(lines[1].as_bytes());
        let record = reader.headers().expect("a row").clone();
        assert_eq!(record.iter().collect::<Vec<_>>(), ["a", "", "", "", "", "", "", "", why], "{row}");
        assert!(lines[2].starts_with("ok,window_open,"), "{}", lines[2]);
    }
}

#[test]
fn a_file_that_is_no_table_of_cases_is_refused_whole() {
    let refused = |text: &[u8]| answer_cases(text, std::io::sink()).expect_err("refused").code();
    assert_eq!(refused(b""), "cases_missing_column");
    assert_eq!(refused(b"id,vehicle_type,use_nature,seats,registered_on\n"), "cases_missing_column");
    assert_eq!(refused(b"id,id,vehicle_type,use_nature,seats,registered_on,as_of\n"), "cases_double_column");
    assert_eq!(
        refused(b"id,vehicle_type,use_nature,seats,registered_on,as_of\n\xff\xfe,K33,A,5,2019-10-09,2023-09-01\n"),
        "cases_not_csv"
    );
    let nothing = check_cases("id,vehicle_type,use_nature,seats,registered_on,as_of\n".as_bytes(), std::io::sink());
    assert!(matches!(nothing, Err(CasesError::NothingExpected)));
}

#[test]
fn an_endless_input_is_refused() {
    struct Endless(u64);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let head = b"id,vehicle_type,use_nature,seats,registered_on,as_of\n";
            if self.0 == 0 {
                self.0 = 1;
                buffer[..head.len()].copy_from_slice(head);
                return Ok(head.len());
            }
            buffer.fill(b'\n');
            Ok(buffer.len())
        }
    }
    assert!(matches!(answer_cases(Endless(0), std::io::sink()), Err(CasesError::TooLarge)));
}

#[test]
fn an_answer_explains_itself_with_its_own_facts() {
    let car = vehicle("K33", 'A', 5, "2015-10-09");
    let text = ask(&car, "2023-09-01").explanation();
    assert_eq!(
        text.zh,
        "本车于2015年10月9日注册登记，属非营运小微型客车（6座及以下）。注册登记满8年的检验期于2023年10月31日届满：\
         免上线检验，申领检验标志即可。2023年8月1日起可以办理，现在正在办理期内。办理后有效期至2025年10月。\
         依据：2022年《关于深化机动车检验制度改革优化车检服务工作的意见》：小微型客车（2022年10月1日起施行）。"
    );
    assert_eq!(
        text.en,
        "Registered on 2015-10-09: non-operating small or micro passenger vehicle, up to 6 seats. The point at 8 years falls due on \
         2023-10-31: no inspection at a station is needed, apply for the mark. It can be handled since 2023-08-01. The new mark will run \
         to the end of 2025-10. Basis: 2022 four-ministry opinion on vehicle inspection: small passenger vehicles, in force since \
         2022-10-01."
    );
    let late = ask(&valid(car.clone(), "2021-10"), "2021-11-10");
    assert!(late.explanation().zh.contains("截至2021年11月10日已逾期10天"), "{}", late.explanation().zh);
    assert_eq!(late.days_left(), -10);
    let hit = crate::vehicle::inspection::CycleFacts { casualty_accident: true, ..car };
    let answer = ask(&hit, "2023-09-01");
    assert_eq!(answer.exemption_lost.map(|c| c.id.as_str()), Some("void casualty"));
    assert!(answer.explanation().zh.contains("发生过造成人员伤亡的交通事故的车辆，不适用免检"));
    assert!(answer.explanation().en.contains("accident with casualties has no exemption"));
}
