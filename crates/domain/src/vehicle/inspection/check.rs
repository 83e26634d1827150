//! What a rule table must satisfy before anybody may ask it.
//!
//! Rules only compare with the days and ages that stand in the table, so it is enough to try one value between each two neighbouring
//! ones: every point that can ever be asked about behaves like one of those tried here.

use jiff::civil::Date;

use super::rules_error::RulesError;
use super::table::InspectionRules;
use crate::vehicle::{UseNature, VehicleType};

/// The earliest registration day the cycle is computed for.
pub(super) const FIRST_REGISTRATION: Date = jiff::civil::date(1900, 1, 1);

/// Every rule stays within the days on which its clause is in force.
pub(super) fn clauses(table: &InspectionRules) -> Result<(), RulesError> {
    for rule in &table.rules {
        let clause = &table.clauses[rule.clause];
        let begins_early = rule.from < clause.in_force_from;
        let ends_late = clause.in_force_to.is_some_and(|end| rule.to.is_none_or(|to| to > end));
        if begins_early || ends_late {
            return Err(RulesError::OutsideClause { rule: rule.id.clone(), clause: clause.id.clone() });
        }
    }
    Ok(())
}

/// Every registered kind of vehicle belongs to exactly one row.
pub(super) fn assignment(table: &InspectionRules) -> Result<(), RulesError> {
    let mut seats: Vec<u16> = vec![1];
    for row in &table.assignment {
        seats.push(row.seats_from.max(1));
        seats.extend(row.seats_to.checked_add(1));
    }
    seats.sort_unstable();
    seats.dedup();
    // Types that the same rows speak about behave alike: one of each kind is enough.
    let mut kinds: Vec<(Vec<usize>, VehicleType)> = Vec::new();
    for vehicle_type in VehicleType::all() {
        let rows = &table.assignment;
        let speaking: Vec<usize> = (0..rows.len()).filter(|r| rows[*r].fits_type(vehicle_type.code())).collect();
        if !kinds.iter().any(|(known, _)| *known == speaking) {
            kinds.push((speaking, vehicle_type));
        }
    }
    for (_, vehicle_type) in &kinds {
        for use_nature in UseNature::all().map(UseNature::letter) {
            for seats in seats.iter().copied() {
                for lost in [false, true] {
                    one_class(table, vehicle_type.code(), use_nature, seats, lost)?;
                }
            }
        }
    }
    Ok(())
}

fn one_class(
    table: &InspectionRules,
    vehicle_type: &str,
    use_nature: char,
    seats: u16,
    lost: bool,
) -> Result<(), RulesError> {
    let mut fitting = table.assignment.iter().filter(|row| row.fits(vehicle_type, use_nature, seats, lost));
    let vehicle_type = || vehicle_type.to_owned();
    let Some(first) = fitting.next() else {
        return Err(RulesError::NoClass { vehicle_type: vehicle_type(), use_nature, seats, lost });
    };
    match fitting.next() {
        None => Ok(()),
        Some(second) => {
            let (first, second) = (first.line, second.line);
            Err(RulesError::TwoClasses { first, second, vehicle_type: vehicle_type(), use_nature, seats, lost })
        }
    }
}

/// For every class exactly one rule speaks about every point, from the table's first day on.
pub(super) fn rules(table: &InspectionRules) -> Result<(), RulesError> {
    for class in 0..table.classes.len() {
        let own: Vec<_> = table.of_class[class].iter().map(|r| &table.rules[*r]).collect();
        let mut days = vec![table.first_day];
        let mut registrations = vec![FIRST_REGISTRATION];
        let mut ages = vec![0];
        for rule in &own {
            days.push(rule.from);
            days.extend(rule.to.and_then(|d| d.tomorrow().ok()));
            registrations.extend(rule.registered_from);
            registrations.extend(rule.registered_to.and_then(|d| d.tomorrow().ok()));
            ages.push(rule.age_from);
            ages.extend(rule.age_below);
        }
        for list in [&mut days, &mut registrations] {
            list.sort_unstable();
            list.dedup();
        }
        ages.sort_unstable();
        ages.dedup();
        for day in days.iter().copied() {
            for registered in registrations.iter().copied() {
                for age in ages.iter().copied() {
                    one_rule(table, class, day, registered, age)?;
                }
            }
        }
    }
    Ok(())
}

fn one_rule(
    table: &InspectionRules,
    class: usize,
    day: Date,
    registered: Date,
    age_months: i32,
) -> Result<(), RulesError> {
    let mut speaking =
        table.of_class[class].iter().map(|r| &table.rules[*r]).filter(|r| r.speaks(day, registered, age_months));
    let class = || table.classes[class].id.clone();
    let Some(first) = speaking.next() else {
        return Err(RulesError::NoRule { class: class(), day, registered, age_months });
    };
    match speaking.next() {
        None => Ok(()),
        Some(second) => Err(RulesError::TwoRules {
            first: first.id.clone(),
            second: second.id.clone(),
            class: class(),
            day,
            registered,
            age_months,
        }),
    }
}
