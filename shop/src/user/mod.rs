//! People: shoppers and operators, one account either way. Who a request belongs to is found outside;
//! this only knows accounts and their passwords. [`closing`] ends an account, [`reset`] replaces a
//! forgotten password.

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod closing;
#[cfg(feature = "server")]
pub mod console;
#[cfg(feature = "server")]
pub mod password;
#[cfg(feature = "server")]
pub mod reset;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod sessions;
#[cfg(feature = "server")]
pub mod standing;
#[cfg(feature = "server")]
pub mod store;

pub use model::{Language, NewUser, Role, User};
