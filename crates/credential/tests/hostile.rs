//! Damage of every kind: each single bit, each cut, arbitrary bytes. Nothing panics and nothing damaged is ever valid.

#[expect(dead_code, reason = "this test does not need all of it")]
mod common;

use std::collections::BTreeMap;

use common::{NOW, issuer, mark, trust};
use luzheng_credential::issue::Prepared;
use luzheng_credential::kind::Claims;
use luzheng_credential::qr::{message, text};
use luzheng_credential::sign::{Algorithm, Signer};
use luzheng_credential::status_list::{EntryBits, StatusBook, StatusList, open_cwt, open_jwt};
use luzheng_credential::trust::{KeyUse, Roots, TrustList};
use luzheng_credential::verify::{Question, Reason, Report, Verdict, verify};
use proptest::prelude::*;

fn book() -> StatusBook {
    let mut book = StatusBook::new();
    book.put(1, StatusList::default(), NOW - 60, NOW + 86_400);
    book
}

fn judge(text: &str, trust: &TrustList, book: &StatusBook) -> Report {
    let now = jiff::Timestamp::from_second(NOW).expect("a time");
    verify(text, Some(trust), book, &Question { now, clock_confirmed: true, expected_plate: None, our_hosts: &[] })
}

/// Flips every bit of a static mark, one at a time. The part in which it stands decides which reasons are lawful.
#[test]
fn no_flipped_bit_goes_unnoticed() {
    for algorithm in Algorithm::ALL {
        let marks = issuer(algorithm, KeyUse::Mark);
        let (trust, book) = (trust(&[&marks]), book());
        let issued = Prepared::new(mark(), &marks.entry).expect("prepared").sign(&marks.key).expect("signed");
        let good = issued.message();
        assert_eq!(judge(&text::compact(good), &trust, &book).verdict(), Verdict::Valid);
        let header = message::protected_header(algorithm, marks.key.kid()).len();
        let kid = 3 + header - 8..3 + header;
        let claims = 3 + header + 3..good.len() - 66;
        let signature = good.len() - 64..good.len();
        let mut seen = BTreeMap::new();
        for bit in 0..good.len() * 8 {
            let mut bytes = good.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let report = judge(&text::compact(&bytes), &trust, &book);
            let reason = report.reason().expect("not valid");
            let lawful: &[Reason] = if signature.contains(&(bit / 8)) || claims.contains(&(bit / 8)) {
                &[Reason::BadSignature]
            } else if kid.contains(&(bit / 8)) {
                &[Reason::UnknownIssuer]
            } else {
                &[Reason::NotACredential, Reason::Truncated, Reason::UnsupportedVersion, Reason::BadSignature]
            };
            assert!(lawful.contains(&reason), "{algorithm}: bit {bit} gives {reason:?}");
            assert!(report.claims().is_none(), "{algorithm}: bit {bit} shows claims");
            *seen.entry(reason.code()).or_insert(0) += 1;
        }
        assert!(seen.len() >= 4, "{seen:?}");
    }
}

/// Every proper beginning of a message is truncated; so is every text that was cut between two groups. A cut inside a group may
/// leave digits that happen to spell other bytes, and then it is anybody's guess; but it is always unreadable.
#[test]
fn every_cut_is_called_truncated() {
    let marks = issuer(Algorithm::Sm2, KeyUse::Mark);
    let (trust, book) = (trust(&[&marks]), book());
    let issued = Prepared::new(mark(), &marks.entry).expect("prepared").sign(&marks.key).expect("signed");
    for length in 0..issued.message().len() {
        assert_eq!(
            message::split(&issued.message()[..length]),
            Err(message::EnvelopeError::Truncated),
            "{length} bytes"
        );
    }
    for (text, head, group) in [(issued.text("h.example"), "HTTPS://H.EXAMPLE/V#".len(), 17), (issued.compact(), 4, 3)]
    {
        let mut truncated = 0;
        for length in head..text.len() {
            let report = judge(&text[..length], &trust, &book);
            assert_eq!(report.verdict(), Verdict::Unreadable, "{length} characters of {}", text.len());
            let between = (length - head) % group == 0;
            assert!(report.reason() == Some(Reason::Truncated) || !between, "{length} characters of {}", text.len());
            truncated += usize::from(report.reason() == Some(Reason::Truncated));
        }
        assert!(truncated * 10 > (text.len() - head) * 9, "{truncated} of {}", text.len() - head);
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..1_200)) {
        let _ = message::split(&bytes);
        let _ = Claims::decode(&bytes);
        for bits in [EntryBits::Two, EntryBits::Four] {
            let _ = StatusList::decompress(bits, &bytes);
        }
        let trust = trust_of_nobody();
        let _ = open_cwt(&bytes, trust);
        let text = String::from_utf8_lossy(&bytes);
        let _ = open_jwt(&text, trust);
        let _ = Roots::from_json(&text);
        for text in [text.as_ref(), &text::compact(&bytes), &text::primary("x", &bytes)] {
            let report = judge(text, trust, &StatusBook::new());
            prop_assert!(report.verdict() != Verdict::Valid);
        }
    }

    #[test]
    fn claims_that_are_accepted_are_the_ones_that_are_written(
        at in proptest::collection::vec((0usize..100, any::<u8>()), 0..4),
    ) {
        let mut bytes = Claims::InspectionMark(mark()).encode().expect("claims");
        for (position, byte) in at {
            let position = position % bytes.len();
            bytes[position] = byte;
        }
        if let Ok(claims) = Claims::decode(&bytes) {
            prop_assert_eq!(claims.encode().expect("what was read can be written"), bytes);
        }
    }
}

fn trust_of_nobody() -> &'static TrustList {
    static TRUST: std::sync::OnceLock<TrustList> = std::sync::OnceLock::new();
    TRUST.get_or_init(|| trust(&[]))
}
