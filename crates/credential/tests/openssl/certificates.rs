//! Certificates of issuing keys, checked by `openssl verify`.

use crate::tool::{DISTID, OpenSsl, pem};
use jiff::Timestamp;
use luzheng_credential::sign::certificate::{self, CERTIFICATE_MAX, CertificateError, NAME_MAX, Subject};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};

/// A moment inside every period below, for `openssl verify -attime`.
const WITHIN: &str = "1780000000";

fn at(text: &str) -> Timestamp {
    text.parse().expect("instant")
}

fn subject<'a>(organisation: &'a str, common_name: &'a str) -> Subject<'a> {
    Subject {
        organisation,
        common_name,
        not_before: at("2026-01-01T00:00:00+08:00"),
        not_after: at("2036-01-01T00:00:00+08:00"),
    }
}

fn root(algorithm: Algorithm) -> (FileKey, Vec<u8>) {
    let key = FileKey::generate(algorithm).expect("key");
    let certificate = certificate::self_signed(&key, &subject("路证演示", "Luzheng demo root")).expect("certificate");
    (key, certificate)
}

#[test]
fn openssl_verifies_issuing_keys_of_every_algorithm_under_the_root() {
    let openssl = OpenSsl::new();
    let (root_key, root_certificate) = root(Algorithm::Es256);
    openssl.write("root.pem", &pem("CERTIFICATE", &root_certificate));
    openssl.must(&["verify", "-x509_strict", "-attime", WITHIN, "-CAfile", "root.pem", "root.pem"]);
    for algorithm in Algorithm::ALL {
        let key = FileKey::generate(algorithm).expect("key");
        let subject = subject("无锡市公安局交通警察支队车辆管理所", "mark 320200 2026-1");
        let issued = certificate::issue(&root_key, &root_certificate, key.public_key(), &subject).expect("certificate");
        openssl.write("key.pem", &pem("CERTIFICATE", &issued));
        openssl.must(&["verify", "-x509_strict", "-attime", WITHIN, "-CAfile", "root.pem", "key.pem"]);
        assert_eq!(&certificate::public_key(&issued).expect("key"), key.public_key(), "{algorithm}");
        openssl.must(&["x509", "-in", "key.pem", "-pubkey", "-noout", "-out", "public.pem"]);
        let public = openssl.must(&["pkey", "-pubin", "-in", "public.pem", "-outform", "DER"]);
        assert_eq!(public, key.public_key().spki(), "{algorithm}");
    }
}

#[test]
fn a_certificate_says_what_the_key_is_for() {
    let openssl = OpenSsl::new();
    let (root_key, root_certificate) = root(Algorithm::Es256);
    let key = FileKey::generate(Algorithm::Sm2).expect("key");
    let subject = subject("苏州市公安局交通警察支队车辆管理所", "live 320500");
    let issued = certificate::issue(&root_key, &root_certificate, key.public_key(), &subject).expect("certificate");
    let show = |name: &str, der: &[u8]| {
        openssl.write(name, &pem("CERTIFICATE", der));
        let shown = openssl.must(&["x509", "-in", name, "-noout", "-text", "-nameopt", "utf8,sep_comma_plus"]);
        String::from_utf8(shown).expect("UTF-8")
    };
    let spaced = |id: luzheng_credential::sign::KeyId| {
        let pairs: Vec<_> = id.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    };
    let text = show("key.pem", &issued);
    for expected in [
        "Subject: C=CN,O=苏州市公安局交通警察支队车辆管理所,CN=live 320500",
        "Issuer: C=CN,O=路证演示,CN=Luzheng demo root",
        "Not Before: Dec 31 16:00:00 2025 GMT",
        "Not After : Dec 31 16:00:00 2035 GMT",
        "CA:FALSE",
        "Digital Signature",
        &spaced(key.kid()),
        &spaced(root_key.kid()),
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let text = show("root.pem", &root_certificate);
    for expected in ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign"] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn openssl_refuses_another_root_another_time_and_an_altered_certificate() {
    let openssl = OpenSsl::new();
    let (root_key, root_certificate) = root(Algorithm::Es256);
    let (_, other_root) = root(Algorithm::Es256);
    let key = FileKey::generate(Algorithm::Sm2).expect("key");
    let issued =
        certificate::issue(&root_key, &root_certificate, key.public_key(), &subject("甲", "乙")).expect("made");
    openssl.write("root.pem", &pem("CERTIFICATE", &root_certificate));
    openssl.write("other.pem", &pem("CERTIFICATE", &other_root));
    openssl.write("key.pem", &pem("CERTIFICATE", &issued));
    let verdict = |file: &str, root: &str, time: &str| {
        openssl.run(&["verify", "-attime", time, "-CAfile", root, file]).status.success()
    };
    assert!(verdict("key.pem", "root.pem", WITHIN));
    assert!(!verdict("key.pem", "other.pem", WITHIN));
    assert!(!verdict("key.pem", "root.pem", "1700000000"), "before its time");
    assert!(!verdict("key.pem", "root.pem", "2200000000"), "after its time");
    let name_at = issued.windows(3).position(|window| window == "乙".as_bytes()).expect("the name");
    let mut altered = issued;
    altered[name_at..name_at + 3].copy_from_slice("丙".as_bytes());
    openssl.write("altered.pem", &pem("CERTIFICATE", &altered));
    assert!(!verdict("altered.pem", "root.pem", WITHIN));
}

#[test]
fn an_sm2_and_an_ed25519_root_certify_too() {
    for algorithm in [Algorithm::Sm2, Algorithm::Ed25519] {
        let openssl = OpenSsl::new();
        let (root_key, root_certificate) = root(algorithm);
        let key = FileKey::generate(Algorithm::Sm2).expect("key");
        let issued =
            certificate::issue(&root_key, &root_certificate, key.public_key(), &subject("甲", "乙")).expect("made");
        openssl.write("root.pem", &pem("CERTIFICATE", &root_certificate));
        openssl.write("key.pem", &pem("CERTIFICATE", &issued));
        let base = ["verify", "-attime", WITHIN, "-CAfile", "root.pem"];
        let identity: &[&str] = if algorithm == Algorithm::Sm2 { &["-vfyopt", DISTID] } else { &[] };
        openssl.must(&[&base[..], identity, &["key.pem"]].concat());
    }
}

#[test]
fn serial_numbers_are_positive_and_never_the_same() {
    let openssl = OpenSsl::new();
    let key = FileKey::generate(Algorithm::Es256).expect("key");
    let serial = || {
        let der = certificate::self_signed(&key, &subject("甲", "乙")).expect("certificate");
        openssl.write("root.pem", &pem("CERTIFICATE", &der));
        String::from_utf8(openssl.must(&["x509", "-in", "root.pem", "-noout", "-serial"])).expect("ASCII")
    };
    let (one, two) = (serial(), serial());
    assert_ne!(one, two);
    assert_eq!(one.trim().len(), "serial=".len() + 32, "{one}");
}

#[test]
fn impossible_certificates_are_refused() {
    let (root_key, root_certificate) = root(Algorithm::Es256);
    let key = FileKey::generate(Algorithm::Sm2).expect("key");
    let issue = |subject: &Subject<'_>| certificate::issue(&root_key, &root_certificate, key.public_key(), subject);
    let longest = "长".repeat(NAME_MAX);
    assert!(issue(&subject(&longest, "x")).is_ok());
    let longer = "长".repeat(NAME_MAX + 1);
    assert!(matches!(issue(&subject(&longer, "x")), Err(CertificateError::Name)));
    assert!(matches!(issue(&subject("x", "")), Err(CertificateError::Name)));
    let mut backwards = subject("x", "y");
    backwards.not_after = backwards.not_before;
    assert!(matches!(issue(&backwards), Err(CertificateError::Period)));
    let mut early = subject("x", "y");
    early.not_before = at("1969-12-31T00:00:00Z");
    assert!(matches!(issue(&early), Err(CertificateError::Period)));

    let (_, other_root) = root(Algorithm::Es256);
    let wrong = certificate::issue(&root_key, &other_root, key.public_key(), &subject("x", "y"));
    assert!(matches!(wrong, Err(CertificateError::WrongRoot)));
    for bytes in [&b""[..], b"0", &root_certificate[..root_certificate.len() - 1], &vec![0x30; CERTIFICATE_MAX + 1]] {
        assert!(matches!(certificate::public_key(bytes), Err(CertificateError::NotACertificate)));
    }
}
