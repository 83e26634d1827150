//! A register of vehicles goes in.

use super::reading::{self, Piece};
use super::vehicle_rows::{Item, VehicleRows};
use super::{Failure, FileSummary, Listener, Options, Summary, reconsider, tell};
use crate::chance;
use crate::clock::{china_date, china_midnight};
use crate::register::columns;
use crate::register::seen::SeenSet;
use crate::register::{RegisterRow, Reject, Source, SourceError, Walk};
use crate::usecase::error::{UseError, Used};
use crate::usecase::{RECONSIDER, job, journal};
use jiff::Timestamp;
use luzheng_store::import::{IMPORT_CAUSE, ImportRow, Imported, MAX_BATCH, Says};
use luzheng_store::run::ImportRun;
use luzheng_store::vehicle::Source as Cause;
use luzheng_store::{Store, Tx};
use uuid::Uuid;

/// How often a batch is tried again when the engine says it may, or somebody else recorded the same vehicle meanwhile.
const TRIES: u32 = 8;
/// Who acts when a register comes in.
const ACTOR: &str = "import";

/// Imports registers of vehicles, one file after the other. A file that cannot be read is told in its summary and does not keep the
/// others from going in.
///
/// # Errors
/// The environment: the store, or where the listener writes.
pub async fn vehicles(
    store: &Store,
    sources: Vec<Source>,
    options: &Options,
    listener: &mut dyn Listener,
    now: Timestamp,
) -> Used<Summary> {
    let mut summary = Summary { dry_run: options.dry_run, ..Summary::default() };
    let mut bytes_before = 0;
    for source in sources {
        let position = source.position();
        let mut file = File::begin(store, &source, options, now).await?;
        let mut pieces = reading::start(source, VehicleRows { today: china_date(now) }, SeenSet::new(chance::bytes()));
        let mut end = None;
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Batch(items) => file.batch(items, listener).await?,
                Piece::End(walked) => end = Some(walked),
                Piece::Disk(error) => {
                    return Err(UseError::unavailable(
                        "disk",
                        format!("a temporary file cannot be used: {error}"),
                        error,
                    ));
                }
            }
            listener.progress(bytes_before + position.bytes(), file.summary.read);
        }
        let end = end.ok_or_else(|| UseError::broken("reader_stopped", "the reader ended without a word"))?;
        file.run.digest = position.digest();
        let (done, marks) = file.finish(end, listener).await?;
        bytes_before += position.bytes();
        summary.marks_to_reconsider += marks;
        summary.files.push(done);
    }
    Ok(summary)
}

/// One file on its way in.
struct File<'a> {
    store: &'a Store,
    options: &'a Options,
    /// The only transaction of a strict or dry run.
    whole: Option<Tx>,
    run: ImportRun,
    cause: String,
    true_from: Timestamp,
    now: Timestamp,
    summary: FileSummary,
    marks: u64,
    /// Rows whose plate another vehicle has: it may give it up further down in the file, so they are tried once more at the end.
    deferred: Vec<(RegisterRow, bool)>,
}

impl<'a> File<'a> {
    async fn begin(store: &'a Store, source: &Source, options: &'a Options, now: Timestamp) -> Used<Self> {
        let id = chance::new_id(now);
        let run = ImportRun {
            id,
            source: source.name().to_owned(),
            // Known once the file has been read to its end; only then the run is recorded.
            digest: [0; 32],
            rows_done: 0,
            summary: "{}".to_owned(),
            started_at: now,
            updated_at: now,
            finished_at: None,
        };
        let whole = if options.strict || options.dry_run { Some(store.write().await?) } else { None };
        let summary = FileSummary { file: source.name().to_owned(), ..FileSummary::default() };
        let cause = format!("{IMPORT_CAUSE}{id}");
        let true_from = options.as_of.map_or(now, |at| at.min(now));
        Ok(Self { store, options, whole, run, cause, true_from, now, summary, marks: 0, deferred: Vec::new() })
    }

    async fn batch(&mut self, items: Vec<Item>, listener: &mut dyn Listener) -> Used<()> {
        self.summary.read += items.len() as u64;
        let (mut rows, mut rejects) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Row { row, owner_told } => rows.push((*row, owner_told)),
                Item::Bad { rejects: problems, .. } => {
                    self.summary.reject(&problems);
                    rejects.extend(problems);
                }
            }
        }
        let conflicts = self.put(&rows).await?;
        for at in conflicts.into_iter().rev() {
            let (row, owner_told) = rows.swap_remove(at);
            if self.deferred.len() < MAX_BATCH {
                self.deferred.push((row, owner_told));
            } else {
                rejects.extend(self.taken(&row));
            }
        }
        rejects.sort_by_key(|r| r.line);
        tell(listener, &self.summary.file, &rejects)
    }

    /// Writes rows, with tries; answers which contradict what is known.
    async fn put(&mut self, rows: &[(RegisterRow, bool)]) -> Used<Vec<usize>> {
        let batch: Vec<ImportRow> = rows.iter().map(|(row, told)| self.import_row(row, *told)).collect();
        let answers = match self.whole.take() {
            Some(mut tx) => {
                let answers = self.write(&mut tx, &batch).await?;
                self.whole = Some(tx);
                answers
            }
            None => self.write_and_commit(&batch).await?,
        };
        let mut conflicts = Vec::new();
        for (at, (answer, (row, _))) in answers.iter().zip(rows).enumerate() {
            match answer {
                Imported::Inserted(_) => self.summary.inserted += 1,
                Imported::Changed { .. } => self.summary.changed += 1,
                Imported::OwnerChanged(_) => self.summary.owners_changed += 1,
                Imported::Unchanged(_) => self.summary.unchanged += 1,
                Imported::Newer(_) => self.summary.newer_here += 1,
                Imported::Conflict(_) => {
                    conflicts.push(at);
                    continue;
                }
            }
            self.summary.warn(row.line, &row.warnings);
        }
        Ok(conflicts)
    }

    fn import_row(&self, row: &RegisterRow, owner_told: bool) -> ImportRow {
        // That it was so from the registration on is the best we know of a vehicle we have never heard of; an event between the
        // registration and the export must not count as overtaken by it.
        let registered = china_midnight(row.vehicle.registered_on);
        ImportRow {
            new_vehicle: chance::new_id(self.now),
            new_owner: chance::new_id(self.now),
            true_from: registered.min(self.true_from),
            facts: row.vehicle.clone(),
            says: says(row),
            owner: row.owner.clone(),
            owner_told,
        }
    }

    async fn write_and_commit(&mut self, batch: &[ImportRow]) -> Used<Vec<Imported>> {
        let marks = self.marks;
        let mut tries = 0;
        loop {
            tries += 1;
            self.marks = marks;
            let mut tx = match self.store.write().await {
                Ok(tx) => tx,
                Err(error) if tries < TRIES && error.is_retryable() => continue,
                Err(error) => return Err(error.into()),
            };
            let done = match self.write(&mut tx, batch).await {
                Ok(answers) => tx.commit().await.map(|()| answers).map_err(UseError::from),
                Err(error) => Err(error),
            };
            match done {
                Ok(answers) => return Ok(answers),
                // The loser of a race looks again and finds what the winner made; a commit whose end is unknown either took place,
                // and then there is nothing new the next time, or not.
                Err(error) if tries < TRIES && (error.retryable() || error.code == "conflict") => {
                    tokio::task::yield_now().await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One batch in a transaction: facts, what they mean for marks, and the journal.
    async fn write(&mut self, tx: &mut Tx, batch: &[ImportRow]) -> Used<Vec<Imported>> {
        let source = Cause { true_from: self.true_from, known_from: self.now, cause: &self.cause };
        let answers = tx.upsert_vehicles(batch, &source).await?;
        let mut jobs = Vec::new();
        for answer in &answers {
            if let Imported::Changed { before, after, version } = answer
                && reconsider::bears_on_the_mark(&before.facts, after)
            {
                jobs.push(job(RECONSIDER, before.id, format!("{}:{version}", before.version), self.now));
            }
        }
        tx.enqueue(&jobs).await?;
        self.marks += jobs.len() as u64;
        let count = |wanted: fn(&Imported) -> bool| answers.iter().filter(|a| wanted(a)).count();
        let detail = serde_json::json!({
            "run": self.run.id, "file": self.run.source, "rows": answers.len(),
            "inserted": count(|a| matches!(a, Imported::Inserted(_))),
            "changed": count(|a| matches!(a, Imported::Changed { .. } | Imported::OwnerChanged(_))),
        });
        if answers.iter().any(|a| !matches!(a, Imported::Unchanged(_) | Imported::Newer(_) | Imported::Conflict(_))) {
            journal::note(tx, self.now, ACTOR, "register.batch", None, &detail).await?;
        }
        Ok(answers)
    }

    fn taken(&mut self, row: &RegisterRow) -> Vec<Reject> {
        let plate = &row.vehicle.plate;
        let value = format!("{} {}", plate.number.as_str(), plate.plate_type.code());
        let sentence = "another vehicle in our register has this plate".to_owned();
        let rejects =
            vec![Reject::found(columns::vehicle(), row.line, "plate_number", &value, "plate_taken", sentence)];
        self.summary.reject(&rejects);
        rejects
    }

    /// The rows that waited, the end of the run, and for a strict or dry run the decision whether anything stays.
    async fn finish(mut self, end: Result<Walk, SourceError>, listener: &mut dyn Listener) -> Used<(FileSummary, u64)> {
        let mut waiting = std::mem::take(&mut self.deferred);
        waiting.sort_by_key(|(row, _)| row.line);
        if !waiting.is_empty() {
            let conflicts = self.put(&waiting).await?;
            for at in conflicts {
                let rejects = self.taken(&waiting[at].0);
                tell(listener, &self.summary.file, &rejects)?;
            }
        }
        match end {
            Ok(walk) => {
                self.summary.encoding = walk.encoding.map(crate::register::Encoding::name);
                self.summary.unknown_columns = walk.unknown.names().map(str::to_owned).collect();
                self.summary.sheets_left_out = walk.sheets_left_out;
            }
            Err(error) => self.summary.failure = Some(Failure { code: error.code(), message: sentence(&error) }),
        }
        self.summary.nothing_changed = self.summary.all_known();
        // A row that is there twice, the same both times, is a blemish but no reason to refuse a whole register.
        let blemishes = self.summary.reasons.get("duplicate_row").map_or(0, |t| t.count);
        let sound = self.summary.rejected == blemishes && self.summary.failure.is_none();
        if let Some(tx) = self.whole.take() {
            if !sound && self.options.strict {
                self.hold_back();
            } else if !self.options.dry_run {
                self.close(tx).await?;
            }
        } else if self.summary.read > 0 && self.summary.failure.is_none() {
            let tx = self.store.write().await?;
            self.close(tx).await?;
        }
        Ok((self.summary, if self.options.dry_run { 0 } else { self.marks }))
    }

    /// Nothing of a strict file went in.
    fn hold_back(&mut self) {
        let s = &mut self.summary;
        s.held_back = s.inserted + s.changed + s.owners_changed + s.unchanged + s.newer_here;
        (s.inserted, s.changed, s.owners_changed, s.unchanged, s.newer_here, s.warned) = (0, 0, 0, 0, 0, 0);
        s.nothing_changed = false;
        self.marks = 0;
    }

    async fn close(&mut self, mut tx: Tx) -> Used<()> {
        let before = tx.find_import_run(self.run.digest).await?;
        self.summary.imported_before = before.and_then(|run| run.finished_at);
        self.run.rows_done = self.summary.read;
        self.run.finished_at = Some(self.now);
        self.run.summary = serde_json::to_string(&self.summary).unwrap_or_else(|_| "{}".to_owned());
        tx.put_import_run(&self.run).await?;
        let detail = serde_json::json!({
            "run": self.run.id, "file": self.run.source, "sha256": hex::encode(self.run.digest), "read": self.summary.read, "inserted": self.summary.inserted,
            "changed": self.summary.changed + self.summary.owners_changed, "unchanged": self.summary.unchanged, "rejected": self.summary.rejected,
        });
        journal::note(&mut tx, self.now, ACTOR, "register.imported", None::<Uuid>, &detail).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What a row says, as the store wants to know it.
pub(crate) fn says(row: &RegisterRow) -> Says {
    Says {
        manufactured_on: row.says("manufactured_on"),
        energy: row.says("energy"),
        colour: row.says("colour"),
        status: row.says("status"),
        valid_until: row.says("valid_until"),
        insurance_until: row.says("insurance_until"),
        casualty_accident: row.says("casualty_accident"),
        illegal_modification: row.says("illegal_modification"),
        phone: row.says("phone"),
    }
}

/// The sentence of a source error with its cause.
pub(crate) fn sentence(error: &SourceError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
