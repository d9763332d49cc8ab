//! SQLite's one writer. Transactions take turns on it, and those that waited for one another become durable by one
//! commit, since flushing to the disk is most of what a small transaction costs. Nobody hears that theirs is done
//! before that commit, and who fails takes back only their own work.
//!
//! The first of such a group begins the transaction that all share; each later one works within a savepoint.
//! Whoever is done asks for another turn to commit, behind all who wait at that moment: they are the group.

use super::{Row, Sql};
use crate::error::Fault;
use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::time::timeout;

/// A turn that does not come within this is given up.
const PATIENCE: Duration = Duration::from_secs(30);

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";
const SAVE: &str = "SAVEPOINT turn";
const KEEP: &str = "RELEASE turn";
const TAKE_BACK: &str = "ROLLBACK TO turn";

/// A handle to the writer. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Writer {
    options: Arc<SqliteConnectOptions>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// `None` after a failure that leaves the last one in doubt: the next turn opens another.
    connection: Option<SqliteConnection>,
    is_closed: bool,
    /// Who is done within the open transaction and waits for its commit.
    group: Vec<oneshot::Sender<Result<(), Arc<sqlx::Error>>>>,
    /// Which group that is.
    number: u64,
}

impl Writer {
    /// Opens the database; makes its file when `options` say so.
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, Fault> {
        let connection = Some(options.connect().await?);
        let state = State { connection, is_closed: false, group: Vec::new(), number: 0 };
        Ok(Self { options: Arc::new(options), state: Arc::new(Mutex::new(state)) })
    }

    /// A connection beside this one, for what begins transactions of its own.
    pub(super) async fn connect(&self) -> Result<SqliteConnection, Fault> {
        Ok(self.options.connect().await?)
    }

    /// Waits for a turn and begins a transaction. Dropping it takes back what it did.
    pub(super) async fn begin(&self) -> Result<Turn, Fault> {
        let state = timeout(PATIENCE, self.state.clone().lock_owned()).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let mut turn = Turn { writer: self.clone(), state: Some(state), has_begun: false, has_failed: false };
        turn.enter().await?;
        Ok(turn)
    }

    /// Waits for the turn that is under way, commits what is done, and closes the connection.
    pub(super) async fn close(&self) {
        let mut state = self.state.lock().await;
        if !state.group.is_empty() {
            state.commit().await;
        }
        state.is_closed = true;
        if let Some(connection) = state.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed in good order");
        }
    }

    /// Commits this group, unless it was by now.
    async fn commit(&self, number: u64) {
        let mut state = self.state.lock().await;
        if state.number == number {
            state.commit().await;
        }
    }
}

impl State {
    fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn run(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(text).execute(self.connection()?).await.map(drop)
    }

    /// Makes durable what the group has done, and tells it.
    async fn commit(&mut self) {
        let committed = self.run(COMMIT).await.map_err(Arc::new);
        if committed.is_err() {
            self.roll_back().await;
        }
        self.tell(&committed);
    }

    fn tell(&mut self, committed: &Result<(), Arc<sqlx::Error>>) {
        self.number += 1;
        for waiting in self.group.drain(..) {
            // Who no longer waits finds what was done by asking again.
            let _ = waiting.send(committed.clone());
        }
    }

    /// Ends the open transaction. SQLite ends it by itself after some failures, so a refusal says nothing sure.
    async fn roll_back(&mut self) {
        if self.run(ROLLBACK).await.is_err() {
            self.connection = None;
        }
    }

    /// Takes back what the turn that ends here did, and nothing of the group before it.
    async fn take_back(&mut self) {
        if self.group.is_empty() {
            self.roll_back().await;
            return;
        }
        let kept = match self.run(TAKE_BACK).await {
            Ok(()) => self.run(KEEP).await,
            failed => failed,
        };
        if let Err(error) = kept {
            // SQLite has ended the whole transaction: disk full, for one.
            self.roll_back().await;
            self.tell(&Err(Arc::new(error)));
        }
    }
}

/// A transaction on the writer.
pub struct Turn {
    writer: Writer,
    /// Held until this turn is over.
    state: Option<OwnedMutexGuard<State>>,
    has_begun: bool,
    /// A statement failed in a way that may have ended the transaction below it.
    has_failed: bool,
}

impl Turn {
    async fn enter(&mut self) -> Result<(), sqlx::Error> {
        let Some(state) = self.state.as_mut() else { return Err(sqlx::Error::PoolClosed) };
        if state.connection.is_none() && !state.is_closed {
            state.connection = Some(self.writer.options.connect().await?);
        }
        let text = if state.group.is_empty() { BEGIN } else { SAVE };
        // Before it is done, for whoever drops this meanwhile.
        self.has_begun = true;
        state.run(text).await.inspect_err(|_| self.has_begun = false)
    }

    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.state.as_mut().ok_or(sqlx::Error::PoolClosed)?.connection()
    }

    pub(super) async fn execute(&mut self, sql: Sql) -> Result<u64, sqlx::Error> {
        let done = sql.sqlite().execute(self.connection()?).await;
        Ok(done.inspect_err(|error| self.note(error))?.rows_affected())
    }

    pub(super) async fn fetch_all(&mut self, sql: Sql) -> Result<Vec<Row>, sqlx::Error> {
        let rows = sql.sqlite().fetch(self.connection()?).map_ok(Row::Sqlite).try_collect().await;
        rows.inspect_err(|error| self.note(error))
    }

    /// Takes note of a statement's failure. One that breaks a rule of the schema undoes itself alone.
    fn note(&mut self, error: &sqlx::Error) {
        let breaks_a_rule = error
            .as_database_error()
            .is_some_and(|error| !matches!(error.kind(), sqlx::error::ErrorKind::Other) || is_constraint(error));
        self.has_failed |= !breaks_a_rule;
    }

    /// Done once it is durable, together with those who waited.
    pub(super) async fn commit(mut self) -> Result<(), Fault> {
        let Some(state) = self.state.as_mut() else { return Err(sqlx::Error::PoolClosed.into()) };
        if self.has_failed {
            return Err(Fault::Other("a statement of this transaction had failed".to_owned()));
        }
        if !state.group.is_empty() {
            state.run(KEEP).await?;
        }
        let (waiting, committed) = oneshot::channel();
        state.group.push(waiting);
        let number = state.number;
        self.state = None;
        let writer = self.writer.clone();
        // A task of its own: whoever stops waiting must not stop the commit.
        tokio::spawn(async move { writer.commit(number).await });
        match committed.await {
            Ok(committed) => Ok(committed?),
            Err(_) => Err(sqlx::Error::WorkerCrashed.into()),
        }
    }
}

/// SQLite's primary code 19, whatever the rule.
fn is_constraint(error: &dyn sqlx::error::DatabaseError) -> bool {
    const CONSTRAINT: u32 = 19;
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == CONSTRAINT)
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut state) = self.state.take().filter(|_| self.has_begun) else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move { state.take_back().await })),
            Err(_) => {
                // Closing the connection takes everything back.
                state.connection = None;
                state.tell(&Err(Arc::new(sqlx::Error::WorkerCrashed)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::sqlite::SqliteJournalMode;
    use std::path::PathBuf;
    use tokio::task::JoinHandle;

    /// A database of its own with `things`, and `parts` of things, which must be there at the commit only.
    struct House {
        writer: Writer,
        folder: PathBuf,
    }

    impl House {
        async fn open() -> Self {
            let folder = std::env::temp_dir().join(format!("damda-writer-{:016x}", rand::random::<u64>()));
            std::fs::create_dir(&folder).unwrap();
            let options = SqliteConnectOptions::new().filename(folder.join("test.db")).create_if_missing(true);
            let options = options.journal_mode(SqliteJournalMode::Wal).foreign_keys(true);
            let house = Self { writer: Writer::open(options).await.unwrap(), folder };
            let parts = "CREATE TABLE parts (thing INTEGER REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)";
            let mut turn = house.writer.begin().await.unwrap();
            for text in ["CREATE TABLE things (id INTEGER PRIMARY KEY, size BLOB)", parts] {
                turn.execute(Sql::new(text)).await.unwrap();
            }
            turn.commit().await.unwrap();
            house
        }

        async fn begin(&self) -> Turn {
            self.writer.begin().await.unwrap()
        }

        /// Asks for a turn, and comes back once it waits; in that turn it inserts a row and commits.
        async fn insert_later(&self, sql: &'static str) -> JoinHandle<Result<(), Fault>> {
            let writer = self.writer.clone();
            let waiting = Arc::strong_count(&self.writer.state);
            let task = tokio::spawn(async move {
                let mut turn = writer.begin().await?;
                turn.execute(Sql::new(sql)).await?;
                turn.commit().await
            });
            // Its wait for the turn holds the writer too.
            while Arc::strong_count(&self.writer.state) == waiting {
                tokio::task::yield_now().await;
            }
            task
        }

        async fn groups_so_far(&self) -> u64 {
            self.writer.state.lock().await.number
        }

        /// As any other connection sees them.
        async fn ids(&self) -> Vec<i64> {
            let mut connection = self.writer.connect().await.unwrap();
            sqlx::query_scalar("SELECT id FROM things ORDER BY id").fetch_all(&mut connection).await.unwrap()
        }
    }

    impl Drop for House {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[tokio::test]
    async fn those_who_waited_for_one_another_share_a_commit() {
        let house = House::open().await;
        let before = house.groups_so_far().await;
        let mut first = house.begin().await;
        first.execute(Sql::new("INSERT INTO things (id) VALUES (1)")).await.unwrap();
        let second = house.insert_later("INSERT INTO things (id) VALUES (2)").await;
        let third = house.insert_later("INSERT INTO things (id) VALUES (3)").await;
        first.commit().await.unwrap();
        second.await.unwrap().unwrap();
        third.await.unwrap().unwrap();
        assert_eq!((house.ids().await, house.groups_so_far().await - before), (vec![1, 2, 3], 1));
        house.begin().await.commit().await.unwrap();
        assert_eq!(house.groups_so_far().await - before, 2, "a lone one commits for itself");
    }

    #[tokio::test]
    async fn nobody_else_sees_what_is_not_committed_and_who_is_dropped_leaves_nothing() {
        let house = House::open().await;
        let mut first = house.begin().await;
        first.execute(Sql::new("INSERT INTO things (id) VALUES (1)")).await.unwrap();
        assert_eq!(house.ids().await, [0i64; 0]);
        let refused = house.insert_later("INSERT INTO things (id) VALUES (1)").await;
        let third = house.insert_later("INSERT INTO things (id) VALUES (3)").await;
        first.commit().await.unwrap();
        assert!(matches!(refused.await.unwrap(), Err(Fault::Database(_))), "its key is taken");
        third.await.unwrap().unwrap();
        let mut dropped = house.begin().await;
        dropped.execute(Sql::new("INSERT INTO things (id) VALUES (4)")).await.unwrap();
        drop(dropped);
        house.begin().await.commit().await.unwrap();
        assert_eq!(house.ids().await, [1, 3]);
    }

    #[tokio::test]
    async fn a_commit_that_fails_fails_for_all_and_the_next_turn_works() {
        let house = House::open().await;
        let mut first = house.begin().await;
        first.execute(Sql::new("INSERT INTO things (id) VALUES (1)")).await.unwrap();
        let second = house.insert_later("INSERT INTO parts (thing) VALUES (77)").await;
        assert!(matches!(first.commit().await, Err(Fault::Database(_))));
        assert!(matches!(second.await.unwrap(), Err(Fault::Database(_))));
        house.insert_later("INSERT INTO things (id) VALUES (2)").await.await.unwrap().unwrap();
        assert_eq!(house.ids().await, [2]);
    }

    #[tokio::test]
    async fn whoever_stops_waiting_stops_no_commit() {
        let house = House::open().await;
        let before = house.groups_so_far().await;
        let mut first = house.begin().await;
        first.execute(Sql::new("INSERT INTO things (id) VALUES (1)")).await.unwrap();
        let committing = tokio::spawn(first.commit());
        tokio::task::yield_now().await;
        committing.abort();
        while house.groups_so_far().await == before {
            tokio::task::yield_now().await;
        }
        assert_eq!(house.ids().await, [1]);
    }

    #[tokio::test]
    async fn a_full_disk_takes_nothing_from_who_was_told_that_it_is_done() {
        let house = House::open().await;
        let mut turn = house.begin().await;
        turn.execute(Sql::new("PRAGMA max_page_count = 8")).await.unwrap();
        turn.commit().await.unwrap();
        let mut first = house.begin().await;
        first.execute(Sql::new("INSERT INTO things (id) VALUES (1)")).await.unwrap();
        let full = house.insert_later("INSERT INTO things (id, size) VALUES (2, zeroblob(100000))").await;
        let third = house.insert_later("INSERT INTO things (id) VALUES (3)").await;
        let told = [(1, first.commit().await), (2, full.await.unwrap()), (3, third.await.unwrap())];
        assert!(told[1].1.is_err(), "{told:?}");
        let done: Vec<i64> = told.iter().filter(|(_, told)| told.is_ok()).map(|(id, _)| *id).collect();
        assert_eq!(house.ids().await, done, "{told:?}");
        house.insert_later("INSERT INTO things (id) VALUES (4)").await.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn closing_commits_what_is_done_first() {
        let house = House::open().await;
        let mut first = house.begin().await;
        first.execute(Sql::new("INSERT INTO things (id) VALUES (1)")).await.unwrap();
        let (committed, ()) = tokio::join!(first.commit(), house.writer.close());
        committed.unwrap();
        assert_eq!(house.ids().await, [1]);
    }

    #[tokio::test]
    async fn a_closed_writer_gives_no_turn() {
        let house = House::open().await;
        house.writer.close().await;
        assert!(matches!(house.writer.begin().await, Err(Fault::Database(_))));
    }
}
