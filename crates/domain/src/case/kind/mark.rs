//! The inspection mark: applying for it without inspection (V5), and having it on paper (V6), by post or to be picked up.
//!
//! The states are those of `domain-driver.md` 6.1 that apply. Drafts stay with the citizen. An application is complete or it is not opened, so it
//! goes from submitted to granted at once; the records are the same as if a person had decided. A paper that was lost or damaged needs no
//! procedure (S1): the electronic mark counts, the paper is printed again.
//!
//! Withdrawing ends with producing. With an application for the mark only its paper can be withdrawn: the mark was granted.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::case::Actor;
use crate::text::Text;

/// For so many months a paper waits to be collected; then whoever ordered it is noted (known practice, jnlxbzs 4302381, M).
pub const COLLECT_MONTHS: i32 = 1;

macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The words for people.
            pub const fn text(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }

            /// The one of a code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

words! {
    /// Which service.
    MarkService {
        /// The mark of a vehicle that is exempt from inspection at a station.
        ExemptMark = "exempt_mark", "申领免检标志", "Inspection mark without inspection";
        /// The mark on paper.
        Paper = "paper", "领取纸质检验标志", "Inspection mark on paper";
    }
}

words! {
    /// Why somebody wants it on paper.
    PaperReason {
        /// They like to have it.
        Wanted = "wanted", "需要纸质标志", "wanted on paper";
        /// It was lost.
        Lost = "lost", "纸质标志遗失", "the paper was lost";
        /// It is damaged.
        Damaged = "damaged", "纸质标志损毁", "the paper is damaged";
    }
}

words! {
    /// How a paper reaches its owner.
    Way {
        /// By post.
        Post = "post", "邮寄", "by post";
        /// Picked up at an office.
        PickUp = "pickup", "自取", "to be picked up";
    }
}

words! {
    /// Why a paper came back.
    ReturnReason {
        /// The parcel was refused.
        Refused = "refused", "收件人拒收", "the parcel was refused";
        /// Nobody picked it up in time.
        NotCollected = "not_collected", "逾期未领取", "it was not picked up in time";
        /// The address was wrong, or nobody there.
        Undeliverable = "undeliverable", "无法投递", "it could not be delivered";
    }
}

impl ReturnReason {
    /// Whether whoever ordered it is noted: refusing a parcel or not collecting it for over a month counts against further orders.
    pub const fn is_noted(self) -> bool {
        matches!(self, Self::Refused | Self::NotCollected)
    }
}

words! {
    /// Where such a case stands.
    MarkStatus {
        /// Handed in.
        Submitted = "submitted", "已提交", "Submitted";
        /// Complete and in order.
        Accepted = "accepted", "已受理", "Accepted";
        /// The mark was granted.
        Granted = "granted", "已核发检验标志", "Mark granted";
        /// A paper is to be made.
        Ordered = "ordered", "纸质标志待制作", "Paper ordered";
        /// The paper is made.
        Produced = "produced", "纸质标志已制作", "Paper made";
        /// It was handed to the carrier.
        Dispatched = "dispatched", "已寄出", "Sent";
        /// It waits at the office.
        Ready = "ready", "待领取", "Ready to be picked up";
        /// It arrived.
        Delivered = "delivered", "已送达", "Delivered";
        /// It was picked up.
        Collected = "collected", "已领取", "Picked up";
        /// It came back.
        Returned = "returned", "已退回", "Returned";
        /// Given up.
        Withdrawn = "withdrawn", "已撤回", "Withdrawn";
    }
}

/// One action in such a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum MarkAction {
    /// It was asked for.
    Submitted {
        /// Which service.
        service: MarkService,
        /// How a paper is to come; `None`: no paper.
        way: Option<Way>,
        /// Why a paper; `None` with an application for the mark.
        reason: Option<PaperReason>,
    },
    /// Complete and in order.
    Accepted,
    /// The mark is granted.
    Granted,
    /// The paper is ordered.
    Ordered,
    /// The paper is made.
    Produced,
    /// The paper is handed to the carrier.
    Dispatched,
    /// The paper lies ready at the office.
    Ready,
    /// It arrived.
    Delivered,
    /// It was picked up.
    Collected,
    /// It came back.
    Returned {
        /// Why.
        reason: ReturnReason,
    },
    /// The office takes its last step back.
    Undone,
    /// The citizen gives it up.
    Withdrawn,
}

impl MarkAction {
    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Submitted { .. } => "submitted",
            Self::Accepted => "accepted",
            Self::Granted => "granted",
            Self::Ordered => "ordered",
            Self::Produced => "produced",
            Self::Dispatched => "dispatched",
            Self::Ready => "ready",
            Self::Delivered => "delivered",
            Self::Collected => "collected",
            Self::Returned { .. } => "returned",
            Self::Undone => "undone",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What the citizen reads about it; `None` for what is the office's own business.
    pub const fn text(self) -> Option<Text> {
        Some(match self {
            Self::Submitted { .. } => Text::fixed("提交申请", "Application submitted"),
            Self::Accepted => Text::fixed("受理申请", "Application accepted"),
            Self::Granted => Text::fixed("核发检验标志", "Mark granted"),
            Self::Ordered => Text::fixed("登记纸质标志制作", "Paper ordered"),
            Self::Produced => Text::fixed("纸质标志制作完成", "Paper made"),
            Self::Dispatched => Text::fixed("交付邮寄", "Handed to the carrier"),
            Self::Ready => Text::fixed("到达领取网点", "Ready at the office"),
            Self::Delivered => Text::fixed("送达", "Delivered"),
            Self::Collected => Text::fixed("领取", "Picked up"),
            Self::Returned { .. } => Text::fixed("退回", "Returned"),
            Self::Withdrawn => Text::fixed("撤回", "Withdrawn"),
            Self::Undone => return None,
        })
    }

    /// The status it leads to by itself; `None` where that depends on what was before.
    const fn leads_to(self) -> Option<MarkStatus> {
        Some(match self {
            Self::Submitted { .. } => MarkStatus::Submitted,
            Self::Accepted => MarkStatus::Accepted,
            Self::Granted => MarkStatus::Granted,
            Self::Ordered => MarkStatus::Ordered,
            Self::Produced => MarkStatus::Produced,
            Self::Dispatched => MarkStatus::Dispatched,
            Self::Ready => MarkStatus::Ready,
            Self::Delivered => MarkStatus::Delivered,
            Self::Collected => MarkStatus::Collected,
            Self::Returned { .. } => MarkStatus::Returned,
            Self::Undone | Self::Withdrawn => return None,
        })
    }
}

/// An action that is not allowed. Nothing is changed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{action} by the {actor} is not allowed {}", place(*status))]
pub struct MarkNotAllowed {
    /// The action.
    pub action: &'static str,
    /// Who tried.
    pub actor: &'static str,
    /// Where the case stands; `None`: there is none yet.
    pub status: Option<MarkStatus>,
}

impl MarkNotAllowed {
    /// The stable code of this error.
    pub const CODE: &'static str = "action_not_allowed";
}

fn place(status: Option<MarkStatus>) -> String {
    status.map_or_else(|| "before the application".to_owned(), |status| format!("in status {}", status.code()))
}

/// Where a case stands and what the next action depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkCase {
    /// Which service.
    pub service: MarkService,
    /// The status.
    pub status: MarkStatus,
    /// How a paper comes; `None`: there is none.
    pub way: Option<Way>,
    /// Why a paper was asked for.
    pub reason: Option<PaperReason>,
    /// Why it came back.
    pub returned: Option<ReturnReason>,
    /// The paper was given up.
    pub cancelled: bool,
    /// Where the office's last step began: undoing it leads there.
    before: Option<MarkStatus>,
}

/// Which action is allowed in which status for whom. `None` in `from`: before anything happened.
type Rule = (&'static str, &'static [Option<MarkStatus>], Actor);

const TABLE: &[Rule] = &[
    ("submitted", &[None], Actor::Holder),
    ("accepted", &[Some(MarkStatus::Submitted)], Actor::System),
    ("granted", &[Some(MarkStatus::Accepted)], Actor::System),
    ("ordered", &[Some(MarkStatus::Accepted), Some(MarkStatus::Granted)], Actor::System),
    ("produced", &[Some(MarkStatus::Ordered)], Actor::Reviewer),
    ("dispatched", &[Some(MarkStatus::Produced)], Actor::Reviewer),
    ("ready", &[Some(MarkStatus::Produced)], Actor::Reviewer),
    ("delivered", &[Some(MarkStatus::Dispatched)], Actor::Reviewer),
    ("collected", &[Some(MarkStatus::Ready)], Actor::Reviewer),
    ("returned", &[Some(MarkStatus::Dispatched), Some(MarkStatus::Ready)], Actor::Reviewer),
    (
        "undone",
        &[
            Some(MarkStatus::Produced),
            Some(MarkStatus::Dispatched),
            Some(MarkStatus::Ready),
            Some(MarkStatus::Delivered),
            Some(MarkStatus::Collected),
            Some(MarkStatus::Returned),
        ],
        Actor::Reviewer,
    ),
    ("withdrawn", &[Some(MarkStatus::Submitted), Some(MarkStatus::Accepted), Some(MarkStatus::Ordered)], Actor::Holder),
];

/// The state after an action, or that it is not allowed. `None`: there is no case yet.
///
/// # Errors
/// The table, the service or the way does not allow it.
pub fn after(before: Option<&MarkCase>, actor: Actor, action: MarkAction) -> Result<MarkCase, MarkNotAllowed> {
    let status = before.map(|case| case.status);
    let refused = MarkNotAllowed { action: action.code(), actor: actor.code(), status };
    let in_table =
        TABLE.iter().any(|(code, from, by)| *code == action.code() && from.contains(&status) && *by == actor);
    if !in_table || !fits(before, action) {
        return Err(refused);
    }
    let Some(before) = before else {
        let MarkAction::Submitted { service, way, reason } = action else { return Err(refused) };
        let status = MarkStatus::Submitted;
        return Ok(MarkCase { service, status, way, reason, returned: None, cancelled: false, before: None });
    };
    let mut case = *before;
    case.before = (actor == Actor::Reviewer).then_some(before.status);
    case.returned = None;
    case.status = match action {
        // One step back, once: the step before it stands.
        MarkAction::Undone => {
            case.before = None;
            before.before.ok_or(refused)?
        }
        MarkAction::Withdrawn => {
            case.cancelled = case.way.is_some();
            // A mark that was granted stays granted; its paper alone is given up.
            if before.status == MarkStatus::Ordered && case.service == MarkService::ExemptMark {
                MarkStatus::Granted
            } else {
                MarkStatus::Withdrawn
            }
        }
        other => {
            if let MarkAction::Returned { reason } = other {
                case.returned = Some(reason);
            }
            other.leads_to().ok_or(refused)?
        }
    };
    Ok(case)
}

/// What the table cannot say: a paper has a way, and each way has its own steps.
fn fits(before: Option<&MarkCase>, action: MarkAction) -> bool {
    let way = before.and_then(|case| case.way);
    let service = before.map(|case| case.service);
    match action {
        MarkAction::Submitted { service: MarkService::Paper, way, reason } => way.is_some() && reason.is_some(),
        MarkAction::Submitted { service: MarkService::ExemptMark, reason, .. } => reason.is_none(),
        MarkAction::Granted => service == Some(MarkService::ExemptMark),
        MarkAction::Ordered => before.is_some_and(|case| {
            let at = if case.service == MarkService::Paper { MarkStatus::Accepted } else { MarkStatus::Granted };
            case.way.is_some() && !case.cancelled && case.status == at
        }),
        MarkAction::Dispatched | MarkAction::Delivered => way == Some(Way::Post),
        MarkAction::Ready | MarkAction::Collected => way == Some(Way::PickUp),
        MarkAction::Returned { reason } => (reason == ReturnReason::NotCollected) == (way == Some(Way::PickUp)),
        _ => true,
    }
}

/// Where a case stands after its actions; `None` when there are none.
///
/// # Errors
/// An action that was not allowed in its place: the list was not made by [`after`].
pub fn fold(actions: impl IntoIterator<Item = (Actor, MarkAction)>) -> Result<Option<MarkCase>, MarkNotAllowed> {
    actions
        .into_iter()
        .try_fold(None, |case: Option<MarkCase>, (actor, action)| after(case.as_ref(), actor, action).map(Some))
}

impl MarkCase {
    /// Whether nothing follows any more, undoing a slip aside.
    pub const fn is_final(&self) -> bool {
        match self.status {
            MarkStatus::Delivered | MarkStatus::Collected | MarkStatus::Returned | MarkStatus::Withdrawn => true,
            MarkStatus::Granted => self.way.is_none() || self.cancelled,
            _ => false,
        }
    }

    /// Whether the citizen may give it up now.
    pub fn can_withdraw(&self) -> bool {
        after(Some(self), Actor::Holder, MarkAction::Withdrawn).is_ok()
    }

    /// Whether the office may take its last step back.
    pub const fn can_undo(&self) -> bool {
        self.before.is_some()
    }

    /// The road from the application to the end, as far as it is this case's.
    pub fn road(&self) -> Vec<MarkStatus> {
        let mut road = vec![MarkStatus::Submitted];
        if self.service == MarkService::ExemptMark {
            road.push(MarkStatus::Granted);
        }
        if self.status == MarkStatus::Withdrawn {
            road.push(MarkStatus::Withdrawn);
            return road;
        }
        if self.cancelled {
            return road;
        }
        if let Some(way) = self.way {
            road.extend([MarkStatus::Ordered, MarkStatus::Produced]);
            let (on_the_way, there) = match way {
                Way::Post => (MarkStatus::Dispatched, MarkStatus::Delivered),
                Way::PickUp => (MarkStatus::Ready, MarkStatus::Collected),
            };
            road.push(on_the_way);
            road.push(if self.status == MarkStatus::Returned { MarkStatus::Returned } else { there });
        }
        road
    }
}

/// The last day on which a paper that lies ready since a day can be collected.
pub fn collect_by(ready_on: Date) -> Date {
    ready_on.checked_add(COLLECT_MONTHS.months()).unwrap_or(Date::MAX)
}
