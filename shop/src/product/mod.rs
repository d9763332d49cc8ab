//! Products: what is for sale. Their stock moves in the order and recovery stages, and by supplies.

pub mod console;
pub mod images;
pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod export;
#[cfg(feature = "server")]
pub mod import;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{Category, PopularProduct, Product, ProductDraft, ProductQuery, ProductSort};
