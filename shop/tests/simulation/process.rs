//! The world around the shop, and one life of its process in it. A process dies as by `kill -9`: at a failpoint its
//! work halts, the database's files are taken as they lie there, and nothing of it is ever run again. The next life
//! begins on those files with nothing in its memory.
//!
//! Everything runs on one thread, with one connection that reads and one that writes, so that a history happens the
//! same way each time.

use crate::asks::{LogMood, Trouble};
use async_trait::async_trait;
use parking_lot::Mutex;
use shop::database::Db;
use shop::failpoints::armed;
use shop::id::OrderId;
use shop::ports::{Event, Events, Ports, TestClock};
use shop::{Fault, Settings, Shop, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// What the log has been given, each event once for each time.
pub struct EventLog {
    mood: Mutex<LogMood>,
    had: Mutex<HashMap<OrderId, Vec<Event>>>,
}

impl EventLog {
    fn new() -> Self {
        Self { mood: Mutex::new(LogMood::Takes), had: Mutex::default() }
    }

    pub fn is_now(&self, mood: LogMood) {
        *self.mood.lock() = mood;
    }

    pub fn mood(&self) -> LogMood {
        *self.mood.lock()
    }

    /// What happened to an order, as a consumer that drops repeats sees it.
    pub fn events_of(&self, order: OrderId) -> Vec<String> {
        let mut seen = HashSet::new();
        let had = self.had.lock();
        let firsts = had.get(&order).into_iter().flatten().filter(|event| seen.insert(event.id));
        firsts.map(|event| event.kind.trim_start_matches("order.").to_ascii_uppercase()).collect()
    }
}

#[async_trait]
impl Events for EventLog {
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), Fault>> {
        let mood = self.mood();
        let take = |event: &Event| {
            if mood != LogMood::Refuses {
                self.had.lock().entry(event.order_id).or_default().push(event.clone());
            }
            if mood == LogMood::Takes { Ok(()) } else { Err(Fault::Other("the log confirms nothing".to_owned())) }
        };
        events.iter().map(take).collect()
    }
}

/// What outlives a process.
pub struct World {
    folder: PathBuf,
    lives: usize,
    settings: Settings,
    pub clock: Arc<TestClock>,
    pub log: Arc<EventLog>,
}

/// Where histories keep their databases: in memory, where there is such a place.
pub fn open_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder can be made for the simulation")
}

/// An empty, migrated database, from which every history begins.
pub fn write_template(folder: &Path) -> PathBuf {
    let file = folder.join("template.db");
    runtime().block_on(async {
        let db = Db::open(&address_of(&file)).await.expect("the template opens");
        db.migrate().await.expect("the template is migrated");
        db.close().await;
    });
    file
}

fn address_of(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

impl World {
    /// A world of its own for one history, on a copy of the template.
    pub fn new(folder: &Path, template: &Path, now: Timestamp, has_limits: bool) -> Self {
        std::fs::create_dir(folder).expect("the folder of a history can be made");
        let mut settings = Settings::default();
        if !has_limits {
            (settings.order_limit, settings.claim_limit, settings.failure_limit) = (None, None, None);
        }
        let world = Self {
            folder: folder.to_owned(),
            lives: 0,
            settings,
            clock: Arc::new(TestClock::at(now)),
            log: Arc::new(EventLog::new()),
        };
        std::fs::copy(template, world.file()).expect("the template can be copied");
        world
    }

    fn file(&self) -> PathBuf {
        self.folder.join(format!("life-{}.db", self.lives))
    }

    /// Takes the files as a killed process leaves them: what was committed may still lie in the WAL alone.
    fn take_files(&mut self) {
        let wal = |file: &Path| file.with_extension("db-wal");
        let before = self.file();
        self.lives += 1;
        let after = self.file();
        std::fs::copy(&before, &after).expect("the database can be copied");
        if wal(&before).exists() {
            std::fs::copy(wal(&before), wal(&after)).expect("its WAL can be copied");
        }
    }

    async fn open_shop(&self) -> Shop {
        let address = address_of(&self.file());
        let db = Db::open(&address).await.expect("the database opens");
        let Db::Sqlite { writer, readers } = db else { unreachable!("the address is SQLite's") };
        // Several readers would answer in any order.
        let options: SqliteConnectOptions = readers.connect_options().as_ref().clone();
        let one = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false).idle_timeout(None);
        let readers = one.max_lifetime(None).connect_with(options).await.expect("the database opens to read");
        let ports = Ports { events: Some(self.log.clone()), ..Ports::local(self.clock.clone()) };
        let shop = Shop::open(Db::Sqlite { writer, readers }, ports, self.settings.clone());
        shop.take_up().await.expect("the shop goes on from where it stopped");
        shop
    }
}

/// One life.
pub struct Process {
    pub shop: Shop,
    runtime: Runtime,
}

impl Process {
    pub fn start(world: &World) -> Self {
        let runtime = runtime();
        let shop = runtime.block_on(world.open_shop());
        Self { shop, runtime }
    }

    /// Does something with the shop, which must come to an end.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(within_patience(work))
    }

    /// Does something in which these troubles strike; `None` when the process died of them.
    pub fn run_into<T>(&self, troubles: &[Trouble], work: impl Future<Output = T>) -> (Option<T>, bool) {
        watch_failpoints();
        for trouble in troubles {
            armed::set(trouble.point, &format!("1*return({})->off", trouble.action));
        }
        IS_HALTED.store(false, Ordering::SeqCst);
        HAS_ACTED.store(false, Ordering::SeqCst);
        let done = self.runtime.block_on(within_patience(async {
            tokio::select! {
                biased;
                () = halted() => None,
                done = work => Some(done),
            }
        }));
        armed::clear();
        (done, HAS_ACTED.load(Ordering::SeqCst))
    }

    /// The process is gone at once; another begins.
    pub fn die(self, world: &mut World) -> Self {
        world.take_files();
        let Self { shop, runtime } = self;
        drop(runtime);
        drop(shop);
        Self::start(world)
    }

    /// The process ends in good order.
    pub fn close(self) {
        self.run(async {
            self.shop.close().await;
            self.shop.db().close().await;
        });
    }
}

/// Nothing in a history takes long: what does not end within this never will.
const PATIENCE: Duration = Duration::from_secs(300);

async fn within_patience<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("the shop never came to an end with this")
}

static IS_HALTED: AtomicBool = AtomicBool::new(false);
static HAS_ACTED: AtomicBool = AtomicBool::new(false);
static WAKE: Notify = Notify::const_new();

async fn halted() {
    while !IS_HALTED.load(Ordering::SeqCst) {
        WAKE.notified().await;
    }
}

/// Listens for the one line of the log that says that a failpoint acts.
struct Watch;

fn watch_failpoints() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        tracing::subscriber::set_global_default(Watch).expect("nothing else listens to the log of this program");
    });
}

struct Halts(bool);

impl tracing::field::Visit for Halts {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "action" && format!("{value:?}") == "Halt";
    }
}

impl tracing::Subscriber for Watch {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("shop::failpoints")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut halts = Halts(false);
        event.record(&mut halts);
        HAS_ACTED.store(true, Ordering::SeqCst);
        if halts.0 {
            IS_HALTED.store(true, Ordering::SeqCst);
            WAKE.notify_one();
        }
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
