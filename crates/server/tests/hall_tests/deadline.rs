//! What is due: told once per step whatever happens, shown as a timeline and a calendar, and followed by the state of licences.

use crate::hall::{Hall, registered};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use luzheng::clock::china_date;
use luzheng::usecase::channel::ChannelKind;
use luzheng::usecase::citizen::notices;
use luzheng::usecase::deadline::run::{self, RunSummary};
use luzheng::usecase::deadline::{self, Language};
use luzheng::usecase::error::Kind;
use luzheng::usecase::event::Outcome;
use luzheng::usecase::licence::{Cause, Places, issue};
use luzheng::usecase::licence_view;
use luzheng::usecase::notify::{self, MAX_ATTEMPTS, NewChannels, NewSubscription};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::{NoticeView, Text};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_store::Engine;
use luzheng_store::credential::CredentialState;
use luzheng_store::photo::{NewPhoto, PhotoOrigin};
use luzheng_store::testing::Fault;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpListener;
use uuid::Uuid;

/// The holder of the hall's cars is a driver too: born 1949-12-31, the licence in its ten years until 2027-01-31.
const NUMBER: &str = "11010519491231002X";

struct Driver<'a> {
    hall: &'a Hall,
    id: Uuid,
    session: Session,
}

impl<'a> Driver<'a> {
    async fn new(hall: &'a Hall, classes: &str, until: &str) -> Self {
        let event = json!({
            "source": "drivers", "id": "issued", "type": "driver.licence_issued", "occurred_at": "2017-01-31T09:00:00+08:00",
            "subject": {"licence_number": NUMBER},
            "data": {
                "name": "张三丰", "sex": "male", "classes": classes, "first_issued_on": "2011-01-31", "valid_from": "2017-01-31",
                "valid_until": until, "division": "320500", "phone": "13800001234"
            }
        });
        let receipt = hall.event(&event).await;
        assert_eq!(receipt.outcome, Outcome::Applied, "{:?}", receipt.detail);
        let id = receipt.driver.unwrap();
        let owner = hall.app.store.read().await.unwrap().find_driver(id).await.unwrap().unwrap().owner;
        let session = Session::acting(Uuid::from_u128(7), Role::Citizen, Some(owner), Text::new("张三丰", "Z"));
        Self { hall, id, session }
    }

    async fn told(&self) -> Vec<NoticeView> {
        let all = notices(&self.hall.app, &self.session, None, false).await.unwrap().items;
        all.into_iter().filter(|n| n.kind.starts_with("deadline_")).collect()
    }

    async fn titles(&self) -> Vec<String> {
        self.told().await.into_iter().map(|n| n.title.en).collect()
    }

    /// An electronic licence, as after an application.
    async fn with_licence(&self) {
        let app = &self.hall.app;
        let now = app.clock.now();
        let mut places = Places::take(app, now).await.unwrap();
        let mut tx = app.store.write().await.unwrap();
        let photo = Uuid::from_u128(99);
        let new = NewPhoto {
            driver: self.id,
            id: photo,
            bytes: b"photo",
            width: 520,
            height: 756,
            origin: PhotoOrigin::Register,
            taken_on: None,
            checks: "[]",
            created_at: now,
        };
        tx.put_photo(&new).await.unwrap();
        tx.set_current_photo(self.id, photo).await.unwrap();
        let driver = tx.lock_driver(self.id).await.unwrap().unwrap();
        let cause = Cause { actor: "test", cause: "test", true_at: now, now };
        issue::issue_to(&mut tx, &driver, photo, Reason::Applied, &cause, &mut places).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn suspended(&self) -> Option<Reason> {
        let mut tx = self.hall.app.store.read().await.unwrap();
        match tx.find_current_credential(self.id, CredentialKind::DrivingLicence).await.unwrap().unwrap().state {
            CredentialState::Suspended { reason, .. } => Some(reason),
            _ => None,
        }
    }
}

fn today(hall: &Hall) -> Date {
    china_date(hall.app.clock.now())
}

async fn run_day(hall: &Hall) -> RunSummary {
    run::run(&hall.app, today(hall), &|_| ()).await.unwrap()
}

/// Goes on day by day to a day, with a run on each.
async fn days_until(hall: &Hall, day: Date) {
    while today(hall) < day {
        hall.app.clock.advance(SignedDuration::from_hours(24));
        run_day(hall).await;
    }
}

#[tokio::test]
async fn each_step_is_told_once_on_its_day() {
    for hall in Hall::open_all().await {
        let driver = Driver::new(&hall, "C1", "2027-01-31").await;
        // The window has been open since 2026-11-02: whoever comes new into the system is told once how it stands.
        let first = run_day(&hall).await;
        assert_eq!((first.licences, first.already), (1, false));
        let opening = driver.told().await;
        let renewals: Vec<_> = opening.iter().filter(|n| n.kind == "deadline_renewal").collect();
        assert_eq!(renewals.len(), 1);
        assert!(renewals[0].body.zh.contains("2027年1月31日"), "{}", renewals[0].body.zh);
        assert!(run_day(&hall).await.already, "the day is done");
        assert_eq!(driver.told().await.len(), opening.len());
        days_until(&hall, date(2027, 2, 2)).await;
        let all = driver.told().await;
        let renewal: Vec<&str> =
            all.iter().filter(|n| n.kind == "deadline_renewal").map(|n| n.title.en.as_str()).collect();
        assert_eq!(renewal.len(), 5, "opens, 30, 7, 1, after: {renewal:?}");
        assert_eq!(renewal[0], "Licence renewal: overdue");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_run_that_is_killed_or_runs_twice_says_nothing_twice() {
    for hall in Hall::open_all().await {
        let driver = Driver::new(&hall, "C1", "2027-01-31").await;
        hall.car(1).await;
        for fault in [Fault::Lost, Fault::Kept] {
            // The commit fails, before or after it was kept; the next run goes on.
            hall.app.store.faults().fail_next_commit(fault);
            let _ = run::run(&hall.app, today(&hall), &|_| ()).await;
        }
        let day = today(&hall);
        let (one, two) = tokio::join!(run::run(&hall.app, day, &|_| ()), run::run(&hall.app, day, &|_| ()));
        // On an engine with many writers one of the two may meet the other and come again.
        for result in [one, two] {
            if let Err(error) = result {
                assert!(error.retryable() || error.kind == Kind::Conflict, "{error}");
            }
        }
        run_day(&hall).await;
        let titles = driver.titles().await;
        let unique: std::collections::BTreeSet<_> =
            driver.told().await.into_iter().map(|n| (n.kind, n.body.en)).collect();
        assert_eq!(unique.len(), titles.len(), "{titles:?}");
        assert!(titles.iter().any(|t| t == "Licence renewal"), "{titles:?}");
        assert!(run_day(&hall).await.already);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_licence_turns_red_when_its_time_is_over_and_ends_a_year_later() {
    for hall in Hall::open_all().await {
        let driver = Driver::new(&hall, "C1", "2026-11-21").await;
        driver.with_licence().await;
        assert_eq!(run_day(&hall).await.changed, 0);
        assert_eq!(driver.suspended().await, None);
        hall.app.clock.advance(SignedDuration::from_hours(48));
        assert_eq!(run_day(&hall).await.changed, 1);
        assert_eq!(driver.suspended().await, Some(Reason::LicenceExpired));
        let view = licence_view::licence(&hall.app, &driver.session).await.unwrap();
        assert_eq!((view.state.as_str(), view.colour.as_deref()), ("red", Some("red")));
        assert_eq!(view.credential.reason.as_deref(), Some("licence_expired"));
        assert!(!view.application.may_apply);
        // A year and a day later it is cancelled: nothing is shown any more.
        hall.app.clock.advance(SignedDuration::from_hours(24 * 366));
        assert_eq!(run_day(&hall).await.changed, 1);
        let view = licence_view::licence(&hall.app, &driver.session).await.unwrap();
        assert_eq!(
            (view.state.as_str(), view.colour, view.credential.state.as_str()),
            ("withdrawn", None, "withdrawn")
        );
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn vehicles_and_licence_stand_on_one_timeline() {
    for hall in Hall::open_all().await {
        let driver = Driver::new(&hall, "C1D", "2027-01-31").await;
        assert_eq!(hall.event(&registered(1)).await.outcome, Outcome::Applied);
        run_day(&hall).await;
        let items = deadline::timeline(&hall.app, &driver.session).await.unwrap();
        let kinds: Vec<&str> = items.iter().map(|i| i.kind.as_str()).collect();
        assert!(kinds.contains(&"renewal") && kinds.contains(&"insurance"), "{kinds:?}");
        assert!(items.iter().any(|i| i.about.kind == "vehicle") && items.iter().any(|i| i.about.kind == "licence"));
        assert!(items.is_sorted_by_key(|i| i.due_on));
        let renewal = items.iter().find(|i| i.kind == "renewal").unwrap();
        assert_eq!((renewal.due_on, renewal.days_left, renewal.state.as_str()), (date(2027, 1, 31), 72, "open"));
        assert_eq!(renewal.opens_on, Some(date(2026, 11, 2)));
        assert!(renewal.notices[0].sent_at.is_some() && renewal.notices[1].sent_at.is_none());
        assert!(!renewal.clause.text.zh.is_empty());
        let file = deadline::calendar(&hall.app, &driver.session, Language::English).await.unwrap();
        assert!(file.contains("DTSTART;VALUE=DATE:20270131"), "{file}");
        assert_eq!(file.matches("BEGIN:VEVENT").count(), items.len());
        let again = deadline::calendar(&hall.app, &driver.session, Language::Chinese).await.unwrap();
        let uids = |file: &str| -> Vec<String> {
            let flat = file.replace("\r\n ", "");
            flat.lines().filter(|l| l.starts_with("UID:")).map(str::to_owned).collect()
        };
        assert_eq!(uids(&file), uids(&again));
        assert!(again.contains("驾驶证期满换证"));
    }
}

#[tokio::test]
async fn who_asks_for_it_is_told_by_text_message_and_mail_once() {
    for hall in Hall::open_all().await {
        let driver = Driver::new(&hall, "C1", "2027-01-31").await;
        let app = &hall.app;
        let before = notify::channels(app, &driver.session).await.unwrap();
        assert_eq!((before.in_app, before.sms, before.email, before.push_devices), (true, false, None, 0));
        let bad = NewChannels { sms: false, email: Some("nobody".into()) };
        assert_eq!(notify::set_channels(app, &driver.session, &bad).await.unwrap_err().code, "bad_email");
        let both = NewChannels { sms: true, email: Some(" zhang@example.cn ".into()) };
        let after = notify::set_channels(app, &driver.session, &both).await.unwrap();
        assert_eq!((after.sms, after.email.as_deref()), (true, Some("zhang@example.cn")));
        run_day(&hall).await;
        let told = driver.told().await.len();
        assert!(told > 0);
        assert_eq!(notify::deliver(app).await.unwrap(), 2 * told);
        assert_eq!(notify::deliver(app).await.unwrap(), 0, "each once");
        let sent = notify::outbox(app).unwrap();
        assert_eq!(sent.len(), 2 * told);
        assert!(sent.iter().all(|s| !s.to.contains("0000") && !s.to.contains("zhang")), "{sent:?}");
        for kind in [ChannelKind::Sms, ChannelKind::Email] {
            assert!(sent.iter().any(|s| s.channel == kind && s.body.zh.contains("2027年1月31日")));
        }
        hall.check_everything().await;
    }
}

/// A browser's subscription whose push service answers a number of times with a status.
fn browser(status: &'static str, times: usize) -> (NewSubscription, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/push/abc", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        for _ in 0..times {
            let (mut stream, _) = listener.accept().unwrap();
            let mut got = Vec::new();
            let mut part = [0; 4096];
            loop {
                let read = stream.read(&mut part).unwrap();
                got.extend_from_slice(&part[..read]);
                let Some(head) = got.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
                let text = String::from_utf8_lossy(&got[..head]).to_lowercase();
                let length: usize =
                    text.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse().unwrap();
                if got.len() >= head + 4 + length {
                    break;
                }
            }
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        }
    });
    // The receiver's key of RFC 8291 section 5.
    let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned();
    (NewSubscription { endpoint, p256dh, auth: "BTBZMqHH6r4Tts7J_aSIgg".into() }, serving)
}

#[tokio::test]
async fn a_browser_is_told_and_forgotten_when_it_is_gone() {
    for hall in Hall::open_all().await {
        let driver = Driver::new(&hall, "C1", "2027-01-31").await;
        let app = &hall.app;
        let (good, serving_good) = browser("201 Created", 1);
        let (gone, serving_gone) = browser("410 Gone", 1);
        notify::subscribe(app, &driver.session, &good).await.unwrap();
        notify::subscribe(app, &driver.session, &good).await.unwrap();
        notify::subscribe(app, &driver.session, &gone).await.unwrap();
        assert_eq!(notify::channels(app, &driver.session).await.unwrap().push_devices, 2);
        // One notice only.
        let mut tx = app.store.write().await.unwrap();
        let now = app.clock.now();
        let new = luzheng_store::notice::NewNotice {
            owner: driver.session.owner.unwrap(),
            id: Uuid::from_u128(5),
            dedupe: "k",
            kind: "k",
            params: "{}",
            created_at: now,
        };
        tx.add_notice(&new).await.unwrap();
        tx.commit().await.unwrap();
        order(&hall, &driver, Uuid::from_u128(5)).await;
        assert_eq!(notify::deliver(app).await.unwrap(), 2);
        serving_good.join().unwrap();
        serving_gone.join().unwrap();
        assert_eq!(notify::channels(app, &driver.session).await.unwrap().push_devices, 1);
        assert_eq!(notify::deliver(app).await.unwrap(), 0);
        let records = app
            .store
            .read()
            .await
            .unwrap()
            .deliveries_of(driver.session.owner.unwrap(), Uuid::from_u128(5))
            .await
            .unwrap();
        let mut states: Vec<&str> = records.iter().map(|r| r.state.as_str()).collect();
        states.sort_unstable();
        assert_eq!(states, ["given_up", "sent"]);
        notify::unsubscribe(app, &driver.session, &good.endpoint).await.unwrap();
        notify::unsubscribe(app, &driver.session, &good.endpoint).await.unwrap();
        assert_eq!(notify::channels(app, &driver.session).await.unwrap().push_devices, 0);
        hall.check_everything().await;
    }
}

/// Orders the deliveries of a notice as giving it does.
async fn order(hall: &Hall, driver: &Driver<'_>, notice: Uuid) {
    let owner = driver.session.owner.unwrap();
    let now = hall.app.clock.now();
    let mut tx = hall.app.store.write().await.unwrap();
    for subscription in tx.push_subscriptions(owner).await.unwrap() {
        let channel = format!("push:{}", subscription.id);
        let new =
            luzheng_store::channel::NewDelivery { owner, notice, channel: &channel, due_at: now, created_at: now };
        tx.add_delivery(&new).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_push_service_that_is_down_is_tried_again_and_then_given_up() {
    let hall = Hall::open(Engine::Sqlite).await;
    let driver = Driver::new(&hall, "C1", "2027-01-31").await;
    let (subscription, serving) = browser("201 Created", 0);
    serving.join().unwrap();
    notify::subscribe(&hall.app, &driver.session, &subscription).await.unwrap();
    order(&hall, &driver, Uuid::from_u128(5)).await;
    let owner = driver.session.owner.unwrap();
    let new = luzheng_store::notice::NewNotice {
        owner,
        id: Uuid::from_u128(5),
        dedupe: "k",
        kind: "k",
        params: "{}",
        created_at: hall.app.clock.now(),
    };
    let mut tx = hall.app.store.write().await.unwrap();
    tx.add_notice(&new).await.unwrap();
    tx.commit().await.unwrap();
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(notify::deliver(&hall.app).await.unwrap(), 1, "attempt {attempt}");
        assert_eq!(notify::deliver(&hall.app).await.unwrap(), 0, "not before its time");
        hall.app.clock.advance(SignedDuration::from_hours(6));
    }
    assert_eq!(notify::deliver(&hall.app).await.unwrap(), 0);
    let records = hall.app.store.read().await.unwrap().deliveries_of(owner, Uuid::from_u128(5)).await.unwrap();
    assert_eq!((records[0].state.as_str(), records[0].attempts), ("given_up", MAX_ATTEMPTS));
    assert_eq!(records[0].error.as_deref(), Some("no connection"));
}

#[tokio::test]
async fn what_is_no_subscription_is_refused() {
    let hall = Hall::open(Engine::Sqlite).await;
    let driver = Driver::new(&hall, "C1", "2027-01-31").await;
    let (good, serving) = browser("201 Created", 0);
    serving.join().unwrap();
    let with = |endpoint: &str, p256dh: &str, auth: &str| NewSubscription {
        endpoint: endpoint.into(),
        p256dh: p256dh.into(),
        auth: auth.into(),
    };
    for bad in [
        with("ftp://push.example.net/1", &good.p256dh, &good.auth),
        with("", &good.p256dh, &good.auth),
        with(&good.endpoint, "", &good.auth),
        with(&good.endpoint, &B64.encode([4; 65]), &good.auth),
        with(&good.endpoint, &good.p256dh, "AAAA"),
        with(&format!("https://h/{}", "a".repeat(3_000)), &good.p256dh, &good.auth),
    ] {
        let error = notify::subscribe(&hall.app, &driver.session, &bad).await.unwrap_err();
        assert_eq!((error.kind, error.code), (Kind::Invalid, "bad_subscription"));
    }
}
