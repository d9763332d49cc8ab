//! The races: every request begins at the same moment, from a barrier, and afterwards every invariant must
//! hold. By one instance, whose desks and gate help, and by three that share nothing but the database; nobody
//! may see a fault or a deadlock. `guarded.rs` has the same below the desks; `scripts/bite.sh` proves that
//! each guard is missed here or there.

use crate::support::*;
use shop::coupon::service::claim_coupon;
use shop::coupon::{Discount, UserCouponState};
use shop::operator::OperatorRole;
use shop::order::service::place_order;
use shop::order::stages;
use shop::order::{Lines, OrderStatus};
use shop::product::ProductDraft;
use shop::product::service::save_products;
use shop::recovery::service::{expire_reservations, recover_pending, stall_paid_orders};
use shop::refund::RefundLines;
use shop::refund::service::{credit_owed, refund_order};
use shop::wallet::service::charge_wallet;
use shop::{Error, Refusal, Shop, Won};
use std::time::Duration;

fn claim_word<T>(outcome: &Result<T, Error>) -> &'static str {
    outcome.as_ref().map_or_else(Error::code, |_| "ok")
}

by_one_and_by_three! {
    async fn the_last_piece_goes_to_one_of_64_buyers(shop, shops) {
        let users = shop.shoppers(64, 10_000).await;
        let product = shop.product(1_000, 1).await;
        let outcomes = at_once(64, |index| {
            let (own, user) = (shops.at(index), users[index]);
            async move { place_order(&own, user, one_of(product), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 1), ("insufficient_stock", 63)].into());
        assert_eq!(shop.stock(product).await, (0, 0));
        verify(shop).await;
    }

    async fn a_hot_product_sells_exactly_what_there_is(shop, shops) {
        let users = shop.shoppers(64, 10_000).await;
        let product = shop.product(1_000, 50).await;
        let outcomes = at_once(64, |index| {
            let (own, user) = (shops.at(index), users[index]);
            let pieces = 1 + i64::try_from(index % 3).unwrap();
            async move { place_order(&own, user, order_request(&[(product, pieces)]), key()).await }
        })
        .await;
        let sold: i64 = outcomes.iter().flatten().flat_map(|order| &order.items).map(|item| item.quantity).sum();
        assert_eq!(shop.stock(product).await, (50 - sold, 0));
        assert!(sold >= 48, "at most two pieces are left over for buyers of three: {sold}");
        assert!(outcomes.iter().all(|outcome| ["COMPLETED", "insufficient_stock"].contains(&word(outcome))));
        verify(shop).await;
    }

    async fn one_request_id_64_times_is_one_order_and_one_payment(shop, shops) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        let once = key();
        let outcomes = at_once(64, |index| {
            let (own, once) = (shops.at(index), once.clone());
            async move { place_order(&own, user, one_of(product), once).await }
        })
        .await;
        let mut ids: Vec<_> = outcomes.iter().flatten().map(|order| order.id).collect();
        assert!(!ids.is_empty());
        ids.dedup();
        assert_eq!(ids.len(), 1);
        // Another instance may still be at work on it: then its present state is the answer.
        let others: &[_] = if shops.is_alone() { &[] } else { &["RESERVED", "PAID"] };
        let allowed = [&["COMPLETED", "request_in_progress"], others].concat();
        let words = tally(outcomes.iter().map(word));
        assert!(words.keys().all(|word| allowed.contains(word)), "{words:?}");
        assert_eq!(shop.status(ids[0]).await, OrderStatus::Completed);
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (99_000, (99, 0)));
        assert_eq!((shop.count("orders").await, shop.count("posting_causes").await), (1, 1));
        verify(shop).await;
    }

    async fn one_wallet_pays_for_just_the_orders_it_can(shop, shops) {
        let user = shop.shopper(10_500).await;
        let product = shop.product(1_000, 100).await;
        let outcomes = at_once(32, |index| {
            let own = shops.at(index);
            async move { place_order(&own, user, one_of(product), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 10), ("insufficient_balance", 22)].into());
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (500, (90, 0)));
        verify(shop).await;
    }

    async fn one_coupon_serves_one_of_16_orders(shop, shops) {
        let user = shop.shopper(1_000_000).await;
        let product = shop.product(10_000, 100).await;
        let code = shop.coupon("ONCE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let outcomes = at_once(16, |index| {
            let (own, code) = (shops.at(index), code.clone());
            async move { place_order(&own, user, with_coupon(one_of(product), &code), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 1), ("coupon_not_applicable", 15)].into());
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (991_000, (99, 0)));
        assert_eq!((shop.piece(user, &code).await, shop.issued(&code).await), (Some(UserCouponState::Used), (1, 1)));
        verify(shop).await;
    }

    async fn the_last_coupon_goes_to_one_of_64_claimers(shop, shops) {
        let users = shop.shoppers(64, 0).await;
        let code = shop.coupon("LAST", TEN_PERCENT, 1).await;
        let outcomes = at_once(64, |index| {
            let (own, user, code) = (shops.at(index), users[index], code.clone());
            async move { claim_coupon(&own, user, &code).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(claim_word)), [("coupon_sold_out", 63), ("ok", 1)].into());
        assert_eq!((shop.issued(&code).await, shop.count("user_coupons").await), ((1, 0), 1));
        verify(shop).await;
    }

    async fn one_user_claiming_64_times_gets_one_piece(shop, shops) {
        let (user, others) = (shop.shopper(0).await, shop.shoppers(9, 0).await);
        let code = shop.coupon("MINE", TEN_PERCENT, 10).await;
        let outcomes = at_once(64, |index| {
            let (own, code) = (shops.at(index), code.clone());
            async move { claim_coupon(&own, user, &code).await }
        })
        .await;
        let words = tally(outcomes.iter().map(claim_word));
        assert_eq!(words.get("ok"), Some(&1), "{words:?}");
        // While the gate is full of the same user's tries it may say sold out; never anything else.
        assert!(
            words.keys().all(|word| ["ok", "coupon_already_claimed", "coupon_sold_out"].contains(word)),
            "{words:?}"
        );
        assert_eq!(shop.issued(&code).await, (1, 0));
        for other in others {
            shop.claim(other, &code).await; // and every piece the tries took at the gate was put back
        }
        verify(shop).await;
    }

    async fn charges_at_the_edge_of_a_full_wallet_never_pass_it(shop, shops) {
        let user = shop.shopper(9_900_000).await;
        let outcomes = at_once(64, |index| {
            let own = shops.at(index);
            async move { charge_wallet(&own, user, Won::new(10_000), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(claim_word)), [("balance_limit_exceeded", 54), ("ok", 10)].into());
        assert_eq!(shop.balance(user).await, 10_000_000);
        verify(shop).await;
    }

    async fn one_charge_asked_for_64_times_is_credited_once(shop, shops) {
        let user = shop.shopper(0).await;
        let once = key();
        let outcomes = at_once(64, |index| {
            let (own, once) = (shops.at(index), once.clone());
            async move { charge_wallet(&own, user, Won::new(10_000), once).await }
        })
        .await;
        assert!(outcomes.iter().any(Result::is_ok));
        assert!(outcomes.iter().all(|outcome| ["ok", "request_in_progress"].contains(&claim_word(outcome))));
        assert_eq!((shop.balance(user).await, shop.count("point_transactions").await), (10_000, 1));
        verify(shop).await;
    }

    async fn orders_and_charges_of_one_wallet_lose_no_won(shop, shops) {
        let user = shop.shopper(5_000).await;
        let product = shop.product(1_000, 100).await;
        let outcomes = at_once(48, |index| {
            let own = shops.at(index);
            async move {
                if index % 2 == 0 {
                    place_order(&own, user, one_of(product), key()).await.map(|order| -order.final_amount.get())
                } else {
                    charge_wallet(&own, user, Won::new(1_010), key()).await.map(|charge| charge.amount.get())
                }
            }
        })
        .await;
        let moved: i64 = outcomes.iter().flatten().sum();
        assert_eq!(shop.balance(user).await, 5_000 + moved);
        assert!(outcomes.iter().all(|outcome| matches!(
            outcome,
            Ok(_) | Err(Error::Refused { refusal: Refusal::InsufficientBalance { .. }, .. })
        )));
        verify(shop).await;
    }

    async fn charges_and_payments_at_the_edge_always_leave_room_to_give_back(shop, shops) {
        let user = shop.shopper(10_000_000).await;
        let product = shop.product(100_000, 100).await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(shop.reserve(user, one_of(product)).await);
        }
        at_once(16, |index| {
            let (own, id) = (shops.at(index), ids[index / 2]);
            async move {
                if index % 2 == 0 {
                    shop::database::retried(|| async { stages::pay(&own, &untraced(&[id])).await }).await.unwrap();
                } else {
                    let _ = charge_wallet(&own, user, Won::new(100_000), key()).await;
                }
            }
        })
        .await;
        shop.advance(30 * SECOND);
        assert_eq!(shop.stall().await, 8);
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 8);
        assert_eq!(shop.balance(user).await, 10_000_000, "no charge took the room of what came back");
        verify(shop).await;
    }

    async fn operators_who_refund_one_line_at_once_give_each_piece_back_once(shop, shops) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 10).await;
        let code = shop.coupon("ODD", Discount::Fixed(Won::new(998)), 5).await;
        shop.claim(user, &code).await;
        let order = shop.place(user, with_coupon(order_request(&[(product, 7)]), &code)).await.unwrap().id;
        let operators = [shop.operator(OperatorRole::Manager).await, shop.operator(OperatorRole::Owner).await];
        let outcomes = at_once(16, |index| {
            let (own, by) = (shops.at(index), operators[index % 2].clone());
            let lines = match index % 4 {
                3 => RefundLines::Whole,
                pieces => RefundLines::Of(Lines::new([(product, i64::try_from(pieces + 1).unwrap())]).unwrap()),
            };
            async move { refund_order(&own, &by, order, &refund_request(lines)).await }
        })
        .await;
        let refunds: Vec<_> = outcomes.iter().flatten().collect();
        let pieces: i64 = refunds.iter().flat_map(|refund| &refund.lines).map(|line| line.quantity).sum();
        let amount: i64 = refunds.iter().map(|refund| refund.amount.get()).sum();
        assert_eq!((pieces, amount), (7, 6_002), "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::RefundRefused(_)))), "{outcomes:?}");
        assert_eq!((shop.balance(user).await, shop.status(order).await), (10_000, OrderStatus::Refunded));
        assert_eq!(shop.piece(user, &code).await, Some(UserCouponState::Issued));
        verify(shop).await;
    }

    async fn one_refund_asked_for_64_times_is_given_back_once(shop, shops) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 10).await;
        let order = shop.place(user, order_request(&[(product, 5)])).await.unwrap().id;
        let by = shop.operator(OperatorRole::Manager).await;
        let once = refund_request(RefundLines::Of(Lines::new([(product, 1)]).unwrap()));
        let outcomes = at_once(64, |index| {
            let (own, by, once) = (shops.at(index), by.clone(), once.clone());
            async move { refund_order(&own, &by, order, &once).await }
        })
        .await;
        assert!(outcomes.iter().any(Result::is_ok));
        assert!(outcomes.iter().all(|outcome| ["ok", "request_in_progress"].contains(&claim_word(outcome))), "{outcomes:?}");
        assert_eq!((shop.balance(user).await, shop.count("refunds").await), (6_000, 1));
        verify(shop).await;
    }

    // 300,000 won are owed and 350,000 are free. As soon as charges took more than 50,000, the refund would wait on.
    async fn charges_never_take_the_room_that_a_refund_waits_for(shop, shops) {
        let user = shop.shopper(10_000_000).await;
        let (dear, cheap) = (shop.product(300_000, 1).await, shop.product(350_000, 1).await);
        let order = shop.place(user, one_of(dear)).await.unwrap().id;
        for _ in 0..3 {
            charge_wallet(shop, user, Won::new(100_000), key()).await.unwrap();
        }
        let by = shop.operator(OperatorRole::Manager).await;
        let owed = refund_order(shop, &by, order, &refund_request(RefundLines::Whole)).await.unwrap();
        assert_eq!(owed.credited_at, None);
        shop.place(user, one_of(cheap)).await.unwrap();
        let outcomes = at_once(64, |index| {
            let own = shops.at(index);
            async move {
                match index % 8 {
                    7 => credit_owed(&own).await.map(|_| Won::ZERO),
                    _ => charge_wallet(&own, user, Won::new(10_000), key()).await.map(|charge| charge.amount),
                }
            }
        })
        .await;
        credit_owed(shop).await.unwrap();
        let charged: i64 = outcomes.iter().flatten().map(|won| won.get()).sum();
        assert_eq!((charged, shop.balance(user).await), (50_000, 10_000_000));
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM refunds WHERE credited_at IS NULL").await, 0);
        verify(shop).await;
    }

    async fn refunds_charges_and_payments_at_the_edge_of_a_full_wallet_lose_no_won(shop, shops) {
        let user = shop.shopper(10_000_000).await;
        let product = shop.product(50_000, 100).await;
        let mut sold = Vec::new();
        for _ in 0..8 {
            sold.push(shop.place(user, one_of(product)).await.unwrap().id);
        }
        let by = shop.operator(OperatorRole::Manager).await;
        let outcomes = at_once(32, |index| {
            let (own, by, order) = (shops.at(index), by.clone(), sold[index / 4]);
            async move {
                match index % 4 {
                    0 => refund_order(&own, &by, order, &refund_request(RefundLines::Whole)).await.map(|_| 0),
                    1 => charge_wallet(&own, user, Won::new(100_000), key()).await.map(|charge| charge.amount.get()),
                    2 => place_order(&own, user, one_of(product), key()).await.map(|order| -order.final_amount.get()),
                    _ => credit_owed(&own).await.map(|_| 0),
                }
            }
        })
        .await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::Refused { .. }))), "{outcomes:?}");
        credit_owed(shop).await.unwrap();
        let moved: i64 = outcomes.iter().flatten().sum();
        let sums = "SELECT CAST(COALESCE(SUM(CASE WHEN credited_at IS NULL THEN amount ELSE 0 END), 0) AS SIGNED INTEGER) AS n FROM refunds";
        let owed = shop.figure(sums).await;
        assert_eq!(shop.balance(user).await + owed, 9_600_000 + 400_000 + moved);
        assert_eq!(shop.count("refunds").await, 8);
        verify(shop).await;
        // Whatever waits comes as soon as enough is spent.
        let rest = shop.product(500_000, 1).await;
        shop.place(user, one_of(rest)).await.unwrap();
        credit_owed(shop).await.unwrap();
        assert_eq!((shop.figure(sums).await, shop.balance(user).await), (0, 9_500_000 + moved));
        verify(shop).await;
    }

    async fn what_is_owed_is_credited_once_however_many_jobs_run(shop, shops) {
        let user = shop.shopper(10_000_000).await;
        let product = shop.product(100_000, 100).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let mut sold = Vec::new();
        for _ in 0..6 {
            sold.push(shop.place(user, one_of(product)).await.unwrap().id);
        }
        for _ in 0..6 {
            charge_wallet(shop, user, Won::new(100_000), key()).await.unwrap();
        }
        for order in &sold[..4] {
            refund_order(shop, &by, *order, &refund_request(RefundLines::Whole)).await.unwrap();
        }
        shop.place(user, order_request(&[(product, 8)])).await.unwrap();
        let outcomes = at_once(24, |index| {
            let (own, by, order) = (shops.at(index), by.clone(), sold.get(4 + index).copied());
            async move {
                match order {
                    // Two more come while the jobs run.
                    Some(order) => refund_order(&own, &by, order, &refund_request(RefundLines::Whole)).await.map(|_| 0),
                    None => credit_owed(&own).await,
                }
            }
        })
        .await;
        let credited: u64 = outcomes.into_iter().map(Result::unwrap).sum::<u64>() + credit_owed(shop).await.unwrap();
        assert!((4..=6).contains(&credited), "{credited}");
        assert_eq!(shop.balance(user).await, 9_800_000);
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM point_transactions WHERE type = 'REFUND'").await, 6);
        verify(shop).await;
    }

    async fn an_expiring_order_is_either_paid_or_expired(shop, shops) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        let hasty = shop.another_with(shop::Settings { reservation_ttl: Duration::ZERO, ..unlimited() }).await;
        let mut ids = Vec::new();
        for _ in 0..24 {
            ids.push(shop.reserve(user, one_of(product)).await);
        }
        at_once(26, |index| {
            let (own, hasty, id) = (shops.at(index), hasty.clone(), ids.get(index).copied());
            async move {
                match id {
                    Some(id) => {
                        drop(shop::database::retried(|| async { stages::pay(&own, &untraced(&[id])).await }).await.unwrap())
                    }
                    // To this instance everything is overdue at once.
                    None => drop(expire_reservations(&hasty).await.unwrap()),
                }
            }
        })
        .await;
        let (mut paid, mut expired) = (0, 0);
        for id in ids {
            match shop.status(id).await {
                OrderStatus::Paid => paid += 1,
                OrderStatus::Expired => expired += 1,
                other => panic!("{other}"),
            }
        }
        assert_eq!(paid + expired, 24);
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (100_000 - 1_000 * paid, (100, paid)));
        verify(shop).await;
    }

    async fn a_recovered_order_is_either_sold_or_given_back(shop, shops) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        let hasty = shop
            .another_with(shop::Settings {
                reservation_ttl: Duration::ZERO,
                recovery_delay: Duration::ZERO,
                ..unlimited()
            })
            .await;
        let mut ids = Vec::new();
        for _ in 0..24 {
            ids.push(shop.reserve_and_pay(user, one_of(product)).await);
        }
        at_once(26, |index| {
            let (own, hasty, id) = (shops.at(index), hasty.clone(), ids.get(index).copied());
            async move {
                match id {
                    Some(id) => drop(
                        shop::database::retried(|| async { stages::confirm(&own, &untraced(&[id])).await }).await.unwrap(),
                    ),
                    None => {
                        stall_paid_orders(&hasty).await.unwrap();
                        recover_pending(&hasty).await.unwrap();
                    }
                }
            }
        })
        .await;
        recover_pending(&hasty).await.unwrap();
        let (mut sold, mut failed) = (0, 0);
        for id in ids {
            match shop.status(id).await {
                OrderStatus::Completed => sold += 1,
                OrderStatus::Failed => failed += 1,
                other => panic!("{other}"),
            }
        }
        assert_eq!(sold + failed, 24);
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (100_000 - 1_000 * sold, (100 - sold, 0)));
        verify(shop).await;
    }

    async fn a_thousand_attempts_at_two_hundred_pieces_sell_exactly_two_hundred(shop, shops) {
        let users = shop.shoppers(64, 1_000_000).await;
        let product = shop.product(1_000, 200).await;
        let every: Vec<_> = (0..1_000).map(|index| (shops.at(index), users[index % 64])).collect();
        let outcomes = in_turns(1_000, 64, move |index| {
            let (own, user) = every[index].clone();
            async move { place_order(&own, user, one_of(product), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 200), ("insufficient_stock", 800)].into());
        assert_eq!(shop.stock(product).await, (0, 0));
        verify(shop).await;
    }

    // In the end: as a shopper does who reads "sold out" and asks again, with a new request id each time. Who
    // cannot pay holds the piece only until the refusal, and asks again and again just as well.
    async fn the_last_piece_goes_to_the_buyer_with_money_in_the_end(shop, shops) {
        let (poor, rich) = (shop.shoppers(3, 500).await, shop.shopper(100_000).await);
        for _ in 0..8 {
            let product = shop.product(1_000, 1).await;
            let outcomes = at_once(4, |index| {
                let (own, buyer) = (shops.at(index), poor.get(index).copied());
                async move {
                    let mut words = Vec::new();
                    while words.last() != Some(&"COMPLETED") && (buyer.is_none() || words.len() < 16) {
                        words.push(word(&place_order(&own, buyer.unwrap_or(rich), one_of(product), key()).await));
                    }
                    words
                }
            })
            .await;
            let (with_money, without) = outcomes.split_last().unwrap();
            assert_eq!(with_money.last(), Some(&"COMPLETED"));
            assert!(with_money.iter().rev().skip(1).all(|word| *word == "insufficient_stock"), "{with_money:?}");
            let refusals = ["insufficient_balance", "insufficient_stock"];
            assert!(without.iter().flatten().all(|word| refusals.contains(word)), "{without:?}");
            assert_eq!(shop.stock(product).await, (0, 0));
        }
        assert_eq!(shop.balance(rich).await, 92_000);
        verify(shop).await;
    }

    async fn two_products_bought_in_opposite_order_by_200_buyers_sell_to_the_last_piece(shop, shops) {
        let users = shop.shoppers(200, 10_000).await;
        let products = [shop.product(1_000, 120).await, shop.product(2_000, 120).await];
        let outcomes = at_once(200, |index| {
            let (own, user) = (shops.at(index), users[index]);
            let lines = [(products[index % 2], 1), (products[1 - index % 2], 1)];
            async move { place_order(&own, user, order_request(&lines), key()).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 120), ("insufficient_stock", 80)].into());
        assert_eq!((shop.stock(products[0]).await, shop.stock(products[1]).await), ((0, 0), (0, 0)));
        verify(shop).await;
    }

    async fn of_two_buyers_of_each_others_last_items_exactly_one_gets_both(shop, shops) {
        let users = shop.shoppers(2, 1_000_000).await;
        for _ in 0..24 {
            let products = [shop.product(1_000, 1).await, shop.product(2_000, 1).await];
            let outcomes = at_once(2, |index| {
                let (own, user) = (shops.at(index), users[index]);
                let lines = [(products[index], 1), (products[1 - index], 1)];
                async move { place_order(&own, user, order_request(&lines), key()).await }
            })
            .await;
            assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 1), ("insufficient_stock", 1)].into());
            assert_eq!((shop.stock(products[0]).await, shop.stock(products[1]).await), ((0, 0), (0, 0)));
        }
        assert_eq!(shop.balance(users[0]).await + shop.balance(users[1]).await, 2_000_000 - 24 * 3_000);
        verify(shop).await;
    }

    async fn a_hundred_coupons_go_to_a_hundred_of_5_000_claimers(shop, shops) {
        let users = shop.shoppers(5_000, 0).await;
        let code = shop.coupon("RUSH", TEN_PERCENT, 100).await;
        let every: Vec<_> = users.iter().enumerate().map(|(index, user)| (shops.at(index), *user)).collect();
        let rush = code.clone();
        let outcomes = in_turns(5_000, 256, move |index| {
            let ((own, user), code) = (every[index].clone(), rush.clone());
            async move { claim_coupon(&own, user, &code).await }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(claim_word)), [("coupon_sold_out", 4_900), ("ok", 100)].into());
        assert_eq!((shop.issued(&code).await, shop.count("user_coupons").await), ((100, 0), 100));
        verify(shop).await;
    }

    async fn nobody_pays_another_price_than_the_one_they_saw_while_it_changes(shop, shops) {
        const SEEN: i64 = 1_000;
        let users = shop.shoppers(48, 10_000).await;
        let draft = draft(SEEN, 100);
        let product = shop.save(draft.clone()).await;
        let outcomes = at_once(50, |index| {
            let (own, user, draft) = (shops.at(index), users.get(index).copied(), draft.clone());
            async move {
                let Some(user) = user else {
                    let price = Won::new(1_500 + 500 * i64::try_from(index - 48).unwrap());
                    save_products(&own, vec![ProductDraft { price, ..draft }]).await.unwrap();
                    return None;
                };
                // Every other buyer says what they saw.
                let request = one_of(product);
                let request = if index % 2 == 0 { expecting(request, SEEN) } else { request };
                Some((index % 2 == 0, user, place_order(&own, user, request, key()).await))
            }
        })
        .await;
        let mut sold = 0;
        for (said, user, outcome) in outcomes.into_iter().flatten() {
            let paid = 10_000 - shop.balance(user).await;
            match outcome {
                Ok(order) => {
                    assert_eq!((order.status, order.final_amount.get()), (OrderStatus::Completed, paid));
                    assert!(if said { paid == SEEN } else { [SEEN, 1_500, 2_000].contains(&paid) }, "{paid}");
                    sold += 1;
                }
                Err(error) => assert_eq!((error.code(), said, paid), ("price_changed", true, 0)),
            }
        }
        assert!(sold >= 24, "who names no price is never refused for it: {sold}");
        let late = shop.place(users[0], expecting(one_of(product), SEEN)).await;
        assert_eq!(word(&late), "price_changed");
        verify(shop).await;
    }

    async fn everything_at_once_adds_up(shop, shops) {
        let users = shop.shoppers(16, 30_000).await;
        let products = [shop.product(1_000, 20).await, shop.product(2_500, 20).await, shop.product(9_900, 6).await];
        let code = shop.coupon("MIXED", Discount::Fixed(Won::new(500)), 10).await;
        at_once(128, |index| {
            let (own, user, code) = (shops.at(index), users[index % 16], code.clone());
            let (first, second) = (products[index % 3], products[(index / 3) % 3]);
            async move {
                match index % 8 {
                    0 | 1 => drop(claim_coupon(&own, user, &code).await),
                    2 => drop(charge_wallet(&own, user, Won::new(5_000), key()).await),
                    3 => drop(place_order(&own, user, with_coupon(one_of(first), &code), key()).await),
                    4 => drop(recover_pending(&own).await.unwrap()),
                    _ => drop(place_order(&own, user, order_request(&[(first, 1), (second, 2)]), key()).await),
                }
            }
        })
        .await;
        assert_eq!(
            shop.figure("SELECT COUNT(*) AS n FROM orders WHERE status NOT IN ('COMPLETED', 'REJECTED')").await,
            0
        );
        verify(shop).await;
    }
}

on_both_engines! {
    async fn one_request_id_with_two_bodies_is_one_order(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        let once = key();
        let outcomes = at_once(32, |index| {
            let (own, once): (Shop, _) = ((**shop).clone(), once.clone());
            let pieces = 1 + i64::try_from(index % 2).unwrap();
            async move { place_order(&own, user, order_request(&[(product, pieces)]), once).await }
        })
        .await;
        let words = tally(outcomes.iter().map(word));
        assert_eq!(words.get("idempotency_key_reused"), Some(&16), "{words:?}");
        assert_eq!(shop.count("orders").await, 1);
        verify(shop).await;
    }
}
