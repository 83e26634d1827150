//! A `PostgreSQL` server of one test's own, that can be stopped and started again.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::postgres::SCRIPT;

/// A private server. It ends, and its data with it, when this value goes.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    _above: TempDir,
}

impl Cluster {
    /// Starts a fresh one. Panics with a clear sentence when `PostgreSQL` is missing.
    pub fn start() -> Self {
        // Directly below /tmp: socket paths are short, and the user that PostgreSQL runs as must be able to come here.
        let above = tempfile::Builder::new().prefix("luzheng-pg-").tempdir_in("/tmp").expect("a scratch folder");
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(above.path(), open).expect("the folder is ours");
        let cluster = Self { folder: above.path().join("own"), _above: above };
        cluster.run("ensure");
        cluster
    }

    /// The address of its only database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }

    /// Stops it at once, as a crash would; its data stay.
    pub fn halt(&self) {
        self.run("halt");
    }

    /// Starts it again; when this returns it takes connections.
    pub fn resume(&self) {
        self.run("resume");
    }

    fn run(&self, what: &str) {
        let mut command = Command::new("bash");
        command.args(["-c", SCRIPT, "postgres.sh", what]).arg(&self.folder).stdin(Stdio::null());
        command.env("SYNCHRONOUS_COMMIT", "on");
        let output = command.output().expect("bash is there");
        assert!(output.status.success(), "PostgreSQL, {what}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut command = Command::new("bash");
        command.args(["-c", SCRIPT, "postgres.sh", "stop"]).arg(&self.folder).stdin(Stdio::null());
        if !command.status().is_ok_and(|status| status.success()) {
            tracing::warn!("a test server stays behind");
        }
    }
}
