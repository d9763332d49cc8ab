//! Who runs the shop: what each operator may do, and the log of everything they did. An operator is an account whose
//! role is `operator`, with a role of its own among operators. Services of the console take an [`Operator`], which
//! only [`service::find_operator`] makes, and begin with what it must be allowed. Read [`model`] first.

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod audit;
#[cfg(feature = "server")]
pub mod people;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod sessions;
#[cfg(feature = "server")]
pub mod store;

#[cfg(feature = "server")]
pub use audit::By;
pub use model::{OperatorRole, Permission};
#[cfg(feature = "server")]
pub use service::Operator;
