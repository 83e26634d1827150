//! How often something may be tried, and for how long it is locked afterwards. The counts are kept in the store, so that all processes of a system
//! count together; each is found by a keyed digest, so that nobody's phone or address can be read from it.

use super::device::DeviceInfo;
use crate::usecase::error::{Kind, UseError, Used};
use jiff::{SignedDuration, Timestamp};
use luzheng_store::Tx;
use luzheng_store::attempt::Attempts;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A limit on something that may fail.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What it counts: part of the key.
    pub scope: &'static str,
    /// After so many failures within the window it is locked.
    pub tries: u32,
    /// The window, in seconds from the first failure in it.
    pub window_s: i64,
    /// For how long it is locked the first time, the second …, in seconds; the last holds for all later ones.
    pub locks_s: &'static [i64],
}

/// Wrong one-time codes for one phone.
pub const CODE_OF_PHONE: Limit =
    Limit { scope: "code of phone", tries: 5, window_s: DAY, locks_s: &[15 * MINUTE, HOUR, 4 * HOUR, DAY] };
/// Wrong one-time codes from one network: somebody tries many phones.
pub const CODE_FROM_NETWORK: Limit =
    Limit { scope: "code from network", tries: 60, window_s: HOUR, locks_s: &[HOUR, 4 * HOUR, DAY] };
/// Names and numbers from one account that do not agree with the register.
pub const IDENTITY_OF_ACCOUNT: Limit =
    Limit { scope: "identity of account", tries: 5, window_s: DAY, locks_s: &[HOUR, DAY] };
/// Names tried with one identity number, by whatever account.
pub const IDENTITY_OF_NUMBER: Limit =
    Limit { scope: "identity of number", tries: 10, window_s: DAY, locks_s: &[4 * HOUR, DAY] };
/// The same from one network.
pub const IDENTITY_FROM_NETWORK: Limit =
    Limit { scope: "identity from network", tries: 60, window_s: HOUR, locks_s: &[HOUR, DAY] };
/// Wrong counter codes from one account.
pub const COUNTER_OF_ACCOUNT: Limit =
    Limit { scope: "counter of account", tries: 5, window_s: DAY, locks_s: &[HOUR, DAY] };
/// Wrong counter codes from one network.
pub const COUNTER_FROM_NETWORK: Limit =
    Limit { scope: "counter from network", tries: 30, window_s: HOUR, locks_s: &[HOUR, DAY] };

/// What the growing waits between one-time codes to one phone are counted under.
const PACE: &str = "pace of phone";
/// The wait after the first code to a phone within a day, the second …, in seconds; the last holds for all later ones.
pub const WAITS_S: &[i64] = &[MINUTE, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, HOUR, 2 * HOUR];
/// What the codes asked for from one network are counted under.
const CODES: &str = "codes from network";
/// What the ceremonies begun from one network are counted under, and how many it may begin in an hour: many people share one behind a carrier's NAT.
const CEREMONIES: &str = "ceremonies from network";
const CEREMONIES_AN_HOUR: u32 = 600;

fn bucket(tx: &Tx, scope: &str, who: &str) -> [u8; 16] {
    tx.vault().index(&format!("attempt {scope}"), who.as_bytes())
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

/// Seconds from now, rounded up, so that whoever waits as long is let in.
fn seconds_until(now: Timestamp, then: Timestamp) -> i64 {
    (then.duration_since(now).as_millis().max(0) + 999).div_euclid(1_000).try_into().unwrap_or(i64::MAX)
}

fn step(steps: &[i64], number: u32) -> i64 {
    let last = steps.len().saturating_sub(1);
    steps.get(usize::try_from(number).unwrap_or(last).min(last)).copied().unwrap_or(DAY)
}

/// The counts as they are now: what is old enough is forgotten.
async fn counts(tx: &mut Tx, bucket: [u8; 16], window_s: i64, now: Timestamp) -> Used<Attempts> {
    let mut found = tx.lock_attempts(bucket, now).await?;
    if found.forget_at <= now {
        found = Attempts { tries: 0, since: now, locks: 0, locked_until: now, forget_at: now };
    } else if later(found.since, window_s) <= now {
        (found.tries, found.since) = (0, now);
    }
    Ok(found)
}

fn locked(code: &'static str, seconds: i64) -> UseError {
    let sentence = format!("too many tries; please wait {seconds} seconds");
    UseError::new(Kind::TooOften, code, sentence).retry_after(seconds)
}

/// Lets somebody try unless it is locked.
///
/// # Errors
/// `locked`, with the time to wait; the store.
pub async fn admit(tx: &mut Tx, limit: &Limit, who: &str, now: Timestamp) -> Used<()> {
    let bucket = bucket(tx, limit.scope, who);
    let found = counts(tx, bucket, limit.window_s, now).await?;
    if found.locked_until > now { Err(locked("locked", seconds_until(now, found.locked_until))) } else { Ok(()) }
}

/// Counts a failure. Answers how many tries are left, or with the error `locked` as a value when this was the last: the caller commits first.
///
/// # Errors
/// The store.
pub async fn failed(tx: &mut Tx, limit: &Limit, who: &str, now: Timestamp) -> Used<Result<u32, UseError>> {
    let bucket = bucket(tx, limit.scope, who);
    let mut found = counts(tx, bucket, limit.window_s, now).await?;
    if found.tries == 0 {
        found.since = now;
    }
    found.tries += 1;
    let outcome = if found.tries >= limit.tries {
        let seconds = step(limit.locks_s, found.locks);
        (found.tries, found.locks) = (0, found.locks.saturating_add(1));
        found.locked_until = later(now, seconds);
        metrics::counter!("luzheng_account_locks_total", "scope" => limit.scope).increment(1);
        Err(locked("locked", seconds))
    } else {
        Ok(limit.tries - found.tries)
    };
    // Whoever is locked again within a day of the last lock waits longer.
    found.forget_at = later(found.locked_until.max(found.since), limit.window_s.max(DAY));
    tx.put_attempts(bucket, &found).await?;
    Ok(outcome)
}

/// Forgets failures: it succeeded.
///
/// # Errors
/// The store.
pub async fn succeeded(tx: &mut Tx, limit: &Limit, who: &str) -> Used<()> {
    let bucket = bucket(tx, limit.scope, who);
    Ok(tx.forget_attempts(bucket).await?)
}

/// Lets a one-time code go to a phone unless the last one went too short a time ago. Answers after how many seconds the next may go; the waits grow.
///
/// # Errors
/// `too_often`, with the time to wait; the store.
pub async fn pace(tx: &mut Tx, phone: &str, now: Timestamp) -> Used<i64> {
    let bucket = bucket(tx, PACE, phone);
    let mut found = counts(tx, bucket, DAY, now).await?;
    if found.locked_until > now {
        return Err(locked("too_often", seconds_until(now, found.locked_until)));
    }
    let wait = step(WAITS_S, found.tries);
    found.tries += 1;
    found.locked_until = later(now, wait);
    found.forget_at = later(now, DAY);
    tx.put_attempts(bucket, &found).await?;
    Ok(wait)
}

/// The phone's owner got in: the next code may go at once.
///
/// # Errors
/// The store.
pub async fn pace_again(tx: &mut Tx, phone: &str) -> Used<()> {
    let bucket = bucket(tx, PACE, phone);
    Ok(tx.forget_attempts(bucket).await?)
}

/// Lets a one-time code be asked for from a network, so many an hour.
///
/// # Errors
/// `too_often`, with the time to wait; the store.
pub async fn code_from(tx: &mut Tx, network: &str, most: u32, now: Timestamp) -> Used<()> {
    an_hour(tx, CODES, network, most, now).await
}

/// Lets a sign-in by passkey, or a way to an identity platform, be begun from a network: so many an hour, since each is kept until it ends.
///
/// # Errors
/// `too_often`, with the time to wait; the store.
pub async fn begun(tx: &mut Tx, device: &DeviceInfo, now: Timestamp) -> Used<()> {
    let Some(network) = &device.network else { return Ok(()) };
    an_hour(tx, CEREMONIES, network, CEREMONIES_AN_HOUR, now).await
}

async fn an_hour(tx: &mut Tx, scope: &str, network: &str, most: u32, now: Timestamp) -> Used<()> {
    let bucket = bucket(tx, scope, network);
    let mut found = counts(tx, bucket, HOUR, now).await?;
    let ends = later(found.since, HOUR);
    if found.tries >= most {
        return Err(locked("too_often", seconds_until(now, ends)));
    }
    found.tries += 1;
    found.forget_at = ends;
    tx.put_attempts(bucket, &found).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_and_stay() {
        for limit in [CODE_OF_PHONE, CODE_FROM_NETWORK, IDENTITY_OF_ACCOUNT, IDENTITY_OF_NUMBER, COUNTER_OF_ACCOUNT] {
            assert!(limit.locks_s.is_sorted() && !limit.locks_s.is_empty(), "{}", limit.scope);
        }
        assert!(WAITS_S.is_sorted());
        assert_eq!(
            [0, 1, 2, 3, 4, u32::MAX].map(|n| step(CODE_OF_PHONE.locks_s, n)),
            [900, 3_600, 14_400, 86_400, 86_400, 86_400]
        );
    }

    #[test]
    fn whoever_waits_as_long_as_told_is_let_in() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        assert_eq!(seconds_until(at(0), at(1)), 1);
        assert_eq!(seconds_until(at(0), at(60_000)), 60);
        assert_eq!(seconds_until(at(5), at(0)), 0);
    }
}
