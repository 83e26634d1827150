//! `luzheng evidence`: whether what somebody kept for a dispute was stated by the office, with no network.

use super::{Context, Exit, exit};
use clap::Args;
use luzheng_credential::evidence::{self, MAX_BUNDLE};
use luzheng_credential::trust::Roots;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Check evidence that a partner kept, with no network
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  luzheng evidence --root root.json proof.json\n\nExit codes: 0 it was stated so; 1 it proves nothing; 2 unreadable."
)]
pub struct EvidenceArgs {
    /// The pinned root
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// The evidence as it was received
    file: PathBuf,
}

/// Largest root file, in bytes.
const MAX_ROOT: u64 = 1024 * 1024;

fn text(path: &Path, ceiling: u64) -> anyhow::Result<String> {
    let unreadable = |e: std::io::Error| exit::usage("unreadable_file", format!("cannot read {}: {e}", path.display()));
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(ceiling + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > ceiling {
        return Err(exit::usage("file_too_large", format!("{} is larger than {ceiling} bytes", path.display())));
    }
    Ok(text)
}

/// Runs the command.
///
/// # Errors
/// Files that cannot be read.
pub fn run(args: EvidenceArgs, context: &Context) -> anyhow::Result<Exit> {
    let roots = Roots::from_json(&text(&args.root, MAX_ROOT)?)
        .map_err(|e| exit::usage("bad_root", format!("the root cannot be read: {e}")))?;
    let bundle = text(&args.file, MAX_BUNDLE as u64)?;
    match evidence::open(bundle.trim(), &roots) {
        Ok(opened) => {
            if context.json {
                let answer = serde_json::json!({
                    "genuine": true, "iat": opened.iat, "kid": opened.kid.to_string(), "trust_seq": opened.trust_seq,
                    "statement": opened.statement,
                });
                println!("{answer}");
            } else {
                println!("genuine: signed by key {} (trust list {})", opened.kid, opened.trust_seq);
                println!("{}", serde_json::to_string_pretty(&opened.statement)?);
            }
            Ok(Exit::Done)
        }
        Err(error) => {
            if context.json {
                println!("{}", serde_json::json!({"genuine": false, "why": error.to_string()}));
            } else {
                println!("proves nothing: {error}");
            }
            Ok(Exit::No)
        }
    }
}
