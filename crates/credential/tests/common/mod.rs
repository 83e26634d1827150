//! What several tests share: fresh keys, a trust list over them, and a mark.

use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{InspectionMark, Live, StatusRef, subject_digest};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::trust::{KeyUse, Region, Roots, TrustKey, TrustList, TrustPayload, sign};
use luzheng_domain::vehicle::YearMonth;

/// 2026-11-21T08:00:00Z.
pub const NOW: i64 = 1_795_248_000;
pub const STATUS_URI: &str = "https://luzheng.example/status/{list}";

/// A key and its entry in the trust list.
pub struct Issuer {
    pub key: FileKey,
    pub entry: TrustKey,
}

/// A new key that may sign this, everywhere, for a year around [`NOW`].
pub fn issuer(algorithm: Algorithm, key_use: KeyUse) -> Issuer {
    issuer_in(algorithm, key_use, &[])
}

/// The same, for some regions only.
pub fn issuer_in(algorithm: Algorithm, key_use: KeyUse, regions: &[u32]) -> Issuer {
    let key = FileKey::generate(algorithm).expect("randomness");
    let entry = TrustKey {
        public_key: key.public_key().clone(),
        key_use,
        regions: regions.iter().filter_map(|code| Region::new(*code)).collect(),
        not_before: NOW - 180 * 86_400,
        not_after: NOW + 180 * 86_400,
        certificate: None,
    };
    Issuer { key, entry }
}

/// A trust list over these keys, signed by a new root and opened.
pub fn trust(issuers: &[&Issuer]) -> TrustList {
    let root = FileKey::generate(Algorithm::Es256).expect("randomness");
    let json = sign(&payload(issuers), &root, None).expect("a list");
    TrustList::open(&json, &Roots::new(vec![root.public_key().clone()]), 0).expect("our own list")
}

/// What such a list says.
pub fn payload(issuers: &[&Issuer]) -> TrustPayload {
    TrustPayload {
        iat: NOW - 3_600,
        exp: NOW + 30 * 86_400,
        seq: 7,
        status_uri: STATUS_URI.to_owned(),
        keys: issuers.iter().map(|issuer| issuer.entry.clone()).collect(),
    }
}

/// A static mark.
pub fn mark() -> InspectionMark {
    InspectionMark {
        iat: NOW - 86_400,
        mode: MarkMode::Static,
        plate_number: "苏B12345".to_owned(),
        plate_type: "02".to_owned(),
        valid_until: YearMonth::from_yyyymm(202_705).expect("a month"),
        status: StatusRef { list: 1, index: 4_711 },
        authority: 320_200,
        subject_digest: subject_digest(b"test", "LSVAB4BR6DN123459"),
    }
}

/// The same mark, live, signed at [`NOW`].
pub fn live_mark() -> InspectionMark {
    InspectionMark { iat: NOW, mode: MarkMode::Live(Live { nonce: [5; 8], sealed: None }), ..mark() }
}
