//! An excess in percent, exact at the bounds.

use std::fmt;
use std::str::FromStr;

use crate::text::normal_code;

/// The digits after the point that are kept. Further ones are cut, which keeps every value on its side of a whole percent.
const DECIMALS: usize = 6;
const ONE: u64 = 1_000_000;

/// An excess over a limit in percent, in millionths of a percent, cut and never rounded: 19.999 999 9 % stays below 20 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Percent(u64);

/// The text is no percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a percentage from 0 to 100000 such as 20 or 19.5 is needed")]
pub struct NotAPercent;

impl Percent {
    /// The largest excess that is read.
    const MAX: u64 = 100_000 * ONE;

    /// A whole percentage.
    pub const fn whole(percent: u32) -> Self {
        Self(percent as u64 * ONE)
    }

    /// By how much a value is over a limit: `of_excess(6, 5)` is 20 %. Zero when it is not; `None` without a limit.
    pub fn of_excess(value: u32, limit: u32) -> Option<Self> {
        if limit == 0 {
            return None;
        }
        let over = u64::from(value.saturating_sub(limit));
        Some(Self(over * 100 * ONE / u64::from(limit)))
    }

    /// Whether there is no excess.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Percent {
    type Err = NotAPercent;

    /// Reads `20`, `19.5`, `20%`, full width or not.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = normal_code(text);
        let code = code.strip_suffix('%').unwrap_or(&code);
        let (whole, rest) = code.split_once('.').unwrap_or((code, "0"));
        let digits = |part: &str| !part.is_empty() && part.len() <= 32 && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(rest) || whole.len() > 9 {
            return Err(NotAPercent);
        }
        let mut kept: String = rest.chars().take(DECIMALS).collect();
        while kept.len() < DECIMALS {
            kept.push('0');
        }
        let whole: u64 = whole.parse().map_err(|_| NotAPercent)?;
        let kept: u64 = kept.parse().map_err(|_| NotAPercent)?;
        let value = whole * ONE + kept;
        // Something above zero must not become zero by cutting.
        let some = rest.bytes().any(|b| b != b'0');
        let value = if value == 0 && some { 1 } else { value };
        if value > Self::MAX { Err(NotAPercent) } else { Ok(Self(value)) }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / ONE)?;
        let rest = self.0 % ONE;
        if rest == 0 { Ok(()) } else { write!(f, ".{}", format!("{rest:06}").trim_end_matches('0')) }
    }
}
