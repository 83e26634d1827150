//! `luzheng status pack` and `luzheng verify --pack`, as scripts call them: the verdict is that of the lists.

use crate::bench::{PLATE, csv, row};
use crate::commands::Shop;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// A verdict without the instant of checking, which differs from call to call.
fn verdict(shop: &Shop, args: &[&str]) -> (i32, Value) {
    let (code, out, err) = shop.run(&[&["verify", "--json"][..], args].concat(), "");
    let mut answer = json(if out.is_empty() { &err } else { &out });
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("checked_at");
    }
    if let Some(status) = answer.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("age_s");
    }
    (code, answer)
}

#[test]
fn a_pack_is_made_and_judges_as_the_lists_do() {
    let shop = Shop::new();
    let at = |name: &str| shop.path().join(name).display().to_string();
    let rows = [row(1), row(2), row(3)];
    let file = shop.write("vehicles.csv", &csv(&rows));
    assert_eq!(shop.run(&["import", "vehicles", &file], "").0, 0);
    let (code, _, err) = shop.run(&["issue", "bulk", "--kind", "inspection-mark"], "");
    assert_eq!(code, 0, "{err}");
    let keys = ["keys", "export-trust", "--out", &at("trust.json"), "--root", &at("root.json")];
    assert_eq!(shop.run(&keys, "").0, 0);
    let (code, text, err) = shop.run(&["show", "--plate", &rows[0].0[PLATE], "--text"], "");
    assert_eq!(code, 0, "{err}");
    let text = text.trim();

    let (code, first, err) = shop.run(&["status", "pack", "--json", "--out", &at("pocket"), "--shards"], "");
    assert_eq!(code, 0, "{first}{err}");
    let first = json(&first);
    assert_eq!((&first["seq"], &first["shards"][0]["plates"]), (&1.into(), &3.into()), "{first}");
    assert!(err.is_empty(), "no progress bar where nobody looks: {err}");
    let pack = first["file"].as_str().expect("a file");
    assert_eq!(shop.run(&["status", "publish", "--out", &at("status")], "").0, 0);
    let (root, trust, lists) = (at("root.json"), at("trust.json"), at("status"));
    let from_pack = verdict(&shop, &["--pack", pack, "--root", &root, text]);
    assert_eq!((from_pack.0, &from_pack.1["verdict"]), (0, &"valid".into()), "{}", from_pack.1);
    let mut from_lists = verdict(&shop, &["--trust", &trust, "--root", &root, "--status", &lists, text]);
    // The lists were published again after the pack was made.
    from_lists.1["status"]["as_of"] = from_pack.1["status"]["as_of"].clone();
    assert_eq!(from_pack, from_lists);

    let again = ["status", "pack", "--json", "--out", &at("pocket"), "--from", pack];
    let (code, second, err) = shop.run(&again, "");
    assert_eq!(code, 0, "{second}{err}");
    let second = json(&second);
    assert_eq!(second["seq"], 2);
    assert!(second["delta"]["size"].as_u64().is_some_and(|size| size < 1_000), "{second}");
    assert!(std::path::Path::new(second["delta"]["file"].as_str().expect("a file")).exists());
    let (code, words, _) = shop.run(&["status", "pack", "--out", &at("pocket")], "");
    assert!(code == 0 && words.starts_with("pack 3: "), "{words}");

    // What is refused is named, and says nothing about the code.
    let bytes = std::fs::read(pack).expect("the pack");
    std::fs::write(at("cut.lzpack"), &bytes[..bytes.len() - 1]).expect("written");
    std::fs::write(at("empty.lzpack"), "").expect("written");
    for (file, refusal) in
        [("cut.lzpack", "broken_pack"), ("empty.lzpack", "broken_pack"), ("nowhere", "unreadable_file")]
    {
        let (code, out, err) = shop.run(&["verify", "--json", "--pack", &at(file), "--root", &root, text], "");
        assert_eq!(code, 2, "{file}");
        assert!(out.contains(refusal) || err.contains(refusal), "{file}: {out}{err}");
    }
    let late = ["verify", "--json", "--at", "2099-01-01T00:00:00Z", "--pack", pack, "--root", &root, text];
    let (code, out, err) = shop.run(&late, "");
    assert!(code == 2 && (out.contains("pack_expired") || err.contains("pack_expired")), "{out}{err}");
    for wrong in [&["--pack", pack][..], &["--root", &root], &["--pack", pack, "--root", &root, "--trust", &trust]] {
        assert_eq!(shop.run(&[&["verify"][..], wrong, &[text]].concat(), "").0, 2, "{wrong:?}");
    }
    let (code, doctor, _) = shop.run(&["doctor", "--json"], "");
    assert_eq!(code, 0, "{doctor}");
    assert!(doctor.contains("the pack was made 0 hours ago"), "{doctor}");
}
