//! What an owner is told about their passkeys: whoever gets hold of a phone for a minute could otherwise leave a key of their own behind unseen.

use crate::clock::china;
use crate::usecase::account::DeviceInfo;
use crate::usecase::error::Used;
use crate::usecase::notice;
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_store::Tx;
use luzheng_store::passkey::StoredPasskey;
use serde::{Deserialize, Serialize};

/// Kind of the notice that a passkey was added.
pub const ADDED: &str = "passkey_added";
/// Kind of the notice that a passkey seems to exist twice.
pub const COPIED: &str = "passkey_copied";

/// What puts it into words: no name that somebody typed.
#[derive(Serialize, Deserialize)]
struct Params {
    device: String,
    at: Timestamp,
}

/// Tells the owner, once for each passkey; somebody of whom the register knows nothing has no inbox.
pub(super) async fn tell(
    tx: &mut Tx,
    passkey: &StoredPasskey,
    kind: &str,
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<()> {
    let Some(owner) = tx.find_person(passkey.person).await?.and_then(|person| person.owner) else { return Ok(()) };
    let params = Params { device: device.family.clone(), at: now };
    notice::add(tx, owner, &format!("{kind}:{}", passkey.id), kind, &params, now).await.map(drop)
}

/// The words of a notice about a passkey.
pub(crate) fn words(kind: &str, params: &str) -> Option<(Text, Text)> {
    if kind != ADDED && kind != COPIED {
        return None;
    }
    let Params { device, at } = serde_json::from_str(params).ok()?;
    let at = at.to_zoned(china()).strftime("%Y-%m-%d %H:%M").to_string();
    Some(if kind == ADDED {
        (
            Text::new("您的账号添加了通行密钥", "A passkey was added to your account"),
            Text::new(
                format!("{at}，{device}。如果不是您本人操作，请在“账号与安全”中删除它，并退出所有设备。"),
                format!(
                    "{at}, {device}. If this was not you, remove it under “Account and security” and sign out everywhere."
                ),
            ),
        )
    } else {
        (
            Text::new("您的一把通行密钥可能被复制", "One of your passkeys may have been copied"),
            Text::new(
                format!("{at}，{device}，有人用它登录，已被拒绝。请在“账号与安全”中删除这把通行密钥，再重新添加。"),
                format!(
                    "{at}, {device}: somebody used it and was refused. Remove this passkey under “Account and security” and make a new one."
                ),
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notices_have_words() {
        let params = r#"{"device":"Chrome · Android","at":"2026-11-20T04:00:00Z"}"#;
        for kind in [ADDED, COPIED] {
            let (title, body) = words(kind, params).unwrap();
            assert!(title.zh.contains("通行密钥") && body.zh.starts_with("2026-11-20 12:00，Chrome · Android"));
            assert!(title.en.to_lowercase().contains("passkey") && body.en.contains("Account and security"));
        }
        assert!(words("new_device", params).is_none() && words(ADDED, "{}").is_none());
    }
}
