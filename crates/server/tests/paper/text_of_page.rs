//! What a screen reader and a search find on a page, by an independent reader (poppler's `pdftotext` and `pdfinfo`; `scripts/need.sh` installs it).

use crate::{Facts, wuxi};
use luzheng::paper::{self, Language, Page};
use std::io::Write;
use std::process::{Command, Stdio};

/// What a program of poppler's says about a PDF; `-` stands for its standard input.
fn poppler(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // It does not know one harmless entry of tagged files and says so.
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{program}: {e}; install poppler-utils (scripts/need.sh)"));
    child.stdin.take().expect("a pipe").write_all(pdf).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{program} {arguments:?}: {}", output.status);
    // Titles of headings come out as they lie in the file, which is not UTF-8; everything else is.
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// That these texts stand in this order.
#[track_caller]
fn in_order(whole: &str, texts: &[&str]) {
    let mut rest = whole;
    for text in texts {
        let at = rest.find(text).unwrap_or_else(|| panic!("“{text}” does not come next in:\n{rest}"));
        rest = &rest[at + text.len()..];
    }
}

fn page(facts: &Facts, page: Page, language: Language) -> (String, String) {
    let pdf = paper::pdf(&facts.mark(), page, language).expect("PDF");
    let text = poppler("pdftotext", &["-raw", "-enc", "UTF-8", "-", "-"], &pdf);
    (text, poppler("pdfinfo", &["-struct-text", "-enc", "UTF-8", "-"], &pdf))
}

#[test]
fn a_chinese_page_says_everything_in_its_order() {
    let (text, structure) = page(&wuxi(), Page::A4, Language::Chinese);
    for found in [&text, &structure] {
        in_order(
            found,
            &[
                "路证",
                "电子凭证打印件",
                "机动车检验标志",
                "演示数据 · 无效力",
                "检验有效期至",
                "2027年5月",
                "最后有效日：2027年5月31日",
                "号牌种类",
                "小型汽车",
                "核发日期",
                "2026年11月21日",
                "无锡市公安局交通警察支队",
                "扫码查验",
                "https://luzheng.example/V",
                "如何查验",
                "用手机相机扫描二维码",
                "打印件与电子凭证效力相同",
                "0123456789abcdef",
            ],
        );
        assert!(!found.contains("Scan to verify"), "an English sentence on a Chinese page");
    }
    in_order(&structure, &["H1", "机动车检验标志", "Figure", "H2", "如何查验"]);
}

#[test]
fn an_english_page_keeps_the_title_and_the_authority_in_chinese() {
    let (text, structure) = page(&wuxi(), Page::A4, Language::English);
    for found in [&text, &structure] {
        in_order(
            found,
            &[
                "Printed copy of an electronic credential",
                "Vehicle inspection mark",
                "机动车检验标志",
                "Valid until",
                "May 2027",
                "31 May 2027",
                "无锡市公安局交通警察支队",
                "Wuxi Public Security Bureau",
                "Scan to verify",
                "How to verify",
                "has the same force as the electronic credential",
            ],
        );
        assert!(!found.contains("如何查验") && !found.contains("扫码查验"), "a Chinese sentence on an English page");
    }
}

#[test]
fn a_card_to_be_cut_out_says_how_and_what_it_is() {
    let (text, structure) = page(&wuxi(), Page::CardSheet, Language::Chinese);
    for found in [&text, &structure] {
        in_order(
            found,
            &[
                "电子凭证打印件",
                "请沿线裁剪",
                "机动车检验标志",
                "电子凭证打印件",
                "2027年5月",
                "扫码查验",
                "5 厘米",
                "实际大小",
                "如何查验",
            ],
        );
    }
    in_order(&structure, &["H1", "请沿线裁剪", "H2", "机动车检验标志", "Figure", "H2", "打印与裁剪", "H2", "如何查验"]);
    let (text, _) = page(&wuxi(), Page::CardSheet, Language::English);
    in_order(
        &text,
        &["to be cut out", "Vehicle inspection mark", "May 2027", "This line must be 5 cm long", "actual size"],
    );
}

#[test]
fn a_page_has_a_title_a_language_and_no_demonstration_unless_it_is_one() {
    for language in Language::ALL {
        let facts = wuxi();
        let mut mark = facts.mark();
        mark.demo = false;
        let pdf = paper::pdf(&mark, Page::A4, language).expect("PDF");
        let text = poppler("pdftotext", &["-raw", "-enc", "UTF-8", "-", "-"], &pdf);
        assert!(!text.contains("演示") && !text.contains("Demonstration"), "{text}");
        let about = poppler("pdfinfo", &["-enc", "UTF-8", "-"], &pdf);
        let title = match language {
            Language::Chinese => "机动车检验标志 苏B·12345",
            Language::English => "Vehicle inspection mark 苏B·12345",
        };
        in_order(&about, &[title]);
        in_order(&about, &["Tagged:", "yes", "Encrypted:", "no", "Page size:", "595.", "841.", "(A4)"]);
    }
}

/// A foreigner's print keeps the plate's characters, and each of them can be searched for.
#[test]
fn a_long_plate_is_in_the_pictures_words() {
    let facts = Facts::new("粤BD12345", "52");
    let pdf = paper::pdf(&facts.mark(), Page::A4, Language::English).expect("PDF");
    let structure = poppler("pdfinfo", &["-struct", "-enc", "UTF-8", "-"], &pdf);
    assert!(structure.contains("Figure"), "{structure}");
    in_order(&poppler("pdfinfo", &["-enc", "UTF-8", "-"], &pdf), &["粤B·D12345"]);
}
