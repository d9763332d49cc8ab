//! `damda backup`: a copy of a shop on SQLite as it is at one moment, made while the shop serves, looked through
//! before it gets its name, and never written over another. How to go back to one is in docs/backup.md.

use crate::cli::{complain, report_checks, say};
use crate::config::{Config, ConfigError, Database};
use crate::serve::open_database;
use crate::transfer::refuse_missing_file;
use anyhow::Context;
use shop::database::backup::{copy_database, is_of_this_version, list_damages, open_copy};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const NO: u8 = 1;
const USAGE: u8 = 2;

/// Copies the shop into `path`, which must not be there yet, and checks the copy.
pub async fn backup(config: &Config, path: &Path) -> anyhow::Result<ExitCode> {
    refuse_other_engine(&config.database)?;
    refuse_missing_file(&config.database)?;
    if path.symlink_metadata().is_ok() {
        return Ok(refuse_taken(path));
    }
    let draft = match Draft::beside(path) {
        Ok(draft) => draft,
        Err(error) => {
            complain(format!(
                "{} cannot be made ({error}): name a file in a folder that can be written to",
                path.display()
            ));
            return Ok(ExitCode::from(USAGE));
        }
    };
    copy(config, &draft.path).await?;
    let found = look_through(&draft.path).await?;
    if let Found::Damaged(damages) = &found {
        for damage in damages {
            complain(damage);
        }
        complain(format!(
            "nothing was kept: the copy is damaged, so look at the shop's own file at {} and at both disks",
            config.database
        ));
        return Ok(ExitCode::from(NO));
    }
    let bytes = match draft.keep(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(refuse_taken(path)),
        Err(error) => {
            return Err(error).with_context(|| format!("{} could not be written to the disk", path.display()));
        }
    };
    say(format!(
        "The shop at {} is in {} ({}), as it was at one moment. The file holds password hashes and what people bought: keep it as you keep the database.",
        config.database,
        path.display(),
        spell_size(bytes)
    ));
    match found {
        Found::Broken => {
            complain("the copy is whole, yet the books in it do not add up, nor do the shop's: run `damda verify`");
            Ok(ExitCode::from(NO))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn refuse_other_engine(database: &Database) -> Result<(), ConfigError> {
    match database {
        Database::Sqlite { file: Some(_), .. } => Ok(()),
        Database::Sqlite { file: None, .. } => {
            Err(ConfigError::new("DATABASE_URL names a shop in memory, which is gone with its process: name its file"))
        }
        Database::MySql { .. } => Err(ConfigError::new(
            "DATABASE_URL names a MySQL or MariaDB, which has a tool of its own for this: `mariadb-dump --single-transaction` as docs/backup.md says, or `damda export FILE`",
        )),
    }
}

fn refuse_taken(path: &Path) -> ExitCode {
    complain(format!("{} is there already and stays as it is: name a file that is not there yet", path.display()));
    ExitCode::from(USAGE)
}

async fn copy(config: &Config, draft: &Path) -> anyhow::Result<()> {
    let db = open_database(config).await?;
    let copied = copy_database(&db, draft).await;
    db.close().await;
    copied.map_err(shop::Error::from).with_context(|| format!("the shop at {} could not be copied", config.database))
}

/// What a copy turned out to be.
enum Found {
    Good,
    /// The file is whole, and what is in it does not add up.
    Broken,
    Damaged(Vec<String>),
}

async fn look_through(draft: &Path) -> anyhow::Result<Found> {
    let copy = open_copy(draft).await.context("the copy cannot be opened")?;
    let damages = list_damages(&copy).await?;
    let found = if !damages.is_empty() {
        Found::Damaged(damages)
    } else if !is_of_this_version(&copy).await? {
        say("The tables are of another version than this program, so the books were not checked; the file is whole.");
        Found::Good
    } else if report_checks(&copy).await? {
        Found::Good
    } else {
        Found::Broken
    };
    copy.close().await;
    Ok(found)
}

/// A file beside the one that is wanted, which is removed unless it is kept.
struct Draft {
    path: PathBuf,
    file: File,
}

impl Draft {
    /// Empty, and only its owner's from the beginning: it will hold password hashes.
    fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy();
        let path = path.with_file_name(format!(".{name}.{}.new", hex::encode(rand::random::<[u8; 4]>())));
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, file })
    }

    /// Gives the file its name once all of it is on the disk; gives its size in bytes.
    fn keep(self, name: &Path) -> io::Result<u64> {
        self.file.sync_all()?;
        match std::fs::hard_link(&self.path, name) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error),
            // Some disks (FAT) know no second name of a file.
            Err(_) if name.symlink_metadata().is_ok() => return Err(ErrorKind::AlreadyExists.into()),
            Err(_) => std::fs::rename(&self.path, name)?,
        }
        let folder = name.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(self.file.metadata()?.len())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // It has its name by now, or is of no use to anybody.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// `1.5 MB`, as disks count.
fn spell_size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match UNITS.into_iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_size_is_spelled_as_disks_count() {
        let table = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (1_549_999, "1.5 MB"),
            (999_999_999, "999.9 MB"),
            (12_000_000_000, "12.0 GB"),
        ];
        for (bytes, text) in table {
            assert_eq!(spell_size(bytes), text);
        }
    }

    #[test]
    fn a_draft_gets_its_name_only_when_nobody_has_it_and_is_gone_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("backup.db");
        let draft = Draft::beside(&name).unwrap();
        std::fs::write(&draft.path, "a shop").unwrap();
        assert_eq!(draft.keep(&name).unwrap(), 6);
        assert_eq!(std::fs::metadata(&name).unwrap().permissions().mode() & 0o777, 0o600);
        let second = Draft::beside(&name).unwrap();
        assert_eq!(second.keep(&name).unwrap_err().kind(), ErrorKind::AlreadyExists);
        drop(Draft::beside(&name).unwrap());
        assert_eq!(std::fs::read_to_string(&name).unwrap(), "a shop");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }
}
