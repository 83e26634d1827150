//! `luzheng reconcile`: differences between a fresh register export and what we hold.

use super::{Context, Exit, exit};
use crate::register::{Reject, Source};
use crate::usecase::import::{Listener, sentence};
use crate::usecase::reconcile::{self, Difference, Summary};
use clap::Args;
use indicatif::ProgressBar;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// Differences between a fresh register export and what we hold
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  luzheng reconcile register.csv.gz --output differences.csv\n\n\
    Exit code 0: no difference, 1: differences, 2: the export cannot be read. Personal values are masked. Nothing is changed.")]
pub struct ReconcileArgs {
    /// The export, in any format `import vehicles` reads; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the differences to this file instead of to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

struct Bar(ProgressBar);

impl Listener for Bar {
    fn rejected(&mut self, _file: &str, _reject: &Reject) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, bytes: u64, rows: u64) {
        self.0.set_position(if self.0.length().is_some() { bytes } else { rows });
    }
}

/// Differences as CSV, or as JSON with one object a line.
enum Output {
    Csv(Box<csv::Writer<Box<dyn Write + Send>>>),
    Json(Box<dyn Write + Send>),
}

impl Output {
    fn new(out: Box<dyn Write + Send>, json: bool) -> io::Result<Self> {
        if json {
            return Ok(Self::Json(out));
        }
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["sort", "line", "vin", "plate_number", "plate_type", "field", "ours", "theirs"])?;
        Ok(Self::Csv(Box::new(csv)))
    }

    fn write(&mut self, d: &Difference) -> io::Result<()> {
        match self {
            Self::Json(out) => {
                serde_json::to_writer(&mut *out, d)?;
                out.write_all(b"\n")
            }
            Self::Csv(out) => {
                let line = d.line.map_or_else(String::new, |line| line.to_string());
                let [ours, theirs] = [&d.ours, &d.theirs].map(|v| v.as_deref().unwrap_or(""));
                let field = d.field.unwrap_or("");
                out.write_record([d.sort.code(), &line, &d.vin, &d.plate_number, &d.plate_type, field, ours, theirs])?;
                Ok(())
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Json(mut out) => out.flush(),
            Self::Csv(mut out) => out.flush(),
        }
    }
}

/// Runs it. The differences go to standard output (or a file), the summary in words to standard error; with `--json` the differences
/// are JSON, one object a line, and the last line is the summary.
///
/// # Errors
/// Wrong use, or the environment failed.
pub async fn run(args: ReconcileArgs, context: &Context) -> anyhow::Result<Exit> {
    let source = Source::open(&args.file)
        .map_err(|error| exit::usage(error.code(), format!("{}: {}", args.file.display(), sentence(&error))))?;
    let unwritable = |e: io::Error| exit::environment("output_unwritable", e.to_string());
    let out: Box<dyn Write + Send> = match &args.output {
        Some(path) => Box::new(BufWriter::new(File::create(path).map_err(unwritable)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    let mut output = Output::new(out, context.json).map_err(unwritable)?;
    let app = context.app().await?;
    let mut bar = Bar(context.progress(source.size(), "reconcile"));
    let done =
        reconcile::vehicles(&app.store, source, &mut |d: &Difference| output.write(d), &mut bar, app.clock.now()).await;
    bar.0.finish_and_clear();
    output.finish().map_err(unwritable)?;
    let summary = done?;
    if context.json {
        println!("{}", serde_json::json!({"summary": summary}));
    } else {
        eprintln!("{}", words(&summary));
    }
    Ok(match (&summary.failure, summary.is_same()) {
        (Some(_), _) => Exit::Usage,
        (None, true) => Exit::Done,
        (None, false) => Exit::No,
    })
}

fn words(summary: &Summary) -> String {
    let mut out = format!("{}: {} rows read\n", summary.file, summary.read);
    if let Some(failure) = &summary.failure {
        let _ = writeln!(out, "  cannot be read: {}", failure.message);
    }
    for (count, what) in [
        (summary.same, "the same on both sides 一致"),
        (summary.missing_here, "only in the export 本库缺少"),
        (summary.missing_there, "only here 导出文件缺少"),
        (summary.differing, "differ 不一致"),
        (summary.unreadable, "rows cannot be read 无法读取"),
    ] {
        if count > 0 {
            let _ = writeln!(out, "  {count:>9}  {what}");
        }
    }
    for (field, count) in &summary.fields {
        let _ = writeln!(out, "  {count:>9}  differ in {field}");
    }
    if !summary.unknown_columns.is_empty() {
        let _ = writeln!(out, "  columns ignored 未识别的列: {}", summary.unknown_columns.join(", "));
    }
    if summary.is_same() {
        out.push_str("  No difference. 无差异。\n");
    }
    out.trim_end().to_owned()
}
