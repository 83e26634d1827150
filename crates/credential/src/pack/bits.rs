//! A stream of bits, the highest of a byte first.

/// Reads bits from bytes; never beyond their end.
#[derive(Debug, Clone)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, from the top.
    buffer: u64,
    /// How many of the buffer count.
    have: u32,
}

impl<'a> BitReader<'a> {
    /// Reads from a bit of the stream on; from beyond its end nothing comes.
    pub(super) fn from_bit(bytes: &'a [u8], bit: usize) -> Self {
        let mut reader = Self { bytes, at: (bit / 8).min(bytes.len()), buffer: 0, have: 0 };
        reader.fill();
        let skipped = u32::try_from(bit % 8).unwrap_or(0).min(reader.have);
        reader.drop_bits(skipped);
        reader
    }

    /// How many bits were read, from the beginning of the bytes.
    pub(super) const fn bit(&self) -> usize {
        self.at * 8 - self.have as usize
    }

    fn fill(&mut self) {
        while self.have <= 56
            && let Some(byte) = self.bytes.get(self.at)
        {
            self.buffer |= u64::from(*byte) << (56 - self.have);
            self.have += 8;
            self.at += 1;
        }
    }

    /// Drops bits that are in the buffer.
    fn drop_bits(&mut self, count: u32) {
        self.buffer = self.buffer.checked_shl(count).unwrap_or(0);
        self.have -= count;
    }

    /// Reads zeros up to a one, or up to `most` of them, which need no one; how many there were.
    pub(super) fn zeros(&mut self, most: u32) -> Option<u32> {
        let mut total = 0;
        loop {
            self.fill();
            if self.have == 0 {
                return (total == most).then_some(total);
            }
            let zeros = self.buffer.leading_zeros().min(self.have);
            if total + zeros >= most {
                self.drop_bits(most - total);
                return Some(most);
            }
            total += zeros;
            if zeros < self.have {
                self.drop_bits(zeros + 1);
                return Some(total);
            }
            self.drop_bits(zeros);
        }
    }

    /// Reads a number of at most 32 bits, the highest first.
    pub(super) fn number(&mut self, bits: u32) -> Option<u32> {
        if bits == 0 {
            return Some(0);
        }
        self.fill();
        if self.have < bits {
            return None;
        }
        let value = self.buffer >> (64 - bits);
        self.drop_bits(bits);
        u32::try_from(value).ok()
    }

    /// Whether nothing is left but the zeros that fill up the last byte.
    pub(super) fn at_end(&mut self) -> bool {
        self.fill();
        self.have < 8 && self.buffer == 0
    }
}

/// Writes bits.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    out: Vec<u8>,
    /// Bits that do not fill a byte yet, at the bottom.
    buffer: u64,
    have: u32,
}

impl BitWriter {
    pub(super) const fn onto(out: Vec<u8>) -> Self {
        Self { out, buffer: 0, have: 0 }
    }

    /// Writes the lowest bits of a number, the highest of them first.
    pub(super) fn number(&mut self, value: u32, bits: u32) {
        self.buffer = (self.buffer << bits) | (u64::from(value) & ((1u64 << bits) - 1));
        self.have += bits;
        while self.have >= 8 {
            self.have -= 8;
            self.out.push((self.buffer >> self.have & 0xff) as u8);
        }
    }

    /// Writes zeros.
    pub(super) fn zeros(&mut self, mut count: u32) {
        while count > 0 {
            let now = count.min(32);
            self.number(0, now);
            count -= now;
        }
    }

    /// The bytes, the last one filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.have > 0 {
            self.number(0, 8 - self.have);
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Any mixture of runs and numbers comes back, from the beginning and from any place that was remembered.
        #[test]
        fn what_is_written_is_read(items in proptest::collection::vec((0u32..200, 0u32..=32, any::<u32>()), 0..60)) {
            let mut writer = BitWriter::onto(vec![0xff]);
            for (zeros, bits, value) in &items {
                writer.zeros(*zeros);
                writer.number(1, 1);
                writer.number(*value, *bits);
            }
            let bytes = writer.finish();
            let mut reader = BitReader::from_bit(&bytes, 8);
            for (zeros, bits, value) in &items {
                reader = BitReader::from_bit(&bytes, reader.bit());
                prop_assert_eq!(reader.zeros(u32::MAX), Some(*zeros));
                let kept = if *bits == 32 { *value } else { value & ((1 << bits) - 1) };
                prop_assert_eq!(reader.number(*bits), Some(kept));
            }
            prop_assert!(reader.at_end());
        }
    }

    #[test]
    fn the_end_is_an_end() {
        let mut reader = BitReader::from_bit(&[0x00, 0x01], 0);
        assert_eq!(reader.clone().number(17), None);
        assert_eq!(reader.zeros(u32::MAX), Some(15));
        assert!(reader.at_end());
        assert_eq!(reader.zeros(u32::MAX), None);
        assert_eq!(reader.zeros(0), Some(0));
        assert_eq!(reader.number(1), None);
        assert_eq!(BitReader::from_bit(&[0xff], 900).number(1), None);
        let mut reader = BitReader::from_bit(&[0b0001_0000], 0);
        assert_eq!((reader.zeros(2), reader.zeros(2)), (Some(2), Some(1)), "two zeros need no one, one zero does");
    }
}
