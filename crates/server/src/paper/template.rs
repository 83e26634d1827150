//! Page templates: what stands where, as data (`assets/templates`, one file per credential kind).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Language, Page, PaperError};

/// A colour as red, green, blue.
pub(super) type Rgb = [u8; 3];

/// The template of a kind of credential: what all its pages share, and the pages.
#[derive(Debug)]
pub(super) struct Template {
    shared: Shared,
    layouts: BTreeMap<&'static str, Sheet>,
}

/// What all pages of a kind share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    /// File name of the attached signed message.
    pub(super) attachment: String,
    /// Title of the document.
    pub(super) title: Words,
    /// What the attachment is.
    pub(super) attachment_note: Words,
    /// What a screen reader says instead of the plate.
    pub(super) plate_alt: Words,
    /// What a screen reader says instead of the code.
    pub(super) code_alt: Words,
    /// Named colours.
    colours: BTreeMap<String, String>,
}

/// One text, in one language or both. A page in a language has the text of that language, or the only one there is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Chinese.
    pub(super) zh: Option<String>,
    /// English.
    pub(super) en: Option<String>,
}

/// A page: its size in millimetres and what is on it, in reading order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sheet {
    /// Width in millimetres.
    pub(super) width: f32,
    /// Height in millimetres.
    pub(super) height: f32,
    /// What is on it.
    pub(super) item: Vec<Item>,
}

/// One thing on a page: a text, a box, the plate, the code, or another layout.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    /// Drawn only then.
    pub(super) only: Option<Only>,
    /// Another layout of the template.
    pub(super) layout: Option<LayoutAt>,
    /// A rectangle.
    #[serde(rename = "box")]
    pub(super) rectangle: Option<Rectangle>,
    /// The plate.
    pub(super) plate: Option<PlateAt>,
    /// The QR symbol.
    pub(super) code: Option<CodeAt>,
    /// A text; the fields below belong to it.
    pub(super) text: Option<Words>,
    /// What the text is.
    #[serde(default)]
    pub(super) role: Role,
    /// Left edge, millimetres.
    #[serde(default)]
    pub(super) x: f32,
    /// Baseline of the first line, millimetres.
    #[serde(default)]
    pub(super) y: f32,
    /// Width to align and wrap in, millimetres; 0 = as wide as the text.
    #[serde(default)]
    pub(super) w: f32,
    /// Size in points.
    #[serde(default)]
    pub(super) size: f32,
    /// Smallest size in points to which a text that is too wide may shrink; 0 = it may not.
    #[serde(default)]
    pub(super) shrink: f32,
    /// Most lines.
    #[serde(default = "one")]
    pub(super) lines: usize,
    /// From baseline to baseline, millimetres.
    #[serde(default)]
    pub(super) leading: f32,
    /// The bold face.
    #[serde(default)]
    pub(super) bold: bool,
    /// Where in its width the text stands.
    #[serde(default)]
    pub(super) align: Align,
    /// A name from `colours`.
    #[serde(default)]
    pub(super) colour: String,
}

const fn one() -> usize {
    1
}

/// Under which condition an item is drawn.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Only {
    /// The mark is of a demonstration.
    Demo,
    /// The page is in Chinese.
    Zh,
    /// The page is in English.
    En,
}

/// What a text is to a screen reader.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// A paragraph.
    #[default]
    Paragraph,
    /// A heading, also in the outline.
    Heading,
}

/// Where in its width a text stands.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Centre,
    /// At the right edge.
    Right,
}

/// A rectangle, lengths in millimetres.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rectangle {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) w: f32,
    pub(super) h: f32,
    /// Colour inside.
    pub(super) fill: Option<String>,
    /// Colour of the outline.
    pub(super) stroke: Option<String>,
    /// Width of the outline.
    #[serde(default)]
    pub(super) line: f32,
    /// Radius of the corners.
    #[serde(default)]
    pub(super) radius: f32,
}

/// The plate's top left corner and height in millimetres; its width follows from its kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlateAt {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) h: f32,
}

/// The centre of the code in millimetres; its size follows from how much it holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeAt {
    pub(super) cx: f32,
    pub(super) cy: f32,
}

/// Where the top left corner of another layout stands, in millimetres.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayoutAt {
    /// Its name.
    pub(super) name: String,
    pub(super) x: f32,
    pub(super) y: f32,
}

impl Template {
    /// Reads the files of a template: what is shared, and each layout.
    pub(super) fn parse(shared: &str, layouts: &[(Page, &str)]) -> Result<Self, PaperError> {
        let wrong = |name: &str, error: toml::de::Error| PaperError::Template(format!("{name}: {error}"));
        let shared = toml::from_str(shared).map_err(|error| wrong("template", error))?;
        let layouts = layouts.iter().map(|(page, text)| {
            let sheet = toml::from_str(text).map_err(|error| wrong(page.code(), error))?;
            Ok((page.code(), sheet))
        });
        Ok(Self { shared, layouts: layouts.collect::<Result<_, PaperError>>()? })
    }

    /// What all pages share.
    pub(super) const fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The layout of this name.
    pub(super) fn layout(&self, name: &str) -> Result<&Sheet, PaperError> {
        self.layouts.get(name).ok_or_else(|| PaperError::Template(format!("no layout {name:?}")))
    }

    /// The colour of this name.
    pub(super) fn colour(&self, name: &str) -> Result<Rgb, PaperError> {
        let parse = |text: &str| {
            let number = u32::from_str_radix(text.strip_prefix('#')?, 16).ok()?;
            let [0, red, green, blue] = number.to_be_bytes() else { return None };
            (text.len() == 7).then_some([red, green, blue])
        };
        self.shared
            .colours
            .get(name)
            .and_then(|text| parse(text))
            .ok_or_else(|| PaperError::Template(format!("no colour {name:?}, or it is not #rrggbb")))
    }
}

/// What the places of a template are filled with, by name.
pub(super) struct Values(pub(super) Vec<(&'static str, String)>);

impl Values {
    /// Fills the places in `text`. A place without a value is a mistake in the template.
    pub(super) fn fill(&self, text: &str) -> Result<String, PaperError> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let wrong = || PaperError::Template(format!("unknown place in {text:?}"));
            let (name, after) = after.split_once('}').ok_or_else(wrong)?;
            let (_, value) = self.0.iter().find(|(known, _)| *known == name).ok_or_else(wrong)?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// `words` on a page in this language, filled, with the language they are in.
    pub(super) fn words(&self, words: &Words, language: Language) -> Result<(String, Language), PaperError> {
        let (text, language) = match (&words.zh, &words.en, language) {
            (Some(zh), _, Language::Chinese) | (Some(zh), None, Language::English) => (zh, Language::Chinese),
            (_, Some(en), Language::English) | (None, Some(en), Language::Chinese) => (en, Language::English),
            (None, None, _) => return Err(PaperError::Template("a text without words".to_owned())),
        };
        Ok((self.fill(text)?, language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_a_value_is_a_mistake_in_the_template() {
        let values = Values(vec![("plate", "苏B·12345".to_owned())]);
        assert_eq!(values.fill("号牌 {plate}。").expect("filled"), "号牌 苏B·12345。");
        assert_eq!(values.fill("no place").expect("filled"), "no place");
        for wrong in ["{plat}", "{plate", "{}"] {
            assert!(matches!(values.fill(wrong), Err(PaperError::Template(_))), "{wrong}");
        }
    }

    #[test]
    fn a_page_has_its_own_language_or_the_only_one_there_is() {
        let values = Values(vec![("plate", "苏B·12345".to_owned())]);
        let words = |zh: Option<&str>, en: Option<&str>| Words { zh: zh.map(str::to_owned), en: en.map(str::to_owned) };
        let both = words(Some("号牌 {plate}"), Some("Plate {plate}"));
        for (words, language, expected) in [
            (&both, Language::Chinese, ("号牌 苏B·12345", Language::Chinese)),
            (&both, Language::English, ("Plate 苏B·12345", Language::English)),
            (&words(Some("路证"), None), Language::English, ("路证", Language::Chinese)),
            (&words(None, Some("Luzheng")), Language::Chinese, ("Luzheng", Language::English)),
        ] {
            assert_eq!(values.words(words, language).expect("words"), (expected.0.to_owned(), expected.1));
        }
        assert!(values.words(&words(None, None), Language::Chinese).is_err());
    }

    #[test]
    fn colours_are_six_hexadecimal_digits() {
        let head = "attachment = ''\ntitle = {}\nattachment_note = {}\nplate_alt = {}\ncode_alt = {}\n";
        let template = |colour: &str| {
            Template::parse(&format!("{head}colours = {{ ink = '{colour}' }}\n"), &[]).expect("template")
        };
        assert_eq!(template("#16202c").colour("ink").expect("colour"), [0x16, 0x20, 0x2c]);
        for wrong in ["16202c", "#16202", "#16202c0", "#zzzzzz", "#+1+2+3", ""] {
            assert!(template(wrong).colour("ink").is_err(), "{wrong}");
        }
        assert!(template("#000000").colour("other").is_err());
    }
}
