//! Giving back, and crediting what waited. A refund is one transaction: lock, decide, write, commit. Locks are taken
//! in the order of the whole shop: request id, order, the shopper's coupon, wallet, coupon; products are not touched,
//! because stock does not come back. What is owed to a shopper is read and written under the lock of their wallet, as
//! is every charge, so that none of them can miss another.

use super::model::{OwedRefund, Refund, RefundLines, RefundReason, Refundable, RefundableLine};
use super::rules::{Credit, PlannedLine, RefundPlan, RefundSnapshot, decide_credit, decide_credits, decide_refund};
use super::store::{self, NewRefund, OrderRow};
use crate::coupon::UserCouponStatus;
use crate::coupon::store as coupons;
use crate::database::{Tx, may_be_one_jobs_fault, outbox, retried};
use crate::error::{Error, Fault, caught};
use crate::id::{EventId, OrderId, PostingId, ProductId, RefundId, UserId};
use crate::mail::store as mail;
use crate::money::Won;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::order::store::{self as orders, RequestRow};
use crate::order::{OrderItem, OrderStatus};
use crate::ports::Event;
use crate::request::{Request, RequestKey, Scope};
use crate::shop::Shop;
use crate::stats::minutes::{Figure, Figures, Lane, store as minutes};
use crate::time::Timestamp;
use crate::trace::TraceId;
use crate::wallet::PostingType;
use crate::wallet::rules::WalletSnapshot;
use crate::wallet::store::{self as wallets, NewPosting};
use serde_json::json;
use std::collections::BTreeSet;

/// Shoppers looked for at once by the job …
const BATCH: i64 = 256;
/// … and refunds credited to one of them in one transaction.
const MOST_CREDITED: i64 = 256;
/// The most refunds that wait which a shopper is shown.
const MOST_SHOWN: i64 = 100;

/// A refund as an operator asks for it, once for each key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    pub key: RequestKey,
    pub lines: RefundLines,
    pub reason: RefundReason,
}

/// Gives an order back, whole or in part. The same request again is answered with the refund it made. A refusal leaves
/// nothing behind, so the same key may ask again.
///
/// # Errors
/// `Forbidden`, `NotFound`, `RefundRefused`, and those of request ids.
pub async fn refund_order(
    shop: &Shop,
    by: &Operator,
    order: OrderId,
    request: &RefundRequest,
) -> Result<Refund, Error> {
    by.must(Permission::RefundOrders)?;
    let asked = Request::new(by.id(), Scope::Refund, request.key.clone(), &canonical_text(order, request));
    let _running = shop.running().enter(shop, &asked)?;
    let id = match retried(|| refund_once(shop, by, order, request, &asked)).await? {
        Done::New(refund) => {
            let (amount, owed) = (refund.amount.get(), refund.credited_at.is_none());
            tracing::info!(%order, refund = %refund.id, amount, owed, operator = %by.id(), "an order was refunded");
            return Ok(refund);
        }
        Done::Before(row) if row.body_hash != asked.body_hash => return Err(Error::RequestReused),
        Done::Before(row) => RefundId::from_bytes(&row.subject_id),
    };
    let lost = || Fault::Broken("a stored request names no refund".to_owned());
    Ok(store::find_refund(shop.db(), id.ok_or_else(lost)?).await?.ok_or_else(lost)?)
}

/// Equal for equal requests only.
fn canonical_text(order: OrderId, request: &RefundRequest) -> String {
    let piece = |(product, quantity): (ProductId, i64)| format!("{product}x{quantity}");
    let lines = match &request.lines {
        RefundLines::Whole => "whole".to_owned(),
        RefundLines::Of(lines) => lines.iter().map(piece).collect::<Vec<_>>().join(","),
    };
    format!("{order};{lines};{}", request.reason.as_str())
}

enum Done {
    New(Refund),
    /// The request id was claimed before; this is what for.
    Before(RequestRow),
}

async fn refund_once(
    shop: &Shop,
    by: &Operator,
    order: OrderId,
    request: &RefundRequest,
    asked: &Request,
) -> Result<Done, Error> {
    let mut tx = shop.db().begin().await?;
    if let Some(row) = orders::lock_requests(&mut tx, std::slice::from_ref(asked)).await?.pop() {
        return Ok(Done::Before(row));
    }
    // Before anything else is locked: the second of two that ask under one id waits here, and then finds the first.
    let id = shop.mint_refund_id();
    orders::write_requests(&mut tx, &[(asked, id.bytes(), None)], shop.now()).await?;
    let (row, snapshot) = read_snapshot(&mut tx, by, order, true).await?.ok_or(Error::NotFound)?;
    // Now that it has its rows: however long it waited for them, what has ended meanwhile has ended.
    let now = shop.now();
    let plan = decide_refund(&snapshot, &request.lines, now).map_err(Error::RefundRefused)?;
    let number = store::count_refunds(&mut tx, order).await? + 1;
    let refund = refund_of(by, (id, order, number), &row, &plan, &request.reason, now);
    write_plan(shop, &mut tx, &row, &plan, &refund).await?;
    let event = event_of(shop, &refund, plan.status, now);
    outbox::write_events(shop, &mut tx, &[event]).await?;
    if shop.settings().mail_on {
        mail::queue_refund_letters(&mut tx, row.user_id, [order], now).await?;
    }
    audit::write(&mut tx, by, &[entry_of(&row, plan.status, &refund)], now).await?;
    let mut figures = Figures::default();
    figures.add(Figure::Refunds, 1);
    figures.add_won(Figure::Refunded, refund.amount);
    minutes::add(shop, &mut tx, Lane::Aside, &figures, now).await?;
    tx.commit().await?;
    Ok(Done::New(refund))
}

/// What is known of the order, its shopper and their wallet; `None` when there is no such order.
async fn read_snapshot(
    tx: &mut Tx,
    by: &Operator,
    id: OrderId,
    lock: bool,
) -> Result<Option<(OrderRow, RefundSnapshot)>, Error> {
    let Some(row) = store::read_order(tx, id, lock).await? else { return Ok(None) };
    let keys: Vec<_> = row.piece_key().into_iter().collect();
    let piece = coupons::read_pieces(tx, &keys, lock).await?.into_values().next();
    let user = [row.user_id];
    let balance = if lock {
        wallets::lock_wallets(tx, &user).await?.get(&row.user_id).copied()
    } else {
        wallets::read_balance(tx, row.user_id).await?
    };
    let balance = balance.ok_or_else(|| Fault::Broken(format!("user {} has no wallet", row.user_id)))?;
    let coupons = coupons::read_coupons(tx, &row.coupon_id.into_iter().collect::<Vec<_>>()).await?;
    let used = piece.filter(|piece| piece.status == UserCouponStatus::Used && piece.order_id == Some(id));
    let coupon_ends_at = used.and(coupons.values().next()).map(|coupon| coupon.ends_at);
    let snapshot = RefundSnapshot {
        status: row.status,
        final_amount: row.final_amount,
        lines: store::read_lines(tx, id).await?,
        coupon_ends_at,
        wallet: WalletSnapshot {
            balance,
            unfinished: orders::sum_unfinished(tx, &user).await?.get(&row.user_id).copied().unwrap_or(Won::ZERO),
            owed: store::sum_owed(tx, &user).await?.get(&row.user_id).copied().unwrap_or(Won::ZERO),
        },
        is_closed: store::is_closed(tx, row.user_id).await?,
        is_own: row.user_id == by.id(),
    };
    Ok(Some((row, snapshot)))
}

fn refund_of(
    by: &Operator,
    (id, order_id, number): (RefundId, OrderId, i64),
    row: &OrderRow,
    plan: &RefundPlan,
    reason: &RefundReason,
    now: Timestamp,
) -> Refund {
    Refund {
        id,
        order_id,
        number,
        user_id: row.user_id,
        operator_id: by.id(),
        reason: reason.as_str().to_owned(),
        amount: plan.amount,
        lines: plan.lines.iter().map(PlannedLine::refunded).collect(),
        coupon_returned: plan.returns_coupon,
        created_at: now,
        credited_at: (plan.credit != Credit::Owed).then_some(now),
    }
}

/// Everything but events, letters and the audit log.
async fn write_plan(shop: &Shop, tx: &mut Tx, row: &OrderRow, plan: &RefundPlan, refund: &Refund) -> Result<(), Error> {
    let now = refund.created_at;
    let sold_at = row.finished_at.ok_or_else(|| Fault::Broken(format!("order {} was never sold", refund.order_id)))?;
    let posting = match plan.credit {
        Credit::Now { balance_after } => {
            Some(posting_of(shop, row.user_id, refund.order_id, plan.amount, balance_after))
        }
        Credit::Nothing | Credit::Owed => None,
    };
    let new = NewRefund {
        id: refund.id,
        order_id: refund.order_id,
        number: refund.number,
        user_id: refund.user_id,
        operator_id: refund.operator_id,
        reason: &refund.reason,
        amount: refund.amount,
        lines: &plan.lines,
        coupon_returned: plan.returns_coupon,
        credited_at: refund.credited_at,
        posting_id: posting.as_ref().map(|posting| posting.id),
    };
    store::write_status(tx, refund.order_id, row.status, plan.status).await?;
    store::write_refund(tx, &new, now).await?;
    let parts: Vec<_> = posting.iter().map(|posting| (posting, refund.number)).collect();
    wallets::write_parts(tx, &parts, now).await?;
    if plan.returns_coupon
        && let Some(key) = row.piece_key()
    {
        coupons::write_returned(tx, key, refund.order_id).await?;
    }
    store::write_sales_back(tx, &plan.lines, sold_at.hour_start()).await?;
    Ok(())
}

fn posting_of(shop: &Shop, user_id: UserId, order: OrderId, amount: Won, balance_after: Won) -> NewPosting {
    NewPosting {
        id: shop.mint_posting_id(),
        user_id,
        kind: PostingType::Refund,
        amount,
        balance_after,
        order_id: Some(order),
    }
}

/// An order that is refunded in several steps has one event for each, also where its status stays.
fn event_of(shop: &Shop, refund: &Refund, status: OrderStatus, now: Timestamp) -> Event {
    let trace = TraceId::current();
    let payload = json!({
        "order_id": refund.order_id,
        "status": status,
        "occurred_at": now,
        "trace_id": trace.as_ref().map(TraceId::as_str),
        "refund": {
            "number": refund.number,
            "amount": refund.amount,
            "items": refund.lines,
            "coupon_returned": refund.coupon_returned,
        },
    });
    Event {
        id: EventId::new(now, shop.random_bytes()),
        order_id: refund.order_id,
        kind: format!("order.{}", status.as_str().to_ascii_lowercase()),
        payload: payload.to_string(),
        created_at: now,
    }
}

fn entry_of(row: &OrderRow, status: OrderStatus, refund: &Refund) -> Entry {
    let before = json!({ "status": row.status });
    let after = json!({
        "status": status,
        "refund": refund.id,
        "amount": refund.amount,
        "owed": refund.credited_at.is_none(),
        "items": refund.lines,
        "coupon_returned": refund.coupon_returned,
    });
    Entry::new(Act::OrderRefunded, Subject::Order(refund.order_id)).changing(before, after).because(&refund.reason)
}

/// What may still be given back of an order, and what was; `None` when there is no such order. Promises nothing:
/// refunding decides.
///
/// # Errors
/// `Forbidden`.
pub async fn find_refundable(shop: &Shop, by: &Operator, id: OrderId) -> Result<Option<Refundable>, Error> {
    by.must(Permission::RefundOrders)?;
    let Some(order) = orders::find_order(shop.db(), id).await? else { return Ok(None) };
    let mut tx = shop.db().begin_reading().await?;
    let Some((row, snapshot)) = read_snapshot(&mut tx, by, id, false).await? else { return Ok(None) };
    drop(tx);
    let left = snapshot.left();
    let left_amount = left.iter().flatten().try_fold(Won::ZERO, |sum, share| sum.plus(*share));
    let left_amount = left_amount.ok_or_else(|| Fault::Broken(format!("order {id} overflows")))?;
    let lines = order.items.into_iter().zip(snapshot.refunded()).zip(left).map(|((item, refunded), left)| {
        let OrderItem { product_id, name, name_en, unit_price, quantity, .. } = item;
        RefundableLine { product_id, name, name_en, unit_price, quantity, refunded, left }
    });
    Ok(Some(Refundable {
        order_id: id,
        user_id: row.user_id,
        status: row.status,
        total_amount: row.total_amount,
        discount_amount: row.discount_amount,
        final_amount: row.final_amount,
        coupon_code: order.coupon_code,
        lines: lines.collect(),
        left_amount,
        returns_coupon: snapshot.returns_coupon(shop.now()),
        would_wait: decide_credit(snapshot.wallet, left_amount) == Credit::Owed,
        refusal: snapshot.find_refusal(),
        refunds: store::list_refunds(shop.db(), id).await?,
    }))
}

/// What the shop owes a shopper, oldest first: refunds that come as soon as their wallet has room.
pub async fn list_owed(shop: &Shop, user: UserId) -> Result<Vec<OwedRefund>, Error> {
    Ok(store::list_owed(shop.db(), user, MOST_SHOWN).await?)
}

/// Credits what waited and fits now, each shopper's oldest first; gives how many refunds. Any number of instances may
/// do it at once: the wallet's lock, the cause of the posting and the guard of the refund's row each let one do it.
pub async fn credit_owed(shop: &Shop) -> Result<u64, Error> {
    let (mut credited, mut failed, mut after) = (0, None, UserId::new(0));
    loop {
        let users = store::list_creditable(shop.db(), after, BATCH).await?;
        let Some(last) = users.last() else { break };
        after = *last;
        for user in users {
            match caught(retried(|| credit_one(shop, user))).await {
                Ok(count) => credited += count,
                Err(error) if !may_be_one_jobs_fault(&error) => return Err(error),
                Err(error) => {
                    tracing::error!(%user, %error, "what is owed to a shopper could not be credited");
                    failed = Some(error);
                }
            }
        }
    }
    match failed {
        Some(error) if credited == 0 => Err(error),
        _ => Ok(credited),
    }
}

/// Credits what fits of what is owed to one shopper.
async fn credit_one(shop: &Shop, user: UserId) -> Result<u64, Error> {
    let mut tx = shop.db().begin().await?;
    let balance = wallets::lock_wallets(&mut tx, &[user]).await?.get(&user).copied();
    let balance = balance.ok_or_else(|| Fault::Broken(format!("user {user} has no wallet")))?;
    if store::is_closed(&mut tx, user).await? {
        return Ok(0);
    }
    let unfinished = orders::sum_unfinished(&mut tx, &[user]).await?.get(&user).copied().unwrap_or(Won::ZERO);
    let owed = store::read_owed(&mut tx, user, MOST_CREDITED).await?;
    let now = shop.now();
    let balances = decide_credits(balance, unfinished, owed.iter().map(|refund| refund.amount));
    if balances.is_empty() {
        return Ok(0);
    }
    let credited: Vec<(OwedRefund, NewPosting)> = owed
        .into_iter()
        .zip(balances)
        .map(|(refund, after)| (refund, posting_of(shop, user, refund.order_id, refund.amount, after)))
        .collect();
    let parts: Vec<(&NewPosting, i64)> = credited.iter().map(|(refund, posting)| (posting, refund.number)).collect();
    wallets::write_parts(&mut tx, &parts, now).await?;
    let marks: Vec<(RefundId, PostingId)> = credited.iter().map(|(refund, posting)| (refund.id, posting.id)).collect();
    store::write_credited(&mut tx, &marks, now).await?;
    if shop.settings().mail_on {
        let of_orders: BTreeSet<OrderId> = credited.iter().map(|(refund, _)| refund.order_id).collect();
        mail::queue_refund_letters(&mut tx, user, of_orders, now).await?;
    }
    tx.commit().await?;
    tracing::info!(%user, refunds = credited.len(), "what was owed to a shopper was credited");
    Ok(u64::try_from(credited.len()).unwrap_or(u64::MAX))
}
