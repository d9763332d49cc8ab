//! What the system says of this process, from Linux' `/proc`, where elsewhere the figures are 0; and what the runtime
//! says of its tasks.

use super::{RUNTIME_QUEUE, RUNTIME_TASKS, RUNTIME_WORKERS};
use metrics::gauge;
use std::fs;
use tokio::runtime::Handle;

/// Ticks of `/proc/self/stat` in a second: part of Linux' interface to programs.
const TICKS_PER_SECOND: u64 = 100;
/// What `VmRSS` is counted in.
const KIB: f64 = 1_024.0;

pub struct Process {
    pub resident_bytes: f64,
    pub open_files: f64,
    /// User and system together.
    pub cpu_seconds: u64,
}

/// Tells the figures how much the runtime has to do, where this is called within one.
pub fn watch_runtime() {
    let Ok(runtime) = Handle::try_current() else { return };
    let runtime = runtime.metrics();
    let figure = |figure: usize| f64::from(u32::try_from(figure).unwrap_or(u32::MAX));
    gauge!(RUNTIME_WORKERS).set(figure(runtime.num_workers()));
    gauge!(RUNTIME_TASKS).set(figure(runtime.num_alive_tasks()));
    gauge!(RUNTIME_QUEUE).set(figure(runtime.global_queue_depth()));
}

pub fn look() -> Process {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let files = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    Process {
        resident_bytes: resident_kib(&status).map_or(0.0, |kib| f64::from(kib) * KIB),
        open_files: f64::from(u32::try_from(files).unwrap_or(u32::MAX)),
        cpu_seconds: cpu_ticks(&stat).unwrap_or(0) / TICKS_PER_SECOND,
    }
}

/// `VmRSS:     12345 kB`
fn resident_kib(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// `utime` and `stime`, the 12th and 13th figures after the name, which may itself hold spaces.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut figures = after_name.split(' ').skip(11);
    let user: u64 = figures.next()?.parse().ok()?;
    let system: u64 = figures.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_files_are_read_rightly() {
        assert_eq!(resident_kib("Name:\tdamda\nVmRSS:\t   51234 kB\nThreads:\t3\n"), Some(51_234));
        let stat = "4711 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 150 13 14 20 0 4 0 12345";
        assert_eq!(cpu_ticks(stat), Some(400));
        assert_eq!((resident_kib(""), cpu_ticks("")), (None, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_files() {
        let process = look();
        assert!(process.resident_bytes > 1_000_000.0 && process.open_files >= 3.0);
    }
}
