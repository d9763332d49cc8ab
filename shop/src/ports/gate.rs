//! The gate: what must be decided at once across all instances before the database is asked. It keeps the
//! stampede away; it never has the last word. Everything it forgets is rebuilt from the database.

use crate::error::Fault;
use crate::id::UserId;
use crate::time::Timestamp;
use async_trait::async_trait;
use serde::Serialize;
use std::time::Duration;

/// Failures in a row are forgotten after so long without another.
pub const FAILURES_KEPT: Duration = Duration::from_secs(24 * 3_600);

/// Requests may come in another order than they read the clock in, and the clocks of instances agree within less
/// than this. What was counted further ahead was counted before the clock was set back.
pub const CLOCKS_AGREE_WITHIN: Duration = Duration::from_secs(1);

/// At most `count` in any sliding window of `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub count: u32,
    pub window: Duration,
}

/// What the gate says to one more request under a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitAnswer {
    /// Counted. So many more fit into the window now, and one more after this long.
    Taken { left: u32, more_after: Duration },
    /// Not counted; one more fits after this long.
    Full { retry_after: Duration },
}

/// What the gate says to one more failure of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureAnswer {
    /// One more in a row.
    Counted,
    /// The last one allowed: a block began, and the row begins anew.
    BlockBegan { until: Timestamp },
    /// It came in before the block and failed under it. Counted to nothing: the block ends when it was said to.
    Blocked { until: Timestamp },
}

/// What the gate says to one who wants a piece of a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponAnswer {
    Taken,
    SoldOut,
    /// This shopper already took one.
    TakenBefore,
    /// The gate does not know how many are out: [`set_issued`](Gate::set_issued) it from the database and
    /// ask again.
    Unknown,
}

/// Proof of holding a lock: only its holder can release it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockToken {
    pub key: String,
    pub token: u64,
}

/// Which instance holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", content = "name", rename_all = "snake_case")]
pub enum HeldBy {
    ThisInstance,
    /// Another one, by the name that it gave itself.
    Instance(String),
    /// One whose program gives itself no name.
    Unnamed,
}

/// Who holds a lock, and until when at the latest: it frees itself then, whatever became of its holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LockHolder {
    pub held_by: HeldBy,
    pub until: Timestamp,
}

#[async_trait]
pub trait Gate: Send + Sync {
    /// Counts one request of `key` against its limit.
    async fn take(&self, key: &str, limit: Limit, now: Timestamp) -> Result<LimitAnswer, Fault>;

    /// Adds one consecutive failure to `key`; at `most` the key is blocked for `block` and counts anew. While it
    /// is blocked nothing is counted.
    async fn count_failure(
        &self,
        key: &str,
        most: u32,
        block: Duration,
        now: Timestamp,
    ) -> Result<FailureAnswer, Fault>;

    /// Forgets the consecutive failures of `key`. Does not end a block.
    async fn forget_failures(&self, key: &str) -> Result<(), Fault>;

    /// Until when `key` is blocked, when it is.
    async fn find_block(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>, Fault>;

    /// Ends a block of `key`, and the row of failures with it.
    async fn end_block(&self, key: &str) -> Result<(), Fault>;

    /// Takes one of a coupon's `total` pieces for this shopper, each shopper once.
    async fn take_coupon(&self, code: &str, user: UserId, total: i64) -> Result<CouponAnswer, Fault>;

    /// Puts this shopper's piece back, that was taken but not stored.
    async fn return_coupon(&self, code: &str, user: UserId) -> Result<(), Fault>;

    /// Tells how many pieces the database has issued, unless the gate already knows a count.
    async fn set_issued(&self, code: &str, issued: i64) -> Result<(), Fault>;

    /// Drops the count of a coupon, to be rebuilt from the database.
    async fn forget_coupon(&self, code: &str) -> Result<(), Fault>;

    /// Takes the lock `key` for `ttl`; `None` when another holds it.
    async fn lock(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<Option<LockToken>, Fault>;

    /// Who holds the lock `key` now, if anybody does. A look that changes nothing: by the time it is read, the lock may
    /// be somebody else's.
    async fn find_holder(&self, key: &str, now: Timestamp) -> Result<Option<LockHolder>, Fault>;

    /// Releases a lock, if it is still this holder's.
    async fn unlock(&self, token: &LockToken) -> Result<(), Fault>;
}
