//! Alerts: what an operator is woken for (SPEC §10, reading 14). Every instance writes what it counted to the
//! database every few seconds; each of them sums up the last five minutes of all and judges; one of them, by a guarded
//! update, tells. Notices wait in a queue until they have gone out, like letters.
//!
//! This knows when an alert fires, when it is over, and who is told what. How a notice reads and how it leaves are
//! the server's business ([`ports::herald`](crate::ports::herald)). The same alerts for a Prometheus are in
//! `deploy/prometheus/damda-alerts.yml`; a test holds the two against each other. Read [`model::rules`] first.

pub mod model;
pub mod people;
pub mod rules;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod silence;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod tally;

pub use model::{
    AlertName, AlertState, Channel, Notice, NoticeKind, Reading, Recipient, Rule, Severity, Silence, Stage, Unit,
};
