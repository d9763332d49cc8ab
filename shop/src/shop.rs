//! The shop as its services see it: database, ports, settings and desks in one cheap handle.

use crate::database::Db;
use crate::error::Fault;
use crate::ports::{Limit, Ports};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Every limit and delay (SPEC §6–§9); the default is the specification's figure. `None` switches a limit off.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Orders of one user.
    pub order_limit: Option<Limit>,
    /// Coupon claims of one user.
    pub claim_limit: Option<Limit>,
    /// Consecutive refusals of one user that block orders and claims.
    pub failure_limit: Option<u32>,
    /// How long such a block lasts.
    pub failure_block: Duration,
    /// Login attempts from one address.
    pub login_limit: Option<Limit>,
    /// Registrations from one address.
    pub register_limit: Option<Limit>,
    /// How long stock is held for an order that is not paid.
    pub reservation_ttl: Duration,
    /// How long a PENDING order waits for its recovery.
    pub recovery_delay: Duration,
    /// Whether shoppers may charge wallets: there is no payment gateway (SPEC reading 12).
    pub charges_open: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let limit = |count, seconds| Some(Limit { count, window: Duration::from_secs(seconds) });
        Self {
            order_limit: limit(1, 1),
            claim_limit: limit(3, 60),
            failure_limit: Some(5),
            failure_block: Duration::from_secs(600),
            login_limit: limit(20, 60),
            register_limit: limit(10, 3600),
            reservation_ttl: Duration::from_secs(30),
            recovery_delay: Duration::from_secs(60),
            charges_open: true,
        }
    }
}

/// A handle to the running shop. Cloning it is cheap.
#[derive(Clone)]
pub struct Shop(Arc<Inner>);

struct Inner {
    db: Db,
    ports: Ports,
    settings: Settings,
}

impl Shop {
    /// Opens the shop's desks on the current tokio runtime.
    pub async fn open(db: Db, ports: Ports, settings: Settings) -> Result<Self, Fault> {
        Ok(Self(Arc::new(Inner { db, ports, settings })))
    }

    /// Finishes what the desks have taken; after it nothing is written any more.
    pub async fn close(&self) {
        todo!()
    }

    pub fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    pub fn db(&self) -> &Db {
        &self.0.db
    }

    pub fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Fresh randomness, for ids and tokens.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        rand::random()
    }
}
