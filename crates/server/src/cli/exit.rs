//! Exit codes, and how a failure is told.

use crate::usecase::error::{Kind, UseError};
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The answer is "no".
    No = 1,
    /// Wrong use, or input that cannot be read.
    Usage = 2,
    /// Done, with rejects.
    Rejects = 3,
    /// The environment failed: database, key, disk.
    Environment = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// An error that already knows its exit code; made with [`usage`] or [`environment`].
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Ended {
    exit: Exit,
    code: &'static str,
    message: String,
}

/// Wrong use or unreadable input.
pub fn usage(code: &'static str, message: impl Into<String>) -> anyhow::Error {
    Ended { exit: Exit::Usage, code, message: message.into() }.into()
}

/// The environment failed.
pub fn environment(code: &'static str, message: impl Into<String>) -> anyhow::Error {
    Ended { exit: Exit::Environment, code, message: message.into() }.into()
}

/// Prints a failure (as JSON on stdout when asked for) and says how to end.
pub fn report(error: &anyhow::Error, json: bool) -> Exit {
    let (exit, code) = if let Some(ended) = error.downcast_ref::<Ended>() {
        (ended.exit, ended.code)
    } else if let Some(used) = error.downcast_ref::<UseError>() {
        let exit = match used.kind {
            Kind::Invalid | Kind::NotFound => Exit::Usage,
            Kind::Refused | Kind::Gone | Kind::TooOften | Kind::Conflict | Kind::Forbidden | Kind::Unauthenticated => {
                Exit::No
            }
            Kind::Unavailable | Kind::Broken => Exit::Environment,
        };
        (exit, used.code)
    } else {
        (Exit::Environment, "environment")
    };
    let message = sentence(error);
    if json {
        println!("{}", serde_json::json!({"error": {"code": code, "message": message}}));
    }
    eprintln!("luzheng: {message}");
    exit
}

/// The whole chain in one line, without saying anything twice.
fn sentence(error: &anyhow::Error) -> String {
    let mut out = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if out.is_empty() {
            out = text;
        } else if !out.contains(&text) {
            out = format!("{out}: {text}");
        }
    }
    out
}

/// `luzheng … | head` ends quietly instead of with a panic: the panic that std's print raises on a closed pipe becomes a plain end.
pub fn quiet_broken_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.to_string();
        if text.contains("failed printing to stdout") && text.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(info);
    }));
}
