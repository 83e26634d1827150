//! Reading the maps of a record: keys in rising order, values within their ceilings, nothing over.

use luzheng_domain::accident::Circumstances;

use super::AccidentError;
use super::wire::Place;
use crate::cbor::{ReadError, Reader, major, write_head};

pub(super) fn malformed(error: ReadError) -> AccidentError {
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
pub(super) struct Keys<'a> {
    reader: Reader<'a>,
    left: u64,
    next: Option<u64>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
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
    pub(super) fn maybe<T>(
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

    pub(super) fn need<T>(
        &mut self,
        key: u64,
        expected: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        self.maybe(key, read)?.ok_or(ReadError::Shape(expected))
    }

    pub(super) fn end(self) -> Result<(), ReadError> {
        if self.next.is_some() {
            Err(ReadError::Shape("no other key, and each in its place"))
        } else {
            self.reader.end()
        }
    }
}

pub(super) fn number(reader: &mut Reader<'_>) -> Result<u32, ReadError> {
    let value = reader.expect(major::UNSIGNED, "a number")?;
    u32::try_from(value).map_err(|_| ReadError::Shape("a number of 32 bits"))
}

pub(super) fn flag(reader: &mut Reader<'_>) -> Result<bool, ReadError> {
    match number(reader)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(ReadError::Shape("0 or 1")),
    }
}

pub(super) fn array<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], ReadError> {
    reader.bytes(N, "bytes of a fixed length")?.try_into().map_err(|_| ReadError::Shape("bytes of a fixed length"))
}

pub(super) fn text(reader: &mut Reader<'_>, ceiling: usize) -> Result<String, ReadError> {
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
pub(super) fn word(reader: &mut Reader<'_>, count: usize) -> Result<u8, ReadError> {
    let value = number(reader)?;
    u8::try_from(value)
        .ok()
        .filter(|n| *n >= 1 && usize::from(*n) <= count)
        .ok_or(ReadError::Shape("a number of a word"))
}

pub(super) fn version(reader: &mut Reader<'_>) -> Result<u64, ReadError> {
    reader.expect(major::UNSIGNED, "a version")
}

pub(super) fn circumstances(reader: &mut Reader<'_>) -> Result<Circumstances, ReadError> {
    Circumstances::from_bits(number(reader)?.into()).ok_or(ReadError::Shape("circumstances that are known"))
}

pub(super) fn credential(reader: &mut Reader<'_>, ceiling: usize) -> Result<Vec<u8>, ReadError> {
    let bytes = reader.bytes(ceiling, "a credential")?;
    if bytes.is_empty() { Err(ReadError::Shape("a credential")) } else { Ok(bytes.to_vec()) }
}

pub(super) fn place(reader: &mut Reader<'_>) -> Result<Place, ReadError> {
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
