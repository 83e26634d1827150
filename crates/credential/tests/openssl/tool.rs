//! The `openssl` command line as an independent witness, in a folder of its own for each test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The user identity of SM2, spelled out a second time: `openssl pkeyutl` has no default.
pub const DISTID: &str = "distid:1234567812345678";
/// Passphrase of the key files in these tests.
pub const PASSPHRASE: &str = "correct horse";

/// A scratch folder in which `openssl` runs.
pub struct OpenSsl(tempfile::TempDir);

impl OpenSsl {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("written");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("read")
    }

    /// Runs `openssl` and returns what it said, whether it agreed or not.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = Command::new("openssl").args(arguments).current_dir(self.0.path()).output();
        output.expect("these tests need the openssl command line, version 3: install the package openssl")
    }

    /// Runs `openssl`, which has to succeed.
    pub fn must(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
        output.stdout
    }
}

/// PEM around DER.
pub fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")).into_bytes()
}

/// `r || s` as `SEQUENCE { INTEGER, INTEGER }`, the form that openssl wants.
pub fn to_der(signature: &[u8; 64]) -> Vec<u8> {
    let mut body = Vec::new();
    for half in signature.chunks(32) {
        let mut number: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        if number.first().is_none_or(|byte| *byte >= 0x80) {
            number.insert(0, 0);
        }
        body.extend([2, u8::try_from(number.len()).expect("short")]);
        body.extend(number);
    }
    [&[0x30, u8::try_from(body.len()).expect("short")], &body[..]].concat()
}

/// The way back.
pub fn from_der(der: &[u8]) -> [u8; 64] {
    let mut signature = [0; 64];
    let mut rest = &der[2..];
    for half in signature.chunks_mut(32) {
        let length = usize::from(rest[1]);
        let number: Vec<u8> = rest[2..2 + length].iter().copied().skip_while(|byte| *byte == 0).collect();
        half[32 - number.len()..].copy_from_slice(&number);
        rest = &rest[2 + length..];
    }
    assert!(rest.is_empty());
    signature
}

/// `path` as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
