//! What of a campaign may be, and what may still change once shoppers hold pieces of it.

use super::model::CampaignTerms;
use crate::coupon::{Coupon, Discount};
use crate::error::{FieldError, FieldProblem};

/// The longest name of a campaign, in characters.
pub const MOST_NAME: i64 = 200;
/// The most pieces a campaign may have.
pub const MOST_PIECES: i64 = 1_000_000_000;
/// The most a fixed coupon takes off, and the most that an order can be asked to reach: a full wallet.
pub const MOST_WON: i64 = 10_000_000;

/// Everything that is wrong with these terms, whoever holds pieces.
pub fn find_terms_problems(terms: &CampaignTerms) -> Vec<FieldError> {
    let mut problems = Vec::new();
    let mut check = |field: &str, problem: Option<FieldProblem>| {
        if let Some(problem) = problem {
            problems.push(FieldError::new(field, problem));
        }
    };
    check("name", length_problem(&terms.name, 1));
    check("name_en", length_problem(&terms.name_en, 0));
    let most_off = if matches!(terms.discount, Discount::Rate(_)) { 99 } else { MOST_WON };
    check("discount_value", range_problem(terms.discount.value(), 1, most_off));
    check("minimum_amount", range_problem(terms.minimum_amount.get(), 0, MOST_WON));
    check("total_quantity", range_problem(terms.total_quantity, 1, MOST_PIECES));
    check("ends_at", (terms.ends_at <= terms.starts_at).then_some(FieldProblem::Mismatch));
    problems
}

/// Everything that may not change so. Pieces that are held keep what they promise: what is taken off, from which amount
/// on, since when, and at least until when. There are never fewer pieces than are held.
pub fn find_change_problems(coupon: &Coupon, wanted: &CampaignTerms) -> Vec<FieldError> {
    let mut problems = Vec::new();
    let issued = coupon.issued_quantity;
    if wanted.total_quantity < issued {
        problems.push(FieldError::new("total_quantity", FieldProblem::TooSmall { least: issued }));
    }
    if issued == 0 {
        return problems;
    }
    for (field, changes) in [
        ("discount_value", wanted.discount != coupon.discount),
        ("minimum_amount", wanted.minimum_amount != coupon.minimum_amount),
        ("starts_at", wanted.starts_at != coupon.starts_at),
        ("ends_at", wanted.ends_at < coupon.ends_at),
    ] {
        if changes {
            problems.push(FieldError::new(field, FieldProblem::Mismatch));
        }
    }
    problems
}

fn range_problem(value: i64, least: i64, most: i64) -> Option<FieldProblem> {
    match value {
        _ if value < least => Some(FieldProblem::TooSmall { least }),
        _ if value > most => Some(FieldProblem::TooLarge { most }),
        _ => None,
    }
}

fn length_problem(text: &str, least: i64) -> Option<FieldProblem> {
    let length = i64::try_from(text.trim().chars().count()).unwrap_or(i64::MAX);
    match length {
        _ if length < least => Some(FieldProblem::Required),
        _ if length > MOST_NAME => Some(FieldProblem::TooLong { most: MOST_NAME }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupon::CouponCode;
    use crate::coupon::console::model::CampaignStanding;
    use crate::id::CouponId;
    use crate::money::Won;
    use crate::time::Timestamp;

    fn coupon(issued: i64) -> Coupon {
        Coupon {
            id: CouponId::new(1),
            code: CouponCode::parse("TEST").expect("a good code"),
            name: "쿠폰".to_owned(),
            name_en: String::new(),
            discount: Discount::Rate(10),
            minimum_amount: Won::new(1_000),
            total_quantity: 10,
            issued_quantity: issued,
            used_quantity: 0,
            starts_at: Timestamp::from_millis(100),
            ends_at: Timestamp::from_millis(200),
            is_active: true,
        }
    }

    fn fields(problems: Vec<FieldError>) -> Vec<String> {
        problems.into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn good_terms_have_no_problem_and_bad_ones_are_named() {
        let good = CampaignTerms::of(&coupon(0));
        assert!(find_terms_problems(&good).is_empty());
        let table = [
            (CampaignTerms { name: " ".to_owned(), ..good.clone() }, "name"),
            (CampaignTerms { name_en: "a".repeat(201), ..good.clone() }, "name_en"),
            (CampaignTerms { discount: Discount::Rate(100), ..good.clone() }, "discount_value"),
            (CampaignTerms { discount: Discount::Fixed(Won::new(0)), ..good.clone() }, "discount_value"),
            (CampaignTerms { minimum_amount: Won::new(-1), ..good.clone() }, "minimum_amount"),
            (CampaignTerms { total_quantity: 0, ..good.clone() }, "total_quantity"),
            (CampaignTerms { ends_at: good.starts_at, ..good.clone() }, "ends_at"),
        ];
        for (terms, field) in table {
            assert_eq!(fields(find_terms_problems(&terms)), [field]);
        }
    }

    #[test]
    fn what_shoppers_hold_keeps_its_rules() {
        let terms = CampaignTerms::of(&coupon(5));
        let at = Timestamp::from_millis;
        // What changes, and which field says no while five of ten pieces are held.
        let table = [
            (terms.clone(), None),
            (CampaignTerms { name: "새 이름".to_owned(), ..terms.clone() }, None),
            (CampaignTerms { total_quantity: 5, ..terms.clone() }, None),
            (CampaignTerms { total_quantity: 4, ..terms.clone() }, Some("total_quantity")),
            (CampaignTerms { ends_at: at(201), ..terms.clone() }, None),
            (CampaignTerms { ends_at: at(199), ..terms.clone() }, Some("ends_at")),
            (CampaignTerms { starts_at: at(99), ..terms.clone() }, Some("starts_at")),
            (CampaignTerms { discount: Discount::Rate(11), ..terms.clone() }, Some("discount_value")),
            (CampaignTerms { minimum_amount: Won::new(0), ..terms.clone() }, Some("minimum_amount")),
        ];
        for (wanted, field) in table {
            assert_eq!(fields(find_change_problems(&coupon(5), &wanted)).first().map(String::as_str), field);
            assert!(find_change_problems(&coupon(0), &wanted).is_empty(), "nobody holds one: {wanted:?}");
        }
    }

    #[test]
    fn a_campaign_stands_where_its_time_its_pieces_and_its_operator_say() {
        use CampaignStanding as S;
        let (fresh, gone) = (coupon(0), coupon(10));
        let stopped = Coupon { is_active: false, ..fresh.clone() };
        let table = [
            (&fresh, 99, S::Upcoming),
            (&fresh, 100, S::Running),
            (&gone, 100, S::SoldOut),
            (&gone, 200, S::Finished),
            (&stopped, 99, S::Stopped),
            (&stopped, 199, S::Stopped),
            (&stopped, 200, S::Finished),
        ];
        for (coupon, now, standing) in table {
            assert_eq!(S::of(coupon, Timestamp::from_millis(now)), standing, "at {now}");
        }
        for standing in S::ALL {
            assert_eq!(S::from_text(standing.as_str()), Some(standing));
        }
    }
}
