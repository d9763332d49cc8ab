//! `examples/order_events.rs`, as somebody would run it: events that come twice, and a consumer that is killed,
//! leave each order's events counted once.

use crate::broker::{Broker, PATIENCE, Process};
use crate::{Outbox, STATUSES, TOPIC, settings};
use shop::ports::{Event, Events};
use sqlx::Connection;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A running consumer and what it prints.
struct Running {
    process: Process,
    lines: Receiver<String>,
}

impl Running {
    fn start(folder: &Path, broker: &Broker) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_damda")).with_file_name("examples").join("order_events");
        assert!(program.exists(), "build the example first: cargo build -p server --example order_events");
        let mut child = Command::new(program)
            .args(["status.db", TOPIC, &format!("bootstrap.servers={}", broker.address), "session.timeout.ms=2000"])
            .args(["heartbeat.interval.ms=500"])
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = read_lines(child.stdout.take().expect("its output"));
        Self { process: Process(child), lines }
    }

    /// The first words of the next lines: `took` or `repeat`.
    fn next(&self, count: usize) -> Vec<String> {
        let line = || self.lines.recv_timeout(PATIENCE).expect("a line in time");
        (0..count).map(|_| line().split(' ').next().expect("a word").to_owned()).collect()
    }
}

fn read_lines(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Status and number of events of each order that the consumer knows.
async fn known(folder: &Path) -> Vec<(String, i64)> {
    let url = format!("sqlite://{}", folder.join("status.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("its file");
    let rows = sqlx::query_as("SELECT status, events FROM orders").fetch_all(&mut connection).await.expect("rows");
    connection.close().await.expect("closed");
    rows
}

fn count(words: &[String], word: &str) -> usize {
    words.iter().filter(|found| *found == word).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_takes_each_event_once_whatever_is_repeated_and_whoever_dies() {
    let (broker, folder) = (Broker::start(), tempfile::tempdir().expect("a folder"));
    let outbox = Outbox::open(&settings(&broker.address)).await;
    let order = outbox.shop.mint_order_id();
    let events: Vec<Event> = STATUSES.iter().map(|status| outbox.event(order, status)).collect();
    let publish = async |events: &[Event]| {
        for event in events {
            let published = outbox.kafka.publish(std::slice::from_ref(event)).await;
            assert!(published.iter().all(Result::is_ok), "{published:?}");
        }
    };
    // As a relay does that died before it marked: the first two come again after the last.
    publish(&events).await;
    publish(&events[..2]).await;
    let consumer = Running::start(folder.path(), &broker);
    let words = consumer.next(5);
    assert_eq!((count(&words, "took"), count(&words, "repeat")), (3, 2), "{words:?}");
    assert_eq!(known(folder.path()).await, [("COMPLETED".to_owned(), 3)], "no repeat turned it back");

    // Killed, it may not have told the broker how far it was: what it gets again it has already.
    drop(consumer);
    let orders = outbox.fill(20).await;
    outbox.relay().await.expect("all sent");
    let consumer = Running::start(folder.path(), &broker);
    let mut taken = 0;
    while taken < 60 {
        taken += count(&consumer.next(1), "took");
    }
    let known = known(folder.path()).await;
    assert_eq!(known.len(), 1 + orders.len());
    assert!(known.iter().all(|(status, events)| status == "COMPLETED" && *events == 3), "{known:?}");
    drop(consumer.process);
}
