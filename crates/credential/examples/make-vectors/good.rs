//! Vectors of genuine credentials: valid ones, and those that time, status, trust or the checker speak against.

use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{InspectionMark, Live, Sealed, StatusRef};
use luzheng_credential::qr::text;
use luzheng_credential::verify::{CheckName, Hint, Reason};
use luzheng_domain::vehicle::YearMonth;

use crate::case::{Case, refused, valid};
use crate::world::*;

pub fn cases(world: &World) -> Vec<Case> {
    let mut all = Vec::new();
    for algorithm in ["es256", "sm2", "ed25519"] {
        all.extend(marks(world, algorithm));
        all.extend(live_marks(world, algorithm));
    }
    all.extend(more_marks(world));
    all.extend(texts(world));
    all.extend(trust(world));
    all.extend(status(world));
    all
}

fn entry(index: u32) -> InspectionMark {
    InspectionMark { status: StatusRef { list: LIST, index }, ..mark() }
}

/// A mark of November 2026, the month that ends at [`MONTH_ENDS`].
fn november() -> InspectionMark {
    InspectionMark { valid_until: YearMonth::from_yyyymm(202_611).expect("a month"), ..mark() }
}

/// Static marks: what is the same for every algorithm.
fn marks(world: &World, alg: &str) -> Vec<Case> {
    let key = &format!("mark-{alg}");
    let issue = |mark: InspectionMark| world.issue(key, claims(mark));
    let good = issue(mark());
    let n = |what: &str| format!("{what}-{alg}");
    let (jwt, cwt) = match alg {
        "sm2" => ("status/1-sm2.jwt", "status/1-sm2.cwt"),
        "ed25519" => ("status/1-ed25519.jwt", "status/1-ed25519.cwt"),
        _ => ("status/1.jwt", "status/1.cwt"),
    };
    let month_end = ["status/1-of-the-month-end.jwt"];
    vec![
        valid(&n("static"), "a downloaded mark; the checker is asked to compare the plate", &good)
            .hint(Hint::ComparePlate)
            .status(&[jwt]),
        valid(&n("static-plate"), "the checker gave the plate; the status list is a CWT", &good)
            .plate("苏B12345")
            .status(&[cwt]),
        valid(&n("static-compact"), "the compact text of the same bytes", &good)
            .text(text::compact(&good))
            .hint(Hint::ComparePlate),
        valid(&n("static-last-second"), "the last second of the last day at +08:00", &issue(november()))
            .at(MONTH_ENDS - 1)
            .status(&month_end)
            .hint(Hint::ComparePlate),
        refused(Reason::Expired, CheckName::Dates, &n("static"), "the second after that", &issue(november()))
            .at(MONTH_ENDS)
            .status(&month_end),
        refused(Reason::Revoked, CheckName::Status, &n("static"), "status 1", &issue(entry(ENTRY_REVOKED))),
        refused(Reason::Suspended, CheckName::Status, &n("static"), "status 2", &issue(entry(ENTRY_SUSPENDED))),
        refused(
            Reason::Superseded,
            CheckName::Status,
            &n("static"),
            "status 3, in the last entry",
            &issue(entry(ENTRY_SUPERSEDED)),
        ),
        refused(
            Reason::NotYetValid,
            CheckName::Dates,
            &n("static"),
            "signed in 60 s",
            &issue(InspectionMark { iat: NOW + 60, ..mark() }),
        ),
        refused(
            Reason::ClockWrong,
            CheckName::Clock,
            &n("static"),
            "signed in 91 s",
            &issue(InspectionMark { iat: NOW + 91, ..mark() }),
        ),
        refused(Reason::WrongSubject, CheckName::Subject, &n("static"), "another plate", &good).plate("苏B12346"),
        refused(Reason::StatusStale, CheckName::Freshness, &n("static"), "the status is a day and a second old", &good)
            .status(&["status/1-stale.jwt"])
            .hint(Hint::ComparePlate),
        refused(Reason::StatusUnavailable, CheckName::Status, &n("static"), "no status list at all", &good).status(&[]),
        refused(
            Reason::TrustListExpired,
            CheckName::TrustList,
            &n("static"),
            "the first second after the end of the trust list",
            &good,
        )
        .trust(Some("trust/expired.json")),
    ]
}

/// Live marks and their minute, for every algorithm.
fn live_marks(world: &World, alg: &str) -> Vec<Case> {
    let key = &format!("live-{alg}");
    let aged = |age: i64| world.issue(key, claims(live_mark(age)));
    let n = |what: &str| format!("live-{what}-{alg}");
    let replayed =
        |name: &str, about: &str, age: i64| refused(Reason::Replayed, CheckName::Dates, &n(name), about, &aged(age));
    vec![
        valid(&n("fresh"), "a live code, 12 s old", &aged(12)),
        valid(&n("59s"), "the last second of its minute", &aged(59)),
        valid(&n("5s-early"), "a reader's clock five seconds behind", &aged(-5)),
        refused(Reason::NotYetValid, CheckName::Dates, &n("6s-early"), "six seconds behind", &aged(-6)),
        refused(Reason::ClockWrong, CheckName::Clock, &n("91s-early"), "ninety-one seconds behind", &aged(-91)),
        replayed("60s", "its minute is over", 60),
        replayed("61s", "its minute is over", 61),
        replayed("an-hour", "a picture of a live code", 3_600),
        valid(&n("59s-unconfirmed"), "within its minute no hint is needed", &aged(59)).unconfirmed(),
        valid(&n("60s-unconfirmed"), "the clock is not confirmed, so half a minute is granted", &aged(60))
            .unconfirmed()
            .hint(Hint::ClockUnconfirmed),
        valid(&n("89s-unconfirmed"), "the last second of that", &aged(89)).unconfirmed().hint(Hint::ClockUnconfirmed),
        replayed("90s-unconfirmed", "too old for any clock", 90).unconfirmed(),
        refused(
            Reason::Malformed,
            CheckName::Claims,
            &n("lives-61s"),
            "exp - iat is not 60",
            &world.sign_raw(key, &lives(61)),
        ),
        refused(
            Reason::Malformed,
            CheckName::Claims,
            &n("lives-59s"),
            "exp - iat is not 60",
            &world.sign_raw(key, &lives(59)),
        ),
    ]
}

/// The claims of a fresh live mark whose `exp` is another: bytes 2 to 6 are `1a` and the four bytes of `exp`.
fn lives(seconds: i64) -> Vec<u8> {
    let mut bytes = claims(live_mark(12)).encode().expect("claims");
    let exp = u32::try_from(NOW - 12 + seconds).expect("this century");
    bytes[3..7].copy_from_slice(&exp.to_be_bytes());
    bytes
}

fn more_marks(world: &World) -> Vec<Case> {
    let issue = |key: &str, mark: InspectionMark| world.issue(key, claims(mark));
    let good = issue("mark-es256", mark());
    let plate = |number: &str, kind: &str| InspectionMark {
        plate_number: number.to_owned(),
        plate_type: kind.to_owned(),
        ..mark()
    };
    let sealed = Live { nonce: [9; 8], sealed: Some(Sealed { reader_key: 3, bytes: (0..65).collect() }) };
    let live_expired =
        InspectionMark { valid_until: YearMonth::from_yyyymm(202_610).expect("a month"), ..live_mark(12) };
    let mut all = vec![
        valid("new-energy-plate", "eight characters", &issue("mark-es256", plate("苏AD12345", "52")))
            .hint(Hint::ComparePlate),
        valid(
            "hong-kong-plate",
            "two Chinese characters, the longest plate",
            &issue("mark-sm2", plate("粤Z1234港", "26")),
        )
        .hint(Hint::ComparePlate),
        valid(
            "live-sealed",
            "with a part for officers, which others pass over",
            &issue("live-sm2", InspectionMark { mode: MarkMode::Live(sealed), ..live_mark(12) }),
        ),
        valid("region-of-the-key", "a key for Jiangsu signs for Wuxi", &issue("mark-jiangsu", mark()))
            .hint(Hint::ComparePlate),
        valid(
            "signed-this-second",
            "signed in the second in which it is judged",
            &issue("mark-es256", InspectionMark { iat: NOW, ..mark() }),
        )
        .hint(Hint::ComparePlate),
        valid("retired-key-in-its-time", "the key was in use when it signed", &issue("mark-retired", mark()))
            .hint(Hint::ComparePlate),
        refused(
            Reason::UnknownIssuer,
            CheckName::Permission,
            "retired-key-after-its-time",
            "signed when the key was no longer in use",
            &world.sign_raw(
                "mark-retired",
                &claims(InspectionMark { iat: SIGNED + 86_400, ..mark() }).encode().expect("claims"),
            ),
        ),
        refused(
            Reason::Expired,
            CheckName::Dates,
            "live-of-an-expired-mark",
            "a live code cannot say more than its mark",
            &issue_raw(world, "live-es256", &live_expired),
        ),
        refused(
            Reason::StatusUnavailable,
            CheckName::Status,
            "list-not-here",
            "its status is in list 2, and only list 1 is here",
            &issue("mark-es256", InspectionMark { status: StatusRef { list: 2, index: 5 }, ..mark() }),
        ),
        valid(
            "second-list",
            "its status is in list 2, which is here too",
            &issue("mark-es256", InspectionMark { status: StatusRef { list: 2, index: 5 }, ..mark() }),
        )
        .status(&["status/1.jwt", "status/2.jwt"])
        .hint(Hint::ComparePlate),
        refused(
            Reason::StatusUnavailable,
            CheckName::Status,
            "entry-beyond-the-list",
            "entry 2^20 of a list of 2^20",
            &issue_raw(world, "mark-es256", &entry(1 << 20)),
        ),
    ];
    for (name, spelling) in [
        ("dot", "苏B·12345"),
        ("lower-case", "苏b12345"),
        ("full-width", "苏Ｂ１２３４５"),
        ("spaces", " 苏 B-12345\u{3000}"),
    ] {
        all.push(valid(&format!("plate-with-{name}"), "the same plate in another spelling", &good).plate(spelling));
    }
    for (name, number) in [("short", "苏B1234"), ("empty", ""), ("cyrillic", "苏В12345")] {
        all.push(
            refused(
                Reason::WrongSubject,
                CheckName::Subject,
                &format!("plate-{name}"),
                "not the plate of the mark",
                &good,
            )
            .plate(number),
        );
    }
    all
}

/// Signs claims that our own issuing would refuse.
fn issue_raw(world: &World, key: &str, mark: &InspectionMark) -> Vec<u8> {
    world.sign_raw(key, &claims(mark.clone()).encode().expect("claims"))
}

/// The ways in which a text may be written.
fn texts(world: &World) -> Vec<Case> {
    let good = world.issue("mark-es256", claims(mark()));
    let primary = text::primary(HOST, &good);
    let digits = primary.split_once('#').expect("a head").1;
    let written = |name: &str, about: &str, text: String| valid(name, about, &good).text(text).hint(Hint::ComparePlate);
    let foreign = |name: &str, text: String| {
        valid(name, "an address that is not ours; the payload counts", &good)
            .text(text)
            .hint(Hint::ForeignHost)
            .hint(Hint::ComparePlate)
    };
    vec![
        written("text-lower-case", "scheme and host in small letters", format!("https://luzheng.example/V#{digits}")),
        written("text-mixed-case", "in mixed letters, page included", format!("Https://LuZheng.Example/v#{digits}")),
        written("text-query", "pasted with the digits in the query", format!("https://luzheng.example/V?d={digits}")),
        written("text-white-space", "white space around it", format!(" \t\r\n{primary}\n ")),
        written(
            "text-white-space-compact",
            "white space around the compact text",
            format!("\n{} \r\n", text::compact(&good)),
        ),
        foreign("foreign-host", format!("HTTPS://OTHER.EXAMPLE/V#{digits}")),
        foreign("foreign-host-with-port", format!("https://luzheng.example:8443/V#{digits}")),
        foreign("foreign-host-look-alike", format!("https://luzheng.example.evil.example/V#{digits}")),
    ]
}

/// Trust lists, for the same good mark.
fn trust(world: &World) -> Vec<Case> {
    let good = world.issue("mark-es256", claims(mark()));
    let cannot = |name: &str, about: &str, file: Option<&'static str>| {
        refused(Reason::TrustListExpired, CheckName::TrustList, name, about, &good).trust(file)
    };
    vec![
        cannot("none", "no trust list at all", None),
        cannot(
            "old-number",
            "a list older than one seen before is refused, so there is none",
            Some("trust/old-number.json"),
        )
        .known_seq(SEQ),
        cannot("another-root", "signed by a root that is not pinned", Some("trust/signed-by-another-root.json")),
        cannot("without-sm2", "an SM2 root is pinned and did not sign", Some("trust/without-sm2-signature.json")),
        cannot("changed", "changed after it was signed", Some("trust/changed-after-signing.json")),
        cannot(
            "key-and-kid-disagree",
            "a key whose identifier is not its own",
            Some("trust/key-and-kid-disagree.json"),
        ),
        cannot("key-twice", "a key that is listed twice", Some("trust/key-twice.json")),
        valid("trust-same-number", "the number seen before", &good).known_seq(SEQ).hint(Hint::ComparePlate),
        valid("trust-old-number-first-seen", "an older number is good for a reader that has seen none", &good)
            .trust(Some("trust/old-number.json"))
            .hint(Hint::ComparePlate),
        valid("trust-last-second", "the last second of the trust list", &good)
            .trust(Some("trust/last-second.json"))
            .hint(Hint::ComparePlate),
        valid("trust-90s-ahead", "a clock 90 s behind the trust list", &good)
            .trust(Some("trust/ninety-seconds-ahead.json"))
            .hint(Hint::ComparePlate),
        refused(Reason::ClockWrong, CheckName::Clock, "trust-91s-ahead", "a clock 91 s behind the trust list", &good)
            .trust(Some("trust/from-the-future.json")),
        refused(
            Reason::UnknownIssuer,
            CheckName::Key,
            "compromised-key",
            "the key was compromised and is off the list",
            &good,
        )
        .trust(Some("trust/compromised-key-removed.json")),
    ]
}

/// Status lists, for the same good mark.
fn status(world: &World) -> Vec<Case> {
    let good = world.issue("mark-es256", claims(mark()));
    let revoked = world.issue("mark-es256", claims(entry(ENTRY_REVOKED)));
    let unavailable = |name: &str, about: &str, file: &'static str| {
        refused(Reason::StatusUnavailable, CheckName::Status, name, about, &good).status(&[file])
    };
    vec![
        unavailable("list-expired", "the first second after the end of the list", "status/1-expired.jwt"),
        unavailable("list-by-a-mark-key", "a key that may not sign status lists", "status/1-by-a-mark-key.jwt"),
        unavailable(
            "list-of-another-address",
            "for an address that the trust list does not name",
            "status/1-other-address.jwt",
        ),
        unavailable("list-changed", "changed after it was signed", "status/1-changed-after-signing.jwt"),
        unavailable("list-of-another-type", "a JWT of another type", "status/1-wrong-type.jwt"),
        unavailable("list-of-one-bit", "one bit an entry", "status/1-one-bit.jwt"),
        unavailable("list-too-long", "unpacks to 64 MiB", "status/1-bomb.jwt"),
        unavailable("list-of-three-bits", "three bits an entry", "status/1-three-bits.jwt"),
        unavailable("list-of-four-bits-too-short", "as long as with two bits", "status/1-four-bits-of-two.jwt"),
        unavailable("list-too-short", "half a list", "status/1-short.jwt"),
        valid("list-a-day-old", "a day old, not a second more", &good)
            .status(&["status/1-a-day-old.jwt"])
            .hint(Hint::ComparePlate),
        refused(Reason::StatusStale, CheckName::Freshness, "list-last-second", "the last second of the list", &good)
            .status(&["status/1-last-second.jwt"])
            .hint(Hint::ComparePlate),
        refused(Reason::StatusStale, CheckName::Freshness, "with-the-plate", "no plate left to compare", &good)
            .status(&["status/1-stale.jwt"])
            .plate("苏B12345"),
        refused(Reason::ClockWrong, CheckName::Clock, "list-91s-ahead", "a clock 91 s behind the status list", &good)
            .status(&["status/1-from-the-future.jwt"]),
        refused(Reason::Revoked, CheckName::Status, "stale-list", "revoked is revoked, however old the list", &revoked)
            .status(&["status/1-stale.jwt"]),
        refused(
            Reason::Revoked,
            CheckName::Status,
            "newer-list-first",
            "an older list after a newer one changes nothing",
            &revoked,
        )
        .status(&["status/1.jwt", "status/1-a-day-old.jwt"]),
        refused(
            Reason::Revoked,
            CheckName::Status,
            "before-wrong-subject",
            "the first failure is the reason",
            &revoked,
        )
        .plate("苏B99999"),
    ]
}
