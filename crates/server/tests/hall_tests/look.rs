//! "Who looked at my record, when and why": staff, operators and links are listed to the person, one's own looks are not.

use crate::browser::Browser;
use crate::hall::Hall;
use crate::inbox::owner_of;
use jiff::SignedDuration;
use luzheng::usecase::credential;
use luzheng::usecase::look::{self, For, Look, LookView, Looker, Part, Purpose, Viewer, Way};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::{AboutView, Text};
use luzheng_store::session::Person;
use serde_json::Value;
use uuid::Uuid;

fn staff() -> Session {
    Session::acting(Uuid::from_u128(41), Role::Staff, None, Text::new("窗口李", "Counter Li"))
}

async fn listed(hall: &Hall, who: &Session) -> Vec<LookView> {
    look::list(&hall.app, who, None).await.unwrap().items
}

#[tokio::test]
async fn an_owner_sees_who_looked_when_and_why() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        assert!(listed(&hall, &who).await.is_empty());
        let at = hall.app.clock.now();
        let clerk = staff();
        credential::get(&hall.app, mark.id, Viewer::Staff(&clerk, Purpose::Complaint)).await.unwrap();
        hall.app.clock.advance(SignedDuration::from_mins(1));
        credential::get(&hall.app, mark.id, Viewer::Operator).await.unwrap();
        let [operator, desk] = &listed(&hall, &who).await[..] else { panic!("two looks") };
        assert_eq!((desk.by_role.as_str(), desk.purpose.as_str(), desk.at), ("staff", "complaint", at));
        assert_eq!((desk.by.zh.as_str(), desk.purpose_text.zh.as_str()), ("车管所工作人员", "处理投诉或异议"));
        assert_eq!((desk.about.kind.as_str(), desk.about.id, desk.about.label.as_str()), ("vehicle", car, "苏E00001"));
        assert_eq!((desk.what.zh.as_str(), desk.how.zh.as_str()), ("凭证的状态和变更记录", "在工作台联网查看"));
        assert_eq!((operator.by_role.as_str(), operator.purpose.as_str()), ("system", "operation"));
        let said = serde_json::to_string(&listed(&hall, &who).await).unwrap();
        for hidden in ["窗口李", "Counter Li", &clerk.person.to_string()] {
            assert!(!said.contains(hidden), "{hidden}: a member of staff is nobody by name");
        }
        // In the journal it is known who it was.
        let noted = hall.app.store.read().await.unwrap().audit_of(car, 100).await.unwrap();
        let seen: Vec<_> = noted
            .iter()
            .filter(|e| e.action == "credential.seen")
            .map(|e| (e.actor.clone(), e.purpose.clone()))
            .collect();
        assert_eq!(seen, [("operator".into(), Some("operation".into())), (clerk.actor(), Some("complaint".into()))]);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

/// What the old owner was told stays theirs; the new one sees only looks of their own time.
#[tokio::test]
async fn looks_stay_with_whom_they_were_told() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (before, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        credential::get(&hall.app, mark.id, Viewer::Operator).await.unwrap();
        hall.event(&crate::hall::transferred(1, "sold", "2026-11-20T11:00:00+08:00")).await;
        let after = owner_of(&hall, car).await;
        assert_ne!(before.owner, after.owner);
        credential::get(&hall.app, mark.id, Viewer::Operator).await.unwrap();
        assert_eq!((listed(&hall, &before).await.len(), listed(&hall, &after).await.len()), (1, 1));
    }
}

#[tokio::test]
async fn ones_own_looks_are_not_listed_and_pages_follow_each_other() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        let owner = who.owner.unwrap();
        let about = AboutView { kind: "vehicle".into(), id: car, label: "苏E00001".into() };
        let seen = |looker, recipient| Look {
            by: Looker::LinkHolder,
            looker,
            purpose: For::Office(Purpose::Counter),
            about: about.clone(),
            part: Part::Credential,
            way: Way::Desk,
            recipient,
        };
        let mut tx = hall.app.store.write().await.unwrap();
        let now = hall.app.clock.now();
        look::record(&mut tx, owner, &seen(Some(owner), None), now).await.unwrap();
        for _ in 0..120 {
            look::record(&mut tx, owner, &seen(Some(Uuid::from_u128(5)), Some("某租车公司")), now).await.unwrap();
        }
        tx.commit().await.unwrap();
        let (mut after, mut pages) = (None, Vec::new());
        loop {
            let page = look::list(&hall.app, &who, after).await.unwrap();
            assert!(page.items.iter().all(|look| look.by.zh.ends_with("（您填写的对象：某租车公司）")));
            pages.push(page.items.len());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, [50, 50, 20]);
        let nobody = Session { owner: None, ..who };
        assert_eq!(look::list(&hall.app, &nobody, None).await.unwrap_err().code, "no_register_record");
    }
}

#[tokio::test]
async fn staff_say_what_for_before_they_see_anything() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        let mut tx = hall.app.store.write().await.unwrap();
        for (number, role, owner) in [(41, "staff", None), (42, "citizen", who.owner)] {
            let (name, params) = (role.to_owned(), "{}".to_owned());
            let (id, created_at) = (Uuid::from_u128(number), hall.app.clock.now());
            tx.put_person(&Person { id, role: role.into(), owner, name, params, created_at }).await.unwrap();
        }
        tx.commit().await.unwrap();
        let (mut desk, mut phone) = (Browser::new(&hall), Browser::new(&hall));
        desk.tap(Uuid::from_u128(41)).await;
        phone.tap(Uuid::from_u128(42)).await;
        let path = format!("/api/v1/staff/credentials/{}", mark.id);
        assert_eq!(desk.get(&path).await.is(400).code(), "purpose_needed");
        assert_eq!(desk.get(&format!("{path}?purpose=curiosity")).await.is(400).code(), "unknown_purpose");
        assert_eq!(desk.get(&format!("{path}?purpose=operation")).await.is(400).code(), "unknown_purpose");
        let looks = async |phone: &mut Browser<'_>| phone.get("/api/v1/citizen/looks").await.is(200).json();
        assert_eq!(looks(&mut phone).await["items"].as_array().unwrap().len(), 0, "nothing was shown");
        let purposes = desk.get("/api/v1/staff/look-purposes").await.is(200).json();
        let codes: Vec<&str> =
            purposes["items"].as_array().unwrap().iter().filter_map(|p| p["code"].as_str()).collect();
        assert_eq!(codes, ["counter", "application", "correction", "complaint", "investigation", "supervision"]);
        for code in codes {
            hall.app.clock.advance(SignedDuration::from_secs(1));
            let seen: Value = desk.get(&format!("{path}?purpose={code}")).await.is(200).json();
            assert_eq!(seen["plate_number"], "苏E00001");
        }
        let told = looks(&mut phone).await;
        assert_eq!(told["items"].as_array().unwrap().len(), 6);
        assert_eq!(told["items"][0]["purpose"], "supervision");
        assert!(told["explanation"]["zh"].as_str().unwrap().contains("没有网络"), "off-line checks leave no trace");
        desk.get(&format!("/api/v1/staff/credentials/{}?purpose=counter", Uuid::nil())).await.is(404);
    }
}
