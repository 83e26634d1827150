//! The ways a notice reaches somebody outside the app: what a way can do, and what became of one attempt. The ways themselves are in
//! `outside/`, one file each.

use super::view::Text;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Longest endpoint of a push subscription, in bytes.
pub const MAX_ENDPOINT: usize = 2_048;
/// How many messages the demonstration's outbox keeps.
pub const OUTBOX_KEPT: usize = 200;

/// A way out of the system. What is in the app itself is the notice; it needs no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChannelKind {
    /// Web push to a browser (RFC 8030).
    Push,
    /// A text message.
    Sms,
    /// E-mail.
    Email,
}

impl ChannelKind {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Push, Self::Sms, Self::Email];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// The way of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A browser that wants to be told (Push API, RFC 8291 section 3.2). Personal data: its endpoint names one browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where its push service takes messages.
    pub endpoint: String,
    /// The browser's P-256 public key, uncompressed.
    pub p256dh: [u8; 65],
    /// The secret it shared with us.
    pub auth: [u8; 16],
}

/// Where somebody is reached. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A browser.
    Push(Subscription),
    /// A phone.
    Phone(String),
    /// A mail box.
    Mail(String),
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Push(_) => "Address::Push",
            Self::Phone(_) => "Address::Phone",
            Self::Mail(_) => "Address::Mail",
        })
    }
}

/// A notice on its way out.
#[derive(Debug, Clone)]
pub struct Message {
    /// The notice.
    pub notice: Uuid,
    /// Its kind.
    pub kind: String,
    /// One line.
    pub title: Text,
    /// One or two sentences.
    pub body: Text,
    /// How its receiver can see that it is from us.
    pub check: Option<Check>,
    /// When this attempt is made.
    pub now: Timestamp,
}

/// What a message says so that anyone can check whether it is from us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The notice's code, in groups.
    pub code: String,
    /// The page to check it on, without scheme: `luzheng.example/notice`. There is no link in a message on purpose: whoever sends a false one would
    /// link to a page of their own, and people are not to learn to tap links in messages.
    pub page: String,
}

impl Check {
    /// The sentence that goes with a message.
    pub fn sentence(&self) -> Text {
        let Self { code, page } = self;
        Text::new(
            format!("通知编号{code}，真伪可自行打开{page}核验。"),
            format!("Notice code {code}. To check that it is from us, open {page} yourself and enter it."),
        )
    }
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The other side took it.
    Taken,
    /// The address is no more (a push subscription that was ended): forget it.
    Gone,
    /// Not this time; why, without any address in it.
    Later(String),
    /// Never: the message or the address is refused for good; why.
    Refused(String),
}

/// The work of one attempt.
pub type Attempting<'a> = Pin<Box<dyn Future<Output = Attempt> + Send + 'a>>;

/// One way out.
pub trait Channel: Send + Sync {
    /// Which.
    fn kind(&self) -> ChannelKind;

    /// Whether something could ever be sent to this address. Nothing is connected.
    fn accepts(&self, to: &Address) -> bool;

    /// Tries once to hand a message over. It answers [`Attempt::Taken`] at most when the other side said so.
    fn deliver<'a>(&'a self, to: &'a Address, message: &'a Message) -> Attempting<'a>;
}

/// One message that the demonstration would have sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// By which way.
    pub channel: ChannelKind,
    /// To whom, masked.
    pub to: String,
    /// Title.
    pub title: Text,
    /// Body.
    pub body: Text,
}

/// What the demonstration would have sent, newest last; only the newest [`OUTBOX_KEPT`] are kept, in memory alone.
#[derive(Debug, Default)]
pub struct Outbox {
    sent: Mutex<VecDeque<Sent>>,
}

impl Outbox {
    /// Puts a message in; the oldest gives way.
    pub fn put(&self, sent: Sent) {
        let mut kept = self.sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        while kept.len() >= OUTBOX_KEPT {
            kept.pop_front();
        }
        kept.push_back(sent);
    }

    /// What is in it, newest first.
    pub fn newest_first(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner).iter().rev().cloned().collect()
    }
}

/// The ways that this system has.
#[derive(Clone, Default)]
pub struct Ways {
    /// At most one of each kind.
    pub channels: Vec<Arc<dyn Channel>>,
    /// The public key that browsers subscribe with, base64url.
    pub push_key: String,
    /// What the demonstration would have sent.
    pub outbox: Option<Arc<Outbox>>,
}

impl Ways {
    /// The way of a kind, when there is one.
    pub fn of(&self, kind: ChannelKind) -> Option<&Arc<dyn Channel>> {
        self.channels.iter().find(|channel| channel.kind() == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outbox_keeps_the_newest() {
        let outbox = Outbox::default();
        for n in 0..OUTBOX_KEPT + 3 {
            outbox.put(Sent {
                at: Timestamp::from_second(i64::try_from(n).unwrap()).unwrap(),
                channel: ChannelKind::Sms,
                to: String::new(),
                title: Text::new("", ""),
                body: Text::new("", ""),
            });
        }
        let kept = outbox.newest_first();
        assert_eq!(kept.len(), OUTBOX_KEPT);
        assert_eq!(kept[0].at.as_second(), 202);
        assert_eq!(kept[OUTBOX_KEPT - 1].at.as_second(), 3);
    }

    #[test]
    fn addresses_print_nothing() {
        let text = format!("{:?} {:?}", Address::Phone("13800001234".into()), Address::Mail("a@b.cn".into()));
        assert!(!text.contains("138") && !text.contains('@'), "{text}");
    }

    #[test]
    fn words_read_back() {
        for kind in ChannelKind::ALL {
            assert_eq!(ChannelKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(ChannelKind::from_code("pigeon"), None);
    }
}
