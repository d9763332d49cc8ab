//! Where Redis is.

use super::{ConfigError, Plaintext, plaintext};
use crate::secret::Secret;
use std::fmt;

const REMEDY: &str = "write it as `redis://USER:PASSWORD@HOST:PORT/DATABASE` (`rediss://` with TLS; all but the host may be left out), or the nodes of a Redis Cluster with commas between";
const DEFAULT_PORT: u16 = 6379;

/// A checked `REDIS_URL`: one server, or the nodes of a Redis Cluster that are asked first. Prints without
/// names and passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct Redis {
    nodes: Vec<Node>,
}

#[derive(Clone, PartialEq, Eq)]
struct Node {
    url: Secret,
    is_tls: bool,
    host: String,
    port: u16,
    database: Option<u16>,
}

impl Redis {
    /// # Errors
    /// When the text is no address of Redis, or one beyond this machine that passwords would reach in the clear.
    pub fn parse(text: &str, plaintext: &Plaintext) -> Result<Self, ConfigError> {
        // The text is not repeated: it may hold a password.
        let wrong = |what: &str| ConfigError::new(format!("REDIS_URL {what}: {REMEDY}"));
        let nodes = text.split(',').map(|part| Node::parse(part.trim())).collect::<Option<Vec<_>>>();
        let nodes = nodes.ok_or_else(|| wrong("is no address of Redis"))?;
        let is_tls = nodes.iter().all(|node| node.is_tls);
        if !is_tls && nodes.iter().any(|node| node.is_tls) {
            return Err(wrong("asks for TLS at some nodes only"));
        }
        if nodes.len() > 1 && nodes.iter().any(|node| node.database.is_some_and(|database| database > 0)) {
            return Err(wrong("names a database of a cluster, which has none but 0"));
        }
        let hosts = nodes.iter().map(|node| node.host.as_str());
        plaintext.check(plaintext::Service::Redis, "REDIS_URL", hosts, is_tls, "write `rediss://`")?;
        Ok(Self { nodes })
    }

    /// Whole addresses, passwords included: for connecting only.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.url.reveal())
    }

    pub fn is_cluster(&self) -> bool {
        self.nodes.len() > 1
    }

    /// Which of a server's databases.
    pub fn database(&self) -> u16 {
        self.nodes.first().and_then(|node| node.database).unwrap_or(0)
    }
}

impl Node {
    fn parse(text: &str) -> Option<Self> {
        let (is_tls, rest) = match text.split_once("://")? {
            ("redis", rest) => (false, rest),
            ("rediss", rest) => (true, rest),
            _ => return None,
        };
        // What stands behind `#` would switch the check of certificates off.
        if rest.contains(['?', '#', ' ']) {
            return None;
        }
        let (authority, database) = match rest.split_once('/') {
            Some((authority, database)) if !database.is_empty() => (authority, Some(database.parse().ok()?)),
            Some((authority, _)) => (authority, None),
            None => (rest, None),
        };
        let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !address.ends_with(']') => (host, port.parse().ok().filter(|port| *port > 0)?),
            _ => (address, DEFAULT_PORT),
        };
        let is_bare = !host.contains(['[', ']', ':', '@']);
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        if host.is_empty() || !(is_bare || is_bracketed) {
            return None;
        }
        Some(Self { url: Secret::new(text), is_tls, host: host.to_owned(), port, database })
    }
}

impl fmt::Display for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, node) in self.nodes.iter().enumerate() {
            let scheme = if node.is_tls { "rediss" } else { "redis" };
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{scheme}://{}:{}", node.host, node.port)?;
            if let Some(database) = node.database {
                write!(f, "/{database}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Redis, ConfigError> {
        Redis::parse(text, &Plaintext::default())
    }

    #[test]
    fn one_address_is_a_server_and_several_are_a_cluster() {
        let table = [
            ("redis://localhost", "redis://localhost:6379", false, 0),
            ("redis://127.0.0.1:7000/2", "redis://127.0.0.1:7000/2", false, 2),
            ("redis://[::1]", "redis://[::1]:6379", false, 0),
            ("redis://[::1]:7000/", "redis://[::1]:7000", false, 0),
            ("rediss://shop:hunter2@cache.example", "rediss://cache.example:6379", false, 0),
            ("redis://:hun@ter2@localhost:1", "redis://localhost:1", false, 0),
            ("redis://localhost:1, redis://localhost:2/0", "redis://localhost:1,redis://localhost:2/0", true, 0),
        ];
        for (text, printed, is_cluster, database) in table {
            let redis = parse(text).unwrap();
            assert_eq!(
                (redis.to_string(), redis.is_cluster(), redis.database()),
                (printed.to_owned(), is_cluster, database)
            );
            assert_eq!(format!("{redis:?}"), printed);
            assert!(redis.urls().all(|url| text.contains(url)), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        let table = [
            "localhost",
            "http://u:hunter2@localhost",
            "redis://",
            "redis://:hunter2@",
            "redis://localhost:0",
            "redis://localhost:hunter2",
            "redis://localhost/hunter2",
            "redis://a:b:c",
            "redis://::1",
            "redis://localhost,",
            "redis://localhost?hunter2",
            "rediss://u:hunter2@localhost#insecure",
            "redis://localhost,rediss://localhost:1",
            "redis://localhost:1/1,redis://localhost:2/1",
        ];
        for text in table {
            let said = parse(text).unwrap_err().to_string();
            assert!(said.starts_with("REDIS_URL") && said.contains("`rediss://`"), "{text}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_password_crosses_no_network_in_the_clear_unless_the_owner_says_so() {
        let beyond = "redis://localhost,redis://u:hunter2@10.0.0.7:6379";
        let said = parse(beyond).unwrap_err().to_string();
        assert!(said.starts_with("REDIS_URL names 10.0.0.7") && said.contains("`PLAINTEXT=redis`"), "{said}");
        assert!(Redis::parse(beyond, &Plaintext::parse("redis").unwrap()).is_ok());
        assert!(parse("rediss://localhost,rediss://10.0.0.7").is_ok());
    }
}
