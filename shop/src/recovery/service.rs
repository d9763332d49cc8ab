//! The jobs that leave no order behind. Each takes the overdue orders in batches, locks them, looks again
//! under the lock and writes: an order that moved on in between is left alone. The gate's lock (SPEC §6)
//! keeps instances from doing the same work; the database's row lock and the unique cause of a give-back
//! are what makes doing it twice impossible.

use super::rules::{GiveBack, RecoverySnapshot, decide_expiry, decide_recovery, decide_stalled};
use crate::coupon::UserCouponStatus;
use crate::coupon::store as coupons;
use crate::database::{Tx, may_be_one_jobs_fault, retried_as};
use crate::error::{Error, Fault, caught};
use crate::failpoints::{Point, Stage, reach};
use crate::id::{OrderId, ProductId, UserId};
use crate::order::OrderStatus;
use crate::order::checkout::{OrderSnapshot, PieceKey};
use crate::order::stages::change_status;
use crate::order::store::{self, OrderRow, OverdueRow, StockMove};
use crate::ports::LockToken;
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::trace::Traces;
use crate::wallet::PostingType;
use crate::wallet::store::{self as wallets, NewPosting};
use crate::watch;
use std::collections::BTreeSet;
use std::time::Duration;

/// Orders taken in one transaction.
const BATCH: i64 = 256;
/// How long a recovering process holds an order; the lock frees itself when it dies (SPEC §8).
const LOCK_TTL: Duration = Duration::from_secs(60);

/// Releases the stock of reservations that were not paid in time; gives how many expired.
pub async fn expire_reservations(shop: &Shop) -> Result<u64, Error> {
    let ttl = shop.settings().reservation_ttl;
    let mut overdue = Overdue::of(OrderStatus::Reserved, ttl);
    let mut all = Turn::default();
    while let Some(ids) = overdue.next_batch(shop, &all).await? {
        let turn = together_or_alone(&ids, |ids| {
            give_back(shop, ids, Stage::EXPIRE, move |order, now| decide_expiry(order, ttl, now))
        });
        all.add(turn.await);
    }
    all.moved()
}

/// Marks paid orders whose process died as PENDING; gives how many.
pub async fn stall_paid_orders(shop: &Shop) -> Result<u64, Error> {
    let mut overdue = Overdue::of(OrderStatus::Paid, shop.settings().reservation_ttl);
    let mut all = Turn::default();
    while let Some(ids) = overdue.next_batch(shop, &all).await? {
        all.add(together_or_alone(&ids, |ids| stall(shop, ids)).await);
    }
    all.moved()
}

async fn stall(shop: &Shop, ids: Vec<OrderId>) -> Result<u64, Error> {
    if ids.is_empty() {
        return Ok(0);
    }
    let now = shop.now();
    reach(Point::StallBegin).await?;
    let mut tx = shop.db().begin().await?;
    let rows = store::lock_orders(&mut tx, &ids).await?;
    let ttl = shop.settings().reservation_ttl;
    let stalled: Vec<OrderId> = rows
        .iter()
        .filter(|row| decide_stalled(&snapshot_of(row, false, Vec::new()), ttl, now))
        .map(|row| row.order.id)
        .collect();
    if !stalled.is_empty() {
        let step = (OrderStatus::Paid, OrderStatus::Pending);
        change_status(shop, &mut tx, &stalled, step, &Traces::of_this_task(), now).await?;
        store::write_pending_cause(&mut tx, &stalled, "stalled").await?;
    }
    reach(Point::StallCommit).await?;
    tx.commit().await?;
    reach(Point::StallCommitted).await?;
    watch::orders_pending("stalled", stalled.len() as u64);
    Ok(u64::try_from(stalled.len()).unwrap_or(u64::MAX))
}

/// Gives back every PENDING order whose minute is over; gives how many failed by it.
pub async fn recover_pending(shop: &Shop) -> Result<u64, Error> {
    let delay = shop.settings().recovery_delay;
    let mut overdue = Overdue::of(OrderStatus::Pending, delay);
    let mut all = Turn::default();
    while let Some(due) = overdue.next_batch(shop, &all).await? {
        let (ids, locks) = lock_each(shop, &due).await?;
        let turn = together_or_alone(&ids, |ids| {
            give_back(shop, ids, Stage::RECOVER, move |order, now| decide_recovery(order, delay, now))
        })
        .await;
        watch::recoveries(shop.tally(), ids.len() as u64, turn.moved, turn.failed);
        if !locks.is_empty() {
            reach(Point::RecoverUnlock).await?;
        }
        unlock_each(shop, &locks).await?;
        all.add(turn);
    }
    all.moved()
}

/// Tells the figures how many orders wait for their recovery.
pub async fn watch_pending(shop: &Shop) -> Result<(), Fault> {
    let (orders, since) = store::count_pending(shop.db(), watch::MOST_PENDING).await?;
    watch::orders_wait(orders, since.map_or(Duration::ZERO, |since| shop.now().since(since)));
    Ok(())
}

/// The orders whose time in a status is over, batch by batch and each once a turn: those that cannot be moved now, or
/// that somebody else has locked, never keep the ones behind them waiting.
struct Overdue {
    status: OrderStatus,
    lasts: Duration,
    last: Option<OverdueRow>,
}

impl Overdue {
    fn of(status: OrderStatus, lasts: Duration) -> Self {
        Self { status, lasts, last: None }
    }

    /// The next of them; `None` after the last, and as soon as none can be moved for a reason that all share.
    async fn next_batch(&mut self, shop: &Shop, so_far: &Turn) -> Result<Option<Vec<OrderId>>, Error> {
        if so_far.error.as_ref().is_some_and(|error| !may_be_one_jobs_fault(error)) {
            return Ok(None);
        }
        let now = shop.now();
        let over = (now.before(self.lasts), now.after(self.lasts));
        let rows = store::list_overdue(shop.db(), self.status, over, self.last.as_ref(), BATCH).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.last = Some(*last);
        let ahead = rows.iter().filter(|row| row.since > now).count();
        if ahead > 0 {
            tracing::warn!(
                status = %self.status,
                orders = ahead,
                "unfinished orders are dated ahead of the clock, which was set back: they end as if their time were over"
            );
        }
        Ok(Some(rows.into_iter().map(|row| row.id).collect()))
    }
}

/// Moves a batch in one transaction; when that fails or panics, each order in one of its own, so that an order that
/// cannot be moved never keeps the others from their money.
async fn together_or_alone<F>(ids: &[OrderId], work: impl Fn(Vec<OrderId>) -> F) -> Turn
where
    F: Future<Output = Result<u64, Error>>,
{
    let error = match caught(retried_as("recovery", ids.len(), || work(ids.to_vec()))).await {
        Ok(moved) => return Turn { moved, failed: 0, error: None },
        Err(error) if ids.len() > 1 && may_be_one_jobs_fault(&error) => error,
        Err(error) => return Turn { moved: 0, failed: ids.len() as u64, error: Some(error) },
    };
    tracing::warn!(orders = ids.len(), %error, "a batch of overdue orders failed, they are done one by one");
    let mut turn = Turn { moved: 0, failed: 0, error: Some(error) };
    for id in ids {
        match caught(retried_as("recovery", 1, || work(vec![*id]))).await {
            Ok(count) => turn.moved += count,
            Err(error) => {
                tracing::error!(order = %id, %error, "an overdue order could not be moved");
                turn.failed += 1;
                turn.error = Some(error);
            }
        }
    }
    turn
}

/// What overdue orders came to. Those that had moved on by themselves are in neither count.
#[derive(Default)]
struct Turn {
    moved: u64,
    failed: u64,
    error: Option<Error>,
}

impl Turn {
    fn add(&mut self, other: Turn) {
        self.moved += other.moved;
        self.failed += other.failed;
        self.error = other.error.or_else(|| self.error.take());
    }

    /// How many moved; the last error only when none did.
    fn moved(self) -> Result<u64, Error> {
        match self.error {
            Some(error) if self.moved == 0 => Err(error),
            _ => Ok(self.moved),
        }
    }
}

/// The orders nobody else is recovering, and the locks that say so.
async fn lock_each(shop: &Shop, due: &[OrderId]) -> Result<(Vec<OrderId>, Vec<LockToken>), Error> {
    let mut ids = Vec::with_capacity(due.len());
    let mut locks = Vec::with_capacity(due.len());
    for id in due {
        match shop.ports().gate.lock(&format!("recovery:{id}"), LOCK_TTL, shop.now()).await {
            Ok(Some(lock)) => {
                ids.push(*id);
                locks.push(lock);
            }
            Ok(None) => {}
            Err(fault) => {
                unlock_each(shop, &locks).await?;
                return Err(fault.into());
            }
        }
    }
    Ok((ids, locks))
}

/// Every lock is tried, whatever became of the others.
async fn unlock_each(shop: &Shop, locks: &[LockToken]) -> Result<(), Fault> {
    let mut unlocked = Ok(());
    for lock in locks {
        unlocked = unlocked.and(shop.ports().gate.unlock(lock).await);
    }
    unlocked
}

/// Locks, decides and writes what these orders get back, in one transaction.
async fn give_back(
    shop: &Shop,
    ids: Vec<OrderId>,
    stage: Stage,
    decide: impl Fn(&RecoverySnapshot, Timestamp) -> Option<GiveBack>,
) -> Result<u64, Error> {
    if ids.is_empty() {
        return Ok(0);
    }
    let now = shop.now();
    reach(stage.begin).await?;
    let mut tx = shop.db().begin().await?;
    let rows = store::lock_orders(&mut tx, &ids).await?;
    let mut lines = store::list_stock_of(&mut tx, &ids).await?;
    let keys: BTreeSet<PieceKey> = rows.iter().filter_map(|row| row.order.piece_key()).collect();
    let pieces = coupons::read_pieces(&mut tx, &keys.into_iter().collect::<Vec<_>>(), true).await?;
    let mut decided: Vec<(OrderSnapshot, GiveBack)> = Vec::new();
    for row in rows {
        let holds_coupon = row
            .order
            .piece_key()
            .and_then(|key| pieces.get(&key))
            .is_some_and(|piece| piece.status == UserCouponStatus::Held && piece.order_id == Some(row.order.id));
        let lines = lines.remove(&row.order.id).unwrap_or_default();
        let lines = lines.into_iter().map(|line| (line.product_id, line.quantity)).collect();
        if let Some(back) = decide(&snapshot_of(&row, holds_coupon, lines), now) {
            decided.push((row.order, back));
        }
    }
    write_give_backs(shop, &mut tx, &decided, now).await?;
    reach(stage.commit).await?;
    tx.commit().await?;
    reach(stage.committed).await?;
    for (_, back) in &decided {
        watch::orders_became(back.status, 1);
    }
    Ok(u64::try_from(decided.len()).unwrap_or(u64::MAX))
}

fn snapshot_of(row: &OrderRow, holds_coupon: bool, lines: Vec<(ProductId, i64)>) -> RecoverySnapshot {
    RecoverySnapshot {
        status: row.order.status,
        final_amount: row.order.final_amount,
        created_at: row.order.created_at,
        paid_at: row.paid_at,
        pending_at: row.pending_at,
        holds_coupon,
        lines,
    }
}

async fn write_give_backs(
    shop: &Shop,
    tx: &mut Tx,
    decided: &[(OrderSnapshot, GiveBack)],
    now: Timestamp,
) -> Result<(), Error> {
    let freed: Vec<(PieceKey, OrderId)> = decided
        .iter()
        .filter(|(_, back)| back.frees_coupon)
        .filter_map(|(order, _)| order.piece_key().map(|key| (key, order.id)))
        .collect();
    coupons::write_freed(tx, &freed).await?;

    let refunds = || decided.iter().filter_map(|(order, back)| back.refund.map(|amount| (order, amount)));
    let users: BTreeSet<UserId> = refunds().map(|(order, _)| order.user_id).collect();
    if !users.is_empty() {
        let mut balances = wallets::lock_wallets(tx, &users.into_iter().collect::<Vec<_>>()).await?;
        let mut postings = Vec::new();
        for (order, amount) in refunds() {
            let overflow = || Fault::Broken(format!("the wallet of user {} cannot take {amount} back", order.user_id));
            let balance = balances.get_mut(&order.user_id).ok_or_else(overflow)?;
            *balance = balance.plus(amount).ok_or_else(overflow)?;
            postings.push(NewPosting {
                id: shop.mint_posting_id(),
                user_id: order.user_id,
                kind: PostingType::Recovery,
                amount,
                balance_after: *balance,
                order_id: Some(order.id),
            });
        }
        wallets::write_postings(tx, &postings, now).await?;
    }

    let mut stock = StockMove::new();
    for (product, quantity) in decided.iter().flat_map(|(_, back)| &back.stock) {
        *stock.entry(*product).or_default() += quantity;
    }
    store::write_released(tx, &stock).await?;

    for (from, to) in [(OrderStatus::Reserved, OrderStatus::Expired), (OrderStatus::Pending, OrderStatus::Failed)] {
        let ids: Vec<OrderId> =
            decided.iter().filter(|(_, back)| back.status == to).map(|(order, _)| order.id).collect();
        change_status(shop, tx, &ids, (from, to), &Traces::of_this_task(), now).await?;
    }
    Ok(())
}
