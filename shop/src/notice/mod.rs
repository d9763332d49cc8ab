//! Notices: texts that the law asks a shop to show before it sells, kept word for word, so that an order
//! can say for good what its shopper agreed to. What they say is the owner's; see `app`'s `legal`.

pub mod model;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{Notice, NoticeDigest};
