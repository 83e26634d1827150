//! Whole registers through the reader: what goes in, what is explained, by line.

use super::columns::{at, vehicle as columns};
use super::vehicle::{RegisterRow, read};
use super::{Encoding, Format, Reject, Source, SourceError, Walk};
use jiff::civil::Date;
use luzheng_domain::vehicle::YearMonth;
use proptest::prelude::*;
use std::io::Cursor;
use std::ops::ControlFlow;

const TODAY: Date = Date::constant(2026, 11, 21);
const HEADER: &str = "号牌号码,号牌种类,车辆识别代号,车辆类型,使用性质,核定载客人数,注册登记日期,出厂日期,能源种类,所有权,所有人证件号码,所有人,手机号码,登记机关区划代码,机动车状态,检验有效期止,交强险终止日期,备注";
const GOOD: &str = "苏B·12345,02,LSVHJ133022221761,K33,A,5,2023-05-12,2023-04-01,A,2,11010519491231002X,陈䶮,13800001234,320200,A,2027-05,2027-05-11,";

struct Outcome {
    rows: Vec<RegisterRow>,
    rejects: Vec<Reject>,
    walk: Walk,
}

fn understand(bytes: impl Into<Vec<u8>>) -> Result<Outcome, SourceError> {
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    let walk = Source::from_reader("test", Cursor::new(bytes.into()))?.walk(columns(), &mut |record| {
        match read(record, TODAY) {
            Ok(row) => rows.push(row),
            Err(problems) => rejects.extend(problems),
        }
        ControlFlow::Continue(())
    })?;
    Ok(Outcome { rows, rejects, walk })
}

fn understood(bytes: impl Into<Vec<u8>>) -> Outcome {
    understand(bytes).expect("a register")
}

/// `(line, column, code)` of every reject.
fn told(outcome: &Outcome) -> Vec<(u64, &str, &str)> {
    outcome.rejects.iter().map(|r| (r.line, r.column.unwrap_or(""), r.code)).collect()
}

/// The good row with some columns changed, by place in the test's header.
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
        (at::PLATE_NUMBER, "plate_number"),
        (at::PLATE_TYPE, "plate_type"),
        (at::VIN, "vin"),
        (at::VEHICLE_TYPE, "vehicle_type"),
        (at::USE_NATURE, "use_nature"),
        (at::SEATS, "seats"),
        (at::REGISTERED_ON, "registered_on"),
        (at::MANUFACTURED_ON, "manufactured_on"),
        (at::ENERGY, "energy"),
        (at::COLOUR, "colour"),
        (at::OWNER_KIND, "owner_kind"),
        (at::OWNER_ID, "owner_id"),
        (at::OWNER_NAME, "owner_name"),
        (at::PHONE, "phone"),
        (at::DIVISION, "division"),
        (at::STATUS, "status"),
        (at::VALID_UNTIL, "valid_until"),
        (at::INSURANCE_UNTIL, "insurance_until"),
        (at::CASUALTY_ACCIDENT, "casualty_accident"),
        (at::ILLEGAL_MODIFICATION, "illegal_modification"),
    ] {
        assert_eq!(columns().get(place).name, name);
    }
}

#[test]
fn a_good_row_in_every_dress() {
    let plain = understood(format!("{HEADER}\n{GOOD}\n"));
    assert_eq!(told(&plain), []);
    let vehicle = &plain.rows[0].vehicle;
    assert_eq!(vehicle.plate.number.as_str(), "苏B12345");
    assert_eq!(vehicle.valid_until, YearMonth::new(2027, 5));
    assert_eq!(vehicle.registered_on, Date::constant(2023, 5, 12));
    assert_eq!(plain.rows[0].owner.name, "陈䶮");
    assert_eq!(plain.walk.unknown.names().collect::<Vec<_>>(), ["备注"]);

    let dressed = with(&[
        (0, "苏Ｂ１２３４５"),
        (1, "小型汽车"),
        (2, "ｌｓｖｈｊ１３３０２２２２１７６１"),
        (3, "小型轿车"),
        (4, "非营运"),
        (5, "５"),
        (6, "20230512"),
        (7, "2023/4/1"),
        (8, "汽油"),
        (9, "个人"),
        (10, "１１０１０５１９４９１２３１００２ｘ"),
        (12, "+86 138-0000-1234"),
        (14, "正常"),
        (15, "202705"),
        (16, "2027年05月11日"),
    ]);
    let mut dressed = understood(format!("{HEADER}\r\n{dressed}\r\n"));
    assert_eq!(told(&dressed), []);
    dressed.rows[0].warnings.clear();
    assert_eq!(dressed.rows, plain.rows);

    let tabbed = understood(format!("\u{FEFF}{HEADER}\n{GOOD}\n").replace(',', "\t"));
    assert_eq!(tabbed.rows, plain.rows);

    let english = "vin,plate_number,plate_type,vehicle_type,use_nature,seats,registered_on,manufactured_on,energy,owner_kind,\
                   owner_id,owner_name,phone,division,status,valid_until,insurance_until\n\
                   LSVHJ133022221761,苏B12345,2,K33,A,5,2023-05-12,2023-04-01,A,individual,11010519491231002X,陈䶮,\
                   13800001234,320200,A,2027-05,2027-05-11\n";
    assert_eq!(understood(english).rows, plain.rows);
}

#[test]
fn gb18030_with_rare_characters_and_every_kind_of_damage() {
    let mut lines = vec![HEADER.to_owned(), GOOD.to_owned()];
    lines.push(with(&[(0, "苏B·12346"), (11, "李𬭎")]));
    lines.push(with(&[(0, "苏B１２３４７"), (11, "王㛃")]));
    lines.push(with(&[(6, "2023-02-30"), (15, "2027-13")]));
    lines.push(with(&[(2, "LSVHJ133122221761"), (10, "110105194912310021")]));
    lines.push(GOOD[..GOOD.char_indices().nth(50).expect("long").0].to_owned());
    lines.push(with(&[(11, "\"张三")]));
    lines.push(with(&[(6, "2026-11-22"), (7, "2026-11-20")]));
    lines.push(with(&[(6, "2023-03-01"), (7, "2023-04-01")]));
    lines.push(with(&[(13, "999999")]));
    let bytes = encoding_rs::GB18030.encode(&lines.join("\r\n")).0.into_owned();
    let outcome = understood(bytes);
    assert_eq!(outcome.walk.encoding, Some(Encoding::Gb18030));
    assert_eq!(outcome.rows.iter().map(|r| r.owner.name.as_str()).collect::<Vec<_>>(), ["陈䶮", "李𬭎", "王㛃"]);
    assert_eq!(
        told(&outcome),
        [
            (5, "registered_on", "impossible_date"),
            (5, "valid_until", "impossible_date"),
            (6, "vin", "vin_check_digit"),
            (6, "owner_id", "citizen_number_check"),
            (7, "", "truncated_row"),
            (8, "", "open_quote"),
            (9, "registered_on", "date_in_future"),
            (10, "registered_on", "registered_before_made"),
            (11, "division", "unknown_division"),
        ]
    );
    let number = outcome.rejects.iter().find(|r| r.column == Some("owner_id")).expect("told");
    assert_eq!(number.value, "1****************1");
    assert!(number.message.zh.contains("校验码") && number.message.en.contains("check"));
}

#[test]
fn one_value_one_explanation() {
    for (place, value, column, code) in [
        (0, "", "plate_number", "missing"),
        (0, "苏B1234I", "plate_number", "plate_ambiguous_letter"),
        (0, "X12345", "plate_number", "plate_province"),
        (1, "98", "plate_type", "unknown_plate_type"),
        (1, "无号牌", "plate_type", "plate_type_not_registrable"),
        (2, "", "vin", "missing"),
        (2, "LSVHJ13302222176", "vin", ""),
        (2, "LSVHJ133022221O61", "vin", "vin_character"),
        (2, "1.23457E+16", "vin", "digits_lost"),
        (3, "轿车", "vehicle_type", "unknown_vehicle_type"),
        (4, "V", "use_nature", "unknown_use_nature"),
        (5, "five", "seats", "not_a_number"),
        (5, "0", "seats", "seats_out_of_range"),
        (5, "-5", "seats", "not_a_number"),
        (5, "99999999", "seats", "seats_out_of_range"),
        (6, "yesterday", "registered_on", "not_a_date"),
        (6, "1900-01-01", "registered_on", "date_too_early"),
        (8, "@", "energy", "unknown_energy"),
        (9, "3", "owner_kind", "unknown_owner_kind"),
        (10, "1.10105E+17", "owner_id", "digits_lost"),
        (11, " ", "owner_name", "missing"),
        (13, "32020", "division", "not_a_division"),
        (14, "AG", "status", "status_normal_not_alone"),
        (14, "R", "status", "status_unknown_letter"),
        (15, "soon", "valid_until", "not_a_month"),
        (15, "2023-04", "valid_until", "valid_before_registered"),
        (16, "2027-06-31", "insurance_until", "impossible_date"),
    ] {
        let outcome = one(&[(place, value)]);
        if code.is_empty() {
            assert_eq!((told(&outcome), outcome.rows.len()), (vec![], 1), "{value}");
            continue;
        }
        assert_eq!(told(&outcome), [(2, column, code)], "{value}");
        let message = &outcome.rejects[0].message;
        assert!(!message.en.is_empty() && message.zh != "此值不能接受", "{code} has no Chinese sentence");
    }
}

#[test]
fn unusual_but_genuine_goes_in_with_a_warning() {
    for (changes, code) in [
        (vec![(2, "WBAHJ133122221761")], "vin_check_digit"),
        (vec![(9, "1"), (10, "91350100M0001TGQXM")], "credit_code_check"),
        (vec![(10, "500157201601010010")], ""),
        (vec![(12, "无")], "phone_unreadable"),
        (vec![(14, "")], "status_empty"),
        (vec![(15, "2036-05")], "validity_far_ahead"),
        (vec![(11, "张\u{E81E}")], "private_use_character"),
    ] {
        let outcome = one(&changes);
        if code.is_empty() {
            continue;
        }
        assert_eq!(told(&outcome), [], "{code}");
        assert!(outcome.rows[0].warnings.iter().any(|w| w.code == code), "{code}: {:?}", outcome.rows[0].warnings);
    }
}

#[test]
fn states_by_letter_and_by_name() {
    for (text, letters) in
        [("qg", "GQ"), ("正常", "A"), ("违法未处理、逾期未检验", "GQ"), ("被盗抢", "C"), ("逾期未检验,被盗抢", "CQ")]
    {
        let outcome = one(&[(14, &format!("\"{text}\""))]);
        assert_eq!(outcome.rows.first().map(|r| r.vehicle.status.letters()).as_deref(), Some(letters), "{text}");
    }
    assert_eq!(told(&one(&[(14, "\"正常、被盗抢\"")])), [(2, "status", "status_normal_not_alone")]);
    assert_eq!(told(&one(&[(14, "很好")])), [(2, "status", "status_unknown_letter")]);
}

#[test]
fn silence_is_not_an_empty_value() {
    let places = [0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 13];
    let pick = |line: &str| places.map(|p| line.split(',').nth(p).expect("there")).join(",");
    let row = understood(format!("{}\n{}\n", pick(HEADER), pick(GOOD))).rows.remove(0);
    assert!(row.vehicle.status.is_normal() && row.vehicle.valid_until.is_none());
    for column in ["manufactured_on", "energy", "phone", "status", "valid_until", "insurance_until", "colour"] {
        assert!(!row.says(column), "{column}");
    }
    // An empty state is silence as well; an empty month is a statement.
    let emptied = one(&[(14, ""), (15, "")]).rows.remove(0);
    assert!(!emptied.says("status") && emptied.says("valid_until") && emptied.says("phone"));
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let code = |bytes: &[u8]| understand(bytes.to_vec()).map(|_| ()).map_err(|e| e.code());
    assert_eq!(code(b""), Err("empty"));
    assert_eq!(code(b"\n\n \n"), Err("empty"));
    assert_eq!(code("车牌,备注\n苏B12345,x\n".as_bytes()), Err("missing_columns"));
    assert_eq!(code(b"vin,VIN\n"), Err("column_twice"));
    assert_eq!(code(b"\xFF\xFEv\0i\0n\0"), Err("unsupported_format"));
    assert_eq!(code(b"\xD0\xCF\x11\xE0\xA1\xB1"), Err("unsupported_format"));
    assert_eq!(code(b"PK\x03\x04...."), Err("workbook_unreadable"));
    let Err(SourceError::MissingColumns(columns)) = understand("vin\n") else { panic!("columns are missing") };
    let sentence = SourceError::MissingColumns(columns).to_string();
    assert!(sentence.contains("plate_number (号牌号码)") && !sentence.contains("vin ("), "{sentence}");
}

#[test]
fn ndjson() {
    let object = |extra: &str| {
        format!(
            r#"{{"plate_number":"苏B12345","plate_type":"02","vin":"LSVHJ133022221761","vehicle_type":"K33","use_nature":"A","seats":5,"registered_on":20230512,"所有权":2,"owner_id":"11010519491231002X","owner_name":"陈䶮","division":320200{extra}}}"#
        )
    };
    let text = format!("{}\n\n{}\n{{\"vin\":\n{{}}\n", object(""), object(r#","valid_until":"2027-05","x":1"#));
    let outcome = understood(text);
    assert_eq!(outcome.walk.format, Format::Ndjson);
    assert_eq!(outcome.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(told(&outcome)[..2], [(4, "", "not_json"), (5, "plate_number", "missing")]);
    assert_eq!(told(&outcome).len(), 12);
    assert_eq!(outcome.walk.unknown.names().collect::<Vec<_>>(), ["x"]);
}

#[test]
fn bytes_that_are_no_characters_name_the_column() {
    let mut bytes = format!("{HEADER}\n{GOOD}\n").into_bytes();
    let mut row = with(&[(11, "张@三")]).into_bytes();
    let broken = row.iter().position(|b| *b == b'@').expect("there");
    row[broken] = 0xC3;
    bytes.extend(row);
    let outcome = understood(bytes);
    assert_eq!(told(&outcome), [(3, "owner_name", "broken_characters")]);
    assert_eq!(told(&one(&[(11, "张\u{0}三")])), [(2, "owner_name", "control_character")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = understand(bytes.clone());
        let mut headed = format!("{HEADER}\n").into_bytes();
        headed.extend(&bytes);
        let _ = understand(headed);
        let mut json = b"{\"vin\":1}\n".to_vec();
        json.extend(&bytes);
        let _ = understand(json);
    }

    #[test]
    fn arbitrary_values_never_panic(values in proptest::collection::vec("\\PC{0,20}", 17)) {
        let quoted: Vec<String> = values.iter().map(|v| format!("\"{}\"", v.replace('"', "\"\""))).collect();
        let outcome = understood(format!("{HEADER}\n{},\n", quoted.join(",")));
        prop_assert!(outcome.rows.len() == 1 || outcome.rejects.iter().all(|r| r.line == 2));
    }
}
