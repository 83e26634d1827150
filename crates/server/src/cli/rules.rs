//! `luzheng rules`: asks the rules about cases.

use super::{Context, Exit};
use clap::{Args, Subcommand};
use luzheng_domain::vehicle::inspection::cases::{CasesError, answer_cases, check_cases};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Ask the rules about cases in a CSV file
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  luzheng rules inspection --cases inspection.csv > answers.csv")]
pub struct RulesArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// The inspection cycle: state, action, due month, window, next validity, and the clause that decided
    Inspection(CasesArgs),
}

#[derive(Debug, Args)]
struct CasesArgs {
    /// The cases; `-` reads standard input
    #[arg(long, value_name = "FILE.csv")]
    cases: PathBuf,
    /// Compare with the file's expect_* columns instead of printing answers; exit 1 when one differs
    #[arg(long)]
    check: bool,
}

/// Largest file of cases, in bytes.
const MAX_CASES: u64 = 256 * 1024 * 1024;

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let unreadable =
        |e: std::io::Error| super::exit::usage("unreadable", format!("cannot read {}: {e}", path.display()));
    let mut bytes = Vec::new();
    let count = if path == Path::new("-") {
        std::io::stdin().take(MAX_CASES + 1).read_to_end(&mut bytes).map_err(unreadable)?
    } else {
        std::fs::File::open(path).and_then(|f| f.take(MAX_CASES + 1).read_to_end(&mut bytes)).map_err(unreadable)?
    };
    if count as u64 > MAX_CASES {
        return Err(super::exit::usage("too_large", format!("{} is larger than {MAX_CASES} bytes", path.display())));
    }
    Ok(bytes)
}

/// Runs it.
///
/// # Errors
/// Unreadable input, with line and column.
pub fn run(args: RulesArgs, _: &Context) -> anyhow::Result<Exit> {
    let Which::Inspection(args) = args.what;
    let bytes = read(&args.cases)?;
    let failed = |e: CasesError| match e {
        CasesError::Write(_) => super::exit::environment("cannot_write", e.to_string()),
        e => super::exit::usage("bad_cases", format!("{}: {e}", args.cases.display())),
    };
    let out = std::io::BufWriter::new(std::io::stdout().lock());
    if args.check {
        let summary = check_cases(bytes.as_slice(), out).map_err(failed)?;
        eprintln!("{} rows, {} expectations compared, {} differ", summary.rows, summary.compared, summary.different);
        return Ok(if summary.different == 0 { Exit::Done } else { Exit::No });
    }
    let summary = answer_cases(bytes.as_slice(), out).map_err(failed)?;
    if summary.refused > 0 {
        eprintln!(
            "luzheng: {} of {} rows could not be answered; see their column `error`",
            summary.refused,
            summary.refused + summary.answered
        );
    }
    Ok(if summary.refused == 0 { Exit::Done } else { Exit::Rejects })
}
