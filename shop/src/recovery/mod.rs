//! Orders that did not come through: unpaid ones expire, stalled and failed ones are given back in full.
//! Never touches an order that is still being worked on, and never gives anything back twice.

pub mod rules;

#[cfg(feature = "server")]
pub mod service;
