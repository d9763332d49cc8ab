//! What the run cost: processor time of the processes that took part (Linux' `/proc`), and how full the
//! shop's desks were (`/metrics`).

use crate::connection::{Connection, Shop};
use crate::scenario::Ask;
use anyhow::Context;
use http::HeaderValue;
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Ticks of `/proc/PID/stat` in a second: part of Linux' interface to programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process to be watched under a name; `None` is this one.
#[derive(Clone, Debug)]
pub struct Watched {
    pub name: String,
    pub pid: Option<u32>,
}

impl Watched {
    /// `NAME=PID`
    ///
    /// # Errors
    /// It is not of that form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, pid) = text.split_once('=').ok_or("write NAME=PID, such as server=4711")?;
        let pid = pid.parse().map_err(|_| format!("`{pid}` is no process id"))?;
        Ok(Self { name: name.to_owned(), pid: Some(pid) })
    }

    fn folder(&self) -> String {
        format!("/proc/{}", self.pid.map_or_else(|| "self".to_owned(), |pid| pid.to_string()))
    }

    /// Files and sockets it has open; 0 when that cannot be read.
    pub fn files(&self) -> usize {
        fs::read_dir(format!("{}/fd", self.folder())).map_or(0, Iterator::count)
    }

    fn holds(&self) -> Highest {
        let status = fs::read_to_string(format!("{}/status", self.folder())).unwrap_or_default();
        Highest { mib: resident_mib(&status).unwrap_or(0), files: self.files() }
    }

    /// Processor time it has used, in seconds; 0 when it cannot be read.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("{}/stat", self.folder())).unwrap_or_default();
        cpu_ticks(&stat).unwrap_or(0.0) / TICKS_PER_SECOND
    }
}

/// The most that a process held while it was watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Highest {
    /// Memory in RAM.
    pub mib: u64,
    /// Open files and sockets.
    pub files: usize,
}

/// Does the work, and looks now and then how much the process holds meanwhile.
pub async fn watch<T>(process: &Watched, work: impl Future<Output = T>) -> (T, Highest) {
    let mut highest = process.holds();
    let mut work = std::pin::pin!(work);
    let mut looks = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            done = work.as_mut() => return (done, highest),
            _ = looks.tick() => {
                let now = process.holds();
                highest = Highest { mib: highest.mib.max(now.mib), files: highest.files.max(now.files) };
            }
        }
    }
}

/// How many files this process may open.
///
/// # Errors
/// The system does not say.
pub fn most_files() -> anyhow::Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits").context("/proc/self/limits cannot be read")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()).context("no bound on open files is named")?;
    Ok(soft.parse().unwrap_or(usize::MAX))
}

/// `VmRSS:     12345 kB`
fn resident_mib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1_024)
}

/// User and system time, the 12th and 13th figures after the name, which may itself hold spaces.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut figures = after_name.split(' ').skip(11);
    let user: f64 = figures.next()?.parse().ok()?;
    let system: f64 = figures.next()?.parse().ok()?;
    Some(user + system)
}

/// The machine's load over the last minute, and its processors.
pub fn load() -> (String, usize) {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    (load, std::thread::available_parallelism().map_or(0, usize::from))
}

/// What the shop has counted of itself so far.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Batches of each desk, and the jobs in them.
    desks: BTreeMap<String, (f64, f64)>,
    /// Orders that were tried again or refused because of others at the same rows.
    conflicts: f64,
}

impl Counted {
    /// Reads it; empty when nothing answers there.
    pub async fn read(metrics: Option<&Shop>) -> Self {
        let Some(metrics) = metrics else { return Self::default() };
        let Ok(request) = Ask::get("/metrics".to_owned()).into_request(&HeaderValue::from_static(""), "") else {
            return Self::default();
        };
        match Connection::to(metrics).send(request).await {
            Ok(answer) => Self::parse(&String::from_utf8_lossy(&answer.body)),
            Err(_) => Self::default(),
        }
    }

    fn parse(text: &str) -> Self {
        let mut counted = Self::default();
        for line in text.lines() {
            let Some((series, figure)) = line.rsplit_once(' ') else { continue };
            let of_desk = |name: &str| series.strip_prefix(name)?.strip_prefix("{desk=\"")?.strip_suffix("\"}");
            let figure: f64 = figure.parse().unwrap_or(0.0);
            if let Some(desk) = of_desk("damda_desk_batch_jobs_count") {
                counted.desks.entry(desk.to_owned()).or_default().0 = figure;
            } else if let Some(desk) = of_desk("damda_desk_batch_jobs_sum") {
                counted.desks.entry(desk.to_owned()).or_default().1 = figure;
            } else if series.starts_with("damda_stock_conflicts_total{") {
                counted.conflicts += figure;
            }
        }
        counted
    }

    /// Jobs a batch, of the desks that worked since `before`.
    pub fn jobs_per_batch(&self, before: &Self) -> BTreeMap<String, f64> {
        let mut full = BTreeMap::new();
        for (desk, (batches, jobs)) in &self.desks {
            let (batches_before, jobs_before) = before.desks.get(desk).copied().unwrap_or_default();
            if *batches > batches_before {
                full.insert(desk.clone(), (jobs - jobs_before) / (batches - batches_before));
            }
        }
        full
    }

    /// Conflicts since `before`.
    pub fn conflicts(&self, before: &Self) -> f64 {
        self.conflicts - before.conflicts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shop_counts_is_read_from_what_it_exports() {
        let before =
            Counted::parse("damda_desk_batch_jobs_sum{desk=\"pay\"} 10\ndamda_desk_batch_jobs_count{desk=\"pay\"} 5\n");
        let after = Counted::parse(
            "# TYPE damda_desk_batch_jobs histogram\ndamda_desk_batch_jobs_bucket{desk=\"pay\",le=\"1\"} 5\n\
             damda_desk_batch_jobs_sum{desk=\"pay\"} 40\ndamda_desk_batch_jobs_count{desk=\"pay\"} 7\n\
             damda_desk_batch_jobs_sum{desk=\"claim\"} 0\ndamda_desk_batch_jobs_count{desk=\"claim\"} 0\n\
             damda_stock_conflicts_total{outcome=\"retried\"} 3\ndamda_stock_conflicts_total{outcome=\"refused\"} 1\n",
        );
        assert_eq!(after.jobs_per_batch(&before), BTreeMap::from([("pay".to_owned(), 15.0)]));
        assert!((after.conflicts(&before) - 4.0).abs() < f64::EPSILON);
    }

    #[tokio::test]
    async fn what_a_process_holds_is_the_most_of_it() {
        assert_eq!(resident_mib("Name:\tdamda\nVmRSS:\t   51234 kB\n"), Some(50));
        let own = Watched { name: "own".to_owned(), pid: None };
        let (done, highest) = watch(&own, async { 7 }).await;
        assert!(done == 7 && highest.mib > 0 && highest.files >= 3, "{highest:?}");
        assert!(most_files().unwrap() >= highest.files);
    }

    #[test]
    fn a_watched_process_has_a_name_and_a_number() {
        assert!(Watched::parse("server=4711").is_ok_and(|watched| watched.pid == Some(4711)));
        assert!(Watched::parse("server").is_err() && Watched::parse("server=x").is_err());
        assert_eq!(cpu_ticks("4711 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 150 13 14"), Some(400.0));
    }
}
