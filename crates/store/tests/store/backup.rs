//! Backup and restore, across engines.

use std::io::{Read, Write};

use luzheng_store::{
    Engine, Error, Store, Tx, Vault,
    audit::{AuditEntry, BlockSignature},
    backup::{Extra, inspect},
    case::{CaseStanding, NewAction, NewCase},
    channel::{ChannelSetting, NewDelivery, PushSubscription},
    credential::Signed,
    event::NewEvent,
    holding::NewHolding,
    photo::{NewPhoto, PhotoOrigin},
    proof::NewProof,
    review::{Look, NewReview},
    run::WorkRun,
    status::{StatusIndex, StatusValue},
    testing::{self, TestStore},
};

use crate::common::*;

pub async fn fresh(engine: Engine) -> TestStore {
    match engine {
        Engine::Sqlite => testing::sqlite().await,
        Engine::Postgres => testing::postgres().await,
    }
}

/// Something in most tables: rare characters, empty texts, nulls, bytes.
async fn fill(store: &Store) {
    let places = store.allocate_status(KIND, 3, at(0)).await.unwrap();
    let licence_places = licence_indices(store, 2).await;
    let mut tx = store.write().await.unwrap();
    for number in 1..=3_u32 {
        let vehicle_id = id(u128::from(number));
        let owner =
            tx.put_owner(id(100 + u128::from(number)), &owner(u64::from(number)), at(0), at(1)).await.unwrap().id();
        let mut facts = vehicle(number, owner);
        facts.colour = (number == 2).then(String::new);
        tx.insert_vehicle(vehicle_id, &facts, &source(0, 1)).await.unwrap();
        tx.reserve_credential(&reservation(200 + u128::from(number), vehicle_id, places[number as usize - 1]))
            .await
            .unwrap();
    }
    let signed =
        Signed { subject: id(1), credential: id(201), kid: [1; 8], message: (0..=255).collect(), signed_at: at(3) };
    tx.put_signed_batch(None, &[signed]).await.unwrap();
    tx.set_status_value(places[1], StatusValue::Invalid).await.unwrap();
    let event = NewEvent {
        source: "ga",
        id: "一\n\"二\"",
        digest: [1; 32],
        event_type: "x",
        subject: "",
        occurred_at: at(-9_999_999_999),
        received_at: at(0),
        body: b"{}",
    };
    tx.record_event(&event).await.unwrap();
    let entry = |number| AuditEntry {
        id: id(number),
        at: at(0),
        actor: "a".into(),
        action: "b".into(),
        subject: None,
        purpose: Some(String::new()),
        detail: "{}".into(),
    };
    fill_licences(&mut tx, &licence_places).await;
    tx.audit(&[entry(300), entry(301)]).await.unwrap();
    tx.seal_audit(&|_| Ok(BlockSignature { kid: [1; 8], signature: vec![1] }), 1, at(9)).await.unwrap();
    tx.commit().await.unwrap();
}

/// Something in every table of drivers.
async fn fill_licences(tx: &mut Tx, places: &[StatusIndex]) {
    let subject = id(400);
    tx.insert_driver(subject, id(101), &licence(1), &source(0, 1)).await.unwrap();
    let photo = NewPhoto {
        driver: subject,
        id: id(401),
        bytes: &[0, 255, 10],
        width: 1,
        height: 1,
        origin: PhotoOrigin::Album,
        taken_on: None,
        checks: "[]",
        created_at: at(0),
    };
    tx.put_photo(&photo).await.unwrap();
    tx.reserve_credential(&licence_reservation(402, subject, places[0])).await.unwrap();
    let holding = NewHolding {
        id: id(403),
        subject,
        credential: id(402),
        device_key: [2; 33],
        name: "",
        status: places[1],
        value: StatusValue::Stopped,
        expires_on: "9999-12-31".parse().unwrap(),
        bound_at: at(0),
    };
    tx.reserve_holding(&holding).await.unwrap();
    let case = NewCase { subject, id: id(404), owner: id(101), kind: "first", opened_at: at(0) };
    let action = NewAction { at: at(0), actor: "a", what: "b", data: "{}", note: Some("") };
    let standing = CaseStanding { status: "x", closed: false, urgent: true, photo: None, expected_by: None };
    tx.open_case(&case, &action, &standing).await.unwrap();
    let review = NewReview {
        subject,
        id: id(405),
        case: id(404),
        photo: id(401),
        look: Look::First,
        urgent: true,
        submitted_at: at(0),
    };
    tx.enqueue_review(&review).await.unwrap();
    let proof = NewProof {
        subject,
        id: id(406),
        token_hash: [6; 32],
        purpose: "x",
        recipient: "y",
        note: None,
        created_at: at(0),
        expires_at: at(1),
    };
    tx.put_proof(&proof).await.unwrap();
    let proof = tx.find_proof(subject, id(406)).await.unwrap().unwrap();
    tx.add_proof_opening(&proof, id(407), at(0)).await.unwrap();
    let setting = ChannelSetting { sms: true, email: None };
    tx.put_channel_setting(id(101), &setting, at(0)).await.unwrap();
    let browser = PushSubscription {
        id: id(408),
        endpoint: "https://push.example.org/".to_owned(),
        p256dh: [4; 65],
        auth: [5; 16],
        created_at: at(0),
    };
    tx.put_push_subscription(id(101), &browser).await.unwrap();
    let delivery = NewDelivery { owner: id(101), notice: id(409), channel: "push", due_at: at(0), created_at: at(0) };
    tx.add_delivery(&delivery).await.unwrap();
    let run = WorkRun {
        kind: "deadlines".to_owned(),
        scope: "2026-11-22".to_owned(),
        id: id(410),
        after_subject: None,
        done: 0,
        summary: "{}".to_owned(),
        started_at: at(0),
        updated_at: at(0),
        finished_at: None,
    };
    tx.put_work_run(&run).await.unwrap();
}

/// The digests of all data members: equal exactly when all rows are.
pub async fn contents(store: &Store) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let manifest = store.backup(&folder.path().join("x"), at(0), &[]).await.unwrap();
    manifest.members.into_iter().map(|member| (member.name, member.sha256)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back_on_either_engine() {
    let folder = tempfile::tempdir().unwrap();
    for from in [Engine::Sqlite, Engine::Postgres] {
        let db = fresh(from).await;
        fill(&db).await;
        let path = folder.path().join(from.name());
        let extras = [Extra { name: "keys/mark.pem".to_owned(), bytes: b"sealed".to_vec() }];
        let manifest = db.backup(&path, at(5), &extras).await.unwrap();
        assert_eq!((manifest.engine.as_str(), manifest.made_at), (from.name(), at(5)));
        assert_eq!(manifest.tables.iter().find(|table| table.name == "vehicle_fact").map(|table| table.rows), Some(3));
        assert_eq!(inspect(&path).unwrap(), (manifest.clone(), extras.to_vec()));
        for to in [Engine::Sqlite, Engine::Postgres] {
            let copy = fresh(to).await;
            assert_eq!(copy.restore(&path).await.unwrap(), manifest);
            assert_eq!(contents(&copy).await, contents(&db).await, "{from:?} to {to:?}");
            let mut tx = copy.read().await.unwrap();
            assert_eq!(tx.find_owner_by_number(&owner(2).number).await.unwrap().unwrap().details, owner(2));
            drop(tx);
            let report = copy.verify_audit(&|_, _, _| true, None).await.unwrap();
            assert_eq!((report.blocks, report.unsealed, report.broken), (1, 1, None));
            // Twice is refused: nothing is mixed.
            let error = copy.restore(&path).await.unwrap_err();
            assert!(error.is_conflict(), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_make_many_parts() {
    for db in testing::engines().await {
        let places = db.allocate_status(KIND, 12_000, at(0)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let marks: Vec<_> = (0_u128..)
            .zip(&places)
            .map(|(number, place)| reservation(20_000 + number, id(50_000 + number), *place))
            .collect();
        tx.reserve_many(&marks).await.unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many");
        let manifest = db.backup(&path, at(0), &[]).await.unwrap();
        assert!(manifest.members.iter().filter(|member| member.name.starts_with("data/credential/")).count() > 1);
        let copy = fresh(if db.engine() == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite }).await;
        copy.restore(&path).await.unwrap();
        assert_eq!(contents(&copy).await, contents(&db).await);
    }
}

/// Unpacks, lets somebody alter the members, and packs again.
fn repack(path: &std::path::Path, alter: impl Fn(&str, &mut Vec<u8>) -> bool) {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()));
    let mut members = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if alter(&name, &mut bytes) {
            members.push((name, bytes));
        }
    }
    let gzip = flate2::write::GzEncoder::new(std::fs::File::create(path).unwrap(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap().flush().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_is_refused_before_anything_goes_in() {
    let db = testing::sqlite().await;
    fill(&db).await;
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good");
    db.backup(&good, at(0), &[]).await.unwrap();
    let bytes = std::fs::read(&good).unwrap();
    let copy = testing::sqlite().await;
    let before = contents(&copy).await;
    let path = folder.path().join("bad");
    let mut bad: Vec<(String, Vec<u8>)> = Vec::new();
    for cut in [0, 1, 100, bytes.len() / 2, bytes.len() - 1] {
        bad.push((format!("cut at {cut}"), bytes[..cut].to_vec()));
    }
    for at in (0..bytes.len()).step_by(bytes.len() / 150) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        bad.push((format!("flipped at {at}"), flipped));
    }
    bad.push(("not an archive".to_owned(), b"hello".to_vec()));
    for (what, bytes) in bad {
        std::fs::write(&path, bytes).unwrap();
        // Bytes of the gzip header (time, system) carry nothing: then the archive is whole and may be read.
        if let Ok((manifest, _)) = inspect(&path) {
            assert_eq!(manifest, inspect(&good).unwrap().0, "{what}");
            continue;
        }
        assert!(matches!(copy.restore(&path).await, Err(Error::Broken { table: "archive", .. })), "{what}");
    }
    type Alter = fn(&str, &mut Vec<u8>) -> bool;
    let altered: [(&str, Alter); 5] = [
        ("a member is missing", |name, _| !name.starts_with("data/plate/")),
        ("a row is missing", |name, bytes| {
            if name.starts_with("data/vin/") {
                let end = bytes.iter().position(|b| *b == b'\n').unwrap();
                bytes.drain(..=end);
            }
            true
        }),
        ("no manifest", |name, _| name != "manifest.json"),
        ("another format", |name, bytes| {
            if name == "manifest.json" {
                *bytes =
                    String::from_utf8(bytes.clone()).unwrap().replace("\"format\": 1", "\"format\": 2").into_bytes();
            }
            true
        }),
        ("other columns", |name, bytes| {
            if name == "manifest.json" {
                *bytes = String::from_utf8(bytes.clone()).unwrap().replace("\"known_from\"", "\"known\"").into_bytes();
            }
            true
        }),
    ];
    for (what, alter) in altered {
        std::fs::copy(&good, &path).unwrap();
        repack(&path, alter);
        assert!(matches!(copy.restore(&path).await, Err(Error::Broken { table: "archive", .. })), "{what}");
    }
    assert_eq!(contents(&copy).await, before, "nothing went in");
    copy.restore(&good).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_data_key_or_a_used_database_is_refused() {
    for db in testing::engines().await {
        fill(&db).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        db.backup(&path, at(0), &[]).await.unwrap();
        let other = testing::empty(db.engine()).await;
        let other = other.open_with(Vault::new(&[8; 32])).await;
        other.migrate().await.unwrap();
        let error = other.restore(&path).await.unwrap_err();
        assert!(error.to_string().contains(&testing::vault().key_id()), "{error}");
        let error = db.restore(&path).await.unwrap_err();
        assert!(error.is_conflict(), "{error}");
        let unmigrated = testing::empty(db.engine()).await;
        assert!(matches!(unmigrated.restore(&path).await, Err(Error::Broken { .. })));
    }
}

#[tokio::test]
async fn an_interrupted_backup_leaves_the_old_one() {
    let db = testing::sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    db.backup(&path, at(0), &[]).await.unwrap();
    let before = std::fs::read(&path).unwrap();
    // A member above the ceiling makes the second one fail midway.
    let huge = Extra {
        name: "huge".to_owned(),
        bytes: vec![0; usize::try_from(luzheng_store::backup::MAX_MEMBER).unwrap() + 1],
    };
    assert!(db.backup(&path, at(1), &[huge]).await.is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
    db.backup(&path, at(1), &[]).await.unwrap();
    assert_eq!(inspect(&path).unwrap().0.made_at, at(1));
}
