//! Every "no" of the shop as a sentence: what happened and what to do next. Pages and the REST API share
//! these; a fault says nothing of its source.

use super::words::order_status;
use super::{Lang, t};
use shop::adjustment::{AdjustmentRefusal, AdjustmentState};
use shop::error::CouponReason;
use shop::order::OrderStatus;
use shop::product::images::ImageRefusal;
use shop::refund::RefundRefusal;
use shop::{Error, FieldError, FieldProblem, Refusal, Won};
use std::time::Duration;

/// One sentence or two for a person.
pub fn error_text(lang: Lang, error: &Error) -> String {
    match error {
        Error::Invalid(problems) => match problems.as_slice() {
            [only] => field_text(lang, only),
            _ => t!(lang, "error-invalid"),
        },
        Error::Refused { refusal, .. } => refusal_text(lang, refusal),
        Error::OrderFailed(_) => t!(lang, "error-order-failed"),
        Error::OrderExpired(_) => t!(lang, "error-order-expired"),
        Error::NotFound => t!(lang, "error-not-found"),
        Error::EmailTaken => t!(lang, "error-email-taken"),
        Error::WrongCode => t!(lang, "field-code-wrong"),
        Error::SecondFactorRequired { .. } => t!(lang, "error-second-factor-required"),
        Error::SecondFactorMissing => t!(lang, "error-second-factor-missing"),
        Error::InvalidCredentials => t!(lang, "error-invalid-credentials"),
        Error::Forbidden => t!(lang, "error-forbidden"),
        Error::Frozen => t!(lang, "error-frozen"),
        Error::MailOff => t!(lang, "error-mail-off"),
        Error::OrdersUnfinished { count } => t!(lang, "error-orders-unfinished", count = (*count)),
        Error::LastOwner => t!(lang, "error-last-owner"),
        Error::RefundRefused(refusal) => refund_refusal_text(lang, refusal),
        Error::AdjustmentRefused(refusal) => adjustment_refusal_text(lang, refusal),
        Error::ImageRefused(refusal) => image_refusal_text(lang, *refusal),
        Error::ChangedMeanwhile => t!(lang, "error-changed-meanwhile"),
        Error::RequestInProgress => t!(lang, "error-in-progress"),
        Error::RequestReused => t!(lang, "error-reused"),
        Error::RateLimited { retry_after } => t!(lang, "error-rate-limited", wait = wait_text(lang, *retry_after)),
        Error::Blocked { retry_after } => t!(lang, "error-blocked", wait = wait_text(lang, *retry_after)),
        Error::Busy => t!(lang, "error-busy"),
        Error::Fault(_) => t!(lang, "error-fault"),
    }
}

/// For a code that only HTTP gives, and only programs read: pages have `problem_words`.
pub fn http_text(lang: Lang, code: &str) -> String {
    match code {
        "malformed_request" => t!(lang, "http-malformed-request"),
        "unauthorized" => t!(lang, "http-unauthorized"),
        "method_not_allowed" => t!(lang, "http-method"),
        "unsupported_media_type" => t!(lang, "http-media-type"),
        "request_timeout" => t!(lang, "http-timeout"),
        "payload_too_large" => t!(lang, "http-too-large"),
        "idempotency_key_missing" => t!(lang, "http-key-missing"),
        _ => t!(lang, "error-fault"),
    }
}

/// Why a rule of the shop said no.
pub fn refusal_text(lang: Lang, refusal: &Refusal) -> String {
    match refusal {
        Refusal::InsufficientStock { available, requested, .. } if *available > 0 => {
            t!(lang, "refused-stock", available = (*available), requested = (*requested))
        }
        Refusal::InsufficientStock { .. } => t!(lang, "refused-sold-out"),
        Refusal::InsufficientBalance { balance, needed } => {
            t!(lang, "refused-balance", missing = missing_amount(*balance, *needed).to_string())
        }
        Refusal::BalanceLimitExceeded { unfinished, limit, .. } if unfinished.is_positive() => {
            t!(lang, "refused-limit-unfinished", limit = limit.to_string(), unfinished = unfinished.to_string())
        }
        Refusal::BalanceLimitExceeded { balance, limit, .. } => {
            t!(lang, "refused-limit", limit = limit.to_string(), balance = balance.to_string())
        }
        Refusal::CouponSoldOut => t!(lang, "refused-coupon-sold-out"),
        Refusal::CouponAlreadyClaimed => t!(lang, "refused-coupon-claimed"),
        Refusal::CouponNotApplicable { reason } => coupon_reason_text(lang, *reason),
        Refusal::PriceChanged { expected, actual } => {
            t!(lang, "refused-price", expected = expected.to_string(), actual = actual.to_string())
        }
    }
}

/// Why nothing was given back.
pub fn refund_refusal_text(lang: Lang, refusal: &RefundRefusal) -> String {
    match refusal {
        RefundRefusal::NotRefundable { status: OrderStatus::Refunded } => t!(lang, "refund-refused-all-back"),
        RefundRefusal::NotRefundable { status } => {
            t!(lang, "refund-refused-not-sold", status = order_status(lang, *status))
        }
        RefundRefusal::NotInOrder { .. } => t!(lang, "refund-refused-not-in-order"),
        RefundRefusal::TooMany { asked, left, .. } => {
            t!(lang, "refund-refused-too-many", asked = (*asked), left = (*left))
        }
        RefundRefusal::AccountClosed => t!(lang, "refund-refused-closed"),
        RefundRefusal::OwnOrder => t!(lang, "refund-refused-own"),
    }
}

/// Why a wallet was not adjusted.
pub fn adjustment_refusal_text(lang: Lang, refusal: &AdjustmentRefusal) -> String {
    match refusal {
        AdjustmentRefusal::OwnWallet => t!(lang, "adjustment-refused-own"),
        AdjustmentRefusal::OwnProposal => t!(lang, "adjustment-refused-own-proposal"),
        AdjustmentRefusal::AccountClosed => t!(lang, "adjustment-refused-closed"),
        AdjustmentRefusal::AccountFrozen => t!(lang, "adjustment-refused-frozen"),
        AdjustmentRefusal::NotEnough { balance } => {
            t!(lang, "adjustment-refused-balance", balance = balance.to_string())
        }
        AdjustmentRefusal::NoRoom { balance, coming_back, limit } => t!(
            lang,
            "adjustment-refused-room",
            balance = balance.to_string(),
            coming = coming_back.to_string(),
            limit = limit.to_string()
        ),
        AdjustmentRefusal::Decided { state: AdjustmentState::Applied } => t!(lang, "adjustment-refused-approved"),
        AdjustmentRefusal::Decided { .. } => t!(lang, "adjustment-refused-declined"),
        AdjustmentRefusal::Over => t!(lang, "adjustment-refused-over"),
    }
}

/// Why a picture was not taken.
pub fn image_refusal_text(lang: Lang, refusal: ImageRefusal) -> String {
    match refusal {
        ImageRefusal::NotAnImage => t!(lang, "image-refused-kind"),
        ImageRefusal::Damaged => t!(lang, "image-refused-damaged"),
        ImageRefusal::TooManyBytes { most } => t!(lang, "image-refused-bytes", most = (most / 1_048_576)),
        ImageRefusal::TooManyPixels { most } => t!(lang, "image-refused-pixels", most = super::grouped(most)),
        ImageRefusal::AlreadyThere => t!(lang, "image-refused-there"),
        ImageRefusal::TooMany { most } => t!(lang, "image-refused-many", most = most),
    }
}

/// Why a coupon does not apply.
pub fn coupon_reason_text(lang: Lang, reason: CouponReason) -> String {
    match reason {
        CouponReason::Unknown => t!(lang, "coupon-reason-unknown"),
        CouponReason::NotClaimed => t!(lang, "coupon-reason-not-claimed"),
        CouponReason::InUse => t!(lang, "coupon-reason-in-use"),
        CouponReason::Used => t!(lang, "coupon-reason-used"),
        CouponReason::NotBegun => t!(lang, "coupon-reason-not-begun"),
        CouponReason::Expired => t!(lang, "coupon-reason-expired"),
        CouponReason::Stopped => t!(lang, "coupon-reason-stopped"),
        CouponReason::BelowMinimum => t!(lang, "coupon-reason-below-minimum"),
        CouponReason::NothingLeft => t!(lang, "coupon-reason-nothing-left"),
    }
}

/// What is wrong with one value, to stand beside its field.
pub fn field_text(lang: Lang, error: &FieldError) -> String {
    let field = error.field.rsplit('.').next().unwrap_or_default();
    match (field, &error.problem) {
        ("email", FieldProblem::Malformed) => t!(lang, "field-email-malformed"),
        ("name", FieldProblem::Malformed) => t!(lang, "field-name-malformed"),
        ("password" | "new_password", FieldProblem::TooShort { least }) => {
            t!(lang, "field-password-short", least = (*least))
        }
        ("password" | "new_password", FieldProblem::TooLong { most }) => {
            t!(lang, "field-password-long", most = (*most))
        }
        ("age_confirmed", FieldProblem::Required) => t!(lang, "field-age-required"),
        ("forfeited", FieldProblem::Required) => t!(lang, "field-forfeited-required"),
        ("forfeited", FieldProblem::Mismatch) => t!(lang, "field-forfeited-changed"),
        (
            "amount",
            FieldProblem::TooSmall { .. }
            | FieldProblem::TooLarge { .. }
            | FieldProblem::NotAStep { .. }
            | FieldProblem::Malformed,
        ) => t!(lang, "field-amount"),
        ("code", FieldProblem::WrongPassword) => t!(lang, "field-code-wrong"),
        ("ids", FieldProblem::Required) => t!(lang, "field-ids-required"),
        ("pieces", FieldProblem::Required) => t!(lang, "field-pieces-required"),
        ("text", FieldProblem::Required) => t!(lang, "field-note-required"),
        ("items", FieldProblem::TooLarge { most }) => t!(lang, "field-items-too-many", most = (*most)),
        ("items", FieldProblem::Required) => t!(lang, "field-items-required"),
        ("quantity", FieldProblem::TooLarge { most }) => t!(lang, "field-quantity-too-many", most = (*most)),
        ("reason", FieldProblem::Required) => t!(lang, "field-reason-required"),
        ("coupon_code", FieldProblem::Malformed) => t!(lang, "field-coupon-malformed"),
        ("file" | "image", FieldProblem::Required) => t!(lang, "field-file-required"),
        ("file", FieldProblem::TooLarge { most }) => t!(lang, "field-file-too-large", most = (most / 1_048_576)),
        ("sku", FieldProblem::Mismatch) => t!(lang, "field-sku-taken"),
        ("code", FieldProblem::Mismatch) => t!(lang, "field-code-taken"),
        ("pieces_moved", FieldProblem::TooLarge { most }) => {
            t!(lang, "field-pieces-moved", most = super::grouped(*most))
        }
        ("total_quantity", FieldProblem::TooSmall { least }) if *least > 1 => {
            t!(lang, "field-total-issued", least = super::grouped(*least))
        }
        ("discount_value" | "minimum_amount" | "starts_at", FieldProblem::Mismatch) => {
            t!(lang, "field-coupon-settled")
        }
        ("ends_at", FieldProblem::Mismatch) => t!(lang, "field-ends-at"),
        (_, problem) => problem_text(lang, problem),
    }
}

/// What is wrong with one column of a line of a file; line 1 is the header. The file as a whole is the column `line`.
pub fn import_text(lang: Lang, line: u64, error: &FieldError) -> String {
    match (error.field.as_str(), &error.problem) {
        ("line", FieldProblem::Required) => t!(lang, "import-empty"),
        ("line", FieldProblem::TooLarge { most }) => t!(lang, "import-too-long", most = super::grouped(*most)),
        ("line", FieldProblem::Mismatch) => t!(lang, "import-cells"),
        ("line", FieldProblem::Malformed) => t!(lang, "import-unreadable"),
        (_, FieldProblem::Unknown) if line == 1 => t!(lang, "import-column-unknown"),
        (_, FieldProblem::Mismatch) if line == 1 => t!(lang, "import-column-twice"),
        (_, FieldProblem::Required) if line == 1 => t!(lang, "import-column-missing"),
        ("sku", FieldProblem::Mismatch) => t!(lang, "import-sku-twice"),
        ("stock", FieldProblem::TooSmall { least }) if *least > 0 => {
            t!(lang, "import-stock-held", least = super::grouped(*least))
        }
        _ => field_text(lang, error),
    }
}

fn problem_text(lang: Lang, problem: &FieldProblem) -> String {
    match problem {
        FieldProblem::Required => t!(lang, "problem-required"),
        FieldProblem::Malformed => t!(lang, "problem-malformed"),
        FieldProblem::TooShort { least } => t!(lang, "problem-too-short", least = (*least)),
        FieldProblem::TooLong { most } => t!(lang, "problem-too-long", most = (*most)),
        FieldProblem::TooSmall { least } => t!(lang, "problem-too-small", least = super::grouped(*least)),
        FieldProblem::TooLarge { most } => t!(lang, "problem-too-large", most = super::grouped(*most)),
        FieldProblem::NotAStep { step } => t!(lang, "problem-not-a-step", step = super::grouped(*step)),
        FieldProblem::Unknown => t!(lang, "problem-unknown"),
        FieldProblem::NotForSale { .. } => t!(lang, "field-product-unknown"),
        FieldProblem::Mismatch => t!(lang, "problem-mismatch"),
        FieldProblem::WrongPassword => t!(lang, "problem-wrong-password"),
        FieldProblem::NotUtf8 => t!(lang, "problem-not-utf8"),
    }
}

/// How long from now: seconds under a minute and a half, else minutes, rounded up.
pub fn wait_text(lang: Lang, wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let (seconds, minutes) = (seconds, seconds.div_ceil(60));
    let number = |count: u128| i64::try_from(count).unwrap_or(i64::MAX);
    if seconds <= 90 {
        t!(lang, "wait-seconds", count = number(seconds))
    } else {
        t!(lang, "wait-minutes", count = number(minutes))
    }
}

/// What a wallet lacks for an amount; nothing when it holds enough.
pub fn missing_amount(balance: Won, needed: Won) -> Won {
    needed.minus(balance).filter(|missing| missing.is_positive()).unwrap_or(Won::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shop::Fault;
    use shop::id::ProductId;

    #[test]
    fn a_fault_keeps_its_source_to_itself() {
        let error = Error::Fault(Fault::Other("password=hunter2 at 10.0.0.7".to_owned()));
        for lang in [Lang::Ko, Lang::En] {
            let text = error_text(lang, &error);
            assert!(!text.contains("hunter2") && !text.contains("10.0.0.7"), "{text}");
        }
    }

    #[test]
    fn every_refusal_is_said_with_its_facts_in_both_languages() {
        let stock = |available| Refusal::InsufficientStock { product_id: ProductId::new(1), requested: 2, available };
        let table = [
            (stock(1), "1"),
            (Refusal::InsufficientBalance { balance: Won::new(500), needed: Won::new(13_400) }, "₩12,900"),
            (Refusal::PriceChanged { expected: Won::new(900), actual: Won::new(1_900) }, "₩1,900"),
            (
                Refusal::BalanceLimitExceeded {
                    balance: Won::new(1),
                    unfinished: Won::new(700),
                    limit: Won::new(10_000_000),
                },
                "₩700",
            ),
        ];
        for (refusal, fact) in table {
            for lang in [Lang::Ko, Lang::En] {
                let text = refusal_text(lang, &refusal);
                assert!(text.contains(fact), "{text}");
            }
        }
    }

    #[test]
    fn a_code_that_only_http_gives_has_a_sentence_of_its_own() {
        let codes = [
            "malformed_request",
            "unauthorized",
            "method_not_allowed",
            "unsupported_media_type",
            "request_timeout",
            "payload_too_large",
            "idempotency_key_missing",
            "internal_error",
        ];
        for lang in Lang::ALL {
            let said: std::collections::BTreeSet<String> = codes.iter().map(|code| http_text(lang, code)).collect();
            assert_eq!(said.len(), codes.len(), "{said:?}");
        }
    }

    #[test]
    fn every_refund_that_cannot_be_is_said_with_its_facts_in_both_languages() {
        let product_id = ProductId::new(1);
        for lang in [Lang::Ko, Lang::En] {
            let status = OrderStatus::Pending;
            let table = [
                (RefundRefusal::NotRefundable { status }, order_status(lang, status)),
                (RefundRefusal::TooMany { product_id, asked: 3, left: 2 }, "2".to_owned()),
            ];
            for (refusal, fact) in table {
                let text = refund_refusal_text(lang, &refusal);
                assert!(text.contains(&fact), "{text}");
            }
        }
    }

    #[test]
    fn each_thing_that_can_be_wrong_with_a_line_has_a_sentence_of_its_own() {
        let table = [
            (2, "line", FieldProblem::Required),
            (9, "line", FieldProblem::TooLarge { most: 10_000 }),
            (2, "line", FieldProblem::Mismatch),
            (2, "line", FieldProblem::Malformed),
            (2, "name", FieldProblem::NotUtf8),
            (1, "colour", FieldProblem::Unknown),
            (1, "sku", FieldProblem::Mismatch),
            (1, "sku", FieldProblem::Required),
            (2, "sku", FieldProblem::Mismatch),
            (2, "stock", FieldProblem::TooSmall { least: 3 }),
            (2, "category", FieldProblem::Unknown),
        ];
        for lang in Lang::ALL {
            let said: std::collections::BTreeSet<String> = table
                .iter()
                .map(|(line, field, problem)| import_text(lang, *line, &FieldError::new(*field, problem.clone())))
                .collect();
            assert_eq!(said.len(), table.len(), "{said:?}");
        }
    }

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!(wait_text(Lang::En, Duration::from_millis(200)), "1 second");
        assert_eq!(wait_text(Lang::En, Duration::from_secs(42)), "42 seconds");
        assert_eq!(wait_text(Lang::Ko, Duration::from_secs(541)), "10분");
    }

    #[test]
    fn a_field_of_a_line_is_named_by_its_last_part() {
        let error = FieldError::new("items[0].quantity", FieldProblem::TooLarge { most: 10 });
        assert!(field_text(Lang::En, &error).contains("10"));
    }
}
