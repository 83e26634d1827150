//! What lies outside the process and is reached through a file of its own: the PKCS#11 token, other servers, and the ways notices take.

pub mod http;
pub mod mail;
pub mod oidc;
pub mod push;
pub mod sink;
pub mod sms;
#[cfg(feature = "pkcs11")]
pub mod token;
pub mod web;
pub mod webhook;

use crate::config::Settings;
use crate::usecase::channel::{Channel, ChannelKind, Outbox, Ways};
use crate::usecase::error::{UseError, Used};
use crate::usecase::identity_platform::Platform;
use std::sync::Arc;

/// The ways that the settings ask for, with the key by which push services know us. In the demonstration text messages and mail stay in its outbox
/// unless a gateway or server is named.
///
/// # Errors
/// The key or a setting cannot be used.
pub fn ways(settings: &Settings, push_key: &[u8]) -> Used<Ways> {
    let outgoing = &settings.outgoing;
    let contact = outgoing.push_contact.clone().unwrap_or_else(|| format!("https://{}", settings.code_host));
    let sender = push::Sender::new(push_key, contact).map_err(|e| UseError::broken("push_key", e.to_string()))?;
    let sender = Arc::new(sender);
    let mut channels: Vec<Arc<dyn Channel>> =
        vec![Arc::new(push::Push::new(Arc::clone(&sender), outgoing.allow_private))];
    let outbox = settings.demo.then(|| Arc::new(Outbox::default()));
    let sink = |kind| outbox.as_ref().map(|o| Arc::new(sink::Sink::new(kind, Arc::clone(o))) as Arc<dyn Channel>);
    match &outgoing.sms {
        Some(gateway) => channels.push(Arc::new(sms::Sms::new(gateway.clone(), outgoing.allow_private))),
        None => channels.extend(sink(ChannelKind::Sms)),
    }
    match &outgoing.mail {
        Some(server) => {
            let mail = mail::Mail::new(server).map_err(|e| UseError::unavailable("mail_server", e.to_string(), e))?;
            channels.push(Arc::new(mail));
        }
        None => channels.extend(sink(ChannelKind::Email)),
    }
    Ok(Ways { channels, push_key: sender.public_key(), outbox })
}

/// The identity platform of the settings, when they name one.
///
/// # Errors
/// A setting cannot be used.
pub fn platform(settings: &Settings) -> Used<Option<Arc<dyn Platform>>> {
    let Some(platform) = &settings.sign_in.platform else { return Ok(None) };
    let redirect = format!("{}{}", settings.sign_in.site_url, crate::usecase::identity_platform::CALLBACK);
    let oidc = oidc::Oidc::new(platform.clone(), redirect, settings.outgoing.allow_private)
        .map_err(|why| UseError::unavailable("platform_settings", why.clone(), why))?;
    Ok(Some(Arc::new(oidc)))
}
