//! What callers ask of products.

use super::model::{Product, ProductDraft, ProductQuery, ProductSort};
use super::rules::find_draft_problems;
use super::store;
use crate::database::retried;
use crate::error::{Error, FieldProblem};
use crate::id::ProductId;
use crate::page::Slice;
use crate::shop::Shop;
use crate::stats::POPULAR_DAYS;
use crate::stats::service::{RANKED, days_before, list_popular};
use crate::time::Timestamp;
use std::collections::HashMap;

/// The longest text a search takes.
pub const MOST_SEARCH: usize = 100;

/// Active products as asked.
///
/// # Errors
/// `Invalid` on `q` or `cursor`.
pub async fn list_products(shop: &Shop, query: &ProductQuery) -> Result<Slice<Product>, Error> {
    if query.text.as_ref().is_some_and(|text| text.chars().count() > MOST_SEARCH) {
        let most = i64::try_from(MOST_SEARCH).unwrap_or(i64::MAX);
        return Err(Error::invalid("q", FieldProblem::TooLong { most }));
    }
    if query.text.as_ref().is_some_and(|text| text.contains('\0')) {
        // No text of a product holds one, and SQLite would take a pattern to end there.
        return Ok(Slice { items: Vec::new(), next_cursor: None });
    }
    if query.sort == ProductSort::Popular
        && query.page.cursor.is_none()
        && query.text.is_none()
        && let Some(first) = list_most_popular(shop, query).await?
    {
        return Ok(first);
    }
    store::list_products(shop.db(), query, days_before(shop.now(), POPULAR_DAYS)).await
}

/// The first page by popularity, by the ranking that is kept: nearly everybody reads that one alone, and summing up all
/// sales for it is dear. `None` where the ranking is shorter than the page and does not tell that nothing else was sold.
async fn list_most_popular(shop: &Shop, query: &ProductQuery) -> Result<Option<Slice<Product>>, Error> {
    let wanted = query.page.limit.rows() + 1;
    let popular = list_popular(shop, POPULAR_DAYS, query.category, wanted).await?;
    let mut found: Vec<(i64, Product)> = popular.into_iter().map(|one| (one.quantity_sold, one.product)).collect();
    if found.len() < wanted {
        if found.len() >= RANKED {
            return Ok(None);
        }
        let sold: Vec<ProductId> = found.iter().map(|(_, product)| product.id).collect();
        let others = store::list_others(shop.db(), query, &sold, wanted - found.len()).await?;
        found.extend(others.into_iter().map(|product| (0, product)));
    }
    Ok(Some(store::cut_products(found, query.page.limit)))
}

/// How many active products match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    Exactly(i64),
    /// Nobody reads on that far.
    MoreThan(i64),
}

/// Counts what [`list_products`] would list, as far as it is worth knowing.
pub async fn count_products(shop: &Shop, query: &ProductQuery) -> Result<Matches, Error> {
    const WORTH_KNOWING: i64 = 1_000;
    let count = store::count_products(shop.db(), query, WORTH_KNOWING + 1).await?;
    Ok(if count > WORTH_KNOWING { Matches::MoreThan(WORTH_KNOWING) } else { Matches::Exactly(count) })
}

/// The most products one part of a map of the shop names.
pub const MOST_IN_PART: i64 = 50_000;

/// How many parts a map of the shop has; each stands for a fixed range of ids, so that none ever overflows.
pub async fn count_parts(shop: &Shop) -> Result<i64, Error> {
    let last = store::find_last_id(shop.db()).await?.map_or(0, ProductId::get);
    Ok(last.unsigned_abs().div_ceil(MOST_IN_PART.unsigned_abs()).try_into().unwrap_or(i64::MAX))
}

/// The active products of part 1, 2, … and when they came in.
pub async fn list_part(shop: &Shop, part: i64) -> Result<Vec<(ProductId, Timestamp)>, Error> {
    let upto = part.saturating_mul(MOST_IN_PART);
    let after = upto.saturating_sub(MOST_IN_PART);
    Ok(store::list_arrivals(shop.db(), ProductId::new(after), ProductId::new(upto)).await?)
}

/// An active product.
pub async fn find_product(shop: &Shop, id: ProductId) -> Result<Option<Product>, Error> {
    Ok(store::find_products(shop.db(), &[id]).await?.pop())
}

/// The active ones among these, in id order.
pub async fn find_products(shop: &Shop, ids: &[ProductId]) -> Result<Vec<Product>, Error> {
    Ok(store::find_products(shop.db(), ids).await?)
}

/// The ids of these skus, active or not; unknown ones are left out.
pub async fn find_by_sku(shop: &Shop, skus: &[&str]) -> Result<HashMap<String, ProductId>, Error> {
    Ok(store::find_ids(shop.db(), skus).await?)
}

/// How many products were added and changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavedProducts {
    pub added: u64,
    pub updated: u64,
}

/// Adds or changes products by their sku, all or none. A changed stock comes in or goes out as a supply.
///
/// # Errors
/// `Invalid` naming `products[i].field`; also when a stock would fall below what is reserved.
pub async fn save_products(shop: &Shop, drafts: Vec<ProductDraft>) -> Result<SavedProducts, Error> {
    let mut problems = Vec::new();
    let mut seen = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        for mut problem in find_draft_problems(draft) {
            problem.field = format!("products[{index}].{}", problem.field);
            problems.push(problem);
        }
        if seen.insert(draft.sku.as_str(), index).is_some() {
            problems.push(crate::FieldError::new(format!("products[{index}].sku"), FieldProblem::Mismatch));
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    retried(|| save_checked(shop, &drafts)).await
}

async fn save_checked(shop: &Shop, drafts: &[ProductDraft]) -> Result<SavedProducts, Error> {
    let now = shop.now();
    let mut tx = shop.db().begin().await?;
    let skus: Vec<&str> = drafts.iter().map(|draft| draft.sku.as_str()).collect();
    let before = store::lock_skus(&mut tx, &skus).await?;
    let new: Vec<&ProductDraft> = drafts.iter().filter(|draft| !before.contains_key(&draft.sku)).collect();
    store::write_new_products(&mut tx, &new, now).await?;
    let rows = store::lock_skus(&mut tx, &skus).await?;
    let mut supplies = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        let row = rows.get(&draft.sku).ok_or_else(|| crate::Fault::Broken(format!("product {} is gone", draft.sku)))?;
        if draft.total_stock < row.reserved_stock {
            let least = FieldProblem::TooSmall { least: row.reserved_stock };
            return Err(Error::invalid(format!("products[{index}].stock"), least));
        }
        if draft.total_stock != row.total_stock {
            supplies.push((row.id, draft.total_stock - row.total_stock));
        }
        if before.contains_key(&draft.sku) {
            store::write_product(&mut tx, row.id, draft).await?;
        }
    }
    supplies.sort_unstable();
    store::write_supplies(&mut tx, &supplies, "import", None, now).await?;
    tx.commit().await?;
    let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    Ok(SavedProducts { added: count(new.len()), updated: count(drafts.len() - new.len()) })
}
