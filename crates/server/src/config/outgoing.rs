//! What leaves the system towards people: web push, SMS gateway, mail server. Without a gateway or server that channel is not offered.

use super::{ConfigError, variable};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// TLS from the first byte (port 465).
    #[default]
    Tls,
    /// Plain until STARTTLS, which is required (port 587).
    Starttls,
    /// None: only for a relay on the same machine.
    None,
}

/// An SMS gateway that takes JSON by HTTP POST.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsGateway {
    /// Where to post.
    pub url: String,
    /// The header that carries the secret, with what stands before it, e.g. `authorization` and `Bearer `.
    pub header: (String, String),
    /// The secret.
    pub secret: Option<String>,
    /// The JSON member for the phone number and the one for the text.
    pub members: (String, String),
    /// Members sent besides, e.g. a template or a signature.
    pub extra: BTreeMap<String, String>,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port; by default 465, 587 or 25 as the encryption says.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// User and password, when it asks for them.
    pub login: Option<(String, String)>,
    /// The sender's address.
    pub from: String,
}

/// Everything about what leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// Who sends, for push services that want to complain: `mailto:` or `https:` (RFC 8292 section 2.1). Default: the site itself.
    pub push_contact: Option<String>,
    /// Addresses inside the own network and plain HTTP are allowed: tests, the demonstration, a gateway beside the server.
    pub allow_private: bool,
    /// The SMS gateway.
    pub sms: Option<SmsGateway>,
    /// The mail server.
    pub mail: Option<MailServer>,
}

impl std::fmt::Debug for SmsGateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsGateway({})", self.url)
    }
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailServer({})", self.host)
    }
}

/// The table `[outgoing]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OutgoingTable {
    push_contact: Option<String>,
    allow_private: Option<bool>,
    sms: Option<SmsTable>,
    mail: Option<MailTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SmsTable {
    url: Option<String>,
    header: Option<String>,
    prefix: Option<String>,
    secret_file: Option<PathBuf>,
    to: Option<String>,
    text: Option<String>,
    extra: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MailTable {
    host: Option<String>,
    port: Option<u16>,
    encryption: Encryption,
    user: Option<String>,
    password_file: Option<PathBuf>,
    from: Option<String>,
}

fn secret(name: &'static str, file: Option<&Path>) -> Result<Option<String>, ConfigError> {
    match (variable(name), file) {
        (Some(value), _) => Ok(Some(value)),
        (None, Some(path)) => std::fs::read_to_string(path)
            .map(|text| Some(text.trim().to_owned()))
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source }),
        (None, None) => Ok(None),
    }
}

impl Outgoing {
    /// From the file's table and the variables.
    pub(super) fn read(table: OutgoingTable) -> Result<Self, ConfigError> {
        let push_contact = variable("LUZHENG_PUSH_CONTACT").or(table.push_contact);
        if push_contact.as_ref().is_some_and(|c| !c.starts_with("mailto:") && !c.starts_with("https://")) {
            return Err(ConfigError::Value {
                name: "LUZHENG_PUSH_CONTACT",
                why: "the contact for push services is a mailto: or https: address".into(),
            });
        }
        let allow_private = match variable("LUZHENG_ALLOW_PRIVATE").as_deref() {
            Some("1" | "true" | "yes") => true,
            Some("0" | "false" | "no") => false,
            Some(other) => {
                return Err(ConfigError::Value {
                    name: "LUZHENG_ALLOW_PRIVATE",
                    why: format!("“{other}” is neither yes nor no"),
                });
            }
            None => table.allow_private.unwrap_or(false),
        };
        Ok(Self {
            push_contact,
            allow_private,
            sms: sms(table.sms.unwrap_or_default(), allow_private)?,
            mail: mail(table.mail.unwrap_or_default())?,
        })
    }
}

fn sms(table: SmsTable, allow_private: bool) -> Result<Option<SmsGateway>, ConfigError> {
    let Some(url) = variable("LUZHENG_SMS_URL").or(table.url) else { return Ok(None) };
    let reachable = url.starts_with("https://") || (allow_private && url.starts_with("http://"));
    if !reachable {
        return Err(ConfigError::Value {
            name: "LUZHENG_SMS_URL",
            why: "the SMS gateway is reached by https; plain http only with LUZHENG_ALLOW_PRIVATE".into(),
        });
    }
    Ok(Some(SmsGateway {
        url,
        header: (
            table.header.unwrap_or_else(|| "authorization".into()),
            table.prefix.unwrap_or_else(|| "Bearer ".into()),
        ),
        secret: secret("LUZHENG_SMS_SECRET", table.secret_file.as_deref())?,
        members: (table.to.unwrap_or_else(|| "to".into()), table.text.unwrap_or_else(|| "text".into())),
        extra: table.extra,
    }))
}

fn mail(table: MailTable) -> Result<Option<MailServer>, ConfigError> {
    let Some(host) = variable("LUZHENG_MAIL_HOST").or(table.host) else { return Ok(None) };
    let from = variable("LUZHENG_MAIL_FROM").or(table.from).ok_or(ConfigError::Value {
        name: "LUZHENG_MAIL_FROM",
        why: "a mail server is named but no sender's address".into(),
    })?;
    let password = secret("LUZHENG_MAIL_PASSWORD", table.password_file.as_deref())?;
    let login = match (variable("LUZHENG_MAIL_USER").or(table.user), password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        _ => {
            return Err(ConfigError::Value {
                name: "LUZHENG_MAIL_USER",
                why: "a mail server's user and password are given together".into(),
            });
        }
    };
    if login.is_some() && table.encryption == Encryption::None {
        return Err(ConfigError::Value {
            name: "outgoing.mail.encryption",
            why: "a password is never sent without encryption".into(),
        });
    }
    Ok(Some(MailServer { host, port: table.port, encryption: table.encryption, login, from }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Outgoing, ConfigError> {
        Outgoing::read(toml::from_str(text).unwrap())
    }

    #[test]
    fn nothing_said_means_nothing_but_push() {
        assert_eq!(read("").unwrap(), Outgoing::default());
    }

    #[test]
    fn a_gateway_and_a_server_are_read_and_never_printed() {
        let out = read(
            "[sms]\nurl = \"https://sms.example.cn/send\"\nto = \"mobile\"\nextra = { sign = \"路证\" }\n[mail]\nhost = \"mail.example.cn\"\nfrom = \"a@example.cn\"\n",
        )
        .unwrap();
        let sms = out.sms.clone().unwrap();
        assert_eq!(sms.members, ("mobile".into(), "text".into()));
        assert_eq!(sms.extra["sign"], "路证");
        assert_eq!(out.mail.clone().unwrap().encryption, Encryption::Tls);
        let gateway = SmsGateway { secret: Some("hush".into()), ..sms };
        assert!(!format!("{gateway:?}").contains("hush"));
    }

    #[test]
    fn what_would_leak_or_cannot_work_is_refused() {
        for text in [
            "push_contact = \"somebody\"",
            "[sms]\nurl = \"http://sms.example.cn\"",
            "[mail]\nhost = \"m\"",
            "[mail]\nhost = \"m\"\nfrom = \"a@b\"\nuser = \"u\"",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("allow_private = true\n[sms]\nurl = \"http://127.0.0.1:9\"").is_ok());
    }
}
