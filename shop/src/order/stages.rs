//! The three durable stages of a batch of orders: lock, decide, write, commit. Each is one transaction with
//! a fixed number of statements, so a process may die between any two of them and `recovery` finds what is
//! left. The decisions are `checkout`'s; the statements are the stores'.

use super::checkout::{
    OrderSnapshot, PayOutcome, PaySnapshot, PieceKey, ReserveCommand, ReserveOutcome, ReserveSnapshot, decide_confirm,
    decide_pay, decide_reserve,
};
use super::model::Order;
use super::status::OrderStatus;
use super::store::{self, NewOrder, RequestRow, SoldLine, StockMove};
use crate::alert::tally::Tally;
use crate::coupon::store as coupons;
use crate::database::{Tx, outbox};
use crate::error::{Error, Fault, FieldError, FieldProblem, Refusal};
use crate::failpoints::{Point, reach};
use crate::guards::{self, Guard};
use crate::id::{CouponId, EventId, OrderId, ProductId, UserId};
use crate::mail::store as mail;
use crate::money::Won;
use crate::notice::NoticeDigest;
use crate::ports::Event;
use crate::product::store as products;
use crate::request::Request;
use crate::shop::Shop;
use crate::stats::minutes::{Figure, Figures, Lane, store as minutes};
use crate::time::Timestamp;
use crate::trace::{TraceId, Traces};
use crate::wallet::PostingType;
use crate::wallet::store::{self as wallets, NewPosting};
use crate::watch;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One order on its way to the reserving stage.
#[derive(Clone, Debug)]
pub struct ReserveJob {
    pub id: OrderId,
    pub request: Request,
    pub command: ReserveCommand,
    /// Kept with the order; decides nothing.
    pub consent_notice: Option<NoticeDigest>,
    /// What its events are traced by.
    pub trace: Option<TraceId>,
}

/// One reserved order on its way to a later stage.
#[derive(Clone, Debug)]
pub struct OrderJob {
    pub id: OrderId,
    /// What its events are traced by.
    pub trace: Option<TraceId>,
}

/// What the reserving stage says of one order.
#[derive(Clone, Debug)]
pub enum Reserved {
    /// A new order, RESERVED or REJECTED.
    New(Box<Order>),
    /// The request id was claimed before; this is what for.
    Seen(RequestRow),
}

/// Reserve: claims the request ids, gives out stock in arrival order, fixes the amounts. Ten statements
/// and what a large batch's inserts add.
pub async fn reserve(shop: &Shop, jobs: &[ReserveJob]) -> Result<Vec<Result<Reserved, Error>>, Error> {
    reach(Point::ReserveBegin).await?;
    let mut tx = shop.db().begin().await?;
    let (fresh, mut answers) = claim_requests(&mut tx, jobs, shop.now()).await?;
    let mut snapshot = read_reserve_snapshot(&mut tx, jobs, &fresh).await?;
    // Now that it has its rows: however long it waited for them, its time begins here.
    let now = shop.now();

    let mut decided = Vec::with_capacity(fresh.len());
    let mut refused_requests = Vec::new();
    for index in fresh {
        match decide_reserve(&mut snapshot, &jobs[index].command, now) {
            ReserveOutcome::Reserved(priced) => decided.push((index, priced, None)),
            ReserveOutcome::Rejected(priced, refusal) => decided.push((index, priced, Some(refusal))),
            ReserveOutcome::NotForSale(missing) => {
                refused_requests.push(&jobs[index].request);
                answers[index] = Some(Err(not_for_sale(&missing)));
            }
        }
    }

    let orders: Vec<NewOrder<'_>> = decided
        .iter()
        .map(|(index, priced, refusal)| NewOrder {
            id: jobs[*index].id,
            user_id: jobs[*index].command.user_id,
            coupon_code: jobs[*index].command.coupon_code.as_ref(),
            priced,
            refusal: refusal.as_ref(),
            consent_notice: jobs[*index].consent_notice.as_ref(),
        })
        .collect();
    let mut moves = StockMove::new();
    for order in orders.iter().filter(|order| order.refusal.is_none()) {
        for item in &order.priced.items {
            *moves.entry(item.product_id).or_default() += item.quantity;
        }
    }
    // A malformed request keeps its id free (SPEC reading 6).
    store::delete_requests(&mut tx, &refused_requests).await?;
    store::write_orders(&mut tx, &orders, now).await?;
    store::write_reserved(&mut tx, &moves).await?;
    let placed: Vec<(usize, Order)> =
        orders.iter().zip(&decided).map(|(new, (index, ..))| (*index, order_of(new, now))).collect();
    let events: Vec<Event> = placed
        .iter()
        .map(|(index, order)| event_of(shop, order.id, order.status, jobs[*index].trace.as_ref(), now))
        .collect();
    outbox::write_events(shop, &mut tx, &events).await?;
    minutes::add(shop, &mut tx, Lane::Reserve, &figures_of_placed(&placed), now).await?;
    reach(Point::ReserveCommit).await?;
    tx.commit().await?;
    reach(Point::ReserveCommitted).await?;

    placed.iter().filter_map(|(_, order)| order.refusal.as_ref()).for_each(watch::order_rejected);
    for (index, order) in placed {
        answers[index] = Some(Ok(Reserved::New(Box::new(order))));
    }
    every_answer(answers)
}

fn figures_of_placed(placed: &[(usize, Order)]) -> Figures {
    let mut figures = Figures::default();
    figures.add_count(Figure::Placed, placed.len());
    placed
        .iter()
        .filter_map(|(_, order)| order.refusal.as_ref())
        .for_each(|refusal| figures.add(Figure::of_refusal(refusal), 1));
    figures
}

type Answers<A> = Vec<Option<Result<A, Error>>>;

fn every_answer<A>(answers: Answers<A>) -> Result<Vec<Result<A, Error>>, Error> {
    let broken = || Error::Fault(Fault::Broken("an order of the batch was forgotten".to_owned()));
    answers.into_iter().map(|answer| answer.ok_or_else(broken)).collect()
}

/// Sorts the jobs into those whose request id is new, which are claimed, and those that are answered.
async fn claim_requests(
    tx: &mut Tx,
    jobs: &[ReserveJob],
    now: Timestamp,
) -> Result<(Vec<usize>, Answers<Reserved>), Error> {
    let requests: Vec<Request> = jobs.iter().map(|job| job.request.clone()).collect();
    let mut seen: HashMap<(UserId, Vec<u8>), RequestRow> = store::lock_requests(tx, &requests)
        .await?
        .into_iter()
        .map(|row| ((row.user_id, row.key.clone()), row))
        .collect();
    let mut answers: Answers<Reserved> = jobs.iter().map(|_| None).collect();
    let mut claimed = BTreeSet::new();
    let mut fresh = Vec::with_capacity(jobs.len());
    for (index, job) in jobs.iter().enumerate() {
        let key = (job.request.user_id, job.request.key.as_str().as_bytes().to_vec());
        if let Some(row) = seen.remove(&key) {
            answers[index] = Some(Ok(Reserved::Seen(row.clone())));
            seen.insert(key, row);
        } else if claimed.insert(job.request.claim()) {
            fresh.push(index);
        } else {
            answers[index] = Some(Err(Error::RequestInProgress));
        }
    }
    let claims: Vec<_> = fresh.iter().map(|index| (&jobs[*index].request, jobs[*index].id.bytes(), None)).collect();
    store::write_requests(tx, &claims, now).await?;
    Ok((fresh, answers))
}

async fn read_reserve_snapshot(tx: &mut Tx, jobs: &[ReserveJob], fresh: &[usize]) -> Result<ReserveSnapshot, Error> {
    let commands = || fresh.iter().map(|index| &jobs[*index].command);
    let codes: BTreeSet<_> = commands().filter_map(|command| command.coupon_code.as_ref()).collect();
    let coupons = coupons::read_coupons_by_code(tx, &codes.into_iter().collect::<Vec<_>>()).await?;
    let keys: BTreeSet<PieceKey> = commands()
        .filter_map(|command| Some((command.user_id, coupons.get(command.coupon_code.as_ref()?)?.id)))
        .collect();
    let pieces = coupons::read_pieces(tx, &keys.into_iter().collect::<Vec<_>>(), false).await?;
    let ids: BTreeSet<ProductId> = commands().flat_map(|command| command.lines.products()).collect();
    let products = products::lock_products(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(ReserveSnapshot { products, coupons, pieces })
}

fn not_for_sale(missing: &[ProductId]) -> Error {
    let problem = |product: &ProductId| FieldError::new("items", FieldProblem::NotForSale { product_id: *product });
    Error::Invalid(missing.iter().map(problem).collect())
}

fn order_of(new: &NewOrder<'_>, now: Timestamp) -> Order {
    let is_refused = new.refusal.is_some();
    Order {
        id: new.id,
        user_id: new.user_id,
        status: if is_refused { OrderStatus::Rejected } else { OrderStatus::Reserved },
        total_amount: new.priced.total_amount,
        discount_amount: new.priced.discount_amount,
        final_amount: new.priced.final_amount(),
        coupon_code: new.coupon_code.cloned(),
        items: new.priced.items.clone(),
        refusal: new.refusal.cloned(),
        consent_notice: new.consent_notice.cloned(),
        created_at: now,
        paid_at: None,
        pending_at: None,
        finished_at: is_refused.then_some(now),
        refunds: None,
    }
}

/// What the paying stage says of one order.
#[derive(Clone, Debug)]
pub enum Paid {
    Paid(Timestamp),
    Rejected(Refusal, Timestamp),
    Expired(Timestamp),
    /// Somebody else moved the order on.
    Moved(OrderStatus),
}

/// Pay: coupons held, wallets debited; what is refused gives its stock back. At most thirteen statements and
/// what a large batch's inserts add.
pub async fn pay(shop: &Shop, jobs: &[OrderJob]) -> Result<Vec<Result<Paid, Error>>, Error> {
    reach(Point::PayBegin).await?;
    let mut tx = shop.db().begin().await?;
    let orders = lock_by_id(&mut tx, jobs).await?;
    let mut snapshot = read_pay_snapshot(&mut tx, orders.values()).await?;
    let now = shop.now();
    let ttl = shop.settings().reservation_ttl;
    let mut plan = PayPlan { traces: traces_of(jobs), ..PayPlan::default() };
    let mut answers = Vec::with_capacity(jobs.len());
    for OrderJob { id, .. } in jobs {
        let Some(order) = orders.get(id) else {
            answers.push(Err(Fault::Broken(format!("order {id} is gone")).into()));
            continue;
        };
        let outcome = decide_pay(&mut snapshot, order, ttl, now);
        plan.add(shop, order, &outcome, &snapshot);
        answers.push(Ok(match outcome {
            PayOutcome::Paid { .. } => Paid::Paid(now),
            PayOutcome::Rejected(refusal) => Paid::Rejected(refusal, now),
            PayOutcome::Expired => Paid::Expired(now),
            PayOutcome::NotReserved(status) => Paid::Moved(status),
        }));
    }
    plan.write(shop, &mut tx, now).await?;
    reach(Point::PayCommit).await?;
    tx.commit().await?;
    reach(Point::PayCommitted).await?;
    plan.count(shop.tally());
    Ok(answers)
}

fn traces_of(jobs: &[OrderJob]) -> Traces {
    Traces::of(jobs.iter().map(|job| (job.id, job.trace.clone())))
}

async fn lock_by_id(tx: &mut Tx, jobs: &[OrderJob]) -> Result<BTreeMap<OrderId, OrderSnapshot>, Error> {
    let ids: Vec<OrderId> = jobs.iter().map(|job| job.id).collect();
    let rows = store::lock_orders(tx, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.order.id, row.order)).collect())
}

async fn read_pay_snapshot<'a>(
    tx: &mut Tx,
    orders: impl Iterator<Item = &'a OrderSnapshot> + Clone,
) -> Result<PaySnapshot, Error> {
    let keys: BTreeSet<PieceKey> = orders.clone().filter_map(OrderSnapshot::piece_key).collect();
    let coupon_ids: BTreeSet<CouponId> = keys.iter().map(|(_, coupon)| *coupon).collect();
    let users: BTreeSet<UserId> = orders.map(|order| order.user_id).collect();
    let pieces = coupons::read_pieces(tx, &keys.into_iter().collect::<Vec<_>>(), true).await?;
    let balances = wallets::lock_wallets(tx, &users.into_iter().collect::<Vec<_>>()).await?;
    let coupons = coupons::read_coupons(tx, &coupon_ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(PaySnapshot { balances, coupons, pieces })
}

/// Everything the paying stage writes, collected before the first write.
#[derive(Default)]
struct PayPlan {
    traces: Traces,
    paid: Vec<OrderId>,
    postings: Vec<NewPosting>,
    held: Vec<(i64, OrderId)>,
    rejected: Vec<(OrderId, Refusal)>,
    expired: Vec<OrderId>,
}

impl PayPlan {
    fn add(&mut self, shop: &Shop, order: &OrderSnapshot, outcome: &PayOutcome, snapshot: &PaySnapshot) {
        match outcome {
            PayOutcome::Paid { balance_after } => {
                self.paid.push(order.id);
                self.postings.push(NewPosting {
                    id: shop.mint_posting_id(),
                    user_id: order.user_id,
                    kind: PostingType::Payment,
                    amount: order.final_amount.negated(),
                    balance_after: *balance_after,
                    order_id: Some(order.id),
                });
                let piece = order.piece_key().and_then(|key| snapshot.pieces.get(&key));
                self.held.extend(piece.map(|piece| (piece.id, order.id)));
            }
            PayOutcome::Rejected(refusal) => self.rejected.push((order.id, refusal.clone())),
            PayOutcome::Expired => self.expired.push(order.id),
            PayOutcome::NotReserved(_) => {}
        }
    }

    async fn write(&self, shop: &Shop, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        let rejected: Vec<OrderId> = self.rejected.iter().map(|(id, _)| *id).collect();
        let released: Vec<OrderId> = rejected.iter().chain(&self.expired).copied().collect();
        if guards::is_on(Guard::HeldStep) {
            coupons::write_held(tx, &self.held).await?;
        }
        wallets::write_postings(tx, &self.postings, now).await?;
        let refusals: Vec<_> = self.rejected.iter().map(|(id, refusal)| (*id, refusal)).collect();
        store::write_refusals(tx, &refusals).await?;
        for (ids, status) in
            [(&self.paid, OrderStatus::Paid), (&rejected, OrderStatus::Rejected), (&self.expired, OrderStatus::Expired)]
        {
            change_status(shop, tx, ids, (OrderStatus::Reserved, status), &self.traces, now).await?;
        }
        if !released.is_empty() {
            let lines = store::list_stock_of(tx, &released).await?;
            store::write_released(tx, &stock_of(lines.values().flatten())).await?;
        }
        Ok(minutes::add(shop, tx, Lane::Pay, &self.figures(), now).await?)
    }

    fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        figures.add_status(OrderStatus::Paid, self.paid.len());
        figures.add_status(OrderStatus::Expired, self.expired.len());
        figures.add_count(Figure::PaymentsTooLate, self.expired.len());
        figures.add_count(Figure::PaymentsRefused, self.rejected.len());
        self.rejected.iter().for_each(|(_, refusal)| figures.add(Figure::of_refusal(refusal), 1));
        figures
    }

    /// Once it is committed.
    fn count(&self, tally: &Tally) {
        watch::payments_made(tally, self.paid.len() as u64);
        for (_, refusal) in &self.rejected {
            watch::payment_refused(tally);
            watch::order_rejected(refusal);
        }
        watch::payments_too_late(tally, self.expired.len() as u64);
        watch::orders_became(OrderStatus::Expired, self.expired.len() as u64);
    }
}

/// Confirm: stock out, coupons used, sales counted, letters queued. At most eleven statements and what a large
/// batch's inserts add.
pub async fn confirm(shop: &Shop, jobs: &[OrderJob]) -> Result<Vec<Result<Confirmed, Error>>, Error> {
    reach(Point::ConfirmBegin).await?;
    let mut tx = shop.db().begin().await?;
    let orders = lock_by_id(&mut tx, jobs).await?;
    let now = shop.now();
    let mut answers = Vec::with_capacity(jobs.len());
    let mut confirmed = Vec::with_capacity(jobs.len());
    for OrderJob { id, .. } in jobs {
        let Some(order) = orders.get(id) else {
            answers.push(Err(Fault::Broken(format!("order {id} is gone")).into()));
            continue;
        };
        answers.push(Ok(match decide_confirm(order) {
            Ok(()) => {
                confirmed.push(order);
                Confirmed::Completed(now)
            }
            Err(status) => Confirmed::Moved(status),
        }));
    }
    let ids: Vec<OrderId> = confirmed.iter().map(|order| order.id).collect();
    let used: Vec<(PieceKey, OrderId)> =
        confirmed.iter().filter_map(|order| order.piece_key().map(|key| (key, order.id))).collect();
    let step = (OrderStatus::Paid, OrderStatus::Completed);
    change_status(shop, &mut tx, &ids, step, &traces_of(jobs), now).await?;
    coupons::write_used(&mut tx, &used, now).await?;
    let lines = store::list_stock_of(&mut tx, &ids).await?;
    store::write_sold(&mut tx, &stock_of(lines.values().flatten())).await?;
    store::write_sales(&mut tx, &sales_of(lines.values().flatten())?, now.hour_start()).await?;
    if shop.settings().mail_on {
        let letters: Vec<_> = confirmed.iter().map(|order| (order.user_id, order.id)).collect();
        mail::queue_order_letters(&mut tx, &letters, now).await?;
    }
    let mut figures = Figures::default();
    figures.add_status(OrderStatus::Completed, ids.len());
    confirmed.iter().for_each(|order| figures.add_won(Figure::Revenue, order.final_amount));
    minutes::add(shop, &mut tx, Lane::Confirm, &figures, now).await?;
    reach(Point::ConfirmCommit).await?;
    tx.commit().await?;
    reach(Point::ConfirmCommitted).await?;
    watch::orders_became(OrderStatus::Completed, ids.len() as u64);
    Ok(answers)
}

/// What the confirming stage says of one order.
#[derive(Clone, Debug)]
pub enum Confirmed {
    Completed(Timestamp),
    /// Somebody else moved the order on.
    Moved(OrderStatus),
}

/// How much stock these lines move.
pub fn stock_of<'a>(lines: impl Iterator<Item = &'a SoldLine>) -> StockMove {
    let mut moves = StockMove::new();
    for line in lines {
        *moves.entry(line.product_id).or_default() += line.quantity;
    }
    moves
}

fn sales_of<'a>(lines: impl Iterator<Item = &'a SoldLine>) -> Result<BTreeMap<ProductId, (i64, Won)>, Fault> {
    let mut sales: BTreeMap<ProductId, (i64, Won)> = BTreeMap::new();
    for line in lines {
        let (quantity, amount) = sales.entry(line.product_id).or_default();
        *quantity += line.quantity;
        *amount = amount.plus(line.amount).ok_or_else(|| Fault::Broken("sales overflow".to_owned()))?;
    }
    Ok(sales)
}

/// Moves orders to their next status and writes the event of it.
pub async fn change_status(
    shop: &Shop,
    tx: &mut Tx,
    ids: &[OrderId],
    (from, to): (OrderStatus, OrderStatus),
    traces: &Traces,
    now: Timestamp,
) -> Result<(), Fault> {
    store::write_status(tx, ids, from, to, now).await?;
    let events: Vec<Event> = ids.iter().map(|id| event_of(shop, *id, to, traces.get(*id), now)).collect();
    outbox::write_events(shop, tx, &events).await
}

/// `trace_id` is null for what nobody asked for under an id.
fn event_of(shop: &Shop, order_id: OrderId, status: OrderStatus, trace: Option<&TraceId>, now: Timestamp) -> Event {
    let trace_id = trace.map(TraceId::as_str);
    let payload =
        serde_json::json!({ "order_id": order_id, "status": status, "occurred_at": now, "trace_id": trace_id });
    Event {
        id: EventId::new(now, shop.random_bytes()),
        order_id,
        kind: format!("order.{}", status.as_str().to_ascii_lowercase()),
        payload: payload.to_string(),
        created_at: now,
    }
}
