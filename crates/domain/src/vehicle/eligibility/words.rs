//! How a condition stands, and what puts it right.

use jiff::civil::Date;

use super::{Condition, Readiness, Service};
use crate::text::Text;
use crate::vehicle::StatusLetter;
use crate::vehicle::inspection::{InspectionAnswer, InspectionState};
use crate::vehicle::standing::VehicleTax;

type Said = (Text, Option<Text>);

fn day_zh(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

impl Condition {
    /// Its name.
    pub const fn title(self) -> Text {
        match self {
            Self::Violations => Text::fixed("交通违法", "Traffic violations"),
            Self::Accidents => Text::fixed("交通事故", "Accidents"),
            Self::Insurance => Text::fixed("交强险", "Compulsory insurance"),
            Self::Tax => Text::fixed("车船税", "Vehicle tax"),
            Self::State => Text::fixed("机动车状态", "State of the vehicle"),
            Self::Identity => Text::fixed("申请人身份", "Who applies"),
            Self::Window => Text::fixed("办理期限", "When"),
            Self::Region => Text::fixed("办理地区", "Where"),
        }
    }
}

impl Readiness {
    /// The headline for people.
    pub const fn text(self, service: Service) -> Text {
        match (self, service) {
            (Self::Ready, _) => {
                Text::fixed("可以申领，无需上传任何材料", "You can apply now; nothing has to be uploaded")
            }
            (Self::Missing, _) => Text::fixed("暂不能申领，请先办理以下事项", "Not yet: settle what is listed first"),
            (Self::NotYet, _) => Text::fixed("未到办理期", "Not yet due"),
            (Self::Done, _) => Text::fixed("本期检验标志已办理", "The mark of this period is there"),
            (Self::NotForThisVehicle, Service::Inspection) => {
                Text::fixed("须到检验机构上线检验", "An inspection at a station is needed")
            }
            (Self::NotForThisVehicle, _) => {
                Text::fixed("该车已不在登记之列", "The vehicle is no longer in the register")
            }
        }
    }
}

pub(super) fn violations(ok: bool, count: usize) -> Said {
    let text = match (ok, count) {
        (true, _) => Text::fixed("没有未处理的交通违法。", "No violation is open."),
        (false, 0) => Text::fixed(
            "登记显示有未处理的交通违法，详情未提供。",
            "The register says that violations are open, without details.",
        ),
        (false, 1) => Text::fixed("有1起未处理的交通违法。", "1 violation is open."),
        (false, n) => Text::made(format!("有{n}起未处理的交通违法。"), format!("{n} violations are open.")),
    };
    let todo = Text::fixed(
        "请先处理全部交通违法（线上或任一交警窗口均可），处理后即可申领，无需重新填写。",
        "Have all of them handled, on-line or at any traffic police window; then you can apply.",
    );
    (text, Some(todo))
}

pub(super) fn accidents(ok: bool) -> Said {
    let text = if ok {
        Text::fixed("没有未处理的交通事故。", "No accident is open.")
    } else {
        Text::fixed("有未处理完毕的交通事故。", "An accident is not yet settled.")
    };
    (text, Some(Text::fixed("请联系事故处理部门处理完毕。", "Settle it with the office that handles the accident.")))
}

pub(super) fn insurance(until: Option<Date>, ok: bool) -> Said {
    let text = match until {
        None => Text::fixed("没有查到交强险信息。", "No compulsory insurance is on record."),
        Some(day) if ok => {
            Text::made(format!("交强险有效期至{}。", day_zh(day)), format!("Insured up to and including {day}."))
        }
        Some(day) => Text::made(format!("交强险已于{}到期。", day_zh(day)), format!("The insurance ended on {day}.")),
    };
    let todo = Text::fixed(
        "请先投保交强险；保险公司报送后会自动显示，一般不超过一天。",
        "Take out the insurance; it appears here by itself when the insurer has reported it, usually within a day.",
    );
    (text, Some(todo))
}

pub(super) fn tax(tax: Option<VehicleTax>, ok: bool, today: Date) -> Said {
    let text = match tax {
        None => Text::fixed("没有查到车船税纳税或免税记录。", "No vehicle tax is on record."),
        Some(VehicleTax { year, exempt: true }) if ok => {
            Text::made(format!("{year}年度免征车船税。"), format!("Exempt from vehicle tax in {year}."))
        }
        Some(VehicleTax { year, .. }) if ok => {
            Text::made(format!("{year}年度车船税已缴纳。"), format!("Vehicle tax of {year} is paid."))
        }
        Some(VehicleTax { year, .. }) => Text::made(
            format!("车船税只查到{year}年度的记录。"),
            format!("The last vehicle tax on record is that of {year}."),
        ),
    };
    let todo = Text::made(
        format!("请缴纳{}年度车船税（可在投保交强险时一并缴纳）。", today.year()),
        format!("Pay the vehicle tax of {}; the insurer collects it with the insurance.", today.year()),
    );
    (text, Some(todo))
}

pub(super) fn state(blocking: Option<StatusLetter>) -> Said {
    let text = match blocking {
        None => Text::fixed("机动车状态可以办理。", "The vehicle's state allows it."),
        Some(letter) => {
            let name = letter.name();
            Text::made(
                format!("机动车状态为“{}”，不能办理。", name.zh),
                format!("The vehicle's state is “{}”.", name.en),
            )
        }
    };
    (
        text,
        Some(Text::fixed(
            "请携带身份证明到车管所窗口办理。",
            "Please come to the counter with your identity document.",
        )),
    )
}

pub(super) const fn identity(ok: bool) -> Said {
    let text = if ok {
        Text::fixed("已核验申请人身份。", "We know who applies.")
    } else {
        Text::fixed("申请前需要完成实人认证。", "Applying needs a confirmed identity.")
    };
    let todo = Text::fixed(
        "请在“账户与安全”中提升认证等级（无需人脸识别，也可到窗口核验）。",
        "Raise your level under “Account and security”; the counter does as well, and no face recognition is needed.",
    );
    (text, Some(todo))
}

pub(super) fn window(answer: Option<&InspectionAnswer<'_>>) -> Text {
    let Some(answer) = answer else {
        return Text::fixed("该车已不在登记之列。", "The vehicle is no longer in the register.");
    };
    let (opens, last) = (answer.window_opens, answer.last_day());
    match answer.state {
        InspectionState::NotDue => Text::made(
            format!("{}起可以办理，最迟{}。", day_zh(opens), day_zh(last)),
            format!("From {opens}, until {last} at the latest."),
        ),
        InspectionState::WindowOpen => {
            Text::made(format!("现在可以办理，最迟{}。", day_zh(last)), format!("Now, until {last} at the latest."))
        }
        InspectionState::Overdue => Text::made(
            format!("已于{}到期，仍可补办；办理前请勿上路行驶。", day_zh(last)),
            format!("It ended on {last}. You can still apply; do not drive before."),
        ),
    }
}

pub(super) const fn region(ok: bool) -> Said {
    let text = if ok {
        Text::fixed("登记地已启用检验标志电子凭证。", "The electronic mark is in use where the vehicle is registered.")
    } else {
        Text::fixed(
            "登记地尚未启用检验标志电子凭证。",
            "The electronic mark is not yet in use where the vehicle is registered.",
        )
    };
    (text, Some(Text::fixed("请到车管所窗口办理。", "Please come to the counter.")))
}

pub(super) const fn no_mark() -> Said {
    let text = Text::fixed(
        "没有在有效期内的检验标志，无法补领纸质标志。",
        "There is no mark in validity that could be printed.",
    );
    (text, Some(Text::fixed("请先办理本期检验标志。", "Get the mark of this period first.")))
}
