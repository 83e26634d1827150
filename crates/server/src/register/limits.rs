//! The ceilings of reading registers. A file beyond one of them is refused with the ceiling in the sentence, never half understood.

/// Longest line in bytes; a longer one is a reject of its own and reading goes on behind it.
pub const LINE_MAX: usize = 64 * 1024;

/// Longest line of an input of events in bytes: an event may carry a photo. A longer line is a reject, as above.
pub const EVENT_LINE_MAX: usize = 1024 * 1024;

/// Longest value of one column in bytes.
pub const FIELD_MAX: usize = 4 * 1024;

/// Most columns a register may have.
pub const COLUMNS_MAX: usize = 256;

/// Most physical lines one quoted row may span. Beyond it the quote is taken to be a damaged one, so that a row cut off inside
/// quotes costs itself and not the rest of the file.
pub const RECORD_LINES_MAX: usize = 16;

/// How much is looked at to tell UTF-8 from GB18030, in bytes.
pub const DETECT_BYTES: usize = 256 * 1024;

/// Largest workbook file in bytes.
pub const XLSX_FILE_MAX: u64 = 64 * 1024 * 1024;

/// Largest unpacked part of a workbook besides its sheets (shared texts, styles), in bytes: these are held in memory.
pub const XLSX_PART_MAX: u64 = 96 * 1024 * 1024;

/// Largest unpacked sheet in bytes: sheets are streamed.
pub const XLSX_SHEET_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Most parts in a workbook.
pub const XLSX_PARTS_MAX: usize = 4096;

/// How many times its size a `.gz` file may unpack to. Real registers stay below 30; a bomb is near 1,000.
pub const GZIP_RATIO_MAX: u64 = 200;

/// Unpacked bytes below which the ratio is not looked at.
pub const GZIP_RATIO_FLOOR: u64 = 16 * 1024 * 1024;

/// Most distinct unknown columns that are named in the summary.
pub const UNKNOWN_COLUMNS_NAMED: usize = 64;
