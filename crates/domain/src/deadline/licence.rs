//! The deadlines of a licence: renewal, certificate, review, age, cancellation, deferral, practice, points, fines.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{ALL_STEPS, Deadline, DeadlineKind, NEWS_DAYS, NO_WINDOW, StepCode, clause, zh};
use crate::driver::points::{self, Clears, Standing};
use crate::driver::rules::{LicenceFacts, RenewalState, Term, cancel, downgrade, medical, practice, renewal, review};
use crate::driver::{Licence, LicenceEffect, StateLetter};
use crate::text::Text;

/// A cancellation or downgrade by age is shown from so many months before.
const AGE_SHOWN_MONTHS: i32 = 12;

/// A fine that was due longer ago than this is not reminded of any more.
const FINE_REMINDED_MONTHS: i32 = 12;

type Fixed = Deadline<'static>;

/// What is due for a licence, the earliest first. A licence that ended has at most the day by which it can be restored.
pub fn of_licence(licence: &Licence, today: Date) -> Vec<Fixed> {
    let facts = LicenceFacts::of(licence, today);
    let status = licence.effective_status(today);
    if matches!(status.effect(), LicenceEffect::Withdrawn(_)) {
        return if status.has(StateLetter::R) { restoration(&facts).into_iter().collect() } else { Vec::new() };
    }
    let mut list = Vec::new();
    list.extend(renewed(&facts));
    list.extend(certificate(&facts));
    list.extend(reviewed(&facts));
    list.extend(downgraded(&facts));
    list.extend(extension(&facts));
    list.extend(cancelled(&facts));
    list.extend(deferral(&facts));
    list.extend(practised(&facts));
    // An account without anything in it is most of them.
    if licence.points != points::PointsAccount::default() {
        let standing = licence.points.standing_on(licence.first_issued_on, today);
        list.extend(cycle_end(&standing, today));
        list.extend(fines(licence, today));
    }
    list.sort_by_key(|deadline| (deadline.due_on, deadline.kind));
    list
}

/// The later of a day and the end of a deferral (R162 Art. 75).
fn postponed(facts: &LicenceFacts, day: Date) -> Date {
    facts.deferred_until.map_or(day, |until| until.max(day))
}

fn renewed(facts: &LicenceFacts) -> Option<Fixed> {
    let renewal = renewal::of(facts)?;
    if renewal.state == RenewalState::Lapsed {
        return None;
    }
    let until = renewal.valid_until;
    let (term, next) = (renewal.term.name(), renewal.next_term.name());
    let why = Text::made(
        format!(
            "驾驶证有效期{}，至{}；期满前九十日内可以换证。{}",
            term.zh,
            zh(until),
            if renewal.next_term == Term::LongTerm {
                "换证后长期有效。".to_owned()
            } else {
                format!("换证后有效期{}。", next.zh)
            }
        ),
        format!(
            "The licence ({}) is valid until {until} and can be renewed in the 90 days before. The next one will be for {}.",
            term.en, next.en
        ),
    );
    let window = (Some(renewal.opens_on), postponed(facts, until));
    let deadline = Deadline::new(DeadlineKind::Renewal, window, ALL_STEPS, why, renewal.clause);
    Some(
        deadline
            .todo(
                "请在网上或就近的车辆管理所申请换证，须提交身体条件证明（已联网的免交）。",
                "Apply for renewal online or at any vehicle office, with a medical certificate unless it is on the network.",
            )
            .otherwise(
                "逾期后不得驾驶机动车；超过一年未换证的，驾驶证将被注销。",
                "After that day you may not drive; after one more year the licence is cancelled.",
            ),
    )
}

fn certificate(facts: &LicenceFacts) -> Option<Fixed> {
    let due = medical::next(facts)?;
    let last = due.last_day_before_cancellation;
    // The certificate of a cycle that is far ahead is none of today's business.
    let shown_from = due.opens_on.checked_sub(AGE_SHOWN_MONTHS.months()).unwrap_or(Date::MIN);
    if facts.as_of < shown_from || facts.as_of > last {
        return None;
    }
    let why = Text::made(
        format!("记分周期于{}结束，须在之后三十日内提交身体条件证明。", zh(due.cycle.end)),
        format!("The points cycle ends on {}; a medical certificate is due within the 30 days after.", due.cycle.end),
    );
    let deadline = Deadline::new(DeadlineKind::Medical, (Some(due.opens_on), due.due_on), ALL_STEPS, why, due.clause);
    Some(
        deadline
            .todo(
                "请到县级以上医疗机构体检并提交证明。",
                "Have yourself examined at a county hospital or above and submit the certificate.",
            )
            .otherwise(
                format!("{}前仍未提交的，驾驶证将被注销。", zh(last)),
                format!("If it is not there by {last}, the licence is cancelled."),
            ),
    )
}

fn reviewed(facts: &LicenceFacts) -> Option<Fixed> {
    let due = review::next(facts)?;
    let why = Text::made(
        format!("持有大型车准驾车型，且{}结束的记分周期内有记分，须在之后三十日内参加审验。", zh(due.cycle.end)),
        format!(
            "You hold a heavy class and have points in the cycle that ends on {}: a review is due within the 30 days after.",
            due.cycle.end
        ),
    );
    let hours = due.study_hours;
    let deadline = Deadline::new(DeadlineKind::Review, (Some(due.opens_on), due.due_on), ALL_STEPS, why, due.clause);
    Some(
        deadline
            .todo(
                format!("请参加不少于{hours}小时的学习并申报身体条件情况。"),
                format!("Study for at least {hours} hours and declare your state of health."),
            )
            .otherwise("逾期未审验的，不得驾驶机动车。", "While the review is overdue you may not drive."),
    )
}

fn age_window(facts: &LicenceFacts, day: Date) -> bool {
    day.checked_sub(AGE_SHOWN_MONTHS.months()).is_ok_and(|from| facts.as_of >= from)
}

fn downgraded(facts: &LicenceFacts) -> Option<Fixed> {
    let downgrade = downgrade::next(facts)?;
    let last = downgrade.on.yesterday().unwrap_or(downgrade.on);
    if !age_window(facts, last) {
        return None;
    }
    let (lost, left) = (downgrade.lost, downgrade.left);
    let why = Text::made(
        format!("因年龄条件，自{}起不得驾驶{lost}准驾车型的机动车。", zh(downgrade.on)),
        format!("From {} your age no longer allows the classes {lost}.", downgrade.on),
    );
    let deadline = Deadline::new(DeadlineKind::Downgrade, (None, last), NO_WINDOW, why, downgrade.clause);
    Some(
        deadline
            .todo(
                format!("收到通知后{}日内换领{left}的驾驶证。", downgrade.exchange_days),
                format!(
                    "Exchange the licence for one of {left} within {} days of the notice.",
                    downgrade.exchange_days
                ),
            )
            .otherwise(
                format!("逾期未换证的，公告{lost}准驾车型作废。"),
                format!("Otherwise the classes {lost} are announced void."),
            ),
    )
}

fn extension(facts: &LicenceFacts) -> Option<Fixed> {
    let extension = downgrade::extension(facts)?;
    if facts.extended_until.is_some() || facts.as_of > extension.last_day || !age_window(facts, extension.opens_on) {
        return None;
    }
    let why = Text::made(
        format!("年满63周岁前一年内可以申请延长大型车准驾资格，最长至{}。", zh(extension.longest_until)),
        format!(
            "In the year before 63 you can ask for the heavy classes to be extended, to {} at most.",
            extension.longest_until
        ),
    );
    let codes = &[StepCode::Opens, StepCode::Days30, StepCode::Days7, StepCode::Day1];
    let window = (Some(extension.opens_on), extension.last_day);
    let deadline = Deadline::new(DeadlineKind::Extension, window, codes, why, extension.clause);
    Some(deadline.todo(
        "如需延长，请申请并通过体检及记忆力、判断力、反应力测试。",
        "To have them extended, apply and pass the medical and the tests of memory, judgement and reaction.",
    ))
}

/// A cancellation that is near: after a missed renewal or certificate, or by age.
fn cancelled(facts: &LicenceFacts) -> Option<Fixed> {
    let cancellation = cancel::first(facts).filter(|cancellation| !cancellation.has_happened(facts.as_of))?;
    let last = cancellation.last_day;
    let (near, zh_why, en_why) = match cancellation.cause {
        cancel::Cause::NotRenewed => {
            let near = renewal::of(facts).is_some_and(|renewal| renewal.state == RenewalState::Overdue);
            (near, "驾驶证超过有效期一年以上未换证", "The licence is not renewed for a year past its validity")
        }
        cancel::Cause::NoCertificate => {
            let near = medical::next(facts).is_some_and(|due| facts.as_of > due.due_on);
            (
                near,
                "记分周期结束后一年内未提交身体条件证明",
                "No medical certificate is submitted for a year after the cycle",
            )
        }
        cancel::Cause::Age => {
            (age_window(facts, last), "年龄超过准驾车型的规定", "Your age no longer allows any class of the licence")
        }
    };
    if !near {
        return None;
    }
    let why = Text::made(
        format!("{zh_why}的，{}之后驾驶证将被注销。", zh(last)),
        format!("{en_why}: it is cancelled after {last}."),
    );
    let deadline = Deadline::new(DeadlineKind::Cancellation, (None, last), NO_WINDOW, why, cancellation.clause);
    let back = Text::fixed("注销后需重新申请。", "After that only a new application helps.");
    let consequence = match cancellation.restoration.map(|restoration| restoration.by) {
        Some(cancel::RestoreBy::KnowledgeTest) => Text::fixed(
            "注销后二年内须考试科目一合格方可恢复。",
            "After that it comes back only by the law test, within two years.",
        ),
        Some(cancel::RestoreBy::Certificate) => {
            Text::fixed("注销后提交身体条件证明可以恢复。", "After that it comes back by submitting the certificate.")
        }
        None => back,
    };
    let deadline = deadline.otherwise(consequence.zh, consequence.en);
    Some(match cancellation.cause {
        cancel::Cause::NotRenewed => deadline.todo("请尽快换证。", "Renew the licence."),
        cancel::Cause::NoCertificate => deadline.todo("请尽快提交身体条件证明。", "Submit the certificate."),
        cancel::Cause::Age => deadline,
    })
}

fn restoration(facts: &LicenceFacts) -> Option<Fixed> {
    let cancellation = cancel::first(facts).filter(|cancellation| cancellation.has_happened(facts.as_of))?;
    let restoration = cancellation.restoration?;
    let last = restoration.last_day?;
    let why = Text::made(
        format!("驾驶证已于{}注销，{}前可以恢复驾驶资格。", zh(cancellation.cancelled_on()), zh(last)),
        format!("The licence was cancelled on {} and can be restored until {last}.", cancellation.cancelled_on()),
    );
    let deadline = Deadline::new(DeadlineKind::Restoration, (None, last), NO_WINDOW, why, restoration.clause);
    let deadline = match restoration.by {
        cancel::RestoreBy::KnowledgeTest => deadline.todo("请参加科目一考试。", "Take the law test (subject 1)."),
        cancel::RestoreBy::Certificate => deadline.todo("请提交身体条件证明。", "Submit the medical certificate."),
    };
    Some(deadline.otherwise("逾期须重新申领驾驶证。", "After that only a new application helps."))
}

fn deferral(facts: &LicenceFacts) -> Option<Fixed> {
    let until = facts.deferred_until.filter(|until| facts.as_of <= *until)?;
    // A deferral that the register states without its end "ends" today every day: no deadline.
    if until == facts.as_of {
        return None;
    }
    let clause = crate::driver::rules::law::clause("R162 Art.75")?;
    let why = Text::made(
        format!("延期办理至{}，延期期间不得驾驶机动车。", zh(until)),
        format!("What you had deferred runs until {until}; no driving meanwhile."),
    );
    let deadline = Deadline::new(DeadlineKind::DeferralEnd, (None, until), NO_WINDOW, why, clause);
    Some(deadline.todo("请在到期前办理延期的业务。", "See to what was deferred before that day."))
}

fn practised(facts: &LicenceFacts) -> Vec<Fixed> {
    let news = |until: Date| until.checked_add(NEWS_DAYS.days()).unwrap_or(Date::MAX) >= facts.as_of;
    let running = practice::all(facts).into_iter().filter(|p| p.from <= facts.as_of && news(p.until));
    running
        .map(|practice| {
            let why = Text::made(
                format!("{}准驾车型的实习期自{}至{}。", practice.classes, zh(practice.from), zh(practice.until)),
                format!(
                    "The practice period of {} runs from {} to {}.",
                    practice.classes, practice.from, practice.until
                ),
            );
            let window = (None, practice.until);
            Deadline::new(DeadlineKind::PracticeEnd, window, &[StepCode::After], why, practice.clause)
        })
        .collect()
}

/// The end of the cycle while there are points, and the news that they are gone.
fn cycle_end(standing: &Standing, today: Date) -> Vec<Fixed> {
    let mut list = Vec::new();
    if let Some(past) = standing.past.last()
        && past.sum > 0
        && standing.sum < past.sum
        && past.cycle.end.checked_add(NEWS_DAYS.days()).is_ok_and(|until| today <= until)
    {
        let why = Text::made(
            format!("上一记分周期已于{}结束，记分已清除。", zh(past.cycle.end)),
            format!("The points cycle ended on {} and its points were cleared.", past.cycle.end),
        );
        list.push((past.cycle, &[StepCode::After][..], why));
    }
    if standing.sum > 0 && !standing.full {
        let (end, sum) = (standing.cycle.end, standing.sum);
        let unpaid = standing.counted.iter().any(|counted| matches!(counted.clears, Clears::FineFirst { .. }));
        let fine = |text: &'static str| if unpaid { text } else { "" };
        let why = Text::made(
            format!(
                "本记分周期于{}结束，现有记分{sum}分，届时清除{}。",
                zh(end),
                fine("；罚款逾期未缴纳的违法记分转入下一周期")
            ),
            format!(
                "The cycle ends on {end}; its {sum} points are cleared then{}.",
                fine(", except those whose fine is overdue and unpaid")
            ),
        );
        let codes: &[StepCode] =
            if unpaid { &[StepCode::Days30, StepCode::Days7, StepCode::Day1] } else { &[StepCode::Days7] };
        list.push((standing.cycle, codes, why));
    }
    let clause = points::named("R163 Art.15");
    let deadlines = list.into_iter().map(|(cycle, codes, why)| {
        let deadline = Deadline::new(DeadlineKind::PointsCycleEnd, (None, cycle.end), codes, why, clause);
        let pay = codes.contains(&StepCode::Day1);
        if pay {
            deadline.todo("请在周期结束前缴清罚款。", "Pay the fines before the cycle ends.")
        } else {
            deadline
        }
    });
    deadlines.collect()
}

/// One deadline for all fines that are due on one day.
fn fines(licence: &Licence, today: Date) -> Vec<Fixed> {
    let reminded = |due: Date| due.checked_add(FINE_REMINDED_MONTHS.months()).unwrap_or(Date::MAX) >= today;
    let open = licence.points.entries.iter().filter(|entry| {
        entry.decided_on <= today
            && entry.annulled_on.is_none_or(|on| on > today)
            && entry.fine_paid_on.is_none_or(|on| on > today)
    });
    let mut days: Vec<Date> = open.filter_map(|entry| entry.fine_due_on).filter(|due| reminded(*due)).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter()
        .map(|due| {
            let why = Text::made(
                format!("交通违法罚款须于{}前缴纳。", zh(due)),
                format!("A fine for a traffic offence is to be paid by {due}."),
            );
            let codes = &[StepCode::Days7, StepCode::Day1, StepCode::After];
            let deadline = Deadline::new(DeadlineKind::Fine, (None, due), codes, why, clause("RTSL Art.108"));
            deadline.todo("请及时缴纳罚款。", "Pay the fine in time.").otherwise(
                "逾期每日按罚款数额的百分之三加处罚款；记分转入下一周期。",
                "Each day late adds 3 % of the fine, and its points are carried into the next cycle.",
            )
        })
        .collect()
}
