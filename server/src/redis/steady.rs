//! The gate that always answers: Redis while it does, this process's own memory while it does not. What is
//! counted here meanwhile holds in this process only, and claims are decided by the database alone, as the
//! answer "unknown" asks for. Nothing is ever wrong by it: the gate keeps the stampede away, the database
//! decides. Every answer that Redis did not give is counted in the metrics.

use super::gate::RedisGate;
use crate::watch::REDIS_FALLBACKS;
use async_trait::async_trait;
use metrics::counter;
use shop::id::UserId;
use shop::ports::{CouponAnswer, FailureAnswer, Gate, Limit, LimitAnswer, LocalGate, LockHolder, LockToken};
use shop::{Fault, Timestamp};
use std::time::Duration;

pub struct SteadyGate {
    redis: RedisGate,
    local: LocalGate,
}

impl SteadyGate {
    pub fn new(redis: RedisGate) -> Self {
        Self { redis, local: LocalGate::default() }
    }
}

/// Said by the link where it began; here it is one more answer that Redis did not give.
fn fell_back(work: &'static str, fault: &Fault) {
    counter!(REDIS_FALLBACKS, "work" => work).increment(1);
    tracing::debug!(%fault, work, "decided without redis");
}

#[async_trait]
impl Gate for SteadyGate {
    async fn take(&self, key: &str, limit: Limit, now: Timestamp) -> Result<LimitAnswer, Fault> {
        match self.redis.take(key, limit, now).await {
            Ok(answer) => Ok(answer),
            Err(fault) => {
                fell_back("limit", &fault);
                self.local.take(key, limit, now).await
            }
        }
    }

    async fn count_failure(
        &self,
        key: &str,
        most: u32,
        block: Duration,
        now: Timestamp,
    ) -> Result<FailureAnswer, Fault> {
        match self.redis.count_failure(key, most, block, now).await {
            Ok(answer) => Ok(answer),
            Err(fault) => {
                fell_back("block", &fault);
                self.local.count_failure(key, most, block, now).await
            }
        }
    }

    async fn forget_failures(&self, key: &str) -> Result<(), Fault> {
        if let Err(fault) = self.redis.forget_failures(key).await {
            fell_back("block", &fault);
        }
        // Those that were counted here while Redis was away end with it too.
        self.local.forget_failures(key).await
    }

    /// A block that began while Redis was away goes on here when it is back.
    async fn find_block(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
        let shared = self.redis.find_block(key, now).await.unwrap_or_else(|fault| {
            fell_back("block", &fault);
            None
        });
        Ok(shared.max(self.local.find_block(key, now).await?))
    }

    /// Who asked is told when Redis could not be: the block goes on there.
    async fn end_block(&self, key: &str) -> Result<(), Fault> {
        self.local.end_block(key).await?;
        self.redis.end_block(key).await
    }

    async fn take_coupon(&self, code: &str, user: UserId, total: i64) -> Result<CouponAnswer, Fault> {
        Ok(self.redis.take_coupon(code, user, total).await.unwrap_or_else(|fault| {
            fell_back("coupon", &fault);
            CouponAnswer::Unknown
        }))
    }

    /// What cannot be put back now is counted anew from the database within a minute.
    async fn return_coupon(&self, code: &str, user: UserId) -> Result<(), Fault> {
        self.redis.return_coupon(code, user).await.unwrap_or_else(|fault| fell_back("coupon", &fault));
        Ok(())
    }

    async fn set_issued(&self, code: &str, issued: i64) -> Result<(), Fault> {
        self.redis.set_issued(code, issued).await.unwrap_or_else(|fault| fell_back("coupon", &fault));
        Ok(())
    }

    async fn forget_coupon(&self, code: &str) -> Result<(), Fault> {
        self.redis.forget_coupon(code).await.unwrap_or_else(|fault| fell_back("coupon", &fault));
        Ok(())
    }

    async fn lock(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<Option<LockToken>, Fault> {
        match self.redis.lock(key, ttl, now).await {
            Ok(lock) => Ok(lock),
            Err(fault) => {
                fell_back("lock", &fault);
                self.local.lock(key, ttl, now).await
            }
        }
    }

    /// A lock that was taken while Redis was away is held here when it is back.
    async fn find_holder(&self, key: &str, now: Timestamp) -> Result<Option<LockHolder>, Fault> {
        let shared = self.redis.find_holder(key, now).await.unwrap_or_else(|fault| {
            fell_back("lock", &fault);
            None
        });
        match shared {
            Some(holder) => Ok(Some(holder)),
            None => self.local.find_holder(key, now).await,
        }
    }

    /// The token says whose lock it is, wherever it was taken.
    async fn unlock(&self, token: &LockToken) -> Result<(), Fault> {
        self.redis.unlock(token).await.unwrap_or_else(|fault| fell_back("lock", &fault));
        self.local.unlock(token).await
    }
}
