//! `luzheng migrate` and `luzheng doctor`.

use super::{Context, Exit};
use crate::app::App;
use crate::clock::Clock;
use crate::usecase::health;
use clap::Args;

/// Prepare the database: schema, and the first keys when there are none
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  LUZHENG_DATABASE=postgres://luzheng@db/luzheng luzheng migrate")]
pub struct MigrateArgs {}

/// Check keys, clock, status lists, storage and journal
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  luzheng doctor\n\nExit codes: 0 all is well, 1 something is not.")]
pub struct DoctorArgs {}

/// Brings the schema up to date.
///
/// # Errors
/// The environment failed.
pub async fn migrate(_: MigrateArgs, context: &Context) -> anyhow::Result<Exit> {
    let (_, said) = App::migrate(context.settings()?, Clock::system()).await?;
    let said = said.unwrap_or_else(|| "the database is up to date".into());
    context.answer(&serde_json::json!({"done": said}), || said.clone());
    Ok(Exit::Done)
}

/// Looks at everything.
///
/// # Errors
/// The environment failed.
pub async fn run(_: DoctorArgs, context: &Context) -> anyhow::Result<Exit> {
    let app = context.app().await?;
    let findings = health::examine(&app).await?;
    let well = findings.iter().all(|f| f.ok);
    context.answer(&findings, || {
        findings
            .iter()
            .map(|f| format!("{} {:<12} {}  {}", if f.ok { "ok  " } else { "FAIL" }, f.what, f.says.en, f.says.zh))
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(if well { Exit::Done } else { Exit::No })
}
