//! What a record says, as it is told to people and programs.

use luzheng_domain::accident::{Path, Word, table};
use serde::Serialize;

use super::endorse::{PlateSeen, SeenCode, Signed};
use super::examine::{Open, path};
use super::wire::{Party, Place};

/// A code as the other party's phone judged it at the roadside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenView {
    /// The verdict.
    pub verdict: &'static str,
    /// Its reason; null when valid.
    pub reason: Option<&'static str>,
    /// Age of the status behind it in seconds; null when there was none.
    pub status_age_s: Option<u32>,
}

impl From<SeenCode> for SeenView {
    fn from(seen: SeenCode) -> Self {
        let verdict = seen.reason.map_or(crate::verify::Verdict::Valid, crate::verify::Reason::verdict);
        Self { verdict: verdict.code(), reason: seen.reason.map(|reason| reason.code()), status_age_s: seen.age_s }
    }
}

/// One party in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyView {
    /// `first` or `second`.
    pub role: &'static str,
    /// As the party gave it.
    pub plate_number: String,
    /// 号牌种类.
    pub plate_type: String,
    /// Code of the point of impact.
    pub impact: String,
    /// Code of its share of the responsibility.
    pub responsibility: String,
    /// Codes of what it says is the case.
    pub circumstances: Vec<&'static str>,
    /// As typed.
    pub insurer: Option<String>,
    /// As typed.
    pub policy: Option<String>,
    /// As typed.
    pub contact: Option<String>,
    /// Its phone's time in seconds since 1970.
    pub made_at: u32,
    /// Whether that phone's clock had been compared with a server's.
    pub clock_confirmed: bool,
    /// Its phone's time of signing; null when it did not sign.
    pub signed_at: Option<u32>,
    /// Whether it showed its mark.
    pub mark_shown: bool,
    /// Whether it showed its licence.
    pub licence_shown: bool,
    /// Its mark as the other phone judged it.
    pub mark_seen: Option<SeenView>,
    /// Its licence as the other phone judged it.
    pub licence_seen: Option<SeenView>,
    /// `same`, `differs`, `not_compared`: whether the other party found this plate on the vehicle; null when it did not sign.
    pub plate_seen: Option<&'static str>,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordView {
    /// Its name, 32 hex digits.
    pub id: String,
    /// When it happened, as told, in seconds since 1970.
    pub happened_at: u32,
    /// Latitude × 100,000, longitude × 100,000, metres.
    pub place: Option<(i32, i32, u32)>,
    /// As typed.
    pub place_text: Option<String>,
    /// Code of the form.
    pub form: String,
    /// Code of the weather.
    pub weather: String,
    /// Where all that was said leads by law.
    pub path: Path,
    /// One or two.
    pub parties: Vec<PartyView>,
}

fn word(list: &[Word], number: u8) -> String {
    list.get(usize::from(number).wrapping_sub(1)).map(|word| word.code.clone()).unwrap_or_default()
}

pub(super) fn view(open: &Open) -> RecordView {
    let words = &table().words;
    let offer = &open.offer;
    let mut parties = vec![PartyView {
        responsibility: offer.responsibility.word().code.clone(),
        circumstances: offer.circumstances.list().map(|c| c.code()).collect(),
        made_at: offer.made_at,
        clock_confirmed: offer.clock_confirmed,
        ..party_view("first", &offer.party, &open.first, &open.second)
    }];
    parties.extend(open.statement.as_ref().map(|statement| PartyView {
        responsibility: offer.responsibility.other().word().code.clone(),
        circumstances: statement.circumstances.list().map(|c| c.code()).collect(),
        made_at: statement.made_at,
        clock_confirmed: statement.clock_confirmed,
        ..party_view("second", &statement.party, &open.second, &open.first)
    }));
    RecordView {
        id: hex::encode(offer.record),
        happened_at: offer.happened_at,
        place: offer.place.map(|Place { lat_e5, lon_e5, accuracy_m }| (lat_e5, lon_e5, accuracy_m)),
        place_text: offer.place_text.clone(),
        form: word(&words.form, offer.form),
        weather: word(&words.weather, offer.weather),
        path: path(open),
        parties,
    }
}

fn party_view(role: &'static str, party: &Party, own: &Option<Signed>, other: &Option<Signed>) -> PartyView {
    let seen = other.as_ref().map(|signed| &signed.endorsement);
    PartyView {
        role,
        plate_number: party.plate.clone(),
        plate_type: party.plate_type.clone(),
        impact: word(&table().words.impact, party.impact),
        responsibility: String::new(),
        circumstances: Vec::new(),
        insurer: party.insurer.clone(),
        policy: party.policy.clone(),
        contact: party.contact.clone(),
        made_at: 0,
        clock_confirmed: false,
        signed_at: own.as_ref().map(|signed| signed.endorsement.signed_at),
        mark_shown: party.mark.is_some(),
        licence_shown: party.licence.is_some(),
        mark_seen: seen.and_then(|seen| seen.mark).map(SeenView::from),
        licence_seen: seen.and_then(|seen| seen.licence).map(SeenView::from),
        plate_seen: seen.map(|seen| match seen.plate {
            PlateSeen::NotCompared => "not_compared",
            PlateSeen::Same => "same",
            PlateSeen::Differs => "differs",
        }),
    }
}
