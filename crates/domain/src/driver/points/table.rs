//! What an offence is worth: the items of R163 Art. 8 to 12 as data, speeding and overloading as functions.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::account::Item;
use super::percent::Percent;
use crate::clause::{Clause, Clauses, Confidence};
use crate::table::{self, TableError};
use crate::text::Text;

/// The first day of the tables (R163 Art. 37). Offences decided before are worth what older tables said, which are not here.
pub const POINTS_SINCE: Date = jiff::civil::date(2022, 4, 1);

/// The clause of an answer of 0 points: none of the items speaks.
pub(crate) const NO_ITEM: &str = "R163 Art.8-12";

/// The name of the order in titles of clauses.
const ORDER_ZH: &str = "《道路交通安全违法行为记分管理办法》";
const ORDER_EN: &str = "Rules on Points for Road Traffic Offences";

/// One row of `points.csv`.
#[derive(Debug, Clone)]
pub struct Offence {
    /// The item.
    pub item: Item,
    /// What it is worth.
    pub points: u8,
    /// The item as a clause: its wording, its title, its source.
    pub clause: Clause,
}

impl Offence {
    /// What the offence is, in the words of the law.
    pub const fn text(&self) -> &Text {
        &self.clause.text
    }
}

static OFFENCES: LazyLock<Vec<Offence>> = LazyLock::new(|| {
    load(include_str!("../../../data/driver/points.csv")).expect("the embedded table is checked by a test")
});

static CLAUSES: LazyLock<Clauses> = LazyLock::new(|| {
    Clauses::read("driver/points_clauses.toml", include_str!("../../../data/driver/points_clauses.toml"))
        .expect("the embedded clauses are checked by a test")
});

fn numeral(n: u8) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let ten = match n / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        tens => format!("{}十", DIGITS[usize::from(tens % 10)]),
    };
    ten + DIGITS[usize::from(n % 10)]
}

/// Reads `points.csv`: every item once, with the points of its article, in force since the order is.
fn load(text: &str) -> Result<Vec<Offence>, TableError> {
    let mut seen: Vec<Item> = Vec::new();
    let rows = table::rows("driver/points", text, b',', |row| {
        let item: Item = row.parse("item")?;
        if seen.contains(&item) {
            return Err(row.wrong(format!("{item} is given twice")));
        }
        seen.push(item);
        let points: u8 = row.parse("points")?;
        if points != item.points() {
            return Err(row.wrong(format!("Article {} gives {} points", item.article(), item.points())));
        }
        let (article, number) = (numeral(item.article()), numeral(item.number()));
        let clause = Clause {
            id: format!("R163 Art.{item}"),
            title: Text::made(format!("{ORDER_ZH}第{article}条第（{number}）项"), format!("{ORDER_EN}, Art. {item}")),
            text: Text::made(row.some("text_zh")?, row.some("text_en")?),
            source: "R163 (公安部令第163号)".to_owned(),
            in_force_from: row.parse("valid_from")?,
            in_force_to: None,
            confidence: Confidence::High,
        };
        if clause.in_force_from != POINTS_SINCE {
            return Err(row.wrong(format!("valid_from: the order is in force since {POINTS_SINCE}")));
        }
        Ok(Offence { item, points, clause })
    })?;
    match Item::all().find(|item| !seen.contains(item)) {
        Some(item) => Err(TableError { table: "driver/points", line: 0, problem: format!("{item} is missing") }),
        None => Ok(rows),
    }
}

/// Every offence that carries points, in the order of the articles.
pub fn offences() -> &'static [Offence] {
    &OFFENCES
}

/// The offence of an item.
pub fn offence(item: Item) -> &'static Offence {
    let found = OFFENCES.iter().find(|offence| offence.item == item);
    found.expect("load() checks that every item has a row, and an Item is only made of an article's number")
}

/// A clause about points by its id, e.g. `R163 Art.15` or `R163 Art.11(7)`.
pub fn clause(id: &str) -> Option<&'static Clause> {
    CLAUSES.get(id).or_else(|| OFFENCES.iter().map(|offence| &offence.clause).find(|clause| clause.id == id))
}

/// A clause that this code names.
pub(crate) fn named(id: &str) -> &'static Clause {
    clause(id).expect("a test checks that every clause named in the code is in the data")
}

/// The vehicles that Articles 8 to 12 tell apart for speeding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VehicleGroup {
    /// School buses, medium and larger passenger and goods vehicles, vehicles with dangerous goods.
    Heavy,
    /// All others.
    Other,
}

/// The vehicles that Articles 8 to 11 tell apart for carrying too many people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassengerVehicle {
    /// 校车、公路客运汽车、旅游客运汽车.
    SchoolBusOrCoach,
    /// Another passenger vehicle with so many seats.
    Other {
        /// The seats, the driver's included.
        seats: u16,
    },
}

/// The roads that Articles 8 to 12 tell apart for speeding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Road {
    /// 高速公路、城市快速路.
    Expressway,
    /// All others.
    Other,
}

/// The seats from which "7座以上" speaks; inclusive.
const MANY_SEATS: u16 = 7;

/// The item of speeding by an excess over the limit; `None`: no points. "以上" includes the bound, "未达到" excludes it.
pub fn speeding(group: VehicleGroup, road: Road, excess: Percent) -> Option<Item> {
    let from = |whole: u32| excess >= Percent::whole(whole);
    let (article, number) = match (group, road) {
        _ if excess.is_zero() => return None,
        (VehicleGroup::Heavy, Road::Expressway) if from(20) => (8, 5),
        (VehicleGroup::Heavy, Road::Expressway) => (10, 2),
        (VehicleGroup::Heavy, Road::Other) if from(50) => (9, 2),
        (VehicleGroup::Heavy, Road::Other) if from(20) => (10, 2),
        (VehicleGroup::Heavy, Road::Other) if from(10) => (12, 1),
        (VehicleGroup::Other, Road::Expressway) if from(50) => (8, 5),
        (VehicleGroup::Other, Road::Expressway) if from(20) => (10, 3),
        (VehicleGroup::Other, Road::Other) if from(50) => (10, 3),
        (VehicleGroup::Other, Road::Other) if from(20) => (11, 2),
        _ => return None,
    };
    Item::new(article, number)
}

/// The item of carrying more people than allowed; `None`: no points.
pub fn overload_people(vehicle: PassengerVehicle, excess: Percent) -> Option<Item> {
    let from = |whole: u32| excess >= Percent::whole(whole);
    let many = matches!(vehicle, PassengerVehicle::Other { seats } if seats >= MANY_SEATS);
    let (article, number) = match vehicle {
        _ if excess.is_zero() => return None,
        PassengerVehicle::SchoolBusOrCoach if from(20) => (8, 4),
        PassengerVehicle::SchoolBusOrCoach => (10, 1),
        PassengerVehicle::Other { .. } if from(100) => (8, 4),
        PassengerVehicle::Other { .. } if from(50) && many => (9, 1),
        PassengerVehicle::Other { .. } if from(50) => (10, 1),
        PassengerVehicle::Other { .. } if from(20) && many => (10, 1),
        PassengerVehicle::Other { .. } if from(20) => (11, 1),
        PassengerVehicle::Other { .. } => return None,
    };
    Item::new(article, number)
}

/// The item of a goods vehicle over its largest allowed mass; `None` when it is not over it.
pub fn overload_goods(excess: Percent) -> Option<Item> {
    let from = |whole: u32| excess >= Percent::whole(whole);
    let (article, number) = match () {
        () if excess.is_zero() => return None,
        () if from(50) => (10, 4),
        () if from(30) => (11, 9),
        () => (12, 6),
    };
    Item::new(article, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../../data/driver/points.csv");

    #[test]
    fn the_table_holds_every_item_once_and_broken_ones_are_refused() {
        assert_eq!(offences().len(), 7 + 7 + 11 + 15 + 10);
        let first = &offences()[0].clause;
        assert_eq!((first.id.as_str(), first.title.zh.ends_with("第八条第（一）项")), ("R163 Art.8(1)", true));
        let fifteenth = clause("R163 Art.11(15)").expect("in the table");
        assert!(fifteenth.title.zh.ends_with("第十一条第（十五）项"), "{}", fifteenth.title.zh);
        let problem = |text: &str| load(text).expect_err("broken").problem;
        assert!(problem(&TABLE.replace("12(10),1,", "12(10),3,")).contains("gives 1"));
        assert!(problem(&TABLE.replace("12(10),1,", "12(9),1,")).contains("twice"));
        let without: String = TABLE.lines().filter(|l| !l.starts_with("10(8)")).map(|l| format!("{l}\n")).collect();
        assert_eq!(problem(&without), "10(8) is missing");
        assert!(problem(&TABLE.replacen("2022-04-01\n", "2021-04-01\n", 3)).contains("in force since"));
    }
}
