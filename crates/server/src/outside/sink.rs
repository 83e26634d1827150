//! The demonstration's way out: nothing leaves, everything lies in the outbox to be looked at.

use crate::usecase::channel::{Address, Attempt, Attempting, Channel, ChannelKind, Message, Outbox, Sent};
use crate::usecase::view::Text;
use luzheng_domain::mask;
use std::sync::Arc;

/// A way that keeps what it is given.
pub struct Sink {
    kind: ChannelKind,
    outbox: Arc<Outbox>,
}

impl Sink {
    /// A sink in the place of one way.
    pub fn new(kind: ChannelKind, outbox: Arc<Outbox>) -> Self {
        Self { kind, outbox }
    }
}

/// A mail box with only the first letter and the host's end left: `z***@***.cn`.
fn mail_masked(address: &str) -> String {
    let first: String = address.chars().take(1).collect();
    let end = address.rsplit_once('.').map_or("", |(_, end)| end);
    format!("{first}***@***.{end}")
}

fn masked(to: &Address) -> String {
    match to {
        Address::Push(_) => "browser".into(),
        Address::Phone(phone) => mask::phone(phone),
        Address::Mail(address) => mail_masked(address),
    }
}

impl Channel for Sink {
    fn kind(&self) -> ChannelKind {
        self.kind
    }

    fn accepts(&self, to: &Address) -> bool {
        match to {
            Address::Mail(to) => super::mail::mailbox(to).is_some(),
            Address::Push(_) | Address::Phone(_) => true,
        }
    }

    fn deliver<'a>(&'a self, to: &'a Address, message: &'a Message) -> Attempting<'a> {
        self.outbox.put(Sent {
            at: message.now,
            channel: self.kind,
            to: masked(to),
            title: message.title.clone(),
            body: match &message.check {
                Some(check) => {
                    let sentence = check.sentence();
                    Text::new(
                        format!("{}{}", message.body.zh, sentence.zh),
                        format!("{} {}", message.body.en, sentence.en),
                    )
                }
                None => message.body.clone(),
            },
        });
        Box::pin(std::future::ready(Attempt::Taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecase::channel::Check;
    use uuid::Uuid;

    #[tokio::test]
    async fn what_is_sent_lies_in_the_outbox_masked() {
        let outbox = Arc::new(Outbox::default());
        let message = Message {
            notice: Uuid::nil(),
            kind: "k".into(),
            title: Text::new("题", "title"),
            body: Text::new("文", "body"),
            check: Some(Check { code: "K7M2".into(), page: "luzheng.example/notice".into() }),
            now: "2026-11-22T10:00:00+08:00".parse().unwrap(),
        };
        for to in [Address::Phone("13800001234".into()), Address::Mail("zhang@example.cn".into())] {
            assert_eq!(Sink::new(ChannelKind::Sms, Arc::clone(&outbox)).deliver(&to, &message).await, Attempt::Taken);
        }
        let kept = outbox.newest_first();
        assert_eq!(kept[0].to, "z***@***.cn");
        assert_eq!(kept[1].to, mask::phone("13800001234"));
        assert!(!kept[1].to.contains("0000"));
        assert!(kept[0].body.zh.starts_with("文通知编号K7M2，") && kept[0].body.en.contains("luzheng.example/notice"));
    }
}
