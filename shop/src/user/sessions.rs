//! Browser sessions. The id given here is already a digest: who reads the table cannot log in with it. What a
//! session holds is the caller's business.
//!
//! The database has the truth. Where all instances share copies ([`SessionCopies`]) a session is read from there
//! first, written to both and ended in both; a copy that cannot be reached or is lost changes nothing but where
//! the answer comes from. The statements are `store.rs`'s.

pub use super::store::{delete_expired_sessions, delete_session, find_session, save_session};

use crate::error::Fault;
use crate::id::UserId;
use crate::ports::{SessionCopies, SessionCopy};
use crate::shop::Shop;
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long a copy lives, and so how long a logout can go unseen by the others when the instance that took it
/// cannot reach the copies at that moment.
pub const STALE_AT_MOST: Duration = Duration::from_secs(30);

/// What a session that has not ended holds.
pub async fn read_session(shop: &Shop, id: [u8; 32]) -> Result<Option<Vec<u8>>, Fault> {
    let Some(copies) = copies(shop) else { return find_session(shop.db(), id, shop.now()).await };
    match copies.find(id).await {
        Ok(SessionCopy::Kept(data)) => return Ok(Some(data)),
        Ok(SessionCopy::Ended) => return Ok(None),
        Ok(SessionCopy::Unknown) => {}
        Err(fault) => {
            unreached(&fault);
            return find_session(shop.db(), id, shop.now()).await;
        }
    }
    let found = find_session(shop.db(), id, shop.now()).await?;
    if let Some(data) = &found {
        copies.keep_read(id, data).await.unwrap_or_else(|fault| unreached(&fault));
    }
    Ok(found)
}

/// Stores a session, new or not.
pub async fn write_session(
    shop: &Shop,
    id: [u8; 32],
    owner: Option<UserId>,
    data: &[u8],
    expires_at: Timestamp,
) -> Result<(), Fault> {
    save_session(shop.db(), id, owner, data, expires_at).await?;
    if let Some(copies) = copies(shop) {
        copies.keep(id, data).await.unwrap_or_else(|fault| unreached(&fault));
    }
    Ok(())
}

/// Ends a session everywhere.
pub async fn end_session(shop: &Shop, id: [u8; 32]) -> Result<(), Fault> {
    delete_session(shop.db(), id).await?;
    if let Some(copies) = copies(shop) {
        copies.end(id).await.unwrap_or_else(|fault| unreached(&fault));
    }
    Ok(())
}

fn copies(shop: &Shop) -> Option<&Arc<dyn SessionCopies>> {
    shop.ports().sessions.as_ref()
}

/// The adapter has said so where it matters; here it is only why the database was asked.
fn unreached(fault: &Fault) {
    tracing::debug!(%fault, "the copies of sessions are not reached");
}
