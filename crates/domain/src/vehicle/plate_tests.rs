use proptest::prelude::*;

use super::*;

fn plate(number: &str, kind: &str) -> Result<(String, Vec<Warning>), &'static str> {
    let kind = PlateType::parse(kind).expect("a kind");
    Plate::parse(number, kind).map(|c| (c.value.number.0, c.warnings)).map_err(|e| e.code())
}

#[test]
fn the_embedded_table_loads() {
    let table = load_types(include_str!("../../data/plate_types.csv")).expect("loads");
    assert_eq!(table.len(), 35);
    let registrable: Vec<&str> = table.iter().filter(|t| t.registrable).map(|t| t.code.as_str()).collect();
    let expected = "01 02 03 04 07 08 09 10 13 15 16 17 18 19 22 23 24 26 27 51 52";
    assert_eq!(registrable.join(" "), expected);
}

#[test]
fn plates_of_every_kind() {
    use Warning::{ManyPlateLetters, OldPlateShape, UnknownPlateAuthority, UnverifiedPlateShape};
    for (text, kind, canonical, warnings) in [
        ("苏B12345", "02", "苏B12345", vec![]),
        ("京A·8888A", "小型汽车", "京A8888A", vec![]),
        (" 粤ｂ•１2Ａ4z ", "02", "粤B12A4Z", vec![]),
        ("沪C.AB123", "1", "沪CAB123", vec![]),
        ("苏-B 1A2B3", "07", "苏B1A2B3", vec![]),
        ("苏BABC12", "02", "苏BABC12", vec![ManyPlateLetters]),
        ("云B12345", "02", "云B12345", vec![UnknownPlateAuthority]),
        ("京O12345", "02", "京O12345", vec![UnknownPlateAuthority]),
        ("苏BD12345", "52", "苏BD12345", vec![]),
        ("粤BF5678 9", "52", "粤BF56789", vec![]),
        ("粤BAQ1234", "52", "粤BAQ1234", vec![]),
        ("川AK01234", "52", "川AK01234", vec![]),
        ("苏B12345D", "51", "苏B12345D", vec![]),
        ("苏B12345K", "51", "苏B12345K", vec![]),
        ("鲁H1A34挂", "15", "鲁H1A34挂", vec![]),
        ("浙A1234学", "16", "浙A1234学", vec![]),
        ("浙A1234学", "17", "浙A1234学", vec![]),
        ("湘A0001警", "23", "湘A0001警", vec![]),
        ("湘A0001警", "24", "湘A0001警", vec![]),
        ("224001使", "03", "224001使", vec![]),
        ("使224001", "03", "使224001", vec![OldPlateShape]),
        ("沪22401领", "04", "沪22401领", vec![]),
        ("沪A0023领", "04", "沪A0023领", vec![OldPlateShape]),
        ("粤Z·A12B港", "26", "粤ZA12B港", vec![]),
        ("粤Z1234澳", "27", "粤Z1234澳", vec![]),
        ("粤Z12345澳", "27", "粤Z12345澳", vec![UnverifiedPlateShape]),
        ("京A临12345", "22", "京A临12345", vec![UnverifiedPlateShape]),
        ("京X1234应急", "99", "京X1234应急", vec![]),
        ("无123", "99", "", vec![]),
    ] {
        let expected = if canonical.is_empty() { Err("plate_character") } else { Ok((canonical.to_owned(), warnings)) };
        assert_eq!(plate(text, kind), expected, "{text} {kind}");
    }
}

#[test]
fn what_is_no_plate() {
    for (text, kind, code) in [
        ("", "02", "plate_empty"),
        ("·", "02", "plate_empty"),
        ("苏B1234", "02", "plate_shape"),
        ("苏B123456", "02", "plate_shape"),
        ("苏B1234I", "02", "plate_ambiguous_letter"),
        ("苏BO2345", "02", "plate_ambiguous_letter"),
        ("苏I12345", "02", "plate_ambiguous_letter"),
        ("学B12345", "02", "plate_province"),
        ("苏112345", "02", "plate_shape"),
        ("苏BD1234", "52", "plate_shape"),
        ("苏BL12345", "52", "plate_shape"),
        ("苏BDI2345", "52", "plate_ambiguous_letter"),
        ("苏BDA234B", "52", "plate_shape"),
        ("苏B1234AD", "51", "plate_shape"),
        ("苏BD12345", "51", "plate_shape"),
        ("苏B12345", "15", "plate_shape"),
        ("苏B1234学", "15", "plate_shape"),
        ("苏B1234挂", "02", "plate_shape"),
        ("22400使", "03", "plate_shape"),
        ("使22400A", "03", "plate_shape"),
        ("沪224011领", "04", "plate_shape"),
        ("粤A1234港", "26", "plate_shape"),
        ("粤Z1234澳", "26", "plate_shape"),
        ("粤Z123港", "26", "plate_shape"),
        ("苏B1234😀", "02", "plate_character"),
        ("苏B123456789", "02", "plate_too_long"),
    ] {
        assert_eq!(plate(text, kind), Err(code), "{text} {kind}");
    }
}

#[test]
fn kinds_by_code_and_name() {
    for (text, code) in
        [("2", "02"), ("０２", "02"), ("小型新能源汽车", "52"), ("蓝牌", "02"), ("挂车号牌", "15"), ("52", "52")]
    {
        assert_eq!(PlateType::parse(text).map(PlateType::code), Ok(code), "{text}");
    }
    for text in ["", "0", "00", "28", "002", "-2", "+2", "大车"] {
        assert!(PlateType::parse(text).is_err(), "{text}");
    }
    assert_eq!(PlateType::NEV_LARGE.colour(), PlateColour::YellowGreen);
    assert_eq!((PlateType::POLICE.code(), PlateType::POLICE.name_en()), ("23", "police vehicle"));
}

#[test]
fn the_dot_stands_after_the_authority_letter() {
    let dotted = |text: &str| text.parse::<PlateNumber>().map(|n| n.with_dot());
    assert_eq!(dotted("苏B12345"), Ok("苏B·12345".to_owned()));
    assert_eq!(dotted("224001使"), Ok("224001使".to_owned()));
}

proptest! {
    #[test]
    fn parse_and_display_are_inverse(province in 0usize..31, letter in "[A-HJ-NP-Z]", serial in "[A-HJ-NP-Z0-9]{5}", nev in "[DABCEFGHJK]", digits in "[0-9]{5}") {
        let province = crate::region::provinces()[province].plate;
        for (number, kind) in [
            (format!("{province}{letter}{serial}"), PlateType::SMALL),
            (format!("{province}{letter}{nev}{digits}"), PlateType::NEV_SMALL),
            (format!("{province}{letter}{digits}{nev}"), PlateType::NEV_LARGE),
        ] {
            let parsed = Plate::parse(&number, kind).expect("fits").value;
            prop_assert_eq!(parsed.number.as_str(), &number);
            prop_assert_eq!(Plate::parse(&parsed.number.with_dot(), kind).map(|c| c.value), Ok(parsed));
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,14}", kind in 0usize..35) {
        let kind = PlateType::all().nth(kind).expect("in the table");
        if let Ok(checked) = Plate::parse(&text, kind) {
            prop_assert_eq!(Plate::parse(checked.value.number.as_str(), kind), Ok(checked));
        }
    }

    #[test]
    fn arbitrary_plate_characters_never_panic(text in "[京苏粤ABZIO0-9挂学警使领港澳应急·]{0,9}", kind in 0usize..35) {
        let kind = PlateType::all().nth(kind).expect("in the table");
        if let Ok(checked) = Plate::parse(&text, kind) {
            prop_assert_eq!(Plate::parse(checked.value.number.as_str(), kind), Ok(checked));
        }
    }
}
