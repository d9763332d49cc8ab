//! The rules of the house that a test can keep (DESIGN §1): who may name what, and where SQL lives. Read from
//! the sources themselves; comments do not count.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("shop lies in the workspace").to_owned()
}

/// A source file without its comments: its code with every literal emptied, and the literals.
struct Source {
    path: String,
    code: String,
    literals: Vec<String>,
}

impl Source {
    fn words(&self) -> BTreeSet<&str> {
        self.code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
    }

    fn names(&self, word: &str) -> bool {
        self.words().contains(word)
    }

    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Every Rust file below these folders, paths from the workspace.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        let before = found.len();
        collect(&house().join(folder), &mut found);
        assert!(found.len() > before, "{folder} holds no Rust file: the rule would keep nothing");
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a source folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            let (code, literals) = split(&text);
            let path = path.strip_prefix(house()).expect("within the house").to_string_lossy().replace('\\', "/");
            found.push(Source { path, code, literals });
        }
    }
}

/// Takes comments out and string literals apart. Knows line and block comments, plain, byte and raw strings,
/// and tells a character from a lifetime.
fn split(text: &str) -> (String, Vec<String>) {
    let chars: Vec<char> = text.chars().collect();
    let starts = |at: usize, with: &str| with.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    let (mut code, mut literals, mut at) = (String::new(), Vec::new(), 0);
    while at < chars.len() {
        if starts(at, "//") {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if starts(at, "/*") {
            let mut depth = 0;
            loop {
                if starts(at, "/*") {
                    (depth, at) = (depth + 1, at + 2);
                } else if starts(at, "*/") {
                    (depth, at) = (depth - 1, at + 2);
                } else {
                    at += 1;
                }
                if depth == 0 || at >= chars.len() {
                    break;
                }
            }
        } else if let Some(hashes) = raw_string(&chars, at) {
            let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            at += 2 + hashes;
            let begin = at;
            while at < chars.len() && !starts(at, &end) {
                at += 1;
            }
            literals.push(chars[begin..at.min(chars.len())].iter().collect());
            at += end.len();
            code.push_str("\"\"");
        } else if chars[at] == '"' {
            at += 1;
            let begin = at;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            literals.push(chars[begin..at.min(chars.len())].iter().collect());
            at += 1;
            code.push_str("\"\"");
        } else if chars[at] == '\'' && (chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'')) {
            at += if chars[at + 1] == '\\' { 3 } else { 2 };
            while at < chars.len() && chars[at] != '\'' {
                at += 1;
            }
            at += 1;
            code.push_str("' '");
        } else {
            code.push(chars[at]);
            at += 1;
        }
    }
    (code, literals)
}

/// The number of hashes, when a raw string begins here and is not the end of a longer word.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let inside_a_word = at > 0 && (chars[at - 1].is_alphanumeric() && chars[at - 1] != 'b' || chars[at - 1] == '_');
    if chars[at] != 'r' || inside_a_word {
        return None;
    }
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    (chars.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

/// Nobody of these may name any of these words, but for the excused.
fn never(folders: &[&str], words: &[&str], excused: impl Fn(&Source) -> bool) {
    let found: Vec<String> = sources(folders)
        .iter()
        .filter(|source| !excused(source))
        .flat_map(|source| {
            let named = words.iter().filter(|word| source.names(word));
            named.map(|word| format!("{} names {word}", source.path)).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

fn nobody(_: &Source) -> bool {
    false
}

#[test]
fn a_source_is_taken_apart_rightly() {
    let (code, literals) = split(
        "let a = \"SELECT 1 // \\\" x\"; // sqlx\n/* redis /* twice */ axum */ let b: &'static str = r#\"raw \"text\"\"#; \
         let c = '\"'; let d = '\\''; let e = b\"bytes\"; fn f<'a>(x: &'a str) {}",
    );
    assert_eq!(literals, ["SELECT 1 // \\\" x", "raw \"text\"", "bytes"]);
    for gone in ["sqlx", "redis", "axum", "SELECT", "raw"] {
        assert!(!code.contains(gone), "{gone} in {code}");
    }
    assert!(code.contains("let b: &'static str = \"\";") && code.contains("fn f<'a>(x: &'a str)"), "{code}");
}

#[test]
fn the_shop_knows_no_http_and_no_pages() {
    let words = [
        "leptos",
        "leptos_axum",
        "leptos_router",
        "axum",
        "axum_login",
        "http",
        "hyper",
        "tower",
        "tower_http",
        "askama",
        "clap",
        "reqwest",
    ];
    never(&["shop/src"], &words, nobody);
}

#[test]
fn only_the_database_folder_names_the_driver() {
    // error.rs names the driver's error once, to hold it as a source; failpoints.rs once, to fail as the driver does.
    never(&["shop/src"], &["sqlx"], |source| {
        let holds_its_error = ["shop/src/error.rs", "shop/src/failpoints.rs"].contains(&source.path.as_str());
        source.path.starts_with("shop/src/database/") || holds_its_error
    });
    never(&["app/src", "server/src"], &["sqlx"], nobody);
}

#[test]
fn brokers_and_redis_stay_outside_the_shop_and_the_pages() {
    never(&["shop/src", "app/src"], &["redis", "rdkafka"], nobody);
    never(&["server/src", "load/src"], &["rdkafka"], |source| source.path.starts_with("server/src/kafka/"));
}

#[test]
fn only_the_adapter_names_the_driver_of_redis() {
    // Elsewhere `redis` is the adapter's own name or the configuration's: a module, a field, never a path of the driver.
    let names_driver = |code: &str| {
        let mut rest = code.replace("crate::redis::", "").replace("self::redis::", "");
        rest.retain(|c| !c.is_whitespace());
        rest.contains("redis::")
    };
    assert!(names_driver("use redis::Client;") && names_driver("let a = redis :: cmd(x);"));
    assert!(!names_driver("pub use self::redis::Redis; crate::redis::connect(a); pub redis: Option<Redis>"));
    let (inside, outside): (Vec<Source>, Vec<Source>) = sources(&["app/src", "server/src", "shop/src", "load/src"])
        .into_iter()
        .partition(|source| source.path.starts_with("server/src/redis/"));
    assert!(inside.iter().any(|source| names_driver(&source.code)), "the rule looks at nothing");
    let found: Vec<String> =
        outside.into_iter().filter(|source| names_driver(&source.code)).map(|source| source.path).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn sql_is_written_in_stores_and_the_database_folder_only() {
    let found: Vec<String> = sources(&["shop/src", "app/src", "server/src"])
        .iter()
        .filter(|source| source.file_name() != "store.rs" && !source.path.starts_with("shop/src/database/"))
        .flat_map(|source| {
            let is_sql = |text: &&String| {
                ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"].iter().any(|keyword| text.contains(keyword))
            };
            source.literals.iter().filter(is_sql).map(|text| format!("{}: {text}", source.path)).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_domains_sql_is_where_the_rule_expects_it() {
    // Were the scanner blind, the rule above would hold for nothing.
    let stores = sources(&["shop/src"]);
    let with_sql = stores.iter().filter(|source| {
        source.file_name() == "store.rs" && source.literals.iter().any(|text| text.contains("SELECT "))
    });
    assert!(with_sql.count() >= 6);
}

#[test]
fn a_store_never_commits() {
    let found: Vec<String> = sources(&["shop/src"])
        .into_iter()
        .filter(|source| source.file_name() == "store.rs")
        .filter(|source| source.code.contains(".commit(") || source.code.contains(".begin("))
        .map(|source| source.path)
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_rule_does_no_io_reads_no_clock_and_rolls_no_die() {
    let pure = ["rules.rs", "checkout.rs", "status.rs", "model.rs"];
    let words = ["tokio", "rand", "SystemTime", "Instant", "async", "await", "Db", "Tx", "Clock", "File", "tracing"];
    assert!(sources(&["shop/src"]).iter().filter(|source| pure.contains(&source.file_name())).count() >= 10);
    never(&["shop/src"], &words, |source| !pure.contains(&source.file_name()));
}

/// Where another clock than the shop's is read, or a time measured, and why nothing is decided by it. Everything else
/// asks `shop.now()`.
const CLOCKS: &[(&str, &str, &str)] = &[
    ("shop/src/ports/clock.rs", "SystemTime", "the machine's clock, which the shop's is made of"),
    ("shop/src/ports/clock.rs", "Instant", "counts on from the machine's clock, whoever sets that"),
    ("shop/src/ports/clock.rs", "elapsed", "the same"),
    ("shop/src/watch.rs", "Instant", "the stopwatch: how long something took, for figures and the log"),
    ("shop/src/watch.rs", "elapsed", "the same"),
    ("shop/src/database/clock.rs", "elapsed", "how long the database took to tell the time: the doubt of a reading"),
    ("shop/src/database/mod.rs", "elapsed", "the log of slow statements"),
    ("shop/src/order/desk.rs", "elapsed", "figures of a batch"),
    ("shop/src/order/service.rs", "elapsed", "a line of the log"),
    ("shop/src/verify/job.rs", "elapsed", "a line of the log"),
    ("shop/src/user/service.rs", "time_to_live", "the age of a remembered account: what is older is read anew"),
    ("server/src/jobs.rs", "elapsed", "figures of a turn"),
    ("server/src/redis/link.rs", "elapsed", "figures of a command"),
    ("server/src/edge.rs", "elapsed", "figures and the log of a request"),
    ("server/src/logs.rs", "SystemTime", "the time of a line of the log"),
    ("server/src/door.rs", "Instant", "how long a connection may rest"),
    ("server/src/door_tests.rs", "Instant", "the same"),
    ("server/src/room.rs", "elapsed", "how quick the work was, of which the room is made; a line of the log"),
    ("server/src/telemetry/export.rs", "elapsed", "how long ago the log was told that spans are dropped"),
    ("server/src/kafka/mod.rs", "Instant", "how long a broker may take to answer"),
    ("server/src/kafka/mod.rs", "elapsed", "the same"),
];

/// What reads a clock, or measures a time, in any of our libraries. Waiting (`sleep`, `interval`, `timeout`) reads none:
/// it says when to look again, and what is found then is judged by the shop's clock.
const READS_A_CLOCK: &[&str] = &[
    "SystemTime",
    "Instant",
    "elapsed",
    "now_utc",
    "now_local",
    "now_v7",
    "UtcDateTime",
    "Utc",
    "time_to_live",
    "time_to_idle",
    "expire_after",
];

#[test]
fn one_clock_is_read_and_every_other_is_named_here_with_its_reason() {
    let read: BTreeSet<(String, &str)> = sources(&["shop/src", "app/src", "server/src"])
        .iter()
        .flat_map(|source| {
            let words = READS_A_CLOCK.iter().filter(|word| source.names(word));
            words.map(|word| (source.path.clone(), *word)).collect::<Vec<_>>()
        })
        .collect();
    let excused: BTreeSet<(String, &str)> = CLOCKS.iter().map(|(path, word, _)| ((*path).to_owned(), *word)).collect();
    let (new, gone): (Vec<_>, Vec<_>) = (read.difference(&excused).collect(), excused.difference(&read).collect());
    assert!(new.is_empty(), "time is an argument: ask the shop's clock, or say in CLOCKS why not: {new:#?}");
    assert!(gone.is_empty(), "CLOCKS excuses what is no longer there: {gone:#?}");
    assert!(CLOCKS.iter().all(|(_, _, reason)| !reason.is_empty()));
}

/// Every script of a kind below a folder, with its path.
fn scripts(folder: &str, extension: &str) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![house().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = std::fs::read_to_string(&path).expect("a script");
                found.push((path.to_string_lossy().into_owned(), text.to_ascii_uppercase()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no .{extension}: the rule would keep nothing");
    found
}

#[test]
fn no_statement_and_no_script_of_redis_reads_a_clock() {
    let asks = [
        "NOW(",
        "SYSDATE",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "LOCALTIME",
        "UNIX_TIMESTAMP",
        "UTC_TIMESTAMP",
        "CURDATE",
        "CURTIME",
        "UNIXEPOCH",
        "STRFTIME",
        "JULIANDAY",
        "DATETIME(",
    ];
    let reads_clock = |text: &str| asks.iter().any(|ask| text.contains(ask));
    // The one statement that asks the database for its time, so that all instances go by it (ADR 6).
    let found: Vec<String> = sources(&["shop/src", "app/src", "server/src"])
        .iter()
        .filter(|source| source.literals.iter().any(|text| reads_clock(&text.to_ascii_uppercase())))
        .map(|source| source.path.clone())
        .collect();
    assert_eq!(found, ["shop/src/database/dialect.rs"]);
    for (path, text) in scripts("migrations", "sql") {
        assert!(!reads_clock(&text), "{path} reads the database's clock");
    }
    for (path, text) in scripts("server/src/redis/lua", "lua") {
        assert!(!text.contains("'TIME'") && !text.contains("OS."), "{path} reads Redis' clock");
    }
}

#[test]
fn nothing_is_left_undone() {
    let found: Vec<String> = sources(&["shop/src", "app/src", "server/src", "load/src", "frontend/src"])
        .into_iter()
        .filter(|source| source.code.contains("todo!") || source.code.contains("unimplemented!"))
        .map(|source| source.path)
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn migrations_come_as_twins() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = house().join("migrations").join(engine);
        let entries = std::fs::read_dir(folder).expect("a folder of migrations");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("mysql"));
}
