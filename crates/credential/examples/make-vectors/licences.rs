//! Vectors of driving licences: live ones, and held ones in the wrapper that the holder's device signs.

use luzheng_credential::kind::driving_licence::{LicenceMode, LicenceTerm};
use luzheng_credential::kind::{Claims, DrivingLicence, StatusRef};
use luzheng_credential::qr::message;
use luzheng_credential::verify::{CheckName, Hint, Reason};

use crate::case::{Case, refused, valid};
use crate::world::*;

const AFTER_SIGNATURE: [CheckName; 3] = [CheckName::Version, CheckName::Permission, CheckName::Claims];

pub fn cases(world: &World) -> Vec<Case> {
    let mut all = live(world);
    all.extend(held(world));
    all.extend(broken(world));
    all.extend(states(world));
    all
}

/// What a list of licences says, of a live and of a held code: red asks for attention, out of use does not count.
fn states(world: &World) -> Vec<Case> {
    let entry = |licence, index| DrivingLicence { status: StatusRef { list: LICENCE_LIST, index }, ..licence };
    let shown = |index| {
        let held = entry(held_licence(world.device_point("device")), index);
        [
            ("live", issue(world, "live-es256", entry(live_licence(12, None), index))),
            ("held", world.wrap("device", NOW - 12, &issue(world, "licence-es256", held))),
        ]
    };
    let mut all = Vec::new();
    for (mode, message) in shown(ENTRY_VALID) {
        let about = "a list of four bits says nothing against it";
        all.push(valid(&format!("licence-list-{mode}"), about, &message).status(&["status/3.jwt"]));
        all.push(
            valid(&format!("licence-list-cwt-{mode}"), "the same list as a CWT", &message).status(&["status/3.cwt"]),
        );
    }
    for (index, reason, check, what, about) in [
        (ENTRY_SUSPENDED, Reason::StateRed, CheckName::State, "red", "2: the licence's state is red"),
        (ENTRY_STOPPED, Reason::Suspended, CheckName::Status, "stopped", "12: out of use, or locked"),
        (ENTRY_REVOKED, Reason::Revoked, CheckName::Status, "withdrawn", "1: withdrawn, or the device was given up"),
        (ENTRY_SUPERSEDED, Reason::Superseded, CheckName::Status, "superseded", "3: issued anew"),
        (
            ENTRY_MEANINGLESS,
            Reason::StatusUnavailable,
            CheckName::Status,
            "meaningless",
            "9: a newer issuer knows what that is, this reader does not",
        ),
    ] {
        for (mode, message) in shown(index) {
            let name = format!("licence-list-{what}-{mode}");
            all.push(refused(reason, check, &name, about, &message).status(&["status/3.jwt"]));
        }
    }
    all
}

fn issue(world: &World, key: &str, licence: DrivingLicence) -> Vec<u8> {
    world.issue(key, Claims::DrivingLicence(licence))
}

fn with_entry(licence: DrivingLicence, index: u32) -> DrivingLicence {
    DrivingLicence { status: StatusRef { list: LIST, index }, ..licence }
}

fn live(world: &World) -> Vec<Case> {
    let mut all = Vec::new();
    for alg in ["es256", "sm2", "ed25519"] {
        let key = &format!("live-{alg}");
        let n = |what: &str| format!("licence-live-{what}-{alg}");
        all.extend([
            valid(&n("fresh"), "a live licence, 12 s old", &issue(world, key, live_licence(12, None))),
            refused(
                Reason::StateRed,
                CheckName::State,
                &n("red"),
                "the code says that the state is red",
                &issue(world, key, live_licence(12, Some(true))),
            ),
            refused(
                Reason::StateRed,
                CheckName::State,
                &n("suspended"),
                "status 2 shows a licence red",
                &issue(world, key, with_entry(live_licence(12, None), ENTRY_SUSPENDED)),
            ),
            refused(
                Reason::Revoked,
                CheckName::Status,
                &n("red-and-revoked"),
                "withdrawn comes before red",
                &issue(world, key, with_entry(live_licence(12, Some(true)), ENTRY_REVOKED)),
            ),
            refused(
                Reason::Replayed,
                CheckName::Dates,
                &n("60s"),
                "its minute is over",
                &issue(world, key, live_licence(60, None)),
            ),
            refused(
                Reason::Replayed,
                CheckName::Dates,
                &n("61s"),
                "shown again 61 s after it was made",
                &issue(world, key, live_licence(61, None)),
            ),
        ]);
    }
    all.push(valid(
        "licence-live-not-red",
        "red is there and false",
        &issue(world, "live-es256", live_licence(12, Some(false))),
    ));
    all.push(
        refused(
            Reason::StateRed,
            CheckName::State,
            "licence-live-red-and-stale",
            "red is the first of two",
            &issue(world, "live-es256", live_licence(12, Some(true))),
        )
        .also_failed(CheckName::Freshness)
        .status(&["status/1-stale.jwt"]),
    );
    all.push(
        refused(
            Reason::WrongSubject,
            CheckName::Subject,
            "licence-for-a-plate",
            "a plate was given and a licence shown",
            &issue(world, "live-es256", live_licence(12, Some(true))),
        )
        .plate("苏B12345"),
    );
    all
}

fn held(world: &World) -> Vec<Case> {
    let licence = held_licence(world.device_point("device"));
    let inner = issue(world, "licence-es256", licence.clone());
    let shown = |age: i64| world.wrap("device", NOW - age, &inner);
    let long_term = DrivingLicence { valid_until: LicenceTerm::LongTerm, ..licence.clone() };
    let expired = DrivingLicence {
        iat: SIGNED - 30 * 86_400,
        valid_until: LicenceTerm::Until(jiff::civil::date(2026, 11, 20)),
        ..licence.clone()
    };
    let last_day =
        DrivingLicence { valid_until: LicenceTerm::Until(jiff::civil::date(2026, 11, 21)), ..licence.clone() };
    vec![
        valid("licence-held", "shown from the holder's device 12 s ago", &shown(12)),
        valid("licence-held-59s", "the last second of its minute", &shown(59)),
        valid("licence-held-60s-unconfirmed", "the clock is not confirmed", &shown(60))
            .unconfirmed()
            .hint(Hint::ClockUnconfirmed),
        valid(
            "licence-held-long-term",
            "without an end",
            &world.wrap("device", NOW, &issue(world, "licence-es256", long_term)),
        ),
        valid(
            "licence-held-last-day",
            "its last day",
            &world.wrap("device", NOW, &issue(world, "licence-es256", last_day)),
        ),
        refused(
            Reason::Expired,
            CheckName::Dates,
            "licence-held",
            "the day after",
            &world.wrap("device", NOW, &issue(world, "licence-es256", expired)),
        ),
        refused(Reason::Replayed, CheckName::Dates, "licence-held-60s", "a screenshot of a held licence", &shown(60)),
        refused(
            Reason::Replayed,
            CheckName::Dates,
            "licence-held-90s-unconfirmed",
            "too old for any clock",
            &shown(90),
        )
        .unconfirmed(),
        refused(
            Reason::NotYetValid,
            CheckName::Dates,
            "licence-held-6s-early",
            "the device's clock is six seconds ahead",
            &shown(-6),
        ),
        refused(
            Reason::ClockWrong,
            CheckName::Clock,
            "licence-held-91s-early",
            "ninety-one seconds ahead",
            &shown(-91),
        ),
        refused(
            Reason::ClockWrong,
            CheckName::Clock,
            "licence-held-a-day-early",
            "a clock that is wrong by a day: the checker's is behind, or the device's ahead",
            &shown(-86_400),
        ),
        refused(
            Reason::Replayed,
            CheckName::Dates,
            "licence-held-a-day-late",
            "a clock that is wrong by a day the other way, or yesterday's screenshot",
            &shown(86_400),
        ),
        refused(
            Reason::StateRed,
            CheckName::State,
            "licence-held-suspended",
            "status 2 shows a licence red",
            &world.wrap("device", NOW, &issue(world, "licence-es256", with_entry(licence.clone(), ENTRY_SUSPENDED))),
        ),
        refused(
            Reason::Superseded,
            CheckName::Status,
            "licence-held",
            "replaced by a newer one",
            &world.wrap("device", NOW, &issue(world, "licence-es256", with_entry(licence, ENTRY_SUPERSEDED))),
        ),
    ]
}

fn broken(world: &World) -> Vec<Case> {
    let licence = held_licence(world.device_point("device"));
    let inner = issue(world, "licence-es256", licence.clone());
    let wrapped = world.wrap("device", NOW - 12, &inner);
    let device_refused = |name: &str, about: &str, message: &[u8]| {
        refused(Reason::BadSignature, CheckName::Signature, name, about, message).also_passed(&AFTER_SIGNATURE)
    };
    let mut outer_flipped = wrapped.clone();
    *outer_flipped.last_mut().expect("bytes") ^= 1;
    // The last byte of the inner message's signature stands right before the outer signature's head.
    let mut inner_flipped = wrapped.clone();
    let at = inner_flipped.len() - 67;
    inner_flipped[at] ^= 1;
    // x above the prime of the field.
    let mut off_curve = [0xff; 33];
    off_curve[0] = 2;
    let not_a_point = DrivingLicence { mode: LicenceMode::Held { device_key: off_curve }, ..licence };
    let mark = world.issue("mark-es256", claims(mark()));
    let mut later = message::wrapper_payload(NOW - 12, &inner);
    later.push(0);
    vec![
        device_refused(
            "held-by-another-device",
            "the wrapper is signed by a key that is not the holder's",
            &world.wrap("other-device", NOW - 12, &inner),
        ),
        device_refused("held-wrapper-flipped", "the last bit of the device's signature", &outer_flipped),
        refused(
            Reason::BadSignature,
            CheckName::Signature,
            "held-inner-flipped",
            "the last bit of the issuer's signature",
            &inner_flipped,
        ),
        refused(
            Reason::Malformed,
            CheckName::Claims,
            "held-without-wrapper",
            "a copy of what the device keeps",
            &inner,
        ),
        refused(
            Reason::Malformed,
            CheckName::Claims,
            "mark-in-a-wrapper",
            "marks are not held",
            &world.wrap("device", NOW - 12, &mark),
        ),
        refused(
            Reason::Malformed,
            CheckName::Claims,
            "live-licence-in-a-wrapper",
            "a live licence is not held",
            &world.wrap("device", NOW - 12, &issue(world, "live-es256", live_licence(12, None))),
        ),
        refused(
            Reason::Malformed,
            CheckName::Claims,
            "device-key-not-a-point",
            "key 11 is not a point of P-256",
            &world.wrap("device", NOW - 12, &issue(world, "licence-es256", not_a_point)),
        ),
        refused(
            Reason::NotACredential,
            CheckName::Envelope,
            "wrapper-in-a-wrapper",
            "wrapped twice",
            &world.wrap("device", NOW - 12, &wrapped),
        ),
        refused(
            Reason::NotACredential,
            CheckName::Envelope,
            "wrapper-of-nothing",
            "an empty inner message",
            &world.wrap("device", NOW - 12, &[]),
        ),
        refused(
            Reason::NotACredential,
            CheckName::Envelope,
            "wrapper-of-a-part",
            "an inner message that stops in the middle",
            &world.wrap("device", NOW - 12, &inner[..inner.len() - 1]),
        ),
        refused(
            Reason::NotACredential,
            CheckName::Envelope,
            "wrapper-with-trailing-byte",
            "a byte after the wrapper's claims",
            &world.sign_with_header("device", message::wrapper_header(), &later),
        ),
        refused(
            Reason::Truncated,
            CheckName::Envelope,
            "held-cut",
            "a held code without its last byte",
            &wrapped[..wrapped.len() - 1],
        ),
        refused(
            Reason::UnknownIssuer,
            CheckName::Permission,
            "held-signed-by-a-mark-key",
            "a key for marks signs a licence",
            &world.wrap(
                "device",
                NOW - 12,
                &world.sign_raw(
                    "mark-es256",
                    &Claims::DrivingLicence(held_licence(world.device_point("device"))).encode().expect("claims"),
                ),
            ),
        ),
    ]
}
