//! Which columns a register has, under which names. The spellings are data: `columns.csv`.

use super::limits::UNKNOWN_COLUMNS_NAMED;
use super::value::half_width_text;
use luzheng_domain::table::{self, TableError};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Places of the columns in `columns.csv`; a test holds the two together.
#[rustfmt::skip]
pub(super) mod at {
    pub(in super::super) const PLATE_NUMBER: usize = 0;
    pub(in super::super) const PLATE_TYPE: usize = 1;
    pub(in super::super) const VIN: usize = 2;
    pub(in super::super) const VEHICLE_TYPE: usize = 3;
    pub(in super::super) const USE_NATURE: usize = 4;
    pub(in super::super) const SEATS: usize = 5;
    pub(in super::super) const REGISTERED_ON: usize = 6;
    pub(in super::super) const MANUFACTURED_ON: usize = 7;
    pub(in super::super) const ENERGY: usize = 8;
    pub(in super::super) const COLOUR: usize = 9;
    pub(in super::super) const OWNER_KIND: usize = 10;
    pub(in super::super) const OWNER_ID: usize = 11;
    pub(in super::super) const OWNER_NAME: usize = 12;
    pub(in super::super) const PHONE: usize = 13;
    pub(in super::super) const DIVISION: usize = 14;
    pub(in super::super) const STATUS: usize = 15;
    pub(in super::super) const VALID_UNTIL: usize = 16;
    pub(in super::super) const INSURANCE_UNTIL: usize = 17;
    pub(in super::super) const CASUALTY_ACCIDENT: usize = 18;
    pub(in super::super) const ILLEGAL_MODIFICATION: usize = 19;
}

/// Places of the columns of drivers in `columns.csv`; a test holds the two together.
#[rustfmt::skip]
pub(super) mod driver_at {
    pub(in super::super) const LICENCE_NUMBER: usize = 0;
    pub(in super::super) const NAME: usize = 1;
    pub(in super::super) const SEX: usize = 2;
    pub(in super::super) const NATIONALITY: usize = 3;
    pub(in super::super) const BIRTH_DATE: usize = 4;
    pub(in super::super) const CLASSES: usize = 5;
    pub(in super::super) const FIRST_ISSUED_ON: usize = 6;
    pub(in super::super) const VALID_FROM: usize = 7;
    pub(in super::super) const VALID_UNTIL: usize = 8;
    pub(in super::super) const FILE_NUMBER: usize = 9;
    pub(in super::super) const DIVISION: usize = 10;
    pub(in super::super) const STATUS: usize = 11;
    pub(in super::super) const POINTS: usize = 12;
    pub(in super::super) const PHONE: usize = 13;
    pub(in super::super) const PHOTO: usize = 14;
    pub(in super::super) const APPLIED_ON: usize = 15;
}

/// One column of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Our name, e.g. `plate_number`.
    pub name: &'static str,
    /// The Chinese header, e.g. 号牌号码.
    pub zh: &'static str,
    /// Whether a register without it cannot be read.
    pub required: bool,
    /// Whether its values are masked wherever they are shown.
    pub personal: bool,
}

/// The columns of one kind of register, in the order of the table.
#[derive(Debug)]
pub struct ColumnSet {
    columns: Vec<Column>,
    by_spelling: HashMap<String, usize>,
}

/// The columns of the register of vehicles.
pub fn vehicle() -> &'static ColumnSet {
    static SET: LazyLock<ColumnSet> =
        LazyLock::new(|| ColumnSet::load("vehicle", TABLE).expect("the embedded table is checked by a test"));
    &SET
}

/// The columns of the register of drivers.
pub fn driver() -> &'static ColumnSet {
    static SET: LazyLock<ColumnSet> =
        LazyLock::new(|| ColumnSet::load("driver", TABLE).expect("the embedded table is checked by a test"));
    &SET
}

const TABLE: &str = include_str!("columns.csv");

struct Described {
    set: &'static str,
    column: Column,
    spellings: Vec<String>,
}

impl ColumnSet {
    fn load(wanted: &str, text: &'static str) -> Result<Self, TableError> {
        let rows = table::rows("columns", text, b',', |row| {
            let column = Column {
                name: leak(row.some("name")?),
                zh: leak(row.some("zh")?),
                required: row.flag("required")?,
                personal: row.flag("personal")?,
            };
            let mut spellings = vec![normal(column.name), normal(column.zh)];
            spellings.extend(row.get("aliases")?.split('|').filter(|s| !s.is_empty()).map(normal));
            Ok(Described { set: leak(row.some("set")?), column, spellings })
        })?;
        let mut set = Self { columns: Vec::new(), by_spelling: HashMap::new() };
        for described in rows.into_iter().filter(|d| d.set == wanted) {
            for spelling in described.spellings {
                let known = set.by_spelling.insert(spelling.clone(), set.columns.len());
                if known.is_some_and(|at| at != set.columns.len()) {
                    let problem = format!("{spelling} means two columns");
                    return Err(TableError { table: "columns", line: 0, problem });
                }
            }
            set.columns.push(described.column);
        }
        Ok(set)
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The column at a place of the table.
    pub fn get(&self, at: usize) -> &Column {
        &self.columns[at]
    }

    /// Every column, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter()
    }

    /// The place of a header in the table, in any known spelling.
    pub fn find(&self, header: &str) -> Option<usize> {
        self.by_spelling.get(&normal(header)).copied()
    }
}

/// Texts of the embedded table live as long as the program; there are a few dozen, read once.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// A header as it is compared: half width, lower case, without blanks, stars and bracketed remarks.
fn normal(header: &str) -> String {
    let half = half_width_text(header);
    // 燃料(能源)种类 has its brackets inside and keeps them; "号牌种类(代码)" loses its remark.
    let bare = match half.trim_end().strip_suffix(')').and_then(|h| h.rfind('(')) {
        Some(at) if at > 0 => &half[..at],
        _ => half.as_str(),
    };
    bare.chars().filter(|c| !c.is_whitespace() && *c != '*' && *c != '\u{FEFF}').flat_map(char::to_lowercase).collect()
}

/// How the columns of a file map to ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// For each column of the file its place in the set, or `None` when unknown.
    pub(super) places: Vec<Option<usize>>,
    /// For each column of the set whether the file has it.
    pub(super) present: Vec<bool>,
}

/// What is wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeaderFault {
    /// Required columns are not there.
    Missing(Vec<&'static Column>),
    /// Two columns of the file mean the same.
    Twice(&'static Column),
}

impl Header {
    pub(super) fn read(fields: &[String], set: &'static ColumnSet, unknown: &mut Unknown) -> Result<Self, HeaderFault> {
        let mut present = vec![false; set.len()];
        let mut places = Vec::with_capacity(fields.len());
        for field in fields {
            let place = set.find(field);
            match place {
                Some(at) if std::mem::replace(&mut present[at], true) => return Err(HeaderFault::Twice(set.get(at))),
                Some(_) => {}
                None => unknown.note(field.trim()),
            }
            places.push(place);
        }
        let missing: Vec<_> = set.iter().zip(&present).filter(|(c, p)| c.required && !**p).map(|(c, _)| c).collect();
        if missing.is_empty() { Ok(Self { places, present }) } else { Err(HeaderFault::Missing(missing)) }
    }
}

/// The unknown columns of an input, named once each, up to a ceiling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unknown {
    names: BTreeSet<String>,
}

impl Unknown {
    pub(super) fn note(&mut self, name: &str) {
        if !name.is_empty() && self.names.len() < UNKNOWN_COLUMNS_NAMED && !self.names.contains(name) {
            self.names.insert(name.chars().take(60).collect());
        }
    }

    /// The names in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_loads() {
        let set = ColumnSet::load("vehicle", TABLE).expect("loads");
        assert_eq!(set.len(), 20);
        let personal = |set: &ColumnSet| set.iter().filter(|c| c.personal).map(|c| c.name).collect::<Vec<_>>();
        assert_eq!(personal(&set), ["owner_id", "owner_name", "phone"]);
        let set = ColumnSet::load("driver", TABLE).expect("loads");
        assert_eq!(set.len(), 16);
        assert_eq!(personal(&set), ["licence_number", "name", "birth_date", "file_number", "phone", "photo"]);
    }

    #[test]
    fn two_meanings_are_found_when_loading() {
        let text = "set,name,required,personal,zh,aliases\nvehicle,a,yes,no,甲,x\nvehicle,b,yes,no,乙,X\n";
        assert!(ColumnSet::load("vehicle", text).is_err());
    }

    #[test]
    fn headers_in_many_spellings() {
        let name = |header: &str| vehicle().find(header).map(|at| vehicle().get(at).name);
        for header in [
            "plate_type",
            "Plate_Type",
            " 号牌种类 ",
            "号牌种类(代码)",
            "号牌种类(代码)",
            "*号牌种类",
            "HPZL",
            "ＨＰＺＬ",
        ] {
            assert_eq!(name(header), Some("plate_type"), "{header}");
        }
        assert_eq!(name("燃料(能源)种类"), Some("energy"));
        assert_eq!(name("号牌种类名称"), None);
        assert_eq!(name("()"), None);
    }

    #[test]
    fn a_header_says_what_is_missing_or_doubled() {
        let fields = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut unknown = Unknown::default();
        let Err(HeaderFault::Missing(missing)) = Header::read(&fields("vin,seats,备注,备注,"), vehicle(), &mut unknown)
        else {
            panic!("columns are missing");
        };
        assert_eq!(missing[0].name, "plate_number");
        assert_eq!(missing.len(), 9);
        assert_eq!(unknown.names().collect::<Vec<_>>(), ["备注"]);
        let twice = Header::read(&fields("vin,车架号"), vehicle(), &mut unknown);
        assert_eq!(twice, Err(HeaderFault::Twice(vehicle().get(2))));
    }
}
