//! One row of the register of vehicles, as it is written.

use std::fmt::Write;

use jiff::civil::Date;
use luzheng_domain::vehicle::{OwnerKind, YearMonth};

/// The columns of `vehicles.csv`, those of the interface description, in its order.
pub const COLUMNS: [&str; 17] = [
    "plate_number",
    "plate_type",
    "vin",
    "vehicle_type",
    "use_nature",
    "seats",
    "registered_on",
    "manufactured_on",
    "energy",
    "owner_kind",
    "owner_id",
    "owner_name",
    "phone",
    "division",
    "status",
    "valid_until",
    "insurance_until",
];

/// The same with the further columns that the importer also knows.
pub const ALL_COLUMNS: [&str; 20] = [
    "plate_number",
    "plate_type",
    "vin",
    "vehicle_type",
    "use_nature",
    "seats",
    "registered_on",
    "manufactured_on",
    "energy",
    "owner_kind",
    "owner_id",
    "owner_name",
    "phone",
    "division",
    "status",
    "valid_until",
    "insurance_until",
    "colour",
    "casualty_accident",
    "illegal_modification",
];

/// One vehicle in the words of the import format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// 号牌号码.
    pub plate_number: String,
    /// 号牌种类, two digits.
    pub plate_type: String,
    /// 车辆识别代号.
    pub vin: String,
    /// 车辆类型.
    pub vehicle_type: String,
    /// 使用性质.
    pub use_nature: char,
    /// 核定载客人数.
    pub seats: u16,
    /// 注册登记日期.
    pub registered_on: Date,
    /// 出厂日期.
    pub manufactured_on: Option<Date>,
    /// 能源种类.
    pub energy: String,
    /// 所有权.
    pub owner_kind: OwnerKind,
    /// 所有人证件号码.
    pub owner_id: String,
    /// 所有人.
    pub owner_name: String,
    /// 手机号码.
    pub phone: String,
    /// 登记机关区划代码.
    pub division: u32,
    /// 机动车状态, letters.
    pub status: String,
    /// 检验有效期止.
    pub valid_until: Option<YearMonth>,
    /// 交强险终止日期.
    pub insurance_until: Option<Date>,
    /// 车身颜色.
    pub colour: String,
    /// Whether an accident with casualties voids the exemption.
    pub casualty_accident: bool,
    /// Whether a punished modification voids it.
    pub illegal_modification: bool,
}

impl Row {
    /// Appends the row as a line of CSV without its end: the columns of [`COLUMNS`], or of [`ALL_COLUMNS`].
    pub fn write_csv(&self, out: &mut String, all: bool) {
        for text in [&self.plate_number, &self.plate_type, &self.vin, &self.vehicle_type] {
            field(out, text);
        }
        out.push(self.use_nature);
        // Writing into a String cannot fail.
        let _ = write!(out, ",{},{},", self.seats, self.registered_on);
        optional(out, self.manufactured_on);
        field(out, &self.energy);
        field(out, self.owner_kind.code());
        for text in [&self.owner_id, &self.owner_name, &self.phone] {
            field(out, text);
        }
        let _ = write!(out, "{},{},", self.division, self.status);
        optional(out, self.valid_until);
        optional(out, self.insurance_until);
        if all {
            field(out, &self.colour);
            let _ = write!(out, "{},{}", u8::from(self.casualty_accident), u8::from(self.illegal_modification));
        } else {
            out.pop();
        }
    }
}

/// One value and the comma behind it, quoted when it must be.
fn field(out: &mut String, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
    out.push(',');
}

fn optional(out: &mut String, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        let _ = write!(out, "{value}");
    }
    out.push(',');
}
