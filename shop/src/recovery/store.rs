//! Orders that wait, and the tries at moving them on that failed, in the database. Nothing here is on the way of an
//! order that comes through.

use super::model::{QueueCause, Tries, TryError};
use super::rules::RecoverySnapshot;
use crate::database::{Db, Row, Sql, Tx, dialect, insert_rows};
use crate::error::Fault;
use crate::id::{OrderId, UserId};
use crate::money::Won;
use crate::order::OrderStatus;
use crate::time::Timestamp;
use std::collections::HashMap;

/// Counts one more failed try of each of these orders, by id, so that two who count never wait for each other.
pub async fn write_tries(tx: &mut Tx, failed: &[(OrderId, TryError)], now: Timestamp) -> Result<(), Fault> {
    let mut failed = failed.to_vec();
    failed.sort_by_key(|(id, _)| *id);
    let rows =
        failed.iter().map(|(id, error)| vec![(*id).into(), 1i64.into(), error.as_str().into(), now.into()]).collect();
    let tail = dialect::add_to_tries(tx.engine());
    insert_rows(tx, "INSERT INTO recovery_tries (order_id, tries, last_error, last_at)", rows, tail).await
}

/// The failed tries of those of these orders that have any. One statement.
pub async fn find_tries(db: &Db, ids: &[OrderId]) -> Result<HashMap<OrderId, Tries>, Fault> {
    let sql = Sql::new("SELECT order_id, tries, last_error, last_at FROM recovery_tries WHERE order_id IN ")
        .list(ids.iter().copied());
    db.fetch_all(sql).await?.iter().map(|row| Ok((row.id("order_id", OrderId::from_bytes)?, tries_of(row)?))).collect()
}

/// [`find_tries`] of one order, within a look at one moment.
pub async fn read_tries(tx: &mut Tx, id: OrderId) -> Result<Option<Tries>, Fault> {
    let sql = Sql::new("SELECT tries, last_error, last_at FROM recovery_tries WHERE order_id = ?").bind(id);
    tx.fetch_optional(sql).await?.as_ref().map(tries_of).transpose()
}

fn tries_of(row: &Row) -> Result<Tries, Fault> {
    Ok(Tries {
        failed: row.int("tries")?,
        last_error: TryError::from_text(&row.text("last_error")?),
        last_at: row.time("last_at")?,
    })
}

/// An order as far as its standing goes, without lines: whether something is due is decided anew under its lock.
#[derive(Clone, Debug)]
pub struct StandingRow {
    pub id: OrderId,
    pub user_id: UserId,
    pub total_amount: Won,
    pub pending_cause: Option<String>,
    pub snapshot: RecoverySnapshot,
}

impl StandingRow {
    pub fn cause(&self) -> QueueCause {
        QueueCause::of(self.snapshot.status, self.pending_cause.as_deref())
    }

    /// Since when it has its status.
    pub fn since(&self) -> Timestamp {
        let since = match self.snapshot.status {
            OrderStatus::Paid => self.snapshot.paid_at,
            OrderStatus::Pending => self.snapshot.pending_at,
            _ => None,
        };
        since.unwrap_or(self.snapshot.created_at)
    }
}

const STANDINGS: &str = "SELECT id, user_id, status, total_amount, final_amount, pending_cause, created_at, paid_at, pending_at \
                         FROM orders WHERE ";

fn standing_of(row: &Row) -> Result<StandingRow, Fault> {
    Ok(StandingRow {
        id: row.id("id", OrderId::from_bytes)?,
        user_id: UserId::new(row.int("user_id")?),
        total_amount: row.won("total_amount")?,
        pending_cause: row.maybe_text("pending_cause")?,
        snapshot: RecoverySnapshot {
            status: row.parsed("status", |text| text.parse().ok())?,
            final_amount: row.won("final_amount")?,
            created_at: row.time("created_at")?,
            paid_at: row.maybe_time("paid_at")?,
            pending_at: row.maybe_time("pending_at")?,
            holds_coupon: false,
            lines: Vec::new(),
        },
    })
}

/// Those of these orders that there are, in no order. One statement.
pub async fn find_standings(db: &Db, ids: &[OrderId]) -> Result<Vec<StandingRow>, Fault> {
    let sql = Sql::new(STANDINGS).then("id IN ").list(ids.iter().copied());
    db.fetch_all(sql).await?.iter().map(standing_of).collect()
}

/// A place in the queue: an order and when it was placed.
pub type Place = (Timestamp, OrderId);

/// What to look for among the orders of one status.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    pub status: OrderStatus,
    /// Only those that have had it since before the first, or since a moment after the second (the clock was set back).
    pub over: Option<(Timestamp, Timestamp)>,
    pub cause: Option<QueueCause>,
    /// Those that stand behind this one.
    pub after: Option<Place>,
}

/// Orders that wait in one status, oldest first: the index of statuses in its own order.
pub async fn list_waiting(db: &Db, wanted: &Waiting, most: i64) -> Result<Vec<StandingRow>, Fault> {
    let mut sql = Sql::new(STANDINGS).then("status = ?").bind(wanted.status);
    if let Some((before, ahead_of)) = wanted.over {
        let since = if wanted.status == OrderStatus::Paid { "paid_at" } else { "created_at" };
        sql = sql.then(&format!(" AND ({since} <= ? OR {since} > ?)")).bind(before).bind(ahead_of);
    }
    sql = match wanted.cause {
        None => sql,
        Some(QueueCause::Other) => {
            let known = [QueueCause::Pay, QueueCause::Confirm, QueueCause::Stalled];
            sql.then(" AND COALESCE(pending_cause, '') NOT IN ").list(known.map(QueueCause::as_str))
        }
        Some(cause) => sql.then(" AND pending_cause = ?").bind(cause.as_str()),
    };
    if let Some((created_at, id)) = wanted.after {
        // The first half is what the index can begin at.
        sql = sql.then(" AND created_at >= ? AND (created_at > ? OR id > ?)");
        sql = sql.bind(created_at).bind(created_at).bind(id);
    }
    let rows = db.fetch_all(sql.then(" ORDER BY created_at, id LIMIT ?").bind(most)).await?;
    rows.iter().map(standing_of).collect()
}
