//! `luzheng verify`: an off-line verdict on a text, a picture or a PDF.

use super::{Context, Exit, exit};
use crate::clock::Clock;
use crate::paper::read;
use clap::Args;
use jiff::Timestamp;
use luzheng_credential::pack::{Held, MAX_PACK, Pack};
use luzheng_credential::status_list::{StatusBook, StatusSource, open_cwt, open_jwt};
use luzheng_credential::trust::{Roots, TrustList};
use luzheng_credential::verify::{Question, Report, Verdict, verify};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Verify a code, picture or PDF with no network
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng verify --trust trust.json --root root.json --status status/ --plate 苏A12345 HTTPS://…\n  luzheng verify --image photo.jpg --trust trust.json --root root.json --status none\n  luzheng verify --pack newest.lzpack --root root.json HTTPS://…\n  some-scanner | luzheng verify --trust trust.json --root root.json -\n\nWithout --trust or --pack the store named by LUZHENG_DATABASE says whom to trust.\nExit codes: 0 valid; 1 attention, not valid or cannot tell; 2 unreadable."
)]
pub struct VerifyArgs {
    /// The trust list
    #[arg(long, value_name = "FILE", requires = "root")]
    trust: Option<PathBuf>,
    /// A pack instead of the trust list and the status lists
    #[arg(long, value_name = "FILE", requires = "root", conflicts_with_all = ["trust", "status"])]
    pack: Option<PathBuf>,
    /// The pinned root
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// Status lists: a folder of LIST.jwt or LIST.cwt, an http(s) address (with or without {list}), or `none`
    #[arg(long, value_name = "DIR|URL|none")]
    status: Option<String>,
    /// The plate on the vehicle in front of you
    #[arg(long, value_name = "PLATE")]
    plate: Option<String>,
    /// Judge as of this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Read the code from a picture (PNG or JPEG)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["code", "pdf"])]
    image: Option<PathBuf>,
    /// Read the code from a PDF, as it is seen on the page
    #[arg(long, value_name = "FILE", conflicts_with = "code")]
    pdf: Option<PathBuf>,
    /// This machine's clock is not confirmed: live codes count up to 90 s, with a hint
    #[arg(long)]
    clock_unconfirmed: bool,
    /// A host that is ours (codes naming another get the hint foreign_host); may be given several times; without it, the host of the status lists
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// The code; `-` reads standard input
    #[arg(required_unless_present_any = ["image", "pdf"])]
    code: Option<String>,
}

/// Largest text read from standard input, in bytes; what is longer is too large for a code anyway.
const MAX_STDIN: u64 = 64 * 1024;
/// Largest picture or PDF, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// Largest trust list, root or status file, in bytes.
const MAX_LIST: u64 = 16 * 1024 * 1024;

fn bytes(path: &Path, ceiling: u64) -> anyhow::Result<Vec<u8>> {
    let unreadable = |e: std::io::Error| exit::usage("unreadable_file", format!("cannot read {}: {e}", path.display()));
    let mut out = Vec::new();
    std::fs::File::open(path).map_err(unreadable)?.take(ceiling + 1).read_to_end(&mut out).map_err(unreadable)?;
    if out.len() as u64 > ceiling {
        return Err(exit::usage("too_large", format!("{} is larger than {ceiling} bytes", path.display())));
    }
    Ok(out)
}

fn text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(bytes(path, MAX_LIST)?)
        .map_err(|_| exit::usage("not_text", format!("{} is not text", path.display())))
}

fn codes(args: &VerifyArgs) -> anyhow::Result<Vec<String>> {
    let none = |what: &Path| exit::usage("no_code_found", format!("no QR code was found in {}", what.display()));
    if let Some(path) = &args.image {
        let found = read::codes_in_image(&bytes(path, MAX_FILE)?)
            .map_err(|e| exit::usage("unreadable_picture", format!("{}: {e}", path.display())))?;
        return if found.is_empty() { Err(none(path)) } else { Ok(found) };
    }
    if let Some(path) = &args.pdf {
        let found = read::codes_in_pdf(&bytes(path, MAX_FILE)?)
            .map_err(|e| exit::usage("unreadable_pdf", format!("{}: {e}", path.display())))?;
        return if found.is_empty() { Err(none(path)) } else { Ok(found) };
    }
    match args.code.as_deref() {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .take(MAX_STDIN)
                .read_to_string(&mut text)
                .map_err(|e| exit::usage("unreadable_input", format!("standard input cannot be read: {e}")))?;
            Ok(vec![text])
        }
        Some(code) => Ok(vec![code.to_owned()]),
        None => Err(exit::usage("no_code", "give a code, --image or --pdf")),
    }
}

/// Whom to trust and what is known of statuses.
struct Known {
    trust: TrustList,
    status: Box<dyn StatusSource>,
    hosts: Vec<String>,
}

fn pinned(root: &Path) -> anyhow::Result<Roots> {
    Roots::from_json(&text(root)?).map_err(|e| exit::usage("bad_root", format!("{}: {e}", root.display())))
}

/// A pack that is refused is named with its stable word; nothing is said about the code then.
fn from_pack(pack: &Path, root: &Path, now: Timestamp) -> anyhow::Result<Pack> {
    Pack::open(bytes(pack, MAX_PACK as u64)?, &pinned(root)?, Held::default(), now)
        .map_err(|e| exit::usage(e.code(), format!("{}: {e}", pack.display())))
}

fn from_files(trust: &Path, root: &Path) -> anyhow::Result<TrustList> {
    TrustList::open(&text(trust)?, &pinned(root)?, 0)
        .map_err(|e| exit::usage("bad_trust_list", format!("{}: {e}", trust.display())))
}

/// Takes up every list in a folder whose name is a number. One that does not verify is named, and counts as not there.
fn from_folder(folder: &Path, trust: &TrustList, book: &mut StatusBook) -> anyhow::Result<()> {
    let unreadable =
        |e: std::io::Error| exit::usage("unreadable_folder", format!("cannot read {}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?
        .into_iter()
        .map(|e| e.path())
        .collect();
    paths.sort();
    for path in paths {
        let opened = match path.extension().and_then(|e| e.to_str()) {
            Some("jwt") => open_jwt(text(&path)?.trim(), trust),
            Some("cwt") => open_cwt(&bytes(&path, MAX_LIST)?, trust),
            _ => continue,
        };
        match opened {
            Ok(list) => {
                book.take(list);
            }
            Err(error) => eprintln!("luzheng: {} is not used: {error}", path.display()),
        }
    }
    Ok(())
}

/// Without --host, the issuer's own host is the one where its status lists are.
fn hosts_of(args: &VerifyArgs, trust: &TrustList) -> Vec<String> {
    if args.host.is_empty() { host_of(&trust.status_address(1)) } else { args.host.clone() }
}

fn host_of(address: &str) -> Vec<String> {
    address.split_once("://").and_then(|(_, rest)| rest.split('/').next()).map(str::to_owned).into_iter().collect()
}

async fn known(args: &VerifyArgs, context: &Context, codes: &[String], now: Timestamp) -> anyhow::Result<Known> {
    if let (Some(pack), Some(root)) = (&args.pack, &args.root) {
        let pack = from_pack(pack, root, now)?;
        let trust = pack.trust().clone();
        let hosts = hosts_of(args, &trust);
        return Ok(Known { trust, status: Box::new(pack), hosts });
    }
    let mut book = StatusBook::new();
    let (trust, hosts) = match (&args.trust, &args.root) {
        (Some(trust), Some(root)) => {
            let list = from_files(trust, root)?;
            let hosts = hosts_of(args, &list);
            (list, hosts)
        }
        (None, Some(_)) => return Err(exit::usage("no_trust_list", "with --root goes --trust or --pack")),
        _ => {
            let app = context.app().await?;
            let published = app.published();
            let trust = published
                .trust
                .clone()
                .ok_or_else(|| exit::environment("no_trust_list", "the store has no trust list"))?;
            if args.status.is_none() {
                crate::usecase::status::publish(&app, false).await?;
                book = app.published().book.clone();
            }
            let hosts = if args.host.is_empty() { vec![app.settings.code_host.clone()] } else { args.host.clone() };
            (trust, hosts)
        }
    };
    match args.status.as_deref() {
        None | Some("none") => {}
        Some(address) if address.starts_with("http://") || address.starts_with("https://") => {
            crate::outside::web::take_lists(address, codes, &trust, &mut book).await;
        }
        Some(folder) => from_folder(Path::new(folder), &trust, &mut book)?,
    }
    Ok(Known { trust, status: Box::new(book), hosts })
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::Attention => 1,
        Verdict::NotValid => 2,
        Verdict::CannotTell => 3,
        Verdict::Unreadable => 4,
    }
}

fn words(report: &Report) -> String {
    let json = serde_json::to_value(report).unwrap_or_default();
    let word = |v: &serde_json::Value| v.as_str().unwrap_or("").to_owned();
    let mut out = word(&json["verdict"]).to_uppercase();
    if let Some(reason) = json["reason"].as_str() {
        out.push_str(&format!(" ({reason})"));
    }
    let c = &json["credential"];
    if c.is_object() {
        out.push_str(&format!(
            "\n  {} {}, class {}, valid until {}, authority {}, {}",
            word(&c["kind"]),
            word(&c["subject"]),
            word(&c["class"]),
            word(&c["valid_until"]),
            word(&c["authority"]),
            word(&c["mode"])
        ));
    }
    if let Some(age) = json["status"]["age_s"].as_i64() {
        out.push_str(&format!("\n  status as of {} ({} minutes old)", word(&json["status"]["as_of"]), age / 60));
    }
    for check in json["checks"].as_array().into_iter().flatten() {
        let sign = match check["ok"].as_bool() {
            Some(true) => "passed",
            Some(false) => "FAILED",
            None => "not reached",
        };
        out.push_str(&format!(
            "\n  {:<12} {sign}{}",
            word(&check["name"]),
            check["detail"].as_str().map(|d| format!(": {d}")).unwrap_or_default()
        ));
    }
    for hint in json["hints"].as_array().into_iter().flatten() {
        out.push_str(&format!("\n  hint: {}", word(hint)));
    }
    out
}

/// Runs it.
///
/// # Errors
/// Wrong use, an unreadable file, or the environment failed.
pub async fn run(args: VerifyArgs, context: &Context) -> anyhow::Result<Exit> {
    let now = match &args.at {
        Some(text) => text
            .parse::<Timestamp>()
            .map_err(|e| exit::usage("bad_time", format!("“{text}” is no RFC 3339 time: {e}")))?,
        None => Clock::system().now(),
    };
    let codes = codes(&args)?;
    let known = known(&args, context, &codes, now).await?;
    let question = Question {
        now,
        clock_confirmed: !args.clock_unconfirmed,
        expected_plate: args.plate.as_deref(),
        our_hosts: &known.hosts,
    };
    // A picture may show several codes; the best readable one is the answer, as a person would point at it.
    let report = codes
        .iter()
        .map(|code| verify(code, Some(&known.trust), known.status.as_ref(), &question))
        .min_by_key(|r| rank(r.verdict()))
        .ok_or_else(|| exit::usage("no_code", "there is no code"))?;
    context.answer(&report, || words(&report));
    Ok(match report.verdict() {
        Verdict::Valid => Exit::Done,
        Verdict::Attention | Verdict::NotValid | Verdict::CannotTell => Exit::No,
        Verdict::Unreadable => Exit::Usage,
    })
}
