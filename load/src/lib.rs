//! A load tool for a shop that `damda seed --load` filled: many shoppers who buy, claim and look around at
//! once over HTTP, how long each waited, and whether the shop still adds up afterwards.
//!
//! With a number of clients it is a closed loop: each waits for its answer before it asks again, so a slow
//! shop is asked less. With a rate it is an open loop: requests are due at fixed moments whatever the shop
//! does, and how long one took counts from the moment it was due, also when nobody was free to send it.
//! Otherwise a shop that stands still for a second would show one slow request instead of thousands.
//!
//! [`overload`] is for more than a machine can serve. It all knows the shop by its public API alone. Read [`run`]
//! first.

#![expect(clippy::disallowed_methods, reason = "a load tool measures by the machine's clock")]

pub mod check;
pub mod connection;
pub mod crowd;
pub mod facts;
pub mod machine;
pub mod nuisance;
pub mod overload;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod tally;
pub mod verify;
