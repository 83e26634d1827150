use luzheng_domain::accident::{Circumstance, Circumstances, Path, Responsibility};
use proptest::prelude::*;

use super::*;
use crate::sign::{Algorithm, FileKey, Signer};
use crate::verify::Reason;

const NOW: u32 = 1_795_248_000;

fn key() -> FileKey {
    FileKey::generate(Algorithm::Es256).expect("randomness")
}

fn point(key: &FileKey) -> [u8; 33] {
    compressed(key.public_key()).expect("ES256")
}

fn party(plate: &str) -> Party {
    Party {
        plate: plate.to_owned(),
        plate_type: "02".to_owned(),
        impact: 5,
        mark: None,
        licence: None,
        insurer: Some("某某财险".to_owned()),
        policy: None,
        contact: None,
    }
}

fn offer(key: &FileKey) -> Offer {
    Offer {
        record: [7; 16],
        key: point(key),
        made_at: NOW,
        clock_confirmed: false,
        happened_at: NOW - 600,
        place: Some(Place { lat_e5: 3_130_000, lon_e5: 12_058_000, accuracy_m: 12 }),
        place_text: Some("苏州市人民路".to_owned()),
        form: 1,
        weather: 1,
        responsibility: Responsibility::Full,
        circumstances: Circumstances::NONE,
        party: party("苏E12345"),
    }
}

fn statement(key: &FileKey) -> Statement {
    Statement {
        record: [7; 16],
        key: point(key),
        made_at: NOW + 60,
        clock_confirmed: true,
        circumstances: Circumstances::NONE,
        party: party("苏B67890"),
    }
}

fn endorsement(role: Role, digest: [u8; 32]) -> Endorsement {
    Endorsement { role, digest, signed_at: NOW + 120, plate: PlateSeen::Same, mark: None, licence: None }
}

/// A record of both parties, after the pieces were changed.
fn record(change: impl FnOnce(&mut Offer, &mut Statement, &mut Endorsement, &mut Endorsement)) -> Record {
    let (a, b) = (key(), key());
    let (mut offer, mut statement) = (offer(&a), statement(&b));
    let (mut first, mut second) = (endorsement(Role::First, [0; 32]), endorsement(Role::Second, [0; 32]));
    change(&mut offer, &mut statement, &mut first, &mut second);
    let (offer, statement) = (offer.encode(), statement.encode());
    let digest = digest(&offer, &statement);
    (first.digest, second.digest) = (digest, digest);
    Record { offer, statement, first: first.sign(&a).expect("signs"), second: second.sign(&b).expect("signs") }
}

fn examined(record: &Record) -> Examination {
    examine(&record.encode(), i64::from(NOW) + 300)
}

#[test]
fn both_signatures_make_a_complete_record() {
    let examination = examined(&record(|_, _, _, _| ()));
    assert_eq!((examination.verdict, examination.reason), (Verdict::Complete, None));
    assert!(examination.steps.iter().all(|step| step.ok == Some(true)), "{:?}", examination.steps);
    assert_eq!(examination.contradictions, []);
    let view = examination.record.expect("a record");
    assert_eq!(view.path, Path::Settle);
    assert_eq!(view.parties[0].responsibility, "full");
    assert_eq!(view.parties[1].responsibility, "none");
    assert_eq!(view.parties[1].plate_seen, Some("same"));
}

#[test]
fn every_single_changed_bit_is_refused() {
    let bytes = record(|_, _, _, _| ()).encode();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let verdict = examine(&changed, i64::from(NOW) + 300).verdict;
            assert!(matches!(verdict, Verdict::NotGenuine | Verdict::Unreadable), "byte {at}, bit {bit}: {verdict:?}");
        }
    }
}

#[test]
fn a_record_that_one_alone_signed_says_so() {
    let whole = record(|_, _, _, _| ());
    let second = Record { first: Vec::new(), ..whole.clone() };
    let examination = examined(&second);
    assert_eq!((examination.verdict, examination.reason), (Verdict::OneSided, Some("second_only")));
    assert_eq!(examination.steps[StepName::FirstSignature as usize].ok, None);
    assert_eq!(examination.record.expect("a record").parties[0].signed_at, None);
    // the first party alone signs over an empty statement; its signature over a full one is no such thing
    let a = key();
    let bytes = offer(&a).encode();
    let alone = endorsement(Role::First, digest(&bytes, &[])).sign(&a).expect("signs");
    let alone = Record { offer: bytes, statement: Vec::new(), first: alone, second: Vec::new() };
    let examination = examined(&alone);
    assert_eq!((examination.verdict, examination.reason), (Verdict::OneSided, Some("first_only")));
    assert_eq!(examination.record.expect("a record").parties.len(), 1);
    let cut = Record { statement: Vec::new(), second: Vec::new(), ..whole.clone() };
    assert_eq!(examined(&cut).reason, Some("other_content"));
    let nobody = Record { first: Vec::new(), second: Vec::new(), ..whole };
    assert_eq!(examined(&nobody).reason, Some("malformed"));
}

#[test]
fn parts_of_two_records_do_not_make_one() {
    let (one, other) = (record(|_, _, _, _| ()), record(|o, s, _, _| (o.record, s.record) = ([8; 16], [8; 16])));
    for mixed in [
        Record { offer: other.offer.clone(), ..one.clone() },
        Record { statement: other.statement.clone(), ..one.clone() },
        Record { first: other.first.clone(), ..one.clone() },
        Record { second: other.second.clone(), ..one.clone() },
        Record { offer: other.offer.clone(), first: other.first.clone(), ..one.clone() },
        Record { statement: other.statement.clone(), second: other.second.clone(), ..one.clone() },
    ] {
        assert_eq!(examined(&mixed).verdict, Verdict::NotGenuine);
    }
    let swapped = Record { first: one.second.clone(), second: one.first.clone(), ..one };
    assert_eq!(examined(&swapped).verdict, Verdict::NotGenuine);
    assert_eq!(examined(&record(|_, s, _, _| s.record = [9; 16])).reason, Some("other_record"));
    assert_eq!(examined(&record(|_, _, f, _| f.role = Role::Second)).reason, Some("wrong_role"));
    assert_eq!(examined(&record(|o, s, _, _| s.key = o.key)).reason, Some("same_key"));
    // no x of the curve is as large as its field
    assert_eq!(examined(&record(|o, _, _, _| o.key[1..].fill(255))).reason, Some("bad_key"));
}

#[test]
fn what_does_not_fit_together_is_named() {
    let named = |change: fn(&mut Offer, &mut Statement, &mut Endorsement, &mut Endorsement)| {
        let examination = examined(&record(change));
        assert_eq!(examination.verdict, Verdict::Complete);
        examination.contradictions
    };
    assert_eq!(named(|o, s, _, _| s.party.plate = o.party.plate.clone()), [Contradiction::SameVehicle]);
    assert_eq!(named(|o, s, _, _| s.made_at = o.made_at - CLOCKS_APART), []);
    assert_eq!(named(|o, s, _, _| s.made_at = o.made_at - CLOCKS_APART - 1), [Contradiction::ClocksApart]);
    assert_eq!(named(|o, _, f, _| f.signed_at = o.made_at - CLOCK_TOLERANCE), []);
    assert_eq!(named(|o, _, f, _| f.signed_at = o.made_at - CLOCK_TOLERANCE - 1), [Contradiction::SignedBeforeMade]);
    assert_eq!(named(|o, s, _, _| o.happened_at = s.made_at + CLOCK_TOLERANCE + 1), [Contradiction::HappenedLater]);
    assert_eq!(
        named(|o, s, _, _| (o.made_at, s.made_at) = (NOW + 391, NOW + 300))[..1],
        [Contradiction::SignedBeforeMade]
    );
    assert_eq!(named(|_, _, f, _| f.plate = PlateSeen::Differs), [Contradiction::PlateDiffers]);
    assert_eq!(named(|o, _, _, _| o.party.mark = Some(vec![1])), [Contradiction::NotLookedAt]);
    assert_eq!(
        named(|_, s, _, _| s.circumstances = Circumstances::NONE.with(Circumstance::HitFacility)),
        [Contradiction::PoliceRequired]
    );
    assert_eq!(
        named(|o, s, _, _| {
            o.responsibility = Responsibility::Undecided;
            s.circumstances = Circumstances::NONE.with(Circumstance::HitFacility);
        }),
        []
    );
    // the other's phone saw an expired mark, and they settled all the same
    assert_eq!(
        named(|o, _, _, second| {
            o.party.mark = Some(vec![1]);
            second.mark = Some(SeenCode { reason: Some(Reason::Expired), age_s: Some(9) });
        }),
        [Contradiction::PoliceRequired]
    );
    let future = examine(&record(|_, _, _, _| ()).encode(), i64::from(NOW) - 31);
    assert_eq!(future.contradictions, [Contradiction::InFuture]);
}

#[test]
fn the_largest_codes_fit_their_symbol() {
    let (a, b) = (key(), key());
    let full = |plate: &str| Party {
        plate: plate.to_owned(),
        mark: Some(vec![1; MAX_MARK]),
        licence: Some(vec![1; MAX_LICENCE]),
        insurer: Some("险".repeat(MAX_INSURER / 3)),
        policy: Some("9".repeat(MAX_POLICY)),
        contact: Some("1".repeat(MAX_CONTACT)),
        ..party(plate)
    };
    let offer = Offer {
        made_at: u32::MAX,
        happened_at: u32::MAX,
        place: Some(Place { lat_e5: -9_000_000, lon_e5: -18_000_000, accuracy_m: 100_000 }),
        place_text: Some("地".repeat(MAX_PLACE / 3)),
        circumstances: Circumstances::from_bits((1 << 13) - 1).expect("all"),
        party: full("粤Z123456789港"),
        ..offer(&a)
    };
    assert_eq!(offer.party.plate.len(), MAX_PLATE);
    let statement = Statement {
        made_at: u32::MAX,
        circumstances: offer.circumstances,
        party: full("粤Z123456789港"),
        ..statement(&b)
    };
    let seen = Some(SeenCode { reason: Some(Reason::StatusStale), age_s: Some(u32::MAX) });
    let (offer, statement) = (offer.encode(), statement.encode());
    let digest = digest(&offer, &statement);
    let sign = |role, key: &FileKey| {
        let mut it = endorsement(role, digest);
        (it.mark, it.licence, it.signed_at) = (seen, seen, u32::MAX);
        it.sign(key).expect("signs")
    };
    let (first, second) = (sign(Role::First, &a), sign(Role::Second, &b));
    let offered = Code::Offer(offer.clone()).encode().expect("fits");
    let answered = Code::Answer { statement: statement.clone(), signed: second.clone() }.encode().expect("fits");
    let closed = Code::Close(first.clone()).encode().expect("fits");
    assert!(offered.len() <= MAX_CODE && answered.len() <= MAX_CODE && closed.len() < 200);
    let record = Record { offer, statement, first, second };
    assert!(record.encode().len() <= MAX_RECORD, "{}", record.encode().len());
    for code in [offered, answered, closed] {
        assert_eq!(Code::decode(&code).expect("reads").encode().as_ref(), Ok(&code));
        let text = code_text("luzheng.example", &code);
        assert!(text.starts_with("HTTPS://LUZHENG.EXAMPLE/A#"));
        assert_eq!(code_of_text(&text), Some(code.clone()));
        assert_eq!(code_of_text(&text.replace("HTTPS://LUZHENG.EXAMPLE/A", " https://other.example/a")), Some(code));
    }
    let text = record_text(&record.encode());
    assert_eq!(record_of_text(&format!("{}\n {}", &text[..40], &text[40..])), Ok(record.encode()));
    assert_eq!(record_of_text(&"A".repeat(MAX_RECORD * 3 + 1)), Err(AccidentError::TooLarge));
    assert_eq!(code_of_text("HTTPS://LUZHENG.EXAMPLE/V#001"), None);
}

fn texts(most: usize) -> impl Strategy<Value = Option<String>> {
    proptest::option::of(
        proptest::string::string_regex(&format!("[ -~京苏险路]{{1,{}}}", most / 3)).expect("a pattern"),
    )
}

prop_compose! {
    fn parties()(
        plate in "[京苏粤][A-Z][A-Z0-9]{5,6}",
        impact in 1u8..=8,
        mark in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..=MAX_MARK)),
        licence in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..=MAX_LICENCE)),
        insurer in texts(MAX_INSURER), policy in texts(MAX_POLICY), contact in texts(MAX_CONTACT),
    ) -> Party {
        Party { plate, plate_type: "52".to_owned(), impact, mark, licence, insurer, policy, contact }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        party in parties(),
        (made_at, happened_at, clock_confirmed) in any::<(u32, u32, bool)>(),
        (lat_e5, lon_e5, accuracy_m) in (-9_000_000i32..=9_000_000, -18_000_000i32..=18_000_000, 0u32..=100_000),
        bits in 0u64..1 << 13,
        place_text in texts(MAX_PLACE),
        (form, weather, share) in (1u8..=9, 1u8..=6, 0u64..6),
    ) {
        let offer = Offer {
            record: [3; 16], key: [2; 33], made_at, clock_confirmed, happened_at,
            place: Some(Place { lat_e5, lon_e5, accuracy_m }), place_text, form, weather,
            responsibility: Responsibility::from_number(share).expect("a share"),
            circumstances: Circumstances::from_bits(bits).expect("bits"), party: party.clone(),
        };
        prop_assert_eq!(Offer::decode(&offer.encode()), Ok(offer.clone()));
        let statement = Statement {
            record: [3; 16], key: [3; 33], made_at, clock_confirmed, circumstances: offer.circumstances, party,
        };
        prop_assert_eq!(Statement::decode(&statement.encode()), Ok(statement));
    }

    #[test]
    fn what_is_read_is_the_one_spelling(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(offer) = Offer::decode(&bytes) {
            prop_assert_eq!(offer.encode(), bytes.clone());
        }
        if let Ok(record) = Record::decode(&bytes) {
            prop_assert_eq!(record.encode(), bytes);
        }
    }
}
