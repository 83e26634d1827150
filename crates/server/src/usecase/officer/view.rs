//! What an officer sees, readable at arm's length: how a vehicle stands, how a driver stands, what applies.

use crate::clock::china_date;
use crate::usecase::citizen::month;
use crate::usecase::credential::{Life, life};
use crate::usecase::error::Used;
use crate::usecase::licence::live::Standing;
use crate::usecase::view::{ClauseView, StatusLetter, Text};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::clause::Clause;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::mask;
use luzheng_domain::roadside::{self, Advice, MarkSeen};
use luzheng_domain::vehicle::{Colour, MarkEffect};
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::StoredDriver;
use luzheng_store::status::StatusValue;
use luzheng_store::vehicle::StoredVehicle;
use serde::Serialize;
use utoipa::ToSchema;

/// The name of the state that has no letters set.
const NORMAL: (&str, &str) = ("正常", "normal");

/// The mark of a vehicle.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OfficerMark)]
pub struct MarkOfVehicle {
    /// `issuing`, `current`, `suspended` or `revoked`.
    pub state: String,
    /// Month until which it is valid.
    pub valid_until: String,
}

/// A vehicle as an officer sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfficerVehicle {
    /// Plate number.
    pub plate_number: String,
    /// Plate type (号牌种类), two digits.
    pub plate_type: String,
    /// What that type is called.
    pub plate_type_name: Text,
    /// Colour of the plate.
    pub plate_colour: String,
    /// The frame number without its middle.
    pub vin_masked: String,
    /// Vehicle type.
    pub vehicle_type: Text,
    /// Nature of use.
    pub use_nature: Text,
    /// Colour of the body.
    pub colour: Option<Text>,
    /// State letters; `A` when there is none.
    pub status: Vec<StatusLetter>,
    /// Whether something here needs the officer's attention: overdue, or a state that suspends or revokes the mark.
    pub red: bool,
    /// Month until which the inspection is valid.
    pub valid_until: Option<String>,
    /// Whether that month is over.
    pub overdue: bool,
    /// The first day on which it was overdue.
    #[schema(value_type = Option<String>, format = Date)]
    pub overdue_since: Option<Date>,
    /// The mark.
    pub mark: Option<MarkOfVehicle>,
    /// Last day of compulsory insurance.
    #[schema(value_type = Option<String>, format = Date)]
    pub insurance_until: Option<Date>,
    /// Violations that are not handled.
    pub open_violations: u32,
    /// The owner, masked.
    pub owner_masked: String,
}

/// A driver as an officer sees one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfficerDriver {
    /// The name, whole: it is compared with the person.
    pub name: String,
    /// The licence number, masked.
    pub licence_number_masked: String,
    /// Classes.
    pub classes: String,
    /// State letters, the most severe first.
    pub status: Vec<StatusLetter>,
    /// Whether the licence would be shown red, or not at all.
    pub red: bool,
    /// Points in the running cycle.
    pub points: u32,
    /// Last valid day; absent for a long-term licence.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    /// Whether a photo can be asked for under this look.
    pub photo: bool,
}

/// What applies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdviceView {
    /// Which row it is (`/api/v1/officer/advice`).
    pub code: String,
    /// `in_order`, `not_shown_no_offence`, `overdue`, `withdrawn`, `stolen`, `wrong_vehicle`, `licence_not_usable`, `not_carried` or `cannot_tell`.
    pub state: String,
    /// In a few words.
    pub title: Text,
    /// In a sentence or two.
    pub text: Text,
    /// The clause behind it.
    pub clause: Option<ClauseView>,
    /// What to do, in this order.
    pub steps: Vec<Text>,
}

pub(super) fn clause(clause: &Clause) -> ClauseView {
    ClauseView {
        id: clause.id.clone(),
        title: clause.title.clone().into(),
        text: clause.text.clone().into(),
        source: clause.source.clone(),
        in_force_from: clause.in_force_from,
    }
}

pub(super) fn texts(texts: &[luzheng_domain::text::Text]) -> Vec<Text> {
    texts.iter().cloned().map(Text::from).collect()
}

impl From<&Advice> for AdviceView {
    fn from(row: &Advice) -> Self {
        Self {
            code: row.code.clone(),
            state: row.state.code().into(),
            title: row.title.clone().into(),
            text: row.text.clone().into(),
            clause: row.clause.as_ref().map(clause),
            steps: texts(&row.steps),
        }
    }
}

/// A vehicle and what of it decides about the advice.
pub(super) struct SeenVehicle {
    pub(super) view: OfficerVehicle,
    pub(super) letters: String,
    pub(super) overdue: Option<bool>,
    pub(super) mark: MarkSeen,
}

/// The colour of the body in words; as the register wrote it when it is no code.
fn colour(text: &str) -> Text {
    Colour::parse(text).map_or_else(|_| Text::new(text, text), |colour| colour.name().into())
}

/// The middle of a frame number is hidden; what is left is what is compared at the frame.
fn vin_masked(vin: &str) -> String {
    let chars: Vec<char> = vin.chars().collect();
    let (head, tail) = if chars.len() > 9 { (3, 6) } else { (0, chars.len().min(2)) };
    let hidden = chars.len() - head - tail;
    let part = |from: usize, to: usize| chars[from..to].iter().collect::<String>();
    format!("{}{}{}", part(0, head), "*".repeat(hidden), part(chars.len() - tail, chars.len()))
}

/// The mark that counts now; else the last one when it was revoked. One that ran out or was replaced says nothing.
async fn mark(tx: &mut Tx, stored: &StoredVehicle) -> Used<(MarkSeen, Option<MarkOfVehicle>)> {
    let marks: Vec<Credential> = tx.credentials_of(stored.id).await?;
    let mut marks = marks.into_iter().filter(|c| c.kind == CredentialKind::InspectionMark);
    let Some(last) = marks.next() else { return Ok((MarkSeen::None, None)) };
    let Life { word, .. } = life(&last);
    let (seen, state) = match last.state {
        CredentialState::Current => (MarkSeen::Current, word),
        CredentialState::Suspended { .. } => (MarkSeen::Suspended, word),
        CredentialState::Ended { .. } => match tx.status_value(last.status).await? {
            Some(StatusValue::Invalid) => (MarkSeen::Revoked, "revoked"),
            _ => return Ok((MarkSeen::None, None)),
        },
    };
    let valid_until = month(last.valid_until, last.id)?.to_string();
    Ok((seen, Some(MarkOfVehicle { state: state.into(), valid_until })))
}

/// A vehicle as it stands now.
pub(super) async fn vehicle(tx: &mut Tx, stored: &StoredVehicle, now: Timestamp) -> Used<SeenVehicle> {
    let (facts, today) = (&stored.facts, china_date(now));
    let overdue = roadside::overdue(facts.valid_until, facts.status, today);
    let (mark, mark_view) = mark(tx, stored).await?;
    let standing = tx.standing(stored.id).await?;
    let owner = tx.find_owner(facts.owner).await?;
    let mut status: Vec<StatusLetter> =
        facts.status.iter().map(|l| StatusLetter { letter: l.letter().to_string(), name: l.name().into() }).collect();
    if status.is_empty() {
        status.push(StatusLetter { letter: "A".into(), name: Text::new(NORMAL.0, NORMAL.1) });
    }
    let plate_type = facts.plate.plate_type;
    let view = OfficerVehicle {
        plate_number: facts.plate.number.to_string(),
        plate_type: plate_type.code().into(),
        plate_type_name: plate_type.name().into(),
        plate_colour: plate_type.colour().code().into(),
        vin_masked: vin_masked(facts.vin.as_str()),
        vehicle_type: facts.vehicle_type.name().into(),
        use_nature: facts.use_nature.name().into(),
        colour: facts.colour.as_deref().map(colour),
        status,
        red: overdue == Some(true) || facts.status.mark_effect().0 != MarkEffect::None,
        valid_until: facts.valid_until.map(|month| month.to_string()),
        overdue: overdue == Some(true),
        overdue_since: facts.valid_until.filter(|_| overdue == Some(true)).map(roadside::overdue_since),
        mark: mark_view,
        insurance_until: facts.insurance_until,
        open_violations: u32::try_from(standing.open.len()).unwrap_or(u32::MAX),
        owner_masked: owner.map_or_else(String::new, |owner| mask::name(&owner.details.name)),
    };
    Ok(SeenVehicle { view, letters: facts.status.letters(), overdue, mark })
}

/// A driver and what decides about the advice: the letters as they count today.
pub(super) struct SeenDriver {
    pub(super) view: OfficerDriver,
    pub(super) letters: String,
}

/// A driver as they stand now.
pub(super) async fn driver(tx: &mut Tx, stored: &StoredDriver, now: Timestamp) -> Used<SeenDriver> {
    let today = china_date(now);
    let facts = &stored.facts;
    let standing = Standing::of(facts, today);
    let red = standing.is_red();
    let view = OfficerDriver {
        name: facts.name.clone(),
        licence_number_masked: facts.number.masked(),
        classes: facts.classes.to_string(),
        status: standing.letters,
        red,
        points: standing.points,
        valid_until: facts.valid_until,
        photo: tx.current_photo(stored.id).await?.is_some(),
    };
    Ok(SeenDriver { view, letters: roadside::licence_letters(facts.effective_status(today)) })
}

#[cfg(test)]
mod tests {
    use super::vin_masked;

    #[test]
    fn frame_numbers_lose_their_middle() {
        assert_eq!(vin_masked("LSVAA4182E2184847"), "LSV********184847");
        assert_eq!(vin_masked("AB1234567"), "*******67", "an old short one");
        assert_eq!((vin_masked("A"), vin_masked("")), ("A".into(), String::new()));
    }
}
