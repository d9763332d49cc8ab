//! What came back, and how long it took.

use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Longer waits count as this long.
const LONGEST: Duration = Duration::from_secs(120);
/// Figures are good to one part in a thousand.
const DIGITS: u8 = 3;

/// The answers of one client, or of all of them together.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Of the requests that count, in microseconds.
    waits: Histogram<u64>,
    /// By status and code (`409 coupon_sold_out`) of the requests that count.
    answers: BTreeMap<String, u64>,
    /// The same of every request, those of the warm-up too: what the shop must be able to account for.
    all: BTreeMap<String, u64>,
}

impl Default for Tally {
    fn default() -> Self {
        let longest = u64::try_from(LONGEST.as_micros()).unwrap_or(u64::MAX);
        let waits = Histogram::new_with_bounds(1, longest, DIGITS).expect("the bounds are in order");
        Self { waits, answers: BTreeMap::new(), all: BTreeMap::new() }
    }
}

impl Tally {
    /// One answer; `counts` is false during the warm-up.
    pub fn add(&mut self, answer: &str, wait: Duration, counts: bool) {
        add_to(&mut self.all, answer, 1);
        if counts {
            self.waits.saturating_record(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX).max(1));
            add_to(&mut self.answers, answer, 1);
        }
    }

    /// Adds another client's answers.
    pub fn join(&mut self, other: &Self) {
        self.waits.add(&other.waits).expect("both have the same bounds");
        for (answer, count) in &other.answers {
            add_to(&mut self.answers, answer, *count);
        }
        for (answer, count) in &other.all {
            add_to(&mut self.all, answer, *count);
        }
    }

    /// Answers that count.
    pub fn count(&self) -> u64 {
        self.waits.len()
    }

    /// The wait that this share of the answers stayed within, in milliseconds.
    pub fn wait_ms(&self, percent: f64) -> f64 {
        micros_as_ms(self.waits.value_at_percentile(percent))
    }

    pub fn longest_ms(&self) -> f64 {
        micros_as_ms(self.waits.max())
    }

    /// Answers that count, by status and code.
    pub fn answers(&self) -> &BTreeMap<String, u64> {
        &self.answers
    }

    /// How many of all answers, the warm-up's too, begin with this.
    pub fn all_that_are(&self, answer: &str) -> u64 {
        self.all.iter().filter(|(name, _)| name.starts_with(answer)).map(|(_, count)| count).sum()
    }
}

fn add_to(counts: &mut BTreeMap<String, u64>, answer: &str, more: u64) {
    match counts.get_mut(answer) {
        Some(count) => *count += more,
        None => drop(counts.insert(answer.to_owned(), more)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "no wait is longer than LONGEST")]
fn micros_as_ms(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_waits_are_exact_to_a_thousandth_over_all_clients() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        for millis in 1..=500 {
            one.add("200", Duration::from_millis(millis), true);
            other.add("200", Duration::from_millis(500 + millis), true);
        }
        other.add("200", Duration::from_secs(3_600), false);
        one.join(&other);
        assert_eq!(one.count(), 1_000);
        for (percent, millis) in [(50.0, 500.0), (99.0, 990.0), (99.9, 999.0), (100.0, 1_000.0)] {
            let wait = one.wait_ms(percent);
            assert!((wait / millis - 1.0).abs() < 0.002, "p{percent} is {wait}");
        }
    }

    #[test]
    fn a_wait_beyond_the_bound_counts_as_the_bound() {
        let mut tally = Tally::default();
        tally.add("200", Duration::from_secs(3_600), true);
        assert!((tally.longest_ms() / 120_000.0 - 1.0).abs() < 0.002, "{}", tally.longest_ms());
    }

    #[test]
    fn the_warm_up_is_accounted_for_and_not_measured() {
        let mut tally = Tally::default();
        tally.add("201 COMPLETED", Duration::from_millis(1), false);
        tally.add("201 COMPLETED", Duration::from_millis(1), true);
        tally.add("503 service_unavailable", Duration::from_millis(1), true);
        assert_eq!((tally.count(), tally.all_that_are("201"), tally.all_that_are("5")), (2, 2, 1));
        assert_eq!(tally.answers()["201 COMPLETED"], 1);
    }
}
