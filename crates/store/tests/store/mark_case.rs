//! What is known of a vehicle besides its facts, cases about it, marks on paper, on both engines.

use jiff::SignedDuration;
use luzheng_domain::text::Text;
use luzheng_domain::vehicle::standing::{Insurance, RecordedViolation, Standing, VehicleTax, Violation};
use luzheng_store::case::NewAction;
use luzheng_store::mark_case::{NewMarkCase, StoredMarkCase};
use luzheng_store::paper::{NewPaper, Paper, Receiver};
use luzheng_store::{Error, Store, testing};

fn violation(number: &str, at: i64) -> Violation {
    Violation {
        number: number.into(),
        occurred_at: jiff::Timestamp::from_second(at).unwrap(),
        place: "示范大道".into(),
        act: Text::made("闯红灯", "a red light"),
        law: "第三十八条".into(),
        fine_cny: Some(200),
        points: None,
    }
}

#[tokio::test]
async fn a_standing_reads_back_and_violations_are_sealed() {
    for db in testing::engines().await {
        let vehicle = new_id(1);
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.standing(vehicle).await.unwrap(), Standing::default());
        for (number, at, handled) in [("b", 200, false), ("a", 300, false), ("c", 100, true)] {
            let recorded = RecordedViolation { violation: violation(number, at), handled };
            tx.put_violation(vehicle, &recorded, "test/1", at_second(1)).await.unwrap();
        }
        let kept = Standing {
            open: Vec::new(),
            insurance: Some(Insurance {
                insurer: "示范保险".into(),
                until: "2027-03-09".parse().unwrap(),
                policy_number: Some("XG-1".into()),
            }),
            tax: Some(VehicleTax { year: 2026, exempt: true }),
            letter_by_violations: true,
        };
        tx.put_standing(vehicle, &kept, at_second(2)).await.unwrap();
        let read = tx.standing(vehicle).await.unwrap();
        assert_eq!(read.open, [violation("b", 200), violation("a", 300)], "oldest first, without what is handled");
        assert_eq!(Standing { open: Vec::new(), ..read }, kept);
        assert!(tx.find_violation(vehicle, "c").await.unwrap().unwrap().handled);
        tx.void_violation(vehicle, "a", at_second(3)).await.unwrap();
        assert_eq!(tx.find_violation(vehicle, "a").await.unwrap(), None);
        assert!(tx.has_open_violations(vehicle).await.unwrap());
        tx.void_violation(vehicle, "b", at_second(3)).await.unwrap();
        assert!(!tx.has_open_violations(vehicle).await.unwrap());
        assert_eq!(tx.standing(new_id(2)).await.unwrap(), Standing::default(), "another vehicle's are its own");
        for sql in ["SELECT body FROM vehicle_violation", "SELECT policy FROM vehicle_standing"] {
            for mut row in tx.raw_rows(sql, vec![]).await.unwrap() {
                let bytes = row.bytes().unwrap();
                let plain = String::from_utf8_lossy(&bytes);
                assert!(!plain.contains("示范") && !plain.contains("XG-1"), "{sql}");
            }
        }
    }
}

fn at_second(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn new_id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn action(what: &str, second: i64) -> NewAction<'_> {
    NewAction { at: at_second(second), actor: "test", what, data: "{}", note: None }
}

async fn opened(db: &Store, vehicle: u128, id: u128, kind: &str) -> Result<StoredMarkCase, Error> {
    let mut tx = db.write().await?;
    let case = NewMarkCase { vehicle: new_id(vehicle), id: new_id(id), owner: new_id(9), kind, status: "submitted" };
    let stored = tx.open_mark_case(&case, &action("submitted", 1)).await?;
    tx.commit().await?;
    Ok(stored)
}

#[tokio::test]
async fn one_case_of_a_kind_is_open_and_its_actions_are_counted() {
    for db in testing::engines().await {
        let first = opened(&db, 1, 11, "exempt_mark").await.unwrap();
        let again = opened(&db, 1, 12, "exempt_mark").await.unwrap_err();
        assert!(matches!(&again, Error::Conflict { what } if what == "vehicle_case_one_open"), "{again:?}");
        opened(&db, 1, 13, "paper").await.unwrap();
        opened(&db, 2, 14, "exempt_mark").await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.open_mark_cases(new_id(1)).await.unwrap().len(), 2);
        let done = tx.append_mark_case(&first, &action("granted", 2), "granted", true).await.unwrap();
        assert_eq!((done.version, done.closed_at), (2, Some(at_second(2))));
        assert_eq!(tx.find_mark_case(new_id(11)).await.unwrap(), Some(done.clone()));
        let kinds: Vec<_> = tx.mark_case_actions(&done).await.unwrap().into_iter().map(|a| a.what).collect();
        assert_eq!(kinds, ["submitted", "granted"]);
        assert_eq!(tx.mark_cases_of(new_id(9)).await.unwrap().len(), 3);
        tx.commit().await.unwrap();
        // Whoever saw it before that may not write after it.
        let mut tx = db.write().await.unwrap();
        let late = tx.append_mark_case(&first, &action("ordered", 3), "ordered", false).await.unwrap_err();
        assert!(matches!(&late, Error::Conflict { what } if what == "case_action_key"), "{late:?}");
        drop(tx);
        opened(&db, 1, 15, "exempt_mark").await.expect("the first is closed");
    }
}

async fn ordered(db: &Store, vehicle: u128, id: u128, way: &str) -> Result<Paper, Error> {
    let receiver =
        Receiver { recipient: "张三丰".into(), phone: "13800001234".into(), address: "示范路88号".into() };
    let mut tx = db.write().await?;
    let new = NewPaper {
        vehicle: new_id(vehicle),
        id: new_id(id),
        case: new_id(id + 100),
        way,
        division: 320_506,
        office: (way == "pickup").then_some("xg-1"),
        state: "ordered",
        receiver: &receiver,
        ordered_at: at_second(1),
    };
    tx.put_paper(&new).await?;
    let paper = tx.find_paper(new_id(id)).await?.unwrap();
    tx.commit().await?;
    assert_eq!(paper.receiver, Some(receiver));
    Ok(paper)
}

#[tokio::test]
async fn one_paper_is_under_way_and_its_receiver_is_forgotten() {
    for db in testing::engines().await {
        let paper = ordered(&db, 1, 21, "post").await.unwrap();
        let again = ordered(&db, 1, 22, "pickup").await.unwrap_err();
        assert!(matches!(&again, Error::Conflict { what } if what == "paper_order_one_open"), "{again:?}");
        ordered(&db, 2, 23, "pickup").await.unwrap();
        let mut tx = db.write().await.unwrap();
        let page: Vec<_> = tx.papers_in("ordered", None, 10).await.unwrap().into_iter().map(|p| p.id).collect();
        assert_eq!(page, [new_id(21), new_id(23)]);
        assert_eq!(tx.papers_in("ordered", Some(new_id(21)), 10).await.unwrap().len(), 1);
        assert_eq!(tx.paper_counts().await.unwrap(), [("ordered".to_owned(), 2)]);
        let sent = Paper {
            state: "delivered".into(),
            carrier: Some("示范速递".into()),
            tracking: Some("XG123".into()),
            collect_by: Some("2026-12-20".parse().unwrap()),
            undo_until: Some(at_second(5)),
            updated_at: at_second(4),
            closed_at: Some(at_second(4)),
            ..paper
        };
        tx.update_paper(&sent).await.unwrap();
        assert_eq!(tx.paper_of_case(new_id(1), new_id(121)).await.unwrap(), Some(sent));
        assert_eq!(tx.open_paper(new_id(1)).await.unwrap(), None);
        for sql in ["SELECT receiver FROM paper_order", "SELECT tracking FROM paper_order WHERE tracking IS NOT NULL"] {
            for mut row in tx.raw_rows(sql, vec![]).await.unwrap() {
                let bytes = row.bytes().unwrap();
                let plain = String::from_utf8_lossy(&bytes);
                assert!(!plain.contains("张三丰") && !plain.contains("13800001234") && !plain.contains("XG123"));
            }
        }
        assert_eq!(tx.forget_receivers(at_second(4)).await.unwrap(), 0, "not yet before");
        let later = at_second(4).checked_add(SignedDuration::from_micros(1)).unwrap();
        assert_eq!(tx.forget_receivers(later).await.unwrap(), 1);
        let over = tx.find_paper(new_id(21)).await.unwrap().unwrap();
        assert_eq!((over.receiver, over.tracking), (None, None));
        tx.commit().await.unwrap();
        // A paper to be picked up names its office, one in the post none.
        let mut tx = db.write().await.unwrap();
        let wrong = tx.raw("UPDATE paper_order SET office = NULL WHERE way = 'pickup'", vec![]).await;
        assert!(wrong.is_err());
    }
}
