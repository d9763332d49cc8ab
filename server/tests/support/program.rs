//! The program itself, run as its owner would: in a folder of its own, with an environment of its own.

#![allow(dead_code, reason = "every test crate uses its part")]
#![allow(clippy::disallowed_methods, reason = "a test waits for a process by the machine's clock")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Of no effect on a program that was built without the feature `loose-guards`.
const WITHOUT_GUARD: &str = "DAMDA_WITHOUT_GUARD";

/// A folder and an environment with nothing of ours in it, but for the guard that `scripts/bite.sh` takes out.
pub fn damda(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_damda"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    // Its default is one port, which another shop of this machine may have.
    command.env("METRICS_LISTEN", "off").envs(environment.iter().copied());
    command.envs(std::env::var_os(WITHOUT_GUARD).map(|guard| (WITHOUT_GUARD, guard)));
    command
}

pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    damda(folder, arguments, &[]).output().expect("the program runs")
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ended it")
}

pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[track_caller]
pub fn succeeds(output: &Output) -> String {
    assert_eq!(code(output), 0, "{}{}", out(output), err(output));
    out(output)
}

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// An address where nobody listened a moment ago.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}

/// A server that ends with the test.
pub struct Server {
    child: Child,
    pub base: String,
}

impl Server {
    pub fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        Self::start_into(folder, &[], environment, Stdio::piped())
    }

    /// Its log goes into a file, which holds more than a pipe.
    pub fn start_logging(folder: &Path, environment: &[(&str, &str)], log: &Path) -> Self {
        Self::start_saying(folder, &[], environment, log)
    }

    /// The same, started by other words than its name alone.
    pub fn start_saying(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], log: &Path) -> Self {
        let log = std::fs::File::create(log).expect("a file for the log").into();
        Self::start_into(folder, arguments, environment, log)
    }

    fn start_into(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], log: Stdio) -> Self {
        let chosen = environment.iter().find(|(name, _)| *name == "LISTEN");
        let listen = chosen.map_or_else(free_address, |(_, address)| (*address).to_owned());
        let mut environment = environment.to_vec();
        environment.push(("LISTEN", &listen));
        let child =
            damda(folder, arguments, &environment).stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        Self { child, base: format!("http://{listen}") }
    }

    pub async fn ready(mut self) -> Self {
        self.wait_until_ready().await;
        self
    }

    pub async fn wait_until_ready(&mut self) {
        assert!(self.is_ready().await, "it ended: {:?}", self.child.try_wait());
    }

    /// Waits until everything it needs answers; `false` when it ended instead.
    pub async fn is_ready(&mut self) -> bool {
        let until = Instant::now() + Duration::from_secs(60);
        let http = client();
        while http.get(format!("{}/readyz", self.base)).send().await.map_or(0, |answer| answer.status().as_u16()) != 200
        {
            if self.has_ended() {
                return false;
            }
            assert!(Instant::now() < until, "it is not ready after a minute");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        true
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_some()
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self, at_most: Duration) -> std::process::ExitStatus {
        let until = Instant::now() + at_most;
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status;
            }
            assert!(Instant::now() < until, "it has not ended after {at_most:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn of_proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.pid())).expect("it lives")
    }

    /// Memory in RAM.
    pub fn memory_mib(&self) -> u64 {
        let status = self.of_proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.split_whitespace().next().expect("a figure").parse::<u64>().expect("a figure") / 1_024
    }

    /// Open files and sockets.
    pub fn files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("it lives").count()
    }

    /// Processor time it has used.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = self.of_proc("stat");
        let (_, after_name) = stat.rsplit_once(") ").expect("its figures");
        let ticks = after_name.split(' ').skip(11).take(2).map(|figure| figure.parse::<f64>().expect("a figure"));
        ticks.sum::<f64>() / 100.0
    }

    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Sends it a signal by its name: `TERM`, `STOP`, `CONT`, `KILL`.
    pub fn signal(&self, name: &str) {
        let pid = self.pid();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(sent.success(), "{name} to {pid}");
    }

    /// SIGTERM; gives what it printed.
    pub fn stop(mut self) -> Output {
        self.signal("TERM");
        let until = Instant::now() + Duration::from_secs(12);
        while self.child.try_wait().expect("its state").is_none() {
            assert!(Instant::now() < until, "it has not stopped after 12 seconds");
            std::thread::sleep(Duration::from_millis(20));
        }
        let child = std::mem::replace(&mut self.child, Command::new("true").spawn().expect("true runs"));
        child.wait_with_output().expect("its output")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
