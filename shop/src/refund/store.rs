//! Refunds in the database. Whoever writes here holds the order's lock, and whoever reads or writes what is owed to a
//! shopper the lock of their wallet; so no row of `refunds` is ever waited for.

use super::model::{OrderRefunds, OwedRefund, Refund, RefundedLine, RefundedPieces};
use super::rules::{LineSnapshot, PlannedLine};
use super::shares::PricedLine;
use crate::database::{Db, Row, Sql, Tx, insert_rows};
use crate::error::Fault;
use crate::id::{CouponId, OrderId, PostingId, ProductId, RefundId, UserId};
use crate::money::Won;
use crate::order::OrderStatus;
use crate::order::checkout::PieceKey;
use crate::time::Timestamp;
use crate::wallet::rules::WALLET_LIMIT;
use std::collections::{BTreeMap, HashMap};

/// An order as refunding sees it.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub user_id: UserId,
    pub status: OrderStatus,
    pub total_amount: Won,
    pub discount_amount: Won,
    pub final_amount: Won,
    pub coupon_id: Option<CouponId>,
    /// When it became COMPLETED, if it did: its pieces are in that hour's sales figures.
    pub finished_at: Option<Timestamp>,
}

impl OrderRow {
    /// The piece of a coupon this order paid with.
    pub fn piece_key(&self) -> Option<PieceKey> {
        self.coupon_id.map(|coupon| (self.user_id, coupon))
    }
}

/// One order, under lock when `lock` says so.
pub async fn read_order(tx: &mut Tx, id: OrderId, lock: bool) -> Result<Option<OrderRow>, Fault> {
    let sql = Sql::new(
        "SELECT user_id, status, total_amount, discount_amount, final_amount, coupon_id, finished_at FROM orders \
         WHERE id = ?",
    )
    .bind(id)
    .then(if lock { " FOR UPDATE" } else { "" });
    let order_of = |row: Row| {
        Ok(OrderRow {
            user_id: UserId::new(row.int("user_id")?),
            status: row.parsed("status", |text| text.parse().ok())?,
            total_amount: row.won("total_amount")?,
            discount_amount: row.won("discount_amount")?,
            final_amount: row.won("final_amount")?,
            coupon_id: row.maybe_int("coupon_id")?.map(CouponId::new),
            finished_at: row.maybe_time("finished_at")?,
        })
    };
    tx.fetch_optional(sql).await?.map(order_of).transpose()
}

/// The lines of an order in their order, and how many pieces of each were given back. Two statements.
pub async fn read_lines(tx: &mut Tx, id: OrderId) -> Result<Vec<LineSnapshot>, Fault> {
    let sql = Sql::new(
        "SELECT product_id, CAST(SUM(quantity) AS SIGNED INTEGER) AS quantity FROM refund_items WHERE order_id = ? \
         GROUP BY product_id",
    );
    let mut refunded: HashMap<ProductId, i64> = HashMap::new();
    for row in tx.fetch_all(sql.bind(id)).await? {
        refunded.insert(ProductId::new(row.int("product_id")?), row.int("quantity")?);
    }
    let sql = Sql::new("SELECT product_id, unit_price, quantity FROM order_items WHERE order_id = ? ORDER BY line_no")
        .bind(id);
    let line_of = |row: &Row| {
        let product_id = ProductId::new(row.int("product_id")?);
        let line = PricedLine { product_id, unit_price: row.won("unit_price")?, quantity: row.int("quantity")? };
        Ok(LineSnapshot { line, refunded: refunded.get(&product_id).copied().unwrap_or(0) })
    };
    tx.fetch_all(sql).await?.iter().map(line_of).collect()
}

/// How many refunds this order has.
pub async fn count_refunds(tx: &mut Tx, id: OrderId) -> Result<i64, Fault> {
    let sql = Sql::new("SELECT COUNT(*) AS refunds FROM refunds WHERE order_id = ?").bind(id);
    tx.fetch_optional(sql).await?.map_or(Ok(0), |row| row.int("refunds"))
}

/// Whether this account was closed. Who closes one holds its wallet's lock.
pub async fn is_closed(tx: &mut Tx, user: UserId) -> Result<bool, Fault> {
    let sql = Sql::new("SELECT 1 AS one FROM users WHERE id = ? AND closed_at IS NOT NULL").bind(user);
    Ok(tx.fetch_optional(sql).await?.is_some())
}

/// The refunds of these users that wait for room in their wallets: what a charge must leave room for.
pub async fn sum_owed(tx: &mut Tx, users: &[UserId]) -> Result<HashMap<UserId, Won>, Fault> {
    let sql = Sql::new(
        "SELECT user_id, CAST(SUM(amount) AS SIGNED INTEGER) AS amount FROM refunds \
         WHERE credited_at IS NULL AND user_id IN ",
    )
    .list(users.iter().copied())
    .then(" GROUP BY user_id");
    let mut sums = HashMap::new();
    for row in tx.fetch_all(sql).await? {
        sums.insert(UserId::new(row.int("user_id")?), row.won("amount")?);
    }
    Ok(sums)
}

/// A refund that is decided and not yet written.
pub struct NewRefund<'a> {
    pub id: RefundId,
    pub order_id: OrderId,
    pub number: i64,
    pub user_id: UserId,
    pub operator_id: UserId,
    pub reason: &'a str,
    pub amount: Won,
    pub lines: &'a [PlannedLine],
    pub coupon_returned: bool,
    /// `None` when it is owed.
    pub credited_at: Option<Timestamp>,
    /// `None` when it is owed or there is nothing to credit.
    pub posting_id: Option<PostingId>,
}

/// Writes a refund and its lines. Two statements.
pub async fn write_refund(tx: &mut Tx, new: &NewRefund<'_>, now: Timestamp) -> Result<(), Fault> {
    let row = vec![
        new.id.into(),
        new.order_id.into(),
        new.number.into(),
        new.user_id.into(),
        new.operator_id.into(),
        new.reason.into(),
        new.amount.into(),
        new.coupon_returned.into(),
        now.into(),
        new.credited_at.map(Timestamp::millis).into(),
        new.posting_id.map(PostingId::bytes).into(),
    ];
    let head = "INSERT INTO refunds (id, order_id, refund_no, user_id, operator_id, reason, amount, coupon_returned, \
                created_at, credited_at, posting_id)";
    insert_rows(tx, head, vec![row], "").await?;
    let row_of = |line: &PlannedLine| {
        let (order, number) = (new.order_id.into(), new.number.into());
        vec![order, line.product_id.into(), number, line.quantity.into(), line.amount.into()]
    };
    let head = "INSERT INTO refund_items (order_id, product_id, refund_no, quantity, amount)";
    insert_rows(tx, head, new.lines.iter().map(row_of).collect(), "").await
}

/// Moves a refunded order to its status, or on within it; the guard is its old status. It stays finished when it was
/// completed.
pub async fn write_status(tx: &mut Tx, id: OrderId, from: OrderStatus, to: OrderStatus) -> Result<(), Fault> {
    if from != to && !from.may_become(to) {
        return Err(Fault::Broken(format!("an order never goes from {from} to {to}")));
    }
    let sql = Sql::new("UPDATE orders SET status = ?, version = version + 1 WHERE COALESCE(status, '') = ? AND id = ?")
        .bind(to)
        .bind(from)
        .bind(id);
    tx.execute_exactly(1, "the refunded order", sql).await
}

/// Takes what was given back out of the sales figures of the hour in which it was sold; the guard is that it is there.
pub async fn write_sales_back(tx: &mut Tx, lines: &[PlannedLine], hour: Timestamp) -> Result<(), Fault> {
    let quantities = || lines.iter().map(|line| (line.product_id, line.quantity));
    let sql = Sql::new("UPDATE sales_buckets SET quantity = quantity - ")
        .case("product_id", quantities())
        .then(", amount = amount - ")
        .case("product_id", lines.iter().map(|line| (line.product_id, line.price)))
        .then(" WHERE quantity >= ")
        .case("product_id", quantities())
        .then(" AND hour_start = ? AND product_id IN ")
        .bind(hour)
        .list(lines.iter().map(|line| line.product_id));
    tx.execute_exactly(lines.len(), "sales figures that lose a refund", sql).await
}

const REFUND_COLUMNS: &str = "SELECT id, order_id, refund_no, user_id, operator_id, reason, amount, coupon_returned, \
                              created_at, credited_at FROM refunds WHERE ";

/// One refund by its id.
pub async fn find_refund(db: &Db, id: RefundId) -> Result<Option<Refund>, Fault> {
    let Some(row) = db.fetch_optional(Sql::new(REFUND_COLUMNS).then("id = ?").bind(id)).await? else {
        return Ok(None);
    };
    let mut refunds = with_lines(db, &[row]).await?;
    Ok(refunds.pop())
}

/// The refunds of an order, the first one first. An order has no more of them than pieces.
pub async fn list_refunds(db: &Db, order: OrderId) -> Result<Vec<Refund>, Fault> {
    let sql = Sql::new(REFUND_COLUMNS).then("order_id = ? ORDER BY refund_no").bind(order);
    let rows = db.fetch_all(sql).await?;
    with_lines(db, &rows).await
}

/// Refunds of one order with their lines.
async fn with_lines(db: &Db, rows: &[Row]) -> Result<Vec<Refund>, Fault> {
    let mut refunds = rows.iter().map(refund_of).collect::<Result<Vec<_>, _>>()?;
    let Some(order) = refunds.first().map(|refund| refund.order_id) else { return Ok(refunds) };
    let sql = Sql::new(
        "SELECT product_id, refund_no, quantity, amount FROM refund_items WHERE order_id = ? ORDER BY product_id",
    );
    for row in db.fetch_all(sql.bind(order)).await? {
        let number = row.int("refund_no")?;
        let line = RefundedLine {
            product_id: ProductId::new(row.int("product_id")?),
            quantity: row.int("quantity")?,
            amount: row.won("amount")?,
        };
        refunds.iter_mut().filter(|refund| refund.number == number).for_each(|refund| refund.lines.push(line));
    }
    Ok(refunds)
}

fn refund_of(row: &Row) -> Result<Refund, Fault> {
    Ok(Refund {
        id: row.id("id", RefundId::from_bytes)?,
        order_id: row.id("order_id", OrderId::from_bytes)?,
        number: row.int("refund_no")?,
        user_id: UserId::new(row.int("user_id")?),
        operator_id: UserId::new(row.int("operator_id")?),
        reason: row.text("reason")?,
        amount: row.won("amount")?,
        lines: Vec::new(),
        coupon_returned: row.flag("coupon_returned")?,
        created_at: row.time("created_at")?,
        credited_at: row.maybe_time("credited_at")?,
    })
}

/// What was given back of each of these orders, if anything. Two statements.
pub async fn list_order_refunds(db: &Db, orders: &[OrderId]) -> Result<HashMap<OrderId, OrderRefunds>, Fault> {
    let sql = Sql::new(
        "SELECT order_id, CAST(SUM(amount) AS SIGNED INTEGER) AS amount, \
         CAST(SUM(CASE WHEN credited_at IS NULL THEN amount ELSE 0 END) AS SIGNED INTEGER) AS owed, \
         MAX(coupon_returned) AS coupon_returned, MAX(created_at) AS last_at FROM refunds WHERE order_id IN ",
    )
    .list(orders.iter().copied())
    .then(" GROUP BY order_id");
    let mut refunds = HashMap::new();
    for row in db.fetch_all(sql).await? {
        let of_order = OrderRefunds {
            amount: row.won("amount")?,
            owed: row.won("owed")?,
            coupon_returned: row.flag("coupon_returned")?,
            last_at: row.time("last_at")?,
            lines: BTreeMap::new(),
        };
        refunds.insert(row.id("order_id", OrderId::from_bytes)?, of_order);
    }
    let sql = Sql::new(
        "SELECT order_id, product_id, CAST(SUM(quantity) AS SIGNED INTEGER) AS quantity, \
         CAST(SUM(amount) AS SIGNED INTEGER) AS amount FROM refund_items WHERE order_id IN ",
    )
    .list(orders.iter().copied())
    .then(" GROUP BY order_id, product_id");
    for row in db.fetch_all(sql).await? {
        let pieces = RefundedPieces { quantity: row.int("quantity")?, amount: row.won("amount")? };
        if let Some(of_order) = refunds.get_mut(&row.id("order_id", OrderId::from_bytes)?) {
            of_order.lines.insert(ProductId::new(row.int("product_id")?), pieces);
        }
    }
    Ok(refunds)
}

/// A refund that reached its wallet.
#[derive(Clone, Debug)]
pub struct PostedRefund {
    pub id: RefundId,
    pub order_id: OrderId,
    pub number: i64,
    pub reason: String,
    pub posting_id: PostingId,
}

/// What reached its wallet of these orders' refunds.
pub async fn find_posted(db: &Db, orders: &[OrderId]) -> Result<Vec<PostedRefund>, Fault> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let sql = Sql::new(
        "SELECT id, order_id, refund_no, reason, posting_id FROM refunds WHERE posting_id IS NOT NULL AND order_id IN ",
    )
    .list(orders.iter().copied());
    let posted_of = |row: &Row| {
        Ok(PostedRefund {
            id: row.id("id", RefundId::from_bytes)?,
            order_id: row.id("order_id", OrderId::from_bytes)?,
            number: row.int("refund_no")?,
            reason: row.text("reason")?,
            posting_id: row.id("posting_id", PostingId::from_bytes)?,
        })
    };
    db.fetch_all(sql).await?.iter().map(posted_of).collect()
}

const OWED_COLUMNS: &str = "SELECT id, order_id, refund_no, amount, created_at FROM refunds \
                            WHERE credited_at IS NULL AND user_id = ? ORDER BY id LIMIT ?";

fn owed_of(row: &Row) -> Result<OwedRefund, Fault> {
    Ok(OwedRefund {
        id: row.id("id", RefundId::from_bytes)?,
        order_id: row.id("order_id", OrderId::from_bytes)?,
        number: row.int("refund_no")?,
        amount: row.won("amount")?,
        created_at: row.time("created_at")?,
    })
}

/// What is owed to a shopper, oldest first.
pub async fn list_owed(db: &Db, user: UserId, most: i64) -> Result<Vec<OwedRefund>, Fault> {
    let sql = Sql::new(OWED_COLUMNS).bind(user).bind(most);
    db.fetch_all(sql).await?.iter().map(owed_of).collect()
}

/// The same, for whoever holds the wallet's lock.
pub async fn read_owed(tx: &mut Tx, user: UserId, most: i64) -> Result<Vec<OwedRefund>, Fault> {
    let sql = Sql::new(OWED_COLUMNS).bind(user).bind(most);
    tx.fetch_all(sql).await?.iter().map(owed_of).collect()
}

/// All that is owed to a shopper, outside of any lock.
pub async fn find_owed(db: &Db, user: UserId) -> Result<Won, Fault> {
    let sql = Sql::new(
        "SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED INTEGER) AS amount FROM refunds \
         WHERE credited_at IS NULL AND user_id = ?",
    );
    db.fetch_optional(sql.bind(user)).await?.map_or(Ok(Won::ZERO), |row| row.won("amount"))
}

/// Shoppers after one, in their order, whose wallets may have room for something that is owed to them. Closed accounts
/// are left out: nobody spends what their wallets hold.
pub async fn list_creditable(db: &Db, after: UserId, most: i64) -> Result<Vec<UserId>, Fault> {
    let sql = Sql::new(
        "SELECT DISTINCT r.user_id FROM refunds r JOIN wallets w ON w.user_id = r.user_id \
         JOIN users u ON u.id = r.user_id \
         WHERE r.credited_at IS NULL AND r.user_id > ? AND u.closed_at IS NULL AND w.balance + r.amount <= ? \
         ORDER BY r.user_id LIMIT ?",
    )
    .bind(after)
    .bind(WALLET_LIMIT)
    .bind(most);
    db.fetch_all(sql).await?.iter().map(|row| Ok(UserId::new(row.int("user_id")?))).collect()
}

/// Notes that these refunds are in their wallets now; the guard is that they waited.
pub async fn write_credited(tx: &mut Tx, credited: &[(RefundId, PostingId)], now: Timestamp) -> Result<(), Fault> {
    if credited.is_empty() {
        return Ok(());
    }
    let sql = Sql::new("UPDATE refunds SET credited_at = ?, posting_id = ")
        .bind(now)
        .case("id", credited.iter().copied())
        .then(" WHERE credited_at IS NULL AND id IN ")
        .list(credited.iter().map(|(refund, _)| *refund));
    tx.execute_exactly(credited.len(), "refunds that are credited", sql).await
}
