//! Single values as people write them: `30s`, `1/1s`, `off`, `https://shop.example`.

use http::Uri;
use shop::ports::Limit;
use std::fmt;
use std::net::Ipv6Addr;
use std::time::Duration;

/// `250ms`, `30s`, `10m`, `1h`, `14d`; longer than nothing, at most ten years.
pub fn duration(text: &str) -> Option<Duration> {
    const LONGEST_MS: u64 = 10 * 365 * 86_400_000;
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (figure, unit) = text.split_at(unit_at);
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = figure.parse::<u64>().ok()?.checked_mul(unit_ms)?;
    (1..=LONGEST_MS).contains(&millis).then(|| Duration::from_millis(millis))
}

/// `3/60s`: so many in any span of this length.
pub fn limit(text: &str) -> Option<Limit> {
    let (figure, window) = text.split_once('/')?;
    Some(Limit { count: count(figure)?, window: duration(window)? })
}

/// A whole number from one.
pub fn count(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|count| *count > 0)
}

/// `host`, `host:25`, `[::1]:25`.
pub fn host_and_port(place: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':')?)),
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = port.map_or(Some(default), |port| port.parse().ok().filter(|port| *port > 0))?;
    let good = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c));
    good.then(|| (host.to_owned(), port))
}

/// A name, or an address as browsers write it: what `http` splits off before the port may be neither.
fn is_host(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    }
}

/// Where shoppers find the shop: scheme, host and port, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// `None` unless it is `http(s)://host[:port]`, with or without a last slash.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let bare = uri.path() == "/" && uri.query().is_none() && !text.contains(['#', '?']);
        if !bare || !is_host(authority.host()) {
            return None;
        }
        let default_port = if scheme == "https" { 443 } else { 80 };
        let port = match authority.port_u16() {
            Some(port) if port != default_port => format!(":{port}"),
            None if authority.as_str().len() > authority.host().len() => return None,
            _ => String::new(),
        };
        Some(Self(format!("{scheme}://{}{port}", authority.host().to_ascii_lowercase())))
    }

    /// The origin, as a browser writes it in `Origin`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_figure_and_a_unit() {
        let table = [
            ("250ms", Some(250)),
            ("30s", Some(30_000)),
            ("10m", Some(600_000)),
            ("1h", Some(3_600_000)),
            ("14d", Some(1_209_600_000)),
            ("0s", None),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("1 s", None),
            ("1w", None),
            ("99999999999999999999s", None),
            ("4000d", None),
        ];
        for (text, millis) in table {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_limit_is_a_count_and_a_window() {
        let table = [
            ("1/1s", Some((1, 1))),
            ("3/60s", Some((3, 60))),
            ("0/1s", None),
            ("3", None),
            ("3/", None),
            ("+3/1s", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(count, seconds)| Limit { count, window: Duration::from_secs(seconds) });
            assert_eq!(limit(text), expected, "{text}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let table = [
            ("https://shop.example", Some("https://shop.example")),
            ("https://Shop.Example:443/", Some("https://shop.example")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("shop.example", None),
            ("ftp://shop.example", None),
            ("https://shop.example/damda", None),
            ("https://shop.example?x", None),
            ("https://shop.example#x", None),
            ("https://user@shop.example", None),
            ("https://", None),
            ("https://shop.example:0x50", None),
            ("http://shop[::1]:3000", None),
            ("http://[:::1]:3000", None),
            ("http://shop~1!:3000", None),
        ];
        for (text, expected) in table {
            assert_eq!(PublicUrl::parse(text).as_ref().map(PublicUrl::as_str), expected, "{text}");
        }
    }
}
