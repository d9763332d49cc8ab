//! What the owner decides: settings from the environment (lines `NAME=value`) and, after a line `---`, from a TOML
//! file. Each input is also read as every single value there is.

use app::legal::markdown::{render, split_date};
use server::address::TrustedProxies;
use server::config::parse::{count, duration, host_and_port, limit};
use server::config::source::Source;
use server::config::{Config, ConfigError, Database, MailSettings, Plaintext, PublicUrl, Redis};
use server::rest::cors::Origins;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

/// Stands where a password stands, and must never be printed.
const PASSWORD: &str = "hunter2hunter2";

pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_all(text);
    check_values(text);
    check_secrets(text);
    // The owner's texts: what is refused is refused with a line that there is.
    if let Ok((_, rest)) = split_date(text)
        && let Err(problem) = render(rest)
    {
        assert!((1..=rest.matches('\n').count() + 1).contains(&problem.line), "{problem:?}");
    }
}

fn check_all(text: &str) {
    let (environment, file) = text.split_once("\n---\n").unwrap_or((text, ""));
    let lines = environment.lines().filter_map(|line| line.split_once('='));
    let set: HashMap<String, String> = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let source = Source::new(move |name| set.get(name).map(Into::into), Some((Path::new("damda.toml"), file)));
    match source.and_then(|source| Config::read(&source)) {
        Ok(config) => {
            let every = config.intervals;
            let waits = [every.expiry, every.recovery, every.events, every.mail, every.verify, Some(config.token_ttl)];
            assert!(waits.into_iter().flatten().all(|wait| wait > Duration::ZERO));
            let _ = config.serving_settings().inspect_err(check_sentence);
        }
        Err(error) => check_sentence(&error),
    }
}

/// One line that begins with the name of a setting.
fn check_sentence(error: &ConfigError) {
    let said = error.to_string();
    let name = said.split(|c: char| !c.is_ascii_uppercase() && c != '_').next().unwrap_or_default();
    assert!(name.len() >= 4, "which setting? {said:?}");
    assert!(!said.contains(server::logs::is_unsafe), "{said:?}");
}

fn check_values(text: &str) {
    if let Some(wait) = duration(text) {
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(10 * 365 * 86_400));
        assert_eq!(duration(&format!("{}ms", wait.as_millis())), Some(wait));
    }
    assert!(limit(text).is_none_or(|limit| limit.count > 0 && limit.window > Duration::ZERO));
    assert!(count(text).is_none_or(|count| count > 0));
    assert!(host_and_port(text, 25).is_none_or(|(host, port)| !host.is_empty() && port > 0));
    if let Some(url) = PublicUrl::parse(text) {
        assert_eq!(PublicUrl::parse(url.as_str()), Some(url.clone()));
        let known = url::Url::parse(url.as_str());
        let origin = known.map(|url| url.origin().ascii_serialization());
        assert!(!url.as_str().contains(['@', '?', '#', '\\', ' ']), "{url} {origin:?}");
    }
    if let Ok(proxies) = TrustedProxies::parse(text) {
        let _ = proxies.trusts("10.0.0.1".parse().expect("an address"));
    }
    let _ = (Origins::parse(text), Plaintext::parse(text));
}

/// A password may hold anything, also what ends it in an address. It is not repeated in what is said about it.
fn check_secrets(text: &str) {
    let no_secret = |what: String| assert!(!what.contains(PASSWORD), "{what}");
    let password = format!("{PASSWORD}{text}");
    let plaintext = Plaintext::default();
    match Database::parse("DATABASE_URL", &format!("mysql://shop:{password}@127.0.0.1/damda")) {
        Ok(database) => {
            no_secret(format!("{database} {database:?} {:?}", database.check_way("DATABASE_URL", &plaintext)))
        }
        Err(error) => no_secret(error.to_string()),
    }
    match Redis::parse(&format!("redis://shop:{password}@127.0.0.1:6379/0"), &plaintext) {
        Ok(redis) => no_secret(format!("{redis} {redis:?}")),
        Err(error) => no_secret(error.to_string()),
    }
    match MailSettings::parse(Some(&format!("smtp://shop:{password}@127.0.0.1")), Some("a@shop.example")) {
        Ok(mail) => no_secret(format!("{mail:?} {:?}", mail.as_ref().map(|mail| mail.route.to_string()))),
        Err(error) => no_secret(error.to_string()),
    }
    for name in ["JWT_SECRET", "METRICS_TOKEN", "KAFKA_PASSWORD"] {
        let value = password.clone();
        let set = move |asked: &str| -> Option<OsString> {
            if asked == "KAFKA_BROKERS" {
                Some("localhost".into())
            } else {
                (asked == name).then(|| value.clone().into())
            }
        };
        match Source::new(set, None).and_then(|source| Config::read(&source)) {
            Ok(config) => no_secret(format!("{config:?}")),
            Err(error) => no_secret(error.to_string()),
        }
    }
}
