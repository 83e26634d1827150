//! Points: the worked cases of domain-driver.md 12.1 with their clauses, and properties over cycles.

mod cases;
mod cycles;
mod education;
mod reducing;
mod settling;

use jiff::civil::Date;

use super::{Education, Item, PointsAccount, PointsEntry, Reduction, ReductionWay, clause};

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// A penalty without a fine.
fn entry(id: &str, points: u8, decided_on: &str) -> PointsEntry {
    PointsEntry {
        id: id.to_owned(),
        item: None,
        points,
        offence_on: day(decided_on),
        decided_on: day(decided_on),
        fine_due_on: None,
        fine_paid_on: None,
        annulled_on: None,
    }
}

fn with_item(id: &str, item: &str, decided_on: &str) -> PointsEntry {
    let item: Item = item.parse().expect("an item");
    PointsEntry { item: Some(item), points: item.points(), ..entry(id, 0, decided_on) }
}

/// A penalty with a fine, paid or not.
fn fined(id: &str, points: u8, decided_on: &str, due: &str, paid: Option<&str>) -> PointsEntry {
    PointsEntry { fine_due_on: Some(day(due)), fine_paid_on: paid.map(day), ..entry(id, points, decided_on) }
}

fn account(entries: impl IntoIterator<Item = PointsEntry>) -> PointsAccount {
    PointsAccount { entries: entries.into_iter().collect(), ..PointsAccount::default() }
}

fn passed(on: &str) -> Education {
    Education { id: on.to_owned(), passed_on: day(on) }
}

fn reduced(way: ReductionWay, points: u8, on: &str) -> Reduction {
    Reduction { id: format!("{}{on}", way.code()), way, points, on: day(on), revoked_on: None }
}

/// Every clause that the code of points names is in the data, with its Chinese wording.
#[test]
fn every_clause_named_in_the_code_exists() {
    let ids = [
        "R163 Art.8-12",
        "R163 Art.14",
        "R163 Art.15",
        "R163 Art.18",
        "R163 Art.21",
        "R163 Art.22",
        "R163 Art.25",
        "app settlement",
    ];
    for id in ids {
        assert!(clause(id).is_some_and(|clause| !clause.text.zh.is_empty()), "{id}");
    }
    for refused in super::ReductionRefused::ALL {
        assert!(refused.clause().id.starts_with("R163 Art.2"), "{}", refused.code());
    }
    assert_eq!(clause("R163 Art.99"), None);
}
