//! Limits and blocks of one shopper (SPEC §9, readings 7, 9 and 11): what a request must pass before the
//! rules of the shop see it, and what its outcome counts.

use crate::error::Error;
use crate::id::UserId;
use crate::ports::{Limit, LimitAnswer};
use crate::shop::Shop;
use crate::watch;

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
        LimitAnswer::Taken { .. } => Ok(()),
        LimitAnswer::Full { retry_after } => {
            watch::limit_hit(key);
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
        Ok(Some(_)) => watch::block_began("shopper"),
        Ok(None) => {}
        Err(fault) => tracing::error!(%fault, "a refusal could not be counted"),
    }
}

fn failures_of(user: UserId) -> String {
    format!("failures:{user}")
}
