//! What the shop needs from outside the process, and what it uses when nothing is configured. One trait a
//! port; [`local`] holds the in-process implementations, real ones for a shop of one process. Adapters to
//! Redis and Kafka live in the server, never here.

pub mod cache;
pub mod clock;
pub mod events;
pub mod gate;
pub mod herald;
pub mod local;
pub mod mail;
pub mod news;
pub mod sessions;

pub use cache::Cache;
pub use clock::{AgreedClock, Clock, SteadyClock, SystemClock, TestClock};
pub use events::{Event, Events, PUBLISHED_WITHIN};
pub use gate::{
    CLOCKS_AGREE_WITHIN, CouponAnswer, FAILURES_KEPT, FailureAnswer, Gate, HeldBy, Limit, LimitAnswer, LockHolder,
    LockToken,
};
pub use herald::Herald;
pub use local::{LocalCache, LocalGate, LocalNews};
pub use mail::{Letter, Mailer, NotSent};
pub use news::{Forget, News};
pub use sessions::{SessionCopies, SessionCopy};

use std::sync::Arc;

/// Everything outside the process that the shop talks to.
#[derive(Clone)]
pub struct Ports {
    pub clock: Arc<dyn Clock>,
    pub gate: Arc<dyn Gate>,
    /// `None`: nobody listens, and the outbox keeps every event for a while as it would one that was sent.
    pub events: Option<Arc<dyn Events>>,
    pub cache: Arc<dyn Cache>,
    pub news: Arc<dyn News>,
    /// `None`: sessions are read from the database alone.
    pub sessions: Option<Arc<dyn SessionCopies>>,
}

impl Ports {
    /// A shop of one process: nothing outside is needed.
    pub fn local(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            gate: Arc::new(LocalGate::default()),
            events: None,
            cache: Arc::new(LocalCache::default()),
            news: Arc::new(LocalNews),
            sessions: None,
        }
    }
}
