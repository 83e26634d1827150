//! How people sign in besides the one-time code: passkeys, and a government identity platform by OpenID Connect.

use super::{ConfigError, variable};
use openidconnect::url::{Host, Url};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Most origins, scopes, or values of `acr` and `amr` that a list may have.
const MAX_LIST: usize = 20;

/// For which site passkeys are made (WebAuthn, Relying Party).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeySettings {
    /// The domain to which passkeys are bound for good: changing it makes every passkey useless.
    pub rp_id: String,
    /// The origins that may use them, e.g. `https://lz.example.cn`.
    pub origins: Vec<String>,
    /// Any port of these origins will do. Only the demonstration sets this.
    pub any_port: bool,
}

impl PasskeySettings {
    /// What the demonstration and tests have: `localhost`, which browsers trust without TLS, on any port.
    pub fn localhost() -> Self {
        Self {
            rp_id: "localhost".into(),
            origins: vec!["http://localhost".into(), "https://localhost".into()],
            any_port: true,
        }
    }
}

/// Which claims of the platform say what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The name as on the identity card.
    pub name: String,
    /// The identity number.
    pub id_number: String,
    /// The phone.
    pub phone: String,
}

/// A government identity platform.
#[derive(Clone, PartialEq, Eq)]
pub struct PlatformSettings {
    /// Its issuer identifier; `/.well-known/openid-configuration` below it describes the rest.
    pub issuer: String,
    /// As whom we are known there.
    pub client_id: String,
    /// Our secret; a public client has none (PKCE is always used).
    pub client_secret: Option<String>,
    /// What people call it, in Chinese and in English.
    pub name: (String, String),
    /// Scopes asked for besides `openid`.
    pub scopes: Vec<String>,
    /// Where the personal facts stand.
    pub claims: ClaimNames,
    /// Values of `acr` that mean: a real person, checked now (level L3). They are asked for, too.
    pub real_person_acr: Vec<String>,
    /// Values of `amr` that mean the same.
    pub real_person_amr: Vec<String>,
}

impl std::fmt::Debug for PlatformSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlatformSettings({})", self.issuer)
    }
}

/// How people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSettings {
    /// The site as browsers see it, without a slash at the end, e.g. `https://lz.example.cn`.
    pub site_url: String,
    /// Passkeys; absent when the site has no domain (an IP address cannot have passkeys).
    pub passkey: Option<PasskeySettings>,
    /// The identity platform, when there is one.
    pub platform: Option<PlatformSettings>,
}

/// The table `[sign_in]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SignInTable {
    site_url: Option<String>,
    passkey_rp_id: Option<String>,
    passkey_origins: Option<Vec<String>>,
    platform: PlatformTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PlatformTable {
    issuer: Option<String>,
    client_id: Option<String>,
    client_secret_file: Option<PathBuf>,
    name_zh: Option<String>,
    name_en: Option<String>,
    scopes: Option<Vec<String>>,
    claim_name: Option<String>,
    claim_id_number: Option<String>,
    claim_phone: Option<String>,
    real_person_acr: Option<Vec<String>>,
    real_person_amr: Option<Vec<String>>,
}

fn list(name: &'static str, from_file: Option<Vec<String>>) -> Result<Vec<String>, ConfigError> {
    let values: Vec<String> = match variable(name) {
        Some(text) => text.split([',', ' ']).filter(|v| !v.is_empty()).map(str::to_owned).collect(),
        None => from_file.unwrap_or_default(),
    };
    if values.len() > MAX_LIST || values.iter().any(|v| v.is_empty() || v.contains(char::is_whitespace)) {
        return Err(ConfigError::Value { name, why: format!("at most {MAX_LIST} words, without spaces in them") });
    }
    Ok(values)
}

/// The origin of an address, when it is nothing but an origin.
fn origin(name: &'static str, text: &str, plain_http: bool) -> Result<Url, ConfigError> {
    let wrong = |why: &str| ConfigError::Value { name, why: format!("“{text}” {why}") };
    let url = Url::parse(text.trim_end_matches('/')).map_err(|_| wrong("is no address"))?;
    let local = matches!(url.host(), Some(Host::Domain("localhost")));
    match url.scheme() {
        "https" => {}
        "http" if plain_http || local => {}
        _ => return Err(wrong("does not begin with https://")),
    }
    if url.host().is_none() || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("is to be scheme, host and port only"));
    }
    Ok(url)
}

fn passkey(table: &SignInTable, site: &Url, plain_http: bool) -> Result<Option<PasskeySettings>, ConfigError> {
    let rp_id = variable("LUZHENG_PASSKEY_RP_ID").or_else(|| table.passkey_rp_id.clone());
    let origins = list("LUZHENG_PASSKEY_ORIGINS", table.passkey_origins.clone())?;
    let rp_id = match (rp_id, site.host()) {
        (Some(rp_id), _) => rp_id,
        (None, Some(Host::Domain(domain))) => domain.to_owned(),
        (None, _) => return Ok(None),
    };
    let origins = if origins.is_empty() { vec![site.as_str().trim_end_matches('/').to_owned()] } else { origins };
    for text in &origins {
        let url = origin("LUZHENG_PASSKEY_ORIGINS", text, plain_http)?;
        let Some(Host::Domain(domain)) = url.host() else {
            return Err(ConfigError::Value {
                name: "LUZHENG_PASSKEY_ORIGINS",
                why: format!("“{text}” has no domain; an IP address cannot have passkeys"),
            });
        };
        if domain != rp_id && !domain.ends_with(&format!(".{rp_id}")) {
            return Err(ConfigError::Value {
                name: "LUZHENG_PASSKEY_RP_ID",
                why: format!("“{rp_id}” is neither the domain of {text} nor one above it"),
            });
        }
    }
    Ok(Some(PasskeySettings { rp_id, origins, any_port: false }))
}

fn secret(file: Option<&Path>) -> Result<Option<String>, ConfigError> {
    match (variable("LUZHENG_IDENTITY_CLIENT_SECRET"), file) {
        (Some(value), _) => Ok(Some(value)),
        (None, Some(path)) => std::fs::read_to_string(path)
            .map(|text| Some(text.trim().to_owned()))
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source }),
        (None, None) => Ok(None),
    }
}

fn platform(table: PlatformTable, plain_http: bool) -> Result<Option<PlatformSettings>, ConfigError> {
    let Some(issuer) = variable("LUZHENG_IDENTITY_ISSUER").or(table.issuer) else { return Ok(None) };
    let wrong = |name, why: &str| ConfigError::Value { name, why: why.into() };
    let url = Url::parse(&issuer).map_err(|_| wrong("LUZHENG_IDENTITY_ISSUER", "the issuer is no address"))?;
    if !(url.scheme() == "https" || (plain_http && url.scheme() == "http")) || url.host().is_none() {
        let why = "the identity platform is reached by https; plain http only with LUZHENG_ALLOW_PRIVATE";
        return Err(wrong("LUZHENG_IDENTITY_ISSUER", why));
    }
    let client_id = variable("LUZHENG_IDENTITY_CLIENT_ID")
        .or(table.client_id)
        .ok_or_else(|| wrong("LUZHENG_IDENTITY_CLIENT_ID", "an identity platform is named but not as whom we ask"))?;
    let named = |name, from_file: Option<String>, standard: &str| {
        variable(name).or(from_file).unwrap_or_else(|| standard.to_owned())
    };
    let scopes = list("LUZHENG_IDENTITY_SCOPES", table.scopes)?;
    Ok(Some(PlatformSettings {
        issuer,
        client_id,
        client_secret: secret(table.client_secret_file.as_deref())?,
        name: (
            named("LUZHENG_IDENTITY_NAME", table.name_zh, "国家网络身份认证"),
            named("LUZHENG_IDENTITY_NAME_EN", table.name_en, "government identity platform"),
        ),
        scopes: if scopes.is_empty() { vec!["profile".into()] } else { scopes },
        claims: ClaimNames {
            name: named("LUZHENG_IDENTITY_CLAIM_NAME", table.claim_name, "name"),
            id_number: named("LUZHENG_IDENTITY_CLAIM_ID_NUMBER", table.claim_id_number, "id_number"),
            phone: named("LUZHENG_IDENTITY_CLAIM_PHONE", table.claim_phone, "phone_number"),
        },
        real_person_acr: list("LUZHENG_IDENTITY_REAL_PERSON_ACR", table.real_person_acr)?,
        real_person_amr: list("LUZHENG_IDENTITY_REAL_PERSON_AMR", table.real_person_amr)?,
    }))
}

impl SignInSettings {
    /// Nothing but passkeys on `localhost`: what tests begin with.
    pub fn localhost() -> Self {
        Self { site_url: "http://localhost".into(), passkey: Some(PasskeySettings::localhost()), platform: None }
    }

    /// From the file's table and the variables. `site_url` is used when neither names one; `plain_http` allows it for site and platform.
    pub(super) fn read(table: SignInTable, site_url: &str, plain_http: bool) -> Result<Self, ConfigError> {
        let site_url =
            variable("LUZHENG_SITE_URL").or_else(|| table.site_url.clone()).unwrap_or_else(|| site_url.into());
        let site = origin("LUZHENG_SITE_URL", &site_url, plain_http)?;
        Ok(Self {
            passkey: passkey(&table, &site, plain_http)?,
            platform: platform(table.platform, plain_http)?,
            site_url: site.as_str().trim_end_matches('/').to_owned(),
        })
    }

    /// For the demonstration, which has no file: passkeys on `localhost`, and an identity platform when the variables name one.
    ///
    /// # Errors
    /// A variable that cannot be used.
    pub fn of_demo(site_url: &str) -> Result<Self, ConfigError> {
        let read = Self::read(SignInTable::default(), site_url, true)?;
        Ok(Self { passkey: Some(PasskeySettings::localhost()), ..read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SignInSettings, ConfigError> {
        SignInSettings::read(toml::from_str(text).unwrap(), "https://lz.example.cn", false)
    }

    #[test]
    fn the_site_alone_gives_passkeys() {
        let settings = read("").unwrap();
        assert_eq!(settings.site_url, "https://lz.example.cn");
        let passkey = settings.passkey.unwrap();
        assert_eq!((passkey.rp_id.as_str(), passkey.any_port), ("lz.example.cn", false));
        assert_eq!(passkey.origins, ["https://lz.example.cn"]);
        assert_eq!(settings.platform, None);
    }

    #[test]
    fn an_address_without_a_name_has_no_passkeys() {
        assert_eq!(read("site_url = \"https://203.0.113.7:8443\"").unwrap().passkey, None);
        assert!(read("passkey_rp_id = \"example.cn\"\npasskey_origins = [\"https://203.0.113.7\"]").is_err());
    }

    #[test]
    fn passkeys_belong_to_the_domain_or_one_above_it() {
        let above = read("passkey_rp_id = \"example.cn\"").unwrap().passkey.unwrap();
        assert_eq!(above.rp_id, "example.cn");
        for text in [
            "passkey_rp_id = \"other.cn\"",
            "passkey_rp_id = \"z.example.cn\"",
            "passkey_origins = [\"http://lz.example.cn\"]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_platform_is_reached_by_https_and_never_printed_with_its_secret() {
        let text =
            "[platform]\nissuer = \"https://id.example.cn\"\nclient_id = \"lz\"\nreal_person_acr = [\"urn:face\"]\n";
        let platform = read(text).unwrap().platform.unwrap();
        assert_eq!(
            (platform.claims.id_number.as_str(), platform.scopes.as_slice()),
            ("id_number", &["profile".to_owned()][..])
        );
        assert_eq!(platform.real_person_acr, ["urn:face"]);
        let secret = PlatformSettings { client_secret: Some("hush".into()), ..platform };
        assert!(!format!("{secret:?}").contains("hush"));
        for text in [
            "[platform]\nissuer = \"http://id.example.cn\"\nclient_id = \"lz\"",
            "[platform]\nissuer = \"https://id.example.cn\"",
            "[platform]\nissuer = \"nonsense\"\nclient_id = \"lz\"",
            "[platform]\nissuer = \"https://id.example.cn\"\nclient_id = \"lz\"\nreal_person_acr = [\"a b\"]",
            "site_url = \"https://lz.example.cn/path\"",
            "site_url = \"http://lz.example.cn\"",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
