//! Status lists: every index once, changes published exactly, expired entries return to 0.

use std::collections::HashSet;

use luzheng_domain::credential::CredentialKind;
use luzheng_store::status::{LIST_SIZE, MAX_ALLOCATION, Publication, StatusIndex, StatusValue, bits_for};

use crate::common::*;

fn publication(list: u32, seq: i64) -> Publication {
    Publication { list, seq, iat: at(seq), exp: at(seq + 100), jwt: b"jwt".to_vec(), cwt: vec![seq as u8] }
}

on_both! {
    async fn every_index_is_handed_out_once(db) {
        let other = db.open_again().await;
        let tasks: Vec<_> = [1, 3, 40, 64, 65, 200].into_iter().flat_map(|count| [(db.store.clone(), count), (other.clone(), count)])
            .map(|(store, count)| tokio::spawn(async move { store.allocate_status(KIND, count, at(0)).await.unwrap() })).collect();
        let mut seen = HashSet::new();
        let mut handed_out = 0;
        for task in tasks {
            let indices = task.await.unwrap();
            handed_out += indices.len();
            for at in indices {
                assert!(at.list == 1 && at.index < LIST_SIZE);
                assert!(seen.insert(at), "{at:?} twice");
            }
        }
        assert_eq!(handed_out, 2 * (1 + 3 + 40 + 64 + 65 + 200));
        assert!(db.allocate_status(KIND, MAX_ALLOCATION + 1, at(0)).await.is_err());
        assert_eq!(db.allocate_status(KIND, 0, at(0)).await.unwrap(), []);
    }

    async fn a_full_list_is_followed_by_another(db) {
        db.allocate_status(KIND, 1, at(0)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        tx.raw("UPDATE status_list SET used = size - 10", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let indices = db.open_again().await.allocate_status(KIND, 100, at(0)).await.unwrap();
        assert_eq!(indices.iter().filter(|at| at.list == 1).count(), 10);
        assert_eq!(indices.iter().filter(|at| at.list == 2).count(), 90);
        assert_eq!(indices.iter().collect::<HashSet<_>>().len(), 100);
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.status_lists().await.unwrap().iter().map(|l| (l.list, l.used, l.bits)).collect::<Vec<_>>(), [(1, LIST_SIZE, 2), (2, 90, 2)]);
        // Both lists still have to be published, or their credentials would have no status.
        assert_eq!(tx.dirty_marks(10).await.unwrap().iter().map(|mark| mark.list).collect::<Vec<_>>(), [1, 2]);
    }

    async fn changes_are_published_exactly(db) {
        let places = db.allocate_status(KIND, 3, at(0)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        for (number, place) in (0..).zip(&places) {
            tx.reserve_credential(&reservation(10 + number, id(1 + number), *place)).await.unwrap();
        }
        let marks = tx.dirty_marks(10).await.unwrap();
        assert_eq!(marks.len(), 1, "reserving changes no value; the list itself is new");
        tx.clear_dirty(&marks).await.unwrap();
        assert!(tx.set_status_value(places[0], StatusValue::Suspended).await.unwrap());
        assert!(!tx.set_status_value(places[0], StatusValue::Suspended).await.unwrap());
        tx.commit().await.unwrap();

        // The publisher reads; before it is done the same entry changes again.
        let mut reader = db.read().await.unwrap();
        let seen = reader.dirty_marks(10).await.unwrap();
        assert_eq!(reader.list_values(1, "2026-01-01".parse().unwrap()).await.unwrap(), [(places[0].index, StatusValue::Suspended)]);
        let mut tx = db.write().await.unwrap();
        tx.set_status_value(places[0], StatusValue::Valid).await.unwrap();
        tx.set_status_value(places[1], StatusValue::Invalid).await.unwrap();
        tx.commit().await.unwrap();
        drop(reader);
        let mut tx = db.write().await.unwrap();
        tx.clear_dirty(&seen).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.dirty_marks(10).await.unwrap().len(), 2, "the later changes are still to be published");
        assert_eq!(tx.list_values(1, "2026-01-01".parse().unwrap()).await.unwrap(), [(places[1].index, StatusValue::Invalid)]);
    }

    async fn expired_entries_return_to_zero(db) {
        let place = index(db).await;
        let mut tx = db.write().await.unwrap();
        tx.reserve_credential(&reservation(10, id(1), place)).await.unwrap();
        tx.set_status_value(place, StatusValue::Superseded).await.unwrap();
        for (today, count) in [("2027-05-31", 1), ("2027-06-01", 0)] {
            assert_eq!(tx.list_values(place.list, today.parse().unwrap()).await.unwrap().len(), count, "{today}");
        }
    }

    async fn a_place_nobody_has_cannot_be_set(db) {
        let mut tx = db.write().await.unwrap();
        let nowhere = StatusIndex { list: 9, index: 1 };
        assert_eq!(tx.status_value(nowhere).await.unwrap(), None);
        assert!(tx.set_status_value(nowhere, StatusValue::Invalid).await.is_err());
    }

    async fn publications_count_up(db) {
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.next_publication_seq(1).await.unwrap(), 1);
        for (list, seq) in [(1, 1), (1, 2), (2, 1)] {
            tx.put_publication(&publication(list, seq)).await.unwrap();
        }
        assert_eq!(tx.next_publication_seq(1).await.unwrap(), 3);
        assert_eq!(tx.latest_publication(1).await.unwrap(), Some(publication(1, 2)));
        assert_eq!(tx.latest_publication(3).await.unwrap(), None);
        assert_eq!(tx.latest_publications().await.unwrap(), [publication(1, 2), publication(2, 1)]);
        assert!(tx.put_publication(&publication(1, 2)).await.unwrap_err().is_conflict());
    }

    async fn marks_and_licences_at_once_never_share_a_list(db) {
        let tasks: Vec<_> = (0..24_u32).map(|number| {
            let store = db.store.clone();
            let kind = CredentialKind::ALL[number as usize % 2];
            tokio::spawn(async move { (kind, store.allocate_status(kind, 10 + number * 9, at(0)).await.unwrap()) })
        }).collect();
        let (mut seen, mut lists) = (HashSet::new(), HashSet::new());
        for task in tasks {
            let (kind, places) = task.await.unwrap();
            for place in places {
                assert!(seen.insert(place), "{place:?} twice");
                lists.insert((kind, place.list));
            }
        }
        let bits: Vec<_> = db.read().await.unwrap().status_lists().await.unwrap().iter().map(|l| (l.list, l.bits, l.size)).collect();
        assert_eq!((bits.len(), lists.len()), (2, 2), "one list for each: {bits:?}");
        for (kind, list) in lists {
            assert!(bits.contains(&(list, bits_for(kind), LIST_SIZE)), "{kind:?} in list {list}: {bits:?}");
        }
    }

    async fn changes_come_with_the_value_to_publish(db) {
        let places = db.allocate_status(KIND, 2, at(0)).await.unwrap();
        let today = "2026-01-01".parse().unwrap();
        let mut tx = db.write().await.unwrap();
        for (number, place) in (0..).zip(&places) {
            tx.reserve_credential(&reservation(10 + number, id(1 + number), *place)).await.unwrap();
        }
        let fresh = tx.status_changes(today, 10).await.unwrap();
        assert_eq!(fresh.iter().map(|c| c.entry).collect::<Vec<_>>(), [None], "a new list is published as a whole");
        tx.clear_dirty(&fresh.iter().map(|c| c.mark).collect::<Vec<_>>()).await.unwrap();
        // Two changes of one entry: both are told with the value it has now.
        tx.set_status_value(places[0], StatusValue::Suspended).await.unwrap();
        tx.set_status_value(places[0], StatusValue::Invalid).await.unwrap();
        let changes = tx.status_changes(today, 10).await.unwrap();
        assert_eq!(changes.iter().map(|c| c.entry).collect::<Vec<_>>(), [Some((places[0].index, StatusValue::Invalid)); 2]);
        assert_eq!(tx.status_changes(today, 1).await.unwrap(), changes[..1]);
        let after_expiry = tx.status_changes("2027-06-01".parse().unwrap(), 10).await.unwrap();
        assert_eq!(after_expiry[0].entry, Some((places[0].index, StatusValue::Valid)), "what has expired returns to 0");
    }

    async fn publications_are_thinned_out(db) {
        db.allocate_status(KIND, 1, at(0)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.newest_publications().await.unwrap(), [(1, None)]);
        for seq in 1..=5 { tx.put_publication(&publication(1, seq)).await.unwrap(); }
        tx.put_publication(&publication(2, 1)).await.unwrap();
        assert_eq!(tx.newest_publications().await.unwrap(), [(1, Some(5))]);
        assert_eq!(tx.publication_times(1, at(3)).await.unwrap(), [(1, at(1)), (2, at(2))]);
        assert_eq!(tx.forget_publications(1, 2, 5, at(3)).await.unwrap(), 2);
        assert_eq!(tx.publication_times(1, at(100)).await.unwrap(), [(1, at(1)), (2, at(2)), (5, at(5))]);
        assert_eq!(tx.next_publication_seq(1).await.unwrap(), 6, "numbers never come again");
        assert_eq!(tx.latest_publication(2).await.unwrap(), Some(publication(2, 1)), "other lists are left alone");
        assert_eq!(tx.publications_since(&[(1, 5)]).await.unwrap(), [publication(2, 1)]);
    }
}
