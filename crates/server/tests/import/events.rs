//! Files of events.

use crate::bench::Ears;
use crate::hall::{Hall, registered, vin};
use luzheng::register::Source;
use luzheng::usecase::import::{EventsFile, Options, events};
use serde_json::{Value, json};
use std::io::Cursor;

fn status_changed(id: &str, number: u32, occurred_at: &str) -> Value {
    json!({"source": "test", "id": id, "type": "vehicle.status_changed", "occurred_at": occurred_at,
           "subject": {"vin": vin(number)}, "data": {"status": "C"}})
}

async fn take(hall: &Hall, text: &str, options: Options) -> (EventsFile, Ears) {
    let source = Source::from_reader("feed.ndjson", Cursor::new(text.to_owned())).expect("it opens");
    let mut ears = Ears::default();
    let mut summary = events(&hall.app, vec![source], &options, &mut ears).await.expect("the store works");
    let file = summary.files.remove(0);
    let parts = file.applied + file.seen + file.parked + file.late + file.refused + file.rejected + file.held_back;
    assert_eq!(file.read, parts, "every event is accounted for");
    (file, ears)
}

fn mixed() -> String {
    let mut other = registered(1);
    other["data"]["seats"] = json!(7);
    let mut again = registered(1);
    again["id"] = json!("reg-1-again");
    [
        registered(1).to_string(),
        registered(1).to_string(),
        other.to_string(),
        "{\"source\":".to_owned(),
        status_changed("s-9", 9, "2026-03-01T08:00:00+08:00").to_string(),
        again.to_string(),
        status_changed("s-1", 1, "2025-03-01T08:00:00+08:00").to_string(),
        String::new(),
        status_changed("s-2", 1, "2026-03-01T08:00:00+08:00").to_string(),
    ]
    .join("\n")
}

#[tokio::test]
async fn every_outcome_is_counted_and_what_is_not_taken_is_told() {
    for hall in Hall::open_all().await {
        let (file, ears) = take(&hall, &mixed(), Options::default()).await;
        assert_eq!((file.read, file.applied, file.seen, file.parked, file.late), (8, 2, 1, 1, 1));
        assert_eq!((file.refused, file.rejected), (1, 2));
        assert_eq!(ears.told().iter().map(|(line, _, _)| *line).collect::<Vec<_>>(), [3, 4, 6]);
        assert_eq!(ears.rejects[0].2, "event_differs");
        assert_eq!(ears.rejects[2].2, "event_refused");

        let (again, _) = take(&hall, &mixed(), Options::default()).await;
        assert_eq!((again.applied, again.seen, again.rejected), (0, 6, 2));
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn dry_reads_only_and_strict_applies_nothing_of_a_broken_file() {
    for hall in Hall::open_all().await {
        let (file, _) = take(&hall, &mixed(), Options { dry_run: true, ..Options::default() }).await;
        assert_eq!((file.applied, file.rejected, file.held_back), (0, 1, 7));
        let strict = Options { strict: true, ..Options::default() };
        let (file, ears) = take(&hall, &mixed(), strict).await;
        assert_eq!((file.applied, file.rejected, file.held_back), (0, 1, 7));
        assert_eq!(ears.told()[0].0, 4);
        assert_eq!(hall.app.store.read().await.expect("the store works").vehicle_count().await.expect("counted"), 0);
        let sound = format!("{}\n{}\n", registered(1), status_changed("s-2", 1, "2026-03-01T08:00:00+08:00"));
        let (file, _) = take(&hall, &sound, strict).await;
        assert_eq!((file.applied, file.held_back), (2, 0));
    }
}
