//! What people are told about their paper, and when: a step of the office only after it can no longer be taken back.

use super::office;
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::view::{AboutView, Text};
use crate::usecase::{mark_case, notice};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::case::kind::mark::{MarkAction, ReturnReason};
use luzheng_domain::case::kind::notice::{PaperFacts, PaperNotice};
use luzheng_domain::vehicle::{Plate, PlateType};
use luzheng_store::Tx;
use luzheng_store::mark_case::StoredMarkCase;
use luzheng_store::paper::Paper;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a notice about a paper needs to be put into words.
#[derive(Debug, Serialize, Deserialize)]
struct Params {
    plate_number: String,
    plate_type: String,
    carrier: Option<String>,
    office: Option<Text>,
    collect_by: Option<Date>,
    returned: Option<ReturnReason>,
    about: AboutView,
}

/// Tells whoever ordered a paper how it stands.
///
/// # Errors
/// The store.
pub(crate) async fn tell(
    app: &App,
    tx: &mut Tx,
    kind: PaperNotice,
    case: &StoredMarkCase,
    paper: Option<&Paper>,
    returned: Option<ReturnReason>,
    now: Timestamp,
) -> Used<()> {
    let Some(vehicle) = tx.find_vehicle(case.vehicle).await? else { return Ok(()) };
    let plate = &vehicle.facts.plate;
    let office = match paper.and_then(|paper| paper.office.as_deref()) {
        Some(id) => office::find(app, id)?.map(|office| office.name),
        None => None,
    };
    let params = Params {
        plate_number: plate.number.to_string(),
        plate_type: plate.plate_type.code().into(),
        carrier: paper.and_then(|paper| paper.carrier.clone()),
        office,
        collect_by: paper.and_then(|paper| paper.collect_by),
        returned,
        about: AboutView { kind: "case".into(), id: case.id, label: plate.number.to_string() },
    };
    let dedupe = format!("case/{}:{}:{}", case.id, kind.code(), case.version);
    notice::add(tx, case.owner, &dedupe, kind.code(), &params, now).await?;
    Ok(())
}

const fn kind_of(action: MarkAction) -> Option<PaperNotice> {
    match action {
        MarkAction::Produced => Some(PaperNotice::Produced),
        MarkAction::Dispatched => Some(PaperNotice::Dispatched),
        MarkAction::Ready => Some(PaperNotice::Ready),
        MarkAction::Delivered => Some(PaperNotice::Delivered),
        MarkAction::Collected => Some(PaperNotice::Collected),
        MarkAction::Returned { .. } => Some(PaperNotice::Returned),
        _ => None,
    }
}

/// Tells of a step that can no longer be taken back; nothing when it was taken back. `reference` is the case and the number of the step.
///
/// # Errors
/// A job that makes no sense; the store.
pub async fn tell_step(app: &App, reference: &str) -> Used<()> {
    let broken = || UseError::broken("broken_job", format!("“{reference}” names no step of a case"));
    let (case, seq) = reference.split_once(' ').ok_or_else(broken)?;
    let (case, seq): (Uuid, u32) = (case.parse().map_err(|_| broken())?, seq.parse().map_err(|_| broken())?);
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let Some(stored) = tx.lock_mark_case(case).await? else { return Ok(()) };
    let log = mark_case::load(&mut tx, stored).await?;
    let Some(action) = log.standing(seq) else { return Ok(()) };
    if let Some(kind) = kind_of(action) {
        let paper = tx.paper_of_case(log.stored.vehicle, case).await?;
        let returned = match action {
            MarkAction::Returned { reason } => Some(reason),
            _ => None,
        };
        let told = StoredMarkCase { version: seq, ..log.stored.clone() };
        tell(app, &mut tx, kind, &told, paper.as_ref(), returned, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Title and body of a notice about a paper.
pub(crate) fn words(kind: &str, params: &str) -> Option<(Text, Text)> {
    let (kind, params) = (PaperNotice::from_code(kind)?, serde_json::from_str::<Params>(params).ok()?);
    let plate_type = PlateType::from_code(&params.plate_type).ok()?;
    let plate = Plate::parse(&params.plate_number, plate_type).ok()?.value;
    let facts = PaperFacts {
        carrier: params.carrier,
        office: params.office.map(|name| luzheng_domain::text::Text::made(name.zh, name.en)),
        collect_by: params.collect_by,
        returned: params.returned,
    };
    let notice = kind.notice(&plate, &facts);
    Some((notice.title.into(), notice.body.into()))
}
