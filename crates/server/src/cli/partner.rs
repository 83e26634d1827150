//! `luzheng partner`: who may verify as a partner, with which keys, and what they may.

use super::{Context, Exit, exit};
use crate::clock::Clock;
use crate::usecase::partner::admin::{self, Change, NewPartner, PartnerView};
use crate::usecase::partner::{ClientKind, Regions, Scopes, jwk, own_key};
use clap::{Args, Subcommand};
use luzheng_credential::sign::KeyId;
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// In whose name the journal records what is done here.
const ACTOR: &str = "operator";

/// Partners: insurers, rental firms, markets, banks
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng partner add 某某保险 --kind insurer --scope verify.marks --scope state --region 320000 --keys partner.jwks.json\n  luzheng partner key add 某某保险 next.jwk.json\n  luzheng partner member add 某某租车 王小明\n  luzheng partner quota 某某保险 --day 500000\n\nFor the partner itself, without a database:\n  luzheng partner keygen --out partner.pem > partner.jwk.json\n  luzheng partner assertion --client 019a… --key partner.pem --issuer https://lz.example.cn\n\nA partner is named by its client id, the first 8 characters of it or more, or its whole name. See docs/partners.md."
)]
pub struct PartnerArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Register a partner
    Add(AddArgs),
    /// All partners with keys, people and rights
    List {
        /// Those that were ended, too
        #[arg(long)]
        ended: bool,
    },
    /// Add or end a public key
    #[command(subcommand)]
    Key(KeyWhich),
    /// Set what a partner may ask, or where; what is not named stays
    Scope(ScopeArgs),
    /// Set how much a partner may ask; what is not named stays
    Quota(QuotaArgs),
    /// People of a small firm who use the hosted page
    #[command(subcommand)]
    Member(MemberWhich),
    /// End a partner for good, with its keys, tokens and devices
    End {
        /// Which partner
        partner: String,
    },
    /// For the partner: make a key; the public half is printed, the private one written
    Keygen {
        /// Where to write the private key (PKCS#8, PEM); never over another file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// For the partner: print an assertion for POST /oauth/token, good once within two minutes
    Assertion(AssertionArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    /// The firm's name
    name: String,
    /// The firm's name in English
    #[arg(long, default_value = "", hide_default_value = true)]
    name_en: String,
    /// insurer, rental, transport, used_car, bank, school, department or police
    #[arg(long)]
    kind: String,
    /// What it may ask: verify.marks, verify.licences, state, proofs, subscriptions, accidents, officer; may be given often
    #[arg(long, required = true)]
    scope: Vec<String>,
    /// Where: a division code such as 320000, which covers all below it, or `all`; may be given often
    #[arg(long, required = true)]
    region: Vec<String>,
    /// Most codes a day
    #[arg(long)]
    day: Option<u32>,
    /// Most codes a minute
    #[arg(long)]
    minute: Option<u32>,
    /// Its public keys: a JWK, a JWK set, or PEM
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum KeyWhich {
    /// Add the public keys in a file (JWK, JWK set, PEM); the keys before them go on counting
    Add {
        /// Which partner
        partner: String,
        /// The file
        file: PathBuf,
    },
    /// End a key, and every token that was asked for with it
    End {
        /// Which partner
        partner: String,
        /// The key's identifier (16 hexadecimal digits, from `partner list`)
        key: String,
    },
}

#[derive(Debug, Args)]
struct ScopeArgs {
    /// Which partner
    partner: String,
    /// What it may ask from now on; may be given often
    #[arg(long, required_unless_present = "region")]
    scope: Vec<String>,
    /// Where from now on; may be given often
    #[arg(long)]
    region: Vec<String>,
}

#[derive(Debug, Args)]
struct QuotaArgs {
    /// Which partner
    partner: String,
    /// Most codes a day
    #[arg(long, required_unless_present = "minute")]
    day: Option<u32>,
    /// Most codes a minute
    #[arg(long)]
    minute: Option<u32>,
}

#[derive(Debug, Subcommand)]
enum MemberWhich {
    /// Add a person; the code for their device is shown once
    Add {
        /// Which partner
        partner: String,
        /// The person's name
        name: String,
    },
    /// A new code for another device of a person
    Code {
        /// Which partner
        partner: String,
        /// The person's id, from `partner list`
        member: Uuid,
    },
    /// End a person and their devices
    End {
        /// Which partner
        partner: String,
        /// The person's id, from `partner list`
        member: Uuid,
    },
}

#[derive(Debug, Args)]
struct AssertionArgs {
    /// The client id
    #[arg(long)]
    client: Uuid,
    /// The private key (PKCS#8, PEM)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Our issuer, as /.well-known/oauth-authorization-server says it
    #[arg(long, value_name = "URL")]
    issuer: String,
}

fn file(path: &Path) -> anyhow::Result<String> {
    let failed = |e: &dyn std::fmt::Display| exit::usage("cannot_read", format!("{}: {e}", path.display()));
    let size = std::fs::metadata(path).map_err(|e| failed(&e))?.len();
    if size > jwk::MAX_FILE as u64 {
        return Err(failed(&format!("larger than {} bytes, so no file of keys", jwk::MAX_FILE)));
    }
    std::fs::read_to_string(path).map_err(|e| failed(&e))
}

fn kind(text: &str) -> anyhow::Result<ClientKind> {
    ClientKind::from_code(text).ok_or_else(|| {
        exit::usage("bad_kind", format!("“{text}” is no kind of partner; it is one of {}", ClientKind::codes()))
    })
}

fn scopes(words: &[String]) -> anyhow::Result<Scopes> {
    Scopes::parse(&words.join(" ")).map_err(|word| {
        let known = crate::usecase::partner::Scope::codes();
        exit::usage("bad_scope", format!("“{word}” is no scope; the scopes are {known}"))
    })
}

fn regions(words: &[String]) -> anyhow::Result<Regions> {
    Regions::parse(&words.join(" ")).map_err(|word| {
        exit::usage(
            "bad_region",
            format!("“{word}” is no division code of six digits; or say `all`, and then nothing else"),
        )
    })
}

fn key_id(text: &str) -> anyhow::Result<KeyId> {
    text.parse().map_err(|_| exit::usage("bad_key_id", format!("“{text}” is no key identifier: 16 hexadecimal digits")))
}

fn listing(partners: &[PartnerView]) -> String {
    if partners.is_empty() {
        return "no partners; register one with `luzheng partner add`".into();
    }
    let mut out = String::new();
    for p in partners {
        let ended = p.ended_at.map_or_else(String::new, |at| format!("  ENDED {at}"));
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{}  {}  {}{ended}", p.id, p.kind, p.name);
        let _ = writeln!(out, "  scopes  {}", p.scopes.join(" "));
        let _ = writeln!(out, "  regions {}", p.regions.join(" "));
        let _ = writeln!(out, "  quota   {} a day, {} a minute", p.day_limit, p.minute_limit);
        for k in &p.keys {
            let ended = k.ended_at.map_or_else(String::new, |at| format!("  ended {at}"));
            let _ = writeln!(out, "  key     {}  {}  {}  since {}{ended}", k.key, k.alg, k.kid, k.added_at);
        }
        for m in &p.members {
            let ended = m.ended_at.map_or_else(String::new, |at| format!("  ended {at}"));
            let _ = writeln!(out, "  member  {}  {}{ended}", m.id, m.name);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Runs it.
///
/// # Errors
/// Wrong use, a refusal, or the environment failed.
pub async fn run(args: PartnerArgs, context: &Context) -> anyhow::Result<Exit> {
    match args.what {
        Which::Keygen { out } => keygen(&out),
        Which::Assertion(args) => assertion(&args),
        Which::Add(args) => add(args, context).await,
        Which::List { ended } => {
            let app = context.app().await?;
            let mut partners = admin::list(&app).await?;
            partners.retain(|p| ended || p.ended_at.is_none());
            context.answer(&partners, || listing(&partners));
            Ok(Exit::Done)
        }
        Which::Key(which) => key(which, context).await,
        Which::Scope(args) => {
            let app = context.app().await?;
            let scopes = if args.scope.is_empty() { None } else { Some(scopes(&args.scope)?) };
            let regions = if args.region.is_empty() { None } else { Some(regions(&args.region)?) };
            let change = Change { scopes, regions, ..Change::default() };
            changed(&app, &args.partner, &change, context).await
        }
        Which::Quota(args) => {
            let app = context.app().await?;
            let change = Change { day_limit: args.day, minute_limit: args.minute, ..Change::default() };
            changed(&app, &args.partner, &change, context).await
        }
        Which::Member(which) => member(which, context).await,
        Which::End { partner } => {
            let app = context.app().await?;
            let id = admin::meant(&app, &partner).await?;
            admin::end(&app, id, ACTOR).await?;
            context.answer(&json!({"ended": id}), || format!("{id} was ended; every process knows it within seconds"));
            Ok(Exit::Done)
        }
    }
}

async fn changed(app: &crate::app::App, partner: &str, change: &Change, context: &Context) -> anyhow::Result<Exit> {
    let id = admin::meant(app, partner).await?;
    admin::change(app, id, change, ACTOR).await?;
    let now: Vec<_> = admin::list(app).await?.into_iter().filter(|p| p.id == id).collect();
    context.answer(&now, || listing(&now));
    Ok(Exit::Done)
}

fn keygen(out: &Path) -> anyhow::Result<Exit> {
    let made = own_key::generate()?;
    own_key::write(out, &made.private)?;
    println!("{}", serde_json::to_string_pretty(&made.public)?);
    eprintln!("luzheng: the private key is in {}; bring us what was printed, never that file", out.display());
    Ok(Exit::Done)
}

fn assertion(args: &AssertionArgs) -> anyhow::Result<Exit> {
    let key = own_key::OwnKey::read(&file(&args.key)?)?;
    println!("{}", key.assertion(args.client, args.issuer.trim_end_matches('/'), Clock::system().now())?);
    Ok(Exit::Done)
}

async fn add(args: AddArgs, context: &Context) -> anyhow::Result<Exit> {
    let new = NewPartner {
        kind: kind(&args.kind)?,
        scopes: scopes(&args.scope)?,
        regions: regions(&args.region)?,
        name: args.name,
        name_en: args.name_en,
        day_limit: args.day,
        minute_limit: args.minute,
    };
    // What can be wrong with the file is known before anything is registered.
    let keys = args.keys.as_deref().map(file).transpose()?;
    if let Some(keys) = &keys {
        jwk::read(keys)?;
    }
    let app = context.app().await?;
    let id = admin::register(&app, &new, ACTOR).await?;
    let keys = match keys {
        Some(keys) => admin::add_keys(&app, id, &keys, ACTOR).await?,
        None => Vec::new(),
    };
    context.answer(&json!({"client_id": id, "keys": keys}), || {
        let next = if keys.is_empty() { "; it has no key yet: luzheng partner key add" } else { "" };
        format!("client id {id}{next}")
    });
    Ok(Exit::Done)
}

async fn key(which: KeyWhich, context: &Context) -> anyhow::Result<Exit> {
    let app = context.app().await?;
    match which {
        KeyWhich::Add { partner, file: path } => {
            let id = admin::meant(&app, &partner).await?;
            let keys = admin::add_keys(&app, id, &file(&path)?, ACTOR).await?;
            context.answer(&json!({"keys": keys}), || {
                keys.iter().map(|key| format!("key {key} counts")).collect::<Vec<_>>().join("\n")
            });
        }
        KeyWhich::End { partner, key } => {
            let (id, key) = (admin::meant(&app, &partner).await?, key_id(&key)?);
            admin::end_key(&app, id, key, ACTOR).await?;
            context.answer(&json!({"ended": key}), || format!("key {key} and its tokens were ended"));
        }
    }
    Ok(Exit::Done)
}

async fn member(which: MemberWhich, context: &Context) -> anyhow::Result<Exit> {
    let app = context.app().await?;
    let told = |member: Uuid, code: &crate::usecase::bound::enrol::EnrolmentCode| {
        context.answer(&json!({"member": member, "code": code.code, "expires_at": code.expires_at}), || {
            format!(
                "member {member}\ncode   {}   (for one device, until {}; it is shown this once)",
                code.code, code.expires_at
            )
        });
    };
    match which {
        MemberWhich::Add { partner, name } => {
            let id = admin::meant(&app, &partner).await?;
            let (member, code) = admin::add_member(&app, id, &name, ACTOR).await?;
            told(member, &code);
        }
        MemberWhich::Code { partner, member } => {
            let id = admin::meant(&app, &partner).await?;
            told(member, &admin::member_code(&app, id, member, ACTOR).await?);
        }
        MemberWhich::End { partner, member } => {
            let id = admin::meant(&app, &partner).await?;
            admin::end_member(&app, id, member, ACTOR).await?;
            context.answer(&json!({"ended": member}), || format!("member {member} and their devices were ended"));
        }
    }
    Ok(Exit::Done)
}
