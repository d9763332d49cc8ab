//! Coupons: campaigns, claims, and the pieces shoppers hold.

use crate::support::*;
use shop::coupon::service::{claim_coupon, create_coupon, list_claimed, list_offers};
use shop::coupon::{CampaignState, CouponCode, Discount, NewCoupon, UserCouponState};
use shop::error::CouponReason;
use shop::id::UserId;
use shop::page::{Page, PageLimit};
use shop::ports::CouponAnswer;
use shop::{Error, Refusal, Won};

async fn refused_claim(shop: &TestShop, user: UserId, code: &CouponCode) -> Refusal {
    refusal(claim_coupon(shop, user, code).await)
}

fn not_applicable(reason: CouponReason) -> Refusal {
    Refusal::CouponNotApplicable { reason }
}

on_both_engines! {
    async fn a_claimed_coupon_is_stored_counted_and_listed(shop) {
        let user = shop.shopper(0).await;
        let code = shop.coupon("WELCOME", TEN_PERCENT, 5).await;
        let claimed = shop.claim(user, &code).await;
        assert_eq!(
            (claimed.coupon.code.clone(), claimed.state, claimed.claimed_at),
            (code.clone(), UserCouponState::Issued, shop.now())
        );
        assert_eq!((claimed.coupon.issued_quantity, claimed.coupon.remaining()), (1, 4));
        assert_eq!(shop.issued(&code).await, (1, 0));
        let mine = list_claimed(shop, user, &Page::default()).await.unwrap().items;
        assert_eq!(mine, [claimed]);
        assert_eq!(list_claimed(shop, shop.shopper(0).await, &Page::default()).await.unwrap().items, []);
    }

    async fn a_claim_that_is_refused_says_why_and_stores_nothing(shop) {
        let (user, late) = (shop.shopper(0).await, shop.shopper(0).await);
        let once = shop.coupon("ONCE", TEN_PERCENT, 1).await;
        let base = |text| campaign(text, TEN_PERCENT);
        let upcoming = shop.campaign(NewCoupon { starts_at: START.after(HOUR), ..base("UPCOMING") }).await;
        let ended = shop.campaign(NewCoupon { ends_at: START, ..base("ENDED") }).await;
        let stopped = shop.campaign(base("STOPPED")).await;
        shop.arrange("UPDATE coupons SET is_active = 0 WHERE code = 'STOPPED'").await;
        shop.claim(user, &once).await;
        for _ in 0..2 {
            assert_eq!(refused_claim(shop, user, &once).await, Refusal::CouponAlreadyClaimed);
            assert_eq!(refused_claim(shop, late, &once).await, Refusal::CouponSoldOut);
            assert_eq!(refused_claim(shop, user, &upcoming).await, not_applicable(CouponReason::NotBegun));
            assert_eq!(refused_claim(shop, user, &ended).await, not_applicable(CouponReason::Expired));
            assert_eq!(refused_claim(shop, user, &stopped).await, not_applicable(CouponReason::Stopped));
            assert_eq!(refused_claim(shop, user, &code("NOBODY")).await, not_applicable(CouponReason::Unknown));
        }
        assert_eq!(shop.count("user_coupons").await, 1);
        shop.advance(HOUR);
        shop.claim(user, &upcoming).await;
    }

    async fn a_claim_that_died_behind_the_gate_is_made_good_when_its_shopper_asks_again(shop) {
        let (user, late) = (shop.shopper(0).await, shop.shopper(0).await);
        let code = shop.coupon("GATE", TEN_PERCENT, 1).await;
        let gate = &shop.ports().gate;
        gate.set_issued(code.as_str(), 0).await.unwrap();
        assert_eq!(gate.take_coupon(code.as_str(), user, 1).await.unwrap(), CouponAnswer::Taken);
        assert_eq!(refused_claim(shop, late, &code).await, Refusal::CouponSoldOut);
        let (first, second) = tokio::join!(claim_coupon(shop, user, &code), claim_coupon(shop, user, &code));
        assert_eq!((first.is_ok() != second.is_ok(), shop.issued(&code).await), (true, (1, 0)));
        assert_eq!(refusal(first.and(second)), Refusal::CouponAlreadyClaimed);
        let answer = gate.take_coupon(code.as_str(), late, 1).await.unwrap();
        assert_eq!(answer, CouponAnswer::SoldOut, "the refused one gave nothing back that is not theirs");
    }

    async fn a_gate_that_forgot_or_miscounts_never_has_the_last_word(shop) {
        let users = shop.shoppers(4, 0).await;
        let code = shop.coupon("GATE", TEN_PERCENT, 2).await;
        shop.claim(users[0], &code).await;
        shop.ports().gate.forget_coupon(code.as_str()).await.unwrap();
        shop.claim(users[1], &code).await;
        assert_eq!(refused_claim(shop, users[2], &code).await, Refusal::CouponSoldOut);
        // A gate that believes nothing is out lets everybody through: the database refuses.
        for believed in [0, -5] {
            shop.ports().gate.forget_coupon(code.as_str()).await.unwrap();
            shop.ports().gate.set_issued(code.as_str(), believed).await.unwrap();
            assert_eq!(refused_claim(shop, users[3], &code).await, Refusal::CouponSoldOut);
        }
        assert_eq!(shop.issued(&code).await, (2, 0));
    }

    async fn a_piece_that_could_not_be_stored_is_free_for_the_next(shop) {
        let users = shop.shoppers(2, 0).await;
        let code = shop.coupon("LAST", TEN_PERCENT, 1).await;
        shop.break_writes("INSERT ON user_coupons", "1 = 1").await;
        assert!(matches!(claim_coupon(shop, users[0], &code).await, Err(Error::Fault(_))));
        assert_eq!((shop.count("user_coupons").await, shop.issued(&code).await), (0, (0, 0)));
        shop.mend().await;
        shop.claim(users[1], &code).await;
        assert_eq!(refused_claim(shop, users[0], &code).await, Refusal::CouponSoldOut);
    }

    async fn offers_are_running_coming_sold_out_and_lately_finished(shop) {
        let (user, other) = (shop.shopper(0).await, shop.shopper(0).await);
        let base =
            |text, ends_in: u32| NewCoupon { ends_at: START.after(ends_in * DAY), ..campaign(text, TEN_PERCENT) };
        let ended = |days: u32| NewCoupon {
            starts_at: START.before(60 * DAY),
            ends_at: START.before(days * DAY),
            ..campaign(if days > 14 { "LONG-GONE" } else { "JUST-GONE" }, TEN_PERCENT)
        };
        shop.campaign(ended(15)).await;
        shop.campaign(ended(14)).await;
        let running = shop.campaign(base("RUNNING", 1)).await;
        let sold_out = shop.campaign(NewCoupon { total_quantity: 1, ..base("SOLD-OUT", 2) }).await;
        shop.campaign(NewCoupon { starts_at: START.after(DAY), ..base("UPCOMING", 3) }).await;
        shop.campaign(base("STOPPED", 4)).await;
        shop.arrange("UPDATE coupons SET is_active = 0 WHERE code = 'STOPPED'").await;
        shop.claim(user, &running).await;
        shop.claim(other, &sold_out).await;

        let expected = [
            ("JUST-GONE", CampaignState::Finished, None),
            ("RUNNING", CampaignState::Running, Some(UserCouponState::Issued)),
            ("SOLD-OUT", CampaignState::SoldOut, None),
            ("UPCOMING", CampaignState::Upcoming, None),
            ("STOPPED", CampaignState::Finished, None),
        ];
        for limit in [1, 2, 100] {
            let mut page = Page::first(PageLimit::new(limit).unwrap());
            let mut offers = Vec::new();
            loop {
                let slice = list_offers(shop, Some(user), &page).await.unwrap();
                offers.extend(
                    slice.items.into_iter().map(|offer| (offer.coupon.code.to_string(), offer.state, offer.mine)),
                );
                page.cursor = slice.next_cursor;
                if page.cursor.is_none() {
                    break;
                }
            }
            let listed: Vec<_> = offers.iter().map(|(code, state, mine)| (code.as_str(), *state, *mine)).collect();
            assert_eq!(listed, expected, "by {limit}");
        }
        let visitor = list_offers(shop, None, &Page::default()).await.unwrap().items;
        assert!(visitor.len() == 5 && visitor.iter().all(|offer| offer.mine.is_none()));
        for cursor in ["x", "1", "1.x", ""] {
            let page = Page { cursor: Some(cursor.to_owned()), ..Page::default() };
            assert_eq!(wrong_fields(list_offers(shop, None, &page).await), ["cursor"]);
        }
    }

    async fn a_shopper_sees_pieces_issued_held_used_and_expired(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(10_000, 10).await;
        let short = shop.campaign(NewCoupon { ends_at: START.after(DAY), ..campaign("SHORT", TEN_PERCENT) }).await;
        let mut codes = Vec::new();
        for text in ["ISSUED", "HELD", "USED"] {
            codes.push(shop.coupon(text, TEN_PERCENT, 5).await);
        }
        for code in [&short].into_iter().chain(&codes) {
            shop.claim(user, code).await;
        }
        let holder = shop.reserve_and_pay(user, with_coupon(one_of(product), &codes[1])).await;
        let buyer = shop.place(user, with_coupon(one_of(product), &codes[2])).await.unwrap();
        let used_at = shop.now();
        shop.advance(DAY);
        let mine = list_claimed(shop, user, &Page::default()).await.unwrap().items;
        let seen: Vec<_> = mine.iter().map(|m| (m.coupon.code.as_str(), m.state, m.order_id, m.used_at)).collect();
        assert_eq!(
            seen,
            [
                ("USED", UserCouponState::Used, Some(buyer.id), Some(used_at)),
                ("HELD", UserCouponState::Held, Some(holder), None),
                ("ISSUED", UserCouponState::Issued, None, None),
                ("SHORT", UserCouponState::Expired, None, None),
            ]
        );
        let mut page = Page::first(PageLimit::new(3).unwrap());
        let first = list_claimed(shop, user, &page).await.unwrap();
        page.cursor = first.next_cursor;
        assert_eq!(list_claimed(shop, user, &page).await.unwrap().items, mine[3..]);
        page.cursor = Some("x".to_owned());
        assert_eq!(wrong_fields(list_claimed(shop, user, &page).await), ["cursor"]);
    }

    async fn a_campaign_that_makes_no_sense_is_refused(shop) {
        let good = campaign("GOOD", Discount::Fixed(Won::new(1_000)));
        create_coupon(shop, good.clone()).await.unwrap();
        let table = [
            (NewCoupon { total_quantity: 0, ..campaign("A-1", TEN_PERCENT) }, "total_quantity"),
            (NewCoupon { minimum_amount: Won::new(-1), ..campaign("A-2", TEN_PERCENT) }, "minimum_amount"),
            (NewCoupon { ends_at: START.before(HOUR), ..campaign("A-3", TEN_PERCENT) }, "ends_at"),
            (campaign("A-4", Discount::Rate(100)), "discount_value"),
            (campaign("A-5", Discount::Fixed(Won::ZERO)), "discount_value"),
            (NewCoupon { name: "가".repeat(201), ..campaign("A-6", TEN_PERCENT) }, "name"),
            (good, "code"),
        ];
        for (new, field) in table {
            assert_eq!(wrong_fields(create_coupon(shop, new).await), [field]);
        }
        assert_eq!(shop.count("coupons").await, 1);
    }
}
