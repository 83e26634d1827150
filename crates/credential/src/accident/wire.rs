//! What is said, in deterministic CBOR (RFC 8949 section 4.2): reading accepts exactly the bytes that writing gives.

use luzheng_domain::accident::{Circumstances, Responsibility, table};

use super::read::{
    Keys, array, circumstances, credential, flag, malformed, number, place, text, version, word, write_text,
};
use super::{
    AccidentError, MAX_CONTACT, MAX_INSURER, MAX_LICENCE, MAX_MARK, MAX_PLACE, MAX_PLATE, MAX_POLICY, VERSION,
};
use crate::cbor::{ReadError, Reader, major, write_bytes, write_head, write_integer};
use crate::kind::DEVICE_KEY_LEN;

/// Where it happened, from the phone: hundred-thousandths of a degree (about a metre), and how sure, in metres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Latitude × 100,000, within ±9,000,000 (WGS 84).
    pub lat_e5: i32,
    /// Longitude × 100,000, within ±18,000,000 (WGS 84).
    pub lon_e5: i32,
    /// Radius of certainty in metres, at most 100,000.
    pub accuracy_m: u32,
}

/// One party as it describes itself, with the codes that it showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// 号牌号码 as typed or as in the mark, at most [`MAX_PLATE`] bytes.
    pub plate: String,
    /// 号牌种类, two digits.
    pub plate_type: String,
    /// Point of impact: the place in the list of words, from 1.
    pub impact: u8,
    /// The inspection mark as shown: the issuer's whole message.
    pub mark: Option<Vec<u8>>,
    /// The licence as shown: the whole message, the device's wrapper included.
    pub licence: Option<Vec<u8>>,
    /// Who insures.
    pub insurer: Option<String>,
    /// Number of the policy.
    pub policy: Option<String>,
    /// How the party can be reached.
    pub contact: Option<String>,
}

/// The facts as the first party puts them, and its party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Sixteen random bytes: the record's name.
    pub record: [u8; 16],
    /// The compressed point of the first party's key.
    pub key: [u8; DEVICE_KEY_LEN],
    /// The phone's time, in seconds since 1970.
    pub made_at: u32,
    /// Whether that time was compared with a server's.
    pub clock_confirmed: bool,
    /// When it happened, as told.
    pub happened_at: u32,
    /// Where, from the phone.
    pub place: Option<Place>,
    /// Where, in words.
    pub place_text: Option<String>,
    /// Form of the accident, from 1.
    pub form: u8,
    /// Weather, from 1.
    pub weather: u8,
    /// The first party's share.
    pub responsibility: Responsibility,
    /// What the first party says is the case.
    pub circumstances: Circumstances,
    /// The first party.
    pub party: Party,
}

/// What the second party adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The record's name, as in the offer.
    pub record: [u8; 16],
    /// The compressed point of the second party's key.
    pub key: [u8; DEVICE_KEY_LEN],
    /// The phone's time, in seconds since 1970.
    pub made_at: u32,
    /// Whether that time was compared with a server's.
    pub clock_confirmed: bool,
    /// What the second party says is the case.
    pub circumstances: Circumstances,
    /// The second party.
    pub party: Party,
}

impl Party {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let bytes = reader.bytes(super::MAX_CODE, "a party")?;
        let mut keys = Keys::new(bytes)?;
        let party = Self {
            plate: keys.need(1, "a plate", |r| text(r, MAX_PLATE))?,
            plate_type: keys.need(2, "a plate type", |r| text(r, 2))?,
            impact: keys.need(3, "a point of impact", |r| word(r, table().words.impact.len()))?,
            mark: keys.maybe(4, |r| credential(r, MAX_MARK))?,
            licence: keys.maybe(5, |r| credential(r, MAX_LICENCE))?,
            insurer: keys.maybe(6, |r| text(r, MAX_INSURER))?,
            policy: keys.maybe(7, |r| text(r, MAX_POLICY))?,
            contact: keys.maybe(8, |r| text(r, MAX_CONTACT))?,
        };
        keys.end()?;
        if party.plate_type.len() != 2 || !party.plate_type.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ReadError::Shape("a plate type of two digits"));
        }
        Ok(party)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let texts = [(6, &self.insurer), (7, &self.policy), (8, &self.contact)];
        let codes = [(4, &self.mark), (5, &self.licence)];
        let more = texts.iter().filter(|(_, text)| text.is_some()).count();
        let more = more + codes.iter().filter(|(_, code)| code.is_some()).count();
        let mut map = Vec::new();
        write_head(&mut map, major::MAP, 3 + more as u64);
        for (key, value) in [(1, &self.plate), (2, &self.plate_type)] {
            write_head(&mut map, major::UNSIGNED, key);
            write_text(&mut map, value);
        }
        write_head(&mut map, major::UNSIGNED, 3);
        write_head(&mut map, major::UNSIGNED, self.impact.into());
        for (key, code) in codes {
            if let Some(code) = code {
                write_head(&mut map, major::UNSIGNED, key);
                write_bytes(&mut map, code);
            }
        }
        for (key, text) in texts {
            if let Some(text) = text {
                write_head(&mut map, major::UNSIGNED, key);
                write_text(&mut map, text);
            }
        }
        write_bytes(out, &map);
    }
}

impl Offer {
    /// Reads an offer, strictly.
    ///
    /// # Errors
    /// [`AccidentError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, AccidentError> {
        if bytes.len() > super::MAX_CODE {
            return Err(AccidentError::TooLarge);
        }
        let mut keys = Keys::new(bytes).map_err(malformed)?;
        let found = keys.need(1, "a version", version).map_err(malformed)?;
        if found != VERSION {
            return Err(AccidentError::Version(found));
        }
        let offer = Self::read(keys).map_err(malformed)?;
        if offer.place.is_none() && offer.place_text.is_none() {
            return Err(AccidentError::Malformed("a place"));
        }
        Ok(offer)
    }

    fn read(mut keys: Keys<'_>) -> Result<Self, ReadError> {
        let words = &table().words;
        let share = |r: &mut Reader<'_>| {
            Responsibility::from_number(number(r)?.into()).ok_or(ReadError::Shape("a share of responsibility"))
        };
        let offer = Self {
            record: keys.need(2, "a record's name", array)?,
            key: keys.need(3, "a key", array)?,
            made_at: keys.need(4, "a time", number)?,
            clock_confirmed: keys.need(5, "a clock's state", flag)?,
            happened_at: keys.need(6, "the time of the accident", number)?,
            place: keys.maybe(7, place)?,
            place_text: keys.maybe(8, |r| text(r, MAX_PLACE))?,
            form: keys.need(9, "a form", |r| word(r, words.form.len()))?,
            weather: keys.need(10, "a weather", |r| word(r, words.weather.len()))?,
            responsibility: keys.need(11, "a responsibility", share)?,
            circumstances: keys.need(12, "circumstances", circumstances)?,
            party: keys.need(13, "a party", Party::read)?,
        };
        keys.end()?;
        Ok(offer)
    }

    /// Writes the offer in its one encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let more = u64::from(self.place.is_some()) + u64::from(self.place_text.is_some());
        write_head(&mut out, major::MAP, 11 + more);
        let plain = |out: &mut Vec<u8>, key: u64, value: u64| {
            write_head(out, major::UNSIGNED, key);
            write_head(out, major::UNSIGNED, value);
        };
        plain(&mut out, 1, VERSION);
        for (key, bytes) in [(2, &self.record[..]), (3, &self.key[..])] {
            write_head(&mut out, major::UNSIGNED, key);
            write_bytes(&mut out, bytes);
        }
        plain(&mut out, 4, self.made_at.into());
        plain(&mut out, 5, self.clock_confirmed.into());
        plain(&mut out, 6, self.happened_at.into());
        if let Some(place) = self.place {
            write_head(&mut out, major::UNSIGNED, 7);
            write_head(&mut out, major::ARRAY, 3);
            write_integer(&mut out, place.lat_e5.into());
            write_integer(&mut out, place.lon_e5.into());
            write_head(&mut out, major::UNSIGNED, place.accuracy_m.into());
        }
        if let Some(text) = &self.place_text {
            write_head(&mut out, major::UNSIGNED, 8);
            write_text(&mut out, text);
        }
        plain(&mut out, 9, self.form.into());
        plain(&mut out, 10, self.weather.into());
        plain(&mut out, 11, self.responsibility.number().into());
        plain(&mut out, 12, self.circumstances.bits().into());
        write_head(&mut out, major::UNSIGNED, 13);
        self.party.write(&mut out);
        out
    }
}

impl Statement {
    /// Reads a statement, strictly.
    ///
    /// # Errors
    /// [`AccidentError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, AccidentError> {
        if bytes.len() > super::MAX_CODE {
            return Err(AccidentError::TooLarge);
        }
        let mut keys = Keys::new(bytes).map_err(malformed)?;
        let found = keys.need(1, "a version", version).map_err(malformed)?;
        if found != VERSION {
            return Err(AccidentError::Version(found));
        }
        Self::read(keys).map_err(malformed)
    }

    fn read(mut keys: Keys<'_>) -> Result<Self, ReadError> {
        let statement = Self {
            record: keys.need(2, "a record's name", array)?,
            key: keys.need(3, "a key", array)?,
            made_at: keys.need(4, "a time", number)?,
            clock_confirmed: keys.need(5, "a clock's state", flag)?,
            circumstances: keys.need(12, "circumstances", circumstances)?,
            party: keys.need(13, "a party", Party::read)?,
        };
        keys.end()?;
        Ok(statement)
    }

    /// Writes the statement in its one encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        write_head(&mut out, major::MAP, 7);
        for (key, value) in [(1, Some(VERSION)), (2, None), (3, None), (4, Some(u64::from(self.made_at)))] {
            write_head(&mut out, major::UNSIGNED, key);
            match (key, value) {
                (_, Some(value)) => write_head(&mut out, major::UNSIGNED, value),
                (2, None) => write_bytes(&mut out, &self.record),
                (_, None) => write_bytes(&mut out, &self.key),
            }
        }
        for (key, value) in [(5, u64::from(self.clock_confirmed)), (12, u64::from(self.circumstances.bits()))] {
            write_head(&mut out, major::UNSIGNED, key);
            write_head(&mut out, major::UNSIGNED, value);
        }
        write_head(&mut out, major::UNSIGNED, 13);
        self.party.write(&mut out);
        out
    }
}
