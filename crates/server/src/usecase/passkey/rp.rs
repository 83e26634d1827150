//! The relying party of `WebAuthn`: the library with our site's settings, and its JSON with the browser.
//!
//! Registration asks for a discoverable credential (so that nobody types a name to sign in) with user verification, and for no attestation: which
//! make an authenticator is of is none of our business. The library checks challenge, origin, relying party, user verification, signature and counter.

use crate::config::PasskeySettings;
use crate::usecase::error::{Kind, UseError, Used};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::url::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    Credential, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

/// Longest credential id, in bytes (`WebAuthn` Level 2 section 4, Credential ID).
pub const MAX_CREDENTIAL_ID: usize = 1023;
/// Longest record of a credential, in bytes.
const MAX_RECORD: usize = 16 * 1024;

/// Passkeys of our site.
pub struct Passkeys {
    rp: Webauthn,
    origins: Vec<Url>,
    any_port: bool,
}

/// What a passkey said that was used.
pub(super) struct Shown {
    /// The passkey with its new counter and flags.
    pub(super) passkey: Passkey,
    /// Whether it is backed up beyond one device.
    pub(super) synced: bool,
}

/// A refusal of the library's, with our code. Why in particular is for the log: whoever forges learns nothing.
fn refused(error: &WebauthnError) -> UseError {
    tracing::info!(%error, "a passkey was refused");
    let (code, sentence) = match error {
        WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash => {
            ("passkey_other_site", "this passkey was used on another site")
        }
        WebauthnError::CredentialPossibleCompromise => {
            ("passkey_copied", "this passkey seems to exist twice; remove it and make a new one")
        }
        WebauthnError::UserNotVerified => {
            ("passkey_unverified", "the device did not check that it is you; unlock it by fingerprint, face or PIN")
        }
        _ => ("passkey_refused", "this passkey cannot be accepted"),
    };
    UseError::new(Kind::Forbidden, code, sentence)
}

fn broken(what: &str) -> impl Fn(serde_json::Error) -> UseError {
    move |error| UseError::broken("passkey_state", format!("{what}: {error}"))
}

/// What the browser sent, as the library reads it. The results of extensions are dropped: a PRF secret that an app sends by mistake is looked at by nobody.
fn answer<T: DeserializeOwned>(mut credential: Value) -> Used<T> {
    let malformed = || UseError::invalid("passkey_malformed", "this is no public key credential");
    let members = credential.as_object_mut().ok_or_else(malformed)?;
    for name in ["extensions", "clientExtensionResults"] {
        members.remove(name);
    }
    serde_json::from_value(credential).map_err(|_| malformed())
}

/// A ceremony's state for the store.
pub(super) fn kept(state: &impl Serialize) -> Used<Value> {
    serde_json::to_value(state).map_err(broken("a ceremony"))
}

/// A credential's record for the store.
pub(super) fn record(passkey: &Passkey) -> Used<String> {
    let text = serde_json::to_string(passkey).map_err(broken("a credential"))?;
    if text.len() > MAX_RECORD || passkey.cred_id().len() > MAX_CREDENTIAL_ID {
        return Err(UseError::invalid("passkey_malformed", "this credential is longer than any passkey"));
    }
    Ok(text)
}

/// A credential's record from the store.
pub(super) fn opened(record: &str) -> Used<Passkey> {
    serde_json::from_str(record).map_err(broken("a credential"))
}

/// Whether a credential is backed up beyond one device.
pub(super) fn is_synced(passkey: &Passkey) -> bool {
    Credential::from(passkey.clone()).backup_state
}

impl Passkeys {
    /// For the site of the settings.
    ///
    /// # Errors
    /// Settings that cannot be used, in a sentence.
    pub fn new(settings: &PasskeySettings) -> Result<Self, String> {
        let origins = settings
            .origins
            .iter()
            .map(|text| Url::parse(text).map_err(|e| format!("{text}: {e}")))
            .collect::<Result<Vec<_>, _>>()?;
        let first = origins.first().ok_or("passkeys need an origin")?;
        let mut builder = WebauthnBuilder::new(&settings.rp_id, first)
            .map_err(|e| e.to_string())?
            .rp_name("路证 Luzheng")
            .allow_any_port(settings.any_port);
        for origin in &origins[1..] {
            builder = builder.append_allowed_origin(origin);
        }
        let rp = builder.build().map_err(|e| e.to_string())?;
        Ok(Self { rp, origins, any_port: settings.any_port })
    }

    /// Whether a browser that asks under this host (and port) can use them: under an IP address, or another name of the server, it cannot.
    pub fn at(&self, host: &str) -> bool {
        let Ok(asked) = Url::parse(&format!("https://{host}")) else { return false };
        self.origins.iter().any(|origin| {
            // The port as the Host header has it: none when it is the scheme's own.
            asked.host_str() == origin.host_str() && (self.any_port || asked.port() == origin.port())
        })
    }

    /// Begins to make a passkey: what the browser is told, and what is kept. `known` are those that the account has already.
    pub(super) fn begin_registration(
        &self,
        person: Uuid,
        name: &str,
        known: &[Passkey],
    ) -> Used<(Value, PasskeyRegistration)> {
        let exclude = known.iter().map(|passkey| passkey.cred_id().clone()).collect();
        let (options, state) =
            self.rp.start_passkey_registration(person, name, name, Some(exclude)).map_err(|e| refused(&e))?;
        let mut options = kept(&options)?;
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = json!("required");
        selection["requireResidentKey"] = json!(true);
        Ok((options, state))
    }

    /// Takes the passkey that was made.
    pub(super) fn finish_registration(&self, credential: Value, state: Value) -> Used<Passkey> {
        if credential["clientExtensionResults"]["credProps"]["rk"] == json!(false) {
            let sentence =
                "this device did not keep the passkey in itself, so that it could not sign you in; use another one";
            return Err(UseError::refused("passkey_not_discoverable", sentence));
        }
        let credential: RegisterPublicKeyCredential = answer(credential)?;
        let state: PasskeyRegistration = serde_json::from_value(state).map_err(broken("a ceremony"))?;
        self.rp.finish_passkey_registration(&credential, &state).map_err(|e| refused(&e))
    }

    /// Begins to use a passkey. With `known` only one of these will do; otherwise the device offers what it has for this site.
    pub(super) fn begin_use(&self, known: &[Passkey]) -> Used<(Value, DiscoverableAuthentication)> {
        let (mut options, state) = self.rp.start_discoverable_authentication().map_err(|e| refused(&e))?;
        // Whether the browser offers it in a form field or at once is the app's to choose.
        options.mediation = None;
        let mut options = kept(&options)?;
        let id = |passkey: &Passkey| URL_SAFE_NO_PAD.encode(passkey.cred_id());
        let allowed: Vec<Value> =
            known.iter().map(|passkey| json!({"type": "public-key", "id": id(passkey)})).collect();
        options["publicKey"]["allowCredentials"] = json!(allowed);
        Ok((options, state))
    }

    /// Reads which passkey the browser used: the credential's id, and whose it says it is.
    pub(super) fn used(credential: Value) -> Used<(PublicKeyCredential, Option<Uuid>)> {
        let credential: PublicKeyCredential = answer(credential)?;
        let whose = match credential.get_user_unique_id() {
            None => None,
            Some(bytes) => Some(Uuid::from_slice(bytes).map_err(|_| {
                UseError::invalid("passkey_malformed", "the credential names nobody that could be here")
            })?),
        };
        Ok((credential, whose))
    }

    /// Checks what a passkey signed against its record.
    pub(super) fn finish_use(
        &self,
        credential: &PublicKeyCredential,
        state: Value,
        mut passkey: Passkey,
    ) -> Used<Shown> {
        let state: DiscoverableAuthentication = serde_json::from_value(state).map_err(broken("a ceremony"))?;
        let result =
            self.rp.finish_discoverable_authentication_v2(credential, state, &passkey).map_err(|e| refused(&e))?;
        if !result.user_verified() {
            return Err(refused(&WebauthnError::UserNotVerified));
        }
        passkey.update_credential(&result);
        Ok(Shown { synced: result.backup_state(), passkey })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_decides_whether_passkeys_are_offered() {
        let demo = Passkeys::new(&PasskeySettings::localhost()).unwrap();
        for host in ["localhost", "localhost:8080", "LOCALHOST:43211"] {
            assert!(demo.at(host), "{host}");
        }
        for host in
            ["127.0.0.1:8080", "[::1]:8080", "192.168.1.7:8443", "lz.example.cn", "localhost.evil.cn", "", "a b"]
        {
            assert!(!demo.at(host), "{host}");
        }
        let site = Passkeys::new(&PasskeySettings {
            rp_id: "example.cn".into(),
            origins: vec!["https://lz.example.cn".into(), "https://m.example.cn:8443".into()],
            any_port: false,
        })
        .unwrap();
        assert!(site.at("lz.example.cn") && site.at("lz.example.cn:443") && site.at("m.example.cn:8443"));
        assert!(!site.at("lz.example.cn:8443") && !site.at("example.cn") && !site.at("m.example.cn"));
    }

    #[test]
    fn what_is_no_credential_is_said_to_be_none() {
        for credential in [json!(null), json!([]), json!({}), json!({"id": 1}), json!({"id": "x", "rawId": "!!"})] {
            assert_eq!(Passkeys::used(credential.clone()).unwrap_err().code, "passkey_malformed", "{credential}");
        }
    }

    #[test]
    fn a_registration_asks_for_a_passkey_that_signs_in_by_itself() {
        let passkeys = Passkeys::new(&PasskeySettings::localhost()).unwrap();
        let (options, _) = passkeys.begin_registration(Uuid::from_u128(7), "张*丰", &[]).unwrap();
        let public_key = &options["publicKey"];
        assert_eq!(public_key["rp"]["id"], "localhost");
        assert_eq!(public_key["attestation"], "none");
        assert_eq!(
            public_key["authenticatorSelection"],
            json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"})
        );
        let (options, _) = passkeys.begin_use(&[]).unwrap();
        assert_eq!(options["publicKey"]["userVerification"], "required");
        assert_eq!((&options["publicKey"]["allowCredentials"], options.get("mediation")), (&json!([]), None));
    }
}
