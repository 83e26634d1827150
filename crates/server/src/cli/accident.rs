//! `luzheng accident verify`: what a record proves that two phones signed at the roadside, with no network.

use super::{Context, Exit, exit};
use crate::clock::Clock;
use crate::usecase::accident::MAX_TEXT;
use crate::usecase::accident::view::Examined;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use luzheng_credential::accident::{Verdict, examine, record_of_text, weigh};
use luzheng_credential::trust::{Roots, TrustList};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest trust list or root file, in bytes.
const MAX_LIST: u64 = 16 * 1024 * 1024;

/// Accident records of two phones
#[derive(Debug, Args)]
pub struct AccidentArgs {
    /// What to do with a record
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Examine a record: both signatures, the credentials in it, what does not fit together
    #[command(
        after_help = "Examples:\n  luzheng accident verify --trust trust.json --root root.json luzheng-1a2b3c4d.lzaccident\n  pbpaste | luzheng accident verify -\n\nWithout --trust and --root the store named by LUZHENG_DATABASE says whom to trust.\nExit codes: 0 both signed and nothing was changed; 1 one-sided, or not genuine; 2 unreadable."
    )]
    Verify(VerifyArgs),
}

/// Examine a record
#[derive(Debug, Args)]
struct VerifyArgs {
    /// The trust list, for the credentials in the record
    #[arg(long, value_name = "FILE", requires = "root")]
    trust: Option<PathBuf>,
    /// The pinned root
    #[arg(long, value_name = "FILE", requires = "trust")]
    root: Option<PathBuf>,
    /// Examine as of this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The record, a file with text that begins with LZA1:; `-` reads standard input
    file: PathBuf,
}

fn text(path: &Path, ceiling: u64) -> anyhow::Result<String> {
    let unreadable = |e: std::io::Error| exit::usage("unreadable_file", format!("cannot read {}: {e}", path.display()));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(ceiling + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        std::fs::File::open(path).map_err(unreadable)?.take(ceiling + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > ceiling {
        return Err(exit::usage("too_large", format!("{} is larger than {ceiling} bytes", path.display())));
    }
    String::from_utf8(bytes).map_err(|_| exit::usage("not_text", format!("{} is not text", path.display())))
}

async fn trust_of(args: &VerifyArgs, context: &Context) -> anyhow::Result<TrustList> {
    if let (Some(trust), Some(root)) = (&args.trust, &args.root) {
        let roots = Roots::from_json(&text(root, MAX_LIST)?)
            .map_err(|e| exit::usage("bad_root", format!("{}: {e}", root.display())))?;
        return TrustList::open(&text(trust, MAX_LIST)?, &roots, 0)
            .map_err(|e| exit::usage("bad_trust_list", format!("{}: {e}", trust.display())));
    }
    let app = context.app().await?;
    let trust = app.published().trust.clone();
    trust.ok_or_else(|| exit::environment("no_trust_list", "the store has no trust list"))
}

fn words(examined: &Examined) -> String {
    let mut out = format!("{}: {}", examined.verdict.to_uppercase(), examined.text.en);
    for step in &examined.steps {
        let sign = match step.ok {
            Some(true) => "passed",
            Some(false) => "FAILED",
            None => "not there",
        };
        let detail = step.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        out.push_str(&format!("\n  {:<17} {sign}{detail}", step.name));
    }
    for what in &examined.contradictions {
        out.push_str(&format!("\n  to be explained: {} ({})", what.text.en, what.code));
    }
    let Some(record) = &examined.record else { return out };
    let place = record.place_text.clone().or_else(|| record.place.as_ref().map(|p| format!("{}, {}", p.lat, p.lon)));
    out.push_str(&format!(
        "\n  {} at {}: {}, {}",
        record.happened_at,
        place.unwrap_or_default(),
        record.form.text.en,
        record.weather.text.en
    ));
    for party in &record.parties {
        out.push_str(&format!(
            "\n  {:<6} {} ({}), hit at the {}: {}",
            party.role, party.plate_number, party.plate_type, party.impact.text.en, party.responsibility.text.en
        ));
        for (name, credential) in [("mark", &party.mark), ("licence", &party.licence)] {
            let Some(credential) = credential else { continue };
            let genuine = if credential.genuine { "genuine" } else { "NOT GENUINE" };
            let subject = credential.subject.as_deref().unwrap_or_default();
            let until = credential.valid_until.as_deref().unwrap_or_default();
            out.push_str(&format!("\n         {name}: {genuine} {subject} {until}"));
        }
    }
    out
}

/// Runs it.
///
/// # Errors
/// Wrong use, an unreadable file, or the environment failed.
pub async fn run(args: AccidentArgs, context: &Context) -> anyhow::Result<Exit> {
    let What::Verify(args) = args.what;
    let now = match &args.at {
        Some(text) => text
            .parse::<Timestamp>()
            .map_err(|e| exit::usage("bad_time", format!("“{text}” is no RFC 3339 time: {e}")))?,
        None => Clock::system().now(),
    };
    let record = text(&args.file, MAX_TEXT as u64)?;
    let bytes = record_of_text(&record)
        .map_err(|e| exit::usage("not_a_record", format!("{} is no accident record: {e}", args.file.display())))?;
    let examination = examine(&bytes, now.as_second());
    let weighed = match examination.record {
        Some(_) => Some(weigh(&examination, &trust_of(&args, context).await?)),
        None => None,
    };
    let examined = Examined::of(&examination, weighed.as_ref(), Vec::new(), now);
    context.answer(&examined, || words(&examined));
    Ok(match examination.verdict {
        Verdict::Complete => Exit::Done,
        Verdict::OneSided | Verdict::NotGenuine => Exit::No,
        Verdict::Unreadable => Exit::Usage,
    })
}
