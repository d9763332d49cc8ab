//! What this instance has counted since it last told the database. The figures of `/metrics` are others': those are
//! this process's alone, and nobody may be there to read them.

use super::model::{ANSWER_BOUNDS_MICROS, Count};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Adding to it costs one atomic addition.
pub struct Tally([AtomicU64; Count::KINDS]);

impl Default for Tally {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Tally {
    pub fn add(&self, count: Count, times: u64) {
        if times > 0 {
            self.0[count.index()].fetch_add(times, Ordering::Relaxed);
        }
    }

    /// The shop answered somebody.
    pub fn answered(&self, took: Duration) {
        let micros = u64::try_from(took.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX);
        self.add(Count::Answers(ANSWER_BOUNDS_MICROS.partition_point(|bound| *bound < micros)), 1);
    }

    /// Everything since the last time. Whoever cannot keep it [`add`](Self::add)s it again.
    pub fn take(&self) -> Vec<(Count, u64)> {
        let taken = Count::all().map(|count| (count, self.0[count.index()].swap(0, Ordering::Relaxed)));
        taken.filter(|(_, times)| *times > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counted_in_the_class_whose_bound_it_does_not_pass() {
        let table = [
            (Duration::ZERO, 0),
            (Duration::from_millis(1), 0),
            (Duration::from_nanos(1_000_001), 1),
            (Duration::from_secs(3), 11),
            (Duration::from_nanos(3_000_000_001), 12),
            (Duration::from_secs(31), 15),
        ];
        for (took, class) in table {
            let tally = Tally::default();
            tally.answered(took);
            assert_eq!(tally.take(), [(Count::Answers(class), 1)], "{took:?}");
            assert_eq!(tally.take(), []);
        }
    }
}
