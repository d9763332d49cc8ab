//! Rankings that are kept for a while, as counting one reads all sales of its days.

use crate::error::Fault;
use crate::shop::Shop;
use crate::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A ranking stays as it is for so long at least, however many ask.
const FRESH: Duration = Duration::from_secs(1);
/// And for so many times as long as counting it took, so that no more than a twentieth of the time goes into it.
const FRESH_FOR_ITS_COST: u32 = 20;
/// No ranking is shown that was counted longer ago.
const OLDEST: Duration = Duration::from_secs(60);

/// A ranking, and when it was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<T> {
    pub ranking: T,
    pub counted_at: Timestamp,
    /// The first moment whose sales count.
    since: Timestamp,
    /// From here on it is worth counting anew.
    stale_at: Timestamp,
}

impl<T: Serialize + DeserializeOwned> Kept<T> {
    /// What is kept under `key` of the sales since then, or else what `count` says now. While one request counts anew,
    /// the others make do with what there was.
    pub async fn find_or_count(
        shop: &Shop,
        key: &str,
        since: Timestamp,
        count: impl AsyncFnOnce() -> Result<T, Fault>,
    ) -> Result<Self, Fault> {
        let stale = match Self::find(shop, key).await {
            Some(kept) if kept.since == since && shop.now() < kept.stale_at => return Ok(kept),
            stale => stale,
        };
        if let Ok(_turn) = shop.rankings().try_lock() {
            return Self::count(shop, key, since, count).await;
        }
        if let Some(kept) = stale {
            return Ok(kept);
        }
        drop(shop.rankings().lock().await);
        match Self::find(shop, key).await {
            Some(kept) => Ok(kept),
            // Whoever counted left nothing. All who waited count at once: one after the other, the last would wait
            // for as many failures as there are requests.
            None => Self::count(shop, key, since, count).await,
        }
    }

    async fn find(shop: &Shop, key: &str) -> Option<Self> {
        let kept = shop.ports().cache.find(key, shop.now()).await?;
        serde_json::from_slice(&kept).ok()
    }

    async fn count(
        shop: &Shop,
        key: &str,
        since: Timestamp,
        count: impl AsyncFnOnce() -> Result<T, Fault>,
    ) -> Result<Self, Fault> {
        let counted_at = shop.now();
        let ranking = count().await?;
        let now = shop.now();
        let fresh = (now.since(counted_at) * FRESH_FOR_ITS_COST).clamp(FRESH, OLDEST);
        let kept = Self { ranking, counted_at, since, stale_at: now.after(fresh) };
        if let Ok(bytes) = serde_json::to_vec(&kept) {
            shop.ports().cache.keep(key, bytes, OLDEST, now).await;
        }
        Ok(kept)
    }
}
