//! Products in the database, for operators.

use super::draft::LongTexts;
use super::model::{Movement, ProductFilter, ProductStanding};
use crate::database::{Db, Row, Sql, Tx, dialect};
use crate::error::{Error, Fault};
use crate::id::{ProductId, UserId};
use crate::page::{Page, Slice};
use crate::product::Product;
use crate::product::images::store::add_pictures;
use crate::product::store::{PRODUCT_COLUMNS, escape_like, product_of};
use crate::time::Timestamp;
use std::collections::HashMap;

/// All products as asked, newest first.
pub async fn list(db: &Db, filter: &ProductFilter, page: &Page) -> Result<Slice<Product>, Error> {
    let last: Option<ProductId> = page.parsed_cursor()?;
    let mut sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p WHERE p.id < ?"))
        .bind(last.map_or(i64::MAX, ProductId::get));
    if let Some(category) = filter.category {
        sql = sql.then(" AND p.category = ?").bind(category.as_str());
    }
    sql = sql.then(match filter.standing {
        None => "",
        Some(ProductStanding::ForSale) => " AND p.is_active = 1 AND p.total_stock > p.reserved_stock",
        Some(ProductStanding::SoldOut) => " AND p.is_active = 1 AND p.total_stock = p.reserved_stock",
        Some(ProductStanding::Retired) => " AND p.is_active = 0",
    });
    if let Some(text) = &filter.text {
        let pattern = format!("%{}%", escape_like(text));
        sql = sql.then(" AND (");
        for (index, column) in ["sku", "name", "name_en", "creator"].iter().enumerate() {
            let contains = dialect::contains(db.engine(), &format!("p.{column}"));
            sql = sql.then(if index == 0 { "" } else { " OR " }).then(&contains).bind(pattern.as_str());
        }
        sql = sql.then(")");
    }
    let sql = sql.then(" ORDER BY p.id DESC LIMIT ?").bind(page.limit.rows_and_one());
    let products = db.fetch_all(sql).await?.iter().map(product_of).collect::<Result<Vec<_>, _>>()?;
    let mut found = Slice::cut(products, page.limit, |product: &Product| product.id.to_string());
    add_pictures(db, found.items.iter_mut().collect()).await?;
    Ok(found)
}

/// All products after this one, in id order.
pub async fn list_after(db: &Db, after: ProductId, most: i64) -> Result<Vec<Product>, Fault> {
    let sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p WHERE p.id > ? ORDER BY p.id LIMIT ?"))
        .bind(after)
        .bind(most);
    db.fetch_all(sql).await?.iter().map(product_of).collect()
}

pub async fn find(db: &Db, id: ProductId) -> Result<Option<Product>, Fault> {
    let sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p WHERE p.id = ?")).bind(id);
    db.fetch_optional(sql).await?.as_ref().map(product_of).transpose()
}

pub async fn lock(tx: &mut Tx, id: ProductId) -> Result<Option<Product>, Fault> {
    let sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p WHERE p.id = ? FOR UPDATE")).bind(id);
    tx.fetch_optional(sql).await?.as_ref().map(product_of).transpose()
}

/// The products of these skus.
pub async fn find_by_sku(db: &Db, skus: &[String]) -> Result<HashMap<String, Product>, Fault> {
    let sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p WHERE p.sku IN "))
        .list(skus.iter().map(String::as_str));
    db.fetch_all(sql).await?.iter().map(|row| product_of(row).map(|product| (product.sku.clone(), product))).collect()
}

/// The same under lock, in id order. One statement: no file has more lines than a statement takes values.
pub async fn lock_by_sku(tx: &mut Tx, skus: &[String]) -> Result<HashMap<String, Product>, Fault> {
    let sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p WHERE p.sku IN "))
        .list(skus.iter().map(String::as_str))
        .then(" ORDER BY p.id FOR UPDATE");
    tx.fetch_all(sql).await?.iter().map(|row| product_of(row).map(|product| (product.sku.clone(), product))).collect()
}

pub async fn write_file(tx: &mut Tx, digest: [u8; 32], by: UserId, bytes: &[u8], now: Timestamp) -> Result<(), Fault> {
    let sql = Sql::new("INSERT INTO product_imports (digest, operator_id, created_at, bytes) VALUES (?, ?, ?, ?)")
        .bind(digest)
        .bind(by)
        .bind(now)
        .bind(bytes);
    tx.execute_exactly(1, "the file that is kept", sql).await
}

pub async fn find_file(db: &Db, digest: [u8; 32]) -> Result<Option<Vec<u8>>, Fault> {
    let sql = Sql::new("SELECT bytes FROM product_imports WHERE digest = ?").bind(digest);
    db.fetch_optional(sql).await?.map(|row| row.bytes("bytes")).transpose()
}

/// Forgets a file; gives how many there were of it.
pub async fn forget_file(tx: &mut Tx, digest: [u8; 32]) -> Result<u64, Fault> {
    tx.execute(Sql::new("DELETE FROM product_imports WHERE digest = ?").bind(digest)).await
}

/// Forgets the files that were kept before this.
pub async fn forget_files(tx: &mut Tx, before: Timestamp) -> Result<u64, Fault> {
    tx.execute(Sql::new("DELETE FROM product_imports WHERE created_at < ?").bind(before)).await
}

/// Of a product that is not made yet, it is number 0.
fn number_of(product: Option<ProductId>) -> i64 {
    product.map_or(0, ProductId::get)
}

pub async fn write_draft(
    tx: &mut Tx,
    by: UserId,
    product: Option<ProductId>,
    texts: &LongTexts,
    now: Timestamp,
) -> Result<(), Fault> {
    let json = serde_json::to_string(texts).map_err(|error| Fault::Other(error.to_string()))?;
    let sql = Sql::new("REPLACE INTO product_drafts (operator_id, product_id, created_at, texts) VALUES (?, ?, ?, ?)")
        .bind(by)
        .bind(number_of(product))
        .bind(now)
        .bind(json);
    tx.execute(sql).await?;
    Ok(())
}

/// What this operator typed since then.
pub async fn find_draft(
    db: &Db,
    by: UserId,
    product: Option<ProductId>,
    since: Timestamp,
) -> Result<Option<LongTexts>, Fault> {
    let sql = Sql::new("SELECT texts FROM product_drafts WHERE operator_id = ? AND product_id = ? AND created_at >= ?")
        .bind(by)
        .bind(number_of(product))
        .bind(since);
    let row = db.fetch_optional(sql).await?;
    row.map(|row| row.parsed("texts", |json| serde_json::from_str(json).ok())).transpose()
}

/// Forgets what was typed before this.
pub async fn forget_drafts(tx: &mut Tx, before: Timestamp) -> Result<u64, Fault> {
    tx.execute(Sql::new("DELETE FROM product_drafts WHERE created_at < ?").bind(before)).await
}

/// The newest movement of a product's stock; 0: there was none.
pub async fn read_last_movement(tx: &mut Tx, id: ProductId) -> Result<i64, Fault> {
    let sql = Sql::new("SELECT COALESCE(MAX(id), 0) AS n FROM stock_supplies WHERE product_id = ?").bind(id);
    tx.fetch_optional(sql).await?.map_or(Ok(0), |row| row.int("n"))
}

/// How many pieces ever came in, how many were taken out, and the newest movement.
pub async fn sum_movements(db: &Db, id: ProductId) -> Result<(i64, i64, i64), Fault> {
    let sql = Sql::new(
        "SELECT CAST(COALESCE(SUM(CASE WHEN quantity > 0 THEN quantity ELSE 0 END), 0) AS SIGNED INTEGER) AS came_in, \
         CAST(COALESCE(SUM(CASE WHEN quantity < 0 THEN -quantity ELSE 0 END), 0) AS SIGNED INTEGER) AS taken_out, \
         COALESCE(MAX(id), 0) AS last_id FROM stock_supplies WHERE product_id = ?",
    )
    .bind(id);
    let row = db.fetch_optional(sql).await?.ok_or_else(|| Fault::Broken("a sum without a row".to_owned()))?;
    Ok((row.int("came_in")?, row.int("taken_out")?, row.int("last_id")?))
}

/// A product's movements, newest first.
pub async fn list_movements(db: &Db, id: ProductId, page: &Page) -> Result<Slice<Movement>, Error> {
    let last: Option<i64> = page.parsed_cursor()?;
    let sql = Sql::new(
        "SELECT s.id, s.quantity, s.reason, s.operator_id, u.name AS operator_name, s.created_at \
         FROM stock_supplies s LEFT JOIN users u ON u.id = s.operator_id \
         WHERE s.product_id = ? AND s.id < ? ORDER BY s.id DESC LIMIT ?",
    )
    .bind(id)
    .bind(last.unwrap_or(i64::MAX))
    .bind(page.limit.rows_and_one());
    let movements = db.fetch_all(sql).await?.iter().map(movement_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(movements, page.limit, |movement| movement.id.to_string()))
}

fn movement_of(row: &Row) -> Result<Movement, Fault> {
    Ok(Movement {
        id: row.int("id")?,
        quantity: row.int("quantity")?,
        reason: row.text("reason")?,
        operator_id: row.maybe_int("operator_id")?.map(UserId::new),
        operator_name: row.maybe_text("operator_name")?,
        created_at: row.time("created_at")?,
    })
}
