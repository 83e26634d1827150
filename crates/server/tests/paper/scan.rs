//! Print and scan: every page in either language, with the shortest and the longest plate, is read back from a worn copy.

use crate::worn::{Wear, copy, printed_and_scanned};
use crate::{Facts, codes_in_image, wuxi};
use luzheng::paper::{self, Language, Page};

/// Both pages in both languages.
const ALL: [(Page, Language); 4] = [
    (Page::A4, Language::Chinese),
    (Page::CardSheet, Language::English),
    (Page::A4, Language::English),
    (Page::CardSheet, Language::Chinese),
];

/// The largest code a mark may have, on these pages, through a wear.
fn survives(facts: &Facts, pages: &[(Page, Language)], wear: impl Fn(u64) -> Wear) {
    for (seed, (page, language)) in (11..).zip(pages) {
        let pdf = paper::pdf(&facts.mark(), *page, *language).expect("PDF");
        let (wear, expected) = (wear(seed), Ok(vec![facts.code.clone()]));
        let scan = printed_and_scanned(&pdf, wear);
        assert_eq!(codes_in_image(&scan), expected, "{page:?} {language:?} {wear:?} {} bytes", scan.len());
    }
}

/// 150 dpi is what a cheap scanner gives: under three pixels a module.
#[test]
fn a_copy_at_150_dpi_is_read() {
    survives(&wuxi(), &ALL, |seed| copy(150.0, 1.4, seed));
}

#[test]
fn a_copy_at_200_dpi_is_read() {
    survives(&wuxi(), &ALL[2..], |seed| copy(200.0, -2.3, seed));
}

#[test]
fn a_copy_at_300_dpi_is_read() {
    survives(&wuxi(), &ALL[..2], |seed| copy(300.0, 0.9, seed));
}

#[test]
fn long_plates_and_names_do_not_crowd_the_code() {
    for (number, kind, pages) in
        [("粤BD12345", "52", &ALL[..2]), ("粤Z1234港", "26", &ALL[2..]), ("沪AF12345", "51", &ALL[..2])]
    {
        let mut facts = Facts::new(number, kind);
        facts.authority = luzheng_domain::text::Text::fixed(
            "黔东南苗族侗族自治州公安局交通警察支队车辆管理所凯里分所",
            "Vehicle Administration Office of the Traffic Police Detachment, Qiandongnan Miao and Dong Autonomous Prefecture",
        );
        survives(&facts, pages, |seed| copy(150.0, -1.1, seed));
    }
}

/// Dark paper, pale ink, strong grain, a bad lens and a small file, each by itself.
#[test]
fn every_sort_of_wear_is_survived_alone() {
    let facts = wuxi();
    let pdf = paper::pdf(&facts.mark(), Page::A4, Language::Chinese).expect("PDF");
    let usual = copy(150.0, 1.0, 5);
    for wear in [
        Wear { greys: (90.0, 160.0), grain: 14.0, ..usual },
        Wear { greys: (120.0, 235.0), ..usual },
        Wear { grain: 36.0, ..usual },
        Wear { blur_mm: 0.13, ..usual },
        Wear { jpeg: 35, ..usual },
        Wear { degrees: 91.5, ..usual },
        Wear { degrees: -178.0, ..usual },
    ] {
        let scan = printed_and_scanned(&pdf, wear);
        assert_eq!(codes_in_image(&scan), Ok(vec![facts.code.clone()]), "{wear:?}");
    }
}

/// The card of the phone's picture, photographed from a screen or printed by a card printer.
#[test]
fn the_card_alone_is_read_too() {
    let facts = wuxi();
    for (language, degrees) in [(Language::Chinese, 2.0), (Language::English, 181.0)] {
        let pdf = paper::pdf(&facts.mark(), Page::Card, language).expect("PDF");
        let scan = printed_and_scanned(&pdf, copy(150.0, degrees, 3));
        assert_eq!(codes_in_image(&scan), Ok(vec![facts.code.clone()]), "{language:?} turned by {degrees}");
    }
}

/// A copier's worst: what is too worn is not read, and never read wrongly.
#[test]
fn what_is_too_worn_is_not_read_as_something_else() {
    let facts = wuxi();
    let pdf = paper::pdf(&facts.mark(), Page::Card, Language::Chinese).expect("PDF");
    for grain in [90.0, 160.0, 255.0] {
        let scan = printed_and_scanned(&pdf, Wear { grain, ..copy(150.0, 1.0, 9) });
        for code in codes_in_image(&scan).into_iter().flatten() {
            assert_eq!(code, facts.code);
        }
    }
}
