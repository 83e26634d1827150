//! Trust lists and status lists: what opens, and what does not.

#[expect(dead_code, reason = "this test does not need all of it")]
mod common;

use common::{NOW, STATUS_URI, issuer, payload, trust};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::status_list::{
    EntryBits, ListClaims, MAX_TOKEN, StatusError, StatusList, StatusSource, StatusValue, open_cwt, open_jwt, sign_cwt,
    sign_jwt,
};
use luzheng_credential::trust::{KeyUse, MAX_TRUST_LIST, NotPermitted, Region, Roots, TrustError, TrustList, sign};
use serde_json::Value;

fn root(algorithm: Algorithm) -> FileKey {
    FileKey::generate(algorithm).expect("randomness")
}

fn pin(roots: &[&FileKey]) -> Roots {
    Roots::new(roots.iter().map(|root| root.public_key().clone()).collect())
}

#[test]
fn a_trust_list_opens_with_its_root_and_no_other() {
    let key = issuer(Algorithm::Sm2, KeyUse::Mark);
    let (one, other) = (root(Algorithm::Es256), root(Algorithm::Es256));
    let json = sign(&payload(&[&key]), &one, None).expect("signs");
    let list = TrustList::open(&json, &pin(&[&one]), 7).expect("opens");
    assert_eq!((list.iat(), list.seq()), (NOW - 3_600, 7));
    assert_eq!(list.find(key.key.kid()), Some(&key.entry));
    assert_eq!(TrustList::open(&json, &pin(&[&other]), 0).expect_err("another root"), TrustError::NoRoot);
    assert_eq!(TrustList::open(&json, &pin(&[]), 0).expect_err("no root"), TrustError::NoRoot);
    let back = TrustList::open(&json, &pin(&[&one]), 8).expect_err("a newer one was seen");
    assert_eq!(back, TrustError::GoesBack { seq: 7, known: 8 });
    assert!(
        TrustList::open(&json, &pin(&[&other, &one]), 0).is_ok(),
        "one pinned root of the algorithm is enough: roots change"
    );
}

#[test]
fn where_an_sm2_root_is_pinned_its_signature_is_demanded() {
    let key = issuer(Algorithm::Es256, KeyUse::Mark);
    let (es256, sm2) = (root(Algorithm::Es256), root(Algorithm::Sm2));
    let one = sign(&payload(&[&key]), &es256, None).expect("signs");
    let both = sign(&payload(&[&key]), &es256, Some(&sm2)).expect("signs");
    for roots in [pin(&[&es256]), pin(&[&sm2]), pin(&[&es256, &sm2])] {
        assert!(TrustList::open(&both, &roots, 0).is_ok(), "{roots:?}");
    }
    let missing = TrustList::open(&one, &pin(&[&es256, &sm2]), 0).expect_err("SM2 is missing");
    assert_eq!(missing, TrustError::RootMissing(Algorithm::Sm2));
    // One good signature does not make up for a wrong one.
    let mut json: Value = serde_json::from_str(&both).expect("JSON");
    json["signatures"][1]["signature"] = json["signatures"][0]["signature"].clone();
    let wrong = TrustList::open(&json.to_string(), &pin(&[&es256, &sm2]), 0).expect_err("wrong");
    assert_eq!(wrong, TrustError::BadSignature(sm2.kid()));
}

#[test]
fn the_root_file_comes_back_and_is_strict() {
    let roots = pin(&[&root(Algorithm::Es256), &root(Algorithm::Sm2)]);
    let json = roots.to_json();
    assert_eq!(Roots::from_json(&json).expect("our own"), roots);
    let mut wrong: Value = serde_json::from_str(&json).expect("JSON");
    wrong["keys"][0]["alg"] = "SM2".into();
    assert!(matches!(Roots::from_json(&wrong.to_string()), Err(TrustError::Key { .. })));
    let mut wrong: Value = serde_json::from_str(&json).expect("JSON");
    wrong["keys"][0]["kid"] = "0000000000000000".into();
    assert!(matches!(Roots::from_json(&wrong.to_string()), Err(TrustError::Key { .. })));
    assert_eq!(Roots::from_json(r#"{"keys":[]}"#), Err(TrustError::NoRoot));
    assert_eq!(Roots::from_json(&" ".repeat(1 << 20)), Err(TrustError::TooLarge));
}

#[test]
fn a_payload_that_readers_would_refuse_is_not_signed() {
    let key = issuer(Algorithm::Es256, KeyUse::Mark);
    let root = root(Algorithm::Es256);
    let mut backwards = payload(&[&key]);
    backwards.exp = backwards.iat;
    assert!(matches!(sign(&backwards, &root, None), Err(TrustError::Shape(_))));
    let mut nowhere = payload(&[&key]);
    nowhere.status_uri = "https://luzheng.example/status".to_owned();
    assert!(matches!(sign(&nowhere, &root, None), Err(TrustError::Shape(_))));
    assert!(matches!(sign(&payload(&[&key, &key]), &root, None), Err(TrustError::Key { .. })));
    let other = issuer(Algorithm::Es256, KeyUse::Mark);
    let mut uncertified = payload(&[&key]);
    uncertified.keys[0].certificate = Some(b"not a certificate".to_vec());
    assert!(matches!(sign(&uncertified, &root, None), Err(TrustError::Key { .. })));
    drop(other);
    assert_eq!(
        TrustList::open(&" ".repeat(MAX_TRUST_LIST + 1), &pin(&[&root]), 0).expect_err("huge"),
        TrustError::TooLarge
    );
}

#[test]
fn regions_cover_what_lies_below_them() {
    let covers = |region: u32, authority: u32| Region::new(region).expect("six digits").covers(authority);
    for (region, authority) in [
        (320_000, 320_000),
        (320_000, 320_200),
        (320_000, 329_999),
        (320_500, 320_507),
        (320_507, 320_507),
        (0, 650_100),
    ] {
        assert!(covers(region, authority), "{region} {authority}");
    }
    for (region, authority) in
        [(320_000, 310_100), (320_500, 320_600), (320_507, 320_500), (320_507, 320_508), (320_500, 320_000)]
    {
        assert!(!covers(region, authority), "{region} {authority}");
    }
    assert_eq!(Region::new(1_000_000), None);
}

#[test]
fn status_addresses_lead_to_their_lists_and_back() {
    let list = trust(&[]);
    for number in [0, 1, 42, u32::MAX] {
        assert_eq!(list.list_at(&list.status_address(number)), Some(number));
    }
    for address in [
        "https://luzheng.example/status/",
        "https://luzheng.example/status/01",
        "https://luzheng.example/status/+1",
        "https://luzheng.example/status/1/",
        "https://luzheng.example/status/4294967296",
        "https://other.example/status/1",
        "",
    ] {
        assert_eq!(list.list_at(address), None, "{address}");
    }
    assert_eq!(list.status_address(9), STATUS_URI.replace("{list}", "9"));
}

#[test]
fn signed_status_lists_open_in_both_forms() {
    let claims = ListClaims { list: 9, iat: NOW, exp: NOW + 7 * 86_400, ttl: 3_600 };
    let mut entries = StatusList::default();
    entries.set(123_456, StatusValue::Superseded);
    let packed = entries.pack();
    for algorithm in Algorithm::ALL {
        let key = issuer(algorithm, KeyUse::Status);
        let trust = trust(&[&key]);
        let address = trust.status_address(9);
        let jwt = sign_jwt(&claims, &address, &packed, &key.key).expect("signs");
        let cwt = sign_cwt(&claims, &address, &packed, &key.key).expect("signs");
        assert!(jwt.len() < 1_000 && cwt.len() < 1_000, "a nearly empty list is small");
        for signed in [open_jwt(&jwt, &trust).expect("JWT"), open_cwt(&cwt, &trust).expect("CWT")] {
            assert_eq!((signed.claims, &signed.entries, signed.kid), (claims, &entries, key.key.kid()));
            let mut book = luzheng_credential::status_list::StatusBook::new();
            assert!(book.take(signed));
            assert_eq!(book.look_up(9, 123_456).map(|answer| answer.value), Some(StatusValue::Superseded));
        }
        for at in 0..cwt.len() {
            let mut changed = cwt.clone();
            changed[at] ^= 1;
            assert!(open_cwt(&changed, &trust).is_err(), "{algorithm}: byte {at}");
        }
        for at in 0..jwt.len() {
            let mut changed = jwt.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(
                open_jwt(&String::from_utf8(changed).expect("ASCII"), &trust).is_err(),
                "{algorithm}: character {at}"
            );
        }
    }
}

#[test]
fn status_lists_of_others_do_not_open() {
    let (status, marks) = (issuer(Algorithm::Es256, KeyUse::Status), issuer(Algorithm::Es256, KeyUse::Mark));
    let unlisted = issuer(Algorithm::Es256, KeyUse::Status);
    let trust = trust(&[&status, &marks]);
    let claims = ListClaims { list: 9, iat: NOW, exp: NOW + 60, ttl: 30 };
    let entries = StatusList::default().pack();
    let address = trust.status_address(9);
    let open = |claims: &ListClaims, address: &str, key: &FileKey| {
        let jwt = open_jwt(&sign_jwt(claims, address, &entries, key).expect("signs"), &trust).expect_err("refused");
        let cwt = open_cwt(&sign_cwt(claims, address, &entries, key).expect("signs"), &trust).expect_err("refused");
        assert_eq!(jwt, cwt);
        jwt
    };
    assert_eq!(open(&claims, &address, &unlisted.key), StatusError::UnknownKey(unlisted.key.kid()));
    assert_eq!(open(&claims, &address, &marks.key), StatusError::NotPermitted(marks.key.kid(), NotPermitted::Use));
    assert_eq!(
        open(&claims, "https://x.example/9", &status.key),
        StatusError::Address("https://x.example/9".to_owned())
    );
    let late = ListClaims { iat: status.entry.not_after, exp: status.entry.not_after + 60, ..claims };
    assert_eq!(open(&late, &address, &status.key), StatusError::NotPermitted(status.key.kid(), NotPermitted::Dates));
    assert!(matches!(open(&ListClaims { exp: NOW, ..claims }, &address, &status.key), StatusError::Shape(_)));
    assert_eq!(open_jwt(&"A".repeat(MAX_TOKEN + 1), &trust), Err(StatusError::TooLarge));
    assert_eq!(open_cwt(&vec![0; MAX_TOKEN + 1], &trust), Err(StatusError::TooLarge));
}

/// The largest token: a list of random entries, which does not compress.
#[test]
fn a_list_that_does_not_compress_still_fits() {
    let key = issuer(Algorithm::Es256, KeyUse::Status);
    let trust = trust(&[&key]);
    let claims = ListClaims { list: 9, iat: NOW, exp: NOW + 60, ttl: 30 };
    let mut state = 1u64;
    let mut bytes = vec![0; EntryBits::Four.list_bytes()];
    for byte in &mut bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
    let entries = StatusList::from_bytes(EntryBits::Four, bytes).expect("a list");
    let jwt = sign_jwt(&claims, &trust.status_address(9), &entries.pack(), &key.key).expect("signs");
    assert!(jwt.len() <= MAX_TOKEN, "{}", jwt.len());
    assert_eq!(open_jwt(&jwt, &trust).expect("opens").entries, entries);
}
