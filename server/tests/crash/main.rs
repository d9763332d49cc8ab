//! The crash matrix: at every failpoint of the shop ([`shop::failpoints`]) something refuses, panics, or the process is
//! killed, on SQLite and on MariaDB with Redis, for one shopper and for sixty-four at once. Then the shop is started
//! again, time passes, and everything must be as if nothing had happened: every order final, every answer true,
//! everybody charged for what they got, and `damda verify` holds.
//!
//! [`cell`] is one such accident, [`crowd`] are the shoppers and what they hold against the shop afterwards, [`house`]
//! is where it happens, and [`matrix`] runs them all: a choice of them with every run of the tests, all of them by
//! `make crash`.

#[allow(dead_code, reason = "a broker that is only read from")]
#[path = "../kafka/broker.rs"]
mod broker;
#[path = "../support/client.rs"]
mod client;
#[allow(dead_code, reason = "a fleet of one")]
#[path = "../contract/fleet.rs"]
mod fleet;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/redis.rs"]
mod redis_server;
#[path = "../support/schema.rs"]
mod schema;

mod cell;
mod crowd;
mod house;
mod matrix;
