//! `luzheng issue bulk`: marks for all vehicles in validity that have none; licences of those who applied, kept as the register says.

use super::{Context, Exit, exit};
use crate::app::App;
use crate::usecase::catch_up;
use crate::usecase::issue::{self, BulkOptions};
use crate::usecase::licence::bulk;
use clap::{Args, Subcommand, ValueEnum};
use luzheng_domain::region::Division;
use std::sync::Arc;

/// Issue credentials in bulk
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng issue bulk --kind inspection-mark --division 320000 --workers 2\n  luzheng issue bulk --kind driving-licence"
)]
pub struct IssueArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Marks: every vehicle in validity that has none gets one. Licences: whoever applied in an earlier system gets theirs, those that
    /// no longer say what the register says are issued anew, and what devices hold is signed. Interrupted, it can be run again; nobody
    /// gets two
    Bulk(BulkArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    InspectionMark,
    DrivingLicence,
}

#[derive(Debug, Args)]
struct BulkArgs {
    /// What to issue
    #[arg(long, value_enum)]
    kind: KindArg,
    /// Only this division and what lies in it (GB/T 2260, such as 320000); may be given several times
    #[arg(long, value_name = "CODE")]
    division: Vec<String>,
    /// Signing threads
    #[arg(long, value_name = "N", default_value_t = std::thread::available_parallelism().map_or(1, std::num::NonZero::get))]
    workers: usize,
}

fn divisions(codes: &[String]) -> anyhow::Result<Vec<Division>> {
    codes
        .iter()
        .map(|c| {
            let number = if c.len() == 6 { c.parse().ok() } else { None };
            number
                .and_then(Division::new)
                .ok_or_else(|| exit::usage("bad_division", format!("“{c}” is no division code of six digits")))
        })
        .collect()
}

async fn licences(app: &Arc<App>, options: BulkOptions, context: &Context) -> anyhow::Result<Exit> {
    let bar = context.progress(Some(bulk::total(app).await?), "licences");
    let summary = bulk::bulk(app, &options, &|n| bar.inc(n)).await?;
    bar.finish_and_clear();
    catch_up(app).await?;
    context.answer(&summary, || {
        let mut text = format!(
            "{} drivers looked at: {} licences migrated, {} issued anew, {} states followed, {} messages signed for devices",
            summary.seen, summary.migrated, summary.reissued, summary.restated, summary.signed
        );
        for (reason, count) in &summary.skipped {
            text.push_str(&format!("\n  none for {count}: {reason}"));
        }
        text
    });
    Ok(Exit::Done)
}

/// Runs it.
///
/// # Errors
/// Wrong use, or the environment failed.
pub async fn run(args: IssueArgs, context: &Context) -> anyhow::Result<Exit> {
    let Which::Bulk(args) = args.what;
    if !(1..=256).contains(&args.workers) {
        return Err(exit::usage("bad_workers", "--workers is a number from 1 to 256"));
    }
    let divisions = divisions(&args.division)?;
    let app = context.app().await?;
    if args.kind == KindArg::DrivingLicence {
        return licences(&app, BulkOptions { divisions, workers: args.workers, actor: "operator".into() }, context)
            .await;
    }
    let total = issue::bulk_total(&app).await?;
    let bar = context.progress(Some(total), "issuing");
    let options = BulkOptions { divisions, workers: args.workers, actor: "operator".into() };
    let summary = issue::bulk(&app, &options, &|n| bar.inc(n)).await?;
    bar.finish_and_clear();
    catch_up(&app).await?;
    context.answer(&summary, || {
        let mut text = format!(
            "issued {} marks ({} of them reserved by an interrupted run); {} vehicles looked at",
            summary.issued, summary.resumed, summary.seen
        );
        for (reason, count) in &summary.skipped {
            text.push_str(&format!("\n  none for {count}: {reason}"));
        }
        text
    });
    Ok(Exit::Done)
}
