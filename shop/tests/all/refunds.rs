//! Refunds: whole and by the piece, each credited once, owed while the wallet is full, and every figure right
//! afterwards. What a refund comes to is the rules' own test; here it meets the database.

use crate::support::*;
use async_trait::async_trait;
use shop::coupon::{Discount, NewCoupon, UserCouponState};
use shop::database::Sql;
use shop::id::{OrderId, ProductId, UserId};
use shop::mail::LetterFacts;
use shop::operator::{Operator, OperatorRole};
use shop::order::{Lines, OrderStatus};
use shop::page::Page;
use shop::ports::mail::NotSent;
use shop::ports::{Letter, Mailer};
use shop::refund::service::{RefundRequest, credit_owed, find_refundable, list_owed, refund_order};
use shop::refund::{Refund, RefundLines, RefundReason, RefundRefusal, RefundedLine, RefundedPieces};
use shop::stats::pairs::count_pairs;
use shop::stats::service::list_popular;
use shop::user::closing::{CloseRequest, close_account, find_close_outlook};
use shop::user::service::register_user;
use shop::user::{Language, NewUser};
use shop::wallet::PostingType;
use shop::wallet::service::{charge_wallet, find_wallet, list_postings};
use shop::{Error, Fault, Settings, Shop, Won};
use std::sync::Mutex;

async fn refund(shop: &Shop, by: &Operator, order: OrderId, lines: RefundLines) -> Result<Refund, Error> {
    refund_order(shop, by, order, &refund_request(lines)).await
}

fn of(asked: &[(ProductId, i64)]) -> RefundLines {
    RefundLines::Of(Lines::new(asked.iter().copied()).unwrap())
}

/// The refusal, or a panic that says what came instead.
fn refund_refusal(outcome: Result<Refund, Error>) -> RefundRefusal {
    match outcome {
        Err(Error::RefundRefused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn word_of(outcome: &Result<Refund, Error>) -> &'static str {
    outcome.as_ref().map_or_else(Error::code, |_| "refunded")
}

/// Pieces and won of a product in the sales figures of all hours.
async fn sales(shop: &TestShop, product: ProductId) -> (i64, i64) {
    let figure = |column: &str| {
        format!(
            "SELECT CAST(COALESCE(SUM({column}), 0) AS SIGNED INTEGER) AS n FROM sales_buckets WHERE product_id = {product}"
        )
    };
    (shop.figure(&figure("quantity")).await, shop.figure(&figure("amount")).await)
}

/// A completed order of two at 1,200 won and one at 500 won, with 1,000 won off: its pieces were paid with 786, 786 and
/// 328 won.
struct Sold {
    user: UserId,
    first: ProductId,
    second: ProductId,
    code: shop::coupon::CouponCode,
    order: OrderId,
}

async fn sell(shop: &TestShop) -> Sold {
    let user = shop.shopper(10_000).await;
    let (first, second) = (shop.product(1_200, 9).await, shop.product(500, 9).await);
    let code = shop.coupon("CODE", Discount::Fixed(Won::new(1_000)), 5).await;
    shop.claim(user, &code).await;
    let order = shop.place(user, with_coupon(order_request(&[(first, 2), (second, 1)]), &code)).await.unwrap();
    assert_eq!((order.final_amount.get(), shop.balance(user).await), (1_900, 8_100));
    Sold { user, first, second, code, order: order.id }
}

/// A shopper whose wallet is full but for `room`, with completed orders of these amounts, in steps of 100 won.
async fn full_wallet(shop: &TestShop, room: i64, amounts: &[i64]) -> (UserId, Vec<OrderId>) {
    let user = shop.shopper(10_000_000).await;
    let mut orders = Vec::new();
    for amount in amounts {
        let dear = shop.product(*amount, 1).await;
        orders.push(shop.place(user, one_of(dear)).await.unwrap().id);
    }
    let spent: i64 = amounts.iter().sum();
    charge_back(shop, user, spent - room).await;
    assert_eq!(shop.balance(user).await, 10_000_000 - room);
    (user, orders)
}

/// Fills a wallet by so much.
async fn charge_back(shop: &TestShop, user: UserId, mut amount: i64) {
    while amount > 0 {
        let most = amount.min(100_000);
        let charge = if amount - most > 0 && amount - most < 1_000 { most - 1_000 } else { most };
        charge_wallet(shop, user, Won::new(charge), key()).await.unwrap();
        amount -= charge;
    }
}

/// The shopper spends so much of their wallet, in an order that completes.
async fn spend(shop: &TestShop, user: UserId, amount: i64) {
    let product = shop.product(amount, 1).await;
    assert_eq!(word(&shop.place(user, one_of(product)).await), "COMPLETED");
}

/// Keeps what it is given.
#[derive(Default)]
struct Postbox(Mutex<Vec<String>>);

#[async_trait]
impl Mailer for Postbox {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        self.0.lock().unwrap().push(letter.text.clone());
        Ok(())
    }
}

fn write(facts: &LetterFacts) -> Result<Letter, Fault> {
    let text = match facts {
        LetterFacts::OrderRefunded { order, .. } => {
            let refunds = order.refunds.clone().unwrap();
            format!("refunded {} of which {} owed", refunds.amount.get(), refunds.owed.get())
        }
        _ => "another".to_owned(),
    };
    let user = facts.user();
    let (name, address) = (user.name.clone(), user.email.clone());
    Ok(Letter { name, address, subject: String::new(), text, html: String::new(), written_at: user.created_at })
}

on_both_engines! {
    async fn a_piece_gives_back_its_share_and_the_rest_stays_sold(shop) {
        let Sold { user, first, second, code, order } = sell(shop).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let completed_at = shop.now();
        shop.advance(3 * DAY);
        let made = refund(shop, &by, order, of(&[(first, 1)])).await.unwrap();
        assert_eq!((made.number, made.amount.get(), made.credited_at), (1, 786, Some(shop.now())));
        assert_eq!((made.operator_id, made.user_id, made.coupon_returned), (by.id(), user, false));
        assert_eq!(made.lines, [RefundedLine { product_id: first, quantity: 1, amount: Won::new(786) }]);

        let seen = shop.order(order).await;
        assert_eq!((seen.status, seen.finished_at), (OrderStatus::PartiallyRefunded, Some(completed_at)));
        let refunds = seen.refunds.unwrap();
        assert_eq!((refunds.amount.get(), refunds.owed.get(), refunds.last_at), (786, 0, shop.now()));
        assert_eq!(refunds.lines[&first], RefundedPieces { quantity: 1, amount: Won::new(786) });
        assert!(!refunds.lines.contains_key(&second));
        assert_eq!(shop.balance(user).await, 8_886);
        let ledger = list_postings(shop, user, &Page::default()).await.unwrap().items;
        assert_eq!(
            (ledger[0].kind, ledger[0].amount.get(), ledger[0].order_id),
            (PostingType::Refund, 786, Some(order))
        );
        // Nobody can sell again what a reader has.
        assert_eq!((shop.stock(first).await, shop.stock(second).await), ((7, 0), (8, 0)));
        assert_eq!((sales(shop, first).await, sales(shop, second).await), ((1, 1_200), (1, 500)));
        assert_eq!((shop.piece(user, &code).await, shop.issued(&code).await), (Some(UserCouponState::Used), (1, 1)));
    }

    async fn parts_in_any_order_give_back_exactly_what_was_paid_and_the_last_one_the_coupon(shop) {
        let Sold { user, first, second, code, order } = sell(shop).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let mut amounts = Vec::new();
        for lines in [of(&[(second, 1)]), of(&[(first, 1)]), RefundLines::Whole] {
            let made = refund(shop, &by, order, lines).await.unwrap();
            amounts.push((made.number, made.amount.get(), made.coupon_returned));
            verify(shop).await;
        }
        assert_eq!(amounts, [(1, 328, false), (2, 786, false), (3, 786, true)]);
        assert_eq!((shop.status(order).await, shop.balance(user).await), (OrderStatus::Refunded, 10_000));
        assert_eq!((shop.piece(user, &code).await, shop.issued(&code).await), (Some(UserCouponState::Issued), (1, 0)));
        assert_eq!((sales(shop, first).await, sales(shop, second).await), ((0, 0), (0, 0)));
        assert!(list_popular(shop, 3, None, 10).await.unwrap().is_empty());
        let refused = refund_refusal(refund(shop, &by, order, RefundLines::Whole).await);
        assert_eq!(refused, RefundRefusal::NotRefundable { status: OrderStatus::Refunded });

        // The coupon pays again, and belongs to the new order.
        let again = shop.place(user, with_coupon(order_request(&[(first, 1)]), &code)).await.unwrap();
        assert_eq!(again.final_amount.get(), 200);
        assert_eq!((shop.piece(user, &code).await, shop.issued(&code).await), (Some(UserCouponState::Used), (1, 1)));
    }

    async fn a_coupon_that_has_ended_stays_used(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(5_000, 9).await;
        let code = shop.campaign(NewCoupon { ends_at: START.after(DAY), ..campaign("SHORT", TEN_PERCENT) }).await;
        shop.claim(user, &code).await;
        let order = shop.place(user, with_coupon(one_of(product), &code)).await.unwrap().id;
        let by = shop.operator(OperatorRole::Owner).await;
        shop.advance(DAY);
        let seen = find_refundable(shop, &by, order).await.unwrap().unwrap();
        assert_eq!((seen.returns_coupon, seen.left_amount.get()), (false, 4_500));
        let made = refund(shop, &by, order, RefundLines::Whole).await.unwrap();
        assert_eq!((made.coupon_returned, shop.balance(user).await), (false, 10_000));
        assert_eq!(shop.issued(&code).await, (1, 1));
    }

    async fn what_cannot_be_refunded_is_refused_with_its_reason_and_leaves_nothing_behind(shop) {
        let Sold { user, first, second, order, .. } = sell(shop).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let stranger = shop.product(900, 9).await;
        let paid = shop.reserve_and_pay(user, one_of(second)).await;
        let once = refund_request(of(&[(first, 3)]));
        let refused = refund_refusal(refund_order(shop, &by, order, &once).await);
        assert_eq!(refused, RefundRefusal::TooMany { product_id: first, asked: 3, left: 2 });
        let refused = refund_refusal(refund(shop, &by, order, of(&[(first, 1), (stranger, 1)])).await);
        assert_eq!(refused, RefundRefusal::NotInOrder { product_id: stranger });
        let refused = refund_refusal(refund(shop, &by, paid, RefundLines::Whole).await);
        assert_eq!(refused, RefundRefusal::NotRefundable { status: OrderStatus::Paid });
        let nobodys = refund(shop, &by, shop.mint_order_id(), RefundLines::Whole).await;
        assert!(matches!(nobodys, Err(Error::NotFound)), "{nobodys:?}");
        assert_eq!((shop.count("refunds").await, shop.balance(user).await), (0, 7_600));
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM requests WHERE scope = 'refund'").await, 0);
        // Nothing was done under that id, so it may ask for something else.
        let again = RefundRequest { lines: of(&[(first, 2)]), ..once };
        assert_eq!(refund_order(shop, &by, order, &again).await.unwrap().amount.get(), 1_572);
    }

    async fn only_operators_who_may_refund_and_nobody_their_own_order(shop) {
        let Sold { order, .. } = sell(shop).await;
        for role in [OperatorRole::Viewer, OperatorRole::Support] {
            let by = shop.operator(role).await;
            let refused = refund(shop, &by, order, RefundLines::Whole).await;
            assert!(matches!(refused, Err(Error::Forbidden)), "{role:?}: {refused:?}");
            assert!(matches!(find_refundable(shop, &by, order).await, Err(Error::Forbidden)), "{role:?}");
        }
        let by = shop.operator(OperatorRole::Owner).await;
        charge_wallet(shop, by.id(), Won::new(10_000), key()).await.unwrap();
        let own = shop.place(by.id(), one_of(shop.product(1_000, 1).await)).await.unwrap().id;
        assert_eq!(refund_refusal(refund(shop, &by, own, RefundLines::Whole).await), RefundRefusal::OwnOrder);
        assert_eq!(find_refundable(shop, &by, own).await.unwrap().unwrap().refusal, Some(RefundRefusal::OwnOrder));
        let other = shop.operator(OperatorRole::Manager).await;
        assert_eq!(word_of(&refund(shop, &other, own, RefundLines::Whole).await), "refunded");
    }

    async fn the_same_request_again_is_the_same_refund_and_another_under_its_id_is_none(shop) {
        let Sold { user, first, order, .. } = sell(shop).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let once = refund_request(of(&[(first, 1)]));
        let made = refund_order(shop, &by, order, &once).await.unwrap();
        assert_eq!(refund_order(shop, &by, order, &once).await.unwrap(), made);
        let others = [
            RefundRequest { lines: RefundLines::Whole, ..once.clone() },
            RefundRequest { reason: RefundReason::parse("another").unwrap(), ..once.clone() },
        ];
        for other in others {
            assert!(matches!(refund_order(shop, &by, order, &other).await, Err(Error::RequestReused)));
        }
        // Request ids are each operator's own.
        let colleague = shop.operator(OperatorRole::Manager).await;
        assert_eq!(refund_order(shop, &colleague, order, &once).await.unwrap().number, 2);
        assert_eq!((shop.balance(user).await, shop.count("refunds").await), (8_100 + 2 * 786, 2));
    }

    async fn an_operator_sees_what_is_left_before_and_what_was_given_back_after(shop) {
        let Sold { user, first, second, order, .. } = sell(shop).await;
        let by = shop.operator(OperatorRole::Manager).await;
        let seen = find_refundable(shop, &by, order).await.unwrap().unwrap();
        assert_eq!((seen.user_id, seen.left_amount.get(), seen.refusal, seen.would_wait), (user, 1_900, None, false));
        assert!(seen.returns_coupon && seen.refunds.is_empty());
        let left = |line: &shop::refund::RefundableLine| line.left.iter().map(|won| won.get()).collect::<Vec<_>>();
        assert_eq!(seen.lines.iter().map(left).collect::<Vec<_>>(), [vec![786, 786], vec![328]]);
        refund(shop, &by, order, of(&[(first, 1), (second, 1)])).await.unwrap();
        let seen = find_refundable(shop, &by, order).await.unwrap().unwrap();
        assert_eq!((seen.status, seen.left_amount.get()), (OrderStatus::PartiallyRefunded, 786));
        assert_eq!(seen.lines.iter().map(left).collect::<Vec<_>>(), [vec![786], vec![]]);
        assert_eq!(seen.lines[1].refunded, RefundedPieces { quantity: 1, amount: Won::new(328) });
        assert_eq!((seen.refunds.len(), seen.refunds[0].reason.as_str()), (1, "wrong edition"));
        assert!(find_refundable(shop, &by, shop.mint_order_id()).await.unwrap().is_none());
    }

    async fn each_refund_is_an_event_and_an_entry_of_the_log(shop) {
        let Sold { first, second, order, .. } = sell(shop).await;
        let by = shop.operator(OperatorRole::Manager).await;
        for lines in [of(&[(first, 1)]), of(&[(first, 1)]), of(&[(second, 1)])] {
            refund(shop, &by, order, lines).await.unwrap();
        }
        shop::database::outbox::relay(shop).await.unwrap();
        let sent = shop.events.sent.lock().unwrap().clone();
        let refunds: Vec<(String, serde_json::Value)> = sent
            .into_iter()
            .filter(|event| event.kind.contains("refunded"))
            .map(|event| (event.kind, serde_json::from_str(&event.payload).unwrap()))
            .collect();
        let told: Vec<_> = refunds
            .iter()
            .map(|(kind, payload)| (kind.as_str(), payload["status"].as_str().unwrap(), payload["refund"]["amount"].as_i64().unwrap()))
            .collect();
        let part = ("order.partially_refunded", "PARTIALLY_REFUNDED", 786);
        assert_eq!(told, [part, part, ("order.refunded", "REFUNDED", 328)]);
        let sql = Sql::new("SELECT operator_id, subject_id, reason, after_facts FROM audit_log WHERE act = 'order.refunded' ORDER BY id");
        let rows = shop.db().fetch_all(sql).await.unwrap();
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!((row.int("operator_id").unwrap(), row.text("subject_id").unwrap()), (by.id().get(), order.to_string()));
            assert_eq!(row.text("reason").unwrap(), "wrong edition");
            assert!(row.text("after_facts").unwrap().contains("\"amount\""));
        }
    }

    async fn a_refund_that_fails_half_way_leaves_nothing_behind(shop) {
        let Sold { user, first, order, code, .. } = sell(shop).await;
        let by = shop.operator(OperatorRole::Manager).await;
        for writes in ["INSERT ON outbox", "INSERT ON audit_log", "UPDATE ON sales_buckets", "INSERT ON refund_items"] {
            shop.break_writes(writes, "1 = 1").await;
            assert_eq!(word_of(&refund(shop, &by, order, RefundLines::Whole).await), "internal_error", "{writes}");
            shop.mend().await;
            assert_eq!((shop.status(order).await, shop.balance(user).await), (OrderStatus::Completed, 8_100), "{writes}");
            assert_eq!((shop.count("refunds").await, shop.issued(&code).await), (0, (1, 1)), "{writes}");
            assert_eq!(sales(shop, first).await, (2, 2_400), "{writes}");
            verify(shop).await;
        }
        assert_eq!(refund(shop, &by, order, RefundLines::Whole).await.unwrap().amount.get(), 1_900);
    }

    async fn a_refund_that_would_pass_the_wallets_limit_is_owed_and_comes_once_there_is_room(shop) {
        let (user, orders) = full_wallet(shop, 50_000, &[300_000]).await;
        let by = shop.operator(OperatorRole::Manager).await;
        assert!(find_refundable(shop, &by, orders[0]).await.unwrap().unwrap().would_wait);
        let made = refund(shop, &by, orders[0], RefundLines::Whole).await.unwrap();
        assert_eq!((made.amount.get(), made.credited_at), (300_000, None));
        assert_eq!((shop.status(orders[0]).await, shop.balance(user).await), (OrderStatus::Refunded, 9_950_000));
        assert_eq!(find_wallet(shop, user).await.unwrap().owed.get(), 300_000);
        let owed = list_owed(shop, user).await.unwrap();
        assert_eq!((owed.len(), owed[0].order_id, owed[0].amount.get()), (1, orders[0], 300_000));
        assert_eq!(shop.order(orders[0]).await.refunds.unwrap().owed.get(), 300_000);
        verify(shop).await;
        assert_eq!(credit_owed(shop).await.unwrap(), 0);

        spend(shop, user, 249_900).await;
        assert_eq!((credit_owed(shop).await.unwrap(), shop.balance(user).await), (0, 9_700_100), "100 won too few");
        spend(shop, user, 100).await;
        assert_eq!((credit_owed(shop).await.unwrap(), shop.balance(user).await), (1, 10_000_000));
        assert_eq!((credit_owed(shop).await.unwrap(), shop.balance(user).await), (0, 10_000_000));
        assert_eq!(find_wallet(shop, user).await.unwrap().owed, Won::ZERO);
        assert!(list_owed(shop, user).await.unwrap().is_empty());
        let ledger = list_postings(shop, user, &Page::default()).await.unwrap().items;
        assert_eq!((ledger[0].kind, ledger[0].order_id), (PostingType::Refund, Some(orders[0])));
        assert_eq!(shop.order(orders[0]).await.refunds.unwrap().owed, Won::ZERO);
    }

    async fn the_oldest_comes_first_and_no_small_refund_passes_a_large_one(shop) {
        let (user, orders) = full_wallet(shop, 0, &[500_000, 20_000, 30_000]).await;
        let by = shop.operator(OperatorRole::Manager).await;
        for order in &orders {
            shop.advance(SECOND);
            assert_eq!(refund(shop, &by, *order, RefundLines::Whole).await.unwrap().credited_at, None);
        }
        spend(shop, user, 100_000).await;
        assert_eq!(credit_owed(shop).await.unwrap(), 0, "the small ones would fit, and wait behind the large one");
        spend(shop, user, 420_000).await;
        assert_eq!(credit_owed(shop).await.unwrap(), 2);
        assert_eq!((shop.balance(user).await, find_wallet(shop, user).await.unwrap().owed.get()), (10_000_000, 30_000));
        spend(shop, user, 1_000_000).await;
        // A new one waits behind it too, although there is room by now: the job has not come yet.
        let more = shop.place(user, one_of(shop.product(40_000, 1).await)).await.unwrap().id;
        assert_eq!(refund(shop, &by, more, RefundLines::Whole).await.unwrap().credited_at, None);
        assert_eq!(credit_owed(shop).await.unwrap(), 2);
        assert_eq!(shop.balance(user).await, 10_000_000 - 1_000_000 + 30_000);
    }

    async fn a_charge_leaves_room_for_what_is_owed_and_a_refund_for_what_may_be_given_back(shop) {
        let (user, orders) = full_wallet(shop, 200_000, &[300_000, 100_000]).await;
        let by = shop.operator(OperatorRole::Manager).await;
        // It would fit, were it not for 150,000 won that are under way and may come back.
        let paid = shop.reserve_and_pay(user, one_of(shop.product(150_000, 1).await)).await;
        assert_eq!(refund(shop, &by, orders[0], RefundLines::Whole).await.unwrap().credited_at, None);
        assert_eq!(shop.balance(user).await, 9_650_000);
        let refused = refusal(charge_wallet(shop, user, Won::new(1_000), key()).await);
        let expected = shop::Refusal::BalanceLimitExceeded {
            balance: Won::new(9_650_000),
            unfinished: Won::new(450_000),
            limit: Won::new(10_000_000),
        };
        assert_eq!(refused, expected);
        shop.advance(30 * SECOND);
        assert_eq!(shop.stall().await, 1);
        shop.advance(MINUTE);
        assert_eq!(shop.recover().await, 1);
        assert_eq!((shop.status(paid).await, shop.balance(user).await), (OrderStatus::Failed, 9_800_000));
        assert_eq!(credit_owed(shop).await.unwrap(), 0);
        spend(shop, user, 200_000).await;
        // Now 400,000 are free and 300,000 of them spoken for, whether the job has come or not.
        charge_wallet(shop, user, Won::new(100_000), key()).await.unwrap();
        assert_eq!(refusal(charge_wallet(shop, user, Won::new(1_000), key()).await).code(), "balance_limit_exceeded");
        assert_eq!(credit_owed(shop).await.unwrap(), 1);
        assert_eq!(shop.balance(user).await, 10_000_000);
    }

    async fn pieces_that_were_paid_with_nothing_are_given_back_for_nothing(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(100, 9).await;
        let code = shop.coupon("ALMOST", Discount::Fixed(Won::new(299)), 5).await;
        shop.claim(user, &code).await;
        let order = shop.place(user, with_coupon(order_request(&[(product, 3)]), &code)).await.unwrap().id;
        let by = shop.operator(OperatorRole::Manager).await;
        let first = refund(shop, &by, order, of(&[(product, 1)])).await.unwrap();
        assert_eq!((first.amount.get(), shop.status(order).await), (1, OrderStatus::PartiallyRefunded));
        let second = refund(shop, &by, order, of(&[(product, 2)])).await.unwrap();
        assert_eq!((second.amount.get(), second.credited_at, second.coupon_returned), (0, Some(shop.now()), true));
        assert_eq!((shop.status(order).await, shop.balance(user).await), (OrderStatus::Refunded, 10_000));
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM point_transactions WHERE type = 'REFUND'").await, 1);
    }

    async fn whoever_closes_their_account_gives_up_what_is_owed_and_gets_no_refund_any_more(shop) {
        let by = shop.operator(OperatorRole::Manager).await;
        let new = NewUser {
            email: "kim@example.com".to_owned(),
            name: "김담이".to_owned(),
            password: "correct horse 1".to_owned(),
            lang: Language::Ko,
            age_confirmed: true,
        };
        let user = register_user(shop, new).await.unwrap().id;
        charge_back(shop, user, 10_000_000).await;
        let (waits, later) = (shop.product(300_000, 1).await, shop.product(50_000, 1).await);
        let waits = shop.place(user, one_of(waits)).await.unwrap().id;
        let later = shop.place(user, one_of(later)).await.unwrap().id;
        charge_back(shop, user, 350_000).await;
        assert_eq!(refund(shop, &by, waits, RefundLines::Whole).await.unwrap().credited_at, None);
        let outlook = find_close_outlook(shop, user).await.unwrap();
        assert_eq!((outlook.owed.get(), outlook.lost().get()), (300_000, 10_300_000));
        let close = |won| CloseRequest { password: "correct horse 1".to_owned(), forfeited: Some(Won::new(won)) };
        assert_eq!(wrong_fields(close_account(shop, user, &close(10_000_000)).await), ["forfeited"]);
        close_account(shop, user, &close(10_300_000)).await.unwrap();
        assert_eq!(refund_refusal(refund(shop, &by, later, RefundLines::Whole).await), RefundRefusal::AccountClosed);
        let seen = find_refundable(shop, &by, later).await.unwrap().unwrap();
        assert_eq!(seen.refusal, Some(RefundRefusal::AccountClosed));
        assert_eq!(credit_owed(shop).await.unwrap(), 0);
        verify(shop).await;
    }

    async fn a_refund_after_three_days_takes_nothing_from_what_was_sold_since(shop) {
        let user = shop.shopper(100_000).await;
        let product = shop.product(1_000, 99).await;
        let old = shop.place(user, order_request(&[(product, 5)])).await.unwrap().id;
        shop.advance(4 * DAY);
        let new = shop.place(user, order_request(&[(product, 3)])).await.unwrap().id;
        let by = shop.operator(OperatorRole::Manager).await;
        let sold = async || {
            shop.advance(2 * SECOND);
            let popular = list_popular(shop, 3, None, 10).await.unwrap();
            popular.first().map(|popular| popular.quantity_sold)
        };
        refund(shop, &by, old, RefundLines::Whole).await.unwrap();
        assert_eq!(sold().await, Some(3));
        refund(shop, &by, new, of(&[(product, 1)])).await.unwrap();
        assert_eq!(sold().await, Some(2));
    }

    async fn what_was_bought_together_stays_so_whoever_was_first(shop) {
        let user = shop.shopper(100_000).await;
        let (one, other) = (shop.product(1_000, 9).await, shop.product(1_000, 9).await);
        let by = shop.operator(OperatorRole::Manager).await;
        for is_refunded_first in [true, false] {
            let order = shop.place(user, order_request(&[(one, 1), (other, 1)])).await.unwrap().id;
            if is_refunded_first {
                refund(shop, &by, order, RefundLines::Whole).await.unwrap();
            }
            shop.advance(3 * MINUTE);
            assert_eq!(count_pairs(shop).await.unwrap(), 1);
            if !is_refunded_first {
                refund(shop, &by, order, RefundLines::Whole).await.unwrap();
            }
        }
        let sql = format!("SELECT order_count AS n FROM product_pairs WHERE product_id = {one} AND other_id = {other}");
        assert_eq!(shop.figure(&sql).await, 2);
    }

    async fn the_shopper_hears_of_a_refund_and_of_what_waited(shop, Settings { mail_on: true, ..unlimited() }) {
        let post = Postbox::default();
        let send = async || {
            shop::mail::service::send_due_letters(shop, &post, &write).await.unwrap();
            let sent = std::mem::take(&mut *post.0.lock().unwrap());
            sent.into_iter().filter(|text| text != "another").collect::<Vec<_>>()
        };
        let (user, orders) = full_wallet(shop, 0, &[30_000]).await;
        let by = shop.operator(OperatorRole::Manager).await;
        refund(shop, &by, orders[0], RefundLines::Whole).await.unwrap();
        assert_eq!(send().await, ["refunded 30000 of which 30000 owed"]);
        spend(shop, user, 30_000).await;
        credit_owed(shop).await.unwrap();
        assert_eq!(send().await, ["refunded 30000 of which 0 owed"]);
    }
}
