//! What instances share besides decisions: copies of sessions, the ranking of popular goods, and the news that an
//! account has changed. And that all of it takes little room, each key with an end.

use crate::gates::{LONG_PATIENCE, link};
use crate::instances::Instances;
use crate::servers::{RedisCluster, RedisServer};
use server::redis::gate::RedisGate;
use shop::database::Sql;
use shop::id::UserId;
use shop::operator::service::set_operator_role;
use shop::operator::{By, OperatorRole};
use shop::ports::{Gate, Limit, SessionCopy};
use shop::product::{Category, ProductDraft};
use shop::stats::service::list_popular;
use shop::user::service::{authenticate, find_user};
use shop::user::sessions::{end_session, read_session, save_session, write_session};
use shop::{Shop, Timestamp, Won};
use std::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn soon(shop: &Shop) -> Timestamp {
    shop.now().after(DAY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_is_read_from_its_copy_and_outlives_redis() {
    let redis = RedisServer::start().await;
    let instances = Instances::open(&redis.url(), LONG_PATIENCE).await;
    let [one, other] = &instances.shops;
    let id = [7; 32];
    write_session(one, id, None, b"first", soon(one)).await.unwrap();
    // Behind the copy's back: who still reads it read the copy.
    save_session(one.db(), id, None, b"changed", soon(one)).await.unwrap();
    assert_eq!(read_session(other, id).await.unwrap().unwrap(), b"first");
    write_session(one, id, None, b"second", soon(one)).await.unwrap();
    assert_eq!(read_session(other, id).await.unwrap().unwrap(), b"second");

    let _: () = redis.ask(&redis::cmd("FLUSHALL")).await.unwrap();
    assert_eq!(read_session(other, id).await.unwrap().unwrap(), b"second", "a lost Redis loses no session");
    save_session(one.db(), id, None, b"changed", soon(one)).await.unwrap();
    assert_eq!(read_session(one, id).await.unwrap().unwrap(), b"second", "reading made a copy again");
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_has_ended_stays_ended_whoever_comes_late() {
    let redis = RedisServer::start().await;
    let instances = Instances::open(&redis.url(), LONG_PATIENCE).await;
    let [one, other] = &instances.shops;
    let id = [8; 32];
    write_session(one, id, None, b"held", soon(one)).await.unwrap();
    end_session(other, id).await.unwrap();
    assert_eq!(read_session(one, id).await.unwrap(), None);
    // A request that read or wrote the session before it ended, and comes to the copies after.
    let copies = one.ports().sessions.as_ref().unwrap();
    copies.keep_read(id, b"held").await.unwrap();
    copies.keep(id, b"held").await.unwrap();
    assert_eq!(copies.find(id).await.unwrap(), SessionCopy::Ended);
    assert_eq!(read_session(one, id).await.unwrap(), None);
    assert_eq!(read_session(one, [9; 32]).await.unwrap(), None, "one that never was is none");
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_redis_sessions_are_the_databases() {
    let mut redis = RedisServer::start().await;
    let instances = Instances::open(&redis.url(), Duration::from_secs(1)).await;
    let [one, other] = &instances.shops;
    let id = [10; 32];
    write_session(one, id, None, b"held", soon(one)).await.unwrap();
    redis.kill();
    assert_eq!(read_session(other, id).await.unwrap().unwrap(), b"held");
    write_session(one, id, None, b"changed", soon(one)).await.unwrap();
    assert_eq!(read_session(other, id).await.unwrap().unwrap(), b"changed");
    end_session(one, id).await.unwrap();
    assert_eq!(read_session(other, id).await.unwrap(), None);
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_instances_show_one_ranking() {
    let redis = RedisServer::start().await;
    let instances = Instances::open(&redis.url(), LONG_PATIENCE).await;
    let [one, other] = &instances.shops;
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
        price: Won::new(1_000),
        total_stock: 10,
        is_active: true,
    };
    shop::product::service::save_products(one, vec![draft]).await.unwrap();
    assert_eq!(list_popular(one, 3, None, 10).await.unwrap().len(), 0);
    // The other finds what the first kept: another ranking than it would count itself.
    let keys: Vec<String> = redis.ask(redis::cmd("KEYS").arg("cache:popular:*")).await.unwrap();
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    let mut kept: serde_json::Value =
        serde_json::from_str(&redis.ask::<String>(redis::cmd("GET").arg(key)).await.unwrap()).unwrap();
    kept["ranking"] = serde_json::json!([[1, "ebook", 5]]);
    let _: () = redis.ask(redis::cmd("SET").arg(key).arg(kept.to_string()).arg("PX").arg(60_000)).await.unwrap();
    let ranked = list_popular(other, 3, None, 10).await.unwrap();
    assert_eq!(ranked.iter().map(|popular| popular.quantity_sold).collect::<Vec<_>>(), [5]);
    // What is no ranking is counted anew.
    let _: () = redis.ask(redis::cmd("SET").arg(key).arg("nonsense")).await.unwrap();
    assert_eq!(list_popular(other, 3, None, 10).await.unwrap().len(), 0);
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_changed_account_is_forgotten_everywhere_long_before_its_age_ends_it() {
    let redis = RedisServer::start().await;
    forget_in_time(Instances::open(&redis.url(), LONG_PATIENCE).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn news_cross_a_cluster() {
    let cluster = RedisCluster::start().await;
    forget_in_time(Instances::open(&cluster.url(), LONG_PATIENCE).await).await;
}

async fn forget_in_time(instances: Instances) {
    let [one, other] = &instances.shops;
    // On a busy machine a message may be late now and then; by its age alone an account never goes in a second.
    for user in instances.shoppers(20).await {
        let known = find_user(other, user).await.unwrap().unwrap();
        set_operator_role(one, By::CommandLine, user, Some(OperatorRole::Viewer)).await.unwrap();
        let changed_at = Instant::now();
        while authenticate(other, user, known.auth_version).await.unwrap().is_some() {
            assert!(changed_at.elapsed() < Duration::from_secs(30), "a role ends nothing");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if changed_at.elapsed() < Duration::from_secs(1) {
            instances.finish().await;
            return;
        }
    }
    panic!("no news came in time, twenty times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_key_has_an_end_and_ten_thousand_shoppers_fit_into_four_megabytes() {
    let redis = RedisServer::start().await;
    let instances = Instances::open(&redis.url(), LONG_PATIENCE).await;
    let shop = &instances.shops[0];
    let gate = RedisGate::new(link(&redis.url(), LONG_PATIENCE).await);
    let info = async || {
        let info: String = redis.ask(redis::cmd("INFO").arg("memory")).await.unwrap();
        let used = info.lines().find_map(|line| line.strip_prefix("used_memory_dataset:")).unwrap();
        used.trim().parse::<i64>().unwrap()
    };
    let before = info().await;
    let limit = Limit { count: 1, window: Duration::from_secs(600) };
    gate.set_issued("CROWD", 0).await.unwrap();
    let work = (1..=10_000).map(|number| {
        let (gate, user) = (&gate, UserId::new(number));
        async move {
            gate.take(&format!("limit:order:{user}"), limit, shop.now()).await.unwrap();
            gate.take_coupon("CROWD", user, 20_000).await.unwrap();
        }
    });
    use futures::StreamExt;
    futures::stream::iter(work).for_each_concurrent(64, |work| work).await;
    let used = info().await - before;
    assert!(used < 4 * 1024 * 1024, "{used} bytes");

    gate.count_failure("failures:1", 5, DAY, shop.now()).await.unwrap();
    for _ in 0..5 {
        gate.count_failure("failures:2", 5, DAY, shop.now()).await.unwrap();
    }
    gate.lock("recovery:1", DAY, shop.now()).await.unwrap();
    write_session(shop, [1; 32], None, b"held", soon(shop)).await.unwrap();
    end_session(shop, [2; 32]).await.unwrap();
    list_popular(shop, 3, None, 10).await.unwrap();
    let keys: Vec<String> = redis.ask(redis::cmd("KEYS").arg("*")).await.unwrap();
    assert!(keys.len() > 10_000, "{}", keys.len());
    for key in keys.iter().filter(|key| !key.starts_with("limit:") || key.ends_with("00")) {
        let left_ms: i64 = redis.ask(redis::cmd("PTTL").arg(key)).await.unwrap();
        // -2: it has ended since the list was made.
        assert!(left_ms > 0 || left_ms == -2, "{key} has no end");
    }
    assert_eq!(shop.db().fetch_all(Sql::new("SELECT id FROM sessions")).await.unwrap().len(), 1);
    instances.finish().await;
}
