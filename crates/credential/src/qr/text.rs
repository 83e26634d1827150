//! The two texts that carry a message, and the way back.
//!
//! * primary: `HTTPS://HOST/V#` and decimal digits, which any phone camera opens as an address;
//! * compact: `LZ1:` and Base45 (RFC 9285), for files, pasting and closed readers.
//!
//! Both spell the same bytes, and each accepted payload spells exactly one message: groups above their range, groups of a
//! length that no byte string gives, and Base45 above its range are refused.

use std::fmt;

/// Longest text that is looked at, in characters (what the largest QR symbol holds in alphanumeric mode).
pub const MAX_TEXT: usize = 4_296;

/// Longest message that is looked at, in bytes.
pub const MAX_MESSAGE: usize = 1_024;

const COMPACT_HEAD: &str = "LZ1:";
const BASE45: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/// Digits that 0 to 7 bytes are written with.
const DIGITS_FOR_BYTES: [usize; 8] = [0, 3, 5, 8, 10, 13, 15, 17];
const GROUP_BYTES: usize = 7;
const GROUP_DIGITS: usize = 17;

/// Why a text gives no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextError {
    /// More than [`MAX_TEXT`] characters, or a message of more than [`MAX_MESSAGE`] bytes.
    TooLarge,
    /// Not one of the two forms, or a character or a group that cannot be there. Says what was wrong.
    NotACode(&'static str),
    /// The last group is one that no byte string ends in, as when a text was cut. Holds the bytes of the groups before it:
    /// whether they are the beginning of a message decides between "truncated" and "not a credential".
    Cut(Vec<u8>),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => {
                write!(f, "more than {MAX_TEXT} characters, or a message of more than {MAX_MESSAGE} bytes")
            }
            Self::NotACode(what) => f.write_str(what),
            Self::Cut(_) => f.write_str("the last group is incomplete"),
        }
    }
}

impl std::error::Error for TextError {}

/// A text whose form was recognised; its payload is not read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised<'a> {
    payload: Payload<'a>,
    /// The host named in a primary text, as written; `None` for a compact one.
    pub host: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payload<'a> {
    Digits(&'a [u8]),
    Base45(&'a [u8]),
}

/// A message taken from a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes of the message, at most [`MAX_MESSAGE`].
    pub message: Vec<u8>,
    /// The text is an address at a host that is not one of ours. It does not matter for the verdict, only for the reader's
    /// attention: somebody may have printed an address that opens a look-alike page.
    pub foreign_host: bool,
}

/// Writes the primary text: an address on `host` (written in capitals, so that the QR symbol can use its dense modes).
pub fn primary(host: &str, message: &[u8]) -> String {
    let mut out = String::with_capacity(12 + host.len() + message.len().div_ceil(GROUP_BYTES) * GROUP_DIGITS);
    out.push_str("HTTPS://");
    out.extend(host.chars().map(|c| c.to_ascii_uppercase()));
    out.push_str("/V#");
    for group in message.chunks(GROUP_BYTES) {
        let mut value = group.iter().rev().fold(0u64, |value, byte| (value << 8) | u64::from(*byte));
        let mut digits = [b'0'; GROUP_DIGITS];
        let width = DIGITS_FOR_BYTES[group.len()];
        for digit in digits[..width].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
        out.extend(digits[..width].iter().map(|d| char::from(*d)));
    }
    out
}

/// Writes the compact text.
pub fn compact(message: &[u8]) -> String {
    let mut out = String::with_capacity(COMPACT_HEAD.len() + message.len().div_ceil(2) * 3);
    out.push_str(COMPACT_HEAD);
    let digit = |value: usize| char::from(BASE45[value % 45]);
    for pair in message.chunks(2) {
        match pair {
            [a, b] => {
                let value = usize::from(*a) << 8 | usize::from(*b);
                out.extend([digit(value), digit(value / 45), digit(value / 2025)]);
            }
            rest => {
                let value = usize::from(rest[0]);
                out.extend([digit(value), digit(value / 45)]);
            }
        }
    }
    out
}

/// Whether a text is longer than [`MAX_TEXT`] characters.
fn too_long(text: &str) -> bool {
    text.len() > MAX_TEXT && text.chars().nth(MAX_TEXT).is_some()
}

/// Recognises the form of a text, without reading its payload. White space (ASCII) at both ends is ignored; inside it is
/// not, since a space is a Base45 character.
pub fn recognise(text: &str) -> Result<Recognised<'_>, TextError> {
    if too_long(text) {
        return Err(TextError::TooLarge);
    }
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    if let Some(payload) = text.strip_prefix(COMPACT_HEAD) {
        return Ok(Recognised { payload: Payload::Base45(payload.as_bytes()), host: None });
    }
    let address = match text.get(..8) {
        Some(scheme) if scheme.eq_ignore_ascii_case("https://") => &text[8..],
        _ => return Err(TextError::NotACode("neither an address of ours nor LZ1:")),
    };
    let (host, path) = address.split_once('/').ok_or(TextError::NotACode("an address without a path"))?;
    if host.is_empty()
        || !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    {
        return Err(TextError::NotACode("an address without a plain host"));
    }
    let payload = path
        .strip_prefix(['V', 'v'])
        .and_then(|rest| rest.strip_prefix('#').or_else(|| rest.strip_prefix("?d=")))
        .ok_or(TextError::NotACode("an address of another page"))?;
    Ok(Recognised { payload: Payload::Digits(payload.as_bytes()), host: Some(host) })
}

impl Recognised<'_> {
    /// Whether the text names a host that is not among `our_hosts` (compared without regard to case).
    pub fn is_foreign(&self, our_hosts: &[String]) -> bool {
        self.host.is_some_and(|host| !our_hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host)))
    }

    /// Reads the payload.
    pub fn message(&self) -> Result<Vec<u8>, TextError> {
        match self.payload {
            Payload::Digits(digits) => read_digits(digits),
            Payload::Base45(text) => read_base45(text),
        }
    }
}

/// Reads a text in either form. `our_hosts` only decides [`Decoded::foreign_host`].
pub fn decode(text: &str, our_hosts: &[String]) -> Result<Decoded, TextError> {
    let recognised = recognise(text)?;
    Ok(Decoded { message: recognised.message()?, foreign_host: recognised.is_foreign(our_hosts) })
}

fn read_digits(digits: &[u8]) -> Result<Vec<u8>, TextError> {
    let (groups, tail) = digits.as_chunks::<GROUP_DIGITS>();
    let tail_bytes = DIGITS_FOR_BYTES.iter().position(|width| *width == tail.len());
    let length = groups.len() * GROUP_BYTES + tail_bytes.unwrap_or(0);
    if length > MAX_MESSAGE {
        return Err(TextError::TooLarge);
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(TextError::NotACode("something else than digits after the address"));
    }
    let mut out = Vec::with_capacity(length);
    for group in groups {
        if !push_group(&mut out, group, GROUP_BYTES) {
            return Err(TextError::NotACode("a group of digits above its range"));
        }
    }
    match tail_bytes {
        Some(0) => Ok(out),
        Some(bytes) if push_group(&mut out, tail, bytes) => Ok(out),
        _ => Err(TextError::Cut(out)),
    }
}

/// Appends the `bytes` little-endian bytes that `digits` spell; false when the number is too large for them.
fn push_group(out: &mut Vec<u8>, digits: &[u8], bytes: usize) -> bool {
    let value = digits.iter().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    if value >> (8 * bytes) != 0 {
        return false;
    }
    out.extend_from_slice(&value.to_le_bytes()[..bytes]);
    true
}

/// The value of each Base45 character; 255 for every other byte.
const BASE45_VALUE: [u8; 256] = {
    let mut table = [255u8; 256];
    let mut i = 0;
    while i < BASE45.len() {
        table[BASE45[i] as usize] = i as u8;
        i += 1;
    }
    table
};

fn read_base45(text: &[u8]) -> Result<Vec<u8>, TextError> {
    let (groups, tail) = text.as_chunks::<3>();
    let length = groups.len() * 2 + usize::from(tail.len() == 2);
    if length > MAX_MESSAGE {
        return Err(TextError::TooLarge);
    }
    let value = |byte: u8| u32::from(BASE45_VALUE[usize::from(byte)]);
    if text.iter().any(|byte| value(*byte) == 255) {
        return Err(TextError::NotACode("a character that Base45 does not have"));
    }
    let mut out = Vec::with_capacity(length);
    for [a, b, c] in groups {
        let pair = u16::try_from(value(*a) + 45 * value(*b) + 2025 * value(*c))
            .map_err(|_| TextError::NotACode("a Base45 group above its range"))?;
        out.extend_from_slice(&pair.to_be_bytes());
    }
    match tail {
        [] => Ok(out),
        [a, b] => match u8::try_from(value(*a) + 45 * value(*b)) {
            Ok(byte) => {
                out.push(byte);
                Ok(out)
            }
            Err(_) => Err(TextError::Cut(out)),
        },
        _ => Err(TextError::Cut(out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ours() -> Vec<String> {
        vec!["luzheng.example".to_owned()]
    }

    #[test]
    fn base45_agrees_with_rfc_9285() {
        // RFC 9285 section 4.3 and 4.4.
        assert_eq!(compact(b"AB"), "LZ1:BB8");
        assert_eq!(compact(b"Hello!!"), "LZ1:%69 VD92EX0");
        assert_eq!(compact(b"base-45"), "LZ1:UJCLQE7W581");
        assert_eq!(decode("LZ1:QED8WEX0", &ours()).expect("ietf!").message, b"ietf!");
    }

    #[test]
    fn base45_above_its_range_is_refused() {
        assert_eq!(decode("LZ1:GGW", &ours()), Err(TextError::NotACode("a Base45 group above its range")));
        assert_eq!(decode("LZ1:FGW", &ours()).expect("65535").message, [255, 255]);
        assert_eq!(decode("LZ1:::", &ours()), Err(TextError::Cut(vec![])), "a tail of 2024");
        assert_eq!(decode("LZ1:BB8U5", &ours()).expect("tail of 255").message, [0x41, 0x42, 255]);
        assert_eq!(decode("LZ1:BB8V5", &ours()), Err(TextError::Cut(b"AB".to_vec())), "a tail of 256");
        assert_eq!(decode("LZ1:BB8V", &ours()), Err(TextError::Cut(b"AB".to_vec())));
        assert_eq!(decode("LZ1:bb8", &ours()), Err(TextError::NotACode("a character that Base45 does not have")));
        assert_eq!(decode("LZ1:苏", &ours()), Err(TextError::NotACode("a character that Base45 does not have")));
    }

    #[test]
    fn groups_of_digits_have_one_length_and_one_range_each() {
        let head = "HTTPS://LUZHENG.EXAMPLE/V#";
        for (bytes, width) in DIGITS_FOR_BYTES.into_iter().enumerate().skip(1) {
            let top = (1u128 << (8 * bytes)) - 1;
            let text = format!("{head}{top:0width$}");
            assert_eq!(decode(&text, &ours()).expect("all ones").message, vec![255; bytes]);
            let over = format!("{head}{:0width$}", top + 1);
            let error = decode(&over, &ours()).expect_err("one more");
            if bytes == 7 {
                assert_eq!(error, TextError::NotACode("a group of digits above its range"));
            } else {
                assert_eq!(error, TextError::Cut(vec![]));
            }
        }
        for width in [1, 2, 4, 6, 7, 9, 11, 12, 14, 16] {
            assert_eq!(decode(&format!("{head}{:0width$}", 0), &ours()), Err(TextError::Cut(vec![])), "{width} digits");
        }
        assert_eq!(primary("luzheng.example", &[1, 2]), "HTTPS://LUZHENG.EXAMPLE/V#00513", "little-endian");
    }

    #[test]
    fn scheme_host_and_page_are_read_in_any_case_and_from_the_query() {
        let message = b"some bytes";
        let digits = primary("x", message).split_once('#').expect("head").1.to_owned();
        for head in [
            "HTTPS://LUZHENG.EXAMPLE/V#",
            "https://luzheng.example/V#",
            "hTTps://LuZheng.Example/v#",
            "https://luzheng.example/V?d=",
        ] {
            let decoded = decode(&format!("\n {head}{digits}\r\n"), &ours()).expect(head);
            assert_eq!(decoded, Decoded { message: message.to_vec(), foreign_host: false }, "{head}");
        }
        let foreign = decode(&format!("https://192.168.1.7:8443/V#{digits}"), &ours()).expect("foreign");
        assert!(foreign.foreign_host);
        assert!(!decode(&compact(message), &ours()).expect("compact").foreign_host);
    }

    #[test]
    fn other_texts_are_not_codes() {
        for text in [
            "",
            " ",
            "LZ1",
            "lz1:BB8",
            "LZ2:BB8",
            "HTTP://LUZHENG.EXAMPLE/V#000",
            "HTTPS://LUZHENG.EXAMPLE/W#000",
            "HTTPS:///V#000",
            "HTTPS://LUZHENG.EXAMPLE/V",
            "HTTPS://LUZHENG.EXAMPLE/V#00 0",
            "HTTPS://LUZHENG.EXAMPLE/V#００１",
            "HTTPS://a@b/V#000",
            "HTTPS://LUZHENG.EXAMPLE/V?e=000",
            "HTTPS://LUZHENG.EXAMPLE/V#+00",
            "苏B12345",
            "HTTPS:/苏",
        ] {
            assert!(matches!(decode(text, &ours()), Err(TextError::NotACode(_))), "{text:?}");
        }
        assert!(decode("LZ1:", &ours()).expect("nothing").message.is_empty());
    }

    #[test]
    fn ceilings_count_characters_and_bytes() {
        assert_eq!(decode(&"苏".repeat(MAX_TEXT + 1), &ours()), Err(TextError::TooLarge));
        assert!(matches!(decode(&"苏".repeat(MAX_TEXT), &ours()), Err(TextError::NotACode(_))));
        assert_eq!(decode(&primary("h", &[7; MAX_MESSAGE]), &ours()).expect("at the limit").message.len(), MAX_MESSAGE);
        assert_eq!(decode(&primary("h", &[7; MAX_MESSAGE + 1]), &ours()), Err(TextError::TooLarge));
        assert_eq!(decode(&compact(&[7; MAX_MESSAGE]), &ours()).expect("at the limit").message.len(), MAX_MESSAGE);
        assert_eq!(decode(&compact(&[7; MAX_MESSAGE + 1]), &ours()), Err(TextError::TooLarge));
    }

    proptest! {
        #[test]
        fn every_message_comes_back(message in proptest::collection::vec(any::<u8>(), 0..MAX_MESSAGE)) {
            prop_assert_eq!(&decode(&primary("luzheng.example", &message), &ours()).expect("primary").message, &message);
            prop_assert_eq!(&decode(&compact(&message), &ours()).expect("compact").message, &message);
        }

        #[test]
        fn a_payload_that_is_accepted_is_the_one_that_is_written(text in "[0-9A-Z $%*+./:-]{0,60}") {
            let text = format!("LZ1:{}", text.trim_end());
            if let Ok(decoded) = decode(&text, &ours()) {
                prop_assert_eq!(compact(&decoded.message), text);
            }
        }

        #[test]
        fn digits_that_are_accepted_are_the_ones_that_are_written(digits in "[0-9]{0,60}") {
            let text = format!("HTTPS://LUZHENG.EXAMPLE/V#{digits}");
            if let Ok(decoded) = decode(&text, &ours()) {
                prop_assert_eq!(primary("LUZHENG.EXAMPLE", &decoded.message), text);
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = decode(&text, &[]);
            let _ = decode(&format!("LZ1:{text}"), &[]);
            let _ = decode(&format!("https://x/V#{text}"), &[]);
        }
    }
}
