//! A seeded simulation: random shoppers, operators, clocks and crashes, on the shop and on a model of plain integers
//! that is written from the specification and knows nothing of the shop. After every step everything must be equal.
//!
//! One number decides a history. A failure prints it, what happened, and how to see it again. Read `runner.rs` first,
//! then `model`; docs/simulation.md has what long runs found.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::large_futures, reason = "a test's stack is its own")]

mod asks;
mod dice;
mod found;
mod history;
mod model;
mod process;
mod real;
mod runner;

use parking_lot::Mutex;
use runner::{Count, run, shrink};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Failpoints are the whole program's: one history at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Histories of the short run: seeds 1, 2, …
const SHORT_RUN: u64 = 150;

#[test]
fn the_shop_is_what_plain_arithmetic_says_whatever_happens() {
    let count = simulate(1..=SHORT_RUN, None);
    assert_eq!(count.histories, SHORT_RUN);
    assert!(count.deaths > SHORT_RUN / 2 && count.faults > SHORT_RUN, "hardly anything went wrong: {count:?}");
    assert!(count.refunds > SHORT_RUN / 3, "hardly anything was given back: {count:?}");
}

#[test]
fn a_seed_tells_the_same_history_again() {
    let _turn = ONE_AT_A_TIME.lock();
    let folder = process::open_folder();
    let template = process::write_template(folder.path());
    for seed in 1_000..1_010 {
        let first = run(seed, &BTreeSet::new(), folder.path(), &template);
        let second = run(seed, &BTreeSet::new(), folder.path(), &template);
        assert!(first.trace == second.trace, "{}\n\nand then\n\n{}", first.trace, second.trace);
    }
}

/// `scripts/simulate.sh` runs it: histories for so many minutes from a seed on, or the history of one seed.
#[test]
#[ignore = "it runs for as long as `make simulate` says"]
fn simulate_for_as_long_as_asked() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("SIMULATE_SEED") {
        let without = std::env::var("SIMULATE_WITHOUT").unwrap_or_default();
        replay(seed, &without.split(',').filter_map(|step| step.parse().ok()).collect());
        return;
    }
    let minutes = number("SIMULATE_MINUTES").unwrap_or(1);
    simulate(number("SIMULATE_FROM").unwrap_or(1).., Some(Duration::from_secs(60 * minutes)));
}

/// Shows one history.
fn replay(seed: u64, without: &BTreeSet<usize>) {
    let _turn = ONE_AT_A_TIME.lock();
    let folder = process::open_folder();
    let template = process::write_template(folder.path());
    let told = run(seed, without, folder.path(), &template);
    eprintln!("{}", told.trace);
    assert!(told.failure.is_none(), "{}", told.failure.unwrap_or_default());
}

/// Runs the histories of these seeds, one after another, until time is up.
#[expect(clippy::disallowed_methods, reason = "how long it runs is no business of the shop's clock")]
fn simulate(seeds: impl Iterator<Item = u64>, lasts: Option<Duration>) -> Count {
    let _turn = ONE_AT_A_TIME.lock();
    keep_quiet_about_failpoints();
    let folder = process::open_folder();
    let template = process::write_template(folder.path());
    let (began, mut told_at) = (Instant::now(), Instant::now());
    let mut count = Count::default();
    for seed in seeds {
        let told = run(seed, &BTreeSet::new(), folder.path(), &template);
        if let Some(failure) = &told.failure {
            let histories = count.histories + 1;
            let without = shrink(seed, told.steps, folder.path(), &template);
            let least = run(seed, &without, folder.path(), &template);
            let without = without.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            panic!(
                "history {histories}, seed {seed}: the shop and the model differ\n{failure}\n\n\
                 the shortest history that differs:\n{}\n{}\n\n\
                 to see it again: make simulate SEED={seed}\n\
                 to see the short one: make simulate SEED={seed} WITHOUT={without}",
                least.trace,
                least.failure.unwrap_or_default()
            );
        }
        count.add(told.count);
        let is_over = lasts.is_some_and(|lasts| began.elapsed() >= lasts);
        if lasts.is_some() && (is_over || told_at.elapsed() >= Duration::from_secs(60)) {
            told_at = Instant::now();
            eprintln!("{:4} s, up to seed {seed}: {count:?}", began.elapsed().as_secs());
        }
        if is_over {
            break;
        }
    }
    count
}

/// Panics that are asked for say nothing.
fn keep_quiet_about_failpoints() {
    static ASKED: std::sync::Once = std::sync::Once::new();
    ASKED.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.payload().downcast_ref::<String>().is_some_and(|text| text.contains("the failpoint")) {
                usual(panic);
            }
        }));
    });
}
