//! Whether the system can do its work, and what `luzheng doctor` looks at.

use super::error::{Kind, UseError, Used};
use super::view::Text;
use crate::app::App;
use luzheng_store::key::KeyState;
use serde::Serialize;

/// Ready for everything: the database answers, and codes can be verified.
///
/// # Errors
/// What stands in the way.
pub async fn ready(app: &App) -> Used<()> {
    ready_to_verify(app)?;
    app.store.answers().await.map_err(|error| {
        let sentence =
            "the database does not answer; codes are still verified from what was published, all else has to wait";
        UseError::unavailable("database_away", sentence, error)
    })
}

/// Ready to verify codes, for which no database is needed: a trust list is published and not past its end.
///
/// # Errors
/// What stands in the way.
pub fn ready_to_verify(app: &App) -> Used<()> {
    let published = app.published();
    let trust = published
        .trust
        .as_ref()
        .ok_or_else(|| UseError::new(Kind::Unavailable, "no_trust_list", "no trust list is published"))?;
    if trust.exp() <= app.clock.now().as_second() {
        return Err(UseError::new(Kind::Unavailable, "trust_list_expired", "the trust list is past its end"));
    }
    Ok(())
}

/// A pack older than this says that the daily making of packs has failed, in hours: a day and half of the next.
const PACK_HOURS: i64 = 36;

/// One thing the doctor looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// Whether it is well.
    pub ok: bool,
    /// What was seen, and what to do when it is not well.
    pub says: Text,
}

fn finding(what: &'static str, ok: bool, zh: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding { what, ok, says: Text::new(zh, en) }
}

/// What is kept about checks, and what the watch over them raised.
async fn guarded(app: &App) -> Used<[Finding; 2]> {
    let overdue = super::retention::overdue(app).await?;
    let named: Vec<String> = overdue.iter().map(|(what, oldest)| format!("{what} ({oldest})")).collect();
    let kept = if overdue.is_empty() {
        let (zh, en) = ("超过保存期限的记录已清除", "nothing is kept longer than it may be");
        finding("retention", true, zh, en)
    } else {
        let named = named.join(", ");
        let zh = format!("有记录超过保存期限未清除:{named};请确认后台任务在运行");
        let en = format!("kept longer than it may be: {named}; see that a process with the role jobs runs");
        finding("retention", false, zh, en)
    };
    let open = app.store.read().await?.open_flags().await?;
    Ok([kept, finding("flags", true, format!("待处理的异常提示 {open} 条"), format!("{open} flags wait for staff"))])
}

/// Looks at keys, clock, status lists, queue, journal and storage.
///
/// # Errors
/// The store does not answer at all.
pub async fn examine(app: &App) -> Used<Vec<Finding>> {
    let now = app.clock.now();
    let mut out = Vec::new();
    let mut tx = app.store.read().await?;
    let vehicles = tx.vehicle_count().await?;
    out.push(finding(
        "storage",
        true,
        format!("数据库正常,共 {vehicles} 辆机动车"),
        format!("the database answers; {vehicles} vehicles"),
    ));

    let queue = tx.job_counts(now).await?;
    out.push(finding(
        "queue",
        queue.given_up == 0,
        format!("待办 {},已放弃 {}", queue.open, queue.given_up),
        format!("{} jobs open, {} given up", queue.open, queue.given_up),
    ));
    drop(tx);

    out.extend(guarded(app).await?);
    let table = app.key_table();
    for key in table.keys.iter().filter(|k| k.stored.state == KeyState::Active) {
        let kid = key.public_key.kid();
        let opened = super::signer(app, key).is_ok();
        let days = key.stored.not_after.duration_since(now).as_hours() / 24;
        out.push(finding(
            "key",
            opened && days >= 0,
            format!("{} 密钥 {kid}:{},剩余 {days} 天", key.key_use.code(), if opened { "可用" } else { "无法打开" }),
            format!(
                "{} key {kid}: {}, {days} days left",
                key.key_use.code(),
                if opened { "opens" } else { "cannot be opened" }
            ),
        ));
    }
    for key_use in super::key::FOUNDATION {
        if !table.keys.iter().any(|k| k.key_use == key_use && k.stored.state == KeyState::Active) {
            let code = key_use.code();
            out.push(finding(
                "key",
                false,
                format!("没有可用的 {code} 密钥"),
                format!("no active {code} key; run `luzheng keys generate --use {code}`"),
            ));
        }
    }

    let published = app.published();
    match &published.trust {
        Some(trust) => {
            let ahead = trust.iat() - now.as_second();
            out.push(finding(
                "clock",
                ahead < 90,
                if ahead < 90 {
                    "时钟与信任列表一致".into()
                } else {
                    format!("时钟比信任列表慢 {ahead} 秒")
                },
                if ahead < 90 {
                    "the clock agrees with the trust list".into()
                } else {
                    format!("the clock is {ahead} s behind the trust list")
                },
            ));
            let left = (trust.exp() - now.as_second()) / 86_400;
            out.push(finding(
                "trust_list",
                left > 7,
                format!("信任列表第 {} 号,剩余 {left} 天", trust.seq()),
                format!("trust list number {}, {left} days left", trust.seq()),
            ));
        }
        None => out.push(finding(
            "trust_list",
            false,
            "没有信任列表",
            "no trust list is published; run `luzheng keys generate`",
        )),
    }
    for (number, list) in &published.lists {
        let age = now.duration_since(list.iat).as_mins();
        out.push(finding(
            "status_list",
            age < 24 * 60,
            format!("状态列表 {number}:{age} 分钟前发布"),
            format!("status list {number}: published {age} minutes ago"),
        ));
    }
    out.extend(pack_finding(app).await?);
    Ok(out)
}

/// The age of the pack for readers without a network. None at all is no fault of a process that makes none.
async fn pack_finding(app: &App) -> Used<Option<Finding>> {
    let Some(age) = super::pack::age_hours(app).await? else { return Ok(None) };
    let (zh, en) = (format!("离线数据包:{age} 小时前制作"), format!("the pack was made {age} hours ago"));
    Ok(Some(finding("pack", age < PACK_HOURS, zh, en)))
}
