//! Figures that are dear to count and may be a moment old. A cache never has the last word: what it forgets is
//! asked of the database again, and what it cannot do is not worth failing for.

use crate::time::Timestamp;
use async_trait::async_trait;
use std::time::Duration;

#[async_trait]
pub trait Cache: Send + Sync {
    /// What was kept under `key` and has not run out.
    async fn find(&self, key: &str, now: Timestamp) -> Option<Vec<u8>>;

    /// Keeps `value` under `key` for `ttl`, in the place of what was there.
    async fn keep(&self, key: &str, value: Vec<u8>, ttl: Duration, now: Timestamp);
}
