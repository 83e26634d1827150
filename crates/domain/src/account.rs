//! How sure the system is who somebody is, what that lets them do, and by which way they signed in (domain-driver.md section 10.2).
//!
//! The levels are a design of this project after the practice of the national platform; their names are ours. Face recognition is one way to
//! level 3 elsewhere; here it is never needed: an identity platform or the counter does as well.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// How sure we are who somebody is. A higher level allows all that a lower one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Nobody in particular: public notices, rules, checking a code.
    L0,
    /// Somebody who has a phone, proved by a one-time code.
    L1,
    /// Name, identity number and phone agree with the register.
    L2,
    /// A real person, by face or an equal way that is none: an identity platform.
    L3,
    /// Seen face to face at the counter, with the document.
    L4,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 5] = [Self::L0, Self::L1, Self::L2, Self::L3, Self::L4];

    /// The stable word: `L0` to `L4`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::L0 => "L0",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
            Self::L4 => "L4",
        }
    }

    /// The number, as it is stored: 0 to 4.
    pub const fn number(self) -> u8 {
        match self {
            Self::L0 => 0,
            Self::L1 => 1,
            Self::L2 => 2,
            Self::L3 => 3,
            Self::L4 => 4,
        }
    }

    /// The level of a number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// The level of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// What it is called.
    pub const fn name(self) -> Text {
        match self {
            Self::L0 => Text::fixed("未登录", "not signed in"),
            Self::L1 => Text::fixed("手机号已验证", "phone confirmed"),
            Self::L2 => Text::fixed("身份信息已核对", "identity agrees with the register"),
            Self::L3 => Text::fixed("实人认证", "real person confirmed"),
            Self::L4 => Text::fixed("窗口当面核验", "seen at the counter"),
        }
    }

    /// How it is reached.
    pub const fn how(self) -> Text {
        match self {
            Self::L0 => Text::fixed("无需任何操作", "nothing is needed"),
            Self::L1 => Text::fixed("输入手机收到的验证码", "enter the code sent to your phone"),
            Self::L2 => Text::fixed(
                "填写姓名和证件号码，与登记信息及登记手机号一致",
                "give your name and identity number; they and your phone must agree with the register",
            ),
            Self::L3 => {
                Text::fixed("通过政务身份认证平台登录一次", "sign in once through the government's identity platform")
            }
            Self::L4 => Text::fixed(
                "携带身份证到车管所窗口，输入窗口给您的8位数字（无需人脸识别）",
                "bring your identity card to a counter and enter the 8 digits you get there (no face recognition)",
            ),
        }
    }

    /// What becomes possible at this level, in words; what lower levels allow is not repeated.
    pub fn allows(self) -> Vec<Text> {
        Act::ALL.into_iter().filter(|act| act.needs().level == self).map(Act::name).collect()
    }
}

/// What an act asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The lowest level that may.
    pub level: Level,
    /// Signed in, or signed in anew, a short while ago.
    pub fresh: bool,
    /// A one-time code besides.
    pub code: bool,
}

/// What one may want to do with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read what is public; check a code.
    ReadPublic,
    /// Look after the own account: sessions, sign-ins, identity.
    KeepAccount,
    /// Look at own data.
    SeeOwn,
    /// Show a live code.
    ShowLive,
    /// Apply for something.
    Apply,
    /// Bind a licence to this device.
    BindDevice,
    /// Give somebody a proof.
    GiveProof,
    /// File another person's vehicle.
    FileVehicle,
    /// Act for a unit.
    ActForUnit,
    /// Consent to somebody's filing, or name a manager.
    Delegate,
    /// Change a unit's users.
    ChangeUnit,
    /// Add or remove a passkey.
    ChangePasskeys,
    /// Change the phone.
    ChangePhone,
}

impl Act {
    /// Every act, in the order in which they are told.
    pub const ALL: [Self; 13] = [
        Self::ReadPublic,
        Self::KeepAccount,
        Self::SeeOwn,
        Self::ShowLive,
        Self::Apply,
        Self::BindDevice,
        Self::GiveProof,
        Self::FileVehicle,
        Self::ActForUnit,
        Self::Delegate,
        Self::ChangeUnit,
        Self::ChangePasskeys,
        Self::ChangePhone,
    ];

    /// What it asks for (domain-driver.md section 10.2: own data L2; electronic licence, binding and business L3; contact data L3 with a code;
    /// delegation L3 on both sides).
    pub const fn needs(self) -> Needs {
        let (level, fresh, code) = match self {
            Self::ReadPublic => (Level::L0, false, false),
            Self::KeepAccount => (Level::L1, false, false),
            Self::SeeOwn => (Level::L2, false, false),
            Self::ShowLive
            | Self::Apply
            | Self::BindDevice
            | Self::GiveProof
            | Self::FileVehicle
            | Self::ActForUnit => (Level::L3, false, false),
            Self::Delegate | Self::ChangeUnit | Self::ChangePasskeys => (Level::L3, true, false),
            Self::ChangePhone => (Level::L3, true, true),
        };
        Needs { level, fresh, code }
    }

    /// What it is called.
    pub const fn name(self) -> Text {
        match self {
            Self::ReadPublic => Text::fixed("查看公告和规则、核验二维码", "read notices and rules, check codes"),
            Self::KeepAccount => Text::fixed("管理账号、登录设备", "look after your account and devices"),
            Self::SeeOwn => Text::fixed("查看本人的车辆、标志和驾驶证", "see your own vehicles, marks and licence"),
            Self::ShowLive => Text::fixed("出示动态二维码", "show live codes"),
            Self::Apply => Text::fixed("在线申请", "apply on-line"),
            Self::BindDevice => Text::fixed("把驾驶证绑定到本机", "keep the licence on this device"),
            Self::GiveProof => Text::fixed("向他人出具证明", "give somebody a proof"),
            Self::FileVehicle => Text::fixed("备案他人车辆", "file another person's vehicle"),
            Self::ActForUnit => Text::fixed("以单位身份办事", "act for a unit"),
            Self::Delegate => Text::fixed("同意备案、指定管理人", "consent to a filing, name a manager"),
            Self::ChangeUnit => Text::fixed("变更单位用户", "change a unit's users"),
            Self::ChangePasskeys => Text::fixed("添加或删除通行密钥", "add or remove passkeys"),
            Self::ChangePhone => Text::fixed("更换手机号", "change your phone"),
        }
    }
}

/// By which way somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInWay {
    /// A one-time code to the phone.
    Code,
    /// A passkey (`WebAuthn`).
    Passkey,
    /// A government identity platform (`OpenID` Connect).
    IdentityPlatform,
    /// A code given face to face at a counter.
    Counter,
    /// One tap, in the demonstration only.
    Demo,
}

impl SignInWay {
    /// Every way.
    pub const ALL: [Self; 5] = [Self::Code, Self::Passkey, Self::IdentityPlatform, Self::Counter, Self::Demo];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::IdentityPlatform => "identity_platform",
            Self::Counter => "counter",
            Self::Demo => "demo",
        }
    }

    /// The way of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// What happened to an account, as its owner reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// The account was opened.
    Opened,
    /// Signed in with a one-time code.
    SignedInByCode,
    /// Signed in with a passkey.
    SignedInByPasskey,
    /// Signed in through an identity platform.
    SignedInByPlatform,
    /// Signed in with one tap, in the demonstration.
    SignedInByDemo,
    /// It was the first sign-in on that device.
    NewDevice,
    /// Signed in anew, so that something sensitive could be done.
    Reauthenticated,
    /// A wrong one-time code was entered.
    WrongCode,
    /// Too many wrong codes: locked for a while.
    Locked,
    /// Name and number agreed with the register.
    IdentityConfirmed,
    /// Name and number did not agree.
    IdentityRefused,
    /// An identity platform vouched for the person.
    PlatformConfirmed,
    /// The counter vouched for the person.
    CounterConfirmed,
    /// Another account now belongs to the person in the register.
    IdentityMoved,
    /// The phone was changed.
    PhoneChanged,
    /// The phone now belongs to another account.
    PhoneMoved,
    /// One session was ended.
    SessionEnded,
    /// All other sessions were ended.
    OthersEnded,
    /// All sessions were ended.
    AllEnded,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyEnded,
}

impl Happening {
    /// Everything that can happen.
    pub const ALL: [Self; 21] = [
        Self::Opened,
        Self::SignedInByCode,
        Self::SignedInByPasskey,
        Self::SignedInByPlatform,
        Self::SignedInByDemo,
        Self::NewDevice,
        Self::Reauthenticated,
        Self::WrongCode,
        Self::Locked,
        Self::IdentityConfirmed,
        Self::IdentityRefused,
        Self::PlatformConfirmed,
        Self::CounterConfirmed,
        Self::IdentityMoved,
        Self::PhoneChanged,
        Self::PhoneMoved,
        Self::SessionEnded,
        Self::OthersEnded,
        Self::AllEnded,
        Self::PasskeyAdded,
        Self::PasskeyEnded,
    ];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::SignedInByCode => "signed_in_code",
            Self::SignedInByPasskey => "signed_in_passkey",
            Self::SignedInByPlatform => "signed_in_identity_platform",
            Self::SignedInByDemo => "signed_in_demo",
            Self::NewDevice => "new_device",
            Self::Reauthenticated => "reauthenticated",
            Self::WrongCode => "wrong_code",
            Self::Locked => "locked",
            Self::IdentityConfirmed => "identity_confirmed",
            Self::IdentityRefused => "identity_refused",
            Self::PlatformConfirmed => "platform_confirmed",
            Self::CounterConfirmed => "counter_confirmed",
            Self::IdentityMoved => "identity_moved",
            Self::PhoneChanged => "phone_changed",
            Self::PhoneMoved => "phone_moved",
            Self::SessionEnded => "session_ended",
            Self::OthersEnded => "others_ended",
            Self::AllEnded => "all_ended",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyEnded => "passkey_ended",
        }
    }

    /// What happened, of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|happening| happening.code() == code)
    }

    /// Signed in by a way.
    pub const fn signed_in(way: SignInWay) -> Self {
        match way {
            SignInWay::Code | SignInWay::Counter => Self::SignedInByCode,
            SignInWay::Passkey => Self::SignedInByPasskey,
            SignInWay::IdentityPlatform => Self::SignedInByPlatform,
            SignInWay::Demo => Self::SignedInByDemo,
        }
    }

    /// The words for people.
    pub const fn text(self) -> Text {
        match self {
            Self::Opened => Text::fixed("开通账号", "account opened"),
            Self::SignedInByCode => Text::fixed("验证码登录", "signed in with a one-time code"),
            Self::SignedInByPasskey => Text::fixed("通行密钥登录", "signed in with a passkey"),
            Self::SignedInByPlatform => Text::fixed("身份认证平台登录", "signed in through the identity platform"),
            Self::SignedInByDemo => Text::fixed("演示登录", "signed in for the demonstration"),
            Self::NewDevice => Text::fixed("首次在此设备登录", "first sign-in on this device"),
            Self::Reauthenticated => Text::fixed("再次验证身份", "signed in again to confirm"),
            Self::WrongCode => Text::fixed("验证码错误", "wrong one-time code"),
            Self::Locked => Text::fixed("错误次数过多，暂时锁定", "too many wrong tries; locked for a while"),
            Self::IdentityConfirmed => Text::fixed("身份信息核对一致", "identity agreed with the register"),
            Self::IdentityRefused => Text::fixed("身份信息核对不一致", "identity did not agree with the register"),
            Self::PlatformConfirmed => Text::fixed("通过身份认证平台认证", "confirmed by the identity platform"),
            Self::CounterConfirmed => Text::fixed("窗口当面核验", "confirmed at the counter"),
            Self::IdentityMoved => Text::fixed("身份已绑定到其他账号", "your identity was linked to another account"),
            Self::PhoneChanged => Text::fixed("更换手机号", "phone changed"),
            Self::PhoneMoved => Text::fixed("手机号已归其他账号使用", "the phone now belongs to another account"),
            Self::SessionEnded => Text::fixed("退出一台设备", "one device signed out"),
            Self::OthersEnded => Text::fixed("退出其他所有设备", "all other devices signed out"),
            Self::AllEnded => Text::fixed("退出所有设备", "all devices signed out"),
            Self::PasskeyAdded => Text::fixed("添加通行密钥", "passkey added"),
            Self::PasskeyEnded => Text::fixed("删除通行密钥", "passkey removed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_read_back() {
        assert!(Level::ALL.is_sorted());
        for level in Level::ALL {
            assert_eq!(Level::from_number(level.number()), Some(level));
            assert_eq!(Level::from_code(level.code()), Some(level));
        }
        assert_eq!((Level::from_number(5), Level::from_code("l1")), (None, None));
    }

    #[test]
    fn what_each_act_needs() {
        let needs = |level, fresh, code| Needs { level, fresh, code };
        for (act, expected) in [
            (Act::ReadPublic, needs(Level::L0, false, false)),
            (Act::KeepAccount, needs(Level::L1, false, false)),
            (Act::SeeOwn, needs(Level::L2, false, false)),
            (Act::ShowLive, needs(Level::L3, false, false)),
            (Act::Apply, needs(Level::L3, false, false)),
            (Act::BindDevice, needs(Level::L3, false, false)),
            (Act::GiveProof, needs(Level::L3, false, false)),
            (Act::FileVehicle, needs(Level::L3, false, false)),
            (Act::ActForUnit, needs(Level::L3, false, false)),
            (Act::Delegate, needs(Level::L3, true, false)),
            (Act::ChangeUnit, needs(Level::L3, true, false)),
            (Act::ChangePasskeys, needs(Level::L3, true, false)),
            (Act::ChangePhone, needs(Level::L3, true, true)),
        ] {
            assert_eq!(act.needs(), expected, "{act:?}");
        }
    }

    #[test]
    fn every_act_is_told_at_exactly_one_level_and_the_counter_asks_no_face() {
        let told: usize = Level::ALL.into_iter().map(|level| level.allows().len()).sum();
        assert_eq!(told, Act::ALL.len());
        assert!(Level::L4.allows().is_empty(), "nothing needs the counter");
        assert!(Level::L4.how().zh.contains("无需人脸"));
    }

    #[test]
    fn words_read_back_and_are_in_both_languages() {
        for way in SignInWay::ALL {
            assert_eq!(SignInWay::from_code(way.code()), Some(way));
            assert!(Happening::signed_in(way).text().en.starts_with("signed in"));
        }
        for happening in Happening::ALL {
            assert_eq!(Happening::from_code(happening.code()), Some(happening));
            assert!(!happening.text().zh.is_ascii() && happening.text().en.is_ascii(), "{happening:?}");
        }
        assert_eq!((SignInWay::from_code("face"), Happening::from_code("")), (None, None));
    }
}
