//! What happens when more comes than the machine can serve: trials with promises. A wait counts from the moment its
//! request was due.

use crate::check::Check;
use crate::connection::{Connection, Shop};
use crate::crowd::{Crowd, Fate, Told, count, seconds_until_normal, share, waits};
use crate::facts::Facts;
use crate::machine::{Highest, Watched, watch};
use crate::nuisance::Nuisance;
use crate::scenario::{Ask, Scenario};
use clap::ValueEnum;
use http::HeaderValue;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Who measures what the machine serves.
const MEASURING_CLIENTS: usize = 256;
const MEASURED: Duration = Duration::from_secs(5);
/// So many times that many arrive.
const TIMES: f64 = 3.0;
/// And this part of it is what the shop is used to.
const CALM: f64 = 1.0 / 3.0;
const CALM_LASTS: Duration = Duration::from_secs(12);

/// The specification's (§7).
const LONGEST_ACCEPTED: Duration = Duration::from_secs(2);
/// "At once".
const LONGEST_REFUSED: Duration = Duration::from_millis(500);
/// A calm shop's slowest answer.
const NORMAL: Duration = Duration::from_millis(500);
const MOST_SECONDS_UNTIL_NORMAL: u64 = 5;
const MOST_MIB: u64 = 1_024;

const LOGINS: usize = 500;
const IDLE: usize = 10_000;
const NUISANCES: [(Nuisance, usize); 5] = [
    (Nuisance::SlowHeaders, 500),
    (Nuisance::SlowBody, 500),
    (Nuisance::EndlessBody, 50),
    (Nuisance::Deaf, 200),
    (Nuisance::Idle, IDLE),
];
/// Who buys beside them: all together fit into the shop's places for connections.
const BESIDE_NUISANCES: usize = 1_000;
const NUISANCE_LASTS: Duration = Duration::from_secs(20);
/// What nuisances may cost, and how soon it is given back.
const MOST_NUISANCE_MIB: u64 = 512;
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trial {
    /// Orders at three times what the machine serves, then calm again
    Orders,
    /// The same with pages and lists
    Looks,
    /// 500 logins at once beside a steady stream of orders
    Logins,
    /// Slow headers and bodies, endless bodies, answers nobody reads, 10,000 idle connections, beside orders
    Nuisances,
}

/// How a trial is done.
pub struct Plan {
    pub shop: Shop,
    pub tokens: Arc<Vec<HeaderValue>>,
    /// How long the overload lasts.
    pub lasts: Duration,
    /// How many shoppers wait for an answer at once, at most.
    pub clients: usize,
    /// The process of the shop.
    pub watched: Watched,
}

/// What was seen, a line a phase, and what must hold.
#[derive(Default)]
pub struct Report {
    pub lines: String,
    pub checks: Vec<Check>,
}

pub const HEADINGS: &str = "| trial | offered/s | accepted/s | refused/s | other | lost | accepted p50 ms | p99 | refused p99 | generator late p99 | highest MiB | most files |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";

impl Report {
    fn phase(&mut self, name: &str, lasts: Duration, told: &[Told], highest: Highest) {
        let per_second = |figure: usize| figure_of(figure) / lasts.as_secs_f64();
        let accepted = count(told, Fate::is_accepted);
        let refused = count(told, |fate| fate == Fate::Refused);
        let late = told.iter().map(|told| told.late).collect();
        // Writing into a String cannot fail.
        let _ = writeln!(
            self.lines,
            "| {name} | {:.0} | {:.0} | {:.0} | {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {} |",
            per_second(told.len()),
            per_second(accepted),
            per_second(refused),
            count(told, |fate| fate == Fate::Other),
            count(told, |fate| fate == Fate::Lost),
            ms(share(waits(told, Fate::is_accepted), 50)),
            ms(share(waits(told, Fate::is_accepted), 99)),
            ms(share(waits(told, |fate| fate == Fate::Refused), 99)),
            ms(share(late, 99)),
            highest.mib,
            highest.files,
        );
    }

    fn check(&mut self, name: &'static str, holds: bool, seen: String) {
        self.checks.push(Check { name, holds, seen });
    }

    /// What must hold of every phase: nothing is lost, and there is no answer but yes and "not now".
    fn check_answers(&mut self, told: &[Told]) {
        let odd = count(told, |fate| matches!(fate, Fate::Other | Fate::Lost));
        self.check("every request is accepted or refused", odd == 0, format!("{odd} of {} were neither", told.len()));
        let p99 = share(waits(told, Fate::is_accepted), 99);
        self.check("accepted p99 under 2 s", p99 < LONGEST_ACCEPTED, format!("{:.0} ms", ms(p99)));
    }

    fn check_nobody_refused(&mut self, name: &'static str, told: &[Told]) {
        let refused = count(told, |fate| fate == Fate::Refused);
        self.check(name, refused == 0, format!("{refused} refused"));
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 requests")]
fn figure_of(count: usize) -> f64 {
    count as f64
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Does one trial.
///
/// # Errors
/// The shop does not answer, or is not one for load tests.
pub async fn try_out(plan: &Plan, trial: Trial) -> anyhow::Result<Report> {
    let before = Facts::read(&plan.shop).await?;
    let mut report = Report::default();
    let told = match trial {
        Trial::Orders => overload(plan, Scenario::Orders, "orders", &mut report).await?,
        Trial::Looks => overload(plan, Scenario::List, "looks", &mut report).await?,
        Trial::Logins => log_in(plan, &mut report).await?,
        Trial::Nuisances => annoy(plan, &mut report).await?,
    };
    let sold = before.pieces - Facts::read(&plan.shop).await?.pieces;
    let completed = i64::try_from(count(&told, |fate| fate == Fate::Completed)).unwrap_or(i64::MAX);
    report.check(
        "as many pieces sold as orders completed",
        sold == completed,
        format!("{sold} sold, {completed} completed"),
    );
    Ok(report)
}

impl Plan {
    fn crowd(&self, scenario: Scenario, clients: usize, rate: Option<f64>, lasts: Duration) -> Crowd {
        Crowd { shop: self.shop.clone(), tokens: self.tokens.clone(), scenario, clients, rate, lasts }
    }

    /// What the machine serves, in requests a second.
    async fn measure(&self, scenario: Scenario, name: &str, report: &mut Report) -> anyhow::Result<(f64, Vec<Told>)> {
        let crowd = self.crowd(scenario, MEASURING_CLIENTS, None, MEASURED);
        let (told, highest) = watch(&self.watched, crowd.ask()).await;
        let told = told?;
        report.phase(&format!("{name}: {MEASURING_CLIENTS} shoppers, closed loop"), MEASURED, &told, highest);
        report.check_answers(&told);
        report.check_nobody_refused("nobody is refused while the shop keeps up", &told);
        Ok((figure_of(count(&told, Fate::is_accepted)) / MEASURED.as_secs_f64(), told))
    }
}

async fn overload(plan: &Plan, scenario: Scenario, name: &str, report: &mut Report) -> anyhow::Result<Vec<Told>> {
    let (served, mut all) = plan.measure(scenario, name, report).await?;
    let crowd = plan.crowd(scenario, plan.clients, Some(served * TIMES), plan.lasts);
    let calm = plan.crowd(scenario, plan.clients, Some(served * CALM), CALM_LASTS);
    let after = async {
        sleep(plan.lasts).await;
        watch(&plan.watched, calm.ask()).await
    };
    let (overloaded, (calm, highest_after)) = tokio::join!(watch(&plan.watched, crowd.ask()), after);
    let (overloaded, highest) = (overloaded.0?, overloaded.1);
    let calm = calm?;
    report.phase(&format!("{name}: three times that"), plan.lasts, &overloaded, highest);
    report.phase(&format!("{name}: then a third"), CALM_LASTS, &calm, highest_after);
    report.check_answers(&overloaded);
    let refused = share(waits(&overloaded, |fate| fate == Fate::Refused), 99);
    report.check("refused p99 under 0.5 s", refused < LONGEST_REFUSED, format!("{:.0} ms", ms(refused)));
    report.check("memory stays under 1 GiB", highest.mib < MOST_MIB, format!("{} MiB", highest.mib));
    let seconds = seconds_until_normal(&calm, NORMAL);
    let said = seconds.map_or_else(|| "never".to_owned(), |seconds| format!("after {seconds} s"));
    let is_soon = seconds.is_some_and(|seconds| seconds <= MOST_SECONDS_UNTIL_NORMAL);
    report.check("normal again within 5 s", is_soon, said);
    all.extend(overloaded);
    all.extend(calm);
    Ok(all)
}

async fn log_in(plan: &Plan, report: &mut Report) -> anyhow::Result<Vec<Told>> {
    let (served, mut all) = plan.measure(Scenario::Orders, "logins", report).await?;
    let orders = plan.crowd(Scenario::Orders, plan.clients, Some(served * CALM), CALM_LASTS);
    let (without, highest) = watch(&plan.watched, orders.ask()).await;
    let without = without?;
    report.phase("logins: orders at a third, no login", CALM_LASTS, &without, highest);
    let storm = async {
        sleep(Duration::from_secs(1)).await;
        knock_all(plan, LOGINS).await
    };
    let ((with, logins), highest_with) = watch(&plan.watched, async { tokio::join!(orders.ask(), storm) }).await;
    let (with, logins) = (with?, logins?);
    report.phase(&format!("logins: and {LOGINS} logins at once"), CALM_LASTS, &with, highest_with);
    report.check_answers(&with);
    report.check_nobody_refused("no order is refused for the logins' sake", &with);
    let turned_away: Vec<Duration> =
        logins.iter().filter(|(status, _)| *status == 503).map(|(_, wait)| *wait).collect();
    let judged: Vec<Duration> = logins.iter().filter(|(status, _)| *status == 401).map(|(_, wait)| *wait).collect();
    let said = format!(
        "{} judged (the last after {:.1} s), {} turned away (the last after {:.2} s)",
        judged.len(),
        share(judged.clone(), 100).as_secs_f64(),
        turned_away.len(),
        share(turned_away.clone(), 100).as_secs_f64()
    );
    let is_whole = judged.len() + turned_away.len() == LOGINS && share(turned_away, 100) < LONGEST_ACCEPTED;
    report.check("each login is judged, or turned away soon", is_whole && !judged.is_empty(), said);
    let more = highest_with.mib.saturating_sub(highest.mib);
    report.check("logins cost little memory", more < MOST_NUISANCE_MIB, format!("{more} MiB more"));
    all.extend(without);
    all.extend(with);
    Ok(all)
}

/// Logins of people nobody knows, which cost what any login costs: status and wait of each.
async fn knock_all(plan: &Plan, count: usize) -> anyhow::Result<Vec<(u16, Duration)>> {
    let mut people = JoinSet::new();
    for number in 0..count {
        let mut connection = Connection::to(&plan.shop);
        let request = Ask::login(number).into_request(&HeaderValue::from_static(""), "")?;
        people.spawn(async move {
            let since = Instant::now();
            let status = connection.send(request).await.map_or(0, |answer| answer.status);
            (status, since.elapsed())
        });
    }
    Ok(people.join_all().await)
}

async fn annoy(plan: &Plan, report: &mut Report) -> anyhow::Result<Vec<Told>> {
    let needed = IDLE + BESIDE_NUISANCES + 2_000;
    let files = crate::machine::most_files()?;
    anyhow::ensure!(
        files >= needed,
        "this process may open {files} files and needs {needed} for {IDLE} idle connections: raise `ulimit -n`"
    );
    let (served, mut all) = plan.measure(Scenario::Orders, "nuisances", report).await?;
    let orders = plan.crowd(Scenario::Orders, BESIDE_NUISANCES, Some(served * CALM), CALM_LASTS);
    let (calm, before) = watch(&plan.watched, orders.ask()).await;
    let calm = calm?;
    report.phase("nuisances: orders at a third, nobody else", CALM_LASTS, &calm, before);
    let orders = Crowd { lasts: NUISANCE_LASTS, ..orders };
    let mut nuisances = Vec::new();
    for (nuisance, count) in NUISANCES {
        nuisances.push(nuisance.begin(&plan.shop, count, &plan.tokens[0]).await?);
    }
    let (told, highest) = watch(&plan.watched, orders.ask()).await;
    let told = told?;
    let whom: Vec<String> = NUISANCES.iter().map(|(nuisance, count)| format!("{count} {nuisance:?}")).collect();
    report.phase(&format!("nuisances: beside {}", whom.join(", ")), NUISANCE_LASTS, &told, highest);
    report.check_answers(&told);
    report.check_nobody_refused("no order is refused for a nuisance's sake", &told);
    let more = highest.mib.saturating_sub(before.mib);
    report.check("nuisances cost little memory", more < MOST_NUISANCE_MIB, format!("{more} MiB more"));
    drop(nuisances);
    let began = Instant::now();
    while plan.watched.files() > before.files && began.elapsed() < GIVEN_BACK_WITHIN {
        sleep(Duration::from_millis(200)).await;
    }
    let (files, took) = (plan.watched.files(), began.elapsed().as_secs_f64());
    let said = format!("{files} of {} after {took:.1} s", highest.files);
    report.check("their connections are given back", files <= before.files, said);
    all.extend(calm);
    all.extend(told);
    Ok(all)
}
