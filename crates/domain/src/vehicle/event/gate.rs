//! Two gates: whether a mark may be issued, and whether a vehicle's state lets an event happen.

use jiff::civil::Date;

use super::{Event, EventData, EventRefused, EventType};
use crate::credential::{CredentialKind, Reason};
use crate::region::rollout;
use crate::vehicle::{StatusLetter, StatusSet, Vehicle};

/// Why no mark can be issued for the vehicle on a day, if so. Also asked by the bulk issue for vehicles already in validity.
pub fn may_issue(vehicle: &Vehicle, today: Date) -> Result<(), Reason> {
    if !rollout::is_open(CredentialKind::InspectionMark, vehicle.division, today) {
        return Err(Reason::RegionNotOpen);
    }
    if let Some(reason) = vehicle.status.blocks_issue() {
        return Err(reason);
    }
    if vehicle.valid_until.is_none_or(|month| month.last_day() < today) {
        return Err(Reason::NotInValidity);
    }
    match vehicle.insurance_until {
        Some(last) if last < today => Err(Reason::InsuranceExpired),
        _ => Ok(()),
    }
}

/// The states a vehicle does not come back from.
const LEFT_THE_REGISTER: [char; 2] = ['E', 'P'];
/// All business is stopped (L3 Art. 76).
const STOLEN: char = 'C';
/// No registration (L2 Art. 10).
const SEALED: char = 'K';
/// The file moved out.
pub(super) const MOVED_OUT: char = 'B';
/// Inspection overdue.
pub(super) const OVERDUE: char = 'Q';

fn letter_of(status: StatusSet, letters: &[char]) -> Option<StatusLetter> {
    status.iter().find(|letter| letters.contains(&letter.letter()))
}

/// Whether the vehicle's state lets an event of this type happen at all.
pub(super) fn allowed(before: &Vehicle, event: &Event) -> Result<(), EventRefused> {
    if matches!(event.data, EventData::Corrected(_) | EventData::Record(_)) {
        return Ok(());
    }
    let event_type = event.event_type();
    if let Some(letter) = letter_of(before.status, &LEFT_THE_REGISTER) {
        let stays =
            matches!(&event.data, EventData::StatusChanged(after) if letter_of(*after, &LEFT_THE_REGISTER).is_some());
        return if stays { Ok(()) } else { Err(EventRefused::LeftTheRegister { letter }) };
    }
    let stops: &[char] = match event_type {
        EventType::Registered | EventType::StatusChanged | EventType::Deregistered => &[],
        EventType::ViolationRecorded | EventType::ViolationHandled | EventType::Insured | EventType::Taxed => &[],
        EventType::Inspected | EventType::MarkGranted => &[STOLEN],
        EventType::Transferred | EventType::Changed | EventType::PlateChanged => &[STOLEN, SEALED],
    };
    if let Some(letter) = letter_of(before.status, stops) {
        return Err(EventRefused::BusinessStopped { letter });
    }
    let arrives = match &event.data {
        EventData::Transferred(transferred) => transferred.plate.is_some() || transferred.division.is_some(),
        EventData::Changed(changes) => changes.plate.is_some() || changes.division.is_some(),
        EventData::PlateChanged(_) => true,
        _ => matches!(event_type, EventType::Registered | EventType::StatusChanged | EventType::Deregistered),
    };
    if before.status.has(MOVED_OUT) && !arrives { Err(EventRefused::MovedOut) } else { Ok(()) }
}
