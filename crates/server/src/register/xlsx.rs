//! Rows of a workbook (XLSX), streamed from its first sheet.

use super::limits::{COLUMNS_MAX, XLSX_FILE_MAX, XLSX_PART_MAX, XLSX_PARTS_MAX, XLSX_SHEET_MAX};
use calamine::{DataRef, Reader, Xlsx};
use std::io::{self, BufRead, Cursor, Read};
use std::ops::ControlFlow;

/// Longest stretch of a part without a tag, in bytes: one text of a cell is held in memory.
const TEXT_MAX: usize = 1024 * 1024;

/// What is wrong with a workbook as a whole.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Beyond one of the ceilings.
    #[error("the workbook is too large: {0}; save it as CSV instead")]
    TooLarge(String),
    /// Not a workbook, or a damaged one.
    #[error("the workbook cannot be read: {0}")]
    Broken(String),
}

/// A workbook in memory whose parts were found to be of bearable size.
pub(super) struct Workbook {
    bytes: Vec<u8>,
}

/// One row of the sheet: its number counted from 1, its texts.
pub(super) type SheetRow = (u64, Vec<String>);

impl Workbook {
    pub(super) fn read(reader: impl BufRead) -> Result<Self, WorkbookError> {
        let mut bytes = Vec::new();
        reader.take(XLSX_FILE_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > XLSX_FILE_MAX {
            return Err(WorkbookError::TooLarge(format!("more than {} MiB", XLSX_FILE_MAX >> 20)));
        }
        check_parts(&bytes)?;
        Ok(Self { bytes })
    }

    /// Gives every row that is not empty to `sink` until it breaks; answers with the names of the sheets that were left out.
    pub(super) fn rows(&self, sink: &mut dyn FnMut(SheetRow) -> ControlFlow<()>) -> Result<Vec<String>, WorkbookError> {
        let broken = |error: calamine::XlsxError| WorkbookError::Broken(error.to_string());
        let mut book = Xlsx::new(Cursor::new(self.bytes.as_slice())).map_err(broken)?;
        let mut sheets = book.sheet_names().into_iter();
        let first = sheets.next().ok_or_else(|| WorkbookError::Broken("it has no sheet".to_owned()))?;
        let mut cells = book.worksheet_cells_reader(&first).map_err(broken)?;
        let mut row: Vec<String> = Vec::new();
        let mut number = 0;
        while let Some(cell) = cells.next_cell().map_err(broken)? {
            let (at, column) = cell.get_position();
            let text = text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            let at = u64::from(at) + 1;
            if at < number {
                return Err(WorkbookError::Broken(format!("row {at} stands behind row {number}")));
            }
            if at > number {
                if !row.is_empty() && sink((number, std::mem::take(&mut row))).is_break() {
                    return Ok(sheets.collect());
                }
                row.clear();
                number = at;
            }
            let column = column as usize;
            if column >= COLUMNS_MAX {
                return Err(WorkbookError::TooLarge(format!("row {at} has more than {COLUMNS_MAX} columns")));
            }
            if row.len() <= column {
                row.resize(column + 1, String::new());
            }
            row[column] = text;
        }
        if !row.is_empty() {
            let _ = sink((number, row));
        }
        Ok(sheets.collect())
    }
}

/// Unpacks every part once into nothing, so that a small file that unpacks to an enormous one is refused before it is read for good.
/// The sizes an archive declares are the word of whoever made it.
fn check_parts(bytes: &[u8]) -> Result<(), WorkbookError> {
    let broken = |error: zip::result::ZipError| WorkbookError::Broken(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > XLSX_PARTS_MAX {
        return Err(WorkbookError::TooLarge(format!("more than {XLSX_PARTS_MAX} parts")));
    }
    let mut held = 0u64;
    let mut buffer = vec![0u8; 64 * 1024];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        let streamed = name.contains("worksheets/");
        let (mut size, mut without_tag) = (0u64, 0usize);
        loop {
            let n = part.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            size += n as u64;
            let ceiling = if streamed { XLSX_SHEET_MAX } else { XLSX_PART_MAX - held.min(XLSX_PART_MAX) };
            if size > ceiling {
                return Err(WorkbookError::TooLarge(format!("{name} unpacks to too much")));
            }
            let mut rest = &buffer[..n];
            while let Some(at) = rest.iter().position(|b| *b == b'<') {
                if without_tag + at > TEXT_MAX {
                    break;
                }
                without_tag = 0;
                rest = &rest[at + 1..];
            }
            without_tag += rest.len();
            if without_tag > TEXT_MAX && name.ends_with(".xml") {
                return Err(WorkbookError::TooLarge(format!("one text of {name} is longer than {TEXT_MAX} bytes")));
            }
        }
        held += if streamed { 0 } else { size };
    }
    Ok(())
}

/// A cell as the text a CSV export would hold.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float_text(*number),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
    }
}

/// A number without a decimal point when it has none, and in scientific spelling when it is larger than a spreadsheet can keep
/// exactly (15 digits), so that an identity number that lost its end is recognised as lost.
pub(super) fn float_text(number: f64) -> String {
    const EXACT: f64 = 1e15;
    if number.is_finite() && number.abs() >= EXACT {
        let text = format!("{number:.5E}");
        return match text.split_once('E') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}E+{exponent}"),
            _ => text,
        };
    }
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_a_person_would_type_them() {
        assert_eq!(float_text(5.0), "5");
        assert_eq!(float_text(13_812_345_678.0), "13812345678");
        assert_eq!(float_text(1.5), "1.5");
        assert_eq!(float_text(110_105_194_912_310_020.0), "1.10105E+17");
        assert!(super::super::value::is_scientific(&float_text(3.2e17)));
    }

    #[test]
    fn dates_of_both_epochs() {
        let cell = |value, is_1904| {
            text(&DataRef::DateTime(calamine::ExcelDateTime::new(
                value,
                calamine::ExcelDateTimeType::DateTime,
                is_1904,
            )))
        };
        assert_eq!(cell(46347.0, false), "2026-11-21");
        assert_eq!(cell(44885.25, true), "2026-11-21");
    }

    #[test]
    fn what_is_no_workbook() {
        assert!(matches!(Workbook::read(&b"PK\x03\x04 and then nothing"[..]), Err(WorkbookError::Broken(_))));
    }

    #[test]
    fn a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read() {
        use std::io::Write;
        let packed = |name: &str, piece: &[u8], times: usize| {
            let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
            out.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory");
            for _ in 0..times {
                out.write_all(piece).expect("memory");
            }
            out.finish().expect("memory").into_inner()
        };
        let tags = b"<t>x</t>".repeat(1 << 17);
        let strings = packed("xl/sharedStrings.xml", &tags, 97);
        let text = packed("xl/worksheets/sheet1.xml", &[b'x'; 1 << 16], 17);
        for bytes in [strings, text] {
            assert!(bytes.len() < 1 << 20);
            assert!(matches!(Workbook::read(bytes.as_slice()), Err(WorkbookError::TooLarge(_))));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..500)) {
            let mut bytes = b"PK\x03\x04".to_vec();
            bytes.extend(tail);
            if let Ok(book) = Workbook::read(bytes.as_slice()) {
                let _ = book.rows(&mut |_| ControlFlow::Continue(()));
            }
        }
    }
}
