//! Orders and recoveries that are made to fail, to stop or to take long at the boundaries of their stages, and what
//! becomes of them: nothing stays, nobody is a won short, and every answer agrees with the state.
//!
//! Failpoints are the whole process's, so these tests are a program of their own and take turns. What needs none is in
//! `shop/tests/all/recovery.rs` and `races.rs`; real processes are killed in `server/tests/crash`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::large_futures, reason = "a test's stack is its own")]
#![allow(dead_code, unused_macros, reason = "the words of the other tests, of which these need a part")]

#[macro_use]
#[path = "../all/support.rs"]
mod support;

mod alive;
mod figures;
mod locks;
mod points;
mod thousand;
