//! What a cart would cost now, and everything that stands in the way.

use crate::support::*;
use shop::coupon::{CouponCode, Discount, NewCoupon};
use shop::error::CouponReason;
use shop::id::{ProductId, UserId};
use shop::order::service::quote_order;
use shop::order::{Quote, QuoteProblem};
use shop::product::ProductDraft;
use shop::{Refusal, Won};

async fn quote(
    shop: &TestShop,
    user: Option<UserId>,
    lines: &[(ProductId, i64)],
    coupon: Option<&CouponCode>,
) -> Quote {
    quote_order(shop, user, lines, coupon).await.unwrap()
}

fn refused(refusal: Refusal) -> QuoteProblem {
    QuoteProblem::Refused { refusal }
}

fn amounts(quote: &Quote) -> (i64, i64, i64) {
    (quote.total_amount.get(), quote.discount_amount.get(), quote.final_amount.get())
}

on_both_engines! {
    async fn a_quote_is_what_the_order_will_cost_and_changes_nothing(shop) {
        let user = shop.shopper(50_000).await;
        let (first, second) = (shop.product(12_900, 5).await, shop.product(1_100, 7).await);
        let code = shop.coupon("RATE33", Discount::Rate(33), 10).await;
        shop.claim(user, &code).await;
        let lines = [(first, 2), (second, 3)];
        let quoted = quote(shop, Some(user), &lines, Some(&code)).await;
        assert_eq!((amounts(&quoted), quoted.problems.as_slice()), ((29_100, 9_603, 19_497), [].as_slice()));
        assert_eq!(quoted.balance, Some(Won::new(50_000)));
        assert_eq!(
            quoted.lines.iter().map(|line| (line.product.id, line.quantity, line.amount.get())).collect::<Vec<_>>(),
            [(first, 2, 25_800), (second, 3, 3_300)]
        );
        assert_eq!(
            quoted
                .coupons
                .iter()
                .map(|coupon| (coupon.code.clone(), coupon.outcome, coupon.chosen))
                .collect::<Vec<_>>(),
            [(code.clone(), Ok(Won::new(9_603)), true)]
        );
        assert_eq!((shop.stock(first).await, shop.count("orders").await), ((5, 0), 0));
        let order = shop.place(user, expecting(with_coupon(order_request(&lines), &code), 19_497)).await.unwrap();
        assert_eq!(order.final_amount, quoted.final_amount);
    }

    async fn a_visitor_gets_prices_and_no_wallet_or_coupons(shop) {
        let product = shop.product(1_000, 5).await;
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        let quoted = quote(shop, None, &[(product, 2)], None).await;
        assert_eq!((amounts(&quoted), quoted.balance, quoted.coupons.len()), ((2_000, 0, 2_000), None, 0));
        assert_eq!(quoted.problems, []);
        let quoted = quote(shop, None, &[(product, 2)], Some(&code)).await;
        assert_eq!(quoted.problems, [refused(Refusal::CouponNotApplicable { reason: CouponReason::NotClaimed })]);
        let empty = quote(shop, None, &[], None).await;
        assert_eq!((amounts(&empty), empty.lines.len()), ((0, 0, 0), 0));
    }

    async fn everything_that_stands_in_the_way_is_said_at_once(shop) {
        let user = shop.shopper(1_500).await;
        let (plenty, scarce) = (shop.product(1_000, 50).await, shop.product(500, 1).await);
        let gone = shop.save(ProductDraft { is_active: false, ..draft(1_000, 5) }).await;
        let unknown = ProductId::new(4_040_404);
        let code = shop.campaign(NewCoupon { minimum_amount: Won::new(99_900), ..campaign("HIGH", TEN_PERCENT) }).await;
        shop.claim(user, &code).await;
        let quoted = quote(shop, Some(user), &[(plenty, 1), (gone, 1), (scarce, 2), (unknown, 1)], Some(&code)).await;
        assert_eq!(
            quoted.problems,
            [
                QuoteProblem::NotForSale { product_ids: vec![gone, unknown] },
                refused(Refusal::InsufficientStock { product_id: scarce, requested: 2, available: 1 }),
                refused(Refusal::CouponNotApplicable { reason: CouponReason::BelowMinimum }),
                refused(Refusal::InsufficientBalance { balance: Won::new(1_500), needed: Won::new(2_000) }),
            ]
        );
        assert_eq!((amounts(&quoted), quoted.lines.len()), ((2_000, 0, 2_000), 2));
    }

    async fn a_quote_names_why_each_coupon_does_not_apply(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let base = |text| campaign(text, TEN_PERCENT);
        shop.campaign(NewCoupon { ends_at: START.after(DAY), ..base("EXPIRED") }).await;
        shop.campaign(NewCoupon { minimum_amount: Won::new(1_001), ..base("MINIMUM") }).await;
        for (text, discount) in [
            ("GOOD", TEN_PERCENT),
            ("INUSE", TEN_PERCENT),
            ("USED", TEN_PERCENT),
            ("STOPPED", TEN_PERCENT),
            ("NOTHING", Discount::Fixed(Won::new(1_000))),
            ("NOTCLAIMED", TEN_PERCENT),
        ] {
            shop.coupon(text, discount, 5).await;
        }
        for text in ["EXPIRED", "MINIMUM", "GOOD", "INUSE", "USED", "STOPPED", "NOTHING"] {
            shop.claim(user, &code(text)).await;
        }
        shop.place(user, with_coupon(one_of(product), &code("USED"))).await.unwrap();
        shop.reserve_and_pay(user, with_coupon(one_of(product), &code("INUSE"))).await;
        shop.arrange("UPDATE coupons SET is_active = 0 WHERE code = 'STOPPED'").await;
        shop.advance(DAY);
        let table = [
            ("NOTCLAIMED", Some(CouponReason::NotClaimed)),
            ("NOSUCH", Some(CouponReason::Unknown)),
            ("INUSE", Some(CouponReason::InUse)),
            ("USED", Some(CouponReason::Used)),
            ("EXPIRED", Some(CouponReason::Expired)),
            ("STOPPED", Some(CouponReason::Stopped)),
            ("MINIMUM", Some(CouponReason::BelowMinimum)),
            ("NOTHING", Some(CouponReason::NothingLeft)),
            ("GOOD", None),
        ];
        for (text, reason) in table {
            let quoted = quote(shop, Some(user), &[(product, 1)], Some(&code(text))).await;
            let problems: Vec<_> =
                reason.into_iter().map(|reason| refused(Refusal::CouponNotApplicable { reason })).collect();
            assert_eq!(quoted.problems, problems, "{text}");
            // What cannot help any more is not shown, unless it was chosen.
            let shown: Vec<&str> = quoted.coupons.iter().map(|coupon| coupon.code.as_str()).collect();
            for hidden in ["USED", "EXPIRED", "STOPPED"] {
                assert_eq!(shown.contains(&hidden), hidden == text, "{hidden} with {text} chosen");
            }
            for useful in ["GOOD", "MINIMUM", "NOTHING", "INUSE"] {
                assert!(shown.contains(&useful), "{useful} with {text} chosen");
            }
            // The order is refused for just what the quote says, or for a code that is nobody's.
            let order = shop.place(user, with_coupon(one_of(product), &code(text))).await;
            match reason {
                None => assert_eq!(word(&order), "COMPLETED"),
                Some(_) if text == "NOSUCH" => assert_eq!(word(&order), "coupon_not_applicable"),
                Some(reason) => assert_eq!(refusal(order), Refusal::CouponNotApplicable { reason }, "{text}"),
            }
        }
    }
}
