//! A row of the register of drivers: texts to the facts of a licence, with every problem of the row named.

use super::columns::{self, driver_at as at};
use super::reading::{Problem, Reading, RowWarning, day, scientific};
use super::record::Record;
use super::reject::Reject;
use super::value;
use jiff::ToSpan;
use jiff::civil::Date;
use luzheng_domain::driver::licence::file_number;
use luzheng_domain::driver::points::{Opening, PointsAccount};
use luzheng_domain::driver::{ClassSet, Licence, LicenceNumber, LicenceStatus, Sex, StateLetter, StatusError};
use std::collections::BTreeMap;

/// The youngest age at which a licence is issued (R162 Art. 14).
const YOUNGEST: i8 = 18;
/// Validity further ahead than this is worth a look: the longest term is 10 years, and a renewal comes up to 90 days early.
const VALIDITY_AHEAD_YEARS: i16 = 11;
/// The first day on which anybody could apply for an electronic licence: the pilot of three cities (domain-driver.md 5.1).
const FIRST_APPLICATION: Date = Date::constant(2021, 6, 1);
/// The most points a register states: 12 make a cycle full, and every decision adds.
const POINTS_MAX: u8 = 250;
/// Longest name of a photo file, in characters.
const PHOTO_NAME_MAX: usize = 120;
/// The nationality of whoever has a citizen number, when the register does not state it.
const CHINESE: &str = "中国";

/// A row of drivers that can go in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverRow {
    /// The line on which it begins.
    pub line: u64,
    /// The facts, without points.
    pub licence: Licence,
    /// 累积记分, when the file states it.
    pub points: Option<u8>,
    /// The name of the photo file, when there is one.
    pub photo: Option<String>,
    /// When the holder applied for the electronic licence of the former system.
    pub applied_on: Option<Date>,
    /// What is odd.
    pub warnings: Vec<RowWarning>,
    /// By place: whether the file says anything in this column. What it does not say is to stay as it is known.
    said: [bool; 16],
}

impl DriverRow {
    /// The licence with the points that the file states as of a day: a figure for the account, also when it is none.
    pub fn licence_as_of(&self, as_of: Date) -> Licence {
        let mut licence = self.licence.clone();
        licence.points.opening = self.points.map(|points| Opening { points, as_of, covers: 0 });
        licence
    }

    /// Whether the file says anything in the column of this name. What it does not say is to stay as it is known; an empty value of a
    /// column that may be empty says nothing.
    pub fn says(&self, column: &str) -> bool {
        columns::driver().find(column).is_some_and(|place| self.said[place])
    }
}

/// Understands one row. `today` is the day in China; nothing in a register has happened later.
///
/// # Errors
/// Every problem of the row.
pub fn read(record: Record, today: Date) -> Result<DriverRow, Vec<Reject>> {
    let mut row = Reading::new(record, today, columns::driver());
    let number = row.licence_number();
    let name = row.name(at::NAME);
    let sex = row.required(at::SEX, |_, t| {
        Sex::parse(t).ok_or_else(|| Problem::new("not_a_sex", "male (1, 男) or female (2, 女) is expected"))
    });
    let nationality = row.nationality(number.as_ref());
    let birth_date = row.required(at::BIRTH_DATE, Reading::past_day);
    let classes = row.required(at::CLASSES, |_, t| t.parse::<ClassSet>().map_err(|e| Problem::new(e.code(), e)));
    let first_issued_on = row.required(at::FIRST_ISSUED_ON, Reading::past_day);
    let valid_from = row.required(at::VALID_FROM, |_, t| day(t));
    let valid_until = row.valid_until();
    let file_number = row.file_number();
    let division = row.division(at::DIVISION);
    let status = row.licence_status();
    let points = row.points();
    let phone = row.phone(at::PHONE);
    let photo = row.photo_name();
    let applied_on = row.applied_on();
    row.order_of_validity(birth_date, first_issued_on, valid_from, valid_until);
    row.number_agrees(number.as_ref(), birth_date, sex);

    let facts =
        (number, name, sex, nationality, birth_date, classes, first_issued_on, valid_from, valid_until, division);
    match facts {
        (
            Some(number),
            Some(name),
            Some(sex),
            Some(nationality),
            Some(birth_date),
            Some(classes),
            Some(first_issued_on),
            Some(valid_from),
            Some(valid_until),
            Some(division),
        ) if row.record.rejects.is_empty() => {
            let said = row.what_drivers_said(status.is_some());
            let status = status.unwrap_or_default();
            #[rustfmt::skip]
            let licence = Licence {
                number, name, sex, nationality, birth_date, phone, classes, class_dates: BTreeMap::new(), first_issued_on, valid_from,
                valid_until, file_number, division, status, points: PointsAccount::default(), last_medical_on: None,
                last_reviewed_on: None, deferred_until: None, extended_until: None,
            };
            Ok(DriverRow { line: row.record.line, licence, points, photo, applied_on, warnings: row.warnings, said })
        }
        _ => Err(row.rejects()),
    }
}

impl Reading {
    fn licence_number(&mut self) -> Option<LicenceNumber> {
        self.required(at::LICENCE_NUMBER, |r, t| {
            if value::is_scientific(t) {
                return Err(scientific());
            }
            let checked = LicenceNumber::parse(t).map_err(|e| Problem::new(e.code(), e))?;
            Ok(r.take(at::LICENCE_NUMBER, checked))
        })
    }

    /// Whoever has a citizen number is a citizen; everybody else's nationality must be stated.
    fn nationality(&mut self, number: Option<&LicenceNumber>) -> Option<String> {
        if let Some(stated) = self.text(at::NATIONALITY).filter(|t| !t.is_empty()) {
            return Some(stated);
        }
        let number = number?;
        if number.birth_date().is_none() {
            let sentence = "the nationality is missing, and the number is no citizen number";
            self.reject(at::NATIONALITY, "", Problem::new("nationality_unknown", sentence));
            return None;
        }
        Some(CHINESE.to_owned())
    }

    /// 有效期止: a date, or `long-term`, or 长期; the inner `None` is the long term.
    fn valid_until(&mut self) -> Option<Option<Date>> {
        self.required(at::VALID_UNTIL, |r, t| {
            if matches!(t.to_ascii_lowercase().replace([' ', '_'], "-").as_str(), "长期" | "long-term" | "longterm") {
                return Ok(None);
            }
            let until = day(t)?;
            if until.year() > r.today.year() + VALIDITY_AHEAD_YEARS {
                r.warn(at::VALID_UNTIL, "validity_far_ahead");
            }
            Ok(Some(until))
        })
    }

    fn file_number(&mut self) -> Option<String> {
        self.optional(at::FILE_NUMBER, |r, t| {
            if value::is_scientific(t) {
                return Err(scientific());
            }
            let checked = file_number(t)
                .ok_or_else(|| Problem::new("file_number", "up to 20 letters and digits are expected"))?;
            Ok(r.take(at::FILE_NUMBER, checked))
        })
    }

    fn licence_status(&mut self) -> Option<LicenceStatus> {
        if self.text(at::STATUS).is_some_and(|t| t.is_empty()) {
            // An empty state is no state: a suspension must not vanish because an export left the column empty.
            self.warn(at::STATUS, "status_empty");
        }
        self.optional(at::STATUS, |_, t| state(t).map_err(|e| Problem::new(e.code(), e)))
    }

    fn points(&mut self) -> Option<u8> {
        self.optional(at::POINTS, |_, t| {
            let digits = t.strip_suffix('分').unwrap_or(t).trim_end();
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Problem::new("not_a_number", "a whole number is expected"));
            }
            digits
                .parse()
                .ok()
                .filter(|points| *points <= POINTS_MAX)
                .ok_or_else(|| Problem::new("points_out_of_range", format!("0 to {POINTS_MAX} points are possible")))
        })
    }

    /// The name of a file, never a path: a register does not choose what is read from the disk. A bad one costs the photo, not the row.
    fn photo_name(&mut self) -> Option<String> {
        let raw = self.record.cells[at::PHOTO].as_deref().map(str::trim).filter(|t| !t.is_empty())?.to_owned();
        let plain =
            !raw.contains(['/', '\\', ':', '\0']) && !raw.starts_with('.') && raw.chars().count() <= PHOTO_NAME_MAX;
        if !plain {
            self.warn(at::PHOTO, "photo_name_unusable");
            return None;
        }
        Some(raw)
    }

    fn applied_on(&mut self) -> Option<Date> {
        let applied = self.optional(at::APPLIED_ON, Reading::past_day)?;
        if applied < FIRST_APPLICATION {
            // Nobody could apply then; the licence itself is not in doubt.
            self.warn(at::APPLIED_ON, "applied_before_pilot");
            return None;
        }
        Some(applied)
    }

    fn order_of_validity(
        &mut self,
        born: Option<Date>,
        first: Option<Date>,
        from: Option<Date>,
        until: Option<Option<Date>>,
    ) {
        if let (Some(from), Some(Some(until))) = (from, until)
            && until < from
        {
            let sentence = format!("validity ends on {until}, before it begins on {from}");
            self.reject(at::VALID_UNTIL, &until.to_string(), Problem::new("valid_until_before_from", sentence));
        }
        let Some(first) = first else { return };
        if let Some(from) = from.filter(|from| *from < first) {
            let sentence = format!("validity begins on {from}, before the first issue on {first}");
            self.reject(at::VALID_FROM, &from.to_string(), Problem::new("valid_before_first_issue", sentence));
        }
        let Some(born) = born else { return };
        if first <= born {
            let sentence = "first issued before the holder was born";
            self.reject(at::FIRST_ISSUED_ON, &first.to_string(), Problem::new("issued_before_birth", sentence));
        } else if first < born.saturating_add(YOUNGEST.years()) {
            self.warn(at::FIRST_ISSUED_ON, "issued_very_young");
        }
    }

    /// A citizen number says when somebody was born and of which sex they are. Registers have both right in different columns only.
    fn number_agrees(&mut self, number: Option<&LicenceNumber>, born: Option<Date>, sex: Option<Sex>) {
        let Some(number) = number else { return };
        let Some(expected) = number.birth_date() else { return };
        if born.is_some_and(|born| born != expected) {
            self.warn(at::BIRTH_DATE, "birth_date_differs");
        }
        let odd = number.as_str().as_bytes().get(16).is_some_and(|digit| digit % 2 == 1);
        if sex.is_some_and(|sex| (sex == Sex::Male) != odd) {
            self.warn(at::SEX, "sex_differs");
        }
    }

    fn what_drivers_said(&self, status: bool) -> [bool; 16] {
        let mut said = [false; 16];
        for (said, cell) in said.iter_mut().zip(&self.record.cells) {
            *said = cell.as_deref().is_some_and(|text| !text.trim().is_empty());
        }
        said[at::STATUS] = status;
        said
    }
}

/// A state by its letters (`BU`), or by the names of the table (超分、扣留).
fn state(text: &str) -> Result<LicenceStatus, StatusError> {
    let by_letters = text.parse();
    if by_letters.is_ok() || text.is_ascii() {
        return by_letters;
    }
    let mut letters = Vec::new();
    for name in text.split([',', ';', '/', '、', '|', ' ']).map(str::trim).filter(|n| !n.is_empty()) {
        match StateLetter::ALL.iter().find(|letter| letter.name().zh == name) {
            Some(letter) => letters.push(*letter),
            None => return by_letters,
        }
    }
    if letters.len() > 1 && letters.contains(&StateLetter::A) {
        return Err(StatusError::NormalNotAlone);
    }
    Ok(LicenceStatus::of(letters))
}
