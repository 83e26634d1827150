//! Measures the photo rules on a labelled set and writes what it finds as Markdown for `bench/RESULTS.md`.
//!
//! The set is a folder with `labels.csv` (file, broken rule or nothing, in which way, whether a real face is on it), as
//! `luzheng synth --portraits N --out DIR` draws it: `cargo run --release -p luzheng --example measure-photos -- DIR`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use luzheng::photo::{self, Rule};

/// Below this many real faces a rule counts as not measured on real faces.
const REAL_FACES_MIN: u32 = 30;

#[derive(Debug, Default)]
struct Tally {
    right_alarm: u32,
    false_alarm: u32,
    missed: u32,
    real: u32,
}

fn share(part: u32, whole: u32) -> String {
    if whole == 0 { "–".into() } else { format!("{:.3}", f64::from(part) / f64::from(whole)) }
}

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).context("name the folder with labels.csv")?;
    let folder = Path::new(&folder);
    let mut labels = csv::Reader::from_path(folder.join("labels.csv")).context("labels.csv")?;
    let mut tallies: BTreeMap<Rule, Tally> = Rule::ALL.into_iter().map(|r| (r, Tally::default())).collect();
    let mut ways: BTreeMap<(String, String), (u32, u32)> = BTreeMap::new();
    let (mut pictures, mut real_faces, mut times) = (0_u32, 0_u32, Vec::new());
    for row in labels.records() {
        let row = row?;
        let (file, broken, how, real) = (&row[0], &row[1], &row[2], &row[3] == "yes");
        let bytes = std::fs::read(folder.join(file)).with_context(|| file.to_owned())?;
        let began = Instant::now();
        let examined = photo::examine_upload(&bytes).with_context(|| file.to_owned())?;
        times.push(began.elapsed());
        pictures += 1;
        real_faces += u32::from(real);
        let way = ways.entry((broken.to_owned(), how.to_owned())).or_default();
        way.0 += 1;
        for check in &examined.checks {
            let tally = tallies.entry(check.rule).or_default();
            let labelled = check.rule.code() == broken;
            tally.right_alarm += u32::from(labelled && !check.ok);
            tally.missed += u32::from(labelled && check.ok);
            tally.false_alarm += u32::from(!labelled && !check.ok);
            tally.real += u32::from(labelled && real);
            way.1 += u32::from(!check.ok && (labelled || broken.is_empty()));
        }
    }
    times.sort_unstable();
    let at = |part: usize| {
        times.get((times.len() * part / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    println!(
        "{pictures} pictures, {real_faces} of them of real faces. One examination: median {:.0} ms, 99 of 100 within {:.0} ms.\n",
        at(50).as_secs_f64() * 1e3,
        at(99).as_secs_f64() * 1e3
    );
    println!(
        "| Rule | Breaking it | Found | Missed | False alarms | Precision | Recall | On real faces |\n|---|--:|--:|--:|--:|--:|--:|---|"
    );
    for (rule, t) in &tallies {
        let real = if t.real < REAL_FACES_MIN { format!("{}: not measured", t.real) } else { t.real.to_string() };
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {real} |",
            rule.code(),
            t.right_alarm + t.missed,
            t.right_alarm,
            t.missed,
            t.false_alarm,
            share(t.right_alarm, t.right_alarm + t.false_alarm),
            share(t.right_alarm, t.right_alarm + t.missed),
        );
    }
    println!("\n| Altered | In which way | Pictures | Found (faultless ones: alarms) |\n|---|---|--:|--:|");
    for ((rule, how), (all, found)) in &ways {
        println!("| {} | {how} | {all} | {found} |", if rule.is_empty() { "–" } else { rule });
    }
    Ok(())
}
