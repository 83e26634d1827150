//! Access tokens: what a partner gets for an assertion, good for a quarter of an hour. A token carries what it permits under a keyed digest of
//! the vault's index key, which every process of ours has: to know one, nobody has to be asked. What its client may do now still counts, as the
//! registry in memory has it: a client, a key or a scope that was ended ends its tokens too.

use super::assertion::{self, Assertion};
use super::registry::{self, Client};
use super::scope::Scopes;
use crate::app::App;
use crate::usecase::error::{Kind, UseError, Used};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use luzheng_credential::sign::KeyId;
use luzheng_store::Vault;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a token is good for, in seconds.
pub const LIFE_S: i64 = 900;
/// How many tokens a client may have made within a minute by one process.
pub const TOKENS_A_MINUTE: u32 = 60;
/// What a token begins with, so that one that leaked is recognised for what it is.
const PREFIX: &str = "lzp_";
/// The only form of token there is.
const FORM: u8 = 1;
/// Form, client, key, scopes, end.
const BODY: usize = 1 + 16 + 8 + 2 + 8;
/// With the keyed digest.
const TOKEN: usize = BODY + 16;
/// As base64url: three bytes become four characters, and none are left over, so that every text is its only one.
const CODED: usize = TOKEN / 3 * 4;
const _: () = assert!(TOKEN.is_multiple_of(3));
/// What the keyed digest is separated by.
const DOMAIN: &str = "partner access token";
/// How long asking for a token waits for the database, which remembers that an assertion was used.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the form of RFC 6749 section 4.4.2 carries.
#[derive(Debug, Default)]
pub struct TokenRequest {
    /// `client_credentials`.
    pub grant_type: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    pub client_assertion_type: Option<String>,
    /// The signed JWT.
    pub client_assertion: Option<String>,
    /// The client; not needed, since the assertion names it.
    pub client_id: Option<String>,
    /// Scopes, separated by spaces; none: all that the client has.
    pub scope: Option<String>,
}

/// A token (RFC 6749 section 5.1).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccessToken)]
pub struct Granted {
    /// The token, for `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// For how many seconds it is good.
    pub expires_in: i64,
    /// What it permits.
    pub scope: String,
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Body {
    client: Uuid,
    key: KeyId,
    scopes: Scopes,
    expires: i64,
}

impl Body {
    fn write(&self, vault: &Vault) -> String {
        let mut bytes = Vec::with_capacity(TOKEN);
        bytes.push(FORM);
        bytes.extend_from_slice(self.client.as_bytes());
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(&self.scopes.bits().to_be_bytes());
        bytes.extend_from_slice(&self.expires.to_be_bytes());
        bytes.extend_from_slice(&vault.index(DOMAIN, &bytes));
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    fn read(text: &str, vault: &Vault) -> Option<Self> {
        let coded = text.strip_prefix(PREFIX).filter(|coded| coded.len() == CODED)?;
        let bytes: [u8; TOKEN] = URL_SAFE_NO_PAD.decode(coded).ok()?.try_into().ok()?;
        let (body, digest) = bytes.split_at(BODY);
        aws_lc_rs::constant_time::verify_slices_are_equal(&vault.index(DOMAIN, body), digest).ok()?;
        let number = |from: usize, to: usize| body[from..to].iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        if body[0] != FORM {
            return None;
        }
        Some(Self {
            client: Uuid::from_slice(&body[1..17]).ok()?,
            key: KeyId::try_from(&body[17..25]).ok()?,
            scopes: Scopes::from_bits(u16::try_from(number(25, 27)).ok()?),
            expires: i64::try_from(number(27, 35)).ok()?,
        })
    }
}

fn bad_request(why: &str) -> UseError {
    UseError::invalid("invalid_request", why)
}

/// The scopes asked for, when the client has them all.
fn scopes(client: &Client, asked: Option<&str>) -> Used<Scopes> {
    let Some(asked) = asked.map(str::trim).filter(|asked| !asked.is_empty()) else { return Ok(client.scopes) };
    let wrong = |why: String| UseError::invalid("invalid_scope", why);
    let asked = Scopes::parse(asked).map_err(|word| wrong(format!("there is no scope {word}")))?;
    match asked.iter().find(|scope| !client.scopes.contains(*scope)) {
        Some(scope) => Err(wrong(format!("the scope {} was not given to you", scope.code()))),
        None => Ok(asked),
    }
}

/// Remembers that an assertion was used. Answers whether the store remembers it too; if it does not answer, this process alone does.
async fn use_once(app: &App, client: Uuid, assertion: &Assertion, now: Timestamp) -> Used<bool> {
    let again = || assertion::refused("this assertion was used before; make a new one, with a new `jti`, each time");
    if !assertion::first_use(app, assertion, now)? {
        return Err(again());
    }
    let write = async {
        let mut tx = app.store.write().await?;
        let first = tx.use_partner_assertion(client, assertion.digest, assertion.expires_at).await?;
        tx.commit().await?;
        Used::Ok(first)
    };
    match tokio::time::timeout(PATIENCE, write).await {
        Ok(Ok(true)) => Ok(true),
        Ok(Ok(false)) => Err(again()),
        Ok(Err(error)) => {
            tracing::warn!(code = error.code, %error, "an assertion could not be remembered in the store");
            Ok(false)
        }
        Err(_) => {
            tracing::warn!("an assertion could not be remembered in the store in time");
            Ok(false)
        }
    }
}

/// A token for an assertion. When the database does not answer, it permits what needs none: verification goes on.
///
/// # Errors
/// With the codes of RFC 6749 section 5.2: `invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope`; and
/// `temporarily_unavailable`.
pub async fn issue(app: &App, request: &TokenRequest) -> Used<Granted> {
    let now = app.clock.now();
    match request.grant_type.as_deref() {
        None => return Err(bad_request("grant_type is missing")),
        Some("client_credentials") => {}
        Some(_) => return Err(UseError::invalid("unsupported_grant_type", "grant_type must be client_credentials")),
    }
    if request.client_assertion_type.as_deref() != Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
        let why = "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer: clients prove who they are by a key";
        return Err(bad_request(why));
    }
    let text = request.client_assertion.as_deref().ok_or_else(|| bad_request("client_assertion is missing"))?;
    let id = assertion::subject(text)?;
    if request.client_id.as_deref().is_some_and(|given| given.parse() != Ok(id)) {
        return Err(bad_request("client_id is not the one that the assertion names"));
    }
    let client = registry::find(app, id, now).await?.ok_or_else(assertion::not_by_client)?;
    let assertion = assertion::check(text, &client, &app.settings.sign_in.site_url, now)?;
    app.partners.tokens.count(Some(&id.to_string()), now)?;
    let scopes = scopes(&client, request.scope.as_deref())?;
    let remembered = use_once(app, id, &assertion, now).await?;
    let scopes = if remembered { scopes } else { scopes.and(Scopes::without_database()) };
    if scopes.is_empty() {
        let why = "what was asked for needs the database, which does not answer";
        return Err(UseError::new(Kind::Unavailable, "temporarily_unavailable", why));
    }
    metrics::counter!("luzheng_partner_tokens_total").increment(1);
    let body = Body { client: id, key: assertion.key, scopes, expires: now.as_second() + LIFE_S };
    Ok(Granted {
        access_token: body.write(app.store.vault()),
        token_type: "Bearer".into(),
        expires_in: LIFE_S,
        scope: scopes.to_string(),
    })
}

/// Who shows a token, with what both the token and the partner's registration permit now. Asks the store only when the client is not known here.
///
/// # Errors
/// `invalid_token`: malformed, forged, expired, or its client or key was ended; `registry_stale`.
pub async fn client_of(app: &App, bearer: &str, now: Timestamp) -> Used<Arc<Client>> {
    let wrong = |why| UseError::new(Kind::Unauthenticated, "invalid_token", why);
    let body = Body::read(bearer, app.store.vault()).ok_or_else(|| wrong("this is no access token of ours"))?;
    if now.as_second() >= body.expires {
        return Err(wrong("the access token has expired; ask for a new one"));
    }
    let ended = || wrong("the client or the key behind this access token is no longer registered");
    let client = registry::find(app, body.client, now).await?.ok_or_else(ended)?;
    if !client.keys.iter().any(|key| key.id == body.key) {
        return Err(ended());
    }
    let scopes = client.scopes.and(body.scopes);
    if scopes == client.scopes { Ok(client) } else { Ok(Arc::new(Client { scopes, ..Client::clone(&client) })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_no_other_is() {
        let vault = Vault::new(&[1; 32]);
        let body = Body {
            client: Uuid::from_u128(7),
            key: KeyId::new([9; 8]),
            scopes: Scopes::parse("verify.marks state").unwrap(),
            expires: 1_764_000_000,
        };
        let text = body.write(&vault);
        assert_eq!(Body::read(&text, &vault), Some(body));
        assert_eq!(Body::read(&text, &Vault::new(&[2; 32])), None, "another system's key");
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(Body::read(&changed, &vault), None, "character {at}");
        }
        for cut in [&text[..text.len() - 1], "", "lzp_", &text[4..]] {
            assert_eq!(Body::read(cut, &vault), None);
        }
    }
}
