//! The table behind [`super`]: read once, whole and without contradictions, or not at all.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use super::{Circumstance, Path, Responsibility, Seen};
use crate::clause::{Clause, Confidence};
use crate::text::Text;

/// The largest table that is read, in bytes.
pub const MAX_TABLE_BYTES: usize = 256 * 1024;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table::read(include_str!("../../data/accident/gates.json")).expect("the embedded table is checked by a test")
});

/// The embedded table.
pub fn table() -> &'static Table {
    &TABLE
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the table of accidents: {0}")]
pub struct TableError(pub String);

/// A way of dealing with an accident, in words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Which.
    pub code: Path,
    /// The id of the clause.
    pub clause: String,
    /// One sentence.
    pub title: Text,
    /// What to do, in order.
    pub steps: Vec<Text>,
}

/// A circumstance and where it leads.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Which.
    pub code: Circumstance,
    /// Where it leads.
    pub path: Path,
    /// The id of the clause.
    pub clause: String,
    /// How a person is asked about it.
    pub text: Text,
}

/// What a checked code means.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// `inspection_mark` or `driving_licence`.
    pub kind: String,
    /// What was seen.
    pub seen: Seen,
    /// The circumstance that it makes, if any.
    pub circumstance: Option<Circumstance>,
    /// What to do, in a sentence or two.
    pub text: Text,
}

/// A word with its code; its number in a record is its place in its list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The stable code.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The lists of words. Numbers in a record are places in these lists; responsibility begins at 0, the others at 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Shares of responsibility.
    pub responsibility: Vec<Word>,
    /// Forms of accidents.
    pub form: Vec<Word>,
    /// Weather.
    pub weather: Vec<Word>,
    /// Points of impact, clockwise from the front.
    pub impact: Vec<Word>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    clauses: Vec<Clause>,
    ways: Vec<Way>,
    gates: Vec<Gate>,
    reasons: BTreeMap<String, Seen>,
    /// What each checked code means.
    pub findings: Vec<Finding>,
    /// The words.
    pub words: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    clauses: Vec<Row>,
    paths: Vec<Way>,
    circumstances: Vec<Gate>,
    reasons: BTreeMap<String, Seen>,
    findings: Vec<Finding>,
    words: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title: Text,
    text: Text,
    source: String,
    in_force_from: Date,
    in_force_to: Option<Date>,
    confidence: Confidence,
}

impl From<Row> for Clause {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            title: row.title,
            text: row.text,
            source: row.source,
            in_force_from: row.in_force_from,
            in_force_to: row.in_force_to,
            confidence: row.confidence,
        }
    }
}

impl Table {
    /// Reads a table (JSON).
    ///
    /// # Errors
    /// [`TableError`] when it is too large, not of this form, or leaves something out: every path, every circumstance in the order of its bit, every
    /// finding of both kinds, and every clause that is named have to be there once.
    pub fn read(json: &str) -> Result<Self, TableError> {
        if json.len() > MAX_TABLE_BYTES {
            return Err(TableError(format!("larger than {MAX_TABLE_BYTES} bytes")));
        }
        let read: Document = serde_json::from_str(json).map_err(|e| TableError(e.to_string()))?;
        let table = Self {
            clauses: read.clauses.into_iter().map(Clause::from).collect(),
            ways: read.paths,
            gates: read.circumstances,
            reasons: read.reasons,
            findings: read.findings,
            words: read.words,
        };
        table.check().map_err(TableError)?;
        Ok(table)
    }

    fn check(&self) -> Result<(), String> {
        if self.ways.iter().map(|way| way.code).ne(Path::ALL) {
            return Err("not every path, the gravest last".to_owned());
        }
        if self.gates.iter().map(|gate| gate.code).ne(Circumstance::ALL) {
            return Err("not every circumstance in the order of its bit".to_owned());
        }
        let named = self.ways.iter().map(|way| &way.clause).chain(self.gates.iter().map(|gate| &gate.clause));
        for id in named {
            if self.clauses.iter().filter(|clause| clause.id == *id).count() != 1 {
                return Err(format!("clause {id:?} is not there once"));
            }
        }
        if self.ways.iter().any(|way| way.steps.is_empty()) || self.gates.iter().any(|gate| gate.path == Path::Settle) {
            return Err("a path without steps, or a circumstance that changes nothing".to_owned());
        }
        for kind in ["inspection_mark", "driving_licence"] {
            for seen in Seen::ALL {
                if self.findings.iter().filter(|f| f.kind == kind && f.seen == seen).count() != 1 {
                    return Err(format!("{kind} {seen:?} is not there once"));
                }
            }
        }
        if self.words.responsibility.len() != Responsibility::ALL.len() {
            return Err("not every share of responsibility".to_owned());
        }
        Ok(())
    }

    /// A clause by its id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// A path in words. Every path is there: [`Table::read`] saw to it.
    pub fn way(&self, path: Path) -> &Way {
        &self.ways[path as usize]
    }

    /// Where a circumstance leads. Every one is there: [`Table::read`] saw to it.
    pub fn gate(&self, circumstance: Circumstance) -> &Gate {
        &self.gates[circumstance as usize]
    }

    /// What a verdict's reason means at the roadside.
    pub fn seen(&self, reason: &str) -> Option<Seen> {
        self.reasons.get(reason).copied()
    }
}

impl Seen {
    /// Everything that can be seen.
    pub const ALL: [Self; 8] = [
        Self::InOrder,
        Self::Expired,
        Self::Withdrawn,
        Self::Red,
        Self::OtherVehicle,
        Self::NotGenuine,
        Self::Again,
        Self::Unknown,
    ];
}
