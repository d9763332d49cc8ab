//! Orders and request ids in the database. Every function does a fixed number of statements, whatever the
//! size of its batch (inserts: two). Locks are taken in the order the whole shop keeps: requests and orders, user
//! coupons, wallets, coupons, products; each by id.

use super::checkout::{OrderSnapshot, PricedOrder};
use super::model::{Order, OrderItem, OrderSummary};
use super::status::OrderStatus;
use crate::coupon::CouponCode;
use crate::database::months::walk_back;
use crate::database::{Db, Engine, Row, Sql, Tx, chunks_of, dialect, insert_rows};
use crate::error::{Error, Fault, Refusal};
use crate::guards::{self, Guard};
use crate::id::{CouponId, OrderId, ProductId, UserId};
use crate::money::Won;
use crate::notice::NoticeDigest;
use crate::page::{Page, Slice};
use crate::refund::store as refunds;
use crate::request::{BodyHash, Request};
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// A request id that was claimed before.
#[derive(Clone, Debug)]
pub struct RequestRow {
    pub user_id: UserId,
    pub key: Vec<u8>,
    pub body_hash: BodyHash,
    /// The order or posting it made; of a refused charge the posting that was not written.
    pub subject_id: Vec<u8>,
    pub refusal: Option<Refusal>,
}

const REQUEST_COLUMNS: &str = "SELECT user_id, request_id, body_hash, subject_id, refusal FROM requests WHERE ";

/// The stored one of each of these requests, all of one endpoint, in their order. One statement.
pub async fn find_requests(db: &Db, requests: &[Request]) -> Result<Vec<Option<RequestRow>>, Fault> {
    let rows = db.fetch_all(request_sql(db.engine(), requests)).await?;
    let rows = rows.iter().map(request_of).collect::<Result<Vec<_>, _>>()?;
    let found: HashMap<_, _> = rows.into_iter().map(|row| ((row.user_id, row.key.clone()), row)).collect();
    let key_of = |request: &Request| (request.user_id, request.key.as_str().as_bytes().to_vec());
    Ok(requests.iter().map(|request| found.get(&key_of(request)).cloned()).collect())
}

/// The stored ones among these requests. One statement.
pub async fn lock_requests(tx: &mut Tx, requests: &[Request]) -> Result<Vec<RequestRow>, Fault> {
    if !guards::is_on(Guard::RequestClaim) {
        return Ok(Vec::new());
    }
    let sql = request_sql(tx.engine(), requests).then(" ORDER BY user_id, scope, request_id FOR UPDATE");
    tx.fetch_all(sql).await?.iter().map(request_of).collect()
}

fn request_sql(engine: Engine, requests: &[Request]) -> Sql {
    let row_of = |request: &Request| {
        [request.user_id.into(), request.scope.as_str().into(), request.key.as_str().as_bytes().into()]
    };
    Sql::new(REQUEST_COLUMNS).rows(engine, ["user_id", "scope", "request_id"], requests.iter().map(row_of))
}

fn request_of(row: &Row) -> Result<RequestRow, Fault> {
    let refusal = row.maybe_text("refusal")?;
    Ok(RequestRow {
        user_id: UserId::new(row.int("user_id")?),
        key: row.bytes("request_id")?,
        body_hash: row.id("body_hash", |bytes| bytes.try_into().ok())?,
        subject_id: row.bytes("subject_id")?,
        refusal: refusal.as_deref().map(read_refusal).transpose()?,
    })
}

fn read_refusal(text: &str) -> Result<Refusal, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Broken(format!("a stored refusal does not read: {error}")))
}

pub fn refusal_text(refusal: &Refusal) -> Result<String, Fault> {
    serde_json::to_string(refusal).map_err(|error| Fault::Broken(format!("a refusal does not write: {error}")))
}

/// Claims request ids for their subjects, in key order so that two batches never wait for each other.
pub async fn write_requests(
    tx: &mut Tx,
    claims: &[(&Request, [u8; 16], Option<String>)],
    now: Timestamp,
) -> Result<(), Fault> {
    let mut claims: Vec<_> = claims.iter().collect();
    claims.sort_by_key(|(request, ..)| request.claim());
    let rows = claims
        .into_iter()
        .map(|(request, subject, refusal)| {
            vec![
                request.user_id.into(),
                request.scope.as_str().into(),
                request.key.as_str().as_bytes().into(),
                request.body_hash.into(),
                (*subject).into(),
                refusal.clone().into(),
                now.into(),
            ]
        })
        .collect();
    let head = "INSERT INTO requests (user_id, scope, request_id, body_hash, subject_id, refusal, created_at)";
    let tail = if guards::is_on(Guard::RequestClaim) { "" } else { dialect::keep_first_request(tx.engine()) };
    insert_rows(tx, head, rows, tail).await
}

/// Frees the ids of requests that turned out malformed; they were claimed in this same transaction.
pub async fn delete_requests(tx: &mut Tx, requests: &[&Request]) -> Result<(), Fault> {
    for request in requests {
        let sql = Sql::new("DELETE FROM requests WHERE user_id = ? AND scope = ? AND request_id = ?")
            .bind(request.user_id)
            .bind(request.scope.as_str())
            .bind(request.key.as_str().as_bytes());
        tx.execute_exactly(1, "the request id that is freed", sql).await?;
    }
    Ok(())
}

/// An order to be written, with its first status.
pub struct NewOrder<'a> {
    pub id: OrderId,
    pub user_id: UserId,
    pub coupon_code: Option<&'a CouponCode>,
    pub priced: &'a PricedOrder,
    pub refusal: Option<&'a Refusal>,
    pub consent_notice: Option<&'a NoticeDigest>,
}

/// Writes orders and their lines.
pub async fn write_orders(tx: &mut Tx, orders: &[NewOrder<'_>], now: Timestamp) -> Result<(), Fault> {
    let mut rows = Vec::with_capacity(orders.len());
    let mut item_rows = Vec::new();
    for order in orders {
        let status = if order.refusal.is_some() { OrderStatus::Rejected } else { OrderStatus::Reserved };
        let finished_at = order.refusal.is_some().then_some(now.millis());
        rows.push(vec![
            order.id.into(),
            order.user_id.into(),
            status.into(),
            order.priced.total_amount.into(),
            order.priced.discount_amount.into(),
            order.priced.final_amount().into(),
            order.priced.coupon_id.map(CouponId::get).into(),
            order.coupon_code.map(ToString::to_string).into(),
            order.refusal.map(refusal_text).transpose()?.into(),
            order.consent_notice.map(ToString::to_string).into(),
            now.into(),
            finished_at.into(),
        ]);
        for (line_no, item) in (1i64..).zip(&order.priced.items) {
            item_rows.push(vec![
                order.id.into(),
                line_no.into(),
                item.product_id.into(),
                item.name.as_str().into(),
                item.name_en.as_str().into(),
                item.unit_price.into(),
                item.quantity.into(),
                item.amount.into(),
            ]);
        }
    }
    let head = "INSERT INTO orders (id, user_id, status, total_amount, discount_amount, final_amount, coupon_id, \
                coupon_code, refusal, consent_notice, created_at, finished_at)";
    insert_rows(tx, head, rows, "").await?;
    let head = "INSERT INTO order_items (order_id, line_no, product_id, name, name_en, unit_price, quantity, amount)";
    insert_rows(tx, head, item_rows, "").await
}

/// Orders under lock, in id order. One statement.
pub async fn lock_orders(tx: &mut Tx, ids: &[OrderId]) -> Result<Vec<OrderRow>, Fault> {
    let sql = Sql::new(
        "SELECT id, user_id, status, total_amount, discount_amount, final_amount, coupon_id, created_at, paid_at, \
         pending_at FROM orders WHERE id IN ",
    )
    .list(ids.iter().copied())
    .then(" ORDER BY id FOR UPDATE");
    tx.fetch_all(sql).await?.iter().map(order_row_of).collect()
}

/// An order as the stages and recovery see it.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub order: OrderSnapshot,
    pub paid_at: Option<Timestamp>,
    pub pending_at: Option<Timestamp>,
}

fn order_row_of(row: &Row) -> Result<OrderRow, Fault> {
    Ok(OrderRow {
        order: OrderSnapshot {
            id: row.id("id", OrderId::from_bytes)?,
            user_id: UserId::new(row.int("user_id")?),
            status: row.parsed("status", |text| text.parse().ok())?,
            total_amount: row.won("total_amount")?,
            discount_amount: row.won("discount_amount")?,
            final_amount: row.won("final_amount")?,
            coupon_id: row.maybe_int("coupon_id")?.map(CouponId::new),
            created_at: row.time("created_at")?,
        },
        paid_at: row.maybe_time("paid_at")?,
        pending_at: row.maybe_time("pending_at")?,
    })
}

/// The pieces each of these orders asks for, per product. Lines never change, so no lock is needed.
pub async fn list_stock_of(tx: &mut Tx, ids: &[OrderId]) -> Result<HashMap<OrderId, Vec<SoldLine>>, Fault> {
    let sql = Sql::new("SELECT order_id, product_id, quantity, amount FROM order_items WHERE order_id IN ")
        .list(ids.iter().copied());
    let mut lines: HashMap<OrderId, Vec<SoldLine>> = HashMap::new();
    for row in tx.fetch_all(sql).await? {
        let line = SoldLine {
            product_id: ProductId::new(row.int("product_id")?),
            quantity: row.int("quantity")?,
            amount: row.won("amount")?,
        };
        lines.entry(row.id("order_id", OrderId::from_bytes)?).or_default().push(line);
    }
    Ok(lines)
}

/// What one line of an order moves in the stock and the sales figures.
#[derive(Clone, Copy, Debug)]
pub struct SoldLine {
    pub product_id: ProductId,
    pub quantity: i64,
    pub amount: Won,
}

/// Moves orders from one status to the next; the guard is their old status.
pub async fn write_status(
    tx: &mut Tx,
    ids: &[OrderId],
    from: OrderStatus,
    to: OrderStatus,
    now: Timestamp,
) -> Result<(), Fault> {
    if ids.is_empty() {
        return Ok(());
    }
    if !from.may_become(to) {
        return Err(Fault::Broken(format!("an order never goes from {from} to {to}")));
    }
    let since = match to {
        OrderStatus::Paid => ", paid_at = ?",
        OrderStatus::Pending => ", pending_at = ?",
        _ => ", finished_at = ?",
    };
    let sql = Sql::new("UPDATE orders SET status = ?, version = version + 1")
        .then(since)
        // By id alone: the index of statuses leads to orders of other batches too, whose locks would be waited for.
        .then(" WHERE COALESCE(status, '') = ? AND id IN ")
        .bind(to)
        .bind(now)
        .bind(from)
        .list(ids.iter().copied());
    tx.execute_exactly(ids.len(), "orders that change their status", sql).await
}

/// Keeps why each of these orders was refused.
pub async fn write_refusals(tx: &mut Tx, refusals: &[(OrderId, &Refusal)]) -> Result<(), Fault> {
    if refusals.is_empty() {
        return Ok(());
    }
    let mut pairs = Vec::with_capacity(refusals.len());
    for (id, refusal) in refusals {
        pairs.push((*id, refusal_text(refusal)?));
    }
    let sql = Sql::new("UPDATE orders SET refusal = ")
        .case("id", pairs)
        .then(" WHERE id IN ")
        .list(refusals.iter().map(|(id, _)| *id));
    tx.execute_exactly(refusals.len(), "refused orders", sql).await
}

/// Keeps at which stage these orders failed.
pub async fn write_pending_cause(tx: &mut Tx, ids: &[OrderId], cause: &str) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE orders SET pending_cause = ? WHERE id IN ").bind(cause).list(ids.iter().copied());
    tx.execute_exactly(ids.len(), "pending orders", sql).await
}

/// How much stock moves, per product.
pub type StockMove = BTreeMap<ProductId, i64>;

/// Holds stock; the guard is that enough is free.
pub async fn write_reserved(tx: &mut Tx, moves: &StockMove) -> Result<(), Fault> {
    move_stock(tx, moves, |sql, moves| {
        sql.then("reserved_stock = reserved_stock + ")
            .case("id", moves.iter().copied())
            .then(" WHERE total_stock - reserved_stock >= ")
            .case("id", moves.iter().copied())
    })
    .await
}

/// Gives held stock back; the guard is that it was held.
pub async fn write_released(tx: &mut Tx, moves: &StockMove) -> Result<(), Fault> {
    move_stock(tx, moves, |sql, moves| {
        sql.then("reserved_stock = reserved_stock - ")
            .case("id", moves.iter().copied())
            .then(" WHERE reserved_stock >= ")
            .case("id", moves.iter().copied())
    })
    .await
}

/// Takes held stock out for good; the guard is that it was held.
pub async fn write_sold(tx: &mut Tx, moves: &StockMove) -> Result<(), Fault> {
    move_stock(tx, moves, |sql, moves| {
        sql.then("total_stock = total_stock - ")
            .case("id", moves.iter().copied())
            .then(", reserved_stock = reserved_stock - ")
            .case("id", moves.iter().copied())
            .then(" WHERE reserved_stock >= ")
            .case("id", moves.iter().copied())
    })
    .await
}

/// One statement per 2,000 products or so, in id order.
async fn move_stock(
    tx: &mut Tx,
    moves: &StockMove,
    change: impl Fn(Sql, &[(ProductId, i64)]) -> Sql,
) -> Result<(), Fault> {
    let moves: Vec<(ProductId, i64)> = moves.iter().map(|(product, quantity)| (*product, *quantity)).collect();
    const VALUES_PER_PRODUCT: usize = 7;
    for chunk in chunks_of(&moves, VALUES_PER_PRODUCT) {
        let sql = change(Sql::new("UPDATE products SET "), chunk)
            .then(" AND id IN ")
            .list(chunk.iter().map(|(product, _)| *product));
        tx.execute_exactly(chunk.len(), "products whose stock moves", sql).await?;
    }
    Ok(())
}

/// Adds what was sold to the hour's sales figures.
pub async fn write_sales(tx: &mut Tx, sales: &BTreeMap<ProductId, (i64, Won)>, hour: Timestamp) -> Result<(), Fault> {
    let rows = sales
        .iter()
        .map(|(product, (quantity, amount))| vec![hour.into(), (*product).into(), (*quantity).into(), (*amount).into()])
        .collect();
    let tail = dialect::add_to_sales_bucket(tx.engine());
    insert_rows(tx, "INSERT INTO sales_buckets (hour_start, product_id, quantity, amount)", rows, tail).await
}

pub(super) const ORDER_COLUMNS: &str = "SELECT id, user_id, status, total_amount, discount_amount, final_amount, coupon_code, \
                             refusal, consent_notice, created_at, paid_at, pending_at, finished_at FROM orders WHERE ";

/// One order with its lines, and what was given back of it.
pub async fn find_order(db: &Db, id: OrderId) -> Result<Option<Order>, Fault> {
    let Some(row) = db.fetch_optional(Sql::new(ORDER_COLUMNS).then("id = ?").bind(id)).await? else {
        return Ok(None);
    };
    let items = list_items(db, &[id]).await?.remove(&id).unwrap_or_default();
    let mut order = order_of(&row, items)?;
    if order.status.is_refunded() {
        order.refunds = refunds::list_order_refunds(db, &[id]).await?.remove(&id);
    }
    Ok(Some(order))
}

pub(super) fn order_of(row: &Row, items: Vec<OrderItem>) -> Result<Order, Fault> {
    let refusal = row.maybe_text("refusal")?;
    Ok(Order {
        id: row.id("id", OrderId::from_bytes)?,
        user_id: UserId::new(row.int("user_id")?),
        status: row.parsed("status", |text| text.parse().ok())?,
        total_amount: row.won("total_amount")?,
        discount_amount: row.won("discount_amount")?,
        final_amount: row.won("final_amount")?,
        coupon_code: coupon_code_of(row)?,
        items,
        refusal: refusal.as_deref().map(read_refusal).transpose()?,
        consent_notice: consent_of(row)?,
        created_at: row.time("created_at")?,
        paid_at: row.maybe_time("paid_at")?,
        pending_at: row.maybe_time("pending_at")?,
        finished_at: row.maybe_time("finished_at")?,
        refunds: None,
    })
}

fn consent_of(row: &Row) -> Result<Option<NoticeDigest>, Fault> {
    let Some(text) = row.maybe_text("consent_notice")? else { return Ok(None) };
    NoticeDigest::parse(&text).map(Some).ok_or_else(|| Fault::Broken("an order holds a bad notice".to_owned()))
}

fn coupon_code_of(row: &Row) -> Result<Option<CouponCode>, Fault> {
    let Some(text) = row.maybe_text("coupon_code")? else { return Ok(None) };
    CouponCode::parse(&text).map(Some).map_err(|_| Fault::Broken("an order holds a bad coupon code".to_owned()))
}

/// A user's orders, newest first. Two to four statements.
pub async fn list_orders(
    db: &Db,
    user: UserId,
    status: Option<OrderStatus>,
    page: &Page,
    now: Timestamp,
) -> Result<Slice<OrderSummary>, Error> {
    let last: Option<OrderId> = page.parsed_cursor()?;
    let wanted = page.limit.rows_and_one();
    let rows = walk_back(db, last.map_or(now, OrderId::moment), wanted, |least| {
        let mut sql = Sql::new(ORDER_COLUMNS).then("user_id = ? AND id >= ?").bind(user).bind(least);
        if let Some(status) = status {
            sql = sql.then(" AND status = ?").bind(status);
        }
        if let Some(last) = last {
            sql = sql.then(" AND id < ?").bind(last);
        }
        sql.then(" ORDER BY id DESC LIMIT ?").bind(wanted)
    })
    .await?;
    let orders = rows.iter().map(|row| order_of(row, Vec::new())).collect::<Result<Vec<_>, _>>()?;
    let slice = Slice::cut(orders, page.limit, |order| order.id.to_string());
    let ids: Vec<OrderId> = slice.items.iter().map(|order| order.id).collect();
    let mut items = list_items(db, &ids).await?;
    Ok(slice.map(|order| OrderSummary {
        items: items.remove(&order.id).unwrap_or_default(),
        id: order.id,
        status: order.status,
        total_amount: order.total_amount,
        discount_amount: order.discount_amount,
        final_amount: order.final_amount,
        coupon_code: order.coupon_code,
        created_at: order.created_at,
    }))
}

/// The lines of these orders, in their order. One statement.
pub async fn list_items(db: &Db, ids: &[OrderId]) -> Result<HashMap<OrderId, Vec<OrderItem>>, Fault> {
    let sql = Sql::new(
        "SELECT order_id, product_id, name, name_en, unit_price, quantity, amount FROM order_items WHERE order_id IN ",
    )
    .list(ids.iter().copied())
    .then(" ORDER BY order_id, line_no");
    let mut items: HashMap<OrderId, Vec<OrderItem>> = HashMap::new();
    for row in db.fetch_all(sql).await? {
        items.entry(row.id("order_id", OrderId::from_bytes)?).or_default().push(OrderItem {
            product_id: ProductId::new(row.int("product_id")?),
            name: row.text("name")?,
            name_en: row.text("name_en")?,
            unit_price: row.won("unit_price")?,
            quantity: row.int("quantity")?,
            amount: row.won("amount")?,
        });
    }
    Ok(items)
}

/// An order whose time in its status is over, where it stands among the others, and since when it has that status.
#[derive(Clone, Copy, Debug)]
pub struct OverdueRow {
    pub id: OrderId,
    created_at: Timestamp,
    pub since: Timestamp,
}

/// How many orders are PENDING, up to `most`, and since when the first of them.
pub async fn count_pending(db: &Db, most: i64) -> Result<(i64, Option<Timestamp>), Fault> {
    let sql = Sql::new(
        "SELECT COUNT(*) AS n, MIN(pending_at) AS since FROM \
         (SELECT pending_at FROM orders WHERE status = ? ORDER BY created_at LIMIT ?) p",
    );
    let row = db.fetch_optional(sql.bind(OrderStatus::Pending).bind(most)).await?;
    row.map_or(Ok((0, None)), |row| Ok((row.int("n")?, row.maybe_time("since")?)))
}

/// Orders that have had a status since `before`, or since a moment after `ahead_of`: their clock was set back. Those
/// that stand behind `after`, oldest first.
pub async fn list_overdue(
    db: &Db,
    status: OrderStatus,
    (before, ahead_of): (Timestamp, Timestamp),
    after: Option<&OverdueRow>,
    most: i64,
) -> Result<Vec<OverdueRow>, Fault> {
    let since = match status {
        OrderStatus::Paid => "paid_at",
        OrderStatus::Pending => "pending_at",
        _ => "created_at",
    };
    let mut sql = Sql::new(format!(
        "SELECT id, created_at, {since} AS since FROM orders WHERE status = ? AND ({since} <= ? OR {since} > ?)"
    ))
    .bind(status)
    .bind(before)
    .bind(ahead_of);
    if let Some(after) = after {
        sql = sql.then(" AND (created_at > ? OR (created_at = ? AND id > ?))");
        sql = sql.bind(after.created_at).bind(after.created_at).bind(after.id);
    }
    let rows = db.fetch_all(sql.then(" ORDER BY created_at, id LIMIT ?").bind(most)).await?;
    let row_of = |row: &Row| {
        let (created_at, since) = (row.time("created_at")?, row.time("since")?);
        Ok(OverdueRow { id: row.id("id", OrderId::from_bytes)?, created_at, since })
    };
    rows.iter().map(row_of).collect()
}

/// What the unfinished paid orders of each user may still give back (SPEC reading 3).
pub async fn sum_unfinished(tx: &mut Tx, users: &[UserId]) -> Result<HashMap<UserId, Won>, Fault> {
    let sql = Sql::new(
        "SELECT user_id, CAST(SUM(final_amount) AS SIGNED INTEGER) AS amount FROM orders \
         WHERE status IN ('PAID', 'PENDING') AND paid_at IS NOT NULL AND user_id IN ",
    )
    .list(users.iter().copied())
    .then(" GROUP BY user_id");
    let mut sums = HashMap::new();
    for row in tx.fetch_all(sql).await? {
        sums.insert(UserId::new(row.int("user_id")?), row.won("amount")?);
    }
    Ok(sums)
}

/// How many of this user's orders are still under way.
pub async fn count_unfinished(tx: &mut Tx, user: UserId) -> Result<i64, Fault> {
    let unfinished = OrderStatus::ALL.into_iter().filter(|status| status.is_unfinished());
    let sql = Sql::new("SELECT COUNT(*) AS orders FROM orders WHERE user_id = ? AND status IN ")
        .bind(user)
        .list(unfinished.map(OrderStatus::as_str));
    tx.fetch_optional(sql).await?.map_or(Ok(0), |row| row.int("orders"))
}
