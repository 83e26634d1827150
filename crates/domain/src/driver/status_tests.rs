//! Every letter, every pair and triple, and a sample of all sets: effect, face and application are defined and agree.

use proptest::prelude::*;

use super::super::face::CodeColour;
use super::*;

fn set(text: &str) -> LicenceStatus {
    text.parse().expect("a state")
}

#[test]
fn the_embedded_table_loads_and_broken_ones_are_refused() {
    let good = include_str!("../../data/driver/status.csv");
    assert_eq!(load(good).expect("loads").len(), StateLetter::ALL.len());
    for (from, to) in [
        ("\nF,吊销", "\nE,吊销"),
        (",red,over_points,", ",blue,over_points,"),
        (",red,over_points,", ",red,,"),
        (",red,over_points,", ",red,because,"),
        ("withdrawn,licence_revoked,no", "withdrawn,licence_revoked,yes"),
        ("normal,,yes,M,domain-driver.md 4.1 and 5.3\nN", "normal,,no,M,domain-driver.md 4.1 and 5.3\nN"),
        ("\nA,正常,normal,", "\n#"),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(load(&good.replacen(from, to, 1)).is_err(), "{from} -> {to}");
    }
}

#[test]
fn letters_and_what_they_do() {
    use LicenceEffect::{Normal, Red, Stopped, Withdrawn};
    for (letters, effect, apply) in [
        ("A", Normal, Ok(())),
        ("H", Normal, Ok(())),
        ("I", Normal, Ok(())),
        ("HI", Normal, Ok(())),
        ("B", Red(Reason::OverPoints), Err(Reason::OverPoints)),
        ("D", Red(Reason::LicenceSuspended), Err(Reason::LicenceSuspended)),
        ("K", Red(Reason::LicenceSeized), Err(Reason::LicenceSeized)),
        ("M", Red(Reason::LicenceExpired), Err(Reason::LicenceExpired)),
        ("S", Red(Reason::ReviewOverdue), Err(Reason::ReviewOverdue)),
        ("U", Red(Reason::LicenceHeld), Err(Reason::LicenceHeld)),
        ("Z", Red(Reason::OtherState), Err(Reason::OtherState)),
        ("N", Red(Reason::Deferred), Err(Reason::Deferred)),
        ("P", Red(Reason::Deferred), Err(Reason::Deferred)),
        ("T", Red(Reason::Deferred), Err(Reason::Deferred)),
        ("C", Normal, Err(Reason::InTransfer)),
        ("J", Stopped(Reason::OutOfUse), Err(Reason::OutOfUse)),
        ("L", Stopped(Reason::LicenceLocked), Err(Reason::LicenceLocked)),
        ("E", Withdrawn(Reason::LicenceAnnulled), Err(Reason::LicenceAnnulled)),
        ("F", Withdrawn(Reason::LicenceRevoked), Err(Reason::LicenceRevoked)),
        ("G", Withdrawn(Reason::LicenceCancelled), Err(Reason::LicenceCancelled)),
        ("R", Withdrawn(Reason::CancelledRecoverable), Err(Reason::CancelledRecoverable)),
        ("UB", Red(Reason::LicenceHeld), Err(Reason::LicenceHeld)),
        ("BH", Red(Reason::OverPoints), Err(Reason::OverPoints)),
        ("HC", Normal, Err(Reason::InTransfer)),
        ("BJ", Stopped(Reason::OutOfUse), Err(Reason::OutOfUse)),
        ("JF", Withdrawn(Reason::LicenceRevoked), Err(Reason::LicenceRevoked)),
        ("RG", Withdrawn(Reason::LicenceCancelled), Err(Reason::LicenceCancelled)),
        ("EF", Withdrawn(Reason::LicenceRevoked), Err(Reason::LicenceRevoked)),
    ] {
        assert_eq!(set(letters).effect(), effect, "{letters}");
        assert_eq!(set(letters).may_apply(), apply, "{letters}");
    }
}

/// Cases 69 and 70 of domain-driver.md 12.3 (section 5.2, 5.3).
#[test]
fn a_state_of_h_may_apply_and_twelve_points_stay_red() {
    assert_eq!(set("H").may_apply(), Ok(()));
    let face = set("B").face();
    assert_eq!((face.shown, face.colour), (true, Some(CodeColour::Red)));
}

#[test]
fn faces_say_what_is_wrong() {
    assert_eq!(set("A").face().sentence.zh, "驾驶证状态正常");
    assert_eq!(set("H").face().sentence.en, "The licence is valid (offence not handled).");
    assert_eq!(set("BU").face().sentence.zh, "驾驶证状态异常：扣留、超分");
    assert!(set("J").face().sentence.zh.contains("电子驾驶证无效：停止使用"));
    assert!(set("G").face().sentence.en.contains("has ended and is no longer shown: cancelled"));
}

#[test]
fn reads_and_refuses() {
    for (text, canonical) in
        [("A", "A"), ("aa", "A"), ("BU", "UB"), ("ｂ、ｕ", "UB"), ("M S,B", "BMS"), ("CZHI", "IHCZ"), ("GFE", "FEG")]
    {
        assert_eq!(set(text).to_string(), canonical, "{text}");
    }
    for (text, error) in [
        ("", StatusError::Empty),
        (" ,", StatusError::Empty),
        ("AB", StatusError::NormalNotAlone),
        ("BA", StatusError::NormalNotAlone),
        ("O", StatusError::UnknownLetter('O')),
        ("AQ", StatusError::UnknownLetter('Q')),
        ("1", StatusError::UnknownLetter('1')),
    ] {
        assert_eq!(text.parse::<LicenceStatus>(), Err(error), "{text:?}");
    }
    assert_eq!("BU".parse::<StateLetter>(), Err(StatusError::UnknownLetter('U')));
    assert_eq!("b".parse::<StateLetter>(), Ok(StateLetter::B));
    assert_eq!(serde_json::to_string(&set("BU")).expect("serialises"), "\"UB\"");
    assert_eq!(serde_json::from_str::<LicenceStatus>("\"A\"").expect("reads"), LicenceStatus::NORMAL);
    assert!(set("A").has(StateLetter::A) && !set("H").has(StateLetter::A));
    assert_eq!(set("B").without(StateLetter::B), LicenceStatus::NORMAL);
    assert_eq!(set("B").with(StateLetter::A).without(StateLetter::A), set("B"));
}

/// Everything that must hold of any state, whatever its letters.
fn consistent(status: LicenceStatus) {
    let (effect, face, apply) = (status.effect(), status.face(), status.may_apply());
    let withdrawn = matches!(effect, LicenceEffect::Withdrawn(_));
    // Never both withdrawn and shown.
    assert_eq!(face.shown, !withdrawn, "{status}");
    assert_eq!(face.colour.is_some(), face.shown, "{status}");
    assert_eq!(face.colour == Some(CodeColour::Black), effect == LicenceEffect::Normal, "{status}");
    assert!(!face.sentence.zh.is_empty() && !face.sentence.en.is_empty(), "{status}");
    // The effect is that of the heaviest letter, no more and no less.
    let heaviest = status.letters().map(|letter| letter.effect().weight()).max();
    assert_eq!(heaviest, Some(effect.weight()), "{status}");
    // Whoever may apply gets a black code, and the reason of a refusal is one of the letters' own.
    match apply {
        Ok(()) => {
            assert_eq!(effect, LicenceEffect::Normal, "{status}");
            assert!(
                status.letters().all(|l| matches!(l, StateLetter::A | StateLetter::H | StateLetter::I)),
                "{status}"
            );
        }
        Err(reason) => {
            assert!(status.letters().any(|letter| letter.refusal() == Some(reason)), "{status}");
            assert!(effect.reason().is_none_or(|of_effect| of_effect == reason), "{status}");
        }
    }
    assert_eq!(set(&status.to_string()), status);
}

#[test]
fn every_letter_pair_and_triple_has_effect_face_and_application() {
    for a in StateLetter::ALL {
        assert!(!a.name().zh.is_empty() && !a.meaning().en.is_empty() && !a.cleared_by().zh.is_empty());
        for b in StateLetter::ALL {
            for c in StateLetter::ALL {
                consistent(LicenceStatus::of([*a, *b, *c]));
            }
        }
    }
    consistent(LicenceStatus::of(StateLetter::ALL.iter().copied()));
}

proptest! {
    #[test]
    fn any_set_has_effect_face_and_application(bits in 0u32..1 << 19) {
        let letters = StateLetter::ALL.iter().copied().filter(|l| *l != StateLetter::A && bits & (1 << *l as u8) != 0);
        let status = LicenceStatus::of(letters);
        consistent(status);
        prop_assert_eq!(LicenceStatus::of(status.letters()), status);
    }

    #[test]
    fn one_letter_more_never_makes_it_lighter(bits in 0u32..1 << 19, more in 0usize..20) {
        let letters = StateLetter::ALL.iter().copied().filter(|l| *l != StateLetter::A && bits & (1 << *l as u8) != 0);
        let status = LicenceStatus::of(letters);
        let heavier = status.with(StateLetter::ALL[more]);
        prop_assert!(heavier.effect().weight() >= status.effect().weight());
        prop_assert!(status.may_apply().is_ok() || heavier.may_apply().is_err());
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,16}") {
        if let Ok(status) = text.parse::<LicenceStatus>() { prop_assert_eq!(set(&status.to_string()), status); }
        if let Ok(letter) = text.parse::<StateLetter>() { prop_assert_eq!(StateLetter::from_char(letter.letter()), Some(letter)); }
    }
}
