//! What arrives at a real broker and how another client reads it: from the adapter, from the whole program,
//! over TLS, and across an outage of a minute.

use crate::broker::{Broker, Message, PATIENCE, Process, first_statuses, python, read_topic, wait_until_open};
use crate::program::{Server, client, err, folder, free_address, run, succeeds};
use crate::{Outbox, SOURCE, STATUSES, TOPIC, settings};
use serde_json::{Value, json};
use server::config::{KafkaSettings, KafkaTls};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SHOPPER: &str = "shopper@damda.example";

#[tokio::test(flavor = "multi_thread")]
async fn another_client_reads_cloud_events_keyed_by_order_and_in_order() {
    let broker = Broker::start();
    let outbox = Outbox::open(&settings(&broker.address)).await;
    let orders = outbox.fill(40).await;
    assert_eq!(outbox.relay().await.expect("all sent"), 120);
    let messages = broker.messages(TOPIC);
    assert_eq!(messages.len(), 120, "and none twice");
    let statuses = first_statuses(&messages);
    assert_eq!(statuses, orders.iter().map(|id| (id.to_string(), STATUSES.map(str::to_owned).to_vec())).collect());
    for message in &messages {
        let event = &message.event;
        assert_eq!(message.content_type, "application/cloudevents+json; charset=UTF-8");
        assert_eq!((&event["specversion"], &event["source"]), (&json!("1.0"), &json!(SOURCE)));
        assert_eq!((&event["subject"], &event["data"]["order_id"]), (&json!(message.key), &json!(message.key)));
        assert_eq!(event["type"], json!(format!("damda.order.{}.v1", message.status().to_ascii_lowercase())));
        assert_eq!(
            (&event["time"], &event["datacontenttype"]),
            (&event["data"]["occurred_at"], &json!("application/json"))
        );
        assert!(message.timestamp > 1_700_000_000_000, "{}", message.timestamp);
    }
    let partition_of: BTreeMap<&str, i64> = messages.iter().map(|message| (&*message.key, message.partition)).collect();
    assert!(messages.iter().all(|message| partition_of[&*message.key] == message.partition));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_back_empty_gets_everything_that_happens_from_then_on() {
    let mut broker = Broker::start();
    let outbox = Outbox::open(&settings(&broker.address)).await;
    outbox.fill(5).await;
    outbox.relay().await.expect("the broker is there");
    broker.replace();
    let orders = outbox.fill(5).await;
    let all_sent = async { while outbox.relay().await.is_err() {} };
    tokio::time::timeout(PATIENCE, all_sent).await.expect("sent to the new one");
    let statuses = first_statuses(&broker.messages(TOPIC));
    assert_eq!(statuses, orders.iter().map(|id| (id.to_string(), STATUSES.map(str::to_owned).to_vec())).collect());
}

/// Somebody who buys at a running program.
struct Shopper {
    base: String,
    token: String,
    product: i64,
}

impl Shopper {
    async fn of(server: &Server) -> Self {
        let base = server.base.clone();
        let login = json!({"email": SHOPPER, "password": "damda-shopper"});
        let answer = client().post(format!("{base}/api/v1/auth/login")).json(&login).send().await.expect("an answer");
        let body: Value = answer.json().await.expect("JSON");
        let token = body["access_token"].as_str().expect("a token").to_owned();
        let list = client().get(format!("{base}/api/v1/products?limit=100&sort=price_asc")).send().await;
        let list: Value = list.expect("an answer").json().await.expect("JSON");
        let is_plenty = |product: &&Value| product["available_stock"].as_i64() > Some(50);
        let product = list["items"].as_array().expect("items").iter().find(is_plenty).expect("a product");
        Self { base, token, product: product["id"].as_i64().expect("an id") }
    }

    /// Buys one piece; gives the order's id.
    async fn buy(&self) -> String {
        let order = json!({"items": [{"product_id": self.product, "quantity": 1}]});
        let key = hex::encode(rand::random::<[u8; 8]>());
        let request = client().post(format!("{}/api/v1/orders", self.base)).bearer_auth(&self.token);
        let answer = request.header("idempotency-key", key).json(&order).send().await.expect("an answer");
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["status"], "COMPLETED", "{body}");
        body["id"].as_str().expect("an id").to_owned()
    }
}

/// `/readyz`: its status and what it calls degraded.
async fn ready(server: &Server) -> (u16, Value) {
    let answer = client().get(format!("{}/readyz", server.base)).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("JSON");
    (status, body["degraded"].clone())
}

async fn wait_until_degraded(server: &Server, degraded: Value) {
    let until = Instant::now() + PATIENCE;
    loop {
        let (status, now) = ready(server).await;
        assert_eq!(status, 200, "the shop works without its broker");
        if now == degraded {
            return;
        }
        assert!(Instant::now() < until, "{now} is not {degraded}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The events of the orders that were bought, the demo's own left out.
fn of_orders(messages: Vec<Message>, orders: &[String]) -> Vec<Message> {
    messages.into_iter().filter(|message| orders.contains(&message.key)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_gone_for_a_minute_costs_no_order_and_no_event() {
    const OUTAGE: Duration = Duration::from_secs(60);
    let broker = Broker::start();
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let log = folder.path().join("damda.log");
    let environment = [
        ("KAFKA_BROKERS", broker.address.as_str()),
        ("METRICS_LISTEN", "off"),
        ("ORDER_LIMIT", "off"),
        ("EVENTS_EVERY", "200ms"),
        ("PUBLIC_URL", "https://shop.example"),
    ];
    let server = Server::start_logging(folder.path(), &environment, &log).ready().await;
    let shopper = Shopper::of(&server).await;
    let mut orders = vec![shopper.buy().await];
    wait_until_degraded(&server, json!([])).await;
    let whole = |orders: &[String]| -> BTreeMap<String, Vec<String>> {
        orders.iter().map(|id| (id.clone(), STATUSES.map(str::to_owned).to_vec())).collect()
    };
    let until = Instant::now() + PATIENCE;
    while first_statuses(&of_orders(broker.messages(TOPIC), &orders)) != whole(&orders) {
        assert!(Instant::now() < until, "{orders:?} has not arrived");
    }

    broker.freeze();
    let began = Instant::now();
    orders.push(shopper.buy().await);
    wait_until_degraded(&server, json!(["kafka"])).await;
    while began.elapsed() < OUTAGE {
        let asked = Instant::now();
        orders.push(shopper.buy().await);
        assert!(asked.elapsed() < Duration::from_secs(5), "nobody waits for the broker: {:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    broker.resume();
    wait_until_degraded(&server, json!([])).await;
    orders.push(shopper.buy().await);

    let until = Instant::now() + PATIENCE;
    let messages = loop {
        let messages = of_orders(broker.messages(TOPIC), &orders);
        if first_statuses(&messages) == whole(&orders) {
            break messages;
        }
        assert!(Instant::now() < until, "not all has arrived: {:?}", first_statuses(&messages));
    };
    for message in &messages {
        assert_eq!(message.event["source"], "https://shop.example");
        assert_eq!(message.event["traceid"].as_str().map(str::len), Some(32), "the request that caused it is named");
        for personal in ["@", "user", "name", "email", "shopper"] {
            assert!(!message.text.contains(personal), "{personal} in {}", message.text);
        }
    }
    server.stop();
    let log = std::fs::read_to_string(log).expect("the log");
    let lines = |part: &str| log.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines("the job fails"), lines("the job works again"), "{log}");
    assert!((1..=2).contains(&lines("the job fails")), "an outage is told once, not at every try: {log}");
    let other = log.lines().filter(|line| line.contains("rdkafka") || line.contains("damda::kafka")).count();
    assert_eq!(other, 0, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_whose_broker_is_gone_starts_sells_and_closes_in_good_order() {
    let broker = Broker::start();
    broker.freeze();
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let environment =
        [("KAFKA_BROKERS", broker.address.as_str()), ("METRICS_LISTEN", "off"), ("EVENTS_EVERY", "100ms")];
    let server = Server::start(folder.path(), &environment).ready().await;
    let order = Shopper::of(&server).await.buy().await;
    wait_until_degraded(&server, json!(["kafka"])).await;
    let stopped = server.stop();
    succeeds(&stopped);
    assert!(!err(&stopped).contains("did not finish"), "{}", err(&stopped));

    broker.resume();
    let server = Server::start(folder.path(), &environment).ready().await;
    let until = Instant::now() + PATIENCE;
    let orders = [order];
    while first_statuses(&of_orders(broker.messages(TOPIC), &orders)).get(&orders[0]).map(Vec::len) != Some(3) {
        assert!(Instant::now() < until, "what happened without the broker has not arrived");
    }
    server.stop();
}

/// Runs openssl in a folder.
fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("openssl runs");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `NAME.pem` and `NAME.key` of one who signs himself, and of a broker on this machine whom `ca` signs.
fn make_certificates(folder: &Path) {
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for name in ["ca", "stranger"] {
        openssl(folder, &format!("req -x509 {KEY} -keyout {name}.key -out {name}.pem -subj /CN={name} -days 2"));
    }
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\n").expect("written");
    openssl(folder, &format!("req {KEY} -keyout broker.key -out broker.csr -subj /CN=broker"));
    openssl(
        folder,
        "x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out broker.pem",
    );
}

/// Speaks TLS in front of a broker that does not.
fn start_front(front: &str, broker: &Broker, folder: &Path) -> Process {
    let port = |address: &str| address.rsplit(':').next().expect("a port").to_owned();
    let child = python("tls_front.py")
        .args([port(front), port(&broker.address)])
        .args([folder.join("broker.pem"), folder.join("broker.key")])
        .stdout(Stdio::null())
        .spawn()
        .expect("python3 runs");
    let process = Process(child);
    wait_until_open(front);
    process
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_events_reach_a_broker_that_is_known_and_no_stranger() {
    let folder = folder();
    make_certificates(folder.path());
    let front = free_address();
    let broker = Broker::start_behind(&front);
    let _front = start_front(&front, &broker, folder.path());
    let trusting = |ca: &str| {
        let tls = KafkaTls { ca_file: Some(folder.path().join(ca)), own: None };
        KafkaSettings { tls: Some(tls), ..settings(&front) }
    };

    let misled = Outbox::open(&trusting("stranger.pem")).await;
    misled.fill(1).await;
    let fault = misled.relay().await.expect_err("that broker is not known").to_string();
    assert!(fault.contains("certificate"), "it says why: {fault}");
    misled.wait_until_seen(false).await;
    let plain = Outbox::open(&settings(&front)).await;
    plain.fill(1).await;
    assert!(plain.relay().await.is_err(), "who speaks no TLS gets nowhere");

    let outbox = Outbox::open(&trusting("ca.pem")).await;
    let orders = outbox.fill(10).await;
    assert_eq!(outbox.relay().await.expect("all sent"), 30);
    outbox.wait_until_seen(true).await;
    let ca = folder.path().join("ca.pem");
    let messages = read_topic(&[&front, TOPIC, ca.to_str().expect("UTF-8")]);
    assert_eq!(messages.len(), 30, "and nothing of the others");
    assert_eq!(first_statuses(&messages).len(), orders.len());
}

#[test]
fn the_program_brings_what_speaks_tls_along() {
    let program = env!("CARGO_BIN_EXE_damda");
    let output = Command::new("ldd").arg(program).output().expect("ldd runs");
    let libraries = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(libraries.contains("libc.so"), "{libraries}");
    for library in ["libssl", "libcrypto", "libz", "librdkafka"] {
        assert!(!libraries.contains(library), "{library} would have to be there already: {libraries}");
    }
}

#[test]
fn a_file_that_is_no_certificate_stops_the_start_with_a_sentence() {
    let folder = folder();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").expect("written");
    let environment = [
        ("KAFKA_BROKERS", "127.0.0.1:9"),
        ("KAFKA_TLS", "on"),
        ("KAFKA_CA_FILE", file.to_str().expect("UTF-8")),
        ("KAFKA_USER", "damda"),
        ("KAFKA_PASSWORD", "hunter2"),
    ];
    let output = crate::program::damda(folder.path(), &["serve"], &environment).output().expect("the program runs");
    assert_eq!(crate::program::code(&output), 2, "{}", err(&output));
    let said = err(&output);
    let sentence = said.lines().last().expect("a sentence");
    assert!(sentence.contains("KAFKA_CA_FILE") && !said.contains("hunter2"), "{said}");
}
