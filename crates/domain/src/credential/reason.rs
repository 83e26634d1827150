//! Why a credential came to be, changed its state or ended.

use serde::{Deserialize, Serialize};

use crate::text::Text;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        /// The reason for a step in a credential's life. The codes are stable: the API, the pages, the command line and the journal use them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $variant,)+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The sentence for people.
            pub const fn text(self) -> Text {
                match self { $(Self::$variant => Text::fixed($zh, $en),)+ }
            }
        }
    };
}

reasons! {
    /// Issue: the vehicle was registered (L3 Art. 11, 12).
    Registered = "registered", "车辆已注册登记", "The vehicle was registered.";
    /// Issue: the vehicle passed its inspection (L3 Art. 54).
    Inspected = "inspected", "车辆检验合格", "The vehicle passed its inspection.";
    /// Issue: the mark of an exempt vehicle was applied for and granted (L3 Art. 55).
    MarkGranted = "mark_granted", "免检车辆已申领检验标志", "The mark of an exempt vehicle was granted.";
    /// Issue: the vehicle was already in validity when the region opened.
    InValidity = "in_validity", "推广启用时车辆在检验有效期内", "The vehicle was in validity when its region opened.";
    /// Supersede: a newer mark took its place after inspection or application.
    Renewed = "renewed", "已换发新的检验标志", "A newer mark has taken its place.";
    /// Supersede: plate numbers or kinds changed (L3 Art. 17 to 20, 53).
    PlateChanged = "plate_changed", "号牌已变更", "The plate was changed.";
    /// Supersede: a fact of the vehicle changed and the cycle was computed anew (L3 Art. 16).
    Changed = "changed", "车辆登记内容已变更", "The vehicle's registered facts changed.";
    /// Supersede: a wrong entry was corrected (L3 Art. 53).
    Corrected = "corrected", "登记内容已更正", "A wrong entry was corrected.";
    /// Supersede: the key that signed it is no longer trusted.
    KeyCompromised = "key_compromised", "签发密钥已停用,凭证已重新签发", "The signing key is no longer trusted; the credential was issued anew.";
    /// Revoke: the vehicle has a new owner (L3 Art. 25 to 29).
    Transferred = "transferred", "车辆已转让", "The vehicle was transferred to a new owner.";
    /// Revoke: the file moved to another office (L3 Art. 18).
    MovedOut = "moved_out", "车辆档案已转出", "The vehicle's file moved to another office.";
    /// Revoke: the vehicle reached the end of its allowed life or was scrapped.
    Scrapped = "scrapped", "车辆已报废", "The vehicle was scrapped.";
    /// Revoke: the registration was cancelled (status E, L3 Art. 37 to 42).
    Deregistered = "deregistered", "车辆已注销登记", "The vehicle was deregistered.";
    /// Revoke: plates and licence were publicly declared void (status P, L3 Art. 41).
    DeclaredVoid = "declared_void", "牌证已公告作废", "Plates and licence were declared void.";
    /// Revoke: the registration was obtained by fraud (L3 Art. 40, 81).
    Annulled = "annulled", "登记已被撤销", "The registration was annulled.";
    /// Suspend: stolen or robbed (status C, L3 Art. 76).
    Stolen = "stolen", "车辆被盗抢", "The vehicle is reported stolen.";
    /// Suspend: sealed by a court or authority (status K).
    Sealed = "sealed", "车辆被查封", "The vehicle is sealed by an authority.";
    /// Suspend: detained by the police (status L).
    Impounded = "impounded", "车辆被暂扣", "The vehicle is impounded.";
    /// Restore: the vehicle was found, unsealed or released.
    Restored = "restored", "限制状态已解除", "The restriction was lifted.";
    /// A member of staff decided, with a note in the journal.
    ByHand = "by_hand", "经工作人员处理", "A member of staff decided.";
    /// Not issued or not renewed: violations are open (status G, L3 Art. 54).
    OpenViolation = "open_violation", "有未处理的交通违法", "Traffic violations are not yet handled.";
    /// Not issued: an accident is open (status I, N).
    OpenAccident = "open_accident", "有未处理的交通事故", "An accident is not yet handled.";
    /// Not issued: administrative lock or under suspicion (status O, J).
    Locked = "locked", "车辆业务被锁定", "Business for this vehicle is locked.";
    /// Not issued: the inspection validity has run out or is not known.
    NotInValidity = "not_in_validity", "车辆不在检验有效期内", "The vehicle is not within its inspection validity.";
    /// Not issued: the region is not yet open for this kind of credential.
    RegionNotOpen = "region_not_open", "本地区尚未启用", "The region is not yet open for this credential.";
    /// Not issued: compulsory insurance has run out (L3 Art. 54, 55).
    InsuranceExpired = "insurance_expired", "交强险已过期", "Compulsory insurance has run out.";
    /// Issue: the holder applied for the electronic licence (R162 Art. 61).
    Applied = "applied", "驾驶人已申领电子驾驶证", "The holder applied for the electronic licence.";
    /// Issue: taken over from an earlier system at which the holder had applied.
    Migrated = "migrated", "已由原系统迁移", "Taken over from an earlier system.";
    /// Supersede: the classes changed (R162 Art. 16, 65, 67).
    ClassChanged = "class_changed", "准驾车型已变更", "The licence classes changed.";
    /// Supersede: the validity changed, as after a renewal (R162 Art. 62, 63).
    ValidityChanged = "validity_changed", "驾驶证有效期已变更", "The validity of the licence changed.";
    /// Supersede: another office issues the licence now (R162 Art. 64, 70).
    IssuerChanged = "issuer_changed", "发证机关已变更", "The issuing authority changed.";
    /// Supersede: the photo changed.
    PhotoChanged = "photo_changed", "照片已更换", "The photo was replaced.";
    /// Supersede: the name changed (R162 Art. 66).
    NameChanged = "name_changed", "姓名已变更", "The name changed.";
    /// A device's licence ended: another device took its place.
    DeviceReplaced = "device_replaced", "已换绑其他设备", "Another device took its place.";
    /// A device's licence ended: the holder gave it up.
    DeviceGivenUp = "device_given_up", "持有人已解除设备绑定", "The holder gave the device up.";
    /// Red: 12 points or more in a cycle (state B, R163 Art. 17).
    OverPoints = "over_points", "记分达到12分", "12 points or more in one points cycle.";
    /// Red: suspended as a penalty (state D).
    LicenceSuspended = "licence_suspended", "驾驶证被暂扣", "The licence is suspended.";
    /// Red: held by the traffic police (state U, R105 Art. 31).
    LicenceHeld = "licence_held", "驾驶证被扣留", "The licence is held by the traffic police.";
    /// Red: seized or under inquiry (state K).
    LicenceSeized = "licence_seized", "驾驶证被扣押", "The licence is seized.";
    /// Red: past its validity (state M, R162 Art. 63).
    LicenceExpired = "licence_expired", "驾驶证逾期未换证", "The licence is past its validity and was not renewed.";
    /// Red: the review was not taken in time (state S, R162 Art. 72).
    ReviewOverdue = "review_overdue", "驾驶证逾期未审验", "The review of the licence is overdue.";
    /// Red: renewal, review or medical certificate deferred (states N, T, P, R162 Art. 75).
    Deferred = "deferred", "驾驶证业务延期办理中，不得驾驶", "A deferral runs; no driving meanwhile.";
    /// Red: another state set by the register (state Z).
    OtherState = "other_state", "驾驶证状态异常", "The register states another abnormal state.";
    /// Stopped: announced out of use (state J, R163 Art. 29).
    OutOfUse = "out_of_use", "驾驶证已公告停止使用", "The licence was announced out of use.";
    /// Stopped: locked by the issuing office (state L).
    LicenceLocked = "licence_locked", "驾驶证被锁定", "The licence is locked by the issuing office.";
    /// Withdraw: revoked as a penalty (state F).
    LicenceRevoked = "licence_revoked", "驾驶证被吊销", "The licence was revoked.";
    /// Withdraw: the permission was annulled (state E).
    LicenceAnnulled = "licence_annulled", "驾驶许可被撤销", "The licence was annulled.";
    /// Withdraw: cancelled (state G, R162 Art. 79).
    LicenceCancelled = "licence_cancelled", "驾驶证已注销", "The licence was cancelled.";
    /// Withdraw: cancelled but recoverable (state R, R162 Art. 79).
    CancelledRecoverable = "cancelled_recoverable", "驾驶证已注销，可恢复驾驶资格", "The licence was cancelled but can be restored.";
    /// Not issued: the file is under way to another office (state C, R162 Art. 64).
    InTransfer = "in_transfer", "驾驶证档案转出中", "The file is under way to another office.";
    /// Not issued: no photo is stored and none was given.
    PhotoNeeded = "photo_needed", "需要提供照片", "A photo is needed.";
    /// Not issued: the photo was not accepted.
    PhotoRejected = "photo_rejected", "照片未通过审核", "The photo was not accepted.";
    /// Not done: the photo was replaced less than 6 months ago.
    PhotoTooSoon = "photo_too_soon", "距上次更换照片未满六个月", "The photo was replaced less than six months ago.";
    /// Not done: an application is open already.
    CaseOpen = "case_open", "已有正在办理的申请", "An application is already open.";
    /// Not issued: the holder has a current electronic licence.
    AlreadyIssued = "already_issued", "已有有效的电子驾驶证", "A current electronic licence is there already.";
    /// Not issued: only at the counter.
    CounterOnly = "counter_only", "请到车辆管理所窗口办理", "Only at the counter of an office.";
}

/// The code names no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no reason with the code {0:?}")]
pub struct UnknownReason(pub String);

impl std::str::FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code).ok_or_else(|| UnknownReason(code.to_owned()))
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_the_serde_word_and_reads_back() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("serialises"), reason.code());
            assert_eq!(reason.code().parse::<Reason>().as_ref(), Ok(reason));
        }
        assert_eq!("because".parse::<Reason>(), Err(UnknownReason("because".to_owned())));
    }
}
