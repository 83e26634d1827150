//! Loads a store of drivers and says how the system bears it: figures for `bench/RESULTS.md`, as JSON on stdout.
//!
//! `load events --database URL --data-dir DIR --drivers drivers.csv --rate 200 --seconds 30`: register events through the HTTP face, each
//! changing the classes of another driver who holds an electronic licence; how long until the new face stands, and until the published status
//! says that the old code is superseded.
//! `load applications … --rate 50 --seconds 20`: holders apply with their stored photo.
//! `load reviews … --count 100000`: applications with a new photo go through the review queue, with resident memory on the way.
//! `load photos --count 200 --from FOLDER`: uploads examined, one after the other.
//!
//! The store is prepared by the binary: `import drivers`, `issue bulk --kind driving-licence`. `bench/licences.py` calls this.

mod applications;
mod events;
mod place;
mod reviews;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Load on a store of drivers, measured.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Register events at a steady rate
    Events(place::Paced),
    /// Applications with a stored photo at a steady rate
    Applications(place::Paced),
    /// Applications with a new photo through the review queue
    Reviews {
        #[command(flatten)]
        place: place::Place,
        /// How many photos
        #[arg(long)]
        count: usize,
    },
    /// Uploaded photos looked at, one after the other
    Photos {
        /// How many
        #[arg(long)]
        count: usize,
        /// Folder of pictures, taken in turn
        #[arg(long)]
        from: PathBuf,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let figures = match Arguments::parse().what {
        What::Events(paced) => events::run(&paced).await?,
        What::Applications(paced) => applications::run(&paced).await?,
        What::Reviews { place, count } => reviews::run(&place, count).await?,
        What::Photos { count, from } => reviews::photos(count, &from)?,
    };
    println!("{figures}");
    Ok(())
}
