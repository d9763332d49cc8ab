//! Redis is away, frozen, or back with nothing in it: nobody waits long, nothing is wrong, and it heals itself.

use crate::gates::LONG_PATIENCE;
use crate::instances::{Instances, engines, without_limits, word};
use crate::servers::{RedisCluster, RedisServer, until};
use server::outside::Service;
use shop::Settings;
use shop::coupon::service::claim_coupon;
use shop::ports::{Limit, LimitAnswer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Shorter than by default: these tests wait it out.
const PATIENCE: Duration = Duration::from_millis(500);

async fn answers(service: &Arc<dyn Service>) -> bool {
    service.ping().await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shop_begins_without_redis_and_takes_it_when_it_comes() {
    let mut redis = RedisServer::absent().await;
    let limit = Limit { count: 1, window: Duration::from_secs(3_600) };
    let instances = Instances::open(&redis.url(), PATIENCE).await;
    assert_eq!((instances.services[0].name(), answers(&instances.services[0]).await), ("redis", false));
    let users = instances.shoppers(4).await;
    let coupon = instances.coupon("EARLY", 2).await;
    assert_eq!(word(&claim_coupon(&instances.shop(0), users[0], &coupon).await), "claimed");
    // Each process counts for itself until there is a Redis.
    let gates = instances.shops.each_ref().map(|shop| shop.ports().gate.clone());
    let now = instances.shops[0].now();
    let is_taken = async |index: usize, key: &str| {
        matches!(gates[index].take(key, limit, now).await.unwrap(), LimitAnswer::Taken { .. })
    };
    assert!(is_taken(0, "limit:a").await && !is_taken(0, "limit:a").await && is_taken(1, "limit:a").await);

    redis.begin().await;
    for service in &instances.services {
        until("redis is found", async || answers(service).await).await;
    }
    assert!(is_taken(0, "limit:b").await && !is_taken(1, "limit:b").await, "now they count together");
    assert_eq!(word(&claim_coupon(&instances.shop(1), users[1], &coupon).await), "claimed");
    assert_eq!(word(&claim_coupon(&instances.shop(1), users[2], &coupon).await), "coupon_sold_out");
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_redis_the_database_alone_issues_every_piece_once() {
    for engine in engines() {
        let redis = RedisServer::absent().await;
        let instances = Instances::open_on(&engine, &redis.url(), PATIENCE, without_limits()).await;
        let users = instances.shoppers(200).await;
        let coupon = instances.coupon("ALONE", 50).await;
        let tally = instances.claim_at_once(&users, &coupon).await;
        assert_eq!(tally, [("claimed", 50), ("coupon_sold_out", 150)].into());
        let once = instances.coupon("ONCE", 50).await;
        let tally = instances.claim_at_once(&[users[0]; 64], &once).await;
        assert_eq!(tally, [("claimed", 1), ("coupon_already_claimed", 63)].into());
        instances.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_redis_that_dies_among_the_claims_and_comes_back_empty_issues_nothing_twice() {
    for engine in engines() {
        let mut redis = RedisServer::start().await;
        let instances = Arc::new(Instances::open_on(&engine, &redis.url(), PATIENCE, without_limits()).await);
        let users = instances.shoppers(600).await;
        let coupon = instances.coupon("MIDST", 100).await;
        let claims = {
            let (instances, users, coupon) = (instances.clone(), users.clone(), coupon.clone());
            tokio::spawn(async move {
                let mut claimed = 0;
                for some in users[..500].chunks(20) {
                    let tally = instances.claim_at_once(some, &coupon).await;
                    claimed += tally.get("claimed").copied().unwrap_or(0);
                    let others = tally.keys().filter(|word| !["claimed", "coupon_sold_out"].contains(word));
                    assert_eq!(others.count(), 0, "{tally:?}");
                }
                claimed
            })
        };
        until("some have claimed", async || instances.issued(&coupon).await.1 >= 20).await;
        redis.kill();
        until("more have claimed", async || instances.issued(&coupon).await.1 >= 60).await;
        redis.begin().await;
        assert_eq!(claims.await.unwrap(), 100);
        assert_eq!(instances.issued(&coupon).await, (100, 100));
        for service in &instances.services {
            until("redis is found", async || answers(service).await).await;
        }
        let tally = instances.claim_at_once(&users[500..], &coupon).await;
        assert_eq!(tally, [("coupon_sold_out", 100)].into());
        Arc::into_inner(instances).unwrap().finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_count_that_redis_has_lost_is_made_anew_from_the_database() {
    let redis = RedisServer::start().await;
    let instances = Instances::open(&redis.url(), LONG_PATIENCE).await;
    let users = instances.shoppers(60).await;
    let coupon = instances.coupon("FLUSHED", 30).await;
    let mut claimed = 0;
    for some in users.chunks(12) {
        let tally = instances.claim_at_once(some, &coupon).await;
        claimed += tally.get("claimed").copied().unwrap_or(0);
        let _: () = redis.ask(&redis::cmd("FLUSHALL")).await.unwrap();
    }
    assert_eq!((claimed, instances.issued(&coupon).await), (30, (30, 30)));
    let roomy = instances.coupon("ROOMY", 30).await;
    instances.claim_at_once(&users[..12], &roomy).await;
    let _: () = redis.ask(&redis::cmd("FLUSHALL")).await.unwrap();
    instances.claim_at_once(&users[12..13], &roomy).await;
    let counter: i64 = redis.ask(redis::cmd("GET").arg("coupon:used:{ROOMY}")).await.unwrap();
    assert_eq!(counter, 13, "the twelve of before and the one since");
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_redis_that_says_nothing_keeps_only_those_waiting_who_asked_it_first() {
    let redis = RedisServer::start().await;
    let instances = Instances::open(&redis.url(), PATIENCE).await;
    let (gate, now) = (instances.shops[0].ports().gate.clone(), instances.shops[0].now());
    let limit = Limit { count: 1, window: Duration::from_secs(3_600) };
    assert!(answers(&instances.services[0]).await);
    redis.freeze();
    gate.take("limit:first", limit, now).await.unwrap();
    let begun = Instant::now();
    for number in 0..200 {
        gate.take(&format!("limit:{number}"), limit, now).await.unwrap();
    }
    // Each waiting its turn would take a hundred seconds.
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert!(!answers(&instances.services[0]).await);
    redis.thaw();
    until("redis is found", async || answers(&instances.services[0]).await).await;
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_block_that_began_without_redis_goes_on_with_it() {
    let mut redis = RedisServer::absent().await;
    let blocking = Settings { failure_limit: Some(5), ..without_limits() };
    let instances = Instances::open_on(&None, &redis.url(), PATIENCE, blocking).await;
    let user = instances.shoppers(1).await[0];
    let coupon = instances.coupon("BLOCKED", 5).await;
    let unknown = shop::coupon::CouponCode::parse("NOSUCH").unwrap();
    for _ in 0..5 {
        assert_eq!(word(&claim_coupon(&instances.shop(0), user, &unknown).await), "coupon_not_applicable");
    }
    assert_eq!(word(&claim_coupon(&instances.shop(0), user, &coupon).await), "temporarily_blocked");
    redis.begin().await;
    until("redis is found", async || answers(&instances.services[0]).await).await;
    assert_eq!(word(&claim_coupon(&instances.shop(0), user, &coupon).await), "temporarily_blocked");
    instances.clock.advance(Duration::from_secs(600));
    assert_eq!(word(&claim_coupon(&instances.shop(0), user, &coupon).await), "claimed");
    instances.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_that_loses_a_master_is_away_until_it_is_whole_again() {
    let mut cluster = RedisCluster::start().await;
    let instances = Instances::open(&cluster.url(), PATIENCE).await;
    assert!(answers(&instances.services[0]).await);
    cluster.nodes[1].kill();
    until("the loss is seen", async || !answers(&instances.services[0]).await).await;
    let users = instances.shoppers(30).await;
    for code in ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX"] {
        let coupon = instances.coupon(code, 10).await;
        let tally = instances.claim_at_once(&users, &coupon).await;
        assert_eq!(tally, [("claimed", 10), ("coupon_sold_out", 20)].into(), "{code}");
    }
    cluster.nodes[1].begin().await;
    until("the cluster is found", async || answers(&instances.services[0]).await).await;
    instances.finish().await;
}
