//! The one place that knows the outside: configuration, wiring, routes, sessions, the HTTP API, jobs and
//! commands. It holds no rule of the shop: every decision is asked of `shop`, every page of `app`.
//!
//! Read `serve.rs` first (how it all starts and stops), then `router.rs` (who answers what).

// An optimised build lays out the futures of a page or a request whole, deeper than the compiler looks by itself.
#![recursion_limit = "256"]

pub mod address;
pub mod alerts;
pub mod backup;
pub mod cli;
pub mod config;
pub mod door;
pub mod dress;
pub mod edge;
pub mod files;
pub mod found;
pub mod goods;
pub mod health;
pub mod images;
pub mod jobs;
pub mod kafka;
pub mod legal;
pub mod limits;
pub mod logs;
pub mod mail;
pub mod outside;
pub mod problem;
pub mod receipt;
pub mod redis;
pub mod rest;
pub mod room;
pub mod router;
pub mod secret;
pub mod seed;
pub mod seed_load;
pub mod serve;
pub mod session;
pub mod site;
pub mod state;
pub mod telemetry;
pub mod text;
pub mod token;
pub mod transfer;
pub mod watch;
