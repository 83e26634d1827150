//! A mark on paper from the register to the scanner: who may print it and when, and that a worn copy gets the verdict that the credential gets.

use crate::hall::{Hall, deregistered, status, transferred};
use crate::inbox::owner_of;
use crate::worn::{copy, printed_and_scanned};
use jiff::SignedDuration;
use luzheng::paper::read::{codes_in_image, codes_in_pdf};
use luzheng::paper::{Language, Page};
use luzheng::usecase::error::Kind;
use luzheng::usecase::session::Session;
use luzheng::usecase::{print, verify};
use luzheng_credential::verify::{Reason, Verdict};
use luzheng_store::Engine;
use uuid::Uuid;

fn verdict(hall: &Hall, code: &str) -> (Verdict, Option<Reason>) {
    let report = verify::online(&hall.app, code, None, None);
    (report.verdict(), report.reason())
}

#[tokio::test]
async fn a_printed_and_scanned_mark_is_as_good_as_the_mark() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        // The other two pages and finer scanners are in the tests of paper; here one of each goes all the way.
        for (seed, (page, language)) in (1..).zip([(Page::A4, Language::Chinese), (Page::CardSheet, Language::English)])
        {
            let printed = print::mark(&hall.app, &who, mark.id, page, language).await.unwrap();
            assert_eq!(printed.plate, "苏E00001");
            let scan = printed_and_scanned(&printed.bytes, copy(150.0, 1.2, seed));
            let found = codes_in_image(&scan).unwrap_or_else(|e| panic!("{page:?} {language:?}: {e}"));
            assert_eq!(verdict(&hall, &found[0]), (Verdict::Valid, None), "{page:?} {language:?}");
            assert_eq!(codes_in_pdf(&printed.bytes).unwrap(), found, "the file itself says the same");
        }
        let noted = hall.app.store.read().await.unwrap().audit_of(car, 100).await.unwrap();
        assert_eq!(noted.iter().filter(|e| e.action == "mark.printed" && e.actor == who.actor()).count(), 2);
        // The paper does not change; what a scan says of it does.
        let printed = print::of_vehicle(&hall.app, car, Page::A4, Language::Chinese).await.unwrap();
        let code = codes_in_pdf(&printed.bytes).unwrap().remove(0);
        hall.event(&deregistered(1, "gone", "2026-11-20T11:00:00+08:00")).await;
        hall.run_jobs().await;
        assert_eq!(verdict(&hall, &code), (Verdict::NotValid, Some(Reason::Revoked)));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn only_a_mark_that_counts_is_printed() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        let code = async |id| print::mark(&hall.app, &who, id, Page::A4, Language::Chinese).await.unwrap_err().code;
        let stolen = status(1, "stolen", "C", "2026-11-20T11:00:00+08:00");
        hall.event(&stolen).await;
        assert_eq!(code(mark.id).await, "mark_suspended");
        assert_eq!(
            print::of_vehicle(&hall.app, car, Page::CardSheet, Language::Chinese).await.unwrap_err().code,
            "mark_suspended"
        );
        hall.event(&status(1, "found", "A", "2026-11-20T11:30:00+08:00")).await;
        print::mark(&hall.app, &who, mark.id, Page::A4, Language::Chinese).await.unwrap();
        let unsigned = {
            let receipt = hall.event(&crate::hall::registered(2)).await;
            hall.current(receipt.vehicle.unwrap()).await.unwrap()
        };
        assert_eq!(code(unsigned.id).await, "mark_issuing");
        hall.app.clock.advance(SignedDuration::from_hours(24 * 365 * 2));
        assert_eq!(code(mark.id).await, "mark_expired");
        hall.event(&deregistered(1, "gone", "2026-11-20T11:40:00+08:00")).await;
        assert_eq!(code(mark.id).await, "mark_ended");
        assert_eq!(print::of_vehicle(&hall.app, car, Page::A4, Language::Chinese).await.unwrap_err().code, "no_mark");
        assert_eq!(code(Uuid::nil()).await, "not_found");
    }
}

#[tokio::test]
async fn nobody_elses_mark_is_printed() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        let stranger = Session { owner: Some(Uuid::from_u128(77)), ..who.clone() };
        let refused = print::mark(&hall.app, &stranger, mark.id, Page::A4, Language::Chinese).await.unwrap_err();
        assert_eq!(refused.kind, Kind::NotFound);
        hall.event(&transferred(1, "sold", "2026-11-20T11:00:00+08:00")).await;
        let refused = print::mark(&hall.app, &who, mark.id, Page::A4, Language::Chinese).await.unwrap_err();
        assert_eq!(refused.kind, Kind::NotFound, "sold with its vehicle");
        let noted = hall.app.store.read().await.unwrap().audit_of(car, 100).await.unwrap();
        assert!(noted.iter().all(|e| e.action != "mark.printed"), "what was not printed is not in the journal");
    }
}

#[tokio::test]
async fn the_page_is_the_same_for_desk_and_owner() {
    let hall = Hall::open(Engine::Sqlite).await;
    let car = hall.car(1).await;
    let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
    for page in Page::ALL {
        let own = print::mark(&hall.app, &who, mark.id, page, Language::Chinese).await.unwrap();
        let desk = print::of_vehicle(&hall.app, car, page, Language::Chinese).await.unwrap();
        assert_eq!(own, desk, "{page:?}");
    }
}
