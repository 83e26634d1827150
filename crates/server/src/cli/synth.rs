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
    after_help = "Example:\n  luzheng synth --vehicles 100000 --drivers 0 --seed 7 --out register/\n\nThe same seed, counts and day give the same bytes."
)]
pub struct SynthArgs {
    /// Vehicles
    #[arg(long, value_name = "N")]
    vehicles: u64,
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
}

/// Runs it.
///
/// # Errors
/// Wrong use, or the folder cannot be written.
pub fn run(args: SynthArgs, context: &Context) -> anyhow::Result<Exit> {
    let as_of = match &args.as_of {
        Some(text) => text.parse::<Date>().map_err(|e| exit::usage("bad_date", format!("“{text}” is no date: {e}")))?,
        None => Clock::system().today(),
    };
    let bar = context.progress(Some(args.vehicles + args.drivers), "making");
    let summary = synth::generate(args.vehicles, args.drivers, args.seed, &args.out, as_of, &|n| bar.set_position(n))
        .map_err(|e| exit::environment("cannot_write", e.to_string()))?;
    bar.finish_and_clear();
    context.answer(&summary, || {
        format!(
            "made a fictional register of {as_of} with {} vehicles and {} drivers in {}",
            args.vehicles,
            args.drivers,
            args.out.display()
        )
    });
    Ok(Exit::Done)
}
