//! The decisions as tables, and the invariants over any sequence of them.

use super::*;
use crate::coupon::Discount;
use crate::error::CouponReason;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const TTL: Duration = Duration::from_secs(30);

fn product(price: i64, available: i64) -> ProductSnapshot {
    ProductSnapshot {
        name: "책".to_owned(),
        name_en: "Book".to_owned(),
        price: Won::new(price),
        available,
        is_active: true,
    }
}

fn code() -> CouponCode {
    CouponCode::parse("TEN").expect("a good code")
}

fn coupon() -> Coupon {
    Coupon {
        id: CouponId::new(5),
        code: code(),
        name: String::new(),
        name_en: String::new(),
        discount: Discount::Rate(10),
        minimum_amount: Won::ZERO,
        total_quantity: 10,
        issued_quantity: 10,
        used_quantity: 0,
        starts_at: NOW.before(TTL),
        ends_at: NOW.after(TTL),
        is_active: true,
    }
}

fn user(id: i64) -> UserId {
    UserId::new(id)
}

fn lines(asked: &[(i64, i64)]) -> Lines {
    Lines::new(asked.iter().map(|(product, quantity)| (ProductId::new(*product), *quantity))).expect("good lines")
}

fn command(asked: &[(i64, i64)]) -> ReserveCommand {
    ReserveCommand { user_id: user(1), lines: lines(asked), coupon_code: None, expected_amount: None }
}

fn shop() -> ReserveSnapshot {
    let piece = UserCouponSnapshot { id: 1, status: UserCouponStatus::Issued, order_id: None };
    ReserveSnapshot {
        products: [(ProductId::new(1), product(1_200, 3)), (ProductId::new(2), product(500, 100))].into(),
        coupons: [(code(), coupon())].into(),
        pieces: [((user(1), CouponId::new(5)), piece)].into(),
    }
}

#[test]
fn a_reserved_order_takes_its_pieces_and_fixes_its_amounts() {
    let mut snapshot = shop();
    let command = ReserveCommand { coupon_code: Some(code()), ..command(&[(1, 2), (2, 1)]) };
    let ReserveOutcome::Reserved(order) = decide_reserve(&mut snapshot, &command, NOW) else {
        panic!("it is reserved")
    };
    assert_eq!(
        (order.total_amount, order.discount_amount, order.final_amount()),
        (Won::new(2_900), Won::new(290), Won::new(2_610))
    );
    assert_eq!(snapshot.products[&ProductId::new(1)].available, 1);
    assert_eq!(snapshot.products[&ProductId::new(2)].available, 99);
}

#[test]
fn the_first_to_arrive_gets_the_last_piece() {
    let mut snapshot = shop();
    let outcomes: Vec<_> = (0..3).map(|_| decide_reserve(&mut snapshot, &command(&[(1, 2)]), NOW)).collect();
    assert!(matches!(outcomes[0], ReserveOutcome::Reserved(_)));
    for outcome in &outcomes[1..] {
        let ReserveOutcome::Rejected(_, refusal) = outcome else { panic!("it is rejected") };
        let shortage = Refusal::InsufficientStock { product_id: ProductId::new(1), requested: 2, available: 1 };
        assert_eq!(*refusal, shortage);
    }
}

#[test]
fn a_refused_order_takes_nothing() {
    let mut snapshot = shop();
    let before = snapshot.products.clone();
    let refused = [
        ReserveCommand { lines: lines(&[(1, 4), (2, 1)]), ..command(&[(1, 1)]) },
        ReserveCommand { coupon_code: Some(code()), user_id: user(2), ..command(&[(1, 1)]) },
        ReserveCommand { expected_amount: Some(Won::new(1)), ..command(&[(1, 1)]) },
        command(&[(1, 1), (9, 1)]),
    ];
    for command in refused {
        let outcome = decide_reserve(&mut snapshot, &command, NOW);
        assert!(!matches!(outcome, ReserveOutcome::Reserved(_)), "{command:?}");
        assert_eq!(snapshot.products, before);
    }
}

#[test]
fn a_reservation_is_refused_for_the_first_of_stock_coupon_price() {
    let dear = Some(Won::new(1));
    let table = [
        (command(&[(1, 4)]), Some(code()), dear, "insufficient_stock"),
        (command(&[(1, 1)]), CouponCode::parse("OTHER").ok(), dear, "coupon_not_applicable"),
        (command(&[(1, 1)]), Some(code()), dear, "price_changed"),
    ];
    for (command, coupon_code, expected_amount, expected) in table {
        let command = ReserveCommand { coupon_code, expected_amount, ..command };
        let ReserveOutcome::Rejected(_, refusal) = decide_reserve(&mut shop(), &command, NOW) else {
            panic!("{expected}")
        };
        assert_eq!(refusal.code(), expected);
    }
}

#[test]
fn a_product_that_is_not_for_sale_is_named_and_nothing_is_kept() {
    let mut snapshot = shop();
    snapshot.products.get_mut(&ProductId::new(2)).expect("it is there").is_active = false;
    let outcome = decide_reserve(&mut snapshot, &command(&[(1, 1), (2, 1), (7, 1)]), NOW);
    assert_eq!(outcome, ReserveOutcome::NotForSale(vec![ProductId::new(2), ProductId::new(7)]));
}

fn reserved(number: u8, final_amount: i64) -> OrderSnapshot {
    OrderSnapshot {
        id: OrderId::new(NOW, [number; 10]),
        user_id: user(1),
        status: OrderStatus::Reserved,
        total_amount: Won::new(final_amount),
        discount_amount: Won::ZERO,
        final_amount: Won::new(final_amount),
        coupon_id: None,
        created_at: NOW,
    }
}

fn with_coupon(number: u8) -> OrderSnapshot {
    OrderSnapshot {
        total_amount: Won::new(1_000),
        discount_amount: Won::new(100),
        coupon_id: Some(CouponId::new(5)),
        ..reserved(number, 900)
    }
}

fn wallets(balance: i64) -> PaySnapshot {
    let piece = UserCouponSnapshot { id: 1, status: UserCouponStatus::Issued, order_id: None };
    PaySnapshot {
        balances: [(user(1), Won::new(balance))].into(),
        coupons: [(CouponId::new(5), coupon())].into(),
        pieces: [((user(1), CouponId::new(5)), piece)].into(),
    }
}

#[test]
fn a_wallet_pays_for_as_many_orders_as_it_can() {
    let mut snapshot = wallets(2_500);
    let outcomes: Vec<_> = (0..3).map(|number| decide_pay(&mut snapshot, &reserved(number, 1_000), TTL, NOW)).collect();
    assert_eq!(outcomes[0], PayOutcome::Paid { balance_after: Won::new(1_500) });
    assert_eq!(outcomes[1], PayOutcome::Paid { balance_after: Won::new(500) });
    let short = Refusal::InsufficientBalance { balance: Won::new(500), needed: Won::new(1_000) };
    assert_eq!(outcomes[2], PayOutcome::Rejected(short));
}

#[test]
fn one_coupon_pays_for_one_order() {
    let mut snapshot = wallets(10_000);
    assert!(matches!(decide_pay(&mut snapshot, &with_coupon(1), TTL, NOW), PayOutcome::Paid { .. }));
    let second = decide_pay(&mut snapshot, &with_coupon(2), TTL, NOW);
    assert_eq!(second, PayOutcome::Rejected(Refusal::CouponNotApplicable { reason: CouponReason::InUse }));
}

#[test]
fn a_coupon_that_changed_since_the_reservation_is_refused() {
    let mut snapshot = wallets(10_000);
    snapshot.coupons.get_mut(&CouponId::new(5)).expect("it is there").discount = Discount::Rate(20);
    let outcome = decide_pay(&mut snapshot, &with_coupon(1), TTL, NOW);
    assert_eq!(outcome, PayOutcome::Rejected(Refusal::PriceChanged { expected: Won::new(900), actual: Won::new(800) }));
}

#[test]
fn only_a_reservation_in_time_is_paid() {
    for status in OrderStatus::ALL {
        let order = OrderSnapshot { status, ..reserved(1, 1_000) };
        let outcome = decide_pay(&mut wallets(10_000), &order, TTL, NOW);
        assert_eq!(matches!(outcome, PayOutcome::Paid { .. }), status == OrderStatus::Reserved, "{status}");
        assert_eq!(decide_confirm(&order).is_ok(), status == OrderStatus::Paid, "{status}");
    }
    assert_eq!(decide_pay(&mut wallets(10_000), &reserved(1, 1_000), TTL, NOW.after(TTL)), PayOutcome::Expired);
}

#[test]
fn quantities_outside_the_rules_are_refused_before_anything_else() {
    let table: [(&[(i64, i64)], bool); 10] = [
        (&[], false),
        (&[(1, 0)], false),
        (&[(1, -1)], false),
        (&[(1, 10)], true),
        (&[(1, 11)], false),
        (&[(1, 5), (1, 5)], true),
        (&[(1, 5), (1, 6)], false),
        (&[(1, 10), (2, 10), (3, 10)], true),
        (&[(1, 10), (2, 10), (3, 10), (4, 1)], false),
        (&[(1, i64::MAX), (1, i64::MAX)], false),
    ];
    for (asked, good) in table {
        let lines = Lines::new(asked.iter().map(|(product, quantity)| (ProductId::new(*product), *quantity)));
        assert_eq!(lines.is_ok(), good, "{asked:?}");
    }
}

proptest! {
    #[test]
    fn no_sequence_of_orders_sells_more_than_there_is(
        stock in proptest::collection::vec(0i64..20, 3),
        asked in proptest::collection::vec(proptest::collection::vec((0usize..3, 1i64..=10), 1..4), 0..40),
    ) {
        let mut snapshot = ReserveSnapshot::default();
        for (index, available) in (0i64..).zip(&stock) {
            snapshot.products.insert(ProductId::new(index), product(100, *available));
        }
        let mut taken = [0i64; 3];
        for order in asked {
            let asked = order.iter().map(|(index, quantity)| (ProductId::new(i64::try_from(*index).unwrap()), *quantity));
            let Ok(lines) = Lines::new(asked) else { continue };
            let command = ReserveCommand { user_id: user(1), lines: lines.clone(), coupon_code: None, expected_amount: None };
            if let ReserveOutcome::Reserved(order) = decide_reserve(&mut snapshot, &command, NOW) {
                prop_assert_eq!(order.total_amount, Won::new(100 * lines.pieces()));
                for (product, quantity) in lines.iter() {
                    taken[usize::try_from(product.get()).unwrap()] += quantity;
                }
            }
        }
        for (index, available) in stock.iter().enumerate() {
            let left = snapshot.products[&ProductId::new(i64::try_from(index).unwrap())].available;
            prop_assert!(left >= 0);
            prop_assert_eq!(left + taken[index], *available);
        }
    }

    #[test]
    fn no_sequence_of_payments_creates_or_loses_a_won(
        balance in 0i64..=10_000_000,
        amounts in proptest::collection::vec(1i64..=2_000_000, 0..60),
    ) {
        let mut snapshot = wallets(balance);
        let mut paid = 0;
        for (number, amount) in amounts.into_iter().enumerate() {
            let order = reserved(u8::try_from(number).unwrap(), amount);
            if let PayOutcome::Paid { balance_after } = decide_pay(&mut snapshot, &order, TTL, NOW) {
                paid += amount;
                prop_assert_eq!(balance_after.get(), balance - paid);
            }
        }
        let left = snapshot.balances[&user(1)].get();
        prop_assert!(left >= 0);
        prop_assert_eq!(left + paid, balance);
    }
}

#[test]
fn as_many_payments_fail_on_purpose_as_are_asked_for() {
    let orders: Vec<OrderId> = (0..1_000u16)
        .map(|number| {
            let mut random = [0; 10];
            random[8..].copy_from_slice(&number.to_be_bytes());
            OrderId::new(NOW, random)
        })
        .collect();
    let failing = |percent| orders.iter().filter(|order| fails_on_purpose(**order, percent)).count();
    assert_eq!([0, 1, 20, 100].map(failing), [0, 10, 200, 1_000]);
}
