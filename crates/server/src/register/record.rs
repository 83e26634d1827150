//! One row of a register before its values are understood: texts by column, whatever format they came in.

use super::columns::{ColumnSet, Header};
use super::limits::FIELD_MAX;
use super::reject::Reject;
use luzheng_domain::text::Text;

/// The texts of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    /// By place in the column set. `None`: the file does not have the column, which says nothing about the vehicle; an empty text: it
    /// has it, and the value is empty.
    pub cells: Vec<Option<String>>,
    /// What is already known to be wrong.
    pub rejects: Vec<Reject>,
    /// The row has as many values as it should; values behind a cut are unknown, not empty.
    pub whole: bool,
}

impl Record {
    pub(super) fn empty(line: u64, set: &ColumnSet) -> Self {
        Self { line, cells: vec![None; set.len()], rejects: Vec::new(), whole: true }
    }

    /// From the fields of a row under a header.
    pub(super) fn from_fields(line: u64, fields: Vec<String>, header: &Header, set: &'static ColumnSet) -> Self {
        let mut record = Self::empty(line, set);
        let (got, expected) = (fields.len(), header.places.len());
        let mut fields = fields;
        if got < expected {
            record.whole = false;
            // The last value is where the cut went through: judging half a value would only mislead.
            fields.pop();
            record.rejects.push(Reject::of_row(
                line,
                "truncated_row",
                Text::made(
                    format!("只有 {got} 列，应有 {expected} 列，这一行被截断"),
                    format!("{got} columns instead of {expected}: the line is cut off"),
                ),
            ));
        } else if fields[expected..].iter().any(|f| !f.trim().is_empty()) {
            record.whole = false;
            record.rejects.push(Reject::of_row(
                line,
                "surplus_columns",
                Text::made(
                    format!("有 {got} 列，应为 {expected} 列，值可能错位"),
                    format!("{got} columns instead of {expected}: the values may have slipped"),
                ),
            ));
            // Values under the wrong header would only produce wrong explanations.
            return record;
        }
        for (field, place) in fields.into_iter().zip(&header.places) {
            if let Some(place) = *place {
                record.cells[place] = Some(field);
            }
        }
        record
    }

    /// Finds what no column may hold: bytes that were no characters, control characters, texts beyond the ceiling.
    pub(super) fn check_characters(&mut self, set: &'static ColumnSet) {
        for (place, cell) in self.cells.iter_mut().enumerate() {
            let Some(text) = cell else { continue };
            let column = set.get(place);
            let (code, message) = if text.contains('\u{FFFD}') {
                (
                    "broken_characters",
                    Text::fixed("有无法解码的字节", "bytes that are no characters of the file's encoding"),
                )
            } else if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
                ("control_character", Text::fixed("含控制字符", "control characters"))
            } else if text.len() > FIELD_MAX {
                (
                    "value_too_long",
                    Text::made(format!("超过 {FIELD_MAX} 字节"), format!("longer than {FIELD_MAX} bytes")),
                )
            } else {
                continue;
            };
            self.rejects.push(Reject::of_value(self.line, column, text, code, message));
            // Explained; the row parser passes over columns it is not given.
            self.whole = false;
            *cell = None;
        }
    }
}
