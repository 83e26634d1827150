//! What importing a file has in common, whatever register it is of: one run with its transaction, its counts, its record and its end.

use super::{Failure, FileSummary, Options};
use crate::chance;
use crate::register::{Source, SourceError, Walk};
use crate::usecase::error::{UseError, Used};
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_store::import::IMPORT_CAUSE;
use luzheng_store::run::ImportRun;
use luzheng_store::vehicle::Source as Cause;
use luzheng_store::{Store, Tx};
use uuid::Uuid;

/// How often a batch is tried again when the engine says it may, or somebody else recorded the same subject meanwhile.
const TRIES: u32 = 8;
/// Who acts when a register comes in.
pub(super) const ACTOR: &str = "import";

/// One file on its way in.
pub(super) struct Run<'a> {
    pub(super) store: &'a Store,
    options: &'a Options,
    /// The only transaction of a strict or dry run.
    whole: Option<Tx>,
    record: ImportRun,
    cause: String,
    pub(super) true_from: Timestamp,
    pub(super) now: Timestamp,
    pub(super) summary: FileSummary,
    /// Decisions about credentials that follow from changed facts.
    pub(super) follow_ups: u64,
    /// Some events wait for something; otherwise nobody needs to be looked for among them.
    pub(super) some_wait: bool,
}

impl<'a> Run<'a> {
    pub(super) async fn begin(store: &'a Store, source: &Source, options: &'a Options, now: Timestamp) -> Used<Self> {
        let id = chance::new_id(now);
        let record = ImportRun {
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
        let mut tries = 0;
        let (whole, some_wait) = loop {
            let mut tx = store.write().await?;
            let some_wait = !tx.parked_events_due(Timestamp::MAX, 1).await?.is_empty();
            if options.strict || options.dry_run {
                break (Some(tx), some_wait);
            }
            // What was looked at is not to stay locked.
            match tx.commit().await {
                Ok(()) => break (None, some_wait),
                Err(error) => try_again(error.into(), &mut tries).await?,
            }
        };
        let summary = FileSummary { file: source.name().to_owned(), ..FileSummary::default() };
        let cause = format!("{IMPORT_CAUSE}{id}");
        let true_from = options.as_of.map_or(now, |at| at.min(now));
        Ok(Self { store, options, whole, record, cause, true_from, now, summary, follow_ups: 0, some_wait })
    }

    /// Where the facts of this run come from.
    pub(super) fn source(&self) -> Cause<'_> {
        Cause { true_from: self.true_from, known_from: self.now, cause: &self.cause }
    }

    /// The transaction of a strict or dry run, taken for one batch; to be given back with [`Run::keep`].
    pub(super) fn take_whole(&mut self) -> Option<Tx> {
        self.whole.take()
    }

    pub(super) fn keep(&mut self, tx: Tx) {
        self.whole = Some(tx);
    }

    /// Journal entry of a batch that brought something.
    pub(super) async fn note(&self, tx: &mut Tx, rows: usize, inserted: usize, changed: usize) -> Used<()> {
        if inserted + changed == 0 {
            return Ok(());
        }
        let detail = serde_json::json!({
            "run": self.record.id, "file": self.record.source, "rows": rows, "inserted": inserted, "changed": changed,
        });
        journal::note(tx, self.now, ACTOR, "register.batch", None, &detail).await
    }

    /// The end of a run, and for a strict or dry run the decision whether anything stays. Answers the counts, and how many decisions
    /// about credentials wait.
    pub(super) async fn finish(mut self, end: Result<Walk, SourceError>, digest: [u8; 32]) -> Used<(FileSummary, u64)> {
        self.record.digest = digest;
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
        Ok((self.summary, if self.options.dry_run { 0 } else { self.follow_ups }))
    }

    /// Nothing of a strict file went in.
    fn hold_back(&mut self) {
        let s = &mut self.summary;
        s.held_back = s.inserted + s.changed + s.owners_changed + s.unchanged + s.newer_here;
        (s.inserted, s.changed, s.owners_changed, s.unchanged, s.newer_here, s.warned) = (0, 0, 0, 0, 0, 0);
        s.photos = 0;
        s.nothing_changed = false;
        self.follow_ups = 0;
    }

    async fn close(&mut self, mut tx: Tx) -> Used<()> {
        let before = tx.find_import_run(self.record.digest).await?;
        self.summary.imported_before = before.and_then(|run| run.finished_at);
        self.record.rows_done = self.summary.read;
        self.record.finished_at = Some(self.now);
        self.record.summary = serde_json::to_string(&self.summary).unwrap_or_else(|_| "{}".to_owned());
        tx.put_import_run(&self.record).await?;
        let detail = serde_json::json!({
            "run": self.record.id, "file": self.record.source, "sha256": hex::encode(self.record.digest), "read": self.summary.read,
            "inserted": self.summary.inserted, "changed": self.summary.changed + self.summary.owners_changed,
            "unchanged": self.summary.unchanged, "rejected": self.summary.rejected,
        });
        journal::note(&mut tx, self.now, ACTOR, "register.imported", None::<Uuid>, &detail).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Whether a batch is to be tried once more after an error: the loser of a race looks again and finds what the winner made; a commit
/// whose end is unknown either took place, and then there is nothing new the next time, or not.
///
/// # Errors
/// The error, when it is not.
pub(super) async fn try_again(error: UseError, tries: &mut u32) -> Used<()> {
    *tries += 1;
    if *tries < TRIES && (error.retryable() || error.code == "conflict") {
        tokio::task::yield_now().await;
        return Ok(());
    }
    Err(error)
}

/// The sentence of a source error with its cause.
pub(crate) fn sentence(error: &SourceError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// The disk that repetitions are kept on failed.
pub(super) fn disk(error: std::io::Error) -> UseError {
    UseError::unavailable("disk", format!("a temporary file cannot be used: {error}"), error)
}

/// The reader went away without saying whether the file was at its end.
pub(super) fn stopped() -> UseError {
    UseError::broken("reader_stopped", "the reader ended without a word")
}
