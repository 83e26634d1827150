//! How much a partner may ask: codes a minute and a day. Counted in memory, so that no verdict waits for a write; the day's usage is added up
//! in the store every few seconds and read back, so that processes know of each other. Between two readings each lets through what it knows
//! of: with n processes a partner may exceed its day by what it asks within those seconds, and its minute n times.

use super::Client;
use crate::app::App;
use crate::clock::{china_date, china_midnight};
use crate::usecase::error::{Kind, UseError, Used};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use luzheng_store::Tx;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Length of the shorter window, in seconds.
pub const MINUTE_S: i64 = 60;

/// How much partners have used.
#[derive(Debug, Default)]
pub struct Quotas {
    day: Date,
    minute: i64,
    used: HashMap<Uuid, Usage>,
}

/// What one partner has used.
#[derive(Debug, Default, Clone, Copy)]
struct Usage {
    /// Today, as the store knew it when it was last read.
    stored: u64,
    /// Today, not in the store yet.
    pending: u32,
    /// In this minute, in this process.
    minute: u32,
}

/// One window of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PartnerWindow)]
pub struct Window {
    /// Most codes within it.
    pub limit: u32,
    /// How many of them are used.
    pub used: u32,
    /// In how many seconds the next one begins.
    pub resets_in_s: u32,
}

impl Window {
    /// How many codes may still be asked within it.
    pub const fn left(self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// A partner's quota as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PartnerQuota)]
pub struct Quota {
    /// The day, from midnight in China.
    pub day: Window,
    /// The minute, by the clock.
    pub minute: Window,
}

fn whole(seconds: i64) -> u32 {
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}

impl Quotas {
    /// Begins new windows when the old ones are over. What was used in the last seconds of a day and is not in the store yet never gets there:
    /// nobody asks about the usage of a day that is over.
    fn turn(&mut self, now: Timestamp) {
        let (day, minute) = (china_date(now), now.as_second().div_euclid(MINUTE_S));
        if self.minute != minute {
            self.minute = minute;
            self.used.values_mut().for_each(|usage| usage.minute = 0);
        }
        if self.day != day {
            self.day = day;
            self.used.values_mut().for_each(|usage| (usage.stored, usage.pending) = (0, 0));
        }
    }

    fn of(&self, client: &Client, now: Timestamp) -> Quota {
        let usage = self.used.get(&client.id).copied().unwrap_or_default();
        let day_used = usage.stored.saturating_add(usage.pending.into());
        let tomorrow = self.day.saturating_add(1.day());
        Quota {
            day: Window {
                limit: client.day_limit,
                used: u32::try_from(day_used).unwrap_or(u32::MAX),
                resets_in_s: whole(china_midnight(tomorrow).as_second() - now.as_second()),
            },
            minute: Window {
                limit: client.minute_limit,
                used: usage.minute,
                resets_in_s: whole((self.minute + 1) * MINUTE_S - now.as_second()),
            },
        }
    }
}

fn quotas(app: &App) -> std::sync::MutexGuard<'_, Quotas> {
    app.partners.quotas.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How a partner's quota stands.
pub fn of(app: &App, client: &Client, now: Timestamp) -> Quota {
    let mut quotas = quotas(app);
    quotas.turn(now);
    quotas.of(client, now)
}

/// Counts so many codes, all or none of them.
///
/// # Errors
/// `batch_over_quota` when they are more than may ever be asked at once; `quota_minute`, `quota_day`.
pub fn take(app: &App, client: &Client, codes: u32, now: Timestamp) -> Used<Quota> {
    let mut quotas = quotas(app);
    quotas.turn(now);
    let before = quotas.of(client, now);
    if codes > client.minute_limit || codes > client.day_limit {
        let most = client.minute_limit.min(client.day_limit);
        let sentence =
            format!("{codes} at once are more than your quota ever allows; send at most {most} in one request");
        return Err(UseError::invalid("batch_over_quota", sentence));
    }
    for (window, code, name) in [(before.day, "quota_day", "day"), (before.minute, "quota_minute", "minute")] {
        if codes > window.left() {
            let sentence = format!(
                "{} of {} a {name} are used, and this asks for {codes} more; nothing was checked",
                window.used, window.limit
            );
            return Err(UseError::new(Kind::TooOften, code, sentence).retry_after(window.resets_in_s.into()));
        }
    }
    let usage = quotas.used.entry(client.id).or_default();
    usage.pending = usage.pending.saturating_add(codes);
    usage.minute = usage.minute.saturating_add(codes);
    Ok(quotas.of(client, now))
}

/// Takes over what the store says of a day. Nobody writes usage meanwhile (`reading`).
pub(super) fn take_over(app: &App, day: Date, usage: Vec<(Uuid, u64)>, now: Timestamp) {
    let mut quotas = quotas(app);
    quotas.turn(now);
    if quotas.day == day {
        for (client, used) in usage {
            quotas.used.entry(client).or_default().stored = used;
        }
    }
}

/// What is not in the store yet: partner, codes; and for which day.
pub(super) fn unwritten(app: &App) -> (Date, Vec<(Uuid, u32)>) {
    let quotas = quotas(app);
    let waiting = quotas.used.iter().filter(|(_, usage)| usage.pending > 0);
    (quotas.day, waiting.map(|(client, usage)| (*client, usage.pending)).collect())
}

/// Adds usage up in a transaction.
///
/// # Errors
/// The store.
pub(super) async fn write(tx: &mut Tx, day: Date, usage: &[(Uuid, u32)]) -> Used<()> {
    for (client, used) in usage {
        tx.add_partner_usage(*client, day, *used).await?;
    }
    Ok(())
}

/// Says that usage is in the store now. A day that ended meanwhile needs no counting any more.
pub(super) fn written(app: &App, day: Date, written: &[(Uuid, u32)]) {
    let mut quotas = quotas(app);
    if quotas.day != day {
        return;
    }
    for (client, used) in written {
        let usage = quotas.used.entry(*client).or_default();
        usage.pending = usage.pending.saturating_sub(*used);
        usage.stored = usage.stored.saturating_add((*used).into());
    }
}
