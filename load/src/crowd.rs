//! A crowd whose every answer is kept, with when it was due: for questions that one figure for the whole run does
//! not answer, such as when the shop was normal again.

use crate::check::{COMPLETED, NO_ANSWER};
use crate::connection::{Connection, Shop};
use crate::run::name_of;
use crate::scenario::Scenario;
use crate::schedule::Schedule;
use anyhow::Context;
use http::HeaderValue;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who asks what, and how quickly.
#[derive(Clone)]
pub struct Crowd {
    pub shop: Shop,
    pub tokens: Arc<Vec<HeaderValue>>,
    pub scenario: Scenario,
    /// How many may wait for an answer at once.
    pub clients: usize,
    /// Requests a second; `None`: each client asks again when it was answered.
    pub rate: Option<f64>,
    pub lasts: Duration,
}

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Done, or taken in (202).
    Accepted,
    /// An order that is complete.
    Completed,
    /// 503 or 429.
    Refused,
    /// Any other status.
    Other,
    /// No answer.
    Lost,
}

impl Fate {
    fn of(answer: &str) -> Self {
        match answer {
            COMPLETED => Self::Completed,
            NO_ANSWER => Self::Lost,
            answer if answer.starts_with('2') => Self::Accepted,
            answer if answer.starts_with("503") || answer.starts_with("429") => Self::Refused,
            _ => Self::Other,
        }
    }

    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Completed)
    }
}

/// One request that was answered or lost.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub fate: Fate,
    /// When it was due (closed loop: sent), from the crowd's beginning.
    pub due: Duration,
    /// From when it was due to the last byte of its answer.
    pub wait: Duration,
    /// From when it was due to when it left: the generator's own delay.
    pub late: Duration,
}

impl Crowd {
    /// Asks until the time is over; every answer is waited for.
    ///
    /// # Errors
    /// A client ended badly.
    pub async fn ask(&self) -> anyhow::Result<Vec<Told>> {
        let start = Instant::now();
        let schedule = Arc::new(Schedule::new(start, self.lasts, self.rate, None));
        // Request ids of different runs must not meet.
        let run: u64 = rand::random();
        let clients: Vec<_> =
            (0..self.clients).map(|_| tokio::spawn(self.clone().ask_in_turn(run, start, schedule.clone()))).collect();
        let mut told = Vec::new();
        for client in clients {
            told.extend(client.await.context("a client ended badly")??);
        }
        Ok(told)
    }

    async fn ask_in_turn(self, run: u64, start: Instant, schedule: Arc<Schedule>) -> anyhow::Result<Vec<Told>> {
        let mut connection = Connection::to(&self.shop);
        let mut told = Vec::new();
        while let Some(turn) = schedule.next(Instant::now()) {
            let shopper = usize::try_from(turn.number).unwrap_or(0) % self.tokens.len();
            let key = format!("{run:016x}-{}", turn.number);
            let request = self.scenario.ask(turn.number).into_request(&self.tokens[shopper], &key)?;
            let since = turn.wait().await;
            let late = since.elapsed();
            let answer = connection.send(request).await;
            let fate = Fate::of(&name_of(answer.as_ref().ok()));
            told.push(Told { fate, due: since - start, wait: since.elapsed(), late });
        }
        Ok(told)
    }
}

/// How many of these there are.
pub fn count(told: &[Told], is_one: impl Fn(Fate) -> bool) -> usize {
    told.iter().filter(|told| is_one(told.fate)).count()
}

/// The time that so many of a hundred stayed within; zero when there are none.
pub fn share(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The waits of those that ended so.
pub fn waits(told: &[Told], is_one: impl Fn(Fate) -> bool) -> Vec<Duration> {
    told.iter().filter(|told| is_one(told.fate)).map(|told| told.wait).collect()
}

/// How many whole seconds passed until all was normal for good: from then on nobody was refused and everybody was
/// answered within `at_most`. `None`: it never was.
pub fn seconds_until_normal(told: &[Told], at_most: Duration) -> Option<u64> {
    let last = told.iter().map(|told| told.due.as_secs()).max()?;
    let odd = |told: &&Told| !told.fate.is_accepted() || told.wait > at_most;
    let last_odd = told.iter().filter(odd).map(|told| told.due.as_secs()).max();
    match last_odd {
        None => Some(0),
        Some(second) if second < last => Some(second + 1),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fate: Fate, due_ms: u64, wait_ms: u64) -> Told {
        let millis = Duration::from_millis;
        Told { fate, due: millis(due_ms), wait: millis(wait_ms), late: Duration::ZERO }
    }

    #[test]
    fn an_answer_is_accepted_refused_or_something_else() {
        let table = [
            (COMPLETED, Fate::Completed),
            ("202 PENDING", Fate::Accepted),
            ("200", Fate::Accepted),
            ("503 service_unavailable", Fate::Refused),
            ("429 rate_limited", Fate::Refused),
            ("500 internal_error", Fate::Other),
            ("409 insufficient_stock", Fate::Other),
            (NO_ANSWER, Fate::Lost),
        ];
        for (answer, fate) in table {
            assert_eq!(Fate::of(answer), fate, "{answer}");
        }
    }

    #[test]
    fn a_share_is_one_of_the_times() {
        let times = |count: u64| (1..=count).rev().map(Duration::from_millis).collect::<Vec<_>>();
        assert_eq!(share(times(100), 99), Duration::from_millis(99));
        assert_eq!(share(times(1_000), 50), Duration::from_millis(500));
        assert_eq!(share(times(1), 99), Duration::from_millis(1));
        assert_eq!(share(times(0), 99), Duration::ZERO);
    }

    #[test]
    fn normal_again_is_for_good() {
        let at_most = Duration::from_millis(500);
        let calm = |second: u64| told(Fate::Completed, second * 1_000 + 10, 20);
        let all_calm = [calm(0), calm(1), calm(2)];
        assert_eq!(seconds_until_normal(&all_calm, at_most), Some(0));
        let refused = [told(Fate::Refused, 100, 1), told(Fate::Completed, 1_100, 800), calm(2), calm(3)];
        assert_eq!(seconds_until_normal(&refused, at_most), Some(2));
        let never = [calm(0), told(Fate::Lost, 1_000, 1)];
        assert_eq!(seconds_until_normal(&never, at_most), None);
        assert_eq!(seconds_until_normal(&[], at_most), None);
    }
}
