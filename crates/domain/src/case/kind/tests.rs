//! The ways through a case about a mark, and the words on the way.

use proptest::prelude::*;

use super::mark::{
    MarkAction, MarkCase, MarkService, MarkStatus, PaperReason, ReturnReason, Way, after, collect_by, fold,
};
use super::notice::{PaperFacts, PaperNotice};
use crate::case::Actor;
use crate::text::Text;
use crate::vehicle::{Plate, PlateType};

const APPLIED: MarkAction = MarkAction::Submitted { service: MarkService::ExemptMark, way: None, reason: None };
const BY_POST: MarkAction =
    MarkAction::Submitted { service: MarkService::Paper, way: Some(Way::Post), reason: Some(PaperReason::Lost) };
const PICK_UP: MarkAction =
    MarkAction::Submitted { service: MarkService::ExemptMark, way: Some(Way::PickUp), reason: None };

fn by(action: MarkAction) -> Actor {
    match action {
        MarkAction::Submitted { .. } | MarkAction::Withdrawn => Actor::Holder,
        MarkAction::Accepted | MarkAction::Granted | MarkAction::Ordered => Actor::System,
        _ => Actor::Reviewer,
    }
}

fn done(actions: &[MarkAction]) -> MarkCase {
    fold(actions.iter().map(|action| (by(*action), *action))).expect("allowed").expect("a case")
}

#[test]
fn the_ways_through_a_case() {
    use MarkAction::{
        Accepted, Collected, Delivered, Dispatched, Granted, Ordered, Produced, Ready, Undone, Withdrawn,
    };
    let returned = |reason| MarkAction::Returned { reason };
    for (actions, status, last) in [
        (vec![APPLIED, Accepted, Granted], MarkStatus::Granted, true),
        (vec![PICK_UP, Accepted, Granted], MarkStatus::Granted, false),
        (vec![PICK_UP, Accepted, Granted, Ordered, Produced, Ready, Collected], MarkStatus::Collected, true),
        (vec![BY_POST, Accepted, Ordered, Produced, Dispatched, Delivered], MarkStatus::Delivered, true),
        (vec![BY_POST, Accepted, Ordered, Produced, Dispatched], MarkStatus::Dispatched, false),
        (
            vec![BY_POST, Accepted, Ordered, Produced, Dispatched, returned(ReturnReason::Refused)],
            MarkStatus::Returned,
            true,
        ),
        (
            vec![PICK_UP, Accepted, Granted, Ordered, Produced, Ready, returned(ReturnReason::NotCollected)],
            MarkStatus::Returned,
            true,
        ),
        (vec![BY_POST, Accepted, Ordered, Withdrawn], MarkStatus::Withdrawn, true),
        // The mark stays granted, its paper is given up.
        (vec![PICK_UP, Accepted, Granted, Ordered, Withdrawn], MarkStatus::Granted, true),
        (vec![BY_POST, Accepted, Ordered, Produced, Undone], MarkStatus::Ordered, false),
        (vec![BY_POST, Accepted, Ordered, Produced, Dispatched, Delivered, Undone], MarkStatus::Dispatched, false),
    ] {
        let case = done(&actions);
        assert_eq!((case.status, case.is_final()), (status, last), "{actions:?}");
    }
}

#[test]
fn what_is_not_allowed() {
    use MarkAction::{Accepted, Collected, Dispatched, Granted, Ordered, Produced, Ready, Undone, Withdrawn};
    let refused = |actions: &[MarkAction], actor: Actor, action: MarkAction| {
        let case = done(actions);
        assert_eq!(after(Some(&case), actor, action).expect_err("refused").status, Some(case.status), "{action:?}");
    };
    let posted = [BY_POST, Accepted, Ordered, Produced];
    refused(&posted, Actor::Reviewer, Ready);
    refused(&posted, Actor::Holder, Withdrawn);
    refused(&posted, Actor::Holder, Dispatched);
    refused(&[PICK_UP, Accepted, Granted, Ordered, Produced], Actor::Reviewer, Dispatched);
    refused(&[PICK_UP, Accepted], Actor::System, Ordered);
    refused(&[APPLIED, Accepted, Granted], Actor::System, Ordered);
    refused(&[BY_POST, Accepted], Actor::System, Granted);
    refused(&[APPLIED, Accepted, Granted], Actor::Holder, Withdrawn);
    // One step back, once, and only of the office's own steps.
    refused(&[BY_POST, Accepted, Ordered, Produced, Undone], Actor::Reviewer, Undone);
    refused(&[BY_POST, Accepted, Ordered, Produced, Dispatched, Undone], Actor::Reviewer, Undone);
    // A paper that waits at an office is not refused, one in the post is not left lying.
    let ready = [PICK_UP, Accepted, Granted, Ordered, Produced, Ready];
    refused(&ready, Actor::Reviewer, MarkAction::Returned { reason: ReturnReason::Refused });
    let sent = [BY_POST, Accepted, Ordered, Produced, Dispatched];
    refused(&sent, Actor::Reviewer, MarkAction::Returned { reason: ReturnReason::NotCollected });
    refused(&sent, Actor::Reviewer, Collected);
    for wrong in [
        MarkAction::Submitted { service: MarkService::Paper, way: None, reason: Some(PaperReason::Lost) },
        MarkAction::Submitted { service: MarkService::Paper, way: Some(Way::Post), reason: None },
    ] {
        assert!(after(None, Actor::Holder, wrong).is_err());
    }
    assert!(after(None, Actor::System, APPLIED).is_err());
}

#[test]
fn the_road_ahead() {
    use MarkAction::{Accepted, Granted, Ordered, Produced, Ready, Withdrawn};
    let codes = |actions: &[MarkAction]| -> Vec<_> { done(actions).road().iter().map(|s| s.code()).collect() };
    assert_eq!(codes(&[APPLIED, Accepted, Granted]), ["submitted", "granted"]);
    assert_eq!(codes(&[BY_POST]), ["submitted", "ordered", "produced", "dispatched", "delivered"]);
    assert_eq!(codes(&[PICK_UP]), ["submitted", "granted", "ordered", "produced", "ready", "collected"]);
    assert_eq!(codes(&[BY_POST, Accepted, Ordered, Withdrawn]), ["submitted", "withdrawn"]);
    assert_eq!(codes(&[PICK_UP, Accepted, Granted, Ordered, Withdrawn]), ["submitted", "granted"]);
    let back = MarkAction::Returned { reason: ReturnReason::NotCollected };
    assert_eq!(codes(&[PICK_UP, Accepted, Granted, Ordered, Produced, Ready, back])[5], "returned");
}

#[test]
fn a_month_to_collect() {
    for (ready, last) in [("2026-11-20", "2026-12-20"), ("2027-01-31", "2027-02-28"), ("2024-01-31", "2024-02-29")] {
        assert_eq!(collect_by(ready.parse().expect("a day")).to_string(), last);
    }
    let noted: Vec<_> =
        ReturnReason::ALL.iter().filter(|reason| reason.is_noted()).map(|reason| reason.code()).collect();
    assert_eq!(noted, ["refused", "not_collected"]);
}

#[test]
fn codes_read_back_and_are_the_serde_words() {
    for status in MarkStatus::ALL {
        assert_eq!(MarkStatus::from_code(status.code()), Some(*status));
        assert_eq!(serde_json::to_value(status).expect("serialises"), status.code());
    }
    let action = serde_json::to_value(BY_POST).expect("serialises");
    assert_eq!(action["action"], "submitted");
    assert_eq!(serde_json::from_value::<MarkAction>(action).expect("reads"), BY_POST);
}

#[test]
fn every_notice_is_a_sentence() {
    let plate = Plate::parse("苏E12345", PlateType::from_code("02").expect("a kind")).expect("a plate").value;
    let full = PaperFacts {
        carrier: Some("示范速递".into()),
        office: Some(Text::fixed("示范网点", "Model office")),
        collect_by: Some("2026-12-20".parse().expect("a day")),
        returned: Some(ReturnReason::Refused),
    };
    for kind in PaperNotice::ALL {
        assert_eq!(PaperNotice::from_code(kind.code()), Some(*kind));
        for facts in [&full, &PaperFacts::default()] {
            let notice = kind.notice(&plate, facts);
            assert!(notice.body.zh.contains("苏E·12345") && notice.body.zh.ends_with('。'), "{}", notice.body.zh);
            assert!(notice.body.en.contains("苏E·12345") && notice.body.en.ends_with('.'), "{}", notice.body.en);
            assert!(!notice.body.en.contains("  ") && !notice.body.zh.contains("。。"), "{}", notice.body.en);
        }
    }
    let ready = PaperNotice::Ready.notice(&plate, &full).body;
    assert_eq!(ready.zh, "苏E·12345的纸质检验标志已到达示范网点，请于2026年12月20日前（含当日）凭身份证领取。");
}

fn any_action() -> impl Strategy<Value = MarkAction> {
    prop::sample::select(vec![
        APPLIED,
        BY_POST,
        PICK_UP,
        MarkAction::Accepted,
        MarkAction::Granted,
        MarkAction::Ordered,
        MarkAction::Produced,
        MarkAction::Dispatched,
        MarkAction::Ready,
        MarkAction::Delivered,
        MarkAction::Collected,
        MarkAction::Returned { reason: ReturnReason::Refused },
        MarkAction::Returned { reason: ReturnReason::NotCollected },
        MarkAction::Undone,
        MarkAction::Withdrawn,
    ])
}

proptest! {
    /// Whatever is tried: what is allowed folds to the same, nothing that was made is withdrawn, and what is shown ahead holds the present.
    #[test]
    fn what_is_allowed_folds(tried in prop::collection::vec((prop::sample::select(Actor::ALL.to_vec()), any_action()), 0..60)) {
        let mut case: Option<MarkCase> = None;
        let mut all = Vec::new();
        for (actor, action) in tried {
            if let Ok(next) = after(case.as_ref(), actor, action) {
                if action == MarkAction::Withdrawn {
                    let status = case.expect("something is withdrawn").status;
                    prop_assert!(matches!(status, MarkStatus::Submitted | MarkStatus::Accepted | MarkStatus::Ordered));
                }
                prop_assert!(next.status == MarkStatus::Accepted || next.road().contains(&next.status), "{:?}", next);
                case = Some(next);
                all.push((actor, action));
            }
            prop_assert_eq!(fold(all.iter().copied()), Ok(case));
        }
    }
}
