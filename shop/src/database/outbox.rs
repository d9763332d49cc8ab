//! The outbox: events written by the transaction that changed the state, sent after it. At least once, and
//! the events of one order in the order they happened.

use super::{Db, Row, Sql, Tx, insert_rows};
use crate::error::{Error, Fault};
use crate::id::{EventId, OrderId};
use crate::ports::Event;
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::watch;
use std::time::Duration;

/// Events sent in one go.
const BATCH: i64 = 512;
/// A relay that died frees its lock after this.
const RELAY_LOCK: Duration = Duration::from_secs(60);

/// Writes events in the transaction that makes them true.
pub async fn write_events(tx: &mut Tx, events: &[Event]) -> Result<(), Fault> {
    let rows = events
        .iter()
        .map(|event| {
            vec![
                event.id.into(),
                event.order_id.into(),
                event.kind.as_str().into(),
                event.payload.as_str().into(),
                event.created_at.into(),
            ]
        })
        .collect();
    insert_rows(tx, "INSERT INTO outbox (id, order_id, kind, payload, created_at)", rows, "").await
}

/// Sends what waits, oldest first; gives how many were sent. One process relays at a time.
pub async fn relay(shop: &Shop) -> Result<u64, Error> {
    let gate = &shop.ports().gate;
    let Some(token) = gate.lock("relay:outbox", RELAY_LOCK, shop.now()).await? else { return Ok(0) };
    let sent = relay_waiting(shop).await;
    gate.unlock(&token).await?;
    sent
}

async fn relay_waiting(shop: &Shop) -> Result<u64, Error> {
    let mut sent = 0;
    loop {
        let waiting = list_waiting(shop.db()).await?;
        if waiting.is_empty() {
            return Ok(sent);
        }
        let (places, events): (Vec<i64>, Vec<Event>) = waiting.into_iter().unzip();
        shop.ports().events.publish(&events).await?;
        mark_sent(shop.db(), &places, shop.now()).await?;
        sent += u64::try_from(places.len()).unwrap_or(u64::MAX);
    }
}

async fn list_waiting(db: &Db) -> Result<Vec<(i64, Event)>, Fault> {
    let sql = Sql::new(
        "SELECT place, id, order_id, kind, payload, created_at FROM outbox WHERE sent_at IS NULL ORDER BY place LIMIT ?",
    );
    db.fetch_all(sql.bind(BATCH)).await?.iter().map(event_of).collect()
}

/// Looks how many events wait and since when, for the figures: bounded, whatever has piled up.
pub async fn watch_waiting(shop: &Shop) -> Result<(), Fault> {
    let count = Sql::new("SELECT COUNT(*) AS n FROM (SELECT place FROM outbox WHERE sent_at IS NULL LIMIT ?) w")
        .bind(watch::MOST_WAITING);
    let oldest = Sql::new("SELECT created_at FROM outbox WHERE sent_at IS NULL ORDER BY place LIMIT 1");
    let waiting = shop.db().fetch_optional(count).await?.map_or(Ok(0), |row| row.int("n"))?;
    let since = shop.db().fetch_optional(oldest).await?.map(|row| row.time("created_at")).transpose()?;
    watch::outbox_waits(waiting, since.map_or(Duration::ZERO, |since| shop.now().since(since)));
    Ok(())
}

async fn mark_sent(db: &Db, places: &[i64], now: Timestamp) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE outbox SET sent_at = ? WHERE place IN ").bind(now).list(places.iter().copied());
    db.execute(sql).await.map(drop)
}

fn event_of(row: &Row) -> Result<(i64, Event), Fault> {
    let event = Event {
        id: row.id("id", EventId::from_bytes)?,
        order_id: row.id("order_id", OrderId::from_bytes)?,
        kind: row.text("kind")?,
        payload: row.text("payload")?,
        created_at: row.time("created_at")?,
    };
    Ok((row.int("place")?, event))
}
