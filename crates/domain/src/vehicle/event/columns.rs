//! The columns of the register as they stand in events: the names are those of the imports.

use jiff::civil::Date;

use super::{Changes, Event};
use crate::checked::{Checked, Warning};
use crate::event::json::Object;
use crate::event::{EventError, EventProblem};
use crate::region::{Division, NotADivision};
use crate::vehicle::class::UnknownCode;
use crate::vehicle::{
    Colour, Energy, OwnerDetails, OwnerKind, OwnerNumber, Plate, PlateType, StatusSet, UseNature, VehicleType, Vin,
    YearMonth, owner, year_month,
};

/// The longest serial of a paper mark, in characters.
const MAX_SERIAL_CHARS: usize = 32;

/// Reads the columns of one object and collects what is odd about them.
#[derive(Debug)]
pub(super) struct Columns<'o, 'n> {
    pub object: &'o Object<'n>,
    pub warnings: &'o mut Vec<Warning>,
    /// The day the event happened, for what is valid on a day.
    pub on: Date,
}

/// The members a change may have.
pub(super) const CHANGE: &[&str] = &[
    "vehicle_type",
    "use_nature",
    "seats",
    "manufactured_on",
    "energy",
    "colour",
    "division",
    "plate_number",
    "plate_type",
    "insurance_until",
    "casualty_accident",
    "illegal_modification",
];

/// The members of an owner.
pub(super) const OWNER: &[&str] = &["owner_kind", "owner_id", "owner_name", "phone"];

impl Columns<'_, '_> {
    fn read<T>(
        &self,
        member: &str,
        read: impl FnOnce(&str) -> Result<T, (&'static str, String)>,
    ) -> Result<Option<T>, EventError> {
        let Some(text) = self.object.find_text(member)? else { return Ok(None) };
        read(text).map(Some).map_err(|(code, sentence)| self.object.unreadable(member, code, sentence))
    }

    fn needed<T>(&self, member: &str, value: Option<T>) -> Result<T, EventError> {
        value.ok_or_else(|| self.object.wrong(member, EventProblem::Missing))
    }

    /// A day such as `2026-11-21`.
    pub fn date(&self, member: &str) -> Result<Option<Date>, EventError> {
        self.read(member, |text| {
            let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            let day: Option<Date> = if plain { text.parse().ok() } else { None };
            day.filter(|day| (1900..2200).contains(&day.year()))
                .ok_or_else(|| ("not_a_day", "a day such as 2026-11-21, from 1900 to 2199, is needed".to_owned()))
        })
    }

    /// A month such as `2027-05`.
    pub fn month(&self, member: &str) -> Result<Option<YearMonth>, EventError> {
        self.read(member, |text| text.parse::<YearMonth>().map_err(|e| (year_month::NotAMonth::CODE, e.to_string())))
    }

    /// 机动车状态.
    pub fn status(&self) -> Result<Option<StatusSet>, EventError> {
        self.read("status", |text| text.parse::<StatusSet>().map_err(|e| (e.code(), e.to_string())))
    }

    /// The plate, when one of its two members is there.
    pub fn plate(&mut self) -> Result<Option<Plate>, EventError> {
        read_plate(self.object, self.warnings)
    }

    /// The frame number.
    pub fn vin(&mut self, manufactured_on: Option<Date>) -> Result<Option<Vin>, EventError> {
        let vin = self.read("vin", |text| Vin::parse(text, manufactured_on).map_err(|e| (e.code(), e.to_string())))?;
        Ok(vin.map(|vin| vin.take(self.warnings)))
    }

    /// The registering office.
    pub fn division(&mut self) -> Result<Option<Division>, EventError> {
        let on = self.on;
        let read = |text: &str| Division::parse(text, on).map_err(|e| (NotADivision::CODE, e.to_string()));
        let division: Option<Checked<Division>> = self.read("division", read)?;
        Ok(division.map(|division| division.take(self.warnings)))
    }

    /// 车辆类型.
    pub fn vehicle_type(&mut self) -> Result<Option<VehicleType>, EventError> {
        let found = self.read("vehicle_type", |text| VehicleType::from_code(text).map_err(unknown))?;
        if found.is_some_and(|found| !found.registrable()) {
            self.warnings.push(Warning::GroupHeading);
        }
        Ok(found)
    }

    /// 使用性质.
    pub fn use_nature(&self) -> Result<Option<UseNature>, EventError> {
        self.read("use_nature", |text| UseNature::parse(text).map_err(unknown))
    }

    /// The owner; the three main members must be there.
    pub fn owner(&mut self) -> Result<OwnerDetails, EventError> {
        let kind = self.read("owner_kind", |text| match text {
            "individual" => Ok(OwnerKind::Individual),
            "organisation" => Ok(OwnerKind::Organisation),
            _ => Err(("owner_kind", "individual or organisation is needed".to_owned())),
        })?;
        let kind = self.needed("owner_kind", kind)?;
        let number =
            self.read("owner_id", |text| OwnerNumber::parse(text, kind).map_err(|e| (e.code(), e.to_string())))?;
        let number = self.needed("owner_id", number)?.take(self.warnings);
        let name = self.object.get_text("owner_name")?.to_owned();
        let phone = self.read("phone", |text| {
            owner::phone(text).ok_or_else(|| ("not_a_phone", "7 to 15 digits are needed".to_owned()))
        })?;
        Ok(OwnerDetails { kind, number, name, phone })
    }

    /// The serial of a paper mark.
    pub fn paper_mark(&self) -> Result<Option<String>, EventError> {
        self.read("paper_mark", |text| {
            let fits = text.chars().count() <= MAX_SERIAL_CHARS
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let sentence = || format!("up to {MAX_SERIAL_CHARS} letters, digits and hyphens are needed");
            if fits { Ok(text.to_owned()) } else { Err(("paper_mark", sentence())) }
        })
    }

    /// Everything a change may say.
    pub fn changes(&mut self) -> Result<Changes, EventError> {
        Ok(Changes {
            vehicle_type: self.vehicle_type()?,
            use_nature: self.use_nature()?,
            seats: self.object.find_small_number("seats")?,
            manufactured_on: self.date("manufactured_on")?,
            energy: self.read("energy", |text| Energy::parse(text).map_err(unknown))?,
            colour: self.read("colour", |text| Colour::parse(text).map_err(unknown))?,
            division: self.division()?,
            plate: self.plate()?,
            insurance_until: self.date("insurance_until")?,
            casualty_accident: self.object.find_flag("casualty_accident")?,
            illegal_modification: self.object.find_flag("illegal_modification")?,
        })
    }
}

fn unknown(error: UnknownCode) -> (&'static str, String) {
    (UnknownCode::CODE, error.to_string())
}

/// Reads `plate_number` and `plate_type` of an object; one without the other is an error.
pub(super) fn read_plate(object: &Object<'_>, warnings: &mut Vec<Warning>) -> Result<Option<Plate>, EventError> {
    let number = object.find_text("plate_number")?;
    let plate_type = object.find_text("plate_type")?;
    let (number, plate_type) = match (number, plate_type) {
        (None, None) => return Ok(None),
        (Some(number), Some(plate_type)) => (number, plate_type),
        _ => return Err(object.wrong_here(EventProblem::Together("plate_number and plate_type"))),
    };
    let plate_type =
        PlateType::from_code(plate_type).map_err(|e| object.unreadable("plate_type", UnknownCode::CODE, e))?;
    let plate = Plate::parse(number, plate_type).map_err(|e| object.unreadable("plate_number", e.code(), e))?;
    Ok(Some(plate.take(warnings)))
}

impl Event {
    /// The odd values of the event, without repetition.
    pub(super) fn tidy(mut warnings: Vec<Warning>) -> Vec<Warning> {
        warnings.sort_unstable();
        warnings.dedup();
        warnings
    }
}
