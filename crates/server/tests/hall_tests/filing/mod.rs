//! Vehicles of others, on both engines: filing by code, in the app and by a scanned screen; managers; what everybody sees and may; ends.

mod ending;
mod limits;
mod unit;

use crate::hall::{Hall, vin};
use jiff::{SignedDuration, Timestamp};
use luzheng::usecase::error::{UseError, Used};
use luzheng::usecase::filing::{self, Appointment, Ask, Asked, Filing, FilingList, Scan};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::{Text, VehicleView};
use luzheng::usecase::{citizen, deadline, notify};
use luzheng_domain::mask;
use luzheng_domain::vehicle::{OwnerDetails, OwnerKind, OwnerNumber};
use luzheng_store::account::Account;
use luzheng_store::session::Person;
use serde_json::{Value, json};
use uuid::Uuid;

/// A citizen number that is right, of somebody born on the 1st of January 1990.
fn number(sequence: u32) -> String {
    let body = format!("11010119900101{sequence:03}");
    let check = luzheng_domain::vehicle::citizen::check_character(&body).unwrap();
    format!("{body}{check}")
}

fn phone(sequence: u32) -> String {
    format!("1390000{sequence:04}")
}

/// A person of the register with an account, signed in a moment ago.
pub async fn somebody(hall: &Hall, sequence: u32, name: &str) -> Session {
    let now = hall.app.clock.now();
    let number = OwnerNumber::parse(&number(sequence), OwnerKind::Individual).unwrap().value;
    let details = OwnerDetails { kind: OwnerKind::Individual, number, name: name.into(), phone: Some(phone(sequence)) };
    let mut tx = hall.app.store.write().await.unwrap();
    let owner = tx.put_owner(Uuid::from_u128(u128::from(sequence) + 9_000), &details, now, now).await.unwrap().id();
    account(hall, tx, owner, sequence, name).await
}

async fn account(hall: &Hall, mut tx: luzheng_store::Tx, owner: Uuid, sequence: u32, name: &str) -> Session {
    let now = hall.app.clock.now();
    let id = Uuid::from_u128(u128::from(sequence) + 5_000);
    let person = Person {
        id,
        role: "citizen".into(),
        owner: Some(owner),
        name: name.into(),
        params: "{}".into(),
        created_at: now,
    };
    tx.put_person(&person).await.unwrap();
    tx.take_phone(&phone(sequence), id).await.unwrap();
    tx.take_owner(owner, id).await.unwrap();
    let account = Account { person: id, phone: Some(phone(sequence)), level: 3, how: "code".into(), changed_at: now };
    tx.put_account(&account).await.unwrap();
    tx.commit().await.unwrap();
    let session = Session::acting(id, Role::Citizen, Some(owner), Text::new(name, name));
    Session { authenticated_at: now, ..session }
}

/// The owner of a vehicle, signed in a moment ago.
pub async fn owner_of(hall: &Hall, vehicle: Uuid) -> Session {
    let mut tx = hall.app.store.write().await.unwrap();
    let owner = tx.find_vehicle(vehicle).await.unwrap().unwrap().facts.owner;
    let name = tx.find_owner(owner).await.unwrap().unwrap().details.name;
    let found = tx.person_of_owner(owner).await.unwrap();
    match found {
        Some(id) => {
            let session = Session::acting(id, Role::Citizen, Some(owner), Text::new(&name, &name));
            Session { authenticated_at: hall.app.clock.now(), ..session }
        }
        None => account(hall, tx, owner, 900 + u32::from(owner.as_bytes()[15]), &name).await,
    }
}

/// Somebody who signed in longer ago than counts as fresh.
fn stale(session: &Session) -> Session {
    Session { authenticated_at: Timestamp::UNIX_EPOCH, ..session.clone() }
}

/// The hall's plain event with other facts: vehicles of several kinds and owners.
pub async fn register(hall: &Hall, car: u32, changes: Value) -> Uuid {
    let mut event = crate::hall::registered(car);
    for (name, value) in changes.as_object().unwrap() {
        event["data"][name] = value.clone();
    }
    let receipt = hall.event(&event).await;
    hall.run_jobs().await;
    receipt.vehicle.unwrap()
}

fn ask_for(car: u32) -> Ask {
    let (plate_number, whole) = (crate::hall::plate(car), vin(car));
    Ask { plate_number, plate_type: "02".into(), vin_last6: whole[11..].into(), relation: "friend".into() }
}

/// Asks, and sends the message that the answer would have been followed by.
async fn ask(hall: &Hall, session: &Session, asked: &Ask) -> Used<Asked> {
    let (answer, message) = filing::ask(&hall.app, session, asked, None).await?;
    if let Some(message) = message {
        message.send(&hall.app).await;
    }
    Ok(answer)
}

/// The code in the newest message about a filing; none when none was sent.
fn code(hall: &Hall) -> Option<String> {
    let sent = notify::outbox(&hall.app).unwrap().into_iter().find(|m| m.title.zh == "车辆备案验证码")?;
    Some(sent.body.zh.chars().take(6).collect())
}

/// Files a car by the owner's code.
pub async fn file(hall: &Hall, filer: &Session, car: u32) -> Used<Filing> {
    let asked = ask(hall, filer, &ask_for(car)).await?;
    filing::confirm(&hall.app, filer, asked.id, &code(hall).expect("a code was sent")).await
}

/// Files a vehicle by its owner's screen, which asks nobody how often.
pub async fn file_by_screen(hall: &Hall, filer: &Session, vehicle: Uuid) -> Used<Filing> {
    let owner = owner_of(hall, vehicle).await;
    let consent = filing::consent(&hall.app, &owner, vehicle).await?;
    filing::scan(&hall.app, filer, &Scan { token: consent.token, relation: "family".into() }).await
}

/// Makes somebody a vehicle's manager.
pub async fn manage(hall: &Hall, manager: &Session, sequence: u32, vehicle: Uuid) -> Used<Filing> {
    let owner = owner_of(hall, vehicle).await;
    let new = Appointment { phone: phone(sequence), name: manager.name.zh.clone() };
    let asked = filing::appoint(&hall.app, &owner, vehicle, &new).await?;
    assert_eq!((asked.state.as_str(), asked.side.as_str()), ("waiting_manager", "owner"));
    filing::agree(&hall.app, manager, asked.id).await
}

async fn list(hall: &Hall, session: &Session) -> FilingList {
    filing::filings(&hall.app, session).await.unwrap()
}

async fn vehicles(hall: &Hall, session: &Session) -> Vec<VehicleView> {
    citizen::vehicles(&hall.app, session).await.unwrap()
}

async fn notices(hall: &Hall, session: &Session) -> Vec<String> {
    let page = citizen::notices(&hall.app, session, None, false).await.unwrap();
    page.items.into_iter().map(|notice| notice.kind).collect()
}

fn refusal<T>(result: Used<T>) -> &'static str {
    match result {
        Ok(_) => "allowed",
        Err(UseError { code, .. }) => code,
    }
}

#[tokio::test]
async fn a_vehicle_is_filed_by_the_owners_code_and_shown_without_what_is_the_owners() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (owner, filer) = (owner_of(&hall, car).await, somebody(&hall, 1, "王小芳").await);
        assert_eq!(refusal(citizen::vehicle(&hall.app, &filer, car).await), "not_found");
        let asked = ask(&hall, &filer, &ask_for(1)).await.unwrap();
        let waiting = &list(&hall, &filer).await.mine[0];
        assert_eq!((waiting.state.as_str(), waiting.vehicle.id, waiting.other.as_str()), ("waiting_code", None, "***"));
        assert!(waiting.can_confirm && waiting.can_end && !waiting.can_agree);
        let seen = &list(&hall, &owner).await.of_mine[0];
        assert_eq!((seen.state.as_str(), seen.vehicle.id, seen.other.as_str()), ("waiting_owner", Some(car), "王*芳"));
        assert!(seen.can_agree && seen.can_refuse && !seen.can_end && !seen.can_confirm);
        assert!(notices(&hall, &owner).await.contains(&"filing_requested".to_owned()));
        let message = notify::outbox(&hall.app).unwrap().remove(0);
        // To the phone of the owner's account, which was proved later than what the register has.
        let proved = mask::phone(&phone(900 + u32::from(owner.owner.unwrap().as_bytes()[15])));
        assert!(message.body.zh.contains("王*芳") && message.to == proved, "{message:?}");

        let filed = filing::confirm(&hall.app, &filer, asked.id, &code(&hall).unwrap()).await.unwrap();
        assert_eq!((filed.state.as_str(), filed.other.as_str(), filed.vehicle.id), ("active", "张*丰", Some(car)));
        assert!(filed.can_end && filed.active_from.is_some());
        assert_eq!(list(&hall, &filer).await.left.vehicles, 2);

        let view = vehicles(&hall, &filer).await.remove(0);
        assert_eq!((view.relation.as_str(), view.vin, view.owner_masked.as_deref()), ("filed", None, Some("张*丰")));
        assert_eq!(view.powers, ["look", "show", "download", "print"]);
        let mark = view.mark.unwrap().id;
        assert!(citizen::mark(&hall.app, &filer, mark).await.unwrap().code.is_some());
        assert!(citizen::live(&hall.app, &filer, mark).await.is_ok());
        assert!(notices(&hall, &filer).await.contains(&"filing_begun".to_owned()));
        assert!(notices(&hall, &owner).await.contains(&"filing_added".to_owned()));
        // The owner sees their own as before.
        let own = vehicles(&hall, &owner).await.remove(0);
        assert_eq!((own.relation.as_str(), own.vin.is_some(), own.owner_masked), ("own", true, None));
        hall.check_everything().await;
    }
}

/// A vehicle that is not there, one whose VIN is another, and one that cannot be filed look like any other until the end.
#[tokio::test]
async fn no_answer_tells_which_vehicles_there_are() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let lorry = json!({"plate_number": "苏E20002", "use_nature": "T", "owner_kind": "organisation", "owner_id": "91110000600037341L", "owner_name": "某某出租汽车公司"});
        register(&hall, 2, lorry).await;
        let filer = somebody(&hall, 1, "王小芳").await;
        let right = ask(&hall, &filer, &ask_for(1)).await.unwrap();
        let sent = notify::outbox(&hall.app).unwrap().len();
        let nowhere = Ask { plate_number: "苏E77777".into(), ..ask_for(1) };
        let other_vin = Ask { vin_last6: "999999".into(), ..ask_for(1) };
        let for_hire = Ask { plate_number: "苏E20002".into(), ..ask_for(2) };
        for wrong in [nowhere, for_hire, other_vin] {
            let answer = ask(&hall, &filer, &wrong).await.unwrap();
            assert_eq!((&answer.text, answer.expires_at), (&right.text, right.expires_at));
            assert_eq!(notify::outbox(&hall.app).unwrap().len(), sent, "nobody was written to");
            let shown = list(&hall, &filer).await.mine.into_iter().find(|f| f.id == answer.id).unwrap();
            assert_eq!((shown.state.as_str(), shown.other.as_str(), shown.vehicle.id), ("waiting_code", "***", None));
            for left in (0..5).rev() {
                let error = filing::confirm(&hall.app, &filer, answer.id, "000000").await.unwrap_err();
                assert_eq!((error.code, error.tries_left), ("wrong_code", Some(left)));
            }
            assert_eq!(refusal(filing::confirm(&hall.app, &filer, answer.id, "000000").await), "code_spent");
        }
        // Asking again for the same plate, though with a wrong VIN, took the place of the first request.
        assert_eq!(refusal(filing::confirm(&hall.app, &filer, right.id, &code(&hall).unwrap()).await), "code_spent");
        assert!(vehicles(&hall, &filer).await.is_empty());
        let _ = car;
    }
}

#[tokio::test]
async fn the_right_code_counts_for_five_tries_and_half_an_hour_and_the_owner_can_still_agree() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (owner, filer) = (owner_of(&hall, car).await, somebody(&hall, 1, "王小芳").await);
        let asked = ask(&hall, &filer, &ask_for(1)).await.unwrap();
        let right = code(&hall).unwrap();
        let wrong = if right == "000000" { "111111" } else { "000000" };
        for _ in 0..4 {
            assert_eq!(refusal(filing::confirm(&hall.app, &filer, asked.id, wrong).await), "wrong_code");
        }
        assert_eq!(filing::confirm(&hall.app, &filer, asked.id, &right).await.unwrap().state, "active");
        filing::end(&hall.app, &filer, asked.id).await.unwrap();

        let asked = ask(&hall, &filer, &ask_for(1)).await.unwrap();
        let right = code(&hall).unwrap();
        hall.app.clock.advance(SignedDuration::from_mins(30));
        assert_eq!(refusal(filing::confirm(&hall.app, &filer, asked.id, &right).await), "code_spent");
        assert_eq!(list(&hall, &filer).await.mine.iter().find(|f| f.id == asked.id).unwrap().state, "waiting_owner");
        // A consent needs a proof of a moment ago; a refusal would not.
        let owner = Session { authenticated_at: hall.app.clock.now(), ..owner };
        assert_eq!(refusal(filing::agree(&hall.app, &stale(&owner), asked.id).await), "reauthenticate");
        assert_eq!(refusal(filing::agree(&hall.app, &filer, asked.id).await), "not_yours_to_answer");
        assert_eq!(filing::agree(&hall.app, &owner, asked.id).await.unwrap().state, "active");

        // After three days nobody can answer any more.
        filing::end(&hall.app, &owner, asked.id).await.unwrap();
        let asked = ask(&hall, &filer, &ask_for(1)).await.unwrap();
        hall.app.clock.advance(SignedDuration::from_hours(72));
        let owner = Session { authenticated_at: hall.app.clock.now(), ..owner };
        assert_eq!(refusal(filing::agree(&hall.app, &owner, asked.id).await), "not_possible_now");
        assert_eq!(list(&hall, &owner).await.of_mine.iter().find(|f| f.id == asked.id).unwrap().state, "lapsed");
    }
}

#[tokio::test]
async fn a_consent_on_the_screen_counts_once_and_for_two_minutes() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (owner, filer, other) =
            (owner_of(&hall, car).await, somebody(&hall, 1, "王小芳").await, somebody(&hall, 2, "李雷").await);
        assert_eq!(refusal(filing::consent(&hall.app, &stale(&owner), car).await), "reauthenticate");
        assert_eq!(refusal(filing::consent(&hall.app, &filer, car).await), "not_found");
        let consent = filing::consent(&hall.app, &owner, car).await.unwrap();
        assert_eq!(consent.link, format!("https://localhost/file#{}", consent.token));
        let scan = |token: &str| Scan { token: token.to_owned(), relation: "family".into() };
        assert_eq!(refusal(filing::scan(&hall.app, &filer, &scan("nonsense")).await), "no_consent");
        assert_eq!(refusal(filing::scan(&hall.app, &owner, &scan(&consent.token)).await), "own_vehicle");
        let filed = filing::scan(&hall.app, &filer, &scan(&consent.token)).await.unwrap();
        assert_eq!((filed.state.as_str(), filed.relation.as_str()), ("active", "family"));
        assert_eq!(refusal(filing::scan(&hall.app, &other, &scan(&consent.token)).await), "no_consent");
        let late = filing::consent(&hall.app, &owner, car).await.unwrap();
        hall.app.clock.advance(SignedDuration::from_mins(2));
        assert_eq!(refusal(filing::scan(&hall.app, &other, &scan(&late.token)).await), "no_consent");
        // Whoever filed it may look at it and may not let others file it.
        assert_eq!(
            refusal(
                filing::consent(&hall.app, &Session { authenticated_at: hall.app.clock.now(), ..filer }, car).await
            ),
            "not_for_this_relation"
        );
    }
}

#[tokio::test]
async fn a_manager_accepts_looks_after_the_vehicle_and_is_told_what_its_owner_is_told() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (owner, manager) = (owner_of(&hall, car).await, somebody(&hall, 1, "王小芳").await);
        let named = |phone: String, name: &str| Appointment { phone, name: name.into() };
        let appoint = async |new: Appointment| filing::appoint(&hall.app, &owner, car, &new).await;
        assert_eq!(refusal(appoint(named(phone(1), "王大芳")).await), "person_not_found");
        assert_eq!(refusal(appoint(named(phone(77), "王小芳")).await), "person_not_found");
        assert_eq!(refusal(appoint(named("12".into(), "王小芳")).await), "bad_phone");
        let asked = appoint(named(phone(1), "王小芳")).await.unwrap();
        assert_eq!(refusal(appoint(named(phone(1), "王小芳")).await), "already_shared");
        assert_eq!(refusal(filing::agree(&hall.app, &owner, asked.id).await), "not_yours_to_answer");
        assert_eq!(refusal(citizen::vehicle(&hall.app, &manager, car).await), "not_found");
        let agreed = filing::agree(&hall.app, &manager, asked.id).await.unwrap();
        assert_eq!(
            (agreed.kind.as_str(), agreed.state.as_str(), agreed.side.as_str()),
            ("management", "active", "filer")
        );
        let view = citizen::vehicle(&hall.app, &manager, car).await.unwrap();
        assert_eq!((view.relation.as_str(), view.vin.is_some()), ("managed", true));
        assert_eq!(view.powers, ["look", "see_vin", "show", "download", "print", "apply", "paper", "notices"]);
        hall.event(&crate::hall::status(1, "stolen", "C", "2026-11-20T11:00:00+08:00")).await;
        assert!(notices(&hall, &owner).await.contains(&"mark_suspended".to_owned()));
        assert!(notices(&hall, &manager).await.contains(&"mark_suspended".to_owned()));
        // The manager lays it down; the news are no longer theirs.
        filing::end(&hall.app, &manager, asked.id).await.unwrap();
        hall.event(&crate::hall::status(1, "found", "A", "2026-11-20T11:30:00+08:00")).await;
        assert!(notices(&hall, &owner).await.contains(&"mark_restored".to_owned()));
        assert!(!notices(&hall, &manager).await.contains(&"mark_restored".to_owned()));
        assert_eq!(refusal(citizen::vehicle(&hall.app, &manager, car).await), "not_found");
        assert!(notices(&hall, &owner).await.contains(&"manager_left".to_owned()));

        // Refusing is as easy.
        let again = appoint(named(phone(1), "王小芳")).await.unwrap();
        assert_eq!(filing::refuse(&hall.app, &manager, again.id).await.unwrap().state, "refused");
        assert!(notices(&hall, &owner).await.contains(&"manager_refused".to_owned()));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_is_due_is_told_to_the_manager_too_and_not_to_a_filer() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (owner, manager, filer) =
            (owner_of(&hall, car).await, somebody(&hall, 1, "王小芳").await, somebody(&hall, 2, "李雷").await);
        manage(&hall, &manager, 1, car).await.unwrap();
        file_by_screen(&hall, &filer, car).await.unwrap();
        // The window of the car of March 2025 opens at the beginning of 2027.
        hall.app.clock.advance(SignedDuration::from_hours(24 * 70));
        deadline::run::run_today(&hall.app).await.unwrap();
        let told = async |who| notices(&hall, who).await.iter().any(|kind| kind.starts_with("deadline_"));
        assert!(told(&owner).await && told(&manager).await && !told(&filer).await);
        let due = async |who| deadline::timeline(&hall.app, who).await.unwrap().len();
        assert_eq!(due(&manager).await, due(&owner).await);
        assert_eq!(due(&filer).await, 0);
    }
}
