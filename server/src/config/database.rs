//! Where the shop is kept.

use super::ConfigError;
use super::plaintext::{Plaintext, Service};
use crate::secret::Secret;
use shop::database::MySqlAddress;
use std::fmt;
use std::path::{Path, PathBuf};

/// A checked `DATABASE_URL`. Prints without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// `file` is `None` for a database in memory.
    Sqlite {
        url: String,
        file: Option<PathBuf>,
    },
    MySql {
        url: Secret,
        address: MySqlAddress,
    },
}

impl Database {
    /// What the setting `name` says.
    ///
    /// # Errors
    /// When the text is no address of a database we know.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite { url: text.to_owned(), file: sqlite_file(rest)? });
        }
        let is_whole = |address: &str| {
            let address = address.split('?').next().unwrap_or(address);
            address
                .split_once('/')
                .is_some_and(|(host, database)| ![host, database].contains(&"") && !database.contains('/'))
        };
        let address = text.strip_prefix("mysql://").or_else(|| text.strip_prefix("mariadb://"));
        if address.is_some_and(is_whole) {
            return match text.parse() {
                Ok(address) => Ok(Self::MySql { url: Secret::new(text), address }),
                // What is wrong is not repeated either: it may be a part of the password.
                Err(_) => Err(ConfigError::new(format!(
                    "{name} does not read as an address: write `%` and two hexadecimal digits for signs of the password such as `@`, and `ssl-mode` as one of `disabled, preferred, required, verify_ca, verify_identity`"
                ))),
            };
        }
        // The text is not repeated: it may hold a password.
        Err(ConfigError::new(format!(
            "{name} is neither `sqlite://FILE` nor `mysql://USER:PASSWORD@HOST:PORT/DATABASE`: write it as one of them"
        )))
    }

    /// # Errors
    /// When passwords and orders would leave this machine in the clear, and nobody allowed that.
    pub fn check_way(&self, name: &str, plaintext: &Plaintext) -> Result<(), ConfigError> {
        let Self::MySql { address, .. } = self else { return Ok(()) };
        let hosts = (!address.host.is_empty()).then_some(address.host.as_str());
        let remedy = "add `?ssl-mode=verify_identity` (and `&ssl-ca=FILE` for an authority of your own)";
        plaintext.check(Service::MySql, name, hosts, address.is_tls, remedy)
    }

    /// # Errors
    /// When this address, of the account that changes tables, cannot be of the database that is served.
    pub fn check_same_shop(&self, served: &Self) -> Result<(), ConfigError> {
        match (self, served) {
            (Self::MySql { .. }, Self::MySql { .. }) => Ok(()),
            _ => Err(ConfigError::new(
                "MIGRATE_DATABASE_URL is for an account of MySQL that may change tables, besides a DATABASE_URL that may not: with SQLite unset it",
            )),
        }
    }

    /// # Errors
    /// When the SQLite file cannot be there because its folder is not.
    pub fn check_folder(&self) -> Result<(), ConfigError> {
        let Self::Sqlite { file: Some(file), .. } = self else { return Ok(()) };
        match file.parent() {
            Some(folder) if folder != Path::new("") && !folder.is_dir() => Err(ConfigError::new(format!(
                "DATABASE_URL names {}, but there is no folder {}: make it or name another file",
                file.display(),
                folder.display()
            ))),
            _ => Ok(()),
        }
    }

    /// The whole address, its password included: for opening only.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite { url, .. } => url,
            Self::MySql { url, .. } => url.reveal(),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { url, .. } => f.write_str(url),
            Self::MySql { url, .. } => {
                let address = url.reveal();
                let host =
                    address.rsplit_once('@').map_or_else(|| address.trim_start_matches("mysql://"), |(_, host)| host);
                write!(f, "mysql://{}", host.split('?').next().unwrap_or(host))
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As sqlx reads it: `sqlite://` or `sqlite:`, then a path, percent-encoded, then `?` and options.
fn sqlite_file(rest: &str) -> Result<Option<PathBuf>, ConfigError> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    if path.is_empty() {
        return Err(ConfigError::new("DATABASE_URL names no file: write it as `sqlite://damda.db`"));
    }
    if path == ":memory:" || options.contains("mode=memory") {
        return Ok(None);
    }
    let bytes = percent_decoded(path);
    let path = String::from_utf8(bytes)
        .map_err(|_| ConfigError::new("DATABASE_URL names a file that is not UTF-8: choose another file name"))?;
    Ok(Some(PathBuf::from(path)))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_address_names_its_file() {
        let table = [
            ("sqlite://damda.db", Some("damda.db")),
            ("sqlite:damda.db", Some("damda.db")),
            ("sqlite:///var/lib/damda.db?mode=rwc", Some("/var/lib/damda.db")),
            ("sqlite://my%20shop.db", Some("my shop.db")),
            ("sqlite://100%", Some("100%")),
            ("sqlite::memory:", None),
        ];
        for (url, expected) in table {
            let Database::Sqlite { file, .. } = Database::parse("DATABASE_URL", url).unwrap() else { panic!("{url}") };
            assert_eq!(file.as_deref(), expected.map(Path::new), "{url}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let database =
            Database::parse("DATABASE_URL", "mysql://shop:hun@ter2@db.example:3306/damda?ssl-mode=required").unwrap();
        for printed in [format!("{database}"), format!("{database:?}")] {
            assert_eq!(printed, "mysql://db.example:3306/damda");
        }
    }

    #[test]
    fn an_unknown_address_is_refused_without_repeating_it() {
        for url in [
            "postgres://u:hunter2@h/d",
            "damda.db",
            "mysql://u:hunter2@h",
            "mysql://u:hunter2@h/",
            "mysql://u:hunter2@h/d/e",
            "mysql://u:hunter2@h/d?ssl-mode=hunter2",
            "sqlite://",
            "",
        ] {
            let said = Database::parse("DATABASE_URL", url).unwrap_err().to_string();
            assert!(said.starts_with("DATABASE_URL") && !said.contains("hunter2"), "{said}");
        }
    }
}
