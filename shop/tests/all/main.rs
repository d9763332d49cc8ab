//! The shop on real databases: every service and store on SQLite and on MariaDB, the races, the guards of
//! the schema, and the rules of the house itself. Any sequence of operations is the simulation's: `tests/simulation`.
//!
//! Every test that asks for a shop ends with `verify`: each invariant of money, stock and coupons must hold,
//! unless the test broke one by hand. Read `support.rs` first.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::large_futures, reason = "a test's stack is its own")]

#[macro_use]
mod support;

mod accounts;
mod adjustments;
mod alerts;
mod architecture;
mod clocks;
mod coupons;
mod customers;
mod database_accounts;
mod documents;
mod events;
mod faults;
mod goods;
mod guarded;
mod guards;
mod history;
mod images;
mod imports;
mod instances;
mod limits;
mod migrations;
mod minutes;
mod months;
mod notices;
mod operators;
mod order_console;
mod orders;
mod outbox;
mod pairs;
mod people;
mod popular;
mod products;
mod queue;
mod quotes;
mod races;
mod recovery;
mod refunds;
mod retries;
mod schema;
mod second_factors;
mod servers;
mod transfer;
mod verify;
mod wallets;
