//! Every vector in `vectors/cases` gives what it expects, and together they reach everything there is to reach.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use luzheng_credential::qr::{message, text};
use luzheng_credential::status_list::{StatusBook, open_cwt, open_jwt};
use luzheng_credential::trust::{Roots, TrustList};
use luzheng_credential::verify::{CheckName, Hint, Question, Reason, Report, verify};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "about")]
    _about: String,
    text: String,
    now: jiff::Timestamp,
    clock_confirmed: bool,
    expected_plate: Option<String>,
    our_hosts: Vec<String>,
    roots: String,
    trust: Option<String>,
    known_seq: u64,
    status: Vec<String>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    verdict: Value,
    reason: Value,
    hints: Value,
    checks: Map<String, Value>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn cases() -> Vec<Case> {
    let mut paths: Vec<_> =
        fs::read_dir(folder().join("cases")).expect("cases").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let case: Case = serde_json::from_str(&fs::read_to_string(path).expect("readable"))
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(path.file_stem().and_then(|stem| stem.to_str()), Some(case.name.as_str()));
            case
        })
        .collect()
}

/// Judges a case as any verifier would: a trust list or status list that is refused is as good as none.
fn judge(case: &Case) -> Report {
    let read = |file: &str| fs::read_to_string(folder().join(file)).expect("readable");
    let roots = Roots::from_json(&read(&case.roots)).expect("roots");
    let trust = case.trust.as_ref().and_then(|file| TrustList::open(&read(file), &roots, case.known_seq).ok());
    let mut book = StatusBook::new();
    for file in &case.status {
        let Some(trust) = &trust else { continue };
        let opened = if file.ends_with(".cwt") {
            open_cwt(&fs::read(folder().join(file)).expect("readable"), trust)
        } else {
            open_jwt(&read(file), trust)
        };
        if let Ok(list) = opened {
            book.take(list);
        }
    }
    let question = Question {
        now: case.now,
        clock_confirmed: case.clock_confirmed,
        expected_plate: case.expected_plate.as_deref(),
        our_hosts: &case.our_hosts,
    };
    verify(&case.text, trust.as_ref(), &book, &question)
}

#[test]
fn every_vector_gives_what_it_expects() {
    let mut wrong = Vec::new();
    for case in cases() {
        let report = judge(&case);
        let json = serde_json::to_value(&report).expect("a report");
        let written = String::from_utf8(report.to_json()).expect("a text");
        assert_eq!(written, serde_json::to_string(&report).expect("a report"), "{}: one JSON by both ways", case.name);
        let checks: Map<String, Value> = json["checks"]
            .as_array()
            .expect("checks")
            .iter()
            .map(|check| (check["name"].as_str().expect("a name").to_owned(), check["ok"].clone()))
            .collect();
        let got = (&json["verdict"], &json["reason"], &json["hints"], &checks);
        let expected = (&case.expect.verdict, &case.expect.reason, &case.expect.hints, &case.expect.checks);
        if got != expected {
            wrong.push(format!("{}\n  expected {expected:?}\n  got      {got:?}", case.name));
        }
        // What a credential says is shown only once its signature is good and its claims were read.
        let read = checks["claims"] == true && checks["signature"] == true;
        assert_eq!(json["credential"].is_object(), read, "{}", case.name);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_vectors_reach_every_reason_hint_and_check() {
    let cases = cases();
    assert!(cases.len() > 200, "{} cases", cases.len());
    let reached: BTreeSet<&str> = cases.iter().filter_map(|case| case.expect.reason.as_str()).collect();
    let all: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(reached, all);
    for hint in [Hint::ForeignHost, Hint::ClockUnconfirmed, Hint::ComparePlate] {
        assert!(cases.iter().any(|case| case.expect.hints.to_string().contains(hint.code())), "{hint:?}");
    }
    for check in CheckName::ALL {
        for outcome in [Value::Bool(true), Value::Bool(false)] {
            assert!(cases.iter().any(|case| case.expect.checks[check.code()] == outcome), "{check:?} {outcome}");
        }
    }
    for algorithm in ["es256", "sm2", "ed25519"] {
        let reasons: BTreeSet<&str> = cases
            .iter()
            .filter(|case| case.name.ends_with(algorithm))
            .filter_map(|case| case.expect.reason.as_str())
            .collect();
        // The rest is found before a key matters.
        for reason in Reason::ALL.iter().filter(|reason| {
            !matches!(
                reason,
                Reason::TooLarge | Reason::Truncated | Reason::NotACredential | Reason::UnsupportedVersion
            )
        }) {
            assert!(reasons.contains(reason.code()), "{algorithm} {reason:?}");
        }
    }
}

#[test]
fn both_texts_of_a_vector_say_the_same() {
    let valid: Vec<_> = cases().into_iter().filter(|case| case.expect.verdict == "valid").collect();
    for mut case in valid {
        let bytes = text::decode(&case.text, &[]).expect("a valid text").message;
        message::split(&bytes).expect("a valid message");
        let report = judge(&case);
        case.text = text::compact(&bytes);
        let compact = judge(&case);
        assert_eq!(compact.reason(), report.reason());
        assert_eq!(compact.claims(), report.claims(), "{}", case.name);
    }
}

/// The worked example of the document is the vector that it names, and the document names every check, reason and hint.
#[test]
fn the_document_agrees_with_the_vectors() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/qr-format.md");
    let document = fs::read_to_string(path).expect("the document");
    let case = cases().into_iter().find(|case| case.name == "valid--static-es256").expect("the vector");
    let bytes = text::decode(&case.text, &[]).expect("a text").message;
    assert!(document.contains(&text::compact(&bytes)), "run make-vectors: the worked example is of older vectors");
    let words = CheckName::ALL.iter().map(|check| check.code()).chain(Reason::ALL.iter().map(|reason| reason.code()));
    for word in
        words.chain([Hint::ForeignHost, Hint::ClockUnconfirmed, Hint::ComparePlate].iter().map(|hint| hint.code()))
    {
        assert!(document.contains(&format!("`{word}`")), "{word}");
    }
}
