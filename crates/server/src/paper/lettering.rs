//! The fonts of printed pages: measuring and breaking lines. A character the font lacks is an error, never a box.

use std::sync::LazyLock;

use krilla::text::Font;
use ttf_parser::{Face, GlyphId};

use super::PaperError;

/// Characters that may not begin a line.
const NO_BEGIN: &str = "、。，．：；！？）」』】》〉”’％%),.:;!?";
/// Characters that may not end a line.
const NO_END: &str = "（「『【《〈“‘(";

/// One glyph of a run: which, what it stands for (byte range in the text), and how wide it is at size 1.
pub(super) struct Glyph {
    pub(super) id: u32,
    pub(super) range: std::ops::Range<usize>,
    pub(super) advance: f32,
}

/// A face for measuring and the same face for embedding.
pub(super) struct Lettering {
    face: Face<'static>,
    font: Font,
}

/// The two faces, subsets of Noto Sans made by `scripts/make-font-subset.sh`.
static FACES: LazyLock<Option<[Lettering; 2]>> = LazyLock::new(|| {
    let regular = Lettering::new(include_bytes!("../../assets/fonts/LuzhengSans-Regular.otf"))?;
    let bold = Lettering::new(include_bytes!("../../assets/fonts/LuzhengSans-Bold.otf"))?;
    Some([regular, bold])
});

/// The regular or the bold face.
pub(super) fn face(bold: bool) -> Result<&'static Lettering, PaperError> {
    FACES.as_ref().map(|faces| &faces[usize::from(bold)]).ok_or(PaperError::BrokenFont)
}

impl Lettering {
    fn new(bytes: &'static [u8]) -> Option<Self> {
        Some(Self { face: Face::parse(bytes, 0).ok()?, font: Font::new(bytes.to_vec().into(), 0)? })
    }

    /// The face for embedding.
    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// The glyphs of a text, one for each character.
    pub(super) fn glyphs(&self, text: &str) -> Result<Vec<Glyph>, PaperError> {
        let em = f32::from(self.face.units_per_em());
        text.char_indices()
            .map(|(at, character)| {
                let id = self
                    .face
                    .glyph_index(character)
                    .filter(|id| *id != GlyphId(0) && !character.is_control())
                    .ok_or(PaperError::MissingGlyph { character })?;
                let advance = f32::from(self.face.glyph_hor_advance(id).unwrap_or(0)) / em;
                Ok(Glyph { id: u32::from(id.0), range: at..at + character.len_utf8(), advance })
            })
            .collect()
    }

    /// Width of a text at size 1.
    pub(super) fn width(&self, text: &str) -> Result<f32, PaperError> {
        Ok(self.glyphs(text)?.iter().map(|glyph| glyph.advance).sum())
    }

    /// Top and bottom of the ink of one character at size 1, measured upwards from the baseline.
    pub(super) fn extent(&self, character: char) -> Result<(f32, f32), PaperError> {
        let missing = PaperError::MissingGlyph { character };
        let id = self.face.glyph_index(character).ok_or(missing)?;
        let em = f32::from(self.face.units_per_em());
        let bounds = self.face.glyph_bounding_box(id);
        Ok(bounds.map_or((0.0, 0.0), |b| (f32::from(b.y_max) / em, f32::from(b.y_min) / em)))
    }

    /// Breaks a text into lines no wider than `width` (at size 1): between Chinese characters, but not before closing or after
    /// opening punctuation, and between Latin words; inside a word only when it fills a line by itself.
    pub(super) fn lines(&self, text: &str, width: f32) -> Result<Vec<String>, PaperError> {
        let mut lines = vec![String::new()];
        let mut used = 0.0;
        for piece in pieces(text) {
            let full = self.width(piece)?;
            let bare = self.width(piece.trim_end())?;
            if used > 0.0 && used + bare > width {
                lines.push(String::new());
                used = 0.0;
            }
            if bare <= width {
                push(&mut lines, piece);
                used += full;
                continue;
            }
            for character in piece.chars() {
                let character = character.to_string();
                let advance = self.width(&character)?;
                if used > 0.0 && used + advance > width {
                    lines.push(String::new());
                    used = 0.0;
                }
                push(&mut lines, &character);
                used += advance;
            }
        }
        Ok(lines.into_iter().map(|line| line.trim_end().to_owned()).collect())
    }
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Whether a line may be broken beside this character without a blank.
fn is_wide(character: char) -> bool {
    matches!(u32::from(character), 0x2e80..=0xa4cf | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0x20000..=0x3ffff)
}

/// The parts between which a line may be broken; a part keeps its trailing blank.
fn pieces(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut previous: Option<char> = None;
    for (at, character) in text.char_indices() {
        let breakable = previous.is_some_and(|previous| {
            let allowed = !NO_BEGIN.contains(character) && !NO_END.contains(previous);
            let blank = previous == ' ' && character != ' ';
            (is_wide(previous) || is_wide(character) || blank) && allowed && character != ' '
        });
        if breakable {
            parts.push(&text[begin..at]);
            begin = at;
        }
        previous = Some(character);
    }
    if begin < text.len() {
        parts.push(&text[begin..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_a_typesetter_would() {
        let face = face(false).expect("face");
        let lines = |text: &str, width: f32| face.lines(text, width).expect("glyphs");
        assert_eq!(lines("检验标志", 10.0), ["检验标志"]);
        assert_eq!(lines("检验标志", 2.0), ["检验", "标志"]);
        // Closing punctuation stays with what it closes, opening with what it opens.
        assert_eq!(lines("检验。标志", 2.0), ["检", "验。", "标志"]);
        assert_eq!(lines("检验（标）志", 3.5), ["检验", "（标）", "志"]);
        assert_eq!(lines("the plate", 2.6), ["the", "plate"]);
        assert_eq!(lines("扫码 plate 号", 5.2), ["扫码 plate", "号"]);
        // A word wider than the line is cut rather than lost.
        assert_eq!(lines("mmmm", 2.0).concat(), "mmmm");
        assert!(lines("mmmm", 2.0).len() > 1);
        assert_eq!(lines("", 1.0), [""]);
    }

    #[test]
    fn a_character_the_font_lacks_is_an_error() {
        let face = face(false).expect("face");
        for character in ['ก', '😀', '\u{1}', '\n'] {
            let text = format!("a{character}");
            assert!(matches!(face.glyphs(&text), Err(PaperError::MissingGlyph { character: c }) if c == character));
        }
    }

    /// What is on every page, and the name of every authority the divisions give rise to.
    #[test]
    fn the_fonts_have_every_character_of_the_tables() {
        let regular = face(false).expect("face");
        for code in 110_000..830_000 {
            let Ok(division) = code.to_string().parse::<luzheng_domain::region::Division>() else { continue };
            let Some(name) = luzheng_domain::region::division_name(division) else { continue };
            for text in [name.zh, name.en] {
                assert!(regular.glyphs(&text).is_ok(), "{code} {text}: {:?}", regular.glyphs(&text).err());
            }
        }
        for kind in luzheng_domain::vehicle::PlateType::all() {
            assert!(regular.glyphs(kind.name_zh()).is_ok(), "{kind}");
        }
        let bold = face(true).expect("face");
        for text in
            ["京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新", "学警使领挂港澳试超", "0123456789年月日"]
        {
            assert!(bold.glyphs(text).is_ok(), "{text}");
        }
    }
}
