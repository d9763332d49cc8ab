//! Who is told of alerts, and how.

use super::ConfigError;
use super::source::Source;
use crate::alerts::hook::{Reach, Target};
use crate::secret::Secret;
use app::text::Lang;
use lettre::Address;
use shop::alert::model::MOST_USERS;
use shop::alert::{Channel, Recipient};

/// Every `ALERT_…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSettings {
    /// More people than this at once are told of.
    pub most_users: i64,
    /// Addresses of letters.
    pub mail: Vec<String>,
    /// What language notices speak.
    pub lang: Lang,
    pub webhook: Option<Webhook>,
    pub slack: Option<Target>,
    pub reach: Reach,
}

/// Where signed notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub target: Target,
    pub secret: Secret,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            most_users: MOST_USERS,
            mail: Vec::new(),
            lang: Lang::Ko,
            webhook: None,
            slack: None,
            reach: Reach::Public,
        }
    }
}

/// More letters for one alert help nobody.
const MOST_ADDRESSES: usize = 20;

impl AlertSettings {
    /// # Errors
    /// One sentence. The addresses of webhooks are never repeated: they may hold a secret.
    pub fn read(source: &Source, mail_on: bool) -> Result<Self, ConfigError> {
        let reach = source.word("ALERT_WEBHOOK_PRIVATE", &[("allow", Reach::Anywhere), ("refuse", Reach::Public)])?;
        let reach = reach.unwrap_or_default();
        let mail = source
            .parsed(
                "ALERT_MAIL",
                parse_addresses,
                "write addresses with commas between, such as `kim@shop.example, lee@shop.example`",
            )?
            .unwrap_or_default();
        if !mail.is_empty() && !mail_on {
            return Err(ConfigError::new(
                "ALERT_MAIL is set, yet no letters are sent: set MAIL and MAIL_FROM, or unset ALERT_MAIL",
            ));
        }
        Ok(Self {
            most_users: i64::from(source.count("ALERT_CONCURRENT_USERS", DEFAULT_MOST_USERS)?),
            mail,
            lang: source.word("ALERT_LANG", &[("ko", Lang::Ko), ("en", Lang::En)])?.unwrap_or_default(),
            webhook: read_webhook(source, reach)?,
            slack: read_target(source, "ALERT_SLACK_WEBHOOK", reach)?,
            reach,
        })
    }

    /// Everybody who is told.
    pub fn recipients(&self) -> Vec<Recipient> {
        let to = |channel| Recipient { channel, address: None };
        let mail = self.mail.iter().map(|address| Recipient { channel: Channel::Mail, address: Some(address.clone()) });
        let webhook = self.webhook.iter().map(|_| to(Channel::Webhook));
        let slack = self.slack.iter().map(|_| to(Channel::Slack));
        mail.chain(webhook).chain(slack).collect()
    }
}

const DEFAULT_MOST_USERS: u32 = 1_000;

fn read_webhook(source: &Source, reach: Reach) -> Result<Option<Webhook>, ConfigError> {
    let target = read_target(source, "ALERT_WEBHOOK", reach)?;
    match (target, source.token("ALERT_WEBHOOK_SECRET")?) {
        (Some(target), Some(secret)) => Ok(Some(Webhook { target, secret })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::new(
            "ALERT_WEBHOOK_SECRET is missing, and ALERT_WEBHOOK needs it to sign with: make one with `openssl rand -hex 32`",
        )),
        (None, Some(_)) => {
            Err(ConfigError::new("ALERT_WEBHOOK_SECRET is set without ALERT_WEBHOOK: set that too, or unset it"))
        }
    }
}

fn read_target(source: &Source, name: &'static str, reach: Reach) -> Result<Option<Target>, ConfigError> {
    let Some(text) = source.find(name)? else { return Ok(None) };
    Target::parse(&text, reach).map(Some).ok_or_else(|| {
        ConfigError::new(format!(
            "{name} is not understood: write an address such as `https://alerts.example/damda`; \
             `http://` is taken only with ALERT_WEBHOOK_PRIVATE=allow"
        ))
    })
}

fn parse_addresses(text: &str) -> Option<Vec<String>> {
    let addresses: Option<Vec<String>> =
        text.split(',').map(|part| part.trim().parse::<Address>().ok().map(|address| address.to_string())).collect();
    addresses.filter(|addresses| addresses.len() <= MOST_ADDRESSES)
}
