//! The race suite over HTTP: three instances on one MariaDB database and one Redis, every request to the next of them, all
//! of them let go by one barrier, `damda verify` after every case. What must be raced in process (expiry against
//! payment, recovery against confirmation) is in `shop/tests/all/races.rs`.
//!
//! Coupons are `FCFS100`, the only scarce one that a command makes: total 1 is its last piece.

use crate::client::{Answer, Client};
use crate::fleet::{Filling, Fleet, Goods, mysql_server, order_of, unique};
use futures::future::join_all;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Barrier;

const ORDERS: &str = "/api/v1/orders";
const CHARGES: &str = "/api/v1/wallet/charges";
const COUPON: &str = "FCFS100";
/// So often one request id is raced for.
const ROUNDS: i64 = 8;

async fn three_instances(shoppers: usize) -> Option<Fleet> {
    let server = mysql_server()?;
    Some(Fleet::of_three(&server, Filling::Load { shoppers }, &[]).await)
}

/// Sends the requests that `request` makes, all at the same moment.
pub async fn at_once<F>(count: usize, visitor: &Client, request: impl Fn(usize) -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    in_lanes(count, count, visitor, request).await
}

/// Sends them over so many connections, which stand before the first is sent; gives the answers in order.
async fn in_lanes<F>(lanes: usize, count: usize, visitor: &Client, request: impl Fn(usize) -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(lanes));
    let waiting: VecDeque<(usize, F)> = (0..count).map(|index| (index, request(index))).collect();
    let waiting = Arc::new(Mutex::new(waiting));
    let racers = (0..lanes).map(|_| {
        let (barrier, visitor, waiting) = (barrier.clone(), visitor.clone(), waiting.clone());
        tokio::spawn(async move {
            visitor.get("/healthz").await.expect(200);
            barrier.wait().await;
            let mut answers = Vec::new();
            loop {
                let next = waiting.lock().expect("no racer panics here").pop_front();
                let Some((index, request)) = next else { return answers };
                answers.push((index, request.await));
            }
        })
    });
    let mut answers = Vec::with_capacity(count);
    for lane in join_all(racers).await {
        answers.extend(lane.expect("answers"));
    }
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Orders this, under a key of its own.
pub fn order(who: &Client, body: Value) -> impl Future<Output = Answer> + Send + 'static {
    let who = who.clone();
    async move { who.post_with_key(ORDERS, &unique("key"), &body).await }
}

fn claim(who: &Client) -> impl Future<Output = Answer> + Send + 'static {
    let who = who.clone();
    async move { who.claim(COUPON).await }
}

/// How often each was answered: `201`, or the code of the problem.
pub fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let word = answer.body["code"].as_str().map_or_else(|| answer.status.to_string(), ToOwned::to_owned);
        *tally.entry(word).or_default() += 1;
    }
    tally
}

#[track_caller]
pub fn assert_tally(answers: &[Answer], expected: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> =
        expected.iter().filter(|(_, count)| *count > 0).map(|(word, count)| ((*word).to_owned(), *count)).collect();
    assert_eq!(tally(answers), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_is_sold_to_the_last_piece_and_not_one_more() {
    let Some(shop) = three_instances(1_000).await else { return };
    let shoppers = shop.shoppers();

    let last = shop.product(1_000, 1).await;
    let answers = at_once(64, &shop.visitor, |index| order(&shoppers[index], order_of(&[last]))).await;
    assert_tally(&answers, &[("201", 1), ("insufficient_stock", 63)]);
    assert_eq!(shop.stock(last).await, (0, 0));
    shop.verify();

    // 1,000 attempts, 64 at once.
    let hot = shop.product(1_000, 200).await;
    let answers = in_lanes(64, 1_000, &shop.visitor, |index| order(&shoppers[index], order_of(&[hot]))).await;
    assert_tally(&answers, &[("201", 200), ("insufficient_stock", 800)]);
    assert_eq!(shop.stock(hot).await, (0, 0));
    shop.verify();

    // Two hot products, bought in opposite order.
    let pair = [shop.product(1_000, 1_000).await, shop.product(2_000, 1_000).await];
    let answers =
        at_once(200, &shop.visitor, |index| order(&shoppers[index], order_of(&[pair[index % 2], pair[1 - index % 2]])))
            .await;
    assert_tally(&answers, &[("201", 200)]);
    assert_eq!((shop.stock(pair[0]).await, shop.stock(pair[1]).await), ((800, 0), (800, 0)));
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_can_pay_gets_the_last_piece_in_the_end() {
    let Some(shop) = three_instances(32).await else { return };
    let (rich, poor) = (shop.shoppers(), shop.shopper_with(0).await);
    let skus: Vec<String> = (0..16).map(|_| unique("LAST")).collect();
    let goods: Vec<Goods<'_>> = skus.iter().map(|sku| Goods { sku, price: 1_000, stock: 1 }).collect();
    let products = shop.import(&goods).await;

    // Even racers cannot pay; odd ones can, and try until it is theirs.
    let answers = at_once(32, &shop.visitor, |index| {
        let body = order_of(&[products[index / 2]]);
        let who = if index % 2 == 0 { poor.clone() } else { rich[index].clone() };
        async move {
            loop {
                let answer = order(&who, body.clone()).await;
                if index % 2 == 0 || answer.body["code"] != "insufficient_stock" {
                    return answer;
                }
            }
        }
    })
    .await;
    for (index, answer) in answers.into_iter().enumerate() {
        match (index % 2, answer.status) {
            (1, _) => drop(answer.expect(201)),
            (_, 409) => {
                let code = answer.body["code"].as_str().expect("a code");
                assert!(["insufficient_balance", "insufficient_stock"].contains(&code), "{}", answer.text);
            }
            _ => panic!("{}", answer.text),
        }
    }
    for product in &products {
        assert_eq!(shop.stock(*product).await, (0, 0));
    }
    shop.verify();

    // Two buyers of each other's last items: one of each two gets both, the other nothing.
    let goods: Vec<Goods<'_>> = skus.iter().map(|sku| Goods { sku, price: 1_000, stock: 1 }).collect();
    shop.import(&goods).await;
    let answers = at_once(16, &shop.visitor, |index| {
        let (one, other) = (products[index / 2 * 2], products[index / 2 * 2 + 1]);
        order(&rich[index], order_of(&if index % 2 == 0 { [one, other] } else { [other, one] }))
    })
    .await;
    for two in answers.chunks(2) {
        assert_tally(two, &[("201", 1), ("insufficient_stock", 1)]);
    }
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coupon_is_claimed_as_often_as_there_are_pieces() {
    let Some(shop) = three_instances(5_000).await else { return };
    let shoppers = shop.shoppers();
    let answers = in_lanes(256, 5_000, &shop.visitor, |index| claim(&shoppers[index])).await;
    assert_tally(&answers, &[("201", 100), ("coupon_sold_out", 4_900)]);
    let offer = shop.visitor.get("/api/v1/coupons").await.expect(200).items()[0].clone();
    assert_eq!((&offer["total_quantity"], &offer["remaining"]), (&json!(100), &json!(0)));
    // A piece that was answered is a piece that is there.
    for (shopper, answer) in shoppers.iter().zip(&answers).filter(|(_, answer)| answer.status == 201) {
        let mine = shopper.get("/api/v1/me/coupons").await.expect(200);
        assert_eq!(mine.items().len(), 1, "{}", answer.text);
    }
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_is_one_shoppers_and_pays_once() {
    let Some(shop) = three_instances(164).await else { return };
    let shoppers = shop.shoppers();
    let answers = at_once(64, &shop.visitor, |_| claim(&shoppers[0])).await;
    assert_tally(&answers, &[("201", 1), ("coupon_already_claimed", 63)]);
    shop.verify();

    let product = shop.product(1_000, 100).await;
    let mut with_coupon = order_of(&[product]);
    with_coupon["coupon_code"] = json!(COUPON);
    let answers = at_once(16, &shop.visitor, |_| order(&shoppers[0], with_coupon.clone())).await;
    assert_tally(&answers, &[("201", 1), ("coupon_not_applicable", 15)]);
    assert_eq!((shoppers[0].balance().await, shop.stock(product).await), (9_999_100, (99, 0)));
    shop.verify();

    // All but the last piece, then the last.
    for shopper in &shoppers[1..99] {
        shopper.claim(COUPON).await.expect(201);
    }
    let answers = at_once(64, &shop.visitor, |index| claim(&shoppers[100 + index])).await;
    assert_tally(&answers, &[("201", 1), ("coupon_sold_out", 63)]);
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_done_once_and_a_wallet_never_spends_what_it_has_not() {
    let Some(shop) = three_instances(8).await else { return };
    let shoppers = shop.shoppers();
    let product = shop.product(1_000, 100).await;

    // One request id 64 times: one order, one debit; who comes while it runs is told so. Over and over, since two
    // instances must come to the claim of it within the same millisecond for anything to go wrong.
    for round in 1..=ROUNDS {
        let key = unique("key");
        let again = |path: &'static str, body: Value| {
            let (who, key) = (shoppers[0].clone(), key.clone());
            async move { who.post_with_key(path, &key, &body).await }
        };
        let answers = at_once(64, &shop.visitor, |_| again(ORDERS, order_of(&[product]))).await;
        let ids: BTreeSet<String> = answers.iter().filter(|answer| answer.status == 201).map(Answer::id).collect();
        assert_eq!(ids.len(), 1, "{:?}", tally(&answers));
        assert!(tally(&answers).keys().all(|word| ["201", "request_in_progress"].contains(&word.as_str())));
        assert_eq!((shoppers[0].balance().await, shop.stock(product).await), (9_999_000, (100 - round, 0)));
        let answers = at_once(64, &shop.visitor, |_| again(CHARGES, json!({"amount": 1_000}))).await;
        assert!(tally(&answers).keys().all(|word| ["201", "request_in_progress"].contains(&word.as_str())));
        assert_eq!(shoppers[0].balance().await, 10_000_000);
    }
    let orders = i64::try_from(shoppers[0].get(ORDERS).await.expect(200).items().len());
    assert_eq!(orders, Ok(ROUNDS));
    shop.verify();

    // 32 orders on a wallet that can pay 10.
    let dear = shop.product(1_000_000, 100).await;
    let answers = at_once(32, &shop.visitor, |_| order(&shoppers[1], order_of(&[dear]))).await;
    assert_tally(&answers, &[("201", 10), ("insufficient_balance", 22)]);
    assert_eq!((shoppers[1].balance().await, shop.stock(dear).await), (0, (90, 0)));
    shop.verify();

    // 64 charges at the edge of a full wallet, which has room for 5.
    let fifty = shop.product(50_000, 1).await;
    order(&shoppers[2], order_of(&[fifty])).await.expect(201);
    let charge = |who: &Client| {
        let (who, key) = (who.clone(), unique("key"));
        async move { who.post_with_key(CHARGES, &key, &json!({"amount": 10_000})).await }
    };
    let answers = at_once(64, &shop.visitor, |_| charge(&shoppers[2])).await;
    assert_tally(&answers, &[("201", 5), ("balance_limit_exceeded", 59)]);
    assert_eq!(shoppers[2].balance().await, 10_000_000);
    shop.verify();

    // Orders against charges on one wallet: what it can pay for depends on who was first, the sum does not.
    let ten = shop.product(10_000, 100).await;
    let buyer = shop.shopper_with(50_000).await;
    let answers = at_once(32, &shop.visitor, |index| {
        let (ordering, charging) = (order(&buyer, order_of(&[ten])), charge(&buyer));
        async move { if index % 2 == 0 { ordering.await } else { charging.await } }
    })
    .await;
    let (orders, charges): (Vec<_>, Vec<_>) = answers.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
    let bought = orders.iter().filter(|(_, answer)| answer.status == 201).count();
    for (_, answer) in orders.into_iter().filter(|(_, answer)| answer.status != 201) {
        answer.problem(409, "insufficient_balance");
    }
    charges.into_iter().for_each(|(_, answer)| drop(answer.expect(201)));
    let bought = i64::try_from(bought).expect("a count");
    assert_eq!(buyer.balance().await, 50_000 + 16 * 10_000 - bought * 10_000);
    assert!(bought >= 5, "{bought}");
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_that_changes_during_checkouts_is_charged_to_nobody_who_saw_another() {
    let Some(shop) = three_instances(16).await else { return };
    let shoppers = shop.shoppers();
    let sku = unique("PRICED");
    let product = shop.import(&[Goods { sku: &sku, price: 1_000, stock: 100_000 }]).await[0];
    let is_changed = Arc::new(AtomicBool::new(false));
    let mut body = order_of(&[product]);
    body["expected_amount"] = json!(1_000);
    // Each buys at the price that was seen until that is no longer the price.
    let buying = join_all(shoppers.iter().cloned().map(|shopper| {
        let (body, is_changed) = (body.clone(), is_changed.clone());
        tokio::spawn(async move {
            let mut bought = 0;
            loop {
                // Read before asking: what was changed by now must be refused.
                let must_be_refused = is_changed.load(Ordering::SeqCst);
                let answer = order(&shopper, body.clone()).await;
                if answer.status == 409 {
                    let refused = answer.problem(409, "price_changed");
                    assert_eq!((&refused.body["expected"], &refused.body["actual"]), (&json!(1_000), &json!(1_100)));
                    return bought;
                }
                let placed = answer.expect(201);
                assert_eq!(placed.body["final_amount"], 1_000);
                assert!(!must_be_refused, "it was sold at a price that was no more");
                bought += 1;
            }
        })
    }));
    let changing = async {
        // Not before everybody could have bought.
        while shop.stock(product).await.0 > 100_000 - 32 {
            tokio::task::yield_now().await;
        }
        shop.import(&[Goods { sku: &sku, price: 1_100, stock: 100_000 }]).await;
        is_changed.store(true, Ordering::SeqCst);
    };
    let (bought, ()) = tokio::join!(buying, changing);
    for (shopper, bought) in shoppers.iter().zip(bought) {
        let bought: i64 = bought.expect("a buyer");
        assert_eq!(shopper.balance().await, 10_000_000 - bought * 1_000);
    }
    shop.close();
}
