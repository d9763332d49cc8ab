//! What operators see of an account.

use crate::adjustment::Adjustment;
use crate::coupon::ClaimedCoupon;
use crate::id::{OrderId, RefundId, UserId};
use crate::operator::people::Person;
use crate::operator::store::AuditRow;
use crate::refund::OwedRefund;
use crate::time::Timestamp;
use crate::user::standing::Blocks;
use crate::user::{Language, Role};
use crate::wallet::{Posting, Wallet};

/// How an account stands. The first that holds counts: closed, frozen, blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerState {
    Active,
    /// An operator keeps its owner out.
    Frozen,
    /// Kept from orders and claims for a while, after refusals in a row.
    Blocked,
    /// Its owner left. The row has no name or address any more.
    Closed,
}

impl CustomerState {
    pub const ALL: [CustomerState; 4] =
        [CustomerState::Active, CustomerState::Frozen, CustomerState::Blocked, CustomerState::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            CustomerState::Active => "active",
            CustomerState::Frozen => "frozen",
            CustomerState::Blocked => "blocked",
            CustomerState::Closed => "closed",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub(super) fn of(closed_at: Option<Timestamp>, frozen_at: Option<Timestamp>, is_blocked: bool) -> Self {
        match (closed_at, frozen_at) {
            (Some(_), _) => CustomerState::Closed,
            (None, Some(_)) => CustomerState::Frozen,
            (None, None) if is_blocked => CustomerState::Blocked,
            (None, None) => CustomerState::Active,
        }
    }
}

/// One account of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCustomer {
    pub id: UserId,
    pub state: CustomerState,
    pub role: Role,
    pub created_at: Timestamp,
    /// Only when it was asked for.
    pub person: Option<Person>,
}

/// One account with all that helps its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerDetail {
    pub id: UserId,
    pub state: CustomerState,
    pub role: Role,
    pub lang: Language,
    pub created_at: Timestamp,
    pub frozen_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// Nobody any more when it is closed.
    pub person: Option<Person>,
    pub blocks: Blocks,
    pub wallet: Wallet,
    /// Refunds that wait for room, oldest first.
    pub owed: Vec<OwedRefund>,
    /// Newest first, proposals too.
    pub adjustments: Vec<Adjustment>,
    /// Newest first.
    pub coupons: Vec<ClaimedCoupon>,
    /// What operators did about them, newest first, without mere looks.
    pub acts: Vec<AuditRow>,
}

/// Why a balance moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostingCause {
    /// The person charged their wallet.
    Charge,
    /// Paid an order, or was given back for one that failed.
    Order {
        id: OrderId,
    },
    Refund {
        id: RefundId,
        order_id: OrderId,
        number: i64,
        reason: String,
    },
    Adjustment(Adjustment),
}

/// One line of a statement with its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    pub posting: Posting,
    /// `None` for an adjustment that nothing explains, which `damda verify` names.
    pub cause: Option<PostingCause>,
}
