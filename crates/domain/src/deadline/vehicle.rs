//! The deadlines of a vehicle: its next point of inspection and its compulsory insurance.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{ALL_STEPS, Deadline, DeadlineKind, NO_WINDOW, clause, zh};
use crate::text::Text;
use crate::vehicle::inspection::{CycleFacts, InspectionAction, InspectionRules};
use crate::vehicle::{MarkEffect, Vehicle};

/// Insurance that ended longer ago than this is no reminder any more: the register has not heard of the new one.
const INSURANCE_REMINDED_MONTHS: i32 = 12;

/// What is due for a vehicle, the earliest first. Nothing for one that has left the register; no point of inspection when its facts have no
/// answer in the rules.
pub fn of_vehicle<'r>(vehicle: &Vehicle, rules: &'r InspectionRules, today: Date) -> Vec<Deadline<'r>> {
    if vehicle.status.mark_effect().0 == MarkEffect::Revoke {
        return Vec::new();
    }
    let mut list: Vec<Deadline<'r>> =
        [inspection(vehicle, rules, today), insurance(vehicle, today)].into_iter().flatten().collect();
    list.sort_by_key(|deadline| (deadline.due_on, deadline.kind));
    list
}

fn inspection<'r>(vehicle: &Vehicle, rules: &'r InspectionRules, today: Date) -> Option<Deadline<'r>> {
    let answer = rules.answer(&CycleFacts::from(vehicle), today).ok()?;
    let window = (Some(answer.window_opens), answer.last_day());
    let (kind, todo) = match answer.action {
        InspectionAction::Inspect => {
            (DeadlineKind::Inspection, ("请到检验机构办理检验。", "Have the vehicle inspected at a station."))
        }
        InspectionAction::ApplyMark => (
            DeadlineKind::MarkApplication,
            ("免上线检验，请在网上申领检验标志。", "No inspection at a station is needed; apply for the mark online."),
        ),
    };
    let deadline = Deadline::new(kind, window, ALL_STEPS, answer.explanation(), answer.clause);
    Some(deadline.todo(todo.0, todo.1).otherwise(
        "逾期未办理的，检验标志失效，车辆不得上路行驶。",
        "After that day the mark has run out and the vehicle may not be driven.",
    ))
}

fn insurance(vehicle: &Vehicle, today: Date) -> Option<Deadline<'static>> {
    let last = vehicle.insurance_until?;
    let forgotten = last.checked_add(INSURANCE_REMINDED_MONTHS.months()).unwrap_or(Date::MAX);
    if today > forgotten {
        return None;
    }
    let why = Text::made(
        format!("交强险保障至{}。", zh(last)),
        format!("The compulsory insurance covers the vehicle until {last}."),
    );
    let deadline = Deadline::new(DeadlineKind::Insurance, (None, last), NO_WINDOW, why, clause("RTSL Art.17"));
    Some(deadline.todo("请及时续保交强险。", "Renew the compulsory insurance in time.").otherwise(
        "未投保交强险的车辆不得上路行驶，也不能申领检验标志。",
        "A vehicle without it may not be driven and gets no inspection mark.",
    ))
}
