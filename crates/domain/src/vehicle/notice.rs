//! What people are told about a mark: kinds with stable codes, and their sentences.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::event::MarkDecision;
use super::inspection::InspectionAction;
use super::{Plate, YearMonth};
use crate::credential::Reason;
use crate::text::Text;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)+) => {
        /// The kinds of notices about inspection marks. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum NoticeKind { $($(#[$doc])* $variant,)+ }

        impl NoticeKind {
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
        }
    };
}

kinds! {
    /// A mark was issued.
    MarkIssued = "mark_issued";
    /// A mark was renewed after inspection or application.
    MarkRenewed = "mark_renewed";
    /// A mark was replaced because something it rests on changed.
    MarkReplaced = "mark_replaced";
    /// A mark was suspended.
    MarkSuspended = "mark_suspended";
    /// A mark counts again.
    MarkRestored = "mark_restored";
    /// A mark was revoked.
    MarkRevoked = "mark_revoked";
    /// To the former owner: the vehicle is gone and with it the mark.
    MarkGivenUp = "mark_given_up";
    /// No mark was issued, and why.
    MarkWithheld = "mark_withheld";
    /// The inspection was not passed.
    InspectionFailed = "inspection_failed";
    /// The window of the next point is open.
    InspectionDue = "inspection_due";
    /// The last day has passed.
    InspectionOverdue = "inspection_overdue";
}

/// Whom a notice goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// The owner after the event.
    Owner,
    /// The owner before the event.
    FormerOwner,
}

/// What a notice says besides its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFacts<'f> {
    /// The vehicle's plate.
    pub plate: &'f Plate,
    /// The validity in question.
    pub valid_until: Option<YearMonth>,
    /// Why.
    pub reason: Option<Reason>,
    /// What is to be done, for notices about a point.
    pub action: Option<InspectionAction>,
}

/// A notice as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// One line.
    pub title: Text,
    /// One or two sentences.
    pub body: Text,
}

impl NoticeKind {
    /// Whom it goes to.
    pub const fn recipient(self) -> Recipient {
        match self {
            Self::MarkGivenUp => Recipient::FormerOwner,
            _ => Recipient::Owner,
        }
    }

    /// The notices a decision causes.
    pub fn of(decision: &MarkDecision) -> Vec<Self> {
        match decision {
            // Only what the owner can settle is told; a region that is not open yet is no news to anybody.
            MarkDecision::Nothing { because: Some(reason) } if settled_by_owner(*reason) => vec![Self::MarkWithheld],
            MarkDecision::Nothing { .. } => vec![],
            MarkDecision::Issue { .. } => vec![Self::MarkIssued],
            MarkDecision::Supersede { reason: Reason::Renewed, .. } => vec![Self::MarkRenewed],
            MarkDecision::Supersede { .. } => vec![Self::MarkReplaced],
            MarkDecision::Suspend { .. } => vec![Self::MarkSuspended],
            MarkDecision::Restore { .. } => vec![Self::MarkRestored],
            MarkDecision::Revoke { reason: Reason::Transferred } => vec![Self::MarkGivenUp],
            MarkDecision::Revoke { .. } => vec![Self::MarkRevoked],
            MarkDecision::RevokeAndIssue { .. } => vec![Self::MarkGivenUp, Self::MarkIssued],
        }
    }

    /// The title.
    pub const fn title(self) -> Text {
        let (zh, en) = match self {
            Self::MarkIssued => ("检验标志电子凭证已生成", "Inspection mark issued"),
            Self::MarkRenewed => ("检验标志已更新", "Inspection mark renewed"),
            Self::MarkReplaced => ("检验标志已换发", "Inspection mark replaced"),
            Self::MarkSuspended => ("检验标志已暂停使用", "Inspection mark suspended"),
            Self::MarkRestored => ("检验标志已恢复使用", "Inspection mark restored"),
            Self::MarkRevoked => ("检验标志已作废", "Inspection mark revoked"),
            Self::MarkGivenUp => ("车辆已转让，检验标志已作废", "Vehicle transferred, inspection mark revoked"),
            Self::MarkWithheld => ("检验标志暂未生成", "No inspection mark issued"),
            Self::InspectionFailed => ("车辆检验不合格", "Inspection not passed"),
            Self::InspectionDue => ("车辆检验即将到期", "Inspection due"),
            Self::InspectionOverdue => ("车辆检验已逾期", "Inspection overdue"),
        };
        Text::fixed(zh, en)
    }

    /// The notice with its facts.
    pub fn notice(self, facts: &NoticeFacts<'_>) -> Notice {
        let plate = facts.plate.number.with_dot();
        let last = facts.valid_until.map(YearMonth::last_day);
        let (until_zh, until_en) = until(last);
        let (why_zh, why_en) = match facts.reason.map(Reason::text) {
            Some(text) => (format!("原因：{}。", text.zh), format!(" {}", text.en)),
            None => (String::new(), String::new()),
        };
        let (todo_zh, todo_en) = todo(facts.action);
        let (zh, en) = match self {
            Self::MarkIssued => (
                format!("{plate}的检验标志电子凭证已生成{until_zh}，与纸质标志具有同等效力。"),
                format!(
                    "The electronic inspection mark of {plate} was issued{until_en}. It counts as much as the paper mark."
                ),
            ),
            Self::MarkRenewed => (
                format!("{plate}的检验标志已更新{until_zh}。"),
                format!("The inspection mark of {plate} was renewed{until_en}."),
            ),
            Self::MarkReplaced => (
                format!("{plate}的检验标志已换发{until_zh}，原电子凭证不再有效。{why_zh}"),
                format!(
                    "The inspection mark of {plate} was replaced{until_en}; the former one no longer counts.{why_en}"
                ),
            ),
            Self::MarkSuspended => (
                format!("{plate}的检验标志已暂停使用。{why_zh}"),
                format!("The inspection mark of {plate} is suspended.{why_en}"),
            ),
            Self::MarkRestored => (
                format!("{plate}的检验标志已恢复使用{until_zh}。"),
                format!("The inspection mark of {plate} counts again{until_en}."),
            ),
            Self::MarkRevoked => (
                format!("{plate}的检验标志已作废，请勿再出示。{why_zh}"),
                format!("The inspection mark of {plate} was revoked; do not show it any more.{why_en}"),
            ),
            Self::MarkGivenUp => (
                format!("您已不再是{plate}的登记所有人，该车的检验标志电子凭证已从您的名下移除。"),
                format!(
                    "You are no longer the registered owner of {plate}; its inspection mark has left your account."
                ),
            ),
            Self::MarkWithheld => (
                format!("{plate}的检验标志电子凭证暂未生成。{why_zh}处理完毕后将自动生成。"),
                format!(
                    "No electronic inspection mark was issued for {plate}.{why_en} It follows by itself when this is settled."
                ),
            ),
            Self::InspectionFailed => (
                format!("{plate}本次检验不合格，请修复后复检。"),
                format!("{plate} did not pass its inspection. Have it repaired and inspected again."),
            ),
            Self::InspectionDue => (
                format!("{plate}的检验期将于{}届满，{todo_zh}。", day_zh(last)),
                format!("The inspection validity of {plate} ends on {}: {todo_en}.", day_en(last)),
            ),
            Self::InspectionOverdue => (
                format!("{plate}的检验期已于{}届满，{todo_zh}，在此之前请勿上路行驶。", day_zh(last)),
                format!(
                    "The inspection validity of {plate} ended on {}: {todo_en}, and do not drive before.",
                    day_en(last)
                ),
            ),
        };
        Notice { title: self.title(), body: Text::made(zh, en) }
    }
}

/// Whether a mark that is withheld for this reason follows by itself once the owner has settled it.
const fn settled_by_owner(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::OpenViolation
            | Reason::OpenAccident
            | Reason::InsuranceExpired
            | Reason::Locked
            | Reason::Impounded
            | Reason::Sealed
    )
}

fn day_zh(day: Option<Date>) -> String {
    day.map_or_else(|| "近期".to_owned(), |d| format!("{}年{}月{}日", d.year(), d.month(), d.day()))
}

fn day_en(day: Option<Date>) -> String {
    day.map_or_else(|| "a day soon".to_owned(), |d| d.to_string())
}

fn until(last: Option<Date>) -> (String, String) {
    match last {
        Some(day) => (format!("，检验有效期至{}", day_zh(Some(day))), format!(", valid until {day}")),
        None => (String::new(), String::new()),
    }
}

const fn todo(action: Option<InspectionAction>) -> (&'static str, &'static str) {
    match action {
        Some(InspectionAction::ApplyMark) => {
            ("免上线检验，请在网上申领检验标志", "no inspection at a station is needed, apply for the mark online")
        }
        Some(InspectionAction::Inspect) => ("请到检验机构办理检验", "have it inspected at a station"),
        None => ("请及时办理", "see to it in time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::PlateType;

    fn plate() -> Plate {
        Plate::parse("苏E12345", PlateType::from_code("02").expect("a kind")).expect("a plate").value
    }

    #[test]
    fn codes_read_back_and_are_the_serde_words() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_code(kind.code()), Some(*kind));
            assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.code());
        }
        assert_eq!(NoticeKind::from_code("mark_eaten"), None);
    }

    /// Every sentence, with every fact and with none: it names the plate, has no hole, and ends.
    #[test]
    fn every_notice_is_a_sentence() {
        let plate = plate();
        let full = NoticeFacts {
            plate: &plate,
            valid_until: "2027-05".parse().ok(),
            reason: Some(Reason::Stolen),
            action: Some(InspectionAction::ApplyMark),
        };
        let bare = NoticeFacts { plate: &plate, valid_until: None, reason: None, action: None };
        for kind in NoticeKind::ALL {
            for facts in [&full, &bare] {
                let notice = kind.notice(facts);
                for (title, body, end, plate) in [
                    (&notice.title.zh, &notice.body.zh, '。', "苏E·12345"),
                    (&notice.title.en, &notice.body.en, '.', "苏E·12345"),
                ] {
                    assert!(!title.is_empty() && title.chars().count() <= 48, "{title}");
                    assert!(body.contains(plate) && body.ends_with(end), "{body}");
                    assert!(!body.contains("  ") && !body.contains("。。") && !body.contains(".."), "{body}");
                }
            }
        }
    }

    #[test]
    fn sentences_with_their_facts() {
        let plate = plate();
        let facts = |reason, action| NoticeFacts { plate: &plate, valid_until: "2027-05".parse().ok(), reason, action };
        let renewed = NoticeKind::MarkRenewed.notice(&facts(None, None)).body;
        assert_eq!(renewed.zh, "苏E·12345的检验标志已更新，检验有效期至2027年5月31日。");
        assert_eq!(renewed.en, "The inspection mark of 苏E·12345 was renewed, valid until 2027-05-31.");
        let suspended = NoticeKind::MarkSuspended.notice(&facts(Some(Reason::Stolen), None)).body;
        assert_eq!(suspended.zh, "苏E·12345的检验标志已暂停使用。原因：车辆被盗抢。");
        assert_eq!(suspended.en, "The inspection mark of 苏E·12345 is suspended. The vehicle is reported stolen.");
        let due = NoticeKind::InspectionDue.notice(&facts(None, Some(InspectionAction::ApplyMark))).body;
        assert_eq!(due.zh, "苏E·12345的检验期将于2027年5月31日届满，免上线检验，请在网上申领检验标志。");
    }

    #[test]
    fn only_the_former_owner_hears_that_the_vehicle_is_gone() {
        let former: Vec<_> = NoticeKind::ALL.iter().filter(|k| k.recipient() == Recipient::FormerOwner).collect();
        assert_eq!(former, [&NoticeKind::MarkGivenUp]);
        let withheld = |because| NoticeKind::of(&MarkDecision::Nothing { because: Some(because) });
        assert_eq!(withheld(Reason::OpenViolation), [NoticeKind::MarkWithheld]);
        assert_eq!(withheld(Reason::RegionNotOpen), []);
        assert_eq!(withheld(Reason::Deregistered), []);
    }
}
