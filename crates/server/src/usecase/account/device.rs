//! The device somebody signs in on: what its browser calls itself, the cookie by which it is recognised, the network it comes from.

use crate::chance;
use crate::usecase::journal::sha256;

/// How long a device is recognised, in seconds: 400 days, the longest that browsers keep a cookie (RFC 6265bis section 5.5).
pub const DEVICE_COOKIE_S: i64 = 400 * 86_400;
/// Longest name of a device, in characters.
pub const MAX_DEVICE_NAME: usize = 40;
/// Longest `User-Agent` that is read, in bytes; what comes after says nothing new.
pub const MAX_AGENT: usize = 512;

/// Browsers by what stands in their `User-Agent`, the more particular first: nearly all claim to be Safari, and many to be Chrome.
const BROWSERS: &[(&str, &str, &str)] = &[
    ("MicroMessenger", "wechat", "微信 WeChat"),
    ("AlipayClient", "alipay", "支付宝 Alipay"),
    ("HuaweiBrowser", "huawei", "Huawei Browser"),
    ("MiuiBrowser", "miui", "Mi Browser"),
    ("UCBrowser", "uc", "UC Browser"),
    ("MQQBrowser", "qq", "QQ Browser"),
    ("SamsungBrowser", "samsung", "Samsung Internet"),
    ("Edg", "edge", "Edge"),
    ("OPR", "opera", "Opera"),
    ("FxiOS", "firefox", "Firefox"),
    ("Firefox", "firefox", "Firefox"),
    ("CriOS", "chrome", "Chrome"),
    ("Chrome", "chrome", "Chrome"),
    ("Safari", "safari", "Safari"),
];

/// Systems by what stands in a `User-Agent`. A tablet of Apple's calls itself a Macintosh now and then, so both are one family.
const SYSTEMS: &[(&str, &str, &str)] = &[
    ("OpenHarmony", "harmony", "HarmonyOS"),
    ("HarmonyOS", "harmony", "HarmonyOS"),
    ("Android", "android", "Android"),
    ("iPhone", "apple", "iPhone"),
    ("iPad", "apple", "iPad"),
    ("Macintosh", "apple", "Mac"),
    ("Windows", "windows", "Windows"),
    ("CrOS", "chromeos", "ChromeOS"),
    ("Linux", "linux", "Linux"),
];

/// The device of a call.
#[derive(Clone)]
pub struct DeviceInfo {
    /// Family of browser and system, without versions: `chrome/android`.
    pub agent: String,
    /// The same in words: never what somebody typed.
    pub family: String,
    /// What the device is called.
    pub name: String,
    /// The token in its cookie.
    pub token: String,
    /// Whether that token was made just now, so that the answer must set the cookie.
    pub fresh: bool,
    /// The network address the call came from, cut to what one subscriber has; `None` when it is not known.
    pub network: Option<String>,
}

impl std::fmt::Debug for DeviceInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceInfo").field("agent", &self.agent).finish_non_exhaustive()
    }
}

fn found(table: &'static [(&str, &str, &str)], agent: &str) -> (&'static str, &'static str) {
    table.iter().find(|(sign, ..)| agent.contains(sign)).map_or(("other", ""), |(_, code, name)| (code, name))
}

impl DeviceInfo {
    /// The device of a `User-Agent` and a device cookie; without a cookie a token is made.
    pub fn new(user_agent: &str, cookie: Option<&str>, network: Option<String>) -> Self {
        let agent = user_agent.get(..MAX_AGENT).unwrap_or(user_agent);
        let (browser, browser_name) = found(BROWSERS, agent);
        let (system, system_name) = found(SYSTEMS, agent);
        let name = match (browser_name, system_name) {
            ("", "") => "其他设备 Other device".to_owned(),
            ("", one) | (one, "") => one.to_owned(),
            (browser, system) => format!("{browser} · {system}"),
        };
        let token = cookie.filter(|c| c.len() == 64 && c.bytes().all(|b| b.is_ascii_hexdigit())).map(str::to_owned);
        Self {
            agent: format!("{browser}/{system}"),
            family: name.clone(),
            name,
            fresh: token.is_none(),
            token: token.unwrap_or_else(chance::token),
            network,
        }
    }

    /// A device of which nothing is known: acts inside the server.
    pub fn unknown() -> Self {
        Self::new("", None, None)
    }

    /// The same device under the name its owner gave it; an empty one changes nothing.
    #[must_use]
    pub fn named(mut self, name: Option<&str>) -> Self {
        let given: String =
            name.unwrap_or_default().chars().filter(|c| !c.is_control()).take(MAX_DEVICE_NAME).collect();
        let given = given.trim();
        if !given.is_empty() {
            self.name = given.to_owned();
        }
        self
    }

    /// By what the device is recognised: SHA-256 of its token.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.token.as_bytes())
    }
}

/// The part of a network address that one subscriber has: all of an IPv4 address, the first 64 bits of an IPv6 one (RFC 4291 section 2.5.4).
pub fn network_of(address: std::net::IpAddr) -> String {
    match address.to_canonical() {
        std::net::IpAddr::V4(four) => four.to_string(),
        std::net::IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_without_versions() {
        for (agent, family, name) in [
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "chrome/android",
                "Chrome · Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "safari/apple",
                "Safari · iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0",
                "edge/windows",
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
                "firefox/linux",
                "Firefox · Linux",
            ),
            ("curl/8", "other/other", "其他设备 Other device"),
            ("", "other/other", "其他设备 Other device"),
        ] {
            let device = DeviceInfo::new(agent, None, None);
            assert_eq!((device.agent.as_str(), device.name.as_str()), (family, name));
        }
        let long = "é".repeat(5_000);
        assert_eq!(DeviceInfo::new(&long, None, None).agent, "other/other");
    }

    #[test]
    fn a_device_is_recognised_by_its_cookie_and_prints_nothing() {
        let token = "ab".repeat(32);
        let device = DeviceInfo::new("", Some(&token), None);
        assert_eq!((device.token.as_str(), device.fresh), (token.as_str(), false));
        let forged = DeviceInfo::new("", Some("short"), None);
        assert!(forged.fresh && forged.token != "short");
        assert!(!format!("{device:?}").contains(&token));
    }

    #[test]
    fn names_are_short_and_clean() {
        assert_eq!(DeviceInfo::unknown().named(Some(" 我的手机\u{7} ")).name, "我的手机");
        assert_eq!(DeviceInfo::unknown().named(Some("  ")).name, DeviceInfo::unknown().name);
        assert_eq!(DeviceInfo::unknown().named(Some(&"长".repeat(99))).name.chars().count(), MAX_DEVICE_NAME);
    }

    #[test]
    fn networks_are_cut_to_a_subscriber() {
        for (address, network) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network_of(address.parse().unwrap()), network);
        }
    }
}
