//! What the shop uses beyond its own process, as the configuration names it: the adapters behind the shop's
//! ports, and a handle on each service so that `/readyz` can ask whether it answers. The shop goes on
//! without any of them; without its database it does not, so that is not among them.

use crate::config::Config;
use crate::kafka::KafkaEvents;
use anyhow::Context;
use async_trait::async_trait;
use shop::Fault;
use shop::database::{Db, clock};
use shop::ports::Ports;
use std::sync::Arc;

/// Something outside that the shop uses and can do without.
#[async_trait]
pub trait Service: Send + Sync {
    /// As `/readyz` names it: `redis`, `kafka`.
    fn name(&self) -> &'static str;

    /// Whether it answers now.
    async fn ping(&self) -> Result<(), Fault>;
}

/// The `source` of events of a shop without a `PUBLIC_URL`.
const NAMELESS_SHOP: &str = "urn:damda:shop";

/// The services a running shop uses.
pub type Services = Arc<[Arc<dyn Service>]>;

/// The shop's ports and the services behind them.
pub struct Outside {
    pub ports: Ports,
    pub services: Services,
}

/// Connects to what is configured. What does not answer now is tried again later.
///
/// # Errors
/// When a setting turns out unusable; never because a service is down.
pub async fn connect(config: &Config, db: &Db) -> anyhow::Result<Outside> {
    let clock = clock::clock_of(db).await.context("the database's clock could not be read")?;
    let mut ports = Ports::local(clock);
    let mut services: Vec<Arc<dyn Service>> = Vec::new();
    if let Some(settings) = &config.redis {
        services.push(crate::redis::connect(settings, &mut ports).await?);
    }
    if let Some(settings) = &config.kafka {
        let source = config.public_url.as_ref().map_or(NAMELESS_SHOP, |url| url.as_str());
        let kafka = Arc::new(KafkaEvents::open(settings, source)?);
        ports.events = Some(kafka.clone());
        services.push(kafka);
    }
    Ok(Outside { ports, services: services.into() })
}
