//! What callers ask of the sales figures.

use super::{LEAST_AGREEING_ORDERS, MOST_POPULAR_DAYS};
use crate::error::{Error, FieldProblem};
use crate::id::ProductId;
use crate::product::{Category, PopularProduct, Product, store};
use crate::shop::Shop;
use crate::time::Timestamp;
use std::time::Duration;

/// What sold most over the last `days` days (1…30), most first.
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
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(store::list_popular(shop.db(), days_before(shop.now(), days), category, most).await?)
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
