//! What offences are worth, at every bound, and where they can be settled.

use proptest::prelude::*;

use super::*;
use crate::driver::points::{
    Desk, PassengerVehicle, Percent, Road, SettledVehicle, VehicleGroup, may_settle, offence, overload_goods,
    overload_people, speeding,
};

fn worth(item: Option<Item>) -> (u8, &'static str) {
    item.map_or((0, ""), |item| (offence(item).points, offence(item).clause.id.as_str()))
}

fn speed(group: VehicleGroup, road: Road, percent: &str) -> (u8, &'static str) {
    worth(speeding(group, road, percent.parse().expect("a percentage")))
}

#[test]
fn case_21_the_counter_settles_what_the_app_refuses() {
    assert_eq!(may_settle(9, 3, SettledVehicle::Another, Desk::Counter), Ok(()));
    let refused = may_settle(9, 3, SettledVehicle::Another, Desk::App).expect_err("12 is not below 12");
    assert_eq!(refused.clause.id, "app settlement");
    assert_eq!(may_settle(9, 1, SettledVehicle::Another, Desk::App), Ok(()));
    let full = may_settle(12, 1, SettledVehicle::Another, Desk::Counter).expect_err("full");
    assert_eq!(full.clause.id, "R163 Art.14");
    assert_eq!(may_settle(12, 6, SettledVehicle::TheSame, Desk::Counter), Ok(()), "all of one vehicle in one go");
}

#[test]
fn cases_23_24_26_speeding_at_the_bounds() {
    use Road::{Expressway, Other as Ordinary};
    use VehicleGroup::{Heavy, Other};
    assert_eq!(speed(Other, Expressway, "15"), (0, ""));
    assert_eq!(speed(Other, Ordinary, "20"), (3, "R163 Art.11(2)"));
    assert_eq!(speed(Heavy, Ordinary, "9"), (0, ""));
    assert_eq!(speed(Heavy, Ordinary, "10"), (1, "R163 Art.12(1)"));
    let bounds = ["0", "0.01", "9.999999", "10", "19.9999999", "20", "49.99", "50", "300"];
    let row = |group, road| bounds.map(|percent| speed(group, road, percent).0);
    assert_eq!(row(Heavy, Expressway), [0, 6, 6, 6, 6, 12, 12, 12, 12]);
    assert_eq!(row(Heavy, Ordinary), [0, 0, 0, 1, 1, 6, 6, 9, 9]);
    assert_eq!(row(Other, Expressway), [0, 0, 0, 0, 0, 6, 6, 12, 12]);
    assert_eq!(row(Other, Ordinary), [0, 0, 0, 0, 0, 3, 3, 6, 6]);
    assert_eq!(speed(Other, Expressway, "20"), (6, "R163 Art.10(3)"));
    assert_eq!(speed(Heavy, Expressway, "5"), (6, "R163 Art.10(2)"));
    assert_eq!(speed(Heavy, Ordinary, "50"), (9, "R163 Art.9(2)"));
    assert_eq!(speed(Other, Expressway, "50"), (12, "R163 Art.8(5)"));
}

#[test]
fn case_27_a_car_of_five_with_six_eight_and_ten() {
    let car = PassengerVehicle::Other { seats: 5 };
    let people = |n| worth(overload_people(car, Percent::of_excess(n, 5).expect("seats")));
    assert_eq!(people(5), (0, ""));
    assert_eq!(people(6), (3, "R163 Art.11(1)"));
    assert_eq!(people(8), (6, "R163 Art.10(1)"));
    assert_eq!(people(10), (12, "R163 Art.8(4)"));
    let bounds = ["0", "19.9", "20", "49.9", "50", "99.9", "100"];
    let row = |vehicle| bounds.map(|p| worth(overload_people(vehicle, p.parse().expect("a percentage"))).0);
    assert_eq!(row(PassengerVehicle::SchoolBusOrCoach), [0, 6, 12, 12, 12, 12, 12]);
    assert_eq!(row(PassengerVehicle::Other { seats: 7 }), [0, 0, 6, 6, 9, 9, 12]);
    assert_eq!(row(PassengerVehicle::Other { seats: 6 }), [0, 0, 3, 3, 6, 6, 12]);
    let bus = overload_people(PassengerVehicle::Other { seats: 9 }, Percent::whole(60));
    assert_eq!(worth(bus), (9, "R163 Art.9(1)"));
}

#[test]
fn case_29_goods_over_by_thirty_exactly() {
    let goods = |percent: &str| worth(overload_goods(percent.parse().expect("a percentage")));
    assert_eq!(goods("30"), (3, "R163 Art.11(9)"));
    assert_eq!(["0", "0.5", "29.99", "30", "49.99", "50"].map(|p| goods(p).0), [0, 1, 1, 3, 3, 6]);
}

#[test]
fn percentages_are_exact_and_odd_ones_refused() {
    let read = |text: &str| text.parse::<Percent>().ok().map(|p| p.to_string());
    assert_eq!(read("２０％").as_deref(), Some("20"));
    assert_eq!(read("19.9999999").as_deref(), Some("19.999999"), "cut, not rounded");
    assert_eq!(read("19.5").as_deref(), Some("19.5"));
    assert_eq!(read("0.00000001").as_deref(), Some("0.000001"), "something is not nothing");
    for odd in ["", "-1", "+5", "1e3", "abc", "5.", ".5", "1.2.3", "100001", "99999999999", "20 %%"] {
        assert_eq!(read(odd), None, "{odd}");
    }
    assert_eq!(Percent::of_excess(4, 5).map(Percent::is_zero), Some(true));
    assert_eq!(Percent::of_excess(4, 0), None);
}

proptest! {
    /// More is never worth less, whoever drives whatever wherever.
    #[test]
    fn more_is_never_worth_less(a in 0u32..4_000_000, b in 0u32..4_000_000, seats in 1u16..60) {
        let percent = |n: u32| format!("{}.{:04}", n / 10_000, n % 10_000).parse::<Percent>().expect("a percentage");
        let (less, more) = (percent(a.min(b)), percent(a.max(b)));
        for group in [VehicleGroup::Heavy, VehicleGroup::Other] {
            for road in [Road::Expressway, Road::Other] {
                prop_assert!(worth(speeding(group, road, less)).0 <= worth(speeding(group, road, more)).0);
            }
        }
        for vehicle in [PassengerVehicle::SchoolBusOrCoach, PassengerVehicle::Other { seats }] {
            prop_assert!(worth(overload_people(vehicle, less)).0 <= worth(overload_people(vehicle, more)).0);
        }
        prop_assert!(worth(overload_goods(less)).0 <= worth(overload_goods(more)).0);
    }

    #[test]
    fn items_read_back(article in 0u8..20, number in 0u8..20) {
        match Item::new(article, number) {
            Some(item) => prop_assert_eq!(item.to_string().parse::<Item>(), Ok(item)),
            None => {
                let text = format!("{article}({number})");
                prop_assert!(text.parse::<Item>().is_err());
            }
        }
    }

    #[test]
    fn no_text_breaks_the_readers(text in any::<String>()) {
        let _ = text.parse::<Item>();
        let _ = text.parse::<Percent>();
    }
}
