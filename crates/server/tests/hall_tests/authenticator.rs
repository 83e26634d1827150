//! An authenticator in software: makes discoverable ES256 credentials and signs with them, as `WebAuthn` Level 3 section 6 describes. Each of its
//! dials can be turned wrong.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;

struct Credential {
    id: Vec<u8>,
    user: Vec<u8>,
    key: EcdsaKeyPair,
}

/// An authenticator together with the browser in front of it.
pub struct Authenticator {
    credentials: Vec<Credential>,
    /// The origin the browser is on.
    pub origin: String,
    /// The relying party it signs for; `None`: the one it is asked for.
    pub rp_id: Option<String>,
    /// Whether it checks that it is its owner.
    pub verifies: bool,
    /// Whether its credentials are backed up elsewhere.
    pub synced: bool,
    /// Its counter, shown as it is and then counted up; 0 stays 0, as with credentials that are backed up.
    pub counter: u32,
    /// Whether it says whose credential it is.
    pub tells_user: bool,
    /// Whether it says that its newest credential was just made, instead of making one.
    pub repeats: bool,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0x59][..], &length, bytes].concat()
}

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        Self {
            credentials: Vec::new(),
            origin: origin.into(),
            rp_id: None,
            verifies: true,
            synced: false,
            counter: 1,
            tells_user: true,
            repeats: false,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false})
            .to_string()
    }

    fn data(&mut self, rp_id: &str, more: u8) -> Vec<u8> {
        let rp_id = self.rp_id.as_deref().unwrap_or(rp_id);
        let mut flags = USER_PRESENT | more;
        for (set, flag) in [(self.verifies, USER_VERIFIED), (self.synced, BACKUP_ELIGIBLE | BACKED_UP)] {
            flags |= if set { flag } else { 0 };
        }
        let counter = self.counter;
        self.counter += u32::from(counter > 0);
        [digest(&SHA256, rp_id.as_bytes()).as_ref(), &[flags], &counter.to_be_bytes()].concat()
    }

    /// Makes a credential for `navigator.credentials.create(options)`; `None` when it has one of those that are excluded.
    pub fn create(&mut self, options: &Value) -> Option<Value> {
        let options = &options["publicKey"];
        let excluded: Vec<Vec<u8>> =
            options["excludeCredentials"].as_array().into_iter().flatten().map(|c| bytes(&c["id"])).collect();
        if self.credentials.iter().any(|c| excluded.contains(&c.id)) {
            return None;
        }
        let user = bytes(&options["user"]["id"]);
        let key = match self.credentials.pop() {
            Some(newest) if self.repeats => newest.key,
            newest => {
                self.credentials.extend(newest);
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
            }
        };
        let point = key.public_key().as_ref()[1..].to_vec();
        let id = digest(&SHA256, &point).as_ref().to_vec();
        // COSE_Key: EC2, ES256, P-256, x, y (RFC 9053 section 7.1.1).
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &point[..32], &[0x22, 0x58, 32], &point[32..]]
            .concat();
        let id_length = u16::try_from(id.len()).unwrap().to_be_bytes();
        let head = self.data(options["rp"]["id"].as_str().unwrap(), HAS_CREDENTIAL);
        let data = [&head[..], &[0; 16], &id_length, &id, &cose].concat();
        let object = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".to_vec(), cbor_bytes(&data)].concat();
        let client = self.client_data("webauthn.create", options);
        self.credentials.push(Credential { id: id.clone(), user, key });
        Some(json!({
            "id": text(&id), "rawId": text(&id), "type": "public-key", "authenticatorAttachment": "platform",
            "response": {"clientDataJSON": text(client.as_bytes()), "attestationObject": text(&object), "transports": ["internal"]},
            "clientExtensionResults": {"credProps": {"rk": true}, "prf": {"enabled": true}}
        }))
    }

    /// Says from now on that its newest credential is somebody else's.
    pub fn lie_about_user(&mut self, user: &[u8]) {
        self.credentials.last_mut().unwrap().user = user.to_vec();
    }

    /// Signs with its newest fitting credential for `navigator.credentials.get(options)`; `None` when it has none.
    pub fn get(&mut self, options: &Value) -> Option<Value> {
        let options = &options["publicKey"];
        let allowed: Vec<Vec<u8>> =
            options["allowCredentials"].as_array().into_iter().flatten().map(|c| bytes(&c["id"])).collect();
        let at = self.credentials.iter().rposition(|c| allowed.is_empty() || allowed.contains(&c.id))?;
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let client = self.client_data("webauthn.get", options);
        let signed = [&data[..], digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let Credential { id, user, key } = &self.credentials[at];
        let signature = key.sign(&SystemRandom::new(), &signed).unwrap();
        let user = if self.tells_user { json!(text(user)) } else { Value::Null };
        Some(json!({
            "id": text(id), "rawId": text(id), "type": "public-key", "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": text(client.as_bytes()), "authenticatorData": text(&data),
                "signature": text(signature.as_ref()), "userHandle": user
            },
            "clientExtensionResults": {"prf": {"results": {"first": "c2VjcmV0"}}}
        }))
    }
}
