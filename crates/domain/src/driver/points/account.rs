//! The points a person has been given, as the register tells them: entries, reductions, educations.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::{Text, normal_code};

/// The limit of one cycle: 12 points (R163 Art. 3).
pub const LIMIT: u32 = 12;

/// The most that may be taken off in one cycle by learning (R163 Art. 25).
pub const MAX_REDUCED_PER_CYCLE: u32 = 6;

/// Everything that has been said about a person's points. An account is a value; what follows from it on a day says `standing_on`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PointsAccount {
    /// Penalties with points, in the order in which they were reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<PointsEntry>,
    /// Points taken off by learning (学法减分).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reductions: Vec<Reduction>,
    /// Full-12 educations passed (满分教育).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub educations: Vec<Education>,
    /// 累积记分 as an import states it, without the single penalties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
}

/// The accumulated points on a day, as an import states them. It takes the place of everything known when the import was read; a penalty
/// that is reported later counts on top of it, whenever it was decided: the register reports each penalty once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The sum.
    pub points: u8,
    /// The day it was stated.
    pub as_of: Date,
    /// How many of the account's entries were known then and are part of the figure.
    #[serde(default)]
    pub covers: u32,
}

/// One penalty with points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsEntry {
    /// The number of the penalty decision: unique within an account.
    pub id: String,
    /// Which item of R163 Art. 8 to 12, when the register says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// The points: 1, 3, 6, 9 or 12 (older ones 2 and others).
    pub points: u8,
    /// The day of the offence.
    pub offence_on: Date,
    /// The day of the decision: points count from it (R163 Art. 13).
    pub decided_on: Date,
    /// The last day to pay the fine; absent when there is no fine, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_due_on: Option<Date>,
    /// The day the fine was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_paid_on: Option<Date>,
    /// The day the decision was annulled: the points never were (R163 Art. 16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annulled_on: Option<Date>,
}

/// Points taken off by learning or by volunteer work (R163 Art. 25 to 27).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    /// The register's number: unique within an account.
    pub id: String,
    /// By what.
    pub way: ReductionWay,
    /// How many points were taken off.
    pub points: u8,
    /// The day.
    pub on: Date,
    /// The day it was taken back for fraud (R163 Art. 31): it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_on: Option<Date>,
}

/// A full-12 education with its test passed (R163 Art. 17 to 23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Education {
    /// The register's number: unique within an account.
    pub id: String,
    /// The day on which study was done and the tests were passed.
    pub passed_on: Date,
}

/// How points are taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReductionWay {
    /// 网上学习: 30 minutes within 3 days, exam passed: 1 point.
    Online,
    /// 现场学习: 1 hour, exam passed: 2 points.
    OnSite,
    /// 交通安全公益活动: 1 hour: 1 point.
    Volunteer,
}

impl ReductionWay {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Online, Self::OnSite, Self::Volunteer];

    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::OnSite => "on_site",
            Self::Volunteer => "volunteer",
        }
    }

    /// The way of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }

    /// The points one go takes off (R163 Art. 27).
    pub const fn points(self) -> u8 {
        match self {
            Self::Online | Self::Volunteer => 1,
            Self::OnSite => 2,
        }
    }

    /// The name for people.
    pub const fn name(self) -> Text {
        match self {
            Self::Online => Text::fixed("网上学习", "Online study"),
            Self::OnSite => Text::fixed("现场学习", "On-site study"),
            Self::Volunteer => Text::fixed("交通安全公益活动", "Road-safety volunteer work"),
        }
    }

    /// What one go asks for.
    pub const fn condition(self) -> Text {
        match self {
            Self::Online => Text::fixed(
                "三日内累计学习满30分钟，且考试合格",
                "Study 30 minutes in total within three days and pass the exam.",
            ),
            Self::OnSite => Text::fixed("现场学习满一小时，且考试合格", "Study one hour on site and pass the exam."),
            Self::Volunteer => {
                Text::fixed("参加公益活动满一小时为一次", "One hour of road-safety volunteer work counts once.")
            }
        }
    }
}

/// An item of the tables of R163, Articles 8 to 12, written `11(7)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Item {
    article: u8,
    number: u8,
}

/// The text is no item of the tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no item of R163 Art. 8 to 12 such as 11(7)")]
pub struct NotAnItem;

impl NotAnItem {
    /// The stable code of this error.
    pub const CODE: &'static str = "not_an_item";
}

impl Item {
    /// How many items Articles 8 to 12 have.
    const COUNTS: [u8; 5] = [7, 7, 11, 15, 10];

    /// The item, if the article has it.
    pub const fn new(article: u8, number: u8) -> Option<Self> {
        if article < 8 || article > 12 || number == 0 || number > Self::COUNTS[article as usize - 8] {
            return None;
        }
        Some(Self { article, number })
    }

    /// Every item, in the order of the articles.
    pub fn all() -> impl Iterator<Item = Self> {
        (8..=12u8).flat_map(|article| {
            (1..=Self::COUNTS[usize::from(article) - 8]).map(move |number| Self { article, number })
        })
    }

    /// The article, 8 to 12.
    pub const fn article(self) -> u8 {
        self.article
    }

    /// The number within the article, from 1.
    pub const fn number(self) -> u8 {
        self.number
    }

    /// The points of its article (R163 Art. 8 to 12).
    pub const fn points(self) -> u8 {
        match self.article {
            8 => 12,
            9 => 9,
            10 => 6,
            11 => 3,
            _ => 1,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.article, self.number)
    }
}

impl FromStr for Item {
    type Err = NotAnItem;

    /// Reads `11(7)`, full width or not.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = normal_code(text);
        let (article, number) = code.strip_suffix(')').and_then(|c| c.split_once('(')).ok_or(NotAnItem)?;
        let plain = |text: &str| -> Option<u8> {
            let digits = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
            if digits { text.parse().ok() } else { None }
        };
        let (article, number) = plain(article).zip(plain(number)).ok_or(NotAnItem)?;
        Self::new(article, number).ok_or(NotAnItem)
    }
}

crate::text::serde_as_text!(Item);

impl PointsAccount {
    /// The entry of a penalty decision.
    pub fn entry(&self, id: &str) -> Option<&PointsEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    pub(crate) fn entry_mut(&mut self, id: &str) -> Option<&mut PointsEntry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}
