//! Signing with a key in a PKCS#11 token: SoftHSM2 with a token folder of this test's own.
#![cfg(feature = "pkcs11")]

use std::path::{Path, PathBuf};
use std::process::Command;

use luzheng_credential::sign::pkcs11::{Find, LABEL_MAX, Token, TokenError};
use luzheng_credential::sign::{Algorithm, BadSignature, Signer};

const PIN: &str = "246810";
const LABEL: &str = "luzheng-test";

/// Where Debian, Fedora and Homebrew put the library.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

fn library() -> PathBuf {
    let found = LIBRARIES.iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("this test needs SoftHSM2 (Debian: the package softhsm2); `make test` installs it")
}

/// The test process itself must be started with SOFTHSM2_CONF, because the library reads it from the environment when it
/// is loaded; so the test starts itself again as a child with that variable set.
fn in_child(name: &str, configuration: &Path) {
    let child = Command::new(std::env::current_exe().expect("own path"))
        .args(["--exact", name, "--nocapture"])
        .env("SOFTHSM2_CONF", configuration)
        .env("LUZHENG_PKCS11_CHILD", "1")
        .output()
        .expect("child");
    let said = format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success(), "{said}");
    assert!(said.contains("1 passed"), "the child ran another test than {name}: {said}");
}

fn new_token(folder: &Path) -> PathBuf {
    let configuration = folder.join("softhsm2.conf");
    let tokens = folder.join("tokens");
    std::fs::create_dir(&tokens).expect("folder");
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
    std::fs::write(&configuration, text).expect("configuration");
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "13579111"])
        .env("SOFTHSM2_CONF", &configuration)
        .output()
        .expect("this test needs softhsm2-util (Debian: the package softhsm2); `make test` installs it");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    configuration
}

/// One process, one token, one story: SoftHSM2 is process-wide state, so this is one test.
#[test]
fn a_key_in_a_token_signs() {
    let library = library();
    if std::env::var_os("LUZHENG_PKCS11_CHILD").is_none() {
        let folder = tempfile::tempdir().expect("folder");
        return in_child("a_key_in_a_token_signs", &new_token(folder.path()));
    }
    let token = Token::open(&library, LABEL, PIN).expect("token");
    let made = token.generate("mark 320200", &[1, 2, 3]).expect("key");
    signs(&made);

    let by_label = token.key(Find::Label("mark 320200")).expect("key");
    let by_id = token.key(Find::Id(&[1, 2, 3])).expect("key");
    assert_eq!((by_label.kid(), by_id.kid()), (made.kid(), made.kid()));
    signs(&by_label);
    assert!(!format!("{token:?} {made:?}").contains(PIN));

    refusals(&token, &library);

    let another = token.generate("live 320200", &[4]).expect("key");
    let signature = another.sign(b"message").expect("signature");
    assert_eq!(made.public_key().verify(b"message", &signature), Err(BadSignature), "another key of the token");
    several_threads(&made);

    drop((made, by_label, by_id, another, token));
    let again = Token::open(&library, LABEL, PIN).expect("token");
    signs(&again.key(Find::Label("mark 320200")).expect("the key is still there"));
}

fn signs(key: &dyn Signer) {
    assert_eq!(key.algorithm(), Algorithm::Es256);
    // Enough that r or s begins with a zero byte in some of them.
    for round in 0..64u8 {
        let message = [b"message ".as_slice(), &[round]].concat();
        let signature = key.sign(&message).expect("signature");
        assert_eq!(key.public_key().verify(&message, &signature), Ok(()));
        assert_eq!(key.public_key().verify(b"another", &signature), Err(BadSignature));
    }
}

fn several_threads(key: &dyn Signer) {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| signs(key));
        }
    });
}

fn refusals(token: &Token, library: &Path) {
    assert!(matches!(token.key(Find::Label("none")), Err(TokenError::NoKey(_))));
    assert!(matches!(token.key(Find::Id(&[9])), Err(TokenError::NoKey(_))));
    assert!(matches!(token.generate("mark 320200", &[7]), Err(TokenError::Exists(_))));
    assert!(matches!(token.generate("other", &[1, 2, 3]), Err(TokenError::Exists(_))));
    assert!(matches!(token.generate("", &[7]), Err(TokenError::Label)));
    assert!(matches!(token.generate("x", &[0; LABEL_MAX + 1]), Err(TokenError::Label)));
    let error = Token::open(library, "no such token", PIN).expect_err("no token").to_string();
    assert!(error.contains("no such token") && error.contains(LABEL), "{error}");
    let error = Token::open(Path::new("/nonexistent/pkcs11.so"), LABEL, PIN).expect_err("no library").to_string();
    assert!(error.contains("/nonexistent/pkcs11.so"), "{error}");
}

#[test]
fn a_wrong_pin_is_refused() {
    let library = library();
    if std::env::var_os("LUZHENG_PKCS11_CHILD").is_none() {
        let folder = tempfile::tempdir().expect("folder");
        return in_child("a_wrong_pin_is_refused", &new_token(folder.path()));
    }
    let error = Token::open(&library, LABEL, "000000").expect_err("wrong PIN");
    assert!(matches!(&error, TokenError::WrongPin(label) if label == LABEL), "{error}");
    assert!(!error.to_string().contains("000000"));
}
