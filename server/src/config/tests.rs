use super::*;
use shop::ports::Limit;
use std::path::Path;

fn read(environment: &[(&str, &str)], file: Option<&str>) -> Result<Config, ConfigError> {
    let environment: std::collections::HashMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let source = Source::new(
        move |name| environment.get(name).map(Into::into),
        file.map(|text| (Path::new("damda.toml"), text)),
    )?;
    Config::read(&source)
}

type Environment = &'static [(&'static str, &'static str)];

/// Reads and then asks for everything that serving needs.
fn serve(environment: &[(&str, &str)], file: Option<&str>) -> Result<Config, ConfigError> {
    let config = read(environment, file)?;
    config.serving_settings()?;
    config.signing_key()?;
    Ok(config)
}

const MYSQL: (&str, &str) = ("DATABASE_URL", "mysql://shop:hunter2@127.0.0.1:3306/damda");
const KEY: (&str, &str) = ("JWT_SECRET", "0123456789abcdef0123456789abcdef");

#[test]
fn without_any_setting_the_defaults_of_the_contract_hold() {
    let config = read(&[], None).unwrap();
    assert_eq!(config.database.url(), "sqlite://damda.db");
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.metrics.listen.unwrap().to_string(), "127.0.0.1:9300");
    assert!(!config.metrics.chosen && config.metrics.token.is_none());
    assert_eq!(config.public_url, None);
    assert_eq!(config.cors, Origins::None);
    assert_eq!(config.token_ttl, Duration::from_secs(3_600));
    assert_eq!(config.intervals, Intervals::default());
    let settings = config.serving_settings().unwrap();
    assert!(settings.charges_open);
    assert_eq!(settings.order_limit, Some(Limit { count: 1, window: Duration::from_secs(1) }));
    assert_eq!(settings.claim_limit, Some(Limit { count: 3, window: Duration::from_secs(60) }));
    assert_eq!(settings.failure_limit, Some(5));
    assert_eq!(settings.failure_block, Duration::from_secs(600));
    assert_eq!(settings.reservation_ttl, Duration::from_secs(30));
    assert_eq!(settings.recovery_delay, Duration::from_secs(60));
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "listen = \"127.0.0.1:4000\"\nORDER_LIMIT = \"2/1s\"\nfailure_limit = 7\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n";
    let config = read(&[("LISTEN", "127.0.0.1:5000"), ("CLAIM_LIMIT", "")], Some(file)).unwrap();
    assert_eq!(config.listen.port(), 5000);
    let settings = config.serving_settings().unwrap();
    assert_eq!(settings.order_limit.unwrap().count, 2);
    assert_eq!(settings.failure_limit, Some(7));
    assert_eq!(settings.claim_limit, Settings::default().claim_limit);
    assert!(config.trusted_proxies.trusts([10, 1, 2, 3].into()));
}

#[test]
fn a_database_beyond_this_machine_is_reached_by_tls_or_when_the_owner_says_so() {
    let here = ["127.0.0.1", "localhost", "[::1]"];
    let unencrypted = here.map(|host| format!("mysql://u:p@{host}:3306/d"));
    let encrypted = ["required", "verify_ca&ssl-ca=/etc/ssl/own.pem", "verify_identity"];
    let encrypted = encrypted.map(|mode| format!("mysql://u:p@db.example/d?ssl-mode={mode}"));
    let socket = "mysql://u:p@anything/d?socket=/run/mysqld/mysqld.sock".to_owned();
    for url in unencrypted.iter().chain(&encrypted).chain([&socket]) {
        assert_eq!(read(&[("DATABASE_URL", url)], None).unwrap().database.url(), url);
    }
    let url = "mysql://u:p@db.example/d";
    let allowed = [("DATABASE_URL", url), ("MIGRATE_DATABASE_URL", url), ("PLAINTEXT", "mysql")];
    let config = read(&allowed, None).unwrap();
    assert_eq!(config.owner_database.unwrap().url(), url);
}

#[test]
fn letters_are_sent_only_when_it_is_said_how() {
    assert!(!read(&[], None).unwrap().serving_settings().unwrap().mail_on);
    let off = read(&[("MAIL", "off"), ("MAIL_FROM", "nobody")], None).unwrap();
    assert!(off.mail.is_none() && !off.serving_settings().unwrap().mail_on);
    let on = read(&[("MAIL", "file:letters"), ("MAIL_FROM", "담다 <a@b.co>")], None).unwrap();
    assert_eq!(on.mail.as_ref().unwrap().route, MailRoute::Folder("letters".into()));
    assert!(on.serving_settings().unwrap().mail_on && on.owner_settings().mail_on);
}

#[test]
fn off_switches_a_limit_off() {
    let off = |name| (name, "off");
    let names = [
        "ORDER_LIMIT",
        "CLAIM_LIMIT",
        "FAILURE_LIMIT",
        "LOGIN_LIMIT",
        "REGISTER_LIMIT",
        "EVENTS_EVERY",
        "METRICS_LISTEN",
    ];
    let config = read(&names.map(off), None).unwrap();
    let settings = config.serving_settings().unwrap();
    assert_eq!((settings.order_limit, settings.claim_limit, settings.failure_limit), (None, None, None));
    assert_eq!((settings.login_limit, settings.register_limit), (None, None));
    assert_eq!((config.intervals.events, config.metrics.listen), (None, None));
    assert!(read(&[("METRICS_LISTEN", "127.0.0.1:9300")], None).unwrap().metrics.chosen);
    let blockless = read(&[off("FAILURE_BLOCK")], None).unwrap();
    assert_eq!(blockless.serving_settings().unwrap().failure_limit, None);
}

/// A broker to which files of keys and certificates belong.
const BROKER_BY_TLS: ((&str, &str), (&str, &str)) = (("KAFKA_BROKERS", "127.0.0.1"), ("KAFKA_TLS", "on"));

const HOOK_KEY: (&str, &str) = ("ALERT_WEBHOOK_SECRET", "0123456789abcdef");

/// A wrong environment, the setting that the sentence names, and a part of the remedy.
const WRONG: &[(Environment, &str, &str)] = &[
    (&[("DATABASE_URL", "postgres://shop:hunter2@h/d")], "DATABASE_URL", "sqlite://FILE"),
    (&[("DATABASE_URL", "mysql://u:hunter2@10.0.0.7/d")], "DATABASE_URL", "PLAINTEXT=mysql"),
    (&[("DATABASE_URL", "mysql://u:hunter2@10.0.0.7/d?ssl-mode=preferred")], "DATABASE_URL", "verify_identity"),
    (&[("DATABASE_URL", "mysql://u:hunter2@127.0.0.1/d?ssl-mode=no")], "DATABASE_URL", "verify_identity"),
    (&[("MIGRATE_DATABASE_URL", "mysql://u:hunter2@127.0.0.1/d")], "MIGRATE_DATABASE_URL", "unset"),
    (&[MYSQL, ("MIGRATE_DATABASE_URL", "sqlite://damda.db")], "MIGRATE_DATABASE_URL", "unset"),
    (&[MYSQL, ("MIGRATE_DATABASE_URL", "hunter2")], "MIGRATE_DATABASE_URL", "mysql://USER"),
    (&[MYSQL, ("MIGRATE_DATABASE_URL", "mysql://o:hunter2@db/d")], "MIGRATE_DATABASE_URL", "PLAINTEXT=mysql"),
    (&[("MONTHS_EVERY", "monthly")], "MONTHS_EVERY", "`off`"),
    (&[("REDIS_URL", "u:hunter2@127.0.0.1")], "REDIS_URL", "redis://USER:PASSWORD@HOST"),
    (&[("REDIS_URL", "redis://u:hunter2@10.0.0.7")], "REDIS_URL", "rediss://"),
    (&[("KAFKA_BROKERS", "u:hunter2@127.0.0.1")], "KAFKA_BROKERS", "10.0.0.5:9092"),
    (&[("EVENTS_KEPT", "a week")], "EVENTS_KEPT", "`off`"),
    (&[("LISTEN", "localhost")], "LISTEN", "127.0.0.1:3000"),
    (&[("LISTEN", "127.0.0.1:99999")], "LISTEN", "127.0.0.1:3000"),
    (&[("JWT_SECRET", "hunter2")], "JWT_SECRET", "openssl rand -hex 32"),
    (&[MYSQL, ("CHARGES", "off")], "JWT_SECRET", "openssl rand -hex 32"),
    (&[MYSQL, KEY], "CHARGES", "CHARGES=off"),
    (&[("CHARGES", "yes")], "CHARGES", "`open` or `off`"),
    (&[("PUBLIC_URL", "shop.example")], "PUBLIC_URL", "https://shop.example"),
    (&[("METRICS_LISTEN", "no")], "METRICS_LISTEN", "`off`"),
    (&[("METRICS_TOKEN", "hunter2")], "METRICS_TOKEN", "openssl rand -hex 16"),
    (&[("METRICS_TOKEN", "hunter2 and\nfour more words")], "METRICS_TOKEN", "openssl rand -hex 16"),
    (&[("TRUSTED_PROXIES", "127.0.0.1,nginx")], "TRUSTED_PROXIES", "10.0.0.0/8"),
    (&[("CORS_ORIGINS", "shop.example")], "CORS_ORIGINS", "https://a.example"),
    (&[("CORS_ORIGINS", "https://a.example,*")], "CORS_ORIGINS", "`*`"),
    (&[("RESERVATION_TTL", "30")], "RESERVATION_TTL", "`30s`"),
    (&[("RESERVATION_TTL", "off")], "RESERVATION_TTL", "`30s`"),
    (&[("RECOVERY_DELAY", "0s")], "RECOVERY_DELAY", "`30s`"),
    (&[("ORDER_LIMIT", "1")], "ORDER_LIMIT", "`off`"),
    (&[("CLAIM_LIMIT", "3/60")], "CLAIM_LIMIT", "`3/60s`"),
    (&[("FAILURE_LIMIT", "0")], "FAILURE_LIMIT", "whole number"),
    (&[("FAILURE_BLOCK", "ten")], "FAILURE_BLOCK", "`10m`"),
    (&[("LOGIN_LIMIT", "-1/1s")], "LOGIN_LIMIT", "`off`"),
    (&[("REGISTER_LIMIT", "x")], "REGISTER_LIMIT", "`off`"),
    (&[("TOKEN_TTL", "never")], "TOKEN_TTL", "`1h`"),
    (&[("RESET_LIMIT", "5")], "RESET_LIMIT", "`off`"),
    (&[("ADJUSTMENT_LIMIT", "-1")], "ADJUSTMENT_LIMIT", "whole number"),
    (&[("REQUIRE_SECOND_FACTOR", "yes")], "REQUIRE_SECOND_FACTOR", "`on` or `off`"),
    (&[("MAIL", "smtp://hunter2")], "MAIL_FROM", "no-reply@shop.example"),
    (&[("MAIL", "smtp://u:hunter2@")], "MAIL", "`file:FOLDER`"),
    (&[("MAIL", "file:mail")], "MAIL_FROM", "no-reply@shop.example"),
    (&[("MAIL", "file:mail"), ("MAIL_FROM", "the shop")], "MAIL_FROM", "no-reply@shop.example"),
    (&[("MAIL_EVERY", "often")], "MAIL_EVERY", "`off`"),
    (&[("MAINTENANCE", "yes")], "MAINTENANCE", "`on` or `off`"),
    (&[("SELLER_NAME", "담다\n상점")], "SELLER_NAME", "one line"),
    (&[("KAFKA_BROKERS", "127.0.0.1"), ("KAFKA_TOPIC", "orders v1")], "KAFKA_TOPIC", "letters, digits"),
    (&[("KAFKA_BROKERS", "127.0.0.1"), ("KAFKA_TLS", "yes")], "KAFKA_TLS", "`on` or `off`"),
    (&[("KAFKA_BROKERS", "127.0.0.1"), ("KAFKA_CA_FILE", "ca.pem")], "KAFKA_CA_FILE", "KAFKA_TLS=on"),
    (&[BROKER_BY_TLS.0, BROKER_BY_TLS.1, ("KAFKA_CERT_FILE", "Cargo.toml")], "KAFKA_KEY_FILE", "name the key"),
    (&[BROKER_BY_TLS.0, BROKER_BY_TLS.1, ("KAFKA_KEY_FILE", "Cargo.toml")], "KAFKA_CERT_FILE", "name the certificate"),
    (&[BROKER_BY_TLS.0, BROKER_BY_TLS.1, ("KAFKA_KEY_FILE", "/dev/null/key")], "KAFKA_KEY_FILE", "name a PEM file"),
    (&[("KAFKA_BROKERS", "127.0.0.1"), ("KAFKA_USER", "shop")], "KAFKA_PASSWORD", "give the password"),
    (&[("KAFKA_BROKERS", "127.0.0.1"), ("KAFKA_PASSWORD", "hunter2")], "KAFKA_USER", "say who logs in"),
    (&[("KAFKA_BROKERS", "127.0.0.1"), ("KAFKA_SASL", "md5")], "KAFKA_SASL", "`plain`"),
    (&[("PLAINTEXT", "mysql, http")], "PLAINTEXT", "`mysql, redis, kafka, otlp`"),
    (&[("EXPIRY_EVERY", "0s")], "EXPIRY_EVERY", "`off`"),
    (&[("EXPIRY_BATCH_EVERY", "5")], "EXPIRY_BATCH_EVERY", "`off`"),
    (&[("RECOVERY_EVERY", "soon")], "RECOVERY_EVERY", "`off`"),
    (&[("EVENTS_EVERY", "-1s")], "EVENTS_EVERY", "`off`"),
    (&[("SESSIONS_EVERY", "1 h")], "SESSIONS_EVERY", "`off`"),
    (&[("PAIRS_EVERY", "no")], "PAIRS_EVERY", "`off`"),
    (&[("VERIFY_EVERY", "daily")], "VERIFY_EVERY", "`off`"),
    (&[("ALERTS_EVERY", "always")], "ALERTS_EVERY", "`off`"),
    (&[("ALERT_CONCURRENT_USERS", "0")], "ALERT_CONCURRENT_USERS", "whole number"),
    (&[("ALERT_CONCURRENT_USERS", "off")], "ALERT_CONCURRENT_USERS", "whole number"),
    (&[("ALERT_MAIL", "kim@shop.example")], "ALERT_MAIL", "set MAIL"),
    (&[("ALERT_MAIL", "kim@shop.example; lee@shop.example")], "ALERT_MAIL", "commas"),
    (&[("ALERT_LANG", "fr")], "ALERT_LANG", "`ko` or `en`"),
    (&[("ALERT_WEBHOOK", "http://a.example/hunter2"), HOOK_KEY], "ALERT_WEBHOOK", "ALERT_WEBHOOK_PRIVATE=allow"),
    (&[("ALERT_WEBHOOK", "https://u:hunter2@a.example/"), HOOK_KEY], "ALERT_WEBHOOK", "https://alerts.example/damda"),
    (&[("ALERT_WEBHOOK", "https://a.example/hunter2")], "ALERT_WEBHOOK_SECRET", "openssl rand -hex 32"),
    (
        &[("ALERT_WEBHOOK", "https://a.example/"), ("ALERT_WEBHOOK_SECRET", "hunter2")],
        "ALERT_WEBHOOK_SECRET",
        "openssl",
    ),
    (&[HOOK_KEY], "ALERT_WEBHOOK_SECRET", "ALERT_WEBHOOK"),
    (&[("ALERT_WEBHOOK_PRIVATE", "yes")], "ALERT_WEBHOOK_PRIVATE", "`allow` or `refuse`"),
    (&[("ALERT_SLACK_WEBHOOK", "hooks.slack.com/hunter2")], "ALERT_SLACK_WEBHOOK", "https://alerts.example/damda"),
    (&[("SELLER_REPRESENTATIVE", "\u{1b}[2J")], "SELLER_REPRESENTATIVE", "one line"),
    (&[("SELLER_BUSINESS_NUMBER", "\u{1b}[2J")], "SELLER_BUSINESS_NUMBER", "one line"),
    (&[("SELLER_MAIL_ORDER_NUMBER", "\u{1b}[2J")], "SELLER_MAIL_ORDER_NUMBER", "one line"),
    (&[("SELLER_ADDRESS", "\u{1b}[2J")], "SELLER_ADDRESS", "one line"),
    (&[("SELLER_PHONE", "\u{1b}[2J")], "SELLER_PHONE", "one line"),
    (&[("SELLER_EMAIL", "\u{1b}[2J")], "SELLER_EMAIL", "one line"),
    (&[("SELLER_HOSTING", "\u{1b}[2J")], "SELLER_HOSTING", "one line"),
    (&[("SELLER_PRIVACY_OFFICER", "\u{1b}[2J")], "SELLER_PRIVACY_OFFICER", "one line"),
    (&[("DAMDA_LOG_FORMAT", "xml")], "DAMDA_LOG_FORMAT", "`text` or `json`"),
    (&[("DEMO_FAIL_PAYMENTS", "20")], "DEMO_FAIL_PAYMENTS", "`0%` to `100%`"),
    (&[("DEMO_FAIL_PAYMENTS", "101%")], "DEMO_FAIL_PAYMENTS", "`0%` to `100%`"),
    (
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:hunter2@a.example")],
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "127.0.0.1:4318",
    ),
    (&[("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2")], "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    (&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], "OTEL_EXPORTER_OTLP_PROTOCOL", "`http/protobuf`"),
    (&[("OTEL_SERVICE_NAME", "a\u{1b}b")], "OTEL_SERVICE_NAME", "one line"),
    (&[("OTEL_TRACES_SAMPLER", "always_off")], "OTEL_TRACES_SAMPLER", "`parentbased_always_off`"),
    (&[("OTEL_TRACES_SAMPLER_ARG", "10%")], "OTEL_TRACES_SAMPLER_ARG", "`0` to `1`"),
];

#[test]
fn a_wrong_or_missing_setting_is_one_sentence_with_its_name_and_a_remedy() {
    for (environment, name, remedy) in WRONG {
        let said = serve(environment, None).unwrap_err().to_string();
        assert!(said.starts_with(name), "{environment:?}: {said}");
        assert!(said.contains(remedy), "{environment:?}: {said}");
        assert!(!said.contains("hunter2"), "{environment:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn every_setting_that_can_be_wrong_was_tried() {
    // Their texts are looked at later in the start: see `legal` and the tests of the program.
    let looked_at_later = ["PAGES_DIR", "DAMDA_LOG"];
    for name in source::NAMES.iter().filter(|name| !looked_at_later.contains(name)) {
        assert!(WRONG.iter().any(|(_, wrong, _)| wrong == name), "{name}");
    }
}

#[test]
fn a_file_with_an_unknown_wrong_or_doubled_name_is_refused() {
    let table = [
        ("colour = \"red\"", "no setting"),
        ("listen = ", "not TOML near line 1"),
        ("listen = \"127.0.0.1:1\"\nLISTEN = \"127.0.0.1:2\"", "twice"),
        ("[listen]\nport = 1", "LISTEN"),
        ("order_limit = true", "ORDER_LIMIT"),
    ];
    for (file, part) in table {
        let said = read(&[], Some(file)).unwrap_err().to_string();
        assert!(said.contains(part) && said.contains("damda.toml"), "{file}: {said}");
    }
}

#[test]
fn who_is_told_of_alerts_is_a_list_of_ways() {
    use shop::alert::{Channel, Recipient};
    assert_eq!(read(&[], None).unwrap().alerts, AlertSettings::default());
    let environment = [
        ("MAIL", "file:letters"),
        ("MAIL_FROM", "a@b.co"),
        ("ALERT_MAIL", "kim@shop.example, lee@shop.example"),
        ("ALERT_WEBHOOK", "http://10.0.0.7:9000/damda"),
        ("ALERT_WEBHOOK_SECRET", "a secret of the tests"),
        ("ALERT_WEBHOOK_PRIVATE", "allow"),
        ("ALERT_SLACK_WEBHOOK", "https://hooks.slack.com/services/T/B/x"),
        ("ALERT_CONCURRENT_USERS", "250"),
        ("VERIFY_EVERY", "off"),
    ];
    let config = read(&environment, None);
    // The secret is a header's: it has no blanks.
    assert!(config.unwrap_err().to_string().starts_with("ALERT_WEBHOOK_SECRET"));
    let environment = environment.map(|(name, value)| if name == HOOK_KEY.0 { HOOK_KEY } else { (name, value) });
    let config = read(&environment, None).unwrap();
    let settings = config.serving_settings().unwrap();
    let mail = |address: &str| Recipient { channel: Channel::Mail, address: Some(address.to_owned()) };
    let hook = |channel| Recipient { channel, address: None };
    let expected =
        vec![mail("kim@shop.example"), mail("lee@shop.example"), hook(Channel::Webhook), hook(Channel::Slack)];
    assert_eq!(settings.alert_recipients, expected);
    assert_eq!((settings.most_users, settings.is_verified), (250, false));
    let printed = format!("{config:?}");
    assert!(!printed.contains("hooks.slack.com") && !printed.contains(HOOK_KEY.1), "{printed}");
}

#[test]
fn no_secret_is_in_the_printed_settings() {
    let token = ("METRICS_TOKEN", "a-token-of-24-characters");
    let redis = ("REDIS_URL", "redis://shop:hunter2@127.0.0.1");
    let printed = format!("{:?}", read(&[MYSQL, KEY, token, redis], None).unwrap());
    for secret in ["hunter2", KEY.1, token.1] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
