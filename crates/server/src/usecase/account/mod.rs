//! Accounts of citizens: signing in by phone and one-time code, who somebody is, sessions, and what is done when somebody guesses.
//!
//! Passkeys and identity platforms stand in files of their own and end here: [`find_or_open`], [`begin_session`], [`rotate`], [`link`].

pub mod code;
pub mod device;
pub mod history;
pub mod identity;
pub mod lock;
mod open;
pub mod sessions;

pub use device::DeviceInfo;
pub use open::{Begun, Whose, begin_session, find_or_open, link, me, phone_of, raise, rotate};
pub(crate) use open::{level_of, lifetimes, words};

use luzheng_domain::text::half_width;

/// Longest phone number, in digits (ITU-T E.164).
pub const MAX_PHONE: usize = 15;

/// A phone number in canonical form: digits only, a leading `+` for foreign ones, without the country's own 86. `None` when it is none that could
/// get a text message.
pub fn phone_number(text: &str) -> Option<String> {
    let mut number = String::with_capacity(MAX_PHONE + 1);
    for c in text.trim().chars().map(half_width) {
        match c {
            '0'..='9' => number.push(c),
            '+' if number.is_empty() => number.push(c),
            ' ' | '-' | '(' | ')' if !number.is_empty() => {}
            _ => return None,
        }
        if number.len() > MAX_PHONE + 1 {
            return None;
        }
    }
    let number =
        number.strip_prefix("+86").or_else(|| number.strip_prefix("0086")).map_or(number.clone(), str::to_owned);
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let mobile = number.starts_with('1') && number.len() == 11;
    let foreign = number.starts_with('+') && (8..=MAX_PHONE).contains(&digits.len()) && !digits.starts_with('0');
    (mobile || foreign).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::phone_number;

    #[test]
    fn phones_have_one_form() {
        for text in ["13800001234", " 138 0000 1234", "+86 138-0000-1234", "008613800001234", "１３８00001234"] {
            assert_eq!(phone_number(text).as_deref(), Some("13800001234"), "{text}");
        }
        assert_eq!(phone_number("+49 (170) 1234567").as_deref(), Some("+491701234567"));
        for text in [
            "",
            "1380000123",
            "23800001234",
            "0512-65221234",
            "138000012345",
            "+0123456789",
            "1380000123a",
            "+86",
            "++491701234567",
            &"1".repeat(400),
        ] {
            assert_eq!(phone_number(text), None, "{text}");
        }
    }
}
