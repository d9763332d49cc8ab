//! Trying again where the database says that trying again is the cure.

use super::Trouble;
use crate::alert::tally::Tally;
use crate::error::{Error, Fault};
use crate::watch;
use std::time::Duration;

/// How often a transaction is tried in all.
const ATTEMPTS: u32 = 6;

/// Runs a whole transaction again when the database gave it up for another's sake (deadlock, lock wait,
/// changed row), a bounded number of times.
pub async fn retried<T, F>(once: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    retried_as("other", 1, once).await
}

/// [`retried`] for `jobs` of one kind of work (a word of [`watch::METRICS`]), which is counted under it.
pub async fn retried_as<T, F>(work: &'static str, jobs: usize, once: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    retried_counting(&Tally::default(), work, jobs, once).await
}

/// [`retried_as`] for work at a desk, whose contention the shop counts too.
pub async fn retried_counting<T, F>(
    tally: &Tally,
    work: &'static str,
    jobs: usize,
    mut once: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut attempt = 1;
    loop {
        match once().await {
            Err(error) if is_given_up(&error) => {
                if attempt == ATTEMPTS {
                    watch::transaction_given_up(tally, work, jobs);
                    return Err(error);
                }
                watch::transaction_retried(tally, work, jobs, is_duplicate_key(&error));
                tracing::debug!(work, attempt, %error, "transaction given up by the database, trying again");
                // Two victims that start again in step would only meet again.
                let spread: u64 = rand::random_range(0..5);
                tokio::time::sleep(Duration::from_millis(spread << attempt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// MySQL: 1213 deadlock, 1205 lock wait timeout, 1020 record changed since read, 1412 table changed (a month
/// was made). SQLite: 5 busy, 517 busy snapshot. A duplicate key is one too: the next try reads what the other
/// wrote. So is a connection that broke before the commit: a server forgets what was not committed.
fn is_given_up(error: &Error) -> bool {
    let Error::Fault(Fault::Database(error)) = error else { return false };
    if is_connection_lost(error) {
        return true;
    }
    let sqlx::Error::Database(database) = &**error else { return false };
    if database.is_unique_violation() {
        return true;
    }
    if let Some(mysql) = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return matches!(mysql.number(), 1213 | 1205 | 1020 | 1412);
    }
    matches!(database.code().as_deref(), Some("5" | "517"))
}

/// Whether the connection is gone and the next may live: it broke, or the server (MySQL: 1053 shutting down,
/// 1927 and 3169 killed, 4031 idle for too long) took it away.
pub(super) fn is_connection_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(database) => database
            .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
            .is_some_and(|mysql| matches!(mysql.number(), 1053 | 1927 | 3169 | 4031)),
        _ => false,
    }
}

/// Whether the database is away, as far as this process sees.
pub(crate) fn does_not_answer(error: &sqlx::Error) -> bool {
    is_connection_lost(error) || matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)
}

/// What a connection that broke says, for [`crate::failpoints`].
#[cfg(feature = "failpoints")]
pub(crate) fn broken_connection() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())
}

/// What a commit failed with: only when the server still answers is it sure that nothing was committed.
pub(super) fn commit_fault(error: sqlx::Error) -> Fault {
    if is_connection_lost(&error) { Fault::Uncertain(error) } else { error.into() }
}

fn is_duplicate_key(error: &Error) -> bool {
    matches!(error, Error::Fault(fault) if is_duplicate(fault))
}

/// What the database itself said no with.
fn refusal_of(fault: &Fault) -> Option<&(dyn sqlx::error::DatabaseError + 'static)> {
    let Fault::Database(error) = fault else { return None };
    error.as_database_error()
}

/// Whether a unique key refused the row.
pub fn is_duplicate(fault: &Fault) -> bool {
    refusal_of(fault).is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether the schema refused the row itself: a second one of its key, or one that breaks a rule.
pub fn is_refused_row(fault: &Fault) -> bool {
    /// MariaDB's number for a CHECK, which the driver takes for any other.
    const MARIADB_CHECK: u16 = 4025;
    let Some(database) = refusal_of(fault) else { return false };
    let number = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(|mysql| mysql.number());
    number == Some(MARIADB_CHECK) || !matches!(database.kind(), sqlx::error::ErrorKind::Other)
}

/// Whether doing each job of a failed batch alone may help. A database that does not answer, or cannot write,
/// fails every job alike; trying each alone would only make them wait.
pub fn may_be_one_jobs_fault(error: &Error) -> bool {
    match error {
        Error::Fault(Fault::Database(database)) => {
            matches!(**database, sqlx::Error::Database(_)) && Trouble::of(database).is_none()
        }
        Error::Fault(Fault::Uncertain(_)) => false,
        _ => true,
    }
}
