//! Products in the database. Their stock is moved by `order/store.rs`.

use super::images::store::add_pictures;
use super::model::{Category, Product, ProductDraft, ProductQuery, ProductSort};
use crate::database::{Db, Engine, Row, Sql, Tx, chunks_of, dialect, insert_rows};
use crate::error::{Error, Fault, FieldProblem};
use crate::id::{ProductId, UserId};
use crate::order::checkout::ProductSnapshot;
use crate::page::{PageLimit, Slice};
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashMap};

pub(super) const PRODUCT_COLUMNS: &str = "p.id, p.sku, p.category, p.name, p.name_en, p.creator, p.summary, p.summary_en, \
                               p.description, p.description_en, p.cover, p.price, p.total_stock, p.reserved_stock, \
                               p.is_active, p.created_at";

pub(super) fn product_of(row: &Row) -> Result<Product, Fault> {
    let total_stock = row.int("total_stock")?;
    let reserved_stock = row.int("reserved_stock")?;
    Ok(Product {
        id: ProductId::new(row.int("id")?),
        sku: row.text("sku")?,
        category: row.parsed("category", Category::from_text)?,
        name: row.text("name")?,
        name_en: row.text("name_en")?,
        creator: row.text("creator")?,
        summary: row.text("summary")?,
        summary_en: row.text("summary_en")?,
        description: row.text("description")?,
        description_en: row.text("description_en")?,
        cover: row.text("cover")?,
        price: row.won("price")?,
        total_stock,
        reserved_stock,
        available_stock: total_stock - reserved_stock,
        is_active: row.flag("is_active")?,
        created_at: row.time("created_at")?,
        picture: None,
    })
}

/// Quantities sold since a moment, per product: the inner table of every "popular".
const SOLD_SINCE: &str = "(SELECT product_id, CAST(SUM(quantity) AS SIGNED INTEGER) AS sold \
                          FROM sales_buckets WHERE hour_start >= ? GROUP BY product_id)";

/// Active products as asked. `popular` counts what was sold since `popular_since`.
pub async fn list_products(db: &Db, query: &ProductQuery, popular_since: Timestamp) -> Result<Slice<Product>, Error> {
    let mut sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS}, "));
    // What the list is sorted by; the id, newest first, breaks ties.
    let key = match query.sort {
        ProductSort::Newest => "p.id",
        ProductSort::PriceAsc | ProductSort::PriceDesc => "p.price",
        ProductSort::Popular => "COALESCE(s.sold, 0)",
    };
    sql = sql.then(key).then(" AS sort_key FROM products p");
    if query.sort == ProductSort::Popular {
        sql = sql.then(" LEFT JOIN ").then(SOLD_SINCE).then(" s ON s.product_id = p.id").bind(popular_since);
    }
    sql = with_filter(sql, db.engine(), query);
    let ascending = query.sort == ProductSort::PriceAsc;
    if let Some(cursor) = &query.page.cursor {
        let (last_key, last_id) = read_cursor(cursor)?;
        let beyond = if ascending { ">" } else { "<" };
        sql = sql
            .then(&format!(" AND ({key} {beyond} ? OR ({key} = ? AND p.id < ?))"))
            .bind(last_key)
            .bind(last_key)
            .bind(last_id);
    }
    let direction = if ascending { "ASC" } else { "DESC" };
    sql = sql.then(&format!(" ORDER BY {key} {direction}, p.id DESC LIMIT ?")).bind(query.page.limit.rows_and_one());
    let rows = db.fetch_all(sql).await?;
    let products =
        rows.iter().map(|row| Ok((row.int("sort_key")?, product_of(row)?))).collect::<Result<Vec<_>, Fault>>()?;
    let mut found = cut_products(products, query.page.limit);
    add_pictures(db, found.items.iter_mut().collect()).await?;
    Ok(found)
}

/// How many active products match, counted up to `most`.
pub async fn count_products(db: &Db, query: &ProductQuery, most: i64) -> Result<i64, Fault> {
    let found = with_filter(Sql::new("SELECT COUNT(*) AS n FROM (SELECT p.id FROM products p"), db.engine(), query);
    let sql = found.then(" LIMIT ?) found").bind(most);
    db.fetch_optional(sql).await?.map_or(Ok(0), |row| row.int("n"))
}

/// Which products a query is about, whatever their order.
fn with_filter(mut sql: Sql, engine: Engine, query: &ProductQuery) -> Sql {
    sql = sql.then(" WHERE p.is_active = 1");
    if let Some(category) = query.category {
        sql = sql.then(" AND p.category = ?").bind(category.as_str());
    }
    if let Some(text) = &query.text {
        let pattern = format!("%{}%", escape_like(text));
        sql = sql.then(" AND (");
        for (index, column) in ["name", "name_en", "summary", "summary_en", "creator"].iter().enumerate() {
            let contains = dialect::contains(engine, &format!("p.{column}"));
            sql = sql.then(if index == 0 { "" } else { " OR " }).then(&contains).bind(pattern.as_str());
        }
        sql = sql.then(")");
    }
    sql
}

/// When active products with ids from one to another came in, in id order. For maps of the shop.
pub async fn list_arrivals(db: &Db, after: ProductId, upto: ProductId) -> Result<Vec<(ProductId, Timestamp)>, Fault> {
    let sql = Sql::new("SELECT id, created_at FROM products WHERE is_active = 1 AND id > ? AND id <= ? ORDER BY id")
        .bind(after)
        .bind(upto);
    db.fetch_all(sql).await?.iter().map(|row| Ok((ProductId::new(row.int("id")?), row.time("created_at")?))).collect()
}

/// The ids of these skus.
pub async fn find_ids(db: &Db, skus: &[&str]) -> Result<HashMap<String, ProductId>, Fault> {
    let sql = Sql::new("SELECT id, sku FROM products WHERE sku IN ").list(skus.iter().copied());
    db.fetch_all(sql).await?.iter().map(|row| Ok((row.text("sku")?, ProductId::new(row.int("id")?)))).collect()
}

/// The greatest id of an active product.
pub async fn find_last_id(db: &Db) -> Result<Option<ProductId>, Fault> {
    let sql = Sql::new("SELECT id FROM products WHERE is_active = 1 ORDER BY id DESC LIMIT 1");
    db.fetch_optional(sql).await?.map(|row| row.int("id").map(ProductId::new)).transpose()
}

/// Cuts products, each with what the list is sorted by, to a page whose cursor [`list_products`] goes on from.
pub fn cut_products(products: Vec<(i64, Product)>, limit: PageLimit) -> Slice<Product> {
    Slice::cut(products, limit, |(key, product)| format!("{key}.{}", product.id)).map(|(_, product)| product)
}

fn read_cursor(cursor: &str) -> Result<(i64, i64), Error> {
    cursor
        .split_once('.')
        .and_then(|(key, id)| Some((key.parse().ok()?, id.parse().ok()?)))
        .ok_or_else(|| Error::invalid("cursor", FieldProblem::Malformed))
}

/// Makes `%`, `_` and `!` stand for themselves: what a shopper types is a literal substring.
pub(crate) fn escape_like(text: &str) -> String {
    text.chars().flat_map(|c| if matches!(c, '%' | '_' | '!') { vec!['!', c] } else { vec![c] }).collect()
}

/// Active products of these ids, in id order.
pub async fn find_products(db: &Db, ids: &[ProductId]) -> Result<Vec<Product>, Fault> {
    let sql = Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p WHERE p.is_active = 1 AND p.id IN "))
        .list(ids.iter().copied())
        .then(" ORDER BY p.id");
    with_pictures(db, sql).await
}

/// The products that a statement gives, with the pictures on their covers.
async fn with_pictures(db: &Db, sql: Sql) -> Result<Vec<Product>, Fault> {
    let mut products = db.fetch_all(sql).await?.iter().map(product_of).collect::<Result<Vec<_>, _>>()?;
    add_pictures(db, products.iter_mut().collect()).await?;
    Ok(products)
}

/// Of each category the active products of which most was sold since then, and how much; most first.
pub async fn rank_for_sale(
    db: &Db,
    since: Timestamp,
    most_of_each: i64,
) -> Result<Vec<(ProductId, Category, i64)>, Fault> {
    let sql = Sql::new(format!(
        "SELECT id, category, sold FROM (SELECT p.id AS id, p.category AS category, s.sold AS sold, \
         ROW_NUMBER() OVER (PARTITION BY p.category ORDER BY s.sold DESC, p.id DESC) AS place \
         FROM {SOLD_SINCE} s JOIN products p ON p.id = s.product_id WHERE p.is_active = 1 AND s.sold > 0) ranked \
         WHERE place <= ? ORDER BY sold DESC, id DESC"
    ));
    let place_of = |row: &Row| {
        let category = row.parsed("category", Category::from_text)?;
        Ok((ProductId::new(row.int("id")?), category, row.int("sold")?))
    };
    db.fetch_all(sql.bind(since).bind(most_of_each)).await?.iter().map(place_of).collect()
}

/// Active products as asked but these, newest first.
pub async fn list_others(db: &Db, query: &ProductQuery, but: &[ProductId], most: usize) -> Result<Vec<Product>, Fault> {
    let mut sql = with_filter(Sql::new(format!("SELECT {PRODUCT_COLUMNS} FROM products p")), db.engine(), query);
    if !but.is_empty() {
        sql = sql.then(" AND p.id NOT IN ").list(but.iter().copied());
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    with_pictures(db, sql.then(" ORDER BY p.id DESC LIMIT ?").bind(most)).await
}

/// Active products that met this one in at least so many orders: in stock first, then most often.
pub async fn list_bought_together(db: &Db, id: ProductId, least_orders: i64, most: i64) -> Result<Vec<Product>, Fault> {
    let sql = Sql::new(format!(
        "SELECT {PRODUCT_COLUMNS} FROM product_pairs m JOIN products p ON p.id = m.other_id \
         WHERE m.product_id = ? AND m.order_count >= ? AND p.is_active = 1 \
         ORDER BY CASE WHEN p.total_stock > p.reserved_stock THEN 0 ELSE 1 END, m.order_count DESC, p.id DESC LIMIT ?"
    ))
    .bind(id)
    .bind(least_orders)
    .bind(most);
    with_pictures(db, sql).await
}

/// Products under lock, in id order. One statement.
pub async fn lock_products(tx: &mut Tx, ids: &[ProductId]) -> Result<BTreeMap<ProductId, ProductSnapshot>, Fault> {
    let sql = Sql::new("SELECT id, name, name_en, price, total_stock - reserved_stock AS available, is_active FROM products WHERE id IN ")
        .list(ids.iter().copied())
        .then(" ORDER BY id FOR UPDATE");
    let mut products = BTreeMap::new();
    for row in tx.fetch_all(sql).await? {
        let snapshot = ProductSnapshot {
            name: row.text("name")?,
            name_en: row.text("name_en")?,
            price: row.won("price")?,
            available: row.int("available")?,
            is_active: row.flag("is_active")?,
        };
        products.insert(ProductId::new(row.int("id")?), snapshot);
    }
    Ok(products)
}

/// A stored product's place and stock.
#[derive(Clone, Copy, Debug)]
pub struct StockRow {
    pub id: ProductId,
    pub total_stock: i64,
    pub reserved_stock: i64,
}

/// The products of these skus under lock, in id order.
pub async fn lock_skus(tx: &mut Tx, skus: &[&str]) -> Result<HashMap<String, StockRow>, Fault> {
    let mut found = HashMap::new();
    for chunk in chunks_of(skus, 1) {
        let sql = Sql::new("SELECT id, sku, total_stock, reserved_stock FROM products WHERE sku IN ")
            .list(chunk.iter().copied())
            .then(" ORDER BY id FOR UPDATE");
        for row in tx.fetch_all(sql).await? {
            let stock = StockRow {
                id: ProductId::new(row.int("id")?),
                total_stock: row.int("total_stock")?,
                reserved_stock: row.int("reserved_stock")?,
            };
            found.insert(row.text("sku")?, stock);
        }
    }
    Ok(found)
}

/// Inserts new products with an empty stock: pieces come in as supplies.
pub async fn write_new_products(tx: &mut Tx, drafts: &[&ProductDraft], now: Timestamp) -> Result<(), Fault> {
    let rows = drafts
        .iter()
        .map(|draft| {
            vec![
                draft.sku.as_str().into(),
                draft.category.as_str().into(),
                draft.name.as_str().into(),
                draft.name_en.as_str().into(),
                draft.creator.as_str().into(),
                draft.summary.as_str().into(),
                draft.summary_en.as_str().into(),
                draft.description.as_str().into(),
                draft.description_en.as_str().into(),
                draft.cover.as_str().into(),
                draft.price.into(),
                0i64.into(),
                draft.is_active.into(),
                now.into(),
            ]
        })
        .collect();
    let head = "INSERT INTO products (sku, category, name, name_en, creator, summary, summary_en, description, \
                description_en, cover, price, total_stock, is_active, created_at)";
    insert_rows(tx, head, rows, "").await
}

/// Overwrites everything of a product but its stock. One statement a product: imports are rare.
pub async fn write_product(tx: &mut Tx, id: ProductId, draft: &ProductDraft) -> Result<(), Fault> {
    let sql = Sql::new(
        "UPDATE products SET category = ?, name = ?, name_en = ?, creator = ?, summary = ?, summary_en = ?, \
         description = ?, description_en = ?, cover = ?, price = ?, is_active = ? WHERE id = ?",
    )
    .bind(draft.category.as_str())
    .bind(draft.name.as_str())
    .bind(draft.name_en.as_str())
    .bind(draft.creator.as_str())
    .bind(draft.summary.as_str())
    .bind(draft.summary_en.as_str())
    .bind(draft.description.as_str())
    .bind(draft.description_en.as_str())
    .bind(draft.cover.as_str())
    .bind(draft.price)
    .bind(draft.is_active)
    .bind(id);
    tx.execute_exactly(1, "the product that changes", sql).await
}

pub async fn write_is_active(tx: &mut Tx, id: ProductId, is_active: bool) -> Result<(), Fault> {
    let sql = Sql::new("UPDATE products SET is_active = ? WHERE id = ?").bind(is_active).bind(id);
    tx.execute_exactly(1, "the product that is for sale or not", sql).await
}

/// Brings pieces in (or takes them out) and keeps why; the guard is the schema's own check of the stock.
pub async fn write_supplies(
    tx: &mut Tx,
    supplies: &[(ProductId, i64)],
    reason: &str,
    operator: Option<UserId>,
    now: Timestamp,
) -> Result<(), Fault> {
    let operator = operator.map(UserId::get);
    let rows = supplies
        .iter()
        .map(|(product, quantity)| {
            vec![(*product).into(), (*quantity).into(), reason.into(), operator.into(), now.into()]
        })
        .collect();
    let head = "INSERT INTO stock_supplies (product_id, quantity, reason, operator_id, created_at)";
    insert_rows(tx, head, rows, "").await?;
    const VALUES_PER_PRODUCT: usize = 3;
    for chunk in chunks_of(supplies, VALUES_PER_PRODUCT) {
        let sql = Sql::new("UPDATE products SET total_stock = total_stock + ")
            .case("id", chunk.iter().copied())
            .then(" WHERE id IN ")
            .list(chunk.iter().map(|(product, _)| *product));
        tx.execute_exactly(chunk.len(), "products that are supplied", sql).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::escape_like;

    #[test]
    fn what_a_shopper_types_stands_for_itself() {
        assert_eq!(escape_like("100%_!'\\"), "100!%!_!!'\\");
    }
}
