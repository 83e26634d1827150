//! The page as PDF/A-3a and PDF/UA-1: fonts embedded as subsets, every text tagged with its language, pictures with what they
//! show, and the signed message attached. The same mark gives the same bytes.

use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LinearGradient, SpreadMethod, Stop, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, Tag, TagGroup, TagTree};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::lettering::face;
use super::page::{Group, Ink, Layout, Meaning, POINT, Shape};
use super::template::Rgb;
use super::{Laid, Language, Mark, Page, PaperError, lay_out};

/// Kappa: how far the handles of a curve stand for a quarter of a circle.
const QUARTER: f32 = 0.552_284_8;

/// The mark as a PDF of one page in a language.
///
/// # Errors
/// [`PaperError::MissingGlyph`], [`PaperError::CodeTooLarge`], [`PaperError::DoesNotFit`].
pub fn pdf(mark: &Mark<'_>, page: Page, language: Language) -> Result<Vec<u8>, PaperError> {
    let laid = lay_out(mark, page, language)?;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| PaperError::Pdf(format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, enable_tagging: true, ..Default::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(metadata(mark, &laid, page, language)?);
    draw_page(&mut document, &laid.layout, language)?;
    attach(&mut document, mark, &laid, language)?;
    document.finish().map_err(|error| PaperError::Pdf(format!("{error:?}")))
}

fn metadata(mark: &Mark<'_>, laid: &Laid, page: Page, language: Language) -> Result<Metadata, PaperError> {
    let authority = match language {
        Language::Chinese => &mark.authority.zh,
        Language::English => &mark.authority.en,
    };
    let (page, tag) = (page.code(), language.tag());
    Ok(Metadata::new()
        .title(laid.values.words(&laid.template.shared().title, language)?.0)
        .language(tag.to_owned())
        .creator("Luzheng 路证".to_owned())
        .producer("Luzheng 路证".to_owned())
        .authors(vec![authority.clone().into_owned()])
        .creation_date(noon(mark))
        // Together with the facts above it makes the same mark the same file, byte for byte.
        .document_id(format!(
            "luzheng:inspection_mark:{}:{}:{}:{page}:{tag}",
            mark.plate, mark.valid_until, mark.issued_on
        )))
}

/// The day of issue as a moment; the day is all that is known.
fn noon(mark: &Mark<'_>) -> DateTime {
    let day = mark.issued_on;
    let number = |value: i8| u8::try_from(value).unwrap_or(1);
    let moment =
        DateTime::new(u16::try_from(day.year()).unwrap_or(0)).month(number(day.month())).day(number(day.day()));
    moment.hour(12).minute(0).second(0).utc_offset_hour(8).utc_offset_minute(0)
}

fn attach(document: &mut Document, mark: &Mark<'_>, laid: &Laid, language: Language) -> Result<(), PaperError> {
    let shared = laid.template.shared();
    let file = EmbeddedFile {
        path: shared.attachment.clone(),
        mime_type: MimeType::new("application/cose"),
        description: Some(laid.values.words(&shared.attachment_note, language)?.0),
        association_kind: AssociationKind::Data,
        data: mark.message.to_vec().into(),
        modification_date: Some(noon(mark)),
        compress: Some(false),
        location: None,
    };
    document.embed_file(file).ok_or_else(|| PaperError::Pdf("the attachment's name is taken".to_owned()))
}

fn draw_page(document: &mut Document, layout: &Layout, language: Language) -> Result<(), PaperError> {
    let size = PageSettings::from_wh(points(layout.width), points(layout.height));
    let size = size.ok_or_else(|| PaperError::Template("a page has no size".to_owned()))?;
    let mut tags = TagTree::new().with_lang(Some(language.tag().to_owned()));
    let mut outline = Outline::new();
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    let mut headings = 0;
    for group in &layout.groups {
        let identifiers = draw_group(&mut surface, group)?;
        let tag = match &group.meaning {
            Meaning::Decoration => continue,
            Meaning::Heading { text, language } => {
                let first = group
                    .shapes
                    .first()
                    .map_or(0.0, |shape| if let Shape::Text { y, size, .. } = shape { y - size } else { 0.0 });
                let target = XyzDestination::new(0, Point::from_xy(0.0, points(first.max(0.0))));
                outline.push_child(OutlineNode::new(text.clone(), target));
                headings += 1;
                let level = if headings == 1 { NonZeroU16::MIN } else { NonZeroU16::MIN.saturating_add(1) };
                TagGroup::with_children(
                    Tag::Hn(level, Some(text.clone())).with_lang(language_of(*language)),
                    identifiers,
                )
            }
            Meaning::Paragraph { language } => {
                TagGroup::with_children(Tag::P.with_lang(language_of(*language)), identifiers)
            }
            Meaning::Picture { alt } => TagGroup::with_children(Tag::Figure(Some(alt.clone())), identifiers),
        };
        tags.push(tag);
    }
    surface.finish();
    page.finish();
    document.set_outline(outline);
    document.set_tag_tree(tags);
    Ok(())
}

fn language_of(language: Language) -> Option<String> {
    Some(language.tag().to_owned())
}

/// Draws a group and returns what its tag has to hold.
fn draw_group(surface: &mut Surface<'_>, group: &Group) -> Result<Vec<krilla::tagging::Node>, PaperError> {
    let language = match &group.meaning {
        Meaning::Decoration => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            for shape in &group.shapes {
                draw(surface, shape)?;
            }
            surface.end_tagged();
            return Ok(Vec::new());
        }
        Meaning::Picture { .. } => {
            let identifier = surface.start_tagged(ContentTag::Other);
            for shape in &group.shapes {
                draw(surface, shape)?;
            }
            surface.end_tagged();
            return Ok(vec![identifier.into()]);
        }
        Meaning::Heading { language, .. } | Meaning::Paragraph { language } => *language,
    };
    let mut identifiers: Vec<Identifier> = Vec::new();
    for shape in &group.shapes {
        identifiers.push(surface.start_tagged(ContentTag::Span(SpanTag::empty().with_lang(Some(language.tag())))));
        draw(surface, shape)?;
        surface.end_tagged();
    }
    Ok(identifiers.into_iter().map(Into::into).collect())
}

fn draw(surface: &mut Surface<'_>, shape: &Shape) -> Result<(), PaperError> {
    match shape {
        Shape::Box { x, y, w, h, radius, fill, stroke } => {
            let Some(path) = rectangle(points(*x), points(*y), points(*w), points(*h), points(*radius)) else {
                return Err(PaperError::Template("a box has no size".to_owned()));
            };
            surface.set_fill(fill.map(|ink| paint(ink, points(*y), points(y + h))));
            surface.set_stroke(stroke.map(|(colour, width)| Stroke {
                paint: rgb_colour(colour).into(),
                width: points(width),
                ..Default::default()
            }));
            surface.draw_path(&path);
        }
        Shape::Text { x, y, size, stretch, bold, colour, text } => {
            let face = face(*bold)?;
            let glyphs: Vec<KrillaGlyph> = face
                .glyphs(text)?
                .into_iter()
                .map(|glyph| KrillaGlyph::new(GlyphId::new(glyph.id), glyph.advance, 0.0, 0.0, 0.0, glyph.range, None))
                .collect();
            surface.set_fill(Some(flat(*colour)));
            surface.set_stroke(None);
            surface.push_transform(&Transform::from_row(*stretch, 0.0, 0.0, 1.0, points(*x), points(*y)));
            surface.draw_glyphs(Point::from_xy(0.0, 0.0), &glyphs, face.font(), text, points(*size), false);
            surface.pop();
        }
        Shape::Code { x, y, module, runs } => {
            let mut path = PathBuilder::new();
            let at = |count: usize| f32::from(u16::try_from(count).unwrap_or(0)) * module;
            for (column, row, length) in runs {
                let rect = Rect::from_xywh(
                    points(x + at(*column)),
                    points(y + at(*row)),
                    points(at(*length)),
                    points(*module),
                );
                path.push_rect(rect.ok_or_else(|| PaperError::Template("a code has no size".to_owned()))?);
            }
            surface.set_fill(Some(flat([0; 3])));
            surface.set_stroke(None);
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
    Ok(())
}

/// Millimetres as points.
fn points(millimetres: f32) -> f32 {
    millimetres / POINT
}

fn rgb_colour([red, green, blue]: Rgb) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn flat(colour: Rgb) -> Fill {
    Fill { paint: rgb_colour(colour).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn paint(ink: Ink, top: f32, bottom: f32) -> Fill {
    match ink {
        Ink::Flat(colour) => flat(colour),
        Ink::Fade { top: above, bottom: below } => {
            let stop = |offset, colour| Stop { offset, color: rgb_colour(colour).into(), opacity: NormalizedF32::ONE };
            let gradient = LinearGradient {
                x1: 0.0,
                y1: top,
                x2: 0.0,
                y2: bottom,
                transform: Transform::default(),
                spread_method: SpreadMethod::Pad,
                stops: vec![stop(NormalizedF32::ZERO, above), stop(NormalizedF32::ONE, below)],
                anti_alias: false,
            };
            Fill { paint: gradient.into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
        }
    }
}

/// A rectangle with rounded corners.
fn rectangle(x: f32, y: f32, w: f32, h: f32, radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    if radius <= 0.0 {
        path.push_rect(Rect::from_xywh(x, y, w, h)?);
        return path.finish();
    }
    let r = radius.min(w / 2.0).min(h / 2.0);
    let k = r * (1.0 - QUARTER);
    let (right, bottom) = (x + w, y + h);
    path.move_to(x + r, y);
    path.line_to(right - r, y);
    path.cubic_to(right - k, y, right, y + k, right, y + r);
    path.line_to(right, bottom - r);
    path.cubic_to(right, bottom - k, right - k, bottom, right - r, bottom);
    path.line_to(x + r, bottom);
    path.cubic_to(x + k, bottom, x, bottom - k, x, bottom - r);
    path.line_to(x, y + r);
    path.cubic_to(x, y + k, x + k, y, x + r, y);
    path.close();
    path.finish()
}
