//! Vectors that somebody made wrong: texts, envelopes, headers, keys.

use luzheng_credential::kind::InspectionMark;
use luzheng_credential::qr::{message, text};
use luzheng_credential::sign::{Algorithm, Signer};
use luzheng_credential::verify::{CheckName, Reason};

use crate::case::{Case, refused};
use crate::world::*;

pub fn cases(world: &World) -> Vec<Case> {
    let mut all = texts(world);
    all.extend(envelopes(world));
    all.extend(flips(world));
    for algorithm in ["es256", "sm2", "ed25519"] {
        all.extend(keys(world, algorithm));
    }
    all.extend(permission(world));
    all
}

fn good(world: &World) -> Vec<u8> {
    world.issue("mark-es256", claims(mark()))
}

fn texts(world: &World) -> Vec<Case> {
    let good = good(world);
    let primary = text::primary(HOST, &good);
    let (head, digits) = primary.split_at(primary.find('#').expect("a head") + 1);
    let compact = text::compact(&good);
    let not_ours = |name: &str, about: &str, text: String| {
        refused(Reason::NotACredential, CheckName::Envelope, name, about, &[]).text(text)
    };
    let cut = |name: &str, about: &str, text: &str| {
        refused(Reason::Truncated, CheckName::Envelope, name, about, &[]).text(text)
    };
    let large =
        |name: &str, about: &str, text: String| refused(Reason::TooLarge, CheckName::Size, name, about, &[]).text(text);
    let mut over = digits.to_owned();
    over.replace_range(17..34, "72057594037927936");
    vec![
        not_ours("empty", "nothing at all", String::new()),
        not_ours("blank", "white space only", " \n\t ".to_owned()),
        not_ours("plain-text", "words", "苏B12345 检验有效期至2027年5月".to_owned()),
        not_ours("other-address", "an address of another page", format!("https://luzheng.example/W#{digits}")),
        not_ours("other-query", "another name in the query", format!("https://luzheng.example/V?x={digits}")),
        not_ours("other-scheme", "not HTTPS", format!("http://luzheng.example/V#{digits}")),
        not_ours("no-host", "an address without a host", format!("https:///V#{digits}")),
        not_ours(
            "user-in-host",
            "an address with a user name",
            format!("https://luzheng.example@evil.example/V#{digits}"),
        ),
        not_ours(
            "compact-lower-case-head",
            "the head of a compact text is capitals",
            compact.replacen("LZ1:", "lz1:", 1),
        ),
        not_ours("compact-next-version", "another head", compact.replacen("LZ1:", "LZ2:", 1)),
        not_ours(
            "letter-among-digits",
            "the letter O for a zero",
            format!("{head}{}O{}", &digits[..40], &digits[41..]),
        ),
        not_ours("full-width-digit", "a full-width digit", format!("{head}{}１{}", &digits[..40], &digits[41..])),
        not_ours("space-among-digits", "a space inside", format!("{head}{} {}", &digits[..40], &digits[40..])),
        not_ours("digits-over-range", "a group of 17 digits above 2^56-1", format!("{head}{over}")),
        not_ours("digits-for-others", "digits that are no message", format!("{head}{}", "1".repeat(340))),
        not_ours("base45-small-letter", "a small letter in Base45", format!("LZ1:{}", compact[4..].to_lowercase())),
        not_ours(
            "base45-over-range",
            "a group of three above 65535",
            format!("LZ1:{}GGW{}", &compact[4..34], &compact[37..]),
        ),
        not_ours("base45-tail-over-range", "'::' after the last group", format!("{compact}::")),
        cut("base45-only-colons", "'::' and nothing else: a tail that cannot be, after nothing", "LZ1:::"),
        cut("no-digits", "an address and no payload", head),
        cut("no-base45", "a head and no payload", "LZ1:"),
        cut("half-of-the-digits", "the first half, on a group's end", &primary[..head.len() + 17 * 11]),
        cut("digits-odd-tail", "a tail of a length that no bytes give", &primary[..head.len() + 17 * 11 + 4]),
        cut("digits-one-short", "the last digit is missing", &primary[..primary.len() - 1]),
        cut("base45-half", "the first half", &compact[..4 + 3 * 40]),
        cut("base45-one-short", "the last character is missing", &compact[..compact.len() - 1]),
        large(
            "text-of-4297-characters",
            "one character more than allowed",
            format!("{head}{}", "0".repeat(4_297 - head.len())),
        ),
        large("text-huge", "far more", "苏".repeat(10_000)),
        large("message-of-1025-bytes", "one byte more than allowed", text::primary(HOST, &vec![0; 1_025])),
        large("message-of-1025-bytes-compact", "one byte more than allowed", text::compact(&vec![0; 1_025])),
        not_ours("text-of-4296-characters", "as many characters as allowed", "苏".repeat(4_296)),
        not_ours("message-of-1024-bytes", "as many bytes as allowed, all zero", text::primary(HOST, &vec![0; 1_024])),
    ]
}

fn envelopes(world: &World) -> Vec<Case> {
    let good = good(world);
    let key = world.key("mark-es256");
    let protected = message::protected_header(key.algorithm(), key.kid());
    let encoded = claims(mark()).encode().expect("claims");
    let signature = key.sign(&message::to_be_signed(&protected, &encoded)).expect("signs");
    let shape = |name: &str, about: &str, bytes: Vec<u8>| {
        refused(Reason::NotACredential, CheckName::Envelope, name, about, &bytes)
    };
    let cut = |name: &str, about: &str, length: usize| {
        refused(Reason::Truncated, CheckName::Envelope, name, about, &good[..length])
    };
    let with = |from: usize, to: usize, bytes: &[u8]| [&good[..from], bytes, &good[to..]].concat();
    // tag and array 2, header 1 + 13, unprotected 1, claims 2 + n, signature 2 + 64.
    let (unprotected, payload, signed) = (16, 17, good.len() - 66);
    let mut followed = good.clone();
    followed.push(0);
    let twice = [&good[..], &good[..]].concat();
    let mut vec = vec![
        shape("untagged", "a COSE_Sign1 without its tag", good[1..].to_vec()),
        shape("tag-17", "a COSE_Mac0", with(0, 1, &[0xd1])),
        shape("tag-in-two-bytes", "tag 18 in a longer form than needed", with(0, 1, &[0xd8, 18])),
        shape("array-of-five", "one item more", with(1, 2, &[0x85])),
        shape("array-indefinite", "an array of indefinite length", [&with(1, 2, &[0x9f])[..], &[0xff]].concat()),
        shape("header-indefinite", "a header byte string of indefinite length", with(2, 3, &[0x5f, 0x4d])),
        shape(
            "header-length-in-two-bytes",
            "the header's length in a longer form than needed",
            with(2, 3, &[0x58, 13]),
        ),
        shape(
            "unprotected-kid",
            "a key identifier in the unprotected header",
            with(unprotected, payload, &[0xa1, 0x04, 0x41, 0x01]),
        ),
        shape(
            "unprotected-indefinite",
            "an unprotected header of indefinite length",
            with(unprotected, payload, &[0xbf, 0xff]),
        ),
        shape("unprotected-bytes", "an unprotected header that is no map", with(unprotected, payload, &[0x40])),
        shape("detached", "claims detached (nil)", with(payload, signed, &[0xf6])),
        shape("claims-text", "claims in a text string", with(payload, payload + 1, &[0x78])),
        shape(
            "signature-of-63-bytes",
            "a signature one byte short",
            with(signed, signed + 2 + 64, &[&[0x58, 63], &signature[..63]].concat()),
        ),
        shape(
            "signature-of-65-bytes",
            "a signature one byte long",
            with(signed, signed + 2 + 64, &[&[0x58, 65], &signature[..], &[0]].concat()),
        ),
        shape(
            "signature-der",
            "a signature in DER",
            with(signed, signed + 2 + 64, &[&[0x58, 70, 0x30, 68], &[2; 68][..]].concat()),
        ),
        shape("trailing-byte", "a byte after the message", followed),
        shape("message-twice", "the message twice", twice),
        shape("json", "not CBOR at all", br#"{"kind":1}"#.to_vec()),
        shape("zeros", "sixty-four zeros", vec![0; 64]),
    ];
    for (name, length) in [
        ("no-bytes", 0),
        ("tag-only", 1),
        ("header-head", 3),
        ("in-the-header", 9),
        ("before-claims", 17),
        ("in-the-claims", 60),
        ("before-signature", signed),
        ("one-byte-short", good.len() - 1),
    ] {
        vec.push(cut(&format!("cut-{name}"), "a message that stops there", length));
    }
    vec.extend(headers(world, &encoded));
    vec
}

/// Headers other than `{1: alg, 4: kid}`, properly signed.
fn headers(world: &World, encoded: &[u8]) -> Vec<Case> {
    let kid = *world.key("mark-es256").kid().as_bytes();
    let header = |parts: &[&[u8]]| world.sign_with_header("mark-es256", &parts.concat(), encoded);
    let shape = |name: &str, about: &str, parts: &[&[u8]]| {
        refused(Reason::NotACredential, CheckName::Envelope, name, about, &header(parts))
    };
    let newer = |name: &str, about: &str, parts: &[&[u8]]| {
        refused(Reason::UnsupportedVersion, CheckName::Envelope, name, about, &header(parts))
    };
    let none: &[u8] = &[];
    vec![
        shape("header-empty", "an empty header", &[none]),
        shape("header-empty-map", "a header without entries", &[&[0xa0]]),
        shape("header-without-kid", "an algorithm other than the wrapper's, and no key", &[&[0xa1, 0x01, 0x27]]),
        shape("header-reordered", "the key before the algorithm", &[&[0xa2, 0x04, 0x48], &kid, &[0x01, 0x26]]),
        shape("header-alg-twice", "the algorithm twice", &[&[0xa3, 0x01, 0x26, 0x01, 0x26, 0x04, 0x48], &kid]),
        shape("header-with-more", "a content type besides", &[&[0xa3, 0x01, 0x26, 0x03, 0x00, 0x04, 0x48], &kid]),
        shape(
            "header-long-alg",
            "the algorithm in a longer form than needed",
            &[&[0xa2, 0x01, 0x38, 0x06, 0x04, 0x48], &kid],
        ),
        shape("header-alg-text", "the algorithm as text", &[&[0xa2, 0x01, 0x65], b"ES256", &[0x04, 0x48], &kid]),
        shape("header-kid-of-7", "a key identifier of seven bytes", &[&[0xa2, 0x01, 0x26, 0x04, 0x47], &kid[..7]]),
        shape("header-kid-of-9", "a key identifier of nine bytes", &[&[0xa2, 0x01, 0x26, 0x04, 0x49], &kid, &[0]]),
        shape("header-kid-text", "a key identifier as text", &[&[0xa2, 0x01, 0x26, 0x04, 0x68], b"01234567"]),
        shape("header-trailing-byte", "a byte after the header's map", &[&[0xa2, 0x01, 0x26, 0x04, 0x48], &kid, &[0]]),
        shape(
            "header-indefinite-map",
            "a header map of indefinite length",
            &[&[0xbf, 0x01, 0x26, 0x04, 0x48], &kid, &[0xff]],
        ),
        newer(
            "alg-ml-dsa-44",
            "-48 is ML-DSA-44, which this version does not know",
            &[&[0xa2, 0x01, 0x38, 0x2f, 0x04, 0x48], &kid],
        ),
        newer("alg-es384", "-35 is ES384", &[&[0xa2, 0x01, 0x38, 0x22, 0x04, 0x48], &kid]),
        newer("alg-hmac", "5 is HMAC 256/256: no key in common, so no", &[&[0xa2, 0x01, 0x05, 0x04, 0x48], &kid]),
        newer(
            "alg-and-more",
            "an unknown algorithm in a header of another shape",
            &[&[0xa3, 0x01, 0x38, 0x2f, 0x03, 0x00, 0x04, 0x48], &kid],
        ),
    ]
}

/// One flipped bit in each part of a message.
fn flips(world: &World) -> Vec<Case> {
    use CheckName::{Envelope, Key, Signature};
    let good = good(world);
    let end = good.len();
    let subject = good.windows(3).position(|w| w == "苏".as_bytes()).expect("the plate") + 4;
    let parts: &[(&str, usize, u8, Reason, CheckName)] = &[
        ("tag", 0, 0x01, Reason::NotACredential, Envelope),
        ("array", 1, 0x01, Reason::NotACredential, Envelope),
        ("header-length", 2, 0x01, Reason::NotACredential, Envelope),
        ("header-map", 3, 0x01, Reason::NotACredential, Envelope),
        ("header-alg-key", 4, 0x02, Reason::NotACredential, Envelope),
        ("header-alg-to-eddsa", 5, 0x01, Reason::BadSignature, Signature),
        ("header-alg-to-unknown", 5, 0x02, Reason::UnsupportedVersion, Envelope),
        ("header-kid-key", 6, 0x01, Reason::NotACredential, Envelope),
        ("kid-first-bit", 8, 0x80, Reason::UnknownIssuer, Key),
        ("kid-last-bit", 15, 0x01, Reason::UnknownIssuer, Key),
        ("unprotected", 16, 0x01, Reason::NotACredential, Envelope),
        ("claims-length-shorter", 18, good[18] & good[18].wrapping_neg(), Reason::NotACredential, Envelope),
        ("claims-length-longer", 18, 0x80, Reason::Truncated, Envelope),
        ("claims-map", 19, 0x01, Reason::BadSignature, Signature),
        ("exp", 24, 0x01, Reason::BadSignature, Signature),
        ("iat", 30, 0x01, Reason::BadSignature, Signature),
        ("plate", subject, 0x01, Reason::BadSignature, Signature),
        ("digest", end - 67, 0x01, Reason::BadSignature, Signature),
        ("signature-head", end - 66, 0x01, Reason::NotACredential, Envelope),
        ("signature-length", end - 65, 0x01, Reason::Truncated, Envelope),
        ("r-first-bit", end - 64, 0x80, Reason::BadSignature, Signature),
        ("r-last-bit", end - 33, 0x01, Reason::BadSignature, Signature),
        ("s-first-bit", end - 32, 0x80, Reason::BadSignature, Signature),
        ("s-last-bit", end - 1, 0x01, Reason::BadSignature, Signature),
    ];
    let flipped = parts.iter().map(|(name, at, bit, reason, check)| {
        let mut bytes = good.clone();
        bytes[*at] ^= bit;
        refused(*reason, *check, &format!("flip-{name}"), "one bit flipped", &bytes)
    });
    flipped.collect()
}

/// What a key may not do, for every algorithm.
fn keys(world: &World, alg: &str) -> Vec<Case> {
    let (mark_key, live_key) = (&format!("mark-{alg}"), &format!("live-{alg}"));
    let n = |what: &str| format!("{what}-{alg}");
    let encoded = claims(mark()).encode().expect("claims");
    let signer = world.key(mark_key);
    let own = signer.algorithm();
    let other = if own == Algorithm::Es256 { Algorithm::Sm2 } else { Algorithm::Es256 };
    let header = message::protected_header(other, signer.kid());
    let mut flipped = world.issue(mark_key, claims(mark()));
    *flipped.last_mut().expect("bytes") ^= 1;
    let zero = message::assemble(&message::protected_header(own, signer.kid()), &encoded, &[0; 64]);
    let plain = world.issue(mark_key, claims(mark()));
    let mut moved = world.issue(mark_key, claims(InspectionMark { plate_number: "苏B12346".to_owned(), ..mark() }));
    let at = moved.len() - 64;
    moved[at..].copy_from_slice(&plain[plain.len() - 64..]);
    vec![
        refused(
            Reason::UnknownIssuer,
            CheckName::Permission,
            &n("static-by-a-live-key"),
            "a key for live codes signs a static mark",
            &world.sign_raw(live_key, &encoded),
        ),
        refused(
            Reason::UnknownIssuer,
            CheckName::Permission,
            &n("live-by-a-mark-key"),
            "a key for static marks signs a live code",
            &world.sign_raw(mark_key, &claims(live_mark(12)).encode().expect("claims")),
        ),
        refused(
            Reason::UnknownIssuer,
            CheckName::Key,
            &n("by-a-status-key"),
            "a key for status lists signs a mark",
            &world.sign_raw(&format!("status-{alg}"), &encoded),
        ),
        refused(
            Reason::BadSignature,
            CheckName::Signature,
            &n("header-names-another-algorithm"),
            "signed under a header that names another algorithm than the key's",
            &world.sign_with_header(mark_key, &header, &encoded),
        ),
        refused(
            Reason::BadSignature,
            CheckName::Signature,
            &n("signature-flipped"),
            "the last bit of the signature",
            &flipped,
        ),
        refused(Reason::BadSignature, CheckName::Signature, &n("signature-zero"), "a signature of zeros", &zero),
        refused(
            Reason::BadSignature,
            CheckName::Signature,
            &n("signature-of-another-mark"),
            "the signature of a mark with another plate",
            &moved,
        ),
    ]
}

fn permission(world: &World) -> Vec<Case> {
    let elsewhere = InspectionMark { authority: 310_100, ..mark() };
    let unlisted = world.issue("mark-unlisted", claims(mark()));
    vec![
        refused(
            Reason::UnknownIssuer,
            CheckName::Key,
            "unlisted-key",
            "a key that the trust list does not have",
            &unlisted,
        ),
        refused(
            Reason::UnknownIssuer,
            CheckName::Permission,
            "other-region",
            "a key for Jiangsu signs for Shanghai",
            &world.sign_raw("mark-jiangsu", &claims(elsewhere).encode().expect("claims")),
        ),
        refused(
            Reason::UnknownIssuer,
            CheckName::Permission,
            "mark-by-a-licence-key",
            "a key for licences signs a mark",
            &world.sign_raw("licence-es256", &claims(mark()).encode().expect("claims")),
        ),
    ]
}
