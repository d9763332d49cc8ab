//! Order events on their way to Kafka: what goes wrong, against the brokers that librdkafka pretends
//! (`failures`); what arrives, against a real broker of another make, read by a client of another make
//! (`arrival`); and the example of a consumer (`consumer`).
#![allow(clippy::disallowed_methods, reason = "a broker and its clients know no other clock than the machine's")]

mod arrival;
mod broker;
mod consumer;
mod failures;
#[path = "../support/program.rs"]
mod program;

use server::config::KafkaSettings;
use server::kafka::KafkaEvents;
use server::outside::Service;
use shop::database::{Db, Sql, outbox};
use shop::id::{EventId, OrderId};
use shop::ports::{Event, Ports, SystemClock};
use shop::{Settings, Shop};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const TOPIC: &str = "orders.v1";
const SOURCE: &str = "https://shop.example";

/// What becomes of an order that goes well.
const STATUSES: [&str; 3] = ["RESERVED", "PAID", "COMPLETED"];

fn settings(brokers: &str) -> KafkaSettings {
    let brokers = brokers.split(',').map(str::to_owned).collect();
    KafkaSettings { brokers, topic: TOPIC.to_owned(), tls: None, login: None }
}

/// A shop whose events go to these brokers.
struct Outbox {
    shop: Shop,
    kafka: Arc<KafkaEvents>,
    _folder: TempDir,
}

impl Outbox {
    async fn open(settings: &KafkaSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("damda.db").display());
        let db = Db::open(&url).await.expect("a database");
        db.migrate().await.expect("a schema");
        let kafka = Arc::new(KafkaEvents::open(settings, SOURCE).expect("good settings"));
        let ports = Ports { events: Some(kafka.clone()), ..Ports::local(Arc::new(SystemClock)) };
        Self { shop: Shop::open(db, ports, Settings::default()), kafka, _folder: folder }
    }

    /// Writes all that happens to so many orders into the outbox, stage after stage; gives the orders.
    async fn fill(&self, orders: usize) -> Vec<OrderId> {
        let ids: Vec<OrderId> = (0..orders).map(|_| self.shop.mint_order_id()).collect();
        let mut tx = self.shop.db().begin().await.expect("a transaction");
        for status in STATUSES {
            let events: Vec<Event> = ids.iter().map(|id| self.event(*id, status)).collect();
            outbox::write_events(&self.shop, &mut tx, &events).await.expect("written");
        }
        tx.commit().await.expect("committed");
        ids
    }

    fn event(&self, order_id: OrderId, status: &str) -> Event {
        let now = self.shop.now();
        Event {
            id: EventId::new(now, self.shop.random_bytes()),
            order_id,
            kind: format!("order.{}", status.to_ascii_lowercase()),
            payload: serde_json::json!({"order_id": order_id, "status": status, "occurred_at": now}).to_string(),
            created_at: now,
        }
    }

    async fn relay(&self) -> Result<u64, shop::Error> {
        outbox::relay(&self.shop).await
    }

    async fn waiting(&self) -> i64 {
        let sql = Sql::new("SELECT COUNT(*) AS n FROM outbox WHERE sent_at IS NULL");
        let row = self.shop.db().fetch_optional(sql).await.expect("a count");
        row.expect("a row").int("n").expect("a number")
    }

    /// Asks until the broker is seen as it is.
    async fn wait_until_seen(&self, answers: bool) {
        let seen = async {
            while self.kafka.ping().await.is_ok() != answers {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(broker::PATIENCE, seen).await.expect("the broker is seen as it is");
    }
}
