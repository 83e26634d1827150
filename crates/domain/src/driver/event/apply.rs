//! What an event does to a licence and its credential.
//!
//! The choices, where the law leaves one:
//!
//! - **A credential is never issued by an event**: only somebody who applied has one (R162 Art. 61). What an event changes on the face
//!   supersedes it, with no action by the holder.
//! - **A renewal** (a validity that ends later) is also a review (R162 Art. 72(2)): it ends M and S and counts as reviewed on that day.
//! - **Education**: when the points are no longer full, the register's letters B and J end with it (R163 Art. 23, 29). U and D stay until
//!   the register says otherwise: a licence is also held for other reasons.
//! - **A deferral** ends M and S: who may renew or be reviewed later is not overdue (R162 Art. 75).
//! - **A second issue** is refused while the licence counts, and accepted after it was revoked, annulled or cancelled. It begins a new
//!   licence; the old points stay in the old one.

use jiff::civil::Date;

use super::decision::{FaceFacts, LicenceDecision};
use super::photo::Photo;
use super::refused::EventRefused;
use super::{Changes, Corrected, Correction, Deferral, EntryChanges, Event, EventData, EventType, LicenceIssued};
use crate::driver::notice::DriverNotice;
use crate::driver::points::{Education, PointsEntry, Reduction};
use crate::driver::{Licence, LicenceEffect, LicenceStatus, StateLetter};

/// What an event leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The licence after the event.
    pub after: Licence,
    /// A new photo, as the register sent it: unchecked JPEG bytes.
    pub photo: Option<Vec<u8>>,
    /// What happens to the credential.
    pub decision: LicenceDecision,
    /// What the holder is told at once.
    pub notices: Vec<DriverNotice>,
    /// The accumulated points after the event, as of today.
    pub sum: u32,
    /// The points that the event is about, when it is about points.
    pub points: Option<u8>,
}

/// Applies an event to the licence as it is known (`None`: not at all) on a day.
pub fn apply(before: Option<&Licence>, event: &Event, today: Date) -> Result<Outcome, EventRefused> {
    let on = event.occurred_on();
    not_after(on, today)?;
    let Some(before) = before else {
        return match &event.data {
            EventData::LicenceIssued(issued) => Ok(first(event, issued, today)?),
            _ => Err(EventRefused::UnknownDriver),
        };
    };
    if event.subject != before.number {
        return Err(EventRefused::OtherDriver);
    }
    let mut step = Step { today, on, after: before.clone(), photo: None, points: None };
    match &event.data {
        EventData::LicenceIssued(issued) => {
            let gone = matches!(before.effective_status(today).effect(), LicenceEffect::Withdrawn(_));
            return if gone { first(event, issued, today) } else { Err(EventRefused::AlreadyIssued) };
        }
        EventData::LicenceChanged(changes) => step.changed(changes, false)?,
        EventData::PointsEntered(entry) => step.entered(entry)?,
        EventData::FinePaid { penalty_number, paid_on } => step.fine_paid(penalty_number, *paid_on)?,
        EventData::PointsAnnulled { penalty_number, annulled_on } => {
            not_after(*annulled_on, today)?;
            let entry = step.entry(penalty_number)?;
            entry.annulled_on = entry.annulled_on.or(Some(*annulled_on));
            step.points = Some(entry.points);
        }
        EventData::PointsReduced(reduction) => step.reduced(reduction)?,
        EventData::EducationPassed(education) => step.educated(education)?,
        EventData::StatusChanged(status) => step.after.status = *status,
        EventData::MedicalSubmitted(day) => step.medical(*day)?,
        EventData::Reviewed(day) => step.reviewed(*day)?,
        EventData::Deferred(deferral) => step.deferred(deferral)?,
        EventData::PhotoChanged(photo) => step.photo = Some(photo.clone()),
        EventData::Corrected(correction) => step.corrected(correction)?,
    }
    step.letters_after_points(before, event.event_type());
    makes_sense(&step.after)?;
    Ok(step.outcome(before, event))
}

fn first(event: &Event, issued: &LicenceIssued, today: Date) -> Result<Outcome, EventRefused> {
    let after = issued.licence.clone();
    if event.subject != after.number {
        return Err(EventRefused::OtherDriver);
    }
    not_after(after.first_issued_on, today)?;
    makes_sense(&after)?;
    let sum = after.points.sum_on(after.first_issued_on, today);
    let photo = issued.photo.clone().map(Photo::into_bytes);
    Ok(Outcome { after, photo, decision: LicenceDecision::Nothing, notices: vec![], sum, points: None })
}

fn not_after(day: Date, today: Date) -> Result<(), EventRefused> {
    if day > today { Err(EventRefused::InTheFuture { day, today }) } else { Ok(()) }
}

/// Days in their order, and no day for a class that is not held.
fn makes_sense(licence: &Licence) -> Result<(), EventRefused> {
    let mut pairs = vec![(licence.birth_date, "birth_date", licence.first_issued_on, "first_issued_on")];
    pairs.extend(licence.valid_until.map(|until| (licence.valid_from, "valid_from", until, "valid_until")));
    for (earlier, earlier_name, later, later_name) in pairs {
        if earlier > later {
            return Err(EventRefused::DaysContradict { earlier, earlier_name, later, later_name });
        }
    }
    match licence.class_dates.keys().find(|class| !licence.classes.has(**class)) {
        Some(class) => Err(EventRefused::ClassNotHeld(class.code())),
        None => Ok(()),
    }
}

/// The later of two ends; no end is the latest.
fn ends_later(before: Option<Date>, after: Option<Date>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => after > before,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

struct Step {
    today: Date,
    on: Date,
    after: Licence,
    photo: Option<Photo>,
    points: Option<u8>,
}

impl Step {
    fn without(&mut self, letters: &[StateLetter]) {
        self.after.status = letters.iter().fold(self.after.status, |status, letter| status.without(*letter));
    }

    fn changed(&mut self, changes: &Changes, corrected: bool) -> Result<(), EventRefused> {
        let before = self.after.clone();
        put(&mut self.after, changes);
        if let Some(classes) = changes.classes {
            self.after.class_dates.retain(|class, _| classes.has(*class));
            // A class that is new is held since the day it was entered; one that was there and had no day keeps none.
            let new = classes.iter().filter(|class| !before.classes.has(*class) && !corrected);
            for class in new {
                self.after.class_dates.insert(class, self.on);
            }
        }
        self.after.class_dates.extend(changes.class_dates.iter().map(|(class, day)| (*class, *day)));
        if !corrected && ends_later(before.valid_until, self.after.valid_until) {
            self.after.last_reviewed_on = self.after.last_reviewed_on.max(Some(self.on));
            if changes.status.is_none() && self.after.valid_until.is_none_or(|until| until >= self.today) {
                self.without(&[StateLetter::M, StateLetter::S]);
            }
        }
        Ok(())
    }

    fn entry(&mut self, penalty_number: &str) -> Result<&mut PointsEntry, EventRefused> {
        self.after.points.entry_mut(penalty_number).ok_or(EventRefused::UnknownPenalty)
    }

    fn entered(&mut self, entry: &PointsEntry) -> Result<(), EventRefused> {
        not_after(entry.decided_on, self.today)?;
        self.points = Some(entry.points);
        match self.after.points.entry(&entry.id) {
            None => self.after.points.entries.push(entry.clone()),
            // Said again by another event: what was paid or annulled meanwhile is no contradiction.
            Some(known) => {
                let same = PointsEntry { fine_paid_on: None, annulled_on: None, ..known.clone() };
                if same != *entry {
                    return Err(EventRefused::NumberTaken);
                }
            }
        }
        Ok(())
    }

    fn fine_paid(&mut self, penalty_number: &str, paid_on: Date) -> Result<(), EventRefused> {
        not_after(paid_on, self.today)?;
        let entry = self.entry(penalty_number)?;
        entry.fine_paid_on = Some(entry.fine_paid_on.map_or(paid_on, |known| known.min(paid_on)));
        Ok(())
    }

    fn reduced(&mut self, reduction: &Reduction) -> Result<(), EventRefused> {
        not_after(reduction.on, self.today)?;
        self.points = Some(reduction.points);
        match self.after.points.reductions.iter().find(|known| known.id == reduction.id) {
            None => self.after.points.reductions.push(reduction.clone()),
            Some(known) if known == reduction => {}
            Some(_) => return Err(EventRefused::NumberTaken),
        }
        Ok(())
    }

    fn educated(&mut self, education: &Education) -> Result<(), EventRefused> {
        not_after(education.passed_on, self.today)?;
        match self.after.points.educations.iter().find(|known| known.id == education.id) {
            None => self.after.points.educations.push(education.clone()),
            Some(known) if known == education => {}
            Some(_) => return Err(EventRefused::NumberTaken),
        }
        Ok(())
    }

    fn medical(&mut self, day: Date) -> Result<(), EventRefused> {
        not_after(day, self.today)?;
        self.after.last_medical_on = self.after.last_medical_on.max(Some(day));
        Ok(())
    }

    fn reviewed(&mut self, day: Date) -> Result<(), EventRefused> {
        not_after(day, self.today)?;
        self.after.last_reviewed_on = self.after.last_reviewed_on.max(Some(day));
        self.without(&[StateLetter::S]);
        Ok(())
    }

    fn deferred(&mut self, deferral: &Deferral) -> Result<(), EventRefused> {
        if deferral.until < self.on {
            let (earlier, later) = (self.on, deferral.until);
            return Err(EventRefused::DaysContradict {
                earlier,
                earlier_name: "occurred_at",
                later,
                later_name: "deferred_until",
            });
        }
        self.after.deferred_until = Some(deferral.until);
        self.after.status = deferral.letters.letters().fold(self.after.status, LicenceStatus::with);
        self.without(&[StateLetter::M, StateLetter::S]);
        Ok(())
    }

    /// B and J end when the points they stand for are gone.
    fn letters_after_points(&mut self, before: &Licence, event_type: EventType) {
        let full = |licence: &Licence| {
            licence.points.sum_on(licence.first_issued_on, self.today) >= crate::driver::points::LIMIT
        };
        let now = full(&self.after);
        match event_type {
            EventType::EducationPassed if !now => self.without(&[StateLetter::B, StateLetter::J]),
            EventType::FinePaid if !now && full(before) => self.without(&[StateLetter::B, StateLetter::J]),
            EventType::PointsEntered | EventType::PointsAnnulled if !now && full(before) => {
                self.without(&[StateLetter::B]);
            }
            _ => {}
        }
    }

    fn corrected(&mut self, correction: &Correction) -> Result<(), EventRefused> {
        let today = self.today;
        let days_known = |day: Option<Date>| day.map_or(Ok(()), |day| not_after(day, today));
        match &correction.what {
            Corrected::Facts { changes, photo } => {
                self.photo.clone_from(photo);
                self.changed(changes, true)?;
                not_after(self.after.first_issued_on, today)?;
            }
            Corrected::Entry { penalty_number, changes } => self.corrected_entry(penalty_number, changes)?,
            Corrected::Fine { penalty_number, paid_on } => {
                days_known(*paid_on)?;
                self.entry(penalty_number)?.fine_paid_on = *paid_on;
            }
            Corrected::Annulment { penalty_number, annulled_on } => {
                days_known(*annulled_on)?;
                self.entry(penalty_number)?.annulled_on = *annulled_on;
            }
            Corrected::Reduction { number, points, on, void } => {
                days_known(*on)?;
                let revoked_on = void.then_some(self.on);
                let known = self.after.points.reductions.iter_mut().find(|known| known.id == *number);
                let reduction = known.ok_or(EventRefused::UnknownStatement)?;
                reduction.points = points.unwrap_or(reduction.points);
                reduction.on = on.unwrap_or(reduction.on);
                reduction.revoked_on = reduction.revoked_on.or(revoked_on);
            }
            Corrected::Education { number, passed_on } => {
                days_known(*passed_on)?;
                let educations = &mut self.after.points.educations;
                let at = educations.iter().position(|known| known.id == *number);
                let at = at.ok_or(EventRefused::UnknownStatement)?;
                match passed_on {
                    Some(day) => educations[at].passed_on = *day,
                    None => drop(educations.remove(at)),
                }
            }
            Corrected::Medical(day) => {
                days_known(*day)?;
                self.after.last_medical_on = *day;
            }
            Corrected::Review(day) => {
                days_known(*day)?;
                self.after.last_reviewed_on = *day;
            }
            Corrected::Deferral(Some(deferral)) => {
                self.without(&[StateLetter::N, StateLetter::T, StateLetter::P]);
                self.deferred(deferral)?;
            }
            Corrected::Deferral(None) => {
                self.after.deferred_until = None;
                self.without(&[StateLetter::N, StateLetter::T, StateLetter::P]);
            }
            Corrected::Photo(photo) => self.photo = Some(photo.clone()),
        }
        Ok(())
    }

    fn corrected_entry(&mut self, penalty_number: &str, changes: &EntryChanges) -> Result<(), EventRefused> {
        let (today, on) = (self.today, self.on);
        if let Some(day) = changes.decided_on {
            not_after(day, today)?;
        }
        let entry = self.entry(penalty_number)?;
        entry.item = changes.item.or(entry.item);
        // Another item means other points, unless they are stated.
        let of_item = changes.item.map(crate::driver::points::Item::points);
        entry.points = changes.points.or(of_item).unwrap_or(entry.points);
        entry.offence_on = changes.offence_on.unwrap_or(entry.offence_on);
        entry.decided_on = changes.decided_on.unwrap_or(entry.decided_on);
        entry.fine_due_on = changes.fine_due_on.or(entry.fine_due_on);
        if changes.void {
            entry.annulled_on = entry.annulled_on.or(Some(on));
        }
        if entry.offence_on > entry.decided_on {
            let (earlier, later) = (entry.offence_on, entry.decided_on);
            return Err(EventRefused::DaysContradict {
                earlier,
                earlier_name: "offence_on",
                later,
                later_name: "decided_on",
            });
        }
        self.points = Some(entry.points);
        Ok(())
    }

    fn outcome(self, before: &Licence, event: &Event) -> Outcome {
        let corrected = event.corrects().is_some();
        let was = FaceFacts::of(before, self.today);
        let is = FaceFacts::of(&self.after, self.today);
        let decision = LicenceDecision::between(&was, &is, self.photo.is_some(), corrected);
        let first_issued_on = self.after.first_issued_on;
        let sum = self.after.points.sum_on(first_issued_on, self.today);
        let sum_before = before.points.sum_on(before.first_issued_on, self.today);
        let mut notices = DriverNotice::of_points(event, before, sum_before, sum);
        notices.extend(DriverNotice::of_decision(&decision));
        let photo = self.photo.map(Photo::into_bytes);
        Outcome { after: self.after, photo, decision, notices, sum, points: self.points }
    }
}

fn put(licence: &mut Licence, changes: &Changes) {
    if let Some(name) = &changes.name {
        licence.name.clone_from(name);
    }
    licence.sex = changes.sex.unwrap_or(licence.sex);
    if let Some(nationality) = &changes.nationality {
        licence.nationality.clone_from(nationality);
    }
    licence.birth_date = changes.birth_date.unwrap_or(licence.birth_date);
    licence.phone = changes.phone.clone().or_else(|| licence.phone.take());
    licence.classes = changes.classes.unwrap_or(licence.classes);
    licence.first_issued_on = changes.first_issued_on.unwrap_or(licence.first_issued_on);
    licence.valid_from = changes.valid_from.unwrap_or(licence.valid_from);
    licence.valid_until = changes.valid_until.unwrap_or(licence.valid_until);
    licence.file_number = changes.file_number.clone().or_else(|| licence.file_number.take());
    licence.division = changes.division.unwrap_or(licence.division);
    licence.status = changes.status.unwrap_or(licence.status);
    licence.extended_until = changes.extended_until.or(licence.extended_until);
}
