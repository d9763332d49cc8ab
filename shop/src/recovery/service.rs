//! The jobs that leave no order behind. Each takes the overdue orders in batches, locks them, looks again
//! under the lock and writes: an order that moved on in between is left alone. The gate's lock (SPEC §6)
//! keeps instances from doing the same work; the database's row lock and the unique cause of a give-back
//! are what makes doing it twice impossible. Operators go the same way: [`by_hand`](super::by_hand).

use super::model::{Step, TryError};
use super::rules::{GiveBack, RecoverySnapshot, decide_expiry, decide_recovery, decide_stalled};
use super::store as tries;
use crate::coupon::UserCouponStatus;
use crate::coupon::store as coupons;
use crate::database::{Tx, may_be_one_jobs_fault, retried_as};
use crate::error::{Error, Fault, caught};
use crate::failpoints::{Point, Stage, reach};
use crate::id::{OrderId, ProductId, UserId};
use crate::operator::Operator;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::order::OrderStatus;
use crate::order::checkout::{OrderSnapshot, PieceKey};
use crate::order::stages::change_status;
use crate::order::store::{self, OrderRow, OverdueRow, StockMove};
use crate::ports::LockToken;
use crate::shop::Shop;
use crate::stats::minutes::{Figure, Figures, Lane, store as minutes};
use crate::time::Timestamp;
use crate::trace::Traces;
use crate::wallet::PostingType;
use crate::wallet::store::{self as wallets, NewPosting};
use crate::watch;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// Orders taken in one transaction.
const BATCH: i64 = 256;
/// How long a recovering process holds an order; the lock frees itself when it dies (SPEC §8).
const LOCK_TTL: Duration = Duration::from_secs(60);

/// Releases the stock of reservations that were not paid in time; gives how many expired.
pub async fn expire_reservations(shop: &Shop) -> Result<u64, Error> {
    let mut overdue = Overdue::of(OrderStatus::Reserved, shop.settings().reservation_ttl);
    let mut all = Sum::default();
    while let Some(ids) = overdue.next_batch(shop, &all).await? {
        let turn = take_step(shop, &ids, Step::Expire, None).await;
        keep_tries(shop, Step::Expire, &turn.failed).await;
        all.add(turn);
    }
    all.moved()
}

/// Marks paid orders whose process died as PENDING; gives how many.
pub async fn stall_paid_orders(shop: &Shop) -> Result<u64, Error> {
    let mut overdue = Overdue::of(OrderStatus::Paid, shop.settings().reservation_ttl);
    let mut all = Sum::default();
    while let Some(ids) = overdue.next_batch(shop, &all).await? {
        let turn = take_step(shop, &ids, Step::Stall, None).await;
        keep_tries(shop, Step::Stall, &turn.failed).await;
        all.add(turn);
    }
    all.moved()
}

/// Takes one step with each of these orders for which it is due, whoever asks: the jobs, or an operator, of whom a row
/// is then written into the audit log by the same transaction.
pub(super) async fn take_step(shop: &Shop, ids: &[OrderId], step: Step, by: Option<&Operator>) -> Turn {
    let (ttl, delay) = (shop.settings().reservation_ttl, shop.settings().recovery_delay);
    match step {
        Step::Stall => together_or_alone(ids, |ids| stall(shop, ids, by)).await,
        Step::Expire => {
            let decide = move |order: &RecoverySnapshot, now| decide_expiry(order, ttl, now);
            together_or_alone(ids, |ids| give_back(shop, ids, Stage::EXPIRE, by, decide)).await
        }
        Step::Recover => {
            let decide = move |order: &RecoverySnapshot, now| decide_recovery(order, delay, now);
            let turn = together_or_alone(ids, |ids| give_back(shop, ids, Stage::RECOVER, by, decide)).await;
            watch::recoveries(shop.tally(), ids.len() as u64, turn.moved.len() as u64, turn.failed.len() as u64);
            turn
        }
    }
}

async fn stall(shop: &Shop, ids: Vec<OrderId>, by: Option<&Operator>) -> Result<Vec<OrderId>, Error> {
    if ids.is_empty() {
        return Ok(ids);
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
        let moved: Vec<_> = stalled.iter().map(|id| (*id, OrderStatus::Paid, OrderStatus::Pending)).collect();
        audit_moves(&mut tx, by, &moved, now).await?;
        let mut figures = Figures::default();
        figures.add_count(Figure::PendingStalled, stalled.len());
        minutes::add(shop, &mut tx, Lane::Aside, &figures, now).await?;
    }
    reach(Point::StallCommit).await?;
    tx.commit().await?;
    reach(Point::StallCommitted).await?;
    watch::orders_pending("stalled", stalled.len() as u64);
    Ok(stalled)
}

/// Gives back every PENDING order whose minute is over; gives how many failed by it.
pub async fn recover_pending(shop: &Shop) -> Result<u64, Error> {
    let mut overdue = Overdue::of(OrderStatus::Pending, shop.settings().recovery_delay);
    let mut all = Sum::default();
    while let Some(due) = overdue.next_batch(shop, &all).await? {
        let (ids, locks) = lock_each(shop, &due).await?;
        let turn = take_step(shop, &ids, Step::Recover, None).await;
        if !locks.is_empty() {
            reach(Point::RecoverUnlock).await?;
        }
        unlock_each(shop, &locks).await?;
        keep_tries(shop, Step::Recover, &turn.failed).await;
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
    async fn next_batch(&mut self, shop: &Shop, so_far: &Sum) -> Result<Option<Vec<OrderId>>, Error> {
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
    F: Future<Output = Result<Vec<OrderId>, Error>>,
{
    let error = match caught(retried_as("recovery", ids.len(), || work(ids.to_vec()))).await {
        Ok(moved) => return Turn { moved, failed: Vec::new(), error: None },
        Err(error) if ids.len() > 1 && may_be_one_jobs_fault(&error) => error,
        Err(error) => {
            let kind = kind_of(&error);
            return Turn { moved: Vec::new(), failed: ids.iter().map(|id| (*id, kind)).collect(), error: Some(error) };
        }
    };
    tracing::warn!(orders = ids.len(), %error, "a batch of overdue orders failed, they are done one by one");
    let mut turn = Turn { moved: Vec::new(), failed: Vec::new(), error: Some(error) };
    for id in ids {
        match caught(retried_as("recovery", 1, || work(vec![*id]))).await {
            Ok(moved) => turn.moved.extend(moved),
            Err(error) => {
                tracing::error!(order = %id, %error, "an overdue order could not be moved");
                turn.failed.push((*id, kind_of(&error)));
                turn.error = Some(error);
            }
        }
    }
    turn
}

/// What one batch of overdue orders came to. Those that had moved on by themselves are in neither list.
pub(super) struct Turn {
    pub moved: Vec<OrderId>,
    pub failed: Vec<(OrderId, TryError)>,
    error: Option<Error>,
}

/// An error as a word for people; the log has it whole.
fn kind_of(error: &Error) -> TryError {
    match error {
        Error::Fault(fault) if fault.is_away() => TryError::Away,
        Error::Fault(Fault::Database(_)) => TryError::Database,
        Error::Fault(Fault::Uncertain(_)) => TryError::Uncertain,
        Error::Fault(Fault::Broken(_)) => TryError::Broken,
        _ => TryError::Other,
    }
}

/// Keeps that these tries failed, for people: once everything is decided and nothing is locked any more, as well as it
/// goes, and never for a database that is away. Three statements for a batch, in a transaction of their own.
pub(super) async fn keep_tries(shop: &Shop, step: Step, failed: &[(OrderId, TryError)]) {
    let failed: Vec<_> = failed.iter().copied().filter(|(_, kind)| *kind != TryError::Away).collect();
    if failed.is_empty() {
        return;
    }
    let written = retried_as("recovery", failed.len(), || async {
        let (mut tx, now) = (shop.db().begin().await?, shop.now());
        tries::write_tries(&mut tx, &failed, now).await?;
        if step == Step::Recover {
            let mut figures = Figures::default();
            figures.add_count(Figure::RecoveriesFailed, failed.len());
            minutes::add(shop, &mut tx, Lane::Aside, &figures, now).await?;
        }
        Ok(tx.commit().await?)
    });
    if let Err(error) = written.await {
        tracing::warn!(orders = failed.len(), %error, "failed tries of overdue orders are not kept");
    }
}

/// What all batches of a turn came to.
#[derive(Default)]
struct Sum {
    moved: u64,
    error: Option<Error>,
}

impl Sum {
    fn add(&mut self, turn: Turn) {
        self.moved += turn.moved.len() as u64;
        self.error = turn.error.or_else(|| self.error.take());
    }

    /// How many moved; the last error only when none did.
    fn moved(self) -> Result<u64, Error> {
        match self.error {
            Some(error) if self.moved == 0 => Err(error),
            _ => Ok(self.moved),
        }
    }
}

/// SPEC §6.
pub(super) fn lock_name(id: OrderId) -> String {
    format!("recovery:{id}")
}

/// The orders nobody else is recovering, and the locks that say so.
pub(super) async fn lock_each(shop: &Shop, due: &[OrderId]) -> Result<(Vec<OrderId>, Vec<LockToken>), Error> {
    let mut ids = Vec::with_capacity(due.len());
    let mut locks = Vec::with_capacity(due.len());
    for id in due {
        match shop.ports().gate.lock(&lock_name(*id), LOCK_TTL, shop.now()).await {
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
pub(super) async fn unlock_each(shop: &Shop, locks: &[LockToken]) -> Result<(), Fault> {
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
    by: Option<&Operator>,
    decide: impl Fn(&RecoverySnapshot, Timestamp) -> Option<GiveBack>,
) -> Result<Vec<OrderId>, Error> {
    if ids.is_empty() {
        return Ok(ids);
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
    let moved: Vec<_> = decided.iter().map(|(order, back)| (order.id, order.status, back.status)).collect();
    audit_moves(&mut tx, by, &moved, now).await?;
    let mut figures = Figures::default();
    decided.iter().for_each(|(_, back)| figures.add_status(back.status, 1));
    minutes::add(shop, &mut tx, Lane::Aside, &figures, now).await?;
    reach(stage.commit).await?;
    tx.commit().await?;
    reach(stage.committed).await?;
    for (_, back) in &decided {
        watch::orders_became(back.status, 1);
    }
    Ok(decided.into_iter().map(|(order, _)| order.id).collect())
}

/// Writes into the audit log that an operator moved these orders on; what the shop does by itself is in its events.
async fn audit_moves(
    tx: &mut Tx,
    by: Option<&Operator>,
    moved: &[(OrderId, OrderStatus, OrderStatus)],
    now: Timestamp,
) -> Result<(), Error> {
    let Some(operator) = by else { return Ok(()) };
    let status = |status: OrderStatus| json!({ "status": status });
    let entry = |(id, from, to): &(OrderId, OrderStatus, OrderStatus)| {
        Entry::new(Act::OrderRecovered, Subject::Order(*id)).changing(status(*from), status(*to))
    };
    let entries: Vec<Entry> = moved.iter().map(entry).collect();
    Ok(audit::write(tx, operator, &entries, now).await?)
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
