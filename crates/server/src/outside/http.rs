//! Calling other servers by HTTP: short waits, small answers, no redirects, and never into the own network unless the settings allow it.
//!
//! The address is checked where the name is resolved, so a name that points inward, now or on a second look-up, gets no connection.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// Longest wait for one call, in all.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes; of what others say only the status matters.
pub const MAX_ANSWER: u64 = 4 * 1024;

/// Whether an address is one that nobody outside can have: loopback, private, link-local, shared, multicast, reserved.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => private_v4(ip),
        IpAddr::V6(ip) => private_v6(ip),
    }
}

fn private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared address space, RFC 6598
        || (a == 198 && (b == 18 || b == 19)) // benchmarks, RFC 2544
        || (a == 192 && b == 0 && c == 0) // protocol assignments, RFC 6890
}

fn private_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // An IPv4 address in IPv6 clothes (mapped, NAT64 of RFC 6052, 6to4 of RFC 3056) is what it wraps.
    let octets = ip.octets();
    let wrapped = |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    if let Some(v4) = ip.to_ipv4_mapped() {
        return private_v4(v4);
    }
    if (a, b) == (0x64, 0xff9b) {
        return private_v4(wrapped(12));
    }
    if a == 0x2002 {
        return private_v4(wrapped(2));
    }
    // Everything global is in 2000::/3; of that, 2001:db8::/32 is for documents.
    (a & 0xe000) != 0x2000 || (a, b) == (0x2001, 0x0db8)
}

/// Resolves names and drops every address of the own network.
#[derive(Default)]
struct OutwardOnly(DefaultResolver);

impl std::fmt::Debug for OutwardOnly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutwardOnly")
    }
}

impl Resolver for OutwardOnly {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.0.resolve(uri, config, timeout)?;
        let mut kept = self.empty();
        for address in found.iter().filter(|a| !is_private(a.ip())) {
            kept.push(*address);
        }
        if kept.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(kept) }
    }
}

/// A client. With `allow_private` plain HTTP and the own network are allowed too.
pub fn client(allow_private: bool) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false)
        .https_only(!allow_private)
        // A proxy would resolve names for us, beyond our check.
        .proxy(None)
        .build();
    if allow_private {
        ureq::Agent::new_with_config(config)
    } else {
        ureq::Agent::with_parts(config, DefaultConnector::default(), OutwardOnly::default())
    }
}

/// An error of a call in words that name no address: endpoints and numbers are personal.
pub fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time",
        ureq::Error::HostNotFound => "the host has no address outside",
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => "no connection",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "the connection cannot be trusted",
        ureq::Error::RequireHttpsOnly(_) => "not reached by https",
        _ => "the call failed",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inward_addresses_are_known() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(is_private(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "114.114.114.114",
            "100.128.0.1",
            "172.32.0.1",
            "2400:3200::1",
            "::ffff:8.8.8.8",
            "2002:808:808::",
        ] {
            assert!(!is_private(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn no_name_leads_inward() {
        let outward = client(false);
        for url in ["https://localhost:9/x", "https://127.0.0.1:9/", "https://[::1]:9/"] {
            let error = outward.get(url).call().expect_err(url);
            assert!(matches!(error, ureq::Error::HostNotFound), "{url}: {error:?}");
        }
        assert!(matches!(outward.get("http://example.com/").call(), Err(ureq::Error::RequireHttpsOnly(_))));
    }
}
