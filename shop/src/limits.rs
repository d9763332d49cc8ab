//! Limits and blocks of one shopper (SPEC §9, readings 7, 9 and 11): what a request must pass before the
//! rules of the shop see it, and what its outcome counts.

use crate::database::retried;
use crate::error::Error;
use crate::id::UserId;
use crate::ports::{FailureAnswer, Limit, LimitAnswer};
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::user::store as users;
use crate::watch;
use std::cell::Cell;
use std::time::Duration;

/// How a caller stands against a limit right after a request was counted or turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub limit: Limit,
    /// So many more fit now …
    pub left: u32,
    /// … and one more after this long.
    pub more_after: Duration,
}

tokio::task_local! {
    static STANDING: Cell<Option<Standing>>;
}

/// Does `work` and tells how its caller stands against the limit that it was counted under; `None` when
/// nothing was counted: no limit, a replay, or an end before that. What `work` spawns is not observed.
pub async fn observe<T>(work: impl Future<Output = T>) -> (T, Option<Standing>) {
    STANDING.scope(Cell::new(None), async { (work.await, STANDING.with(Cell::get)) }).await
}

/// Nobody may be observing.
fn tell(standing: Standing) {
    let _ = STANDING.try_with(|told| told.set(Some(standing)));
}

/// Refuses a shopper who is blocked after too many failures in a row.
pub async fn check_block(shop: &Shop, user: UserId) -> Result<(), Error> {
    let now = shop.now();
    match shop.ports().gate.find_block(&failures_of(user), now).await? {
        Some(until) => {
            watch::request_blocked("shopper");
            Err(Error::Blocked { retry_after: until.since(now) })
        }
        None => Ok(()),
    }
}

/// Counts one order against the user's limit.
pub async fn take_order(shop: &Shop, user: UserId) -> Result<(), Error> {
    take(shop, &format!("limit:order:{user}"), shop.settings().order_limit).await
}

/// Counts one claim against the user's limit.
pub async fn take_claim(shop: &Shop, user: UserId) -> Result<(), Error> {
    take(shop, &format!("limit:claim:{user}"), shop.settings().claim_limit).await
}

/// Counts one request of `key`; `None` is no limit.
pub async fn take(shop: &Shop, key: &str, limit: Option<Limit>) -> Result<(), Error> {
    let Some(limit) = limit else { return Ok(()) };
    match shop.ports().gate.take(key, limit, shop.now()).await? {
        LimitAnswer::Taken { left, more_after } => {
            tell(Standing { limit, left, more_after });
            Ok(())
        }
        LimitAnswer::Full { retry_after } => {
            watch::limit_hit(key);
            tell(Standing { limit, left: 0, more_after: retry_after });
            Err(Error::RateLimited { retry_after })
        }
    }
}

/// A success: the user's failures no longer count as "in a row".
pub async fn count_success(shop: &Shop, user: UserId) {
    if let Err(fault) = shop.ports().gate.forget_failures(&failures_of(user)).await {
        tracing::error!(%fault, "a success could not be counted");
    }
}

/// A refused order or claim: one more failure in a row, and a block at the last one. Faults of ours,
/// replays and malformed requests never come here.
pub async fn count_refusal(shop: &Shop, user: UserId) {
    let settings = shop.settings();
    let Some(most) = settings.failure_limit else { return };
    let counted = shop.ports().gate.count_failure(&failures_of(user), most, settings.failure_block, shop.now()).await;
    match counted {
        Ok(FailureAnswer::BlockBegan { until }) => {
            watch::block_began("shopper");
            note_block(shop, user, until).await;
        }
        Ok(FailureAnswer::Counted | FailureAnswer::Blocked { .. }) => {}
        Err(fault) => tracing::error!(%fault, "a refusal could not be counted"),
    }
}

/// Writes down for operators that a block began. It holds without that.
async fn note_block(shop: &Shop, user: UserId, until: Timestamp) {
    let now = shop.now();
    let noted = retried(|| async {
        let mut tx = shop.db().begin().await?;
        users::write_block(&mut tx, user, until, now).await?;
        tx.commit().await?;
        Ok(())
    });
    if let Err(fault) = noted.await {
        tracing::error!(%fault, "a block could not be noted for operators");
    }
}

pub(crate) fn failures_of(user: UserId) -> String {
    format!("failures:{user}")
}
