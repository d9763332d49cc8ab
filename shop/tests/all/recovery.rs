//! Orders whose process died: unpaid ones expire after 30 seconds, paid ones become PENDING and are given
//! back a minute later. Everything comes back exactly once, whoever asks how often.

use crate::support::*;
use shop::coupon::UserCouponState;
use shop::order::OrderStatus;
use shop::order::stages::{Confirmed, Paid};
use shop::page::Page;
use shop::recovery::service::{expire_reservations, recover_pending, stall_paid_orders};
use shop::wallet::PostingType;
use std::time::Duration;

const MILLI: Duration = Duration::from_millis(1);

on_both_engines! {
    async fn an_unpaid_reservation_expires_after_thirty_seconds_and_not_before(shop) {
        let user = shop.shopper(10_000).await;
        let (first, second) = (shop.product(1_000, 5).await, shop.product(500, 5).await);
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let id = shop.reserve(user, with_coupon(order_request(&[(first, 2), (second, 3)]), &code)).await;
        shop.advance(30 * SECOND - MILLI);
        assert_eq!((shop.expire().await, shop.stall().await, shop.recover().await), (0, 0, 0));
        assert_eq!((shop.stock(first).await, shop.stock(second).await), ((5, 2), (5, 3)));
        shop.advance(MILLI);
        assert_eq!((shop.stall().await, shop.recover().await), (0, 0));
        assert_eq!((shop.expire().await, shop.expire().await), (1, 0));
        let order = shop.order(id).await;
        assert_eq!((order.status, order.finished_at), (OrderStatus::Expired, Some(shop.now())));
        assert_eq!((shop.stock(first).await, shop.stock(second).await), ((5, 0), (5, 0)));
        assert_eq!((shop.balance(user).await, shop.piece(user, &code).await), (10_000, Some(UserCouponState::Issued)));
        assert!(matches!(shop.pay(id).await, Paid::Moved(OrderStatus::Expired)), "it is never paid any more");
    }

    async fn a_reservation_that_comes_too_late_to_pay_expires_at_once(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let (late, just) = (shop.reserve(user, one_of(product)).await, shop.reserve(user, one_of(product)).await);
        shop.advance(30 * SECOND - MILLI);
        assert!(matches!(shop.pay(just).await, Paid::Paid(_)));
        shop.advance(MILLI);
        assert!(matches!(shop.pay(late).await, Paid::Expired(_)));
        assert_eq!((shop.status(late).await, shop.stock(product).await), (OrderStatus::Expired, (5, 1)));
        assert_eq!(shop.balance(user).await, 9_000);
    }

    async fn a_stalled_payment_is_given_back_in_full_exactly_once(shop) {
        let user = shop.shopper(10_000).await;
        let (first, second) = (shop.product(1_000, 5).await, shop.product(500, 5).await);
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let id = shop.reserve_and_pay(user, with_coupon(order_request(&[(first, 2), (second, 2)]), &code)).await;
        assert_eq!((shop.balance(user).await, shop.piece(user, &code).await), (7_300, Some(UserCouponState::Held)));
        shop.advance(30 * SECOND - MILLI);
        assert_eq!((shop.stall().await, shop.status(id).await), (0, OrderStatus::Paid));
        shop.advance(MILLI);
        assert_eq!((shop.expire().await, shop.stall().await, shop.stall().await), (0, 1, 0));
        assert_eq!(shop.status(id).await, OrderStatus::Pending);
        assert_eq!((shop.balance(user).await, shop.stock(first).await), (7_300, (5, 2)), "PENDING keeps what it holds");
        verify(shop).await;
        shop.advance(MINUTE - MILLI);
        assert_eq!((shop.recover().await, shop.status(id).await), (0, OrderStatus::Pending));
        shop.advance(MILLI);
        assert_eq!((shop.recover().await, shop.recover().await), (1, 0));

        let order = shop.order(id).await;
        assert_eq!((order.status, order.finished_at), (OrderStatus::Failed, Some(shop.now())));
        assert_eq!((shop.stock(first).await, shop.stock(second).await), ((5, 0), (5, 0)));
        assert_eq!((shop.piece(user, &code).await, shop.issued(&code).await), (Some(UserCouponState::Issued), (1, 0)));
        assert_eq!(shop.balance(user).await, 10_000);
        let ledger = shop::wallet::service::list_postings(shop, user, &Page::default()).await.unwrap().items;
        assert_eq!(
            (ledger[0].kind, ledger[0].amount.get(), ledger[0].order_id),
            (PostingType::Recovery, 2_700, Some(id))
        );
        assert_eq!((ledger[1].kind, ledger[1].amount.get(), ledger.len()), (PostingType::Payment, -2_700, 3));
        assert!(matches!(shop.confirm(id).await, Confirmed::Moved(OrderStatus::Failed)), "it is never sold any more");
    }

    async fn what_moved_on_is_left_alone(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 9).await;
        let sold = shop.place(user, one_of(product)).await.unwrap();
        let refused = shop.place(user, expecting(one_of(product), 1)).await;
        assert_eq!(word(&refused), "price_changed");
        let slow = shop.reserve_and_pay(user, one_of(product)).await;
        shop.advance(29 * SECOND);
        assert!(matches!(shop.confirm(slow).await, Confirmed::Completed(_)));
        shop.advance(DAY);
        assert_eq!((shop.expire().await, shop.stall().await, shop.recover().await), (0, 0, 0));
        assert_eq!(
            (shop.status(sold.id).await, shop.status(slow).await),
            (OrderStatus::Completed, OrderStatus::Completed)
        );
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (8_000, (7, 0)));
    }

    async fn several_orders_of_one_wallet_come_back_in_one_go(shop) {
        let user = shop.shopper(10_000_000).await;
        let product = shop.product(100_000, 100).await;
        for _ in 0..10 {
            shop.reserve_and_pay(user, order_request(&[(product, 10)])).await;
        }
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (0, (100, 100)));
        shop.advance(30 * SECOND);
        assert_eq!(shop.stall().await, 10);
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 10);
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (10_000_000, (100, 0)));
    }

    async fn more_orders_than_one_batch_holds_are_all_dealt_with(shop) {
        let users = shop.shoppers(300, 1_000).await;
        let product = shop.product(1_000, 10_000).await;
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, one_of(product))).collect();
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        shop::order::stages::reserve(shop, &jobs).await.unwrap();
        shop::order::stages::pay(shop, &untraced(&ids)).await.unwrap();
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, one_of(product))).collect();
        shop::order::stages::reserve(shop, &jobs).await.unwrap();
        shop.advance(30 * SECOND);
        assert_eq!((shop.expire().await, shop.stall().await), (300, 300));
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 300);
        assert_eq!(shop.stock(product).await, (10_000, 0));
        assert_eq!(shop.figure("SELECT MIN(balance) AS n FROM wallets").await, 1_000);
    }

    async fn orders_that_a_dead_process_has_locked_keep_nobody_behind_them_waiting(shop) {
        let users = shop.shoppers(300, 1_000).await;
        let product = shop.product(1_000, 10_000).await;
        let jobs: Vec<_> = users.iter().map(|user| job(shop, *user, one_of(product))).collect();
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        shop::order::stages::reserve(shop, &jobs).await.unwrap();
        shop::order::stages::pay(shop, &untraced(&ids)).await.unwrap();
        shop.advance(30 * SECOND);
        assert_eq!(shop.stall().await, 300);
        shop.advance(MINUTE);
        // A whole batch of them.
        for id in &ids[..256] {
            let lock = shop.ports().gate.lock(&format!("recovery:{id}"), MINUTE, shop.now()).await.unwrap();
            lock.expect("it is free");
        }
        assert_eq!((shop.recover().await, shop.recover().await), (44, 0));
        shop.advance(MINUTE);
        assert_eq!((shop.recover().await, shop.stock(product).await), (256, (10_000, 0)));
    }

    async fn many_recoveries_at_once_give_back_once(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        let other = shop.another().await;
        for _ in 0..8 {
            shop.reserve_and_pay(user, one_of(product)).await;
            shop.reserve(user, one_of(product)).await;
        }
        // Two instances whose gates know nothing of each other: the database decides alone.
        let sum = |counts: Vec<u64>| counts.into_iter().sum::<u64>();
        let shops = [(**shop).clone(), other];
        shop.advance(30 * SECOND);
        let expired = at_once(6, |index| {
            let own = shops[index % 2].clone();
            async move { expire_reservations(&own).await.unwrap() }
        })
        .await;
        let stalled = at_once(6, |index| {
            let own = shops[index % 2].clone();
            async move { stall_paid_orders(&own).await.unwrap() }
        })
        .await;
        assert_eq!((sum(expired), sum(stalled)), (8, 8));
        shop.advance(MINUTE);
        let recovered = at_once(6, |index| {
            let own = shops[index % 2].clone();
            async move { recover_pending(&own).await.unwrap() }
        })
        .await;
        assert_eq!(sum(recovered), 8);
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (100_000, (100, 0)));
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM posting_causes WHERE kind = 'RECOVERY'").await, 8);
    }

    async fn an_order_somebody_is_recovering_is_left_to_them_until_their_lock_runs_out(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let id = shop.reserve_and_pay(user, one_of(product)).await;
        shop.advance(30 * SECOND);
        shop.stall().await;
        shop.advance(MINUTE);
        let name = format!("recovery:{id}");
        shop.ports().gate.lock(&name, MINUTE, shop.now()).await.unwrap().expect("it is free");
        assert_eq!((shop.recover().await, shop.status(id).await), (0, OrderStatus::Pending));
        shop.advance(MINUTE);
        assert_eq!((shop.recover().await, shop.status(id).await), (1, OrderStatus::Failed), "its holder died");
        assert!(
            shop.ports().gate.lock(&name, MINUTE, shop.now()).await.unwrap().is_some(),
            "the lock is released after"
        );
    }
}
