//! Page templates: what stands where, as data (`assets/templates`, one file per credential kind).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PaperError;

/// A colour as red, green, blue.
pub(super) type Rgb = [u8; 3];

/// One template file: what all its pages share, and the pages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
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
    /// The page for A4 paper.
    pub(super) a4: Sheet,
    /// The page of card size.
    pub(super) card: Sheet,
}

/// One text, in one language or both.
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

/// One thing on a page: a text, a box, the plate or the code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    /// Drawn only then.
    pub(super) only: Option<Only>,
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

impl Template {
    /// Reads a template file.
    pub(super) fn parse(text: &str) -> Result<Self, PaperError> {
        toml::from_str(text).map_err(|error| PaperError::Template(error.to_string()))
    }

    /// The colour of this name.
    pub(super) fn colour(&self, name: &str) -> Result<Rgb, PaperError> {
        let parse = |text: &str| {
            let number = u32::from_str_radix(text.strip_prefix('#')?, 16).ok()?;
            let [0, red, green, blue] = number.to_be_bytes() else { return None };
            (text.len() == 7).then_some([red, green, blue])
        };
        self.colours
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

    /// Both languages of `words`, filled and joined.
    pub(super) fn both(&self, words: &Words) -> Result<String, PaperError> {
        let parts: Result<Vec<_>, _> =
            [&words.zh, &words.en].into_iter().flatten().map(|text| self.fill(text)).collect();
        Ok(parts?.join(" / "))
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
    fn colours_are_six_hexadecimal_digits() {
        let head = "attachment = ''\ntitle = {}\nattachment_note = {}\nplate_alt = {}\ncode_alt = {}\n";
        let page = "{ width = 1, height = 1, item = [] }";
        let template = |colour: &str| {
            Template::parse(&format!("{head}colours = {{ ink = '{colour}' }}\na4 = {page}\ncard = {page}\n"))
                .expect("template")
        };
        assert_eq!(template("#16202c").colour("ink").expect("colour"), [0x16, 0x20, 0x2c]);
        for wrong in ["16202c", "#16202", "#16202c0", "#zzzzzz", "#+1+2+3", ""] {
            assert!(template(wrong).colour("ink").is_err(), "{wrong}");
        }
        assert!(template("#000000").colour("other").is_err());
    }
}
