//! Photos: sealed, at most one the licence's.

use luzheng_store::{
    Error,
    photo::{MAX_PHOTO, NewPhoto, PhotoInfo, PhotoOrigin, PhotoState},
};
use uuid::Uuid;

use crate::common::*;

fn photo(number: u128, driver: Uuid, bytes: &[u8]) -> NewPhoto<'_> {
    NewPhoto {
        driver,
        id: id(number),
        bytes,
        width: 260,
        height: 378,
        origin: PhotoOrigin::Camera,
        taken_on: Some("2026-01-02".parse().expect("a date")),
        checks: r#"[{"rule":"size","ok":true}]"#,
        created_at: at(i64::try_from(number).expect("small")),
    }
}

on_both! {
    async fn kept_opened_and_made_the_licences(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_photo(&photo(1, id(100), b"one")).await.unwrap();
        tx.put_photo(&photo(2, id(100), b"two")).await.unwrap();
        assert_eq!(tx.current_photo(id(100)).await.unwrap(), None);
        assert_eq!(tx.find_photo(id(100), id(2)).await.unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(tx.find_photo(id(101), id(2)).await.unwrap(), None, "somebody else's");
        let info = PhotoInfo {
            driver: id(100), id: id(1), state: PhotoState::Pending, origin: PhotoOrigin::Camera, width: 260, height: 378,
            taken_on: Some("2026-01-02".parse().unwrap()), checks: r#"[{"rule":"size","ok":true}]"#.to_owned(), created_at: at(1),
        };
        assert_eq!(tx.photo_info(id(100), id(1)).await.unwrap(), Some(info));
        assert!(tx.set_current_photo(id(100), id(1)).await.unwrap());
        assert!(!tx.set_current_photo(id(100), id(1)).await.unwrap(), "it is already");
        assert!(!tx.set_current_photo(id(100), id(3)).await.unwrap(), "there is no such photo");
        assert!(tx.set_current_photo(id(100), id(2)).await.unwrap());
        assert_eq!(tx.current_photo(id(100)).await.unwrap().unwrap().id, id(2));
        let states: Vec<_> = tx.photos_of(id(100)).await.unwrap().into_iter().map(|p| (p.id, p.state)).collect();
        assert_eq!(states, [(id(2), PhotoState::Current), (id(1), PhotoState::Replaced)]);
        assert!(!tx.refuse_photo(id(100), id(2)).await.unwrap(), "only what waits is refused");
        tx.put_photo(&photo(3, id(100), b"three")).await.unwrap();
        assert!(tx.refuse_photo(id(100), id(3)).await.unwrap());
        assert!(tx.restore_photo(id(100), id(3)).await.unwrap());
        assert!(!tx.restore_photo(id(100), id(2)).await.unwrap());
        assert_eq!(tx.same_photo(id(100), b"three").await.unwrap().unwrap().id, id(3));
        assert_eq!(tx.same_photo(id(101), b"three").await.unwrap(), None, "the digests of two people differ");
        assert!(tx.put_photo(&photo(3, id(100), b"again")).await.unwrap_err().is_conflict());
    }

    async fn one_current_whatever_the_callers_do(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_photo(&photo(1, id(100), b"one")).await.unwrap();
        tx.put_photo(&photo(2, id(100), b"two")).await.unwrap();
        tx.set_current_photo(id(100), id(1)).await.unwrap();
        let error = tx.raw("UPDATE driver_photo SET state = 'current'", vec![]).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "driver_photo_one_current"), "{error}");
    }

    async fn too_large_or_moved_is_refused(db) {
        let large = vec![0; MAX_PHOTO + 1];
        let error = db.write().await.unwrap().put_photo(&photo(1, id(100), &large)).await.unwrap_err();
        assert!(matches!(error, Error::Broken { table: "driver_photo", .. }), "{error}");
        let mut tx = db.write().await.unwrap();
        tx.put_photo(&photo(1, id(100), &large[1..])).await.unwrap();
        tx.put_photo(&photo(2, id(100), b"two")).await.unwrap();
        // A sealed picture that was put elsewhere does not open.
        tx.raw("UPDATE driver_photo SET bytes = (SELECT o.bytes FROM driver_photo o WHERE o.width = 260 AND o.created_at < driver_photo.created_at) WHERE created_at = (SELECT MAX(created_at) FROM driver_photo)", vec![]).await.unwrap();
        assert!(matches!(tx.find_photo(id(100), id(2)).await.unwrap_err(), Error::Broken { .. }));
    }
}
