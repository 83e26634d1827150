//! Vectors of claims that are properly signed and still not ours: malformed, or of a version to come.

use luzheng_credential::kind::InspectionMark;
use luzheng_credential::verify::{CheckName, Reason};

use crate::case::{Case, refused};
use crate::world::*;

pub fn cases(world: &World) -> Vec<Case> {
    let mut all = Vec::new();
    for algorithm in ["es256", "sm2", "ed25519"] {
        all.extend(claims_of_any_algorithm(world, algorithm));
    }
    all.extend(malformed(world));
    all.extend(versions(world));
    all
}

/// Claims taken apart, so that they can be put together wrongly.
struct Parts {
    exp: Vec<u8>,
    iat: Vec<u8>,
    body: Vec<(u8, Vec<u8>)>,
}

const BODY_KEY: [u8; 5] = [0x3a, 0x00, 0x01, 0x11, 0x70];

fn parts(mark: InspectionMark) -> Parts {
    let bytes = claims(mark).encode().expect("claims");
    let mut decoder = minicbor::Decoder::new(&bytes[18..]);
    let entries = decoder.map().expect("a body").expect("definite");
    let body = (0..entries).map(|_| {
        let key = decoder.u8().expect("a key");
        let from = decoder.position();
        decoder.skip().expect("a value");
        (key, bytes[18 + from..18 + decoder.position()].to_vec())
    });
    let body = body.collect();
    Parts { exp: bytes[1..7].to_vec(), iat: bytes[7..13].to_vec(), body }
}

impl Parts {
    fn body_bytes(&self) -> Vec<u8> {
        let mut out = vec![0xa0 + u8::try_from(self.body.len()).expect("few")];
        for (key, value) in &self.body {
            out.push(*key);
            out.extend(value);
        }
        out
    }

    fn join(&self) -> Vec<u8> {
        [&[0xa3], &self.exp[..], &self.iat, &BODY_KEY, &self.body_bytes()].concat()
    }

    fn with(mut self, key: u8, value: &[u8]) -> Vec<u8> {
        match self.body.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value.to_vec(),
            None => {
                self.body.push((key, value.to_vec()));
                self.body.sort_by_key(|(k, _)| *k);
            }
        }
        self.join()
    }

    fn without(mut self, key: u8) -> Vec<u8> {
        self.body.retain(|(k, _)| *k != key);
        self.join()
    }
}

/// Neither can be judged: kind and mode cannot be made out.
const NEITHER: [CheckName; 2] = [CheckName::Version, CheckName::Permission];
/// Permission cannot be judged: authority or iat cannot be made out.
const NOT_PERMISSION: [CheckName; 1] = [CheckName::Permission];

fn claims_of_any_algorithm(world: &World, alg: &str) -> Vec<Case> {
    let bad = |name: &str, about: &str, bytes: &[u8]| {
        refused(
            Reason::Malformed,
            CheckName::Claims,
            &format!("{name}-{alg}"),
            about,
            &world.sign_raw(&format!("mark-{alg}"), bytes),
        )
    };
    let mut reordered = parts(mark());
    reordered.body.swap(2, 3);
    let mut twice = parts(mark());
    let plate = twice.body[2].clone();
    twice.body.insert(3, plate);
    let p = parts(mark());
    let mut followed = p.join();
    followed.push(0);
    vec![
        bad("body-reordered", "class before subject", &reordered.join()),
        bad("subject-twice", "the same key twice", &twice.join()),
        bad("trailing-byte", "a byte after the claims", &followed),
    ]
}

fn malformed(world: &World) -> Vec<Case> {
    let bad = |name: &str, about: &str, bytes: &[u8]| {
        refused(Reason::Malformed, CheckName::Claims, name, about, &world.sign_raw("mark-es256", bytes))
    };
    let p = || parts(mark());
    let body = p().body_bytes();
    let mut two_plates = p();
    two_plates.body.insert(3, (3, [&[0x69], "苏B99999".as_bytes()].concat()));
    let exp = i64::from(u32::from_be_bytes([p().exp[2], p().exp[3], p().exp[4], p().exp[5]]));
    let exp_off = |by: i64| [&[0x04, 0x1a][..], &u32::try_from(exp + by).expect("time").to_be_bytes()].concat();
    let long_iat = [&[0x06, 0x1b, 0, 0, 0, 0][..], &p().iat[2..]].concat();
    let indefinite_text = [&[0x7f, 0x63], "苏".as_bytes(), &[0x66], b"B12345", &[0xff]].concat();
    let mut all = vec![
        bad("claims-empty", "no claims at all", &[]).unreached(&NEITHER),
        bad("claims-empty-map", "an empty map", &[0xa0]).unreached(&NEITHER),
        bad("claims-array", "an array", &[0x83, 1, 2, 3]).unreached(&NEITHER),
        bad("claims-cut", "claims that stop in the middle", &p().join()[..50]).unreached(&NOT_PERMISSION),
        bad("claims-reordered", "iat before exp", &[&[0xa3], &p().iat[..], &p().exp, &BODY_KEY, &body].concat()),
        bad("exp-twice", "exp twice", &[&[0xa4], &p().exp[..], &p().exp, &p().iat, &BODY_KEY, &body].concat()),
        bad(
            "claims-with-more",
            "a claim that does not belong here",
            &[&[0xa4, 0x01, 0x61, 0x78], &p().exp[..], &p().iat, &BODY_KEY, &body].concat(),
        ),
        bad("claims-without-exp", "no exp", &[&[0xa2], &p().iat[..], &BODY_KEY, &body].concat()),
        bad(
            "claims-indefinite",
            "a map of indefinite length",
            &[&[0xbf], &p().exp[..], &p().iat, &BODY_KEY, &body, &[0xff]].concat(),
        )
        .unreached(&NEITHER),
        bad(
            "body-indefinite",
            "a body of indefinite length",
            &[&[0xa3], &p().exp[..], &p().iat, &BODY_KEY, &[0xbf], &body[1..], &[0xff]].concat(),
        )
        .unreached(&NEITHER),
        bad(
            "body-in-bytes",
            "the body in a byte string",
            &[&[0xa3], &p().exp[..], &p().iat, &BODY_KEY, &[0x58, body.len() as u8], &body].concat(),
        )
        .unreached(&NEITHER),
        bad(
            "iat-in-eight-bytes",
            "iat in a longer form than needed",
            &[&[0xa3], &p().exp[..], &long_iat, &BODY_KEY, &body].concat(),
        ),
        bad(
            "iat-float",
            "iat as a floating-point number",
            &[&[0xa3], &p().exp[..], &[0x06, 0xfb, 0x41, 0xda, 0xc0, 0, 0, 0, 0, 0], &BODY_KEY, &body].concat(),
        )
        .unreached(&NOT_PERMISSION),
        bad("iat-negative", "iat before 1970", &[&[0xa3], &p().exp[..], &[0x06, 0x20], &BODY_KEY, &body].concat())
            .unreached(&NOT_PERMISSION),
        bad(
            "exp-a-second-late",
            "exp and valid_until disagree",
            &[&[0xa3], &exp_off(1)[..], &p().iat, &BODY_KEY, &body].concat(),
        ),
        bad(
            "exp-at-utc",
            "exp at midnight UTC, not +08:00",
            &[&[0xa3], &exp_off(28_800)[..], &p().iat, &BODY_KEY, &body].concat(),
        ),
        bad("two-plates", "two different subjects", &two_plates.join()),
        bad("kind-in-two-bytes", "the kind in a longer form than needed", &p().with(1, &[0x18, 0x01])),
        bad(
            "mode-in-nine-bytes",
            "the mode in a longer form than needed",
            &p().with(2, &[0x1b, 0, 0, 0, 0, 0, 0, 0, 0]),
        ),
        bad("kind-text", "the kind as text", &p().with(1, b"\x611")).unreached(&NEITHER),
        bad("subject-indefinite", "the subject in pieces", &p().with(3, &indefinite_text)),
        bad("subject-bytes", "the subject as bytes", &p().with(3, &[&[0x49], "苏B12345".as_bytes()].concat())),
        bad("subject-not-utf8", "the subject is not UTF-8", &p().with(3, &[0x63, 0xe8, 0x8b, 0x41]))
            .unreached(&NOT_PERMISSION),
        bad("subject-empty", "an empty subject", &p().with(3, &[0x60])),
        bad(
            "subject-of-33-bytes",
            "a subject that is too long",
            &p().with(3, &[&[0x78, 33], &[b'A'; 33][..]].concat()),
        ),
        bad("class-number", "the class as a number", &p().with(4, &[0x02])),
        bad("valid-until-month-13", "a month that does not exist", &p().with(5, &[0x1a, 0x00, 0x03, 0x17, 0xd9])),
        bad("valid-until-negative", "a negative month", &p().with(5, &[0x20])),
        bad("status-of-three", "a status of three numbers", &p().with(6, &[0x83, 1, 2, 3])),
        bad("status-number", "a status that is a number", &p().with(6, &[0x05])),
        bad("authority-of-seven-digits", "an authority above 999999", &p().with(7, &[0x1a, 0x00, 0x0f, 0x42, 0x40])),
        bad("authority-text", "the authority as text", &p().with(7, b"\x66320200")).unreached(&NOT_PERMISSION),
        bad("digest-of-7", "a digest of seven bytes", &p().with(9, &[0x47, 1, 2, 3, 4, 5, 6, 7])),
        bad("static-with-nonce", "a nonce in a static mark", &p().with(8, &[0x48, 1, 2, 3, 4, 5, 6, 7, 8])),
        bad("static-with-sealed", "a sealed part in a static mark", &p().with(12, &[0x82, 1, 0x41, 1])),
        bad("mark-with-red", "red in a mark", &p().with(10, &[0xf5])),
        bad("mark-with-device-key", "a device key in a mark", &p().with(11, &[&[0x58, 33], &[2; 33][..]].concat())),
        bad("key-13", "a key that does not exist", &p().with(13, &[0x01])),
    ];
    for key in [1, 2, 3, 4, 5, 6, 7, 9] {
        let unreached: &[CheckName] = match key {
            1 | 2 => &NEITHER,
            7 => &NOT_PERMISSION,
            _ => &[],
        };
        all.push(bad(&format!("without-key-{key}"), "a key is missing", &p().without(key)).unreached(unreached));
    }
    let live = |name: &str, about: &str, bytes: &[u8]| {
        refused(Reason::Malformed, CheckName::Claims, name, about, &world.sign_raw("live-es256", bytes))
    };
    all.extend([
        live("live-without-nonce", "a live code without a nonce", &parts(live_mark(12)).without(8)),
        live("live-nonce-of-7", "a nonce of seven bytes", &parts(live_mark(12)).with(8, &[0x47, 1, 2, 3, 4, 5, 6, 7])),
        live(
            "live-sealed-too-long",
            "a sealed part of 161 bytes",
            &parts(live_mark(12)).with(12, &[&[0x82, 3, 0x58, 161], &[7; 161][..]].concat()),
        ),
    ]);
    all
}

fn versions(world: &World) -> Vec<Case> {
    let newer = |name: &str, about: &str, bytes: &[u8]| {
        refused(Reason::UnsupportedVersion, CheckName::Version, name, about, &world.sign_raw("mark-es256", bytes))
    };
    vec![
        newer("kind-3", "a kind that this version does not know", &parts(mark()).with(1, &[3])),
        newer("kind-0", "no kind has the number 0", &parts(mark()).with(1, &[0])),
        newer("kind-257", "not to be taken for kind 1", &parts(mark()).with(1, &[0x19, 1, 1])),
        newer("kind-3-with-more", "a newer kind with keys of its own", &{
            let mut newer = parts(mark());
            newer.body[0].1 = vec![3];
            newer.body.push((13, vec![0x65, b'h', b'e', b'l', b'l', b'o']));
            newer.join()
        }),
        newer("mode-3", "a mode that this version does not know", &parts(mark()).with(2, &[3])),
        newer("mode-held-mark", "held is not a mode of marks", &parts(mark()).with(2, &[2])),
        newer("mode-static-licence", "static is not a mode of licences", &parts(mark()).with(1, &[2])),
    ]
}
