//! An empty shop filled for a load test: many shoppers with full wallets, plenty of goods, one scarce
//! product, one scarce coupon; or one that has sold for a month ([`history`]). Every row is one that the shop itself could have written, so that `verify`
//! holds before the first request as after the last.

pub mod history;
pub mod service;
mod store;

/// Products 1…100 each have so many pieces.
pub const PLENTY: i64 = 1_000_000_000;
/// So many products have plenty.
pub const PLENTIFUL_PRODUCTS: i64 = 100;
/// The product after those has so many pieces.
pub const SCARCE: i64 = 500;
/// What each product costs, in won.
pub const PRICE: i64 = 1_000;
/// The scarce coupon: so many percent …
pub const COUPON_PERCENT: i64 = 10;
/// … for so many shoppers.
pub const COUPON_PIECES: i64 = 100;
/// Its code.
pub const COUPON: &str = "FCFS100";
