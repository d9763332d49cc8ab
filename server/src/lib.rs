//! The one place that knows the outside: configuration, wiring, routes, sessions, the HTTP API, jobs and
//! commands. It holds no rule of the shop: every decision is asked of `shop`, every page of `app`.
//!
//! Read `serve.rs` first (how it all starts and stops), then `router.rs` (who answers what).


pub mod address;
pub mod config;
pub mod edge;
pub mod limits;
pub mod problem;
pub mod rest;
pub mod secret;
pub mod state;
pub mod text;
pub mod token;
