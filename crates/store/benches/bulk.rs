//! What the database costs in bulk, as CPU time: importing vehicles, reserving and recording marks. The time of the database's own
//! processes is included. Not a timed test: it prints figures for `bench/RESULTS.md`.

use std::{collections::BTreeMap, time::Instant};

use jiff::Timestamp;
use luzheng_domain::{
    credential::{CredentialKind, Reason},
    driver::{Licence, LicenceNumber, PointsAccount, Sex},
    region::Division,
    vehicle::{OwnerDetails, OwnerKind, OwnerNumber, Plate, Vehicle, YearMonth},
};
use luzheng_store::{
    Store,
    credential::{Reservation, Signed},
    driver_import::{DriverRow, DriverSays},
    import::{ImportRow, Says},
    status::StatusIndex,
    testing,
    vehicle::{Source, StoredVehicle},
};
use uuid::Uuid;

const BATCH: u32 = 5_000;
const KIND: CredentialKind = CredentialKind::InspectionMark;

/// CPU time in µs of this process and of every `PostgreSQL` process, ended children included.
fn cpu_us() -> u64 {
    let me = std::process::id().to_string();
    let mut ticks = 0;
    for entry in std::fs::read_dir("/proc").expect("Linux").flatten() {
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((head, tail)) = stat.rsplit_once(") ") else { continue };
        let ours = head.starts_with(&format!("{me} "));
        if ours || head.ends_with("(postgres") {
            let fields: Vec<u64> = tail.split(' ').map(|field| field.parse().unwrap_or(0)).collect();
            // utime, stime; of ended children, too, but only where they end.
            ticks += fields[11] + fields[12] + if ours { 0 } else { fields[13] + fields[14] };
        }
    }
    ticks * 10_000
}

/// The most memory this process ever had resident, as the kernel says it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}

fn vehicle(number: u32) -> ImportRow {
    let letters: Vec<char> = "ABCDEFGHJKLMNPQRSTUVWXYZ".chars().collect();
    let letter = letters[(number / 100_000) as usize % letters.len()];
    let second = letters[(number / 2_400_000) as usize % letters.len()];
    let facts = Vehicle {
        plate: Plate {
            number: format!("苏{letter}{second}{:05}", number % 100_000).parse().expect("a plate"),
            plate_type: "02".parse().expect("a kind"),
        },
        vin: format!("LSVAA49J0{number:08}").parse().expect("a VIN"),
        vehicle_type: "K33".parse().expect("a kind"),
        use_nature: "A".parse().expect("a use"),
        seats: 5,
        registered_on: "2020-05-06".parse().expect("a date"),
        manufactured_on: Some("2020-01-06".parse().expect("a date")),
        energy: Some("A".parse().expect("a kind")),
        colour: None,
        division: Division::new(320_200).expect("a code"),
        status: "A".parse().expect("a state"),
        valid_until: YearMonth::from_yyyymm(202_605),
        insurance_until: Some("2026-12-31".parse().expect("a date")),
        casualty_accident: false,
        illegal_modification: false,
        owner: Uuid::nil(),
    };
    let owner = OwnerDetails {
        kind: OwnerKind::Individual,
        number: OwnerNumber::parse(&format!("E{number:08}"), OwnerKind::Individual).expect("a number").value,
        name: "欧阳三丰".to_owned(),
        phone: Some(format!("138{number:08}")),
    };
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number) * 2);
    ImportRow {
        new_vehicle: id,
        new_owner: Uuid::from_u128(id.as_u128() + 1),
        true_from: Timestamp::UNIX_EPOCH,
        facts,
        says: Says::EVERYTHING,
        owner,
        owner_told: false,
    }
}

fn driver(number: u32, run: u32) -> DriverRow {
    let licence = Licence {
        number: LicenceNumber::parse(&format!("E{number:08}")).expect("a number").value,
        name: "欧阳三丰".to_owned(),
        sex: Sex::Female,
        nationality: "中国".to_owned(),
        birth_date: "1990-01-02".parse().expect("a date"),
        phone: Some(format!("138{number:08}")),
        classes: "C1D".parse().expect("classes"),
        class_dates: BTreeMap::new(),
        first_issued_on: "2015-03-04".parse().expect("a date"),
        valid_from: "2021-03-04".parse().expect("a date"),
        // What half of the drivers have anew when the file comes again with changes.
        valid_until: (run == 1 || number.is_multiple_of(2)).then(|| "2031-03-04".parse().expect("a date")),
        file_number: Some(format!("3202{number:08}")),
        division: Division::new(320_200).expect("a code"),
        status: "A".parse().expect("a state"),
        points: PointsAccount::default(),
        last_medical_on: None,
        last_reviewed_on: None,
        deferred_until: None,
        extended_until: None,
    };
    let id = 0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(run) * (1 << 60) + u128::from(number) * 2;
    DriverRow {
        new_driver: Uuid::from_u128(id),
        new_owner: Uuid::from_u128(id + 1),
        true_from: Timestamp::UNIX_EPOCH,
        licence,
        says: DriverSays::EVERYTHING,
        photo: None,
        applied_on: None,
    }
}

async fn import_drivers(store: &Store, rows: u32, run: u32) {
    let source = Source { true_from: Timestamp::UNIX_EPOCH, known_from: Timestamp::UNIX_EPOCH, cause: "import:bench" };
    for from in (0..rows).step_by(BATCH as usize) {
        let batch: Vec<_> = (from..from + BATCH).map(|number| driver(number, run)).collect();
        let mut tx = store.write().await.expect("begins");
        tx.upsert_drivers(&batch, &source).await.expect("imports");
        tx.commit().await.expect("commits");
    }
}

struct Clock {
    cpu: u64,
    wall: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { cpu: cpu_us(), wall: Instant::now() }
    }

    fn say(&self, what: &str, rows: u32) {
        let (cpu, wall) = (cpu_us() - self.cpu, self.wall.elapsed());
        println!(
            "{what:<34} {:>8.1} µs CPU a row  {:>9.0} rows/s",
            cpu as f64 / f64::from(rows),
            f64::from(rows) / wall.as_secs_f64()
        );
    }
}

async fn import(store: &Store, rows: u32) {
    let source = Source { true_from: Timestamp::UNIX_EPOCH, known_from: Timestamp::UNIX_EPOCH, cause: "import:bench" };
    for from in (0..rows).step_by(BATCH as usize) {
        let batch: Vec<_> = (from..from + BATCH).map(vehicle).collect();
        let mut tx = store.write().await.expect("begins");
        tx.upsert_vehicles(&batch, &source).await.expect("imports");
        tx.commit().await.expect("commits");
    }
}

/// CPU time of each phase of issuing, summed over the batches.
#[derive(Default)]
struct Phases([(&'static str, u64); 4]);

impl Phases {
    fn add(&mut self, phase: usize, name: &'static str, since: &mut u64) {
        let now = cpu_us();
        self.0[phase] = (name, self.0[phase].1 + now - *since);
        *since = now;
    }
}

async fn issue(store: &Store) -> (u32, Phases) {
    let (mut after, mut done, now) = (None, 0_u32, Timestamp::UNIX_EPOCH);
    let (mut phases, mut since) = (Phases::default(), cpu_us());
    loop {
        let mut tx = store.read().await.expect("begins");
        let found = tx.vehicles_without_mark(KIND, after, &[], BATCH).await.expect("reads");
        drop(tx);
        let Some(last) = found.last() else { return (done, phases) };
        after = Some(last.id);
        let count = u32::try_from(found.len()).expect("a batch");
        phases.add(0, "find", &mut since);
        let places = store.allocate_status(KIND, count, now).await.expect("places");
        phases.add(1, "allocate", &mut since);
        let marks: Vec<_> =
            found.iter().zip(places).map(|(vehicle, status)| reservation(vehicle, status, now)).collect();
        let mut tx = store.write().await.expect("begins");
        tx.reserve_many(&marks).await.expect("reserves");
        tx.commit().await.expect("commits");
        phases.add(2, "reserve", &mut since);
        let signed = |mark: &Reservation| Signed {
            subject: mark.subject,
            credential: mark.id,
            kid: [1; 8],
            message: vec![7; 160],
            signed_at: now,
        };
        let signed: Vec<_> = marks.iter().map(signed).collect();
        let mut tx = store.write().await.expect("begins");
        tx.put_signed_batch(Some(Uuid::nil()), &signed).await.expect("records");
        tx.commit().await.expect("commits");
        phases.add(3, "record", &mut since);
        done += count;
    }
}

fn reservation(vehicle: &StoredVehicle, status: StatusIndex, now: Timestamp) -> Reservation {
    Reservation {
        id: Uuid::from_u128(vehicle.id.as_u128() + (1 << 100)),
        subject: vehicle.id,
        kind: KIND,
        subject_name: vehicle.facts.plate.number.as_str().to_owned(),
        class: vehicle.facts.plate.plate_type.code().to_owned(),
        valid_until: 202_605,
        expires_on: "2026-05-31".parse().expect("a date"),
        authority: 320_200,
        status,
        reason: Reason::InValidity,
        cause: "bulk".to_owned(),
        true_from: now,
        reserved_at: now,
        replaces: None,
        photo: None,
    }
}

#[tokio::main]
async fn main() {
    let rows: u32 = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(100_000) / BATCH * BATCH;
    for db in testing::engines().await {
        let engine = db.engine().name();
        let clock = Clock::start();
        (0..rows).map(vehicle).for_each(|row| drop(std::hint::black_box(row)));
        clock.say("making the rows (not the store)", rows);
        let clock = Clock::start();
        import(&db, rows).await;
        clock.say(&format!("{engine}: import, all new"), rows);
        let clock = Clock::start();
        import(&db, rows).await;
        clock.say(&format!("{engine}: import again, no change"), rows);
        let clock = Clock::start();
        let (done, phases) = issue(&db).await;
        clock.say(&format!("{engine}: find, reserve and record marks"), done);
        for (phase, cpu) in phases.0 {
            println!("    {phase:<30} {:>8.1} µs CPU a mark", cpu as f64 / f64::from(done));
        }
        for (run, what) in [(1, "all new"), (1, "again, no change"), (2, "half of them changed")] {
            let clock = Clock::start();
            import_drivers(&db, rows, run).await;
            clock.say(&format!("{engine}: drivers, {what}"), rows);
        }
        println!("{engine}: {rows} vehicles, {done} marks; peak of this process so far {}", peak_memory());
    }
}
