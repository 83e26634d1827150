//! `luzheng keys`: issuing keys and the trust list.

use super::{Context, Exit, exit};
use crate::usecase::catch_up;
use crate::usecase::key::{self, KeyView, NewKey, Retirement};
use crate::usecase::notice_code;
use crate::usecase::trust;
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use luzheng_credential::sign::{Algorithm, KeyId};
use luzheng_credential::trust::{KeyUse, Region};
use std::path::PathBuf;

/// Issuing keys and the trust list
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng keys generate --use mark --alg SM2 --region 320000\n  luzheng keys retire 8c1f0a3b5d7e9f01 --reason compromised --since 2026-11-20T00:00:00Z\n  luzheng keys export-trust --out trust.json --root root.json"
)]
pub struct KeysArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// All keys with use, region, state and dates
    List,
    /// Make keys; without --use one each for marks, licences, live codes and status lists
    Generate(GenerateArgs),
    /// A successor for a key; the old one signs no more, what it signed stays good
    Rotate {
        /// The key's identifier (16 hexadecimal digits)
        kid: String,
    },
    /// Retire a key; with --reason compromised it leaves the trust list and all it signed is issued anew
    Retire(RetireArgs),
    /// Write the signed trust list, and the root that verifiers pin
    ExportTrust(ExportArgs),
    /// Let every trust list carry an SM2 root signature as well
    EnableSm2Root,
    /// A new reader key for the sealed part of live codes; used once officers' devices had time to fetch it
    RotateReader {
        /// Use it at once: a device that held the present one was lost
        #[arg(long)]
        at_once: bool,
    },
    /// A new key for the codes of notices; codes under the three keys before it are still known
    RotateNoticeCodes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UseArg {
    Mark,
    Licence,
    Live,
    Status,
}

impl From<UseArg> for KeyUse {
    fn from(u: UseArg) -> Self {
        match u {
            UseArg::Mark => Self::Mark,
            UseArg::Licence => Self::Licence,
            UseArg::Live => Self::Live,
            UseArg::Status => Self::Status,
        }
    }
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// What it signs
    #[arg(long = "use", value_enum, value_name = "USE")]
    key_use: Option<UseArg>,
    /// ES256, EdDSA or SM2
    #[arg(long, default_value = "ES256", value_name = "ALG")]
    alg: String,
    /// Division it signs for (GB/T 2260, such as 320000); several may be given; none: the whole country
    #[arg(long, value_name = "CODE")]
    region: Vec<String>,
    /// Make the key inside a PKCS#11 token instead of a file: the module's path (needs the `pkcs11` feature; PIN in LUZHENG_PKCS11_PIN)
    #[arg(long, value_name = "MODULE")]
    pkcs11: Option<PathBuf>,
    /// The token's label
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    token: Option<String>,
}

#[derive(Debug, Args)]
struct RetireArgs {
    /// The key's identifier (16 hexadecimal digits)
    kid: String,
    /// `compromised`, or in own words
    #[arg(long, value_name = "REASON")]
    reason: String,
    /// Since when it is not to be trusted (RFC 3339 or a date); for the record: a compromised key is never trusted again for anything
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// Where to write the trust list; without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to write the root file
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
}

fn kid(text: &str) -> anyhow::Result<KeyId> {
    text.parse().map_err(|_| {
        exit::usage("bad_kid", format!("“{text}” is no key identifier: 16 hexadecimal digits in lower case"))
    })
}

fn algorithm(text: &str) -> anyhow::Result<Algorithm> {
    Algorithm::ALL
        .into_iter()
        .find(|a| {
            a.name().eq_ignore_ascii_case(text) || (text.eq_ignore_ascii_case("Ed25519") && *a == Algorithm::Ed25519)
        })
        .ok_or_else(|| exit::usage("bad_algorithm", format!("“{text}” is no algorithm; choose ES256, EdDSA or SM2")))
}

fn regions(codes: &[String]) -> anyhow::Result<Vec<Region>> {
    codes
        .iter()
        .map(|c| {
            let number = if c.len() == 6 { c.parse().ok() } else { None };
            number
                .and_then(Region::new)
                .ok_or_else(|| exit::usage("bad_region", format!("“{c}” is no division code of six digits")))
        })
        .collect()
}

fn since(text: Option<&str>) -> anyhow::Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Some(instant));
    }
    text.parse::<jiff::civil::Date>()
        .map(|d| Some(crate::clock::china_midnight(d)))
        .map_err(|_| exit::usage("bad_time", format!("“{text}” is neither an RFC 3339 time nor a date")))
}

fn row(k: &KeyView) -> String {
    let regions = if k.regions.is_empty() { "everywhere".to_owned() } else { k.regions.join(",") };
    format!(
        "{}  {:<7} {:<5} {:<11} {} to {}  {}",
        k.kid,
        k.key_use,
        k.alg,
        k.state,
        k.not_before.strftime("%F"),
        k.not_after.strftime("%F"),
        regions
    )
}

/// Runs it.
///
/// # Errors
/// Wrong use, a refusal, or the environment failed.
pub async fn run(args: KeysArgs, context: &Context) -> anyhow::Result<Exit> {
    let app = context.app().await?;
    match args.what {
        Which::List => {
            let keys = key::list(&app);
            context.answer(&keys, || keys.iter().map(row).collect::<Vec<_>>().join("\n"));
        }
        Which::Generate(args) => {
            let made = generate(&app, &args).await?;
            context.answer(&made, || made.iter().map(|k| format!("made key {k}")).collect::<Vec<_>>().join("\n"));
        }
        Which::Rotate { kid: text } => {
            let made = key::retire(&app, kid(&text)?, Retirement::Ordinary, "rotated", None, "operator").await?;
            context.answer(&serde_json::json!({"successor": made}), || {
                format!("key {text} signs no more; its successor is {made}")
            });
        }
        Which::Retire(args) => {
            let how = if args.reason == "compromised" { Retirement::Compromised } else { Retirement::Ordinary };
            let since = since(args.since.as_deref())?;
            let made = key::retire(&app, kid(&args.kid)?, how, &args.reason, since, "operator").await?;
            // What it signed is issued anew now, not when a server next runs.
            catch_up(&app).await?;
            let words = match how {
                Retirement::Compromised => "is out of the trust list and what it signed has been issued anew",
                Retirement::Ordinary => "signs no more; what it signed stays good",
            };
            context.answer(&serde_json::json!({"successor": made}), || {
                format!("key {} {words}; its successor is {made}", args.kid)
            });
        }
        Which::RotateNoticeCodes => {
            let kept = notice_code::rotate(&app, "operator").await?;
            context.answer(&serde_json::json!({"kept": kept}), || {
                format!("codes of notices are made under a new key now; {kept} keys are kept")
            });
        }
        Which::RotateReader { at_once } => {
            let (number, used_from) = key::reader::rotate(&app, at_once, "operator").await?;
            context.answer(&serde_json::json!({"number": number, "used_from": used_from}), || {
                format!("made reader key {number}; codes are sealed to it from {used_from} on")
            });
        }
        Which::ExportTrust(args) => export(&app, &args)?,
        Which::EnableSm2Root => {
            let made = key::enable_sm2_root(&app, "operator").await?;
            context.answer(&serde_json::json!({"kid": made}), || {
                format!("every trust list is now signed by SM2 root {made} too; give verifiers the new root file")
            });
        }
    }
    Ok(Exit::Done)
}

async fn generate(app: &crate::app::App, args: &GenerateArgs) -> anyhow::Result<Vec<KeyId>> {
    let algorithm = algorithm(&args.alg)?;
    let regions = regions(&args.region)?;
    let uses = match args.key_use {
        Some(one) => vec![KeyUse::from(one)],
        None => key::FOUNDATION.to_vec(),
    };
    let wanted: Vec<NewKey> =
        uses.into_iter().map(|key_use| NewKey { algorithm, key_use, regions: regions.clone() }).collect();
    let Some(module) = &args.pkcs11 else { return Ok(key::generate(app, &wanted, "operator").await?) };
    in_token(app, &wanted, module, args.token.as_deref().unwrap_or("luzheng")).await
}

#[cfg(feature = "pkcs11")]
async fn in_token(
    app: &crate::app::App,
    wanted: &[NewKey],
    module: &std::path::Path,
    token: &str,
) -> anyhow::Result<Vec<KeyId>> {
    let mut made = Vec::new();
    for new in wanted {
        made.push(crate::outside::token::generate(app, new, module, token).await?);
    }
    Ok(made)
}

#[cfg(not(feature = "pkcs11"))]
async fn in_token(_: &crate::app::App, _: &[NewKey], _: &std::path::Path, _: &str) -> anyhow::Result<Vec<KeyId>> {
    Err(exit::usage("no_pkcs11", "this binary was built without the `pkcs11` feature: cargo build --features pkcs11"))
}

fn export(app: &crate::app::App, args: &ExportArgs) -> anyhow::Result<()> {
    let list = trust::current_list(app)?;
    let write = |path: &PathBuf, bytes: &[u8]| {
        std::fs::write(path, bytes)
            .map_err(|e| exit::environment("cannot_write", format!("cannot write {}: {e}", path.display())))
    };
    if let Some(path) = &args.root {
        write(path, &trust::root_file(app)?)?;
    }
    match &args.out {
        Some(path) => write(path, &list)?,
        None => println!("{}", String::from_utf8_lossy(&list)),
    }
    Ok(())
}
