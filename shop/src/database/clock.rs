//! The clock that all instances agree on: the database's. Instances on several machines judge each other's
//! orders by their times (SPEC §6: 30 seconds), so their clocks must not differ, whatever their machines' do.
//! Every instance measures how far the database's clock is from its own, at the start and again and again,
//! and goes by the database's. Where the shop is one file on one machine, the machine's clock is agreed on
//! already.

use super::{Db, Sql, dialect};
use crate::error::Fault;
use crate::id::{AdjustmentId, OrderId, PostingId, RefundId};
use crate::ports::clock::{AgreedClock, Clock, Reading, SteadyClock, SystemClock};
use crate::time::Timestamp;
use crate::watch::Stopwatch;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often the database's clock is looked at.
const READ_EVERY: Duration = Duration::from_secs(10);
/// Looks at a time, of which the quickest counts: its answer can be wrong by the least.
const LOOKS: usize = 5;
/// A machine whose clock is this far off is worth a line.
const FAR_OFF_MS: i64 = 1_000;

/// The clock of a shop on this database.
///
/// # Errors
/// When the database does not tell the time.
pub async fn clock_of(db: &Db) -> Result<Arc<dyn Clock>, Fault> {
    match db {
        Db::Sqlite { .. } => Ok(Arc::new(SystemClock)),
        Db::MySql(_) => Ok(agree(db, Arc::new(SteadyClock::start())).await?),
    }
}

/// `machine`, moved to the database's clock and kept there for as long as the clock is in use.
///
/// # Errors
/// When the database does not tell the time.
pub async fn agree(db: &Db, machine: Arc<dyn Clock>) -> Result<Arc<AgreedClock>, Fault> {
    let first = read(db, &*machine).await?;
    if first.ahead_ms.abs() >= FAR_OFF_MS {
        tracing::warn!(
            behind_ms = first.ahead_ms,
            "this machine's clock is not the database's: the shop goes by the database's"
        );
    }
    let clock = Arc::new(AgreedClock::new(machine, first));
    tokio::spawn(keep(db.clone(), Arc::downgrade(&clock)));
    Ok(clock)
}

/// Reads again and again. While the database does not answer, the clock goes on by itself.
async fn keep(db: Db, clock: Weak<AgreedClock>) {
    loop {
        tokio::time::sleep(READ_EVERY).await;
        let Some(clock) = clock.upgrade() else { return };
        match read(&db, clock.machine()).await {
            Ok(reading) => {
                let moved_ms = clock.correct(reading);
                if moved_ms.abs() >= FAR_OFF_MS {
                    tracing::warn!(moved_ms, "the shop's clock was moved to the database's");
                }
            }
            Err(fault) => tracing::debug!(%fault, "the database did not tell the time"),
        }
    }
}

/// How far the database's clock is ahead. Half of the way there and back is taken for the way there, which is
/// wrong by no more than that half.
async fn read(db: &Db, machine: &dyn Clock) -> Result<Reading, Fault> {
    let mut best: Option<Reading> = None;
    for _ in 0..LOOKS {
        let (before, way) = (machine.now(), Stopwatch::start());
        let row = db.fetch_optional(Sql::new(dialect::current_time(db.engine()))).await?;
        let half = way.elapsed() / 2;
        let theirs = row.ok_or_else(|| Fault::Other("the database did not tell the time".to_owned()))?.time("now")?;
        let reading = reading_of(theirs, before.after(half), half);
        if best.is_none_or(|best| reading.doubt_ms < best.doubt_ms) {
            best = Some(reading);
        }
    }
    best.ok_or_else(|| Fault::Broken("a clock is read at least once".to_owned()))
}

/// What the shop wrote last, by its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// When the newest order was placed, as the clock said then.
    pub order_at: Option<Timestamp>,
    /// The moment in the greatest id of an order, a posting, a refund or an adjustment.
    pub id_at: Option<Timestamp>,
}

/// Looks at the ends of the tables that only grow.
pub async fn find_newest(db: &Db) -> Result<Newest, Fault> {
    let sql = Sql::new(
        "SELECT (SELECT MAX(created_at) FROM orders) AS order_at, (SELECT MAX(id) FROM orders) AS order_id, \
         (SELECT MAX(id) FROM point_transactions) AS posting_id, (SELECT MAX(id) FROM refunds) AS refund_id, \
         (SELECT MAX(id) FROM wallet_adjustments) AS adjustment_id",
    );
    let Some(row) = db.fetch_optional(sql).await? else { return Ok(Newest { order_at: None, id_at: None }) };
    let order = row.maybe_id("order_id", OrderId::from_bytes)?.map(OrderId::moment);
    let posting = row.maybe_id("posting_id", PostingId::from_bytes)?.map(PostingId::moment);
    let refund = row.maybe_id("refund_id", RefundId::from_bytes)?.map(RefundId::moment);
    let adjustment = row.maybe_id("adjustment_id", AdjustmentId::from_bytes)?.map(AdjustmentId::moment);
    let id_at = order.max(posting).max(refund).max(adjustment);
    Ok(Newest { order_at: row.maybe_time("order_at")?, id_at })
}

fn reading_of(theirs: Timestamp, ours: Timestamp, half: Duration) -> Reading {
    // Both clocks are read in whole milliseconds.
    let doubt_ms = i64::try_from(half.as_millis()).unwrap_or(i64::MAX).saturating_add(1);
    Reading { ahead_ms: theirs.millis().saturating_sub(ours.millis()), doubt_ms }
}
