//! The outbox: events written by the transaction that changed the state, sent after it. At least once, and
//! the events of one order in the order they happened: an event is sent only when the log has confirmed every
//! earlier one of its order. That holds whoever sends; the relay's lock only keeps several instances from
//! sending everything several times. Read `docs/events.md` for what consumers may rely on.

use super::{Db, Row, Sql, Tx, insert_rows, retried};
use crate::error::{Error, Fault, caught};
use crate::failpoints::{Point, reach};
use crate::id::{EventId, OrderId};
use crate::ports::{Event, PUBLISHED_WITHIN};
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::trace::SPANS;
use crate::watch;
use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;
use tracing::Instrument;

/// Events read and sent in one go: enough to hide the way to the broker and back behind them.
const BATCH: usize = 4_096;
/// Rows marked or deleted by one statement.
const ROWS: usize = 512;
/// Old events deleted after each batch: more than a batch sends, so that the outbox shrinks at any rate.
const MOST_DELETED: usize = 2 * BATCH;
/// Whoever holds it relays.
const LOCK: &str = "relay:outbox";
/// A relay that died frees its lock after this.
const LOCK_LASTS: Duration = Duration::from_secs(60);
/// Nothing more is sent under one lock after this; then it is taken anew.
const SHIFT: Duration = Duration::from_secs(30);
/// What was sent is marked within this.
const MARKED_WITHIN: Duration = Duration::from_secs(10);

const _: () = assert!(
    SHIFT.as_millis() + PUBLISHED_WITHIN.as_millis() + MARKED_WITHIN.as_millis() < LOCK_LASTS.as_millis(),
    "the lock would run out in the middle of a send"
);

/// Writes events in the transaction that makes them true. Where nobody listens there is nothing left to do.
pub async fn write_events(shop: &Shop, tx: &mut Tx, events: &[Event]) -> Result<(), Fault> {
    let is_done = shop.ports().events.is_none();
    let rows = events
        .iter()
        .map(|event| {
            vec![
                event.id.into(),
                event.order_id.into(),
                event.kind.as_str().into(),
                event.payload.as_str().into(),
                event.created_at.into(),
                is_done.then_some(event.created_at.millis()).into(),
            ]
        })
        .collect();
    insert_rows(tx, "INSERT INTO outbox (id, order_id, kind, payload, created_at, sent_at)", rows, "").await
}

/// Sends what waits, oldest first; gives how many were sent. One process relays at a time.
pub async fn relay(shop: &Shop) -> Result<u64, Error> {
    relay_until(shop, std::future::pending()).await
}

/// [`relay`], which ends early when `stop` is done. Then what is under way counts as not sent.
pub async fn relay_until(shop: &Shop, stop: impl Future<Output = ()>) -> Result<u64, Error> {
    let gate = &shop.ports().gate;
    let mut stop = pin!(stop);
    let mut sent = 0;
    loop {
        let began = shop.now();
        let Some(token) = gate.lock(LOCK, LOCK_LASTS, began).await? else { return Ok(sent) };
        let shift = tokio::select! {
            shift = caught(work_shift(shop, began)) => Some(shift),
            () = &mut stop => None,
        };
        let unlocked = gate.unlock(&token).await;
        let Some(shift) = shift.transpose()? else { return Ok(sent) };
        sent += shift.sent;
        if shift.is_done {
            return unlocked.map(|()| sent).map_err(Error::from);
        }
        unlocked?;
    }
}

/// What was done under one lock.
struct Shift {
    sent: u64,
    /// Nothing waits any more, and nothing old is left.
    is_done: bool,
}

async fn work_shift(shop: &Shop, began: Timestamp) -> Result<Shift, Error> {
    let mut sent = 0;
    while !is_over(shop, began) {
        let waiting = match shop.ports().events {
            Some(_) => list_waiting(shop.db()).await?,
            None => Vec::new(),
        };
        let is_last = waiting.len() < BATCH;
        if !waiting.is_empty() {
            reach(Point::RelayLocked).await?;
        }
        sent += send_batch(shop, waiting, began).await?;
        let is_done = delete_old(shop).await? < MOST_DELETED && is_last;
        if is_done {
            return Ok(Shift { sent, is_done });
        }
    }
    Ok(Shift { sent, is_done: false })
}

fn is_over(shop: &Shop, began: Timestamp) -> bool {
    shop.now().since(began) >= SHIFT
}

/// Sends a batch wave by wave and marks what the log has confirmed. The first wave that the log does not
/// confirm as a whole is the last.
async fn send_batch(shop: &Shop, waiting: Vec<(i64, Event)>, began: Timestamp) -> Result<u64, Error> {
    let Some(log) = &shop.ports().events else { return Ok(0) };
    let (mut confirmed, mut fault) = (Vec::new(), None);
    for wave in waves_of(waiting) {
        if fault.is_some() || is_over(shop, began) {
            break;
        }
        let (places, events): (Vec<i64>, Vec<Event>) = wave.into_iter().unzip();
        let asked = places.len();
        let before = confirmed.len();
        let span = tracing::debug_span!(
            target: SPANS,
            "publish",
            otel.kind = "producer",
            messaging.system = "kafka",
            messaging.batch.message_count = count_of(asked),
        );
        for (place, published) in places.into_iter().zip(log.publish(&events).instrument(span).await) {
            match published {
                Ok(()) => confirmed.push(place),
                Err(refused) => fault = fault.or(Some(refused)),
            }
        }
        let taken = confirmed.len() - before;
        watch::events_published(taken, asked - taken);
    }
    if let Some(fault) = &fault {
        shop.note_relay_fault(fault);
    }
    if !confirmed.is_empty() {
        reach(Point::RelaySent).await?;
        mark_sent(shop.db(), &confirmed, shop.now()).await?;
        reach(Point::RelayMarked).await?;
    }
    fault.map_or(Ok(u64::try_from(confirmed.len()).unwrap_or(u64::MAX)), |fault| Err(fault.into()))
}

/// Cuts a batch into waves: none holds two events of one order, and an order's earlier event is always in an
/// earlier wave.
fn waves_of(waiting: Vec<(i64, Event)>) -> Vec<Vec<(i64, Event)>> {
    let mut waves: Vec<Vec<(i64, Event)>> = Vec::new();
    let mut waves_before: HashMap<OrderId, usize> = HashMap::new();
    for (place, event) in waiting {
        let before = waves_before.entry(event.order_id).or_default();
        if *before == waves.len() {
            waves.push(Vec::new());
        }
        waves[*before].push((place, event));
        *before += 1;
    }
    waves
}

async fn list_waiting(db: &Db) -> Result<Vec<(i64, Event)>, Fault> {
    let sql = Sql::new(
        "SELECT place, id, order_id, kind, payload, created_at FROM outbox WHERE sent_at IS NULL ORDER BY place LIMIT ?",
    );
    db.fetch_all(sql.bind(count_of(BATCH))).await?.iter().map(event_of).collect()
}

/// Looks how many events wait and since when, for the figures: bounded, whatever has piled up.
pub async fn watch_waiting(shop: &Shop) -> Result<(), Fault> {
    let waiting = count_waiting(shop.db()).await?;
    let since = find_oldest_waiting(shop.db()).await?;
    watch::outbox_waits(waiting, since.map_or(Duration::ZERO, |since| shop.now().since(since)));
    Ok(())
}

/// How many events wait, counted up to a bound.
pub async fn count_waiting(db: &Db) -> Result<i64, Fault> {
    let count = Sql::new("SELECT COUNT(*) AS n FROM (SELECT place FROM outbox WHERE sent_at IS NULL LIMIT ?) w")
        .bind(watch::MOST_WAITING);
    db.fetch_optional(count).await?.map_or(Ok(0), |row| row.int("n"))
}

/// Since when the oldest event waits that was not sent: since it happened, or an operator had it sent once more.
pub async fn find_oldest_waiting(db: &Db) -> Result<Option<Timestamp>, Fault> {
    let sql = Sql::new(
        "SELECT COALESCE(replayed_at, created_at) AS since FROM outbox WHERE sent_at IS NULL ORDER BY place LIMIT 1",
    );
    db.fetch_optional(sql).await?.map(|row| row.time("since")).transpose()
}

/// One statement for every 512 events, in one transaction.
async fn mark_sent(db: &Db, places: &[i64], now: Timestamp) -> Result<(), Error> {
    retried(|| async {
        let mut tx = db.begin().await?;
        for places in places.chunks(ROWS) {
            let sql = Sql::new("UPDATE outbox SET sent_at = ? WHERE place IN ").bind(now);
            tx.execute(sql.list(places.iter().copied())).await?;
        }
        reach(Point::RelayCommit).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Deletes what was sent longer ago than the shop keeps events, 512 in a transaction; gives how many.
async fn delete_old(shop: &Shop) -> Result<usize, Error> {
    let Some(kept) = shop.settings().events_kept else { return Ok(0) };
    let sql = Sql::new("SELECT place FROM outbox WHERE sent_at < ? ORDER BY sent_at, place LIMIT ?")
        .bind(shop.now().before(kept))
        .bind(count_of(MOST_DELETED));
    let rows = shop.db().fetch_all(sql).await?;
    let places = rows.iter().map(|row| row.int("place")).collect::<Result<Vec<i64>, Fault>>()?;
    for places in places.chunks(ROWS) {
        let sql = || Sql::new("DELETE FROM outbox WHERE place IN ").list(places.iter().copied());
        retried(|| async { Ok(shop.db().execute(sql()).await?) }).await?;
    }
    Ok(places.len())
}

fn count_of(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn event(order: i64, kind: &str) -> Event {
        let at = Timestamp::from_millis(order);
        Event {
            id: EventId::new(at, [0; 10]),
            order_id: OrderId::new(at, [0; 10]),
            kind: kind.to_owned(),
            payload: "{}".to_owned(),
            created_at: at,
        }
    }

    #[test]
    fn no_wave_holds_two_events_of_an_order_and_each_orders_events_keep_their_order() {
        let waiting = [(1, "a"), (2, "b"), (1, "c"), (3, "d"), (1, "e"), (2, "f")];
        let waiting = (10..).zip(waiting.map(|(order, kind)| event(order, kind))).collect();
        let waves: Vec<Vec<(i64, String)>> = waves_of(waiting)
            .into_iter()
            .map(|wave| wave.into_iter().map(|(place, event)| (place, event.kind)).collect())
            .collect();
        let expected: [&[(i64, &str)]; 3] = [&[(10, "a"), (11, "b"), (13, "d")], &[(12, "c"), (15, "f")], &[(14, "e")]];
        let expected = expected.map(|wave| wave.iter().map(|(place, kind)| (*place, (*kind).to_owned())).collect());
        assert_eq!(waves, expected.into_iter().collect::<Vec<Vec<_>>>());
        assert!(waves_of(vec![]).is_empty());
    }
}
