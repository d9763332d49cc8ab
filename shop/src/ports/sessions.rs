//! Copies of browser sessions beside the database, for all instances to read first. The database has the truth:
//! a copy that is lost costs one read, and an instance that cannot reach the copies does without.

use crate::error::Fault;
use async_trait::async_trait;

/// What the copies say of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionCopy {
    Kept(Vec<u8>),
    /// Somebody logged out: whatever an older read of the database says, it is over.
    Ended,
    /// Ask the database.
    Unknown,
}

/// Every copy goes by itself within [`STALE_AT_MOST`](crate::user::sessions::STALE_AT_MOST).
#[async_trait]
pub trait SessionCopies: Send + Sync {
    async fn find(&self, id: [u8; 32]) -> Result<SessionCopy, Fault>;

    /// Keeps what was just stored, unless the session has ended.
    async fn keep(&self, id: [u8; 32], data: &[u8]) -> Result<(), Fault>;

    /// Keeps what was just read, unless something newer is known.
    async fn keep_read(&self, id: [u8; 32], data: &[u8]) -> Result<(), Fault>;

    /// Says that the session has ended.
    async fn end(&self, id: [u8; 32]) -> Result<(), Fault>;
}
