//! Limits that count by address: registrations and logins. Those that count by account are the shop's.

use crate::address::ClientAddress;
use shop::ports::{Limit, LimitAnswer};
use shop::{Error, Shop};

/// Counts one more registration from this address.
///
/// # Errors
/// `rate_limited`.
pub async fn take_registration(shop: &Shop, address: ClientAddress) -> Result<(), Error> {
    take(shop, "register", address, shop.settings().register_limit).await
}

/// Counts one more login from this address, whether it will succeed or not.
///
/// # Errors
/// `rate_limited`.
pub async fn take_login(shop: &Shop, address: ClientAddress) -> Result<(), Error> {
    take(shop, "login", address, shop.settings().login_limit).await
}

async fn take(shop: &Shop, what: &str, address: ClientAddress, limit: Option<Limit>) -> Result<(), Error> {
    let Some(limit) = limit else { return Ok(()) };
    let key = format!("{what}:{}", address.limit_key());
    match shop.ports().gate.take(&key, limit, shop.now()).await? {
        LimitAnswer::Taken { .. } => Ok(()),
        LimitAnswer::Full { retry_after } => Err(Error::RateLimited { retry_after }),
    }
}
