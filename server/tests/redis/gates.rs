//! What a gate must hold, whichever it is: one list of cases, run on the gate of one process, on one Redis, and
//! on a Redis Cluster of three masters.

use crate::servers::{RedisCluster, RedisServer};
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use server::config::{Plaintext, Redis};
use server::redis::gate::RedisGate;
use server::redis::link::Link;
use shop::Timestamp;
use shop::id::UserId;
use shop::ports::{CouponAnswer, FailureAnswer, Gate, HeldBy, Limit, LimitAnswer, LocalGate};
use std::sync::Arc;
use std::time::{Duration, Instant};

const TEN_SECONDS: Duration = Duration::from_secs(10);
/// A busy machine answers late; that must not look like a Redis that is down.
pub const LONG_PATIENCE: Duration = Duration::from_secs(30);

type AnyGate = Arc<dyn Gate>;
type Case = (&'static str, fn(AnyGate) -> BoxFuture<'static, ()>);

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        /// Every case with its name.
        const CASES: &[Case] = &[$((stringify!($name), |gate| $name(gate).boxed())),*];
    };
}

cases![
    a_limit_holds_in_every_sliding_window_and_says_when_it_ends,
    a_limit_is_one_keys,
    a_clock_that_is_behind_waits_for_one_window_at_most,
    no_window_ever_holds_more_than_fit_and_retry_after_is_true_to_the_second,
    who_reads_the_clock_first_and_asks_last_gets_no_more_for_it,
    a_clock_that_was_set_back_keeps_nobody_longer_than_a_window_or_a_block,
    a_limit_lets_exactly_so_many_of_a_crowd_through,
    the_last_failure_in_a_row_blocks_and_a_success_resets,
    a_block_that_an_operator_ends_is_over_and_its_row_begins_anew,
    failures_of_a_crowd_are_all_counted_up_to_the_block,
    what_fails_under_a_block_neither_lengthens_it_nor_counts_afterwards,
    failures_in_a_row_are_forgotten_after_a_day_and_not_before,
    a_coupon_is_counted_only_once_the_gate_knows_how_many_are_out,
    a_crowd_never_takes_more_pieces_than_there_are,
    one_shopper_at_many_doors_takes_one_piece,
    a_piece_is_put_back_once,
    a_lock_is_held_by_one_until_it_is_released_or_runs_out,
    a_crowd_gets_one_lock,
    everybody_may_look_who_holds_a_lock_and_until_when,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_case_holds_at_the_gate_of_one_process() {
    hold(Arc::new(LocalGate::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_case_holds_at_one_redis() {
    let redis = RedisServer::start().await;
    hold(Arc::new(RedisGate::new(link(&redis.url(), LONG_PATIENCE).await))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_case_holds_at_a_cluster_of_three_masters() {
    let cluster = RedisCluster::start().await;
    hold(Arc::new(RedisGate::new(link(&cluster.url(), LONG_PATIENCE).await))).await;
    // The keys went to more than one of them, or it proved nothing.
    let mut filled = 0;
    for node in &cluster.nodes {
        let keys: i64 = node.ask(&redis::cmd("DBSIZE")).await.unwrap();
        filled += usize::from(keys > 0);
    }
    assert!(filled > 1, "{filled} of three masters hold keys");
}

async fn hold(gate: AnyGate) {
    let mut broken = Vec::new();
    for (name, case) in CASES {
        if tokio::spawn(case(gate.clone())).await.is_err() {
            broken.push(*name);
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

pub fn settings(url: &str) -> Redis {
    Redis::parse(url, &Plaintext::default()).unwrap()
}

pub async fn link(url: &str, patience: Duration) -> Link {
    Link::open(&settings(url), patience).await.unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_795_412_117_123 + millis)
}

fn user(number: i64) -> UserId {
    UserId::new(number)
}

async fn a_limit_holds_in_every_sliding_window_and_says_when_it_ends(gate: AnyGate) {
    let limit = Limit { count: 2, window: TEN_SECONDS };
    let full = |millis| LimitAnswer::Full { retry_after: Duration::from_millis(millis) };
    let taken = |left, millis| LimitAnswer::Taken { left, more_after: Duration::from_millis(millis) };
    let table = [
        (0, taken(1, 10_000)),
        (9_000, taken(0, 1_000)),
        (9_999, full(1)),
        (10_000, taken(0, 9_000)),
        (10_001, full(8_999)),
        (18_999, full(1)),
        (19_000, taken(0, 1_000)),
        (100_000, taken(1, 10_000)),
    ];
    for (millis, answer) in table {
        assert_eq!(gate.take("limit:window", limit, at(millis)).await.unwrap(), answer, "at {millis}");
    }
}

async fn a_limit_is_one_keys(gate: AnyGate) {
    let limit = Limit { count: 1, window: TEN_SECONDS };
    // A key as long as a stranger likes is a key too.
    let long = |last: &str| format!("limit:{}{last}", "x".repeat(100_000));
    for key in ["limit:one".to_owned(), "limit:two".to_owned(), "limit:{one}".to_owned(), long("1"), long("2")] {
        assert!(matches!(gate.take(&key, limit, at(0)).await.unwrap(), LimitAnswer::Taken { left: 0, .. }));
        assert!(matches!(gate.take(&key, limit, at(1)).await.unwrap(), LimitAnswer::Full { .. }));
    }
}

async fn a_clock_that_is_behind_waits_for_one_window_at_most(gate: AnyGate) {
    let limit = Limit { count: 1, window: TEN_SECONDS };
    gate.take("limit:behind", limit, at(40_000)).await.unwrap();
    let LimitAnswer::Full { retry_after } = gate.take("limit:behind", limit, at(0)).await.unwrap() else {
        panic!("counted twice within a window");
    };
    assert!(retry_after <= TEN_SECONDS, "{retry_after:?}");
}

/// The same numbers at every run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(most + 1).unwrap()).unwrap()
    }
}

/// How many, in how many milliseconds, and the longest pause of one who asks again and again.
const WINDOWS: [(u32, u64, i64); 5] =
    [(1, 1_000, 700), (3, 60_000, 30_000), (5, 999, 400), (20, 60_000, 5_000), (2, 60_000, 900)];

/// `count` and one more never came within a window.
fn assert_none_too_many(taken: &[i64], count: u32, window_ms: u64) {
    let count = usize::try_from(count).unwrap();
    for (first, last) in taken.iter().zip(taken.iter().skip(count)) {
        assert!(last - first >= i64::try_from(window_ms).unwrap(), "{} within {} ms", count + 1, last - first);
    }
}

async fn no_window_ever_holds_more_than_fit_and_retry_after_is_true_to_the_second(gate: AnyGate) {
    for (number, (count, window_ms, pause)) in WINDOWS.into_iter().enumerate() {
        let limit = Limit { count, window: Duration::from_millis(window_ms) };
        let key = format!("limit:any-window:{number}");
        let ask = async |millis| gate.take(&key, limit, at(millis)).await.unwrap();
        let is_full = async |millis| matches!(ask(millis).await, LimitAnswer::Full { .. });
        let (mut dice, mut now, mut taken, mut full) = (Dice(number as u64), 0, Vec::new(), 0);
        for _ in 0..200 {
            now += dice.up_to(pause);
            if let LimitAnswer::Full { retry_after } = ask(now).await {
                full += 1;
                let exact_ms = i64::try_from(retry_after.as_millis()).unwrap();
                // As `Retry-After` has it: rounded up.
                let whole_ms = (exact_ms + 999) / 1_000 * 1_000;
                assert!(whole_ms == 1_000 || is_full(now + whole_ms - 1_000).await, "a second earlier is too early");
                assert!(is_full(now + exact_ms - 1).await, "a millisecond earlier is too early");
                now += whole_ms;
                assert!(!is_full(now).await, "{retry_after:?} was a promise");
            }
            taken.push(now);
        }
        assert!(full > 10, "{full} of 200 were refused: it proves little");
        assert_none_too_many(&taken, count, window_ms);
    }
}

async fn who_reads_the_clock_first_and_asks_last_gets_no_more_for_it(gate: AnyGate) {
    for (number, (count, window_ms, pause)) in WINDOWS.into_iter().enumerate() {
        let limit = Limit { count, window: Duration::from_millis(window_ms) };
        let key = format!("limit:late:{number}");
        let (mut dice, mut now, mut taken) = (Dice(number as u64), 0, Vec::new());
        for _ in 0..300 {
            now += dice.up_to(pause);
            let read_at = now - dice.up_to(900);
            if matches!(gate.take(&key, limit, at(read_at)).await.unwrap(), LimitAnswer::Taken { .. }) {
                // It came after the one before it, whatever it read.
                taken.push(read_at.max(taken.last().copied().unwrap_or(read_at)));
            }
        }
        assert!(taken.len() > 5, "{}", taken.len());
        assert_none_too_many(&taken, count, window_ms);
    }
}

async fn a_clock_that_was_set_back_keeps_nobody_longer_than_a_window_or_a_block(gate: AnyGate) {
    const AHEAD_MS: i64 = 3_600_000;
    let limit = Limit { count: 2, window: TEN_SECONDS };
    let ask = async |millis| gate.take("limit:back", limit, at(millis)).await.unwrap();
    let full = |millis| LimitAnswer::Full { retry_after: Duration::from_millis(millis) };
    ask(AHEAD_MS).await;
    ask(AHEAD_MS + 1_000).await;
    assert_eq!((ask(1_000).await, ask(10_999).await), (full(10_000), full(1)));
    assert!(matches!(ask(11_000).await, LimitAnswer::Taken { left: 1, .. }));

    let until = at(AHEAD_MS + 10_000);
    let block = gate.count_failure("failures:back", 1, TEN_SECONDS, at(AHEAD_MS)).await.unwrap();
    assert_eq!(block, FailureAnswer::BlockBegan { until });
    let find = async |millis| gate.find_block("failures:back", at(millis)).await.unwrap();
    assert_eq!((find(1_000).await, find(10_999).await), (Some(at(11_000)), Some(at(11_000))));
    assert_eq!(find(11_000).await, None);
}

async fn a_limit_lets_exactly_so_many_of_a_crowd_through(gate: AnyGate) {
    let limit = Limit { count: 10, window: TEN_SECONDS };
    let answers = crowd(64, |_| {
        let gate = gate.clone();
        async move { gate.take("limit:crowd", limit, at(0)).await.unwrap() }
    })
    .await;
    let taken = answers.iter().filter(|answer| matches!(answer, LimitAnswer::Taken { .. })).count();
    assert_eq!(taken, 10);
}

async fn the_last_failure_in_a_row_blocks_and_a_success_resets(gate: AnyGate) {
    let fail = async |millis| gate.count_failure("failures:row", 5, TEN_SECONDS, at(millis)).await.unwrap();
    for _ in 0..4 {
        assert_eq!(fail(0).await, FailureAnswer::Counted);
    }
    gate.forget_failures("failures:row").await.unwrap();
    for _ in 0..4 {
        assert_eq!(fail(0).await, FailureAnswer::Counted);
    }
    assert_eq!(fail(5).await, FailureAnswer::BlockBegan { until: at(10_005) });
    assert_eq!(gate.find_block("failures:row", at(10_004)).await.unwrap(), Some(at(10_005)));
    gate.forget_failures("failures:row").await.unwrap();
    assert_eq!(gate.find_block("failures:row", at(10_004)).await.unwrap(), Some(at(10_005)), "a success ends no block");
    assert_eq!(gate.find_block("failures:row", at(10_005)).await.unwrap(), None);
    assert_eq!(gate.find_block("failures:other", at(5)).await.unwrap(), None);
    for _ in 0..4 {
        assert_eq!(fail(10_006).await, FailureAnswer::Counted, "the row began anew");
    }
    assert_eq!(fail(10_006).await, FailureAnswer::BlockBegan { until: at(20_006) });
}

async fn a_block_that_an_operator_ends_is_over_and_its_row_begins_anew(gate: AnyGate) {
    let fail = async |millis| gate.count_failure("failures:ended", 2, TEN_SECONDS, at(millis)).await.unwrap();
    fail(0).await;
    assert_eq!(fail(0).await, FailureAnswer::BlockBegan { until: at(10_000) });
    gate.end_block("failures:ended").await.unwrap();
    gate.end_block("failures:never").await.unwrap();
    assert_eq!(gate.find_block("failures:ended", at(1)).await.unwrap(), None);
    assert_eq!(fail(1).await, FailureAnswer::Counted);
    assert_eq!(fail(1).await, FailureAnswer::BlockBegan { until: at(10_001) });
}

async fn failures_of_a_crowd_are_all_counted_up_to_the_block(gate: AnyGate) {
    let fail_at_once = async |many| {
        let answers = crowd(many, |_| {
            let gate = gate.clone();
            async move { gate.count_failure("failures:crowd", 50, TEN_SECONDS, at(0)).await.unwrap() }
        });
        answers.await
    };
    assert!(fail_at_once(49).await.iter().all(|answer| *answer == FailureAnswer::Counted));
    let answers = fail_at_once(16).await;
    let until = at(10_000);
    let began = answers.iter().filter(|answer| **answer == FailureAnswer::BlockBegan { until });
    let blocked = answers.iter().filter(|answer| **answer == FailureAnswer::Blocked { until });
    assert_eq!((began.count(), blocked.count()), (1, 15), "{answers:?}");
}

async fn what_fails_under_a_block_neither_lengthens_it_nor_counts_afterwards(gate: AnyGate) {
    let fail = async |millis| gate.count_failure("failures:under", 2, TEN_SECONDS, at(millis)).await.unwrap();
    let until = at(10_000);
    assert_eq!(fail(0).await, FailureAnswer::Counted);
    assert_eq!(fail(0).await, FailureAnswer::BlockBegan { until });
    // They came in before the block, and took long.
    for millis in [0, 3_000, 9_999] {
        assert_eq!(fail(millis).await, FailureAnswer::Blocked { until }, "at {millis}");
        assert_eq!(gate.find_block("failures:under", at(millis)).await.unwrap(), Some(until), "at {millis}");
    }
    assert_eq!(gate.find_block("failures:under", until).await.unwrap(), None);
    assert_eq!(fail(10_000).await, FailureAnswer::Counted);
    assert_eq!(fail(10_000).await, FailureAnswer::BlockBegan { until: at(20_000) });
}

async fn failures_in_a_row_are_forgotten_after_a_day_and_not_before(gate: AnyGate) {
    const DAY_MS: i64 = 24 * 3_600_000;
    for (key, later, answer) in [
        ("failures:day", DAY_MS - 1, FailureAnswer::BlockBegan { until: at(DAY_MS - 1 + 10_000) }),
        ("failures:over", DAY_MS, FailureAnswer::Counted),
    ] {
        let fail = async |millis| gate.count_failure(key, 3, TEN_SECONDS, at(millis)).await.unwrap();
        for _ in 0..2 {
            assert_eq!(fail(0).await, FailureAnswer::Counted);
        }
        assert_eq!(fail(later).await, answer, "{key}");
    }
}

async fn a_coupon_is_counted_only_once_the_gate_knows_how_many_are_out(gate: AnyGate) {
    let take = async |number| gate.take_coupon("KNOWN", user(number), 2).await.unwrap();
    assert_eq!(take(1).await, CouponAnswer::Unknown);
    gate.set_issued("KNOWN", 1).await.unwrap();
    gate.set_issued("KNOWN", 0).await.unwrap();
    assert_eq!(take(1).await, CouponAnswer::Taken);
    assert_eq!(take(1).await, CouponAnswer::TakenBefore);
    assert_eq!(take(2).await, CouponAnswer::SoldOut);
    gate.forget_coupon("KNOWN").await.unwrap();
    assert_eq!(take(3).await, CouponAnswer::Unknown);
    gate.set_issued("KNOWN", 0).await.unwrap();
    assert_eq!(take(1).await, CouponAnswer::Taken, "who took one is counted anew with the count");
}

async fn a_crowd_never_takes_more_pieces_than_there_are(gate: AnyGate) {
    for (code, total) in [("LAST", 1), ("HUNDRED", 100)] {
        gate.set_issued(code, 0).await.unwrap();
        let answers = crowd(256, |number| {
            let gate = gate.clone();
            async move { gate.take_coupon(code, user(number), total).await.unwrap() }
        })
        .await;
        let taken = answers.iter().filter(|answer| **answer == CouponAnswer::Taken).count();
        let sold_out = answers.iter().filter(|answer| **answer == CouponAnswer::SoldOut).count();
        assert_eq!((i64::try_from(taken).unwrap(), taken + sold_out), (total, 256), "{code}");
    }
}

async fn one_shopper_at_many_doors_takes_one_piece(gate: AnyGate) {
    gate.set_issued("ONCE", 0).await.unwrap();
    let answers = crowd(64, |_| {
        let gate = gate.clone();
        async move { gate.take_coupon("ONCE", user(7), 10).await.unwrap() }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer == CouponAnswer::Taken).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == CouponAnswer::TakenBefore).count(), 63);
}

async fn a_piece_is_put_back_once(gate: AnyGate) {
    let take = async |number| gate.take_coupon("BACK", user(number), 2).await.unwrap();
    gate.return_coupon("BACK", user(1)).await.unwrap();
    assert_eq!(take(1).await, CouponAnswer::Unknown, "putting back makes no count");
    gate.set_issued("BACK", 1).await.unwrap();
    assert_eq!(take(1).await, CouponAnswer::Taken);
    gate.return_coupon("BACK", user(2)).await.unwrap();
    assert_eq!(take(2).await, CouponAnswer::SoldOut, "nobody puts back what they did not take");
    gate.return_coupon("BACK", user(1)).await.unwrap();
    gate.return_coupon("BACK", user(1)).await.unwrap();
    assert_eq!(take(2).await, CouponAnswer::Taken);
    assert_eq!(take(1).await, CouponAnswer::SoldOut, "a piece comes back once");
}

async fn a_lock_is_held_by_one_until_it_is_released_or_runs_out(gate: AnyGate) {
    let begun = Instant::now();
    let now = || at(i64::try_from(begun.elapsed().as_millis()).unwrap());
    let (long, short) = (Duration::from_secs(600), Duration::from_millis(300));
    let held = gate.lock("recovery:a", long, now()).await.unwrap().expect("it is free");
    assert_eq!(gate.lock("recovery:a", long, now()).await.unwrap(), None);
    assert!(gate.lock("recovery:b", long, now()).await.unwrap().is_some(), "another lock is another");
    gate.unlock(&held).await.unwrap();
    let late = gate.lock("recovery:a", short, now()).await.unwrap().expect("it was released");
    let taken_at = begun.elapsed();
    let next = loop {
        if let Some(next) = gate.lock("recovery:a", long, now()).await.unwrap() {
            break next;
        }
        assert!(begun.elapsed() < taken_at + LONG_PATIENCE, "the lock never runs out");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    gate.unlock(&late).await.unwrap();
    assert_eq!(gate.lock("recovery:a", long, now()).await.unwrap(), None, "a late unlock frees nobody else's");
    gate.unlock(&next).await.unwrap();
    assert!(gate.lock("recovery:a", long, now()).await.unwrap().is_some());
}

async fn a_crowd_gets_one_lock(gate: AnyGate) {
    let locks = crowd(64, |_| {
        let gate = gate.clone();
        async move { gate.lock("recovery:crowd", TEN_SECONDS * 60, at(0)).await.unwrap() }
    })
    .await;
    assert_eq!(locks.iter().flatten().count(), 1);
}

async fn everybody_may_look_who_holds_a_lock_and_until_when(gate: AnyGate) {
    let lasts = Duration::from_secs(600);
    assert_eq!(gate.find_holder("recovery:seen", at(0)).await.unwrap(), None);
    let lock = gate.lock("recovery:seen", lasts, at(0)).await.unwrap().expect("it is free");
    for _ in 0..2 {
        let holder = gate.find_holder("recovery:seen", at(0)).await.unwrap().expect("it is held");
        assert_eq!(holder.held_by, HeldBy::ThisInstance);
        // A Redis counts down by its own clock.
        assert!(holder.until <= at(600_000) && holder.until > at(600_000).before(LONG_PATIENCE), "{holder:?}");
        assert_eq!(gate.lock("recovery:seen", lasts, at(0)).await.unwrap(), None, "a look frees nothing");
    }
    assert_eq!(gate.find_holder("recovery:other", at(0)).await.unwrap(), None);
    gate.unlock(&lock).await.unwrap();
    assert_eq!(gate.find_holder("recovery:seen", at(0)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_instance_sees_which_other_holds_a_lock_and_an_older_programs_lock_is_one_too() {
    let redis = RedisServer::start().await;
    let named = async |name: &str| RedisGate::named(link(&redis.url(), LONG_PATIENCE).await, name.to_owned());
    let (one, other) = (named("web-1/10").await, named("web-2/20").await);
    let minute = Duration::from_secs(60);
    let lock = one.lock("recovery:a", minute, at(0)).await.unwrap().expect("it is free");
    let seen = other.find_holder("recovery:a", at(0)).await.unwrap().expect("it is held");
    assert_eq!(seen.held_by, HeldBy::Instance("web-1/10".to_owned()));
    other.unlock(&lock).await.unwrap();
    assert_eq!(other.lock("recovery:a", minute, at(0)).await.unwrap(), None, "nobody releases another's");
    one.unlock(&lock).await.unwrap();
    assert!(other.lock("recovery:a", minute, at(0)).await.unwrap().is_some());

    let mut older = redis::cmd("SET");
    older.arg("recovery:b").arg(17_u64).arg("PX").arg(60_000).arg("NX");
    let _: Option<String> = redis.ask(&older).await.unwrap();
    assert_eq!(one.find_holder("recovery:b", at(0)).await.unwrap().expect("it is held").held_by, HeldBy::Unnamed);
    assert_eq!(one.lock("recovery:b", minute, at(0)).await.unwrap(), None);
}

/// Does so many things at once, each in a task of its own.
pub async fn crowd<T, F>(many: i64, each: impl Fn(i64) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(tokio::sync::Barrier::new(usize::try_from(many).unwrap()));
    let tasks = (1..=many).map(|number| {
        let (barrier, work) = (barrier.clone(), each(number));
        tokio::spawn(async move {
            barrier.wait().await;
            work.await
        })
    });
    join_all(tasks).await.into_iter().map(|done| done.unwrap()).collect()
}
