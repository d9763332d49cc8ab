//! Limits and blocks (SPEC §9, readings 7 and 9), by a clock that the tests move.

use crate::support::*;
use shop::coupon::service::claim_coupon;
use shop::id::{ProductId, UserId};
use shop::order::service::place_order;
use shop::ports::Limit;
use shop::{Error, Settings, Shop};
use std::time::Duration;

const MILLI: Duration = Duration::from_millis(1);
const BLOCK: Duration = Duration::from_secs(600);

/// Only the block of five failures in a row.
fn only_blocks() -> Settings {
    Settings { failure_limit: Some(5), ..unlimited() }
}

/// An order that is refused: its price was never 1 won.
async fn fail(shop: &TestShop, user: UserId, product: ProductId) -> &'static str {
    word(&shop.place(user, expecting(one_of(product), 1)).await)
}

async fn buy(shop: &TestShop, user: UserId, product: ProductId) -> &'static str {
    word(&shop.place(user, one_of(product)).await)
}

fn retry_after<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (&'static str, Duration) {
    match outcome {
        Err(Error::RateLimited { retry_after }) => ("rate_limited", retry_after),
        Err(Error::Blocked { retry_after }) => ("temporarily_blocked", retry_after),
        other => panic!("neither limited nor blocked: {other:?}"),
    }
}

on_both_engines! {
    async fn the_defaults_are_the_specifications_figures(shop, Settings::default()) {
        let settings = shop.settings();
        assert_eq!(settings.order_limit, Some(Limit { count: 1, window: SECOND }));
        assert_eq!(settings.claim_limit, Some(Limit { count: 3, window: MINUTE }));
        assert_eq!((settings.failure_limit, settings.failure_block), (Some(5), BLOCK));
        assert_eq!((settings.reservation_ttl, settings.recovery_delay), (30 * SECOND, MINUTE));
    }

    async fn a_user_orders_once_a_second_whatever_the_answer(shop, Settings::default()) {
        let (user, other) = (shop.shopper(100_000).await, shop.shopper(100_000).await);
        let product = shop.product(1_000, 50).await;
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
        shop.advance(400 * MILLI);
        assert_eq!(retry_after(shop.place(user, one_of(product)).await), ("rate_limited", 600 * MILLI));
        assert_eq!(buy(shop, other, product).await, "COMPLETED", "a limit is one user's");
        shop.advance(600 * MILLI);
        assert_eq!(fail(shop, user, product).await, "price_changed");
        shop.advance(999 * MILLI);
        assert_eq!(
            retry_after(shop.place(user, one_of(product)).await),
            ("rate_limited", MILLI),
            "a refused order counted"
        );
        shop.advance(MILLI);
        let unknown = shop.place(user, one_of(ProductId::new(4_040_404))).await;
        assert_eq!(word(&unknown), "validation_failed");
        assert_eq!(buy(shop, user, product).await, "rate_limited", "what reached the limit counted");
        assert_eq!(shop.count("orders").await, 3, "a limited order is not kept");
    }

    async fn a_replay_costs_no_limit(shop, Settings::default()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let once = key();
        let first = shop.place_as(user, one_of(product), once.clone()).await.unwrap();
        for _ in 0..5 {
            assert_eq!(shop.place_as(user, one_of(product), once.clone()).await.unwrap(), first);
            let reused = shop.place_as(user, order_request(&[(product, 2)]), once.clone()).await;
            assert!(matches!(reused, Err(Error::RequestReused)));
        }
        shop.advance(SECOND);
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
    }

    async fn a_limited_request_leaves_its_key_free(shop, Settings::default()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        buy(shop, user, product).await;
        let once = key();
        assert_eq!(word(&shop.place_as(user, one_of(product), once.clone()).await), "rate_limited");
        shop.advance(SECOND);
        assert_eq!(word(&shop.place_as(user, order_request(&[(product, 2)]), once).await), "COMPLETED");
    }

    async fn a_user_claims_three_times_a_minute(shop, Settings { failure_limit: None, ..Settings::default() }) {
        let (user, other) = (shop.shopper(0).await, shop.shopper(0).await);
        let mut codes = Vec::new();
        for index in 0..5 {
            codes.push(shop.coupon(&format!("CODE-{index}"), TEN_PERCENT, 5).await);
        }
        shop.claim(user, &codes[0]).await;
        shop.advance(20 * SECOND);
        shop.claim(user, &codes[1]).await;
        assert_eq!(refusal(claim_coupon(shop, user, &codes[1]).await).code(), "coupon_already_claimed");
        let limited = claim_coupon(shop, user, &codes[2]).await;
        assert_eq!(retry_after(limited), ("rate_limited", 40 * SECOND), "the window slides");
        shop.claim(other, &codes[2]).await;
        shop.advance(40 * SECOND);
        shop.claim(user, &codes[2]).await;
        assert_eq!(retry_after(claim_coupon(shop, user, &codes[3]).await), ("rate_limited", 20 * SECOND));
        assert_eq!(shop.count("user_coupons").await, 4);
    }

    async fn five_failures_in_a_row_block_orders_and_claims_for_ten_minutes(shop, only_blocks()) {
        let (user, other) = (shop.shopper(100_000).await, shop.shopper(100_000).await);
        let product = shop.product(1_000, 50).await;
        let coupon = shop.coupon("CODE", TEN_PERCENT, 5).await;
        // Orders and claims count together.
        for _ in 0..3 {
            assert_eq!(fail(shop, user, product).await, "price_changed");
        }
        for _ in 0..2 {
            assert_eq!(refusal(claim_coupon(shop, user, &code("NOSUCH")).await).code(), "coupon_not_applicable");
        }
        assert_eq!(retry_after(shop.place(user, one_of(product)).await), ("temporarily_blocked", BLOCK));
        shop.advance(MINUTE);
        assert_eq!(retry_after(claim_coupon(shop, user, &coupon).await), ("temporarily_blocked", 9 * MINUTE));
        assert_eq!(buy(shop, other, product).await, "COMPLETED", "a block is one user's");
        shop.advance(9 * MINUTE - MILLI);
        assert_eq!(retry_after(shop.place(user, one_of(product)).await), ("temporarily_blocked", MILLI));
        shop.advance(MILLI);
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
        // The row began anew.
        for _ in 0..4 {
            assert_eq!(fail(shop, user, product).await, "price_changed");
        }
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
    }

    async fn of_64_orders_of_one_user_at_once_one_passes(shop, Settings::default()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 500).await;
        for round in 1..=4 {
            let outcomes = at_once(64, |_| {
                let own: Shop = (**shop).clone();
                async move { place_order(&own, user, one_of(product), key()).await }
            })
            .await;
            assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 1), ("rate_limited", 63)].into());
            assert_eq!(shop.count("orders").await, round);
            shop.advance(SECOND);
        }
    }

    // Without the block: five times this shopper has the coupon already, and whoever is late would read that they are
    // blocked.
    async fn of_64_claims_of_one_user_at_once_three_pass(shop, Settings { failure_limit: None, ..Settings::default() }) {
        let user = shop.shopper(0).await;
        let code = shop.coupon("ONE", TEN_PERCENT, 500).await;
        for first in [1, 0] {
            let outcomes = at_once(64, |_| {
                let (own, code): (Shop, _) = ((**shop).clone(), code.clone());
                async move { claim_coupon(&own, user, &code).await }
            })
            .await;
            let words = tally(outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Error::code, |_| "claimed")));
            assert_eq!(words.get("rate_limited"), Some(&61), "{words:?}");
            assert_eq!(words.get("claimed").copied().unwrap_or(0), first, "{words:?}");
            shop.advance(MINUTE);
        }
    }

    // At any moments, for as long as it takes: the model is the list of those that passed.
    async fn no_second_holds_two_orders_of_one_user_and_retry_after_is_true(shop, Settings::default()) {
        let user = shop.shopper(1_000_000).await;
        let product = shop.product(1_000, 500).await;
        let mut passed = Vec::new();
        for step in 0..60_u32 {
            shop.advance(MILLI * (step * 7_919 % 1_300));
            match shop.place(user, one_of(product)).await {
                Ok(_) => passed.push(shop.now()),
                Err(Error::RateLimited { retry_after }) => {
                    shop.advance(retry_after - MILLI);
                    assert_eq!(buy(shop, user, product).await, "rate_limited", "a millisecond too early");
                    shop.advance(MILLI);
                    assert_eq!(buy(shop, user, product).await, "COMPLETED", "{retry_after:?} was a promise");
                    passed.push(shop.now());
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(passed.windows(2).all(|pair| pair[1].since(pair[0]) >= SECOND), "{passed:?}");
        assert_eq!(shop.count("orders").await, 60);
    }

    async fn sixteen_failures_at_once_begin_one_block_that_nothing_lengthens(shop, only_blocks()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let outcomes = at_once(16, |_| {
            let own: Shop = (**shop).clone();
            async move { place_order(&own, user, expecting(one_of(product), 1), key()).await }
        })
        .await;
        let words = tally(outcomes.iter().map(word));
        assert!(words.get("price_changed").is_some_and(|failed| *failed >= 5), "{words:?}");
        assert!(words.keys().all(|word| ["price_changed", "temporarily_blocked"].contains(word)), "{words:?}");
        // An order that was under way when the block began, and takes its time to fail.
        for seconds in [0, 3, 296] {
            shop.advance(seconds * SECOND);
            shop::limits::count_refusal(shop, user).await;
        }
        assert_eq!(retry_after(shop.place(user, one_of(product)).await), ("temporarily_blocked", BLOCK - 299 * SECOND));
        shop.advance(BLOCK - 299 * SECOND);
        for _ in 0..4 {
            assert_eq!(fail(shop, user, product).await, "price_changed", "the row began anew");
        }
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
    }

    async fn a_success_ends_a_row_of_failures(shop, only_blocks()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let coupon = shop.coupon("CODE", TEN_PERCENT, 5).await;
        for _ in 0..4 {
            fail(shop, user, product).await;
        }
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
        for _ in 0..4 {
            assert_eq!(fail(shop, user, product).await, "price_changed");
        }
        shop.claim(user, &coupon).await;
        for _ in 0..5 {
            assert_eq!(fail(shop, user, product).await, "price_changed");
        }
        assert_eq!(buy(shop, user, product).await, "temporarily_blocked");
    }

    async fn replays_malformed_requests_and_our_own_faults_count_as_no_failure(shop, only_blocks()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let coupon = shop.coupon("CODE", TEN_PERCENT, 5).await;
        let once = key();
        for _ in 0..6 {
            let replayed = shop.place_as(user, expecting(one_of(product), 1), once.clone()).await;
            assert_eq!(word(&replayed), "price_changed");
            assert_eq!(word(&shop.place(user, one_of(ProductId::new(4_040_404))).await), "validation_failed");
        }
        shop.break_writes("INSERT ON posting_causes", "1 = 1").await;
        for _ in 0..5 {
            assert_eq!(buy(shop, user, product).await, "PENDING");
        }
        shop.mend().await;
        shop.break_writes("INSERT ON user_coupons", "1 = 1").await;
        for _ in 0..5 {
            assert_eq!(claim_coupon(shop, user, &coupon).await.unwrap_err().code(), "internal_error");
        }
        shop.mend().await;
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
    }

    async fn a_blocked_user_still_gets_their_answers_again(shop, only_blocks()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let once = key();
        let first = shop.place_as(user, one_of(product), once.clone()).await.unwrap();
        for _ in 0..5 {
            fail(shop, user, product).await;
        }
        assert_eq!(buy(shop, user, product).await, "temporarily_blocked");
        assert_eq!(shop.place_as(user, one_of(product), once).await.unwrap(), first);
    }

    async fn a_block_is_said_before_a_rate_limit_and_costs_none(shop, Settings::default()) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        for _ in 0..5 {
            assert_eq!(fail(shop, user, product).await, "price_changed");
            shop.advance(SECOND);
        }
        for _ in 0..3 {
            assert_eq!(buy(shop, user, product).await, "temporarily_blocked");
        }
        shop.advance(BLOCK - SECOND);
        assert_eq!(buy(shop, user, product).await, "COMPLETED");
    }
}
