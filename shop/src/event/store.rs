//! Reading the outbox for people, and making events wait again.

use super::model::{EventFilter, EventPlace};
use crate::database::{Db, Row, Sql, Tx};
use crate::error::Fault;
use crate::id::{EventId, OrderId};
use crate::time::Timestamp;

/// Events that one page looks at.
pub const LOOKED_AT: usize = 2_000;
/// Rows changed by one statement.
const ROWS: usize = 512;
/// Transactions commit in another order than they took their places: an event may stand so far from where its moment
/// would have it.
const OUT_OF_ORDER: i64 = 20_000;

/// Events that stand before this place, the last one first: those of one order, or those that wait, by an index, and
/// of all others the next ones, whatever else the filter asks.
pub async fn list_places(db: &Db, filter: &EventFilter, before: i64, most: usize) -> Result<Vec<EventPlace>, Fault> {
    let mut sql =
        Sql::new("SELECT place, id, order_id, kind, created_at, sent_at, replayed_at FROM outbox WHERE place < ?")
            .bind(before);
    if let Some(order) = filter.order {
        sql = sql.then(" AND order_id = ?").bind(order);
    }
    if filter.is_sent == Some(false) {
        sql = sql.then(" AND sent_at IS NULL");
    }
    let sql = sql.then(" ORDER BY place DESC LIMIT ?").bind(i64::try_from(most).unwrap_or(i64::MAX));
    db.fetch_all(sql).await?.iter().map(place_of).collect()
}

fn place_of(row: &Row) -> Result<EventPlace, Fault> {
    Ok(EventPlace {
        place: row.int("place")?,
        id: row.id("id", EventId::from_bytes)?,
        order_id: row.id("order_id", OrderId::from_bytes)?,
        kind: row.text("kind")?,
        created_at: row.time("created_at")?,
        sent_at: row.maybe_time("sent_at")?,
        replayed_at: row.maybe_time("replayed_at")?,
    })
}

/// When something last went out.
pub async fn find_last_sent(db: &Db) -> Result<Option<Timestamp>, Fault> {
    let sql = Sql::new("SELECT sent_at FROM outbox WHERE sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT 1");
    db.fetch_optional(sql).await?.map(|row| row.time("sent_at")).transpose()
}

/// Places of events that went out, from one moment on and before another, at most so many. There is no index of
/// moments, which every order would pay for: where they stand is found by halving.
pub async fn list_sent_between(db: &Db, from: Timestamp, until: Timestamp, most: usize) -> Result<Vec<i64>, Fault> {
    let (first, last) = (find_place(db, from).await?, find_place(db, until).await?);
    let sql = Sql::new(
        "SELECT place FROM outbox WHERE place >= ? AND place < ? AND created_at >= ? AND created_at < ? \
         AND sent_at IS NOT NULL ORDER BY place LIMIT ?",
    )
    .bind(first.saturating_sub(OUT_OF_ORDER))
    .bind(last.saturating_add(OUT_OF_ORDER))
    .bind(from)
    .bind(until)
    .bind(i64::try_from(most).unwrap_or(i64::MAX));
    db.fetch_all(sql).await?.iter().map(|row| row.int("place")).collect()
}

/// About where the first event stands that happened at this moment or later. Two dozen looks at one row each.
async fn find_place(db: &Db, moment: Timestamp) -> Result<i64, Fault> {
    let ends = Sql::new("SELECT MIN(place) AS first, MAX(place) AS last FROM outbox");
    let ends = db.fetch_optional(ends).await?;
    let end = |name| ends.as_ref().map_or(Ok(None), |row| row.maybe_int(name));
    let (Some(mut low), Some(last)) = (end("first")?, end("last")?) else { return Ok(0) };
    let mut high = last.saturating_add(1);
    while low < high {
        let middle = low + (high - low) / 2;
        let sql = Sql::new("SELECT place, created_at FROM outbox WHERE place >= ? ORDER BY place LIMIT 1").bind(middle);
        match db.fetch_optional(sql).await? {
            Some(row) if row.time("created_at")? < moment => low = row.int("place")? + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Makes those of these events wait again that had gone out; gives how many.
pub async fn write_replayed(tx: &mut Tx, places: &[i64], now: Timestamp) -> Result<u64, Fault> {
    let mut replayed = 0;
    for places in places.chunks(ROWS) {
        let sql = Sql::new("UPDATE outbox SET sent_at = NULL, replayed_at = ? WHERE sent_at IS NOT NULL AND place IN ")
            .bind(now)
            .list(places.iter().copied());
        replayed += tx.execute(sql).await?;
    }
    Ok(replayed)
}
