//! Deadlines as a calendar file (RFC 5545): whole days, with alarms, each under an id that stays the same.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::fmt::Write;

/// Longest line before it is folded, in octets (RFC 5545 section 3.1).
const LINE: usize = 75;
/// At what time of the day a calendar reminds, in hours after midnight.
const ALARM_HOUR: u16 = 9;

/// One day in the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for the same deadline, whenever the file is made.
    pub uid: String,
    /// The day.
    pub day: Date,
    /// One line.
    pub summary: String,
    /// More.
    pub description: String,
    /// How many days before to remind.
    pub alarms: Vec<u16>,
}

/// Text as a property's value (section 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            // Control characters have no place in a calendar file, and a lone CR would end the line.
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Writes one line, folded between characters (section 3.1).
fn line(out: &mut String, content: &str) {
    let mut room = LINE;
    for c in content.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = LINE - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

fn day(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// How long before the day's midnight the alarm of `days` before rings, or after it for the day itself.
fn trigger(days: u16) -> String {
    match days {
        0 => format!("PT{ALARM_HOUR}H"),
        1 => format!("-PT{}H", 24 - ALARM_HOUR),
        n => format!("-P{}DT{}H", n - 1, 24 - ALARM_HOUR),
    }
}

/// The calendar as a file, made at an instant.
pub fn calendar(name: &str, language: &str, entries: &[Entry], made: Timestamp) -> String {
    let mut out = String::new();
    let stamp = made.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    for fixed in
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Luzheng//Deadlines//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    {
        line(&mut out, fixed);
    }
    line(&mut out, &format!("NAME:{}", escaped(name)));
    line(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    line(&mut out, "REFRESH-INTERVAL;VALUE=DURATION:P1D");
    for entry in entries {
        event(&mut out, entry, language, &stamp);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn event(out: &mut String, entry: &Entry, language: &str, stamp: &str) {
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}", escaped(&entry.uid)));
    line(out, &format!("DTSTAMP:{stamp}"));
    line(out, &format!("DTSTART;VALUE=DATE:{}", day(entry.day)));
    line(out, &format!("DTEND;VALUE=DATE:{}", day(entry.day.saturating_add(1.day()))));
    line(out, &format!("SUMMARY;LANGUAGE={language}:{}", escaped(&entry.summary)));
    line(out, &format!("DESCRIPTION;LANGUAGE={language}:{}", escaped(&entry.description)));
    // Nobody is busy because something is due.
    line(out, "TRANSP:TRANSPARENT");
    line(out, "CLASS:PRIVATE");
    for days in &entry.alarms {
        line(out, "BEGIN:VALARM");
        line(out, "ACTION:DISPLAY");
        let mut text = String::from("TRIGGER:");
        let _ = write!(text, "{}", trigger(*days));
        line(out, &text);
        line(out, &format!("DESCRIPTION:{}", escaped(&entry.summary)));
        line(out, "END:VALARM");
    }
    line(out, "END:VEVENT");
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn entry(summary: &str) -> Entry {
        Entry {
            uid: "licence:renewal:2026-12-31@luzheng".into(),
            day: date(2026, 12, 31),
            summary: summary.into(),
            description: "一、换证;\n二, 体检\\".into(),
            alarms: vec![30, 1, 0],
        }
    }

    fn made() -> Timestamp {
        "2026-11-22T10:00:00+08:00".parse().unwrap()
    }

    /// What a reader does first: unfold, then split.
    fn lines(file: &str) -> Vec<String> {
        file.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_file_as_calendars_read_it() {
        let file = calendar("路证", "zh-CN", &[entry("驾驶证换证")], made());
        let lines = lines(&file);
        for wanted in [
            "BEGIN:VCALENDAR",
            "UID:licence:renewal:2026-12-31@luzheng",
            "DTSTAMP:20261122T020000Z",
            "DTSTART;VALUE=DATE:20261231",
            "DTEND;VALUE=DATE:20270101",
            "SUMMARY;LANGUAGE=zh-CN:驾驶证换证",
            "DESCRIPTION;LANGUAGE=zh-CN:一、换证\\;\\n二\\, 体检\\\\",
            "TRIGGER:-P29DT15H",
            "TRIGGER:-PT15H",
            "TRIGGER:PT9H",
            "END:VCALENDAR",
        ] {
            assert!(lines.iter().any(|l| l == wanted), "{wanted} in {lines:#?}");
        }
        assert!(file.ends_with("END:VCALENDAR\r\n"));
        assert_eq!(calendar("路证", "zh-CN", &[entry("驾驶证换证")], made()), file);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_file(text in any::<String>()) {
            let file = calendar("n", "en", &[entry(&text)], made());
            for line in file.trim_end_matches("\r\n").split("\r\n") {
                prop_assert!(line.len() <= LINE, "{line:?}");
                prop_assert!(!line.chars().any(char::is_control));
            }
            let begins = lines(&file).iter().filter(|l| l.starts_with("BEGIN:")).count();
            prop_assert_eq!(begins, 5);
        }
    }
}
