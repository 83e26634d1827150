//! Police officers who check on the road: who they are, and who is calling.
//!
//! An officer calls from an enrolled device ([`super::bound`]) or from a terminal of the police that has a client of its own. Either way it is known
//! which officer it is, and in which region on duty: both are noted with every look.

pub mod duty;
pub mod look_up;
pub mod offline;
pub mod procedure;
pub mod reader_key;
mod record;
pub mod register;
pub mod terminal;
pub mod verify;
pub mod view;

use super::bound::{Bound, Holder};
use super::error::{Kind, UseError, Used};
use crate::app::App;
use duty::Duty;
use luzheng_domain::region::Division;
use uuid::Uuid;

/// From what an officer calls.
#[derive(Debug, Clone)]
pub enum Via {
    /// An enrolled device, signed in and proved for this call.
    Device(Box<Bound>),
    /// A terminal of the police: the id of its client.
    Terminal(Uuid),
}

/// An officer's call.
#[derive(Debug, Clone)]
pub struct OfficerCall {
    /// The officer.
    pub officer: Uuid,
    /// The police number (警号).
    pub number: String,
    /// The duty now; `None` off duty.
    pub duty: Option<Duty>,
    /// From what.
    pub via: Via,
}

impl OfficerCall {
    /// The call of whoever is signed in on a device.
    ///
    /// # Errors
    /// `wrong_role` for anybody but an officer; the store.
    pub async fn of_device(app: &App, bound: Bound) -> Used<Self> {
        let duty = duty::of_bound(app, &bound).await?;
        let (officer, number) = match &bound.holder {
            Holder::Officer(officer) => (officer.id, officer.number.clone()),
            Holder::PartnerMember(_) => {
                return Err(UseError::new(Kind::Forbidden, "wrong_role", "this needs a sign-in as an officer"));
            }
        };
        Ok(Self { officer, number, duty, via: Via::Device(Box::new(bound)) })
    }

    /// How the journal names this officer.
    pub fn actor(&self) -> String {
        format!("officer:{}", self.number)
    }

    /// The region of duty that is noted with a look.
    pub fn division(&self) -> Option<Division> {
        self.duty.as_ref().map(Duty::current)
    }

    /// The duty.
    ///
    /// # Errors
    /// `off_duty`.
    pub fn on_duty(&self) -> Used<&Duty> {
        self.duty.as_ref().ok_or_else(duty::off_duty)
    }

    /// The session on an enrolled device.
    ///
    /// # Errors
    /// `needs_device` from a terminal.
    pub fn bound(&self) -> Used<&Bound> {
        match &self.via {
            Via::Device(bound) => Ok(bound),
            Via::Terminal(_) => {
                let sentence = "this is for an enrolled device; a terminal has none";
                Err(UseError::new(Kind::Forbidden, "needs_device", sentence))
            }
        }
    }
}
