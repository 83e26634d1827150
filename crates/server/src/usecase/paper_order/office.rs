//! Offices where a mark on paper can be picked up: a list that every place brings itself.

use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::view::Text;
use luzheng_domain::region::Division;
use luzheng_domain::table::{self, TableError};
use serde::Serialize;
use utoipa::ToSchema;

/// An office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its id.
    pub id: String,
    /// The area it serves, everything below it included.
    pub division: Division,
    /// Its name.
    pub name: Text,
    /// Where it is.
    pub address: Text,
    /// When it is open.
    pub hours: Text,
}

/// An office as it is offered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfficeView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Where it is.
    pub address: Text,
    /// When it is open.
    pub hours: Text,
}

/// Reads a list of offices.
///
/// # Errors
/// The line that is wrong: a column missing, a division that is none, an id given twice.
pub fn offices(text: &str) -> Result<Vec<Office>, TableError> {
    let mut seen = std::collections::BTreeSet::new();
    table::rows("offices", text, b',', |row| {
        let both = |name: &str| -> Result<Text, TableError> {
            Ok(Text::new(row.some(&format!("{name}_zh"))?, row.some(&format!("{name}_en"))?))
        };
        let id = row.some("id")?.to_owned();
        if !seen.insert(id.clone()) {
            return Err(row.wrong("id: given twice"));
        }
        Ok(Office {
            id,
            division: row.parse("division")?,
            name: both("name")?,
            address: both("address")?,
            hours: both("hours")?,
        })
    })
}

fn all(app: &App) -> Used<Vec<Office>> {
    let Some(text) = &app.settings.paper.offices else { return Ok(Vec::new()) };
    offices(text).map_err(|error| UseError::broken("offices", error.to_string()))
}

/// The office of an id.
///
/// # Errors
/// The list is wrong; it was checked when it was read.
pub(crate) fn find(app: &App, id: &str) -> Used<Option<Office>> {
    Ok(all(app)?.into_iter().find(|office| office.id == id))
}

/// The offices for a place: those of its prefecture first, then those of its province. Without a place, all of them.
///
/// # Errors
/// The list is wrong.
pub fn near(app: &App, division: Option<Division>) -> Used<Vec<OfficeView>> {
    let mut found = all(app)?;
    if let Some(place) = division {
        found.retain(|office| office.division.province() == place.province());
        found.sort_by_key(|office| (!place.is_in(office.division), office.division.prefecture() != place.prefecture()));
    }
    let view =
        |office: Office| OfficeView { id: office.id, name: office.name, address: office.address, hours: office.hours };
    Ok(found.into_iter().map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstrations_offices_are_read_and_said_to_be_fictional() {
        let list = offices(crate::config::DEMO_OFFICES).unwrap();
        assert!(list.len() >= 10);
        for office in &list {
            assert!(office.name.zh.contains("虚构") && office.name.en.contains("fictional"), "{}", office.id);
        }
        let twice = format!("{}{}", crate::config::DEMO_OFFICES, "xg-320500-1,320500,a,a,a,a,a,a\n");
        assert!(offices(&twice).unwrap_err().problem.contains("twice"));
        assert!(offices("id,division\nx,320500\n").is_err());
    }
}
