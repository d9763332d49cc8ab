//! Every row of API.md and every bad input of the shop, over HTTP.

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod coupons;
mod edges;
mod law;
mod letters;
mod orders;
mod people;
mod products;
mod sessions;
mod tokens;
mod wallet;
