//! An OpenID Connect provider: discovery and keys kept with their age, the authorisation code flow with PKCE, and the ID token verified.
//!
//! The library builds requests and verifies answers (OpenID Connect Core 1.0 section 3.1.3.7, Discovery 1.0, RFC 7636); the calls are ours: no
//! redirects, short waits, small answers, and no address inside the own network unless the settings allow it.

use super::http;
use crate::config::PlatformSettings;
use crate::usecase::identity_platform::{Asking, Failed, Identity, Platform, Waiting};
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthenticationContextClass, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenClaims, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// Largest document that is read from the platform, in bytes.
pub const MAX_DOCUMENT: u64 = 256 * 1024;
/// For so long discovery and keys are used without asking again.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// For so long they are used when the platform cannot be asked.
const USABLE: SignedDuration = SignedDuration::from_hours(24);
/// A key that is not known makes us ask again, but not more often than this.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// How far the platform's clock may be ahead of ours, and how old an ID token may be when it comes.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
const MAX_AGE: SignedDuration = SignedDuration::from_mins(10);
/// Longest wait for all calls of one step together: less than our own pages may take, so that the person is told what is the matter.
const WAIT: Duration = Duration::from_secs(25);
/// For so long after a failure nobody else waits for the same.
const DOWN: SignedDuration = SignedDuration::from_secs(10);
/// Longest subject identifier, in bytes (OpenID Connect Core 1.0 section 2).
const MAX_SUBJECT: usize = 255;
/// Longest claim that is taken, in bytes.
const MAX_CLAIM: usize = 256;

/// Every claim that the standard does not name.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Others(Map<String, Value>);
impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Answer = StandardTokenResponse<Fields, CoreTokenType>;
type Claims = IdTokenClaims<Others, CoreGenderClaim>;
type Rp = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A call that did not come about, in words that name no address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct CallError(String);

/// What is known of the platform, and since when.
struct Known {
    metadata: CoreProviderMetadata,
    at: Timestamp,
}

/// What is remembered between calls.
#[derive(Default)]
struct Memory {
    known: Option<Known>,
    /// When the platform did not describe itself, and why.
    failed: Option<(Timestamp, String)>,
}

struct Inner {
    settings: PlatformSettings,
    redirect: RedirectUrl,
    client: ureq::Agent,
    memory: Mutex<Memory>,
}

/// The identity platform of the settings.
pub struct Oidc(Arc<Inner>);

impl Oidc {
    /// The platform, answering to `redirect`; nothing is asked of it yet.
    ///
    /// # Errors
    /// An address that cannot be one.
    pub fn new(settings: PlatformSettings, redirect: String, allow_private: bool) -> Result<Self, String> {
        let redirect = RedirectUrl::new(redirect).map_err(|e| e.to_string())?;
        let client = http::client(allow_private);
        Ok(Self(Arc::new(Inner { settings, redirect, client, memory: Mutex::default() })))
    }

    /// The calls wait for answers: they do so on a thread of their own.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, Failed> {
        let inner = Arc::clone(&self.0);
        match tokio::time::timeout(WAIT, tokio::task::spawn_blocking(move || work(&inner))).await {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => Err(Failed::Down(format!("the call ended: {error}"))),
            Err(_) => Err(Failed::Down("no answer in time".into())),
        }
    }
}

impl Platform for Oidc {
    fn name(&self) -> (&str, &str) {
        (&self.0.settings.name.0, &self.0.settings.name.1)
    }

    fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    fn address<'a>(&'a self, asking: &'a Asking, now: Timestamp) -> Waiting<'a, String> {
        let asking = asking.clone();
        Box::pin(self.apart(move |inner| {
            let rp = inner.rp(inner.metadata(now, FRESH)?);
            Ok(inner.address(&rp, &asking))
        }))
    }

    fn identity<'a>(&'a self, code: &'a str, asking: &'a Asking, now: Timestamp) -> Waiting<'a, Identity> {
        let (code, asking) = (code.to_owned(), asking.clone());
        Box::pin(self.apart(move |inner| inner.identity(code, &asking, now)))
    }
}

impl Inner {
    /// One call with its ceilings.
    fn call(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let answer = self.client.run(request).map_err(|e| CallError(http::in_words(&e)))?;
        let (head, mut body) = answer.into_parts();
        let bytes = body.with_config().limit(MAX_DOCUMENT).read_to_vec().map_err(|e| CallError(http::in_words(&e)))?;
        Ok(HttpResponse::from_parts(head, bytes))
    }

    /// What is known of the platform, asked anew when it is older than `fresh`.
    fn metadata(&self, now: Timestamp, fresh: SignedDuration) -> Result<CoreProviderMetadata, Failed> {
        let mut memory = self.memory.lock().map_err(|_| Failed::Down("another call broke".into()))?;
        let Memory { known, failed } = &mut *memory;
        let within = |since: Timestamp, age: SignedDuration| now.duration_since(since) < age;
        if let Some(known) = known.as_ref().filter(|known| within(known.at, fresh)) {
            return Ok(known.metadata.clone());
        }
        let asked = match failed.as_ref().filter(|(at, _)| within(*at, DOWN)) {
            Some((_, why)) => Err(why.clone()),
            None => self.ask().inspect_err(|why| *failed = Some((now, why.clone()))),
        };
        match (asked, known.as_ref().filter(|known| within(known.at, USABLE))) {
            (Ok(metadata), _) => {
                (*known, *failed) = (Some(Known { metadata: metadata.clone(), at: now }), None);
                Ok(metadata)
            }
            (Err(why), Some(known)) => {
                tracing::warn!(why, "the identity platform describes itself no more; what was known is used");
                Ok(known.metadata.clone())
            }
            (Err(why), None) => Err(Failed::Down(why)),
        }
    }

    /// Discovery and keys, as the platform has them now.
    fn ask(&self) -> Result<CoreProviderMetadata, String> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|e| e.to_string())?;
        CoreProviderMetadata::discover(&issuer, &|request| self.call(request))
            .map_err(|error| format!("the platform does not describe itself: {error}"))
    }

    fn rp(&self, metadata: CoreProviderMetadata) -> Rp {
        let methods = metadata.token_endpoint_auth_methods_supported().cloned();
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.settings.client_id.clone());
        let rp = Rp::from_provider_metadata(metadata, id, secret).set_redirect_uri(self.redirect.clone());
        // Discovery 1.0 section 3: what is not said is client_secret_basic.
        match methods {
            Some(methods) if !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) => {
                rp.set_auth_type(AuthType::RequestBody)
            }
            _ => rp,
        }
    }

    fn address(&self, rp: &Rp, asking: &Asking) -> String {
        let (state, nonce) = (CsrfToken::new(asking.state.clone()), Nonce::new(asking.nonce.clone()));
        let verifier = PkceCodeVerifier::new(asking.verifier.clone());
        let mut request = rp
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        request = request.set_max_age(Duration::from_secs(u64::try_from(asking.max_age_s).unwrap_or(0)));
        if asking.max_age_s == 0 {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        if asking.real_person {
            for acr in &self.settings.real_person_acr {
                request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
            }
        }
        request.url().0.into()
    }

    fn identity(&self, code: String, asking: &Asking, now: Timestamp) -> Result<Identity, Failed> {
        let rp = self.rp(self.metadata(now, FRESH)?);
        let answer = rp
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|e| Failed::Down(e.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(asking.verifier.clone()))
            .request(&|request| self.call(request))
            .map_err(|error| match error {
                RequestTokenError::Request(error) => Failed::Down(error.to_string()),
                RequestTokenError::ServerResponse(said) => Failed::Refused(said.error().to_string()),
                other => Failed::Untrusted(other.to_string()),
            })?;
        let (rp, claims) = match self.claims(&rp, &answer, asking, now) {
            Ok(claims) => (rp, claims),
            // Keys change without notice (Core section 10.1.1): ask again, once.
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                let rp = self.rp(self.metadata(now, ASK_AGAIN)?);
                let claims = self.claims(&rp, &answer, asking, now).map_err(|e| Failed::Untrusted(e.to_string()))?;
                (rp, claims)
            }
            Err(error) => return Err(Failed::Untrusted(error.to_string())),
        };
        self.facts(&rp, &answer, &claims)
    }

    /// Verifies the ID token: signature, issuer, audience, times, nonce, and that it belongs to the access token.
    fn claims(
        &self,
        rp: &Rp,
        answer: &Answer,
        asking: &Asking,
        now: Timestamp,
    ) -> Result<Claims, ClaimsVerificationError> {
        let other = |why: &str| ClaimsVerificationError::Other(why.to_owned());
        let token = answer.id_token().ok_or_else(|| other("there is no ID token"))?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0));
        let verifier = rp
            .id_token_verifier()
            .set_allowed_algs(asymmetric())
            .set_time_fn(move || at.into())
            .set_issue_time_verifier_fn(move |issued| {
                let age = now.duration_since(Timestamp::from_second(issued.timestamp()).unwrap_or(Timestamp::MIN));
                if age < -SKEW || age > MAX_AGE { Err("issued at another time".into()) } else { Ok(()) }
            });
        let claims = token.claims(&verifier, &Nonce::new(asking.nonce.clone()))?;
        if claims.authorized_party().is_some_and(|party| party.as_str() != self.settings.client_id) {
            return Err(other("it was made for another client"));
        }
        if let Some(hash) = claims.access_token_hash() {
            let wrong = |e: &dyn std::fmt::Display| other(&format!("the access token's digest: {e}"));
            let algorithm = token.signing_alg().map_err(|e| wrong(&e))?;
            let key = token.signing_key(&verifier).map_err(|e| wrong(&e))?;
            let found = AccessTokenHash::from_token(answer.access_token(), algorithm, key).map_err(|e| wrong(&e))?;
            if found != *hash {
                return Err(other("it belongs to another access token"));
            }
        }
        Ok(claims.clone())
    }

    /// What the claims say about the person; what the ID token does not say is asked of the userinfo endpoint.
    fn facts(&self, rp: &Rp, answer: &Answer, claims: &Claims) -> Result<Identity, Failed> {
        let names = &self.settings.claims;
        let mut said = as_map(claims)?;
        let complete = [&names.name, &names.id_number].into_iter().all(|name| said.contains_key(name.as_str()));
        if !complete && let Ok(request) = rp.user_info(answer.access_token().clone(), Some(claims.subject().clone())) {
            let more: UserInfoClaims<Others, CoreGenderClaim> =
                request.request(&|request| self.call(request)).map_err(|e| Failed::Untrusted(e.to_string()))?;
            for (name, value) in as_map(&more)? {
                said.entry(name).or_insert(value);
            }
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > MAX_SUBJECT {
            return Err(Failed::Untrusted("a subject that cannot be one".into()));
        }
        let text = |name: &str| match said.get(name) {
            Some(Value::String(text)) if text.len() <= MAX_CLAIM && !text.trim().is_empty() => {
                Some(text.trim().to_owned())
            }
            _ => None,
        };
        let acr = claims.auth_context_ref().is_some_and(|acr| self.settings.real_person_acr.contains(&**acr));
        let amr = claims
            .auth_method_refs()
            .is_some_and(|all| all.iter().any(|amr| self.settings.real_person_amr.contains(&**amr)));
        Ok(Identity {
            issuer: self.settings.issuer.clone(),
            subject: subject.to_owned(),
            name: text(&names.name),
            id_number: text(&names.id_number),
            phone: text(&names.phone),
            real_person: acr || amr,
            authenticated_at: claims.auth_time().and_then(|at| Timestamp::from_second(at.timestamp()).ok()),
        })
    }
}

fn as_map(claims: &impl Serialize) -> Result<Map<String, Value>, Failed> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Failed::Untrusted("claims that are no object".into())),
    }
}

/// Signatures with a key of the platform's own; a shared secret signs nothing here.
fn asymmetric() -> [CoreJwsSigningAlgorithm; 9] {
    use CoreJwsSigningAlgorithm as A;
    [
        A::RsaSsaPkcs1V15Sha256,
        A::RsaSsaPkcs1V15Sha384,
        A::RsaSsaPkcs1V15Sha512,
        A::RsaSsaPssSha256,
        A::RsaSsaPssSha384,
        A::RsaSsaPssSha512,
        A::EcdsaP256Sha256,
        A::EcdsaP384Sha384,
        A::EdDsa,
    ]
}
