//! "Bought together": a job that looks at every order once, some time after it was placed, and counts which
//! products met in it. Whether it is run once or a hundred times, by one instance or by three, each order
//! counts once: the mark that says how far it has come is locked first and written with the counts. What was given back
//! later counts too: that two products were bought together stays true, and no count depends on whether an operator
//! was faster than this job.

use super::store;
use crate::database::retried;
use crate::error::Error;
use crate::id::{OrderId, ProductId};
use crate::shop::Shop;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Orders looked at in one transaction …
const BATCH: i64 = 256;
/// … and transactions in one run: a shop with a long past catches up over several runs.
const MOST_BATCHES: usize = 40;
/// Of an order with more products than this only the first count: who buys half the shop says little of
/// what belongs together, and thirty products would make 870 pairs.
const MOST_PRODUCTS: usize = 10;
/// Younger orders may still be on their way; what is not done by then is never COMPLETED (SPEC reading 1).
const LEAST_SETTLING: Duration = Duration::from_secs(120);

/// Counts the orders that have settled since the last run; gives how many it looked at.
pub async fn count_pairs(shop: &Shop) -> Result<u64, Error> {
    let settling = LEAST_SETTLING.max(shop.settings().reservation_ttl * 2);
    let until = OrderId::new(shop.now().before(settling), [0; 10]);
    let mut looked_at = 0;
    for _ in 0..MOST_BATCHES {
        let count = retried(|| count_batch(shop, until)).await?;
        looked_at += count;
        if count < BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(looked_at)
}

async fn count_batch(shop: &Shop, until: OrderId) -> Result<u64, Error> {
    let mut tx = shop.db().begin().await?;
    let mark = store::lock_pair_mark(&mut tx).await?;
    let orders = store::list_orders_between(&mut tx, mark, until, BATCH).await?;
    let Some((last, _)) = orders.last() else { return Ok(0) };
    let last = *last;
    let sold: Vec<OrderId> = orders.iter().filter(|(_, status)| status.was_sold()).map(|(id, _)| *id).collect();
    let products = store::list_products_of(&mut tx, &sold).await?;
    store::write_pairs(&mut tx, &pairs_of(products.values())).await?;
    store::write_pair_mark(&mut tx, mark, last).await?;
    tx.commit().await?;
    Ok(u64::try_from(orders.len()).unwrap_or(u64::MAX))
}

/// In how many of these orders two products met, both ways round.
fn pairs_of<'a>(orders: impl Iterator<Item = &'a BTreeSet<ProductId>>) -> BTreeMap<(ProductId, ProductId), i64> {
    let mut pairs = BTreeMap::new();
    for products in orders {
        let products: Vec<ProductId> = products.iter().copied().take(MOST_PRODUCTS).collect();
        for product in &products {
            for other in products.iter().filter(|other| *other != product) {
                *pairs.entry((*product, *other)).or_default() += 1;
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(products: impl IntoIterator<Item = i64>) -> BTreeSet<ProductId> {
        products.into_iter().map(ProductId::new).collect()
    }

    #[test]
    fn two_products_meet_both_ways_round_and_none_meets_itself() {
        let orders = [order([1, 2]), order([2, 1, 3]), order([4]), order([])];
        let pairs: Vec<(i64, i64, i64)> =
            pairs_of(orders.iter()).into_iter().map(|((one, other), count)| (one.get(), other.get(), count)).collect();
        assert_eq!(pairs, [(1, 2, 2), (1, 3, 1), (2, 1, 2), (2, 3, 1), (3, 1, 1), (3, 2, 1)]);
    }

    #[test]
    fn a_huge_order_makes_a_bounded_number_of_pairs() {
        assert_eq!(pairs_of([order(1..=30)].iter()).len(), MOST_PRODUCTS * (MOST_PRODUCTS - 1));
    }
}
