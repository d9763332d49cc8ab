//! Pictures of products. Whatever an operator sends is decoded, turned upright and drawn anew in two sizes, so that what
//! shoppers get holds pixels and nothing else: no place, no camera, no script. A picture is named by the SHA-256 of its
//! bytes and never changes under that name. Never scales up, and never decodes what is larger than it may be. Read
//! [`service`] first; `draw.rs` is the one place that knows an image's format.

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
mod draw;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{ImageDigest, ImageRefusal, MediaType, Picture, Rendition};
