//! What is said, in deterministic CBOR (RFC 8949 section 4.2): reading accepts exactly the bytes that writing gives.

use luzheng_domain::accident::{Circumstances, Responsibility, table};

use super::{
    AccidentError, MAX_CONTACT, MAX_INSURER, MAX_LICENCE, MAX_MARK, MAX_PLACE, MAX_PLATE, MAX_POLICY, VERSION,
};
use crate::cbor::{ReadError, Reader, major, write_bytes, write_head, write_integer};
use crate::kind::DEVICE_KEY_LEN;
use crate::sign::{SIGNATURE_LEN, SignError, Signer};
use crate::verify::Reason;

use super::key::sign1;
use crate::qr::message::{fixed, read_sign1, to_be_signed, wrapper_header};

/// Which party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The one who filled the facts in and showed the first code.
    First,
    /// The one who answered.
    Second,
}

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

/// Whether somebody looked at the plate on the other vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlateSeen {
    /// Not compared.
    NotCompared,
    /// It is the plate in the record.
    Same,
    /// It is another one.
    Differs,
}

/// What a phone saw of a code of the other party: the reason of the verdict (`None` when valid), and how old the status behind it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenCode {
    /// Why the verdict was not valid.
    pub reason: Option<Reason>,
    /// Age of the status list in seconds; `None` when there was none.
    pub age_s: Option<u32>,
}

/// What one party signs: the digest of everything said, and what its own phone saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorsement {
    /// Who signs.
    pub role: Role,
    /// [`super::digest`] of offer and statement.
    pub digest: [u8; 32],
    /// The phone's time of signing, in seconds since 1970.
    pub signed_at: u32,
    /// Whether the other vehicle's plate was looked at.
    pub plate: PlateSeen,
    /// The other party's mark, as this phone judged it.
    pub mark: Option<SeenCode>,
    /// The other party's licence, as this phone judged it.
    pub licence: Option<SeenCode>,
}

/// A signed endorsement, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) endorsement: Endorsement,
    payload: Vec<u8>,
    pub(super) signature: [u8; SIGNATURE_LEN],
}

impl Signed {
    /// The bytes that were signed.
    pub(super) fn to_be_signed(&self) -> Vec<u8> {
        to_be_signed(wrapper_header(), &self.payload)
    }

    /// Reads a signed endorsement.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, AccidentError> {
        let parts = read_sign1(bytes, MAX_PAYLOAD).map_err(malformed)?;
        if parts.protected != wrapper_header() {
            return Err(AccidentError::Malformed("the header {1: -7}"));
        }
        let signature = *fixed(parts.signature).map_err(|_| AccidentError::Malformed("a signature of 64 bytes"))?;
        Ok(Self { endorsement: Endorsement::decode(parts.payload)?, payload: parts.payload.to_vec(), signature })
    }
}

/// Largest payload of an endorsement, in bytes.
const MAX_PAYLOAD: usize = 96;

fn malformed(error: ReadError) -> AccidentError {
    match error {
        ReadError::End => AccidentError::Malformed("bytes that do not stop in the middle"),
        ReadError::Shape(expected) => AccidentError::Malformed(expected),
    }
}

/// Writes a text.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    write_head(out, major::TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// The keys of a map in rising order, each at most once: what is asked for is taken when it comes next.
struct Keys<'a> {
    reader: Reader<'a>,
    left: u64,
    next: Option<u64>,
}

impl<'a> Keys<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let mut reader = Reader::new(bytes);
        let left = reader.expect(major::MAP, "a map")?;
        let mut keys = Self { reader, left, next: None };
        keys.advance()?;
        Ok(keys)
    }

    fn advance(&mut self) -> Result<(), ReadError> {
        self.next = None;
        if self.left > 0 {
            self.left -= 1;
            self.next = Some(self.reader.expect(major::UNSIGNED, "a key")?);
        }
        Ok(())
    }

    /// The value under a key, if it comes next.
    fn maybe<T>(
        &mut self,
        key: u64,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        if self.next != Some(key) {
            return Ok(None);
        }
        let value = read(&mut self.reader)?;
        self.advance()?;
        Ok(Some(value))
    }

    fn need<T>(
        &mut self,
        key: u64,
        expected: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        self.maybe(key, read)?.ok_or(ReadError::Shape(expected))
    }

    fn end(self) -> Result<(), ReadError> {
        if self.next.is_some() {
            Err(ReadError::Shape("no other key, and each in its place"))
        } else {
            self.reader.end()
        }
    }
}

fn number(reader: &mut Reader<'_>) -> Result<u32, ReadError> {
    let value = reader.expect(major::UNSIGNED, "a number")?;
    u32::try_from(value).map_err(|_| ReadError::Shape("a number of 32 bits"))
}

fn flag(reader: &mut Reader<'_>) -> Result<bool, ReadError> {
    match number(reader)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(ReadError::Shape("0 or 1")),
    }
}

fn array<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], ReadError> {
    reader.bytes(N, "bytes of a fixed length")?.try_into().map_err(|_| ReadError::Shape("bytes of a fixed length"))
}

fn text(reader: &mut Reader<'_>, ceiling: usize) -> Result<String, ReadError> {
    let length = reader.expect(major::TEXT, "a text")?;
    if length == 0 || length > ceiling as u64 {
        return Err(ReadError::Shape("a text that is neither empty nor too long"));
    }
    let text = std::str::from_utf8(reader.take(length)?).map_err(|_| ReadError::Shape("UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(ReadError::Shape("a text without control characters"));
    }
    Ok(text.to_owned())
}

/// A place in a list of words, from 1.
fn word(reader: &mut Reader<'_>, count: usize) -> Result<u8, ReadError> {
    let value = number(reader)?;
    u8::try_from(value)
        .ok()
        .filter(|n| *n >= 1 && usize::from(*n) <= count)
        .ok_or(ReadError::Shape("a number of a word"))
}

fn version(reader: &mut Reader<'_>) -> Result<u64, ReadError> {
    reader.expect(major::UNSIGNED, "a version")
}

fn circumstances(reader: &mut Reader<'_>) -> Result<Circumstances, ReadError> {
    Circumstances::from_bits(number(reader)?.into()).ok_or(ReadError::Shape("circumstances that are known"))
}

fn credential(reader: &mut Reader<'_>, ceiling: usize) -> Result<Vec<u8>, ReadError> {
    let bytes = reader.bytes(ceiling, "a credential")?;
    if bytes.is_empty() { Err(ReadError::Shape("a credential")) } else { Ok(bytes.to_vec()) }
}

fn place(reader: &mut Reader<'_>) -> Result<Place, ReadError> {
    let expected = "a place on earth";
    reader.exactly(major::ARRAY, 3, expected)?;
    let degree = |reader: &mut Reader<'_>, most: i32| {
        let value = i32::try_from(reader.integer(expected)?).map_err(|_| ReadError::Shape(expected))?;
        if value.unsigned_abs() <= most.unsigned_abs() { Ok(value) } else { Err(ReadError::Shape(expected)) }
    };
    let lat_e5 = degree(reader, 9_000_000)?;
    let lon_e5 = degree(reader, 18_000_000)?;
    let accuracy_m = number(reader)?;
    if accuracy_m > 100_000 { Err(ReadError::Shape(expected)) } else { Ok(Place { lat_e5, lon_e5, accuracy_m }) }
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

impl SeenCode {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let parts = reader.expect(major::ARRAY, "what was seen")?;
        let reason = match number(reader)? {
            0 => None,
            n => Some(Reason::ALL.get(n as usize - 1).copied().ok_or(ReadError::Shape("a reason that is known"))?),
        };
        let age_s = match parts {
            1 => None,
            2 => Some(number(reader)?),
            _ => return Err(ReadError::Shape("what was seen")),
        };
        Ok(Self { reason, age_s })
    }

    fn write(self, out: &mut Vec<u8>) {
        write_head(out, major::ARRAY, if self.age_s.is_some() { 2 } else { 1 });
        let reason = self.reason.and_then(|reason| Reason::ALL.iter().position(|known| *known == reason));
        write_head(out, major::UNSIGNED, reason.map_or(0, |place| place as u64 + 1));
        if let Some(age) = self.age_s {
            write_head(out, major::UNSIGNED, age.into());
        }
    }
}

impl Endorsement {
    /// Reads what was signed, strictly.
    ///
    /// # Errors
    /// [`AccidentError`].
    pub fn decode(payload: &[u8]) -> Result<Self, AccidentError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(AccidentError::TooLarge);
        }
        Self::read(payload).map_err(malformed)
    }

    fn read(payload: &[u8]) -> Result<Self, ReadError> {
        let mut keys = Keys::new(payload)?;
        let role = |r: &mut Reader<'_>| match number(r)? {
            1 => Ok(Role::First),
            2 => Ok(Role::Second),
            _ => Err(ReadError::Shape("a role")),
        };
        let plate = |r: &mut Reader<'_>| match number(r)? {
            0 => Ok(PlateSeen::NotCompared),
            1 => Ok(PlateSeen::Same),
            2 => Ok(PlateSeen::Differs),
            _ => Err(ReadError::Shape("whether the plate was seen")),
        };
        let endorsement = Self {
            role: keys.need(1, "a role", role)?,
            digest: keys.need(2, "a digest", array)?,
            signed_at: keys.need(3, "a time", number)?,
            plate: keys.need(4, "whether the plate was seen", plate)?,
            mark: keys.maybe(5, SeenCode::read)?,
            licence: keys.maybe(6, SeenCode::read)?,
        };
        keys.end()?;
        Ok(endorsement)
    }

    /// Writes what is signed, in its one encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        let more = u64::from(self.mark.is_some()) + u64::from(self.licence.is_some());
        write_head(&mut out, major::MAP, 4 + more);
        out.extend([1, if self.role == Role::First { 1 } else { 2 }, 2]);
        write_bytes(&mut out, &self.digest);
        write_head(&mut out, major::UNSIGNED, 3);
        write_head(&mut out, major::UNSIGNED, self.signed_at.into());
        out.extend([4, self.plate as u8]);
        for (key, seen) in [(5, self.mark), (6, self.licence)] {
            if let Some(seen) = seen {
                write_head(&mut out, major::UNSIGNED, key);
                seen.write(&mut out);
            }
        }
        out
    }

    /// Signs it: a tagged COSE_Sign1 with the header `{1: -7}`.
    ///
    /// # Errors
    /// Those of the signer.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        sign1(&self.encode(), signer)
    }
}
