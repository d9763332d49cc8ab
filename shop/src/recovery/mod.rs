//! Orders that did not come through: unpaid ones expire, stalled and failed ones are given back in full.
//! Never touches an order that is still being worked on, and never gives anything back twice.
//!
//! [`service`] is what the jobs call, [`by_hand`] what operators call; both go the same way. [`queue`] lists what
//! waits.

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod by_hand;
#[cfg(feature = "server")]
pub mod queue;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{NextTry, QueueCause, StageDone, Step, Tries, TryError};
