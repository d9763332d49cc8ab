//! Figures in the database that are counted after the sale. Sales buckets are written by the sale itself,
//! in `order/store.rs`, and read with their products, in `product/store.rs`.

use super::popular::{RankBy, RankedProduct, Sold};
use crate::database::{Db, Row, Sql, Tx, dialect, insert_rows};
use crate::error::Fault;
use crate::id::{OrderId, ProductId};
use crate::order::OrderStatus;
use crate::product::Category;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const PAIRS: &str = "product_pairs";

/// The last order that was counted, under lock.
pub async fn lock_pair_mark(tx: &mut Tx) -> Result<OrderId, Fault> {
    let sql = Sql::new("SELECT mark FROM job_marks WHERE name = ? FOR UPDATE").bind(PAIRS);
    let row = tx.fetch_optional(sql).await?;
    row.ok_or_else(|| Fault::Broken("the mark of the pairs is gone".to_owned()))?.id("mark", OrderId::from_bytes)
}

/// Moves the mark on; the guard is where it stood.
pub async fn write_pair_mark(tx: &mut Tx, from: OrderId, to: OrderId) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE job_marks SET mark = ? WHERE name = ? AND mark = ?").bind(to).bind(PAIRS).bind(from);
    tx.execute_exactly(1, "the mark of the pairs", sql).await
}

/// Orders after one and before another, oldest first. Ids begin with their time, so that only the months
/// in between are looked at.
pub async fn list_orders_between(
    tx: &mut Tx,
    after: OrderId,
    before: OrderId,
    most: i64,
) -> Result<Vec<(OrderId, OrderStatus)>, Fault> {
    let sql = Sql::new("SELECT id, status FROM orders WHERE id > ? AND id < ? ORDER BY id LIMIT ?")
        .bind(after)
        .bind(before)
        .bind(most);
    let read = |row: &Row| Ok((row.id("id", OrderId::from_bytes)?, row.parsed("status", |text| text.parse().ok())?));
    tx.fetch_all(sql).await?.iter().map(read).collect()
}

/// The products of each of these orders.
pub async fn list_products_of(tx: &mut Tx, ids: &[OrderId]) -> Result<HashMap<OrderId, BTreeSet<ProductId>>, Fault> {
    let sql = Sql::new("SELECT order_id, product_id FROM order_items WHERE order_id IN ").list(ids.iter().copied());
    let mut products: HashMap<OrderId, BTreeSet<ProductId>> = HashMap::new();
    for row in tx.fetch_all(sql).await? {
        let order = row.id("order_id", OrderId::from_bytes)?;
        products.entry(order).or_default().insert(ProductId::new(row.int("product_id")?));
    }
    Ok(products)
}

/// Adds to how often products met.
pub async fn write_pairs(tx: &mut Tx, pairs: &BTreeMap<(ProductId, ProductId), i64>) -> Result<(), Fault> {
    let rows =
        pairs.iter().map(|((one, other), count)| vec![(*one).into(), (*other).into(), (*count).into()]).collect();
    let tail = dialect::add_to_pairs(tx.engine());
    insert_rows(tx, "INSERT INTO product_pairs (product_id, other_id, order_count)", rows, tail).await
}

/// Products of which something was sold since then, most first. The buckets are summed up before products are looked
/// at.
pub async fn list_ranked(
    db: &Db,
    since: Timestamp,
    by: RankBy,
    category: Option<Category>,
    most: i64,
) -> Result<Vec<RankedProduct>, Fault> {
    let mut sql = Sql::new(
        "SELECT p.id, p.name, p.name_en, p.category, s.quantity, s.amount FROM \
         (SELECT product_id, CAST(SUM(quantity) AS SIGNED INTEGER) AS quantity, \
         CAST(SUM(amount) AS SIGNED INTEGER) AS amount \
         FROM sales_buckets WHERE hour_start >= ? GROUP BY product_id) s \
         JOIN products p ON p.id = s.product_id WHERE s.quantity > 0",
    )
    .bind(since);
    if let Some(category) = category {
        sql = sql.then(" AND p.category = ?").bind(category.as_str());
    }
    let sql = sql.then(match by {
        RankBy::Quantity => " ORDER BY s.quantity DESC, s.amount DESC, p.id LIMIT ?",
        RankBy::Sales => " ORDER BY s.amount DESC, s.quantity DESC, p.id LIMIT ?",
    });
    let ranked_of = |row: &Row| {
        Ok(RankedProduct {
            id: ProductId::new(row.int("id")?),
            name: row.text("name")?,
            name_en: row.text("name_en")?,
            category: row.parsed("category", Category::from_text)?,
            sold: Sold { quantity: row.int("quantity")?, amount: row.int("amount")? },
            before: Sold::default(),
        })
    };
    db.fetch_all(sql.bind(most)).await?.iter().map(ranked_of).collect()
}

/// What was sold of these products from one moment to another.
pub async fn sum_sold(
    db: &Db,
    ids: &[ProductId],
    from: Timestamp,
    until: Timestamp,
) -> Result<HashMap<ProductId, Sold>, Fault> {
    let sql = Sql::new(
        "SELECT product_id, CAST(SUM(quantity) AS SIGNED INTEGER) AS quantity, \
         CAST(SUM(amount) AS SIGNED INTEGER) AS amount FROM sales_buckets \
         WHERE hour_start >= ? AND hour_start < ? AND product_id IN ",
    )
    .bind(from)
    .bind(until)
    .list(ids.iter().copied())
    .then(" GROUP BY product_id");
    let sold_of = |row: &Row| {
        let sold = Sold { quantity: row.int("quantity")?, amount: row.int("amount")? };
        Ok((ProductId::new(row.int("product_id")?), sold))
    };
    db.fetch_all(sql).await?.iter().map(sold_of).collect()
}
