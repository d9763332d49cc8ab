//! The four alerts of SPEC §10 with real traffic: shoppers over HTTP make each fire, whoever is to be told is told by
//! letter, webhook and chat, once each, and hears when it is over. On both engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::large_futures, reason = "a test's stack is its own")]

#[path = "../support/mod.rs"]
mod support;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use futures::future::join_all;
use http::HeaderMap;
use serde_json::Value;
use server::alerts::Heralds;
use server::alerts::hook::sign;
use server::config::source::Source;
use server::config::{Config, Intervals};
use server::mail::Post;
use server::secret::Secret;
use server::serve::Outlets;
use shop::alert::service::list_alerts;
use shop::alert::{AlertName, Stage};
use shop::recovery::service::{recover_pending, stall_paid_orders};
use sqlx::Connection;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{House, NO_JOBS, without_limits};
use tokio::net::TcpListener;

const SECRET: &str = "a-secret-of-the-tests";
const MINUTE: Duration = Duration::from_secs(60);

/// What the other side was told: each by the webhook, and by the chat.
#[derive(Clone, Default)]
struct Told {
    hook: Arc<Mutex<Vec<Value>>>,
    chat: Arc<Mutex<Vec<String>>>,
}

impl Told {
    /// Somebody else's program, which listens on this machine; gives its address.
    async fn listen() -> (Self, String) {
        let told = Self::default();
        let app =
            Router::new().route("/hook", post(hear_hook)).route("/chat", post(hear_chat)).with_state(told.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        (told, address)
    }

    fn forget(&self) {
        self.hook.lock().unwrap().clear();
        self.chat.lock().unwrap().clear();
    }

    /// Whether the chat, which comes last, has heard as much as the webhook.
    fn is_told_everywhere(&self) -> bool {
        self.chat.lock().unwrap().len() == self.hook.lock().unwrap().len()
    }

    /// Of an alert, in the order they came.
    fn states_of(&self, alert: AlertName) -> Vec<String> {
        let hook = self.hook.lock().unwrap();
        let of_it = hook.iter().filter(|notice| notice["alert"] == alert.as_str());
        of_it.map(|notice| notice["state"].as_str().unwrap().to_owned()).collect()
    }
}

async fn hear_hook(State(told): State<Told>, headers: HeaderMap, body: Bytes) {
    let header = |name: &str| headers[name].to_str().unwrap();
    let signature = sign(&Secret::new(SECRET), header("damda-timestamp"), &body);
    assert_eq!(header("damda-signature"), format!("sha256={signature}"));
    let notice: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(notice["id"], header("damda-delivery"));
    told.hook.lock().unwrap().push(notice);
}

async fn hear_chat(State(told): State<Told>, body: Bytes) {
    let body: Value = serde_json::from_slice(&body).unwrap();
    told.chat.lock().unwrap().push(body["text"].as_str().unwrap().to_owned());
}

/// Settings as an owner writes them.
fn config(address: &str, letters: &Path) -> Config {
    let environment = [
        ("MAIL", format!("file:{}", letters.display())),
        ("MAIL_FROM", "담다 <no-reply@shop.example>".to_owned()),
        ("ALERT_MAIL", "owner@shop.example".to_owned()),
        ("ALERT_LANG", "en".to_owned()),
        ("ALERT_WEBHOOK", format!("http://{address}/hook")),
        ("ALERT_WEBHOOK_SECRET", SECRET.to_owned()),
        ("ALERT_WEBHOOK_PRIVATE", "allow".to_owned()),
        ("ALERT_SLACK_WEBHOOK", format!("http://{address}/chat")),
    ];
    let find = move |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
    Config::read(&Source::new(find, None).unwrap()).unwrap()
}

/// Every house there may be, its alerts judged many times a second, and what the other side is told.
async fn houses(letters: &Path) -> (Vec<House>, Told) {
    let (told, address) = Told::listen().await;
    let config = config(&address, letters);
    let post = Post::open(config.mail.as_ref().unwrap(), "http://shop.test").unwrap();
    let heralds = Heralds::open(&config.alerts, Some(post.clone()), "http://shop.test").unwrap();
    let settings = config.serving_settings().unwrap();
    let settings = shop::Settings { alert_recipients: settings.alert_recipients, ..without_limits() };
    let intervals = Intervals { alerts: Some(Duration::from_millis(20)), ..NO_JOBS };
    let outlets = Outlets { post: Some(post), heralds };
    (House::on_each_engine_telling(settings, intervals, &outlets).await, told)
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(MINUTE, waiting).await.unwrap_or_else(|_| panic!("not within a minute: {what}"));
}

async fn stage(house: &House, name: AlertName) -> Stage {
    let alerts = list_alerts(&house.shop).await.unwrap();
    alerts.into_iter().find(|alert| alert.rule.name == name).unwrap().state.stage
}

async fn until_fires(house: &House, told: &Told, name: AlertName) {
    until("it fires", async || stage(house, name).await == Stage::Firing).await;
    until("the webhook hears", async || told.states_of(name) == ["firing"]).await;
    until("the chat hears", async || told.is_told_everywhere()).await;
}

/// Time passes until the window is empty and a minute of quiet is over.
async fn until_over(house: &House, told: &Told, name: AlertName) {
    house.clock.advance(5 * MINUTE);
    until("it is over", async || {
        house.clock.advance(Duration::from_secs(10));
        stage(house, name).await == Stage::Resolved
    })
    .await;
    until("the webhook hears", async || told.states_of(name) == ["firing", "resolved"]).await;
    until("the chat hears", async || told.is_told_everywhere()).await;
}

/// Past every rule of the program.
async fn run_by_hand(house: &House, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    if house.url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(&house.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = sqlx::MySqlConnection::connect(&house.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// From now on the database refuses such writes.
async fn break_writes(house: &House, writes: &str, when: &str) {
    let sql = if house.url.starts_with("sqlite:") {
        format!(
            "CREATE TRIGGER broken BEFORE {writes} WHEN {when} BEGIN SELECT RAISE(ABORT, 'broken by the test'); END"
        )
    } else {
        format!(
            "CREATE TRIGGER broken BEFORE {writes} FOR EACH ROW IF {when} THEN \
             SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken by the test'; END IF"
        )
    };
    run_by_hand(house, &sql).await;
}

async fn mend(house: &House) {
    run_by_hand(house, "DROP TRIGGER broken").await;
}

/// Holds what every order needs for so long.
async fn hold_the_shelf(house: &House, lasts: Duration) {
    if house.url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(&house.url).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        tokio::time::sleep(lasts).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = sqlx::MySqlConnection::connect(&house.url).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT id FROM products FOR UPDATE").execute(&mut connection).await.unwrap();
        tokio::time::sleep(lasts).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Who is told of what, in the letters of a folder.
fn letters_about(folder: &Path, subject: &str) -> usize {
    let letters =
        std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let about = letters.filter(|letter| letter.lines().any(|line| line == format!("Subject: {subject}")));
    about.filter(|letter| letter.contains("owner@shop.example")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn payments_that_fail_are_told_and_so_is_their_end() {
    let letters = tempfile::tempdir().unwrap();
    let (houses, told) = houses(letters.path()).await;
    for (index, house) in houses.into_iter().enumerate() {
        told.forget();
        let name = AlertName::PaymentFailures;
        let (shopper, product) = (house.shopper_with(100_000).await, house.product(1_000, 100).await);
        for _ in 0..17 {
            shopper.buy(product, 1).await.expect(201);
        }
        // Three refused for balance: payments, and no failures.
        let poor = house.shopper().await;
        for _ in 0..3 {
            poor.buy(product, 1).await.problem(409, "insufficient_balance");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(stage(&house, name).await, Stage::Inactive);
        break_writes(&house, "INSERT ON point_transactions", "NEW.type = 'PAYMENT'").await;
        for _ in 0..3 {
            shopper.buy(product, 1).await.expect(202);
        }
        mend(&house).await;
        until_fires(&house, &told, name).await;
        let notice = told.hook.lock().unwrap().iter().find(|notice| notice["alert"] == name.as_str()).unwrap().clone();
        assert_eq!((notice["samples"].as_u64(), notice["threshold"].as_f64()), (Some(23), Some(10.0)));
        assert!(notice["figure"].as_f64().is_some_and(|figure| (13.0..13.1).contains(&figure)), "{notice}");
        let page = notice["runbook"].as_str().unwrap();
        assert_eq!(page, "http://shop.test/runbooks/payment-failures");
        let page = house.visitor().get(page.trim_start_matches("http://shop.test")).await.expect(200);
        assert!(page.text.contains("What to do") && page.text.contains("noindex"), "{}", page.text);
        until_over(&house, &told, name).await;
        let chats: Vec<String> =
            told.chat.lock().unwrap().iter().map(|text| text.lines().next().unwrap().to_owned()).collect();
        assert_eq!(chats, [":red_circle: *Alert: Payments fail*", ":white_check_mark: *Over: Payments fail*"]);
        for subject in ["Alert: Payments fail", "Over: Payments fail"] {
            assert_eq!(letters_about(letters.path(), subject), index + 1, "{subject}");
        }
        assert_eq!(recover_pending(&house.shop).await.unwrap(), 3);
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_that_cannot_be_given_back_are_told_and_so_is_their_end() {
    let letters = tempfile::tempdir().unwrap();
    let (houses, told) = houses(letters.path()).await;
    for house in houses {
        told.forget();
        let name = AlertName::RecoveryFailures;
        let (shopper, product) = (house.shopper_with(100_000).await, house.product(1_000, 100).await);
        break_writes(&house, "INSERT ON sales_buckets", "1 = 1").await;
        for _ in 0..20 {
            shopper.buy(product, 1).await.expect(202);
        }
        mend(&house).await;
        house.clock.advance(Duration::from_secs(61));
        assert_eq!(stall_paid_orders(&house.shop).await.unwrap(), 0);
        break_writes(&house, "INSERT ON point_transactions", "NEW.type = 'RECOVERY'").await;
        assert!(recover_pending(&house.shop).await.is_err());
        mend(&house).await;
        until_fires(&house, &told, name).await;
        assert_eq!(shopper.balance().await, 80_000, "what was paid is not back yet");
        assert_eq!(recover_pending(&house.shop).await.unwrap(), 20);
        assert_eq!(shopper.balance().await, 100_000);
        until_over(&house, &told, name).await;
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn answers_that_take_longer_than_three_seconds_are_told_and_so_is_their_end() {
    let letters = tempfile::tempdir().unwrap();
    let (houses, told) = houses(letters.path()).await;
    for house in houses {
        told.forget();
        let name = AlertName::SlowAnswers;
        let (shopper, product) = (house.shopper_with(100_000).await, house.product(1_000, 100).await);
        let crowd = async {
            // Once somebody holds it.
            tokio::time::sleep(Duration::from_millis(200)).await;
            join_all((0..25).map(|_| shopper.buy(product, 1))).await
        };
        let (_, answers) = tokio::join!(hold_the_shelf(&house, Duration::from_millis(3_500)), crowd);
        assert!(answers.iter().all(|answer| answer.status == 201), "slow, and sold all the same");
        until_fires(&house, &told, name).await;
        until_over(&house, &told, name).await;
        house.verify().await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn more_people_than_the_threshold_are_told_and_so_is_their_end() {
    let letters = tempfile::tempdir().unwrap();
    let (houses, told) = houses(letters.path()).await;
    for house in houses {
        told.forget();
        let name = AlertName::ConcurrentUsers;
        let visitor = house.visitor();
        let visit = async |number: u32| {
            let address = std::net::Ipv4Addr::from(0x0b00_0000 + number).to_string();
            visitor.with_header("x-forwarded-for", &address).get("/api/v1/products?limit=1").await.expect(200);
        };
        // A thousand people, each twice, are a thousand.
        for crowd in (0..1_000).chain(0..1_000).collect::<Vec<u32>>().chunks(50) {
            join_all(crowd.iter().map(|number| visit(*number))).await;
        }
        let seen = async || {
            let alerts = list_alerts(&house.shop).await.unwrap();
            alerts.into_iter().find(|alert| alert.rule.name == name).unwrap().reading.figure
        };
        until("all are seen", async || seen().await == Some(1_000)).await;
        assert_eq!(stage(&house, name).await, Stage::Inactive);
        visit(1_000).await;
        until_fires(&house, &told, name).await;
        assert_eq!(told.hook.lock().unwrap()[0]["figure"], 1_001.0);
        until_over(&house, &told, name).await;
        house.close().await;
    }
}
