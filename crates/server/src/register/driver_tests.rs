//! Whole registers of drivers through the reader: what goes in, what is explained, by line.

use super::columns::{driver as columns, driver_at as at};
use super::driver::{DriverRow, read};
use super::{Encoding, Reject, Source, Walk};
use jiff::civil::Date;
use luzheng_domain::driver::Sex;
use proptest::prelude::*;
use std::io::Cursor;
use std::ops::ControlFlow;

const TODAY: Date = Date::constant(2026, 11, 21);
const HEADER: &str = "驾驶证号,姓名,性别,国籍,出生日期,准驾车型,初次领证日期,有效期始,有效期止,档案编号,发证机关区划代码,驾驶证状态,累积记分,手机号码,照片,电子驾驶证申领日期,备注";
const GOOD: &str = "11010519491231002X,陈䶮,女,中国,1949-12-31,C1D,2001-05-12,2017-05-12,长期,320500123456,320500,A,3,13800001234,a.jpg,2022-03-04,";

struct Outcome {
    rows: Vec<DriverRow>,
    rejects: Vec<Reject>,
    walk: Walk,
}

fn understood(bytes: impl Into<Vec<u8>>) -> Outcome {
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    let walk = Source::from_reader("test", Cursor::new(bytes.into()))
        .and_then(|source| {
            source.walk(columns(), &mut |record| {
                match read(record, TODAY) {
                    Ok(row) => rows.push(row),
                    Err(problems) => rejects.extend(problems),
                }
                ControlFlow::Continue(())
            })
        })
        .expect("a register");
    Outcome { rows, rejects, walk }
}

/// `(line, column, code)` of every reject.
fn told(outcome: &Outcome) -> Vec<(u64, &str, &str)> {
    outcome.rejects.iter().map(|r| (r.line, r.column.unwrap_or(""), r.code)).collect()
}

fn with(changes: &[(usize, &str)]) -> String {
    let mut fields: Vec<&str> = GOOD.split(',').collect();
    for (place, value) in changes {
        fields[*place] = value;
    }
    fields.join(",")
}

fn one(changes: &[(usize, &str)]) -> Outcome {
    understood(format!("{HEADER}\n{}\n", with(changes)))
}

#[test]
fn places_and_table_agree() {
    for (place, name) in [
        (at::LICENCE_NUMBER, "licence_number"),
        (at::NAME, "name"),
        (at::SEX, "sex"),
        (at::NATIONALITY, "nationality"),
        (at::BIRTH_DATE, "birth_date"),
        (at::CLASSES, "classes"),
        (at::FIRST_ISSUED_ON, "first_issued_on"),
        (at::VALID_FROM, "valid_from"),
        (at::VALID_UNTIL, "valid_until"),
        (at::FILE_NUMBER, "file_number"),
        (at::DIVISION, "division"),
        (at::STATUS, "status"),
        (at::POINTS, "points"),
        (at::PHONE, "phone"),
        (at::PHOTO, "photo"),
        (at::APPLIED_ON, "applied_on"),
    ] {
        assert_eq!(columns().get(place).name, name);
    }
}

#[test]
fn a_good_row_in_every_dress() {
    let plain = understood(format!("{HEADER}\n{GOOD}\n"));
    assert_eq!((told(&plain), plain.rows[0].warnings.len()), (vec![], 0));
    let row = &plain.rows[0];
    assert_eq!((row.licence.name.as_str(), row.licence.sex), ("陈䶮", Sex::Female));
    assert_eq!((row.licence.classes.to_string().as_str(), row.licence.valid_until), ("C1D", None));
    assert_eq!((row.points, row.photo.as_deref()), (Some(3), Some("a.jpg")));
    assert_eq!(row.applied_on, Some(Date::constant(2022, 3, 4)));
    assert_eq!(row.licence_as_of(TODAY).points.sum_on(row.licence.first_issued_on, TODAY), 3);
    assert_eq!(plain.walk.unknown.names().collect::<Vec<_>>(), ["备注"]);

    let dressed = with(&[
        (0, "１１０１０５１９４９１２３１００２ｘ"),
        (2, "2"),
        (4, "19491231"),
        (5, "\"Ｄ、Ｃ１\""),
        (6, "2001/5/12"),
        (7, "2017年05月12日"),
        (8, "Long-Term"),
        (9, "３２０５００１２３４５６"),
        (11, "正常"),
        (12, "3分"),
        (13, "+86 138-0000-1234"),
    ]);
    let mut dressed = understood(format!("{HEADER}\r\n{dressed}\r\n"));
    assert_eq!(told(&dressed), []);
    dressed.rows[0].warnings.clear();
    assert_eq!(dressed.rows, plain.rows);

    let english = "valid_until,licence_number,name,sex,nationality,birth_date,classes,first_issued_on,valid_from,file_number,division,\
                   status,points,phone,photo,applied_on\n\
                   long-term,11010519491231002X,陈䶮,F,中国,1949-12-31,C1D,2001-05-12,2017-05-12,320500123456,320500,A,3,13800001234,a.jpg,\
                   2022-03-04\n";
    assert_eq!(understood(english).rows, plain.rows);
    let gb = encoding_rs::GB18030.encode(&format!("{HEADER}\n{GOOD}\n")).0.into_owned();
    let gb = understood(gb);
    assert_eq!((gb.walk.encoding, &gb.rows), (Some(Encoding::Gb18030), &plain.rows));
}

#[test]
fn one_value_one_explanation() {
    for (place, value, column, code) in [
        (0, "", "licence_number", "missing"),
        (0, "110105194912310021", "licence_number", "citizen_number_check"),
        (0, "1.10105E+17", "licence_number", "digits_lost"),
        (1, " ", "name", "missing"),
        (2, "x", "sex", "not_a_sex"),
        (4, "1949-02-30", "birth_date", "impossible_date"),
        (4, "2026-11-22", "birth_date", "date_in_future"),
        (5, "", "classes", "missing"),
        (5, "C7", "classes", "class_unknown"),
        (6, "2026-11-22", "first_issued_on", "date_in_future"),
        (7, "2001-05-11", "valid_from", "valid_before_first_issue"),
        (8, "", "valid_until", "missing"),
        (8, "for ever", "valid_until", "not_a_date"),
        (8, "2017-05-11", "valid_until", "valid_until_before_from"),
        (9, "32-05", "file_number", "file_number"),
        (10, "999999", "division", "unknown_division"),
        (11, "AB", "status", "licence_status_normal_not_alone"),
        (11, "Y", "status", "licence_status_unknown_letter"),
        (11, "很好", "status", "licence_status_unknown_letter"),
        (12, "-3", "points", "not_a_number"),
        (12, "251", "points", "points_out_of_range"),
        (15, "2026-11-22", "applied_on", "date_in_future"),
    ] {
        let outcome = one(&[(place, value)]);
        assert!(told(&outcome).contains(&(2, column, code)), "{value}: {:?}", told(&outcome));
        let message = &outcome.rejects[0].message;
        assert!(!message.en.is_empty() && message.zh != "此值不能接受", "{code} has no Chinese sentence");
    }
    assert_eq!(told(&one(&[(6, "1949-12-31")])), [(2, "first_issued_on", "issued_before_birth")]);
    let masked = one(&[(0, "110105194912310021"), (4, "1949-02-30")]);
    assert_eq!(masked.rejects[0].value, "1****************1");
    assert_eq!(masked.rejects[1].value, "1********0");
}

#[test]
fn unusual_but_genuine_goes_in_with_a_warning() {
    for (place, value, code) in [
        (0, "G12345678", "other_document"),
        (2, "男", "sex_differs"),
        (4, "1949-12-30", "birth_date_differs"),
        (6, "1966-05-12", "issued_very_young"),
        (8, "2099-12-31", "validity_far_ahead"),
        (9, "ABC123", "odd_file_number"),
        (11, "", "status_empty"),
        (13, "无", "phone_unreadable"),
        (14, "../secret.jpg", "photo_name_unusable"),
        (14, "C:\\a.jpg", "photo_name_unusable"),
        (15, "2021-05-31", "applied_before_pilot"),
    ] {
        let outcome = one(&[(place, value)]);
        assert_eq!(told(&outcome), [], "{code}");
        assert!(outcome.rows[0].warnings.iter().any(|w| w.code == code), "{code}: {:?}", outcome.rows[0].warnings);
    }
    assert_eq!(one(&[(14, "/etc/passwd")]).rows[0].photo, None);
}

#[test]
fn states_by_letter_and_by_name() {
    for (text, letters) in [("ub", "UB"), ("超分、扣留", "UB"), ("正常", "A"), ("违法未处理", "H"), ("注销可恢复", "R")]
    {
        let outcome = one(&[(11, &format!("\"{text}\""))]);
        assert_eq!(outcome.rows.first().map(|r| r.licence.status.to_string()).as_deref(), Some(letters), "{text}");
    }
    assert_eq!(told(&one(&[(11, "\"正常、扣留\"")])), [(2, "status", "licence_status_normal_not_alone")]);
}

#[test]
fn silence_is_not_a_value() {
    let places = [0, 1, 2, 4, 5, 6, 7, 8, 10];
    let pick = |line: &str| places.map(|p| line.split(',').nth(p).expect("there")).join(",");
    let row = understood(format!("{}\n{}\n", pick(HEADER), pick(GOOD))).rows.remove(0);
    assert_eq!((row.licence.nationality.as_str(), row.points), ("中国", None));
    for column in ["nationality", "file_number", "status", "points", "phone", "photo", "applied_on"] {
        assert!(!row.says(column), "{column}");
    }
    let emptied = one(&[(3, ""), (9, ""), (11, ""), (12, ""), (13, ""), (14, ""), (15, "")]).rows.remove(0);
    assert!(!emptied.says("points") && !emptied.says("phone") && emptied.says("name"));
    assert_eq!(told(&one(&[(0, "G12345678"), (3, "")])), [(2, "nationality", "nationality_unknown")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn arbitrary_values_never_panic(values in proptest::collection::vec("\\PC{0,20}", 17)) {
        let quoted: Vec<String> = values.iter().map(|v| format!("\"{}\"", v.replace('"', "\"\""))).collect();
        let outcome = understood(format!("{HEADER}\n{}\n", quoted.join(",")));
        prop_assert!(outcome.rows.len() == 1 || outcome.rejects.iter().all(|r| r.line == 2));
    }
}
