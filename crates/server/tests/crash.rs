//! `kill -9` at many moments during import, bulk issuing, events and publishing, then a restart: nothing lost, nothing twice.

use luzheng_domain::credential::CredentialKind;
use luzheng_store::testing::{TestStore, empty};
use luzheng_store::{Engine, Store, Vault};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use uuid::Uuid;

/// Vehicles in the fictional register.
const VEHICLES: u64 = 1_500;
/// Drivers in it.
const DRIVERS: u64 = 800;
/// Moments of death, in milliseconds after the start: early, while it works, and late.
const MOMENTS: &[u64] = &[15, 60, 140, 260, 400, 650];
/// The master key of these stores, so that the test can look inside.
const MASTER: &str = "0707070707070707070707070707070707070707070707070707070707070707";

fn luzheng(database: &str, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luzheng"));
    command
        .args(words)
        .env("LUZHENG_DATABASE", database)
        .env("LUZHENG_DATA_DIR", folder.join("keys"))
        .env("LUZHENG_MASTER_KEY", MASTER)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command to its end; it must end well.
fn done(database: &str, folder: &Path, words: &[&str]) -> serde_json::Value {
    let output = luzheng(database, folder, words).arg("--json").output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{words:?} ended with {:?}\n{said}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(&said).unwrap_or(serde_json::Value::Null)
}

/// Starts a command and kills it at each of the moments.
fn killed(database: &str, folder: &Path, words: &[&str]) {
    for moment in MOMENTS {
        let mut child =
            luzheng(database, folder, words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(*moment));
        // SIGKILL: no handler runs, nothing is flushed.
        let _ = child.kill();
        let _ = child.wait();
    }
}

async fn check(url: &str, imported: u64) {
    let store = Store::connect(url, Vault::new(&[7; 32])).await.expect("it opens");
    let mut tx = store.read().await.expect("it reads");
    assert_eq!(tx.vehicle_count().await.expect("counts"), imported);
    let counts = tx.credential_counts(CredentialKind::InspectionMark).await.expect("counts");
    assert_eq!(counts.unsigned, 0, "a reserved mark was never signed");
    let mut after = None;
    let mut places = std::collections::HashSet::new();
    loop {
        let page = tx.vehicles(after, 500).await.expect("a page");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for vehicle in &page {
            let marks = tx.credentials_of(vehicle.id).await.expect("marks");
            let current = marks
                .iter()
                .filter(|m| !matches!(m.state, luzheng_store::credential::CredentialState::Ended { .. }))
                .count();
            assert!(current <= 1, "vehicle {} has {current} current marks", vehicle.id);
            assert!(marks.iter().all(|m| places.insert(m.status)), "a status entry was used twice");
        }
    }
    assert_eq!(tx.signed_without_batch().await.expect("counts"), 0);
    assert!(tx.signed_batches(Uuid::nil(), 10).await.expect("batches").len() > 1);
}

/// Every driver is there once, and every penalty of the events once in one account.
async fn check_drivers(url: &str, expected: u64, events: &str) {
    let store = Store::connect(url, Vault::new(&[7; 32])).await.expect("it opens");
    let mut tx = store.read().await.expect("it reads");
    assert_eq!(tx.driver_count().await.expect("counts"), expected);
    let told = events.lines().filter(|line| line.contains("\"driver.points_entered\"")).count();
    let drivers = tx.drivers_page(None, &[], 5_000).await.expect("a page");
    let entries: Vec<&str> =
        drivers.iter().flat_map(|driver| &driver.facts.points.entries).map(|entry| entry.id.as_str()).collect();
    let different: std::collections::HashSet<&str> = entries.iter().copied().collect();
    assert_eq!((entries.len(), different.len()), (told, told), "a penalty was lost or entered twice");
    assert!(told > 0);
}

async fn ordeal(place: TestStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, folder) = (place.url.as_str(), folder.path());
    let (vehicles, drivers) = (VEHICLES.to_string(), DRIVERS.to_string());
    done(url, folder, &["synth", "--vehicles", &vehicles, "--drivers", &drivers, "--seed", "5", "--out", "register"]);
    done(url, folder, &["migrate"]);
    killed(url, folder, &["import", "vehicles", "register/vehicles.csv"]);
    let import = done(url, folder, &["import", "vehicles", "register/vehicles.csv"]);
    let again = done(url, folder, &["import", "vehicles", "register/vehicles.csv"]);
    assert_eq!(again["files"][0]["inserted"], 0, "{again}");
    assert_eq!(again["files"][0]["unchanged"], import["files"][0]["read"], "{again}");
    killed(url, folder, &["import", "drivers", "register/drivers.csv"]);
    let import = done(url, folder, &["import", "drivers", "register/drivers.csv"]);
    let again = done(url, folder, &["import", "drivers", "register/drivers.csv"]);
    assert_eq!(again["files"][0]["inserted"], 0, "{again}");
    assert_eq!(again["files"][0]["unchanged"], import["files"][0]["read"], "{again}");
    killed(url, folder, &["issue", "bulk", "--kind", "inspection-mark"]);
    done(url, folder, &["issue", "bulk", "--kind", "inspection-mark"]);
    let again = done(url, folder, &["issue", "bulk", "--kind", "inspection-mark"]);
    assert_eq!(again["issued"], 0, "{again}");
    killed(url, folder, &["import", "events", "register/events.ndjson"]);
    let first = done(url, folder, &["import", "events", "register/events.ndjson"]);
    let again = done(url, folder, &["import", "events", "register/events.ndjson"]);
    assert_eq!(again["files"][0]["applied"], 0, "{again}");
    assert_eq!(again["files"][0]["read"], first["files"][0]["read"]);
    killed(url, folder, &["status", "publish"]);
    done(url, folder, &["issue", "bulk", "--kind", "inspection-mark"]);
    done(url, folder, &["status", "publish", "--out", "status"]);
    let proof = done(url, folder, &["audit", "verify"]);
    assert_eq!(proof["problems"], serde_json::json!([]), "{proof}");
    assert!(proof["batches"].as_u64() > Some(0), "{proof}");
    let events = std::fs::read_to_string(folder.join("register/events.ndjson")).expect("the events");
    let registered = events.lines().filter(|line| line.contains("\"vehicle.registered\"")).count() as u64;
    check(url, VEHICLES + registered).await;
    let licences = events.lines().filter(|line| line.contains("\"driver.licence_issued\"")).count() as u64;
    check_drivers(url, DRIVERS + licences, &events).await;
    done(url, folder, &["backup", "--out", "saved.lzb"]);
}

#[tokio::test]
async fn killed_on_sqlite() {
    ordeal(empty(Engine::Sqlite).await).await;
}

#[tokio::test]
async fn killed_on_postgresql() {
    ordeal(empty(Engine::Postgres).await).await;
}
