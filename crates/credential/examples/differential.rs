//! The Rust side of differential fuzzing: cases in on standard input, answers out on standard output, a line of JSON each.
//!
//! The other side is `web/e2e/src/differential`, which makes the cases, asks its own verifier, and compares. Three requests:
//!
//! * `{"world": 0, "roots": "…", "trust": "…"|null, "known_seq": 0, "status": [{"jwt": "…"}|{"cwt": "base64"}]}` prepares evidence
//!   under a number, and answers how each part of it was received;
//! * `{"world": 0, "open": …}` opens one file with the keys of a prepared world and answers how it was received: `{"trust": "…",
//!   "known_seq": 0}`, `{"jwt": "…"}`, `{"cwt": "…"}`, `{"pack": "…", "delta": "…"|null, "held": […], "now": 0, "asked": [[list, index]]}`,
//!   `{"shard": "…", "held_seq": 0, "now": 0, "plates": ["…"]}`, `{"sealed": "…", "reader_key": "…", "kind": "…"}`,
//!   `{"accident": "…", "now": 0}`;
//! * `{"world": 0, "text": "…", "now": 0, "confirmed": true, "plate": null, "hosts": []}` answers the report.
//!
//! It ends with its input. A request that cannot be read is a fault of the other side and ends it with an error.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, BufWriter, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use luzheng_credential::accident;
use luzheng_credential::pack::{Held, Pack};
use luzheng_credential::seal::{self, INFO_DRIVING_LICENCE, INFO_INSPECTION_MARK, ReaderKey};
use luzheng_credential::shard::Shard;
use luzheng_credential::status_list::{SignedList, StatusBook, StatusError, StatusSource, open_cwt, open_jwt};
use luzheng_credential::trust::{Roots, TrustError, TrustList};
use luzheng_credential::verify::{Question, verify};
use serde::Deserialize;
use serde_json::{Value, json};

type Fault = Box<dyn std::error::Error>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Request {
    Prepare { world: u32, roots: String, trust: Option<String>, known_seq: u64, status: Vec<Token> },
    Open { world: u32, open: Opened },
    Judge { world: u32, text: String, now: i64, confirmed: bool, plate: Option<String>, hosts: Vec<String> },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Token {
    Jwt(String),
    Cwt(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Opened {
    Trust { trust: String, known_seq: u64 },
    Pack(PackFile),
    Shard { shard: String, held_seq: u32, now: i64, plates: Vec<String> },
    Sealed { sealed: String, reader_key: String, kind: String },
    Accident { accident: String, now: i64 },
    Status(Token),
}

#[derive(Deserialize)]
struct PackFile {
    pack: String,
    delta: Option<String>,
    /// Numbers of the newest pack and of the newest trust list seen.
    held: (u32, u64),
    now: i64,
    asked: Vec<(u32, u32)>,
}

/// What a reader holds.
struct World {
    roots: Roots,
    trust: Option<TrustList>,
    status: StatusBook,
}

fn main() -> Result<(), Fault> {
    let mut input = BufReader::with_capacity(1 << 20, io::stdin().lock());
    let mut output = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let mut worlds = HashMap::new();
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        answer(serde_json::from_str(&line)?, &mut worlds, &mut output)?;
        output.write_all(b"\n")?;
        line.clear();
        // About to wait for the other side: it may be waiting for these answers.
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
    Ok(output.flush()?)
}

fn answer(request: Request, worlds: &mut HashMap<u32, World>, output: &mut impl Write) -> Result<(), Fault> {
    let known = |worlds: &HashMap<u32, World>, world| -> Result<(), Fault> {
        if worlds.contains_key(&world) { Ok(()) } else { Err(format!("no world {world}").into()) }
    };
    match request {
        Request::Prepare { world, roots, trust, known_seq, status } => {
            let (made, answer) = prepare(&roots, trust.as_deref(), known_seq, &status)?;
            worlds.insert(world, made);
            serde_json::to_writer(output, &answer)?;
        }
        Request::Open { world, open } => {
            known(worlds, world)?;
            serde_json::to_writer(output, &open_file(open, &worlds[&world])?)?;
        }
        Request::Judge { world, text, now, confirmed, plate, hosts } => {
            known(worlds, world)?;
            let World { trust, status, .. } = &worlds[&world];
            let question = Question {
                now: Timestamp::from_second(now)?,
                clock_confirmed: confirmed,
                expected_plate: plate.as_deref(),
                our_hosts: &hosts,
            };
            serde_json::to_writer(output, &verify(&text, trust.as_ref(), status, &question))?;
        }
    }
    Ok(())
}

fn open_file(open: Opened, World { roots, trust, .. }: &World) -> Result<Value, Fault> {
    let trust = trust.as_ref().ok_or("that world has no trust list");
    Ok(match open {
        Opened::Trust { trust, known_seq } => of_trust(&TrustList::open(&trust, roots, known_seq)),
        Opened::Status(token) => of_status(&open_token(&token, trust?)?),
        Opened::Pack(file) => open_pack(&file, roots)?,
        Opened::Shard { shard, held_seq, now, plates } => {
            let shard = Shard::open(STANDARD.decode(shard)?, trust?, held_seq, Timestamp::from_second(now)?);
            shard.map_or_else(|error| json!(error.code()), |shard| of_shard(&shard, &plates))
        }
        Opened::Accident { accident, now } => {
            serde_json::to_value(accident::examine(&STANDARD.decode(accident)?, now))?
        }
        Opened::Sealed { sealed, reader_key, kind } => {
            let info = if kind == "inspection_mark" { INFO_INSPECTION_MARK } else { INFO_DRIVING_LICENCE };
            let key = ReaderKey::from_bytes(&STANDARD.decode(reader_key)?)?;
            let plain = seal::open(&key, info, &STANDARD.decode(sealed)?).ok();
            json!(plain.map(|plain| STANDARD.encode(plain.as_slice())))
        }
    })
}

/// Opens a pack, applies a delta if there is one, and says what the result answers.
fn open_pack(file: &PackFile, roots: &Roots) -> Result<Value, Fault> {
    let held = Held { pack_seq: file.held.0, trust_seq: file.held.1 };
    let now = Timestamp::from_second(file.now)?;
    let opened = Pack::open(STANDARD.decode(&file.pack)?, roots, held, now);
    let opened = match (opened, &file.delta) {
        (Ok(pack), Some(delta)) => pack.apply(&STANDARD.decode(delta)?, roots, held, now),
        (opened, _) => opened,
    };
    let pack = match opened {
        Ok(pack) => pack,
        Err(error) => return Ok(json!(error.code())),
    };
    let answers = file.asked.iter().map(|(list, index)| {
        let answer = pack.look_up(*list, *index)?;
        Some((answer.value.bits(), answer.iat, answer.exp))
    });
    let lists = pack.lists().map(|list| (list.list, list.bits.number(), list.iat, list.exp, list.size));
    Ok(json!({
        "seq": pack.head().seq, "iat": pack.head().iat, "exp": pack.head().exp, "size": pack.as_bytes().len(),
        "lists": lists.collect::<Vec<_>>(), "answers": answers.collect::<Vec<_>>(),
    }))
}

/// What a shard says of some plates; null for one whose block is broken.
fn of_shard(shard: &Shard, plates: &[String]) -> Value {
    let found = plates.iter().map(|plate| {
        let found = shard.find(plate, None).ok()?;
        let facts = found.iter().map(|found| {
            let month = found.facts.valid_until.map(|month| month.to_string());
            (found.plate_type, month, found.facts.mark.code())
        });
        Some(facts.collect::<Vec<_>>())
    });
    json!({"seq": shard.head().seq, "province": shard.head().scope, "found": found.collect::<Vec<_>>()})
}

fn prepare(roots: &str, trust: Option<&str>, known_seq: u64, status: &[Token]) -> Result<(World, Value), Fault> {
    let roots = Roots::from_json(roots)?;
    let trust = trust.map(|json| TrustList::open(json, &roots, known_seq));
    let mut answer = json!({"trust": trust.as_ref().map(of_trust), "status": []});
    let trust = trust.and_then(Result::ok);
    let mut book = StatusBook::new();
    if let Some(trust) = &trust {
        let mut received = Vec::new();
        for token in status {
            let opened = open_token(token, trust)?;
            received.push(of_status(&opened));
            if let Ok(list) = opened {
                book.take(list);
            }
        }
        answer["status"] = received.into();
    }
    Ok((World { roots, trust, status: book }, answer))
}

fn open_token(token: &Token, trust: &TrustList) -> Result<Result<SignedList, StatusError>, Fault> {
    Ok(match token {
        Token::Jwt(text) => open_jwt(text, trust),
        Token::Cwt(base64) => open_cwt(&STANDARD.decode(base64)?, trust),
    })
}

/// What a list says of itself, or the word of the TypeScript verifier for why it was refused.
fn of_trust(opened: &Result<TrustList, TrustError>) -> Value {
    match opened {
        Ok(list) => json!({"iat": list.iat(), "exp": list.exp(), "seq": list.seq(), "address": list.status_address(7)}),
        Err(error) => json!(match error {
            TrustError::TooLarge => "too_large",
            TrustError::NoRoot => "unknown_root",
            TrustError::RootMissing(_) => "root_missing",
            TrustError::BadSignature(_) => "bad_signature",
            TrustError::GoesBack { .. } => "seq_went_back",
            _ => "malformed",
        }),
    }
}

fn of_status(opened: &Result<SignedList, StatusError>) -> Value {
    match opened {
        Ok(list) => {
            let claims = list.claims;
            let mut book = StatusBook::new();
            book.put(claims.list, list.entries.clone(), claims.iat, claims.exp);
            let first = (0..64).map(|index| book.look_up(claims.list, index).map(|answer| answer.value.bits()));
            json!({
                "list": claims.list, "iat": claims.iat, "exp": claims.exp, "ttl": claims.ttl,
                "bits": list.entries.bits().number(), "first": first.collect::<Vec<_>>(),
            })
        }
        Err(error) => json!(match error {
            StatusError::TooLarge => "too_large",
            StatusError::UnknownKey(_) | StatusError::NotPermitted(..) => "unknown_issuer",
            StatusError::BadSignature => "bad_signature",
            _ => "malformed",
        }),
    }
}
