//! What events leave in the history of a vehicle, and what an event about the past means for the present.
//!
//! An event that is overtaken, and a correction, is applied to the vehicle **as it was then**; what it says is recorded with its own moment. For the
//! present it means what is left of it when everything is laid together: where something later was said about the same thing, nothing. What is left
//! is carried out on the present as a correction is.

use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::{UseError, Used};
use crate::usecase::event::{Decided, IMPORT, cause};
use crate::usecase::places::Places;
use crate::usecase::vehicle::{GRANTED_HERE, carry_out, subject_keys};
use crate::usecase::{UNPARK, filing, job, standing};
use jiff::Timestamp;
use luzheng_domain::vehicle::Vehicle;
use luzheng_domain::vehicle::at::{Said, Statement, Timeline, VehicleAt};
use luzheng_domain::vehicle::event::{
    self, Changes, Correction, Event, EventData, EventKey, EventRefused, Outcome, Record,
};
use luzheng_store::Tx;
use luzheng_store::event::EventOutcome;
use luzheng_store::state_at::NewStatement;
use luzheng_store::vehicle::{Source, StoredVehicle};
use uuid::Uuid;

/// Records what an event said that was applied to the present. `event` is as it was stated, `stored` the vehicle after it.
///
/// # Errors
/// The store.
pub(crate) async fn applied(
    tx: &mut Tx,
    event: &Event,
    before: &StoredVehicle,
    stored: &StoredVehicle,
    now: Timestamp,
) -> Used<()> {
    let said = Said::of_event(event, &before.facts, &stored.facts);
    let explains = stored.version != before.version;
    if said.is_empty() && !explains {
        return Ok(());
    }
    let cause = cause(&event.key);
    // What was granted here makes nothing late that the register reports of the time before.
    let decides = !cause.starts_with(GRANTED_HERE);
    let statement = Statement { true_from: event.occurred_at, known_from: now, cause, said };
    put(tx, stored, explains, decides, &statement).await
}

/// Records what a record of another register said; a correction of one goes back to its moment.
///
/// # Errors
/// The store.
pub(crate) async fn recorded(
    tx: &mut Tx,
    event: &Event,
    record: &Record,
    before: &StoredVehicle,
    stored: &StoredVehicle,
    now: Timestamp,
) -> Used<()> {
    let said = Said::of_record(record);
    let explains = stored.version != before.version;
    if said.is_empty() && !explains {
        return Ok(());
    }
    let mut true_from = event.occurred_at;
    if let Some(corrected) = event.corrects() {
        true_from = timeline(tx, stored.id).await?.true_from_of(&cause(corrected)).unwrap_or(true_from);
    }
    let statement = Statement { true_from, known_from: now, cause: cause(&event.key), said };
    put(tx, stored, explains, false, &statement).await
}

/// Records what a refused event says all the same: that it has the plate which it has already. Something that became known late may say otherwise
/// of the time before.
///
/// # Errors
/// The store.
pub(crate) async fn refused_of(
    tx: &mut Tx,
    event: &Event,
    known: &StoredVehicle,
    refused: &EventRefused,
    now: Timestamp,
) -> Used<()> {
    let (EventData::PlateChanged(changed), EventRefused::SamePlate) = (&event.data, refused) else { return Ok(()) };
    let said = Said { plate: Some(changed.plate.clone()), division: changed.division, ..Said::default() };
    let cause = cause(&event.key);
    put(tx, known, false, true, &Statement { true_from: event.occurred_at, known_from: now, cause, said }).await
}

async fn put(tx: &mut Tx, stored: &StoredVehicle, explains: bool, decides: bool, statement: &Statement) -> Used<()> {
    if let Some(plate) = &statement.said.plate
        && *plate != stored.facts.plate
    {
        tx.remember_carrier(plate, stored.id).await?;
    }
    let Statement { true_from, known_from, cause, said } = statement;
    let (vehicle, version) = (stored.id, stored.version);
    let new = NewStatement {
        vehicle,
        version,
        explains,
        decides,
        true_from: *true_from,
        known_from: *known_from,
        cause,
        said,
    };
    Ok(tx.add_statement(&new).await?)
}

async fn timeline(tx: &mut Tx, vehicle: Uuid) -> Used<Timeline> {
    let found = tx.timeline(vehicle).await?;
    found.ok_or_else(|| UseError::broken("no_history", format!("vehicle {vehicle} has no facts")))
}

/// Whether something that the register reported by an event happened later than this.
///
/// # Errors
/// The store.
pub(crate) async fn overtaken(tx: &mut Tx, vehicle: Uuid, event: &Event) -> Used<bool> {
    Ok(tx.last_deciding(vehicle).await?.is_some_and(|last| event.occurred_at < last))
}

/// Decides an event about the past, of a vehicle that is locked, and carries out what it means for the present.
///
/// # Errors
/// The store; too few places.
pub(crate) async fn decide(
    app: &App,
    tx: &mut Tx,
    event: &Event,
    known: &StoredVehicle,
    places: &mut Places,
    now: Timestamp,
) -> Used<Decided> {
    let history = timeline(tx, known.id).await?;
    let turn = Turn { app, event, known, history, now };
    match &event.data {
        EventData::Corrected(correction) => turn.corrected(tx, correction, places).await,
        _ => turn.late(tx, places).await,
    }
}

struct Turn<'a> {
    app: &'a App,
    event: &'a Event,
    known: &'a StoredVehicle,
    history: Timeline,
    now: Timestamp,
}

/// The present as a history has it, statements of later today included.
fn present(history: &Timeline, now: Timestamp) -> Used<VehicleAt> {
    let found = history.at(Timestamp::MAX, now);
    found.ok_or_else(|| UseError::broken("no_history", "a vehicle that is known is not in its own history"))
}

impl Turn<'_> {
    fn statement(&self, true_from: Timestamp, said: Said) -> Statement {
        Statement { true_from, known_from: self.now, cause: cause(&self.event.key), said }
    }

    fn late_for(&self, why: impl std::fmt::Display) -> Decided {
        let detail = format!("something that happened later is known already; {why}");
        Decided::not_applied(EventOutcome::Late, Some(self.known.id), detail)
    }

    async fn late(&self, tx: &mut Tx, places: &mut Places) -> Used<Decided> {
        let (event, now) = (self.event, self.now);
        let Some(then) = self.history.at(event.occurred_at, now) else {
            return Ok(self.late_for("the vehicle was not registered then"));
        };
        let decided = match event::apply(Some(&then.facts), event, self.app.rules, china_date(now)) {
            Ok(decided) => decided,
            Err(refused) => {
                refused_of(tx, event, self.known, &refused, now).await?;
                return Ok(self.late_for(format_args!("{}: {refused}", refused.code())));
            }
        };
        let mut after = decided.after.clone();
        if let Some(details) = &decided.new_owner {
            after.owner = tx.put_owner(chance::new_id(now), details, event.occurred_at, now).await?.id();
        }
        let statement = self.statement(event.occurred_at, Said::of_event(event, &then.facts, &after));
        if statement.said.is_empty() {
            return Ok(self.late_for("it changes nothing"));
        }
        let target = present(&self.history.clone().with(statement.clone()), now)?;
        let left = Said::difference(&self.known.facts, &target.facts).only(&statement.said);
        if left.is_empty() {
            put(tx, self.known, false, true, &statement).await?;
            return Ok(self.late_for("the past is completed, the present stays"));
        }
        let correction = as_correction(event, &left, &target.facts, &decided);
        let carried = Event { data: EventData::Corrected(Box::new(correction)), ..event.clone() };
        let means = match event::apply(Some(&self.known.facts), &carried, self.app.rules, china_date(now)) {
            Ok(means) => means,
            Err(refused) => {
                put(tx, self.known, false, true, &statement).await?;
                return Ok(self.late_for(format_args!("the present stays: {}: {refused}", refused.code())));
            }
        };
        // Since when the register says what it says stays as it was: nothing is late because of this.
        let kept = [IMPORT, GRANTED_HERE].into_iter().find(|beginning| self.known.cause.starts_with(beginning));
        let named =
            kept.map_or_else(|| statement.cause.clone(), |beginning| format!("{beginning}+{}", statement.cause));
        let stored = self.write(tx, &means, after.owner, self.known.true_from, &named).await?;
        put(tx, &stored, stored.version != self.known.version, true, &statement).await?;
        if let (Some(_), EventData::StatusChanged(stated)) = (left.letters, &event.data) {
            let own = target.open_violations > 0 && !stated.has('G');
            standing::remember_letter(tx, &stored, own, now).await?;
        }
        self.carry(tx, &carried, &stored, &means, places).await?;
        Ok(Decided::applied(stored.id, decided.paper_mark.map(|number| ("paper_mark", number))))
    }

    async fn corrected(&self, tx: &mut Tx, correction: &Correction, places: &mut Places) -> Used<Decided> {
        let (event, now) = (self.event, self.now);
        let owner = match &correction.owner {
            Some(details) => Some(tx.put_owner(chance::new_id(now), details, event.occurred_at, now).await?.id()),
            None => None,
        };
        let back = self.history.true_from_of(&cause(&correction.corrects)).unwrap_or(event.occurred_at);
        let statement = self.statement(back, Said::of_correction(correction, owner));
        let target = present(&self.history.clone().with(statement.clone()), now)?;
        let left = Said::difference(&self.known.facts, &target.facts).only(&statement.said);
        let means_owner = owner.filter(|owner| target.facts.owner == *owner);
        let carried = Event {
            data: EventData::Corrected(Box::new(Correction {
                owner: correction.owner.clone().filter(|_| means_owner.is_some()),
                paper_mark: correction.paper_mark.clone(),
                valid_until: correction.valid_until.and(target.facts.valid_until),
                ..narrowed(correction, &left, &target.facts)
            })),
            ..event.clone()
        };
        let means = match event::apply(Some(&self.known.facts), &carried, self.app.rules, china_date(now)) {
            Ok(means) => means,
            Err(refused) => {
                let outcome = if refused.may_pass() { EventOutcome::Parked } else { EventOutcome::Refused };
                let detail = format!("{}: {refused}", refused.code());
                return Ok(Decided::not_applied(outcome, Some(self.known.id), detail));
            }
        };
        let stored = self
            .write(tx, &means, means_owner.unwrap_or(self.known.facts.owner), event.occurred_at, &statement.cause)
            .await?;
        let explains = stored.version != self.known.version;
        put(tx, &stored, explains, false, &statement).await?;
        // What we compute from it counts from its own moment on.
        let computed = Said::difference(&self.known.facts, &stored.facts).beside(&statement.said);
        if !computed.is_empty() {
            put(tx, &stored, explains, false, &self.statement(event.occurred_at, computed)).await?;
        }
        if let Some(stated) = correction.status.filter(|_| left.letters.is_some()) {
            let own = target.open_violations > 0 && !stated.has('G');
            standing::remember_letter(tx, &stored, own, now).await?;
        }
        self.carry(tx, &carried, &stored, &means, places).await?;
        Ok(Decided::applied(stored.id, means.paper_mark.map(|number| ("paper_mark", number))))
    }

    /// Writes the present, when it changes.
    async fn write(
        &self,
        tx: &mut Tx,
        means: &Outcome,
        owner: Uuid,
        true_from: Timestamp,
        cause: &str,
    ) -> Used<StoredVehicle> {
        let mut facts = means.after.clone();
        if means.new_owner.is_some() {
            facts.owner = owner;
        }
        if facts == self.known.facts {
            return Ok(self.known.clone());
        }
        let source = Source { true_from, known_from: self.now, cause };
        let version = tx.append_vehicle_fact(self.known, &facts, &source).await?;
        Ok(StoredVehicle {
            id: self.known.id,
            version,
            true_from,
            known_from: self.now,
            cause: cause.to_owned(),
            facts,
        })
    }

    /// Carries out what it means for the mark and for people.
    async fn carry(
        &self,
        tx: &mut Tx,
        carried: &Event,
        stored: &StoredVehicle,
        means: &Outcome,
        places: &mut Places,
    ) -> Used<()> {
        filing::ended_by_register(tx, Some(self.known), stored, self.now).await?;
        carry_out(tx, carried, Some(self.known), stored, means, places, self.now).await?;
        if stored.facts.plate != self.known.facts.plate {
            for key in subject_keys(&stored.facts) {
                tx.enqueue(&[job(UNPARK, stored.id, key, self.now)]).await?;
            }
        }
        Ok(())
    }
}

/// What is left of a correction for the present.
fn narrowed(correction: &Correction, left: &Said, target: &Vehicle) -> Correction {
    let changes = &correction.changes;
    Correction {
        of: correction.of,
        corrects: correction.corrects.clone(),
        changes: Changes { colour: changes.colour.filter(|_| left.colour.is_some()), ..changes_of(left) },
        vin: left.vin.clone(),
        registered_on: left.registered_on,
        valid_until: left.valid_until,
        status: left.letters.map(|_| target.status),
        owner: None,
        paper_mark: None,
    }
}

fn changes_of(left: &Said) -> Changes {
    Changes {
        vehicle_type: left.vehicle_type,
        use_nature: left.use_nature,
        seats: left.seats,
        manufactured_on: left.manufactured_on,
        energy: left.energy,
        colour: None,
        division: left.division,
        plate: left.plate.clone(),
        insurance_until: left.insurance.map(|insurance| insurance.until),
        casualty_accident: left.casualty_accident,
        illegal_modification: left.illegal_modification,
    }
}

/// What is left of an overtaken event for the present, as a correction of what is known.
fn as_correction(event: &Event, left: &Said, target: &Vehicle, decided: &Outcome) -> Correction {
    let colour = match &event.data {
        EventData::Changed(changes) => changes.colour.filter(|_| left.colour.is_some()),
        _ => None,
    };
    Correction {
        of: event.event_type(),
        corrects: EventKey::clone(&event.key),
        changes: Changes { colour, ..changes_of(left) },
        vin: None,
        registered_on: None,
        // Stated, so that it is not computed anew: the history says it.
        valid_until: target.valid_until,
        status: left.letters.map(|_| target.status),
        owner: decided.new_owner.clone().filter(|_| left.owner.is_some()),
        paper_mark: None,
    }
}
