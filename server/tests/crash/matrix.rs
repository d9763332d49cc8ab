//! All accidents, several at a time, and the table of what came of them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the table is for whoever asks for it")]

use crate::broker::Broker;
use crate::cell::{Cell, How, Load, run};
use crate::crowd::Settled;
use crate::house::{House, Store};
use futures::FutureExt;
use shop::failpoints::Point;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

/// Houses of each store in which accidents happen at the same time: a cell mostly waits.
const HOUSES_A_STORE: usize = 2;

/// What came of a cell: figures, or what did not hold.
type Outcome = Result<Settled, String>;

/// Each point once, in a cell that is another one for the next point: each store, load and way of failing comes up
/// again and again.
#[test]
fn whatever_dies_somewhere_is_whole_again_by_itself() {
    let mut cells = Vec::new();
    for (index, point) in Point::ALL.iter().enumerate() {
        let of_point: Vec<Cell> = Cell::all().into_iter().filter(|cell| cell.point == *point).collect();
        // Five and twelve share no factor, so that all twelve come up.
        cells.push(of_point[index * 5 % of_point.len()]);
    }
    let done = run_all(cells);
    print_table(&done);
    assert_all_hold(&done);
}

/// Every cell. `DAMDA_CRASH_CELLS` may name a part of them: `pay.commit`, `kill`, `MariaDB`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a quarter of an hour: make crash"]
async fn whatever_dies_anywhere_is_whole_again_by_itself() {
    let part = std::env::var("DAMDA_CRASH_CELLS").unwrap_or_default();
    let cells: Vec<Cell> = Cell::all().into_iter().filter(|cell| cell.to_string().contains(&part)).collect();
    assert!(!cells.is_empty(), "no cell is called {part}");
    let done = run_all(cells);
    print_table(&done);
    assert_all_hold(&done);
}

fn run_all(cells: Vec<Cell>) -> Vec<(Cell, Outcome)> {
    let broker = Arc::new(Broker::start());
    let done = Arc::new(Mutex::new(Vec::new()));
    let mut lanes = Vec::new();
    for store in Store::ALL {
        let waiting: VecDeque<Cell> = cells.iter().copied().filter(|cell| cell.store == store).collect();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..HOUSES_A_STORE {
            let (broker, waiting, done) = (broker.clone(), waiting.clone(), done.clone());
            lanes.push(std::thread::spawn(move || {
                tokio::runtime::Runtime::new().expect("a runtime").block_on(work(store, broker, waiting, done));
            }));
        }
    }
    for lane in lanes {
        lane.join().expect("a house that closes well");
    }
    std::mem::take(&mut *done.lock().expect("no cell panics outside"))
}

/// One house, in which one accident follows the other. After one that left something wrong the next has a new house.
async fn work(
    store: Store,
    broker: Arc<Broker>,
    waiting: Arc<Mutex<VecDeque<Cell>>>,
    done: Arc<Mutex<Vec<(Cell, Outcome)>>>,
) {
    let mut house = House::open(store, broker.clone()).await;
    loop {
        let next = waiting.lock().expect("the list").pop_front();
        let Some(cell) = next else { break };
        let outcome = AssertUnwindSafe(run(&mut house, cell)).catch_unwind().await;
        let outcome = outcome.map_err(|panic| format!("{}\n{}", text_of(&*panic), tail_of(&house.log())));
        match &outcome {
            Ok(settled) => println!("{cell}: {}", figure_of(settled)),
            Err(text) => {
                println!("{cell}: ✗ {text}");
                house = House::open(store, broker.clone()).await;
            }
        }
        done.lock().expect("the list").push((cell, outcome));
    }
    house.close().await;
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

fn tail_of(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Orders that were asked for, those that were given back, and requests that had to be asked again.
fn figure_of(settled: &Settled) -> String {
    format!("{}/{}/{}", settled.orders, settled.given_back, settled.asked_again)
}

/// As in docs/crashes.md: a row a point, a column a store, a load and a way of failing.
fn print_table(done: &[(Cell, Outcome)]) {
    let columns: Vec<(Store, Load, How)> = Store::ALL
        .into_iter()
        .flat_map(|store| Load::ALL.map(|load| (store, load)))
        .flat_map(|(store, load)| How::ALL.map(|how| (store, load, how)))
        .collect();
    let heads = columns.iter().map(|(store, load, how)| format!("{} {} {}", store.name(), load.shoppers(), how.name()));
    println!("\n| failpoint | {} |", heads.collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "--:|".repeat(columns.len()));
    for point in Point::ALL.iter().copied() {
        let cells = columns.iter().map(|(store, load, how)| {
            let cell = Cell { point, how: *how, store: *store, load: *load };
            match done.iter().find(|(known, _)| *known == cell) {
                Some((_, Ok(settled))) => figure_of(settled),
                Some((_, Err(_))) => "✗".to_owned(),
                None => "–".to_owned(),
            }
        });
        println!("| `{}` | {} |", point.name(), cells.collect::<Vec<_>>().join(" | "));
    }
    let mut sum = Settled::default();
    done.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()).for_each(|settled| sum += *settled);
    let held = done.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    println!(
        "\n{held} of {} accidents left nothing behind: {} orders, {} given back, {} requests asked again.",
        done.len(),
        sum.orders,
        sum.given_back,
        sum.asked_again
    );
}

#[track_caller]
fn assert_all_hold(done: &[(Cell, Outcome)]) {
    let broken: Vec<String> = done
        .iter()
        .filter_map(|(cell, outcome)| outcome.as_ref().err().map(|text| format!("{cell}: {text}")))
        .collect();
    assert!(broken.is_empty(), "{} of {} left something behind:\n{}", broken.len(), done.len(), broken.join("\n\n"));
}
