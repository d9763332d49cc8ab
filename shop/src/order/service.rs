//! What callers ask of orders. Placing one runs its three stages in a task of its own, so that a client
//! who hangs up leaves a finished order behind, not half of one.

use super::checkout::{ReserveCommand, decide_shortage, fails_on_purpose};
use super::model::{Order, OrderItem, OrderRequest, OrderSummary, Quote, QuoteProblem, QuotedCoupon, QuotedLine};
use super::stages::{Confirmed, OrderJob, Paid, ReserveJob, Reserved, change_status};
use super::status::OrderStatus;
use super::store::{self, RequestRow};
use crate::coupon::rules::{UserCouponSnapshot, decide_discount};
use crate::coupon::store as coupon_store;
use crate::coupon::{ClaimedCoupon, CouponCode, UserCouponState, UserCouponStatus};
use crate::database::retried;
use crate::error::{CouponReason, Error, Fault, Refusal};
use crate::failpoints::{Point, reach};
use crate::id::{OrderId, ProductId, UserId};
use crate::limits;
use crate::money::Won;
use crate::page::{Page, PageLimit, Slice};
use crate::product::store as products;
use crate::request::{Request, RequestKey, Scope};
use crate::shop::Shop;
use crate::stats::minutes::{Figure, Figures, Lane, store as minutes};
use crate::trace::{TraceId, Traces};
use crate::wallet::store as wallets;
use crate::watch::{self, Stopwatch, millis};
use std::collections::{BTreeMap, HashMap};
use tracing::Instrument;

/// Places an order, or answers the same request again (SPEC readings 6 and 7).
///
/// `Ok` is an admitted order in its present state: COMPLETED as a rule, PENDING when a fault struck after
/// the reservation.
///
/// # Errors
/// `Refused` (kept with its order), `OrderFailed`, `OrderExpired`, `RequestInProgress`, `RequestReused`,
/// `Blocked`, `RateLimited`, `Busy`, `Invalid` for products that are not for sale.
pub async fn place_order(shop: &Shop, user: UserId, request: OrderRequest, key: RequestKey) -> Result<Order, Error> {
    let asked = Request::new(user, Scope::Order, key, &canonical_text(&request));
    let running = shop.running().enter(shop, &asked)?;
    if let Some(row) = shop.desks()?.lookup.submit(asked.clone()).await? {
        return replay(shop, &asked, row).await;
    }
    limits::check_block(shop, user).await?;
    limits::take_order(shop, user).await?;
    let room = shop.running().make_room()?;
    let job = ReserveJob {
        id: shop.mint_order_id(),
        request: asked,
        command: ReserveCommand {
            user_id: user,
            lines: request.lines,
            coupon_code: request.coupon_code,
            expected_amount: request.expected_amount,
        },
        consent_notice: request.consent_notice,
        trace: TraceId::current(),
    };
    // An error's level, so that no filter but `off` takes the ids from the lines within.
    let span = tracing::error_span!("order", order = %job.id);
    let shop = shop.clone();
    let flow = async move {
        let began = Stopwatch::start();
        let placed = run_stages(&shop, job).await;
        count_outcome(&shop, user, &placed).await;
        drop((running, room));
        let outcome = placed.as_ref().map_or_else(Error::code, |order| order.status.as_str());
        tracing::debug!(outcome, duration_ms = millis(began.elapsed()), "an order was worked on");
        placed
    };
    let flow = tokio::spawn(flow.instrument(span));
    flow.await.unwrap_or_else(|error| Err(Fault::Broken(format!("an order's task ended badly: {error}")).into()))
}

/// What many requests placed before: asked of the database together, so that looking back costs each of
/// them little.
pub async fn look_up(shop: &Shop, asked: &[Request]) -> Result<Vec<Result<Option<RequestRow>, Error>>, Error> {
    Ok(store::find_requests(shop.db(), asked).await?.into_iter().map(Ok).collect())
}

/// The order this request placed before, answered as [`place_order`] would; `None` when it placed none.
/// Places nothing.
///
/// # Errors
/// As a replay: `Refused`, `OrderFailed`, `OrderExpired`, `RequestReused`; `RequestInProgress` while it runs.
pub async fn find_placed(
    shop: &Shop,
    user: UserId,
    request: &OrderRequest,
    key: RequestKey,
) -> Result<Option<Order>, Error> {
    let asked = Request::new(user, Scope::Order, key, &canonical_text(request));
    let _running = shop.running().enter(shop, &asked)?;
    match shop.desks()?.lookup.submit(asked.clone()).await? {
        Some(row) => replay(shop, &asked, row).await.map(Some),
        None => Ok(None),
    }
}

/// A completed order ends a row of failures, a refused one adds to it; a pending one is our fault.
async fn count_outcome(shop: &Shop, user: UserId, placed: &Result<Order, Error>) {
    match placed {
        Ok(order) if order.status == OrderStatus::Completed => limits::count_success(shop, user).await,
        Err(Error::Refused { .. }) => limits::count_refusal(shop, user).await,
        _ => {}
    }
}

/// Equal for equal requests only: what is bought, with which coupon, at which expected amount, and whether
/// its notice was agreed to. Which wording it was does not count: a repeat in another language, or after the
/// owner has changed the text, is the same request.
pub(crate) fn canonical_text(request: &OrderRequest) -> String {
    let lines: Vec<String> = request.lines.iter().map(|(product, quantity)| format!("{product}x{quantity}")).collect();
    let coupon = request.coupon_code.as_ref().map_or("", CouponCode::as_str);
    let expected = request.expected_amount.map(|amount| amount.get().to_string()).unwrap_or_default();
    let consent = if request.consent_notice.is_some() { ";consent" } else { "" };
    format!("{};{coupon};{expected}{consent}", lines.join(","))
}

/// The answer to a request that was stored before, by this process or another (SPEC reading 6).
async fn replay(shop: &Shop, asked: &Request, row: RequestRow) -> Result<Order, Error> {
    if row.body_hash != asked.body_hash {
        return Err(Error::RequestReused);
    }
    let id = OrderId::from_bytes(&row.subject_id)
        .ok_or_else(|| Fault::Broken("a stored request names no order".to_owned()))?;
    let order = store::find_order(shop.db(), id).await?.ok_or_else(|| Fault::Broken(format!("order {id} is gone")))?;
    // Another instance is at work on it, or was a moment ago: what it will be is not decided yet.
    if order.is_under_way(shop.settings().reservation_ttl, shop.now()) {
        return Err(Error::RequestInProgress);
    }
    outcome_of(order)
}

/// The answer an order's present state gives.
fn outcome_of(order: Order) -> Result<Order, Error> {
    match order.status {
        OrderStatus::Rejected => {
            let refusal = order.refusal.ok_or_else(|| Fault::Broken(format!("order {} lost its refusal", order.id)))?;
            Err(Error::Refused { refusal, order_id: Some(order.id) })
        }
        OrderStatus::Expired => Err(Error::OrderExpired(order.id)),
        OrderStatus::Failed => Err(Error::OrderFailed(order.id)),
        _ => Ok(order),
    }
}

async fn run_stages(shop: &Shop, job: ReserveJob) -> Result<Order, Error> {
    let asked = job.request.clone();
    let trace = job.trace.clone();
    let desks = shop.desks()?;
    let reserved = desks.reserve.submit(job).await;
    let mut order = match reserved.inspect_err(|error| watch::reservation_failed(shop.tally(), error))? {
        Reserved::New(order) => *order,
        Reserved::Seen(row) => return replay(shop, &asked, row).await,
    };
    if order.status != OrderStatus::Reserved {
        return outcome_of(order);
    }
    let job = OrderJob { id: order.id, trace };
    let paid = match fails_on_purpose(order.id, shop.settings().failing_payments) {
        true => Err(Fault::Other("DEMO_FAIL_PAYMENTS lets it fail".to_owned()).into()),
        false => desks.pay.submit(job.clone()).await,
    };
    match paid {
        Ok(Paid::Paid(now)) => {
            order.status = OrderStatus::Paid;
            order.paid_at = Some(now);
        }
        Ok(Paid::Rejected(refusal, now)) => {
            order.status = OrderStatus::Rejected;
            order.refusal = Some(refusal);
            order.finished_at = Some(now);
            return outcome_of(order);
        }
        Ok(Paid::Expired(_)) => return Err(Error::OrderExpired(order.id)),
        Ok(Paid::Moved(_)) => return present_state(shop, order).await,
        Err(error) => {
            watch::payment_failed(shop.tally(), &error);
            return pend(shop, order, &job, "pay", &error).await;
        }
    }
    match desks.confirm.submit(job.clone()).await {
        Ok(Confirmed::Completed(now)) => {
            order.status = OrderStatus::Completed;
            order.finished_at = Some(now);
            Ok(order)
        }
        Ok(Confirmed::Moved(_)) => present_state(shop, order).await,
        Err(error) => pend(shop, order, &job, "confirm", &error).await,
    }
}

async fn present_state(shop: &Shop, order: Order) -> Result<Order, Error> {
    let id = order.id;
    let stored = store::find_order(shop.db(), id).await?;
    outcome_of(stored.ok_or_else(|| Fault::Broken(format!("order {id} is gone")))?)
}

/// A stage was not successful: the order becomes PENDING and keeps what it holds, for recovery. When even
/// that cannot be written the answer is PENDING all the same: the jobs will find the order.
async fn pend(shop: &Shop, order: Order, job: &OrderJob, stage: &'static str, cause: &Error) -> Result<Order, Error> {
    tracing::error!(stage, %cause, "a stage was not successful, the order is pending");
    let written = retried(|| mark_pending(shop, job, stage, cause)).await;
    match written {
        Ok(()) => present_state(shop, order).await,
        Err(error) => {
            tracing::error!(stage, %error, "the order could not be marked pending");
            if stage == "pay" {
                watch::payment_unrecorded(shop.tally());
            }
            Ok(Order { status: OrderStatus::Pending, pending_at: Some(shop.now()), ..order })
        }
    }
}

pub(crate) async fn mark_pending(shop: &Shop, job: &OrderJob, stage: &'static str, cause: &Error) -> Result<(), Error> {
    let (id, traces) = (job.id, Traces::of([(job.id, job.trace.clone())]));
    let now = shop.now();
    reach(Point::PendBegin).await?;
    let mut tx = shop.db().begin().await?;
    let status = store::lock_orders(&mut tx, &[id]).await?.first().map(|row| row.order.status);
    if let Some(from @ (OrderStatus::Reserved | OrderStatus::Paid)) = status {
        change_status(shop, &mut tx, &[id], (from, OrderStatus::Pending), &traces, now).await?;
        store::write_pending_cause(&mut tx, &[id], stage).await?;
        let mut figures = Figures::default();
        figures.add(Figure::of_pending(stage), 1);
        // A payment whose commit only seemed to fail went through, and is counted as that.
        if stage == "pay" && from == OrderStatus::Reserved {
            figures.add(Figure::of_payment_error(cause), 1);
        }
        minutes::add(shop, &mut tx, Lane::Aside, &figures, now).await?;
    }
    reach(Point::PendCommit).await?;
    tx.commit().await?;
    reach(Point::PendCommitted).await?;
    if status.is_some_and(|status| status.may_become(OrderStatus::Pending)) {
        watch::orders_pending(stage, 1);
    }
    Ok(())
}

/// The user's own order; somebody else's is as if it were not there.
pub async fn find_order(shop: &Shop, user: UserId, id: OrderId) -> Result<Option<Order>, Error> {
    Ok(store::find_order(shop.db(), id).await?.filter(|order| order.user_id == user))
}

/// The user's orders, newest first.
pub async fn list_orders(
    shop: &Shop,
    user: UserId,
    status: Option<OrderStatus>,
    page: &Page,
) -> Result<Slice<OrderSummary>, Error> {
    store::list_orders(shop.db(), user, status, page, shop.now()).await
}

/// What was bought with these orders, at most a page of them; whose they are the caller knows.
pub async fn list_lines(shop: &Shop, ids: &[OrderId]) -> Result<HashMap<OrderId, Vec<OrderItem>>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(store::list_items(shop.db(), ids).await?)
}

/// What these lines would cost now and what stands in the way. Promises nothing: placing the order decides.
pub async fn quote_order(
    shop: &Shop,
    user: Option<UserId>,
    asked: &[(ProductId, i64)],
    coupon: Option<&CouponCode>,
) -> Result<Quote, Error> {
    let ids: Vec<ProductId> = asked.iter().map(|(product, _)| *product).collect();
    let found: BTreeMap<ProductId, _> =
        products::find_products(shop.db(), &ids).await?.into_iter().map(|product| (product.id, product)).collect();
    let mut problems = Vec::new();
    let missing: Vec<ProductId> = ids.into_iter().filter(|id| !found.contains_key(id)).collect();
    if !missing.is_empty() {
        problems.push(QuoteProblem::NotForSale { product_ids: missing });
    }
    let lines: Vec<QuotedLine> = asked
        .iter()
        .filter_map(|(id, quantity)| {
            let product = found.get(id)?.clone();
            let amount = product.price.times(*quantity)?;
            Some(QuotedLine { product, quantity: *quantity, amount })
        })
        .collect();
    problems.extend(find_line_shortages(&lines));
    let total_amount = lines.iter().try_fold(Won::ZERO, |sum, line| sum.plus(line.amount)).unwrap_or(Won::ZERO);
    let coupons = match user {
        Some(user) => quote_coupons(shop, user, coupon, total_amount).await?,
        None => Vec::new(),
    };
    let mut discount_amount = Won::ZERO;
    if let Some(code) = coupon {
        let outcome = match coupons.iter().find(|quoted| quoted.code == *code) {
            Some(quoted) => quoted.outcome,
            None if coupon_store::find_coupon(shop.db(), code).await?.is_some() => Err(CouponReason::NotClaimed),
            None => Err(CouponReason::Unknown),
        };
        match outcome {
            Ok(discount) => discount_amount = discount,
            Err(reason) => problems.push(QuoteProblem::Refused { refusal: Refusal::CouponNotApplicable { reason } }),
        }
    }
    let final_amount = total_amount.minus(discount_amount).unwrap_or(total_amount);
    let balance = match user {
        Some(user) => wallets::find_balance(shop.db(), user).await?,
        None => None,
    };
    if let Some(balance) = balance.filter(|balance| *balance < final_amount) {
        problems
            .push(QuoteProblem::Refused { refusal: Refusal::InsufficientBalance { balance, needed: final_amount } });
    }
    Ok(Quote { lines, total_amount, discount_amount, final_amount, coupons, balance, problems })
}

/// Every line that asks for more than is free now.
fn find_line_shortages(lines: &[QuotedLine]) -> impl Iterator<Item = QuoteProblem> + '_ {
    lines
        .iter()
        .filter_map(|line| decide_shortage(line.product.id, line.quantity, line.product.available_stock))
        .map(|refusal| QuoteProblem::Refused { refusal })
}

/// The shopper's usable coupons against this total, the chosen one marked.
async fn quote_coupons(
    shop: &Shop,
    user: UserId,
    chosen: Option<&CouponCode>,
    total: Won,
) -> Result<Vec<QuotedCoupon>, Error> {
    let now = shop.now();
    let page = Page::first(PageLimit::new(i64::from(PageLimit::MOST)).unwrap_or(PageLimit::DEFAULT));
    let claimed = coupon_store::list_claimed(shop.db(), user, &page, now).await?;
    let quoted = claimed.items.into_iter().map(|claimed| quote_coupon(claimed, chosen, total, now));
    Ok(quoted.filter(|coupon| coupon.chosen || coupon.outcome.is_ok() || is_worth_showing(coupon.outcome)).collect())
}

fn quote_coupon(
    claimed: ClaimedCoupon,
    chosen: Option<&CouponCode>,
    total: Won,
    now: crate::Timestamp,
) -> QuotedCoupon {
    let status = match claimed.state {
        UserCouponState::Held => UserCouponStatus::Held,
        UserCouponState::Used => UserCouponStatus::Used,
        UserCouponState::Issued | UserCouponState::Expired => UserCouponStatus::Issued,
    };
    let piece = UserCouponSnapshot { id: 0, status, order_id: claimed.order_id };
    QuotedCoupon {
        outcome: decide_discount(Some(&claimed.coupon), Some(piece), total, now),
        chosen: chosen == Some(&claimed.coupon.code),
        name: claimed.coupon.name,
        name_en: claimed.coupon.name_en,
        minimum_amount: claimed.coupon.minimum_amount,
        code: claimed.coupon.code,
    }
}

/// A coupon the shopper could still make use of, by buying more or waiting.
fn is_worth_showing(outcome: Result<Won, CouponReason>) -> bool {
    matches!(
        outcome,
        Err(CouponReason::BelowMinimum | CouponReason::InUse | CouponReason::NothingLeft | CouponReason::NotBegun)
    )
}
