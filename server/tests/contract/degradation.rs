//! What shoppers see when something the shop needs goes away, and that it comes back by itself: three instances,
//! shoppers who buy without pause, and something that fails in the middle. Afterwards every request is answered
//! for good, every wallet has paid for exactly what was sold, and `damda verify` holds. The table of it all is
//! `docs/degradation.md`; what a test measures it prints (`--nocapture`).

#![allow(clippy::disallowed_methods, reason = "a test measures how long the shop takes by the machine's clock")]
#![allow(clippy::print_stdout, reason = "what was measured is for whoever asks for it")]

use crate::client::{Answer, Client};
use crate::fleet::{Filling, Fleet, mysql_server, new_database, order_of, unique, until};
use crate::mariadb::MariaDb;
use crate::redis_server::RedisServer;
use crate::wire::Wire;
use futures::future::join_all;
use rdkafka::mocking::MockCluster;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const ORDERS: &str = "/api/v1/orders";
pub const PRICE: i64 = 1_000;
pub const STOCK: i64 = 1_000_000;
pub const FULL_WALLET: i64 = 10_000_000;
pub const BUYERS: usize = 16;

/// What died is given back within seconds, so that a test need not wait for the specification's minutes.
pub const HASTY: [(&str, &str); 3] = [("RESERVATION_TTL", "5s"), ("RECOVERY_DELAY", "2s"), ("RECOVERY_EVERY", "1s")];

/// How long something is gone: `DAMDA_TEST_OUTAGE` in seconds, 3 unless said.
fn outage() -> Duration {
    let said = std::env::var("DAMDA_TEST_OUTAGE").ok();
    Duration::from_secs(said.map_or(3, |text| text.parse().expect("whole seconds")))
}

/// One order that somebody asked for.
struct Attempt {
    shopper: Client,
    key: String,
    /// The first answer: its status and code, or that there was none.
    seen: String,
}

/// Shoppers who buy one piece after another until they are told to stop.
pub struct Buyers {
    product: i64,
    sold: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    running: Vec<JoinHandle<Vec<Attempt>>>,
    /// Of those who stopped when they were refused.
    stopped: Vec<Vec<Attempt>>,
}

impl Buyers {
    pub fn begin(shoppers: &[Client], product: i64) -> Self {
        let (sold, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let running = shoppers.iter().cloned().map(|shopper| {
            let (sold, is_over) = (sold.clone(), is_over.clone());
            tokio::spawn(async move {
                let mut attempts = Vec::new();
                while !is_over.load(Ordering::SeqCst) {
                    let key = unique("key");
                    let seen = word(&ask(&shopper, &key, product).await);
                    if seen == "201" {
                        sold.fetch_add(1, Ordering::SeqCst);
                    }
                    attempts.push(Attempt { shopper: shopper.clone(), key, seen });
                }
                attempts
            })
        });
        let running = running.collect();
        Self { product, sold, is_over, running, stopped: Vec::new() }
    }

    /// Lets one more shopper buy until they are refused like this, often enough in a row that it is no accident. What
    /// they bought until then is settled with the others', but not counted among what these have seen.
    pub async fn join_until_refused(&mut self, shopper: &Client, refusal: &str) {
        const IN_A_ROW: usize = 5;
        let mut attempts = Vec::new();
        until("orders are refused", async || {
            for _ in 0..IN_A_ROW {
                let key = unique("key");
                let seen = word(&ask(shopper, &key, self.product).await);
                let is_refused = seen == refusal;
                attempts.push(Attempt { shopper: shopper.clone(), key, seen });
                if !is_refused {
                    return false;
                }
            }
            true
        })
        .await;
        self.stopped.push(attempts);
    }

    /// Waits until so many more were sold.
    pub async fn sell(&self, more: u64) {
        let before = self.sold.load(Ordering::SeqCst);
        until("orders go through", async || self.sold.load(Ordering::SeqCst) >= before + more).await;
    }
}

/// Ends all buyers of the product; gives how often each answer was seen. Then every attempt is answered for good,
/// and wallets and stock say the same as the answers.
pub async fn settle(shop: &Fleet, buyers: Vec<Buyers>) -> BTreeMap<String, usize> {
    let product = buyers[0].product;
    let (mut running, mut stopped) = (Vec::new(), Vec::new());
    for group in buyers {
        group.is_over.store(true, Ordering::SeqCst);
        running.extend(group.running);
        stopped.extend(group.stopped);
    }
    let mut all: Vec<Vec<Attempt>> =
        join_all(running).await.into_iter().map(|attempts| attempts.expect("a buyer")).collect();
    let (mut seen, mut sold) = (BTreeMap::new(), 0);
    for attempt in all.iter().flatten() {
        *seen.entry(attempt.seen.clone()).or_default() += 1;
    }
    all.extend(stopped);
    for attempts in &all {
        let mut paid = 0;
        for attempt in attempts {
            if attempt.seen == "201" || ends_sold(attempt, product).await {
                paid += PRICE;
                sold += 1;
            }
        }
        if let Some(attempt) = attempts.first() {
            assert_eq!(attempt.shopper.balance().await, FULL_WALLET - paid);
        }
    }
    assert_eq!(shop.stock(product).await, (STOCK - sold, 0), "nothing is held any more");
    seen
}

/// Repeats a request until its answer is for good; whether that is an order that was sold.
async fn ends_sold(attempt: &Attempt, product: i64) -> bool {
    let mut is_sold = false;
    until("a request is answered for good", async || {
        let word = word(&ask(&attempt.shopper, &attempt.key, product).await);
        is_sold = word == "201";
        is_sold || ["409 order_expired", "409 order_failed"].contains(&word.as_str())
    })
    .await;
    is_sold
}

/// `None` when nobody answered.
pub async fn ask(shopper: &Client, key: &str, product: i64) -> Option<Answer> {
    let request = shopper.request(Method::POST, ORDERS).header("Idempotency-Key", key).json(&order_of(&[product]));
    Answer::try_of(request).await.ok()
}

pub fn word(answer: &Option<Answer>) -> String {
    match answer {
        None => "no answer".to_owned(),
        Some(Answer { status, body, .. }) => match body["code"].as_str() {
            Some(code) => format!("{status} {code}"),
            None => status.to_string(),
        },
    }
}

/// What each instance's `/readyz` says: its status, what fails, what is degraded; `None` where nobody answers.
async fn readiness(shop: &Fleet) -> Vec<Option<(u16, Value, Value)>> {
    let asked = (0..shop.instances.len()).map(|number| async move {
        let answer = Answer::try_of(shop.door(number).request(Method::GET, "/readyz")).await.ok()?;
        Some((answer.status, answer.body["failing"].clone(), answer.body["degraded"].clone()))
    });
    join_all(asked).await
}

/// Waits until every instance says so.
async fn until_each_says(shop: &Fleet, status: u16, failing: &[&str], degraded: &[&str]) {
    let expected = Some((status, json!(failing), json!(degraded)));
    until(&format!("every instance says {expected:?}"), async || {
        readiness(shop).await.iter().all(|said| *said == expected)
    })
    .await;
}

#[track_caller]
pub fn assert_only(seen: &BTreeMap<String, usize>, allowed: &[&str]) {
    assert!(seen.keys().all(|word| allowed.contains(&word.as_str())), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_restarts_or_is_gone_for_a_while_loses_nothing_and_is_found_again() {
    let Some(mut server) = MariaDb::start() else { return };
    let wire = Wire::to(server.address()).await;
    let database = server.by_way_of(wire.address, &new_database(&server.url).await);
    let shop = Fleet::open(&database, 3, Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let shoppers = shop.shoppers();
    let rounds = [("restarted", Duration::ZERO), ("gone", outage())];
    for ((what, gone), shoppers) in rounds.into_iter().zip(shoppers.chunks(BUYERS / 2)) {
        let buyers = Buyers::begin(shoppers, shop.product(PRICE, STOCK).await);
        buyers.sell(50).await;
        server.stop();
        if !gone.is_zero() {
            until_each_says(&shop, 503, &["database"], &[]).await;
            tokio::time::sleep(gone).await;
        }
        server.begin();
        wire.lead(server.address(), Duration::ZERO);
        let back = Instant::now();
        until_each_says(&shop, 200, &[], &[]).await;
        let ready = back.elapsed();
        buyers.sell(1).await;
        let sold = back.elapsed();
        buyers.sell(50).await;
        let seen = settle(&shop, vec![buyers]).await;
        println!("MariaDB {what} ({gone:?}): ready after {ready:?}, sold after {sold:?}, seen {seen:?}");
        // An answer each time: of ours a fault, an order that will be given back, one that came too late.
        assert_only(&seen, &["201", "202", "409 order_expired", "500 internal_error", "503 service_unavailable"]);
        shop.verify();
    }
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_database_makes_a_slow_shop_and_nothing_else() {
    let Some(server) = MariaDb::start() else { return };
    let wire = Wire::to(server.address()).await;
    let database = server.by_way_of(wire.address, &new_database(&server.url).await);
    // On a machine that is slow as well, an order may take longer than its stock is held.
    let patient = [("RESERVATION_TTL", "120s")];
    let shop = Fleet::open(&database, 3, Filling::Load { shoppers: 33 }, &patient).await;
    let (product, shoppers) = (shop.product(PRICE, STOCK).await, shop.shoppers());
    wire.lead(server.address(), Duration::from_millis(200));
    for wave in shoppers[..32].chunks(8) {
        let orders = join_all(wave.iter().map(|shopper| async move {
            let began = Instant::now();
            assert_eq!(word(&ask(shopper, &unique("key"), product).await), "201");
            began.elapsed()
        }));
        println!("MariaDB 200 ms late: 8 orders at once took {:?} at most", orders.await.into_iter().max());
    }
    // One request to two instances at once: one is at work, the other says so.
    let key = unique("key");
    let token = shoppers[32].token();
    let twice = [0, 1].map(|number| {
        let shopper = shop.door(number).with_token(&token);
        let key = &key;
        async move { word(&ask(&shopper, key, product).await) }
    });
    let mut twice = join_all(twice).await;
    twice.sort();
    assert_eq!(twice, ["201", "409 request_in_progress"]);
    let said = readiness(&shop).await;
    assert!(said.iter().all(|said| *said == Some((200, json!([]), json!([])))), "{said:?}");
    wire.lead(server.address(), Duration::ZERO);
    assert_eq!(shop.stock(product).await, (STOCK - 33, 0));
    shop.close();
}

/// Connections to this shop's database that ask nothing, yet hold rows. A live instance's are among them for a
/// moment, between two statements.
async fn list_idle_holders(database: &str) -> BTreeSet<i64> {
    let mut connection = sqlx::MySqlConnection::connect(database).await.expect("the database");
    let sql = "SELECT CAST(holder.id AS SIGNED INTEGER) FROM information_schema.innodb_trx AS held \
               JOIN information_schema.processlist AS holder ON holder.id = held.trx_mysql_thread_id \
               WHERE holder.db = DATABASE() AND holder.command = 'Sleep' AND held.trx_rows_locked > 0";
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_freezes_with_a_lock_in_hand_holds_nobody_up_for_long() {
    let Some(server) = mysql_server() else { return };
    let database = new_database(&server).await;
    let shop = Fleet::open(&database, 3, Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let product = shop.product(PRICE, STOCK).await;
    let victim = &shop.instances[2];
    let tokens: Vec<String> = shop.shoppers().iter().map(Client::token).collect();
    let through = |number: usize, token: &String| shop.door(number).with_token(token);
    let unlucky: Vec<Client> = tokens[..BUYERS / 2].iter().map(|token| through(2, token)).collect();
    let lucky: Vec<Client> =
        tokens[BUYERS / 2..].iter().enumerate().map(|(index, token)| through(index % 2, token)).collect();
    let unlucky = Buyers::begin(&unlucky, product);
    unlucky.sell(20).await;

    // Frozen at a moment when it holds rows: seen as held five times in a row.
    until("it is frozen with a lock in hand", async || {
        victim.signal("STOP");
        for _ in 0..5 {
            if list_idle_holders(&database).await.is_empty() {
                victim.signal("CONT");
                return false;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        true
    })
    .await;
    let frozen = Instant::now();
    // Only the frozen instance has been sold to, so these are its own.
    let held = list_idle_holders(&database).await;
    let lucky = Buyers::begin(&lucky, product);
    lucky.sell(1).await;
    let sold = frozen.elapsed();
    lucky.sell(50).await;
    assert!(sold < Duration::from_secs(30), "the others waited {sold:?}");
    // Longer than its reservations last, so that the others have taken its orders away.
    until("its lock is gone", async || list_idle_holders(&database).await.is_disjoint(&held)).await;
    while frozen.elapsed() < Duration::from_secs(8) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    victim.signal("CONT");
    unlucky.sell(20).await;
    let seen = settle(&shop, vec![unlucky, lucky]).await;
    println!("An instance frozen with a lock: the others sold after {sold:?}, seen {seen:?}");
    let given_back = ["409 order_expired", "409 order_failed"];
    let cut_off = ["202", "500 internal_error", "503 service_unavailable"];
    assert_only(&seen, &[["201"].as_slice(), &given_back, &cut_off].concat());
    until_each_says(&shop, 200, &[], &[]).await;
    shop.close();
}

/// Limits that nobody reaches, so that every order and every claim asks at the gate.
const WIDE: [(&str, &str); 3] =
    [("ORDER_LIMIT", "100000/1s"), ("CLAIM_LIMIT", "100000/60s"), ("FAILURE_LIMIT", "100000")];

/// One claim each, all at once; how often each answer was seen.
async fn claim_at_once(shoppers: &[Client]) -> BTreeMap<String, usize> {
    let claims = shoppers.iter().map(|shopper| async move { word(&Some(shopper.claim("FCFS100").await)) });
    let mut seen = BTreeMap::new();
    for word in join_all(claims).await {
        *seen.entry(word).or_default() += 1;
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_away_at_the_start_goes_and_comes_back_empty_costs_nobody_anything() {
    let Some(server) = mysql_server() else { return };
    let mut redis = RedisServer::absent().await;
    let url = redis.url();
    let settings: Vec<(&str, &str)> = WIDE.iter().copied().chain([("REDIS_URL", url.as_str())]).collect();
    let database = new_database(&server).await;
    let shop = Fleet::open(&database, 3, Filling::Load { shoppers: 140 }, &settings).await;
    let product = shop.product(PRICE, STOCK).await;
    let shoppers = shop.shoppers();
    let all = |count: usize| BTreeMap::from([("201".to_owned(), count)]);

    // Not there at the start: the shop is open, and the database alone decides.
    until_each_says(&shop, 200, &[], &["redis"]).await;
    assert_eq!(claim_at_once(&shoppers[..50]).await, all(50));
    redis.begin().await;
    let begun = Instant::now();
    until_each_says(&shop, 200, &[], &[]).await;
    let found = begun.elapsed();
    assert_eq!(claim_at_once(&shoppers[50..70]).await, all(20));

    // Gone in mid-sale, and back with nothing in it.
    let buyers = Buyers::begin(&shoppers[..BUYERS], product);
    buyers.sell(50).await;
    redis.kill();
    until_each_says(&shop, 200, &[], &["redis"]).await;
    buyers.sell(50).await;
    assert_eq!(claim_at_once(&shoppers[70..80]).await, all(10));
    tokio::time::sleep(outage()).await;
    redis.begin().await;
    let begun = Instant::now();
    until_each_says(&shop, 200, &[], &[]).await;
    let found_again = begun.elapsed();
    buyers.sell(50).await;
    let seen = settle(&shop, vec![buyers]).await;
    println!("Redis: found after {found:?}, again after {found_again:?}, seen {seen:?}");
    assert_only(&seen, &["201"]);
    let last = claim_at_once(&shoppers[80..140]).await;
    assert_eq!(last, BTreeMap::from([("201".to_owned(), 20), ("409 coupon_sold_out".to_owned(), 40)]));
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_is_away_delays_events_and_no_order() {
    let Some(server) = mysql_server() else { return };
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address");
    let wire = Wire::to(nobody).await;
    let brokers = wire.address.to_string();
    let database = new_database(&server).await;
    let settings = [("KAFKA_BROKERS", brokers.as_str())];
    let shop = Fleet::open(&database, 3, Filling::Load { shoppers: BUYERS }, &settings).await;
    until_each_says(&shop, 200, &[], &["kafka"]).await;
    let buyers = Buyers::begin(&shop.shoppers(), shop.product(PRICE, STOCK).await);
    buyers.sell(50).await;

    // A broker comes; what it is told in the end is for `tests/kafka` to read.
    let broker = MockCluster::new(1).expect("a broker");
    broker.create_topic("orders.v1", 1, 1).expect("a topic");
    wire.lead(broker.bootstrap_servers().parse().expect("an address"), Duration::ZERO);
    let begun = Instant::now();
    until_each_says(&shop, 200, &[], &[]).await;
    let found = begun.elapsed();
    buyers.sell(50).await;
    let seen = settle(&shop, vec![buyers]).await;
    println!("Kafka: found after {found:?}, seen {seen:?}");
    assert_only(&seen, &["201"]);
    shop.close();
}
