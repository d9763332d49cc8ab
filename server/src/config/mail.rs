//! How letters leave, and whose they are.

use super::ConfigError;
use super::parse::host_and_port;
use crate::secret::Secret;
use lettre::Address;
use lettre::message::Mailbox;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// `MAIL` and `MAIL_FROM`, when letters are sent at all.
#[derive(Clone, Debug)]
pub struct MailSettings {
    pub route: MailRoute,
    pub from: Mailbox,
}

/// Prints without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailRoute {
    /// Each letter becomes a file there.
    Folder(PathBuf),
    Smtp(SmtpServer),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub login: Option<(String, Secret)>,
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// `smtps://`: from the first byte.
    FromTheStart,
    /// `smtp://` with a password to another machine: STARTTLS, or nothing is sent.
    Required,
    /// `smtp://` to another machine: STARTTLS if the server knows it.
    IfOffered,
    /// To this machine.
    None,
}

const FORMS: &str = "write `off`, `file:FOLDER`, `smtp://USER:PASSWORD@HOST:PORT` or `smtps://USER:PASSWORD@HOST:PORT`";

impl MailSettings {
    /// # Errors
    /// One sentence. The route's text is never repeated: it may hold a password.
    pub fn parse(route: Option<&str>, from: Option<&str>) -> Result<Option<Self>, ConfigError> {
        let route = match route {
            None | Some("off") => return Ok(None),
            Some(text) => {
                MailRoute::parse(text).ok_or_else(|| ConfigError::new(format!("MAIL is not understood: {FORMS}")))?
            }
        };
        const EXAMPLE: &str = "write a name and an address such as `담다 <no-reply@shop.example>`";
        let Some(from) = from else {
            return Err(ConfigError::new(format!("MAIL_FROM is missing, and letters need a sender: {EXAMPLE}")));
        };
        let from = parse_mailbox(from)
            .ok_or_else(|| ConfigError::new(format!("MAIL_FROM is `{}`: {EXAMPLE}", from.escape_debug())))?;
        Ok(Some(Self { route, from }))
    }
}

impl MailRoute {
    fn parse(text: &str) -> Option<Self> {
        if let Some(folder) = text.strip_prefix("file:") {
            let folder = folder.strip_prefix("//").unwrap_or(folder);
            return (!folder.is_empty()).then(|| Self::Folder(folder.into()));
        }
        let (from_the_start, rest) = match text.strip_prefix("smtps://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("smtp://")?),
        };
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => {
                let (user, password) = login.split_once(':')?;
                (Some((decode(user)?, Secret::new(decode(password)?))), place)
            }
            None => (None, rest),
        };
        let (host, port) =
            host_and_port(place.strip_suffix('/').unwrap_or(place), if from_the_start { 465 } else { 587 })?;
        let tls = match &login {
            _ if from_the_start => SmtpTls::FromTheStart,
            _ if is_this_machine(&host) => SmtpTls::None,
            Some(_) => SmtpTls::Required,
            None => SmtpTls::IfOffered,
        };
        Some(Self::Smtp(SmtpServer { host, port, tls, login }))
    }
}

impl fmt::Display for MailRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "the folder {}", folder.display()),
            Self::Smtp(server) => write!(f, "the mail server at {}:{}", server.host, server.port),
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Percent-decoded, since a password may hold anything.
fn decode(text: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&format!("x={}", text.replace('+', "%2B"))).ok()?;
    match pairs.as_slice() {
        [(_, value)] if !value.is_empty() && !value.contains('\u{fffd}') => Some(value.clone()),
        _ => None,
    }
}

/// `Name <address>` or the address alone.
fn parse_mailbox(text: &str) -> Option<Mailbox> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let (name, address) = match text.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<')?,
        None => ("", text),
    };
    let name = name.trim().trim_matches('"').trim();
    let address: Address = address.trim().parse().ok()?;
    Some(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(text: &str) -> Option<SmtpServer> {
        match MailRoute::parse(text) {
            Some(MailRoute::Smtp(server)) => Some(server),
            _ => None,
        }
    }

    #[test]
    fn a_mail_server_is_a_url() {
        let table = [
            ("smtp://mail.example", "mail.example", 587, SmtpTls::IfOffered, None),
            ("smtp://mail.example:25/", "mail.example", 25, SmtpTls::IfOffered, None),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, SmtpTls::None, None),
            ("smtp://[::1]", "::1", 587, SmtpTls::None, None),
            (
                "smtp://kim:p%40ss%2Fw+rd@mail.example",
                "mail.example",
                587,
                SmtpTls::Required,
                Some(("kim", "p@ss/w+rd")),
            ),
            (
                "smtps://a%40b.co:x:y@mail.example:4465",
                "mail.example",
                4465,
                SmtpTls::FromTheStart,
                Some(("a@b.co", "x:y")),
            ),
            ("smtps://mail.example", "mail.example", 465, SmtpTls::FromTheStart, None),
        ];
        for (text, host, port, tls, login) in table {
            let login = login.map(|(user, password)| (user.to_owned(), Secret::new(password)));
            let expected = SmtpServer { host: host.to_owned(), port, tls, login };
            assert_eq!(smtp(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_way_out_is_refused_without_repeating_it() {
        for text in [
            "on",
            "file:",
            "smtp:",
            "smtp://",
            "smtp://host:0",
            "smtp://host:x",
            "smtp://hunter2@host",
            "smtp://u:hunter2@",
            "smtp://u:%zz@host:",
            "http://u:hunter2@host",
            "smtp://u:hunter2@ho st",
        ] {
            let said = MailSettings::parse(Some(text), Some("a@b.co")).expect_err(text).to_string();
            assert!(said.starts_with("MAIL is not understood") && !said.contains("hunter2"), "{said}");
        }
        assert!(MailSettings::parse(None, None).is_ok_and(|settings| settings.is_none()));
        assert!(MailSettings::parse(Some("off"), None).is_ok_and(|settings| settings.is_none()));
    }

    #[test]
    fn a_sender_has_an_address_and_perhaps_a_name() {
        let table = [
            ("no-reply@shop.example", None, "no-reply@shop.example"),
            ("담다 <no-reply@shop.example>", Some("담다"), "no-reply@shop.example"),
            ("\"The shop, Ltd.\" <a@b.co>", Some("The shop, Ltd."), "a@b.co"),
        ];
        for (text, name, address) in table {
            let from = MailSettings::parse(Some("file:mail"), Some(text)).unwrap().unwrap().from;
            assert_eq!((from.name.as_deref(), from.email.to_string().as_str()), (name, address), "{text}");
        }
        for text in ["담다", "a@", "<>", "a@b.co\r\nBcc: c@d.co", "담다 <a@b.co> x"] {
            assert!(MailSettings::parse(Some("file:mail"), Some(text)).is_err(), "{text}");
        }
        assert!(MailSettings::parse(Some("file:mail"), None).is_err());
    }

    #[test]
    fn a_route_prints_without_its_password() {
        let settings = MailSettings::parse(Some("smtp://kim:hunter2@mail.example"), Some("a@b.co")).unwrap().unwrap();
        let printed = format!("{settings:?} {}", settings.route);
        assert!(printed.contains("mail.example:587") && !printed.contains("hunter2"), "{printed}");
    }
}
