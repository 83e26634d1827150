//! Pictures and paper: the printable inspection mark as PDF and PNG, codes in a terminal, and reading codes back.
//!
//! One template for each kind of credential (`assets/templates`) says what its pages look like, one layout turns it into shapes, one PDF is drawn
//! from them, and the picture is that PDF rasterised. So what is seen, printed and downloaded cannot differ. A kind without a template is never printed.

mod code;
mod lettering;
mod page;
mod pdf;
mod plate;
mod png;
pub mod qr;
mod raster;
pub mod read;
mod template;

use std::sync::LazyLock;

use jiff::civil::Date;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::text::Text;
use luzheng_domain::vehicle::{Plate, YearMonth};

use qr::{PRINT_VERSION_MAX, SCREEN_VERSION_MAX, Symbol};
use template::{Template, Values};

pub use code::code_png;
pub use pdf::pdf;
pub use png::{DPI_MAX, DPI_MIN, png};

/// The facts on a printed inspection mark. They are printed as given; that they agree with the signed message is for the
/// caller to have checked.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Plate number and kind.
    pub plate: &'a Plate,
    /// The month at whose end the mark ends.
    pub valid_until: YearMonth,
    /// The issuing authority's name.
    pub authority: &'a Text,
    /// The day it was issued, in China.
    pub issued_on: Date,
    /// The static code in its primary text form.
    pub code_text: &'a str,
    /// The signed message, which is attached to the PDF.
    pub message: &'a [u8],
    /// The signing key's identifier, 16 hex digits.
    pub key: &'a str,
    /// Whether to say that this is a demonstration with no legal force.
    pub demo: bool,
}

/// A page: which layout of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// 210 × 297 mm, with instructions how to verify.
    A4,
    /// 85.6 × 54 mm, the size of a bank card: the picture for phones, and for printers that print cards.
    Card,
    /// The card on a page of A4, with lines to cut along. It is what people print who want a card: their printers have A4 in them, and a page of card
    /// size would be blown up to fill it.
    CardSheet,
}

impl Page {
    /// Every page.
    pub const ALL: [Self; 3] = [Self::A4, Self::Card, Self::CardSheet];

    /// The name of its layout in a template, and its stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Card => "card",
            Self::CardSheet => "card_sheet",
        }
    }
}

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    #[default]
    Chinese,
    /// English. What a checker in this country must be able to read stays in Chinese beside it.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The language tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// Why a page or a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The font has no glyph for a character; such a page is for people to handle, and never shows a box.
    #[error("the font has no glyph for {character:?} (U+{:04X})", u32::from(*character))]
    MissingGlyph {
        /// The character.
        character: char,
    },
    /// The code holds more than fits.
    #[error("a code of {bytes} characters does not fit a QR symbol of version {version_max}")]
    CodeTooLarge {
        /// Length of the code's text.
        bytes: usize,
        /// The largest version allowed there.
        version_max: u8,
    },
    /// A text is too long for its place.
    #[error("{text:?} is too long for its place on the page")]
    DoesNotFit {
        /// The text.
        text: String,
    },
    /// A credential of which nothing counts on paper: there is no template for it, on purpose.
    #[error("{}", never_printed(*.0))]
    NeverPrinted(CredentialKind),
    /// The template file is wrong; a test keeps the built-in ones right.
    #[error("the page template: {0}")]
    Template(String),
    /// The built-in font cannot be read; a test keeps it right.
    #[error("the built-in font cannot be read")]
    BrokenFont,
    /// The PDF library refused.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
    /// The picture could not be drawn.
    #[error("the picture could not be drawn: {0}")]
    Picture(String),
}

fn never_printed(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::DrivingLicence => {
            "an electronic driving licence is never printed: it counts only when it is shown live, and a picture or a page of it is recognisably none"
        }
        CredentialKind::InspectionMark => "this is not printed",
    }
}

static INSPECTION_MARK: LazyLock<Result<Template, String>> = LazyLock::new(|| {
    let file = include_str!("../../assets/templates/inspection_mark/template.toml");
    let layouts = [
        (Page::A4, include_str!("../../assets/templates/inspection_mark/a4.toml")),
        (Page::Card, include_str!("../../assets/templates/inspection_mark/card.toml")),
        (Page::CardSheet, include_str!("../../assets/templates/inspection_mark/card_sheet.toml")),
    ];
    Template::parse(file, &layouts).map_err(|error| error.to_string())
});

/// The template of a kind of credential.
fn template(kind: CredentialKind) -> Result<&'static Template, PaperError> {
    match kind {
        CredentialKind::InspectionMark => INSPECTION_MARK.as_ref().map_err(|error| PaperError::Template(error.clone())),
        CredentialKind::DrivingLicence => Err(PaperError::NeverPrinted(kind)),
    }
}

/// A code for a terminal, in half blocks, black on white.
///
/// # Errors
/// [`PaperError::CodeTooLarge`] above version 15.
pub fn terminal(text: &str) -> Result<String, PaperError> {
    Ok(Symbol::new(text, SCREEN_VERSION_MAX)?.terminal())
}

/// A code as an SVG picture with its quiet zone.
///
/// # Errors
/// [`PaperError::CodeTooLarge`] above version 15.
pub fn svg(text: &str) -> Result<String, PaperError> {
    Ok(Symbol::new(text, SCREEN_VERSION_MAX)?.svg())
}

/// What a page is made from.
struct Laid {
    layout: page::Layout,
    template: &'static Template,
    values: Values,
}

/// The page for a mark, laid out.
fn lay_out(mark: &Mark<'_>, page: Page, language: Language) -> Result<Laid, PaperError> {
    let template = template(CredentialKind::InspectionMark)?;
    let values = values(mark);
    let symbol = Symbol::new(mark.code_text, PRINT_VERSION_MAX)?;
    let (plate, demo) = (mark.plate, mark.demo);
    let content = page::Content { template, values: &values, plate, symbol: &symbol, demo, language };
    let layout = page::lay_out(template.layout(page.code())?, &content)?;
    Ok(Laid { layout, template, values })
}

fn values(mark: &Mark<'_>) -> Values {
    let last = mark.valid_until.last_day();
    let kind = mark.plate.plate_type;
    let month = mark.valid_until.first_day();
    Values(vec![
        ("plate", mark.plate.number.with_dot()),
        ("plate_type.zh", kind.name_zh().to_owned()),
        ("plate_type.en", capital(kind.name_en())),
        ("valid_until.zh", format!("{}年{}月", month.year(), month.month())),
        ("valid_until.en", format!("{} {}", month_name(month), month.year())),
        ("last_day.zh", chinese(last)),
        ("last_day.en", english(last)),
        ("authority.zh", mark.authority.zh.clone().into_owned()),
        ("authority.en", mark.authority.en.clone().into_owned()),
        ("issued_on.zh", chinese(mark.issued_on)),
        ("issued_on.en", english(mark.issued_on)),
        ("verify_at", verify_at(mark.code_text)),
        ("key", mark.key.to_owned()),
    ])
}

/// The address that scanning opens, as a browser shows it: lower-case scheme and host.
fn verify_at(code: &str) -> String {
    let address = code.split('#').next().unwrap_or_default();
    match address.rsplit_once('/') {
        Some((host, path)) => format!("{}/{path}", host.to_lowercase()),
        None => String::new(),
    }
}

fn chinese(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

fn english(day: Date) -> String {
    format!("{} {} {}", day.day(), month_name(day), day.year())
}

fn month_name(day: Date) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let index = usize::try_from(day.month() - 1).expect("a date's month is 1 to 12");
    NAMES[index]
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_has_no_template_and_the_reason_is_said() {
        let refused = template(CredentialKind::DrivingLicence).expect_err("it is never printed");
        assert!(matches!(refused, PaperError::NeverPrinted(CredentialKind::DrivingLicence)));
        assert!(refused.to_string().contains("never printed"), "{refused}");
        assert!(template(CredentialKind::InspectionMark).is_ok());
    }

    #[test]
    fn the_address_is_shown_as_a_browser_shows_it() {
        assert_eq!(verify_at("HTTPS://LUZHENG.EXAMPLE/V#123"), "https://luzheng.example/V");
        assert_eq!(verify_at("HTTPS://LUZHENG.EXAMPLE:8443/V#123"), "https://luzheng.example:8443/V");
        assert_eq!(verify_at("LZ1:ABC"), "");
    }

    #[test]
    fn dates_are_written_in_both_languages() {
        let day = jiff::civil::date(2026, 2, 9);
        assert_eq!((chinese(day), english(day)), ("2026年2月9日".to_owned(), "9 February 2026".to_owned()));
    }
}
