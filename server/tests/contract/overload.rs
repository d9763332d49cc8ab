//! What shoppers see when more comes than the shop can do, when others dawdle, and when the shop closes in the middle
//! of a sale. Bounds on time are wide: they tell "at once" from "when the crowd is through", not fast from slow. How
//! fast it is says `docs/overload.md`, whose figures `make overload` prints.

#![allow(clippy::disallowed_methods, reason = "a test measures how long the shop takes by the machine's clock")]

use crate::client::{Answer, Client};
use crate::degradation::{BUYERS, Buyers, FULL_WALLET, HASTY, PRICE, STOCK, ask, assert_only, settle, word};
use crate::fleet::{Filling, Fleet, mysql_server, new_database, unique, until};
use crate::mariadb::MariaDb;
use futures::future::join_all;
use rustix::process::{Resource, getrlimit, setrlimit};
use sqlx::{Connection, MySqlConnection, SqliteConnection};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// What is promised of a shop that is told to end.
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// Sooner than this nothing could be done that has to wait for the database.
const AT_ONCE: Duration = Duration::from_secs(5);
/// What has not come about by then never will.
const AT_MOST: Duration = Duration::from_secs(60);

/// A shop of one instance on each engine, with the address of its database.
async fn on_each_engine(shoppers: usize, settings: &[(&str, &str)]) -> Vec<(Fleet, String)> {
    let filling = Filling::Load { shoppers };
    let sqlite = Fleet::on_sqlite(filling, settings).await;
    let file = format!("sqlite://{}", sqlite.folder().join("damda.db").display());
    let mut shops = vec![(sqlite, file)];
    if let Some(server) = mysql_server() {
        let database = new_database(&server).await;
        shops.push((Fleet::open(&database, 1, filling, settings).await, database));
    }
    shops
}

/// Somebody who keeps every order waiting.
enum Hold {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
}

impl Hold {
    async fn take(database: &str, product: i64) -> Self {
        if database.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(database).await.expect("the shop's file");
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("the one writer");
            Self::Sqlite(connection)
        } else {
            let mut connection = MySqlConnection::connect(database).await.expect("the shop's database");
            sqlx::raw_sql("BEGIN").execute(&mut connection).await.expect("a transaction");
            let lock = sqlx::query("SELECT id FROM products WHERE id = ? FOR UPDATE").bind(product);
            lock.execute(&mut connection).await.expect("the product's row");
            Self::MySql(connection)
        }
    }

    async fn end(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.expect("closed"),
            Self::MySql(connection) => connection.close().await.expect("closed"),
        }
    }
}

/// One order of each, all at once: the answers, and how long each took.
fn order_at_once(shoppers: &[Client], product: i64) -> JoinHandle<Vec<(Answer, Duration)>> {
    let shoppers = shoppers.to_vec();
    tokio::spawn(async move {
        let began = Instant::now();
        let orders = shoppers.iter().map(|shopper| async move {
            let answer = ask(shopper, &unique("key"), product).await.expect("an answer");
            (answer, began.elapsed())
        });
        join_all(orders).await
    })
}

/// Crowd after crowd waits for a second, until some are refused; gives how many bought meanwhile.
async fn teach_that_it_is_slow(database: &str, shoppers: &[Client], product: i64) -> i64 {
    let mut sold = 0;
    for _ in 0..20 {
        let hold = Hold::take(database, product).await;
        let slow = order_at_once(shoppers, product);
        sleep(Duration::from_secs(1)).await;
        hold.end().await;
        let statuses: Vec<u16> = slow.await.expect("a crowd").iter().map(|(answer, _)| answer.status).collect();
        sold += i64::try_from(statuses.iter().filter(|status| **status == 201).count()).expect("a small number");
        if statuses.iter().filter(|status| **status == 503).count() > 60 {
            return sold;
        }
    }
    panic!("twenty seconds of waiting, and nobody is refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_orders_than_are_done_within_half_a_second_are_refused_at_once_and_nothing_is_lost() {
    for (shop, database) in on_each_engine(501, &[]).await {
        let (product, shoppers) = (shop.product(PRICE, STOCK).await, shop.shoppers());
        let (lone, shoppers) = shoppers.split_first().expect("shoppers");
        let mut sold = teach_that_it_is_slow(&database, shoppers, product).await;
        // Now it lets in only so many as that pace allows; the others hear of it while nothing is done at all.
        let hold = Hold::take(&database, product).await;
        let crowd = order_at_once(shoppers, product);
        sleep(AT_ONCE + Duration::from_secs(1)).await;
        assert!(!crowd.is_finished(), "nobody is sold anything meanwhile");
        shop.visitor.get(&format!("/api/v1/products/{product}")).await.expect(200);
        hold.end().await;
        let (before, mut refused) = (sold, 0);
        for (answer, took) in crowd.await.expect("a crowd") {
            if answer.status == 201 {
                sold += 1;
            } else {
                let answer = shop.as_documented("post", "/api/v1/orders", answer.problem(503, "service_unavailable"));
                assert_eq!((answer.header("retry-after"), &answer.body["retry_after"]), ("1", &1.into()));
                assert!(took < AT_ONCE, "{took:?}");
                refused += 1;
            }
        }
        assert!(refused > 50 && sold >= before + 100, "{refused} refused, {sold} sold");
        lone.buy(product, 1).await.expect(201);
        assert_eq!(shop.stock(product).await, (STOCK - sold - 1, 0));
        shop.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_at_the_login_is_heard_or_turned_away_and_holds_up_no_order() {
    let shop = Fleet::on_sqlite(Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let buyers = Buyers::begin(&shop.shoppers(), shop.product(PRICE, STOCK).await);
    buyers.sell(20).await;
    let began = Instant::now();
    let logins = (0..500).map(|number| {
        let visitor = shop.visitor.clone();
        async move {
            let body = serde_json::json!({"email": format!("{number}@test.example"), "password": "wrong password"});
            let answer = visitor.post("/api/v1/auth/login", &body).await;
            (answer, began.elapsed())
        }
    });
    let logins = tokio::spawn(join_all(logins));
    buyers.sell(50).await;
    assert!(!logins.is_finished(), "orders go through while passwords are hashed");
    let mut turned_away = 0;
    for (answer, took) in logins.await.expect("a crowd") {
        if answer.status == 401 {
            answer.problem(401, "invalid_credentials");
        } else {
            assert_eq!(answer.problem(503, "service_unavailable").header("retry-after"), "1");
            assert!(took < AT_MOST / 2, "{took:?}");
            turned_away += 1;
        }
    }
    assert!((1..500).contains(&turned_away), "{turned_away} turned away");
    assert_only(&settle(&shop, vec![buyers]).await, &["201"]);
    shop.close();
}

// ---------------------------------------------------------------- who dawdles

fn address_of(shop: &Fleet) -> SocketAddr {
    shop.instances[0].base.trim_start_matches("http://").parse().expect("an address")
}

async fn connect(shop: &Fleet) -> TcpStream {
    TcpStream::connect(address_of(shop)).await.expect("the shop lets it in")
}

/// Sends these bytes, then one `x` after another, until it is cut off.
async fn trickle(mut stream: TcpStream, bytes: &str) {
    stream.write_all(bytes.as_bytes()).await.expect("sent");
    let cut_off = async {
        let mut said = [0; 1_024];
        loop {
            let is_over = stream.write_all(b"x").await.is_err();
            let heard = timeout(Duration::from_millis(500), stream.read(&mut said)).await;
            if is_over || matches!(heard, Ok(Ok(0) | Err(_))) {
                break;
            }
        }
    };
    timeout(AT_MOST, cut_off).await.expect("it is cut off");
}

/// Sends chunks without end, until it is cut off.
async fn send_without_end(mut stream: TcpStream, head: &str) {
    stream.write_all(head.as_bytes()).await.expect("sent");
    let chunk = [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat();
    let cut_off = async { while stream.write_all(&chunk).await.is_ok() {} };
    timeout(AT_MOST, cut_off).await.expect("it is cut off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_a_byte_at_a_time_or_without_end_is_cut_off_while_shoppers_buy() {
    let shop = Fleet::on_sqlite(Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let before = shop.instances[0].memory_mib();
    let shoppers = shop.shoppers();
    let buyers = Buyers::begin(&shoppers, shop.product(PRICE, STOCK).await);
    buyers.sell(20).await;
    let head = |path: &str, how: &str| format!("POST {path} HTTP/1.1\r\nhost: shop\r\n{how}\r\n\r\n");
    let mut nuisances: Vec<JoinHandle<()>> = Vec::new();
    for _ in 0..100 {
        let bytes = "GET /products HTTP/1.1\r\nx-long: ";
        nuisances.push(tokio::spawn(trickle(connect(&shop).await, bytes)));
        for path in ["/api/v1/orders", "/fn/place_order"] {
            let bytes = head(path, "content-length: 1000");
            let stream = connect(&shop).await;
            nuisances.push(tokio::spawn(async move { trickle(stream, &bytes).await }));
        }
    }
    for path in ["/api/v1/orders", "/fn/place_order", "/nowhere"].into_iter().cycle().take(12) {
        let (bytes, stream) = (head(path, "transfer-encoding: chunked"), connect(&shop).await);
        nuisances.push(tokio::spawn(async move { send_without_end(stream, &bytes).await }));
    }
    buyers.sell(50).await;
    for ended in join_all(nuisances).await {
        ended.expect("cut off");
    }
    buyers.sell(20).await;
    let more = shop.instances[0].memory_mib().saturating_sub(before);
    assert!(more < 256, "{more} MiB more");
    assert_only(&settle(&shop, vec![buyers]).await, &["201"]);
    shop.close();
}

/// Lets this process open so many files.
fn open_up_to(files: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < files) {
        assert!(
            limit.maximum.is_none_or(|most| most >= files),
            "this machine lets a process open {:?} files, and this test needs {files}: raise `ulimit -Hn`",
            limit.maximum
        );
        limit.current = Some(files);
        setrlimit(Resource::Nofile, limit).expect("as many files as that");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_who_say_nothing_cost_little_and_shoppers_buy_meanwhile() {
    const IDLE: usize = 2_500;
    open_up_to(4_096);
    let shop = Fleet::on_sqlite(Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let instance = &shop.instances[0];
    let (memory, files) = (instance.memory_mib(), instance.files());
    let mut idle = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        idle.push(connect(&shop).await);
    }
    until("all are let in", async || instance.files() >= files + IDLE).await;
    let buyers = Buyers::begin(&shop.shoppers(), shop.product(PRICE, STOCK).await);
    buyers.sell(50).await;
    assert_only(&settle(&shop, vec![buyers]).await, &["201"]);
    let more = instance.memory_mib().saturating_sub(memory);
    assert!(more < 128, "{more} MiB more");
    drop(idle);
    until("their files are given back", async || instance.files() < files + IDLE / 2).await;
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_may_open_no_more_files_waits_for_some_and_sells_on() {
    let shop = Fleet::on_sqlite(Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let (product, shoppers) = (shop.product(PRICE, STOCK).await, shop.shoppers());
    let instance = &shop.instances[0];
    let allow = |files: usize| {
        let arguments = ["--pid", &instance.pid(), &format!("--nofile={files}:")];
        let set = Command::new("prlimit").args(arguments).status().expect("prlimit, of util-linux, runs");
        assert!(set.success(), "{files} files");
    };
    shoppers[0].buy(product, 1).await.expect(201);
    allow(instance.files());
    let mut waiting = Vec::new();
    for _ in 0..50 {
        waiting.push(connect(&shop).await);
    }
    until("the log says so", async || shop.log(0).contains("connections cannot be let in")).await;
    let before = instance.cpu_seconds();
    sleep(Duration::from_secs(2)).await;
    let used = instance.cpu_seconds() - before;
    assert!(used < 1.0, "it waits rather than tries without pause: {used} s of 2");
    shoppers[0].buy(product, 1).await.expect(201);
    allow(4_096);
    let newcomer = Client::to(vec![instance.base.clone()]).with_token(&shoppers[1].token());
    newcomer.buy(product, 1).await.expect(201);
    assert_eq!(shop.log(0).matches("connections cannot be let in").count(), 1, "told once");
    drop(waiting);
    assert_eq!(shop.stock(product).await, (STOCK - 3, 0));
    shop.close();
}

// ---------------------------------------------------------------- the end

/// Shoppers who order without pause until they are not answered with 201 any more: each key, and how often which
/// word was heard.
struct Sale {
    product: i64,
    running: Vec<JoinHandle<Vec<(String, String)>>>,
}

impl Sale {
    fn begin(shoppers: &[Client], product: i64) -> Self {
        let running = shoppers.iter().cloned().map(|shopper| {
            tokio::spawn(async move {
                let mut heard = Vec::new();
                loop {
                    let key = unique("key");
                    let word = word(&ask(&shopper, &key, product).await);
                    let is_over = word != "201";
                    heard.push((key, word));
                    if is_over {
                        return heard;
                    }
                }
            })
        });
        Self { product, running: running.collect() }
    }

    /// Everything that was heard, each asked again of the instance that is open now: what was sold stays sold, and
    /// what was not is sold now or given back.
    async fn settle(self, shop: &Fleet, open: &str, tokens: &[String]) -> BTreeMap<String, usize> {
        let (mut seen, mut sold) = (BTreeMap::new(), 0);
        for (heard, token) in self.running.into_iter().zip(tokens) {
            let shopper = Client::to(vec![open.to_owned()]).with_token(token);
            let mut paid = 0;
            for (key, word) in heard.await.expect("a shopper") {
                let mut last = String::new();
                until("a request is answered for good", async || {
                    last = self::word(&ask(&shopper, &key, self.product).await);
                    ["201", "409 order_expired", "409 order_failed"].contains(&last.as_str())
                })
                .await;
                assert!(word != "201" || last == "201", "{key} was sold and is {last}");
                paid += i64::from(last == "201") * PRICE;
                *seen.entry(word).or_default() += 1;
            }
            assert_eq!(shopper.balance().await, FULL_WALLET - paid);
            sold += paid / PRICE;
        }
        let stock =
            Client::to(vec![open.to_owned()]).get(&format!("/api/v1/products/{}", self.product)).await.expect(200);
        assert_eq!((&stock.body["total_stock"], &stock.body["reserved_stock"]), (&(STOCK - sold).into(), &0.into()));
        shop.verify();
        seen
    }
}

/// Waits for an instance that was told to end; gives how long it took.
async fn ends_in_good_order(shop: &mut Fleet) -> Duration {
    let (address, instance) = (address_of(shop), shop.instances.remove(0));
    let began = Instant::now();
    let ended = tokio::task::spawn_blocking(move || instance.wait(ENDS_WITHIN + Duration::from_secs(20)));
    let ended = ended.await.expect("a thread");
    let took = began.elapsed();
    assert_eq!(ended.code(), Some(0), "{}", shop.log(0));
    assert!(took <= ENDS_WITHIN, "{took:?}");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_is_told_to_end_in_mid_sale_finishes_what_it_took_and_waits_for_nobody_who_dawdles() {
    for (mut shop, _) in on_each_engine(64, &HASTY).await {
        let (product, shoppers) = (shop.product(PRICE, STOCK).await, shop.shoppers());
        let tokens: Vec<String> = shoppers.iter().map(Client::token).collect();
        let sale = Sale::begin(&shoppers, product);
        until("the sale goes on", async || shop.stock(product).await.0 < STOCK - 100).await;
        let order = format!(
            "POST /api/v1/orders HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n\r\n{{",
            tokens[0]
        );
        let mut dawdlers = Vec::new();
        for bytes in ["", "GET /products HTTP/1.1\r\nho", &order] {
            let mut stream = connect(&shop).await;
            stream.write_all(bytes.as_bytes()).await.expect("sent");
            dawdlers.push(stream);
        }
        shop.instances[0].signal("TERM");
        // Whoever is impatient changes nothing.
        shop.instances[0].signal("TERM");
        ends_in_good_order(&mut shop).await;
        drop(dawdlers);

        let again = shop.start(1, &[]).ready().await;
        let seen = sale.settle(&shop, &again.base, &tokens).await;
        // What was taken in was answered; the next order of each found nobody.
        assert_only(&seen, &["201", "no answer"]);
        assert!(seen["201"] >= 100 && seen["no answer"] == 64, "{seen:?}");
        assert!(again.stop().status.success());
        shop.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_whose_database_is_frozen_ends_in_time_all_the_same() {
    let Some(server) = MariaDb::start() else { return };
    let database = new_database(&server.url).await;
    let mut shop = Fleet::open(&database, 1, Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let (product, shoppers) = (shop.product(PRICE, STOCK).await, shop.shoppers());
    let tokens: Vec<String> = shoppers.iter().map(Client::token).collect();
    let sale = Sale::begin(&shoppers, product);
    until("the sale goes on", async || shop.stock(product).await.0 < STOCK - 50).await;
    let frozen = server.freeze();
    shop.instances[0].signal("TERM");
    ends_in_good_order(&mut shop).await;
    drop(frozen);

    let again = shop.start(1, &[]).ready().await;
    let seen = sale.settle(&shop, &again.base, &tokens).await;
    assert_only(&seen, &["201", "202", "no answer", "500 internal_error", "503 service_unavailable"]);
    assert!(again.stop().status.success());
    shop.close();
}
