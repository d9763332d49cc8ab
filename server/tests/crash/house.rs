//! Where accidents happen: a shop on one store, of which one instance runs at a time, with short times, and a real
//! Kafka broker that hears of its orders.

use crate::broker::{Broker, first_statuses};
use crate::client::Client;
use crate::fleet::{Filling, Fleet, mysql_server, new_database, until};
use crate::program::{Server, free_address};
use crate::redis_server::RedisServer;
use shop::Won;
use shop::coupon::{CouponCode, Discount, NewCoupon};
use shop::database::{Db, Engine, Row, Sql};
use shop::failpoints::Point;
use shop::ports::{Clock, SystemClock};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Of two in an order or one with its coupon, there is room for a charge.
const PRICE: i64 = 2_000;
const STOCK: i64 = 100_000_000;
const DAY: Duration = Duration::from_secs(86_400);
/// Shoppers of a house; a cell of one takes the next each time.
const SHOPPERS: usize = 64;
/// Of so many claimers one goes without.
const CLAIMERS_A_PIECE_SHORT: usize = 3;

/// What dies is given back within seconds, so that a cell need not wait for the specification's minutes.
const HASTY: [(&str, &str); 8] = [
    ("RESERVATION_TTL", "2s"),
    ("RECOVERY_DELAY", "1s"),
    ("EXPIRY_EVERY", "100ms"),
    ("EXPIRY_BATCH_EVERY", "off"),
    ("RECOVERY_EVERY", "100ms"),
    ("EVENTS_EVERY", "100ms"),
    ("MONTHS_EVERY", "500ms"),
    ("VERIFY_EVERY", "off"),
];

/// What a shop keeps its books in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Sqlite,
    MariaDbAndRedis,
}

impl Store {
    pub const ALL: [Store; 2] = [Store::Sqlite, Store::MariaDbAndRedis];

    pub fn name(self) -> &'static str {
        match self {
            Store::Sqlite => "SQLite",
            Store::MariaDbAndRedis => "MariaDB + Redis",
        }
    }

    /// Only MariaDB has months to make.
    pub fn reaches(self, point: Point) -> bool {
        self == Store::MariaDbAndRedis || !point.name().starts_with("months.")
    }
}

pub struct House {
    fleet: Fleet,
    /// Looks into the books, past the program.
    db: Db,
    broker: Arc<Broker>,
    topic: String,
    product: i64,
    address: String,
    starts: usize,
    coupons: usize,
    months: i64,
    next_shopper: usize,
    _redis: Option<RedisServer>,
}

impl House {
    /// A new shop, filled, with nobody in it.
    pub async fn open(store: Store, broker: Arc<Broker>) -> Self {
        let redis = match store {
            Store::Sqlite => None,
            Store::MariaDbAndRedis => Some(RedisServer::start().await),
        };
        let topic = crate::fleet::unique("orders");
        let mut settings = HASTY.map(|(name, value)| (name, value.to_owned())).to_vec();
        settings.push(("KAFKA_BROKERS", broker.address.clone()));
        settings.push(("KAFKA_TOPIC", topic.clone()));
        settings.extend(redis.as_ref().map(|redis| ("REDIS_URL", redis.url())));
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let database = match store {
            Store::Sqlite => "sqlite://damda.db".to_owned(),
            Store::MariaDbAndRedis => new_database(&mysql_server().expect("DAMDA_TEST_MYSQL names a server")).await,
        };
        let mut fleet = Fleet::open(&database, 1, Filling::Load { shoppers: SHOPPERS }, &settings).await;
        let product = fleet.product(PRICE, STOCK).await;
        let filled = fleet.instances.pop().expect("the instance that was filled");
        assert!(tokio::task::block_in_place(|| filled.stop()).status.success());
        let db = match store {
            Store::Sqlite => format!("sqlite://{}", fleet.folder().join("damda.db").display()),
            Store::MariaDbAndRedis => database,
        };
        let db = Db::open(&db).await.expect("the shop's database");
        let address = free_address();
        let mut house = Self {
            fleet,
            db,
            broker,
            topic,
            product,
            address,
            starts: 0,
            coupons: 0,
            months: 0,
            next_shopper: 0,
            _redis: redis,
        };
        house.months = house.count_months().await;
        house
    }

    /// Takes the last month, which is empty, from each table that is cut by months.
    pub async fn lose_a_month(&self) {
        let sql = "SELECT table_name AS t, partition_name AS p FROM information_schema.partitions \
                   WHERE table_schema = DATABASE() AND partition_name LIKE 'p2%' ORDER BY partition_name DESC";
        let pieces = self.db.fetch_all(Sql::new(sql)).await.expect("the months");
        let named = |row: &Row| (row.text("t").expect("a table"), row.text("p").expect("a month"));
        let (_, last) = named(pieces.first().expect("a month"));
        for (table, month) in pieces.iter().map(named).filter(|(_, month)| *month == last) {
            let drop = Sql::new(format!("ALTER TABLE {table} DROP PARTITION {month}"));
            self.db.execute(drop).await.expect("dropped");
        }
        assert!(self.count_months().await < self.months);
    }

    /// Whether every month that was lost is made again.
    pub async fn is_each_month_there(&self) -> bool {
        self.count_months().await == self.months
    }

    /// The pieces of all tables; none on SQLite.
    async fn count_months(&self) -> i64 {
        if self.db.engine() == Engine::Sqlite {
            return 0;
        }
        let sql = "SELECT COUNT(*) AS n FROM information_schema.partitions \
                   WHERE table_schema = DATABASE() AND partition_name IS NOT NULL";
        self.figure(Sql::new(sql)).await
    }

    /// Starts the program, at the same address each time.
    pub fn start(&mut self, settings: &[(&str, &str)]) -> Server {
        self.starts += 1;
        let settings: Vec<(&str, &str)> = settings.iter().copied().chain([("LISTEN", self.address.as_str())]).collect();
        self.fleet.start(self.starts, &settings)
    }

    /// The log of the program that was started last.
    pub fn log(&self) -> String {
        self.fleet.log(self.starts)
    }

    /// Whether the failpoint did what it was told, in the program that was started last.
    pub fn was_reached(&self, point: Point) -> bool {
        let point = format!("\"{}\"", point.name());
        self.log().lines().any(|line| line.contains("a failpoint acts") && line.contains(&point))
    }

    pub fn product(&self) -> i64 {
        self.product
    }

    /// So many shoppers, other ones each time while there are others.
    pub fn shoppers(&mut self, count: usize) -> Vec<Client> {
        let base = vec![format!("http://{}", self.address)];
        let everybody: Vec<Client> = self.fleet.shoppers();
        let first = self.next_shopper;
        self.next_shopper += count;
        (first..first + count)
            .map(|index| Client::to(base.clone()).with_token(&everybody[index % everybody.len()].token()))
            .collect()
    }

    /// A new campaign with fewer pieces than so many shoppers want.
    pub async fn coupon(&mut self, wanted: usize) -> String {
        self.coupons += 1;
        let now = SystemClock.now();
        let pieces = wanted - wanted / CLAIMERS_A_PIECE_SHORT;
        let coupon = NewCoupon {
            code: CouponCode::parse(&format!("CRASH{}", self.coupons)).expect("a code"),
            name: "십분의 일".to_owned(),
            name_en: "A tenth".to_owned(),
            discount: Discount::from_parts("rate", 10).expect("ten percent"),
            minimum_amount: Won::ZERO,
            total_quantity: i64::try_from(pieces).expect("few"),
            starts_at: now.before(DAY),
            ends_at: now.after(DAY),
        };
        let mut tx = self.db.begin().await.expect("a transaction");
        shop::coupon::store::write_coupon(&mut tx, &coupon).await.expect("written");
        tx.commit().await.expect("committed");
        coupon.code.as_str().to_owned()
    }

    /// How many pieces of the coupon are issued.
    pub async fn issued(&self, code: &str) -> i64 {
        self.figure(Sql::new("SELECT issued_quantity AS n FROM coupons WHERE code = ?").bind(code)).await
    }

    /// The product's total and reserved stock.
    pub async fn stock(&self) -> (i64, i64) {
        let of = |column: &str| format!("SELECT {column} AS n FROM products WHERE id = ?");
        let (total, reserved) = (of("total_stock"), of("reserved_stock"));
        (
            self.figure(Sql::new(&total).bind(self.product)).await,
            self.figure(Sql::new(&reserved).bind(self.product)).await,
        )
    }

    async fn figure(&self, sql: Sql) -> i64 {
        let row = self.db.fetch_optional(sql).await.expect("the database answers");
        row.expect("a row").int("n").expect("a number")
    }

    /// Every order has ended, and the log has heard of all that happened.
    pub async fn until_nothing_waits(&self) {
        let unfinished = "SELECT COUNT(*) AS n FROM orders WHERE status IN ('RESERVED', 'PAID', 'PENDING')";
        until("every order has ended", async || self.figure(Sql::new(unfinished)).await == 0).await;
        let unsent = "SELECT COUNT(*) AS n FROM outbox WHERE sent_at IS NULL";
        until("every event is sent", async || self.figure(Sql::new(unsent)).await == 0).await;
    }

    #[track_caller]
    pub fn verify(&self) {
        self.fleet.verify();
    }

    /// What another client reads of the log: of each order everything, in the order in which it happened.
    pub async fn close(self) {
        let sql = Sql::new("SELECT order_id, kind FROM outbox ORDER BY place");
        let mut written: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.db.fetch_all(sql).await.expect("the outbox") {
            let order = row.id("order_id", shop::id::OrderId::from_bytes).expect("an order");
            let kind = row.text("kind").expect("a kind");
            let status = kind.trim_start_matches("order.").to_ascii_uppercase();
            written.entry(order.to_string()).or_default().push(status);
        }
        let heard = tokio::task::block_in_place(|| first_statuses(&self.broker.messages(&self.topic)));
        assert!(heard == written, "the log differs from the outbox");
        self.db.close().await;
        self.fleet.close();
    }
}
