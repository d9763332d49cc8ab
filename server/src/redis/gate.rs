//! The gate in Redis: limits, blocks, coupon counters and locks that hold across all instances. Each answer is
//! one step there, a Lua script or a single command, so that no two instances can come between. It fails when
//! Redis does; [`steady`](super::steady) goes on without.
//!
//! Times are the shop's clock, given by the caller; Redis' own clock only ends what nobody asks for any more.

use super::link::Link;
use async_trait::async_trait;
use redis::{Script, Value};
use sha2::{Digest, Sha256};
use shop::guards::{self, Guard};
use shop::id::UserId;
use shop::ports::{
    CLOCKS_AGREE_WITHIN, CouponAnswer, FAILURES_KEPT, FailureAnswer, Gate, HeldBy, Limit, LimitAnswer, LockHolder,
    LockToken,
};
use shop::{Fault, Timestamp};
use std::borrow::Cow;
use std::time::Duration;

/// A key is kept so much longer than it counts: the clocks of instances and of Redis may differ.
const MARGIN: Duration = Duration::from_secs(60);
/// A coupon's count is made anew from the database after so long: a process that died between taking a piece
/// and storing it keeps that piece, and its shopper, out for no longer.
const COUNT_KEPT: Duration = Duration::from_secs(60);
/// Longer keys are kept as their digest: what strangers send must not fill the memory.
const MOST_KEY_BYTES: usize = 256;

pub struct RedisGate {
    link: Link,
    scripts: Scripts,
    /// What this instance is called in the locks that it takes.
    name: String,
}

struct Scripts {
    take: Script,
    count_failure: Script,
    find_block: Script,
    take_coupon: Script,
    return_coupon: Script,
    set_issued: Script,
    find_holder: Script,
    unlock: Script,
}

impl RedisGate {
    pub fn new(link: Link) -> Self {
        Self::named(link, instance_name())
    }

    /// For an instance of this name, which has no spaces.
    pub fn named(link: Link, name: String) -> Self {
        let scripts = Scripts {
            take: Script::new(include_str!("lua/take.lua")),
            count_failure: Script::new(include_str!("lua/count_failure.lua")),
            find_block: Script::new(include_str!("lua/find_block.lua")),
            take_coupon: Script::new(include_str!("lua/take_coupon.lua")),
            return_coupon: Script::new(include_str!("lua/return_coupon.lua")),
            set_issued: Script::new(include_str!("lua/set_issued.lua")),
            find_holder: Script::new(include_str!("lua/find_holder.lua")),
            unlock: Script::new(include_str!("lua/unlock.lua")),
        };
        Self { link, scripts, name }
    }

    /// A lock as it is kept: the token that proves who may release it, and who that is, for people. An older program
    /// keeps the token alone; neither reads the other's.
    fn lock_value(&self, token: u64) -> String {
        format!("{token} {}", self.name)
    }

    fn holder_of(&self, value: &str) -> HeldBy {
        match value.split_once(' ') {
            Some((_, name)) if name == self.name => HeldBy::ThisInstance,
            Some((_, name)) => HeldBy::Instance(name.to_owned()),
            None => HeldBy::Unnamed,
        }
    }

    /// What a gate without [`Guard::CouponStep`] does: `lua/take_coupon.lua` command by command, and others come
    /// in between.
    async fn take_coupon_by_commands(&self, code: &str, user: UserId, total: i64) -> Result<CouponAnswer, Fault> {
        let [used, takers] = coupon_keys(code);
        let seen: Option<i64> = self.link.send(redis::cmd("GET").arg(&used)).await?;
        let Some(seen) = seen else { return Ok(CouponAnswer::Unknown) };
        let took_one: bool = self.link.send(redis::cmd("SISMEMBER").arg(&takers).arg(user.get())).await?;
        if took_one {
            return Ok(CouponAnswer::TakenBefore);
        }
        if seen >= total {
            return Ok(CouponAnswer::SoldOut);
        }
        let _: Value = self.link.send(redis::cmd("INCR").arg(&used)).await?;
        let _: Value = self.link.send(redis::cmd("SADD").arg(&takers).arg(user.get())).await?;
        let _: Value = self.link.send(redis::cmd("PEXPIRE").arg(&takers).arg(millis(COUNT_KEPT))).await?;
        Ok(CouponAnswer::Taken)
    }
}

#[async_trait]
impl Gate for RedisGate {
    async fn take(&self, key: &str, limit: Limit, now: Timestamp) -> Result<LimitAnswer, Fault> {
        let mut script = self.scripts.take.key(&*bounded(key));
        script.arg(now.millis()).arg(millis(limit.window)).arg(limit.count).arg(millis(limit.window + MARGIN));
        script.arg(millis(CLOCKS_AGREE_WITHIN));
        let (counted, left, after): (bool, i64, i64) = self.link.run(&script).await?;
        let after = Duration::from_millis(after.max(0).unsigned_abs());
        Ok(match counted {
            true => LimitAnswer::Taken { left: u32::try_from(left).unwrap_or(0), more_after: after },
            false => LimitAnswer::Full { retry_after: after },
        })
    }

    async fn count_failure(
        &self,
        key: &str,
        most: u32,
        block: Duration,
        now: Timestamp,
    ) -> Result<FailureAnswer, Fault> {
        let mut script = self.scripts.count_failure.key(&*bounded(key));
        script.arg(now.millis()).arg(most).arg(now.after(block).millis());
        script.arg(millis(FAILURES_KEPT)).arg(millis(FAILURES_KEPT.max(block) + MARGIN));
        let (answer, until): (String, i64) = self.link.run(&script).await?;
        let until = Timestamp::from_millis(until);
        match answer.as_str() {
            "counted" => Ok(FailureAnswer::Counted),
            "block began" => Ok(FailureAnswer::BlockBegan { until }),
            "blocked" => Ok(FailureAnswer::Blocked { until }),
            other => Err(Fault::Broken(format!("the script for failures says {other}"))),
        }
    }

    async fn forget_failures(&self, key: &str) -> Result<(), Fault> {
        let mut command = redis::cmd("HDEL");
        command.arg(&*bounded(key)).arg("in_a_row");
        self.link.send(&command).await
    }

    async fn find_block(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
        let mut command = redis::cmd("HGET");
        command.arg(&*bounded(key)).arg("blocked_until");
        let until: Option<i64> = self.link.send(&command).await?;
        // Hardly anybody is blocked: only then the row is looked at more closely.
        if until.is_none_or(|until| until <= now.millis()) {
            return Ok(None);
        }
        let mut script = self.scripts.find_block.key(&*bounded(key));
        script.arg(now.millis()).arg(millis(CLOCKS_AGREE_WITHIN));
        let until: Option<i64> = self.link.run(&script).await?;
        Ok(until.map(Timestamp::from_millis))
    }

    async fn end_block(&self, key: &str) -> Result<(), Fault> {
        let mut command = redis::cmd("DEL");
        command.arg(&*bounded(key));
        self.link.send(&command).await
    }

    async fn take_coupon(&self, code: &str, user: UserId, total: i64) -> Result<CouponAnswer, Fault> {
        if !guards::is_on(Guard::CouponStep) {
            return self.take_coupon_by_commands(code, user, total).await;
        }
        let [used, takers] = coupon_keys(code);
        let mut script = self.scripts.take_coupon.key(used);
        script.key(takers).arg(user.get()).arg(total).arg(millis(COUNT_KEPT));
        let answer: String = self.link.run(&script).await?;
        match answer.as_str() {
            "taken" => Ok(CouponAnswer::Taken),
            "sold out" => Ok(CouponAnswer::SoldOut),
            "taken before" => Ok(CouponAnswer::TakenBefore),
            "unknown" => Ok(CouponAnswer::Unknown),
            other => Err(Fault::Broken(format!("the script for coupons says {other}"))),
        }
    }

    async fn return_coupon(&self, code: &str, user: UserId) -> Result<(), Fault> {
        let [used, takers] = coupon_keys(code);
        let mut script = self.scripts.return_coupon.key(used);
        script.key(takers).arg(user.get());
        self.link.run(&script).await
    }

    async fn set_issued(&self, code: &str, issued: i64) -> Result<(), Fault> {
        let [used, takers] = coupon_keys(code);
        let mut script = self.scripts.set_issued.key(used);
        script.key(takers).arg(issued).arg(millis(COUNT_KEPT));
        self.link.run(&script).await
    }

    async fn forget_coupon(&self, code: &str) -> Result<(), Fault> {
        let mut command = redis::cmd("DEL");
        command.arg(&coupon_keys(code));
        self.link.send(&command).await
    }

    async fn lock(&self, key: &str, ttl: Duration, _: Timestamp) -> Result<Option<LockToken>, Fault> {
        let token: u64 = rand::random();
        let mut command = redis::cmd("SET");
        command.arg(&*bounded(key)).arg(self.lock_value(token)).arg("PX").arg(millis(ttl)).arg("NX");
        let set: Option<Value> = self.link.send(&command).await?;
        Ok(set.map(|_| LockToken { key: key.to_owned(), token }))
    }

    async fn find_holder(&self, key: &str, now: Timestamp) -> Result<Option<LockHolder>, Fault> {
        let (value, lasts_ms): (Option<String>, i64) =
            self.link.run(&self.scripts.find_holder.key(&*bounded(key))).await?;
        let until = now.after(Duration::from_millis(lasts_ms.max(0).unsigned_abs()));
        Ok(value.map(|value| LockHolder { held_by: self.holder_of(&value), until }))
    }

    async fn unlock(&self, token: &LockToken) -> Result<(), Fault> {
        let mut script = self.scripts.unlock.key(&*bounded(&token.key));
        script.arg(self.lock_value(token.token));
        self.link.run(&script).await
    }
}

/// The machine and the process, as the log of the machine names them.
fn instance_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).take(64).collect();
    format!("{}/{}", if host.is_empty() { "damda" } else { &host }, std::process::id())
}

/// The count of a coupon and its takers, in one slot of a cluster.
fn coupon_keys(code: &str) -> [String; 2] {
    ["used", "takers"].map(|what| format!("coupon:{what}:{{{code}}}"))
}

/// The key as Redis has it: short, and without anybody's mail address.
fn bounded(key: &str) -> Cow<'_, str> {
    if key.len() <= MOST_KEY_BYTES && !key.contains('@') {
        return key.into();
    }
    let kind = key.split(':').next().filter(|kind| kind.len() <= 16).unwrap_or_default();
    format!("{kind}:{}", hex::encode(Sha256::digest(key))).into()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_long_or_names_a_person_is_kept_as_its_digest() {
        let long = |last: &str| format!("failures:login:{}{last}", "x".repeat(4_000_000));
        let (one, other) = (long("1"), long("2"));
        assert_eq!(bounded("limit:order:7"), "limit:order:7");
        assert!(!bounded("failures:login:a@b.co").contains("a@b"));
        assert!(bounded(&one).starts_with("failures:") && bounded(&one).len() < 100);
        assert_eq!(bounded(&one), bounded(&one.clone()));
        assert_ne!(bounded(&one), bounded(&other));
    }

    #[test]
    fn an_instance_has_a_name_that_fits_into_a_lock() {
        let name = instance_name();
        assert!(!name.contains(char::is_whitespace) && name.ends_with(&format!("/{}", std::process::id())), "{name}");
    }

    #[test]
    fn the_keys_of_a_coupon_lie_in_one_slot() {
        assert_eq!(coupon_keys("FCFS100"), ["coupon:used:{FCFS100}", "coupon:takers:{FCFS100}"]);
    }
}
