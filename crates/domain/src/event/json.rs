//! JSON read strictly: every member known, none twice, every error with its pointer (RFC 6901).

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};

/// The largest event about a vehicle that is read, in bytes; events of other kinds may have ceilings of their own.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;

/// The longest text in an event, in characters.
pub const MAX_TEXT_CHARS: usize = 256;

/// What is wrong with an event, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer:?}: {problem}")]
pub struct EventError {
    /// Where: a JSON pointer, empty for the whole event.
    pub pointer: String,
    /// What.
    pub problem: EventProblem,
}

impl EventError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }
}

/// What is wrong at one place of an event. Sentences never repeat personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventProblem {
    /// Larger than the ceiling of its kind, in bytes.
    #[error("the event is larger than {0} bytes")]
    TooLarge(usize),
    /// Not JSON.
    #[error("this is not JSON: {0}")]
    NotJson(String),
    /// Another kind of value is needed.
    #[error("{wanted} is needed, not {found}")]
    WrongKind {
        /// What is needed.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A member is missing.
    #[error("this member is missing")]
    Missing,
    /// A member that this type does not have.
    #[error("this type of event has no such member")]
    UnknownMember,
    /// A member stands twice.
    #[error("this member stands twice")]
    Twice,
    /// Empty where something is needed.
    #[error("this must not be empty")]
    Empty,
    /// A text longer than [`MAX_TEXT_CHARS`].
    #[error("longer than {MAX_TEXT_CHARS} characters")]
    TooLong,
    /// A type of event that is not known.
    #[error("{0:?} is not a type of event")]
    UnknownType(String),
    /// A value that cannot be read; `code` is that of the value's own error.
    #[error("{sentence}")]
    Value {
        /// Stable code.
        code: &'static str,
        /// What is wrong with it.
        sentence: String,
    },
    /// Members that belong together are not all there.
    #[error("{0} belong together")]
    Together(&'static str),
    /// Two members contradict each other.
    #[error("this contradicts {0}")]
    Contradicts(&'static str),
    /// A change or correction that changes nothing.
    #[error("nothing is changed")]
    NothingChanged,
}

impl EventProblem {
    /// The stable code of this problem.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "event_too_large",
            Self::NotJson(_) => "not_json",
            Self::WrongKind { .. } => "wrong_type",
            Self::Missing => "missing_member",
            Self::UnknownMember => "unknown_member",
            Self::Twice => "duplicate_member",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::UnknownType(_) => "unknown_event_type",
            Self::Value { code, .. } => code,
            Self::Together(_) => "incomplete",
            Self::Contradicts(_) => "contradiction",
            Self::NothingChanged => "nothing_changed",
        }
    }
}

/// A JSON value that remembers members standing twice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Whole(u64),
    Number,
    Text(String),
    List,
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Reads a whole event of at most so many bytes.
    pub fn read(bytes: &[u8], max_bytes: usize) -> Result<Self, EventError> {
        let whole = |problem| EventError { pointer: String::new(), problem };
        if bytes.len() > max_bytes {
            return Err(whole(EventProblem::TooLarge(max_bytes)));
        }
        serde_json::from_slice(bytes).map_err(|e| whole(EventProblem::NotJson(e.to_string())))
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Whole(_) | Self::Number => "a number",
            Self::Text(_) => "a text",
            Self::List => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Whole(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        // No event has a list: its elements are read past.
        while list.next_element::<Node>()?.is_some() {}
        Ok(Node::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry::<String, Node>()? {
            members.push(member);
        }
        Ok(Node::Object(members))
    }
}

/// One object of an event, read member by member.
#[derive(Debug)]
pub(crate) struct Object<'n> {
    pointer: String,
    members: &'n [(String, Node)],
}

impl<'n> Object<'n> {
    /// Opens a value as an object that has only members of `known`, none twice.
    pub fn open(node: &'n Node, pointer: &str, known: &[&str]) -> Result<Self, EventError> {
        let Node::Object(members) = node else {
            let problem = EventProblem::WrongKind { wanted: "an object", found: node.kind() };
            return Err(EventError { pointer: pointer.to_owned(), problem });
        };
        let object = Self { pointer: pointer.to_owned(), members };
        for (n, (name, _)) in members.iter().enumerate() {
            if members[..n].iter().any(|(earlier, _)| earlier == name) {
                return Err(object.wrong(name, EventProblem::Twice));
            }
            if !known.contains(&name.as_str()) {
                return Err(object.wrong(name, EventProblem::UnknownMember));
            }
        }
        Ok(object)
    }

    /// An error at a member.
    pub fn wrong(&self, member: &str, problem: EventProblem) -> EventError {
        let name: String = member.chars().take(MAX_TEXT_CHARS).collect();
        EventError { pointer: format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1")), problem }
    }

    /// An error at the object itself.
    pub fn wrong_here(&self, problem: EventProblem) -> EventError {
        EventError { pointer: self.pointer.clone(), problem }
    }

    /// An error at a member whose value cannot be read.
    pub fn unreadable(&self, member: &str, code: &'static str, sentence: impl ToString) -> EventError {
        self.wrong(member, EventProblem::Value { code, sentence: sentence.to_string() })
    }

    /// A member, if it is there.
    pub fn find(&self, member: &str) -> Option<&'n Node> {
        self.members.iter().find(|(name, _)| name == member).map(|(_, node)| node)
    }

    /// A member that must be there.
    pub fn get(&self, member: &str) -> Result<&'n Node, EventError> {
        self.find(member).ok_or_else(|| self.wrong(member, EventProblem::Missing))
    }

    /// Whether any of the members is there.
    pub fn has_any(&self, members: &[&str]) -> bool {
        members.iter().any(|m| self.find(m).is_some())
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// A text, if the member is there: not empty, no control characters, not too long.
    pub fn find_text(&self, member: &str) -> Result<Option<&'n str>, EventError> {
        let Some(text) = self.find_long_text(member)? else { return Ok(None) };
        if text.chars().count() > MAX_TEXT_CHARS {
            return Err(self.wrong(member, EventProblem::TooLong));
        }
        if text.chars().any(char::is_control) {
            return Err(self.unreadable(member, "control_character", "control characters cannot stand in a text"));
        }
        Ok(Some(text))
    }

    /// A text without blanks around it, if the member is there: not empty, of any length and with any signs; the caller has the ceiling.
    pub fn find_long_text(&self, member: &str) -> Result<Option<&'n str>, EventError> {
        match self.find(member) {
            None => Ok(None),
            Some(Node::Text(text)) if text.trim().is_empty() => Err(self.wrong(member, EventProblem::Empty)),
            Some(Node::Text(text)) => Ok(Some(text.trim())),
            Some(other) => Err(self.wrong(member, EventProblem::WrongKind { wanted: "a text", found: other.kind() })),
        }
    }

    /// A text that must be there.
    pub fn get_text(&self, member: &str) -> Result<&'n str, EventError> {
        self.get(member)?;
        self.find_text(member)?.ok_or_else(|| self.wrong(member, EventProblem::Missing))
    }

    /// `true` or `false`, if the member is there.
    pub fn find_flag(&self, member: &str) -> Result<Option<bool>, EventError> {
        match self.find(member) {
            None => Ok(None),
            Some(Node::Bool(value)) => Ok(Some(*value)),
            Some(other) => {
                Err(self.wrong(member, EventProblem::WrongKind { wanted: "true or false", found: other.kind() }))
            }
        }
    }

    /// A whole number up to 65535, if the member is there.
    pub fn find_small_number(&self, member: &str) -> Result<Option<u16>, EventError> {
        let wanted = "a whole number from 0 to 65535";
        match self.find(member) {
            None => Ok(None),
            Some(Node::Whole(value)) => u16::try_from(*value)
                .map(Some)
                .map_err(|_| self.wrong(member, EventProblem::WrongKind { wanted, found: "a larger number" })),
            Some(other) => Err(self.wrong(member, EventProblem::WrongKind { wanted, found: other.kind() })),
        }
    }
}
