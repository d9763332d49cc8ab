//! What operators ask of the events. A replay makes events wait again; the relay then sends them, under the ids they
//! had, so that a consumer that knows them drops them.

use super::model::{EventFilter, EventPlace, OutboxState, Replay};
use super::store::{self, LOOKED_AT};
use crate::database::{outbox, retried};
use crate::error::{Error, FieldProblem};
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::page::{Page, Slice};
use crate::shop::Shop;
use crate::time::Timestamp;
use serde_json::{Value, json};

/// Events that go out once more by one word of an operator.
pub const MOST_REPLAYED: usize = 10_000;
/// Events that can be chosen one by one.
pub const MOST_CHOSEN: usize = 100;
/// Of a reason.
pub const LONGEST_REASON: usize = 500;

/// # Errors
/// `Forbidden`.
pub async fn look_at_outbox(shop: &Shop, operator: &Operator) -> Result<OutboxState, Error> {
    operator.must(Permission::SeeConsole)?;
    Ok(OutboxState {
        is_listened: shop.ports().events.is_some(),
        waiting: outbox::count_waiting(shop.db()).await?,
        oldest: outbox::find_oldest_waiting(shop.db()).await?,
        last_sent: store::find_last_sent(shop.db()).await?,
        last_error: shop.relay_fault(),
    })
}

/// Events, newest first. A page may be empty and still have a next one: it looks at a bounded number of events.
///
/// # Errors
/// `Forbidden`; `Invalid` on `cursor`.
pub async fn list_events(
    shop: &Shop,
    operator: &Operator,
    filter: &EventFilter,
    page: &Page,
) -> Result<Slice<EventPlace>, Error> {
    operator.must(Permission::SeeConsole)?;
    let before: Option<i64> = page.parsed_cursor()?;
    let looked_at = store::list_places(shop.db(), filter, before.unwrap_or(i64::MAX), LOOKED_AT).await?;
    let last_looked = (looked_at.len() == LOOKED_AT).then(|| looked_at.last().map(|event| event.place)).flatten();
    let found: Vec<EventPlace> = looked_at.into_iter().filter(|event| filter.takes(event)).collect();
    let mut slice = Slice::cut(found, page.limit, |event| event.place.to_string());
    slice.next_cursor = slice.next_cursor.or_else(|| last_looked.map(|place| place.to_string()));
    Ok(slice)
}

/// Makes events wait again that had gone out; gives how many. What waits anyway is left alone.
///
/// # Errors
/// `Forbidden`; `Invalid` on `events` (none chosen, or nobody listens), `from`, `until` (too many between), `reason`.
pub async fn replay_events(shop: &Shop, operator: &Operator, replay: &Replay, reason: &str) -> Result<u64, Error> {
    operator.must(Permission::ReplayEvents)?;
    let reason = check_reason(reason)?;
    if shop.ports().events.is_none() {
        return Err(Error::invalid("events", FieldProblem::Unknown));
    }
    let (places, what) = find_places(shop, replay).await?;
    let replayed = retried(|| async {
        let now = shop.now();
        let mut tx = shop.db().begin().await?;
        let replayed = store::write_replayed(&mut tx, &places, now).await?;
        if replayed > 0 {
            let done = json!({ "events": replayed, "which": what });
            let entry = Entry { after: Some(done), ..Entry::new(Act::EventsReplayed, Subject::Outbox) };
            audit::write(&mut tx, operator, &[entry.because(reason)], now).await?;
        }
        tx.commit().await?;
        Ok(replayed)
    })
    .await?;
    tracing::info!(events = replayed, operator = %operator.id(), "events go out once more");
    Ok(replayed)
}

fn check_reason(reason: &str) -> Result<&str, Error> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", FieldProblem::Required));
    }
    if reason.chars().count() > LONGEST_REASON {
        let most = i64::try_from(LONGEST_REASON).unwrap_or(i64::MAX);
        return Err(Error::invalid("reason", FieldProblem::TooLong { most }));
    }
    Ok(reason)
}

/// The places of what goes out once more, and how the log of operators tells it.
async fn find_places(shop: &Shop, replay: &Replay) -> Result<(Vec<i64>, Value), Error> {
    match replay {
        Replay::Chosen(places) if places.is_empty() => Err(Error::invalid("events", FieldProblem::Required)),
        Replay::Chosen(places) if places.len() > MOST_CHOSEN => {
            let most = i64::try_from(MOST_CHOSEN).unwrap_or(i64::MAX);
            Err(Error::invalid("events", FieldProblem::TooLarge { most }))
        }
        Replay::Chosen(places) => Ok((places.clone(), json!({ "places": places }))),
        Replay::Between(from, until) => between(shop, *from, *until).await,
    }
}

async fn between(shop: &Shop, from: Timestamp, until: Timestamp) -> Result<(Vec<i64>, Value), Error> {
    if from >= until {
        return Err(Error::invalid("until", FieldProblem::Mismatch));
    }
    let places = store::list_sent_between(shop.db(), from, until, MOST_REPLAYED + 1).await?;
    if places.len() > MOST_REPLAYED {
        let most = i64::try_from(MOST_REPLAYED).unwrap_or(i64::MAX);
        return Err(Error::invalid("until", FieldProblem::TooLarge { most }));
    }
    Ok((places, json!({ "from": from, "until": until })))
}
