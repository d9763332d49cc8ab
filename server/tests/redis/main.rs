//! Redis behind the shop: the same rules on every gate there is, crowds at its one step, two instances with
//! one Redis, recovery under its lock, and what happens when Redis is away, frozen, or back with nothing in it. All of
//! it on real redis-servers that the tests start and end; nothing here needs a service of the machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::large_futures, reason = "a test's stack is its own")]
#![allow(clippy::disallowed_methods, reason = "Redis and its processes know no other clock than the machine's")]

mod away;
mod crowds;
mod gates;
mod instances;
mod program;
mod recovery;
#[path = "../support/redis.rs"]
mod servers;
mod shared;
#[path = "../support/program.rs"]
mod started;
