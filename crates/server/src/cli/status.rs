//! `luzheng status`: publishes the status lists.

use super::{Context, Exit, exit};
use crate::usecase::{status, trust};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Publish the status lists
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  luzheng status publish --out status/")]
pub struct StatusArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Sign all lists anew, and write them as files when asked to
    Publish {
        /// Folder for LIST.jwt and LIST.cwt
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Runs it.
///
/// # Errors
/// The environment failed.
pub async fn run(args: StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    let Which::Publish { out } = args.what;
    let app = context.app().await?;
    let lists = status::publish(&app, true).await?;
    if let Some(folder) = &out {
        let failed =
            |e: std::io::Error| exit::environment("cannot_write", format!("cannot write to {}: {e}", folder.display()));
        std::fs::create_dir_all(folder).map_err(failed)?;
        for list in &lists {
            let tokens = trust::status_tokens(&app, *list)?;
            std::fs::write(folder.join(format!("{list}.jwt")), &tokens.jwt).map_err(failed)?;
            std::fs::write(folder.join(format!("{list}.cwt")), &tokens.cwt).map_err(failed)?;
        }
    }
    context.answer(&serde_json::json!({"lists": lists}), || match lists.len() {
        0 => "there is no status list yet: no mark was ever reserved".into(),
        n => format!("published {n} status list{}", if n == 1 { "" } else { "s" }),
    });
    Ok(Exit::Done)
}
