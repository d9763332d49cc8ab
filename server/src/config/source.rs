//! Finds a setting: in the environment, else in the file; and turns it into a value or a sentence.

use super::parse::{self, PublicUrl};
use super::{ConfigError, Database, Plaintext, Redis};
use crate::address::TrustedProxies;
use crate::rest::cors::Origins;
use crate::secret::{LEAST_KEY_BYTES, LEAST_TOKEN_BYTES, Secret};
use shop::ports::Limit;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Everything that may be set. The file knows no other name.
pub(super) const NAMES: &[&str] = &[
    "DATABASE_URL",
    "MIGRATE_DATABASE_URL",
    "REDIS_URL",
    "KAFKA_BROKERS",
    "KAFKA_TOPIC",
    "KAFKA_TLS",
    "KAFKA_CA_FILE",
    "KAFKA_CERT_FILE",
    "KAFKA_KEY_FILE",
    "KAFKA_USER",
    "KAFKA_PASSWORD",
    "KAFKA_SASL",
    "LISTEN",
    "JWT_SECRET",
    "PUBLIC_URL",
    "METRICS_LISTEN",
    "METRICS_TOKEN",
    "CHARGES",
    "TRUSTED_PROXIES",
    "PLAINTEXT",
    "CORS_ORIGINS",
    "RESERVATION_TTL",
    "RECOVERY_DELAY",
    "ORDER_LIMIT",
    "CLAIM_LIMIT",
    "FAILURE_LIMIT",
    "FAILURE_BLOCK",
    "LOGIN_LIMIT",
    "REGISTER_LIMIT",
    "RESET_LIMIT",
    "ADJUSTMENT_LIMIT",
    "REQUIRE_SECOND_FACTOR",
    "TOKEN_TTL",
    "PAGES_DIR",
    "MAINTENANCE",
    "SELLER_NAME",
    "SELLER_REPRESENTATIVE",
    "SELLER_BUSINESS_NUMBER",
    "SELLER_MAIL_ORDER_NUMBER",
    "SELLER_ADDRESS",
    "SELLER_PHONE",
    "SELLER_EMAIL",
    "SELLER_HOSTING",
    "SELLER_PRIVACY_OFFICER",
    "EXPIRY_EVERY",
    "EXPIRY_BATCH_EVERY",
    "RECOVERY_EVERY",
    "EVENTS_EVERY",
    "EVENTS_KEPT",
    "SESSIONS_EVERY",
    "MAIL",
    "MAIL_FROM",
    "MAIL_EVERY",
    "PAIRS_EVERY",
    "MONTHS_EVERY",
    "VERIFY_EVERY",
    "ALERTS_EVERY",
    "ALERT_CONCURRENT_USERS",
    "ALERT_MAIL",
    "ALERT_LANG",
    "ALERT_WEBHOOK",
    "ALERT_WEBHOOK_SECRET",
    "ALERT_WEBHOOK_PRIVATE",
    "ALERT_SLACK_WEBHOOK",
    "DEMO_FAIL_PAYMENTS",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "DAMDA_LOG",
    "DAMDA_LOG_FORMAT",
];

type Environment = dyn Fn(&str) -> Option<OsString>;

/// Settings as they were written.
pub struct Source {
    environment: Box<Environment>,
    file: BTreeMap<String, String>,
}

impl Source {
    pub fn of_process() -> Result<Self, ConfigError> {
        let environment = |name: &str| std::env::var_os(name);
        let named = environment("DAMDA_CONFIG").filter(|path| !path.is_empty());
        let path = named.clone().map_or_else(|| "damda.toml".into(), std::path::PathBuf::from);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(ConfigError::new(format!(
                    "DAMDA_CONFIG names {}, which cannot be read ({error}): name a readable file or unset it",
                    path.display()
                )));
            }
        };
        Self::new(environment, text.as_deref().map(|text| (path.as_path(), text)))
    }

    pub fn new(
        environment: impl Fn(&str) -> Option<OsString> + 'static,
        file: Option<(&Path, &str)>,
    ) -> Result<Self, ConfigError> {
        let file = file.map_or_else(|| Ok(BTreeMap::new()), |(path, text)| read_file(path, text))?;
        Ok(Self { environment: Box::new(environment), file })
    }

    /// The text of a setting; an empty one is none.
    pub fn find(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        debug_assert!(NAMES.contains(&name), "{name} is not in the list of names");
        let text = match (self.environment)(name).map(OsString::into_string) {
            Some(Ok(text)) if !text.is_empty() => Some(text),
            Some(Err(_)) => return Err(ConfigError::new(format!("{name} is not UTF-8: write it in plain characters"))),
            _ => self.file.get(name).cloned(),
        };
        Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// A value that may be repeated in a message.
    pub fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        remedy: &str,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.find(name)? else { return Ok(None) };
        match parse(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(ConfigError::new(format!("{name} is `{}`: {remedy}", text.escape_debug()))),
        }
    }

    pub fn duration(&self, name: &'static str, default: Duration) -> Result<Duration, ConfigError> {
        self.parsed(name, parse::duration, DURATION).map(|found| found.unwrap_or(default))
    }

    pub fn duration_or_off(
        &self,
        name: &'static str,
        default: Option<Duration>,
    ) -> Result<Option<Duration>, ConfigError> {
        let remedy = format!("{DURATION}, or `off`");
        self.parsed(name, or_off(parse::duration), &remedy).map(|found| found.unwrap_or(default))
    }

    pub fn limit(&self, name: &'static str, default: Option<Limit>) -> Result<Option<Limit>, ConfigError> {
        let remedy = "write a count and a time such as `3/60s` (three in sixty seconds), or `off`";
        self.parsed(name, or_off(parse::limit), remedy).map(|found| found.unwrap_or(default))
    }

    pub fn count_or_off(&self, name: &'static str, default: Option<u32>) -> Result<Option<u32>, ConfigError> {
        let remedy = "write a whole number from 1, or `off`";
        self.parsed(name, or_off(parse::count), remedy).map(|found| found.unwrap_or(default))
    }

    pub fn count(&self, name: &'static str, default: u32) -> Result<u32, ConfigError> {
        self.parsed(name, parse::count, "write a whole number from 1").map(|found| found.unwrap_or(default))
    }

    /// `10%`; 0 when it is not set.
    pub fn percentage(&self, name: &'static str) -> Result<u32, ConfigError> {
        let percentage = |text: &str| text.strip_suffix('%')?.parse().ok().filter(|percent| *percent <= 100);
        self.parsed(name, percentage, "write `0%` to `100%`").map(Option::unwrap_or_default)
    }

    pub fn word<T: Copy>(&self, name: &'static str, words: &[(&str, T)]) -> Result<Option<T>, ConfigError> {
        let known: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let find = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        self.parsed(name, find, &format!("write {}", known.join(" or ")))
    }

    /// A line that pages show: blank when it is not set.
    pub fn line(&self, name: &'static str) -> Result<String, ConfigError> {
        const MOST_CHARS: usize = 200;
        let good = |text: &str| {
            let fits = text.chars().count() <= MOST_CHARS && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        };
        let remedy = format!("write one line of at most {MOST_CHARS} characters");
        Ok(self.parsed(name, good, &remedy)?.unwrap_or_default())
    }

    pub fn listen(&self, name: &'static str, default: &str) -> Result<SocketAddr, ConfigError> {
        let remedy = format!("write an address and a port such as `{default}`");
        let found = self.parsed(name, |text| text.parse().ok(), &remedy)?;
        found.map_or_else(|| default.parse().map_err(|_| ConfigError::new(format!("{name} has no default"))), Ok)
    }

    pub fn listen_or_off(&self, name: &'static str, default: &str) -> Result<Option<SocketAddr>, ConfigError> {
        let remedy = format!("write an address and a port such as `{default}`, or `off`");
        let found = self.parsed(name, or_off(|text: &str| text.parse().ok()), &remedy)?;
        Ok(found.unwrap_or_else(|| default.parse().ok()))
    }

    pub fn public_url(&self, name: &'static str) -> Result<Option<PublicUrl>, ConfigError> {
        self.parsed(name, PublicUrl::parse, "write scheme, host and port only, such as `https://shop.example`")
    }

    pub fn proxies(&self, name: &'static str) -> Result<TrustedProxies, ConfigError> {
        let text = self.find(name)?.unwrap_or_default();
        TrustedProxies::parse(&text).map_err(|item| {
            ConfigError::new(format!(
                "{name} holds `{}`: write addresses and networks with commas between, such as `127.0.0.1, 10.0.0.0/8`",
                item.escape_debug()
            ))
        })
    }

    pub fn plaintext(&self, name: &'static str) -> Result<Plaintext, ConfigError> {
        let text = self.find(name)?.unwrap_or_default();
        Plaintext::parse(&text).map_err(|word| {
            ConfigError::new(format!(
                "{name} holds `{}`: write some of `mysql, redis, kafka, otlp`",
                word.escape_debug()
            ))
        })
    }

    pub fn origins(&self, name: &'static str) -> Result<Origins, ConfigError> {
        let text = self.find(name)?.unwrap_or_default();
        Origins::parse(&text).map_err(|item| {
            ConfigError::new(format!(
                "{name} holds `{}`: write `*`, or origins as browsers do with commas between, such as `https://a.example, https://b.example`",
                item.escape_debug()
            ))
        })
    }

    pub fn database(&self, name: &'static str, default: &str) -> Result<Database, ConfigError> {
        Database::parse(name, self.find(name)?.as_deref().unwrap_or(default))
    }

    pub fn maybe_database(&self, name: &'static str) -> Result<Option<Database>, ConfigError> {
        self.find(name)?.map(|text| Database::parse(name, &text)).transpose()
    }

    pub fn redis(&self, name: &'static str, plaintext: &Plaintext) -> Result<Option<Redis>, ConfigError> {
        self.find(name)?.map(|text| Redis::parse(&text, plaintext)).transpose()
    }

    /// A token that opens something, sent as `Bearer`: its text is never repeated.
    pub fn token(&self, name: &'static str) -> Result<Option<Secret>, ConfigError> {
        let Some(text) = self.find(name)? else { return Ok(None) };
        if text.len() < LEAST_TOKEN_BYTES {
            return Err(ConfigError::new(format!(
                "{name} has {} bytes: give it at least {LEAST_TOKEN_BYTES}, for example from `openssl rand -hex 16`",
                text.len()
            )));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::new(format!(
                "{name} holds more than visible ASCII characters, which no header can carry: make one with `openssl rand -hex 16`"
            )));
        }
        Ok(Some(Secret::new(text)))
    }

    /// A signing key: its text is never repeated.
    pub fn key(&self, name: &'static str) -> Result<Option<Secret>, ConfigError> {
        match self.find(name)? {
            Some(text) if text.len() < LEAST_KEY_BYTES => Err(ConfigError::new(format!(
                "{name} has {} bytes: give it at least {LEAST_KEY_BYTES}, for example from `openssl rand -hex 32`",
                text.len()
            ))),
            found => Ok(found.map(Secret::new)),
        }
    }
}

const DURATION: &str = "write a time such as `30s`, `10m` or `1h`";

fn or_off<T>(parse: impl FnOnce(&str) -> Option<T>) -> impl FnOnce(&str) -> Option<Option<T>> {
    |text| if text == "off" { Some(None) } else { parse(text).map(Some) }
}

/// Names in the file are those of the environment, in either case.
fn read_file(path: &Path, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let path = path.display();
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        ConfigError::new(format!(
            "DAMDA_CONFIG: {path} is not TOML near line {line}: write lines such as `listen = \"127.0.0.1:3000\"`"
        ))
    })?;
    let mut settings = BTreeMap::new();
    for (key, value) in table {
        let name = key.to_ascii_uppercase();
        if !NAMES.contains(&name.as_str()) {
            return Err(ConfigError::new(format!(
                "DAMDA_CONFIG: {path} sets `{}`, which is no setting: remove it or correct its name",
                key.escape_debug()
            )));
        }
        let Some(text) = plain_text(&value) else {
            return Err(ConfigError::new(format!("{name} in {path} is neither text nor a number: write it in quotes")));
        };
        if settings.insert(name.clone(), text).is_some() {
            return Err(ConfigError::new(format!("{name} is in {path} twice: keep one of them")));
        }
    }
    Ok(settings)
}

fn plain_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            items.iter().map(plain_text).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        _ => None,
    }
}
