//! How large the nation in a pocket is, and how long it takes: packs of synthetic credentials, deltas, and a shard. Prints Markdown.
//!
//! `cargo run --release -p luzheng-credential --example pack-size`. Places of flagged entries are drawn as in life: at random. What opens
//! and looks up is measured in a process of its own, so that its peak memory is not that of making the files.

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use jiff::Timestamp;
use luzheng_credential::pack::{Held, Pack, PackBuilder};
use luzheng_credential::shard::{MarkState, PlateFacts, Shard, ShardBuilder};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::status_list::{ENTRIES, EntryBits, StatusSource};
use luzheng_credential::trust::{KeyUse, Roots, TrustKey, TrustList, TrustPayload, sign};
use luzheng_domain::vehicle::{StatusSet, YearMonth};

type Anyhow<T> = Result<T, Box<dyn Error>>;

const NOW: i64 = 1_795_248_000;
const CHANGES: u32 = 80_000;
const LOOK_UPS: u32 = 200_000;
const PLATES: u32 = 30_000_000;

/// A small generator with a fixed seed (splitmix64): the same files every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, sides: u32) -> u32 {
        (((self.next() >> 32) * u64::from(sides)) >> 32) as u32
    }

    /// From 0, up to but not including 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// How many unflagged entries come before the next flagged one.
    fn gap(&mut self, flagged: f64) -> u32 {
        ((1.0 - self.fraction()).ln() / (1.0 - flagged).ln()) as u32
    }

    /// Most are superseded; of licences some are stopped.
    fn value(&mut self, bits: EntryBits) -> u8 {
        match (self.below(100), bits) {
            (0..70, _) => 3,
            (70..82, _) => 1,
            (82..92, _) | (_, EntryBits::Two) => 2,
            _ => 12,
        }
    }
}

struct Issuer {
    key: FileKey,
    trust_json: String,
    roots: Roots,
}

impl Issuer {
    fn new() -> Anyhow<Self> {
        let (root, key) = (FileKey::generate(Algorithm::Es256)?, FileKey::generate(Algorithm::Es256)?);
        let entry = |key: &FileKey, key_use| TrustKey {
            public_key: key.public_key().clone(),
            key_use,
            regions: Vec::new(),
            not_before: 0,
            not_after: NOW * 2,
            certificate: None,
        };
        // Three keys for each of 31 provinces, as a country has them.
        let mut keys = vec![entry(&key, KeyUse::Status)];
        for key_use in [KeyUse::Mark, KeyUse::Licence, KeyUse::Live].repeat(31) {
            keys.push(entry(&FileKey::generate(Algorithm::Es256)?, key_use));
        }
        let status_uri = "https://luzheng.example/status/{list}".to_owned();
        let payload = TrustPayload { iat: NOW - 60, exp: NOW + 86_400 * 30, seq: 1, status_uri, keys };
        let trust_json = sign(&payload, &root, None)?;
        let roots = Roots::new(vec![root.public_key().clone()]);
        Ok(Self { key, trust_json, roots })
    }

    fn trust(&self) -> Anyhow<TrustList> {
        Ok(TrustList::open(&self.trust_json, &self.roots, 0)?)
    }
}

fn bits_of(list: u32) -> EntryBits {
    if list.is_multiple_of(2) { EntryBits::Four } else { EntryBits::Two }
}

/// The flagged entries of a list: the same for the same list.
fn entries(list: u32, flagged: f64) -> Vec<(u32, u8)> {
    let mut dice = Dice(u64::from(list));
    let mut entries = Vec::new();
    let mut at = dice.gap(flagged);
    while at < ENTRIES {
        entries.push((at, dice.value(bits_of(list))));
        at = at.saturating_add(1 + dice.gap(flagged));
    }
    entries
}

/// A day later: so many entries of all lists changed, one in ten back to 0.
fn change(entries: &mut Vec<(u32, u8)>, list: u32, changes: u32) {
    let mut dice = Dice(u64::from(list) << 32);
    let mut map: std::collections::BTreeMap<u32, u8> = entries.iter().copied().collect();
    for n in 0..changes {
        if n % 10 == 0 && !entries.is_empty() {
            map.remove(&entries[dice.below(entries.len() as u32) as usize].0);
        } else {
            map.insert(dice.below(ENTRIES), dice.value(bits_of(list)));
        }
    }
    *entries = map.into_iter().collect();
}

fn build(issuer: &Issuer, seq: u32, credentials: u32, flagged: f64, changes: u32) -> Anyhow<Vec<u8>> {
    let lists = credentials.div_ceil(ENTRIES);
    let mut builder = PackBuilder::new();
    for list in 1..=lists {
        let mut all = entries(list, flagged);
        // Spread as evenly as the total allows.
        let own = changes * list / lists - changes * (list - 1) / lists;
        change(&mut all, list, own);
        let iat = NOW - i64::from(list % 900);
        builder.add_entries(list, bits_of(list), &all, iat, iat + 7 * 86_400)?;
    }
    Ok(builder.finish(seq, NOW, &issuer.trust()?, &issuer.trust_json, &issuer.key)?)
}

/// One line of the table of packs.
fn pack_line(issuer: &Issuer, folder: &Path, credentials: u32, flagged: f64) -> Anyhow<String> {
    let began = Instant::now();
    let bytes = build(issuer, 1, credentials, flagged, 0)?;
    let made = began.elapsed();
    let size = bytes.len();
    let file = folder.join("a.lzpack");
    fs::write(&file, &bytes)?;
    let measured = measured("pack", &file, folder)?;
    let now = Timestamp::from_second(NOW)?;
    let older = Pack::open(bytes, &issuer.roots, Held::default(), now)?;
    let newer = Pack::open(build(issuer, 2, credentials, flagged, CHANGES)?, &issuer.roots, Held::default(), now)?;
    let delta = older.delta_to(&newer)?;
    let began = Instant::now();
    let applied = older.apply(&delta, &issuer.roots, Held::default(), now)?;
    let apply = began.elapsed();
    assert_eq!(applied.as_bytes(), newer.as_bytes(), "the delta leads to the newer pack");
    let flagged_entries: usize = older.lists().map(|list| list.size as usize).sum();
    Ok(format!(
        "| {} M | {} % | {} | {:.2} MB | {:.2} | {:.1} kB | {:.1} s | {measured} | {:.0} ms |",
        credentials / 1_000_000,
        flagged * 100.0,
        older.lists().len(),
        size as f64 / 1e6,
        flagged_entries as f64 * 8.0 / (f64::from(credentials.div_ceil(ENTRIES)) * f64::from(ENTRIES) * flagged),
        delta.len() as f64 / 1e3,
        made.as_secs_f64(),
        apply.as_secs_f64() * 1e3
    ))
}

/// Runs this program again to open one file and look things up.
fn measured(what: &str, file: &Path, folder: &Path) -> Anyhow<String> {
    let output = Command::new(std::env::current_exe()?).args([what]).arg(file).arg(folder).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The most memory this process had, in MB.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1e3
}

fn open_pack(file: &Path, folder: &Path) -> Anyhow<()> {
    let roots = Roots::from_json(&fs::read_to_string(folder.join("root.json"))?)?;
    let now = Timestamp::from_second(NOW)?;
    let bytes = fs::read(file)?;
    let began = Instant::now();
    let pack = Pack::open(bytes, &roots, Held::default(), now)?;
    let opened = began.elapsed();
    let lists = u32::try_from(pack.lists().len())?;
    let began = Instant::now();
    for list in 1..=lists {
        black_box(pack.look_up(list, ENTRIES / 2)).ok_or("no answer")?;
    }
    let first = began.elapsed() / lists;
    let mut dice = Dice(7);
    let places: Vec<(u32, u32)> = (0..LOOK_UPS).map(|_| (1 + dice.below(lists), dice.below(ENTRIES))).collect();
    let began = Instant::now();
    for (list, index) in places {
        black_box(pack.look_up(list, index)).ok_or("no answer")?;
    }
    let later = began.elapsed() / LOOK_UPS;
    let (opened, first, later) = (opened.as_secs_f64() * 1e3, first.as_secs_f64() * 1e6, later.as_secs_f64() * 1e6);
    println!("{opened:.1} ms | {first:.0} µs | {later:.1} µs | {:.0} MB", peak());
    Ok(())
}

/// The plate of a rank among all that a province can have: bytes rise with the rank.
fn plate(rank: u32) -> String {
    const SIGNS: &[u8; 34] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut signs = [0u8; 5];
    let mut rest = rank;
    for sign in signs.iter_mut().rev() {
        *sign = SIGNS[(rest % 34) as usize];
        rest /= 34;
    }
    format!("苏{}{}", char::from(SIGNS[10 + rest as usize]), String::from_utf8_lossy(&signs))
}

fn facts(dice: &mut Dice) -> PlateFacts {
    let letters = match dice.below(100) {
        0..4 => "G",
        4..6 => "Q",
        6 => "GQ",
        7 => "EM",
        _ => "A",
    };
    let mark = match dice.below(100) {
        0..55 => MarkState::Current,
        55..57 => MarkState::Suspended,
        57..60 => MarkState::Revoked,
        _ => MarkState::None,
    };
    let month = YearMonth::from_yyyymm(202_601 + dice.below(6) * 100 + dice.below(12));
    PlateFacts { valid_until: month, mark, status: letters.parse::<StatusSet>().unwrap_or_default() }
}

/// 24 letters, five signs of 34: one in 36 of them is in use, at random.
fn shard_line(issuer: &Issuer, folder: &Path) -> Anyhow<String> {
    let file = folder.join("32.blocks");
    let began = Instant::now();
    let mut builder = ShardBuilder::new(BufWriter::new(File::create(&file)?));
    let mut dice = Dice(32);
    let share = f64::from(PLATES) / (24.0 * 34f64.powi(5));
    let mut rank = dice.gap(share);
    while builder.count() < PLATES && rank < 24 * 34u32.pow(5) {
        let plate_type = [2, 2, 2, 2, 2, 2, 2, 1, 7, 15][dice.below(10) as usize];
        builder.add(&plate(rank), plate_type, &facts(&mut dice))?;
        rank = rank.saturating_add(1 + dice.gap(share));
    }
    let count = builder.count();
    let (front, blocks) = builder.finish(32, 1, NOW, 1, &issuer.key)?;
    drop(blocks);
    let made = began.elapsed();
    let shard = folder.join("32.lzshard");
    let mut out = File::create(&shard)?;
    out.write_all(&front)?;
    std::io::copy(&mut File::open(&file)?, &mut out)?;
    fs::remove_file(&file)?;
    let size = fs::metadata(&shard)?.len();
    let measured = measured("shard", &shard, folder)?;
    Ok(format!(
        "| {:.1} M | {:.1} MB | {:.1} | {:.0} s | {measured} |",
        f64::from(count) / 1e6,
        size as f64 / 1e6,
        size as f64 * 8.0 / f64::from(count),
        made.as_secs_f64()
    ))
}

fn open_shard(file: &Path, folder: &Path) -> Anyhow<()> {
    let roots = Roots::from_json(&fs::read_to_string(folder.join("root.json"))?)?;
    let trust = TrustList::open(&fs::read_to_string(folder.join("trust.json"))?, &roots, 0)?;
    let bytes = fs::read(file)?;
    let began = Instant::now();
    let shard = Shard::open(bytes, &trust, 0, Timestamp::from_second(NOW)?)?;
    let opened = began.elapsed();
    let mut dice = Dice(9);
    let plates: Vec<String> = (0..2_000).map(|_| plate(dice.below(24 * 34u32.pow(5)))).collect();
    let began = Instant::now();
    let mut found = 0;
    for plate in &plates {
        found += shard.find(plate, None)?.len();
    }
    let each = began.elapsed() / 2_000;
    black_box(found);
    println!("{:.1} ms | {:.0} µs | {:.0} MB", opened.as_secs_f64() * 1e3, each.as_secs_f64() * 1e6, peak());
    Ok(())
}

fn main() -> Anyhow<()> {
    let mut args = std::env::args_os().skip(1);
    if let (Some(what), Some(file), Some(folder)) = (args.next(), args.next(), args.next()) {
        let (file, folder) = (Path::new(&file), Path::new(&folder));
        return if what == "pack" { open_pack(file, folder) } else { open_shard(file, folder) };
    }
    let folder = tempfile::tempdir()?;
    let issuer = Issuer::new()?;
    fs::write(folder.path().join("root.json"), issuer.roots.to_json())?;
    fs::write(folder.path().join("trust.json"), &issuer.trust_json)?;
    let keys = issuer.trust()?.keys().count();
    println!("Trust list inside: {keys} keys, {:.1} kB.\n", issuer.trust_json.len() as f64 / 1e3);
    println!(
        "| credentials | flagged | lists | pack | bits a flagged entry | delta of {CHANGES} changes | made in | opened in | first look at a list | look-up | peak memory | delta applied in |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for credentials in [515_000_000, 900_000_000] {
        for flagged in [0.01, 0.05] {
            println!("{}", pack_line(&issuer, folder.path(), credentials, flagged)?);
        }
    }
    println!("\n| plates of a province | shard | bits a plate | made in | opened in | look-up | peak memory |");
    println!("|---|---|---|---|---|---|---|");
    println!("{}", shard_line(&issuer, folder.path())?);
    Ok(())
}
