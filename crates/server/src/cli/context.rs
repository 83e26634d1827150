//! What every command has: how to answer, and how to reach the system.

use crate::app::{App, Opening};
use crate::cli::Command;
use crate::clock::Clock;
use crate::config::Settings;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

/// Global choices of the command line.
#[derive(Debug, Clone)]
pub struct Context {
    /// Answer in JSON.
    pub json: bool,
    /// Configuration file.
    pub config: Option<PathBuf>,
}

impl Context {
    /// The settings from file and variables.
    ///
    /// # Errors
    /// Wrong use, naming the setting.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        Settings::read(self.config.as_deref()).map_err(|e| super::exit::usage("configuration", e.to_string()))
    }

    /// The system of an existing store; an empty store is prepared first, and that is said on stderr.
    ///
    /// # Errors
    /// The environment failed: database or keys.
    pub async fn app(&self) -> anyhow::Result<Arc<App>> {
        let (app, prepared) = App::open(self.settings()?, Clock::system(), Opening::PrepareWhenEmpty).await?;
        if let Some(prepared) = prepared {
            eprintln!("luzheng: {prepared}");
        }
        Ok(app)
    }

    /// Prints an answer: as JSON, or in words.
    pub fn answer<T: Serialize>(&self, value: &T, words: impl FnOnce() -> String) {
        if self.json {
            println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
        } else {
            println!("{}", words());
        }
    }

    /// A progress bar on stderr with rate and remaining time; nothing when stderr is not a terminal.
    pub fn progress(&self, total: Option<u64>, what: &'static str) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        }
        let bar = match total {
            Some(n) => ProgressBar::new(n),
            None => ProgressBar::no_length(),
        };
        let template = if total.is_some() {
            "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}"
        } else {
            "{msg} {spinner} {human_pos} {per_sec} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar
    }
}

/// Logs go to stderr; servers say what happens, commands only what goes wrong. `RUST_LOG` decides otherwise.
pub fn start_logging(command: &Command) {
    let usual = match command {
        Command::Serve(_) => "info,sqlx=warn",
        _ => "warn,sqlx=error,krilla=error,hayro=error",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    // A second start (in tests) keeps the first.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
