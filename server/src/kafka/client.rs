//! How we speak to the brokers: what librdkafka is told, and what becomes of what it says.

use super::EventProducer;
use crate::config::KafkaSettings;
use parking_lot::Mutex;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer;
use rdkafka::{ClientConfig, ClientContext};
use shop::ports::PUBLISHED_WITHIN;
use std::sync::Arc;
use std::time::Duration;

/// An event that is not confirmed by then has failed: early enough for its report to come in time.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(10);
const _: () = assert!(GIVEN_UP_AFTER.as_secs() + 2 <= PUBLISHED_WITHIN.as_secs());
/// A broker that has not answered a request by then may be frozen: ask another, or ask again.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);
/// The longest pause between tries to connect, and so the longest that the end of an outage goes unnoticed.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) fn client_config(settings: &KafkaSettings) -> ClientConfig {
    let millis = |duration: Duration| duration.as_millis().to_string();
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", settings.brokers.join(","))
        .set("client.id", "damda")
        // The broker drops what a retry of ours sends twice and keeps the order of what it takes.
        .set("enable.idempotence", "true")
        .set("acks", "all")
        // As Java's clients choose partitions, so that topics keyed by order can be joined.
        .set("partitioner", "murmur2_random")
        // A relay hands over a whole batch at once: there is nothing more to wait for.
        .set("linger.ms", "1")
        .set("message.timeout.ms", millis(GIVEN_UP_AFTER))
        .set("request.timeout.ms", millis(REQUEST_PATIENCE))
        .set("socket.timeout.ms", millis(REQUEST_PATIENCE))
        .set("socket.connection.setup.timeout.ms", millis(REQUEST_PATIENCE))
        .set("socket.keepalive.enable", "true")
        .set("reconnect.backoff.max.ms", millis(LONGEST_PAUSE));
    let protocol = match (&settings.tls, &settings.login) {
        (None, None) => "plaintext",
        (Some(_), None) => "ssl",
        (None, Some(_)) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    };
    config.set("security.protocol", protocol);
    if let Some(tls) = &settings.tls {
        // OpenSSL is inside the program and knows no folder of this machine: `probe` looks in the usual ones.
        let ca = tls.ca_file.as_ref().map_or_else(|| "probe".to_owned(), |file| file.display().to_string());
        config.set("ssl.ca.location", ca);
        if let Some((cert, key)) = &tls.own {
            config.set("ssl.certificate.location", cert.display().to_string());
            config.set("ssl.key.location", key.display().to_string());
        }
    }
    if let Some(login) = &settings.login {
        config
            .set("sasl.mechanism", login.mechanism)
            .set("sasl.username", &login.user)
            .set("sasl.password", login.password.reveal());
    }
    config
}

/// Whether a broker answers, and knows the topic or makes it. Blocks for as long as `patience`.
pub(super) fn ask_for_topic(producer: &EventProducer, topic: &str, patience: Duration) -> Result<(), String> {
    let metadata = producer.client().fetch_metadata(Some(topic), patience).map_err(|error| error.to_string())?;
    let error = metadata.topics().iter().find_map(|found| found.error());
    match error.map(RDKafkaErrorCode::from) {
        // A topic that is made by asking for it is not there at once.
        None | Some(RDKafkaErrorCode::LeaderNotAvailable | RDKafkaErrorCode::UnknownTopicOrPartition) => Ok(()),
        Some(error) => Err(format!("topic {topic}: {error}")),
    }
}

/// Hears what librdkafka has to say. In an outage it says the same many times a second, so that the log gets
/// it only at `debug`; the job that sends events says once that it fails, and why.
#[derive(Clone, Default)]
pub(super) struct Listener {
    trouble: Arc<Mutex<Option<String>>>,
}

impl Listener {
    /// What stood in the way last, since the last time that all went well.
    pub fn last_trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }

    pub fn forget_trouble(&self) {
        self.trouble.lock().take();
    }
}

impl ClientContext for Listener {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "damda::kafka", facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "damda::kafka", %error, reason);
        // That all brokers are down follows from what was said of each.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            *self.trouble.lock() = Some(reason.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{KafkaLogin, KafkaTls};
    use crate::secret::Secret;

    fn settings() -> KafkaSettings {
        KafkaSettings { brokers: vec!["a:1".into(), "b:2".into()], topic: "t".into(), tls: None, login: None }
    }

    #[test]
    fn the_way_to_the_brokers_is_what_the_settings_say() {
        let login = KafkaLogin { mechanism: "SCRAM-SHA-512", user: "damda".into(), password: Secret::new("hunter2") };
        let tls = KafkaTls { ca_file: None, own: Some(("cert.pem".into(), "key.pem".into())) };
        let table = [
            (None, None, "plaintext"),
            (Some(tls.clone()), None, "ssl"),
            (None, Some(login.clone()), "sasl_plaintext"),
            (Some(tls), Some(login), "sasl_ssl"),
        ];
        for (tls, login, protocol) in table {
            let config = client_config(&KafkaSettings { tls: tls.clone(), login: login.clone(), ..settings() });
            assert_eq!(config.get("security.protocol"), Some(protocol));
            assert_eq!(config.get("bootstrap.servers"), Some("a:1,b:2"));
            assert_eq!((config.get("enable.idempotence"), config.get("acks")), (Some("true"), Some("all")));
            assert_eq!(config.get("ssl.ca.location"), tls.as_ref().map(|_| "probe"));
            assert_eq!(config.get("ssl.key.location"), tls.as_ref().map(|_| "key.pem"));
            assert_eq!(config.get("sasl.mechanism"), login.as_ref().map(|_| "SCRAM-SHA-512"));
            assert_eq!(config.get("sasl.password"), login.as_ref().map(|_| "hunter2"));
        }
    }
}
