//! `luzheng import`: register exports and events from files.

use super::{Context, Exit, exit};
use crate::app::App;
use crate::clock::china;
use crate::register::{Reject, RejectsFile, Source};
use crate::synth::PHOTOS;
use crate::usecase::catch_up;
use crate::usecase::event::unpark_due;
use crate::usecase::import::{
    self, DriverSource, EventsFile, EventsSummary, FileSummary, Listener, Options, Summary, Tally,
};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bring in register exports or events
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  luzheng import vehicles register.csv.gz --rejects rejects.csv\n  luzheng import drivers drivers.csv --photos photos/\n  luzheng import events - < feed.ndjson"
)]
pub struct ImportArgs {
    #[command(subcommand)]
    what: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// A register of vehicles: CSV (UTF-8 or GB18030, comma or tab), NDJSON or XLSX, also packed with gzip
    #[command(after_help = "Example:\n  luzheng import vehicles north.csv south.xlsx --rejects rejects.csv\n\n\
        A bad row goes to the rejects with line, column and reason; the good ones go in. Importing the same file again changes nothing.")]
    Vehicles(FileArgs),
    /// A register of drivers, in the same formats, with the photos that it names
    #[command(after_help = "Example:\n  luzheng import drivers drivers.csv --photos photos/ --rejects rejects.csv\n\n\
        Photo files are named by the column photo (照片) and looked for in --photos, else beside the file and in the folder photos beside it.\n\
        A photo that cannot be used goes to the rejects, its row goes in without one. Licences are issued to those who applied by\n\
        `luzheng issue bulk --kind driving-licence`.")]
    Drivers(DriverArgs),
    /// Events, one JSON object a line, each applied exactly once
    #[command(after_help = "Example:\n  luzheng import events feed.ndjson\n\n\
        --strict reads the whole file first and applies nothing when a line cannot be read. --dry-run only reads.")]
    Events(FileArgs),
}

#[derive(Debug, Args)]
struct FileArgs {
    /// Files; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Do everything and keep nothing: says what would happen
    #[arg(long)]
    dry_run: bool,
    /// Write what does not go in to this CSV file: line, column, value (masked if personal), code, and the reason in two languages
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// A file goes in as one transaction, or not at all when a row of it is bad
    #[arg(long)]
    strict: bool,
    /// When the export was made (RFC 3339): those of whom something later is known are left alone
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
}

#[derive(Debug, Args)]
struct DriverArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Folder of the photo files that the rows name
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// Wrong use, or the environment failed.
pub async fn run(args: ImportArgs, context: &Context) -> anyhow::Result<Exit> {
    match args.what {
        Which::Vehicles(args) => vehicles(args, context).await,
        Which::Events(args) => events(args, context).await,
        Which::Drivers(args) => drivers(args, context).await,
    }
}

fn open(files: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    if files.iter().filter(|f| f.as_os_str() == "-").count() > 1 {
        return Err(exit::usage("stdin_twice", "standard input can be read once only"));
    }
    // All are opened before the first is imported: a misspelt name stops everything while nothing has happened.
    let open = |path: &PathBuf| {
        Source::open(path)
            .map_err(|error| exit::usage(error.code(), format!("{}: {}", path.display(), import::sentence(&error))))
    };
    files.iter().map(open).collect()
}

fn bar(context: &Context, sources: &[Source], what: &'static str) -> ProgressBar {
    let sizes: Option<Vec<u64>> = sources.iter().map(Source::size).collect();
    context.progress(sizes.map(|sizes| sizes.iter().sum()), what)
}

/// Rejects to their file, progress to the terminal.
struct Reporter {
    rejects: Option<RejectsFile<BufWriter<File>>>,
    bar: ProgressBar,
}

impl Reporter {
    fn new(rejects: Option<&Path>, bar: ProgressBar) -> anyhow::Result<Self> {
        let create = |path: &Path| -> io::Result<_> { RejectsFile::new(BufWriter::new(File::create(path)?)) };
        let rejects = rejects.map(|path| {
            create(path).map_err(|e| exit::environment("rejects_unwritable", format!("{}: {e}", path.display())))
        });
        Ok(Self { rejects: rejects.transpose()?, bar })
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        if let Some(rejects) = &mut self.rejects {
            rejects.finish().map_err(|e| exit::environment("rejects_unwritable", e.to_string()))?;
        }
        Ok(())
    }
}

impl Listener for Reporter {
    fn rejected(&mut self, file: &str, reject: &Reject) -> io::Result<()> {
        self.rejects.as_mut().map_or(Ok(()), |rejects| rejects.write(file, reject))
    }

    fn progress(&mut self, bytes: u64, rows: u64) {
        self.bar.set_position(if self.bar.length().is_some() { bytes } else { rows });
    }
}

async fn vehicles(args: FileArgs, context: &Context) -> anyhow::Result<Exit> {
    let sources = open(&args.files)?;
    let app = context.app().await?;
    let options = Options { dry_run: args.dry_run, strict: args.strict, as_of: args.as_of };
    let mut reporter = Reporter::new(args.rejects.as_deref(), bar(context, &sources, "vehicles"))?;
    let done = import::vehicles(&app.store, sources, &options, &mut reporter, app.clock.now()).await;
    reporter.finish()?;
    let summary = done?;
    if !args.dry_run {
        follow_up(&app, summary.marks_to_reconsider > 0).await;
    }
    context.answer(&summary, || words(&summary, &args));
    Ok(ending(summary.failure().is_some(), summary.rejected()))
}

async fn drivers(args: DriverArgs, context: &Context) -> anyhow::Result<Exit> {
    let DriverArgs { file: args, photos } = args;
    if let Some(folder) = photos.as_deref().filter(|folder| !folder.is_dir()) {
        return Err(exit::usage("no_photo_folder", format!("{} is no folder", folder.display())));
    }
    let sources = open(&args.files)?;
    let app = context.app().await?;
    let options = Options { dry_run: args.dry_run, strict: args.strict, as_of: args.as_of };
    let mut reporter = Reporter::new(args.rejects.as_deref(), bar(context, &sources, "drivers"))?;
    let sources = args.files.iter().zip(sources);
    let sources = sources.map(|(path, source)| DriverSource { source, photos: photo_folders(path, photos.as_deref()) });
    let done = import::drivers(&app.store, sources.collect(), &options, &mut reporter, app.clock.now()).await;
    reporter.finish()?;
    let summary = done?;
    if !args.dry_run {
        follow_up(&app, true).await;
    }
    context.answer(&summary, || words(&summary, &args));
    Ok(ending(summary.failure().is_some(), summary.rejected()))
}

/// Where the photos of a file lie: in the folder that was named, else beside the file, or in the folder `photos` beside it.
fn photo_folders(file: &Path, named: Option<&Path>) -> Vec<PathBuf> {
    match (named, file.as_os_str() == "-") {
        (Some(folder), _) => vec![folder.to_owned()],
        (None, true) => Vec::new(),
        (None, false) => {
            let beside = file.parent().unwrap_or(Path::new("")).to_owned();
            vec![beside.join(PHOTOS), beside]
        }
    }
}

async fn events(args: FileArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.as_of.is_some() {
        return Err(exit::usage(
            "as_of_for_registers",
            "--as-of is for registers; an event says itself when it happened",
        ));
    }
    let sources = open(&args.files)?;
    let app = context.app().await?;
    let options = Options { dry_run: args.dry_run, strict: args.strict, as_of: None };
    let mut reporter = Reporter::new(args.rejects.as_deref(), bar(context, &sources, "events"))?;
    let done = import::events(&app, sources, &options, &mut reporter).await;
    reporter.finish()?;
    let summary = done?;
    if !args.dry_run {
        follow_up(&app, true).await;
    }
    context.answer(&summary, || event_words(&summary, &args));
    Ok(ending(summary.failure().is_some(), summary.rejected()))
}

/// Does at once what follows from an import (signing, deciding about marks, events that waited for a vehicle). When that fails, the
/// server does it later: the jobs are in the store.
async fn follow_up(app: &Arc<App>, jobs: bool) {
    let done = async {
        unpark_due(app).await?;
        if jobs { catch_up(app).await } else { Ok(()) }
    };
    if let Err(error) = done.await {
        eprintln!("luzheng: what follows from the import waits for the server: {error}");
    }
}

fn ending(failed: bool, rejected: u64) -> Exit {
    match (failed, rejected) {
        (true, _) => Exit::Usage,
        (false, 0) => Exit::Done,
        (false, _) => Exit::Rejects,
    }
}

fn words(summary: &Summary, args: &FileArgs) -> String {
    let mut out = String::new();
    if summary.dry_run {
        out.push_str("Dry run: nothing was kept. 试运行：未写入任何内容。\n");
    }
    for file in &summary.files {
        file_words(&mut out, file);
    }
    if summary.marks_to_reconsider > 0 {
        let _ = writeln!(out, "Marks looked at again because facts changed: {}", summary.marks_to_reconsider);
    }
    if summary.licences_to_reconsider > 0 {
        let _ = writeln!(
            out,
            "Electronic licences looked at again because facts changed: {}",
            summary.licences_to_reconsider
        );
    }
    rejects_hint(&mut out, summary.rejected(), args);
    out.trim_end().to_owned()
}

fn file_words(out: &mut String, file: &FileSummary) {
    let encoding = file.encoding.map_or_else(String::new, |e| format!(" ({e})"));
    let _ = writeln!(out, "{}{encoding}: {} rows read", file.file, file.read);
    if let Some(failure) = &file.failure {
        let _ = writeln!(out, "  cannot be read: {}", failure.message);
    }
    for (count, what) in [
        (file.inserted, "new 新增"),
        (file.changed, "changed 变更"),
        (file.owners_changed, "owner's details changed 所有人信息变更"),
        (file.unchanged, "unchanged 无变化"),
        (file.newer_here, "left alone, something later is known 已有更新的记录"),
        (file.rejected, "rejected 拒绝"),
        (file.held_back, "held back: --strict, and other rows are bad 因其他行有误未写入"),
        (file.warned, "went in with a warning 有提示"),
        (file.photos, "new photos 新照片"),
    ] {
        if count > 0 {
            let _ = writeln!(out, "  {count:>9}  {what}");
        }
    }
    if file.nothing_changed {
        out.push_str("  Nothing changed: what this file says is known already. 无变化：文件内容均已存在。\n");
    }
    if let Some(at) = file.imported_before {
        let at = at.to_zoned(china()).strftime("%Y-%m-%d %H:%M");
        let _ = writeln!(out, "  This very file was imported before, on {at} (UTC+8). 此文件曾于该时间导入。");
    }
    tallies(out, "rejected because", file.reasons.iter().map(|(code, tally)| (*code, tally)));
    tallies(out, "warnings", file.warnings.iter().map(|(code, tally)| (code.as_str(), tally)));
    if !file.unknown_columns.is_empty() {
        let _ = writeln!(out, "  columns ignored 未识别的列: {}", file.unknown_columns.join(", "));
    }
    if !file.sheets_left_out.is_empty() {
        let _ = writeln!(out, "  sheets ignored 未读取的工作表: {}", file.sheets_left_out.join(", "));
    }
}

fn tallies<'a>(out: &mut String, title: &str, tallies: impl Iterator<Item = (&'a str, &'a Tally)>) {
    let mut tallies: Vec<_> = tallies.collect();
    if tallies.is_empty() {
        return;
    }
    tallies.sort_by_key(|(code, tally)| (std::cmp::Reverse(tally.count), *code));
    let _ = writeln!(out, "  {title}:");
    for (code, tally) in tallies {
        let lines = tally.first_lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let more = if tally.count > tally.first_lines.len() as u64 { " …" } else { "" };
        let _ = writeln!(out, "  {:>9}  {code} (line {lines}{more})", tally.count);
    }
}

fn rejects_hint(out: &mut String, rejected: u64, args: &FileArgs) {
    match (&args.rejects, rejected) {
        (_, 0) => {}
        (Some(path), _) => {
            let _ = writeln!(out, "Every reject with line, column and reason: {}", path.display());
        }
        (None, _) => out.push_str("Add --rejects FILE to have every reject with line, column and reason.\n"),
    }
}

fn event_words(summary: &EventsSummary, args: &FileArgs) -> String {
    let mut out = String::new();
    if summary.dry_run {
        out.push_str("Dry run: nothing was applied. 试运行：未应用任何事件。\n");
    }
    for file in &summary.files {
        events_file_words(&mut out, file, summary.dry_run);
    }
    rejects_hint(&mut out, summary.rejected(), args);
    out.trim_end().to_owned()
}

fn events_file_words(out: &mut String, file: &EventsFile, dry_run: bool) {
    let _ = writeln!(out, "{}: {} events read", file.file, file.read);
    if let Some(failure) = &file.failure {
        let _ = writeln!(out, "  cannot be read: {}", failure.message);
    }
    let held = if dry_run {
        "readable 可读"
    } else {
        "held back: --strict, and other lines are bad 因其他行有误未应用"
    };
    for (count, what) in [
        (file.applied, "applied 已应用"),
        (file.seen, "seen before 已接收过"),
        (file.parked, "waiting for what they speak about 等待所涉车辆或驾驶人登记"),
        (file.late, "late: recorded, the present state stays 迟到，仅记录"),
        (file.refused, "refused by the rules 规则不允许"),
        (file.rejected, "rejected 拒绝"),
        (file.held_back, held),
    ] {
        if count > 0 {
            let _ = writeln!(out, "  {count:>9}  {what}");
        }
    }
    if file.read > 0 && file.seen == file.read {
        out.push_str("  Nothing changed: every event in this file was seen before. 无变化：事件均已接收过。\n");
    }
    let reasons: BTreeMap<&str, &Tally> = file.reasons.iter().map(|(code, tally)| (code.as_str(), tally)).collect();
    tallies(out, "refused or rejected because", reasons.into_iter());
}
