//! The one place that reads the wall clock. Everything else is given an instant.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that can be read, and in tests be set.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// `None` reads the machine's clock; otherwise microseconds since 1970.
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { fixed: None }
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn fixed(at: Timestamp) -> Self {
        Self { fixed: Some(Arc::new(AtomicI64::new(at.as_microsecond()))) }
    }

    /// The instant now.
    #[expect(clippy::disallowed_methods, reason = "this file owns the wall clock")]
    pub fn now(&self) -> Timestamp {
        match &self.fixed {
            Some(at) => Timestamp::from_microsecond(at.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH),
            None => {
                // Microseconds are what the store keeps; a finer instant would not survive a round trip.
                let now = Timestamp::now();
                Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
            }
        }
    }

    /// Moves a fixed clock; the machine's clock is left alone.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(at) = &self.fixed {
            at.fetch_add(i64::try_from(by.as_micros()).unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// Today's date in China.
    pub fn today(&self) -> Date {
        china_date(self.now())
    }
}

/// China Standard Time, UTC+08:00 all year: the day on which a rule applies is a day at this offset.
pub fn china() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// The civil date of an instant in China.
pub fn china_date(at: Timestamp) -> Date {
    at.to_zoned(china()).date()
}

/// The instant at which a civil day begins in China.
pub fn china_midnight(day: Date) -> Timestamp {
    day.to_zoned(china()).map(|z| z.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH)
}
