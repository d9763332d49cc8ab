//! The recovery queue as operators see it: every PENDING order, and every RESERVED or PAID one whose time is over, with
//! all that is known of why it waits and what happens next. Looks only: [`by_hand`](super::by_hand) does something.

use super::model::{NextTry, QueueCause, StageDone, Tries};
use super::rules::{decide_next_try, decide_standing};
use super::service::lock_name;
use super::store::{self, Place, StandingRow, Waiting};
use crate::error::{Error, FieldProblem};
use crate::id::{OrderId, UserId};
use crate::money::Won;
use crate::operator::people::{People, show_people};
use crate::operator::{Operator, Permission};
use crate::order::OrderStatus;
use crate::page::{Page, Slice};
use crate::ports::LockHolder;
use crate::shop::Shop;
use crate::time::Timestamp;
use futures::future::join_all;
use serde::Serialize;
use std::collections::HashMap;

/// The statuses that wait, in which an order holds something that may have to come back.
const WAITING: [OrderStatus; 3] = [OrderStatus::Reserved, OrderStatus::Paid, OrderStatus::Pending];

/// Which orders of the queue to list; the default is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    pub status: Option<OrderStatus>,
    pub cause: Option<QueueCause>,
}

/// One order that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueuedOrder {
    pub id: OrderId,
    pub status: OrderStatus,
    pub user_id: UserId,
    /// Only for those who may see people, and asked to.
    pub email: Option<String>,
    pub total_amount: Won,
    pub final_amount: Won,
    pub cause: QueueCause,
    pub stage: StageDone,
    pub created_at: Timestamp,
    /// Since when it has its status.
    pub since: Timestamp,
    /// The tries at moving it on that failed; `None` when none did.
    pub tries: Option<Tries>,
    pub next_try: Option<NextTry>,
    /// Who is recovering it at this moment.
    pub holder: Option<LockHolder>,
}

/// What waits, oldest order first. Four to six statements, and one look at the gate for each order of the page.
///
/// # Errors
/// `Forbidden`, also for who asks for people and may not see them; `Invalid` for a cursor of something else.
pub async fn list_queue(
    shop: &Shop,
    operator: &Operator,
    filter: QueueFilter,
    people: People,
    page: &Page,
) -> Result<Slice<QueuedOrder>, Error> {
    operator.must(Permission::SeeConsole)?;
    let rows = list_rows(shop, filter, page).await?;
    let slice = Slice::cut(rows, page.limit, |row| cursor_of((row.snapshot.created_at, row.id)));
    let ids: Vec<OrderId> = slice.items.iter().map(|row| row.id).collect();
    let users = slice.items.iter().map(|row| row.user_id);
    let shown = show_people(shop, operator, people, users).await?;
    let tries = store::find_tries(shop.db(), &ids).await?;
    let looks: Vec<_> = ids.iter().map(|id| find_holder(shop, *id)).collect();
    let holders = join_all(looks).await;
    let mut holders: HashMap<OrderId, LockHolder> =
        ids.iter().zip(holders).filter_map(|(id, holder)| Some((*id, holder?))).collect();
    let now = shop.now();
    Ok(slice.map(|row| {
        let (tries, holder) = (tries.get(&row.id).copied(), holders.remove(&row.id));
        let email = shown.email_of(row.user_id);
        queued_of(shop, row, email, tries, holder, now)
    }))
}

/// Each status by its own index, one row more than a page, and the oldest of all of them.
async fn list_rows(shop: &Shop, filter: QueueFilter, page: &Page) -> Result<Vec<StandingRow>, Error> {
    let after = read_cursor(page)?;
    let (lasts, now) = (shop.settings().reservation_ttl, shop.now());
    let most = page.limit.rows_and_one();
    let mut rows = Vec::new();
    for status in WAITING.into_iter().filter(|status| filter.status.is_none_or(|wanted| wanted == *status)) {
        // A cause is kept with PENDING orders; the others have one and the same.
        let (is_pending, over) = (status == OrderStatus::Pending, (now.before(lasts), now.after(lasts)));
        let cause = filter.cause.filter(|_| is_pending);
        if filter.cause.is_some_and(|cause| is_pending == (cause == QueueCause::Overdue)) {
            continue;
        }
        let waiting = Waiting { status, over: (!is_pending).then_some(over), cause, after };
        rows.extend(store::list_waiting(shop.db(), &waiting, most).await?);
    }
    rows.sort_by_key(|row| (row.snapshot.created_at, row.id));
    rows.truncate(page.limit.rows() + 1);
    Ok(rows)
}

/// Nobody waits for a gate that does not answer to see the queue.
pub(crate) async fn find_holder(shop: &Shop, id: OrderId) -> Option<LockHolder> {
    match shop.ports().gate.find_holder(&lock_name(id), shop.now()).await {
        Ok(holder) => holder,
        Err(fault) => {
            tracing::warn!(order = %id, %fault, "the gate does not say who recovers an order");
            None
        }
    }
}

fn queued_of(
    shop: &Shop,
    row: StandingRow,
    email: Option<String>,
    tries: Option<Tries>,
    holder: Option<LockHolder>,
    now: Timestamp,
) -> QueuedOrder {
    let settings = shop.settings();
    let standing = decide_standing(&row.snapshot, settings.reservation_ttl, settings.recovery_delay, now);
    QueuedOrder {
        id: row.id,
        status: row.snapshot.status,
        user_id: row.user_id,
        email,
        total_amount: row.total_amount,
        final_amount: row.snapshot.final_amount,
        cause: row.cause(),
        stage: if row.snapshot.paid_at.is_some() { StageDone::Paid } else { StageDone::Reserved },
        created_at: row.snapshot.created_at,
        since: row.since(),
        tries,
        next_try: decide_next_try(standing, holder.as_ref().map(|holder| holder.until)),
        holder,
    }
}

fn cursor_of((created_at, id): Place) -> String {
    format!("{}.{id}", created_at.millis())
}

fn read_cursor(page: &Page) -> Result<Option<Place>, Error> {
    let Some(cursor) = &page.cursor else { return Ok(None) };
    let place = cursor
        .split_once('.')
        .and_then(|(created_at, id)| Some((Timestamp::from_millis(created_at.parse().ok()?), id.parse().ok()?)));
    place.map(Some).ok_or_else(|| Error::invalid("cursor", FieldProblem::Malformed))
}
