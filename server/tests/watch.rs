//! How the shop is doing, as its operator sees it: the figures of `/metrics`, and one id from a request to
//! its answer, its lines in the log and its events.

#[path = "support/program.rs"]
mod program;

use program::{Server, client, code, damda, err, folder, free_address, run, succeeds};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use server::watch;
use shop::watch::Kind;
use sqlx::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

const TOKEN: &str = "a-token-of-24-characters";

/// Somebody with a token of the API, talking to one server.
struct Shopper {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Shopper {
    /// The demo's shopper.
    async fn of(server: &Server) -> Self {
        let mut shopper = Self { http: client(), base: server.base.clone(), token: String::new() };
        let answer = shopper.log_in("damda-shopper").await;
        let body: Value = answer.json().await.expect("JSON");
        shopper.token = body["access_token"].as_str().expect("a token").to_owned();
        shopper
    }

    async fn log_in(&self, password: &str) -> Response {
        let body = json!({"email": "shopper@damda.example", "password": password});
        self.http.post(format!("{}/api/v1/auth/login", self.base)).json(&body).send().await.expect("an answer")
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Under these headers, beside the token and a key of its own.
    async fn post(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Response {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = request.header("idempotency-key", format!("{:032x}", rand::random::<u128>())).json(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.expect("an answer")
    }

    /// The id of a product that has so many pieces at least, or that is sold out.
    async fn product(&self, least: i64) -> i64 {
        let products = self.get("/api/v1/products?limit=100").await;
        let stock = |product: &Value| product["available_stock"].as_i64().expect("a number");
        let mut products = products["items"].as_array().expect("a list").iter();
        let found = products.find(|product| if least == 0 { stock(product) == 0 } else { stock(product) >= least });
        found.expect("such a product")["id"].as_i64().expect("an id")
    }
}

fn one_of(product: i64) -> Value {
    json!({"items": [{"product_id": product, "quantity": 1}]})
}

/// What a scrape says: name with labels → figure; and name → kind.
struct Scrape {
    figures: BTreeMap<String, f64>,
    kinds: BTreeMap<String, String>,
}

impl Scrape {
    async fn of(url: &str) -> Self {
        let answer = client().get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("text/plain; version=0.0.4"));
        let text = answer.text().await.expect("text");
        let mut scrape = Self { figures: BTreeMap::new(), kinds: BTreeMap::new() };
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("name and kind");
                scrape.kinds.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (series, figure) = line.rsplit_once(' ').expect("series and figure");
                scrape.figures.insert(series.to_owned(), figure.parse().expect("a figure"));
            }
        }
        scrape
    }

    #[track_caller]
    fn figure(&self, series: &str) -> f64 {
        *self.figures.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.figures.keys()))
    }

    /// The values each label of this metric has.
    fn labels(&self, name: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for series in self.figures.keys() {
            let (full_name, rest) = series.split_once('{').unwrap_or((series, ""));
            let of_this = ["", "_bucket", "_sum", "_count"].iter().any(|end| full_name == format!("{name}{end}"));
            let pairs = rest.trim_end_matches('}').split("\",").filter(|pair| of_this && !pair.is_empty());
            for pair in pairs {
                let (label, value) = pair.split_once("=\"").expect("a label");
                labels.entry(label.to_owned()).or_default().insert(value.trim_end_matches('"').to_owned());
            }
        }
        labels.remove("le");
        labels
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

#[test]
fn the_document_and_the_program_speak_of_the_same_metrics() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let document = std::fs::read_to_string(path).expect("the document");
    let rows: BTreeSet<&str> = document
        .lines()
        .filter(|line| ["| `damda_", "| `process_"].iter().any(|name| line.starts_with(name)))
        .collect();
    let of_program: BTreeSet<String> = watch::all()
        .map(|metric| {
            let label = |(name, values): &shop::watch::Label| match values {
                [] => format!("`{name}`"),
                values => format!("`{name}`: {}", values.join(", ")),
            };
            let labels: Vec<String> = metric.labels.iter().map(label).collect();
            let labels = if labels.is_empty() { "| |".to_owned() } else { format!("| {} |", labels.join(", ")) };
            format!("| `{}` | {} {labels} {} |", metric.name, kind_name(metric.kind), metric.help)
        })
        .collect();
    let of_program: BTreeSet<&str> = of_program.iter().map(String::as_str).collect();
    assert_eq!(rows, of_program);
}

#[tokio::test]
async fn every_metric_is_exported_as_documented_and_counts_what_happened() {
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let metrics = free_address();
    let environment = [("METRICS_LISTEN", metrics.as_str()), ("ORDER_LIMIT", "off"), ("CLAIM_LIMIT", "2/60s")];
    let server = Server::start(folder.path(), &environment).ready().await;
    let shopper = Shopper::of(&server).await;

    let (plenty, gone) = (shopper.product(10).await, shopper.product(0).await);
    assert_eq!(shopper.post("/api/v1/orders", &one_of(plenty), &[]).await.status(), 201);
    assert_eq!(shopper.post("/api/v1/orders", &one_of(plenty), &[]).await.status(), 201);
    assert_eq!(shopper.post("/api/v1/orders", &one_of(gone), &[]).await.status(), 409);
    let wrong_price = json!({"items": [{"product_id": plenty, "quantity": 1}], "expected_amount": 1});
    assert_eq!(shopper.post("/api/v1/orders", &wrong_price, &[]).await.status(), 409);
    assert_eq!(shopper.post("/api/v1/wallet/charges", &json!({"amount": 1_000}), &[]).await.status(), 201);
    for status in [201, 409, 429] {
        assert_eq!(shopper.post("/api/v1/coupons/WELCOME10/claims", &Value::Null, &[]).await.status(), status);
    }
    assert_eq!(shopper.log_in("a wrong password").await.status(), 401);
    let hostile = ["/%0d%0ax", "/products/999999/../x", "/api/v1/nothing/at/all", "/x\"y{z}", "/api/v1/products/-1"];
    for (number, path) in hostile.iter().cycle().take(50).enumerate() {
        let method = reqwest::Method::from_bytes(format!("STRANGE{}", number % 7).as_bytes()).expect("a method");
        let url = format!("{}{path}{number}", server.base);
        client().request(method, &url).send().await.expect("an answer");
        client().get(&url).send().await.expect("an answer");
        client().delete(format!("{}/api/v1/orders", server.base)).send().await.expect("an answer");
    }

    let scrape = Scrape::of(&format!("http://{metrics}/metrics")).await;
    let documented: BTreeMap<String, String> =
        watch::all().map(|metric| (metric.name.to_owned(), kind_name(metric.kind).to_owned())).collect();
    assert_eq!(scrape.kinds, documented);
    for metric in watch::all() {
        let labels = scrape.labels(metric.name);
        let names: BTreeSet<&str> = metric.labels.iter().map(|(name, _)| *name).collect();
        assert_eq!(labels.keys().map(String::as_str).collect::<BTreeSet<_>>(), names, "{}", metric.name);
        for (name, values) in metric.labels.iter().filter(|(_, values)| !values.is_empty()) {
            let strange: Vec<_> = labels[*name].iter().filter(|value| !values.contains(&value.as_str())).collect();
            assert!(strange.is_empty(), "{} {name}: {strange:?}", metric.name);
        }
    }
    let asked = scrape.labels("damda_http_request_duration_seconds");
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"];
    assert!(asked["method"].iter().all(|method| known.contains(&method.as_str())), "{:?}", asked["method"]);
    assert!(asked["route"].contains("unmatched") && asked["route"].contains("/api/v1/products/{id}"), "{asked:?}");
    for route in &asked["route"] {
        assert!(!route.contains(|c: char| c.is_ascii_digit() && c != '1' || "%\"".contains(c)), "{route}");
    }
    assert!(asked["route"].len() < 15, "{:?}", asked["route"]);

    for (series, figure) in [
        ("damda_orders_total{outcome=\"completed\"}", 2.0),
        ("damda_orders_total{outcome=\"rejected\"}", 2.0),
        ("damda_orders_total{outcome=\"pending\"}", 0.0),
        ("damda_orders_rejected_total{cause=\"insufficient_stock\"}", 1.0),
        ("damda_orders_rejected_total{cause=\"price_changed\"}", 1.0),
        ("damda_payments_total{outcome=\"paid\"}", 2.0),
        ("damda_payments_total{outcome=\"failed\"}", 0.0),
        ("damda_stock_conflicts_total{outcome=\"refused\"}", 0.0),
        ("damda_desk_batch_jobs_sum{desk=\"reserve\"}", 4.0),
        ("damda_desk_batch_jobs_sum{desk=\"confirm\"}", 2.0),
        ("damda_charges_total{outcome=\"credited\"}", 1.0),
        ("damda_coupon_claims_total{outcome=\"issued\"}", 1.0),
        ("damda_coupon_claims_total{outcome=\"already_claimed\"}", 1.0),
        ("damda_limits_hit_total{limit=\"claim\"}", 1.0),
        ("damda_logins_total{outcome=\"succeeded\"}", 1.0),
        ("damda_logins_total{outcome=\"failed\"}", 1.0),
        ("damda_http_requests_in_flight", 0.0),
        ("damda_active_people{kind=\"signed_in\"}", 1.0),
        ("damda_active_people{kind=\"visitor\"}", 1.0),
        (concat!("damda_info{version=\"", env!("CARGO_PKG_VERSION"), "\",database=\"sqlite\"}"), 1.0),
    ] {
        assert!((scrape.figure(series) - figure).abs() < 1e-9, "{series} is {}", scrape.figure(series));
    }
    let orders = "damda_http_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/orders\",status=\"4xx\"}";
    assert!((scrape.figure(orders) - 2.0).abs() < 1e-9);
    assert!(scrape.figure("process_resident_memory_bytes") > 1e6 && scrape.figure("process_open_fds") > 3.0);
    assert!(scrape.figure("process_start_time_seconds") > 1.7e9);

    let elsewhere = client().get(format!("http://{metrics}/")).send().await.expect("an answer");
    assert_eq!(elsewhere.status(), 404, "nothing else is behind that door");
    let public = client().get(format!("{}/metrics", server.base)).send().await.expect("an answer");
    assert_eq!(public.status(), 404, "without a token it is not on the public address");
    assert!(!public.text().await.expect("text").contains("damda_orders_total"));
    server.stop();
}

/// Where a shop may be: a file, and a MySQL or MariaDB where `DAMDA_TEST_MYSQL` names one.
async fn homes(folder: &Path) -> Vec<String> {
    let mut homes = vec![format!("sqlite://{}", folder.join("damda.db").display())];
    if let Ok(server) = std::env::var("DAMDA_TEST_MYSQL") {
        let name = format!("damda_watch_{:016x}", rand::random::<u64>());
        run_by_hand(&server, &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await;
        homes.push(format!("{}/{name}", server.trim_end_matches('/')));
    }
    homes
}

/// Past every rule of the program.
async fn run_by_hand(database: &str, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    if database.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(database).await.expect("a connection");
        sqlx::query(sql).execute(&mut connection).await.expect("an edit by hand");
        connection.close().await.expect("closed");
    } else {
        let mut connection = sqlx::MySqlConnection::connect(database).await.expect("a connection");
        sqlx::query(sql).execute(&mut connection).await.expect("an edit by hand");
        connection.close().await.expect("closed");
    }
}

/// Waits until a scrape shows such a figure.
async fn until_figure(metrics: &str, series: &str, is_so: impl Fn(f64) -> bool) {
    let told = async {
        while !is_so(Scrape::of(metrics).await.figure(series)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), told)
        .await
        .unwrap_or_else(|_| panic!("not within a minute: {series}"));
}

#[tokio::test]
async fn one_won_of_difference_raises_the_alert_and_stops_nothing() {
    let folder = folder();
    for home in homes(folder.path()).await {
        let (address, log) = (free_address(), folder.path().join("damda.log"));
        let environment = [
            ("DATABASE_URL", home.as_str()),
            ("CHARGES", "open"),
            ("JWT_SECRET", "a key for tests, long enough to be taken"),
            ("METRICS_LISTEN", address.as_str()),
            ("ORDER_LIMIT", "off"),
            ("VERIFY_EVERY", "100ms"),
        ];
        succeeds(&damda(folder.path(), &["seed", "--demo"], &environment).output().expect("the program runs"));
        let server = Server::start_logging(folder.path(), &environment, &log).ready().await;
        let metrics = format!("http://{address}/metrics");
        until_figure(&metrics, "damda_verifications_total{outcome=\"holds\"}", |checks| checks >= 1.0).await;
        until_figure(&metrics, "damda_verified_timestamp_seconds", |moment| moment > 1.7e9).await;
        assert!(Scrape::of(&metrics).await.figure("damda_broken_invariants").abs() < 1e-9);

        let move_one = async |sign: char| {
            let sql =
                format!("UPDATE wallets SET balance = balance {sign} 1 WHERE balance > 0 ORDER BY user_id LIMIT 1");
            let sql = if home.starts_with("sqlite:") {
                format!(
                    "UPDATE wallets SET balance = balance {sign} 1 WHERE user_id = (SELECT MIN(user_id) FROM wallets WHERE balance > 0)"
                )
            } else {
                sql
            };
            run_by_hand(&home, &sql).await;
        };
        move_one('+').await;
        until_figure(&metrics, "damda_broken_invariants", |broken| (broken - 1.0).abs() < 1e-9).await;
        let said = std::fs::read_to_string(&log).expect("the log");
        let line = said.lines().find(|line| line.contains("the books do not add up")).expect("an error of the log");
        for part in ["ERROR", "every wallet holds the sum of its postings", "off_by=1 won", "rows=1", "wallet of user"]
        {
            assert!(line.contains(part), "{part}: {line}");
        }
        let ready = client().get(format!("{}/readyz", server.base)).send().await.expect("an answer");
        assert_eq!(ready.status(), 200, "it keeps its traffic");
        let shopper = Shopper::of(&server).await;
        let product = shopper.product(10).await;
        assert_eq!(shopper.post("/api/v1/orders", &one_of(product), &[]).await.status(), 201, "and sells on");
        move_one('-').await;
        until_figure(&metrics, "damda_broken_invariants", |broken| broken.abs() < 1e-9).await;
        succeeds(&server.stop());
    }
}

#[tokio::test]
async fn the_public_address_shows_metrics_to_the_holder_of_the_token_only() {
    let folder = folder();
    let log = folder.path().join("damda.log");
    let environment = [("METRICS_LISTEN", "off"), ("METRICS_TOKEN", TOKEN), ("DAMDA_LOG", "trace")];
    let server = Server::start_logging(folder.path(), &environment, &log).ready().await;
    let ask = async |authorization: Option<String>| {
        let request = client().get(format!("{}/metrics", server.base));
        let request = authorization.iter().fold(request, |request, value| request.header("authorization", value));
        request.send().await.expect("an answer")
    };
    let almost = TOKEN.replace('a', "b");
    for wrong in [None, Some(format!("Bearer {almost}")), Some(TOKEN.to_owned()), Some("Bearer ".to_owned())] {
        let answer = ask(wrong.clone()).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{wrong:?}");
        let problem: Value = answer.json().await.expect("a problem");
        assert_eq!(problem["code"], "unauthorized");
    }
    let right = ask(Some(format!("Bearer {TOKEN}"))).await;
    assert_eq!(right.status(), 200);
    assert!(right.text().await.expect("text").contains("damda_orders_total"));
    server.stop();
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(!log.is_empty() && !log.contains(TOKEN) && !log.contains(&almost), "a token is in the log");
}

#[tokio::test]
async fn a_second_shop_on_the_machine_starts_without_metrics_unless_they_were_asked_for() {
    // Whoever has the address, this test or another shop: it is taken.
    let _taken = std::net::TcpListener::bind("127.0.0.1:9300");
    let folder = folder();
    let server = Server::start(folder.path(), &[("METRICS_LISTEN", "")]).ready().await;
    let said = err(&server.stop());
    assert!(said.contains("METRICS_LISTEN") && said.contains("127.0.0.1:9300") && said.contains("`off`"), "{said}");

    let asked_for = [("LISTEN", "127.0.0.1:0"), ("METRICS_LISTEN", "127.0.0.1:9300")];
    let refused = damda(folder.path(), &["serve"], &asked_for).output().expect("the program runs");
    assert_eq!(code(&refused), 2, "{}", err(&refused));
    let said = err(&refused);
    assert!(said.starts_with("damda: METRICS_LISTEN") && said.trim_end().lines().count() == 1, "{said}");
}

#[tokio::test]
async fn a_scraper_that_dawdles_does_not_keep_the_shop_from_closing_in_good_order() {
    let folder = folder();
    let metrics = free_address();
    let server = Server::start(folder.path(), &[("METRICS_LISTEN", &metrics)]).ready().await;
    let mut dawdler = std::net::TcpStream::connect(&metrics).expect("a connection");
    dawdler.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n").expect("sent");
    let stopped = server.stop();
    succeeds(&stopped);
    assert!(!err(&stopped).contains("did not finish"), "{}", err(&stopped));
}

/// The `trace_id` and status in the payload of every event that a request caused, in the order they were
/// written: the demo's own orders were nobody's request.
async fn events(folder: &Path) -> Vec<(Value, Value)> {
    let url = format!("sqlite://{}", folder.join("damda.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT payload FROM outbox ORDER BY place").fetch_all(&mut connection).await.expect("rows");
    connection.close().await.expect("closed");
    let read = |(payload,): (String,)| serde_json::from_str::<Value>(&payload).expect("JSON");
    let traced = rows.into_iter().map(read).filter(|event| !event["trace_id"].is_null());
    traced.map(|event| (event["trace_id"].clone(), event["status"].clone())).collect()
}

#[tokio::test]
async fn one_id_leads_from_the_request_to_the_answer_the_log_and_the_events() {
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let log = folder.path().join("damda.log");
    let environment = [
        ("METRICS_LISTEN", "off"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("ORDER_LIMIT", "off"),
        ("DAMDA_LOG", "warn,damda::answers=debug,shop=debug"),
        ("DAMDA_LOG_FORMAT", "json"),
    ];
    let server = Server::start_logging(folder.path(), &environment, &log).ready().await;
    let shopper = Shopper::of(&server).await;
    let product = shopper.product(10).await;
    let me = shopper.get("/api/v1/me").await["id"].clone();

    let sent = [
        ("x-request-id", "order-of-the-test-0001", "order-of-the-test-0001"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ];
    let mut orders = Vec::new();
    for (header, value, id) in sent {
        let answer = shopper.post("/api/v1/orders", &one_of(product), &[(header, value)]).await;
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers()["x-request-id"], id);
        let body: Value = answer.json().await.expect("JSON");
        orders.push(body["id"].clone());
    }
    server.stop();

    let statuses = ["RESERVED", "PAID", "COMPLETED"];
    let expected: Vec<(Value, Value)> =
        sent.iter().flat_map(|(_, _, id)| statuses.map(|status| (json!(id), json!(status)))).collect();
    assert_eq!(events(folder.path()).await, expected);

    let log = std::fs::read_to_string(log).expect("the log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for ((_, _, id), order) in sent.iter().zip(&orders) {
        let of_id = |target: &str| lines.iter().find(|line| line["trace_id"] == *id && line["target"] == target);
        let answered = of_id("damda::answers").expect("a line of the answer");
        assert_eq!(answered["route"], "/api/v1/orders");
        assert_eq!((&answered["method"], &answered["status"], &answered["user"]), (&json!("POST"), &json!(201), &me));
        assert!(answered["duration_ms"].is_u64(), "{answered}");
        let worked = of_id("shop::order::service").expect("a line of the order's work");
        assert_eq!((&worked["order"], &worked["outcome"]), (order, &json!("COMPLETED")));
    }
}

/// The value of a form's field.
fn field(page: &str, name: &str) -> String {
    let (_, after) = page.split_once(&format!("name=\"{name}\"")).expect("the field");
    let (_, value) = after.split_once("value=\"").expect("its value");
    value.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_order_of_a_page_is_traced_as_one_of_the_api() {
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let environment = [("METRICS_LISTEN", "off"), ("TRUSTED_PROXIES", "127.0.0.1")];
    let server = Server::start(folder.path(), &environment).ready().await;
    let product = Shopper::of(&server).await.product(10).await;
    let browser = reqwest::Client::builder()
        .no_proxy()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a browser");
    let id = "page-of-the-test-00001";
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let request = browser.post(format!("{}{path}", server.base)).header("accept", "text/html");
        request.header("x-request-id", id).form(fields).send().await.expect("an answer")
    };
    post("/fn/login", &[("email", "shopper@damda.example"), ("password", "damda-shopper")]).await;
    let url = format!("{}/checkout?items={product}:1", server.base);
    let page = browser.get(url).header("accept", "text/html").send().await.expect("an answer");
    let page = page.text().await.expect("text");
    let fields = ["items", "expected_amount", "request_id", "source", "consent"].map(|name| (name, field(&page, name)));
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let placed = post("/fn/place_order", &fields).await;
    assert_eq!(placed.headers()["x-request-id"], id);
    server.stop();
    let events = events(folder.path()).await;
    assert_eq!(events.len(), 3, "{events:?}");
    assert!(events.iter().all(|(trace, _)| *trace == json!(id)), "{events:?}");
}

#[tokio::test]
async fn a_stranger_writes_no_line_of_the_log() {
    for format in ["text", "json"] {
        let folder = folder();
        let log = folder.path().join("damda.log");
        let environment = [("METRICS_LISTEN", "off"), ("DAMDA_LOG", "trace"), ("DAMDA_LOG_FORMAT", format)];
        let server = Server::start_logging(folder.path(), &environment, &log).ready().await;
        let address = server.base.trim_start_matches("http://").to_owned();
        let raw = |bytes: &[u8]| {
            let mut stream = std::net::TcpStream::connect(&address).expect("a connection");
            stream.write_all(bytes).expect("sent");
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
        };
        raw(b"GET /\x1b[31mforged\x1b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        raw(
            b"GET /%1b[31m%0d%0aforged HTTP/1.1\r\nhost: x\r\nx-request-id: \x1b]0;forged\r\nconnection: close\r\n\r\n",
        );
        raw("GET /\u{202e}forged HTTP/1.1\r\nhost: x\r\nuser-agent: \u{9b}forged\r\nconnection: close\r\n\r\n"
            .as_bytes());
        let body = json!({"email": "a\r\nforged\u{1b}[2J@x", "password": "\u{202e}forged\r\n12345"});
        client().post(format!("{}/api/v1/auth/login", server.base)).json(&body).send().await.expect("an answer");
        server.stop();
        let log = std::fs::read_to_string(&log).expect("the log");
        let raw: Vec<char> = log.chars().filter(|c| c.is_control() && *c != '\n' || *c == '\u{202e}').collect();
        assert!(!log.is_empty() && raw.is_empty(), "{format}: {raw:?}");
        assert!(log.lines().all(|line| !line.trim_start().starts_with("forged")), "{format}: {log}");
    }
}
