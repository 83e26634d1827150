//! Verdicts for those who ask on-line: the same function, against the same published lists that everybody has. No database is asked.

use super::trust::Published;
use crate::app::App;
use jiff::Timestamp;
use luzheng_credential::verify::{Question, Report, verify};
use std::slice;
use std::sync::Arc;

/// What is published at one moment, to judge one code or many against.
pub struct Checker<'a> {
    app: &'a App,
    published: Arc<Published>,
    now: Timestamp,
}

impl<'a> Checker<'a> {
    /// What is published now.
    pub fn new(app: &'a App) -> Self {
        Self { app, published: app.published(), now: app.clock.now() }
    }

    /// Judges a code, now or as of an instant. The server's own clock counts as confirmed.
    pub fn judge(&self, code: &str, expected_plate: Option<&str>, at: Option<Timestamp>) -> Report {
        let question = Question {
            now: at.unwrap_or(self.now),
            clock_confirmed: true,
            expected_plate,
            our_hosts: slice::from_ref(&self.app.settings.code_host),
        };
        verify(code, self.published.trust.as_ref(), &self.published.book, &question)
    }
}

/// Judges one code against what is published, now or as of an instant.
pub fn online(app: &App, code: &str, expected_plate: Option<&str>, at: Option<Timestamp>) -> Report {
    Checker::new(app).judge(code, expected_plate, at)
}
