//! Reading the embedded tables: comma or tab separated, a header line, `#` comments.

/// What is wrong with a table, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, line {line}: {problem}")]
pub struct TableError {
    /// The table's name, e.g. `plate_types`.
    pub table: &'static str,
    /// The line in the file, counted from 1; 0 when the whole table is meant.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
}

/// The largest table text that is read, in bytes.
pub const MAX_TABLE_BYTES: usize = 8 * 1024 * 1024;

/// One row with its line, its columns by name.
#[derive(Debug, Clone)]
pub struct Row<'t> {
    table: &'static str,
    headers: &'t csv::StringRecord,
    record: csv::StringRecord,
    line: u64,
}

impl Row<'_> {
    /// The text of a column, without blanks around it; an absent column is an error of the table.
    pub fn get(&self, column: &str) -> Result<&str, TableError> {
        let index =
            self.headers.iter().position(|h| h == column).ok_or_else(|| self.wrong(format!("no column {column}")))?;
        self.record.get(index).map(str::trim).ok_or_else(|| self.wrong(format!("no value for {column}")))
    }

    /// A column that must not be empty.
    pub fn some(&self, column: &str) -> Result<&str, TableError> {
        match self.get(column)? {
            "" => Err(self.wrong(format!("{column} is empty"))),
            text => Ok(text),
        }
    }

    /// A column read with `FromStr`.
    pub fn parse<T: std::str::FromStr>(&self, column: &str) -> Result<T, TableError> {
        let text = self.some(column)?;
        text.parse().map_err(|_| self.wrong(format!("{column}: {text:?} cannot be read")))
    }

    /// A column that may be empty, read with `FromStr`.
    pub fn parse_optional<T: std::str::FromStr>(&self, column: &str) -> Result<Option<T>, TableError> {
        if self.get(column)?.is_empty() { Ok(None) } else { self.parse(column).map(Some) }
    }

    /// A column holding `yes` or `no`.
    pub fn flag(&self, column: &str) -> Result<bool, TableError> {
        match self.some(column)? {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => Err(self.wrong(format!("{column}: {other:?} is neither yes nor no"))),
        }
    }

    /// An error at this row.
    pub fn wrong(&self, problem: impl Into<String>) -> TableError {
        TableError { table: self.table, line: self.line, problem: problem.into() }
    }

    /// The line of the row.
    pub fn line(&self) -> u64 {
        self.line
    }
}

/// Reads every row of a table; a row that `read` refuses stops the load with its line.
pub fn rows<T>(
    table: &'static str,
    text: &str,
    delimiter: u8,
    mut read: impl FnMut(&Row<'_>) -> Result<T, TableError>,
) -> Result<Vec<T>, TableError> {
    if text.len() > MAX_TABLE_BYTES {
        return Err(TableError { table, line: 0, problem: format!("larger than {MAX_TABLE_BYTES} bytes") });
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).comment(Some(b'#')).from_reader(text.as_bytes());
    let csv_error = |error: &csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        TableError { table, line, problem: error.to_string() }
    };
    let headers = reader.headers().map_err(|e| csv_error(&e))?.clone();
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| csv_error(&e))?;
        let line = record.position().map_or(0, csv::Position::line);
        out.push(read(&Row { table, headers: &headers, record, line })?);
    }
    Ok(out)
}

/// The `letter` column: one of `A` to `Z`, each once. `seen` remembers the letters of the rows before, one bit each.
pub(crate) fn letter(row: &Row<'_>, seen: &mut u32) -> Result<u8, TableError> {
    let [letter @ b'A'..=b'Z'] = row.some("letter")?.as_bytes() else {
        return Err(row.wrong("letter: one of A to Z"));
    };
    let bit = 1 << (letter - b'A');
    if *seen & bit != 0 {
        return Err(row.wrong("letter: given twice"));
    }
    *seen |= bit;
    Ok(*letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Vec<(u8, bool)>, TableError> {
        rows("sample", text, b',', |row| Ok((row.parse("n")?, row.flag("f")?)))
    }

    #[test]
    fn errors_name_the_line() {
        assert_eq!(load("n,f\n# note\n1,yes\n2,no\n"), Ok(vec![(1, true), (2, false)]));
        assert_eq!(load("n,f\n1,yes\n300,no\n").map_err(|e| e.line), Err(3));
        assert_eq!(load("n,f\n1,perhaps\n").map_err(|e| e.line), Err(2));
        assert_eq!(load("n,f\n1\n").map_err(|e| e.line), Err(2));
        let missing = load("n\n1\n").expect_err("no column f");
        assert_eq!(missing.to_string(), "table sample, line 2: no column f");
    }
}
