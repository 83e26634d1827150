//! From claims to a code: what is refused before it is signed, how large codes get, and that our own verifier looks at each.

mod common;

use common::{NOW, issuer, issuer_in, live_mark, mark, trust};
use luzheng_credential::issue::{IssueError, Prepared};
use luzheng_credential::kind::driving_licence::{LicenceMode, LicenceTerm, MAX_HELD_BYTES, WRAPPER_BYTES};
use luzheng_credential::kind::inspection_mark::{MAX_LIVE_BYTES, MAX_SEALED_BYTES, MAX_STATIC_BYTES, MarkMode};
use luzheng_credential::kind::{Claims, DrivingLicence, InspectionMark, Live, Sealed, StatusRef};
use luzheng_credential::qr::{message, text};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::status_list::{ENTRIES, EntryBits, StatusBook, StatusList};
use luzheng_credential::trust::{KeyUse, NotPermitted};
use luzheng_credential::verify::{Question, Reason, Verdict, verify};
use luzheng_domain::vehicle::YearMonth;

fn now() -> jiff::Timestamp {
    jiff::Timestamp::from_second(NOW).expect("a time")
}

#[test]
fn an_issued_mark_is_confirmed_by_our_own_verifier() {
    for algorithm in Algorithm::ALL {
        let (marks, live) = (issuer(algorithm, KeyUse::Mark), issuer(algorithm, KeyUse::Live));
        let trust = trust(&[&marks, &live]);
        for (mark, issuer) in [(mark(), &marks), (live_mark(), &live)] {
            let issued =
                Prepared::new(mark.clone(), &issuer.entry).expect("prepared").sign(&issuer.key).expect("signed");
            issued.confirm(&trust, now()).unwrap_or_else(|report| panic!("{algorithm}: {report:?}"));
            assert_eq!(issued.claims(), &Claims::InspectionMark(mark));
            assert_eq!(issued.kid(), issuer.key.kid());
            let host = "luzheng.example";
            assert_eq!(text::decode(&issued.text(host), &[]).expect("primary").message, issued.message());
            assert_eq!(text::decode(&issued.compact(), &[]).expect("compact").message, issued.message());
        }
    }
}

#[test]
fn a_credential_that_nobody_could_verify_is_not_confirmed() {
    let marks = issuer(Algorithm::Es256, KeyUse::Mark);
    let issued = Prepared::new(mark(), &marks.entry).expect("prepared").sign(&marks.key).expect("signed");
    let others = trust(&[&issuer(Algorithm::Es256, KeyUse::Mark)]);
    let report = issued.confirm(&others, now()).expect_err("the trust list does not have the key");
    assert_eq!((report.verdict(), report.reason()), (Verdict::NotValid, Some(Reason::UnknownIssuer)));
    let expired = {
        let mut payload = common::payload(&[&marks]);
        (payload.iat, payload.exp) = (NOW - 200_000, NOW - 100_000);
        let root = luzheng_credential::sign::FileKey::generate(Algorithm::Es256).expect("randomness");
        let json = luzheng_credential::trust::sign(&payload, &root, None).expect("a list");
        let roots = luzheng_credential::trust::Roots::new(vec![root.public_key().clone()]);
        luzheng_credential::trust::TrustList::open(&json, &roots, 0).expect("opens")
    };
    let report = issued.confirm(&expired, now()).expect_err("the trust list is past its end");
    assert_eq!(report.reason(), Some(Reason::TrustListExpired));
}

#[test]
fn what_must_not_be_signed_is_not_prepared() {
    let marks = issuer_in(Algorithm::Es256, KeyUse::Mark, &[320_000]);
    let prepare = |mark: InspectionMark| Prepared::new(mark, &marks.entry).expect_err("refused");
    let kid = marks.key.kid();
    let month = |number| YearMonth::from_yyyymm(number).expect("a month");
    assert_eq!(prepare(live_mark()), IssueError::NotPermitted(kid, NotPermitted::Use));
    assert_eq!(
        prepare(InspectionMark { authority: 310_100, ..mark() }),
        IssueError::NotPermitted(kid, NotPermitted::Region)
    );
    let too_late = InspectionMark { iat: marks.entry.not_after, ..mark() };
    assert_eq!(prepare(too_late), IssueError::NotPermitted(kid, NotPermitted::Dates));
    assert_eq!(prepare(InspectionMark { valid_until: month(202_610), ..mark() }), IssueError::Expired);
    assert!(Prepared::new(InspectionMark { valid_until: month(202_611), ..mark() }, &marks.entry).is_ok());
    let beyond = InspectionMark { status: StatusRef { list: 1, index: ENTRIES }, ..mark() };
    assert_eq!(prepare(beyond), IssueError::StatusIndex(ENTRIES));
    for wrong in [
        InspectionMark { plate_number: String::new(), ..mark() },
        InspectionMark { plate_number: "苏".repeat(11), ..mark() },
        InspectionMark { plate_type: String::new(), ..mark() },
        InspectionMark { authority: 1_000_000, ..mark() },
    ] {
        let unlimited = issuer(Algorithm::Es256, KeyUse::Mark);
        let error = Prepared::new(wrong.clone(), &unlimited.entry).expect_err("refused");
        assert!(matches!(error, IssueError::Claims(_)), "{wrong:?}: {error}");
    }
}

#[test]
fn only_the_key_it_was_prepared_for_signs() {
    let (one, other) = (issuer(Algorithm::Es256, KeyUse::Mark), issuer(Algorithm::Es256, KeyUse::Mark));
    let prepared = Prepared::new(mark(), &one.entry).expect("prepared");
    let error = prepared.sign(&other.key).expect_err("another key");
    assert_eq!(error, IssueError::OtherKey { prepared: one.key.kid(), given: other.key.kid() });
}

/// The largest that each kind of code gets, with the largest values that occur: the longest plate, list numbers and indices of
/// full length, and SM2, whose header is the longest.
#[test]
fn codes_stay_within_the_sizes_of_the_format() {
    let (marks, live) = (issuer(Algorithm::Sm2, KeyUse::Mark), issuer(Algorithm::Sm2, KeyUse::Live));
    let largest = |mode: MarkMode, iat: i64| InspectionMark {
        iat,
        mode,
        plate_number: "粤Z1234港".to_owned(),
        status: StatusRef { list: 65_535, index: ENTRIES - 1 },
        authority: 659_999,
        ..mark()
    };
    // HPKE: 32 of `enc`, 17 of VIN, 16 of tag.
    let sealed = Some(Sealed { reader_key: 65_535, bytes: vec![0; 65] });
    let size = |mark, issuer: &common::Issuer| {
        Prepared::new(mark, &issuer.entry).expect("prepared").sign(&issuer.key).expect("signed").message().len()
    };
    let of_static = size(largest(MarkMode::Static, NOW), &marks);
    let of_live = size(largest(MarkMode::Live(Live { nonce: [0; 8], sealed: None }), NOW), &live);
    let of_sealed = size(largest(MarkMode::Live(Live { nonce: [0; 8], sealed }), NOW), &live);
    assert!(of_static <= MAX_STATIC_BYTES, "static: {of_static}");
    assert!(of_live <= MAX_LIVE_BYTES, "live: {of_live}");
    assert!(of_sealed <= MAX_SEALED_BYTES, "sealed: {of_sealed}");
    let too_much = Some(Sealed { reader_key: 1, bytes: vec![0; 140] });
    let error = Prepared::new(largest(MarkMode::Live(Live { nonce: [0; 8], sealed: too_much }), NOW), &live.entry);
    assert!(matches!(error, Err(IssueError::TooLarge { ceiling: MAX_SEALED_BYTES, .. })), "{error:?}");
}

#[test]
fn the_envelope_is_the_one_of_the_format_byte_for_byte() {
    let marks = issuer(Algorithm::Es256, KeyUse::Mark);
    let issued = Prepared::new(mark(), &marks.entry).expect("prepared").sign(&marks.key).expect("signed");
    let bytes = issued.message();
    let claims = issued.claims().encode().expect("claims");
    let mut expected = vec![0xd2, 0x84, 0x4d, 0xa2, 0x01, 0x26, 0x04, 0x48];
    expected.extend(marks.key.kid().as_bytes());
    expected.extend([0xa0, 0x58, u8::try_from(claims.len()).expect("short")]);
    expected.extend(&claims);
    expected.extend([0x58, 0x40]);
    assert_eq!(&bytes[..bytes.len() - 64], expected);
    let split = message::split(bytes).expect("ours");
    let signed = [&b"\x84\x6aSignature1\x4d"[..], &bytes[3..16], &[0x40, 0x58], &bytes[18..bytes.len() - 66]].concat();
    assert_eq!(split.issued.to_be_signed(), signed, "RFC 9052 section 4.4");
}

fn licence(mode: LicenceMode) -> DrivingLicence {
    DrivingLicence {
        iat: NOW,
        mode,
        name: "张*丰".to_owned(),
        classes: "C1D".to_owned(),
        valid_until: LicenceTerm::Until(jiff::civil::date(2031, 1, 31)),
        status: StatusRef { list: 3, index: 7 },
        authority: 320_200,
        subject_digest: [7; 8],
    }
}

/// The issuer's own look: a held licence without the wrapper that only its device can make, and a live one that says itself that it is
/// red. A stranger's verifier must refuse the first as a copy.
#[test]
fn licences_are_confirmed_before_anybody_sees_them() {
    let device = FileKey::generate(Algorithm::Es256).expect("randomness");
    let spki = device.public_key().spki();
    let (x, y) = spki[spki.len() - 64..].split_at(32);
    let mut point = [2 + (y[31] & 1); 33];
    point[1..].copy_from_slice(x);
    for algorithm in Algorithm::ALL {
        let (held, live) = (issuer(algorithm, KeyUse::Licence), issuer(algorithm, KeyUse::Live));
        let trust = trust(&[&held, &live]);
        let sign = |licence: DrivingLicence, issuer: &common::Issuer| {
            Prepared::new(licence, &issuer.entry).expect("prepared").sign(&issuer.key).expect("signed")
        };
        let held = sign(licence(LicenceMode::Held { device_key: point }), &held);
        held.confirm(&trust, now()).unwrap_or_else(|report| panic!("{algorithm}: {report:?}"));
        for red in [None, Some(false), Some(true)] {
            let mode = LicenceMode::Live { live: Live { nonce: [1; 8], sealed: None }, red };
            sign(licence(mode), &live).confirm(&trust, now()).unwrap_or_else(|r| panic!("{algorithm} {red:?}: {r:?}"));
        }
        let mut book = StatusBook::new();
        book.put(3, StatusList::new(EntryBits::Four), NOW - 60, NOW + 60);
        let question = Question { now: now(), clock_confirmed: true, expected_plate: None, our_hosts: &[] };
        let copied = verify(&held.compact(), Some(&trust), &book, &question);
        assert_eq!((copied.verdict(), copied.reason()), (Verdict::NotValid, Some(Reason::Malformed)));
        let shown = message::wrap(NOW, held.message(), |bytes| device.sign(bytes)).expect("signs");
        assert_eq!(verify(&text::compact(&shown), Some(&trust), &book, &question).verdict(), Verdict::Valid);
    }
    // A point that is none is never handed out.
    let held = issuer(Algorithm::Es256, KeyUse::Licence);
    let trust = trust(&[&held]);
    let mut off_curve = [0xff; 33];
    off_curve[0] = 2;
    let prepared = Prepared::new(licence(LicenceMode::Held { device_key: off_curve }), &held.entry).expect("prepared");
    let report = prepared.sign(&held.key).expect("signed").confirm(&trust, now()).expect_err("refused");
    assert_eq!(report.reason(), Some(Reason::Malformed));
}

/// A held licence as large as they get, in the wrapper that its device signs.
#[test]
fn a_held_licence_and_its_wrapper_stay_within_their_size() {
    let licences = issuer(Algorithm::Sm2, KeyUse::Licence);
    let device = FileKey::generate(Algorithm::Es256).expect("randomness");
    let licence = DrivingLicence {
        iat: NOW,
        mode: LicenceMode::Held { device_key: [2; 33] },
        name: "欧*娜丰".to_owned(),
        classes: "A1A2A3B1B2C1C2C3C4C5C6DEFMNP1234".to_owned(),
        valid_until: LicenceTerm::Until(jiff::civil::date(2031, 1, 31)),
        status: StatusRef { list: 65_535, index: ENTRIES - 1 },
        authority: 659_999,
        subject_digest: [7; 8],
    };
    let prepared = Prepared::new(licence, &licences.entry).expect("prepared");
    let issued = prepared.sign(&licences.key).expect("signed");
    let wrapped = message::wrap(NOW, issued.message(), |bytes| device.sign(bytes)).expect("signs");
    assert!(wrapped.len() <= MAX_HELD_BYTES, "held: {}", wrapped.len());
    assert!(
        wrapped.len() - issued.message().len() <= WRAPPER_BYTES,
        "the wrapper: {}",
        wrapped.len() - issued.message().len()
    );
}
