//! A consumer of order events to start from: it keeps the newest status of every order in an SQLite file.
//! Events come at least once, so that a consumer must tell a repeat by its id; and it must do so in the
//! transaction that does its work, or a crash between the two would lose or double it. Only then it tells the
//! broker how far it is. `docs/events.md` says what may be relied on.
//!
//! ```text
//! cargo run -p server --example order_events -- status.db orders.v1 bootstrap.servers=127.0.0.1:9092
//! ```
//!
//! What follows the topic are librdkafka's own settings, TLS and passwords among them.

use anyhow::Context;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::{ClientConfig, Message};
use serde::Deserialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::io::Write;

/// What of an event this consumer reads.
#[derive(Deserialize)]
struct OrderEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: String,
    data: OrderData,
}

#[derive(Deserialize)]
struct OrderData {
    status: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, topic, settings @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: order_events FILE TOPIC bootstrap.servers=HOST:PORT [SETTING=VALUE …]");
    };
    let consumer = open_consumer(topic, settings)?;
    let mut orders = open_orders(file).await?;
    loop {
        let message = consumer.recv().await?;
        if let Some(event) = read(message.payload().unwrap_or_default()) {
            let word = if take(&mut orders, &event).await? { "took" } else { "repeat" };
            writeln!(std::io::stdout(), "{word} {} {} {}", event.id, event.subject, event.data.status)?;
        }
        consumer.commit_message(&message, CommitMode::Async)?;
    }
}

fn open_consumer(topic: &str, settings: &[String]) -> anyhow::Result<StreamConsumer> {
    let mut config = ClientConfig::new();
    config.set("group.id", "order-status").set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    for setting in settings {
        let (name, value) = setting.split_once('=').with_context(|| format!("`{setting}` is not SETTING=VALUE"))?;
        config.set(name, value);
    }
    let consumer: StreamConsumer = config.create()?;
    consumer.subscribe(&[topic])?;
    Ok(consumer)
}

/// `None` for what is no order event of the version that we know: others may come, and must not stop us.
fn read(payload: &[u8]) -> Option<OrderEvent> {
    let event: OrderEvent = serde_json::from_slice(payload).ok()?;
    (event.kind.starts_with("damda.order.") && event.kind.ends_with(".v1")).then_some(event)
}

async fn open_orders(file: &str) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut orders = SqliteConnection::connect_with(&options.synchronous(SqliteSynchronous::Full)).await?;
    let tables = "CREATE TABLE IF NOT EXISTS seen (event_id TEXT PRIMARY KEY) STRICT; \
        CREATE TABLE IF NOT EXISTS orders (\
            order_id TEXT PRIMARY KEY, status TEXT NOT NULL, changed_at TEXT NOT NULL, events INTEGER NOT NULL\
        ) STRICT;";
    sqlx::raw_sql(tables).execute(&mut orders).await?;
    Ok(orders)
}

/// Remembers the event and does its work, both or neither. `false`: it was seen before.
async fn take(orders: &mut SqliteConnection, event: &OrderEvent) -> anyhow::Result<bool> {
    let mut tx = orders.begin().await?;
    let seen = sqlx::query("INSERT INTO seen (event_id) VALUES (?) ON CONFLICT DO NOTHING").bind(&event.id);
    if seen.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let keep = "INSERT INTO orders (order_id, status, changed_at, events) VALUES (?, ?, ?, 1) \
        ON CONFLICT (order_id) DO UPDATE SET \
        status = excluded.status, changed_at = excluded.changed_at, events = events + 1";
    let keep = sqlx::query(keep).bind(&event.subject).bind(&event.data.status).bind(&event.time);
    keep.execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}
