//! How a mark on paper is to reach somebody: what they wrote, checked and brought into one spelling.

use super::office;
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::citizen::{Power, owner, related_vehicle};
use crate::usecase::error::{UseError, Used};
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_domain::case::kind::mark::Way;
use luzheng_domain::region::{Division, division_name, divisions_under, find_division};
use luzheng_domain::text::half_width;
use luzheng_domain::{mask, vehicle};
use luzheng_store::Tx;
use luzheng_store::paper::Receiver;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest name of a receiver, in characters.
pub const MAX_RECIPIENT: usize = 40;
/// Longest street and number, in characters; shortest: 4.
pub const MAX_ADDRESS: usize = 120;
const MIN_ADDRESS: usize = 4;

/// How a paper is to come.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(tag = "way", rename_all = "snake_case", deny_unknown_fields)]
pub enum Delivery {
    /// By post.
    Post {
        /// To whom.
        recipient: String,
        /// Their phone; left out, the one on record.
        phone: Option<String>,
        /// Six digits: the county or district.
        division: String,
        /// Street and number.
        address: String,
    },
    /// Picked up.
    Pickup {
        /// The office's id.
        office: String,
    },
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Post { .. } => "Delivery::Post",
            Self::Pickup { .. } => "Delivery::Pickup",
        })
    }
}

/// A delivery that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) way: Way,
    pub(crate) division: Division,
    pub(crate) office: Option<String>,
    pub(crate) receiver: Receiver,
}

impl Checked {
    /// Everything in it, for telling one call from another.
    pub(crate) fn content(&self) -> String {
        let Receiver { recipient, phone, address } = &self.receiver;
        let office = self.office.as_deref().unwrap_or_default();
        [self.way.code(), &self.division.to_string(), office, recipient, phone, address].join("\u{1f}")
    }
}

/// What the form begins with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryDefaults {
    /// The person's own name.
    pub recipient: String,
    /// The phone on record, masked.
    pub phone_masked: Option<String>,
    /// The division of the vehicle's office.
    pub division: String,
    /// What the post costs.
    pub fee_text: Text,
}

/// One line of text: half-width letters and digits, single spaces, no control characters.
fn tidy(text: &str) -> Option<String> {
    let words: Vec<String> = text.split_whitespace().map(|word| word.chars().map(half_width).collect()).collect();
    let line = words.join(" ");
    (!line.chars().any(char::is_control)).then_some(line)
}

/// A line of between so many characters.
fn line(text: &str, least: usize, most: usize, code: &'static str, what: &str) -> Used<String> {
    let wrong = || UseError::invalid(code, format!("{what} has {least} to {most} characters, without line breaks"));
    if text.len() > 8 * most {
        return Err(wrong());
    }
    tidy(text).filter(|line| (least..=most).contains(&line.chars().count())).ok_or_else(wrong)
}

/// Whether something can be sent to a division: it is one of today, and none below it would be nearer.
fn addressable(division: Division, now: Timestamp) -> bool {
    let today = china_date(now);
    find_division(division, today).is_some() && divisions_under(Some(division), today).next().is_none()
}

impl Delivery {
    /// Checks what was written.
    ///
    /// # Errors
    /// `bad_recipient`, `bad_phone`, `phone_needed`, `bad_division`, `bad_address`, `unknown_office`; the store.
    pub(crate) async fn check(&self, app: &App, tx: &mut Tx, session: &Session, now: Timestamp) -> Used<Checked> {
        let on_record = tx.find_owner(owner(session)?).await?.map(|found| found.details);
        match self {
            Self::Post { recipient, phone, division, address } => {
                let recipient = line(recipient, 1, MAX_RECIPIENT, "bad_recipient", "the recipient")?;
                let phone = match phone {
                    Some(text) if text.len() <= 40 => vehicle::owner::phone(text),
                    Some(_) => None,
                    None => {
                        let found = on_record.and_then(|details| details.phone);
                        Some(found.ok_or_else(|| {
                            UseError::invalid("phone_needed", "no phone is on record; please give one for the carrier")
                        })?)
                    }
                }
                .ok_or_else(|| UseError::invalid("bad_phone", "a phone number has 7 to 15 digits"))?;
                let division: Division = division
                    .parse()
                    .ok()
                    .filter(|division| addressable(*division, now))
                    .ok_or_else(|| UseError::invalid("bad_division", "please choose the county or district"))?;
                let address = line(address, MIN_ADDRESS, MAX_ADDRESS, "bad_address", "the address")?;
                Ok(Checked { way: Way::Post, division, office: None, receiver: Receiver { recipient, phone, address } })
            }
            Self::Pickup { office } => {
                let found = office::find(app, office)?
                    .ok_or_else(|| UseError::invalid("unknown_office", "there is no such office to pick it up at"))?;
                let receiver = Receiver {
                    recipient: on_record.as_ref().map_or_else(|| session.name.zh.clone(), |d| d.name.clone()),
                    phone: on_record.and_then(|details| details.phone).unwrap_or_default(),
                    address: String::new(),
                };
                Ok(Checked { way: Way::PickUp, division: found.division, office: Some(found.id), receiver })
            }
        }
    }
}

/// A place with its street, as it stands on a parcel.
pub(crate) fn whole_address(division: u32, receiver: &Receiver) -> String {
    let place = Division::new(division).and_then(division_name).map(|name| name.zh.into_owned()).unwrap_or_default();
    format!("{place}{}", receiver.address)
}

/// An address outside the receiver's own hands: the place, and of the street the beginning.
pub(crate) fn masked_address(division: u32, receiver: &Receiver) -> String {
    let place = Division::new(division).and_then(division_name).map(|name| name.zh.into_owned()).unwrap_or_default();
    let shown: String = receiver.address.chars().take(2).collect();
    format!("{place}{shown}****")
}

/// A receiver masked: name and phone.
pub(crate) fn masked_receiver(receiver: &Receiver) -> String {
    format!("{} {}", mask::name(&receiver.recipient), mask::phone(&receiver.phone)).trim().to_owned()
}

/// What the form of a delivery begins with.
///
/// # Errors
/// Not a vehicle for which the person may order; the store.
pub async fn defaults(app: &App, session: &Session, vehicle: Uuid) -> Used<DeliveryDefaults> {
    let mut tx = app.store.read().await?;
    let (stored, relation) = related_vehicle(&mut tx, session, vehicle).await?;
    relation.require(Power::Paper)?;
    let own = tx.find_owner(owner(session)?).await?.map(|found| found.details);
    Ok(DeliveryDefaults {
        recipient: own.as_ref().map_or_else(|| session.name.zh.clone(), |details| details.name.clone()),
        phone_masked: own.and_then(|details| details.phone).as_deref().map(mask::phone),
        division: stored.facts.division.to_string(),
        fee_text: Text::new(&app.settings.paper.fee_zh, &app.settings.paper.fee_en),
    })
}
