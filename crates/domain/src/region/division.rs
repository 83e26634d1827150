//! Administrative divisions 行政区划 (GB/T 2260) with the days they were valid. Retired codes are kept: they live on in citizens'
//! numbers and old records.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;

use crate::checked::{Checked, Warning};
use crate::table::{self, TableError};
use crate::text::{Text, normal_code};

/// A six-digit code, known or not. Text form: six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Division(u32);

/// The text is not a division code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a six-digit division code")]
pub struct NotADivision(pub String);

impl NotADivision {
    /// The stable code of this error.
    pub const CODE: &'static str = "not_a_division";
}

/// How deep in the tree a division stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Province, autonomous region, municipality.
    Province,
    /// Prefecture, city.
    Prefecture,
    /// County, district, county-level city.
    County,
}

/// One row of the table: a division as it was from `valid_from` to `valid_to` inclusive (`None` = open).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DivisionRow {
    /// The code.
    pub division: Division,
    /// Its own name, e.g. 苏州市.
    pub name: Text,
    /// How deep it stands.
    pub level: Level,
    /// The division above; `None` for provinces.
    pub parent: Option<Division>,
    /// First day; `None` = before the table begins.
    pub valid_from: Option<Date>,
    /// Last day; `None` = still valid.
    pub valid_to: Option<Date>,
}

/// A province-level division with its plate character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Province {
    /// The code, e.g. 320000.
    pub division: Division,
    /// 江苏省, Jiangsu.
    pub name: Text,
    /// The first character of its plates, e.g. 苏.
    pub plate: char,
}

impl Division {
    /// A code of six digits whose first is not 0.
    pub const fn new(code: u32) -> Option<Self> {
        if code >= 100_000 && code <= 999_999 { Some(Self(code)) } else { None }
    }

    /// The number.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The province it lies in: `320000`.
    pub const fn province(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }

    /// The prefecture it lies in: `320500`. A province is its own prefecture.
    pub const fn prefecture(self) -> Self {
        Self(self.0 / 100 * 100)
    }

    /// Whether `self` is `area` or lies in it; trailing `00` pairs of the area stand for everything below.
    pub const fn is_in(self, area: Self) -> bool {
        self.0 == area.0
            || (area.0.is_multiple_of(10_000) && self.province().0 == area.0)
            || (area.0.is_multiple_of(100) && self.prefecture().0 == area.0)
    }

    /// Reads a code and says when it is retired or unknown on a day.
    pub fn parse(text: &str, on: Date) -> Result<Checked<Self>, NotADivision> {
        let division: Self = text.parse()?;
        let mut warnings = Vec::new();
        if find_division(division, on).is_none() {
            warnings.push(if is_listed(division) { Warning::RetiredDivision } else { Warning::UnknownDivision });
        }
        Ok(Checked { value: division, warnings })
    }
}

impl std::fmt::Display for Division {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl std::str::FromStr for Division {
    type Err = NotADivision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = normal_code(text);
        let number = if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) { code.parse().ok() } else { None };
        number.and_then(Self::new).ok_or_else(|| NotADivision(text.chars().take(40).collect()))
    }
}

crate::text::serde_as_text!(Division);

#[derive(Debug)]
struct Table {
    rows: Vec<DivisionRow>,
    /// Row numbers of each code, oldest first.
    by_code: HashMap<Division, Vec<usize>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    load_divisions(include_str!("../../data/divisions.tsv")).expect("the embedded table is checked by a test")
});

static PROVINCES: LazyLock<Vec<Province>> = LazyLock::new(|| {
    load_provinces(include_str!("../../data/provinces.csv")).expect("the embedded table is checked by a test")
});

fn load_divisions(text: &str) -> Result<Table, TableError> {
    let rows = table::rows("divisions", text, b'\t', |row| {
        let level = match row.some("level")? {
            "1" => Level::Province,
            "2" => Level::Prefecture,
            "3" => Level::County,
            other => return Err(row.wrong(format!("level: {other:?} is not 1, 2 or 3"))),
        };
        let name_zh = row.some("name")?;
        let name_en = row.get("name_en")?;
        let parsed = DivisionRow {
            division: row.parse("code")?,
            name: Text::made(name_zh, if name_en.is_empty() { name_zh } else { name_en }),
            level,
            parent: row.parse_optional("parent")?,
            valid_from: row.parse_optional("valid_from")?,
            valid_to: row.parse_optional("valid_to")?,
        };
        if parsed.parent.is_none() != (level == Level::Province) {
            return Err(row.wrong("a province has no parent, everything else has one"));
        }
        if let (Some(from), Some(to)) = (parsed.valid_from, parsed.valid_to)
            && from > to
        {
            return Err(row.wrong("valid_from is after valid_to"));
        }
        Ok((row.line(), parsed))
    })?;
    let mut by_code: HashMap<Division, Vec<usize>> = HashMap::new();
    for (i, (line, row)) in rows.iter().enumerate() {
        let wrong = |problem: String| TableError { table: "divisions", line: *line, problem };
        if row.parent.is_some_and(|parent| !by_code.contains_key(&parent)) {
            return Err(wrong("parent: not in a line before".into()));
        }
        let before = by_code.entry(row.division).or_default();
        if let Some(last) = before.last() {
            let (_, last): &(u64, DivisionRow) = &rows[*last];
            if last.valid_to.is_none() || row.valid_from.is_none() || last.valid_to >= row.valid_from {
                return Err(wrong(format!("{} overlaps its line before", row.division)));
            }
        }
        before.push(i);
    }
    Ok(Table { rows: rows.into_iter().map(|(_, row)| row).collect(), by_code })
}

fn load_provinces(text: &str) -> Result<Vec<Province>, TableError> {
    let mut seen = Vec::new();
    table::rows("provinces", text, b',', |row| {
        let plate: char = row.parse("plate")?;
        let division: Division = row.parse("code")?;
        if division != division.province() || seen.contains(&division) {
            return Err(row.wrong("code: four zeros at the end, each once"));
        }
        seen.push(division);
        Ok(Province { division, name: Text::made(row.some("name_zh")?, row.some("name_en")?), plate })
    })
}

/// The division of a code as it stood on a day.
pub fn find_division(division: Division, on: Date) -> Option<&'static DivisionRow> {
    let rows = TABLE.by_code.get(&division)?.iter().map(|i| &TABLE.rows[*i]);
    rows.into_iter().find(|row| row.valid_from.is_none_or(|from| from <= on) && row.valid_to.is_none_or(|to| on <= to))
}

/// The divisions directly below one as they stood on a day, in the order of the table; the provinces when none is given.
pub fn divisions_under(parent: Option<Division>, on: Date) -> impl Iterator<Item = &'static DivisionRow> {
    let stands = move |row: &&DivisionRow| {
        row.parent == parent && row.valid_from.is_none_or(|from| from <= on) && row.valid_to.is_none_or(|to| on <= to)
    };
    TABLE.rows.iter().filter(stands)
}

/// Whether a code is in the table, retired or not.
pub fn is_listed(division: Division) -> bool {
    TABLE.by_code.contains_key(&division)
}

/// The newest row of a code, retired or not.
fn newest(division: Division) -> Option<&'static DivisionRow> {
    TABLE.by_code.get(&division)?.last().map(|i| &TABLE.rows[*i])
}

/// The full name of a division, retired ones included: 江苏省苏州市, "Suzhou, Jiangsu". `None` when the code is not in the table.
/// A municipality's districts follow its name directly (北京市朝阳区).
pub fn division_name(division: Division) -> Option<Text> {
    let mut row = newest(division)?;
    let mut zh = row.name.zh.to_string();
    let mut en = row.name.en.to_string();
    while let Some(parent) = row.parent.and_then(newest) {
        zh.insert_str(0, &parent.name.zh);
        en = format!("{en}, {}", parent.name.en);
        row = parent;
    }
    Some(Text::made(zh, en))
}

/// The 31 provinces, autonomous regions and municipalities of the mainland, in the order of their codes.
pub fn provinces() -> &'static [Province] {
    &PROVINCES
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn division(code: u32) -> Division {
        Division::new(code).expect("six digits")
    }

    #[test]
    fn what_lies_below_changes_with_the_day() {
        let codes = |parent: Option<u32>, on: &str| -> Vec<u32> {
            let on = on.parse().expect("a day");
            divisions_under(parent.and_then(Division::new), on).map(|row| row.division.code()).collect()
        };
        assert!(codes(None, "2026-11-20").len() >= 31 && codes(None, "2026-11-20").contains(&320_000));
        assert!(codes(Some(320_000), "2026-11-20").contains(&320_500));
        assert!(codes(Some(320_500), "2026-11-20").contains(&320_506), "吴中区");
        assert_eq!(codes(Some(320_506), "2026-11-20"), [0; 0]);
        // Xuanwu of Beijing (110104) went in 2010.
        assert!(!codes(Some(110_000), "2026-11-20").contains(&110_104));
    }

    #[test]
    fn the_embedded_tables_load() {
        let table = load_divisions(include_str!("../../data/divisions.tsv")).expect("loads");
        let count = |level| table.rows.iter().filter(|r| r.level == level && r.valid_to.is_none()).count();
        assert_eq!((count(Level::Province), count(Level::County) > 2_800), (34, true));
        let provinces = load_provinces(include_str!("../../data/provinces.csv")).expect("loads");
        let plates: String = provinces.iter().map(|p| p.plate).collect();
        assert_eq!(plates, "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新");
        assert!(provinces.iter().all(|p| newest(p.division).is_some_and(|row| row.name == p.name)));
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        let head = "code\tname\tname_en\tlevel\tparent\tvalid_from\tvalid_to\n110000\t北京市\tBeijing\t1\t\t\t\n";
        for bad in [
            "1101\t东城区\t\t3\t110000\t\t\n",
            "110101\t东城区\t\t4\t110000\t\t\n",
            "110101\t东城区\t\t3\t120000\t\t\n",
            "110101\t东城区\t\t3\t\t\t\n",
            "110101\t东城区\t\t3\t110000\t2020-01-02\t2020-01-01\n",
            "110000\t北京市\t\t1\t\t2020-01-01\t\n",
        ] {
            assert_eq!(load_divisions(&format!("{head}{bad}")).map_err(|e| e.line).err(), Some(3), "{bad}");
        }
    }

    #[test]
    fn names() {
        for (code, zh, en) in [
            (320_500, "江苏省苏州市", "Suzhou, Jiangsu"),
            (320_582, "江苏省苏州市张家港市", "Zhangjiagang, Suzhou, Jiangsu"),
            (110_105, "北京市朝阳区", "Chaoyang District, Beijing"),
            (320_202, "江苏省无锡市崇安区", "Chong'an District, Wuxi, Jiangsu"),
            (653_228, "新疆维吾尔自治区和田地区和康县", "Hekang County, Hotan, Xinjiang"),
            (429_004, "湖北省仙桃市", "Xiantao, Hubei"),
        ] {
            assert_eq!(division_name(division(code)), Some(Text::made(zh, en)), "{code}");
        }
        assert_eq!(division_name(division(999_999)), None);
    }

    #[test]
    fn retired_codes_end_and_stay_known() {
        // 下城区 of Hangzhou ended with 2021-04-08; 临平区 began the day after.
        for (code, day, found) in [
            (330_103, date(2021, 4, 8), true),
            (330_103, date(2021, 4, 9), false),
            (330_113, date(2021, 4, 8), false),
            (330_113, date(2021, 4, 9), true),
            (110_103, date(2010, 7, 1), true),
            (110_103, date(2010, 7, 2), false),
        ] {
            assert_eq!(find_division(division(code), day).is_some(), found, "{code} {day}");
            assert!(is_listed(division(code)));
        }
        let on = date(2026, 11, 21);
        assert_eq!(Division::parse("110103", on).map(|c| c.warnings), Ok(vec![Warning::RetiredDivision]));
        assert_eq!(Division::parse("１１０１０２", on).map(|c| c.warnings), Ok(vec![]));
        assert_eq!(Division::parse("119999", on).map(|c| c.warnings), Ok(vec![Warning::UnknownDivision]));
        for text in ["", "1101", "1101020", "01101a", "+11010", "011010"] {
            assert!(Division::parse(text, on).is_err(), "{text}");
        }
    }

    #[test]
    fn areas() {
        for (inner, area, inside) in [
            (320_582, 320_000, true),
            (320_582, 320_500, true),
            (320_582, 320_582, true),
            (320_582, 320_100, false),
            (320_582, 330_000, false),
            (320_500, 320_582, false),
            (320_000, 320_500, false),
        ] {
            assert_eq!(division(inner).is_in(division(area)), inside, "{inner} in {area}");
        }
    }

    proptest! {
        #[test]
        fn text_reads_back(code in 100_000u32..=999_999) {
            let d = division(code);
            prop_assert_eq!(d.to_string().parse::<Division>(), Ok(d));
            prop_assert!(d.is_in(d.prefecture()) && d.is_in(d.province()) && d.prefecture().is_in(d.province()));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,8}") {
            if let Ok(d) = text.parse::<Division>() { division_name(d); }
        }
    }
}
