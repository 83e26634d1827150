//! `luzheng rules`: asks the rules about cases.

use super::{Context, Exit, exit};
use clap::{Args, Subcommand};
use luzheng_domain::driver::{cases as licence, points};
use luzheng_domain::vehicle::inspection::cases::{self as inspection, CasesError, CasesSummary, CheckSummary};
use std::io::{Read, StdoutLock};
use std::path::{Path, PathBuf};

/// Ask the rules about cases in a CSV file
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  luzheng rules inspection --cases inspection.csv > answers.csv\n  luzheng rules licence --cases - < licence.csv\n  luzheng rules points --cases points.csv --check"
)]
pub struct RulesArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// The inspection cycle: state, action, due month, window, next validity, and the clause that decided
    Inspection(CasesArgs),
    /// A licence: state, renewal, cancellation, medical, review, downgrade, points cycle, practice, and the clause that decided
    Licence(CasesArgs),
    /// The points of an offence, and the clause that decided
    Points(CasesArgs),
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
    let unreadable = |e: std::io::Error| exit::usage("unreadable", format!("cannot read {}: {e}", path.display()));
    let mut bytes = Vec::new();
    let count = if path == Path::new("-") {
        std::io::stdin().take(MAX_CASES + 1).read_to_end(&mut bytes).map_err(unreadable)?
    } else {
        std::fs::File::open(path).and_then(|f| f.take(MAX_CASES + 1).read_to_end(&mut bytes)).map_err(unreadable)?
    };
    if count as u64 > MAX_CASES {
        return Err(exit::usage("too_large", format!("{} is larger than {MAX_CASES} bytes", path.display())));
    }
    Ok(bytes)
}

/// Where answers go.
type Out = std::io::BufWriter<StdoutLock<'static>>;

/// How one set of rules answers cases, and how its answers are held against expected ones.
struct Rules {
    answer: fn(&[u8], Out) -> Result<CasesSummary, CasesError>,
    check: fn(&[u8], Out) -> Result<CheckSummary, CasesError>,
}

/// Runs it.
///
/// # Errors
/// Unreadable input, with line and column.
pub fn run(args: RulesArgs, _: &Context) -> anyhow::Result<Exit> {
    let (args, rules) = match args.what {
        Which::Inspection(args) => {
            (args, Rules { answer: |r, w| inspection::answer_cases(r, w), check: |r, w| inspection::check_cases(r, w) })
        }
        Which::Licence(args) => (
            args,
            Rules {
                answer: |r, w| licence::answer_licence_cases(r, w),
                check: |r, w| licence::check_licence_cases(r, w),
            },
        ),
        Which::Points(args) => (
            args,
            Rules { answer: |r, w| points::answer_points_cases(r, w), check: |r, w| points::check_points_cases(r, w) },
        ),
    };
    let bytes = read(&args.cases)?;
    let failed = |e: CasesError| match e {
        CasesError::Write(_) => exit::environment("cannot_write", e.to_string()),
        e => exit::usage("bad_cases", format!("{}: {e}", args.cases.display())),
    };
    let out = std::io::BufWriter::new(std::io::stdout().lock());
    if args.check {
        let summary = (rules.check)(&bytes, out).map_err(failed)?;
        eprintln!("{} rows, {} expectations compared, {} differ", summary.rows, summary.compared, summary.different);
        return Ok(if summary.different == 0 { Exit::Done } else { Exit::No });
    }
    let summary = (rules.answer)(&bytes, out).map_err(failed)?;
    if summary.refused > 0 {
        eprintln!(
            "luzheng: {} of {} rows could not be answered; see their column `error`",
            summary.refused,
            summary.refused + summary.answered
        );
    }
    Ok(if summary.refused == 0 { Exit::Done } else { Exit::Rejects })
}
