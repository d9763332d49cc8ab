//! Migrations run while the version before still serves, so each may only add what that version need not know. This
//! reads the files themselves; that a serving shop really does not notice is tried in
//! `server/tests/contract/upgrade.rs`.

use std::collections::BTreeSet;
use std::path::Path;

/// What takes something away needs two versions: one that no longer uses it, and then the migration. Whoever writes
/// the second says so in the file, and which version was the first.
const TWO_STEPS: &str = "-- Two steps:";

/// The files of one engine, by name.
fn migrations(engine: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(engine);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the migrations")
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a migration"))
        })
        .collect();
    files.sort();
    files
}

/// The statements, without comments, in capitals and with single spaces.
fn statements(text: &str) -> Vec<String> {
    let code: String = text.lines().map(|line| line.split("--").next().unwrap_or("")).collect::<Vec<_>>().join(" ");
    let statements = code.split(';').map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase());
    statements.filter(|statement| !statement.is_empty()).collect()
}

/// Indexes that guard no rule: without one, the version before is slower and nothing else.
fn plain_indexes<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let made = texts.flat_map(statements).filter_map(|statement| {
        let rest = statement.strip_prefix("CREATE INDEX ")?;
        rest.split(' ').next().map(str::to_owned)
    });
    made.collect()
}

/// What the version before would stumble over; `made` are the tables that this file makes, which it cannot know,
/// and `plain` the indexes that it does without.
fn find_danger(statement: &str, made: &BTreeSet<String>, plain: &BTreeSet<String>) -> Option<&'static str> {
    let words: Vec<&str> = statement.split(' ').collect();
    let is_of_new_table = |table: Option<&&str>| table.is_some_and(|table| made.contains(*table));
    match words.as_slice() {
        ["DROP", "TABLE" | "VIEW", ..] => Some("takes a table away"),
        ["RENAME", ..] => Some("renames a table"),
        ["DROP", "INDEX", index] if plain.contains(*index) => None,
        ["DROP", ..] => Some("takes something away that may guard a rule"),
        ["CREATE", "UNIQUE", ..] if !is_of_new_table(words.iter().skip_while(|word| **word != "ON").nth(1)) => {
            Some("refuses rows that the version before may write")
        }
        ["ALTER", "TABLE", table, rest @ ..] if !made.contains(*table) => {
            find_danger_of_altering(&rest.join(" "), plain)
        }
        _ => None,
    }
}

fn find_danger_of_altering(change: &str, plain: &BTreeSet<String>) -> Option<&'static str> {
    // Each clause is one column or key: commas within brackets are none between clauses.
    let mut depth = 0;
    let clauses = change.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    for clause in clauses {
        if let Some(index) = clause.trim().strip_prefix("DROP KEY ")
            && plain.contains(index)
        {
            continue;
        }
        let clause = format!(" {} ", clause.trim());
        let says = |word: &str| clause.contains(&format!(" {word} "));
        if says("DROP") || says("RENAME") || says("CHANGE") {
            return Some("takes away or renames what the version before uses");
        }
        if says("MODIFY") {
            return Some("changes a column that the version before writes");
        }
        if says("ADD") && says("NOT NULL") && !says("DEFAULT") {
            return Some("asks for a column that the version before does not write");
        }
        if ["ADD UNIQUE", "ADD CONSTRAINT", "ADD CHECK", "ADD FOREIGN"].into_iter().any(says) {
            return Some("refuses rows that the version before may write");
        }
    }
    None
}

fn find_dangers(text: &str, plain: &BTreeSet<String>) -> Vec<(String, &'static str)> {
    let mut made = BTreeSet::new();
    let mut dangers = Vec::new();
    for statement in statements(text) {
        if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
            made.insert(rest.split([' ', '(']).next().unwrap_or("").to_owned());
        }
        if let Some(danger) = find_danger(&statement, &made, plain) {
            dangers.push((statement, danger));
        }
    }
    dangers
}

#[test]
fn a_migration_only_adds_what_the_version_before_need_not_know() {
    for engine in ["sqlite", "mysql"] {
        let files = migrations(engine);
        assert!(files.len() >= 5, "{engine}: {} files", files.len());
        let plain = plain_indexes(files.iter().map(|(_, text)| text.as_str()));
        for (name, text) in &files {
            let dangers = find_dangers(text, &plain);
            let is_said = text.lines().any(|line| line.starts_with(TWO_STEPS));
            assert!(
                dangers.is_empty() || is_said,
                "{engine}/{name} {:?}\nDo it in two versions, and begin a line of the file with `{TWO_STEPS}` and which the first was",
                dangers
            );
        }
    }
}

#[test]
fn migrations_are_twins_and_numbered_without_a_gap() {
    let names = |engine| migrations(engine).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let (sqlite, mysql) = (names("sqlite"), names("mysql"));
    assert_eq!(sqlite, mysql);
    for (number, name) in (1..).zip(&sqlite) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name} is not number {number}");
    }
}

#[test]
fn what_would_stop_an_older_program_is_found() {
    let dangerous = [
        "DROP TABLE carts",
        "ALTER TABLE orders DROP COLUMN coupon_code",
        "ALTER TABLE orders RENAME COLUMN coupon_code TO code",
        "ALTER TABLE orders\n    RENAME TO purchases",
        "RENAME TABLE orders TO purchases",
        "alter table orders change coupon_code code VARCHAR(40)",
        "ALTER TABLE orders MODIFY refusal VARCHAR(40)",
        "ALTER TABLE users ADD COLUMN lang VARCHAR(2) NOT NULL",
        "ALTER TABLE users ADD COLUMN a BIGINT, ADD COLUMN lang VARCHAR(2) NOT NULL CHECK (lang IN ('a', 'b'))",
        "CREATE UNIQUE INDEX users_name ON users (name)",
        "ALTER TABLE users ADD CONSTRAINT named CHECK (name <> '')",
        "DROP TRIGGER orders_keep",
        "DROP INDEX users_email",
        "ALTER TABLE users DROP KEY users_email",
        "ALTER TABLE users DROP KEY users_since, DROP COLUMN created_at",
    ];
    let plain = plain_indexes(["CREATE INDEX users_since ON users (created_at, id)"].into_iter());
    for text in dangerous {
        assert_eq!(find_dangers(text, &plain).len(), 1, "{text}");
    }
    let safe = [
        "ALTER TABLE users ADD COLUMN lang VARCHAR(2) NOT NULL DEFAULT 'ko' CHECK (lang IN ('ko', 'en'))",
        "ALTER TABLE users ADD COLUMN frozen_at BIGINT -- DROP TABLE users",
        "CREATE TABLE gifts (id BIGINT NOT NULL PRIMARY KEY); CREATE UNIQUE INDEX gifts_one ON gifts (id)",
        "CREATE INDEX orders_by_user ON orders (user_id)",
        "DROP INDEX users_since",
        "ALTER TABLE users DROP KEY users_since, ADD KEY users_since (created_at)",
        "CREATE TRIGGER gifts_stay BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'no'); END",
    ];
    for text in safe {
        assert_eq!(find_dangers(text, &plain), [], "{text}");
    }
}
