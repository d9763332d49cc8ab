//! The database: one SQL text for two engines. [`Db`] opens and hands out transactions, [`Tx`] runs
//! statements in one, [`Sql`] builds them. Which text must differ, and why, is in [`dialect`].
//!
//! Services open and commit; stores take `&mut Tx` and never do. Nothing outside this folder and the
//! `store.rs` files speaks SQL. Read `docs/adr/0002-one-sql-text.md` for why this is an enum.

pub mod backup;
pub mod clock;
mod connect;
pub mod dialect;
pub mod months;
pub mod outbox;
mod retry;
mod row;
mod sql;
mod trouble;
mod writer;

pub use connect::{Engine, MySqlAddress, MySqlDb, newest_schema};
#[cfg(feature = "failpoints")]
pub(crate) use retry::broken_connection;
pub(crate) use retry::does_not_answer;
pub use retry::{is_duplicate, is_refused_row, may_be_one_jobs_fault, retried, retried_as, retried_counting};
pub use row::Row;
pub use sql::{Sql, Value, chunks_of, insert_rows};
pub use trouble::Trouble;
pub use writer::{Turn, Writer};

use crate::error::Fault;
use crate::guards::{self, Guard};
use crate::trace::SPANS;
use crate::watch::{self, SLOW, Stopwatch, millis};
use futures::{Stream, TryStreamExt};
use sqlx::{Acquire, AssertSqlSafe, SqlitePool};
use std::pin::pin;
use tracing::Span;
use tracing::field::Empty;

/// A handle to the shop's database. Cloning it is cheap.
#[derive(Clone, Debug)]
pub enum Db {
    /// One writer, because SQLite has one; readers see the last commit and never wait for it.
    Sqlite { writer: Writer, readers: SqlitePool },
    /// MySQL or MariaDB, READ COMMITTED.
    MySql(MySqlDb),
}

/// A transaction. Dropping it rolls it back.
pub struct Tx {
    on: On,
    /// From the wait for a connection or a turn to the end.
    span: Span,
}

enum On {
    Sqlite(Turn),
    SqliteSnapshot(sqlx::Transaction<'static, sqlx::Sqlite>),
    MySql(sqlx::Transaction<'static, sqlx::MySql>),
}

impl Db {
    pub fn engine(&self) -> Engine {
        match self {
            Db::Sqlite { .. } => Engine::Sqlite,
            Db::MySql(_) => Engine::MySql,
        }
    }

    /// Begins a transaction that may write. On SQLite it waits for the one writer.
    pub async fn begin(&self) -> Result<Tx, Fault> {
        let span = self.transaction_span();
        let on = match self {
            Db::Sqlite { writer, .. } => On::Sqlite(writer.begin().await?),
            Db::MySql(mysql) => On::MySql(mysql.begin().await?),
        };
        Ok(Tx { on, span })
    }

    /// Begins a transaction that only reads and sees one moment, however long it takes.
    pub async fn begin_snapshot(&self) -> Result<Tx, Fault> {
        let span = self.transaction_span();
        let on = match self {
            Db::Sqlite { readers, .. } => On::SqliteSnapshot(readers.begin().await?),
            Db::MySql(mysql) => On::MySql(mysql.begin_snapshot().await?),
        };
        Ok(Tx { on, span })
    }

    /// Of a transaction that begins now. One that has no `outcome` in the end was rolled back.
    fn transaction_span(&self) -> Span {
        let system = match self {
            Db::Sqlite { .. } => "sqlite",
            Db::MySql(_) => "mysql",
        };
        tracing::debug_span!(
            target: SPANS,
            "transaction",
            otel.kind = "client",
            db.system.name = system,
            outcome = Empty,
        )
    }

    /// Reads rows outside any transaction.
    pub async fn fetch_all(&self, sql: Sql) -> Result<Vec<Row>, Fault> {
        let timed = Timed::begin(&sql, "none");
        let rows = match self {
            Db::Sqlite { readers, .. } => sql.sqlite().fetch(readers).map_ok(Row::Sqlite).try_collect().await?,
            Db::MySql(mysql) => mysql.fetch_all(sql).await?.into_iter().map(Row::MySql).collect(),
        };
        timed.end();
        Ok(rows)
    }

    /// Reads the first row, when there is one.
    pub async fn fetch_optional(&self, sql: Sql) -> Result<Option<Row>, Fault> {
        Ok(self.fetch_all(sql).await?.into_iter().next())
    }

    /// Writes one statement in a transaction of its own; gives the number of rows it met.
    pub async fn execute(&self, sql: Sql) -> Result<u64, Fault> {
        let mut tx = self.begin().await?;
        let rows = tx.execute(sql).await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.fetch_all(Sql::new("SELECT 1 AS one")).await.map(drop)
    }

    /// Tells the figures how many connections there are.
    pub fn watch_connections(&self) {
        match self {
            Db::Sqlite { readers, .. } => watch::connections_are("readers", readers.size(), readers.num_idle()),
            Db::MySql(mysql) => mysql.watch_connections(),
        }
    }

    /// Waits for what is running and closes every connection.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Db::MySql(mysql) => mysql.close().await,
        }
    }
}

impl Tx {
    pub fn engine(&self) -> Engine {
        match self.on {
            On::Sqlite(_) | On::SqliteSnapshot(_) => Engine::Sqlite,
            On::MySql(_) => Engine::MySql,
        }
    }

    /// Runs a statement; gives the number of rows it met, changed or not.
    pub async fn execute(&mut self, sql: Sql) -> Result<u64, Fault> {
        let timed = Timed::begin(&sql, "transaction");
        let rows = match &mut self.on {
            On::Sqlite(turn) => turn.execute(sql).await?,
            On::SqliteSnapshot(tx) => sql.sqlite().execute(&mut **tx).await?.rows_affected(),
            On::MySql(tx) => sql.mysql().execute(&mut **tx).await?.rows_affected(),
        };
        timed.end();
        Ok(rows)
    }

    /// Runs a statement that must meet exactly `rows` rows: the guard of every decided write.
    ///
    /// # Errors
    /// [`Fault::Broken`] naming `what` when another writer got in between; the transaction must not commit.
    pub async fn execute_exactly(&mut self, rows: usize, what: &str, sql: Sql) -> Result<(), Fault> {
        let met = self.execute(sql).await?;
        if usize::try_from(met) == Ok(rows) || !guards::is_on(Guard::RowCount) {
            Ok(())
        } else {
            Err(Fault::Broken(format!("{what}: {met} rows met instead of {rows}")))
        }
    }

    pub async fn fetch_all(&mut self, sql: Sql) -> Result<Vec<Row>, Fault> {
        let timed = Timed::begin(&sql, "transaction");
        let rows = match &mut self.on {
            On::Sqlite(turn) => turn.fetch_all(sql).await?,
            On::SqliteSnapshot(tx) => sql.sqlite().fetch(&mut **tx).map_ok(Row::Sqlite).try_collect().await?,
            On::MySql(tx) => sql.mysql().fetch(&mut **tx).map_ok(Row::MySql).try_collect().await?,
        };
        timed.end();
        Ok(rows)
    }

    pub async fn fetch_optional(&mut self, sql: Sql) -> Result<Option<Row>, Fault> {
        Ok(self.fetch_all(sql).await?.into_iter().next())
    }

    /// Reads rows one after another, however many there are, and never holds more than one.
    pub async fn each_row<E: From<Fault>>(
        &mut self,
        sql: Sql,
        take: impl FnMut(Row) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.on {
            On::Sqlite(turn) => {
                each(sql.sqlite().fetch(turn.connection().map_err(Fault::from)?).map_ok(Row::Sqlite), take).await
            }
            On::SqliteSnapshot(tx) => each(sql.sqlite().fetch(&mut **tx).map_ok(Row::Sqlite), take).await,
            On::MySql(tx) => each(sql.mysql().fetch(&mut **tx).map_ok(Row::MySql), take).await,
        }
    }

    /// The id the database counted for the row this transaction inserted last.
    pub async fn last_inserted_id(&mut self) -> Result<i64, Fault> {
        let sql = Sql::new(dialect::last_inserted_id(self.engine()));
        self.fetch_optional(sql).await?.map_or(Ok(0), |row| row.int("id"))
    }

    /// Runs plain text that takes no values and may hold several statements.
    pub async fn run_script(&mut self, text: &'static str) -> Result<(), Fault> {
        match &mut self.on {
            On::Sqlite(turn) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(turn.connection()?).await?;
            }
            On::SqliteSnapshot(tx) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(tx.acquire().await?).await?;
            }
            On::MySql(tx) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(tx.acquire().await?).await?;
            }
        }
        Ok(())
    }

    /// # Errors
    /// [`Fault::Uncertain`] when the connection broke over it: then nobody may do the same again unasked.
    pub async fn commit(self) -> Result<(), Fault> {
        match self.on {
            On::Sqlite(turn) => turn.commit().await?,
            On::SqliteSnapshot(tx) => tx.commit().await?,
            On::MySql(tx) => tx.commit().await.map_err(retry::commit_fault)?,
        }
        self.span.record("outcome", "committed");
        Ok(())
    }
}

async fn each<E: From<Fault>>(
    rows: impl Stream<Item = sqlx::Result<Row>>,
    mut take: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(Fault::from)? {
        take(row)?;
    }
    Ok(())
}

/// A statement under way, to be told of when it was slow: its first words, never its values.
struct Timed {
    began: Stopwatch,
    words: String,
    within: &'static str,
}

impl Timed {
    fn begin(sql: &Sql, within: &'static str) -> Self {
        Self { began: Stopwatch::start(), words: sql.first_words(), within }
    }

    fn end(self) {
        let took = self.began.elapsed();
        watch::statement_took(self.within, took);
        if took >= SLOW {
            tracing::warn!(statement = self.words, duration_ms = millis(took), "a statement was slow");
        }
    }
}
