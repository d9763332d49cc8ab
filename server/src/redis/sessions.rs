//! Copies of browser sessions, for every instance to read first. Keys are digests of the sessions' ids: whoever
//! reads them cannot take over a session. An empty copy is one that has ended.

use super::link::Link;
use async_trait::async_trait;
use redis::{Cmd, Script, Value};
use shop::Fault;
use shop::ports::{SessionCopies, SessionCopy};
use shop::user::sessions::STALE_AT_MOST;

pub struct RedisSessions {
    link: Link,
    keep: Script,
}

impl RedisSessions {
    pub fn new(link: Link) -> Self {
        Self { link, keep: Script::new(include_str!("lua/keep_session.lua")) }
    }
}

#[async_trait]
impl SessionCopies for RedisSessions {
    async fn find(&self, id: [u8; 32]) -> Result<SessionCopy, Fault> {
        let mut command = redis::cmd("GET");
        command.arg(key_of(id));
        let found: Option<Vec<u8>> = self.link.send(&command).await?;
        Ok(match found {
            None => SessionCopy::Unknown,
            Some(data) if data.is_empty() => SessionCopy::Ended,
            Some(data) => SessionCopy::Kept(data),
        })
    }

    async fn keep(&self, id: [u8; 32], data: &[u8]) -> Result<(), Fault> {
        let mut script = self.keep.key(key_of(id));
        script.arg(data).arg(stale_at_most_ms());
        self.link.run(&script).await
    }

    async fn keep_read(&self, id: [u8; 32], data: &[u8]) -> Result<(), Fault> {
        let _: Option<Value> = self.link.send(set(id, data).arg("NX")).await?;
        Ok(())
    }

    async fn end(&self, id: [u8; 32]) -> Result<(), Fault> {
        self.link.send(&set(id, b"")).await
    }
}

fn set(id: [u8; 32], data: &[u8]) -> Cmd {
    let mut command = redis::cmd("SET");
    command.arg(key_of(id)).arg(data).arg("PX").arg(stale_at_most_ms());
    command
}

fn stale_at_most_ms() -> u64 {
    u64::try_from(STALE_AT_MOST.as_millis()).unwrap_or(u64::MAX)
}

fn key_of(id: [u8; 32]) -> String {
    format!("session:{}", hex::encode(id))
}
