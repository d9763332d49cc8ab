//! Real redis-servers for a test: each its own process on a free loopback port, with a folder of its own,
//! keeping nothing on disk, ended with the test by its process id.

#![allow(dead_code, reason = "every test crate uses its part")]
#![allow(clippy::disallowed_methods, reason = "a test waits for a process by the machine's clock")]

use redis::{Client, Cmd, FromRedisValue, RedisResult};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A condition that does not come about within this, on the slowest machine, never will.
const AT_MOST: Duration = Duration::from_secs(60);

/// Waits until `is_so` says yes.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + AT_MOST;
    while !is_so().await {
        assert!(Instant::now() < end, "not within {AT_MOST:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// One redis-server.
pub struct RedisServer {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
    options: Vec<String>,
}

impl RedisServer {
    /// A running one.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(options: &[&str]) -> Self {
        let mut server = Self::absent().await;
        server.options.extend(options.iter().map(|option| (*option).to_owned()));
        server.begin().await;
        server
    }

    /// The address of one that has yet to begin.
    pub async fn absent() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { child: None, port: free_port(), folder, options: Vec::new() }
    }

    /// Begins, or begins again: as empty as the first time, at the same address.
    pub async fn begin(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(&self.options)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server runs: `scripts/setup.sh test` installs it");
        self.child = Some(child);
        until("redis-server answers", async || {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("its state"));
            assert!(ended.is_none(), "redis-server ended: {ended:?}");
            self.ask::<String>(&redis::cmd("PING")).await.is_ok()
        })
        .await;
    }

    /// SIGKILL: everything it knew is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a signal");
            child.wait().expect("its end");
        }
    }

    /// SIGSTOP: it takes connections and never answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.child.as_ref().expect("it runs");
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it says to one command, on a connection of its own.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let client = Client::open(self.url()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await?;
        command.query_async(&mut connection).await
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A Redis Cluster of three masters.
pub struct RedisCluster {
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    pub async fn start() -> Self {
        let mut nodes = Vec::new();
        for _ in 0..3 {
            let bus_port = free_port().to_string();
            let options = ["--cluster-enabled", "yes", "--cluster-port", &bus_port, "--cluster-node-timeout", "5000"];
            nodes.push(RedisServer::start_with(&options).await);
        }
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)));
        let created = create.arg("--cluster-yes").stdin(Stdio::null()).output().expect("redis-cli runs");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        let cluster = Self { nodes };
        until("every node knows the whole cluster", async || {
            for node in &cluster.nodes {
                let state: String = node.ask(redis::cmd("CLUSTER").arg("INFO")).await.expect("a state");
                if !state.contains("cluster_state:ok") {
                    return false;
                }
            }
            true
        })
        .await;
        cluster
    }

    pub fn url(&self) -> String {
        self.nodes.iter().map(RedisServer::url).collect::<Vec<_>>().join(",")
    }
}
