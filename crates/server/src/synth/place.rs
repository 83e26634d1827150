//! Where the fictional vehicles are: rounds of slots, each slot one plate authority, in a new order every round.

use std::sync::LazyLock;

use luzheng_domain::region::{Division, division_name, find_division, provinces};

use super::chance::{Permutation, Purpose, key};

/// How many vehicles one slot holds in one round.
pub(super) const GROUP: u64 = 4;

/// One plate authority and its share.
#[derive(Debug)]
pub(super) struct Place {
    /// Province character and letter, e.g. 苏B.
    pub(super) authority: String,
    pub(super) division: Division,
    /// The city's own name, e.g. 无锡市.
    pub(super) city: String,
    /// Slots of one round that belong to it.
    slots: u64,
    /// The first of them, counted among the slots of its province.
    first_in_province: u64,
    /// Slots of its province in one round.
    province_slots: u64,
}

/// Where one vehicle of the register is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) place: &'static Place,
    /// The number of the group of vehicles it belongs to, over the whole register.
    pub(super) group: u64,
    /// Its number within the group.
    pub(super) member: u64,
    /// The number of the slot, over the whole country.
    pub(super) slot: u64,
    /// The round.
    pub(super) round: u64,
    /// The slot among those of its place.
    rank: u64,
}

impl Spot {
    /// A number that no other vehicle of the same authority has.
    pub(super) fn in_authority(&self) -> u64 {
        (self.round * self.place.slots + self.rank) * GROUP + self.member
    }

    /// A number that member `member` of this group alone has in its province.
    pub(super) fn in_province(&self, member: u64) -> u64 {
        (self.round * self.place.province_slots + self.place.first_in_province + self.rank) * GROUP + member
    }
}

static PLACES: LazyLock<Vec<Place>> =
    LazyLock::new(|| load(include_str!("places.csv")).expect("the embedded table is checked by a test"));

/// The place and the rank within it of every slot of a round, in the order of the table.
static SLOTS: LazyLock<Vec<(usize, u64)>> = LazyLock::new(|| {
    PLACES.iter().enumerate().flat_map(|(i, place)| (0..place.slots).map(move |rank| (i, rank))).collect()
});

fn load(text: &str) -> Result<Vec<Place>, String> {
    let mut places: Vec<Place> = Vec::new();
    for line in text.lines().filter(|l| !l.starts_with('#')).skip(1) {
        let wrong = || format!("places.csv: {line}");
        let [authority, division, slots] = line.split(',').collect::<Vec<_>>()[..] else { return Err(wrong()) };
        let division: Division = division.parse().map_err(|_| wrong())?;
        let province = provinces().iter().find(|p| p.division == division.province()).ok_or_else(wrong)?;
        let row = find_division(division, jiff::civil::date(2026, 1, 1)).ok_or_else(wrong)?;
        if !authority.starts_with(province.plate) || division_name(division).is_none() {
            return Err(wrong());
        }
        let slots: u64 = slots.parse().map_err(|_| wrong())?;
        let first_in_province =
            places.iter().filter(|p| p.division.province() == division.province()).map(|p| p.slots).sum();
        let city = row.name.zh.to_string();
        places.push(Place {
            authority: authority.to_owned(),
            division,
            city,
            slots,
            first_in_province,
            province_slots: 0,
        });
    }
    let totals: Vec<(Division, u64)> = places.iter().map(|p| (p.division.province(), p.slots)).collect();
    for place in &mut places {
        place.province_slots =
            totals.iter().filter(|(province, _)| *province == place.division.province()).map(|(_, slots)| slots).sum();
    }
    Ok(places)
}

/// Slots of one round.
pub(super) fn slots_of_a_round() -> u64 {
    SLOTS.len() as u64
}

/// The largest share of one authority: its slots of one round.
#[cfg(test)]
pub(super) fn largest_share() -> u64 {
    PLACES.iter().map(|p| p.slots).max().unwrap_or(0)
}

/// Where a vehicle is. In every round every slot comes once, in an order of its own.
pub(super) fn spot(seed: u64, number: u64) -> Spot {
    let (group, member) = (number / GROUP, number % GROUP);
    let (round, turn) = (group / slots_of_a_round(), group % slots_of_a_round());
    let slot = Permutation::new(slots_of_a_round(), key(seed, Purpose::Round, round)).at(turn);
    let (place, rank) = SLOTS[usize::try_from(slot).unwrap_or(0)];
    Spot { place: &PLACES[place], group, member, slot, round, rank }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_loads_and_every_province_has_a_place() {
        let places = load(include_str!("places.csv")).expect("loads");
        for province in provinces() {
            assert!(places.iter().any(|p| p.division.province() == province.division), "{}", province.name.zh);
        }
        let authorities: HashSet<&str> = places.iter().map(|p| p.authority.as_str()).collect();
        assert_eq!(authorities.len(), places.len());
    }

    #[test]
    fn numbers_are_unique_where_they_must_be() {
        let mut in_authority = HashSet::new();
        let mut in_province = HashSet::new();
        for number in 0..3 * slots_of_a_round() * GROUP {
            let spot = spot(9, number);
            assert!(in_authority.insert((spot.place.authority.clone(), spot.in_authority())));
            assert!(in_province.insert((spot.place.division.province(), spot.in_province(spot.member))));
        }
    }
}
