//! `kill -9` in the middle of an import.

use crate::bench::{Row, count, csv, row};
use luzheng_store::Engine;
use luzheng_store::testing::{TestStore, empty};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const VEHICLES: u32 = 17_000;

fn luzheng(store: &TestStore, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luzheng"));
    command
        .env("LUZHENG_DATABASE", &store.url)
        .env("LUZHENG_DATA_DIR", folder.join("data"))
        .env_remove("LUZHENG_CONFIG")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[tokio::test]
async fn a_killed_import_is_taken_up_again_without_loss_or_doubles() {
    let rows: Vec<Row> = (1..=VEHICLES).map(row).collect();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let store = empty(engine).await;
        let folder = TempDir::new().expect("a scratch folder");
        let file = folder.path().join("register.csv");
        std::fs::write(&file, csv(&rows)).expect("a scratch file");
        assert!(luzheng(&store, folder.path()).arg("migrate").status().expect("it runs").success());
        // Each time it is killed as soon as something new has arrived.
        let mut arrived = 0;
        for _ in 0..3 {
            let mut child =
                luzheng(&store, folder.path()).args(["import", "vehicles"]).arg(&file).spawn().expect("it starts");
            let ended = loop {
                if let Some(status) = child.try_wait().expect("it can be asked") {
                    break Some(status);
                }
                let now = count(&store).await;
                if now > arrived {
                    arrived = now;
                    child.kill().expect("it can be killed");
                    child.wait().expect("it ends");
                    break None;
                }
                tokio::task::yield_now().await;
            };
            assert!(ended.is_none_or(|status| status.success()), "{engine:?}: it ended by itself, badly");
        }
        let status = luzheng(&store, folder.path()).args(["import", "vehicles"]).arg(&file).status().expect("it runs");
        assert_eq!((status.code(), count(&store).await), (Some(0), u64::from(VEHICLES)), "{engine:?}");
        let mut after = None;
        loop {
            let page = store.read().await.expect("the store works").vehicles(after, 5_000).await.expect("read");
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            assert!(page.iter().all(|vehicle| vehicle.version == 1), "{engine:?}");
        }
        let proved = luzheng(&store, folder.path()).args(["audit", "verify"]).status().expect("it runs");
        assert_eq!(proved.code(), Some(0), "{engine:?}: the journal");
    }
}
