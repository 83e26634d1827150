//! The schema: the same on both engines, ready for distribution, and guarded against wrong programs and wrong keys.

use std::{collections::BTreeSet, path::Path};

use aws_lc_rs::digest;
use luzheng_domain::credential::Reason;
use luzheng_store::{
    Engine, Error, SchemaState, Vault,
    credential::CredentialState,
    status::StatusValue,
    testing::{self, Value},
};

use crate::common::*;

fn scripts(engine: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mut scripts: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    scripts.sort();
    scripts
}

/// A script with the words that may differ between the engines made equal.
fn common(script: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    // SQLite compares texts by their bytes anyway.
    let by_bytes = |line: &str| line.starts_with("ALTER TABLE") && line.contains("COLLATE \"C\"");
    for line in script.lines().filter(|line| !line.trim_start().starts_with("--") && !by_bytes(line)) {
        // An id's bytes are the id itself on SQLite.
        let line =
            line.replace(") STRICT, WITHOUT ROWID;", ");").replace(") STRICT;", ");").replace("uuid_send(id)", "id");
        words.extend(line.split_whitespace().map(|word| match word.trim_end_matches([',', ';']) {
            "INTEGER" | "bigint" => word.replace("INTEGER", "int").replace("bigint", "int"),
            "TEXT" | "text" => word.replace("TEXT", "text"),
            // Ids are 16 bytes on SQLite.
            "BLOB" | "bytea" | "uuid" => {
                word.replace("BLOB", "bytes").replace("bytea", "bytes").replace("uuid", "bytes")
            }
            _ => word.to_owned(),
        }));
    }
    words.join(" ")
}

#[test]
fn both_sets_of_scripts_say_the_same() {
    let (sqlite, postgres) = (scripts("sqlite"), scripts("postgres"));
    assert!(sqlite.len() >= 9);
    assert_eq!(
        sqlite.iter().map(|script| &script.0).collect::<Vec<_>>(),
        postgres.iter().map(|script| &script.0).collect::<Vec<_>>()
    );
    for ((name, ours), (_, theirs)) in sqlite.iter().zip(&postgres) {
        assert_eq!(common(ours), common(theirs), "{name}");
        assert!(
            ours.matches("CREATE TABLE").count() == ours.matches(") STRICT").count(),
            "{name}: every table is STRICT"
        );
        assert!(!ours.to_uppercase().contains("TRIGGER") && !ours.to_uppercase().contains("REFERENCES"), "{name}");
    }
}

/// Which column each table is distributed by.
const SHARD_KEYS: &[(&str, &str)] = &[
    ("vehicle", "id"),
    ("vehicle_fact", "vehicle"),
    ("plate", "plate_number"),
    ("vin", "vin"),
    ("owner", "id"),
    ("owner_fact", "owner"),
    ("owner_number", "number_index"),
    ("driver", "id"),
    ("driver_fact", "driver"),
    ("driver_number", "number_index"),
    ("driver_photo", "driver"),
    ("licence_case", "subject"),
    ("case_action", "subject"),
    ("review", "subject"),
    ("holding", "subject"),
    ("proof", "subject"),
    ("proof_token", "token_hash"),
    ("proof_opening", "subject"),
    ("channel_setting", "owner"),
    ("push_subscription", "owner"),
    ("delivery", "owner"),
    ("vehicle_violation", "vehicle"),
    ("vehicle_standing", "vehicle"),
    ("vehicle_case", "vehicle"),
    ("paper_order", "vehicle"),
    ("filing", "person"),
    ("vehicle_share", "vehicle"),
    ("person_share", "person"),
    ("filing_consent", "token_hash"),
    ("filing_bar", "person"),
    ("officer_look", "officer"),
    ("bound_enrolment", "reference"),
    ("bound_device", "id"),
    ("bound_session", "token_hash"),
    ("bound_proof", "session"),
    ("partner_usage", "client"),
    ("partner_assertion", "client"),
    ("partner_check", "client"),
    ("received_proof", "client"),
    ("subscription", "client"),
    ("subscription_subject", "vehicle"),
    ("webhook", "vehicle"),
    ("vehicle_statement", "vehicle"),
    ("plate_past", "plate_number"),
    ("unit", "id"),
    ("unit_member", "unit"),
    ("unit_place", "unit"),
    ("person_unit", "person"),
    ("event", "id"),
    ("credential", "subject"),
    ("credential_change", "subject"),
    ("credential_message", "subject"),
    ("status_entry", "list"),
    ("status_dirty", "list"),
    ("status_publication", "list"),
    ("job", "id"),
    ("notice", "owner"),
    ("audit_tail", "id"),
    ("audit_entry", "subject"),
    ("person", "id"),
    ("session", "person"),
    ("session_token", "token_hash"),
    ("account", "person"),
    ("account_phone", "phone_index"),
    ("account_owner", "owner"),
    ("account_event", "person"),
    ("known_device", "person"),
    ("one_time_code", "place"),
    ("counter_code", "code_digest"),
    ("attempt", "bucket"),
    ("idempotency", "key"),
    ("passkey", "person"),
    ("passkey_credential", "credential_digest"),
    ("identity_link", "subject_index"),
    ("ceremony", "handle_hash"),
    ("look", "owner"),
    ("notice_code", "reference"),
    ("flag", "id"),
];
/// Small tables that stay in one place.
const LOCAL: &[&str] = &[
    "schema_script",
    "status_list",
    "audit_block",
    "signing_key",
    "trust_list",
    "meta",
    "import_run",
    "bulk_run",
    "work_run",
    "officer",
    "officer_duty",
    "reader_key",
    "partner_client",
    "partner_key",
    "partner_member",
    "pack",
];

#[tokio::test]
async fn the_schema_can_be_distributed() {
    let db = testing::postgres().await;
    let mut tx = db.write().await.unwrap();
    let rows =
        tx.raw_rows("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()", vec![]).await.unwrap();
    let tables: BTreeSet<String> = rows.into_iter().map(|mut row| row.text().unwrap()).collect();
    let known: BTreeSet<String> =
        SHARD_KEYS.iter().map(|(table, _)| *table).chain(LOCAL.iter().copied()).map(str::to_owned).collect();
    assert_eq!(tables, known, "every table is either distributed or local");

    let rules: String =
        include_str!("shard_rules.sql").lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    let (create, select) = rules.split_once(';').unwrap();
    tx.raw(create, vec![]).await.unwrap();
    for (table, column) in SHARD_KEYS {
        tx.raw(&format!("INSERT INTO shard_key VALUES ('{table}', '{column}')"), vec![]).await.unwrap();
    }
    let select = select.trim().trim_end_matches(';');
    assert_eq!(tx.raw_rows(select, vec![]).await.unwrap().len(), 0);
    // The rules do find what they are there for.
    tx.raw("CREATE UNIQUE INDEX wrong ON credential (id)", vec![]).await.unwrap();
    assert_eq!(tx.raw_rows(select, vec![]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let db = testing::empty(engine).await;
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Empty);
        let first = db.migrate().await.unwrap();
        assert_eq!(first.len(), scripts("sqlite").len());
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Ready { version: first.len() });
        assert_eq!(db.migrate().await.unwrap(), [""; 0]);
        db.check_vault().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_migrate_at_once_agree() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let db = testing::empty(engine).await;
        let other = db.open_again().await;
        let (one, two) = tokio::join!(db.migrate(), other.migrate());
        assert_eq!(one.unwrap().len() + two.unwrap().len(), scripts("sqlite").len(), "one of them did it");
    }
}

#[tokio::test]
async fn other_programs_databases_are_left_alone() {
    for db in testing::engines().await {
        let ready = scripts("sqlite").len();
        let mut tx = db.write().await.unwrap();
        tx.raw("INSERT INTO schema_script (name, checksum) VALUES ('9999_newer', (SELECT checksum FROM schema_script WHERE name = '0001_vehicle'))", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Ahead { version: ready + 1, expected: ready });
        assert!(db.migrate().await.unwrap_err().to_string().contains("newer program"));
        let mut tx = db.write().await.unwrap();
        tx.raw(
            "UPDATE schema_script SET checksum = (SELECT checksum FROM schema_script WHERE name = '0001_vehicle')",
            vec![],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(db.schema_state().await.unwrap(), SchemaState::Differs { .. }));
        let mut tx = db.write().await.unwrap();
        tx.raw("DELETE FROM schema_script WHERE name > '0005'", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(db.migrate().await.is_err());
    }
}

#[tokio::test]
async fn a_wrong_data_key_is_named_before_anything_happens() {
    for db in testing::engines().await {
        let wrong = db.open_with(Vault::new(&[8; 32])).await;
        for error in [wrong.check_vault().await.unwrap_err(), wrong.migrate().await.unwrap_err()] {
            assert!(matches!(error, Error::Broken { table: "meta", .. }), "{error}");
            let text = error.to_string();
            assert!(
                text.contains(&testing::vault().key_id()) && text.contains(&Vault::new(&[8; 32]).key_id()),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn an_address_nobody_answers_is_an_error() {
    for url in ["mysql://x", "", "postgres://nobody@localhost/x?host=/nowhere", "sqlite:/nowhere/at/all/x.sqlite"] {
        assert!(
            matches!(luzheng_store::Store::connect(url, testing::vault()).await, Err(Error::Engine { .. })),
            "{url}"
        );
    }
}

/// The scripts of the first release; what came later must bring such a database up to date with everything in it.
const FIRST_RELEASE: usize = 9;

/// One statement after the other of a script.
fn statements(script: &str) -> Vec<String> {
    let text: Vec<&str> = script.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let text = text.join("\n");
    text.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// A database as the first release made it, with a vehicle's mark that is suspended and an event about the vehicle.
async fn first_release(engine: Engine) -> testing::TestStore {
    let db = testing::empty(engine).await;
    let mut tx = db.write().await.unwrap();
    let bytes = if engine == Engine::Sqlite { "BLOB" } else { "bytea" };
    tx.raw(&format!("CREATE TABLE schema_script (name TEXT NOT NULL PRIMARY KEY, checksum {bytes} NOT NULL)"), vec![])
        .await
        .unwrap();
    for (name, script) in scripts(engine.name()).into_iter().take(FIRST_RELEASE) {
        for statement in statements(&script) {
            tx.raw(&statement, vec![]).await.unwrap();
        }
        let checksum = digest::digest(&digest::SHA256, script.as_bytes()).as_ref().to_vec();
        let name = name.trim_end_matches(".sql").to_owned();
        let values = vec![Value::Text(name), Value::Bytes(checksum)];
        tx.raw("INSERT INTO schema_script (name, checksum) VALUES ($1, $2)", values).await.unwrap();
    }
    let text = |text: &str| Value::Text(text.to_owned());
    let seal = db.vault().seal("status_list", "secret", &1_u32.to_be_bytes(), &[5; 32]).unwrap();
    let sql = "INSERT INTO status_list (list, size, used, secret, created_at) VALUES (1, 1048576, 7, $1, 0)";
    tx.raw(sql, vec![Value::Bytes(seal)]).await.unwrap();
    let sql = "INSERT INTO status_entry (list, idx, subject, credential, value, expires_on, version) VALUES (1, 77, $1, $2, 2, 20270531, 4)";
    tx.raw(sql, vec![Value::Id(id(1)), Value::Id(id(10))]).await.unwrap();
    let sql = "INSERT INTO credential (subject, id, kind, plate_number, class, valid_until, authority, list, idx, reason, cause, true_from, reserved_at, suspended_at, suspend_reason) \
               VALUES ($1, $2, 1, $3, '02', 202705, 320200, 1, 77, 'inspected', 'x', 0, 0, 5, 'stolen')";
    tx.raw(sql, vec![Value::Id(id(1)), Value::Id(id(10)), text("苏B12345")]).await.unwrap();
    // Bound to its place: length of the source, the source, the id.
    let body = db.vault().seal("event", "body", b"\0\x02gae1", b"{}").unwrap();
    let sql = "INSERT INTO event (source, id, digest, type, subject, occurred_at, received_at, outcome, vehicle, body, attempts) \
               VALUES ('ga', 'e1', $1, 'vehicle.inspected', 'vin:1', 0, 0, 'applied', $2, $3, 1)";
    tx.raw(sql, vec![Value::Bytes(vec![1; 32]), Value::Id(id(1)), Value::Bytes(body)]).await.unwrap();
    tx.commit().await.unwrap();
    db
}

#[tokio::test]
async fn a_database_of_the_first_release_is_brought_up_to_date() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let db = first_release(engine).await;
        let expected = scripts("sqlite").len();
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Behind { version: FIRST_RELEASE, expected });
        assert_eq!(db.migrate().await.unwrap().len(), expected - FIRST_RELEASE);
        let mut tx = db.write().await.unwrap();
        let mark = tx.find_credential(id(10)).await.unwrap().unwrap();
        assert_eq!((mark.subject_name.as_str(), mark.photo), ("苏B12345", None));
        assert!(matches!(mark.state, CredentialState::Suspended { reason: Reason::Stolen, .. }));
        assert_eq!(tx.status_value(mark.status).await.unwrap(), Some(StatusValue::Suspended));
        assert_eq!(tx.credential_at(mark.status).await.unwrap(), Some((id(1), id(10))));
        let events = tx.events_about(id(1), 10).await.unwrap();
        assert_eq!((events[0].about, events[0].body.as_slice()), (Some(id(1)), &b"{}"[..]));
        let lists: Vec<_> = tx.status_lists().await.unwrap().iter().map(|l| (l.list, l.used, l.bits)).collect();
        assert_eq!(lists, [(1, 7, 2)], "what there was are lists of marks");
        drop(tx);
        // The old list goes on where it stood, licences get one of their own.
        assert_eq!(db.allocate_status(KIND, 1, at(0)).await.unwrap()[0].list, 1);
        assert_eq!(licence_indices(&db, 1).await[0].list, 2);
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Ready { version: expected });
    }
}
