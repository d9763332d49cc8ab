//! What the owner of the shop decides: environment variables over an optional TOML file. Anything wrong
//! or missing is one sentence that names the variable and the remedy; nothing is guessed and nothing is
//! ignored. Values that may hold a secret are never repeated in a message.
//!
//! [`parse`] reads single values, [`source`] finds them.

mod alerts;
mod database;
mod kafka;
mod mail;
pub mod parse;
pub mod plaintext;
mod redis;
pub mod source;
mod telemetry;

pub use self::redis::Redis;
pub use alerts::{AlertSettings, Webhook};
pub use database::Database;
pub use kafka::{KafkaLogin, KafkaSettings, KafkaTls};
pub use mail::{MailRoute, MailSettings, SmtpServer, SmtpTls};
pub use parse::PublicUrl;
pub use plaintext::Plaintext;
pub use telemetry::{Endpoint, TelemetrySettings};

use crate::address::TrustedProxies;
use crate::rest::cors::Origins;
use crate::secret::{self, LEAST_KEY_BYTES, Secret};
use app::legal::Seller;
use shop::{Settings, Won};
use source::Source;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// In won.
const DEFAULT_ADJUSTMENT_LIMIT: u32 = 100_000;

/// One sentence for the owner: which variable, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// Every setting, checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: Database,
    /// The account that changes tables, when another than the one that serves does.
    pub owner_database: Option<Database>,
    pub listen: SocketAddr,
    /// `None`: `http://` and the address that is listened on.
    pub public_url: Option<PublicUrl>,
    jwt_secret: Option<Secret>,
    /// How long an access token lives.
    pub token_ttl: Duration,
    pub metrics: Metrics,
    pub trusted_proxies: TrustedProxies,
    /// Which services may be spoken to without TLS beyond this machine.
    pub plaintext: Plaintext,
    /// `None`: limits, counters and locks are this process's own.
    pub redis: Option<Redis>,
    /// `None`: order events stay in the database.
    pub kafka: Option<KafkaSettings>,
    /// `None`: no traces are collected.
    pub telemetry: Option<TelemetrySettings>,
    /// Whose pages may read the API's answers.
    pub cors: Origins,
    /// `None`: no letters are sent.
    pub mail: Option<MailSettings>,
    /// Who is told of alerts.
    pub alerts: AlertSettings,
    /// `None`: not said, which is enough with SQLite only.
    charges_open: Option<bool>,
    settings: Settings,
    pub intervals: Intervals,
    /// Who sells, as pages say it.
    pub seller: Seller,
    /// Where the owner's own terms and notices are.
    pub pages_dir: Option<PathBuf>,
    /// The shop is closed for a while; only operators get in.
    pub is_in_maintenance: bool,
    pub log: String,
    pub log_json: bool,
}

/// Where `/metrics` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// On a listener of its own.
    pub listen: Option<SocketAddr>,
    /// Somebody chose that address; the default may be taken by another shop of this machine.
    pub chosen: bool,
    /// On the public listener, for who sends this token.
    pub token: Option<Secret>,
}

/// How often the shop's own work is done. `None`: not by this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    pub expiry: Option<Duration>,
    /// The batch of SPEC §6, for what the frequent look missed.
    pub expiry_batch: Option<Duration>,
    pub recovery: Option<Duration>,
    pub events: Option<Duration>,
    pub sessions: Option<Duration>,
    pub mail: Option<Duration>,
    /// What is bought together.
    pub pairs: Option<Duration>,
    /// Partitions for the months to come.
    pub months: Option<Duration>,
    /// Whether the books add up.
    pub verify: Option<Duration>,
    /// What alerts go by, the alerts, and notices that wait.
    pub alerts: Option<Duration>,
}

impl Default for Intervals {
    fn default() -> Self {
        let every = |seconds| Some(Duration::from_secs(seconds));
        Self {
            expiry: every(1),
            expiry_batch: every(300),
            recovery: every(5),
            events: every(1),
            sessions: every(3_600),
            mail: every(1),
            pairs: every(60),
            months: every(3_600),
            verify: every(86_400),
            alerts: every(10),
        }
    }
}

impl Config {
    /// Reads the environment of this process and the file that `DAMDA_CONFIG` names, or `./damda.toml`.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_environment() -> Result<Self, ConfigError> {
        let config = Self::read(&Source::of_process()?)?;
        config.database.check_folder()?;
        Ok(config)
    }

    /// Every setting, as `source` has it.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn read(source: &Source) -> Result<Self, ConfigError> {
        let defaults = Settings::default();
        let every = Intervals::default();
        let failure_block = source.duration_or_off("FAILURE_BLOCK", Some(defaults.failure_block))?;
        let failure_limit = source.count_or_off("FAILURE_LIMIT", defaults.failure_limit)?;
        let charges_open = source.word("CHARGES", &[("open", true), ("off", false)])?;
        let plaintext = source.plaintext("PLAINTEXT")?;
        let database = source.database("DATABASE_URL", "sqlite://damda.db")?;
        let owner_database = source.maybe_database("MIGRATE_DATABASE_URL")?;
        database.check_way("DATABASE_URL", &plaintext)?;
        if let Some(owner) = &owner_database {
            owner.check_way("MIGRATE_DATABASE_URL", &plaintext)?;
            owner.check_same_shop(&database)?;
        }
        let mail = MailSettings::parse(source.find("MAIL")?.as_deref(), source.find("MAIL_FROM")?.as_deref())?;
        let alerts = AlertSettings::read(source, mail.is_some())?;
        let failing_payments = source.percentage("DEMO_FAIL_PAYMENTS")?;
        let verify = source.duration_or_off("VERIFY_EVERY", every.verify)?;
        Ok(Self {
            database,
            owner_database,
            listen: source.listen("LISTEN", "127.0.0.1:3000")?,
            public_url: source.public_url("PUBLIC_URL")?,
            jwt_secret: source.key("JWT_SECRET")?,
            token_ttl: source.duration("TOKEN_TTL", Duration::from_secs(3_600))?,
            metrics: Metrics {
                listen: source.listen_or_off("METRICS_LISTEN", "127.0.0.1:9300")?,
                chosen: source.find("METRICS_LISTEN")?.is_some(),
                token: source.token("METRICS_TOKEN")?,
            },
            trusted_proxies: source.proxies("TRUSTED_PROXIES")?,
            redis: source.redis("REDIS_URL", &plaintext)?,
            kafka: KafkaSettings::read(source, &plaintext)?,
            telemetry: TelemetrySettings::read(source, &plaintext)?,
            plaintext,
            cors: source.origins("CORS_ORIGINS")?,
            mail: mail.clone(),
            alerts: alerts.clone(),
            charges_open,
            settings: Settings {
                order_limit: source.limit("ORDER_LIMIT", defaults.order_limit)?,
                claim_limit: source.limit("CLAIM_LIMIT", defaults.claim_limit)?,
                failure_limit: failure_block.and(failure_limit),
                failure_block: failure_block.unwrap_or(defaults.failure_block),
                login_limit: source.limit("LOGIN_LIMIT", defaults.login_limit)?,
                register_limit: source.limit("REGISTER_LIMIT", defaults.register_limit)?,
                reset_limit: source.limit("RESET_LIMIT", defaults.reset_limit)?,
                reservation_ttl: source.duration("RESERVATION_TTL", defaults.reservation_ttl)?,
                recovery_delay: source.duration("RECOVERY_DELAY", defaults.recovery_delay)?,
                charges_open: charges_open.unwrap_or(false),
                mail_on: mail.is_some(),
                events_kept: source.duration_or_off("EVENTS_KEPT", defaults.events_kept)?,
                most_users: alerts.most_users,
                alert_recipients: alerts.recipients(),
                adjustment_limit: Won::new(source.count("ADJUSTMENT_LIMIT", DEFAULT_ADJUSTMENT_LIMIT)?.into()),
                require_second_factor: source
                    .word("REQUIRE_SECOND_FACTOR", &[("on", true), ("off", false)])?
                    .unwrap_or(false),
                seal_key: defaults.seal_key,
                is_verified: verify.is_some(),
                failing_payments,
            },
            intervals: Intervals {
                expiry: source.duration_or_off("EXPIRY_EVERY", every.expiry)?,
                expiry_batch: source.duration_or_off("EXPIRY_BATCH_EVERY", every.expiry_batch)?,
                recovery: source.duration_or_off("RECOVERY_EVERY", every.recovery)?,
                events: source.duration_or_off("EVENTS_EVERY", every.events)?,
                sessions: source.duration_or_off("SESSIONS_EVERY", every.sessions)?,
                mail: source.duration_or_off("MAIL_EVERY", every.mail)?,
                pairs: source.duration_or_off("PAIRS_EVERY", every.pairs)?,
                months: source.duration_or_off("MONTHS_EVERY", every.months)?,
                verify,
                alerts: source.duration_or_off("ALERTS_EVERY", every.alerts)?,
            },
            seller: Seller {
                name: source.line("SELLER_NAME")?,
                representative: source.line("SELLER_REPRESENTATIVE")?,
                business_number: source.line("SELLER_BUSINESS_NUMBER")?,
                mail_order_number: source.line("SELLER_MAIL_ORDER_NUMBER")?,
                address: source.line("SELLER_ADDRESS")?,
                phone: source.line("SELLER_PHONE")?,
                email: source.line("SELLER_EMAIL")?,
                hosting: source.line("SELLER_HOSTING")?,
                privacy_officer: source.line("SELLER_PRIVACY_OFFICER")?,
                is_example: false,
            },
            pages_dir: source.find("PAGES_DIR")?.map(PathBuf::from),
            is_in_maintenance: source.word("MAINTENANCE", &[("on", true), ("off", false)])?.unwrap_or(false),
            log: source.find("DAMDA_LOG")?.unwrap_or_else(|| "info".to_owned()),
            log_json: source.word("DAMDA_LOG_FORMAT", &[("text", false), ("json", true)])?.unwrap_or(false),
        })
    }

    /// The shop's limits and delays, for serving.
    ///
    /// # Errors
    /// With MySQL, when `CHARGES` is not said: there is no payment gateway (SPEC reading 12).
    pub fn serving_settings(&self) -> Result<Settings, ConfigError> {
        let charges_open = match (self.charges_open, &self.database) {
            (Some(said), _) => said,
            (None, Database::Sqlite { .. }) => true,
            (None, Database::MySql { .. }) => {
                return Err(ConfigError::new(
                    "CHARGES is missing: say `CHARGES=open` if anybody may charge a wallet without paying (there is no payment gateway yet), or `CHARGES=off`",
                ));
            }
        };
        Ok(Settings { charges_open, ..self.settings.clone() })
    }

    /// The shop's settings for a command that its owner types: no limit holds the owner.
    pub fn owner_settings(&self) -> Settings {
        Settings {
            order_limit: None,
            claim_limit: None,
            failure_limit: None,
            login_limit: None,
            register_limit: None,
            reset_limit: None,
            charges_open: true,
            ..self.settings.clone()
        }
    }

    /// The key that signs access tokens; with SQLite one is made and kept beside the database.
    ///
    /// # Errors
    /// With MySQL when it is missing; with SQLite when its file cannot be read or made.
    pub fn signing_key(&self) -> Result<Secret, ConfigError> {
        match (&self.jwt_secret, &self.database) {
            (Some(key), _) => Ok(key.clone()),
            (None, Database::Sqlite { file: Some(file), .. }) => {
                secret::key_from_file(&file.with_file_name("damda.secret"))
                    .map_err(|error| ConfigError::new(format!("JWT_SECRET is not set and {error}")))
            }
            (None, Database::Sqlite { file: None, .. }) => Ok(Secret::new(secret::random_key())),
            (None, Database::MySql { .. }) => Err(ConfigError::new(format!(
                "JWT_SECRET is missing: with MySQL give every instance the same text of at least {LEAST_KEY_BYTES} bytes, for example from `openssl rand -hex 32`"
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
