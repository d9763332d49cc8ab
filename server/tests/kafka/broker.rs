//! A real broker for one test: Tansu, a Kafka broker of another make, on a free loopback port with nothing
//! but memory; and a reader that shares no code with us. `scripts/setup.sh` installs both.

#![allow(clippy::disallowed_methods, reason = "a broker and its clients know no other clock than the machine's")]

use crate::program::free_address;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a busy machine may take for anything that a test waits for.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// One message as another client read it.
#[derive(Clone, Debug)]
pub struct Message {
    pub partition: i64,
    pub timestamp: i64,
    pub key: String,
    pub content_type: String,
    pub text: String,
    pub event: Value,
}

impl Message {
    fn read(line: &str) -> Self {
        let seen: Value = serde_json::from_str(line).expect("a line of JSON");
        let text = seen["value"].as_str().expect("a value").to_owned();
        Self {
            partition: seen["partition"].as_i64().expect("a partition"),
            timestamp: seen["timestamp"].as_i64().expect("a time"),
            key: seen["key"].as_str().expect("a key").to_owned(),
            content_type: seen["headers"]["content-type"].as_str().unwrap_or_default().to_owned(),
            event: serde_json::from_str(&text).expect("an event in JSON"),
            text,
        }
    }

    pub fn id(&self) -> String {
        self.event["id"].as_str().expect("an id").to_owned()
    }

    pub fn status(&self) -> String {
        self.event["data"]["status"].as_str().expect("a status").to_owned()
    }
}

/// The statuses of each order as its events came first, repeats left out; panics where a repeat has another id.
pub fn first_statuses(messages: &[Message]) -> BTreeMap<String, Vec<String>> {
    let mut ids: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut orders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in messages {
        let change = (message.key.clone(), message.status());
        match ids.get(&change) {
            Some(id) => assert_eq!(*id, message.id(), "a repeat of {change:?} has an id of its own"),
            None => {
                orders.entry(change.0.clone()).or_default().push(change.1.clone());
                ids.insert(change, message.id());
            }
        }
    }
    orders
}

/// Ends with the test.
pub struct Process(pub Child);

impl Process {
    pub fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill runs").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Broker {
    process: Process,
    /// `127.0.0.1:PORT`
    pub address: String,
    /// Where clients are sent: itself, or what stands in front of it.
    advertised: String,
}

impl Broker {
    pub fn start() -> Self {
        Self::start_on_a_free_port(None)
    }

    /// One that sends its clients to `front`.
    pub fn start_behind(front: &str) -> Self {
        Self::start_on_a_free_port(Some(front))
    }

    /// A port that was free may be taken before the broker has it: then it ends, and another port is tried.
    fn start_on_a_free_port(front: Option<&str>) -> Self {
        let start = |_| {
            let address = free_address();
            Self::start_at(&address, front.unwrap_or(&address))
        };
        (0..10).find_map(start).expect("a port that stays free")
    }

    /// `None` when it ended before it listened.
    fn start_at(address: &str, advertised: &str) -> Option<Self> {
        let process = Command::new(tool("tansu"))
            .args(["broker", "--storage-engine", "memory://tansu/"])
            .args(["--listener-url", &format!("tcp://{address}")])
            .args(["--advertised-listener-url", &format!("tcp://{advertised}")])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the broker starts");
        let mut process = Process(process);
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if process.0.try_wait().expect("its state").is_some() {
                return None;
            }
            assert!(Instant::now() < until, "the broker does not listen at {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { process, address: address.to_owned(), advertised: advertised.to_owned() })
    }

    /// It answers nobody, and closes nothing.
    pub fn freeze(&self) {
        self.process.signal("-STOP");
    }

    pub fn resume(&self) {
        self.process.signal("-CONT");
    }

    /// Ends it and starts another in its place, which has forgotten everything.
    pub fn replace(&mut self) {
        let _ = self.process.0.kill();
        let _ = self.process.0.wait();
        let again = || Self::start_at(&self.address, &self.advertised);
        *self = std::iter::repeat_with(again).take(50).flatten().next().expect("its port is free again");
    }

    pub fn messages(&self, topic: &str) -> Vec<Message> {
        read_topic(&[&self.advertised, topic])
    }
}

pub fn wait_until_open(address: &str) {
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < until, "nobody listens at {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Everything in a topic: `[broker, topic]`, and the file of whom to trust where TLS is spoken.
pub fn read_topic(arguments: &[&str]) -> Vec<Message> {
    let output = python("read_topic.py").args(arguments).output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(Message::read).collect()
}

/// A script of this folder, with the other client at hand.
pub fn python(script: &str) -> Command {
    let mut command = Command::new(tool("python"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka").join(script)).stdin(Stdio::null());
    command
}

fn tool(name: &str) -> PathBuf {
    let tools = std::env::var("KAFKA_TOOLS").unwrap_or_default();
    assert!(
        !tools.is_empty(),
        "KAFKA_TOOLS is not set, so nothing can be proved against a real broker: run `make test`, which installs \
         one, or `scripts/setup.sh test` and then `. scripts/env.sh`"
    );
    Path::new(&tools).join("bin").join(name)
}
