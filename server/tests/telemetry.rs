//! Traces of the whole program, read by a receiver of another make (OtelTap; `scripts/setup.sh` installs it): what a
//! collector sees of an order, and what the shop does when there is no good collector, or none at all.

#![allow(clippy::disallowed_methods, reason = "a test waits for a process by the machine's clock")]

#[path = "support/program.rs"]
mod program;

use program::{Server, client, code, damda, err, folder, free_address, run, succeeds};
use serde_json::{Value, json};
use sqlx::Connection;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// How long a busy machine may take for anything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A receiver; ends with the test.
struct Receiver {
    process: Child,
    /// `http://127.0.0.1:PORT`
    endpoint: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

/// A span as the receiver printed it.
#[derive(Clone, Debug)]
struct Span(Value);

impl Span {
    fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.text("spanId")
    }

    fn attribute(&self, name: &str) -> Option<&Value> {
        let attributes = self.0["attributes"].as_array()?;
        let found = attributes.iter().find(|attribute| attribute["key"] == name)?;
        let value = &found["value"];
        ["stringValue", "intValue"].iter().map(|kind| &value[*kind]).find(|value| !value.is_null())
    }

    fn nanos(&self, field: &str) -> u128 {
        self.text(field).parse().expect("a time")
    }
}

impl Receiver {
    /// A port that was free may be taken before the receiver has it: then it ends, and another port is tried.
    fn start() -> Self {
        (0..10).find_map(|_| Self::start_at(&free_address())).expect("a port that stays free")
    }

    fn start_at(address: &str) -> Option<Self> {
        let (_, port) = address.rsplit_once(':').expect("a port");
        let mut process = Command::new(python())
            .args(["-u", "-m", "oteltap", "--port", port])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the receiver starts");
        let printed = BufReader::new(process.stdout.take().expect("its output"));
        let spans = Arc::new(Mutex::new(Vec::new()));
        let seen = spans.clone();
        std::thread::spawn(move || {
            for line in printed.lines().map_while(Result::ok) {
                // Its greeting is no JSON.
                if let Ok(span) = serde_json::from_str(&line) {
                    seen.lock().expect("nobody panicked with it").push(Span(span));
                }
            }
        });
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if process.try_wait().expect("its state").is_some() {
                return None;
            }
            assert!(Instant::now() < until, "the receiver does not listen at {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { process, endpoint: format!("http://{address}"), spans })
    }

    fn all(&self) -> Vec<Span> {
        self.spans.lock().expect("nobody panicked with it").clone()
    }

    fn of_trace(&self, trace: &str) -> Vec<Span> {
        self.all().into_iter().filter(|span| span.text("traceId") == trace).collect()
    }

    /// Waits until a span of this trace is the one that is meant; gives the whole trace.
    async fn trace_with(&self, trace: &str, name: &str) -> Vec<Span> {
        let until = Instant::now() + PATIENCE;
        loop {
            let spans = self.of_trace(trace);
            if spans.iter().any(|span| span.text("name") == name) {
                return spans;
            }
            assert!(Instant::now() < until, "no {name} in {spans:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn python() -> PathBuf {
    let tools = std::env::var("OTLP_TOOLS").unwrap_or_default();
    assert!(
        !tools.is_empty(),
        "OTLP_TOOLS is not set, so nothing can be proved against a receiver of another make: run `make test`, which \
         installs one, or `scripts/setup.sh test` and then `. scripts/env.sh`"
    );
    Path::new(&tools).join("bin/python")
}

/// A demo shop that sends traces to `endpoint`, and the demo's shopper.
struct House {
    server: Server,
    folder: TempDir,
    metrics: String,
    token: String,
    product: i64,
}

impl House {
    async fn open(environment: &[(&str, &str)]) -> Self {
        let folder = folder();
        succeeds(&run(folder.path(), &["seed", "--demo"]));
        let metrics = free_address();
        let mut all = vec![
            ("METRICS_LISTEN", metrics.as_str()),
            ("ORDER_LIMIT", "off"),
            ("TRUSTED_PROXIES", "127.0.0.1"),
            ("DAMDA_LOG", "info,damda::answers=debug"),
            ("DAMDA_LOG_FORMAT", "json"),
        ];
        all.extend(environment);
        let server = Server::start_logging(folder.path(), &all, &folder.path().join("damda.log")).ready().await;
        let login = json!({"email": "shopper@damda.example", "password": "damda-shopper"});
        let answer = client().post(format!("{}/api/v1/auth/login", server.base)).json(&login).send().await;
        let body: Value = answer.expect("an answer").json().await.expect("JSON");
        let token = body["access_token"].as_str().expect("a token").to_owned();
        let list = client().get(format!("{}/api/v1/products?limit=100", server.base)).send().await;
        let list: Value = list.expect("an answer").json().await.expect("JSON");
        let is_plenty = |product: &&Value| product["available_stock"].as_i64() > Some(50);
        let plenty = list["items"].as_array().expect("items").iter().filter(is_plenty);
        let product = plenty.min_by_key(|product| product["price"].as_i64()).expect("a product");
        let product = product["id"].as_i64().expect("an id");
        Self { server, folder, metrics, token, product }
    }

    /// Buys one piece, with these headers; gives the id that the answer names, and how long it took.
    async fn buy(&self, headers: &[(&str, &str)]) -> (String, Duration) {
        let order = json!({"items": [{"product_id": self.product, "quantity": 1}]});
        let request = client().post(format!("{}/api/v1/orders", self.server.base)).bearer_auth(&self.token);
        let request = request.header("idempotency-key", format!("{:032x}", rand::random::<u128>())).json(&order);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let began = Instant::now();
        let answer = request.send().await.expect("an answer");
        let took = began.elapsed();
        let (status, id) = (answer.status(), answer.headers()["x-request-id"].to_str().expect("text").to_owned());
        assert_eq!(status, 201, "{}", answer.text().await.unwrap_or_default());
        (id, took)
    }

    /// How many spans came to this outcome.
    async fn spans(&self, outcome: &str) -> f64 {
        let page = client().get(format!("http://{}/metrics", self.metrics)).send().await.expect("an answer");
        let page = page.text().await.expect("text");
        let series = format!("damda_telemetry_spans_total{{outcome=\"{outcome}\"}} ");
        let figure = page.lines().find_map(|line| line.strip_prefix(series.as_str())).expect("the series");
        figure.parse().expect("a figure")
    }

    async fn until_dropped(&self) {
        let until = Instant::now() + PATIENCE;
        while self.spans("dropped").await < 1.0 {
            assert!(Instant::now() < until, "nothing was dropped");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends the shop in good order; gives its log and how long that took.
    fn close(self) -> (Vec<Value>, Duration, TempDir) {
        let began = Instant::now();
        succeeds(&self.server.stop());
        let took = began.elapsed();
        let log = std::fs::read_to_string(self.folder.path().join("damda.log")).expect("the log");
        let lines = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        (lines, took, self.folder)
    }
}

fn said<'a>(log: &'a [Value], message: &str) -> Vec<&'a Value> {
    log.iter().filter(|line| line["message"] == message).collect()
}

const DROPPED: &str = "spans were dropped; the shop goes on without them";

/// The trace ids in the payloads of the outbox that are those of requests.
async fn ids_in_events(folder: &Path) -> Vec<String> {
    let url = format!("sqlite://{}", folder.join("damda.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT payload FROM outbox ORDER BY place").fetch_all(&mut connection).await.expect("rows");
    connection.close().await.expect("closed");
    let read = |(payload,): (String,)| serde_json::from_str::<Value>(&payload).expect("JSON");
    rows.into_iter().map(read).filter_map(|event| event["trace_id"].as_str().map(str::to_owned)).collect()
}

/// The one span of this name.
#[track_caller]
fn only<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.text("name") == name).collect();
    assert_eq!(found.len(), 1, "{name} in {spans:?}");
    found[0]
}

#[tokio::test]
async fn an_order_is_one_trace_from_the_edge_to_the_commit_under_the_id_of_the_log_and_the_events() {
    let receiver = Receiver::start();
    let house = House::open(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint)]).await;
    let search = client().get(format!("{}/api/v1/products?q=SECRET", house.server.base)).send().await;
    assert_eq!(search.expect("an answer").status(), 200);
    let (trace, _) = house.buy(&[]).await;
    let spans = receiver.trace_with(&trace, "POST /api/v1/orders").await;
    let (log, _, folder) = house.close();

    let root = only(&spans, "POST /api/v1/orders");
    assert_eq!((root.text("parentSpanId"), &root.0["kind"]), ("", &json!(2)), "the server's side of a call");
    assert_eq!(root.attribute("http.route"), Some(&json!("/api/v1/orders")));
    assert_eq!(root.attribute("http.response.status_code"), Some(&json!("201")));
    let order = only(&spans, "order");
    assert_eq!(order.text("parentSpanId"), root.id());
    for desk in ["reserve", "pay", "confirm"] {
        let wait = only(&spans, desk);
        assert_eq!(wait.text("parentSpanId"), order.id(), "{desk}");
        let batch = spans.iter().find(|span| span.text("name") == "batch" && span.text("parentSpanId") == wait.id());
        let batch = batch.unwrap_or_else(|| panic!("no batch of {desk} in {spans:?}"));
        assert_eq!(batch.attribute("jobs"), Some(&json!("1")), "{desk}");
        let committed = spans.iter().find(|span| {
            span.text("name") == "transaction"
                && span.text("parentSpanId") == batch.id()
                && span.attribute("outcome") == Some(&json!("committed"))
        });
        let committed = committed.unwrap_or_else(|| panic!("no commit of {desk} in {spans:?}"));
        assert_eq!(committed.attribute("db.system.name"), Some(&json!("sqlite")));
        for inner in [batch, committed] {
            assert!(inner.nanos("startTimeUnixNano") >= root.nanos("startTimeUnixNano"), "{inner:?}");
            assert!(inner.nanos("endTimeUnixNano") <= root.nanos("endTimeUnixNano"), "{inner:?}");
        }
    }

    let answered = log.iter().find(|line| line["target"] == "damda::answers" && line["trace_id"] == *trace);
    assert_eq!(answered.expect("a line of the answer")["route"], "/api/v1/orders");
    let of_events = ids_in_events(folder.path()).await;
    assert_eq!(of_events.iter().filter(|id| **id == trace).count(), 3, "{of_events:?}");
    // Whose jobs they were, nobody asked for: they have traces of their own.
    let everything = format!("{:?}", receiver.all());
    assert!(everything.contains("job expiry"), "{everything}");
    for secret in ["SECRET", "q=", "damda.example", "damda-shopper"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
}

#[tokio::test]
async fn a_trace_of_a_trusted_proxy_goes_on_and_is_left_out_where_the_proxy_leaves_it_out() {
    let receiver = Receiver::start();
    let house = House::open(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint)]).await;
    const ROOT: &str = "POST /api/v1/orders";
    let trace = |number: u8| format!("4bf92f3577b34da6a3ce929d0e0e47{number:02x}");
    let parent = |number: u8, flags: &str| format!("00-{}-00f067aa0ba902b7-{flags}", trace(number));
    house.buy(&[("traceparent", &parent(1, "00"))]).await;
    house.buy(&[("traceparent", &parent(2, "01"))]).await;
    house.buy(&[("traceparent", &parent(3, "01")), ("x-request-id", &trace(4))]).await;
    house.buy(&[("x-request-id", "order-of-the-test-0001")]).await;

    let goes_on = receiver.trace_with(&trace(2), ROOT).await;
    assert_eq!(only(&goes_on, ROOT).text("parentSpanId"), "00f067aa0ba902b7");
    let linked = receiver.trace_with(&trace(4), ROOT).await;
    let root = only(&linked, ROOT);
    assert_eq!((root.text("parentSpanId"), root.0["links"][0]["traceId"].as_str()), ("", Some(&*trace(3))));
    house.close();
    // Everything has been sent by now.
    let until = Instant::now() + PATIENCE;
    let named = loop {
        let all = receiver.all();
        let named = all.into_iter().find(|span| span.attribute("trace_id") == Some(&json!("order-of-the-test-0001")));
        match named {
            Some(named) => break named,
            None => assert!(Instant::now() < until, "an id of another form is nowhere"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((named.text("name"), named.text("traceId").len()), (ROOT, 32));
    assert!(receiver.of_trace(&trace(1)).is_empty() && receiver.of_trace(&trace(3)).is_empty());
}

#[tokio::test]
async fn a_share_of_none_collects_only_what_a_proxy_collects() {
    let receiver = Receiver::start();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.endpoint), ("OTEL_TRACES_SAMPLER_ARG", "0")];
    let house = House::open(&environment).await;
    house.buy(&[]).await;
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    house.buy(&[("traceparent", &format!("00-{TRACE}-00f067aa0ba902b7-01"))]).await;
    receiver.trace_with(TRACE, "POST /api/v1/orders").await;
    house.close();
    let others: Vec<Span> = receiver.all().into_iter().filter(|span| span.text("traceId") != TRACE).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn a_collector_that_is_away_costs_spans_and_one_line() {
    let nobody = format!("http://{}", free_address());
    let house = House::open(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &nobody)]).await;
    for _ in 0..5 {
        house.buy(&[]).await;
    }
    house.until_dropped().await;
    assert!(house.spans("sent").await < 1.0);
    let (log, took, _folder) = house.close();
    assert!(took < Duration::from_secs(6), "{took:?}");
    let told = said(&log, DROPPED);
    assert_eq!(told.len(), 1, "once a minute at most: {told:?}");
    assert_eq!(told[0]["level"], "WARN");
    assert!(told[0]["why"].as_str().expect("a reason").contains("cannot be connected to"), "{told:?}");
}

#[tokio::test]
async fn a_collector_that_never_answers_holds_up_neither_an_order_nor_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let silent = tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(listener.accept().await.expect("a connection"));
        }
    });
    let house = House::open(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    for _ in 0..5 {
        let (_, took) = house.buy(&[]).await;
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
    house.until_dropped().await;
    house.buy(&[]).await;
    let (log, took, _folder) = house.close();
    assert!(took < Duration::from_secs(6), "{took:?}");
    let told = said(&log, DROPPED);
    assert!(told[0]["why"].as_str().expect("a reason").contains("did not answer within"), "{told:?}");
    assert_eq!(said(&log, "stopped").len(), 1, "the shop itself ended in good order");
    silent.abort();
}

#[tokio::test]
async fn a_collector_that_refuses_is_told_its_key_and_nobody_else_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}/otlp", listener.local_addr().expect("its address"));
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let (mut head, mut part) = (Vec::new(), [0; 4_096]);
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let read = stream.read(&mut part).await.expect("bytes");
            assert!(read > 0, "it hung up");
            head.extend_from_slice(&part[..read]);
        }
        let refusal = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(refusal).await.expect("sent");
        String::from_utf8_lossy(&head).to_ascii_lowercase()
    });
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2%20and%20more"),
        ("DAMDA_LOG", "trace"),
    ];
    let house = House::open(&environment).await;
    house.buy(&[]).await;
    house.until_dropped().await;
    let head = heard.await.expect("a call");
    assert!(head.starts_with("post /otlp/v1/traces http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\napi-key: hunter2 and more\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/x-protobuf\r\n"), "{head}");
    let (log, ..) = house.close();
    assert!(!said(&log, DROPPED).is_empty());
    assert!(!format!("{log:?}").contains("hunter2"), "a key is in the log");
}

#[test]
fn a_wrong_setting_stops_the_start_with_a_sentence_without_the_key() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2%0d%0aother: header"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ("OTEL_TRACES_SAMPLER_ARG", "often"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ] {
        let folder = folder();
        let environment =
            [("LISTEN", "127.0.0.1:0"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"), (name, value)];
        let refused = damda(folder.path(), &["serve"], &environment).output().expect("the program runs");
        let said = err(&refused);
        assert_eq!(code(&refused), 2, "{said}");
        assert!(said.starts_with(&format!("damda: {name}")) && said.trim_end().lines().count() == 1, "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn without_an_endpoint_nothing_is_collected_and_no_line_of_the_log_knows_of_it() {
    let house = House::open(&[("DAMDA_LOG", "trace")]).await;
    house.buy(&[]).await;
    assert!(house.spans("sent").await < 1.0 && house.spans("dropped").await < 1.0);
    let (log, ..) = house.close();
    assert!(said(&log, "traces are collected").is_empty());
    let of_traces = ["desk", "db.system.name", "messaging.system", "otel.kind"];
    let strange: Vec<&Value> = log
        .iter()
        .filter(|line| line["target"] == "damda::answers" || line["target"] == "shop::order::service")
        .filter(|line| of_traces.iter().any(|field| !line[*field].is_null()))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}
