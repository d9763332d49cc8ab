//! Two instances of one shop, each with its own connections, desks and link, on one database and one Redis.

use crate::gates::{LONG_PATIENCE, settings as redis_settings};
use crate::servers::{RedisCluster, RedisServer};
use futures::future::join_all;
use server::outside::Service;
use shop::coupon::service::{claim_coupon, create_coupon};
use shop::coupon::{ClaimedCoupon, CouponCode, Discount, NewCoupon};
use shop::database::{Db, Sql};
use shop::id::UserId;
use shop::ports::{Limit, Ports, TestClock};
use shop::user::store::{NewUserRow, write_user};
use shop::user::{Language, Role};
use shop::wallet::store::write_wallet;
use shop::{Error, Settings, Shop, Timestamp, Won};
use sqlx::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Barrier;

const START: Timestamp = Timestamp::from_millis(1_795_412_117_123);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Two instances on a fresh database. Dropping them leaves a MariaDB's database behind: it is one for tests.
pub struct Instances {
    pub shops: [Shop; 2],
    pub services: [Arc<dyn Service>; 2],
    pub clock: Arc<TestClock>,
    _folder: TempDir,
}

/// The databases the tests run on: SQLite, and MariaDB when there is one.
pub fn engines() -> Vec<Option<String>> {
    let mariadb = std::env::var("DAMDA_TEST_MYSQL").ok().filter(|server| !server.is_empty());
    [None].into_iter().chain(mariadb.map(Some)).collect()
}

pub fn without_limits() -> Settings {
    Settings {
        order_limit: None,
        claim_limit: None,
        failure_limit: None,
        login_limit: None,
        register_limit: None,
        reset_limit: None,
        ..Settings::default()
    }
}

impl Instances {
    /// On SQLite.
    pub async fn open(redis: &str, patience: Duration) -> Self {
        Self::open_on(&None, redis, patience, without_limits()).await
    }

    pub async fn open_on(server: &Option<String>, redis: &str, patience: Duration, settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match server {
            None => format!("sqlite://{}", folder.path().join("shop.db").display()),
            Some(server) => mysql_database(server).await,
        };
        let clock = Arc::new(TestClock::at(START));
        let mut opened = Vec::new();
        for _ in 0..2 {
            let db = Db::open(&url).await.unwrap();
            db.migrate().await.unwrap();
            let mut ports = Ports::local(clock.clone());
            let service = server::redis::connect_patiently(&redis_settings(redis), patience, &mut ports).await.unwrap();
            opened.push((Shop::open(db, ports, settings.clone()), service));
        }
        let (shops, services): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
        let shops = shops.try_into().unwrap_or_else(|_| panic!("two"));
        let services = services.try_into().unwrap_or_else(|_| panic!("two"));
        Self { shops, services, clock, _folder: folder }
    }

    pub fn shop(&self, index: usize) -> Shop {
        self.shops[index % 2].clone()
    }

    pub async fn shoppers(&self, count: usize) -> Vec<UserId> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut tx = self.shops[0].db().begin().await.unwrap();
        let mut users = Vec::with_capacity(count);
        for _ in 0..count {
            let email = format!("shopper{}@example.com", NEXT.fetch_add(1, Ordering::Relaxed));
            let row = NewUserRow {
                email: &email,
                email_key: &email,
                name: "김담이",
                role: Role::Shopper,
                lang: Language::default(),
                password_hash: "",
                age_confirmed_at: None,
            };
            let user = write_user(&mut tx, &row, START).await.unwrap();
            write_wallet(&mut tx, user).await.unwrap();
            users.push(user);
        }
        tx.commit().await.unwrap();
        users
    }

    pub async fn coupon(&self, code: &str, total: i64) -> CouponCode {
        let code = CouponCode::parse(code).unwrap();
        let new = NewCoupon {
            code: code.clone(),
            name: "시험".to_owned(),
            name_en: "Test".to_owned(),
            discount: Discount::Rate(10),
            minimum_amount: Won::ZERO,
            total_quantity: total,
            starts_at: START.before(DAY),
            ends_at: START.after(DAY),
        };
        create_coupon(&self.shops[0], new).await.unwrap();
        code
    }

    /// How many pieces the coupon says are out, and how many there are.
    pub async fn issued(&self, code: &CouponCode) -> (i64, i64) {
        let figure = async |sql: &'static str| {
            let row = self.shops[0].db().fetch_optional(Sql::new(sql).bind(code.as_str())).await.unwrap().unwrap();
            row.int("n").unwrap()
        };
        (
            figure("SELECT issued_quantity AS n FROM coupons WHERE code = ?").await,
            figure("SELECT COUNT(*) AS n FROM user_coupons u JOIN coupons c ON c.id = u.coupon_id WHERE c.code = ?")
                .await,
        )
    }

    /// Claims one piece for each of these shoppers, all at once, by turns at one instance and the other.
    pub async fn claim_at_once(&self, users: &[UserId], code: &CouponCode) -> BTreeMap<&'static str, usize> {
        let barrier = Arc::new(Barrier::new(users.len()));
        let claims = users.iter().enumerate().map(|(index, user)| {
            let (shop, barrier, user, code) = (self.shop(index), barrier.clone(), *user, code.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                claim_coupon(&shop, user, &code).await
            })
        });
        let mut tally = BTreeMap::new();
        for claim in join_all(claims).await {
            *tally.entry(word(&claim.unwrap())).or_default() += 1;
        }
        tally
    }

    /// Every invariant holds. Closes both.
    pub async fn finish(self) {
        for check in shop::verify::verify_shop(self.shops[0].db()).await.unwrap() {
            assert!(check.holds(), "{}: {} {:?}", check.name, check.figure, check.broken);
        }
        for shop in &self.shops {
            shop.close().await;
            shop.db().close().await;
        }
    }
}

/// An empty database on the server that `mysql://user:pass@host:port` names.
async fn mysql_database(server: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let name = format!("damda_redis_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = sqlx::MySqlConnection::connect(server).await.unwrap();
    let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
    sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    format!("{}/{name}", server.trim_end_matches('/'))
}

pub fn word(claim: &Result<ClaimedCoupon, Error>) -> &'static str {
    claim.as_ref().map_or_else(Error::code, |_| "claimed")
}

/// The races of one coupon, on whichever Redis this is; `used` reads its counter.
async fn claim_in_crowds(redis: &str, used: impl AsyncFn(&CouponCode) -> i64) {
    for engine in engines() {
        let instances = Instances::open_on(&engine, redis, LONG_PATIENCE, without_limits()).await;
        let users = instances.shoppers(400).await;
        let suffix = if engine.is_some() { "M" } else { "S" };

        let last = instances.coupon(&format!("LAST-{suffix}"), 1).await;
        let tally = instances.claim_at_once(&users[..64], &last).await;
        assert_eq!(tally, [("claimed", 1), ("coupon_sold_out", 63)].into());
        assert_eq!((instances.issued(&last).await, used(&last).await), ((1, 1), 1));

        let hundred = instances.coupon(&format!("HUNDRED-{suffix}"), 100).await;
        let tally = instances.claim_at_once(&users, &hundred).await;
        assert_eq!(tally, [("claimed", 100), ("coupon_sold_out", 300)].into());
        assert_eq!((instances.issued(&hundred).await, used(&hundred).await), ((100, 100), 100));

        let once = instances.coupon(&format!("ONCE-{suffix}"), 10).await;
        let tally = instances.claim_at_once(&[users[0]; 64], &once).await;
        assert_eq!(tally, [("claimed", 1), ("coupon_already_claimed", 63)].into());
        assert_eq!((instances.issued(&once).await, used(&once).await), ((1, 1), 1));
        instances.finish().await;
    }
}

fn counter(code: &CouponCode) -> redis::Cmd {
    let mut command = redis::cmd("GET");
    command.arg(format!("coupon:used:{{{code}}}"));
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_instances_with_one_redis_issue_every_piece_once() {
    let redis = RedisServer::start().await;
    claim_in_crowds(&redis.url(), async |code| redis.ask(&counter(code)).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_instances_with_a_cluster_issue_every_piece_once() {
    let cluster = RedisCluster::start().await;
    let used = async |code: &CouponCode| {
        let mut counts = Vec::new();
        for node in &cluster.nodes {
            // The two that do not hold the slot say where it is.
            counts.extend(node.ask::<i64>(&counter(code)).await.ok());
        }
        assert_eq!(counts.len(), 1, "one master holds the counter");
        counts[0]
    };
    claim_in_crowds(&cluster.url(), used).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_and_a_block_hold_across_instances() {
    let redis = RedisServer::start().await;
    let limit = Some(Limit { count: 3, window: Duration::from_secs(60) });
    let limited = Settings { claim_limit: limit, failure_limit: Some(5), ..without_limits() };
    let instances = Instances::open_on(&None, &redis.url(), LONG_PATIENCE, limited).await;
    let users = instances.shoppers(2).await;

    let coupon = instances.coupon("ONE", 50).await;
    let tally = instances.claim_at_once(&[users[0]; 20], &coupon).await;
    assert_eq!(tally.get("rate_limited"), Some(&17), "{tally:?}");
    assert_eq!(tally.get("claimed"), Some(&1), "{tally:?}");
    instances.clock.advance(Duration::from_secs(20));
    let limited = claim_coupon(&instances.shop(1), users[0], &coupon).await;
    let Err(Error::RateLimited { retry_after }) = limited else { panic!("{limited:?}") };
    assert_eq!(retry_after, Duration::from_secs(40));
    instances.clock.advance(Duration::from_secs(40));
    assert_eq!(word(&claim_coupon(&instances.shop(1), users[0], &coupon).await), "coupon_already_claimed");

    let unknown = CouponCode::parse("NOSUCH").unwrap();
    for number in 0..5 {
        let refused = claim_coupon(&instances.shop(number), users[1], &unknown).await;
        assert_eq!(word(&refused), "coupon_not_applicable");
        instances.clock.advance(Duration::from_secs(60));
    }
    for number in 0..2 {
        let blocked = claim_coupon(&instances.shop(number), users[1], &coupon).await;
        let Err(Error::Blocked { retry_after }) = blocked else { panic!("{blocked:?}") };
        assert_eq!(retry_after, Duration::from_secs(540));
    }
    instances.finish().await;
}
