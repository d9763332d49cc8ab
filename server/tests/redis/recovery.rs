//! Recovery under a real Redis' lock: two instances and a thousand orders, a lock that runs out under its holder, and
//! no Redis at all. What needs no Redis is in `shop/tests/faulted`.
//!
//! Failpoints are the whole process's, and only these tests recover here: they take turns.

use crate::gates::{LONG_PATIENCE, crowd};
use crate::instances::{Instances, engines, without_limits};
use crate::servers::{RedisCluster, RedisServer, until};
use shop::Shop;
use shop::Won;
use shop::database::Sql;
use shop::failpoints::{Point, armed};
use shop::id::{OrderId, ProductId, UserId};
use shop::order::stages::{self, OrderJob, ReserveJob};
use shop::order::{Lines, OrderStatus, checkout::ReserveCommand, store};
use shop::product::{Category, ProductDraft};
use shop::recovery::service::{recover_pending, stall_paid_orders};
use shop::request::{Request, RequestKey, Scope};
use shop::wallet::store::find_balance;
use std::time::Duration;
use tokio::sync::Mutex;

static TURN: Mutex<()> = Mutex::const_new(());

const PRICE: i64 = 1_000;
const WEALTH: i64 = 100_000;

async fn figure(shop: &Shop, sql: &'static str) -> i64 {
    shop.db().fetch_optional(Sql::new(sql)).await.unwrap().unwrap().int("n").unwrap()
}

async fn product(shop: &Shop) -> ProductId {
    let draft = ProductDraft {
        sku: "SKU-1".to_owned(),
        category: Category::Ebook,
        name: "책".to_owned(),
        name_en: "Book".to_owned(),
        creator: "담다".to_owned(),
        summary: String::new(),
        summary_en: String::new(),
        description: String::new(),
        description_en: String::new(),
        cover: String::new(),
        price: Won::new(PRICE),
        total_stock: 10_000,
        is_active: true,
    };
    shop::product::service::save_products(shop, vec![draft]).await.unwrap();
    ProductId::new(figure(shop, "SELECT id AS n FROM products").await)
}

/// Charges so many shoppers' wallets.
async fn shoppers(instances: &Instances, count: usize) -> Vec<UserId> {
    let users = instances.shoppers(count).await;
    for user in &users {
        let key = RequestKey::parse(&format!("charge-{user}")).unwrap();
        shop::wallet::service::charge_wallet(&instances.shops[0], *user, Won::new(WEALTH), key).await.unwrap();
    }
    users
}

/// Orders of one piece, `each` of every shopper, whose process died after they were paid, and whose minute is over.
async fn overdue_orders(instances: &Instances, users: &[UserId], each: usize) -> Vec<OrderId> {
    let shop = &instances.shops[0];
    let product = product(shop).await;
    let mut ids = Vec::new();
    for number in 0..each {
        let jobs: Vec<ReserveJob> = users
            .iter()
            .map(|user| ReserveJob {
                id: shop.mint_order_id(),
                request: Request::new(
                    *user,
                    Scope::Order,
                    RequestKey::parse(&format!("order-{number}")).unwrap(),
                    "one",
                ),
                command: ReserveCommand {
                    user_id: *user,
                    lines: Lines::new([(product, 1)]).unwrap(),
                    coupon_code: None,
                    expected_amount: None,
                },
                consent_notice: None,
                trace: None,
            })
            .collect();
        let paid: Vec<OrderJob> = jobs.iter().map(|job| OrderJob { id: job.id, trace: None }).collect();
        stages::reserve(shop, &jobs).await.unwrap();
        stages::pay(shop, &paid).await.unwrap();
        ids.extend(paid.into_iter().map(|job| job.id));
    }
    instances.clock.advance(Duration::from_secs(30));
    assert_eq!(stall_paid_orders(shop).await.unwrap(), ids.len() as u64);
    instances.clock.advance(Duration::from_secs(60));
    ids
}

/// Several turns of both instances, all at once; how many orders they gave back.
async fn recover_at_once(instances: &Instances) -> u64 {
    let shops = instances.shops.clone();
    let counts = crowd(6, |number| {
        let own = shops[usize::try_from(number).unwrap() % 2].clone();
        async move { recover_pending(&own).await.unwrap() }
    });
    counts.await.into_iter().sum()
}

async fn assert_all_given_back_once(instances: &Instances, orders: i64) {
    let shop = &instances.shops[0];
    assert_eq!(figure(shop, "SELECT COUNT(*) AS n FROM orders WHERE status = 'FAILED'").await, orders);
    assert_eq!(figure(shop, "SELECT COUNT(*) AS n FROM posting_causes WHERE kind = 'RECOVERY'").await, orders);
    assert_eq!(figure(shop, "SELECT MIN(balance) AS n FROM wallets").await, WEALTH);
    assert_eq!(figure(shop, "SELECT reserved_stock AS n FROM products").await, 0);
}

async fn locks(redis: &RedisServer) -> Vec<String> {
    redis.ask(redis::cmd("KEYS").arg("recovery:*")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_instances_give_each_of_a_thousand_orders_back_once_and_leave_no_lock() {
    let _turn = TURN.lock().await;
    for engine in engines() {
        let redis = RedisServer::start().await;
        let instances = Instances::open_on(&engine, &redis.url(), LONG_PATIENCE, without_limits()).await;
        let users = shoppers(&instances, 250).await;
        overdue_orders(&instances, &users, 4).await;
        // Whose turn found everything locked has nothing to do; between them they do it all.
        let mut recovered = recover_at_once(&instances).await;
        recovered += recover_at_once(&instances).await;
        assert_eq!(recovered, 1_000);
        assert_all_given_back_once(&instances, 1_000).await;
        assert_eq!(locks(&redis).await, Vec::<String>::new());
        instances.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_a_cluster_every_order_is_given_back_once() {
    let _turn = TURN.lock().await;
    let cluster = RedisCluster::start().await;
    let instances = Instances::open_on(&None, &cluster.url(), LONG_PATIENCE, without_limits()).await;
    let users = shoppers(&instances, 100).await;
    overdue_orders(&instances, &users, 2).await;
    assert_eq!(recover_at_once(&instances).await + recover_at_once(&instances).await, 200);
    assert_all_given_back_once(&instances, 200).await;
    for node in &cluster.nodes {
        assert_eq!(locks(node).await, Vec::<String>::new());
    }
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_redis_the_database_alone_lets_each_order_be_given_back_once() {
    let _turn = TURN.lock().await;
    for engine in engines() {
        let redis = RedisServer::absent().await;
        let instances = Instances::open_on(&engine, &redis.url(), Duration::from_secs(1), without_limits()).await;
        let users = shoppers(&instances, 100).await;
        overdue_orders(&instances, &users, 4).await;
        assert_eq!(recover_at_once(&instances).await + recover_at_once(&instances).await, 400);
        assert_all_given_back_once(&instances, 400).await;
        instances.finish().await;
    }
}

async fn is_there(redis: &RedisServer, key: &str) -> bool {
    redis.ask(redis::cmd("EXISTS").arg(key)).await.unwrap()
}

// The lock lasts a minute by Redis' own clock, which no test moves: it is made to run out at once instead.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_that_runs_out_under_its_holder_passes_to_the_next_and_is_not_freed_by_the_first() {
    let _turn = TURN.lock().await;
    for engine in engines() {
        let redis = RedisServer::start().await;
        let instances = Instances::open_on(&engine, &redis.url(), LONG_PATIENCE, without_limits()).await;
        let user = shoppers(&instances, 1).await[0];
        let id = overdue_orders(&instances, &[user], 1).await[0];
        let key = format!("recovery:{id}");
        let status = async || store::find_order(instances.shops[0].db(), id).await.unwrap().unwrap().status;
        let recover = |index: usize| {
            let own = instances.shops[index].clone();
            tokio::spawn(async move { recover_pending(&own).await.unwrap() })
        };

        armed::set(Point::RecoverBegin, "1*return(hold)->off");
        let first = recover(0);
        armed::until_held(Point::RecoverBegin).await;
        let lasts_ms: i64 = redis.ask(redis::cmd("PTTL").arg(&key)).await.unwrap();
        assert!((50_000..=60_000).contains(&lasts_ms), "{lasts_ms}");
        assert_eq!(recover_pending(&instances.shops[1]).await.unwrap(), 0);
        let _: () = redis.ask(redis::cmd("PEXPIRE").arg(&key).arg(1)).await.unwrap();
        until("it has run out", async || !is_there(&redis, &key).await).await;

        armed::set(Point::RecoverUnlock, "1*return(hold)->off");
        let second = recover(1);
        armed::until_held(Point::RecoverUnlock).await;
        assert_eq!(status().await, OrderStatus::Failed);
        assert!(is_there(&redis, &key).await);
        armed::set(Point::RecoverBegin, "off");
        assert_eq!(first.await.unwrap(), 0);
        assert!(is_there(&redis, &key).await, "the second has it until it is done");
        armed::set(Point::RecoverUnlock, "off");
        assert_eq!(second.await.unwrap(), 1);
        assert!(!is_there(&redis, &key).await);
        armed::clear();
        assert_eq!(find_balance(instances.shops[0].db(), user).await.unwrap(), Some(Won::new(WEALTH)));
        assert_all_given_back_once(&instances, 1).await;
        instances.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_instance_that_dies_in_the_middle_is_followed_by_the_next_when_its_locks_have_run_out() {
    let _turn = TURN.lock().await;
    for (point, is_done) in
        [(Point::RecoverBegin, false), (Point::RecoverCommit, false), (Point::RecoverCommitted, true)]
    {
        let redis = RedisServer::start().await;
        let instances = Instances::open(&redis.url(), LONG_PATIENCE).await;
        let users = shoppers(&instances, 10).await;
        overdue_orders(&instances, &users, 1).await;
        armed::set(point, "1*return(hold)->off");
        let own = instances.shops[0].clone();
        let dying = tokio::spawn(async move { recover_pending(&own).await });
        armed::until_held(point).await;
        dying.abort();
        assert!(dying.await.unwrap_err().is_cancelled());
        armed::clear();
        let held = locks(&redis).await;
        assert_eq!(held.len(), 10, "nobody has released them");
        assert_eq!(recover_pending(&instances.shops[1]).await.unwrap(), 0, "{point:?}");
        for key in &held {
            let _: () = redis.ask(redis::cmd("PEXPIRE").arg(key).arg(1)).await.unwrap();
        }
        until("they have run out", async || locks(&redis).await.is_empty()).await;
        let expected = if is_done { 0 } else { 10 };
        assert_eq!(recover_pending(&instances.shops[1]).await.unwrap(), expected, "{point:?}");
        assert_all_given_back_once(&instances, 10).await;
        instances.finish().await;
    }
}
