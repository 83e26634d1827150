//! Records of accidents: every vector gives what it expects, together they reach every answer, and the credentials in them are weighed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use luzheng_credential::accident::{Contradiction, Examination, Verdict, examine, record_of_text, weigh};
use luzheng_credential::trust::{Roots, TrustList};
use luzheng_credential::verify::Reason;
use luzheng_domain::accident::table;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn cases() -> Vec<(String, Vec<u8>, i64, Value)> {
    let mut paths: Vec<_> = fs::read_dir(folder().join("accident"))
        .expect("vectors")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let case: Value = serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON");
        let name = case["name"].as_str().expect("a name").to_owned();
        let text = case["record"].as_str().expect("a text");
        // what is too large as bytes is also too large as text only from 3 times the ceiling on
        let bytes = record_of_text(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, bytes, case["now"].as_i64().expect("a time"), case["expect"].clone())
    };
    paths.iter().map(read).collect()
}

fn trust() -> TrustList {
    let text = |file: &str| fs::read_to_string(folder().join(file)).expect("readable");
    let roots = Roots::from_json(&text("root.json")).expect("roots");
    let case: Value = serde_json::from_str(&text("cases/valid--static-es256.json")).expect("JSON");
    let list = case["trust"].as_str().expect("a trust list");
    TrustList::open(&text(list), &roots, 0).expect("a trust list")
}

fn examined(name: &str) -> Examination {
    let (_, bytes, now, _) = cases().into_iter().find(|(found, ..)| found == name).expect("a vector");
    examine(&bytes, now)
}

#[test]
fn every_vector_gives_what_it_expects_and_is_named_after_it() {
    let mut verdicts = BTreeSet::new();
    let mut reasons = BTreeSet::new();
    let mut contradictions = BTreeSet::new();
    for (name, bytes, now, expect) in cases() {
        let examination = examine(&bytes, now);
        assert_eq!(serde_json::to_value(&examination).expect("JSON"), expect, "{name}");
        assert!(name.starts_with(&format!("{}--", examination.verdict.code())), "{name}");
        assert_eq!(
            examination.record.is_some(),
            matches!(examination.verdict, Verdict::Complete | Verdict::OneSided),
            "{name}: nothing of what is not genuine is shown"
        );
        verdicts.insert(examination.verdict.code());
        reasons.extend(examination.reason);
        contradictions.extend(examination.contradictions);
    }
    assert_eq!(verdicts.len(), 4);
    let expected = BTreeSet::from([
        "too_large",
        "malformed",
        "unsupported_version",
        "bad_key",
        "same_key",
        "other_record",
        "bad_signature",
        "wrong_role",
        "other_content",
        "first_only",
        "second_only",
    ]);
    assert_eq!(reasons, expected);
    assert_eq!(contradictions.len(), 8, "every one that a record shows by itself: {contradictions:?}");
}

#[test]
fn the_credentials_in_a_record_are_weighed() {
    let weighed = weigh(&examined("complete--with-codes"), &trust());
    assert_eq!(weighed.parties.len(), 2);
    assert_eq!((&weighed.parties[0].mark, &weighed.parties[0].licence), (&None, &None));
    let mark = weighed.parties[1].mark.as_ref().expect("a mark");
    assert_eq!((mark.genuine, mark.subject.as_deref(), mark.in_validity), (true, Some("苏B12345"), Some(true)));
    let licence = weighed.parties[1].licence.as_ref().expect("a licence");
    assert!(licence.genuine, "{licence:?}");
    assert!(licence.subject.as_deref().is_some_and(|name| name.contains('*') || name.contains('＊')), "masked");
    assert_eq!(weighed.contradictions, []);
    let hostile = weigh(&examined("not_genuine--offer-time"), &trust());
    assert_eq!((hostile.parties.len(), hostile.contradictions.len()), (0, 0));
    let no_credential = weigh(&examined("complete--not-looked-at"), &trust());
    assert_eq!(no_credential.contradictions, [Contradiction::CredentialNotGenuine]);
    assert_eq!(no_credential.parties[0].mark.as_ref().map(|mark| mark.genuine), Some(false));
}

#[test]
fn every_reason_of_a_verdict_means_something_at_the_roadside() {
    for reason in Reason::ALL {
        assert!(table().seen(reason.code()).is_some(), "{reason:?}");
    }
}
