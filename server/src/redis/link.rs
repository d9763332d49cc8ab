//! The connection to Redis, and whether Redis answers. A request never tries out a Redis that is down: it hears
//! so at once, and one task of its own looks every second whether it is back. So whoever was under way when
//! Redis fell silent waits once, and nobody after. Says in the log and in the metrics when that begins and ends.

use crate::config;
use crate::outside::Service;
use crate::problem::sources;
use crate::watch::{REDIS_DOWN, REDIS_ERRORS, REDIS_SECONDS};
use anyhow::Context;
use async_trait::async_trait;
use metrics::{counter, gauge, histogram};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, FromRedisValue, IntoConnectionInfo, Pipeline, RedisError,
    RedisFuture, RedisResult, ScriptInvocation, Value,
};
use shop::Fault;
use shop::watch::Stopwatch;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How often it is looked whether Redis answers.
const LOOKED_EVERY: Duration = Duration::from_secs(1);
/// Written at every look: a Redis that takes no writes is of no use.
const PROBE_KEY: &str = "damda:probe";
/// How often a cluster is asked again when it says that a key has moved.
const CLUSTER_RETRIES: u32 = 3;

/// A handle on the one connection of this process. Cloning it is cheap.
#[derive(Clone)]
pub struct Link(Arc<Inner>);

struct Inner {
    way: Way,
    clients: Vec<Client>,
    /// As the log says it: without password.
    address: String,
    database: u16,
    patience: Duration,
    state: watch::Sender<State>,
}

enum Way {
    Server(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// `connection` is `None` while Redis does not answer. Every change is another generation, so that a failure on
/// an old connection says nothing of the new one.
#[derive(Clone)]
struct State {
    connection: Option<Connection>,
    generation: u64,
}

impl Link {
    /// Looks once whether Redis answers, then goes on looking for as long as anybody holds the link.
    ///
    /// # Errors
    /// When the address is none that the driver takes.
    pub async fn open(settings: &config::Redis, patience: Duration) -> anyhow::Result<Self> {
        let infos = connection_infos(settings).context("REDIS_URL is no address of Redis")?;
        let clients = infos.iter().map(|info| Client::open(info.clone())).collect::<RedisResult<Vec<_>>>()?;
        let way = if settings.is_cluster() {
            let builder = ClusterClient::builder(infos)
                .tcp_settings(tcp_settings())
                .connection_timeout(patience)
                .response_timeout(patience)
                .retries(CLUSTER_RETRIES);
            Way::Cluster(Box::new(builder.build().context("REDIS_URL names no Redis Cluster")?))
        } else {
            Way::Server(Box::new(clients.first().context("REDIS_URL names no server")?.clone()))
        };
        let link = Self(Arc::new(Inner {
            way,
            clients,
            address: settings.to_string(),
            database: settings.database(),
            patience,
            state: watch::Sender::new(State { connection: None, generation: 0 }),
        }));
        match link.0.connect().await {
            Ok(connection) => link.0.begin(connection),
            Err(error) => link.0.say_down(&error),
        }
        tokio::spawn(look_again_and_again(Arc::downgrade(&link.0)));
        Ok(link)
    }

    /// Runs a script.
    ///
    /// # Errors
    /// At once while Redis is known to be down.
    pub async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Fault> {
        let (mut connection, generation) = self.connection()?;
        let began = Stopwatch::start();
        let answer = script.invoke_async(&mut connection).await;
        histogram!(REDIS_SECONDS).record(began.elapsed());
        self.judge(answer, generation)
    }

    /// Sends one command.
    ///
    /// # Errors
    /// At once while Redis is known to be down.
    pub async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        let (mut connection, generation) = self.connection()?;
        let began = Stopwatch::start();
        let answer = command.query_async(&mut connection).await;
        histogram!(REDIS_SECONDS).record(began.elapsed());
        self.judge(answer, generation)
    }

    /// Done as soon as Redis is lost or found again, or nobody holds the link any more.
    pub(super) fn changes(&self) -> impl Future<Output = ()> + use<> {
        let mut state = self.0.state.subscribe();
        async move {
            // An error says that the link is gone, which is a change too.
            let _ = state.changed().await;
        }
    }

    /// One client a node, for what needs a connection of its own.
    pub(super) fn clients(&self) -> &[Client] {
        &self.0.clients
    }

    pub(super) fn database(&self) -> u16 {
        self.0.database
    }

    pub(super) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// The link without its hold on it: whoever works for it ends with it.
    pub(super) fn downgrade(&self) -> WeakLink {
        WeakLink(Arc::downgrade(&self.0))
    }

    fn connection(&self) -> Result<(Connection, u64), Fault> {
        let state = self.0.state.borrow();
        let connection = state.connection.clone().ok_or_else(|| Fault::Other("Redis does not answer".to_owned()))?;
        Ok((connection, state.generation))
    }

    fn judge<T>(&self, answer: RedisResult<T>, generation: u64) -> Result<T, Fault> {
        answer.map_err(|error| {
            counter!(REDIS_ERRORS).increment(1);
            self.0.end(generation, &error);
            fault(&error)
        })
    }
}

pub(super) struct WeakLink(Weak<Inner>);

impl WeakLink {
    pub(super) fn upgrade(&self) -> Option<Link> {
        self.0.upgrade().map(Link)
    }
}

#[async_trait]
impl Service for Link {
    fn name(&self) -> &'static str {
        "redis"
    }

    async fn ping(&self) -> Result<(), Fault> {
        self.send(&redis::cmd("PING")).await
    }
}

impl Inner {
    /// A connection that was tried out.
    async fn connect(&self) -> RedisResult<Connection> {
        let connecting = async {
            let mut connection = match &self.way {
                Way::Server(client) => {
                    let config = AsyncConnectionConfig::new()
                        .set_connection_timeout(Some(self.patience))
                        .set_response_timeout(Some(self.patience));
                    Connection::Server(client.get_multiplexed_async_connection_with_config(&config).await?)
                }
                Way::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
            };
            try_out(&mut connection).await?;
            Ok(connection)
        };
        // A cluster is asked node by node, each with a patience of its own.
        timeout(2 * self.patience, connecting).await.unwrap_or_else(|_| Err(late()))
    }

    /// Looks whether Redis answers, and takes or gives up the connection.
    async fn look(&self) {
        let State { connection, generation } = self.state.borrow().clone();
        match connection {
            Some(mut connection) => {
                let tried = timeout(2 * self.patience, try_out(&mut connection)).await.unwrap_or_else(|_| Err(late()));
                if let Err(error) = tried {
                    self.end(generation, &error);
                }
            }
            None => {
                if let Ok(connection) = self.connect().await {
                    self.begin(connection);
                }
            }
        }
        gauge!(REDIS_DOWN).set(if self.state.borrow().connection.is_some() { 0.0 } else { 1.0 });
    }

    fn begin(&self, connection: Connection) {
        self.state.send_modify(|state| {
            *state = State { connection: Some(connection), generation: state.generation + 1 };
        });
        gauge!(REDIS_DOWN).set(0.0);
        tracing::info!(address = self.address, "redis answers: all instances decide together");
    }

    /// Gives the connection of this generation up, once.
    fn end(&self, generation: u64, error: &RedisError) {
        let is_first = self.state.send_if_modified(|state| {
            let is_current = state.connection.is_some() && state.generation == generation;
            if is_current {
                *state = State { connection: None, generation: generation + 1 };
            }
            is_current
        });
        if is_first {
            self.say_down(error);
        }
    }

    fn say_down(&self, error: &RedisError) {
        gauge!(REDIS_DOWN).set(1.0);
        tracing::warn!(
            address = self.address,
            error = %sources(error),
            "redis does not answer: until it does, limits, blocks and locks are this process's own and the database decides claims alone"
        );
    }
}

async fn look_again_and_again(link: Weak<Inner>) {
    loop {
        tokio::time::sleep(LOOKED_EVERY).await;
        let Some(link) = link.upgrade() else { return };
        link.look().await;
    }
}

/// Every master of a cluster answers, and writing works.
async fn try_out(connection: &mut Connection) -> RedisResult<()> {
    let _: Value = redis::cmd("PING").query_async(connection).await?;
    let mut write = redis::cmd("SET");
    write.arg(PROBE_KEY).arg(1).arg("PX").arg(1_000);
    write.query_async(connection).await
}

/// Where to connect to, one after the other.
fn connection_infos(settings: &config::Redis) -> RedisResult<Vec<ConnectionInfo>> {
    settings.urls().map(|url| Ok(url.into_connection_info()?.set_tcp_settings(tcp_settings()))).collect()
}

fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

fn late() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

fn fault(error: &RedisError) -> Fault {
    Fault::Other(format!("redis: {}", sources(error)))
}

/// One server's connection, or one to every master of a cluster.
#[derive(Clone)]
enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
