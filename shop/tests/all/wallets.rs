//! Wallets: charges under their rules, request ids and limits, and the ledger.

use crate::support::*;
use shop::id::UserId;
use shop::order::OrderStatus;
use shop::page::{Page, PageLimit};
use shop::request::RequestKey;
use shop::wallet::service::{charge_wallet, find_wallet, list_postings};
use shop::wallet::{Charge, PostingType};
use shop::{Error, Refusal, Settings, Won};

async fn charge(shop: &TestShop, user: UserId, amount: i64) -> Result<Charge, Error> {
    charge_as(shop, user, amount, key()).await
}

async fn charge_as(shop: &TestShop, user: UserId, amount: i64, key: RequestKey) -> Result<Charge, Error> {
    charge_wallet(shop, user, Won::new(amount), key).await
}

on_both_engines! {
    async fn a_charge_is_credited_at_once_and_posted(shop) {
        let user = shop.shopper(0).await;
        let charged = charge(shop, user, 12_340).await.unwrap();
        assert_eq!((charged.amount, charged.balance), (Won::new(12_340), Won::new(12_340)));
        let wallet = find_wallet(shop, user).await.unwrap();
        assert_eq!((wallet.balance, wallet.limit), (Won::new(12_340), Won::new(10_000_000)));
        let ledger = list_postings(shop, user, &Page::default()).await.unwrap().items;
        assert_eq!(ledger.len(), 1);
        assert_eq!(
            (ledger[0].id, ledger[0].kind, ledger[0].order_id),
            (charged.transaction_id, PostingType::Charge, None)
        );
        assert_eq!((ledger[0].amount, ledger[0].balance_after), (Won::new(12_340), Won::new(12_340)));
        assert_eq!(ledger[0].created_at, shop.now());
    }

    async fn a_charge_against_the_rules_changes_nothing(shop) {
        let user = shop.shopper(5_000).await;
        for amount in [i64::MIN, -1_000, 0, 999, 1_005, 100_001, 100_010, i64::MAX] {
            assert_eq!(wrong_fields(charge(shop, user, amount).await), ["amount"], "{amount}");
        }
        assert_eq!((shop.balance(user).await, shop.count("requests").await), (5_000, 0));
    }

    async fn the_same_charge_again_is_answered_again_and_credited_once(shop) {
        let (user, other) = (shop.shopper(0).await, shop.shopper(0).await);
        let once = named_key("charge-1");
        let first = charge_as(shop, user, 5_000, once.clone()).await.unwrap();
        charge(shop, user, 1_000).await.unwrap();
        for _ in 0..3 {
            assert_eq!(charge_as(shop, user, 5_000, once.clone()).await.unwrap(), first, "as it was answered first");
        }
        assert!(matches!(charge_as(shop, user, 5_010, once.clone()).await, Err(Error::RequestReused)));
        assert_eq!(shop.balance(user).await, 6_000);
        // Another's key of the same name is another key, and so is that of an order.
        assert_eq!(charge_as(shop, other, 7_000, once.clone()).await.unwrap().balance, Won::new(7_000));
        let product = shop.product(1_000, 1).await;
        assert_eq!(shop.place_as(user, one_of(product), once).await.unwrap().status, OrderStatus::Completed);
        assert_eq!(shop.balance(user).await, 5_000);
    }

    async fn keys_that_differ_only_in_case_are_two_keys(shop) {
        let user = shop.shopper(0).await;
        for text in ["abc", "ABC", "abc-", "Abc"] {
            charge_as(shop, user, 1_000, named_key(text)).await.unwrap();
        }
        charge_as(shop, user, 1_000, named_key(&"k".repeat(128))).await.unwrap();
        assert_eq!(shop.balance(user).await, 5_000);
    }

    async fn a_wallet_holds_ten_million_and_not_a_won_more(shop) {
        let user = shop.shopper(9_990_000).await;
        let refused = named_key("too-much");
        let limit = Refusal::BalanceLimitExceeded {
            balance: Won::new(9_990_000),
            unfinished: Won::ZERO,
            limit: Won::new(10_000_000),
        };
        assert_eq!(refusal(charge_as(shop, user, 10_010, refused.clone()).await), limit);
        assert_eq!(shop.balance(user).await, 9_990_000);
        assert_eq!(charge(shop, user, 10_000).await.unwrap().balance, Won::new(10_000_000));
        // The refusal was kept: room that came later does not change the answer to the same request.
        let product = shop.product(100_000, 1).await;
        shop.place(user, one_of(product)).await.unwrap();
        assert_eq!(refusal(charge_as(shop, user, 10_010, refused.clone()).await), limit);
        assert!(matches!(charge_as(shop, user, 10_020, refused).await, Err(Error::RequestReused)));
        assert_eq!(charge(shop, user, 100_000).await.unwrap().balance, Won::new(10_000_000));
    }

    async fn a_charge_leaves_room_for_what_unfinished_orders_may_give_back(shop) {
        let user = shop.shopper(10_000_000).await;
        let product = shop.product(100_000, 10).await;
        let paid = shop.reserve_and_pay(user, order_request(&[(product, 3)])).await;
        shop.reserve(user, one_of(product)).await; // unpaid: it may give nothing back
        let refused = |unfinished| Refusal::BalanceLimitExceeded {
            balance: Won::new(9_700_000),
            unfinished: Won::new(unfinished),
            limit: Won::new(10_000_000),
        };
        assert_eq!(refusal(charge(shop, user, 1_000).await), refused(300_000));
        shop.advance(30 * SECOND);
        shop.stall().await;
        assert_eq!(shop.status(paid).await, OrderStatus::Pending);
        assert_eq!(refusal(charge(shop, user, 1_000).await), refused(300_000));
        shop.advance(MINUTE);
        shop.recover().await;
        assert_eq!((shop.status(paid).await, shop.balance(user).await), (OrderStatus::Failed, 10_000_000));

        let sold = shop.place(user, order_request(&[(product, 3)])).await.unwrap();
        assert_eq!(sold.status, OrderStatus::Completed);
        assert_eq!(
            charge(shop, user, 100_000).await.unwrap().balance,
            Won::new(9_800_000),
            "what is sold never comes back by itself"
        );
    }

    async fn nobody_charges_while_charges_are_closed(shop, Settings { charges_open: false, ..unlimited() }) {
        let user = shop.shopper(0).await;
        assert!(matches!(charge(shop, user, 1_000).await, Err(Error::Forbidden)));
        assert_eq!((shop.balance(user).await, shop.count("requests").await), (0, 0));
    }

    async fn a_ledger_is_listed_newest_first_page_by_page(shop) {
        let (user, other) = (shop.shopper(0).await, shop.shopper(70_000).await);
        let product = shop.product(500, 100).await;
        for index in 0..7 {
            charge(shop, user, 1_000 + 10 * index).await.unwrap();
        }
        let order = shop.place(user, order_request(&[(product, 2)])).await.unwrap();
        shop.advance(SECOND);
        charge(shop, user, 100_000).await.unwrap();
        let amounts = [100_000, -1_000, 1_060, 1_050, 1_040, 1_030, 1_020, 1_010, 1_000];
        for limit in [1, 2, 4, 9, 100] {
            let mut page = Page::first(PageLimit::new(limit).unwrap());
            let mut ledger = Vec::new();
            loop {
                let slice = list_postings(shop, user, &page).await.unwrap();
                ledger.extend(slice.items);
                page.cursor = slice.next_cursor;
                if page.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(ledger.iter().map(|posting| posting.amount.get()).collect::<Vec<_>>(), amounts, "by {limit}");
            let sum: i64 = amounts.iter().sum();
            assert_eq!(ledger[0].balance_after.get(), sum);
            assert_eq!((ledger[1].kind, ledger[1].order_id), (PostingType::Payment, Some(order.id)));
        }
        assert_eq!(list_postings(shop, other, &Page::default()).await.unwrap().items.len(), 1);
        let cursor = Page { cursor: Some("not a posting".to_owned()), ..Page::default() };
        assert_eq!(wrong_fields(list_postings(shop, user, &cursor).await), ["cursor"]);
    }

    async fn a_charge_of_nobody_fails_alone(shop) {
        let users = shop.shoppers(15, 0).await;
        let nobody = UserId::new(4_040_404);
        assert!(matches!(find_wallet(shop, nobody).await, Err(Error::NotFound)));
        let outcomes = at_once(16, |index| {
            let (own, user) = ((**shop).clone(), users.get(index).copied().unwrap_or(nobody));
            async move { charge_wallet(&own, user, Won::new(1_000), key()).await }
        })
        .await;
        let words = tally(outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Error::code, |_| "ok")));
        assert_eq!(words, [("internal_error", 1), ("ok", 15)].into());
    }

    async fn several_charges_of_one_wallet_in_one_batch_add_up(shop) {
        let user = shop.shopper(0).await;
        let outcomes = at_once(32, |index| {
            let own = (**shop).clone();
            async move { charge_wallet(&own, user, Won::new(1_000 + 10 * i64::try_from(index).unwrap()), key()).await }
        })
        .await;
        let sum: i64 = outcomes.into_iter().map(|outcome| outcome.unwrap().amount.get()).sum();
        assert_eq!(shop.balance(user).await, sum);
        // Each posting says the balance after it, in the order of the ledger.
        let ledger = list_postings(shop, user, &Page::first(PageLimit::new(100).unwrap())).await.unwrap().items;
        let mut balance = 0;
        for posting in ledger.iter().rev() {
            balance += posting.amount.get();
            assert_eq!(posting.balance_after.get(), balance);
        }
    }
}
