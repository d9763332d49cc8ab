//! Orders from the request to the receipt: amounts, refusals, replays, lists, and the stages one by one.

use crate::support::*;
use shop::coupon::{Discount, NewCoupon, UserCouponState};
use shop::error::{CouponReason, FieldProblem};
use shop::id::ProductId;
use shop::order::service::{find_order, list_orders};
use shop::order::stages::{self, Confirmed, Paid, Reserved};
use shop::order::{Lines, OrderStatus};
use shop::page::{Page, PageLimit};
use shop::product::ProductDraft;
use shop::{Error, Refusal, Settings, Won};
use std::time::Duration;

on_both_engines! {
    async fn an_order_moves_money_stock_and_coupon_once_and_keeps_its_prices(shop) {
        let user = shop.shopper(50_000).await;
        let book = ProductDraft { name: "첫 책 🎵".to_owned(), ..draft(12_900, 5) };
        let (first, second) = (shop.save(book.clone()).await, shop.product(1_100, 7).await);
        let code = shop.coupon("RATE33", Discount::Rate(33), 10).await;
        shop.claim(user, &code).await;
        let request = with_coupon(order_request(&[(second, 3), (first, 1), (first, 1)]), &code);

        let order = shop.place(user, expecting(request, 19_497)).await.unwrap();
        assert_eq!(order.status, OrderStatus::Completed);
        // 33 % of 29,100 won is 9,603 won.
        let amounts = (order.total_amount.get(), order.discount_amount.get(), order.final_amount.get());
        assert_eq!(amounts, (29_100, 9_603, 19_497));
        let lines: Vec<_> =
            order.items.iter().map(|i| (i.product_id, i.unit_price.get(), i.quantity, i.amount.get())).collect();
        assert_eq!(lines, [(first, 12_900, 2, 25_800), (second, 1_100, 3, 3_300)]);
        assert_eq!((order.created_at, order.paid_at, order.finished_at), (START, Some(START), Some(START)));
        assert_eq!((&order.coupon_code, &order.refusal, order.pending_at), (&Some(code.clone()), &None, None));
        assert_eq!(shop.order(order.id).await, order, "what was answered is what is stored");

        assert_eq!(shop.balance(user).await, 50_000 - 19_497);
        assert_eq!((shop.stock(first).await, shop.stock(second).await), ((3, 0), (4, 0)));
        assert_eq!((shop.piece(user, &code).await, shop.issued(&code).await), (Some(UserCouponState::Used), (1, 1)));

        save_again(
            shop,
            ProductDraft { price: Won::new(99_900), name: "다른 이름".to_owned(), total_stock: 3, ..book },
        )
        .await;
        assert_eq!(shop.order(order.id).await, order, "a receipt keeps its names and prices");
    }

    async fn each_refusal_is_kept_with_its_order_holds_nothing_and_is_answered_again(shop) {
        let user = shop.shopper(10_000).await;
        let (cheap, dear) = (shop.product(1_000, 2).await, shop.product(20_000, 2).await);
        let table = [
            (
                order_request(&[(cheap, 3)]),
                Refusal::InsufficientStock { product_id: cheap, requested: 3, available: 2 },
            ),
            (
                order_request(&[(cheap, 1), (dear, 9)]),
                Refusal::InsufficientStock { product_id: dear, requested: 9, available: 2 },
            ),
            (one_of(dear), Refusal::InsufficientBalance { balance: Won::new(10_000), needed: Won::new(20_000) }),
            (expecting(one_of(cheap), 999), Refusal::PriceChanged { expected: Won::new(999), actual: Won::new(1_000) }),
        ];
        for (request, expected) in table {
            let once = key();
            let mut ids = Vec::new();
            for _ in 0..3 {
                match shop.place_as(user, request.clone(), once.clone()).await {
                    Err(Error::Refused { refusal, order_id: Some(id) }) => {
                        assert_eq!(refusal, expected);
                        ids.push(id);
                    }
                    other => panic!("{expected:?}: {other:?}"),
                }
            }
            ids.dedup();
            let [id] = ids[..] else { panic!("one order, not {ids:?}") };
            let order = shop.order(id).await;
            assert_eq!(
                (order.status, order.refusal, order.finished_at),
                (OrderStatus::Rejected, Some(expected), Some(START))
            );
            assert_eq!(order.items.len(), request.lines.iter().count(), "its lines are kept for the figures");
            assert_eq!((shop.stock(cheap).await, shop.stock(dear).await), ((2, 0), (2, 0)));
        }
        assert_eq!((shop.balance(user).await, shop.count("orders").await), (10_000, 4));
    }

    async fn a_refusal_stays_although_its_reason_has_gone(shop) {
        let user = shop.shopper(10_000).await;
        let sold_out = ProductDraft { total_stock: 0, ..draft(1_000, 0) };
        let product = shop.save(sold_out.clone()).await;
        let once = key();
        shop.place_as(user, one_of(product), once.clone()).await.unwrap_err();
        save_again(shop, ProductDraft { total_stock: 10, ..sold_out }).await;
        assert_eq!(shop.place_as(user, one_of(product), once).await.unwrap_err().code(), "insufficient_stock");
        assert_eq!(shop.place(user, one_of(product)).await.unwrap().status, OrderStatus::Completed);
    }

    async fn a_coupon_that_does_not_apply_refuses_the_order_and_says_why(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let base = |text| campaign(text, TEN_PERCENT);
        let day = NewCoupon { ends_at: START.after(DAY), ..base("EXPIRED") };
        shop.campaign(day).await;
        shop.coupon("INUSE", TEN_PERCENT, 5).await;
        shop.coupon("USED", TEN_PERCENT, 5).await;
        shop.coupon("STOPPED", TEN_PERCENT, 5).await;
        shop.campaign(NewCoupon { minimum_amount: Won::new(1_001), ..base("MINIMUM") }).await;
        shop.coupon("NOTHING", Discount::Fixed(Won::new(1_000)), 5).await;
        shop.coupon("NOTCLAIMED", TEN_PERCENT, 5).await;
        shop.coupon("NOTBEGUN", TEN_PERCENT, 5).await;
        for text in ["EXPIRED", "INUSE", "USED", "STOPPED", "MINIMUM", "NOTHING", "NOTBEGUN"] {
            shop.claim(user, &code(text)).await;
        }
        // Somebody else's piece is not one's own.
        let other = shop.shopper(0).await;
        shop.claim(other, &code("NOTCLAIMED")).await;
        shop.place(user, with_coupon(one_of(product), &code("USED"))).await.unwrap();
        shop.reserve_and_pay(user, with_coupon(one_of(product), &code("INUSE"))).await;
        shop.arrange("UPDATE coupons SET is_active = 0 WHERE code = 'STOPPED'").await;
        // An operator moved its begin after it was claimed.
        shop.arrange(&format!(
            "UPDATE coupons SET starts_at = {} WHERE code = 'NOTBEGUN'",
            START.after(9 * DAY).millis()
        ))
        .await;
        shop.advance(DAY);

        let table = [
            ("NOSUCH", CouponReason::Unknown),
            ("NOTCLAIMED", CouponReason::NotClaimed),
            ("INUSE", CouponReason::InUse),
            ("USED", CouponReason::Used),
            ("NOTBEGUN", CouponReason::NotBegun),
            ("EXPIRED", CouponReason::Expired),
            ("STOPPED", CouponReason::Stopped),
            ("MINIMUM", CouponReason::BelowMinimum),
            ("NOTHING", CouponReason::NothingLeft),
        ];
        let (balance, stock) = (shop.balance(user).await, shop.stock(product).await);
        for (text, reason) in table {
            let (request, once) = (with_coupon(one_of(product), &code(text)), key());
            for _ in 0..2 {
                let refused = refusal(shop.place_as(user, request.clone(), once.clone()).await);
                assert_eq!(refused, Refusal::CouponNotApplicable { reason }, "{text}");
            }
        }
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (balance, stock));
    }

    async fn a_coupon_serves_from_its_first_to_its_last_moment(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let fixed = shop
            .campaign(NewCoupon {
                minimum_amount: Won::new(1_000),
                ends_at: START.after(SECOND),
                starts_at: START,
                ..campaign("FIXED", Discount::Fixed(Won::new(999)))
            })
            .await;
        shop.claim(user, &fixed).await;
        shop.advance(Duration::from_millis(999));
        let order = shop.place(user, with_coupon(one_of(product), &fixed)).await.unwrap();
        assert_eq!((order.discount_amount.get(), order.final_amount.get()), (999, 1));
    }

    async fn the_same_key_with_another_body_is_refused_and_changes_nothing(shop) {
        let user = shop.shopper(100_000).await;
        let (product, other) = (shop.product(1_000, 50).await, shop.product(1_000, 50).await);
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        let once = key();
        let first = shop.place_as(user, order_request(&[(product, 2), (other, 1)]), once.clone()).await.unwrap();
        let same = order_request(&[(other, 1), (product, 1), (product, 1)]);
        assert_eq!(
            shop.place_as(user, same.clone(), once.clone()).await.unwrap(),
            first,
            "the order of lines is no other body"
        );
        for body in [
            order_request(&[(product, 3), (other, 1)]),
            one_of(product),
            with_coupon(same.clone(), &code),
            expecting(same.clone(), 3_000),
        ] {
            let outcome = shop.place_as(user, body, once.clone()).await;
            assert!(matches!(outcome, Err(Error::RequestReused)), "{outcome:?}");
        }
        assert_eq!((shop.balance(user).await, shop.count("orders").await), (97_000, 1));
        let neighbour = shop.shopper(100_000).await;
        let theirs = shop.place_as(neighbour, one_of(product), once).await.unwrap();
        assert_ne!(theirs.id, first.id, "a key belongs to its user");
    }

    async fn looking_for_the_order_of_a_request_places_none(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let once = key();
        let look = async |request: &shop::order::OrderRequest| {
            shop::order::service::find_placed(shop, user, request, once.clone()).await
        };
        assert!(look(&one_of(product)).await.unwrap().is_none());
        assert_eq!((shop.count("orders").await, shop.count("requests").await), (0, 0));
        let placed = shop.place_as(user, one_of(product), once.clone()).await.unwrap();
        assert_eq!(look(&one_of(product)).await.unwrap(), Some(placed));
        let other = look(&order_request(&[(product, 2)])).await;
        assert!(matches!(other, Err(Error::RequestReused)), "{other:?}");
        assert_eq!(shop.count("orders").await, 1);
    }

    async fn a_replay_answers_with_the_present_state_of_its_order(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 50).await;
        let again = async |once: &shop::request::RequestKey| shop.place_as(user, one_of(product), once.clone()).await;
        let (completed, pending, expired) = (key(), key(), key());

        let first = again(&completed).await.unwrap();
        assert_eq!(again(&completed).await.unwrap(), first);

        // An instance whose reservations last no time finds every order too late to pay.
        let hasty = shop.another_with(Settings { reservation_ttl: Duration::ZERO, ..unlimited() }).await;
        let outcome = shop::order::service::place_order(&hasty, user, one_of(product), expired.clone()).await;
        let Err(Error::OrderExpired(late)) = outcome else { panic!("{outcome:?}") };
        assert!(matches!(again(&expired).await, Err(Error::OrderExpired(id)) if id == late));
        assert_eq!(shop.status(late).await, OrderStatus::Expired);

        shop.break_writes("INSERT ON sales_buckets", "1 = 1").await;
        let stuck = again(&pending).await.unwrap();
        shop.mend().await;
        assert_eq!((stuck.status, stuck.pending_at), (OrderStatus::Pending, Some(shop.now())));
        assert_eq!(again(&pending).await.unwrap(), stuck);
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 1);
        for _ in 0..2 {
            assert!(matches!(again(&pending).await, Err(Error::OrderFailed(id)) if id == stuck.id));
        }
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (99_000, (49, 0)));
        assert_eq!(shop.count("orders").await, 3);
    }

    async fn what_is_not_for_sale_keeps_nothing_and_leaves_the_key_free(shop) {
        let user = shop.shopper(100_000).await;
        let sold = shop.product(1_000, 5).await;
        let inactive = shop.save(ProductDraft { is_active: false, ..draft(1_000, 5) }).await;
        let unknown = ProductId::new(4_040_404);
        let once = key();
        match shop.place_as(user, order_request(&[(sold, 1), (inactive, 1), (unknown, 1)]), once.clone()).await {
            Err(Error::Invalid(errors)) => {
                let problems: Vec<_> = errors.into_iter().map(|error| error.problem).collect();
                let not_sold = |product_id| FieldProblem::NotForSale { product_id };
                assert_eq!(problems, [not_sold(inactive), not_sold(unknown)]);
            }
            other => panic!("{other:?}"),
        }
        for table in ["orders", "order_items", "requests", "outbox"] {
            assert_eq!(shop.count(table).await, 0, "{table}");
        }
        assert_eq!(shop.stock(sold).await, (5, 0));
        let order = shop.place_as(user, one_of(sold), once).await.unwrap();
        assert_eq!(order.status, OrderStatus::Completed, "the key was still free");
    }

    async fn an_order_is_its_owners_alone(shop) {
        let (user, stranger) = (shop.shopper(10_000).await, shop.shopper(10_000).await);
        let product = shop.product(1_000, 5).await;
        let order = shop.place(user, one_of(product)).await.unwrap();
        assert_eq!(find_order(shop, user, order.id).await.unwrap(), Some(order.clone()));
        assert_eq!(find_order(shop, stranger, order.id).await.unwrap(), None);
        assert_eq!(find_order(shop, user, shop.mint_order_id()).await.unwrap(), None);
        assert_eq!(list_orders(shop, stranger, None, &Page::default()).await.unwrap().items, []);
    }

    async fn orders_are_listed_newest_first_page_by_page_and_by_status(shop) {
        let user = shop.shopper(1_000_000).await;
        let (product, second) = (shop.product(1_000, 50).await, shop.product(100, 50).await);
        let mut placed = Vec::new();
        for index in 0..9 {
            let request = order_request(&[(product, 1), (second, 2)]);
            // Every third is refused.
            let request = if index % 3 == 2 { expecting(request, 1) } else { request };
            match shop.place(user, request).await {
                Ok(order) => placed.push(order.id),
                Err(Error::Refused { order_id: Some(id), .. }) => placed.push(id),
                Err(error) => panic!("{error}"),
            }
            if index == 4 {
                shop.advance(SECOND);
            }
        }
        placed.reverse();
        for limit in [1, 2, 4, 9, 100] {
            let mut page = Page::first(PageLimit::new(limit).unwrap());
            let mut listed = Vec::new();
            loop {
                let slice = list_orders(shop, user, None, &page).await.unwrap();
                assert!(slice.items.iter().all(|order| order.items.len() == 2 && order.total_amount.get() == 1_200));
                listed.extend(slice.items.into_iter().map(|order| order.id));
                page.cursor = slice.next_cursor;
                if page.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(listed, placed, "by {limit}");
        }
        for (status, count) in [(OrderStatus::Completed, 6), (OrderStatus::Rejected, 3), (OrderStatus::Paid, 0)] {
            let listed = list_orders(shop, user, Some(status), &Page::default()).await.unwrap().items;
            assert!(listed.len() == count && listed.iter().all(|order| order.status == status), "{status}");
        }
        let page = Page { cursor: Some("not an order".to_owned()), ..Page::default() };
        assert_eq!(wrong_fields(list_orders(shop, user, None, &page).await), ["cursor"]);
    }

    async fn what_changed_between_reserving_and_paying_refuses_the_order_and_releases_its_stock(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(10_000, 10).await;
        let codes = [shop.coupon("STOPPED", TEN_PERCENT, 5).await, shop.coupon("CHANGED", TEN_PERCENT, 5).await];
        for code in &codes {
            shop.claim(user, code).await;
        }
        let stopped = shop.reserve(user, with_coupon(one_of(product), &codes[0])).await;
        let changed = shop.reserve(user, with_coupon(one_of(product), &codes[1])).await;
        let first = shop.reserve(user, one_of(product)).await;
        let second = shop.reserve(user, one_of(product)).await;
        assert_eq!(shop.stock(product).await, (10, 4));
        shop.arrange("UPDATE coupons SET is_active = 0 WHERE code = 'STOPPED'").await;
        shop.arrange("UPDATE coupons SET discount_value = 20 WHERE code = 'CHANGED'").await;
        let outcomes = stages::pay(shop, &untraced(&[stopped, changed, first, second])).await.unwrap();
        let mut refused = Vec::new();
        for outcome in outcomes {
            refused.push(match outcome.unwrap() {
                Paid::Rejected(refusal, _) => Some(refusal),
                Paid::Paid(_) => None,
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(
            refused,
            [
                Some(Refusal::CouponNotApplicable { reason: CouponReason::Stopped }),
                Some(Refusal::PriceChanged { expected: Won::new(9_000), actual: Won::new(8_000) }),
                None,
                Some(Refusal::InsufficientBalance { balance: Won::ZERO, needed: Won::new(10_000) }),
            ]
        );
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (0, (10, 1)));
        for code in &codes {
            assert_eq!(shop.piece(user, code).await, Some(UserCouponState::Issued));
        }
        let stored = shop.order(changed).await;
        assert_eq!((stored.status, stored.refusal), (OrderStatus::Rejected, refused[1].clone()));
    }

    async fn a_stage_done_twice_is_done_once(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 10).await;
        let code = shop.coupon("CODE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let id = shop.reserve(user, with_coupon(one_of(product), &code)).await;
        assert!(matches!(shop.confirm(id).await, Confirmed::Moved(OrderStatus::Reserved)), "nothing unpaid is sold");
        assert!(matches!(shop.pay(id).await, Paid::Paid(_)));
        assert!(matches!(shop.pay(id).await, Paid::Moved(OrderStatus::Paid)));
        assert!(matches!(shop.confirm(id).await, Confirmed::Completed(_)));
        assert!(matches!(shop.confirm(id).await, Confirmed::Moved(OrderStatus::Completed)));
        assert!(matches!(shop.pay(id).await, Paid::Moved(OrderStatus::Completed)));
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (9_100, (9, 0)));
        assert_eq!((shop.issued(&code).await, shop.count("posting_causes").await), ((1, 1), 1));
        let gone = shop.mint_order_id();
        assert!(stages::pay(shop, &untraced(&[gone])).await.unwrap().pop().unwrap().is_err());
        assert!(stages::confirm(shop, &untraced(&[gone])).await.unwrap().pop().unwrap().is_err());
    }

    async fn one_batch_decides_its_orders_in_arrival_order_each_for_itself(shop) {
        let (rich, poor) = (shop.shopper(100_000).await, shop.shopper(100).await);
        let product = shop.product(1_000, 3).await;
        let inactive = shop.save(ProductDraft { is_active: false, ..draft(1_000, 5) }).await;
        let first = job(shop, rich, order_request(&[(product, 2)]));
        let mut twin = job(shop, rich, order_request(&[(product, 2)]));
        twin.request = first.request.clone();
        let jobs = [
            first.clone(),
            twin,
            job(shop, rich, one_of(inactive)),
            job(shop, rich, order_request(&[(product, 2)])), // one is left
            job(shop, poor, one_of(product)),
            job(shop, rich, one_of(product)), // none is left, although the poor will not pay
        ];
        let outcomes = stages::reserve(shop, &jobs).await.unwrap();
        let words: Vec<&str> = outcomes
            .iter()
            .map(|outcome| match outcome {
                Ok(Reserved::New(order)) => order.status.as_str(),
                Ok(Reserved::Seen(_)) => "seen",
                Err(error) => error.code(),
            })
            .collect();
        assert_eq!(words, ["RESERVED", "request_in_progress", "validation_failed", "REJECTED", "RESERVED", "REJECTED"]);
        assert_eq!(shop.stock(product).await, (3, 3));
        let paid = stages::pay(shop, &untraced(&[jobs[0].id, jobs[4].id])).await.unwrap();
        assert!(matches!(paid[0], Ok(Paid::Paid(_))));
        assert!(matches!(paid[1], Ok(Paid::Rejected(Refusal::InsufficientBalance { .. }, _))));
        assert_eq!(shop.stock(product).await, (3, 2));
        let seen = stages::reserve(shop, &[first]).await.unwrap();
        assert!(matches!(&seen[0], Ok(Reserved::Seen(row)) if row.subject_id == jobs[0].id.bytes()));
    }

    async fn payments_of_one_wallet_in_one_batch_follow_each_other(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 100).await;
        let code = shop.coupon("ONCE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        let mut ids = Vec::new();
        for request in [one_of(product), with_coupon(one_of(product), &code), with_coupon(one_of(product), &code)] {
            ids.push(shop.reserve(user, request).await);
        }
        ids.push(shop.reserve(user, order_request(&[(product, 9)])).await);
        ids.push(shop.reserve(user, order_request(&[(product, 8)])).await);
        let outcomes = stages::pay(shop, &untraced(&ids)).await.unwrap();
        let words: Vec<&str> = outcomes
            .iter()
            .map(|outcome| match outcome {
                Ok(Paid::Paid(_)) => "paid",
                Ok(Paid::Rejected(refusal, _)) => refusal.code(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(words, ["paid", "paid", "coupon_not_applicable", "insufficient_balance", "paid"]);
        let ledger = shop::wallet::service::list_postings(shop, user, &Page::default()).await.unwrap().items;
        let after: Vec<i64> = ledger.iter().map(|posting| posting.balance_after.get()).collect();
        assert_eq!(after, [100, 8_100, 9_000, 10_000], "each posting says the balance after it");
        assert_eq!((shop.balance(user).await, shop.stock(product).await), (100, (100, 10)));
    }

    async fn the_largest_batch_stays_within_what_the_database_binds(shop) {
        let users = shop.shoppers(256, 1_000_000).await;
        let drafts: Vec<ProductDraft> = (0..30).map(|_| draft(1_000, 1_000)).collect();
        let skus: Vec<String> = drafts.iter().map(|draft| draft.sku.clone()).collect();
        shop::product::service::save_products(shop, drafts).await.unwrap();
        let code = shop.coupon("BATCH", TEN_PERCENT, 1_000).await;
        let mut lines = Vec::new();
        for sku in &skus {
            lines.push((shop.product_of(sku).await, 1));
        }
        let mut jobs = Vec::new();
        for user in users {
            shop.claim(user, &code).await;
            jobs.push(job(shop, user, with_coupon(order_request(&lines), &code)));
        }
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        let reserved = stages::reserve(shop, &jobs).await.unwrap();
        assert!(
            reserved
                .iter()
                .all(|outcome| matches!(outcome, Ok(Reserved::New(order)) if order.status == OrderStatus::Reserved))
        );
        assert!(stages::pay(shop, &untraced(&ids)).await.unwrap().iter().all(|outcome| matches!(outcome, Ok(Paid::Paid(_)))));
        assert!(
            stages::confirm(shop, &untraced(&ids))
                .await
                .unwrap()
                .iter()
                .all(|outcome| matches!(outcome, Ok(Confirmed::Completed(_))))
        );
        assert_eq!(shop.stock(lines[0].0).await, (744, 0));
        assert_eq!(shop.count("order_items").await, 7_680);
    }

    async fn a_closed_shop_takes_nothing_new(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 10).await;
        let other = shop.another().await;
        other.close().await;
        let outcome = shop::order::service::place_order(&other, user, one_of(product), key()).await;
        assert!(matches!(outcome, Err(Error::Busy)), "{outcome:?}");
        let charge = shop::wallet::service::charge_wallet(&other, user, Won::new(1_000), key()).await;
        assert!(matches!(charge, Err(Error::Busy)), "{charge:?}");
        assert_eq!((shop.count("orders").await, shop.balance(user).await), (0, 10_000));
        assert_eq!(shop.place(user, one_of(product)).await.unwrap().status, OrderStatus::Completed);
    }
}

async fn save_again(shop: &TestShop, draft: ProductDraft) {
    shop::product::service::save_products(shop, vec![draft]).await.unwrap();
}

#[test]
fn an_order_has_one_to_ten_of_a_product_and_thirty_pieces_in_all() {
    let id = ProductId::new;
    /// Pieces, or the fields that are wrong.
    type Expected = Result<i64, &'static [&'static str]>;
    let table: [(&[(ProductId, i64)], Expected); 10] = [
        (&[(id(1), 1)], Ok(1)),
        (&[(id(1), 10), (id(2), 10), (id(3), 10)], Ok(30)),
        (&[(id(1), 5), (id(1), 5)], Ok(10)),
        (&[], Err(&["items"])),
        (&[(id(1), 0)], Err(&["items[0].quantity"])),
        (&[(id(1), 1), (id(2), -1)], Err(&["items[1].quantity"])),
        (&[(id(1), 11)], Err(&["items[0].quantity"])),
        (&[(id(1), 10), (id(2), 1), (id(1), 1)], Err(&["items[2].quantity"])),
        (&[(id(1), 10), (id(2), 10), (id(3), 10), (id(4), 1)], Err(&["items"])),
        (&[(id(1), i64::MAX), (id(1), i64::MAX)], Err(&["items[0].quantity", "items[1].quantity"])),
    ];
    for (asked, expected) in table {
        match (Lines::new(asked.iter().copied()), expected) {
            (Ok(lines), Ok(pieces)) => assert_eq!(lines.pieces(), pieces),
            (outcome, Err(fields)) => assert_eq!(wrong_fields(outcome), fields, "{asked:?}"),
            (outcome, expected) => panic!("{asked:?}: {outcome:?}, not {expected:?}"),
        }
    }
}
