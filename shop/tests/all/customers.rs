//! Customers as operators see them: found by what is known, each look logged, each posting explained; kept out and let
//! in.

use crate::support::*;
use shop::adjustment::service::{AdjustmentRequest, adjust_wallet};
use shop::id::UserId;
use shop::operator::people::People;
use shop::operator::{Operator, OperatorRole};
use shop::page::{Page, PageLimit};
use shop::refund::RefundLines;
use shop::refund::service::refund_order;
use shop::user::closing::{CloseRequest, close_account};
use shop::user::console::detail::{find_customer, list_statement};
use shop::user::console::model::{CustomerState, PostingCause};
use shop::user::console::search::{CustomerFilter, list_customers};
use shop::user::service::{check_login, freeze_user, register_user};
use shop::user::standing::{end_blocks, freeze_person, unfreeze_person};
use shop::user::{Language, NewUser};
use shop::{Error, Settings, Won};

const PASSWORD: &str = "correct horse 1";

async fn somebody(shop: &TestShop, email: &str, name: &str) -> UserId {
    let new = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        password: PASSWORD.to_owned(),
        lang: Language::Ko,
        age_confirmed: true,
    };
    register_user(shop, new).await.unwrap().id
}

/// Everybody found, page by page.
async fn find_all(shop: &TestShop, by: &Operator, filter: &CustomerFilter, limit: i64) -> Vec<UserId> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = Page { limit: PageLimit::new(limit).unwrap(), cursor };
        let slice = list_customers(shop, by, filter, People::Hidden, &page).await.unwrap();
        found.extend(slice.items.iter().map(|one| one.id));
        cursor = slice.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn looks(shop: &TestShop) -> i64 {
    shop.figure("SELECT COUNT(*) AS n FROM audit_log WHERE act = 'person.seen'").await
}

fn only_blocks() -> Settings {
    Settings { failure_limit: Some(5), ..unlimited() }
}

on_both_engines! {
    async fn an_account_is_found_by_the_start_of_its_address_or_name_by_its_number_and_its_state(shop) {
        let by = shop.operator(OperatorRole::Support).await;
        let anna = somebody(shop, "Anna@example.com", "안나").await;
        let anne = somebody(shop, "anne@example.com", "안나 리").await;
        let bert = somebody(shop, "bert@example.com", "100%_버트").await;
        freeze_user(shop, "bert@example.com").await.unwrap();
        let email = |text: &str| CustomerFilter { email: Some(text.to_owned()), ..CustomerFilter::default() };
        let name = |text: &str| CustomerFilter { name: Some(text.to_owned()), ..CustomerFilter::default() };
        let state = |state| CustomerFilter { state: Some(state), ..CustomerFilter::default() };
        for limit in [1, 2, 24] {
            let table = [
                (email("ANN"), vec![anna, anne]),
                (email("anna@example.com"), vec![anna]),
                (email("%"), vec![]),
                (name("안나"), vec![anna, anne]),
                (name("100%_"), vec![bert]),
                (name("10"), vec![bert]),
                (state(CustomerState::Frozen), vec![bert]),
                (state(CustomerState::Blocked), vec![]),
                (CustomerFilter { state: Some(CustomerState::Frozen), ..email("ann") }, vec![]),
                (CustomerFilter { name: Some("안나 리".to_owned()), ..email("ann") }, vec![anne]),
                (CustomerFilter { id: Some(anne), ..CustomerFilter::default() }, vec![anne]),
                (CustomerFilter { id: Some(anne), ..email("bert") }, vec![]),
                (state(CustomerState::Active), vec![anne, anna, by.id()]),
                (CustomerFilter::default(), vec![bert, anne, anna, by.id()]),
            ];
            for (filter, expected) in table {
                assert_eq!(find_all(shop, &by, &filter, limit).await, expected, "{filter:?} by {limit}");
            }
        }
        let lost = Page { cursor: Some("999999".to_owned()), ..Page::default() };
        let refused = list_customers(shop, &by, &email("a"), People::Hidden, &lost).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }

    async fn a_closed_account_is_found_by_its_number_and_state_and_by_nothing_else(shop) {
        let by = shop.operator(OperatorRole::Support).await;
        let gone = somebody(shop, "gone@example.com", "떠난 이").await;
        let close = CloseRequest { password: PASSWORD.to_owned(), forfeited: None };
        close_account(shop, gone, &close).await.unwrap();
        let closed = CustomerFilter { state: Some(CustomerState::Closed), ..CustomerFilter::default() };
        assert_eq!(find_all(shop, &by, &closed, 1).await, [gone]);
        for text in ["gone", "closed", "c"] {
            let filter = CustomerFilter { email: Some(text.to_owned()), ..CustomerFilter::default() };
            assert!(find_all(shop, &by, &filter, 5).await.is_empty(), "{text}");
        }
        let before = looks(shop).await;
        let detail = find_customer(shop, &by, gone).await.unwrap().unwrap();
        assert_eq!((detail.state, detail.person), (CustomerState::Closed, None));
        assert_eq!(looks(shop).await, before + 1, "its statement is its owner's still");
    }

    async fn only_who_may_see_people_sees_customers_and_each_look_is_logged(shop) {
        let user = somebody(shop, "seen@example.com", "본 이").await;
        let viewer = shop.operator(OperatorRole::Viewer).await;
        let any = CustomerFilter::default();
        assert!(matches!(list_customers(shop, &viewer, &any, People::Hidden, &Page::default()).await, Err(Error::Forbidden)));
        assert!(matches!(find_customer(shop, &viewer, user).await, Err(Error::Forbidden)));
        assert!(matches!(list_statement(shop, &viewer, user, &Page::default()).await, Err(Error::Forbidden)));
        let by = shop.operator(OperatorRole::Support).await;
        let listed = list_customers(shop, &by, &any, People::Hidden, &Page::default()).await.unwrap();
        assert!(listed.items.iter().all(|one| one.person.is_none()));
        assert_eq!(looks(shop).await, 0, "whoever works through a list looks at nobody");
        let filter = CustomerFilter { email: Some("seen".to_owned()), ..any };
        let found = list_customers(shop, &by, &filter, People::Hidden, &Page::default()).await.unwrap();
        assert_eq!(found.items[0].person.as_ref().unwrap().email, "seen@example.com");
        assert_eq!(looks(shop).await, 1);
        find_customer(shop, &by, user).await.unwrap().unwrap();
        assert_eq!(looks(shop).await, 2);
        assert!(find_customer(shop, &by, UserId::new(999_999)).await.unwrap().is_none());
    }

    async fn the_statement_says_where_all_the_money_went(shop) {
        let user = shop.shopper(100_000).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let product = shop.product(30_000, 9).await;
        let sold = shop.place(user, order_request(&[(product, 2)])).await.unwrap().id;
        refund_order(shop, &by, sold, &refund_request(RefundLines::Whole)).await.unwrap();
        let stuck = shop.reserve_and_pay(user, one_of(product)).await;
        shop.advance(30 * SECOND);
        shop.stall().await;
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 1);
        let asked = AdjustmentRequest { key: key(), amount: Won::new(-5_000), reason: "중복 적립".to_owned() };
        let adjustment = adjust_wallet(shop, &by, user, &asked).await.unwrap();
        let detail = find_customer(shop, &by, user).await.unwrap().unwrap();
        assert_eq!((detail.wallet.balance.get(), detail.state), (95_000, CustomerState::Active));
        assert_eq!(detail.adjustments, std::slice::from_ref(&adjustment));
        assert_eq!(detail.acts.iter().map(|row| row.act.as_str()).collect::<Vec<_>>(), ["balance.adjusted"]);
        let lines = list_statement(shop, &by, user, &Page::default()).await.unwrap().items;
        let told: Vec<_> = lines.iter().map(|line| (line.posting.amount.get(), line.cause.clone().unwrap())).collect();
        let order = |id| PostingCause::Order { id };
        assert_eq!(told[0], (-5_000, PostingCause::Adjustment(adjustment)));
        assert_eq!((&told[1], &told[2]), (&(30_000, order(stuck)), &(-30_000, order(stuck))));
        let (amount, refund) = &told[3];
        assert!(matches!(refund, PostingCause::Refund { order_id, number: 1, reason, .. } if *order_id == sold && reason == "wrong edition"));
        assert_eq!((*amount, &told[4], &told[5]), (60_000, &(-60_000, order(sold)), &(100_000, PostingCause::Charge)));
        let first = Page::first(PageLimit::new(4).unwrap());
        let page = list_statement(shop, &by, user, &first).await.unwrap();
        let rest = list_statement(shop, &by, user, &Page { cursor: page.next_cursor, ..first }).await.unwrap();
        assert_eq!((page.items.len(), rest.items.len(), rest.next_cursor), (4, 2, None));
    }

    async fn support_keeps_a_shopper_out_and_lets_them_in_and_only_an_owner_another_operator(shop) {
        let user = somebody(shop, "taken@example.com", "빼앗긴 이").await;
        let (support, owner) = (shop.operator(OperatorRole::Support).await, shop.operator(OperatorRole::Owner).await);
        let viewer = shop.operator(OperatorRole::Viewer).await;
        assert!(matches!(freeze_person(shop, &viewer, user, "왜").await, Err(Error::Forbidden)));
        assert!(matches!(freeze_person(shop, &support, user, " ").await, Err(Error::Invalid(_))));
        freeze_person(shop, &support, user, "도난 신고").await.unwrap();
        assert!(matches!(check_login(shop, "taken@example.com", PASSWORD).await, Err(Error::Frozen)));
        assert_eq!(find_customer(shop, &support, user).await.unwrap().unwrap().state, CustomerState::Frozen);
        unfreeze_person(shop, &support, user, "본인 확인").await.unwrap();
        check_login(shop, "taken@example.com", PASSWORD).await.unwrap();
        let told = "SELECT COUNT(*) AS n FROM audit_log WHERE act IN ('person.frozen', 'person.unfrozen') AND reason IS NOT NULL";
        assert_eq!(shop.figure(told).await, 2);

        assert!(matches!(freeze_person(shop, &support, viewer.id(), "왜").await, Err(Error::Forbidden)));
        freeze_person(shop, &owner, viewer.id(), "퇴사").await.unwrap();
        assert!(matches!(freeze_person(shop, &owner, owner.id(), "끝").await, Err(Error::LastOwner)));
        assert!(matches!(freeze_person(shop, &owner, UserId::new(999_999), "누구").await, Err(Error::NotFound)));
    }

    async fn a_block_is_seen_listed_and_ended_before_its_time(shop, only_blocks()) {
        let user = somebody(shop, "unlucky@example.com", "막힌 이").await;
        let by = shop.operator(OperatorRole::Support).await;
        let product = shop.product(1_000, 9).await;
        for _ in 0..5 {
            assert_eq!(word(&shop.place(user, one_of(product)).await), "insufficient_balance");
        }
        for _ in 0..5 {
            assert!(check_login(shop, "unlucky@example.com", "wrong horse 1").await.is_err());
        }
        let until = shop.now().after(10 * MINUTE);
        let detail = find_customer(shop, &by, user).await.unwrap().unwrap();
        assert_eq!((detail.state, detail.blocks.orders, detail.blocks.login), (CustomerState::Blocked, Some(until), Some(until)));
        let blocked = CustomerFilter { state: Some(CustomerState::Blocked), ..CustomerFilter::default() };
        assert_eq!(find_all(shop, &by, &blocked, 1).await, [user]);
        end_blocks(shop, &by, user, "전화로 확인").await.unwrap();
        end_blocks(shop, &by, user, "다시").await.unwrap();
        assert!(find_all(shop, &by, &blocked, 1).await.is_empty());
        assert_eq!(word(&shop.place(user, one_of(product)).await), "insufficient_balance", "no longer blocked");
        check_login(shop, "unlucky@example.com", PASSWORD).await.unwrap();
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM audit_log WHERE act = 'person.block_ended'").await, 1);
        for _ in 0..5 {
            shop.place(user, one_of(product)).await.unwrap_err();
        }
        assert_eq!(find_all(shop, &by, &blocked, 1).await, [user], "and again");
        shop.advance(10 * MINUTE);
        assert!(find_all(shop, &by, &blocked, 1).await.is_empty(), "it ends by itself");
    }
}
