//! One code or ten thousand in one request. Judged by the same function as everywhere, against what is published, in the order asked; what is
//! wrong with one item never fails the others, and a code that occurs twice is judged once. Between chunks others are served.

use super::log::{self, Entry, How};
use super::request::Ask;
pub use super::request::{MAX_BODY, MAX_CODES, Request};
use super::scope::{Purpose, Regions, Scope};
use super::{Call, Client};
use crate::app::App;
use crate::chance;
use crate::usecase::error::{UseError, Used};
use crate::usecase::verify::Checker;
use crate::usecase::watch::{self, Caller, Place};
use jiff::Timestamp;
use luzheng_credential::verify::{Report, StatusAge, Verdict};
use luzheng_domain::credential::CredentialKind;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

/// After so many verdicts (about two milliseconds) others have their turn.
const TURN: usize = 32;
/// After so many parsed items (about half a millisecond) others have their turn.
const PARSED_TURN: usize = 256;
/// How large a piece of the answer may become before it is sent, in bytes.
const PIECE: usize = 32 * 1024;

/// Why an item has no verdict.
#[derive(Debug, Clone, Serialize)]
struct ItemError {
    /// `bad_item` or `scope`.
    code: &'static str,
    /// What is wrong, or which scope is needed.
    detail: String,
}

/// A verdict without what the credential says.
struct Masked<'a>(&'a Report);

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("verdict", 7)?;
        report.serialize_field("verdict", &self.0.verdict())?;
        report.serialize_field("reason", &self.0.reason())?;
        report.serialize_field("checks", self.0.checks())?;
        report.serialize_field("credential", &None::<()>)?;
        report.serialize_field("hints", self.0.hints())?;
        report.serialize_field("status", &self.0.status())?;
        report.serialize_field("checked_at", &self.0.checked_at())?;
        report.end()
    }
}

/// A report as a partner sees it: outside its regions without what the credential says.
///
/// # Errors
/// It cannot be written, which no report is.
pub(super) fn shown(report: &Report, outside: bool) -> Used<serde_json::Value> {
    let json = if outside { serde_json::to_value(Masked(report)) } else { serde_json::to_value(report) };
    json.map_err(|e| UseError::broken("report", e.to_string()))
}

/// What came of one code.
#[derive(Debug)]
enum Outcome {
    /// A verdict; `masked` outside the partner's regions.
    Judged { report: Box<Report>, masked: bool },
    /// No verdict.
    Refused(ItemError),
}

#[derive(Serialize)]
struct Line<'a, R: Serialize> {
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<R>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    outside_region: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ItemError>,
}

impl Outcome {
    fn write(&self, id: Option<&str>, out: &mut Vec<u8>) {
        // Writing into memory fails for nothing that these types can hold.
        let _ = match self {
            Self::Judged { report, masked: false } => {
                out.extend_from_slice(b"{\"id\":");
                let written = serde_json::to_writer(&mut *out, &id);
                out.extend_from_slice(b",\"report\":");
                report.write_json(out);
                out.push(b'}');
                written
            }
            Self::Judged { report, masked: true } => {
                let report = Some(Masked(report));
                serde_json::to_writer(out, &Line { id, report, outside_region: true, error: None })
            }
            Self::Refused(error) => {
                serde_json::to_writer(out, &Line::<()> { id, report: None, outside_region: false, error: Some(error) })
            }
        };
    }
}

/// How many of each, in the order of the log.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Counts {
    valid: u32,
    attention: u32,
    not_valid: u32,
    unreadable: u32,
    cannot_tell: u32,
    refused: u32,
}

impl Counts {
    const fn list(self) -> [u32; 6] {
        [self.valid, self.attention, self.not_valid, self.unreadable, self.cannot_tell, self.refused]
    }

    fn add(&mut self, verdict: Option<Verdict>) {
        let count = match verdict {
            Some(Verdict::Valid) => &mut self.valid,
            Some(Verdict::Attention) => &mut self.attention,
            Some(Verdict::NotValid) => &mut self.not_valid,
            Some(Verdict::Unreadable) => &mut self.unreadable,
            Some(Verdict::CannotTell) => &mut self.cannot_tell,
            None => &mut self.refused,
        };
        *count += 1;
    }
}

/// The end of an answer, after all items.
#[derive(Serialize)]
struct End {
    counts: Counts,
    /// Of the oldest list that a verdict stands on.
    status: Option<StatusAge>,
    check: Uuid,
}

/// One request on its way.
struct Run<'a> {
    app: &'a App,
    call: &'a Call,
    checker: Checker<'a>,
    place: Place,
    now: Timestamp,
    counts: Counts,
    oldest: Option<StatusAge>,
    codes: Vec<u8>,
    seen: Vec<log::SeenCode>,
}

/// The scope that a kind of credential needs.
const fn scope_of(kind: CredentialKind) -> Scope {
    match kind {
        CredentialKind::InspectionMark => Scope::VerifyMarks,
        CredentialKind::DrivingLicence => Scope::VerifyLicences,
    }
}

/// Where a partner checks, as far as its registration tells: a single region does.
pub(super) fn place(client: &Client) -> Place {
    match &client.regions {
        Regions::Only(areas) if areas.len() == 1 => Place::from(areas.first().copied()),
        _ => Place::Unknown,
    }
}

/// Refuses a partner that may verify nothing at all.
///
/// # Errors
/// `insufficient_scope`.
pub fn may(client: &Client) -> Used<()> {
    client.require(Scope::VerifyMarks).or_else(|refused| client.require(Scope::VerifyLicences).map_err(|_| refused))
}

impl Run<'_> {
    fn judge(&mut self, ask: &Ask<'_>) -> Outcome {
        let report = self.checker.judge(&ask.code, ask.expected_plate.as_deref(), ask.at);
        let client = &self.call.client;
        let Some(claims) = report.claims() else { return Outcome::Judged { report: Box::new(report), masked: false } };
        let scope = scope_of(claims.kind());
        if !client.scopes.contains(scope) {
            return Outcome::Refused(ItemError { code: "scope", detail: scope.code().into() });
        }
        if ask.at.is_none() {
            watch::checked(self.app, &report, self.place, Caller::Partner(client.id));
        }
        self.seen.extend(log::seen(&report));
        let masked = !client.covers_code(claims.authority());
        Outcome::Judged { report: Box::new(report), masked }
    }

    /// Writes an item of the answer, counts it, and puts it down for the log.
    fn answer(&mut self, outcome: &Outcome, id: Option<&str>, out: &mut Vec<u8>) {
        let report = match outcome {
            Outcome::Judged { report, .. } => Some(report.as_ref()),
            Outcome::Refused(_) => None,
        };
        self.counts.add(report.map(Report::verdict));
        if let Some(status) = report.and_then(Report::status)
            && self.oldest.is_none_or(|oldest| status.as_of < oldest.as_of)
        {
            self.oldest = Some(status);
        }
        log::add_code(&mut self.codes, self.app.store.vault(), report);
        outcome.write(id, out);
    }

    /// Puts the call into the log, and gives the end of the answer.
    fn finish(mut self, how: How, purpose: Purpose) -> Vec<u8> {
        let Call { client, member } = self.call;
        let words = ["valid", "attention", "not_valid", "unreadable", "cannot_tell", "refused"];
        for (word, count) in words.into_iter().zip(self.counts.list()) {
            metrics::counter!("luzheng_partner_verdicts_total", "verdict" => word).increment(count.into());
        }
        let id = chance::new_id(self.now);
        log::note(
            self.app,
            Entry {
                client: Arc::clone(client),
                member: member.as_ref().map(|member| member.id),
                id,
                at: self.now,
                purpose,
                how,
                counts: self.counts.list(),
                codes: std::mem::take(&mut self.codes),
                seen: std::mem::take(&mut self.seen),
            },
        );
        let end = End { counts: self.counts, status: self.oldest, check: id };
        let mut text = b"],".to_vec();
        // The object's own brace is the answer's, which is open.
        text.extend_from_slice(&serde_json::to_vec(&end).unwrap_or_else(|_| b"{}".to_vec())[1..]);
        text
    }
}

/// Which items ask what an item before them asked: for each the first, and the firsts that are asked again.
async fn repetitions(asks: &[Result<Ask<'_>, String>]) -> (Vec<Option<usize>>, HashSet<usize>) {
    let mut firsts = HashMap::with_capacity(asks.len());
    let (mut same_as, mut asked_again) = (Vec::with_capacity(asks.len()), HashSet::new());
    for (position, ask) in asks.iter().enumerate() {
        let Ok(ask) = ask else {
            same_as.push(None);
            continue;
        };
        let first = *firsts.entry((&*ask.code, ask.expected_plate.as_deref(), ask.at)).or_insert(position);
        if first == position {
            same_as.push(None);
        } else {
            same_as.push(Some(first));
            asked_again.insert(first);
        }
        if position % PARSED_TURN == PARSED_TURN - 1 {
            tokio::task::yield_now().await;
        }
    }
    (same_as, asked_again)
}

/// Judges a request and sends the answer piece by piece: `{items: […], counts, status, check}`. When nobody takes the pieces any more it stops;
/// what was judged until then is in the log all the same.
pub async fn run(app: &App, call: &Call, how: How, request: &Request, out: Sender<Vec<u8>>) {
    let now = app.clock.now();
    let mut asks = Vec::with_capacity(request.items());
    for position in 0..request.items() {
        asks.push(request.item(position));
        if position % PARSED_TURN == PARSED_TURN - 1 {
            tokio::task::yield_now().await;
        }
    }
    let (same_as, asked_again) = repetitions(&asks).await;
    let mut run = Run {
        app,
        call,
        checker: Checker::new(app),
        place: place(&call.client),
        now,
        counts: Counts::default(),
        oldest: None,
        codes: Vec::with_capacity(asks.len() * log::ENTRY),
        seen: Vec::new(),
    };
    let mut kept: HashMap<usize, Outcome> = HashMap::with_capacity(asked_again.len());
    let mut piece = Vec::with_capacity(PIECE + 4_096);
    piece.extend_from_slice(b"{\"items\":[");
    for (position, ask) in asks.iter().enumerate() {
        if position > 0 {
            piece.push(b',');
        }
        let id = ask.as_ref().ok().and_then(|ask| ask.id.as_deref());
        if let Some(before) = same_as[position].and_then(|first| kept.get(&first)) {
            run.answer(before, id, &mut piece);
        } else {
            let outcome = match ask {
                Ok(ask) => run.judge(ask),
                Err(why) => Outcome::Refused(ItemError { code: "bad_item", detail: why.clone() }),
            };
            run.answer(&outcome, id, &mut piece);
            if asked_again.contains(&position) {
                kept.insert(position, outcome);
            }
        }
        if piece.len() >= PIECE {
            let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE + 4_096));
            if out.send(full).await.is_err() {
                break;
            }
        }
        if position % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
    }
    piece.extend_from_slice(&run.finish(how, request.purpose));
    // Whoever asked may be gone; then nobody misses the end.
    let _ = out.send(piece).await;
}
