//! Figures that all instances share instead of counting them each; this process's own while Redis is away.

use super::link::Link;
use async_trait::async_trait;
use shop::Timestamp;
use shop::ports::{Cache, LocalCache};
use std::time::Duration;

pub struct RedisCache {
    link: Link,
    local: LocalCache,
}

impl RedisCache {
    pub fn new(link: Link) -> Self {
        Self { link, local: LocalCache::default() }
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn find(&self, key: &str, now: Timestamp) -> Option<Vec<u8>> {
        let mut command = redis::cmd("GET");
        command.arg(key_of(key));
        match self.link.send(&command).await {
            Ok(found) => found,
            Err(_) => self.local.find(key, now).await,
        }
    }

    async fn keep(&self, key: &str, value: Vec<u8>, ttl: Duration, now: Timestamp) {
        let mut command = redis::cmd("SET");
        command.arg(key_of(key)).arg(&value).arg("PX").arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        if self.link.send::<()>(&command).await.is_err() {
            self.local.keep(key, value, ttl, now).await;
        }
    }
}

fn key_of(key: &str) -> String {
    format!("cache:{key}")
}
