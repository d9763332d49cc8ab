//! Letters through a mail server.

use super::envelope::message_of;
use super::not_sent;
use crate::config::{ConfigError, SmtpServer, SmtpTls};
use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use shop::ports::{Letter, Mailer, NotSent};
use std::time::Duration;

/// How long the server may take for one letter: shorter than the first wait before a letter is tried again.
const LONGEST_ANSWER: Duration = Duration::from_secs(20);

pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    pub fn open(server: &SmtpServer, from: Mailbox) -> Result<Self, ConfigError> {
        let parameters = || {
            TlsParameters::new(server.host.clone()).map_err(|error| {
                ConfigError::new(format!("MAIL names {}, which TLS cannot speak to ({error}): check it", server.host))
            })
        };
        let tls = match server.tls {
            SmtpTls::FromTheStart => Tls::Wrapper(parameters()?),
            SmtpTls::Required => Tls::Required(parameters()?),
            SmtpTls::IfOffered => Tls::Opportunistic(parameters()?),
            SmtpTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(LONGEST_ANSWER));
        if let Some((user, password)) = &server.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        Ok(Self { transport: builder.build(), from })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let message = message_of(&self.from, letter)?;
        let sending = tokio::time::timeout(LONGEST_ANSWER * 2, self.transport.send(message)).await;
        match sending {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match error.status() {
                // Servers like to repeat the address they refuse.
                Some(code) => NotSent {
                    reason: format!("the mail server answered {code}"),
                    said: crate::problem::sources(&error),
                },
                None => not_sent(&error),
            }),
            Err(_) => Err(NotSent {
                reason: "the mail server did not answer in time".to_owned(),
                said: format!("no answer within {:?}", LONGEST_ANSWER * 2),
            }),
        }
    }
}
