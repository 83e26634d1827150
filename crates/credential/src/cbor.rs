//! The little CBOR (RFC 8949) that an envelope needs: reading heads in their one shortest form, and telling "the bytes stop
//! here" from "this is something else". Claims are read with `minicbor` and compared with their re-encoding instead.

use thiserror::Error;

/// Major types of RFC 8949 section 3.1, as the top three bits of a head.
pub(crate) mod major {
    pub(crate) const UNSIGNED: u8 = 0;
    pub(crate) const NEGATIVE: u8 = 1;
    pub(crate) const BYTES: u8 = 2;
    pub(crate) const TEXT: u8 = 3;
    pub(crate) const ARRAY: u8 = 4;
    pub(crate) const MAP: u8 = 5;
    pub(crate) const TAG: u8 = 6;
}

/// Why an envelope could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The bytes stop inside something that was well formed so far.
    #[error("the bytes stop in the middle")]
    End,
    /// The bytes say something else than what belongs here.
    #[error("expected {0}")]
    Shape(&'static str),
}

/// A cursor over bytes that reads only definite lengths in their shortest form.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// Takes `n` bytes.
    pub(crate) fn take(&mut self, n: u64) -> Result<&'a [u8], ReadError> {
        let n = usize::try_from(n).map_err(|_| ReadError::End)?;
        let end = self.at.checked_add(n).filter(|end| *end <= self.all.len()).ok_or(ReadError::End)?;
        let taken = &self.all[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// Reads a head of any major type: `(major, argument)`. Longer forms than needed and indefinite lengths are refused.
    pub(crate) fn head(&mut self, expected: &'static str) -> Result<(u8, u64), ReadError> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        let width = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24..=27 => 1u64 << (info - 24),
            _ => return Err(ReadError::Shape(expected)),
        };
        let argument = self.take(width)?.iter().fold(0u64, |value, byte| (value << 8) | u64::from(*byte));
        let least = match width {
            1 => 24,
            2 => 1 << 8,
            4 => 1 << 16,
            _ => 1 << 32,
        };
        if argument < least { Err(ReadError::Shape(expected)) } else { Ok((major, argument)) }
    }

    /// Reads a head that must be of `major` type and returns its argument.
    pub(crate) fn expect(&mut self, major: u8, expected: &'static str) -> Result<u64, ReadError> {
        let (found, argument) = self.head(expected)?;
        if found == major { Ok(argument) } else { Err(ReadError::Shape(expected)) }
    }

    /// Reads a head that must be exactly this one.
    pub(crate) fn exactly(&mut self, major: u8, argument: u64, expected: &'static str) -> Result<(), ReadError> {
        let found = self.expect(major, expected)?;
        if found == argument { Ok(()) } else { Err(ReadError::Shape(expected)) }
    }

    /// Reads a byte string of at most `ceiling` bytes.
    pub(crate) fn bytes(&mut self, ceiling: usize, expected: &'static str) -> Result<&'a [u8], ReadError> {
        let length = self.expect(major::BYTES, expected)?;
        if length > ceiling as u64 {
            return Err(ReadError::Shape(expected));
        }
        self.take(length)
    }

    /// Reads a whole number, negative ones included.
    pub(crate) fn integer(&mut self, expected: &'static str) -> Result<i64, ReadError> {
        let (major, argument) = self.head(expected)?;
        let value = i64::try_from(argument).map_err(|_| ReadError::Shape(expected))?;
        match major {
            major::UNSIGNED => Ok(value),
            major::NEGATIVE => Ok(-1 - value),
            _ => Err(ReadError::Shape(expected)),
        }
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), ReadError> {
        if self.at == self.all.len() { Ok(()) } else { Err(ReadError::Shape("nothing after the last item")) }
    }
}

/// Writes a head in its shortest form.
pub(crate) fn write_head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let top = major << 5;
    let bytes = argument.to_be_bytes();
    match argument {
        0..=23 => out.push(top | bytes[7]),
        24..=0xff => out.extend_from_slice(&[top | 24, bytes[7]]),
        0x100..=0xffff => {
            out.push(top | 25);
            out.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..=0xffff_ffff => {
            out.push(top | 26);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(top | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

/// Writes a byte string.
pub(crate) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_head(out, major::BYTES, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes a whole number in its shortest form.
pub(crate) fn write_integer(out: &mut Vec<u8>, value: i64) {
    match u64::try_from(value) {
        Ok(value) => write_head(out, major::UNSIGNED, value),
        // -1 - value cannot overflow: value is negative here.
        Err(_) => write_head(out, major::NEGATIVE, (-1 - value).unsigned_abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_in_their_shortest_form_only() {
        for value in [0u64, 23, 24, 255, 256, 65_535, 65_536, 0xffff_ffff, 0x1_0000_0000, u64::MAX] {
            let mut out = Vec::new();
            write_head(&mut out, major::UNSIGNED, value);
            assert_eq!(Reader::new(&out).head("a number"), Ok((0, value)));
        }
        for longer in
            [&[0x18, 23][..], &[0x19, 0, 255], &[0x1a, 0, 0, 255, 255], &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255]]
        {
            assert_eq!(Reader::new(longer).head("a number"), Err(ReadError::Shape("a number")));
        }
        assert_eq!(Reader::new(&[0x5f]).head("bytes"), Err(ReadError::Shape("bytes")), "indefinite length");
        assert_eq!(Reader::new(&[0x1c]).head("bytes"), Err(ReadError::Shape("bytes")), "reserved");
        assert_eq!(Reader::new(&[0x19, 1]).head("a number"), Err(ReadError::End));
    }

    #[test]
    fn integers_keep_their_sign() {
        for value in [0, 1, -1, -7, -8, -65_600, -70_001, 1_900_000_000, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            write_integer(&mut out, value);
            assert_eq!(Reader::new(&out).integer("a number"), Ok(value));
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_an_end_not_a_panic() {
        assert_eq!(
            Reader::new(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).take(u64::MAX),
            Err(ReadError::End)
        );
        assert_eq!(Reader::new(&[0x58, 200, 1]).bytes(1024, "bytes"), Err(ReadError::End));
        assert_eq!(Reader::new(&[0x59, 0x40, 0, 1]).bytes(1024, "bytes"), Err(ReadError::Shape("bytes")));
    }
}
