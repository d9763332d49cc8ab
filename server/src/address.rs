//! Whose address a request comes from. `X-Forwarded-For` is anybody's claim: only what a trusted proxy
//! wrote counts, read from the right, where the nearest proxy writes.

use http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// The address of the client, kept with each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What limits count by: an IPv6 customer has a whole /64, so that is one address.
    pub fn limit_key(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }
}

/// Proxies whose `X-Forwarded-For` counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Addresses and networks, separated by commas or spaces. The error is the item that is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split([',', ' ']).filter(|item| !item.is_empty()).map(parse_network).collect::<Result<_, _>>().map(Self)
    }

    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The rightmost address that is no trusted proxy.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return ClientAddress(client);
        }
        for claimed in forwarded_for(headers).iter().rev() {
            let Some(address) = parse_forwarded(claimed) else { break };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        ClientAddress(client)
    }
}

fn parse_network(item: &str) -> Result<IpNet, String> {
    let network =
        item.parse::<IpNet>().or_else(|_| item.parse::<IpAddr>().map(|address| address.to_canonical().into()));
    network.map_err(|_| item.to_owned())
}

fn forwarded_for(headers: &HeaderMap) -> Vec<&str> {
    let lines = headers.get_all("x-forwarded-for").iter();
    lines.flat_map(|line| line.to_str().unwrap_or("?").split(',')).map(str::trim).collect()
}

/// `1.2.3.4`, `1.2.3.4:5678`, `::1`, `[::1]:5678`.
fn parse_forwarded(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<std::net::SocketAddr>().map(|address| address.ip());
    let in_brackets = || text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    text.parse::<IpAddr>()
        .or_else(|_| with_port())
        .or_else(|_| in_brackets())
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn seen(proxies: &str, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        TrustedProxies::parse(proxies).unwrap().client_address(address(peer), &headers).0.to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_wrote_counts() {
        let table = [
            ("", "9.9.9.9", vec!["1.1.1.1"], "9.9.9.9"),
            ("10.0.0.0/8", "9.9.9.9", vec!["1.1.1.1"], "9.9.9.9"),
            ("10.0.0.0/8", "10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", vec!["1.1.1.1"], "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", vec!["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", vec!["6.6.6.6, 1.1.1.1, 10.0.0.7"], "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", vec!["6.6.6.6", "1.1.1.1:4711"], "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", vec!["1.1.1.1, nonsense"], "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", vec!["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("127.0.0.1", "::ffff:127.0.0.1", vec!["[2001:db8::1]:443"], "2001:db8::1"),
            ("::1", "::1", vec!["2001:db8::2"], "2001:db8::2"),
        ];
        for (proxies, peer, lines, client) in table {
            assert_eq!(seen(proxies, peer, &lines), client, "{proxies} {peer} {lines:?}");
        }
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        assert!(TrustedProxies::parse("127.0.0.1, 10.0.0.0/8 fd00::/8").is_ok());
        assert_eq!(TrustedProxies::parse("127.0.0.1,nginx"), Err("nginx".to_owned()));
    }

    #[test]
    fn an_ipv6_customer_counts_once() {
        let one = ClientAddress(address("2001:db8:1:2::1"));
        let other = ClientAddress(address("2001:db8:1:2:ffff::9"));
        assert_eq!(one.limit_key(), other.limit_key());
        assert_ne!(one.limit_key(), ClientAddress(address("2001:db8:1:3::1")).limit_key());
        assert_eq!(ClientAddress(address("1.2.3.4")).limit_key(), "1.2.3.4");
    }
}
