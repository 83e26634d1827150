//! The rows of advice: each case by its words, the last valid and the first invalid day, and what holds for all that can be seen.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::procedure::{CODES, load as load_procedures};
use super::*;
use crate::vehicle::StatusSet;

const TODAY: Date = date(2026, 11, 22);

fn mark(
    shown: &str,
    letters: Option<&str>,
    overdue: Option<bool>,
    mark: Option<MarkSeen>,
) -> (&'static str, AdviceState) {
    let row = advise(&Seen { about: About::Mark, shown, letters, overdue, mark }, TODAY);
    (row.code.as_str(), row.state)
}

fn licence(shown: &str, letters: Option<&str>) -> (&'static str, AdviceState) {
    let row = advise(&Seen { about: About::Licence, shown, letters, overdue: None, mark: None }, TODAY);
    (row.code.as_str(), row.state)
}

#[test]
fn every_row_is_the_answer_to_something() {
    use AdviceState as S;
    let known = |shown, letters, overdue| mark(shown, Some(letters), Some(overdue), Some(MarkSeen::Current));
    let mut reached: Vec<&str> = Vec::new();
    let mut is = |found: (&'static str, AdviceState), code: &str, state: AdviceState| {
        assert_eq!(found, (code, state));
        reached.push(found.0);
    };
    is(known("valid", "C", false), "stolen", S::Stolen);
    is(known("nothing", "CQ", true), "stolen", S::Stolen);
    is(known("valid", "M", false), "scrapped", S::Withdrawn);
    is(known("valid", "EQ", true), "deregistered", S::Withdrawn);
    is(known("nothing", "P", false), "deregistered", S::Withdrawn);
    is(known("wrong_subject", "A", false), "wrong_vehicle", S::WrongVehicle);
    is(known("bad_signature", "A", false), "forged", S::CannotTell);
    is(known("bad_signature", "Q", true), "overdue", S::Overdue);
    is(mark("unknown_issuer", None, None, None), "forged", S::CannotTell);
    is(known("nothing", "J", true), "suspect", S::CannotTell);
    is(known("nothing", "Q", true), "overdue", S::Overdue);
    is(known("valid", "A", true), "overdue", S::Overdue);
    is(known("nothing", "K", false), "sealed", S::Withdrawn);
    is(mark("nothing", Some("A"), Some(false), Some(MarkSeen::Suspended)), "mark_suspended", S::Withdrawn);
    is(mark("valid", Some("A"), Some(false), Some(MarkSeen::Revoked)), "mark_revoked", S::Withdrawn);
    is(known("valid", "A", false), "in_order", S::InOrder);
    is(known("status_stale", "G", false), "in_order", S::InOrder);
    is(known("nothing", "GH", false), "not_shown", S::NotShownNoOffence);
    is(mark("nothing", Some("A"), Some(false), Some(MarkSeen::None)), "not_shown", S::NotShownNoOffence);
    is(known("replayed", "A", false), "old_code", S::NotShownNoOffence);
    is(known("revoked", "A", false), "old_code", S::NotShownNoOffence);
    is(mark("valid", None, None, None), "code_valid", S::InOrder);
    is(mark("suspended", None, None, None), "code_suspended", S::Withdrawn);
    is(mark("revoked", None, None, None), "code_revoked", S::Withdrawn);
    is(mark("expired", None, None, None), "code_expired", S::CannotTell);
    is(mark("nothing", None, None, None), "cannot_tell", S::CannotTell);
    is(mark("status_unavailable", None, None, None), "cannot_tell", S::CannotTell);
    is(licence("valid", Some("F")), "licence_gone", S::LicenceNotUsable);
    is(licence("nothing", Some("R")), "licence_gone", S::LicenceNotUsable);
    is(licence("state_red", Some("DB")), "licence_suspended", S::LicenceNotUsable);
    is(licence("suspended", Some("J")), "licence_out_of_use", S::LicenceNotUsable);
    is(licence("nothing", Some("B")), "licence_held", S::LicenceNotUsable);
    is(licence("nothing", Some("M")), "licence_held", S::LicenceNotUsable);
    is(licence("state_red", Some("T")), "licence_deferred", S::LicenceNotUsable);
    is(licence("state_red", Some("S")), "licence_review", S::LicenceNotUsable);
    is(licence("state_red", Some("K")), "licence_check", S::CannotTell);
    is(licence("wrong_subject", Some("A")), "licence_wrong_person", S::WrongVehicle);
    is(licence("malformed", Some("A")), "licence_forged", S::CannotTell);
    is(licence("valid", Some("HI")), "licence_in_order", S::InOrder);
    is(licence("valid", None), "licence_in_order", S::InOrder);
    is(licence("state_red", None), "licence_red", S::LicenceNotUsable);
    is(licence("revoked", None), "licence_stopped", S::LicenceNotUsable);
    is(licence("nothing", Some("A")), "licence_not_shown", S::NotCarried);
    is(licence("replayed", Some("A")), "licence_old_code", S::CannotTell);
    is(licence("nothing", None), "licence_cannot_tell", S::CannotTell);
    for row in advice() {
        assert!(reached.contains(&row.code.as_str()), "{} is the answer to nothing here", row.code);
    }
}

#[test]
fn the_last_valid_and_the_first_overdue_day() {
    let november = YearMonth::from_yyyymm(202_611);
    for (day, expected) in [(date(2026, 11, 30), Some(false)), (date(2026, 12, 1), Some(true))] {
        assert_eq!(overdue(november, StatusSet::NORMAL, day), expected, "{day}");
        let seen = Seen {
            about: About::Mark,
            shown: NOTHING,
            letters: Some("A"),
            overdue: expected,
            mark: Some(MarkSeen::Current),
        };
        let state = advise(&seen, day).state;
        assert_eq!(state == AdviceState::Overdue, expected == Some(true), "{day}");
        assert_eq!(state == AdviceState::NotShownNoOffence, expected == Some(false), "{day}");
    }
    assert_eq!(november.map(overdue_since), Some(date(2026, 12, 1)));
    assert_eq!(overdue_since(YearMonth::from_yyyymm(202_612).expect("a month")), date(2027, 1, 1));
    let q: StatusSet = "Q".parse().expect("a state");
    assert_eq!(overdue(None, q, TODAY), Some(true));
    assert_eq!(overdue(None, StatusSet::NORMAL, TODAY), None, "not known is not overdue");
    assert_eq!(overdue(november, q, TODAY), Some(false), "the month counts before the letter");
}

#[test]
fn nothing_is_said_before_its_clause_is_in_force() {
    let seen =
        |overdue| Seen { about: About::Mark, shown: NOTHING, letters: Some("A"), overdue: Some(overdue), mark: None };
    for (overdue, day, code) in [
        (false, date(2020, 6, 19), "cannot_tell"),
        (false, date(2020, 6, 20), "not_shown"),
        (true, date(2022, 4, 30), "cannot_tell"),
        (true, date(2022, 5, 1), "overdue"),
    ] {
        assert_eq!(advise(&seen(overdue), day).code, code, "{day}");
    }
    for row in advice() {
        let Some(clause) = &row.clause else { continue };
        let seen = Seen {
            about: row.about,
            shown: row.shown.as_ref().map_or(NOTHING, |words| words[0].as_str()),
            letters: row.letters.as_ref().map(|set| &set[..1]).or(Some("A")),
            overdue: row.overdue.or(Some(false)),
            mark: row.mark.as_ref().map(|marks| marks[0]).or(Some(MarkSeen::Current)),
        };
        let before = clause.in_force_from.yesterday().expect("a day");
        assert!(row.holds(&seen, clause.in_force_from), "{} on its first day", row.code);
        assert!(!row.holds(&seen, before), "{} the day before", row.code);
    }
}

#[test]
fn offences_name_their_clause_and_cannot_tell_ends_both() {
    use AdviceState as S;
    for row in advice() {
        if matches!(row.state, S::Overdue | S::Stolen | S::NotShownNoOffence | S::NotCarried) {
            assert!(row.clause.is_some(), "{} names no clause", row.code);
        }
        assert!(row.text.zh.chars().count() <= 80, "{} is not read at arm's length", row.code);
    }
    assert!(procedures().iter().map(|p| p.code.as_str()).eq(CODES));
    for procedure in procedures() {
        assert!((2..=6).contains(&procedure.steps.len()), "{}", procedure.code);
    }
}

#[test]
fn broken_documents_are_refused() {
    let row = "[[advice]]\ncode=\"a\"\nstate=\"in_order\"\nabout=\"mark\"\ntitle_zh=\"t\"\ntitle_en=\"t\"\ntext_zh=\"t\"\ntext_en=\"t\"\nsteps=[]\n";
    let both = format!("{row}{}", row.replace("\"a\"", "\"b\"").replace("mark", "licence"));
    let problem = |text: &str| load(text, &CLAUSES).expect_err("broken");
    assert!(load(&both, &CLAUSES).is_ok());
    assert!(problem(row).contains("licence"), "no last row");
    assert!(problem(&format!("{both}{row}")).contains("twice"));
    for (from, to, word) in [
        ("steps=[]", "steps=[]\nshown=[\"smile\"]", "smile"),
        ("steps=[]", "steps=[]\nletters=\"F\"", "letters"),
        ("steps=[]", "steps=[]\nletters=\"\"", "letters"),
        ("steps=[]", "steps=[]\nclause=\"X\"", "clause"),
        ("steps=[]", "steps=[[\"a\",\" \"]]", "step"),
        ("steps=[]", "steps=[]\ncolour=1", "colour"),
        ("steps=[]", "steps=[]\noverdue=true", "last row"),
        ("title_zh=\"t\"", "title_zh=\" \"", "empty"),
    ] {
        let said = problem(&both.replacen(from, to, 1));
        assert!(said.contains(word), "{to}: {said}");
    }
    assert!(problem(&" ".repeat(MAX_BYTES + 1)).contains("larger"));
    assert!(load_procedures("procedure = []", &CLAUSES).is_err());
}

proptest! {
    /// Whatever is seen, there is an answer; and what is not known makes no offence.
    #[test]
    fn there_is_always_an_answer_and_not_knowing_is_no_offence(
        about in prop::sample::select(About::ALL),
        shown in prop::sample::select(&SHOWN[..]),
        letters in prop::option::of("[A-Z]{1,4}"),
        overdue in prop::option::of(any::<bool>()),
        mark in prop::option::of(prop::sample::select(MarkSeen::ALL)),
        day in 0_i32..20_000,
    ) {
        let on = date(2000, 1, 1).saturating_add(jiff::ToSpan::days(day));
        let seen = Seen { about, shown, letters: letters.as_deref(), overdue, mark };
        let state = advise(&seen, on).state;
        if overdue != Some(true) {
            prop_assert_ne!(state, AdviceState::Overdue);
        }
        if !letters.as_deref().is_some_and(|set| set.contains('C')) || about == About::Licence {
            prop_assert_ne!(state, AdviceState::Stolen);
        }
        let failed = ["too_large", "truncated", "not_a_credential", "unsupported_version", "trust_list_expired", "clock_wrong",
            "status_unavailable", "not_yet_valid", "replayed", "bad_signature", "unknown_issuer", "malformed", "expired", "superseded"];
        if letters.is_none() && overdue.is_none() && mark.is_none() && failed.contains(&shown) {
            prop_assert_eq!(state, AdviceState::CannotTell);
        }
        if about == About::Mark && overdue == Some(false) && letters.as_deref() == Some("A") && mark == Some(MarkSeen::Current) {
            prop_assert!(!matches!(state, AdviceState::Withdrawn | AdviceState::Overdue | AdviceState::Stolen));
        }
    }
}
