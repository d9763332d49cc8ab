//! Opening and migrating either engine.

use super::retry::{is_connection_lost, retried};
use super::{Db, On, Sql, Trouble, Tx, Writer, dialect};
use crate::error::{Error, Fault};
use crate::guards::{self, Guard};
use crate::watch;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlRow, MySqlSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, MySql, MySqlConnection, MySqlPool, Row as _, Transaction,
};
use std::str::FromStr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static SQLITE_MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| beside_newer(sqlx::migrate!("../migrations/sqlite")));
static MYSQL_MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| beside_newer(sqlx::migrate!("../migrations/mysql")));

/// A newer version may have migrated already: an instance of this one that is started again in the middle of an
/// upgrade, or for the step back, serves on what it finds, which is made to bear that.
fn beside_newer(mut migrations: Migrator) -> Migrator {
    migrations.set_ignore_missing(true);
    migrations
}

/// How many connections read SQLite at once.
const SQLITE_READERS: u32 = 4;
/// How many connections one process holds to MySQL for transactions that write, and how many for reads: a crowd
/// of readers must not keep a desk from its next batch.
const MYSQL_WRITERS: u32 = 10;
const MYSQL_READERS: u32 = 16;
/// Statement texts kept prepared per connection. A MySQL server keeps 16,382 for everybody unless told otherwise:
/// enough for three instances.
const STATEMENTS_KEPT: usize = 400;
const STATEMENTS_KEPT_TO_READ: usize = 64;

/// How long an instance waits for another that migrates, in seconds: longer than a large table takes.
const MIGRATION_PATIENCE: u32 = 3_600;
/// An instance that stops with rows locked (frozen, or cut off by the network) loses them after this many
/// seconds where the server can do that, which is MariaDB; nobody waits longer for a row.
const STALLED_TRANSACTION: u32 = 10;

/// The pools that serve, and the account that may change tables: the same one unless another was named.
#[derive(Clone, Debug)]
pub struct MySqlDb {
    writers: MySqlPool,
    readers: MySqlPool,
    owner: Arc<MySqlConnectOptions>,
}

impl MySqlDb {
    /// A connection of its own for the account that may change tables.
    pub(super) async fn connect_as_owner(&self) -> Result<MySqlConnection, Fault> {
        Ok(self.owner.connect().await?)
    }

    pub(super) fn watch_connections(&self) {
        for (name, pool) in [("writers", &self.writers), ("readers", &self.readers)] {
            watch::connections_are(name, pool.size(), pool.num_idle());
        }
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }

    async fn migrate(&self) -> Result<(), Fault> {
        let mut connection = self.connect_as_owner().await?;
        // The lock of sqlx asks for endless patience, which MariaDB takes for a mistake: it would lock nothing.
        if !take_named_lock(&mut connection, "migrate", MIGRATION_PATIENCE).await? {
            return Err(Fault::Other("another process has been migrating this database for an hour".to_owned()));
        }
        MYSQL_MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(migration_fault)?;
        // Closing frees the lock; so does dropping it, when migrating failed.
        connection.close().await?;
        Ok(())
    }

    /// Begins on a connection that lives. After a restart of the server every idle one is dead, and only
    /// using it tells; nothing was said on it yet, so the next is taken.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, MySql>, sqlx::Error> {
        let mut dead = 0;
        loop {
            match self.writers.begin().await {
                Err(error) if dead < MYSQL_WRITERS && is_connection_lost(&error) => dead += 1,
                begun => return begun,
            }
        }
    }

    /// Begins to read one moment.
    pub(super) async fn begin_snapshot(&self) -> Result<Transaction<'static, MySql>, sqlx::Error> {
        self.readers.begin_with(dialect::BEGIN_MYSQL_SNAPSHOT).await
    }

    /// Begins to read one moment on a connection that others use afterwards as it was before.
    pub(super) async fn begin_reading(&self) -> Result<Transaction<'static, MySql>, sqlx::Error> {
        self.readers.begin_with(dialect::BEGIN_MYSQL_READING).await
    }

    /// Reads; on another connection again when one is dead, since reading twice changes nothing.
    pub(super) async fn fetch_all(&self, sql: Sql) -> Result<Vec<MySqlRow>, sqlx::Error> {
        let mut dead = 0;
        loop {
            match sql.clone().mysql().fetch_all(&self.readers).await {
                Err(error) if dead < MYSQL_READERS && is_connection_lost(&error) => dead += 1,
                read => return read,
            }
        }
    }
}

/// Takes a lock of this database's own, held until the connection ends. `false` when another held it for all
/// of `patience_seconds`.
pub(super) async fn take_named_lock(
    connection: &mut MySqlConnection,
    name: &str,
    patience_seconds: u32,
) -> Result<bool, Fault> {
    // Names of locks are the whole server's, at most 64 characters long.
    let sql = format!(
        "SELECT CAST(COALESCE(GET_LOCK(CONCAT('damda:{name}:', MD5(DATABASE())), {patience_seconds}), 0) AS SIGNED INTEGER) \
         AS taken"
    );
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>("taken")? == 1)
}

fn migration_fault(error: MigrateError) -> Fault {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) if Trouble::of(&error).is_some() => {
            error.into()
        }
        error => Fault::Other(format!("migration: {error}")),
    }
}

/// Where a MySQL address leads and how, as the driver reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MySqlAddress {
    /// Empty when a socket of this machine is named.
    pub host: String,
    /// Every connection is encrypted, or there is none. Whether the server's certificate is checked is the
    /// address's business too.
    pub is_tls: bool,
}

impl FromStr for MySqlAddress {
    type Err = Fault;

    fn from_str(url: &str) -> Result<Self, Fault> {
        let options = MySqlConnectOptions::from_str(url)?;
        let host = if options.get_socket().is_some() { "" } else { options.get_host() };
        let is_tls = !matches!(options.get_ssl_mode(), MySqlSslMode::Disabled | MySqlSslMode::Preferred);
        Ok(Self { host: host.to_owned(), is_tls })
    }
}

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
        Self::open_with_owner(url, None).await
    }

    /// [`open`](Self::open), with another address (of the same MySQL database) by which tables are changed:
    /// then the account that serves needs no right to do that.
    pub async fn open_with_owner(url: &str, owner: Option<&str>) -> Result<Db, Fault> {
        if url.starts_with("sqlite:") {
            open_sqlite(url).await
        } else if url.starts_with("mysql:") || url.starts_with("mariadb:") {
            open_mysql(url, owner.unwrap_or(url)).await
        } else {
            Err(Fault::Other("the database address begins with neither sqlite:// nor mysql://".to_owned()))
        }
    }

    /// As [`begin_snapshot`](Self::begin_snapshot), on a serving shop: for statements that follow one another at once.
    pub async fn begin_reading(&self) -> Result<Tx, Fault> {
        let span = self.transaction_span();
        let on = match self {
            Db::Sqlite { readers, .. } => On::SqliteSnapshot(readers.begin().await?),
            Db::MySql(mysql) => On::MySql(mysql.begin_reading().await?),
        };
        Ok(Tx { on, span })
    }

    /// Brings the database up to date. Only forward; several processes may do it at once.
    pub async fn migrate(&self) -> Result<(), Fault> {
        match self {
            Db::Sqlite { writer, .. } => {
                // One writer at a time, from before the first look at what is there: sqlx locks nothing here.
                let mut connection = writer.connect().await?;
                let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
                SQLITE_MIGRATIONS.run_direct(None, &mut *tx, false).await.map_err(migration_fault)?;
                tx.commit().await?;
                Ok(connection.close().await?)
            }
            Db::MySql(mysql) => mysql.migrate().await,
        }
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
    // Of processes that open a new file at once, SQLite lets one have it and tells the others at once that it is
    // locked, however long they would wait.
    let opened = retried(|| async {
        // What a savepoint would put back is kept in memory.
        let writer = Writer::open(options.clone().pragma("temp_store", "MEMORY")).await?;
        let readers = sqlite_pool(SQLITE_READERS).connect_with(options.clone().pragma("query_only", "ON")).await?;
        Ok(Db::Sqlite { writer, readers })
    });
    opened.await.map_err(|error| match error {
        Error::Fault(fault) => fault,
        other => Fault::Other(other.to_string()),
    })
}

/// Connections to read by, for good, but for one that was left in the middle of a transaction: where SQLite has ended it
/// by itself, the driver's own rollback fails, and it would never again begin on that connection.
pub(super) fn sqlite_pool(most: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(most)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .before_acquire(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))))
}

async fn open_mysql(url: &str, owner: &str) -> Result<Db, Fault> {
    let owner = mysql_options(owner)?.statement_cache_capacity(0);
    let options = mysql_options(url)?;
    let writers = mysql_pool(MYSQL_WRITERS, options.clone().statement_cache_capacity(STATEMENTS_KEPT)).await?;
    let readers = mysql_pool(MYSQL_READERS, options.statement_cache_capacity(STATEMENTS_KEPT_TO_READ)).await?;
    Ok(Db::MySql(MySqlDb { writers, readers, owner: Arc::new(owner) }))
}

async fn mysql_pool(most: u32, options: MySqlConnectOptions) -> Result<MySqlPool, Fault> {
    let pool = MySqlPoolOptions::new()
        .max_connections(most)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(|connection, _| {
            Box::pin(async move {
                // REPEATABLE READ would re-read an old snapshot after the lock: a real oversell.
                if guards::is_on(Guard::ReadCommitted) {
                    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
                }
                // To MySQL what only MariaDB has is a comment.
                let bounds = format!(
                    "SET SESSION innodb_lock_wait_timeout = {STALLED_TRANSACTION} \
                     /*M!100300 , idle_transaction_timeout = {STALLED_TRANSACTION} */"
                );
                connection.execute(AssertSqlSafe(bounds)).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}

fn mysql_options(url: &str) -> Result<MySqlConnectOptions, Fault> {
    Ok(MySqlConnectOptions::from_str(url)?.charset("utf8mb4").disable_statement_logging())
}
