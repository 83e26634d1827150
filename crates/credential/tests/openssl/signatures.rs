//! Signatures and key files against the `openssl` command line, in both directions.

use crate::tool::{DISTID, OpenSsl, PASSPHRASE, from_der, pem, text, to_der};
use luzheng_credential::sign::{Algorithm, BadSignature, FileKey, PublicKey, Signer};

const MESSAGE: &[u8] = b"Signature1 \x00\xff over something";

/// Enough that r or s begins with a zero byte in some of them, with either sign bit.
const ROUNDS: u8 = 24;

/// Options of `openssl pkeyutl` for a whole message.
fn options(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::Es256 => &["-rawin", "-digest", "sha256"],
        Algorithm::Sm2 => &["-rawin", "-digest", "sm3", "-pkeyopt", DISTID],
        Algorithm::Ed25519 => &["-rawin"],
    }
}

fn openssl_accepts(openssl: &OpenSsl, options: &[&str]) -> bool {
    let base = ["pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "message", "-sigfile", "signature"];
    openssl.run(&[&base[..], options].concat()).status.success()
}

fn signature_for_openssl(algorithm: Algorithm, signature: &[u8; 64]) -> Vec<u8> {
    if algorithm == Algorithm::Ed25519 { signature.to_vec() } else { to_der(signature) }
}

#[test]
fn openssl_accepts_our_signatures_and_no_altered_ones() {
    for algorithm in Algorithm::ALL {
        let openssl = OpenSsl::new();
        let key = FileKey::generate(algorithm).expect("key");
        openssl.write("public.pem", &pem("PUBLIC KEY", key.public_key().spki()));
        for round in 0..ROUNDS {
            let message = [MESSAGE, &[round]].concat();
            openssl.write("message", &message);
            let signature = key.sign(&message).expect("signature");
            openssl.write("signature", &signature_for_openssl(algorithm, &signature));
            assert!(openssl_accepts(&openssl, options(algorithm)), "{algorithm} {round}");
        }
        openssl.write("message", MESSAGE);
        assert!(!openssl_accepts(&openssl, options(algorithm)), "{algorithm}: another message");
        let other = FileKey::generate(algorithm).expect("key");
        openssl.write("public.pem", &pem("PUBLIC KEY", other.public_key().spki()));
        openssl.write("signature", &signature_for_openssl(algorithm, &key.sign(MESSAGE).expect("signature")));
        assert!(!openssl_accepts(&openssl, options(algorithm)), "{algorithm}: another key");
    }
}

#[test]
fn we_accept_signatures_by_openssl_and_no_altered_ones() {
    for algorithm in Algorithm::ALL {
        let openssl = OpenSsl::new();
        let generate: &[&str] = match algorithm {
            Algorithm::Es256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Algorithm::Sm2 => &["-algorithm", "SM2"],
            Algorithm::Ed25519 => &["-algorithm", "ED25519"],
        };
        openssl.must(&[&["genpkey", "-out", "key.pem"], generate].concat());
        openssl.must(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der"]);
        let key = PublicKey::from_spki(&openssl.read("public.der")).expect("openssl writes the canonical encoding");
        assert_eq!(key.algorithm(), algorithm);
        let other = FileKey::generate(algorithm).expect("key");
        for round in 0..ROUNDS {
            let message = [MESSAGE, &[round]].concat();
            openssl.write("message", &message);
            let base = ["pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", "-out", "signature"];
            openssl.must(&[&base[..], options(algorithm)].concat());
            let written = openssl.read("signature");
            let signature: [u8; 64] =
                if algorithm == Algorithm::Ed25519 { written.try_into().expect("64") } else { from_der(&written) };
            assert_eq!(key.verify(&message, &signature), Ok(()), "{algorithm} {round}");
            let mut flipped = signature;
            flipped[usize::from(round)] ^= 0x10;
            assert_eq!(key.verify(&message, &flipped), Err(BadSignature), "{algorithm}: a flipped bit");
            assert_eq!(other.public_key().verify(&message, &signature), Err(BadSignature), "{algorithm}: another key");
        }
    }
}

#[test]
fn an_sm2_signature_belongs_to_one_user_identity() {
    let openssl = OpenSsl::new();
    let key = FileKey::generate(Algorithm::Sm2).expect("key");
    openssl.write("public.pem", &pem("PUBLIC KEY", key.public_key().spki()));
    openssl.write("message", MESSAGE);
    openssl.write("signature", &to_der(&key.sign(MESSAGE).expect("signature")));
    assert!(openssl_accepts(&openssl, options(Algorithm::Sm2)));
    for other in ["distid:", "distid:1234567812345679", "distid:12345678"] {
        let options = ["-rawin", "-digest", "sm3", "-pkeyopt", other];
        assert!(!openssl_accepts(&openssl, &options), "ours under {other:?}");
    }

    openssl.must(&["genpkey", "-algorithm", "SM2", "-out", "key.pem"]);
    openssl.must(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der"]);
    let key = PublicKey::from_spki(&openssl.read("public.der")).expect("key");
    // Without any -pkeyopt openssl signs with an empty identity.
    for other in [&["-pkeyopt", "distid:1234567812345679"][..], &[]] {
        let base = [
            "pkeyutl",
            "-sign",
            "-inkey",
            "key.pem",
            "-in",
            "message",
            "-out",
            "signature",
            "-rawin",
            "-digest",
            "sm3",
        ];
        openssl.must(&[&base[..], other].concat());
        let signature = from_der(&openssl.read("signature"));
        assert_eq!(key.verify(MESSAGE, &signature), Err(BadSignature), "theirs under {other:?}");
    }
}

#[test]
fn openssl_reads_our_key_files() {
    for algorithm in Algorithm::ALL {
        let openssl = OpenSsl::new();
        let key = FileKey::generate(algorithm).expect("key");
        let path = openssl.path("ours.pem");
        key.save(&path, PASSPHRASE.as_bytes()).expect("saved");
        let passphrase = format!("pass:{PASSPHRASE}");
        openssl.must(&["pkey", "-in", text(&path), "-passin", &passphrase, "-check", "-noout"]);
        let public = openssl.must(&["pkey", "-in", text(&path), "-passin", &passphrase, "-pubout", "-outform", "DER"]);
        assert_eq!(public, key.public_key().spki(), "{algorithm}");
        let wrong = openssl.run(&["pkey", "-in", text(&path), "-passin", "pass:wrong", "-noout"]);
        assert!(!wrong.status.success(), "the file is really encrypted");
    }
}

#[test]
fn we_read_key_files_by_openssl() {
    let schemes: [&[&str]; 3] =
        [&["-v2", "aes-256-cbc"], &["-scrypt"], &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA256"]];
    for (algorithm, name) in [(Algorithm::Es256, "EC"), (Algorithm::Sm2, "SM2"), (Algorithm::Ed25519, "ED25519")] {
        let openssl = OpenSsl::new();
        let curve: &[&str] = if name == "EC" { &["-pkeyopt", "ec_paramgen_curve:P-256"] } else { &[] };
        openssl.must(&[&["genpkey", "-algorithm", name, "-out", "plain.pem"], curve].concat());
        let public = openssl.must(&["pkey", "-in", "plain.pem", "-pubout", "-outform", "DER"]);
        for scheme in schemes {
            let passphrase = format!("pass:{PASSPHRASE}");
            let base = ["pkcs8", "-topk8", "-in", "plain.pem", "-out", "theirs.pem", "-passout", &passphrase];
            openssl.must(&[&base[..], scheme].concat());
            let key = FileKey::load(&openssl.path("theirs.pem"), PASSPHRASE.as_bytes()).expect("readable");
            assert_eq!(key.public_key().spki(), public, "{name} {scheme:?}");
            assert_eq!(key.algorithm(), algorithm);
        }
    }
}

#[test]
fn keys_of_other_kinds_by_openssl_are_refused_by_name() {
    let openssl = OpenSsl::new();
    let passphrase = format!("pass:{PASSPHRASE}");
    openssl.must(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "plain.pem"]);
    openssl.must(&["pkcs8", "-topk8", "-in", "plain.pem", "-out", "theirs.pem", "-passout", &passphrase]);
    let error = FileKey::load(&openssl.path("theirs.pem"), PASSPHRASE.as_bytes()).expect_err("P-384");
    assert!(error.to_string().contains("1.3.132.0.34"), "{error}");
    let error = FileKey::load(&openssl.path("plain.pem"), PASSPHRASE.as_bytes()).expect_err("not encrypted");
    assert!(error.to_string().contains("PRIVATE KEY"), "{error}");
}
