//! Notices: their signed codes and who may check them, read and unread, what they are about, and the codes in what is sent.

use crate::browser::Browser;
use crate::hall::{Hall, plate, status, transferred};
use jiff::SignedDuration;
use luzheng::usecase::channel::ChannelKind;
use luzheng::usecase::citizen::{notices, read_all_notices, read_notice, unread_notice};
use luzheng::usecase::error::Kind;
use luzheng::usecase::notice_code::{self, CHECKS_A_MINUTE, KEYS_MAX, check};
use luzheng::usecase::notify::{self, NewChannels};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::{NoticeView, Text};
use luzheng_store::Engine;
use serde_json::json;
use uuid::Uuid;

/// The owner of a car, signed in.
pub async fn owner_of(hall: &Hall, car: Uuid) -> Session {
    let owner = hall.app.store.read().await.unwrap().find_vehicle(car).await.unwrap().unwrap().facts.owner;
    Session::acting(Uuid::from_u128(500), Role::Citizen, Some(owner), Text::new("张三丰", "Zhang Sanfeng"))
}

async fn all(hall: &Hall, who: &Session) -> Vec<NoticeView> {
    notices(&hall.app, who, None, false).await.unwrap().items
}

async fn unread(hall: &Hall, who: &Session) -> (usize, u32) {
    let listed = notices(&hall.app, who, None, true).await.unwrap().items.len();
    (listed, luzheng::usecase::account::me(&hall.app, who).await.unwrap().unread_notices)
}

#[tokio::test]
async fn anyone_can_check_a_notice_and_learns_no_more_than_masks() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        let [issued] = &all(&hall, &who).await[..] else { panic!("one notice") };
        assert_eq!((issued.code.len(), issued.code.matches('-').count()), (19, 3), "{}", issued.code);
        let about = issued.about.as_ref().unwrap();
        assert_eq!((about.kind.as_str(), about.id, about.label.as_str()), ("vehicle", car, plate(1).as_str()));
        assert_eq!(issued.path.as_deref(), Some(format!("/vehicles/{car}").as_str()));
        for typed in [
            issued.code.clone(),
            issued.code.to_lowercase().replace('-', " "),
            format!("https://x/notice#{}", issued.code),
        ] {
            let known = check(&hall.app, &typed).await.unwrap();
            assert!(known.genuine, "{typed}");
            assert_eq!(known.title.as_ref().unwrap(), &issued.title);
            assert_eq!((known.sent_at, known.to_masked.as_deref()), (Some(issued.created_at), Some("张*丰")));
            assert_eq!(known.about_masked.as_deref(), Some("苏E***01"));
            let said = serde_json::to_string(&known).unwrap();
            for hidden in ["张三丰", "三", &plate(1), "13800001234", "11010519491231002X", &car.to_string()] {
                assert!(!said.contains(hidden), "{hidden} in {said}");
            }
        }
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn an_altered_code_and_an_unknown_one_get_the_same_answer() {
    for hall in Hall::open_all().await {
        let who = owner_of(&hall, hall.car(1).await).await;
        let code = all(&hall, &who).await[0].code.clone();
        let unknown = check(&hall.app, "0000-0000-0000-0000").await.unwrap();
        assert!(
            !unknown.genuine && unknown.title.is_none() && unknown.sent_at.is_none() && unknown.to_masked.is_none()
        );
        assert!(unknown.advice.zh.contains("96110") && unknown.advice.en.contains("pay nothing"));
        // Each character changed by one, in the reference as in the check.
        for at in (0..code.len()).filter(|at| code.as_bytes()[*at] != b'-') {
            let mut altered = code.clone().into_bytes();
            altered[at] = if altered[at] == b'7' { b'8' } else { b'7' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(check(&hall.app, &altered).await.unwrap(), unknown, "{altered}");
        }
        for text in ["", "hello", &"7".repeat(10_000), &code[1..]] {
            assert_eq!(check(&hall.app, text).await.unwrap(), unknown, "{text}");
        }
    }
}

/// Whoever can write into the database cannot make a notice say something else under its code.
#[tokio::test]
async fn a_code_does_not_fit_words_that_were_changed_in_the_database() {
    for hall in Hall::open_all().await {
        let who = owner_of(&hall, hall.car(1).await).await;
        let code = all(&hall, &who).await[0].code.clone();
        assert!(check(&hall.app, &code).await.unwrap().genuine);
        let mut tx = hall.app.store.write().await.unwrap();
        tx.raw("UPDATE notice SET kind = 'mark_revoked'", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!check(&hall.app, &code).await.unwrap().genuine);
    }
}

#[tokio::test]
async fn a_new_key_lets_older_codes_count_until_it_is_forgotten() {
    for hall in Hall::open_all().await {
        let who = owner_of(&hall, hall.car(1).await).await;
        let first = all(&hall, &who).await[0].code.clone();
        for kept in 2..=KEYS_MAX {
            assert_eq!(notice_code::rotate(&hall.app, "operator").await.unwrap(), kept);
            assert!(check(&hall.app, &first).await.unwrap().genuine, "{kept} keys");
        }
        let now = all(&hall, &who).await[0].code.clone();
        assert_ne!(now, first);
        assert_eq!(now[..9], first[..9], "the reference is the notice's own");
        assert_eq!(notice_code::rotate(&hall.app, "operator").await.unwrap(), KEYS_MAX);
        assert!(!check(&hall.app, &first).await.unwrap().genuine, "the first key is forgotten");
        assert!(check(&hall.app, &now).await.unwrap().genuine);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn notices_are_read_and_unread_and_belong_to_one_person() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        for (id, letters) in [("s", "C"), ("t", "A")] {
            hall.app.clock.advance(SignedDuration::from_hours(1));
            hall.event(&status(1, id, letters, "2026-11-20T13:00:00+08:00")).await;
        }
        let listed = all(&hall, &who).await;
        assert_eq!((listed.len(), unread(&hall, &who).await), (3, (3, 3)));
        read_notice(&hall.app, &who, listed[1].id).await.unwrap();
        assert_eq!(unread(&hall, &who).await, (2, 2));
        unread_notice(&hall.app, &who, listed[1].id).await.unwrap();
        unread_notice(&hall.app, &who, listed[1].id).await.unwrap();
        assert_eq!(unread(&hall, &who).await, (3, 3));
        let other = Session { owner: Some(Uuid::from_u128(77)), ..who.clone() };
        read_all_notices(&hall.app, &other).await.unwrap();
        for refused in
            [unread_notice(&hall.app, &other, listed[0].id).await, read_notice(&hall.app, &other, listed[0].id).await]
        {
            assert_eq!(refused.unwrap_err().kind, Kind::NotFound);
        }
        assert_eq!(unread(&hall, &who).await, (3, 3), "another person's are not touched");
        read_notice(&hall.app, &who, listed[2].id).await.unwrap();
        let first_read = all(&hall, &who).await[2].read_at;
        hall.app.clock.advance(SignedDuration::from_hours(1));
        read_all_notices(&hall.app, &who).await.unwrap();
        assert_eq!(unread(&hall, &who).await, (0, 0));
        assert_eq!(all(&hall, &who).await[2].read_at, first_read, "the first time counts");
    }
}

#[tokio::test]
async fn a_former_owners_notice_leads_nowhere() {
    let hall = Hall::open(Engine::Sqlite).await;
    let car = hall.car(1).await;
    let who = owner_of(&hall, car).await;
    hall.app.clock.advance(SignedDuration::from_secs(1));
    hall.event(&transferred(1, "sold", "2026-11-20T11:00:00+08:00")).await;
    let given_up = all(&hall, &who).await.remove(0);
    assert_eq!((given_up.kind.as_str(), given_up.path), ("mark_given_up", None));
}

#[tokio::test]
async fn what_is_sent_carries_the_code_and_how_to_check_it() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        let chosen = NewChannels { sms: true, email: Some("zhang@example.cn".into()) };
        notify::set_channels(&hall.app, &who, &chosen).await.unwrap();
        hall.event(&status(1, "s", "C", "2026-11-20T11:00:00+08:00")).await;
        while notify::deliver(&hall.app).await.unwrap() > 0 {}
        let told = all(&hall, &who).await;
        let code = &told.iter().find(|n| n.kind == "mark_suspended").unwrap().code;
        let sent = notify::outbox(&hall.app).unwrap();
        let ways: Vec<ChannelKind> = sent.iter().map(|s| s.channel).collect();
        assert!(ways.contains(&ChannelKind::Sms) && ways.contains(&ChannelKind::Email), "{ways:?}");
        for message in sent {
            for text in [&message.body.zh, &message.body.en] {
                assert!(text.contains(code.as_str()) && text.contains("localhost/notice"), "{text}");
                assert!(!text.contains("http"), "no links in what is sent: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_question_is_answered_ten_times_a_minute() {
    let hall = Hall::open(Engine::Sqlite).await;
    let who = owner_of(&hall, hall.car(1).await).await;
    let code = all(&hall, &who).await[0].code.clone();
    let mut anyone = Browser::new(&hall);
    for _ in 0..CHECKS_A_MINUTE {
        let known = anyone.post("/api/v1/notices/check", &json!({ "code": code })).await.is(200).json();
        assert_eq!((known["genuine"].as_bool(), known["to_masked"].as_str()), (Some(true), Some("张*丰")));
    }
    let refused = anyone.post("/api/v1/notices/check", &json!({ "code": code })).await.is(429);
    assert_eq!(refused.code(), "too_often");
    assert!(refused.headers.contains_key("retry-after"));
    hall.app.clock.advance(SignedDuration::from_secs(60));
    let unknown = anyone.post("/api/v1/notices/check", &json!({"code": "x"})).await.is(200).json();
    assert_eq!(unknown["genuine"].as_bool(), Some(false));
    anyone.post("/api/v1/notices/check", &json!({"code": 1})).await.is(422);
}
