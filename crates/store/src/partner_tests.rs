//! Partners on both engines.

use super::*;
use crate::testing;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

fn partner(number: u128) -> PartnerClient {
    PartnerClient {
        id: Uuid::from_u128(number),
        name: "虚构保险".into(),
        name_en: "Fictional Insurance".into(),
        kind: "insurer".into(),
        scopes: "verify.marks".into(),
        regions: "320000 310000".into(),
        day_limit: 100,
        minute_limit: 10,
        created_at: at(1_760_000_000),
        ended_at: None,
    }
}

#[tokio::test]
async fn partners_keys_and_members_are_changed_and_ended_but_stay() {
    for db in testing::engines().await {
        let mut tx = db.write().await.expect("writes");
        let mut one = partner(1);
        tx.put_partner(&one).await.expect("recorded");
        one.scopes = "verify.marks state".into();
        tx.put_partner(&PartnerClient { created_at: at(1), ..one.clone() }).await.expect("changed");
        let key = PartnerKey {
            client: one.id,
            key: [7; 8],
            kid: "2026".into(),
            spki: vec![1, 2, 3],
            added_at: at(5),
            ended_at: None,
        };
        tx.put_partner_key(&key).await.expect("recorded");
        assert!(tx.end_partner_key(one.id, [7; 8], at(9)).await.expect("ends"));
        assert!(!tx.end_partner_key(one.id, [7; 8], at(10)).await.expect("ended already"));
        let (client, id) = (one.id, Uuid::from_u128(2));
        let member = PartnerMember { client, id, name: "保小安".into(), added_at: at(5), ended_at: None };
        tx.put_partner_member(&member).await.expect("recorded");
        assert!(tx.end_partner_member(one.id, member.id, at(9)).await.expect("ends"));
        tx.commit().await.expect("commits");
        let mut tx = db.read().await.expect("reads");
        assert_eq!(tx.partners().await.expect("reads"), [one]);
        assert_eq!(tx.partner_keys().await.expect("reads"), [PartnerKey { ended_at: Some(at(9)), ..key }]);
        assert_eq!(tx.partner_members().await.expect("reads"), [PartnerMember { ended_at: Some(at(9)), ..member }]);
        for mut row in tx.raw_rows("SELECT name FROM partner_member", vec![]).await.expect("rows") {
            let sealed = row.bytes().expect("bytes");
            assert!(!sealed.windows(3).any(|part| part == "保".as_bytes()), "a name stands open in the table");
        }
    }
}

#[tokio::test]
async fn usage_adds_up_and_an_assertion_counts_once() {
    let (day, next) = (jiff::civil::date(2026, 11, 20), jiff::civil::date(2026, 11, 21));
    let id = Uuid::from_u128(1);
    for db in testing::engines().await {
        let mut tx = db.write().await.expect("writes");
        for (on, used) in [(day, 3), (day, 4), (next, 1)] {
            tx.add_partner_usage(id, on, used).await.expect("added");
        }
        assert_eq!(tx.partner_usage(day).await.expect("reads"), [(id, 7)]);
        assert!(tx.use_partner_assertion(id, [1; 32], at(100)).await.expect("first"));
        assert!(!tx.use_partner_assertion(id, [1; 32], at(100)).await.expect("again"));
        assert!(tx.use_partner_assertion(Uuid::from_u128(2), [1; 32], at(100)).await.expect("of another"));
        assert_eq!(tx.sweep_partners(at(100), next).await.expect("sweeps"), 1, "the day before");
        assert_eq!(tx.sweep_partners(at(101), next).await.expect("sweeps"), 2, "both assertions");
        tx.commit().await.expect("commits");
    }
}

#[tokio::test]
async fn checks_are_listed_to_whose_they_are() {
    let check = |client: u128, id: u128, second: i64| PartnerCheck {
        client: Uuid::from_u128(client),
        id: Uuid::from_u128(id),
        at: at(second),
        member: (id == 11).then(|| Uuid::from_u128(5)),
        purpose: "claim".into(),
        how: "batch".into(),
        asked: 2,
        counts: [1, 0, 1, 0, 0, 0],
        entries: vec![9; 36],
    };
    for db in testing::engines().await {
        let mut tx = db.write().await.expect("writes");
        tx.add_partner_checks(&[check(1, 10, 50), check(1, 11, 60), check(2, 12, 60)]).await.expect("added");
        let one = Uuid::from_u128(1);
        assert_eq!(tx.partner_checks(one, None, 10).await.expect("lists"), [check(1, 11, 60), check(1, 10, 50)]);
        assert_eq!(tx.partner_checks(one, Some(Uuid::from_u128(11)), 10).await.expect("lists"), [check(1, 10, 50)]);
        tx.commit().await.expect("commits");
    }
}
