//! QR symbols for codes: error correction M, and as small as mixed segments make them (`qr-format.md`, Text forms).

use std::fmt::Write;

use qrcodegen::{DataTooLong, QrCode, QrCodeEcc, QrSegment, Version};

use super::PaperError;

/// Largest version for a screen (77 modules).
pub const SCREEN_VERSION_MAX: u8 = 15;
/// Largest version for print (69 modules).
pub const PRINT_VERSION_MAX: u8 = 13;
/// Longest text that is looked at, in bytes (the largest QR symbol holds no more).
pub const TEXT_MAX: usize = 4_296;
/// White modules around the symbol.
pub const QUIET_ZONE: usize = 4;

/// A QR symbol: dark and light modules, without the quiet zone.
pub struct Symbol(QrCode);

impl Symbol {
    /// The symbol for a code's text, no larger than `version_max`.
    ///
    /// # Errors
    /// [`PaperError::CodeTooLarge`].
    pub fn new(text: &str, version_max: u8) -> Result<Self, PaperError> {
        let too_large = || PaperError::CodeTooLarge { bytes: text.len(), version_max };
        if text.len() > TEXT_MAX || !(1..=40).contains(&version_max) {
            return Err(too_large());
        }
        let largest = Version::new(version_max);
        QrCode::encode_segments_advanced(&segments(text), QrCodeEcc::Medium, Version::MIN, largest, None, false)
            .map(Self)
            .map_err(|_: DataTooLong| too_large())
    }

    /// The version, 1 to 40: the size is 17 + 4 × version modules.
    pub fn version(&self) -> u8 {
        self.0.version().value()
    }

    /// Modules on each side, without the quiet zone.
    pub fn modules(&self) -> usize {
        usize::try_from(self.0.size()).expect("a symbol has 21 to 177 modules")
    }

    /// Whether the module is dark; everything outside is light.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        match (i32::try_from(x), i32::try_from(y)) {
            (Ok(x), Ok(y)) => self.0.get_module(x, y),
            _ => false,
        }
    }

    /// Rows of dark modules as (x, y, length): few shapes, and no hairlines between neighbours.
    pub(super) fn runs(&self) -> Vec<(usize, usize, usize)> {
        let size = self.modules();
        let mut runs = Vec::new();
        for y in 0..size {
            let mut x = 0;
            while x < size {
                let length = (x..size).take_while(|x| self.is_dark(*x, y)).count();
                if length > 0 {
                    runs.push((x, y, length));
                }
                x += length.max(1);
            }
        }
        runs
    }

    /// An SVG picture with the quiet zone, one unit per module.
    pub fn svg(&self) -> String {
        let side = self.modules() + 2 * QUIET_ZONE;
        let mut path = String::new();
        for (x, y, length) in self.runs() {
            write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET_ZONE, y + QUIET_ZONE)
                .expect("writing to a string does not fail");
        }
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">"#,
                r##"<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path d="{path}"/></svg>"##
            ),
            side = side,
            path = path
        )
    }

    /// Text for a terminal: two modules a character, black on white whatever the terminal's own colours are.
    pub fn terminal(&self) -> String {
        let side = self.modules() + 2 * QUIET_ZONE;
        let dark =
            |x: usize, y: usize| x >= QUIET_ZONE && y >= QUIET_ZONE && self.is_dark(x - QUIET_ZONE, y - QUIET_ZONE);
        let mut text = String::new();
        for y in (0..side).step_by(2) {
            text.push_str("\x1b[38;5;16;48;5;231m");
            text.extend((0..side).map(|x| match (dark(x, y), dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            text.push_str("\x1b[0m\n");
        }
        text
    }
}

/// Splits a text so that each part is written in its shortest mode: the head up to `#`, then the digits.
fn segments(text: &str) -> Vec<QrSegment> {
    match text.split_once('#') {
        Some((head, digits)) if !digits.is_empty() && QrSegment::is_numeric(digits) => {
            // Between alphanumeric head and digits the `#` needs a byte segment of its own; a head with lower-case letters
            // is a byte segment anyway and takes it in.
            let mut parts = if QrSegment::is_alphanumeric(head) {
                vec![QrSegment::make_alphanumeric(head), QrSegment::make_bytes(b"#")]
            } else {
                vec![QrSegment::make_bytes(format!("{head}#").as_bytes())]
            };
            parts.push(QrSegment::make_numeric(digits));
            parts
        }
        _ if QrSegment::is_numeric(text) => vec![QrSegment::make_numeric(text)],
        _ if QrSegment::is_alphanumeric(text) => vec![QrSegment::make_alphanumeric(text)],
        _ => vec![QrSegment::make_bytes(text.as_bytes())],
    }
}
