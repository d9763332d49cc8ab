//! Products for operators: all of them, retired ones too; making and changing them, and moving their stock with a
//! reason. What another operator changed meanwhile is never overwritten unseen. Read [`service`] first.

pub mod model;

#[cfg(feature = "server")]
pub mod draft;
#[cfg(feature = "server")]
pub mod import;
#[cfg(feature = "server")]
pub mod plan;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
mod store;
