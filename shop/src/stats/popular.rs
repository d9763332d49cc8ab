//! What sells over the last days and whether that is more than over the days before, for operators: from the sales
//! buckets, of which refunds have been taken out, and of products that are no longer sold too.

use super::kept::Kept;
use super::service::days_before;
use super::{POPULAR_DAYS, store};
use crate::error::{Error, Fault};
use crate::id::ProductId;
use crate::operator::{Operator, Permission};
use crate::product::Category;
use crate::shop::Shop;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Places of a ranking.
const RANKED: i64 = 50;

/// What a ranking goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RankBy {
    #[default]
    Quantity,
    Sales,
}

impl RankBy {
    pub const ALL: [RankBy; 2] = [RankBy::Quantity, RankBy::Sales];

    pub fn as_str(self) -> &'static str {
        match self {
            RankBy::Quantity => "quantity",
            RankBy::Sales => "sales",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }
}

/// Pieces, and won before discounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sold {
    pub quantity: i64,
    pub amount: i64,
}

impl Sold {
    pub fn by(self, by: RankBy) -> i64 {
        match by {
            RankBy::Quantity => self.quantity,
            RankBy::Sales => self.amount,
        }
    }
}

/// A product and what was sold of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankedProduct {
    pub id: ProductId,
    pub name: String,
    pub name_en: String,
    pub category: Category,
    /// Over the last days.
    pub sold: Sold,
    /// Over as many days before.
    pub before: Sold,
}

impl RankedProduct {
    /// How much more it is than before, in thousandths of a percent; `None` when there was nothing before.
    pub fn trend(&self, by: RankBy) -> Option<i64> {
        let (now, before) = (self.sold.by(by), self.before.by(by));
        (before > 0).then(|| (now - before).saturating_mul(100_000) / before)
    }
}

/// What sold most over the last [`POPULAR_DAYS`] days, most first, as of a moment ago. Two statements when it is
/// counted anew.
///
/// # Errors
/// `Forbidden`.
pub async fn rank_products(
    shop: &Shop,
    operator: &Operator,
    by: RankBy,
    category: Option<Category>,
) -> Result<Kept<Vec<RankedProduct>>, Error> {
    operator.must(Permission::SeeConsole)?;
    let since = days_before(shop.now(), POPULAR_DAYS);
    let key = format!("ranked:{}:{}", by.as_str(), category.map_or("all", Category::as_str));
    Ok(Kept::find_or_count(shop, &key, since, async || count_ranking(shop, since, by, category).await).await?)
}

async fn count_ranking(
    shop: &Shop,
    since: Timestamp,
    by: RankBy,
    category: Option<Category>,
) -> Result<Vec<RankedProduct>, Fault> {
    const DAY: Duration = Duration::from_secs(86_400);
    let before = since.before(DAY * u32::try_from(POPULAR_DAYS).unwrap_or(0));
    let mut ranked = store::list_ranked(shop.db(), since, by, category, RANKED).await?;
    let ids: Vec<ProductId> = ranked.iter().map(|product| product.id).collect();
    let sold_before = store::sum_sold(shop.db(), &ids, before, since).await?;
    for product in &mut ranked {
        product.before = sold_before.get(&product.id).copied().unwrap_or_default();
    }
    Ok(ranked)
}
