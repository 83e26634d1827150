//! A small country: cars with marks, and a partner who verifies.

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luzheng::app::{App, Opening};
use luzheng::clock::{Clock, china_date};
use luzheng::config::Settings;
use luzheng::usecase::catch_up;
use luzheng::usecase::event::apply_event;
use luzheng::usecase::partner::admin::{self, NewPartner};
use luzheng::usecase::partner::jwk::Jwk;
use luzheng::usecase::partner::token::{self, TokenRequest};
use luzheng::usecase::partner::{ClientKind, Regions, Scopes};
use luzheng_credential::qr::{message, text};
use luzheng_credential::sign::{Algorithm, FileKey, PublicKey, SIGNATURE_LEN, Signer};
use luzheng_domain::credential::CredentialKind;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// The operator in the journal.
const OPERATOR: &str = "bench";

/// A signature with what it is over and by whom.
pub struct Signature {
    key: PublicKey,
    signed: Vec<u8>,
    signature: [u8; SIGNATURE_LEN],
}

impl Signature {
    /// Whether it is good.
    pub fn verify(&self) -> bool {
        self.key.verify(&self.signed, &self.signature).is_ok()
    }
}

/// What was settled.
pub struct Country {
    /// The system.
    pub app: Arc<App>,
    /// The text of a code for every mark.
    pub codes: Vec<String>,
    /// The signature in each.
    pub signatures: Vec<Signature>,
    /// A partner's token.
    pub token: String,
}

impl Country {
    /// Settles so many cars in the store that the environment names.
    pub async fn settle(cars: u32) -> anyhow::Result<Self> {
        let opened = App::open(Settings::read(None)?, Clock::system(), Opening::PrepareWhenEmpty).await;
        let (app, _) = opened.map_err(|error| anyhow!("{}: {error}", error.code))?;
        let mut vehicles = Vec::new();
        for number in 0..cars {
            let receipt = apply_event(&app, &registered(&app, number)).await?;
            vehicles.push(receipt.vehicle.with_context(|| format!("car {number} was not registered"))?);
        }
        catch_up(&app).await?;
        let (mut codes, mut signatures) = (Vec::new(), Vec::new());
        for vehicle in vehicles {
            let (code, signature) = mark(&app, vehicle).await?;
            codes.push(code);
            signatures.push(signature);
        }
        let token = partner(&app).await?;
        Ok(Self { app, codes, signatures, token })
    }
}

fn registered(app: &App, number: u32) -> String {
    let today = china_date(app.clock.now());
    let event = json!({
        "source": "bench", "id": format!("r{number}"), "type": "vehicle.registered", "occurred_at": app.clock.now(),
        "subject": {"vin": format!("WVWZZZ4CZ{number:08}")},
        "data": {
            "plate_number": format!("苏E{number:05}"), "plate_type": "02", "vehicle_type": "K33", "use_nature": "A", "seats": 5,
            "registered_on": today, "energy": "A", "division": "320500", "owner_kind": "individual",
            "owner_id": "11010519491231002X", "owner_name": "虚构",
            "insurance_until": today.saturating_add(jiff::Span::new().days(364)),
        }
    });
    event.to_string()
}

async fn mark(app: &App, vehicle: Uuid) -> anyhow::Result<(String, Signature)> {
    let mut tx = app.store.read().await?;
    let found = tx.find_current_credential(vehicle, CredentialKind::InspectionMark).await?.context("a mark")?;
    let signed = tx.find_signed(found.subject, found.id).await?.context("it is signed")?;
    let issued = message::split(&signed.message)?.issued;
    let published = app.published();
    let key = published.trust.as_ref().and_then(|trust| trust.find(issued.kid)).context("its key is trusted")?;
    let signature =
        Signature { key: key.public_key.clone(), signed: issued.to_be_signed(), signature: *issued.signature };
    Ok((text::primary(&app.settings.code_host, &signed.message), signature))
}

/// A partner with all scopes and no limits to speak of, and a token for it.
async fn partner(app: &App) -> anyhow::Result<String> {
    let failed = |error: luzheng::usecase::error::UseError| anyhow!("{}: {error}", error.code);
    let kind = *ClientKind::ALL.first().context("a kind of partner")?;
    let limit = Some(admin::MAX_LIMIT);
    let (name, name_en) = ("测速".to_owned(), "Bench".to_owned());
    let scopes = Scopes::all();
    let new = NewPartner { name, name_en, kind, scopes, regions: Regions::All, day_limit: limit, minute_limit: limit };
    let client = admin::register(app, &new, OPERATOR).await.map_err(failed)?;
    let key = FileKey::generate(Algorithm::Es256)?;
    let jwk = serde_json::to_string(&Jwk::of(key.public_key(), "bench").map_err(failed)?)?;
    admin::add_keys(app, client, &jwk, OPERATOR).await.map_err(failed)?;
    let now = app.clock.now().as_second();
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({"iss": client, "sub": client, "aud": app.settings.sign_in.site_url, "iat": now, "exp": now + 60, "jti": "bench-token"});
    let signed = format!("{}.{}", part(json!({"alg": "ES256", "kid": "bench"})), part(claims));
    let signature = key.sign(signed.as_bytes()).map_err(|error| anyhow!("{error}"))?;
    let request = TokenRequest {
        grant_type: Some("client_credentials".into()),
        client_assertion_type: Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into()),
        client_assertion: Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))),
        ..TokenRequest::default()
    };
    Ok(token::issue(app, &request).await.map_err(failed)?.access_token)
}
