//! The way out for notices of alerts: letters, a webhook, a chat.

use super::NotSent;
use crate::alert::Notice;
use crate::time::Timestamp;
use async_trait::async_trait;

#[async_trait]
pub trait Herald: Send + Sync {
    /// Tells the recipient; returns when the other side has taken it, or after a bounded time.
    async fn tell(&self, notice: &Notice, now: Timestamp) -> Result<(), NotSent>;
}
