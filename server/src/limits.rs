//! Limits that count by address: registrations and logins. The forms of `app` count under the same keys,
//! so that neither is a way around the other. Limits that count by account are the shop's.

use crate::address::ClientAddress;
use shop::limits::take;
use shop::{Error, Shop};

/// Counts one more registration from this address.
///
/// # Errors
/// `rate_limited`.
pub async fn take_registration(shop: &Shop, address: ClientAddress) -> Result<(), Error> {
    take(shop, &format!("register:{}", address.limit_key()), shop.settings().register_limit).await
}

/// Counts one more login from this address, whether it will succeed or not.
///
/// # Errors
/// `rate_limited`.
pub async fn take_login(shop: &Shop, address: ClientAddress) -> Result<(), Error> {
    take(shop, &format!("login:{}", address.limit_key()), shop.settings().login_limit).await
}
