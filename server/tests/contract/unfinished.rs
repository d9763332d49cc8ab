//! What a program is told of an order that a fault of the shop's struck: 202 while it waits to be undone, and then why
//! it did not end well; each as the API's document says. The faults are [`shop::failpoints`], which the program has in
//! builds of tests; `server/tests/crash` goes through all of them.

use crate::fleet::{Filling, Fleet, order_of, unique, until};
use serde_json::json;

const ORDERS: &str = "/api/v1/orders";
/// So that nobody waits for the specification's times.
const HASTY: [(&str, &str); 4] =
    [("RESERVATION_TTL", "5s"), ("RECOVERY_DELAY", "5s"), ("EXPIRY_EVERY", "100ms"), ("RECOVERY_EVERY", "100ms")];

/// An order that meets these faults is answered 202 in `state`, and asked for again in the end with 409 and `code`.
async fn an_order_is_undone(failpoints: &str, [state, code, last]: [&str; 3]) {
    let settings: Vec<(&str, &str)> = HASTY.into_iter().chain([("FAILPOINTS", failpoints)]).collect();
    let fleet = Fleet::on_sqlite(Filling::Load { shoppers: 1 }, &settings).await;
    let shopper = fleet.shopper_with(50_000).await;
    let product = fleet.product(12_300, 10).await;
    let (key, order) = (unique("key"), order_of(&[product]));

    let first = shopper.post_with_key(ORDERS, &key, &order).await.expect(202);
    let first = fleet.as_documented("post", ORDERS, first);
    assert_eq!((&first.body["status"], &first.body["finished_at"]), (&json!(state), &json!(null)));
    let own = format!("{ORDERS}/{}", first.id());
    assert_eq!(first.header("location"), own);
    assert_eq!(fleet.stock(product).await, (10, 1), "its piece is held");

    let mut again = None;
    until("the order is undone", async || {
        let answer = shopper.post_with_key(ORDERS, &key, &order).await;
        let is_open = answer.status == 202 || answer.body["code"] == "request_in_progress";
        again = Some(fleet.as_documented("post", ORDERS, answer));
        !is_open
    })
    .await;
    let again = again.expect("an answer").problem(409, code);
    assert_eq!(again.body["order_id"], first.body["id"]);
    let shown = fleet.as_documented("get", "/api/v1/orders/{id}", shopper.get(&own).await.expect(200));
    assert_eq!(shown.body["status"], last);
    assert_eq!((shopper.balance().await, fleet.stock(product).await), (50_000, (10, 0)));
    fleet.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_could_not_be_finished_is_accepted_and_then_failed() {
    an_order_is_undone("confirm.begin=return(error)", ["PENDING", "order_failed", "FAILED"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_could_not_even_be_marked_is_accepted_and_then_expired() {
    an_order_is_undone("pay.begin=return(error);pend.begin=return(error)", ["PENDING", "order_expired", "EXPIRED"])
        .await;
}
