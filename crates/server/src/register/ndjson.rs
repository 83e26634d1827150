//! Rows as JSON objects, one a line.

use super::columns::{ColumnSet, Unknown};
use super::record::Record;
use super::reject::Reject;
use luzheng_domain::text::Text;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Reads one line as a row. Whatever is wrong with it is among the record's rejects.
pub(super) fn record(line: u64, text: &str, set: &'static ColumnSet, unknown: &mut Unknown) -> Record {
    let mut record = Record::empty(line, set);
    let members = match serde_json::from_str::<Members>(text) {
        Ok(Members(members)) => members,
        Err(error) => {
            let at = error.column();
            record.whole = false;
            record.rejects.push(Reject::of_row(
                line,
                "not_json",
                Text::made(
                    format!("第 {at} 个字节处不是 JSON 对象"),
                    format!("not a JSON object, at byte {at}: {}", bare(&error)),
                ),
            ));
            return record;
        }
    };
    for (key, value) in members {
        let Some(place) = set.find(&key) else {
            unknown.note(&key);
            continue;
        };
        let column = set.get(place);
        if record.cells[place].is_some() {
            let message = Text::fixed("同一列给出了两次", "the column is given twice");
            record.rejects.push(Reject::of_value(line, column, "", "column_twice", message));
            continue;
        }
        record.cells[place] = Some(match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            Value::Number(number) => plain_number(&number),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(_) | Value::Object(_) => {
                let message = Text::fixed("应当是文字或数字", "a text or a number is expected");
                record.rejects.push(Reject::of_value(line, column, "", "not_a_single_value", message));
                String::new()
            }
        });
    }
    record
}

/// The parser's sentence without the position, which is always "line 1" here.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn plain_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => super::xlsx::float_text(float),
        _ => number.to_string(),
    }
}

/// The members of an object in their order, doubled keys included.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut out = Vec::new();
                while let Some(member) = map.next_entry()? {
                    out.push(member);
                }
                Ok(Members(out))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::vehicle;
    use super::*;

    fn read(text: &str) -> (Record, Vec<String>) {
        let mut unknown = Unknown::default();
        let record = record(3, text, vehicle(), &mut unknown);
        let names = unknown.names().map(str::to_owned).collect();
        (record, names)
    }

    fn codes(record: &Record) -> Vec<&str> {
        record.rejects.iter().map(|r| r.code).collect()
    }

    #[test]
    fn keys_in_either_language() {
        let (record, unknown) =
            read(r#"{"号牌号码":"苏B12345","seats":5,"phone":null,"note":"x","valid_until":202705.0}"#);
        let cell = |name: &str| record.cells[vehicle().find(name).expect("a column")].clone();
        assert_eq!(cell("plate_number").as_deref(), Some("苏B12345"));
        assert_eq!(cell("seats").as_deref(), Some("5"));
        assert_eq!(cell("phone").as_deref(), Some(""));
        assert_eq!(cell("valid_until").as_deref(), Some("202705"));
        assert_eq!(cell("vin"), None);
        assert_eq!(unknown, ["note"]);
        assert!(record.rejects.is_empty());
    }

    #[test]
    fn what_is_no_row() {
        assert_eq!(codes(&read("{\"vin\":").0), ["not_json"]);
        assert_eq!(codes(&read("[1]").0), ["not_json"]);
        assert_eq!(codes(&read("{} {}").0), ["not_json"]);
        assert_eq!(codes(&read(r#"{"vin":"A","车架号":"B"}"#).0), ["column_twice"]);
        assert_eq!(codes(&read(r#"{"status":["G"]}"#).0), ["not_a_single_value"]);
        let deep = "[".repeat(100_000);
        assert_eq!(codes(&read(&format!("{{\"vin\":{deep}")).0), ["not_json"]);
    }
}
