//! A register of drivers goes in, with the photos that it names.

use super::driver_rows::{DriverRows, Item};
use super::reading::{self, Piece};
use super::reconsider::{self, OF_LICENCE};
use super::run::{Run, disk, stopped, try_again};
use super::{Listener, Options, Summary, tell};
use crate::chance;
use crate::clock::{china_date, china_midnight};
use crate::photo::Portrait;
use crate::register::driver::DriverRow;
use crate::register::seen::SeenSet;
use crate::register::{Reject, Source};
use crate::usecase::error::{UseError, Used};
use crate::usecase::{RECONSIDER, UNPARK, driver, job};
use jiff::Timestamp;
use luzheng_store::driver_import::{self as bulk, DriverImported, DriverPhoto, DriverSays};
use luzheng_store::job::NewJob;
use luzheng_store::{Store, Tx};
use std::path::PathBuf;

/// A register of drivers to be imported.
pub struct DriverSource {
    /// The file.
    pub source: Source,
    /// Where its photo files lie, in this order; none: no photo comes in.
    pub photos: Vec<PathBuf>,
}

/// Imports registers of drivers, one file after the other, as [`super::vehicles()`] does for vehicles. A photo that is missing or cannot
/// be used is told like a reject, and its row goes in without one.
///
/// # Errors
/// The environment: the store, or where the listener writes.
pub async fn drivers(
    store: &Store,
    sources: Vec<DriverSource>,
    options: &Options,
    listener: &mut dyn Listener,
    now: Timestamp,
) -> Used<Summary> {
    let mut summary = Summary { dry_run: options.dry_run, ..Summary::default() };
    let mut bytes_before = 0;
    for DriverSource { source, photos } in sources {
        let position = source.position();
        let mut file = File { run: Run::begin(store, &source, options, now).await? };
        let rows = DriverRows::new(china_date(now), photos);
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
        let (done, licences) = file.run.finish(end.ok_or_else(stopped)?, position.digest()).await?;
        bytes_before += position.bytes();
        summary.licences_to_reconsider += licences;
        summary.files.push(done);
    }
    Ok(summary)
}

/// One file on its way in.
struct File<'a> {
    run: Run<'a>,
}

impl File<'_> {
    async fn batch(&mut self, items: Vec<Item>, listener: &mut dyn Listener) -> Used<()> {
        self.run.summary.read += items.len() as u64;
        let (mut rows, mut batch, mut rejects): (Vec<_>, Vec<_>, Vec<Reject>) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Row { row, photo, told } => {
                    rejects.extend(told);
                    batch.push(self.import_row(&row, photo));
                    rows.push(row);
                }
                Item::Bad(problems) => {
                    self.run.summary.reject(&problems);
                    rejects.extend(problems);
                }
            }
        }
        let answers = self.put(&batch).await?;
        let summary = &mut self.run.summary;
        for (answer, row) in answers.iter().zip(&rows) {
            match answer {
                DriverImported::Inserted(_) => summary.inserted += 1,
                DriverImported::Changed { .. } => summary.changed += 1,
                DriverImported::Unchanged(_) => summary.unchanged += 1,
                DriverImported::Newer(_) => summary.newer_here += 1,
            }
            summary.warn(row.line, &row.warnings);
        }
        summary.photos += new_photos(&answers, &batch);
        rejects.sort_by_key(|r| r.line);
        tell(listener, &self.run.summary.file, &rejects)
    }

    fn import_row(&self, row: &DriverRow, photo: Option<Portrait>) -> bulk::DriverRow {
        let (now, true_from) = (self.run.now, self.run.true_from);
        // That it was so from the first issue on is the best we know of a driver we have never heard of.
        let issued = china_midnight(row.licence.first_issued_on);
        bulk::DriverRow {
            new_driver: chance::new_id(now),
            new_owner: chance::new_id(now),
            true_from: issued.min(true_from),
            licence: row.licence_as_of(china_date(true_from)),
            says: says(row),
            photo: photo.map(|photo| DriverPhoto {
                id: chance::new_id(now),
                bytes: photo.jpeg,
                width: photo.width,
                height: photo.height,
                taken_on: None,
            }),
            applied_on: row.applied_on,
        }
    }

    async fn put(&mut self, batch: &[bulk::DriverRow]) -> Used<Vec<DriverImported>> {
        if let Some(mut tx) = self.run.take_whole() {
            let answers = self.write(&mut tx, batch).await?;
            self.run.keep(tx);
            return Ok(answers);
        }
        let licences = self.run.follow_ups;
        let mut tries = 0;
        loop {
            self.run.follow_ups = licences;
            match self.write_alone(batch).await {
                Ok(answers) => return Ok(answers),
                Err(error) => try_again(error, &mut tries).await?,
            }
        }
    }

    async fn write_alone(&mut self, batch: &[bulk::DriverRow]) -> Used<Vec<DriverImported>> {
        let mut tx = self.run.store.write().await?;
        let answers = self.write(&mut tx, batch).await?;
        tx.commit().await.map_err(UseError::from)?;
        Ok(answers)
    }

    /// One batch in a transaction: facts, what they mean for electronic licences, what waited for new drivers, and the journal.
    async fn write(&mut self, tx: &mut Tx, batch: &[bulk::DriverRow]) -> Used<Vec<DriverImported>> {
        let answers = tx.upsert_drivers(batch, &self.run.source()).await?;
        let mut jobs = Vec::new();
        let today = china_date(self.run.now);
        for answer in &answers {
            if let DriverImported::Changed { before, after, version, photo } = answer
                && reconsider::bears_on_the_licence(&before.facts, after, photo.is_some(), today)
            {
                let reference = format!("{OF_LICENCE}{}/{version}", self.run.source().cause);
                jobs.push(job(RECONSIDER, before.id, reference, self.run.now));
            }
        }
        self.run.follow_ups += jobs.len() as u64;
        jobs.extend(self.wake(tx, &answers, batch).await?);
        tx.enqueue(&jobs).await?;
        let count = |wanted: fn(&DriverImported) -> bool| answers.iter().filter(|a| wanted(a)).count();
        let inserted = count(|a| matches!(a, DriverImported::Inserted(_)));
        let changed = count(|a| matches!(a, DriverImported::Changed { .. }));
        self.run.note(tx, answers.len(), inserted, changed).await?;
        Ok(answers)
    }
}

impl File<'_> {
    /// Jobs for the events that waited for drivers who are new.
    async fn wake(&self, tx: &mut Tx, answers: &[DriverImported], batch: &[bulk::DriverRow]) -> Used<Vec<NewJob>> {
        let mut jobs = Vec::new();
        for (answer, row) in answers.iter().zip(batch) {
            if let DriverImported::Inserted(id) = answer
                && self.run.some_wait
            {
                let key = driver::subject_key(tx.vault(), &row.licence.number);
                if !tx.parked_events_of(&key, 1).await?.is_empty() {
                    jobs.push(job(UNPARK, *id, key, self.run.now));
                }
            }
        }
        Ok(jobs)
    }
}

/// Photos that are new here.
fn new_photos(answers: &[DriverImported], batch: &[bulk::DriverRow]) -> u64 {
    let new = |(answer, row): &(&DriverImported, &bulk::DriverRow)| match answer {
        DriverImported::Inserted(_) => row.photo.is_some(),
        DriverImported::Changed { photo, .. } => photo.is_some(),
        DriverImported::Unchanged(_) | DriverImported::Newer(_) => false,
    };
    answers.iter().zip(batch).filter(new).count() as u64
}

/// What a row says, as the store wants to know it.
fn says(row: &DriverRow) -> DriverSays {
    DriverSays {
        nationality: row.says("nationality"),
        phone: row.says("phone"),
        file_number: row.says("file_number"),
        status: row.says("status"),
        points: row.says("points"),
        // No export says these; events do.
        class_dates: false,
        deadlines: false,
    }
}
