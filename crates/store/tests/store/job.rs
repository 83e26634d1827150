//! Jobs and notices.

use std::collections::HashSet;

use luzheng_store::{
    job::{AfterFailure, JobCounts, MAX_ATTEMPTS, NewJob, back_off},
    notice::NewNotice,
};

use crate::common::*;

fn job(number: u128, due: i64) -> NewJob {
    NewJob {
        id: id(number),
        kind: "issue_mark",
        subject: id(1),
        reference: "x".to_owned(),
        due_at: at(due),
        created_at: at(0),
    }
}

fn notice(number: u128, dedupe: &str) -> NewNotice<'_> {
    NewNotice {
        owner: id(1),
        id: id(number),
        dedupe,
        kind: "mark_issued",
        params: "{\"b\":1,\"a\":2}",
        created_at: at(0),
    }
}

on_both! {
    async fn many_workers_share_the_work(db) {
        let mut tx = db.write().await.unwrap();
        tx.enqueue(&(0..300).map(|number| job(number, 0)).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
        let tasks: Vec<_> = (0..10_u128).map(|worker| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let mut tx = store.write().await.unwrap();
                    let jobs = tx.claim_jobs(at(1), id(1_000 + worker), at(100), 7).await.unwrap();
                    tx.commit().await.unwrap();
                    if jobs.is_empty() { return mine; }
                    let mut tx = store.write().await.unwrap();
                    for job in &jobs { assert!(tx.holds_lease(job).await.unwrap()); assert!(tx.finish_job(job).await.unwrap()); }
                    tx.commit().await.unwrap();
                    mine.extend(jobs.into_iter().map(|job| job.id));
                }
            })
        }).collect();
        let mut done = Vec::new();
        for task in tasks { done.extend(task.await.unwrap()); }
        assert_eq!(done.len(), 300, "every job once");
        assert_eq!(done.into_iter().collect::<HashSet<_>>().len(), 300);
        assert_eq!(db.read().await.unwrap().job_counts(at(1)).await.unwrap(), JobCounts::default());
    }

    async fn an_abandoned_job_comes_back(db) {
        let mut tx = db.write().await.unwrap();
        tx.enqueue(&[job(1, 5)]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.claim_jobs(at(4), id(90), at(30), 10).await.unwrap(), [], "not due yet");
        let first = tx.claim_jobs(at(5), id(91), at(35), 10).await.unwrap().remove(0);
        assert_eq!((first.attempts, first.kind.as_str(), first.reference.as_str(), first.subject), (1, "issue_mark", "x", id(1)));
        assert_eq!(tx.claim_jobs(at(34), id(92), at(64), 10).await.unwrap(), [], "leased");
        let second = tx.claim_jobs(at(35), id(92), at(65), 10).await.unwrap().remove(0);
        assert_eq!(second.attempts, 2);
        // Who lost the lease can neither finish nor fail it.
        assert!(!tx.holds_lease(&first).await.unwrap());
        assert!(!tx.finish_job(&first).await.unwrap());
        assert_eq!(tx.fail_job(&first, "late", at(36)).await.unwrap(), AfterFailure::NotOurs);
        assert!(tx.finish_job(&second).await.unwrap());
    }

    async fn failures_wait_longer_and_longer_until_given_up(db) {
        let mut tx = db.write().await.unwrap();
        tx.enqueue(&[job(1, 0)]).await.unwrap();
        let mut now = at(0);
        for attempt in 1..=MAX_ATTEMPTS {
            let claimed = tx.claim_jobs(now, id(90), now + back_off(99), 10).await.unwrap().remove(0);
            assert_eq!(claimed.attempts, attempt);
            let expected = if attempt < MAX_ATTEMPTS { AfterFailure::Again(now + back_off(attempt)) } else { AfterFailure::GivenUp };
            assert_eq!(tx.fail_job(&claimed, "no key", now).await.unwrap(), expected);
            if let AfterFailure::Again(again) = expected {
                assert_eq!(tx.next_job_due().await.unwrap(), Some(again));
                now = again;
            }
        }
        assert_eq!(tx.job_counts(now).await.unwrap(), JobCounts { open: 0, due: 0, given_up: 1 });
        assert_eq!(tx.given_up_jobs(10).await.unwrap()[0].error, "no key");
        assert_eq!(tx.next_job_due().await.unwrap(), None);
        assert_eq!(tx.retry_given_up(now).await.unwrap(), 1);
        assert_eq!(tx.job_counts(now).await.unwrap(), JobCounts { open: 1, due: 1, given_up: 0 });
    }

    async fn a_job_commits_with_its_fact(db) {
        let mut tx = db.write().await.unwrap();
        tx.enqueue(&[job(1, 0)]).await.unwrap();
        drop(tx);
        assert_eq!(db.read().await.unwrap().job_counts(at(1)).await.unwrap().open, 0);
    }

    async fn notices_are_said_once_and_read_page_by_page(db) {
        let mut tx = db.write().await.unwrap();
        assert!(tx.add_notice(&notice(1, "a")).await.unwrap());
        assert!(!tx.add_notice(&notice(2, "a")).await.unwrap());
        assert!(tx.add_notice(&NewNotice { owner: id(2), ..notice(3, "a") }).await.unwrap());
        for (number, dedupe) in [(4, "b"), (5, "c"), (6, "d")] { assert!(tx.add_notice(&notice(number, dedupe)).await.unwrap()); }
        let ids = |notices: Vec<luzheng_store::notice::Notice>| notices.into_iter().map(|n| n.id.as_u128()).collect::<Vec<_>>();
        assert_eq!(ids(tx.notices(id(1), None, 2).await.unwrap()), [6, 5]);
        assert_eq!(ids(tx.notices(id(1), Some(id(5)), 2).await.unwrap()), [4, 1]);
        assert_eq!(tx.unread_notices(id(1)).await.unwrap(), 4);
        assert!(tx.mark_notice_read(id(1), id(4), at(9)).await.unwrap());
        assert!(tx.mark_notice_read(id(1), id(4), at(10)).await.unwrap());
        assert!(!tx.mark_notice_read(id(1), id(3), at(9)).await.unwrap(), "somebody else's");
        assert_eq!(tx.unread_notices(id(1)).await.unwrap(), 3);
        let read = tx.notices(id(1), Some(id(5)), 1).await.unwrap().remove(0);
        assert_eq!((read.read_at, read.params.as_str()), (Some(at(9)), "{\"b\":1,\"a\":2}"), "the first reading counts, and JSON stays as it was written");
    }
}
