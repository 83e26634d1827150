//! Differences between an export and the store.

use crate::bench::{Ears, OWNER_ID, OWNER_NAME, REGISTERED_ON, Row, STATUS, csv, import, now, row, vin};
use luzheng::register::Source;
use luzheng::usecase::reconcile::{self, Difference, Sort, Summary};
use luzheng_store::Store;
use luzheng_store::testing::engines;
use std::io::Cursor;

async fn compare(store: &Store, text: String) -> (Summary, Vec<Difference>) {
    let source = Source::from_reader("export.csv", Cursor::new(text)).expect("it opens");
    let mut found = Vec::new();
    let mut sink = |d: &Difference| {
        found.push(d.clone());
        Ok(())
    };
    let summary =
        reconcile::vehicles(store, source, &mut sink, &mut Ears::default(), now()).await.expect("the store works");
    (summary, found)
}

#[tokio::test]
async fn the_same_is_the_same() {
    for store in engines().await {
        // Two rows that contradict each other about their owner: the first counts, here as in the import.
        let rows = [row(1), row(2), row(3).with(OWNER_ID, &row(1).0[OWNER_ID]).with(OWNER_NAME, "王大明"), row(1)];
        import(&store, csv(&rows)).await;
        let (summary, found) = compare(&store, csv(&rows)).await;
        assert!(summary.is_same() && found.is_empty(), "{summary:?} {found:?}");
        assert_eq!((summary.read, summary.same), (4, 3));
    }
}

#[tokio::test]
async fn every_sort_of_difference() {
    for store in engines().await {
        let mut held: Vec<Row> = (1..=5).map(row).collect();
        held.extend((100..2_200).map(row));
        import(&store, csv(&held)).await;
        let mut export = vec![
            row(1),
            row(2).with(STATUS, "GQ").with(OWNER_NAME, "王大明"),
            row(4).with(REGISTERED_ON, "2023-02-30"),
            row(6),
            row(5).with(OWNER_ID, &row(7).0[OWNER_ID]),
        ];
        export.extend((100..2_200).map(row));
        let (summary, mut found) = compare(&store, csv(&export)).await;
        found.sort_by_key(|d| (d.sort, d.line, d.field));
        let told: Vec<_> = found
            .iter()
            .map(|d| {
                (
                    d.sort.code(),
                    d.line,
                    d.vin.clone(),
                    d.field,
                    d.ours.clone().unwrap_or_default(),
                    d.theirs.clone().unwrap_or_default(),
                )
            })
            .collect();
        let s = str::to_owned;
        assert_eq!(
            told,
            [
                ("missing_here", Some(5), vin(6), None, s(""), s("")),
                ("missing_there", None, vin(3), None, s(""), s("")),
                ("differs", Some(3), vin(2), Some("owner_name"), s("王*明"), s("王*明")),
                ("differs", Some(3), vin(2), Some("status"), s("A"), s("GQ")),
                (
                    "differs",
                    Some(6),
                    vin(5),
                    Some("owner_id"),
                    found[4].ours.clone().expect("ours"),
                    found[4].theirs.clone().expect("theirs")
                ),
                ("unreadable", Some(4), vin(4), Some("registered_on"), s(""), s("impossible_date: 2023-02-30")),
            ]
        );
        assert!(found[4].ours.as_deref().is_some_and(|masked| masked.matches('*').count() == 16));
        assert_eq!(
            (summary.same, summary.missing_here, summary.missing_there, summary.differing, summary.unreadable),
            (2_101, 1, 1, 2, 1)
        );
        assert!(!summary.is_same());
        assert!(found.iter().all(|d| d.sort != Sort::Differs || d.field.is_some()));
    }
}

#[tokio::test]
async fn an_export_that_cannot_be_read_finds_nothing_missing() {
    let store = luzheng_store::testing::sqlite().await;
    import(&store, csv(&[row(1)])).await;
    let (summary, found) = compare(&store, "vin\nx\n".to_owned()).await;
    assert_eq!((summary.failure.map(|f| f.code), summary.missing_there, found.len()), (Some("missing_columns"), 0, 0));
}
