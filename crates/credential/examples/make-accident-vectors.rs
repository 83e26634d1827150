//! Writes `vectors/accident`: records of accidents, genuine and hostile, each with the examination that must come. Keys and signatures are made
//! anew each time, so running it changes every file; the answers stay.

use std::fs;
use std::path::Path;

use luzheng_credential::accident::{
    Endorsement, Offer, Party, Place, PlateSeen, Record, Role, SeenCode, Statement, compressed, digest, examine,
    record_text,
};
use luzheng_credential::qr::text;
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::verify::Reason;
use luzheng_domain::accident::{Circumstance, Circumstances, Responsibility};

type Anyhow<T> = Result<T, Box<dyn std::error::Error>>;

/// 2026-11-21T08:00:00Z, the time of the other vectors.
const NOW: u32 = 1_795_248_000;

struct Pieces {
    offer: Offer,
    statement: Statement,
    first: Endorsement,
    second: Endorsement,
}

struct World {
    a: FileKey,
    b: FileKey,
    mark: Vec<u8>,
    licence: Vec<u8>,
}

fn point(key: &FileKey) -> Anyhow<[u8; 33]> {
    compressed(key.public_key()).ok_or_else(|| "no ES256 key".into())
}

fn party(plate: &str, impact: u8) -> Party {
    Party {
        plate: plate.to_owned(),
        plate_type: "02".to_owned(),
        impact,
        mark: None,
        licence: None,
        insurer: Some("例行财产保险".to_owned()),
        policy: Some("PDAA202632050000012345".to_owned()),
        contact: None,
    }
}

fn endorsement(role: Role) -> Endorsement {
    Endorsement { role, digest: [0; 32], signed_at: NOW + 120, plate: PlateSeen::Same, mark: None, licence: None }
}

impl World {
    fn new(folder: &Path) -> Anyhow<Self> {
        let message = |case: &str| -> Anyhow<Vec<u8>> {
            let json = fs::read_to_string(folder.join("cases").join(case))?;
            let case: serde_json::Value = serde_json::from_str(&json)?;
            Ok(text::decode(case["text"].as_str().ok_or("no text")?, &[])?.message)
        };
        Ok(Self {
            a: FileKey::generate(Algorithm::Es256)?,
            b: FileKey::generate(Algorithm::Es256)?,
            mark: message("valid--static-es256.json")?,
            licence: message("valid--licence-held.json")?,
        })
    }

    fn pieces(&self) -> Anyhow<Pieces> {
        Ok(Pieces {
            offer: Offer {
                record: *b"accident-vector!",
                key: point(&self.a)?,
                made_at: NOW,
                clock_confirmed: false,
                happened_at: NOW - 540,
                place: Some(Place { lat_e5: 3_131_250, lon_e5: 12_061_900, accuracy_m: 18 }),
                place_text: Some("苏州市姑苏区人民路与干将路口".to_owned()),
                form: 1,
                weather: 3,
                responsibility: Responsibility::Full,
                circumstances: Circumstances::NONE,
                party: party("苏E12345", 1),
            },
            statement: Statement {
                record: *b"accident-vector!",
                key: point(&self.b)?,
                made_at: NOW + 60,
                clock_confirmed: true,
                circumstances: Circumstances::NONE,
                party: party("苏B12345", 5),
            },
            first: endorsement(Role::First),
            second: endorsement(Role::Second),
        })
    }

    fn record(&self, change: impl FnOnce(&mut Pieces)) -> Anyhow<Record> {
        let mut it = self.pieces()?;
        change(&mut it);
        let (offer, statement) = (it.offer.encode(), it.statement.encode());
        let digest = digest(&offer, &statement);
        (it.first.digest, it.second.digest) = (digest, digest);
        Ok(Record { offer, statement, first: it.first.sign(&self.a)?, second: it.second.sign(&self.b)? })
    }

    fn alone(&self) -> Anyhow<Record> {
        let offer = self.pieces()?.offer.encode();
        let mut first = endorsement(Role::First);
        first.digest = digest(&offer, &[]);
        first.plate = PlateSeen::NotCompared;
        Ok(Record { offer, statement: Vec::new(), first: first.sign(&self.a)?, second: Vec::new() })
    }

    /// A record in whose offer a piece of the encoding was replaced before anybody signed.
    fn resigned(&self, from: &[u8], to: &[u8]) -> Anyhow<Record> {
        let whole = self.record(|_| ())?;
        let at = whole.offer.windows(from.len()).position(|w| w == from).ok_or("no such bytes")?;
        let mut offer = whole.offer;
        offer.splice(at..at + from.len(), to.iter().copied());
        let digest = digest(&offer, &whole.statement);
        let sign = |role, key: &FileKey| {
            let mut it = endorsement(role);
            it.digest = digest;
            it.sign(key)
        };
        Ok(Record {
            offer,
            statement: whole.statement,
            first: sign(Role::First, &self.a)?,
            second: sign(Role::Second, &self.b)?,
        })
    }
}

fn seen(reason: Option<Reason>) -> Option<SeenCode> {
    Some(SeenCode { reason, age_s: Some(840) })
}

struct Out<'a> {
    folder: &'a Path,
    count: usize,
}

impl Out<'_> {
    fn bytes(&mut self, name: &str, about: &str, bytes: &[u8]) -> Anyhow<()> {
        let now = i64::from(NOW) + 3_600;
        let expect = examine(bytes, now);
        let case = serde_json::json!({"name": name, "about": about, "record": record_text(bytes), "now": now, "expect": expect});
        fs::write(self.folder.join(format!("{name}.json")), serde_json::to_string_pretty(&case)? + "\n")?;
        self.count += 1;
        Ok(())
    }

    fn record(&mut self, name: &str, about: &str, record: &Record) -> Anyhow<()> {
        self.bytes(name, about, &record.encode())
    }
}

fn genuine(world: &World, out: &mut Out<'_>) -> Anyhow<()> {
    out.record("complete--plain", "both signed, no codes shown", &world.record(|_| ())?)?;
    let with_codes = world.record(|it| {
        it.statement.party.mark = Some(world.mark.clone());
        it.statement.party.licence = Some(world.licence.clone());
        (it.first.mark, it.first.licence) = (seen(None), seen(Some(Reason::StatusStale)));
    })?;
    out.record("complete--with-codes", "the second party showed mark and licence", &with_codes)?;
    let undecided = world.record(|it| {
        it.offer.responsibility = Responsibility::Undecided;
        it.offer.circumstances = Circumstances::NONE.with(Circumstance::HitFacility);
        it.offer.place = None;
    })?;
    out.record("complete--left-to-the-police", "a facility was hit; facts only", &undecided)?;
    let southwest = world.record(|it| {
        it.offer.place = Some(Place { lat_e5: -1, lon_e5: -18_000_000, accuracy_m: 100_000 });
        it.offer.place_text = None;
    })?;
    out.record("complete--negative-degrees", "south and west of the origin, no words", &southwest)?;
    out.record("one_sided--first", "the first party alone", &world.alone()?)?;
    let second = Record { first: Vec::new(), ..world.record(|_| ())? };
    out.record("one_sided--second", "the first party never closed it", &second)
}

fn contradictory(world: &World, out: &mut Out<'_>) -> Anyhow<()> {
    let mut case = |name: &str, about: &str, change: fn(&mut Pieces)| -> Anyhow<()> {
        out.record(&format!("complete--{name}"), about, &world.record(change)?)
    };
    case("same-vehicle", "both name one plate", |it| it.statement.party.plate = it.offer.party.plate.clone())?;
    case("clocks-apart", "one phone is a quarter of an hour slow", |it| it.statement.made_at = NOW - 901)?;
    case("clocks-at-the-limit", "exactly 900 seconds", |it| it.statement.made_at = NOW - 900)?;
    case("signed-before-made", "a clock was set back in the middle", |it| it.first.signed_at = NOW - 91)?;
    case("happened-later", "an accident of tomorrow", |it| it.offer.happened_at = NOW + 86_400)?;
    case("in-future", "both clocks ahead", |it| {
        (it.offer.made_at, it.statement.made_at) = (NOW + 90_000, NOW + 90_000);
        (it.first.signed_at, it.second.signed_at) = (NOW + 90_000, NOW + 90_000);
    })?;
    case("injured-and-settled", "somebody is hurt, says the second party", |it| {
        it.statement.circumstances = Circumstances::NONE.with(Circumstance::Injured);
    })?;
    case("plate-differs", "the second party saw another plate", |it| it.second.plate = PlateSeen::Differs)?;
    case("not-looked-at", "a mark in the record that nobody judged", |it| it.offer.party.mark = Some(vec![1]))?;
    case("seen-without-code", "a mark was judged that is not in the record", |it| it.second.mark = seen(None))?;
    case("expired-and-settled", "the mark was seen to be expired", |it| {
        it.offer.party.mark = Some(vec![1]);
        it.second.mark = seen(Some(Reason::Expired));
    })?;
    case("cannot-tell", "what cannot be told accuses nobody", |it| {
        it.offer.party.mark = Some(vec![1]);
        it.second.mark = Some(SeenCode { reason: Some(Reason::StatusUnavailable), age_s: None });
    })
}

fn hostile(world: &World, out: &mut Out<'_>) -> Anyhow<()> {
    let whole = world.record(|_| ())?;
    let flipped = |part: &[u8], at: usize| {
        let mut part = part.to_vec();
        let at = if at < part.len() { at } else { part.len() - 1 };
        part[at] ^= 1;
        part
    };
    let time = whole.offer.windows(4).position(|w| w == NOW.to_be_bytes()).ok_or("no time")?;
    let cases = [
        ("offer-time", "a second later", Record { offer: flipped(&whole.offer, time + 3), ..whole.clone() }),
        ("first-signature", "one bit", Record { first: flipped(&whole.first, 999), ..whole.clone() }),
        ("second-signature", "one bit", Record { second: flipped(&whole.second, 999), ..whole.clone() }),
        (
            "signatures-swapped",
            "each for the other",
            Record { first: whole.second.clone(), second: whole.first.clone(), ..whole.clone() },
        ),
        (
            "first-over-full-offer",
            "the second party cut off",
            Record { statement: Vec::new(), second: Vec::new(), ..whole.clone() },
        ),
        (
            "offer-of-another",
            "an offer of another record",
            Record { offer: world.record(|it| it.offer.record = [0; 16])?.offer, ..whole.clone() },
        ),
        (
            "other-share",
            "the responsibility turned round",
            Record { offer: world.record(|it| it.offer.responsibility = Responsibility::None)?.offer, ..whole.clone() },
        ),
        ("wrong-role", "signed as the other", world.record(|it| it.first.role = Role::Second)?),
        ("same-key", "one phone for both", world.record(|it| it.statement.key = it.offer.key)?),
        ("bad-key", "no point of the curve", world.record(|it| it.offer.key[1..].fill(255))?),
        ("bad-key-form", "an uncompressed point's first byte", world.record(|it| it.statement.key[0] = 4)?),
    ];
    for (name, about, record) in cases {
        out.record(&format!("not_genuine--{name}"), about, &record)?;
    }
    Ok(())
}

fn unreadable(world: &World, out: &mut Out<'_>) -> Anyhow<()> {
    let bytes = world.record(|_| ())?.encode();
    out.bytes("unreadable--empty", "nothing", &[])?;
    out.bytes("unreadable--cut", "the last byte is missing", &bytes[..bytes.len() - 1])?;
    out.bytes("unreadable--trailing", "a byte too many", &[&bytes[..], &[0]].concat())?;
    out.bytes("unreadable--too-large", "over the ceiling", &vec![0; 2_401])?;
    let cases: [(&str, &str, &[u8], &[u8]); 7] = [
        ("version", "a version to come", &[0xad, 0x01, 0x01], &[0xad, 0x01, 0x02]),
        ("long-head", "a number in a longer form", &[0x05, 0x00, 0x06], &[0x05, 0x18, 0x00, 0x06]),
        ("unknown-form", "a form that is no word", &[0x09, 0x01, 0x0a], &[0x09, 0x0a, 0x0a]),
        ("unknown-weather", "a weather of number 0", &[0x0a, 0x03, 0x0b], &[0x0a, 0x00, 0x0b]),
        ("unknown-circumstance", "a bit without a meaning", &[0x0c, 0x00, 0x0d], &[0x0c, 0x19, 0x20, 0x00, 0x0d]),
        ("key-order", "two keys changed places", &[0x0b, 0x01, 0x0c, 0x00], &[0x0c, 0x00, 0x0b, 0x01]),
        ("control-character", "a line break in a place", "苏州市姑".as_bytes(), "苏州\n\t\u{7f}市".as_bytes()),
    ];
    for (name, about, from, to) in cases {
        // Texts keep their length, so that nothing but the text is wrong.
        let to = if name == "control-character" { "苏州\n\t\u{7f}姑".as_bytes() } else { to };
        out.record(&format!("unreadable--{name}"), about, &world.resigned(from, to)?)?;
    }
    let nobody = Record { first: Vec::new(), second: Vec::new(), ..world.alone()? };
    out.record("unreadable--unsigned", "nobody signed", &nobody)?;
    let half = Record { second: Vec::new(), ..world.record(|_| ())? };
    out.record("unreadable--statement-unsigned", "a statement without its signature", &half)
}

fn main() -> Anyhow<()> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let folder = vectors.join("accident");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let world = World::new(&vectors)?;
    let mut out = Out { folder: &folder, count: 0 };
    genuine(&world, &mut out)?;
    contradictory(&world, &mut out)?;
    hostile(&world, &mut out)?;
    unreadable(&world, &mut out)?;
    println!("{} vectors in {}", out.count, folder.display());
    Ok(())
}
