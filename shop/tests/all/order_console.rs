//! Orders for operators: found by everything that is asked for, each story told whole, notes that stay, and nothing of it
//! for who may not.

use crate::queue::{email_of, operator};
use crate::support::*;
use shop::coupon::CouponCode;
use shop::id::{OrderId, ProductId, UserId};
use shop::operator::people::People;
use shop::operator::{Operator, OperatorRole};
use shop::order::OrderStatus;
use shop::order::console::history::find_order_history;
use shop::order::console::model::{CouponMovement, HistoryEntry, HistoryFact, StockMovement};
use shop::order::console::notes::add_notes;
use shop::order::console::search::{OrderFilter, find_order_for, list_orders};
use shop::order::stages;
use shop::page::{Page, PageLimit};
use shop::recovery::QueueCause;
use shop::recovery::by_hand::{MOST_AT_ONCE, recover_now};
use shop::recovery::queue::{QueueFilter, list_queue};
use shop::wallet::PostingType;
use shop::{Error, Settings, Shop, Timestamp};
use std::collections::BTreeMap;

/// Every page of a search, its pages together.
async fn find_all(shop: &Shop, operator: &Operator, filter: &OrderFilter, limit: i64) -> Vec<OrderId> {
    let (mut page, mut found) = (Page::first(PageLimit::new(limit).unwrap()), Vec::new());
    loop {
        let slice = list_orders(shop, operator, filter, People::Hidden, &page).await.unwrap();
        assert!(slice.items.len() <= page.limit.rows());
        found.extend(slice.items.into_iter().map(|found| found.order.id));
        match slice.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return found,
        }
    }
}

/// An order as the test knows it.
#[derive(Clone)]
struct Known {
    id: OrderId,
    user: UserId,
    product: ProductId,
    status: OrderStatus,
    at: Timestamp,
}

/// Orders of three shoppers, three products and several statuses, a minute apart; newest first.
async fn place_some(shop: &TestShop) -> Vec<Known> {
    let users = shop.shoppers(3, 100_000).await;
    let mut products = Vec::new();
    for _ in 0..3 {
        products.push(shop.product(1_000, 100).await);
    }
    let mut known = Vec::new();
    for number in 0..24 {
        let (user, product) = (users[number % 3], products[number / 3 % 3]);
        let at = shop.now();
        let (id, status) = match number % 4 {
            0 => (shop.reserve(user, one_of(product)).await, OrderStatus::Reserved),
            1 => (shop.reserve_and_pay(user, one_of(product)).await, OrderStatus::Paid),
            2 => {
                let refused = shop.place(user, expecting(one_of(product), 1)).await;
                match refused {
                    Err(Error::Refused { order_id: Some(id), .. }) => (id, OrderStatus::Rejected),
                    other => panic!("not refused: {other:?}"),
                }
            }
            _ => (shop.place(user, one_of(product)).await.unwrap().id, OrderStatus::Completed),
        };
        known.push(Known { id, user, product, status, at });
        // Two of one moment now and then.
        if number % 5 != 0 {
            shop.advance(MINUTE);
        }
    }
    known.reverse();
    known
}

async fn history(shop: &Shop, operator: &Operator, id: OrderId) -> Vec<HistoryEntry> {
    find_order_history(shop, operator, id).await.unwrap().expect("there is such an order")
}

/// The story in short words.
fn words(history: &[HistoryEntry]) -> Vec<String> {
    let word = |entry: &HistoryEntry| match &entry.fact {
        HistoryFact::Became { status, cause, is_moment_known } => {
            let cause = cause.map(|cause| format!(" ({})", cause.as_str())).unwrap_or_default();
            format!("{status}{cause}{}", if *is_moment_known { "" } else { "?" })
        }
        HistoryFact::Stock { movement: StockMovement::Held, quantity, .. } => format!("stock held {quantity}"),
        HistoryFact::Stock { movement: StockMovement::Out, quantity, .. } => format!("stock out {quantity}"),
        HistoryFact::Stock { movement: StockMovement::Released, quantity, .. } => format!("stock released {quantity}"),
        HistoryFact::Coupon { movement: CouponMovement::Held, .. } => "coupon held".to_owned(),
        HistoryFact::Coupon { movement: CouponMovement::Used, .. } => "coupon used".to_owned(),
        HistoryFact::Coupon { movement: CouponMovement::GivenBack, .. } => "coupon given back".to_owned(),
        HistoryFact::Posting { posting } => format!("{} {}", posting.kind.as_str(), posting.amount.get()),
        HistoryFact::Event { kind, sent_at, .. } => {
            format!("event {kind}{}", if sent_at.is_some() { ", sent" } else { "" })
        }
        HistoryFact::TriesFailed { tries } => format!("{} tries failed: {}", tries.failed, tries.last_error.as_str()),
        HistoryFact::Note { note } => format!("note: {}", note.body),
        HistoryFact::Letter { kind, .. } => format!("letter {kind}"),
        HistoryFact::Act { act } => act.act.clone(),
    };
    history.iter().map(word).collect()
}

/// How many rows of a table are an order's.
async fn rows_of(shop: &TestShop, table: &str, id: OrderId) -> usize {
    let sql = shop::database::Sql::new(format!("SELECT COUNT(*) AS n FROM {table} WHERE order_id = ?")).bind(id);
    let count = shop.db().fetch_optional(sql).await.unwrap().unwrap().int("n").unwrap();
    usize::try_from(count).unwrap()
}

fn count(history: &[HistoryEntry], is: impl Fn(&HistoryFact) -> bool) -> usize {
    history.iter().filter(|entry| is(&entry.fact)).count()
}

/// Every row that the database has of this order is in its story, and nothing is there twice.
async fn assert_complete(shop: &TestShop, id: OrderId, history: &[HistoryEntry]) {
    let postings = count(history, |fact| matches!(fact, HistoryFact::Posting { .. }));
    assert_eq!(postings, rows_of(shop, "point_transactions", id).await);
    assert_eq!(postings, rows_of(shop, "posting_causes", id).await);
    let events = count(history, |fact| matches!(fact, HistoryFact::Event { .. }));
    assert_eq!(events, rows_of(shop, "outbox", id).await);
    let changes = count(history, |fact| matches!(fact, HistoryFact::Became { .. }));
    assert_eq!(changes, events, "every change has its event, and every event its change");
    let notes = count(history, |fact| matches!(fact, HistoryFact::Note { .. }));
    assert_eq!(notes, rows_of(shop, "order_notes", id).await);
    let letters = count(history, |fact| matches!(fact, HistoryFact::Letter { .. }));
    assert_eq!(letters, rows_of(shop, "mail_queue", id).await);
    let tries = count(history, |fact| matches!(fact, HistoryFact::TriesFailed { .. }));
    assert_eq!(tries, rows_of(shop, "recovery_tries", id).await);
    assert!(history.is_sorted_by_key(|entry| entry.at), "{history:#?}");
}

on_both_engines! {
    async fn an_orders_story_is_told_whole_and_in_order(shop, Settings { mail_on: true, ..unlimited() }) {
        let operator = operator(shop, OperatorRole::Manager).await;
        let user = shop.shopper(100_000).await;
        let (first, second) = (shop.product(1_000, 50).await, shop.product(500, 50).await);
        let code: CouponCode = shop.coupon("CODE", TEN_PERCENT, 5).await;
        shop.claim(user, &code).await;
        // All within one millisecond.
        let both = || order_request(&[(first, 2), (second, 1)]);
        let sold = shop.place(user, with_coupon(both(), &code)).await.unwrap().id;
        let told = history(shop, &operator, sold).await;
        let expected = [
            "RESERVED", "stock held 2", "stock held 1", "event order.reserved",
            "PAID", "coupon held", "PAYMENT -2250", "event order.paid",
            "COMPLETED", "coupon used", "stock out 2", "stock out 1", "event order.completed",
            "letter order_completed",
        ];
        assert_eq!(words(&told), expected);
        assert_complete(shop, sold, &told).await;

        let id = shop.reserve_and_pay(user, both()).await;
        shop.advance(30 * SECOND);
        assert_eq!(shop.stall().await, 1);
        shop.advance(MINUTE);
        shop.break_writes("INSERT ON point_transactions", "1 = 1").await;
        let _ = shop::recovery::service::recover_pending(shop).await;
        shop.mend().await;
        shop.advance(SECOND);
        add_notes(shop, &operator, &[id], "전화로 알렸습니다").await.unwrap();
        shop.advance(SECOND);
        recover_now(shop, &operator, &[id]).await.unwrap();
        assert!(shop::database::outbox::relay(shop).await.unwrap() > 0);
        let told = history(shop, &operator, id).await;
        let expected = [
            "RESERVED", "stock held 2", "stock held 1", "event order.reserved, sent",
            "PAID", "PAYMENT -2500", "event order.paid, sent",
            "PENDING (stalled)", "event order.pending, sent",
            "1 tries failed: database",
            "order.noted", "note: 전화로 알렸습니다",
            "FAILED", "stock released 2", "stock released 1", "RECOVERY 2500", "event order.failed, sent",
            "order.recovered",
        ];
        assert_eq!(words(&told), expected);
        assert_complete(shop, id, &told).await;
        let moments: Vec<Timestamp> = told.iter().map(|entry| entry.at).collect();
        assert_eq!(moments[8].since(moments[0]), 30 * SECOND);
        assert_eq!(moments[12].since(moments[7]), MINUTE + SECOND + SECOND);
    }

    async fn every_way_an_order_can_go_has_its_story(shop) {
        let operator = operator(shop, OperatorRole::Viewer).await;
        let user = shop.shopper(1_000).await;
        let product = shop.product(1_000, 3).await;
        let id_of = |placed: Result<shop::order::Order, Error>| match placed {
            Err(Error::Refused { order_id: Some(id), .. }) => id,
            other => panic!("not refused: {other:?}"),
        };
        let sold_out = id_of(shop.place(user, order_request(&[(product, 4)])).await);
        let too_dear = id_of(shop.place(user, order_request(&[(product, 2)])).await);
        let expired = shop.reserve(user, one_of(product)).await;
        let live = shop.reserve_and_pay(user, one_of(product)).await;
        shop.advance(30 * SECOND);
        assert_eq!(shop.expire().await, 1);
        let table: [(OrderId, &[&str]); 4] = [
            (sold_out, &["REJECTED", "event order.rejected"]),
            (
                too_dear,
                &[
                    "RESERVED", "stock held 2", "event order.reserved",
                    "REJECTED", "stock released 2", "event order.rejected",
                ],
            ),
            (
                expired,
                &[
                    "RESERVED", "stock held 1", "event order.reserved",
                    "EXPIRED", "stock released 1", "event order.expired",
                ],
            ),
            (
                live,
                &[
                    "RESERVED", "stock held 1", "event order.reserved",
                    "PAID", "PAYMENT -1000", "event order.paid",
                ],
            ),
        ];
        for (id, expected) in table {
            let told = history(shop, &operator, id).await;
            assert_eq!(words(&told), expected);
            assert_complete(shop, id, &told).await;
        }
        assert_eq!(find_order_history(shop, &operator, shop.mint_order_id()).await.unwrap(), None);

        // Once its events are gone the order itself still tells its way.
        assert!(shop::database::outbox::relay(shop).await.unwrap() > 0);
        shop.advance(8 * DAY);
        shop::database::outbox::relay(shop).await.unwrap();
        assert_eq!(shop.count("outbox").await, 0);
        let told = words(&history(shop, &operator, expired).await);
        assert_eq!(told, ["RESERVED", "stock held 1", "EXPIRED", "stock released 1"]);
    }

    async fn orders_are_found_by_each_of_what_is_known_and_by_all_of_it_together(shop) {
        let operator = operator(shop, OperatorRole::Support).await;
        let known = place_some(shop).await;
        let at = |index: usize| known[index].at;
        let statuses = [OrderStatus::Reserved, OrderStatus::Paid, OrderStatus::Rejected, OrderStatus::Completed];
        let some = |values: Vec<usize>| values.into_iter().map(Some).chain([None]).collect::<Vec<_>>();
        let mut looked = 0;
        for user in some(vec![0, 1]) {
            for product in some(vec![3]) {
                for status in some(vec![0, 2, 3]) {
                    for (from, until) in [(None, None), (Some(17), None), (None, Some(5)), (Some(17), Some(5))] {
                        let user = user.map(|index| known[index].user);
                        let filter = OrderFilter {
                            id: None,
                            user: None,
                            email: match user {
                                Some(user) => Some(email_of(shop, user).await.to_uppercase()),
                                None => None,
                            },
                            product: product.map(|index: usize| known[index].product),
                            status: status.map(|index: usize| statuses[index]),
                            from: from.map(at),
                            until: until.map(at),
                        };
                        let expected: Vec<OrderId> = known
                            .iter()
                            .filter(|order| user.is_none_or(|user| user == order.user))
                            .filter(|order| filter.product.is_none_or(|product| product == order.product))
                            .filter(|order| filter.status.is_none_or(|status| status == order.status))
                            .filter(|order| filter.from.is_none_or(|from| order.at >= from))
                            .filter(|order| filter.until.is_none_or(|until| order.at < until))
                            .map(|order| order.id)
                            .collect();
                        for limit in [1, 3, 100] {
                            assert_eq!(find_all(shop, &operator, &filter, limit).await, expected, "{filter:?} {limit}");
                        }
                        looked += expected.len();
                    }
                }
            }
        }
        assert!(looked > 100, "{looked}: it proves little");

        let one = &known[4];
        let by_id = |filter: OrderFilter| OrderFilter { id: Some(one.id), ..filter };
        assert_eq!(find_all(shop, &operator, &by_id(OrderFilter::default()), 5).await, [one.id]);
        let right = OrderFilter { status: Some(one.status), product: Some(one.product), ..OrderFilter::default() };
        assert_eq!(find_all(shop, &operator, &by_id(right), 5).await, [one.id]);
        let wrong = OrderFilter { until: Some(one.at), ..OrderFilter::default() };
        assert_eq!(find_all(shop, &operator, &by_id(wrong), 5).await, []);
        let nobody = OrderFilter { email: Some("nobody@example.com".to_owned()), ..OrderFilter::default() };
        assert_eq!(find_all(shop, &operator, &nobody, 5).await, []);
        assert_eq!(find_all(shop, &operator, &OrderFilter { id: Some(shop.mint_order_id()), ..OrderFilter::default() }, 5).await, []);

        let backwards = OrderFilter { from: Some(at(5)), until: Some(at(5)), ..OrderFilter::default() };
        let listed = list_orders(shop, &operator, &backwards, People::Hidden, &Page::default()).await;
        assert_eq!(wrong_fields(listed), ["until"]);
        let id = one.id;
        for (filter, cursor) in [
            (OrderFilter::default(), id.to_string()),
            (OrderFilter { product: Some(one.product), ..OrderFilter::default() }, format!("5.{id}")),
            (OrderFilter { email: Some(email_of(shop, one.user).await), ..OrderFilter::default() }, format!("5.{id}")),
            (OrderFilter::default(), "x".to_owned()),
        ] {
            let page = Page { cursor: Some(cursor), ..Page::default() };
            let listed = list_orders(shop, &operator, &filter, People::Hidden, &page).await;
            assert_eq!(wrong_fields(listed), ["cursor"], "{filter:?}");
        }
    }

    async fn a_rare_order_among_the_many_of_a_product_is_found_some_pages_on(shop) {
        let operator = operator(shop, OperatorRole::Viewer).await;
        let (sought, other) = (shop.product(1_000, 100_000).await, shop.product(1_000, 100_000).await);
        let users = shop.shoppers(1, 100_000).await;
        let reserve = async |product: ProductId, count: usize| {
            for _ in 0..count.div_ceil(256) {
                let jobs: Vec<_> = (0..256).map(|_| job(shop, users[0], one_of(product))).collect();
                stages::reserve(shop, &jobs).await.unwrap();
            }
        };
        let rare = shop.reserve(users[0], one_of(sought)).await;
        reserve(other, 4_096).await;
        shop.advance(30 * SECOND);
        assert_eq!(shop.expire().await, 4_097);
        reserve(sought, 4_200).await;
        let of = |status| OrderFilter { product: Some(sought), status: Some(status), ..OrderFilter::default() };
        let expired = of(OrderStatus::Expired);
        let page = Page::default();
        let first = list_orders(shop, &operator, &expired, People::Hidden, &page).await.unwrap();
        assert_eq!(first.items, [], "so many candidates and no more are looked at");
        let page = Page { cursor: Some(first.next_cursor.expect("there is more to look through")), ..page };
        let second = list_orders(shop, &operator, &expired, People::Hidden, &page).await.unwrap();
        let found: Vec<_> = second.items.iter().map(|found| found.order.id).collect();
        assert_eq!((found, second.next_cursor), (vec![rare], None));
        // Few of a status are looked through for the product instead.
        shop.reserve_and_pay(users[0], one_of(sought)).await;
        let paid = list_orders(shop, &operator, &of(OrderStatus::Paid), People::Hidden, &Page::default()).await.unwrap();
        assert_eq!((paid.items.len(), paid.next_cursor), (1, None));
        assert_eq!(find_all(shop, &operator, &of(OrderStatus::Reserved), 100).await.len(), 17 * 256);
    }

    async fn looking_for_a_person_or_at_one_is_a_row_of_the_log(shop) {
        let (viewer, support) = (operator(shop, OperatorRole::Viewer).await, operator(shop, OperatorRole::Support).await);
        let product = shop.product(1_000, 100).await;
        let users = shop.shoppers(2, 10_000).await;
        let mut ids = Vec::new();
        for user in [users[0], users[1], users[0]] {
            ids.push(shop.place(user, one_of(product)).await.unwrap().id);
        }
        let email = email_of(shop, users[0]).await;
        let looks = async || shop.figure("SELECT COUNT(*) AS n FROM audit_log WHERE act = 'person.seen'").await;
        let by_email = OrderFilter { email: Some(email.clone()), ..OrderFilter::default() };
        let (all, page) = (OrderFilter::default(), Page::default());

        let refused = list_orders(shop, &viewer, &by_email, People::Hidden, &page).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "an address is a person: {refused:?}");
        let refused = list_orders(shop, &viewer, &all, People::Shown, &page).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        let refused = find_order_for(shop, &viewer, ids[0], People::Shown).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        let hidden = list_orders(shop, &viewer, &all, People::Hidden, &page).await.unwrap().items;
        assert!(hidden.len() == 3 && hidden.iter().all(|found| found.email.is_none()));
        assert_eq!(find_order_for(shop, &viewer, ids[0], People::Hidden).await.unwrap().unwrap().person, None);
        assert_eq!(looks().await, 0);

        let found = list_orders(shop, &support, &by_email, People::Hidden, &page).await.unwrap().items;
        assert!(found.len() == 2 && found.iter().all(|found| found.email.as_ref() == Some(&email)));
        assert_eq!(looks().await, 1);
        let shown = list_orders(shop, &support, &all, People::Shown, &page).await.unwrap().items;
        assert!(shown.iter().all(|found| found.email.is_some()));
        assert_eq!(looks().await, 3, "two people");
        let detail = find_order_for(shop, &support, ids[0], People::Shown).await.unwrap().unwrap();
        assert_eq!(detail.person.map(|person| person.email), Some(email));
        assert_eq!(looks().await, 4);
        // What is not shown because nobody is there leaves no row, and a closed account shows nobody.
        assert_eq!(find_order_for(shop, &support, shop.mint_order_id(), People::Shown).await.unwrap(), None);
        assert_eq!(looks().await, 4);
    }

    async fn an_order_in_detail_has_its_lines_its_tries_its_notes_and_what_comes_next(shop) {
        let operator = operator(shop, OperatorRole::Manager).await;
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let id = shop.reserve_and_pay(user, order_request(&[(product, 3)])).await;
        shop.advance(30 * SECOND);
        shop.stall().await;
        add_notes(shop, &operator, &[id], "first").await.unwrap();
        add_notes(shop, &operator, &[id], "second").await.unwrap();
        let detail = find_order_for(shop, &operator, id, People::Hidden).await.unwrap().unwrap();
        assert_eq!(detail.facts.order, shop.order(id).await);
        assert_eq!((detail.facts.pending_cause, detail.facts.version), (Some(QueueCause::Stalled), 3));
        let notes: Vec<_> = detail.notes.iter().map(|note| (note.body.as_str(), note.operator_id)).collect();
        assert_eq!(notes, [("first", operator.id()), ("second", operator.id())]);
        assert_eq!((detail.tries, detail.holder), (None, None));
        assert_eq!(detail.next_try, Some(shop::recovery::NextTry::At(shop.now().after(MINUTE))));
    }

    async fn a_note_is_written_to_all_of_the_orders_or_to_none_and_stays(shop) {
        let operator = operator(shop, OperatorRole::Support).await;
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(shop.place(user, one_of(product)).await.unwrap().id);
        }
        let unknown = [ids[0], shop.mint_order_id()];
        assert_eq!(wrong_fields(add_notes(shop, &operator, &unknown, "text").await), ["ids"]);
        assert_eq!(wrong_fields(add_notes(shop, &operator, &[], "text").await), ["ids"]);
        let many: Vec<OrderId> = (0..=MOST_AT_ONCE).map(|_| shop.mint_order_id()).collect();
        assert_eq!(wrong_fields(add_notes(shop, &operator, &many, "text").await), ["ids"]);
        for text in ["", " \n\u{3164}", &"글".repeat(1_001), "a\u{7}b", "a\u{1b}[31m"] {
            assert_eq!(wrong_fields(add_notes(shop, &operator, &ids, text).await), ["text"], "{text:?}");
        }
        let acts = "SELECT COUNT(*) AS n FROM audit_log WHERE act = 'order.noted'";
        assert_eq!((shop.count("order_notes").await, shop.figure(acts).await), (0, 0));

        let longest = "글".repeat(1_000);
        for text in ["  one line\r\nand another\t🎵 ", longest.as_str()] {
            add_notes(shop, &operator, &[ids[0], ids[1], ids[0]], text).await.unwrap();
        }
        let written = |id| {
            let operator = operator.clone();
            async move { find_order_for(shop, &operator, id, People::Hidden).await.unwrap().unwrap().notes }
        };
        for id in &ids[..2] {
            let notes: Vec<String> = written(*id).await.into_iter().map(|note| note.body).collect();
            assert_eq!(notes, ["one line\nand another\t🎵", longest.as_str()]);
        }
        assert_eq!(written(ids[2]).await, []);
        assert_eq!((shop.count("order_notes").await, shop.figure(acts).await), (4, 4));

        for (sql, said) in [
            ("UPDATE order_notes SET body = 'another'", "insert-only"),
            ("UPDATE order_notes SET operator_id = 1", "insert-only"),
            ("DELETE FROM order_notes", "insert-only"),
            ("INSERT INTO order_notes (order_id, operator_id, body, created_at) SELECT id, 1, '', 1 FROM orders", ""),
        ] {
            let refusal = shop.refusal_of(sql).await;
            assert!(refusal.contains(said), "{sql}: {refusal}");
        }
        shop.break_writes("INSERT ON audit_log", "1 = 1").await;
        assert!(add_notes(shop, &operator, &ids, "unseen").await.is_err(), "what cannot be audited is not done");
        shop.mend().await;
        assert_eq!(shop.count("order_notes").await, 4);
    }

    async fn each_role_may_do_what_it_may_and_no_more(shop) {
        let user = shop.shopper(10_000).await;
        let product = shop.product(1_000, 5).await;
        let id = shop.place(user, one_of(product)).await.unwrap().id;
        let email = email_of(shop, user).await;
        let (page, all) = (Page::default(), OrderFilter::default());
        let by_email = OrderFilter { email: Some(email), ..OrderFilter::default() };
        // Rows: what is asked; columns: viewer, support, manager, owner.
        let table: BTreeMap<&str, [bool; 4]> = [
            ("list the queue", [true, true, true, true]),
            ("list orders", [true, true, true, true]),
            ("find an order", [true, true, true, true]),
            ("read its history", [true, true, true, true]),
            ("see people in the queue", [false, true, true, true]),
            ("see people among orders", [false, true, true, true]),
            ("see the person of an order", [false, true, true, true]),
            ("look for an address", [false, true, true, true]),
            ("add notes", [false, true, true, true]),
            ("recover", [false, true, true, true]),
        ]
        .into();
        let roles = [OperatorRole::Viewer, OperatorRole::Support, OperatorRole::Manager, OperatorRole::Owner];
        for (column, role) in roles.into_iter().enumerate() {
            let by = operator(shop, role).await;
            let queue = QueueFilter::default();
            let asked: [(&str, Result<(), Error>); 10] = [
                ("list the queue", list_queue(shop, &by, queue, People::Hidden, &page).await.map(drop)),
                ("list orders", list_orders(shop, &by, &all, People::Hidden, &page).await.map(drop)),
                ("find an order", find_order_for(shop, &by, id, People::Hidden).await.map(drop)),
                ("read its history", find_order_history(shop, &by, id).await.map(drop)),
                ("see people in the queue", list_queue(shop, &by, queue, People::Shown, &page).await.map(drop)),
                ("see people among orders", list_orders(shop, &by, &all, People::Shown, &page).await.map(drop)),
                ("see the person of an order", find_order_for(shop, &by, id, People::Shown).await.map(drop)),
                ("look for an address", list_orders(shop, &by, &by_email, People::Hidden, &page).await.map(drop)),
                ("add notes", add_notes(shop, &by, &[id], "text").await),
                ("recover", recover_now(shop, &by, &[id]).await.map(drop)),
            ];
            for (what, answer) in asked {
                match (table[what][column], answer) {
                    (true, Ok(())) | (false, Err(Error::Forbidden)) => {}
                    (may, answer) => panic!("{role:?} may {what}: {may}, and it was {answer:?}"),
                }
            }
        }
        let refund = PostingType::Refund.as_str();
        assert_eq!(shop.figure(&format!("SELECT COUNT(*) AS n FROM point_transactions WHERE type = '{refund}'")).await, 0);
    }
}
