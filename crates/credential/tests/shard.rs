//! Shards: exact answers, every single bit, every length.

#[expect(dead_code, reason = "some of it is for the tests of codes")]
mod common;

use common::{Issuer, NOW, issuer, trust};
use jiff::Timestamp;
use luzheng_credential::pack::PackError;
use luzheng_credential::shard::{BLOCK, MarkState, PlateFacts, Shard, ShardBuilder};
use luzheng_credential::sign::Algorithm;
use luzheng_credential::trust::{KeyUse, TrustList};
use luzheng_domain::vehicle::{StatusSet, YearMonth};
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

fn facts(n: u32) -> PlateFacts {
    let marks = [MarkState::None, MarkState::Current, MarkState::Suspended, MarkState::Revoked];
    let letters = ["A", "G", "CG", "EM", "A"];
    PlateFacts {
        valid_until: YearMonth::from_yyyymm(202_600 + n % 300).filter(|_| !n.is_multiple_of(7)),
        mark: marks[n as usize % 4],
        status: letters[n as usize % 5].parse::<StatusSet>().expect("a state"),
    }
}

fn build(issuer: &Issuer, plates: &[(String, u8, PlateFacts)]) -> Vec<u8> {
    let mut builder = ShardBuilder::new(Vec::new());
    for (plate, plate_type, facts) in plates {
        builder.add(plate, *plate_type, facts).expect("in order");
    }
    let (mut front, blocks) = builder.finish(32, 4, NOW, 7, &issuer.key).expect("a shard");
    front.extend(blocks);
    front
}

fn world() -> (Issuer, TrustList) {
    let status = issuer(Algorithm::Ed25519, KeyUse::Status);
    let trust = trust(&[&status]);
    (status, trust)
}

fn open(bytes: Vec<u8>, trust: &TrustList) -> Result<Shard, PackError> {
    Shard::open(bytes, trust, 0, now())
}

#[test]
fn every_plate_is_found_and_no_other() {
    let (status, trust) = world();
    // More than two blocks; one plate of many types lies across the border of two.
    let mut plates: Vec<(String, u8, PlateFacts)> =
        (0..2 * BLOCK as u32 + 50).map(|n| (format!("苏A{:05}", n * 3), 2, facts(n))).collect();
    let border = plates[BLOCK - 2].0.clone();
    plates.extend((3..9).map(|plate_type| (border.clone(), plate_type, facts(u32::from(plate_type)))));
    plates.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let shard = open(build(&status, &plates), &trust).expect("our own");
    shard.check_all().expect("whole");
    assert_eq!((shard.head().scope, shard.head().count as usize), (32, plates.len()));
    for (plate, plate_type, facts) in plates.iter().step_by(61).chain(&plates[BLOCK - 8..BLOCK + 8]) {
        let found = shard.find(plate, Some(*plate_type)).expect("whole");
        assert_eq!(found.iter().map(|one| (one.plate_type, one.facts)).collect::<Vec<_>>(), [(*plate_type, *facts)]);
    }
    let all = shard.find(&border, None).expect("whole");
    assert_eq!(all.iter().map(|one| one.plate_type).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
    for (unknown, plate_type) in
        [("苏A00001", None), ("苏A00000", Some(1)), ("", None), ("苏", None), ("苏Z", None), ("A", None)]
    {
        assert_eq!(shard.find(unknown, plate_type), Ok(Vec::new()), "{unknown}");
    }
    let empty = open(build(&status, &[]), &trust).expect("our own");
    assert_eq!(empty.find("苏A00000", None), Ok(Vec::new()));
}

#[test]
fn every_single_bit_is_refused_or_no_answer() {
    let (status, trust) = world();
    let plates: Vec<(String, u8, PlateFacts)> = (0..40).map(|n| (format!("苏A{:05}", n * 977), 2, facts(n))).collect();
    let bytes = build(&status, &plates);
    let (mut refused, mut silent) = (0, 0);
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        match open(altered, &trust) {
            Err(_) => refused += 1,
            Ok(shard) => {
                assert_eq!(shard.find(&plates[5].0, None).expect_err("altered").code(), "broken_pack");
                assert!(shard.check_all().is_err());
                silent += 1;
            }
        }
    }
    assert!(refused > 0 && silent > 0);
    for length in 0..bytes.len() {
        assert_eq!(open(bytes[..length].to_vec(), &trust).expect_err("cut").code(), "broken_pack", "{length}");
    }
}

#[test]
fn older_expired_and_foreign_ones_are_refused() {
    let (status, trust) = world();
    let bytes = build(&status, &[("苏A00000".to_owned(), 2, facts(1))]);
    let open = |held, second| {
        let now = Timestamp::from_second(second).expect("a time");
        Shard::open(bytes.clone(), &trust, held, now).map(drop).map_err(|error| error.code())
    };
    assert_eq!(open(4, NOW), Ok(()));
    assert_eq!(open(5, NOW), Err("older_pack"));
    assert_eq!(open(0, NOW + 7 * 86_400 - 1), Ok(()));
    assert_eq!(open(0, NOW + 7 * 86_400), Err("pack_expired"));
    let (_, others) = world();
    assert_eq!(
        Shard::open(bytes.clone(), &others, 0, now()).map(drop).map_err(|error| error.code()),
        Err("unknown_issuer")
    );
}

#[test]
fn what_is_out_of_order_or_range_is_not_built() {
    let (status, _) = world();
    let mut builder = ShardBuilder::new(Vec::new());
    builder.add("苏B00002", 2, &facts(1)).expect("the first");
    for (plate, plate_type) in [("苏B00002", 2), ("苏B00002", 1), ("苏B00001", 2), ("", 2), ("苏C00000", 100)] {
        assert!(builder.add(plate, plate_type, &facts(1)).is_err(), "{plate} {plate_type}");
    }
    assert!(builder.add(&"苏".repeat(11), 2, &facts(1)).is_err(), "too long");
    assert_eq!(builder.count(), 1);
    assert!(builder.finish(7, 1, NOW, 7, &status.key).is_err(), "no province");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_plates_come_back(set in proptest::collection::btree_map(("[苏浙][A-C][0-9A-Z]{0,6}[学挂]?", 0..=99u8), any::<u32>(), 0..200)) {
        let (status, trust) = world();
        let plates: Vec<_> = set.iter().map(|((plate, plate_type), n)| (plate.clone(), *plate_type, facts(*n))).collect();
        let shard = open(build(&status, &plates), &trust).expect("our own");
        for (plate, plate_type, facts) in &plates {
            let found = shard.find(plate, Some(*plate_type)).expect("whole");
            prop_assert_eq!(found.into_iter().map(|one| one.facts).collect::<Vec<_>>(), vec![*facts]);
        }
        shard.check_all().expect("whole");
    }
}
