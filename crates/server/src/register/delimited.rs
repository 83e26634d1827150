//! Rows of comma or tab separated text (RFC 4180), forgiving towards damaged rows.
//!
//! The `csv` crate follows an open quote to the end of the file, so that one row cut off inside quotes swallows everything behind it.
//! Here an open quote is followed only as long as a sound row comes out; otherwise its first line alone is rejected and reading goes
//! on with the line behind.

use super::limits::{COLUMNS_MAX, FIELD_MAX, RECORD_LINES_MAX};
use super::lines::{Line, Lines};
use std::io::{self, BufRead};

/// One row: the line it begins on, and its values or what is wrong with it as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) fields: Result<Vec<String>, Fault>,
}

/// What is wrong with a row as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Longer than the ceiling.
    LineTooLong,
    /// A quote was opened in this column (counted from 1) and not closed.
    OpenQuote(usize),
    /// Something other than a separator follows the closing quote of this column.
    TextAfterQuote(usize),
    /// More columns than a register may have.
    TooManyColumns,
    /// The value of this column (counted from 1) is longer than the ceiling.
    FieldTooLong(usize),
}

pub(super) struct Delimited<R> {
    lines: Lines<R>,
    delimiter: char,
    /// Columns of the header, once it has been read: a row that spans lines must have as many.
    columns: Option<usize>,
}

impl<R: BufRead> Delimited<R> {
    /// Tells commas from tabs by the first line that is not empty.
    pub(super) fn new(mut lines: Lines<R>) -> io::Result<Self> {
        let mut seen = Vec::new();
        let mut delimiter = ',';
        while let Some(line) = lines.next_line()? {
            let empty = line.text.trim().is_empty() && !line.too_long;
            let count = |c: char| line.text.chars().filter(|x| *x == c).count();
            if !empty {
                delimiter = if count('\t') > count(',') { '\t' } else { ',' };
            }
            seen.push(line);
            if !empty || seen.len() > RECORD_LINES_MAX {
                break;
            }
        }
        lines.give_back(seen);
        Ok(Self { lines, delimiter, columns: None })
    }

    pub(super) fn lines(&self) -> &Lines<R> {
        &self.lines
    }

    /// Rows that span lines must have this many columns from now on.
    pub(super) fn expect_columns(&mut self, columns: usize) {
        self.columns = Some(columns);
    }

    /// The next row that is not empty.
    pub(super) fn next_row(&mut self) -> io::Result<Option<Row>> {
        loop {
            let Some(line) = self.lines.next_line()? else { return Ok(None) };
            if line.too_long {
                return Ok(Some(Row { line: line.number, fields: Err(Fault::LineTooLong) }));
            }
            if line.text.trim().is_empty() {
                continue;
            }
            let number = line.number;
            let fields = match split(&line.text, self.delimiter) {
                Split::Row(fields) => Ok(fields),
                Split::Fault(fault) => Err(fault),
                Split::Open(column) => self.follow(line, column)?,
            };
            return Ok(Some(Row { line: number, fields }));
        }
    }

    /// Follows an open quote over line ends; gives back the lines behind the first when no sound row comes out.
    fn follow(&mut self, first: Line, column: usize) -> io::Result<Result<Vec<String>, Fault>> {
        let mut text = first.text;
        let mut behind: Vec<Line> = Vec::new();
        while behind.len() + 1 < RECORD_LINES_MAX {
            let Some(line) = self.lines.next_line()? else { break };
            text.push('\n');
            text.push_str(&line.text);
            let too_long = line.too_long;
            behind.push(line);
            if too_long {
                break;
            }
            match split(&text, self.delimiter) {
                Split::Open(_) => {}
                Split::Row(fields) if self.columns.is_none_or(|n| n == fields.len()) => return Ok(Ok(fields)),
                Split::Row(_) | Split::Fault(_) => break,
            }
        }
        self.lines.give_back(behind);
        Ok(Err(Fault::OpenQuote(column)))
    }
}

enum Split {
    Row(Vec<String>),
    /// A quote is still open at the end, in this column.
    Open(usize),
    Fault(Fault),
}

fn split(text: &str, delimiter: char) -> Split {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        if fields.len() == COLUMNS_MAX {
            return Split::Fault(Fault::TooManyColumns);
        }
        let column = fields.len() + 1;
        let (value, behind) = if let Some(quoted) = rest.trim_start_matches(' ').strip_prefix('"') {
            match unquote(quoted) {
                Some((value, behind)) => (value, behind.trim_start_matches(' ')),
                None => return Split::Open(column),
            }
        } else {
            let end = rest.find(delimiter).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        if value.len() > FIELD_MAX {
            return Split::Fault(Fault::FieldTooLong(column));
        }
        fields.push(value);
        match behind.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if behind.is_empty() => return Split::Row(fields),
            None => return Split::Fault(Fault::TextAfterQuote(column)),
        }
    }
}

/// The value up to the closing quote, doubled quotes made single, and what follows it. `None` when it is never closed.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(next) => {
                value.push('"');
                rest = next;
            }
            None => return Some((value, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, columns: usize) -> Vec<Row> {
        let mut reader = Delimited::new(Lines::new(text.as_bytes())).expect("memory");
        reader.expect_columns(columns);
        std::iter::from_fn(|| reader.next_row().expect("memory")).collect()
    }

    fn good(line: u64, fields: &[&str]) -> Row {
        Row { line, fields: Ok(fields.iter().map(|f| (*f).to_owned()).collect()) }
    }

    fn bad(line: u64, fault: Fault) -> Row {
        Row { line, fields: Err(fault) }
    }

    #[test]
    fn quotes_and_embedded_line_ends() {
        assert_eq!(
            rows("a,\"b,1\",\"c\"\"d\"\n\"x\ny\", \"z\" ,\n\n,,\n", 3),
            [good(1, &["a", "b,1", "c\"d"]), good(2, &["x\ny", "z", ""]), good(5, &["", "", ""])]
        );
        assert_eq!(rows("a\tb,1\tc\n", 3), [good(1, &["a", "b,1", "c"])]);
        assert_eq!(rows("5\" wheel,b\n", 2), [good(1, &["5\" wheel", "b"])]);
    }

    #[test]
    fn a_row_cut_off_inside_quotes_costs_itself_only() {
        // Behind it: rows with quotes, rows without, and the end of the file.
        assert_eq!(
            rows("a,\"b\nc,\"d\"\ne,f\n", 2),
            [bad(1, Fault::OpenQuote(2)), good(2, &["c", "d"]), good(3, &["e", "f"])]
        );
        assert_eq!(
            rows("a,\"b\nc,d\ne,f\n", 2),
            [bad(1, Fault::OpenQuote(2)), good(2, &["c", "d"]), good(3, &["e", "f"])]
        );
        let many = format!("a,\"b\n{}", "c,d\n".repeat(100));
        let got = rows(&many, 2);
        assert_eq!(got.len(), 101);
        assert!(got[1..].iter().all(|row| row.fields.is_ok()));
    }

    #[test]
    fn faults_name_the_column() {
        assert_eq!(rows("a,\"b\"c,d\ne,f,g\n", 3)[0], bad(1, Fault::TextAfterQuote(2)));
        assert_eq!(rows(&format!("a,{}\n", "x".repeat(FIELD_MAX + 1)), 2), [bad(1, Fault::FieldTooLong(2))]);
        assert_eq!(rows(&",".repeat(COLUMNS_MAX), 2), [bad(1, Fault::TooManyColumns)]);
        assert!(rows(&",".repeat(COLUMNS_MAX - 1), 2)[0].fields.is_ok());
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(table in proptest::collection::vec(proptest::collection::vec("[a-z,\"\n ]{0,6}", 3), 1..5)) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).expect("memory");
            }
            let text = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8");
            let mut reader = Delimited { lines: Lines::new(text.as_bytes()), delimiter: ',', columns: Some(3) };
            let got: Vec<_> = std::iter::from_fn(|| reader.next_row().expect("memory")).map(|r| r.fields.expect("sound")).collect();
            prop_assert_eq!(got, table);
        }

        #[test]
        fn arbitrary_text_never_panics_and_every_line_is_accounted_for(text in "[a,\"\n\t中]{0,200}") {
            let mut last = 0;
            for row in rows(&text, 2) {
                prop_assert!(row.line > last);
                last = row.line;
            }
        }
    }
}
