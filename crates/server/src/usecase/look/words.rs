//! The words of looks: in which role, for what, which part, by which way. Codes are stored; the words are what the person reads.

use crate::usecase::error::{UseError, Used};
use crate::usecase::view::Text;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$each])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The words for people.
            pub fn text(self) -> Text {
                match self { $(Self::$variant => Text::new($zh, $en),)+ }
            }

            pub(super) fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

words! {
    /// In which role somebody looks.
    Looker {
        /// Staff of a vehicle administration office.
        Staff = "staff", "车管所工作人员", "staff of a vehicle administration office";
        /// A police officer.
        Officer = "officer", "交通警察", "a police officer";
        /// A partner who verifies.
        Partner = "partner", "核验单位", "a partner who verifies";
        /// Whoever has a link that the person gave away.
        LinkHolder = "anyone_with_link", "持有您所发链接的人", "whoever has the link you sent";
        /// An operator of this system, on its command line.
        Operator = "system", "系统运维人员", "an operator of this system";
    }
}

words! {
    /// For what somebody looks. The codes of proofs ([`crate::usecase::licence::proof::Purpose`]) stand beside these.
    Purpose {
        /// The person is at the counter.
        Counter = "counter", "窗口办理业务", "a service at the counter";
        /// An application is being handled.
        Application = "application", "办理网上申请", "handling an application";
        /// Facts in the register are checked or put right.
        Correction = "correction", "核对、更正登记信息", "checking or correcting what is registered";
        /// A complaint or an objection.
        Complaint = "complaint", "处理投诉或异议", "handling a complaint or an objection";
        /// An investigation by law.
        Investigation = "investigation", "依法调查", "an investigation by law";
        /// Supervision inside the office.
        Supervision = "supervision", "内部监督检查", "supervision inside the office";
        /// A photo is being decided about.
        PhotoReview = "photo_review", "审核驾驶证照片", "review of the licence photo";
        /// A check on the road.
        RoadsideCheck = "roadside_check", "路面执法检查", "a check on the road";
        /// An accident is being handled.
        Accident = "accident", "处理交通事故", "handling an accident";
        /// A stolen vehicle is looked for.
        StolenVehicle = "stolen_vehicle", "查找被盗抢车辆", "looking for a stolen vehicle";
        /// A violation is being handled.
        Violation = "violation", "处理交通违法", "handling a violation";
        /// An inquiry by law.
        Inquiry = "inquiry", "依法查询核实", "an inquiry by law";
        /// The system is being run and put right.
        Operation = "operation", "系统运维", "running the system";
    }
}

impl Purpose {
    /// What staff may give as the purpose of a look-up; the others belong to one act each.
    pub const OF_STAFF: [Self; 6] =
        [Self::Counter, Self::Application, Self::Correction, Self::Complaint, Self::Investigation, Self::Supervision];

    /// What an officer may give as the purpose of a look.
    pub const OF_OFFICERS: [Self; 5] =
        [Self::RoadsideCheck, Self::Accident, Self::StolenVehicle, Self::Violation, Self::Inquiry];

    /// The purpose that staff gave for a look-up.
    ///
    /// # Errors
    /// `purpose_needed` when there is none, `unknown_purpose` when it is not in the list.
    pub fn of_staff(code: Option<&str>) -> Used<Self> {
        Self::given(code, &Self::OF_STAFF)
    }

    /// The purpose that an officer gave for a look.
    ///
    /// # Errors
    /// As [`Purpose::of_staff`].
    pub fn of_officer(code: Option<&str>) -> Used<Self> {
        Self::given(code, &Self::OF_OFFICERS)
    }

    fn given(code: Option<&str>, among: &[Self]) -> Used<Self> {
        let known = || among.iter().map(|purpose| purpose.code()).collect::<Vec<_>>().join(", ");
        let code = code.map(str::trim).filter(|code| !code.is_empty()).ok_or_else(|| {
            UseError::invalid(
                "purpose_needed",
                format!("say what this is looked up for: purpose is one of {}", known()),
            )
        })?;
        among.iter().copied().find(|purpose| purpose.code() == code).ok_or_else(|| {
            let shown: String = code.chars().take(40).collect();
            UseError::invalid("unknown_purpose", format!("“{shown}” is no purpose; purpose is one of {}", known()))
        })
    }
}

words! {
    /// Which part of somebody's data was seen.
    Part {
        /// A credential with its history.
        Credential = "credential", "凭证的状态和变更记录", "the credential's state and history";
        /// What a code that was shown says, and whether it counts.
        Verdict = "verdict", "所出示凭证的核验结论", "the verdict on a credential that was shown";
        /// How a vehicle stood at a moment.
        StateAt = "state_at", "车辆在某一时刻的检验有效期和状态", "the validity and state of the vehicle at one moment";
        /// A vehicle as an officer sees it.
        VehicleState = "vehicle_state", "车辆状态、检验和保险有效期、未处理违法件数、所有人姓名（部分隐去）", "the vehicle's state, validity of inspection and insurance, number of open violations, owner's name (masked)";
        /// A driver as an officer sees one.
        DriverState = "driver_state", "姓名、准驾车型、有效期、状态和记分", "the name, classes, validity, state and points";
        /// What vehicles somebody has.
        OwnVehicles = "own_vehicles", "名下车辆的号牌和检验状态", "plates and inspection state of your vehicles";
        /// What a live code carries for officers only.
        Sealed = "sealed", "动态码中为民警加密的部分（车架号，或者驾驶证号和姓名）", "the part of a live code sealed for officers (frame number, or licence number and name)";
        /// That changes of a vehicle will be told.
        Changes = "changes", "车辆检验标志和状态的后续变更（订阅）", "changes of the vehicle's mark and state from now on (subscribed)";
        /// That something about a vehicle changed.
        Change = "change", "车辆检验标志或状态的一次变更", "one change of the vehicle's mark or state";
        /// How a licence stood at a moment.
        LicenceAt = "licence_at", "驾驶证在某一时刻的准驾车型、有效期和状态", "the classes, validity and state of the licence at one moment";
        /// A code that can be shown.
        Code = "code", "凭证的查验码", "the credential's code";
        /// The photo.
        Photo = "photo", "驾驶证照片", "the licence photo";
        /// The face of a licence.
        Licence = "licence", "姓名（部分隐去）、准驾车型、有效期和状态", "the name (masked), classes, validity and state";
        /// The face of a licence and its points.
        LicenceWithPoints = "licence_with_points", "姓名（部分隐去）、准驾车型、有效期、状态和记分", "the name (masked), classes, validity, state and points";
    }
}

words! {
    /// By which way it was seen.
    Way {
        /// At the desk, on-line.
        Desk = "desk", "在工作台联网查看", "on-line, at the office's desk";
        /// By the service for partners, on-line.
        PartnerService = "partner_service", "核验单位联网核验", "on-line, by the service for partners";
        /// By an officer, on-line, from an enrolled device.
        OfficerDevice = "officer_device", "民警用执勤手机联网查询", "on-line, by an officer's enrolled device";
        /// By an officer, on-line, from a terminal of the police.
        OfficerTerminal = "officer_terminal", "民警用警务终端联网查询", "on-line, by a terminal of the police";
        /// By an officer, off-line; it came to be known when the device was on-line again.
        OfficerOffline = "officer_offline", "民警离线查看，联网后上报", "by an officer without network, handed in afterwards";
        /// Through a link.
        Link = "link", "打开您发出的证明链接", "through the proof link you sent";
        /// On the command line.
        CommandLine = "command_line", "在系统命令行查看", "on the system's command line";
    }
}
