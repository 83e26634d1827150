//! The trust lists and status lists of the vectors, good and bad.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use luzheng_credential::sign::Signer;
use luzheng_credential::status_list::{ENTRIES, EntryBits, ListClaims, StatusList, StatusValue, sign_cwt, sign_jwt};
use luzheng_credential::trust::{Roots, TRUST_TYP, TrustPayload, sign};
use serde_json::{Value, json};

use crate::world::{
    Anyhow, ENTRY_MEANINGLESS, ENTRY_REVOKED, ENTRY_STOPPED, ENTRY_SUPERSEDED, ENTRY_SUSPENDED, LICENCE_LIST, LIST,
    MONTH_ENDS, NOW, SEQ, STATUS_SIGNED, STATUS_URI, TRUST_SIGNED, World,
};

const WEEK: i64 = 7 * 86_400;

/// Signs any JSON as a trust list, so that lists can say what our own builder would not write.
fn sign_json(payload: &Value, roots: &[&dyn Signer]) -> Anyhow<Value> {
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(payload)?);
    let signatures = roots.iter().map(|root| {
        let header = json!({"alg": root.algorithm(), "kid": root.kid(), "typ": TRUST_TYP});
        let protected = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        let signature = root.sign(format!("{protected}.{body}").as_bytes())?;
        Ok(json!({"protected": protected, "signature": URL_SAFE_NO_PAD.encode(signature)}))
    });
    let signatures = signatures.collect::<Anyhow<Vec<_>>>()?;
    Ok(json!({"payload": body, "signatures": signatures}))
}

fn payload_of(list: &Value) -> Anyhow<Value> {
    let body = list["payload"].as_str().ok_or("no payload")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body)?)?)
}

pub fn write_trust(world: &World) -> Anyhow<()> {
    let (root, sm2_root) = (world.key("root-es256"), world.key("root-sm2"));
    let both: [&dyn Signer; 2] = [root, sm2_root];
    let roots = Roots::new(vec![root.public_key().clone(), sm2_root.public_key().clone()]);
    fs::write(world.folder.join("root.json"), roots.to_json() + "\n")?;

    let good = world.trust_payload();
    let signed =
        |payload: &TrustPayload| -> Anyhow<Value> { Ok(serde_json::from_str(&sign(payload, root, Some(sm2_root))?)?) };
    let list = signed(&good)?;
    let write = |name: &str, list: &Value| fs::write(world.folder.join("trust").join(name), format!("{list:#}\n"));

    // As a newer version might write it: a member, a use and an algorithm that this version does not know.
    let mut newer = payload_of(&list)?;
    newer["colour"] = json!("blue");
    let keys = newer["keys"].as_array_mut().ok_or("no keys")?;
    let mut permit = keys[0].clone();
    permit["use"] = json!("permit");
    permit["kid"] = json!("00000000000000aa");
    let mut lattice = keys[0].clone();
    lattice["alg"] = json!("ML-DSA-44");
    lattice["kid"] = json!("00000000000000bb");
    lattice["public_key"] = json!(STANDARD.encode([1, 2, 3]));
    keys.extend([permit, lattice]);
    write("trust.json", &sign_json(&newer, &both)?)?;

    write("old-number.json", &signed(&TrustPayload { seq: SEQ - 1, ..good.clone() })?)?;
    write("expired.json", &signed(&TrustPayload { iat: NOW - 30 * 86_400, exp: NOW, ..good.clone() })?)?;
    write("last-second.json", &signed(&TrustPayload { iat: NOW - 30 * 86_400, exp: NOW + 1, ..good.clone() })?)?;
    write("from-the-future.json", &signed(&TrustPayload { iat: NOW + 91, ..good.clone() })?)?;
    write("ninety-seconds-ahead.json", &signed(&TrustPayload { iat: NOW + 90, ..good.clone() })?)?;
    let mark = world.key("mark-es256").kid();
    let without: Vec<_> = good.keys.iter().filter(|key| key.public_key.kid() != mark).cloned().collect();
    write("compromised-key-removed.json", &signed(&TrustPayload { keys: without, seq: SEQ + 1, ..good.clone() })?)?;

    write("signed-by-another-root.json", &sign_json(&newer, &[world.key("other-root") as &dyn Signer])?)?;
    write("without-sm2-signature.json", &sign_json(&newer, &both[..1])?)?;
    let mut changed = sign_json(&newer, &both)?;
    newer["exp"] = json!(TRUST_SIGNED + 3_650 * 86_400);
    changed["payload"] = json!(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&newer)?));
    write("changed-after-signing.json", &changed)?;

    let mut wrong_kid = payload_of(&list)?;
    wrong_kid["keys"][0]["kid"] = json!("0011223344556677");
    write("key-and-kid-disagree.json", &sign_json(&wrong_kid, &both)?)?;
    let mut twice = payload_of(&list)?;
    let again = twice["keys"][0].clone();
    twice["keys"].as_array_mut().ok_or("no keys")?.push(again);
    write("key-twice.json", &sign_json(&twice, &both)?)?;
    Ok(())
}

pub fn write_status(world: &World) -> Anyhow<()> {
    let mut list = StatusList::default();
    for (index, value) in [
        (ENTRY_REVOKED, StatusValue::Invalid),
        (ENTRY_SUSPENDED, StatusValue::Suspended),
        (ENTRY_SUPERSEDED, StatusValue::Superseded),
        (0, StatusValue::Invalid),
        (1, StatusValue::Suspended),
        (2, StatusValue::Superseded),
    ] {
        list.set(index, value);
    }
    let folder = world.folder.join("status");
    let address = STATUS_URI.replace("{list}", &LIST.to_string());
    let claims = |iat: i64| ListClaims { list: LIST, iat, exp: iat + WEEK, ttl: 43_200 };
    let jwt = |name: &str, claims: &ListClaims, address: &str, key: &str| -> Anyhow<()> {
        Ok(fs::write(folder.join(name), sign_jwt(claims, address, &list.pack(), world.key(key))?)?)
    };
    let cwt = |name: &str, key: &str| -> Anyhow<()> {
        Ok(fs::write(folder.join(name), sign_cwt(&claims(STATUS_SIGNED), &address, &list.pack(), world.key(key))?)?)
    };
    jwt("1.jwt", &claims(STATUS_SIGNED), &address, "status-es256")?;
    jwt("1-sm2.jwt", &claims(STATUS_SIGNED), &address, "status-sm2")?;
    jwt("1-ed25519.jwt", &claims(STATUS_SIGNED), &address, "status-ed25519")?;
    cwt("1.cwt", "status-es256")?;
    cwt("1-sm2.cwt", "status-sm2")?;
    cwt("1-ed25519.cwt", "status-ed25519")?;
    jwt("1-a-day-old.jwt", &claims(NOW - 86_400), &address, "status-es256")?;
    jwt("1-stale.jwt", &claims(NOW - 86_401), &address, "status-es256")?;
    jwt("1-last-second.jwt", &claims(NOW - WEEK + 1), &address, "status-es256")?;
    jwt("1-expired.jwt", &claims(NOW - WEEK), &address, "status-es256")?;
    jwt("1-of-the-month-end.jwt", &claims(MONTH_ENDS - 600), &address, "status-es256")?;
    jwt("1-from-the-future.jwt", &claims(NOW + 91), &address, "status-es256")?;
    jwt("1-by-a-mark-key.jwt", &claims(STATUS_SIGNED), &address, "mark-es256")?;
    jwt("1-other-address.jwt", &claims(STATUS_SIGNED), "https://elsewhere.example/status/1", "status-es256")?;
    let two = ListClaims { list: 2, ..claims(STATUS_SIGNED) };
    jwt("2.jwt", &two, &STATUS_URI.replace("{list}", "2"), "status-es256")?;
    write_licence_status(world)?;
    write_broken_status(world, &address)
}

/// The list of licences: four bits an entry.
fn write_licence_status(world: &World) -> Anyhow<()> {
    let mut list = StatusList::new(EntryBits::Four);
    for (index, value) in [
        (ENTRY_REVOKED, StatusValue::Invalid),
        (ENTRY_SUSPENDED, StatusValue::Suspended),
        (ENTRY_SUPERSEDED, StatusValue::Superseded),
        (ENTRY_STOPPED, StatusValue::Stopped),
        (0, StatusValue::Stopped),
    ] {
        list.set(index, value);
    }
    let mut bytes = list.as_bytes().to_vec();
    // A value without a meaning: two entries a byte, this one in the upper half.
    bytes[ENTRY_MEANINGLESS as usize / 2] |= 9 << 4;
    let list = StatusList::from_bytes(EntryBits::Four, bytes).ok_or("not one list")?.pack();
    let claims = ListClaims { list: LICENCE_LIST, iat: STATUS_SIGNED, exp: STATUS_SIGNED + WEEK, ttl: 43_200 };
    let address = STATUS_URI.replace("{list}", &LICENCE_LIST.to_string());
    let folder = world.folder.join("status");
    let signer = world.key("status-es256");
    fs::write(folder.join("3.jwt"), sign_jwt(&claims, &address, &list, signer)?)?;
    Ok(fs::write(folder.join("3.cwt"), sign_cwt(&claims, &address, &list, signer)?)?)
}

/// Lists that no builder of ours would write: signed by hand.
fn write_broken_status(world: &World, address: &str) -> Anyhow<()> {
    let folder = world.folder.join("status");
    let good = fs::read_to_string(folder.join("1.jwt"))?;
    let mut flipped = good.clone().into_bytes();
    // A character in the middle of the claims; still base64.
    let at = good.find('.').ok_or("no dot")? + 40;
    flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
    fs::write(folder.join("1-changed-after-signing.jwt"), flipped)?;
    let signer = world.key("status-es256");
    let sign_claims = |name: &str, typ: &str, bits: u8, lst: &[u8]| -> Anyhow<()> {
        let header = json!({"alg": signer.algorithm(), "kid": signer.kid(), "typ": typ});
        let claims = json!({"sub": address, "iat": STATUS_SIGNED, "exp": STATUS_SIGNED + WEEK, "ttl": 43_200,
            "status_list": {"bits": bits, "lst": URL_SAFE_NO_PAD.encode(lst)}});
        let encode = |value: &Value| Ok::<_, serde_json::Error>(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value)?));
        let body = format!("{}.{}", encode(&header)?, encode(&claims)?);
        let signature = signer.sign(body.as_bytes())?;
        Ok(fs::write(folder.join(name), format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature)))?)
    };
    let entries = StatusList::default().compress();
    sign_claims("1-wrong-type.jwt", "JWT", 2, &entries)?;
    sign_claims("1-one-bit.jwt", "statuslist+jwt", 1, &entries)?;
    // A stream of zeros that unpacks to 64 MiB, and one of half a list.
    // Four bits are named, and entries of two bits are there; and three bits.
    sign_claims("1-four-bits-of-two.jwt", "statuslist+jwt", 4, &entries)?;
    sign_claims("1-three-bits.jwt", "statuslist+jwt", 3, &entries)?;
    sign_claims("1-bomb.jwt", "statuslist+jwt", 2, &deflate(64 << 20)?)?;
    sign_claims("1-short.jwt", "statuslist+jwt", 2, &deflate(ENTRIES as usize / 8)?)?;
    Ok(())
}

fn deflate(zeros: usize) -> Anyhow<Vec<u8>> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; zeros])?;
    Ok(encoder.finish()?)
}
