//! Limits and blocks over HTTP through three instances that share one Redis: a crowd of one shopper's requests, let go
//! at the same moment to each instance in turn. Windows to the millisecond, by a clock that the test moves, are in
//! `server/tests/redis/gates.rs`; one instance's answers are in `server/tests/api`.

use crate::client::Answer;
use crate::fleet::{Filling, Fleet, mysql_server, order_of, unique};
use crate::races::{assert_tally, at_once, order, tally};
use serde_json::json;

/// Long enough that the crowd is through before a window ends, however slow the machine is.
const SETTINGS: [(&str, &str); 3] = [("ORDER_LIMIT", "1/10m"), ("CLAIM_LIMIT", "3/10m"), ("FAILURE_LIMIT", "5")];

async fn three_instances() -> Option<Fleet> {
    let server = mysql_server()?;
    Some(Fleet::of_three(&server, Filling::Load { shoppers: 4 }, &SETTINGS).await)
}

/// Every one of these was refused for so long, as its header, its body and, under a limit, its
/// `RateLimit-Reset` say alike.
#[track_caller]
fn assert_refused_for(answers: &[Answer], code: &str, least: u64, most: u64) {
    let refused: Vec<_> = answers.iter().filter(|answer| answer.body["code"] == code).collect();
    assert!(!refused.is_empty());
    for answer in refused {
        let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
        assert!((least..=most).contains(&seconds), "{seconds}");
        assert_eq!((answer.status, &answer.body["retry_after"]), (429, &json!(seconds)));
        if answer.headers.contains_key("ratelimit-limit") {
            assert_eq!(answer.header("ratelimit-reset"), answer.header("retry-after"));
            assert_eq!(answer.header("ratelimit-remaining"), "0");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_crowd_of_one_shoppers_orders_one_passes_and_of_claims_three() {
    let Some(shop) = three_instances().await else { return };
    let shoppers = shop.shoppers();
    let product = shop.product(1_000, 1_000).await;

    let answers = at_once(64, &shop.visitor, |_| order(&shoppers[0], order_of(&[product]))).await;
    assert_tally(&answers, &[("201", 1), ("rate_limited", 63)]);
    assert_refused_for(&answers, "rate_limited", 500, 600);
    let answers = at_once(6, &shop.visitor, |_| order(&shoppers[0], order_of(&[product]))).await;
    assert_tally(&answers, &[("rate_limited", 6)]);
    // A limit is one shopper's.
    order(&shoppers[1], order_of(&[product])).await.expect(201);

    let answers = at_once(64, &shop.visitor, |_| {
        let shopper = shoppers[0].clone();
        async move { shopper.claim("FCFS100").await }
    })
    .await;
    assert_tally(&answers, &[("201", 1), ("coupon_already_claimed", 2), ("rate_limited", 61)]);
    assert_refused_for(&answers, "rate_limited", 500, 600);
    assert_eq!(shop.stock(product).await, (998, 0));
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_failures_at_three_instances_begin_one_block_at_all_of_them() {
    let Some(shop) = three_instances().await else { return };
    // One account guessed at by a crowd, through all doors: five guesses are answered, known or not.
    let known = format!("{}@test.example", unique("known"));
    let account = json!({"email": known, "name": "김담이", "password": "correct horse 9"});
    shop.visitor.post("/api/v1/auth/register", &account).await.expect(201);
    for email in [known.clone(), format!("{}@test.example", unique("unknown"))] {
        let answers = at_once(24, &shop.visitor, |_| {
            let (visitor, body) = (shop.visitor.clone(), json!({"email": email, "password": "a wrong one 1"}));
            async move { visitor.post("/api/v1/auth/login", &body).await }
        })
        .await;
        assert_tally(&answers, &[("invalid_credentials", 5), ("temporarily_blocked", 19)]);
        for number in 0..3 {
            let body = json!({"email": email, "password": "correct horse 9"});
            let blocked = shop.door(number).post("/api/v1/auth/login", &body).await;
            // The clocks of two instances may be a millisecond apart.
            assert_refused_for(&[blocked], "temporarily_blocked", 500, 601);
        }
    }
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shoppers_refusals_at_three_instances_count_together() {
    let Some(server) = mysql_server() else { return };
    let shop = Fleet::of_three(&server, Filling::Load { shoppers: 2 }, &[("FAILURE_LIMIT", "5")]).await;
    let shoppers = shop.shoppers();
    let product = shop.product(1_000, 1_000).await;
    let wrong = json!({"items": [{"product_id": product, "quantity": 1}], "expected_amount": 1});
    let crowd = async |count| at_once(count, &shop.visitor, |_| order(&shoppers[0], wrong.clone())).await;

    assert_tally(&crowd(4).await, &[("price_changed", 4)]);
    order(&shoppers[0], order_of(&[product])).await.expect(201);
    assert_tally(&crowd(4).await, &[("price_changed", 4)]);
    // One more, and eleven that may have come in before it was counted.
    let answers = crowd(12).await;
    let words = tally(&answers);
    assert!(words.keys().all(|word| ["price_changed", "temporarily_blocked"].contains(&word.as_str())), "{words:?}");
    assert!(words["price_changed"] >= 1, "{words:?}");
    let answers = at_once(6, &shop.visitor, |_| order(&shoppers[0], order_of(&[product]))).await;
    assert_tally(&answers, &[("temporarily_blocked", 6)]);
    assert_refused_for(&answers, "temporarily_blocked", 500, 601);
    order(&shoppers[1], order_of(&[product])).await.expect(201);
    assert_eq!(shop.stock(product).await, (998, 0));
    shop.close();
}
