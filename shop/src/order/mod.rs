//! Orders: the core. [`checkout`] decides (pure), [`stages`] writes what it decided in three durable
//! transactions, [`desk`] hands them many orders at once, [`service`] is what pages, the API and the
//! commands call; [`console`] is what operators see. Nothing here gives money back: that is `recovery`.

pub mod checkout;
pub mod model;
pub mod status;

#[cfg(feature = "server")]
pub mod console;
#[cfg(feature = "server")]
pub mod desk;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod stages;
#[cfg(feature = "server")]
pub mod store;

pub use model::{Lines, Order, OrderItem, OrderRequest, OrderSummary, Quote, QuoteProblem, QuotedCoupon, QuotedLine};
pub use status::OrderStatus;
