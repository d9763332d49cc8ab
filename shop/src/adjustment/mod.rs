//! Adjustments: an operator changes what a wallet holds, up or down, with a reason. Little of it is done at once; what
//! passes the shop's limit within 24 hours waits as a proposal that another operator approves or declines within a day
//! ([`rules`], pure). [`service`] writes what they decided, in one transaction. What is adjusted is a posting of its own
//! type, never an edit.

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{Adjustment, AdjustmentRefusal, AdjustmentState};
