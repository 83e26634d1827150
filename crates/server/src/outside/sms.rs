//! Text messages through a gateway that takes JSON by HTTP POST: the gateway's own member names and header are settings.

use super::http;
use crate::config::SmsGateway;
use crate::usecase::channel::{Address, Attempt, Attempting, Channel, ChannelKind, Message};
use serde_json::{Map, Value};

/// Longest text, in characters: seven linked messages of 67 characters each (3GPP TS 23.040, UCS-2).
pub const MAX_TEXT: usize = 469;

/// The way to phones.
pub struct Sms {
    gateway: SmsGateway,
    client: ureq::Agent,
}

impl Sms {
    /// A way through a gateway.
    pub fn new(gateway: SmsGateway, allow_private: bool) -> Self {
        Self { gateway, client: http::client(allow_private) }
    }

    /// What the gateway is told. The number goes there and nowhere else.
    fn body(&self, phone: &str, message: &Message) -> Value {
        let mut body: Map<String, Value> =
            self.gateway.extra.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        body.insert(self.gateway.members.0.clone(), phone.into());
        body.insert(self.gateway.members.1.clone(), text(message).into());
        // The same notice twice is the same message: a gateway that knows idempotency keys sends it once.
        body.insert("id".into(), message.notice.to_string().into());
        Value::Object(body)
    }
}

/// The text: Chinese, since the country's phones all show it. When it is too long the body is cut; how to check it always stays.
fn text(message: &Message) -> String {
    let said = format!("【路证】{}：{}", message.title.zh, message.body.zh);
    let check = message.check.as_ref().map(|check| check.sentence().zh).unwrap_or_default();
    let room = MAX_TEXT.saturating_sub(check.chars().count());
    if said.chars().count() <= room {
        return said + &check;
    }
    said.chars().take(room.saturating_sub(1)).chain(['…']).chain(check.chars()).collect()
}

/// Whether this is a phone number that a gateway can be given: digits, with a plus and hyphens at most.
fn is_phone(text: &str) -> bool {
    (5..=20).contains(&text.len())
        && text.chars().enumerate().all(|(at, c)| c.is_ascii_digit() || c == '-' || (at == 0 && c == '+'))
}

fn attempt(status: u16) -> Attempt {
    match status {
        200..=299 => Attempt::Taken,
        408 | 429 | 500..=599 => Attempt::Later(format!("the SMS gateway answered {status}")),
        // A wrong secret is the operator's to mend, and then the message goes.
        401 | 403 => Attempt::Later(format!("the SMS gateway does not let us in ({status})")),
        _ => Attempt::Refused(format!("the SMS gateway answered {status}")),
    }
}

impl Channel for Sms {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }

    fn accepts(&self, to: &Address) -> bool {
        matches!(to, Address::Phone(phone) if is_phone(phone))
    }

    fn deliver<'a>(&'a self, to: &'a Address, message: &'a Message) -> Attempting<'a> {
        Box::pin(async move {
            let Address::Phone(phone) = to else { return Attempt::Refused("this is no phone".into()) };
            if !is_phone(phone) {
                return Attempt::Gone;
            }
            let body = self.body(phone, message).to_string();
            let mut request = self.client.post(&self.gateway.url).header("content-type", "application/json");
            if let Some(secret) = &self.gateway.secret {
                let (name, prefix) = &self.gateway.header;
                request = request.header(name, format!("{prefix}{secret}"));
            }
            let call = move || match request.send(body) {
                Ok(answer) => attempt(answer.status().as_u16()),
                Err(error) => Attempt::Later(http::in_words(&error)),
            };
            tokio::task::spawn_blocking(call).await.unwrap_or_else(|e| Attempt::Later(e.to_string()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecase::channel::Check;
    use crate::usecase::view::Text;
    use std::collections::BTreeMap;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use uuid::Uuid;

    fn message(body: &str) -> Message {
        Message {
            notice: Uuid::from_u128(7),
            kind: "k".into(),
            title: Text::new("驾驶证到期", "expires"),
            body: Text::new(body, body),
            check: Some(Check { code: "K7M2-9QXT-4FDA-0R8S".into(), page: "luzheng.example/notice".into() }),
            now: "2026-11-22T10:00:00+08:00".parse().unwrap(),
        }
    }

    fn gateway(url: String) -> SmsGateway {
        SmsGateway {
            url,
            header: ("x-api-key".into(), String::new()),
            secret: Some("hush".into()),
            members: ("mobile".into(), "content".into()),
            extra: BTreeMap::from([("sign".into(), "路证".into())]),
        }
    }

    #[tokio::test]
    async fn the_gateway_gets_number_text_and_secret() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        let taken = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut got = String::new();
            let mut part = [0; 4096];
            while !got.ends_with('}') {
                let read = stream.read(&mut part).unwrap();
                got.push_str(std::str::from_utf8(&part[..read]).unwrap());
            }
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK").unwrap();
            got
        });
        let sms = Sms::new(gateway(url), true);
        let attempt = sms.deliver(&Address::Phone("13800001234".into()), &message("请换证。")).await;
        assert_eq!(attempt, Attempt::Taken);
        let got = taken.join().unwrap();
        assert!(got.to_lowercase().contains("x-api-key: hush"), "{got}");
        let body: Value = serde_json::from_str(&got[got.find('{').unwrap()..]).unwrap();
        assert_eq!(body["mobile"], "13800001234");
        assert_eq!(
            body["content"],
            "【路证】驾驶证到期：请换证。通知编号K7M2-9QXT-4FDA-0R8S，真伪可自行打开luzheng.example/notice核验。"
        );
        assert_eq!(
            (body["sign"].as_str(), body["id"].as_str()),
            (Some("路证"), Some(Uuid::from_u128(7).to_string().as_str()))
        );
    }

    #[test]
    fn long_texts_are_cut_to_what_phones_take() {
        let long = text(&message(&"长".repeat(600)));
        assert_eq!(long.chars().count(), MAX_TEXT);
        assert!(long.contains("长…通知编号K7M2-9QXT-4FDA-0R8S，") && long.ends_with("核验。"), "{long}");
        let without = Message { check: None, ..message(&"长".repeat(600)) };
        assert!(text(&without).ends_with("长…") && text(&without).chars().count() == MAX_TEXT);
    }

    #[tokio::test]
    async fn what_is_no_number_is_never_sent() {
        let sms = Sms::new(gateway("http://127.0.0.1:1/".into()), true);
        for phone in ["", "abc", "138\r\n0000", "1", "123456789012345678901"] {
            assert_eq!(sms.deliver(&Address::Phone(phone.into()), &message("x")).await, Attempt::Gone, "{phone:?}");
        }
        assert!(matches!(sms.deliver(&Address::Mail("a@b".into()), &message("x")).await, Attempt::Refused(_)));
    }

    #[test]
    fn answers_of_gateways() {
        assert_eq!(attempt(204), Attempt::Taken);
        assert!(matches!(attempt(401), Attempt::Later(_)) && matches!(attempt(502), Attempt::Later(_)));
        assert!(matches!(attempt(400), Attempt::Refused(_)) && matches!(attempt(302), Attempt::Refused(_)));
    }
}
