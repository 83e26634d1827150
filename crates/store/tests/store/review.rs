//! The review queue: each row to one reviewer, urgent ones first, second looks to somebody else.

use std::collections::HashSet;

use luzheng_store::{
    Store, Tx,
    review::{Decision, Look, NewReview, Review, ReviewCounts, ReviewState, ReviewTimes, Wanted},
};

use crate::common::*;

fn new(number: u128, seconds: i64) -> NewReview {
    NewReview {
        subject: id(1_000 + number),
        id: id(number),
        case: id(2_000 + number),
        photo: id(3_000 + number),
        look: Look::First,
        urgent: false,
        submitted_at: at(seconds),
    }
}

async fn enqueue(store: &Store, rows: &[NewReview]) {
    let mut tx = store.write().await.unwrap();
    for row in rows {
        tx.enqueue_review(row).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn claim(tx: &mut Tx, reviewer: u128, now: i64) -> Option<Review> {
    tx.claim_review(id(reviewer), at(now), at(now + 60), Wanted::Any).await.unwrap()
}

fn approve(reviewer: u128, seconds: i64) -> Decision<'static> {
    Decision {
        reviewer: id(reviewer),
        decision: "approved",
        reason: None,
        at: at(seconds),
        undo_until: Some(at(seconds + 10)),
    }
}

on_both! {
    async fn urgent_ones_first_then_the_oldest(db) {
        enqueue(db, &[new(1, 30), new(2, 10), NewReview { urgent: true, ..new(3, 50) }, NewReview { urgent: true, ..new(4, 40) }, new(5, 10)]).await;
        let mut tx = db.write().await.unwrap();
        let mut order = Vec::new();
        while let Some(row) = claim(&mut tx, 9, 100).await { order.push(row.id); }
        assert_eq!(order, [id(4), id(3), id(2), id(5), id(1)]);
        let one = tx.find_review(id(3)).await.unwrap().unwrap();
        assert_eq!((one.subject, one.case, one.photo, one.urgent, one.look), (id(1_003), id(2_003), id(3_003), true, Look::First));
        assert_eq!((one.reviewer, one.claimed_at, one.lease_until, one.state), (Some(id(9)), Some(at(100)), Some(at(160)), ReviewState::Waiting));
        assert_eq!(tx.find_review(id(77)).await.unwrap(), None);
    }

    async fn many_reviewers_at_once_never_get_the_same_row(db) {
        let rows: Vec<_> = (1..=40).map(|number| new(number, 0)).collect();
        enqueue(db, &rows).await;
        let tasks: Vec<_> = (0..60_u128).map(|reviewer| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let row = claim(&mut tx, 500 + reviewer, 10).await;
                tx.commit().await.unwrap();
                row.map(|row| row.id)
            })
        }).collect();
        let mut seen = HashSet::new();
        for task in tasks {
            if let Some(row) = task.await.unwrap() { assert!(seen.insert(row), "{row} twice"); }
        }
        // Who finds every row locked by others may get nothing; nothing is lost by that.
        let mut tx = db.write().await.unwrap();
        while let Some(row) = claim(&mut tx, 1, 10).await { assert!(seen.insert(row.id)); }
        assert_eq!(seen.len(), 40);
    }

    async fn a_lease_runs_out_by_itself(db) {
        enqueue(db, &[new(1, 0)]).await;
        let mut tx = db.write().await.unwrap();
        let first = claim(&mut tx, 1, 100).await.unwrap();
        assert_eq!(claim(&mut tx, 2, 159).await, None);
        assert_eq!(tx.reviews_in_hand(id(1), at(159)).await.unwrap(), std::slice::from_ref(&first));
        assert_eq!(tx.reviews_in_hand(id(1), at(160)).await.unwrap(), []);
        assert_eq!(claim(&mut tx, 2, 160).await.unwrap().reviewer, Some(id(2)));
        assert!(!tx.decide_review(&first, &approve(1, 161)).await.unwrap(), "somebody else has it");
        assert!(!tx.release_review(&first, id(1)).await.unwrap());
        assert!(tx.release_review(&first, id(2)).await.unwrap());
        assert_eq!(claim(&mut tx, 3, 162).await.unwrap().id, id(1), "released: free at once");
    }

    async fn a_second_look_goes_to_somebody_else(db) {
        enqueue(db, &[NewReview { look: Look::Second { first_reviewer: id(1) }, ..new(1, 0) }, new(2, 50)]).await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.claim_review(id(1), at(100), at(160), Wanted::Second).await.unwrap(), None);
        assert_eq!(claim(&mut tx, 1, 100).await.unwrap().id, id(2), "passed over for the one that waits shorter");
        assert_eq!(claim(&mut tx, 1, 100).await, None);
        assert_eq!(tx.claim_review(id(2), at(100), at(160), Wanted::First).await.unwrap(), None);
        let second = tx.claim_review(id(2), at(100), at(160), Wanted::Second).await.unwrap().unwrap();
        assert_eq!((second.id, second.look), (id(1), Look::Second { first_reviewer: id(1) }));
    }

    async fn decided_taken_back_and_decided_again(db) {
        enqueue(db, &[new(1, 0)]).await;
        let mut tx = db.write().await.unwrap();
        let row = claim(&mut tx, 1, 100).await.unwrap();
        let rejected = Decision { decision: "rejected", reason: Some("background"), ..approve(1, 110) };
        assert!(tx.decide_review(&row, &rejected).await.unwrap());
        assert!(!tx.decide_review(&row, &rejected).await.unwrap(), "only once");
        assert_eq!(claim(&mut tx, 2, 500).await, None);
        let decided = tx.lock_review(id(1)).await.unwrap().unwrap();
        assert_eq!(decided.state, ReviewState::Decided { decision: "rejected".to_owned(), reason: Some("background".to_owned()), at: at(110), undo_until: Some(at(120)) });
        assert_eq!(tx.reviews_in_hand(id(1), at(119)).await.unwrap(), std::slice::from_ref(&decided), "still theirs to take back");
        assert_eq!(tx.reviews_in_hand(id(1), at(120)).await.unwrap(), []);
        assert!(!tx.undo_review(&decided, id(1), at(120), at(180)).await.unwrap(), "too late");
        assert!(!tx.undo_review(&decided, id(2), at(115), at(180)).await.unwrap(), "somebody else's");
        assert!(tx.undo_review(&decided, id(1), at(115), at(180)).await.unwrap());
        let again = tx.find_review(id(1)).await.unwrap().unwrap();
        assert_eq!((again.state.clone(), again.reviewer, again.lease_until), (ReviewState::Waiting, Some(id(1)), Some(at(180))));
        assert!(tx.decide_review(&again, &approve(1, 130)).await.unwrap());
        assert_eq!(tx.reviews_of_case(id(1_001), id(2_001)).await.unwrap().len(), 1);
    }

    async fn withdrawn_rows_are_gone_from_the_queue(db) {
        enqueue(db, &[new(1, 0), new(2, 0)]).await;
        let mut tx = db.write().await.unwrap();
        let row = claim(&mut tx, 1, 10).await.unwrap();
        assert_eq!(tx.withdraw_reviews(id(1_001), id(2_001)).await.unwrap(), 1);
        assert_eq!(tx.withdraw_reviews(id(1_001), id(2_001)).await.unwrap(), 0);
        assert!(!tx.decide_review(&row, &approve(1, 20)).await.unwrap());
        assert_eq!(tx.find_review(id(1)).await.unwrap().unwrap().state, ReviewState::Withdrawn);
        assert_eq!(claim(&mut tx, 1, 1_000).await.unwrap().id, id(2));
    }

    async fn the_queue_is_counted(db) {
        enqueue(db, &[new(1, 5), NewReview { urgent: true, ..new(2, 6) }, NewReview { look: Look::Second { first_reviewer: id(9) }, ..new(3, 7) }, new(4, 1), new(5, 2)]).await;
        let mut tx = db.write().await.unwrap();
        for (reviewer, now) in [(1_u128, 100_i64), (1, 200), (2, 300)] {
            let row = claim(&mut tx, reviewer, now).await.unwrap();
            assert!(tx.decide_review(&row, &approve(reviewer, now + 5)).await.unwrap());
        }
        claim(&mut tx, 3, 400).await.unwrap();
        assert_eq!(tx.review_counts(at(401), at(150)).await.unwrap(), ReviewCounts { waiting: 2, urgent: 0, second_look: 1, in_hand: 1, oldest: Some(at(5)), decided: 2 });
        assert_eq!(tx.review_counts(at(460), at(0)).await.unwrap(), ReviewCounts { in_hand: 0, decided: 3, ..tx.review_counts(at(401), at(150)).await.unwrap() });
        assert_eq!(tx.review_times(at(150)).await.unwrap(), [
            ReviewTimes { submitted_at: at(2), claimed_at: at(300), decided_at: at(305), urgent: false },
            ReviewTimes { submitted_at: at(1), claimed_at: at(200), decided_at: at(205), urgent: false },
        ]);
        assert_eq!(tx.review_times(at(0)).await.unwrap()[2], ReviewTimes { submitted_at: at(6), claimed_at: at(100), decided_at: at(105), urgent: true });
    }

    async fn the_queue_is_read_by_its_indexes(db) {
        // Decided rows of other days must cost nothing: the plans name the partial indexes.
        enqueue(db, &(1..=400).map(|number| new(number, 0)).collect::<Vec<_>>()).await;
        let mut tx = db.write().await.unwrap();
        for number in 1..=390_i64 {
            let row = claim(&mut tx, 1, number).await.unwrap();
            assert!(tx.decide_review(&row, &approve(1, number)).await.unwrap());
        }
        tx.raw("ANALYZE review", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let explain = |sql: &str| if db.engine() == luzheng_store::Engine::Sqlite { format!("EXPLAIN QUERY PLAN {sql}") } else { format!("EXPLAIN {sql}") };
        for (sql, index) in [
            ("SELECT id FROM review WHERE state = 'waiting' ORDER BY rank, submitted_at, id LIMIT 1", "review_waiting"),
            ("SELECT COUNT(*) FROM review WHERE state = 'decided' AND decided_at >= 1700000389000000", "review_decided"),
        ] {
            let mut tx = db.write().await.unwrap();
            if db.engine() == luzheng_store::Engine::Postgres {
                // A table as small as this is read as a whole unless that is forbidden.
                tx.raw("SET LOCAL enable_seqscan = off", vec![]).await.unwrap();
            }
            let mut plan = String::new();
            for mut row in tx.raw_rows(&explain(sql), vec![]).await.unwrap() {
                if db.engine() == luzheng_store::Engine::Sqlite { for _ in 0..3 { row.opt_int().unwrap(); } }
                plan.push_str(&row.text().unwrap());
            }
            assert!(plan.contains(index), "{sql}: {plan}");
        }
    }
}
