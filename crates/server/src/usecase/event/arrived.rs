//! An event as it was read, of either sort, and what is asked of it whatever it speaks about.

use super::{EventReceipt, Outcome};
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::places::Places;
use crate::usecase::{driver, vehicle};
use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::event as of_driver;
use luzheng_domain::vehicle::event::{self as of_vehicle, EventKey};
use luzheng_store::event::{EventOutcome, StoredEvent};
use luzheng_store::{Tx, Vault};
use serde::Deserialize;
use std::borrow::Cow;
use uuid::Uuid;

/// What was decided about an event by those who know what it means; recorded here.
#[derive(Debug)]
pub(crate) struct Decided {
    /// What becomes of it.
    pub outcome: EventOutcome,
    /// The vehicle or driver, when it is known.
    pub about: Option<Uuid>,
    /// Why, for people. Without numbers of persons, names and phones.
    pub detail: Option<String>,
    /// What else the journal is to say: ids and codes.
    pub note: Option<(&'static str, String)>,
}

impl Decided {
    /// Nothing is changed, for a reason.
    pub(crate) fn not_applied(outcome: EventOutcome, about: Option<Uuid>, detail: impl Into<String>) -> Self {
        Self { outcome, about, detail: Some(detail.into()), note: None }
    }

    /// Its facts are in.
    pub(crate) fn applied(about: Uuid, note: Option<(&'static str, String)>) -> Self {
        Self { outcome: EventOutcome::Applied, about: Some(about), detail: None, note }
    }
}

/// An event that was read, of either sort.
pub(super) enum Arrived {
    Vehicle(Box<of_vehicle::Event>),
    Driver(Box<driver::Arrived>),
}

/// The word that says what an event is about, before anything else of it is read.
#[derive(Deserialize)]
struct Sort<'a> {
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
}

/// Whether a text is an event about a driver. Everything else is read as one about a vehicle, whose reader names what is wrong.
fn is_of_driver(json: &str) -> bool {
    serde_json::from_str::<Sort<'_>>(json).is_ok_and(|sort| sort.event_type.starts_with("driver."))
}

/// Reads an event of either sort.
pub(super) fn parse(json: &str) -> Used<Parsed> {
    if is_of_driver(json) {
        return of_driver::Event::parse(json.as_bytes())
            .map(|event| Parsed::Driver(Box::new(event)))
            .map_err(|e| UseError::invalid(e.code(), e.to_string()));
    }
    of_vehicle::Event::parse(json.as_bytes())
        .map(|event| Parsed::Vehicle(Box::new(event)))
        .map_err(|e| UseError::invalid(e.code(), e.to_string()))
}

pub(super) enum Parsed {
    Vehicle(Box<of_vehicle::Event>),
    Driver(Box<of_driver::Event>),
}

impl Arrived {
    pub(super) async fn read(json: &str) -> Used<Self> {
        Ok(match parse(json)? {
            Parsed::Vehicle(event) => Self::Vehicle(event),
            Parsed::Driver(event) => Self::Driver(Box::new(driver::Arrived::prepare(*event).await)),
        })
    }

    /// One that was recorded once and is read again.
    pub(super) async fn recorded(stored: StoredEvent) -> Used<Self> {
        let broken = |why: String| UseError::broken("broken_event", why);
        let text = String::from_utf8(stored.body).map_err(|_| broken("a parked event is not text".into()))?;
        Self::read(&text).await.map_err(|e| broken(e.message))
    }

    pub(super) fn key(&self) -> &EventKey {
        match self {
            Self::Vehicle(event) => &event.key,
            Self::Driver(arrived) => &arrived.event.key,
        }
    }

    pub(super) fn type_code(&self) -> &'static str {
        match self {
            Self::Vehicle(event) => event.type_code(),
            Self::Driver(arrived) => arrived.event.type_code(),
        }
    }

    pub(super) fn occurred_at(&self) -> Timestamp {
        match self {
            Self::Vehicle(event) => event.occurred_at,
            Self::Driver(arrived) => arrived.event.occurred_at,
        }
    }

    /// Its subject as a look-up text for parked events.
    pub(super) fn subject(&self, vault: &Vault) -> String {
        match self {
            Self::Vehicle(event) => vehicle::subject_key(&event.subject),
            Self::Driver(arrived) => driver::subject_key(vault, &arrived.event.subject),
        }
    }

    /// For which kind of credential it may need places in status lists.
    pub(super) const fn kind(&self) -> CredentialKind {
        match self {
            Self::Vehicle(_) => CredentialKind::InspectionMark,
            Self::Driver(_) => CredentialKind::DrivingLicence,
        }
    }

    /// How many places it will need, as things stand.
    pub(super) async fn places_wanted(&self, app: &App, tx: &mut Tx, now: Timestamp) -> Used<u32> {
        match self {
            Self::Vehicle(event) => vehicle::places_wanted(app, tx, event, china_date(now)).await,
            Self::Driver(arrived) => driver::places_wanted(tx, arrived, china_date(now)).await,
        }
    }

    pub(super) async fn decide(&self, app: &App, tx: &mut Tx, places: &mut Places, now: Timestamp) -> Used<Decided> {
        match self {
            Self::Vehicle(event) => vehicle::decide(app, tx, event, places, now).await,
            Self::Driver(arrived) => driver::decide(tx, arrived, places, now).await,
        }
    }

    pub(super) fn receipt(
        &self,
        outcome: Outcome,
        first: Option<Outcome>,
        about: Option<Uuid>,
        detail: Option<String>,
    ) -> EventReceipt {
        let (vehicle, driver) = match self {
            Self::Vehicle(_) => (about, None),
            Self::Driver(_) => (None, about),
        };
        EventReceipt { outcome, first_outcome: first, vehicle, driver, detail }
    }

    pub(super) fn seen(&self, first: EventOutcome, about: Option<Uuid>, detail: Option<String>) -> EventReceipt {
        self.receipt(Outcome::Seen, Some(first.into()), about, detail)
    }

    pub(super) fn differs(&self) -> UseError {
        let key = self.key();
        let sentence = format!("event {} of {} was received before with other content", key.id, key.source);
        UseError::new(Kind::Conflict, "event_differs", sentence)
    }
}
