//! Letters on their way out: written here ([`letters`]), put into an envelope ([`envelope`]), and handed to a
//! folder or a mail server. Who gets which letter and when it is tried again is `shop::mail`'s.

pub mod envelope;
mod folder;
pub mod letters;
mod smtp;

use crate::config::{ConfigError, MailRoute, MailSettings};
use app::text::Lang;
use folder::FolderMailer;
use shop::alert::Notice;
use shop::mail::service::send_due_letters;
use shop::ports::{Mailer, NotSent};
use shop::{Error, Fault, Shop, Timestamp};
use smtp::SmtpMailer;
use std::sync::Arc;

/// Writes letters and sends them. Cloning it is cheap.
#[derive(Clone)]
pub struct Post {
    mailer: Arc<dyn Mailer>,
    /// Where links in letters lead.
    public_url: Arc<str>,
}

impl Post {
    /// # Errors
    /// When the folder cannot be made or written to, or the mail server's address is of no use.
    pub fn open(settings: &MailSettings, public_url: &str) -> Result<Self, ConfigError> {
        let from = settings.from.clone();
        let mailer: Arc<dyn Mailer> = match &settings.route {
            MailRoute::Folder(folder) => Arc::new(FolderMailer::open(folder, from)?),
            MailRoute::Smtp(server) => Arc::new(SmtpMailer::open(server, from)?),
        };
        Ok(Self { mailer, public_url: public_url.into() })
    }

    /// Sends every letter that is due; gives how many went out.
    ///
    /// # Errors
    /// The database's. What does not go out is tried again later.
    pub async fn send_due(&self, shop: &Shop) -> Result<u64, Error> {
        let (public_url, now) = (self.public_url.clone(), shop.now());
        send_due_letters(shop, &*self.mailer, &move |facts| letters::write_letter(facts, &public_url, now)).await
    }

    /// Sends a notice of an alert.
    ///
    /// # Errors
    /// Everything the other side said.
    pub async fn send_alert(&self, notice: &Notice, address: &str, lang: Lang, now: Timestamp) -> Result<(), NotSent> {
        let letter = letters::write_alert_letter(notice, lang, address, &self.public_url, now);
        let letter = letter.map_err(|fault: Fault| not_sent(&fault))?;
        self.mailer.send(&letter).await
    }

    /// Sends one letter that says that it arrived.
    ///
    /// # Errors
    /// Everything the other side said.
    pub async fn send_test(&self, address: &str, lang: Lang, now: Timestamp) -> Result<(), NotSent> {
        let letter = letters::write_test_letter(lang, address, &self.public_url, now);
        let letter = letter.map_err(|fault: Fault| not_sent(&fault))?;
        self.mailer.send(&letter).await
    }
}

/// An error whose text names no person.
fn not_sent(error: &(dyn std::error::Error + 'static)) -> NotSent {
    let reason = crate::problem::sources(error);
    NotSent { said: reason.clone(), reason }
}
