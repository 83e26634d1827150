//! `luzheng deadlines`: the daily run over everything that is due, by hand.

use super::{Context, Exit, exit};
use crate::usecase::deadline::run;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::time::Instant;

/// What is due for vehicles and licences
#[derive(Debug, Args)]
pub struct DeadlinesArgs {
    /// What to do
    #[command(subcommand)]
    command: DeadlinesCommand,
}

#[derive(Debug, Subcommand)]
enum DeadlinesCommand {
    /// Tell people what became due since the last run, and let the state of licences follow
    #[command(
        after_help = "The server does this by itself once a day. A day that is done is left alone; a run that was interrupted goes on where it stopped.\n\nExample:\n  luzheng deadlines run"
    )]
    Run {
        /// Run this day instead of today; not one ahead
        #[arg(long, value_name = "DATE")]
        as_of: Option<Date>,
    },
}

/// Runs it.
///
/// # Errors
/// Wrong use, or the environment failed.
pub async fn run(args: DeadlinesArgs, context: &Context) -> anyhow::Result<Exit> {
    let DeadlinesCommand::Run { as_of } = args.command;
    let app = context.app().await?;
    let today = app.clock.today();
    let day = as_of.unwrap_or(today);
    if day > today {
        return Err(exit::usage("day_ahead", format!("{day} lies ahead; today is {today}")));
    }
    let total = run::total(&app).await?;
    let bar = context.progress(Some(total), "looking at deadlines");
    let begun = Instant::now();
    let summary = run::run(&app, day, &|n| bar.inc(n)).await?;
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    let rate = if seconds > 0.0 { summary.subjects() as f64 / seconds } else { 0.0 };
    let answer = serde_json::json!({
        "day": day, "already": summary.already, "vehicles": summary.vehicles, "licences": summary.licences,
        "notices": summary.notices, "changed": summary.changed, "seconds": seconds, "per_second": rate.round(),
    });
    context.answer(&answer, || {
        if summary.already {
            return format!("{day} is done already");
        }
        format!(
            "{day}: {} vehicles, {} licences, {} notices, {} licences changed their state ({seconds:.1} s, {rate:.0} a second)",
            summary.vehicles, summary.licences, summary.notices, summary.changed
        )
    });
    Ok(Exit::Done)
}
