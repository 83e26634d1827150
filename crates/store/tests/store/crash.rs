//! `kill -9` at any moment: what was acknowledged is there, nothing is there by halves, and a backup of it restores.
//!
//! The writer is this test program once more, running `writer` with the database's address in its environment.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use luzheng_store::{
    Engine, Store,
    audit::{AuditEntry, BlockSignature},
    credential::Signed,
    event::{EventOutcome, EventSeen, NewEvent, Settled},
    job::NewJob,
    notice::NewNotice,
    testing,
};
use uuid::Uuid;

use crate::{
    backup::{contents, fresh},
    common::*,
};

const ADDRESS: &str = "LUZHENG_STORE_WRITER";

fn entry(number: u32) -> AuditEntry {
    AuditEntry {
        id: id(7_000_000 + u128::from(number)),
        at: at(0),
        actor: "feed".into(),
        action: "applied".into(),
        subject: Some(id(u128::from(number))),
        purpose: None,
        detail: "{}".into(),
    }
}

/// Everything one event causes, in one transaction; and again, if it was done before the crash: nothing.
async fn journey(store: &Store, number: u32) {
    let status = index(store).await;
    let (vehicle_id, mark) = (id(u128::from(number)), 1_000_000 + u128::from(number));
    let key = number.to_string();
    let mut tx = store.write().await.unwrap();
    let event = NewEvent {
        source: "ga",
        id: &key,
        digest: [1; 32],
        event_type: "vehicle.registered",
        subject: &key,
        occurred_at: at(0),
        received_at: at(0),
        body: b"{}",
    };
    if tx.record_event(&event).await.unwrap() != EventSeen::New {
        return;
    }
    let owner =
        tx.put_owner(id(2_000_000 + u128::from(number)), &owner(u64::from(number)), at(0), at(0)).await.unwrap().id();
    tx.insert_vehicle(vehicle_id, &vehicle(number, owner), &source(0, 0)).await.unwrap();
    tx.reserve_credential(&reservation(mark, vehicle_id, status)).await.unwrap();
    let job = NewJob {
        id: id(3_000_000 + u128::from(number)),
        kind: "issue",
        subject: vehicle_id,
        reference: mark.to_string(),
        due_at: at(0),
        created_at: at(0),
    };
    tx.enqueue(&[job]).await.unwrap();
    tx.audit(&[entry(number)]).await.unwrap();
    tx.set_event_outcome(
        "ga",
        &key,
        &Settled { outcome: EventOutcome::Applied, about: Some(vehicle_id), detail: None, at: at(1), retry_at: None },
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// The job's part: claim, sign, record, tell the owner, done; then seal what stands in the journal.
async fn issue(store: &Store, lease: Uuid, now: i64) {
    let mut tx = store.write().await.unwrap();
    let jobs = tx.claim_jobs(at(now), lease, at(now + 10), 5).await.unwrap();
    tx.commit().await.unwrap();
    for job in jobs {
        let mut tx = store.write().await.unwrap();
        if !tx.holds_lease(&job).await.unwrap() {
            continue;
        }
        let mark = tx.find_current_credential(job.subject, KIND).await.unwrap().unwrap();
        tx.put_signed_batch(
            None,
            &[Signed {
                subject: job.subject,
                credential: mark.id,
                kid: [1; 8],
                message: vec![1; 160],
                signed_at: at(now),
            }],
        )
        .await
        .unwrap();
        let key = mark.id.to_string();
        tx.add_notice(&NewNotice {
            owner: id(5),
            id: mark.id,
            dedupe: &key,
            kind: "issued",
            params: "{}",
            created_at: at(now),
        })
        .await
        .unwrap();
        assert!(tx.finish_job(&job).await.unwrap());
        tx.commit().await.unwrap();
    }
    let mut tx = store.write().await.unwrap();
    tx.seal_audit(&|_| Ok(BlockSignature { kid: [1; 8], signature: vec![1] }), 10, at(now)).await.unwrap();
    tx.commit().await.unwrap();
}

/// Not a test by itself: the process that is killed. Says on its output what is durable.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the writer that the crash tests start and kill"]
async fn writer() {
    let Ok(url) = std::env::var(ADDRESS) else { return };
    let store = Store::connect(&url, testing::vault()).await.unwrap();
    let first = store.read().await.unwrap().vehicle_count().await.unwrap();
    let first = u32::try_from(first).unwrap();
    for number in first..first + 10_000 {
        journey(&store, number).await;
        println!("durable {number}");
        if number % 3 == 0 {
            issue(&store, id(u128::from(std::process::id())), i64::from(number)).await;
        }
    }
}

fn start(url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["crash::writer", "--exact", "--ignored", "--nocapture"])
        .env(ADDRESS, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets the writer write, kills it after its `lines`th word, and answers the last number it called durable.
fn write_and_kill(url: &str, lines: usize) -> u32 {
    let mut child = start(url);
    let mut last = None;
    let mut seen = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        if let Some(number) = line.rsplit("durable ").next().and_then(|number| number.parse().ok()) {
            last = Some(number);
            seen += 1;
            if seen == lines {
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    assert!(seen >= lines, "the writer said {seen} words only");
    last.unwrap()
}

async fn count(store: &Store, table: &str) -> i64 {
    store
        .read()
        .await
        .unwrap()
        .raw_rows(&format!("SELECT COUNT(*) FROM {table}"), vec![])
        .await
        .unwrap()
        .remove(0)
        .int()
        .unwrap()
}

/// Every invariant over everything.
async fn check_everything(store: &Store, durable: u32) {
    let vehicles = count(store, "vehicle").await;
    assert!(vehicles > i64::from(durable), "{vehicles} vehicles, but number {durable} was called durable");
    for table in
        ["vehicle_fact", "plate", "vin", "owner", "owner_fact", "owner_number", "event", "credential", "status_entry"]
    {
        assert_eq!(count(store, table).await, vehicles, "{table}");
    }
    assert_eq!(count(store, "event WHERE outcome = 'applied'").await, vehicles);
    assert_eq!(
        count(store, "credential_message").await + count(store, "job").await,
        vehicles,
        "each mark is signed or has its job"
    );
    assert_eq!(count(store, "credential_message").await, count(store, "notice").await);
    assert_eq!(count(store, "(SELECT DISTINCT list, idx FROM status_entry) AS places").await, vehicles);
    let report = store.verify_audit(&|_, _, signature| signature == [1], None).await.unwrap();
    assert_eq!(report.broken, None);
    assert_eq!(i64::try_from(report.entries + report.unsealed).unwrap(), vehicles, "one entry each");
}

async fn killed_again_and_again(engine: Engine) {
    let db = fresh(engine).await;
    let url = db.url.clone();
    db.close().await;
    let folder = tempfile::tempdir().unwrap();
    for round in 0..4 {
        let durable = write_and_kill(&url, 5 + 7 * round);
        let store = Store::connect(&url, testing::vault()).await.unwrap();
        check_everything(&store, durable).await;
        // What a killed writer leaves can be backed up, and the copy is whole.
        let path = folder.path().join(round.to_string());
        store.backup(&path, at(0), &[]).await.unwrap();
        let copy = fresh(if round % 2 == 0 { Engine::Sqlite } else { Engine::Postgres }).await;
        copy.restore(&path).await.unwrap();
        check_everything(&copy, durable).await;
        assert_eq!(contents(&copy).await, contents(&store).await);
        // And work goes on with it.
        issue(&copy, id(99), 1_000_000).await;
        check_everything(&copy, durable).await;
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_survives_kill_9() {
    killed_again_and_again(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_survives_kill_9() {
    killed_again_and_again(Engine::Postgres).await;
}

/// The writer is killed while a backup of the same database runs in this process: the archive is one moment of it, whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_database_is_one_moment() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let db = fresh(engine).await;
        let mut child = start(&db.url);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..20 {
            lines.next().unwrap().unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("busy");
        db.backup(&path, at(0), &[]).await.unwrap();
        child.kill().unwrap();
        drop(lines);
        child.wait().unwrap();
        let copy = fresh(engine).await;
        copy.restore(&path).await.unwrap();
        check_everything(&copy, 0).await;
    }
}
