//! Redis behind the shop's ports: what all instances decide together, at once. The only place that names it.
//!
//! Redis is a gate; the database decides. Nothing here is the truth of anything: every key has an end of its
//! own, every count is rebuilt from the database, and without Redis the shop goes on (see [`steady`]). Keys are
//! `limit:…`, `failures:…`, `coupon:used:{CODE}` and `coupon:takers:{CODE}`, `recovery:…`, `session:…` and
//! `cache:…`; each script touches keys of one slot only, so that all of it works on a Redis Cluster.
//!
//! [`link`] keeps the connection and knows whether it answers. Read [`gate`] first.

pub mod cache;
pub mod gate;
pub mod link;
pub mod news;
pub mod sessions;
pub mod steady;

use crate::config;
use crate::outside::Service;
use cache::RedisCache;
use gate::RedisGate;
use link::Link;
use news::RedisNews;
use sessions::RedisSessions;
use shop::ports::Ports;
use std::sync::Arc;
use std::time::Duration;
use steady::SteadyGate;

/// Who takes longer does not answer.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Puts Redis behind `ports`, whether it answers now or not.
///
/// # Errors
/// When the address is none that the driver takes.
pub async fn connect(settings: &config::Redis, ports: &mut Ports) -> anyhow::Result<Arc<dyn Service>> {
    connect_patiently(settings, PATIENCE, ports).await
}

/// The same, with a patience of one's own.
///
/// # Errors
/// As [`connect`].
pub async fn connect_patiently(
    settings: &config::Redis,
    patience: Duration,
    ports: &mut Ports,
) -> anyhow::Result<Arc<dyn Service>> {
    let link = Link::open(settings, patience).await?;
    ports.gate = Arc::new(SteadyGate::new(RedisGate::new(link.clone())));
    ports.cache = Arc::new(RedisCache::new(link.clone()));
    ports.sessions = Some(Arc::new(RedisSessions::new(link.clone())));
    ports.news = Arc::new(RedisNews::open(link.clone()));
    Ok(Arc::new(link))
}
