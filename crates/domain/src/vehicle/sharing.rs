//! How many may share a vehicle and act for a unit: limits by day, read from `data/sharing.csv` with their sources.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::PlateType;
use crate::table::{Row, TableError, rows};

/// The limits that hold on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharingRules {
    /// How many vehicles of others one person may have filed at a time.
    pub vehicles_per_person: u32,
    /// How many persons besides the owner may have one vehicle filed at a time.
    pub filers_per_vehicle: u32,
    /// The plate types that can be filed (号牌种类).
    pub plate_types: Vec<PlateType>,
    /// Whether vehicles of units can be filed at all; when they can, only non-operating ones.
    pub unit_vehicles: bool,
    /// How many managers one vehicle may have.
    pub managers_per_vehicle: u32,
    /// How many vehicles one person may manage.
    pub managed_per_person: u32,
    /// How many administrators a unit has.
    pub unit_administrators: u32,
    /// How many accounts a unit may have, all roles together.
    pub unit_accounts: u32,
    /// In how many units one person may be, those as legal person not counted.
    pub units_per_person: u32,
}

struct Entry {
    rule: String,
    from: Date,
    value: String,
}

static TABLE: LazyLock<Vec<Entry>> =
    LazyLock::new(|| load(include_str!("../../data/sharing.csv")).expect("the embedded table is checked by a test"));

const NAMES: [&str; 9] = [
    "filed_vehicles_per_person",
    "filers_per_vehicle",
    "filing_plate_types",
    "filing_unit_vehicles",
    "managers_per_vehicle",
    "managed_vehicles_per_person",
    "unit_administrators",
    "unit_accounts",
    "units_per_person",
];

fn load(text: &str) -> Result<Vec<Entry>, TableError> {
    let mut seen: Vec<(String, Date)> = Vec::new();
    let entries = rows("sharing", text, b',', |row| {
        let (rule, from): (String, Date) = (row.some("rule")?.to_owned(), row.parse("from")?);
        let value = row.some("value")?;
        check(row, &rule, value)?;
        row.some("source")?;
        if !matches!(row.some("confidence")?, "H" | "M" | "L") {
            return Err(row.wrong("confidence: H, M or L"));
        }
        if seen.iter().any(|(name, day)| *name == rule && *day >= from) {
            return Err(row.wrong("the rows of a rule stand in the order of their days, one a day"));
        }
        seen.push((rule.clone(), from));
        Ok(Entry { rule, from, value: value.to_owned() })
    })?;
    match NAMES.iter().find(|name| entries.iter().all(|entry| entry.rule != **name)) {
        Some(missing) => Err(TableError { table: "sharing", line: 0, problem: format!("no row for {missing}") }),
        None => Ok(entries),
    }
}

/// Whether a value fits its rule.
fn check(row: &Row<'_>, rule: &str, value: &str) -> Result<(), TableError> {
    match rule {
        "filing_plate_types" => {
            for code in value.split(' ') {
                PlateType::from_code(code).map_err(|e| row.wrong(e.to_string()))?;
            }
            Ok(())
        }
        "filing_unit_vehicles" if matches!(value, "no" | "non_operating") => Ok(()),
        "filing_unit_vehicles" => Err(row.wrong("value: no or non_operating")),
        _ if NAMES.contains(&rule) => {
            row.parse::<u32>("value")?;
            Ok(())
        }
        _ => Err(row.wrong(format!("{rule:?} is no rule"))),
    }
}

/// The value of a rule on a day: the latest row that has begun, or the first when none has.
fn value(rule: &str, on: Date) -> &'static str {
    let mut found = "";
    for entry in TABLE.iter().filter(|entry| entry.rule == rule) {
        if found.is_empty() || entry.from <= on {
            found = &entry.value;
        }
    }
    found
}

impl SharingRules {
    /// The limits on a day. Before the first day of a rule its first row holds.
    pub fn on(day: Date) -> Self {
        // Every value was checked when the table was loaded; a number that is none would allow nothing.
        let number = |rule| value(rule, day).parse().unwrap_or(0);
        Self {
            vehicles_per_person: number("filed_vehicles_per_person"),
            filers_per_vehicle: number("filers_per_vehicle"),
            plate_types: value("filing_plate_types", day)
                .split(' ')
                .filter_map(|code| PlateType::from_code(code).ok())
                .collect(),
            unit_vehicles: value("filing_unit_vehicles", day) == "non_operating",
            managers_per_vehicle: number("managers_per_vehicle"),
            managed_per_person: number("managed_vehicles_per_person"),
            unit_administrators: number("unit_administrators"),
            unit_accounts: number("unit_accounts"),
            units_per_person: number("units_per_person"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_embedded_table_loads_and_says_what_the_sources_say() {
        let rules = SharingRules::on(date(2026, 11, 22));
        assert_eq!((rules.vehicles_per_person, rules.filers_per_vehicle), (3, 3));
        assert_eq!(rules.plate_types.iter().map(|t| t.code()).collect::<Vec<_>>(), ["02", "52"]);
        assert!(rules.unit_vehicles);
        assert_eq!((rules.unit_administrators, rules.unit_accounts, rules.units_per_person), (1, 10, 3));
        assert_eq!((rules.managers_per_vehicle, rules.managed_per_person), (3, 20));
    }

    #[test]
    fn a_rule_changes_on_its_day_and_not_before() {
        let (last, first) = (SharingRules::on(date(2020, 8, 31)), SharingRules::on(date(2020, 9, 1)));
        assert_eq!(last.plate_types.iter().map(|t| t.code()).collect::<Vec<_>>(), ["02"]);
        assert_eq!(first.plate_types.iter().map(|t| t.code()).collect::<Vec<_>>(), ["02", "52"]);
        assert_eq!((last.unit_vehicles, first.unit_vehicles), (false, true));
        assert_eq!(SharingRules::on(date(1999, 1, 1)).filers_per_vehicle, 3);
    }

    #[test]
    fn a_wrong_table_names_its_line() {
        let good = include_str!("../../data/sharing.csv");
        for (wrong, line) in [
            (good.replace("unit_accounts,2024-07-01,10", "unit_accounts,2024-07-01,ten"), 12),
            (good.replace("filing_plate_types,2018-01-01,02", "filing_plate_types,2018-01-01,77"), 6),
            (good.replace("non_operating,H", "sometimes,H"), 9),
            (good.replace("2020-09-01,02 52", "2018-01-01,02 52"), 7),
            (good.replace("managers_per_vehicle,", "chiefs_per_vehicle,"), 10),
            (good.lines().filter(|l| !l.starts_with("units_per_person")).map(|l| format!("{l}\n")).collect(), 0),
        ] {
            assert_eq!(load(&wrong).map(|_| ()).map_err(|e| e.line), Err(line), "{wrong}");
        }
    }
}
