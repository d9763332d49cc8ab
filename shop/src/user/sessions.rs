//! Browser sessions. The id given here is already a digest: who reads the table cannot log in with it. What a
//! session holds is the caller's business.
//!
//! The database has the truth. Where all instances share copies ([`SessionCopies`]) a session is read from there
//! first, written to both and ended in both; a copy that cannot be reached or is lost changes nothing but where
//! the answer comes from. The statements are `store.rs`'s.

pub use super::store::{
    KnownSession, SessionOrigin, delete_expired_sessions, delete_session, find_session, save_session, write_origin,
};

use super::model::User;
use super::store;
use crate::error::{Error, Fault};
use crate::id::UserId;
use crate::ports::{SessionCopies, SessionCopy};
use crate::shop::Shop;
use crate::time::Timestamp;
use sha2::{Digest, Sha256};
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

/// Stores what a session holds now. One that was ended while a request of it was under way stays ended.
pub async fn rewrite_session(
    shop: &Shop,
    id: [u8; 32],
    owner: Option<UserId>,
    data: &[u8],
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let is_there = store::update_session(shop.db(), id, owner, data, expires_at, shop.now()).await?;
    if let Some(copies) = copies(shop).filter(|_| is_there) {
        copies.keep(id, data).await.unwrap_or_else(|fault| unreached(&fault));
    }
    Ok(())
}

/// What a session's id is kept as. SHA-256 suffices for 128 random bits: there is nothing to guess.
pub fn digest_of(id: i128) -> [u8; 32] {
    Sha256::digest(id.to_be_bytes()).into()
}

/// The most sessions that are shown; the ones used last.
const MOST_SHOWN: i64 = 100;

/// Somebody's sessions, the one that was used last first.
pub async fn list_sessions(shop: &Shop, owner: UserId) -> Result<Vec<KnownSession>, Error> {
    Ok(store::list_sessions(shop.db(), owner, MOST_SHOWN, shop.now()).await?)
}

/// Ends one session of this account, on every instance.
///
/// # Errors
/// `NotFound`: it has none of this digest.
pub async fn end_session_of(shop: &Shop, owner: UserId, digest: [u8; 32]) -> Result<(), Error> {
    let mut tx = shop.db().begin().await?;
    if !store::delete_session_of(&mut tx, owner, digest).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    end_copy(shop, digest).await;
    Ok(())
}

/// Nobody reads a session from its copy any more.
pub(crate) async fn end_copy(shop: &Shop, digest: [u8; 32]) {
    if let Some(copies) = copies(shop) {
        copies.end(digest).await.unwrap_or_else(|fault| unreached(&fault));
    }
}

/// Ends every session and token of this account; gives the account as it is now, for a session to begin anew where its
/// owner is.
///
/// # Errors
/// `NotFound`.
pub async fn sign_out_everywhere(shop: &Shop, owner: UserId) -> Result<User, Error> {
    let user = store::find_user(shop.db(), owner).await?.ok_or(Error::NotFound)?.user;
    let mut tx = shop.db().begin().await?;
    store::write_signed_out(&mut tx, owner).await?;
    tx.commit().await?;
    shop.users().forget(owner).await;
    tracing::info!(user = %owner, "signed out everywhere");
    Ok(User { auth_version: user.auth_version + 1, ..user })
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
