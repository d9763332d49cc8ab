//! Refunds: an operator gives a completed order back, whole or piece by piece. [`shares`] says what each piece of an
//! order was paid with, [`rules`] decide (pure), [`service`] writes what they decided, in one transaction, and
//! credits later what did not fit its wallet. What is given back is new rows, never an edit: the order keeps its
//! lines and amounts, the ledger its payment. Stock does not come back: see `docs/adr/0010-refunds.md`.

pub mod model;
pub mod rules;
pub mod shares;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{
    OrderRefunds, OwedRefund, Refund, RefundLines, RefundReason, RefundRefusal, Refundable, RefundableLine,
    RefundedLine, RefundedPieces,
};
