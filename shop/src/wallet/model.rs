//! Wallets and their postings.

use crate::id::{OrderId, PostingId};
use crate::money::Won;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a shopper may spend now, and the most a wallet may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Wallet {
    pub balance: Won,
    pub limit: Won,
    /// Refunds that come as soon as the wallet has room for them.
    pub owed: Won,
}

/// Why a balance moved (API.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PostingType {
    Charge,
    Payment,
    /// A failed order was given back by the shop itself.
    Recovery,
    /// An operator gave a completed order back.
    Refund,
    Adjustment,
}

impl PostingType {
    pub const ALL: [PostingType; 5] = [
        PostingType::Charge,
        PostingType::Payment,
        PostingType::Recovery,
        PostingType::Refund,
        PostingType::Adjustment,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            PostingType::Charge => "CHARGE",
            PostingType::Payment => "PAYMENT",
            PostingType::Recovery => "RECOVERY",
            PostingType::Refund => "REFUND",
            PostingType::Adjustment => "ADJUSTMENT",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One line of the ledger. `amount` is signed: a payment is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Posting {
    pub id: PostingId,
    #[serde(rename = "type")]
    pub kind: PostingType,
    pub amount: Won,
    pub balance_after: Won,
    pub order_id: Option<OrderId>,
    pub created_at: Timestamp,
}

/// A charge as it was credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Charge {
    pub transaction_id: PostingId,
    pub amount: Won,
    /// The balance right after this charge.
    pub balance: Won,
}
