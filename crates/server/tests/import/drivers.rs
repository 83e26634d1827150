//! Registers of drivers: what goes in, what is explained, which photos come along, and what it means for licences that are current.

use crate::bench::Ears;
use crate::hall::Hall;
use jiff::Timestamp;
use luzheng::register::Source;
use luzheng::usecase::event::Outcome;
use luzheng::usecase::import::{self, DriverSource, FileSummary, Options};
use luzheng::usecase::licence::{Cause, Places, issue};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::LicenceNumber;
use luzheng_store::Store;
use luzheng_store::credential::CredentialState;
use luzheng_store::driver::StoredDriver;
use luzheng_store::testing::engines;
use serde_json::json;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

const HEADER: &str = "驾驶证号,姓名,性别,国籍,出生日期,准驾车型,初次领证日期,有效期始,有效期止,档案编号,发证机关区划代码,驾驶证状态,累积记分,手机号码,照片,电子驾驶证申领日期";
const NUMBER: usize = 0;
const NAME: usize = 1;
const CLASSES: usize = 5;
const UNTIL: usize = 8;
const STATUS: usize = 11;
const POINTS: usize = 12;
const PHOTO: usize = 14;

fn now() -> Timestamp {
    crate::bench::now()
}

/// The number of a man born on 1988-07-06, with its check character.
fn number(n: u32) -> String {
    let body = format!("32050019880706{:03}", n * 2 + 1);
    let weights = [7u32, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{body}{}", b"10X98765432"[sum as usize % 11] as char)
}

/// A sound row; different numbers give different drivers.
fn row(n: u32) -> Vec<String> {
    let text = format!(
        "{},王小明,男,中国,1988-07-06,C1,2010-08-09,2016-08-09,2026-12-09,3205{n:08},320500,A,3,13800001234,,2022-03-04",
        number(n)
    );
    text.split(',').map(str::to_owned).collect()
}

fn with(mut row: Vec<String>, changes: &[(usize, &str)]) -> Vec<String> {
    for (place, value) in changes {
        row[*place] = (*value).to_owned();
    }
    row
}

fn csv(rows: &[Vec<String>]) -> String {
    let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

async fn import_with(
    store: &Store,
    bytes: impl Into<Vec<u8>>,
    photos: &[&Path],
    options: Options,
    at: Timestamp,
) -> (FileSummary, Ears) {
    let source = Source::from_reader("drivers.csv", Cursor::new(bytes.into())).expect("it opens");
    let photos = photos.iter().map(|path| PathBuf::from(*path)).collect();
    let mut ears = Ears::default();
    let sources = vec![DriverSource { source, photos }];
    let mut summary = import::drivers(store, sources, &options, &mut ears, at).await.expect("the store works");
    let file = summary.files.remove(0);
    let parts = file.inserted + file.changed + file.unchanged + file.newer_here + file.rejected + file.held_back;
    assert_eq!(file.read, parts, "every row is accounted for");
    (file, ears)
}

async fn import(store: &Store, bytes: impl Into<Vec<u8>>) -> (FileSummary, Ears) {
    import_with(store, bytes, &[], Options::default(), now()).await
}

/// `(inserted, changed, unchanged, rejected)`.
fn counts(file: &FileSummary) -> (u64, u64, u64, u64) {
    (file.inserted, file.changed, file.unchanged, file.rejected)
}

async fn by_number(store: &Store, n: u32) -> StoredDriver {
    let number = LicenceNumber::parse(&number(n)).expect("a number").value;
    let mut tx = store.read().await.expect("the store works");
    tx.find_driver_by_number(&number).await.expect("the store works").expect("known")
}

async fn count(store: &Store) -> u64 {
    store.read().await.expect("the store works").driver_count().await.expect("counted")
}

#[tokio::test]
async fn the_damaged_register() {
    let wide = |text: &str| {
        let wide =
            |c: char| if c.is_ascii_digit() { char::from_u32(u32::from(c) + 0xFEE0).expect("a digit") } else { c };
        text.chars().map(wide).collect::<String>()
    };
    let full_width = wide(&number(2));
    let rows = [
        with(row(1), &[(NAME, "陈䶮"), (UNTIL, "长期"), (STATUS, "正常")]),
        with(row(2), &[(NUMBER, &full_width), (NAME, "李𬭎"), (STATUS, "超分、扣留"), (POINTS, "12")]),
        with(row(3), &[(CLASSES, "\"Ａ２、Ｄ\""), (UNTIL, "long-term")]),
        with(row(1), &[(NAME, "陈䶮"), (UNTIL, "长期"), (STATUS, "正常")]),
        with(row(2), &[(CLASSES, "C2")]),
        with(row(4), &[(CLASSES, "C9"), (UNTIL, "2026-02-30")]),
        with(row(5), &[(NUMBER, "110105194912310021")]),
        row(6).into_iter().take(9).collect(),
    ];
    let text = csv(&rows).replace('\n', "\r\n");
    let bytes = encoding_rs::GB18030.encode(&text).0.into_owned();
    for store in engines().await {
        let (file, ears) = import(&store, bytes.clone()).await;
        assert_eq!((counts(&file), file.encoding), ((3, 0, 0, 5), Some("GB18030")));
        assert_eq!(
            ears.told(),
            [
                (5, "licence_number", "duplicate_row"),
                (6, "licence_number", "duplicate_licence"),
                (7, "classes", "class_unknown"),
                (7, "valid_until", "impossible_date"),
                (8, "licence_number", "citizen_number_check"),
                (9, "", "truncated_row"),
            ]
        );
        assert_eq!(ears.rejects[4].3, "1****************1");
        assert!(ears.rejects.iter().all(|r| !r.3.contains(&number(1)) && !r.3.contains("陈䶮")));
        let first = by_number(&store, 1).await;
        assert_eq!((first.facts.name.as_str(), first.facts.valid_until), ("陈䶮", None));
        assert_eq!(first.applied_on, Some("2022-03-04".parse().expect("a day")));
        let second = by_number(&store, 2).await;
        assert_eq!(second.facts.status.to_string(), "UB");
        assert_eq!(second.facts.points.sum_on(second.facts.first_issued_on, "2026-11-21".parse().expect("a day")), 12);
        assert_eq!(by_number(&store, 3).await.facts.classes.to_string(), "A2D");
        let owner =
            store.read().await.expect("it reads").find_owner(first.owner).await.expect("it reads").expect("one");
        assert_eq!((owner.details.name.as_str(), owner.details.phone.as_deref()), ("陈䶮", Some("13800001234")));

        let (again, ears_again) = import(&store, bytes.clone()).await;
        assert_eq!(counts(&again), (0, 0, 3, 5));
        assert_eq!(ears_again.rejects, ears.rejects);
        assert!(again.nothing_changed && again.imported_before.is_some() && !file.nothing_changed);
        assert_eq!(by_number(&store, 1).await.version, 1);
    }
}

#[tokio::test]
async fn one_register_in_every_format() {
    let rows: Vec<_> = (1..=3).map(row).collect();
    let text = csv(&rows);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).expect("memory");
    let ndjson: String = rows
        .iter()
        .map(|row| {
            let members = HEADER.split(',').zip(row).map(|(k, v)| (k.to_owned(), json!(v)));
            format!("{}\n", serde_json::Value::Object(members.collect()))
        })
        .collect();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (line, row) in (0u32..).zip(std::iter::once(HEADER.split(',').map(str::to_owned).collect()).chain(rows.clone()))
    {
        for (column, value) in (0u16..).zip(row) {
            sheet.write_string(line, column, value).expect("a cell");
        }
    }
    let book = book.save_to_buffer().expect("memory");
    let packed = packed.finish().expect("memory");
    for store in engines().await {
        assert_eq!(counts(&import(&store, text.clone()).await.0), (3, 0, 0, 0));
        for (name, bytes) in [
            ("tabs", text.replace(',', "\t").into_bytes()),
            ("mark", format!("\u{FEFF}{text}").into_bytes()),
            ("gzip", packed.clone()),
            ("ndjson", ndjson.clone().into_bytes()),
            ("gb18030", encoding_rs::GB18030.encode(&text).0.into_owned()),
            ("xlsx", book.clone()),
        ] {
            let (file, ears) = import(&store, bytes).await;
            assert_eq!((counts(&file), ears.told()), ((0, 0, 3, 0), vec![]), "{name}");
        }
    }
}

#[tokio::test]
async fn photos_come_along_and_bad_ones_cost_only_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let jpeg = luzheng::synth::portrait::card_photo(3, 1, false);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("a file");
    write("good.jpg", &jpeg);
    write("cut.jpg", &jpeg[..jpeg.len() / 3]);
    write("text.jpg", b"not a picture at all");
    std::fs::create_dir(folder.path().join("folder.jpg")).expect("a folder");
    let names = ["good.jpg", "cut.jpg", "text.jpg", "missing.jpg", "../good.jpg", "folder.jpg", ""];
    let rows: Vec<_> = (1..).zip(names).map(|(n, name)| with(row(n), &[(PHOTO, name)])).collect();
    for store in engines().await {
        let photos: &[&Path] = &[folder.path()];
        let (file, ears) = import_with(&store, csv(&rows), photos, Options::default(), now()).await;
        assert_eq!((counts(&file), file.photos, file.warned), ((7, 0, 0, 0), 1, 5));
        assert_eq!(
            ears.told(),
            [
                (3, "photo", "photo_refused"),
                (4, "photo", "photo_refused"),
                (5, "photo", "photo_missing"),
                (7, "photo", "photo_missing"),
            ]
        );
        let first = by_number(&store, 1).await;
        let mut tx = store.read().await.expect("it reads");
        let photo = tx.current_photo(first.id).await.expect("it reads").expect("a photo");
        let kept = tx.find_photo(first.id, photo.id).await.expect("it reads").expect("its bytes");
        assert!(kept != jpeg && kept.starts_with(&[0xFF, 0xD8]), "written anew");
        drop(tx);
        let (again, _) = import_with(&store, csv(&rows), photos, Options::default(), now()).await;
        assert_eq!((counts(&again), again.photos, again.nothing_changed), ((0, 0, 7, 0), 0, true));
        let (without, ears) = import(&store, csv(&rows)).await;
        assert_eq!(counts(&without), (0, 0, 7, 0), "a photo that is not there takes none away");
        assert_eq!(ears.told().len(), 5);
    }
}

#[tokio::test]
async fn strict_and_dry_runs_leave_nothing_behind() {
    let rows = [row(1), with(row(2), &[(CLASSES, "C9")]), row(3)];
    for store in engines().await {
        let dry = Options { dry_run: true, ..Options::default() };
        assert_eq!(counts(&import_with(&store, csv(&rows), &[], dry, now()).await.0), (2, 0, 0, 1));
        assert_eq!(count(&store).await, 0);
        let strict = Options { strict: true, ..Options::default() };
        let (file, _) = import_with(&store, csv(&rows), &[], strict, now()).await;
        assert_eq!((counts(&file), file.held_back, count(&store).await), ((0, 0, 0, 1), 2, 0));
        let (file, _) = import_with(&store, csv(&[row(1), row(3)]), &[], strict, now()).await;
        assert_eq!((counts(&file), count(&store).await), ((2, 0, 0, 0), 2));
    }
}

#[tokio::test]
async fn what_events_said_survives_an_export_and_an_old_export_changes_nothing() {
    for hall in Hall::open_all().await {
        let store = &hall.app.store;
        let at = hall.app.clock.now();
        let import = async |rows: &[Vec<String>], options| import_with(store, csv(rows), &[], options, at).await.0;
        // A penalty that came before its driver waits, and is taken up by the import.
        let penalty = json!({"source": "t", "id": "p", "type": "driver.points_entered", "occurred_at": "2026-11-18T10:00:00+08:00",
            "subject": {"licence_number": number(1)}, "data": {"penalty_number": "P", "points": 6}});
        hall.event(&penalty).await;
        let before = "2026-11-01T00:00:00+08:00".parse().expect("an instant");
        let of_november = Options { as_of: Some(before), ..Options::default() };
        assert_eq!(counts(&import(&[row(1)], of_november).await), (1, 0, 0, 0));
        hall.run_jobs().await;
        let sum = async || {
            let facts = by_number(store, 1).await.facts;
            facts.points.sum_on(facts.first_issued_on, hall.app.clock.today())
        };
        assert_eq!(sum().await, 9, "three of the export, six of the penalty");
        assert_eq!(hall.event(&penalty).await.first_outcome, Some(Outcome::Applied));
        assert_eq!(counts(&import(&[row(1)], of_november).await), (0, 0, 1, 0), "the same export again");
        assert_eq!(sum().await, 9);
        let older = with(row(1), &[(STATUS, "D")]);
        let left_alone = import(std::slice::from_ref(&older), of_november).await;
        assert_eq!((left_alone.newer_here, sum().await), (1, 9));
        let medical = json!({"source": "t", "id": "m", "type": "driver.medical_submitted", "occurred_at": "2026-11-19T10:00:00+08:00",
            "subject": {"licence_number": number(1)}, "data": {}});
        hall.event(&medical).await;
        let today = with(older, &[(POINTS, "9")]);
        assert_eq!(counts(&import(&[today], Options::default()).await), (0, 1, 0, 0));
        let facts = by_number(store, 1).await.facts;
        assert_eq!((facts.status.to_string(), facts.points.entries.len()), ("D".into(), 1));
        assert!(facts.last_medical_on.is_some(), "no export says it, and none takes it away");
        assert_eq!(sum().await, 9);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_current_licence_follows_the_register() {
    for hall in Hall::open_all().await {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, face) in [("a.jpg", 1), ("b.jpg", 2)] {
            let bytes = luzheng::synth::portrait::card_photo(1, face, false);
            std::fs::write(folder.path().join(name), bytes).expect("a file");
        }
        let (store, at) = (&hall.app.store, hall.app.clock.now());
        let import = async |row: Vec<String>| {
            let (file, _) = import_with(store, csv(&[row]), &[folder.path()], Options::default(), at).await;
            hall.run_jobs().await;
            file
        };
        import(with(row(1), &[(PHOTO, "a.jpg")])).await;
        let driver = by_number(store, 1).await;
        let photo =
            store.read().await.expect("it reads").current_photo(driver.id).await.expect("it reads").expect("one").id;
        let mut places = Places::take(&hall.app, at).await.expect("places");
        let mut tx = store.write().await.expect("it writes");
        let cause = Cause { actor: "test", cause: "test", true_at: at, now: at };
        issue::issue_to(&mut tx, &driver, photo, Reason::Migrated, &cause, &mut places).await.expect("issued");
        tx.commit().await.expect("it commits");
        let current = async || {
            let mut tx = store.read().await.expect("it reads");
            tx.find_current_credential(driver.id, CredentialKind::DrivingLicence).await.expect("it reads")
        };
        let first = current().await.expect("a licence");
        let second_photo = with(row(1), &[(PHOTO, "b.jpg"), (CLASSES, "C1D")]);
        import(second_photo.clone()).await;
        let second = current().await.expect("a licence");
        assert_eq!((second.class.as_str(), second.replaces), ("C1D", Some(first.id)));
        assert!(second.photo.is_some() && second.photo != first.photo);
        import(second_photo.clone()).await;
        assert_eq!(current().await.expect("a licence").id, second.id, "the same again changes nothing");
        import(with(second_photo.clone(), &[(STATUS, "U")])).await;
        let red = current().await.expect("a licence");
        assert!(red.id == second.id && matches!(red.state, CredentialState::Suspended { .. }));
        import(with(second_photo.clone(), &[(STATUS, "A")])).await;
        assert_eq!(current().await.expect("a licence").state, CredentialState::Current);
        import(with(second_photo, &[(STATUS, "F")])).await;
        assert_eq!(current().await, None, "revoked");
        let notices = store.read().await.expect("it reads").notices(driver.owner, None, 50).await.expect("it reads");
        let mut kinds: Vec<_> = notices.iter().map(|n| n.kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["licence_red", "licence_replaced", "licence_restored", "licence_withdrawn"]);
        hall.check_everything().await;
    }
}
