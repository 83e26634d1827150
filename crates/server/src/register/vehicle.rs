//! A row of the register of vehicles: texts to facts, with every problem of the row named.

use super::columns::{self, at};
use super::reading::{Problem, Reading, RowWarning, day, scientific};
use super::record::Record;
use super::reject::Reject;
use super::value::{self, DateFault};
use jiff::civil::Date;
use luzheng_domain::checked::Warning;
use luzheng_domain::vehicle::status::StatusError;
use luzheng_domain::vehicle::{
    Colour, Energy, OwnerDetails, OwnerKind, OwnerNumber, Plate, PlateType, StatusLetter, StatusSet, UseNature,
    Vehicle, VehicleGroup, VehicleType, Vin, YearMonth,
};
use uuid::Uuid;

/// Most persons a vehicle may carry; articulated buses stay below.
const SEATS_MAX: u16 = 300;
/// Validity further ahead than this is worth a look: the longest step of the cycle is 24 months, 48 for the first of old rules.
const VALIDITY_AHEAD_MONTHS: i32 = 60;

/// A row that can go in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRow {
    /// The line on which it begins.
    pub line: u64,
    /// The facts; `owner` is nil until the store has the owner.
    pub vehicle: Vehicle,
    /// The owner.
    pub owner: OwnerDetails,
    /// What is odd.
    pub warnings: Vec<RowWarning>,
    /// By place: whether the file says anything in this column. What it does not say is to stay as it is known.
    said: [bool; 20],
}

impl RegisterRow {
    /// Whether the file says anything in the column of this name.
    pub fn says(&self, column: &str) -> bool {
        columns::vehicle().find(column).is_some_and(|place| self.said[place])
    }
}

/// Understands one row. `today` is the day in China; nothing in a register has happened later.
pub fn read(record: Record, today: Date) -> Result<RegisterRow, Vec<Reject>> {
    let mut row = Reading::new(record, today, columns::vehicle());
    let registered_on = row.required(at::REGISTERED_ON, |r, t| r.past_day(t));
    let manufactured_on = row.optional(at::MANUFACTURED_ON, |r, t| r.past_day(t));
    let plate = row.plate();
    let vin = row.vin(manufactured_on.or(registered_on));
    let vehicle_type = row.required(at::VEHICLE_TYPE, |r, t| {
        let kind = VehicleType::parse(t).map_err(|e| Problem::new("unknown_vehicle_type", e))?;
        if !kind.registrable() {
            r.warn(at::VEHICLE_TYPE, Warning::GroupHeading.code());
        }
        Ok(kind)
    });
    let use_nature =
        row.required(at::USE_NATURE, |_, t| UseNature::parse(t).map_err(|e| Problem::new("unknown_use_nature", e)));
    let seats = row.seats(vehicle_type);
    let energy = row.optional(at::ENERGY, |_, t| Energy::parse(t).map_err(|e| Problem::new("unknown_energy", e)));
    let colour = row.optional(at::COLOUR, |_, t| {
        Colour::parse(t).map(|c| c.code().to_owned()).map_err(|e| Problem::new("unknown_colour", e))
    });
    let owner = row.owner();
    let division = row.division(at::DIVISION);
    let status = row.status();
    let valid_until = row.optional(at::VALID_UNTIL, |r, t| r.validity(t));
    let insurance_until = row.optional(at::INSURANCE_UNTIL, |_, t| day(t));
    let casualty_accident = row.optional(at::CASUALTY_ACCIDENT, |_, t| flag(t)).unwrap_or(false);
    let illegal_modification = row.optional(at::ILLEGAL_MODIFICATION, |_, t| flag(t)).unwrap_or(false);
    row.order_of_days(registered_on, manufactured_on, valid_until);

    let facts = (plate, vin, vehicle_type, use_nature, seats, registered_on, division, owner);
    match facts {
        (
            Some(plate),
            Some(vin),
            Some(vehicle_type),
            Some(use_nature),
            Some(seats),
            Some(registered_on),
            Some(division),
            Some(owner),
        ) if row.record.rejects.is_empty() => {
            let owner_id = Uuid::nil();
            let said = row.said(status.is_some());
            let status = status.unwrap_or_default();
            #[rustfmt::skip]
            let vehicle = Vehicle {
                plate, vin, vehicle_type, use_nature, seats, registered_on, manufactured_on, energy, colour, division, status,
                valid_until, insurance_until, casualty_accident, illegal_modification, owner: owner_id,
            };
            Ok(RegisterRow { line: row.record.line, vehicle, owner, warnings: row.warnings, said })
        }
        _ => Err(row.rejects()),
    }
}

impl Reading {
    fn plate(&mut self) -> Option<Plate> {
        let plate_type = self.required(at::PLATE_TYPE, |_, t| {
            let kind = PlateType::parse(t).map_err(|e| Problem::new("unknown_plate_type", e))?;
            if !kind.registrable() {
                let sentence =
                    format!("no vehicle is registered with plates of kind {} ({})", kind.code(), kind.name_zh());
                return Err(Problem::new("plate_type_not_registrable", sentence));
            }
            Ok(kind)
        });
        // Which layout is right depends on the kind; without it the number cannot be judged.
        let Some(plate_type) = plate_type else {
            self.required(at::PLATE_NUMBER, |_, _| Ok(()));
            return None;
        };
        self.required(at::PLATE_NUMBER, |r, t| {
            let checked = Plate::parse(t, plate_type).map_err(|e| Problem::new(e.code(), e))?;
            Ok(r.take(at::PLATE_NUMBER, checked))
        })
    }

    fn vin(&mut self, made_by: Option<Date>) -> Option<Vin> {
        self.required(at::VIN, |r, t| {
            if value::is_scientific(t) {
                return Err(scientific());
            }
            let checked = Vin::parse(t, made_by).map_err(|e| Problem::new(e.code(), e))?;
            Ok(r.take(at::VIN, checked))
        })
    }

    fn seats(&mut self, kind: Option<VehicleType>) -> Option<u16> {
        // Trailers carry nobody: their value is 0 or empty.
        let nobody = kind.is_some_and(|k| matches!(k.group(), VehicleGroup::FullTrailer | VehicleGroup::SemiTrailer));
        if nobody && self.text(at::SEATS).is_some_and(|t| t.is_empty()) {
            return Some(0);
        }
        self.required(at::SEATS, |_, t| {
            let digits = t.strip_suffix('人').unwrap_or(t);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Problem::new("not_a_number", "a whole number is expected"));
            }
            let in_range =
                |n: &u16| *n <= SEATS_MAX && (*n > 0 || kind.is_none_or(|k| k.group() != VehicleGroup::Passenger));
            digits.parse().ok().filter(in_range).ok_or_else(|| {
                Problem::new("seats_out_of_range", format!("a vehicle carries 1 to {SEATS_MAX} persons"))
            })
        })
    }

    fn owner(&mut self) -> Option<OwnerDetails> {
        let kind = self.required(at::OWNER_KIND, |_, t| {
            OwnerKind::parse(t)
                .ok_or_else(|| Problem::new("unknown_owner_kind", "neither a person (2, 个人) nor a unit (1, 单位)"))
        });
        let number = self.required(at::OWNER_ID, |r, t| {
            if value::is_scientific(t) {
                return Err(scientific());
            }
            let checked = OwnerNumber::parse(t, kind.unwrap_or_else(|| OwnerKind::guess(t)))
                .map_err(|e| Problem::new(e.code(), e))?;
            Ok(r.take(at::OWNER_ID, checked))
        });
        let name = self.name(at::OWNER_NAME);
        let phone = self.phone(at::PHONE);
        Some(OwnerDetails { kind: kind?, number: number?, name: name?, phone })
    }

    fn status(&mut self) -> Option<StatusSet> {
        if self.text(at::STATUS).is_some_and(|t| t.is_empty()) {
            // An empty state is no state: a known theft must not vanish because an export left the column empty.
            self.warn(at::STATUS, "status_empty");
        }
        self.optional(at::STATUS, |_, t| state(t).map_err(|e| Problem::new(e.code(), e)))
    }

    fn validity(&mut self, text: &str) -> Result<YearMonth, Problem> {
        let month = value::month(text).map_err(month_problem)?;
        if month.months_since(YearMonth::of(self.today)) > VALIDITY_AHEAD_MONTHS {
            self.warn(at::VALID_UNTIL, "validity_far_ahead");
        }
        Ok(month)
    }

    fn order_of_days(&mut self, registered: Option<Date>, made: Option<Date>, valid_until: Option<YearMonth>) {
        let Some(registered) = registered else { return };
        if let Some(made) = made.filter(|made| *made > registered) {
            let sentence = format!("registered on {registered}, before it was made on {made}");
            self.reject(at::REGISTERED_ON, &registered.to_string(), Problem::new("registered_before_made", sentence));
        }
        if let Some(month) = valid_until.filter(|month| *month < YearMonth::of(registered)) {
            let sentence = format!("validity ended before the registration on {registered}");
            self.reject(at::VALID_UNTIL, &month.to_string(), Problem::new("valid_before_registered", sentence));
        }
    }

    fn said(&self, status: bool) -> [bool; 20] {
        let mut said = [false; 20];
        for (said, cell) in said.iter_mut().zip(&self.record.cells) {
            *said = cell.is_some();
        }
        said[at::STATUS] = status;
        said
    }
}

fn month_problem(fault: DateFault) -> Problem {
    match fault {
        DateFault::Spelling => Problem::new("not_a_month", "a month is written 2027-05 or 202705"),
        DateFault::Impossible => Problem::new("impossible_date", "the calendar has no such day or month"),
    }
}

/// A state by its letters (`GQ`), or by the names of the table (违法未处理、逾期未检验).
fn state(text: &str) -> Result<StatusSet, StatusError> {
    let by_letters = text.parse();
    if by_letters.is_ok() || text.is_ascii() {
        return by_letters;
    }
    let mut letters = String::new();
    for name in text.split([',', ';', '/', '、', '|', ' ']).map(str::trim).filter(|n| !n.is_empty()) {
        let named = |c: &char| StatusLetter::new(*c).is_some_and(|letter| letter.name().zh == name);
        match name {
            "正常" => letters.push('A'),
            _ => match ('B'..='Z').find(named) {
                Some(letter) => letters.push(letter),
                None => return by_letters,
            },
        }
    }
    letters.parse()
}

fn flag(text: &str) -> Result<bool, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "y" | "yes" | "true" | "是" | "有" => Ok(true),
        "0" | "n" | "no" | "false" | "否" | "无" => Ok(false),
        _ => Err(Problem::new("not_yes_or_no", "yes (1, 是) or no (0, 否) is expected")),
    }
}
