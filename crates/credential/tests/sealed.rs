//! The sealed parts that this crate and `web/verify` made: each opens with its key and for its use, and for nothing else.

use std::fs;
use std::path::Path;

use luzheng_credential::seal::{INFO_DRIVING_LICENCE, INFO_INSPECTION_MARK, ReaderKey, SealError, open};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    reader_key: String,
    kind: String,
    sealed: String,
    plain: String,
}

#[test]
fn what_either_side_sealed_is_opened() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/sealed.json");
    let vectors: Vec<Vector> = serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON");
    assert!(vectors.len() >= 4);
    for vector in vectors {
        let key = ReaderKey::from_bytes(&hex::decode(&vector.reader_key).expect("hex")).expect("a key");
        let sealed = hex::decode(&vector.sealed).expect("hex");
        let (info, other) = match vector.kind.as_str() {
            "inspection_mark" => (INFO_INSPECTION_MARK, INFO_DRIVING_LICENCE),
            _ => (INFO_DRIVING_LICENCE, INFO_INSPECTION_MARK),
        };
        assert_eq!(open(&key, info, &sealed).expect("opened").as_slice(), vector.plain.as_bytes());
        assert_eq!(open(&key, other, &sealed), Err(SealError::CannotOpen));
        assert_eq!(open(&ReaderKey::generate().expect("a key"), info, &sealed), Err(SealError::CannotOpen));
    }
}
