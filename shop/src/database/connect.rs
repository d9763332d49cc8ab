//! Opening and migrating either engine.

use super::Db;
use crate::error::Fault;
use crate::guards::{self, Guard};
use sqlx::migrate::Migrator;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Executor};
use std::str::FromStr;
use std::time::Duration;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
static MYSQL_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/mysql");

/// How many connections read SQLite at once.
const SQLITE_READERS: u32 = 4;
/// How many connections one process holds to MySQL: the desks' lanes and the pages' reads.
const MYSQL_CONNECTIONS: u32 = 32;
/// Statement texts kept prepared per connection.
const STATEMENTS_KEPT: usize = 512;

/// Which engine is behind the handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    MySql,
}

impl Db {
    /// Connects to `sqlite://path` (made when missing) or `mysql://user:pass@host:port/db`.
    ///
    /// # Errors
    /// When the address is neither, or nothing answers there.
    pub async fn open(url: &str) -> Result<Db, Fault> {
        if url.starts_with("sqlite:") {
            open_sqlite(url).await
        } else if url.starts_with("mysql:") || url.starts_with("mariadb:") {
            open_mysql(url).await
        } else {
            Err(Fault::Other("the database address begins with neither sqlite:// nor mysql://".to_owned()))
        }
    }

    /// Brings the database up to date. Only forward; several processes may do it at once.
    pub async fn migrate(&self) -> Result<(), Fault> {
        let result = match self {
            Db::Sqlite { writer, .. } => SQLITE_MIGRATIONS.run(writer).await,
            Db::MySql(pool) => MYSQL_MIGRATIONS.run(pool).await,
        };
        result.map_err(|error| Fault::Other(format!("migration: {error}")))
    }
}

/// The last migration this program knows; the twins are numbered alike.
pub fn newest_schema() -> i64 {
    SQLITE_MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

async fn open_sqlite(url: &str) -> Result<Db, Fault> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Without it INSERT OR REPLACE would walk past the triggers that keep the ledger insert-only.
        .pragma("recursive_triggers", "ON")
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Db::Sqlite { writer, readers })
}

async fn open_mysql(url: &str) -> Result<Db, Fault> {
    let options = MySqlConnectOptions::from_str(url)?
        .charset("utf8mb4")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    let pool = MySqlPoolOptions::new()
        .max_connections(MYSQL_CONNECTIONS)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(|connection, _| {
            Box::pin(async move {
                // REPEATABLE READ would re-read an old snapshot after the lock: a real oversell.
                if guards::is_on(Guard::ReadCommitted) {
                    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    Ok(Db::MySql(pool))
}
