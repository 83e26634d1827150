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
use luzheng_credential::pack::{
    DELTA_MAGIC, Head, HeadKind, Held, PACK_MAGIC, Pack, PackBuilder, Values, read_section, write_section,
};
use luzheng_credential::qr::{message, text as code};
use luzheng_credential::shard::{SHARD_MAGIC, Shard, read_block};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::status_list::{
    CWT_TYP, EntryBits, JWT_TYP, StatusBook, StatusList, StatusSource, open_cwt, open_jwt,
};
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
    trust_json: String,
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
        World { root, mark, status, roots, trust_json: json, trust, book }
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

fn at_now() -> jiff::Timestamp {
    jiff::Timestamp::from_second(NOW).expect("a time")
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// A head of ours over any table or index.
fn signed_head(kind: HeadKind, seq: u32, count: usize, digest: [u8; 32]) -> Vec<u8> {
    let world = world();
    let (scope, trust_digest) = match kind {
        HeadKind::Pack => (0, sha256(world.trust_json.as_bytes())),
        HeadKind::Shard => (32, [0; 32]),
    };
    let count = u32::try_from(count).expect("small");
    let head = Head { seq, scope, count, digest, trust_seq: 1, trust_digest, iat: NOW - 60, exp: NOW + 60 };
    head.sign(kind, &world.status).expect("signs")
}

/// Puts parts behind a frame of their lengths; what comes last has none.
fn framed(magic: &[u8], parts: &[&[u8]], last: &[u8]) -> Vec<u8> {
    let mut out = magic.to_vec();
    for part in parts {
        out.extend_from_slice(&(part.len() as u32).to_be_bytes());
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.extend_from_slice(last);
    out
}

fn base() -> &'static Pack {
    static BASE: OnceLock<Pack> = OnceLock::new();
    BASE.get_or_init(|| {
        let world = world();
        let mut builder = PackBuilder::new();
        let entries = [(7, 1), (9_000, 3), (1_000_000, 2)];
        builder.add_entries(1, EntryBits::Two, &entries, NOW - 90, NOW + 90).expect("a list");
        builder.add_entries(2, EntryBits::Four, &[(0, 12)], NOW - 80, NOW + 80).expect("a list");
        let pack = builder.finish(1, NOW - 70, &world.trust, &world.trust_json, &world.status).expect("a pack");
        Pack::open(pack, &world.roots, Held::default(), at_now()).expect("our own")
    })
}

/// Sections: what is accepted can be written, and is read again as the same.
pub fn section(data: &[u8]) {
    for bits in [EntryBits::Two, EntryBits::Four] {
        for allowed in [Values::Flagged(bits), Values::Changed(bits)] {
            if let Ok(entries) = read_section(data, allowed) {
                let written = write_section(&entries, allowed).expect("what was read can be written");
                assert_eq!(read_section(&written, allowed), Ok(entries));
            }
        }
    }
}

/// Packs: nothing that our key did not sign opens, as a pack, as a delta or as a shard.
pub fn pack(data: &[u8]) {
    let world = world();
    assert!(Pack::open(data.to_vec(), &world.roots, Held::default(), at_now()).is_err());
    assert!(base().apply(data, &world.roots, Held::default(), at_now()).is_err());
    assert!(Shard::open(data.to_vec(), &world.trust, 0, at_now()).is_err());
}

/// Tables and sections that are properly signed: the first byte says how many rows come first.
pub fn pack_table(data: &[u8]) {
    let world = world();
    let Some((rows, rest)) = data.split_first() else { return };
    let rows = usize::from(*rows).min(rest.len() / 48);
    let (table, sections) = rest.split_at(rows * 48);
    let head = signed_head(HeadKind::Pack, 1, rows, sha256(table));
    let bytes = framed(&PACK_MAGIC, &[&head, world.trust_json.as_bytes(), table], sections);
    let Ok(pack) = Pack::open(bytes, &world.roots, Held::default(), at_now()) else { return };
    let sound = pack.check_all().is_ok();
    for facts in pack.lists() {
        assert!(facts.iat < facts.exp);
        let list = pack.status_list(facts.list);
        assert!(!sound || list.is_some());
        for index in [0, 1, 500_000, (1 << 20) - 1] {
            let answer = pack.look_up(facts.list, index);
            assert_eq!(answer.map(|answer| answer.value), list.as_ref().and_then(|list| list.get(index)));
        }
    }
}

/// Records and changes of a delta whose head is ours, for a table that they do not lead to: the first two bytes say how many are records.
pub fn delta(data: &[u8]) {
    let world = world();
    let Some((length, rest)) = data.split_first_chunk::<2>() else { return };
    let (records, changes) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
    let head = signed_head(HeadKind::Pack, 2, 2, [7; 32]);
    let magic = [&DELTA_MAGIC[..], &base().head().digest].concat();
    let bytes = framed(&magic, &[&head, &[], records], changes);
    let refused = base().apply(&bytes, &world.roots, Held::default(), at_now());
    assert_eq!(refused.err().map(|error| error.code()), Some("broken_pack"));
}

/// Blocks of a shard, as they stand in the file and inflated: plates come out ascending.
pub fn shard_block(data: &[u8]) {
    use std::io::Write;
    let Some((&[a, b, c], rest)) = data.split_first_chunk::<3>() else { return };
    let count = usize::from(u16::from_be_bytes([a, b]));
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(rest).expect("memory");
    let deflated = encoder.finish().expect("memory");
    for (stream, length) in [(rest, usize::from(c) << 8), (deflated.as_slice(), rest.len())] {
        if let Ok(plates) = read_block(stream, length, count) {
            assert_eq!(plates.len(), count);
            assert!(plates.windows(2).all(|pair| (&pair[0].0, pair[0].1) < (&pair[1].0, pair[1].1)));
        }
    }
}

/// An index that is properly signed: the first two bytes say how long it is, the next two how many plates there are.
pub fn shard_index(data: &[u8]) {
    let world = world();
    let Some((&[a, b, c, d], rest)) = data.split_first_chunk::<4>() else { return };
    let (index, blocks) = rest.split_at(usize::from(u16::from_be_bytes([a, b])).min(rest.len()));
    let head = signed_head(HeadKind::Shard, 1, usize::from(u16::from_be_bytes([c, d])), sha256(index));
    let bytes = framed(&SHARD_MAGIC, &[&head, index], blocks);
    let Ok(shard) = Shard::open(bytes, &world.trust, 0, at_now()) else { return };
    let sound = shard.check_all().is_ok();
    for plate in ["", "苏A00000", "苏B12345", "\u{10ffff}"] {
        assert!(!sound || shard.find(plate, None).is_ok());
    }
}
