//! What a run came to: a table for people, JSON for programs.

use crate::check::Check;
use crate::run::Plan;
use crate::scenario::Scenario;
use crate::tally::Tally;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// One scenario's figures. Waits in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub scenario: &'static str,
    pub clients: usize,
    /// Requests a second that were due; `None`: a closed loop.
    pub rate: Option<f64>,
    pub seconds: f64,
    pub answers_per_second: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub p99_9: f64,
    pub max: f64,
    /// By status and code.
    pub answers: BTreeMap<String, u64>,
    /// The machine's load average just before.
    pub load_before: String,
    /// Processors that each watched process kept busy.
    pub cpu: BTreeMap<String, f64>,
    pub jobs_per_batch: BTreeMap<String, f64>,
    /// Orders that were tried again or refused because of others at the same rows.
    pub conflicts: f64,
    pub checks: Vec<Check>,
}

impl Row {
    #[expect(clippy::too_many_arguments, reason = "one caller, which has measured each of them")]
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 answers")]
    pub fn new(
        scenario: Scenario,
        plan: &Plan,
        tally: &Tally,
        took: Duration,
        load_before: String,
        cpu: BTreeMap<String, f64>,
        jobs_per_batch: BTreeMap<String, f64>,
        conflicts: f64,
        checks: Vec<Check>,
    ) -> Self {
        Self {
            scenario: scenario.name(),
            clients: plan.clients,
            rate: plan.rate,
            seconds: took.as_secs_f64(),
            answers_per_second: tally.count() as f64 / took.as_secs_f64(),
            p50: tally.wait_ms(50.0),
            p95: tally.wait_ms(95.0),
            p99: tally.wait_ms(99.0),
            p99_9: tally.wait_ms(99.9),
            max: tally.longest_ms(),
            answers: tally.answers().clone(),
            load_before,
            cpu,
            jobs_per_batch,
            conflicts,
            checks,
        }
    }

    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}

/// The table, then what does not hold.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| scenario | loop | answers/s | p50 ms | p95 | p99 | p99.9 | max | answers | processors busy | jobs a batch | conflicts | load before |\n\
         |---|---|--:|--:|--:|--:|--:|--:|---|---|---|--:|--:|\n",
    );
    for row in rows {
        let pace = match row.rate {
            Some(rate) => format!("open, {rate}/s, {} clients", row.clients),
            None => format!("closed, {} clients", row.clients),
        };
        let answers: Vec<String> = row.answers.iter().map(|(answer, count)| format!("{answer}: {count}")).collect();
        let of = |figures: &BTreeMap<String, f64>, digits: usize| -> String {
            let each: Vec<String> = figures.iter().map(|(name, figure)| format!("{name} {figure:.digits$}")).collect();
            each.join(", ")
        };
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {pace} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {} | {} | {:.0} | {} |",
            row.scenario,
            row.answers_per_second,
            row.p50,
            row.p95,
            row.p99,
            row.p99_9,
            row.max,
            answers.join(", "),
            of(&row.cpu, 2),
            of(&row.jobs_per_batch, 1),
            row.conflicts,
            row.load_before,
        );
    }
    for row in rows {
        for check in &row.checks {
            let word = if check.holds { "holds " } else { "BROKEN" };
            let _ = writeln!(text, "{word}  {}: {}: {}", row.scenario, check.name, check.seen);
        }
    }
    text
}
