//! An account.

use crate::id::UserId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Shopper,
    Operator,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Shopper => "shopper",
            Role::Operator => "operator",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "shopper" => Some(Role::Shopper),
            "operator" => Some(Role::Operator),
            _ => None,
        }
    }
}

/// The language a person reads, in pages and in letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    Ko,
    En,
}

impl Language {
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Ko => "ko",
            Language::En => "en",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "ko" => Some(Language::Ko),
            "en" => Some(Language::En),
            _ => None,
        }
    }
}

/// A person's account, without its password. A closed account is nobody's any more and never read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub lang: Language,
    /// Counts up at every password change, freeze or change of role; what was issued for an earlier
    /// number (tokens, sessions) is over.
    pub auth_version: i64,
    /// Since when an operator keeps this person out.
    pub frozen_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What a person gives to register. Checked by `rules::check_new_user`.
#[derive(Clone)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub password: String,
    pub lang: Language,
    /// The person said that they are at least [`LEAST_AGE`](super::rules::LEAST_AGE). Pages insist on it; the
    /// API may leave it open.
    pub age_confirmed: bool,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").finish_non_exhaustive()
    }
}
