//! `luzheng audit`: the journal proves itself.

use super::{Context, Exit};
use crate::usecase::journal;
use clap::{Args, Subcommand};

/// Let the journal prove itself
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  luzheng audit verify\n\nExit codes: 0 unbroken, 1 something was altered.")]
pub struct AuditArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Check the chain, its signatures, and the digest of every batch of signed credentials
    Verify,
}

/// Runs it.
///
/// # Errors
/// The environment failed.
pub async fn run(args: AuditArgs, context: &Context) -> anyhow::Result<Exit> {
    let Which::Verify = args.what;
    let app = context.app().await?;
    let bar = context.progress(None, "checking");
    let report = journal::prove(&app, &|n| bar.inc(n)).await?;
    bar.finish_and_clear();
    context.answer(&report, || {
        let mut out = format!(
            "{} blocks with {} entries checked; {} batches of signed credentials agree ({} credentials); {} entries wait to be sealed",
            report.blocks, report.entries, report.batches, report.credentials, report.unsealed
        );
        for problem in &report.problems {
            out.push_str(&format!("\nBROKEN: {problem}"));
        }
        out
    });
    Ok(if report.problems.is_empty() { Exit::Done } else { Exit::No })
}
