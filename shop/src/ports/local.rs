//! The ports of a shop of one process: real implementations that need nothing outside. What they keep is
//! gone with the process, and everything in it is either short-lived or rebuilt from the database.

use super::cache::Cache;
use super::gate::{
    CLOCKS_AGREE_WITHIN, CouponAnswer, FAILURES_KEPT, FailureAnswer, Gate, HeldBy, Limit, LimitAnswer, LockHolder,
    LockToken,
};
use super::news::{Forget, News};
use crate::error::Fault;
use crate::guards::{self, Guard};
use crate::id::UserId;
use crate::time::Timestamp;
use async_trait::async_trait;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

/// Keys held before the stale ones are swept out.
const SWEEP_AT: usize = 10_000;

/// What is kept by key until it is stale. A sweep that finds most of it still good is not repeated before there
/// is twice as much: strangers may fill it, and must not make every request look through all of it.
struct Swept<V> {
    kept: HashMap<String, V>,
    sweep_at: usize,
}

impl<V> Default for Swept<V> {
    fn default() -> Self {
        Self { kept: HashMap::new(), sweep_at: SWEEP_AT }
    }
}

impl<V> Swept<V> {
    fn make_room(&mut self, is_good: impl Fn(&V) -> bool) {
        if self.kept.len() >= self.sweep_at {
            self.kept.retain(|_, value| is_good(value));
            self.sweep_at = SWEEP_AT.max(self.kept.len() * 2);
        }
    }
}

/// Counters, limits, blocks and locks in memory.
#[derive(Default)]
pub struct LocalGate {
    windows: Mutex<Swept<Window>>,
    failures: Mutex<Swept<Failures>>,
    issued: Mutex<HashMap<String, Issued>>,
    locks: Mutex<Swept<(u64, Span)>>,
}

/// The moments that were counted within the last window.
struct Window {
    counted: VecDeque<Timestamp>,
    ends_at: Timestamp,
}

impl Window {
    /// Where the clock was set back, what was counted ahead of it counts as of now: nobody waits longer than a window
    /// for a moment that is long over.
    fn follow(&mut self, limit: Limit, now: Timestamp) {
        let latest = now.after(CLOCKS_AGREE_WITHIN);
        for moment in self.counted.iter_mut().rev().take_while(|moment| **moment > latest) {
            *moment = now;
        }
        self.ends_at = self.ends_at.min(latest.after(limit.window));
    }

    /// Counts one now; not before the one before it, so that the first in the row is always the oldest.
    fn count(&mut self, limit: Limit, now: Timestamp) {
        let moment = self.counted.back().map_or(now, |newest| now.max(*newest));
        self.counted.push_back(moment);
        self.ends_at = moment.after(limit.window);
    }

    /// How long until the oldest counted moment leaves the window; never more than a whole one, though it may have been
    /// counted by a clock that is a little ahead.
    fn free_after(&self, limit: Limit, now: Timestamp) -> Duration {
        self.counted.front().map_or(now, |oldest| oldest.after(limit.window)).since(now).min(limit.window)
    }
}

/// How many pieces of a coupon are out, and who took one since the count was set.
struct Issued {
    count: i64,
    takers: HashSet<UserId>,
}

struct Failures {
    in_a_row: u32,
    last_at: Timestamp,
    block: Option<Span>,
}

impl Failures {
    fn find_block(&self, now: Timestamp) -> Option<Span> {
        self.block.filter(|block| block.ends > now)
    }

    fn is_remembered(&self, now: Timestamp) -> bool {
        self.last_at.after(FAILURES_KEPT) > now
    }
}

/// A time that something lasts.
#[derive(Clone, Copy)]
struct Span {
    begins: Timestamp,
    ends: Timestamp,
}

impl Span {
    fn of(begins: Timestamp, lasts: Duration) -> Self {
        Self { begins, ends: begins.after(lasts) }
    }

    /// Not before it began either: then the clock was set back.
    fn holds(self, now: Timestamp) -> bool {
        self.begins <= now && now < self.ends
    }

    /// Where the clock was set back, it begins anew: it never lasts longer than it was to.
    fn follow(&mut self, now: Timestamp) {
        if self.begins > now.after(CLOCKS_AGREE_WITHIN) {
            *self = Self::of(now, self.ends.since(self.begins));
        }
    }
}

impl LocalGate {
    /// What a gate without [`Guard::CouponStep`] does: it looks, and others come in before it counts.
    async fn take_coupon_in_two_steps(&self, code: &str, user: UserId, total: i64) -> CouponAnswer {
        let look = |issued: &Issued| (issued.count, issued.takers.contains(&user));
        let Some((seen, took_one)) = self.issued.lock().get(code).map(look) else { return CouponAnswer::Unknown };
        tokio::task::yield_now().await;
        if took_one {
            return CouponAnswer::TakenBefore;
        }
        if seen >= total {
            return CouponAnswer::SoldOut;
        }
        if let Some(issued) = self.issued.lock().get_mut(code) {
            issued.count += 1;
            issued.takers.insert(user);
        }
        CouponAnswer::Taken
    }
}

#[async_trait]
impl Gate for LocalGate {
    async fn take(&self, key: &str, limit: Limit, now: Timestamp) -> Result<LimitAnswer, Fault> {
        let mut windows = self.windows.lock();
        windows.make_room(|window| window.ends_at > now);
        let window =
            windows.kept.entry(key.to_owned()).or_insert_with(|| Window { counted: VecDeque::new(), ends_at: now });
        window.follow(limit, now);
        while window.counted.front().is_some_and(|counted| counted.after(limit.window) <= now) {
            window.counted.pop_front();
        }
        let most = usize::try_from(limit.count).unwrap_or(usize::MAX);
        if window.counted.len() < most {
            window.count(limit, now);
            let left = u32::try_from(most - window.counted.len()).unwrap_or(u32::MAX);
            return Ok(LimitAnswer::Taken { left, more_after: window.free_after(limit, now) });
        }
        Ok(LimitAnswer::Full { retry_after: window.free_after(limit, now) })
    }

    async fn count_failure(
        &self,
        key: &str,
        most: u32,
        block: Duration,
        now: Timestamp,
    ) -> Result<FailureAnswer, Fault> {
        let mut all = self.failures.lock();
        all.make_room(|failures| failures.find_block(now).is_some() || failures.is_remembered(now));
        let failures = all.kept.entry(key.to_owned()).or_insert(Failures { in_a_row: 0, last_at: now, block: None });
        if let Some(block) = failures.find_block(now) {
            return Ok(FailureAnswer::Blocked { until: block.ends });
        }
        failures.in_a_row = if failures.is_remembered(now) { failures.in_a_row + 1 } else { 1 };
        failures.last_at = now;
        if failures.in_a_row < most {
            return Ok(FailureAnswer::Counted);
        }
        let block = Span::of(now, block);
        *failures = Failures { in_a_row: 0, last_at: now, block: Some(block) };
        Ok(FailureAnswer::BlockBegan { until: block.ends })
    }

    async fn forget_failures(&self, key: &str) -> Result<(), Fault> {
        if let Some(failures) = self.failures.lock().kept.get_mut(key) {
            failures.in_a_row = 0;
        }
        Ok(())
    }

    async fn find_block(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
        let mut all = self.failures.lock();
        let Some(block) = all.kept.get_mut(key).and_then(|failures| failures.block.as_mut()) else { return Ok(None) };
        block.follow(now);
        Ok((block.ends > now).then_some(block.ends))
    }

    async fn end_block(&self, key: &str) -> Result<(), Fault> {
        self.failures.lock().kept.remove(key);
        Ok(())
    }

    async fn take_coupon(&self, code: &str, user: UserId, total: i64) -> Result<CouponAnswer, Fault> {
        if !guards::is_on(Guard::CouponStep) {
            return Ok(self.take_coupon_in_two_steps(code, user, total).await);
        }
        let mut issued = self.issued.lock();
        let Some(issued) = issued.get_mut(code) else { return Ok(CouponAnswer::Unknown) };
        if issued.takers.contains(&user) {
            return Ok(CouponAnswer::TakenBefore);
        }
        if issued.count >= total {
            return Ok(CouponAnswer::SoldOut);
        }
        issued.count += 1;
        issued.takers.insert(user);
        Ok(CouponAnswer::Taken)
    }

    async fn return_coupon(&self, code: &str, user: UserId) -> Result<(), Fault> {
        if let Some(issued) = self.issued.lock().get_mut(code)
            && issued.takers.remove(&user)
        {
            issued.count -= 1;
        }
        Ok(())
    }

    async fn set_issued(&self, code: &str, issued: i64) -> Result<(), Fault> {
        self.issued.lock().entry(code.to_owned()).or_insert(Issued { count: issued, takers: HashSet::new() });
        Ok(())
    }

    async fn forget_coupon(&self, code: &str) -> Result<(), Fault> {
        self.issued.lock().remove(code);
        Ok(())
    }

    async fn lock(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<Option<LockToken>, Fault> {
        let mut locks = self.locks.lock();
        locks.make_room(|(_, held)| held.ends > now);
        if let Some((_, held)) = locks.kept.get_mut(key) {
            held.follow(now);
            if held.ends > now {
                return Ok(None);
            }
        }
        let token = rand::random();
        locks.kept.insert(key.to_owned(), (token, Span::of(now, ttl)));
        Ok(Some(LockToken { key: key.to_owned(), token }))
    }

    async fn find_holder(&self, key: &str, now: Timestamp) -> Result<Option<LockHolder>, Fault> {
        let Some((_, mut held)) = self.locks.lock().kept.get(key).copied() else { return Ok(None) };
        held.follow(now);
        Ok((held.ends > now).then_some(LockHolder { held_by: HeldBy::ThisInstance, until: held.ends }))
    }

    async fn unlock(&self, token: &LockToken) -> Result<(), Fault> {
        let mut locks = self.locks.lock();
        if locks.kept.get(&token.key).is_some_and(|(held, _)| *held == token.token) {
            locks.kept.remove(&token.key);
        }
        Ok(())
    }
}

/// Figures kept in memory, so many at most.
pub struct LocalCache(moka::sync::Cache<String, (Span, Vec<u8>)>);

const MOST_CACHED: u64 = 10_000;

impl Default for LocalCache {
    fn default() -> Self {
        Self(moka::sync::Cache::new(MOST_CACHED))
    }
}

#[async_trait]
impl Cache for LocalCache {
    async fn find(&self, key: &str, now: Timestamp) -> Option<Vec<u8>> {
        self.0.get(key).filter(|(kept, _)| kept.holds(now)).map(|(_, value)| value)
    }

    async fn keep(&self, key: &str, value: Vec<u8>, ttl: Duration, now: Timestamp) {
        self.0.insert(key.to_owned(), (Span::of(now, ttl), value));
    }
}

/// The news of a shop of one process: nobody else is there to be told.
pub struct LocalNews;

#[async_trait]
impl News for LocalNews {
    async fn tell_changed(&self, _: UserId) {}

    fn on_changed(&self, _: Forget) {}
}

// What every gate must hold is one list, run on this one as on Redis: `server/tests/redis/gates.rs`.
#[cfg(test)]
mod tests {
    use super::*;

    const TEN_SECONDS: Duration = Duration::from_secs(10);

    #[test]
    fn what_strangers_fill_is_not_looked_through_at_every_request() {
        let mut kept: Swept<bool> = Swept::default();
        let looked_at = std::cell::Cell::new(0);
        for key in 0..2 * SWEEP_AT {
            kept.make_room(|is_good| {
                looked_at.set(looked_at.get() + 1);
                *is_good
            });
            kept.kept.insert(key.to_string(), true);
        }
        assert_eq!(looked_at.get(), SWEEP_AT, "one look at the ten thousand that were there");
        kept.kept.values_mut().for_each(|is_good| *is_good = false);
        kept.make_room(|is_good| *is_good);
        assert_eq!((kept.kept.len(), kept.sweep_at), (0, SWEEP_AT), "what is stale goes");
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let (gate, limit) = (LocalGate::default(), Limit { count: 2, window: TEN_SECONDS });
        let answer = async |millis| gate.take("one", limit, at(millis)).await.unwrap();
        answer(3_600_000).await;
        answer(3_601_000).await;
        assert_eq!(answer(1_000).await, LimitAnswer::Full { retry_after: TEN_SECONDS });
        assert_eq!(answer(10_999).await, LimitAnswer::Full { retry_after: Duration::from_millis(1) });
        assert!(matches!(answer(11_000).await, LimitAnswer::Taken { left: 1, .. }));

        let block = gate.count_failure("one", 1, TEN_SECONDS, at(3_600_000)).await.unwrap();
        assert_eq!(block, FailureAnswer::BlockBegan { until: at(3_610_000) });
        assert_eq!(gate.find_block("one", at(1_000)).await.unwrap(), Some(at(11_000)));
        assert_eq!(gate.find_block("one", at(11_000)).await.unwrap(), None);

        assert!(gate.lock("k", TEN_SECONDS, at(3_600_000)).await.unwrap().is_some());
        assert_eq!(gate.lock("k", TEN_SECONDS, at(1_000)).await.unwrap(), None);
        assert!(gate.lock("k", TEN_SECONDS, at(11_000)).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_figure_that_was_cached_ahead_of_a_clock_that_is_set_back_is_counted_anew() {
        let cache = LocalCache::default();
        cache.keep("k", vec![1], TEN_SECONDS, at(3_600_000)).await;
        assert_eq!(cache.find("k", at(3_599_999)).await, None);
        assert_eq!(cache.find("k", at(3_600_000)).await, Some(vec![1]));
    }

    #[tokio::test]
    async fn a_cached_figure_is_found_until_it_runs_out() {
        let cache = LocalCache::default();
        assert_eq!(cache.find("k", at(0)).await, None);
        cache.keep("k", vec![1], TEN_SECONDS, at(0)).await;
        assert_eq!(cache.find("k", at(9_999)).await, Some(vec![1]));
        assert_eq!(cache.find("other", at(0)).await, None);
        assert_eq!(cache.find("k", at(10_000)).await, None);
        cache.keep("k", vec![2], TEN_SECONDS, at(10_000)).await;
        assert_eq!(cache.find("k", at(10_000)).await, Some(vec![2]));
    }

    #[tokio::test]
    async fn a_lock_is_held_by_one_until_it_is_released_or_runs_out() {
        let gate = LocalGate::default();
        let first = gate.lock("k", TEN_SECONDS, at(0)).await.unwrap().expect("it is free");
        assert_eq!(gate.lock("k", TEN_SECONDS, at(9_999)).await.unwrap(), None);
        let second = gate.lock("k", TEN_SECONDS, at(10_000)).await.unwrap().expect("the first ran out");
        gate.unlock(&first).await.unwrap();
        assert_eq!(gate.lock("k", TEN_SECONDS, at(10_001)).await.unwrap(), None, "a late unlock frees nobody else's");
        gate.unlock(&second).await.unwrap();
        assert!(gate.lock("k", TEN_SECONDS, at(10_002)).await.unwrap().is_some());
    }
}
