//! What sells: quantities per product and hour, written by the confirming transaction, so that "popular
//! over three days" is a short sum and never a scan of orders.

#[cfg(feature = "server")]
pub mod service;

/// Popular means: over this many days, unless asked otherwise (SPEC §7).
pub const POPULAR_DAYS: i64 = 3;
/// The longest span popular products may be asked for.
pub const MOST_POPULAR_DAYS: i64 = 30;
