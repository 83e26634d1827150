//! The answers about a record in words.

use crate::usecase::view::Text;
use luzheng_credential::accident::{Contradiction, StepName, Verdict};

/// What a record is.
pub(super) fn verdict(verdict: Verdict, reason: Option<&str>) -> Text {
    match (verdict, reason) {
        (Verdict::Complete, _) => {
            Text::new("双方都签了名，内容没有改动。", "Both parties signed it, and nothing was changed.")
        }
        (Verdict::OneSided, Some("first_only")) => Text::new(
            "只有填写的一方签了名，不能证明对方同意。",
            "Only the party that filled it in signed: it does not show that the other one agrees.",
        ),
        (Verdict::OneSided, _) => Text::new(
            "只有应答的一方签了名，不能证明填写的一方确认了应答。请向另一方要完整的记录。",
            "Only the party that answered signed: it does not show that the first one confirmed the answer. Ask the other party for its copy.",
        ),
        (Verdict::NotGenuine, _) => Text::new(
            "记录被改动过，或者由不同的记录拼成，不能采信。",
            "The record was changed, or put together from different ones: do not rely on it.",
        ),
        (Verdict::Unreadable, Some("unsupported_version")) => {
            Text::new("记录的版本比本系统新，读不了。", "The record is of a newer version than this system reads.")
        }
        (Verdict::Unreadable, _) => {
            Text::new("不是事故记录，或者文件不完整。", "Not an accident record, or not a whole one.")
        }
    }
}

/// What a step looks at.
pub(super) fn step(name: StepName) -> Text {
    let (zh, en) = match name {
        StepName::Size => ("长度", "size"),
        StepName::Form => ("格式", "form"),
        StepName::Keys => ("双方的密钥", "the parties' keys"),
        StepName::Record => ("同一份记录", "one record"),
        StepName::FirstSignature => ("填写方的签名", "signature of the party that filled it in"),
        StepName::FirstContent => ("填写方签的是这份内容", "the first party signed this content"),
        StepName::SecondSignature => ("应答方的签名", "signature of the party that answered"),
        StepName::SecondContent => ("应答方签的是这份内容", "the second party signed this content"),
    };
    Text::new(zh, en)
}

/// What does not fit together.
pub(super) fn contradiction(what: Contradiction) -> Text {
    let (zh, en) = match what {
        Contradiction::SameVehicle => ("双方写的是同一辆车。", "Both parties name the same vehicle."),
        Contradiction::ClocksApart => {
            ("两部手机的时间相差超过 15 分钟。", "The two phones' clocks were more than 15 minutes apart.")
        }
        Contradiction::SignedBeforeMade => {
            ("有一方签名的时间早于填写的时间。", "A party signed before it began, by its own phone's clock.")
        }
        Contradiction::HappenedLater => {
            ("所写的事故时间晚于记录的时间。", "The accident is said to have happened after the record was made.")
        }
        Contradiction::InFuture => ("记录的时间在将来。", "The record's time lies in the future."),
        Contradiction::PoliceRequired => (
            "按双方所说和所见，应当报警处理，却商定了责任或作了记录。",
            "By what the parties said and saw this was for the police, and yet they agreed or recorded.",
        ),
        Contradiction::PlateDiffers => {
            ("有一方看到的号牌与记录不符。", "A party saw another plate than the one in the record.")
        }
        Contradiction::NotLookedAt => (
            "出示的码和手机核验的结果对不上。",
            "What was shown and what the other phone says it checked do not match.",
        ),
        Contradiction::MarkOfOtherVehicle => {
            ("检验标志是另一辆车的。", "A mark belongs to another vehicle than its party names.")
        }
        Contradiction::CredentialNotGenuine => {
            ("记录里的码按现在的信任列表核验不过。", "A code in the record does not verify by today's trust list.")
        }
        Contradiction::CredentialLater => {
            ("记录里的码签发得比记录晚。", "A code in the record was issued after the record was made.")
        }
        Contradiction::LicenceOld => {
            ("驾驶证的动态码不是在作记录时生成的。", "A licence's code was not made when the record was.")
        }
        Contradiction::SeenOtherwise => (
            "手机当时记下的有效或过期，与码里的日期不符。",
            "What a phone recorded as valid or expired does not agree with the dates in the code.",
        ),
    };
    Text::new(zh, en)
}
