//! What a fault in the middle of an order leaves behind: PENDING, with everything it holds, and neighbours
//! that never notice. The faults are triggers that make the database refuse one kind of write.

use crate::support::*;
use shop::coupon::UserCouponState;
use shop::order::OrderStatus;
use shop::order::service::place_order;

on_both_engines! {
    async fn a_fault_while_paying_leaves_an_unpaid_pending_order_that_is_given_back(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        shop.break_writes("INSERT ON point_transactions", "1 = 1").await;
        let order = shop.place(user, with_coupon(order_request(&[(product, 2)]), &code)).await.unwrap();
        shop.mend().await;
        assert_eq!((order.status, order.paid_at, order.pending_at), (OrderStatus::Pending, None, Some(shop.now())));
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (10_000, (5, 2)), "nothing paid, stock held");
        verify(shop).await;
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 1);
        assert_eq!(shop.status(order.id).await, OrderStatus::Failed);
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (10_000, (5, 0)));
        assert_eq!(shop.piece(user, &code).await, Some(UserCouponState::Issued));
        assert_eq!(shop.count("posting_causes").await, 0, "what was not paid is not paid back");
    }

    async fn a_fault_while_confirming_leaves_a_paid_pending_order_that_is_given_back(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        shop.break_writes("INSERT ON sales_buckets", "1 = 1").await;
        let order = shop.place(user, with_coupon(order_request(&[(product, 2)]), &code)).await.unwrap();
        shop.mend().await;
        assert_eq!((order.status, order.paid_at), (OrderStatus::Pending, Some(shop.now())));
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (8_200, (5, 2)));
        assert_eq!(shop.piece(user, &code).await, Some(UserCouponState::Held));
        verify(shop).await;
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 1);
        assert_eq!(shop.status(order.id).await, OrderStatus::Failed);
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (10_000, (5, 0)));
        assert_eq!((shop.piece(user, &code).await, shop.issued(&code).await), (Some(UserCouponState::Issued), (1, 0)));
        let again = shop.place(user, with_coupon(one_of(product), &code)).await.unwrap();
        assert_eq!(again.final_amount.get(), 900, "the coupon is as good as new");
    }

    async fn a_fault_while_reserving_keeps_nothing_and_leaves_the_key_free(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let once = key();
        shop.break_writes("INSERT ON order_items", "1 = 1").await;
        assert_eq!(word(&shop.place_as(user, one_of(product), once.clone()).await), "internal_error");
        shop.mend().await;
        for table in ["orders", "requests", "outbox"] {
            assert_eq!(shop.count(table).await, 0, "{table}");
        }
        assert_eq!(shop.stock(product).await, (5, 0));
        assert_eq!(word(&shop.place_as(user, one_of(product), once).await), "COMPLETED", "5xx are not remembered");
    }

    async fn an_order_that_cannot_even_be_marked_is_pending_to_its_shopper_and_found_by_the_jobs(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let (unpaid_key, paid_key) = (key(), key());
        shop.break_writes("UPDATE ON orders", "1 = 1").await;
        let unpaid = shop.place_as(user, one_of(product), unpaid_key.clone()).await.unwrap();
        shop.mend().await;
        // Paying still works here; neither confirming nor marking does.
        shop.break_writes("UPDATE ON orders", "NEW.status IN ('COMPLETED', 'PENDING')").await;
        let paid = shop.place_as(user, one_of(product), paid_key.clone()).await.unwrap();
        shop.mend().await;
        assert_eq!((unpaid.status, paid.status), (OrderStatus::Pending, OrderStatus::Pending));
        assert_eq!(
            (shop.status(unpaid.id).await, shop.status(paid.id).await),
            (OrderStatus::Reserved, OrderStatus::Paid)
        );
        verify(shop).await;

        // Until a reservation's time is over nobody can tell whether a process is still at work on them.
        let again = async |once: &shop::request::RequestKey| {
            word(&shop.place_as(user, one_of(product), once.clone()).await)
        };
        shop.advance(29 * SECOND);
        for once in [&unpaid_key, &paid_key] {
            assert_eq!(again(once).await, "request_in_progress");
        }
        shop.advance(SECOND);
        assert_eq!((again(&unpaid_key).await, again(&paid_key).await), ("RESERVED", "PAID"));
        assert_eq!((shop.expire().await, shop.stall().await), (1, 1));
        assert_eq!(word(&shop.place_as(user, one_of(product), unpaid_key).await), "order_expired");
        assert_eq!(word(&shop.place_as(user, one_of(product), paid_key.clone()).await), "PENDING");
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 1);
        assert_eq!(word(&shop.place_as(user, one_of(product), paid_key).await), "order_failed");
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (10_000, (5, 0)));
    }

    async fn a_poisoned_order_never_fails_its_neighbours(shop) {
        let users = shop.shoppers(12, 10_000).await;
        let poisoned = users[5];
        let product = shop.product(1_000, 100).await;
        shop.break_writes("INSERT ON point_transactions", &format!("NEW.user_id = {poisoned}")).await;
        let outcomes = at_once(12, |index| {
            let (own, user) = ((**shop).clone(), users[index]);
            async move { place_order(&own, user, one_of(product), key()).await }
        })
        .await;
        shop.mend().await;
        for (user, outcome) in users.iter().zip(&outcomes) {
            let expected = if *user == poisoned { "PENDING" } else { "COMPLETED" };
            assert_eq!(word(outcome), expected, "user {user}");
        }
        assert_eq!(shop.stock(product).await, (89, 1));
    }

    async fn a_give_back_that_fails_halfway_gives_nothing_and_is_done_whole_later(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let id = shop.reserve_and_pay(user, with_coupon(one_of(product), &code)).await;
        shop.advance(30 * SECOND);
        shop.stall().await;
        shop.advance(MINUTE);
        shop.break_writes("UPDATE ON orders", "NEW.status = 'FAILED'").await;
        assert!(shop::recovery::service::recover_pending(shop).await.is_err());
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (9_100, (5, 1)));
        assert_eq!(
            (shop.status(id).await, shop.piece(user, &code).await),
            (OrderStatus::Pending, Some(UserCouponState::Held))
        );
        verify(shop).await;
        shop.mend().await;
        assert_eq!(shop.recover().await, 1, "its lock was released");
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (10_000, (5, 0)));
    }

    async fn one_give_back_that_always_fails_does_not_keep_the_others_from_theirs(shop) {
        let users = shop.shoppers(4, 10_000).await;
        let product = shop.product(1_000, 50).await;
        let mut ids = Vec::new();
        for user in &users {
            ids.push(shop.reserve_and_pay(*user, one_of(product)).await);
        }
        shop.advance(30 * SECOND);
        assert_eq!(shop.stall().await, 4);
        shop.advance(MINUTE);
        shop.break_writes("INSERT ON point_transactions", &format!("NEW.user_id = {}", users[1])).await;
        // What it answers is its own business: the others must have their money back.
        let _ = shop::recovery::service::recover_pending(shop).await;
        for (index, user) in users.iter().enumerate() {
            let expected = if index == 1 { (OrderStatus::Pending, 9_000) } else { (OrderStatus::Failed, 10_000) };
            assert_eq!((shop.status(ids[index]).await, shop.balance(*user).await), expected, "order {index}");
        }
        verify(shop).await;
        shop.mend().await;
        assert_eq!(shop.recover().await, 1);
        assert_eq!(shop.balance(users[1]).await, 10_000);
    }
}
