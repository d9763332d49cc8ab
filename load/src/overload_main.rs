//! The program `damda-overload`. Exit codes: 0 every promise held, 1 one did not, 2 wrong usage, 3 it could not be
//! run.

use clap::Parser;
use load::check::Check;
use load::connection::Shop;
use load::machine::{self, Watched};
use load::overload::{HEADINGS, Plan, Trial, try_out};
use load::run::{knock, read_tokens};
use load::verify::{say, verify};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// More than the machine can serve, for a shop that `damda seed --load` filled, with its limits off.
#[derive(Debug, Parser)]
#[command(name = "damda-overload", version, about)]
struct Cli {
    /// What is tried, one after another
    #[arg(required = true, value_enum)]
    trials: Vec<Trial>,
    /// Where the shop is
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The shoppers' tokens, one a line
    #[arg(long, value_name = "FILE")]
    tokens: PathBuf,
    /// How long three times too many come
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// How many may wait for an answer at once
    #[arg(long, default_value_t = 6_000, value_parser = clap::value_parser!(u16).range(1..))]
    clients: u16,
    /// The shop's process, whose memory and files are watched
    #[arg(long, value_name = "NAME=PID", value_parser = Watched::parse)]
    process: Watched,
    /// Runs `damda verify` on this database at the end
    #[arg(long, value_name = "DATABASE_URL")]
    database: String,
    /// The program for that
    #[arg(long, value_name = "PATH", default_value = "damda")]
    damda: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    load::exit_code_of("damda-overload", work(&cli))
}

/// Whether every promise held.
async fn work(cli: &Cli) -> anyhow::Result<bool> {
    let plan = Plan {
        shop: Shop::parse(&cli.url)?,
        tokens: read_tokens(&cli.tokens)?,
        lasts: Duration::from_secs(cli.seconds),
        clients: usize::from(cli.clients),
        watched: cli.process.clone(),
    };
    knock(&plan.shop).await?;
    let (load, processors) = machine::load();
    say(&format!("{processors} processors, load average {load} before; {} s of overload\n\n{HEADINGS}", cli.seconds));
    let mut checks: Vec<(Trial, Check)> = Vec::new();
    for trial in &cli.trials {
        let report = try_out(&plan, *trial).await?;
        say(&report.lines);
        checks.extend(report.checks.into_iter().map(|check| (*trial, check)));
    }
    say("\n");
    for (trial, check) in &checks {
        let word = if check.holds { "holds " } else { "BROKEN" };
        say(&format!("{word}  {trial:?}: {}: {}\n", check.name, check.seen));
    }
    let verified = verify(&cli.damda, &cli.database)?;
    Ok(verified && checks.iter().all(|(_, check)| check.holds))
}
