//! The points with their history, and what takes them away.

use super::licence::own_driver;
use super::shapes::{Full12View, PastCycleView, PointsEntryView, PointsView, ReductionView, ReductionWayView};
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::deadline::clause_view;
use crate::usecase::error::Used;
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use jiff::civil::Date;
use luzheng_domain::driver::Licence;
use luzheng_domain::driver::points::{
    LIMIT, MAX_REDUCED_PER_CYCLE, PointsEntry, ReductionFacts, ReductionWay, Standing, may_reduce, offence,
};
use luzheng_domain::vehicle::MarkEffect;
use luzheng_domain::vehicle::inspection::{CycleFacts, InspectionState};
use luzheng_store::Tx;
use luzheng_store::driver::StoredDriver;

/// Most cycles before the running one that are shown, newest first.
const PAST_SHOWN: usize = 10;

/// The own points as of now.
///
/// # Errors
/// `no_licence` for somebody who is no driver; the store.
pub async fn points(app: &App, session: &Session) -> Used<PointsView> {
    let today = china_date(app.clock.now());
    let mut tx = app.store.read().await?;
    let driver = own_driver(&mut tx, session).await?;
    let reduction =
        ReductionFacts { vehicle_overdue: vehicle_overdue(app, &mut tx, &driver, today).await?, cheated_on: None };
    Ok(view(&driver.facts, &reduction, today))
}

/// Whether an own vehicle is past its inspection: no points are taken off then (R163 Art. 26(4)).
async fn vehicle_overdue(app: &App, tx: &mut Tx, driver: &StoredDriver, today: Date) -> Used<bool> {
    let vehicles = tx.vehicles_of_owner(driver.owner).await?;
    Ok(vehicles.iter().filter(|v| v.facts.status.mark_effect().0 != MarkEffect::Revoke).any(|vehicle| {
        let answer = app.rules.answer(&CycleFacts::from(&vehicle.facts), today);
        answer.is_ok_and(|answer| answer.state == InspectionState::Overdue)
    }))
}

fn view(licence: &Licence, reduction: &ReductionFacts, today: Date) -> PointsView {
    let standing = licence.points.standing_on(licence.first_issued_on, today);
    let past = standing.past.iter().rev().take(PAST_SHOWN).map(|past| PastCycleView {
        start: past.cycle.start,
        end: past.cycle.end,
        sum: past.sum,
        full: past.full,
    });
    PointsView {
        sum: standing.sum,
        limit: LIMIT,
        full: standing.full,
        cycle_start: standing.cycle.start,
        cycle_end: standing.cycle.end,
        clears_on: standing.clears_on,
        past_cycles: past.collect(),
        entries: entries(licence, &standing, today),
        full12: full12(licence, today),
        reduction: ways(licence, reduction, &standing, today),
    }
}

/// Every penalty, newest decision first; before them what an import stated without saying from which penalties it comes.
fn entries(licence: &Licence, standing: &Standing, today: Date) -> Vec<PointsEntryView> {
    let mut known: Vec<&PointsEntry> =
        licence.points.entries.iter().filter(|entry| entry.decided_on <= today).collect();
    known.sort_by(|one, other| (other.decided_on, &other.id).cmp(&(one.decided_on, &one.id)));
    let mut list: Vec<PointsEntryView> = known.into_iter().map(|penalty| entry(penalty, standing, today)).collect();
    if let Some(opening) = licence.points.opening.filter(|opening| opening.points > 0) {
        let counts = standing.opening > 0;
        list.push(PointsEntryView {
            id: "opening".into(),
            item: None,
            offence: Text::new("登记的累积记分", "Accumulated points as the register states them"),
            points: if counts { standing.opening } else { u32::from(opening.points) },
            offence_on: None,
            decided_on: Some(opening.as_of),
            carried: false,
            counts,
            clears: match (counts, standing.clears_on) {
                (true, Some(day)) => cleared_on(day),
                (true, None) => luzheng_domain::driver::points::Clears::EducationFirst.text().into(),
                (false, _) => Text::new("已清除", "Cleared."),
            },
            clause: None,
        });
    }
    list
}

fn cleared_on(day: Date) -> Text {
    luzheng_domain::driver::points::Clears::OnDay(day).text().into()
}

fn entry(penalty: &PointsEntry, standing: &Standing, today: Date) -> PointsEntryView {
    let counted = standing.counted.iter().find(|counted| counted.entry.id == penalty.id);
    let found = penalty.item.map(offence);
    let gone = if penalty.annulled_on.is_some_and(|on| on <= today) {
        Text::new("决定已撤销，记分一并撤销", "The decision was annulled, and its points with it.")
    } else {
        Text::new("已清除", "Cleared.")
    };
    PointsEntryView {
        id: penalty.id.clone(),
        item: penalty.item.map(|item| item.to_string()),
        offence: found
            .map_or_else(|| Text::new("交通违法行为", "A traffic offence"), |found| found.text().clone().into()),
        points: u32::from(penalty.points),
        offence_on: Some(penalty.offence_on),
        decided_on: Some(penalty.decided_on),
        carried: counted.is_some_and(|counted| counted.carried),
        counts: counted.is_some(),
        clears: counted.map_or(gone, |counted| counted.clears.text().into()),
        clause: found.map(|found| clause_view(&found.clause)),
    }
}

fn full12(licence: &Licence, today: Date) -> Option<Full12View> {
    let needed = licence.points.full12(licence.first_issued_on, licence.classes, today)?;
    Some(Full12View {
        study_days: needed.study_days,
        onsite_min_days: needed.onsite_min_days,
        tests: needed.tests.iter().map(|test| test.name().into()).collect(),
        steps: needed.steps().into_iter().map(Into::into).collect(),
        clause: clause_view(needed.clause),
    })
}

fn ways(licence: &Licence, facts: &ReductionFacts, standing: &Standing, today: Date) -> ReductionView {
    let refused = may_reduce(licence, facts, today);
    ReductionView {
        used: standing.reduced_in_cycle,
        max: MAX_REDUCED_PER_CYCLE,
        possible: refused.is_empty(),
        reasons: refused.into_iter().map(|refused| refused.text().into()).collect(),
        ways: ReductionWay::ALL
            .into_iter()
            .map(|way| ReductionWayView {
                name: way.name().into(),
                condition: way.condition().into(),
                points: u32::from(way.points()),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    fn licence(entries: serde_json::Value) -> Licence {
        serde_json::from_value(json!({
            "number": "11010519491231002X", "name": "张三丰", "sex": "male", "nationality": "中国", "birth_date": "1949-12-31",
            "classes": "C1", "first_issued_on": "2023-06-10", "valid_from": "2023-06-10", "valid_until": "2029-06-10",
            "division": "320500", "status": "A", "points": {"entries": entries}
        }))
        .unwrap()
    }

    fn entry(id: &str, item: &str, points: u8, decided: &str, due: &str) -> serde_json::Value {
        json!({"id": id, "item": item, "points": points, "offence_on": decided, "decided_on": decided, "fine_due_on": due})
    }

    /// Worked case 4 of section 12.1: the unpaid offence alone comes over into the next cycle (R163 Art. 15).
    #[test]
    fn what_is_carried_and_what_clears_it() {
        let mut paid = entry("A", "11(6)", 3, "2024-05-01", "2024-05-16");
        paid["fine_paid_on"] = "2024-05-10".into();
        let licence = licence(json!([paid, entry("B", "10(8)", 6, "2024-05-01", "2024-05-16")]));
        let view = view(&licence, &ReductionFacts::default(), date(2024, 6, 10));
        assert_eq!((view.sum, view.full, view.cycle_start), (6, false, date(2024, 6, 10)));
        let of = |id: &str| view.entries.iter().find(|e| e.id == id).unwrap();
        assert!(of("B").counts && of("B").carried && of("B").clears.zh.contains("罚款"), "{:?}", of("B"));
        assert!(!of("A").counts && of("A").clears.zh == "已清除");
        assert_eq!(of("B").clause.as_ref().unwrap().id, "R163 Art.10(8)");
        assert_eq!((view.past_cycles.len(), view.past_cycles[0].sum), (1, 9));
        assert!(view.full12.is_none() && view.reduction.ways.len() == 3);
    }

    #[test]
    fn at_twelve_points_the_education_is_laid_out_and_nothing_can_be_taken_off() {
        let licence = licence(json!([
            entry("A", "10(3)", 6, "2024-02-01", "2024-02-16"),
            entry("B", "10(8)", 6, "2024-03-01", "2024-03-16")
        ]));
        let view = view(&licence, &ReductionFacts { vehicle_overdue: true, cheated_on: None }, date(2024, 3, 2));
        assert_eq!((view.sum, view.full, view.clears_on), (12, true, None));
        let education = view.full12.unwrap();
        assert_eq!((education.study_days, education.onsite_min_days, education.tests.len()), (7, 2, 1));
        assert!(!view.reduction.possible);
        let reasons: Vec<&str> = view.reduction.reasons.iter().map(|r| r.zh.as_str()).collect();
        assert!(
            reasons.iter().any(|r| r.contains("满分教育")) && reasons.iter().any(|r| r.contains("逾期未检验")),
            "{reasons:?}"
        );
    }
}
