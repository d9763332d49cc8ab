//! What sells: quantities per product and hour, written by the confirming transaction, so that "popular
//! over three days" is a short sum and never a scan of orders. And what is bought together, counted some
//! time after the sale by [`pairs`]. How the shop does, minute by minute, is [`minutes`].

#[cfg(feature = "server")]
pub mod kept;
#[cfg(feature = "server")]
pub mod minutes;
#[cfg(feature = "server")]
pub mod pairs;
#[cfg(feature = "server")]
pub mod popular;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

/// So many orders must agree before two products are said to be bought together.
pub const LEAST_AGREEING_ORDERS: i64 = 3;
/// Popular means: over this many days, unless asked otherwise (SPEC §7).
pub const POPULAR_DAYS: i64 = 3;
/// The longest span popular products may be asked for.
pub const MOST_POPULAR_DAYS: i64 = 30;
