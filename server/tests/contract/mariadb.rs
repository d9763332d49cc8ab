//! A MariaDB of a test's own, which it may stop and start again; `DAMDA_TEST_MYSQL` only says that there is one
//! to test with.

use crate::fleet::mysql_server;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/mariadb.sh");

pub struct MariaDb {
    folder: PathBuf,
    /// Further options of the server, words with blanks between.
    options: &'static str,
    /// Goes with the server.
    _made: Option<TempDir>,
    /// `mysql://user:pass@host:port`, another port after each start.
    pub url: String,
}

impl MariaDb {
    pub fn start() -> Option<Self> {
        let made = tempfile::tempdir().expect("a folder");
        Self::begin_in(made.path().to_owned(), "", Some(made))
    }

    /// One whose data are in a folder that has little room.
    pub fn start_small(place: &Path) -> Option<Self> {
        Self::begin_in(place.join("mariadb"), "--innodb-log-file-size=16M --innodb-buffer-pool-size=32M", None)
    }

    fn begin_in(folder: PathBuf, options: &'static str, made: Option<TempDir>) -> Option<Self> {
        mysql_server()?;
        let mut server = Self { folder, options, _made: made, url: String::new() };
        server.begin();
        Some(server)
    }

    /// Starts it with the data it has.
    pub fn begin(&mut self) {
        let said = self.script("start");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).expect("an address").trim().clone_into(&mut self.url);
    }

    /// Stops it in good order; every connection to it breaks.
    pub fn stop(&self) {
        let said = self.script("stop");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }

    pub fn address(&self) -> SocketAddr {
        self.url.rsplit('@').next().expect("a host").parse().expect("an address")
    }

    /// Where the same database is found along another way.
    pub fn by_way_of(&self, way: SocketAddr, database: &str) -> String {
        database.replace(&self.address().to_string(), &way.to_string())
    }

    /// Freezes it until what this gives is dropped.
    pub fn freeze(&self) -> Frozen {
        let pid = std::fs::read_to_string(self.folder.join("pid")).expect("its process");
        let frozen = Frozen(pid.trim().to_owned());
        frozen.signal("-STOP");
        frozen
    }

    fn script(&self, what: &str) -> Output {
        let mut command = Command::new(SCRIPT);
        command.arg(what).arg(&self.folder).env("DAMDA_DB_OPTIONS", self.options);
        tokio::task::block_in_place(|| command.output()).expect("the script runs")
    }
}

pub struct Frozen(String);

impl Frozen {
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.0]).status().expect("kill runs").success(), "{name}");
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // The processes of a test end with it, also when it has failed.
        let _ = Command::new(SCRIPT).arg("stop").arg(&self.folder).status();
    }
}
