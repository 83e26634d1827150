//! Why a row did not go in, line by line, and the file that says so.

use super::columns::{Column, ColumnSet};
use super::delimited::Fault;
use super::limits::{COLUMNS_MAX, FIELD_MAX, LINE_MAX};
use luzheng_domain::mask;
use luzheng_domain::text::Text;
use serde::Serialize;
use std::io::{self, Write};

/// Longest value that is quoted in a reject, in characters.
const VALUE_SHOWN: usize = 80;

/// One problem of one row. A row with three problems makes three of these, all with the same line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The line of the file on which the row begins (the row of the sheet in a workbook), counted from 1.
    pub line: u64,
    /// Our name of the column; absent when the row as a whole is meant.
    pub column: Option<&'static str>,
    /// The value as it stands in the file, masked when it is personal, cut when it is long.
    pub value: String,
    /// Stable code, `snake_case`.
    pub code: &'static str,
    /// The sentence for people.
    pub message: Text,
}

impl Reject {
    /// A problem of the whole row.
    pub fn of_row(line: u64, code: &'static str, message: Text) -> Self {
        Self { line, column: None, value: String::new(), code, message }
    }

    /// A problem of one value.
    pub fn of_value(line: u64, column: &Column, value: &str, code: &'static str, message: Text) -> Self {
        Self { line, column: Some(column.name), value: shown(column, value), code, message }
    }

    /// A problem that was found outside the file: with the store, or with another line. The column is one of the set.
    pub fn found(
        set: &ColumnSet,
        line: u64,
        column: &'static str,
        value: &str,
        code: &'static str,
        en: String,
    ) -> Self {
        let message = super::sentence::of(code, en);
        match set.find(column) {
            Some(place) => Self::of_value(line, set.get(place), value, code, message),
            None => Self::of_row(line, code, message),
        }
    }

    pub(super) fn of_fault(line: u64, fault: Fault) -> Self {
        let (code, message) = match fault {
            Fault::LineTooLong => (
                "line_too_long",
                Text::made(format!("这一行超过 {LINE_MAX} 字节"), format!("the line is longer than {LINE_MAX} bytes")),
            ),
            Fault::OpenQuote(n) => (
                "open_quote",
                Text::made(
                    format!("第 {n} 列的引号没有结束，这一行可能被截断"),
                    format!("the quote in column {n} is never closed; the line may be cut off"),
                ),
            ),
            Fault::TextAfterQuote(n) => (
                "text_after_quote",
                Text::made(
                    format!("第 {n} 列的引号结束后还有文字"),
                    format!("text follows the closing quote of column {n}"),
                ),
            ),
            Fault::TooManyColumns => (
                "too_many_columns",
                Text::made(format!("超过 {COLUMNS_MAX} 列"), format!("more than {COLUMNS_MAX} columns")),
            ),
            Fault::FieldTooLong(n) => (
                "value_too_long",
                Text::made(
                    format!("第 {n} 列的值超过 {FIELD_MAX} 字节"),
                    format!("the value of column {n} is longer than {FIELD_MAX} bytes"),
                ),
            ),
        };
        Self::of_row(line, code, message)
    }
}

/// A value fit to be shown: masked when the column is personal, or when the value looks personal although the column is not (rows
/// whose columns have slipped), and cut to a readable length.
pub fn shown(column: &Column, value: &str) -> String {
    let value = value.trim();
    let short: String = value.chars().take(VALUE_SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match column.name {
        "owner_id" | "licence_number" => mask::identity_number(&short),
        "owner_name" | "name" => mask::name(&short),
        "phone" => mask::phone(&short),
        // A frame number may hold eleven digits on end and is the vehicle's, not a person's.
        "vin" if short.starts_with(|c: char| c.is_ascii_alphabetic()) => short,
        _ if column.personal || looks_personal(&short) => mask::identity_number(&short),
        _ => short,
    }
}

/// Eleven digits on end: a phone number, a citizen number, an account.
fn looks_personal(value: &str) -> bool {
    let mut run = 0;
    value.chars().any(|c| {
        run = if c.is_numeric() { run + 1 } else { 0 };
        run >= 11
    })
}

/// Writes rejects as CSV: `line, column, value, code, message_zh, message_en, file`.
pub struct RejectsFile<W: Write> {
    out: csv::Writer<W>,
}

impl<W: Write> RejectsFile<W> {
    /// Begins the file with its header.
    pub fn new(out: W) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(["line", "column", "value", "code", "message_zh", "message_en", "file"])?;
        Ok(Self { out })
    }

    /// Adds one reject.
    pub fn write(&mut self, file: &str, reject: &Reject) -> io::Result<()> {
        let line = reject.line.to_string();
        let value = harmless(&reject.value);
        self.out.write_record([
            &line,
            reject.column.unwrap_or(""),
            &value,
            reject.code,
            &reject.message.zh,
            &reject.message.en,
            file,
        ])?;
        Ok(())
    }

    /// Writes what is buffered.
    pub fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// People open this file in a spreadsheet: a value that would run as a formula there is written with a quote in front.
fn harmless(value: &str) -> std::borrow::Cow<'_, str> {
    if value.starts_with(['=', '+', '-', '@']) { format!("'{value}").into() } else { value.into() }
}

#[cfg(test)]
mod tests {
    use super::super::columns::vehicle;
    use super::*;

    fn column(name: &str) -> &'static Column {
        vehicle().get(vehicle().find(name).expect("a column"))
    }

    #[test]
    fn personal_values_are_masked_wherever_they_stand() {
        assert_eq!(shown(column("owner_id"), "11010519491231002X"), "1****************X");
        assert_eq!(shown(column("owner_name"), " 张三丰 "), "张*丰");
        assert_eq!(shown(column("phone"), "13800001234"), "138****1234");
        assert_eq!(shown(column("seats"), "13800001234"), "1*********4");
        assert_eq!(shown(column("seats"), "２１０１０５１９４９１２３１００２"), "２***************２");
        assert_eq!(shown(column("registered_on"), "2026-02-30"), "2026-02-30");
        assert_eq!(shown(column("vin"), "LSVHJ133022221761"), "LSVHJ133022221761");
        let of_driver = |name: &str, value| {
            let set = super::super::columns::driver();
            shown(set.get(set.find(name).expect("a column")), value)
        };
        assert_eq!(of_driver("licence_number", "11010519491231002X"), "1****************X");
        assert_eq!(of_driver("name", "张三"), "张*");
        assert_eq!(of_driver("birth_date", "1949-02-30"), "1********0");
        assert_eq!(of_driver("file_number", "3205-1"), "3****1");
        assert_eq!(of_driver("photo", "张三.jpg"), "张****g");
        assert_eq!(of_driver("points", "thirteen"), "thirteen");
    }

    #[test]
    fn the_file_is_csv_and_no_formula() {
        let mut out = Vec::new();
        let mut file = RejectsFile::new(&mut out).expect("memory");
        let reject = Reject::of_value(
            7,
            column("seats"),
            "=1+1,\u{7} ",
            "not_a_number",
            Text::fixed("不是数字", "not a number"),
        );
        file.write("a.csv", &reject).expect("memory");
        file.finish().expect("memory");
        drop(file);
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            "line,column,value,code,message_zh,message_en,file\n7,seats,\"'=1+1, \",not_a_number,不是数字,not a number,a.csv\n"
        );
    }
}
