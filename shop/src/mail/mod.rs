//! Letters to people: queued in the transaction that causes them, sent after it. At least once: a process
//! that dies between sending and striking the row sends the letter again.
//!
//! This knows who gets which letter and when it is tried again. How a letter reads and how it leaves are
//! its callers' business: the words are the pages' and the way out is [`ports::mail`](crate::ports::mail).

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{LetterFacts, LetterKind};
