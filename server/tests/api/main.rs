//! Every row of API.md and every bad input of the shop, over HTTP.

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod console;
mod coupons;
mod customers;
mod dashboard;
mod document;
mod edges;
mod errors;
mod found;
mod goods;
mod headers;
mod hostile;
mod images;
mod imports;
mod law;
mod letters;
mod orders;
mod people;
mod products;
mod refunds;
mod second_factor;
mod sessions;
mod tokens;
mod wallet;
