//! What people are told about filed vehicles, managers and units: kinds with stable codes, and their sentences. Nobody is named in them.

use serde::{Deserialize, Serialize};

use super::filing::EndReason;
use super::notice::Notice;
use super::{Plate, UnitRole};
use crate::text::Text;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        /// The kinds of notices about sharing a vehicle. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum SharingNotice { $($(#[$doc])* $variant,)+ }

        impl SharingNotice {
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
    /// To the owner: somebody wants to file the vehicle.
    FilingRequested = "filing_requested", "有人申请备案您的车辆", "Somebody wants to file your vehicle";
    /// To the filer: it is filed.
    FilingBegun = "filing_begun", "车辆备案成功", "Vehicle filed";
    /// To the owner: it is filed.
    FilingAdded = "filing_added", "您的车辆已被备案", "Your vehicle was filed";
    /// To the filer: the owner said no.
    FilingRefused = "filing_refused", "车辆备案未获同意", "Filing refused";
    /// To the filer: it is over.
    FilingEnded = "filing_ended", "车辆备案已解除", "Filing ended";
    /// To the owner: it is over.
    FilingLeft = "filing_left", "您车辆的一项备案已解除", "A filing of your vehicle ended";
    /// To somebody whom the owner appointed: please answer.
    ManagerAsked = "manager_asked", "请确认是否担任车辆管理人", "You are asked to manage a vehicle";
    /// To the owner: the manager accepted.
    ManagerBegun = "manager_begun", "管理人已确认", "The manager accepted";
    /// To the owner: the manager declined.
    ManagerRefused = "manager_refused", "管理人未接受", "The manager declined";
    /// To the manager: it is over.
    ManagerEnded = "manager_ended", "您不再是车辆管理人", "You no longer manage a vehicle";
    /// To the owner: it is over.
    ManagerLeft = "manager_left", "您车辆的管理人已变动", "A manager of your vehicle left";
    /// To somebody who was added to a unit.
    UnitJoined = "unit_joined", "您已加入单位用户", "You were added to a unit";
    /// To somebody who was removed from a unit.
    UnitLeft = "unit_left", "您已退出单位用户", "You were removed from a unit";
}

/// What a notice says besides its kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SharingFacts<'f> {
    /// The vehicle's plate.
    pub plate: Option<&'f Plate>,
    /// Why it is over.
    pub reason: Option<EndReason>,
    /// As what somebody acts for a unit.
    pub role: Option<UnitRole>,
}

impl SharingNotice {
    /// The notice with its facts.
    pub fn notice(self, facts: &SharingFacts<'_>) -> Notice {
        let (zh, en) = match self {
            Self::UnitJoined | Self::UnitLeft => self.of_unit(facts.role),
            _ => self.of_vehicle(facts),
        };
        Notice { title: self.title(), body: Text::made(zh, en) }
    }

    fn of_unit(self, role: Option<UnitRole>) -> (String, String) {
        let role = role.unwrap_or(UnitRole::Operator).text();
        match self {
            Self::UnitLeft => (
                "您已不再代表该单位办理业务，单位的车辆已从您的名单中移除。".to_owned(),
                "You no longer act for this unit; its vehicles have left your list.".to_owned(),
            ),
            _ => (
                format!("您已成为一家单位的{}，可在“单位”中查看和办理其车辆业务。", role.zh),
                format!("You are now {} of a unit; find its vehicles under \u{201c}Units\u{201d}.", role.en),
            ),
        }
    }

    fn of_vehicle(self, facts: &SharingFacts<'_>) -> (String, String) {
        let (plate_zh, plate_en) = match facts.plate {
            Some(plate) => (plate.number.with_dot(), plate.number.with_dot()),
            None => ("该车辆".to_owned(), "the vehicle".to_owned()),
        };
        let (why_zh, why_en) = match facts.reason.map(EndReason::text) {
            Some(text) => (format!("原因：{}。", text.zh), format!(" Reason: {}.", text.en)),
            None => (String::new(), String::new()),
        };
        match self {
            Self::FilingRequested => (
                format!(
                    "有人申请备案{plate_zh}。验证码已发送至您登记的手机；您也可以在“备案”中同意或拒绝。如不认识对方，请勿告知验证码。"
                ),
                format!(
                    "Somebody asks to file {plate_en}. A code was sent to your registered phone; you can also agree or refuse under \u{201c}Filings\u{201d}. Tell the code to nobody you do not know."
                ),
            ),
            Self::FilingBegun => (
                format!("{plate_zh}已备案到您的名下，您可以查看和出示其检验标志。您和车辆所有人均可随时解除。"),
                format!(
                    "{plate_en} is filed; you can see and show its inspection mark. You or the owner can end this at any time."
                ),
            ),
            Self::FilingAdded => (
                format!("{plate_zh}已由他人备案，对方可以查看和出示其检验标志。您可随时解除。"),
                format!(
                    "{plate_en} was filed by somebody, who can now see and show its inspection mark. You can end this at any time."
                ),
            ),
            Self::FilingRefused => (
                format!("{plate_zh}的所有人未同意您的备案申请。"),
                format!("The owner of {plate_en} refused your request to file it."),
            ),
            Self::FilingEnded => (
                format!("{plate_zh}的备案已解除，您不能再查看和出示其检验标志。{why_zh}"),
                format!("The filing of {plate_en} ended; you can no longer see or show its inspection mark.{why_en}"),
            ),
            Self::FilingLeft => {
                (format!("{plate_zh}的一项备案已解除。{why_zh}"), format!("A filing of {plate_en} ended.{why_en}"))
            }
            Self::ManagerAsked => (
                format!("{plate_zh}的所有人请您担任该车的管理人。请在“备案”中接受或拒绝。"),
                format!(
                    "The owner of {plate_en} asks you to manage it. Accept or decline under \u{201c}Filings\u{201d}."
                ),
            ),
            Self::ManagerBegun => (
                format!("您指定的管理人已接受管理{plate_zh}，将同时收到该车的提醒。"),
                format!("The manager you appointed accepted to look after {plate_en} and gets its notices too."),
            ),
            Self::ManagerRefused => (
                format!("您指定的管理人未接受管理{plate_zh}。"),
                format!("The manager you appointed declined to look after {plate_en}."),
            ),
            Self::ManagerEnded => {
                (format!("您已不再管理{plate_zh}。{why_zh}"), format!("You no longer manage {plate_en}.{why_en}"))
            }
            Self::ManagerLeft | Self::UnitJoined | Self::UnitLeft => (
                format!("{plate_zh}的管理人已不再管理该车。{why_zh}"),
                format!("A manager of {plate_en} no longer looks after it.{why_en}"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::PlateType;

    #[test]
    fn codes_read_back_and_are_the_serde_words() {
        for kind in SharingNotice::ALL {
            assert_eq!(SharingNotice::from_code(kind.code()), Some(*kind));
            assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.code());
        }
        assert_eq!(SharingNotice::from_code("filing_eaten"), None);
    }

    #[test]
    fn every_notice_is_a_sentence() {
        let plate = Plate::parse("苏E12345", PlateType::from_code("02").expect("a kind")).expect("a plate").value;
        let mut every = vec![SharingFacts::default(), SharingFacts { plate: Some(&plate), ..SharingFacts::default() }];
        every.extend(EndReason::ALL.iter().map(|r| SharingFacts { plate: Some(&plate), reason: Some(*r), role: None }));
        every.extend(UnitRole::ALL.map(|role| SharingFacts { role: Some(role), ..SharingFacts::default() }));
        for kind in SharingNotice::ALL {
            for facts in &every {
                let notice = kind.notice(facts);
                for (title, body, end) in
                    [(&notice.title.zh, &notice.body.zh, '。'), (&notice.title.en, &notice.body.en, '.')]
                {
                    assert!(!title.is_empty() && title.chars().count() <= 48, "{title}");
                    assert!(body.ends_with(end) && !body.contains("  ") && !body.contains(".."), "{body}");
                    let named = matches!(kind, SharingNotice::UnitJoined | SharingNotice::UnitLeft)
                        || facts.plate.is_none()
                        || body.contains("苏E·12345");
                    assert!(named, "{body}");
                }
            }
        }
    }
}
