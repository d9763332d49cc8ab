//! Which letters there are, and what each is about.

use crate::order::Order;
use crate::time::Timestamp;
use crate::user::User;

/// A kind of letter that waits in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    Welcome,
    OrderCompleted,
    PasswordReset,
    PasswordChanged,
}

impl LetterKind {
    pub const ALL: [LetterKind; 4] =
        [LetterKind::Welcome, LetterKind::OrderCompleted, LetterKind::PasswordReset, LetterKind::PasswordChanged];

    pub fn as_str(self) -> &'static str {
        match self {
            LetterKind::Welcome => "welcome",
            LetterKind::OrderCompleted => "order_completed",
            LetterKind::PasswordReset => "password_reset",
            LetterKind::PasswordChanged => "password_changed",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Everything one letter is about, as it is when the letter is sent.
#[derive(Clone, PartialEq, Eq)]
pub enum LetterFacts {
    Welcome {
        user: User,
    },
    OrderCompleted {
        user: User,
        order: Order,
    },
    /// `token` opens the account until `expires_at`: it goes into the letter and nowhere else.
    PasswordReset {
        user: User,
        token: String,
        expires_at: Timestamp,
    },
    PasswordChanged {
        user: User,
        changed_at: Timestamp,
    },
}

impl LetterFacts {
    /// Whom it goes to.
    pub fn user(&self) -> &User {
        match self {
            LetterFacts::Welcome { user }
            | LetterFacts::OrderCompleted { user, .. }
            | LetterFacts::PasswordReset { user, .. }
            | LetterFacts::PasswordChanged { user, .. } => user,
        }
    }
}
