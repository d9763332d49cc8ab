//! Every row of API.md and every bad input of the shop, over HTTP.

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod coupons;
mod document;
mod edges;
mod headers;
mod hostile;
mod law;
mod orders;
mod products;
mod sessions;
mod tokens;
mod wallet;
