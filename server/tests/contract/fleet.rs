//! One or more instances of the program on one database, run as their owner would: filled by `damda seed` and
//! `damda product import`, asked over HTTP, judged by `damda verify`. They end with the test.

use crate::client::{Answer, Client, PASSWORD};
use crate::program::{Server, damda, folder, succeeds};
use crate::redis_server::RedisServer;
use crate::schema::Document;
use futures::future::join_all;
use serde_json::json;
use shop::guards::{self, Guard};
use sqlx::Connection;
use std::path::Path;
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;

/// What signs the tokens of every instance.
const JWT_KEY: &str = "a key for tests, long enough to be taken";

/// No limit, no second listener; a MySQL shop must say that it takes charges.
const SETTINGS: [(&str, &str); 9] = [
    ("JWT_SECRET", JWT_KEY),
    ("CHARGES", "open"),
    ("METRICS_LISTEN", "off"),
    ("ORDER_LIMIT", "off"),
    ("CLAIM_LIMIT", "off"),
    ("FAILURE_LIMIT", "off"),
    ("LOGIN_LIMIT", "off"),
    ("REGISTER_LIMIT", "off"),
    ("RESET_LIMIT", "off"),
];

/// What is in the shop before it opens.
#[derive(Clone, Copy)]
pub enum Filling {
    /// `damda seed --demo`.
    Demo,
    /// `damda seed --load` with so many shoppers, each with a full wallet.
    Load { shoppers: usize },
}

/// A shop and the instances that serve it.
pub struct Fleet {
    pub instances: Vec<Server>,
    /// Asks each instance in turn.
    pub visitor: Client,
    folder: TempDir,
    environment: Vec<(String, String)>,
    document: Document,
    /// What the instances share besides their database; it ends with them.
    _redis: Option<RedisServer>,
    jwt_key: Option<String>,
}

impl Fleet {
    /// A new shop on SQLite, served by one instance.
    pub async fn on_sqlite(filling: Filling, settings: &[(&str, &str)]) -> Self {
        Self::open("sqlite://damda.db", 1, filling, settings).await
    }

    /// A new shop in a new database of this MySQL or MariaDB server, served by one instance.
    pub async fn on_mysql(server: &str, filling: Filling, settings: &[(&str, &str)]) -> Self {
        Self::open(&new_database(server).await, 1, filling, settings).await
    }

    /// A new shop on this MySQL or MariaDB server and a Redis of its own, served by three instances.
    pub async fn of_three(server: &str, filling: Filling, settings: &[(&str, &str)]) -> Self {
        let redis = RedisServer::start().await;
        let url = redis.url();
        let settings: Vec<(&str, &str)> = settings.iter().copied().chain([("REDIS_URL", url.as_str())]).collect();
        let fleet = Self::open(&new_database(server).await, 3, filling, &settings).await;
        Self { _redis: Some(redis), ..fleet }
    }

    /// Fills an empty database and serves it; the last of two settings of one name counts.
    pub async fn open(database: &str, instances: usize, filling: Filling, settings: &[(&str, &str)]) -> Self {
        let folder = folder();
        let mut environment: Vec<(String, String)> = Vec::new();
        for (name, value) in SETTINGS.iter().chain(&[("DATABASE_URL", database)]).chain(settings) {
            environment.retain(|(known, _)| known != name);
            environment.push(((*name).to_owned(), (*value).to_owned()));
        }
        let mut fleet = Self {
            instances: Vec::new(),
            visitor: Client::to(Vec::new()),
            folder,
            environment,
            document: Document(json!({})),
            _redis: None,
            jwt_key: Some(JWT_KEY.to_owned()),
        };
        let filled = match filling {
            Filling::Demo => fleet.run(&["seed", "--demo"]),
            Filling::Load { shoppers } => {
                fleet.run(&["seed", "--load", "--users", &shoppers.to_string(), "--tokens", "tokens.txt"])
            }
        };
        succeeds(&filled);
        if !guards::is_on(Guard::UniqueKeys) {
            drop_unique_keys(database).await;
        }
        fleet.instances = join_all((0..instances).map(|number| fleet.start(number, &[]).ready())).await;
        fleet.visitor = Client::to(fleet.instances.iter().map(|instance| instance.base.clone()).collect());
        // A closed shop does not even show its document.
        fleet.document = Document(fleet.visitor.get("/api/openapi.json").await.body);
        fleet
    }

    /// The shop behind a balancer that somebody else runs, whose demo is seeded already.
    pub async fn behind(balancer: &str, database: &str) -> Self {
        let database = [("DATABASE_URL", database)];
        let environment = SETTINGS.iter().chain(&database);
        let visitor = Client::to(vec![balancer.trim_end_matches('/').to_owned()]);
        let document = Document(visitor.get("/api/openapi.json").await.expect(200).body);
        Self {
            instances: Vec::new(),
            visitor,
            folder: folder(),
            environment: environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            document,
            _redis: None,
            jwt_key: None,
        }
    }

    /// What signs its tokens, where that is known.
    pub fn jwt_key(&self) -> Option<&str> {
        self.jwt_key.as_deref()
    }

    /// One more instance of this shop, with some settings of its own.
    pub fn start(&self, number: usize, settings: &[(&str, &str)]) -> Server {
        let mut environment = self.environment();
        environment.retain(|(known, _)| settings.iter().all(|(name, _)| name != known));
        environment.extend_from_slice(settings);
        let log = self.folder.path().join(format!("instance-{number}.log"));
        Server::start_logging(self.folder.path(), &environment, &log)
    }

    /// The same, started by other words than its name alone.
    pub fn start_saying(&self, number: usize, arguments: &[&str], settings: &[(&str, &str)]) -> Server {
        let mut environment = self.environment();
        environment.extend_from_slice(settings);
        let log = self.folder.path().join(format!("instance-{number}.log"));
        Server::start_saying(self.folder.path(), arguments, &environment, &log)
    }

    /// Where it lies: its file, where it is on SQLite, and the logs of its instances.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What an instance has written to its log so far.
    pub fn log(&self, number: usize) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("instance-{number}.log"))).expect("a log")
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// A command of the program on this shop.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    /// The same with some settings of its own.
    pub fn run_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut environment = self.environment();
        environment.extend_from_slice(settings);
        let mut command = damda(self.folder.path(), arguments, &environment);
        tokio::task::block_in_place(|| command.output()).expect("the program runs")
    }

    /// `damda verify`: every invariant holds.
    #[track_caller]
    pub fn verify(&self) {
        let said = succeeds(&self.run(&["verify"]));
        assert!(said.contains("invariants hold"), "{said}");
    }

    /// Ends every instance in good order; then every invariant holds.
    #[track_caller]
    pub fn close(mut self) {
        for instance in self.instances.drain(..) {
            let said = tokio::task::block_in_place(|| instance.stop());
            assert!(said.status.success(), "{said:?}");
        }
        self.verify();
    }

    /// Somebody who asks this one instance only.
    pub fn door(&self, number: usize) -> Client {
        Client::to(vec![self.instances[number].base.clone()])
    }

    /// The shoppers of [`Filling::Load`], who share their connections.
    pub fn shoppers(&self) -> Vec<Client> {
        let tokens = std::fs::read_to_string(self.folder.path().join("tokens.txt")).expect("tokens");
        tokens.lines().map(|token| self.visitor.with_token(token)).collect()
    }

    /// Somebody with a fresh account and this much to spend.
    pub async fn shopper_with(&self, won: i64) -> Client {
        let body = json!({"email": unique_email(), "name": "김담이", "password": PASSWORD});
        let answer = self.visitor.post("/api/v1/auth/register", &body).await.expect(201);
        let shopper = self.visitor.with_token(answer.body["access_token"].as_str().expect("a token"));
        let charges = (0..won / MOST_CHARGE).map(|_| MOST_CHARGE).chain([won % MOST_CHARGE]);
        let charges = charges.filter(|amount| *amount > 0).map(|amount| {
            let body = json!({"amount": amount});
            let (shopper, key) = (&shopper, unique("charge"));
            async move { shopper.post_with_key("/api/v1/wallet/charges", &key, &body).await.expect(201) }
        });
        join_all(charges).await;
        shopper
    }

    /// Adds goods, or changes those of the same sku, by `damda product import`; gives their ids in order.
    pub async fn import(&self, goods: &[Goods<'_>]) -> Vec<i64> {
        let rows: String = goods.iter().map(Goods::row).collect();
        let file = format!("{}.csv", unique("goods"));
        std::fs::write(self.folder.path().join(&file), format!("sku,category,name,price,stock\n{rows}"))
            .expect("a file of goods");
        succeeds(&self.run(&["product", "import", &file]));
        let mut ids = Vec::with_capacity(goods.len());
        for Goods { sku, .. } in goods {
            let found = self.visitor.get(&format!("/api/v1/products?q={sku}")).await.expect(200);
            let product = found.items().iter().find(|product| product["sku"] == *sku);
            ids.push(product.expect("what was imported")["id"].as_i64().expect("an id"));
        }
        ids
    }

    /// One new product.
    pub async fn product(&self, price: i64, stock: i64) -> i64 {
        self.import(&[Goods { sku: &unique("SKU"), price, stock }]).await[0]
    }

    /// A product's total and reserved stock.
    pub async fn stock(&self, product: i64) -> (i64, i64) {
        let body = self.visitor.get(&format!("/api/v1/products/{product}")).await.expect(200).body;
        let number = |name: &str| body[name].as_i64().expect("a number");
        (number("total_stock"), number("reserved_stock"))
    }

    /// The answer, which is as the API's document says of this operation.
    #[track_caller]
    pub fn as_documented(&self, method: &str, path: &str, answer: Answer) -> Answer {
        let schema = self.document.response_schema(method, path, answer.status, answer.header("content-type"));
        let schema = schema.unwrap_or_else(|| panic!("{method} {path}: {} is not documented", answer.status));
        assert_eq!(self.document.differences(schema, &answer.body), [""; 0], "{method} {path}: {}", answer.text);
        answer
    }
}

const MOST_CHARGE: i64 = 100_000;

/// A line of a catalogue.
#[derive(Clone, Copy)]
pub struct Goods<'a> {
    pub sku: &'a str,
    pub price: i64,
    pub stock: i64,
}

impl Goods<'_> {
    fn row(&self) -> String {
        format!("{0},ebook,책 {0},{1},{2}\n", self.sku, self.price, self.stock)
    }
}

/// A word that nobody had before, also not in a shop that outlives this process.
pub fn unique(what: &str) -> String {
    format!("{what}-{:016x}", rand::random::<u64>())
}

pub fn unique_email() -> String {
    format!("{}@test.example", unique("shopper"))
}

/// An order of one piece each.
pub fn order_of(products: &[i64]) -> serde_json::Value {
    let item = |product: &i64| json!({"product_id": product, "quantity": 1});
    json!({"items": products.iter().map(item).collect::<Vec<_>>()})
}

/// The MySQL or MariaDB server for tests, where one is named.
pub fn mysql_server() -> Option<String> {
    std::env::var("DAMDA_TEST_MYSQL").ok()
}

/// An empty database on the server that `mysql://user:pass@host:port` names. Left there: the server is one for
/// tests.
pub async fn new_database(server: &str) -> String {
    let name = format!("damda_contract_{:016x}", rand::random::<u64>());
    let mut connection = sqlx::MySqlConnection::connect(server).await.expect("the server for tests");
    let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
    sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.expect("a database");
    connection.close().await.expect("closed");
    format!("{}/{name}", server.trim_end_matches('/'))
}

/// A condition that does not come about within this, on the slowest machine, never will.
const AT_MOST: Duration = Duration::from_secs(120);

/// Waits until `is_so` says yes.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(AT_MOST, waited).await.unwrap_or_else(|_| panic!("not within {AT_MOST:?}: {what}"));
}

/// Takes [`Guard::UniqueKeys`] out of a shop on MariaDB.
async fn drop_unique_keys(database: &str) {
    if database.starts_with("mysql:") {
        let mut connection = sqlx::MySqlConnection::connect(database).await.expect("the shop's database");
        let script = include_str!("../../../shop/tests/all/without_unique_keys.sql");
        sqlx::raw_sql(script).execute(&mut connection).await.expect("keys that come off");
        connection.close().await.expect("closed");
    }
}
