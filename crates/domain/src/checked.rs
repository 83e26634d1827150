//! A value that was understood, with what is odd about it.

use serde::Serialize;

/// A parsed value and the oddities found on the way. Genuine registers are full of unusual identifiers (imported VINs, early social
/// credit codes, retired area codes): they are warned about, never refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked<T> {
    /// The value in its canonical form.
    pub value: T,
    /// What a person should know about it; empty when nothing is odd.
    pub warnings: Vec<Warning>,
}

impl<T> Checked<T> {
    /// A value with nothing odd about it.
    pub fn clean(value: T) -> Self {
        Self { value, warnings: Vec::new() }
    }

    /// The same warnings around another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Checked<U> {
        Checked { value: f(self.value), warnings: self.warnings }
    }

    /// Takes the value out and adds the warnings to a list the caller keeps.
    pub fn take(self, warnings: &mut Vec<Warning>) -> T {
        warnings.extend(self.warnings);
        self.value
    }
}

/// One oddity of an otherwise usable value. `code()` is stable; it goes to summaries and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// The letter after the province is not in the table of issuing authorities (GA 36 Appendix A).
    UnknownPlateAuthority,
    /// The plate has a shape that older rules allowed.
    OldPlateShape,
    /// This kind of plate has no confirmed number format; only its characters were checked.
    UnverifiedPlateShape,
    /// More letters than GA 36 allows in an ordinary serial.
    ManyPlateLetters,
    /// The check digit (position 9) is wrong; imported vehicles need not have one (GB 16735 binds Chinese makers).
    VinCheckDigit,
    /// A frame number from before 17-character VINs.
    ShortFrameNumber,
    /// The code fails its check character; early pilot codes do (GB 32100).
    CreditCodeCheck,
    /// The code fails its check character (GB 11714).
    OrganisationCodeCheck,
    /// A 15-digit citizen number, converted to 18 digits.
    OldCitizenNumber,
    /// The first six digits are no division we know (retired codes stay in people's numbers).
    UnknownCitizenDivision,
    /// The document is neither a citizen number, a social credit code nor an organisation code.
    OtherDocument,
    /// The division code is retired; it was kept.
    RetiredDivision,
    /// The six digits are no division we know.
    UnknownDivision,
    /// The code is a group heading of the table, not a type that is registered.
    GroupHeading,
    /// A 档案编号 that is not 12 digits.
    OddFileNumber,
}

impl Warning {
    /// The stable code, snake case.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownPlateAuthority => "unknown_plate_authority",
            Self::OldPlateShape => "old_plate_shape",
            Self::UnverifiedPlateShape => "unverified_plate_shape",
            Self::ManyPlateLetters => "many_plate_letters",
            Self::VinCheckDigit => "vin_check_digit",
            Self::ShortFrameNumber => "short_frame_number",
            Self::CreditCodeCheck => "credit_code_check",
            Self::OrganisationCodeCheck => "organisation_code_check",
            Self::OldCitizenNumber => "old_citizen_number",
            Self::UnknownCitizenDivision => "unknown_citizen_division",
            Self::OtherDocument => "other_document",
            Self::RetiredDivision => "retired_division",
            Self::UnknownDivision => "unknown_division",
            Self::GroupHeading => "group_heading",
            Self::OddFileNumber => "odd_file_number",
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownPlateAuthority => "the authority letter of the plate is not in the table",
            Self::OldPlateShape => "the plate has a shape of older rules",
            Self::UnverifiedPlateShape => {
                "the format of this kind of plate is not confirmed; only its characters were checked"
            }
            Self::ManyPlateLetters => "the plate has more letters than an ordinary serial may have",
            Self::VinCheckDigit => "the check digit of the VIN is wrong, as happens with imported vehicles",
            Self::ShortFrameNumber => "a frame number shorter than a VIN",
            Self::CreditCodeCheck => "the social credit code fails its check character, as early pilot codes do",
            Self::OrganisationCodeCheck => "the organisation code fails its check character",
            Self::OldCitizenNumber => "a 15-digit citizen number, converted to 18 digits",
            Self::UnknownCitizenDivision => "the citizen number begins with a division that is not in the table",
            Self::OtherDocument => "the owner's number is neither a citizen number nor a code of an organisation",
            Self::RetiredDivision => "the division code is retired",
            Self::UnknownDivision => "the division code is not in the table",
            Self::GroupHeading => "the vehicle type is a group heading, not a registered type",
            Self::OddFileNumber => "the file number is not 12 digits",
        })
    }
}
