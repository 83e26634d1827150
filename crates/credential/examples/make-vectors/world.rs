//! The small world in which the vectors live: fixed test keys, one instant, and credentials that can be made wrong on purpose.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use luzheng_credential::issue::Prepared;
use luzheng_credential::kind::driving_licence::{LicenceMode, LicenceTerm};
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{Claims, DrivingLicence, InspectionMark, Live, StatusRef, subject_digest};
use luzheng_credential::qr::message;
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::trust::{KeyUse, Region, TrustKey, TrustPayload};
use luzheng_domain::vehicle::YearMonth;

pub type Anyhow<T> = Result<T, Box<dyn std::error::Error>>;

/// 2026-11-21T08:00:00Z, when the vectors are judged unless they say otherwise.
pub const NOW: i64 = 1_795_248_000;
/// When the credentials of the vectors were signed.
pub const SIGNED: i64 = NOW - 10 * 86_400;
/// When the trust list was signed.
pub const TRUST_SIGNED: i64 = NOW - 3_600;
/// When the status lists were signed.
pub const STATUS_SIGNED: i64 = NOW - 412;
/// 2026-12-01T00:00:00+08:00: the first second after the last day of November 2026 in China.
pub const MONTH_ENDS: i64 = 1_796_054_400;
pub const HOST: &str = "luzheng.example";
pub const STATUS_URI: &str = "https://luzheng.example/status/{list}";
pub const LIST: u32 = 1;
pub const SEQ: u64 = 7;
/// Entries of list 1 by what they say.
pub const ENTRY_VALID: u32 = 4_711;
pub const ENTRY_REVOKED: u32 = 100_001;
pub const ENTRY_SUSPENDED: u32 = 524_290;
pub const ENTRY_SUPERSEDED: u32 = 1_048_575;
/// The list of licences, whose entries have four bits, and what stands there besides.
pub const LICENCE_LIST: u32 = 3;
pub const ENTRY_STOPPED: u32 = 77_777;
pub const ENTRY_MEANINGLESS: u32 = 99_999;

const PASSPHRASE: &[u8] = b"test keys of the vectors, not secret";
const DIGEST_KEY: &[u8] = b"vector digest key, not secret";

/// Every key of the vectors, by name.
pub const KEYS: [(&str, Algorithm); 18] = [
    ("root-es256", Algorithm::Es256),
    ("root-sm2", Algorithm::Sm2),
    ("other-root", Algorithm::Es256),
    ("mark-es256", Algorithm::Es256),
    ("mark-sm2", Algorithm::Sm2),
    ("mark-ed25519", Algorithm::Ed25519),
    ("live-es256", Algorithm::Es256),
    ("live-sm2", Algorithm::Sm2),
    ("live-ed25519", Algorithm::Ed25519),
    ("mark-jiangsu", Algorithm::Es256),
    ("mark-retired", Algorithm::Es256),
    ("mark-unlisted", Algorithm::Es256),
    ("licence-es256", Algorithm::Es256),
    ("status-es256", Algorithm::Es256),
    ("status-sm2", Algorithm::Sm2),
    ("status-ed25519", Algorithm::Ed25519),
    ("device", Algorithm::Es256),
    ("other-device", Algorithm::Es256),
];

pub struct World {
    pub folder: PathBuf,
    keys: BTreeMap<&'static str, FileKey>,
}

impl World {
    /// Loads the test keys from `keys/`, and makes those that are not there yet.
    pub fn open(folder: &Path) -> Anyhow<Self> {
        let mut keys = BTreeMap::new();
        for (name, algorithm) in KEYS {
            let path = folder.join("keys").join(format!("{name}.pem"));
            if !path.exists() {
                FileKey::generate(algorithm)?.save(&path, PASSPHRASE)?;
            }
            keys.insert(name, FileKey::from_encrypted_pem(&fs::read_to_string(&path)?, PASSPHRASE)?);
        }
        Ok(Self { folder: folder.to_owned(), keys })
    }

    pub fn key(&self, name: &str) -> &FileKey {
        self.keys.get(name).unwrap_or_else(|| panic!("no key {name}"))
    }

    /// The entry of a key in the trust list, as its name says.
    pub fn trust_key(&self, name: &str) -> TrustKey {
        let key_use = match name.split('-').next() {
            Some("live") => KeyUse::Live,
            Some("licence") => KeyUse::Licence,
            Some("status") => KeyUse::Status,
            _ => KeyUse::Mark,
        };
        let jiangsu = Region::new(320_000).filter(|_| name == "mark-jiangsu");
        TrustKey {
            public_key: self.key(name).public_key().clone(),
            key_use,
            regions: jiangsu.into_iter().collect(),
            not_before: NOW - 365 * 86_400,
            not_after: if name == "mark-retired" { SIGNED + 86_400 } else { NOW + 365 * 86_400 },
            certificate: None,
        }
    }

    /// The payload of the trust list that most vectors use.
    pub fn trust_payload(&self) -> TrustPayload {
        let listed = KEYS
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !name.contains("root") && !name.contains("device") && *name != "mark-unlisted");
        TrustPayload {
            iat: TRUST_SIGNED,
            exp: TRUST_SIGNED + 30 * 86_400,
            seq: SEQ,
            status_uri: STATUS_URI.to_owned(),
            keys: listed.map(|name| self.trust_key(name)).collect(),
        }
    }

    /// Signs claims properly.
    pub fn issue(&self, key: &str, claims: Claims) -> Vec<u8> {
        let prepared = Prepared::new(claims, &self.trust_key(key)).expect("vectors are prepared properly");
        prepared.sign(self.key(key)).expect("test keys sign").message().to_vec()
    }

    /// Signs any bytes as claims, without asking whether they make sense.
    pub fn sign_raw(&self, key: &str, claims: &[u8]) -> Vec<u8> {
        let signer = self.key(key);
        self.sign_with_header(key, &message::protected_header(signer.algorithm(), signer.kid()), claims)
    }

    /// Signs any bytes under any header.
    pub fn sign_with_header(&self, key: &str, protected: &[u8], claims: &[u8]) -> Vec<u8> {
        let signature = self.key(key).sign(&message::to_be_signed(protected, claims)).expect("test keys sign");
        message::assemble(protected, claims, &signature)
    }

    /// Wraps a message as the holder's device does.
    pub fn wrap(&self, device: &str, iat: i64, inner: &[u8]) -> Vec<u8> {
        message::wrap(iat, inner, |bytes| self.key(device).sign(bytes)).expect("test keys sign")
    }

    /// The device's public key as claims carry it.
    pub fn device_point(&self, device: &str) -> [u8; 33] {
        let spki = self.key(device).public_key().spki();
        let (x, y) = spki[spki.len() - 64..].split_at(32);
        let mut point = [0; 33];
        point[0] = 2 + (y[31] & 1);
        point[1..].copy_from_slice(x);
        point
    }
}

/// The mark of most vectors: 苏B12345, small car, valid to May 2027, Wuxi.
pub fn mark() -> InspectionMark {
    InspectionMark {
        iat: SIGNED,
        mode: MarkMode::Static,
        plate_number: "苏B12345".to_owned(),
        plate_type: "02".to_owned(),
        valid_until: YearMonth::from_yyyymm(202_705).expect("a month"),
        status: StatusRef { list: LIST, index: ENTRY_VALID },
        authority: 320_200,
        subject_digest: subject_digest(DIGEST_KEY, "LSVAB4BR6DN123459"),
    }
}

/// The same mark, live, signed `age` seconds before [`NOW`].
pub fn live_mark(age: i64) -> InspectionMark {
    let live = Live { nonce: *b"\x01\x02\x03\x04\x05\x06\x07\x08", sealed: None };
    InspectionMark { iat: NOW - age, mode: MarkMode::Live(live), ..mark() }
}

pub fn claims(mark: InspectionMark) -> Claims {
    Claims::InspectionMark(mark)
}

/// The licence of the vectors, held on the device with this key.
pub fn held_licence(device_key: [u8; 33]) -> DrivingLicence {
    DrivingLicence {
        iat: SIGNED,
        mode: LicenceMode::Held { device_key },
        name: "张*丰".to_owned(),
        classes: "C1D".to_owned(),
        valid_until: LicenceTerm::Until(jiff::civil::date(2031, 1, 31)),
        status: StatusRef { list: LIST, index: ENTRY_VALID },
        authority: 320_200,
        subject_digest: subject_digest(DIGEST_KEY, "320202199001011234"),
    }
}

/// The same licence, live, signed `age` seconds before [`NOW`].
pub fn live_licence(age: i64, red: Option<bool>) -> DrivingLicence {
    let live = Live { nonce: *b"\x11\x12\x13\x14\x15\x16\x17\x18", sealed: None };
    DrivingLicence { iat: NOW - age, mode: LicenceMode::Live { live, red }, ..held_licence([2; 33]) }
}
