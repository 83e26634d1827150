//! A register of vehicles goes in.

use super::reading::{self, Piece};
use super::run::{Run, disk, stopped, try_again};
use super::vehicle_rows::{Item, VehicleRows};
use super::{FileSummary, Listener, Options, Summary, reconsider, tell};
use crate::chance;
use crate::clock::{china_date, china_midnight};
use crate::register::columns;
use crate::register::seen::SeenSet;
use crate::register::{RegisterRow, Reject, Source, SourceError, Walk};
use crate::usecase::error::{UseError, Used};
use crate::usecase::{RECONSIDER, UNPARK, filing, job, vehicle};
use jiff::Timestamp;
use luzheng_store::import::{ImportRow, Imported, MAX_BATCH, Says};
use luzheng_store::job::NewJob;
use luzheng_store::vehicle::StoredVehicle;
use luzheng_store::{Store, Tx};

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
        let mut file = File { run: Run::begin(store, &source, options, now).await?, deferred: Vec::new() };
        let rows = VehicleRows { today: china_date(now) };
        let mut pieces = reading::start(source, rows, SeenSet::new(chance::bytes()));
        let mut end = None;
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Batch(items) => file.batch(items, listener).await?,
                Piece::End(walked) => end = Some(walked),
                Piece::Disk(error) => return Err(disk(error)),
            }
            listener.progress(bytes_before + position.bytes(), file.run.summary.read);
        }
        let (done, marks) = file.finish(end.ok_or_else(stopped)?, position.digest(), listener).await?;
        bytes_before += position.bytes();
        summary.marks_to_reconsider += marks;
        summary.files.push(done);
    }
    Ok(summary)
}

/// One file on its way in.
struct File<'a> {
    run: Run<'a>,
    /// Rows whose plate another vehicle has: it may give it up further down in the file, so they are tried once more at the end.
    deferred: Vec<(RegisterRow, bool)>,
}

impl File<'_> {
    async fn batch(&mut self, items: Vec<Item>, listener: &mut dyn Listener) -> Used<()> {
        self.run.summary.read += items.len() as u64;
        let (mut rows, mut rejects) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Row { row, owner_told } => rows.push((*row, owner_told)),
                Item::Bad { rejects: problems, .. } => {
                    self.run.summary.reject(&problems);
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
        tell(listener, &self.run.summary.file, &rejects)
    }

    /// Writes rows, with tries; answers which contradict what is known.
    async fn put(&mut self, rows: &[(RegisterRow, bool)]) -> Used<Vec<usize>> {
        let batch: Vec<ImportRow> = rows.iter().map(|(row, told)| self.import_row(row, *told)).collect();
        let answers = match self.run.take_whole() {
            Some(mut tx) => {
                let answers = self.write(&mut tx, &batch).await?;
                self.run.keep(tx);
                answers
            }
            None => self.write_and_commit(&batch).await?,
        };
        let mut conflicts = Vec::new();
        let summary = &mut self.run.summary;
        for (at, (answer, (row, _))) in answers.iter().zip(rows).enumerate() {
            match answer {
                Imported::Inserted(_) => summary.inserted += 1,
                Imported::Changed { .. } => summary.changed += 1,
                Imported::OwnerChanged(_) => summary.owners_changed += 1,
                Imported::Unchanged(_) => summary.unchanged += 1,
                Imported::Newer(_) => summary.newer_here += 1,
                Imported::Conflict(_) => {
                    conflicts.push(at);
                    continue;
                }
            }
            summary.warn(row.line, &row.warnings);
        }
        Ok(conflicts)
    }

    fn import_row(&self, row: &RegisterRow, owner_told: bool) -> ImportRow {
        // That it was so from the registration on is the best we know of a vehicle we have never heard of; an event between the
        // registration and the export must not count as overtaken by it.
        let registered = china_midnight(row.vehicle.registered_on);
        ImportRow {
            new_vehicle: chance::new_id(self.run.now),
            new_owner: chance::new_id(self.run.now),
            true_from: registered.min(self.run.true_from),
            facts: row.vehicle.clone(),
            says: says(row),
            owner: row.owner.clone(),
            owner_told,
        }
    }

    async fn write_and_commit(&mut self, batch: &[ImportRow]) -> Used<Vec<Imported>> {
        let marks = self.run.follow_ups;
        let mut tries = 0;
        loop {
            self.run.follow_ups = marks;
            match self.write_alone(batch).await {
                Ok(answers) => return Ok(answers),
                Err(error) => try_again(error, &mut tries).await?,
            }
        }
    }

    async fn write_alone(&mut self, batch: &[ImportRow]) -> Used<Vec<Imported>> {
        let mut tx = self.run.store.write().await?;
        let answers = self.write(&mut tx, batch).await?;
        tx.commit().await.map_err(UseError::from)?;
        Ok(answers)
    }

    /// One batch in a transaction: facts, what they mean for marks, and the journal.
    async fn write(&mut self, tx: &mut Tx, batch: &[ImportRow]) -> Used<Vec<Imported>> {
        let answers = tx.upsert_vehicles(batch, &self.run.source()).await?;
        let mut jobs = Vec::new();
        for answer in &answers {
            let Imported::Changed { before, after, version } = answer else { continue };
            let now = StoredVehicle { version: *version, facts: (**after).clone(), ..(**before).clone() };
            filing::ended_by_register(tx, Some(before), &now, self.run.now).await?;
            if reconsider::bears_on_the_mark(&before.facts, after) {
                jobs.push(job(RECONSIDER, before.id, format!("{}:{version}", before.version), self.run.now));
            }
        }
        self.run.follow_ups += jobs.len() as u64;
        jobs.extend(self.wake(tx, &answers, batch).await?);
        tx.enqueue(&jobs).await?;
        let count = |wanted: fn(&Imported) -> bool| answers.iter().filter(|a| wanted(a)).count();
        let inserted = count(|a| matches!(a, Imported::Inserted(_)));
        let changed = count(|a| matches!(a, Imported::Changed { .. } | Imported::OwnerChanged(_)));
        self.run.note(tx, answers.len(), inserted, changed).await?;
        Ok(answers)
    }

    /// Jobs for the events that waited for vehicles that are new.
    async fn wake(&self, tx: &mut Tx, answers: &[Imported], batch: &[ImportRow]) -> Used<Vec<NewJob>> {
        let mut jobs = Vec::new();
        for (answer, row) in answers.iter().zip(batch) {
            let Imported::Inserted(id) = answer else { continue };
            let keys = if self.run.some_wait { vehicle::subject_keys(&row.facts).to_vec() } else { Vec::new() };
            for key in keys {
                if !tx.parked_events_of(&key, 1).await?.is_empty() {
                    jobs.push(job(UNPARK, *id, key, self.run.now));
                }
            }
        }
        Ok(jobs)
    }

    fn taken(&mut self, row: &RegisterRow) -> Vec<Reject> {
        let plate = &row.vehicle.plate;
        let value = format!("{} {}", plate.number.as_str(), plate.plate_type.code());
        let sentence = "another vehicle in our register has this plate".to_owned();
        let set = columns::vehicle();
        let rejects = vec![Reject::found(set, row.line, "plate_number", &value, "plate_taken", sentence)];
        self.run.summary.reject(&rejects);
        rejects
    }

    /// The rows that waited, then the end of the run.
    async fn finish(
        mut self,
        end: Result<Walk, SourceError>,
        digest: [u8; 32],
        listener: &mut dyn Listener,
    ) -> Used<(FileSummary, u64)> {
        let mut waiting = std::mem::take(&mut self.deferred);
        waiting.sort_by_key(|(row, _)| row.line);
        if !waiting.is_empty() {
            let conflicts = self.put(&waiting).await?;
            for at in conflicts {
                let rejects = self.taken(&waiting[at].0);
                tell(listener, &self.run.summary.file, &rejects)?;
            }
        }
        self.run.finish(end, digest).await
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
