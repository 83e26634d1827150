//! One vector and its expectation, written by hand next to the code that makes the vector: nothing here asks the verifier.

use std::fs;

use luzheng_credential::qr::text;
use luzheng_credential::verify::{CheckName, Hint, Reason, Verdict};
use serde_json::{Map, Value, json};

use crate::world::{Anyhow, HOST, NOW, World};

/// A vector being described.
#[derive(Debug, Clone)]
pub struct Case {
    name: String,
    about: String,
    text: String,
    now: i64,
    clock_confirmed: bool,
    expected_plate: Option<String>,
    trust: Option<&'static str>,
    known_seq: u64,
    status: Vec<&'static str>,
    reason: Option<Reason>,
    failed: Vec<CheckName>,
    also_passed: Vec<CheckName>,
    unreached: Vec<CheckName>,
    hints: Vec<Hint>,
}

/// A vector that expects `valid`; the methods say what is different.
pub fn valid(name: &str, about: &str, message: &[u8]) -> Case {
    Case {
        name: format!("valid--{name}"),
        about: about.to_owned(),
        text: text::primary(HOST, message),
        now: NOW,
        clock_confirmed: true,
        expected_plate: None,
        trust: Some("trust/trust.json"),
        known_seq: 0,
        status: vec!["status/1.jwt"],
        reason: None,
        failed: Vec::new(),
        also_passed: Vec::new(),
        unreached: Vec::new(),
        hints: Vec::new(),
    }
}

/// A vector that expects `reason`, found by `check`.
pub fn refused(reason: Reason, check: CheckName, name: &str, about: &str, message: &[u8]) -> Case {
    let mut case = valid(name, about, message);
    case.name = format!("{}--{name}", reason.code());
    case.reason = Some(reason);
    case.failed = vec![check];
    case
}

impl Case {
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub fn at(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    pub fn unconfirmed(mut self) -> Self {
        self.clock_confirmed = false;
        self
    }

    pub fn plate(mut self, plate: &str) -> Self {
        self.expected_plate = Some(plate.to_owned());
        self
    }

    pub fn trust(mut self, file: Option<&'static str>) -> Self {
        self.trust = file;
        self
    }

    pub fn known_seq(mut self, seq: u64) -> Self {
        self.known_seq = seq;
        self
    }

    pub fn status(mut self, files: &[&'static str]) -> Self {
        self.status = files.to_vec();
        self
    }

    pub fn hint(mut self, hint: Hint) -> Self {
        self.hints.push(hint);
        self
    }

    pub fn also_failed(mut self, check: CheckName) -> Self {
        self.failed.push(check);
        self
    }

    /// Checks that pass although an earlier one in the list fails (a device's signature can only be checked after the claims).
    pub fn also_passed(mut self, checks: &[CheckName]) -> Self {
        self.also_passed = checks.to_vec();
        self
    }

    /// Checks that cannot be made because the claims do not even show what they need.
    pub fn unreached(mut self, checks: &[CheckName]) -> Self {
        self.unreached = checks.to_vec();
        self
    }

    /// Which checks pass, fail or are not reached follows from the first that fails: those before it passed, those after it are
    /// not reached. What only asks for attention stops nothing. The subject is reached only when a plate was given.
    fn checks(&self) -> Map<String, Value> {
        let stops = self.failed.iter().find(|c| !matches!(c, CheckName::State | CheckName::Freshness));
        let mut checks = Map::new();
        for check in CheckName::ALL {
            let outcome = if self.failed.contains(&check) {
                Some(false)
            } else if self.also_passed.contains(&check) {
                Some(true)
            } else if self.unreached.contains(&check)
                || stops.is_some_and(|stop| check as usize > *stop as usize)
                || (check == CheckName::Subject && self.expected_plate.is_none())
            {
                None
            } else {
                Some(true)
            };
            checks.insert(check.code().to_owned(), json!(outcome));
        }
        checks
    }

    fn verdict(&self) -> Verdict {
        self.reason.map_or(Verdict::Valid, Reason::verdict)
    }

    pub fn write(&self, world: &World) -> Anyhow<()> {
        let case = json!({
            "name": self.name,
            "about": self.about,
            "text": self.text,
            "now": jiff::Timestamp::from_second(self.now)?,
            "clock_confirmed": self.clock_confirmed,
            "expected_plate": self.expected_plate,
            "our_hosts": [HOST],
            "roots": "root.json",
            "trust": self.trust,
            "known_seq": self.known_seq,
            "status": self.status,
            "expect": {
                "verdict": self.verdict(),
                "reason": self.reason,
                "hints": self.hints,
                "checks": self.checks(),
            },
        });
        let path = world.folder.join("cases").join(format!("{}.json", self.name));
        if path.exists() {
            return Err(format!("two cases are called {}", self.name).into());
        }
        fs::write(path, serde_json::to_string_pretty(&case)? + "\n")?;
        Ok(())
    }
}
