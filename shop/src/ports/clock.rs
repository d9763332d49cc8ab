//! The one clock. No rule, store, limit or job reads another. Where several machines share a database, the
//! clock is an [`AgreedClock`], which `database::clock` keeps with the database's.

use crate::time::Timestamp;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The machine's clock as it was once, and the time that has passed since: nobody sets it in between. It
/// misses what the machine sleeps, so it is only good where something else corrects it.
#[derive(Clone, Copy, Debug)]
pub struct SteadyClock {
    at: Timestamp,
    since: Instant,
}

impl SteadyClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that counts on from the machine's clock")]
    pub fn start() -> Self {
        Self { at: SystemClock.now(), since: Instant::now() }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        self.at.after(self.since.elapsed())
    }
}

/// What a look at another clock said: how far it is ahead of the machine's, and by how much that may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub ahead_ms: i64,
    pub doubt_ms: i64,
}

/// A machine's clock moved to another that all instances look at. It moves only when a reading proves it
/// wrong, so that a slow answer never shakes it; forward at once; back by standing still for up to
/// [`STANDS_STILL`], and at once where it was wrong by more.
pub struct AgreedClock {
    machine: Arc<dyn Clock>,
    state: Mutex<Agreement>,
}

struct Agreement {
    ahead_ms: i64,
    last: Timestamp,
}

/// The longest that time stands still to avoid going back.
const STANDS_STILL: Duration = Duration::from_secs(1);

impl AgreedClock {
    pub fn new(machine: Arc<dyn Clock>, first: Reading) -> Self {
        Self { machine, state: Mutex::new(Agreement { ahead_ms: first.ahead_ms, last: Timestamp::from_millis(0) }) }
    }

    /// The clock that is moved.
    pub fn machine(&self) -> &dyn Clock {
        &*self.machine
    }

    /// Takes a reading over, unless what is known is within its doubt. Gives by how many milliseconds the
    /// clock moved.
    pub fn correct(&self, reading: Reading) -> i64 {
        let mut state = self.state.lock();
        let wrong_by = reading.ahead_ms - state.ahead_ms;
        if wrong_by.abs() <= reading.doubt_ms {
            return 0;
        }
        state.ahead_ms = reading.ahead_ms;
        wrong_by
    }
}

impl Clock for AgreedClock {
    fn now(&self) -> Timestamp {
        let machine = self.machine.now();
        let mut state = self.state.lock();
        let moment = Timestamp::from_millis(machine.millis().saturating_add(state.ahead_ms));
        let is_a_little_back = moment < state.last && state.last.since(moment) <= STANDS_STILL;
        if !is_a_little_back {
            state.last = moment;
        }
        state.last
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.millis()))
    }

    pub fn advance(&self, by: Duration) {
        self.set(self.now().after(by));
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_clock_moves_only_when_a_reading_proves_it_wrong() {
        let machine = Arc::new(TestClock::at(at(1_000_000)));
        let clock = AgreedClock::new(machine, Reading { ahead_ms: 40_000, doubt_ms: 3 });
        assert_eq!(clock.now(), at(1_040_000));
        for (ahead_ms, doubt_ms, moved) in [(40_100, 100, 0), (39_900, 100, 0), (40_101, 100, 101), (40_101, 0, 0)] {
            assert_eq!(clock.correct(Reading { ahead_ms, doubt_ms }), moved);
        }
        assert_eq!(clock.now(), at(1_040_101));
    }

    #[test]
    fn a_little_back_is_standing_still_and_much_back_is_going_back() {
        let machine = Arc::new(TestClock::at(at(1_000_000)));
        let clock = AgreedClock::new(machine.clone(), Reading { ahead_ms: 500, doubt_ms: 0 });
        assert_eq!(clock.now(), at(1_000_500));
        clock.correct(Reading { ahead_ms: 0, doubt_ms: 0 });
        assert_eq!(clock.now(), at(1_000_500), "stands still");
        machine.advance(Duration::from_millis(400));
        assert_eq!(clock.now(), at(1_000_500), "still");
        machine.advance(Duration::from_millis(200));
        assert_eq!(clock.now(), at(1_000_600), "and goes on");
        clock.correct(Reading { ahead_ms: -40_000, doubt_ms: 0 });
        assert_eq!(clock.now(), at(960_600));
        clock.correct(Reading { ahead_ms: 0, doubt_ms: 0 });
        assert_eq!(clock.now(), at(1_000_600), "forward at once");
    }

    #[test]
    fn a_steady_clock_begins_with_the_machines_and_never_goes_back() {
        let before = SystemClock.now();
        let clock = SteadyClock::start();
        let (first, second) = (clock.now(), clock.now());
        assert!(before <= first && first <= second);
    }
}
