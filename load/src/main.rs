//! The program `damda-load`. Exit codes: 0 everything held, 1 something did not, 2 wrong usage, 3 it could
//! not be run.

use clap::Parser;
use load::connection::Shop;
use load::machine::{self, Watched};
use load::report::{Row, table};
use load::run::{Plan, knock, read_tokens, run};
use load::scenario::Scenario;
use load::verify::{say, verify};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Many shoppers at once for a shop that `damda seed --load` filled, with its limits off.
#[derive(Debug, Parser)]
#[command(name = "damda-load", version, about)]
struct Cli {
    /// What the shoppers do, one after another
    #[arg(required = true, value_enum)]
    scenarios: Vec<Scenario>,
    /// Where the shop is
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The shoppers' tokens, one a line
    #[arg(long, value_name = "FILE")]
    tokens: PathBuf,
    /// How many ask at once, or several such numbers with commas, one run each; in an open loop, how many may
    /// wait for an answer at once
    #[arg(long, default_value = "64", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    clients: Vec<u16>,
    /// So many requests a second, whatever the shop does (an open loop)
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// How long each scenario lasts
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// How long it goes before that without being measured
    #[arg(long, default_value_t = 2, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=600))]
    warm_up: u64,
    /// Where the shop shows its metrics, for how full its batches were and how many orders met a conflict
    #[arg(long, value_name = "URL")]
    metrics: Option<String>,
    /// A process whose use of the processors is shown too
    #[arg(long, value_name = "NAME=PID", value_parser = Watched::parse)]
    process: Vec<Watched>,
    /// Runs `damda verify` on this database at the end
    #[arg(long, value_name = "DATABASE_URL")]
    database: Option<String>,
    /// The program for that
    #[arg(long, value_name = "PATH", default_value = "damda", requires = "database")]
    damda: PathBuf,
    /// Writes every figure there too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    load::exit_code_of("damda-load", work(&cli))
}

/// Whether everything held.
async fn work(cli: &Cli) -> anyhow::Result<bool> {
    let own = Watched { name: "generator".to_owned(), pid: None };
    let mut plan = Plan {
        shop: Shop::parse(&cli.url)?,
        tokens: read_tokens(&cli.tokens)?,
        clients: 0,
        rate: cli.rate.map(f64::from),
        lasts: Duration::from_secs(cli.seconds),
        warm_up: Duration::from_secs(cli.warm_up),
        metrics: cli.metrics.as_deref().map(Shop::parse).transpose()?,
        watched: std::iter::once(own).chain(cli.process.iter().cloned()).collect(),
    };
    knock(&plan.shop).await?;
    let (load, processors) = machine::load();
    say(&format!(
        "{processors} processors, load average {load} before; {} s each after {} s of warm-up\n\n",
        cli.seconds, cli.warm_up
    ));
    let mut rows: Vec<Row> = Vec::with_capacity(cli.scenarios.len() * cli.clients.len());
    for scenario in &cli.scenarios {
        for clients in &cli.clients {
            plan.clients = usize::from(*clients);
            rows.push(run(&plan, *scenario).await?);
        }
    }
    say(&table(&rows));
    if let Some(path) = &cli.json {
        std::fs::write(path, serde_json::to_vec_pretty(&rows)?)?;
    }
    let verified = cli.database.as_deref().map_or(Ok(true), |database| verify(&cli.damda, database))?;
    Ok(verified && rows.iter().all(Row::holds))
}
