//! Orders: the core. [`checkout`] decides (pure), [`desk`] runs its three durable stages for many orders
//! at once, [`store`] reads and writes, [`service`] is what pages, the API and the commands call.
//! Nothing here gives money back: that is `recovery`.

pub mod model;
pub mod status;

#[cfg(feature = "server")]
pub mod service;

pub use model::{Lines, Order, OrderItem, OrderRequest, OrderSummary, Quote, QuoteProblem, QuotedCoupon, QuotedLine};
pub use status::OrderStatus;
