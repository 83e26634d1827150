//! What our pipelines cost beside the bare signature operations of the same library.
//!
//! `cargo bench -p luzheng-credential`. Each row runs over 512 distinct credentials: one signature repeated flatters by up to 45 %.
//! The pipelines are to reach 0.95 (verify) and 0.90 (issue) of the raw operations.

use std::cell::Cell;

use divan::Bencher;
use luzheng_credential::issue::{Issued, Prepared};
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{InspectionMark, StatusRef};
use luzheng_credential::qr::message;
use luzheng_credential::sign::{Algorithm, FileKey, PublicKey, Signer};
use luzheng_credential::status_list::{ENTRIES, StatusBook, StatusList};
use luzheng_credential::trust::{KeyUse, Roots, TrustKey, TrustList, TrustPayload, sign};
use luzheng_credential::verify::{Question, Verdict, verify};
use luzheng_domain::vehicle::YearMonth;

const NOW: i64 = 1_795_248_000;
const CREDENTIALS: usize = 512;
const ALGORITHMS: [Algorithm; 3] = Algorithm::ALL;

fn main() {
    divan::main();
}

/// A key, its trust list, and 512 marks that it signed.
struct Bench {
    key: FileKey,
    entry: TrustKey,
    trust: TrustList,
    book: StatusBook,
    marks: Vec<InspectionMark>,
    issued: Vec<Issued>,
    next: Cell<usize>,
}

impl Bench {
    fn new(algorithm: Algorithm) -> Self {
        let key = FileKey::generate(algorithm).expect("randomness");
        let root = FileKey::generate(Algorithm::Es256).expect("randomness");
        let entry = TrustKey {
            public_key: key.public_key().clone(),
            key_use: KeyUse::Mark,
            regions: Vec::new(),
            not_before: NOW - 86_400,
            not_after: NOW + 86_400,
            certificate: None,
        };
        let payload = TrustPayload {
            iat: NOW - 60,
            exp: NOW + 86_400,
            seq: 1,
            status_uri: "https://luzheng.example/status/{list}".to_owned(),
            keys: vec![entry.clone()],
        };
        let json = sign(&payload, &root, None).expect("a list");
        let trust = TrustList::open(&json, &Roots::new(vec![root.public_key().clone()]), 0).expect("our own");
        let mut book = StatusBook::new();
        book.put(1, StatusList::default(), NOW - 60, NOW + 86_400);
        let marks: Vec<_> = (0..CREDENTIALS).map(mark).collect();
        let issue =
            |mark: &InspectionMark| Prepared::new(mark.clone(), &entry).expect("prepared").sign(&key).expect("signs");
        let issued = marks.iter().map(issue).collect();
        Self { key, entry, trust, book, marks, issued, next: Cell::new(0) }
    }

    /// The number of the next credential.
    fn turn(&self) -> usize {
        let now = self.next.get();
        self.next.set((now + 1) % CREDENTIALS);
        now
    }
}

fn mark(number: usize) -> InspectionMark {
    let index = u32::try_from(number * 2_039).expect("small") % ENTRIES;
    InspectionMark {
        iat: NOW,
        mode: MarkMode::Static,
        plate_number: format!("苏B{number:05}"),
        plate_type: "02".to_owned(),
        valid_until: YearMonth::from_yyyymm(202_705).expect("a month"),
        status: StatusRef { list: 1, index },
        authority: 320_200,
        subject_digest: (number as u64).to_be_bytes(),
    }
}

/// The bare verification of the signature, the bytes to be signed at hand.
#[divan::bench(args = ALGORITHMS)]
fn verify_raw(bencher: Bencher, algorithm: Algorithm) {
    let bench = Bench::new(algorithm);
    let key: &PublicKey = bench.key.public_key();
    let signed: Vec<(Vec<u8>, [u8; 64])> = bench
        .issued
        .iter()
        .map(|issued| message::split(issued.message()).expect("ours").issued)
        .map(|envelope| (envelope.to_be_signed(), *envelope.signature))
        .collect();
    bencher.bench_local(|| {
        let (message, signature) = &signed[bench.turn()];
        key.verify(message, signature).expect("good");
    });
}

/// From the text of a QR code to a verdict, status in memory.
#[divan::bench(args = ALGORITHMS)]
fn verify_pipeline(bencher: Bencher, algorithm: Algorithm) {
    let bench = Bench::new(algorithm);
    let hosts = ["luzheng.example".to_owned()];
    let texts: Vec<String> = bench.issued.iter().map(|issued| issued.text(&hosts[0])).collect();
    let now = jiff::Timestamp::from_second(NOW).expect("a time");
    let question = Question { now, clock_confirmed: true, expected_plate: None, our_hosts: &hosts };
    bencher.bench_local(|| {
        let report = verify(&texts[bench.turn()], Some(&bench.trust), &bench.book, &question);
        assert_eq!(report.verdict(), Verdict::Valid);
        report
    });
}

/// The bare signature, the bytes to be signed at hand.
#[divan::bench(args = ALGORITHMS)]
fn issue_raw(bencher: Bencher, algorithm: Algorithm) {
    let bench = Bench::new(algorithm);
    let unsigned: Vec<Vec<u8>> = bench
        .issued
        .iter()
        .map(|issued| message::split(issued.message()).expect("ours").issued.to_be_signed())
        .collect();
    bencher.bench_local(|| bench.key.sign(&unsigned[bench.turn()]).expect("signs"));
}

/// From claims to the text of a QR code, without letting the verifier look at it.
#[divan::bench(args = ALGORITHMS)]
fn issue_pipeline(bencher: Bencher, algorithm: Algorithm) {
    let bench = Bench::new(algorithm);
    bencher.bench_local(|| {
        let mark = bench.marks[bench.turn()].clone();
        Prepared::new(mark, &bench.entry).expect("prepared").sign(&bench.key).expect("signs").text("luzheng.example")
    });
}
