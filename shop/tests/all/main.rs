//! The shop on real databases: every service and store on SQLite and on MariaDB, the races, the guards of
//! the schema, one property over any sequence of operations, and the rules of the house itself.
//!
//! Every test that asks for a shop ends with `verify`: each invariant of money, stock and coupons must hold,
//! unless the test broke one by hand. Read `support.rs` first.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::large_futures, reason = "a test's stack is its own")]

#[cfg(feature = "server")]
#[macro_use]
mod support;

#[cfg(feature = "server")]
mod accounts;
mod architecture;
#[cfg(feature = "server")]
mod clocks;
#[cfg(feature = "server")]
mod coupons;
#[cfg(feature = "server")]
mod database_accounts;
mod documents;
#[cfg(feature = "server")]
mod faults;
#[cfg(feature = "server")]
mod guarded;
#[cfg(feature = "server")]
mod guards;
#[cfg(feature = "server")]
mod instances;
#[cfg(feature = "server")]
mod limits;
mod migrations;
#[cfg(feature = "server")]
mod months;
#[cfg(feature = "server")]
mod notices;
#[cfg(feature = "server")]
mod orders;
#[cfg(feature = "server")]
mod outbox;
#[cfg(feature = "server")]
mod pairs;
#[cfg(feature = "server")]
mod people;
#[cfg(feature = "server")]
mod products;
#[cfg(feature = "server")]
mod property;
#[cfg(feature = "server")]
mod quotes;
#[cfg(feature = "server")]
mod races;
#[cfg(feature = "server")]
mod recovery;
#[cfg(feature = "server")]
mod retries;
#[cfg(feature = "server")]
mod schema;
#[cfg(feature = "server")]
mod servers;
#[cfg(feature = "server")]
mod transfer;
#[cfg(feature = "server")]
mod verify;
#[cfg(feature = "server")]
mod wallets;

#[cfg(not(feature = "server"))]
#[test]
fn the_shop_is_tested_with_its_database() {
    panic!("these tests need the shop's database: run `cargo test -p shop --features server`");
}
