//! What people are told about a mark on paper.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::mark::ReturnReason;
use crate::text::Text;
use crate::vehicle::Plate;
use crate::vehicle::notice::Notice;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        /// The kinds of notices about a mark on paper. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum PaperNotice { $($(#[$doc])* $variant,)+ }

        impl PaperNotice {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The kind of a code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.code() == code)
            }

            /// The title.
            pub const fn title(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }
        }
    };
}

kinds! {
    /// It was ordered.
    Ordered = "paper_ordered", "纸质检验标志已登记制作", "Paper mark ordered";
    /// It was made.
    Produced = "paper_produced", "纸质检验标志已制作", "Paper mark made";
    /// It is on its way.
    Dispatched = "paper_dispatched", "纸质检验标志已寄出", "Paper mark sent";
    /// It waits at the office.
    Ready = "paper_ready", "纸质检验标志可以领取", "Paper mark ready to be picked up";
    /// It arrived.
    Delivered = "paper_delivered", "纸质检验标志已送达", "Paper mark delivered";
    /// It was picked up.
    Collected = "paper_collected", "纸质检验标志已领取", "Paper mark picked up";
    /// It came back.
    Returned = "paper_returned", "纸质检验标志已退回", "Paper mark returned";
    /// The order was given up.
    Withdrawn = "paper_withdrawn", "纸质检验标志已取消制作", "Paper mark cancelled";
}

/// What a notice says besides its kind. No names, addresses or numbers of parcels: a notice leaves the house.
#[derive(Debug, Clone, Default)]
pub struct PaperFacts {
    /// Who carries it.
    pub carrier: Option<String>,
    /// Where it waits.
    pub office: Option<Text>,
    /// The last day to pick it up.
    pub collect_by: Option<Date>,
    /// Why it came back.
    pub returned: Option<ReturnReason>,
}

impl PaperNotice {
    /// The notice about the paper mark of a vehicle.
    pub fn notice(self, plate: &Plate, facts: &PaperFacts) -> Notice {
        let plate = plate.number.with_dot();
        let (zh, en) = match self {
            Self::Ordered => (
                format!("{plate}的纸质检验标志已登记制作。电子凭证与纸质标志具有同等效力，等待期间可直接使用。"),
                format!(
                    "The paper mark of {plate} was ordered. The electronic one counts as much, also while you wait."
                ),
            ),
            Self::Produced => {
                (format!("{plate}的纸质检验标志已制作完成。"), format!("The paper mark of {plate} was made."))
            }
            Self::Dispatched => {
                let (by_zh, by_en) = match &facts.carrier {
                    Some(carrier) => (format!("，承运：{carrier}"), format!(" with {carrier}")),
                    None => (String::new(), String::new()),
                };
                (
                    format!("{plate}的纸质检验标志已寄出{by_zh}。单号可在“办事进度”中查看。"),
                    format!("The paper mark of {plate} was sent{by_en}. Its number stands under “Progress”."),
                )
            }
            Self::Ready => self.ready(&plate, facts),
            Self::Delivered => {
                (format!("{plate}的纸质检验标志已送达。"), format!("The paper mark of {plate} was delivered."))
            }
            Self::Collected => {
                (format!("{plate}的纸质检验标志已领取。"), format!("The paper mark of {plate} was picked up."))
            }
            Self::Returned => {
                let (why_zh, why_en) = facts.returned.map_or((String::new(), String::new()), |reason| {
                    let text = reason.text();
                    (format!("（{}）", text.zh), format!(" ({})", text.en))
                });
                (
                    format!("{plate}的纸质检验标志已退回{why_zh}。电子凭证仍然有效，需要时可重新申请纸质标志。"),
                    format!(
                        "The paper mark of {plate} came back{why_en}. The electronic one counts; you can order again."
                    ),
                )
            }
            Self::Withdrawn => (
                format!("{plate}的纸质检验标志已取消制作，电子凭证仍然有效。"),
                format!("The order of the paper mark of {plate} was cancelled; the electronic one counts."),
            ),
        };
        Notice { title: self.title(), body: Text::made(zh, en) }
    }

    fn ready(self, plate: &str, facts: &PaperFacts) -> (String, String) {
        let (at_zh, at_en) = match &facts.office {
            Some(office) => (format!("已到达{}", office.zh), format!(" at {}", office.en)),
            None => ("已到达领取网点".to_owned(), String::new()),
        };
        let (by_zh, by_en) = match facts.collect_by {
            Some(day) => (
                format!("，请于{}年{}月{}日前（含当日）凭身份证领取", day.year(), day.month(), day.day()),
                format!("; pick it up by {day} with your identity card"),
            ),
            None => ("，请凭身份证领取".to_owned(), "; pick it up with your identity card".to_owned()),
        };
        (format!("{plate}的纸质检验标志{at_zh}{by_zh}。"), format!("The paper mark of {plate} is ready{at_en}{by_en}."))
    }
}
