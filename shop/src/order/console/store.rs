//! Orders for operators in the database. Looking for orders takes two steps, so that no index is left behind at a
//! million orders: first ids alone, in the order of one index and from that index alone, then the rows of these ids.

use super::model::{Note, OrderFacts};
use super::rules::{EventSnapshot, LetterSnapshot};
use crate::database::{Db, Row, Sql, Tx, insert_rows};
use crate::error::Fault;
use crate::id::{CouponId, EventId, OrderId, PostingId, ProductId, UserId};
use crate::order::store::{ORDER_COLUMNS, order_of};
use crate::order::{Order, OrderItem, OrderStatus};
use crate::recovery::QueueCause;
use crate::time::Timestamp;
use crate::wallet::{Posting, PostingType};
use std::collections::HashMap;

/// Rows of one kind in one order's history. No order comes near it but by notes.
pub const MOST_OF_A_KIND: i64 = 500;

/// What every found order must be, whatever it was found by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    pub user: Option<UserId>,
    pub product: Option<ProductId>,
    pub status: Option<OrderStatus>,
    /// Placed at this moment or later.
    pub from: Option<Timestamp>,
    /// Placed before this moment.
    pub until: Option<Timestamp>,
}

/// Ids of orders by when they were placed, newest first, of one status or of all.
pub async fn list_ids_by_time(
    db: &Db,
    narrowing: &Narrowing,
    before: Option<(Timestamp, OrderId)>,
    most: i64,
) -> Result<Vec<(Timestamp, OrderId)>, Fault> {
    let mut sql = within_time(Sql::new("SELECT created_at, id FROM orders WHERE "), narrowing);
    if let Some((created_at, id)) = before {
        // The first half is what the index can begin at.
        sql = sql.then(" AND created_at <= ? AND (created_at < ? OR id < ?)");
        sql = sql.bind(created_at).bind(created_at).bind(id);
    }
    let rows = db.fetch_all(sql.then(" ORDER BY created_at DESC, id DESC LIMIT ?").bind(most)).await?;
    rows.iter().map(|row| Ok((row.time("created_at")?, row.id("id", OrderId::from_bytes)?))).collect()
}

/// How many orders of this status were placed in this time, up to `most`.
pub async fn count_by_time(db: &Db, narrowing: &Narrowing, most: i64) -> Result<i64, Fault> {
    let sql = within_time(Sql::new("SELECT COUNT(*) AS n FROM (SELECT id FROM orders WHERE "), narrowing);
    let row = db.fetch_optional(sql.then(" LIMIT ?) few").bind(most)).await?;
    row.map_or(Ok(0), |row| row.int("n"))
}

fn within_time(sql: Sql, narrowing: &Narrowing) -> Sql {
    let sql = match narrowing.status {
        Some(status) => sql.then("status = ? AND ").bind(status),
        None => sql,
    };
    let from = narrowing.from.unwrap_or(Timestamp::from_millis(i64::MIN));
    let sql = sql.then("created_at >= ?").bind(from);
    match narrowing.until {
        Some(until) => sql.then(" AND created_at < ?").bind(until),
        None => sql,
    }
}

/// Ids of a shopper's orders, newest first, below `before` when that is given.
pub async fn list_ids_of_user(
    db: &Db,
    user: UserId,
    before: Option<OrderId>,
    most: i64,
) -> Result<Vec<OrderId>, Fault> {
    let mut sql = Sql::new("SELECT id FROM orders WHERE user_id = ?").bind(user);
    if let Some(before) = before {
        sql = sql.then(" AND id < ?").bind(before);
    }
    let rows = db.fetch_all(sql.then(" ORDER BY id DESC LIMIT ?").bind(most)).await?;
    rows.iter().map(|row| row.id("id", OrderId::from_bytes)).collect()
}

/// Ids of the orders with this product, newest first, from `least` on and below `before` where these are given. An
/// order has a product once.
pub async fn list_ids_with_product(
    db: &Db,
    product: ProductId,
    (least, before): (Option<OrderId>, Option<OrderId>),
    most: i64,
) -> Result<Vec<OrderId>, Fault> {
    let mut sql = Sql::new("SELECT order_id FROM order_items WHERE product_id = ?").bind(product);
    if let Some(least) = least {
        sql = sql.then(" AND order_id >= ?").bind(least);
    }
    if let Some(before) = before {
        sql = sql.then(" AND order_id < ?").bind(before);
    }
    let rows = db.fetch_all(sql.then(" ORDER BY order_id DESC LIMIT ?").bind(most)).await?;
    rows.iter().map(|row| row.id("order_id", OrderId::from_bytes)).collect()
}

/// Those of these orders that are as narrowed down, without their lines, in no order. One statement, which finds them by
/// their ids alone: an engine that took the index of a status or a product instead would look at all there is of it.
pub async fn find_narrowed(db: &Db, ids: &[OrderId], narrowing: &Narrowing) -> Result<HashMap<OrderId, Order>, Fault> {
    let mut sql = Sql::new(ORDER_COLUMNS).then("id IN ").list(ids.iter().copied());
    if let Some(user) = narrowing.user {
        sql = sql.then(" AND COALESCE(user_id, 0) = ?").bind(user);
    }
    if let Some(status) = narrowing.status {
        sql = sql.then(" AND COALESCE(status, '') = ?").bind(status);
    }
    if let Some(from) = narrowing.from {
        sql = sql.then(" AND COALESCE(created_at, 0) >= ?").bind(from);
    }
    if let Some(until) = narrowing.until {
        sql = sql.then(" AND COALESCE(created_at, 0) < ?").bind(until);
    }
    if let Some(product) = narrowing.product {
        sql = sql
            .then(" AND EXISTS (SELECT 1 AS one FROM order_items i WHERE i.order_id = orders.id AND COALESCE(i.product_id, 0) = ?)");
        sql = sql.bind(product);
    }
    let rows = db.fetch_all(sql).await?;
    rows.iter().map(|row| order_of(row, Vec::new()).map(|order| (order.id, order))).collect()
}

/// Those of these orders that there are. One statement.
pub async fn find_ids(tx: &mut Tx, ids: &[OrderId]) -> Result<Vec<OrderId>, Fault> {
    let sql = Sql::new("SELECT id FROM orders WHERE id IN ").list(ids.iter().copied());
    tx.fetch_all(sql).await?.iter().map(|row| row.id("id", OrderId::from_bytes)).collect()
}

/// An order with its lines and what only operators see of it. Three statements.
pub async fn read_facts(tx: &mut Tx, id: OrderId) -> Result<Option<OrderFacts>, Fault> {
    let Some(row) = tx.fetch_optional(Sql::new(ORDER_COLUMNS).then("id = ?").bind(id)).await? else { return Ok(None) };
    let order = order_of(&row, read_items(tx, id).await?)?;
    let sql = Sql::new("SELECT coupon_id, pending_cause, version FROM orders WHERE id = ?").bind(id);
    let Some(row) = tx.fetch_optional(sql).await? else { return Ok(None) };
    let cause = row.maybe_text("pending_cause")?;
    Ok(Some(OrderFacts {
        coupon_id: row.maybe_int("coupon_id")?.map(CouponId::new),
        pending_cause: order.pending_at.map(|_| QueueCause::of(OrderStatus::Pending, cause.as_deref())),
        version: row.int("version")?,
        order,
    }))
}

async fn read_items(tx: &mut Tx, id: OrderId) -> Result<Vec<OrderItem>, Fault> {
    let sql = Sql::new(
        "SELECT product_id, name, name_en, unit_price, quantity, amount FROM order_items WHERE order_id = ? ORDER BY line_no",
    );
    let item_of = |row: &Row| {
        Ok(OrderItem {
            product_id: ProductId::new(row.int("product_id")?),
            name: row.text("name")?,
            name_en: row.text("name_en")?,
            unit_price: row.won("unit_price")?,
            quantity: row.int("quantity")?,
            amount: row.won("amount")?,
        })
    };
    tx.fetch_all(sql.bind(id)).await?.iter().map(item_of).collect()
}

/// Every posting of an order.
pub async fn read_postings(tx: &mut Tx, id: OrderId) -> Result<Vec<Posting>, Fault> {
    let sql = Sql::new(
        "SELECT id, type, amount, balance_after, order_id, created_at FROM point_transactions WHERE order_id = ? \
         ORDER BY id LIMIT ?",
    );
    let posting_of = |row: &Row| {
        Ok(Posting {
            id: row.id("id", PostingId::from_bytes)?,
            kind: row.parsed("type", PostingType::from_text)?,
            amount: row.won("amount")?,
            balance_after: row.won("balance_after")?,
            order_id: row.maybe_id("order_id", OrderId::from_bytes)?,
            created_at: row.time("created_at")?,
        })
    };
    tx.fetch_all(sql.bind(id).bind(MOST_OF_A_KIND)).await?.iter().map(posting_of).collect()
}

/// Every event of an order that the outbox still has.
pub async fn read_events(tx: &mut Tx, id: OrderId) -> Result<Vec<EventSnapshot>, Fault> {
    let sql =
        Sql::new("SELECT id, kind, created_at, sent_at FROM outbox WHERE order_id = ? ORDER BY place LIMIT ?").bind(id);
    let event_of = |row: &Row| {
        Ok(EventSnapshot {
            id: row.id("id", EventId::from_bytes)?,
            kind: row.text("kind")?,
            created_at: row.time("created_at")?,
            sent_at: row.maybe_time("sent_at")?,
        })
    };
    tx.fetch_all(sql.bind(MOST_OF_A_KIND)).await?.iter().map(event_of).collect()
}

/// The letters about an order that wait: its shopper's, of whom few do.
pub async fn read_letters(tx: &mut Tx, user: UserId, id: OrderId) -> Result<Vec<LetterSnapshot>, Fault> {
    let sql = Sql::new(
        "SELECT kind, created_at, due_at, tries FROM mail_queue WHERE user_id = ? AND order_id = ? ORDER BY id LIMIT ?",
    );
    let letter_of = |row: &Row| {
        Ok(LetterSnapshot {
            kind: row.text("kind")?,
            created_at: row.time("created_at")?,
            due_at: row.time("due_at")?,
            tries: row.int("tries")?,
        })
    };
    tx.fetch_all(sql.bind(user).bind(id).bind(MOST_OF_A_KIND)).await?.iter().map(letter_of).collect()
}

/// Whether the shopper's piece of this coupon belongs to another order by now, or to none.
pub async fn is_coupon_back(tx: &mut Tx, facts: &OrderFacts) -> Result<bool, Fault> {
    let Some(coupon) = facts.coupon_id else { return Ok(false) };
    let sql = Sql::new("SELECT order_id FROM user_coupons WHERE user_id = ? AND coupon_id = ?")
        .bind(facts.order.user_id)
        .bind(coupon);
    let Some(row) = tx.fetch_optional(sql).await? else { return Ok(false) };
    Ok(row.maybe_id("order_id", OrderId::from_bytes)? != Some(facts.order.id))
}

/// An order's newest notes, oldest of them first.
pub async fn read_notes(tx: &mut Tx, id: OrderId) -> Result<Vec<Note>, Fault> {
    let sql = Sql::new(
        "SELECT id, operator_id, body, created_at FROM order_notes WHERE order_id = ? ORDER BY id DESC LIMIT ?",
    );
    let note_of = |row: &Row| {
        Ok(Note {
            id: row.int("id")?,
            operator_id: UserId::new(row.int("operator_id")?),
            body: row.text("body")?,
            created_at: row.time("created_at")?,
        })
    };
    tx.fetch_all(sql.bind(id).bind(MOST_OF_A_KIND)).await?.iter().rev().map(note_of).collect()
}

/// Writes the same note to each of these orders.
pub async fn write_notes(
    tx: &mut Tx,
    operator: UserId,
    ids: &[OrderId],
    body: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let rows = ids.iter().map(|id| vec![(*id).into(), operator.into(), body.into(), now.into()]).collect();
    insert_rows(tx, "INSERT INTO order_notes (order_id, operator_id, body, created_at)", rows, "").await
}
