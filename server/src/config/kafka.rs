//! Where order events go, and how the way there is protected.

use super::ConfigError;
use super::parse::host_and_port;
use super::plaintext::{Plaintext, Service};
use super::source::Source;
use crate::secret::Secret;
use std::path::PathBuf;

/// The port of a broker that is named without one.
const PORT: u16 = 9_092;
/// The longest name of a topic that Kafka takes.
const LONGEST_TOPIC: usize = 249;

/// `KAFKA_BROKERS` and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaSettings {
    /// `host:port` each; the others of the cluster are asked of these.
    pub brokers: Vec<String>,
    pub topic: String,
    /// `None`: in the clear.
    pub tls: Option<KafkaTls>,
    pub login: Option<KafkaLogin>,
}

/// How brokers are told from strangers, and we from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KafkaTls {
    /// Whom to trust, PEM. `None`: whom this machine trusts.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and its key, PEM, where brokers ask for one.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// Prints without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaLogin {
    /// As SASL calls it: `SCRAM-SHA-512`.
    pub mechanism: &'static str,
    pub user: String,
    pub password: Secret,
}

/// The first is what a login uses when nothing is said: the password itself crosses only TLS.
const MECHANISMS: [(&str, &str); 3] =
    [("plain", "PLAIN"), ("scram-sha-256", "SCRAM-SHA-256"), ("scram-sha-512", "SCRAM-SHA-512")];

/// What says something about brokers only.
const NEEDS_BROKERS: [&str; 8] = [
    "KAFKA_TOPIC",
    "KAFKA_TLS",
    "KAFKA_CA_FILE",
    "KAFKA_CERT_FILE",
    "KAFKA_KEY_FILE",
    "KAFKA_USER",
    "KAFKA_PASSWORD",
    "KAFKA_SASL",
];

impl KafkaSettings {
    /// # Errors
    /// The first setting that is wrong, or that says something about brokers nobody named.
    pub(super) fn read(source: &Source, plaintext: &Plaintext) -> Result<Option<Self>, ConfigError> {
        let Some(brokers) = source.find("KAFKA_BROKERS")? else {
            for name in NEEDS_BROKERS {
                if source.find(name)?.is_some() {
                    return Err(ConfigError::new(format!(
                        "{name} is set without KAFKA_BROKERS: name the brokers such as `10.0.0.5:9092`, or unset it"
                    )));
                }
            }
            return Ok(None);
        };
        let brokers = parse_brokers(&brokers)?;
        let tls = read_tls(source)?;
        let hosts = brokers.iter().map(|(host, _)| host.as_str());
        plaintext.check(Service::Kafka, "KAFKA_BROKERS", hosts, tls.is_some(), "say `KAFKA_TLS=on`")?;
        let topic =
            source.parsed("KAFKA_TOPIC", parse_topic, "write letters, digits, dots, dashes and underscores only")?;
        Ok(Some(Self {
            brokers: brokers.into_iter().map(|(host, port)| address(&host, port)).collect(),
            topic: topic.unwrap_or_else(|| "orders.v1".to_owned()),
            tls,
            login: read_login(source)?,
        }))
    }
}

fn parse_brokers(text: &str) -> Result<Vec<(String, u16)>, ConfigError> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let parsed = items.map(|item| host_and_port(item, PORT).ok_or(item)).collect::<Result<Vec<_>, &str>>();
    match parsed {
        Ok(brokers) if !brokers.is_empty() => Ok(brokers),
        // Not repeated: who writes a URL may have written a password into it.
        _ => Err(ConfigError::new(
            "KAFKA_BROKERS is not understood: write hosts and ports with commas between, such as `10.0.0.5:9092, 10.0.0.6:9092`",
        )),
    }
}

fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn parse_topic(text: &str) -> Option<String> {
    let good = text.len() <= LONGEST_TOPIC
        && ![".", ".."].contains(&text)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    good.then(|| text.to_owned())
}

fn read_tls(source: &Source) -> Result<Option<KafkaTls>, ConfigError> {
    let file = |name| source.find(name).map(|found| found.map(PathBuf::from));
    let (ca_file, cert, key) = (file("KAFKA_CA_FILE")?, file("KAFKA_CERT_FILE")?, file("KAFKA_KEY_FILE")?);
    let files = [("KAFKA_CA_FILE", &ca_file), ("KAFKA_CERT_FILE", &cert), ("KAFKA_KEY_FILE", &key)];
    let is_on = source.word("KAFKA_TLS", &[("on", true), ("off", false)])?.unwrap_or(false);
    for (name, path) in files.iter().filter_map(|(name, path)| Some((*name, path.as_ref()?))) {
        if !is_on {
            return Err(ConfigError::new(format!("{name} is set, but TLS is off: say `KAFKA_TLS=on`, or unset it")));
        }
        if !path.is_file() {
            return Err(ConfigError::new(format!("{name} is {}, where no file is: name a PEM file", path.display())));
        }
    }
    let own = match (cert, key) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) => return Err(ConfigError::new("KAFKA_KEY_FILE is missing: name the key of KAFKA_CERT_FILE")),
        (None, Some(_)) => {
            return Err(ConfigError::new("KAFKA_CERT_FILE is missing: name the certificate of KAFKA_KEY_FILE"));
        }
    };
    Ok(is_on.then_some(KafkaTls { ca_file, own }))
}

fn read_login(source: &Source) -> Result<Option<KafkaLogin>, ConfigError> {
    let mechanism = source.word("KAFKA_SASL", &MECHANISMS)?;
    match (source.find("KAFKA_USER")?, source.find("KAFKA_PASSWORD")?) {
        (Some(user), Some(password)) => {
            let mechanism = mechanism.unwrap_or(MECHANISMS[0].1);
            Ok(Some(KafkaLogin { mechanism, user, password: Secret::new(password) }))
        }
        (None, None) if mechanism.is_none() => Ok(None),
        (Some(_), None) => Err(ConfigError::new("KAFKA_PASSWORD is missing: give the password of KAFKA_USER")),
        _ => Err(ConfigError::new("KAFKA_USER is missing: say who logs in, or unset KAFKA_PASSWORD and KAFKA_SASL")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn read(set: &[(&str, &str)]) -> Result<Option<KafkaSettings>, ConfigError> {
        read_with(set, &Plaintext::default())
    }

    fn read_with(set: &[(&str, &str)], plaintext: &Plaintext) -> Result<Option<KafkaSettings>, ConfigError> {
        let set: HashMap<String, String> = set.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        KafkaSettings::read(&Source::new(move |name| set.get(name).map(Into::into), None)?, plaintext)
    }

    #[test]
    fn brokers_have_a_port_and_the_topic_a_default() {
        assert_eq!(read(&[]), Ok(None));
        let one = read(&[("KAFKA_BROKERS", "localhost, 127.0.0.1:9093,[::1]:9094")]).unwrap().unwrap();
        assert_eq!(one.brokers, ["localhost:9092", "127.0.0.1:9093", "[::1]:9094"]);
        assert_eq!((one.topic.as_str(), one.tls, one.login), ("orders.v1", None, None));
        let named = read(&[("KAFKA_BROKERS", "localhost"), ("KAFKA_TOPIC", "shop.orders_v1-a")]).unwrap().unwrap();
        assert_eq!(named.topic, "shop.orders_v1-a");
    }

    #[test]
    fn a_login_and_tls_are_whole_or_refused() {
        let ca = tempfile::NamedTempFile::new().unwrap();
        let path = ca.path().to_str().unwrap();
        let set = [
            ("KAFKA_BROKERS", "kafka.example:9093"),
            ("KAFKA_TLS", "on"),
            ("KAFKA_CA_FILE", path),
            ("KAFKA_USER", "damda"),
            ("KAFKA_PASSWORD", "hunter2"),
            ("KAFKA_SASL", "scram-sha-512"),
        ];
        let settings = read(&set).unwrap().unwrap();
        assert_eq!(settings.tls, Some(KafkaTls { ca_file: Some(path.into()), own: None }));
        let login = settings.login.as_ref().unwrap();
        assert_eq!((login.mechanism, login.user.as_str()), ("SCRAM-SHA-512", "damda"));
        assert_eq!(login.password.reveal(), "hunter2");
        assert!(!format!("{settings:?}").contains("hunter2"));
        let plain = [("KAFKA_BROKERS", "localhost"), ("KAFKA_USER", "u"), ("KAFKA_PASSWORD", "p")];
        assert_eq!(read(&plain).unwrap().unwrap().login.unwrap().mechanism, "PLAIN");
    }

    #[test]
    fn what_is_wrong_is_one_sentence_without_the_password() {
        let here = ("KAFKA_BROKERS", "127.0.0.1:9092");
        type Set<'a> = &'a [(&'a str, &'a str)];
        let table: &[(Set<'_>, &str, &str)] = &[
            (&[("KAFKA_BROKERS", "kafka://u:hunter2@h:1")], "KAFKA_BROKERS", "10.0.0.5:9092"),
            (&[("KAFKA_BROKERS", ",")], "KAFKA_BROKERS", "10.0.0.5:9092"),
            (&[("KAFKA_BROKERS", "h:99999")], "KAFKA_BROKERS", "10.0.0.5:9092"),
            (&[("KAFKA_BROKERS", "127.0.0.1,kafka.example")], "KAFKA_BROKERS names kafka.example", "KAFKA_TLS=on"),
            (&[("KAFKA_TOPIC", "orders")], "KAFKA_TOPIC", "KAFKA_BROKERS"),
            (&[("KAFKA_PASSWORD", "hunter2")], "KAFKA_PASSWORD", "KAFKA_BROKERS"),
            (&[here, ("KAFKA_TOPIC", "orders v1")], "KAFKA_TOPIC", "letters"),
            (&[here, ("KAFKA_TOPIC", "..")], "KAFKA_TOPIC", "letters"),
            (&[here, ("KAFKA_TLS", "yes")], "KAFKA_TLS", "`on` or `off`"),
            (&[here, ("KAFKA_CA_FILE", "/etc/passwd")], "KAFKA_CA_FILE", "KAFKA_TLS=on"),
            (&[here, ("KAFKA_TLS", "on"), ("KAFKA_CA_FILE", "/nowhere/ca.pem")], "KAFKA_CA_FILE", "PEM"),
            (&[here, ("KAFKA_TLS", "on"), ("KAFKA_CERT_FILE", "/etc/passwd")], "KAFKA_KEY_FILE", "KAFKA_CERT_FILE"),
            (&[here, ("KAFKA_TLS", "on"), ("KAFKA_KEY_FILE", "/etc/passwd")], "KAFKA_CERT_FILE", "KAFKA_KEY_FILE"),
            (&[here, ("KAFKA_USER", "u")], "KAFKA_PASSWORD", "KAFKA_USER"),
            (&[here, ("KAFKA_PASSWORD", "hunter2")], "KAFKA_USER", "unset"),
            (&[here, ("KAFKA_SASL", "plain")], "KAFKA_USER", "unset"),
            (&[here, ("KAFKA_SASL", "kerberos")], "KAFKA_SASL", "`scram-sha-256`"),
        ];
        for (set, begins, remedy) in table {
            let said = read(set).expect_err(begins).to_string();
            assert!(said.starts_with(begins) && said.contains(remedy) && !said.contains("hunter2"), "{set:?}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }

    #[test]
    fn brokers_beyond_this_machine_are_reached_by_tls_or_knowingly_in_the_clear() {
        let beyond = ("KAFKA_BROKERS", "10.0.0.5:9092");
        assert!(read(&[beyond]).is_err() && read(&[beyond, ("KAFKA_TLS", "off")]).is_err());
        assert!(read(&[beyond, ("KAFKA_TLS", "on")]).is_ok());
        assert!(read_with(&[beyond], &Plaintext::parse("kafka").unwrap()).is_ok());
        assert!(read_with(&[beyond], &Plaintext::parse("redis").unwrap()).is_err());
    }
}
