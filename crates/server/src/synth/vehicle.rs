//! One row from its number: where, whose, what, since when, in which state.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use luzheng_domain::vehicle::inspection::{CycleFacts, InspectionRules};
use luzheng_domain::vehicle::{OwnerKind, UseNature, VehicleType, YearMonth};

use super::chance::{Purpose, Stream};
use super::place::{self, GROUP, Spot};
use super::profile::{AT_AUTHORITY, OF_PERSONS, Profile, TRADES, Trade};
use super::{MAX_VEHICLES, Row, SynthError, name, number};

/// First and last day a register can be made of.
const DAYS: (Date, Date) = (date(2021, 1, 1), date(2100, 12, 31));
/// How many rounds the same fleets last: a large one has up to this many groups of vehicles.
const FLEET_ROUNDS: u64 = 8;

/// A fictional register of a number of vehicles.
#[derive(Debug, Clone, Copy)]
pub struct Register {
    vehicles: u64,
    pub(super) seed: u64,
    pub(super) as_of: Date,
}

/// Whose a vehicle is.
enum Owner {
    /// A person, named by the first of their vehicles within the group.
    Person(u64),
    /// A unit with a number of its own and a trade.
    Unit(u64, &'static Trade),
}

impl Register {
    /// A register of `vehicles` as of a day.
    ///
    /// # Errors
    /// More than [`MAX_VEHICLES`], or a day outside 2021 to 2100.
    pub fn new(vehicles: u64, seed: u64, as_of: Date) -> Result<Self, SynthError> {
        if vehicles > MAX_VEHICLES {
            return Err(SynthError::TooMany { what: "vehicles", asked: vehicles, max: MAX_VEHICLES });
        }
        if as_of < DAYS.0 || as_of > DAYS.1 {
            return Err(SynthError::Day(as_of));
        }
        Ok(Self { vehicles, seed, as_of })
    }

    /// How many vehicles it has.
    pub const fn vehicles(&self) -> u64 {
        self.vehicles
    }

    /// Every row, in order.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row, SynthError>> {
        let register = *self;
        (0..self.vehicles).map(move |number| register.row(number))
    }

    /// The row of a number.
    ///
    /// # Errors
    /// A fault of the generator: a code that is not in the tables.
    pub fn row(&self, vehicle: u64) -> Result<Row, SynthError> {
        let wrong = |problem: String| SynthError::Row { row: vehicle, problem };
        let spot = place::spot(self.seed, vehicle);
        let mut chance = Stream::new(self.seed, Purpose::Vehicle, vehicle);
        let owner = self.owner(&spot);
        let profile = match &owner {
            Owner::Person(_) => chance.pick_weighted(OF_PERSONS, |p| p.weight),
            Owner::Unit(_, trade) => chance.pick_weighted(trade.profiles, |p| p.weight),
        };
        let pure = profile.energy == "C";
        let local = spot.in_authority();
        let plate = |kind| number::plate(self.seed, &spot.place.authority, kind, pure, local);
        // A kind that has run out in a large city gives way to the ordinary plate, which has not.
        let (plate_type, plate_number) = match plate(profile.plate_type) {
            Some(number) => (profile.plate_type, number),
            None => ("02", plate("02").ok_or_else(|| wrong(format!("no plate left for {}", spot.place.authority)))?),
        };
        let (registered_on, manufactured_on) = self.days(&mut chance, profile);
        let (status, valid_until) =
            self.state(&mut chance, profile, registered_on, manufactured_on).map_err(|e| wrong(e.to_string()))?;
        let insured_days = if chance.in_thousand(950) { chance.between(1, 365) } else { chance.between(-200, 0) };
        let (owner_kind, owner_id, owner_name, phone) = self.owner_details(&spot, &owner);
        Ok(Row {
            plate_number,
            plate_type: plate_type.to_owned(),
            vin: number::vin(&mut chance, vehicle, manufactured_on.year()),
            vehicle_type: profile.vehicle_type.to_owned(),
            use_nature: profile.use_nature,
            seats: profile.seats,
            registered_on,
            manufactured_on: Some(manufactured_on),
            energy: profile.energy.to_owned(),
            owner_kind,
            owner_id,
            owner_name,
            phone,
            division: spot.place.division.code(),
            status,
            valid_until: Some(valid_until),
            insurance_until: Some(self.as_of.saturating_add(insured_days.days())),
            colour: (*chance.pick(&["A", "A", "A", "J", "J", "B", "B", "H", "E", "I", "C", "G"])).to_owned(),
            casualty_accident: false,
            illegal_modification: false,
        })
    }

    /// Who owns the vehicle: in seven groups of ten four persons, otherwise persons with two or three, or units.
    fn owner(&self, spot: &Spot) -> Owner {
        let mut chance = Stream::new(self.seed, Purpose::Group, spot.group);
        let roll = chance.below(1000);
        let special = AT_AUTHORITY.iter().find(|(authority, ..)| *authority == spot.place.authority);
        if let Some((_, trade, parts)) = special
            && chance.in_thousand(*parts)
        {
            return Owner::Unit((spot.group * GROUP) * 2, trade);
        }
        let first = match (roll, spot.member) {
            (0..120, 1) | (120..150, 1 | 2) => 0,
            (150..190, 1) => 0,
            (150..190, 3) => 2,
            (850..910, 3) | (910..970, _) => return self.fleet(spot),
            (970..1000, _) => {
                let trade = chance.pick_weighted(TRADES, |t| t.weight);
                return Owner::Unit((spot.group * GROUP) * 2, trade);
            }
            (_, member) => member,
        };
        Owner::Person(first)
    }

    /// The fleet of a slot: it lasts some rounds, so that it grows with the register.
    fn fleet(&self, spot: &Spot) -> Owner {
        let fleet = spot.round / FLEET_ROUNDS * place::slots_of_a_round() + spot.slot;
        let trade = Stream::new(self.seed, Purpose::Fleet, fleet).pick_weighted(TRADES, |t| t.weight);
        Owner::Unit(fleet * 2 + 1, trade)
    }

    fn owner_details(&self, spot: &Spot, owner: &Owner) -> (OwnerKind, String, String, String) {
        match owner {
            Owner::Person(first) => {
                let mut chance = Stream::new(self.seed, Purpose::Person, spot.group * GROUP + first);
                let id = number::citizen_number(self.seed, spot.place.division.province(), spot.in_province(*first));
                (OwnerKind::Individual, id, name::person(&mut chance), number::phone(&mut chance))
            }
            Owner::Unit(unit, trade) => {
                let mut chance = Stream::new(self.seed, Purpose::Unit, *unit);
                let id = number::credit_code(trade.code, spot.place.division, *unit);
                let name = name::unit(&mut chance, &spot.place.city, trade.suffix, *unit);
                (OwnerKind::Organisation, id, name, number::phone(&mut chance))
            }
        }
    }

    /// Registered and manufactured: younger vehicles are more frequent; one in a hundred stood more than four years before it was registered.
    fn days(&self, chance: &mut Stream, profile: &Profile) -> (Date, Date) {
        let oldest = u64::try_from(profile.oldest * 365).unwrap_or(365);
        let farther = chance.below(oldest);
        let age = if chance.in_thousand(400) { farther } else { chance.below(farther + 1) };
        let registered = self.as_of.saturating_sub(Span::new().days(i64::try_from(age + 1).unwrap_or(1)));
        let stood = if chance.in_thousand(10) { chance.between(1_470, 2_000) } else { chance.between(10, 240) };
        (registered, registered.saturating_sub(stood.days()))
    }

    /// State letters and validity: most are on time, some renew early, some are overdue, few are in a bad state.
    fn state(
        &self,
        chance: &mut Stream,
        profile: &Profile,
        registered_on: Date,
        manufactured_on: Date,
    ) -> Result<(String, YearMonth), Box<dyn std::error::Error>> {
        let rules = InspectionRules::builtin();
        let use_nature = UseNature::from_letter(profile.use_nature).ok_or("use nature")?;
        let facts = CycleFacts {
            vehicle_type: VehicleType::from_code(profile.vehicle_type)?,
            use_nature,
            seats: profile.seats,
            registered_on,
            manufactured_on: Some(manufactured_on),
            casualty_accident: false,
            illegal_modification: false,
            valid_until: None,
        };
        let mut letters = Vec::new();
        let roll = chance.below(1000);
        let last_seen = self.as_of.saturating_sub(chance.between(40, 700).days());
        let mut valid_until = rules.valid_until_when_on_time(&facts, self.as_of)?;
        if roll < 45 && last_seen >= registered_on {
            valid_until = rules.valid_until_when_on_time(&facts, last_seen)?;
            if valid_until.last_day() < self.as_of {
                letters.push('Q');
            }
        } else if roll < 500 {
            // Half of those whose window is open have been there already.
            let in_window = CycleFacts { valid_until: Some(valid_until), ..facts.clone() };
            valid_until = rules.valid_until_after_handling(&in_window, self.as_of).unwrap_or(valid_until);
        }
        match chance.below(10_000) {
            0..500 => letters.push('G'),
            500..530 => letters.push('I'),
            530..550 => letters.push('C'),
            550..565 => letters.push('K'),
            565..585 => letters.push('L'),
            585..605 => letters.push('D'),
            605..615 => letters.push('H'),
            615..625 => letters.push('O'),
            625..640 => letters.push('B'),
            640..690 => letters.push('E'),
            690..705 => letters.push('M'),
            705..710 => letters.push('P'),
            _ => {}
        }
        letters.sort_unstable();
        let status = if letters.is_empty() { "A".to_owned() } else { letters.into_iter().collect() };
        Ok((status, valid_until))
    }
}
