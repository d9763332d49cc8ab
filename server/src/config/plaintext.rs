//! Which services may be spoken to in the clear. Within this machine always; beyond it only those that
//! `PLAINTEXT` names, because passwords and orders would cross a network for everybody on it to read.

use super::ConfigError;
use std::net::IpAddr;

/// A service whose connection may leave this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    MySql,
    Redis,
    Kafka,
    Otlp,
}

impl Service {
    const ALL: [Self; 4] = [Self::MySql, Self::Redis, Self::Kafka, Self::Otlp];

    /// The word in `PLAINTEXT`.
    fn word(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::Redis => "redis",
            Self::Kafka => "kafka",
            Self::Otlp => "otlp",
        }
    }
}

/// The services that `PLAINTEXT` allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plaintext(Vec<Service>);

impl Plaintext {
    /// Words with commas or spaces between. The error is the word that names no service.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = |word: &str| Service::ALL.into_iter().find(|service| service.word() == word);
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        words.map(|word| known(word).ok_or_else(|| word.to_owned())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `service` may be reached at these hosts. `remedy` says how to turn TLS on.
    ///
    /// # Errors
    /// When one of the hosts is beyond this machine, TLS is off, and the owner did not allow that.
    pub fn check<'a>(
        &self,
        service: Service,
        variable: &str,
        hosts: impl IntoIterator<Item = &'a str>,
        is_tls: bool,
        remedy: &str,
    ) -> Result<(), ConfigError> {
        if is_tls || self.0.contains(&service) {
            return Ok(());
        }
        match hosts.into_iter().find(|host| !is_loopback(host)) {
            None => Ok(()),
            Some(host) => Err(ConfigError::new(format!(
                "{variable} names {}, beyond this machine and without TLS: {remedy}, or say `PLAINTEXT={}` if that network is yours alone",
                host.escape_debug(),
                service.word()
            ))),
        }
    }
}

/// `localhost`, `127.0.0.0/8`, `::1` with or without brackets. A name that only resolves to one may change.
fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_service_may_be_reached_in_the_clear_beyond_this_machine() {
        let none = Plaintext::default();
        let redis = Plaintext::parse("redis, kafka").unwrap();
        let check = |allowed: &Plaintext, service, host, is_tls| {
            allowed.check(service, "REDIS_URL", ["127.0.0.1", host], is_tls, "write `rediss://`")
        };
        for here in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"] {
            assert_eq!(check(&none, Service::Redis, here, false), Ok(()), "{here}");
        }
        for beyond in ["10.0.0.7", "db.example", "localhost.example", "0.0.0.0", "[fe80::1]", ""] {
            assert!(check(&none, Service::Redis, beyond, false).is_err(), "{beyond}");
            assert_eq!(check(&none, Service::Redis, beyond, true), Ok(()), "{beyond}");
            assert_eq!(check(&redis, Service::Redis, beyond, false), Ok(()), "{beyond}");
            assert!(check(&redis, Service::MySql, beyond, false).is_err(), "{beyond}");
        }
        let said = check(&none, Service::Redis, "10.0.0.7", false).unwrap_err().to_string();
        assert!(said.starts_with("REDIS_URL names 10.0.0.7,") && said.contains("`PLAINTEXT=redis`"), "{said}");
    }

    #[test]
    fn a_word_that_names_no_service_is_refused() {
        assert_eq!(Plaintext::parse("mysql,postgres"), Err("postgres".to_owned()));
        assert_eq!(Plaintext::parse(""), Ok(Plaintext::default()));
    }
}
