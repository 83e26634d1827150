//! 备案非本人机动车 and 管理人: who may have another's vehicle on their own screen, how it begins, and how it ends.
//!
//! Sources: `domain-vehicle.md` 5.5 (P17 to P19, P28), `domain-driver.md` 8.4 and 10.2. The limits are data: [`SharingRules`].

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sharing::SharingRules;
use super::{MarkEffect, OwnerKind, Vehicle};
use crate::text::Text;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The one of a code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }

            /// In words.
            pub const fn text(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }
        }
    };
}

words! {
    /// By what right somebody who is not the owner has a vehicle on their screen.
    FilingKind {
        /// 备案: to look at it and show its mark.
        Filing = "filing", "备案车辆", "filed vehicle";
        /// 管理人: to look after it for the owner.
        Management = "management", "管理人", "manager";
    }
}

words! {
    /// What the filer is to the owner, as the filer says.
    FilingRelation {
        /// Family.
        Family = "family", "亲属", "family";
        /// A friend.
        Friend = "friend", "朋友", "friend";
        /// The owner employs the filer.
        Employer = "employer", "所在单位", "employer";
        /// The filer rents or leases it.
        Lease = "lease", "租用", "rented or leased";
        /// The owner appointed them to look after it.
        Manager = "manager", "管理人", "manager";
        /// Anything else.
        Other = "other", "其他", "other";
    }
}

words! {
    /// Where a filing or a management stands.
    FilingState {
        /// The owner was sent a code that the filer has to give.
        WaitingCode = "waiting_code", "等待验证码", "waiting for the code";
        /// The code is used up or too old; the owner can still agree in the app.
        WaitingOwner = "waiting_owner", "等待所有人同意", "waiting for the owner";
        /// The owner appointed a manager who has not answered yet.
        WaitingManager = "waiting_manager", "等待管理人确认", "waiting for the manager";
        /// It counts.
        Active = "active", "有效", "in effect";
        /// It counted and is over.
        Ended = "ended", "已解除", "ended";
        /// The other side said no.
        Refused = "refused", "未获同意", "refused";
        /// Nobody answered in time, or it was taken back before.
        Lapsed = "lapsed", "已失效", "lapsed";
    }
}

words! {
    /// Why a filing or a management is over.
    EndReason {
        /// The filer ended it.
        ByFiler = "by_filer", "备案人解除备案", "the filer ended it";
        /// The manager laid it down.
        ByManager = "by_manager", "管理人不再管理", "the manager laid it down";
        /// The owner ended it.
        ByOwner = "by_owner", "所有人解除", "the owner ended it";
        /// The vehicle has another owner.
        Transferred = "transferred", "车辆已转让", "the vehicle was transferred";
        /// The vehicle is out of use here for good: deregistered, scrapped, or moved out to another register.
        Deregistered = "deregistered", "车辆已注销或转出", "the vehicle was deregistered or moved out";
        /// The vehicle cannot be filed any more: its plate type or its use changed.
        NotEligible = "not_eligible", "车辆已不符合备案条件", "the vehicle can no longer be filed";
        /// The filer gave false material.
        Barred = "barred", "备案材料不实", "false material was given";
    }
}

words! {
    /// Why a vehicle cannot be filed, or not by this person.
    FilingBar {
        /// One's own vehicles are there by themselves.
        OwnVehicle = "own_vehicle", "本人名下的车辆无需备案", "your own vehicles need no filing";
        /// Only some plate types can be filed.
        PlateType = "plate_type_excluded", "该号牌种类的车辆不能备案", "vehicles with this type of plate cannot be filed";
        /// An operating vehicle of a unit.
        OperatingUnit = "operating_unit_vehicle", "单位的营运车辆不能备案", "operating vehicles of units cannot be filed";
        /// Out of use for good.
        OutOfUse = "vehicle_out_of_use", "该车辆已注销或已不再使用", "this vehicle is out of use";
        /// The person has as many as they may.
        TooManyVehicles = "filed_vehicles_full", "您备案的非本人机动车已达上限，请先解除一辆", "you have as many filed vehicles as you may; end one first";
        /// The vehicle has as many filers as it may.
        TooManyFilers = "filers_full", "该车辆的备案人数已达上限", "this vehicle has as many filers as it may";
        /// The vehicle has as many managers as it may.
        TooManyManagers = "managers_full", "该车辆的管理人数已达上限", "this vehicle has as many managers as it may";
        /// The person manages as many vehicles as they may.
        TooManyManaged = "managed_vehicles_full", "管理的车辆数已达上限", "this person manages as many vehicles as they may";
        /// It is filed or managed by this person already.
        Already = "already_shared", "该车辆已在您的名单中", "this vehicle is on the list already";
        /// The person gave false material before (P28).
        Barred = "filing_barred", "因备案材料不实，您已不能通过本平台备案车辆，请到车辆管理所办理", "false material was given; vehicles can no longer be filed here, please go to the office";
        /// Only a person can file.
        NotAPerson = "not_a_person", "单位不能备案车辆", "only persons can file vehicles";
    }
}

/// What happens to a filing or a management.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilingStep {
    /// The right code was given.
    Confirmed,
    /// The last try with a wrong code, or the code grew too old.
    CodeSpent,
    /// The owner agreed, or the appointed manager.
    Agreed,
    /// The owner refused, or the appointed manager.
    Refused,
    /// Nobody answered in time; or who asked took it back.
    Lapsed,
    /// It is over.
    Ended(EndReason),
}

impl FilingState {
    /// Whether it takes a place: it does only while it counts.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active)
    }

    /// Whether somebody still has to answer.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::WaitingCode | Self::WaitingOwner | Self::WaitingManager)
    }

    /// The state after a step; `None` when this cannot happen now.
    pub const fn after(self, step: FilingStep) -> Option<Self> {
        match (self, step) {
            (Self::WaitingCode, FilingStep::Confirmed)
            | (Self::WaitingCode | Self::WaitingOwner | Self::WaitingManager, FilingStep::Agreed) => Some(Self::Active),
            (Self::WaitingCode, FilingStep::CodeSpent) => Some(Self::WaitingOwner),
            (Self::WaitingCode | Self::WaitingOwner | Self::WaitingManager, FilingStep::Refused) => Some(Self::Refused),
            (
                Self::WaitingCode | Self::WaitingOwner | Self::WaitingManager,
                FilingStep::Lapsed | FilingStep::Ended(_),
            ) => Some(Self::Lapsed),
            (Self::Active, FilingStep::Ended(_)) => Some(Self::Ended),
            _ => None,
        }
    }
}

/// Whether a vehicle of such an owner can be filed by anybody at all.
///
/// # Errors
/// Why not.
pub fn vehicle_may_be_filed(rules: &SharingRules, vehicle: &Vehicle, owner: OwnerKind) -> Result<(), FilingBar> {
    if matches!(vehicle.status.mark_effect().0, MarkEffect::Revoke) {
        return Err(FilingBar::OutOfUse);
    }
    if !rules.plate_types.contains(&vehicle.plate.plate_type) {
        return Err(FilingBar::PlateType);
    }
    if owner == OwnerKind::Organisation && (!rules.unit_vehicles || vehicle.use_nature.is_operating()) {
        return Err(FilingBar::OperatingUnit);
    }
    Ok(())
}

/// Whether one more filing may begin: `of_person` and `of_vehicle` are how many there are already.
///
/// # Errors
/// Why not.
pub const fn another_filing(rules: &SharingRules, of_person: u32, of_vehicle: u32) -> Result<(), FilingBar> {
    if of_person >= rules.vehicles_per_person {
        return Err(FilingBar::TooManyVehicles);
    }
    if of_vehicle >= rules.filers_per_vehicle {
        return Err(FilingBar::TooManyFilers);
    }
    Ok(())
}

/// Whether one more manager may begin: `of_person` and `of_vehicle` are how many there are already.
///
/// # Errors
/// Why not.
pub const fn another_manager(rules: &SharingRules, of_person: u32, of_vehicle: u32) -> Result<(), FilingBar> {
    if of_vehicle >= rules.managers_per_vehicle {
        return Err(FilingBar::TooManyManagers);
    }
    if of_person >= rules.managed_per_person {
        return Err(FilingBar::TooManyManaged);
    }
    Ok(())
}

/// What the register as it is now means for somebody who shares a vehicle since `owner_then` had it; `None`: nothing.
///
/// A new owner and the end of the vehicle end everything. Another plate type or use ends filings only: a manager looks after any vehicle.
pub fn ended_by_register(
    rules: &SharingRules,
    kind: FilingKind,
    owner_then: Uuid,
    now: &Vehicle,
    owner: OwnerKind,
) -> Option<EndReason> {
    if owner_then != now.owner {
        return Some(EndReason::Transferred);
    }
    match vehicle_may_be_filed(rules, now, owner) {
        Err(FilingBar::OutOfUse) => Some(EndReason::Deregistered),
        Err(_) if kind == FilingKind::Filing => Some(EndReason::NotEligible),
        _ => None,
    }
}

#[cfg(test)]
#[path = "filing_tests.rs"]
mod tests;
