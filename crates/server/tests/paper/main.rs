//! The printed mark and reading codes back: what is drawn is read, by our reader, from clean and from worn copies.

mod scan;
mod text_of_page;
mod worn;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use jiff::civil::date;
use luzheng::paper::qr::{PRINT_VERSION_MAX, QUIET_ZONE, SCREEN_VERSION_MAX, Symbol};
use luzheng::paper::read::{self, ReadError, codes_in_image, codes_in_pdf};
use luzheng::paper::{self, Language, Mark, Page, PaperError};
use luzheng_credential::qr::text;
use luzheng_domain::text::Text;
use luzheng_domain::vehicle::{Plate, PlateType, YearMonth};
use worn::noise;

const HOST: &str = "LUZHENG.EXAMPLE";

fn message(length: usize) -> Vec<u8> {
    noise(42).take(length).collect()
}

/// The largest static mark there may be (`qr-format.md`, Limits).
fn static_code() -> String {
    text::primary(HOST, &message(165))
}

struct Facts {
    plate: Plate,
    authority: Text,
    code: String,
    message: Vec<u8>,
}

impl Facts {
    fn new(number: &str, kind: &str) -> Self {
        let plate_type = PlateType::from_code(kind).expect("plate type");
        Self {
            plate: Plate { number: number.parse().expect("plate"), plate_type },
            authority: Text::fixed(
                "无锡市公安局交通警察支队",
                "Wuxi Public Security Bureau, Traffic Police Detachment",
            ),
            code: static_code(),
            message: message(165),
        }
    }

    fn mark(&self) -> Mark<'_> {
        Mark {
            plate: &self.plate,
            valid_until: YearMonth::new(2027, 5).expect("month"),
            authority: &self.authority,
            issued_on: date(2026, 11, 21),
            code_text: &self.code,
            message: &self.message,
            key: "0123456789abcdef",
            demo: true,
        }
    }
}

fn wuxi() -> Facts {
    Facts::new("苏B12345", "02")
}

#[test]
fn a_printed_code_is_read_back_from_picture_and_pdf() {
    let facts = wuxi();
    let expected = vec![facts.code.clone()];
    for dpi in [150, 203, 300, 600] {
        let picture = paper::png(&facts.mark(), Language::Chinese, dpi).expect("picture");
        assert_eq!(codes_in_image(&picture), Ok(expected.clone()), "{dpi} dpi");
    }
    for page in Page::ALL {
        let pdf = paper::pdf(&facts.mark(), page, Language::Chinese).expect("PDF");
        assert_eq!(codes_in_pdf(&pdf), Ok(expected.clone()), "{page:?}");
    }
}

#[test]
fn the_same_mark_gives_the_same_bytes() {
    let facts = wuxi();
    let mut pages = Vec::new();
    for (page, language) in Page::ALL.into_iter().flat_map(|page| Language::ALL.map(|language| (page, language))) {
        let made = paper::pdf(&facts.mark(), page, language).expect("PDF");
        assert_eq!(made, paper::pdf(&facts.mark(), page, language).expect("PDF"));
        assert!(!pages.contains(&made), "no two pages are one");
        pages.push(made);
    }
    assert_eq!(
        paper::png(&facts.mark(), Language::Chinese, 150).expect("PNG"),
        paper::png(&facts.mark(), Language::Chinese, 150).expect("PNG")
    );
}

#[test]
fn the_pdf_is_archival_accessible_and_carries_the_signed_message() {
    let facts = wuxi();
    for (page, language) in Page::ALL.into_iter().flat_map(|page| Language::ALL.map(|language| (page, language))) {
        let pdf = paper::pdf(&facts.mark(), page, language).expect("PDF");
        let contains = |needle: &[u8]| pdf.windows(needle.len()).any(|window| window == needle);
        assert!(contains(&facts.message), "the signed message is attached as it is");
        assert!(contains(b"inspection-mark.cose"));
        assert!(contains(format!("/Lang({})", language.tag()).as_bytes()), "the document's language on {page:?}");
        for mark in [
            "pdfaid:part>3<",
            "pdfaid:conformance>A<",
            "pdfuaid:part>1<",
            "/StructTreeRoot",
            // The name stands in the other language on either page.
            "/Lang(zh-CN)",
            "/Lang(en)",
            "/S/Figure",
        ] {
            assert!(contains(mark.as_bytes()), "{mark} on {page:?}");
        }
    }
}

#[test]
fn every_kind_of_plate_can_be_printed() {
    for plate_type in PlateType::all() {
        let mut facts = wuxi();
        facts.plate.plate_type = plate_type;
        assert!(paper::pdf(&facts.mark(), Page::Card, Language::Chinese).is_ok(), "{plate_type}");
    }
    for (number, kind) in
        [("粤BD12345", "52"), ("沪AF12345", "51"), ("粤Z1234港", "26"), ("014578使", "03"), ("苏B1234警", "23")]
    {
        let facts = Facts::new(number, kind);
        let pdf = paper::pdf(&facts.mark(), Page::A4, Language::Chinese).expect("PDF");
        assert_eq!(codes_in_pdf(&pdf), Ok(vec![facts.code.clone()]), "{number}");
    }
}

#[test]
fn a_character_the_font_lacks_stops_the_page() {
    let mut facts = wuxi();
    for character in ['𠮷', '😀', 'ض'] {
        facts.authority = Text::made(format!("{character}县公安局"), "Somewhere");
        for page in Page::ALL {
            match paper::pdf(&facts.mark(), page, Language::Chinese) {
                Err(PaperError::MissingGlyph { character: named }) => assert_eq!(named, character),
                other => panic!("{page:?}: {:?}", other.map(|pdf| pdf.len())),
            }
        }
    }
}

#[test]
fn a_long_name_shrinks_and_a_too_long_one_is_an_error() {
    let mut facts = wuxi();
    facts.authority = Text::fixed(
        "黔东南苗族侗族自治州公安局交通警察支队车辆管理所凯里分所",
        "Vehicle Administration Office of the Traffic Police Detachment, Qiandongnan Miao and Dong Autonomous Prefecture",
    );
    for page in Page::ALL {
        assert!(paper::pdf(&facts.mark(), page, Language::Chinese).is_ok(), "{page:?}");
    }
    facts.authority = Text::made("长".repeat(200), "Long");
    for page in Page::ALL {
        assert!(
            matches!(paper::pdf(&facts.mark(), page, Language::Chinese), Err(PaperError::DoesNotFit { .. })),
            "{page:?}"
        );
    }
}

#[test]
fn codes_are_as_small_as_mixed_segments_make_them() {
    let version = |text: &str| Symbol::new(text, 40).expect("symbol").version();
    // Static marks fit 30 mm with modules of 0.49 mm, live and held codes fit a screen.
    assert!(version(&static_code()) <= 11, "{}", version(&static_code()));
    assert!(version(&text::primary(HOST, &message(200))) <= 12);
    assert!(version(&text::primary(HOST, &message(320))) <= SCREEN_VERSION_MAX);
    // One byte segment for all of it would need a larger symbol.
    let lower = static_code().replace('#', "?");
    assert!(version(&static_code()) < version(&lower));
    let compact = text::compact(&message(165));
    assert!(version(&compact) < version(&compact.to_lowercase()));
    let host_of_any_case = static_code().replace("EXAMPLE", "example");
    assert_eq!(version(&host_of_any_case), version(&static_code()), "only the head is longer");
}

#[test]
fn a_code_that_does_not_fit_is_refused() {
    let mut facts = wuxi();
    facts.code = text::primary(HOST, &message(330));
    assert!(matches!(
        paper::pdf(&facts.mark(), Page::A4, Language::Chinese),
        Err(PaperError::CodeTooLarge { version_max: PRINT_VERSION_MAX, .. })
    ));
    assert!(matches!(paper::terminal(&"x".repeat(5_000)), Err(PaperError::CodeTooLarge { .. })));
    assert!(matches!(paper::svg(&text::primary(HOST, &message(500))), Err(PaperError::CodeTooLarge { .. })));
}

#[test]
fn the_terminal_shows_the_same_symbol() {
    let code = static_code();
    let shown = paper::terminal(&code).expect("text");
    let mut rows: Vec<Vec<bool>> = Vec::new();
    for line in shown.lines() {
        let cells = line.strip_prefix("\x1b[38;5;16;48;5;231m").and_then(|line| line.strip_suffix("\x1b[0m"));
        let cells: Vec<char> = cells.expect("black on white").chars().collect();
        rows.push(cells.iter().map(|c| matches!(c, '█' | '▀')).collect());
        rows.push(cells.iter().map(|c| matches!(c, '█' | '▄')).collect());
    }
    let side = rows[0].len();
    assert_eq!(side, Symbol::new(&code, SCREEN_VERSION_MAX).expect("symbol").modules() + 2 * QUIET_ZONE);
    let scale = 4;
    let side = u32::try_from(side).expect("small");
    let picture = GrayImage::from_fn(side * scale, side * scale, |x, y| {
        Luma([if rows[(y / scale) as usize][(x / scale) as usize] { 0 } else { 255 }])
    });
    assert_eq!(codes_in_image(&encode(&DynamicImage::ImageLuma8(picture), ImageFormat::Png)), Ok(vec![code]));
}

#[test]
fn the_svg_has_every_dark_module_once() {
    let symbol = Symbol::new(&static_code(), SCREEN_VERSION_MAX).expect("symbol");
    let dark = (0..symbol.modules()).flat_map(|y| (0..symbol.modules()).map(move |x| (x, y)));
    let dark = dark.filter(|(x, y)| symbol.is_dark(*x, *y)).count();
    let svg = symbol.svg();
    let path = svg.rsplit_once("d=\"").expect("path").1;
    let drawn: usize =
        path.split('M').filter_map(|run| run.split_once('h')?.1.split_once('v')?.0.parse::<usize>().ok()).sum();
    assert_eq!(drawn, dark);
}

/// Draws codes side by side on a transparent ground.
fn side_by_side(codes: &[&str]) -> Vec<u8> {
    let symbols: Vec<_> = codes.iter().map(|code| Symbol::new(code, 40).expect("symbol")).collect();
    let scale = 4;
    let widest = u32::try_from(symbols.iter().map(Symbol::modules).max().expect("codes") + 2 * QUIET_ZONE)
        .expect("small")
        * scale;
    let count = u32::try_from(codes.len()).expect("few");
    let mut picture = RgbaImage::from_pixel(widest * count, widest, Rgba([0, 0, 0, 0]));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let symbol = &symbols[(x / widest) as usize];
        let module = |at: u32| ((at % widest) / scale) as usize;
        let (x, y) = (module(x), module(y));
        if x >= QUIET_ZONE && y >= QUIET_ZONE && symbol.is_dark(x - QUIET_ZONE, y - QUIET_ZONE) {
            *pixel = Rgba([0, 0, 0, 255]);
        }
    }
    encode(&DynamicImage::ImageRgba8(picture), ImageFormat::Png)
}

#[test]
fn several_codes_in_one_picture_are_all_found_also_on_a_transparent_ground() {
    let (first, second) = (static_code(), text::compact(&message(150)));
    let mut found = codes_in_image(&side_by_side(&[&first, &second])).expect("codes");
    found.sort();
    assert_eq!(found, [first.clone(), second]);
    assert_eq!(codes_in_image(&side_by_side(&[&first, &first])), Ok(vec![first]), "the same code twice is one code");
}

#[test]
fn files_without_a_code_or_of_another_kind_say_so() {
    let blank = encode(&DynamicImage::new_luma8(300, 300), ImageFormat::Png);
    assert_eq!(codes_in_image(&blank), Err(ReadError::NoCode));
    for bytes in [&b""[..], b"GIF89a", b"%PDF-1.7", b"hello"] {
        assert_eq!(codes_in_image(bytes), Err(ReadError::NotAPicture));
    }
    assert!(matches!(codes_in_image(&blank[..40]), Err(ReadError::BrokenPicture(_))));
    for bytes in [&b""[..], b"%PDF-1.7", b"hello", &blank] {
        assert_eq!(codes_in_pdf(bytes), Err(ReadError::NotAPdf));
    }
    assert_eq!(codes_in_pdf(include_bytes!("encrypted.pdf")), Err(ReadError::Encrypted));
}

#[test]
fn sizes_are_checked_before_anything_is_decoded() {
    let too_long = vec![0; read::FILE_MAX + 1];
    assert_eq!(codes_in_image(&too_long), Err(ReadError::FileTooLarge(read::FILE_MAX + 1)));
    assert_eq!(codes_in_pdf(&too_long), Err(ReadError::FileTooLarge(read::FILE_MAX + 1)));
    // A PNG of a few bytes that claims 60,000 × 60,000 pixels: 3.6 GB if it were believed.
    let mut bomb = encode(&DynamicImage::new_luma8(1, 1), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(codes_in_image(&bomb), Err(ReadError::TooManyPixels(60_000, 60_000)));
}

#[test]
fn a_page_of_absurd_size_is_drawn_within_the_ceiling() {
    let facts = wuxi();
    let pdf = paper::pdf(&facts.mark(), Page::Card, Language::Chinese).expect("PDF");
    let start = pdf.windows(10).position(|window| window == b"/MediaBox[").expect("media box") + 10;
    let end = start + pdf[start..].iter().position(|byte| *byte == b']').expect("end");
    for size in ["0 0 99999 99999", "0 0 9999999 2", "0 0 0 0", "0 0 1e999 1"] {
        // Padded to the old length, so that the offsets in the file stay right.
        let padded = format!("{size:<width$}", width = end - start);
        assert_eq!(padded.len(), end - start);
        let altered = [&pdf[..start], padded.as_bytes(), &pdf[end..]].concat();
        // Too small to be seen on such a page, or no page at all; either way without asking for terabytes.
        assert!(codes_in_pdf(&altered).is_err(), "{size}");
    }
}

#[test]
fn damaged_files_are_errors_and_never_panics() {
    let facts = wuxi();
    let pdf = paper::pdf(&facts.mark(), Page::Card, Language::Chinese).expect("PDF");
    let png = paper::png(&facts.mark(), Language::Chinese, 150).expect("PNG");
    let jpeg = encode(&image::load_from_memory(&png).expect("PNG"), ImageFormat::Jpeg);
    let mut random = noise(99);
    let mut place = |length: usize| {
        let bytes: [u8; 4] = std::array::from_fn(|_| random.next().expect("endless"));
        u32::from_be_bytes(bytes) as usize % length
    };
    for round in 0..24 {
        for file in [&pdf, &png, &jpeg] {
            let mut altered = file.clone();
            if round % 3 == 0 {
                altered.truncate(place(file.len()));
            } else {
                for _ in 0..=round {
                    let at = place(altered.len());
                    altered[at] = altered[at].wrapping_add(1 + (round as u8));
                }
            }
            for codes in [codes_in_image(&altered), codes_in_pdf(&altered)].into_iter().flatten() {
                // The error correction of the symbol leaves two answers: the right text, or none.
                assert_eq!(codes, std::slice::from_ref(&facts.code));
            }
        }
    }
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// CRC-32 of PNG chunks.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
