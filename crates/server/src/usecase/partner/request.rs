//! A request for verdicts on many codes, read in two steps: first as a whole, then each item when its turn comes, so that one item's fault is its own.

use super::scope::Purpose;
use crate::usecase::error::{UseError, Used};
use jiff::Timestamp;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Most codes in one request.
pub const MAX_CODES: usize = 10_000;
/// Largest body of such a request, in bytes: ten thousand live codes with their sealed part, and room for ids and plates.
pub const MAX_BODY: usize = 12 * 1024 * 1024;
/// Longest id of an item, in characters.
pub const MAX_ID: usize = 64;
/// Longest plate that a checker may give, in characters.
pub const MAX_PLATE: usize = 32;
/// One item of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask<'a> {
    pub(super) id: Option<String>,
    #[serde(borrow)]
    pub(super) code: Cow<'a, str>,
    pub(super) expected_plate: Option<String>,
    pub(super) at: Option<Timestamp>,
}

/// At most [`MAX_CODES`] items, not looked at yet.
struct Items<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded;
        impl<'de> Visitor<'de> for Bounded {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "1 to {MAX_CODES} items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == MAX_CODES {
                        return Err(A::Error::custom(format_args!("more than {MAX_CODES} items")));
                    }
                    items.push(item);
                }
                Ok(items)
            }
        }
        deserializer.deserialize_seq(Bounded).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    items: Items<'a>,
    purpose: Option<String>,
}

/// A request that was understood as a whole; its items are read when their turn comes.
#[derive(Debug)]
pub struct Request {
    body: Vec<u8>,
    /// Where each item stands in the body.
    places: Vec<(usize, usize)>,
    /// What for.
    pub purpose: Purpose,
}

impl Request {
    /// Reads a body `{items: [{id?, code, expected_plate?, at?}], purpose}`.
    ///
    /// # Errors
    /// `bad_request`; `purpose_needed`, `unknown_purpose`.
    pub fn read(body: Vec<u8>) -> Used<Self> {
        let wrong = |why: String| UseError::invalid("bad_request", why);
        let start = body.as_ptr() as usize;
        let read: Body<'_> = serde_json::from_slice(&body).map_err(|e| {
            wrong(format!("the body is not {{items: [{{id?, code, expected_plate?, at?}}], purpose}}: {e}"))
        })?;
        if read.items.0.is_empty() {
            return Err(wrong(format!("send 1 to {MAX_CODES} items")));
        }
        let purpose = Purpose::read(read.purpose.as_deref())?;
        let place = |raw: &&RawValue| (raw.get().as_ptr() as usize - start, raw.get().len());
        let places = read.items.0.iter().map(place).collect();
        Ok(Self { body, places, purpose })
    }

    /// How many items it has.
    pub(super) fn items(&self) -> usize {
        self.places.len()
    }

    /// How many codes it asks about.
    pub fn codes(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn item(&self, position: usize) -> Result<Ask<'_>, String> {
        let (from, length) = self.places[position];
        let bytes = &self.body[from..from + length];
        let ask: Ask<'_> = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        let long = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.chars().count() > most);
        if long(&ask.id, MAX_ID) {
            return Err(format!("`id` has more than {MAX_ID} characters"));
        }
        if long(&ask.expected_plate, MAX_PLATE) {
            return Err(format!("`expected_plate` has more than {MAX_PLATE} characters"));
        }
        Ok(ask)
    }
}
