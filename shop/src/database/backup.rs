//! Copies of a SQLite database, made while others read and write it: each is one moment of the shop, in one file
//! without a log beside it. What the copy is called, and that it is never written over another, is the caller's
//! business (`damda backup`). MySQL has tools of its own: `docs/backup.md`.

use super::connect::sqlite_pool;
use super::{Db, Engine, Sql, Writer, newest_schema};
use crate::error::Fault;
use crate::transfer::find_schema_version;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::path::Path;

/// Problems of a file are told up to this many.
const MOST_PROBLEMS: i64 = 20;

/// Writes every row of one moment into `file`, which must be empty or not there. Nobody waits for it. It is not
/// safe on the disk before its caller has synchronised it.
///
/// # Errors
/// On MySQL; and when there is no room.
pub async fn copy_database(db: &Db, file: &Path) -> Result<(), Fault> {
    let Db::Sqlite { writer, .. } = db else {
        return Err(Fault::Other("only a database on SQLite is copied this way".to_owned()));
    };
    let name = file.to_str().ok_or_else(|| Fault::Other(format!("{} is not UTF-8", file.display())))?;
    // A connection of its own: the readers may not write, not even elsewhere, and the writer is not to wait.
    let mut own = writer.connect().await?;
    sqlx::query("VACUUM INTO ?").bind(name).execute(&mut own).await?;
    Ok(own.close().await?)
}

/// Opens such a copy to look at it; changes nothing in it or beside it.
pub async fn open_copy(file: &Path) -> Result<Db, Fault> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).disable_statement_logging();
    let readers = sqlite_pool(1).connect_with(options.clone()).await?;
    Ok(Db::Sqlite { writer: Writer::open(options).await?, readers })
}

/// What is wrong with the file as a file: nothing, as a rule.
pub async fn list_damages(copy: &Db) -> Result<Vec<String>, Fault> {
    debug_assert_eq!(copy.engine(), Engine::Sqlite, "MySQL looks after its own files");
    let sql = Sql::new(format!("PRAGMA integrity_check({MOST_PROBLEMS})"));
    let said =
        copy.fetch_all(sql).await?.iter().map(|row| row.text("integrity_check")).collect::<Result<Vec<_>, _>>()?;
    Ok(said.into_iter().filter(|line| line != "ok").collect())
}

/// Whether this program knows the tables of the database, so that it can sum them up.
pub async fn is_of_this_version(db: &Db) -> Result<bool, Fault> {
    let mut tx = db.begin_snapshot().await?;
    Ok(find_schema_version(&mut tx).await? == newest_schema())
}

/// Whether a newer version than this has brought the database up to date.
pub async fn is_of_a_newer_version(db: &Db) -> Result<bool, Fault> {
    let mut tx = db.begin_snapshot().await?;
    Ok(find_schema_version(&mut tx).await? > newest_schema())
}
