//! Every table with its columns and kinds, in one place: what a backup contains. A test compares it with both schemas.

use crate::value::Kind::{self, Bytes, Id, Int, Text};

/// A table of the schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns in their order.
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// Its primary key, the order of a backup.
    pub(crate) key: &'static str,
}

/// All tables but `schema_script`, which says how the others came to be.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "vehicle",
        columns: &[
            ("id", Id),
            ("version", Int),
            ("vin", Text),
            ("plate_number", Text),
            ("plate_type", Text),
            ("owner", Id),
            ("division", Int),
        ],
        key: "id",
    },
    Table {
        name: "vehicle_fact",
        columns: &[
            ("vehicle", Id),
            ("version", Int),
            ("true_from", Int),
            ("known_from", Int),
            ("cause", Text),
            ("plate_number", Text),
            ("plate_type", Text),
            ("vin", Text),
            ("vehicle_type", Text),
            ("use_nature", Text),
            ("seats", Int),
            ("registered_on", Int),
            ("manufactured_on", Int),
            ("energy", Text),
            ("colour", Text),
            ("division", Int),
            ("status", Text),
            ("valid_until", Int),
            ("insurance_until", Int),
            ("casualty_accident", Int),
            ("illegal_modification", Int),
            ("owner", Id),
        ],
        key: "vehicle, version",
    },
    Table {
        name: "plate",
        columns: &[("plate_number", Text), ("plate_type", Text), ("vehicle", Id)],
        key: "plate_number, plate_type",
    },
    Table { name: "vin", columns: &[("vin", Text), ("vehicle", Id)], key: "vin" },
    Table { name: "owner", columns: &[("id", Id), ("version", Int)], key: "id" },
    Table {
        name: "owner_fact",
        columns: &[
            ("owner", Id),
            ("version", Int),
            ("true_from", Int),
            ("known_from", Int),
            ("kind", Text),
            ("number", Bytes),
            ("name", Bytes),
            ("phone", Bytes),
            ("digest", Bytes),
        ],
        key: "owner, version",
    },
    Table { name: "owner_number", columns: &[("number_index", Bytes), ("owner", Id)], key: "number_index" },
    Table {
        name: "event",
        columns: &[
            ("source", Text),
            ("id", Text),
            ("digest", Bytes),
            ("type", Text),
            ("subject", Text),
            ("occurred_at", Int),
            ("received_at", Int),
            ("outcome", Text),
            ("about", Id),
            ("body", Bytes),
            ("detail", Text),
            ("attempts", Int),
            ("due_at", Int),
            ("settled_at", Int),
        ],
        key: "source, id",
    },
    Table {
        name: "credential",
        columns: &[
            ("subject", Id),
            ("id", Id),
            ("kind", Int),
            ("subject_name", Text),
            ("class", Text),
            ("valid_until", Int),
            ("authority", Int),
            ("list", Int),
            ("idx", Int),
            ("reason", Text),
            ("cause", Text),
            ("true_from", Int),
            ("reserved_at", Int),
            ("replaces", Id),
            ("suspended_at", Int),
            ("suspend_reason", Text),
            ("ended_at", Int),
            ("end_reason", Text),
            ("photo", Id),
        ],
        key: "subject, id",
    },
    Table {
        name: "credential_change",
        columns: &[
            ("subject", Id),
            ("credential", Id),
            ("version", Int),
            ("what", Text),
            ("true_at", Int),
            ("known_at", Int),
            ("actor", Text),
            ("reason", Text),
            ("note", Text),
        ],
        key: "subject, credential, version",
    },
    Table {
        name: "credential_message",
        columns: &[
            ("subject", Id),
            ("credential", Id),
            ("kid", Bytes),
            ("message", Bytes),
            ("batch", Id),
            ("signed_at", Int),
        ],
        key: "subject, credential",
    },
    Table {
        name: "status_list",
        columns: &[("list", Int), ("size", Int), ("used", Int), ("secret", Bytes), ("created_at", Int), ("bits", Int)],
        key: "list",
    },
    Table {
        name: "status_entry",
        columns: &[
            ("list", Int),
            ("idx", Int),
            ("subject", Id),
            ("credential", Id),
            ("value", Int),
            ("expires_on", Int),
            ("version", Int),
        ],
        key: "list, idx",
    },
    Table {
        name: "status_dirty",
        columns: &[("list", Int), ("idx", Int), ("version", Int)],
        key: "list, idx, version",
    },
    Table {
        name: "status_publication",
        columns: &[("list", Int), ("seq", Int), ("iat", Int), ("exp", Int), ("jwt", Bytes), ("cwt", Bytes)],
        key: "list, seq",
    },
    Table {
        name: "job",
        columns: &[
            ("id", Id),
            ("kind", Text),
            ("subject", Id),
            ("reference", Text),
            ("due_at", Int),
            ("attempts", Int),
            ("lease", Id),
            ("created_at", Int),
            ("failed", Text),
            ("given_up", Int),
        ],
        key: "id",
    },
    Table {
        name: "notice",
        columns: &[
            ("owner", Id),
            ("id", Id),
            ("dedupe", Text),
            ("kind", Text),
            ("params", Text),
            ("created_at", Int),
            ("read_at", Int),
        ],
        key: "owner, id",
    },
    Table {
        name: "audit_tail",
        columns: &[
            ("id", Id),
            ("at", Int),
            ("actor", Text),
            ("action", Text),
            ("subject", Id),
            ("purpose", Text),
            ("detail", Text),
        ],
        key: "id",
    },
    Table {
        name: "audit_block",
        columns: &[
            ("block", Int),
            ("prev_hash", Bytes),
            ("entries", Bytes),
            ("entry_count", Int),
            ("hash", Bytes),
            ("kid", Bytes),
            ("signature", Bytes),
            ("sealed_at", Int),
        ],
        key: "block",
    },
    Table {
        name: "audit_entry",
        columns: &[("subject", Id), ("block", Int), ("pos", Int)],
        key: "subject, block, pos",
    },
    Table {
        name: "person",
        columns: &[("id", Id), ("role", Text), ("owner", Id), ("name", Bytes), ("params", Text), ("created_at", Int)],
        key: "id",
    },
    Table {
        name: "session",
        columns: &[
            ("person", Id),
            ("id", Id),
            ("role", Text),
            ("how", Text),
            ("ceiling", Int),
            ("agent", Text),
            ("device", Bytes),
            ("created_at", Int),
            ("authenticated_at", Int),
            ("last_seen_at", Int),
            ("idle_until", Int),
            ("expires_at", Int),
        ],
        key: "person, id",
    },
    Table {
        name: "session_token",
        columns: &[("token_hash", Bytes), ("person", Id), ("session", Id)],
        key: "token_hash",
    },
    Table {
        name: "account",
        columns: &[("person", Id), ("phone", Bytes), ("level", Int), ("how", Text), ("changed_at", Int)],
        key: "person",
    },
    Table { name: "account_phone", columns: &[("phone_index", Bytes), ("person", Id)], key: "phone_index" },
    Table { name: "account_owner", columns: &[("owner", Id), ("person", Id)], key: "owner" },
    Table {
        name: "account_event",
        columns: &[("person", Id), ("id", Id), ("at", Int), ("what", Text), ("device", Bytes)],
        key: "person, id",
    },
    Table {
        name: "known_device",
        columns: &[("person", Id), ("device_hash", Bytes), ("first_at", Int), ("last_at", Int)],
        key: "person, device_hash",
    },
    Table {
        name: "one_time_code",
        columns: &[
            ("place", Bytes),
            ("id", Id),
            ("code_digest", Bytes),
            ("tries", Int),
            ("created_at", Int),
            ("expires_at", Int),
        ],
        key: "place",
    },
    Table {
        name: "counter_code",
        columns: &[("code_digest", Bytes), ("owner", Id), ("made_by", Id), ("created_at", Int), ("expires_at", Int)],
        key: "code_digest",
    },
    Table {
        name: "attempt",
        columns: &[
            ("bucket", Bytes),
            ("tries", Int),
            ("since", Int),
            ("locks", Int),
            ("locked_until", Int),
            ("forget_at", Int),
        ],
        key: "bucket",
    },
    Table {
        name: "idempotency",
        columns: &[("actor", Text), ("key", Text), ("digest", Bytes), ("response", Bytes), ("created_at", Int)],
        key: "actor, key",
    },
    Table {
        name: "signing_key",
        columns: &[
            ("kid", Bytes),
            ("alg", Text),
            ("key_use", Text),
            ("regions", Text),
            ("not_before", Int),
            ("not_after", Int),
            ("state", Text),
            ("reason", Text),
            ("retired_at", Int),
            ("spki", Bytes),
            ("certificate", Bytes),
            ("location", Text),
            ("created_at", Int),
        ],
        key: "kid",
    },
    Table { name: "trust_list", columns: &[("seq", Int), ("iat", Int), ("exp", Int), ("bytes", Bytes)], key: "seq" },
    Table { name: "meta", columns: &[("key", Text), ("value", Bytes)], key: "key" },
    Table {
        name: "import_run",
        columns: &[
            ("id", Id),
            ("source", Text),
            ("digest", Bytes),
            ("rows_done", Int),
            ("summary", Text),
            ("started_at", Int),
            ("updated_at", Int),
            ("finished_at", Int),
        ],
        key: "id",
    },
    Table {
        name: "bulk_run",
        columns: &[
            ("id", Id),
            ("kind", Int),
            ("scope", Text),
            ("after_subject", Id),
            ("done", Int),
            ("summary", Text),
            ("started_at", Int),
            ("updated_at", Int),
            ("finished_at", Int),
        ],
        key: "id",
    },
    Table {
        name: "driver",
        columns: &[
            ("id", Id),
            ("version", Int),
            ("owner", Id),
            ("division", Int),
            ("valid_until", Int),
            ("status", Text),
            ("applied_on", Int),
            ("told", Bytes),
        ],
        key: "id",
    },
    Table {
        name: "driver_fact",
        columns: &[
            ("driver", Id),
            ("version", Int),
            ("true_from", Int),
            ("known_from", Int),
            ("cause", Text),
            ("owner", Id),
            ("division", Int),
            ("licence", Bytes),
        ],
        key: "driver, version",
    },
    Table { name: "driver_number", columns: &[("number_index", Bytes), ("driver", Id)], key: "number_index" },
    Table {
        name: "driver_photo",
        columns: &[
            ("driver", Id),
            ("id", Id),
            ("state", Text),
            ("origin", Text),
            ("width", Int),
            ("height", Int),
            ("taken_on", Int),
            ("checks", Text),
            ("created_at", Int),
            ("digest", Bytes),
            ("bytes", Bytes),
        ],
        key: "driver, id",
    },
    Table {
        name: "licence_case",
        columns: &[
            ("subject", Id),
            ("id", Id),
            ("owner", Id),
            ("kind", Text),
            ("status", Text),
            ("urgent", Int),
            ("photo", Id),
            ("opened_at", Int),
            ("expected_by", Int),
            ("version", Int),
            ("updated_at", Int),
            ("closed_at", Int),
        ],
        key: "subject, id",
    },
    Table {
        name: "case_action",
        columns: &[
            ("subject", Id),
            ("case_id", Id),
            ("seq", Int),
            ("at", Int),
            ("actor", Text),
            ("what", Text),
            ("data", Text),
            ("note", Bytes),
        ],
        key: "subject, case_id, seq",
    },
    Table {
        name: "review",
        columns: &[
            ("subject", Id),
            ("id", Id),
            ("case_id", Id),
            ("photo", Id),
            ("look", Int),
            ("rank", Int),
            ("state", Text),
            ("submitted_at", Int),
            ("first_reviewer", Id),
            ("reviewer", Id),
            ("claimed_at", Int),
            ("lease_until", Int),
            ("decision", Text),
            ("reason", Text),
            ("decided_at", Int),
            ("undo_until", Int),
        ],
        key: "subject, id",
    },
    Table {
        name: "holding",
        columns: &[
            ("subject", Id),
            ("id", Id),
            ("credential", Id),
            ("device_key", Bytes),
            ("name", Bytes),
            ("list", Int),
            ("idx", Int),
            ("bound_at", Int),
            ("ended_at", Int),
            ("end_reason", Text),
        ],
        key: "subject, id",
    },
    Table {
        name: "proof",
        columns: &[
            ("subject", Id),
            ("id", Id),
            ("purpose", Text),
            ("recipient", Bytes),
            ("note", Bytes),
            ("created_at", Int),
            ("expires_at", Int),
            ("revoked_at", Int),
        ],
        key: "subject, id",
    },
    Table { name: "proof_token", columns: &[("token_hash", Bytes), ("subject", Id), ("proof", Id)], key: "token_hash" },
    Table {
        name: "proof_opening",
        columns: &[("subject", Id), ("proof", Id), ("id", Id), ("at", Int)],
        key: "subject, proof, id",
    },
    Table {
        name: "passkey",
        columns: &[
            ("person", Id),
            ("id", Id),
            ("credential_digest", Bytes),
            ("name", Bytes),
            ("credential", Bytes),
            ("synced", Int),
            ("created_at", Int),
            ("last_used_at", Int),
        ],
        key: "person, id",
    },
    Table {
        name: "passkey_credential",
        columns: &[("credential_digest", Bytes), ("person", Id), ("passkey", Id)],
        key: "credential_digest",
    },
    Table {
        name: "identity_link",
        columns: &[("subject_index", Bytes), ("person", Id), ("linked_at", Int)],
        key: "subject_index",
    },
    Table {
        name: "ceremony",
        columns: &[("handle_hash", Bytes), ("kind", Text), ("state", Bytes), ("expires_at", Int)],
        key: "handle_hash",
    },
    Table {
        name: "channel_setting",
        columns: &[("owner", Id), ("sms", Int), ("email", Bytes), ("updated_at", Int)],
        key: "owner",
    },
    Table {
        name: "push_subscription",
        columns: &[
            ("owner", Id),
            ("id", Id),
            ("endpoint_digest", Bytes),
            ("endpoint", Bytes),
            ("keys", Bytes),
            ("created_at", Int),
        ],
        key: "owner, id",
    },
    Table {
        name: "delivery",
        columns: &[
            ("owner", Id),
            ("notice", Id),
            ("channel", Text),
            ("state", Text),
            ("due_at", Int),
            ("attempts", Int),
            ("lease", Id),
            ("error", Text),
            ("created_at", Int),
            ("settled_at", Int),
        ],
        key: "owner, notice, channel",
    },
    Table {
        name: "filing",
        columns: &[
            ("person", Id),
            ("id", Id),
            ("kind", Text),
            ("relation", Text),
            ("vehicle", Id),
            ("owner", Id),
            ("plate_number", Text),
            ("plate_type", Text),
            ("state", Text),
            ("code_digest", Bytes),
            ("tries", Int),
            ("code_expires_at", Int),
            ("expires_at", Int),
            ("created_at", Int),
            ("active_from", Int),
            ("ended_at", Int),
            ("end_reason", Text),
        ],
        key: "person, id",
    },
    Table {
        name: "vehicle_share",
        columns: &[("vehicle", Id), ("kind", Text), ("place", Int), ("person", Id), ("filing", Id)],
        key: "vehicle, kind, place",
    },
    Table {
        name: "person_share",
        columns: &[("person", Id), ("kind", Text), ("place", Int), ("vehicle", Id), ("filing", Id)],
        key: "person, kind, place",
    },
    Table {
        name: "filing_consent",
        columns: &[("token_hash", Bytes), ("vehicle", Id), ("owner", Id), ("expires_at", Int)],
        key: "token_hash",
    },
    Table {
        name: "filing_bar",
        columns: &[("person", Id), ("reason", Bytes), ("actor", Text), ("at", Int)],
        key: "person",
    },
    Table { name: "unit", columns: &[("id", Id), ("created_at", Int), ("actor", Text)], key: "id" },
    Table {
        name: "unit_member",
        columns: &[("unit", Id), ("id", Id), ("person", Id), ("role", Text), ("since", Int), ("ended_at", Int)],
        key: "unit, id",
    },
    Table {
        name: "unit_place",
        columns: &[("unit", Id), ("place", Int), ("role", Text), ("role_place", Int), ("person", Id), ("member", Id)],
        key: "unit, place",
    },
    Table {
        name: "person_unit",
        columns: &[("person", Id), ("counted", Int), ("place", Int), ("unit", Id), ("member", Id)],
        key: "person, counted, place",
    },
    Table {
        name: "vehicle_violation",
        columns: &[
            ("vehicle", Id),
            ("number", Text),
            ("body", Bytes),
            ("cause", Text),
            ("known_at", Int),
            ("handled_at", Int),
            ("voided_at", Int),
        ],
        key: "vehicle, number",
    },
    Table {
        name: "vehicle_standing",
        columns: &[
            ("vehicle", Id),
            ("insurer", Text),
            ("insured_until", Int),
            ("policy", Bytes),
            ("tax_year", Int),
            ("tax_exempt", Int),
            ("own_letter", Int),
            ("updated_at", Int),
        ],
        key: "vehicle",
    },
    Table {
        name: "vehicle_case",
        columns: &[
            ("vehicle", Id),
            ("id", Id),
            ("owner", Id),
            ("kind", Text),
            ("status", Text),
            ("opened_at", Int),
            ("version", Int),
            ("updated_at", Int),
            ("closed_at", Int),
        ],
        key: "vehicle, id",
    },
    Table {
        name: "paper_order",
        columns: &[
            ("vehicle", Id),
            ("id", Id),
            ("case_id", Id),
            ("way", Text),
            ("division", Int),
            ("office", Text),
            ("state", Text),
            ("receiver", Bytes),
            ("carrier", Text),
            ("tracking", Bytes),
            ("collect_by", Int),
            ("undo_until", Int),
            ("ordered_at", Int),
            ("updated_at", Int),
            ("closed_at", Int),
        ],
        key: "vehicle, id",
    },
    Table {
        name: "work_run",
        columns: &[
            ("kind", Text),
            ("scope", Text),
            ("id", Id),
            ("after_subject", Id),
            ("done", Int),
            ("summary", Text),
            ("started_at", Int),
            ("updated_at", Int),
            ("finished_at", Int),
        ],
        key: "kind, scope",
    },
    Table {
        name: "look",
        columns: &[
            ("owner", Id),
            ("id", Id),
            ("at", Int),
            ("by_role", Text),
            ("purpose", Text),
            ("about", Text),
            ("subject", Id),
            ("what", Text),
            ("how", Text),
            ("label", Bytes),
            ("recipient", Bytes),
        ],
        key: "owner, id",
    },
    Table {
        name: "notice_code",
        columns: &[("reference", Bytes), ("notice", Id), ("owner", Id)],
        key: "reference, notice",
    },
];

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{db::Engine, testing, value::Value};

    /// The columns of a table as the engine's own catalogue has them, with the kind their type stands for.
    async fn catalogue(tx: &mut crate::Tx, table: &str) -> Vec<(String, Kind)> {
        let sql = match tx.engine() {
            Engine::Sqlite => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
            Engine::Postgres => {
                "SELECT column_name::text, data_type::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
            }
        };
        let rows = tx.raw_rows(sql, vec![Value::from(table)]).await.expect("the catalogue answers");
        let column = |mut row: crate::value::Row| {
            let (name, data_type) = (row.text().expect("a name"), row.text().expect("a type"));
            let kind = match data_type.as_str() {
                "INTEGER" | "bigint" => Int,
                "TEXT" | "text" => Text,
                "BLOB" | "bytea" => Bytes,
                "uuid" => Id,
                other => panic!("{table}.{name} has the type {other}"),
            };
            (name, kind)
        };
        rows.into_iter().map(column).collect()
    }

    #[tokio::test]
    async fn the_list_is_the_schema() {
        for db in testing::engines().await {
            let mut tx = db.read().await.expect("reads");
            for table in TABLES {
                let found = catalogue(&mut tx, table.name).await;
                // SQLite keeps ids as bytes.
                let same = |kind: Kind| if db.engine() == Engine::Sqlite && kind == Id { Bytes } else { kind };
                let listed: Vec<_> =
                    table.columns.iter().map(|(name, kind)| ((*name).to_owned(), same(*kind))).collect();
                assert_eq!(found, listed, "{}", table.name);
            }
            let sql = match db.engine() {
                Engine::Sqlite => {
                    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                }
                Engine::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()",
            };
            let tables = tx.raw_rows(sql, vec![]).await.expect("counts").remove(0).int().expect("a number");
            assert_eq!(usize::try_from(tables), Ok(TABLES.len() + 1), "all but schema_script are listed");
        }
    }
}
