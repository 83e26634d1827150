//! E-mail through the operator's mail server, by SMTP with TLS.

use crate::config::{Encryption, MailServer};
use crate::usecase::channel::{Address, Attempt, Attempting, Channel, ChannelKind, Check, Message};
use lettre::address::AddressError;
use lettre::message::Mailbox;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};
use std::time::Duration;

/// Longest wait for one mail, in all its steps.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Longest address, in bytes (RFC 5321 section 4.5.3.1.3).
pub const MAX_ADDRESS: usize = 254;

/// A mail server that cannot be used as set.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The sender's address is none.
    #[error("the sender's address is wrong: {0}")]
    From(#[from] AddressError),
    /// TLS cannot be set up.
    #[error("TLS for the mail server: {0}")]
    Tls(String),
}

/// The way to mail boxes.
pub struct Mail {
    server: SmtpTransport,
    from: Mailbox,
}

impl Mail {
    /// A way through a mail server. Nothing is connected yet.
    ///
    /// # Errors
    /// The sender's address or TLS.
    pub fn new(settings: &MailServer) -> Result<Self, MailError> {
        let tls = || TlsParameters::new(settings.host.clone()).map_err(|e| MailError::Tls(e.to_string()));
        let (tls, port) = match settings.encryption {
            Encryption::Tls => (Tls::Wrapper(tls()?), 465),
            Encryption::Starttls => (Tls::Required(tls()?), 587),
            Encryption::None => (Tls::None, 25),
        };
        let mut builder = SmtpTransport::builder_dangerous(&settings.host)
            .port(settings.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(TIMEOUT));
        if let Some((user, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { server: builder.build(), from: settings.from.parse()? })
    }
}

/// An address as people give it, when mail can go there.
pub fn mailbox(text: &str) -> Option<Mailbox> {
    (text.len() <= MAX_ADDRESS).then(|| text.parse().ok().map(|email| Mailbox::new(None, email))).flatten()
}

/// Both languages in one plain mail, Chinese first.
fn letter(from: &Mailbox, to: Mailbox, message: &Message) -> Result<lettre::Message, String> {
    let subject = format!("{} / {}", message.title.zh, message.title.en);
    let check = message.check.as_ref().map(Check::sentence);
    let check = check.map(|text| format!("{}\n{}\n\n", text.zh, text.en)).unwrap_or_default();
    let text = format!(
        "{}\n\n{}\n\n{check}-- \n路证 Luzheng\n请勿回复本邮件。Please do not reply to this mail.\n",
        message.body.zh, message.body.en
    );
    let mut letter = lettre::Message::builder()
        .from(from.clone())
        .to(to)
        .subject(subject)
        // The same notice has the same id: a mail box shows a repeated one once.
        .message_id(Some(format!("<{}@luzheng>", message.notice)))
        .date(std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(message.now.as_second()).unwrap_or(0)))
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::Base64)
        .body(text)
        .map_err(|e| e.to_string())?;
    // No automatic answers, please (RFC 3834 section 5).
    letter
        .headers_mut()
        .insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
    Ok(letter)
}

impl Channel for Mail {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn accepts(&self, to: &Address) -> bool {
        matches!(to, Address::Mail(to) if mailbox(to).is_some())
    }

    fn deliver<'a>(&'a self, to: &'a Address, message: &'a Message) -> Attempting<'a> {
        Box::pin(async move {
            let Address::Mail(to) = to else { return Attempt::Refused("this is no mail box".into()) };
            let Some(to) = mailbox(to) else { return Attempt::Gone };
            let letter = match letter(&self.from, to, message) {
                Ok(letter) => letter,
                Err(error) => return Attempt::Refused(error),
            };
            let server = self.server.clone();
            let send = move || match server.send(&letter) {
                Ok(_) => Attempt::Taken,
                Err(error) if error.is_permanent() => Attempt::Refused("the mail server refused it".into()),
                Err(error) if error.is_timeout() => Attempt::Later("no answer in time".into()),
                Err(_) => Attempt::Later("the mail server could not take it".into()),
            };
            tokio::task::spawn_blocking(send).await.unwrap_or_else(|e| Attempt::Later(e.to_string()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecase::view::Text;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use uuid::Uuid;

    fn message() -> Message {
        Message {
            notice: Uuid::from_u128(7),
            kind: "k".into(),
            title: Text::new("驾驶证到期", "Your licence expires"),
            body: Text::new("请换证。", "Please renew it."),
            check: Some(Check { code: "K7M2-9QXT-4FDA-0R8S".into(), page: "luzheng.example/notice".into() }),
            now: "2026-11-22T10:00:00+08:00".parse().unwrap(),
        }
    }

    fn settings(port: u16) -> MailServer {
        MailServer {
            host: "127.0.0.1".into(),
            port: Some(port),
            encryption: Encryption::None,
            login: None,
            from: "notice@example.cn".into(),
        }
    }

    /// A mail server that speaks just enough SMTP (RFC 5321) and answers RCPT with a line of its own.
    fn server(rcpt: &'static str) -> (u16, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut write = stream.try_clone().unwrap();
            let mut say = |line: &str| write!(write, "{line}\r\n").unwrap();
            let (mut mail, mut in_data) = (String::new(), false);
            say("220 test");
            for line in BufReader::new(stream).lines() {
                let Ok(line) = line else { break };
                match line.split(' ').next().unwrap_or("") {
                    "." if in_data => {
                        in_data = false;
                        say("250 taken");
                    }
                    _ if in_data => mail.push_str(&(line + "\n")),
                    "EHLO" => say("250 test"),
                    "RCPT" => say(rcpt),
                    "DATA" => {
                        in_data = true;
                        say("354 go on");
                    }
                    "QUIT" => {
                        say("221 bye");
                        break;
                    }
                    _ => say("250 ok"),
                }
            }
            mail
        });
        (port, taken)
    }

    #[tokio::test]
    async fn a_mail_has_both_languages() {
        let (port, taken) = server("250 ok");
        let mail = Mail::new(&settings(port)).unwrap();
        assert_eq!(mail.deliver(&Address::Mail("zhang@example.cn".into()), &message()).await, Attempt::Taken);
        drop(mail);
        let got = taken.join().unwrap();
        let (head, body) = got.split_once("\n\n").unwrap();
        assert!(head.contains("To: zhang@example.cn") && head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("Message-ID: <00000000-0000-0000-0000-000000000007@luzheng>"), "{head}");
        use base64::Engine as _;
        let text = base64::prelude::BASE64_STANDARD.decode(body.replace(['\n', '\r'], "")).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("请换证。") && text.contains("Please renew it."), "{text}");
        assert!(
            text.contains("通知编号K7M2-9QXT-4FDA-0R8S，") && text.contains("open luzheng.example/notice"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn refusals_for_good_and_for_now() {
        for (line, permanent) in [("550 nobody here", true), ("451 come again", false)] {
            let (port, taken) = server(line);
            let mail = Mail::new(&settings(port)).unwrap();
            let attempt = mail.deliver(&Address::Mail("zhang@example.cn".into()), &message()).await;
            drop(mail);
            taken.join().unwrap();
            assert_eq!(matches!(attempt, Attempt::Refused(_)), permanent, "{line}: {attempt:?}");
            assert!(!format!("{attempt:?}").contains("zhang"));
        }
    }

    #[test]
    fn addresses_that_are_none() {
        for text in ["", "a", "a@", "@b", "a@b\r\nBcc: c@d", "a b@c", &format!("{}@b.cn", "a".repeat(300))] {
            assert!(mailbox(text).is_none(), "{text:?}");
        }
        assert!(mailbox("zhang@example.cn").is_some());
        assert!(Mail::new(&MailServer { from: "nobody".into(), ..settings(1) }).is_err());
    }
}
