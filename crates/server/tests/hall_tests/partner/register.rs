//! What operators do: registering, changing, ending; and what is refused.

use super::firm::{Firm, new, public};
use crate::hall::Hall;
use luzheng::usecase::bound::enrol;
use luzheng::usecase::partner::admin::{self, Change, NewPartner};
use luzheng::usecase::partner::{Scopes, own_key, registry};
use luzheng_store::Engine;

#[tokio::test]
async fn what_is_wrong_is_refused_before_anything_is_written() {
    let hall = Hall::open(Engine::Sqlite).await;
    let good = new("verify.marks", "all");
    for (wrong, code) in [
        (NewPartner { name: " ".into(), ..good.clone() }, "bad_name"),
        (NewPartner { name: "长".repeat(81), ..good.clone() }, "bad_name"),
        (NewPartner { scopes: Scopes::default(), ..good.clone() }, "bad_scope"),
        (NewPartner { day_limit: Some(0), ..good.clone() }, "bad_quota"),
        (NewPartner { minute_limit: Some(u32::MAX), ..good.clone() }, "bad_quota"),
    ] {
        assert_eq!(admin::register(&hall.app, &wrong, "test").await.unwrap_err().code, code);
    }
    assert!(admin::list(&hall.app).await.unwrap().is_empty());
    let firm = Firm::of(&hall, &good).await;
    for (file, code) in [("", "bad_key"), (r#"{"kty":"oct","k":"x"}"#, "private_key")] {
        assert_eq!(admin::add_keys(&hall.app, firm.id, file, "test").await.unwrap_err().code, code);
    }
    for _ in 0..7 {
        admin::add_keys(&hall.app, firm.id, &public(&own_key::generate().unwrap()), "test").await.unwrap();
    }
    let ninth = public(&own_key::generate().unwrap());
    assert_eq!(admin::add_keys(&hall.app, firm.id, &ninth, "test").await.unwrap_err().code, "too_many_keys");
    assert_eq!(admin::list(&hall.app).await.unwrap()[0].keys.len(), 8);
}

#[tokio::test]
async fn a_key_that_was_ended_does_not_come_back() {
    for hall in Hall::open_all().await {
        let firm = Firm::new(&hall, "verify.marks", "all").await;
        let made = own_key::generate().unwrap();
        let ids = admin::add_keys(&hall.app, firm.id, &public(&made), "test").await.unwrap();
        assert_eq!(admin::add_keys(&hall.app, firm.id, &public(&made), "test").await.unwrap(), ids, "twice is once");
        admin::end_key(&hall.app, firm.id, ids[0], "test").await.unwrap();
        assert_eq!(admin::end_key(&hall.app, firm.id, ids[0], "test").await.unwrap_err().code, "not_found");
        assert_eq!(admin::add_keys(&hall.app, firm.id, &public(&made), "test").await.unwrap_err().code, "key_ended");
    }
}

#[tokio::test]
async fn a_partner_is_named_by_id_its_beginning_or_its_name() {
    let hall = Hall::open(Engine::Sqlite).await;
    let one = Firm::new(&hall, "verify.marks", "all").await;
    let id = one.id.to_string();
    for text in [id.as_str(), &id[..23], "虚构租车", "Fictional Rental"] {
        assert_eq!(admin::meant(&hall.app, text).await.unwrap(), one.id, "{text}");
    }
    for text in ["虚构", &id[..7], ""] {
        assert_eq!(admin::meant(&hall.app, text).await.unwrap_err().code, "not_found", "{text}");
    }
    let two = Firm::new(&hall, "verify.marks", "all").await;
    assert_eq!(admin::meant(&hall.app, "虚构租车").await.unwrap_err().code, "ambiguous");
    admin::end(&hall.app, two.id, "test").await.unwrap();
    assert_eq!(admin::meant(&hall.app, "虚构租车").await.unwrap(), one.id);
    let change = Change { day_limit: Some(5), ..Change::default() };
    assert_eq!(admin::change(&hall.app, two.id, &change, "test").await.unwrap_err().code, "partner_ended");
}

#[tokio::test]
async fn members_come_and_go_with_their_firm_and_the_journal_knows() {
    for hall in Hall::open_all().await {
        let firm = Firm::new(&hall, "verify.marks", "all").await;
        let (member, code) = admin::add_member(&hall.app, firm.id, "王小明", "test").await.unwrap();
        assert_eq!(code.code.chars().filter(char::is_ascii_alphanumeric).count(), enrol::CODE_CHARS);
        let now = hall.app.clock.now();
        let (client, found) = registry::find_member(&hall.app, member, now).await.unwrap().unwrap();
        assert_eq!((client.id, found.name.as_str()), (firm.id, "王小明"));
        admin::end_member(&hall.app, firm.id, member, "test").await.unwrap();
        assert!(registry::find_member(&hall.app, member, now).await.unwrap().is_none());
        assert_eq!(admin::member_code(&hall.app, firm.id, member, "test").await.unwrap_err().code, "not_found");
        let (other, _) = admin::add_member(&hall.app, firm.id, "李小红", "test").await.unwrap();
        admin::end(&hall.app, firm.id, "test").await.unwrap();
        assert!(registry::find_member(&hall.app, other, now).await.unwrap().is_none());
        let noted = hall.app.store.read().await.unwrap().audit_of(firm.id, 100).await.unwrap();
        let mut acts: Vec<&str> = noted.iter().map(|entry| entry.action.as_str()).collect();
        // All at one instant, so in no order.
        acts.sort_unstable();
        assert_eq!(
            acts,
            [
                "partner.ended",
                "partner.key_added",
                "partner.member_added",
                "partner.member_added",
                "partner.member_ended",
                "partner.registered"
            ]
        );
        assert!(noted.iter().all(|entry| !entry.detail.contains("王小明")), "no names in the journal");
        hall.check_everything().await;
    }
}
