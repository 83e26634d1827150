//! Verdicts for those who ask on-line: the same function, against the same published lists that everybody has.

use crate::app::App;
use jiff::Timestamp;
use luzheng_credential::verify::{Question, Report, verify};

/// Judges a code against what is published, now or as of an instant. The server's own clock counts as confirmed.
pub fn online(app: &App, code: &str, expected_plate: Option<&str>, at: Option<Timestamp>) -> Report {
    let published = app.published();
    let hosts = [app.settings.code_host.clone()];
    let question = Question {
        now: at.unwrap_or_else(|| app.clock.now()),
        clock_confirmed: true,
        expected_plate,
        our_hosts: &hosts,
    };
    verify(code, published.trust.as_ref(), &published.book, &question)
}
