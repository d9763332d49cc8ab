//! A shop filled for a load test, and a short one: `damda seed --load`, the load tool against the program,
//! `damda verify`. On SQLite, and on MySQL or MariaDB where `DAMDA_TEST_MYSQL` names one.

#[path = "support/program.rs"]
mod program;

use load::run::{Plan, knock, read_tokens, run};
use load::scenario::Scenario;
use program::{Server, client, code, damda, err, folder, free_address, out, succeeds};
use serde_json::Value;
use sqlx::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;

const KEY: &str = "a key for load tests, long enough to be taken";

/// An empty database and what the program needs to know of it.
struct Place {
    folder: TempDir,
    database: String,
}

impl Place {
    async fn on_each_engine() -> Vec<Self> {
        let mut places = vec![Self { folder: folder(), database: "sqlite://damda.db".to_owned() }];
        if let Ok(server) = std::env::var("DAMDA_TEST_MYSQL") {
            let name = format!("damda_load_{}_{:016x}", std::process::id(), rand::random::<u64>());
            let mut connection = sqlx::MySqlConnection::connect(&server).await.expect("the server for tests");
            let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
            sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.expect("a database");
            connection.close().await.expect("closed");
            places.push(Self { folder: folder(), database: format!("{}/{name}", server.trim_end_matches('/')) });
        }
        places
    }

    fn environment<'a>(&'a self, metrics: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("DATABASE_URL", &self.database),
            ("JWT_SECRET", KEY),
            ("CHARGES", "open"),
            ("METRICS_LISTEN", metrics),
            ("ORDER_LIMIT", "off"),
            ("CLAIM_LIMIT", "off"),
            ("FAILURE_LIMIT", "off"),
        ]
    }

    fn run(&self, arguments: &[&str]) -> Output {
        damda(self.folder.path(), arguments, &self.environment("off")).output().expect("the program runs")
    }

    fn seed(&self, users: &str) -> Output {
        self.run(&["seed", "--load", "--users", users, "--tokens", "tokens.txt"])
    }

    fn tokens(&self) -> PathBuf {
        self.folder.path().join("tokens.txt")
    }
}

#[tokio::test]
async fn a_shop_for_load_tests_is_as_the_contract_says() {
    for place in Place::on_each_engine().await {
        let said = succeeds(&place.seed("300"));
        assert!(said.contains("300 shoppers") && said.contains("tokens.txt") && said.contains("24 hours"), "{said}");
        assert!(succeeds(&place.run(&["verify"])).contains("invariants hold"));

        let mode = std::fs::metadata(place.tokens()).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads the tokens");
        let text = std::fs::read_to_string(place.tokens()).expect("the tokens");
        let tokens: Vec<&str> = text.lines().collect();
        assert_eq!(tokens.iter().collect::<std::collections::BTreeSet<_>>().len(), 300);

        let server = Server::start(place.folder.path(), &place.environment("off")).ready().await;
        let get = async |path: &str, token: &str| -> Value {
            let request = client().get(format!("{}/api/v1{path}", server.base)).bearer_auth(token);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200, "{path}");
            answer.json().await.expect("JSON")
        };
        for token in [tokens[0], tokens[150], tokens[299]] {
            assert_eq!(get("/wallet", token).await["balance"], 10_000_000);
            let postings = get("/wallet/transactions", token).await;
            assert_eq!(postings["items"][0]["amount"], 10_000_000, "the ledger says where it came from");
        }
        let me = [get("/me", tokens[0]).await, get("/me", tokens[1]).await];
        assert!(me[0]["id"] != me[1]["id"] && me[0]["role"] == "shopper");
        for (id, stock) in [(1, 1_000_000_000), (100, 1_000_000_000), (101, 500)] {
            assert_eq!(get(&format!("/products/{id}"), tokens[0]).await["total_stock"], stock, "product {id}");
        }
        let coupons = get("/coupons", tokens[0]).await;
        let coupon = &coupons["items"][0];
        assert_eq!((&coupon["code"], &coupon["type"]), (&"FCFS100".into(), &"rate".into()));
        assert_eq!((&coupon["discount_value"], &coupon["total_quantity"]), (&10.into(), &100.into()));
        let part = tokens[0].split('.').nth(1).expect("claims");
        let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, part).expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!(claims["exp"].as_i64().expect("a time") - claims["iat"].as_i64().expect("a time"), 86_400);
        server.stop();
    }
}

#[tokio::test]
async fn a_shop_that_is_not_empty_is_not_filled_and_its_tokens_stay() {
    for place in Place::on_each_engine().await {
        succeeds(&place.run(&["admin", "create", "me@test.example"]));
        std::fs::write(place.tokens(), "what was there\n").expect("written");
        let refused = place.seed("10");
        assert_eq!(code(&refused), 1, "{}", err(&refused));
        assert!(err(&refused).contains("not empty") && err(&refused).contains("DATABASE_URL"), "{}", err(&refused));
        assert_eq!(std::fs::read_to_string(place.tokens()).expect("the file"), "what was there\n");
    }
    for place in Place::on_each_engine().await {
        succeeds(&place.seed("10"));
        let before = std::fs::read(place.tokens()).expect("the tokens");
        assert_eq!(code(&place.seed("10")), 1, "twice is not empty either");
        assert_eq!(std::fs::read(place.tokens()).expect("the tokens"), before);
        succeeds(&place.run(&["verify"]));
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_written_leave_the_shop_empty() {
    let place = Place { folder: folder(), database: "sqlite://damda.db".to_owned() };
    let refused = place.run(&["seed", "--load", "--users", "10", "--tokens", "nowhere/tokens.txt"]);
    assert_eq!((code(&refused), out(&refused).as_str()), (3, ""));
    assert!(err(&refused).contains("nowhere/tokens.txt cannot be written"), "{}", err(&refused));
    succeeds(&place.seed("10"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_nothing_is_lost_and_nothing_is_sold_twice() {
    for place in Place::on_each_engine().await {
        succeeds(&place.seed("200"));
        let metrics = free_address();
        let server = Server::start(place.folder.path(), &place.environment(&metrics)).ready().await;
        let plan = Plan {
            shop: load::connection::Shop::parse(&server.base).expect("an address"),
            tokens: read_tokens(&place.tokens()).expect("tokens"),
            clients: 16,
            rate: None,
            lasts: Duration::from_millis(700),
            warm_up: Duration::from_millis(100),
            metrics: Some(load::connection::Shop::parse(&format!("http://{metrics}")).expect("an address")),
            watched: Vec::new(),
        };
        knock(&plan.shop).await.expect("a shop that is ready");
        let open = Plan { rate: Some(100.0), ..plan.clone() };
        let runs = [
            (&plan, Scenario::Orders, "201 COMPLETED"),
            (&plan, Scenario::Hot, "201 COMPLETED"),
            (&plan, Scenario::Scarce, "201 COMPLETED"),
            (&plan, Scenario::Claims, "201 ISSUED"),
            (&plan, Scenario::List, "200"),
            (&open, Scenario::Mixed, "200"),
        ];
        for (plan, scenario, usual) in runs {
            let row = run(plan, scenario).await.expect("a run");
            assert!(row.holds(), "{:#?}", row.checks);
            assert!(row.answers.get(usual).is_some_and(|count| *count > 0), "{row:#?}");
            if scenario == Scenario::Claims {
                assert_eq!((row.answers[usual], row.answers["409 coupon_sold_out"]), (100, 100));
            }
            if scenario == Scenario::Hot {
                assert!(row.jobs_per_batch["reserve"] >= 1.0, "{row:#?}");
            }
        }
        server.stop();
        let verified = succeeds(&place.run(&["verify"]));
        assert!(verified.contains("invariants hold"), "{verified}");
    }
}
