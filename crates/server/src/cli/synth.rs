//! `luzheng synth`: a fictional register in the import formats.

use super::{Context, Exit, exit};
use crate::clock::Clock;
use crate::synth;
use clap::Args;
use jiff::civil::Date;
use std::path::PathBuf;

/// Make a fictional register in the import formats
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng synth --vehicles 100000 --drivers 0 --seed 7 --out register/\n  luzheng synth --portraits 960 --seed 7 --out portraits/\n\nThe same seed, counts and day give the same bytes."
)]
pub struct SynthArgs {
    /// Vehicles
    #[arg(long, value_name = "N", required_unless_present = "portraits")]
    vehicles: Option<u64>,
    /// Drivers
    #[arg(long, value_name = "N", default_value_t = 0)]
    drivers: u64,
    /// Seed
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Folder for vehicles.csv, drivers.csv and events.ndjson
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The day on which the register was taken; today without it
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Instead of a register: drawn portraits with labels.csv, each altered to break one rule for photos at most
    #[arg(long, value_name = "N", conflicts_with_all = ["vehicles", "drivers", "as_of"])]
    portraits: Option<u64>,
}

/// Draws the labelled set of portraits.
fn portraits(count: u64, args: &SynthArgs, context: &Context) -> anyhow::Result<Exit> {
    let bar = context.progress(Some(count), "drawing");
    let summary = synth::portrait_set::write(count, args.seed, &args.out, &|n| bar.set_position(n))
        .map_err(|e| exit::environment("cannot_write", e.to_string()))?;
    bar.finish_and_clear();
    context.answer(&summary, || {
        format!("drew {} portraits, {} of them faultless, in {}", summary.pictures, summary.good, args.out.display())
    });
    Ok(Exit::Done)
}

/// Runs it.
///
/// # Errors
/// Wrong use, or the folder cannot be written.
pub fn run(args: SynthArgs, context: &Context) -> anyhow::Result<Exit> {
    if let Some(count) = args.portraits {
        return portraits(count, &args, context);
    }
    let vehicles = args.vehicles.unwrap_or_default();
    let as_of = match &args.as_of {
        Some(text) => text.parse::<Date>().map_err(|e| exit::usage("bad_date", format!("“{text}” is no date: {e}")))?,
        None => Clock::system().today(),
    };
    let bar = context.progress(Some(vehicles + args.drivers), "making");
    let summary = synth::generate(vehicles, args.drivers, args.seed, &args.out, as_of, &|n| bar.set_position(n))
        .map_err(|e| exit::environment("cannot_write", e.to_string()))?;
    bar.finish_and_clear();
    context.answer(&summary, || {
        format!(
            "made a fictional register of {as_of} with {} vehicles and {} drivers in {}",
            vehicles,
            args.drivers,
            args.out.display()
        )
    });
    Ok(Exit::Done)
}
