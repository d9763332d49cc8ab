//! `damda export` and `damda import`: the file, and what the owner is told. The rows are `shop::transfer`'s.

use crate::cli::{complain, report_checks, say};
use crate::config::{Config, ConfigError, Database};
use crate::serve::open_database;
use anyhow::Context;
use shop::transfer::service::{export_shop, import_shop};
use shop::transfer::{RowCounts, TransferError, TransferRefusal};
use std::fs::File;
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

const NO: u8 = 1;
const USAGE: u8 = 2;

/// Writes the whole shop into a new file that only its owner can read: it holds password hashes.
pub async fn export(config: &Config, path: &Path) -> anyhow::Result<ExitCode> {
    refuse_missing_file(&config.database)?;
    let file = match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        Err(error) => {
            complain(format!("{} cannot be made ({error}): name a file that is not there yet", path.display()));
            return Ok(ExitCode::from(USAGE));
        }
    };
    let exported = write_export(config, &file).await;
    if !matches!(exported, Ok(Ok(_))) {
        // What is not whole is of no use to anybody.
        std::fs::remove_file(path).with_context(|| format!("{} could not be removed", path.display()))?;
    }
    let counts = match exported? {
        Ok(counts) => counts,
        Err(refusal) => {
            complain(format!("nothing was exported: {refusal}; {}", remedy(&refusal)));
            return Ok(ExitCode::from(NO));
        }
    };
    say_counts(&counts);
    say(format!(
        "The shop at {} is in {}, as it was at one moment. The file holds password hashes and what people bought: keep it as you keep the database.",
        config.database,
        path.display()
    ));
    Ok(ExitCode::SUCCESS)
}

async fn write_export(config: &Config, file: &File) -> anyhow::Result<Result<RowCounts, TransferRefusal>> {
    let db = open_database(config).await?;
    let exported = refused(export_shop(&db, BufWriter::new(file)).await);
    db.close().await;
    let exported = exported?;
    file.sync_all().context("the file could not be written to the disk")?;
    Ok(exported)
}

/// Fills an empty database from such a file and checks what came of it.
pub async fn import(config: &Config, path: &Path) -> anyhow::Result<ExitCode> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => {
            complain(format!("{} cannot be read ({error}): name a file that `damda export` wrote", path.display()));
            return Ok(ExitCode::from(USAGE));
        }
    };
    let db = open_database(config).await?;
    db.migrate()
        .await
        .with_context(|| format!("the database at {} could not be brought up to date", config.database))?;
    let counts = match refused(import_shop(&db, file).await)? {
        Ok(counts) => counts,
        Err(refusal) => {
            complain(format!("nothing was imported: {refusal}; {}", remedy(&refusal)));
            return Ok(ExitCode::from(NO));
        }
    };
    say_counts(&counts);
    say(format!("{} is in {} now.", path.display(), config.database));
    let holds = report_checks(&db).await?;
    db.close().await;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(NO) })
}

/// Without a database there is nothing to export, and none must be made by looking for it.
pub fn refuse_missing_file(database: &Database) -> Result<(), ConfigError> {
    match database {
        Database::Sqlite { file: Some(file), .. } if !file.exists() => Err(ConfigError::new(format!(
            "DATABASE_URL names {}, which does not exist: name the shop's file, or make one with `damda migrate`",
            file.display()
        ))),
        _ => Ok(()),
    }
}

/// Tells an expected "no" from a fault.
fn refused<T>(outcome: Result<T, TransferError>) -> anyhow::Result<Result<T, TransferRefusal>> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(TransferError::Refused(refusal)) => Ok(Err(refusal)),
        Err(TransferError::Fault(fault)) => Err(shop::Error::from(fault).into()),
        Err(error @ TransferError::File(_)) => Err(error.into()),
    }
}

fn remedy(refusal: &TransferRefusal) -> &'static str {
    match refusal {
        TransferRefusal::DatabaseVersion { .. } => "run `damda migrate` there with this same program",
        TransferRefusal::NotAnExport => "name a file that `damda export` wrote",
        TransferRefusal::FileVersion { .. } | TransferRefusal::OtherTable { .. } => {
            "export and import with one and the same version of damda"
        }
        TransferRefusal::NotEmpty { .. } => {
            "an import needs a database of its own: name a new one in DATABASE_URL, and serve it only afterwards"
        }
        TransferRefusal::CutOff { .. } | TransferRefusal::Damaged { .. } => "copy it again, or export again",
        TransferRefusal::Unfit { .. } => "the file was changed since it was written: export again",
    }
}

fn say_counts(counts: &RowCounts) {
    for (table, rows) in counts {
        say(format!("{rows:>12} {table}"));
    }
}
