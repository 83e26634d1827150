//! What goes in and what is explained.

use crate::bench::{
    HEADER, MADE_ON, OWNER_ID, OWNER_NAME, PHONE, PLATE, REGISTERED_ON, VALID_UNTIL, VIN, by_vin, count, counts, csv,
    day, import, import_with, row,
};
use luzheng::usecase::import::Options;
use luzheng_store::testing::engines;
use std::io::Write;

/// The register of the issue: GB18030, Chinese headers, full-width digits, dotted plates, rare characters, repeated rows, impossible
/// dates, wrong check digits, truncated lines.
fn damaged() -> Vec<u8> {
    let wide = |text: &str| {
        let wide =
            |c: char| if c.is_ascii_digit() { char::from_u32(u32::from(c) + 0xFEE0).expect("a digit") } else { c };
        text.chars().map(wide).collect::<String>()
    };
    let wrong_vin = row(8).0[VIN].replace("J1", "J2");
    let rows = [
        row(1).with(PLATE, "苏E·00001").with(OWNER_NAME, "陈䶮"),
        row(2).with(PLATE, &wide("苏E00002")).with(OWNER_NAME, "李𬭎").with(PHONE, &wide("13800001234")),
        row(3).with(OWNER_NAME, "王㛃").with(REGISTERED_ON, "20230512").with(MADE_ON, "2023/4/1"),
        row(1).with(OWNER_NAME, "陈䶮"),
        row(2).with(OWNER_NAME, "李𬭎").with(VALID_UNTIL, "2028-05"),
        row(4).with(PLATE, "苏E99999").with(VIN, &row(3).0[VIN]),
        row(5).with(REGISTERED_ON, "2023-02-30"),
        row(6).with(OWNER_ID, "110105194912310021").with(VALID_UNTIL, "2027-13"),
        row(8).with(VIN, &wrong_vin),
        row(7),
        row(9).with(OWNER_NAME, "\"王"),
        row(10).with(OWNER_NAME, "\"王,小\"\"明\""),
    ];
    let mut lines: Vec<String> = rows.iter().map(|row| format!("{},x", row.text())).collect();
    lines[9] = lines[9].chars().take(60).collect();
    let text = format!("{HEADER},备注\r\n{}\r\n", lines.join("\r\n"));
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

#[tokio::test]
async fn the_damaged_register() {
    for store in engines().await {
        let (file, ears) = import(&store, damaged()).await;
        assert_eq!(counts(&file), (4, 0, 0, 8));
        assert_eq!((file.encoding, file.unknown_columns.as_slice()), (Some("GB18030"), &["备注".to_owned()][..]));
        assert_eq!(
            ears.told(),
            [
                (5, "plate_number", "duplicate_row"),
                (6, "plate_number", "duplicate_plate"),
                (7, "vin", "duplicate_vin"),
                (8, "registered_on", "impossible_date"),
                (9, "owner_id", "citizen_number_check"),
                (9, "valid_until", "impossible_date"),
                (10, "vin", "vin_check_digit"),
                (11, "", "truncated_row"),
                (12, "", "open_quote"),
            ]
        );
        let masked = ears.rejects.iter().find(|r| r.1 == "owner_id").expect("told");
        assert_eq!(masked.3, "1****************1");
        let mut tx = store.read().await.expect("the store works");
        for (n, name) in [(1, "陈䶮"), (2, "李𬭎"), (3, "王㛃"), (10, "王,小\"明")] {
            let vehicle = by_vin(&store, n).await;
            assert_eq!(vehicle.facts.plate.number.as_str(), format!("苏E{n:05}"));
            assert_eq!(
                (vehicle.facts.registered_on, vehicle.facts.manufactured_on),
                (day("2023-05-12"), Some(day("2023-04-01")))
            );
            let owner = tx.find_owner(vehicle.facts.owner).await.expect("the store works").expect("known");
            assert_eq!((owner.details.name.as_str(), owner.details.phone.as_deref()), (name, Some("13800001234")));
        }
        drop(tx);

        let (again, ears_again) = import(&store, damaged()).await;
        assert_eq!(counts(&again), (0, 0, 4, 8));
        assert_eq!(ears_again.rejects, ears.rejects);
        assert!(again.nothing_changed && again.imported_before.is_some());
        assert!(!file.nothing_changed && file.imported_before.is_none());
        assert_eq!(by_vin(&store, 1).await.version, 1);
    }
}

#[tokio::test]
async fn one_register_in_every_format() {
    let rows: Vec<_> = (1..=3).map(row).collect();
    let text = csv(&rows);
    let packed = {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(text.as_bytes()).expect("memory");
        out.finish().expect("memory")
    };
    let ndjson: String = rows
        .iter()
        .map(|row| {
            let members =
                HEADER.split(',').zip(&row.0).map(|(k, v)| (k.to_owned(), serde_json::Value::from(v.as_str())));
            format!("{}\n", serde_json::Value::Object(members.collect()))
        })
        .collect();
    for store in engines().await {
        let (first, _) = import(&store, text.clone()).await;
        assert_eq!(counts(&first), (3, 0, 0, 0));
        for (name, bytes) in [
            ("tabs", text.replace(',', "\t").into_bytes()),
            ("mark", format!("\u{FEFF}{text}").into_bytes()),
            ("gzip", packed.clone()),
            ("ndjson", ndjson.clone().into_bytes()),
            ("gb18030", encoding_rs::GB18030.encode(&text).0.into_owned()),
            ("xlsx", workbook(&rows.iter().map(|r| r.0.clone()).collect::<Vec<_>>())),
        ] {
            let (file, ears) = import(&store, bytes).await;
            assert_eq!((counts(&file), ears.told()), ((0, 0, 3, 0), vec![]), "{name}");
        }
    }
}

/// A workbook as people make them: dates as dates, numbers as numbers (leading zeros gone), a second sheet with something else.
fn workbook(rows: &[Vec<String>]) -> Vec<u8> {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let mut book = Workbook::new();
    let date_format = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet();
    for (column, name) in (0u16..).zip(HEADER.split(',')) {
        sheet.write_string(0, column, name).expect("a cell");
    }
    for (line, row) in (1u32..).zip(rows) {
        for (column, value) in (0u16..).zip(row) {
            let number = value.parse::<f64>().ok().filter(|_| value.len() < 12);
            let date = ExcelDateTime::parse_from_str(value).ok().filter(|_| value.len() == 10);
            match (date, number) {
                (Some(date), _) => sheet.write_datetime_with_format(line, column, &date, &date_format),
                (None, Some(number)) => sheet.write_number(line, column, number),
                (None, None) => sheet.write_string(line, column, value),
            }
            .expect("a cell");
        }
    }
    book.add_worksheet().set_name("说明").expect("a name");
    book.save_to_buffer().expect("memory")
}

#[tokio::test]
async fn a_workbook_names_what_it_left_out_and_what_it_lost() {
    let store = luzheng_store::testing::sqlite().await;
    let mut rows = vec![row(1).0, row(2).0];
    // What a spreadsheet makes of an identity number typed as a number.
    rows[1][OWNER_ID] = "1.10105194912E+17".into();
    let (file, ears) = import(&store, workbook(&rows)).await;
    assert_eq!(counts(&file), (1, 0, 0, 1));
    assert_eq!(ears.told(), [(3, "owner_id", "digits_lost")]);
    assert_eq!(file.sheets_left_out, ["说明"]);
}

#[tokio::test]
async fn strict_is_all_or_nothing_and_dry_is_nothing() {
    let strict = Options { strict: true, ..Options::default() };
    let dry = Options { dry_run: true, ..Options::default() };
    let sound = csv(&(1..=3).map(row).collect::<Vec<_>>());
    let bad = csv(&[row(4), row(5).with(REGISTERED_ON, "2023-02-30")]);
    let repeated = csv(&[row(6), row(6)]);
    for store in engines().await {
        let (file, _) = import_with(&store, sound.clone(), dry).await;
        assert_eq!((counts(&file), count(&store).await), ((3, 0, 0, 0), 0));

        let (file, ears) = import_with(&store, bad.clone(), strict).await;
        assert_eq!((counts(&file), file.held_back, count(&store).await), ((0, 0, 0, 1), 1, 0));
        assert_eq!(ears.told(), [(3, "registered_on", "impossible_date")]);

        let (file, _) = import_with(&store, sound.clone(), strict).await;
        assert_eq!((counts(&file), count(&store).await), ((3, 0, 0, 0), 3));

        // The same row twice loses nothing and does not hold a register back.
        let (file, ears) = import_with(&store, repeated.clone(), strict).await;
        assert_eq!((counts(&file), count(&store).await), ((1, 0, 0, 1), 4));
        assert_eq!(ears.told(), [(3, "plate_number", "duplicate_row")]);
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_keeps_what_was_read_unless_strict() {
    let text = csv(&(1..=6000).map(row).collect::<Vec<_>>());
    let mut packed = {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(text.as_bytes()).expect("memory");
        out.finish().expect("memory")
    };
    packed.truncate(packed.len() * 3 / 4);
    let store = luzheng_store::testing::sqlite().await;
    let (file, _) = import_with(&store, packed.clone(), Options { strict: true, ..Options::default() }).await;
    assert_eq!((file.failure.map(|f| f.code), count(&store).await), (Some("read_broke_off"), 0));
    let (file, _) = import(&store, packed).await;
    let failure = file.failure.expect("it broke off");
    assert!(failure.message.contains("behind line"), "{}", failure.message);
    assert_eq!(count(&store).await, file.inserted);
    assert!(file.inserted > 2_000 && file.inserted < 6_000);
    let (whole, _) = import(&store, text).await;
    assert_eq!((whole.unchanged, whole.inserted + whole.unchanged), (file.inserted, 6_000));
}
