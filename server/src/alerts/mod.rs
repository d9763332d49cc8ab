//! Telling somebody of an alert: a letter, a webhook, a chat. Which alert fires, who is told and when it is tried
//! again is `shop::alert`'s; here is how a notice reads on each way ([`say`]) and how it leaves ([`hook`]).

pub mod hook;
mod reach;
pub mod runbooks;
mod say;

use crate::config::{AlertSettings, ConfigError};
use crate::mail::Post;
use app::text::Lang;
use app::text::alerts::alert_words;
use async_trait::async_trait;
use hook::{Hook, Message};
use shop::Timestamp;
use shop::alert::{Channel, Notice};
use shop::ports::{Herald, NotSent};
use std::sync::Arc;

/// Every way there is to tell somebody. Cloning it is cheap.
#[derive(Clone)]
pub struct Heralds(Arc<Inner>);

struct Inner {
    lang: Lang,
    /// Where links in notices lead.
    public_url: String,
    post: Option<Post>,
    settings: AlertSettings,
    hook: Option<Hook>,
}

impl Heralds {
    /// `None` when nobody is to be told.
    ///
    /// # Errors
    /// A webhook is set, and TLS cannot be spoken.
    pub fn open(settings: &AlertSettings, post: Option<Post>, public_url: &str) -> Result<Option<Self>, ConfigError> {
        if settings.recipients().is_empty() {
            return Ok(None);
        }
        let has_hooks = settings.webhook.is_some() || settings.slack.is_some();
        let hook = has_hooks.then(|| Hook::open(settings.reach)).transpose()?;
        let public_url = public_url.to_owned();
        Ok(Some(Self(Arc::new(Inner { lang: settings.lang, public_url, post, settings: settings.clone(), hook }))))
    }
}

#[async_trait]
impl Herald for Heralds {
    async fn tell(&self, notice: &Notice, now: Timestamp) -> Result<(), NotSent> {
        let Inner { lang, public_url, post, settings, hook } = &*self.0;
        match (notice.recipient.channel, &notice.recipient.address, post, hook) {
            (Channel::Mail, Some(address), Some(post), _) => post.send_alert(notice, address, *lang, now).await,
            (Channel::Webhook, _, _, Some(hook)) => {
                let Some(webhook) = &settings.webhook else { return Err(not_set()) };
                let body = say::webhook_body(&alert_words(*lang, notice, public_url), notice, public_url);
                let message = Message { body, signature: Some((&webhook.secret, now)), delivery: notice.id };
                hook.post(&webhook.target, message).await
            }
            (Channel::Slack, _, _, Some(hook)) => {
                let Some(target) = &settings.slack else { return Err(not_set()) };
                let body = say::slack_body(&alert_words(*lang, notice, public_url), notice);
                hook.post(target, Message { body, signature: None, delivery: notice.id }).await
            }
            _ => Err(not_set()),
        }
    }
}

fn not_set() -> NotSent {
    failed("this instance has no such way set up")
}

/// Of a sentence that names no person and no secret.
fn failed(reason: impl Into<String>) -> NotSent {
    let reason = reason.into();
    NotSent { said: reason.clone(), reason }
}
