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
    /// Something was given back of an order, or what waited for room was credited.
    OrderRefunded,
}

impl LetterKind {
    pub const ALL: [LetterKind; 5] = [
        LetterKind::Welcome,
        LetterKind::OrderCompleted,
        LetterKind::PasswordReset,
        LetterKind::PasswordChanged,
        LetterKind::OrderRefunded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            LetterKind::Welcome => "welcome",
            LetterKind::OrderCompleted => "order_completed",
            LetterKind::PasswordReset => "password_reset",
            LetterKind::PasswordChanged => "password_changed",
            LetterKind::OrderRefunded => "order_refunded",
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
    /// All that was given back of the order so far is with it.
    OrderRefunded {
        user: User,
        order: Order,
    },
}

impl LetterFacts {
    /// Whom it goes to.
    pub fn user(&self) -> &User {
        match self {
            LetterFacts::Welcome { user }
            | LetterFacts::OrderCompleted { user, .. }
            | LetterFacts::OrderRefunded { user, .. }
            | LetterFacts::PasswordReset { user, .. }
            | LetterFacts::PasswordChanged { user, .. } => user,
        }
    }
}
