//! News between instances, by publish and subscribe: an account that has changed is forgotten everywhere at
//! once. A message is lost when nobody listens at that moment; the age of every memory ends it all the same.

use super::link::{Link, WeakLink};
use async_trait::async_trait;
use futures::StreamExt;
use parking_lot::RwLock;
use redis::{Client, Msg};
use shop::Fault;
use shop::id::UserId;
use shop::ports::{Forget, News};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Between two tries to listen.
const PAUSE: Duration = Duration::from_secs(1);

pub struct RedisNews {
    link: Link,
    channel: String,
    listeners: Arc<Listeners>,
}

#[derive(Default)]
struct Listeners(RwLock<Vec<Forget>>);

impl Listeners {
    fn hear(&self, message: &Msg) {
        let Some(user) = message.get_payload::<i64>().ok().map(UserId::new) else { return };
        for forget in self.0.read().iter() {
            forget(user);
        }
    }
}

impl RedisNews {
    /// Listens for as long as anybody holds the link.
    pub fn open(link: Link) -> Self {
        // Channels know no databases: shops that share a server must not hear each other.
        let channel = format!("damda:accounts:{}", link.database());
        let listeners = Arc::<Listeners>::default();
        tokio::spawn(listen(link.clients().to_vec(), link.downgrade(), channel.clone(), Arc::clone(&listeners)));
        Self { link, channel, listeners }
    }
}

#[async_trait]
impl News for RedisNews {
    async fn tell_changed(&self, user: UserId) {
        let mut command = redis::cmd("PUBLISH");
        command.arg(&self.channel).arg(user.get());
        if let Err(fault) = self.link.send::<()>(&command).await {
            tracing::debug!(%fault, "other instances are not told of an account; they forget it by its age");
        }
    }

    fn on_changed(&self, forget: Forget) {
        self.listeners.0.write().push(forget);
    }
}

/// Listens at one node after the other: whichever a message was given to, all of a cluster pass it on.
async fn listen(clients: Vec<Client>, link: WeakLink, channel: String, listeners: Arc<Listeners>) {
    for client in clients.iter().cycle() {
        if let Err(fault) = listen_at(client, &link, &channel, &listeners).await {
            tracing::debug!(%fault, "no news of other instances");
        }
        tokio::time::sleep(PAUSE).await;
        if link.upgrade().is_none() {
            return;
        }
    }
}

/// Until the connection ends or the link says that Redis is another than before.
async fn listen_at(client: &Client, link: &WeakLink, channel: &str, listeners: &Listeners) -> Result<(), Fault> {
    let Some(held) = link.upgrade() else { return Ok(()) };
    let (patience, changed) = (held.patience(), held.changes());
    drop(held);
    let subscribing = async {
        let mut news = client.get_async_pubsub().await?;
        news.subscribe(channel).await?;
        Ok::<_, redis::RedisError>(news.into_on_message())
    };
    let late = |_| Fault::Other("redis: no subscription in time".to_owned());
    let subscribed = timeout(patience, subscribing).await.map_err(late)?;
    let mut messages = subscribed.map_err(|error| Fault::Other(format!("redis: {error}")))?;
    let mut changed = std::pin::pin!(changed);
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => listeners.hear(&message),
                None => return Ok(()),
            },
            () = &mut changed => return Ok(()),
        }
    }
}
