//! What an adjustment is, and why there is none.

use crate::id::{AdjustmentId, PostingId, UserId};
use crate::money::Won;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How far one has come. A proposal that nobody decides in time stays one, and is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AdjustmentState {
    /// It waits for a second operator.
    Proposed,
    Applied,
    Declined,
}

impl AdjustmentState {
    pub const ALL: [AdjustmentState; 3] =
        [AdjustmentState::Proposed, AdjustmentState::Applied, AdjustmentState::Declined];

    pub fn as_str(self) -> &'static str {
        match self {
            AdjustmentState::Proposed => "PROPOSED",
            AdjustmentState::Applied => "APPLIED",
            AdjustmentState::Declined => "DECLINED",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// One adjustment, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adjustment {
    pub id: AdjustmentId,
    /// Whose wallet it is.
    pub user_id: UserId,
    /// Who asked for it; nobody: the command line.
    pub operator_id: Option<UserId>,
    /// Signed: what is taken away is negative.
    pub amount: Won,
    pub reason: String,
    pub state: AdjustmentState,
    pub created_at: Timestamp,
    /// The second operator; nobody when none was needed.
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
    pub posting_id: Option<PostingId>,
}

/// Why a wallet was not adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum AdjustmentRefusal {
    /// Nobody adjusts their own wallet, nor approves that another does.
    OwnWallet,
    /// Nobody approves their own proposal.
    OwnProposal,
    /// Its owner closed the account: nobody could spend what the wallet would hold.
    AccountClosed,
    /// An operator keeps its owner out.
    AccountFrozen,
    /// It holds less than was to be taken away.
    NotEnough { balance: Won },
    /// With all that may still come back it would pass the limit.
    NoRoom { balance: Won, coming_back: Won, limit: Won },
    /// Somebody decided before.
    Decided { state: AdjustmentState },
    /// Nobody decided in time.
    Over,
}
