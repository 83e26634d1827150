//! What each fuzz target does with its bytes. The targets in `fuzz_targets/` call these under libFuzzer; `tests/fuzz_smoke.rs` calls
//! the same ones on the stable toolchain, over the vectors and seeded mutations of them.
//!
//! Each body asserts more than "no panic": what is accepted must be the one spelling of what was read, and nothing that was not
//! properly signed may ever be valid.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luzheng_credential::accident::{Code, Record, Verdict as Standing, examine, weigh};
use luzheng_credential::kind::Claims;
use luzheng_credential::qr::{message, text as code};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::status_list::{CWT_TYP, EntryBits, JWT_TYP, StatusBook, StatusList, open_cwt, open_jwt};
use luzheng_credential::trust::{KeyUse, Roots, TRUST_TYP, TrustKey, TrustList, TrustPayload, sign};
use luzheng_credential::verify::{Question, Report, Verdict};

/// 2026-11-21T08:00:00Z, the time of the vectors.
const NOW: i64 = 1_795_248_000;

/// Keys made once in a run, and the trust list over them.
struct World {
    root: FileKey,
    mark: FileKey,
    status: FileKey,
    roots: Roots,
    trust: TrustList,
    book: StatusBook,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let key = || FileKey::generate(Algorithm::Ed25519).expect("randomness");
        let (root, mark, status) = (key(), key(), key());
        let entry = |key: &FileKey, key_use: KeyUse| TrustKey {
            public_key: key.public_key().clone(),
            key_use,
            regions: Vec::new(),
            not_before: 0,
            not_after: NOW * 2,
            certificate: None,
        };
        let payload = TrustPayload {
            iat: NOW - 60,
            exp: NOW + 86_400,
            seq: 1,
            status_uri: "https://luzheng.example/status/{list}".to_owned(),
            keys: vec![entry(&mark, KeyUse::Mark), entry(&status, KeyUse::Status)],
        };
        let roots = Roots::new(vec![root.public_key().clone()]);
        let json = sign(&payload, &root, None).expect("our own list");
        let trust = TrustList::open(&json, &roots, 0).expect("our own list");
        let mut book = StatusBook::new();
        book.put(1, StatusList::default(), NOW - 60, NOW + 86_400);
        World { root, mark, status, roots, trust, book }
    })
}

fn judge(text: &str) -> Report {
    let world = world();
    let question = Question {
        now: jiff::Timestamp::from_second(NOW).expect("a time"),
        clock_confirmed: true,
        expected_plate: None,
        our_hosts: &[],
    };
    luzheng_credential::verify::verify(text, Some(&world.trust), &world.book, &question)
}

/// Texts: an accepted payload is the one spelling of its message.
pub fn text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(decoded) = code::decode(text, &[]) else { return };
    let trimmed = text.trim_matches(|c: char| matches!(c, '\t'..='\r' | ' '));
    if trimmed.starts_with("LZ1:") {
        assert_eq!(code::compact(&decoded.message), trimmed);
    } else {
        let ours = code::primary("h", &decoded.message);
        let digits = ours.strip_prefix("HTTPS://H/V#").expect("our own head");
        assert!(trimmed.ends_with(digits));
    }
}

/// Messages: an accepted envelope is, byte for byte, the one that we would write.
pub fn message(data: &[u8]) {
    let Ok(split) = message::split(data) else { return };
    let issued = split.issued;
    let header = message::protected_header(issued.algorithm, issued.kid);
    let inner = message::assemble(&header, issued.claims, issued.signature);
    let whole = match split.wrapper {
        None => inner,
        Some(wrapper) => {
            let payload = message::wrapper_payload(wrapper.iat, &inner);
            message::assemble(message::wrapper_header(), &payload, wrapper.signature)
        }
    };
    assert_eq!(whole, data);
}

/// Claims: accepted ones are the one encoding of what they say.
pub fn claims(data: &[u8]) {
    let Ok(claims) = Claims::decode(data) else { return };
    assert_eq!(claims.encode().expect("what was read can be written"), data);
    let _ = (claims.valid_before(), claims.valid_until(), claims.subject().len());
}

/// Claims that are properly signed, so that everything behind the signature is reached.
pub fn signed_claims(data: &[u8]) {
    let world = world();
    let header = message::protected_header(world.mark.algorithm(), world.mark.kid());
    let signature = world.mark.sign(&message::to_be_signed(&header, data)).expect("signs");
    let message = message::assemble(&header, data, &signature);
    let report = judge(&code::compact(&message));
    if report.verdict() == Verdict::Valid {
        assert!(Claims::decode(data).is_ok());
    }
    serde_json::to_string(&report).expect("a report");
}

/// Trust lists: nothing that our root did not sign opens.
pub fn trust_list(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else { return };
    assert!(TrustList::open(json, &world().roots, 0).is_err());
}

/// Payloads of trust lists, properly signed.
pub fn trust_payload(data: &[u8]) {
    let world = world();
    let body = URL_SAFE_NO_PAD.encode(data);
    let header = serde_json::json!({"alg": world.root.algorithm(), "kid": world.root.kid(), "typ": TRUST_TYP});
    let protected = URL_SAFE_NO_PAD.encode(header.to_string());
    let signature = world.root.sign(format!("{protected}.{body}").as_bytes()).expect("signs");
    let signature = URL_SAFE_NO_PAD.encode(signature);
    let json = serde_json::json!({"payload": body, "signatures": [{"protected": protected, "signature": signature}]});
    if let Ok(list) = TrustList::open(&json.to_string(), &world.roots, 0) {
        assert!(list.exp() > list.iat());
        assert_eq!(list.list_at(&list.status_address(7)), Some(7));
    }
}

/// Status lists in JWT form: nothing that our key did not sign opens.
pub fn status_jwt(data: &[u8]) {
    let Ok(token) = std::str::from_utf8(data) else { return };
    assert!(open_jwt(token, &world().trust).is_err());
}

/// Status lists in CWT form.
pub fn status_cwt(data: &[u8]) {
    assert!(open_cwt(data, &world().trust).is_err());
}

/// Claims of status lists, properly signed, in both forms.
pub fn status_claims(data: &[u8]) {
    let world = world();
    let header = serde_json::json!({"alg": world.status.algorithm(), "kid": world.status.kid(), "typ": JWT_TYP});
    let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(data));
    let signature = world.status.sign(body.as_bytes()).expect("signs");
    let _ = open_jwt(&format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature)), &world.trust);
    // {1: -8, 4: kid, 16: type}
    let kid = world.status.kid();
    let typ = [&[0x10, 0x78, CWT_TYP.len() as u8], CWT_TYP.as_bytes()].concat();
    let header = [&[0xa3, 0x01, 0x27, 0x04, 0x48][..], kid.as_bytes(), &typ].concat();
    let signature = world.status.sign(&message::to_be_signed(&header, data)).expect("signs");
    let _ = open_cwt(&message::assemble(&header, data, &signature), &world.trust);
}

/// The compressed entries of a status list: never more than one list comes out.
pub fn entries(data: &[u8]) {
    for bits in [EntryBits::Two, EntryBits::Four] {
        if let Ok(list) = StatusList::decompress(bits, data) {
            assert_eq!(StatusList::decompress(bits, &list.compress()).as_ref(), Ok(&list));
        }
    }
}

/// Root files: an accepted one comes back.
pub fn roots(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else { return };
    if let Ok(roots) = Roots::from_json(json) {
        assert_eq!(Roots::from_json(&roots.to_json()).as_ref(), Ok(&roots));
    }
}

/// The whole verifier: no text that our key did not sign is anything but unreadable or not valid.
pub fn verify(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for text in [text.as_ref(), &code::compact(data), &code::primary("h", data)] {
        let report = judge(text);
        assert!(matches!(report.verdict(), Verdict::Unreadable | Verdict::NotValid), "{report:?}");
        assert!(report.claims().is_none());
    }
}

/// Accident records and their codes: what is accepted is the one spelling of what was read, and nothing that was not signed is ever complete.
pub fn accident(data: &[u8]) {
    if let Ok(code) = Code::decode(data) {
        assert_eq!(code.encode().as_deref(), Ok(data));
    }
    if let Ok(record) = Record::decode(data) {
        assert_eq!(record.encode(), data);
    }
    let examination = examine(data, NOW);
    assert_eq!(examination.record.is_some(), matches!(examination.verdict, Standing::Complete | Standing::OneSided));
    serde_json::to_string(&weigh(&examination, &world().trust)).expect("findings");
    serde_json::to_string(&examination).expect("an examination");
}
