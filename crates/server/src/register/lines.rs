//! Lines of text from bytes: bounded in length, numbered, and decoded from UTF-8 or GB18030.
//!
//! Splitting happens on bytes before decoding. That is safe in GB18030 too: no second, third or fourth byte of a character is a
//! line feed, a carriage return, a comma, a tab or a quote.

use super::limits::{DETECT_BYTES, LINE_MAX};
use std::collections::VecDeque;
use std::io::{self, BufRead};

/// The encodings a register may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB18030, which contains GBK and GB2312.
    Gb18030,
}

impl Encoding {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }
}

/// A decoded line. Bytes that are no characters of the encoding became U+FFFD; columns that hold one are rejected later, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: u64,
    /// Without its ending.
    pub(super) text: String,
    /// The line was longer than the ceiling; `text` is empty.
    pub(super) too_long: bool,
}

struct RawLine {
    number: u64,
    bytes: Vec<u8>,
    too_long: bool,
}

/// The lines of an input. The encoding is settled by the first line that is not plain ASCII, looking ahead over a good stretch of
/// the file and letting every line vote, so that a single damaged line cannot turn the whole file around.
pub(super) struct Lines<R> {
    reader: R,
    /// Longest line, in bytes.
    longest: usize,
    encoding: Option<Encoding>,
    ahead: VecDeque<RawLine>,
    /// Lines given back by the row parser, to be read again.
    returned: VecDeque<Line>,
    read: u64,
    after_cr: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self::with_longest(reader, LINE_MAX)
    }

    /// With another ceiling for a line.
    pub(super) fn with_longest(reader: R, longest: usize) -> Self {
        let (ahead, returned) = (VecDeque::new(), VecDeque::new());
        Self { reader, longest, encoding: None, ahead, returned, read: 0, after_cr: false }
    }

    /// The encoding; an input of plain ASCII counts as UTF-8.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// How many lines have been taken from the input so far.
    pub(super) fn lines_read(&self) -> u64 {
        self.read
    }

    /// Puts lines back in front, in their order.
    pub(super) fn give_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.returned.push_front(line);
        }
    }

    /// The next line, or `None` at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.returned.pop_front() {
            return Ok(Some(line));
        }
        let raw = match self.ahead.pop_front() {
            Some(raw) => raw,
            None => match self.read_raw()? {
                Some(raw) => raw,
                None => return Ok(None),
            },
        };
        if self.encoding.is_none() && !raw.bytes.is_ascii() {
            self.settle(&raw)?;
        }
        Ok(Some(self.decode(raw)))
    }

    fn settle(&mut self, first: &RawLine) -> io::Result<()> {
        let mut bytes = first.bytes.len() + self.ahead.iter().map(|l| l.bytes.len()).sum::<usize>();
        while bytes < DETECT_BYTES {
            let Some(raw) = self.read_raw()? else { break };
            bytes += raw.bytes.len() + 1;
            self.ahead.push_back(raw);
        }
        self.encoding = Some(vote(std::iter::once(first).chain(&self.ahead).map(|l| l.bytes.as_slice())));
        Ok(())
    }

    fn decode(&self, raw: RawLine) -> Line {
        let mut text = match self.encoding() {
            Encoding::Utf8 => match String::from_utf8(raw.bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            },
            Encoding::Gb18030 => encoding_rs::GB18030.decode_without_bom_handling(&raw.bytes).0.into_owned(),
        };
        if raw.number == 1 && text.starts_with('\u{FEFF}') {
            text.remove(0);
        }
        Line { number: raw.number, text, too_long: raw.too_long }
    }

    /// One line of bytes, ended by LF, CRLF or CR. Of a line that is too long nothing is kept.
    fn read_raw(&mut self) -> io::Result<Option<RawLine>> {
        let mut bytes = Vec::new();
        let mut too_long = false;
        let mut any = false;
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                break;
            }
            if std::mem::take(&mut self.after_cr) && buffer[0] == b'\n' {
                self.reader.consume(1);
                continue;
            }
            any = true;
            let end = buffer.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let part = &buffer[..end.unwrap_or(buffer.len())];
            too_long |= bytes.len() + part.len() > self.longest;
            if too_long {
                bytes.clear();
            } else {
                bytes.extend_from_slice(part);
            }
            let taken = part.len() + usize::from(end.is_some());
            self.after_cr = end.is_some_and(|i| buffer[i] == b'\r');
            self.reader.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.read += 1;
        Ok(Some(RawLine { number: self.read, bytes, too_long }))
    }
}

/// Every line that is not plain ASCII votes: for UTF-8 when it is valid UTF-8, for GB18030 when it is valid only as that. Text of one
/// encoding is seldom valid in the other over a whole line, and never over many.
fn vote<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Encoding {
    let (mut utf8, mut gb18030) = (0u32, 0u32);
    for line in lines.filter(|l| !l.is_ascii()) {
        if std::str::from_utf8(line).is_ok() {
            utf8 += 1;
        } else if encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(line).is_some() {
            gb18030 += 1;
        }
    }
    if gb18030 > utf8 { Encoding::Gb18030 } else { Encoding::Utf8 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> (Vec<Line>, Encoding) {
        // A buffer of seven bytes makes every line straddle refills.
        let mut lines = Lines::new(io::BufReader::with_capacity(7, bytes));
        let mut out = Vec::new();
        while let Some(line) = lines.next_line().expect("memory") {
            out.push(line);
        }
        (out, lines.encoding())
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        all(bytes).0.into_iter().map(|l| l.text).collect()
    }

    fn gb(text: &str) -> Vec<u8> {
        encoding_rs::GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn every_line_ending() {
        assert_eq!(texts(b"a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(texts(b"a\n\r\n\n"), ["a", "", ""]);
        assert!(texts(b"").is_empty());
    }

    #[test]
    fn rare_characters_survive_in_gb18030() {
        let (lines, encoding) = all(&gb("姓名\n陈䶮\n李𬭎\n王㛃\n"));
        assert_eq!(encoding, Encoding::Gb18030);
        assert_eq!(lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["姓名", "陈䶮", "李𬭎", "王㛃"]);
    }

    #[test]
    fn the_mark_at_the_beginning_goes_away() {
        assert_eq!(texts("\u{FEFF}号牌\n\u{FEFF}x".as_bytes()), ["号牌", "\u{FEFF}x"]);
        assert_eq!(texts(&gb("\u{FEFF}号牌号码与种类\n苏B12345的车主\n")), ["号牌号码与种类", "苏B12345的车主"]);
    }

    #[test]
    fn one_damaged_line_does_not_turn_the_file() {
        let mut bytes = "号牌号码,姓名\n苏B12345,张".as_bytes().to_vec();
        bytes.extend([0xE4, 0xB8]);
        bytes.extend("\n苏B12346,李\n".as_bytes());
        let (lines, encoding) = all(&bytes);
        assert_eq!(encoding, Encoding::Utf8);
        assert_eq!(lines[1].text, "苏B12345,张\u{FFFD}");

        let mut bytes = gb("号牌号码,姓名\n苏B12345,张");
        bytes.push(0xB1);
        bytes.extend(gb("\n苏B12346,李\n"));
        let (lines, encoding) = all(&bytes);
        assert_eq!(encoding, Encoding::Gb18030);
        assert_eq!(lines[1].text, "苏B12345,张\u{FFFD}");
        assert_eq!(lines[2].text, "苏B12346,李");
    }

    #[test]
    fn ascii_first_then_gb18030_far_behind() {
        let mut bytes = b"plate_number,seats\n".repeat(30_000);
        bytes.extend(gb("苏B12345,5\n浙A12345,7\n"));
        let (lines, encoding) = all(&bytes);
        assert_eq!(encoding, Encoding::Gb18030);
        assert_eq!(lines[30_000].text, "苏B12345,5");
    }

    #[test]
    fn a_long_line_costs_itself_only() {
        let mut bytes = vec![b'x'; LINE_MAX + 1];
        bytes.extend(b"\nnext\n");
        let (lines, _) = all(&bytes);
        assert!(lines[0].too_long && lines[0].text.is_empty());
        assert_eq!((lines[1].number, lines[1].text.as_str()), (2, "next"));
        let (lines, _) = all(&vec![b'x'; LINE_MAX]);
        assert!(!lines[0].too_long);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let endings = bytes.iter().enumerate()
                .filter(|(i, b)| **b == b'\n' && (*i == 0 || bytes[i - 1] != b'\r') || **b == b'\r').count();
            let (lines, _) = all(&bytes);
            prop_assert!(lines.len() == endings || lines.len() == endings + 1);
        }

        #[test]
        fn gb18030_comes_through(text in "[\\u{4E00}-\\u{9FA5}䶮𬭎㛃A-Z0-9]{8,40}") {
            prop_assume!(std::str::from_utf8(&gb(&text)).is_err());
            prop_assert_eq!(texts(&gb(&text)), vec![text]);
        }
    }
}
