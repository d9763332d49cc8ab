//! Wallets: what a shopper has to spend, and the ledger of how it came to be. The ledger is insert-only;
//! giving back is a new posting, never an edit.

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{Charge, Posting, PostingType, Wallet};
