//! Brokers that refuse, vanish and lose count, as librdkafka's own mock cluster plays them.

use crate::broker::PATIENCE;
use crate::{Outbox, STATUSES, TOPIC, settings};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use serde_json::Value;
use shop::id::OrderId;
use shop::ports::PUBLISHED_WITHIN;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

type Cluster = MockCluster<'static, DefaultProducerContext>;

/// So many brokers, each leading one partition of the topic.
fn cluster(brokers: i32) -> Cluster {
    let cluster = Cluster::new(brokers).expect("a cluster");
    cluster.create_topic(TOPIC, brokers, 1).expect("a topic");
    for partition in 0..brokers {
        cluster.partition_leader(TOPIC, partition, Some(partition + 1)).expect("a leader");
    }
    cluster
}

/// What a partition holds: order, status and id of each event.
fn log_of(cluster: &Cluster, partition: i32) -> Vec<(String, String, String)> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", cluster.bootstrap_servers()).set("group.id", "test");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let (_, end) = consumer.fetch_watermarks(TOPIC, partition, PATIENCE).expect("its end");
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(TOPIC, partition, Offset::Beginning).expect("the beginning");
    consumer.assign(&from).expect("assigned");
    let (mut log, until) = (Vec::new(), Instant::now() + PATIENCE);
    while i64::try_from(log.len()).expect("few") < end {
        assert!(Instant::now() < until, "{} of {end} messages", log.len());
        // That another broker is down is said here too, and changes nothing.
        let Some(Ok(message)) = consumer.poll(Duration::from_secs(1)) else { continue };
        let event: Value = serde_json::from_slice(message.payload().expect("a payload")).expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        assert_eq!(message.key().expect("a key"), text(&event["subject"]).as_bytes());
        log.push((text(&event["subject"]), text(&event["data"]["status"]), text(&event["id"])));
    }
    log
}

/// Every order is there with all that happened to it, in order, each event under one id. Gives how many
/// messages were repeats.
fn assert_whole(log: &[(String, String, String)], orders: &[OrderId]) -> usize {
    let mut firsts: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let mut repeats = 0;
    for (order, status, id) in log {
        let of_order = firsts.entry(order).or_default();
        match of_order.iter().find(|(seen, _)| seen == status) {
            Some((_, seen)) => {
                assert_eq!(seen, id, "a repeat has another id");
                repeats += 1;
            }
            None => of_order.push((status, id)),
        }
    }
    assert_eq!(firsts.keys().map(ToString::to_string).collect::<BTreeSet<_>>(), texts(orders));
    for (order, events) in firsts {
        let statuses: Vec<&str> = events.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, STATUSES, "order {order}");
    }
    repeats
}

fn texts(orders: &[OrderId]) -> BTreeSet<String> {
    orders.iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_that_pass_are_outlived_without_a_loss_a_repeat_or_a_wrong_order() {
    let cluster = cluster(1);
    let outbox = Outbox::open(&settings(&cluster.bootstrap_servers())).await;
    let orders = outbox.fill(200).await;
    cluster.request_errors(
        RDKafkaApiKey::Produce,
        &[
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
        ],
    );
    assert_eq!(outbox.relay().await.expect("all sent"), 600);
    assert_eq!(outbox.waiting().await, 0);
    assert_eq!(assert_whole(&log_of(&cluster, 0), &orders), 0, "nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_loses_nothing_and_its_end_needs_nobody() {
    let cluster = cluster(1);
    let outbox = Outbox::open(&settings(&cluster.bootstrap_servers())).await;
    let mut orders = outbox.fill(20).await;
    outbox.relay().await.expect("the broker is there");
    outbox.wait_until_seen(true).await;

    cluster.broker_down(1).expect("down");
    orders.extend(outbox.fill(50).await);
    outbox.wait_until_seen(false).await;
    for _ in 0..2 {
        let began = Instant::now();
        let fault = outbox.relay().await.expect_err("nobody is there").to_string();
        assert!(began.elapsed() < PUBLISHED_WITHIN, "the lock would run out: {:?}", began.elapsed());
        assert!(fault.contains("kafka") && fault.contains("127.0.0.1"), "it says what stands in the way: {fault}");
        assert_eq!(outbox.waiting().await, 150);
    }

    cluster.broker_up(1).expect("up");
    outbox.wait_until_seen(true).await;
    assert_eq!(outbox.relay().await.expect("the broker is back"), 150);
    assert_eq!(outbox.waiting().await, 0);
    assert_whole(&log_of(&cluster, 0), &orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_without_its_broker_holds_up_its_own_orders_and_repeats_nothing_of_the_others() {
    let cluster = cluster(2);
    let outbox = Outbox::open(&settings(&cluster.bootstrap_servers())).await;
    cluster.broker_down(2).expect("down");
    let orders = outbox.fill(60).await;
    // One stage of the orders of the living broker goes out at each turn, then the others' fault ends it.
    for _ in STATUSES {
        assert!(outbox.relay().await.is_err());
    }
    let living = log_of(&cluster, 0);
    let arrived: BTreeSet<&str> = living.iter().map(|(order, _, _)| order.as_str()).collect();
    assert!(!arrived.is_empty() && arrived.len() < orders.len(), "{} of {}", arrived.len(), orders.len());
    let of_living: Vec<OrderId> =
        orders.iter().copied().filter(|id| arrived.contains(id.to_string().as_str())).collect();
    assert_eq!(assert_whole(&living, &of_living), 0, "what was confirmed is not sent again");
    assert_eq!(usize::try_from(outbox.waiting().await), Ok((orders.len() - of_living.len()) * STATUSES.len()));

    cluster.broker_up(2).expect("up");
    let all_sent = async { while outbox.relay().await.is_err() {} };
    tokio::time::timeout(PATIENCE, all_sent).await.expect("the rest goes out");
    let mut all = log_of(&cluster, 0);
    assert_eq!(all, living, "nothing more happened to the orders of the living broker");
    all.extend(log_of(&cluster, 1));
    assert_whole(&all, &orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_failed_for_good_is_replaced() {
    let cluster = cluster(1);
    let outbox = Outbox::open(&settings(&cluster.bootstrap_servers())).await;
    let mut orders = outbox.fill(3).await;
    outbox.relay().await.expect("the broker is there");
    // To an idempotent producer this says that the broker has lost what it had confirmed: fatal.
    cluster
        .request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER; 1]);
    orders.extend(outbox.fill(3).await);
    let fault = outbox.relay().await.expect_err("that producer is lost").to_string();
    assert!(fault.contains("kafka"), "{fault}");
    assert_eq!(outbox.relay().await.expect("a fresh one takes its place"), 9);
    assert_whole(&log_of(&cluster, 0), &orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_goes_out_in_a_few_round_trips_and_not_one_an_event() {
    let cluster = cluster(3);
    let round_trip = Duration::from_millis(50);
    for broker in 1..=3 {
        cluster.broker_round_trip_time(broker, round_trip).expect("a slow way");
    }
    let outbox = Outbox::open(&settings(&cluster.bootstrap_servers())).await;
    let orders = outbox.fill(2_000).await;
    let began = Instant::now();
    assert_eq!(outbox.relay().await.expect("all sent"), 6_000);
    let took = began.elapsed();
    assert!(took < round_trip * 6_000 / 10, "{took:?} for 6,000 events at {round_trip:?} there and back");
    let log: Vec<_> = (0..3).flat_map(|partition| log_of(&cluster, partition)).collect();
    assert_eq!(assert_whole(&log, &orders), 0);
}
