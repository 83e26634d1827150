//! Keys in encrypted files.

use std::os::unix::fs::PermissionsExt;

use luzheng_credential::sign::{Algorithm, FileKey, KEY_FILE_MAX, KeyFileError, Signer};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Decode, Encode};
use pkcs8::pkcs5::{pbes2, scrypt};

const PASSPHRASE: &[u8] = "口令 with ümlauts".as_bytes();

#[test]
fn a_key_comes_back_from_its_file() {
    let folder = tempfile::tempdir().expect("folder");
    for algorithm in Algorithm::ALL {
        let path = folder.path().join(algorithm.name());
        let key = FileKey::generate(algorithm).expect("key");
        key.save(&path, PASSPHRASE).expect("saved");
        let again = FileKey::load(&path, PASSPHRASE).expect("loaded");
        assert_eq!(again.public_key(), key.public_key());
        let signature = again.sign(b"message").expect("signature");
        assert_eq!(key.public_key().verify(b"message", &signature), Ok(()));
        let mode = std::fs::metadata(&path).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner may read a key");
    }
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).expect("folder").map(|e| e.expect("entry").file_name()).collect();
    assert_eq!(names.len(), 3, "no temporary file is left: {names:?}");
}

#[test]
fn nothing_of_the_secret_is_in_the_file_or_in_the_debug_text() {
    for algorithm in Algorithm::ALL {
        let key = FileKey::generate(algorithm).expect("key");
        let (one, two) =
            (key.to_encrypted_pem(PASSPHRASE).expect("PEM"), key.to_encrypted_pem(PASSPHRASE).expect("PEM"));
        assert!(one.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        assert_ne!(one, two, "salt and initial vector are drawn anew");
        assert_eq!(format!("{key:?}"), format!("FileKey({algorithm} {}, secret not shown)", key.kid()));
    }
}

#[test]
fn a_wrong_passphrase_is_named_as_such() {
    let pem = FileKey::generate(Algorithm::Sm2).expect("key").to_encrypted_pem(PASSPHRASE).expect("PEM");
    for wrong in [&b""[..], b"x", &PASSPHRASE[1..]] {
        assert!(matches!(FileKey::from_encrypted_pem(&pem, wrong), Err(KeyFileError::WrongPassphrase)));
    }
}

#[test]
fn an_empty_passphrase_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("key.pem");
    let key = FileKey::generate(Algorithm::Es256).expect("key");
    assert!(matches!(key.save(&path, b""), Err(KeyFileError::EmptyPassphrase)));
    assert!(!path.exists());
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("key.pem");
    let first = FileKey::generate(Algorithm::Es256).expect("key");
    first.save(&path, PASSPHRASE).expect("saved");
    let second = FileKey::generate(Algorithm::Es256).expect("key");
    assert!(matches!(second.save(&path, PASSPHRASE), Err(KeyFileError::Exists(_))));
    assert_eq!(FileKey::load(&path, PASSPHRASE).expect("loaded").kid(), first.kid());
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1, "no temporary file is left");
}

#[test]
fn errors_name_the_file_and_what_is_wrong() {
    let folder = tempfile::tempdir().expect("folder");
    let missing = folder.path().join("missing.pem");
    let error = FileKey::load(&missing, PASSPHRASE).expect_err("no file").to_string();
    assert!(error.contains("missing.pem") && error.contains("read"), "{error}");
    let nowhere = folder.path().join("nowhere").join("key.pem");
    let key = FileKey::generate(Algorithm::Es256).expect("key");
    let error = key.save(&nowhere, PASSPHRASE).expect_err("no folder").to_string();
    assert!(error.contains("nowhere") && error.contains("write"), "{error}");
    let large = folder.path().join("large.pem");
    std::fs::write(&large, vec![b'-'; KEY_FILE_MAX + 1]).expect("written");
    assert!(matches!(FileKey::load(&large, PASSPHRASE), Err(KeyFileError::TooLarge)));
    let binary = folder.path().join("binary.pem");
    std::fs::write(&binary, [0xff, 0xfe, 0]).expect("written");
    assert!(matches!(FileKey::load(&binary, PASSPHRASE), Err(KeyFileError::NotPem)));
}

#[test]
fn other_pem_blocks_are_named() {
    let plain = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    match FileKey::from_encrypted_pem(plain, PASSPHRASE) {
        Err(KeyFileError::NotEncrypted(label)) => assert_eq!(label, "PRIVATE KEY"),
        other => panic!("{other:?}"),
    }
    for text in
        ["", "-----BEGIN", "hello", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n!\n-----END ENCRYPTED PRIVATE KEY-----\n"]
    {
        assert!(matches!(FileKey::from_encrypted_pem(text, PASSPHRASE), Err(KeyFileError::NotPem)), "{text}");
    }
}

#[test]
fn every_damaged_byte_is_an_error_and_never_a_panic() {
    let key = FileKey::generate(Algorithm::Es256).expect("key");
    let der = decode(&key.to_encrypted_pem(PASSPHRASE).expect("PEM"));
    let info = EncryptedPrivateKeyInfoRef::from_der(&der).expect("PKCS#8");
    let secret = info.decrypt(PASSPHRASE).expect("secret");
    // The same key under the cheapest derivation there is, so that every byte can be tried.
    let cost = scrypt::Params::new(1, 1, 1).expect("cost");
    let scheme = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &[1; 16], [2; 16]).expect("scheme");
    let encrypted = scheme.encrypt(PASSPHRASE, secret.as_bytes()).expect("encrypted");
    let encrypted_data = OctetStringRef::new(&encrypted).expect("short");
    let info = EncryptedPrivateKeyInfoRef { encryption_algorithm: scheme.into(), encrypted_data };
    let der = info.to_der().expect("DER");
    assert_eq!(FileKey::from_encrypted_pem(&encode(&der), PASSPHRASE).expect("loaded").kid(), key.kid());
    for at in 0..der.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut altered = der.clone();
            altered[at] ^= flip;
            // A flip may hit only what the format leaves open; then it must be the same key.
            if let Ok(loaded) = FileKey::from_encrypted_pem(&encode(&altered), PASSPHRASE) {
                assert_eq!(loaded.kid(), key.kid(), "byte {at}");
            }
        }
    }
}

#[test]
fn a_file_cannot_ask_for_all_the_memory_or_time_there_is() {
    // PBES2 with scrypt (1.3.6.1.4.1.11591.4.11) and AES-256-CBC, by hand.
    let salt = "04100102030405060708090a0b0c0d0e0f10";
    for (n, r, p) in [
        ("020500ffffffff", "020108", "020101"),
        ("0203400000", "020108", "020101"),
        ("02024000", "02017f", "02017f"),
        ("020100", "020108", "020101"),
        ("02024001", "020108", "020101"),
    ] {
        let kdf_parameters = wrap(0x30, &bytes(&[salt, n, r, p].concat()));
        let kdf = wrap(0x30, &[bytes("06092b06010401da47040b"), kdf_parameters].concat());
        let cipher = wrap(0x30, &bytes("060960864801650304012a 041000000000000000000000000000000000"));
        let scheme = wrap(0x30, &[bytes("06092a864886f70d01050d"), wrap(0x30, &[kdf, cipher].concat())].concat());
        let file = wrap(0x30, &[scheme, bytes("041000000000000000000000000000000000")].concat());
        let error = FileKey::from_encrypted_pem(&encode(&file), PASSPHRASE).expect_err("refused");
        assert!(matches!(error, KeyFileError::TooCostly), "{n} {r} {p}: {error}");
    }
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).expect("hex")
}

fn wrap(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(body.len()).expect("short form")], body].concat()
}

fn decode(pem: &str) -> Vec<u8> {
    use base64::Engine;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(body).expect("base64")
}

fn encode(der: &[u8]) -> String {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----\n", lines.join("\n"))
}

/// Whether a file says this N of scrypt (a DER INTEGER of two bytes).
fn says_n(pem: &str, n: u16) -> bool {
    let (_, document) = pkcs8::der::SecretDocument::from_pem(pem).expect("PEM");
    let [high, low] = n.to_be_bytes();
    document.as_bytes().windows(4).any(|window| window == [2, 2, high, low])
}

#[test]
fn a_passphrase_of_people_is_stretched_and_a_random_key_is_not() {
    let key = FileKey::generate(Algorithm::Es256).expect("key");
    let random = b"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let pem = key.to_encrypted_pem(random).expect("PEM");
    assert!(says_n(&pem, 1 << 10) && !says_n(&pem, 1 << 14));
    assert_eq!(FileKey::from_encrypted_pem(&pem, random).expect("opens").public_key(), key.public_key());
    // Shorter, longer, in capitals, or of few digits: somebody's choice.
    let few = [b'a'; 64];
    let capitals = random.to_ascii_uppercase();
    for chosen in [PASSPHRASE, &random[1..], &[random, &b"0"[..]].concat(), &few, &capitals] {
        assert!(says_n(&key.to_encrypted_pem(chosen).expect("PEM"), 1 << 14));
    }
}
