//! How the shop does, minute by minute: what became of orders, payments and recoveries, how quickly it answered, how
//! many people were here. What a row tells is added by the transaction that writes the row, so that each figure agrees
//! with the rows to the unit, whatever crashes or is tried again; what no row tells is added by
//! [`keep_samples`](crate::alert::service::keep_samples), from what each instance counted. Read [`service`] for what
//! the dashboard asks.
//!
//! It costs one statement a batch of a stage. The other way, counting the orders of the last days whenever somebody
//! looks, costs nothing until then and then a scan of them all, of which an index of its own would be the price, for
//! every order. `docs/adr/0011-figures-by-the-minute.md` has the reasons.

pub mod model;
pub mod service;
pub mod store;

pub use model::{Dashboard, Figure, Figures, Lane, Slot, Span};
