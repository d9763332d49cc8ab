//! Who asks next, and when. All clients of a run share one schedule.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The pace of a run.
#[derive(Debug)]
pub struct Schedule {
    start: Instant,
    /// Nothing is due from here on.
    end: Instant,
    /// Requests a second, in an open loop.
    rate: Option<f64>,
    /// So many requests are enough.
    most: Option<u64>,
    next: AtomicU64,
}

/// A request that is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    pub number: u64,
    /// When; `None` in a closed loop: now.
    pub due: Option<Instant>,
}

impl Schedule {
    pub fn new(start: Instant, lasts: Duration, rate: Option<f64>, most: Option<u64>) -> Self {
        Self { start, end: start + lasts, rate, most, next: AtomicU64::new(0) }
    }

    /// The next turn, or `None` when the run is over.
    pub fn next(&self, now: Instant) -> Option<Turn> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let due = self.due(number);
        let is_over = due.unwrap_or(now) >= self.end || self.most.is_some_and(|most| number >= most);
        (!is_over).then_some(Turn { number, due })
    }

    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 requests")]
    fn due(&self, number: u64) -> Option<Instant> {
        self.rate.map(|rate| self.start + Duration::from_secs_f64(number as f64 / rate))
    }
}

impl Turn {
    /// Waits until it is due; gives the moment from which its wait counts. A timer is late by up to a
    /// millisecond, so it is set a little early: a request that leaves early counts from when it leaves.
    pub async fn wait(self) -> Instant {
        const TIMER: Duration = Duration::from_millis(1);
        let Some(due) = self.due else { return Instant::now() };
        if let Some(early) = due.checked_sub(TIMER).filter(|early| *early > Instant::now()) {
            tokio::time::sleep_until(early.into()).await;
        }
        due.min(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_open_loop_is_due_at_fixed_moments_whatever_happens() {
        let start = Instant::now();
        let schedule = Schedule::new(start, SECOND, Some(4.0), None);
        let late = start + 10 * SECOND;
        let due: Vec<Duration> =
            std::iter::from_fn(|| schedule.next(late)).map(|turn| turn.due.unwrap() - start).collect();
        assert_eq!(due, [0, 250, 500, 750].map(Duration::from_millis));
    }

    #[test]
    fn a_closed_loop_ends_by_the_clock_or_when_there_were_enough() {
        let start = Instant::now();
        let schedule = Schedule::new(start, SECOND, None, Some(2));
        assert_eq!(schedule.next(start), Some(Turn { number: 0, due: None }));
        assert_eq!(schedule.next(start).map(|turn| turn.number), Some(1));
        assert_eq!(schedule.next(start), None, "two were enough");
        assert_eq!(Schedule::new(start, SECOND, None, None).next(start + SECOND), None, "the second is over");
    }
}
