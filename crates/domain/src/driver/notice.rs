//! What people are told about their licence: kinds with stable codes, and their sentences.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Licence;
use super::event::{Event, EventData, LicenceDecision, Outcome};
use super::points::LIMIT;
use crate::credential::Reason;
use crate::text::Text;
use crate::vehicle::notice::Notice;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        /// The kinds of notices about driving licences. The codes are stable and none is one of the inspection mark's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum DriverNotice { $($(#[$doc])* $variant,)+ }

        impl DriverNotice {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The title.
            pub const fn title(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }
        }
    };
}

kinds! {
    /// An electronic licence was issued on application.
    LicenceIssued = "licence_issued", "电子驾驶证已生成", "Electronic licence issued";
    /// A new electronic licence took the place of the former one.
    LicenceReplaced = "licence_replaced", "电子驾驶证已更新", "Electronic licence replaced";
    /// The code turned red.
    LicenceRed = "licence_red", "驾驶证状态异常", "Licence state not normal";
    /// The electronic licence does not count for the time being.
    LicenceStopped = "licence_stopped", "电子驾驶证已停用", "Electronic licence stopped";
    /// The state is in order again.
    LicenceRestored = "licence_restored", "驾驶证状态已恢复正常", "Licence in order again";
    /// The electronic licence ended.
    LicenceWithdrawn = "licence_withdrawn", "电子驾驶证已作废", "Electronic licence withdrawn";
    /// A penalty with points was entered.
    PointsEntered = "points_entered", "新增交通违法记分", "Points entered";
    /// The sum reached 12.
    PointsFull = "points_full", "累积记分已满12分", "12 points reached";
    /// Points were taken off by learning.
    PointsReduced = "points_reduced", "记分已扣减", "Points taken off";
    /// A penalty was annulled and its points with it.
    PointsAnnulled = "points_annulled", "记分已撤销", "Points annulled";
    /// Points went away after education and fines.
    PointsCleared = "points_cleared", "记分已清除", "Points cleared";
    /// An application was received and waits for a person.
    ApplicationReceived = "application_received", "电子驾驶证申请已受理", "Application received";
    /// An application was refused, and why.
    ApplicationRejected = "application_rejected", "电子驾驶证照片未通过审核", "Photo not accepted";
    /// An application has to be made at the counter.
    ApplicationAtCounter = "application_at_counter", "请到车管所窗口办理", "Please come to the counter";
}

/// What a notice says besides its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoticeFacts {
    /// Why.
    pub reason: Option<Reason>,
    /// The points in question.
    pub points: Option<u8>,
    /// The accumulated points afterwards.
    pub sum: Option<u32>,
    /// A day to keep in mind: the end of validity, the day a result is expected by.
    pub day: Option<Date>,
    /// Why a photo was not accepted.
    pub rejection: Option<crate::case::RejectionReason>,
}

impl Outcome {
    /// The facts for the notices of this outcome.
    pub fn notice_facts(&self) -> NoticeFacts {
        NoticeFacts {
            reason: self.decision.reason(),
            points: self.points,
            sum: Some(self.sum),
            day: self.after.valid_until,
            rejection: None,
        }
    }
}

impl DriverNotice {
    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Whether the notice is only for somebody who has an electronic licence.
    pub const fn needs_credential(self) -> bool {
        matches!(self, Self::LicenceReplaced | Self::LicenceStopped | Self::LicenceWithdrawn)
    }

    /// The notices a decision causes.
    pub fn of_decision(decision: &LicenceDecision) -> Vec<Self> {
        match decision {
            LicenceDecision::Nothing => vec![],
            LicenceDecision::Supersede { .. } => vec![Self::LicenceReplaced],
            LicenceDecision::Red { reason: Reason::OverPoints } => vec![],
            LicenceDecision::Red { .. } => vec![Self::LicenceRed],
            LicenceDecision::Stop { .. } => vec![Self::LicenceStopped],
            LicenceDecision::Lift { .. } => vec![Self::LicenceRestored],
            LicenceDecision::Withdraw { .. } => vec![Self::LicenceWithdrawn],
        }
    }

    /// The notices about points that an event causes: 12 points are told instead of the penalty that made them.
    pub(super) fn of_points(event: &Event, before: &Licence, sum_before: u32, sum: u32) -> Vec<Self> {
        let reached = sum_before < LIMIT && sum >= LIMIT;
        match &event.data {
            EventData::PointsEntered(entry) if before.points.entry(&entry.id).is_some() || entry.points == 0 => vec![],
            EventData::PointsEntered(_) if reached => vec![Self::PointsFull],
            EventData::PointsEntered(_) => vec![Self::PointsEntered],
            EventData::PointsAnnulled { .. } => vec![Self::PointsAnnulled],
            EventData::PointsReduced(_) if sum < sum_before => vec![Self::PointsReduced],
            EventData::EducationPassed(_) | EventData::FinePaid { .. } if sum < sum_before => vec![Self::PointsCleared],
            EventData::Corrected(_) if reached => vec![Self::PointsFull],
            _ => vec![],
        }
    }

    /// The notice with its facts.
    pub fn notice(self, facts: &NoticeFacts) -> Notice {
        let (why_zh, why_en) = match facts.reason.map(Reason::text) {
            Some(text) => (format!("原因：{}。", text.zh), format!(" {}", text.en)),
            None => (String::new(), String::new()),
        };
        let (zh, en) = match self {
            Self::LicenceIssued => (
                format!("您的电子驾驶证已生成{}，与纸质驾驶证具有同等效力。", until_zh(facts.day)),
                format!(
                    "Your electronic licence was issued{}. It counts as much as the paper licence.",
                    until_en(facts.day)
                ),
            ),
            Self::LicenceReplaced => (
                format!("您的电子驾驶证已自动更新{}，无需重新申领。{why_zh}", until_zh(facts.day)),
                format!(
                    "Your electronic licence was replaced by itself{}; you need not apply again.{why_en}",
                    until_en(facts.day)
                ),
            ),
            Self::LicenceRed => (
                format!("您的驾驶证状态异常，电子驾驶证以红色显示。{why_zh}请尽快处理。"),
                format!("The state of your licence is not normal and its code is shown red.{why_en} Please see to it."),
            ),
            Self::LicenceStopped => (
                format!("您的电子驾驶证已停用，请联系发证地车辆管理所。{why_zh}"),
                format!("Your electronic licence does not count at present; contact the issuing office.{why_en}"),
            ),
            Self::LicenceRestored => (
                "您的驾驶证状态已恢复正常，电子驾驶证可正常使用。".to_owned(),
                "The state of your licence is in order again; the electronic licence counts.".to_owned(),
            ),
            Self::LicenceWithdrawn => (
                format!("您的电子驾驶证已作废，不再显示。{why_zh}"),
                format!("Your electronic licence was withdrawn and is no longer shown.{why_en}"),
            ),
            Self::ApplicationReceived | Self::ApplicationRejected | Self::ApplicationAtCounter => {
                self.of_application(facts)
            }
            _ => self.of_account(facts),
        };
        Notice { title: self.title(), body: Text::made(zh, en) }
    }

    fn of_account(self, facts: &NoticeFacts) -> (String, String) {
        let points = facts.points.unwrap_or(0);
        let (sum_zh, sum_en) = match facts.sum {
            Some(sum) => (format!("，本记分周期累积记分{sum}分"), format!("; {sum} points stand in this cycle")),
            None => (String::new(), String::new()),
        };
        match self {
            Self::PointsFull => (
                format!("一起交通违法记{points}分{sum_zh}，已达到12分，请停止驾驶并在收到通知后参加满分教育。"),
                format!(
                    "A penalty of {points} points was entered{sum_en}: the limit of 12 is reached. Stop driving and take the full-12 education once notified."
                ),
            ),
            Self::PointsReduced => {
                (format!("学法减分成功，扣减{points}分{sum_zh}。"), format!("{points} points were taken off{sum_en}."))
            }
            Self::PointsAnnulled => (
                format!("一起交通违法的处罚已撤销，其{points}分一并撤销{sum_zh}。"),
                format!("A penalty was annulled and its {points} points with it{sum_en}."),
            ),
            Self::PointsCleared => {
                (format!("您的交通违法记分已清除{sum_zh}。"), format!("Points were cleared{sum_en}."))
            }
            _ => (
                format!("一起交通违法记{points}分{sum_zh}。"),
                format!("A penalty of {points} points was entered{sum_en}."),
            ),
        }
    }

    fn of_application(self, facts: &NoticeFacts) -> (String, String) {
        let (day_zh, day_en) = match facts.day {
            Some(day) => (format!("，最迟{}有结果", zh(day)), format!("; you will have the result by {day}")),
            None => (String::new(), String::new()),
        };
        let (fix_zh, fix_en) = match facts.rejection {
            Some(reason) => {
                let (text, fix) = (reason.text(), reason.fix());
                (format!("{}{}", text.zh, fix.zh), format!(" {} {}", text.en, fix.en))
            }
            None => (String::new(), String::new()),
        };
        match self {
            Self::ApplicationRejected => (
                format!("您提交的照片未通过审核。{fix_zh}您可以重新提交。"),
                format!("The photo you sent in was not accepted.{fix_en} You may send another one."),
            ),
            Self::ApplicationAtCounter => (
                "您的申请需要到车辆管理所窗口办理，请携带身份证明和驾驶证。".to_owned(),
                "Your application has to be made at the counter; bring your identity document and your licence."
                    .to_owned(),
            ),
            _ => (
                format!("您的电子驾驶证申请已受理，照片正在审核{day_zh}。"),
                format!("Your application was received and the photo is being reviewed{day_en}."),
            ),
        }
    }
}

fn zh(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

fn until_zh(day: Option<Date>) -> String {
    day.map_or_else(|| "，长期有效".to_owned(), |day| format!("，有效期至{}", zh(day)))
}

fn until_en(day: Option<Date>) -> String {
    day.map_or_else(|| ", valid without an end".to_owned(), |day| format!(", valid until {day}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::RejectionReason;
    use crate::vehicle::notice::NoticeKind;

    const FULL: NoticeFacts = NoticeFacts {
        reason: Some(Reason::LicenceSuspended),
        points: Some(6),
        sum: Some(9),
        day: Some(jiff::civil::date(2026, 11, 4)),
        rejection: Some(RejectionReason::Blurred),
    };
    const BARE: NoticeFacts = NoticeFacts { reason: None, points: None, sum: None, day: None, rejection: None };

    #[test]
    fn codes_read_back_and_are_nobody_elses() {
        for kind in DriverNotice::ALL {
            assert_eq!(DriverNotice::from_code(kind.code()), Some(*kind));
            assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.code());
            assert_eq!(NoticeKind::from_code(kind.code()), None, "{}", kind.code());
        }
        assert_eq!(DriverNotice::from_code("licence_eaten"), None);
    }

    /// Every sentence, with every fact and with none: it has no hole and ends.
    #[test]
    fn every_notice_is_a_sentence() {
        for kind in DriverNotice::ALL {
            for facts in [&FULL, &BARE] {
                let notice = kind.notice(facts);
                for (title, body, end) in
                    [(&notice.title.zh, &notice.body.zh, '。'), (&notice.title.en, &notice.body.en, '.')]
                {
                    assert!(!title.is_empty() && title.chars().count() <= 48, "{title}");
                    assert!(body.ends_with(end), "{body}");
                    assert!(!body.contains("  ") && !body.contains("。。") && !body.contains(".."), "{body}");
                }
            }
        }
    }

    #[test]
    fn sentences_with_their_facts() {
        let entered = DriverNotice::PointsEntered.notice(&FULL).body;
        assert_eq!(entered.zh, "一起交通违法记6分，本记分周期累积记分9分。");
        assert_eq!(entered.en, "A penalty of 6 points was entered; 9 points stand in this cycle.");
        let rejected = DriverNotice::ApplicationRejected.notice(&FULL).body;
        assert!(rejected.zh.contains("照片模糊。请擦拭镜头"), "{}", rejected.zh);
        let red = DriverNotice::LicenceRed.notice(&FULL).body;
        assert!(red.zh.contains("原因：") && red.en.contains("suspended"), "{}", red.en);
        let long_term = DriverNotice::LicenceIssued.notice(&BARE).body;
        assert_eq!(long_term.zh, "您的电子驾驶证已生成，长期有效，与纸质驾驶证具有同等效力。");
    }

    /// At 12 points the holder is told once, by the notice about the points.
    #[test]
    fn decisions_are_told_by_what_they_mean() {
        use LicenceDecision as D;
        let of = |decision| DriverNotice::of_decision(&decision);
        assert_eq!(of(D::Nothing), []);
        assert_eq!(of(D::Red { reason: Reason::OverPoints }), []);
        assert_eq!(of(D::Red { reason: Reason::LicenceExpired }), [DriverNotice::LicenceRed]);
        assert_eq!(of(D::Withdraw { reason: Reason::LicenceRevoked }), [DriverNotice::LicenceWithdrawn]);
        let credential: Vec<_> = DriverNotice::ALL.iter().filter(|kind| kind.needs_credential()).collect();
        let wanted = [DriverNotice::LicenceReplaced, DriverNotice::LicenceStopped, DriverNotice::LicenceWithdrawn];
        assert_eq!(credential, wanted.iter().collect::<Vec<_>>());
    }
}
