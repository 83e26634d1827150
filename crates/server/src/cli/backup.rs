//! `luzheng backup` and `luzheng restore`.

use super::{Context, Exit, exit};
use crate::usecase::backup::{self, BackupView};
use clap::Args;
use std::path::PathBuf;

/// Save everything into one file
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  luzheng backup --out luzheng-2026-11-22.lzb\n\nBeside it FILE.secrets is written: the two secrets without which the archive opens nothing. Keep the two apart."
)]
pub struct BackupArgs {
    /// The archive
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Bring a backup into an empty database of either engine
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  LUZHENG_DATABASE=postgres://… luzheng restore luzheng-2026-11-22.lzb")]
pub struct RestoreArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
}

fn words(done: &str, v: &BackupView) -> String {
    let mut out = format!(
        "{done} {}: {} rows in {} tables, {} key files (from {})",
        v.archive.display(),
        v.rows,
        v.tables,
        v.key_files,
        v.engine
    );
    if let Some(secrets) = &v.secrets {
        out.push_str(&format!("\nsecrets: {}", secrets.display()));
    }
    out
}

/// Saves.
///
/// # Errors
/// The environment failed.
pub async fn backup(args: BackupArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.out.exists() {
        return Err(exit::usage("exists", format!("{} exists already; nothing was overwritten", args.out.display())));
    }
    let app = context.app().await?;
    let bar = context.progress(None, "saving");
    let view = backup::save(&app, &args.out).await?;
    bar.finish_and_clear();
    context.answer(&view, || words("saved", &view));
    Ok(Exit::Done)
}

/// Brings back.
///
/// # Errors
/// A damaged archive, a database that is not empty, or the environment failed.
pub async fn restore(args: RestoreArgs, context: &Context) -> anyhow::Result<Exit> {
    let bar = context.progress(None, "bringing back");
    let view = backup::bring_back(context.settings()?, &args.archive).await?;
    bar.finish_and_clear();
    context.answer(&view, || words("brought back", &view));
    Ok(Exit::Done)
}
