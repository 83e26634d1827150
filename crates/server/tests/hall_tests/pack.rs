//! Packs, deltas and shards as they are made and served: they say what the lists and the register say.

use crate::browser::Reply;
use crate::device::{Device, officer};
use crate::hall::{Hall, deregistered, plate, status};
use axum::body::Body;
use axum::http::{Request, header};
use jiff::{SignedDuration, Timestamp};
use luzheng::http::router;
use luzheng::usecase::pack::{catalogue, delta_from, make, make_due, make_shards, make_shards_due};
use luzheng::usecase::trust::publish_trust_list;
use luzheng_credential::pack::{Held, Pack};
use luzheng_credential::qr::text;
use luzheng_credential::shard::{MarkState, Shard};
use luzheng_credential::status_list::StatusSource;
use luzheng_credential::trust::Roots;
use luzheng_credential::verify::{Question, Reason, verify};
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

async fn raw(hall: &Hall, path: &str, headers: &[(&str, &str)]) -> (Reply, Vec<u8>) {
    let mut request = Request::builder().uri(path).header(header::HOST, "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router(Arc::clone(&hall.app)).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap().to_vec();
    (Reply { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&bytes).into_owned() }, bytes)
}

async fn get(hall: &Hall, path: &str) -> Vec<u8> {
    let (reply, bytes) = raw(hall, path, &[]).await;
    reply.is(200);
    bytes
}

fn roots(hall: &Hall) -> Roots {
    Roots::from_json(std::str::from_utf8(&hall.app.published().root_json).unwrap()).unwrap()
}

async fn newest(hall: &Hall) -> (Value, Pack) {
    let catalogue: Value = serde_json::from_slice(&get(hall, "/pack").await).unwrap();
    let bytes = get(hall, catalogue["url"].as_str().unwrap()).await;
    assert_eq!(Some(bytes.len() as u64), catalogue["size"].as_u64());
    let pack = Pack::open(bytes, &roots(hall), Held::default(), hall.app.clock.now()).unwrap();
    assert_eq!(Some(u64::from(pack.head().seq)), catalogue["seq"].as_u64());
    (catalogue, pack)
}

/// The report on every mark of these vehicles, from the lists and from the pack.
async fn same_reports(hall: &Hall, pack: &Pack, cars: &[Uuid]) -> Vec<Option<Reason>> {
    let published = hall.app.published();
    let question = Question { now: hall.app.clock.now(), clock_confirmed: true, expected_plate: None, our_hosts: &[] };
    let mut reasons = Vec::new();
    for car in cars {
        for mark in hall.marks(*car).await {
            let signed =
                hall.app.store.read().await.unwrap().find_signed(mark.subject, mark.id).await.unwrap().unwrap();
            let code = text::primary("localhost", &signed.message);
            let from_pack = verify(&code, Some(pack.trust()), pack, &question);
            assert_eq!(from_pack, verify(&code, published.trust.as_ref(), &published.book, &question));
            reasons.push(from_pack.reason());
        }
    }
    reasons
}

fn wait(hall: &Hall, hours: i64) {
    hall.app.clock.advance(SignedDuration::from_hours(hours));
}

#[tokio::test]
async fn a_pack_says_what_the_lists_say() {
    for hall in Hall::open_all().await {
        let (reply, _) = raw(&hall, "/pack", &[]).await;
        assert_eq!(reply.is(404).code(), "no_pack");
        let mut cars = Vec::new();
        for number in 1..=3 {
            cars.push(hall.car(number).await);
        }
        hall.event(&status(1, "s1", "C", "2026-11-20T10:00:00+08:00")).await;
        hall.event(&deregistered(2, "d1", "2026-11-20T10:00:00+08:00")).await;
        hall.run_jobs().await;
        let made = make(&hall.app, |_| ()).await.unwrap();
        assert_eq!((made.seq, made.deltas.len()), (1, 0));
        let (catalogue, pack) = newest(&hall).await;
        pack.check_all().unwrap();
        let published = hall.app.published();
        assert!(published.lists.keys().copied().eq(pack.lists().map(|list| list.list)));
        for list in pack.lists() {
            assert_eq!(pack.status_list(list.list).as_ref(), published.book.find(list.list));
            assert_eq!(Some((list.iat, list.exp)), published.book.dates(list.list));
        }
        assert_eq!(pack.trust_json(), published.trust_json);
        let reasons = same_reports(&hall, &pack, &cars).await;
        assert_eq!(reasons, [Some(Reason::Suspended), Some(Reason::Revoked), None]);
        assert!(catalogue["shards_as_of"].is_null());
        // The number is taken, and the journal says what was in the file.
        let noted = hall.app.store.read().await.unwrap().packs_since(0, Timestamp::MIN, 10).await.unwrap();
        assert_eq!(noted.len(), 1);
        assert_eq!(Some(hex::encode(noted[0].digest).as_str()), catalogue["sha256"].as_str());
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_file_never_changes_under_its_name_and_comes_in_parts() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    hall.car(1).await;
    make(&hall.app, |_| ()).await.unwrap();
    let (catalogue, pack) = newest(&hall).await;
    let url = catalogue["url"].as_str().unwrap();
    let (whole, bytes) = raw(&hall, url, &[("accept-encoding", "gzip")]).await;
    let header = |reply: &Reply, name: &str| reply.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
    assert_eq!(bytes, pack.as_bytes(), "not compressed again");
    assert_eq!(header(&whole, "content-encoding"), None);
    assert!(header(&whole, "cache-control").unwrap().contains("immutable"));
    assert_eq!(header(&whole, "access-control-allow-origin").as_deref(), Some("*"));
    let tag = header(&whole, "etag").unwrap();
    let (known, nothing) = raw(&hall, url, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status.as_u16(), nothing.len()), (304, 0));
    let (part, some) = raw(&hall, url, &[("range", "bytes=100-199"), ("if-range", &tag)]).await;
    assert_eq!((part.status.as_u16(), some.as_slice()), (206, &bytes[100..200]));
    assert_eq!(header(&part, "content-range"), Some(format!("bytes 100-199/{}", bytes.len())));
    let (end, rest) = raw(&hall, url, &[("range", "bytes=-7")]).await;
    assert_eq!((end.status.as_u16(), rest.as_slice()), (206, &bytes[bytes.len() - 7..]));
    let (other, all) = raw(&hall, url, &[("range", "bytes=100-199"), ("if-range", "\"another\"")]).await;
    assert_eq!((other.status.as_u16(), all.len()), (200, bytes.len()));
    let (beyond, _) = raw(&hall, url, &[("range", "bytes=9999999-")]).await;
    assert_eq!(beyond.is(416).code(), "bad_range");
    for path in [
        "/pack/current.json",
        "/pack/pack-1-000000000000.lzpack",
        "/pack/..%2Fsecrets%2Fmaster.key",
        "/pack/pack-1.lzpack.part",
    ] {
        let (reply, _) = raw(&hall, path, &[]).await;
        assert_eq!(reply.is(404).code(), "not_found", "{path}");
    }
}

#[tokio::test]
async fn a_reader_who_was_away_gets_one_delta_or_the_whole_pack() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    let mut cars = vec![hall.car(1).await, hall.car(2).await];
    assert!(make_due(&hall.app).await.unwrap().is_some(), "the first one is due at once");
    assert!(make_due(&hall.app).await.unwrap().is_none());
    let mut held = vec![newest(&hall).await.1];
    // Noon of the 20th: the next is due at 03:40 of the 21st, not at midnight.
    wait(&hall, 15);
    assert!(make_due(&hall.app).await.unwrap().is_none(), "three o'clock");
    wait(&hall, 1);
    for day in 0..9 {
        let letters = if day % 2 == 0 { "C" } else { "A" };
        let at = format!("2026-11-20T10:{day:02}:00+08:00");
        hall.event(&status(1, &format!("s{day}"), letters, &at)).await;
        cars.push(hall.car(3 + day).await);
        assert!(make_due(&hall.app).await.unwrap().is_some(), "day {day}");
        let (catalogue, pack) = newest(&hall).await;
        same_reports(&hall, &pack, &cars).await;
        let deltas = catalogue["deltas"].as_array().unwrap();
        let from: Vec<u64> = deltas.iter().map(|delta| delta["from"].as_u64().unwrap()).collect();
        let within: Vec<u64> = held.iter().rev().map(|pack| u64::from(pack.head().seq)).take(7).collect();
        assert_eq!(from, within, "from the packs of the last seven days");
        for delta in deltas {
            let base = held.iter().find(|pack| Some(u64::from(pack.head().seq)) == delta["from"].as_u64()).unwrap();
            let bytes = get(&hall, delta["url"].as_str().unwrap()).await;
            assert_eq!(Some(bytes.len() as u64), delta["size"].as_u64());
            let applied = base.apply(&bytes, &roots(&hall), Held::default(), hall.app.clock.now()).unwrap();
            assert_eq!(applied.as_bytes(), pack.as_bytes());
            let again = pack.apply(&bytes, &roots(&hall), Held::default(), hall.app.clock.now()).unwrap_err();
            // On days on which the same is flagged the tables are the same, and only the number is not newer.
            assert!(matches!(again.code(), "wrong_base" | "older_pack"), "{again}");
        }
        held.push(pack);
        wait(&hall, 24);
    }
    let files = std::fs::read_dir(hall.app.settings.data_dir.join("packs")).unwrap().count();
    // Eight packs, seven deltas to the newest and seven to the one before, the catalogue.
    assert!(files <= 8 + 14 + 1, "{files} files: what nobody asks for is forgotten");
    hall.check_everything().await;
}

#[tokio::test]
async fn a_pack_whose_file_is_gone_is_made_anew_and_by_hand_too() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    hall.car(1).await;
    let first = make_due(&hall.app).await.unwrap().unwrap();
    let older = std::fs::read(&first.path).unwrap();
    std::fs::remove_file(&first.path).unwrap();
    let second = make_due(&hall.app).await.unwrap().unwrap();
    assert_eq!(second.seq, 2, "the number never goes back");
    let delta = delta_from(&hall.app, older.clone(), &second).await.unwrap();
    let base = Pack::open(older.clone(), &roots(&hall), Held::default(), hall.app.clock.now()).unwrap();
    let applied = base.apply(&delta, &roots(&hall), Held::default(), hall.app.clock.now()).unwrap();
    assert_eq!(applied.as_bytes(), std::fs::read(&second.path).unwrap());
    let wrong = delta_from(&hall.app, applied.into_bytes(), &second).await.unwrap_err();
    assert_eq!(wrong.code, "wrong_base", "not older");
    assert_eq!(delta_from(&hall.app, older[..100].to_vec(), &second).await.unwrap_err().code, "broken_pack");
    // A key may have been taken out of a newer trust list: a pack with the older one is not handed on.
    publish_trust_list(&hall.app).await.unwrap();
    let third = make_due(&hall.app).await.unwrap().unwrap();
    assert_eq!((third.seq, third.deltas.len()), (3, 1), "a delta carries the new trust list");
    assert!(make_due(&hall.app).await.unwrap().is_none());
    // What is carried away is served with the database stopped.
    hall.app.store.close().await;
    let (catalogue, pack) = newest(&hall).await;
    assert_eq!(catalogue["seq"], 3);
    assert!(pack.look_up(pack.lists().next().unwrap().list, 0).is_some());
}

#[tokio::test]
async fn shards_say_what_the_register_says_and_go_to_officers_on_duty_there() {
    for hall in Hall::open_all().await {
        for number in 1..=5 {
            hall.car(number).await;
        }
        hall.event(&status(1, "s1", "CG", "2026-11-20T10:00:00+08:00")).await;
        hall.event(&status(2, "s2", "P", "2026-11-20T10:00:00+08:00")).await;
        hall.run_jobs().await;
        assert!(catalogue(&hall.app).await.is_err(), "no pack yet");
        let made = make_shards_due(&hall.app).await.unwrap();
        assert!(!made.is_empty() && make_shards_due(&hall.app).await.unwrap().is_empty(), "once a day");
        let province = made.iter().find(|shard| shard.province == 32).unwrap();
        let trust = hall.app.published().trust.clone().unwrap();
        let bytes = std::fs::read(&province.path).unwrap();
        let shard = Shard::open(bytes.clone(), &trust, 0, hall.app.clock.now()).unwrap();
        let known = hall.app.store.read().await.unwrap().vehicles(None, 100).await.unwrap();
        assert_eq!((known.len(), province.plates, shard.head().count), (5, 5, 5));
        for number in 1..=5 {
            let facts = &known.iter().find(|one| one.facts.plate.number.as_str() == plate(number)).unwrap().facts;
            let found = shard.find(&plate(number), None).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].facts.valid_until, found[0].facts.status), (facts.valid_until, facts.status));
            let mark = [MarkState::Suspended, MarkState::Revoked, MarkState::Current][(number as usize - 1).min(2)];
            assert_eq!((found[0].plate_type, found[0].facts.mark), (2, mark), "{number}");
        }
        assert_eq!(shard.find("苏A99999", None).unwrap(), []);
        officer(&hall, "051200").await;
        let device = Device::of_officer(&hall, "051200").await;
        let list = device.get("/api/v1/officer/shards").await.is(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "of the province of duty alone");
        assert_eq!(
            (list["items"][0]["province"].as_u64(), list["items"][0]["name"]["zh"].as_str()),
            (Some(32), Some("江苏省"))
        );
        let path = list["items"][0]["url"].as_str().unwrap();
        let proof = device.proof(&device.payload("GET", path));
        let (reply, served) = raw(&hall, path, &[("cookie", &device.cookie), ("dpop", &proof)]).await;
        reply.is(200);
        assert_eq!(served, bytes);
        assert_eq!(device.get("/api/v1/officer/shards/31").await.is(403).code(), "outside_duty");
        assert_eq!(device.get("/api/v1/officer/shards/99").await.is(403).code(), "outside_duty");
        // Made again: the number counts up, the older file is gone, the journal names who took one.
        let again = make_shards(&hall.app, &[32], |_| ()).await.unwrap();
        assert_eq!((again.len(), again[0].seq), (1, province.seq + 1));
        assert!(!province.path.exists());
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}
