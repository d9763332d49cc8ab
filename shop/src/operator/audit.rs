//! The log of what operators did: who, what, to what, when, from where, before and after. A row is written in the
//! transaction that does it, so that nothing is done unseen and nothing is told that was not done. Rows stay as
//! they were written; triggers say so below the program.

use super::service::Operator;
use super::store::{self, AuditRow};
use super::{Permission, store::AuditFilter};
use crate::alert::AlertName;
use crate::coupon::CouponCode;
use crate::database::Tx;
use crate::error::{Error, Fault};
use crate::id::{OrderId, ProductId, UserId};
use crate::page::{Page, Slice};
use crate::shop::Shop;
use crate::time::Timestamp;
use serde_json::Value;

/// On whose word something is done.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    Operator(&'a Operator),
    /// Whoever runs `damda` on the machine.
    CommandLine,
}

impl<'a> From<&'a Operator> for By<'a> {
    fn from(operator: &'a Operator) -> Self {
        By::Operator(operator)
    }
}

/// What was done, as the log names it for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    OperatorMade,
    RoleChanged,
    /// A person's data was shown to an operator.
    PersonSeen,
    /// An order was moved on by hand: EXPIRED, PENDING or FAILED now.
    OrderRecovered,
    /// The same was tried, and nothing of it was done.
    OrderRecoveryFailed,
    OrderNoted,
    OrderRefunded,
    AlertSilenced,
    SilenceEnded,
    BalanceAdjusted,
    AdjustmentProposed,
    AdjustmentApproved,
    AdjustmentDeclined,
    PersonFrozen,
    PersonUnfrozen,
    BlockEnded,
    SecondFactorSet,
    SecondFactorRemoved,
    SecondFactorReset,
    RecoveryCodesRenewed,
    /// A session of another operator was ended.
    SessionEnded,
    ProductMade,
    ProductEdited,
    ProductActivated,
    ProductRetired,
    StockAdjusted,
    ProductsImported,
    ImageAdded,
    ImageMoved,
    ImageRemoved,
    CouponMade,
    CouponEdited,
    CouponStopped,
    CouponStarted,
    /// Events that had gone out were made to go out once more.
    EventsReplayed,
}

impl Act {
    pub const ALL: [Act; 35] = [
        Act::OperatorMade,
        Act::RoleChanged,
        Act::PersonSeen,
        Act::OrderRecovered,
        Act::OrderRecoveryFailed,
        Act::OrderNoted,
        Act::OrderRefunded,
        Act::AlertSilenced,
        Act::SilenceEnded,
        Act::BalanceAdjusted,
        Act::AdjustmentProposed,
        Act::AdjustmentApproved,
        Act::AdjustmentDeclined,
        Act::PersonFrozen,
        Act::PersonUnfrozen,
        Act::BlockEnded,
        Act::SecondFactorSet,
        Act::SecondFactorRemoved,
        Act::SecondFactorReset,
        Act::RecoveryCodesRenewed,
        Act::SessionEnded,
        Act::ProductMade,
        Act::ProductEdited,
        Act::ProductActivated,
        Act::ProductRetired,
        Act::StockAdjusted,
        Act::ProductsImported,
        Act::ImageAdded,
        Act::ImageMoved,
        Act::ImageRemoved,
        Act::CouponMade,
        Act::CouponEdited,
        Act::CouponStopped,
        Act::CouponStarted,
        Act::EventsReplayed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Act::OperatorMade => "operator.made",
            Act::RoleChanged => "operator.role_changed",
            Act::PersonSeen => "person.seen",
            Act::OrderRecovered => "order.recovered",
            Act::OrderRecoveryFailed => "order.recovery_failed",
            Act::OrderNoted => "order.noted",
            Act::OrderRefunded => "order.refunded",
            Act::AlertSilenced => "alert.silenced",
            Act::SilenceEnded => "alert.silence_ended",
            Act::BalanceAdjusted => "balance.adjusted",
            Act::AdjustmentProposed => "balance.proposed",
            Act::AdjustmentApproved => "balance.approved",
            Act::AdjustmentDeclined => "balance.declined",
            Act::PersonFrozen => "person.frozen",
            Act::PersonUnfrozen => "person.unfrozen",
            Act::BlockEnded => "person.block_ended",
            Act::SecondFactorSet => "operator.second_factor_set",
            Act::SecondFactorRemoved => "operator.second_factor_removed",
            Act::SecondFactorReset => "operator.second_factor_reset",
            Act::RecoveryCodesRenewed => "operator.recovery_codes_renewed",
            Act::SessionEnded => "operator.session_ended",
            Act::ProductMade => "product.made",
            Act::ProductEdited => "product.edited",
            Act::ProductActivated => "product.activated",
            Act::ProductRetired => "product.retired",
            Act::StockAdjusted => "product.stock_adjusted",
            Act::ProductsImported => "product.imported",
            Act::ImageAdded => "product.image_added",
            Act::ImageMoved => "product.image_moved",
            Act::ImageRemoved => "product.image_removed",
            Act::CouponMade => "coupon.made",
            Act::CouponEdited => "coupon.edited",
            Act::CouponStopped => "coupon.stopped",
            Act::CouponStarted => "coupon.started",
            Act::EventsReplayed => "events.replayed",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    User(UserId),
    Order(OrderId),
    Alert(AlertName),
    Product(ProductId),
    /// A file of products, by its SHA-256.
    ProductFile(String),
    /// By its code.
    Coupon(CouponCode),
    /// The events of all orders.
    Outbox,
}

impl Subject {
    pub fn kind(&self) -> &'static str {
        match self {
            Subject::User(_) => "user",
            Subject::Order(_) => "order",
            Subject::Alert(_) => "alert",
            Subject::Product(_) => "product",
            Subject::ProductFile(_) => "product_file",
            Subject::Coupon(_) => "coupon",
            Subject::Outbox => "outbox",
        }
    }

    pub fn id(&self) -> String {
        match self {
            Subject::User(id) => id.to_string(),
            Subject::Order(id) => id.to_string(),
            Subject::Alert(name) => name.as_str().to_owned(),
            Subject::Product(id) => id.to_string(),
            Subject::ProductFile(digest) => digest.clone(),
            Subject::Coupon(code) => code.to_string(),
            Subject::Outbox => "events".to_owned(),
        }
    }
}

/// One thing that was done. `before` and `after` hold what changed and never a secret.
#[derive(Clone, Debug)]
pub struct Entry {
    pub act: Act,
    pub subject: Subject,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Option<String>,
}

impl Entry {
    pub fn new(act: Act, subject: Subject) -> Self {
        Self { act, subject, before: None, after: None, reason: None }
    }

    pub fn changing(self, before: Value, after: Value) -> Self {
        Self { before: Some(before), after: Some(after), ..self }
    }

    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}

/// Writes what is being done, in the transaction that does it.
pub async fn write<'a>(tx: &mut Tx, by: impl Into<By<'a>>, entries: &[Entry], now: Timestamp) -> Result<(), Fault> {
    store::write_entries(tx, by.into(), entries, now).await
}

/// What operators did, newest first.
///
/// # Errors
/// `Forbidden`; `Invalid` on `cursor`.
pub async fn list(
    shop: &Shop,
    operator: &Operator,
    filter: &AuditFilter,
    page: &Page,
) -> Result<Slice<AuditRow>, Error> {
    operator.must(Permission::SeeAuditLog)?;
    store::list_entries(shop.db(), filter, page).await
}
