//! Orders as operators see them: any order of anybody, found by what is known of it, with everything that ever happened
//! to it, and what operators noted about it. Nothing here moves an order, money or stock.
//!
//! [`search`] finds orders, [`history`] tells one order's story ([`model`] has its words, [`rules`] its order), [`notes`]
//! writes them.

pub mod history;
pub mod model;
pub mod notes;
pub mod rules;
pub mod search;
mod store;
