//! Every way the shop says no. An expected "no" carries its facts, so that a page can say the next step;
//! a fault carries its source for the log and nothing for the wire. Which HTTP status a code has is the
//! server's business.

use crate::adjustment::AdjustmentRefusal;
#[cfg(feature = "server")]
use crate::database::Trouble;
use crate::id::{OrderId, ProductId, UserId};
use crate::money::Won;
use crate::product::images::ImageRefusal;
use crate::refund::RefundRefusal;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A rule of the shop said no. Stored with the order and answered again to the same request id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// Fewer pieces are free than were asked for.
    InsufficientStock { product_id: ProductId, requested: i64, available: i64 },
    /// The wallet holds less than the order costs.
    InsufficientBalance { balance: Won, needed: Won },
    /// The charge would carry the wallet, with all that may still come back, past the limit of SPEC §5. `unfinished` is
    /// what unfinished orders may give back, and the refunds that wait for room.
    BalanceLimitExceeded { balance: Won, unfinished: Won, limit: Won },
    /// All of the coupon's pieces are claimed.
    CouponSoldOut,
    /// This shopper already claimed a piece.
    CouponAlreadyClaimed,
    /// The coupon cannot be claimed or used, and why.
    CouponNotApplicable { reason: CouponReason },
    /// The final amount is no longer the one the shopper saw.
    PriceChanged { expected: Won, actual: Won },
}

/// Why a coupon does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponReason {
    /// No coupon has this code.
    Unknown,
    /// The shopper has not claimed it.
    NotClaimed,
    /// Another order of the shopper holds it.
    InUse,
    /// It paid for an order already.
    Used,
    /// Claiming it has not begun.
    NotBegun,
    /// It has ended.
    Expired,
    /// An operator stopped it.
    Stopped,
    /// The order is below the coupon's least amount.
    BelowMinimum,
    /// The discount would leave nothing to pay.
    NothingLeft,
}

impl Refusal {
    /// The stable code of API.md.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::InsufficientStock { .. } => "insufficient_stock",
            Refusal::InsufficientBalance { .. } => "insufficient_balance",
            Refusal::BalanceLimitExceeded { .. } => "balance_limit_exceeded",
            Refusal::CouponSoldOut => "coupon_sold_out",
            Refusal::CouponAlreadyClaimed => "coupon_already_claimed",
            Refusal::CouponNotApplicable { .. } => "coupon_not_applicable",
            Refusal::PriceChanged { .. } => "price_changed",
        }
    }
}

/// What is wrong with one value of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field as the API names it: `amount`, `items[0].quantity`.
    pub field: String,
    #[serde(flatten)]
    pub problem: FieldProblem,
}

impl FieldError {
    pub fn new(field: impl Into<String>, problem: FieldProblem) -> Self {
        Self { field: field.into(), problem }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum FieldProblem {
    Required,
    /// Not of the form the field asks for (an e-mail, a number, a date, a known word).
    Malformed,
    TooShort {
        least: i64,
    },
    TooLong {
        most: i64,
    },
    TooSmall {
        least: i64,
    },
    TooLarge {
        most: i64,
    },
    NotAStep {
        step: i64,
    },
    /// Names something that does not exist.
    Unknown,
    /// No such product, or it is no longer sold.
    NotForSale {
        product_id: ProductId,
    },
    /// Two fields that must agree do not.
    Mismatch,
    /// The current password is not this one.
    WrongPassword,
    /// Bytes that are no text in UTF-8.
    NotUtf8,
}

/// A failure of ours. Logged once, where it is handled; never shown.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[cfg(feature = "server")]
    #[error("database: {0}{remedy}", remedy = remedy_of(.0))]
    Database(#[from] std::sync::Arc<sqlx::Error>),
    /// The connection broke while a transaction was committed: whether it was is not known here.
    #[cfg(feature = "server")]
    #[error("the connection to the database broke at the commit: {0}")]
    Uncertain(sqlx::Error),
    /// The database did not answer or could not write, so nothing was done.
    #[error("{0}")]
    Away(String),
    /// A stored value or an invariant of ours does not hold; the text names it.
    #[error("broken invariant: {0}")]
    Broken(String),
    #[error("{0}")]
    Other(String),
}

impl Fault {
    /// Whether the database did not answer, or could not write for want of room and the like: nothing was done, and
    /// the same may work in a moment.
    pub fn is_away(&self) -> bool {
        match self {
            Fault::Away(_) => true,
            #[cfg(feature = "server")]
            Fault::Database(error) => crate::database::does_not_answer(error) || Trouble::of(error).is_some(),
            _ => false,
        }
    }
}

/// What its owner can do about the database, where that is known.
#[cfg(feature = "server")]
fn remedy_of(error: &sqlx::Error) -> String {
    Trouble::of(error).map(|trouble| format!("; {}", trouble.remedy())).unwrap_or_default()
}

/// Why a service did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 422 `validation_failed`: nothing was tried.
    #[error("validation failed: {0:?}")]
    Invalid(Vec<FieldError>),
    /// 409 with the refusal's code. `order_id` is the order that was refused, when there is one.
    #[error("refused: {refusal:?}")]
    Refused { refusal: Refusal, order_id: Option<OrderId> },
    /// 409 `order_failed`: the replayed order was given back.
    #[error("order {0} failed and was given back")]
    OrderFailed(OrderId),
    /// 409 `order_expired`: the replayed order was not paid in time.
    #[error("order {0} expired unpaid")]
    OrderExpired(OrderId),
    /// 404, also for what is somebody else's.
    #[error("not found")]
    NotFound,
    /// 409 `email_taken`.
    #[error("e-mail taken")]
    EmailTaken,
    /// 401 `invalid_credentials`.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// 401 `second_factor_required`: the password is right, and the account's second factor is asked for.
    #[error("a second factor is required")]
    SecondFactorRequired { user_id: UserId, auth_version: i64 },
    /// 401 `invalid_credentials`: the code of the second factor is wrong, or was used.
    #[error("wrong code")]
    WrongCode,
    /// 403 `forbidden`: the shop keeps operators without a second factor out of the console.
    #[error("the operator has no second factor")]
    SecondFactorMissing,
    /// 403 `forbidden`.
    #[error("forbidden")]
    Forbidden,
    /// 403 `forbidden`: the password is right, but an operator keeps this account out.
    #[error("the account is frozen")]
    Frozen,
    /// 403 `forbidden`: this shop sends no letters, so nobody can be sent a link.
    #[error("no mail is set up")]
    MailOff,
    /// 403 `forbidden`: an account does not close while its orders are under way.
    #[error("{count} orders are unfinished")]
    OrdersUnfinished { count: i64 },
    /// 403 `forbidden`: somebody must be left who can make operators.
    #[error("the last owner stays")]
    LastOwner,
    /// 403 `forbidden`: an operator asked for a refund that cannot be.
    #[error("no refund: {0:?}")]
    RefundRefused(RefundRefusal),
    /// 422 `validation_failed`: a file that an operator sent is no picture that the shop takes.
    #[error("no picture: {0:?}")]
    ImageRefused(ImageRefusal),
    /// 403 `forbidden`: an operator asked for an adjustment that cannot be.
    #[error("no adjustment: {0:?}")]
    AdjustmentRefused(AdjustmentRefusal),
    /// 403 `forbidden`: another operator changed what this one was changing.
    #[error("it has changed since it was shown")]
    ChangedMeanwhile,
    /// 409 `request_in_progress`.
    #[error("the same request is still running")]
    RequestInProgress,
    /// 422 `idempotency_key_reused`.
    #[error("the request id was used for another request")]
    RequestReused,
    /// 429 `rate_limited`.
    #[error("rate limited for {retry_after:?}")]
    RateLimited { retry_after: Duration },
    /// 429 `temporarily_blocked`.
    #[error("blocked for {retry_after:?}")]
    Blocked { retry_after: Duration },
    /// 503 `service_unavailable`: more is waiting than we may hold; nothing was tried.
    #[error("too busy")]
    Busy,
    /// 500 `internal_error`; 503 `service_unavailable` while the database does not answer or cannot write.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Error {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, problem: FieldProblem) -> Self {
        Error::Invalid(vec![FieldError::new(field, problem)])
    }

    /// A refusal that belongs to no order.
    pub fn refused(refusal: Refusal) -> Self {
        Error::Refused { refusal, order_id: None }
    }

    /// The stable code of API.md.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Invalid(_) | Error::ImageRefused(_) => "validation_failed",
            Error::Refused { refusal, .. } => refusal.code(),
            Error::OrderFailed(_) => "order_failed",
            Error::OrderExpired(_) => "order_expired",
            Error::NotFound => "not_found",
            Error::EmailTaken => "email_taken",
            Error::InvalidCredentials | Error::WrongCode => "invalid_credentials",
            Error::SecondFactorRequired { .. } => "second_factor_required",
            Error::Forbidden
            | Error::SecondFactorMissing
            | Error::Frozen
            | Error::MailOff
            | Error::OrdersUnfinished { .. }
            | Error::LastOwner
            | Error::RefundRefused(_)
            | Error::AdjustmentRefused(_)
            | Error::ChangedMeanwhile => "forbidden",
            Error::RequestInProgress => "request_in_progress",
            Error::RequestReused => "idempotency_key_reused",
            Error::RateLimited { .. } => "rate_limited",
            Error::Blocked { .. } => "temporarily_blocked",
            Error::Busy => "service_unavailable",
            Error::Fault(fault) if fault.is_away() => "service_unavailable",
            Error::Fault(_) => "internal_error",
        }
    }
}

#[cfg(feature = "server")]
impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Fault::Database(error.into())
    }
}

#[cfg(feature = "server")]
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Error::Fault(error.into())
    }
}

/// Work whose panic is a fault of this work and nothing else: who holds a lock goes on to free it, and neighbours do
/// not pay for it.
#[cfg(feature = "server")]
pub(crate) async fn caught<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    use futures::FutureExt;
    let done = std::panic::AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(Fault::Broken("the work panicked".to_owned()).into()))
}
