//! Where and from when each credential is issued: the phases of the roll-out, as data.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::Division;
use super::division::{self, provinces};
use crate::credential::CredentialKind;
use crate::table::{self, TableError};

/// One row of `rollout.csv`: a kind opens in a division and everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The kind of credential.
    pub kind: CredentialKind,
    /// The division that opens.
    pub division: Division,
    /// The first day on which credentials are issued there.
    pub opened_on: Date,
    /// The phase it belongs to, in words.
    pub phase: String,
}

static OPENINGS: LazyLock<Vec<Opening>> =
    LazyLock::new(|| load(include_str!("../../data/rollout.csv")).expect("the embedded table is checked by a test"));

/// Reads a roll-out table. A division that is not in the table of divisions, a pair given twice, or a kind that never reaches a
/// province is an error.
pub fn load(text: &str) -> Result<Vec<Opening>, TableError> {
    let mut seen = Vec::new();
    let openings = table::rows("rollout", text, b',', |row| {
        let kind = CredentialKind::from_code(row.some("kind")?).ok_or_else(|| row.wrong("kind: not known"))?;
        let division: Division = row.parse("division")?;
        if !division::is_listed(division) {
            return Err(row.wrong(format!("division: {division} is not in the table of divisions")));
        }
        if seen.contains(&(kind, division)) {
            return Err(row.wrong(format!("{} in {division} is given twice", kind.code())));
        }
        seen.push((kind, division));
        Ok(Opening { kind, division, opened_on: row.parse("opened_on")?, phase: row.some("phase")?.to_owned() })
    })?;
    for kind in CredentialKind::ALL {
        if let Some(province) = provinces().iter().find(|p| earliest(&openings, kind, p.division).is_none()) {
            let problem = format!("{} never opens in {}", kind.code(), province.division);
            return Err(TableError { table: "rollout", line: 0, problem });
        }
    }
    Ok(openings)
}

fn earliest(openings: &[Opening], kind: CredentialKind, division: Division) -> Option<Date> {
    openings.iter().filter(|o| o.kind == kind && division.is_in(o.division)).map(|o| o.opened_on).min()
}

/// Every row of the table.
pub fn openings() -> &'static [Opening] {
    &OPENINGS
}

/// The day a kind of credential opened in a division; `None` when it never did (Hong Kong, Macau, Taiwan, unknown codes).
pub fn opened_on(kind: CredentialKind, division: Division) -> Option<Date> {
    earliest(&OPENINGS, kind, division)
}

/// Whether a kind of credential is issued in a division on a day.
pub fn is_open(kind: CredentialKind, division: Division, on: Date) -> bool {
    opened_on(kind, division).is_some_and(|opened| opened <= on)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn division(code: u32) -> Division {
        Division::new(code).expect("six digits")
    }

    fn open_provinces(kind: CredentialKind, on: &str) -> usize {
        let on = on.parse().expect("a date");
        provinces().iter().filter(|p| is_open(kind, p.division, on)).count()
    }

    #[test]
    fn provinces_open_by_phase() {
        use CredentialKind::{DrivingLicence, InspectionMark};
        for (kind, on, count) in [
            (InspectionMark, "2020-02-29", 0),
            (InspectionMark, "2020-03-01", 4),
            (InspectionMark, "2020-04-24", 4),
            (InspectionMark, "2020-04-25", 16),
            (InspectionMark, "2020-06-19", 16),
            (InspectionMark, "2020-06-20", 31),
            (DrivingLicence, "2021-05-31", 0),
            (DrivingLicence, "2021-06-01", 1),
            (DrivingLicence, "2021-09-01", 2),
            (DrivingLicence, "2021-12-09", 2),
            (DrivingLicence, "2021-12-10", 31),
        ] {
            assert_eq!(open_provinces(kind, on), count, "{kind:?} {on}");
        }
    }

    #[test]
    fn cities_open_before_their_province() {
        use CredentialKind::{DrivingLicence, InspectionMark};
        let opened = |kind, code| opened_on(kind, division(code)).map(|d| d.to_string());
        for (kind, code, day) in [
            (InspectionMark, 430200, Some("2020-03-01")), // 株洲
            (InspectionMark, 430211, Some("2020-03-01")), // a district of it
            (InspectionMark, 430100, Some("2020-04-25")), // 长沙
            (InspectionMark, 110105, Some("2020-03-01")),
            (InspectionMark, 130100, Some("2020-06-20")),
            (InspectionMark, 810000, None),
            (InspectionMark, 999_999, None),
            (DrivingLicence, 320500, Some("2021-06-01")),
            (DrivingLicence, 320582, Some("2021-06-01")),
            (DrivingLicence, 320100, Some("2021-12-10")),
        ] {
            assert_eq!(opened(kind, code).as_deref(), day, "{code}");
        }
    }

    #[test]
    fn the_embedded_table_loads_and_bad_ones_do_not() {
        let text = include_str!("../../data/rollout.csv");
        assert_eq!(load(text).map(|t| t.len()), Ok(76));
        let head = "kind,division,name,opened_on,phase,source\n";
        let bad = |rows: &str| load(&format!("{head}{rows}")).map_err(|e| e.line).err();
        assert_eq!(bad("inspection_mark,110000,x,2020-13-01,p,s\n"), Some(2));
        assert_eq!(bad("inspection_mark,123456,x,2020-03-01,p,s\n"), Some(2));
        assert_eq!(bad("inspection_mark,110000,x,2020-03-01,p,s\ninspection_mark,110000,x,2020-04-01,p,s\n"), Some(3));
        assert_eq!(bad("inspection_mark,110000,x,2020-03-01,p,s\n"), Some(0));
    }
}
