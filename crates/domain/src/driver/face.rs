//! How an electronic licence looks in a state: shown or not, black or red, and the sentence under it.

use serde::{Deserialize, Serialize};

use super::status::{LicenceEffect, LicenceStatus};
use crate::text::Text;

/// The colour of the code on the face (domain-driver.md 5.2: black when the state is normal, red otherwise).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeColour {
    /// The state is normal.
    Black,
    /// The state is not normal, or the licence is not valid.
    Red,
}

impl CodeColour {
    /// The stable word: `black`, `red`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Red => "red",
        }
    }
}

/// How the electronic licence of a state looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The colour of the code; `None` when nothing is shown.
    pub colour: Option<CodeColour>,
    /// Whether the licence is shown at all: not when it was revoked, annulled or cancelled.
    pub shown: bool,
    /// What the holder reads under it.
    pub sentence: Text,
}

/// The face of a state.
pub(super) fn of(status: LicenceStatus) -> Face {
    let effect = status.effect();
    let (colour, shown) = match effect {
        LicenceEffect::Normal => (Some(CodeColour::Black), true),
        LicenceEffect::Red(_) | LicenceEffect::Stopped(_) => (Some(CodeColour::Red), true),
        LicenceEffect::Withdrawn(_) => (None, false),
    };
    Face { colour, shown, sentence: sentence(status, effect) }
}

fn sentence(status: LicenceStatus, effect: LicenceEffect) -> Text {
    let zh = joined(status, "、", |text| text.zh.clone());
    let en = joined(status, ", ", |text| text.en.clone());
    match effect {
        LicenceEffect::Normal if status.is_normal() => Text::fixed("驾驶证状态正常", "The licence is in order."),
        LicenceEffect::Normal => Text::made(format!("驾驶证有效（{zh}）"), format!("The licence is valid ({en}).")),
        LicenceEffect::Red(_) => {
            Text::made(format!("驾驶证状态异常：{zh}"), format!("The state of the licence is not normal: {en}."))
        }
        LicenceEffect::Stopped(_) => Text::made(
            format!("驾驶证状态异常，电子驾驶证无效：{zh}。请联系发证地车辆管理所"),
            format!(
                "The state of the licence is not normal and the electronic licence is not valid: {en}. Contact the issuing office."
            ),
        ),
        LicenceEffect::Withdrawn(_) => Text::made(
            format!("驾驶证已失效，不再显示电子驾驶证：{zh}"),
            format!("The licence has ended and is no longer shown: {en}."),
        ),
    }
}

fn joined(status: LicenceStatus, between: &str, part: impl Fn(&Text) -> std::borrow::Cow<'static, str>) -> String {
    status.letters().map(|letter| part(&letter.name()).into_owned()).collect::<Vec<_>>().join(between)
}
