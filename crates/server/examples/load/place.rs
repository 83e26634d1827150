//! The store under load, and how durations become figures.

use anyhow::Context;
use luzheng::app::{App, Opening};
use luzheng::clock::Clock;
use luzheng::config::{Outgoing, ReviewSettings, Roles, Settings, SignInSettings};
use luzheng::jobs;
use luzheng_domain::driver::LicenceNumber;
use luzheng_store::driver::StoredDriver;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The token of the feed in this process.
pub const TOKEN: &str = "load-feed-token";

/// Where the store is.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The database, as for `luzheng`
    #[arg(long)]
    pub database: String,
    /// Keys and secrets
    #[arg(long)]
    pub data_dir: PathBuf,
    /// The register of drivers that was imported
    #[arg(long)]
    pub drivers: PathBuf,
}

/// A place and a pace.
#[derive(Debug, Clone, clap::Args)]
pub struct Paced {
    #[command(flatten)]
    pub place: Place,
    /// So many a second
    #[arg(long)]
    pub rate: u32,
    /// For so long
    #[arg(long)]
    pub seconds: u32,
}

impl Paced {
    /// How many in all.
    pub fn count(&self) -> usize {
        self.rate as usize * self.seconds as usize
    }

    /// The time between two.
    pub fn step(&self) -> Duration {
        Duration::from_secs(1) / self.rate.max(1)
    }
}

/// The system with its background, and the means to stop that.
pub struct Running {
    pub app: Arc<App>,
    stop: watch::Sender<bool>,
    tasks: tokio::task::JoinSet<()>,
}

impl Running {
    pub async fn start(place: &Place, review: ReviewSettings) -> anyhow::Result<Self> {
        let settings = Settings {
            database: place.database.clone(),
            data_dir: place.data_dir.clone(),
            listen: "127.0.0.1:0".into(),
            code_host: "localhost".into(),
            status_uri: "https://localhost/status/{list}".into(),
            feed_token: Some(TOKEN.into()),
            roles: Roles::ALL,
            demo: false,
            secure_cookies: false,
            account: luzheng::config::AccountSettings::default(),
            bound: luzheng::config::BoundSettings::default(),
            outgoing: Outgoing::default(),
            pack: luzheng::config::PackSettings::default(),
            paper: luzheng::config::PaperSettings::default(),
            partner: luzheng::config::PartnerSettings::default(),
            review,
            retention: luzheng::config::RetentionSettings::default(),
            webhook: luzheng::config::WebhookSettings::default(),
            watch: luzheng::config::WatchSettings::default(),
            sign_in: SignInSettings::localhost(),
        };
        let (app, _) = App::open(settings, Clock::system(), Opening::MustBePrepared)
            .await
            .map_err(|error| anyhow::anyhow!("{}: {error}", error.code))?;
        let (stop, stopped) = watch::channel(false);
        let tasks = jobs::start(&app, &stopped);
        Ok(Self { app, stop, tasks })
    }

    pub async fn end(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }

    /// The drivers of the register whom `wanted` takes, at most `count`, with their numbers.
    pub async fn drivers(
        &self,
        place: &Place,
        count: usize,
        wanted: impl AsyncFn(&StoredDriver) -> anyhow::Result<bool>,
    ) -> anyhow::Result<Vec<StoredDriver>> {
        let text = std::fs::read_to_string(&place.drivers).context("the register of drivers")?;
        let mut found = Vec::with_capacity(count);
        for line in text.lines().skip(1) {
            let number = line.split(',').next().unwrap_or("");
            let Ok(number) = LicenceNumber::parse(number) else { continue };
            let driver = self.app.store.read().await?.find_driver_by_number(&number.value).await?;
            if let Some(driver) = driver
                && wanted(&driver).await?
            {
                found.push(driver);
                if found.len() == count {
                    return Ok(found);
                }
            }
        }
        anyhow::bail!("only {} of {count} drivers fit", found.len())
    }
}

/// p50, p95, p99 and the longest, in milliseconds.
pub fn quantiles(mut seconds: Vec<f64>) -> Value {
    seconds.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = ((seconds.len() as f64 * share).ceil() as usize).clamp(1, seconds.len().max(1)) - 1;
        seconds.get(place).map(|s| (s * 1e4).round() / 10.0)
    };
    json!({"count": seconds.len(), "p50_ms": at(0.50), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1.0)})
}

/// Resident memory of this process now, in megabytes.
pub fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or("");
    let kb = line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    (kb / 100.0).round() / 10.0
}
