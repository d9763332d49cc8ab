//! The shop's events as operators see them: what waits, what went out, and what goes out once more. Writing and
//! sending them is [`outbox`](crate::database::outbox)'s; here nothing is ever sent.

pub mod model;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{EventFilter, EventPlace, OutboxState, Replay, event_kinds};
