//! Refunds as tables, and what holds for any of them.

use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_000_001);

fn product(number: i64) -> ProductId {
    ProductId::new(number)
}

fn wallet(balance: i64, unfinished: i64, owed: i64) -> WalletSnapshot {
    WalletSnapshot { balance: Won::new(balance), unfinished: Won::new(unfinished), owed: Won::new(owed) }
}

fn line(number: i64, price: i64, quantity: i64, refunded: i64) -> LineSnapshot {
    LineSnapshot { line: PricedLine { product_id: product(number), unit_price: Won::new(price), quantity }, refunded }
}

/// Two of 1,200 and one of 500 won, 1,000 won off: shares of 786, 786 and 328 won.
fn order() -> RefundSnapshot {
    RefundSnapshot {
        status: OrderStatus::Completed,
        final_amount: Won::new(1_900),
        lines: vec![line(1, 1_200, 2, 0), line(2, 500, 1, 0)],
        coupon_ends_at: Some(LATER),
        wallet: wallet(5_000, 0, 0),
        is_closed: false,
        is_own: false,
    }
}

fn of(asked: &[(i64, i64)]) -> RefundLines {
    let lines = asked.iter().map(|(number, quantity)| (product(*number), *quantity));
    RefundLines::Of(Lines::new(lines).expect("good lines"))
}

#[test]
fn a_part_gives_back_its_shares_and_a_whole_all_that_is_left() {
    let partly = RefundSnapshot {
        status: OrderStatus::PartiallyRefunded,
        lines: vec![line(1, 1_200, 2, 1), line(2, 500, 1, 0)],
        ..order()
    };
    let (part, all) = (OrderStatus::PartiallyRefunded, OrderStatus::Refunded);
    let table = [
        (order(), of(&[(1, 1)]), 786, part),
        (order(), of(&[(2, 1)]), 328, part),
        (order(), of(&[(1, 1), (2, 1)]), 1_114, part),
        (order(), of(&[(1, 2), (2, 1)]), 1_900, all),
        (order(), RefundLines::Whole, 1_900, all),
        (partly.clone(), of(&[(2, 1)]), 328, part),
        (partly.clone(), of(&[(1, 1), (2, 1)]), 1_114, all),
        (partly, RefundLines::Whole, 1_114, all),
    ];
    for (snapshot, asked, amount, status) in table {
        let plan = decide_refund(&snapshot, &asked, NOW).expect("it may be refunded");
        assert_eq!((plan.amount.get(), plan.status), (amount, status), "{asked:?}");
        assert_eq!(plan.credit, Credit::Now { balance_after: Won::new(5_000 + amount) }, "{asked:?}");
        assert_eq!(plan.lines.iter().map(|line| line.amount.get()).sum::<i64>(), amount, "{asked:?}");
    }
}

#[test]
fn the_sales_figures_lose_what_the_pieces_cost_before_the_discount() {
    let plan = decide_refund(&order(), &of(&[(1, 2)]), NOW).expect("it may be refunded");
    let planned = PlannedLine { product_id: product(1), quantity: 2, amount: Won::new(1_572), price: Won::new(2_400) };
    assert_eq!(plan.lines, [planned]);
}

#[test]
fn only_what_was_sold_is_refunded() {
    for status in OrderStatus::ALL {
        let is_sold = [OrderStatus::Completed, OrderStatus::PartiallyRefunded].contains(&status);
        let decided = decide_refund(&RefundSnapshot { status, ..order() }, &RefundLines::Whole, NOW);
        let refusal = (!is_sold).then_some(RefundRefusal::NotRefundable { status });
        assert_eq!(decided.err(), refusal, "{status}");
    }
}

#[test]
fn a_refund_is_refused_for_the_first_of_its_reasons() {
    let partly = RefundSnapshot { lines: vec![line(1, 1_200, 2, 1), line(2, 500, 1, 1)], ..order() };
    let table = [
        (
            RefundSnapshot { is_own: true, status: OrderStatus::Paid, ..order() },
            RefundLines::Whole,
            RefundRefusal::OwnOrder,
        ),
        (
            RefundSnapshot { is_closed: true, status: OrderStatus::Refunded, ..order() },
            RefundLines::Whole,
            RefundRefusal::NotRefundable { status: OrderStatus::Refunded },
        ),
        (RefundSnapshot { is_closed: true, ..order() }, of(&[(9, 1)]), RefundRefusal::AccountClosed),
        (order(), of(&[(1, 1), (9, 1)]), RefundRefusal::NotInOrder { product_id: product(9) }),
        (order(), of(&[(1, 3)]), RefundRefusal::TooMany { product_id: product(1), asked: 3, left: 2 }),
        (partly.clone(), of(&[(1, 2)]), RefundRefusal::TooMany { product_id: product(1), asked: 2, left: 1 }),
        (partly, of(&[(1, 1), (2, 1)]), RefundRefusal::TooMany { product_id: product(2), asked: 1, left: 0 }),
    ];
    for (snapshot, asked, refusal) in table {
        assert_eq!(decide_refund(&snapshot, &asked, NOW), Err(refusal));
    }
}

#[test]
fn the_coupon_comes_back_with_the_last_piece_and_only_until_it_ends() {
    let last = vec![line(1, 1_200, 2, 1), line(2, 500, 1, 1)];
    let table = [
        (order(), RefundLines::Whole, NOW, true),
        (order(), RefundLines::Whole, LATER, false),
        (order(), of(&[(1, 2)]), NOW, false),
        (RefundSnapshot { lines: last, ..order() }, of(&[(1, 1)]), NOW, true),
        (RefundSnapshot { coupon_ends_at: None, ..order() }, RefundLines::Whole, NOW, false),
    ];
    for (snapshot, asked, now, returns) in table {
        let plan = decide_refund(&snapshot, &asked, now).expect("it may be refunded");
        assert_eq!(plan.returns_coupon, returns, "{asked:?}");
    }
}

#[test]
fn a_refund_waits_when_it_does_not_fit_or_another_waits_already() {
    let now = |balance_after| Credit::Now { balance_after: Won::new(balance_after) };
    let table = [
        (wallet(0, 0, 0), 1_000, now(1_000)),
        (wallet(9_999_000, 0, 0), 1_000, now(10_000_000)),
        (wallet(9_999_001, 0, 0), 1_000, Credit::Owed),
        (wallet(9_000_000, 999_000, 0), 1_000, now(9_001_000)),
        (wallet(9_000_000, 999_001, 0), 1_000, Credit::Owed),
        (wallet(0, 0, 1), 1_000, Credit::Owed),
        (wallet(10_000_000, 0, 500), 0, Credit::Nothing),
    ];
    for (wallet, amount, credit) in table {
        assert_eq!(decide_credit(wallet, Won::new(amount)), credit, "{wallet:?} {amount}");
    }
}

#[test]
fn what_waits_is_credited_oldest_first_and_nobody_passes() {
    let table: [(i64, i64, &[i64], &[i64]); 5] = [
        (0, 0, &[], &[]),
        (9_000_000, 0, &[600_000, 400_000, 10], &[9_600_000, 10_000_000]),
        (9_000_000, 0, &[1_000_001, 10], &[]),
        (9_000_000, 500_000, &[500_000, 10], &[9_500_000]),
        (9_000_000, 500_000, &[500_010], &[]),
    ];
    for (balance, unfinished, waiting, balances) in table {
        let decided =
            decide_credits(Won::new(balance), Won::new(unfinished), waiting.iter().map(|amount| Won::new(*amount)));
        assert_eq!(decided, balances.iter().map(|won| Won::new(*won)).collect::<Vec<_>>());
    }
}

proptest! {
    /// Whatever is asked, in any steps: never more than was paid, each piece once, and at the end all of it.
    #[test]
    fn an_order_gives_back_each_piece_once_and_never_more_than_was_paid(
        quantities in prop::collection::vec(1i64..=10, 1..=3),
        prices in prop::collection::vec(1i64..=10_000, 3),
        kept in 1i64..=100,
        asks in prop::collection::vec((0usize..4, 1i64..=10), 0..30),
    ) {
        let lines: Vec<LineSnapshot> =
            (1..).zip(quantities.iter().zip(&prices)).map(|(n, (quantity, price))| line(n, price * 100, *quantity, 0)).collect();
        let total: i64 = lines.iter().map(|line| line.line.unit_price.get() * line.line.quantity).sum();
        let paid = (total * kept / 100).max(1);
        let mut snapshot = RefundSnapshot { final_amount: Won::new(paid), lines, ..order() };
        let mut back = 0;
        let asks = asks.into_iter().map(|(place, count)| of(&[(i64::try_from(place).expect("small") + 1, count)]));
        for asked in asks.chain([RefundLines::Whole]) {
            match decide_refund(&snapshot, &asked, NOW) {
                Ok(plan) => {
                    back += plan.amount.get();
                    for planned in &plan.lines {
                        let line = snapshot.lines.iter_mut().find(|line| line.line.product_id == planned.product_id);
                        let line = line.expect("a line of the order");
                        line.refunded += planned.quantity;
                        prop_assert!(planned.amount <= planned.price && line.refunded <= line.line.quantity);
                    }
                    let is_all = snapshot.lines.iter().all(|line| line.refunded == line.line.quantity);
                    prop_assert_eq!(plan.status == OrderStatus::Refunded, is_all);
                    snapshot.status = plan.status;
                }
                Err(RefundRefusal::NotRefundable { status }) => prop_assert_eq!(status, OrderStatus::Refunded),
                Err(refusal) => {
                    let of_the_lines = matches!(refusal, RefundRefusal::NotInOrder { .. } | RefundRefusal::TooMany { .. });
                    prop_assert!(of_the_lines);
                }
            }
            prop_assert!(back <= paid);
        }
        prop_assert_eq!((back, snapshot.status), (paid, OrderStatus::Refunded));
    }

    /// With charges and refunds in any order: what unfinished orders may give back always fits, and what waits does as
    /// soon as enough is spent.
    #[test]
    fn a_credit_never_takes_the_room_of_a_give_back(
        balance in 0i64..=10_000_000,
        unfinished in 0i64..=10_000_000,
        amounts in prop::collection::vec(1i64..=10_000_000, 0..10),
    ) {
        prop_assume!(balance + unfinished <= WALLET_LIMIT.get());
        let waiting: Vec<Won> = amounts.iter().map(|amount| Won::new(*amount)).collect();
        let balances = decide_credits(Won::new(balance), Won::new(unfinished), waiting.clone());
        let last = balances.last().map_or(balance, |won| won.get());
        prop_assert!(last + unfinished <= WALLET_LIMIT.get());
        if let Some(next) = waiting.get(balances.len()) {
            prop_assert!(last + unfinished + next.get() > WALLET_LIMIT.get());
        }
        if let Some(first) = waiting.first() {
            prop_assert_eq!(decide_credits(Won::ZERO, Won::ZERO, [*first]).len(), 1, "an empty wallet takes any refund");
        }
    }
}
