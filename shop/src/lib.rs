//! The shop itself: what may be sold, to whom, for how much, and what happens when something breaks.
//!
//! Without features this crate is pure: types and rules, safe for wasm. With the feature `server` it
//! also holds the database (the only place with SQL) and the ports to everything outside the process.
//! It never knows HTTP, pages, configuration files or the command line: those call it.
//!
//! Read `order/checkout.rs` first: it decides every order. Then `order/desk.rs`, which runs it.

pub mod adjustment;
pub mod alert;
pub mod coupon;
pub mod error;
pub mod event;
pub mod id;
pub mod mail;
pub mod money;
pub mod notice;
pub mod operator;
pub mod order;
pub mod page;
pub mod product;
pub mod recovery;
pub mod refund;
pub mod stats;
pub mod time;
pub mod user;
pub mod wallet;

#[cfg(feature = "server")]
pub mod database;
#[cfg(feature = "server")]
pub mod digest;
#[cfg(feature = "server")]
pub mod failpoints;
#[cfg(feature = "server")]
pub mod guards;
#[cfg(feature = "server")]
pub mod limits;
#[cfg(feature = "server")]
pub mod load;
#[cfg(feature = "server")]
pub mod ports;
#[cfg(feature = "server")]
pub mod request;
#[cfg(feature = "server")]
pub mod second_factor;
#[cfg(feature = "server")]
mod shop;
#[cfg(feature = "server")]
pub mod trace;
#[cfg(feature = "server")]
pub mod transfer;
#[cfg(feature = "server")]
pub mod verify;
#[cfg(feature = "server")]
pub mod watch;

#[cfg(feature = "server")]
pub use shop::{Settings, Shop};

pub use error::{Error, Fault, FieldError, FieldProblem, Refusal};
pub use money::Won;
pub use time::Timestamp;
