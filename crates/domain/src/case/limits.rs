//! The limits of photos and reviews (domain-driver.md 5.4), as constants and functions of them.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::{self, NoCalendar};

/// The office reviews a photo within one working day (official answers of 2022, EDL-C).
pub const REVIEW_WORKING_DAYS: u32 = 1;

/// A picture from the album must have been made within so many months (EDL-B).
pub const ALBUM_PHOTO_MAX_AGE_MONTHS: i32 = 6;

/// A photo that the holder sent in can be replaced after so many months; one from the register at once (EDL-B, EDL-C).
pub const REPLACE_OWN_PHOTO_AFTER_MONTHS: i32 = 6;

/// The least width of a photo, in pixels.
pub const MIN_PHOTO_WIDTH: u32 = 520;

/// The ratio of width to height must be larger than this (2 to 3) …
const RATIO_ABOVE: (u64, u64) = (2, 3);
/// … and smaller than this (3 to 4).
const RATIO_BELOW: (u64, u64) = (3, 4);

/// Where a photo comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoOrigin {
    /// The register's file.
    Register,
    /// Taken with the app.
    Camera,
    /// Chosen from the album.
    Album,
}

impl PhotoOrigin {
    /// Every origin.
    pub const ALL: [Self; 3] = [Self::Register, Self::Camera, Self::Album];

    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Camera => "camera",
            Self::Album => "album",
        }
    }

    /// The origin of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.code() == code)
    }
}

/// The first day on which a photo may be replaced that has been on the licence since a day.
pub fn photo_replace_from(origin: PhotoOrigin, since: Date) -> Date {
    match origin {
        PhotoOrigin::Register => since,
        PhotoOrigin::Camera | PhotoOrigin::Album => {
            since.checked_add(REPLACE_OWN_PHOTO_AFTER_MONTHS.months()).unwrap_or(Date::MAX)
        }
    }
}

/// Whether a picture from the album is recent enough: made within the last six months, and not after today.
pub fn album_photo_is_recent(taken_on: Date, today: Date) -> bool {
    let still_good = taken_on.checked_add(ALBUM_PHOTO_MAX_AGE_MONTHS.months()).unwrap_or(Date::MAX);
    taken_on <= today && today <= still_good
}

/// What is wrong with the size of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeProblem {
    /// Narrower than [`MIN_PHOTO_WIDTH`].
    TooNarrow,
    /// 2:3 or narrower.
    TooTall,
    /// 3:4 or wider.
    TooWide,
}

/// Whether a photo of this many pixels has a size that is taken: at least 520 wide, between 2:3 and 3:4, both excluded.
pub fn photo_size(width: u32, height: u32) -> Result<(), SizeProblem> {
    let (w, h) = (u64::from(width), u64::from(height));
    if width < MIN_PHOTO_WIDTH {
        Err(SizeProblem::TooNarrow)
    } else if w * RATIO_ABOVE.1 <= h * RATIO_ABOVE.0 {
        Err(SizeProblem::TooTall)
    } else if w * RATIO_BELOW.1 >= h * RATIO_BELOW.0 {
        Err(SizeProblem::TooWide)
    } else {
        Ok(())
    }
}

/// The last day on which the result of a review is due.
pub fn review_expected_by(submitted_on: Date) -> Result<Date, NoCalendar> {
    calendar::add_working_days(submitted_on, REVIEW_WORKING_DAYS)
}
