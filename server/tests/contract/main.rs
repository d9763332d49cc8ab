//! The public contract and its promises, checked from outside: over HTTP, and by the program's own commands,
//! on every house a shop may live in. Nothing here knows the shop's inside; only [`pages`] looks into the
//! database, because it compares what two ways of buying leave there, [`files`], which counts what a backup holds, and
//! [`fleet`] when it is to take the unique keys out, to prove that the races bite.
//!
//! [`list`] is the contract, one list for every house; [`unfinished`] is what it says of an order that a fault struck.
//! [`races`], [`limits`], [`degradation`], [`files`], [`overload`] and [`upgrade`] are what must hold when many instances
//! serve at once, when something they need goes away, when the disk is full, or the file is to be kept, when too much
//! comes, and when a newer version migrates. [`fleet`] starts and stops them all.

#[path = "../support/browser.rs"]
mod browser;
#[path = "../support/client.rs"]
mod client;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/redis.rs"]
mod redis_server;
#[path = "../support/schema.rs"]
mod schema;

mod contract;
mod degradation;
mod files;
mod fleet;
mod limits;
mod list;
mod mariadb;
mod overload;
mod pages;
mod races;
mod unfinished;
mod upgrade;
mod wire;
