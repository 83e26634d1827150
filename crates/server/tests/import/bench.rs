//! What the tests of imports share: rows with sound check digits, a listener that remembers, both engines.

use jiff::Timestamp;
use jiff::civil::Date;
use luzheng::register::{Reject, Source};
use luzheng::usecase::import::{self, FileSummary, Listener, Options};
use luzheng_domain::vehicle::vin::check_digit;
use luzheng_store::Store;
use luzheng_store::vehicle::StoredVehicle;
use std::io::{self, Cursor};

/// The instant of the tests: 2026-11-21 10:00 in China.
pub fn now() -> Timestamp {
    "2026-11-21T02:00:00Z".parse().expect("an instant")
}

pub const HEADER: &str = "号牌号码,号牌种类,车辆识别代号,车辆类型,使用性质,核定载客人数,注册登记日期,出厂日期,能源种类,所有权,\
                          所有人证件号码,所有人,手机号码,登记机关区划代码,机动车状态,检验有效期止,交强险终止日期";

/// A row of the register, by its Chinese columns.
#[derive(Clone)]
pub struct Row(pub Vec<String>);

/// Places in [`HEADER`].
pub const PLATE: usize = 0;
pub const VIN: usize = 2;
pub const REGISTERED_ON: usize = 6;
pub const MADE_ON: usize = 7;
pub const OWNER_ID: usize = 10;
pub const OWNER_NAME: usize = 11;
pub const PHONE: usize = 12;
pub const STATUS: usize = 14;
pub const VALID_UNTIL: usize = 15;

/// A frame number of a Chinese maker with its right check digit.
pub fn vin(n: u32) -> String {
    let mut bytes: [u8; 17] = format!("LSVHJ1330P2{n:06}").into_bytes().try_into().expect("17 characters");
    bytes[8] = check_digit(&bytes).expect("letters and digits of a frame number") as u8;
    String::from_utf8(bytes.to_vec()).expect("ASCII")
}

/// The citizen number of somebody born on a day of 1980, with its right check character.
pub fn citizen(n: u32) -> String {
    let body = format!("3205001980{:02}{:02}{:03}", n / 28 % 12 + 1, n % 28 + 1, n / 336 % 1000);
    let weights = [7u32, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{body}{}", b"10X98765432"[sum as usize % 11] as char)
}

/// A sound row; different numbers give different vehicles and owners.
pub fn row(n: u32) -> Row {
    let text = format!(
        "苏E{n:05},02,{},K33,A,5,2023-05-12,2023-04-01,A,2,{},王小明,13800001234,320500,A,2027-05,2027-05-11",
        vin(n),
        citizen(n)
    );
    Row(text.split(',').map(str::to_owned).collect())
}

impl Row {
    pub fn with(mut self, place: usize, value: &str) -> Self {
        self.0[place] = value.to_owned();
        self
    }

    pub fn text(&self) -> String {
        self.0.join(",")
    }
}

/// A file of rows under the Chinese header.
pub fn csv(rows: &[Row]) -> String {
    let lines: Vec<String> = rows.iter().map(Row::text).collect();
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

/// Remembers `(line, column, code, value)`.
#[derive(Default)]
pub struct Ears {
    pub rejects: Vec<(u64, String, &'static str, String)>,
    pub rows: u64,
}

impl Listener for Ears {
    fn rejected(&mut self, _file: &str, reject: &Reject) -> io::Result<()> {
        let column = reject.column.unwrap_or("").to_owned();
        self.rejects.push((reject.line, column, reject.code, reject.value.clone()));
        Ok(())
    }

    fn progress(&mut self, _bytes: u64, rows: u64) {
        self.rows = rows;
    }
}

impl Ears {
    pub fn told(&self) -> Vec<(u64, &str, &str)> {
        self.rejects.iter().map(|(line, column, code, _)| (*line, column.as_str(), *code)).collect()
    }
}

pub async fn import_with(store: &Store, bytes: impl Into<Vec<u8>>, options: Options) -> (FileSummary, Ears) {
    import_at(store, bytes, options, now()).await
}

pub async fn import_at(
    store: &Store,
    bytes: impl Into<Vec<u8>>,
    options: Options,
    at: Timestamp,
) -> (FileSummary, Ears) {
    let source = Source::from_reader("test.csv", Cursor::new(bytes.into())).expect("it opens");
    let mut ears = Ears::default();
    let mut summary = import::vehicles(store, vec![source], &options, &mut ears, at).await.expect("the store works");
    let file = summary.files.remove(0);
    let parts = file.inserted
        + file.changed
        + file.owners_changed
        + file.unchanged
        + file.newer_here
        + file.rejected
        + file.held_back;
    assert_eq!(file.read, parts, "every row is accounted for");
    (file, ears)
}

pub async fn import(store: &Store, bytes: impl Into<Vec<u8>>) -> (FileSummary, Ears) {
    import_with(store, bytes, Options::default()).await
}

/// `(inserted, changed, unchanged, rejected)`.
pub fn counts(file: &FileSummary) -> (u64, u64, u64, u64) {
    (file.inserted, file.changed + file.owners_changed, file.unchanged, file.rejected)
}

pub async fn count(store: &Store) -> u64 {
    store.read().await.expect("the store works").vehicle_count().await.expect("counted")
}

pub async fn by_vin(store: &Store, n: u32) -> StoredVehicle {
    let mut tx = store.read().await.expect("the store works");
    tx.find_vehicle_by_vin(&vin(n).parse().expect("a VIN")).await.expect("the store works").expect("it is known")
}

pub fn day(text: &str) -> Date {
    text.parse().expect("a day")
}
