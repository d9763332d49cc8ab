//! Coupon campaigns for operators: planning, changing, stopping and starting them again, and how one goes while it
//! runs. What shoppers hold keeps the rules it was claimed under: [`rules`] says what may still change.

pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
mod store;
