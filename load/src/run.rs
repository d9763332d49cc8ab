//! One run: clients that share a schedule, each with a connection of its own.

use crate::check::{COMPLETED, Check, NO_ANSWER, check_run};
use crate::connection::{Answer, Connection, Shop};
use crate::facts::Facts;
use crate::machine::{self, Counted, Watched};
use crate::report::Row;
use crate::scenario::{Ask, Scenario};
use crate::schedule::Schedule;
use crate::tally::Tally;
use anyhow::Context;
use http::HeaderValue;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Claims that are not over then are given up.
const LONGEST_CLAIMS: Duration = Duration::from_secs(3_600);

/// How a run is done.
#[derive(Clone, Debug)]
pub struct Plan {
    pub shop: Shop,
    pub tokens: Arc<Vec<HeaderValue>>,
    pub clients: usize,
    /// Requests a second: an open loop. `None`: a closed one.
    pub rate: Option<f64>,
    pub lasts: Duration,
    pub warm_up: Duration,
    /// Where the shop shows its figures.
    pub metrics: Option<Shop>,
    pub watched: Vec<Watched>,
}

/// The shoppers' tokens, one a line.
///
/// # Errors
/// The file cannot be read, or holds none.
pub fn read_tokens(path: &Path) -> anyhow::Result<Arc<Vec<HeaderValue>>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let tokens: Vec<HeaderValue> =
        lines.map(|line| HeaderValue::from_str(&format!("Bearer {line}"))).collect::<Result<_, _>>()?;
    anyhow::ensure!(!tokens.is_empty(), "{} holds no token: `damda seed --load` writes them", path.display());
    Ok(Arc::new(tokens))
}

/// Runs one scenario and checks what it left behind.
///
/// # Errors
/// The shop does not answer before or after, or is not one for load tests.
pub async fn run(plan: &Plan, scenario: Scenario) -> anyhow::Result<Row> {
    let before = Facts::read(&plan.shop).await?;
    let (load, _) = machine::load();
    let mut tally = Tally::default();
    if !plan.warm_up.is_zero() {
        let warm_up = if scenario.warms_up_by_looking() { Scenario::List } else { scenario };
        let schedule = Schedule::new(Instant::now(), plan.warm_up, plan.rate, None);
        tally.join(&ask_all(plan, warm_up, schedule, false).await?);
    }
    let counted = Counted::read(plan.metrics.as_ref()).await;
    let cpu: Vec<f64> = plan.watched.iter().map(Watched::cpu_seconds).collect();
    // Claims end when everybody has claimed.
    let (lasts, most) = match scenario {
        Scenario::Claims => (LONGEST_CLAIMS, Some(plan.tokens.len() as u64)),
        _ => (plan.lasts, None),
    };
    let began = Instant::now();
    tally.join(&ask_all(plan, scenario, Schedule::new(began, lasts, plan.rate, most), true).await?);
    let took = began.elapsed();
    let cpu = plan
        .watched
        .iter()
        .zip(cpu)
        .map(|(watched, before)| (watched.name.clone(), (watched.cpu_seconds() - before) / took.as_secs_f64()));
    let cpu = cpu.collect();
    let now_counted = Counted::read(plan.metrics.as_ref()).await;
    let (jobs_per_batch, conflicts) = (now_counted.jobs_per_batch(&counted), now_counted.conflicts(&counted));
    let after = Facts::read(&plan.shop).await?;
    let checks: Vec<Check> = check_run(scenario, &tally, before, after);
    Ok(Row::new(scenario, plan, &tally, took, load, cpu, jobs_per_batch, conflicts, checks))
}

/// Sends everything the schedule asks for; every answer is waited for.
async fn ask_all(plan: &Plan, scenario: Scenario, schedule: Schedule, counts: bool) -> anyhow::Result<Tally> {
    let schedule = Arc::new(schedule);
    // Request ids of different runs must not meet.
    let run: u64 = rand::random();
    let clients: Vec<_> = (0..plan.clients)
        .map(|_| {
            let client = Client { plan: plan.clone(), connection: Connection::to(&plan.shop), run };
            tokio::spawn(client.ask_until_over(scenario, schedule.clone(), counts))
        })
        .collect();
    let mut tally = Tally::default();
    for client in clients {
        tally.join(&client.await.context("a client ended badly")??);
    }
    Ok(tally)
}

struct Client {
    plan: Plan,
    connection: Connection,
    run: u64,
}

impl Client {
    async fn ask_until_over(
        mut self,
        scenario: Scenario,
        schedule: Arc<Schedule>,
        counts: bool,
    ) -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        while let Some(turn) = schedule.next(Instant::now()) {
            let shopper = usize::try_from(turn.number).unwrap_or(0) % self.plan.tokens.len();
            let key = format!("{:016x}-{}", self.run, turn.number);
            let request = scenario.ask(turn.number).into_request(&self.plan.tokens[shopper], &key)?;
            let since = turn.wait().await;
            let answer = self.connection.send(request).await;
            tally.add(&name_of(answer.as_ref().ok()), since.elapsed(), counts);
        }
        Ok(tally)
    }
}

/// The status, and the word that says more: an order's status, a problem's code.
pub(crate) fn name_of(answer: Option<&Answer>) -> String {
    let Some(answer) = answer else { return NO_ANSWER.to_owned() };
    match answer.status {
        200 => "200".to_owned(),
        // The common case is worth a look before a parse.
        201 if has(&answer.body, br#""status":"COMPLETED""#) => COMPLETED.to_owned(),
        status => {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let word = body["code"].as_str().or_else(|| body["status"].as_str()).unwrap_or("");
            format!("{status} {word}").trim_end().to_owned()
        }
    }
}

fn has(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

/// A plain request, for who wants to know that the shop is there.
///
/// # Errors
/// It is not.
pub async fn knock(shop: &Shop) -> anyhow::Result<()> {
    let request = Ask::get("/readyz".to_owned()).into_request(&HeaderValue::from_static(""), "")?;
    let answer = Connection::to(shop).send(request).await?;
    anyhow::ensure!(answer.status == 200, "the shop is not ready: /readyz answers {}", answer.status);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers every request on one connection at once, but stands still once, for `pause`.
    async fn stalling_shop(pause: Duration) -> Shop {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut bytes, mut first) = ([0; 4_096], true);
            while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                if std::mem::take(&mut first) {
                    tokio::time::sleep(pause).await;
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        });
        Shop::parse(&format!("http://{address}")).unwrap()
    }

    async fn ask(rate: Option<f64>) -> Tally {
        let plan = Plan {
            shop: stalling_shop(Duration::from_millis(400)).await,
            tokens: Arc::new(vec![HeaderValue::from_static("Bearer x")]),
            clients: 1,
            rate,
            lasts: Duration::from_millis(500),
            warm_up: Duration::ZERO,
            metrics: None,
            watched: Vec::new(),
        };
        let schedule = Schedule::new(Instant::now(), plan.lasts, plan.rate, Some(100));
        ask_all(&plan, Scenario::List, schedule, true).await.unwrap()
    }

    #[tokio::test]
    async fn a_shop_that_stands_still_shows_in_every_request_that_was_due_meanwhile() {
        let open = ask(Some(100.0)).await;
        assert_eq!(open.count(), 50);
        assert!(open.wait_ms(50.0) > 100.0, "half of them were due while it stood still: {}", open.wait_ms(50.0));
        let closed = ask(None).await;
        assert_eq!(closed.count(), 100);
        assert!(closed.wait_ms(50.0) < 100.0, "the one who waited asked nothing meanwhile: {}", closed.wait_ms(50.0));
        assert!(closed.longest_ms() > 350.0);
    }

    #[test]
    fn an_answer_is_counted_by_its_status_and_word() {
        let answer = |status, body: &'static str| Answer { status, body: body.into() };
        let table = [
            (answer(200, "<html>"), "200"),
            (answer(201, r#"{"id":"x","status":"COMPLETED"}"#), COMPLETED),
            (answer(201, r#"{"coupon_code":"FCFS100","status":"ISSUED"}"#), "201 ISSUED"),
            (answer(202, r#"{"status":"PENDING"}"#), "202 PENDING"),
            (answer(409, r#"{"code":"coupon_sold_out","status":409}"#), "409 coupon_sold_out"),
            (answer(502, "<html>"), "502"),
        ];
        for (answer, name) in table {
            assert_eq!(name_of(Some(&answer)), name);
        }
        assert_eq!(name_of(None), NO_ANSWER);
    }
}
