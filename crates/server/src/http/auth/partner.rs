//! Who is asking as a partner: a client by its access token, or a person of a small firm on an enrolled device.

use super::super::AppState;
use super::super::error::ApiError;
use super::bound::Bound;
use crate::usecase::bound::Holder;
use crate::usecase::error::{Kind, UseError};
use crate::usecase::partner::{Call, registry, token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// A call of a partner. What the partner may is asked of [`Call::client`].
#[derive(Debug)]
pub struct PartnerCall(pub Call);

/// A call that is not a partner's, with the challenge that RFC 6750 section 3 asks for.
#[derive(Debug)]
pub struct NotAPartner(ApiError);

impl<E: Into<ApiError>> From<E> for NotAPartner {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for NotAPartner {
    fn into_response(self) -> Response {
        let challenge = match (self.0.0.kind, self.0.0.code) {
            (Kind::Unauthenticated, "invalid_token") => Some("Bearer realm=\"luzheng\", error=\"invalid_token\""),
            (Kind::Unauthenticated, _) => Some("Bearer realm=\"luzheng\""),
            _ => None,
        };
        let mut response = self.0.into_response();
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl FromRequestParts<AppState> for PartnerCall {
    type Rejection = NotAPartner;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotAPartner> {
        let now = state.clock.now();
        let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
        if let Some(one) = given.next() {
            let wrong = || UseError::new(Kind::Unauthenticated, "invalid_token", "show one access token as `Bearer …`");
            let bearer = one.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).ok_or_else(wrong)?;
            if given.next().is_some() {
                return Err(wrong().into());
            }
            let client = token::client_of(state, bearer.trim(), now).await?;
            return Ok(Self(Call { client, member: None }));
        }
        let Bound(bound) = Bound::from_request_parts(parts, state).await?;
        let Holder::PartnerMember(member) = &bound.holder else {
            let sentence = "this needs a sign-in as a member of a partner firm";
            return Err(UseError::new(Kind::Forbidden, "wrong_role", sentence).into());
        };
        let ended = || UseError::new(Kind::Unauthenticated, "sign_in_required", "this firm is no longer registered");
        let (client, member) = registry::find_member(state, member.id, now).await?.ok_or_else(ended)?;
        Ok(Self(Call { client, member: Some(member) }))
    }
}
