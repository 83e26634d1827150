//! `luzheng credential`: one credential looked at, or changed by hand with a reason.

use super::{Context, Exit, exit};
use crate::usecase::catch_up;
use crate::usecase::credential::{self, Act, Request};
use crate::usecase::look::Viewer;
use crate::usecase::view::CredentialView;
use clap::{Args, Subcommand};
use uuid::Uuid;

/// Look at one credential, or suspend, restore or revoke it by hand
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  luzheng credential suspend 0198c1e2-… --reason by_hand --note \"reported by telephone\""
)]
pub struct CredentialArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Show it with its history
    Show {
        /// The credential's id
        id: String,
    },
    /// It does not count until it is restored
    Suspend(ByHandArgs),
    /// The suspension ends
    Restore(ByHandArgs),
    /// It is over for good
    Revoke(ByHandArgs),
}

#[derive(Debug, Args)]
struct ByHandArgs {
    /// The credential's id
    id: String,
    /// Reason code, such as by_hand, stolen, impounded, restored, annulled
    #[arg(long, value_name = "CODE")]
    reason: String,
    /// In own words, for the journal
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

fn id(text: &str) -> anyhow::Result<Uuid> {
    text.parse().map_err(|_| exit::usage("bad_id", format!("“{text}” is no credential id (a UUID)")))
}

fn words(v: &CredentialView) -> String {
    let what = if v.kind == "driving_licence" { ("name", "classes") } else { ("plate", "type") };
    let mut out = format!(
        "{} {}\n  {} {} ({} {}), valid until {}, authority {}\n  state {}{}\n  status list {} entry {}, key {}",
        v.kind,
        v.id,
        what.0,
        v.plate_number,
        what.1,
        v.plate_type,
        v.valid_until,
        v.authority,
        v.state,
        v.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default(),
        v.status[0],
        v.status[1],
        match (&v.kid, v.kind.as_str()) {
            (Some(kid), _) => kid.as_str(),
            (None, "driving_licence") => "signed whenever it is shown",
            (None, _) => "not signed yet",
        },
    );
    out.push_str(&format!(
        "\n  decided {}, issued {}",
        v.reserved_at,
        v.issued_at.map_or_else(|| "not yet".into(), |t| t.to_string())
    ));
    for c in &v.changes {
        out.push_str(&format!(
            "\n  {} {} by {}: {}{}",
            c.at,
            c.what,
            c.actor,
            c.reason,
            c.note.as_ref().map(|n| format!(" “{n}”")).unwrap_or_default()
        ));
    }
    out
}

/// Runs it.
///
/// # Errors
/// Wrong use, a refusal, or the environment failed.
pub async fn run(args: CredentialArgs, context: &Context) -> anyhow::Result<Exit> {
    let (act, args) = match args.what {
        Which::Show { id: text } => {
            let wanted = id(&text)?;
            let app = context.app().await?;
            let view = credential::get(&app, wanted, Viewer::Operator).await?;
            context.answer(&view, || words(&view));
            return Ok(Exit::Done);
        }
        Which::Suspend(args) => (Act::Suspend, args),
        Which::Restore(args) => (Act::Restore, args),
        Which::Revoke(args) => (Act::Revoke, args),
    };
    let wanted = id(&args.id)?;
    let app = context.app().await?;
    let request =
        Request { act, reason: args.reason, note: args.note, actor: "operator".into(), idempotency_key: None };
    let view = credential::by_hand(&app, wanted, request).await?;
    // The command ends only when readers can know of it.
    catch_up(&app).await?;
    context.answer(&view, || words(&view));
    Ok(Exit::Done)
}
