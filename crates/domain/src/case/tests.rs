//! Applications: the table, the fold, the limits.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;

const SUBMITTED: Action = Action::Submitted { photo: PhotoSource::New, urgent: false };
const BLURRED: Action = Action::PhotoRejected { reason: RejectionReason::Blurred };

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// Who may take an action, as the table has it: the first actor.
fn by(action: Action) -> Actor {
    let row = TABLE.iter().find(|(code, ..)| *code == action.code());
    row.expect("every action has a row").2[0]
}

fn statuses(actions: &[Action]) -> Vec<&'static str> {
    let mut state: Option<CaseState> = None;
    let mut list = Vec::new();
    for action in actions {
        state = Some(after(state.as_ref(), by(*action), *action).expect("allowed"));
        list.extend(state.map(|state| state.status.code()));
    }
    list
}

#[test]
fn the_ways_through_a_case() {
    let stored = Action::Submitted { photo: PhotoSource::Stored, urgent: false };
    assert_eq!(statuses(&[stored, Action::Accepted, Action::Issued]), ["submitted", "approved", "issued"]);
    assert_eq!(
        statuses(&[SUBMITTED, Action::Accepted, Action::PhotoApproved, Action::Issued]),
        ["submitted", "under_review", "approved", "issued"]
    );
    let again = [SUBMITTED, Action::Accepted, BLURRED, Action::Resubmitted, Action::Accepted, Action::PhotoApproved];
    assert_eq!(statuses(&again)[2..], ["rejected", "submitted", "under_review", "approved"]);
    let looked = [SUBMITTED, Action::Accepted, BLURRED, Action::SecondLookAsked, Action::SecondLookAgreed];
    assert_eq!(statuses(&looked)[3..], ["second_look", "rejected"]);
    let differed = [SUBMITTED, Action::Accepted, BLURRED, Action::SecondLookAsked, Action::SecondLookDiffered];
    assert_eq!(statuses(&differed)[3..], ["second_look", "under_review"]);
    let undone = [SUBMITTED, Action::Accepted, Action::PhotoApproved, Action::Undone, BLURRED];
    assert_eq!(statuses(&undone)[2..], ["approved", "under_review", "rejected"]);
}

/// Case 77 (R162 Art. 83(2)), and a picture sent in bad faith (domain-driver.md 5.4).
#[test]
fn case_77_suspicion_and_malice_lead_to_the_counter() {
    assert_eq!(statuses(&[SUBMITTED, Action::Accepted, Action::ConvertedToCounter])[2], "at_counter");
    let malicious = Action::PhotoRejected { reason: RejectionReason::Malicious };
    assert_eq!(statuses(&[SUBMITTED, Action::Accepted, malicious])[2], "at_counter");
    // A slip of the key can be undone, a case that was sent to the counter cannot.
    assert_eq!(statuses(&[SUBMITTED, Action::Accepted, malicious, Action::Undone])[3], "under_review");
    let sent = fold([
        (Actor::Holder, SUBMITTED),
        (Actor::System, Action::Accepted),
        (Actor::Reviewer, Action::ConvertedToCounter),
    ]);
    let state = sent.expect("allowed").expect("a case");
    let undone = after(Some(&state), Actor::Reviewer, Action::Undone).expect_err("not a decision about a photo");
    assert_eq!(undone.status, Some(Status::AtCounter));
    assert!(!state.can_withdraw() && !state.can_resubmit());
}

#[test]
fn the_holder_sees_what_is_theirs_to_do() {
    let at = |actions: &[Action]| {
        fold(actions.iter().map(|a| (by(*a), *a))).expect("allowed").map(|s| (s.can_withdraw(), s.can_resubmit()))
    };
    assert_eq!(at(&[]), None);
    assert_eq!(at(&[SUBMITTED, Action::Accepted]), Some((true, false)));
    assert_eq!(at(&[SUBMITTED, Action::Accepted, BLURRED]), Some((true, true)));
    assert_eq!(at(&[SUBMITTED, Action::Accepted, Action::PhotoApproved, Action::Issued]), Some((false, false)));
    assert_eq!(at(&[SUBMITTED, Action::Withdrawn]), Some((false, false)));
    // What the holder reads never tells of a second look.
    assert_eq!(Status::SecondLook.text(), Status::UnderReview.text());
    for action in [Action::SecondLookAsked, Action::SecondLookAgreed, Action::SecondLookDiffered, Action::Undone] {
        assert_eq!(action.text(), None);
    }
}

#[test]
fn actions_and_codes_read_back() {
    let rejected = serde_json::to_value(BLURRED).expect("serialises");
    assert_eq!(rejected, serde_json::json!({"action": "photo_rejected", "reason": "blurred"}));
    assert_eq!(serde_json::from_value::<Action>(rejected).expect("reads"), BLURRED);
    for status in Status::ALL {
        assert_eq!(Status::from_code(status.code()), Some(status));
        assert_eq!(serde_json::to_value(status).expect("serialises"), status.code());
    }
    let keys: Vec<char> = RejectionReason::ALL.iter().map(|reason| reason.key()).collect();
    assert_eq!(keys, ['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    for reason in RejectionReason::ALL {
        assert_eq!(RejectionReason::from_code(reason.code()), Some(*reason));
        assert_eq!(serde_json::to_value(reason).expect("serialises"), reason.code());
        let (text, fix) = (reason.text(), reason.fix());
        assert!(text.zh.ends_with('。') && text.en.ends_with('.') && fix.zh.ends_with('。') && fix.en.ends_with('.'));
        assert_eq!(reason.closes_app_channel(), *reason == RejectionReason::Malicious);
    }
    assert_eq!(RejectionReason::from_code("ugly"), None);
}

/// Case 73: 519 px refused, 2:3 refused, 520 × 756 taken.
#[test]
fn case_73_the_size_of_a_photo() {
    assert_eq!(photo_size(519, 756), Err(SizeProblem::TooNarrow));
    assert_eq!(photo_size(520, 780), Err(SizeProblem::TooTall));
    assert_eq!(photo_size(520, 756), Ok(()));
    assert_eq!(photo_size(600, 800), Err(SizeProblem::TooWide));
    assert_eq!(photo_size(599, 800), Ok(()));
    assert_eq!(photo_size(u32::MAX, u32::MAX), Err(SizeProblem::TooWide));
}

#[test]
fn photos_are_replaced_and_recent_by_months() {
    assert_eq!(photo_replace_from(PhotoOrigin::Register, day("2026-08-31")), day("2026-08-31"));
    for own in [PhotoOrigin::Camera, PhotoOrigin::Album] {
        assert_eq!(photo_replace_from(own, day("2026-08-31")), day("2027-02-28"), "the last day of a short month");
    }
    assert!(album_photo_is_recent(day("2026-05-22"), day("2026-11-22")));
    assert!(!album_photo_is_recent(day("2026-05-21"), day("2026-11-22")));
    assert!(!album_photo_is_recent(day("2026-11-23"), day("2026-11-22")), "not from the future");
    // A Friday, one working day: Monday; and over the holiday of the National Day.
    assert_eq!(review_expected_by(day("2026-11-20")), Ok(day("2026-11-23")));
    assert_eq!(review_expected_by(day("2026-09-30")), Ok(day("2026-10-08")));
}

fn any_action() -> impl Strategy<Value = Action> {
    let reasons = prop::sample::select(RejectionReason::ALL.to_vec());
    let photos = prop::sample::select(vec![PhotoSource::Stored, PhotoSource::New]);
    prop_oneof![
        (photos, any::<bool>()).prop_map(|(photo, urgent)| Action::Submitted { photo, urgent }),
        reasons.prop_map(|reason| Action::PhotoRejected { reason }),
        prop::sample::select(vec![
            Action::Accepted,
            Action::PhotoApproved,
            Action::SecondLookAsked,
            Action::SecondLookAgreed,
            Action::SecondLookDiffered,
            Action::Undone,
            Action::Resubmitted,
            Action::Withdrawn,
            Action::Issued,
            Action::ConvertedToCounter,
        ]),
    ]
}

proptest! {
    /// Whatever is tried: what is allowed folds to the same state, what is not allowed leaves it, and no licence is issued without an
    /// approval that stands.
    #[test]
    fn what_is_allowed_folds_and_nothing_else_changes_anything(
        tried in prop::collection::vec((prop::sample::select(Actor::ALL.to_vec()), any_action()), 0..40),
    ) {
        let mut state: Option<CaseState> = None;
        let mut done = Vec::new();
        for (actor, action) in tried {
            match after(state.as_ref(), actor, action) {
                Ok(next) => {
                    if action == Action::Issued {
                        let before = state.expect("nothing is issued at once");
                        prop_assert_eq!(before.status, Status::Approved);
                        let approved = before.decision == Some(PhotoDecision::Approved);
                        prop_assert!(approved || before.photo == PhotoSource::Stored);
                    }
                    if next.status == Status::SecondLook {
                        prop_assert!(next.decision.is_some());
                    }
                    state = Some(next);
                    done.push((actor, action));
                }
                Err(refused) => {
                    prop_assert_eq!(refused.status, state.map(|s| s.status));
                    let with_it = done.iter().copied().chain([(actor, action)]);
                    prop_assert_eq!(fold(with_it), Err(refused));
                }
            }
            prop_assert_eq!(fold(done.iter().copied()), Ok(state));
            if let Some(state) = state.filter(|s| matches!(s.status, Status::Issued | Status::Withdrawn)) {
                for actor in Actor::ALL {
                    prop_assert!(after(Some(&state), actor, action).is_err(), "{:?}", state);
                }
            }
        }
    }
}
