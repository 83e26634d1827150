//! The commands as people and scripts call them.

use crate::bench::{OWNER_ID, Row, csv, row};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A scratch folder with a store of its own.
pub struct Shop(TempDir);

impl Shop {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a scratch folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a scratch file");
        path.display().to_string()
    }

    pub fn run(&self, args: &[&str], input: &str) -> (i32, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_luzheng"))
            .args(args)
            .env("LUZHENG_DATABASE", format!("sqlite:{}", self.path().join("store.sqlite").display()))
            .env("LUZHENG_DATA_DIR", self.path().join("data"))
            .env_remove("LUZHENG_CONFIG")
            .env_remove("RUST_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let written = child.stdin.take().expect("piped").write_all(input.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
        // A command that refuses its arguments does not read its input.
        assert!(written.is_ok() || !status.success());
        (status.code().expect("an exit code"), text(stdout), text(stderr))
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn exit_codes_and_answers() {
    let shop = Shop::new();
    let rows: Vec<Row> = (1..=3).map(row).collect();
    let good = shop.write("good.csv", &csv(&rows));
    let bad = shop.write("bad.csv", &csv(&[row(4), row(5).with(OWNER_ID, "110105194912310021")]));
    let headless = shop.write("headless.csv", "vin,seats\n");
    let rejects = shop.path().join("rejects.csv").display().to_string();

    let (code, out, _) = shop.run(&["import", "vehicles", "--dry-run", "--json", &good], "");
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &answer["dry_run"], &answer["files"][0]["inserted"]), (0, &true.into(), &3.into()));

    let (code, out, err) = shop.run(&["import", "vehicles", &good], "");
    assert_eq!(code, 0);
    assert!(out.contains("3  new") && !err.contains('\u{1b}'), "{out}{err}");

    let (code, out, _) = shop.run(&["import", "vehicles", "-"], &csv(&rows));
    assert_eq!(code, 0);
    assert!(out.contains("Nothing changed"), "{out}");

    let (code, out, _) = shop.run(&["import", "vehicles", &good, &bad, "--rejects", &rejects], "");
    assert_eq!(code, 3);
    assert!(out.contains("citizen_number_check (line 3)"), "{out}");
    let told = std::fs::read_to_string(&rejects).expect("the rejects");
    let mut lines = told.lines();
    assert_eq!(lines.next(), Some("line,column,value,code,message_zh,message_en,file"));
    assert!(
        lines.next().is_some_and(|l| l.starts_with("3,owner_id,1****************1,citizen_number_check,")),
        "{told}"
    );
    assert!(!told.contains("110105194912310021"));

    let (code, _, err) = shop.run(&["import", "vehicles", &headless], "");
    assert_eq!(code, 2);
    assert!(err.is_empty() || !err.contains("panicked"), "{err}");
    let (code, out, _) = shop.run(&["import", "vehicles", "--json", &headless], "");
    assert_eq!(code, 2);
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["files"][0]["failure"]["code"], "missing_columns");
    assert!(answer["files"][0]["failure"]["message"].as_str().is_some_and(|m| m.contains("plate_number (号牌号码)")));

    for args in [&["import", "vehicles", "nowhere.csv"][..], &["import", "drivers", &good], &["import", "vehicles"]] {
        assert_eq!(shop.run(args, "").0, 2, "{args:?}");
    }

    let (code, out, _) = shop.run(&["reconcile", &good], "");
    assert_eq!(code, 1);
    assert!(out.contains("missing_there,,") && out.lines().count() == 2, "{out}");
    let (code, out, err) = shop.run(&["reconcile", "-"], &csv(&[row(1), row(2), row(3), row(4)]));
    assert_eq!((code, out.lines().count()), (0, 1), "{out}{err}");
    assert_eq!(shop.run(&["reconcile", &headless], "").0, 2);
}

#[test]
fn a_fictional_register_of_drivers_goes_in_whole() {
    let shop = Shop::new();
    let out = shop.path().join("register").display().to_string();
    let drivers = shop.path().join("register/drivers.csv").display().to_string();
    let events = shop.path().join("register/events.ndjson").display().to_string();
    let words =
        ["synth", "--vehicles", "0", "--drivers", "1200", "--seed", "9", "--as-of", "2026-11-20", "--out", &out];
    assert_eq!(shop.run(&words, "").0, 0);
    let (code, answer, err) = shop.run(&["import", "drivers", "--json", &drivers], "");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    let file = &answer["files"][0];
    assert_eq!((code, &file["inserted"], &file["warned"]), (0, &1200.into(), &0.into()), "{answer}{err}");
    assert!(file["photos"].as_u64().is_some_and(|n| n > 500), "{answer}");
    let (code, answer, _) = shop.run(&["import", "drivers", &drivers], "");
    assert_eq!(code, 0);
    assert!(answer.contains("Nothing changed"), "{answer}");
    let (code, answer, err) = shop.run(&["import", "events", "--json", &events], "");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!((code, &answer["files"][0]["applied"]), (0, &answer["files"][0]["read"]), "{answer}{err}");
    let (code, answer, _) = shop.run(&["import", "events", &events], "");
    assert_eq!(code, 0);
    assert!(answer.contains("every event in this file was seen before"), "{answer}");
    assert_eq!(shop.run(&["audit", "verify"], "").0, 0);
}

#[test]
fn rules_answer_cases_about_licences_and_points() {
    let shop = Shop::new();
    let licences = "id,classes,first_issued_on,valid_from,valid_until,birth_date,full_cycles,cycle_points,last_medical_on,as_of\n\
                    a,C1,2020-05-06,2020-05-06,2026-05-06,1990-01-01,,0,,2026-03-01\n";
    let (code, out, err) = shop.run(&["rules", "licence", "--cases", "-"], licences);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.lines().nth(1).is_some_and(|line| line.starts_with("a,A,2026-02-05,10,")), "{out}");
    let points = "id,offence,vehicle_group,road,percent,seats,item,as_of\na,speeding,other,expressway,50,,,2026-03-01\nb,item,,,,,11(7),2026-03-01\n\
                  c,item,,,,,13(1),2026-03-01\n";
    let (code, out, err) = shop.run(&["rules", "points", "--cases", "-"], points);
    assert_eq!(code, 3, "{out}{err}");
    let answers: Vec<&str> = out.lines().skip(1).collect();
    assert!(
        answers[0].starts_with("a,12,") && answers[1].starts_with("b,3,") && answers[2].starts_with("c,,"),
        "{out}"
    );
    assert_eq!(shop.run(&["rules", "points", "--cases", "nowhere.csv"], "").0, 2);
}
