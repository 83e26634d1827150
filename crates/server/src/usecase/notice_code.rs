//! The short signed code of a notice, by which anyone can ask "is this notice really from you?".
//!
//! A code is 16 characters of Crockford's base 32 in groups of four, 80 bits: 40 bits of reference, the last five bytes of the notice's id, by
//! which a small table finds it; and 40 bits of HMAC-SHA-256 over everything the notice says, to whom and when, under a key that lies sealed in
//! the store. So a code cannot be made up, and does not fit a notice whose words were changed in the database.
//!
//! How hopeless guessing is: with N notices stored and K keys kept a guess is right with probability N · K / 2^80. A country that keeps ten thousand
//! million notices (N = 10^10) under four keys: 3.3 · 10^-14. The throttle lets one address try ten times a minute, 5.3 million times a year: one
//! chance in six million a year. A million addresses that try without a pause, 167,000 times a second, find one code in six years; and what they
//! then learn is a title, a time, and a masked name. A false notice needs a code of its victim's own: no better than chance again.

use super::channel::Check;
use super::error::{UseError, Used};
use super::view::Text;
use crate::app::App;
use crate::chance;
use aws_lc_rs::{constant_time, hmac};
use jiff::Timestamp;
use luzheng_domain::{mask, text::half_width};
use luzheng_store::notice::{Notice, REFERENCE_LEN, reference};
use luzheng_store::{Store, Tx, Vault};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where the keys lie, sealed, the newest first.
const META_KEYS: &str = "notice_code_keys";
/// Length of a key.
const KEY_LEN: usize = 32;
/// How many keys are kept: codes made under an older one are no longer known. Each kept key makes a guess that much likelier.
pub const KEYS_MAX: usize = 4;
/// Bytes of the truncated HMAC.
const MAC_LEN: usize = 5;
/// Bytes of a code.
const CODE_LEN: usize = REFERENCE_LEN + MAC_LEN;
/// Characters of a code without its hyphens.
pub const CODE_CHARS: usize = CODE_LEN * 8 / 5;
/// Characters of a group.
const GROUP: usize = 4;
/// Longest text in which a code is looked for, in bytes: a code, or the whole address of the page with one.
pub const MAX_TEXT: usize = 400;
/// How often one address may ask within a minute.
pub const CHECKS_A_MINUTE: u32 = 10;
/// The page on which codes are checked.
pub const PAGE: &str = "/notice";

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The keys of codes, the newest first.
pub struct Codes {
    keys: Vec<hmac::Key>,
}

/// What is known of a code that somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeCheck {
    /// Whether we sent a notice with this code.
    pub genuine: bool,
    /// Its title.
    pub title: Option<Text>,
    /// When it was given.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// To whom, masked.
    pub to_masked: Option<String>,
    /// About which plate, masked.
    pub about_masked: Option<String>,
    /// What to make of it.
    pub advice: Text,
}

/// The bytes of a code as text in groups.
fn write(code: [u8; CODE_LEN]) -> String {
    let mut text = String::with_capacity(CODE_CHARS + CODE_CHARS / GROUP);
    let (mut held, mut bits, mut count) = (0_u32, 0_u32, 0);
    for byte in code {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if count > 0 && count % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
            count += 1;
        }
    }
    text
}

/// What a character stands for; `None`: nothing, it only keeps groups apart. An error: it cannot be in a code.
fn digit(character: char) -> Result<Option<u8>, ()> {
    let character = half_width(character).to_ascii_uppercase();
    if character.is_whitespace() || "-‐‑‒–—―−·.,_".contains(character) {
        return Ok(None);
    }
    let character = match character {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|known| char::from(*known) == character).ok_or(())?;
    u8::try_from(at).map(Some).map_err(|_| ())
}

/// Reads a code as people type it: in either case, full-width or not, with blanks or hyphens anywhere, O for 0, I or L for 1; also the address of
/// the page with the code behind its `#`.
fn read(text: &str) -> Option<[u8; CODE_LEN]> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let text = text.rsplit_once('#').map_or(text, |(_, code)| code);
    let digits: Vec<u8> = text.chars().map(digit).filter_map(Result::transpose).collect::<Result<_, ()>>().ok()?;
    if digits.len() != CODE_CHARS {
        return None;
    }
    let number = digits.iter().fold(0_u128, |number, digit| (number << 5) | u128::from(*digit));
    let bytes = number.to_be_bytes();
    Some(std::array::from_fn(|at| bytes[bytes.len() - CODE_LEN + at]))
}

fn mac(key: &hmac::Key, owner: Uuid, notice: &Notice) -> [u8; MAC_LEN] {
    let mut context = hmac::Context::with_key(key);
    context.update(b"luzheng notice code 1");
    context.update(owner.as_bytes());
    context.update(notice.id.as_bytes());
    context.update(&notice.created_at.as_microsecond().to_be_bytes());
    for text in [&notice.kind, &notice.params] {
        // The length first, so that no two notices give the same bytes.
        context.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(text.as_bytes());
    }
    let tag = context.sign();
    std::array::from_fn(|at| tag.as_ref()[at])
}

fn seal(vault: &Vault, keys: &[u8]) -> Used<Vec<u8>> {
    Ok(vault.seal("meta", "value", META_KEYS.as_bytes(), keys)?)
}

fn open(vault: &Vault, sealed: &[u8]) -> Used<Zeroizing<Vec<u8>>> {
    let keys = Zeroizing::new(vault.open("meta", "value", META_KEYS.as_bytes(), sealed)?);
    let whole = keys.len().is_multiple_of(KEY_LEN) && (1..=KEYS_MAX).contains(&(keys.len() / KEY_LEN));
    if whole { Ok(keys) } else { Err(UseError::broken("broken_row", "meta notice_code_keys holds something else")) }
}

/// Makes the first key when there is none. Another process may do the same at the same time; what is in the store then counts for all.
///
/// # Errors
/// The store.
pub async fn prepare(store: &Store) -> Used<()> {
    if store.read().await?.meta(META_KEYS).await?.is_some() {
        return Ok(());
    }
    let mut tx = store.write().await?;
    if tx.meta(META_KEYS).await?.is_none() {
        let key = Zeroizing::new(chance::bytes::<KEY_LEN>());
        tx.put_meta(META_KEYS, &seal(store.vault(), key.as_slice())?).await?;
    }
    Ok(tx.commit().await?)
}

/// A new key for the codes of from now on. Those made under the [`KEYS_MAX`] − 1 keys before it are still known. Answers how many keys are kept.
///
/// # Errors
/// The store.
pub async fn rotate(app: &App, actor: &str) -> Used<usize> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let mut keys = Zeroizing::new(chance::bytes::<KEY_LEN>().to_vec());
    if let Some(sealed) = tx.meta(META_KEYS).await? {
        keys.extend_from_slice(&open(app.store.vault(), &sealed)?);
    }
    keys.truncate(KEYS_MAX * KEY_LEN);
    tx.put_meta(META_KEYS, &seal(app.store.vault(), &keys)?).await?;
    let kept = keys.len() / KEY_LEN;
    let detail = serde_json::json!({"kept": kept});
    super::journal::note(&mut tx, now, actor, "notice_code.rotated", None, &detail).await?;
    tx.commit().await?;
    Ok(kept)
}

impl Codes {
    /// The keys as the store has them now.
    ///
    /// # Errors
    /// There are none; the store.
    pub async fn of(tx: &mut Tx) -> Used<Self> {
        let sealed = tx.meta(META_KEYS).await?;
        let sealed = sealed.ok_or_else(|| UseError::broken("no_notice_key", "there is no key for codes of notices"))?;
        let keys = open(tx.vault(), &sealed)?;
        Ok(Self { keys: keys.chunks_exact(KEY_LEN).map(|key| hmac::Key::new(hmac::HMAC_SHA256, key)).collect() })
    }

    /// The code of a notice to an owner, in groups: `K7M2-9QXT-4FDA-0R8S`.
    pub fn code(&self, owner: Uuid, notice: &Notice) -> String {
        let (reference, mac) = (reference(notice.id), self.keys.first().map(|key| mac(key, owner, notice)));
        let mac = mac.unwrap_or_default();
        write(std::array::from_fn(|at| if at < REFERENCE_LEN { reference[at] } else { mac[at - REFERENCE_LEN] }))
    }

    /// What a message says so that its receiver can check it.
    pub fn check(&self, owner: Uuid, notice: &Notice, host: &str) -> Check {
        Check { code: self.code(owner, notice), page: format!("{}{PAGE}", host.to_lowercase()) }
    }

    fn fits(&self, given: &[u8], owner: Uuid, notice: &Notice) -> bool {
        self.keys.iter().any(|key| constant_time::verify_slices_are_equal(given, &mac(key, owner, notice)).is_ok())
    }
}

/// Answers whether a code is one of ours; nothing of the notice but its title, its time and masks.
///
/// # Errors
/// The store.
pub async fn check(app: &App, text: &str) -> Used<NoticeCheck> {
    let Some(code) = read(text) else { return Ok(unknown()) };
    let (found, given) = code.split_at(REFERENCE_LEN);
    let mut tx = app.store.read().await?;
    let codes = Codes::of(&mut tx).await?;
    let found = tx.notices_by_reference(std::array::from_fn(|at| found[at])).await?;
    let Some((owner, notice)) = found.into_iter().find(|(owner, notice)| codes.fits(given, *owner, notice)) else {
        return Ok(unknown());
    };
    let to = tx.find_owner(owner).await?.map(|owner| mask::name(&owner.details.name));
    let (mut title, _) = super::notice::words(&notice.kind, &notice.params);
    // The label of everything but a licence is a plate.
    let label = super::notice::about(&notice.params).filter(|about| about.kind != "licence");
    let about_masked = label.map(|about| {
        // Titles name no plate; should one ever do so, it is masked as well.
        let masked = mask::plate(&about.label);
        title = Text::new(title.zh.replace(&about.label, &masked), title.en.replace(&about.label, &masked));
        masked
    });
    Ok(NoticeCheck {
        genuine: true,
        title: Some(title),
        sent_at: Some(notice.created_at),
        to_masked: to,
        about_masked,
        advice: Text::new(
            "这条通知确由我们发出。请核对上面的标题、时间和收件人是否与您收到的一致：不一致的，可能有人冒用了别人的编号。我们不会在通知里索要验证码、密码或者要求转账。",
            "We did send a notice with this code. Compare title, time and recipient with what you received: when they differ, somebody may be using another person's code. We never ask for codes, passwords or payments in a notice.",
        ),
    })
}

fn unknown() -> NoticeCheck {
    NoticeCheck {
        genuine: false,
        title: None,
        sent_at: None,
        to_masked: None,
        about_masked: None,
        advice: Text::new(
            "我们没有发出过这个编号的通知。请先核对是否输错；确认无误仍查不到的，很可能是假冒：不要点其中的链接，不要提供验证码、密码，也不要转账，可拨打110或96110反映。",
            "We sent no notice with this code. Check first that it is typed correctly. If it is, the message is probably false: do not open its links, give away no codes or passwords, pay nothing, and report it to the police (110 or 96110).",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; CODE_LEN] = [0x9d, 0x28, 0x25, 0x5f, 0x5a, 0x23, 0xda, 0x50, 0x0c, 0x3f];

    #[test]
    fn codes_are_written_in_groups_and_read_as_people_type_them() {
        let text = write(BYTES);
        assert_eq!((text.len(), text.matches('-').count()), (CODE_CHARS + 3, 3), "{text}");
        for typed in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            text.replace('-', " — "),
            format!("　{}\n", text.replace('-', "－")),
            text.replace('0', "O").replace('1', "l"),
            text.replace('0', "o").replace('1', "I"),
            text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect(),
            format!("https://luzheng.example/notice#{text}"),
        ] {
            assert_eq!(read(&typed), Some(BYTES), "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let text = write(BYTES);
        for wrong in [
            "",
            "#",
            "通知编号",
            &text[1..],
            &format!("{text}0"),
            &format!("U{}", &text[1..]),
            &"0".repeat(MAX_TEXT + 1),
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_byte_survives() {
        for at in 0..CODE_LEN {
            for byte in 0..=u8::MAX {
                let mut code = BYTES;
                code[at] = byte;
                assert_eq!(read(&write(code)), Some(code));
            }
        }
    }

    #[test]
    fn a_code_belongs_to_everything_the_notice_says() {
        let codes = Codes { keys: vec![hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])] };
        let owner = Uuid::from_u128(1);
        let notice = Notice {
            id: Uuid::from_u128(0x0123_4567_89ab_cdef),
            kind: "mark_issued".into(),
            params: "{}".into(),
            created_at: Timestamp::from_second(1_760_000_000).unwrap(),
            read_at: None,
        };
        let code = codes.code(owner, &notice);
        let given = read(&code).unwrap();
        assert!(codes.fits(&given[REFERENCE_LEN..], owner, &notice));
        let read_later = Notice { read_at: Some(notice.created_at), ..notice.clone() };
        assert_eq!(codes.code(owner, &read_later), code, "reading it changes nothing");
        let later = notice.created_at.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        for other in [
            Notice { kind: "mark_issued{}".into(), params: String::new(), ..notice.clone() },
            Notice { params: "{ }".into(), ..notice.clone() },
            Notice { created_at: later, ..notice.clone() },
        ] {
            assert!(!codes.fits(&given[REFERENCE_LEN..], owner, &other), "{other:?}");
        }
        assert!(!codes.fits(&given[REFERENCE_LEN..], Uuid::from_u128(2), &notice));
        let rotated = Codes { keys: vec![hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]), codes.keys[0].clone()] };
        assert!(rotated.fits(&given[REFERENCE_LEN..], owner, &notice), "a code under the key before is still known");
        assert_ne!(rotated.code(owner, &notice), code);
    }
}
