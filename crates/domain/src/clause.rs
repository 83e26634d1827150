//! Clauses of law as data: read from TOML, looked up by their id.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// How sure the source of a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confidence {
    /// Read in the text of a law, or in two independent sources.
    #[serde(rename = "H")]
    High,
    /// One decent source.
    #[serde(rename = "M")]
    Medium,
    /// Memory, sources disagree, or our own choice where the law is silent.
    #[serde(rename = "L")]
    Low,
}

/// A clause of law or of a published policy, with the days on which it was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// Stable name, e.g. `L2 Art.16(3)`.
    pub id: String,
    /// How a person cites it.
    pub title: Text,
    /// What it says: the wording of the law in Chinese, our translation in English.
    pub text: Text,
    /// Where it was found (section 0 of the domain notes).
    pub source: String,
    /// First day in force.
    pub in_force_from: Date,
    /// Last day in force; `None` while it is.
    pub in_force_to: Option<Date>,
    /// How sure the source is.
    pub confidence: Confidence,
}

/// The largest document of clauses that is read, in bytes.
pub const MAX_CLAUSES_BYTES: usize = 1024 * 1024;

/// What is wrong with a document of clauses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{document}: {problem}")]
pub struct ClausesError {
    /// The document's name.
    pub document: &'static str,
    /// What is wrong.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    clause: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title_zh: String,
    title_en: String,
    text_zh: String,
    text_en: String,
    source: String,
    in_force_from: Date,
    in_force_to: Option<Date>,
    confidence: Confidence,
}

/// Reads the clauses of a document. An empty text or an end before the beginning is an error; ids may still stand twice.
pub(crate) fn read_clauses(text: &str) -> Result<Vec<Clause>, String> {
    if text.len() > MAX_CLAUSES_BYTES {
        return Err(format!("larger than {MAX_CLAUSES_BYTES} bytes"));
    }
    let rows: Document = toml::from_str(text).map_err(|e| e.to_string())?;
    rows.clause
        .into_iter()
        .map(|row| {
            let texts = [&row.id, &row.title_zh, &row.title_en, &row.text_zh, &row.text_en, &row.source];
            if texts.iter().any(|text| text.trim().is_empty()) {
                return Err(format!("{:?} has an empty text", row.id));
            }
            if row.in_force_to.is_some_and(|to| to < row.in_force_from) {
                return Err(format!("{:?} ends before it begins", row.id));
            }
            Ok(Clause {
                id: row.id,
                title: Text::made(row.title_zh, row.title_en),
                text: Text::made(row.text_zh, row.text_en),
                source: row.source,
                in_force_from: row.in_force_from,
                in_force_to: row.in_force_to,
                confidence: row.confidence,
            })
        })
        .collect()
}

/// The clauses of one document, each id once.
#[derive(Debug, Clone)]
pub struct Clauses {
    list: Vec<Clause>,
}

impl Clauses {
    /// Reads a document (`[[clause]]` tables). An empty text, an id given twice, or an end before the beginning is an error.
    pub fn read(document: &'static str, text: &str) -> Result<Self, ClausesError> {
        let list = read_clauses(text).map_err(|problem| ClausesError { document, problem })?;
        for (n, clause) in list.iter().enumerate() {
            if list[..n].iter().any(|known| known.id == clause.id) {
                return Err(ClausesError { document, problem: format!("{:?} is given twice", clause.id) });
            }
        }
        Ok(Self { list })
    }

    /// The clause of an id.
    pub fn get(&self, id: &str) -> Option<&Clause> {
        self.list.iter().find(|clause| clause.id == id)
    }

    /// Every clause, in the order of the document.
    pub fn all(&self) -> &[Clause] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
[[clause]]
id = "X Art.1"
title_zh = "甲"
title_en = "A"
text_zh = "乙"
text_en = "B"
source = "here"
in_force_from = "2022-04-01"
confidence = "H"
"#;

    fn problem(text: &str) -> String {
        Clauses::read("sample", text).expect_err("broken").problem
    }

    #[test]
    fn a_clause_is_found_by_its_id_and_broken_documents_are_refused() {
        let clauses = Clauses::read("sample", ONE).expect("readable");
        assert_eq!(clauses.get("X Art.1").map(|c| c.in_force_from), Some(jiff::civil::date(2022, 4, 1)));
        assert_eq!(clauses.get("X Art.2"), None);
        assert_eq!(clauses.all().len(), 1);
        assert!(problem(&format!("{ONE}{ONE}")).contains("twice"));
        assert!(problem(&ONE.replace("\"乙\"", "\" \"")).contains("empty"));
        assert!(problem(&format!("{ONE}in_force_to = \"2022-03-31\"\n")).contains("before"));
        assert!(problem(&format!("{ONE}colour = \"red\"\n")).contains("colour"));
    }
}
