//! What a coupon takes off, and who may claim a piece.

use super::model::{Coupon, Discount, UserCouponStatus};
use crate::error::{CouponReason, Refusal};
use crate::id::OrderId;
use crate::money::Won;
use crate::time::Timestamp;

/// A shopper's piece, as the deciding stage sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserCouponSnapshot {
    /// The piece's own row.
    pub id: i64,
    pub status: UserCouponStatus,
    pub order_id: Option<OrderId>,
}

/// What the coupon takes off an order of this total (SPEC §5 and reading 5).
pub fn decide_discount(
    coupon: Option<&Coupon>,
    piece: Option<UserCouponSnapshot>,
    total: Won,
    now: Timestamp,
) -> Result<Won, CouponReason> {
    let coupon = coupon.ok_or(CouponReason::Unknown)?;
    let piece = piece.ok_or(CouponReason::NotClaimed)?;
    match piece.status {
        UserCouponStatus::Held => return Err(CouponReason::InUse),
        UserCouponStatus::Used => return Err(CouponReason::Used),
        UserCouponStatus::Issued => {}
    }
    check_running(coupon, now)?;
    if total < coupon.minimum_amount {
        return Err(CouponReason::BelowMinimum);
    }
    let discount = match coupon.discount {
        Discount::Rate(percent) => total.percent(percent).ok_or(CouponReason::NothingLeft)?,
        Discount::Fixed(won) => won,
    };
    if discount >= total { Err(CouponReason::NothingLeft) } else { Ok(discount) }
}

fn check_running(coupon: &Coupon, now: Timestamp) -> Result<(), CouponReason> {
    if !coupon.is_active {
        Err(CouponReason::Stopped)
    } else if now < coupon.starts_at {
        Err(CouponReason::NotBegun)
    } else if now >= coupon.ends_at {
        Err(CouponReason::Expired)
    } else {
        Ok(())
    }
}

/// Whether this shopper may have one of the `remaining` pieces.
pub fn decide_claim(
    coupon: Option<&Coupon>,
    remaining: i64,
    already_claimed: bool,
    now: Timestamp,
) -> Result<(), Refusal> {
    let not_applicable = |reason| Refusal::CouponNotApplicable { reason };
    let coupon = coupon.ok_or(not_applicable(CouponReason::Unknown))?;
    check_running(coupon, now).map_err(not_applicable)?;
    if already_claimed {
        Err(Refusal::CouponAlreadyClaimed)
    } else if remaining < 1 {
        Err(Refusal::CouponSoldOut)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupon::CouponCode;
    use crate::id::CouponId;
    use proptest::prelude::*;

    fn coupon(discount: Discount) -> Coupon {
        Coupon {
            id: CouponId::new(1),
            code: CouponCode::parse("TEST").expect("a good code"),
            name: String::new(),
            name_en: String::new(),
            discount,
            minimum_amount: Won::new(1_000),
            total_quantity: 10,
            issued_quantity: 1,
            used_quantity: 0,
            starts_at: Timestamp::from_millis(100),
            ends_at: Timestamp::from_millis(200),
            is_active: true,
        }
    }

    fn piece(status: UserCouponStatus) -> Option<UserCouponSnapshot> {
        Some(UserCouponSnapshot { id: 1, status, order_id: None })
    }

    #[test]
    fn ten_percent_of_1_235_won_is_123_won() {
        let coupon = coupon(Discount::Rate(10));
        let discount = decide_discount(
            Some(&coupon),
            piece(UserCouponStatus::Issued),
            Won::new(1_235),
            Timestamp::from_millis(100),
        );
        assert_eq!(discount, Ok(Won::new(123)));
    }

    #[test]
    fn a_coupon_that_does_not_apply_says_why() {
        use CouponReason as R;
        use UserCouponStatus as S;
        let fixed = coupon(Discount::Fixed(Won::new(1_000)));
        let stopped = Coupon { is_active: false, ..fixed.clone() };
        let table = [
            (None, piece(S::Issued), 5_000, 150, R::Unknown),
            (Some(&fixed), None, 5_000, 150, R::NotClaimed),
            (Some(&fixed), piece(S::Held), 5_000, 150, R::InUse),
            (Some(&fixed), piece(S::Used), 5_000, 150, R::Used),
            (Some(&fixed), piece(S::Issued), 5_000, 99, R::NotBegun),
            (Some(&fixed), piece(S::Issued), 5_000, 200, R::Expired),
            (Some(&stopped), piece(S::Issued), 5_000, 150, R::Stopped),
            (Some(&fixed), piece(S::Issued), 999, 150, R::BelowMinimum),
            (Some(&fixed), piece(S::Issued), 1_000, 150, R::NothingLeft),
        ];
        for (coupon, piece, total, now, reason) in table {
            assert_eq!(decide_discount(coupon, piece, Won::new(total), Timestamp::from_millis(now)), Err(reason));
        }
    }

    #[test]
    fn a_claim_is_refused_in_this_order() {
        let running = coupon(Discount::Rate(10));
        let table = [
            (None, 1, false, 150, Some("coupon_not_applicable")),
            (Some(&running), 1, false, 99, Some("coupon_not_applicable")),
            (Some(&running), 1, false, 200, Some("coupon_not_applicable")),
            (Some(&running), 0, true, 150, Some("coupon_already_claimed")),
            (Some(&running), 0, false, 150, Some("coupon_sold_out")),
            (Some(&running), 1, false, 150, None),
        ];
        for (coupon, remaining, claimed, now, code) in table {
            let refusal = decide_claim(coupon, remaining, claimed, Timestamp::from_millis(now)).err();
            assert_eq!(refusal.as_ref().map(Refusal::code), code);
        }
    }

    proptest! {
        #[test]
        fn a_rate_discount_is_exact_and_leaves_something_to_pay(total in 1_000i64..=100_000_000, percent in 1i64..=99) {
            let coupon = coupon(Discount::Rate(percent));
            let discount = decide_discount(Some(&coupon), piece(UserCouponStatus::Issued), Won::new(total), Timestamp::from_millis(150));
            let discount = discount.expect("a running coupon applies").get();
            prop_assert!(discount * 100 <= total * percent && total * percent < (discount + 1) * 100);
            prop_assert!(discount >= 0 && discount < total);
        }
    }
}
