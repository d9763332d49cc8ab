//! What callers ask of the sales figures.

use super::kept::Kept;
use super::{LEAST_AGREEING_ORDERS, MOST_POPULAR_DAYS};
use crate::error::{Error, Fault, FieldProblem};
use crate::id::ProductId;
use crate::page::PageLimit;
use crate::product::{Category, PopularProduct, Product, store};
use crate::shop::Shop;
use crate::time::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// Places of a ranking of a category: as many as anybody may ask for.
pub const RANKED: usize = PageLimit::MOST as usize;

/// What sold most over the last `days` days (1…30), most first: sales as of a moment ago, see [`Kept`];
/// prices, names and stock as they are.
///
/// # Errors
/// `Invalid` on `days`.
pub async fn list_popular(
    shop: &Shop,
    days: i64,
    category: Option<Category>,
    limit: usize,
) -> Result<Vec<PopularProduct>, Error> {
    if days < 1 {
        return Err(Error::invalid("days", FieldProblem::TooSmall { least: 1 }));
    }
    if days > MOST_POPULAR_DAYS {
        return Err(Error::invalid("days", FieldProblem::TooLarge { most: MOST_POPULAR_DAYS }));
    }
    let since = days_before(shop.now(), days);
    let key = format!("popular:{days}");
    let kept = Kept::find_or_count(shop, &key, since, async || {
        store::rank_for_sale(shop.db(), since, i64::try_from(RANKED).unwrap_or(i64::MAX)).await
    });
    let mut ranking = kept.await?.ranking;
    ranking.retain(|(_, of, _)| category.is_none_or(|category| category == *of));
    ranking.truncate(RANKED);
    Ok(with_products(shop, &ranking, category, limit).await?)
}

/// The first of a ranking that are still for sale and of this category, as they are now.
async fn with_products(
    shop: &Shop,
    ranking: &[(ProductId, Category, i64)],
    category: Option<Category>,
    limit: usize,
) -> Result<Vec<PopularProduct>, Fault> {
    let mut popular = Vec::new();
    // As a rule the first of these is all it takes.
    for places in ranking.chunks(limit.max(1)) {
        let ids: Vec<ProductId> = places.iter().map(|(id, ..)| *id).collect();
        let products = store::find_products(shop.db(), &ids).await?;
        let mut products: HashMap<ProductId, Product> = products.into_iter().map(|one| (one.id, one)).collect();
        popular.extend(places.iter().filter_map(|(id, _, sold)| {
            let product = products.remove(id).filter(|one| category.is_none_or(|category| category == one.category))?;
            Some(PopularProduct { product, quantity_sold: *sold })
        }));
        if popular.len() >= limit {
            break;
        }
    }
    popular.truncate(limit);
    Ok(popular)
}

/// What was bought together with a product in at least a few orders: what is in stock first, then what met
/// it most often. Active products only.
pub async fn list_bought_together(shop: &Shop, product: ProductId, limit: usize) -> Result<Vec<Product>, Error> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(store::list_bought_together(shop.db(), product, LEAST_AGREEING_ORDERS, most).await?)
}

/// The start of the hour so many days ago: buckets are whole hours.
pub fn days_before(now: Timestamp, days: i64) -> Timestamp {
    const DAY_SECONDS: u64 = 24 * 3600;
    let days = u64::try_from(days).unwrap_or(0);
    now.before(Duration::from_secs(days * DAY_SECONDS)).hour_start()
}
