//! Events come in from files, line by line, each applied exactly once.

use super::run::sentence;
use super::{Failure, Listener, Options, Tally};
use crate::app::App;
use crate::register::{Reject, Source, SourceError};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::event::{self, Outcome};
use luzheng_domain::text::Text;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Seek, Write};
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// Lines that wait between reader and store; each may be as long as a photo.
const WAITING: usize = 32;

/// What became of the events of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EventsFile {
    /// Its name.
    pub file: String,
    /// Events that were read; the sum of the next six.
    pub read: u64,
    /// Applied now.
    pub applied: u64,
    /// Seen before, and not applied again.
    pub seen: u64,
    /// Waiting for their subject.
    pub parked: u64,
    /// Older than what is known: recorded, the present state stays.
    pub late: u64,
    /// Recorded with the reason why the rules refuse them.
    pub refused: u64,
    /// Not taken: unreadable, or the same id with other content.
    pub rejected: u64,
    /// Events of a strict file that did not go in because another line cannot be read.
    pub held_back: u64,
    /// Refusals and rejects by code.
    pub reasons: BTreeMap<String, Tally>,
    /// Why the file could not be read, or not to its end.
    pub failure: Option<Failure>,
}

/// What became of an import of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EventsSummary {
    /// Only read, not applied.
    pub dry_run: bool,
    /// File by file.
    pub files: Vec<EventsFile>,
}

impl EventsSummary {
    /// Events that were not taken or were refused.
    pub fn rejected(&self) -> u64 {
        self.files.iter().map(|f| f.rejected + f.refused).sum()
    }

    /// The first file that could not be read.
    pub fn failure(&self) -> Option<(&str, &Failure)> {
        self.files.iter().find_map(|f| f.failure.as_ref().map(|failure| (f.file.as_str(), failure)))
    }
}

/// Applies the events of files in their order. A dry run reads them and applies nothing. A strict file is read to its end first, and
/// nothing of it is applied when a line cannot be read; each event is still a transaction of its own, because each is acknowledged by
/// itself and applied once, whoever sends it again.
///
/// # Errors
/// The environment: the store, the disk, or where the listener writes.
pub async fn events(
    app: &App,
    sources: Vec<Source>,
    options: &Options,
    listener: &mut dyn Listener,
) -> Used<EventsSummary> {
    let mut summary = EventsSummary { dry_run: options.dry_run, ..EventsSummary::default() };
    let mut bytes_before = 0;
    for source in sources {
        let position = source.position();
        let mut file = EventsFile { file: source.name().to_owned(), ..EventsFile::default() };
        let mut kept = if options.strict && !options.dry_run { Some(Kept::new()?) } else { None };
        let mut lines = start(source);
        while let Some(piece) = lines.recv().await {
            match piece {
                Piece::Line(line, text) => {
                    file.read += 1;
                    match (text, &mut kept) {
                        (Err(reject), _) => file.reject(reject, listener)?,
                        (Ok(text), Some(kept)) => match check(line, &text) {
                            Some(reject) => file.reject(reject, listener)?,
                            None => kept.push(line, &text)?,
                        },
                        (Ok(text), None) if options.dry_run => match check(line, &text) {
                            Some(reject) => file.reject(reject, listener)?,
                            None => file.held_back += 1,
                        },
                        (Ok(text), None) => file.apply(app, line, &text, listener).await?,
                    }
                }
                Piece::End(Err(error)) => {
                    file.failure = Some(Failure { code: error.code(), message: sentence(&error) });
                }
                Piece::End(Ok(())) => {}
            }
            listener.progress(bytes_before + position.bytes(), file.read);
        }
        if let Some(kept) = kept {
            if file.rejected == 0 && file.failure.is_none() {
                kept.apply(app, &mut file, listener).await?;
            } else {
                file.held_back = kept.count;
            }
        }
        bytes_before += position.bytes();
        summary.files.push(file);
    }
    Ok(summary)
}

enum Piece {
    Line(u64, Result<String, Reject>),
    End(Result<(), SourceError>),
}

fn start(source: Source) -> mpsc::Receiver<Piece> {
    let (out, lines) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let walked = source.walk_lines(&mut |line, text| match out.blocking_send(Piece::Line(line, text)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        });
        // Whoever no longer listens does not need the end either.
        let _ = out.blocking_send(Piece::End(walked.map(drop)));
    });
    lines
}

/// What is wrong with a line as an event; nothing is applied.
fn check(line: u64, text: &str) -> Option<Reject> {
    event::check(text).err().map(|error| unreadable(line, error.code, error.message))
}

fn unreadable(line: u64, code: &'static str, en: String) -> Reject {
    Reject::of_row(line, code, Text::made("事件无法接受", en))
}

impl EventsFile {
    fn reject(&mut self, reject: Reject, listener: &mut dyn Listener) -> Used<()> {
        self.rejected += 1;
        self.tell(reject, listener)
    }

    fn tell(&mut self, reject: Reject, listener: &mut dyn Listener) -> Used<()> {
        self.reasons.entry(reject.code.to_owned()).or_default().add(reject.line);
        super::tell(listener, &self.file, &[reject])
    }

    async fn apply(&mut self, app: &App, line: u64, text: &str, listener: &mut dyn Listener) -> Used<()> {
        let receipt = match event::apply_event(app, text).await {
            Ok(receipt) => receipt,
            // The same id with other content, or no event at all: this line's fault, and the next one may be sound.
            Err(UseError { kind: Kind::Invalid | Kind::Conflict, code, message, .. }) => {
                return self.reject(unreadable(line, code, message), listener);
            }
            Err(mut error) => {
                error.message = format!("{}, line {line}: {}", self.file, error.message);
                return Err(error);
            }
        };
        match receipt.outcome {
            Outcome::Applied => self.applied += 1,
            Outcome::Seen => self.seen += 1,
            Outcome::Parked => self.parked += 1,
            Outcome::Late => self.late += 1,
            Outcome::Refused => {
                self.refused += 1;
                let detail = receipt.detail.unwrap_or_default();
                let reject = Reject::of_row(line, "event_refused", Text::made("规则不允许此事件", detail));
                return self.tell(reject, listener);
            }
        }
        Ok(())
    }
}

/// Sound lines of a strict file until its end is known, on disk.
struct Kept {
    file: std::io::BufWriter<std::fs::File>,
    count: u64,
}

fn disk(error: std::io::Error) -> UseError {
    UseError::unavailable("disk", format!("a temporary file cannot be used: {error}"), error)
}

impl Kept {
    fn new() -> Used<Self> {
        Ok(Self { file: std::io::BufWriter::new(tempfile::tempfile().map_err(disk)?), count: 0 })
    }

    fn push(&mut self, line: u64, text: &str) -> Used<()> {
        self.count += 1;
        writeln!(self.file, "{line}\t{text}").map_err(disk)
    }

    async fn apply(self, app: &App, file: &mut EventsFile, listener: &mut dyn Listener) -> Used<()> {
        let mut back = self.file.into_inner().map_err(|e| disk(e.into_error()))?;
        back.rewind().map_err(disk)?;
        for kept in BufReader::new(back).lines() {
            let kept = kept.map_err(disk)?;
            let (line, text) = kept
                .split_once('\t')
                .and_then(|(line, text)| Some((line.parse().ok()?, text)))
                .ok_or_else(|| UseError::broken("broken_temporary_file", "a kept line has no number"))?;
            file.apply(app, line, text, listener).await?;
        }
        Ok(())
    }
}
