//! The register's copy, credentials, jobs and journal on SQLite or PostgreSQL: the only crate that knows SQL.
