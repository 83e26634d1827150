//! Date arithmetic over 29 February, month ends, cycle boundaries and rule changes; what must hold of any licence on any day.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::super::day::{age_on, days_after, reaches, years_after};
use super::super::law::{FIRST_DAY, LAST_DAY, Topic, law};
use super::super::{
    LicenceFacts, MedicalRecord, RenewalState, ReviewRecord, cancel, derived, downgrade, effective, medical, practice,
    renewal, review,
};
use crate::driver::class::{ClassSet, LicenceClass};
use crate::driver::points::cycle_of;
use crate::driver::status::{LicenceEffect, LicenceStatus, StateLetter};

/// Days near the edges as often as ordinary ones: 29 February, month ends, the days on which rules change.
fn any_day(from: i16, to: i16) -> impl Strategy<Value = Date> {
    let ordinary = (from..=to, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| date(y, m, d));
    let ends = (from..=to, 1i8..=12).prop_map(|(y, m)| date(y, m, 1).last_of_month());
    let leap = (from..=to).prop_map(|y| date(y, 2, 1).last_of_month());
    let mut days = vec![
        date(2016, 3, 31),
        date(2016, 4, 1),
        date(2022, 3, 31),
        date(2022, 4, 1),
        date(2024, 12, 31),
        date(2025, 1, 1),
    ];
    days.retain(|d| (from..=to).contains(&d.year()));
    days.push(date(from, 1, 1));
    let changes = prop::sample::select(days);
    prop_oneof![4 => ordinary, 2 => ends, 2 => leap, 1 => changes]
}

fn any_classes() -> impl Strategy<Value = ClassSet> {
    (1u32..1 << 17).prop_map(|bits| {
        let chosen = LicenceClass::ALL.iter().copied().filter(|c| bits & (1 << *c as u8) != 0);
        ClassSet::of(chosen).expect("not empty")
    })
}

prop_compose! {
    fn any_facts()(
        classes in any_classes(),
        birth_date in any_day(1940, 1990),
        first in any_day(2008, 2024),
        days in 0i32..7_000,
        term in prop::sample::select(vec![Some(6), Some(10), None]),
        points in prop::sample::select(vec![0u32, 3, 11, 12, 24]),
        medical in prop::option::of(0i32..7_000),
        unknown in any::<bool>(),
        full in prop::collection::vec(0i32..7_000, 0..3),
        deferred in prop::option::weighted(0.2, any_day(2020, 2030)),
        extended in prop::option::weighted(0.2, any_day(2025, 2030)),
    ) -> LicenceFacts {
        let as_of = days_after(first, days);
        let mut full_on: Vec<Date> = full.into_iter().map(|n| days_after(first, n.min(days))).collect();
        full_on.sort_unstable();
        let mut cycles: Vec<_> = full_on.iter().map(|day| cycle_of(first, *day)).collect();
        if points > 0 { cycles.push(cycle_of(first, as_of)); }
        cycles.sort_unstable();
        cycles.dedup();
        LicenceFacts {
            as_of,
            classes,
            class_dates: BTreeMap::new(),
            first_issued_on: first,
            birth_date,
            valid_from: first,
            valid_until: term.map(|years| years_after(first, years)),
            points,
            full_on,
            cycles_with_points: cycles,
            medical: match medical {
                Some(n) => MedicalRecord::On(days_after(first, n.min(days))),
                None if unknown => MedicalRecord::Unknown,
                None => MedicalRecord::Never,
            },
            reviews: if unknown { ReviewRecord::Unknown } else { ReviewRecord::Last(None) },
            deferred_until: deferred,
            extended_until: extended,
        }
    }
}

proptest! {
    #[test]
    fn ages_and_anniversaries(born in any_day(1930, 2010), years in 0i32..100) {
        let birthday = reaches(born, years);
        prop_assert_eq!(age_on(born, birthday), years);
        prop_assert_eq!(age_on(born, days_after(birthday, -1)), (years - 1).max(0));
        // Counted from the first day, 29 February comes back.
        prop_assert_eq!(birthday.month(), born.month());
        prop_assert!(birthday.day() == born.day() || (born.day() == 29 && birthday.day() == 28 && !birthday.in_leap_year()));
    }

    #[test]
    fn the_law_of_a_day_is_one_row(day in any_day(2004, 2190)) {
        prop_assume!(day >= FIRST_DAY && day <= LAST_DAY);
        for topic in Topic::ALL {
            if let Some(rule) = super::super::law::find_law(*topic, day) {
                prop_assert!(rule.from.is_none_or(|from| from <= day) && rule.to.is_none_or(|to| day <= to));
                prop_assert!(rule.from.is_none() || rule.clause.in_force_from <= day);
                prop_assert!(rule.clause.in_force_to.is_none_or(|end| day <= end));
            }
        }
        prop_assert!(matches!(law(Topic::HeavyAge, day).value, 60 | 63));
        prop_assert_eq!(law(Topic::HeavyAge, day).value == 63, day >= date(2025, 1, 1));
    }

    #[test]
    fn renewal_states_follow_one_another(facts in any_facts()) {
        let Some(renewal) = renewal::of(&facts) else { return Ok(()) };
        let lapse = cancel::not_renewed(&facts).expect("not long-term");
        let state = |day: Date| renewal::of(&LicenceFacts { as_of: day, ..facts.clone() }).expect("a term").state;
        let end = facts.deferred_until.map_or(renewal.valid_until, |until| until.max(renewal.valid_until));
        prop_assert_eq!(state(days_after(renewal.opens_on, -1)), RenewalState::NotOpen);
        prop_assert_eq!(state(renewal.opens_on), RenewalState::Open);
        prop_assert_eq!(state(end), RenewalState::Open);
        prop_assert_eq!(state(days_after(end, 1)), RenewalState::Overdue);
        prop_assert_eq!(state(lapse.last_day), RenewalState::Overdue);
        prop_assert_eq!(state(lapse.cancelled_on()), RenewalState::Lapsed);
        prop_assert_eq!(days_after(renewal.opens_on, 90), renewal.valid_until);
        prop_assert_eq!(renewal.next_from, renewal.valid_until);
    }

    #[test]
    fn a_state_is_never_both_withdrawn_and_shown(facts in any_facts(), bits in 0u32..1 << 19) {
        let letters = StateLetter::ALL.iter().copied().filter(|l| *l != StateLetter::A && bits & (1 << *l as u8) != 0);
        for register in [LicenceStatus::NORMAL, LicenceStatus::of(letters)] {
            let status = effective(register, &facts);
            let face = status.face();
            prop_assert_eq!(face.shown, !matches!(status.effect(), LicenceEffect::Withdrawn(_)));
            prop_assert_eq!(face.colour.is_some(), face.shown);
            // Applying twice changes nothing, and nothing the register withdrew comes back by itself.
            prop_assert_eq!(effective(status, &facts), status);
            if matches!(register.effect(), LicenceEffect::Withdrawn(_)) { prop_assert!(!face.shown); }
            if status.has_any(&[StateLetter::G, StateLetter::R]) { prop_assert!(!status.has_any(&[StateLetter::M, StateLetter::S])); }
            prop_assert!(!(status.has(StateLetter::G) && status.has(StateLetter::R)));
            prop_assert_eq!(facts.points >= 12, derived(&facts).iter().any(|d| d.letter == StateLetter::B));
        }
    }

    #[test]
    fn once_cancelled_time_does_not_bring_it_back(facts in any_facts(), more in 0i32..3_000) {
        // As long as nothing is done, no rule changes (before 2025 the ages were lower) and no record is only assumed.
        prop_assume!(facts.as_of >= date(2025, 1, 1) && facts.medical != MedicalRecord::Unknown);
        let gone = |facts: &LicenceFacts| effective(LicenceStatus::NORMAL, facts).has_any(&[StateLetter::G, StateLetter::R]);
        let later = LicenceFacts { as_of: days_after(facts.as_of, more), ..facts.clone() };
        prop_assert!(!gone(&facts) || gone(&later));
    }

    #[test]
    fn dates_lie_where_their_rules_put_them(facts in any_facts()) {
        let cycle = facts.cycle();
        prop_assert!(cycle.contains(facts.as_of));
        if let Some(due) = medical::next(&facts) {
            prop_assert_eq!(due.opens_on, days_after(due.cycle.end, 1));
            prop_assert!(due.due_on >= days_after(due.cycle.end, 30));
            prop_assert!(due.last_day_before_cancellation > due.due_on);
            prop_assert!(facts.deferred_until.is_some() || due.last_day_before_cancellation == years_after(due.cycle.end, 1));
        }
        if let Some(due) = review::next(&facts) {
            prop_assert!(facts.cycles_with_points.contains(&due.cycle));
            prop_assert!(due.due_on >= days_after(due.cycle.end, 30));
        }
        if let Some(lost) = downgrade::next(&facts) {
            prop_assert!(lost.lost.iter().all(|c| facts.classes.has(c)));
            prop_assert!(lost.left.iter().all(|c| !lost.lost.has(c)));
            // Forbidden from that day on, by the rule of that day; never by a rule that allows it.
            let age = age_on(facts.birth_date, lost.on);
            prop_assert!(age >= 60);
            if lost.on < facts.as_of || cancel::age(&facts).is_some() { prop_assert!(age_on(facts.birth_date, facts.as_of) >= 60); }
        }
        for period in practice::running(&facts) {
            prop_assert!(period.from <= facts.as_of && facts.as_of <= period.until);
            prop_assert_eq!(cycle_of(period.from, period.from).end, period.until, "12 months end as the points cycle does");
        }
    }

    #[test]
    fn heavy_classes_are_forbidden_exactly_from_the_age_of_the_day(born in any_day(1955, 1975), day in any_day(2020, 2035)) {
        let facts = super::born(super::facts("A2", "2000-01-10", "2026-01-01"), &born.to_string());
        let facts = LicenceFacts { as_of: day, ..facts };
        let forbidden = age_on(born, day) >= law(Topic::HeavyAge, day).value;
        let lost = downgrade::next(&facts).expect("everybody grows old");
        prop_assert_eq!(lost.on <= day, forbidden, "{:?}", lost);
    }
}
