//! Marks on paper, on both engines: ordered, made, sent or handed out, come back, taken back.

use crate::eligibility::{Owner, applied, event, refusal};
use crate::hall::Hall;
use crate::mark_case::{by_post, pick_up};
use jiff::SignedDuration;
use luzheng::usecase::application::{self, CaseView};
use luzheng::usecase::error::Used;
use luzheng::usecase::mark_case::order_paper;
use luzheng::usecase::paper_order::{self, Delivery, PaperOrder, Step, act, list, sheet, undo};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::Text;
use luzheng_domain::case::kind::mark::{PaperReason, ReturnReason};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

fn staff() -> Session {
    Session::acting(Uuid::from_u128(7), Role::Staff, None, Text::new("办", "Staff"))
}

async fn orders(hall: &Hall, owner: &Owner, delivery: &Delivery) -> Used<CaseView> {
    order_paper(&hall.app, &owner.session, owner.vehicle, PaperReason::Lost, delivery, None).await
}

async fn only(hall: &Hall, state: &str) -> PaperOrder {
    let page = list(&hall.app, &staff(), state, None).await.unwrap();
    assert_eq!(page.counts[state], 1, "{:?}", page.counts);
    page.items.into_iter().next().unwrap()
}

fn sent() -> Step {
    Step::read("dispatched", Some("示范速递"), Some("XG123456789"), None).unwrap()
}

async fn seen(hall: &Hall, owner: &Owner, case: Uuid) -> CaseView {
    application::find(&hall.app, &owner.session, case).await.unwrap()
}

#[tokio::test]
async fn a_paper_goes_by_post() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 21).await;
        let case = orders(&hall, &owner, &by_post()).await.unwrap();
        assert_eq!((case.kind.as_str(), case.status.as_str(), case.can_withdraw), ("paper", "ordered", true));
        let order = only(&hall, "ordered").await;
        assert_eq!(order.recipient.as_deref(), Some("张三丰"));
        assert_eq!(order.phone.as_deref(), Some("13800001234"));
        assert_eq!(order.address.as_deref(), Some("江苏省苏州市吴中区示范路 88号"));
        assert_eq!(order.next, ["produced"]);
        let page = sheet(&hall.app, &staff(), order.id).await.unwrap();
        assert!(page.bytes.starts_with(b"%PDF"));
        act(&hall.app, &staff(), order.id, &Step::Produced).await.unwrap();
        assert_eq!(refusal(application::withdraw(&hall.app, &owner.session, case.id).await), "action_not_allowed");
        let on_its_way = act(&hall.app, &staff(), order.id, &sent()).await.unwrap();
        assert_eq!(on_its_way.tracking_number.as_deref(), Some("XG123456789"));
        // The same step again is no second one.
        act(&hall.app, &staff(), order.id, &sent()).await.unwrap();
        let view = seen(&hall, &owner, case.id).await;
        let delivery = view.delivery.unwrap();
        assert_eq!((delivery.state.as_str(), delivery.carrier.as_deref()), ("dispatched", Some("示范速递")));
        act(&hall.app, &staff(), order.id, &Step::Delivered).await.unwrap();
        let view = seen(&hall, &owner, case.id).await;
        assert!(view.steps.iter().all(|step| step.state == "done" && step.at.is_some()), "{:?}", view.steps);
        // Told only when it can no longer be taken back.
        hall.run_jobs().await;
        assert_eq!(owner.notices(&hall).await, ["mark_issued", "paper_ordered"]);
        hall.app.clock.advance(SignedDuration::from_mins(10));
        hall.run_jobs().await;
        let told = owner.notices(&hall).await;
        let all = ["mark_issued", "paper_delivered", "paper_dispatched", "paper_ordered", "paper_produced"];
        assert_eq!(told, all);
        assert_eq!(refusal(undo(&hall.app, &staff(), order.id).await), "too_late");
        // And again, when it gets lost.
        orders(&hall, &owner, &pick_up()).await.unwrap();
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_paper_is_picked_up_or_left_lying() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 22).await;
        let case = orders(&hall, &owner, &pick_up()).await.unwrap();
        let id = only(&hall, "ordered").await.id;
        act(&hall.app, &staff(), id, &Step::Produced).await.unwrap();
        assert_eq!(refusal(act(&hall.app, &staff(), id, &sent()).await), "action_not_allowed");
        let ready = act(&hall.app, &staff(), id, &Step::Ready).await.unwrap();
        assert_eq!(ready.collect_by.map(|day| day.to_string()).as_deref(), Some("2026-12-20"));
        assert!(ready.office.unwrap().zh.contains("虚构"));
        let view = seen(&hall, &owner, case.id).await;
        assert_eq!(view.delivery.unwrap().collect_by.map(|day| day.to_string()).as_deref(), Some("2026-12-20"));
        let left = Step::Returned { reason: ReturnReason::NotCollected };
        assert_eq!(refusal(act(&hall.app, &staff(), id, &left).await), "not_yet_overdue");
        hall.app.clock.advance(SignedDuration::from_hours(24 * 30));
        assert_eq!(refusal(act(&hall.app, &staff(), id, &left).await), "not_yet_overdue", "the last day");
        hall.app.clock.advance(SignedDuration::from_hours(24));
        act(&hall.app, &staff(), id, &left).await.unwrap();
        let view = seen(&hall, &owner, case.id).await;
        assert_eq!(view.status, "returned");
        assert_eq!(view.actions.last().unwrap().reason.as_deref(), Some("not_collected"));
        hall.app.clock.advance(SignedDuration::from_mins(10));
        hall.run_jobs().await;
        let told = owner.notices(&hall).await;
        assert_eq!(told, ["mark_issued", "paper_ordered", "paper_produced", "paper_ready", "paper_returned"]);
        let other = Owner::ready(&hall, 23).await;
        orders(&hall, &other, &pick_up()).await.unwrap();
        let id = only(&hall, "ordered").await.id;
        for step in [Step::Produced, Step::Ready, Step::Collected] {
            act(&hall.app, &staff(), id, &step).await.unwrap();
        }
        assert_eq!(only(&hall, "collected").await.id, id);
    }
}

#[tokio::test]
async fn a_slip_is_taken_back_and_nobody_hears_of_it() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 24).await;
        let case = orders(&hall, &owner, &by_post()).await.unwrap();
        let id = only(&hall, "ordered").await.id;
        act(&hall.app, &staff(), id, &Step::Produced).await.unwrap();
        act(&hall.app, &staff(), id, &sent()).await.unwrap();
        let back = undo(&hall.app, &staff(), id).await.unwrap();
        assert_eq!((back.state.as_str(), back.tracking_number, back.carrier), ("produced", None, None));
        assert_eq!(refusal(undo(&hall.app, &staff(), id).await), "too_late", "one step, once");
        let view = seen(&hall, &owner, case.id).await;
        assert_eq!(view.actions.last().unwrap().what, "produced", "the slip is not shown");
        act(&hall.app, &staff(), id, &sent()).await.unwrap();
        let refused = Step::Returned { reason: ReturnReason::Refused };
        act(&hall.app, &staff(), id, &refused).await.unwrap();
        // Over, and open again when it is taken back; unless another one was ordered meanwhile.
        undo(&hall.app, &staff(), id).await.unwrap();
        assert_eq!(seen(&hall, &owner, case.id).await.status, "dispatched");
        act(&hall.app, &staff(), id, &refused).await.unwrap();
        orders(&hall, &owner, &pick_up()).await.unwrap();
        assert_eq!(refusal(undo(&hall.app, &staff(), id).await), "paper_under_way");
        hall.app.clock.advance(SignedDuration::from_mins(10));
        hall.run_jobs().await;
        // Made once, sent once, returned once: what was taken back was told to nobody.
        let told = owner.notices(&hall).await;
        let all =
            ["mark_issued", "paper_dispatched", "paper_ordered", "paper_ordered", "paper_produced", "paper_returned"];
        assert_eq!(told, all);
    }
}

#[tokio::test]
async fn a_paper_repeats_a_mark_that_counts() {
    for hall in Hall::open_all().await {
        let owner = Owner::of(&hall, 25).await;
        assert_eq!(refusal(orders(&hall, &owner, &pick_up()).await), "not_eligible", "no insurance");
        let ready = Owner::ready(&hall, 26).await;
        let stolen = event(26, "s1", "vehicle.status_changed", "2026-11-19T09:00:00+08:00", json!({"status": "C"}));
        applied(&hall.event(&stolen).await);
        let error = orders(&hall, &ready, &pick_up()).await.unwrap_err();
        assert_eq!(error.code, "not_eligible");
        assert!(error.message.contains("stolen"), "{}", error.message);
        let other = Owner::ready(&hall, 27).await;
        let foreign = order_paper(&hall.app, &other.session, owner.vehicle, PaperReason::Lost, &pick_up(), None).await;
        assert_eq!(refusal(foreign), "not_found");
        for (delivery, code) in [
            (Delivery::Pickup { office: "nowhere".into() }, "unknown_office"),
            (posted(" ", "13800001234", "320506", "示范路88号"), "bad_recipient"),
            (posted("张\u{7}", "13800001234", "320506", "示范路88号"), "bad_recipient"),
            (posted("张", "12", "320506", "示范路88号"), "bad_phone"),
            (posted("张", "13800001234", "320500", "示范路88号"), "bad_division"),
            (posted("张", "13800001234", "110104", "示范路88号"), "bad_division"),
            (posted("张", "13800001234", "x", "示范路88号"), "bad_division"),
            (posted("张", "13800001234", "320506", "路"), "bad_address"),
            (posted("张", "13800001234", "320506", &"路".repeat(121)), "bad_address"),
        ] {
            assert_eq!(refusal(orders(&hall, &other, &delivery).await), code, "{delivery:?}");
        }
        // The phone on record when none is given; a city without districts.
        let to = Delivery::Post {
            recipient: "张".into(),
            phone: None,
            division: "441900".into(),
            address: "示范路88号".into(),
        };
        orders(&hall, &other, &to).await.unwrap();
        assert_eq!(only(&hall, "ordered").await.phone.as_deref(), Some("13800001234"));
    }
}

fn posted(recipient: &str, phone: &str, division: &str, address: &str) -> Delivery {
    Delivery::Post {
        recipient: recipient.into(),
        phone: Some(phone.into()),
        division: division.into(),
        address: address.into(),
    }
}

#[tokio::test]
async fn ten_orders_of_one_paper_make_one_and_the_receiver_is_forgotten() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 28).await;
        let mut turns = Vec::new();
        for _ in 0..10 {
            let (app, session, vehicle) = (Arc::clone(&hall.app), owner.session.clone(), owner.vehicle);
            turns.push(tokio::spawn(async move {
                order_paper(&app, &session, vehicle, PaperReason::Wanted, &by_post(), None).await.is_ok()
            }));
        }
        let mut made = 0;
        for turn in turns {
            made += u32::from(turn.await.unwrap());
        }
        assert_eq!(made, 1, "{:?}", hall.engine());
        let id = only(&hall, "ordered").await.id;
        for step in [Step::Produced, sent(), Step::Delivered] {
            act(&hall.app, &staff(), id, &step).await.unwrap();
        }
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        hall.app.clock.advance(days(paper_order::RECEIVER_KEPT_DAYS));
        paper_order::sweep(&hall.app).await.unwrap();
        assert!(only(&hall, "delivered").await.address.is_some(), "the last day");
        hall.app.clock.advance(days(1));
        paper_order::sweep(&hall.app).await.unwrap();
        let over = only(&hall, "delivered").await;
        assert_eq!((over.recipient, over.phone, over.address, over.tracking_number), (None, None, None, None));
    }
}

#[tokio::test]
async fn names_and_addresses_are_sealed_and_looking_at_them_is_in_the_journal() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 29).await;
        orders(&hall, &owner, &by_post()).await.unwrap();
        let before = entries(&hall, "papers.seen").await;
        only(&hall, "ordered").await;
        assert_eq!(entries(&hall, "papers.seen").await, before + 1);
        let mut tx = hall.app.store.read().await.unwrap();
        let rows = tx.raw_rows("SELECT receiver FROM paper_order", vec![]).await.unwrap();
        for mut row in rows {
            let sealed = row.bytes().unwrap();
            let plain = String::from_utf8_lossy(&sealed).into_owned();
            assert!(!plain.contains("张三丰") && !plain.contains("1380000") && !plain.contains("示范"), "{plain}");
        }
    }
}

async fn entries(hall: &Hall, action: &str) -> u64 {
    let mut tx = hall.app.store.read().await.unwrap();
    let sql = format!("SELECT COUNT(*) FROM audit_tail WHERE action = '{action}'");
    tx.raw_rows(&sql, vec![]).await.unwrap().remove(0).int().unwrap().unsigned_abs()
}
