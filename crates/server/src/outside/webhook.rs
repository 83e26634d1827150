//! Webhooks on their way to partners: one HTTPS call, no redirects, never into the own network unless the settings allow it. The address is checked
//! where the name is resolved, each time, so that a name that points inward later gets no connection either.

use super::http;
use crate::usecase::subscription::{Hook, Sender, Sending, Sent};
use std::net::IpAddr;

/// Longest address, in bytes.
pub const MAX_URL: usize = 1_024;

/// The way to partners.
pub struct Webhooks {
    client: ureq::Agent,
    allow_private: bool,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhooks")
    }
}

impl Webhooks {
    /// A way; with `allow_private` also by plain HTTP and into the own network, as tests and a partner beside the server need it.
    pub fn new(allow_private: bool) -> Self {
        Self { client: http::client(allow_private), allow_private }
    }
}

/// Why an address is none that we would call.
fn wrong(url: &str, allow_private: bool) -> Option<&'static str> {
    if url.len() > MAX_URL || !url.bytes().all(|b| b.is_ascii_graphic()) {
        return Some("the address has at most 1,024 printable ASCII characters");
    }
    let rest = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => rest,
        (None, Some(rest)) if allow_private => rest,
        _ => return Some("the address begins with https://"),
    };
    let host = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    if host.is_empty() || host.contains('@') || url.contains(['#', '\\']) {
        return Some("the address names a host, no user, and no part after #");
    }
    let parsed = url.parse::<ureq::http::Uri>().ok();
    let Some(named) = parsed.as_ref().and_then(ureq::http::Uri::host) else { return Some("this is no address") };
    let literal = named.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let inward = literal.is_ok_and(http::is_private) || named.eq_ignore_ascii_case("localhost");
    (inward && !allow_private).then_some("the address lies in the own network")
}

/// What an answer means. A redirect is an answer like any other and no success: whoever answers it does not take the message.
fn meaning(status: u16) -> Sent {
    match status {
        200..=299 => Sent::Taken,
        410 => Sent::Gone,
        _ => Sent::Later(format!("answered {status}")),
    }
}

impl Sender for Webhooks {
    fn accepts(&self, url: &str) -> Result<(), &'static str> {
        wrong(url, self.allow_private).map_or(Ok(()), Err)
    }

    fn send<'a>(&'a self, hook: &'a Hook) -> Sending<'a> {
        Box::pin(async move {
            // What was allowed when it was recorded may not be any more.
            if let Err(why) = self.accepts(&hook.url) {
                return Sent::Later(why.to_owned());
            }
            let (client, hook) = (self.client.clone(), hook.clone());
            let call = move || {
                let answer = client
                    .post(&hook.url)
                    .header("content-type", "application/json")
                    .header("user-agent", "luzheng-webhook/1")
                    .header("webhook-id", &hook.id)
                    .header("webhook-timestamp", hook.timestamp.to_string())
                    .header("webhook-signature", &hook.signature)
                    .send(hook.body.as_bytes());
                match answer {
                    Ok(answer) => meaning(answer.status().as_u16()),
                    Err(error) => Sent::Later(http::in_words(&error)),
                }
            };
            tokio::task::spawn_blocking(call).await.unwrap_or_else(|_| Sent::Later("the call failed".into()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_outside_by_https() {
        for url in ["https://insurer.example/hooks", "https://insurer.example:8443/hooks?x=1", "https://1.1.1.1/x"] {
            assert_eq!(wrong(url, false), None, "{url}");
        }
        for url in [
            "http://insurer.example/hooks",
            "https://",
            "https:///x",
            "https://user@insurer.example/",
            "https://insurer.example/#x",
            "https://insurer.example\\@10.0.0.1/",
            "https://localhost/",
            "https://LOCALHOST:9/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest",
            "https://10.0.0.1/",
            "https://例子.example/",
            "ftp://insurer.example/",
            "",
        ] {
            assert!(wrong(url, false).is_some(), "{url}");
        }
        assert!(wrong(&format!("https://x.example/{}", "x".repeat(MAX_URL)), false).is_some());
        assert_eq!(wrong("http://127.0.0.1:9/x", true), None);
    }

    #[test]
    fn an_answer_counts_only_when_it_is_a_success() {
        assert_eq!(meaning(204), Sent::Taken);
        assert_eq!(meaning(410), Sent::Gone);
        for status in [199, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503] {
            assert_eq!(meaning(status), Sent::Later(format!("answered {status}")));
        }
    }

    #[tokio::test]
    async fn a_name_that_points_inward_gets_no_connection() {
        let hook = Hook {
            url: "https://localhost.localdomain:9/".into(),
            id: "msg_1".into(),
            timestamp: 1,
            signature: "v1a,x".into(),
            body: "{}".into(),
        };
        assert!(matches!(Webhooks::new(false).send(&hook).await, Sent::Later(_)));
        let inward = Hook { url: "https://127.0.0.1:9/".into(), ..hook };
        assert_eq!(Webhooks::new(false).send(&inward).await, Sent::Later("the address lies in the own network".into()));
    }
}
