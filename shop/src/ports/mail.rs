//! The way out for letters. What a letter says is decided before it comes here.

use crate::time::Timestamp;
use async_trait::async_trait;
use std::fmt;

/// A letter, written and addressed.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The recipient's name, one line; may be empty.
    pub name: String,
    pub address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub written_at: Timestamp,
}

/// Whose letter it is and what it says is nobody's business.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").finish_non_exhaustive()
    }
}

/// Why a letter did not go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotSent {
    /// For the log: names no person and no secret.
    pub reason: String,
    /// All that the other side said, for an operator who tries it by hand.
    pub said: String,
}

#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the letter over; returns when the other side has taken it.
    async fn send(&self, letter: &Letter) -> Result<(), NotSent>;
}
