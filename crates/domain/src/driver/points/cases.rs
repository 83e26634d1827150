//! `luzheng rules points --cases`: rows of offences in, their points and clauses out, in the manner of [`crate::driver::cases`].

use std::io::{Read, Write};

use super::account::Item;
use super::percent::Percent;
use super::table::{
    NO_ITEM, POINTS_SINCE, PassengerVehicle, Road, VehicleGroup, named, offence, overload_goods, overload_people,
    speeding,
};
use crate::driver::cases::{
    CaseColumns, CaseRow, CasesError, CasesSummary, CheckSummary, RowError, answer_rows, check_rows,
};
use crate::driver::rules::law::LAST_DAY;
use crate::text::normal_code;

/// The columns of the answers about points, in their order.
pub const POINTS_COLUMNS: [&str; 4] = ["id", "points", "clause", "error"];

const REQUIRED: [&str; 3] = ["id", "offence", "as_of"];
const OPTIONAL: [&str; 5] = ["vehicle_group", "road", "percent", "seats", "item"];

const COLUMNS: CaseColumns = CaseColumns { required: &REQUIRED, optional: &OPTIONAL, output: &POINTS_COLUMNS };

/// Answers every row about an offence. A row whose `as_of` lies before [`POINTS_SINCE`] has no answer: other tables were in force then.
pub fn answer_points_cases(reader: impl Read, writer: impl Write) -> Result<CasesSummary, CasesError> {
    answer_rows(reader, writer, &COLUMNS, answer)
}

/// Compares the answers with the filled `expect_…` cells and writes each difference as a row.
pub fn check_points_cases(reader: impl Read, writer: impl Write) -> Result<CheckSummary, CasesError> {
    check_rows(reader, writer, &COLUMNS, answer)
}

fn answer(row: &CaseRow<'_>) -> Result<Vec<String>, RowError> {
    let as_of = row.some_date("as_of")?;
    if !(POINTS_SINCE..=LAST_DAY).contains(&as_of) {
        return Err(RowError::Facts {
            code: "outside_tables",
            problem: format!(
                "{as_of} is outside the tables of R163, in force from {POINTS_SINCE}; the older tables are not here"
            ),
        });
    }
    let found = match word(row, "offence").as_str() {
        "SPEEDING" => speeding(group(row)?, road(row)?, percent(row)?),
        "OVERLOAD_PEOPLE" => overload_people(passenger_vehicle(row)?, percent(row)?),
        "OVERLOAD_GOODS" => overload_goods(percent(row)?),
        "ITEM" => {
            let item: Option<Item> = row.parse("item", "an item of R163 Art. 8 to 12 such as 11(7)")?;
            Some(item.ok_or_else(|| RowError::wrong("item", "", "an item"))?)
        }
        other => {
            return Err(RowError::wrong("offence", other, "speeding, overload_people, overload_goods or item"));
        }
    };
    Ok(match found.map(offence) {
        Some(offence) => vec![offence.points.to_string(), offence.clause.id.clone()],
        None => vec!["0".to_owned(), named(NO_ITEM).id.clone()],
    })
}

fn word(row: &CaseRow<'_>, column: &str) -> String {
    normal_code(row.cell(column))
}

fn percent(row: &CaseRow<'_>) -> Result<Percent, RowError> {
    let wanted = "a percentage such as 20 or 19.5";
    row.parse("percent", wanted)?.ok_or_else(|| RowError::wrong("percent", "", "a percentage"))
}

fn group(row: &CaseRow<'_>) -> Result<VehicleGroup, RowError> {
    match word(row, "vehicle_group").as_str() {
        "HEAVY" => Ok(VehicleGroup::Heavy),
        "OTHER" => Ok(VehicleGroup::Other),
        other => Err(RowError::wrong("vehicle_group", other, "heavy or other")),
    }
}

fn road(row: &CaseRow<'_>) -> Result<Road, RowError> {
    match word(row, "road").as_str() {
        "EXPRESSWAY" => Ok(Road::Expressway),
        "OTHER" => Ok(Road::Other),
        other => Err(RowError::wrong("road", other, "expressway or other")),
    }
}

fn passenger_vehicle(row: &CaseRow<'_>) -> Result<PassengerVehicle, RowError> {
    match word(row, "vehicle_group").as_str() {
        "SCHOOL_BUS_OR_COACH" => Ok(PassengerVehicle::SchoolBusOrCoach),
        "OTHER" => {
            let seats: Option<u16> = row.parse("seats", "a number of seats from 1 to 65535")?;
            let seats = seats.filter(|seats| *seats > 0);
            let seats = seats.ok_or_else(|| RowError::wrong("seats", row.cell("seats"), "a number of seats"))?;
            Ok(PassengerVehicle::Other { seats })
        }
        other => Err(RowError::wrong("vehicle_group", other, "school_bus_or_coach or other")),
    }
}
