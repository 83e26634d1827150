//! Channels: what people allow, the browsers they named, deliveries that are sent once, and runs over everything.

use std::collections::HashSet;

use luzheng_store::{
    channel::{ChannelSetting, Delivery, DeliveryCounts, MAX_SUBSCRIPTIONS, NewDelivery, PushSubscription},
    run::WorkRun,
};

use crate::common::*;

fn browser(number: u128, endpoint: &str) -> PushSubscription {
    PushSubscription {
        id: id(number),
        endpoint: endpoint.to_owned(),
        p256dh: [4; 65],
        auth: [5; 16],
        created_at: at(i64::try_from(number).expect("small")),
    }
}

fn delivery(notice: u128, channel: &str, due: i64) -> NewDelivery<'_> {
    NewDelivery { owner: id(7), notice: id(notice), channel, due_at: at(due), created_at: at(0) }
}

fn run() -> WorkRun {
    WorkRun {
        kind: "deadlines".to_owned(),
        scope: "2026-11-22".to_owned(),
        id: id(1),
        after_subject: None,
        done: 0,
        summary: "{}".to_owned(),
        started_at: at(0),
        updated_at: at(0),
        finished_at: None,
    }
}

on_both! {
    async fn settings_are_kept_and_sealed(db) {
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.channel_setting(id(7)).await.unwrap(), ChannelSetting::default());
        let setting = ChannelSetting { sms: true, email: Some("ouyang@example.org".to_owned()) };
        tx.put_channel_setting(id(7), &setting, at(1)).await.unwrap();
        assert_eq!(tx.channel_setting(id(7)).await.unwrap(), setting);
        let email = tx.raw_rows("SELECT email FROM channel_setting", vec![]).await.unwrap().remove(0).bytes().unwrap();
        assert!(!String::from_utf8_lossy(&email).contains("ouyang"));
        assert!(!format!("{setting:?}").contains("ouyang"));
        tx.put_channel_setting(id(7), &ChannelSetting::default(), at(2)).await.unwrap();
        assert_eq!(tx.channel_setting(id(7)).await.unwrap(), ChannelSetting::default());
        assert_eq!(tx.channel_setting(id(8)).await.unwrap(), ChannelSetting::default());
    }

    async fn browsers_are_named_once(db) {
        let mut tx = db.write().await.unwrap();
        let (one, two) = (browser(1, "https://push.example.org/one"), browser(2, "https://push.example.org/two"));
        tx.put_push_subscription(id(7), &one).await.unwrap();
        tx.put_push_subscription(id(7), &two).await.unwrap();
        tx.put_push_subscription(id(8), &browser(3, &one.endpoint)).await.unwrap();
        assert_eq!(tx.push_subscriptions(id(7)).await.unwrap(), [one.clone(), two.clone()]);
        // The same browser with new keys keeps its id.
        let renewed = PushSubscription { p256dh: [9; 65], ..browser(4, &one.endpoint) };
        tx.put_push_subscription(id(7), &renewed).await.unwrap();
        assert_eq!(tx.push_subscriptions(id(7)).await.unwrap(), [two, PushSubscription { id: id(1), ..renewed }]);
        assert!(tx.end_push_subscription(id(7), &one.endpoint).await.unwrap());
        assert!(!tx.end_push_subscription(id(7), &one.endpoint).await.unwrap());
        assert_eq!(tx.push_subscriptions(id(7)).await.unwrap().len(), 1);
        assert_eq!(tx.push_subscriptions(id(8)).await.unwrap().len(), 1, "somebody else's is another one");
        let endpoint = tx.raw_rows("SELECT endpoint FROM push_subscription", vec![]).await.unwrap().remove(0).bytes().unwrap();
        assert!(!String::from_utf8_lossy(&endpoint).contains("push.example"));
    }

    async fn too_many_browsers_make_the_oldest_give_way(db) {
        let mut tx = db.write().await.unwrap();
        for number in 0..u128::from(MAX_SUBSCRIPTIONS) + 3 {
            tx.put_push_subscription(id(7), &browser(100 + number, &format!("https://push.example.org/{number}"))).await.unwrap();
        }
        let kept = tx.push_subscriptions(id(7)).await.unwrap();
        assert_eq!((kept.len(), kept[0].id), (MAX_SUBSCRIPTIONS as usize, id(103)));
    }

    async fn a_delivery_is_ordered_once_and_settled_by_who_claimed_it(db) {
        let mut tx = db.write().await.unwrap();
        for (notice, channel, due) in [(1, "push", 10), (1, "sms", 20), (2, "push", 30)] {
            assert!(tx.add_delivery(&delivery(notice, channel, due)).await.unwrap());
            assert!(!tx.add_delivery(&delivery(notice, channel, due)).await.unwrap());
        }
        assert_eq!(tx.next_delivery_due().await.unwrap(), Some(at(10)));
        assert_eq!(tx.claim_deliveries(at(9), id(50), at(60), 10).await.unwrap(), []);
        let claimed = tx.claim_deliveries(at(25), id(50), at(60), 10).await.unwrap();
        assert_eq!(claimed.iter().map(|d| (d.notice, d.channel.as_str(), d.attempts)).collect::<Vec<_>>(), [(id(1), "push", 1), (id(1), "sms", 1)]);
        assert_eq!(tx.claim_deliveries(at(25), id(51), at(60), 10).await.unwrap(), []);
        assert!(tx.delivery_sent(&claimed[0], at(26)).await.unwrap());
        assert!(!tx.delivery_sent(&claimed[0], at(27)).await.unwrap(), "once");
        assert!(tx.delivery_failed(&claimed[1], "503", at(40)).await.unwrap());
        let again = tx.claim_deliveries(at(40), id(52), at(60), 1).await.unwrap();
        assert_eq!((again[0].notice, again.len()), (id(2), 1), "the one that is due longer goes first");
        assert!(!tx.delivery_given_up(&Delivery { lease: id(99), ..again[0].clone() }, "gone", at(41)).await.unwrap(), "not our claim");
        assert!(tx.delivery_given_up(&again[0], "gone", at(41)).await.unwrap());
        let records = tx.deliveries_of(id(7), id(1)).await.unwrap();
        assert_eq!(records.iter().map(|r| (r.channel.as_str(), r.state.as_str(), r.error.as_deref(), r.settled_at)).collect::<Vec<_>>(), [
            ("push", "sent", None, Some(at(26))), ("sms", "waiting", Some("503"), None),
        ]);
        assert_eq!(tx.deliveries_of(id(7), id(2)).await.unwrap()[0].state, "given_up");
        assert_eq!(tx.delivery_counts().await.unwrap(), DeliveryCounts { waiting: 1, given_up: 1 });
        // A worker that dies loses its claim by time.
        let lost = tx.claim_deliveries(at(40), id(53), at(60), 10).await.unwrap().remove(0);
        let next = tx.claim_deliveries(at(60), id(54), at(90), 10).await.unwrap().remove(0);
        assert_eq!(next.attempts, 3);
        assert!(!tx.delivery_sent(&lost, at(61)).await.unwrap());
        assert!(tx.delivery_sent(&next, at(61)).await.unwrap());
        assert_eq!(tx.next_delivery_due().await.unwrap(), None);
    }

    async fn workers_at_once_never_get_the_same_delivery(db) {
        let mut tx = db.write().await.unwrap();
        for notice in 0..100 { tx.add_delivery(&delivery(1_000 + notice, "push", 0)).await.unwrap(); }
        tx.commit().await.unwrap();
        let tasks: Vec<_> = (0..10_u128).map(|worker| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let mut tx = store.write().await.unwrap();
                    let claimed = tx.claim_deliveries(at(1), id(worker), at(60), 7).await.unwrap();
                    tx.commit().await.unwrap();
                    if claimed.is_empty() { return mine; }
                    mine.extend(claimed.into_iter().map(|d| d.notice));
                }
            })
        }).collect();
        let mut seen = HashSet::new();
        for task in tasks {
            for notice in task.await.unwrap() { assert!(seen.insert(notice), "{notice} twice"); }
        }
        let mut tx = db.write().await.unwrap();
        seen.extend(tx.claim_deliveries(at(1), id(99), at(60), 100).await.unwrap().into_iter().map(|d| d.notice));
        assert_eq!(seen.len(), 100);
    }

    async fn a_daily_run_is_taken_up_again(db) {
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.lock_work_run("deadlines", "2026-11-22").await.unwrap(), None);
        let mut ours = run();
        assert!(tx.put_work_run(&ours).await.unwrap());
        ours.after_subject = Some(id(500));
        ours.done = 500;
        assert!(tx.put_work_run(&ours).await.unwrap());
        assert_eq!(tx.lock_work_run("deadlines", "2026-11-22").await.unwrap(), Some(ours.clone()));
        assert!(!tx.put_work_run(&WorkRun { id: id(2), ..run() }).await.unwrap(), "somebody began it already");
        assert_eq!(tx.latest_finished_work_run("deadlines").await.unwrap(), None);
        assert_eq!(tx.latest_work_run("deadlines").await.unwrap(), Some(ours.clone()));
        ours.finished_at = Some(at(9));
        tx.put_work_run(&ours).await.unwrap();
        let next = WorkRun { id: id(3), scope: "2026-11-23".to_owned(), started_at: at(100), ..run() };
        tx.put_work_run(&next).await.unwrap();
        assert_eq!(tx.latest_finished_work_run("deadlines").await.unwrap(), Some(ours));
        assert_eq!(tx.latest_work_run("deadlines").await.unwrap(), Some(next));
        assert_eq!(tx.latest_work_run("other").await.unwrap(), None);
    }
}
