//! A forgotten password. Asking for a link answers the same, in the same time, whoever asks for whom: it
//! only queues a row. The mail job looks the account up later and mints the token, which is then in the
//! letter and nowhere else; the database holds its SHA-256.

use super::password::hash_password;
use super::rules::{email_problem, password_problem};
use super::service::{email_key, is_too_long};
use super::store::{self, ResetRow};
use crate::error::{Error, FieldProblem};
use crate::id::UserId;
use crate::limits;
use crate::mail::{LetterKind, store as mail};
use crate::shop::Shop;
use crate::time::Timestamp;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long a link is good.
pub const LINK_LIFETIME: Duration = Duration::from_secs(3_600);
/// How long an ended link is remembered, so that its page can say why it is over.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3_600);

/// What a link is worth now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetState {
    Good,
    /// It, or a later one, was used.
    Used,
    Expired,
    /// We never sent it, or long ago.
    Unknown,
}

/// Asks for a link to be sent to whoever has this address.
///
/// # Errors
/// `MailOff`, `Invalid` on `email`, `RateLimited` when one address is asked for too often, known or not.
pub async fn request_password_reset(shop: &Shop, email: &str) -> Result<(), Error> {
    if !shop.settings().mail_on {
        return Err(Error::MailOff);
    }
    let key = email_key(email);
    if let Some(problem) = email_problem(&key) {
        return Err(Error::invalid("email", problem));
    }
    if is_too_long(&key) {
        return Err(Error::invalid("email", FieldProblem::TooLong { most: super::rules::MOST_EMAIL }));
    }
    limits::take(shop, &format!("reset:account:{key}"), shop.settings().reset_limit).await?;
    let mut tx = shop.db().begin().await?;
    mail::queue_reset(&mut tx, &key, shop.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a link for this account: its token, and until when it is good.
pub(crate) async fn mint_token(shop: &Shop, user: UserId) -> Result<(String, Timestamp), Error> {
    let token = hex::encode(shop.random_bytes::<32>());
    let now = shop.now();
    let expires_at = now.after(LINK_LIFETIME);
    let mut tx = shop.db().begin().await?;
    store::write_reset(&mut tx, digest_of(&token), user, now, expires_at).await?;
    tx.commit().await?;
    Ok((token, expires_at))
}

/// What this link is worth.
pub async fn find_reset_state(shop: &Shop, token: &str) -> Result<ResetState, Error> {
    let row = store::find_reset(shop.db(), digest_of(token)).await?;
    Ok(state_of(row, shop.now()))
}

fn state_of(row: Option<ResetRow>, now: Timestamp) -> ResetState {
    match row {
        None => ResetState::Unknown,
        Some(row) if row.used_at.is_some() => ResetState::Used,
        Some(row) if row.expires_at <= now => ResetState::Expired,
        Some(_) => ResetState::Good,
    }
}

/// Sets a new password by a link, once: every other link, session and token of the account ends.
///
/// # Errors
/// `Invalid` on `new_password`; `NotFound` when the link is not good any more.
pub async fn reset_password_with(shop: &Shop, token: &str, new: &str) -> Result<(), Error> {
    if let Some(problem) = password_problem(new) {
        return Err(Error::invalid("new_password", problem));
    }
    let (digest, now) = (digest_of(token), shop.now());
    let row = store::find_reset(shop.db(), digest).await?;
    let user = row.filter(|_| state_of(row, now) == ResetState::Good).map(|row| row.user_id).ok_or(Error::NotFound)?;
    let hash = hash_password(new, shop.random_bytes()).await?.ok_or(Error::Busy)?;
    let mut tx = shop.db().begin().await?;
    // Whoever comes second with the same link finds it used.
    if !store::use_reset(&mut tx, digest, now).await? {
        return Err(Error::NotFound);
    }
    store::write_password(&mut tx, user, &hash, now).await?;
    if shop.settings().mail_on {
        mail::queue_letter(&mut tx, LetterKind::PasswordChanged, user, now).await?;
    }
    tx.commit().await?;
    shop.users().forget(user).await;
    tracing::info!(%user, "a password was set by a link");
    Ok(())
}

/// Forgets links that ended long ago; gives how many.
pub async fn delete_old_resets(shop: &Shop) -> Result<u64, Error> {
    Ok(store::delete_old_resets(shop.db(), shop.now().before(REMEMBERED)).await?)
}

/// SHA-256 suffices for 256 random bits: there is nothing to guess.
fn digest_of(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
