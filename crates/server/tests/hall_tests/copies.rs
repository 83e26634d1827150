//! Ten thousand codes as they are met on the road: fresh ones, live ones copied and shown again, marks printed and scanned, marks on another
//! car, marks of cars that are off the road. What each deserves follows from how it was made; no green and no red may be wrong.

use crate::hall::{Hall, deregistered, plate};
use crate::worn::{copy, noise, scanned};
use jiff::{SignedDuration, Timestamp};
use luzheng::paper::code_png;
use luzheng::paper::read::codes_in_image;
use luzheng::usecase::citizen::make_live;
use luzheng_credential::qr::text;
use luzheng_credential::verify::{Hint, Question, Reason, Verdict, verify};
use luzheng_store::Engine;
use std::collections::BTreeMap;

/// Cars on the road.
const CARS: u32 = 250;
/// Of each kind so many codes a car.
const EACH: usize = 10;
/// Pictures that are really printed, worn and read: every tenth of the printed codes, or all with `LUZHENG_ALL_PICTURES=1` (a minute more).
const PICTURES_EVERY: usize = 10;
/// Every so many cars one goes off the road after its codes were made.
const GONE_EVERY: u32 = 20;

/// One code, how it is checked, and what that must give.
struct Met {
    what: &'static str,
    code: String,
    age: i64,
    confirmed: bool,
    plate: Option<String>,
    deserves: Option<Reason>,
    printed: bool,
}

/// A number below `below`, drawn.
fn draw(random: &mut impl Iterator<Item = u8>, below: u64) -> u64 {
    random.by_ref().take(8).fold(0_u64, |all, byte| all << 8 | u64::from(byte)) % below
}

/// The plate as a tired person types it: the same plate all the same.
fn spelled(number: &str, how: u64) -> String {
    match how {
        0 => number.to_owned(),
        1 => number.to_lowercase(),
        2 => format!("{}·{}", &number[..4], &number[4..]),
        _ => number
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c })
            .collect(),
    }
}

/// What is met of one car.
async fn met(hall: &Hall, car: u32, gone: bool, random: &mut impl Iterator<Item = u8>) -> Vec<Met> {
    let vehicle = hall.car(car).await;
    let mark = hall.current(vehicle).await.expect("a mark");
    let mut tx = hall.app.store.read().await.unwrap();
    let stored = tx.find_vehicle(vehicle).await.unwrap().expect("the car");
    let signed = tx.find_signed(vehicle, mark.id).await.unwrap().expect("signed");
    drop(tx);
    let static_code = text::primary("localhost", &signed.message);
    let revoked = gone.then_some(Reason::Revoked);
    let own = |random: &mut _| (draw(random, 2) == 1).then(|| spelled(&plate(car), draw(random, 4)));
    let mut all = Vec::new();
    for _ in 0..EACH {
        let live = make_live(&hall.app, &mark, &stored, "test").await.unwrap().code;
        let confirmed = draw(random, 2) == 1;
        let age = i64::try_from(draw(random, 60)).unwrap();
        let (what, printed, plate_given) = ("fresh", false, own(random));
        all.push(Met { what, code: live.clone(), age, confirmed, plate: plate_given, deserves: revoked, printed });
        // Sent on as a picture: it is a matter of seconds, and then of hours.
        let dead = if confirmed { 60 } else { 90 };
        let age =
            dead + i64::try_from(if draw(random, 2) == 1 { draw(random, 5) } else { draw(random, 86_000) }).unwrap();
        let deserves = Some(Reason::Replayed);
        all.push(Met { what: "replayed", code: live, age, confirmed, plate: own(random), deserves, printed });
        let age = i64::try_from(draw(random, 80_000)).unwrap();
        let plate_given = own(random);
        let what = "printed";
        all.push(Met {
            what,
            code: static_code.clone(),
            age,
            confirmed,
            plate: plate_given,
            deserves: revoked,
            printed: true,
        });
        let other = car % CARS + 1 + u32::try_from(draw(random, 1_000)).unwrap() * CARS;
        let deserves = Some(if gone { Reason::Revoked } else { Reason::WrongSubject });
        let plate_given = Some(spelled(&plate(other), draw(random, 4)));
        all.push(Met {
            what: "swapped",
            code: static_code.clone(),
            age,
            confirmed,
            plate: plate_given,
            deserves,
            printed,
        });
    }
    all
}

#[tokio::test]
async fn ten_thousand_codes_of_the_road_and_no_wrong_green_or_red() {
    let hall = Hall::open(Engine::Sqlite).await;
    let mut random = noise(20_261_122);
    let mut all = Vec::new();
    for car in 1..=CARS {
        all.extend(met(&hall, car, car % GONE_EVERY == 0, &mut random).await);
    }
    for car in (GONE_EVERY..=CARS).step_by(GONE_EVERY as usize) {
        hall.event(&deregistered(car, &format!("gone-{car}"), "2026-11-20T11:59:00+08:00")).await;
    }
    hall.run_jobs().await;
    assert_eq!(all.len(), 10_000);

    let every = if std::env::var_os("LUZHENG_ALL_PICTURES").is_some() { 1 } else { PICTURES_EVERY };
    let published = hall.app.published();
    let hosts = ["localhost".to_owned()];
    let made: Timestamp = hall.app.clock.now();
    let (mut pictures, mut seen) = (0, BTreeMap::new());
    for (n, one) in all.iter().enumerate() {
        let mut code = one.code.clone();
        if one.printed && n / 4 % every == 0 {
            let (dpi, degrees) = ([150, 200, 300][n % 3], (draw(&mut random, 13) as f32 - 6.0) / 2.0);
            let drawn = image::load_from_memory(&code_png(&code, false, dpi).unwrap()).unwrap().to_luma8();
            let picture = scanned(&drawn, copy(f32::from(dpi), degrees, n as u64));
            let read = codes_in_image(&picture).unwrap();
            assert_eq!(read, [code.as_str()], "picture {n}, {dpi} dpi, {degrees} degrees");
            code = read.into_iter().next().expect("just compared");
            pictures += 1;
        }
        let question = Question {
            now: made + SignedDuration::from_secs(one.age),
            clock_confirmed: one.confirmed,
            expected_plate: one.plate.as_deref(),
            our_hosts: &hosts,
        };
        let report = verify(&code, published.trust.as_ref(), &published.book, &question);
        let deserved = one.deserves.map_or(Verdict::Valid, Reason::verdict);
        let about = format!("{n}: {} {} s old, confirmed {}, {:?}", one.what, one.age, one.confirmed, one.plate);
        assert_eq!((report.verdict(), report.reason()), (deserved, one.deserves), "{about}");
        let compare = one.what == "printed" && one.plate.is_none() && deserved == Verdict::Valid;
        assert_eq!(report.hints().contains(&Hint::ComparePlate), compare, "{about}");
        *seen.entry((one.what, report.verdict().code(), report.reason().map_or("", Reason::code))).or_insert(0_u32) +=
            1;
    }
    println!("{pictures} pictures; {seen:#?}");
    // Every kind was met, each with its good and its bad.
    let count = |what, verdict, reason| seen.get(&(what, verdict, reason)).copied().unwrap_or_default();
    let gone = CARS / GONE_EVERY * u32::try_from(EACH).unwrap();
    assert_eq!((count("fresh", "valid", ""), count("fresh", "not_valid", "revoked")), (2_500 - gone, gone));
    assert_eq!(count("replayed", "not_valid", "replayed"), 2_500);
    assert_eq!((count("printed", "valid", ""), count("printed", "not_valid", "revoked")), (2_500 - gone, gone));
    assert_eq!(
        (count("swapped", "not_valid", "wrong_subject"), count("swapped", "not_valid", "revoked")),
        (2_500 - gone, gone)
    );
    assert_eq!(pictures, 2_500 / every);
}
